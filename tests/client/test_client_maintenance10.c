/* Resolves as VK_KHR_maintenance10 has them: means of sRGB with and without its transfer function, by every way; depth and stencil by command with
 * every mode; passes that end by the newer command. SPEC: copies-resolve, renderpass-resolve-operations. */
#include "kit.h"

#include "kit_color_frag.h"
#include "pass_z_vert.h"

#define PX      16u
#define SAMPLES 4u
#define GRAPHICS VK_PIPELINE_BIND_POINT_GRAPHICS

struct push {
    float color[4], z;
};

static const double colors[SAMPLES][4] = {{0.0, 0.1, 0.9, 0.25}, {0.05, 0.2, 1.0, 0.5}, {0.5, 0.3, 0.0, 0.75}, {1.0, 0.4, 0.01, 1.0}};
static const float depths[SAMPLES] = {0.5f, 0.125f, 0.875f, 0.25f};
static const uint32_t stencils[SAMPLES] = {7, 2, 200, 5};

static struct kit_image
image(struct kit *k, VkFormat format, uint32_t samples)
{
    const bool color = kit_aspects(format) & VK_IMAGE_ASPECT_COLOR_BIT;
    return kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_2D, .format = format, .extent = {PX, PX, 1}, .samples = (VkSampleCountFlagBits)samples,
                                            .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT |
                                                     (color ? VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT : VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT)});
}

/* One pipeline for each sample: it is all that is drawn to. */
static void
pipelines(struct kit *k, VkPipelineLayout layout, VkFormat color, VkFormat depth, VkRenderPass pass, VkPipeline out[SAMPLES])
{
    for (uint32_t i = 0; i < SAMPLES; i++) {
        const struct kit_target t = {.width = PX, .height = PX, .layers = 1, .n = color != VK_FORMAT_UNDEFINED, .samples = (VkSampleCountFlagBits)SAMPLES, .pass = pass};
        const VkImageAspectFlags aspects = depth ? kit_aspects(depth) : 0;
        const VkPipelineRenderingCreateInfo rendering = {
            .sType = VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO, .colorAttachmentCount = t.n, .pColorAttachmentFormats = &color,
            .depthAttachmentFormat = aspects & VK_IMAGE_ASPECT_DEPTH_BIT ? depth : VK_FORMAT_UNDEFINED,
            .stencilAttachmentFormat = aspects & VK_IMAGE_ASPECT_STENCIL_BIT ? depth : VK_FORMAT_UNDEFINED};
        const VkSampleMask mask = 1u << i;
        struct kit_graphics g;
        kit_graphics_init(k, &g, &t, layout, KIT_CODE(pass_z_vert), color ? kit_color_frag : NULL, color ? sizeof(kit_color_frag) : 0);
        g.info.pNext = pass ? NULL : &rendering;
        g.samples.pSampleMask = &mask;
        g.depth.depthTestEnable = g.depth.depthWriteEnable = g.depth.stencilTestEnable = depth != VK_FORMAT_UNDEFINED;
        g.depth.depthCompareOp = VK_COMPARE_OP_ALWAYS;
        g.depth.front = (VkStencilOpState){VK_STENCIL_OP_REPLACE, VK_STENCIL_OP_REPLACE, VK_STENCIL_OP_REPLACE, VK_COMPARE_OP_ALWAYS, 255, 255, stencils[i]};
        g.depth.back = g.depth.front;
        out[i] = kit_graphics_create(k, &g);
    }
}

static void
draw(VkCommandBuffer cmd, VkPipelineLayout layout, const VkPipeline pipes[SAMPLES])
{
    for (uint32_t i = 0; i < SAMPLES; i++) {
        struct push p = {.z = depths[i]};
        for (int c = 0; c < 4; c++) {
            p.color[c] = (float)colors[i][c];
        }
        vkCmdBindPipeline(cmd, GRAPHICS, pipes[i]);
        vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(p), &p);
        vkCmdDraw(cmd, 3, 1, 0, 0);
    }
}

static bool
has_ten(struct kit *k, VkPhysicalDeviceMaintenance10PropertiesKHR *p)
{
    const VkPhysicalDeviceMaintenance10FeaturesKHR *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_10_FEATURES_KHR);
    *p = (VkPhysicalDeviceMaintenance10PropertiesKHR){.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_10_PROPERTIES_KHR};
    VkPhysicalDeviceProperties2 two = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = p};
    if (f->maintenance10) {
        k->vk.GetPhysicalDeviceProperties2(k->physical, &two);
    }
    return f->maintenance10;
}

/* How: 0: as it is, 1: without the transfer function, 2: with it. */
enum way { IN_RENDERING, IN_PASS, BY_COMMAND, WAYS };

static void
resolve_rendering(struct kit *k, const struct kit_image *from, const struct kit_image *to, uint32_t how, VkPipelineLayout layout)
{
    static const VkRenderingAttachmentFlagsKHR flags[] = {0, VK_RENDERING_ATTACHMENT_RESOLVE_SKIP_TRANSFER_FUNCTION_BIT_KHR,
                                                          VK_RENDERING_ATTACHMENT_RESOLVE_ENABLE_TRANSFER_FUNCTION_BIT_KHR};
    VkPipeline pipes[SAMPLES];
    pipelines(k, layout, from->info.format, VK_FORMAT_UNDEFINED, VK_NULL_HANDLE, pipes);
    const VkRenderingAttachmentFlagsInfoKHR more = {.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_FLAGS_INFO_KHR, .flags = flags[how]};
    const VkRenderingAttachmentInfo a = {.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO, .pNext = &more, .imageView = from->view,
                                         .imageLayout = VK_IMAGE_LAYOUT_GENERAL, .resolveMode = VK_RESOLVE_MODE_AVERAGE_BIT, .resolveImageView = to->view,
                                         .resolveImageLayout = VK_IMAGE_LAYOUT_GENERAL, .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR,
                                         .storeOp = how == 1 ? VK_ATTACHMENT_STORE_OP_DONT_CARE : VK_ATTACHMENT_STORE_OP_STORE};
    const VkRenderingInfo info = {.sType = VK_STRUCTURE_TYPE_RENDERING_INFO, .renderArea = {{0, 0}, {PX, PX}}, .layerCount = 1, .colorAttachmentCount = 1,
                                  .pColorAttachments = &a};
    const VkRenderingEndInfoKHR end = {.sType = VK_STRUCTURE_TYPE_RENDERING_END_INFO_KHR};
    const VkCommandBuffer cmd = kit_begin(k);
    k->vk.CmdBeginRendering(cmd, &info);
    draw(cmd, layout, pipes);
    k->vk.CmdEndRendering2KHR(cmd, how ? &end : NULL);
    kit_barrier(cmd);
    kit_submit(k, cmd);
}

static void
resolve_pass(struct kit *k, const struct kit_image *from, const struct kit_image *to, uint32_t how, VkPipelineLayout layout)
{
    static const VkAttachmentDescriptionFlags flags[] = {0, VK_ATTACHMENT_DESCRIPTION_RESOLVE_SKIP_TRANSFER_FUNCTION_BIT_KHR,
                                                         VK_ATTACHMENT_DESCRIPTION_RESOLVE_ENABLE_TRANSFER_FUNCTION_BIT_KHR};
    const VkAttachmentDescription2 a[2] = {
        {.sType = VK_STRUCTURE_TYPE_ATTACHMENT_DESCRIPTION_2, .format = from->info.format, .samples = from->info.samples, .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR,
         .storeOp = VK_ATTACHMENT_STORE_OP_STORE, .initialLayout = VK_IMAGE_LAYOUT_GENERAL, .finalLayout = VK_IMAGE_LAYOUT_GENERAL},
        {.sType = VK_STRUCTURE_TYPE_ATTACHMENT_DESCRIPTION_2, .flags = flags[how], .format = to->info.format, .samples = VK_SAMPLE_COUNT_1_BIT,
         .loadOp = VK_ATTACHMENT_LOAD_OP_DONT_CARE, .storeOp = VK_ATTACHMENT_STORE_OP_STORE, .initialLayout = VK_IMAGE_LAYOUT_GENERAL,
         .finalLayout = VK_IMAGE_LAYOUT_GENERAL}};
    const VkAttachmentReference2 refs[2] = {
        {.sType = VK_STRUCTURE_TYPE_ATTACHMENT_REFERENCE_2, .attachment = 0, .layout = VK_IMAGE_LAYOUT_GENERAL, .aspectMask = VK_IMAGE_ASPECT_COLOR_BIT},
        {.sType = VK_STRUCTURE_TYPE_ATTACHMENT_REFERENCE_2, .attachment = 1, .layout = VK_IMAGE_LAYOUT_GENERAL, .aspectMask = VK_IMAGE_ASPECT_COLOR_BIT}};
    const VkSubpassDescription2 sub = {.sType = VK_STRUCTURE_TYPE_SUBPASS_DESCRIPTION_2, .colorAttachmentCount = 1, .pColorAttachments = &refs[0],
                                       .pResolveAttachments = &refs[1]};
    const VkRenderPassCreateInfo2 info = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO_2, .attachmentCount = 2, .pAttachments = a, .subpassCount = 1,
                                          .pSubpasses = &sub};
    const VkImageView views[2] = {from->view, to->view};
    VkRenderPass pass;
    VkFramebuffer fb;
    VkPipeline pipes[SAMPLES];
    MUST(k->vk.CreateRenderPass2(k->device, &info, NULL, &pass));
    KIT_OWN(k, VK_OBJECT_TYPE_RENDER_PASS, pass);
    const VkFramebufferCreateInfo fi = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO, .renderPass = pass, .attachmentCount = 2, .pAttachments = views,
                                        .width = PX, .height = PX, .layers = 1};
    MUST(vkCreateFramebuffer(k->device, &fi, NULL, &fb));
    KIT_OWN(k, VK_OBJECT_TYPE_FRAMEBUFFER, fb);
    pipelines(k, layout, from->info.format, VK_FORMAT_UNDEFINED, pass, pipes);
    const VkClearValue clear[2] = {0};
    const VkRenderPassBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO, .renderPass = pass, .framebuffer = fb,
                                         .renderArea = {{0, 0}, {PX, PX}}, .clearValueCount = 2, .pClearValues = clear};
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBeginRenderPass(cmd, &begin, VK_SUBPASS_CONTENTS_INLINE);
    draw(cmd, layout, pipes);
    vkCmdEndRenderPass(cmd);
    kit_barrier(cmd);
    kit_submit(k, cmd);
}

static void
resolve_command(struct kit *k, const struct kit_image *from, const struct kit_image *to, VkImageAspectFlags aspects, const VkResolveImageModeInfoKHR *how)
{
    const VkImageResolve2 r = {.sType = VK_STRUCTURE_TYPE_IMAGE_RESOLVE_2, .srcSubresource = {aspects, 0, 0, 1}, .srcOffset = {2, 1, 0},
                               .dstSubresource = {aspects, 0, 0, 1}, .dstOffset = {1, 3, 0}, .extent = {PX - 2, PX - 3, 1}};
    const VkResolveImageInfo2 info = {.sType = VK_STRUCTURE_TYPE_RESOLVE_IMAGE_INFO_2, .pNext = how, .srcImage = from->image,
                                      .srcImageLayout = VK_IMAGE_LAYOUT_GENERAL, .dstImage = to->image, .dstImageLayout = VK_IMAGE_LAYOUT_GENERAL,
                                      .regionCount = 1, .pRegions = &r};
    const VkCommandBuffer cmd = kit_begin(k);
    k->vk.CmdResolveImage2(cmd, &info);
    kit_barrier(cmd);
    kit_submit(k, cmd);
}

static void
case_srgb(struct kit *k)
{
    VkPhysicalDeviceMaintenance10PropertiesKHR p;
    SKIP_UNLESS(k, has_ten(k, &p), "no maintenance10");
    static const VkFormat formats[] = {VK_FORMAT_R8G8B8A8_SRGB, VK_FORMAT_B8G8R8A8_SRGB, VK_FORMAT_R8_SRGB, VK_FORMAT_A8B8G8R8_SRGB_PACK32};
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, sizeof(struct push));
    for (size_t i = 0; i < ARRAY_LEN(formats) * WAYS * 3; i++) {
        const VkFormat format = formats[i / (WAYS * 3)];
        const enum way way = (enum way)(i / 3 % WAYS);
        const uint32_t how = i % 3;
        if (!(kit_format_features(k, format, VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BIT) ||
            (how && !p.resolveSrgbFormatSupportsTransferFunctionControl)) {
            continue;
        }
        const struct kit_image from = image(k, format, SAMPLES), to = image(k, format, 1);
        if (way == IN_RENDERING) {
            resolve_rendering(k, &from, &to, how, layout);
        } else {
            resolve_pass(k, &from, &to, how, layout);
        }
        if (way == BY_COMMAND) {
            const VkResolveImageModeInfoKHR info = {.sType = VK_STRUCTURE_TYPE_RESOLVE_IMAGE_MODE_INFO_KHR, .resolveMode = VK_RESOLVE_MODE_AVERAGE_BIT,
                                                    .flags = how == 1   ? VK_RESOLVE_IMAGE_SKIP_TRANSFER_FUNCTION_BIT_KHR
                                                             : how == 2 ? VK_RESOLVE_IMAGE_ENABLE_TRANSFER_FUNCTION_BIT_KHR
                                                                        : 0};
            const VkClearColorValue none = {.float32 = {0}};
            const VkImageSubresourceRange all = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
            const VkCommandBuffer cmd = kit_begin(k);
            vkCmdClearColorImage(cmd, to.image, VK_IMAGE_LAYOUT_GENERAL, &none, 1, &all);
            kit_barrier(cmd);
            kit_submit(k, cmd);
            resolve_command(k, &from, &to, VK_IMAGE_ASPECT_COLOR_BIT, &info);
        }
        const bool linear = how == 2 || (how == 0 && p.resolveSrgbFormatAppliesTransferFunction);
        const uint8_t *got = kit_read(k, &to, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
        const uint32_t B = kit_format(format)->block_B;
        for (uint32_t at = 0; at < PX * PX; at++) {
            const uint32_t x = at % PX, y = at / PX;
            const bool inside = way != BY_COMMAND || (x >= 1 && x < PX - 1 && y >= 3);
            const union kit_texel t = kit_unpack(format, got + at * B);
            for (uint32_t c = 0; c < 4 && c < kit_format(format)->n; c++) {
                double codes = 0, value = 0;
                for (uint32_t s = 0; s < SAMPLES; s++) {
                    const double code = nearbyint((c == 3 ? colors[s][c] : kit_linear_to_srgb(colors[s][c])) * 255);
                    codes += code / SAMPLES;
                    value += (c == 3 ? code / 255 : kit_srgb_to_linear(code / 255)) / SAMPLES;
                }
                const double want = !inside ? 0 : linear ? (c == 3 ? value : kit_linear_to_srgb(value)) * 255 : codes;
                const double have = (c == 3 ? t.f[c] : kit_linear_to_srgb(t.f[c])) * 255;
                REQUIRE(k, fabs(have - want) <= (kit_ours(k) ? 0.51 : 1.01), "%s, way %d, how %u: component %u of %u %u: %g, not %g", kit_format(format)->name, way,
                        how, c, x, y, have, want);
            }
        }
    }
}

/* An aspect alone, both with modes of their own; what is outside stays. */
static void
case_depth_stencil(struct kit *k)
{
    VkPhysicalDeviceMaintenance10PropertiesKHR p;
    SKIP_UNLESS(k, has_ten(k, &p), "no maintenance10");
    VkPhysicalDeviceDepthStencilResolveProperties modes = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DEPTH_STENCIL_RESOLVE_PROPERTIES};
    VkPhysicalDeviceProperties2 two = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &modes};
    k->vk.GetPhysicalDeviceProperties2(k->physical, &two);
    static const VkFormat formats[] = {VK_FORMAT_D16_UNORM, VK_FORMAT_D32_SFLOAT, VK_FORMAT_D32_SFLOAT_S8_UINT, VK_FORMAT_D24_UNORM_S8_UINT, VK_FORMAT_S8_UINT};
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, sizeof(struct push));
    uint32_t n = 0;
    for (size_t f = 0; f < ARRAY_LEN(formats); f++) {
        const VkImageAspectFlags have = kit_aspects(formats[f]);
        if (!(kit_format_features(k, formats[f], VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_DEPTH_STENCIL_ATTACHMENT_BIT)) {
            continue;
        }
        const struct kit_image from = image(k, formats[f], SAMPLES), to = image(k, formats[f], 1);
        VkPipeline pipes[SAMPLES];
        pipelines(k, layout, VK_FORMAT_UNDEFINED, formats[f], VK_NULL_HANDLE, pipes);
        const VkRenderingAttachmentInfo a = {.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO, .imageView = from.view, .imageLayout = VK_IMAGE_LAYOUT_GENERAL,
                                             .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR, .storeOp = VK_ATTACHMENT_STORE_OP_STORE};
        const VkRenderingInfo info = {.sType = VK_STRUCTURE_TYPE_RENDERING_INFO, .renderArea = {{0, 0}, {PX, PX}}, .layerCount = 1,
                                      .pDepthAttachment = have & VK_IMAGE_ASPECT_DEPTH_BIT ? &a : NULL,
                                      .pStencilAttachment = have & VK_IMAGE_ASPECT_STENCIL_BIT ? &a : NULL};
        const VkCommandBuffer cmd = kit_begin(k);
        k->vk.CmdBeginRendering(cmd, &info);
        draw(cmd, layout, pipes);
        k->vk.CmdEndRendering(cmd);
        kit_barrier(cmd);
        kit_submit(k, cmd);
        for (uint32_t i = 0; i < 16 * 3; i++) {
            const VkResolveModeFlagBits dm = (VkResolveModeFlagBits)(1u << i % 4), sm = (VkResolveModeFlagBits)(1u << i / 4 % 4);
            const VkImageAspectFlags aspects = have & (i / 16 == 0 ? VK_IMAGE_ASPECT_DEPTH_BIT : i / 16 == 1 ? VK_IMAGE_ASPECT_STENCIL_BIT : ~0u);
            const bool depth = aspects & VK_IMAGE_ASPECT_DEPTH_BIT, stencil = aspects & VK_IMAGE_ASPECT_STENCIL_BIT, both = depth && stencil;
            if (!aspects || (depth && !(modes.supportedDepthResolveModes & dm)) || (stencil && !(modes.supportedStencilResolveModes & sm)) ||
                (both && dm != sm && !modes.independentResolve) || (!both && have == (VK_IMAGE_ASPECT_DEPTH_BIT | VK_IMAGE_ASPECT_STENCIL_BIT) && !modes.independentResolveNone)) {
                continue;
            }
            const VkClearDepthStencilValue before = {1.0f, 99};
            const VkImageSubresourceRange all = {have, 0, 1, 0, 1};
            const VkCommandBuffer clear = kit_begin(k);
            vkCmdClearDepthStencilImage(clear, to.image, VK_IMAGE_LAYOUT_GENERAL, &before, 1, &all);
            kit_barrier(clear);
            kit_submit(k, clear);
            const VkResolveImageModeInfoKHR how = {.sType = VK_STRUCTURE_TYPE_RESOLVE_IMAGE_MODE_INFO_KHR, .resolveMode = depth ? dm : VK_RESOLVE_MODE_NONE,
                                                   .stencilResolveMode = stencil ? sm : VK_RESOLVE_MODE_NONE};
            resolve_command(k, &from, &to, aspects, &how);
            n++;
            const double mean = (0.5 + 0.125 + 0.875 + 0.25) / 4;
            const double z = dm == VK_RESOLVE_MODE_SAMPLE_ZERO_BIT ? 0.5 : dm == VK_RESOLVE_MODE_AVERAGE_BIT ? mean : dm == VK_RESOLVE_MODE_MIN_BIT ? 0.125 : 0.875;
            const uint32_t st = sm == VK_RESOLVE_MODE_SAMPLE_ZERO_BIT ? 7 : sm == VK_RESOLVE_MODE_MIN_BIT ? 2 : 200;
            const uint8_t *zs = have & VK_IMAGE_ASPECT_DEPTH_BIT ? kit_read(k, &to, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0) : NULL;
            const uint8_t *ss = have & VK_IMAGE_ASPECT_STENCIL_BIT ? kit_read(k, &to, VK_IMAGE_ASPECT_STENCIL_BIT, 0, 0) : NULL;
            const uint32_t B = have & VK_IMAGE_ASPECT_DEPTH_BIT ? kit_texel_B(formats[f], VK_IMAGE_ASPECT_DEPTH_BIT) : 0;
            const bool real = have & VK_IMAGE_ASPECT_DEPTH_BIT && kit_format(formats[f])->c[0].numeric == KIT_SFLOAT;
            for (uint32_t at = 0; at < PX * PX; at++) {
                const bool inside = at % PX >= 1 && at % PX < PX - 1 && at / PX >= 3;
                const double want = inside && depth ? z : 1;
                uint32_t word = 0;
                float value;
                memcpy(&word, zs ? zs + at * B : (const uint8_t *)&word, B);
                memcpy(&value, &word, 4);
                const double got = real ? (double)value : B == 2 ? word / 65535.0 : (word & 0xffffff) / 16777215.0;
                REQUIRE(k, !zs || fabs(got - want) <= (real ? 1e-6 : B == 2 ? 1.1 / 65535 : 1e-6), "%s, aspects %u, modes %u %u: depth %g, not %g",
                        kit_format(formats[f])->name, aspects, dm, sm, got, want);
                REQUIRE(k, !ss || ss[at] == (inside && stencil ? st : 99), "%s, aspects %u, modes %u %u: stencil %u", kit_format(formats[f])->name, aspects, dm, sm,
                        ss[at]);
            }
        }
    }
    printf("  %u\n", n);
}

static const struct kit_case cases[] = {{"srgb", case_srgb}, {"depth_stencil", case_depth_stencil}};
KIT_MAIN(cases)
