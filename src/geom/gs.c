/* Geometry shaders: sixteen invocations at a time, in the order of primitives and of invocations. Every lane leaves a list of vertices; the
 * lists are cut into primitives, which fill batches; a batch goes the way of all vertices: capture, transform, clipping, setup.
 * SPEC: geometry. */
#include <stdlib.h>
#include <string.h>

#include "geom/front.h"

struct gs_prim {
    uint16_t v[3];
    uint8_t flat, stream;
    bool starts; /* a strip */
    uint32_t id;
};

struct pum_gs_worker {
    PUM_ALIGNED(64) uint32_t in[PUM_GS_IN_VERTICES * PUM_VS_SLOTS * PUM_LANES];
    PUM_ALIGNED(64) uint32_t count[PUM_LANES];
    PUM_ALIGNED(64) uint32_t primitive_id[PUM_LANES];
    PUM_ALIGNED(64) uint32_t invocation_id[PUM_LANES];
    uint16_t prim_in[PUM_CHUNK_PRIMS][PUM_GS_IN_VERTICES];
    uint32_t prim_id[PUM_CHUNK_PRIMS];
    struct gs_prim prims[PUM_CHUNK_PRIMS]; /* of the batch */
    uint32_t n_prims, n_vertices;
    uint32_t *vertices;                    /* of the batch: [slot][PUM_CHUNK_VERTICES] */
    uint32_t *out;
    uint32_t out_vertices;                 /* that `out` has room for */
};

void
pum_gs_worker_destroy(struct pum_gs_worker *g)
{
    if (g) {
        free(g->vertices);
        free(g->out);
        free(g);
    }
}

static struct pum_gs_worker *
worker(struct pum_front_worker *w, const struct pum_shader_info *info)
{
    const size_t batch_B = (size_t)PUM_VS_SLOTS * PUM_CHUNK_VERTICES * 4;
    struct pum_gs_worker *g = w->gs_worker;
    if (!g) {
        g = aligned_alloc(64, PUM_ALIGN_UP(sizeof(*g), (size_t)64));
        if (!g) {
            return NULL;
        }
        memset(g, 0, sizeof(*g));
        g->vertices = aligned_alloc(64, batch_B);
        if (!g->vertices) {
            free(g);
            return NULL;
        }
        memset(g->vertices, 0, batch_B); /* slots that a shader does not write must still hold defined bits */
        w->gs_worker = g;
    }
    const uint32_t need = info->gs_vertices + 1u;
    if (g->out_vertices < need) {
        free(g->out);
        g->out_vertices = 0;
        g->out = aligned_alloc(64, (size_t)need * PUM_GS_SLOTS * PUM_LANES * 4);
        if (!g->out) {
            return NULL;
        }
        g->out_vertices = need;
    }
    return g;
}

/* Inputs of the lanes; those that do not count repeat the last one. */
static void
gather(struct pum_front_worker *w, struct pum_gs_worker *g, const struct pum_shader_info *info, const struct pum_shader_info *before,
       uint32_t first, uint32_t lanes)
{
    uint32_t prim[PUM_LANES];
    for (uint32_t l = 0; l < PUM_LANES; l++) {
        const uint32_t i = first + PUM_MIN(l, lanes - 1);
        prim[l] = i / info->gs_invocations;
        g->primitive_id[l] = g->prim_id[prim[l]];
        g->invocation_id[l] = i % info->gs_invocations;
    }
    for (uint32_t v = 0; v < info->gs_in_vertices; v++) {
        for (uint32_t slot = pum_next_slot(info->in_slots, 0); slot < PUM_VS_SLOTS; slot = pum_next_slot(info->in_slots, slot + 1)) {
            const bool have = before->out_slots[slot / 64] >> (slot % 64) & 1;
            const uint32_t *from = w->vs_out + (size_t)slot * PUM_CHUNK_VERTICES;
            uint32_t *to = &g->in[(v * PUM_VS_SLOTS + slot) * PUM_LANES];
            for (uint32_t l = 0; l < PUM_LANES; l++) {
                to[l] = have ? from[g->prim_in[prim[l]][v]] : 0;
            }
        }
    }
}

/* The batch's primitives of one stream become the worker's. */
static uint32_t
take_stream(struct pum_front_worker *w, const struct pum_gs_worker *g, uint32_t stream)
{
    uint32_t n = 0;
    for (uint32_t p = 0; p < g->n_prims; p++) {
        const struct gs_prim *from = &g->prims[p];
        if (from->stream == stream) {
            memcpy(w->prim_v[n], from->v, sizeof(from->v));
            w->prim_flat[n] = from->flat;
            w->prim_id[n] = from->id;
            w->prim_starts[n] = from->starts;
            n++;
        }
    }
    return n;
}

static bool
finish_batch(struct pum_front_worker *w, struct pum_gs_worker *g, const struct pum_geom_draw *d)
{
    const struct pum_shader_info *info = d->gs->s->gs_info;
    const struct pum_draw_counters *c = &d->call.counters;
    uint32_t *const vs_out = w->vs_out;
    bool ok = true;
    w->vs_out = g->vertices;
    pum_front_count(c->gs_primitives, g->n_prims);
    for (uint32_t s = 0; s < PUM_MAX_STREAMS && ok; s++) {
        const uint32_t prims = info->gs_streams >> s & 1 ? take_stream(w, g, s) : 0;
        if (!prims) {
            continue;
        }
        pum_front_count(c->generated[s], prims);
        ok = !d->call.xfb || pum_xfb_capture(w, d, info, s, prims, info->gs_out_vertices);
        if (!ok || s != d->gs->s->raster_stream || d->gs->s->rasterizer_discard || d->gs->no_position) {
            continue;
        }
        memset(w->row, 0, g->n_vertices * sizeof(w->row[0]));
        pum_front_transform(w, d, g->n_vertices);
        w->clip_primitives = 0;
        pum_front_emit(w, d, prims);
        pum_front_count(c->clip_invocations, prims);
        pum_front_count(c->clip_primitives, w->clip_primitives);
    }
    w->vs_out = vs_out;
    g->n_prims = g->n_vertices = 0;
    return ok && !w->failed;
}

/* Vertex number `vertex` of a lane goes into the batch. */
static uint16_t
add_vertex(struct pum_gs_worker *g, const struct pum_shader_info *info, uint32_t lane, uint32_t vertex)
{
    const uint32_t at = g->n_vertices++;
    for (uint32_t slot = pum_next_slot(info->out_slots, 0); slot < PUM_VS_SLOTS; slot = pum_next_slot(info->out_slots, slot + 1)) {
        g->vertices[(size_t)slot * PUM_CHUNK_VERTICES + at] = g->out[((size_t)vertex * PUM_GS_SLOTS + slot) * PUM_LANES + lane];
    }
    return (uint16_t)at;
}

/* The list of a lane: strips, stream by stream mixed. */
static void
add_lane(struct pum_gs_worker *g, const struct pum_geom_draw *d, uint32_t lane)
{
    const struct pum_shader_info *info = d->gs->s->gs_info;
    const uint32_t n = info->gs_out_vertices;
    const bool last = d->gs->s->provoking_last, has_id = info->out_slots[0] >> PUM_VS_PRIMITIVE_ID & 1;
    uint16_t strip[PUM_MAX_STREAMS][3];
    uint32_t length[PUM_MAX_STREAMS] = {0};
    for (uint32_t i = 0; i < g->count[lane]; i++) {
        const uint32_t flags = g->out[((size_t)i * PUM_GS_SLOTS + PUM_GS_FLAGS) * PUM_LANES + lane];
        const uint32_t s = flags >> 1 & (PUM_MAX_STREAMS - 1);
        const uint16_t v = add_vertex(g, info, lane, i);
        length[s] = flags & 1 || n == 1 ? 1 : length[s] + 1;
        const uint32_t at = PUM_MIN(length[s], n) - 1;
        if (length[s] > n) { /* the vertices before move up */
            memmove(&strip[s][0], &strip[s][1], 2 * sizeof(strip[s][0]));
        }
        strip[s][at] = v;
        if (length[s] < n) {
            continue;
        }
        const uint32_t p = length[s] - n, odd = n == 3 ? p & 1 : 0; /* every other triangle is turned */
        struct gs_prim *out = &g->prims[g->n_prims++];
        *out = (struct gs_prim){.stream = (uint8_t)s, .starts = p == 0};
        out->v[0] = strip[s][0];
        out->v[1] = strip[s][n > 1 ? 1 + odd : 0];
        out->v[2] = strip[s][n > 2 ? 2 - odd : 0];
        out->flat = (uint8_t)(!last ? 0 : n == 3 ? 2 - odd : n - 1);
        out->id = has_id ? g->vertices[(size_t)PUM_VS_PRIMITIVE_ID * PUM_CHUNK_VERTICES + out->v[out->flat]] : 0;
    }
}

/* Is anybody interested in what comes out? */
static bool
wanted(const struct pum_geom_draw *d)
{
    const struct pum_draw_state *s = d->gs->s;
    const struct pum_draw_counters *c = &d->call.counters;
    bool generated = false;
    for (uint32_t i = 0; i < PUM_MAX_STREAMS; i++) {
        generated = generated || c->generated[i];
    }
    return !(s->rasterizer_discard || d->gs->no_position) || s->vs_info->has_side_effects || s->gs_info->has_side_effects || d->call.xfb ||
           c->gs_primitives || generated;
}

/* The primitives in prim_in, whose vertices stand in vs_out. */
static bool
run(struct pum_front_worker *w, struct pum_gs_worker *g, const struct pum_geom_draw *d, const struct pum_shader_info *before, uint32_t prims)
{
    const struct pum_draw_state *s = d->gs->s;
    const struct pum_shader_info *info = s->gs_info;
    const uint32_t invocations = prims * info->gs_invocations;
    if (!pum_front_need_scratch(w, info->scratch_B)) {
        return false;
    }
    memcpy(g->prim_id, w->prim_id, prims * sizeof(g->prim_id[0]));
    struct pum_gs_args args = {.in = g->in, .out = g->out, .count = g->count, .primitive_id = g->primitive_id, .invocation_id = g->invocation_id,
                               .view_index = d->call.view_index, .scratch = w->scratch};
    g->n_prims = g->n_vertices = 0;
    pum_front_count(d->call.counters.gs_invocations, invocations);
    for (uint32_t first = 0; first < invocations; first += PUM_LANES) {
        args.lanes = PUM_MIN(invocations - first, (uint32_t)PUM_LANES);
        gather(w, g, info, before, first, args.lanes);
        memset(g->count, 0, sizeof(g->count));
        s->gs->run(s->gs, d->call.vs_ctx, &args);
        for (uint32_t l = 0; l < args.lanes; l++) {
            g->count[l] = PUM_MIN(g->count[l], (uint32_t)info->gs_vertices);
            if ((g->n_vertices + g->count[l] > PUM_CHUNK_VERTICES || g->n_prims + g->count[l] > PUM_CHUNK_PRIMS) && !finish_batch(w, g, d)) {
                return false;
            }
            add_lane(g, d, l);
        }
    }
    return finish_batch(w, g, d);
}

bool
pum_gs_prims(struct pum_front_worker *w, const struct pum_geom_draw *d, const struct pum_shader_info *before, uint32_t prims, uint32_t verts_per_prim)
{
    struct pum_gs_worker *g = worker(w, d->gs->s->gs_info);
    if (!g) {
        return false;
    }
    for (uint32_t p = 0; p < prims; p++) {
        memcpy(g->prim_in[p], w->prim_v[p], verts_per_prim * sizeof(w->prim_v[p][0]));
    }
    return run(w, g, d, before, prims);
}

bool
pum_gs_run(struct pum_front_worker *w, const struct pum_piece *pieces, uint32_t n_pieces)
{
    const struct pum_geom_draw *d = pieces[0].draw;
    const struct pum_draw_counters *c = &d->call.counters;
    struct pum_gs_worker *g = worker(w, d->gs->s->gs_info);
    uint32_t vertices;
    if (!g) {
        return false;
    }
    const uint32_t prims = pum_front_assemble(w, pieces, n_pieces, g->prim_in[0], PUM_GS_IN_VERTICES, &vertices);
    pum_front_count(c->ia_primitives, prims);
    pum_front_count(c->vs_invocations, vertices);
    if (!wanted(d)) {
        pum_front_count(c->gs_invocations, (uint64_t)prims * d->gs->s->gs_info->gs_invocations);
        return true;
    }
    return pum_front_shade(w, d, vertices) && run(w, g, d, d->gs->s->vs_info, prims);
}
