/* What helps to find out what happened: marks in memory, checkpoints, the report of a lost device, reports of addresses, what a pipeline consists
 * of, ends of frames. SPEC: VK_AMD_buffer_marker, VK_NV_device_diagnostic_checkpoints, VK_EXT_device_fault, VK_EXT_device_address_binding_report,
 * VK_KHR_pipeline_executable_properties, VK_EXT_frame_boundary. */
#include "kit.h"
#include "kit_state.h"

#include "endless_line_comp_spvasm.h"
#include "kit_color_frag.h"
#include "kit_double_comp.h"
#include "kit_tri_vert.h"
#include "sync_spin_comp.h"

#define COMPUTE VK_PIPELINE_BIND_POINT_COMPUTE
#define STORAGE VK_DESCRIPTOR_TYPE_STORAGE_BUFFER

/* ---- marks ---- */

/* A long dispatch between two marks; marks in a pass and in a secondary buffer. */
static void
case_markers(struct kit *k)
{
    SKIP_UNLESS(k, k->vk.CmdWriteBufferMarkerAMD, "no VK_AMD_buffer_marker");
    const struct kit_buffer marks = kit_buffer(k, 64, NULL), data = kit_buffer(k, 64 * 64 * 4, NULL);
    const VkDescriptorType type = STORAGE;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 8), plain = kit_layout(k, 0, NULL, 16);
    const VkDescriptorSet set = kit_set(k, sl);
    kit_write_buffer(k, set, 0, 0, type, data.buffer, 0, VK_WHOLE_SIZE);
    struct kit_target t;
    struct kit_graphics g;
    kit_target_rgba(k, &t, 64, 64);
    kit_graphics_init(k, &g, &t, plain, KIT_CODE(kit_tri_vert), KIT_CODE(kit_color_frag));
    const float color[4] = {1, 0, 0, 1};
    const uint32_t push[2] = {5000, 1};
    const VkCommandBuffer second = kit_secondary(k);
    const VkCommandBufferInheritanceInfo inherit = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_INHERITANCE_INFO};
    const VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO, .pInheritanceInfo = &inherit};
    MUST(vkBeginCommandBuffer(second, &begin));
    k->vk.CmdWriteBufferMarkerAMD(second, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, marks.buffer, 8, 300);
    MUST(vkEndCommandBuffer(second));
    const VkCommandBuffer cmd = kit_begin(k);
    k->vk.CmdWriteBufferMarkerAMD(cmd, VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT, marks.buffer, 0, 100);
    vkCmdBindPipeline(cmd, COMPUTE, kit_compute(k, layout, KIT_CODE(sync_spin_comp), NULL));
    vkCmdBindDescriptorSets(cmd, COMPUTE, layout, 0, 1, &set, 0, NULL);
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, 8, push);
    vkCmdDispatch(cmd, 64, 1, 1);
    k->vk.CmdWriteBufferMarkerAMD(cmd, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, marks.buffer, 4, 200);
    vkCmdExecuteCommands(cmd, 1, &second);
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, kit_graphics_create(k, &g));
    vkCmdPushConstants(cmd, plain, VK_SHADER_STAGE_ALL, 0, 16, color);
    k->vk.CmdWriteBufferMarkerAMD(cmd, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, marks.buffer, 12, 400);
    vkCmdDraw(cmd, 3, 1, 0, 0);
    if (k->vk.CmdWriteBufferMarker2AMD) {
        k->vk.CmdWriteBufferMarker2AMD(cmd, VK_PIPELINE_STAGE_2_FRAGMENT_SHADER_BIT, marks.buffer, 16, 500);
    }
    vkCmdEndRenderPass(cmd);
    if (kit_ours(k) && !kit_under_validation(k)) { /* beyond the end: nothing */
        k->vk.CmdWriteBufferMarkerAMD(cmd, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, marks.buffer, 62, 1);
        k->vk.CmdWriteBufferMarkerAMD(cmd, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, marks.buffer, UINT64_MAX - 3, 1);
    }
    kit_barrier(cmd);
    MUST(vkEndCommandBuffer(cmd));
    const VkFence fence = kit_fence(k, false);
    const VkSubmitInfo submit = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 1, .pCommandBuffers = &cmd};
    MUST(vkQueueSubmit(k->queue, 1, &submit, fence));
    volatile const uint32_t *got = marks.data;
    uint32_t last[5] = {0};
    bool in_order = true;
    while (vkGetFenceStatus(k->device, fence) == VK_NOT_READY) { /* a mark is never there before an earlier one */
        for (int i = 4; i >= 0; i--) {
            last[i] = got[i];
            __sync_synchronize();
        }
        for (int i = 1; i < 5; i++) {
            in_order = in_order && (i == 4 || !last[i] || last[i - 1]);
        }
    }
    CHECK(k, in_order, "marks %u %u %u %u %u", last[0], last[1], last[2], last[3], last[4]);
    MUST(vkWaitForFences(k->device, 1, &fence, VK_TRUE, KIT_TIMEOUT_NS));
    for (uint32_t i = 0; i < 5 && (i < 4 || k->vk.CmdWriteBufferMarker2AMD); i++) {
        CHECK(k, got[i] == (i + 1) * 100, "mark %u: %u", i, got[i]);
    }
    CHECK(k, got[15] == 0, "beyond the end: %x", got[15]);
}

/* ---- lost devices ---- */

/* Checkpoint 1 is done, 2 was reached, 3 not; the report names the line of the loop. With a limit of three seconds. */
static void
case_fault(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_EXT_device_fault") && kit_has(k, "VK_NV_device_diagnostic_checkpoints"), "no reports");
    SKIP_UNLESS(k, kit_ours(k) && !kit_under_validation(k), "what other drivers do then is their business");
    static const char *const names[] = {"VK_EXT_device_fault", "VK_NV_device_diagnostic_checkpoints"};
    const struct kit before = *k;
    const float priority = 0;
    const VkDeviceQueueCreateInfo queue = {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueCount = 1, .pQueuePriorities = &priority};
    VkPhysicalDeviceFaultFeaturesEXT feature = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FAULT_FEATURES_EXT, .deviceFault = VK_TRUE};
    const VkDeviceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .pNext = &feature, .queueCreateInfoCount = 1, .pQueueCreateInfos = &queue,
                                     .enabledExtensionCount = 2, .ppEnabledExtensionNames = names};
    const VkCommandPoolCreateInfo pool = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};
    MUST(vkCreateDevice(k->physical, &info, NULL, &k->device));
    vkGetDeviceQueue(k->device, 0, 0, &k->queue);
    MUST(vkCreateCommandPool(k->device, &pool, NULL, &k->pool));
    k->cache = VK_NULL_HANDLE;
    const struct kit_buffer b = kit_buffer(k, 64, NULL);
    const VkDescriptorType type = STORAGE;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkDescriptorSet set = kit_set(k, sl);
    kit_write_buffer(k, set, 0, 0, type, b.buffer, 0, VK_WHOLE_SIZE);
    const VkComputePipelineCreateInfo pi = {
        .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
        .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                  .module = kit_module(k, KIT_CODE(endless_line_comp_spvasm)), .pName = "stuck"},
        .layout = layout,
    };
    VkPipeline pipe;
    MUST(vkCreateComputePipelines(k->device, VK_NULL_HANDLE, 1, &pi, NULL, &pipe));
    KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, pipe);
    char marks[3];
    const VkCommandBuffer cmd = kit_begin(k);
    k->vk.CmdSetCheckpointNV(cmd, &marks[0]);
    vkCmdFillBuffer(cmd, b.buffer, 32, 32, 5);
    kit_barrier(cmd);
    k->vk.CmdSetCheckpointNV(cmd, &marks[1]);
    vkCmdBindPipeline(cmd, COMPUTE, pipe);
    vkCmdBindDescriptorSets(cmd, COMPUTE, layout, 0, 1, &set, 0, NULL);
    vkCmdDispatch(cmd, 1, 1, 1);
    k->vk.CmdSetCheckpointNV(cmd, &marks[2]);
    MUST(vkEndCommandBuffer(cmd));
    const VkFence fence = kit_fence(k, false);
    const VkSubmitInfo submit = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 1, .pCommandBuffers = &cmd};
    kit_messages_clear(k);
    (void)vkQueueSubmit(k->queue, 1, &submit, fence);
    CHECK_RESULT(k, vkWaitForFences(k->device, 1, &fence, VK_TRUE, UINT64_C(30000000000)), VK_ERROR_DEVICE_LOST);
    CHECK_RESULT(k, vkDeviceWaitIdle(k->device), VK_ERROR_DEVICE_LOST);
    VkDeviceFaultCountsEXT counts = {.sType = VK_STRUCTURE_TYPE_DEVICE_FAULT_COUNTS_EXT, .addressInfoCount = 7, .vendorBinarySize = 7};
    VkDeviceFaultVendorInfoEXT vendor[2] = {0};
    VkDeviceFaultInfoEXT fault = {.sType = VK_STRUCTURE_TYPE_DEVICE_FAULT_INFO_EXT, .pVendorInfos = vendor};
    CHECK_VK(k, k->vk.GetDeviceFaultInfoEXT(k->device, &counts, NULL));
    CHECK(k, counts.addressInfoCount == 0 && counts.vendorInfoCount == 1 && counts.vendorBinarySize == 0, "counts %u %u", counts.addressInfoCount,
          counts.vendorInfoCount);
    counts.vendorInfoCount = 0;
    CHECK_RESULT(k, k->vk.GetDeviceFaultInfoEXT(k->device, &counts, &fault), VK_INCOMPLETE);
    counts.vendorInfoCount = 2;
    CHECK_VK(k, k->vk.GetDeviceFaultInfoEXT(k->device, &counts, &fault));
    CHECK(k, counts.vendorInfoCount == 1 && strstr(fault.description, "without an end"), "%u: %s", counts.vendorInfoCount, fault.description);
    const char *where = "a compute shader, entry point \"stuck\", shaders/stuck.comp:12";
    CHECK(k, strcmp(vendor[0].description, where) == 0 && vendor[0].vendorFaultData == 3, "%s", vendor[0].description);
    CHECK(k, kit_message_has(k, where), "no message");
    VkCheckpointDataNV data[3] = {{.sType = VK_STRUCTURE_TYPE_CHECKPOINT_DATA_NV}, {.sType = VK_STRUCTURE_TYPE_CHECKPOINT_DATA_NV}};
    uint32_t n = 0;
    k->vk.GetQueueCheckpointDataNV(k->queue, &n, NULL);
    CHECK(k, n == 2, "%u checkpoints", n);
    k->vk.GetQueueCheckpointDataNV(k->queue, &n, data);
    CHECK(k, data[0].stage == VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT && data[0].pCheckpointMarker == &marks[1], "top: %x", data[0].stage);
    CHECK(k, data[1].stage == VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT && (data[1].pCheckpointMarker == &marks[1] || data[1].pCheckpointMarker == &marks[0]),
          "bottom: %x", data[1].stage);
    if (k->vk.GetQueueCheckpointData2NV) {
        VkCheckpointData2NV data2 = {.sType = VK_STRUCTURE_TYPE_CHECKPOINT_DATA_2_NV};
        n = 1;
        k->vk.GetQueueCheckpointData2NV(k->queue, &n, &data2);
        CHECK(k, n == 1 && data2.pCheckpointMarker == &marks[1], "%u, second form", n);
    }
    kit_release_all(k);
    vkDestroyCommandPool(k->device, k->pool, NULL);
    vkDestroyDevice(k->device, NULL);
    *k = before;
}

/* ---- addresses ---- */

struct binding {
    uint64_t object, address, size;
    VkObjectType type;
    bool bind, internal;
};
struct heard {
    struct binding b[64];
    uint32_t n;
};

static VKAPI_ATTR VkBool32 VKAPI_CALL
on_binding(VkDebugUtilsMessageSeverityFlagBitsEXT severity, VkDebugUtilsMessageTypeFlagsEXT types, const VkDebugUtilsMessengerCallbackDataEXT *data,
           void *user)
{
    struct heard *h = user;
    const VkDeviceAddressBindingCallbackDataEXT *b = data->pNext;
    if (severity == VK_DEBUG_UTILS_MESSAGE_SEVERITY_INFO_BIT_EXT && types == VK_DEBUG_UTILS_MESSAGE_TYPE_DEVICE_ADDRESS_BINDING_BIT_EXT && b &&
        b->sType == VK_STRUCTURE_TYPE_DEVICE_ADDRESS_BINDING_CALLBACK_DATA_EXT && data->objectCount == 1 && h->n < ARRAY_LEN(h->b)) {
        h->b[h->n++] = (struct binding){data->pObjects[0].objectHandle, b->baseAddress, b->size, data->pObjects[0].objectType,
                                        b->bindingType == VK_DEVICE_ADDRESS_BINDING_TYPE_BIND_EXT, b->flags & VK_DEVICE_ADDRESS_BINDING_INTERNAL_OBJECT_BIT_EXT};
    }
    return VK_FALSE;
}

static const struct binding *
find(const struct heard *h, VkObjectType type, uint64_t object, bool bind)
{
    for (uint32_t i = 0; i < h->n; i++) {
        if (h->b[i].type == type && h->b[i].object == object && h->b[i].bind == bind) {
            return &h->b[i];
        }
    }
    return NULL;
}

static void
case_addresses(struct kit *k)
{
    const VkPhysicalDeviceAddressBindingReportFeaturesEXT *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ADDRESS_BINDING_REPORT_FEATURES_EXT);
    SKIP_UNLESS(k, f->reportAddressBinding && k->vk.CreateDebugUtilsMessengerEXT, "no reports of addresses");
    struct heard h = {.n = 0};
    const VkDebugUtilsMessengerCreateInfoEXT info = {.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT,
                                                     .messageSeverity = VK_DEBUG_UTILS_MESSAGE_SEVERITY_INFO_BIT_EXT,
                                                     .messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_DEVICE_ADDRESS_BINDING_BIT_EXT,
                                                     .pfnUserCallback = on_binding, .pUserData = &h};
    VkDebugUtilsMessengerEXT messenger;
    MUST(k->vk.CreateDebugUtilsMessengerEXT(k->instance, &info, NULL, &messenger));
    const struct kit_buffer b = kit_buffer_for(k, VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT | VK_BUFFER_USAGE_STORAGE_BUFFER_BIT, 5000, NULL);
    const struct kit_image img = kit_image_2d(k, VK_FORMAT_R8G8B8A8_UNORM, 16, 16);
    const VkDeviceAddress address = kit_address(k, b.buffer);
    const struct {
        VkObjectType type;
        uint64_t object, least_B;
    } want[] = {{VK_OBJECT_TYPE_DEVICE_MEMORY, (uint64_t)b.memory, 5000}, {VK_OBJECT_TYPE_BUFFER, (uint64_t)b.buffer, 5000},
                {VK_OBJECT_TYPE_DEVICE_MEMORY, (uint64_t)img.memory, 1024}, {VK_OBJECT_TYPE_IMAGE, (uint64_t)img.image, 1024}};
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        const struct binding *bound = find(&h, want[i].type, want[i].object, true);
        CHECK(k, bound && bound->size >= want[i].least_B && bound->address, "object %zu: %s", i, bound ? "size" : "no report");
        CHECK(k, !find(&h, want[i].type, want[i].object, false), "object %zu is gone", i);
    }
    const struct binding *bound = find(&h, VK_OBJECT_TYPE_BUFFER, (uint64_t)b.buffer, true);
    CHECK(k, bound && bound->address == address && !bound->internal, "address of the buffer");
    kit_release_all(k);
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        const struct binding *on = find(&h, want[i].type, want[i].object, true), *off = find(&h, want[i].type, want[i].object, false);
        CHECK(k, on && off && on->address == off->address && on->size == off->size, "object %zu: %s", i, off ? "another range" : "no report of its end");
    }
    CHECK(k, h.n == 2 * ARRAY_LEN(want), "%u reports", h.n);
    const struct kit_image image = kit_image_2d(k, VK_FORMAT_R8G8B8A8_UNORM, 16, 16);
    (void)image;
    k->vk.DestroyDebugUtilsMessengerEXT(k->instance, messenger, NULL);
}

/* ---- executables ---- */

static void
check_executables(struct kit *k, VkPipeline pipe, uint32_t want, bool captured)
{
    const VkPipelineInfoKHR pi = {.sType = VK_STRUCTURE_TYPE_PIPELINE_INFO_KHR, .pipeline = pipe};
    uint32_t n = 0;
    CHECK_VK(k, k->vk.GetPipelineExecutablePropertiesKHR(k->device, &pi, &n, NULL));
    REQUIRE(k, !kit_ours(k) || n == want, "%u executables", n);
    VkPipelineExecutablePropertiesKHR *p = kit_alloc(k, (n + 1) * sizeof(*p));
    for (uint32_t i = 0; i < n; i++) {
        p[i].sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_PROPERTIES_KHR;
    }
    uint32_t less = n - 1;
    CHECK_RESULT(k, k->vk.GetPipelineExecutablePropertiesKHR(k->device, &pi, &less, p), VK_INCOMPLETE);
    CHECK_VK(k, k->vk.GetPipelineExecutablePropertiesKHR(k->device, &pi, &n, p));
    for (uint32_t e = 0; e < n; e++) {
        CHECK(k, p[e].stages && p[e].name[0] && p[e].description[0], "executable %u", e);
        const VkPipelineExecutableInfoKHR info = {.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR, .pipeline = pipe, .executableIndex = e};
        uint32_t n_stats = 0, n_reps = 0;
        CHECK_VK(k, k->vk.GetPipelineExecutableStatisticsKHR(k->device, &info, &n_stats, NULL));
        VkPipelineExecutableStatisticKHR stats[32] = {0};
        for (uint32_t i = 0; i < ARRAY_LEN(stats); i++) {
            stats[i].sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR;
        }
        REQUIRE(k, n_stats && n_stats <= ARRAY_LEN(stats), "%u statistics", n_stats);
        CHECK_VK(k, k->vk.GetPipelineExecutableStatisticsKHR(k->device, &info, &n_stats, stats));
        for (uint32_t i = 0; i < n_stats; i++) {
            CHECK(k, stats[i].name[0] && stats[i].description[0], "statistic %u", i);
            CHECK(k, strcmp(stats[i].name, "code") != 0 || (stats[i].value.u64 > 16 && stats[i].value.u64 < 1u << 20), "%llu bytes of code",
                  (unsigned long long)stats[i].value.u64);
        }
        CHECK_VK(k, k->vk.GetPipelineExecutableInternalRepresentationsKHR(k->device, &info, &n_reps, NULL));
        CHECK(k, captured || n_reps == 0, "%u representations that were not to be captured", n_reps);
        VkPipelineExecutableInternalRepresentationKHR reps[8] = {0};
        for (uint32_t i = 0; i < ARRAY_LEN(reps); i++) {
            reps[i].sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INTERNAL_REPRESENTATION_KHR;
        }
        REQUIRE(k, n_reps <= ARRAY_LEN(reps), "%u representations", n_reps);
        CHECK_VK(k, k->vk.GetPipelineExecutableInternalRepresentationsKHR(k->device, &info, &n_reps, reps));
        for (uint32_t i = 0; i < n_reps; i++) {
            reps[i].pData = kit_alloc(k, reps[i].dataSize);
            reps[i].dataSize--;
        }
        if (n_reps) {
            CHECK_RESULT(k, k->vk.GetPipelineExecutableInternalRepresentationsKHR(k->device, &info, &n_reps, reps), VK_INCOMPLETE);
        }
        for (uint32_t i = 0; i < n_reps; i++) {
            reps[i].dataSize++;
        }
        CHECK_VK(k, k->vk.GetPipelineExecutableInternalRepresentationsKHR(k->device, &info, &n_reps, reps));
        for (uint32_t i = 0; i < n_reps && kit_ours(k); i++) {
            const char *text = reps[i].pData, *has = strcmp(reps[i].name, "IR") == 0 ? "st_" : "ret";
            CHECK(k, reps[i].isText && strlen(text) + 1 == reps[i].dataSize && strstr(text, has), "%s: %.200s", reps[i].name, text);
        }
        CHECK(k, !kit_ours(k) || n_reps == (captured ? getenv("PUMICE_INTERP") ? 1u : 2u : 0u), "%u representations", n_reps);
    }
}

static void
case_executables(struct kit *k)
{
    const VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR *f =
        kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR);
    SKIP_UNLESS(k, f->pipelineExecutableInfo, "no pipelineExecutableInfo");
    const VkDescriptorType type = STORAGE;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    struct kit_target t;
    kit_target_rgba(k, &t, 8, 8);
    for (uint32_t captured = 0; captured < 2; captured++) {
        const VkPipelineCreateFlags flags = VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR |
                                            (captured ? (VkPipelineCreateFlags)VK_PIPELINE_CREATE_CAPTURE_INTERNAL_REPRESENTATIONS_BIT_KHR : 0);
        const VkComputePipelineCreateInfo pi = {
            .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
            .flags = flags,
            .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                      .module = kit_module(k, KIT_CODE(kit_double_comp)), .pName = "main"},
            .layout = layout,
        };
        VkPipeline pipe;
        MUST(vkCreateComputePipelines(k->device, k->cache, 1, &pi, NULL, &pipe));
        KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, pipe);
        check_executables(k, pipe, 1, captured);
        struct kit_graphics g;
        kit_graphics_init(k, &g, &t, kit_layout(k, 0, NULL, 16), KIT_CODE(kit_tri_vert), KIT_CODE(kit_color_frag));
        g.info.flags = flags;
        check_executables(k, kit_graphics_create(k, &g), 2, captured);
    }
}

/* ---- frames ---- */

static void
case_frames(struct kit *k)
{
    const VkPhysicalDeviceFrameBoundaryFeaturesEXT *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FRAME_BOUNDARY_FEATURES_EXT);
    SKIP_UNLESS(k, f->frameBoundary, "no frameBoundary");
    const struct kit_buffer b = kit_buffer(k, 64, NULL);
    const struct kit_image img = kit_image_2d(k, VK_FORMAT_R8G8B8A8_UNORM, 4, 4);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdFillBuffer(cmd, b.buffer, 0, 64, 9);
    kit_barrier(cmd);
    MUST(vkEndCommandBuffer(cmd));
    const VkFrameBoundaryEXT frame = {.sType = VK_STRUCTURE_TYPE_FRAME_BOUNDARY_EXT, .flags = VK_FRAME_BOUNDARY_FRAME_END_BIT_EXT, .frameID = 77, .imageCount = 1,
                                      .pImages = &img.image, .tagSize = 3, .pTag = "tag"};
    const VkSubmitInfo submit = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .pNext = &frame, .commandBufferCount = 1, .pCommandBuffers = &cmd};
    const VkFence fence = kit_fence(k, false);
    CHECK_VK(k, vkQueueSubmit(k->queue, 1, &submit, fence));
    CHECK_VK(k, vkWaitForFences(k->device, 1, &fence, VK_TRUE, KIT_TIMEOUT_NS));
    CHECK(k, *(uint32_t *)b.data == 9, "the frame was not made");
}

static const struct kit_case cases[] = {
    {"markers", case_markers},         {"fault", case_fault},   {"addresses", case_addresses},
    {"executables", case_executables}, {"frames", case_frames},
};

int
main(int argc, char **argv)
{
    setenv("PUMICE_TIMEOUT", "3", 1); /* of which the honest shaders here take a hundredth */
    return kit_main(argc, argv, cases, ARRAY_LEN(cases));
}
