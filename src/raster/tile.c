#include "raster/tile.h"

#include <stdlib.h>
#include <string.h>

#include "raster/tile_worker.h"

struct pum_tile_worker *
pum_tile_worker_create(void)
{
    struct pum_tile_worker *w = aligned_alloc(64, PUM_ALIGN_UP(sizeof(*w), (size_t)64));
    if (w) {
        memset(w, 0, sizeof(*w));
    }
    return w;
}

void
pum_tile_worker_destroy(struct pum_tile_worker *w)
{
    if (w) {
        free(w->scratch);
        free(w->own);
        free(w);
    }
}

static void
write_nothing(const struct pum_fs_target *t, uint32_t block_x, uint32_t block_y, uint32_t mask, const uint32_t color[4][PUM_LANES],
              const uint32_t color1[4][PUM_LANES])
{
    (void)t, (void)block_x, (void)block_y, (void)mask, (void)color, (void)color1;
}

/* The draw changes inside a tile. */
static bool
bind_draw(struct pum_tile_worker *w, const struct pum_tile_draw *d)
{
    const struct pum_tile_state *st = d->state;
    const struct pum_raster_targets *t = w->frame->targets;
    w->draw = d;
    w->args.view_index = d->view_index;
    w->args.pos[0] = w->args.pos[1] = 0.5f;
    w->args.sample_id = 0;
    w->args.sample_pos = st->pos;
    pum_tile_bind_samples(w);
    w->lazy = w->packing;
    if (!st->fs) {
        return true;
    }
    if (st->fs_info->scratch_B > w->scratch_B) {
        uint8_t *p = aligned_alloc(64, PUM_ALIGN_UP((size_t)st->fs_info->scratch_B, (size_t)64));
        if (!p) {
            return false;
        }
        free(w->scratch);
        w->scratch = p;
        w->scratch_B = st->fs_info->scratch_B;
    }
    w->args.scratch = w->scratch;
    w->written = w->kept = 0;
    for (uint32_t i = 0; i < PUM_MAX_RENDER_TARGETS; i++) {
        struct pum_fs_target *ft = &w->targets[i];
        ft->write = st->write[i] ? st->write[i] : write_nothing;
        if (!st->write[i]) {
            continue;
        }
        const struct pum_tile_plane *p = &w->color[i];
        ft->tile = p->tile;
        ft->row_pitch_B = p->row_pitch_B;
        ft->layout = p->layout;
        ft->samples_log2 = p->samples_log2;
        ft->format = t->color[i].plane.format;
        ft->write_mask = st->write_mask[i];
        const bool writes = st->fs_info->color_mask >> i & 1 && st->writes[i];
        w->written |= (uint8_t)(writes ? 1u << i : 0);
        w->kept |= (uint8_t)(writes && !st->replace[i] ? 1u << i : 0);
        w->tile_targets[i].state = &st->target[i];
        w->tile_targets[i].whole = w->zs[0].whole;
        w->tile_targets[i].write = st->write[i];
        w->tile_targets[i].covered = (const pum_block_samples *)w->covered;
        w->tile_targets[i].sample_pitch_B = p->sample_pitch_B;
        w->tile_targets[i].samples = st->samples;
        w->tile_targets[i].replace = st->replace[i];
        w->tile_targets[i].same = p->packs ? w->same : NULL;
        w->tile_targets[i].bit = (uint8_t)(1u << i);
        ft->blend = &w->tile_targets[i];
    }
    const bool late_test = st->test_time != PUM_TEST_EARLY && (st->any_test || d->samples_passed);
    w->args.late = late_test || st->late ? pum_tile_late : NULL;
    w->lazy = w->packing && !w->args.late && !st->per_sample && !st->fs_info->uses_coverage;
    return true;
}

/* Blocks of the primitive in this tile. */
static uint32_t
coverage(struct pum_tile_worker *w, const struct pum_prim *p, bool full)
{
    const struct pum_tile_frame *f = w->frame;
    const int32_t x0 = p->px0 > w->px ? p->px0 - w->px : 0, y0 = p->py0 > w->py ? p->py0 - w->py : 0;
    const int32_t x1 = p->px1 < w->px + PUM_TILE_PX - 1 ? p->px1 - w->px : PUM_TILE_PX - 1;
    const int32_t y1 = p->py1 < w->py + PUM_TILE_PX - 1 ? p->py1 - w->py : PUM_TILE_PX - 1;
    if (x0 > x1 || y0 > y1) {
        return 0;
    }
    if (w->draw->state->samples > 1 && !p->centers) {
        return pum_tile_cover_samples(w, p, full, (uint32_t)x0, (uint32_t)y0, (uint32_t)x1, (uint32_t)y1);
    }
    if (full || p->kind == PUM_PRIM_RECT) {
        return f->k->cover_rect(w->blocks, (uint32_t)x0, (uint32_t)y0, (uint32_t)x1, (uint32_t)y1);
    }
    const int64_t dx = (int64_t)(w->px - f->center_x) * 256 + 128 - p->x0, dy = (int64_t)(w->py - f->center_y) * 256 + 128 - p->y0;
    struct pum_tile_edges e = {.count = p->kind == PUM_PRIM_QUAD ? 4 : 3, .x0 = (uint8_t)x0, .y0 = (uint8_t)y0, .x1 = (uint8_t)x1, .y1 = (uint8_t)y1};
    for (uint32_t k = 0; k < e.count; k++) {
        const int64_t c = (p->a[k] * dx + p->b[k] * dy + p->c[k]) >> 8;
        const int32_t a = p->a[k], b = p->b[k];
        const int64_t far = (int64_t)(PUM_TILE_PX - 1);
        const int64_t lo = c + far * ((a < 0 ? a : 0) + (int64_t)(b < 0 ? b : 0)), hi = c + far * ((a > 0 ? a : 0) + (int64_t)(b > 0 ? b : 0));
        if (hi < 0) {
            return 0;
        }
        if (lo >= 0) { /* the whole tile is inside: a constant keeps the 32-bit budget */
            e.c[k] = 0;
            e.a[k] = 0;
            e.b[k] = 0;
        } else {
            e.c[k] = (int32_t)c;
            e.a[k] = a;
            e.b[k] = b;
        }
    }
    uint32_t n = f->k->cover(w->blocks, &e);
    if (p->cut && n && (x0 > 0 || y0 > 0 || x1 < PUM_TILE_PX - 1 || y1 < PUM_TILE_PX - 1)) {
        n = f->k->clip_rect(w->blocks, n, (uint32_t)x0, (uint32_t)y0, (uint32_t)x1, (uint32_t)y1);
    }
    return n;
}

/* Plane equations relative to the tile's corner. The weights are evaluated in double so that tiles far from the first vertex lose nothing. */
struct weights {
    double l1, l2;
    float f1[3], f2[3];
};

static struct weights
weights_of(const struct pum_tile_worker *w, const struct pum_prim *p)
{
    const double dx = (double)((int64_t)(w->px - w->frame->center_x) * 256 - p->x0), dy = (double)((int64_t)(w->py - w->frame->center_y) * 256 - p->y0);
    struct weights r;
    r.l1 = p->l1x * dx + p->l1y * dy;
    r.l2 = p->l2x * dx + p->l2y * dy;
    r.f1[0] = (float)r.l1;
    r.f1[1] = (float)(p->l1x * 256.0);
    r.f1[2] = (float)(p->l1y * 256.0);
    r.f2[0] = (float)r.l2;
    r.f2[1] = (float)(p->l2x * 256.0);
    r.f2[2] = (float)(p->l2y * 256.0);
    return r;
}

static struct pum_plane
header_plane(const struct pum_prim *p, const float *v0, const float *v1, const float *v2, enum pum_row at, const struct weights *wt, double bias)
{
    const double d1 = (double)v1[at] - (double)v0[at], d2 = (double)v2[at] - (double)v0[at];
    return (struct pum_plane){.v = (float)((double)v0[at] + (d1 * wt->l1 + d2 * wt->l2) + bias),
                              .dx = (float)((d1 * p->l1x + d2 * p->l2x) * 256.0),
                              .dy = (float)((d1 * p->l1y + d2 * p->l2y) * 256.0)};
}

/* Inputs that are not interpolated: as each vertex of the primitive has them. */
static void
vertex_inputs(struct pum_tile_worker *w, const float *flat)
{
    const struct pum_tile_state *st = w->draw->state;
    const size_t row_el = PUM_ROW_INPUTS + st->n_pad;
    for (uint32_t i = 0; i < st->n_inputs; i++) {
        if (st->fs_info->fs_inputs[i].interp == PUM_INTERP_VERTEX) {
            const float *v = flat + row_el + PUM_ROW_INPUTS + i;
            struct pum_plane *p = &w->planes[PUM_FS_PLANE_INPUTS + i];
            memcpy(&p->v, v, 4);
            memcpy(&p->dx, v + row_el, 4);
            memcpy(&p->dy, v + 2 * row_el, 4);
        }
    }
}

/* Depth and stencil before the shader, for one sample. */
static uint32_t
early_tests(struct pum_tile_worker *w, const struct pum_zs_state *zs, uint32_t n, bool write, bool count)
{
    const struct pum_tile_state *st = w->draw->state;
    const uint32_t viewport = w->prim->viewport;
    uint64_t passed = 0;
    n = w->frame->k->depth_stencil(zs, &w->zs[0], w->blocks, n, &w->planes[PUM_FS_PLANE_Z], st->z_min[viewport], st->z_max[viewport],
                                   w->prim->front, NULL, NULL, write, &passed);
    w->counters[0] += count ? passed : 0;
    return n;
}

static void
draw_prim(struct pum_tile_worker *w, const struct pum_segment *seg, const struct pum_prim *p, bool full)
{
    const struct pum_tile_frame *f = w->frame;
    const struct pum_raster_kernels *k = f->k;
    const struct pum_tile_draw *d = w->draw;
    const struct pum_tile_state *st = d->state;
    uint32_t n = st->sample_mask ? coverage(w, p, full) : 0;
    if (n && st->thins) {
        n = pum_tile_thin(w, p, n);
    }
    if (!n) {
        return;
    }
    if (st->samples > 1 && p->centers) {
        pum_tile_all_samples(w, n);
    }
    const float *v0 = seg->vertices + (size_t)p->v[0] * 4, *v1 = seg->vertices + (size_t)p->v[1] * 4, *v2 = seg->vertices + (size_t)p->v[2] * 4;
    static const struct weights no_weights;
    struct weights wt = weights_of(w, p);
    const struct weights point = wt;
    if (p->kind == PUM_PRIM_RECT) {
        wt = no_weights;
    }
    w->planes[PUM_FS_PLANE_Z] = header_plane(p, v0, v1, v2, PUM_ROW_Z, &wt, (double)p->z_bias);
    if (p->kind == PUM_PRIM_RECT) {
        w->planes[PUM_FS_PLANE_Z].dx = w->planes[PUM_FS_PLANE_Z].dy = 0.0f;
    }
    w->prim = p;
    w->z_kind = 0;
    w->seen = (const pum_block_samples *)w->covered;
    const bool many = st->samples > 1;
    if (st->test_time == PUM_TEST_EARLY) {
        if (st->any_test) {
            n = many ? pum_tile_test_samples(w, &st->zs, n, true, true) : early_tests(w, &st->zs, n, true, true);
        } else if (d->samples_passed) {
            w->counters[0] += many ? pum_tile_count_samples(w, n) : k->count(w->blocks, n);
        }
    } else if (st->any_early_test) {
        n = many ? pum_tile_test_samples(w, &st->zs_early, n, false, false) : early_tests(w, &st->zs_early, n, false, false);
    }
    if (!n || !st->fs) {
        return;
    }
    w->planes[PUM_FS_PLANE_RHW] = header_plane(p, v0, v1, v2, PUM_ROW_RHW, &wt, 0.0);
    if (p->kind == PUM_PRIM_RECT) {
        w->planes[PUM_FS_PLANE_RHW].dx = w->planes[PUM_FS_PLANE_RHW].dy = 0.0f;
        w->planes[PUM_FS_PLANE_POINT_S] = (struct pum_plane){.v = point.f1[0], .dx = point.f1[1]};
        w->planes[PUM_FS_PLANE_POINT_T] = (struct pum_plane){.v = point.f2[0], .dy = point.f2[2]};
    } else if (st->fs_info->uses_point_coord) { /* undefined, but the same on every machine */
        w->planes[PUM_FS_PLANE_POINT_S] = w->planes[PUM_FS_PLANE_POINT_T] = (struct pum_plane){.v = 0.0f};
    }
    if (st->n_inputs) {
        const float rhw[3] = {v0[PUM_ROW_RHW], v1[PUM_ROW_RHW], v2[PUM_ROW_RHW]};
        k->planes(w->planes + PUM_FS_PLANE_INPUTS, st->n_inputs, v0 + PUM_ROW_INPUTS, v1 + PUM_ROW_INPUTS, v2 + PUM_ROW_INPUTS,
                  seg->vertices + (size_t)p->flat * 4 + PUM_ROW_INPUTS, rhw, st->persp, wt.f1, wt.f2);
    }
    if (st->corners) {
        vertex_inputs(w, seg->vertices + (size_t)p->flat * 4);
    }
    w->args.front_facing = p->front;
    w->args.primitive_id = p->primitive_id;
    w->args.viewport_index = p->viewport;
    if (many) {
        pum_tile_shade_samples(w, n);
        return;
    }
    if (d->fs_invocations) {
        w->counters[1] += k->count(w->blocks, n);
    }
    w->args.block_count = n;
    st->fs->run(st->fs, d->fs_ctx, &w->args);
}

/* Counters of the draw that ends. */
static void
flush_counters(struct pum_tile_worker *w)
{
    if (w->draw) {
        if (w->draw->samples_passed && w->counters[0]) {
            __atomic_fetch_add(w->draw->samples_passed, w->counters[0], __ATOMIC_RELAXED);
        }
        if (w->draw->fs_invocations && w->counters[1]) {
            __atomic_fetch_add(w->draw->fs_invocations, w->counters[1], __ATOMIC_RELAXED);
        }
    }
    w->counters[0] = w->counters[1] = 0;
}

static void
clear_prim(struct pum_tile_worker *w, const struct pum_prim *p, const struct pum_tile_clear *c)
{
    const uint32_t x0 = PUM_MAX((uint32_t)w->px, p->px0), y0 = PUM_MAX((uint32_t)w->py, p->py0);
    const uint32_t x1 = PUM_MIN((uint32_t)w->px + PUM_TILE_PX - 1, p->px1), y1 = PUM_MIN((uint32_t)w->py + PUM_TILE_PX - 1, p->py1);
    if (x0 <= x1 && y0 <= y1) {
        pum_tile_planes_clear(w, c, x0, y0, x1, y1);
    }
}

static bool
has_work(const struct pum_segment *const *segments, uint32_t segment_count, uint32_t tx, uint32_t ty, uint32_t layer)
{
    for (uint32_t s = 0; s < segment_count; s++) {
        const struct pum_segment *seg = segments[s];
        const uint32_t x = tx - seg->tx0, y = ty - seg->ty0, l = layer - seg->l0;
        if (x < seg->tw && y < seg->th && l < seg->tl) {
            const uint32_t *first = seg->first + ((size_t)l * seg->th + y) * seg->tw + x;
            if (first[0] != first[1]) {
                return true;
            }
        }
    }
    return false;
}

/* The tile's primitives are collected some hundred at a time, so that what other workers have written can be fetched ahead of its use:
 * neighbours in a tile are often far apart in memory. */
#define PREFETCH 6u

static bool
draw_refs(struct pum_tile_worker *w, const struct pum_tile_ref *refs, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (i + PREFETCH < n) {
            const char *p = (const char *)refs[i + PREFETCH].prim;
            __builtin_prefetch(p);
            __builtin_prefetch(p + 64);
            __builtin_prefetch(p + sizeof(struct pum_prim) - 1);
        }
        if (i + PREFETCH / 2 < n && refs[i + PREFETCH / 2].prim->kind != PUM_PRIM_CLEAR) {
            const struct pum_tile_ref *r = &refs[i + PREFETCH / 2];
            __builtin_prefetch(r->seg->vertices + (size_t)r->prim->v[0] * 4);
            __builtin_prefetch(r->seg->vertices + (size_t)r->prim->v[1] * 4);
            __builtin_prefetch(r->seg->vertices + (size_t)r->prim->v[2] * 4);
        }
        const struct pum_segment *seg = refs[i].seg;
        const struct pum_prim *p = refs[i].prim;
        const struct pum_tile_draw *d = seg->draws[p->draw];
        if (p->kind == PUM_PRIM_CLEAR) {
            clear_prim(w, p, d->clear);
            continue;
        }
        if (d != w->draw) {
            flush_counters(w);
            if (!bind_draw(w, d)) {
                return false;
            }
        }
        draw_prim(w, seg, p, refs[i].full);
    }
    return true;
}

bool
pum_tile_run(struct pum_tile_worker *w, const struct pum_tile_frame *f, uint32_t tx, uint32_t ty, uint32_t layer, uint32_t parts,
             const struct pum_segment *const *segments, uint32_t segment_count)
{
    w->frame = f;
    w->draw = NULL;
    w->px = (int32_t)(tx * PUM_TILE_PX);
    w->py = (int32_t)(ty * PUM_TILE_PX);
    w->layer = layer;
    if (!has_work(segments, segment_count, tx, ty, layer)) {
        return pum_tile_planes_idle(w, parts);
    }
    if (!pum_tile_planes_begin(w, parts)) {
        return false;
    }
    w->args = (struct pum_fs_args){.planes = w->planes, .blocks = w->blocks, .tile_x = w->px, .tile_y = w->py, .layer = layer,
                                   .targets = w->targets, .coverage = pum_tile_coverage, .raster = w, .counters = w->counters};
    uint32_t n = 0;
    for (uint32_t s = 0; s < segment_count; s++) {
        const struct pum_segment *seg = segments[s];
        const uint32_t x = tx - seg->tx0, y = ty - seg->ty0, l = layer - seg->l0;
        if (x >= seg->tw || y >= seg->th || l >= seg->tl) {
            continue;
        }
        const uint32_t *first = seg->first + ((size_t)l * seg->th + y) * seg->tw + x;
        const uint32_t end = first[1];
        for (uint32_t i = first[0]; i < end; i++) {
            const uint32_t e = seg->entries[i];
            w->refs[n++] = (struct pum_tile_ref){seg, &seg->prims[e & ~PUM_ENTRY_FULL], (e & PUM_ENTRY_FULL) != 0};
            if (n == PUM_TILE_REFS) {
                if (!draw_refs(w, w->refs, n)) {
                    return false;
                }
                n = 0;
            }
        }
    }
    if (!draw_refs(w, w->refs, n)) {
        return false;
    }
    flush_counters(w);
    pum_tile_planes_end(w, parts);
    return true;
}
