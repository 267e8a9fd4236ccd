/* Resolves: at the end of a pass, by command, of depth and stencil; compared with the samples themselves. */
#include "samples_scene.h"

#include "samples_flat_frag.h"
#include "samples_uint_frag.h"
#include "samples_vert.h"

/* At the end of a pass and by command: the mean of colours, sample 0 of integers. */
static void
resolve(struct kit *k, uint32_t samples, VkFormat format, double tolerance)
{
    struct scene s;
    struct kit_image to;
    scene_init(k, &s, samples, 1, format, VK_FORMAT_UNDEFINED, &to, NULL);
    const bool is_int = kit_format_is_int(format);
    if (is_int) {
        kit_graphics_init(k, s.g, &s.t, s.layout, KIT_CODE(samples_vert), KIT_CODE(samples_uint_frag));
    } else {
        kit_graphics_init(k, s.g, &s.t, s.layout, KIT_CODE(samples_vert), KIT_CODE(samples_flat_frag));
    }
    VkCommandBuffer cmd = pass_begin(k, &s);
    uint32_t seed = 41;
    for (uint32_t i = 0; i < TRIANGLES; i++) {
        struct triangle t;
        random_triangle(&t, &seed, i * 8);
        draw(&s, cmd, &t);
    }
    pass_end(k, cmd);
    const struct kit_image copy = image_of(k, format, 1, NULL);
    cmd = kit_begin(k);
    const VkImageSubresourceLayers layers = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
    const VkImageResolve part = {layers, {3, 5, 0}, layers, {6, 1, 0}, {21, 22, 1}};
    vkCmdResolveImage(cmd, s.t.color[0].image, VK_IMAGE_LAYOUT_GENERAL, copy.image, VK_IMAGE_LAYOUT_GENERAL, 1, &part);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    const float *fs = read_samples(k, &s.t.color[0], VK_IMAGE_ASPECT_COLOR_BIT);
    const uint32_t *us = (const uint32_t *)fs;
    const uint8_t *whole = kit_read(k, &to, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0), *moved = kit_read(k, &copy, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    const uint32_t B = kit_texel_B(format, VK_IMAGE_ASPECT_COLOR_BIT);
    uint32_t wrong = 0;
    for (uint32_t y = 0; y < H; y++) {
        for (uint32_t x = 0; x < W; x++) {
            union kit_texel got = kit_unpack(format, whole + (y * W + x) * B);
            for (uint32_t c = 0; c < kit_format(format)->n; c++) {
                double mean = 0;
                for (uint32_t i = 0; i < samples; i++) {
                    mean += (double)fs[((y * W + x) * samples + i) * 4 + c] / samples;
                }
                if (is_int) {
                    wrong += got.i[c] != us[(y * W + x) * samples * 4 + c];
                } else if (kit_format_is_srgb(format) && c < 3) { /* the step between codes, at this brightness; means of codes are allowed, too */
                    wrong += kit_ours(k) && fabs(kit_linear_to_srgb(got.f[c]) - kit_linear_to_srgb(mean)) > tolerance;
                } else {
                    wrong += fabs(got.f[c] - mean) > tolerance;
                }
            }
            if (x >= 3 && x < 24 && y >= 5 && y < 27) {
                wrong += memcmp(whole + (y * W + x) * B, moved + ((y - 4) * W + x + 3) * B, B) != 0;
            }
        }
    }
    CHECK(k, wrong == 0, "%s, %u samples: %u texels wrong", kit_format(format)->name, samples, wrong);
}

static void
case_colors(struct kit *k)
{
    for (uint32_t samples = 2; samples <= 8; samples *= 2) {
        if (!counted(k, samples)) {
            continue;
        }
        resolve(k, samples, VK_FORMAT_R8G8B8A8_UNORM, 0.5001 / 255);
        resolve(k, samples, VK_FORMAT_B8G8R8A8_SRGB, 0.5001 / 255);
        resolve(k, samples, VK_FORMAT_R16G16B16A16_SFLOAT, 1e-3);
        resolve(k, samples, VK_FORMAT_R32G32B32A32_SFLOAT, 1e-6);
        resolve(k, samples, VK_FORMAT_R8G8B8A8_UINT, 0);
    }
}

/* Depth and stencil: every mode that the device lists. */
static void
case_depth_stencil(struct kit *k)
{
    SKIP_UNLESS(k, k->vk.CmdBeginRendering, "no dynamic rendering");
    VkPhysicalDeviceDepthStencilResolveProperties modes = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DEPTH_STENCIL_RESOLVE_PROPERTIES};
    VkPhysicalDeviceProperties2 props = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &modes};
    k->vk.GetPhysicalDeviceProperties2(k->physical, &props);
    static const VkFormat formats[3] = {VK_FORMAT_D16_UNORM, VK_FORMAT_D32_SFLOAT_S8_UINT, VK_FORMAT_D24_UNORM_S8_UINT};
    for (uint32_t f = 0; f < 3; f++) {
        const VkFormat format = formats[f];
        const bool stencil = kit_aspects(format) & VK_IMAGE_ASPECT_STENCIL_BIT;
        if (!(kit_format_features(k, format, VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_DEPTH_STENCIL_ATTACHMENT_BIT)) {
            continue;
        }
        for (uint32_t bit = 0; bit < 4; bit++) {
            const VkResolveModeFlagBits dm = (modes.supportedDepthResolveModes >> bit & 1) << bit, sm = (modes.supportedStencilResolveModes >> bit & 1) << bit;
            if (stencil && dm != sm && !modes.independentResolveNone) {
                continue;
            }
            const uint32_t samples = 4;
            const struct kit_image img = image_of(k, format, samples, NULL), to = image_of(k, format, 1, NULL);
            VkRenderingAttachmentInfo d = {.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO, .imageView = img.view,
                                           .imageLayout = VK_IMAGE_LAYOUT_GENERAL, .resolveMode = dm, .resolveImageView = dm ? to.view : VK_NULL_HANDLE,
                                           .resolveImageLayout = VK_IMAGE_LAYOUT_GENERAL, .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR,
                                           .storeOp = VK_ATTACHMENT_STORE_OP_STORE, .clearValue.depthStencil = {1.0f, 3}};
            VkRenderingAttachmentInfo st = d;
            st.resolveMode = sm;
            st.resolveImageView = sm ? to.view : VK_NULL_HANDLE;
            const VkRenderingInfo info = {.sType = VK_STRUCTURE_TYPE_RENDERING_INFO, .renderArea = {{0, 0}, {W, H}}, .layerCount = 1,
                                          .pDepthAttachment = &d, .pStencilAttachment = stencil ? &st : NULL};
            struct scene s = {.t = {.width = W, .height = H, .layers = 1, .samples = VK_SAMPLE_COUNT_4_BIT}, .samples = samples};
            s.layout = kit_layout(k, 0, NULL, sizeof(struct push));
            s.g = kit_alloc(k, sizeof(*s.g));
            kit_graphics_init(k, s.g, &s.t, s.layout, KIT_CODE(samples_vert), NULL, 0);
            const VkPipelineRenderingCreateInfo rendering = {.sType = VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO, .depthAttachmentFormat = format,
                                                             .stencilAttachmentFormat = stencil ? format : VK_FORMAT_UNDEFINED};
            s.g->info.pNext = &rendering;
            s.g->depth.depthTestEnable = s.g->depth.depthWriteEnable = VK_TRUE;
            s.g->depth.depthCompareOp = VK_COMPARE_OP_ALWAYS;
            s.g->depth.stencilTestEnable = stencil;
            s.g->depth.front = (VkStencilOpState){VK_STENCIL_OP_KEEP, VK_STENCIL_OP_INCREMENT_AND_CLAMP, VK_STENCIL_OP_KEEP, VK_COMPARE_OP_ALWAYS, 255, 255, 0};
            s.g->depth.back = s.g->depth.front;
            const VkPipeline pipe = kit_graphics_create(k, s.g);
            const VkCommandBuffer cmd = kit_begin(k);
            k->vk.CmdBeginRendering(cmd, &info);
            vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
            uint32_t seed = 61;
            for (uint32_t i = 0; i < TRIANGLES; i++) {
                struct triangle t;
                random_triangle(&t, &seed, i);
                draw(&s, cmd, &t);
            }
            k->vk.CmdEndRendering(cmd);
            kit_barrier(cmd);
            kit_submit(k, cmd);
            const float *z = read_samples(k, &img, VK_IMAGE_ASPECT_DEPTH_BIT);
            const uint32_t *sv = stencil ? read_samples(k, &img, VK_IMAGE_ASPECT_STENCIL_BIT) : NULL;
            const float *zr = read_samples(k, &to, VK_IMAGE_ASPECT_DEPTH_BIT);
            const uint32_t *sr = stencil ? read_samples(k, &to, VK_IMAGE_ASPECT_STENCIL_BIT) : NULL;
            uint32_t wrong = 0;
            for (uint32_t p = 0; p < W * H; p++) {
                double want = 0;
                uint32_t s_want = 0;
                for (uint32_t i = 0; i < samples; i++) {
                    const double v = (double)z[(p * samples + i) * 4];
                    const uint32_t u = sv ? sv[(p * samples + i) * 4] : 0;
                    if (dm == VK_RESOLVE_MODE_AVERAGE_BIT) {
                        want += v / samples;
                    } else if (i == 0 || (dm == VK_RESOLVE_MODE_MIN_BIT && v < want) || (dm == VK_RESOLVE_MODE_MAX_BIT && v > want)) {
                        want = v;
                    }
                    if (i == 0 || (sm == VK_RESOLVE_MODE_MIN_BIT && u < s_want) || (sm == VK_RESOLVE_MODE_MAX_BIT && u > s_want)) {
                        s_want = u;
                    }
                }
                wrong += (dm && fabs((double)zr[p * 4] - want) > (dm == VK_RESOLVE_MODE_AVERAGE_BIT ? 1e-5 : 0.0)) || (sm && sr && sr[p * 4] != s_want);
            }
            CHECK(k, wrong == 0, "%s, mode %u: %u wrong", kit_format(format)->name, 1u << bit, wrong);
        }
    }
}

/* An aspect of a resolve attachment that nothing is resolved to has its own load operation. */
static void
case_none(struct kit *k)
{
    VkPhysicalDeviceDepthStencilResolveProperties modes = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DEPTH_STENCIL_RESOLVE_PROPERTIES};
    VkPhysicalDeviceProperties2 props = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &modes};
    k->vk.GetPhysicalDeviceProperties2(k->physical, &props);
    SKIP_UNLESS(k, k->vk.CreateRenderPass2 && modes.independentResolveNone, "no aspect can be left out");
    const VkFormat format = VK_FORMAT_D32_SFLOAT_S8_UINT;
    const uint32_t samples = 4;
    struct kit_target t = {.width = W, .height = H, .layers = 1, .samples = (VkSampleCountFlagBits)samples};
    const struct kit_image img = image_of(k, format, samples, NULL), to = image_of(k, format, 1, NULL);
    VkAttachmentDescription2 a[2];
    for (uint32_t i = 0; i < 2; i++) {
        a[i] = (VkAttachmentDescription2){.sType = VK_STRUCTURE_TYPE_ATTACHMENT_DESCRIPTION_2, .format = format,
                                          .samples = i ? VK_SAMPLE_COUNT_1_BIT : (VkSampleCountFlagBits)samples,
                                          .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR, .stencilLoadOp = VK_ATTACHMENT_LOAD_OP_CLEAR,
                                          .initialLayout = VK_IMAGE_LAYOUT_GENERAL, .finalLayout = VK_IMAGE_LAYOUT_GENERAL};
    }
    const VkAttachmentReference2 refs[2] = {
        {VK_STRUCTURE_TYPE_ATTACHMENT_REFERENCE_2, NULL, 0, VK_IMAGE_LAYOUT_GENERAL, VK_IMAGE_ASPECT_DEPTH_BIT | VK_IMAGE_ASPECT_STENCIL_BIT},
        {VK_STRUCTURE_TYPE_ATTACHMENT_REFERENCE_2, NULL, 1, VK_IMAGE_LAYOUT_GENERAL, VK_IMAGE_ASPECT_DEPTH_BIT | VK_IMAGE_ASPECT_STENCIL_BIT}};
    const VkSubpassDescriptionDepthStencilResolve resolve = {.sType = VK_STRUCTURE_TYPE_SUBPASS_DESCRIPTION_DEPTH_STENCIL_RESOLVE,
                                                             .depthResolveMode = VK_RESOLVE_MODE_SAMPLE_ZERO_BIT,
                                                             .pDepthStencilResolveAttachment = &refs[1]};
    const VkSubpassDescription2 sub = {.sType = VK_STRUCTURE_TYPE_SUBPASS_DESCRIPTION_2, .pNext = &resolve, .pDepthStencilAttachment = &refs[0]};
    const VkRenderPassCreateInfo2 info = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO_2, .attachmentCount = 2, .pAttachments = a,
                                          .subpassCount = 1, .pSubpasses = &sub};
    MUST(k->vk.CreateRenderPass2(k->device, &info, NULL, &t.pass));
    KIT_OWN(k, VK_OBJECT_TYPE_RENDER_PASS, t.pass);
    const VkImageView views[2] = {img.view, to.view};
    const VkFramebufferCreateInfo fb = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO, .renderPass = t.pass, .attachmentCount = 2,
                                        .pAttachments = views, .width = W, .height = H, .layers = 1};
    MUST(vkCreateFramebuffer(k->device, &fb, NULL, &t.framebuffer));
    KIT_OWN(k, VK_OBJECT_TYPE_FRAMEBUFFER, t.framebuffer);
    t.n = 1; /* clear values are for n + 1 attachments */
    t.clears[0].depthStencil = (VkClearDepthStencilValue){0.25f, 9};
    t.clears[1].depthStencil = (VkClearDepthStencilValue){0.75f, 33};
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    pass_end(k, cmd);
    const float *z = read_samples(k, &to, VK_IMAGE_ASPECT_DEPTH_BIT);
    const uint32_t *st = read_samples(k, &to, VK_IMAGE_ASPECT_STENCIL_BIT);
    uint32_t wrong = 0;
    for (uint32_t p = 0; p < W * H; p++) {
        wrong += z[p * 4] != 0.25f || st[p * 4] != 33;
    }
    CHECK(k, wrong == 0, "%u pixels wrong", wrong);
}

static const struct kit_case cases[] = {{"colors", case_colors}, {"depth_stencil", case_depth_stencil}, {"none", case_none}};
KIT_MAIN(cases)
