/* From create infos to a block of state, and from block to block. SPEC: pipelines-graphics-subsets, pipelines-dynamic-state. */
#ifndef PUM_PIPELINE_PIPELINE_STATE_H
#define PUM_PIPELINE_PIPELINE_STATE_H

#include "pipeline/pipeline.h"

#define PUM_PIPELINE_ALL_PARTS                                                                                         \
    (VK_GRAPHICS_PIPELINE_LIBRARY_VERTEX_INPUT_INTERFACE_BIT_EXT | VK_GRAPHICS_PIPELINE_LIBRARY_PRE_RASTERIZATION_SHADERS_BIT_EXT | \
     VK_GRAPHICS_PIPELINE_LIBRARY_FRAGMENT_SHADER_BIT_EXT | VK_GRAPHICS_PIPELINE_LIBRARY_FRAGMENT_OUTPUT_INTERFACE_BIT_EXT)

/* Takes the state of `parts` from the create info; the rest of it is not read. Sets pipe->dynamic, too. */
void pum_pipeline_fill(struct pum_pipeline *pipe, const VkGraphicsPipelineCreateInfo *info, VkGraphicsPipelineLibraryFlagsEXT parts);
/* Takes the state of `parts` from a library, shaders excepted. */
void pum_pipeline_link(struct pum_pipeline *pipe, const struct pum_pipeline *library, VkGraphicsPipelineLibraryFlagsEXT parts);
/* One vertex attribute; 64-bit formats take one or two locations. What does not fit is left out. */
void pum_draw_state_add_attribute(struct pum_draw_state *s, uint32_t location, uint32_t binding, VkFormat format, uint32_t offset_B);
/* enum pum_blend_op; what is none becomes PUM_BLEND_ADD. */
uint8_t pum_blend_op_from_vk(VkBlendOp op);

#endif
