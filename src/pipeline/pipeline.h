/* Pipelines: a shader set plus a block of state. SPEC: pipelines. */
#ifndef PUM_PIPELINE_PIPELINE_H
#define PUM_PIPELINE_PIPELINE_H

#include "pipeline/shader.h"
#include "geom/geom.h"

/* Dynamic states, one bit each (VkDynamicState numbers are sparse). */
enum pum_dynamic_bit {
    PUM_DYN_VIEWPORT_BIT = 1u << 0,
    PUM_DYN_SCISSOR_BIT = 1u << 1,
    PUM_DYN_LINE_WIDTH_BIT = 1u << 2,
    PUM_DYN_DEPTH_BIAS_BIT = 1u << 3,
    PUM_DYN_BLEND_CONSTANTS_BIT = 1u << 4,
    PUM_DYN_DEPTH_BOUNDS_BIT = 1u << 5,
    PUM_DYN_STENCIL_COMPARE_MASK_BIT = 1u << 6,
    PUM_DYN_STENCIL_WRITE_MASK_BIT = 1u << 7,
    PUM_DYN_STENCIL_REFERENCE_BIT = 1u << 8,
    PUM_DYN_CULL_MODE_BIT = 1u << 9,
    PUM_DYN_FRONT_FACE_BIT = 1u << 10,
    PUM_DYN_TOPOLOGY_BIT = 1u << 11,
    PUM_DYN_VERTEX_STRIDE_BIT = 1u << 12,
    PUM_DYN_DEPTH_TEST_BIT = 1u << 13,
    PUM_DYN_DEPTH_WRITE_BIT = 1u << 14,
    PUM_DYN_DEPTH_COMPARE_BIT = 1u << 15,
    PUM_DYN_DEPTH_BOUNDS_TEST_BIT = 1u << 16,
    PUM_DYN_STENCIL_TEST_BIT = 1u << 17,
    PUM_DYN_STENCIL_OP_BIT = 1u << 18,
    PUM_DYN_RASTERIZER_DISCARD_BIT = 1u << 19,
    PUM_DYN_DEPTH_BIAS_ENABLE_BIT = 1u << 20,
    PUM_DYN_PRIMITIVE_RESTART_BIT = 1u << 21,
    PUM_DYN_VIEWPORT_COUNT_BIT = 1u << 22,
    PUM_DYN_SCISSOR_COUNT_BIT = 1u << 23,
};

struct pum_pipeline { /* Thread-safety: constant; reference counted through command buffers is not needed: the application keeps it alive */
    struct pum_object base;
    VkPipelineBindPoint bind_point;
    struct pum_pipeline_layout *layout;
    struct pum_shader *shaders[PUM_STAGE_COUNT];
    uint32_t dynamic; /* pum_dynamic_bit */
    struct pum_draw_state state; /* graphics */
    uint32_t strides_B[PUM_MAX_VERTEX_BINDINGS];
};
PUM_DEFINE_HANDLE_CASTS(pum_pipeline, VkPipeline)

/* Puts the pipeline's state over *state and strides_B[PUM_MAX_VERTEX_BINDINGS], its dynamic parts excepted. */
void pum_pipeline_apply(const struct pum_pipeline *pipe, struct pum_draw_state *state, uint32_t *strides_B);

#endif
