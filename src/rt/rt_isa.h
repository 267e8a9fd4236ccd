/* Names of one ISA level's build: RT_SUFFIX is v2, v3 or v4. */
#ifndef PUM_RT_RT_ISA_H
#define PUM_RT_RT_ISA_H

#include "rt/rt.h"

#define RT_CAT2(a, b) a##_##b
#define RT_CAT(a, b) RT_CAT2(a, b)
#define RT_NAME(name) RT_CAT(name, RT_SUFFIX)

/* Functions that take and return sixteen lanes: in registers where one register holds them. */
#if defined(__AVX512F__)
#define RT_VCALL __attribute__((regcall))
#else
#define RT_VCALL
#endif

extern const struct pum_rt_table RT_NAME(pum_rt_table);
extern const struct pum_image_ops RT_NAME(pum_rt_generic_ops);
void RT_NAME(pum_rt_tex)(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, struct pum_tex_args *a);
void RT_NAME(pum_rt_img_load)(const struct pum_desc_image *img, struct pum_img_args *a);
void RT_NAME(pum_rt_img_store)(const struct pum_desc_image *img, struct pum_img_args *a);
void RT_NAME(pum_rt_img_atomic)(const struct pum_desc_image *img, struct pum_img_args *a);
void RT_NAME(pum_rt_vertex_fetch)(uint32_t out[4][PUM_LANES], const uint8_t *base, uint64_t range_B, uint32_t stride_B,
                                  const uint32_t index[PUM_LANES], enum pum_format format);
/* ray.c */
void RT_NAME(pum_rt_ray_begin)(struct pum_ray *r, uint64_t accel, uint32_t flags, uint32_t cull_mask, const float origin[3], float tmin,
                               const float direction[3], float tmax);
uint32_t RT_NAME(pum_rt_ray_proceed)(struct pum_ray *r);
void RT_NAME(pum_rt_ray_get)(const struct pum_ray *r, const struct pum_ray_hit *hit, enum pum_ray_value value, uint32_t part, uint32_t out[3]);
void RT_NAME(pum_rt_ray)(struct pum_ray_args *a);
void RT_NAME(pum_rt_generic_tex)(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, struct pum_tex_args *a);
void RT_NAME(pum_rt_generic_load)(const struct pum_desc_image *img, struct pum_img_args *a);
void RT_NAME(pum_rt_generic_store)(const struct pum_desc_image *img, struct pum_img_args *a);
void RT_NAME(pum_rt_generic_atomic)(const struct pum_desc_image *img, struct pum_img_args *a);
#if defined(__AVX512F__)
/* As struct pum_rt_table says; the types of C do not matter to those that take the address. */
typedef float rt_vf __attribute__((ext_vector_type(16)));
struct texels;
RT_VCALL struct texels RT_NAME(pum_rt_tex2d)(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, uint32_t mask, rt_vf u,
                                             rt_vf v);
RT_VCALL struct texels RT_NAME(pum_rt_tex2d_lod)(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, uint32_t mask, rt_vf u,
                                                 rt_vf v, rt_vf lod);
#endif
/* sample2d.c: the generic routines unless the format has a faster one. */
const struct pum_image_ops *RT_NAME(pum_rt_ops_2d)(enum pum_format format);

#endif
