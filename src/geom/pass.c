/* Rounds of a pass: queue, front ends in parallel, tiles in parallel. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "geom/front.h"
#include "util/arena.h"
#include "util/trace.h"
#include "util/worker_pool.h"

#define QUEUE_PRIMS  ((uint64_t)1 << 20) /* a round starts at the latest when so many primitives or pieces are queued */
#define QUEUE_PIECES (1u << 16)
#define BUDGET_B     ((size_t)64 << 20)  /* memory of chunks in one round; one chunk per worker may go beyond */
#define BESIDE_B     ((size_t)16 << 20)  /* the same of a pass beside another one */
#define TASKS_B ((size_t)4 << 20)        /* what task workgroups may leave before their mesh workgroups run */
#define INLINE_PRIMS 48u                 /* fewer are not worth waking anybody */

struct pum_pass {
    struct pum_pool *pool;
    struct pum_raster_targets targets;
    struct pum_tile_frame frame;
    const struct pum_draw_state *state;
    struct pum_geom_state *baked;       /* of state, NULL: not yet */
    struct pum_slab slab;               /* baked states and draws of the round; keeps its memory */
    struct pum_piece *pieces;
    uint32_t piece_count, piece_cap;
    struct pum_chunk *chunks;
    uint32_t chunk_count, chunk_cap;
    const struct pum_segment **segments;
    uint32_t segment_count, segment_cap;
    uint64_t queued_prims;
    uint8_t *tasks;                     /* [TASKS_B], made by the first task shader */
    size_t tasks_B;                     /* in use */
    bool load_pending, resolve_pending;
    bool begun;                         /* tiles have run before */
    uint32_t parts;                     /* of the tasks running: enum pum_tile_part */
    bool failed;                        /* set by tasks, too */
    void (*gate)(void *arg);            /* NULL: open */
    void *gate_arg;
    uint32_t slots;
    struct pum_front_worker **front;    /* [slots] */
    struct pum_tile_worker **tile;      /* [slots] */
    bool borrows_tile;                  /* from the pass that this one was created beside */
    size_t budget_B;
    uint32_t chunk_base;                /* of the tasks running */
    size_t used_B;                      /* by all workers in this round, atomically */
    uint32_t tx0, ty0, tw, th, l0;      /* tiles of the tasks running */
    uint32_t name;                      /* in the trace */
    bool has_single;                    /* among the attachments */
    uint8_t *backing;                   /* memory of their samples, or NULL */
    size_t backing_B;
};

/* Tile workers keep nothing from one tile to the next: a thread needs one, however many passes it works for. */
static struct pum_pass *
create(struct pum_pool *pool, struct pum_tile_worker **tile)
{
    struct pum_pass *p = calloc(1, sizeof(*p));
    if (!p) {
        return NULL;
    }
    p->pool = pool;
    p->slots = pum_pool_slots(pool);
    p->front = calloc(p->slots, sizeof(struct pum_front_worker *));
    p->borrows_tile = tile != NULL;
    p->tile = tile ? tile : calloc(p->slots, sizeof(struct pum_tile_worker *));
    p->budget_B = tile ? BESIDE_B : BUDGET_B;
    if (!p->front || !p->tile) {
        pum_pass_destroy(p);
        return NULL;
    }
    return p;
}

struct pum_pass *
pum_pass_create(struct pum_pool *pool)
{
    return create(pool, NULL);
}

struct pum_pass *
pum_pass_create_beside(struct pum_pass *other)
{
    return create(other->pool, other->tile);
}

/* -------- several samples of images with one. SPEC: multisampled-render-to-single-sampled -------- */

static void
drop_backing(struct pum_pass *p)
{
    if (p->backing) {
        munmap(p->backing, p->backing_B);
    }
    p->backing = NULL;
}

/* The samples stand in blocks of their own; where, turns out when a worker's memory isn't enough. */
static void
hide_samples(struct pum_pass *p, struct pum_raster_attachment *a)
{
    const struct pum_raster_targets *t = &p->targets;
    a->single = a->single && a->plane.base && t->samples > 1;
    if (!a->single) {
        return;
    }
    const uint32_t texel_B = pum_raster_texel_B(a->plane.format), log2 = (uint32_t)__builtin_ctz(t->samples);
    p->has_single = true;
    a->resolve = a->plane;
    a->store = false;
    a->plane.layout = PUM_TEXEL_BLOCK;
    a->plane.samples_log2 = (uint8_t)log2;
    a->plane.sample_pitch_B = (uint64_t)16 * texel_B;
    a->plane.row_pitch_B = ((t->width + 3) / 4 * 16 * texel_B) << log2;
    a->plane.layer_pitch_B = (uint64_t)a->plane.row_pitch_B * ((t->height + 3) / 4);
}

/* Untouched pages cost nothing. */
static bool
back_samples(struct pum_pass *p)
{
    struct pum_raster_targets *t = &p->targets;
    size_t need_B = 0;
    for (uint32_t round = 0; round < 2; round++) {
        size_t at_B = 0;
        for (uint32_t i = 0; i < t->color_count + 2; i++) {
            struct pum_raster_attachment *a = i < t->color_count ? &t->color[i] : i == t->color_count ? &t->depth : &t->stencil;
            if (a->single && a->plane.base) {
                a->plane.base = round ? p->backing + at_B : a->plane.base;
                at_B += PUM_ALIGN_UP((size_t)a->plane.layer_pitch_B * t->layers, (size_t)64);
            }
        }
        need_B = at_B;
        if (round == 0) {
            void *m = mmap(NULL, need_B, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
            if (m == MAP_FAILED) {
                return false;
            }
            p->backing = m;
            p->backing_B = need_B;
        }
    }
    p->frame.backed = true;
    return true;
}

void
pum_pass_destroy(struct pum_pass *p)
{
    if (!p) {
        return;
    }
    for (uint32_t i = 0; i < p->slots; i++) {
        pum_front_worker_destroy(p->front ? p->front[i] : NULL);
        pum_tile_worker_destroy(p->tile && !p->borrows_tile ? p->tile[i] : NULL);
    }
    drop_backing(p);
    free(p->front);
    if (!p->borrows_tile) {
        free(p->tile);
    }
    free(p->pieces);
    free(p->chunks);
    free(p->segments);
    free(p->tasks);
    pum_slab_finish(&p->slab);
    free(p);
}

static void
reset_round(struct pum_pass *p)
{
    p->piece_count = p->chunk_count = 0;
    p->queued_prims = 0;
    p->baked = NULL;
    pum_slab_reset(&p->slab);
}

void
pum_pass_begin(struct pum_pass *p, const struct pum_raster_targets *targets)
{
    p->targets = *targets;
    struct pum_raster_targets *t = &p->targets;
    t->width = PUM_MIN(t->width, 16384u);
    t->height = PUM_MIN(t->height, 16384u);
    t->area_x = PUM_MIN(t->area_x, t->width);
    t->area_y = PUM_MIN(t->area_y, t->height);
    t->area_w = PUM_MIN(t->area_w, t->width - t->area_x);
    t->area_h = PUM_MIN(t->area_h, t->height - t->area_y);
    t->layers = PUM_MIN(PUM_MAX(t->layers, 1u), 65535u);
    t->color_count = PUM_MIN(t->color_count, (uint32_t)PUM_MAX_RENDER_TARGETS);
    p->has_single = false;
    drop_backing(p);
    for (uint32_t i = 0; i < t->color_count; i++) {
        hide_samples(p, &t->color[i]);
    }
    hide_samples(p, &t->depth);
    hide_samples(p, &t->stencil);
    pum_tile_frame_init(&p->frame, t);
    p->state = NULL;
    p->failed = false;
    p->gate = NULL;
    p->name = 0;
    p->load_pending = t->depth.load_op == PUM_LOAD_OP_CLEAR || t->stencil.load_op == PUM_LOAD_OP_CLEAR;
    p->resolve_pending = t->depth.resolve_mode != PUM_RESOLVE_NONE || t->stencil.resolve_mode != PUM_RESOLVE_NONE;
    p->load_pending = p->load_pending || p->has_single;
    p->begun = false;
    p->tasks_B = 0;
    for (uint32_t i = 0; i < t->color_count; i++) {
        p->load_pending = p->load_pending || t->color[i].load_op == PUM_LOAD_OP_CLEAR;
        p->resolve_pending = p->resolve_pending || t->color[i].resolve_mode != PUM_RESOLVE_NONE;
    }
    reset_round(p);
}

void
pum_pass_set_gate(struct pum_pass *p, void (*gate)(void *arg), void *arg)
{
    p->gate = gate;
    p->gate_arg = arg;
}

void
pum_pass_set_name(struct pum_pass *p, uint32_t name)
{
    p->name = name;
}

void
pum_pass_set_state(struct pum_pass *p, const struct pum_draw_state *state)
{
    p->state = state;
    p->baked = NULL;
    p->frame.pack = p->frame.pack && !(state->fs && state->fs_info->reads_attachments);
}

/* -------- queueing -------- */

static void
fail(struct pum_pass *p)
{
    __atomic_store_n(&p->failed, true, __ATOMIC_RELAXED);
}

static bool
push_piece(struct pum_pass *p, const struct pum_piece *piece)
{
    if (p->piece_count == p->piece_cap) {
        void *m = p->pieces;
        if (!pum_grow(&m, &p->piece_cap, p->piece_count + 1, sizeof(*p->pieces))) {
            fail(p);
            return false;
        }
        p->pieces = m;
    }
    struct pum_chunk *c = p->chunk_count ? &p->chunks[p->chunk_count - 1] : NULL;
    const uint32_t prims = piece->count * (piece->draw->gs ? piece->draw->gs->weight : 1u);
    if (!c || c->prims + prims > PUM_CHUNK_PRIMS) {
        if (p->chunk_count == p->chunk_cap) {
            void *m = p->chunks;
            if (!pum_grow(&m, &p->chunk_cap, p->chunk_count + 1, sizeof(*p->chunks))) {
                fail(p);
                return false;
            }
            p->chunks = m;
        }
        c = &p->chunks[p->chunk_count++];
        memset(c, 0, sizeof(*c));
        c->piece = p->piece_count;
    }
    p->pieces[p->piece_count++] = *piece;
    c->pieces++;
    c->prims += prims;
    p->queued_prims += prims;
    return true;
}

static struct pum_geom_draw *
new_draw(struct pum_pass *p)
{
    if (!p->baked && p->state) {
        p->baked = pum_slab_reserve(&p->slab, sizeof(*p->baked));
        if (!p->baked) {
            fail(p);
            return NULL;
        }
        pum_slab_commit(&p->slab, sizeof(*p->baked));
        pum_geom_state_bake(p->baked, p->state, &p->frame);
    }
    struct pum_geom_draw *d = pum_slab_reserve(&p->slab, sizeof(*d));
    if (!d) {
        fail(p);
        return NULL;
    }
    pum_slab_commit(&p->slab, sizeof(*d));
    memset(d, 0, sizeof(*d));
    d->gs = p->baked;
    d->tile.state = p->baked ? &p->baked->tile : NULL;
    return d;
}

static struct pum_geom_draw *
new_draw_of(struct pum_pass *p, const struct pum_draw_call *call)
{
    struct pum_geom_draw *d = new_draw(p);
    if (d) {
        d->call = *call;
        d->tile.fs_ctx = call->fs_ctx;
        d->tile.samples_passed = call->counters.samples_passed;
        d->tile.fs_invocations = call->counters.fs_invocations;
        d->tile.view_index = call->view_index;
    }
    return d;
}

/* Primitives that n vertices make. SPEC: drawing-primitive-topologies. */
static uint32_t
prims_of(const struct pum_draw_state *s, uint32_t n)
{
    switch ((enum pum_topology)s->topology) {
    case PUM_TOPOLOGY_PATCH_LIST:
        return s->patch_vertices ? n / s->patch_vertices : 0;
    case PUM_TOPOLOGY_POINT_LIST:
        return n;
    case PUM_TOPOLOGY_LINE_LIST:
        return n / 2;
    case PUM_TOPOLOGY_LINE_STRIP:
        return n > 1 ? n - 1 : 0;
    case PUM_TOPOLOGY_TRIANGLE_LIST:
        return n / 3;
    case PUM_TOPOLOGY_TRIANGLE_STRIP:
    case PUM_TOPOLOGY_TRIANGLE_FAN:
        return n > 2 ? n - 2 : 0;
    case PUM_TOPOLOGY_LINE_LIST_ADJACENCY:
        return n / 4;
    case PUM_TOPOLOGY_LINE_STRIP_ADJACENCY:
        return n > 3 ? n - 3 : 0;
    case PUM_TOPOLOGY_TRIANGLE_LIST_ADJACENCY:
        return n / 6;
    case PUM_TOPOLOGY_TRIANGLE_STRIP_ADJACENCY:
        return n > 5 ? (n - 4) / 2 : 0;
    case PUM_TOPOLOGY_COUNT:
    default:
        return 0;
    }
}

static bool
queue_full(const struct pum_pass *p)
{
    return p->queued_prims >= QUEUE_PRIMS || p->piece_count >= QUEUE_PIECES;
}

/* Cuts the primitives of one run of vertices (of one instance) into pieces that fill the chunks. */
static struct pum_geom_draw *
queue_run(struct pum_pass *p, struct pum_geom_draw *d, uint32_t instance, uint32_t stream, uint32_t id, uint32_t prims)
{
    const uint32_t weight = d->gs->weight;
    for (uint32_t first = 0; first < prims;) {
        if (queue_full(p)) { /* the draw goes on in the next round, as a new one */
            const struct pum_draw_call call = d->call;
            const uint8_t *const tasks = d->tasks;
            if (!pum_pass_flush(p) || !(d = new_draw_of(p, &call))) {
                return NULL;
            }
            d->tasks = tasks;
        }
        const uint32_t used = p->chunk_count ? p->chunks[p->chunk_count - 1].prims : PUM_CHUNK_PRIMS;
        const uint32_t left = (PUM_CHUNK_PRIMS - PUM_MIN(used, PUM_CHUNK_PRIMS)) / weight, room = left ? left : PUM_CHUNK_PRIMS / weight;
        const struct pum_piece piece = {d, instance, first, PUM_MIN(room, prims - first), stream, prims, id};
        if (!push_piece(p, &piece)) {
            return NULL;
        }
        first += piece.count;
    }
    return d;
}

static uint32_t
index_at(const struct pum_draw_call *c, uint64_t i)
{
    const uint64_t at = i * c->index_size_B;
    uint32_t v = 0;
    if (at + c->index_size_B <= c->index_range_B) {
        memcpy(&v, c->indices + at, c->index_size_B); /* little endian */
    }
    return v;
}

/* -------- mesh shaders -------- */

static struct pum_front_worker *
front_worker(struct pum_pass *p, uint32_t worker)
{
    if (!p->front[worker] && !(p->front[worker] = pum_front_worker_create())) {
        fail(p);
    }
    return p->front[worker];
}

struct task_job {
    struct pum_pass *p;
    const struct pum_draw_call *call;
    uint32_t first;   /* workgroup */
    uint8_t *out;
};

static void
mesh_task(void *arg, uint32_t index, uint32_t worker)
{
    const struct task_job *j = arg;
    struct pum_front_worker *w = front_worker(j->p, worker);
    struct pum_mesh_task *out = (struct pum_mesh_task *)(void *)(j->out + pum_mesh_task_B(j->p->state) * index);
    if (w && !pum_mesh_run_task(w, j->p->state, j->call, j->first + index, out)) {
        fail(j->p);
    }
}

/* Runs task workgroups, as many at a time as there is room for what they leave; their mesh workgroups are queued in their order. */
static void
queue_tasks(struct pum_pass *p, const struct pum_draw_call *call, uint32_t groups)
{
    const struct pum_shader_info *info = p->state->task_info;
    const size_t each_B = pum_mesh_task_B(p->state);
    if (!p->tasks && !(p->tasks = aligned_alloc(64, TASKS_B))) {
        fail(p);
        return;
    }
    pum_front_count(call->counters.task_invocations, (uint64_t)groups * info->local_size[0] * info->local_size[1] * info->local_size[2]);
    for (uint32_t first = 0; first < groups && !p->failed;) {
        const uint32_t wanted = PUM_MIN(groups - first, 64u);
        if ((TASKS_B - p->tasks_B) / each_B < wanted) { /* what stands there is needed until it has run */
            if (!pum_pass_flush(p)) {
                return;
            }
            p->tasks_B = 0;
        }
        const uint32_t n = PUM_MIN(groups - first, (uint32_t)((TASKS_B - p->tasks_B) / each_B));
        struct task_job job = {p, call, first, p->tasks + p->tasks_B};
        p->tasks_B += n * each_B;
        pum_pool_run(p->pool, n, n / (pum_pool_width(p->pool) * 8) + 1, mesh_task, &job);
        struct pum_geom_draw *d = p->failed ? NULL : new_draw_of(p, call);
        if (d) {
            d->tasks = job.out;
        }
        for (uint32_t i = 0; d && i < n; i++) {
            d = queue_run(p, d, i, 0, 0, pum_mesh_grid_size(pum_mesh_task_at(job.out, p->state, i)->grid));
        }
        first += n;
    }
}

static void
draw_mesh(struct pum_pass *p, const struct pum_draw_call *call)
{
    const uint32_t groups = pum_mesh_grid_size(call->groups);
    if (!groups) {
        return;
    }
    if (p->state->task) {
        queue_tasks(p, call, groups);
        return;
    }
    struct pum_geom_draw *d = new_draw_of(p, call);
    if (d) {
        queue_run(p, d, 0, 0, 0, groups);
    }
}

void
pum_pass_draw(struct pum_pass *p, const struct pum_draw_call *call)
{
    if (!p->state || p->failed) {
        return;
    }
    if (p->state->mesh) {
        draw_mesh(p, call);
        return;
    }
    if (!call->count || !call->instance_count) {
        return;
    }
    struct pum_geom_draw *d = new_draw_of(p, call);
    if (!d) {
        return;
    }
    if (call->counters.ia_vertices) {
        __atomic_fetch_add(call->counters.ia_vertices, (uint64_t)call->count * call->instance_count, __ATOMIC_RELAXED);
    }
    if (!p->baked->weight) {
        return;
    }
    const bool restart = p->state->primitive_restart && call->indices;
    const uint32_t largest = call->index_size_B == 1 ? 0xffu : call->index_size_B == 2 ? 0xffffu : 0xffffffffu;
    const uint32_t cut = call->own_restart ? call->restart_index : largest;
    for (uint32_t instance = 0; instance < call->instance_count && d; instance++) {
        if (!restart) {
            d = queue_run(p, d, instance, 0, 0, prims_of(p->state, call->count));
            continue;
        }
        uint32_t start = 0, id = 0;
        for (uint32_t i = 0; i <= call->count && d; i++) {
            if (i == call->count || index_at(call, (uint64_t)call->first + i) == cut) {
                const uint32_t prims = prims_of(p->state, i - start);
                d = queue_run(p, d, instance, start, id, prims);
                id += prims;
                start = i + 1;
            }
        }
    }
}

void
pum_pass_clear(struct pum_pass *p, const struct pum_pass_clear *c)
{
    if (p->failed) {
        return;
    }
    struct pum_geom_draw *d = new_draw(p);
    if (!d) {
        return;
    }
    const struct pum_raster_targets *t = &p->targets;
    const int64_t x1 = (int64_t)c->rect.x + c->rect.w, y1 = (int64_t)c->rect.y + c->rect.h;
    const int64_t ax1 = (int64_t)t->area_x + t->area_w, ay1 = (int64_t)t->area_y + t->area_h;
    d->clear_box = (struct pum_box){PUM_MAX(c->rect.x, (int32_t)t->area_x), PUM_MAX(c->rect.y, (int32_t)t->area_y),
                                    (int32_t)PUM_MIN(x1, ax1) - 1, (int32_t)PUM_MIN(y1, ay1) - 1};
    d->clear = (struct pum_tile_clear){c->color, c->depth, c->stencil, c->color_value, c->depth_value, c->stencil_value};
    d->tile.clear = &d->clear;
    d->layer0 = PUM_MIN(c->base_layer, t->layers);
    d->layers = PUM_MIN(c->layer_count, t->layers - d->layer0);
    const struct pum_piece piece = {.draw = d, .count = 1};
    push_piece(p, &piece);
}

/* -------- rounds -------- */

static void
front_task(void *arg, uint32_t index, uint32_t worker)
{
    struct pum_pass *p = arg;
    struct pum_chunk *c = &p->chunks[p->chunk_base + index];
    if (index && __atomic_load_n(&p->used_B, __ATOMIC_RELAXED) > p->budget_B) {
        return; /* stays for the next round */
    }
    struct pum_front_worker *w = front_worker(p, worker);
    if (!w) {
        return;
    }
    const size_t before_B = w->prims_slab.used_B + w->rows_slab.used_B + w->bins_slab.used_B + w->xfb_slab.used_B;
    if (!pum_front_run(w, &p->frame, p->targets.layers, p->pieces, c)) {
        fail(p);
        return;
    }
    const size_t after_B = w->prims_slab.used_B + w->rows_slab.used_B + w->bins_slab.used_B + w->xfb_slab.used_B;
    __atomic_fetch_add(&p->used_B, after_B - before_B, __ATOMIC_RELAXED);
    c->done = true;
}

static void
tile_task(void *arg, uint32_t index, uint32_t worker)
{
    struct pum_pass *p = arg;
    if (!p->tile[worker] && !(p->tile[worker] = pum_tile_worker_create())) {
        fail(p);
        return;
    }
    const uint32_t x = index % p->tw, rest = index / p->tw;
    const uint32_t y = rest % p->th, l = rest / p->th;
    if (!pum_tile_run(p->tile[worker], &p->frame, p->tx0 + x, p->ty0 + y, p->l0 + l, p->parts, p->segments, p->segment_count)) {
        fail(p);
    }
}

/* Which of two functions is decided once for a job. */
static void
traced_front_task(void *arg, uint32_t index, uint32_t worker)
{
    const struct pum_pass *p = arg;
    const uint64_t t0 = pum_trace_begin();
    const struct pum_chunk *c = &p->chunks[p->chunk_base + index];
    front_task(arg, index, worker);
    pum_trace_end(t0, &(struct pum_trace_event){.kind = "chunk", .name = p->name, .args = "number,primitives", .value = {p->chunk_base + index, c->prims}});
}

static void
traced_tile_task(void *arg, uint32_t index, uint32_t worker)
{
    const struct pum_pass *p = arg;
    const uint64_t t0 = pum_trace_begin();
    const uint32_t x = p->tx0 + index % p->tw, y = p->ty0 + index / p->tw % p->th, l = p->l0 + index / p->tw / p->th;
    tile_task(arg, index, worker);
    pum_trace_end(t0, &(struct pum_trace_event){.kind = "tile", .name = p->name, .args = "x,y,layer", .value = {x, y, l}});
}

static pum_task_fn
task_or_traced(pum_task_fn task, pum_task_fn traced)
{
    return PUM_UNLIKELY(__atomic_load_n(&pum_trace_on, __ATOMIC_RELAXED)) ? traced : task;
}

/* Tiles of segments [0, segment_count); with load operations or resolves all tiles of the render area. last: nothing follows in the pass. */
static void
run_tiles(struct pum_pass *p, bool last)
{
    const struct pum_raster_targets *t = &p->targets;
    if (!t->area_w || !t->area_h) {
        return;
    }
    uint32_t x0 = ~0u, y0 = ~0u, l0 = ~0u, x1 = 0, y1 = 0, l1 = 0;
    uint64_t entries = 0;
    for (uint32_t i = 0; i < p->segment_count; i++) {
        const struct pum_segment *s = p->segments[i];
        x0 = PUM_MIN(x0, s->tx0);
        y0 = PUM_MIN(y0, s->ty0);
        l0 = PUM_MIN(l0, s->l0);
        x1 = PUM_MAX(x1, s->tx0 + s->tw);
        y1 = PUM_MAX(y1, s->ty0 + s->th);
        l1 = PUM_MAX(l1, s->l0 + s->tl);
        entries += s->first[(size_t)s->tw * s->th * s->tl];
    }
    p->parts = (p->begun ? 0 : PUM_TILE_FIRST) | (last ? PUM_TILE_LAST : 0);
    if (p->has_single && !p->frame.backed && (p->parts != (PUM_TILE_FIRST | PUM_TILE_LAST) || !p->frame.pack) && !back_samples(p)) {
        fail(p);
        return;
    }
    if (p->load_pending || (last && p->resolve_pending)) {
        x0 = t->area_x / PUM_TILE_PX;
        y0 = t->area_y / PUM_TILE_PX;
        x1 = (t->area_x + t->area_w - 1) / PUM_TILE_PX + 1;
        y1 = (t->area_y + t->area_h - 1) / PUM_TILE_PX + 1;
        l0 = 0;
        l1 = t->layers;
    } else if (!p->segment_count) {
        return;
    }
    p->tx0 = x0;
    p->ty0 = y0;
    p->l0 = l0;
    p->tw = x1 - x0;
    p->th = y1 - y0;
    const uint32_t tiles = p->tw * p->th * (l1 - l0);
    const bool small = tiles <= 4 && entries < INLINE_PRIMS;
    if (p->gate) {
        p->gate(p->gate_arg);
        p->gate = NULL;
    }
    pum_pool_run(p->pool, tiles, small ? tiles : 1, task_or_traced(tile_task, traced_tile_task), p);
    p->load_pending = false;
    p->resolve_pending = p->resolve_pending && !last;
    p->begun = true;
}

static bool
flush(struct pum_pass *p, bool last)
{
    uint32_t next = 0;
    while (next < p->chunk_count && !p->failed) {
        const uint32_t left = p->chunk_count - next;
        p->chunk_base = next;
        p->used_B = 0;
        for (uint32_t i = 0; i < p->slots; i++) {
            if (p->front[i]) {
                pum_front_worker_reset(p->front[i]);
            }
        }
        pum_pool_run(p->pool, left, p->queued_prims < INLINE_PRIMS ? left : 1, task_or_traced(front_task, traced_front_task), p);
        uint32_t end = p->chunk_count;
        while (end > next && !p->chunks[end - 1].done) {
            end--;
        }
        /* A task that came late may have left a hole: fill it, order matters. */
        for (uint32_t i = next; i < end && !p->failed; i++) {
            if (!p->chunks[i].done) {
                p->chunk_base = i;
                pum_pool_run(p->pool, 1, 1, front_task, p);
            }
        }
        if (p->failed) {
            break;
        }
        if (p->segment_cap < end - next) {
            void *m = p->segments;
            if (!pum_grow(&m, &p->segment_cap, end - next, sizeof(*p->segments))) {
                fail(p);
                break;
            }
            p->segments = m;
        }
        p->segment_count = 0;
        pum_xfb_write(p->pool, &p->chunks[next], end - next);
        for (uint32_t i = next; i < end; i++) {
            if (p->chunks[i].seg.tw) {
                p->segments[p->segment_count++] = &p->chunks[i].seg;
            }
        }
        run_tiles(p, last && end == p->chunk_count);
        next = end;
    }
    reset_round(p);
    return !p->failed;
}

static void
keep(struct pum_raster_attachment *a)
{
    a->store = !a->single;
    if (a->single && a->resolve_mode == PUM_RESOLVE_NONE) {
        a->resolve_mode = PUM_RESOLVE_ZERO;
    }
}

void
pum_pass_keep(struct pum_pass *p)
{
    for (uint32_t i = 0; i < p->targets.color_count; i++) {
        keep(&p->targets.color[i]);
    }
    keep(&p->targets.depth);
    keep(&p->targets.stencil);
    p->resolve_pending = p->resolve_pending || p->has_single;
}

bool
pum_pass_flush(struct pum_pass *p)
{
    return flush(p, false);
}

bool
pum_pass_end(struct pum_pass *p)
{
    const bool ok = flush(p, true);
    if ((p->load_pending || p->resolve_pending) && !p->failed) {
        p->segment_count = 0;
        run_tiles(p, true);
    }
    drop_backing(p);
    p->state = NULL;
    return ok && !p->failed;
}
