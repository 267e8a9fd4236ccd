/* Sixteen lanes as clang vectors, for the routines that work on all of them at once. */
#ifndef PUM_RT_VEC16_H
#define PUM_RT_VEC16_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "abi/shader_abi.h"
#include "rt/rt_lod.h"
#include "util/gather16.h"

typedef float vf __attribute__((ext_vector_type(16)));
typedef int32_t vi __attribute__((ext_vector_type(16)));
typedef uint32_t vu __attribute__((ext_vector_type(16)));

#define INLINE static inline __attribute__((always_inline))

INLINE vf
load_f(const float *p)
{
    vf v;
    memcpy(&v, p, sizeof(v));
    return v;
}

INLINE vi
load_i(const void *p)
{
    vi v;
    memcpy(&v, p, sizeof(v));
    return v;
}

INLINE vf
pick(vi m, vf a, vf b)
{
    return (vf)((m & (vi)a) | (~m & (vi)b));
}

INLINE vi
pick_i(vi m, vi a, vi b)
{
    return (m & a) | (~m & b);
}

/* Bit = lane; lanes of m are 0 or -1. */
INLINE uint32_t
bits_of(vi m)
{
#if defined(__AVX512DQ__)
    return _mm512_movepi32_mask((__m512i)m);
#elif defined(__AVX2__)
    return (uint32_t)_mm256_movemask_ps((__m256)m.lo) | (uint32_t)_mm256_movemask_ps((__m256)m.hi) << 8;
#elif defined(__SSE2__)
    return (uint32_t)_mm_movemask_ps((__m128)m.lo.lo) | (uint32_t)_mm_movemask_ps((__m128)m.lo.hi) << 4 |
           (uint32_t)_mm_movemask_ps((__m128)m.hi.lo) << 8 | (uint32_t)_mm_movemask_ps((__m128)m.hi.hi) << 12;
#else
    uint32_t r = 0;
    for (int l = 0; l < PUM_LANES; l++) {
        r |= (m[l] ? 1u : 0u) << l;
    }
    return r;
#endif
}

/* The first lane of `mask`, which is not 0. */
INLINE int32_t
first_of(vi v, uint32_t mask)
{
#if defined(__AVX512F__)
    return _mm_cvtsi128_si32(_mm512_castsi512_si128(_mm512_maskz_compress_epi32((__mmask16)mask, (__m512i)v)));
#else
    return v[__builtin_ctz(mask)];
#endif
}

/* v / 255, correctly rounded for all 256 values (the series 1 + 2^-8 + 2^-16 + ..., the large part exact). */
INLINE vf
unorm8(vi v)
{
    const vf f = __builtin_convertvector(v, vf);
    return f * 0x1.01p-8f + f * 0x1.0101p-24f;
}

/* Half precision in the low 16 bits; NaNs become quiet, as in pum_half_to_float. */
INLINE vf
half(vi h)
{
#if defined(__AVX512F__)
    return (vf)_mm512_cvtph_ps(_mm512_cvtepi32_epi16((__m512i)h));
#elif defined(__F16C__)
    typedef uint16_t h16 __attribute__((ext_vector_type(16)));
    const h16 n = __builtin_convertvector((vu)h & 0xffff, h16);
    vf r;
    r.lo = (__typeof__(r.lo))_mm256_cvtph_ps((__m128i)n.lo);
    r.hi = (__typeof__(r.hi))_mm256_cvtph_ps((__m128i)n.hi);
    return r;
#else
    const vi mag = h & 0x7fff, bits = mag << 13;
    const vi scaled = (vi)((vf)bits * 0x1p112f);
    return (vf)(pick_i(mag >= 0x7c00, bits | 0x7f800000 | ((mag > 0x7c00) & 0x400000), scaled) | ((h & 0x8000) << 16));
#endif
}

/* Lanes of floor'ed coordinates to integers: cut at 2^30 and -2^31, NaN is 2^30. */
INLINE vi
to_int(vf f)
{
    f = pick(f < 1073741824.0f, f, (vf)1073741824.0f);
#if defined(__AVX512F__)
    return (vi)_mm512_cvttps_epi32((__m512)f); /* below -2^31: -2^31 */
#elif defined(__AVX2__)
    vi r;
    r.lo = (__typeof__(r.lo))_mm256_cvttps_epi32((__m256)f.lo);
    r.hi = (__typeof__(r.hi))_mm256_cvttps_epi32((__m256)f.hi);
    return r;
#else
    f = pick(f > -2147483648.0f, f, (vf)-2147483648.0f);
    return __builtin_convertvector(f, vi);
#endif
}

/* a * b, both in 0 .. 2^15 - 1. */
INLINE vi
small_product(vi a, int32_t b)
{
#if defined(__AVX512BW__)
    return (vi)_mm512_madd_epi16((__m512i)a, _mm512_set1_epi32(b));
#elif defined(__AVX2__)
    vi r;
    r.lo = (__typeof__(r.lo))_mm256_madd_epi16((__m256i)a.lo, _mm256_set1_epi32(b));
    r.hi = (__typeof__(r.hi))_mm256_madd_epi16((__m256i)a.hi, _mm256_set1_epi32(b));
    return r;
#else
    return a * b;
#endif
}

/* rt_lod_log2 of all lanes; NaN gives anything. */
INLINE vf
lod_log2(vf r)
{
    const vi e = ((vi)r - RT_LOD_SQRT_HALF) >> 23;
    const vf t = (vf)((vi)r - (e << 23)) - 1.0f;
    return __builtin_convertvector(e, vf) + t * RT_LOD_POLY(t);
}

#endif
