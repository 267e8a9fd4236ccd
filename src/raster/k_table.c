/* The table of one instruction set level. */
#include "raster/k_common.h"

extern const struct pum_raster_kernels PUM_K(pum_raster_kernels);
const struct pum_raster_kernels PUM_K(pum_raster_kernels) = {
    .cover = PUM_K(pum_k_cover),
    .cover_rect = PUM_K(pum_k_cover_rect),
    .clip_rect = PUM_K(pum_k_clip_rect),
    .depth_stencil = PUM_K(pum_k_depth_stencil),
    .count = PUM_K(pum_k_count),
    .cover_samples = PUM_K(pum_k_cover_samples),
    .clip_samples = PUM_K(pum_k_clip_samples),
    .want_samples = PUM_K(pum_k_want_samples),
    .alpha_samples = PUM_K(pum_k_alpha_samples),
    .coverage = PUM_K(pum_k_coverage),
    .write_samples = PUM_K(pum_k_write_samples),
    .depth_sort = PUM_K(pum_k_depth_sort),
    .depth_fill = PUM_K(pum_k_depth_fill),
    .resolve = PUM_K(pum_k_resolve),
    .planes = PUM_K(pum_k_planes),
    .select_write = PUM_K(pum_k_select_write),
    .transform = PUM_K(pum_k_transform),
};
