/* How a colour texel is put together: the rasterizer's view of a format. */
#ifndef PUM_RASTER_COLOR_FORMAT_H
#define PUM_RASTER_COLOR_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

enum pum_color_kind { PUM_COLOR_UNORM, PUM_COLOR_SRGB, PUM_COLOR_SNORM, PUM_COLOR_UINT, PUM_COLOR_SINT, PUM_COLOR_FLOAT };

/* Component i (r g b a) stands in bits [shift[i], shift[i] + bits[i]) of 32-bit word word[i] of the little-endian texel; bits 0: absent.
 * FLOAT: 32, 16 (half), 11 and 10 (unsigned). SRGB: alpha is UNORM. */
struct pum_color_format {
    uint8_t kind;    /* enum pum_color_kind */
    uint8_t texel_B; /* 1, 2, 4, 8, 12, 16 */
    uint8_t bits[4], word[4], shift[4];
};

/* False: not a colour format that can be rendered to. */
bool pum_color_format_get(uint16_t format, struct pum_color_format *out);

#endif
