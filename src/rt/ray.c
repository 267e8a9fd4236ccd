/* Rays through acceleration structures, one at a time; the eight children of a node at once.
 *
 * Triangles: Woop, Benthin, Wald, "Watertight Ray/Triangle Intersection" (2013). The ray's space is sheared so that the ray is the z axis; what the
 * edges of a triangle are then compared with is exact in double precision, so that neighbours agree about the edge they share. A ray exactly
 * on an edge belongs to one of the two triangles, by the direction of the edge, as if it were moved aside a little: rays through edges
 * and vertices of a closed surface hit it once. SPEC: ray-traversal-watertight
 *
 * Boxes: distances are widened by more than all roundings of both tests, so that no box hides a triangle that would be hit.
 */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "rt/rt_isa.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

typedef float v8f __attribute__((ext_vector_type(8)));
typedef int32_t v8i __attribute__((ext_vector_type(8)));

#define INLINE static inline __attribute__((always_inline))

INLINE v8f
load8(const float *p)
{
    v8f v;
    memcpy(&v, p, sizeof(v));
    return v;
}

INLINE v8f
pick8(v8i m, v8f a, v8f b)
{
    return (v8f)((m & (v8i)a) | (~m & (v8i)b));
}

/* Bit = child; elements of m are 0 or -1. */
INLINE uint32_t
bits8(v8i m)
{
#if defined(__AVX__)
    return (uint32_t)_mm256_movemask_ps((__m256)m);
#else
    return (uint32_t)_mm_movemask_ps((__m128)m.lo) | (uint32_t)_mm_movemask_ps((__m128)m.hi) << 4;
#endif
}

/* ---- spaces ---- */

static void
transform(const float m[3][4], const float v[3], float out[3], float w)
{
    for (int i = 0; i < 3; i++) {
        out[i] = ((m[i][0] * v[0] + m[i][1] * v[1]) + m[i][2] * v[2]) + (w != 0.0f ? m[i][3] : 0.0f);
    }
}

/* The ray as it meets what lies in the bounds of `level`; origin and direction are set. */
static void
enter_space(struct pum_ray_space *s, const struct pum_accel *level)
{
    const float *o = s->origin, *d = s->direction;
    float far = 0.0f;
    for (int i = 0; i < 3; i++) {
        const float a = fabsf(level->lo[i] - o[i]), b = fabsf(level->hi[i] - o[i]);
        far = a > far ? a : far;
        far = b > far ? b : far;
    }
    s->negative = 0;
    for (int i = 0; i < 3; i++) {
        const bool negative = signbit(d[i]);
        const float inverse = 1.0f / d[i];
        const float pad = far * 0x1p-20f + fabsf(o[i]) * 0x1p-23f; /* at least one step of the origin's */
        s->negative |= (uint8_t)(negative << i);
        s->near_origin[i] = negative ? o[i] - pad : o[i] + pad;
        s->far_origin[i] = negative ? o[i] + pad : o[i] - pad;
        s->near_inverse[i] = inverse * (1.0f - 0x1p-21f);
        s->far_inverse[i] = inverse * (1.0f + 0x1p-21f);
    }
    const float x = fabsf(d[0]), y = fabsf(d[1]), z = fabsf(d[2]);
    const uint32_t k = x > y ? (x > z ? 0 : 2) : (y > z ? 1 : 2);
    const uint32_t k1 = (k + 1) % 3, k2 = (k + 2) % 3;
    const bool back = d[k] < 0.0f;
    s->axis[0] = (uint8_t)(back ? k2 : k1);
    s->axis[1] = (uint8_t)(back ? k1 : k2);
    s->axis[2] = (uint8_t)k;
    s->shear[0] = d[s->axis[0]] / d[k];
    s->shear[1] = d[s->axis[1]] / d[k];
    s->shear[2] = 1.0f / d[k];
}

/* ---- boxes ---- */

/* Sorted onto the stack, the nearest on top; of equal ones the child with the lower number. */
static void
push_children(struct pum_ray *r, const struct pum_accel_node *n)
{
    const struct pum_ray_space *s = &r->space;
    v8f near = (v8f)r->tmin, far = (v8f)r->committed.t;
    for (int i = 0; i < 3; i++) { /* a NaN, from 0 * inf on a plane that the ray lies in, decides nothing */
        const bool negative = s->negative >> i & 1;
        const v8f a = (load8(negative ? n->hi[i] : n->lo[i]) - s->near_origin[i]) * s->near_inverse[i];
        const v8f b = (load8(negative ? n->lo[i] : n->hi[i]) - s->far_origin[i]) * s->far_inverse[i];
        near = pick8(a > near, a, near);
        far = pick8(b < far, b, far);
    }
    uint32_t hit = bits8(near <= far);
    if (r->depth + PUM_ACCEL_WIDTH > PUM_RAY_STACK) { /* deeper than any structure */
        r->state = PUM_RAY_DONE;
        return;
    }
    float t[PUM_ACCEL_WIDTH];
    memcpy(t, &near, sizeof(t));
    const uint32_t first = r->depth;
    for (; hit; hit &= ~(1u << (31 - __builtin_clz(hit)))) {
        const uint32_t c = 31 - (uint32_t)__builtin_clz(hit);
        uint32_t at = r->depth++;
        for (; at > first && r->stack[at - 1].t < t[c]; at--) {
            r->stack[at] = r->stack[at - 1];
        }
        r->stack[at] = (struct pum_ray_entry){t[c], n->child[c]};
    }
}

static bool
hits_box(const struct pum_ray *r, const struct pum_accel_box *box, float *t)
{
    const struct pum_ray_space *s = &r->space;
    float near = r->tmin, far = r->committed.t;
    for (int i = 0; i < 3; i++) {
        const bool negative = s->negative >> i & 1;
        const float a = ((negative ? box->hi[i] : box->lo[i]) - s->near_origin[i]) * s->near_inverse[i];
        const float b = ((negative ? box->lo[i] : box->hi[i]) - s->far_origin[i]) * s->far_inverse[i];
        near = a > near ? a : near;
        far = b < far ? b : far;
    }
    *t = near;
    return near <= far;
}

/* ---- triangles ---- */

/* Which side of the edge from p to q the ray is on, if `positive` is that of the inside: on the edge itself as if it were moved. */
INLINE bool
is_inside(double e, const float p[2], const float q[2], bool positive)
{
    if (e != 0.0) {
        return (e > 0.0) == positive;
    }
    const bool moved = q[1] > p[1] || (q[1] == p[1] && q[0] > p[0]);
    return moved == positive;
}

/* Sets t, u, v, front. */
static bool
hits_triangle(const struct pum_ray *r, const struct pum_accel_triangle *tri, struct pum_ray_hit *h)
{
    const struct pum_ray_space *s = &r->space;
    float p[3][2], z[3];
    for (int i = 0; i < 3; i++) {
        const float x = tri->v[i][s->axis[0]] - s->origin[s->axis[0]], y = tri->v[i][s->axis[1]] - s->origin[s->axis[1]];
        z[i] = tri->v[i][s->axis[2]] - s->origin[s->axis[2]];
        p[i][0] = x - s->shear[0] * z[i];
        p[i][1] = y - s->shear[1] * z[i];
        z[i] = s->shear[2] * z[i];
    }
    const double u = (double)p[2][0] * (double)p[1][1] - (double)p[2][1] * (double)p[1][0];
    const double v = (double)p[0][0] * (double)p[2][1] - (double)p[0][1] * (double)p[2][0];
    const double w = (double)p[1][0] * (double)p[0][1] - (double)p[1][1] * (double)p[0][0];
    const double det = u + v + w;
    const bool front = det > 0.0;
    if (!(det != 0.0) || !is_inside(u, p[1], p[2], front) || !is_inside(v, p[2], p[0], front) || !is_inside(w, p[0], p[1], front)) {
        return false;
    }
    h->t = (float)((u * (double)z[0] + v * (double)z[1] + w * (double)z[2]) / det);
    if (!(h->t > r->tmin)) {
        return false;
    }
    h->u = (float)(v / det);
    h->v = (float)(w / det);
    h->front = front;
    return true;
}

/* ---- records ---- */

static bool
is_culled_opacity(const struct pum_ray *r, uint32_t geometry, struct pum_ray_hit *h)
{
    const uint32_t flags = r->flags, instance = r->instance->flags;
    h->opaque = geometry & PUM_ACCEL_OPAQUE_BIT            ? 1 : 0;
    h->opaque = instance & PUM_INSTANCE_FORCE_OPAQUE_BIT    ? 1
                : instance & PUM_INSTANCE_FORCE_NO_OPAQUE_BIT ? 0
                                                              : h->opaque;
    h->opaque = flags & PUM_RAY_OPAQUE_BIT ? 1 : flags & PUM_RAY_NO_OPAQUE_BIT ? 0 : h->opaque;
    return flags & (h->opaque ? PUM_RAY_CULL_OPAQUE_BIT : PUM_RAY_CULL_NO_OPAQUE_BIT);
}

/* True: the candidate is one that somebody has to decide about. */
static bool
visit_triangle(struct pum_ray *r, const struct pum_accel_triangle *tri)
{
    struct pum_ray_hit h = {.kind = PUM_HIT_TRIANGLE, .geometry = tri->geometry & PUM_ACCEL_GEOMETRY_MASK, .primitive = tri->primitive,
                            .instance = r->instance, .record = tri};
    if (!hits_triangle(r, tri, &h) || !pum_ray_is_closer(r, &h) || is_culled_opacity(r, tri->geometry, &h)) {
        return false;
    }
    const uint32_t instance = r->instance->flags;
    h.front = (uint8_t)(h.front != (instance & PUM_INSTANCE_FLIP_FACING_BIT ? 1 : 0));
    if (r->flags & (h.front ? PUM_RAY_CULL_FRONT_BIT : PUM_RAY_CULL_BACK_BIT) && !(instance & PUM_INSTANCE_CULL_DISABLE_BIT)) {
        return false;
    }
    r->candidate = h;
    if (!h.opaque) {
        return true;
    }
    pum_ray_confirm(r);
    r->candidate.kind = PUM_HIT_NONE;
    return false;
}

static bool
visit_box(struct pum_ray *r, const struct pum_accel_box *box)
{
    struct pum_ray_hit h = {.kind = PUM_HIT_BOX, .geometry = box->geometry & PUM_ACCEL_GEOMETRY_MASK, .primitive = box->primitive,
                            .instance = r->instance, .record = box};
    if (is_culled_opacity(r, box->geometry, &h) || !hits_box(r, box, &h.t)) {
        return false;
    }
    r->candidate = h;
    return true;
}

static bool
is_walkable(const struct pum_accel *a)
{
    return a && a->magic == PUM_ACCEL_MAGIC && a->version == PUM_ACCEL_VERSION && a->n_nodes != 0;
}

static void
visit_instance(struct pum_ray *r, const struct pum_accel_instance *in, float t)
{
    const struct pum_accel *bottom = (const struct pum_accel *)(uintptr_t)in->bottom;
    if (!(in->mask & r->cull_mask) || !is_walkable(bottom) || bottom->kind == PUM_ACCEL_INSTANCES || r->depth + 1 > PUM_RAY_STACK) {
        return;
    }
    if (r->flags & (bottom->kind == PUM_ACCEL_TRIANGLES ? PUM_RAY_SKIP_TRIANGLES_BIT : PUM_RAY_SKIP_BOXES_BIT)) {
        return;
    }
    transform(in->to_object, r->origin, r->space.origin, 1.0f);
    transform(in->to_object, r->direction, r->space.direction, 0.0f);
    r->instance = in;
    r->level = bottom;
    r->base = r->depth;
    enter_space(&r->space, bottom);
    r->stack[r->depth++] = (struct pum_ray_entry){t, 0}; /* the root */
}

static void
enter_top(struct pum_ray *r)
{
    r->instance = NULL;
    r->level = r->top;
    r->base = 0;
    memcpy(r->space.origin, r->origin, sizeof(r->origin));
    memcpy(r->space.direction, r->direction, sizeof(r->direction));
    enter_space(&r->space, r->top);
}

/* A run of records; what is left of it goes back to the stack before somebody else gets to see the state. */
static bool
visit_records(struct pum_ray *r, struct pum_ray_entry e)
{
    const uint8_t *records = (const uint8_t *)r->level + r->level->records_at_B;
    uint32_t left = (e.ref >> 29 & 3) + 1, at = e.ref & (PUM_ACCEL_MAX_RECORDS - 1);
    const uint32_t kind = r->level->kind;
    for (; left && r->state == PUM_RAY_WALKS; at++) {
        const bool more = --left != 0;
        const struct pum_ray_entry rest = {e.t, PUM_ACCEL_LEAF_BIT | (left - more) << 29 | (at + 1)};
        if (kind == PUM_ACCEL_INSTANCES) {
            if (more) {
                r->stack[r->depth++] = rest;
            }
            visit_instance(r, (const struct pum_accel_instance *)(const void *)records + at, e.t);
            return false;
        }
        if (kind == PUM_ACCEL_TRIANGLES ? visit_triangle(r, (const struct pum_accel_triangle *)(const void *)records + at)
                                        : visit_box(r, (const struct pum_accel_box *)(const void *)records + at)) {
            if (more) {
                r->stack[r->depth++] = rest;
            }
            return true;
        }
    }
    return false;
}

uint32_t
RT_NAME(pum_rt_ray_proceed)(struct pum_ray *r)
{
    r->candidate.kind = PUM_HIT_NONE;
    while (r->state == PUM_RAY_WALKS) {
        if (r->depth == r->base) {
            if (!r->instance) {
                r->state = PUM_RAY_DONE;
            } else {
                enter_top(r);
            }
            continue;
        }
        const struct pum_ray_entry e = r->stack[--r->depth];
        if (!(e.t <= r->committed.t)) {
            continue;
        }
        if (!(e.ref & PUM_ACCEL_LEAF_BIT)) {
            const uint8_t *nodes = (const uint8_t *)r->level + r->level->nodes_at_B;
            push_children(r, (const struct pum_accel_node *)(const void *)nodes + e.ref);
        } else if (visit_records(r, e)) {
            return 1;
        }
    }
    return 0;
}

void
RT_NAME(pum_rt_ray_begin)(struct pum_ray *r, uint64_t accel, uint32_t flags, uint32_t cull_mask, const float origin[3], float tmin,
                          const float direction[3], float tmax)
{
    memcpy(r->origin, origin, sizeof(r->origin));
    memcpy(r->direction, direction, sizeof(r->direction));
    r->tmin = tmin;
    r->tmax = tmax;
    r->flags = flags;
    r->cull_mask = (uint8_t)cull_mask; /* SPEC: the eight least significant bits */
    r->committed = (struct pum_ray_hit){.t = tmax};
    r->candidate = (struct pum_ray_hit){0};
    r->instance = NULL;
    r->depth = r->base = 0;
    r->top = (const struct pum_accel *)(uintptr_t)accel;
    r->state = is_walkable(r->top) && r->top->kind == PUM_ACCEL_INSTANCES ? PUM_RAY_WALKS : PUM_RAY_DONE;
    if (r->state == PUM_RAY_WALKS) {
        enter_top(r);
        r->stack[r->depth++] = (struct pum_ray_entry){tmin, 0};
    }
}

/* ---- answers ---- */

static uint32_t
bits(float f)
{
    uint32_t u;
    memcpy(&u, &f, sizeof(u));
    return u;
}

static void
words(uint32_t out[3], const float v[3])
{
    memcpy(out, v, 3 * sizeof(out[0]));
}

/* Of the instance that was hit, zeros if there is none. */
static void
get_instance(const struct pum_ray *r, const struct pum_accel_instance *in, enum pum_ray_value value, uint32_t part, uint32_t out[3])
{
    float v[3];
    switch (value) {
    case PUM_RAY_CUSTOM_INDEX: out[0] = in->custom_index; break;
    case PUM_RAY_INSTANCE_ID: out[0] = in->id; break;
    case PUM_RAY_SBT_OFFSET: out[0] = in->sbt_offset; break;
    case PUM_RAY_OBJECT_ORIGIN:
        transform(in->to_object, r->origin, v, 1.0f);
        words(out, v);
        break;
    case PUM_RAY_OBJECT_DIRECTION:
        transform(in->to_object, r->direction, v, 0.0f);
        words(out, v);
        break;
    default:
        for (int i = 0; i < 3; i++) {
            out[i] = bits((value == PUM_RAY_TO_WORLD ? in->to_world : in->to_object)[i][part & 3]);
        }
        break;
    }
}

void
RT_NAME(pum_rt_ray_get)(const struct pum_ray *r, const struct pum_ray_hit *hit, enum pum_ray_value value, uint32_t part, uint32_t out[3])
{
    out[0] = out[1] = out[2] = 0;
    switch (value) {
    case PUM_RAY_TYPE: out[0] = hit == &r->committed ? hit->kind : hit->kind == PUM_HIT_BOX; break;
    case PUM_RAY_T: out[0] = bits(hit->t); break;
    case PUM_RAY_BARYCENTRICS:
        out[0] = bits(hit->u);
        out[1] = bits(hit->v);
        break;
    case PUM_RAY_FRONT_FACE: out[0] = hit->front; break;
    case PUM_RAY_BOX_OPAQUE: out[0] = hit->opaque; break;
    case PUM_RAY_GEOMETRY: out[0] = hit->geometry; break;
    case PUM_RAY_PRIMITIVE: out[0] = hit->primitive; break;
    case PUM_RAY_POSITION:
        if (hit->kind == PUM_HIT_TRIANGLE) {
            words(out, ((const struct pum_accel_triangle *)hit->record)->v[part < 3 ? part : 2]);
        }
        break;
    case PUM_RAY_TMIN: out[0] = bits(r->tmin); break;
    case PUM_RAY_FLAGS: out[0] = r->flags; break;
    case PUM_RAY_WORLD_ORIGIN: words(out, r->origin); break;
    case PUM_RAY_WORLD_DIRECTION: words(out, r->direction); break;
    case PUM_RAY_CUSTOM_INDEX:
    case PUM_RAY_INSTANCE_ID:
    case PUM_RAY_SBT_OFFSET:
    case PUM_RAY_OBJECT_ORIGIN:
    case PUM_RAY_OBJECT_DIRECTION:
    case PUM_RAY_TO_WORLD:
    case PUM_RAY_TO_OBJECT:
        if (hit->instance) {
            get_instance(r, hit->instance, value, part, out);
        }
        break;
    case PUM_RAY_VALUE_COUNT: break;
    }
}

/* ---- sixteen lanes ---- */

static float
in_float(const struct pum_ray_args *a, uint32_t word, uint32_t lane)
{
    float f;
    memcpy(&f, &a->in[word][lane], sizeof(f));
    return f;
}

static void
begin_lane(const struct pum_ray_args *a, struct pum_ray *r, uint32_t l)
{
    const float origin[3] = {in_float(a, 4, l), in_float(a, 5, l), in_float(a, 6, l)};
    const float direction[3] = {in_float(a, 8, l), in_float(a, 9, l), in_float(a, 10, l)};
    RT_NAME(pum_rt_ray_begin)(r, a->in[0][l] | (uint64_t)a->in[1][l] << 32, a->in[2][l], a->in[3][l], origin, in_float(a, 7, l), direction,
                              in_float(a, 11, l));
}

static void
copy_ray(struct pum_ray *to, const struct pum_ray *from)
{
    if (to != from) {
        memcpy(to, from, offsetof(struct pum_ray, stack) + from->depth * sizeof(from->stack[0]));
    }
}

void
RT_NAME(pum_rt_ray)(struct pum_ray_args *a)
{
    const enum pum_ray_op op = (enum pum_ray_op)(a->imm & 0xff);
    const enum pum_ray_value value = (enum pum_ray_value)(a->imm >> 8 & 0xff);
    memset(a->out, 0, sizeof(a->out));
    for (uint32_t m = a->mask; m; m &= m - 1) {
        const uint32_t l = (uint32_t)__builtin_ctz(m), n = a->number[l] < a->n_rays ? a->number[l] : a->n_rays - 1;
        struct pum_ray *r = &a->rays[(size_t)n * PUM_LANES + l];
        uint32_t out[3] = {0, 0, 0};
        switch (op) {
        case PUM_RAY_OP_BEGIN: begin_lane(a, r, l); break;
        case PUM_RAY_OP_PROCEED: out[0] = RT_NAME(pum_rt_ray_proceed)(r); break;
        case PUM_RAY_OP_GET: RT_NAME(pum_rt_ray_get)(r, a->imm >> 24 ? &r->committed : &r->candidate, value, a->imm >> 16 & 0xff, out); break;
        case PUM_RAY_OP_CONFIRM: pum_ray_confirm(r); break;
        case PUM_RAY_OP_GENERATE: pum_ray_generate(r, in_float(a, 0, l)); break;
        case PUM_RAY_OP_TERMINATE: pum_ray_terminate(r); break;
        case PUM_RAY_OP_COPY: copy_ray(r, &a->rays[(size_t)(a->in[0][l] < a->n_rays ? a->in[0][l] : 0) * PUM_LANES + l]); break;
        case PUM_RAY_OP_RESET:
            for (uint32_t k = 0; k < a->n_rays; k++) {
                memset(&a->rays[(size_t)k * PUM_LANES + l], 0, offsetof(struct pum_ray, stack));
            }
            break;
        }
        for (int i = 0; i < 3; i++) {
            a->out[i][l] = out[i];
        }
    }
}
