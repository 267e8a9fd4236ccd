/* Conversion of single texels, for clears. Same results as the kernels. */
#ifndef PUM_RASTER_PACK_ONE_H
#define PUM_RASTER_PACK_ONE_H

#include "raster/color_format.h"
#include "raster/kernels.h"

/* texel: texel_B bytes. color: float or integer bits. */
void pum_pack_color(const struct pum_color_format *f, const uint32_t color[4], uint8_t *texel);
uint32_t pum_pack_depth(enum pum_z_format f, float depth);

#endif
