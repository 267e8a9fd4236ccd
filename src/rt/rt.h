/* The shader run-time library: mathematical functions, texture sampling, image access, vertex fetch. One source per topic, built for
 * every ISA level; all give the same bits.
 */
#ifndef PUM_RT_RT_H
#define PUM_RT_RT_H

#include "abi/shader_abi.h"
#include "format/format.h"
#include "util/cpu.h"

const struct pum_rt_table *pum_rt_table_get(enum pum_isa isa);
/* Routines for a view of that format and dimension. Never NULL. */
const struct pum_image_ops *pum_rt_image_ops(enum pum_isa isa, enum pum_format format, enum pum_view_dim dim);

/* For pum_desc_image.flags; the rest of the record is filled. */
uint8_t pum_rt_image_flags(const struct pum_desc_image *d);

/* One attribute of 16 vertices: out[component][lane]. Elements at base + index * stride_B that do not lie in range_B bytes read 0, components
 * that the format lacks 0, 0, 1 (SPEC: shaders-robust-buffer-access2). */
typedef void (*pum_vertex_fetch_fn)(uint32_t out[4][PUM_LANES], const uint8_t *base, uint64_t range_B, uint32_t stride_B,
                                    const uint32_t index[PUM_LANES], enum pum_format format);
pum_vertex_fetch_fn pum_rt_vertex_fetch(enum pum_isa isa);

#endif
