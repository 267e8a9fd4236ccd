/* Base 2 logarithm in double precision, shared by the functions and the level of detail of sampling. */
#ifndef PUM_RT_RT_LOG2_H
#define PUM_RT_RT_LOG2_H

#include <stdint.h>
#include <string.h>

static inline double
from_bits(uint64_t b)
{
    double d;
    memcpy(&d, &b, sizeof(d));
    return d;
}

static inline uint64_t
to_bits(double d)
{
    uint64_t b;
    memcpy(&b, &d, sizeof(b));
    return b;
}

/* Nearest integer of |x| < 2^51, without a call. The compiler must not fold the two steps: no fast-math here. */
#define MAGIC 6755399441055744.0 /* 1.5 * 2^52 */

/* log2 of a finite positive double. */
static inline double
log2_pos(double x)
{
    const uint64_t b = to_bits(x);
    const uint64_t k = b - 0x3fe6a09e667f3bcdull; /* bits of sqrt(0.5) */
    const int64_t e = (int64_t)k >> 52;
    const double m = from_bits(b - ((uint64_t)e << 52)); /* [sqrt 0.5, sqrt 2) */
    const double s = (m - 1.0) / (m + 1.0), s2 = s * s;
    const double p = 2.0 + s2 * (2.0 / 3 + s2 * (2.0 / 5 + s2 * (2.0 / 7 + s2 * (2.0 / 9 + s2 * (2.0 / 11 + s2 * (2.0 / 13 + s2 * (2.0 / 15)))))));
    const double ed = from_bits((uint64_t)e + to_bits(MAGIC)) - MAGIC;
    return ed + s * p * 1.4426950408889634074;
}

static inline double
log2_d(double x)
{
    const double inf = from_bits(0x7ff0000000000000ull), nan = from_bits(0x7ff8000000000000ull);
    const double safe = x > 0.0 && x < inf ? x : 1.0;
    double r = log2_pos(safe);
    r = x == 0.0 ? -inf : r;
    r = x == inf ? inf : r;
    return x < 0.0 || x != x ? nan : r;
}

#endif
