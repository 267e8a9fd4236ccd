#include "exec/trace_calls.h"

#include <string.h>

#define EACH_LANE(l, mask) for (uint32_t left_ = (mask), l; left_ && (l = (uint32_t)__builtin_ctz(left_), 1); left_ &= left_ - 1)
#define ATTRIBUTE_WORDS (PUM_MAX_RAY_ATTRIBUTE_B / 4)
enum { KIND_FRONT = 0xfe, KIND_BACK = 0xff }; /* SPIR-V: HitKindFrontFacingTriangleKHR, HitKindBackFacingTriangleKHR */

struct pass;
struct level { /* what a shader that runs stands in */
    struct pum_tracer *t;
    uint32_t depth;    /* of traces */
    struct pass *pass; /* of an intersection shader: whose candidates it looks at */
};

/* What lanes want to call. */
struct want {
    const struct pum_shader *shader[PUM_LANES];
    uint64_t record[PUM_LANES];
};

/* One trace. */
struct pass {
    const struct pum_tracing_ray *in;
    struct want want;
    const struct pum_ray_group *group[PUM_LANES]; /* of the candidate */
    uint32_t kind[PUM_LANES];                     /* of committed generated hits: what was reported */
    _Alignas(64) uint32_t row[PUM_ROW_COUNT][PUM_LANES];
    uint32_t attribute[ATTRIBUTE_WORDS][PUM_LANES], committed[ATTRIBUTE_WORDS][PUM_LANES];
    struct pum_ray *ray; /* [16]; gone when the closest-hit and miss shaders run */
};

static void trace(struct pum_tracing_args *a, struct pum_tracing_ray *in);
static void call(struct pum_tracing_args *a, struct pum_tracing_call *c);
static void report(struct pum_tracing_args *a, struct pum_tracing_report *r);
static const struct pum_tracing_calls calls = {trace, call, report};

static bool
is_over(const struct pum_tracer *t)
{
    return t->failed || (t->ctx->stop && __atomic_load_n(t->ctx->stop, __ATOMIC_RELAXED));
}

/* ---- shader binding tables ---- */

/* The group at an index, and where the data of its record stands. NULL: there is none, or nothing that this pipeline knows. */
static const struct pum_ray_group *
find_group(const struct pum_tracer *t, enum pum_shader_table_kind kind, uint64_t index, uint64_t *record)
{
    const struct pum_shader_table *b = &t->table[kind];
    struct pum_group_id id;
    uint64_t at_B;
    if (!b->address || __builtin_mul_overflow(index, b->stride_B, &at_B) || b->size_B < PUM_GROUP_HANDLE_B || at_B > b->size_B - PUM_GROUP_HANDLE_B) {
        return NULL;
    }
    memcpy(&id, (const void *)(uintptr_t)(b->address + at_B), sizeof(id));
    *record = b->address + at_B + PUM_GROUP_HANDLE_B;
    return pum_ray_group_find(t->pipeline, id);
}

static const struct pum_shader *
general(const struct pum_ray_group *g, enum pum_stage stage)
{
    return g && g->general_stage == stage ? g->general : NULL;
}

static const struct pum_ray_group *
hit_group(const struct pass *p, const struct pum_tracer *t, uint32_t lane, const struct pum_ray_hit *h, uint64_t *record)
{
    const uint64_t index = (uint64_t)h->instance->sbt_offset + (uint64_t)h->geometry * (p->in->sbt_stride[lane] & 15) + (p->in->sbt_offset[lane] & 15);
    return find_group(t, PUM_TABLE_HIT, index, record);
}

/* Lanes of a mask, which is not empty, that want the same as its first one. */
static uint32_t
same_lanes(const struct want *w, uint32_t mask)
{
    const uint32_t first = (uint32_t)__builtin_ctz(mask);
    uint32_t same = 0;
    EACH_LANE(l, mask)
    {
        same |= (uint32_t)(w->shader[l] == w->shader[first] && w->record[l] == w->record[first]) << l;
    }
    return same;
}

/* ---- calls ---- */

/* Runs a shader. a: mask, record, ray, data and attributes are filled in; data_B: what `data` holds per lane. */
static void
run(struct level *level, const struct pum_shader *s, struct pum_tracing_args *a, uint32_t data_B)
{
    struct pum_tracer *t = level->t;
    const struct pum_ray_mark mark = pum_ray_stack_mark(t->stack);
    uint32_t *given = a->data;
    const bool larger = s->info.trace_data_B > data_B; /* not valid, but what is asked for must be there */
    a->scratch = pum_ray_stack_take(t->stack, s->info.scratch_B);
    if (larger) {
        a->data = pum_ray_stack_take(t->stack, (size_t)s->info.trace_data_B * PUM_LANES);
    }
    if (!a->scratch || (larger && !a->data) || !pum_ray_stack_has_room()) {
        t->failed = true;
        pum_ray_stack_release(t->stack, mark);
        return;
    }
    if (larger) {
        memset(a->data, 0, (size_t)s->info.trace_data_B * PUM_LANES);
        memcpy(a->data, given, (size_t)data_B * PUM_LANES);
    }
    a->ignored = a->terminated = 0;
    memcpy(a->launch_size, t->size, sizeof(a->launch_size));
    a->launch_id = t->id[0];
    a->calls = &calls;
    a->level = level;
    s->code->run(s->code, t->ctx, a);
    if (larger) {
        memcpy(given, a->data, (size_t)data_B * PUM_LANES);
    }
    pum_ray_stack_release(t->stack, mark);
}

static void
call(struct pum_tracing_args *a, struct pum_tracing_call *c)
{
    const struct level *outer = a->level;
    struct level level = {outer->t, outer->depth, NULL};
    struct want w;
    uint32_t mask = 0;
    EACH_LANE(l, c->mask)
    {
        w.shader[l] = general(find_group(level.t, PUM_TABLE_CALLABLE, c->index[l], &w.record[l]), PUM_STAGE_CALLABLE);
        mask |= (uint32_t)(w.shader[l] != NULL) << l;
    }
    for (uint32_t same; mask && !is_over(level.t); mask &= ~same) {
        const uint32_t first = (uint32_t)__builtin_ctz(mask);
        same = same_lanes(&w, mask);
        struct pum_tracing_args callee = {.mask = same, .record = w.record[first], .data = c->data};
        run(&level, w.shader[first], &callee, c->data_B);
    }
}

bool
pum_tracer_launch(struct pum_tracer *t, uint32_t mask)
{
    struct level level = {t, 0, NULL};
    struct pum_tracing_args a = {.mask = mask};
    const struct pum_shader *s = general(find_group(t, PUM_TABLE_RAYGEN, 0, &a.record), PUM_STAGE_RAYGEN);
    t->failed = false;
    if (s && mask) {
        run(&level, s, &a, 0);
    }
    return !t->failed;
}

/* ---- rows ---- */

static void
put_words(struct pass *p, uint32_t row, uint32_t lane, const uint32_t *words, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        p->row[row + i][lane] = words[i];
    }
}

static void
put_float(uint32_t *to, float v)
{
    memcpy(to, &v, sizeof(v));
}

static uint32_t
triangle_kind(const struct pum_ray_hit *h)
{
    return h->front ? KIND_FRONT : KIND_BACK;
}

/* What shaders may ask about a hit of a lane; the rare things only if they do. reads: pum_tracing_reads. */
static void
fill_rows(struct pass *p, const struct pum_rt_table *rt, uint32_t l, const struct pum_ray_hit *h, uint32_t kind, uint32_t reads)
{
    const struct pum_accel_instance *inst = h->instance;
    uint32_t words[3];
    put_float(&p->row[PUM_ROW_T_MAX][l], h->t);
    p->row[PUM_ROW_HIT_KIND][l] = kind;
    p->row[PUM_ROW_PRIMITIVE_ID][l] = h->primitive;
    p->row[PUM_ROW_GEOMETRY_INDEX][l] = h->geometry;
    p->row[PUM_ROW_INSTANCE_ID][l] = inst->id;
    p->row[PUM_ROW_CUSTOM_INDEX][l] = inst->custom_index;
    if (reads & PUM_READS_OBJECT_RAY_BIT) {
        rt->ray_get(&p->ray[l], h, PUM_RAY_OBJECT_ORIGIN, 0, words);
        put_words(p, PUM_ROW_OBJECT_ORIGIN, l, words, 3);
        rt->ray_get(&p->ray[l], h, PUM_RAY_OBJECT_DIRECTION, 0, words);
        put_words(p, PUM_ROW_OBJECT_DIRECTION, l, words, 3);
    }
    for (uint32_t i = 0; i < 4 && reads & PUM_READS_OBJECT_TO_WORLD_BIT; i++) {
        rt->ray_get(&p->ray[l], h, PUM_RAY_TO_WORLD, i, words);
        put_words(p, PUM_ROW_OBJECT_TO_WORLD + i * 3, l, words, 3);
    }
    for (uint32_t i = 0; i < 4 && reads & PUM_READS_WORLD_TO_OBJECT_BIT; i++) {
        rt->ray_get(&p->ray[l], h, PUM_RAY_TO_OBJECT, i, words);
        put_words(p, PUM_ROW_WORLD_TO_OBJECT + i * 3, l, words, 3);
    }
    for (uint32_t i = 0; i < 3 && reads & PUM_READS_POSITIONS_BIT && h->kind == PUM_HIT_TRIANGLE; i++) {
        rt->ray_get(&p->ray[l], h, PUM_RAY_POSITION, i, words);
        put_words(p, PUM_ROW_POSITIONS + i * 3, l, words, 3);
    }
}

static void
put_barycentrics(uint32_t attribute[ATTRIBUTE_WORDS][PUM_LANES], uint32_t lane, const struct pum_ray_hit *h)
{
    put_float(&attribute[0][lane], h->u);
    put_float(&attribute[1][lane], h->v);
}

/* ---- traversal ---- */

static struct pum_tracing_args
arguments(struct pass *p, uint32_t mask, uint64_t record, uint32_t attribute[ATTRIBUTE_WORDS][PUM_LANES])
{
    return (struct pum_tracing_args){.mask = mask, .record = record, .ray = p->row[0], .data = p->in->data, .attributes = attribute[0]};
}

static void
any_hit_triangles(struct level *level, struct pass *p, uint32_t mask)
{
    const uint32_t first = (uint32_t)__builtin_ctz(mask);
    struct pum_tracing_args a = arguments(p, mask, p->want.record[first], p->attribute);
    run(level, p->want.shader[first], &a, p->in->data_B);
    EACH_LANE(l, mask & ~a.ignored) { pum_ray_confirm(&p->ray[l]); }
    EACH_LANE(l, mask & a.terminated) { pum_ray_terminate(&p->ray[l]); }
}

/* The rays of the mask stand at a candidate each. */
static void
decide(struct level *level, struct pass *p, uint32_t mask)
{
    const struct pum_rt_table *rt = level->t->ctx->rt;
    uint32_t ask = 0;
    EACH_LANE(l, mask)
    {
        const struct pum_ray_hit *h = &p->ray[l].candidate;
        const struct pum_ray_group *g = p->group[l] = hit_group(p, level->t, l, h, &p->want.record[l]);
        const bool triangle = h->kind == PUM_HIT_TRIANGLE;
        const struct pum_shader *any = g ? g->any_hit : NULL;
        p->want.shader[l] = triangle ? any : g ? g->intersection : NULL;
        if (!p->want.shader[l]) {
            pum_ray_confirm(&p->ray[l]); /* boxes are not */
            continue;
        }
        ask |= 1u << l;
        fill_rows(p, rt, l, h, triangle ? triangle_kind(h) : 0, p->want.shader[l]->info.trace_reads | (any ? any->info.trace_reads : 0u));
        if (triangle) {
            put_barycentrics(p->attribute, l, h);
        } else {
            put_float(&p->row[PUM_ROW_T_MAX][l], p->ray[l].committed.t); /* SPEC: RayTmaxKHR */
        }
    }
    for (uint32_t same; ask && !is_over(level->t); ask &= ~same) {
        const uint32_t first = (uint32_t)__builtin_ctz(ask);
        same = same_lanes(&p->want, ask);
        if (p->ray[first].candidate.kind == PUM_HIT_TRIANGLE) {
            any_hit_triangles(level, p, same);
            continue;
        }
        struct level inner = {level->t, level->depth, p};
        struct pum_tracing_args a = arguments(p, same, p->want.record[first], p->attribute);
        run(&inner, p->want.shader[first], &a, p->in->data_B);
    }
}

/* Lanes that accept what they report, and, in *ended, those that end the traversal with it. */
static uint32_t
ask_any_hit(struct level *level, struct pass *p, const struct pum_tracing_report *r, uint32_t mask, uint32_t *ended)
{
    uint32_t ask = 0;
    EACH_LANE(l, mask) { ask |= (uint32_t)(!p->ray[l].candidate.opaque && p->group[l]->any_hit) << l; }
    *ended = 0;
    if (!ask) {
        return mask;
    }
    const uint32_t first = (uint32_t)__builtin_ctz(ask); /* all are there through one record */
    EACH_LANE(l, ask)
    {
        put_float(&p->row[PUM_ROW_T_MAX][l], r->t[l]);
        p->row[PUM_ROW_HIT_KIND][l] = r->kind[l];
    }
    struct pum_tracing_args a = arguments(p, ask, p->want.record[first], p->attribute);
    run(level, p->group[first]->any_hit, &a, p->in->data_B);
    *ended = ask & a.terminated;
    return mask & ~(ask & a.ignored);
}

static void
report(struct pum_tracing_args *a, struct pum_tracing_report *r)
{
    struct level *level = a->level;
    struct pass *p = level->pass;
    uint32_t in_range = 0, ended;
    memset(r->verdict, 0, sizeof(r->verdict));
    if (!p || is_over(level->t)) {
        return;
    }
    EACH_LANE(l, r->mask)
    {
        const struct pum_ray *ray = &p->ray[l];
        in_range |= (uint32_t)(ray->state != PUM_RAY_DONE && r->t[l] >= ray->tmin && r->t[l] <= ray->committed.t) << l;
    }
    const uint32_t accepted = in_range ? ask_any_hit(level, p, r, in_range, &ended) : 0;
    EACH_LANE(l, accepted)
    {
        if (pum_ray_generate(&p->ray[l], r->t[l])) {
            p->kind[l] = r->kind[l];
            for (uint32_t i = 0; i < ATTRIBUTE_WORDS; i++) {
                p->committed[i][l] = p->attribute[i][l];
            }
            r->verdict[l] = PUM_VERDICT_ACCEPTED_BIT;
        }
        if (ended >> l & 1) {
            pum_ray_terminate(&p->ray[l]);
            r->verdict[l] |= PUM_VERDICT_TERMINATED_BIT;
        }
    }
    EACH_LANE(l, in_range) { put_float(&p->row[PUM_ROW_T_MAX][l], p->ray[l].committed.t); }
}

/* Which closest-hit or miss shader each lane wants. Returns the lanes that want one. */
static uint32_t
conclude(struct level *level, struct pass *p, uint32_t mask)
{
    uint32_t ask = 0;
    EACH_LANE(l, mask)
    {
        const struct pum_ray_hit *h = &p->ray[l].committed;
        if (h->kind == PUM_HIT_NONE) {
            p->want.shader[l] = general(find_group(level->t, PUM_TABLE_MISS, p->in->miss_index[l] & 0xffff, &p->want.record[l]), PUM_STAGE_MISS);
            put_float(&p->row[PUM_ROW_T_MAX][l], p->in->t_max[l]);
        } else if (p->in->flags[l] & PUM_RAY_SKIP_CLOSEST_BIT) {
            p->want.shader[l] = NULL;
        } else {
            const struct pum_ray_group *g = hit_group(p, level->t, l, h, &p->want.record[l]);
            const struct pum_shader *s = p->want.shader[l] = g ? g->closest_hit : NULL;
            const bool triangle = h->kind == PUM_HIT_TRIANGLE;
            if (s) {
                fill_rows(p, level->t->ctx->rt, l, h, triangle ? triangle_kind(h) : p->kind[l], s->info.trace_reads);
            }
            if (triangle) {
                put_barycentrics(p->committed, l, h);
            }
        }
        ask |= (uint32_t)(p->want.shader[l] != NULL) << l;
    }
    return ask;
}

/* From the ray's beginning to its last candidate. Returns the lanes that want a closest-hit or a miss shader. */
static uint32_t
traverse(struct level *level, struct pass *p)
{
    const struct pum_tracing_ray *in = p->in;
    const struct pum_rt_table *rt = level->t->ctx->rt;
    EACH_LANE(l, in->mask)
    {
        const float origin[3] = {in->origin[0][l], in->origin[1][l], in->origin[2][l]};
        const float direction[3] = {in->direction[0][l], in->direction[1][l], in->direction[2][l]};
        rt->ray_begin(&p->ray[l], in->structure[l], in->flags[l] | level->t->pipeline->flags, in->cull_mask[l] & 0xff, origin, in->t_min[l], direction,
                      in->t_max[l]);
    }
    for (uint32_t active = in->mask; active && !is_over(level->t);) {
        uint32_t asks = 0;
        EACH_LANE(l, active) { asks |= rt->ray_proceed(&p->ray[l]) << l; }
        if (asks) {
            decide(level, p, asks);
        }
        active = asks;
    }
    return is_over(level->t) ? 0 : conclude(level, p, in->mask);
}

static void
trace(struct pum_tracing_args *a, struct pum_tracing_ray *in)
{
    const struct level *outer = a->level;
    struct pum_tracer *t = outer->t;
    if (is_over(t) || outer->depth >= t->pipeline->max_depth) { /* SPEC: ray-tracing-recursion-depth: not valid */
        return;
    }
    struct level level = {t, outer->depth + 1, NULL};
    const struct pum_ray_mark mark = pum_ray_stack_mark(t->stack);
    struct pass *p = pum_ray_stack_take(t->stack, sizeof(*p));
    const struct pum_ray_mark with_pass = pum_ray_stack_mark(t->stack);
    struct pum_ray *rays = p ? pum_ray_stack_take(t->stack, PUM_LANES * sizeof(*rays)) : NULL;
    if (!rays) {
        t->failed = true;
        pum_ray_stack_release(t->stack, mark);
        return;
    }
    p->in = in;
    p->ray = rays;
    EACH_LANE(l, 0xffffu)
    {
        p->row[PUM_ROW_FLAGS][l] = in->flags[l];
        p->row[PUM_ROW_CULL_MASK][l] = in->cull_mask[l] & 0xff;
    }
    memcpy(p->row[PUM_ROW_T_MIN], in->t_min, sizeof(in->t_min));
    memcpy(p->row[PUM_ROW_ORIGIN], in->origin, sizeof(in->origin));
    memcpy(p->row[PUM_ROW_DIRECTION], in->direction, sizeof(in->direction));
    uint32_t ask = traverse(&level, p);
    pum_ray_stack_release(t->stack, with_pass); /* shaders that follow may trace rays of their own */
    p->ray = NULL;
    for (uint32_t same; ask && !is_over(t); ask &= ~same) {
        const uint32_t first = (uint32_t)__builtin_ctz(ask);
        same = same_lanes(&p->want, ask);
        struct pum_tracing_args callee = arguments(p, same, p->want.record[first], p->committed);
        run(&level, p->want.shader[first], &callee, in->data_B);
    }
    pum_ray_stack_release(t->stack, mark);
}
