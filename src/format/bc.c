/* BC1 to BC7. */
#include <string.h>

#include "format/block.h"

struct bits128 {
    uint64_t lo, hi;
};

static uint64_t
load64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

/* n <= 16 bits at bit `at`. */
static uint32_t
bits(const struct bits128 *b, uint32_t at, uint32_t n)
{
    const uint64_t v = at >= 64 ? b->hi >> (at - 64) : at ? b->lo >> at | b->hi << (64 - at) : b->lo;
    return (uint32_t)v & ((1u << n) - 1);
}

/* ---- BC1, BC2, BC3: RGB. SPEC: S3TC ---- */

enum bc1_mode { BC1_OPAQUE, BC1_PUNCH, BC1_FOUR };

/* The two stored colours and their mixes as fractions: thirds (or halves) of 5 and 6 bit values. sRGB codes are rounded to 8 bits. */
static void
bc1_colors(const uint8_t *block, enum bc1_mode mode, bool srgb, union pum_color *out)
{
    uint32_t e[2];
    const uint64_t w = load64(block);
    e[0] = (uint32_t)w & 0xffff;
    e[1] = (uint32_t)(w >> 16) & 0xffff;
    const bool four = mode == BC1_FOUR || e[0] > e[1];
    static const uint8_t shift[3] = {11, 5, 0}, max[3] = {31, 63, 31};
    union pum_color c[4];
    for (int k = 0; k < 3; k++) {
        const uint32_t a = e[0] >> shift[k] & max[k], b = e[1] >> shift[k] & max[k];
        /* in sixths, so that thirds and halves are whole */
        const uint32_t six[4] = {6 * a, 6 * b, four ? 4 * a + 2 * b : 3 * a + 3 * b, four ? 2 * a + 4 * b : 0};
        for (int i = 0; i < 4; i++) {
            const uint32_t whole = 6u * max[k];
            c[i].f[k] = srgb ? pum_srgb_to_linear((uint8_t)((six[i] * 510 + whole) / (2 * whole))) : (float)((double)six[i] / (double)whole);
        }
    }
    for (int i = 0; i < 4; i++) {
        c[i].f[3] = i == 3 && !four && mode == BC1_PUNCH ? 0.0f : 1.0f;
    }
    for (int t = 0; t < 16; t++) {
        out[t] = c[w >> (32 + 2 * t) & 3];
    }
}

/* ---- BC3's alpha, BC4, BC5. SPEC: RGTC ---- */

static void
bc4_channel(const uint8_t *block, bool is_signed, int component, union pum_color *out)
{
    const uint64_t w = load64(block);
    int32_t a = (int32_t)(w & 0xff), b = (int32_t)(w >> 8 & 0xff);
    double max = 255;
    bool eight = a > b;
    if (is_signed) {
        a = (int8_t)a;
        b = (int8_t)b;
        eight = a > b;
        a = a < -127 ? -127 : a;
        b = b < -127 ? -127 : b;
        max = 127;
    }
    float v[8] = {(float)(a / max), (float)(b / max)};
    const int n = eight ? 7 : 5;
    for (int i = 1; i < n; i++) {
        v[1 + i] = (float)(((n - i) * a + i * b) / (n * max));
    }
    if (!eight) {
        v[6] = is_signed ? -1.0f : 0.0f;
        v[7] = 1.0f;
    }
    for (int t = 0; t < 16; t++) {
        out[t].f[component] = v[w >> (16 + 3 * t) & 7];
    }
}

/* ---- BC6H and BC7. SPEC: BPTC ---- */

/* Subset of texel t: bit t of the pair tables, bits 2t + 1 and 2t of the triple tables. */
static const uint16_t pairs[64] = {
    0xcccc, 0x8888, 0xeeee, 0xecc8, 0xc880, 0xfeec, 0xfec8, 0xec80, 0xc800, 0xffec, 0xfe80, 0xe800, 0xffe8, 0xff00, 0xfff0, 0xf000,
    0xf710, 0x008e, 0x7100, 0x08ce, 0x008c, 0x7310, 0x3100, 0x8cce, 0x088c, 0x3110, 0x6666, 0x366c, 0x17e8, 0x0ff0, 0x718e, 0x399c,
    0xaaaa, 0xf0f0, 0x5a5a, 0x33cc, 0x3c3c, 0x55aa, 0x9696, 0xa55a, 0x73ce, 0x13c8, 0x324c, 0x3bdc, 0x6996, 0xc33c, 0x9966, 0x0660,
    0x0272, 0x04e4, 0x4e40, 0x2720, 0xc936, 0x936c, 0x39c6, 0x639c, 0x9336, 0x9cc6, 0x817e, 0xe718, 0xccf0, 0x0fcc, 0x7744, 0xee22,
};
static const uint32_t triples[64] = {
    0xaa685050, 0x6a5a5040, 0x5a5a4200, 0x5450a0a8, 0xa5a50000, 0xa0a05050, 0x5555a0a0, 0x5a5a5050, 0xaa550000, 0xaa555500,
    0xaaaa5500, 0x90909090, 0x94949494, 0xa4a4a4a4, 0xa9a59450, 0x2a0a4250, 0xa5945040, 0x0a425054, 0xa5a5a500, 0x55a0a0a0,
    0xa8a85454, 0x6a6a4040, 0xa4a45000, 0x1a1a0500, 0x0050a4a4, 0xaaa59090, 0x14696914, 0x69691400, 0xa08585a0, 0xaa821414,
    0x50a4a450, 0x6a5a0200, 0xa9a58000, 0x5090a0a8, 0xa8a09050, 0x24242424, 0x00aa5500, 0x24924924, 0x24499224, 0x50a50a50,
    0x500aa550, 0xaaaa4444, 0x66660000, 0xa5a0a5a0, 0x50a050a0, 0x69286928, 0x44aaaa44, 0x66666600, 0xaa444444, 0x54a854a8,
    0x95809580, 0x96969600, 0xa85454a8, 0x80959580, 0xaa141414, 0x96960000, 0xaaaa1414, 0xa05050a0, 0xa0a5a5a0, 0x96000000,
    0x40804080, 0xa9a8a9a8, 0xaaaaaa44, 0x2a4a5254,
};
/* Texels whose index lacks its highest bit: of the second subset of pairs; of the second and third subset of triples. */
static const char pair_anchor[] = "fffffffffffffffff282288f28228822ff6828ff28222ff66268ff22fffff22f";
static const char triple_anchor[2][65] = {"33ff83ff88666533338f336a588685ff8f356a8ff3f5ffff3f55585a5a8dfc33",
                                          "f883ff38fffffff8f8f3f8f83f6affa8f3faa89a6f8f3668f3ffffffffff3ff8"};

static uint32_t
anchor(char c)
{
    return (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static uint32_t
weight(uint32_t n_bits, uint32_t index)
{
    static const uint8_t w2[4] = {0, 21, 43, 64}, w3[8] = {0, 9, 18, 27, 37, 46, 55, 64},
                         w4[16] = {0, 4, 9, 13, 17, 21, 26, 30, 34, 38, 43, 47, 51, 55, 60, 64};
    return n_bits == 2 ? w2[index] : n_bits == 3 ? w3[index] : w4[index];
}

static uint32_t
subset_of(uint32_t subsets, uint32_t partition, uint32_t t)
{
    return subsets == 2 ? pairs[partition] >> t & 1 : subsets == 3 ? triples[partition] >> 2 * t & 3 : 0;
}

static bool
is_anchor(uint32_t subsets, uint32_t partition, uint32_t t)
{
    return t == 0 || (subsets == 2 && t == anchor(pair_anchor[partition])) ||
           (subsets == 3 && (t == anchor(triple_anchor[0][partition]) || t == anchor(triple_anchor[1][partition])));
}

struct bc7_mode {
    uint8_t subsets, partition_bits, rotation_bits, selection_bits, color_bits, alpha_bits, endpoint_p, shared_p, index_bits, index2_bits;
};
static const struct bc7_mode bc7_modes[8] = {
    {3, 4, 0, 0, 4, 0, 1, 0, 3, 0}, {2, 6, 0, 0, 6, 0, 0, 1, 3, 0}, {3, 6, 0, 0, 5, 0, 0, 0, 2, 0}, {2, 6, 0, 0, 7, 0, 1, 0, 2, 0},
    {1, 0, 2, 1, 5, 6, 0, 0, 2, 3}, {1, 0, 2, 0, 7, 8, 0, 0, 2, 2}, {1, 0, 0, 0, 7, 7, 1, 0, 4, 0}, {2, 6, 0, 0, 5, 5, 1, 0, 2, 0},
};

/* Value of n bits spread over 8. */
static uint32_t
expand(uint32_t v, uint32_t n)
{
    v <<= 8 - n;
    return v | v >> n;
}

static void
bc7(const uint8_t *block, bool srgb, union pum_color *out)
{
    const struct bits128 b = {load64(block), load64(block + 8)};
    memset(out, 0, 16 * sizeof(*out));
    if (!block[0]) {
        return; /* reserved: transparent black */
    }
    const uint32_t mode = (uint32_t)__builtin_ctz(block[0]);
    const struct bc7_mode *m = &bc7_modes[mode];
    uint32_t at = mode + 1;
    const uint32_t partition = bits(&b, at, m->partition_bits);
    at += m->partition_bits;
    const uint32_t rotation = bits(&b, at, m->rotation_bits);
    at += m->rotation_bits;
    const uint32_t swap = bits(&b, at, m->selection_bits);
    at += m->selection_bits;

    uint32_t e[6][4];
    const uint32_t ends = 2u * m->subsets;
    for (uint32_t k = 0; k < 4; k++) {
        const uint32_t n = k < 3 ? m->color_bits : m->alpha_bits;
        for (uint32_t i = 0; i < ends; i++) {
            e[i][k] = n ? bits(&b, at, n) : 255;
            at += n;
        }
    }
    for (uint32_t i = 0; i < ends; i++) {
        uint32_t p = 0;
        const uint32_t extra = m->endpoint_p | m->shared_p;
        if (m->endpoint_p) {
            p = bits(&b, at + i, 1);
        } else if (m->shared_p) {
            p = bits(&b, at + i / 2, 1);
        }
        for (uint32_t k = 0; k < 4; k++) {
            const uint32_t n = k < 3 ? m->color_bits : m->alpha_bits;
            if (n) {
                e[i][k] = expand(extra ? e[i][k] << 1 | p : e[i][k], n + extra);
            }
        }
    }
    at += m->endpoint_p ? ends : m->shared_p ? m->subsets : 0;

    uint32_t at2 = at + 16u * m->index_bits - m->subsets;
    for (uint32_t t = 0; t < 16; t++) {
        const uint32_t s = subset_of(m->subsets, partition, t);
        const uint32_t short_by = is_anchor(m->subsets, partition, t);
        uint32_t w[2];
        w[0] = w[1] = weight(m->index_bits, bits(&b, at, m->index_bits - short_by));
        at += m->index_bits - short_by;
        if (m->index2_bits) {
            w[1] = weight(m->index2_bits, bits(&b, at2, m->index2_bits - (t == 0)));
            at2 += m->index2_bits - (t == 0);
        }
        uint32_t c[4];
        for (uint32_t k = 0; k < 4; k++) {
            const uint32_t wt = w[(k == 3) ^ swap];
            c[k] = ((64 - wt) * e[2 * s][k] + wt * e[2 * s + 1][k] + 32) >> 6;
        }
        if (rotation) {
            const uint32_t a = c[3];
            c[3] = c[rotation - 1];
            c[rotation - 1] = a;
        }
        for (uint32_t k = 0; k < 4; k++) {
            out[t].f[k] = srgb && k < 3 ? pum_srgb_to_linear((uint8_t)c[k]) : (float)(c[k] / 255.0);
        }
    }
}

/* Fields of a BC6H block after the mode: letter = component, w x y z = first and second end of the first and second subset, then the bits, high
 * and low; high below low: in reverse order. */
struct bc6h_mode {
    uint8_t base, delta[3]; /* bits; delta 0: the ends are absolute */
    uint8_t two;            /* subsets */
    const char *fields;
};
static const struct bc6h_mode bc6h_modes[14] = {
    {10, {5, 5, 5}, 1, "gy4 by4 bz4 rw9:0 gw9:0 bw9:0 rx4:0 gz4 gy3:0 gx4:0 bz0 gz3:0 bx4:0 bz1 by3:0 ry4:0 bz2 rz4:0 bz3"},
    {7, {6, 6, 6}, 1, "gy5 gz4 gz5 rw6:0 bz0 bz1 by4 gw6:0 by5 bz2 gy4 bw6:0 bz3 bz5 bz4 rx5:0 gy3:0 gx5:0 gz3:0 bx5:0 by3:0 ry5:0 rz5:0"},
    {11, {5, 4, 4}, 1, "rw9:0 gw9:0 bw9:0 rx4:0 rw10 gy3:0 gx3:0 gw10 bz0 gz3:0 bx3:0 bw10 bz1 by3:0 ry4:0 bz2 rz4:0 bz3"},
    {11, {4, 5, 4}, 1, "rw9:0 gw9:0 bw9:0 rx3:0 rw10 gz4 gy3:0 gx4:0 gw10 gz3:0 bx3:0 bw10 bz1 by3:0 ry3:0 bz0 bz2 rz3:0 gy4 bz3"},
    {11, {4, 4, 5}, 1, "rw9:0 gw9:0 bw9:0 rx3:0 rw10 by4 gy3:0 gx3:0 gw10 bz0 gz3:0 bx4:0 bw10 by3:0 ry3:0 bz1 bz2 rz3:0 bz4 bz3"},
    {9, {5, 5, 5}, 1, "rw8:0 by4 gw8:0 gy4 bw8:0 bz4 rx4:0 gz4 gy3:0 gx4:0 bz0 gz3:0 bx4:0 bz1 by3:0 ry4:0 bz2 rz4:0 bz3"},
    {8, {6, 5, 5}, 1, "rw7:0 gz4 by4 gw7:0 bz2 gy4 bw7:0 bz3 bz4 rx5:0 gy3:0 gx4:0 bz0 gz3:0 bx4:0 bz1 by3:0 ry5:0 rz5:0"},
    {8, {5, 6, 5}, 1, "rw7:0 bz0 by4 gw7:0 gy5 gy4 bw7:0 gz5 bz4 rx4:0 gz4 gy3:0 gx5:0 gz3:0 bx4:0 bz1 by3:0 ry4:0 bz2 rz4:0 bz3"},
    {8, {5, 5, 6}, 1, "rw7:0 bz1 by4 gw7:0 by5 gy4 bw7:0 bz5 bz4 rx4:0 gz4 gy3:0 gx4:0 bz0 gz3:0 bx5:0 by3:0 ry4:0 bz2 rz4:0 bz3"},
    {6, {0, 0, 0}, 1, "rw5:0 gz4 bz0 bz1 by4 gw5:0 gy5 by5 bz2 gy4 bw5:0 gz5 bz3 bz5 bz4 rx5:0 gy3:0 gx5:0 gz3:0 bx5:0 by3:0 ry5:0 rz5:0"},
    {10, {0, 0, 0}, 0, "rw9:0 gw9:0 bw9:0 rx9:0 gx9:0 bx9:0"},
    {11, {9, 9, 9}, 0, "rw9:0 gw9:0 bw9:0 rx8:0 rw10 gx8:0 gw10 bx8:0 bw10"},
    {12, {8, 8, 8}, 0, "rw9:0 gw9:0 bw9:0 rx7:0 rw10:11 gx7:0 gw10:11 bx7:0 bw10:11"},
    {16, {4, 4, 4}, 0, "rw9:0 gw9:0 bw9:0 rx3:0 rw10:15 gx3:0 gw10:15 bx3:0 bw10:15"},
};

static uint32_t
number(const char **s)
{
    uint32_t v = 0;
    while (**s >= '0' && **s <= '9') {
        v = v * 10 + (uint32_t)(*(*s)++ - '0');
    }
    return v;
}

/* Reads the fields into e[end][component]; returns the next bit. */
static uint32_t
bc6h_fields(const struct bits128 *b, uint32_t at, const char *s, int32_t e[4][3])
{
    while (*s) {
        const uint32_t k = *s == 'r' ? 0 : *s == 'g' ? 1 : 2;
        const uint32_t end = (uint32_t)(s[1] - 'w');
        s += 2;
        const uint32_t high = number(&s);
        uint32_t low = high;
        if (*s == ':') {
            s++;
            low = number(&s);
        }
        s += *s == ' ';
        if (high >= low) {
            e[end][k] |= (int32_t)(bits(b, at, high - low + 1) << low);
            at += high - low + 1;
        } else {
            for (uint32_t i = low + 1; i-- > high;) {
                e[end][k] |= (int32_t)(bits(b, at++, 1) << i);
            }
        }
    }
    return at;
}

static int32_t
sign_extend(int32_t v, uint32_t n)
{
    return (int32_t)((uint32_t)v << (32 - n)) >> (32 - n);
}

/* To 16 bits, the range that is interpolated. */
static int32_t
bc6h_unquantize(int32_t v, uint32_t n, bool is_signed)
{
    if (!is_signed) {
        return n >= 15 || v == 0 ? v : v == (1 << n) - 1 ? 0xffff : ((v << 16) + 0x8000) >> n;
    }
    if (n >= 16) {
        return v;
    }
    const int32_t mag = v < 0 ? -v : v;
    const int32_t r = mag == 0 ? 0 : mag >= (1 << (n - 1)) - 1 ? 0x7fff : ((mag << 15) + 0x4000) >> (n - 1);
    return v < 0 ? -r : r;
}

static void
bc6h(const uint8_t *block, bool is_signed, union pum_color *out)
{
    const struct bits128 b = {load64(block), load64(block + 8)};
    const uint32_t low5 = block[0] & 31;
    uint32_t mode, at = 5;
    if ((low5 & 3) < 2) {
        mode = low5 & 3;
        at = 2;
    } else if ((low5 & 3) == 2) {
        mode = 2 + (low5 >> 2);
    } else {
        mode = 10 + (low5 >> 2);
    }
    for (int t = 0; t < 16; t++) {
        out[t] = (union pum_color){.f = {0, 0, 0, 1}};
    }
    if (mode >= 14) {
        return; /* reserved: black */
    }
    const struct bc6h_mode *m = &bc6h_modes[mode];
    int32_t e[4][3] = {{0}};
    at = bc6h_fields(&b, at, m->fields, e);
    const uint32_t partition = m->two ? bits(&b, at, 5) : 0;
    at += m->two ? 5 : 0;
    for (int k = 0; k < 3; k++) {
        for (int end = 0; end < (m->two ? 4 : 2); end++) {
            if (end && m->delta[k]) {
                e[end][k] = (sign_extend(e[end][k], m->delta[k]) + e[0][k]) & ((1 << m->base) - 1);
            }
        }
        for (int end = 0; end < 4; end++) {
            const int32_t v = is_signed ? sign_extend(e[end][k], m->base) : e[end][k];
            e[end][k] = bc6h_unquantize(v, m->base, is_signed);
        }
    }
    const uint32_t n = m->two ? 3 : 4;
    for (uint32_t t = 0; t < 16; t++) {
        const uint32_t s = m->two ? subset_of(2, partition, t) : 0, short_by = m->two ? is_anchor(2, partition, t) : t == 0;
        const int32_t w = (int32_t)weight(n, bits(&b, at, n - short_by));
        at += n - short_by;
        for (int k = 0; k < 3; k++) {
            const int32_t v = ((64 - w) * e[2 * s][k] + w * e[2 * s + 1][k] + 32) >> 6;
            int32_t h;
            if (!is_signed) {
                h = v * 31 >> 6;
            } else {
                h = v < 0 ? (-v * 31 >> 5) | 0x8000 : v * 31 >> 5;
            }
            out[t].f[k] = pum_half_to_float((uint16_t)h);
        }
    }
}

void
pum_bc_decode(enum pum_format f, const uint8_t *block, union pum_color out[16])
{
    switch ((int)f) {
    case PUM_FORMAT_BC1_RGB_UNORM_BLOCK: bc1_colors(block, BC1_OPAQUE, false, out); break;
    case PUM_FORMAT_BC1_RGB_SRGB_BLOCK: bc1_colors(block, BC1_OPAQUE, true, out); break;
    case PUM_FORMAT_BC1_RGBA_UNORM_BLOCK: bc1_colors(block, BC1_PUNCH, false, out); break;
    case PUM_FORMAT_BC1_RGBA_SRGB_BLOCK: bc1_colors(block, BC1_PUNCH, true, out); break;
    case PUM_FORMAT_BC2_UNORM_BLOCK:
    case PUM_FORMAT_BC2_SRGB_BLOCK:
        bc1_colors(block + 8, BC1_FOUR, f == PUM_FORMAT_BC2_SRGB_BLOCK, out);
        for (int t = 0; t < 16; t++) {
            out[t].f[3] = (float)((block[t / 2] >> (t & 1) * 4 & 15) / 15.0);
        }
        break;
    case PUM_FORMAT_BC3_UNORM_BLOCK:
    case PUM_FORMAT_BC3_SRGB_BLOCK:
        bc1_colors(block + 8, BC1_FOUR, f == PUM_FORMAT_BC3_SRGB_BLOCK, out);
        bc4_channel(block, false, 3, out);
        break;
    case PUM_FORMAT_BC4_UNORM_BLOCK:
    case PUM_FORMAT_BC4_SNORM_BLOCK:
    case PUM_FORMAT_BC5_UNORM_BLOCK:
    case PUM_FORMAT_BC5_SNORM_BLOCK: {
        const bool is_signed = f == PUM_FORMAT_BC4_SNORM_BLOCK || f == PUM_FORMAT_BC5_SNORM_BLOCK;
        for (int t = 0; t < 16; t++) {
            out[t] = (union pum_color){.f = {0, 0, 0, 1}};
        }
        bc4_channel(block, is_signed, 0, out);
        if (f == PUM_FORMAT_BC5_UNORM_BLOCK || f == PUM_FORMAT_BC5_SNORM_BLOCK) {
            bc4_channel(block + 8, is_signed, 1, out);
        }
        break;
    }
    case PUM_FORMAT_BC6H_UFLOAT_BLOCK: bc6h(block, false, out); break;
    case PUM_FORMAT_BC6H_SFLOAT_BLOCK: bc6h(block, true, out); break;
    default: bc7(block, f == PUM_FORMAT_BC7_SRGB_BLOCK, out); break;
    }
}
