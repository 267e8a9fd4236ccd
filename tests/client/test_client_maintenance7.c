/* What the maintenance extensions from the seventh on add: devices without queues, copies between depth and colour, blits between slices and
 * layers, offsets that are not constant, pools whose queries are reset, events that were set without dependencies, vertex attributes that nobody
 * describes, barriers for slices, merged caches, layered implementations. SPEC: VK_KHR_maintenance7, 8, 9. */
#include "kit.h"

#include <pthread.h>

#include "draw_fetch_vert.h"
#include "kit_double_comp.h"
#include "maint_local_size_comp.h"
#include "maint_offset_comp_spvasm.h"

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

/* Two events with different stages, waited for at once; barriers of memory and of a buffer in the wait. Then the same events again. */
static void
case_events(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_KHR_maintenance9") && k->vk.CmdSetEvent2 && k->vk.CmdWaitEvents2, "no VK_KHR_maintenance9");
    enum { N = 1 << 18 };
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkDescriptorSet set = kit_set(k, sl);
    const VkPipeline twice = kit_compute(k, layout, KIT_CODE(kit_double_comp), NULL);
    const VkEventCreateInfo info = {.sType = VK_STRUCTURE_TYPE_EVENT_CREATE_INFO};
    VkEvent event[2];
    for (int i = 0; i < 2; i++) {
        MUST(vkCreateEvent(k->device, &info, NULL, &event[i]));
        KIT_OWN(k, VK_OBJECT_TYPE_EVENT, event[i]);
    }
    const struct kit_buffer a = kit_buffer(k, N * 4, NULL), b = kit_buffer(k, N * 4, NULL), out = kit_buffer(k, N * 8, NULL);
    kit_write_buffer(k, set, 0, 0, type, a.buffer, 0, VK_WHOLE_SIZE);
    const VkMemoryBarrier2 stage[2] = {
        {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER_2, .srcStageMask = VK_PIPELINE_STAGE_2_COMPUTE_SHADER_BIT},
        {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER_2, .srcStageMask = VK_PIPELINE_STAGE_2_CLEAR_BIT | VK_PIPELINE_STAGE_2_COPY_BIT}};
    const VkMemoryBarrier2 compute = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER_2, .srcStageMask = VK_PIPELINE_STAGE_2_COMPUTE_SHADER_BIT,
                                      .srcAccessMask = VK_ACCESS_2_SHADER_STORAGE_WRITE_BIT, .dstStageMask = VK_PIPELINE_STAGE_2_COPY_BIT,
                                      .dstAccessMask = VK_ACCESS_2_TRANSFER_READ_BIT};
    VkMemoryBarrier2 clear = compute;
    clear.srcStageMask = VK_PIPELINE_STAGE_2_CLEAR_BIT;
    clear.srcAccessMask = VK_ACCESS_2_TRANSFER_WRITE_BIT;
    const VkBufferMemoryBarrier2 copy_b = {.sType = VK_STRUCTURE_TYPE_BUFFER_MEMORY_BARRIER_2, .srcStageMask = VK_PIPELINE_STAGE_2_COPY_BIT,
                                           .srcAccessMask = VK_ACCESS_2_TRANSFER_WRITE_BIT, .dstStageMask = VK_PIPELINE_STAGE_2_COPY_BIT,
                                           .dstAccessMask = VK_ACCESS_2_TRANSFER_READ_BIT, .srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
                                           .dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED, .buffer = b.buffer, .size = VK_WHOLE_SIZE};
    const VkDependencyInfo wait[2] = {
        {.sType = VK_STRUCTURE_TYPE_DEPENDENCY_INFO, .dependencyFlags = VK_DEPENDENCY_ASYMMETRIC_EVENT_BIT_KHR, .memoryBarrierCount = 1,
         .pMemoryBarriers = &compute},
        {.sType = VK_STRUCTURE_TYPE_DEPENDENCY_INFO, .dependencyFlags = VK_DEPENDENCY_ASYMMETRIC_EVENT_BIT_KHR, .memoryBarrierCount = 1,
         .pMemoryBarriers = &clear, .bufferMemoryBarrierCount = 1, .pBufferMemoryBarriers = &copy_b}};
    for (uint32_t round = 0; round < 2; round++) {
        uint32_t *word = a.data;
        for (uint32_t i = 0; i < N; i++) {
            word[i] = i + round;
        }
        VkCommandBuffer cmd = kit_begin(k);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, twice);
        vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
        vkCmdDispatch(cmd, N / 64, 1, 1);
        VkDependencyInfo first = {.sType = VK_STRUCTURE_TYPE_DEPENDENCY_INFO, .dependencyFlags = VK_DEPENDENCY_ASYMMETRIC_EVENT_BIT_KHR,
                                  .memoryBarrierCount = 1, .pMemoryBarriers = &stage[0]};
        k->vk.CmdSetEvent2(cmd, event[0], &first);
        vkCmdFillBuffer(cmd, b.buffer, 0, VK_WHOLE_SIZE, 0x1000 + round);
        first.pMemoryBarriers = &stage[1];
        k->vk.CmdSetEvent2(cmd, event[1], &first);
        k->vk.CmdWaitEvents2(cmd, 2, event, wait);
        const VkBufferCopy parts[2] = {{0, 0, N * 4}, {0, N * 4, N * 4}};
        vkCmdCopyBuffer(cmd, a.buffer, out.buffer, 1, &parts[0]);
        vkCmdCopyBuffer(cmd, b.buffer, out.buffer, 1, &parts[1]);
        kit_barrier(cmd);
        k->vk.CmdResetEvent2(cmd, event[0], VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT);
        k->vk.CmdResetEvent2(cmd, event[1], VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT);
        kit_submit(k, cmd);
        const uint32_t *got = out.data;
        for (uint32_t i = 0; i < N; i++) {
            REQUIRE(k, got[i] == 2 * (i + round) && got[N + i] == 0x1000 + round, "round %u, word %u: %u %#x", round, i, got[i], got[N + i]);
        }
        CHECK_RESULT(k, vkGetEventStatus(k->device, event[0]), VK_EVENT_RESET);
    }
}

/* One slice of a volume to a layer and back, mirrored on the way. */
static void
case_slice_and_layer(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_KHR_maintenance8"), "no VK_KHR_maintenance8");
    const VkFormat format = VK_FORMAT_R32_UINT;
    const VkFormatFeatureFlags both = VK_FORMAT_FEATURE_BLIT_SRC_BIT | VK_FORMAT_FEATURE_BLIT_DST_BIT;
    SKIP_UNLESS(k, (kit_format_features(k, format, VK_IMAGE_TILING_OPTIMAL) & both) == both, "no blits of R32_UINT");
    const VkImageUsageFlags usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT;
    const struct kit_image volume = kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_3D, .format = format, .extent = {6, 5, 4}, .usage = usage});
    const struct kit_image array = kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_2D, .format = format, .extent = {6, 5, 1}, .arrayLayers = 5,
                                                                    .usage = usage});
    uint32_t v[120], want[120], zero[30] = {0};
    for (uint32_t i = 0; i < 120; i++) {
        v[i] = want[i] = 1000 + i;
    }
    kit_upload(k, &volume, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, v);
    for (uint32_t l = 0; l < 5; l++) {
        kit_upload(k, &array, VK_IMAGE_ASPECT_COLOR_BIT, 0, l, zero);
    }
    const VkImageSubresourceLayers slices = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1}, layer = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 3, 1};
    const VkImageBlit there = {slices, {{0, 0, 2}, {6, 5, 3}}, layer, {{6, 0, 0}, {0, 5, 1}}};
    const VkImageBlit back = {layer, {{0, 0, 0}, {6, 5, 1}}, slices, {{0, 5, 1}, {6, 0, 2}}};
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBlitImage(cmd, volume.image, VK_IMAGE_LAYOUT_GENERAL, array.image, VK_IMAGE_LAYOUT_GENERAL, 1, &there, VK_FILTER_NEAREST);
    kit_barrier(cmd);
    vkCmdBlitImage(cmd, array.image, VK_IMAGE_LAYOUT_GENERAL, volume.image, VK_IMAGE_LAYOUT_GENERAL, 1, &back, VK_FILTER_NEAREST);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    uint32_t flat[30];
    for (uint32_t i = 0; i < 30; i++) {
        flat[i] = v[60 + i / 6 * 6 + 5 - i % 6];
        want[30 + (4 - i / 6) * 6 + i % 6] = flat[i];
    }
    for (uint32_t l = 0; l < 5; l++) {
        kit_same(k, "layer", kit_read(k, &array, VK_IMAGE_ASPECT_COLOR_BIT, 0, l), l == 3 ? flat : zero, 30, 4, 6);
    }
    kit_same(k, "volume", kit_read(k, &volume, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0), want, 120, 4, 6);
}

/* Offsets from a buffer: fetched, sampled with and without a comparison of levels. */
static void
case_offsets(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_KHR_maintenance8"), "no VK_KHR_maintenance8");
    const VkDescriptorType types[2] = {VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 2, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkDescriptorSet set = kit_set(k, sl);
    const struct kit_image img = kit_image_2d(k, VK_FORMAT_R32_SFLOAT, 16, 16);
    float texel[256];
    for (uint32_t i = 0; i < 256; i++) {
        texel[i] = (float)i;
    }
    kit_upload(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, texel);
    /* in: offsets of 32 invocations; out: what each has fetched at 8 8 and sampled in the middle of that texel */
    struct {
        int32_t offset[32][2];
        float fetched[32], sampled[32];
    } io;
    uint32_t seed = 3;
    for (uint32_t i = 0; i < 32; i++) {
        io.offset[i][0] = (int32_t)(kit_random(&seed) % 16) - 8;
        io.offset[i][1] = (int32_t)(kit_random(&seed) % 16) - 8;
    }
    const struct kit_buffer buffer = kit_buffer(k, sizeof(io), &io);
    kit_write_image(k, set, 0, 0, types[0], img.view, kit_sampler(k, VK_FILTER_NEAREST, VK_SAMPLER_ADDRESS_MODE_REPEAT));
    kit_write_buffer(k, set, 1, 0, types[1], buffer.buffer, 0, VK_WHOLE_SIZE);
    const VkPipeline pipe = kit_compute(k, layout, KIT_CODE(maint_offset_comp_spvasm), NULL);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    vkCmdDispatch(cmd, 1, 1, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    memcpy(&io, buffer.data, sizeof(io));
    for (uint32_t i = 0; i < 32; i++) {
        const float want = (float)((8 + io.offset[i][1]) * 16 + 8 + io.offset[i][0]);
        REQUIRE(k, io.fetched[i] == want && io.sampled[i] == want, "offset %d %d: fetched %g, sampled %g, not %g", io.offset[i][0], io.offset[i][1],
                (double)io.fetched[i], (double)io.sampled[i], (double)want);
    }
}

/* An attribute that the shader reads and no description has: by pipeline and by command. */
static void
case_attribute(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_KHR_maintenance9") && k->features.vertexPipelineStoresAndAtomics, "no VK_KHR_maintenance9");
    VkPhysicalDeviceMaintenance9PropertiesKHR m = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_9_PROPERTIES_KHR};
    VkPhysicalDeviceProperties2 p = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &m};
    k->vk.GetPhysicalDeviceProperties2(k->physical, &p);
    const float want[4] = {0, 0, 0, m.defaultVertexAttributeValue == VK_DEFAULT_VERTEX_ATTRIBUTE_VALUE_ZERO_ZERO_ZERO_ONE_KHR ? 1 : 0};
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkDescriptorSet set = kit_set(k, sl);
    struct kit_target t;
    kit_target_rgba(k, &t, 4, 4);
    float sevens[80];
    for (uint32_t i = 0; i < 80; i++) {
        sevens[i] = 7;
    }
    const struct kit_buffer vertices = kit_buffer(k, sizeof(sevens), sevens);
    const bool by_command = k->vk.CmdSetVertexInputEXT && kit_has(k, VK_EXT_VERTEX_INPUT_DYNAMIC_STATE_EXTENSION_NAME);
    for (uint32_t way = 0; way < (by_command ? 3 : 2); way++) { /* nothing; another location; nothing, by command */
        const struct kit_buffer out = kit_buffer(k, sizeof(sevens), sevens);
        kit_write_buffer(k, set, 0, 0, type, out.buffer, 0, VK_WHOLE_SIZE);
        struct kit_graphics g;
        kit_graphics_init(k, &g, &t, layout, KIT_CODE(draw_fetch_vert), NULL, 0);
        g.assembly.topology = VK_PRIMITIVE_TOPOLOGY_POINT_LIST;
        if (way == 1) {
            kit_graphics_vertices(&g, VK_FORMAT_R32G32B32A32_SFLOAT, 16);
            g.attributes[0].location = 5;
        } else if (way == 2) {
            kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_VERTEX_INPUT_EXT);
        }
        const VkPipeline pipe = kit_graphics_create(k, &g);
        const VkDeviceSize zero = 0;
        const VkCommandBuffer cmd = kit_begin(k);
        kit_target_begin(cmd, &t);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
        vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, layout, 0, 1, &set, 0, NULL);
        vkCmdBindVertexBuffers(cmd, 0, 1, &vertices.buffer, &zero);
        if (way == 2) {
            k->vk.CmdSetVertexInputEXT(cmd, 0, NULL, 0, NULL);
        }
        vkCmdDraw(cmd, 20, 1, 0, 0);
        vkCmdEndRenderPass(cmd);
        kit_barrier(cmd);
        kit_submit(k, cmd);
        const float(*got)[4] = out.data;
        for (uint32_t i = 0; i < 20; i++) {
            REQUIRE(k, memcmp(got[i], want, 16) == 0, "way %u, vertex %u: %g %g %g %g", way, i, (double)got[i][0], (double)got[i][1], (double)got[i][2],
                    (double)got[i][3]);
        }
    }
}

/* A slice whose contents a barrier gives up: the others keep theirs. */
static void
case_slices(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_KHR_maintenance9"), "no VK_KHR_maintenance9");
    const struct kit_image img = kit_image(k, (VkImageCreateInfo){.flags = VK_IMAGE_CREATE_2D_ARRAY_COMPATIBLE_BIT, .imageType = VK_IMAGE_TYPE_3D,
                                                                  .format = VK_FORMAT_R8G8B8A8_UNORM, .extent = {8, 8, 4},
                                                                  .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT});
    uint32_t texels[256];
    kit_noise(texels, sizeof(texels), 9);
    kit_upload(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, texels);
    const VkImageMemoryBarrier give_up = {.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER, .srcAccessMask = VK_ACCESS_MEMORY_WRITE_BIT,
                                          .dstAccessMask = VK_ACCESS_MEMORY_READ_BIT, .oldLayout = VK_IMAGE_LAYOUT_UNDEFINED,
                                          .newLayout = VK_IMAGE_LAYOUT_GENERAL, .srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
                                          .dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED, .image = img.image,
                                          .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 2, 1}};
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdPipelineBarrier(cmd, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0, 0, NULL, 0, NULL, 1, &give_up);
    kit_submit(k, cmd);
    const uint32_t *got = kit_read(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    kit_same(k, "slices 0 and 1", got, texels, 128, 4, 8);
    kit_same(k, "slice 3", got + 192, texels + 192, 64, 4, 8);
}

struct merge {
    struct kit *k;
    VkPipelineLayout layout;
    VkShaderModule module;
    VkPipelineCache cache[2];
    uint32_t first; /* sizes from here on */
};

static void *
make_pipelines(void *arg)
{
    const struct merge *m = arg;
    for (uint32_t i = 0; i < 6; i++) {
        const uint32_t size[2] = {m->first + i, 1};
        const VkSpecializationMapEntry entries[2] = {{0, 0, 4}, {1, 4, 4}};
        const VkSpecializationInfo spec = {2, entries, sizeof(size), size};
        const VkComputePipelineCreateInfo info = {
            .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
            .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, .stage = VK_SHADER_STAGE_COMPUTE_BIT, .module = m->module,
                      .pName = "main", .pSpecializationInfo = &spec},
            .layout = m->layout};
        VkPipeline p;
        MUST(vkCreateComputePipelines(m->k->device, m->cache[i % 2], 1, &info, NULL, &p));
        vkDestroyPipeline(m->k->device, p, NULL);
    }
    return NULL;
}

static void *
merge_back(void *arg)
{
    const struct merge *m = arg;
    for (uint32_t i = 0; i < 200; i++) {
        MUST(vkMergePipelineCaches(m->k->device, m->cache[0], 1, &m->cache[1]));
    }
    return NULL;
}

/* Caches are merged both ways while others fill them. Without maintenance 8 one way, as only what is merged into belongs to one thread. */
static void
case_merge(struct kit *k)
{
    const VkPhysicalDeviceMaintenance4Features *f4 = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_4_FEATURES);
    SKIP_UNLESS(k, f4->maintenance4, "no maintenance4");
    const bool both_ways = kit_has(k, "VK_KHR_maintenance8");
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    struct merge m[2];
    m[0] = (struct merge){.k = k, .layout = kit_layout(k, 1, &sl, 0), .module = kit_module(k, KIT_CODE(maint_local_size_comp)), .first = 1};
    const VkPipelineCacheCreateInfo info = {.sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO};
    for (int i = 0; i < 2; i++) {
        MUST(vkCreatePipelineCache(k->device, &info, NULL, &m[0].cache[i]));
        KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE_CACHE, m[0].cache[i]);
    }
    m[1] = m[0];
    m[1].first = 20;
    if (!both_ways) { /* nobody but the merge may touch its destination */
        m[0].cache[1] = m[1].cache[1] = m[0].cache[0];
    }
    VkPipelineCache to = VK_NULL_HANDLE;
    MUST(vkCreatePipelineCache(k->device, &info, NULL, &to));
    KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE_CACHE, to);
    pthread_t thread[3];
    for (int i = 0; i < 2; i++) {
        MUST(pthread_create(&thread[i], NULL, make_pipelines, &m[i]) ? VK_ERROR_UNKNOWN : VK_SUCCESS);
    }
    if (both_ways) {
        MUST(pthread_create(&thread[2], NULL, merge_back, &m[0]) ? VK_ERROR_UNKNOWN : VK_SUCCESS);
    }
    for (uint32_t i = 0; i < 200; i++) {
        CHECK_VK(k, vkMergePipelineCaches(k->device, to, 1, &m[0].cache[0]));
        if (both_ways) {
            CHECK_VK(k, vkMergePipelineCaches(k->device, m[0].cache[1], 1, &m[0].cache[0]));
        }
    }
    for (int i = 0; i < 2 + both_ways; i++) {
        pthread_join(thread[i], NULL);
    }
    CHECK_VK(k, vkMergePipelineCaches(k->device, to, 2, m[0].cache));
    size_t whole_B = 0, part_B[2] = {0};
    CHECK_VK(k, vkGetPipelineCacheData(k->device, to, &whole_B, NULL));
    for (int i = 0; i < 2; i++) {
        CHECK_VK(k, vkGetPipelineCacheData(k->device, m[0].cache[i], &part_B[i], NULL));
    }
    CHECK(k, whole_B >= part_B[0] && whole_B >= part_B[1], "merged %zu bytes of %zu and %zu", whole_B, part_B[0], part_B[1]);
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
    {"no_queues", case_no_queues}, {"depth_and_color", case_depth_and_color}, {"slice_and_layer", case_slice_and_layer}, {"offsets", case_offsets},
    {"query_reset", case_query_reset}, {"event", case_event}, {"events", case_events}, {"attribute", case_attribute}, {"slices", case_slices},
    {"merge", case_merge}, {"layered", case_layered},
};
KIT_MAIN(cases)
