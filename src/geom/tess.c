/* Tessellation of the patches of a chunk: the control shader, for as many as fit into a subgroup; then one after the other the tessellator and
 * the evaluation shader in batches of at most 512 primitives, which go on to a geometry shader or to the rasterizer. SPEC: tessellation. */
#include <stdlib.h>
#include <string.h>

#include "geom/front.h"
#include "geom/tessellator.h"

#define BATCHES 8u /* of 16 points in a call */

struct pum_tess_worker {
    uint8_t *patch; /* [patches], PUM_PATCH_B each */
    uint32_t patches;
    PUM_ALIGNED(64) uint32_t in[BATCHES * 4 * PUM_LANES]; /* gl_TessCoord */
    struct pum_tessellator points;
    uint16_t prim_in[PUM_CHUNK_PRIMS][PUM_MAX_PATCH_VERTICES];
    uint32_t prim_id[PUM_CHUNK_PRIMS];
    uint32_t *vertices;                    /* of the batch: [slot][PUM_CHUNK_VERTICES] */
    uint16_t point[PUM_CHUNK_VERTICES];    /* of the batch's vertices */
    uint16_t vertex[PUM_TESS_MAX_POINTS];  /* + 1, in the batch; 0: not there */
    uint16_t prims[PUM_CHUNK_PRIMS][3];
    uint32_t n_prims, n_vertices;
};

void
pum_tess_worker_destroy(struct pum_tess_worker *t)
{
    if (t) {
        free(t->vertices);
        free(t->patch);
        free(t);
    }
}

static struct pum_tess_worker *
worker(struct pum_front_worker *w, uint32_t patches)
{
    const size_t batch_B = (size_t)PUM_VS_SLOTS * PUM_CHUNK_VERTICES * 4;
    struct pum_tess_worker *t = w->tess_worker;
    if (!t) {
        t = aligned_alloc(64, PUM_ALIGN_UP(sizeof(*t), (size_t)64));
        if (!t) {
            return NULL;
        }
        memset(t, 0, sizeof(*t));
        t->vertices = aligned_alloc(64, batch_B);
        if (!t->vertices) {
            free(t);
            return NULL;
        }
        memset(t->vertices, 0, batch_B); /* slots that a shader does not write must still hold defined bits */
        w->tess_worker = t;
    }
    if (t->patches < patches) {
        free(t->patch);
        t->patches = 0;
        t->patch = aligned_alloc(64, PUM_ALIGN_UP((size_t)PUM_PATCH_B * patches, (size_t)64));
        if (!t->patch) {
            return NULL;
        }
        memset(t->patch, 0, (size_t)PUM_PATCH_B * patches);
        t->patches = patches;
    }
    return t;
}

static uint32_t
vertices_out(const struct pum_draw_state *s)
{
    return s->tcs_info->local_size[0] / s->tcs_info->tess_patches;
}

/* The input patch, as the control shader finds it; what it may leave unwritten is zero. */
static void
fill_patch(struct pum_front_worker *w, struct pum_tess_worker *t, const struct pum_geom_draw *d, uint32_t patch, uint8_t *out)
{
    const struct pum_draw_state *s = d->gs->s;
    const uint64_t *read = s->tcs_info->in_slots, *written = s->vs_info->out_slots;
    struct pum_patch_head head = {.primitive_id = t->prim_id[patch], .vertices = s->patch_vertices, .view_index = d->call.view_index};
    memset(out, 0, PUM_PATCH_OUT_B + vertices_out(s) * PUM_PATCH_VERTEX_B);
    memcpy(out, &head, sizeof(head));
    for (uint32_t slot = pum_next_slot(read, 0); slot < PUM_VS_SLOTS; slot = pum_next_slot(read, slot + 1)) {
        const bool have = written[slot / 64] >> (slot % 64) & 1;
        const uint32_t *from = w->vs_out + (size_t)slot * PUM_CHUNK_VERTICES;
        uint32_t *to = (uint32_t *)(void *)(out + PUM_PATCH_IN_B) + slot;
        for (uint32_t v = 0; v < s->patch_vertices; v++) {
            to[v * PUM_VS_SLOTS] = have ? from[t->prim_in[patch][v]] : 0;
        }
    }
}

/* Runs the evaluation shader for the points of the batch. */
static bool
evaluate(struct pum_front_worker *w, struct pum_tess_worker *t, const struct pum_geom_draw *d, const uint8_t *patch)
{
    const struct pum_draw_state *s = d->gs->s;
    if (!pum_front_need_scratch(w, s->tes_info->scratch_B)) {
        return false;
    }
    struct pum_vs_args args = {.in = t->in, .in_slots = 4, .out_stride = PUM_CHUNK_VERTICES, .vertex_index = w->vertex_index,
                               .instance_index = w->instance_index, .view_index = d->call.view_index, .scratch = w->scratch, .shared = patch};
    for (uint32_t first = 0; first < t->n_vertices; first += BATCHES * PUM_LANES) {
        args.vertices = PUM_MIN(t->n_vertices - first, BATCHES * PUM_LANES);
        args.batches = PUM_DIV_ROUND_UP(args.vertices, (uint32_t)PUM_LANES);
        for (uint32_t i = 0; i < args.batches * PUM_LANES; i++) {
            const uint32_t p = t->point[first + PUM_MIN(i, args.vertices - 1)]; /* lanes that do not count repeat the last */
            for (uint32_t c = 0; c < 3; c++) {
                memcpy(&t->in[(i / PUM_LANES * 4 + c) * PUM_LANES + i % PUM_LANES], &t->points.coord[c][p], 4);
            }
        }
        args.out = t->vertices + first;
        s->tes->run(s->tes, d->call.vs_ctx, &args);
    }
    pum_front_count(d->call.counters.tes_invocations, t->n_vertices);
    return true;
}

static bool
finish_batch(struct pum_front_worker *w, struct pum_tess_worker *t, const struct pum_geom_draw *d, uint32_t id, const uint8_t *patch)
{
    const struct pum_draw_state *s = d->gs->s;
    const struct pum_draw_counters *c = &d->call.counters;
    const uint32_t n = d->gs->tess_vertices, prims = t->n_prims, vertices = t->n_vertices;
    if (!prims) {
        return true;
    }
    bool ok = evaluate(w, t, d, patch);
    for (uint32_t v = 0; v < vertices; v++) {
        t->vertex[t->point[v]] = 0;
    }
    t->n_prims = t->n_vertices = 0;
    uint32_t *const vs_out = w->vs_out;
    w->vs_out = t->vertices;
    for (uint32_t p = 0; p < prims; p++) {
        memcpy(w->prim_v[p], t->prims[p], sizeof(t->prims[p]));
        w->prim_flat[p] = (uint8_t)(s->provoking_last ? n - 1 : 0);
        w->prim_id[p] = id;
        w->prim_starts[p] = true;
    }
    if (ok && s->gs) {
        ok = pum_gs_prims(w, d, s->tes_info, prims, n);
    } else if (ok) {
        pum_front_count(c->generated[0], prims);
        ok = !d->call.xfb || pum_xfb_capture(w, d, s->tes_info, 0, prims, n);
        if (ok && !s->rasterizer_discard && !d->gs->no_position && !s->raster_stream) {
            memset(w->row, 0, vertices * sizeof(w->row[0]));
            pum_front_transform(w, d, vertices);
            w->clip_primitives = 0;
            pum_front_emit(w, d, prims);
            pum_front_count(c->clip_invocations, prims);
            pum_front_count(c->clip_primitives, w->clip_primitives);
        }
    }
    w->vs_out = vs_out;
    return ok && !w->failed;
}

/* The control shader for patches from `first` on; those beyond the last repeat it. */
static bool
run_control(struct pum_front_worker *w, struct pum_tess_worker *t, const struct pum_geom_draw *d, uint32_t first, uint32_t patches)
{
    const struct pum_draw_state *s = d->gs->s;
    if (!pum_front_need_scratch(w, s->tcs_info->scratch_B)) {
        return false;
    }
    for (uint32_t i = 0; i < s->tcs_info->tess_patches; i++) {
        fill_patch(w, t, d, PUM_MIN(first + i, patches - 1), t->patch + (size_t)i * PUM_PATCH_B);
    }
    struct pum_cs_args args = {.group_count = 1, .num_groups = {1, 1, 1}, .shared = t->patch, .scratch = w->scratch};
    s->tcs->run(s->tcs, d->call.vs_ctx, &args);
    return true;
}

static bool
run_patch(struct pum_front_worker *w, struct pum_tess_worker *t, const struct pum_geom_draw *d, uint32_t id, uint8_t *patch)
{
    const uint32_t n = d->gs->tess_vertices;
    struct pum_patch_head *head = (struct pum_patch_head *)(void *)patch;
    head->vertices = vertices_out(d->gs->s);
    pum_tessellate(&t->points, &d->gs->tess, head->outer, head->inner);
    for (uint32_t i = 0; i < t->points.n_indices; i += n) {
        if ((t->n_prims == PUM_CHUNK_PRIMS || t->n_vertices + n > PUM_CHUNK_VERTICES - PUM_LANES) && !finish_batch(w, t, d, id, patch)) {
            return false;
        }
        for (uint32_t k = 0; k < n; k++) {
            const uint16_t p = t->points.index[i + k];
            if (!t->vertex[p]) {
                t->point[t->n_vertices++] = p;
                t->vertex[p] = (uint16_t)t->n_vertices;
            }
            t->prims[t->n_prims][k] = (uint16_t)(t->vertex[p] - 1);
        }
        t->n_prims++;
    }
    return finish_batch(w, t, d, id, patch);
}

bool
pum_tess_run(struct pum_front_worker *w, const struct pum_piece *pieces, uint32_t n_pieces)
{
    const struct pum_geom_draw *d = pieces[0].draw;
    const struct pum_draw_state *s = d->gs->s;
    const struct pum_draw_counters *c = &d->call.counters;
    const uint32_t per_run = s->tcs_info->tess_patches;
    struct pum_tess_worker *t = worker(w, per_run);
    uint32_t vertices;
    if (!t) {
        return false;
    }
    const uint32_t patches = pum_front_assemble(w, pieces, n_pieces, t->prim_in[0], PUM_MAX_PATCH_VERTICES, &vertices);
    pum_front_count(c->ia_primitives, patches);
    pum_front_count(c->vs_invocations, vertices);
    pum_front_count(c->tcs_patches, patches);
    memcpy(t->prim_id, w->prim_id, patches * sizeof(t->prim_id[0]));
    bool ok = pum_front_shade(w, d, vertices);
    for (uint32_t p = 0; p < patches && ok; p++) {
        ok = (p % per_run || run_control(w, t, d, p, patches)) && run_patch(w, t, d, t->prim_id[p], t->patch + (size_t)(p % per_run) * PUM_PATCH_B);
    }
    return ok;
}
