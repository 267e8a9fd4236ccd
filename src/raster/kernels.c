#include "raster/kernels.h"

#include <stddef.h>

#include "util/cpu.h"

#if defined(__x86_64__)
extern const struct pum_raster_kernels pum_raster_kernels_v2, pum_raster_kernels_v3, pum_raster_kernels_v4;
#else
extern const struct pum_raster_kernels pum_raster_kernels_base;
#endif

const struct pum_raster_kernels *
pum_raster_kernels_of(uint32_t isa)
{
    switch ((enum pum_isa)isa) {
#if defined(__x86_64__)
    case PUM_ISA_V2:
        return &pum_raster_kernels_v2;
    case PUM_ISA_V3:
        return &pum_raster_kernels_v3;
    case PUM_ISA_V4:
        return &pum_raster_kernels_v4;
    case PUM_ISA_BASE:
    case PUM_ISA_COUNT:
    default:
        return NULL;
#else
    case PUM_ISA_BASE:
        return &pum_raster_kernels_base;
    default:
        return NULL;
#endif
    }
}

const struct pum_raster_kernels *
pum_raster_kernels(void)
{
    return pum_raster_kernels_of(pum_cpu_isa());
}
