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
