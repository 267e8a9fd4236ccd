/* Base 2 logarithm for levels of detail: cheap, exact at powers of two, the same operations for one value and for sixteen. */
#ifndef PUM_RT_RT_LOD_H
#define PUM_RT_RT_LOD_H

#include <stdint.h>
#include <string.h>

/* log2(1 + t) / t on [sqrt(1/2) - 1, sqrt(2) - 1]; the logarithm is off by 2.4e-6 at most. */
#define RT_LOD_POLY(t)                                                                                                                     \
    (0x1.715598p+0f +                                                                                                                      \
     (t) * (-0x1.713934p-1f + (t) * (0x1.eae26cp-2f + (t) * (-0x1.78309ap-2f + (t) * (0x1.49a832p-2f + (t) * -0x1.a79d74p-3f)))))
#define RT_LOD_SQRT_HALF 0x3f3504f3 /* bits of sqrt(1/2) */

/* r >= 0 and no NaN. 0 gives -127. */
static inline float
rt_lod_log2(float r)
{
    int32_t bits, m;
    float x;
    memcpy(&bits, &r, sizeof(bits));
    const int32_t e = (int32_t)((uint32_t)bits - RT_LOD_SQRT_HALF) >> 23;
    m = (int32_t)((uint32_t)bits - ((uint32_t)e << 23));
    memcpy(&x, &m, sizeof(x));
    const float t = x - 1.0f;
    return (float)e + t * RT_LOD_POLY(t);
}

#endif
