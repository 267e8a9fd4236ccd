/* Bakes a draw state: what vertices, setup and tiles need, computed once per state change. */
#include <math.h>
#include <string.h>

#include "geom/front.h"

#define GUARD_PX 16383.0f /* the fixed point range, less rounding */

static struct pum_box
intersect(struct pum_box a, struct pum_box b)
{
    return (struct pum_box){PUM_MAX(a.x0, b.x0), PUM_MAX(a.y0, b.y0), PUM_MIN(a.x1, b.x1), PUM_MIN(a.y1, b.y1)};
}

/* Pixel whose centre is the first at or after v; NaN and huge values end at the limits. */
static int32_t
first_center(double v)
{
    const double p = ceil(v - 0.5);
    return p > -100000.0 ? (p < 100000.0 ? (int32_t)p : 100000) : -100000;
}

static bool
whole(float v)
{
    return floorf(v) == v;
}

static void
bake_viewport(struct pum_geom_state *gs, uint32_t i, const struct pum_draw_state *s, const struct pum_tile_frame *f)
{
    const struct pum_raster_targets *t = f->targets;
    const struct pum_viewport *v = &s->viewport[i < s->viewport_count ? i : 0];
    struct pum_viewport_xf *xf = &gs->xf[i];
    xf->scale[0] = v->width * 0.5f;
    xf->scale[1] = v->height * 0.5f;
    xf->offset[0] = (v->x + v->width * 0.5f) - (float)f->center_x;
    xf->offset[1] = (v->y + v->height * 0.5f) - (float)f->center_y;
    if (s->negative_one_to_one) {
        xf->scale[2] = (v->max_depth - v->min_depth) * 0.5f;
        xf->offset[2] = (v->max_depth + v->min_depth) * 0.5f;
    } else {
        xf->scale[2] = v->max_depth - v->min_depth;
        xf->offset[2] = v->min_depth;
    }
    for (int a = 0; a < 2; a++) {
        const float sc = xf->scale[a], of = xf->offset[a];
        float lo = -1e30f, hi = 1e30f;
        if (sc != 0.0f && of - of == 0.0f && sc - sc == 0.0f) {
            const float p = (-GUARD_PX - of) / sc, q = (GUARD_PX - of) / sc;
            lo = p < q ? p : q;
            hi = p < q ? q : p;
        }
        xf->guard[a * 2] = PUM_MAX(lo, -1e30f);
        xf->guard[a * 2 + 1] = PUM_MIN(hi, 1e30f);
    }
    const bool fill = gs->verts_per_prim == 3 && s->polygon_mode == PUM_POLYGON_FILL;
    if (gs->tile.samples > 1 && fill && !(whole(v->x) && whole(v->y) && whole(v->x + v->width) && whole(v->y + v->height))) {
        /* The edge of the viewport parts the samples of a pixel: real clipping instead of the cut below. */
        xf->guard[0] = xf->guard[2] = -1.0f;
        xf->guard[1] = xf->guard[3] = 1.0f;
    }
    xf->clip_z = s->depth_clip;
    xf->minus_one = s->negative_one_to_one;
    xf->z_min = PUM_MIN(v->min_depth, v->max_depth);
    xf->z_max = PUM_MAX(v->min_depth, v->max_depth);
    /* SPEC: fragops-depth, depth clamping and range adjustment, with depthClampZeroOne. Depth that is clipped and not biased is in the
     * viewport's range but for rounding, which may not lead out of it. */
    struct pum_tile_state *ts = &gs->tile;
    const float lowest = s->depth_unrestricted ? -INFINITY : 0.0f, highest = s->depth_unrestricted ? INFINITY : 1.0f;
    const bool in_range = s->depth_clamp || (s->depth_clip && !s->depth_bias);
    ts->z_min[i] = in_range ? xf->z_min : lowest;
    ts->z_max[i] = in_range ? xf->z_max : highest;
    if (s->depth_clamp && s->own_clamp_range) {
        ts->z_min[i] = PUM_MAX(s->clamp_min, lowest);
        ts->z_max[i] = PUM_MIN(s->clamp_max, highest);
    }
    ts->own_z_min[i] = s->depth_clamp ? ts->z_min[i] : lowest;
    ts->own_z_max[i] = s->depth_clamp ? ts->z_max[i] : highest;

    const struct pum_rect *r = &s->scissor[i < s->scissor_count ? i : 0];
    const struct pum_box area = {(int32_t)t->area_x, (int32_t)t->area_y, (int32_t)(t->area_x + t->area_w) - 1, (int32_t)(t->area_y + t->area_h) - 1};
    const int64_t sx1 = (int64_t)r->x + r->w - 1, sy1 = (int64_t)r->y + r->h - 1;
    const struct pum_box scissor = {r->x, r->y, (int32_t)PUM_MIN(sx1, (int64_t)1 << 20), (int32_t)PUM_MIN(sy1, (int64_t)1 << 20)};
    gs->point_box[i] = intersect(area, scissor);
    /* The clip volume is the viewport; the guard band keeps what is outside, so it is cut here. */
    const double x0 = (double)v->x, x1 = x0 + (double)v->width, ya = (double)v->y, yb = ya + (double)v->height;
    struct pum_box view = {first_center(x0), first_center(PUM_MIN(ya, yb)), first_center(x1) - 1, first_center(PUM_MAX(ya, yb)) - 1};
    if (gs->tile.samples > 1) { /* all pixels that it touches */
        view = (struct pum_box){first_center(floor(x0) + 0.5), first_center(floor(PUM_MIN(ya, yb)) + 0.5), first_center(ceil(x1) + 0.5) - 1,
                                first_center(ceil(PUM_MAX(ya, yb)) + 0.5) - 1};
    }
    gs->box[i] = intersect(gs->point_box[i], view);
}

static bool
writes_slot(const struct pum_shader_info *info, uint32_t slot)
{
    return info->out_slots[slot / 64] >> (slot % 64) & 1;
}

static uint32_t
prim_vertices(uint8_t topology)
{
    switch ((enum pum_topology)topology) {
    case PUM_TOPOLOGY_POINT_LIST:
        return 1;
    case PUM_TOPOLOGY_LINE_LIST:
    case PUM_TOPOLOGY_LINE_STRIP:
    case PUM_TOPOLOGY_LINE_LIST_ADJACENCY:
    case PUM_TOPOLOGY_LINE_STRIP_ADJACENCY:
        return 2;
    case PUM_TOPOLOGY_TRIANGLE_LIST:
    case PUM_TOPOLOGY_TRIANGLE_STRIP:
    case PUM_TOPOLOGY_TRIANGLE_FAN:
    case PUM_TOPOLOGY_TRIANGLE_LIST_ADJACENCY:
    case PUM_TOPOLOGY_TRIANGLE_STRIP_ADJACENCY:
    case PUM_TOPOLOGY_PATCH_LIST:
    case PUM_TOPOLOGY_COUNT:
    default:
        return 3;
    }
}

/* When do depth and stencil tests happen? SPEC: fragops-shader, fragops-early. */
static void
bake_fragment(struct pum_geom_state *gs, const struct pum_draw_state *s, const struct pum_tile_frame *f)
{
    struct pum_tile_state *ts = &gs->tile;
    const struct pum_shader_info *fi = s->fs ? s->fs_info : NULL;
    ts->fs = fi ? s->fs : NULL;
    ts->fs_info = fi;
    ts->test_time = PUM_TEST_EARLY;
    if (fi && !fi->early_tests) {
        if (fi->writes_depth || fi->writes_stencil || fi->has_side_effects) {
            ts->test_time = PUM_TEST_LATE;
        } else if (fi->uses_discard || fi->writes_sample_mask || fi->reads_attachments || (s->ms.alpha_to_coverage && fi->color_mask & 1)) {
            ts->test_time = PUM_TEST_BOTH;
        }
    }
    pum_tile_state_fixed(ts, f->k, f->targets, &s->ds, &s->blend, &s->ms);
    if (!fi) {
        gs->row_units = 1;
        return;
    }
    bool writes = fi->has_side_effects || ts->test_time != PUM_TEST_EARLY;
    for (uint32_t i = 0; i < PUM_MAX_RENDER_TARGETS; i++) {
        writes = writes || ((fi->color_mask >> i & 1) && ts->write[i] && ts->write_mask[i]);
    }
    if (!writes) {
        ts->fs = NULL; /* only depth and counts are left */
    }
    ts->n_inputs = PUM_MIN(fi->n_fs_inputs, (uint32_t)PUM_MAX_FS_INPUTS);
    ts->n_pad = PUM_ALIGN_UP(ts->n_inputs, 4u);
    for (uint32_t i = 0; i < ts->n_inputs; i++) {
        const uint32_t slot = fi->fs_inputs[i].vs_slot;
        ts->persp[i] = fi->fs_inputs[i].interp == PUM_INTERP_PERSPECTIVE ? ~0u : 0;
        gs->input_slot[i] = slot < PUM_VS_SLOTS && writes_slot(gs->last, slot) ? slot : ~0u;
        if (gs->input_slot[i] != ~0u && gs->last->prim_slots[slot / 64] >> (slot % 64) & 1) {
            gs->prim_input[gs->n_prim_inputs++] = (uint8_t)i;
        }
    }
    gs->row_units = 1 + ts->n_pad / 4;
    gs->corners = ts->corners = fi->needs_corners;
}

/* Modes stand in either stage. A chunk has sixteen patches: one may become thousands of triangles. */
static void
bake_tessellation(struct pum_geom_state *gs, const struct pum_draw_state *s)
{
    if (!s->tcs || !s->tes || s->topology != PUM_TOPOLOGY_PATCH_LIST || !s->patch_vertices || s->patch_vertices > PUM_MAX_PATCH_VERTICES) {
        gs->weight = 0; /* SPEC: VUID-VkGraphicsPipelineCreateInfo-pStages-08888 and 08889: they go together */
        return;
    }
    const struct pum_shader_info *c = s->tcs_info, *e = s->tes_info;
    const uint8_t mode = e->tess_mode ? e->tess_mode : c->tess_mode, spacing = e->tess_spacing ? e->tess_spacing : c->tess_spacing;
    const uint8_t order = e->tess_order ? e->tess_order : c->tess_order;
    gs->tess = (struct pum_tess_setup){mode ? mode : PUM_TESS_TRIANGLES, spacing ? spacing : PUM_SPACING_EQUAL, e->tess_points || c->tess_points,
                                       (order == PUM_ORDER_CW) != s->domain_lower_left};
    gs->tess_vertices = gs->tess.points ? 1 : gs->tess.mode == PUM_TESS_ISOLINES ? 2 : 3;
    gs->verts_in = s->patch_vertices;
    gs->verts_per_prim = gs->tess_vertices;
    gs->last = e;
    gs->weight = PUM_CHUNK_PRIMS / PUM_LANES;
}

/* What counts as a primitive is a workgroup, which is much work: two to sixteen are a chunk. */
static void
bake_mesh(struct pum_geom_state *gs, const struct pum_draw_state *s)
{
    const struct pum_shader_info *mi = s->mesh_info;
    const uint32_t work = PUM_MAX((uint32_t)mi->mesh_primitives, mi->local_size[0] * mi->local_size[1] * mi->local_size[2]);
    gs->verts_in = gs->verts_per_prim = mi->gs_out_vertices;
    gs->weight = (uint8_t)PUM_MIN(PUM_MAX(work, PUM_CHUNK_PRIMS / 16), PUM_CHUNK_PRIMS / 2 - 1);
}

/* The more vertices a primitive may become, the fewer are in a chunk: at least one for each lane, at most what the vertex arrays hold. */
static void
bake_geometry(struct pum_geom_state *gs, const struct pum_draw_state *s)
{
    const struct pum_shader_info *gi = s->gs_info;
    const bool adjacency = s->topology >= PUM_TOPOLOGY_LINE_LIST_ADJACENCY && s->topology <= PUM_TOPOLOGY_TRIANGLE_STRIP_ADJACENCY;
    gs->last = gi;
    gs->verts_per_prim = gi->gs_out_vertices;
    if (gs->tess_vertices) {
        gs->weight = gs->tess_vertices == gi->gs_in_vertices ? gs->weight : 0;
        return;
    }
    const uint32_t lines = gs->verts_in == 2 ? 4 : 6, per_input = gi->gs_vertices * gi->gs_invocations / 4u;
    gs->verts_in = adjacency ? (uint8_t)lines : gs->verts_in;
    gs->weight = (uint8_t)PUM_MIN(PUM_MAX(per_input, adjacency ? 2u : 1u), PUM_CHUNK_PRIMS / PUM_LANES);
    gs->weight = gs->verts_in == gi->gs_in_vertices ? gs->weight : 0; /* SPEC: VUID-VkGraphicsPipelineCreateInfo-pStages-00738 */
}

void
pum_geom_state_bake(struct pum_geom_state *gs, const struct pum_draw_state *s, const struct pum_tile_frame *f)
{
    memset(gs, 0, sizeof(*gs));
    gs->s = s;
    const struct pum_shader_info *vi = s->mesh ? s->mesh_info : s->vs_info;
    uint32_t have = 0;
    for (uint32_t i = 0; i < s->attribute_count && i < PUM_MAX_VERTEX_ATTRIBUTES; i++) {
        have |= 1u << (s->attribute[i].location & 31);
    }
    gs->missing = vi->in_locations & ~have;
    gs->in_slots = vi->in_locations ? (32u - (uint32_t)__builtin_clz(vi->in_locations)) * 4 : 0;
    gs->verts_per_prim = gs->verts_in = (uint8_t)prim_vertices(s->topology);
    gs->weight = 1;
    gs->last = vi;
    if (s->mesh) {
        bake_mesh(gs, s);
    } else if (s->tcs || s->tes || s->topology == PUM_TOPOLOGY_PATCH_LIST) {
        bake_tessellation(gs, s);
    }
    if (s->gs && gs->weight && !s->mesh) {
        bake_geometry(gs, s);
    }
    gs->has_layer = writes_slot(gs->last, PUM_VS_LAYER);
    gs->has_viewport = writes_slot(gs->last, PUM_VS_VIEWPORT);
    gs->has_point_size = writes_slot(gs->last, PUM_VS_POINT_SIZE);
    bake_fragment(gs, s, f);
    for (uint32_t i = 0; i < PUM_MAX_VIEWPORTS; i++) {
        if (i < s->viewport_count || i == 0) {
            bake_viewport(gs, i, s, f);
        } else {
            gs->xf[i] = gs->xf[0];
            gs->box[i] = gs->box[0];
            gs->point_box[i] = gs->point_box[0];
            gs->tile.z_min[i] = gs->tile.z_min[0];
            gs->tile.z_max[i] = gs->tile.z_max[0];
            gs->tile.own_z_min[i] = gs->tile.own_z_min[0];
            gs->tile.own_z_max[i] = gs->tile.own_z_max[0];
        }
    }
    gs->tile.smooth = s->line_mode == PUM_LINE_RECTANGULAR_SMOOTH && (gs->verts_per_prim == 2 || s->polygon_mode == PUM_POLYGON_LINE);
    gs->tile.late = gs->tile.late || (gs->tile.smooth && gs->tile.fs && gs->tile.fs_info->color_mask & 1);
    gs->tile.discard = s->discard.enable && s->discard.count ? &s->discard : NULL;
    gs->tile.thins = s->line_stipple || gs->tile.discard;
    gs->tile.stipple = s->line_stipple;
    gs->tile.stipple_pattern = s->stipple_pattern;
    gs->tile.stipple_factor = PUM_MAX(s->stipple_factor, (uint16_t)1);
    gs->no_position = !writes_slot(gs->last, PUM_VS_POSITION);
}
