/* VK_EXT_image_sliced_view_of_3d: storage views of some slices of a level. SPEC: VkImageViewSlicedCreateInfoEXT. */
#include "kit.h"

#include "slices_comp.h"

#define COLOR VK_IMAGE_ASPECT_COLOR_BIT

/* The level with 4x4x6 texels: through the view come the texels of its slices and no others. */
static void
check(struct kit *k, VkImageCreateFlags flags, uint32_t offset, uint32_t count)
{
    const uint32_t n = count == VK_REMAINING_3D_SLICES_EXT ? 6 - offset : count;
    const struct kit_image img = kit_image(k, (VkImageCreateInfo){.flags = flags, .imageType = VK_IMAGE_TYPE_3D, .format = VK_FORMAT_R32_UINT,
                                                                  .extent = {8, 8, 12}, .mipLevels = 2,
                                                                  .usage = VK_IMAGE_USAGE_STORAGE_BIT | VK_IMAGE_USAGE_SAMPLED_BIT |
                                                                           VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT});
    uint32_t start[96], want[96], sum = 0;
    for (uint32_t i = 0; i < 96; i++) {
        start[i] = want[i] = i * i;
    }
    for (uint32_t i = 0; i < n * 16; i++) {
        sum += start[offset * 16 + i];
        want[offset * 16 + i] = 1000 + i;
    }
    kit_upload(k, &img, COLOR, 1, 0, start);
    const VkImageViewSlicedCreateInfoEXT part = {.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_SLICED_CREATE_INFO_EXT, .sliceOffset = offset, .sliceCount = count};
    const VkImageViewCreateInfo vi = {.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO, .pNext = &part, .image = img.image,
                                      .viewType = VK_IMAGE_VIEW_TYPE_3D, .format = VK_FORMAT_R32_UINT, .subresourceRange = {COLOR, 1, 1, 0, 1}};
    VkImageView view;
    MUST(vkCreateImageView(k->device, &vi, NULL, &view));
    KIT_OWN(k, VK_OBJECT_TYPE_IMAGE_VIEW, view);
    const struct kit_buffer out = kit_buffer(k, 32, NULL);
    const VkDescriptorType types[3] = {VK_DESCRIPTOR_TYPE_STORAGE_IMAGE, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER};
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 3, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkDescriptorSet set = kit_set(k, sl);
    kit_write_image(k, set, 0, 0, types[0], view, VK_NULL_HANDLE);
    kit_write_image(k, set, 2, 0, types[2], view, kit_sampler(k, VK_FILTER_NEAREST, VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE));
    kit_write_buffer(k, set, 1, 0, types[1], out.buffer, 0, VK_WHOLE_SIZE);
    const VkPipeline p = kit_compute(k, layout, KIT_CODE(slices_comp), NULL);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, p);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    vkCmdDispatch(cmd, 1, 1, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    const uint32_t *got = out.data;
    CHECK(k, got[0] == 4 && got[1] == 4 && got[2] == n && got[3] == 6, "slices %u, %u: %ux%ux%u of %u", offset, count, got[0], got[1],
          got[2], got[3]);
    CHECK(k, got[4] == sum, "slices %u, %u: sum %u, not %u", offset, count, got[4], sum);
    kit_same(k, "level", kit_read(k, &img, COLOR, 1, 0), want, 96, 4, 4);
}

static void
case_slices(struct kit *k)
{
    const VkPhysicalDeviceImageSlicedViewOf3DFeaturesEXT *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_SLICED_VIEW_OF_3D_FEATURES_EXT);
    SKIP_UNLESS(k, f->imageSlicedViewOf3D && !kit_under_validation(k), "no sliced views, or a layer that may drop their struct");
    check(k, 0, 0, 6);
    check(k, 0, 0, 2);
    check(k, 0, 3, 1);
    check(k, 0, 2, VK_REMAINING_3D_SLICES_EXT);
    check(k, VK_IMAGE_CREATE_2D_ARRAY_COMPATIBLE_BIT, 1, 4);
}

static const struct kit_case cases[] = {{"slices", case_slices}};
KIT_MAIN(cases)
