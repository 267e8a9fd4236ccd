/* Built by clang for x86-64-v4: a routine as struct pum_rt_table.tex2d, which hands on to one that takes an argument block. */
#include <string.h>

#include "abi/shader_abi.h"

typedef float vf __attribute__((ext_vector_type(16)));
struct four {
    vf c[4];
};
extern void (*tex2d_stub_target)(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, struct pum_tex_args *a);
__attribute__((regcall)) struct four tex2d_stub(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, uint32_t mask, vf u,
                                                vf v) __asm__("tex2d_stub");

__attribute__((regcall)) struct four
tex2d_stub(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, uint32_t mask, vf u, vf v)
{
    struct pum_tex_args a;
    struct four t;
    memset(&a, 0, sizeof(a));
    a.op = (struct pum_tex_op){.kind = PUM_TEX_SAMPLE, .dim = PUM_VIEW_2D, .n_coord = 2, .n_grad = 2, .flags = PUM_TEX_HAS_SAMPLER_BIT};
    a.mask = mask;
    a.quad_step = 4;
    memcpy(a.coord[0], &u, sizeof(u));
    memcpy(a.coord[1], &v, sizeof(v));
    tex2d_stub_target(img, smp, &a);
    memcpy(&t, a.out, sizeof(t));
    return t;
}
