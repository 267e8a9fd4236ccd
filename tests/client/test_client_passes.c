/* Render passes: load operations, input attachments, self-dependencies, multiview, secondaries, suspended passes, queries inside.
 * SPEC: renderpass, interfaces-inputattachment, queries. Values are chosen so that float formats hold them exactly. */
#include "kit.h"

#include "kit_color_frag.h"
#include "kit_tri_vert.h"
#include "pass_again_frag.h"
#include "pass_input_frag.h"
#include "pass_store_vert.h"
#include "pass_view_frag.h"
#include "pass_z_vert.h"

#define W 70 /* more than a tile */
#define H 67
#define NO VK_ATTACHMENT_UNUSED
#define COLOR VK_IMAGE_ASPECT_COLOR_BIT
#define LOAD VK_ATTACHMENT_LOAD_OP_LOAD
#define CLEAR VK_ATTACHMENT_LOAD_OP_CLEAR
/* What a subpass declares for itself and what its barriers say: one must contain the other word by word. */
#define REGION_WRITES (VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT | VK_ACCESS_DEPTH_STENCIL_ATTACHMENT_WRITE_BIT)
#define REGION_READS VK_ACCESS_INPUT_ATTACHMENT_READ_BIT

struct push {
    float color[4], z;
    uint32_t second, n;
};

/* ---- short ways to make passes ---- */

struct sub {
    uint32_t n_color, color[4], n_input, input[4], depth, views;
    bool self; /* a by-region dependency on itself, fragments to fragments */
};

static VkAttachmentDescription
att(VkFormat format, VkAttachmentLoadOp load)
{
    return (VkAttachmentDescription){.format = format, .samples = VK_SAMPLE_COUNT_1_BIT, .loadOp = load, .storeOp = VK_ATTACHMENT_STORE_OP_STORE,
                                     .stencilLoadOp = load, .stencilStoreOp = VK_ATTACHMENT_STORE_OP_STORE,
                                     .initialLayout = VK_IMAGE_LAYOUT_GENERAL, .finalLayout = VK_IMAGE_LAYOUT_GENERAL};
}

static VkRenderPass
make_pass(struct kit *k, uint32_t n_att, const VkAttachmentDescription *atts, uint32_t n_sub, const struct sub *subs)
{
    VkAttachmentReference refs[8][9];
    VkSubpassDescription sd[8] = {0};
    VkSubpassDependency deps[16];
    uint32_t views[8], n_deps = 0;
    const VkPipelineStageFlags all = VK_PIPELINE_STAGE_ALL_GRAPHICS_BIT;
    const VkPipelineStageFlags frag = VK_PIPELINE_STAGE_FRAGMENT_SHADER_BIT | VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT |
                                      VK_PIPELINE_STAGE_EARLY_FRAGMENT_TESTS_BIT | VK_PIPELINE_STAGE_LATE_FRAGMENT_TESTS_BIT;
    const VkAccessFlags any = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT;
    bool multiview = false;
    for (uint32_t i = 0; i < n_sub; i++) {
        for (uint32_t c = 0; c < 4; c++) {
            refs[i][c] = (VkAttachmentReference){subs[i].color[c], VK_IMAGE_LAYOUT_GENERAL};
            refs[i][4 + c] = (VkAttachmentReference){subs[i].input[c], VK_IMAGE_LAYOUT_GENERAL};
        }
        refs[i][8] = (VkAttachmentReference){subs[i].depth, VK_IMAGE_LAYOUT_GENERAL};
        sd[i].colorAttachmentCount = subs[i].n_color;
        sd[i].pColorAttachments = refs[i];
        sd[i].inputAttachmentCount = subs[i].n_input;
        sd[i].pInputAttachments = refs[i] + 4;
        sd[i].pDepthStencilAttachment = subs[i].depth != NO ? &refs[i][8] : NULL;
        views[i] = subs[i].views;
        multiview = multiview || views[i];
        if (i) {
            deps[n_deps++] = (VkSubpassDependency){i - 1, i, all, all, any, any, 0};
        }
        if (subs[i].self) {
            deps[n_deps++] = (VkSubpassDependency){i, i, frag, frag, REGION_WRITES, REGION_READS,
                                                   VK_DEPENDENCY_BY_REGION_BIT | (subs[i].views ? VK_DEPENDENCY_VIEW_LOCAL_BIT : 0)};
        }
    }
    const VkRenderPassMultiviewCreateInfo mv = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_MULTIVIEW_CREATE_INFO, .subpassCount = n_sub,
                                                .pViewMasks = views};
    const VkRenderPassCreateInfo info = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO, .pNext = multiview ? &mv : NULL, .attachmentCount = n_att,
                                         .pAttachments = atts, .subpassCount = n_sub, .pSubpasses = sd, .dependencyCount = n_deps,
                                         .pDependencies = deps};
    VkRenderPass pass;
    MUST(vkCreateRenderPass(k->device, &info, NULL, &pass));
    KIT_OWN(k, VK_OBJECT_TYPE_RENDER_PASS, pass);
    return pass;
}

static VkFramebuffer
make_framebuffer(struct kit *k, VkRenderPass pass, uint32_t n, const VkImageView *views)
{
    const VkFramebufferCreateInfo info = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO, .renderPass = pass, .attachmentCount = n,
                                          .pAttachments = views, .width = W, .height = H, .layers = 1};
    VkFramebuffer fb;
    MUST(vkCreateFramebuffer(k->device, &info, NULL, &fb));
    KIT_OWN(k, VK_OBJECT_TYPE_FRAMEBUFFER, fb);
    return fb;
}

static struct kit_image
make_image(struct kit *k, VkFormat format, uint32_t layers)
{
    const VkImageUsageFlags kind =
        kit_aspects(format) & COLOR ? VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT : VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT;
    return kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_2D, .format = format, .extent = {W, H, 1}, .arrayLayers = layers,
                                            .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT |
                                                     VK_IMAGE_USAGE_INPUT_ATTACHMENT_BIT | kind});
}

static void
begin(VkCommandBuffer cmd, VkRenderPass pass, VkFramebuffer fb, uint32_t n, const VkClearValue *clears, VkSubpassContents contents)
{
    const VkRenderPassBeginInfo info = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO, .renderPass = pass, .framebuffer = fb,
                                        .renderArea = {{0, 0}, {W, H}}, .clearValueCount = n, .pClearValues = clears};
    vkCmdBeginRenderPass(cmd, &info, contents);
}

/* A pipeline of a pass that this file made: the kit's state wants a target for sizes alone. */
static VkPipeline
make_pipeline(struct kit *k, VkRenderPass pass, uint32_t subpass, VkPipelineLayout layout, const uint32_t *vert, size_t vert_B, const uint32_t *frag,
              size_t frag_B, bool depth)
{
    const struct kit_target t = {.width = W, .height = H, .layers = 1, .n = 1, .samples = VK_SAMPLE_COUNT_1_BIT, .pass = pass};
    struct kit_graphics g;
    kit_graphics_init(k, &g, &t, layout, vert, vert_B, frag, frag_B);
    g.info.renderPass = pass;
    g.info.subpass = subpass;
    if (depth) {
        g.info.pDepthStencilState = &g.depth;
        g.depth.depthTestEnable = g.depth.depthWriteEnable = VK_TRUE;
        g.depth.depthCompareOp = VK_COMPARE_OP_ALWAYS;
        g.depth.stencilTestEnable = VK_TRUE;
        g.depth.front = g.depth.back = (VkStencilOpState){.passOp = VK_STENCIL_OP_REPLACE, .compareOp = VK_COMPARE_OP_ALWAYS, .compareMask = 255,
                                                          .writeMask = 255, .reference = 7};
    }
    return kit_graphics_create(k, &g);
}

static void
draw(VkCommandBuffer cmd, VkPipeline pipe, VkPipelineLayout layout, VkDescriptorSet set, const float color[4], float z)
{
    struct push p = {.z = z};
    memcpy(p.color, color, sizeof(p.color));
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    if (set) {
        vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, layout, 0, 1, &set, 0, NULL);
    }
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(p), &p);
    vkCmdDraw(cmd, 3, 1, 0, 0);
}

static void
region_barrier(VkCommandBuffer cmd, VkDependencyFlags flags)
{
    const VkMemoryBarrier m = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
                               .srcAccessMask = REGION_WRITES, .dstAccessMask = REGION_READS};
    vkCmdPipelineBarrier(cmd, VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT | VK_PIPELINE_STAGE_LATE_FRAGMENT_TESTS_BIT,
                         VK_PIPELINE_STAGE_FRAGMENT_SHADER_BIT, VK_DEPENDENCY_BY_REGION_BIT | flags, 1, &m, 0, NULL, 0, NULL);
}

/* Every texel of an RGBA32F image has this value. */
static void
expect_rgba(struct kit *k, const char *what, const struct kit_image *img, uint32_t layer, const float want[4])
{
    const float *got = kit_read(k, img, COLOR, 0, layer);
    float *all = kit_alloc(k, W * H * 16);
    for (uint32_t i = 0; i < W * H; i++) {
        memcpy(all + i * 4, want, 16);
    }
    kit_same(k, what, got, all, W * H, 16, W);
}

#define INPUT VK_DESCRIPTOR_TYPE_INPUT_ATTACHMENT
static const float zeros[4];

/* Colour, depth and stencil of one subpass, read in the next. */
static void
case_inputs(struct kit *k)
{
    const VkFormat ds = VK_FORMAT_D32_SFLOAT_S8_UINT, rgba = VK_FORMAT_R32G32B32A32_SFLOAT;
    SKIP_UNLESS(k, kit_format_features(k, ds, VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_DEPTH_STENCIL_ATTACHMENT_BIT, "D32S8");
    const struct kit_image a = make_image(k, rgba, 1), z = make_image(k, ds, 1), out = make_image(k, rgba, 1);
    const VkAttachmentDescription atts[3] = {att(rgba, CLEAR), att(ds, CLEAR), att(rgba, CLEAR)};
    const struct sub subs[2] = {{.n_color = 1, .color = {0}, .depth = 1}, {.n_color = 1, .color = {2}, .n_input = 2, .input = {0, 1}, .depth = NO}};
    const VkRenderPass pass = make_pass(k, 3, atts, 2, subs);
    const VkImageView views[3] = {a.view, z.view, out.view};
    const VkFramebuffer fb = make_framebuffer(k, pass, 3, views);
    const VkDescriptorType types[3] = {INPUT, INPUT, INPUT};
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 3, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, sizeof(struct push));
    const VkDescriptorSet set = kit_set(k, sl);
    kit_write_image(k, set, 0, 0, INPUT, a.view, VK_NULL_HANDLE);
    kit_write_image(k, set, 1, 0, INPUT, kit_view(k, &z, VK_IMAGE_VIEW_TYPE_2D, 0, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 1, 0, 1), VK_NULL_HANDLE);
    kit_write_image(k, set, 2, 0, INPUT, kit_view(k, &z, VK_IMAGE_VIEW_TYPE_2D, 0, VK_IMAGE_ASPECT_STENCIL_BIT, 0, 1, 0, 1), VK_NULL_HANDLE);
    const VkPipeline first = make_pipeline(k, pass, 0, layout, KIT_CODE(pass_z_vert), KIT_CODE(kit_color_frag), true);
    const VkPipeline second = make_pipeline(k, pass, 1, layout, KIT_CODE(pass_z_vert), KIT_CODE(pass_input_frag), false);
    const VkClearValue clears[3] = {0};
    const VkCommandBuffer cmd = kit_begin(k);
    begin(cmd, pass, fb, 3, clears, VK_SUBPASS_CONTENTS_INLINE);
    draw(cmd, first, layout, set, (const float[4]){0.5f, 3.25f, 0, 0}, 0.375f);
    vkCmdNextSubpass(cmd, VK_SUBPASS_CONTENTS_INLINE);
    draw(cmd, second, layout, set, zeros, 0.5f);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    expect_rgba(k, "inputs", &out, 0, (const float[4]){0.5f, 3.25f, 0.375f, 7});
}

/* Attachments whose first use is being read, which can't clear them: what they hold is loaded, and not once more when they are drawn to. */
static void
case_first_use(struct kit *k)
{
    const VkFormat ds = VK_FORMAT_D32_SFLOAT_S8_UINT, rgba = VK_FORMAT_R32G32B32A32_SFLOAT;
    SKIP_UNLESS(k, kit_format_features(k, ds, VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_DEPTH_STENCIL_ATTACHMENT_BIT, "D32S8");
    const struct kit_image a = make_image(k, rgba, 1), z = make_image(k, ds, 1), out = make_image(k, rgba, 1), out2 = make_image(k, rgba, 1);
    const VkAttachmentDescription atts[4] = {att(rgba, LOAD), att(ds, LOAD), att(rgba, CLEAR), att(rgba, CLEAR)};
    const struct sub subs[3] = {{.n_color = 2, .color = {NO, 2}, .n_input = 2, .input = {0, 1}, .depth = NO},
                                {.n_color = 1, .color = {0}, .depth = NO},
                                {.n_color = 1, .color = {3}, .n_input = 2, .input = {0, 1}, .depth = NO}};
    const VkRenderPass pass = make_pass(k, 4, atts, 3, subs);
    const VkImageView views[4] = {a.view, z.view, out.view, out2.view};
    const VkFramebuffer fb = make_framebuffer(k, pass, 4, views);
    const VkDescriptorType types[3] = {INPUT, INPUT, INPUT};
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 3, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, sizeof(struct push));
    const VkDescriptorSet set = kit_set(k, sl);
    kit_write_image(k, set, 0, 0, INPUT, a.view, VK_NULL_HANDLE);
    kit_write_image(k, set, 1, 0, INPUT, kit_view(k, &z, VK_IMAGE_VIEW_TYPE_2D, 0, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 1, 0, 1), VK_NULL_HANDLE);
    kit_write_image(k, set, 2, 0, INPUT, kit_view(k, &z, VK_IMAGE_VIEW_TYPE_2D, 0, VK_IMAGE_ASPECT_STENCIL_BIT, 0, 1, 0, 1), VK_NULL_HANDLE);
    const VkPipeline second = make_pipeline(k, pass, 2, layout, KIT_CODE(pass_z_vert), KIT_CODE(pass_input_frag), false);
    const VkClearValue clears[4] = {{.color.float32 = {2, 4, 0, 0}}, {.depthStencil = {0.25f, 9}}, {.color.float32 = {8, 8, 8, 8}}, {{{0}}}};
    const VkCommandBuffer cmd = kit_begin(k);
    const VkImageSubresourceRange color = {COLOR, 0, 1, 0, 1}, both = {VK_IMAGE_ASPECT_DEPTH_BIT | VK_IMAGE_ASPECT_STENCIL_BIT, 0, 1, 0, 1};
    vkCmdClearColorImage(cmd, a.image, VK_IMAGE_LAYOUT_GENERAL, &clears[0].color, 1, &color);
    vkCmdClearDepthStencilImage(cmd, z.image, VK_IMAGE_LAYOUT_GENERAL, &clears[1].depthStencil, 1, &both);
    kit_barrier(cmd);
    begin(cmd, pass, fb, 4, clears, VK_SUBPASS_CONTENTS_INLINE);
    vkCmdNextSubpass(cmd, VK_SUBPASS_CONTENTS_INLINE);
    const VkClearAttachment ca = {COLOR, 0, {.color.float32 = {5, 6, 7, 8}}};
    const VkClearRect rect = {{{0, 0}, {W, H}}, 0, 1};
    vkCmdClearAttachments(cmd, 1, &ca, 1, &rect);
    vkCmdNextSubpass(cmd, VK_SUBPASS_CONTENTS_INLINE);
    draw(cmd, second, layout, set, zeros, 0.5f);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    expect_rgba(k, "read after clears", &out2, 0, (const float[4]){5, 6, 0.25f, 9});
    expect_rgba(k, "second colour reference", &out, 0, (const float[4]){8, 8, 8, 8});
}

/* The same attachment is drawn to and read, again and again, with a barrier between. */
static void
case_self_dependency(struct kit *k)
{
    const VkFormat rgba = VK_FORMAT_R32G32B32A32_SFLOAT;
    const struct kit_image a = make_image(k, rgba, 1);
    const VkAttachmentDescription atts[1] = {att(rgba, CLEAR)};
    const struct sub subs[1] = {{.n_color = 1, .color = {0}, .n_input = 1, .input = {0}, .depth = NO, .self = true}};
    const VkRenderPass pass = make_pass(k, 1, atts, 1, subs);
    const VkFramebuffer fb = make_framebuffer(k, pass, 1, &a.view);
    const VkDescriptorType types[1] = {INPUT};
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, sizeof(struct push));
    const VkDescriptorSet set = kit_set(k, sl);
    kit_write_image(k, set, 0, 0, INPUT, a.view, VK_NULL_HANDLE);
    const VkPipeline pipe = make_pipeline(k, pass, 0, layout, KIT_CODE(kit_tri_vert), KIT_CODE(pass_again_frag), false);
    const VkClearValue clear = {.color.float32 = {1, 2, 3, 4}};
    const VkCommandBuffer cmd = kit_begin(k);
    begin(cmd, pass, fb, 1, &clear, VK_SUBPASS_CONTENTS_INLINE);
    float want[4] = {1, 2, 3, 4};
    for (int i = 0; i < 5; i++) {
        draw(cmd, pipe, layout, set, zeros, 0);
        region_barrier(cmd, 0);
        for (int c = 0; c < 4; c++) {
            want[c] = want[c] * 3 + 1;
        }
    }
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    expect_rgba(k, "colour", &a, 0, want);
}

/* Depth is read while it is tested and written: a fragment sees what was there before it. */
static void
case_depth_feedback(struct kit *k)
{
    const VkFormat rgba = VK_FORMAT_R32G32B32A32_SFLOAT, ds = VK_FORMAT_D32_SFLOAT;
    const struct kit_image a = make_image(k, rgba, 1), z = make_image(k, ds, 1);
    const VkAttachmentDescription atts[2] = {att(rgba, CLEAR), att(ds, CLEAR)};
    const struct sub subs[1] = {{.n_color = 1, .color = {0}, .n_input = 1, .input = {1}, .depth = 1, .self = true}};
    const VkRenderPass pass = make_pass(k, 2, atts, 1, subs);
    const VkImageView views[2] = {a.view, z.view};
    const VkFramebuffer fb = make_framebuffer(k, pass, 2, views);
    const VkDescriptorType types[1] = {INPUT};
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, sizeof(struct push));
    const VkDescriptorSet set = kit_set(k, sl);
    kit_write_image(k, set, 0, 0, INPUT, z.view, VK_NULL_HANDLE);
    const VkPipeline pipe = make_pipeline(k, pass, 0, layout, KIT_CODE(pass_z_vert), KIT_CODE(pass_again_frag), true);
    const VkClearValue clears[2] = {{{{0}}}, {.depthStencil = {1.0f, 0}}};
    const VkCommandBuffer cmd = kit_begin(k);
    begin(cmd, pass, fb, 2, clears, VK_SUBPASS_CONTENTS_INLINE);
    draw(cmd, pipe, layout, set, zeros, 0.25f);
    region_barrier(cmd, 0);
    draw(cmd, pipe, layout, set, zeros, 0.125f);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    const float *red = kit_read(k, &a, COLOR, 0, 0); /* 0.25 * 3 + 1 */
    CHECK(k, red[0] == 1.75f && red[(W * H - 1) * 4] == 1.75f, "not the depth of the first draw: %g", (double)red[0]);
    const float *d = kit_read(k, &z, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0);
    CHECK(k, d[0] == 0.125f && d[W * H - 1] == 0.125f, "depth %g", (double)d[0]);
}

/* More attachments than fit any small mask; the last is used in two subpasses and cleared in the first alone. */
static void
case_many_attachments(struct kit *k)
{
    enum { N = 70 };
    const VkFormat rgba = VK_FORMAT_R32G32B32A32_SFLOAT;
    const struct kit_image a = make_image(k, rgba, 1), b = make_image(k, rgba, 1);
    VkAttachmentDescription atts[N];
    VkImageView views[N];
    VkClearValue clears[N] = {0};
    for (int i = 0; i < N; i++) {
        atts[i] = att(rgba, CLEAR);
        atts[i].flags = VK_ATTACHMENT_DESCRIPTION_MAY_ALIAS_BIT;
        views[i] = a.view;
    }
    views[N - 1] = b.view;
    clears[N - 1].color.float32[0] = 3;
    const struct sub subs[2] = {{.n_color = 1, .color = {N - 1}, .depth = NO}, {.n_color = 1, .color = {N - 1}, .depth = NO}};
    const VkRenderPass pass = make_pass(k, N, atts, 2, subs);
    const VkFramebuffer fb = make_framebuffer(k, pass, N, views);
    const VkCommandBuffer cmd = kit_begin(k);
    begin(cmd, pass, fb, N, clears, VK_SUBPASS_CONTENTS_INLINE);
    const VkClearAttachment ca = {COLOR, 0, {.color.float32 = {5, 6, 7, 8}}};
    const VkClearRect rect = {{{0, 0}, {W, H}}, 0, 1};
    vkCmdClearAttachments(cmd, 1, &ca, 1, &rect);
    vkCmdNextSubpass(cmd, VK_SUBPASS_CONTENTS_INLINE);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    expect_rgba(k, "cleared once", &b, 0, (const float[4]){5, 6, 7, 8});
}

/* ---- multiview ---- */

/* Views appear one after the other: each is loaded when it is first used. Then both read what they have. */
static void
case_multiview_loads(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_KHR_multiview"), "no multiview");
    const VkFormat rgba = VK_FORMAT_R32G32B32A32_SFLOAT;
    const struct kit_image a = make_image(k, rgba, 2), out = make_image(k, rgba, 2);
    const VkAttachmentDescription atts[2] = {att(rgba, CLEAR), att(rgba, CLEAR)};
    const struct sub subs[3] = {{.n_color = 1, .color = {0}, .depth = NO, .views = 1},
                                {.n_color = 1, .color = {0}, .depth = NO, .views = 2},
                                {.n_color = 1, .color = {1}, .n_input = 1, .input = {0}, .depth = NO, .views = 3}};
    const VkRenderPass pass = make_pass(k, 2, atts, 3, subs);
    const VkImageView views[2] = {a.view, out.view};
    const VkFramebuffer fb = make_framebuffer(k, pass, 2, views);
    const VkDescriptorType types[1] = {INPUT};
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, sizeof(struct push));
    const VkDescriptorSet set = kit_set(k, sl);
    kit_write_image(k, set, 0, 0, INPUT, a.view, VK_NULL_HANDLE);
    const VkPipeline pipe = make_pipeline(k, pass, 2, layout, KIT_CODE(kit_tri_vert), KIT_CODE(pass_view_frag), false);
    const float junk[4] = {-1, -1, -1, -1};
    float *noise = kit_alloc(k, W * H * 16);
    for (uint32_t i = 0; i < W * H * 4; i++) {
        noise[i] = junk[0];
    }
    kit_upload(k, &a, COLOR, 0, 0, noise);
    kit_upload(k, &a, COLOR, 0, 1, noise);
    const VkClearValue clears[2] = {{.color.float32 = {1, 2, 3, 4}}, {.color.float32 = {9, 9, 9, 9}}};
    const VkQueryPool q = kit_queries(k, VK_QUERY_TYPE_OCCLUSION, 3, 0);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdResetQueryPool(cmd, q, 0, 3);
    begin(cmd, pass, fb, 2, clears, VK_SUBPASS_CONTENTS_INLINE);
    const VkClearAttachment ca = {COLOR, 0, {.color.float32 = {5, 6, 7, 8}}};
    const VkClearRect rect = {{{0, 0}, {W, H}}, 0, 1};
    vkCmdClearAttachments(cmd, 1, &ca, 1, &rect);
    vkCmdNextSubpass(cmd, VK_SUBPASS_CONTENTS_INLINE);
    vkCmdNextSubpass(cmd, VK_SUBPASS_CONTENTS_INLINE);
    vkCmdBeginQuery(cmd, q, 1, VK_QUERY_CONTROL_PRECISE_BIT);
    draw(cmd, pipe, layout, set, zeros, 0);
    vkCmdEndQuery(cmd, q, 1);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    expect_rgba(k, "view 0", &a, 0, (const float[4]){5, 6, 7, 8});
    expect_rgba(k, "view 1", &a, 1, (const float[4]){1, 2, 3, 4});
    expect_rgba(k, "view 0 read", &out, 0, (const float[4]){5, 6, 7, 8});
    expect_rgba(k, "view 1 read", &out, 1, (const float[4]){1, 2, 13, 4});
    uint64_t counts[2] = {0}; /* one query for each view */
    CHECK_VK(k, vkGetQueryPoolResults(k->device, q, 1, 2, sizeof(counts), counts, 8, VK_QUERY_RESULT_64_BIT));
    CHECK(k, counts[0] + counts[1] == 2 * W * H, "%llu and %llu samples", (unsigned long long)counts[0], (unsigned long long)counts[1]);
}

/* ---- secondaries ---- */

static VkCommandBuffer
begin_secondary(struct kit *k, VkRenderPass pass, uint32_t subpass, VkFramebuffer fb, const void *next)
{
    const VkCommandBuffer s = kit_secondary(k);
    const VkCommandBufferInheritanceInfo in = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_INHERITANCE_INFO, .pNext = next, .renderPass = pass,
                                               .subpass = subpass, .framebuffer = fb, .occlusionQueryEnable = k->features.inheritedQueries,
                                               .queryFlags = k->features.inheritedQueries ? VK_QUERY_CONTROL_PRECISE_BIT : 0};
    const VkCommandBufferBeginInfo info = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO, .pInheritanceInfo = &in,
                                           .flags = VK_COMMAND_BUFFER_USAGE_RENDER_PASS_CONTINUE_BIT | VK_COMMAND_BUFFER_USAGE_SIMULTANEOUS_USE_BIT};
    MUST(vkBeginCommandBuffer(s, &info));
    return s;
}

/* A secondary runs three times in two subpasses' worth of primaries, inside a query that it inherits; primaries run twice. */
static void
case_secondaries(struct kit *k)
{
    const VkFormat rgba = VK_FORMAT_R32G32B32A32_SFLOAT;
    const struct kit_image a = make_image(k, rgba, 1);
    kit_upload(k, &a, COLOR, 0, 0, kit_alloc(k, kit_level_B(&a, COLOR, 0))); /* zeros */
    const VkAttachmentDescription atts[1] = {att(rgba, LOAD)};
    const struct sub subs[1] = {{.n_color = 1, .color = {0}, .n_input = 1, .input = {0}, .depth = NO, .self = true}};
    const VkRenderPass pass = make_pass(k, 1, atts, 1, subs);
    const VkFramebuffer fb = make_framebuffer(k, pass, 1, &a.view);
    const VkDescriptorType types[1] = {INPUT};
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, sizeof(struct push));
    const VkDescriptorSet set = kit_set(k, sl);
    kit_write_image(k, set, 0, 0, INPUT, a.view, VK_NULL_HANDLE);
    const VkPipeline pipe = make_pipeline(k, pass, 0, layout, KIT_CODE(kit_tri_vert), KIT_CODE(pass_again_frag), false);
    const VkCommandBuffer s = begin_secondary(k, pass, 0, VK_NULL_HANDLE, NULL);
    draw(s, pipe, layout, set, zeros, 0);
    region_barrier(s, 0);
    MUST(vkEndCommandBuffer(s));
    const VkQueryPool q = kit_queries(k, VK_QUERY_TYPE_OCCLUSION, 1, 0);
    kit_upload(k, &a, COLOR, 0, 0, kit_alloc(k, W * H * 16));
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdResetQueryPool(cmd, q, 0, 1);
    if (k->features.inheritedQueries) {
        vkCmdBeginQuery(cmd, q, 0, VK_QUERY_CONTROL_PRECISE_BIT);
    }
    begin(cmd, pass, fb, 0, NULL, VK_SUBPASS_CONTENTS_SECONDARY_COMMAND_BUFFERS);
    const VkCommandBuffer both[2] = {s, s};
    vkCmdExecuteCommands(cmd, 2, both);
    vkCmdExecuteCommands(cmd, 1, &s);
    vkCmdEndRenderPass(cmd);
    if (k->features.inheritedQueries) {
        vkCmdEndQuery(cmd, q, 0);
    }
    kit_submit(k, cmd);
    const VkSubmitInfo submit = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 1, .pCommandBuffers = &cmd};
    MUST(vkQueueSubmit(k->queue, 1, &submit, VK_NULL_HANDLE)); /* once more, without being recorded again */
    MUST(vkQueueWaitIdle(k->queue));
    float want = 0;
    for (int i = 0; i < 6; i++) {
        want = want * 3 + 1;
    }
    const float all[4] = {want, want, want, want};
    expect_rgba(k, "six runs", &a, 0, all);
    uint64_t count = 0;
    if (k->features.inheritedQueries) {
        CHECK_VK(k, vkGetQueryPoolResults(k->device, q, 0, 1, 8, &count, 8, VK_QUERY_RESULT_64_BIT));
        CHECK(k, count == 3 * W * H, "%llu samples", (unsigned long long)count);
    }
}

/* Secondaries inside secondaries. */
static void
case_nested(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_EXT_nested_command_buffer"), "no nested command buffers");
    struct kit_buffer b = kit_buffer(k, 64, NULL);
    VkCommandBuffer inner = VK_NULL_HANDLE;
    for (uint32_t level = 0; level < 8; level++) {
        const VkCommandBuffer s = kit_secondary(k);
        const VkCommandBufferInheritanceInfo in = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_INHERITANCE_INFO};
        const VkCommandBufferBeginInfo info = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO, .pInheritanceInfo = &in};
        MUST(vkBeginCommandBuffer(s, &info));
        if (inner) {
            vkCmdExecuteCommands(s, 1, &inner);
        }
        vkCmdFillBuffer(s, b.buffer, level * 4, 4, level + 100);
        MUST(vkEndCommandBuffer(s));
        inner = s;
    }
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdExecuteCommands(cmd, 1, &inner);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    for (uint32_t level = 0; level < 8; level++) {
        CHECK(k, ((uint32_t *)b.data)[level] == level + 100, "level %u", level);
    }
}

/* ---- dynamic rendering: suspended in one primary, resumed in the next, with a secondary in between ---- */

static void
case_suspend_resume(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_KHR_dynamic_rendering") && k->vk.CmdBeginRendering, "no dynamic rendering");
    const VkFormat rgba = VK_FORMAT_R32G32B32A32_SFLOAT;
    const struct kit_image a = make_image(k, rgba, 1);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, sizeof(struct push));
    const VkPipelineRenderingCreateInfo formats = {.sType = VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO, .colorAttachmentCount = 1,
                                                   .pColorAttachmentFormats = &rgba};
    const struct kit_target t = {.width = W, .height = H, .layers = 1, .n = 1, .samples = VK_SAMPLE_COUNT_1_BIT};
    VkPipeline halves[3];
    for (int i = 0; i < 3; i++) {
        struct kit_graphics g;
        kit_graphics_init(k, &g, &t, layout, KIT_CODE(kit_tri_vert), KIT_CODE(kit_color_frag));
        g.info.pNext = &formats;
        g.info.renderPass = VK_NULL_HANDLE;
        g.scissors[0] = (VkRect2D){{i * 20, 0}, {20, H}};
        halves[i] = kit_graphics_create(k, &g);
    }
    const VkRenderingAttachmentInfo color = {.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO, .imageView = a.view,
                                             .imageLayout = VK_IMAGE_LAYOUT_GENERAL, .loadOp = CLEAR, .storeOp = VK_ATTACHMENT_STORE_OP_STORE,
                                             .clearValue.color.float32 = {9, 9, 9, 9}};
    VkRenderingInfo ri = {.sType = VK_STRUCTURE_TYPE_RENDERING_INFO, .renderArea = {{0, 0}, {W, H}}, .layerCount = 1, .colorAttachmentCount = 1,
                          .pColorAttachments = &color};
    const VkCommandBufferInheritanceRenderingInfo in = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_INHERITANCE_RENDERING_INFO, .colorAttachmentCount = 1,
                                                        .flags = VK_RENDERING_RESUMING_BIT | VK_RENDERING_SUSPENDING_BIT,
                                                        .pColorAttachmentFormats = &rgba, .rasterizationSamples = VK_SAMPLE_COUNT_1_BIT};
    const VkCommandBuffer s = begin_secondary(k, VK_NULL_HANDLE, 0, VK_NULL_HANDLE, &in);
    draw(s, halves[1], layout, VK_NULL_HANDLE, (const float[4]){2, 2, 2, 2}, 0);
    MUST(vkEndCommandBuffer(s));
    VkCommandBuffer cmds[2];
    cmds[0] = kit_begin(k);
    ri.flags = VK_RENDERING_SUSPENDING_BIT;
    k->vk.CmdBeginRendering(cmds[0], &ri);
    draw(cmds[0], halves[0], layout, VK_NULL_HANDLE, (const float[4]){1, 1, 1, 1}, 0);
    k->vk.CmdEndRendering(cmds[0]);
    MUST(vkEndCommandBuffer(cmds[0]));
    cmds[1] = kit_begin(k);
    ri.flags = VK_RENDERING_RESUMING_BIT | VK_RENDERING_SUSPENDING_BIT | VK_RENDERING_CONTENTS_SECONDARY_COMMAND_BUFFERS_BIT;
    k->vk.CmdBeginRendering(cmds[1], &ri);
    vkCmdExecuteCommands(cmds[1], 1, &s);
    k->vk.CmdEndRendering(cmds[1]);
    ri.flags = VK_RENDERING_RESUMING_BIT;
    k->vk.CmdBeginRendering(cmds[1], &ri);
    draw(cmds[1], halves[2], layout, VK_NULL_HANDLE, (const float[4]){3, 3, 3, 3}, 0);
    k->vk.CmdEndRendering(cmds[1]);
    MUST(vkEndCommandBuffer(cmds[1]));
    const VkSubmitInfo submit = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 2, .pCommandBuffers = cmds};
    MUST(vkQueueSubmit(k->queue, 1, &submit, VK_NULL_HANDLE));
    MUST(vkQueueWaitIdle(k->queue));
    const float *got = kit_read(k, &a, COLOR, 0, 0);
    for (uint32_t x = 0; x < W; x++) {
        const float want = x < 60 ? (float)(x / 20 + 1) : 9;
        REQUIRE(k, got[x * 4] == want && got[((H - 1) * W + x) * 4] == want, "column %u: %g, not %g", x, (double)got[x * 4], (double)want);
    }
}

/* ---- queries and barriers inside ---- */

/* Timestamps among draws come after the draws before them. */
static void
case_timestamps(struct kit *k)
{
    SKIP_UNLESS(k, k->family_properties.timestampValidBits, "no timestamps");
    enum { N = 100 }; /* more than are kept for the end of a pass */
    struct kit_target t;
    struct kit_graphics g;
    kit_target_rgba(k, &t, W, H);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, sizeof(struct push));
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(kit_tri_vert), KIT_CODE(kit_color_frag));
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const VkQueryPool q = kit_queries(k, VK_QUERY_TYPE_TIMESTAMP, N + 2, 0);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdResetQueryPool(cmd, q, 0, N + 2);
    vkCmdWriteTimestamp(cmd, VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT, q, 0);
    kit_target_begin(cmd, &t);
    for (uint32_t i = 0; i < N; i++) {
        draw(cmd, pipe, layout, VK_NULL_HANDLE, zeros, 0);
        vkCmdWriteTimestamp(cmd, i & 1 ? VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT : VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT, q, i + 1);
    }
    vkCmdEndRenderPass(cmd);
    vkCmdWriteTimestamp(cmd, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, q, N + 1);
    kit_submit(k, cmd);
    uint64_t v[N + 2] = {0};
    CHECK_VK(k, vkGetQueryPoolResults(k->device, q, 0, N + 2, sizeof(v), v, 8, VK_QUERY_RESULT_64_BIT));
    for (uint32_t i = 1; i < N + 2; i++) {
        REQUIRE(k, v[i] >= v[i - 1], "timestamp %u is before %u", i, i - 1);
    }
    CHECK(k, v[N + 1] > v[0], "no time has passed");
}

/* What the vertices of one draw store, those of the next read. */
static void
case_vertex_barrier(struct kit *k)
{
    SKIP_UNLESS(k, k->features.vertexPipelineStoresAndAtomics, "no stores in vertex shaders");
    enum { N = 20000 };
    const VkFormat rgba = VK_FORMAT_R8G8B8A8_UNORM;
    const struct kit_image img = make_image(k, rgba, 1);
    const VkAttachmentDescription a = att(rgba, CLEAR);
    const VkAttachmentReference ref = {0, VK_IMAGE_LAYOUT_GENERAL};
    const VkSubpassDescription sub = {.colorAttachmentCount = 1, .pColorAttachments = &ref};
    const VkSubpassDependency dep = {0, 0, VK_PIPELINE_STAGE_VERTEX_SHADER_BIT, VK_PIPELINE_STAGE_VERTEX_SHADER_BIT, VK_ACCESS_SHADER_WRITE_BIT,
                                     VK_ACCESS_SHADER_READ_BIT, 0};
    const VkRenderPassCreateInfo rp = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO, .attachmentCount = 1, .pAttachments = &a, .subpassCount = 1,
                                       .pSubpasses = &sub, .dependencyCount = 1, .pDependencies = &dep};
    VkRenderPass pass;
    MUST(vkCreateRenderPass(k->device, &rp, NULL, &pass));
    KIT_OWN(k, VK_OBJECT_TYPE_RENDER_PASS, pass);
    const VkFramebuffer fb = make_framebuffer(k, pass, 1, &img.view);
    const struct kit_buffer first = kit_buffer(k, N * 4, NULL), second = kit_buffer(k, N * 4, NULL);
    const VkDescriptorType types[2] = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 2, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, sizeof(struct push));
    const VkDescriptorSet set = kit_set(k, sl);
    kit_write_buffer(k, set, 0, 0, types[0], first.buffer, 0, VK_WHOLE_SIZE);
    kit_write_buffer(k, set, 1, 0, types[0], second.buffer, 0, VK_WHOLE_SIZE);
    const struct kit_target t = {.width = W, .height = H, .layers = 1, .n = 1, .samples = VK_SAMPLE_COUNT_1_BIT, .pass = pass};
    struct kit_graphics g;
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(pass_store_vert), KIT_CODE(kit_color_frag));
    g.assembly.topology = VK_PRIMITIVE_TOPOLOGY_POINT_LIST;
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const VkClearValue clear = {0};
    const VkCommandBuffer cmd = kit_begin(k);
    begin(cmd, pass, fb, 1, &clear, VK_SUBPASS_CONTENTS_INLINE);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, layout, 0, 1, &set, 0, NULL);
    struct push p = {.n = N};
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(p), &p);
    vkCmdDraw(cmd, N, 1, 0, 0);
    const VkMemoryBarrier m = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER, .srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT,
                               .dstAccessMask = VK_ACCESS_SHADER_READ_BIT};
    vkCmdPipelineBarrier(cmd, VK_PIPELINE_STAGE_VERTEX_SHADER_BIT, VK_PIPELINE_STAGE_VERTEX_SHADER_BIT, 0, 1, &m, 0, NULL, 0, NULL);
    p.second = 1;
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(p), &p);
    vkCmdDraw(cmd, N, 1, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    for (uint32_t i = 0; i < N; i++) {
        const uint32_t got = ((uint32_t *)second.data)[i], want = (N - 1 - i) * 3 + 1;
        REQUIRE(k, got == want, "vertex %u read %u, not %u", i, got, want);
    }
}

/* A device's own render area takes the place of the common one. */
static void
case_device_area(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_KHR_device_group"), "no device groups");
    const VkFormat rgba = VK_FORMAT_R32G32B32A32_SFLOAT;
    const struct kit_image a = make_image(k, rgba, 1);
    const VkAttachmentDescription atts[1] = {att(rgba, CLEAR)};
    const struct sub subs[1] = {{.n_color = 1, .color = {0}, .depth = NO}};
    const VkRenderPass pass = make_pass(k, 1, atts, 1, subs);
    const VkFramebuffer fb = make_framebuffer(k, pass, 1, &a.view);
    const VkRect2D area = {{10, 20}, {30, 40}};
    const VkDeviceGroupRenderPassBeginInfo group = {.sType = VK_STRUCTURE_TYPE_DEVICE_GROUP_RENDER_PASS_BEGIN_INFO, .deviceMask = 1,
                                                    .deviceRenderAreaCount = 1, .pDeviceRenderAreas = &area};
    const VkClearValue clear = {.color.float32 = {5, 5, 5, 5}};
    const VkRenderPassBeginInfo info = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO, .pNext = &group, .renderPass = pass, .framebuffer = fb,
                                        .renderArea = {{0, 0}, {W, H}}, .clearValueCount = 1, .pClearValues = &clear};
    float *noise = kit_alloc(k, W * H * 16);
    kit_upload(k, &a, COLOR, 0, 0, noise);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBeginRenderPass(cmd, &info, VK_SUBPASS_CONTENTS_INLINE);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    const float *got = kit_read(k, &a, COLOR, 0, 0);
    for (uint32_t i = 0; i < W * H; i++) {
        const uint32_t x = i % W, y = i / W;
        const float want = x >= 10 && x < 40 && y >= 20 && y < 60 ? 5 : 0;
        REQUIRE(k, got[i * 4] == want, "%u, %u: %g", x, y, (double)got[i * 4]);
    }
}

static const struct kit_case cases[] = {
    {"inputs", case_inputs}, {"first_use", case_first_use}, {"self_dependency", case_self_dependency}, {"depth_feedback", case_depth_feedback},
    {"many_attachments", case_many_attachments}, {"multiview_loads", case_multiview_loads}, {"secondaries", case_secondaries},
    {"nested", case_nested}, {"suspend_resume", case_suspend_resume}, {"timestamps", case_timestamps}, {"vertex_barrier", case_vertex_barrier},
    {"device_area", case_device_area},
};
KIT_MAIN(cases)
