/* One draw and one dispatch with shaders that know their lines: the fragment shader by OpLine, the compute shader by NonSemantic.Shader.DebugInfo. */
#include "kit.h"

#include "kit_tri_vert.h"
#include "lines_comp.h"
#include "lines_frag.h"

static void
case_draw(struct kit *k)
{
    struct kit_target t;
    struct kit_graphics g;
    kit_target_rgba(k, &t, 16, 16);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, 16);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(kit_tri_vert), KIT_CODE(lines_frag));
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const float color[4] = {0.5f, 0.5f, 0.5f, 1};
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, 16, color);
    vkCmdDraw(cmd, 3, 1, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    const uint8_t *got = kit_read(k, &t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    CHECK(k, got[12 * 4] > 0 && got[12 * 4 + 3] == 255, "pixel: %u %u", got[12 * 4], got[12 * 4 + 3]);
}

static void
case_dispatch(struct kit *k)
{
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout set_layout = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &set_layout, 0);
    const VkPipeline pipe = kit_compute(k, layout, KIT_CODE(lines_comp), NULL);
    uint32_t in[64];
    for (uint32_t i = 0; i < 64; i++) {
        in[i] = i;
    }
    const struct kit_buffer buf = kit_buffer(k, sizeof(in), in);
    const VkDescriptorSet set = kit_set(k, set_layout);
    kit_write_buffer(k, set, 0, 0, type, buf.buffer, 0, VK_WHOLE_SIZE);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    vkCmdDispatch(cmd, 1, 1, 1);
    kit_submit(k, cmd);
    uint32_t want[64];
    for (uint32_t i = 0; i < 64; i++) {
        uint32_t other = 63 - i;
        for (uint32_t n = 0; n < other % 7; n++) {
            other = other * 3 + n;
        }
        want[i] = other;
    }
    kit_same(k, "data", buf.data, want, 64, 4, 0);
}

/* For a comparison: the code of both as the cache has it. */
static void
case_cache(struct kit *k)
{
    const char *path = getenv("DEBUG_LINES_OUT");
    SKIP_UNLESS(k, path, "DEBUG_LINES_OUT names no file");
    case_draw(k);
    case_dispatch(k);
    size_t size_B = 0;
    MUST(vkGetPipelineCacheData(k->device, k->cache, &size_B, NULL));
    void *data = kit_alloc(k, size_B);
    MUST(vkGetPipelineCacheData(k->device, k->cache, &size_B, data));
    FILE *f = fopen(path, "wb");
    REQUIRE(k, f, "%s", path);
    CHECK(k, fwrite(data, 1, size_B, f) == size_B && fclose(f) == 0, "%s", path);
}

static const struct kit_case cases[] = {
    {"draw", case_draw},
    {"dispatch", case_dispatch},
    {"cache", case_cache},
};
KIT_MAIN(cases)
