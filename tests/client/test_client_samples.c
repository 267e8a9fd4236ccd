/* Several samples per pixel: coverage, tests, masks, interpolation, resolves, copies, memory. Everything is compared with plain scalar code,
 * sample by sample; samples are read back with texelFetch. */
#include "kit.h"

#include "samples_each_frag.h"
#include "samples_flat_frag.h"
#include "samples_input_frag.h"
#include "samples_mask_frag.h"
#include "samples_place_frag.h"
#include "samples_post_depth_frag.h"
#include "samples_qualified_frag.h"
#include "samples_read_comp.h"
#include "samples_static_frag.h"
#include "samples_read_one_comp.h"
#include "samples_read_one_uint_comp.h"
#include "samples_read_uint_comp.h"
#include "samples_uint_frag.h"
#include "samples_vert.h"

#define W 32
#define H 32
#define TRIANGLES 24

/* SPEC: primsrast-multisampling, standard sample locations, in 1/16 */
static const int places[4][8][2] = {
    {{8, 8}},
    {{12, 12}, {4, 4}},
    {{6, 2}, {14, 6}, {2, 10}, {10, 14}},
    {{9, 5}, {7, 11}, {13, 9}, {5, 3}, {3, 13}, {1, 7}, {11, 15}, {15, 1}},
};

struct triangle {
    int x[3], y[3]; /* 1/256 pixel */
    float z[3], w[3];
    float color[4];
};
struct push {
    float pos[3][4], color[4];
};

static int
log2_of(uint32_t samples)
{
    return samples == 1 ? 0 : samples == 2 ? 1 : samples == 4 ? 2 : 3;
}

static const int (*own_places)[2]; /* instead of the standard ones, or NULL */

static double
place(uint32_t samples, uint32_t s, int axis)
{
    return (own_places ? own_places : places[log2_of(samples)])[s][axis] / 16.0;
}

/* Weights of the second and third corner at a place in pixels; true if inside. Corners are odd, so that no sample lies on an edge. */
static bool
weigh(const struct triangle *t, double px, double py, double l[2])
{
    const double x = px * 256.0, y = py * 256.0;
    const double ax = t->x[1] - t->x[0], ay = t->y[1] - t->y[0], bx = t->x[2] - t->x[0], by = t->y[2] - t->y[0];
    const double area = ax * by - bx * ay;
    l[0] = ((x - t->x[0]) * by - bx * (y - t->y[0])) / area;
    l[1] = (ax * (y - t->y[0]) - (x - t->x[0]) * ay) / area;
    return area != 0.0 && l[0] > 0 && l[1] > 0 && l[0] + l[1] < 1;
}

static bool
covers(const struct triangle *t, uint32_t samples, uint32_t x, uint32_t y, uint32_t s)
{
    double l[2];
    return weigh(t, x + place(samples, s, 0), y + place(samples, s, 1), l);
}

static void
random_triangle(struct triangle *t, uint32_t *seed, uint32_t i)
{
    for (int k = 0; k < 3; k++) {
        t->x[k] = (int)(kit_random(seed) % (W * 256 + 4096)) - 2048;
        t->y[k] = (int)(kit_random(seed) % (H * 256 + 4096)) - 2048;
        t->x[k] |= 1;
        t->y[k] |= 1;
        t->z[k] = (float)(kit_random(seed) % 1024) / 1024.0f;
        t->w[k] = 1.0f;
    }
    t->color[0] = (float)(i + 1) / 255.0f;
    t->color[1] = (float)(kit_random(seed) % 256) / 255.0f;
    t->color[2] = 0.0f;
    t->color[3] = 1.0f;
}

/* Only 1 and 4 are there everywhere, and only if the device says so are samples where the reference has them. */
static bool
counted(const struct kit *k, uint32_t samples)
{
    const VkPhysicalDeviceLimits *l = &k->properties.limits;
    return l->standardSampleLocations && l->framebufferColorSampleCounts & l->framebufferDepthSampleCounts & l->framebufferStencilSampleCounts &
                                             l->sampledImageColorSampleCounts & l->sampledImageDepthSampleCounts & samples;
}

/* How many of n samples on edges another driver may see otherwise: triangles that reach outside may be cut, with new corners. */
static uint32_t
slack(const struct kit *k, uint32_t n)
{
    return kit_ours(k) ? 0 : 1 + n / 500;
}

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

static const struct triangle everything = {{-8193, 24577, -8193}, {-8193, -8193, 24577}, {0.5f, 0.5f, 0.5f}, {1, 1, 1}, {1, 1, 1, 1}};

/* ---- set-up ---- */

struct scene {
    struct kit_target t;
    VkPipelineLayout layout;
    struct kit_graphics *g;
    uint32_t samples;
};

static VkImageUsageFlags
usage_of(VkFormat format)
{
    const bool color = kit_aspects(format) & VK_IMAGE_ASPECT_COLOR_BIT;
    return VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT | VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_INPUT_ATTACHMENT_BIT |
           (color ? VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT : VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT);
}

static struct kit_image
image_of(struct kit *k, VkFormat format, uint32_t samples, const void *next)
{
    const bool movable = kit_aspects(format) & VK_IMAGE_ASPECT_DEPTH_BIT && samples > 1 && kit_has(k, VK_EXT_SAMPLE_LOCATIONS_EXTENSION_NAME);
    return kit_image(k, (VkImageCreateInfo){.pNext = next, .flags = movable ? VK_IMAGE_CREATE_SAMPLE_LOCATIONS_COMPATIBLE_DEPTH_BIT_EXT : 0,
                                            .imageType = VK_IMAGE_TYPE_2D, .format = format, .extent = {W, H, 1},
                                            .samples = (VkSampleCountFlagBits)samples, .usage = usage_of(format)});
}

/* n colour targets of one format, perhaps depth; resolve: each colour has a target with one sample, made here. */
static void
scene_init(struct kit *k, struct scene *s, uint32_t samples, uint32_t n, VkFormat format, VkFormat depth, struct kit_image *resolve,
           const void *next)
{
    memset(s, 0, sizeof(*s));
    s->samples = samples;
    s->t = (struct kit_target){.width = W, .height = H, .layers = 1, .n = n, .depth_format = depth, .samples = (VkSampleCountFlagBits)samples};
    VkAttachmentDescription a[2 * KIT_MAX_TARGETS + 1];
    VkAttachmentReference refs[2 * KIT_MAX_TARGETS + 1];
    VkImageView views[2 * KIT_MAX_TARGETS + 1];
    const uint32_t total = n * (resolve ? 2 : 1) + (depth ? 1 : 0), at_depth = n;
    for (uint32_t i = 0; i < total; i++) {
        const bool to = i > at_depth || (i == at_depth && !depth);
        const VkFormat f = i == at_depth && depth ? depth : format;
        a[i] = (VkAttachmentDescription){.format = f, .samples = to ? VK_SAMPLE_COUNT_1_BIT : (VkSampleCountFlagBits)samples,
                                         .loadOp = to ? VK_ATTACHMENT_LOAD_OP_DONT_CARE : VK_ATTACHMENT_LOAD_OP_CLEAR,
                                         .storeOp = VK_ATTACHMENT_STORE_OP_STORE, .stencilLoadOp = VK_ATTACHMENT_LOAD_OP_CLEAR,
                                         .stencilStoreOp = VK_ATTACHMENT_STORE_OP_STORE, .initialLayout = VK_IMAGE_LAYOUT_GENERAL,
                                         .finalLayout = VK_IMAGE_LAYOUT_GENERAL};
        refs[i] = (VkAttachmentReference){i, VK_IMAGE_LAYOUT_GENERAL};
        const struct kit_image img = image_of(k, f, to ? 1 : samples, to ? NULL : next);
        if (to) {
            resolve[i - n - (depth ? 1 : 0)] = img;
        } else if (i == at_depth && depth) {
            s->t.depth = img;
        } else {
            s->t.color[i] = img;
        }
        views[i] = img.view;
    }
    s->t.clears[n].depthStencil = (VkClearDepthStencilValue){1.0f, 0};
    const VkSubpassDescription sub = {.colorAttachmentCount = n, .pColorAttachments = refs, .pDepthStencilAttachment = depth ? &refs[n] : NULL,
                                      .pResolveAttachments = resolve ? &refs[n + (depth ? 1 : 0)] : NULL};
    const VkRenderPassCreateInfo info = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO, .attachmentCount = total, .pAttachments = a,
                                         .subpassCount = 1, .pSubpasses = &sub};
    MUST(vkCreateRenderPass(k->device, &info, NULL, &s->t.pass));
    KIT_OWN(k, VK_OBJECT_TYPE_RENDER_PASS, s->t.pass);
    const VkFramebufferCreateInfo fb = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO, .renderPass = s->t.pass, .attachmentCount = total,
                                        .pAttachments = views, .width = W, .height = H, .layers = 1};
    MUST(vkCreateFramebuffer(k->device, &fb, NULL, &s->t.framebuffer));
    KIT_OWN(k, VK_OBJECT_TYPE_FRAMEBUFFER, s->t.framebuffer);
    s->layout = kit_layout(k, 0, NULL, sizeof(struct push));
    s->g = kit_alloc(k, sizeof(*s->g));
}

static void
draw(const struct scene *s, VkCommandBuffer cmd, const struct triangle *t)
{
    struct push p;
    for (int i = 0; i < 3; i++) {
        p.pos[i][0] = (float)t->x[i] / (W * 128.0f) - 1.0f;
        p.pos[i][1] = (float)t->y[i] / (H * 128.0f) - 1.0f;
        p.pos[i][2] = t->z[i];
        p.pos[i][3] = t->w[i];
    }
    memcpy(p.color, t->color, sizeof(p.color));
    vkCmdPushConstants(cmd, s->layout, VK_SHADER_STAGE_ALL, 0, sizeof(p), &p);
    vkCmdDraw(cmd, 3, 1, 0, 0);
}

/* One pass with one pipeline. */
static VkCommandBuffer
pass_begin(struct kit *k, struct scene *s)
{
    const VkPipeline pipe = kit_graphics_create(k, s->g);
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &s->t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    return cmd;
}

static void
pass_end(struct kit *k, VkCommandBuffer cmd)
{
    vkCmdEndRenderPass(cmd);
    kit_barrier(cmd);
    kit_submit(k, cmd);
}

/* All samples of an image: vec4 (or uvec4) per sample, samples of a pixel side by side. */
static void *
read_samples(struct kit *k, const struct kit_image *img, VkImageAspectFlags aspect)
{
    const bool is_int = kit_format_is_int(img->info.format) || aspect == VK_IMAGE_ASPECT_STENCIL_BIT;
    const uint32_t w = img->info.extent.width, h = img->info.extent.height;
    const VkDescriptorType types[2] = {VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 2, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 4);
    const VkDescriptorSet set = kit_set(k, sl);
    const struct kit_buffer out = kit_buffer(k, (VkDeviceSize)w * h * img->info.samples * 16, NULL);
    const VkImageView view = kit_view(k, img, VK_IMAGE_VIEW_TYPE_2D_ARRAY, VK_FORMAT_UNDEFINED, aspect, 0, 1, 0, 1);
    kit_write_image(k, set, 0, 0, types[0], view, kit_sampler(k, VK_FILTER_NEAREST, VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE));
    kit_write_buffer(k, set, 1, 0, types[1], out.buffer, 0, VK_WHOLE_SIZE);
    const bool one = img->info.samples == VK_SAMPLE_COUNT_1_BIT;
    const VkPipeline pipe = is_int ? one ? kit_compute(k, layout, KIT_CODE(samples_read_one_uint_comp), NULL)
                                         : kit_compute(k, layout, KIT_CODE(samples_read_uint_comp), NULL)
                            : one  ? kit_compute(k, layout, KIT_CODE(samples_read_one_comp), NULL)
                                   : kit_compute(k, layout, KIT_CODE(samples_read_comp), NULL);
    const VkCommandBuffer cmd = kit_begin(k);
    const int layer = 0;
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, 4, &layer);
    vkCmdDispatch(cmd, (w + 7) / 8, (h + 7) / 8, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    return out.data;
}

#define EACH_SAMPLE(samples)                                                                                                                \
    for (uint32_t y = 0; y < H; y++)                                                                                                       \
        for (uint32_t x = 0; x < W; x++)                                                                                                   \
            for (uint32_t i = 0, at = (y * W + x) * (samples); i < (samples); i++, at++)

static bool
close4(const float *a, float r, float g, float b, float alpha, float tolerance)
{
    return fabsf(a[0] - r) <= tolerance && fabsf(a[1] - g) <= tolerance && fabsf(a[2] - b) <= tolerance && fabsf(a[3] - alpha) <= tolerance;
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

/* At the end of a pass and by command: the mean of colours, sample 0 of integers. */
static void
resolve_format(struct kit *k, uint32_t samples, VkFormat format, double tolerance)
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
case_resolve(struct kit *k)
{
    for (uint32_t samples = 2; samples <= 8; samples *= 2) {
        if (!counted(k, samples)) {
            continue;
        }
        resolve_format(k, samples, VK_FORMAT_R8G8B8A8_UNORM, 0.5001 / 255);
        resolve_format(k, samples, VK_FORMAT_B8G8R8A8_SRGB, 0.5001 / 255);
        resolve_format(k, samples, VK_FORMAT_R16G16B16A16_SFLOAT, 1e-3);
        resolve_format(k, samples, VK_FORMAT_R32G32B32A32_SFLOAT, 1e-6);
        resolve_format(k, samples, VK_FORMAT_R8G8B8A8_UINT, 0);
    }
}

/* Depth and stencil: every mode that the device lists. */
static void
case_resolve_depth_stencil(struct kit *k)
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
case_resolve_none(struct kit *k)
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
    {"alpha", case_alpha}, {"each", case_each}, {"place", case_place}, {"resolve", case_resolve},
    {"resolve_depth_stencil", case_resolve_depth_stencil}, {"resolve_none", case_resolve_none}, {"copy_clear", case_copy_clear}, {"input_attachment", case_input_attachment},
    {"post_depth", case_post_depth}, {"bresenham", case_bresenham}, {"own_places", case_own_places},
};
KIT_MAIN(cases)
