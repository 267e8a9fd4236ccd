/* Resolves in dynamic rendering and by the second kind of command, over layers; depth and stencil in layouts of their own; operations that leave
 * attachments alone. SPEC: renderpass-resolve-operations, copies-resolve, renderpass-load-operations. */
#include "kit.h"

#include "attach_depth_frag.h"
#include "pass_rect_vert.h"
#include "samples_flat_frag.h"
#include "samples_uint_frag.h"

#define PX 16u
#define COLOR VK_IMAGE_ASPECT_COLOR_BIT
#define GRAPHICS VK_PIPELINE_BIND_POINT_GRAPHICS

struct rect_push {
    float rect[4], color[4], z;
};

static VkRenderingAttachmentInfo
attachment(VkImageView view, VkAttachmentLoadOp load, VkAttachmentStoreOp store)
{
    return (VkRenderingAttachmentInfo){.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO, .imageView = view, .imageLayout = VK_IMAGE_LAYOUT_GENERAL,
                                       .resolveImageLayout = VK_IMAGE_LAYOUT_GENERAL, .loadOp = load, .storeOp = store};
}

static void
whole(VkCommandBuffer cmd, VkPipelineLayout layout, float r, float z)
{
    const struct rect_push p = {{-1, -1, 1, 1}, {r, 2 * r, 4 * r, 8 * r}, z};
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, 36, &p);
    vkCmdDraw(cmd, 6, 1, 0, 0);
}

/* ---- resolves ---- */

struct filler {
    VkPipelineLayout layout;
    VkPipeline pipes[4]; /* each writes one sample */
};

static void
filler_init(struct kit *k, struct filler *f, VkFormat format)
{
    const struct kit_target t = {.width = PX, .height = PX, .layers = 1, .n = 1, .samples = VK_SAMPLE_COUNT_4_BIT};
    const VkPipelineRenderingCreateInfo rendering = {.sType = VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO, .colorAttachmentCount = 1,
                                                     .pColorAttachmentFormats = &format};
    f->layout = kit_layout(k, 0, NULL, 48);
    for (uint32_t i = 0; i < 4; i++) {
        struct kit_graphics g;
        const VkSampleMask one = 1u << i;
        if (kit_format_is_int(format)) {
            kit_graphics_init(k, &g, &t, f->layout, KIT_CODE(pass_rect_vert), KIT_CODE(samples_uint_frag));
        } else {
            kit_graphics_init(k, &g, &t, f->layout, KIT_CODE(pass_rect_vert), KIT_CODE(samples_flat_frag));
        }
        g.info.pNext = &rendering;
        g.samples.pSampleMask = &one;
        f->pipes[i] = kit_graphics_create(k, &g);
    }
}

/* Sample i of every pixel becomes values[i]. */
static void
fill(VkCommandBuffer cmd, const struct filler *f, const float values[4])
{
    for (uint32_t i = 0; i < 4; i++) {
        vkCmdBindPipeline(cmd, GRAPHICS, f->pipes[i]);
        whole(cmd, f->layout, values[i], 0);
    }
}

static void
expect(struct kit *k, const char *what, const struct kit_image *img, uint32_t layer, float want, VkRect2D in, float outside)
{
    const bool is_int = kit_format_is_int(img->info.format);
    const float *f = kit_read(k, img, COLOR, 0, layer);
    const uint32_t *u = (const uint32_t *)f;
    for (uint32_t p = 0; p < PX * PX; p++) {
        const uint32_t x = p % PX, y = p / PX;
        const bool inside = x >= (uint32_t)in.offset.x && x < (uint32_t)in.offset.x + in.extent.width && y >= (uint32_t)in.offset.y &&
                            y < (uint32_t)in.offset.y + in.extent.height;
        const float w = inside ? want : outside, got = is_int ? (float)u[p * 4] : f[p * 4];
        REQUIRE(k, got == w, "%s: layer %u, pixel %u,%u: %g, not %g", what, layer, x, y, (double)got, (double)w);
    }
}

static const VkRect2D all_of_it = {{0, 0}, {PX, PX}};

static struct kit_image
image(struct kit *k, VkFormat format, VkSampleCountFlagBits samples, uint32_t layers)
{
    return kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_2D, .format = format, .extent = {PX, PX, 1}, .arrayLayers = layers, .samples = samples,
                                            .usage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT});
}

/* At the end of dynamic rendering: means of floats, the first sample of integers, only inside the render area. */
static void
case_resolve_dynamic(struct kit *k)
{
    SKIP_UNLESS(k, k->vk.CmdBeginRendering, "no dynamic rendering");
    static const float values[4] = {8, 16, 40, 64};
    static const VkFormat formats[2] = {VK_FORMAT_R32G32B32A32_SFLOAT, VK_FORMAT_R32G32B32A32_UINT};
    for (int i = 0; i < 2; i++) {
        struct filler f;
        filler_init(k, &f, formats[i]);
        const struct kit_image many = image(k, formats[i], VK_SAMPLE_COUNT_4_BIT, 1), one = image(k, formats[i], VK_SAMPLE_COUNT_1_BIT, 1);
        const VkRect2D area = {{3, 2}, {9, 11}};
        VkRenderingAttachmentInfo a = attachment(many.view, VK_ATTACHMENT_LOAD_OP_DONT_CARE, VK_ATTACHMENT_STORE_OP_DONT_CARE);
        a.resolveMode = i ? VK_RESOLVE_MODE_SAMPLE_ZERO_BIT : VK_RESOLVE_MODE_AVERAGE_BIT;
        a.resolveImageView = one.view;
        const VkRenderingInfo info = {.sType = VK_STRUCTURE_TYPE_RENDERING_INFO, .renderArea = area, .layerCount = 1, .colorAttachmentCount = 1,
                                      .pColorAttachments = &a};
        const VkClearColorValue grey = {.float32 = {5, 5, 5, 5}}, grey_u = {.uint32 = {5, 5, 5, 5}};
        const VkImageSubresourceRange range = {COLOR, 0, 1, 0, 1};
        const VkCommandBuffer cmd = kit_begin(k);
        vkCmdClearColorImage(cmd, one.image, VK_IMAGE_LAYOUT_GENERAL, i ? &grey_u : &grey, 1, &range);
        kit_barrier(cmd);
        k->vk.CmdBeginRendering(cmd, &info);
        fill(cmd, &f, values);
        k->vk.CmdEndRendering(cmd);
        kit_barrier(cmd);
        kit_submit(k, cmd);
        const float first = i ? 8.0f * 255 : 32; /* samples_uint writes multiples of 255 */
        expect(k, i ? "first sample" : "mean", &one, 0, first, area, 5);
    }
}

/* By command, layers and a part at once. */
static void
case_resolve_layers(struct kit *k)
{
    SKIP_UNLESS(k, k->vk.CmdResolveImage2 && k->vk.CmdBeginRendering, "no newer copies");
    const VkFormat format = VK_FORMAT_R32G32B32A32_SFLOAT;
    struct filler f;
    filler_init(k, &f, format);
    const struct kit_image many = image(k, format, VK_SAMPLE_COUNT_4_BIT, 3), one = image(k, format, VK_SAMPLE_COUNT_1_BIT, 4);
    const VkClearColorValue grey = {.float32 = {5, 5, 5, 5}};
    const VkImageSubresourceRange range = {COLOR, 0, 1, 0, 4};
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdClearColorImage(cmd, one.image, VK_IMAGE_LAYOUT_GENERAL, &grey, 1, &range);
    for (uint32_t layer = 0; layer < 3; layer++) {
        const float base = (float)(16 << layer), values[4] = {base, 2 * base, 3 * base, 6 * base};
        const VkImageView view = kit_view(k, &many, VK_IMAGE_VIEW_TYPE_2D, VK_FORMAT_UNDEFINED, 0, 0, 1, layer, 1);
        const VkRenderingAttachmentInfo a = attachment(view, VK_ATTACHMENT_LOAD_OP_DONT_CARE, VK_ATTACHMENT_STORE_OP_STORE);
        const VkRenderingInfo info = {.sType = VK_STRUCTURE_TYPE_RENDERING_INFO, .renderArea = all_of_it, .layerCount = 1, .colorAttachmentCount = 1,
                                      .pColorAttachments = &a};
        k->vk.CmdBeginRendering(cmd, &info);
        fill(cmd, &f, values);
        k->vk.CmdEndRendering(cmd);
    }
    kit_barrier(cmd);
    const VkImageResolve2 regions[2] = {
        {.sType = VK_STRUCTURE_TYPE_IMAGE_RESOLVE_2, .srcSubresource = {COLOR, 0, 1, 2}, .srcOffset = {2, 3, 0}, .dstSubresource = {COLOR, 0, 2, 2},
         .dstOffset = {5, 1, 0}, .extent = {7, 9, 1}},
        {.sType = VK_STRUCTURE_TYPE_IMAGE_RESOLVE_2, .srcSubresource = {COLOR, 0, 0, 1}, .dstSubresource = {COLOR, 0, 0, 1}, .extent = {PX, PX, 1}}};
    const VkResolveImageInfo2 info = {.sType = VK_STRUCTURE_TYPE_RESOLVE_IMAGE_INFO_2, .srcImage = many.image, .srcImageLayout = VK_IMAGE_LAYOUT_GENERAL,
                                      .dstImage = one.image, .dstImageLayout = VK_IMAGE_LAYOUT_GENERAL, .regionCount = 2, .pRegions = regions};
    k->vk.CmdResolveImage2(cmd, &info);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    const VkRect2D part = {{5, 1}, {7, 9}};
    expect(k, "all", &one, 0, 48, all_of_it, 0);
    expect(k, "untouched", &one, 1, 5, all_of_it, 0);
    expect(k, "part", &one, 2, 96, part, 5);
    expect(k, "part", &one, 3, 192, part, 5);
}

/* ---- layouts of their own ---- */

/* Depth is tested and read by the shader in a read-only layout, stencil is written in another. */
static void
case_separate_layouts(struct kit *k)
{
    const VkPhysicalDeviceSeparateDepthStencilLayoutsFeatures *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SEPARATE_DEPTH_STENCIL_LAYOUTS_FEATURES);
    SKIP_UNLESS(k, f->separateDepthStencilLayouts && k->vk.CreateRenderPass2, "no separate layouts");
    const VkFormat ds = kit_format_features(k, VK_FORMAT_D32_SFLOAT_S8_UINT, VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_DEPTH_STENCIL_ATTACHMENT_BIT
                            ? VK_FORMAT_D32_SFLOAT_S8_UINT
                            : VK_FORMAT_D24_UNORM_S8_UINT;
    const VkFormat format = VK_FORMAT_R32G32B32A32_SFLOAT;
    const struct kit_image color = kit_image_2d(k, format, PX, PX), z = kit_image_2d(k, ds, PX, PX);
    const VkImageView depth = kit_view(k, &z, VK_IMAGE_VIEW_TYPE_2D, VK_FORMAT_UNDEFINED, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 1, 0, 1);
    VkCommandBuffer cmd = kit_begin(k);
    const VkClearDepthStencilValue clear = {0.5f, 0x10};
    const VkImageSubresourceRange both = {VK_IMAGE_ASPECT_DEPTH_BIT | VK_IMAGE_ASPECT_STENCIL_BIT, 0, 1, 0, 1};
    vkCmdClearDepthStencilImage(cmd, z.image, VK_IMAGE_LAYOUT_GENERAL, &clear, 1, &both);
    kit_barrier(cmd);
    const struct {
        VkImageAspectFlags aspect;
        VkImageLayout to;
    } moves[2] = {{VK_IMAGE_ASPECT_DEPTH_BIT, VK_IMAGE_LAYOUT_DEPTH_READ_ONLY_OPTIMAL}, {VK_IMAGE_ASPECT_STENCIL_BIT, VK_IMAGE_LAYOUT_STENCIL_ATTACHMENT_OPTIMAL}};
    for (int back = 0; back < 2; back++) {
        for (int i = 0; i < 2; i++) {
            const VkImageMemoryBarrier b = {.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER, .srcAccessMask = VK_ACCESS_MEMORY_WRITE_BIT,
                                            .dstAccessMask = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT,
                                            .oldLayout = back ? moves[i].to : VK_IMAGE_LAYOUT_GENERAL, .newLayout = back ? VK_IMAGE_LAYOUT_GENERAL : moves[i].to,
                                            .srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED, .dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED, .image = z.image,
                                            .subresourceRange = {moves[i].aspect, 0, 1, 0, 1}};
            vkCmdPipelineBarrier(cmd, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0, 0, NULL, 0, NULL, 1, &b);
        }
        if (back) {
            break;
        }
        const VkAttachmentDescriptionStencilLayout sl = {VK_STRUCTURE_TYPE_ATTACHMENT_DESCRIPTION_STENCIL_LAYOUT, NULL, moves[1].to, moves[1].to};
        const VkAttachmentReferenceStencilLayout sr = {VK_STRUCTURE_TYPE_ATTACHMENT_REFERENCE_STENCIL_LAYOUT, NULL, moves[1].to};
        const VkAttachmentDescription2 a[2] = {
            {.sType = VK_STRUCTURE_TYPE_ATTACHMENT_DESCRIPTION_2, .format = format, .samples = VK_SAMPLE_COUNT_1_BIT, .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR,
             .storeOp = VK_ATTACHMENT_STORE_OP_STORE, .finalLayout = VK_IMAGE_LAYOUT_GENERAL},
            {.sType = VK_STRUCTURE_TYPE_ATTACHMENT_DESCRIPTION_2, .pNext = &sl, .format = ds, .samples = VK_SAMPLE_COUNT_1_BIT, .loadOp = VK_ATTACHMENT_LOAD_OP_LOAD,
             .storeOp = VK_ATTACHMENT_STORE_OP_STORE, .stencilLoadOp = VK_ATTACHMENT_LOAD_OP_LOAD, .stencilStoreOp = VK_ATTACHMENT_STORE_OP_STORE,
             .initialLayout = moves[0].to, .finalLayout = moves[0].to}};
        const VkAttachmentReference2 refs[2] = {
            {VK_STRUCTURE_TYPE_ATTACHMENT_REFERENCE_2, NULL, 0, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL, COLOR},
            {VK_STRUCTURE_TYPE_ATTACHMENT_REFERENCE_2, &sr, 1, moves[0].to, VK_IMAGE_ASPECT_DEPTH_BIT | VK_IMAGE_ASPECT_STENCIL_BIT}};
        const VkSubpassDescription2 sub = {.sType = VK_STRUCTURE_TYPE_SUBPASS_DESCRIPTION_2, .colorAttachmentCount = 1, .pColorAttachments = &refs[0],
                                           .pDepthStencilAttachment = &refs[1]};
        const VkRenderPassCreateInfo2 info = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO_2, .attachmentCount = 2, .pAttachments = a, .subpassCount = 1,
                                              .pSubpasses = &sub};
        struct kit_target t = {.width = PX, .height = PX, .layers = 1, .n = 1, .samples = VK_SAMPLE_COUNT_1_BIT};
        MUST(k->vk.CreateRenderPass2(k->device, &info, NULL, &t.pass));
        KIT_OWN(k, VK_OBJECT_TYPE_RENDER_PASS, t.pass);
        const VkImageView views[2] = {color.view, z.view};
        const VkFramebufferCreateInfo fb = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO, .renderPass = t.pass, .attachmentCount = 2, .pAttachments = views,
                                            .width = PX, .height = PX, .layers = 1};
        MUST(vkCreateFramebuffer(k->device, &fb, NULL, &t.framebuffer));
        KIT_OWN(k, VK_OBJECT_TYPE_FRAMEBUFFER, t.framebuffer);
        const VkDescriptorType type = VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER;
        const VkDescriptorSetLayout dl = kit_set_layout_of(k, 1, &type);
        const VkPipelineLayout layout = kit_layout(k, 1, &dl, 48);
        const VkDescriptorSet set = kit_set(k, dl);
        const VkDescriptorImageInfo di = {kit_sampler(k, VK_FILTER_NEAREST, VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE), depth, moves[0].to};
        const VkWriteDescriptorSet w = {.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET, .dstSet = set, .descriptorCount = 1, .descriptorType = type, .pImageInfo = &di};
        vkUpdateDescriptorSets(k->device, 1, &w, 0, NULL);
        struct kit_graphics g;
        kit_graphics_init(k, &g, &t, layout, KIT_CODE(pass_rect_vert), KIT_CODE(attach_depth_frag));
        g.depth.depthTestEnable = g.depth.stencilTestEnable = VK_TRUE;
        g.depth.depthCompareOp = VK_COMPARE_OP_LESS;
        g.depth.front = g.depth.back =
            (VkStencilOpState){VK_STENCIL_OP_KEEP, VK_STENCIL_OP_INCREMENT_AND_CLAMP, VK_STENCIL_OP_INVERT, VK_COMPARE_OP_ALWAYS, 0xff, 0xff, 0};
        const VkPipeline pipe = kit_graphics_create(k, &g);
        kit_target_begin(cmd, &t);
        vkCmdBindPipeline(cmd, GRAPHICS, pipe);
        vkCmdBindDescriptorSets(cmd, GRAPHICS, layout, 0, 1, &set, 0, NULL);
        const struct rect_push near = {{-1, -1, 0, 1}, {0}, 0.25f}, far = {{0, -1, 1, 1}, {0}, 0.75f};
        vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, 36, &near);
        vkCmdDraw(cmd, 6, 1, 0, 0);
        vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, 36, &far);
        vkCmdDraw(cmd, 6, 1, 0, 0);
        vkCmdEndRenderPass(cmd);
    }
    kit_barrier(cmd);
    kit_submit(k, cmd);
    const float *got = kit_read(k, &color, COLOR, 0, 0);
    const uint8_t *s = kit_read(k, &z, VK_IMAGE_ASPECT_STENCIL_BIT, 0, 0);
    for (uint32_t p = 0; p < PX * PX; p++) {
        const bool left = p % PX < PX / 2;
        REQUIRE(k, fabsf(got[p * 4] - (left ? 0.5f : 0)) < 1e-6f && got[p * 4 + 1] == (left ? 1 : 0) && s[p] == (left ? 0x11 : 0xef), "pixel %u: %g, stencil %#x",
                p, (double)got[p * 4], s[p]);
    }
}

/* ---- operations that leave alone ---- */

static void
case_none(struct kit *k)
{
    SKIP_UNLESS(k, k->vk.CmdBeginRendering && k->version >= VK_API_VERSION_1_3, "no VK_ATTACHMENT_STORE_OP_NONE");
    const bool load_none = kit_has(k, VK_EXT_LOAD_STORE_OP_NONE_EXTENSION_NAME) || kit_has(k, VK_KHR_LOAD_STORE_OP_NONE_EXTENSION_NAME);
    const VkFormat format = VK_FORMAT_R32G32B32A32_SFLOAT;
    const struct kit_image color = image(k, format, VK_SAMPLE_COUNT_1_BIT, 1), kept = image(k, format, VK_SAMPLE_COUNT_1_BIT, 1),
                           z = kit_image_2d(k, VK_FORMAT_D32_SFLOAT, PX, PX);
    const struct kit_target t = {.width = PX, .height = PX, .layers = 1, .n = 2, .samples = VK_SAMPLE_COUNT_1_BIT};
    const VkFormat formats[2] = {format, format};
    const VkPipelineRenderingCreateInfo rendering = {.sType = VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO, .colorAttachmentCount = 2,
                                                     .pColorAttachmentFormats = formats, .depthAttachmentFormat = VK_FORMAT_D32_SFLOAT};
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, 48);
    struct kit_graphics g;
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(pass_rect_vert), KIT_CODE(samples_flat_frag));
    g.info.pNext = &rendering;
    g.depth.depthTestEnable = VK_TRUE;
    g.depth.depthCompareOp = VK_COMPARE_OP_LESS;
    g.targets[1].colorWriteMask = 0;
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const VkClearDepthStencilValue far = {0.5f, 0};
    const VkClearColorValue seven = {.float32 = {7, 7, 7, 7}};
    const VkImageSubresourceRange range = {COLOR, 0, 1, 0, 1}, depth_range = {VK_IMAGE_ASPECT_DEPTH_BIT, 0, 1, 0, 1};
    const VkRenderingAttachmentInfo colors[2] = {
        attachment(color.view, VK_ATTACHMENT_LOAD_OP_CLEAR, VK_ATTACHMENT_STORE_OP_STORE),
        attachment(kept.view, load_none ? VK_ATTACHMENT_LOAD_OP_NONE_EXT : VK_ATTACHMENT_LOAD_OP_LOAD, VK_ATTACHMENT_STORE_OP_NONE)};
    const VkRenderingAttachmentInfo depth = attachment(z.view, VK_ATTACHMENT_LOAD_OP_LOAD, VK_ATTACHMENT_STORE_OP_NONE);
    const VkRenderingInfo info = {.sType = VK_STRUCTURE_TYPE_RENDERING_INFO, .renderArea = all_of_it, .layerCount = 1, .colorAttachmentCount = 2,
                                  .pColorAttachments = colors, .pDepthAttachment = &depth};
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdClearDepthStencilImage(cmd, z.image, VK_IMAGE_LAYOUT_GENERAL, &far, 1, &depth_range);
    vkCmdClearColorImage(cmd, kept.image, VK_IMAGE_LAYOUT_GENERAL, &seven, 1, &range);
    kit_barrier(cmd);
    k->vk.CmdBeginRendering(cmd, &info);
    vkCmdBindPipeline(cmd, GRAPHICS, pipe);
    whole(cmd, layout, 3, 0.25f);
    whole(cmd, layout, 9, 0.75f); /* behind */
    k->vk.CmdEndRendering(cmd);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    expect(k, "drawn", &color, 0, 3, all_of_it, 0);
    expect(k, "left alone", &kept, 0, 7, all_of_it, 0);
    const float *d = kit_read(k, &z, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0);
    CHECK(k, d[0] == 0.5f && d[PX * PX - 1] == 0.5f, "depth %g", (double)d[0]);
}

static const struct kit_case cases[] = {
    {"resolve_dynamic", case_resolve_dynamic}, {"resolve_layers", case_resolve_layers}, {"separate_layouts", case_separate_layouts}, {"none", case_none},
};
KIT_MAIN(cases)
