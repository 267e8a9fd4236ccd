/* Turns the API's fixed-function state into what kernels want: tests on planes that are not there vanish, write masks become bits. */
#include <string.h>

#include "raster/tile.h"
#include "raster/zs_format.h"

static void
bake_target(struct pum_target_state *ts, const struct pum_blend_state *blend, uint32_t i)
{
    const struct pum_blend_attachment *a = &blend->target[i];
    const struct pum_color_format *f = &ts->format;
    const bool is_int = f->kind == PUM_COLOR_UINT || f->kind == PUM_COLOR_SINT;
    const bool is_float = f->kind == PUM_COLOR_FLOAT;
    /* SPEC: framebuffer-logicop: not for floating point and sRGB; when enabled, blending is off everywhere */
    ts->logic = blend->logic_op_enable && !is_float && f->kind != PUM_COLOR_SRGB && (blend->logic_op & 15) != 3;
    ts->logic_op = blend->logic_op & 15;
    ts->blend = a->enable && !is_int && !blend->logic_op_enable;
    ts->src_color = a->src_color;
    ts->dst_color = a->dst_color;
    ts->color_op = a->color_op;
    ts->src_alpha = a->src_alpha;
    ts->dst_alpha = a->dst_alpha;
    ts->alpha_op = a->alpha_op;
    ts->advanced = a->advanced;
    if (ts->blend && ts->src_color == PUM_FACTOR_ONE && ts->dst_color == PUM_FACTOR_ZERO && ts->color_op == PUM_BLEND_ADD &&
        ts->src_alpha == PUM_FACTOR_ONE && ts->dst_alpha == PUM_FACTOR_ZERO && ts->alpha_op == PUM_BLEND_ADD && !is_float) {
        ts->blend = false; /* the same as no blending; floats keep it: their NaNs are made canonical */
    }
    for (uint32_t c = 0; c < 4; c++) {
        float k = blend->constants[c];
        if (f->kind == PUM_COLOR_UNORM || f->kind == PUM_COLOR_SRGB) {
            k = k > 0.0f ? k : 0.0f;
            k = k < 1.0f ? k : 1.0f;
        } else if (f->kind == PUM_COLOR_SNORM) {
            k = k > -1.0f ? k : -1.0f;
            k = k < 1.0f ? k : 1.0f;
        }
        ts->constants[c] = k;
        if (f->bits[c] && (a->write_mask >> c & 1)) {
            const uint32_t bits = f->bits[c] == 32 ? 0xffffffffu : (1u << f->bits[c]) - 1;
            ts->word_mask[f->word[c]] |= bits << f->shift[c];
        }
    }
}

static bool
all_components(const struct pum_target_state *ts)
{
    for (uint32_t c = 0; c < 4; c++) {
        const uint32_t bits = ts->format.bits[c] == 32 ? 0xffffffffu : (1u << ts->format.bits[c]) - 1;
        if ((ts->word_mask[ts->format.word[c]] >> ts->format.shift[c] & bits) != bits) {
            return false;
        }
    }
    return true;
}

/* An attachment with another number of samples than the rest is none. */
static bool
usable(const struct pum_tile_state *st, const struct pum_raster_plane *p)
{
    return p->base && 1u << p->samples_log2 == st->samples;
}

static void
bake_samples(struct pum_tile_state *st, const struct pum_raster_targets *targets, const struct pum_multisample_state *ms)
{
    const uint8_t(*place)[2] = pum_sample_places(targets->samples ? targets->samples : ms->samples);
    st->samples = place ? (uint8_t)(targets->samples ? targets->samples : ms->samples) : 1;
    place = place ? place : pum_sample_places(1);
    if (ms->own_places && ms->place_count == st->samples && st->samples > 1) {
        place = ms->place;
    }
    for (uint32_t s = 0; s < PUM_MAX_SAMPLES; s++) {
        for (uint32_t k = 0; k < 2; k++) {
            st->place[s][k] = place[s % st->samples][k];
            st->pos[s][k] = (float)st->place[s][k] / 16.0f;
        }
    }
    const struct pum_shader_info *fi = st->fs ? st->fs_info : NULL;
    st->sample_mask = ms->sample_mask & ((1u << st->samples) - 1);
    st->per_sample = fi && st->samples > 1 && (ms->min_sample_shading * (float)st->samples > 1.0f || fi->uses_sample_shading);
    st->alpha_to_coverage = fi && ms->alpha_to_coverage && (fi->color_mask & 1);
    st->alpha_to_one = fi && ms->alpha_to_one;
    st->late = fi && (st->alpha_to_coverage || st->alpha_to_one || fi->writes_sample_mask);
}

void
pum_tile_state_fixed(struct pum_tile_state *st, const struct pum_raster_kernels *k, const struct pum_raster_targets *targets,
                     const struct pum_depth_stencil_state *ds, const struct pum_blend_state *blend, const struct pum_multisample_state *ms)
{
    bake_samples(st, targets, ms);
    const bool has_depth = usable(st, &targets->depth.plane), has_stencil = usable(st, &targets->stencil.plane);
    struct pum_zs_state *zs = &st->zs;
    memset(zs, 0, sizeof(*zs));
    zs->z_format = has_depth ? (uint8_t)pum_raster_z_format(targets->depth.plane.format) : PUM_Z_NONE;
    zs->z_test = ds->depth_test && zs->z_format != PUM_Z_NONE;
    zs->z_write = zs->z_test && ds->depth_write;
    zs->compare = ds->depth_compare & 7;
    if (zs->compare == PUM_COMPARE_ALWAYS && !zs->z_write) {
        zs->z_test = false;
    }
    zs->bounds_test = ds->depth_bounds_test && zs->z_format != PUM_Z_NONE;
    zs->bounds_min = ds->min_bounds;
    zs->bounds_max = ds->max_bounds;
    zs->stencil_test = ds->stencil_test && has_stencil;
    zs->face[0] = ds->back;
    zs->face[1] = ds->front;
    st->any_test = zs->z_test || zs->bounds_test || zs->stencil_test;

    /* Early rejection that changes nothing: only where a failing fragment has no effect whatever comes out of the shader. */
    st->zs_early = *zs;
    st->zs_early.z_write = false;
    st->any_early_test = st->test_time == PUM_TEST_BOTH && !zs->stencil_test && (zs->z_test || zs->bounds_test);

    for (uint32_t i = 0; i < PUM_MAX_RENDER_TARGETS; i++) {
        struct pum_target_state *ts = &st->target[i];
        memset(ts, 0, sizeof(*ts));
        st->write[i] = NULL;
        st->writes[i] = st->replace[i] = false;
        if (i >= targets->color_count || !usable(st, &targets->color[i].plane) || !pum_color_format_get(targets->color[i].plane.format, &ts->format)) {
            continue;
        }
        bake_target(ts, blend, i);
        st->write[i] = k->select_write(ts, pum_layout_inside(targets->color[i].plane.layout));
        st->write_mask[i] = blend->target[i].write_mask & 15;
        st->writes[i] = (ts->word_mask[0] | ts->word_mask[1] | ts->word_mask[2] | ts->word_mask[3]) != 0;
        st->replace[i] = !ts->blend && !ts->logic && all_components(ts);
    }
    const uint8_t kind = st->target[0].format.kind;
    if (kind == PUM_COLOR_UINT || kind == PUM_COLOR_SINT) { /* SPEC: fragops-covg */
        st->alpha_to_coverage = false;
    }
}
