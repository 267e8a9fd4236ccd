/* Several samples on images that have one: what a pass loads goes to all samples, what it stores is their mean. Against the share of each pixel that
 * a triangle covers, in render passes and dynamic rendering; depth and stencil; passes that are walked more than once; input attachments.
 * SPEC: multisampled-render-to-single-sampled. */
#include "kit.h"

#include "samples_flat_frag.h"
#include "samples_input_frag.h"
#include "samples_vert.h"

#define W        150u /* several tiles, none of them whole */
#define H        90u
#define GRAPHICS VK_PIPELINE_BIND_POINT_GRAPHICS
#define COLOR    VK_FORMAT_R32G32B32A32_SFLOAT

struct push {
    float pos[3][4], color[4];
};
static const struct push white = {{{-0.91f, -0.83f, 0.5f, 1}, {0.77f, -0.4f, 0.5f, 1}, {-0.2f, 0.93f, 0.5f, 1}}, {1, 1, 1, 1}};
static const struct push nowhere = {{{5, 5, 0.5f, 1}, {6, 5, 0.5f, 1}, {5, 6, 0.5f, 1}}, {9, 9, 9, 9}};

static struct kit_image
image(struct kit *k, VkFormat format, bool shared)
{
    static const VkExternalMemoryImageCreateInfo external = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO,
                                                             .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};
    const bool color = kit_aspects(format) & VK_IMAGE_ASPECT_COLOR_BIT;
    return kit_image(k, (VkImageCreateInfo){.pNext = shared && kit_has(k, VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME) ? &external : NULL,
                                            .flags = VK_IMAGE_CREATE_MULTISAMPLED_RENDER_TO_SINGLE_SAMPLED_BIT_EXT, .imageType = VK_IMAGE_TYPE_2D,
                                            .format = format, .extent = {W, H, 1},
                                            .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT | VK_IMAGE_USAGE_INPUT_ATTACHMENT_BIT |
                                                     (color ? VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT : VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT)});
}

static bool
offered(struct kit *k)
{
    const VkPhysicalDeviceMultisampledRenderToSingleSampledFeaturesEXT *f =
        kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MULTISAMPLED_RENDER_TO_SINGLE_SAMPLED_FEATURES_EXT);
    return f->multisampledRenderToSingleSampled;
}

/* What happens in the pass. */
struct scene {
    uint32_t samples;
    VkAttachmentLoadOp load;
    VkAttachmentStoreOp store;
    VkRect2D area;
    bool walks;   /* many draws between two that count */
    bool dynamic; /* rendering */
    VkPipelineLayout layout;
};

static VkPipeline
pipeline(struct kit *k, const struct scene *s, VkRenderPass pass, VkFormat color, VkFormat depth)
{
    const struct kit_target t = {.width = W, .height = H, .layers = 1, .n = color != VK_FORMAT_UNDEFINED, .samples = (VkSampleCountFlagBits)s->samples, .pass = pass};
    const bool stencil = depth && kit_aspects(depth) & VK_IMAGE_ASPECT_STENCIL_BIT;
    const VkPipelineRenderingCreateInfo rendering = {.sType = VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO, .colorAttachmentCount = t.n,
                                                     .pColorAttachmentFormats = &color, .depthAttachmentFormat = depth,
                                                     .stencilAttachmentFormat = stencil ? depth : VK_FORMAT_UNDEFINED};
    struct kit_graphics g;
    kit_graphics_init(k, &g, &t, s->layout, KIT_CODE(samples_vert), color ? samples_flat_frag : NULL, color ? sizeof(samples_flat_frag) : 0);
    g.info.pNext = pass ? NULL : &rendering;
    g.depth.depthTestEnable = g.depth.depthWriteEnable = depth != VK_FORMAT_UNDEFINED;
    g.depth.depthCompareOp = VK_COMPARE_OP_LESS;
    g.depth.stencilTestEnable = stencil;
    g.depth.front = (VkStencilOpState){VK_STENCIL_OP_KEEP, VK_STENCIL_OP_INCREMENT_AND_CLAMP, VK_STENCIL_OP_KEEP, VK_COMPARE_OP_ALWAYS, 255, 255, 0};
    g.depth.back = g.depth.front;
    return kit_graphics_create(k, &g);
}

static void
draws(VkCommandBuffer cmd, const struct scene *s, VkPipeline pipe, const struct push *p)
{
    vkCmdBindPipeline(cmd, GRAPHICS, pipe);
    vkCmdPushConstants(cmd, s->layout, VK_SHADER_STAGE_ALL, 0, sizeof(*p), p);
    vkCmdDraw(cmd, 3, 1, 0, 0);
    if (s->walks) {
        vkCmdPushConstants(cmd, s->layout, VK_SHADER_STAGE_ALL, 0, sizeof(nowhere), &nowhere);
        vkCmdDraw(cmd, 3, 70000, 0, 0);
        vkCmdPushConstants(cmd, s->layout, VK_SHADER_STAGE_ALL, 0, sizeof(*p), p);
        vkCmdDraw(cmd, 3, 1, 0, 0);
    }
}

static void
run_color(struct kit *k, const struct scene *s, const struct kit_image *img, const struct push *p)
{
    const VkMultisampledRenderToSingleSampledInfoEXT many = {.sType = VK_STRUCTURE_TYPE_MULTISAMPLED_RENDER_TO_SINGLE_SAMPLED_INFO_EXT,
                                                             .multisampledRenderToSingleSampledEnable = VK_TRUE,
                                                             .rasterizationSamples = (VkSampleCountFlagBits)s->samples};
    const VkCommandBuffer cmd = kit_begin(k);
    if (s->dynamic) {
        const VkRenderingAttachmentInfo a = {.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO, .imageView = img->view, .imageLayout = VK_IMAGE_LAYOUT_GENERAL,
                                             .resolveMode = VK_RESOLVE_MODE_AVERAGE_BIT, .loadOp = s->load, .storeOp = s->store};
        const VkRenderingInfo info = {.sType = VK_STRUCTURE_TYPE_RENDERING_INFO, .pNext = &many, .renderArea = s->area, .layerCount = 1, .colorAttachmentCount = 1,
                                      .pColorAttachments = &a};
        const VkPipeline pipe = pipeline(k, s, VK_NULL_HANDLE, img->info.format, VK_FORMAT_UNDEFINED);
        k->vk.CmdBeginRendering(cmd, &info);
        draws(cmd, s, pipe, p);
        k->vk.CmdEndRendering(cmd);
    } else {
        const VkAttachmentDescription2 a = {.sType = VK_STRUCTURE_TYPE_ATTACHMENT_DESCRIPTION_2, .format = img->info.format, .samples = VK_SAMPLE_COUNT_1_BIT,
                                            .loadOp = s->load, .storeOp = s->store, .initialLayout = VK_IMAGE_LAYOUT_GENERAL, .finalLayout = VK_IMAGE_LAYOUT_GENERAL};
        const VkAttachmentReference2 ref = {.sType = VK_STRUCTURE_TYPE_ATTACHMENT_REFERENCE_2, .layout = VK_IMAGE_LAYOUT_GENERAL, .aspectMask = VK_IMAGE_ASPECT_COLOR_BIT};
        const VkSubpassDescription2 sub = {.sType = VK_STRUCTURE_TYPE_SUBPASS_DESCRIPTION_2, .pNext = &many, .colorAttachmentCount = 1, .pColorAttachments = &ref};
        const VkRenderPassCreateInfo2 info = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO_2, .attachmentCount = 1, .pAttachments = &a, .subpassCount = 1,
                                              .pSubpasses = &sub};
        VkRenderPass pass;
        VkFramebuffer fb;
        MUST(k->vk.CreateRenderPass2(k->device, &info, NULL, &pass));
        KIT_OWN(k, VK_OBJECT_TYPE_RENDER_PASS, pass);
        const VkFramebufferCreateInfo fi = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO, .renderPass = pass, .attachmentCount = 1, .pAttachments = &img->view,
                                            .width = W, .height = H, .layers = 1};
        MUST(vkCreateFramebuffer(k->device, &fi, NULL, &fb));
        KIT_OWN(k, VK_OBJECT_TYPE_FRAMEBUFFER, fb);
        const VkClearValue clear = {.color.float32 = {0}};
        const VkRenderPassBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO, .renderPass = pass, .framebuffer = fb, .renderArea = s->area,
                                             .clearValueCount = 1, .pClearValues = &clear};
        const VkPipeline pipe = pipeline(k, s, pass, img->info.format, VK_FORMAT_UNDEFINED);
        vkCmdBeginRenderPass(cmd, &begin, VK_SUBPASS_CONTENTS_INLINE);
        draws(cmd, s, pipe, p);
        vkCmdEndRenderPass(cmd);
    }
    kit_barrier(cmd);
    kit_submit(k, cmd);
}

/* Shares of pixels by an ordinary image with several samples, resolved. */
static const float *
shares(struct kit *k, uint32_t samples)
{
    struct scene s = {.samples = samples, .layout = kit_layout(k, 0, NULL, sizeof(struct push))};
    const VkImageUsageFlags usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT | VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT;
    const struct kit_image many = kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_2D, .format = COLOR, .extent = {W, H, 1},
                                                                   .samples = (VkSampleCountFlagBits)samples, .usage = usage});
    const struct kit_image one = kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_2D, .format = COLOR, .extent = {W, H, 1}, .usage = usage});
    const VkRenderingAttachmentInfo a = {.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO, .imageView = many.view, .imageLayout = VK_IMAGE_LAYOUT_GENERAL,
                                         .resolveMode = VK_RESOLVE_MODE_AVERAGE_BIT, .resolveImageView = one.view, .resolveImageLayout = VK_IMAGE_LAYOUT_GENERAL,
                                         .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR, .storeOp = VK_ATTACHMENT_STORE_OP_DONT_CARE};
    const VkRenderingInfo info = {.sType = VK_STRUCTURE_TYPE_RENDERING_INFO, .renderArea = {{0, 0}, {W, H}}, .layerCount = 1, .colorAttachmentCount = 1,
                                  .pColorAttachments = &a};
    const VkPipeline pipe = pipeline(k, &s, VK_NULL_HANDLE, COLOR, VK_FORMAT_UNDEFINED);
    const VkCommandBuffer cmd = kit_begin(k);
    k->vk.CmdBeginRendering(cmd, &info);
    draws(cmd, &s, pipe, &white);
    k->vk.CmdEndRendering(cmd);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    return kit_read(k, &one, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
}

static void
case_colors(struct kit *k)
{
    SKIP_UNLESS(k, offered(k) && k->vk.CmdBeginRendering, "no multisampledRenderToSingleSampled");
    static const VkFormat formats[] = {COLOR, VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_R16G16B16A16_SFLOAT};
    uint32_t n = 0;
    for (uint32_t samples = 2; samples <= 8; samples *= 2) {
        if (!(k->properties.limits.framebufferColorSampleCounts & samples)) {
            continue;
        }
        const float *share = shares(k, samples);
        for (uint32_t i = 0; i < ARRAY_LEN(formats) * 32; i++) {
            const VkFormat format = formats[i / 32];
            struct scene s = {.samples = samples, .layout = kit_layout(k, 0, NULL, sizeof(struct push)), .dynamic = i & 1, .walks = i & 2,
                              .load = i & 4 ? VK_ATTACHMENT_LOAD_OP_LOAD : VK_ATTACHMENT_LOAD_OP_CLEAR, .store = VK_ATTACHMENT_STORE_OP_STORE,
                              .area = i & 8 ? (VkRect2D){{7, 3}, {131, 80}} : (VkRect2D){{0, 0}, {W, H}}};
            if (s.walks && i & 24) {
                continue; /* once is enough */
            }
            const struct kit_image img = image(k, format, i & 16);
            const uint32_t B = kit_format(format)->block_B;
            uint8_t *before = kit_alloc(k, (size_t)W * H * B);
            uint32_t seed = i;
            for (uint32_t p = 0; p < W * H; p++) {
                union kit_texel t;
                for (int c = 0; c < 4; c++) {
                    t.f[c] = kit_random(&seed) % 256 / 255.0;
                }
                kit_pack(format, t, before + p * B);
            }
            kit_upload(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, before);
            struct push p = white;
            const float color[4] = {0.75f, 0.25f, 1.0f, 0.5f};
            memcpy(p.color, color, sizeof(color));
            run_color(k, &s, &img, &p);
            const uint8_t *got = kit_read(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
            for (uint32_t at = 0; at < W * H; at++) {
                const uint32_t x = at % W, y = at / W;
                const bool inside = x >= (uint32_t)s.area.offset.x && x < (uint32_t)s.area.offset.x + s.area.extent.width && y >= (uint32_t)s.area.offset.y &&
                                    y < (uint32_t)s.area.offset.y + s.area.extent.height;
                const union kit_texel was = kit_unpack(format, before + at * B), g = kit_unpack(format, got + at * B);
                for (int c = 0; c < 4; c++) {
                    const double under = s.load == VK_ATTACHMENT_LOAD_OP_LOAD ? was.f[c] : 0, part = (double)share[at * 4];
                    const double first = format == VK_FORMAT_R8G8B8A8_UNORM ? nearbyint((double)color[c] * 255) / 255 : (double)color[c];
                    const double want = inside ? part * first + (1 - part) * under : was.f[c];
                    const double e = format == VK_FORMAT_R8G8B8A8_UNORM ? 0.51 / 255 : format == COLOR ? 1e-6 : 1e-3;
                    REQUIRE(k, fabs(g.f[c] - want) <= (inside ? e : 0), "%s, %u samples, way %u: pixel %u %u, component %d: %g, not %g", kit_format(format)->name,
                            samples, i % 32, x, y, c, g.f[c], want);
                }
            }
            n++;
        }
    }
    printf("  %u\n", n);
}

/* Where less is covered than all, depth of a triangle in front of what was loaded is the least, the mean or the greatest; the stencil likewise. */
static void
case_depth_stencil(struct kit *k)
{
    SKIP_UNLESS(k, offered(k) && k->vk.CmdBeginRendering, "no multisampledRenderToSingleSampled");
    VkPhysicalDeviceDepthStencilResolveProperties modes = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DEPTH_STENCIL_RESOLVE_PROPERTIES};
    VkPhysicalDeviceProperties2 two = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &modes};
    k->vk.GetPhysicalDeviceProperties2(k->physical, &two);
    const VkFormat format = VK_FORMAT_D32_SFLOAT_S8_UINT;
    const uint32_t samples = 4;
    SKIP_UNLESS(k, kit_format_features(k, format, VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_DEPTH_STENCIL_ATTACHMENT_BIT, "no D32_SFLOAT_S8_UINT");
    const float *share = shares(k, samples);
    for (uint32_t i = 0; i < 16; i++) {
        const VkResolveModeFlagBits dm = (VkResolveModeFlagBits)(1u << i % 4), sm = dm == VK_RESOLVE_MODE_AVERAGE_BIT ? VK_RESOLVE_MODE_MAX_BIT : dm;
        const bool load = i & 4, walks = i & 8;
        if (!(modes.supportedDepthResolveModes & dm) || !(modes.supportedStencilResolveModes & sm) || (dm != sm && !modes.independentResolve)) {
            continue;
        }
        struct scene s = {.samples = samples, .layout = kit_layout(k, 0, NULL, sizeof(struct push)), .walks = walks};
        const struct kit_image img = image(k, format, false);
        float *z = kit_alloc(k, W * H * 4);
        uint8_t *st = kit_alloc(k, W * H);
        for (uint32_t p = 0; p < W * H; p++) {
            z[p] = p % 7 == 0 ? 0.25f : 0.75f + (float)(p % 16) / 64.0f; /* some stand in front of the triangle */
            st[p] = (uint8_t)(p % 50);
        }
        kit_upload(k, &img, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0, z);
        kit_upload(k, &img, VK_IMAGE_ASPECT_STENCIL_BIT, 0, 0, st);
        const VkMultisampledRenderToSingleSampledInfoEXT many = {.sType = VK_STRUCTURE_TYPE_MULTISAMPLED_RENDER_TO_SINGLE_SAMPLED_INFO_EXT,
                                                                 .multisampledRenderToSingleSampledEnable = VK_TRUE, .rasterizationSamples = VK_SAMPLE_COUNT_4_BIT};
        const VkRenderingAttachmentInfo d = {.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO, .imageView = img.view, .imageLayout = VK_IMAGE_LAYOUT_GENERAL,
                                             .resolveMode = dm, .loadOp = load ? VK_ATTACHMENT_LOAD_OP_LOAD : VK_ATTACHMENT_LOAD_OP_CLEAR,
                                             .storeOp = VK_ATTACHMENT_STORE_OP_STORE, .clearValue.depthStencil = {1.0f, 9}};
        VkRenderingAttachmentInfo stencil = d;
        stencil.resolveMode = sm;
        const VkRenderingInfo info = {.sType = VK_STRUCTURE_TYPE_RENDERING_INFO, .pNext = &many, .renderArea = {{0, 0}, {W, H}}, .layerCount = 1,
                                      .pDepthAttachment = &d, .pStencilAttachment = &stencil};
        const VkPipeline pipe = pipeline(k, &s, VK_NULL_HANDLE, VK_FORMAT_UNDEFINED, format);
        const VkCommandBuffer cmd = kit_begin(k);
        k->vk.CmdBeginRendering(cmd, &info);
        draws(cmd, &s, pipe, &white);
        k->vk.CmdEndRendering(cmd);
        kit_barrier(cmd);
        kit_submit(k, cmd);
        const float *zr = kit_read(k, &img, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0);
        const uint8_t *sr = kit_read(k, &img, VK_IMAGE_ASPECT_STENCIL_BIT, 0, 0);
        for (uint32_t p = 0; p < W * H; p++) {
            const double under = load ? (double)z[p] : 1.0, part = (double)share[p * 4];
            const uint32_t value = load ? st[p] : 9;
            const bool hit = part > 0 && under > 0.5;
            if (dm == VK_RESOLVE_MODE_SAMPLE_ZERO_BIT && part > 0 && part < 1) {
                continue; /* depends on which */
            }
            const double want = !hit ? under : dm == VK_RESOLVE_MODE_AVERAGE_BIT ? part * 0.5 + (1 - part) * under : dm == VK_RESOLVE_MODE_MAX_BIT && part < 1 ? under : 0.5;
            const uint32_t more = hit ? 1 : 0; /* the second triangle is no nearer than the first */
            const uint32_t count = sm == VK_RESOLVE_MODE_MIN_BIT && part < 1 ? value : value + more;
            REQUIRE(k, fabs((double)zr[p] - want) <= 1e-6, "modes %u %u, load %d, walks %d: pixel %u %u: depth %g, not %g", dm, sm, load, walks, p % W, p / W,
                    (double)zr[p], want);
            REQUIRE(k, sr[p] == count, "modes %u %u, load %d, walks %d: pixel %u %u: stencil %u, not %u", dm, sm, load, walks, p % W, p / W, sr[p], count);
        }
    }
}

/* A second subpass reads what the first has left, by its samples, and draws to another image. */
static void
case_input(struct kit *k)
{
    SKIP_UNLESS(k, offered(k) && k->vk.CmdBeginRendering, "no multisampledRenderToSingleSampled");
    const uint32_t samples = 4;
    const float *share = shares(k, samples);
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_INPUT_ATTACHMENT;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const struct kit_image first = image(k, COLOR, false), second = image(k, COLOR, false);
    const VkDescriptorSet set = kit_set(k, sl);
    kit_write_image(k, set, 0, 0, type, first.view, VK_NULL_HANDLE);
    struct scene s = {.samples = samples, .layout = kit_layout(k, 1, &sl, sizeof(struct push))};
    const VkMultisampledRenderToSingleSampledInfoEXT many = {.sType = VK_STRUCTURE_TYPE_MULTISAMPLED_RENDER_TO_SINGLE_SAMPLED_INFO_EXT,
                                                             .multisampledRenderToSingleSampledEnable = VK_TRUE, .rasterizationSamples = VK_SAMPLE_COUNT_4_BIT};
    VkAttachmentDescription2 a[2];
    VkAttachmentReference2 refs[2];
    for (uint32_t i = 0; i < 2; i++) {
        a[i] = (VkAttachmentDescription2){.sType = VK_STRUCTURE_TYPE_ATTACHMENT_DESCRIPTION_2, .format = COLOR, .samples = VK_SAMPLE_COUNT_1_BIT,
                                          .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR, .storeOp = VK_ATTACHMENT_STORE_OP_STORE, .initialLayout = VK_IMAGE_LAYOUT_GENERAL,
                                          .finalLayout = VK_IMAGE_LAYOUT_GENERAL};
        refs[i] = (VkAttachmentReference2){.sType = VK_STRUCTURE_TYPE_ATTACHMENT_REFERENCE_2, .attachment = i, .layout = VK_IMAGE_LAYOUT_GENERAL,
                                           .aspectMask = VK_IMAGE_ASPECT_COLOR_BIT};
    }
    const VkSubpassDescription2 subs[2] = {
        {.sType = VK_STRUCTURE_TYPE_SUBPASS_DESCRIPTION_2, .pNext = &many, .colorAttachmentCount = 1, .pColorAttachments = &refs[0]},
        {.sType = VK_STRUCTURE_TYPE_SUBPASS_DESCRIPTION_2, .pNext = &many, .inputAttachmentCount = 1, .pInputAttachments = &refs[0], .colorAttachmentCount = 1,
         .pColorAttachments = &refs[1]}};
    const VkSubpassDependency2 dep = {.sType = VK_STRUCTURE_TYPE_SUBPASS_DEPENDENCY_2, .srcSubpass = 0, .dstSubpass = 1,
                                      .srcStageMask = VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT, .dstStageMask = VK_PIPELINE_STAGE_FRAGMENT_SHADER_BIT,
                                      .srcAccessMask = VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT, .dstAccessMask = VK_ACCESS_INPUT_ATTACHMENT_READ_BIT,
                                      .dependencyFlags = VK_DEPENDENCY_BY_REGION_BIT};
    const VkRenderPassCreateInfo2 info = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO_2, .attachmentCount = 2, .pAttachments = a, .subpassCount = 2,
                                          .pSubpasses = subs, .dependencyCount = 1, .pDependencies = &dep};
    const VkImageView views[2] = {first.view, second.view};
    VkRenderPass pass;
    VkFramebuffer fb;
    MUST(k->vk.CreateRenderPass2(k->device, &info, NULL, &pass));
    KIT_OWN(k, VK_OBJECT_TYPE_RENDER_PASS, pass);
    const VkFramebufferCreateInfo fi = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO, .renderPass = pass, .attachmentCount = 2, .pAttachments = views,
                                        .width = W, .height = H, .layers = 1};
    MUST(vkCreateFramebuffer(k->device, &fi, NULL, &fb));
    KIT_OWN(k, VK_OBJECT_TYPE_FRAMEBUFFER, fb);
    const VkPipeline draw = pipeline(k, &s, pass, COLOR, VK_FORMAT_UNDEFINED);
    const struct kit_target t = {.width = W, .height = H, .layers = 1, .n = 1, .samples = VK_SAMPLE_COUNT_4_BIT, .pass = pass};
    struct kit_graphics g;
    kit_graphics_init(k, &g, &t, s.layout, KIT_CODE(samples_vert), KIT_CODE(samples_input_frag));
    g.info.subpass = 1;
    const VkPipeline read = kit_graphics_create(k, &g);
    const struct push all = {{{-1, -1, 0.5f, 1}, {3, -1, 0.5f, 1}, {-1, 3, 0.5f, 1}}, {0}};
    const VkClearValue clears[2] = {0};
    const VkRenderPassBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO, .renderPass = pass, .framebuffer = fb, .renderArea = {{0, 0}, {W, H}},
                                         .clearValueCount = 2, .pClearValues = clears};
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBeginRenderPass(cmd, &begin, VK_SUBPASS_CONTENTS_INLINE);
    draws(cmd, &s, draw, &white);
    vkCmdNextSubpass(cmd, VK_SUBPASS_CONTENTS_INLINE);
    vkCmdBindPipeline(cmd, GRAPHICS, read);
    vkCmdBindDescriptorSets(cmd, GRAPHICS, s.layout, 0, 1, &set, 0, NULL);
    vkCmdPushConstants(cmd, s.layout, VK_SHADER_STAGE_ALL, 0, sizeof(all), &all);
    vkCmdDraw(cmd, 3, 1, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    kit_close(k, "drawn", kit_read(k, &first, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0), share, W * H * 4, 1e-6f);
    const float *got = kit_read(k, &second, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    for (uint32_t p = 0; p < W * H; p++) {
        REQUIRE(k, fabs((double)(got[p * 4] - share[p * 4])) <= 1e-6, "read: pixel %u %u: %g, not %g", p % W, p / W, (double)got[p * 4], (double)share[p * 4]);
    }
}

/* What can't be: images that several samples can't be drawn to. */
static void
case_refused(struct kit *k)
{
    SKIP_UNLESS(k, offered(k), "no multisampledRenderToSingleSampled");
    const VkImageCreateFlags flag = VK_IMAGE_CREATE_MULTISAMPLED_RENDER_TO_SINGLE_SAMPLED_BIT_EXT;
    VkImageFormatProperties p;
    CHECK_RESULT(k, vkGetPhysicalDeviceImageFormatProperties(k->physical, COLOR, VK_IMAGE_TYPE_2D, VK_IMAGE_TILING_OPTIMAL, VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT, flag, &p),
                 VK_SUCCESS);
    if (kit_ours(k)) {
        CHECK_RESULT(k, vkGetPhysicalDeviceImageFormatProperties(k->physical, VK_FORMAT_BC1_RGB_UNORM_BLOCK, VK_IMAGE_TYPE_2D, VK_IMAGE_TILING_OPTIMAL,
                                                                 VK_IMAGE_USAGE_SAMPLED_BIT, flag, &p), VK_ERROR_FORMAT_NOT_SUPPORTED);
        CHECK_RESULT(k, vkGetPhysicalDeviceImageFormatProperties(k->physical, COLOR, VK_IMAGE_TYPE_3D, VK_IMAGE_TILING_OPTIMAL, VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT, flag,
                                                                 &p), VK_ERROR_FORMAT_NOT_SUPPORTED);
    }
    VkSubpassResolvePerformanceQueryEXT q = {.sType = VK_STRUCTURE_TYPE_SUBPASS_RESOLVE_PERFORMANCE_QUERY_EXT};
    VkFormatProperties2 two = {.sType = VK_STRUCTURE_TYPE_FORMAT_PROPERTIES_2, .pNext = &q};
    k->vk.GetPhysicalDeviceFormatProperties2(k->physical, COLOR, &two);
    CHECK(k, !kit_ours(k) || q.optimal, "tiles resolve in the cache");
}

static const struct kit_case cases[] = {
    {"colors", case_colors}, {"depth_stencil", case_depth_stencil}, {"input", case_input}, {"refused", case_refused},
};
KIT_MAIN(cases)
