/* Commands that name memory by its address, copies whose parameters stand in memory, addresses and parameters that make no sense.
 * SPEC: VK_KHR_device_address_commands, VK_KHR_copy_memory_indirect. */
#include "kit.h"

#include "addr_vert.h"
#include "kit_color_frag.h"
#include "kit_double_comp.h"

#define USAGE (KIT_BUFFER_ANY | VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT)
#define W 16u
#define NOWHERE UINT64_C(0x1000) /* the first pages of a process are never mapped */

static bool
offered(struct kit *k)
{
    const VkPhysicalDeviceDeviceAddressCommandsFeaturesKHR *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DEVICE_ADDRESS_COMMANDS_FEATURES_KHR);
    return f->deviceAddressCommands;
}
#define SKIP_UNLESS_OFFERED(k) SKIP_UNLESS(k, offered(k), "no VK_KHR_device_address_commands")

static VkDeviceAddressRangeKHR
range(struct kit *k, const struct kit_buffer *b, VkDeviceSize offset, VkDeviceSize size)
{
    return (VkDeviceAddressRangeKHR){kit_address(k, b->buffer) + offset, size};
}

static VkStridedDeviceAddressRangeKHR
strided(struct kit *k, const struct kit_buffer *b, VkDeviceSize offset, VkDeviceSize size, VkDeviceSize stride)
{
    return (VkStridedDeviceAddressRangeKHR){kit_address(k, b->buffer) + offset, size, stride};
}

/* ---- draws ---- */

enum kind { DIRECT, INDIRECT, COUNT, INDEXED, INDEXED_INDIRECT, INDEXED_COUNT, SKIPPED, NOT_SKIPPED, KINDS };

static void
case_draws(struct kit *k)
{
    SKIP_UNLESS_OFFERED(k);
    static const float corners[2 + 8] = {9, 9, -1, -1, 1, -1, 1, 1, -1, 1}; /* the first is never used */
    static const uint16_t indices[7] = {77, 0, 1, 2, 2, 3, 0};
    const uint32_t args[2][10] = {{3, 1, 1, 0, 3, 1, 2, 0, 0, 0}, {3, 1, 0, 0, 0, 3, 1, 3, 0, 0}};
    const uint32_t words[4] = {2, 0, 1, 0};
    const struct kit_buffer vertices = kit_buffer_for(k, USAGE, sizeof(corners), corners), index = kit_buffer_for(k, USAGE, sizeof(indices), indices),
                            indirect = kit_buffer_for(k, USAGE, sizeof(args), args);
    const struct kit_buffer counts = kit_buffer_for(k, USAGE | (kit_has(k, "VK_EXT_conditional_rendering") ? VK_BUFFER_USAGE_CONDITIONAL_RENDERING_BIT_EXT : 0),
                                                    sizeof(words), words);
    struct kit_target t;
    struct kit_graphics g;
    const VkFormat format = VK_FORMAT_R8G8B8A8_UNORM;
    kit_target_init(k, &t, W, W, 1, 1, &format, VK_FORMAT_UNDEFINED);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, 16);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(addr_vert), KIT_CODE(kit_color_frag));
    kit_graphics_vertices(&g, VK_FORMAT_R32G32_SFLOAT, 4);
    kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_VERTEX_INPUT_BINDING_STRIDE);
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const float white[4] = {1, 1, 1, 1};
    for (enum kind kind = DIRECT; kind < KINDS; kind++) {
        if (kind >= SKIPPED && !k->vk.CmdBeginConditionalRendering2EXT) {
            continue;
        }
        const VkConditionalRenderingBeginInfo2EXT condition = {.sType = VK_STRUCTURE_TYPE_CONDITIONAL_RENDERING_BEGIN_INFO_2_EXT,
                                                               .addressRange = range(k, &counts, kind == SKIPPED ? 4 : 8, 4)};
        const VkBindVertexBuffer3InfoKHR vb = {.sType = VK_STRUCTURE_TYPE_BIND_VERTEX_BUFFER_3_INFO_KHR, .setStride = VK_TRUE,
                                               .addressRange = strided(k, &vertices, 8, sizeof(corners) - 8, 8)};
        const VkBindIndexBuffer3InfoKHR ib = {.sType = VK_STRUCTURE_TYPE_BIND_INDEX_BUFFER_3_INFO_KHR, .addressRange = range(k, &index, 2, sizeof(indices) - 2),
                                              .indexType = VK_INDEX_TYPE_UINT16};
        const VkDrawIndirect2InfoKHR draw = {.sType = VK_STRUCTURE_TYPE_DRAW_INDIRECT_2_INFO_KHR, .addressRange = strided(k, &indirect, 0, 32, 16), .drawCount = 2},
                                     draw_indexed = {.sType = VK_STRUCTURE_TYPE_DRAW_INDIRECT_2_INFO_KHR, .addressRange = strided(k, &indirect, 40, 40, 20),
                                                     .drawCount = 2};
        const VkDrawIndirectCount2InfoKHR many = {.sType = VK_STRUCTURE_TYPE_DRAW_INDIRECT_COUNT_2_INFO_KHR, .addressRange = draw.addressRange,
                                                  .countAddressRange = range(k, &counts, 0, 4), .maxDrawCount = 2},
                                          many_indexed = {.sType = VK_STRUCTURE_TYPE_DRAW_INDIRECT_COUNT_2_INFO_KHR, .addressRange = draw_indexed.addressRange,
                                                          .countAddressRange = range(k, &counts, 0, 4), .maxDrawCount = 2};
        const VkCommandBuffer cmd = kit_begin(k);
        kit_target_begin(cmd, &t);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
        vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, 16, white);
        k->vk.CmdBindVertexBuffers3KHR(cmd, 0, 1, &vb);
        k->vk.CmdBindIndexBuffer3KHR(cmd, &ib);
        switch (kind) {
        case DIRECT: /* the lower left half is missing: vertices 0 1 2 */
            vkCmdDraw(cmd, 3, 1, 0, 0);
            break;
        case INDIRECT: k->vk.CmdDrawIndirect2KHR(cmd, &draw); break;
        case COUNT: k->vk.CmdDrawIndirectCount2KHR(cmd, &many); break;
        case INDEXED: vkCmdDrawIndexed(cmd, 6, 1, 0, 0, 0); break;
        case INDEXED_INDIRECT: k->vk.CmdDrawIndexedIndirect2KHR(cmd, &draw_indexed); break;
        case INDEXED_COUNT: k->vk.CmdDrawIndexedIndirectCount2KHR(cmd, &many_indexed); break;
        default:
            k->vk.CmdBeginConditionalRendering2EXT(cmd, &condition);
            vkCmdDrawIndexed(cmd, 6, 1, 0, 0, 0);
            k->vk.CmdEndConditionalRenderingEXT(cmd);
            break;
        }
        vkCmdEndRenderPass(cmd);
        kit_barrier(cmd);
        kit_submit(k, cmd);
        const uint8_t *got = kit_read(k, &t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
        uint32_t n = 0;
        for (uint32_t i = 0; i < W * W; i++) {
            n += got[i * 4] == 255;
        }
        /* Vertices alone make one half and a little more, indices both. */
        CHECK(k, kind == SKIPPED ? n == 0 : kind >= INDEXED ? n == W * W : n >= W * (W - 1) / 2 && n < W * W, "way %d: %u pixels", (int)kind, n);
    }
}

/* ---- dispatches, copies ---- */

static void
case_compute(struct kit *k)
{
    SKIP_UNLESS_OFFERED(k);
    uint32_t numbers[128];
    for (uint32_t i = 0; i < 128; i++) {
        numbers[i] = i;
    }
    const uint32_t groups[5] = {9, 9, 2, 1, 1};
    const struct kit_buffer data = kit_buffer_for(k, USAGE, sizeof(numbers), numbers), args = kit_buffer_for(k, USAGE, sizeof(groups), groups),
                            mark = kit_buffer_for(k, USAGE, 16, NULL);
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkDescriptorSet set = kit_set(k, sl);
    kit_write_buffer(k, set, 0, 0, type, data.buffer, 0, VK_WHOLE_SIZE);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, kit_compute(k, layout, KIT_CODE(kit_double_comp), NULL));
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    const VkDispatchIndirect2InfoKHR dispatch = {.sType = VK_STRUCTURE_TYPE_DISPATCH_INDIRECT_2_INFO_KHR, .addressRange = range(k, &args, 8, 12)};
    k->vk.CmdDispatchIndirect2KHR(cmd, &dispatch);
    /* What follows waits by a barrier that names the range. */
    const VkMemoryRangeBarrierKHR barrier = {.sType = VK_STRUCTURE_TYPE_MEMORY_RANGE_BARRIER_KHR, .srcStageMask = VK_PIPELINE_STAGE_2_COMPUTE_SHADER_BIT,
                                             .srcAccessMask = VK_ACCESS_2_SHADER_WRITE_BIT, .dstStageMask = VK_PIPELINE_STAGE_2_ALL_TRANSFER_BIT,
                                             .dstAccessMask = VK_ACCESS_2_TRANSFER_READ_BIT, .addressRange = range(k, &data, 0, sizeof(numbers))};
    const VkMemoryRangeBarriersInfoKHR barriers = {.sType = VK_STRUCTURE_TYPE_MEMORY_RANGE_BARRIERS_INFO_KHR, .memoryRangeBarrierCount = 1,
                                                   .pMemoryRangeBarriers = &barrier};
    const VkDependencyInfo dependency = {.sType = VK_STRUCTURE_TYPE_DEPENDENCY_INFO, .pNext = &barriers};
    k->vk.CmdPipelineBarrier2(cmd, &dependency);
    const struct kit_buffer out = kit_buffer_for(k, USAGE, sizeof(numbers), NULL);
    const VkDeviceMemoryCopyKHR region = {.sType = VK_STRUCTURE_TYPE_DEVICE_MEMORY_COPY_KHR, .srcRange = range(k, &data, 16, 400), .dstRange = range(k, &out, 8, 400)};
    const VkCopyDeviceMemoryInfoKHR copy = {.sType = VK_STRUCTURE_TYPE_COPY_DEVICE_MEMORY_INFO_KHR, .regionCount = 1, .pRegions = &region};
    k->vk.CmdCopyMemoryKHR(cmd, &copy);
    if (k->vk.CmdWriteMarkerToMemoryAMD) {
        const VkMemoryMarkerInfoAMD info = {.sType = VK_STRUCTURE_TYPE_MEMORY_MARKER_INFO_AMD, .stage = VK_PIPELINE_STAGE_2_BOTTOM_OF_PIPE_BIT,
                                            .dstRange = range(k, &mark, 4, 4), .marker = 4711};
        k->vk.CmdWriteMarkerToMemoryAMD(cmd, &info);
    }
    kit_barrier(cmd);
    kit_submit(k, cmd);
    const uint32_t *got = out.data;
    for (uint32_t i = 0; i < 128; i++) {
        const uint32_t want = i >= 2 && i < 102 ? (i + 2) * 2 : 0;
        CHECK(k, got[i] == want, "word %u: %u, not %u", i, got[i], want);
    }
    CHECK(k, !k->vk.CmdWriteMarkerToMemoryAMD || ((uint32_t *)mark.data)[1] == 4711, "mark: %u", ((uint32_t *)mark.data)[1]);
}

static void
case_copies(struct kit *k)
{
    SKIP_UNLESS_OFFERED(k);
    uint32_t texels[W * W];
    kit_noise(texels, sizeof(texels), 5);
    const struct kit_buffer from = kit_buffer_for(k, USAGE, sizeof(texels), texels), to = kit_buffer_for(k, USAGE, sizeof(texels) + 64, NULL);
    const struct kit_image img = kit_image_2d(k, VK_FORMAT_R8G8B8A8_UNORM, W, W);
    const VkQueryPool pool = kit_queries(k, VK_QUERY_TYPE_TIMESTAMP, 2, 0);
    const VkDeviceMemoryImageCopyKHR in = {.sType = VK_STRUCTURE_TYPE_DEVICE_MEMORY_IMAGE_COPY_KHR, .addressRange = range(k, &from, 0, sizeof(texels)),
                                           .imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1}, .imageLayout = VK_IMAGE_LAYOUT_GENERAL,
                                           .imageExtent = {W, W, 1}};
    VkDeviceMemoryImageCopyKHR back = in;
    back.addressRange = range(k, &to, 64, sizeof(texels));
    const VkCopyDeviceMemoryImageInfoKHR up = {.sType = VK_STRUCTURE_TYPE_COPY_DEVICE_MEMORY_IMAGE_INFO_KHR, .image = img.image, .regionCount = 1, .pRegions = &in},
                                         down = {.sType = VK_STRUCTURE_TYPE_COPY_DEVICE_MEMORY_IMAGE_INFO_KHR, .image = img.image, .regionCount = 1,
                                                 .pRegions = &back};
    const uint32_t update[2] = {11, 12};
    const VkDeviceAddressRangeKHR filled = range(k, &to, 0, 16), updated = range(k, &to, 4, 8);
    const VkStridedDeviceAddressRangeKHR stamps = strided(k, &to, 32, 16, 8);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdResetQueryPool(cmd, pool, 0, 2);
    k->vk.CmdCopyMemoryToImageKHR(cmd, &up);
    k->vk.CmdFillMemoryKHR(cmd, &filled, 0, 0xabababab);
    kit_barrier(cmd);
    vkCmdWriteTimestamp(cmd, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, pool, 0);
    vkCmdWriteTimestamp(cmd, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, pool, 1);
    k->vk.CmdCopyImageToMemoryKHR(cmd, &down);
    k->vk.CmdUpdateMemoryKHR(cmd, &updated, 0, 8, update);
    k->vk.CmdCopyQueryPoolResultsToMemoryKHR(cmd, pool, 0, 2, &stamps, 0, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    const uint32_t *got = to.data;
    const uint64_t *time = (const uint64_t *)(got + 8);
    CHECK(k, got[0] == 0xabababab && got[1] == 11 && got[2] == 12 && got[3] == 0xabababab && got[4] == 0, "%x %u %u %x %x", got[0], got[1], got[2], got[3], got[4]);
    CHECK(k, time[0] && time[1] >= time[0], "timestamps");
    kit_same(k, "texels", got + 16, texels, W * W, 4, W);
}

/* ---- copies with parameters in memory ---- */

static void
case_indirect(struct kit *k)
{
    const VkPhysicalDeviceCopyMemoryIndirectFeaturesKHR *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COPY_MEMORY_INDIRECT_FEATURES_KHR);
    SKIP_UNLESS(k, f->indirectMemoryCopy && f->indirectMemoryToImageCopy, "no VK_KHR_copy_memory_indirect");
    uint32_t words[1024];
    kit_noise(words, sizeof(words), 9);
    const struct kit_buffer from = kit_buffer_for(k, USAGE, sizeof(words), words), to = kit_buffer_for(k, USAGE, sizeof(words), NULL);
    const VkDeviceAddress src = kit_address(k, from.buffer), dst = kit_address(k, to.buffer);
    struct {
        VkCopyMemoryIndirectCommandKHR c;
        uint32_t pad[2];
    } moves[3] = {{{src, dst + 2048, 1000}, {0}}, {{src + 400, dst, 4}, {0}}, {{src + 1000, dst + 8, 0}, {0}}};
    const struct kit_buffer args = kit_buffer_for(k, USAGE, sizeof(moves), moves);
    const struct kit_image layers = kit_image(k, (VkImageCreateInfo){.format = VK_FORMAT_R32_UINT, .extent = {8, 8, 1}, .mipLevels = 2, .arrayLayers = 3,
                                                                     .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT |
                                                                              VK_IMAGE_USAGE_SAMPLED_BIT}),
                           volume = kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_3D, .format = VK_FORMAT_R32_UINT, .extent = {4, 4, 4},
                                                                     .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT |
                                                                              VK_IMAGE_USAGE_SAMPLED_BIT});
    const uint32_t zeros[256] = {0};
    for (uint32_t l = 0; l < 3; l++) {
        kit_upload(k, &layers, VK_IMAGE_ASPECT_COLOR_BIT, 0, l, zeros);
        kit_upload(k, &layers, VK_IMAGE_ASPECT_COLOR_BIT, 1, l, zeros);
    }
    kit_upload(k, &volume, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, zeros);
    const VkCopyMemoryToImageIndirectCommandKHR to_layers[2] = {
        {.srcAddress = src, .bufferRowLength = 10, .bufferImageHeight = 5, .imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 2}, .imageOffset = {1, 2, 0},
         .imageExtent = {7, 4, 1}},
        {.srcAddress = src + 64, .imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 1, 0, VK_REMAINING_ARRAY_LAYERS}, .imageExtent = {4, 4, 1}}};
    const VkCopyMemoryToImageIndirectCommandKHR to_volume[2] = {
        {.srcAddress = src, .imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 2}, .imageExtent = {4, 4, 1}},
        /* The memory ends before the slice would. */
        {.srcAddress = src + sizeof(words) - 16, .bufferRowLength = 4, .bufferImageHeight = 40000, .imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 3, 1},
         .imageOffset = {0, 3, 0}, .imageExtent = {4, 1, 1}}};
    const VkImageSubresourceLayers volume_subs[2] = {to_volume[0].imageSubresource, to_volume[1].imageSubresource};
    const struct kit_buffer args2 = kit_buffer_for(k, USAGE, sizeof(to_layers), to_layers), args3 = kit_buffer_for(k, USAGE, sizeof(to_volume), to_volume);
    const VkImageSubresourceLayers subs[2] = {to_layers[0].imageSubresource, to_layers[1].imageSubresource};
    const VkCopyMemoryIndirectInfoKHR copy = {.sType = VK_STRUCTURE_TYPE_COPY_MEMORY_INDIRECT_INFO_KHR, .copyCount = 3,
                                              .copyAddressRange = strided(k, &args, 0, sizeof(moves), sizeof(moves[0]))};
    const VkCopyMemoryToImageIndirectInfoKHR images[2] = {
        {.sType = VK_STRUCTURE_TYPE_COPY_MEMORY_TO_IMAGE_INDIRECT_INFO_KHR, .copyCount = 2,
         .copyAddressRange = strided(k, &args2, 0, sizeof(to_layers), sizeof(to_layers[0])), .dstImage = layers.image, .dstImageLayout = VK_IMAGE_LAYOUT_GENERAL,
         .pImageSubresources = subs},
        {.sType = VK_STRUCTURE_TYPE_COPY_MEMORY_TO_IMAGE_INDIRECT_INFO_KHR, .copyCount = 2,
         .copyAddressRange = strided(k, &args3, 0, sizeof(to_volume), sizeof(to_volume[0])), .dstImage = volume.image,
         .dstImageLayout = VK_IMAGE_LAYOUT_GENERAL, .pImageSubresources = volume_subs}};
    const VkCommandBuffer cmd = kit_begin(k);
    k->vk.CmdCopyMemoryIndirectKHR(cmd, &copy);
    k->vk.CmdCopyMemoryToImageIndirectKHR(cmd, &images[0]);
    k->vk.CmdCopyMemoryToImageIndirectKHR(cmd, &images[1]);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    uint32_t want[1024] = {0};
    memcpy(want + 512, words, 1000);
    want[0] = words[100];
    kit_same(k, "memory", to.data, want, 1024, 4, 32);
    for (uint32_t l = 0; l < 3; l++) {
        memset(want, 0, sizeof(want));
        for (uint32_t y = 0; y < 4 && l > 0; y++) {
            memcpy(&want[(y + 2) * 8 + 1], &words[(l - 1) * 50 + y * 10], 28);
        }
        kit_same(k, "level 0", kit_read(k, &layers, VK_IMAGE_ASPECT_COLOR_BIT, 0, l), want, 64, 4, 8);
        kit_same(k, "level 1", kit_read(k, &layers, VK_IMAGE_ASPECT_COLOR_BIT, 1, l), &words[16 + 16 * l], 16, 4, 4);
    }
    memset(want, 0, sizeof(want));
    memcpy(&want[16], words, 128);
    memcpy(&want[60], &words[1020], 16);
    kit_same(k, "volume", kit_read(k, &volume, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0), want, 64, 4, 4);
}

/* ---- what makes no sense does nothing ---- */

static void
case_nowhere(struct kit *k)
{
    SKIP_UNLESS_OFFERED(k);
    SKIP_UNLESS(k, kit_ours(k) && !kit_under_validation(k), "misuse");
    const struct kit_buffer b = kit_buffer_for(k, USAGE, 4096, NULL);
    const VkDeviceAddress at = kit_address(k, b.buffer);
    memset(b.data, 0x5a, 4096);
    const struct kit_image img = kit_image_2d(k, VK_FORMAT_R8G8B8A8_UNORM, 8, 8);
    const uint32_t grey[64] = {0};
    kit_upload(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, grey);
    const VkDeviceAddress bad[] = {0, 1, NOWHERE, UINT64_MAX, UINT64_MAX - 15, UINT64_C(1) << 63, at + 4096, at - 1};
    const VkCommandBuffer cmd = kit_begin(k);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        const VkDeviceAddressRangeKHR r = {bad[i], 64};
        const VkStridedDeviceAddressRangeKHR s = {bad[i], 64, 4};
        const VkDeviceMemoryCopyKHR regions[2] = {
            {.sType = VK_STRUCTURE_TYPE_DEVICE_MEMORY_COPY_KHR, .srcRange = r, .dstRange = {at, 64}}, {.sType = VK_STRUCTURE_TYPE_DEVICE_MEMORY_COPY_KHR, .srcRange = {at, 64}, .dstRange = r}};
        if (i == 6 || i == 7) { /* perhaps memory of something else of this device */
            continue;
        }
        const VkCopyDeviceMemoryInfoKHR copy = {.sType = VK_STRUCTURE_TYPE_COPY_DEVICE_MEMORY_INFO_KHR, .regionCount = 2, .pRegions = regions};
        const VkDeviceMemoryImageCopyKHR ir = {.sType = VK_STRUCTURE_TYPE_DEVICE_MEMORY_IMAGE_COPY_KHR, .addressRange = r,
                                               .imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1}, .imageExtent = {4, 4, 1}};
        const VkCopyDeviceMemoryImageInfoKHR image = {.sType = VK_STRUCTURE_TYPE_COPY_DEVICE_MEMORY_IMAGE_INFO_KHR, .image = img.image, .regionCount = 1, .pRegions = &ir};
        const VkCopyMemoryIndirectInfoKHR indirect = {.sType = VK_STRUCTURE_TYPE_COPY_MEMORY_INDIRECT_INFO_KHR, .copyCount = 3, .copyAddressRange = s};
        const VkDispatchIndirect2InfoKHR dispatch = {.sType = VK_STRUCTURE_TYPE_DISPATCH_INDIRECT_2_INFO_KHR, .addressRange = r};
        k->vk.CmdCopyMemoryKHR(cmd, &copy);
        k->vk.CmdCopyMemoryToImageKHR(cmd, &image);
        k->vk.CmdCopyImageToMemoryKHR(cmd, &image);
        k->vk.CmdFillMemoryKHR(cmd, &r, 0, 1);
        k->vk.CmdUpdateMemoryKHR(cmd, &r, 0, 64, grey);
        k->vk.CmdCopyMemoryIndirectKHR(cmd, &indirect);
        k->vk.CmdDispatchIndirect2KHR(cmd, &dispatch);
    }
    /* Parameters: addresses, sizes, levels, layers, offsets, extents, row lengths, aspects. */
    struct {
        VkCopyMemoryIndirectCommandKHR move[6];
        VkCopyMemoryToImageIndirectCommandKHR image[14];
    } a = {.move = {{NOWHERE, at, 64}, {at, NOWHERE, 64}, {0, at, UINT64_MAX}, {UINT64_MAX, UINT64_MAX, UINT64_MAX}, {at, at + 64, 0}, {UINT64_MAX - 8, at, 64}}};
    const VkCopyMemoryToImageIndirectCommandKHR good = {.srcAddress = at, .imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1}, .imageExtent = {4, 4, 1}};
    for (size_t i = 0; i < ARRAY_LEN(a.image); i++) {
        a.image[i] = good;
    }
    a.image[0].srcAddress = NOWHERE;
    a.image[1].imageSubresource.mipLevel = 9;
    a.image[2].imageSubresource.mipLevel = UINT32_MAX;
    a.image[3].imageSubresource.baseArrayLayer = 1;
    a.image[4].imageSubresource.layerCount = 0x80000000u;
    a.image[5].imageSubresource.aspectMask = VK_IMAGE_ASPECT_DEPTH_BIT;
    a.image[6].imageSubresource.aspectMask = UINT32_MAX;
    a.image[7].imageOffset.x = -4;
    a.image[8].imageOffset.y = INT32_MIN;
    a.image[9].imageExtent.width = UINT32_MAX;
    a.image[10].imageExtent.height = 9;
    a.image[11].bufferRowLength = UINT32_MAX;
    a.image[12].bufferRowLength = 3;
    a.image[13].imageSubresource.aspectMask = 0;
    const struct kit_buffer args = kit_buffer_for(k, USAGE, sizeof(a), &a);
    const VkCopyMemoryIndirectInfoKHR moves = {.sType = VK_STRUCTURE_TYPE_COPY_MEMORY_INDIRECT_INFO_KHR, .copyCount = 6,
                                               .copyAddressRange = strided(k, &args, 0, sizeof(a.move), sizeof(a.move[0]))},
                                      strides = {.sType = VK_STRUCTURE_TYPE_COPY_MEMORY_INDIRECT_INFO_KHR, .copyCount = UINT32_MAX,
                                                 .copyAddressRange = strided(k, &args, sizeof(a.move) - 48, 48, UINT64_MAX / 2)};
    VkImageSubresourceLayers subs[14];
    for (size_t i = 0; i < 14; i++) {
        subs[i] = a.image[i].imageSubresource;
    }
    const VkCopyMemoryToImageIndirectInfoKHR images = {.sType = VK_STRUCTURE_TYPE_COPY_MEMORY_TO_IMAGE_INDIRECT_INFO_KHR, .copyCount = 14,
                                                       .copyAddressRange = strided(k, &args, sizeof(a.move), sizeof(a.image), sizeof(a.image[0])),
                                                       .dstImage = img.image, .pImageSubresources = subs};
    k->vk.CmdCopyMemoryIndirectKHR(cmd, &moves);
    k->vk.CmdCopyMemoryIndirectKHR(cmd, &strides);
    k->vk.CmdCopyMemoryToImageIndirectKHR(cmd, &images);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    const uint8_t *got = b.data;
    for (uint32_t i = 0; i < 4096; i++) {
        REQUIRE(k, got[i] == 0x5a, "byte %u: %x", i, got[i]);
    }
    kit_same(k, "image", kit_read(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0), grey, 64, 4, 8);
}

static const struct kit_case cases[] = {
    {"draws", case_draws}, {"compute", case_compute}, {"copies", case_copies}, {"indirect", case_indirect}, {"nowhere", case_nowhere},
};
KIT_MAIN(cases)
