/* Small extensions: memory that begins as zeros, queues that need no lock, limits of frames, priorities, older names and labels, views of one
 * layer that are arrays and are not. SPEC: VK_EXT_zero_initialize_device_memory, VK_KHR_internally_synchronized_queues, VK_AMD_anti_lag,
 * VK_EXT_pageable_device_local_memory, VK_EXT_debug_marker, VK_KHR_maintenance11. */
#include <pthread.h>
#include <time.h>

#include "kit.h"

#include "maint_alias_comp.h"

static void
case_zero_memory(struct kit *k)
{
    const VkPhysicalDeviceZeroInitializeDeviceMemoryFeaturesEXT *f =
        kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ZERO_INITIALIZE_DEVICE_MEMORY_FEATURES_EXT);
    SKIP_UNLESS(k, f->zeroInitializeDeviceMemory, "no zeroInitializeDeviceMemory");
    const VkMemoryAllocateFlagsInfo flags = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_FLAGS_INFO, .flags = VK_MEMORY_ALLOCATE_ZERO_INITIALIZE_BIT_EXT};
    for (uint32_t round = 0; round < 4; round++) {
        const VkDeviceSize size = UINT64_C(1000) << round * 4;
        const VkDeviceMemory m = kit_memory(k, size, ~0u, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT, &flags);
        uint8_t *data;
        MUST(vkMapMemory(k->device, m, 0, VK_WHOLE_SIZE, 0, (void **)&data));
        size_t sum = 0;
        for (VkDeviceSize i = 0; i < size; i++) {
            sum += data[i];
        }
        CHECK(k, sum == 0, "%llu B are not zero", (unsigned long long)size);
        memset(data, 0xff, size);
    }
    /* Images whose first layout says so keep the zeros. */
    static const VkFormat formats[] = {VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_R32_UINT, VK_FORMAT_D32_SFLOAT};
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        const VkImageCreateInfo info = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO, .imageType = VK_IMAGE_TYPE_2D, .format = formats[i], .extent = {13, 9, 1},
                                        .mipLevels = 1, .arrayLayers = 1, .samples = VK_SAMPLE_COUNT_1_BIT,
                                        .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_SAMPLED_BIT,
                                        .initialLayout = VK_IMAGE_LAYOUT_ZERO_INITIALIZED_EXT};
        struct kit_image img = {.info = info, .aspects = kit_aspects(formats[i])};
        MUST(vkCreateImage(k->device, &info, NULL, &img.image));
        KIT_OWN(k, VK_OBJECT_TYPE_IMAGE, img.image);
        VkMemoryRequirements need;
        vkGetImageMemoryRequirements(k->device, img.image, &need);
        img.memory = kit_memory(k, need.size, need.memoryTypeBits, 0, &flags);
        MUST(vkBindImageMemory(k->device, img.image, img.memory, 0));
        const VkCommandBuffer cmd = kit_begin(k);
        kit_image_barrier(cmd, &img, VK_IMAGE_LAYOUT_ZERO_INITIALIZED_EXT, VK_IMAGE_LAYOUT_GENERAL);
        kit_submit(k, cmd);
        const uint32_t zeros[13 * 9] = {0};
        kit_same(k, "image", kit_read(k, &img, (VkImageAspectFlagBits)img.aspects, 0, 0), zeros, 13 * 9, 4, 13);
    }
}

/* ---- queues ---- */

struct thread {
    struct kit *k;
    VkDevice device;
    VkQueue queue;
    VkResult result;
};

static void *
submit_many(void *arg)
{
    struct thread *t = arg;
    const VkSubmitInfo submit = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO};
    const VkFenceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
    VkFence fence;
    t->result = vkCreateFence(t->device, &info, NULL, &fence);
    for (int i = 0; i < 200 && t->result == VK_SUCCESS; i++) {
        t->result = vkQueueSubmit(t->queue, 1, &submit, fence);
        if (t->result == VK_SUCCESS) {
            t->result = vkWaitForFences(t->device, 1, &fence, VK_TRUE, KIT_TIMEOUT_NS);
        }
        if (i % 16 == 0 && t->result == VK_SUCCESS) {
            t->result = vkQueueWaitIdle(t->queue);
        }
        vkResetFences(t->device, 1, &fence);
    }
    vkDestroyFence(t->device, fence, NULL);
    return NULL;
}

static void
case_shared_queues(struct kit *k)
{
    const VkPhysicalDeviceInternallySynchronizedQueuesFeaturesKHR *f =
        kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_INTERNALLY_SYNCHRONIZED_QUEUES_FEATURES_KHR);
    SKIP_UNLESS(k, f->internallySynchronizedQueues && k->family_properties.queueCount >= 3, "no internallySynchronizedQueues");
    const char *name = "VK_KHR_internally_synchronized_queues";
    const float priorities[2] = {0, 0};
    const VkDeviceQueueCreateFlags flag = VK_DEVICE_QUEUE_CREATE_INTERNALLY_SYNCHRONIZED_BIT_KHR;
    const VkDeviceQueueCreateInfo queues[2] = {
        {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueFamilyIndex = k->family, .queueCount = 1, .pQueuePriorities = priorities},
        {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .flags = flag, .queueFamilyIndex = k->family, .queueCount = 2, .pQueuePriorities = priorities}};
    VkPhysicalDeviceInternallySynchronizedQueuesFeaturesKHR want = *f;
    want.pNext = NULL;
    for (uint32_t both = 0; both < 2; both++) {
        const VkDeviceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .pNext = &want, .queueCreateInfoCount = 1 + both,
                                         .pQueueCreateInfos = both ? queues : &queues[1], .enabledExtensionCount = 1, .ppEnabledExtensionNames = &name};
        VkDevice device;
        MUST(vkCreateDevice(k->physical, &info, NULL, &device));
        VkQueue q[3] = {VK_NULL_HANDLE};
        for (uint32_t i = 0; i < 2; i++) {
            const VkDeviceQueueInfo2 qi = {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_INFO_2, .flags = flag, .queueFamilyIndex = k->family, .queueIndex = i};
            k->vk.GetDeviceQueue2(device, &qi, &q[i]);
        }
        if (both) {
            vkGetDeviceQueue(device, k->family, 0, &q[2]);
        }
        CHECK(k, q[0] && q[1] && q[0] != q[1] && (!both || (q[2] && q[2] != q[0] && q[2] != q[1])), "queues %p %p %p", (void *)q[0], (void *)q[1], (void *)q[2]);
        struct thread t[6];
        pthread_t id[6];
        for (uint32_t i = 0; i < 6; i++) {
            t[i] = (struct thread){k, device, q[i % 2], VK_SUCCESS};
            REQUIRE(k, pthread_create(&id[i], NULL, submit_many, &t[i]) == 0, "no thread");
        }
        for (uint32_t i = 0; i < 6; i++) {
            pthread_join(id[i], NULL);
            CHECK(k, t[i].result == VK_SUCCESS, "thread %u: %s", i, kit_result_name(t[i].result));
        }
        vkDestroyDevice(device, NULL);
    }
}

/* ---- hints ---- */

static uint64_t
now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void
case_anti_lag(struct kit *k)
{
    SKIP_UNLESS(k, k->vk.AntiLagUpdateAMD, "no VK_AMD_anti_lag");
    VkAntiLagPresentationInfoAMD frame = {.sType = VK_STRUCTURE_TYPE_ANTI_LAG_PRESENTATION_INFO_AMD, .stage = VK_ANTI_LAG_STAGE_INPUT_AMD};
    VkAntiLagDataAMD data = {.sType = VK_STRUCTURE_TYPE_ANTI_LAG_DATA_AMD, .mode = VK_ANTI_LAG_MODE_ON_AMD, .maxFPS = 50, .pPresentationInfo = &frame};
    const uint64_t start = now_ms();
    for (uint32_t i = 0; i < 6; i++) {
        frame.frameIndex = i;
        frame.stage = VK_ANTI_LAG_STAGE_INPUT_AMD;
        k->vk.AntiLagUpdateAMD(k->device, &data);
        frame.stage = VK_ANTI_LAG_STAGE_PRESENT_AMD;
        k->vk.AntiLagUpdateAMD(k->device, &data);
    }
    CHECK(k, !kit_ours(k) || now_ms() - start >= 95, "six frames of 20 ms took %llu ms", (unsigned long long)(now_ms() - start));
    data.mode = VK_ANTI_LAG_MODE_OFF_AMD;
    data.maxFPS = 1;
    data.pPresentationInfo = NULL;
    k->vk.AntiLagUpdateAMD(k->device, &data); /* doesn't wait */
    data.mode = VK_ANTI_LAG_MODE_ON_AMD;
    data.maxFPS = 0;
    k->vk.AntiLagUpdateAMD(k->device, &data);
    CHECK(k, !kit_ours(k) || now_ms() - start < 10000, "it waited");
}

static void
case_names_priorities(struct kit *k)
{
    const struct kit_buffer b = kit_buffer(k, 64, NULL);
    if (k->vk.SetDeviceMemoryPriorityEXT) {
        k->vk.SetDeviceMemoryPriorityEXT(k->device, b.memory, 1.0f);
        k->vk.SetDeviceMemoryPriorityEXT(k->device, b.memory, 0.0f);
    }
    SKIP_UNLESS(k, k->vk.DebugMarkerSetObjectNameEXT, "no VK_EXT_debug_marker");
    const VkDebugMarkerObjectNameInfoEXT names[] = {
        {.sType = VK_STRUCTURE_TYPE_DEBUG_MARKER_OBJECT_NAME_INFO_EXT, .objectType = VK_DEBUG_REPORT_OBJECT_TYPE_BUFFER_EXT, .object = (uint64_t)b.buffer, .pObjectName = "b"},
        {.sType = VK_STRUCTURE_TYPE_DEBUG_MARKER_OBJECT_NAME_INFO_EXT, .objectType = VK_DEBUG_REPORT_OBJECT_TYPE_DEVICE_EXT, .object = (uint64_t)(uintptr_t)k->device,
         .pObjectName = "d"}};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        CHECK_VK(k, k->vk.DebugMarkerSetObjectNameEXT(k->device, &names[i]));
    }
    const VkDebugMarkerObjectTagInfoEXT tag = {.sType = VK_STRUCTURE_TYPE_DEBUG_MARKER_OBJECT_TAG_INFO_EXT, .objectType = VK_DEBUG_REPORT_OBJECT_TYPE_BUFFER_EXT,
                                               .object = (uint64_t)b.buffer, .tagSize = 2, .pTag = "t"};
    CHECK_VK(k, k->vk.DebugMarkerSetObjectTagEXT(k->device, &tag));
    const VkDebugMarkerMarkerInfoEXT marker = {.sType = VK_STRUCTURE_TYPE_DEBUG_MARKER_MARKER_INFO_EXT, .pMarkerName = "part"};
    const VkCommandBuffer cmd = kit_begin(k);
    k->vk.CmdDebugMarkerBeginEXT(cmd, &marker);
    k->vk.CmdDebugMarkerInsertEXT(cmd, &marker);
    vkCmdFillBuffer(cmd, b.buffer, 0, 64, 3);
    k->vk.CmdDebugMarkerEndEXT(cmd);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    CHECK(k, *(uint32_t *)b.data == 3, "what stands between the marks");
}

/* ---- maintenance11 ---- */

static void
case_one_layer(struct kit *k)
{
    const VkPhysicalDeviceMaintenance11FeaturesKHR *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_11_FEATURES_KHR);
    SKIP_UNLESS(k, f->maintenance11, "no maintenance11");
    VkQueueFamilyOptimalImageTransferGranularityPropertiesKHR granularity = {
        .sType = VK_STRUCTURE_TYPE_QUEUE_FAMILY_OPTIMAL_IMAGE_TRANSFER_GRANULARITY_PROPERTIES_KHR};
    VkQueueFamilyProperties2 family = {.sType = VK_STRUCTURE_TYPE_QUEUE_FAMILY_PROPERTIES_2, .pNext = &granularity};
    uint32_t n = 1;
    k->vk.GetPhysicalDeviceQueueFamilyProperties2(k->physical, &n, &family);
    const VkExtent3D g = family.queueFamilyProperties.minImageTransferGranularity;
    CHECK(k, g.width == 1 && g.height == 1 && g.depth == 1 && granularity.optimalImageTransferGranularity.width, "granularity %u %u %u", g.width, g.height, g.depth);
    static const VkDescriptorType types[5] = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER,
                                              VK_DESCRIPTOR_TYPE_STORAGE_IMAGE, VK_DESCRIPTOR_TYPE_STORAGE_IMAGE};
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 5, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkDescriptorSet set = kit_set(k, sl);
    const struct kit_buffer out = kit_buffer(k, 8 * 16, NULL);
    const VkSampler sampler = kit_sampler(k, VK_FILTER_NEAREST, VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE);
    const struct kit_image img = kit_image(k, (VkImageCreateInfo){.flags = VK_IMAGE_CREATE_ALIAS_SINGLE_LAYER_DESCRIPTOR_BIT_KHR, .format = VK_FORMAT_R32_UINT,
                                                                  .extent = {2, 2, 1}, .arrayLayers = 4,
                                                                  .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT |
                                                                           VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_STORAGE_BIT});
    for (uint32_t l = 0; l < 4; l++) {
        const uint32_t texels[4] = {l * 10, l * 10 + 1, l * 10 + 2, l * 10 + 3};
        kit_upload(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 0, l, texels);
    }
    /* The shader has an array where the view is none, and the other way round. */
    const VkImageView single = kit_view(k, &img, VK_IMAGE_VIEW_TYPE_2D, VK_FORMAT_UNDEFINED, 0, 0, 1, 2, 1),
                      array = kit_view(k, &img, VK_IMAGE_VIEW_TYPE_2D_ARRAY, VK_FORMAT_UNDEFINED, 0, 0, 1, 3, 1);
    kit_write_buffer(k, set, 0, 0, types[0], out.buffer, 0, VK_WHOLE_SIZE);
    kit_write_image(k, set, 1, 0, types[1], single, sampler);
    kit_write_image(k, set, 2, 0, types[2], array, sampler);
    kit_write_image(k, set, 3, 0, types[3], single, VK_NULL_HANDLE);
    kit_write_image(k, set, 4, 0, types[4], array, VK_NULL_HANDLE);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, kit_compute(k, layout, KIT_CODE(maint_alias_comp), NULL));
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    vkCmdDispatch(cmd, 1, 1, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    const uint32_t *got = out.data;
    CHECK(k, got[0] == 21 && got[4] == 31 && got[16] == 21 && got[20] == 31, "texels %u %u %u %u", got[0], got[4], got[16], got[20]);
    CHECK(k, got[8] == 2 && got[9] == 2 && got[10] == 1 && got[12] == 2 && got[13] == 2, "sizes %u %u %u, %u %u", got[8], got[9], got[10], got[12], got[13]);
    CHECK(k, got[24] == 22 && got[28] == 32, "loads %u %u", got[24], got[28]);
    const uint32_t *two = kit_read(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 0, 2), *three = kit_read(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 0, 3);
    CHECK(k, two[3] == 77 && three[3] == 78, "stores %u %u", two[3], three[3]);
}

static const struct kit_case cases[] = {
    {"zero_memory", case_zero_memory},           {"shared_queues", case_shared_queues}, {"anti_lag", case_anti_lag},
    {"names_priorities", case_names_priorities}, {"one_layer", case_one_layer},
};
KIT_MAIN(cases)
