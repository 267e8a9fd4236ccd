/* Types beyond 32 bits at the stages' borders, subgroups of fragments, addresses of buffers. */
#include "kit.h"

#include "kit_tri_vert.h"
#include "types_address_comp.h"
#include "types_quad_frag.h"
#include "types_wide_frag.h"
#include "types_wide_vert.h"

struct vertex {
    double a[3];
    uint16_t b[2];
    int16_t c[2];
    uint64_t e[2];
};

/* Vertex attributes and interface variables of 16 and 64 bits, targets of 16 bits. */
static void
case_interfaces(struct kit *k)
{
    const VkPhysicalDevice16BitStorageFeatures *f16 = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_16BIT_STORAGE_FEATURES);
    SKIP_UNLESS(k, k->features.shaderFloat64 && k->features.shaderInt64 && k->features.shaderInt16 && f16->storageInputOutput16, "types");
    VkFormatProperties props;
    vkGetPhysicalDeviceFormatProperties(k->physical, VK_FORMAT_R64G64B64_SFLOAT, &props);
    SKIP_UNLESS(k, props.bufferFeatures & VK_FORMAT_FEATURE_VERTEX_BUFFER_BIT, "no vertices of 64 bits");
    static const VkFormat formats[3] = {VK_FORMAT_R32G32B32A32_UINT, VK_FORMAT_R16G16B16A16_SINT, VK_FORMAT_R16G16B16A16_SFLOAT};
    static const struct vertex v = {{0.1, -2.5, 1e300}, {0x3e00, 0xb400}, {-300, 20000}, {0x123456789abcdef0u, UINT64_MAX}};
    struct vertex vertices[3] = {v, v, v};
    const struct kit_buffer buffer = kit_buffer(k, sizeof(vertices), vertices);
    struct kit_target t;
    struct kit_graphics g;
    kit_target_init(k, &t, 8, 8, 1, 3, formats, VK_FORMAT_UNDEFINED);
    kit_graphics_init(k, &g, &t, kit_layout(k, 0, NULL, 0), KIT_CODE(types_wide_vert), KIT_CODE(types_wide_frag));
    kit_graphics_vertices(&g, VK_FORMAT_R64G64B64_SFLOAT, sizeof(struct vertex));
    g.attributes[1] = (VkVertexInputAttributeDescription){2, 0, VK_FORMAT_R16G16_SFLOAT, offsetof(struct vertex, b)};
    g.attributes[2] = (VkVertexInputAttributeDescription){3, 0, VK_FORMAT_R16G16_SINT, offsetof(struct vertex, c)};
    g.attributes[3] = (VkVertexInputAttributeDescription){4, 0, VK_FORMAT_R64G64_UINT, offsetof(struct vertex, e)};
    g.input.vertexAttributeDescriptionCount = 4;
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const VkCommandBuffer cmd = kit_begin(k);
    const VkDeviceSize zero = 0;
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdBindVertexBuffers(cmd, 0, 1, &buffer.buffer, &zero);
    vkCmdDraw(cmd, 3, 1, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    const uint32_t *ok = kit_read(k, &t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    const int16_t *narrow = kit_read(k, &t.color[1], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    const uint16_t *half = kit_read(k, &t.color[2], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    for (uint32_t i = 0; i < 64; i++) {
        static const uint32_t yes[4] = {1, 1, 1, 1};
        static const int16_t want[4] = {-300, 20000, -1, 7};
        static const uint16_t sixteenths[8] = {0x2c00, 0x3200, 0x3500, 0x3700, 0x3880, 0x3980, 0x3a80, 0x3b80};
        const uint16_t want_half[4] = {sixteenths[i % 8], sixteenths[i / 8], 0x3e00, 0xb400};
        REQUIRE(k, memcmp(ok + i * 4, yes, 16) == 0, "pixel %u: %u %u %u %u", i, ok[i * 4], ok[i * 4 + 1], ok[i * 4 + 2], ok[i * 4 + 3]);
        REQUIRE(k, memcmp(narrow + i * 4, want, 8) == 0, "pixel %u: narrow %d %d", i, narrow[i * 4], narrow[i * 4 + 1]);
        REQUIRE(k, memcmp(half + i * 4, want_half, 8) == 0, "pixel %u: halves %04x %04x", i, half[i * 4], half[i * 4 + 1]);
    }
}

/* Numbers and quads of fragments. SPEC: shaders, Quad. */
static void
case_quads(struct kit *k)
{
    VkPhysicalDeviceSubgroupProperties sg = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES};
    VkPhysicalDeviceProperties2 props = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &sg};
    SKIP_UNLESS(k, k->vk.GetPhysicalDeviceProperties2, "Vulkan 1.0");
    k->vk.GetPhysicalDeviceProperties2(k->physical, &props);
    SKIP_UNLESS(k, sg.supportedOperations & VK_SUBGROUP_FEATURE_QUAD_BIT && sg.subgroupSize == 16, "no quads of sixteen");
    CHECK(k, sg.supportedStages & VK_SHADER_STAGE_FRAGMENT_BIT && sg.supportedStages & VK_SHADER_STAGE_VERTEX_BIT, "stages %x", sg.supportedStages);
    static const VkFormat format = VK_FORMAT_R32G32B32A32_UINT;
    struct kit_target t;
    struct kit_graphics g;
    kit_target_init(k, &t, 32, 32, 1, 1, &format, VK_FORMAT_UNDEFINED);
    kit_graphics_init(k, &g, &t, kit_layout(k, 0, NULL, 16), KIT_CODE(kit_tri_vert), KIT_CODE(types_quad_frag));
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdDraw(cmd, 3, 1, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    const uint32_t *got = kit_read(k, &t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    for (uint32_t i = 0; i < 32 * 32; i++) {
        const uint32_t *p = got + (size_t)i * 4;
        REQUIRE(k, p[0] == 0 && p[2] == i % 32 && p[3] == i / 32, "pixel %u: %x, invocation %u, %u %u", i, p[0], p[1], p[2], p[3]);
    }
}

/* A list that a shader walks by address. */
static void
case_address(struct kit *k)
{
    const VkPhysicalDeviceBufferDeviceAddressFeatures *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_BUFFER_DEVICE_ADDRESS_FEATURES);
    SKIP_UNLESS(k, f->bufferDeviceAddress && k->features.shaderInt64, "no addresses");
    PFN_vkGetBufferDeviceAddress address_of = (PFN_vkGetBufferDeviceAddress)vkGetDeviceProcAddr(k->device, "vkGetBufferDeviceAddressKHR");
    REQUIRE(k, address_of, "vkGetBufferDeviceAddressKHR is missing");
    enum { N = 40 };
    struct item {
        uint64_t sum;
        VkDeviceAddress next;
    } *items[N];
    VkDeviceAddress address[N];
    for (uint32_t i = 0; i < N; i++) {
        const VkBufferCreateInfo info = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .size = 64,
                                         .usage = VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT | VK_BUFFER_USAGE_STORAGE_BUFFER_BIT};
        VkBuffer buffer;
        MUST(vkCreateBuffer(k->device, &info, NULL, &buffer));
        KIT_OWN(k, VK_OBJECT_TYPE_BUFFER, buffer);
        VkMemoryRequirements req;
        vkGetBufferMemoryRequirements(k->device, buffer, &req);
        const VkMemoryAllocateFlagsInfo flags = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_FLAGS_INFO, .flags = VK_MEMORY_ALLOCATE_DEVICE_ADDRESS_BIT};
        const VkDeviceMemory memory = kit_memory(k, req.size, req.memoryTypeBits, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT,
                                                 &flags);
        MUST(vkBindBufferMemory(k->device, buffer, memory, 0));
        MUST(vkMapMemory(k->device, memory, 0, VK_WHOLE_SIZE, 0, (void **)&items[i]));
        const VkBufferDeviceAddressInfo ai = {.sType = VK_STRUCTURE_TYPE_BUFFER_DEVICE_ADDRESS_INFO, .buffer = buffer};
        address[i] = address_of(k->device, &ai);
        REQUIRE(k, address[i] && address[i] % 16 == 0, "address %llx", (unsigned long long)address[i]);
        *items[i] = (struct item){i, 0};
    }
    for (uint32_t i = 0; i < N; i++) {
        items[i]->next = address[(i + 1) % N];
    }
    struct {
        VkDeviceAddress first;
        uint32_t n, pad;
    } push = {address[0], N, 0};
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, sizeof(push));
    const VkPipeline pipe = kit_compute(k, layout, KIT_CODE(types_address_comp), NULL);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(push), &push);
    vkCmdDispatch(cmd, 1, 1, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    for (uint32_t i = 0; i < N; i++) {
        CHECK(k, items[i]->sum == i + ((uint64_t)i << 33), "item %u: %llx", i, (unsigned long long)items[i]->sum);
    }
}

static const struct kit_case cases[] = {
    {"interfaces", case_interfaces},
    {"quads", case_quads},
    {"address", case_address},
};
KIT_MAIN(cases)
