/* The calls of ray tracing shaders (abi/tracing.h): lanes are grouped by what they want, shaders run on subsets. */
#ifndef PUM_EXEC_TRACE_CALLS_H
#define PUM_EXEC_TRACE_CALLS_H

#include "abi/tracing.h"
#include "command/packets.h"
#include "exec/ray_stack.h"
#include "pipeline/ray_pipeline.h"

struct pum_tracer { /* sixteen lanes of a launch */
    const struct pum_ray_pipeline *pipeline;
    const struct pum_shader_ctx *ctx;
    const struct pum_shader_table *table; /* [PUM_TABLE_COUNT] */
    const uint32_t *size;                 /* [3]: of the launch */
    struct pum_ray_stack *stack;
    bool failed;                          /* a stack has overflown, or memory is lacking: nothing is called any more */
    _Alignas(64) uint32_t id[3][PUM_LANES]; /* LaunchIdKHR */
};

/* Runs the ray generation shader on the lanes of a mask. False: t->failed. */
bool pum_tracer_launch(struct pum_tracer *t, uint32_t mask) PUM_MUST_CHECK;

#endif
