/* Built by clang for x86-64-v4: calls a routine of struct pum_rt_table that takes its arguments in registers. */
#include <string.h>

#include "abi/shader_abi.h"

typedef float vf __attribute__((ext_vector_type(16)));
struct four {
    vf c[4];
};
typedef __attribute__((regcall)) struct four (*tex2d_fn)(const struct pum_desc_image *, const struct pum_desc_sampler *, uint32_t, vf, vf);
typedef __attribute__((regcall)) struct four (*tex2d_lod_fn)(const struct pum_desc_image *, const struct pum_desc_sampler *, uint32_t, vf, vf, vf);
void call_tex2d(const struct pum_rt_table *rt, const struct pum_desc_image *img, const struct pum_desc_sampler *smp, struct pum_tex_args *a);

void
call_tex2d(const struct pum_rt_table *rt, const struct pum_desc_image *img, const struct pum_desc_sampler *smp, struct pum_tex_args *a)
{
    vf u, v, lod;
    memcpy(&u, a->coord[0], sizeof(u));
    memcpy(&v, a->coord[1], sizeof(v));
    memcpy(&lod, a->lod, sizeof(lod));
    const struct four t = a->op.kind == PUM_TEX_SAMPLE ? ((tex2d_fn)rt->tex2d)(img, smp, a->mask, u, v)
                                                       : ((tex2d_lod_fn)rt->tex2d_lod)(img, smp, a->mask, u, v, lod);
    memcpy(a->out, &t, sizeof(t));
}
