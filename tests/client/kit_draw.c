/* Command buffers, render targets, graphics pipelines. */
#include "kit.h"

/* ---- commands ---- */

static VkCommandBuffer
new_buffer(struct kit *k, VkCommandBufferLevel level)
{
    const VkCommandBufferAllocateInfo info = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, .commandPool = k->pool, .level = level,
                                              .commandBufferCount = 1};
    VkCommandBuffer cmd;
    MUST(vkAllocateCommandBuffers(k->device, &info, &cmd));
    KIT_OWN(k, VK_OBJECT_TYPE_COMMAND_BUFFER, (uintptr_t)cmd);
    return cmd;
}

VkCommandBuffer
kit_begin(struct kit *k)
{
    const VkCommandBuffer cmd = new_buffer(k, VK_COMMAND_BUFFER_LEVEL_PRIMARY);
    const VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
    MUST(vkBeginCommandBuffer(cmd, &begin));
    return cmd;
}

VkCommandBuffer
kit_secondary(struct kit *k)
{
    return new_buffer(k, VK_COMMAND_BUFFER_LEVEL_SECONDARY);
}

void
kit_submit(struct kit *k, VkCommandBuffer cmd)
{
    MUST(vkEndCommandBuffer(cmd));
    const VkFenceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
    VkFence fence;
    MUST(vkCreateFence(k->device, &info, NULL, &fence));
    const VkSubmitInfo submit = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 1, .pCommandBuffers = &cmd};
    MUST(vkQueueSubmit(k->queue, 1, &submit, fence));
    MUST(vkWaitForFences(k->device, 1, &fence, VK_TRUE, KIT_TIMEOUT_NS));
    vkDestroyFence(k->device, fence, NULL);
}

void
kit_barrier(VkCommandBuffer cmd)
{
    const VkAccessFlags any = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT;
    const VkMemoryBarrier barrier = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER, .srcAccessMask = any | VK_ACCESS_HOST_WRITE_BIT,
                                     .dstAccessMask = any | VK_ACCESS_HOST_READ_BIT};
    vkCmdPipelineBarrier(cmd, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT | VK_PIPELINE_STAGE_HOST_BIT,
                         VK_PIPELINE_STAGE_ALL_COMMANDS_BIT | VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &barrier, 0, NULL, 0, NULL);
}

void
kit_image_barrier(VkCommandBuffer cmd, const struct kit_image *img, VkImageLayout from, VkImageLayout to)
{
    const VkImageMemoryBarrier barrier = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER,
        .srcAccessMask = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT,
        .dstAccessMask = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT,
        .oldLayout = from,
        .newLayout = to,
        .srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
        .dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
        .image = img->image,
        .subresourceRange = {img->aspects, 0, VK_REMAINING_MIP_LEVELS, 0, VK_REMAINING_ARRAY_LAYERS},
    };
    vkCmdPipelineBarrier(cmd, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0, 0, NULL, 0, NULL, 1, &barrier);
}

/* ---- targets ---- */

static VkRenderPass
make_pass(struct kit *k, const struct kit_target *t, VkAttachmentLoadOp load)
{
    VkAttachmentDescription a[KIT_MAX_TARGETS + 1];
    VkAttachmentReference refs[KIT_MAX_TARGETS + 1];
    const bool depth = t->depth_format != VK_FORMAT_UNDEFINED;
    const uint32_t n = t->n + depth;
    for (uint32_t i = 0; i < n; i++) {
        a[i] = (VkAttachmentDescription){
            .format = i < t->n ? t->formats[i] : t->depth_format,
            .samples = t->samples,
            .loadOp = load,
            .storeOp = VK_ATTACHMENT_STORE_OP_STORE,
            .stencilLoadOp = load,
            .stencilStoreOp = VK_ATTACHMENT_STORE_OP_STORE,
            .initialLayout = VK_IMAGE_LAYOUT_GENERAL,
            .finalLayout = VK_IMAGE_LAYOUT_GENERAL,
        };
        refs[i] = (VkAttachmentReference){i, VK_IMAGE_LAYOUT_GENERAL};
    }
    const VkSubpassDescription sub = {.colorAttachmentCount = t->n, .pColorAttachments = refs, .pDepthStencilAttachment = depth ? &refs[t->n] : NULL};
    const VkRenderPassCreateInfo info = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO, .attachmentCount = n, .pAttachments = a,
                                         .subpassCount = 1, .pSubpasses = &sub};
    VkRenderPass pass;
    MUST(vkCreateRenderPass(k->device, &info, NULL, &pass));
    KIT_OWN(k, VK_OBJECT_TYPE_RENDER_PASS, pass);
    return pass;
}

static struct kit_image
make_attachment(struct kit *k, const struct kit_target *t, VkFormat format)
{
    const bool color = kit_aspects(format) & VK_IMAGE_ASPECT_COLOR_BIT;
    return kit_image(k, (VkImageCreateInfo){
                            .imageType = VK_IMAGE_TYPE_2D,
                            .format = format,
                            .extent = {t->width, t->height, 1},
                            .arrayLayers = t->layers,
                            .samples = t->samples,
                            .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT | VK_IMAGE_USAGE_SAMPLED_BIT |
                                     VK_IMAGE_USAGE_INPUT_ATTACHMENT_BIT |
                                     (color ? VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT : VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT),
                        });
}

void
kit_target_init(struct kit *k, struct kit_target *t, uint32_t width, uint32_t height, uint32_t layers, uint32_t n, const VkFormat *formats,
                VkFormat depth)
{
    const VkSampleCountFlagBits samples = VK_SAMPLE_COUNT_1_BIT;
    *t = (struct kit_target){.width = width, .height = height, .layers = layers, .n = n, .depth_format = depth, .samples = samples};
    VkImageView views[KIT_MAX_TARGETS + 1];
    for (uint32_t i = 0; i < n; i++) {
        t->formats[i] = formats[i];
        t->color[i] = make_attachment(k, t, formats[i]);
        views[i] = t->color[i].view;
    }
    if (depth) {
        t->depth = make_attachment(k, t, depth);
        views[n] = t->depth.view;
        t->clears[n].depthStencil = (VkClearDepthStencilValue){1.0f, 0};
    }
    t->pass = make_pass(k, t, VK_ATTACHMENT_LOAD_OP_CLEAR);
    t->keep = make_pass(k, t, VK_ATTACHMENT_LOAD_OP_LOAD);
    const VkFramebufferCreateInfo info = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO, .renderPass = t->pass,
                                          .attachmentCount = n + (depth != VK_FORMAT_UNDEFINED), .pAttachments = views, .width = width,
                                          .height = height, .layers = layers};
    MUST(vkCreateFramebuffer(k->device, &info, NULL, &t->framebuffer));
    KIT_OWN(k, VK_OBJECT_TYPE_FRAMEBUFFER, t->framebuffer);
}

void
kit_target_rgba(struct kit *k, struct kit_target *t, uint32_t width, uint32_t height)
{
    const VkFormat format = VK_FORMAT_R8G8B8A8_UNORM;
    kit_target_init(k, t, width, height, 1, 1, &format, VK_FORMAT_UNDEFINED);
}

static void
begin(VkCommandBuffer cmd, const struct kit_target *t, VkRenderPass pass)
{
    const VkRenderPassBeginInfo info = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO, .renderPass = pass, .framebuffer = t->framebuffer,
                                        .renderArea = {{0, 0}, {t->width, t->height}}, .clearValueCount = t->n + 1, .pClearValues = t->clears};
    vkCmdBeginRenderPass(cmd, &info, VK_SUBPASS_CONTENTS_INLINE);
}

void
kit_target_begin(VkCommandBuffer cmd, const struct kit_target *t)
{
    begin(cmd, t, t->pass);
}

void
kit_target_resume(VkCommandBuffer cmd, const struct kit_target *t)
{
    begin(cmd, t, t->keep);
}

/* ---- pipelines ---- */

void
kit_graphics_stage(struct kit *k, struct kit_graphics *g, VkShaderStageFlagBits stage, const uint32_t *code, size_t size_B)
{
    g->stages[g->info.stageCount++] = (VkPipelineShaderStageCreateInfo){.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                                                                        .stage = stage, .module = kit_module(k, code, size_B), .pName = "main"};
}

void
kit_graphics_init(struct kit *k, struct kit_graphics *g, const struct kit_target *t, VkPipelineLayout layout, const uint32_t *vert, size_t vert_B,
                  const uint32_t *frag, size_t frag_B)
{
    memset(g, 0, sizeof(*g));
    g->input.sType = VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO;
    g->input.pVertexBindingDescriptions = g->bindings;
    g->input.pVertexAttributeDescriptions = g->attributes;
    g->assembly.sType = VK_STRUCTURE_TYPE_PIPELINE_INPUT_ASSEMBLY_STATE_CREATE_INFO;
    g->assembly.topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST;
    g->tessellation.sType = VK_STRUCTURE_TYPE_PIPELINE_TESSELLATION_STATE_CREATE_INFO;
    g->tessellation.patchControlPoints = 3;
    g->viewport.sType = VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO;
    g->viewport.viewportCount = g->viewport.scissorCount = 1;
    g->viewport.pViewports = g->viewports;
    g->viewport.pScissors = g->scissors;
    g->viewports[0] = (VkViewport){0, 0, (float)t->width, (float)t->height, 0, 1};
    g->scissors[0] = (VkRect2D){{0, 0}, {t->width, t->height}};
    g->raster.sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_CREATE_INFO;
    g->raster.frontFace = VK_FRONT_FACE_COUNTER_CLOCKWISE;
    g->raster.lineWidth = 1.0f;
    g->samples.sType = VK_STRUCTURE_TYPE_PIPELINE_MULTISAMPLE_STATE_CREATE_INFO;
    g->samples.rasterizationSamples = t->samples;
    g->depth.sType = VK_STRUCTURE_TYPE_PIPELINE_DEPTH_STENCIL_STATE_CREATE_INFO;
    g->blend.sType = VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO;
    g->blend.attachmentCount = t->n;
    g->blend.pAttachments = g->targets;
    for (uint32_t i = 0; i < KIT_MAX_TARGETS; i++) {
        g->targets[i].colorWriteMask = 15;
    }
    g->dynamic.sType = VK_STRUCTURE_TYPE_PIPELINE_DYNAMIC_STATE_CREATE_INFO;
    g->dynamic.pDynamicStates = g->dynamics;
    g->info = (VkGraphicsPipelineCreateInfo){
        .sType = VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO,
        .pStages = g->stages,
        .pVertexInputState = &g->input,
        .pInputAssemblyState = &g->assembly,
        .pTessellationState = &g->tessellation,
        .pViewportState = &g->viewport,
        .pRasterizationState = &g->raster,
        .pMultisampleState = &g->samples,
        .pDepthStencilState = &g->depth,
        .pColorBlendState = &g->blend,
        .pDynamicState = &g->dynamic,
        .layout = layout,
        .renderPass = t->pass,
    };
    kit_graphics_stage(k, g, VK_SHADER_STAGE_VERTEX_BIT, vert, vert_B);
    if (frag) {
        kit_graphics_stage(k, g, VK_SHADER_STAGE_FRAGMENT_BIT, frag, frag_B);
    }
}

void
kit_graphics_vertices(struct kit_graphics *g, VkFormat format, uint32_t stride_B)
{
    g->bindings[0] = (VkVertexInputBindingDescription){0, stride_B, VK_VERTEX_INPUT_RATE_VERTEX};
    g->attributes[0] = (VkVertexInputAttributeDescription){0, 0, format, 0};
    g->input.vertexBindingDescriptionCount = g->input.vertexAttributeDescriptionCount = 1;
}

void
kit_graphics_dynamic(struct kit_graphics *g, VkDynamicState state)
{
    g->dynamics[g->dynamic.dynamicStateCount++] = state;
}

VkPipeline
kit_graphics_create(struct kit *k, struct kit_graphics *g)
{
    VkPipeline p;
    MUST(vkCreateGraphicsPipelines(k->device, k->cache, 1, &g->info, NULL, &p));
    KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, p);
    return p;
}

#define PART(bit) VK_GRAPHICS_PIPELINE_LIBRARY_##bit##_BIT_EXT

VkPipeline
kit_graphics_library(struct kit *k, const struct kit_graphics *g, VkPipelineLayout layout, VkGraphicsPipelineLibraryFlagsEXT parts)
{
    const VkGraphicsPipelineLibraryCreateInfoEXT lib = {.sType = VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_LIBRARY_CREATE_INFO_EXT,
                                                        .pNext = (void *)(uintptr_t)g->info.pNext, .flags = parts};
    VkPipelineShaderStageCreateInfo stages[5];
    VkGraphicsPipelineCreateInfo info = {.sType = VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO, .pNext = &lib,
                                         .flags = VK_PIPELINE_CREATE_LIBRARY_BIT_KHR | g->info.flags, .pStages = stages, .layout = layout,
                                         .renderPass = g->info.renderPass, .pDynamicState = g->info.pDynamicState};
    if (parts & PART(VERTEX_INPUT_INTERFACE)) {
        info.pVertexInputState = g->info.pVertexInputState;
        info.pInputAssemblyState = g->info.pInputAssemblyState;
    }
    if (parts & PART(PRE_RASTERIZATION_SHADERS)) {
        for (uint32_t i = 0; i < g->info.stageCount; i++) {
            if (g->stages[i].stage != VK_SHADER_STAGE_FRAGMENT_BIT) {
                stages[info.stageCount++] = g->stages[i];
            }
        }
        info.pTessellationState = g->info.pTessellationState;
        info.pViewportState = g->info.pViewportState;
        info.pRasterizationState = g->info.pRasterizationState;
    }
    if (parts & PART(FRAGMENT_SHADER)) {
        for (uint32_t i = 0; i < g->info.stageCount; i++) {
            if (g->stages[i].stage == VK_SHADER_STAGE_FRAGMENT_BIT) {
                stages[info.stageCount++] = g->stages[i];
            }
        }
        info.pDepthStencilState = g->info.pDepthStencilState;
        info.pMultisampleState = g->info.pMultisampleState;
    }
    if (parts & PART(FRAGMENT_OUTPUT_INTERFACE)) {
        info.pColorBlendState = g->info.pColorBlendState;
        info.pMultisampleState = g->info.pMultisampleState;
    }
    VkPipeline p;
    MUST(vkCreateGraphicsPipelines(k->device, VK_NULL_HANDLE, 1, &info, NULL, &p));
    KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, p); /* what is linked of it lives no longer */
    return p;
}

void
kit_dynamic_all(const struct kit *k, VkCommandBuffer cmd, const struct kit_target *t)
{
    const VkViewport v = {0, 0, (float)t->width, (float)t->height, 0, 1};
    const VkRect2D s = {{0, 0}, {t->width, t->height}};
    const VkSampleMask all = ~0u;
    const VkBool32 off[KIT_MAX_TARGETS] = {0}, on[KIT_MAX_TARGETS] = {1, 1, 1, 1, 1, 1, 1, 1};
    const VkColorComponentFlags rgba[KIT_MAX_TARGETS] = {15, 15, 15, 15, 15, 15, 15, 15};
    VkColorBlendEquationEXT replace[KIT_MAX_TARGETS];
    for (uint32_t i = 0; i < KIT_MAX_TARGETS; i++) {
        replace[i] = (VkColorBlendEquationEXT){VK_BLEND_FACTOR_ONE, VK_BLEND_FACTOR_ZERO, VK_BLEND_OP_ADD, VK_BLEND_FACTOR_ONE, VK_BLEND_FACTOR_ZERO,
                                               VK_BLEND_OP_ADD};
    }
    k->vk.CmdSetViewportWithCount(cmd, 1, &v);
    k->vk.CmdSetScissorWithCount(cmd, 1, &s);
    k->vk.CmdSetRasterizerDiscardEnable(cmd, VK_FALSE);
    k->vk.CmdSetVertexInputEXT(cmd, 0, NULL, 0, NULL);
    k->vk.CmdSetPrimitiveTopology(cmd, VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST);
    k->vk.CmdSetPrimitiveRestartEnable(cmd, VK_FALSE);
    k->vk.CmdSetRasterizationSamplesEXT(cmd, t->samples);
    k->vk.CmdSetSampleMaskEXT(cmd, t->samples, &all);
    k->vk.CmdSetAlphaToCoverageEnableEXT(cmd, VK_FALSE);
    if (k->features.alphaToOne) {
        k->vk.CmdSetAlphaToOneEnableEXT(cmd, VK_FALSE);
    }
    k->vk.CmdSetPolygonModeEXT(cmd, VK_POLYGON_MODE_FILL);
    k->vk.CmdSetCullMode(cmd, VK_CULL_MODE_NONE);
    k->vk.CmdSetFrontFace(cmd, VK_FRONT_FACE_COUNTER_CLOCKWISE);
    k->vk.CmdSetDepthTestEnable(cmd, VK_FALSE);
    k->vk.CmdSetDepthWriteEnable(cmd, VK_FALSE);
    k->vk.CmdSetDepthBoundsTestEnable(cmd, VK_FALSE);
    k->vk.CmdSetDepthBiasEnable(cmd, VK_FALSE);
    k->vk.CmdSetDepthClampEnableEXT(cmd, VK_FALSE);
    k->vk.CmdSetStencilTestEnable(cmd, VK_FALSE);
    k->vk.CmdSetLogicOpEnableEXT(cmd, VK_FALSE);
    k->vk.CmdSetColorBlendEnableEXT(cmd, 0, t->n, off);
    k->vk.CmdSetColorBlendEquationEXT(cmd, 0, t->n, replace);
    k->vk.CmdSetColorWriteMaskEXT(cmd, 0, t->n, rgba);
    if (k->vk.CmdSetColorWriteEnableEXT) {
        k->vk.CmdSetColorWriteEnableEXT(cmd, t->n, on);
    }
    if (k->vk.CmdSetSampleLocationsEnableEXT && kit_has(k, VK_EXT_SAMPLE_LOCATIONS_EXTENSION_NAME)) {
        k->vk.CmdSetSampleLocationsEnableEXT(cmd, VK_FALSE);
    }
    if (k->vk.CmdSetDepthClipEnableEXT && kit_has(k, VK_EXT_DEPTH_CLIP_ENABLE_EXTENSION_NAME)) {
        k->vk.CmdSetDepthClipEnableEXT(cmd, VK_TRUE);
    }
    if (k->vk.CmdSetDepthClipNegativeOneToOneEXT && kit_has(k, VK_EXT_DEPTH_CLIP_CONTROL_EXTENSION_NAME)) {
        k->vk.CmdSetDepthClipNegativeOneToOneEXT(cmd, VK_FALSE);
    }
    if (k->vk.CmdSetProvokingVertexModeEXT && kit_has(k, VK_EXT_PROVOKING_VERTEX_EXTENSION_NAME)) {
        k->vk.CmdSetProvokingVertexModeEXT(cmd, VK_PROVOKING_VERTEX_MODE_FIRST_VERTEX_EXT);
    }
    if (k->vk.CmdSetConservativeRasterizationModeEXT && kit_has(k, VK_EXT_CONSERVATIVE_RASTERIZATION_EXTENSION_NAME)) {
        k->vk.CmdSetConservativeRasterizationModeEXT(cmd, VK_CONSERVATIVE_RASTERIZATION_MODE_DISABLED_EXT);
    }
    if (k->vk.CmdSetAttachmentFeedbackLoopEnableEXT && kit_has(k, VK_EXT_ATTACHMENT_FEEDBACK_LOOP_DYNAMIC_STATE_EXTENSION_NAME)) {
        k->vk.CmdSetAttachmentFeedbackLoopEnableEXT(cmd, 0);
    }
}
