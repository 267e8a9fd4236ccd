/* A chunk from indices to bins. Pieces of the same draw are shaded together; vertices are found again through a small table. */
#include "geom/front.h"

#include <stdlib.h>
#include <string.h>

#include "rt/rt.h"
#include "util/arena.h"

#define VS_BATCHES 8u /* per call: 8 * 16 vertices keep inputs and outputs in the first-level cache */

struct pum_front_worker *
pum_front_worker_create(void)
{
    struct pum_front_worker *w = aligned_alloc(64, PUM_ALIGN_UP(sizeof(*w), (size_t)64));
    if (!w) {
        return NULL;
    }
    memset(w, 0, sizeof(*w));
    w->vs_out = aligned_alloc(64, (size_t)PUM_VS_SLOTS * PUM_CHUNK_VERTICES * 4);
    if (!w->vs_out) {
        free(w);
        return NULL;
    }
    /* slots that a shader does not write must still hold defined bits */
    memset(w->vs_out, 0, (size_t)PUM_VS_SLOTS * PUM_CHUNK_VERTICES * 4);
    return w;
}

void
pum_front_worker_reset(struct pum_front_worker *w)
{
    pum_slab_reset(&w->prims_slab);
    pum_slab_reset(&w->rows_slab);
    pum_slab_reset(&w->bins_slab);
    pum_slab_reset(&w->xfb_slab);
}

void
pum_front_worker_destroy(struct pum_front_worker *w)
{
    if (w) {
        pum_slab_finish(&w->prims_slab);
        pum_slab_finish(&w->rows_slab);
        pum_slab_finish(&w->bins_slab);
        pum_slab_finish(&w->xfb_slab);
        free(w->vs_in);
        free(w->vs_out);
        free(w->scratch);
        free(w->group);
        pum_gs_worker_destroy(w->gs_worker);
        pum_tess_worker_destroy(w->tess_worker);
        free(w->bins);
        free(w->draws);
        free(w);
    }
}

/* -------- vertex rows -------- */

bool
pum_front_keep_rows(struct pum_front_worker *w, uint32_t rows)
{
    const uint32_t need = w->row_units + rows * w->gs->row_units;
    if (need <= w->row_cap) {
        return true;
    }
    const uint32_t cap = PUM_MAX(need, w->row_cap * 2);
    const size_t old_B = (size_t)w->row_units * 16;
    float *old = w->rows;
    pum_slab_commit(&w->rows_slab, old_B);
    float *p = pum_slab_reserve(&w->rows_slab, (size_t)cap * 16);
    if (!p) {
        w->failed = true;
        return false;
    }
    memcpy(p, old, old_B);
    w->rows = p;
    w->row_cap = cap;
    return true;
}

float *
pum_front_new_row(struct pum_front_worker *w, uint32_t *row)
{
    if (!pum_front_keep_rows(w, 1)) {
        *row = 0;
        return NULL;
    }
    *row = w->row_units;
    w->row_units += w->gs->row_units;
    float *r = w->rows + (size_t)*row * 4;
    memset(r, 0, (size_t)w->gs->row_units * 16);
    return r;
}

static uint32_t
make_row(struct pum_front_worker *w, uint32_t vertex)
{
    const struct pum_geom_state *gs = w->gs;
    if (!pum_front_keep_rows(w, 1)) {
        return 0;
    }
    const uint32_t at = w->row_units;
    w->row_units += gs->row_units;
    float *r = w->rows + (size_t)at * 4;
    r[PUM_ROW_RHW] = w->rhw[vertex];
    r[PUM_ROW_Z] = w->z[vertex];
    r[2] = r[3] = 0.0f;
    const uint32_t n = gs->tile.n_inputs;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t v = 0;
        if (gs->input_slot[i] != ~0u) {
            v = w->vs_out[(size_t)gs->input_slot[i] * PUM_CHUNK_VERTICES + vertex];
        }
        memcpy(&r[PUM_ROW_INPUTS + i], &v, 4);
    }
    for (uint32_t i = n; i < gs->tile.n_pad; i++) {
        r[PUM_ROW_INPUTS + i] = 0.0f;
    }
    w->row[vertex] = at + 1;
    return at;
}
uint32_t
pum_front_row(struct pum_front_worker *w, uint32_t vertex)
{
    return w->row[vertex] ? w->row[vertex] - 1 : make_row(w, vertex);
}

/* The row that flat inputs come from is that of the provoking vertex; with what belongs to the primitive it is one of the primitive's own, which
 * it has already where corners are wanted. */
static uint32_t
own_row(struct pum_front_worker *w, uint32_t flat, uint32_t own)
{
    const struct pum_geom_state *gs = w->gs;
    uint32_t at = flat;
    float *r = gs->corners ? w->rows + (size_t)flat * 4 : pum_front_new_row(w, &at);
    if (r && at != flat) {
        memcpy(r, w->rows + (size_t)flat * 4, (size_t)gs->row_units * 16);
    }
    for (uint32_t i = 0; r && i < gs->n_prim_inputs; i++) {
        const uint32_t input = gs->prim_input[i];
        memcpy(&r[PUM_ROW_INPUTS + input], &w->vs_out[(size_t)gs->input_slot[input] * PUM_CHUNK_VERTICES + own], 4);
    }
    return at;
}

/* -------- indices and assembly -------- */

struct gather {
    struct pum_front_worker *w;
    const struct pum_draw_call *call;
    uint32_t instance;   /* number, first_instance included */
    uint32_t vertices;   /* found so far */
};

static uint32_t
read_index(const struct pum_draw_call *c, uint64_t i)
{
    const uint64_t at = i * c->index_size_B;
    if (at + c->index_size_B > c->index_range_B) {
        return 0;
    }
    const uint8_t *p = c->indices + at;
    uint16_t v16;
    uint32_t v32;
    switch (c->index_size_B) {
    case 1:
        return *p;
    case 2:
        memcpy(&v16, p, 2);
        return v16;
    default:
        memcpy(&v32, p, 4);
        return v32;
    }
}

/* The chunk's number of element i of the draw's stream. Inline: a call for each vertex is 4 % of a draw of small triangles. */
static PUM_INLINE uint32_t
vertex_of(struct gather *g, uint64_t i)
{
    struct pum_front_worker *w = g->w;
    const uint32_t key = g->call->indices ? read_index(g->call, i) + (uint32_t)g->call->vertex_offset : (uint32_t)i;
    const uint32_t slot = key & 1023;
    if (w->hash_key[slot] == key && w->hash_tag[slot] >> 16 == w->hash_stamp) {
        return w->hash_tag[slot] & 0xffff;
    }
    const uint32_t v = g->vertices++;
    w->hash_key[slot] = key;
    w->hash_tag[slot] = w->hash_stamp << 16 | v;
    w->vertex_index[v] = key;
    w->instance_index[v] = g->instance;
    w->row[v] = 0;
    return v;
}

/* Elements of the stream that make primitive p; returns which of them is the provoking vertex. SPEC: drawing-primitive-topologies. */
static uint32_t
elements(uint8_t topology, bool last, uint64_t p, uint64_t e[3])
{
    switch ((enum pum_topology)topology) {
    case PUM_TOPOLOGY_POINT_LIST:
        e[0] = p;
        return 0;
    case PUM_TOPOLOGY_LINE_LIST:
        e[0] = p * 2;
        e[1] = p * 2 + 1;
        return last;
    case PUM_TOPOLOGY_LINE_STRIP:
        e[0] = p;
        e[1] = p + 1;
        return last;
    case PUM_TOPOLOGY_LINE_LIST_ADJACENCY:
        e[0] = p * 4 + 1;
        e[1] = p * 4 + 2;
        return last;
    case PUM_TOPOLOGY_LINE_STRIP_ADJACENCY:
        e[0] = p + 1;
        e[1] = p + 2;
        return last;
    case PUM_TOPOLOGY_TRIANGLE_STRIP:
        e[0] = p;
        e[1] = p + 1 + (p & 1);
        e[2] = p + 2 - (p & 1);
        return last ? 2 - (uint32_t)(p & 1) : 0;
    case PUM_TOPOLOGY_TRIANGLE_FAN:
        e[0] = p + 1;
        e[1] = p + 2;
        e[2] = 0;
        return last;
    case PUM_TOPOLOGY_TRIANGLE_LIST_ADJACENCY:
        e[0] = p * 6;
        e[1] = p * 6 + 2;
        e[2] = p * 6 + 4;
        return last ? 2 : 0;
    case PUM_TOPOLOGY_TRIANGLE_STRIP_ADJACENCY:
        e[0] = p * 2;
        e[1] = p * 2 + (p & 1 ? 4 : 2);
        e[2] = p * 2 + (p & 1 ? 2 : 4);
        return last ? 2 - (uint32_t)(p & 1) : 0;
    case PUM_TOPOLOGY_TRIANGLE_LIST:
    case PUM_TOPOLOGY_COUNT:
    default:
        e[0] = p * 3;
        e[1] = p * 3 + 1;
        e[2] = p * 3 + 2;
        return last ? 2 : 0;
    }
}

/* The same with the adjacent vertices, for geometry shaders that take them. SPEC: drawing-line-lists-with-adjacency and those after it. */
static uint32_t
adjacent_elements(uint8_t topology, bool last, uint64_t p, uint64_t e[PUM_GS_IN_VERTICES])
{
    switch ((enum pum_topology)topology) {
    case PUM_TOPOLOGY_LINE_LIST_ADJACENCY:
    case PUM_TOPOLOGY_LINE_STRIP_ADJACENCY:
        for (uint32_t i = 0; i < 4; i++) {
            e[i] = (topology == PUM_TOPOLOGY_LINE_LIST_ADJACENCY ? p * 4 : p) + i;
        }
        return last ? 2 : 1;
    case PUM_TOPOLOGY_TRIANGLE_LIST_ADJACENCY:
    default:
        for (uint32_t i = 0; i < 6; i++) {
            e[i] = p * 6 + i;
        }
        return last ? 4 : 0;
    }
}

/* end: primitives of the whole strip; the last one has its neighbour in the last vertex. SPEC: drawing-triangle-strips-with-adjacency. */
static uint32_t
strip_elements(bool last, uint64_t p, uint64_t end, uint64_t e[PUM_GS_IN_VERTICES])
{
    const uint64_t v = p * 2, before = p ? v - 2 : v + 1, after = p + 1 == end ? v + 5 : v + 6;
    const bool odd = p & 1;
    e[0] = v;
    e[1] = odd ? v + 3 : before;
    e[2] = odd ? v + 4 : v + 2;
    e[3] = after;
    e[4] = odd ? v + 2 : v + 4;
    e[5] = odd ? v - 2 : v + 3;
    return !last ? 0 : odd ? 2 : 4;
}

static bool
strip_of_lines(uint8_t topology)
{
    return topology == PUM_TOPOLOGY_LINE_STRIP || topology == PUM_TOPOLOGY_LINE_STRIP_ADJACENCY;
}

uint32_t
pum_front_assemble(struct pum_front_worker *w, const struct pum_piece *pieces, uint32_t n_pieces, uint16_t *prim, uint32_t stride, uint32_t *vertices)
{
    const struct pum_geom_draw *d = pieces[0].draw;
    const uint32_t n = d->gs->verts_in;
    const uint8_t topology = d->gs->s->topology;
    const bool last = d->gs->s->provoking_last;
    struct gather g = {.w = w, .call = &d->call};
    uint32_t prims = 0;
    uint32_t instance = ~0u;
    for (uint32_t k = 0; k < n_pieces; k++) {
        const struct pum_piece *piece = &pieces[k];
        g.instance = d->call.first_instance + piece->instance;
        if (piece->instance != instance || k == 0) {
            instance = piece->instance;
            if (++w->hash_stamp >= 0x10000) {
                memset(w->hash_tag, 0, sizeof(w->hash_tag));
                w->hash_stamp = 1;
            }
        }
        const uint64_t base = (uint64_t)d->call.first + piece->stream;
        for (uint32_t p = piece->first; p < piece->first + piece->count; p++) {
            uint64_t e[PUM_GS_IN_VERTICES];
            w->prim_id[prims] = piece->id + p;
            if (topology == PUM_TOPOLOGY_PATCH_LIST) {
                for (uint32_t i = 0; i < n; i++) {
                    prim[prims * stride + i] = (uint16_t)vertex_of(&g, base + (uint64_t)p * n + i);
                }
                prims++;
                continue;
            }
            w->prim_flat[prims] = (uint8_t)(n <= 3                                              ? elements(topology, last, p, e)
                                            : topology == PUM_TOPOLOGY_TRIANGLE_STRIP_ADJACENCY ? strip_elements(last, p, piece->end, e)
                                                                                                : adjacent_elements(topology, last, p, e));
            for (uint32_t i = 0; i < n; i++) {
                prim[prims * stride + i] = (uint16_t)vertex_of(&g, base + e[i]);
            }
            w->prim_starts[prims] = p == 0 || !strip_of_lines(topology);
            prims++;
        }
    }
    *vertices = g.vertices;
    return prims;
}

/* -------- vertex shading -------- */

static void
fetch_batch(struct pum_front_worker *w, const struct pum_geom_state *gs, const struct pum_draw_call *c, uint32_t first, uint32_t *in,
            pum_vertex_fetch_fn fetch)
{
    const struct pum_draw_state *s = gs->s;
    const uint32_t wanted = s->vs_info->in_locations;
    for (uint32_t i = 0; i < s->attribute_count; i++) {
        const struct pum_vertex_attribute *a = &s->attribute[i];
        if (!(wanted >> (a->location & 31) & 1)) {
            continue;
        }
        const uint32_t bi = a->binding % PUM_MAX_VERTEX_BINDINGS;
        const struct pum_vertex_buffer *vb = &c->vertex_buffers[bi];
        const struct pum_vertex_binding *b = &s->binding[bi];
        uint32_t *out = in + (size_t)(a->location & 31) * 4 * PUM_LANES;
        const uint32_t *index = w->vertex_index + first;
        PUM_ALIGNED(64) uint32_t element[PUM_LANES];
        if (b->per_instance) {
            for (uint32_t l = 0; l < PUM_LANES; l++) {
                const uint32_t rel = w->instance_index[first + l] - c->first_instance;
                element[l] = c->first_instance + (b->divisor == 1 ? rel : b->divisor ? rel / b->divisor : 0);
            }
            index = element;
        }
        const bool have = vb->address && a->offset_B < vb->range_B;
        fetch((uint32_t(*)[PUM_LANES])out, have ? vb->address + a->offset_B : NULL, have ? vb->range_B - a->offset_B : 0, vb->stride_B, index,
              (enum pum_format)a->format);
    }
    for (uint32_t m = gs->missing; m; m &= m - 1) { /* SPEC: defaultVertexAttributeValue, zeros for all types alike */
        memset(in + (size_t)__builtin_ctz(m) * 4 * PUM_LANES, 0, 4 * PUM_LANES * 4);
    }
}

bool
pum_front_need_scratch(struct pum_front_worker *w, uint32_t size_B)
{
    if (size_B > w->scratch_B) {
        free(w->scratch);
        w->scratch_B = 0;
        w->scratch = aligned_alloc(64, PUM_ALIGN_UP((size_t)size_B, (size_t)64));
        if (!w->scratch) {
            return false;
        }
        w->scratch_B = size_B;
    }
    return true;
}

bool
pum_front_shade(struct pum_front_worker *w, const struct pum_geom_draw *d, uint32_t vertices)
{
    const struct pum_geom_state *gs = d->gs;
    const struct pum_shader_info *info = gs->s->vs_info;
    const uint32_t batch_words = gs->in_slots * PUM_LANES;
    if (w->vs_in_words < batch_words * VS_BATCHES) {
        free(w->vs_in);
        w->vs_in_words = 0;
        w->vs_in = aligned_alloc(64, (size_t)batch_words * VS_BATCHES * 4);
        if (!w->vs_in) {
            return false;
        }
        w->vs_in_words = batch_words * VS_BATCHES;
    }
    if (!pum_front_need_scratch(w, info->scratch_B)) {
        return false;
    }
    for (uint32_t v = vertices; v < PUM_ALIGN_UP(vertices, (uint32_t)PUM_LANES); v++) { /* lanes that do not count repeat the last vertex */
        w->vertex_index[v] = w->vertex_index[vertices - 1];
        w->instance_index[v] = w->instance_index[vertices - 1];
    }
    const pum_vertex_fetch_fn fetch = pum_rt_vertex_fetch(pum_cpu_isa());
    struct pum_vs_args args = {.in = w->vs_in, .in_slots = gs->in_slots, .out_stride = PUM_CHUNK_VERTICES,
                               .base_vertex = d->call.indices ? (uint32_t)d->call.vertex_offset : d->call.first,
                               .base_instance = d->call.first_instance, .draw_index = d->call.draw_index, .view_index = d->call.view_index,
                               .scratch = w->scratch};
    for (uint32_t first = 0; first < vertices; first += VS_BATCHES * PUM_LANES) {
        args.vertices = PUM_MIN(vertices - first, VS_BATCHES * PUM_LANES);
        args.batches = PUM_DIV_ROUND_UP(args.vertices, (uint32_t)PUM_LANES);
        if (gs->in_slots) {
            for (uint32_t b = 0; b < args.batches; b++) {
                fetch_batch(w, gs, &d->call, first + b * PUM_LANES, w->vs_in + (size_t)b * batch_words, fetch);
            }
        }
        args.out = w->vs_out + first;
        args.vertex_index = w->vertex_index + first;
        args.instance_index = w->instance_index + first;
        gs->s->vs->run(gs->s->vs, d->call.vs_ctx, &args);
    }
    return true;
}

static void
distance_codes(struct pum_front_worker *w, uint32_t slot, uint32_t count, uint32_t first_bit, uint32_t vertices)
{
    for (uint32_t k = 0; k < count && k < 8; k++) {
        const uint32_t *d = w->vs_out + (size_t)(slot + k) * PUM_CHUNK_VERTICES;
        for (uint32_t v = 0; v < vertices; v++) {
            float f;
            memcpy(&f, &d[v], 4);
            w->code[v] |= f >= 0.0f ? 0 : first_bit << k;
        }
    }
}

/* -------- primitives of one draw -------- */

void
pum_front_count(uint64_t *counter, uint64_t n)
{
    if (counter && n) {
        __atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
    }
}

void
pum_front_emit(struct pum_front_worker *w, const struct pum_geom_draw *d, uint32_t prims)
{
    const struct pum_geom_state *gs = d->gs;
    const uint32_t n = gs->verts_per_prim;
    const bool clip_z = gs->s->depth_clip, fill = gs->s->polygon_mode == PUM_POLYGON_FILL;
    const uint32_t clip_bits = PUM_CLIP_W | PUM_CLIP_GUARD | 0xffu * PUM_CLIP_USER0 | (clip_z ? PUM_CLIP_NEAR | PUM_CLIP_FAR : 0);
    const uint16_t *const own = gs->s->mesh ? w->prim_own : NULL; /* where what belongs to primitives stands */
    const bool own_rows = gs->n_prim_inputs;
    for (uint32_t p = 0; p < prims && !w->failed; p++) {
        const uint16_t *v = w->prim_v[p];
        uint32_t all = w->code[v[0]], any = all;
        w->stipple = w->prim_starts[p] ? 0.0 : w->stipple;
        for (uint32_t i = 1; i < n; i++) {
            all &= w->code[v[i]];
            any |= w->code[v[i]];
        }
        if ((all & (PUM_CLIP_VOLUME | 0xffffu << 16)) || (any & PUM_CLIP_NAN)) {
            continue;
        }
        const uint32_t flat = v[w->prim_flat[p]];
        struct pum_prim_info info = {.primitive_id = w->prim_id[p]};
        uint32_t layer = d->call.base_layer;
        if (gs->has_layer) {
            layer += w->vs_out[(size_t)PUM_VS_LAYER * PUM_CHUNK_VERTICES + (own ? own[p] : flat)];
        }
        if (layer >= w->layers) {
            continue;
        }
        info.layer = (uint16_t)layer;
        if (gs->has_viewport) {
            const uint32_t viewport = w->vs_out[(size_t)PUM_VS_VIEWPORT * PUM_CHUNK_VERTICES + (own ? own[p] : flat)];
            info.viewport = viewport < PUM_MAX_VIEWPORTS ? (uint8_t)viewport : 0;
        }
        if ((any & clip_bits) || info.viewport) {
            if (!gs->corners || w->count_only) {
                info.flat = pum_front_row(w, flat);
            } else if (!pum_front_corners(w, v, n, w->prim_flat[p], &info)) {
                return;
            }
            if (own_rows) {
                info.flat = own_row(w, info.flat, own[p]);
            }
            pum_clip_prim(w, v, n, &info);
            continue;
        }
        if (n == 3 && fill) { /* most triangles that go are gone before anything is stored for them */
            const int64_t area2 = (int64_t)(w->x[v[1]] - w->x[v[0]]) * (w->y[v[2]] - w->y[v[0]]) -
                                  (int64_t)(w->x[v[2]] - w->x[v[0]]) * (w->y[v[1]] - w->y[v[0]]);
            const bool front = (area2 < 0) == (gs->s->front_face == PUM_FRONT_CCW);
            w->clip_primitives++;
            if (area2 == 0 || (gs->s->cull_mode & (front ? PUM_CULL_FRONT_BIT : PUM_CULL_BACK_BIT))) {
                continue;
            }
        } else {
            w->clip_primitives++;
        }
        const bool corners = gs->corners && !w->count_only;
        if (corners && !pum_front_corners(w, v, n, w->prim_flat[p], &info)) {
            return;
        }
        struct pum_screen_vertex s[3];
        for (uint32_t i = 0; i < n && !corners && !w->count_only; i++) { /* first, so that no call stands in the loop below */
            if (!w->row[v[i]]) {
                make_row(w, v[i]);
            }
        }
        if (w->failed) {
            return;
        }
        for (uint32_t i = 0; i < n; i++) {
            s[i] = (struct pum_screen_vertex){w->x[v[i]], w->y[v[i]], w->z[v[i]], corners ? info.rows[i] : w->row[v[i]] - 1};
        }
        info.flat = corners ? info.flat : w->row[flat] - 1;
        if (own_rows) {
            info.flat = own_row(w, info.flat, own[p]);
        }
        if (n == 3 && !fill) {
            float sizes[3];
            for (uint32_t i = 0; i < 3; i++) {
                memcpy(&sizes[i], &w->vs_out[(size_t)PUM_VS_POINT_SIZE * PUM_CHUNK_VERTICES + v[i]], 4);
            }
            pum_setup_polygon(w, s, 3, 7, gs->has_point_size ? sizes : NULL, &info);
        } else if (n == 3) {
            pum_setup_triangle(w, s, &info);
        } else if (n == 2) {
            pum_setup_line(w, s, &info, 0.0f, true);
        } else {
            const uint32_t *size = &w->vs_out[(size_t)PUM_VS_POINT_SIZE * PUM_CHUNK_VERTICES + v[0]];
            float f = 1.0f;
            if (gs->has_point_size) {
                memcpy(&f, size, 4);
            }
            pum_setup_point(w, &s[0], f, &info, 0.0f, true);
        }
    }
}

void
pum_front_transform(struct pum_front_worker *w, const struct pum_geom_draw *d, uint32_t vertices)
{
    const struct pum_xf_out xf_out = {w->x, w->y, w->z, w->rhw, w->code};
    float *pos = (float *)(void *)w->vs_out;
    w->frame->k->transform(&d->gs->xf[0], pos, PUM_CHUNK_VERTICES, vertices, &xf_out);
    const struct pum_shader_info *info = d->gs->last;
    distance_codes(w, PUM_VS_CLIP_DISTANCE, info->clip_distances, PUM_CLIP_USER0, vertices);
    distance_codes(w, PUM_VS_CULL_DISTANCE, info->cull_distances, PUM_CLIP_CULL0, vertices);
}

/* A strip of stippled lines that other chunks have begun: their vertices again, for where the stipple has come to. */
static bool
stipple_before(struct pum_front_worker *w, const struct pum_piece *piece)
{
    bool ok = true;
    w->count_only = true;
    for (uint32_t from = 0; from < piece->first && ok; from += PUM_CHUNK_PRIMS) {
        struct pum_piece part = *piece;
        part.first = from;
        part.count = PUM_MIN(PUM_CHUNK_PRIMS, piece->first - from);
        uint32_t vertices;
        const uint32_t prims = pum_front_assemble(w, &part, 1, w->prim_v[0], 3, &vertices);
        ok = pum_front_shade(w, piece->draw, vertices);
        if (ok) {
            pum_front_transform(w, piece->draw, vertices);
            pum_front_emit(w, piece->draw, prims);
        }
    }
    w->count_only = false;
    return ok;
}

static bool
add_draw(struct pum_front_worker *w, const struct pum_geom_draw *d)
{
    if (w->draw_count == w->draw_cap) {
        void *p = w->draws;
        if (!pum_grow(&p, &w->draw_cap, w->draw_count + 1, sizeof(w->draws[0]))) {
            return false;
        }
        w->draws = p;
    }
    w->draws[w->draw_count++] = &d->tile;
    return true;
}

/* All pieces of one draw in the chunk. */
static void
run_draw(struct pum_front_worker *w, const struct pum_piece *pieces, uint32_t n_pieces)
{
    const struct pum_geom_draw *d = pieces[0].draw;
    if (!add_draw(w, d)) {
        w->failed = true;
        return;
    }
    w->draw = d;
    w->gs = d->gs;
    if (d->tile.clear) {
        pum_setup_clear(w, d);
        return;
    }
    if (d->gs->s->mesh) {
        w->failed = !pum_mesh_run(w, pieces, n_pieces) || w->failed;
        return;
    }
    if (d->gs->tess_vertices) {
        w->failed = !pum_tess_run(w, pieces, n_pieces) || w->failed;
        return;
    }
    if (d->gs->s->gs) {
        w->failed = !pum_gs_run(w, pieces, n_pieces) || w->failed;
        return;
    }
    if (d->gs->s->line_stipple && pieces[0].first && strip_of_lines(d->gs->s->topology) && !d->gs->s->rasterizer_discard &&
        !stipple_before(w, &pieces[0])) {
        w->failed = true;
        return;
    }
    uint32_t vertices;
    const uint32_t prims = pum_front_assemble(w, pieces, n_pieces, w->prim_v[0], 3, &vertices);
    const struct pum_draw_counters *c = &d->call.counters;
    pum_front_count(c->ia_primitives, prims);
    pum_front_count(c->vs_invocations, vertices);
    pum_front_count(c->generated[0], prims);
    const bool discard = d->gs->s->rasterizer_discard || d->gs->no_position || d->gs->s->raster_stream;
    if (discard && !d->gs->s->vs_info->has_side_effects && !d->call.xfb) {
        return;
    }
    if (!pum_front_shade(w, d, vertices) || (d->call.xfb && !pum_xfb_capture(w, d, d->gs->s->vs_info, 0, prims, d->gs->verts_per_prim))) {
        w->failed = true;
        return;
    }
    if (discard) {
        return;
    }
    pum_front_transform(w, d, vertices);
    w->clip_primitives = 0;
    pum_front_emit(w, d, prims);
    pum_front_count(c->clip_invocations, prims);
    pum_front_count(c->clip_primitives, w->clip_primitives);
}

/* Bins in the order of primitives become lists per tile: a counting sort over the box of tiles. */
static bool
sort_bins(struct pum_front_worker *w, struct pum_segment *seg)
{
    seg->prims = w->prims;
    seg->vertices = w->rows;
    pum_slab_commit(&w->prims_slab, (size_t)w->prim_count * sizeof(struct pum_prim));
    pum_slab_commit(&w->rows_slab, (size_t)w->row_units * 16);
    if (!w->bin_count) {
        seg->tw = seg->th = seg->tl = 0;
        return true;
    }
    seg->tx0 = w->tx0;
    seg->ty0 = w->ty0;
    seg->l0 = w->l0;
    seg->tw = w->tx1 - w->tx0 + 1;
    seg->th = w->ty1 - w->ty0 + 1;
    seg->tl = w->l1 - w->l0 + 1;
    const size_t tiles = (size_t)seg->tw * seg->th * seg->tl;
    const size_t head_B = w->draw_count * sizeof(w->draws[0]);
    uint8_t *mem = pum_slab_reserve(&w->bins_slab, head_B + (tiles + 1) * 4 + (size_t)w->bin_count * 4);
    if (!mem) {
        return false;
    }
    pum_slab_commit(&w->bins_slab, head_B + (tiles + 1) * 4 + (size_t)w->bin_count * 4);
    memcpy(mem, w->draws, head_B);
    seg->draws = (const struct pum_tile_draw *const *)(const void *)mem;
    uint32_t *first = (uint32_t *)(void *)(mem + head_B), *entries = first + tiles + 1;
    memset(first, 0, (tiles + 1) * 4);
    for (uint32_t i = 0; i < w->bin_count; i++) {
        struct pum_bin *b = &w->bins[i];
        const uint32_t x = (b->tile & 0xff) - seg->tx0, y = (b->tile >> 8 & 0xff) - seg->ty0, l = (b->tile >> 16) - seg->l0;
        b->tile = (l * seg->th + y) * seg->tw + x;
        first[b->tile + 1]++;
    }
    for (size_t t = 0; t < tiles; t++) {
        first[t + 1] += first[t];
    }
    for (uint32_t i = w->bin_count; i-- > 0;) { /* from behind: first[t + 1] counts down to the start of tile t */
        entries[--first[w->bins[i].tile + 1]] = w->bins[i].entry;
    }
    for (size_t t = 0; t < tiles; t++) { /* now first[t + 1] is the start of t: shift */
        first[t] = first[t + 1];
    }
    first[tiles] = w->bin_count;
    seg->first = first;
    seg->entries = entries;
    return true;
}

bool
pum_front_run(struct pum_front_worker *w, const struct pum_tile_frame *frame, uint32_t layers, const struct pum_piece *pieces,
              struct pum_chunk *chunk)
{
    w->frame = frame;
    w->layers = layers;
    w->failed = false;
    w->chunk = chunk;
    chunk->xfb = chunk->xfb_last = NULL;
    w->draw_count = w->bin_count = w->prim_count = w->row_units = 0;
    w->tx0 = w->ty0 = w->l0 = ~0u;
    w->tx1 = w->ty1 = w->l1 = 0;
    w->prim_cap = chunk->prims + 16;
    w->row_cap = 1024;
    w->prims = pum_slab_reserve(&w->prims_slab, (size_t)w->prim_cap * sizeof(struct pum_prim));
    w->rows = pum_slab_reserve(&w->rows_slab, (size_t)w->row_cap * 16);
    if (!w->prims || !w->rows) {
        return false;
    }
    const struct pum_piece *p = pieces + chunk->piece, *end = p + chunk->pieces;
    while (p < end && !w->failed) {
        uint32_t n = 1;
        while (p + n < end && p[n].draw == p->draw) {
            n++;
        }
        run_draw(w, p, n);
        p += n;
    }
    return !w->failed && sort_bins(w, &chunk->seg);
}
