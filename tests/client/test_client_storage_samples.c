/* Storage images with several samples. SPEC: features-shaderStorageImageMultisample. */
#include "kit.h"

#include "storage_samples_comp.h"

#define COLOR VK_IMAGE_ASPECT_COLOR_BIT
enum { W = 21, H = 13, LAYERS = 3 };

static void
check(struct kit *k, VkSampleCountFlagBits samples)
{
    const struct kit_image img = kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_2D, .format = VK_FORMAT_R32_UINT, .extent = {W, H, 1},
                                                                  .arrayLayers = LAYERS, .samples = samples,
                                                                  .usage = VK_IMAGE_USAGE_STORAGE_BIT | VK_IMAGE_USAGE_SAMPLED_BIT});
    const VkDescriptorType types[3] = {VK_DESCRIPTOR_TYPE_STORAGE_IMAGE, VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 3, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 12);
    const VkDescriptorSet set = kit_set(k, sl);
    const uint32_t per_texel = (uint32_t)samples + 2;
    const struct kit_buffer out = kit_buffer(k, (VkDeviceSize)W * H * LAYERS * per_texel * 4, NULL);
    kit_write_image(k, set, 0, 0, types[0], img.view, VK_NULL_HANDLE);
    kit_write_image(k, set, 1, 0, types[1], img.view, kit_sampler(k, VK_FILTER_NEAREST, VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE));
    kit_write_buffer(k, set, 2, 0, types[2], out.buffer, 0, VK_WHOLE_SIZE);
    const VkPipeline p = kit_compute(k, layout, KIT_CODE(storage_samples_comp), NULL);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, p);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    for (uint32_t pass = 0; pass < 3; pass++) {
        const uint32_t push[3] = {pass, W, H};
        vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(push), push);
        vkCmdDispatch(cmd, (W + 7) / 8, (H + 7) / 8, LAYERS);
        kit_barrier(cmd);
    }
    kit_submit(k, cmd);
    const uint32_t *got = out.data;
    for (uint32_t i = 0; i < W * H * LAYERS * per_texel; i++) {
        const uint32_t s = i % per_texel, x = i / per_texel % W, y = i / per_texel / W % H, z = i / per_texel / W / H;
        const uint32_t want = s < (uint32_t)samples ? z * 1000000 + y * 10000 + x * 10 + s + 5 : 0;
        REQUIRE(k, got[i] == want, "%u samples: %u, %u, layer %u, sample %u is %u, not %u", samples, x, y, z, s, got[i], want);
    }
}

static void
case_samples(struct kit *k)
{
    SKIP_UNLESS(k, k->features.shaderStorageImageMultisample, "no storage images with samples");
    const VkSampleCountFlags counts = k->properties.limits.storageImageSampleCounts;
    CHECK(k, counts & VK_SAMPLE_COUNT_1_BIT && counts != VK_SAMPLE_COUNT_1_BIT, "counts 0x%x", counts);
    for (uint32_t samples = 2; samples <= 16; samples *= 2) {
        if (counts & samples) {
            check(k, (VkSampleCountFlagBits)samples);
        }
    }
}

static const struct kit_case cases[] = {{"samples", case_samples}};
KIT_MAIN(cases)
