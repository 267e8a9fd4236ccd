/* Conversion between texels and components, sixteen at a time; for the kernels of colour output and of resolves.
 * SPEC: fundamentals-fixedconv, fundamentals-fp-conversion. */
#ifndef PUM_RASTER_K_CONVERT_H
#define PUM_RASTER_K_CONVERT_H

#include "raster/k_common.h"
#include "raster/srgb_table.h"
#include "util/gather16.h"

typedef _Float16 f16x16 __attribute__((ext_vector_type(16)));

/* -------- conversion of one component -------- */

/* Magnitude of a float to `m` mantissa and 5 exponent bits, nearest even; a: bits without sign, not NaN. */
INLINE u32x16
small_float(u32x16 a, const uint32_t m)
{
    const uint32_t shift = 23 - m;
    const u32x16 rounded = (a + ((1u << (shift - 1)) - 1) + ((a >> shift) & 1u)) >> shift;
    const u32x16 normal = rounded - (112u << m);
    const u32x16 denormal = round_u(clamp_f(as_f(a), 0.0f, 0x1p-14f) * (m == 10 ? 0x1p24f : m == 6 ? 0x1p20f : 0x1p19f));
    return select_u((i32x16)a < 0x38800000, denormal, normal);
}

/* NaN becomes 0x7e00: sign and payload of NaNs depend on the order of operands, which compilers are free to swap. */
INLINE u32x16
to_half(f32x16 x)
{
    const f32x16 v = x == x ? x : as_f((u32x16)0x7fc00000u);
#ifdef __F16C__
    const f16x16 h = __builtin_convertvector(v, f16x16);
    u16x16 u;
    memcpy(&u, &h, 32);
    return __builtin_convertvector(u, u32x16);
#else
    const u32x16 b = as_u(v), a = b & 0x7fffffffu, sign = (b >> 16) & 0x8000u;
    u32x16 h = small_float(select_u((i32x16)a > 0x477fffff, (u32x16)0x477fffffu, a), 10);
    h = select_u((i32x16)a >= 0x477ff000, (u32x16)0x7c00u, h);
    h = select_u((i32x16)a > 0x7f800000, (u32x16)0x7e00u, h);
    return h | sign;
#endif
}
INLINE f32x16
from_half(u32x16 h)
{
#ifdef __F16C__
    const u16x16 n = __builtin_convertvector(h, u16x16);
    f16x16 v;
    memcpy(&v, &n, 32);
    return __builtin_convertvector(v, f32x16);
#else
    const u32x16 a = h & 0x7fffu, sign = (h & 0x8000u) << 16;
    u32x16 f = (a << 13) + (112u << 23);
    f = select_u((i32x16)a < 0x400, as_u(__builtin_convertvector((i32x16)a, f32x16) * 0x1p-24f), f);
    f = select_u((i32x16)a >= 0x7c00, (a << 13) | 0x7f800000u, f);
    f = select_u((i32x16)a > 0x7c00, f | 0x400000u, f);
    return as_f(f | sign);
#endif
}
INLINE u32x16
to_ufloat(f32x16 v, const uint32_t m)
{
    const u32x16 b = as_u(v), a = b & 0x7fffffffu;
    const uint32_t max = (30u << m) | ((1u << m) - 1), inf = 31u << m;
    u32x16 r = small_float(select_u((i32x16)a > 0x47800000, (u32x16)0x47800000u, a), m);
    r = select_u((i32x16)r > (i32x16)max, (u32x16)max, r);
    r = select_u((i32x16)b < 0, (u32x16)0, r);
    r = select_u(b == 0x7f800000u, (u32x16)inf, r);
    return select_u((i32x16)a > 0x7f800000, (u32x16)(inf | 1u), r);
}
INLINE f32x16
from_ufloat(u32x16 v, const uint32_t m)
{
    u32x16 f = (v << (23 - m)) + (112u << 23);
    f = select_u((i32x16)v < (1 << m), as_u(__builtin_convertvector((i32x16)v, f32x16) * (m == 6 ? 0x1p-20f : 0x1p-19f)), f);
    f = select_u((i32x16)v >= (31 << m), (v << (23 - m)) | 0x7f800000u, f);
    return as_f(f);
}

static inline u32x16
to_srgb(f32x16 v)
{
    const f32x16 c = clamp_f(v, 0.0f, 1.0f);
    i32x16 at = (i32x16)(as_u(c) >> 16) - (PUM_SRGB_GUESS_MIN_EXP << 7);
    at = __builtin_elementwise_max(at, (i32x16)0); /* the first bucket's code is 0, as of all below */
    const u32x16 g = (u32x16)pum_gather16(pum_srgb_guess, at) & 255u;
    const f32x16 next = (f32x16)pum_gather16(&pum_srgb_threshold[1], (i32x16)(g << 2));
    return g - (u32x16)(c >= next);
}
static inline f32x16
from_srgb(u32x16 v)
{
    return (f32x16)pum_gather16(pum_srgb_decode, (i32x16)((v & 255u) << 2));
}

INLINE u32x16
component_pack(const uint32_t kind, const uint32_t bits, const uint32_t i, u32x16 v)
{
    switch (kind) {
    case PUM_COLOR_SRGB:
        if (i < 3) {
            return to_srgb(as_f(v));
        }
        return round_scaled(clamp_f(as_f(v), 0.0f, 1.0f), 8);
    case PUM_COLOR_UNORM:
        return round_scaled(clamp_f(as_f(v), 0.0f, 1.0f), bits);
    case PUM_COLOR_SNORM: {
        const f32x16 f = as_f(v);
        const f32x16 n = select_f(f == f, f, (f32x16)0.0f);
        return round_scaled(clamp_f(n, -1.0f, 1.0f), bits - 1) & ((1u << bits) - 1);
    }
    case PUM_COLOR_UINT: { /* out of range values are undefined by the specification: saturate */
        const uint32_t max = bits == 32 ? 0xffffffffu : (1u << bits) - 1;
        return select_u(v > max, (u32x16)max, v);
    }
    case PUM_COLOR_SINT: {
        if (bits == 32) {
            return v;
        }
        const int32_t max = (int32_t)(1u << (bits - 1)) - 1;
        i32x16 s = (i32x16)v;
        s = s > max ? (i32x16)max : s;
        s = s < -max - 1 ? (i32x16)(-max - 1) : s;
        return (u32x16)s & ((1u << bits) - 1);
    }
    default:
        return bits == 32 ? v : bits == 16 ? to_half(as_f(v)) : bits == 11 ? to_ufloat(as_f(v), 6) : to_ufloat(as_f(v), 5);
    }
}
/* v / (2^bits - 1), correctly rounded; the fused correction of the product with the reciprocal gives that for all bits <= 16. */
INLINE f32x16
unorm_to_float(u32x16 v, const uint32_t bits)
{
    const f32x16 f = __builtin_convertvector((i32x16)v, f32x16);
    const float max = (float)((1u << bits) - 1);
#ifdef __FMA__
    const f32x16 r = (f32x16)(1.0f / max), q = f * r;
    return __builtin_elementwise_fma(__builtin_elementwise_fma(-q, (f32x16)max, f), r, q);
#else
    return f / max;
#endif
}
/* To float; integer kinds are never blended. */
INLINE f32x16
component_unpack(const uint32_t kind, const uint32_t bits, const uint32_t i, u32x16 v)
{
    switch (kind) {
    case PUM_COLOR_SRGB:
        if (i < 3) {
            return from_srgb(v);
        }
        return unorm_to_float(v, 8);
    case PUM_COLOR_SNORM: {
        const i32x16 s = (i32x16)(v << (32 - bits)) >> (int32_t)(32 - bits);
        const f32x16 f = __builtin_convertvector(s, f32x16) / (float)((1u << (bits - 1)) - 1);
        return f > -1.0f ? f : (f32x16)-1.0f;
    }
    case PUM_COLOR_FLOAT:
        return bits == 32 ? as_f(v) : bits == 16 ? from_half(v) : bits == 11 ? from_ufloat(v, 6) : from_ufloat(v, 5);
    default:
        return unorm_to_float(v, bits);
    }
}

/* -------- texels of a block -------- */

INLINE void
words_from_bytes(u32x16 w[4], const uint8_t *raw, const uint32_t texel_B)
{
    switch (texel_B) {
    case 1: {
        u8x16 v;
        memcpy(&v, raw, 16);
        w[0] = __builtin_convertvector(v, u32x16);
        return;
    }
    case 2: {
        u16x16 v;
        memcpy(&v, raw, 32);
        w[0] = __builtin_convertvector(v, u32x16);
        return;
    }
    case 4:
        w[0] = load_u(raw);
        return;
    case 8: {
        const u32x16 a = load_u(raw), b = load_u(raw + 64);
        w[0] = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
        w[1] = __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
        return;
    }
    case 12: {
        uint32_t in[48], out[3][16];
        memcpy(in, raw, 192);
        for (uint32_t i = 0; i < 48; i++) {
            out[i % 3][i / 3] = in[i];
        }
        for (uint32_t k = 0; k < 3; k++) {
            w[k] = load_u(out[k]);
        }
        return;
    }
    default: {
        uint32_t in[64], out[4][16];
        memcpy(in, raw, 256);
        for (uint32_t i = 0; i < 16; i++) {
            for (uint32_t k = 0; k < 4; k++) {
                out[k][i] = in[i * 4 + k];
            }
        }
        for (uint32_t k = 0; k < 4; k++) {
            w[k] = load_u(out[k]);
        }
        return;
    }
    }
}
INLINE void
bytes_from_words(uint8_t *raw, const u32x16 w[4], const uint32_t texel_B)
{
    switch (texel_B) {
    case 1: {
        const u8x16 v = __builtin_convertvector(w[0], u8x16);
        memcpy(raw, &v, 16);
        return;
    }
    case 2: {
        const u16x16 v = __builtin_convertvector(w[0], u16x16);
        memcpy(raw, &v, 32);
        return;
    }
    case 4:
        memcpy(raw, &w[0], 64);
        return;
    case 8: {
        const u32x16 a = __builtin_shufflevector(w[0], w[1], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const u32x16 b = __builtin_shufflevector(w[0], w[1], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        memcpy(raw, &a, 64);
        memcpy(raw + 64, &b, 64);
        return;
    }
    case 12: {
        uint32_t in[3][16], out[48];
        memcpy(in, w, 192);
        for (uint32_t i = 0; i < 48; i++) {
            out[i] = in[i % 3][i / 3];
        }
        memcpy(raw, out, 192);
        return;
    }
    default: {
        const u32x16 lo = __builtin_shufflevector(w[0], w[1], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const u32x16 hi = __builtin_shufflevector(w[2], w[3], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const u32x16 lo2 = __builtin_shufflevector(w[0], w[1], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        const u32x16 hi2 = __builtin_shufflevector(w[2], w[3], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        const u32x16 r[4] = {
            __builtin_shufflevector(lo, hi, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23),
            __builtin_shufflevector(lo, hi, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31),
            __builtin_shufflevector(lo2, hi2, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23),
            __builtin_shufflevector(lo2, hi2, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31),
        };
        memcpy(raw, r, 256);
        return;
    }
    }
}

INLINE void
unpack(const struct pum_color_format *f, const u32x16 w[4], f32x16 c[4])
{
    for (uint32_t i = 0; i < 4; i++) {
        if (!f->bits[i]) {
            c[i] = (f32x16)(i == 3 ? 1.0f : 0.0f);
            continue;
        }
        const uint32_t keep = f->bits[i] == 32 ? 0xffffffffu : (1u << f->bits[i]) - 1;
        c[i] = component_unpack(f->kind, f->bits[i], i, (w[f->word[i]] >> f->shift[i]) & keep);
    }
}
INLINE void
pack(const struct pum_color_format *f, const u32x16 c[4], u32x16 w[4])
{
    for (uint32_t k = 0; k < (f->texel_B + 3u) / 4; k++) {
        w[k] = (u32x16)0;
    }
    for (uint32_t i = 0; i < 4; i++) {
        if (f->bits[i]) {
            w[f->word[i]] |= component_pack(f->kind, f->bits[i], i, c[i]) << f->shift[i];
        }
    }
}

/* Fixed-point targets clamp the inputs of the blend equation. */
INLINE f32x16
blend_clamp(const uint32_t kind, f32x16 v)
{
    return kind == PUM_COLOR_UNORM || kind == PUM_COLOR_SRGB ? clamp_f(v, 0.0f, 1.0f) : kind == PUM_COLOR_SNORM ? clamp_f(v, -1.0f, 1.0f) : v;
}

INLINE void
load_block(u32x16 w[4], const uint8_t *p, const struct pum_fs_target *t, const uint32_t texel_B, uint32_t mask, bool whole)
{
    if (whole && t->layout == PUM_TEXEL_BLOCK) {
        words_from_bytes(w, p, texel_B);
        return;
    }
    uint8_t raw[256];
    if (whole) {
        fetch_rows(raw, p, t->row_pitch_B, texel_B);
    } else {
        fetch_lanes(raw, p, t->layout != PUM_TEXEL_BLOCK, t->row_pitch_B, texel_B, mask);
    }
    words_from_bytes(w, raw, texel_B);
}
INLINE void
store_block(uint8_t *p, const struct pum_fs_target *t, const uint32_t texel_B, const u32x16 w[4], uint32_t mask, bool whole)
{
    if (whole && t->layout == PUM_TEXEL_BLOCK) {
        bytes_from_words(p, w, texel_B);
        return;
    }
    uint8_t raw[256];
    bytes_from_words(raw, w, texel_B);
    if (whole) {
        store_rows(p, t->row_pitch_B, raw, texel_B);
    } else {
        store_lanes(p, t->layout != PUM_TEXEL_BLOCK, t->row_pitch_B, raw, texel_B, mask);
    }
}

#endif
