/* ASTC, LDR profile, 2D: every block mode, partitioning, endpoint mode and quantisation. What the profile does not allow decodes to the
 * error colour, magenta. SPEC: ASTC in the Khronos Data Format Specification. */
#include <string.h>

#include "format/block.h"

struct block {
    uint64_t lo, hi;
};

/* n <= 31 bits at bit `at`; bits behind the end are 0. */
static uint32_t
bits(const struct block *b, uint32_t at, uint32_t n)
{
    const uint64_t v = at >= 128 ? 0 : at >= 64 ? b->hi >> (at - 64) : at ? b->lo >> at | b->hi << (64 - at) : b->lo;
    return (uint32_t)v & ((1u << n) - 1);
}

static uint64_t
reverse64(uint64_t v)
{
    v = (v >> 1 & 0x5555555555555555ull) | (v & 0x5555555555555555ull) << 1;
    v = (v >> 2 & 0x3333333333333333ull) | (v & 0x3333333333333333ull) << 2;
    v = (v >> 4 & 0x0f0f0f0f0f0f0f0full) | (v & 0x0f0f0f0f0f0f0f0full) << 4;
    return __builtin_bswap64(v);
}

/* ---- bounded integer sequences ---- */

struct range {
    uint8_t bits;
    char kind; /* 0, 't' trits, 'q' quints */
};
/* 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64, 80, 96, 128, 160, 192, 256 values */
static const struct range ranges[21] = {{1, 0}, {0, 't'}, {2, 0}, {0, 'q'}, {1, 't'}, {3, 0}, {1, 'q'}, {2, 't'}, {4, 0}, {2, 'q'}, {3, 't'},
                                        {5, 0}, {3, 'q'}, {4, 't'}, {6, 0}, {4, 'q'}, {5, 't'}, {7, 0}, {5, 'q'}, {6, 't'}, {8, 0}};

static uint32_t
sequence_bits(struct range r, uint32_t n)
{
    return n * r.bits + (r.kind == 't' ? (8 * n + 4) / 5 : r.kind == 'q' ? (7 * n + 2) / 3 : 0);
}

static void
unpack_trits(uint32_t t, uint32_t out[5])
{
    uint32_t c;
    if ((t >> 2 & 7) == 7) {
        c = (t >> 5 & 7) << 2 | (t & 3);
        out[4] = out[3] = 2;
    } else {
        c = t & 31;
        out[4] = (t >> 5 & 3) == 3 ? 2 : t >> 7;
        out[3] = (t >> 5 & 3) == 3 ? t >> 7 : t >> 5 & 3;
    }
    if ((c & 3) == 3) {
        out[2] = 2;
        out[1] = c >> 4;
        out[0] = (c >> 3 & 1) << 1 | (c >> 2 & ~(c >> 3) & 1);
    } else if ((c >> 2 & 3) == 3) {
        out[2] = out[1] = 2;
        out[0] = c & 3;
    } else {
        out[2] = c >> 4;
        out[1] = c >> 2 & 3;
        out[0] = (c >> 1 & 1) << 1 | (c & ~(c >> 1) & 1);
    }
}

static void
unpack_quints(uint32_t q, uint32_t out[3])
{
    if ((q >> 1 & 3) == 3 && (q >> 5 & 3) == 0) {
        const uint32_t low = q & 1;
        out[2] = low << 2 | (q >> 4 & ~low & 1) << 1 | (q >> 3 & ~low & 1);
        out[1] = out[0] = 4;
        return;
    }
    uint32_t c;
    if ((q >> 1 & 3) == 3) {
        out[2] = 4;
        c = (q >> 3 & 3) << 3 | (~(q >> 5) & 3) << 1 | (q & 1);
    } else {
        out[2] = q >> 5 & 3;
        c = q & 31;
    }
    if ((c & 7) == 5) {
        out[1] = 4;
        out[0] = c >> 3;
    } else {
        out[1] = c >> 3;
        out[0] = c & 7;
    }
}

/* n values that start at bit `at` and end before bit `end` (bits from there on are 0): low bits and the trit or quint above them. */
static void
read_sequence(const struct block *b, uint32_t at, uint32_t end, struct range r, uint32_t n, uint8_t low[], uint8_t high[])
{
    static const uint8_t trit_bits[5] = {2, 2, 1, 2, 1}, quint_bits[3] = {3, 2, 2};
    const uint32_t group = r.kind == 't' ? 5 : r.kind == 'q' ? 3 : 1;
    for (uint32_t i = 0; i < n; i += group) {
        uint32_t packed = 0, shift = 0, d[5] = {0};
        for (uint32_t k = 0; k < group; k++) {
            const uint32_t v = at < end ? bits(b, at, r.bits) : 0;
            at += r.bits;
            if (i + k < n) {
                low[i + k] = (uint8_t)v;
            }
            const uint32_t more = r.kind == 't' ? trit_bits[k] : r.kind == 'q' ? quint_bits[k] : 0;
            for (uint32_t m = 0; m < more; m++, at++) {
                packed |= (at < end ? bits(b, at, 1) : 0) << shift++;
            }
        }
        if (r.kind == 't') {
            unpack_trits(packed, d);
        } else if (r.kind == 'q') {
            unpack_quints(packed, d);
        }
        for (uint32_t k = 0; k < group && i + k < n; k++) {
            high[i + k] = (uint8_t)d[k];
        }
    }
}

/* v of n bits repeated downwards into `to` bits. */
static uint32_t
replicate(uint32_t v, uint32_t n, uint32_t to)
{
    uint32_t r = 0;
    for (int32_t at = (int32_t)(to - n);; at -= (int32_t)n) {
        r |= at >= 0 ? v << at : v >> -at;
        if (at <= 0) {
            return r;
        }
    }
}

/* Bits of v above the lowest, placed where the pattern of the specification has them: pattern = bit number or '0', highest first. */
static uint32_t
spread(uint32_t v, const char *pattern)
{
    uint32_t r = 0;
    for (; *pattern; pattern++) {
        r = r << 1 | (*pattern == '0' ? 0 : v >> (*pattern - 'a') & 1);
    }
    return r;
}

static uint32_t
color_value(struct range r, uint32_t low, uint32_t high)
{
    if (!r.kind) {
        return replicate(low, r.bits, 8);
    }
    static const struct {
        uint8_t c;
        const char *b;
    } trit[6] = {{204, "0"}, {93, "b000b0bb0"}, {44, "cb000cbcb"}, {22, "dcb000dcb"}, {11, "edcb000ed"}, {5, "fedcb000f"}},
      quint[5] = {{113, "0"}, {54, "b0000bb00"}, {26, "cb0000cbc"}, {13, "dcb0000dc"}, {6, "edcb0000e"}};
    const uint32_t a = low & 1 ? 0x1ff : 0;
    const uint32_t c = r.kind == 't' ? trit[r.bits - 1].c : quint[r.bits - 1].c;
    const uint32_t b = spread(low, r.kind == 't' ? trit[r.bits - 1].b : quint[r.bits - 1].b);
    const uint32_t t = (high * c + b) ^ a;
    return (a & 0x80) | t >> 2;
}

/* 0 to 64 */
static uint32_t
weight_value(struct range r, uint32_t low, uint32_t high)
{
    uint32_t v;
    if (!r.kind) {
        v = replicate(low, r.bits, 6);
    } else if (!r.bits) {
        static const uint8_t three[3] = {0, 32, 63}, five[5] = {0, 16, 32, 47, 63};
        v = r.kind == 't' ? three[high] : five[high];
    } else {
        static const struct {
            uint8_t c;
            const char *b;
        } trit[3] = {{50, "0"}, {23, "b000b0b"}, {11, "cb000cb"}}, quint[2] = {{28, "0"}, {13, "b0000b0"}};
        const uint32_t a = low & 1 ? 0x7f : 0;
        const uint32_t c = r.kind == 't' ? trit[r.bits - 1].c : quint[r.bits - 1].c;
        const uint32_t b = spread(low, r.kind == 't' ? trit[r.bits - 1].b : quint[r.bits - 1].b);
        v = (a & 0x20) | ((high * c + b) ^ a) >> 2;
    }
    return v > 32 ? v + 1 : v;
}

/* ---- block mode ---- */

struct grid {
    uint32_t w, h;
    struct range range;
    bool dual;
};

static bool
read_grid(uint32_t mode, struct grid *g)
{
    const uint32_t a = mode >> 5 & 3, b = mode >> 7 & 3;
    uint32_t r = mode >> 4 & 1;
    bool high = mode >> 9 & 1;
    g->dual = mode >> 10 & 1;
    if (mode & 3) {
        r |= (mode & 3) << 1;
        switch (mode >> 2 & 3) {
        case 0:
            g->w = b + 4;
            g->h = a + 2;
            break;
        case 1:
            g->w = b + 8;
            g->h = a + 2;
            break;
        case 2:
            g->w = a + 2;
            g->h = b + 8;
            break;
        default:
            g->w = b & 2 ? (b & 1) + 2 : a + 2;
            g->h = b & 2 ? a + 2 : (b & 1) + 6;
            break;
        }
    } else {
        if (!(mode >> 2 & 3)) {
            return false;
        }
        r |= (mode >> 2 & 3) << 1;
        switch (b) {
        case 0:
            g->w = 12;
            g->h = a + 2;
            break;
        case 1:
            g->w = a + 2;
            g->h = 12;
            break;
        case 2:
            g->w = a + 6;
            g->h = (mode >> 9 & 3) + 6;
            g->dual = high = false;
            break;
        default:
            if (a > 1) {
                return false;
            }
            g->w = a ? 10 : 6;
            g->h = a ? 6 : 10;
            break;
        }
    }
    g->range = ranges[(r - 2) + (high ? 6 : 0)];
    return true;
}

/* ---- partitions ---- */

static uint32_t
hash52(uint32_t p)
{
    p ^= p >> 15;
    p *= 0xeede0891u;
    p ^= p >> 5;
    p += p << 16;
    p ^= p >> 7;
    p ^= p >> 3;
    p ^= p << 6;
    p ^= p >> 17;
    return p;
}

struct partitioning {
    uint32_t count, seed_x[4], seed_y[4], offset[4];
    uint32_t scale; /* of coordinates */
};

static void
partition_setup(struct partitioning *p, uint32_t count, uint32_t index, bool small)
{
    const uint32_t seed = index + (count - 1) * 1024, r = hash52(seed);
    uint32_t s[8];
    uint32_t sh1, sh2;
    if (seed & 1) {
        sh1 = seed & 2 ? 4 : 5;
        sh2 = count == 3 ? 6 : 5;
    } else {
        sh1 = count == 3 ? 6 : 5;
        sh2 = seed & 2 ? 4 : 5;
    }
    for (uint32_t i = 0; i < 8; i++) {
        s[i] = r >> (4 * i) & 15;
        s[i] = s[i] * s[i] >> (i & 1 ? sh2 : sh1);
    }
    static const uint8_t offset_shift[4] = {14, 10, 6, 2};
    p->count = count;
    p->scale = small ? 2 : 1;
    for (uint32_t i = 0; i < 4; i++) {
        p->seed_x[i] = s[2 * i];
        p->seed_y[i] = s[2 * i + 1];
        p->offset[i] = r >> offset_shift[i];
    }
}

static uint32_t
partition_of(const struct partitioning *p, uint32_t x, uint32_t y)
{
    uint32_t best = 0, best_value = 0;
    for (uint32_t i = 0; i < p->count; i++) { /* the first of the largest */
        const uint32_t v = (p->seed_x[i] * x * p->scale + p->seed_y[i] * y * p->scale + p->offset[i]) & 63;
        if (i == 0 || v > best_value) {
            best = i;
            best_value = v;
        }
    }
    return best;
}

/* ---- endpoints ---- */

static void
transfer(int32_t *a, int32_t *b)
{
    *b = *b >> 1 | (*a & 0x80);
    *a = *a >> 1 & 0x3f;
    *a -= *a & 0x20 ? 0x40 : 0;
}

static void
contract(int32_t c[4])
{
    c[0] = (c[0] + c[2]) >> 1;
    c[1] = (c[1] + c[2]) >> 1;
}

static void
swap_ends(int32_t e[2][4])
{
    for (int k = 0; k < 4; k++) {
        const int32_t t = e[0][k];
        e[0][k] = e[1][k];
        e[1][k] = t;
    }
    contract(e[0]);
    contract(e[1]);
}

/* False: the mode is for high dynamic range. */
static bool
endpoints(uint32_t mode, const uint8_t *in, int32_t e[2][4])
{
    int32_t v[8];
    for (uint32_t i = 0; i < 2 * (mode / 4 + 1); i++) {
        v[i] = in[i];
    }
    e[0][3] = e[1][3] = 255;
    switch (mode) {
    case 0:
    case 4:
        for (int k = 0; k < 3; k++) {
            e[0][k] = v[0];
            e[1][k] = v[1];
        }
        break;
    case 1:
        for (int k = 0; k < 3; k++) {
            e[0][k] = v[0] >> 2 | (v[1] & 0xc0);
            e[1][k] = e[0][k] + (v[1] & 0x3f);
        }
        break;
    case 5:
        transfer(&v[1], &v[0]);
        transfer(&v[3], &v[2]);
        for (int k = 0; k < 3; k++) {
            e[0][k] = v[0];
            e[1][k] = v[0] + v[1];
        }
        e[0][3] = v[2];
        e[1][3] = v[2] + v[3];
        break;
    case 6:
    case 10:
        for (int k = 0; k < 3; k++) {
            e[0][k] = v[k] * v[3] >> 8;
            e[1][k] = v[k];
        }
        if (mode == 10) {
            e[0][3] = v[4];
            e[1][3] = v[5];
        }
        break;
    case 8:
    case 12:
        for (int k = 0; k < 3; k++) {
            e[0][k] = v[2 * k];
            e[1][k] = v[2 * k + 1];
        }
        if (mode == 12) {
            e[0][3] = v[6];
            e[1][3] = v[7];
        }
        if (v[1] + v[3] + v[5] < v[0] + v[2] + v[4]) {
            swap_ends(e);
        }
        break;
    case 9:
    case 13:
        for (int k = 0; k < (mode == 13 ? 4 : 3); k++) {
            transfer(&v[2 * k + 1], &v[2 * k]);
            e[0][k] = v[2 * k];
            e[1][k] = v[2 * k] + v[2 * k + 1];
        }
        if (v[1] + v[3] + v[5] < 0) {
            swap_ends(e);
        }
        break;
    default: return false;
    }
    if (mode == 4) {
        e[0][3] = v[2];
        e[1][3] = v[3];
    }
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < 4; k++) {
            e[i][k] = e[i][k] < 0 ? 0 : e[i][k] > 255 ? 255 : e[i][k];
        }
    }
    return true;
}

/* ---- blocks ---- */

static const union pum_color magenta = {.f = {1, 0, 1, 1}};

static void
fill(union pum_color *out, uint32_t n, union pum_color c)
{
    for (uint32_t t = 0; t < n; t++) {
        out[t] = c;
    }
}

/* 16-bit result of the interpolation to a float; sRGB keeps the upper 8 bits. */
static float
to_float(uint32_t c, bool srgb, int k)
{
    if (srgb) {
        return k < 3 ? pum_srgb_to_linear((uint8_t)(c >> 8)) : (float)((c >> 8) / 255.0);
    }
    return c == 65535 ? 1.0f : (float)c * 0x1p-16f;
}

static union pum_color
void_extent(const struct block *b, bool srgb)
{
    const uint32_t s0 = bits(b, 12, 13), s1 = bits(b, 25, 13), t0 = bits(b, 38, 13), t1 = bits(b, 51, 13);
    const bool everywhere = (s0 & s1 & t0 & t1) == 0x1fff;
    if (bits(b, 9, 1) || bits(b, 10, 2) != 3 || (!everywhere && (s0 >= s1 || t0 >= t1))) {
        return magenta;
    }
    union pum_color c;
    for (uint32_t k = 0; k < 4; k++) {
        c.f[k] = to_float(bits(b, 64 + 16 * k, 16), srgb, (int)k);
    }
    return c;
}

/* Weights of the texels of a bw x bh block from the grid; planes are interleaved. SPEC: weight infill */
static void
infill(const struct grid *g, const uint8_t *grid, uint32_t bw, uint32_t bh, uint8_t out[][2])
{
    const uint32_t planes = g->dual ? 2 : 1;
    const uint32_t ds = (1024 + bw / 2) / (bw - 1), dt = (1024 + bh / 2) / (bh - 1);
    for (uint32_t y = 0; y < bh; y++) {
        for (uint32_t x = 0; x < bw; x++) {
            const uint32_t gs = (ds * x * (g->w - 1) + 32) >> 6, gt = (dt * y * (g->h - 1) + 32) >> 6;
            const uint32_t js = gs >> 4, fs = gs & 15, jt = gt >> 4, ft = gt & 15;
            const uint32_t w11 = (fs * ft + 8) >> 4, w10 = ft - w11, w01 = fs - w11, w00 = 16 - fs - ft + w11;
            const uint32_t x1 = js + 1 < g->w ? js + 1 : js, y1 = jt + 1 < g->h ? jt + 1 : jt; /* weight 0 behind the edge */
            for (uint32_t p = 0; p < planes; p++) {
                const uint32_t v = grid[(jt * g->w + js) * planes + p] * w00 + grid[(jt * g->w + x1) * planes + p] * w01 +
                                   grid[(y1 * g->w + js) * planes + p] * w10 + grid[(y1 * g->w + x1) * planes + p] * w11;
                out[y * bw + x][p] = (uint8_t)((v + 8) >> 4);
            }
            if (planes == 1) {
                out[y * bw + x][1] = out[y * bw + x][0];
            }
        }
    }
}

void
pum_astc_decode(enum pum_format f, const uint8_t *block, union pum_color *out)
{
    const struct pum_format_info *info = pum_format_info(f);
    const uint32_t bw = info->block_w, bh = info->block_h, texels = bw * bh;
    const bool srgb = info->type == PUM_SRGB;
    struct block b;
    memcpy(&b.lo, block, 8);
    memcpy(&b.hi, block + 8, 8);
    const uint32_t mode = bits(&b, 0, 11);
    if ((mode & 0x1ff) == 0x1fc) {
        fill(out, texels, void_extent(&b, srgb));
        return;
    }
    struct grid g;
    const uint32_t parts = bits(&b, 11, 2) + 1;
    if (!read_grid(mode, &g)) {
        fill(out, texels, magenta);
        return;
    }
    const uint32_t n_weights = g.w * g.h * (g.dual ? 2u : 1u), weight_bits = sequence_bits(g.range, n_weights);
    if (n_weights > 64 || weight_bits < 24 || weight_bits > 96 || g.w > bw || g.h > bh || (parts == 4 && g.dual)) {
        fill(out, texels, magenta);
        return;
    }

    /* endpoint modes: those that do not fit beside the partition's number stand below the weights */
    uint32_t modes[4], color_at = 29, color_end = 128 - weight_bits;
    if (parts == 1) {
        modes[0] = bits(&b, 13, 4);
        color_at = 17;
    } else if (!bits(&b, 23, 2)) {
        for (uint32_t i = 0; i < parts; i++) {
            modes[i] = bits(&b, 25, 4);
        }
    } else {
        const uint32_t extra = 3 * parts - 4;
        color_end -= extra;
        const uint32_t all = bits(&b, 23, 6) | bits(&b, color_end, extra) << 6;
        for (uint32_t i = 0; i < parts; i++) {
            const uint32_t class = (all & 3) - 1 + (all >> (2 + i) & 1);
            modes[i] = class * 4 + (all >> (2 + parts + 2 * i) & 3);
        }
    }
    uint32_t second = 4; /* component of the second plane of weights */
    if (g.dual) {
        color_end -= 2;
        second = bits(&b, color_end, 2);
    }
    uint32_t n_values = 0;
    for (uint32_t i = 0; i < parts; i++) {
        n_values += 2 * (modes[i] / 4 + 1);
    }
    if (n_values > 18 || color_end < color_at || color_end - color_at < (13 * n_values + 4) / 5) {
        fill(out, texels, magenta);
        return;
    }
    uint32_t level = 20;
    while (sequence_bits(ranges[level], n_values) > color_end - color_at) {
        level--;
    }
    uint8_t low[64], high[64], values[18];
    read_sequence(&b, color_at, color_at + sequence_bits(ranges[level], n_values), ranges[level], n_values, low, high);
    for (uint32_t i = 0; i < n_values; i++) {
        values[i] = (uint8_t)color_value(ranges[level], low[i], high[i]);
    }
    int32_t ends[4][2][4];
    bool ldr[4];
    for (uint32_t i = 0, at = 0; i < parts; at += 2 * (modes[i] / 4 + 1), i++) {
        ldr[i] = endpoints(modes[i], values + at, ends[i]);
    }

    const struct block turned = {reverse64(b.hi), reverse64(b.lo)};
    read_sequence(&turned, 0, weight_bits, g.range, n_weights, low, high);
    for (uint32_t i = 0; i < n_weights; i++) {
        low[i] = (uint8_t)weight_value(g.range, low[i], high[i]);
    }
    uint8_t weights[PUM_BLOCK_MAX_TEXELS][2];
    infill(&g, low, bw, bh, weights);

    struct partitioning part;
    partition_setup(&part, parts, parts > 1 ? bits(&b, 13, 10) : 0, texels < 31);
    for (uint32_t t = 0; t < texels; t++) {
        const uint32_t s = parts > 1 ? partition_of(&part, t % bw, t / bw) : 0;
        if (!ldr[s]) {
            out[t] = magenta;
            continue;
        }
        for (uint32_t k = 0; k < 4; k++) {
            const uint32_t w = weights[t][k == second];
            const uint32_t e0 = (uint32_t)ends[s][0][k], e1 = (uint32_t)ends[s][1][k];
            const uint32_t c0 = e0 << 8 | (srgb ? 0x80 : e0), c1 = e1 << 8 | (srgb ? 0x80 : e1);
            out[t].f[k] = to_float((c0 * (64 - w) + c1 * w + 32) >> 6, srgb, (int)k);
        }
    }
}
