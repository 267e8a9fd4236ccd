/* Image loads, stores, atomics; vertex fetch. Out-of-range coordinates read zero and write nothing. */
#include <string.h>

#include "abi/atomic.h"
#include "rt/rt_isa.h"

static const struct pum_image_ops *
ops_of(const struct pum_desc_image *img)
{
    return img && img->dim != PUM_VIEW_NULL && img->address ? img->ops : NULL;
}

/* Address of a texel, NULL outside. coord: x, y, z or layer as the view's dimension has them. */
static uint8_t *
texel_at(const struct pum_desc_image *img, const int32_t *coord, uint32_t sample)
{
    const uint32_t texel_B = pum_format_info((enum pum_format)img->format)->block_B;
    uint32_t x = (uint32_t)coord[0], y = 0, z = 0;
    uint64_t layer = 0;
    switch ((enum pum_view_dim)img->dim) {
    case PUM_VIEW_1D: layer = img->arrayed ? (uint32_t)coord[1] : 0; break;
    case PUM_VIEW_2D:
        y = (uint32_t)coord[1];
        layer = img->arrayed ? (uint32_t)coord[2] : 0;
        break;
    case PUM_VIEW_3D:
        y = (uint32_t)coord[1];
        z = (uint32_t)coord[2];
        break;
    case PUM_VIEW_CUBE:
        y = (uint32_t)coord[1];
        layer = (uint32_t)coord[2];
        break;
    case PUM_VIEW_BUFFER:
        return x < img->width ? (uint8_t *)(uintptr_t)img->address + (uint64_t)x * texel_B : NULL;
    case PUM_VIEW_NULL: return NULL;
    }
    if (x >= img->width || y >= img->height || z >= img->depth || layer >= img->layers ||
        sample >> img->samples_log2) {
        return NULL;
    }
    return (uint8_t *)(uintptr_t)img->address + img->level[0].offset_B + layer * img->layer_pitch_B + (uint64_t)z * img->level[0].slice_pitch_B +
           sample * img->sample_pitch_B + pum_sample_texel_offset(pum_level_layout(img, 0), img->level[0].row_pitch_B, texel_B, img->samples_log2, x, y);
}

static void
lane_coord(const struct pum_img_args *a, int l, int32_t out[3])
{
    out[0] = a->coord[0][l];
    out[1] = a->coord[1][l];
    out[2] = a->coord[2][l];
}

void
RT_NAME(pum_rt_generic_load)(const struct pum_desc_image *img, struct pum_img_args *a)
{
    for (int l = 0; l < PUM_LANES; l++) {
        union pum_color c = {.u = {0, 0, 0, 0}};
        int32_t co[3];
        if (!pum_format_has_alpha((enum pum_format)img->format)) { /* of texels that are outside, too */
            c.u[3] = pum_format_is_integer((enum pum_format)img->format) ? 1u : 0x3f800000u;
        }
        if (a->mask & (1u << l)) {
            lane_coord(a, l, co);
            const uint8_t *p = texel_at(img, co, img->samples_log2 ? (uint32_t)a->sample[l] : 0);
            if (p) {
                pum_format_unpack((enum pum_format)img->format, p, &c);
            }
        }
        for (int k = 0; k < 4; k++) {
            a->data[k][l] = c.u[k];
        }
    }
}

void
RT_NAME(pum_rt_generic_store)(const struct pum_desc_image *img, struct pum_img_args *a)
{
    for (int l = 0; l < PUM_LANES; l++) {
        int32_t co[3];
        if (!(a->mask & (1u << l))) {
            continue;
        }
        lane_coord(a, l, co);
        uint8_t *p = texel_at(img, co, img->samples_log2 ? (uint32_t)a->sample[l] : 0);
        if (p) {
            const union pum_color c = {.u = {a->data[0][l], a->data[1][l], a->data[2][l], a->data[3][l]}};
            pum_format_pack((enum pum_format)img->format, &c, p);
        }
    }
}

/* The result replaces the operand only in the lanes of the mask: others wait for a call with another descriptor. */
void
RT_NAME(pum_rt_generic_atomic)(const struct pum_desc_image *img, struct pum_img_args *a)
{
    const bool wide = a->atomic & PUM_ATOMIC_WIDE;
    const enum pum_atomic op = (enum pum_atomic)(a->atomic & ~PUM_ATOMIC_WIDE);
    const uint32_t texel_B = pum_format_info((enum pum_format)img->format)->block_B;
    for (int l = 0; l < PUM_LANES; l++) {
        int32_t co[3];
        if (!(a->mask & (1u << l))) {
            continue;
        }
        lane_coord(a, l, co);
        uint8_t *p = texel_B == (wide ? 8 : 4) ? texel_at(img, co, img->samples_log2 ? (uint32_t)a->sample[l] : 0) : NULL;
        if (wide) {
            const uint64_t v = a->data[0][l] | (uint64_t)a->data[1][l] << 32, compare = a->data[2][l] | (uint64_t)a->data[3][l] << 32;
            const uint64_t old = p ? pum_atomic_64((uint64_t *)(void *)p, op, v, compare) : 0;
            a->data[0][l] = (uint32_t)old;
            a->data[1][l] = (uint32_t)(old >> 32);
        } else {
            a->data[0][l] = p ? pum_atomic_32((uint32_t *)(void *)p, op, a->data[0][l], a->data[1][l]) : 0;
        }
    }
}

void
RT_NAME(pum_rt_img_load)(const struct pum_desc_image *img, struct pum_img_args *a)
{
    const struct pum_image_ops *ops = ops_of(img);
    if (ops) {
        ops->load(img, a);
    } else {
        memset(a->data, 0, sizeof(a->data));
    }
}

void
RT_NAME(pum_rt_img_store)(const struct pum_desc_image *img, struct pum_img_args *a)
{
    const struct pum_image_ops *ops = ops_of(img);
    if (ops) {
        ops->store(img, a);
    }
}

void
RT_NAME(pum_rt_img_atomic)(const struct pum_desc_image *img, struct pum_img_args *a)
{
    const struct pum_image_ops *ops = ops_of(img);
    if (ops && ops->atomic) {
        ops->atomic(img, a);
    } else {
        for (int l = 0; l < PUM_LANES; l++) {
            a->data[0][l] = a->mask >> l & 1 ? 0 : a->data[0][l];
            a->data[1][l] = a->mask >> l & 1 && a->atomic & PUM_ATOMIC_WIDE ? 0 : a->data[1][l];
        }
    }
}

const struct pum_image_ops RT_NAME(pum_rt_generic_ops) = {RT_NAME(pum_rt_generic_tex), RT_NAME(pum_rt_generic_load),
                                                              RT_NAME(pum_rt_generic_store), RT_NAME(pum_rt_generic_atomic), NULL};

/* Of what has no unbound parts nothing is missing; that goes for null descriptors, too. */
static void
residency(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, struct pum_tex_args *a)
{
    if (img && img->sparse) {
        RT_NAME(pum_rt_generic_tex)(img, smp, a);
        return;
    }
    for (int l = 0; l < PUM_LANES; l++) {
        a->out[0][l] = 1;
    }
    memset(a->out[1], 0, 3 * sizeof(a->out[1]));
}

void
RT_NAME(pum_rt_tex)(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, struct pum_tex_args *a)
{
    const struct pum_image_ops *ops = ops_of(img);
    if (a->op.flags & PUM_TEX_RESIDENT_BIT) {
        residency(ops ? img : NULL, smp, a);
    } else if (ops) {
        ops->tex(img, smp, a);
    } else {
        memset(a->out, 0, sizeof(a->out));
    }
}

void
RT_NAME(pum_rt_vertex_fetch)(uint32_t out[4][PUM_LANES], const uint8_t *base, uint64_t range_B, uint32_t stride_B,
                             const uint32_t index[PUM_LANES], enum pum_format format)
{
    const struct pum_format_info *f = pum_format_info(format);
    const uint32_t size_B = f->block_B;
    const bool words = f->channels[0].bits == 32 && f->type != PUM_UFLOAT;
    const uint32_t one = pum_format_is_integer(format) ? 1u : 0x3f800000u;
    const bool alpha = pum_format_has_alpha(format);
    for (int l = 0; l < PUM_LANES; l++) {
        const uint64_t at = (uint64_t)index[l] * stride_B;
        if (!base || range_B < size_B || at > range_B - size_B) {
            out[0][l] = out[1][l] = out[2][l] = 0; /* SPEC: shaders-robust-buffer-access2 */
            out[3][l] = alpha ? 0 : one;
            continue;
        }
        if (words) {
            uint32_t w[4] = {0, 0, 0, one};
            memcpy(w, base + at, size_B);
            for (int k = 0; k < 4; k++) {
                out[k][l] = w[k];
            }
        } else {
            union pum_color c;
            pum_format_unpack(format, base + at, &c);
            for (int k = 0; k < 4; k++) {
                out[k][l] = c.u[k];
            }
        }
    }
}
