/* Rows in pairs: the same picture with one and with four samples per pixel, the four resolved at the end of the pass. 1920x1080, RGBA8, depth. */
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define SHADERS(vert, frag) bench_##vert.words, bench_##frag.words, bench_##vert.size_B, bench_##frag.size_B
#define W 1920u
#define H 1080u

struct scene {
    struct ex_image color, samples, depth; /* samples: only with several */
    VkRenderPass pass;
    VkFramebuffer fb;
    VkPipelineLayout layout;
    VkPipeline pipeline;
    struct ex_buffer vertices;
    uint32_t draws, count;
    float first_depth, step_depth, alpha;
    bool has_vertices;
};

/* keep: the samples are stored, too. */
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

static void
scene_init(struct bench *b, struct scene *s, VkSampleCountFlagBits n, bool keep)
{
    const struct ex_gpu *g = &b->gpu;
    memset(s, 0, sizeof(*s));
    const VkImageUsageFlags transient = keep ? 0 : VK_IMAGE_USAGE_TRANSIENT_ATTACHMENT_BIT;
    s->color = ex_image_create(g, W, H, 1, VK_FORMAT_R8G8B8A8_UNORM, VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT,
                               VK_IMAGE_ASPECT_COLOR_BIT);
    s->depth = ex_image_create_samples(g, W, H, n, VK_FORMAT_D32_SFLOAT, VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT | transient, VK_IMAGE_ASPECT_DEPTH_BIT);
    if (n > VK_SAMPLE_COUNT_1_BIT) {
        s->samples = ex_image_create_samples(g, W, H, n, VK_FORMAT_R8G8B8A8_UNORM, VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | transient,
                                             VK_IMAGE_ASPECT_COLOR_BIT);
    }
    s->pass = render_pass(g, n, keep);
    const VkImageView one[2] = {s->color.view, s->depth.view}, many[3] = {s->samples.view, s->depth.view, s->color.view};
    const VkFramebufferCreateInfo fci = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO, .renderPass = s->pass, .attachmentCount = s->samples.view ? 3 : 2,
                                         .pAttachments = s->samples.view ? many : one, .width = W, .height = H, .layers = 1};
    CHECK(vkCreateFramebuffer(g->device, &fci, NULL, &s->fb));
    const VkPushConstantRange range = {VK_SHADER_STAGE_VERTEX_BIT | VK_SHADER_STAGE_FRAGMENT_BIT, 0, 32};
    const VkPipelineLayoutCreateInfo lci = {.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO, .pushConstantRangeCount = 1, .pPushConstantRanges = &range};
    CHECK(vkCreatePipelineLayout(g->device, &lci, NULL, &s->layout));
    s->draws = 1;
    s->count = 3;
    s->first_depth = 0.5f;
    s->alpha = 1.0f;
}

static void
scene_finish(struct bench *b, struct scene *s)
{
    const struct ex_gpu *g = &b->gpu;
    vkDestroyPipeline(g->device, s->pipeline, NULL);
    vkDestroyPipelineLayout(g->device, s->layout, NULL);
    vkDestroyFramebuffer(g->device, s->fb, NULL);
    vkDestroyRenderPass(g->device, s->pass, NULL);
    ex_image_destroy(g, &s->color);
    ex_image_destroy(g, &s->depth);
    if (s->samples.image) {
        ex_image_destroy(g, &s->samples);
    }
    if (s->has_vertices) {
        ex_buffer_destroy(g, &s->vertices);
    }
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
    if (s->has_vertices) {
        const VkDeviceSize zero = 0;
        vkCmdBindVertexBuffers(cmd, 0, 1, &s->vertices.buffer, &zero);
    }
    for (uint32_t i = 0; i < s->draws; i++) {
        const float push[8] = {s->first_depth + (float)i * s->step_depth, 1.0f, 0, 0, 1.0f, 0, 0, s->alpha};
        vkCmdPushConstants(cmd, s->layout, VK_SHADER_STAGE_VERTEX_BIT | VK_SHADER_STAGE_FRAGMENT_BIT, 0, 32, push);
        vkCmdDraw(cmd, s->count, 1, 0, 0);
    }
    vkCmdEndRenderPass(cmd);
}

/* Seconds of a frame; the pixel in the middle must be within 2 of r g b. */
static double
measure(struct bench *b, struct scene *s, int r, int g, int bl)
{
    const double t = bench_repeat(b, record, s);
    uint8_t *p = ex_read_rgba(&b->gpu, &s->color);
    const uint8_t *c = p + (H / 2 * W + W / 2) * 4;
    b->wrong = abs(c[0] - r) > 2 || abs(c[1] - g) > 2 || abs(c[2] - bl) > 2;
    free(p);
    scene_finish(b, s);
    return t;
}

static double
fill(struct bench *b, VkSampleCountFlagBits n, bool blend, bool keep)
{
    static const VkPipelineColorBlendAttachmentState over = {VK_TRUE, VK_BLEND_FACTOR_SRC_ALPHA, VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA, VK_BLEND_OP_ADD,
                                                             VK_BLEND_FACTOR_ONE, VK_BLEND_FACTOR_ZERO, VK_BLEND_OP_ADD, 15};
    struct scene s;
    scene_init(b, &s, n, keep);
    const struct ex_pipeline_info pi = {SHADERS(fill_vert, constant_frag), NULL, s.layout, s.pass, W, H, false, false,
                                        blend ? &over : NULL};
    s.pipeline = ex_pipeline_samples(&b->gpu, &pi, n);
    s.draws = 4;
    s.alpha = blend ? 0.5f : 1.0f;
    return (double)W * H * 4 / measure(b, &s, blend ? 239 : 255, 0, 0) * 1e-6;
}

/* Sixteen layers, the nearest one first or last. */
static double
depth(struct bench *b, VkSampleCountFlagBits n, bool nearest_first)
{
    struct scene s;
    scene_init(b, &s, n, false);
    const struct ex_pipeline_info pi = {SHADERS(fill_vert, gradient_frag), NULL, s.layout, s.pass, W, H, true, false,
                                        NULL};
    s.pipeline = ex_pipeline_samples(&b->gpu, &pi, n);
    s.draws = 16;
    s.first_depth = nearest_first ? 0.1f : 0.9f;
    s.step_depth = nearest_first ? 0.05f : -0.05f;
    return (double)W * H * 16 / measure(b, &s, 128, 128, 64) * 1e-6;
}

/* Triangles of about 8 pixels with a depth test. */
static double
small(struct bench *b, VkSampleCountFlagBits n)
{
    enum { COLS = 480, ROWS = 270 };
    struct scene s;
    scene_init(b, &s, n, false);
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
    s.vertices = ex_buffer_create(&b->gpu, sizeof(float) * 6 * COLS * ROWS, v);
    s.has_vertices = true;
    free(v);
    const VkVertexInputBindingDescription vib = {0, 8, VK_VERTEX_INPUT_RATE_VERTEX};
    const VkVertexInputAttributeDescription via = {0, 0, VK_FORMAT_R32G32_SFLOAT, 0};
    const VkPipelineVertexInputStateCreateInfo vi = {.sType = VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO,
                                                     .vertexBindingDescriptionCount = 1, .pVertexBindingDescriptions = &vib,
                                                     .vertexAttributeDescriptionCount = 1, .pVertexAttributeDescriptions = &via};
    const struct ex_pipeline_info pi = {SHADERS(small_vert, constant_frag), &vi, s.layout, s.pass, W, H, true, false,
                                        NULL};
    s.pipeline = ex_pipeline_samples(&b->gpu, &pi, n);
    s.count = 3 * COLS * ROWS;
    return (double)COLS * ROWS / measure(b, &s, 255, 0, 0) * 1e-6;
}

/* Nothing but the clears and the resolve. */
static double
empty(struct bench *b, VkSampleCountFlagBits n)
{
    struct scene s;
    scene_init(b, &s, n, false);
    s.draws = 0;
    return (double)W * H / measure(b, &s, 0, 0, 0) * 1e-6;
}

#define ROW(name, call)                                                                                                                    \
    static double row_##name##_1(struct bench *b)                                                                                         \
    {                                                                                                                                      \
        const VkSampleCountFlagBits n = VK_SAMPLE_COUNT_1_BIT;                                                                             \
        return call;                                                                                                                       \
    }                                                                                                                                      \
    static double row_##name##_4(struct bench *b)                                                                                         \
    {                                                                                                                                      \
        const VkSampleCountFlagBits n = VK_SAMPLE_COUNT_4_BIT;                                                                             \
        return call;                                                                                                                       \
    }
ROW(fill, fill(b, n, false, false))
ROW(stored, fill(b, n, false, true))
ROW(blend, fill(b, n, true, false))
ROW(depth, depth(b, n, false))
ROW(hidden, depth(b, n, true))
ROW(small, small(b, n))
ROW(resolve, empty(b, n))

const struct bench_row bench_sample_rows[] = {
    {"fill_1_sample", "Mpixel/s", true, row_fill_1, false},
    {"fill_4_samples", "Mpixel/s", true, row_fill_4, false},
    {"stored_1_sample", "Mpixel/s", true, row_stored_1, false},
    {"stored_4_samples", "Mpixel/s", true, row_stored_4, false},
    {"blend_1_sample", "Mpixel/s", true, row_blend_1, false},
    {"blend_4_samples", "Mpixel/s", true, row_blend_4, false},
    {"depth_1_sample", "Mpixel/s", true, row_depth_1, false},
    {"depth_4_samples", "Mpixel/s", true, row_depth_4, false},
    {"hidden_1_sample", "Mpixel/s", true, row_hidden_1, false},
    {"hidden_4_samples", "Mpixel/s", true, row_hidden_4, false},
    {"small_1_sample", "Mtriangle/s", true, row_small_1, false},
    {"small_4_samples", "Mtriangle/s", true, row_small_4, false},
    {"resolve_1_sample", "Mpixel/s", true, row_resolve_1, false},
    {"resolve_4_samples", "Mpixel/s", true, row_resolve_4, false},
    {0},
};
