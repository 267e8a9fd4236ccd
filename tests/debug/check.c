/* Shaders with mistakes, for PUMICE_DEBUG=check. Without it they run, too. */
#include "kit.h"

#include "check_comp.h"
#include "check_frag.h"
#include "kit_tri_vert.h"

static void
dispatch(struct kit *k, int mode)
{
    const VkDescriptorType types[2] = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, VK_DESCRIPTOR_TYPE_STORAGE_IMAGE};
    const VkDescriptorSetLayout set_layout = kit_set_layout_of(k, 2, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &set_layout, 8);
    const VkPipeline pipe = kit_compute(k, layout, KIT_CODE(check_comp), NULL);
    float numbers[64];
    for (int i = 0; i < 64; i++) {
        numbers[i] = (float)i;
    }
    const struct kit_buffer buf = kit_buffer(k, sizeof(numbers), numbers);
    const struct kit_image img = kit_image_2d(k, VK_FORMAT_R32_SFLOAT, 8, 8);
    const VkDescriptorSet set = kit_set(k, set_layout);
    kit_write_buffer(k, set, 0, 0, types[0], buf.buffer, 0, VK_WHOLE_SIZE);
    kit_write_image(k, set, 1, 0, types[1], img.view, VK_NULL_HANDLE);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    const struct {
        int mode;
        float zero;
    } push = {mode, 0};
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, 8, &push);
    vkCmdDispatch(cmd, 1, 1, 1);
    kit_submit(k, cmd);
    const char *words = getenv("PUMICE_DEBUG");
    const bool told = words && strstr(words, "check") && mode != 0;
    CHECK(k, kit_message_has(k, "check.comp:") == told, "mode %d: %s", mode, told ? "no message" : "messages");
    if (mode == 0) {
        const float got = ((const float *)buf.data)[1], want = 30 + 32 + 1;
        CHECK(k, got == want, "%g, not %g", (double)got, (double)want);
    }
}

#define CASE(mode)                                                                                                     \
    static void case_mode_##mode(struct kit *k)                                                                        \
    {                                                                                                                  \
        dispatch(k, mode);                                                                                             \
    }
CASE(0)
CASE(1)
CASE(2)
CASE(3)
CASE(4)
CASE(5)

static void
case_draw(struct kit *k)
{
    struct kit_target t;
    struct kit_graphics g;
    kit_target_rgba(k, &t, 16, 16);
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER;
    const VkDescriptorSetLayout set_layout = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &set_layout, 16);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(kit_tri_vert), KIT_CODE(check_frag));
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const struct kit_image img = kit_image_2d(k, VK_FORMAT_R8G8B8A8_UNORM, 16, 16);
    const VkDescriptorSet set = kit_set(k, set_layout);
    kit_write_image(k, set, 0, 0, type, img.view, kit_sampler(k, VK_FILTER_NEAREST, VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE));
    const float color[4] = {0.5f, 0.5f, 0.5f, 1};
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, layout, 0, 1, &set, 0, NULL);
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, 16, color);
    vkCmdDraw(cmd, 3, 1, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
}

static const struct kit_case cases[] = {
    {"clean", case_mode_0},
    {"buffers", case_mode_1},
    {"undefined", case_mode_2},
    {"nan", case_mode_3},
    {"race", case_mode_4},
    {"images", case_mode_5},
    {"draw", case_draw},
};
KIT_MAIN(cases)
