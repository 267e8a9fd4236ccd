/* Ray tracing shaders: what they get, and what they call.
 *
 * Each is a function on sixteen lanes with a mask, like the other stages. A lane keeps its number from the ray generation shader through all
 * that it calls, so that payloads, callable data and attributes are never moved: word w of lane l stands at [w * 16 + l] in memory of whoever
 * declared it, and shaders pass pointers. Trace, call and report are routines of the driver that group the lanes by the shader they want and run
 * these on subsets of the mask; recursion is that of the native stack.
 */
#ifndef PUM_ABI_TRACING_H
#define PUM_ABI_TRACING_H

#include "abi/shader_abi.h"

#define PUM_MAX_RAY_ATTRIBUTE_B 32u /* of a lane; SPEC: maxRayHitAttributeSize */

/* LD_IN slots: rows of sixteen words. T_MAX changes while an intersection shader runs: there LD_TRACE reads it. */
enum pum_tracing_row {
    PUM_ROW_FLAGS, PUM_ROW_CULL_MASK, PUM_ROW_T_MIN, PUM_ROW_T_MAX, PUM_ROW_HIT_KIND, PUM_ROW_PRIMITIVE_ID, PUM_ROW_INSTANCE_ID,
    PUM_ROW_CUSTOM_INDEX, PUM_ROW_GEOMETRY_INDEX,
    PUM_ROW_ORIGIN,                                        /* 3, in the world */
    PUM_ROW_DIRECTION       = PUM_ROW_ORIGIN + 3,
    PUM_ROW_OBJECT_ORIGIN   = PUM_ROW_DIRECTION + 3,
    PUM_ROW_OBJECT_DIRECTION = PUM_ROW_OBJECT_ORIGIN + 3,
    PUM_ROW_OBJECT_TO_WORLD = PUM_ROW_OBJECT_DIRECTION + 3, /* 12: column * 3 + row */
    PUM_ROW_WORLD_TO_OBJECT = PUM_ROW_OBJECT_TO_WORLD + 12,
    PUM_ROW_POSITIONS       = PUM_ROW_WORLD_TO_OBJECT + 12, /* 9: vertex * 3 + component */
    PUM_ROW_COUNT            = PUM_ROW_POSITIONS + 9,
    PUM_ROW_LAUNCH_ID       = PUM_ROW_COUNT,                /* 3, from a block of their own */
    PUM_ROW_SLOTS           = PUM_ROW_LAUNCH_ID + 3
};
/* Rows that are filled only for shaders that read them (info.trace_reads). */
enum pum_tracing_reads {
    PUM_READS_OBJECT_RAY_BIT = 1u << 0,
    PUM_READS_OBJECT_TO_WORLD_BIT = 1u << 1,
    PUM_READS_WORLD_TO_OBJECT_BIT = 1u << 2,
    PUM_READS_POSITIONS_BIT = 1u << 3,
};

/* Memory of LD_TRACE and ST_TRACE, and of what TRACE_RAY and TRACE_CALL pass on. */
enum pum_tracing_space {
    PUM_SPACE_OWN,        /* private arrays: payloads and callable data that the shader declares (only to pass on) */
    PUM_SPACE_DATA,       /* the payload or callable data that came in */
    PUM_SPACE_ATTRIBUTES, /* of the hit */
    PUM_SPACE_CURRENT,    /* the rows above */
};

struct pum_tracing_args;

/* Argument blocks of the calls: on the caller's stack, 64-byte aligned. Words of lanes that are not in the mask mean nothing. */
struct pum_tracing_ray {
    uint32_t mask;
    uint32_t data_B;  /* of the payload, per lane */
    uint32_t *data;
    _Alignas(64) uint64_t structure[PUM_LANES];
    uint32_t flags[PUM_LANES], cull_mask[PUM_LANES], sbt_offset[PUM_LANES], sbt_stride[PUM_LANES], miss_index[PUM_LANES];
    float origin[3][PUM_LANES], t_min[PUM_LANES], direction[3][PUM_LANES], t_max[PUM_LANES];
};
struct pum_tracing_call {
    uint32_t mask;
    uint32_t data_B;
    uint32_t *data;
    _Alignas(64) uint32_t index[PUM_LANES];
};
enum pum_verdict_bit { PUM_VERDICT_ACCEPTED_BIT = 1u << 0, PUM_VERDICT_TERMINATED_BIT = 1u << 1 };
struct pum_tracing_report {
    uint32_t mask;
    _Alignas(64) float t[PUM_LANES];
    uint32_t kind[PUM_LANES];
    uint32_t verdict[PUM_LANES]; /* out: pum_verdict_bit */
};
struct pum_tracing_calls {
    void (*trace)(struct pum_tracing_args *a, struct pum_tracing_ray *t);
    void (*call)(struct pum_tracing_args *a, struct pum_tracing_call *c);
    void (*report)(struct pum_tracing_args *a, struct pum_tracing_report *r);
};

/* Arguments of a ray tracing shader. */
struct pum_tracing_args {
    uint32_t mask;                /* lanes that run, not 0 */
    uint32_t ignored, terminated; /* any hit: lanes that have said so */
    uint32_t launch_size[3];
    uint64_t record;              /* address of the shader record's data, behind the handle */
    const uint32_t *launch_id;    /* [3 * 16] */
    const uint32_t *ray;          /* [PUM_ROW_COUNT * 16] */
    uint32_t *data;               /* info.trace_data_B bytes per lane */
    uint32_t *attributes;         /* PUM_MAX_RAY_ATTRIBUTE_B bytes per lane */
    uint8_t *scratch;             /* info.scratch_B bytes */
    const struct pum_tracing_calls *calls;
    void *level;                  /* the driver's own: what this call stands in */
};

#endif
