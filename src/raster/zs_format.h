#ifndef PUM_RASTER_ZS_FORMAT_H
#define PUM_RASTER_ZS_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "raster/kernels.h"

/* Of a depth plane, PUM_Z_NONE if it is none. */
enum pum_z_format pum_raster_z_format(uint16_t format);
bool pum_raster_is_stencil_format(uint16_t format);

static inline uint32_t
pum_z_texel_B(enum pum_z_format f)
{
    return f == PUM_Z_NONE ? 0 : f == PUM_Z_D16 ? 2 : 4;
}

#endif
