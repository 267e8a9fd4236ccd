/* Several samples per pixel: coverage, masks that come from the shader, colour output, resolves. SPEC: primsrast-multisampling,
 * fragops-covg, renderpass-resolve-operations. */
#include "raster/k_convert.h"

_Static_assert(PUM_MAX_SAMPLES * sizeof(uint16_t) == 16, "the samples of a block are two words of 64 bits");

typedef uint16_t u16x8 __attribute__((ext_vector_type(8)));
typedef int16_t i16x8 __attribute__((ext_vector_type(8)));

/* -------- coverage -------- */

INLINE uint32_t
any_sample(const uint16_t *covered)
{
    uint64_t w[2];
    memcpy(w, covered, 16);
    w[0] |= w[1];
    w[0] |= w[0] >> 32;
    return (uint32_t)(w[0] | w[0] >> 16) & 0xffffu;
}
INLINE uint16_t *
samples_of(pum_block_samples *covered, uint32_t bx, uint32_t by)
{
    return covered[by * 16 + bx];
}

struct edge {
    i32x16 step; /* a * (lane & 3) + b * (lane >> 2) */
    int32_t a, b;
    int32_t hi, lo;   /* sum of the positive, of the negative steps */
    int32_t min, max; /* constants of the samples */
};

/* Masks of a block that some edge crosses; off: what the block adds to each edge. */
INLINE uint32_t
cross(uint16_t *covered, const struct edge *e, const int32_t *off, const struct pum_sample_edges *se, const uint32_t n)
{
    uint32_t any = 0;
    for (uint32_t s = 0; s < se->samples; s++) {
        i32x16 neg = (i32x16)0;
        for (uint32_t k = 0; k < n; k++) {
            neg |= e[k].step + (off[k] + se->c[s][k]);
        }
        const uint32_t mask = bits_of(neg >= 0);
        covered[s] = (uint16_t)mask;
        any |= mask;
    }
    for (uint32_t s = se->samples; s < PUM_MAX_SAMPLES; s++) {
        covered[s] = 0;
    }
    return any;
}
INLINE void
all_samples(uint16_t *covered, uint32_t samples, uint32_t mask)
{
    for (uint32_t s = 0; s < PUM_MAX_SAMPLES; s++) {
        covered[s] = s < samples ? (uint16_t)mask : 0;
    }
}

/* Regions of 16x16 pixels, then blocks, as for one sample, with the extremes of the samples' constants. */
INLINE uint32_t
cover(struct pum_fs_block *out, pum_block_samples *covered, const struct pum_sample_edges *se, const uint32_t n)
{
    const struct pum_tile_edges *te = &se->e;
    uint32_t count = 0;
    struct edge e[4];
    for (uint32_t k = 0; k < n; k++) {
        const int32_t a = te->a[k], b = te->b[k];
        e[k] = (struct edge){LANE_X * a + LANE_Y * b, a, b, (a > 0 ? a : 0) + (b > 0 ? b : 0), (a < 0 ? a : 0) + (b < 0 ? b : 0), te->c[k], se->max[k]};
    }
    const uint32_t bx0 = te->x0 >> 2, by0 = te->y0 >> 2, bx1 = te->x1 >> 2, by1 = te->y1 >> 2;
    if ((bx1 - bx0 + 1) * (by1 - by0 + 1) <= 8) { /* small: no descent */
        for (uint32_t by = by0; by <= by1; by++) {
            for (uint32_t bx = bx0; bx <= bx1; bx++) {
                int32_t off[4];
                for (uint32_t k = 0; k < n; k++) {
                    off[k] = (e[k].a * (int32_t)bx + e[k].b * (int32_t)by) * 4;
                }
                const uint32_t any = cross(samples_of(covered, bx, by), e, off, se, n);
                if (any) {
                    out[count++] = (struct pum_fs_block){(uint8_t)bx, (uint8_t)by, (uint16_t)any};
                }
            }
        }
        return count;
    }
    i32x16 out16 = (i32x16)0;
    for (uint32_t k = 0; k < n; k++) {
        out16 |= e[k].step * 16 + e[k].max + e[k].hi * 15;
    }
    uint32_t touched = bits_of(out16 >= 0) & grid_bits(te->x0 >> 4, te->y0 >> 4, te->x1 >> 4, te->y1 >> 4);
    while (touched) {
        const uint32_t r = (uint32_t)__builtin_ctz(touched), rx = r & 3, ry = r >> 2;
        touched &= touched - 1;
        i32x16 out4 = (i32x16)0, part4 = (i32x16)0;
        int32_t off16[4];
        for (uint32_t k = 0; k < n; k++) {
            off16[k] = (e[k].a * (int32_t)rx + e[k].b * (int32_t)ry) * 16;
            const i32x16 v = e[k].step * 4 + off16[k];
            out4 |= v + (e[k].max + e[k].hi * 3);
            part4 |= v + (e[k].min + e[k].lo * 3);
        }
        uint32_t touched4 = bits_of(out4 >= 0);
        const uint32_t full4 = bits_of(part4 >= 0);
        while (touched4) {
            const uint32_t q = (uint32_t)__builtin_ctz(touched4), qx = q & 3, qy = q >> 2;
            touched4 &= touched4 - 1;
            const uint32_t bx = rx * 4 + qx, by = ry * 4 + qy;
            uint16_t *c = samples_of(covered, bx, by);
            uint32_t any = 0xffff;
            if (full4 >> q & 1) {
                all_samples(c, se->samples, 0xffff);
            } else {
                int32_t off[4];
                for (uint32_t k = 0; k < n; k++) {
                    off[k] = off16[k] + (e[k].a * (int32_t)qx + e[k].b * (int32_t)qy) * 4;
                }
                any = cross(c, e, off, se, n);
            }
            if (any) {
                out[count++] = (struct pum_fs_block){(uint8_t)bx, (uint8_t)by, (uint16_t)any};
            }
        }
    }
    return count;
}

uint32_t
PUM_K(pum_k_cover_samples)(struct pum_fs_block *out, pum_block_samples *covered, const struct pum_sample_edges *e)
{
    return e->e.count <= 3 ? cover(out, covered, e, 3) : cover(out, covered, e, 4);
}

uint32_t
PUM_K(pum_k_clip_samples)(struct pum_fs_block *blocks, uint32_t n, pum_block_samples *covered, uint32_t samples, uint32_t x0, uint32_t y0,
                          uint32_t x1, uint32_t y1)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t px = blocks[i].x * 4u, py = blocks[i].y * 4u;
        if (px + 3 < x0 || px > x1 || py + 3 < y0 || py > y1) {
            continue;
        }
        const uint32_t keep = grid_bits(px < x0 ? x0 - px : 0, py < y0 ? y0 - py : 0, px + 3 > x1 ? x1 - px : 3, py + 3 > y1 ? y1 - py : 3);
        uint16_t *c = samples_of(covered, blocks[i].x, blocks[i].y);
        for (uint32_t s = 0; s < PUM_MAX_SAMPLES; s++) {
            c[s] = samples >> s & 1 ? c[s] & (uint16_t)keep : 0;
        }
        const uint32_t any = any_sample(c);
        blocks[left] = (struct pum_fs_block){blocks[i].x, blocks[i].y, (uint16_t)any};
        left += any != 0;
    }
    return left;
}

/* -------- what the shader says, what it sees -------- */

void
PUM_K(pum_k_want_samples)(uint16_t *masks, uint32_t first, uint32_t count, const uint32_t want[PUM_LANES])
{
    const u32x16 w = load_u(want);
    for (uint32_t i = 0; i < count; i++) {
        masks[i] &= (uint16_t)bits_of((w & (1u << (first + i))) != 0);
    }
}

void
PUM_K(pum_k_alpha_samples)(uint32_t want[PUM_LANES], const uint32_t alpha[PUM_LANES], uint32_t samples)
{
    const u32x16 n = round_u(clamp_f(load_f(alpha), 0.0f, 1.0f) * (float)samples);
    const u32x16 r = ((u32x16)1u << n) - 1u;
    memcpy(want, &r, 64);
}

void
PUM_K(pum_k_coverage)(struct pum_fs_coverage *out, const uint16_t *covered, uint32_t samples, const float (*pos)[2])
{
    u32x16 in = (u32x16)0;
    f32x16 x = (f32x16)0.5f, y = (f32x16)0.5f;
    i32x16 all = (i32x16)-1;
    for (uint32_t s = samples; s-- > 0;) {
        const i32x16 m = lanes_of(covered[s]);
        in |= (u32x16)m & (1u << s);
        x = select_f(m, (f32x16)pos[s][0], x);
        y = select_f(m, (f32x16)pos[s][1], y);
        all &= m;
    }
    x = select_f(all, (f32x16)0.5f, x);
    y = select_f(all, (f32x16)0.5f, y);
    memcpy(out->mask_in, &in, 64);
    memcpy(out->centroid[0], &x, 64);
    memcpy(out->centroid[1], &y, 64);
}

/* -------- colour output -------- */

/* Blocks that are all ours, of any layout. */
INLINE bool
samples_equal(const uint8_t *p, const struct pum_fs_target *t, uint32_t texel_B, uint64_t pitch_B, uint32_t samples)
{
    const bool rows = t->layout != PUM_TEXEL_BLOCK;
    const uint32_t run_B = (rows ? 4 : 16) * texel_B;
    for (uint32_t s = 1; s < samples; s++) {
        for (uint32_t y = 0; y < (rows ? 4u : 1u); y++) {
            if (memcmp(p + (size_t)y * t->row_pitch_B, p + s * pitch_B + (size_t)y * t->row_pitch_B, run_B) != 0) {
                return false;
            }
        }
    }
    return true;
}
/* Gives all samples of a block what its first one has. */
INLINE void
spread(uint8_t *p, const struct pum_fs_target *t, uint32_t texel_B, uint64_t pitch_B, uint32_t samples)
{
    if (t->layout == PUM_TEXEL_BLOCK && texel_B == 4) {
        const u32x16 v = load_u(p);
        for (uint32_t s = 1; s < samples; s++) {
            memcpy(p + s * pitch_B, &v, 64);
        }
        return;
    }
    const bool rows = t->layout != PUM_TEXEL_BLOCK;
    for (uint32_t s = 1; s < samples; s++) {
        for (uint32_t y = 0; y < (rows ? 4u : 1u); y++) {
            const size_t at = (size_t)y * t->row_pitch_B;
            memcpy(p + s * pitch_B + at, p + at, (size_t)(rows ? 4 : 16) * texel_B);
        }
    }
}

/* Where all samples of a block are covered alike and what stands there is the same for all, one is computed. */
void
PUM_K(pum_k_write_samples)(const struct pum_fs_target *t, uint32_t bx, uint32_t by, uint32_t mask, const uint32_t color[4][PUM_LANES],
                           const uint32_t color1[4][PUM_LANES])
{
    const struct pum_tile_target *tt = t->blend;
    const uint16_t *covered = tt->covered[by * 16 + bx];
    const uint32_t samples = tt->samples, texel_B = tt->state->format.texel_B;
    uint8_t *same = tt->same ? &tt->same[by * 16 + bx] : NULL;
    const bool packed = same && *same & tt->bit;
    u16x8 c;
    memcpy(&c, covered, sizeof(c));
    const u16x8 number = {0, 1, 2, 3, 4, 5, 6, 7};
    const i16x8 missing = ((~c & (uint16_t)mask) != 0) & (number < (uint16_t)samples);
    uint8_t *p = block_address(t->tile, t->layout, t->row_pitch_B, texel_B, t->samples_log2, bx, by);
    if (!__builtin_reduce_or(missing) && (mask == 0xffff || packed || rect_has(&tt->whole, bx, by))) {
        if (packed || (tt->replace && mask == 0xffff) || samples_equal(p, t, texel_B, tt->sample_pitch_B, samples)) {
            tt->write(t, bx, by, mask, color, color1);
            if (same) {
                *same |= tt->bit;
            } else {
                spread(p, t, texel_B, tt->sample_pitch_B, samples);
            }
            return;
        }
    }
    uint32_t any = 0;
    for (uint32_t s = 0; s < samples; s++) {
        any |= covered[s] & mask;
    }
    if (packed && any) {
        spread(p, t, texel_B, tt->sample_pitch_B, samples);
        *same &= (uint8_t)~tt->bit;
    }
    struct pum_fs_target one = *t;
    for (uint32_t s = 0; s < samples; s++, one.tile += tt->sample_pitch_B) {
        const uint32_t m = covered[s] & mask;
        if (m) {
            tt->write(&one, bx, by, m, color, color1);
        }
    }
}

/* -------- resolve -------- */

INLINE u32x16
z_words(uint32_t format, const uint8_t *p)
{
    if (format == PUM_Z_D16) {
        u16x16 v;
        memcpy(&v, p, 32);
        return __builtin_convertvector(v, u32x16);
    }
    const u32x16 v = load_u(p);
    return format == PUM_Z_D24 ? v & 0xffffffu : v;
}
/* Comparable as signed integers: D32F with -0 below +0. */
INLINE i32x16
z_order(uint32_t format, u32x16 v)
{
    return format == PUM_Z_D32F ? (i32x16)(v ^ ((u32x16)((i32x16)v >> 31) & 0x7fffffffu)) : (i32x16)v;
}
INLINE u32x16
z_average(uint32_t format, const u32x16 *v, uint32_t samples)
{
    if (format == PUM_Z_D32F) {
        f32x16 sum[PUM_MAX_SAMPLES];
        for (uint32_t s = 0; s < samples; s++) {
            sum[s] = as_f(v[s]) * (1.0f / (float)samples);
        }
        for (uint32_t half = samples / 2; half; half /= 2) {
            for (uint32_t s = 0; s < half; s++) {
                sum[s] += sum[s + half];
            }
        }
        return as_u(sum[0]);
    }
    u32x16 sum = v[0];
    for (uint32_t s = 1; s < samples; s++) {
        sum += v[s];
    }
    return (sum + samples / 2) / samples;
}

static void
resolve_depth(uint8_t *dst, const uint8_t *src, uint64_t stride_B, uint32_t samples, const struct pum_resolve *r)
{
    const uint32_t format = r->z_format;
    u32x16 v[PUM_MAX_SAMPLES];
    for (uint32_t s = 0; s < samples; s++) {
        v[s] = z_words(format, src + s * stride_B);
    }
    u32x16 out = v[0];
    if (r->mode == PUM_RESOLVE_AVERAGE) {
        out = z_average(format, v, samples);
    }
    for (uint32_t s = 1; s < samples && r->mode != PUM_RESOLVE_AVERAGE; s++) {
        const i32x16 a = z_order(format, v[s]), b = z_order(format, out);
        out = select_u(r->mode == PUM_RESOLVE_MIN ? a < b : a > b, v[s], out);
    }
    if (format == PUM_Z_D16) {
        const u16x16 n = __builtin_convertvector(out, u16x16);
        memcpy(dst, &n, 32);
    } else {
        memcpy(dst, &out, 64);
    }
}

static void
resolve_stencil(uint8_t *dst, const uint8_t *src, uint64_t stride_B, uint32_t samples, uint8_t mode)
{
    u8x16 out, v;
    memcpy(&out, src, 16);
    for (uint32_t s = 1; s < samples; s++) {
        memcpy(&v, src + s * stride_B, 16);
        out = mode == PUM_RESOLVE_MIN ? __builtin_elementwise_min(out, v) : __builtin_elementwise_max(out, v);
    }
    memcpy(dst, &out, 16);
}

/* The mean of the values, after the transfer function is undone; equal values keep theirs. */
INLINE void
average(uint8_t *dst, const uint8_t *src, uint64_t stride_B, uint32_t samples, const struct pum_color_format *f)
{
    f32x16 c[PUM_MAX_SAMPLES][4];
    const float part = 1.0f / (float)samples;
    for (uint32_t s = 0; s < samples; s++) {
        u32x16 w[4];
        words_from_bytes(w, src + s * stride_B, f->texel_B);
        unpack(f, w, c[s]);
        for (uint32_t i = 0; i < 4; i++) {
            c[s][i] *= part;
        }
    }
    for (uint32_t half = samples / 2; half; half /= 2) {
        for (uint32_t s = 0; s < half; s++) {
            for (uint32_t i = 0; i < 4; i++) {
                c[s][i] += c[s + half][i];
            }
        }
    }
    u32x16 out[4], w[4];
    for (uint32_t i = 0; i < 4; i++) {
        out[i] = select_u(c[0][i] == c[0][i], as_u(c[0][i]), (u32x16)0x7fc00000u); /* which NaN depends on the order of operands */
    }
    pack(f, out, w);
    bytes_from_words(dst, w, f->texel_B);
}

static void
average_color(uint8_t *dst, const uint8_t *src, uint64_t stride_B, uint32_t samples, const struct pum_color_format *f)
{
    static const struct pum_color_format rgba8 = {PUM_COLOR_UNORM, 4, {8, 8, 8, 8}, {0, 0, 0, 0}, {0, 8, 16, 24}};
    static const struct pum_color_format bgra8 = {PUM_COLOR_UNORM, 4, {8, 8, 8, 8}, {0, 0, 0, 0}, {16, 8, 0, 24}};
    if (samples == 4 && memcmp(f, &rgba8, sizeof(rgba8)) == 0) { /* the common ones, with their data constant */
        average(dst, src, stride_B, 4, &rgba8);
    } else if (samples == 4 && memcmp(f, &bgra8, sizeof(bgra8)) == 0) {
        average(dst, src, stride_B, 4, &bgra8);
    } else {
        average(dst, src, stride_B, samples, f);
    }
}

void
PUM_K(pum_k_resolve)(uint8_t *dst, const uint8_t *src, uint64_t stride_B, uint32_t samples, const struct pum_resolve *r)
{
    const bool depth = r->z_format != PUM_Z_NONE, stencil = !depth && r->color.texel_B == 0;
    const uint32_t texel_B = depth ? (r->z_format == PUM_Z_D16 ? 2 : 4) : stencil ? 1 : r->color.texel_B;
    bool equal = true;
    for (uint32_t s = 1; s < samples && equal; s++) {
        equal = memcmp(src, src + s * stride_B, (size_t)16 * texel_B) == 0;
    }
    if (equal || r->mode == PUM_RESOLVE_ZERO) {
        memcpy(dst, src, (size_t)16 * texel_B);
    } else if (depth) {
        resolve_depth(dst, src, stride_B, samples, r);
    } else if (stencil) {
        resolve_stencil(dst, src, stride_B, samples, r->mode);
    } else {
        average_color(dst, src, stride_B, samples, &r->color);
    }
}
