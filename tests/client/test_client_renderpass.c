/* Render passes: load and store, areas, subpasses, input attachments, layers, clears inside, imageless framebuffers, dynamic rendering,
 * multiview. Targets are floats, so every expectation is exact. SPEC: renderpass. */
#include "kit.h"

#include "pass_color_frag.h"
#include "pass_mix_frag.h"
#include "pass_rect_vert.h"
#include "pass_two_frag.h"
#include "pass_view_vert.h"

#define PX 16u
#define F4 VK_FORMAT_R32G32B32A32_SFLOAT

struct push {
    float rect[4], color[4], z;
};

struct rgba {
    float c[4];
};

static const struct rgba red = {{1, 0, 0, 1}}, blue = {{0, 0, 1, 1}}, grey = {{0.5f, 0.5f, 0.5f, 0.5f}};

static void
draw(VkCommandBuffer cmd, VkPipelineLayout layout, float x0, float y0, float x1, float y1, float z, const struct rgba *color)
{
    struct push p = {.rect = {x0, y0, x1, y1}, .z = z};
    memcpy(p.color, color->c, sizeof(p.color));
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(p), &p);
    vkCmdDraw(cmd, 6, 1, 0, 0);
}

/* Every texel of a layer is one of two colours: inside the rectangle (pixels) or outside. */
static void
check_rect(struct kit *k, const char *what, const struct kit_image *img, uint32_t layer, uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1,
           const struct rgba *in, const struct rgba *out)
{
    struct rgba want[PX * PX];
    for (uint32_t i = 0; i < PX * PX; i++) {
        const uint32_t x = i % PX, y = i / PX;
        want[i] = x >= x0 && x < x1 && y >= y0 && y < y1 ? *in : *out;
    }
    kit_same(k, what, kit_read(k, img, VK_IMAGE_ASPECT_COLOR_BIT, 0, layer), want, PX * PX * 4, 4, PX * 4);
}

static void
fill(struct kit *k, const struct kit_image *img, uint32_t layer, const struct rgba *color)
{
    struct rgba data[PX * PX];
    for (uint32_t i = 0; i < PX * PX; i++) {
        data[i] = *color;
    }
    kit_upload(k, img, VK_IMAGE_ASPECT_COLOR_BIT, 0, layer, data);
}

static VkPipeline
pipeline(struct kit *k, const struct kit_target *t, VkPipelineLayout layout)
{
    struct kit_graphics g;
    kit_graphics_init(k, &g, t, layout, KIT_CODE(pass_rect_vert), KIT_CODE(pass_color_frag));
    return kit_graphics_create(k, &g);
}

static VkAttachmentDescription
attachment(VkFormat format, VkAttachmentLoadOp load, VkAttachmentStoreOp store)
{
    return (VkAttachmentDescription){.format = format,
                                     .samples = VK_SAMPLE_COUNT_1_BIT,
                                     .loadOp = load,
                                     .storeOp = store,
                                     .stencilLoadOp = load,
                                     .stencilStoreOp = store,
                                     .initialLayout =
                                         load == VK_ATTACHMENT_LOAD_OP_LOAD ? VK_IMAGE_LAYOUT_GENERAL : VK_IMAGE_LAYOUT_UNDEFINED,
                                     .finalLayout = VK_IMAGE_LAYOUT_GENERAL};
}

static VkRenderPass
make_pass(struct kit *k, const VkRenderPassCreateInfo *info)
{
    VkRenderPass pass;
    MUST(vkCreateRenderPass(k->device, info, NULL, &pass));
    KIT_OWN(k, VK_OBJECT_TYPE_RENDER_PASS, pass);
    return pass;
}

static VkFramebuffer
make_framebuffer(struct kit *k, VkRenderPass pass, uint32_t n, const VkImageView *views, uint32_t layers)
{
    const VkFramebufferCreateInfo info = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO,
                                          .renderPass = pass,
                                          .attachmentCount = n,
                                          .pAttachments = views,
                                          .width = PX,
                                          .height = PX,
                                          .layers = layers};
    VkFramebuffer fb;
    MUST(vkCreateFramebuffer(k->device, &info, NULL, &fb));
    KIT_OWN(k, VK_OBJECT_TYPE_FRAMEBUFFER, fb);
    return fb;
}

static void
begin(VkCommandBuffer cmd, VkRenderPass pass, VkFramebuffer fb, uint32_t n, const VkClearValue *clears)
{
    const VkRenderPassBeginInfo info = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO,
                                        .renderPass = pass,
                                        .framebuffer = fb,
                                        .renderArea = {{0, 0}, {PX, PX}},
                                        .clearValueCount = n,
                                        .pClearValues = clears};
    vkCmdBeginRenderPass(cmd, &info, VK_SUBPASS_CONTENTS_INLINE);
}

/* ---- areas, load and store ---- */

static void
case_render_area(struct kit *k)
{
    const VkFormat format = F4;
    struct kit_target t;
    kit_target_init(k, &t, PX, PX, 1, 1, &format, VK_FORMAT_UNDEFINED);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, sizeof(struct push));
    const VkPipeline pipe = pipeline(k, &t, layout);
    VkExtent2D granularity;
    vkGetRenderAreaGranularity(k->device, t.pass, &granularity);
    CHECK(k, granularity.width >= 1 && granularity.height >= 1, "granularity");
    static const VkRect2D areas[] = {{{0, 0}, {PX, PX}}, {{3, 5}, {7, 6}}, {{15, 15}, {1, 1}}, {{5, 0}, {2, 16}}};
    for (uint32_t i = 0; i < ARRAY_LEN(areas); i++) {
        const VkRect2D a = areas[i];
        fill(k, &t.color[0], 0, &grey);
        memcpy(t.clears[0].color.float32, blue.c, 16);
        const VkRenderPassBeginInfo info = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO,
                                            .renderPass = t.pass,
                                            .framebuffer = t.framebuffer,
                                            .renderArea = a,
                                            .clearValueCount = 1,
                                            .pClearValues = t.clears};
        const VkCommandBuffer cmd = kit_begin(k);
        vkCmdBeginRenderPass(cmd, &info, VK_SUBPASS_CONTENTS_INLINE);
        vkCmdEndRenderPass(cmd);
        kit_submit(k, cmd);
        check_rect(k, "cleared area", &t.color[0], 0, (uint32_t)a.offset.x, (uint32_t)a.offset.y, (uint32_t)a.offset.x + a.extent.width,
                   (uint32_t)a.offset.y + a.extent.height, &blue, &grey);
    }
    /* Load keeps what is there; a draw adds. */
    fill(k, &t.color[0], 0, &grey);
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_resume(cmd, &t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    draw(cmd, layout, -1, -1, 0, 1, 0, &red);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    check_rect(k, "drawn over loaded", &t.color[0], 0, 0, 0, PX / 2, PX, &red, &grey);
}

/* Depth and stencil load on their own: one is cleared, the other kept. */
static void
case_depth_stencil_loads(struct kit *k)
{
    const VkFormat format =
        kit_format_features(k, VK_FORMAT_D32_SFLOAT_S8_UINT, VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_DEPTH_STENCIL_ATTACHMENT_BIT
            ? VK_FORMAT_D32_SFLOAT_S8_UINT
            : VK_FORMAT_D24_UNORM_S8_UINT;
    const struct kit_image img = kit_image_2d(k, format, PX, PX);
    for (int clear_depth = 0; clear_depth < 2; clear_depth++) {
        VkAttachmentDescription a = attachment(format, VK_ATTACHMENT_LOAD_OP_LOAD, VK_ATTACHMENT_STORE_OP_STORE);
        *(clear_depth ? &a.loadOp : &a.stencilLoadOp) = VK_ATTACHMENT_LOAD_OP_CLEAR;
        const VkAttachmentReference ref = {0, VK_IMAGE_LAYOUT_DEPTH_STENCIL_ATTACHMENT_OPTIMAL};
        const VkSubpassDescription sub = {.pDepthStencilAttachment = &ref};
        const VkRenderPass pass = make_pass(k, &(VkRenderPassCreateInfo){.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO,
                                                                         .attachmentCount = 1,
                                                                         .pAttachments = &a,
                                                                         .subpassCount = 1,
                                                                         .pSubpasses = &sub});
        const VkFramebuffer fb = make_framebuffer(k, pass, 1, &img.view, 1);
        const VkClearDepthStencilValue before = {1.0f, 0x33};
        const VkImageSubresourceRange range = {img.aspects, 0, 1, 0, 1};
        const VkClearValue value = {.depthStencil = {0.0f, 0x77}};
        const VkCommandBuffer cmd = kit_begin(k);
        vkCmdClearDepthStencilImage(cmd, img.image, VK_IMAGE_LAYOUT_GENERAL, &before, 1, &range);
        kit_barrier(cmd);
        begin(cmd, pass, fb, 1, &value);
        vkCmdEndRenderPass(cmd);
        kit_submit(k, cmd);
        const uint32_t *d = kit_read(k, &img, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0);
        const uint8_t *s = kit_read(k, &img, VK_IMAGE_ASPECT_STENCIL_BIT, 0, 0);
        for (uint32_t i = 0; i < PX * PX; i++) {
            const uint32_t word = format == VK_FORMAT_D32_SFLOAT_S8_UINT ? d[i] : d[i] & 0xffffff;
            CHECK(k, (word == 0) == (clear_depth == 1) && s[i] == (clear_depth ? 0x33 : 0x77), "clear depth %d: depth %#x, stencil %#x",
                  clear_depth, word, s[i]);
        }
    }
}

/* ---- subpasses ---- */

/* The first subpass writes colour and depth, the second reads both as inputs and writes elsewhere, the third draws into the first again. */
static void
case_subpasses(struct kit *k)
{
    const VkFormat depth_format = VK_FORMAT_D32_SFLOAT;
    const struct kit_image a = kit_image_2d(k, F4, PX, PX), out = kit_image_2d(k, F4, PX, PX), z = kit_image_2d(k, depth_format, PX, PX);
    const VkAttachmentDescription att[3] = {attachment(F4, VK_ATTACHMENT_LOAD_OP_CLEAR, VK_ATTACHMENT_STORE_OP_STORE),
                                            attachment(F4, VK_ATTACHMENT_LOAD_OP_CLEAR, VK_ATTACHMENT_STORE_OP_STORE),
                                            attachment(depth_format, VK_ATTACHMENT_LOAD_OP_CLEAR, VK_ATTACHMENT_STORE_OP_DONT_CARE)};
    const VkAttachmentReference first = {0, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL},
                                ds = {2, VK_IMAGE_LAYOUT_DEPTH_STENCIL_ATTACHMENT_OPTIMAL};
    const VkAttachmentReference inputs[2] = {{0, VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL},
                                             {2, VK_IMAGE_LAYOUT_DEPTH_STENCIL_READ_ONLY_OPTIMAL}};
    const VkAttachmentReference second = {1, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL};
    const uint32_t preserve = 1;
    const VkSubpassDescription subs[3] = {
        {.colorAttachmentCount = 1, .pColorAttachments = &first, .pDepthStencilAttachment = &ds},
        {.inputAttachmentCount = 2, .pInputAttachments = inputs, .colorAttachmentCount = 1, .pColorAttachments = &second},
        {.colorAttachmentCount = 1, .pColorAttachments = &first, .preserveAttachmentCount = 1, .pPreserveAttachments = &preserve},
    };
    VkSubpassDependency deps[3];
    for (uint32_t i = 0; i < 3; i++) {
        deps[i] = (VkSubpassDependency){i == 2 ? 0 : i,
                                        i == 2 ? 2 : i + 1,
                                        VK_PIPELINE_STAGE_ALL_GRAPHICS_BIT,
                                        VK_PIPELINE_STAGE_ALL_GRAPHICS_BIT,
                                        VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT | VK_ACCESS_DEPTH_STENCIL_ATTACHMENT_WRITE_BIT,
                                        VK_ACCESS_INPUT_ATTACHMENT_READ_BIT | VK_ACCESS_COLOR_ATTACHMENT_READ_BIT |
                                            VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT,
                                        VK_DEPENDENCY_BY_REGION_BIT};
    }
    const VkRenderPass pass = make_pass(k, &(VkRenderPassCreateInfo){.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO,
                                                                     .attachmentCount = 3,
                                                                     .pAttachments = att,
                                                                     .subpassCount = 3,
                                                                     .pSubpasses = subs,
                                                                     .dependencyCount = 3,
                                                                     .pDependencies = deps});
    const VkImageView views[3] = {a.view, out.view, z.view};
    const VkFramebuffer fb = make_framebuffer(k, pass, 3, views, 1);
    const VkDescriptorType types[2] = {VK_DESCRIPTOR_TYPE_INPUT_ATTACHMENT, VK_DESCRIPTOR_TYPE_INPUT_ATTACHMENT};
    const VkDescriptorSetLayoutBinding bindings[2] = {{0, types[0], 1, VK_SHADER_STAGE_FRAGMENT_BIT, NULL},
                                                      {1, types[1], 1, VK_SHADER_STAGE_FRAGMENT_BIT, NULL}};
    const VkDescriptorSetLayout sl = kit_set_layout(k, 2, bindings, 0);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, sizeof(struct push));
    const VkDescriptorSet set = kit_set(k, sl);
    const VkDescriptorImageInfo infos[2] = {{VK_NULL_HANDLE, a.view, VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL},
                                            {VK_NULL_HANDLE, z.view, VK_IMAGE_LAYOUT_DEPTH_STENCIL_READ_ONLY_OPTIMAL}};
    const VkWriteDescriptorSet write = {.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
                                        .dstSet = set,
                                        .descriptorCount = 2,
                                        .descriptorType = types[0],
                                        .pImageInfo = infos};
    vkUpdateDescriptorSets(k->device, 1, &write, 0, NULL);
    struct kit_target t = {.width = PX, .height = PX, .layers = 1, .n = 1, .samples = VK_SAMPLE_COUNT_1_BIT, .pass = pass};
    VkPipeline pipes[3];
    for (uint32_t i = 0; i < 3; i++) {
        struct kit_graphics g;
        kit_graphics_init(k, &g, &t, layout, KIT_CODE(pass_rect_vert), i == 1 ? pass_mix_frag : pass_color_frag,
                          i == 1 ? sizeof(pass_mix_frag) : sizeof(pass_color_frag));
        g.info.subpass = i;
        g.depth.depthTestEnable = g.depth.depthWriteEnable = i == 0;
        g.depth.depthCompareOp = VK_COMPARE_OP_LESS;
        pipes[i] = kit_graphics_create(k, &g);
    }
    const VkClearValue clears[3] = {{.color.float32 = {0, 0, 1, 1}}, {.color.float32 = {9, 9, 9, 9}}, {.depthStencil = {0.75f, 0}}};
    const struct rgba green = {{0, 1, 0, 1}}, base = {{0.25f, 0.125f, 0, 0}}, want_in = {{0.75f, 0.125f, 0, 0.25f}},
                      want_out = {{0.25f, 0.125f, 0.5f, 0.75f}};
    const VkCommandBuffer cmd = kit_begin(k);
    begin(cmd, pass, fb, 3, clears);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipes[0]);
    draw(cmd, layout, -1, -1, 0, 0, 0.25f, &red);
    vkCmdNextSubpass(cmd, VK_SUBPASS_CONTENTS_INLINE);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipes[1]);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, layout, 0, 1, &set, 0, NULL);
    draw(cmd, layout, -1, -1, 1, 1, 0, &base);
    vkCmdNextSubpass(cmd, VK_SUBPASS_CONTENTS_INLINE);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipes[2]);
    draw(cmd, layout, -1, -1, 1, 0, 0, &green);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    check_rect(k, "through input attachments", &out, 0, 0, 0, PX / 2, PX / 2, &want_in, &want_out);
    check_rect(k, "third subpass", &a, 0, 0, 0, PX, PX / 2, &green, &blue);
}

/* The same in the newer structs, with a secondary buffer in a subpass and an attachment that nobody uses. */
static void
case_render_pass2(struct kit *k)
{
    SKIP_UNLESS(k, k->vk.CreateRenderPass2 && k->vk.CmdBeginRenderPass2, "no render pass 2");
    const struct kit_image a = kit_image_2d(k, F4, PX, PX), b = kit_image_2d(k, F4, PX, PX);
    VkAttachmentDescription2 att[2];
    for (int i = 0; i < 2; i++) {
        att[i] = (VkAttachmentDescription2){.sType = VK_STRUCTURE_TYPE_ATTACHMENT_DESCRIPTION_2,
                                            .format = F4,
                                            .samples = VK_SAMPLE_COUNT_1_BIT,
                                            .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR,
                                            .storeOp = VK_ATTACHMENT_STORE_OP_STORE,
                                            .finalLayout = VK_IMAGE_LAYOUT_GENERAL};
    }
    const VkAttachmentReference2 refs[2] = {{.sType = VK_STRUCTURE_TYPE_ATTACHMENT_REFERENCE_2,
                                             .attachment = 1,
                                             .layout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL,
                                             .aspectMask = VK_IMAGE_ASPECT_COLOR_BIT},
                                            {.sType = VK_STRUCTURE_TYPE_ATTACHMENT_REFERENCE_2,
                                             .attachment = 0,
                                             .layout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL,
                                             .aspectMask = VK_IMAGE_ASPECT_COLOR_BIT}};
    const VkSubpassDescription2 subs[2] = {
        {.sType = VK_STRUCTURE_TYPE_SUBPASS_DESCRIPTION_2, .colorAttachmentCount = 2, .pColorAttachments = refs},
        {.sType = VK_STRUCTURE_TYPE_SUBPASS_DESCRIPTION_2, .colorAttachmentCount = 1, .pColorAttachments = &refs[1]}};
    const VkSubpassDependency2 dep = {.sType = VK_STRUCTURE_TYPE_SUBPASS_DEPENDENCY_2,
                                      .srcSubpass = 0,
                                      .dstSubpass = 1,
                                      .srcStageMask = VK_PIPELINE_STAGE_ALL_GRAPHICS_BIT,
                                      .dstStageMask = VK_PIPELINE_STAGE_ALL_GRAPHICS_BIT,
                                      .srcAccessMask = VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT,
                                      .dstAccessMask = VK_ACCESS_COLOR_ATTACHMENT_READ_BIT | VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT};
    const VkRenderPassCreateInfo2 info = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO_2,
                                          .attachmentCount = 2,
                                          .pAttachments = att,
                                          .subpassCount = 2,
                                          .pSubpasses = subs,
                                          .dependencyCount = 1,
                                          .pDependencies = &dep};
    VkRenderPass pass;
    MUST(k->vk.CreateRenderPass2(k->device, &info, NULL, &pass));
    KIT_OWN(k, VK_OBJECT_TYPE_RENDER_PASS, pass);
    const VkImageView views[2] = {a.view, b.view};
    const VkFramebuffer fb = make_framebuffer(k, pass, 2, views, 1);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, sizeof(struct push));
    struct kit_target t = {.width = PX, .height = PX, .layers = 1, .n = 2, .samples = VK_SAMPLE_COUNT_1_BIT, .pass = pass};
    struct kit_graphics g;
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(pass_rect_vert), KIT_CODE(pass_two_frag));
    const VkPipeline two = kit_graphics_create(k, &g);
    t.n = 1;
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(pass_rect_vert), KIT_CODE(pass_color_frag));
    g.info.subpass = 1;
    const VkPipeline one = kit_graphics_create(k, &g);
    const VkCommandBuffer second = kit_secondary(k), cmd = kit_begin(k);
    const VkCommandBufferInheritanceInfo inherit = {
        .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_INHERITANCE_INFO, .renderPass = pass, .subpass = 1};
    const VkCommandBufferBeginInfo begin_second = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
                                                   .flags = VK_COMMAND_BUFFER_USAGE_RENDER_PASS_CONTINUE_BIT,
                                                   .pInheritanceInfo = &inherit};
    MUST(vkBeginCommandBuffer(second, &begin_second));
    vkCmdBindPipeline(second, VK_PIPELINE_BIND_POINT_GRAPHICS, one);
    draw(second, layout, 0, -1, 1, 1, 0, &grey);
    MUST(vkEndCommandBuffer(second));
    const VkClearValue clears[2] = {{.color.float32 = {0, 0, 1, 1}}, {.color.float32 = {1, 0, 0, 1}}};
    const VkRenderPassBeginInfo rp = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO,
                                      .renderPass = pass,
                                      .framebuffer = fb,
                                      .renderArea = {{0, 0}, {PX, PX}},
                                      .clearValueCount = 2,
                                      .pClearValues = clears};
    const VkSubpassBeginInfo inline_info = {VK_STRUCTURE_TYPE_SUBPASS_BEGIN_INFO, NULL, VK_SUBPASS_CONTENTS_INLINE},
                             secondary = {VK_STRUCTURE_TYPE_SUBPASS_BEGIN_INFO, NULL, VK_SUBPASS_CONTENTS_SECONDARY_COMMAND_BUFFERS};
    const VkSubpassEndInfo end = {VK_STRUCTURE_TYPE_SUBPASS_END_INFO, NULL};
    const struct rgba color = {{1, 2, 3, 4}}, turned = {{4, 3, 2, 1}};
    k->vk.CmdBeginRenderPass2(cmd, &rp, &inline_info);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, two);
    draw(cmd, layout, -1, -1, 0, 1, 0, &color);
    k->vk.CmdNextSubpass2(cmd, &secondary, &end);
    vkCmdExecuteCommands(cmd, 1, &second);
    k->vk.CmdEndRenderPass2(cmd, &end);
    kit_submit(k, cmd);
    check_rect(k, "first target", &b, 0, 0, 0, PX / 2, PX, &color, &red);
    check_rect(k, "second target, later drawn by the secondary buffer", &a, 0, 0, 0, PX / 2, PX, &turned, &grey);
}

/* ---- layers and clears inside ---- */

static void
case_layers(struct kit *k)
{
    const VkFormat format = F4;
    struct kit_target t;
    kit_target_init(k, &t, PX, PX, 3, 1, &format, VK_FORMAT_D32_SFLOAT);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, sizeof(struct push));
    const VkPipeline pipe = pipeline(k, &t, layout);
    memcpy(t.clears[0].color.float32, blue.c, 16);
    const VkClearAttachment clears[2] = {{VK_IMAGE_ASPECT_COLOR_BIT, 0, {.color.float32 = {0.5f, 0.5f, 0.5f, 0.5f}}},
                                         {VK_IMAGE_ASPECT_DEPTH_BIT, 0, {.depthStencil = {0.25f, 0}}}};
    const VkClearRect rects[2] = {{{{4, 4}, {8, 4}}, 1, 2}, {{{4, 8}, {8, 4}}, 1, 2}};
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    draw(cmd, layout, -1, -1, -0.5f, 1, 0, &red); /* into the first layer */
    vkCmdClearAttachments(cmd, 2, clears, 2, rects);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    check_rect(k, "layer 0", &t.color[0], 0, 0, 0, 4, PX, &red, &blue);
    for (uint32_t layer = 1; layer < 3; layer++) {
        check_rect(k, "layers 1 and 2", &t.color[0], layer, 4, 4, 12, 12, &grey, &blue);
    }
    for (uint32_t layer = 0; layer < 3; layer++) {
        const float *z = kit_read(k, &t.depth, VK_IMAGE_ASPECT_DEPTH_BIT, 0, layer);
        for (uint32_t i = 0; i < PX * PX; i++) {
            const bool in = layer && i % PX >= 4 && i % PX < 12 && i / PX >= 4 && i / PX < 12;
            CHECK(k, z[i] == (in ? 0.25f : 1.0f), "depth of layer %u: %g", layer, (double)z[i]);
        }
    }
}

/* A clear in the middle of drawing: before it is lost, after it stays. */
static void
case_clear_between_draws(struct kit *k)
{
    const VkFormat format = F4;
    struct kit_target t;
    kit_target_init(k, &t, PX, PX, 1, 1, &format, VK_FORMAT_UNDEFINED);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, sizeof(struct push));
    const VkPipeline pipe = pipeline(k, &t, layout);
    const VkClearAttachment clear = {VK_IMAGE_ASPECT_COLOR_BIT, 0, {.color.float32 = {0, 0, 1, 1}}};
    const VkClearRect all = {{{0, 0}, {PX, PX}}, 0, 1};
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    draw(cmd, layout, -1, -1, 1, 1, 0, &red);
    vkCmdClearAttachments(cmd, 1, &clear, 1, &all);
    draw(cmd, layout, 0, 0, 1, 1, 0, &grey);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    check_rect(k, "clear between draws", &t.color[0], 0, 8, 8, 16, 16, &grey, &blue);
}

/* One level of one layer, and one slice of a volume, as targets. */
static void
case_parts_of_images(struct kit *k)
{
    const VkImageUsageFlags usage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT;
    const bool slices = k->version >= VK_API_VERSION_1_1 || kit_has(k, "VK_KHR_maintenance1");
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, sizeof(struct push));
    for (int volume = 0; volume < 1 + slices; volume++) {
        const struct kit_image img = kit_image(k, (VkImageCreateInfo){.imageType = volume ? VK_IMAGE_TYPE_3D : VK_IMAGE_TYPE_2D,
                                                                      .format = F4,
                                                                      .extent = {32, 32, volume ? 8 : 1},
                                                                      .mipLevels = 3,
                                                                      .arrayLayers = volume ? 1 : 4,
                                                                      .usage = usage,
                                                                      .flags = volume ? VK_IMAGE_CREATE_2D_ARRAY_COMPATIBLE_BIT : 0});
        const VkImageView view =
            kit_view(k, &img, VK_IMAGE_VIEW_TYPE_2D, VK_FORMAT_UNDEFINED, 0, 1, 1, 2, 1); /* level 1, third layer or slice */
        const VkClearColorValue value = {.float32 = {0.5f, 0.5f, 0.5f, 0.5f}};
        const VkImageSubresourceRange all = {VK_IMAGE_ASPECT_COLOR_BIT, 0, VK_REMAINING_MIP_LEVELS, 0, VK_REMAINING_ARRAY_LAYERS};
        VkCommandBuffer cmd = kit_begin(k);
        vkCmdClearColorImage(cmd, img.image, VK_IMAGE_LAYOUT_GENERAL, &value, 1, &all);
        kit_submit(k, cmd);
        const VkAttachmentDescription a = attachment(F4, VK_ATTACHMENT_LOAD_OP_LOAD, VK_ATTACHMENT_STORE_OP_STORE);
        const VkAttachmentReference ref = {0, VK_IMAGE_LAYOUT_GENERAL};
        const VkSubpassDescription sub = {.colorAttachmentCount = 1, .pColorAttachments = &ref};
        const VkRenderPass pass = make_pass(k, &(VkRenderPassCreateInfo){.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO,
                                                                         .attachmentCount = 1,
                                                                         .pAttachments = &a,
                                                                         .subpassCount = 1,
                                                                         .pSubpasses = &sub});
        const VkFramebuffer fb = make_framebuffer(k, pass, 1, &view, 1);
        const struct kit_target t = {.width = PX, .height = PX, .layers = 1, .n = 1, .samples = VK_SAMPLE_COUNT_1_BIT, .pass = pass};
        const VkPipeline pipe = pipeline(k, &t, layout);
        cmd = kit_begin(k);
        begin(cmd, pass, fb, 0, NULL);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
        draw(cmd, layout, -1, 0, 1, 1, 0, &red);
        vkCmdEndRenderPass(cmd);
        kit_submit(k, cmd);
        for (uint32_t level = 0; level < 3; level++) {
            for (uint32_t layer = 0; layer < img.info.arrayLayers; layer++) {
                const struct rgba *got = kit_read(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, level, layer);
                const VkExtent3D e = kit_level_extent(&img, level);
                for (uint32_t i = 0; i < e.width * e.height * e.depth; i++) {
                    const uint32_t piece = volume ? i / (e.width * e.height) : layer, y = i / e.width % e.height;
                    const struct rgba *want = level == 1 && piece == 2 && y >= 8 ? &red : &grey;
                    REQUIRE(k, memcmp(&got[i], want, 16) == 0, "%s level %u, piece %u, row %u", volume ? "volume" : "layers", level, piece,
                            y);
                }
            }
        }
    }
}

static void
case_imageless(struct kit *k)
{
    const VkPhysicalDeviceImagelessFramebufferFeatures *f =
        kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGELESS_FRAMEBUFFER_FEATURES);
    SKIP_UNLESS(k, f->imagelessFramebuffer, "no imagelessFramebuffer");
    const VkFormat format = F4;
    struct kit_target t;
    kit_target_init(k, &t, PX, PX, 1, 1, &format, VK_FORMAT_UNDEFINED);
    const struct kit_image images[2] = {t.color[0], kit_image(k, t.color[0].info)};
    const VkFramebufferAttachmentImageInfo image = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_ATTACHMENT_IMAGE_INFO,
                                                    .usage = t.color[0].info.usage,
                                                    .width = PX,
                                                    .height = PX,
                                                    .layerCount = 1,
                                                    .viewFormatCount = 1,
                                                    .pViewFormats = &format};
    const VkFramebufferAttachmentsCreateInfo list = {VK_STRUCTURE_TYPE_FRAMEBUFFER_ATTACHMENTS_CREATE_INFO, NULL, 1, &image};
    const VkFramebufferCreateInfo info = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO,
                                          .pNext = &list,
                                          .flags = VK_FRAMEBUFFER_CREATE_IMAGELESS_BIT,
                                          .renderPass = t.pass,
                                          .attachmentCount = 1,
                                          .width = PX,
                                          .height = PX,
                                          .layers = 1};
    VkFramebuffer fb;
    MUST(vkCreateFramebuffer(k->device, &info, NULL, &fb));
    KIT_OWN(k, VK_OBJECT_TYPE_FRAMEBUFFER, fb);
    const struct rgba colors[2] = {red, blue};
    const VkCommandBuffer cmd = kit_begin(k);
    for (int i = 0; i < 2; i++) { /* one framebuffer, two images */
        const VkRenderPassAttachmentBeginInfo att = {VK_STRUCTURE_TYPE_RENDER_PASS_ATTACHMENT_BEGIN_INFO, NULL, 1, &images[i].view};
        VkClearValue clear;
        memcpy(clear.color.float32, colors[i].c, 16);
        const VkRenderPassBeginInfo rp = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO,
                                          .pNext = &att,
                                          .renderPass = t.pass,
                                          .framebuffer = fb,
                                          .renderArea = {{0, 0}, {PX, PX}},
                                          .clearValueCount = 1,
                                          .pClearValues = &clear};
        vkCmdBeginRenderPass(cmd, &rp, VK_SUBPASS_CONTENTS_INLINE);
        vkCmdEndRenderPass(cmd);
    }
    kit_submit(k, cmd);
    for (int i = 0; i < 2; i++) {
        check_rect(k, "imageless", &images[i], 0, 0, 0, PX, PX, &colors[i], &grey);
    }
}

/* ---- dynamic rendering ---- */

static void
case_dynamic_rendering(struct kit *k)
{
    const VkPhysicalDeviceDynamicRenderingFeatures *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DYNAMIC_RENDERING_FEATURES);
    SKIP_UNLESS(k, f->dynamicRendering, "no dynamicRendering");
    const struct kit_image a = kit_image_2d(k, F4, PX, PX), b = kit_image_2d(k, F4, PX, PX),
                           z = kit_image_2d(k, VK_FORMAT_D32_SFLOAT, PX, PX);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, sizeof(struct push));
    const struct kit_target t = {.width = PX, .height = PX, .layers = 1, .n = 2, .samples = VK_SAMPLE_COUNT_1_BIT};
    const VkFormat formats[2] = {F4, F4};
    const VkPipelineRenderingCreateInfo rendering = {.sType = VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO,
                                                     .colorAttachmentCount = 2,
                                                     .pColorAttachmentFormats = formats,
                                                     .depthAttachmentFormat = VK_FORMAT_D32_SFLOAT};
    struct kit_graphics g;
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(pass_rect_vert), KIT_CODE(pass_two_frag));
    g.info.pNext = &rendering;
    g.depth.depthTestEnable = g.depth.depthWriteEnable = VK_TRUE;
    g.depth.depthCompareOp = VK_COMPARE_OP_LESS;
    const VkPipeline pipe = kit_graphics_create(k, &g);
    VkRenderingAttachmentInfo colors[2], depth = {.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO,
                                                  .imageView = z.view,
                                                  .imageLayout = VK_IMAGE_LAYOUT_GENERAL,
                                                  .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR,
                                                  .storeOp = VK_ATTACHMENT_STORE_OP_STORE,
                                                  .clearValue.depthStencil = {0.5f, 0}};
    for (int i = 0; i < 2; i++) {
        colors[i] = depth;
        colors[i].imageView = i ? b.view : a.view;
        memcpy(colors[i].clearValue.color.float32, blue.c, 16);
    }
    VkRenderingInfo info = {.sType = VK_STRUCTURE_TYPE_RENDERING_INFO,
                            .flags = VK_RENDERING_SUSPENDING_BIT,
                            .renderArea = {{0, 0}, {PX, PX}},
                            .layerCount = 1,
                            .colorAttachmentCount = 2,
                            .pColorAttachments = colors,
                            .pDepthAttachment = &depth};
    const struct rgba color = {{1, 2, 3, 4}}, turned = {{4, 3, 2, 1}};
    VkCommandBuffer cmd = kit_begin(k);
    k->vk.CmdBeginRendering(cmd, &info);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    draw(cmd, layout, -1, -1, 0, 1, 0.25f, &color);
    k->vk.CmdEndRendering(cmd);
    info.flags = VK_RENDERING_RESUMING_BIT; /* nothing is cleared again */
    k->vk.CmdBeginRendering(cmd, &info);
    draw(cmd, layout, -1, -1, 1, 0, 0.375f, &red); /* in front of the clear, behind the first */
    k->vk.CmdEndRendering(cmd);
    kit_submit(k, cmd);
    struct rgba want[PX * PX], want2[PX * PX];
    const struct rgba red_turned = {{1, 0, 0, 1}};
    for (uint32_t i = 0; i < PX * PX; i++) {
        const bool left = i % PX < 8, top = i / PX < 8;
        want[i] = left ? color : top ? red : blue;
        want2[i] = left ? turned : top ? red_turned : blue;
    }
    kit_same(k, "first target", kit_read(k, &a, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0), want, PX * PX * 4, 4, PX * 4);
    kit_same(k, "second target", kit_read(k, &b, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0), want2, PX * PX * 4, 4, PX * 4);
    /* A secondary buffer inside, and an attachment left out. */
    const VkCommandBufferInheritanceRenderingInfo inherit_r = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_INHERITANCE_RENDERING_INFO,
                                                               .colorAttachmentCount = 2,
                                                               .pColorAttachmentFormats = formats,
                                                               .depthAttachmentFormat = VK_FORMAT_D32_SFLOAT,
                                                               .rasterizationSamples = VK_SAMPLE_COUNT_1_BIT};
    const VkCommandBufferInheritanceInfo inherit = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_INHERITANCE_INFO, .pNext = &inherit_r};
    const VkCommandBufferBeginInfo begin_second = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
                                                   .flags = VK_COMMAND_BUFFER_USAGE_RENDER_PASS_CONTINUE_BIT,
                                                   .pInheritanceInfo = &inherit};
    const VkCommandBuffer second = kit_secondary(k);
    MUST(vkBeginCommandBuffer(second, &begin_second));
    vkCmdBindPipeline(second, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    draw(second, layout, 0, 0, 1, 1, 0, &color);
    MUST(vkEndCommandBuffer(second));
    info.flags = VK_RENDERING_CONTENTS_SECONDARY_COMMAND_BUFFERS_BIT;
    colors[0].loadOp = VK_ATTACHMENT_LOAD_OP_LOAD;
    cmd = kit_begin(k);
    k->vk.CmdBeginRendering(cmd, &info);
    vkCmdExecuteCommands(cmd, 1, &second);
    k->vk.CmdEndRendering(cmd);
    kit_submit(k, cmd);
    for (uint32_t i = 0; i < PX * PX; i++) {
        const bool in = i % PX >= 8 && i / PX >= 8;
        want[i] = in ? color : want[i];
    }
    kit_same(k, "with a secondary buffer", kit_read(k, &a, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0), want, PX * PX * 4, 4, PX * 4);
    check_rect(k, "cleared again", &b, 0, 8, 8, 16, 16, &turned, &blue);
}

/* ---- multiview ---- */

static void
multiview_pass(struct kit *k, bool dynamic)
{
    const struct kit_image img =
        kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_2D,
                                         .format = F4,
                                         .extent = {PX, PX, 1},
                                         .arrayLayers = 4,
                                         .usage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT |
                                                  VK_IMAGE_USAGE_TRANSFER_DST_BIT});
    const uint32_t masks[2] = {0xb, 0x6}; /* views 0, 1, 3, then 1, 2 */
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, sizeof(struct push));
    struct kit_target t = {.width = PX, .height = PX, .layers = 1, .n = 1, .samples = VK_SAMPLE_COUNT_1_BIT};
    VkPipeline pipes[2];
    VkFramebuffer fb = VK_NULL_HANDLE;
    const VkFormat format = F4;
    if (!dynamic) {
        const VkAttachmentDescription a = attachment(F4, VK_ATTACHMENT_LOAD_OP_CLEAR, VK_ATTACHMENT_STORE_OP_STORE);
        const VkAttachmentReference ref = {0, VK_IMAGE_LAYOUT_GENERAL};
        const VkSubpassDescription subs[2] = {{.colorAttachmentCount = 1, .pColorAttachments = &ref},
                                              {.colorAttachmentCount = 1, .pColorAttachments = &ref}};
        const VkSubpassDependency dep = {0,
                                         1,
                                         VK_PIPELINE_STAGE_ALL_GRAPHICS_BIT,
                                         VK_PIPELINE_STAGE_ALL_GRAPHICS_BIT,
                                         VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT,
                                         VK_ACCESS_COLOR_ATTACHMENT_READ_BIT | VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT,
                                         VK_DEPENDENCY_BY_REGION_BIT | VK_DEPENDENCY_VIEW_LOCAL_BIT};
        const int32_t offset = 0;
        const VkRenderPassMultiviewCreateInfo mv = {
            VK_STRUCTURE_TYPE_RENDER_PASS_MULTIVIEW_CREATE_INFO, NULL, 2, masks, 1, &offset, 0, NULL};
        t.pass = make_pass(k, &(VkRenderPassCreateInfo){.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO,
                                                        .pNext = &mv,
                                                        .attachmentCount = 1,
                                                        .pAttachments = &a,
                                                        .subpassCount = 2,
                                                        .pSubpasses = subs,
                                                        .dependencyCount = 1,
                                                        .pDependencies = &dep});
        fb = make_framebuffer(k, t.pass, 1, &img.view, 1);
    }
    for (uint32_t i = 0; i < 2; i++) {
        struct kit_graphics g;
        const VkPipelineRenderingCreateInfo rendering = {.sType = VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO,
                                                         .viewMask = masks[i],
                                                         .colorAttachmentCount = 1,
                                                         .pColorAttachmentFormats = &format};
        kit_graphics_init(k, &g, &t, layout, KIT_CODE(pass_view_vert), KIT_CODE(pass_color_frag));
        g.info.subpass = dynamic ? 0 : i;
        g.info.pNext = dynamic ? &rendering : NULL;
        pipes[i] = kit_graphics_create(k, &g);
    }
    for (uint32_t layer = 0; layer < 4; layer++) {
        fill(k, &img, layer, &grey);
    }
    const VkClearValue clear = {.color.float32 = {0, 0, 1, 1}};
    const VkCommandBuffer cmd = kit_begin(k);
    for (uint32_t i = 0; i < 2; i++) {
        if (dynamic) {
            const VkRenderingAttachmentInfo color = {.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO,
                                                     .imageView = img.view,
                                                     .imageLayout = VK_IMAGE_LAYOUT_GENERAL,
                                                     .loadOp = i ? VK_ATTACHMENT_LOAD_OP_LOAD : VK_ATTACHMENT_LOAD_OP_CLEAR,
                                                     .storeOp = VK_ATTACHMENT_STORE_OP_STORE,
                                                     .clearValue = clear};
            const VkRenderingInfo info = {.sType = VK_STRUCTURE_TYPE_RENDERING_INFO,
                                          .renderArea = {{0, 0}, {PX, PX}},
                                          .layerCount = 1,
                                          .viewMask = masks[i],
                                          .colorAttachmentCount = 1,
                                          .pColorAttachments = &color};
            k->vk.CmdBeginRendering(cmd, &info);
        } else if (i == 0) {
            begin(cmd, t.pass, fb, 1, &clear);
        } else {
            vkCmdNextSubpass(cmd, VK_SUBPASS_CONTENTS_INLINE);
        }
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipes[i]);
        draw(cmd, layout, i ? 0.0f : -1.0f, -1, i ? 1.0f : 0.0f, 1, 0, i ? &blue : &red);
        if (dynamic) {
            k->vk.CmdEndRendering(cmd);
            kit_barrier(cmd);
        }
    }
    if (!dynamic) {
        vkCmdEndRenderPass(cmd);
    }
    kit_submit(k, cmd);
    for (uint32_t view = 0; view < 4; view++) {
        const struct rgba *got = kit_read(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 0, view);
        for (uint32_t i = 0; i < PX * PX; i++) {
            const bool left = i % PX < 8;
            struct rgba want = {{0, 0, 1, 1}}; /* each view is cleared in the first subpass that has it */
            if (dynamic && view == 2) {
                want = grey;
            }
            if (left ? masks[0] >> view & 1 : masks[1] >> view & 1) {
                want = left ? red : blue;
                want.c[3] = (float)view;
            }
            REQUIRE(k, memcmp(&got[i], &want, 16) == 0, "view %u, pixel %u: %g %g %g %g, not %g %g %g %g", view, i, (double)got[i].c[0],
                    (double)got[i].c[1], (double)got[i].c[2], (double)got[i].c[3], (double)want.c[0], (double)want.c[1], (double)want.c[2],
                    (double)want.c[3]);
        }
    }
}

static void
case_multiview(struct kit *k)
{
    const VkPhysicalDeviceMultiviewFeatures *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MULTIVIEW_FEATURES);
    SKIP_UNLESS(k, f->multiview, "no multiview");
    multiview_pass(k, false);
}

static void
case_multiview_dynamic(struct kit *k)
{
    const VkPhysicalDeviceMultiviewFeatures *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MULTIVIEW_FEATURES);
    const VkPhysicalDeviceDynamicRenderingFeatures *d = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DYNAMIC_RENDERING_FEATURES);
    SKIP_UNLESS(k, f->multiview && d->dynamicRendering, "no multiview with dynamic rendering");
    multiview_pass(k, true);
}

static const struct kit_case cases[] = {
    {"render_area", case_render_area},
    {"depth_stencil_loads", case_depth_stencil_loads},
    {"subpasses", case_subpasses},
    {"render_pass2", case_render_pass2},
    {"layers", case_layers},
    {"clear_between_draws", case_clear_between_draws},
    {"parts_of_images", case_parts_of_images},
    {"imageless", case_imageless},
    {"dynamic_rendering", case_dynamic_rendering},
    {"multiview", case_multiview},
    {"multiview_dynamic", case_multiview_dynamic},
};
KIT_MAIN(cases)
