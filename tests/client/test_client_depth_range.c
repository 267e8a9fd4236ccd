/* What depth is clamped to where the fragment shader writes it: VK_KHR_depth_clamp_zero_one, VK_EXT_depth_range_unrestricted.
 * SPEC: fragops-depth, depth clamping and range adjustment. */
#include "kit.h"

#include "depth_range_frag.h"
#include "depth_range_vert.h"

#define PX 16u

static void
case_own_depth(struct kit *k)
{
    const VkPhysicalDeviceDepthClampZeroOneFeaturesKHR *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DEPTH_CLAMP_ZERO_ONE_FEATURES_KHR);
    SKIP_UNLESS(k, f && f->depthClampZeroOne && k->features.depthClamp, "no depthClampZeroOne");
    static const VkFormat formats[] = {VK_FORMAT_D32_SFLOAT, VK_FORMAT_D16_UNORM, VK_FORMAT_X8_D24_UNORM_PACK32};
    static const float values[] = {-1.0f, 0.125f, 0.5f, 0.875f, 2.0f};
    const bool unrestricted = kit_has(k, VK_EXT_DEPTH_RANGE_UNRESTRICTED_EXTENSION_NAME);
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        const VkFormat color = VK_FORMAT_R8G8B8A8_UNORM;
        const bool fixed = i > 0;
        struct kit_target t;
        if (!(kit_format_features(k, formats[i], VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_DEPTH_STENCIL_ATTACHMENT_BIT)) {
            continue;
        }
        kit_target_init(k, &t, PX, PX, 1, 1, &color, formats[i]);
        const VkPipelineLayout layout = kit_layout(k, 0, NULL, 8);
        for (int clamp = 0; clamp < 2; clamp++) {
            struct kit_graphics g;
            kit_graphics_init(k, &g, &t, layout, KIT_CODE(depth_range_vert), KIT_CODE(depth_range_frag));
            g.raster.depthClampEnable = clamp;
            g.depth.depthTestEnable = g.depth.depthWriteEnable = VK_TRUE;
            g.depth.depthCompareOp = VK_COMPARE_OP_ALWAYS;
            g.viewports[0].minDepth = 0.25f;
            g.viewports[0].maxDepth = 0.75f;
            const VkPipeline pipe = kit_graphics_create(k, &g);
            for (size_t v = 0; v < ARRAY_LEN(values); v++) {
                const float push[2] = {0.5f, values[v]};
                const VkCommandBuffer cmd = kit_begin(k);
                kit_target_begin(cmd, &t);
                vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
                vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, 8, push);
                vkCmdDraw(cmd, 3, 1, 0, 0);
                vkCmdEndRenderPass(cmd);
                kit_submit(k, cmd);
                const uint8_t *data = kit_read(k, &t.depth, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0);
                const double value = (double)values[v];
                const double want = clamp ? fmin(fmax(value, 0.25), 0.75) : fixed || !unrestricted ? fmin(fmax(value, 0), 1) : value;
                float real;
                uint32_t bits = 0;
                memcpy(&real, data, 4);
                memcpy(&bits, data, i == 1 ? 2 : 4);
                const double got = fixed ? (bits & 0xffffff) / (i == 1 ? 65535.0 : 16777215.0) : (double)real;
                CHECK(k, fabs(got - want) <= (fixed ? 1e-5 : 0), "%s, clamp %d: %g gives %g", kit_format(formats[i])->name, clamp, value, got);
            }
        }
    }
}

static const struct kit_case cases[] = {{"own_depth", case_own_depth}};
KIT_MAIN(cases)
