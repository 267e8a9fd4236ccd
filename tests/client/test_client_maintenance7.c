/* What the maintenance extensions from the seventh on add: devices without queues, copies between depth and colour, pools whose queries are reset, waits for events that were set without dependencies, layered implementations.
 * SPEC: VK_KHR_maintenance7, 8, 9. */
#include "kit.h"

static void
case_no_queues(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_KHR_maintenance9"), "no VK_KHR_maintenance9");
    const char *name = "VK_KHR_maintenance9";
    VkPhysicalDeviceMaintenance9FeaturesKHR f = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_9_FEATURES_KHR, .maintenance9 = VK_TRUE};
    const VkDeviceCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .pNext = &f, .enabledExtensionCount = 1, .ppEnabledExtensionNames = &name};
    VkDevice device;
    CHECK_VK(k, vkCreateDevice(k->physical, &info, NULL, &device));
    CHECK_VK(k, vkDeviceWaitIdle(device));
    const VkPipelineCacheCreateInfo cache_info = {.sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO};
    VkPipelineCache cache;
    CHECK_VK(k, vkCreatePipelineCache(device, &cache_info, NULL, &cache));
    vkDestroyPipelineCache(device, cache, NULL);
    vkDestroyDevice(device, NULL);
}

static void
copy(struct kit *k, const struct kit_image *from, const struct kit_image *to, int32_t x)
{
    const VkImageCopy r = {.srcSubresource = {from->aspects, 0, 0, 1}, .srcOffset = {x, 1, 0}, .dstSubresource = {to->aspects, 0, 0, 1},
                           .dstOffset = {1, x, 0}, .extent = {4, 5, 1}};
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdCopyImage(cmd, from->image, VK_IMAGE_LAYOUT_GENERAL, to->image, VK_IMAGE_LAYOUT_GENERAL, 1, &r);
    kit_barrier(cmd);
    kit_submit(k, cmd);
}

/* Bits are copied, both ways. */
static void
case_depth_and_color(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_KHR_maintenance8"), "no VK_KHR_maintenance8");
    static const struct {
        VkFormat depth, color;
        uint32_t texel_B;
    } pairs[] = {{VK_FORMAT_D16_UNORM, VK_FORMAT_R16_UNORM, 2}, {VK_FORMAT_D16_UNORM, VK_FORMAT_R16_UINT, 2}, {VK_FORMAT_D32_SFLOAT, VK_FORMAT_R32_SFLOAT, 4}};
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        const uint32_t B = pairs[i].texel_B;
        const struct kit_image depth = kit_image_2d(k, pairs[i].depth, 9, 9), color = kit_image_2d(k, pairs[i].color, 9, 9);
        uint8_t texels[2][81 * 4], want[81 * 4];
        for (uint32_t t = 0; t < 81; t++) {
            const float z[2] = {(float)t / 81.0f, 1.0f - (float)t / 200.0f};
            for (uint32_t s = 0; s < 2; s++) {
                const uint16_t n = (uint16_t)(z[s] * 65535.0f);
                memcpy(&texels[s][t * B], B == 4 ? (const void *)&z[s] : (const void *)&n, B);
            }
        }
        for (uint32_t way = 0; way < 2; way++) {
            const struct kit_image *from = way ? &color : &depth, *to = way ? &depth : &color;
            kit_upload(k, from, (VkImageAspectFlagBits)from->aspects, 0, 0, texels[0]);
            kit_upload(k, to, (VkImageAspectFlagBits)to->aspects, 0, 0, texels[1]);
            copy(k, from, to, 3);
            memcpy(want, texels[1], sizeof(want));
            for (uint32_t y = 0; y < 5; y++) {
                memcpy(&want[((y + 3) * 9 + 1) * B], &texels[0][((y + 1) * 9 + 3) * B], (size_t)4 * B);
            }
            kit_same(k, way ? "depth" : "colour", kit_read(k, to, (VkImageAspectFlagBits)to->aspects, 0, 0), want, 81, B, 9);
        }
    }
}

static void
case_query_reset(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_KHR_maintenance9"), "no VK_KHR_maintenance9");
    const VkQueryPoolCreateInfo info = {.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO, .flags = VK_QUERY_POOL_CREATE_RESET_BIT_KHR,
                                        .queryType = VK_QUERY_TYPE_OCCLUSION, .queryCount = 3};
    VkQueryPool pool;
    CHECK_VK(k, vkCreateQueryPool(k->device, &info, NULL, &pool));
    KIT_OWN(k, VK_OBJECT_TYPE_QUERY_POOL, pool);
    uint64_t got[6] = {7, 7, 7, 7, 7, 7};
    CHECK_RESULT(k, vkGetQueryPoolResults(k->device, pool, 0, 3, sizeof(got), got, 16, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WITH_AVAILABILITY_BIT), VK_NOT_READY);
    CHECK(k, got[1] == 0 && got[3] == 0 && got[5] == 0, "available: %llu %llu %llu", (unsigned long long)got[1], (unsigned long long)got[3],
          (unsigned long long)got[5]);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBeginQuery(cmd, pool, 1, 0); /* without a reset */
    vkCmdEndQuery(cmd, pool, 1);
    kit_submit(k, cmd);
    CHECK_VK(k, vkGetQueryPoolResults(k->device, pool, 1, 1, 8, got, 8, VK_QUERY_RESULT_64_BIT));
    CHECK(k, got[0] == 0, "counted %llu", (unsigned long long)got[0]);
}

/* An event that is set without a dependency; the wait brings it. */
static void
case_event(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_KHR_maintenance9") && k->vk.CmdSetEvent2 && k->vk.CmdWaitEvents2, "no VK_KHR_maintenance9");
    const VkEventCreateInfo info = {.sType = VK_STRUCTURE_TYPE_EVENT_CREATE_INFO};
    VkEvent event;
    MUST(vkCreateEvent(k->device, &info, NULL, &event));
    KIT_OWN(k, VK_OBJECT_TYPE_EVENT, event);
    const struct kit_buffer a = kit_buffer(k, 1u << 20, NULL), b = kit_buffer(k, 1u << 20, NULL);
    const VkMemoryBarrier2 stage = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER_2, .srcStageMask = VK_PIPELINE_STAGE_2_ALL_TRANSFER_BIT};
    const VkMemoryBarrier2 order = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER_2, .srcStageMask = VK_PIPELINE_STAGE_2_ALL_TRANSFER_BIT,
                                    .srcAccessMask = VK_ACCESS_2_TRANSFER_WRITE_BIT, .dstStageMask = VK_PIPELINE_STAGE_2_ALL_TRANSFER_BIT,
                                    .dstAccessMask = VK_ACCESS_2_TRANSFER_READ_BIT};
    VkDependencyInfo set = {.sType = VK_STRUCTURE_TYPE_DEPENDENCY_INFO, .dependencyFlags = VK_DEPENDENCY_ASYMMETRIC_EVENT_BIT_KHR,
                            .memoryBarrierCount = 1, .pMemoryBarriers = &stage};
    VkDependencyInfo wait = set;
    wait.pMemoryBarriers = &order;
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdFillBuffer(cmd, a.buffer, 0, VK_WHOLE_SIZE, 0x11223344);
    k->vk.CmdSetEvent2(cmd, event, &set);
    k->vk.CmdWaitEvents2(cmd, 1, &event, &wait);
    const VkBufferCopy r = {0, 0, 1u << 20};
    vkCmdCopyBuffer(cmd, a.buffer, b.buffer, 1, &r);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    CHECK_VK(k, vkGetEventStatus(k->device, event) == VK_EVENT_SET ? VK_SUCCESS : VK_NOT_READY);
    const uint32_t *got = b.data;
    CHECK(k, got[0] == 0x11223344 && got[(1u << 18) - 1] == 0x11223344, "copied %#x .. %#x", got[0], got[(1u << 18) - 1]);
}

static void
case_layered(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_KHR_maintenance7"), "no VK_KHR_maintenance7");
    VkPhysicalDeviceLayeredApiPropertiesKHR one = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_LAYERED_API_PROPERTIES_KHR};
    VkPhysicalDeviceLayeredApiPropertiesListKHR list = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_LAYERED_API_PROPERTIES_LIST_KHR, .layeredApiCount = 1, .pLayeredApis = &one};
    VkPhysicalDeviceMaintenance7PropertiesKHR m = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_7_PROPERTIES_KHR, .pNext = &list};
    VkPhysicalDeviceProperties2 p = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &m};
    k->vk.GetPhysicalDeviceProperties2(k->physical, &p);
    CHECK(k, list.layeredApiCount <= 1, "%u layered implementations", list.layeredApiCount);
    const VkPhysicalDeviceLimits *l = &k->properties.limits;
    CHECK(k, m.maxDescriptorSetTotalUniformBuffersDynamic >= l->maxDescriptorSetUniformBuffersDynamic, "%u dynamic uniform buffers",
          m.maxDescriptorSetTotalUniformBuffersDynamic);
    CHECK(k, m.maxDescriptorSetTotalStorageBuffersDynamic >= l->maxDescriptorSetStorageBuffersDynamic, "%u dynamic storage buffers",
          m.maxDescriptorSetTotalStorageBuffersDynamic);
    CHECK(k, m.maxDescriptorSetTotalBuffersDynamic >= m.maxDescriptorSetTotalUniformBuffersDynamic, "%u dynamic buffers",
          m.maxDescriptorSetTotalBuffersDynamic);
}

static const struct kit_case cases[] = {
    {"no_queues", case_no_queues},     {"depth_and_color", case_depth_and_color}, {"query_reset", case_query_reset},
    {"event", case_event},             {"layered", case_layered},
};
KIT_MAIN(cases)
