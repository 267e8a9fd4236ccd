/* What later extensions say about depth bias, the range that depth is clamped to, and rectangles of pixels. SPEC: primsrast-depthbias-computation,
 * fragops-depth, fragops-discard-rectangles. */
#include "kit.h"

#include "depth_frag.h"
#include "depth_range_frag.h"
#include "depth_range_vert.h"
#include "depth_vert.h"

#define PX 32u
#define COLOR VK_FORMAT_R32G32B32A32_SFLOAT
#define GRAPHICS VK_PIPELINE_BIND_POINT_GRAPHICS

struct push {
    float rect[4], size[2], z[2];
    uint32_t back;
};

static bool
attachable(const struct kit *k, VkFormat format)
{
    return kit_format_features(k, format, VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_DEPTH_STENCIL_ATTACHMENT_BIT;
}

/* Integer depth as its number. */
static double
depth_of(VkFormat format, const void *data, size_t i)
{
    const uint32_t B = kit_texel_B(format, VK_IMAGE_ASPECT_DEPTH_BIT);
    uint32_t word = 0;
    float f;
    memcpy(&word, (const uint8_t *)data + i * B, B);
    memcpy(&f, &word, 4);
    return kit_format(format)->c[0].numeric == KIT_SFLOAT ? (double)f : B == 2 ? word : word & 0xffffff;
}

static void
rect(VkCommandBuffer cmd, const struct kit_target *t, VkPipelineLayout layout, float z0, float z1)
{
    const struct push p = {{0, 0, (float)t->width, (float)t->height}, {(float)t->width, (float)t->height}, {z0, z1}, 0};
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(p), &p);
    vkCmdDraw(cmd, 6, 1, 0, 0);
}

/* ---- VK_EXT_depth_bias_control ---- */

static void
case_bias(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, VK_EXT_DEPTH_BIAS_CONTROL_EXTENSION_NAME), "no VK_EXT_depth_bias_control");
    const VkPhysicalDeviceDepthBiasControlFeaturesEXT *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DEPTH_BIAS_CONTROL_FEATURES_EXT);
    static const VkFormat formats[] = {VK_FORMAT_D16_UNORM, VK_FORMAT_X8_D24_UNORM_PACK32, VK_FORMAT_D32_SFLOAT};
    static const struct {
        VkDepthBiasRepresentationEXT unit;
        float constant, clamp;
    } biases[] = {
        {VK_DEPTH_BIAS_REPRESENTATION_LEAST_REPRESENTABLE_VALUE_FORMAT_EXT, 3, 0},
        {VK_DEPTH_BIAS_REPRESENTATION_LEAST_REPRESENTABLE_VALUE_FORCE_UNORM_EXT, 3, 0},
        {VK_DEPTH_BIAS_REPRESENTATION_LEAST_REPRESENTABLE_VALUE_FORCE_UNORM_EXT, -1000, 0},
        {VK_DEPTH_BIAS_REPRESENTATION_FLOAT_EXT, 0.125f, 0},
        {VK_DEPTH_BIAS_REPRESENTATION_FLOAT_EXT, 0.5f, 0.0625f},
        {VK_DEPTH_BIAS_REPRESENTATION_FLOAT_EXT, -0.25f, -0.125f},
    };
    const double z = 0.375;
    uint32_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(formats) * ARRAY_LEN(biases); i++) {
        const VkFormat format = formats[i / ARRAY_LEN(biases)], color = COLOR;
        const VkDepthBiasRepresentationEXT unit = biases[i % ARRAY_LEN(biases)].unit;
        const float constant = biases[i % ARRAY_LEN(biases)].constant, clamp = biases[i % ARRAY_LEN(biases)].clamp;
        if (!attachable(k, format) || (clamp != 0.0f && !k->features.depthBiasClamp) || !f->depthBiasExact ||
            (unit == VK_DEPTH_BIAS_REPRESENTATION_FLOAT_EXT && !f->floatRepresentation) ||
            (unit == VK_DEPTH_BIAS_REPRESENTATION_LEAST_REPRESENTABLE_VALUE_FORCE_UNORM_EXT && !f->leastRepresentableValueForceUnormRepresentation)) {
            continue;
        }
        const bool real = format == VK_FORMAT_D32_SFLOAT;
        const double by_format = format == VK_FORMAT_D16_UNORM ? 0x1p-16 : !real ? 0x1p-24 : 0x1p-25; /* 0.375 is 1.5 * 2^-2 */
        const double by_unorm = format == VK_FORMAT_D16_UNORM ? 0x1p-16 : 0x1p-24;
        const double r = unit == VK_DEPTH_BIAS_REPRESENTATION_FLOAT_EXT ? 1
                         : unit == VK_DEPTH_BIAS_REPRESENTATION_LEAST_REPRESENTABLE_VALUE_FORCE_UNORM_EXT ? by_unorm
                                                                                                           : by_format;
        double o = r * (double)constant;
        o = clamp > 0 ? fmin(o, (double)clamp) : clamp < 0 ? fmax(o, (double)clamp) : o;
        const double scale = real ? 1 : format == VK_FORMAT_D16_UNORM ? 65535 : 16777215;
        const double want[2] = {z + o, z + by_format * 3}; /* 2: the plain command, after the other */
        struct kit_target t;
        struct kit_graphics g;
        kit_target_init(k, &t, PX, PX, 1, 1, &color, format);
        const VkPipelineLayout layout = kit_layout(k, 0, NULL, sizeof(struct push));
        const VkDepthBiasRepresentationInfoEXT how = {.sType = VK_STRUCTURE_TYPE_DEPTH_BIAS_REPRESENTATION_INFO_EXT, .depthBiasRepresentation = unit,
                                                      .depthBiasExact = VK_TRUE};
        const VkDepthBiasInfoEXT info = {.sType = VK_STRUCTURE_TYPE_DEPTH_BIAS_INFO_EXT, .pNext = &how, .depthBiasConstantFactor = constant,
                                         .depthBiasClamp = clamp};
        kit_graphics_init(k, &g, &t, layout, KIT_CODE(depth_vert), KIT_CODE(depth_frag));
        g.depth.depthTestEnable = g.depth.depthWriteEnable = VK_TRUE;
        g.depth.depthCompareOp = VK_COMPARE_OP_ALWAYS;
        g.raster.depthBiasEnable = VK_TRUE;
        g.raster.depthBiasConstantFactor = constant;
        g.raster.depthBiasClamp = clamp;
        g.raster.pNext = &how;
        const VkPipeline fixed = kit_graphics_create(k, &g);
        g.raster.pNext = NULL;
        kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_DEPTH_BIAS);
        const VkPipeline dynamic = kit_graphics_create(k, &g);
        for (uint32_t way = 0; way < 3; way++) {
            const VkCommandBuffer cmd = kit_begin(k);
            kit_target_begin(cmd, &t);
            vkCmdBindPipeline(cmd, GRAPHICS, way ? dynamic : fixed);
            if (way) {
                k->vk.CmdSetDepthBias2EXT(cmd, &info);
            }
            if (way == 2) {
                vkCmdSetDepthBias(cmd, 3, 0, 0);
            }
            rect(cmd, &t, layout, (float)z, (float)z);
            vkCmdEndRenderPass(cmd);
            kit_submit(k, cmd);
            const void *data = kit_read(k, &t.depth, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0);
            const double exact = want[way == 2] * scale, got = depth_of(format, data, 5 * PX + 7);
            CHECK(k, fabs(got - (real ? exact : nearbyint(exact))) <= (kit_ours(k) ? 0 : real ? 0x1p-23 : 1), "%s, bias %zu, way %u: %.9g, not %.9g",
                  kit_format(format)->name, i % ARRAY_LEN(biases), way, got, exact);
            n++;
        }
    }
    printf("  %u\n", n);
}

/* ---- VK_EXT_depth_clamp_control ---- */

static void
case_clamp_range(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, VK_EXT_DEPTH_CLAMP_CONTROL_EXTENSION_NAME) && k->features.depthClamp, "no VK_EXT_depth_clamp_control");
    static const VkFormat formats[] = {VK_FORMAT_D32_SFLOAT, VK_FORMAT_D16_UNORM, VK_FORMAT_X8_D24_UNORM_PACK32};
    static const VkDepthClampRangeEXT ranges[] = {{0.375f, 0.5f}, {0.0f, 1.0f}, {0.625f, 0.625f}, {-2.0f, 1.75f}};
    const bool unrestricted = kit_has(k, VK_EXT_DEPTH_RANGE_UNRESTRICTED_EXTENSION_NAME);
    for (size_t i = 0; i < ARRAY_LEN(formats) * ARRAY_LEN(ranges); i++) {
        const VkFormat format = formats[i / ARRAY_LEN(ranges)], color = COLOR;
        const VkDepthClampRangeEXT range = ranges[i % ARRAY_LEN(ranges)];
        const bool beyond = range.minDepthClamp < 0, real = format == VK_FORMAT_D32_SFLOAT;
        if (!attachable(k, format) || (beyond && !(unrestricted && real))) {
            continue;
        }
        struct kit_target t;
        kit_target_init(k, &t, PX, PX, 1, 1, &color, format);
        const VkPipelineLayout layout = kit_layout(k, 0, NULL, sizeof(struct push));
        for (uint32_t own = 0; own < 2; own++) { /* depth from the primitive or from the fragment shader */
            VkPipeline pipes[2];
            const VkPipelineViewportDepthClampControlCreateInfoEXT control = {
                .sType = VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_DEPTH_CLAMP_CONTROL_CREATE_INFO_EXT, .depthClampMode = VK_DEPTH_CLAMP_MODE_USER_DEFINED_RANGE_EXT,
                .pDepthClampRange = &range};
            for (uint32_t d = 0; d < 2; d++) {
                struct kit_graphics g;
                if (own) {
                    kit_graphics_init(k, &g, &t, layout, KIT_CODE(depth_range_vert), KIT_CODE(depth_range_frag));
                } else {
                    kit_graphics_init(k, &g, &t, layout, KIT_CODE(depth_vert), KIT_CODE(depth_frag));
                }
                g.raster.depthClampEnable = VK_TRUE;
                g.depth.depthTestEnable = g.depth.depthWriteEnable = VK_TRUE;
                g.depth.depthCompareOp = VK_COMPARE_OP_ALWAYS;
                g.viewports[0].minDepth = 0.25f;
                g.viewports[0].maxDepth = 0.75f;
                g.viewport.pNext = d ? NULL : &control;
                if (d) {
                    kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_DEPTH_CLAMP_RANGE_EXT);
                }
                pipes[d] = kit_graphics_create(k, &g);
            }
            for (uint32_t way = 0; way < 3; way++) { /* fixed, by command, by command as the viewport has it */
                const float z0 = -8.0f, z1 = 8.0f, push[2] = {0.5f, 3.0f};
                const VkCommandBuffer cmd = kit_begin(k);
                kit_target_begin(cmd, &t);
                vkCmdBindPipeline(cmd, GRAPHICS, pipes[way > 0]);
                if (way) {
                    k->vk.CmdSetDepthClampRangeEXT(cmd, way == 1 ? VK_DEPTH_CLAMP_MODE_USER_DEFINED_RANGE_EXT : VK_DEPTH_CLAMP_MODE_VIEWPORT_RANGE_EXT,
                                                   way == 1 ? &range : NULL);
                }
                if (own) {
                    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(push), push);
                    vkCmdDraw(cmd, 3, 1, 0, 0);
                } else {
                    rect(cmd, &t, layout, z0, z1);
                }
                vkCmdEndRenderPass(cmd);
                kit_submit(k, cmd);
                const void *data = kit_read(k, &t.depth, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0);
                const double lo = way == 2 ? 0.25 : (double)range.minDepthClamp, hi = way == 2 ? 0.75 : (double)range.maxDepthClamp;
                const double scale = real ? 1 : format == VK_FORMAT_D16_UNORM ? 65535 : 16777215;
                for (uint32_t x = 0; x < PX; x++) {
                    const double at = own ? 3 : 0.25 + 0.5 * ((double)z0 + (double)(z1 - z0) * (x + 0.5) / PX);
                    const double want = fmin(fmax(at, lo), hi) * scale, got = depth_of(format, data, 3 * PX + x);
                    REQUIRE(k, fabs(got - want) <= (real ? 2e-6 : 1), "%s, range %zu, own %u, way %u, column %u: %g, not %g", kit_format(format)->name,
                            i % ARRAY_LEN(ranges), own, way, x, got, want);
                }
            }
        }
    }
}

/* ---- VK_EXT_discard_rectangles ---- */

#define W 200u /* several tiles, none of them whole */
#define H 140u
#define MAX_RECTS 8

static const struct rects {
    uint32_t n;
    VkRect2D r[MAX_RECTS];
} lists[] = {
    {1, {{{10, 20}, {100, 90}}}},
    {2, {{{0, 0}, {64, 64}}, {{63, 63}, {66, 66}}}},
    {4, {{{1, 1}, {1, 1}}, {{150, 130}, {0x7fffff00, 0x7fffff00}}, {{70, 5}, {0, 50}}, {{199, 0}, {1, 140}}}},
    {1, {{{0, 0}, {0x7fffffff, 0x7fffffff}}}}, /* everything */
    {2, {{{0, 0}, {0, 0}}, {{500, 500}, {10, 10}}}}, /* nothing */
    {0, {{{0, 0}, {0, 0}}}},
};

static bool
inside(const struct rects *l, int64_t x, int64_t y)
{
    for (uint32_t i = 0; i < l->n; i++) {
        const VkRect2D *r = &l->r[i];
        if (x >= r->offset.x && x < (int64_t)r->offset.x + r->extent.width && y >= r->offset.y && y < (int64_t)r->offset.y + r->extent.height) {
            return true;
        }
    }
    return false;
}

static void
case_discard(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, VK_EXT_DISCARD_RECTANGLES_EXTENSION_NAME), "no VK_EXT_discard_rectangles");
    uint32_t version = 0;
    for (uint32_t i = 0; i < k->n_extensions; i++) {
        version = strcmp(k->extensions[i].extensionName, VK_EXT_DISCARD_RECTANGLES_EXTENSION_NAME) == 0 ? k->extensions[i].specVersion : version;
    }
    VkPhysicalDeviceDiscardRectanglePropertiesEXT p = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DISCARD_RECTANGLE_PROPERTIES_EXT};
    VkPhysicalDeviceProperties2 two = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &p};
    k->vk.GetPhysicalDeviceProperties2(k->physical, &two);
    REQUIRE(k, p.maxDiscardRectangles >= 4, "only %u rectangles", p.maxDiscardRectangles);
    const VkFormat color = COLOR;
    struct kit_target t;
    kit_target_init(k, &t, W, H, 1, 1, &color, VK_FORMAT_D16_UNORM);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, sizeof(struct push));
    const VkQueryPool pool = kit_queries(k, VK_QUERY_TYPE_OCCLUSION, 1, 0);
    for (size_t i = 0; i < ARRAY_LEN(lists) * 8; i++) {
        const struct rects *l = &lists[i / 8];
        const VkDiscardRectangleModeEXT mode = (VkDiscardRectangleModeEXT)(i & 1);
        const uint32_t way = i / 2 % 4; /* fixed, rectangles by command, all by command, all by command and switched off */
        if (way >= 2 && version < 2) {
            continue;
        }
        VkRect2D all[MAX_RECTS];
        for (uint32_t r = 0; r < MAX_RECTS; r++) { /* beyond the pipeline's number they must not matter */
            all[r] = r < l->n ? l->r[r] : (VkRect2D){{0, 0}, {way == 1 ? W : 0, H}};
        }
        VkPipelineDiscardRectangleStateCreateInfoEXT info = {.sType = VK_STRUCTURE_TYPE_PIPELINE_DISCARD_RECTANGLE_STATE_CREATE_INFO_EXT,
                                                             .discardRectangleMode = mode, .discardRectangleCount = l->n, .pDiscardRectangles = way ? NULL : l->r};
        struct kit_graphics g;
        kit_graphics_init(k, &g, &t, layout, KIT_CODE(depth_vert), KIT_CODE(depth_frag));
        g.depth.depthTestEnable = g.depth.depthWriteEnable = VK_TRUE;
        g.depth.depthCompareOp = VK_COMPARE_OP_LESS;
        g.info.pNext = way < 2 ? &info : NULL;
        if (way) {
            kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_DISCARD_RECTANGLE_EXT);
        }
        if (way > 1) {
            kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_DISCARD_RECTANGLE_ENABLE_EXT);
            kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_DISCARD_RECTANGLE_MODE_EXT);
        }
        const VkPipeline pipe = kit_graphics_create(k, &g);
        const VkCommandBuffer cmd = kit_begin(k);
        vkCmdResetQueryPool(cmd, pool, 0, 1);
        kit_target_begin(cmd, &t);
        vkCmdBindPipeline(cmd, GRAPHICS, pipe);
        if (way) {
            k->vk.CmdSetDiscardRectangleEXT(cmd, 0, p.maxDiscardRectangles < MAX_RECTS ? p.maxDiscardRectangles : MAX_RECTS, all);
        }
        if (way > 1) {
            k->vk.CmdSetDiscardRectangleEnableEXT(cmd, way == 2);
            k->vk.CmdSetDiscardRectangleModeEXT(cmd, mode);
        }
        vkCmdBeginQuery(cmd, pool, 0, k->features.occlusionQueryPrecise ? VK_QUERY_CONTROL_PRECISE_BIT : 0);
        rect(cmd, &t, layout, 0.5f, 0.5f);
        vkCmdEndQuery(cmd, pool, 0);
        vkCmdEndRenderPass(cmd);
        kit_submit(k, cmd);
        const float *got = kit_read(k, &t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
        const void *depth = kit_read(k, &t.depth, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0);
        uint64_t count = 0, counted = 0;
        const bool off = way == 3 || (way < 2 && !l->n);
        for (uint32_t y = 0; y < H; y++) {
            for (uint32_t x = 0; x < W; x++) {
                const bool drawn = off || inside(l, x, y) == (mode == VK_DISCARD_RECTANGLE_MODE_INCLUSIVE_EXT);
                const double z = depth_of(VK_FORMAT_D16_UNORM, depth, y * W + x);
                REQUIRE(k, (got[(y * W + x) * 4 + 3] != 0.0f) == drawn && (z < 60000) == drawn, "list %zu, mode %d, way %u: pixel %u %u: %s", i / 8, mode, way, x, y,
                        drawn ? "not drawn" : "drawn");
                count += drawn;
            }
        }
        MUST(vkGetQueryPoolResults(k->device, pool, 0, 1, sizeof(counted), &counted, 8, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT));
        CHECK(k, k->features.occlusionQueryPrecise ? counted == count : !counted == !count, "list %zu, mode %d, way %u: counted %u, not %u", i / 8, mode, way,
              (uint32_t)counted, (uint32_t)count);
    }
}

/* Numbers out of range, where nothing promises anything: the process goes on. */
static void
case_misuse(struct kit *k)
{
    SKIP_UNLESS(k, kit_ours(k) && !kit_under_validation(k), "misuse");
    kit_messages_expected(k);
    const VkFormat color = COLOR;
    struct kit_target t;
    struct kit_graphics g;
    kit_target_init(k, &t, PX, PX, 1, 1, &color, VK_FORMAT_D32_SFLOAT);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, sizeof(struct push));
    VkRect2D rects[20];
    for (uint32_t i = 0; i < ARRAY_LEN(rects); i++) {
        rects[i] = (VkRect2D){{(int32_t)(i * 0x7654321), -5}, {0xffffffffu - i, 0xffffffffu}};
    }
    const VkPipelineDiscardRectangleStateCreateInfoEXT info = {.sType = VK_STRUCTURE_TYPE_PIPELINE_DISCARD_RECTANGLE_STATE_CREATE_INFO_EXT,
                                                               .discardRectangleMode = (VkDiscardRectangleModeEXT)77,
                                                               .discardRectangleCount = ARRAY_LEN(rects), .pDiscardRectangles = rects};
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(depth_vert), KIT_CODE(depth_frag));
    g.info.pNext = &info;
    g.depth.depthTestEnable = g.depth.depthWriteEnable = VK_TRUE;
    g.raster.depthClampEnable = g.raster.depthBiasEnable = VK_TRUE;
    kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_DEPTH_BIAS);
    kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_DEPTH_CLAMP_RANGE_EXT);
    kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_DISCARD_RECTANGLE_EXT);
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const VkDepthBiasRepresentationInfoEXT how = {.sType = VK_STRUCTURE_TYPE_DEPTH_BIAS_REPRESENTATION_INFO_EXT,
                                                  .depthBiasRepresentation = (VkDepthBiasRepresentationEXT)300};
    const VkDepthBiasInfoEXT bias = {.sType = VK_STRUCTURE_TYPE_DEPTH_BIAS_INFO_EXT, .pNext = &how, .depthBiasConstantFactor = NAN,
                                     .depthBiasClamp = NAN, .depthBiasSlopeFactor = INFINITY};
    const VkDepthClampRangeEXT range = {NAN, -INFINITY};
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, GRAPHICS, pipe);
    k->vk.CmdSetDepthBias2EXT(cmd, &bias);
    k->vk.CmdSetDepthClampRangeEXT(cmd, VK_DEPTH_CLAMP_MODE_USER_DEFINED_RANGE_EXT, &range);
    k->vk.CmdSetDiscardRectangleEXT(cmd, 7, 13, rects);
    k->vk.CmdSetDiscardRectangleEXT(cmd, UINT32_MAX - 1, 4, rects);
    rect(cmd, &t, layout, 0.0f, 1.0f);
    k->vk.CmdSetDepthClampRangeEXT(cmd, VK_DEPTH_CLAMP_MODE_USER_DEFINED_RANGE_EXT, NULL);
    rect(cmd, &t, layout, 0.0f, 1.0f);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
}

static const struct kit_case cases[] = {{"bias", case_bias}, {"clamp_range", case_clamp_range}, {"discard", case_discard}, {"misuse", case_misuse}};
KIT_MAIN(cases)
