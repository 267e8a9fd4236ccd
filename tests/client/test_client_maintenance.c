/* The small things of VK_KHR_maintenance4, 5 and 6, each by its effect; tools; groups of one device; what protected memory gets.
 * SPEC: VK_KHR_maintenance4, VK_KHR_maintenance5, VK_KHR_maintenance6, extendingvulkan-tooling, devsandqueues-devices. */
#include "kit.h"

#include "kit_color_frag.h"
#include "kit_double_comp.h"
#include "kit_tri_vert.h"
#include "lines_vert.h"
#include "maint_local_size_comp.h"
#include "maint_narrow_frag.h"
#include "pass_color_frag.h"
#include "pass_rect_vert.h"
#include "samples_flat_frag.h"

#define PX 16
#define COLOR VK_IMAGE_ASPECT_COLOR_BIT
#define GRAPHICS VK_PIPELINE_BIND_POINT_GRAPHICS
#define STORAGE VK_DESCRIPTOR_TYPE_STORAGE_BUFFER

static bool
has(const struct kit *k, int number)
{
    const VkPhysicalDeviceMaintenance4Features *f4 = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_4_FEATURES);
    const VkPhysicalDeviceMaintenance5Features *f5 = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_5_FEATURES);
    const VkPhysicalDeviceMaintenance6Features *f6 = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_6_FEATURES);
    return number == 4 ? f4->maintenance4 : number == 5 ? f5->maintenance5 : f6->maintenance6;
}

struct doubler {
    VkDescriptorSetLayout sets;
    VkPipelineLayout layout;
    VkDescriptorSet set;
};

static struct doubler
doubler(struct kit *k, VkBuffer buffer)
{
    const VkDescriptorType type = STORAGE;
    struct doubler d;
    d.sets = kit_set_layout_of(k, 1, &type);
    d.layout = kit_layout(k, 1, &d.sets, 0);
    d.set = kit_set(k, d.sets);
    kit_write_buffer(k, d.set, 0, 0, type, buffer, 0, VK_WHOLE_SIZE);
    return d;
}

static void
dispatch(struct kit *k, const struct doubler *d, VkPipeline pipe)
{
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, d->layout, 0, 1, &d->set, 0, NULL);
    vkCmdDispatch(cmd, 1, 1, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
}

/* ---- 4 ---- */

/* The local size by specialisation (LocalSizeId), with a layout that is gone when the pipeline is used. */
static void
case_local_size(struct kit *k)
{
    SKIP_UNLESS(k, has(k, 4), "no maintenance4");
    const struct kit_buffer b = kit_buffer(k, 64, NULL);
    const struct doubler d = doubler(k, b.buffer);
    const uint32_t sizes[2] = {5, 7};
    const VkSpecializationMapEntry entries[2] = {{0, 0, 4}, {1, 4, 4}};
    const VkSpecializationInfo spec = {2, entries, sizeof(sizes), sizes};
    const VkPipelineLayoutCreateInfo info = {.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO, .setLayoutCount = 1, .pSetLayouts = &d.sets};
    VkPipelineLayout gone;
    MUST(vkCreatePipelineLayout(k->device, &info, NULL, &gone));
    const VkPipeline pipe = kit_compute(k, gone, KIT_CODE(maint_local_size_comp), &spec);
    vkDestroyPipelineLayout(k->device, gone, NULL);
    dispatch(k, &d, pipe);
    const uint32_t *got = b.data;
    CHECK(k, got[0] == 35 && got[4] == 5 && got[5] == 7 && got[6] == 1, "%u invocations, %u x %u x %u", got[0], got[4], got[5], got[6]);
}

/* A fragment shader reads fewer components than the vertex shader writes. */
static void
case_narrow_input(struct kit *k)
{
    SKIP_UNLESS(k, has(k, 4), "no maintenance4");
    struct kit_target t;
    struct kit_graphics g;
    const VkFormat format = VK_FORMAT_R32G32B32A32_SFLOAT;
    const float push[9] = {-1, -1, 1, 1, 3, 5, 7, 9, 0}, want[4] = {3, 5, 0.25f, 1};
    kit_target_init(k, &t, PX, PX, 1, 1, &format, VK_FORMAT_UNDEFINED);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, 48);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(pass_rect_vert), KIT_CODE(maint_narrow_frag));
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, GRAPHICS, pipe);
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(push), push);
    vkCmdDraw(cmd, 6, 1, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    const float *got = kit_read(k, &t.color[0], COLOR, 0, 0);
    kit_same(k, "first pixel", got, want, 4, 4, 4);
    kit_same(k, "last pixel", got + (PX * PX - 1) * 4, want, 4, 4, 4);
}

/* A buffer of the largest size can be asked about; its requirement is no larger than the size rounded up. */
static void
case_buffer_sizes(struct kit *k)
{
    SKIP_UNLESS(k, has(k, 4) && k->vk.GetDeviceBufferMemoryRequirements, "no maintenance4");
    VkPhysicalDeviceMaintenance4Properties p = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_4_PROPERTIES};
    VkPhysicalDeviceProperties2 p2 = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &p};
    k->vk.GetPhysicalDeviceProperties2(k->physical, &p2);
    CHECK(k, p.maxBufferSize >= UINT64_C(1) << 30, "maxBufferSize %llu", (unsigned long long)p.maxBufferSize);
    const VkDeviceSize sizes[] = {1, 63, 65537, p.maxBufferSize};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        const VkBufferCreateInfo bi = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .size = sizes[i], .usage = KIT_BUFFER_ANY};
        const VkDeviceBufferMemoryRequirements info = {.sType = VK_STRUCTURE_TYPE_DEVICE_BUFFER_MEMORY_REQUIREMENTS, .pCreateInfo = &bi};
        VkMemoryRequirements2 r = {.sType = VK_STRUCTURE_TYPE_MEMORY_REQUIREMENTS_2};
        k->vk.GetDeviceBufferMemoryRequirements(k->device, &info, &r);
        const VkDeviceSize a = r.memoryRequirements.alignment, up = (sizes[i] + a - 1) / a * a;
        CHECK(k, r.memoryRequirements.size >= sizes[i] && r.memoryRequirements.size <= up, "size %llu needs %llu, aligned to %llu",
              (unsigned long long)sizes[i], (unsigned long long)r.memoryRequirements.size, (unsigned long long)a);
    }
}

/* ---- 5: formats, layouts, flags ---- */

static void
case_formats(struct kit *k)
{
    SKIP_UNLESS(k, has(k, 5), "no maintenance5");
    const VkFormatFeatureFlags opaque = kit_format_features(k, VK_FORMAT_A1B5G5R5_UNORM_PACK16, VK_IMAGE_TILING_OPTIMAL);
    if (kit_ours(k)) { /* optional, but offered here; their texels are the business of texel_formats */
        CHECK(k, opaque & VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT && opaque & VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BIT, "A1B5G5R5: %#x", opaque);
    }
    const struct {
        VkFormat format;
        VkClearColorValue clear;
        uint32_t B;
        uint16_t want;
    } rows[2] = {{VK_FORMAT_A1B5G5R5_UNORM_PACK16, {.float32 = {1, 0, 16.0f / 31, 1}}, 2, 0x8000 | 16 << 10 | 31},
                 {VK_FORMAT_A8_UNORM, {.float32 = {1, 1, 1, 51.0f / 255}}, 1, 51}};
    for (int i = 0; i < 2; i++) {
        if (!(kit_format_features(k, rows[i].format, VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_TRANSFER_DST_BIT)) {
            printf("  not offered: format %d\n", rows[i].format);
            continue;
        }
        const struct kit_image img = kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_2D, .format = rows[i].format, .extent = {PX, PX, 1},
                                                                      .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT});
        const VkImageSubresourceRange all = {COLOR, 0, 1, 0, 1};
        const VkCommandBuffer cmd = kit_begin(k);
        vkCmdClearColorImage(cmd, img.image, VK_IMAGE_LAYOUT_GENERAL, &rows[i].clear, 1, &all);
        kit_barrier(cmd);
        kit_submit(k, cmd);
        const uint8_t *got = kit_read(k, &img, COLOR, 0, 0);
        uint16_t v = 0;
        memcpy(&v, got + (PX * PX - 1) * rows[i].B, rows[i].B);
        CHECK(k, v == rows[i].want, "format %d: %#x, not %#x", rows[i].format, v, rows[i].want);
    }
}

/* What is said about an image that isn't there is true of one that is. */
static void
case_layouts(struct kit *k)
{
    SKIP_UNLESS(k, has(k, 5) && k->vk.GetDeviceImageSubresourceLayout && k->vk.GetImageSubresourceLayout2, "no maintenance5");
    static const VkFormat formats[] = {VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_R32_SFLOAT, VK_FORMAT_R8_UNORM};
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        const VkImageCreateInfo info = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO, .imageType = VK_IMAGE_TYPE_2D, .format = formats[i],
                                        .extent = {37, 19, 1}, .mipLevels = 1, .arrayLayers = 1, .samples = VK_SAMPLE_COUNT_1_BIT,
                                        .tiling = VK_IMAGE_TILING_LINEAR, .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT};
        VkImage img;
        MUST(vkCreateImage(k->device, &info, NULL, &img));
        KIT_OWN(k, VK_OBJECT_TYPE_IMAGE, img);
        const VkImageSubresource sub = {COLOR, 0, 0};
        const VkImageSubresource2 sub2 = {.sType = VK_STRUCTURE_TYPE_IMAGE_SUBRESOURCE_2, .imageSubresource = sub};
        const VkDeviceImageSubresourceInfo di = {.sType = VK_STRUCTURE_TYPE_DEVICE_IMAGE_SUBRESOURCE_INFO, .pCreateInfo = &info, .pSubresource = &sub2};
        VkSubresourceLayout a;
        VkSubresourceLayout2 b = {.sType = VK_STRUCTURE_TYPE_SUBRESOURCE_LAYOUT_2}, c = b;
        vkGetImageSubresourceLayout(k->device, img, &sub, &a);
        k->vk.GetImageSubresourceLayout2(k->device, img, &sub2, &b);
        k->vk.GetDeviceImageSubresourceLayout(k->device, &di, &c);
        CHECK(k, memcmp(&a, &b.subresourceLayout, sizeof(a)) == 0 && memcmp(&a, &c.subresourceLayout, sizeof(a)) == 0, "%s: layouts differ",
              kit_format(formats[i])->name);
        CHECK(k, a.rowPitch >= 37 * kit_texel_B(formats[i], COLOR), "row pitch %u", (unsigned)a.rowPitch);
    }
}

static void
case_granularity(struct kit *k)
{
    SKIP_UNLESS(k, has(k, 5) && k->vk.GetRenderingAreaGranularity, "no maintenance5");
    const VkFormat format = VK_FORMAT_R8G8B8A8_UNORM;
    struct kit_target t;
    kit_target_init(k, &t, PX, PX, 1, 1, &format, VK_FORMAT_D32_SFLOAT);
    const VkRenderingAreaInfo info = {.sType = VK_STRUCTURE_TYPE_RENDERING_AREA_INFO, .colorAttachmentCount = 1, .pColorAttachmentFormats = &format,
                                      .depthAttachmentFormat = VK_FORMAT_D32_SFLOAT};
    VkExtent2D a = {0, 0}, b = {0, 0};
    k->vk.GetRenderingAreaGranularity(k->device, &info, &a);
    vkGetRenderAreaGranularity(k->device, t.pass, &b);
    CHECK(k, a.width && a.height && b.width && b.height, "%u x %u, %u x %u", a.width, a.height, b.width, b.height);
    CHECK(k, !kit_ours(k) || (a.width == b.width && a.height == b.height), "two answers");
}

/* Flags of 64 bits take the place of the old ones; a module comes with its stage. */
static void
case_pipeline_flags(struct kit *k)
{
    SKIP_UNLESS(k, has(k, 5), "no maintenance5");
    const uint32_t numbers[64] = {3, 4};
    const struct kit_buffer b = kit_buffer(k, sizeof(numbers), numbers);
    const struct doubler d = doubler(k, b.buffer);
    const VkPipelineCacheCreateInfo ci = {.sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO};
    VkPipelineCache cache;
    MUST(vkCreatePipelineCache(k->device, &ci, NULL, &cache));
    KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE_CACHE, cache);
    const VkShaderModuleCreateInfo code = {.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, .codeSize = sizeof(kit_double_comp), .pCode = kit_double_comp};
    VkPipelineCreateFlags2CreateInfo flags = {.sType = VK_STRUCTURE_TYPE_PIPELINE_CREATE_FLAGS_2_CREATE_INFO,
                                              .flags = VK_PIPELINE_CREATE_2_FAIL_ON_PIPELINE_COMPILE_REQUIRED_BIT};
    VkComputePipelineCreateInfo info = {.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO, .pNext = &flags, .layout = d.layout,
                                        .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, .pNext = &code,
                                                  .stage = VK_SHADER_STAGE_COMPUTE_BIT, .pName = "main"}};
    VkPipeline p = VK_NULL_HANDLE;
    const VkResult first = vkCreateComputePipelines(k->device, cache, 1, &info, NULL, &p); /* a driver may keep code between processes */
    CHECK(k, first == VK_PIPELINE_COMPILE_REQUIRED ? !p : first == VK_SUCCESS && !kit_ours(k), "%s", kit_result_name(first));
    vkDestroyPipeline(k->device, p, NULL);
    flags.flags = 0;
    info.flags = VK_PIPELINE_CREATE_FAIL_ON_PIPELINE_COMPILE_REQUIRED_BIT; /* ignored */
    REQUIRE(k, vkCreateComputePipelines(k->device, cache, 1, &info, NULL, &p) == VK_SUCCESS, "the old flags counted");
    KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, p);
    dispatch(k, &d, p);
    CHECK(k, ((uint32_t *)b.data)[0] == 6 && ((uint32_t *)b.data)[1] == 8, "%u %u", ((uint32_t *)b.data)[0], ((uint32_t *)b.data)[1]);
}

static void
case_buffer_flags(struct kit *k)
{
    SKIP_UNLESS(k, has(k, 5), "no maintenance5");
    const VkBufferUsageFlags2CreateInfo flags = {.sType = VK_STRUCTURE_TYPE_BUFFER_USAGE_FLAGS_2_CREATE_INFO,
                                                 .usage = VK_BUFFER_USAGE_2_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_2_UNIFORM_TEXEL_BUFFER_BIT |
                                                          VK_BUFFER_USAGE_2_STORAGE_TEXEL_BUFFER_BIT};
    const VkBufferCreateInfo bi = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .pNext = &flags, .size = 1024}; /* usage 0 is ignored */
    VkBuffer b;
    REQUIRE(k, vkCreateBuffer(k->device, &bi, NULL, &b) == VK_SUCCESS, "no buffer");
    KIT_OWN(k, VK_OBJECT_TYPE_BUFFER, b);
    VkMemoryRequirements r;
    vkGetBufferMemoryRequirements(k->device, b, &r);
    const VkDeviceMemory m = kit_memory(k, r.size, r.memoryTypeBits, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT, NULL);
    VkBindMemoryStatus status = {.sType = VK_STRUCTURE_TYPE_BIND_MEMORY_STATUS};
    VkResult said = VK_ERROR_UNKNOWN;
    status.pResult = &said;
    const VkBindBufferMemoryInfo bind = {.sType = VK_STRUCTURE_TYPE_BIND_BUFFER_MEMORY_INFO, .pNext = has(k, 6) ? &status : NULL, .buffer = b, .memory = m};
    CHECK_VK(k, k->vk.BindBufferMemory2(k->device, 1, &bind));
    CHECK(k, !has(k, 6) || said == VK_SUCCESS, "maintenance6: the bind says %s", kit_result_name(said));
    /* A view of a part of the usages. */
    const VkBufferUsageFlags2CreateInfo less = {.sType = VK_STRUCTURE_TYPE_BUFFER_USAGE_FLAGS_2_CREATE_INFO, .usage = VK_BUFFER_USAGE_2_UNIFORM_TEXEL_BUFFER_BIT};
    const VkBufferViewCreateInfo vi = {.sType = VK_STRUCTURE_TYPE_BUFFER_VIEW_CREATE_INFO, .pNext = &less, .buffer = b, .format = VK_FORMAT_R8G8B8A8_UNORM,
                                       .range = VK_WHOLE_SIZE};
    VkBufferView v;
    CHECK_VK(k, vkCreateBufferView(k->device, &vi, NULL, &v));
    KIT_OWN(k, VK_OBJECT_TYPE_BUFFER_VIEW, v);
    uint32_t *data;
    MUST(vkMapMemory(k->device, m, 0, VK_WHOLE_SIZE, 0, (void **)&data));
    data[63] = 21;
    const struct doubler d = doubler(k, b);
    dispatch(k, &d, kit_compute(k, d.layout, KIT_CODE(kit_double_comp), NULL));
    CHECK(k, data[63] == 42, "%u", data[63]);
}

/* ---- 5: drawing ---- */

/* Indices beyond the bound range read as 0; sizes of vertex buffers may be VK_WHOLE_SIZE. */
static void
case_index_range(struct kit *k)
{
    const VkPhysicalDeviceRobustness2FeaturesKHR *robust = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ROBUSTNESS_2_FEATURES_KHR);
    SKIP_UNLESS(k, has(k, 5) && k->vk.CmdBindIndexBuffer2 && robust->robustBufferAccess2, "no maintenance5 with robust buffers");
    static const float v[7][4] = {{9, 9, 0, 1}, {-1, -1, 0, 1}, {1, -1, 0, 1}, {-1, 1, 0, 1}, {1, -1, 0, 1}, {1, 1, 0, 1}, {-1, 1, 0, 1}};
    static const uint16_t index[8] = {77, 77, 1, 2, 3, 4, 5, 6};
    struct kit_target t;
    struct kit_graphics g;
    kit_target_rgba(k, &t, PX, PX);
    const struct kit_buffer vb = kit_buffer(k, sizeof(v), v), ib = kit_buffer(k, sizeof(index), index);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, 20);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(lines_vert), KIT_CODE(samples_flat_frag));
    kit_graphics_vertices(&g, VK_FORMAT_R32G32B32A32_SFLOAT, 16);
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const float push[5] = {1, 1, 1, 1, 1};
    const VkDeviceSize zero = 0, whole = VK_WHOLE_SIZE;
    for (int part = 0; part < 3; part++) { /* everything; one triangle; to the end of the buffer by VK_WHOLE_SIZE */
        const VkCommandBuffer cmd = kit_begin(k);
        kit_target_begin(cmd, &t);
        vkCmdBindPipeline(cmd, GRAPHICS, pipe);
        vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(push), push);
        k->vk.CmdBindVertexBuffers2(cmd, 0, 1, &vb.buffer, &zero, &whole, NULL);
        k->vk.CmdBindIndexBuffer2(cmd, ib.buffer, 4, part == 0 ? 12 : part == 1 ? 6 : VK_WHOLE_SIZE, VK_INDEX_TYPE_UINT16);
        vkCmdDrawIndexed(cmd, 6, 1, 0, 0, 0);
        vkCmdEndRenderPass(cmd);
        kit_submit(k, cmd);
        const uint32_t *got = kit_read(k, &t.color[0], COLOR, 0, 0);
        const bool second = got[PX * PX - 1] != 0;
        CHECK(k, got[0] == 0xffffffffu && second == (part != 1), "part %d: %08x, %08x", part, got[0], got[PX * PX - 1]);
    }
}

/* Points whose size nobody writes are one pixel large. */
static void
case_point_size(struct kit *k)
{
    SKIP_UNLESS(k, has(k, 5), "no maintenance5");
    struct kit_target t;
    struct kit_graphics g;
    kit_target_rgba(k, &t, PX, PX);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, 48);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(pass_rect_vert), KIT_CODE(pass_color_frag));
    g.assembly.topology = VK_PRIMITIVE_TOPOLOGY_POINT_LIST;
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const float lo = 4.5f / (PX / 2) - 1, hi = 10.5f / (PX / 2) - 1, push[9] = {lo, lo, hi, hi, 1, 1, 1, 1, 0.5f};
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, GRAPHICS, pipe);
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(push), push);
    vkCmdDraw(cmd, 6, 1, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    const uint32_t *got = kit_read(k, &t.color[0], COLOR, 0, 0);
    for (uint32_t i = 0; i < PX * PX; i++) {
        const uint32_t x = i % PX, y = i / PX;
        CHECK(k, (got[i] != 0) == ((x == 4 || x == 10) && (y == 4 || y == 10)), "pixel %u,%u", x, y);
    }
}

/* Corners of polygons have the size that the shader writes, if the device says so. */
static void
case_polygon_point_size(struct kit *k)
{
    VkPhysicalDeviceMaintenance5Properties p = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_5_PROPERTIES};
    VkPhysicalDeviceProperties2 p2 = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &p};
    SKIP_UNLESS(k, has(k, 5) && k->features.fillModeNonSolid && k->features.largePoints, "no maintenance5 with large points");
    k->vk.GetPhysicalDeviceProperties2(k->physical, &p2);
    static const float v[3][4] = {{-0.5f, -0.5f, 0, 1}, {0.5f, -0.5f, 0, 1}, {-0.5f, 0.5f, 0, 1}};
    struct kit_target t;
    struct kit_graphics g;
    kit_target_rgba(k, &t, PX, PX);
    const struct kit_buffer vb = kit_buffer(k, sizeof(v), v);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, 20);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(lines_vert), KIT_CODE(samples_flat_frag));
    kit_graphics_vertices(&g, VK_FORMAT_R32G32B32A32_SFLOAT, 16);
    g.raster.polygonMode = VK_POLYGON_MODE_POINT;
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const float push[5] = {1, 1, 1, 1, 4};
    const VkDeviceSize zero = 0;
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, GRAPHICS, pipe);
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(push), push);
    vkCmdBindVertexBuffers(cmd, 0, 1, &vb.buffer, &zero);
    vkCmdDraw(cmd, 3, 1, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    const uint32_t *got = kit_read(k, &t.color[0], COLOR, 0, 0);
    uint32_t n = 0;
    for (uint32_t i = 0; i < PX * PX; i++) {
        n += got[i] != 0;
    }
    CHECK(k, n == (p.polygonModePointSize ? 3 * 16 : 3), "%u pixels, polygonModePointSize %u", n, p.polygonModePointSize);
}

/* All remaining layers of an image in one copy. */
static void
case_remaining_layers(struct kit *k)
{
    SKIP_UNLESS(k, has(k, 5), "no maintenance5");
    const VkImageCreateInfo info = {.imageType = VK_IMAGE_TYPE_2D, .format = VK_FORMAT_R32_UINT, .extent = {PX, PX, 1}, .arrayLayers = 4,
                                    .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT};
    const struct kit_image a = kit_image(k, info), b = kit_image(k, info);
    const VkImageSubresourceRange all = {COLOR, 0, 1, 0, 4};
    const VkImageSubresourceLayers rest = {COLOR, 0, 1, VK_REMAINING_ARRAY_LAYERS};
    const VkImageCopy copy = {rest, {0, 0, 0}, rest, {0, 0, 0}, {PX, PX, 1}};
    const VkClearColorValue none = {.uint32 = {9}};
    VkCommandBuffer cmd = kit_begin(k);
    vkCmdClearColorImage(cmd, b.image, VK_IMAGE_LAYOUT_GENERAL, &none, 1, &all);
    for (uint32_t i = 0; i < 4; i++) {
        const VkClearColorValue v = {.uint32 = {i + 1}};
        const VkImageSubresourceRange one = {COLOR, 0, 1, i, 1};
        vkCmdClearColorImage(cmd, a.image, VK_IMAGE_LAYOUT_GENERAL, &v, 1, &one);
    }
    kit_barrier(cmd);
    vkCmdCopyImage(cmd, a.image, VK_IMAGE_LAYOUT_GENERAL, b.image, VK_IMAGE_LAYOUT_GENERAL, 1, &copy);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    for (uint32_t i = 0; i < 4; i++) {
        const uint32_t *got = kit_read(k, &b, COLOR, 0, i);
        CHECK(k, got[0] == (i ? i + 1 : 9) && got[PX * PX - 1] == got[0], "layer %u: %u", i, got[0]);
    }
}

/* ---- tools, groups, protection ---- */

static void
case_tools(struct kit *k)
{
    SKIP_UNLESS(k, k->vk.GetPhysicalDeviceToolProperties, "no tooling information");
    uint32_t n = 99;
    CHECK_VK(k, k->vk.GetPhysicalDeviceToolProperties(k->physical, &n, NULL));
    REQUIRE(k, n <= 16, "%u tools", n);
    VkPhysicalDeviceToolProperties tools[16];
    for (uint32_t i = 0; i < n; i++) {
        tools[i] = (VkPhysicalDeviceToolProperties){.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TOOL_PROPERTIES};
    }
    CHECK_VK(k, k->vk.GetPhysicalDeviceToolProperties(k->physical, &n, tools));
    for (uint32_t i = 0; i < n; i++) {
        CHECK(k, tools[i].name[0] && tools[i].purposes, "tool %u", i);
    }
    CHECK(k, n == 0 || kit_under_validation(k) || !kit_ours(k), "the driver itself is no tool");
}

/* The device as a group of one: created, asked, used with masks. */
static void
case_group(struct kit *k)
{
    SKIP_UNLESS(k, k->version >= VK_API_VERSION_1_1 && k->vk.EnumeratePhysicalDeviceGroups, "no device groups");
    uint32_t n = 0;
    CHECK_VK(k, k->vk.EnumeratePhysicalDeviceGroups(k->instance, &n, NULL));
    REQUIRE(k, n >= 1, "no group");
    n = 1;
    VkPhysicalDeviceGroupProperties group = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_GROUP_PROPERTIES};
    (void)k->vk.EnumeratePhysicalDeviceGroups(k->instance, &n, &group);
    REQUIRE(k, group.physicalDeviceCount == 1 && group.physicalDevices[0] == k->physical, "%u devices", group.physicalDeviceCount);
    const float priority = 0;
    const VkDeviceGroupDeviceCreateInfo gi = {.sType = VK_STRUCTURE_TYPE_DEVICE_GROUP_DEVICE_CREATE_INFO, .physicalDeviceCount = 1,
                                              .pPhysicalDevices = &k->physical};
    const VkDeviceQueueCreateInfo qi = {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueCount = 1, .pQueuePriorities = &priority};
    const VkDeviceCreateInfo di = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .pNext = &gi, .queueCreateInfoCount = 1, .pQueueCreateInfos = &qi};
    VkDevice device;
    MUST(vkCreateDevice(k->physical, &di, NULL, &device));
    vkDestroyDevice(device, NULL);

    const VkMemoryAllocateFlagsInfo flags = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_FLAGS_INFO, .flags = VK_MEMORY_ALLOCATE_DEVICE_MASK_BIT, .deviceMask = 1};
    const VkBufferCreateInfo bi = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .size = 256, .usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT};
    VkBuffer b;
    MUST(vkCreateBuffer(k->device, &bi, NULL, &b));
    KIT_OWN(k, VK_OBJECT_TYPE_BUFFER, b);
    VkMemoryRequirements r;
    vkGetBufferMemoryRequirements(k->device, b, &r);
    const VkDeviceMemory m = kit_memory(k, r.size, r.memoryTypeBits, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT, &flags);
    const uint32_t first = 0;
    const VkBindBufferMemoryDeviceGroupInfo bg = {.sType = VK_STRUCTURE_TYPE_BIND_BUFFER_MEMORY_DEVICE_GROUP_INFO, .deviceIndexCount = 1, .pDeviceIndices = &first};
    const VkBindBufferMemoryInfo bind = {.sType = VK_STRUCTURE_TYPE_BIND_BUFFER_MEMORY_INFO, .pNext = &bg, .buffer = b, .memory = m};
    MUST(k->vk.BindBufferMemory2(k->device, 1, &bind));
    uint32_t *data;
    MUST(vkMapMemory(k->device, m, 0, VK_WHOLE_SIZE, 0, (void **)&data));
    data[5] = 50;
    const struct doubler d = doubler(k, b);
    const VkCommandBufferAllocateInfo ai = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, .commandPool = k->pool, .commandBufferCount = 1};
    const VkDeviceGroupCommandBufferBeginInfo cg = {.sType = VK_STRUCTURE_TYPE_DEVICE_GROUP_COMMAND_BUFFER_BEGIN_INFO, .deviceMask = 1};
    const VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO, .pNext = &cg};
    VkCommandBuffer cmd;
    MUST(vkAllocateCommandBuffers(k->device, &ai, &cmd));
    KIT_OWN(k, VK_OBJECT_TYPE_COMMAND_BUFFER, (uintptr_t)cmd);
    MUST(vkBeginCommandBuffer(cmd, &begin));
    k->vk.CmdSetDeviceMask(cmd, 1);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, kit_compute(k, d.layout, KIT_CODE(kit_double_comp), NULL));
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, d.layout, 0, 1, &d.set, 0, NULL);
    vkCmdDispatch(cmd, 1, 1, 1);
    kit_barrier(cmd);
    MUST(vkEndCommandBuffer(cmd));
    const uint32_t mask = 1;
    const VkDeviceGroupSubmitInfo gs = {.sType = VK_STRUCTURE_TYPE_DEVICE_GROUP_SUBMIT_INFO, .commandBufferCount = 1, .pCommandBufferDeviceMasks = &mask};
    const VkSubmitInfo submit = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .pNext = &gs, .commandBufferCount = 1, .pCommandBuffers = &cmd};
    CHECK_VK(k, vkQueueSubmit(k->queue, 1, &submit, VK_NULL_HANDLE));
    CHECK_VK(k, vkQueueWaitIdle(k->queue));
    CHECK(k, data[5] == 100, "%u", data[5]);
}

/* Where protected memory is not offered, nothing of it is: no feature, no memory, no queue, no device. */
static void
case_protected(struct kit *k)
{
    SKIP_UNLESS(k, k->version >= VK_API_VERSION_1_1, "no Vulkan 1.1");
    VkPhysicalDeviceProtectedMemoryFeatures f = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROTECTED_MEMORY_FEATURES};
    VkPhysicalDeviceFeatures2 f2 = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, .pNext = &f};
    k->vk.GetPhysicalDeviceFeatures2(k->physical, &f2);
    SKIP_UNLESS(k, !f.protectedMemory, "protected memory is offered");
    for (uint32_t i = 0; i < k->memory.memoryTypeCount; i++) {
        CHECK(k, !(k->memory.memoryTypes[i].propertyFlags & VK_MEMORY_PROPERTY_PROTECTED_BIT), "memory type %u is protected", i);
    }
    uint32_t n = 8;
    VkQueueFamilyProperties families[8];
    vkGetPhysicalDeviceQueueFamilyProperties(k->physical, &n, families);
    for (uint32_t i = 0; i < n; i++) {
        CHECK(k, !(families[i].queueFlags & VK_QUEUE_PROTECTED_BIT), "queue family %u is protected", i);
    }
    const float priority = 0;
    const VkDeviceQueueCreateInfo qi = {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueCount = 1, .pQueuePriorities = &priority};
    f.protectedMemory = VK_TRUE;
    const VkDeviceCreateInfo di = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .pNext = &f, .queueCreateInfoCount = 1, .pQueueCreateInfos = &qi};
    VkDevice device = VK_NULL_HANDLE;
    if (!kit_under_validation(k)) {
        CHECK_RESULT(k, vkCreateDevice(k->physical, &di, NULL, &device), VK_ERROR_FEATURE_NOT_PRESENT);
    }
    if (kit_ours(k) && !kit_under_validation(k)) {
        const VkDeviceQueueCreateInfo pq = {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .flags = VK_DEVICE_QUEUE_CREATE_PROTECTED_BIT,
                                            .queueCount = 1, .pQueuePriorities = &priority};
        const VkDeviceCreateInfo pd = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .queueCreateInfoCount = 1, .pQueueCreateInfos = &pq};
        CHECK_RESULT(k, vkCreateDevice(k->physical, &pd, NULL, &device), VK_ERROR_FEATURE_NOT_PRESENT);
        const VkDeviceQueueInfo2 which = {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_INFO_2, .flags = VK_DEVICE_QUEUE_CREATE_PROTECTED_BIT};
        VkQueue queue = k->queue;
        k->vk.GetDeviceQueue2(k->device, &which, &queue);
        CHECK(k, !queue, "a protected queue");
        const VkBufferCreateInfo bi = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .flags = VK_BUFFER_CREATE_PROTECTED_BIT, .size = 64,
                                       .usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT};
        VkBuffer b = VK_NULL_HANDLE;
        CHECK(k, vkCreateBuffer(k->device, &bi, NULL, &b) < 0 && !b, "a protected buffer");
        const VkImageCreateInfo ii = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO, .flags = VK_IMAGE_CREATE_PROTECTED_BIT, .imageType = VK_IMAGE_TYPE_2D,
                                      .format = VK_FORMAT_R8G8B8A8_UNORM, .extent = {4, 4, 1}, .mipLevels = 1, .arrayLayers = 1,
                                      .samples = VK_SAMPLE_COUNT_1_BIT, .usage = VK_IMAGE_USAGE_SAMPLED_BIT};
        VkImage img = VK_NULL_HANDLE;
        CHECK(k, vkCreateImage(k->device, &ii, NULL, &img) < 0 && !img, "a protected image");
        VkImageFormatProperties props;
        CHECK_RESULT(k, vkGetPhysicalDeviceImageFormatProperties(k->physical, ii.format, ii.imageType, ii.tiling, ii.usage, ii.flags, &props),
                     VK_ERROR_FORMAT_NOT_SUPPORTED);
    }
}

/* Pipelines that say that they are for unprotected command buffers alone work there; in libraries, too, where all parts say the same. */
static void
case_no_protected_access(struct kit *k)
{
    const VkPhysicalDevicePipelineProtectedAccessFeatures *f =
        kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_PROTECTED_ACCESS_FEATURES);
    SKIP_UNLESS(k, f->pipelineProtectedAccess, "no pipelineProtectedAccess");
    for (int library = 0; library < 1 + kit_has(k, "VK_EXT_graphics_pipeline_library"); library++) {
        struct kit_target t;
        struct kit_graphics g;
        kit_target_rgba(k, &t, PX, PX);
        const VkPipelineLayout layout = kit_layout(k, 0, NULL, 20);
        kit_graphics_init(k, &g, &t, layout, KIT_CODE(kit_tri_vert), KIT_CODE(kit_color_frag));
        g.info.flags = VK_PIPELINE_CREATE_NO_PROTECTED_ACCESS_BIT;
        VkPipeline pipe;
        if (library) {
            const VkGraphicsPipelineLibraryFlagsEXT front = VK_GRAPHICS_PIPELINE_LIBRARY_VERTEX_INPUT_INTERFACE_BIT_EXT |
                                                            VK_GRAPHICS_PIPELINE_LIBRARY_PRE_RASTERIZATION_SHADERS_BIT_EXT;
            const VkPipeline parts[2] = {kit_graphics_library(k, &g, layout, front),
                                         kit_graphics_library(k, &g, layout, VK_GRAPHICS_PIPELINE_LIBRARY_FRAGMENT_SHADER_BIT_EXT |
                                                                                 VK_GRAPHICS_PIPELINE_LIBRARY_FRAGMENT_OUTPUT_INTERFACE_BIT_EXT)};
            const VkPipelineLibraryCreateInfoKHR link = {.sType = VK_STRUCTURE_TYPE_PIPELINE_LIBRARY_CREATE_INFO_KHR, .libraryCount = 2,
                                                         .pLibraries = parts};
            const VkGraphicsPipelineCreateInfo info = {.sType = VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO, .pNext = &link, .flags = g.info.flags,
                                                       .layout = layout};
            MUST(vkCreateGraphicsPipelines(k->device, VK_NULL_HANDLE, 1, &info, NULL, &pipe));
            KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, pipe);
        } else {
            pipe = kit_graphics_create(k, &g);
        }
        const float color[5] = {1, 1, 1, 1};
        const VkCommandBuffer cmd = kit_begin(k);
        kit_target_begin(cmd, &t);
        vkCmdBindPipeline(cmd, GRAPHICS, pipe);
        vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(color), color);
        vkCmdDraw(cmd, 3, 1, 0, 0);
        vkCmdEndRenderPass(cmd);
        kit_barrier(cmd);
        kit_submit(k, cmd);
        const uint32_t *px = kit_read(k, &t.color[0], COLOR, 0, 0);
        for (uint32_t i = 0; i < PX * PX; i++) {
            REQUIRE(k, px[i] == 0xffffffff, "library %d: pixel %u %u is %08x", library, i % PX, i / PX, px[i]);
        }
    }
}

static const struct kit_case cases[] = {
    {"local_size", case_local_size},     {"narrow_input", case_narrow_input},   {"buffer_sizes", case_buffer_sizes},
    {"formats", case_formats},           {"layouts", case_layouts},             {"granularity", case_granularity},
    {"pipeline_flags", case_pipeline_flags}, {"buffer_flags", case_buffer_flags}, {"index_range", case_index_range},
    {"point_size", case_point_size},     {"polygon_point_size", case_polygon_point_size}, {"remaining_layers", case_remaining_layers},
    {"tools", case_tools},               {"group", case_group},                 {"protected", case_protected},
    {"no_protected_access", case_no_protected_access},
};
KIT_MAIN(cases)
