#include "rt/rt.h"

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
    if (dim == PUM_VIEW_2D) {
        return isa == PUM_ISA_V4 ? pum_rt_ops_2d_v4(format) : isa == PUM_ISA_V3 ? pum_rt_ops_2d_v3(format) : pum_rt_ops_2d_v2(format);
    }
    return isa == PUM_ISA_V4 ? &pum_rt_generic_ops_v4 : isa == PUM_ISA_V3 ? &pum_rt_generic_ops_v3 : &pum_rt_generic_ops_v2;
}

pum_vertex_fetch_fn
pum_rt_vertex_fetch(enum pum_isa isa)
{
    return isa == PUM_ISA_V4 ? pum_rt_vertex_fetch_v4 : isa == PUM_ISA_V3 ? pum_rt_vertex_fetch_v3 : pum_rt_vertex_fetch_v2;
}
