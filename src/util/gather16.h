/* A gather of sixteen lanes as clang vectors, for sources that are built once per instruction set. */
#ifndef PUM_UTIL_GATHER16_H
#define PUM_UTIL_GATHER16_H

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

typedef int32_t pum_i32x16 __attribute__((ext_vector_type(16)));

/* Four bytes at base + off_B per lane. */
static inline __attribute__((always_inline)) pum_i32x16
pum_gather16(const void *base, pum_i32x16 off_B)
{
#if defined(__AVX512F__)
    return (pum_i32x16)_mm512_i32gather_epi32((__m512i)off_B, base, 1);
#elif defined(__AVX2__)
    pum_i32x16 r;
    r.lo = (__typeof__(r.lo))_mm256_i32gather_epi32(base, (__m256i)off_B.lo, 1);
    r.hi = (__typeof__(r.hi))_mm256_i32gather_epi32(base, (__m256i)off_B.hi, 1);
    return r;
#else
    int32_t r[16];
    pum_i32x16 v;
    for (int l = 0; l < 16; l++) {
        memcpy(&r[l], (const uint8_t *)base + off_B[l], 4);
    }
    memcpy(&v, r, sizeof(v));
    return v;
#endif
}

#endif
