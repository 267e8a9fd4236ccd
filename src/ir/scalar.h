/* IR operations on single values: bits in, bits out. The constant folder and the interpreter share them. */
#ifndef PUM_IR_SCALAR_H
#define PUM_IR_SCALAR_H

#include <string.h>

#include "ir/ir.h"

static inline float
pum_f32(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof(f));
    return f;
}

static inline uint32_t
pum_f32_bits(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, sizeof(bits));
    return bits;
}

static inline double
pum_f64(uint64_t bits)
{
    double d;
    memcpy(&d, &bits, sizeof(d));
    return d;
}

static inline uint64_t
pum_f64_bits(double d)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof(bits));
    return bits;
}

/* Exact. */
static inline float
pum_half_to_float(uint32_t h)
{
    const uint32_t sign = (h & 0x8000u) << 16, mag = h & 0x7fffu;
    const float scaled = pum_f32(mag << 13) * 5192296858534827628530496329220096.0f; /* 2^112 */
    return pum_f32(sign | (mag >= 0x7c00u ? pum_f32_bits(scaled) | 0x7f800000u : pum_f32_bits(scaled)));
}

/* To nearest even; too large gives infinity. */
static inline uint32_t
pum_half_from_float(float f)
{
    const uint32_t bits = pum_f32_bits(f), sign = bits >> 16 & 0x8000u, mag = bits & 0x7fffffffu;
    const uint32_t normal = (mag + 0xC8000FFFu + (mag >> 13 & 1)) >> 13; /* ((15 - 127) << 23) + 0xfff */
    const uint32_t tiny = pum_f32_bits(pum_f32(mag) + 0.5f) - 0x3f000000u; /* the addition rounds at the right place */
    uint32_t h = mag < 0x38800000u ? tiny : normal;
    h = mag >= 0x477ff000u ? 0x7c00u : h;
    h = mag > 0x7f800000u ? 0x7e00u : h;
    return h | sign;
}

/* Rounds to odd: a second rounding to a half then gives what one rounding would have given. */
static inline float
pum_double_to_odd_float(double d)
{
    const float f = (float)d;
    const double back = (double)f < 0 ? -(double)f : (double)f, mag = d < 0 ? -d : d;
    uint32_t bits = pum_f32_bits(f);
    if (!(bits & 1)) {
        bits += back < mag;
        bits -= back > mag;
    }
    return pum_f32(bits);
}

/* The product of two halves is exact in a double, the sum nearly always. */
static inline uint32_t
pum_half_fma(uint32_t a, uint32_t b, uint32_t c)
{
    const double p = (double)pum_half_to_float(a) * (double)pum_half_to_float(b);
    return pum_half_from_float(pum_double_to_odd_float(p + (double)pum_half_to_float(c)));
}

static inline uint32_t
pum_bit_reverse(uint32_t x)
{
    x = (x >> 1 & 0x55555555u) | (x & 0x55555555u) << 1;
    x = (x >> 2 & 0x33333333u) | (x & 0x33333333u) << 2;
    x = (x >> 4 & 0x0f0f0f0fu) | (x & 0x0f0f0f0fu) << 4;
    return __builtin_bswap32(x);
}

static inline uint64_t
pum_umulhi64(uint64_t x, uint64_t y)
{
    const uint64_t x0 = (uint32_t)x, x1 = x >> 32, y0 = (uint32_t)y, y1 = y >> 32;
    const uint64_t mid = x1 * y0 + (x0 * y0 >> 32), mid2 = x0 * y1 + (uint32_t)mid;
    return x1 * y1 + (mid >> 32) + (mid2 >> 32);
}

static inline uint64_t
pum_smulhi64(int64_t x, int64_t y)
{
    return pum_umulhi64((uint64_t)x, (uint64_t)y) - (x < 0 ? (uint64_t)y : 0) - (y < 0 ? (uint64_t)x : 0);
}

static inline uint64_t
pum_type_mask(enum pum_ir_type t)
{
    const uint32_t bits = pum_ir_type_bits(t);
    return bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
}

static inline int64_t
pum_sign_extend(uint64_t v, enum pum_ir_type t)
{
    const uint32_t up = 64 - pum_ir_type_bits(t);
    return (int64_t)(v << up) >> up;
}

/* F2S F2U S2F U2F F2F SEXT ZEXT TRUNC BITCAST of one value. */
uint64_t pum_scalar_convert(enum pum_ir_op op, enum pum_ir_type to, enum pum_ir_type from, uint64_t v);

#endif
