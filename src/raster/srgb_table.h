/* Tables of the sRGB transfer function. SPEC: fundamentals (Khronos Data Format Specification, sRGB EOTF). */
#ifndef PUM_RASTER_SRGB_TABLE_H
#define PUM_RASTER_SRGB_TABLE_H

#include <stdint.h>

/* 8-bit code to linear. */
extern const float pum_srgb_decode[256];
/* pum_srgb_threshold[c] is the smallest float that encodes to c or more (c >= 1); [0] = 0, [256] = infinity. */
extern const float pum_srgb_threshold[257];
/* First guess from the bits of x in [2^-13, 1]: code of the smallest float of its bucket of 7 mantissa bits, never more than one too small.
 * Readers may take four bytes at once. */
#define PUM_SRGB_GUESS_MIN_EXP 114 /* biased exponent of 2^-13 */
#define PUM_SRGB_GUESS_SIZE (13 * 128 + 1 + 3)
extern const uint8_t pum_srgb_guess[PUM_SRGB_GUESS_SIZE];

#endif
