/* Where the texels of a level of a 2D view stand, sixteen at a time: address modes, offsets in rows, blocks and tiles. */
#ifndef PUM_RT_TEXEL2D_H
#define PUM_RT_TEXEL2D_H

#include "rt/rt_isa.h"
#include "rt/vec16.h"

/* i modulo n, the result in 0 .. n - 1; n is no power of two. */
static __attribute__((noinline)) RT_VCALL vi
modulo_far(vi i, int32_t n)
{
    /* The quotient is at most one off while |i| < 2^24; beyond that lane by lane. */
    if (bits_of((i >= 1 << 24) | (i <= -(1 << 24)))) {
        int32_t t[PUM_LANES];
        memcpy(t, &i, sizeof(t));
        for (int l = 0; l < PUM_LANES; l++) {
            const int32_t m = t[l] % n;
            t[l] = m < 0 ? m + n : m;
        }
        return load_i(t);
    }
    const vi q = __builtin_convertvector(__builtin_elementwise_floor(__builtin_convertvector(i, vf) / (float)n), vi);
    vi m = i - q * n;
    m += (m < 0) & n;
    return m - ((m >= n) & n);
}

INLINE vi
modulo(vi i, int32_t n)
{
    if ((n & (n - 1)) == 0) {
        return i & (n - 1);
    }
    vi near = i + ((i < 0) & n); /* nearly always less than a period away */
    near -= (near >= n) & n;
    return bits_of((vi)((vu)near >= (vu)n)) ? modulo_far(i, n) : near;
}

INLINE vi
clamped(vi i, int32_t n)
{
    return __builtin_elementwise_min(__builtin_elementwise_max(i, (vi)0), (vi)(n - 1));
}

/* The modes but repeat and clamp. Lanes outside of a border are 0. */
static __attribute__((noinline)) RT_VCALL vi
wrap_rare(vi i, int32_t n, uint8_t mode)
{
    if (mode == PUM_ADDRESS_MIRROR) {
        const vi m = modulo(i, 2 * n);
        return pick_i(m < n, m, 2 * n - 1 - m);
    }
    if (mode == PUM_ADDRESS_BORDER) {
        return i & ~((i < 0) | (i >= n));
    }
    return clamped(i ^ (i >> 31), n); /* mirror once: -(1 + i) of the negative */
}

/* Texel index of integer coordinates. */
INLINE vi
wrap(vi i, int32_t n, uint8_t mode)
{
    return mode == PUM_ADDRESS_REPEAT ? modulo(i, n) : mode == PUM_ADDRESS_CLAMP ? clamped(i, n) : wrap_rare(i, n, mode);
}

INLINE vi
outside(vi i, int32_t n, uint8_t mode)
{
    return mode == PUM_ADDRESS_BORDER ? (i < 0) | (i >= n) : (vi)0;
}

/* The same in tiles. Their addresses are sums of a part that depends on x and one that depends on y, too. */
static __attribute__((noinline)) RT_VCALL vi
tile_column_B(uint32_t layout, vi x, int32_t B)
{
    const int32_t w = (int32_t)pum_tile_width_log2((uint8_t)layout), h = (int32_t)pum_tile_height_log2((uint8_t)layout);
    const vi in = x & ((1 << w) - 1), tile = (x >> w) * (B << (w + h));
    return tile + (layout & PUM_TEXEL_TILE_ROWS ? in * B : (in >> 2) * (16 * B) + (in & 3) * B);
}

static __attribute__((noinline)) RT_VCALL vi
tile_row_B(uint32_t layout, vi y, uint32_t pitch_B, int32_t B)
{
    const int32_t w = (int32_t)pum_tile_width_log2((uint8_t)layout), h = (int32_t)pum_tile_height_log2((uint8_t)layout);
    const vi in = y & ((1 << h) - 1), tile = (y >> h) * (int32_t)pitch_B;
    return tile + (layout & PUM_TEXEL_TILE_ROWS ? in * (B << w) : (in >> 2) * (4 * B << w) + (in & 3) * (4 * B));
}

/* Byte offsets of columns and rows; a texel's offset is the sum. */
INLINE vi
column_B(uint8_t layout, vi x, int32_t B)
{
    if (layout >= PUM_TEXEL_TILE) {
        return tile_column_B(layout, x, B);
    }
    return layout == PUM_TEXEL_BLOCK ? (x >> 2) * (16 * B) + (x & 3) * B : x * B;
}

INLINE vi
row_B(uint8_t layout, vi y, uint32_t pitch_B, int32_t B, bool small)
{
    if (layout >= PUM_TEXEL_TILE) {
        return tile_row_B(layout, y, pitch_B, B);
    }
    const vi row = layout == PUM_TEXEL_BLOCK ? y >> 2 : y;
    const vi at = small ? small_product(row, (int32_t)pitch_B) : row * (int32_t)pitch_B;
    return layout == PUM_TEXEL_BLOCK ? at + (y & 3) * (4 * B) : at;
}

/* For row_B: the faster multiplication will do. */
INLINE bool
is_small(const struct pum_desc_image *img, const struct pum_desc_level *lv)
{
    return lv->row_pitch_B < 1 << 15 && img->height <= 1 << 15;
}

INLINE uint32_t
level_px(uint32_t px, uint32_t level)
{
    const uint32_t e = px >> level;
    return e ? e : 1;
}

#endif
