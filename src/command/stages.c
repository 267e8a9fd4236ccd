#include "command/stages.h"

#define GRAPHICS (PUM_SCOPE_FRONT_BIT | PUM_SCOPE_FRAGMENT_BIT)

static uint8_t
classes(VkPipelineStageFlags2 stages)
{
    static const struct {
        VkPipelineStageFlags2 stages;
        uint8_t bits;
    } table[] = {
        {VK_PIPELINE_STAGE_2_DRAW_INDIRECT_BIT | VK_PIPELINE_STAGE_2_CONDITIONAL_RENDERING_BIT_EXT, PUM_SCOPE_FRONT_BIT | PUM_SCOPE_COMPUTE_BIT},
        {VK_PIPELINE_STAGE_2_VERTEX_INPUT_BIT | VK_PIPELINE_STAGE_2_INDEX_INPUT_BIT | VK_PIPELINE_STAGE_2_VERTEX_ATTRIBUTE_INPUT_BIT |
             VK_PIPELINE_STAGE_2_VERTEX_SHADER_BIT | VK_PIPELINE_STAGE_2_TESSELLATION_CONTROL_SHADER_BIT |
             VK_PIPELINE_STAGE_2_TESSELLATION_EVALUATION_SHADER_BIT | VK_PIPELINE_STAGE_2_GEOMETRY_SHADER_BIT |
             VK_PIPELINE_STAGE_2_PRE_RASTERIZATION_SHADERS_BIT | VK_PIPELINE_STAGE_2_TRANSFORM_FEEDBACK_BIT_EXT |
             VK_PIPELINE_STAGE_2_TASK_SHADER_BIT_EXT | VK_PIPELINE_STAGE_2_MESH_SHADER_BIT_EXT,
         PUM_SCOPE_FRONT_BIT},
        {VK_PIPELINE_STAGE_2_FRAGMENT_SHADER_BIT | VK_PIPELINE_STAGE_2_EARLY_FRAGMENT_TESTS_BIT | VK_PIPELINE_STAGE_2_LATE_FRAGMENT_TESTS_BIT |
             VK_PIPELINE_STAGE_2_COLOR_ATTACHMENT_OUTPUT_BIT,
         PUM_SCOPE_FRAGMENT_BIT},
        {VK_PIPELINE_STAGE_2_ALL_GRAPHICS_BIT, GRAPHICS},
        {VK_PIPELINE_STAGE_2_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_2_ACCELERATION_STRUCTURE_BUILD_BIT_KHR |
             VK_PIPELINE_STAGE_2_ACCELERATION_STRUCTURE_COPY_BIT_KHR | VK_PIPELINE_STAGE_2_RAY_TRACING_SHADER_BIT_KHR,
         PUM_SCOPE_COMPUTE_BIT},
        {VK_PIPELINE_STAGE_2_ALL_TRANSFER_BIT | VK_PIPELINE_STAGE_2_COPY_BIT | VK_PIPELINE_STAGE_2_RESOLVE_BIT | VK_PIPELINE_STAGE_2_BLIT_BIT |
             VK_PIPELINE_STAGE_2_CLEAR_BIT | VK_PIPELINE_STAGE_2_COPY_INDIRECT_BIT_KHR,
         PUM_SCOPE_TRANSFER_BIT},
        {VK_PIPELINE_STAGE_2_HOST_BIT, 1u << PUM_SCOPE_HOST},
    };
    uint8_t bits = 0;
    for (uint32_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        bits |= stages & table[i].stages ? table[i].bits : 0;
        stages &= ~table[i].stages;
    }
    return stages ? PUM_SCOPE_ALL_BITS : bits; /* ALL_COMMANDS, and what is not known here */
}

/* SPEC: VkPipelineStageFlagBits2: as first scope BOTTOM_OF_PIPE is everything and TOP_OF_PIPE nothing, as second scope the other way round. */
uint8_t
pum_scope_first(VkPipelineStageFlags2 stages)
{
    return classes(stages & ~VK_PIPELINE_STAGE_2_TOP_OF_PIPE_BIT);
}

uint8_t
pum_scope_second(VkPipelineStageFlags2 stages)
{
    const uint8_t bits = classes(stages & ~VK_PIPELINE_STAGE_2_BOTTOM_OF_PIPE_BIT);
    return bits & PUM_SCOPE_FRONT_BIT ? bits | PUM_SCOPE_FRAGMENT_BIT : bits;
}

void
pum_order_add(struct pum_order *o, VkPipelineStageFlags2 src, VkPipelineStageFlags2 dst)
{
    const uint8_t first = pum_scope_first(src), second = pum_scope_second(dst);
    for (uint32_t d = 0; d < PUM_SCOPE_COUNT; d++) {
        o->after[d] |= second >> d & 1 ? first : 0;
    }
}

bool
pum_order_is_empty(const struct pum_order *o)
{
    uint8_t any = 0;
    for (uint32_t d = 0; d < PUM_SCOPE_COUNT; d++) {
        any |= o->after[d];
    }
    return !any;
}
