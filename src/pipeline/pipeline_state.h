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

#endif
