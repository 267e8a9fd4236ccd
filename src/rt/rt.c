#include "rt/rt.h"

#include <string.h>

#define TABLES(suffix)                                                                                                  \
    extern const struct pum_rt_table pum_rt_table_##suffix;                                                            \
    extern const struct pum_image_ops pum_rt_generic_ops_##suffix;                                                     \
    const struct pum_image_ops *pum_rt_ops_2d_##suffix(enum pum_format format);                                                     \
    void pum_rt_vertex_fetch_##suffix(uint32_t out[4][PUM_LANES], const uint8_t *base, uint64_t range_B, uint32_t stride_B, \
                                      const uint32_t index[PUM_LANES], enum pum_format format);
TABLES(v2)
TABLES(v3)
TABLES(v4)

const struct pum_rt_table *
pum_rt_table_get(enum pum_isa isa)
{
    return isa == PUM_ISA_V4 ? &pum_rt_table_v4 : isa == PUM_ISA_V3 ? &pum_rt_table_v3 : &pum_rt_table_v2;
}

const struct pum_image_ops *
pum_rt_image_ops(enum pum_isa isa, enum pum_format format, enum pum_view_dim dim)
{
    if (dim == PUM_VIEW_2D || dim == PUM_VIEW_BUFFER) {
        return isa == PUM_ISA_V4 ? pum_rt_ops_2d_v4(format) : isa == PUM_ISA_V3 ? pum_rt_ops_2d_v3(format) : pum_rt_ops_2d_v2(format);
    }
    return isa == PUM_ISA_V4 ? &pum_rt_generic_ops_v4 : isa == PUM_ISA_V3 ? &pum_rt_generic_ops_v3 : &pum_rt_generic_ops_v2;
}

uint8_t
pum_rt_image_flags(const struct pum_desc_image *d)
{
    static const uint8_t identity[4] = {0, 1, 2, 3};
    const uint8_t layout = pum_level_layout(d, 0);
    const uint64_t rows = layout >= PUM_TEXEL_TILE    ? ((uint64_t)d->height >> pum_tile_height_log2(layout)) + 1
                          : layout == PUM_TEXEL_BLOCK ? (d->height + 3) / 4
                                                      : d->height;
    /* Texels below four bytes are read through the aligned word around them. */
    if (d->dim == PUM_VIEW_BUFFER) {
        const uint64_t size_B = (uint64_t)d->width * pum_format_info((enum pum_format)d->format)->block_B;
        return d->address && d->ops && d->ops->cls && size_B < 1u << 31 && !(d->address & 3) ? PUM_IMAGE_32BIT_BIT : 0;
    }
    if (d->dim != PUM_VIEW_2D || d->min_lod > 0.0f || !d->address || !d->ops || !d->ops->cls || (uint64_t)d->level[0].row_pitch_B * rows >= 1u << 31 ||
        d->address & 3 || d->layer_pitch_B & 3 || d->width > 1 << 20 || d->height > 1 << 20) {
        return 0;
    }
    const bool simple = !d->arrayed && !d->samples_log2 && memcmp(d->swizzle, identity, sizeof(identity)) == 0 &&
                        !pum_format_is_integer((enum pum_format)d->format);
    return PUM_IMAGE_32BIT_BIT | (simple ? PUM_IMAGE_SIMPLE_BIT : 0);
}

pum_vertex_fetch_fn
pum_rt_vertex_fetch(enum pum_isa isa)
{
    return isa == PUM_ISA_V4 ? pum_rt_vertex_fetch_v4 : isa == PUM_ISA_V3 ? pum_rt_vertex_fetch_v3 : pum_rt_vertex_fetch_v2;
}
