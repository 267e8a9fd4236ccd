#include "scene.h"

#include <stdlib.h>
#include <string.h>

static VkRenderPass
render_pass(const struct ex_gpu *g, VkSampleCountFlagBits n, bool keep)
{
    const bool many = n > VK_SAMPLE_COUNT_1_BIT;
    const VkAttachmentStoreOp store = !many || keep ? VK_ATTACHMENT_STORE_OP_STORE : VK_ATTACHMENT_STORE_OP_DONT_CARE;
    const VkAttachmentDescription a[3] = {
        {0, VK_FORMAT_R8G8B8A8_UNORM, n, VK_ATTACHMENT_LOAD_OP_CLEAR, store, VK_ATTACHMENT_LOAD_OP_DONT_CARE, VK_ATTACHMENT_STORE_OP_DONT_CARE,
         VK_IMAGE_LAYOUT_UNDEFINED, many ? VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL : VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL},
        {0, VK_FORMAT_D32_SFLOAT, n, VK_ATTACHMENT_LOAD_OP_CLEAR, keep ? VK_ATTACHMENT_STORE_OP_STORE : VK_ATTACHMENT_STORE_OP_DONT_CARE,
         VK_ATTACHMENT_LOAD_OP_DONT_CARE, VK_ATTACHMENT_STORE_OP_DONT_CARE, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_DEPTH_STENCIL_ATTACHMENT_OPTIMAL},
        {0, VK_FORMAT_R8G8B8A8_UNORM, VK_SAMPLE_COUNT_1_BIT, VK_ATTACHMENT_LOAD_OP_DONT_CARE, VK_ATTACHMENT_STORE_OP_STORE,
         VK_ATTACHMENT_LOAD_OP_DONT_CARE, VK_ATTACHMENT_STORE_OP_DONT_CARE, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL}};
    const VkAttachmentReference color = {0, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL}, depth = {1, VK_IMAGE_LAYOUT_DEPTH_STENCIL_ATTACHMENT_OPTIMAL},
                                to = {2, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL};
    const VkSubpassDescription sub = {.pipelineBindPoint = VK_PIPELINE_BIND_POINT_GRAPHICS, .colorAttachmentCount = 1, .pColorAttachments = &color,
                                      .pResolveAttachments = many ? &to : NULL, .pDepthStencilAttachment = &depth};
    const VkPipelineStageFlags stages = VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT | VK_PIPELINE_STAGE_EARLY_FRAGMENT_TESTS_BIT |
                                        VK_PIPELINE_STAGE_LATE_FRAGMENT_TESTS_BIT;
    const VkAccessFlags writes = VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT | VK_ACCESS_DEPTH_STENCIL_ATTACHMENT_WRITE_BIT;
    const VkSubpassDependency deps[2] = {
        {VK_SUBPASS_EXTERNAL, 0, stages, stages, writes, writes, 0},
        {0, VK_SUBPASS_EXTERNAL, stages, VK_PIPELINE_STAGE_TRANSFER_BIT, writes, VK_ACCESS_TRANSFER_READ_BIT, 0}};
    const VkRenderPassCreateInfo ci = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO, .attachmentCount = many ? 3 : 2, .pAttachments = a,
                                       .subpassCount = 1, .pSubpasses = &sub, .dependencyCount = 2, .pDependencies = deps};
    VkRenderPass p;
    CHECK(vkCreateRenderPass(g->device, &ci, NULL, &p));
    return p;
}

void
scene_init(struct bench *b, struct scene *s, VkSampleCountFlagBits samples, bool keep)
{
    const struct ex_gpu *g = &b->gpu;
    const bool many = samples > VK_SAMPLE_COUNT_1_BIT;
    const VkImageUsageFlags transient = many && !keep ? VK_IMAGE_USAGE_TRANSIENT_ATTACHMENT_BIT : 0;
    memset(s, 0, sizeof(*s));
    s->n = samples;
    s->color = ex_image_create(g, W, H, 1, VK_FORMAT_R8G8B8A8_UNORM, VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT,
                               VK_IMAGE_ASPECT_COLOR_BIT);
    s->depth = ex_image_create_samples(g, W, H, samples, VK_FORMAT_D32_SFLOAT, VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT | transient,
                                       VK_IMAGE_ASPECT_DEPTH_BIT);
    if (many) {
        s->samples = ex_image_create_samples(g, W, H, samples, VK_FORMAT_R8G8B8A8_UNORM, VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | transient,
                                             VK_IMAGE_ASPECT_COLOR_BIT);
    }
    s->pass = render_pass(g, samples, keep);
    const VkImageView views[3] = {many ? s->samples.view : s->color.view, s->depth.view, s->color.view};
    const VkFramebufferCreateInfo fci = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO, .renderPass = s->pass, .attachmentCount = many ? 3 : 2,
                                         .pAttachments = views, .width = W, .height = H, .layers = 1};
    CHECK(vkCreateFramebuffer(g->device, &fci, NULL, &s->fb));
    const VkDescriptorSetLayoutBinding bind = {0, VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, 1, VK_SHADER_STAGE_FRAGMENT_BIT, NULL};
    const VkDescriptorSetLayoutCreateInfo sci = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO, .bindingCount = 1, .pBindings = &bind};
    CHECK(vkCreateDescriptorSetLayout(g->device, &sci, NULL, &s->set_layout));
    const VkPushConstantRange range = {VK_SHADER_STAGE_VERTEX_BIT | VK_SHADER_STAGE_FRAGMENT_BIT, 0, 32};
    const VkPipelineLayoutCreateInfo lci = {.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO, .setLayoutCount = 1, .pSetLayouts = &s->set_layout,
                                            .pushConstantRangeCount = 1, .pPushConstantRanges = &range};
    CHECK(vkCreatePipelineLayout(g->device, &lci, NULL, &s->layout));
    s->draws = 1;
    s->count = 3;
    s->first_depth = 0.5f;
    s->uv_scale = 1.0f;
    s->color_value[0] = s->color_value[3] = 1.0f;
}

void
scene_finish(struct bench *b, struct scene *s)
{
    const struct ex_gpu *g = &b->gpu;
    vkDestroyPipeline(g->device, s->pipeline, NULL);
    vkDestroyPipeline(g->device, s->other, NULL);
    vkDestroySampler(g->device, s->sampler, NULL);
    vkDestroyPipelineLayout(g->device, s->layout, NULL);
    vkDestroyDescriptorSetLayout(g->device, s->set_layout, NULL);
    vkDestroyFramebuffer(g->device, s->fb, NULL);
    vkDestroyRenderPass(g->device, s->pass, NULL);
    ex_image_destroy(g, &s->color);
    ex_image_destroy(g, &s->depth);
    if (s->samples.image) {
        ex_image_destroy(g, &s->samples);
    }
    if (s->texture.image) {
        ex_image_destroy(g, &s->texture);
    }
    if (s->vertices.buffer) {
        ex_buffer_destroy(g, &s->vertices);
    }
}

VkPipeline
scene_pipeline(struct bench *b, const struct scene *s, struct bench_code vs, struct bench_code fs, bool depth, bool blend,
               const VkPipelineVertexInputStateCreateInfo *vi)
{
    static const VkPipelineColorBlendAttachmentState over = {VK_TRUE, VK_BLEND_FACTOR_SRC_ALPHA, VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA, VK_BLEND_OP_ADD,
                                                             VK_BLEND_FACTOR_ONE, VK_BLEND_FACTOR_ZERO, VK_BLEND_OP_ADD, 15};
    const struct ex_pipeline_info pi = {vs.words, fs.words, vs.size_B, fs.size_B, vi, s->layout, s->pass, W, H, depth, false, blend ? &over : NULL};
    return ex_pipeline_samples(&b->gpu, &pi, s->n);
}

void
scene_small_triangles(struct bench *b, struct scene *s, bool depth)
{
    enum { COLS = 480, ROWS = 270 };
    _Static_assert(COLS * ROWS == SMALL_TRIANGLES, "");
    float *v = malloc(sizeof(float) * 6 * COLS * ROWS), *p = v;
    if (!v) {
        ex_die("malloc", 0);
    }
    for (int y = 0; y < ROWS; y++) {
        for (int x = 0; x < COLS; x++) {
            const float fx = (float)x / COLS * 2 - 1, fy = (float)y / ROWS * 2 - 1, dx = 2.0f / COLS, dy = 2.0f / ROWS;
            const float t[6] = {fx, fy, fx + dx, fy, fx, fy + dy};
            memcpy(p, t, sizeof(t));
            p += 6;
        }
    }
    s->vertices = ex_buffer_create(&b->gpu, sizeof(float) * 6 * COLS * ROWS, v);
    free(v);
    const VkVertexInputBindingDescription vib = {0, 8, VK_VERTEX_INPUT_RATE_VERTEX};
    const VkVertexInputAttributeDescription via = {0, 0, VK_FORMAT_R32G32_SFLOAT, 0};
    const VkPipelineVertexInputStateCreateInfo vi = {.sType = VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO,
                                                     .vertexBindingDescriptionCount = 1, .pVertexBindingDescriptions = &vib,
                                                     .vertexAttributeDescriptionCount = 1, .pVertexAttributeDescriptions = &via};
    s->pipeline = scene_pipeline(b, s, bench_small_vert, bench_constant_frag, depth, false, &vi);
    s->count = 3 * SMALL_TRIANGLES;
}

void
scene_record(VkCommandBuffer cmd, void *scene)
{
    const struct scene *s = scene;
    const VkClearValue clears[2] = {{.color.float32 = {0, 0, 0, 1}}, {.depthStencil = {1.0f, 0}}};
    const VkRenderPassBeginInfo bi = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO, .renderPass = s->pass, .framebuffer = s->fb,
                                      .renderArea = {{0, 0}, {W, H}}, .clearValueCount = 2, .pClearValues = clears};
    vkCmdBeginRenderPass(cmd, &bi, VK_SUBPASS_CONTENTS_INLINE);
    if (s->draws) {
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, s->pipeline);
    }
    if (s->set) {
        vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, s->layout, 0, 1, &s->set, 0, NULL);
    }
    if (s->vertices.buffer) {
        const VkDeviceSize zero = 0;
        vkCmdBindVertexBuffers(cmd, 0, 1, &s->vertices.buffer, &zero);
    }
    for (uint32_t i = 0; i < s->draws; i++) {
        const float push[8] = {s->first_depth + (float)i * s->step_depth, s->uv_scale, 0, 0, s->color_value[0], s->color_value[1],
                               s->color_value[2], s->color_value[3]};
        if (s->other && i) {
            vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, i & 1 ? s->other : s->pipeline);
        }
        vkCmdPushConstants(cmd, s->layout, VK_SHADER_STAGE_VERTEX_BIT | VK_SHADER_STAGE_FRAGMENT_BIT, 0, 32, push);
        vkCmdDraw(cmd, s->count, 1, 0, 0);
    }
    vkCmdEndRenderPass(cmd);
}

void
scene_expect(struct bench *b, const struct scene *s, int r, int g, int bl, int tolerance)
{
    uint8_t *p = ex_read_rgba(&b->gpu, &s->color);
    const uint8_t *c = p + (H / 2 * W + W / 2) * 4;
    b->wrong = b->wrong || abs(c[0] - r) > tolerance || abs(c[1] - g) > tolerance || abs(c[2] - bl) > tolerance;
    free(p);
}
