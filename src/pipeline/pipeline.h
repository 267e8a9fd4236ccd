/* Pipelines: a shader set plus a block of state. SPEC: pipelines. */
#ifndef PUM_PIPELINE_PIPELINE_H
#define PUM_PIPELINE_PIPELINE_H

#include "pipeline/shader.h"
#include "geom/geom.h"

/* Dynamic states, one bit each in a uint64_t (VkDynamicState numbers are sparse). */
enum pum_dynamic {
    PUM_DYN_VIEWPORT, PUM_DYN_SCISSOR, PUM_DYN_LINE_WIDTH, PUM_DYN_DEPTH_BIAS, PUM_DYN_BLEND_CONSTANTS, PUM_DYN_DEPTH_BOUNDS,
    PUM_DYN_STENCIL_COMPARE_MASK, PUM_DYN_STENCIL_WRITE_MASK, PUM_DYN_STENCIL_REFERENCE, PUM_DYN_CULL_MODE, PUM_DYN_FRONT_FACE,
    PUM_DYN_TOPOLOGY, PUM_DYN_VERTEX_STRIDE, PUM_DYN_DEPTH_TEST, PUM_DYN_DEPTH_WRITE, PUM_DYN_DEPTH_COMPARE, PUM_DYN_DEPTH_BOUNDS_TEST,
    PUM_DYN_STENCIL_TEST, PUM_DYN_STENCIL_OP, PUM_DYN_RASTERIZER_DISCARD, PUM_DYN_DEPTH_BIAS_ENABLE, PUM_DYN_PRIMITIVE_RESTART,
    PUM_DYN_VIEWPORT_COUNT, PUM_DYN_SCISSOR_COUNT, PUM_DYN_LOGIC_OP, PUM_DYN_VERTEX_INPUT, PUM_DYN_COLOR_WRITE_ENABLE, PUM_DYN_DEPTH_CLAMP,
    PUM_DYN_POLYGON_MODE, PUM_DYN_LOGIC_OP_ENABLE, PUM_DYN_BLEND_ENABLE, PUM_DYN_BLEND_EQUATION, PUM_DYN_BLEND_ADVANCED,
    PUM_DYN_COLOR_WRITE_MASK,
    PUM_DYN_SAMPLES, PUM_DYN_SAMPLE_MASK, PUM_DYN_SAMPLE_PLACES, PUM_DYN_LINE_STIPPLE, PUM_DYN_LINE_STIPPLE_ENABLE, PUM_DYN_CONSERVATIVE, PUM_DYN_SAMPLE_PLACES_ENABLE, PUM_DYN_ALPHA_TO_COVERAGE, PUM_DYN_ALPHA_TO_ONE, PUM_DYN_PROVOKING_VERTEX, PUM_DYN_LINE_MODE,
    PUM_DYN_DEPTH_CLIP, PUM_DYN_RASTER_STREAM, PUM_DYN_PATCH_VERTICES, PUM_DYN_DOMAIN_ORIGIN, PUM_DYN_NEGATIVE_ONE_TO_ONE,
    PUM_DYN_CLAMP_RANGE, PUM_DYN_DISCARD_RECTS, PUM_DYN_DISCARD_ENABLE, PUM_DYN_DISCARD_MODE,
};
#define PUM_DYN(name) ((uint64_t)1 << PUM_DYN_##name)

struct pum_pipeline { /* Thread-safety: constant; reference counted through command buffers is not needed: the application keeps it alive */
    struct pum_object base;
    VkPipelineBindPoint bind_point;
    struct pum_pipeline_layout *layout;
    struct pum_shader *shaders[PUM_STAGE_RAYGEN]; /* of the graphics and compute stages */
    struct pum_ray_pipeline *ray; /* of ray tracing pipelines, else NULL */
    VkGraphicsPipelineLibraryFlagsEXT parts; /* graphics: what there is; a library may lack some */
    uint64_t dynamic; /* PUM_DYN */
    struct pum_draw_state state; /* graphics */
    uint32_t strides_B[PUM_MAX_VERTEX_BINDINGS];
};
PUM_DEFINE_HANDLE_CASTS(pum_pipeline, VkPipeline)

/* Number i of a pipeline's shaders, in the order of stages; of ray tracing pipelines in that of the create info, libraries follow. NULL: no more. */
const struct pum_shader *pum_pipeline_shader(const struct pum_pipeline *pipe, uint32_t i, VkShaderStageFlagBits *stage);
/* Places of the samples in the pixel, brought to the grid of 1/16. */
void pum_sample_places_set(struct pum_multisample_state *s, const VkSampleLocationsInfoEXT *info);
/* How far apart values of depth are taken to be. */
uint8_t pum_bias_unit_from_chain(const void *chain);
void pum_clamp_range_set(struct pum_draw_state *s, VkDepthClampModeEXT mode, const VkDepthClampRangeEXT *range);
void pum_discard_rects_set(struct pum_discard_state *d, uint32_t first, uint32_t count, const VkRect2D *rects);
/* Puts the pipeline's state over *state and strides_B[PUM_MAX_VERTEX_BINDINGS], its dynamic parts excepted. */
void pum_pipeline_apply(const struct pum_pipeline *pipe, struct pum_draw_state *state, uint32_t *strides_B);

#endif
