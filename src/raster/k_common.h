/* Shared by the kernel sources k_*.c, which are built once per instruction set level with clang; PUM_K_LEVEL is v2, v3, v4 or base. */
#ifndef PUM_RASTER_K_COMMON_H
#define PUM_RASTER_K_COMMON_H

#include <string.h>

#include "raster/kernels.h"
#include "util/compiler.h"

#ifndef PUM_K_LEVEL
#define PUM_K_LEVEL base
#endif
#define PUM_K_PASTE2(a, b) a##_##b
#define PUM_K_PASTE(a, b)  PUM_K_PASTE2(a, b)
#define PUM_K(name)        PUM_K_PASTE(name, PUM_K_LEVEL)

#define INLINE static inline __attribute__((always_inline))

typedef float f32x16 __attribute__((ext_vector_type(16)));
typedef double f64x16 __attribute__((ext_vector_type(16)));
typedef int32_t i32x16 __attribute__((ext_vector_type(16)));
typedef uint32_t u32x16 __attribute__((ext_vector_type(16)));
typedef uint16_t u16x16 __attribute__((ext_vector_type(16)));
typedef uint8_t u8x16 __attribute__((ext_vector_type(16)));
typedef bool b1x16 __attribute__((ext_vector_type(16)));
typedef float f32x4 __attribute__((ext_vector_type(4)));
typedef uint32_t u32x4 __attribute__((ext_vector_type(4)));
typedef int32_t i32x4 __attribute__((ext_vector_type(4)));

#define LANE_X ((i32x16){0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3})
#define LANE_Y ((i32x16){0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3})

/* Bit per lane of a comparison result (0 or -1). */
INLINE uint32_t
bits_of(i32x16 m)
{
    const b1x16 b = __builtin_convertvector(m, b1x16);
    uint16_t r;
    memcpy(&r, &b, 2);
    return r;
}
/* 0 or -1 per lane. */
INLINE i32x16
lanes_of(uint32_t mask)
{
    const u32x16 bit = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768};
    return (((u32x16)mask & bit) != 0);
}
INLINE f32x16
select_f(i32x16 m, f32x16 a, f32x16 b)
{
    return m ? a : b;
}
INLINE u32x16
select_u(i32x16 m, u32x16 a, u32x16 b)
{
    return m ? a : b;
}
INLINE u32x16
as_u(f32x16 v)
{
    return (u32x16)v;
}
INLINE f32x16
as_f(u32x16 v)
{
    return (f32x16)v;
}
INLINE f32x16
load_f(const void *p)
{
    f32x16 v;
    memcpy(&v, p, 64);
    return v;
}
INLINE u32x16
load_u(const void *p)
{
    u32x16 v;
    memcpy(&v, p, 64);
    return v;
}
/* [lo, hi]; NaN gives lo. */
INLINE f32x16
clamp_f(f32x16 v, float lo, float hi)
{
    v = v > lo ? v : (f32x16)lo;
    return v < hi ? v : (f32x16)hi;
}
/* Nearest even of |v| < 2^22. */
INLINE u32x16
round_u(f32x16 v)
{
    return as_u(v + 0x1.8p23f) - 0x4b400000u;
}
/* Nearest even of the exact product v * (2^bits - 1), |v| <= 1, bits <= 16: one fused operation, or the rounded product and a correction
 * from its exact error: v * 2^bits - r is exact, and so is that without a half where it matters; the difference of these and v need not be. */
INLINE u32x16
round_scaled(f32x16 v, uint32_t bits)
{
    const float max = (float)((1u << bits) - 1);
#ifdef __FMA__
    return as_u(__builtin_elementwise_fma(v, (f32x16)max, (f32x16)0x1.8p23f)) - 0x4b400000u;
#else
    const f32x16 r = (v * max + 0x1.8p23f) - 0x1.8p23f;
    const f32x16 d = v * (float)(1u << bits) - r;
    return (u32x16)__builtin_convertvector(r, i32x16) - (u32x16)(d - 0.5f > v) + (u32x16)(d + 0.5f < v);
#endif
}

/* 16 texels of a block between memory and contiguous bytes. */
INLINE void
fetch_rows(uint8_t *out, const uint8_t *p, uint32_t row_B, uint32_t texel_B)
{
    for (uint32_t y = 0; y < 4; y++) {
        memcpy(out + (size_t)y * 4 * texel_B, p + (size_t)y * row_B, (size_t)4 * texel_B);
    }
}
INLINE void
store_rows(uint8_t *p, uint32_t row_B, const uint8_t *in, uint32_t texel_B)
{
    for (uint32_t y = 0; y < 4; y++) {
        memcpy(p + (size_t)y * row_B, in + (size_t)y * 4 * texel_B, (size_t)4 * texel_B);
    }
}
INLINE void
store_lanes(uint8_t *p, bool rows, uint32_t row_B, const uint8_t *in, uint32_t texel_B, uint32_t mask)
{
    while (mask) {
        const uint32_t i = (uint32_t)__builtin_ctz(mask);
        mask &= mask - 1;
        memcpy(rows ? p + (size_t)(i >> 2) * row_B + (size_t)(i & 3) * texel_B : p + (size_t)i * texel_B, in + (size_t)i * texel_B, texel_B);
    }
}
/* Blocks that are not all ours: only the lanes of the mask may be touched (rows outside may not even be mapped). */
INLINE void
fetch_lanes(uint8_t *out, const uint8_t *p, bool rows, uint32_t row_B, uint32_t texel_B, uint32_t mask)
{
    memset(out, 0, (size_t)16 * texel_B);
    while (mask) {
        const uint32_t i = (uint32_t)__builtin_ctz(mask);
        mask &= mask - 1;
        memcpy(out + (size_t)i * texel_B, rows ? p + (size_t)(i >> 2) * row_B + (size_t)(i & 3) * texel_B : p + (size_t)i * texel_B, texel_B);
    }
}
INLINE uint8_t *
block_address(uint8_t *tile, uint8_t layout, uint32_t row_B, uint32_t texel_B, uint32_t samples_log2, uint32_t bx, uint32_t by)
{
    return layout == PUM_TEXEL_BLOCK ? tile + (size_t)by * row_B + ((size_t)bx * 16 * texel_B << samples_log2)
                                     : tile + (size_t)by * 4 * row_B + (size_t)bx * 4 * texel_B;
}
INLINE bool
rect_has(const struct pum_tile_rect *r, uint32_t bx, uint32_t by)
{
    return bx >= r->x0 && bx < r->x1 && by >= r->y0 && by < r->y1;
}

uint32_t PUM_K(pum_k_cover)(struct pum_fs_block *out, const struct pum_tile_edges *e);
/* Bits of a 4x4 grid in columns x0..x1 and rows y0..y1. */
INLINE uint32_t
grid_bits(uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1)
{
    const uint32_t cols = ((2u << x1) - (1u << x0)) * 0x1111u;
    const uint32_t rows = (uint32_t)((16ull << (4 * y1)) - (1ull << (4 * y0)));
    return cols & rows & 0xffffu;
}

uint32_t PUM_K(pum_k_cover_rect)(struct pum_fs_block *out, uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1);
uint32_t PUM_K(pum_k_clip_rect)(struct pum_fs_block *blocks, uint32_t n, uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1);
uint64_t PUM_K(pum_k_count)(const struct pum_fs_block *blocks, uint32_t n);
void PUM_K(pum_k_planes)(struct pum_plane *planes, uint32_t n, const float *v0, const float *v1, const float *v2, const float *flat,
                         const float rhw[3], const uint32_t *persp, const float l1[3], const float l2[3]);
uint32_t PUM_K(pum_k_depth_stencil)(const struct pum_zs_state *st, const struct pum_tile_zs *zs, struct pum_fs_block *blocks, uint32_t n,
                                    const struct pum_plane *plane, float z_min, float z_max, uint32_t front, const float *z16,
                                    const uint32_t *ref16, bool write, uint64_t *passed);
void PUM_K(pum_k_depth_sort)(struct pum_depth_sorted *out, const struct pum_zs_state *st, const struct pum_tile_depth *d,
                             const struct pum_plane *plane, float z_min, float z_max, const float box[4], const struct pum_fs_block *blocks,
                             uint32_t n);
void PUM_K(pum_k_depth_fill)(uint32_t z_format, const struct pum_tile_zs *zs, uint32_t samples, const struct pum_plane *plane, bool keep,
                             uint32_t bx, uint32_t by);
uint32_t PUM_K(pum_k_cover_samples)(struct pum_fs_block *out, pum_block_samples *covered, const struct pum_sample_edges *e);
uint32_t PUM_K(pum_k_clip_samples)(struct pum_fs_block *blocks, uint32_t n, pum_block_samples *covered, uint32_t samples, uint32_t x0,
                                   uint32_t y0, uint32_t x1, uint32_t y1);
void PUM_K(pum_k_want_samples)(uint16_t *masks, uint32_t first, uint32_t count, const uint32_t want[PUM_LANES]);
void PUM_K(pum_k_alpha_samples)(uint32_t want[PUM_LANES], const uint32_t alpha[PUM_LANES], uint32_t samples);
void PUM_K(pum_k_coverage)(struct pum_fs_coverage *out, const uint16_t *covered, uint32_t samples, const float (*pos)[2]);
void PUM_K(pum_k_write_samples)(const struct pum_fs_target *t, uint32_t bx, uint32_t by, uint32_t mask, const uint32_t color[4][PUM_LANES],
                                const uint32_t color1[4][PUM_LANES]);
void PUM_K(pum_k_write_advanced)(const struct pum_fs_target *t, uint32_t bx, uint32_t by, uint32_t mask, const uint32_t color[4][PUM_LANES],
                                 const uint32_t color1[4][PUM_LANES]);
void PUM_K(pum_k_resolve)(uint8_t *dst, const uint8_t *src, uint64_t stride_B, uint32_t samples, const struct pum_resolve *r);
pum_target_write_fn PUM_K(pum_k_select_write)(const struct pum_target_state *st, uint8_t layout);
void PUM_K(pum_k_transform)(const struct pum_viewport_xf *xf, const float *pos, uint32_t pos_stride, uint32_t n,
                            const struct pum_xf_out *out);

#endif
