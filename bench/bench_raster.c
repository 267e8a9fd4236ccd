/* Graphics rows: 1920x1080, RGBA8. */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "constant_frag.h"
#include "fill_vert.h"
#include "gradient_frag.h"
#include "heavy_frag.h"
#include "heavy_vert.h"
#include "small_vert.h"
#include "textured_frag.h"

const struct bench_code bench_fill_vert = {fill_vert, sizeof(fill_vert)}, bench_small_vert = {small_vert, sizeof(small_vert)},
                        bench_constant_frag = {constant_frag, sizeof(constant_frag)}, bench_gradient_frag = {gradient_frag, sizeof(gradient_frag)};

#define W 1920u
#define H 1080u

struct scene {
    struct ex_image color, depth, texture;
    VkRenderPass pass;
    VkFramebuffer fb;
    VkDescriptorSetLayout set_layout;
    VkPipelineLayout layout;
    VkDescriptorSet set;
    VkSampler sampler;
    VkPipeline pipeline, other;
    struct ex_buffer vertices;
    uint32_t draws, count;
    float first_depth, step_depth, uv_scale, color_value[4];
    bool alternate, has_vertices;
};

static void
scene_init(struct bench *b, struct scene *s)
{
    const struct ex_gpu *g = &b->gpu;
    memset(s, 0, sizeof(*s));
    s->color = ex_image_create(g, W, H, 1, VK_FORMAT_R8G8B8A8_UNORM, VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT,
                               VK_IMAGE_ASPECT_COLOR_BIT);
    s->depth = ex_image_create(g, W, H, 1, VK_FORMAT_D32_SFLOAT, VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT, VK_IMAGE_ASPECT_DEPTH_BIT);
    s->pass = ex_render_pass(g, true);
    const VkImageView views[2] = {s->color.view, s->depth.view};
    const VkFramebufferCreateInfo fci = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO, .renderPass = s->pass, .attachmentCount = 2,
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

static void
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
    if (s->texture.image) {
        ex_image_destroy(g, &s->texture);
    }
    if (s->has_vertices) {
        ex_buffer_destroy(g, &s->vertices);
    }
}

static VkPipeline
make(struct bench *b, const struct scene *s, const uint32_t *vs, size_t vs_B, const uint32_t *fs, size_t fs_B, bool depth, bool blend,
     const VkPipelineVertexInputStateCreateInfo *vi)
{
    static const VkPipelineColorBlendAttachmentState over = {VK_TRUE, VK_BLEND_FACTOR_SRC_ALPHA, VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA, VK_BLEND_OP_ADD,
                                                             VK_BLEND_FACTOR_ONE, VK_BLEND_FACTOR_ZERO, VK_BLEND_OP_ADD, 15};
    const struct ex_pipeline_info pi = {vs, fs, vs_B, fs_B, vi, s->layout, s->pass, W, H, depth, false, blend ? &over : NULL};
    return ex_pipeline(&b->gpu, &pi);
}

static void
record(VkCommandBuffer cmd, void *arg)
{
    const struct scene *s = arg;
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
    if (s->has_vertices) {
        const VkDeviceSize zero = 0;
        vkCmdBindVertexBuffers(cmd, 0, 1, &s->vertices.buffer, &zero);
    }
    for (uint32_t i = 0; i < s->draws; i++) {
        const float push[8] = {s->first_depth + (float)i * s->step_depth, s->uv_scale, 0, 0, s->color_value[0], s->color_value[1],
                               s->color_value[2], s->color_value[3]};
        if (s->alternate && i) {
            vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, i & 1 ? s->other : s->pipeline);
        }
        vkCmdPushConstants(cmd, s->layout, VK_SHADER_STAGE_VERTEX_BIT | VK_SHADER_STAGE_FRAGMENT_BIT, 0, 32, push);
        vkCmdDraw(cmd, s->count, 1, 0, 0);
    }
    vkCmdEndRenderPass(cmd);
}

/* Pixel in the middle within `tolerance` of r g b. */
static void
expect(struct bench *b, const struct scene *s, int r, int g, int bl, int tolerance)
{
    uint8_t *p = ex_read_rgba(&b->gpu, &s->color);
    const uint8_t *c = p + (H / 2 * W + W / 2) * 4;
    b->wrong = b->wrong || abs(c[0] - r) > tolerance || abs(c[1] - g) > tolerance || abs(c[2] - bl) > tolerance;
    free(p);
}

static double
fill(struct bench *b, const uint32_t *fs, size_t fs_B, bool blend, bool depth, uint32_t layers, float z0, float dz, int r, int g, int bl, int tol)
{
    struct scene s;
    scene_init(b, &s);
    s.pipeline = make(b, &s, fill_vert, sizeof(fill_vert), fs, fs_B, depth, blend, NULL);
    s.draws = layers;
    s.first_depth = z0;
    s.step_depth = dz;
    if (blend) {
        s.color_value[3] = 0.5f;
    }
    const double t = bench_repeat(b, record, &s);
    expect(b, &s, r, g, bl, tol);
    scene_finish(b, &s);
    return (double)W * H * layers / t * 1e-6;
}

static double
row_constant(struct bench *b)
{
    return fill(b, constant_frag, sizeof(constant_frag), false, false, 4, 0.5f, 0, 255, 0, 0, 0);
}

static double
row_gradient(struct bench *b)
{
    return fill(b, gradient_frag, sizeof(gradient_frag), false, false, 4, 0.5f, 0, 128, 128, 64, 2);
}

static double
row_blend(struct bench *b)
{
    return fill(b, constant_frag, sizeof(constant_frag), true, false, 4, 0.5f, 0, 239, 0, 0, 2);
}

static double
row_front_to_back(struct bench *b)
{
    return fill(b, gradient_frag, sizeof(gradient_frag), false, true, 16, 0.1f, 0.05f, 128, 128, 64, 2);
}

static double
row_back_to_front(struct bench *b)
{
    return fill(b, gradient_frag, sizeof(gradient_frag), false, true, 16, 0.9f, -0.05f, 128, 128, 64, 2);
}

static double
textured(struct bench *b, bool mips)
{
    struct scene s;
    scene_init(b, &s);
    const struct ex_gpu *g = &b->gpu;
    const uint32_t levels = mips ? 10 : 1;
    s.texture = ex_image_create(g, 512, 512, levels, VK_FORMAT_R8G8B8A8_UNORM, VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT,
                                VK_IMAGE_ASPECT_COLOR_BIT);
    VkCommandBuffer cmd = ex_begin(g);
    ex_barrier(cmd, s.texture.image, VK_IMAGE_ASPECT_COLOR_BIT, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_GENERAL);
    const VkClearColorValue value = {.float32 = {0.25f, 0.5f, 0.75f, 1.0f}};
    const VkImageSubresourceRange all = {VK_IMAGE_ASPECT_COLOR_BIT, 0, levels, 0, 1};
    vkCmdClearColorImage(cmd, s.texture.image, VK_IMAGE_LAYOUT_GENERAL, &value, 1, &all);
    ex_barrier(cmd, s.texture.image, VK_IMAGE_ASPECT_COLOR_BIT, VK_IMAGE_LAYOUT_GENERAL, VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL);
    ex_submit(g, cmd);
    const VkSamplerCreateInfo sci = {.sType = VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO, .magFilter = VK_FILTER_LINEAR, .minFilter = VK_FILTER_LINEAR,
                                     .mipmapMode = mips ? VK_SAMPLER_MIPMAP_MODE_LINEAR : VK_SAMPLER_MIPMAP_MODE_NEAREST, .maxLod = mips ? 16.0f : 0.0f};
    CHECK(vkCreateSampler(g->device, &sci, NULL, &s.sampler));
    const VkDescriptorSetAllocateInfo dai = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO, .descriptorPool = g->descriptors,
                                             .descriptorSetCount = 1, .pSetLayouts = &s.set_layout};
    CHECK(vkAllocateDescriptorSets(g->device, &dai, &s.set));
    const VkDescriptorImageInfo ii = {s.sampler, s.texture.view, VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL};
    const VkWriteDescriptorSet w = {.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET, .dstSet = s.set, .descriptorCount = 1,
                                    .descriptorType = VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, .pImageInfo = &ii};
    vkUpdateDescriptorSets(g->device, 1, &w, 0, NULL);
    s.pipeline = make(b, &s, fill_vert, sizeof(fill_vert), textured_frag, sizeof(textured_frag), false, false, NULL);
    s.uv_scale = mips ? 6.0f : 2.0f;
    const double t = bench_repeat(b, record, &s);
    expect(b, &s, 64, 128, 191, 1);
    scene_finish(b, &s);
    return (double)W * H / t * 1e-6;
}

static double
row_bilinear(struct bench *b)
{
    return textured(b, false);
}

static double
row_trilinear(struct bench *b)
{
    return textured(b, true);
}

static double
row_small(struct bench *b)
{
    enum { COLS = 480, ROWS = 270 };
    struct scene s;
    scene_init(b, &s);
    float *v = malloc(sizeof(float) * 2 * 3 * COLS * ROWS), *p = v;
    if (!v) {
        ex_die("malloc", 0);
    }
    for (int y = 0; y < ROWS; y++) {
        for (int x = 0; x < COLS; x++) { /* about 8 pixels each */
            const float fx = (float)x / COLS * 2 - 1, fy = (float)y / ROWS * 2 - 1, dx = 2.0f / COLS, dy = 2.0f / ROWS;
            const float t[6] = {fx, fy, fx + dx, fy, fx, fy + dy};
            memcpy(p, t, sizeof(t));
            p += 6;
        }
    }
    s.vertices = ex_buffer_create(&b->gpu, sizeof(float) * 6 * COLS * ROWS, v);
    s.has_vertices = true;
    free(v);
    const VkVertexInputBindingDescription vib = {0, 8, VK_VERTEX_INPUT_RATE_VERTEX};
    const VkVertexInputAttributeDescription via = {0, 0, VK_FORMAT_R32G32_SFLOAT, 0};
    const VkPipelineVertexInputStateCreateInfo vi = {.sType = VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO,
                                                     .vertexBindingDescriptionCount = 1, .pVertexBindingDescriptions = &vib,
                                                     .vertexAttributeDescriptionCount = 1, .pVertexAttributeDescriptions = &via};
    s.pipeline = make(b, &s, small_vert, sizeof(small_vert), constant_frag, sizeof(constant_frag), false, false, &vi);
    s.count = 3 * COLS * ROWS;
    const double t = bench_repeat(b, record, &s);
    expect(b, &s, 255, 0, 0, 0);
    scene_finish(b, &s);
    return (double)COLS * ROWS / t * 1e-6;
}

static double
row_heavy_vertex(struct bench *b)
{
    struct scene s;
    scene_init(b, &s);
    s.pipeline = make(b, &s, heavy_vert, sizeof(heavy_vert), constant_frag, sizeof(constant_frag), false, false, NULL);
    s.count = 300000;
    const double t = bench_repeat(b, record, &s);
    expect(b, &s, 0, 0, 0, 0);
    scene_finish(b, &s);
    return 0.3 / t;
}

static double
draws(struct bench *b, bool alternate)
{
    struct scene s;
    scene_init(b, &s);
    s.pipeline = make(b, &s, heavy_vert, sizeof(heavy_vert), constant_frag, sizeof(constant_frag), false, false, NULL);
    s.other = make(b, &s, heavy_vert, sizeof(heavy_vert), gradient_frag, sizeof(gradient_frag), true, false, NULL);
    s.draws = 10000;
    s.alternate = alternate;
    const double t = bench_repeat(b, record, &s);
    expect(b, &s, 0, 0, 0, 0);
    scene_finish(b, &s);
    return 10.0 / t;
}

static double
row_draws(struct bench *b)
{
    return draws(b, false);
}

static double
row_state_draws(struct bench *b)
{
    return draws(b, true);
}

static double
row_clear(struct bench *b)
{
    struct scene s;
    scene_init(b, &s);
    s.draws = 0;
    const double t = bench_repeat(b, record, &s);
    expect(b, &s, 0, 0, 0, 0);
    scene_finish(b, &s);
    return (double)W * H * 8 / t * 1e-9;
}

static double
pipeline_time(struct bench *b, const uint32_t *fs, size_t fs_B)
{
    struct scene s;
    scene_init(b, &s);
    const double t = bench_now();
    s.pipeline = make(b, &s, fill_vert, sizeof(fill_vert), fs, fs_B, false, false, NULL);
    VkCommandBuffer cmd = ex_begin(&b->gpu);
    record(cmd, &s);
    ex_submit(&b->gpu, cmd);
    const double r = (bench_now() - t) * 1e3;
    scene_finish(b, &s);
    return r;
}

static double
row_pipeline_simple(struct bench *b)
{
    return pipeline_time(b, gradient_frag, sizeof(gradient_frag));
}

static double
row_pipeline_heavy(struct bench *b)
{
    return pipeline_time(b, heavy_frag, sizeof(heavy_frag));
}

static double
row_first_frame(struct bench *b)
{
    const double t = bench_now();
    ex_gpu_init(&b->gpu, NULL, 0, NULL, 0);
    struct scene s;
    scene_init(b, &s);
    s.pipeline = make(b, &s, fill_vert, sizeof(fill_vert), constant_frag, sizeof(constant_frag), false, false, NULL);
    VkCommandBuffer cmd = ex_begin(&b->gpu);
    record(cmd, &s);
    ex_submit(&b->gpu, cmd);
    expect(b, &s, 255, 0, 0, 0);
    const double r = (bench_now() - t) * 1e3;
    scene_finish(b, &s);
    ex_gpu_finish(&b->gpu);
    return r;
}

const struct bench_row bench_raster_rows[] = {
    {"first_frame", "ms", false, row_first_frame, true},
    {"first_frame_warm", "ms", false, row_first_frame, true},
    {"pipeline_simple", "ms", false, row_pipeline_simple, false},
    {"pipeline_heavy", "ms", false, row_pipeline_heavy, false},
    {"pipeline_heavy_warm", "ms", false, row_pipeline_heavy, false},
    {"fill_constant", "Mpixel/s", true, row_constant, false},
    {"fill_interpolated", "Mpixel/s", true, row_gradient, false},
    {"fill_blended", "Mpixel/s", true, row_blend, false},
    {"depth_front_to_back", "Mpixel/s", true, row_front_to_back, false},
    {"depth_back_to_front", "Mpixel/s", true, row_back_to_front, false},
    {"bilinear", "Mpixel/s", true, row_bilinear, false},
    {"trilinear", "Mpixel/s", true, row_trilinear, false},
    {"small_triangles", "Mtriangle/s", true, row_small, false},
    {"heavy_vertex", "Mvertex/s", true, row_heavy_vertex, false},
    {"draws_push_constants", "kdraw/s", true, row_draws, false},
    {"draws_state_changes", "kdraw/s", true, row_state_draws, false},
    {"clear_pass", "GB/s", true, row_clear, false},
    {0},
};
