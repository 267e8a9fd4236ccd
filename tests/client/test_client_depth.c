/* Depth and stencil: tests, operations, masks, bounds, bias, clamp, formats, against a scalar reference. SPEC: fragops-depth, fragops-stencil. */
#include "kit.h"

#include "depth_frag.h"
#include "depth_vert.h"
#include "depth_write_frag.h"

#define PX 32u

struct push {
    float rect[4], size[2], z[2];
    uint32_t back;
};

struct setup {
    struct kit_target t;
    VkPipelineLayout layout;
    VkFormat format;
};

static bool
attachable(const struct kit *k, VkFormat format)
{
    return kit_format_features(k, format, VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_DEPTH_STENCIL_ATTACHMENT_BIT;
}

static void
setup_init(struct kit *k, struct setup *s, VkFormat depth)
{
    const VkFormat color = VK_FORMAT_R32G32B32A32_SFLOAT;
    kit_target_init(k, &s->t, PX, PX, 1, 1, &color, depth);
    s->layout = kit_layout(k, 0, NULL, sizeof(struct push));
    s->format = depth;
}

static void
graphics(struct kit *k, const struct setup *s, struct kit_graphics *g)
{
    kit_graphics_init(k, g, &s->t, s->layout, KIT_CODE(depth_vert), KIT_CODE(depth_frag));
}

static void
rect(VkCommandBuffer cmd, const struct setup *s, float x0, float y0, float x1, float y1, float z0, float z1, bool back)
{
    const struct push p = {{x0, y0, x1, y1}, {PX, PX}, {z0, z1}, back};
    vkCmdPushConstants(cmd, s->layout, VK_SHADER_STAGE_ALL, 0, sizeof(p), &p);
    vkCmdDraw(cmd, 6, 1, 0, 0);
}

static double
depth_of(const struct setup *s, const void *data, size_t i)
{
    const uint32_t B = kit_texel_B(s->format, VK_IMAGE_ASPECT_DEPTH_BIT);
    uint32_t word = 0;
    float f;
    memcpy(&word, (const uint8_t *)data + i * B, B);
    memcpy(&f, &word, 4);
    return B == 2 ? word / 65535.0 : kit_format(s->format)->c[0].numeric == KIT_SFLOAT ? (double)f : (word & 0xffffff) / 16777215.0;
}

static bool
compare(VkCompareOp op, double a, double b)
{
    switch ((int)op) {
    case VK_COMPARE_OP_NEVER: return false;
    case VK_COMPARE_OP_LESS: return a < b;
    case VK_COMPARE_OP_EQUAL: return a == b;
    case VK_COMPARE_OP_LESS_OR_EQUAL: return a <= b;
    case VK_COMPARE_OP_GREATER: return a > b;
    case VK_COMPARE_OP_NOT_EQUAL: return a != b;
    case VK_COMPARE_OP_GREATER_OR_EQUAL: return a >= b;
    default: return true;
    }
}

/* A grid of stored depths (columns) against drawn ones (rows), with each operation, with and without writing, on each format. */
static void
compare_ops(struct kit *k, VkFormat format)
{
    static const float values[4] = {0.0f, 0.25f, 0.75f, 1.0f};
    struct setup s;
    setup_init(k, &s, format);
    for (uint32_t op = 0; op < 8; op++) {
        for (uint32_t write = 0; write < 2; write++) {
            struct kit_graphics fill, test;
            graphics(k, &s, &fill);
            fill.depth.depthTestEnable = fill.depth.depthWriteEnable = VK_TRUE;
            fill.depth.depthCompareOp = VK_COMPARE_OP_ALWAYS;
            fill.targets[0].colorWriteMask = 0;
            graphics(k, &s, &test);
            test.depth.depthTestEnable = VK_TRUE;
            test.depth.depthWriteEnable = write;
            test.depth.depthCompareOp = (VkCompareOp)op;
            const VkPipeline first = kit_graphics_create(k, &fill), second = kit_graphics_create(k, &test);
            const VkCommandBuffer cmd = kit_begin(k);
            kit_target_begin(cmd, &s.t);
            vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, first);
            for (int c = 0; c < 4; c++) {
                rect(cmd, &s, (float)c * 8, 0, (float)c * 8 + 8, PX, values[c], values[c], false);
            }
            vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, second);
            for (int r = 0; r < 4; r++) {
                rect(cmd, &s, 0, (float)r * 8, PX, (float)r * 8 + 8, values[r], values[r], false);
            }
            vkCmdEndRenderPass(cmd);
            kit_submit(k, cmd);
            const float *color = kit_read(k, &s.t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
            const void *depth = kit_read(k, &s.t.depth, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0);
            for (uint32_t i = 0; i < PX * PX; i++) {
                const float stored = values[i % PX / 8], drawn = values[i / PX / 8];
                const bool pass = compare((VkCompareOp)op, (double)drawn, (double)stored);
                const double want = (double)(pass && write ? drawn : stored);
                CHECK(k, (color[i * 4 + 3] == 1.0f) == pass, "%s op %u: %g against %g", kit_format(format)->name, op, (double)drawn,
                      (double)stored);
                CHECK(k, fabs(depth_of(&s, depth, i) - want) < 1e-5, "%s op %u write %u: %g against %g left %g", kit_format(format)->name,
                      op, write, (double)drawn, (double)stored, depth_of(&s, depth, i));
            }
        }
    }
}

static void
case_depth_ops(struct kit *k)
{
    static const VkFormat formats[] = {VK_FORMAT_D16_UNORM,         VK_FORMAT_X8_D24_UNORM_PACK32, VK_FORMAT_D32_SFLOAT,
                                       VK_FORMAT_D24_UNORM_S8_UINT, VK_FORMAT_D32_SFLOAT_S8_UINT,  VK_FORMAT_D16_UNORM_S8_UINT};
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        if (attachable(k, formats[i])) {
            compare_ops(k, formats[i]);
        }
    }
}

/* ---- stencil ---- */

static uint8_t
stencil_op(VkStencilOp op, uint8_t s, uint8_t ref)
{
    switch ((int)op) {
    case VK_STENCIL_OP_KEEP: return s;
    case VK_STENCIL_OP_ZERO: return 0;
    case VK_STENCIL_OP_REPLACE: return ref;
    case VK_STENCIL_OP_INCREMENT_AND_CLAMP: return s == 255 ? 255 : (uint8_t)(s + 1);
    case VK_STENCIL_OP_DECREMENT_AND_CLAMP: return s == 0 ? 0 : (uint8_t)(s - 1);
    case VK_STENCIL_OP_INVERT: return (uint8_t)~s;
    case VK_STENCIL_OP_INCREMENT_AND_WRAP: return (uint8_t)(s + 1);
    default: return (uint8_t)(s - 1);
    }
}

static uint8_t
stencil_result(const VkStencilOpState *f, uint8_t s, bool depth_pass, bool *pass)
{
    const bool ok = compare(f->compareOp, f->reference & f->compareMask, s & f->compareMask);
    *pass = ok && depth_pass;
    const uint8_t v = stencil_op(!ok ? f->failOp : depth_pass ? f->passOp : f->depthFailOp, s, (uint8_t)f->reference);
    return (uint8_t)((s & ~f->writeMask) | (v & f->writeMask));
}

/* Stored values in columns (0, 1, 0x7f, 0xff ...), front above back, passing depth at the left of each cell, failing at the right. */
static void
stencil_round(struct kit *k, struct setup *s, const VkStencilOpState *front, const VkStencilOpState *back)
{
    static const uint8_t stored[8] = {0, 1, 2, 0x5a, 0x7f, 0x80, 0xfe, 0xff};
    struct kit_graphics g;
    graphics(k, s, &g);
    g.depth.depthTestEnable = VK_TRUE;
    g.depth.depthCompareOp = VK_COMPARE_OP_LESS;
    g.depth.stencilTestEnable = VK_TRUE;
    g.depth.front = *front;
    g.depth.back = *back;
    const VkPipeline pipe = kit_graphics_create(k, &g);
    s->t.clears[1].depthStencil.depth = 0.5f;
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &s->t);
    for (uint32_t i = 0; i < 8; i++) {
        const VkClearAttachment a = {VK_IMAGE_ASPECT_STENCIL_BIT, 0, {.depthStencil = {0, stored[i]}}};
        const VkClearRect r = {{{(int32_t)i * 4, 0}, {4, PX}}, 0, 1};
        vkCmdClearAttachments(cmd, 1, &a, 1, &r);
    }
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    for (int i = 0; i < 16; i++) {
        for (int b = 0; b < 2; b++) {
            rect(cmd, s, (float)i * 2, (float)b * 16, (float)i * 2 + 2, (float)b * 16 + 16, i % 2 ? 0.9f : 0.1f, i % 2 ? 0.9f : 0.1f, b);
        }
    }
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    const uint8_t *got = kit_read(k, &s->t.depth, VK_IMAGE_ASPECT_STENCIL_BIT, 0, 0);
    const float *color = kit_read(k, &s->t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    for (uint32_t i = 0; i < PX * PX; i++) {
        const uint32_t x = i % PX, y = i / PX;
        const VkStencilOpState *f = y < 16 ? front : back;
        bool pass;
        const uint8_t want = stencil_result(f, stored[x / 4], x / 2 % 2 == 0, &pass);
        CHECK(k, got[i] == want, "%s: stored %#x, reference %#x, masks %#x %#x, compare %d, ops %d %d %d: %#x, not %#x",
              kit_format(s->format)->name, stored[x / 4], f->reference, f->compareMask, f->writeMask, f->compareOp, f->failOp, f->passOp,
              f->depthFailOp, got[i], want);
        CHECK(k, (color[i * 4 + 3] == 1.0f) == pass, "fragment %s", pass ? "lost" : "not stopped");
        CHECK(k, !pass || color[i * 4 + 1] == (y < 16 ? 1.0f : 0.0f), "facing of row %u", y);
    }
}

static void
case_stencil_ops(struct kit *k)
{
    static const VkFormat formats[] = {VK_FORMAT_D24_UNORM_S8_UINT, VK_FORMAT_D32_SFLOAT_S8_UINT};
    static const uint32_t refs[] = {0x5a, 0, 0xff, 1, 0x80}, masks[] = {0xff, 0x0f, 0xf0, 0x81, 0};
    uint32_t seed = 1;
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        if (!attachable(k, formats[i])) {
            continue;
        }
        struct setup s;
        setup_init(k, &s, formats[i]);
        for (uint32_t round = 0; round < 48; round++) {
            VkStencilOpState f[2];
            for (int b = 0; b < 2; b++) {
                f[b] = (VkStencilOpState){(VkStencilOp)((round + b) % 8),
                                          (VkStencilOp)(round / 8 + b * 3),
                                          (VkStencilOp)((round * 5 + 3 + b) % 8),
                                          (VkCompareOp)((round + b * 4) % 8),
                                          0xff,
                                          0xff,
                                          refs[round % 5]};
                if (round >= 16) {
                    f[b].passOp = (VkStencilOp)(kit_random(&seed) % 8);
                    f[b].compareMask = masks[kit_random(&seed) % 5];
                    f[b].writeMask = masks[kit_random(&seed) % 5];
                    f[b].reference = refs[kit_random(&seed) % 5];
                }
                f[b].passOp = (VkStencilOp)(f[b].passOp % 8);
            }
            stencil_round(k, &s, &f[0], &f[1]);
        }
    }
}

/* Stencil alone, without a depth aspect. */
static void
case_stencil_only(struct kit *k)
{
    SKIP_UNLESS(k, attachable(k, VK_FORMAT_S8_UINT), "no S8_UINT");
    struct setup s;
    struct kit_graphics g;
    setup_init(k, &s, VK_FORMAT_S8_UINT);
    s.t.clears[1].depthStencil.stencil = 7;
    graphics(k, &s, &g);
    g.depth.stencilTestEnable = VK_TRUE;
    g.depth.front = g.depth.back =
        (VkStencilOpState){VK_STENCIL_OP_ZERO, VK_STENCIL_OP_INCREMENT_AND_WRAP, VK_STENCIL_OP_INVERT, VK_COMPARE_OP_LESS, 0xff, 0xff, 5};
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &s.t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    rect(cmd, &s, 0, 0, PX, 16, 0.5f, 0.5f, false);
    rect(cmd, &s, 8, 0, PX, 16, 0.5f, 0.5f, false);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    const uint8_t *got = kit_read(k, &s.t.depth, VK_IMAGE_ASPECT_STENCIL_BIT, 0, 0);
    for (uint32_t i = 0; i < PX * PX; i++) {
        const uint8_t want = i / PX >= 16 ? 7 : i % PX < 8 ? 8 : 9;
        CHECK(k, got[i] == want, "stencil %u, not %u", got[i], want);
    }
}

/* ---- bounds, clamp, bias, FragDepth ---- */

static void
case_depth_bounds(struct kit *k)
{
    SKIP_UNLESS(k, k->features.depthBounds, "no depthBounds");
    struct setup s;
    struct kit_graphics fill, g;
    setup_init(k, &s, VK_FORMAT_D32_SFLOAT);
    graphics(k, &s, &fill);
    fill.depth.depthTestEnable = fill.depth.depthWriteEnable = VK_TRUE;
    fill.depth.depthCompareOp = VK_COMPARE_OP_ALWAYS;
    fill.targets[0].colorWriteMask = 0;
    graphics(k, &s, &g);
    g.depth.depthBoundsTestEnable = VK_TRUE;
    g.depth.minDepthBounds = 0.25f;
    g.depth.maxDepthBounds = 0.5f;
    const VkPipeline first = kit_graphics_create(k, &fill), second = kit_graphics_create(k, &g);
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &s.t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, first);
    rect(cmd, &s, 0, 0, PX, PX, 0, 1, false);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, second);
    rect(cmd, &s, 0, 0, PX, PX, 0.9f, 0.9f, false);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    const float *color = kit_read(k, &s.t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0),
                *depth = kit_read(k, &s.t.depth, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0);
    for (uint32_t i = 0; i < PX * PX; i++) {
        const bool in = depth[i] >= 0.25f && depth[i] <= 0.5f;
        CHECK(k, (color[i * 4 + 3] == 1.0f) == in, "stored depth %g", (double)depth[i]);
    }
}

static void
case_depth_clamp(struct kit *k)
{
    SKIP_UNLESS(k, k->features.depthClamp, "no depthClamp");
    struct setup s;
    setup_init(k, &s, VK_FORMAT_D32_SFLOAT);
    for (int clamp = 0; clamp < 2; clamp++) {
        struct kit_graphics g;
        graphics(k, &s, &g);
        g.raster.depthClampEnable = clamp;
        g.depth.depthTestEnable = g.depth.depthWriteEnable = VK_TRUE;
        g.depth.depthCompareOp = VK_COMPARE_OP_ALWAYS;
        g.viewports[0].minDepth = 0.2f;
        g.viewports[0].maxDepth = 0.8f;
        const VkPipeline pipe = kit_graphics_create(k, &g);
        const VkCommandBuffer cmd = kit_begin(k);
        kit_target_begin(cmd, &s.t);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
        rect(cmd, &s, 0, 0, PX, PX, -1, 2, false); /* in the volume from a third to two thirds */
        vkCmdEndRenderPass(cmd);
        kit_submit(k, cmd);
        const float *depth = kit_read(k, &s.t.depth, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0);
        for (uint32_t i = 0; i < PX * PX; i++) {
            const double z = -1 + 3 * (i % PX + 0.5) / PX, inside = 0.2 + 0.6 * z;
            const double want = z >= 0 && z <= 1 ? inside : clamp ? fmin(fmax(inside, 0.2), 0.8) : 1.0;
            CHECK(k, fabs((double)depth[i] - want) < 1e-6, "clamp %d, column %u: %g, not %g", clamp, i % PX,
                  (double)depth[i], want);
        }
    }
}

static void
case_depth_bias(struct kit *k)
{
    static const struct {
        float constant, clamp, slope, z0, z1;
    } biases[] = {{100, 0, 0, 0.5f, 0.5f},     {0, 0, 2, 0.25f, 0.5f},         {-50, 0, -1, 0.25f, 0.5f},
                  {0, 0.01f, 50, 0.25f, 0.5f}, {0, -0.005f, -50, 0.25f, 0.5f}, {1e6f, 0, 0, 0.9f, 0.9f}};
    static const VkFormat formats[] = {VK_FORMAT_D16_UNORM, VK_FORMAT_D32_SFLOAT, VK_FORMAT_X8_D24_UNORM_PACK32};
    for (size_t f = 0; f < ARRAY_LEN(formats); f++) {
        struct setup s;
        if (!attachable(k, formats[f])) {
            continue;
        }
        setup_init(k, &s, formats[f]);
        for (size_t b = 0; b < ARRAY_LEN(biases); b++) {
            struct kit_graphics g;
            if (biases[b].clamp != 0.0f && !k->features.depthBiasClamp) {
                continue;
            }
            graphics(k, &s, &g);
            g.raster.depthBiasEnable = VK_TRUE;
            g.raster.depthBiasConstantFactor = biases[b].constant;
            g.raster.depthBiasClamp = biases[b].clamp;
            g.raster.depthBiasSlopeFactor = biases[b].slope;
            g.depth.depthTestEnable = g.depth.depthWriteEnable = VK_TRUE;
            g.depth.depthCompareOp = VK_COMPARE_OP_ALWAYS;
            const VkPipeline pipe = kit_graphics_create(k, &g);
            const VkCommandBuffer cmd = kit_begin(k);
            kit_target_begin(cmd, &s.t);
            vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
            rect(cmd, &s, 0, 0, PX, PX, biases[b].z0, biases[b].z1, false);
            vkCmdEndRenderPass(cmd);
            kit_submit(k, cmd);
            const void *depth = kit_read(k, &s.t.depth, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0);
            const double z0 = (double)biases[b].z0, z1 = (double)biases[b].z1;
            int exponent; /* SPEC: primsrast-depthbias-computation: of the largest depth of the primitive */
            frexp(fmax(z0, z1), &exponent);
            const double r = formats[f] == VK_FORMAT_D16_UNORM             ? ldexp(1, -16)
                             : formats[f] == VK_FORMAT_X8_D24_UNORM_PACK32 ? ldexp(1, -24)
                                                                           : ldexp(1, exponent - 1 - 23);
            double o = fabs(z1 - z0) / PX * (double)biases[b].slope + r * (double)biases[b].constant;
            o = biases[b].clamp > 0 ? fmin(o, (double)biases[b].clamp) : biases[b].clamp < 0 ? fmax(o, (double)biases[b].clamp) : o;
            const double step = formats[f] == VK_FORMAT_D16_UNORM ? 1.0 / 65535 : 1e-6;
            for (uint32_t i = 0; i < PX * PX; i++) {
                const double want = fmin(fmax(z0 + (z1 - z0) * (i % PX + 0.5) / PX + o, 0), 1);
                REQUIRE(k, fabs(depth_of(&s, depth, i) - want) < step + fabs(o) * 0.02, "%s, bias %zu, column %u: %.7g, not %.7g",
                        kit_format(formats[f])->name, b, i % PX, depth_of(&s, depth, i), want);
            }
        }
    }
}

static void
case_frag_depth(struct kit *k)
{
    struct setup s;
    struct kit_graphics g;
    setup_init(k, &s, VK_FORMAT_D32_SFLOAT);
    s.t.clears[1].depthStencil.depth = 0.5f;
    kit_graphics_init(k, &g, &s.t, s.layout, KIT_CODE(depth_vert), KIT_CODE(depth_write_frag));
    g.depth.depthTestEnable = g.depth.depthWriteEnable = VK_TRUE;
    g.depth.depthCompareOp = VK_COMPARE_OP_GREATER;
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &s.t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    rect(cmd, &s, 0, 0, PX, PX, 0.1f, 0.1f, false); /* would fail by its own depth */
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    const float *depth = kit_read(k, &s.t.depth, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0);
    for (uint32_t i = 0; i < PX * PX; i++) {
        const float z = ((float)(i % PX) + 0.5f) / 32.0f;
        CHECK(k, depth[i] == (z > 0.5f ? z : 0.5f), "column %u: %g", i % PX, (double)depth[i]);
    }
}

static const struct kit_case cases[] = {
    {"depth_ops", case_depth_ops},       {"stencil_ops", case_stencil_ops}, {"stencil_only", case_stencil_only},
    {"depth_bounds", case_depth_bounds}, {"depth_clamp", case_depth_clamp}, {"depth_bias", case_depth_bias},
    {"frag_depth", case_frag_depth},
};
KIT_MAIN(cases)
