/* Rays on their way through an acceleration structure: a state per lane that can be left and taken up again.
 *
 * A ray is begun (pum_rt_table.ray_begin), then asked to proceed (ray_proceed) until that returns 0. Each time it returns 1, `candidate` is an
 * intersection that somebody has to decide about:
 *   PUM_HIT_TRIANGLE   a triangle that is not opaque: pum_ray_confirm accepts it; doing nothing drops it
 *   PUM_HIT_BOX        the bounds of a procedural primitive (opaque or not, see candidate.opaque): pum_ray_generate for each hit inside
 * Opaque triangles are committed inside. `committed` is the closest hit so far; its t is the ray's tmax while there is none, so that a
 * generated hit counts if tmin <= t <= committed.t. After 0 nothing is left to do; committed.kind says what was hit.
 * Culling by masks, facing, opacity and the skip flags happens inside; so does PUM_RAY_TERMINATE_BIT, in confirm and generate, too.
 *
 *   ray query:     rayQueryProceedEXT() = ray_proceed
 *   ray pipeline:  while (ray_proceed(r)) { triangle: any-hit shader, then pum_ray_confirm; box: intersection shader, for each hit that it reports
 *                  and its any-hit shader takes pum_ray_generate }; then the closest-hit or the miss shader by `committed`
 * Between these calls the hits may be read, also by pum_rt_table.ray_get; nothing else of the state is anybody's business.
 *
 * The same bits on every ISA level. Of triangles at the same distance that with the lower instance, geometry and primitive is committed,
 * whatever the structure looks like inside. SPEC: ray-traversal
 */
#ifndef PUM_ABI_RAY_H
#define PUM_ABI_RAY_H

#include <stdint.h>

#include "abi/accel.h"

enum pum_ray_flag { /* SPIR-V's Ray Flags */
    PUM_RAY_OPAQUE_BIT         = 0x001,
    PUM_RAY_NO_OPAQUE_BIT      = 0x002,
    PUM_RAY_TERMINATE_BIT      = 0x004, /* on the first hit */
    PUM_RAY_SKIP_CLOSEST_BIT   = 0x008, /* of pipelines: not looked at by the traversal */
    PUM_RAY_CULL_BACK_BIT      = 0x010,
    PUM_RAY_CULL_FRONT_BIT     = 0x020,
    PUM_RAY_CULL_OPAQUE_BIT    = 0x040,
    PUM_RAY_CULL_NO_OPAQUE_BIT = 0x080,
    PUM_RAY_SKIP_TRIANGLES_BIT = 0x100,
    PUM_RAY_SKIP_BOXES_BIT     = 0x200,
};

enum pum_hit_kind { PUM_HIT_NONE, PUM_HIT_TRIANGLE, PUM_HIT_BOX }; /* BOX: as a candidate the bounds, committed a generated hit */

struct pum_ray_hit {
    float t;                  /* TRIANGLE, and committed ones; of a BOX candidate: where its bounds are entered, at least tmin */
    float u, v;               /* TRIANGLE: weights of the vertices 1 and 2 */
    uint8_t kind;             /* enum pum_hit_kind */
    uint8_t front;            /* TRIANGLE: 1 = the front face, flags of the instance applied */
    uint8_t opaque;           /* with what flags of ray and instance make of it */
    uint8_t pad;
    uint32_t geometry;        /* index */
    uint32_t primitive;
    const struct pum_accel_instance *instance;
    const void *record;       /* struct pum_accel_triangle or pum_accel_box */
};

/* Waiting children: at most seven of each node on the way, in both levels, and what is left of a run of records. */
#define PUM_RAY_STACK (2 * PUM_ACCEL_MAX_DEPTH * (PUM_ACCEL_WIDTH - 1) + 8)
struct pum_ray_entry {
    float t;                  /* where the child's bounds are entered */
    uint32_t ref;             /* as in struct pum_accel_node */
};

/* How a ray is seen from one space: derived from origin and direction once per instance. */
struct pum_ray_space {
    float origin[3], direction[3];
    float near_origin[3], far_origin[3]; /* moved so that rounding never makes a box look missed */
    float near_inverse[3], far_inverse[3];
    float shear[3];           /* of the triangle test: axes permuted so that z is the largest component of the direction */
    uint8_t axis[3];          /* that permutation, orientation kept */
    uint8_t negative;         /* bit per axis: the direction's component has the sign bit */
};

struct pum_ray {
    float origin[3], tmin;    /* in world space, as given */
    float direction[3], tmax;
    uint32_t flags;           /* enum pum_ray_flag */
    uint8_t cull_mask;
    uint8_t state;            /* the traversal's own */
    uint16_t pad;
    struct pum_ray_hit committed, candidate;
    /* The traversal's own. */
    const struct pum_accel *top, *level; /* level: that the walk is in now */
    const struct pum_accel_instance *instance;
    uint32_t depth;           /* entries on the stack */
    uint32_t base;            /* those below belong to the top level */
    struct pum_ray_space space;
    struct pum_ray_entry stack[PUM_RAY_STACK];
    uint8_t pad1[16];
};
_Static_assert(sizeof(struct pum_ray) % 64 == 0, "rays are multiples of cache lines");

enum pum_ray_state { PUM_RAY_DONE, PUM_RAY_WALKS };

/* No further candidates; the committed hit stays. */
static inline void
pum_ray_terminate(struct pum_ray *r)
{
    r->state = PUM_RAY_DONE;
    r->candidate.kind = PUM_HIT_NONE;
}

/* Whether a triangle that was hit inside of tmin .. tmax comes before what is committed. */
static inline uint32_t
pum_ray_is_closer(const struct pum_ray *r, const struct pum_ray_hit *h)
{
    const struct pum_ray_hit *c = &r->committed;
    if (h->t != c->t || c->kind == PUM_HIT_NONE) {
        return h->t < c->t;
    }
    if (h->instance->id != c->instance->id) {
        return h->instance->id < c->instance->id;
    }
    return h->geometry != c->geometry ? h->geometry < c->geometry : h->primitive < c->primitive;
}

/* Takes the candidate, which is a triangle, as a hit. More than once is as good as once. */
static inline void
pum_ray_confirm(struct pum_ray *r)
{
    if (r->candidate.kind == PUM_HIT_TRIANGLE && pum_ray_is_closer(r, &r->candidate)) {
        r->committed = r->candidate;
        if (r->flags & PUM_RAY_TERMINATE_BIT) {
            r->state = PUM_RAY_DONE;
        }
    }
}

/* A hit at t inside of the candidate, which is a box. Returns 1 if it is the closest one now; 0: it is too near or too far, nothing changes. */
static inline uint32_t
pum_ray_generate(struct pum_ray *r, float t)
{
    if (r->candidate.kind != PUM_HIT_BOX || !(t >= r->tmin && t <= r->committed.t)) {
        return 0;
    }
    r->committed = r->candidate;
    r->committed.t = t;
    if (r->flags & PUM_RAY_TERMINATE_BIT) {
        r->state = PUM_RAY_DONE;
    }
    return 1;
}

/* What can be asked about a hit. The result is up to three words. */
enum pum_ray_value {
    PUM_RAY_TYPE,             /* candidate: 0 triangle, 1 box; committed: 0 none, 1 triangle, 2 generated */
    PUM_RAY_T,                /* F32 */
    PUM_RAY_BARYCENTRICS,     /* 2 x F32 */
    PUM_RAY_FRONT_FACE,       /* 0, 1 */
    PUM_RAY_BOX_OPAQUE,       /* 0, 1 */
    PUM_RAY_CUSTOM_INDEX,
    PUM_RAY_INSTANCE_ID,
    PUM_RAY_SBT_OFFSET,
    PUM_RAY_GEOMETRY,
    PUM_RAY_PRIMITIVE,
    PUM_RAY_OBJECT_ORIGIN,    /* 3 x F32 */
    PUM_RAY_OBJECT_DIRECTION, /* 3 x F32 */
    PUM_RAY_TO_WORLD,         /* 3 x F32: column `part`, 0 to 3 */
    PUM_RAY_TO_OBJECT,        /* 3 x F32: column `part`, 0 to 3 */
    PUM_RAY_POSITION,         /* 3 x F32: vertex `part`, 0 to 2 */
    /* of the ray, whatever the hit */
    PUM_RAY_TMIN,             /* F32 */
    PUM_RAY_FLAGS,
    PUM_RAY_WORLD_ORIGIN,     /* 3 x F32 */
    PUM_RAY_WORLD_DIRECTION,  /* 3 x F32 */
    PUM_RAY_VALUE_COUNT
};

/* The RAY operation of the IR: imm = operation | value << 8 | part << 16 | committed << 24. Rays of a shader are numbered; those of a group of
 * lanes stand at ray[number * 16 + lane]. */
enum pum_ray_op {
    PUM_RAY_OP_BEGIN,     /* operands: structure (I64), flags, cull mask, origin x y z, tmin, direction x y z, tmax */
    PUM_RAY_OP_PROCEED,   /* result: word 0 = 0 or 1 */
    PUM_RAY_OP_GET,
    PUM_RAY_OP_CONFIRM,
    PUM_RAY_OP_GENERATE,  /* operand: t */
    PUM_RAY_OP_TERMINATE,
    PUM_RAY_OP_RESET,     /* all rays: nothing is known of them, they are done, nothing was hit */
    PUM_RAY_OP_COPY,      /* operand: number of the ray to copy (I32) */
};
static inline uint32_t
pum_ray_imm(enum pum_ray_op op, enum pum_ray_value value, uint32_t part, uint32_t committed)
{
    return (uint32_t)op | (uint32_t)value << 8 | part << 16 | committed << 24;
}

#define PUM_RAY_IN_WORDS 12
struct pum_ray_args { /* on the caller's stack, 64-byte aligned */
    struct pum_ray *rays;
    uint32_t n_rays;          /* numbers from here on are cut */
    uint32_t imm;
    uint32_t mask;            /* lanes wanted; out[] of others is 0 */
    uint32_t pad[11];
    uint32_t number[16];
    uint32_t in[PUM_RAY_IN_WORDS][16]; /* the structure's address is two words */
    uint32_t out[4][16];
};
_Static_assert(sizeof(struct pum_ray_args) % 64 == 0, "argument block");

#endif
