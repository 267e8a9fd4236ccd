/* Several samples per pixel: coverage, tests, masks, interpolation, copies, memory. Everything is compared with plain scalar code, sample by
 * sample; samples are read back with texelFetch. */
#include "samples_scene.h"

#include "samples_each_frag.h"
#include "samples_flat_frag.h"
#include "samples_input_frag.h"
#include "samples_mask_frag.h"
#include "samples_place_frag.h"
#include "samples_post_depth_frag.h"
#include "samples_qualified_frag.h"
#include "samples_static_frag.h"
#include "samples_vert.h"

/* What gl_SampleMaskIn may show of the covered samples where another driver runs the shader more often than it must: some, this one among them. */
static bool
masked(const struct kit *k, float got, uint32_t covered, uint32_t i)
{
    return got == (float)covered || (!kit_ours(k) && ((uint32_t)got & ~covered) == 0 && (uint32_t)got >> i & 1);
}

/* Undecorated inputs may be interpolated anywhere in a pixel of several samples: here in the middle or at the sample. SPEC: shaders-interpolation-decorations */
static bool
at_place(const struct kit *k, const float *got, float x, float y, uint32_t px, uint32_t py)
{
    const bool within = got[0] >= (float)px && got[0] <= (float)px + 1 && got[1] >= (float)py && got[1] <= (float)py + 1;
    return kit_ours(k) ? fabsf(got[0] - x) <= 1e-3f && fabsf(got[1] - y) <= 1e-3f : within;
}

/* Triangles one over the other, with and without depth, blending on top of a clear; images private and shared. */
static void
coverage(struct kit *k, uint32_t samples, bool depth, const void *next)
{
    struct triangle t[TRIANGLES];
    uint32_t seed = samples * 77 + depth;
    struct scene s;
    scene_init(k, &s, samples, 1, VK_FORMAT_R8G8B8A8_UNORM, depth ? VK_FORMAT_D32_SFLOAT : VK_FORMAT_UNDEFINED, NULL, next);
    kit_graphics_init(k, s.g, &s.t, s.layout, KIT_CODE(samples_vert), KIT_CODE(samples_flat_frag));
    s.g->depth.depthTestEnable = s.g->depth.depthWriteEnable = depth;
    s.g->depth.depthCompareOp = VK_COMPARE_OP_LESS;
    const VkCommandBuffer cmd = pass_begin(k, &s);
    for (uint32_t i = 0; i < TRIANGLES; i++) {
        random_triangle(&t[i], &seed, i);
        draw(&s, cmd, &t[i]);
    }
    pass_end(k, cmd);
    const float *got = read_samples(k, &s.t.color[0], VK_IMAGE_ASPECT_COLOR_BIT);
    uint32_t wrong = 0, hit = 0;
    EACH_SAMPLE(samples)
    {
        const struct triangle *top = NULL;
        double z = 1.0, second = 1.0;
        for (uint32_t n = 0; n < TRIANGLES; n++) {
            double l[2];
            if (!weigh(&t[n], x + place(samples, i, 0), y + place(samples, i, 1), l)) {
                continue;
            }
            const double z0 = (double)t[n].z[0], zn = z0 + l[0] * ((double)t[n].z[1] - z0) + l[1] * ((double)t[n].z[2] - z0);
            if (!depth || zn < z) {
                second = z;
                top = &t[n];
                z = zn;
            } else if (zn < second) {
                second = zn;
            }
        }
        if (depth && second - z < 1e-5) {
            continue; /* too close to call */
        }
        hit += top != NULL;
        const bool ok = top ? close4(&got[at * 4], top->color[0], top->color[1], 0, 1, 1e-6f) : close4(&got[at * 4], 0, 0, 0, 0, 0);
        wrong += !ok;
    }
    CHECK(k, wrong <= slack(k, hit) && hit > W * H / 2, "%u samples, depth %d: %u of %u wrong", samples, depth, wrong, hit);
}

static void
case_coverage(struct kit *k)
{
    for (uint32_t samples = 2; samples <= 8; samples *= 2) {
        if (!counted(k, samples)) {
            continue;
        }
        coverage(k, samples, false, NULL);
        coverage(k, samples, true, NULL);
    }
}

static const VkExternalMemoryImageCreateInfo external = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO,
                                                         .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};

static void
case_coverage_shared(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME), "no external memory");
    coverage(k, 4, true, &external);
    coverage(k, 8, false, &external);
}

/* Shared images: samples are whole images one after the other, rows are rounded up to 64 bytes. */
static void
case_memory(struct kit *k)
{
    SKIP_UNLESS(k, kit_ours(k), "the published layout of this driver");
    struct scene s;
    scene_init(k, &s, 4, 1, VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_UNDEFINED, NULL, &external);
    kit_graphics_init(k, s.g, &s.t, s.layout, KIT_CODE(samples_vert), KIT_CODE(samples_flat_frag));
    const VkCommandBuffer cmd = pass_begin(k, &s);
    struct triangle t;
    uint32_t seed = 5;
    random_triangle(&t, &seed, 99);
    draw(&s, cmd, &t);
    pass_end(k, cmd);
    uint8_t *data;
    MUST(vkMapMemory(k->device, s.t.color[0].memory, 0, VK_WHOLE_SIZE, 0, (void **)&data));
    uint32_t wrong = 0;
    EACH_SAMPLE(4)
    {
        wrong += data[i * (H * W * 4) + y * (W * 4) + x * 4] != (covers(&t, 4, x, y, i) ? 100 : 0);
    }
    CHECK(k, wrong == 0, "%u samples stand elsewhere", wrong);
}

/* pSampleMask, gl_SampleMask, gl_SampleMaskIn; an occlusion query counts samples. */
static void
case_masks(struct kit *k)
{
    for (uint32_t samples = 1; samples <= 8; samples *= 2) {
        if (!counted(k, samples)) {
            continue;
        }
        const VkSampleMask fixed = 0xb5;
        const uint32_t wanted = 0x6d;
        struct scene s;
        scene_init(k, &s, samples, 1, VK_FORMAT_R32G32B32A32_SFLOAT, VK_FORMAT_UNDEFINED, NULL, NULL);
        kit_graphics_init(k, s.g, &s.t, s.layout, KIT_CODE(samples_vert), KIT_CODE(samples_mask_frag));
        s.g->samples.pSampleMask = &fixed;
        const VkPipeline pipe = kit_graphics_create(k, s.g);
        const VkQueryPool pool = kit_queries(k, VK_QUERY_TYPE_OCCLUSION, 1, 0);
        const VkCommandBuffer cmd = kit_begin(k);
        vkCmdResetQueryPool(cmd, pool, 0, 1);
        kit_target_begin(cmd, &s.t);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
        vkCmdBeginQuery(cmd, pool, 0, k->features.occlusionQueryPrecise ? VK_QUERY_CONTROL_PRECISE_BIT : 0);
        struct triangle t;
        uint32_t seed = 11;
        random_triangle(&t, &seed, 0);
        const float color[4] = {0.25f, 0.5f, 0.75f, (float)wanted};
        memcpy(t.color, color, sizeof(color));
        draw(&s, cmd, &t);
        vkCmdEndQuery(cmd, pool, 0);
        pass_end(k, cmd);
        uint32_t wrong = 0;
        uint64_t count = 0, passed = 0;
        const float *got = read_samples(k, &s.t.color[0], VK_IMAGE_ASPECT_COLOR_BIT);
        EACH_SAMPLE(samples)
        {
            uint32_t in = 0;
            for (uint32_t n = 0; n < samples; n++) {
                in |= (uint32_t)covers(&t, samples, x, y, n) << n;
            }
            const uint32_t bare = in;
            in &= fixed;
            const bool set = in & wanted & (1u << i);
            count += set;
            const float *g = &got[at * 4];
            /* whether the fixed mask shows in gl_SampleMaskIn is left open */
            const bool ok = set ? close4(g, 0.25f, 0.5f, 0.75f, g[3], 0) && (masked(k, g[3], in, i) || masked(k, g[3], bare, i)) : close4(g, 0, 0, 0, 0, 0);
            wrong += !ok;
        }
        CHECK(k, wrong <= slack(k, (uint32_t)count) && (count > 0 || samples == 1), "%u samples: %u wrong", samples, wrong);
        CHECK_VK(k, vkGetQueryPoolResults(k->device, pool, 0, 1, 8, &passed, 8, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT));
        CHECK(k, llabs((long long)(passed - count)) <= slack(k, (uint32_t)count), "%u samples: %u passed, not %u", samples, (unsigned)passed, (unsigned)count);
    }
}

/* As many samples as alpha says; alpha to one afterwards. */
static void
case_alpha(struct kit *k)
{
    for (uint32_t samples = 2; samples <= 8; samples *= 2) {
        if (!counted(k, samples)) {
            continue;
        }
        for (int one = 0; one < 1 + (int)k->features.alphaToOne; one++) {
            struct scene s;
            scene_init(k, &s, samples, 1, VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_UNDEFINED, NULL, NULL);
            kit_graphics_init(k, s.g, &s.t, s.layout, KIT_CODE(samples_vert), KIT_CODE(samples_flat_frag));
            s.g->samples.alphaToCoverageEnable = VK_TRUE;
            s.g->samples.alphaToOneEnable = one;
            for (uint32_t step = 0; step <= samples; step++) {
                struct triangle t = everything;
                t.color[3] = (float)step / (float)samples;
                const VkCommandBuffer cmd = pass_begin(k, &s);
                draw(&s, cmd, &t);
                pass_end(k, cmd);
                const float *got = read_samples(k, &s.t.color[0], VK_IMAGE_ASPECT_COLOR_BIT);
                uint32_t covered = 0, wrong = 0;
                EACH_SAMPLE(samples)
                {
                    const float *g = &got[at * 4];
                    const bool set = g[0] != 0.0f;
                    covered += set;
                    wrong += !(set ? close4(g, 1, 1, 1, one ? 1.0f : t.color[3], 1e-2f) : close4(g, 0, 0, 0, 0, 0));
                }
                CHECK(k, covered == step * W * H && !wrong, "%u samples, alpha %u: %u covered, %u wrong", samples, step, covered, wrong);
            }
        }
    }
}

/* The shader runs once per sample when it asks for sample numbers, for sample inputs, or when the pipeline says so. */
static void
case_each(struct kit *k)
{
    SKIP_UNLESS(k, k->features.sampleRateShading, "no sample rate shading");
    for (uint32_t samples = 2; samples <= 8; samples *= 2) {
        if (!counted(k, samples)) {
            continue;
        }
        struct scene s;
        scene_init(k, &s, samples, 3, VK_FORMAT_R32G32B32A32_SFLOAT, VK_FORMAT_D32_SFLOAT, NULL, NULL);
        kit_graphics_init(k, s.g, &s.t, s.layout, KIT_CODE(samples_vert), KIT_CODE(samples_each_frag));
        s.g->depth.depthTestEnable = VK_TRUE;
        s.g->depth.depthCompareOp = VK_COMPARE_OP_LESS;
        VkCommandBuffer cmd = pass_begin(k, &s);
        struct triangle t;
        uint32_t seed = 23;
        random_triangle(&t, &seed, 0);
        draw(&s, cmd, &t);
        pass_end(k, cmd);
        const float *a = read_samples(k, &s.t.color[0], VK_IMAGE_ASPECT_COLOR_BIT), *b = read_samples(k, &s.t.color[1], VK_IMAGE_ASPECT_COLOR_BIT),
                    *c = read_samples(k, &s.t.color[2], VK_IMAGE_ASPECT_COLOR_BIT);
        uint32_t wrong = 0, hit = 0;
        EACH_SAMPLE(samples)
        {
            const float px = (float)place(samples, i, 0), py = (float)place(samples, i, 1), fx = (float)x, fy = (float)y;
            const bool in = covers(&t, samples, x, y, i);
            hit += in;
            const float *const bc[2] = {&b[at * 4], &c[at * 4]};
            wrong += !(in ? close4(&a[at * 4], (float)i, px, py, (float)(1u << i), 0) && close4(bc[0], fx + px, fy + py, bc[0][2], bc[0][3], 1e-3f) &&
                                at_place(k, bc[0] + 2, fx + px, fy + py, x, y) && close4(bc[1], fx + 0.5f, fy + 0.5f, bc[1][2], bc[1][3], 1e-3f) &&
                                at_place(k, bc[1] + 2, fx + px, fy + py, x, y)
                          : close4(&a[at * 4], 0, 0, 0, 0, 0));
        }
        CHECK(k, wrong <= slack(k, hit) && hit, "%u samples: %u wrong of %u", samples, wrong, hit);
        for (int way = 0; way < 3; way++) { /* by a qualified input, also with the state, by a built-in that is only named */
            scene_init(k, &s, samples, 1, VK_FORMAT_R32G32B32A32_SFLOAT, VK_FORMAT_UNDEFINED, NULL, NULL);
            kit_graphics_init(k, s.g, &s.t, s.layout, KIT_CODE(samples_vert), way == 2 ? samples_static_frag : samples_qualified_frag,
                              way == 2 ? sizeof(samples_static_frag) : sizeof(samples_qualified_frag));
            s.g->samples.sampleShadingEnable = way == 1;
            s.g->samples.minSampleShading = 1.0f;
            cmd = pass_begin(k, &s);
            draw(&s, cmd, &t);
            pass_end(k, cmd);
            a = read_samples(k, &s.t.color[0], VK_IMAGE_ASPECT_COLOR_BIT);
            wrong = 0;
            EACH_SAMPLE(samples)
            {
                const float px = (float)(x + place(samples, i, 0)), py = (float)(y + place(samples, i, 1));
                wrong += covers(&t, samples, x, y, i) ? !close4(&a[at * 4], px, py, 0, 1, 1e-3f) : a[at * 4 + 3] != 0.0f;
            }
            CHECK(k, wrong <= slack(k, hit), "%u samples, way %d: %u wrong", samples, way, wrong);
        }
    }
}

/* Interpolation once per pixel: plain in the middle, centroid inside of the primitive, the functions where they are told. */
static void
case_place(struct kit *k)
{
    for (uint32_t samples = 2; samples <= 8; samples *= 2) {
        if (!counted(k, samples)) {
            continue;
        }
        for (int wide = 0; wide < 2; wide++) {
            struct scene s;
            scene_init(k, &s, samples, 3, VK_FORMAT_R32G32B32A32_SFLOAT, VK_FORMAT_UNDEFINED, NULL, NULL);
            kit_graphics_init(k, s.g, &s.t, s.layout, KIT_CODE(samples_vert), KIT_CODE(samples_place_frag));
            const VkCommandBuffer cmd = pass_begin(k, &s);
            struct triangle t;
            uint32_t seed = 31;
            random_triangle(&t, &seed, 0);
            for (int v = 0; v < 3 && wide; v++) {
                t.w[v] = 1.0f + (float)v;
            }
            draw(&s, cmd, &t);
            pass_end(k, cmd);
            const float *a = read_samples(k, &s.t.color[0], VK_IMAGE_ASPECT_COLOR_BIT), *b = read_samples(k, &s.t.color[1], VK_IMAGE_ASPECT_COLOR_BIT),
                        *c = read_samples(k, &s.t.color[2], VK_IMAGE_ASPECT_COLOR_BIT);
            uint32_t wrong = 0, partial = 0;
            EACH_SAMPLE(samples)
            {
                uint32_t in = 0;
                for (uint32_t n = 0; n < samples; n++) {
                    in |= (uint32_t)covers(&t, samples, x, y, n) << n;
                }
                if (!(in >> i & 1)) {
                    wrong += a[at * 4] != 0.0f;
                    continue;
                }
                const float fx = (float)x, fy = (float)y;
                const bool whole = in == (1u << samples) - 1;
                partial += !whole;
                double l[2];
                const float *g = &a[at * 4];
                /* anywhere in the pixel and in the triangle */
                const bool inside = g[0] >= fx && g[0] <= fx + 1 && g[1] >= fy && g[1] <= fy + 1 &&
                                    (weigh(&t, (double)g[0], (double)g[1], l) || (l[0] > -1e-4 && l[1] > -1e-4 && l[0] + l[1] < 1 + 1e-4));
                const float sx = fx + (float)place(samples, 1, 0), sy = fy + (float)place(samples, 1, 1);
                wrong += !inside || !at_place(k, g + 2, fx + 0.5f, fy + 0.5f, x, y) || !at_place(k, &b[at * 4], g[0], g[1], x, y) ||
                         fabsf(b[at * 4 + 2] - sx) > 1e-3f || fabsf(b[at * 4 + 3] - sy) > 1e-3f || !masked(k, c[at * 4 + 2], in, i);
                if (!wide) {
                    const float plain[2] = {c[at * 4 + 3], fy + 0.5f};
                    wrong += fabsf(c[at * 4] - fx - 0.75f) > 1e-3f || fabsf(c[at * 4 + 1] - fy - 0.25f) > 1e-3f || !at_place(k, plain, fx + 0.5f, fy + 0.5f, x, y);
                } else { /* perspective: the weights are divided by w */
                    weigh(&t, (double)fx + 0.75, (double)fy + 0.25, l);
                    const double q[3] = {(1 - l[0] - l[1]) / (double)t.w[0], l[0] / (double)t.w[1], l[1] / (double)t.w[2]};
                    const double v = (q[0] * t.x[0] + q[1] * t.x[1] + q[2] * t.x[2]) / (256.0 * (q[0] + q[1] + q[2]));
                    wrong += fabs((double)c[at * 4] - v) > 2e-3;
                }
            }
            CHECK(k, wrong <= slack(k, partial) && partial, "%u samples: %u wrong, %u on edges", samples, wrong, partial);
        }
    }
}

/* Copies keep every sample; clears reach all of them; attachments are cleared in rectangles. */
static void
case_copy_clear(struct kit *k)
{
    for (uint32_t samples = 2; samples <= 8; samples *= 2) {
        if (!counted(k, samples)) {
            continue;
        }
        const bool shared = kit_has(k, VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME);
        struct scene s;
        scene_init(k, &s, samples, 1, VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_UNDEFINED, NULL, NULL);
        kit_graphics_init(k, s.g, &s.t, s.layout, KIT_CODE(samples_vert), KIT_CODE(samples_flat_frag));
        VkCommandBuffer cmd = pass_begin(k, &s);
        uint32_t seed = 71;
        for (uint32_t i = 0; i < TRIANGLES; i++) {
            struct triangle t;
            random_triangle(&t, &seed, i);
            draw(&s, cmd, &t);
        }
        const VkClearAttachment clear = {VK_IMAGE_ASPECT_COLOR_BIT, 0, {.color = {.float32 = {0.2f, 0.4f, 0.6f, 0.8f}}}};
        const VkClearRect rect = {{{3, 6}, {9, 11}}, 0, 1};
        vkCmdClearAttachments(cmd, 1, &clear, 1, &rect);
        pass_end(k, cmd);
        const struct kit_image a = image_of(k, VK_FORMAT_R8G8B8A8_UNORM, samples, shared ? &external : NULL);
        const struct kit_image b = image_of(k, VK_FORMAT_R8G8B8A8_UNORM, samples, NULL);
        const VkImageSubresourceLayers layers = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
        const VkImageSubresourceRange all = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
        const VkImageCopy there = {layers, {0, 0, 0}, layers, {0, 0, 0}, {W, H, 1}}, part = {layers, {5, 3, 0}, layers, {2, 6, 0}, {19, 17, 1}};
        const VkClearColorValue color = {.float32 = {1.0f, 0.0f, 1.0f, 0.0f}};
        cmd = kit_begin(k);
        vkCmdClearColorImage(cmd, b.image, VK_IMAGE_LAYOUT_GENERAL, &color, 1, &all);
        vkCmdCopyImage(cmd, s.t.color[0].image, VK_IMAGE_LAYOUT_GENERAL, a.image, VK_IMAGE_LAYOUT_GENERAL, 1, &there);
        kit_barrier(cmd);
        vkCmdCopyImage(cmd, a.image, VK_IMAGE_LAYOUT_GENERAL, b.image, VK_IMAGE_LAYOUT_GENERAL, 1, &part);
        kit_barrier(cmd);
        kit_submit(k, cmd);
        const float *src = read_samples(k, &s.t.color[0], VK_IMAGE_ASPECT_COLOR_BIT), *dst = read_samples(k, &b, VK_IMAGE_ASPECT_COLOR_BIT);
        uint32_t wrong = 0;
        EACH_SAMPLE(samples)
        {
            const bool cleared = x >= 3 && x < 12 && y >= 6 && y < 17, copied = x >= 2 && x < 21 && y >= 6 && y < 23;
            wrong += cleared && !close4(&src[at * 4], 0.2f, 0.4f, 0.6f, 0.8f, 1e-2f);
            wrong += copied ? memcmp(&dst[at * 4], &src[(((y - 3) * W + x + 3) * samples + i) * 4], 16) != 0 : !close4(&dst[at * 4], 1, 0, 1, 0, 0);
        }
        CHECK(k, wrong == 0, "%u samples: %u wrong", samples, wrong);
    }
}

/* A second subpass reads one sample of what the first has drawn. */
static void
case_input_attachment(struct kit *k)
{
    const uint32_t samples = 4;
    const VkFormat format = VK_FORMAT_R8G8B8A8_UNORM;
    struct scene s;
    scene_init(k, &s, samples, 1, format, VK_FORMAT_UNDEFINED, NULL, NULL);
    const struct kit_image to = image_of(k, format, 1, NULL);
    VkAttachmentDescription a[2];
    for (uint32_t i = 0; i < 2; i++) {
        a[i] = (VkAttachmentDescription){.format = format, .samples = i ? VK_SAMPLE_COUNT_1_BIT : VK_SAMPLE_COUNT_4_BIT,
                                         .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR, .storeOp = VK_ATTACHMENT_STORE_OP_STORE,
                                         .initialLayout = VK_IMAGE_LAYOUT_GENERAL, .finalLayout = VK_IMAGE_LAYOUT_GENERAL};
    }
    const VkAttachmentReference refs[2] = {{0, VK_IMAGE_LAYOUT_GENERAL}, {1, VK_IMAGE_LAYOUT_GENERAL}};
    const VkSubpassDescription subs[2] = {{.colorAttachmentCount = 1, .pColorAttachments = &refs[0]},
                                          {.colorAttachmentCount = 1, .pColorAttachments = &refs[1], .inputAttachmentCount = 1, .pInputAttachments = &refs[0]}};
    const VkSubpassDependency dep = {0, 1, VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT, VK_PIPELINE_STAGE_FRAGMENT_SHADER_BIT,
                                     VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT, VK_ACCESS_INPUT_ATTACHMENT_READ_BIT, VK_DEPENDENCY_BY_REGION_BIT};
    const VkRenderPassCreateInfo info = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO, .attachmentCount = 2, .pAttachments = a,
                                         .subpassCount = 2, .pSubpasses = subs, .dependencyCount = 1, .pDependencies = &dep};
    MUST(vkCreateRenderPass(k->device, &info, NULL, &s.t.pass));
    KIT_OWN(k, VK_OBJECT_TYPE_RENDER_PASS, s.t.pass);
    const VkImageView views[2] = {s.t.color[0].view, to.view};
    const VkFramebufferCreateInfo fb = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO, .renderPass = s.t.pass, .attachmentCount = 2,
                                        .pAttachments = views, .width = W, .height = H, .layers = 1};
    MUST(vkCreateFramebuffer(k->device, &fb, NULL, &s.t.framebuffer));
    KIT_OWN(k, VK_OBJECT_TYPE_FRAMEBUFFER, s.t.framebuffer);
    const VkDescriptorSetLayoutBinding binding = {0, VK_DESCRIPTOR_TYPE_INPUT_ATTACHMENT, 1, VK_SHADER_STAGE_FRAGMENT_BIT, NULL};
    const VkDescriptorSetLayout sl = kit_set_layout(k, 1, &binding, 0);
    s.layout = kit_layout(k, 1, &sl, sizeof(struct push));
    const VkDescriptorSet set = kit_set(k, sl);
    kit_write_image(k, set, 0, 0, VK_DESCRIPTOR_TYPE_INPUT_ATTACHMENT, s.t.color[0].view, VK_NULL_HANDLE);
    kit_graphics_init(k, s.g, &s.t, s.layout, KIT_CODE(samples_vert), KIT_CODE(samples_flat_frag));
    const VkPipeline first = kit_graphics_create(k, s.g);
    kit_graphics_init(k, s.g, &s.t, s.layout, KIT_CODE(samples_vert), KIT_CODE(samples_input_frag));
    s.g->info.subpass = 1;
    s.g->samples.rasterizationSamples = VK_SAMPLE_COUNT_1_BIT;
    const VkPipeline second = kit_graphics_create(k, s.g);
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &s.t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, first);
    uint32_t seed = 83;
    for (uint32_t i = 0; i < TRIANGLES; i++) {
        struct triangle t;
        random_triangle(&t, &seed, i);
        draw(&s, cmd, &t);
    }
    vkCmdNextSubpass(cmd, VK_SUBPASS_CONTENTS_INLINE);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, second);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, s.layout, 0, 1, &set, 0, NULL);
    struct triangle t = everything;
    t.color[0] = 2.0f; /* the sample */
    draw(&s, cmd, &t);
    pass_end(k, cmd);
    const float *src = read_samples(k, &s.t.color[0], VK_IMAGE_ASPECT_COLOR_BIT), *dst = read_samples(k, &to, VK_IMAGE_ASPECT_COLOR_BIT);
    uint32_t wrong = 0;
    for (uint32_t p = 0; p < W * H; p++) {
        wrong += memcmp(&dst[p * 4], &src[(p * samples + 2) * 4], 16) != 0;
    }
    CHECK(k, wrong == 0, "%u pixels wrong", wrong);
}

/* gl_SampleMaskIn without the samples that the depth test has taken away. */
static void
case_post_depth(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, VK_EXT_POST_DEPTH_COVERAGE_EXTENSION_NAME), "no post depth coverage");
    const uint32_t samples = 4;
    struct scene s;
    scene_init(k, &s, samples, 1, VK_FORMAT_R32G32B32A32_SFLOAT, VK_FORMAT_D32_SFLOAT, NULL, NULL);
    kit_graphics_init(k, s.g, &s.t, s.layout, KIT_CODE(samples_vert), KIT_CODE(samples_flat_frag));
    s.g->depth.depthTestEnable = s.g->depth.depthWriteEnable = VK_TRUE;
    s.g->depth.depthCompareOp = VK_COMPARE_OP_LESS;
    const VkPipeline first = kit_graphics_create(k, s.g);
    kit_graphics_init(k, s.g, &s.t, s.layout, KIT_CODE(samples_vert), KIT_CODE(samples_post_depth_frag));
    s.g->depth.depthTestEnable = VK_TRUE;
    s.g->depth.depthCompareOp = VK_COMPARE_OP_LESS;
    const VkPipeline second = kit_graphics_create(k, s.g);
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &s.t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, first);
    struct triangle back = everything, t;
    back.z[0] = 0.0f; /* along x and y, 1 in the middle of the long side */
    back.z[1] = back.z[2] = 1.0f;
    draw(&s, cmd, &back);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, second);
    uint32_t seed = 91;
    random_triangle(&t, &seed, 0);
    t.z[0] = t.z[1] = t.z[2] = 0.53f;
    t.color[0] = 0.25f;
    draw(&s, cmd, &t);
    pass_end(k, cmd);
    const float *got = read_samples(k, &s.t.color[0], VK_IMAGE_ASPECT_COLOR_BIT);
    uint32_t wrong = 0, partial = 0;
    EACH_SAMPLE(samples)
    {
        uint32_t in = 0;
        bool close = false;
        for (uint32_t n = 0; n < samples; n++) {
            double l[2];
            weigh(&back, x + place(samples, n, 0), y + place(samples, n, 1), l);
            close = close || fabs(l[0] + l[1] - 0.53) < 1e-5;
            in |= (uint32_t)(covers(&t, samples, x, y, n) && l[0] + l[1] > 0.53) << n;
        }
        partial += in != 0 && in != 15;
        wrong += !close && (in >> i & 1) && (got[at * 4] != 0.25f || !masked(k, got[at * 4 + 3], in, i));
    }
    CHECK(k, wrong == 0 && partial, "%u wrong", wrong);
}

/* Samples at places of the application's own, from the pipeline and dynamic. */
static void
case_own_places(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, VK_EXT_SAMPLE_LOCATIONS_EXTENSION_NAME) && k->features.sampleRateShading, "no sample locations");
    static const int chosen[2][4][2] = {{{0, 0}, {15, 15}, {3, 9}, {9, 2}}, {{1, 14}, {14, 1}, {8, 8}, {7, 7}}};
    for (int dynamic = 0; dynamic < 2; dynamic++) {
        const uint32_t samples = 4;
        VkSampleLocationEXT where[4];
        for (uint32_t i = 0; i < 4; i++) {
            where[i] = (VkSampleLocationEXT){(float)chosen[dynamic][i][0] / 16.0f, (float)chosen[dynamic][i][1] / 16.0f};
        }
        const VkSampleLocationsInfoEXT info = {.sType = VK_STRUCTURE_TYPE_SAMPLE_LOCATIONS_INFO_EXT, .sampleLocationsPerPixel = VK_SAMPLE_COUNT_4_BIT,
                                               .sampleLocationGridSize = {1, 1}, .sampleLocationsCount = 4, .pSampleLocations = where};
        const VkPipelineSampleLocationsStateCreateInfoEXT state = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SAMPLE_LOCATIONS_STATE_CREATE_INFO_EXT,
                                                                   .sampleLocationsEnable = VK_TRUE, .sampleLocationsInfo = info};
        struct scene s;
        scene_init(k, &s, samples, 3, VK_FORMAT_R32G32B32A32_SFLOAT, VK_FORMAT_D32_SFLOAT, NULL, NULL);
        kit_graphics_init(k, s.g, &s.t, s.layout, KIT_CODE(samples_vert), KIT_CODE(samples_each_frag));
        s.g->samples.pNext = &state;
        if (dynamic) {
            kit_graphics_dynamic(s.g, VK_DYNAMIC_STATE_SAMPLE_LOCATIONS_EXT);
        }
        const VkCommandBuffer cmd = pass_begin(k, &s);
        if (dynamic) {
            k->vk.CmdSetSampleLocationsEXT(cmd, &info);
        }
        struct triangle t;
        uint32_t seed = 23;
        random_triangle(&t, &seed, 0);
        draw(&s, cmd, &t);
        pass_end(k, cmd);
        const float *a = read_samples(k, &s.t.color[0], VK_IMAGE_ASPECT_COLOR_BIT);
        uint32_t wrong = 0, hit = 0;
        own_places = chosen[dynamic];
        EACH_SAMPLE(samples)
        {
            const bool in = covers(&t, samples, x, y, i);
            hit += in;
            wrong += !(in ? close4(&a[at * 4], (float)i, where[i].x, where[i].y, (float)(1u << i), 0) : close4(&a[at * 4], 0, 0, 0, 0, 0));
        }
        own_places = NULL;
        CHECK(k, wrong <= slack(k, hit) && hit, "dynamic %d: %u wrong of %u", dynamic, wrong, hit);
    }
}

/* Bresenham lines cover all samples of a pixel or none. */
static void
case_bresenham(struct kit *k)
{
    const VkPhysicalDeviceLineRasterizationFeatures *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_LINE_RASTERIZATION_FEATURES);
    SKIP_UNLESS(k, f->bresenhamLines, "no Bresenham lines");
    const VkPipelineRasterizationLineStateCreateInfo mode = {.sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_LINE_STATE_CREATE_INFO,
                                                             .lineRasterizationMode = VK_LINE_RASTERIZATION_MODE_BRESENHAM};
    const uint32_t samples = 4;
    struct scene s;
    scene_init(k, &s, samples, 1, VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_UNDEFINED, NULL, NULL);
    kit_graphics_init(k, s.g, &s.t, s.layout, KIT_CODE(samples_vert), KIT_CODE(samples_flat_frag));
    s.g->assembly.topology = VK_PRIMITIVE_TOPOLOGY_LINE_LIST;
    s.g->raster.pNext = &mode;
    const VkCommandBuffer cmd = pass_begin(k, &s);
    uint32_t seed = 97;
    for (uint32_t i = 0; i < 4; i++) {
        struct triangle t;
        random_triangle(&t, &seed, i);
        draw(&s, cmd, &t);
    }
    pass_end(k, cmd);
    const float *got = read_samples(k, &s.t.color[0], VK_IMAGE_ASPECT_COLOR_BIT);
    uint32_t wrong = 0, hit = 0;
    EACH_SAMPLE(samples)
    {
        hit += got[at * 4] > 0.0f;
        wrong += memcmp(&got[at * 4], &got[(at - i) * 4], 16) != 0;
    }
    CHECK(k, wrong == 0 && hit > 16, "%u of %u wrong", wrong, hit);
}

static const struct kit_case cases[] = {
    {"coverage", case_coverage}, {"coverage_shared", case_coverage_shared}, {"memory", case_memory}, {"masks", case_masks},
    {"alpha", case_alpha}, {"each", case_each}, {"place", case_place}, {"copy_clear", case_copy_clear},
    {"input_attachment", case_input_attachment}, {"post_depth", case_post_depth}, {"bresenham", case_bresenham}, {"own_places", case_own_places},
};
KIT_MAIN(cases)
