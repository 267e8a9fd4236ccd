/* Vertex input as OpenGL has it: any alignment, any stride, types that do not match, locations without an attribute, other indices that restart.
 * SPEC: fxvertex, VK_EXT_legacy_vertex_attributes, VK_EXT_vertex_attribute_robustness, VK_EXT_primitive_restart_index. */
#include "kit.h"

#include "draw_fetch_i_vert.h"
#include "draw_fetch_u_vert.h"
#include "draw_fetch_vert.h"
#include "draw_frag.h"
#include "draw_vert.h"

#define N 24u
#define GRAPHICS VK_PIPELINE_BIND_POINT_GRAPHICS

/* Points whose vertex shader writes what it reads at location 0. */
struct fetch {
    struct kit_target t;
    VkPipelineLayout layout;
    VkDescriptorSet set;
    struct kit_buffer out;
    VkPipeline pipes[3]; /* float, int, uint; vertex input by command */
};

static void
fetch_init(struct kit *k, struct fetch *f)
{
    static const uint32_t *const code[3] = {draw_fetch_vert, draw_fetch_i_vert, draw_fetch_u_vert};
    static const size_t size_B[3] = {sizeof(draw_fetch_vert), sizeof(draw_fetch_i_vert), sizeof(draw_fetch_u_vert)};
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    f->layout = kit_layout(k, 1, &sl, 0);
    f->set = kit_set(k, sl);
    f->out = kit_buffer(k, N * 16, NULL);
    kit_write_buffer(k, f->set, 0, 0, type, f->out.buffer, 0, VK_WHOLE_SIZE);
    kit_target_rgba(k, &f->t, 4, 4);
    for (int i = 0; i < 3; i++) {
        struct kit_graphics g;
        kit_graphics_init(k, &g, &f->t, f->layout, code[i], size_B[i], NULL, 0);
        g.assembly.topology = VK_PRIMITIVE_TOPOLOGY_POINT_LIST;
        kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_VERTEX_INPUT_EXT);
        f->pipes[i] = kit_graphics_create(k, &g);
    }
}

static const uint32_t *
fetch_run(struct kit *k, const struct fetch *f, VkPipeline pipe, const struct kit_buffer *vb, VkDeviceSize at_B,
          const VkVertexInputBindingDescription2EXT *b, const VkVertexInputAttributeDescription2EXT *a)
{
    memset(f->out.data, 0x5a, N * 16);
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &f->t);
    vkCmdBindPipeline(cmd, GRAPHICS, pipe);
    vkCmdBindDescriptorSets(cmd, GRAPHICS, f->layout, 0, 1, &f->set, 0, NULL);
    if (b) {
        k->vk.CmdSetVertexInputEXT(cmd, 1, b, a ? 1 : 0, a);
    }
    if (vb) {
        vkCmdBindVertexBuffers(cmd, 0, 1, &vb->buffer, &at_B);
    }
    vkCmdDraw(cmd, N, 1, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    return f->out.data;
}

/* Every vertex format at odd addresses; integers also by shaders of the other sign. */
static void
case_attributes(struct kit *k)
{
    const VkPhysicalDeviceLegacyVertexAttributesFeaturesEXT *feature = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_LEGACY_VERTEX_ATTRIBUTES_FEATURES_EXT);
    SKIP_UNLESS(k, feature->legacyVertexAttributes && k->features.vertexPipelineStoresAndAtomics, "no legacyVertexAttributes");
    struct fetch f;
    fetch_init(k, &f);
    uint32_t formats = 0;
    for (size_t i = 0; i < kit_n_format_infos; i++) {
        const struct kit_format_info *fi = &kit_format_infos[i];
        VkFormatProperties props = {0};
        if (kit_format_defined(k, fi)) {
            vkGetPhysicalDeviceFormatProperties(k->physical, fi->format, &props);
        }
        if (!(props.bufferFeatures & VK_FORMAT_FEATURE_VERTEX_BUFFER_BIT) || fi->c[0].bits > 32) {
            continue;
        }
        formats++;
        const bool is_int = kit_format_is_int(fi->format);
        for (uint32_t way = 0; way < 4; way++) {
            const uint32_t stride_B = way == 3 ? 3 : fi->block_B + way, offset_B = way & 1 ? 1 : 3, at_B = 1 + (way >> 1); /* 3: overlapping */
            uint8_t data[N * 20 + 32];
            union kit_texel want[N];
            kit_noise(data, sizeof(data), (uint32_t)i + 1000 * way);
            for (uint32_t v = 0; v < N && way < 3; v++) {
                kit_noise_texels(fi->format, data + at_B + v * stride_B + offset_B, 1, (uint32_t)i * N + v);
            }
            bool finite = true;
            for (uint32_t v = 0; v < N; v++) {
                want[v] = kit_unpack(fi->format, data + at_B + v * stride_B + offset_B);
                for (int c = 0; c < 4 && !is_int; c++) {
                    finite = finite && isfinite(want[v].f[c]);
                }
            }
            if (!finite) {
                continue;
            }
            const struct kit_buffer vb = kit_buffer(k, sizeof(data), data);
            const VkVertexInputBindingDescription2EXT b = {.sType = VK_STRUCTURE_TYPE_VERTEX_INPUT_BINDING_DESCRIPTION_2_EXT, .stride = stride_B, .divisor = 1};
            const VkVertexInputAttributeDescription2EXT a = {.sType = VK_STRUCTURE_TYPE_VERTEX_INPUT_ATTRIBUTE_DESCRIPTION_2_EXT, .format = fi->format,
                                                             .offset = offset_B};
            for (int shader = is_int ? 1 : 0; shader < (is_int ? 3 : 1); shader++) {
                const uint32_t *got = fetch_run(k, &f, f.pipes[shader], &vb, at_B, &b, &a);
                for (uint32_t v = 0; v < N * 4; v++) {
                    float real;
                    memcpy(&real, &got[v], 4);
                    const union kit_texel *w = &want[v / 4];
                    REQUIRE(k, is_int ? got[v] == (uint32_t)w->i[v % 4] : fabs((double)real - w->f[v % 4]) <= 2e-7 * fmax(1, fabs(w->f[v % 4])),
                            "%s, shader %d, stride %u, offset %u: vertex %u component %u: %#x", fi->name, shader, stride_B, offset_B, v / 4, v % 4, got[v]);
                }
            }
        }
    }
    printf("  %u formats\n", formats);
}

/* Types of another kind: any values may come out, ours are the bits. */
static void
case_bits(struct kit *k)
{
    const VkPhysicalDeviceLegacyVertexAttributesFeaturesEXT *feature = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_LEGACY_VERTEX_ATTRIBUTES_FEATURES_EXT);
    SKIP_UNLESS(k, feature->legacyVertexAttributes && k->features.vertexPipelineStoresAndAtomics && kit_ours(k), "no legacyVertexAttributes");
    struct fetch f;
    fetch_init(k, &f);
    static const struct {
        VkFormat format;
        int shader;
    } ways[] = {{VK_FORMAT_R32G32B32A32_SFLOAT, 1}, {VK_FORMAT_R32G32B32A32_SFLOAT, 2}, {VK_FORMAT_R32G32B32A32_UINT, 0}, {VK_FORMAT_R32G32B32A32_SINT, 0}};
    uint32_t data[N * 4];
    kit_noise(data, sizeof(data), 7);
    const struct kit_buffer vb = kit_buffer(k, sizeof(data), data);
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        const VkVertexInputBindingDescription2EXT b = {.sType = VK_STRUCTURE_TYPE_VERTEX_INPUT_BINDING_DESCRIPTION_2_EXT, .stride = 16, .divisor = 1};
        const VkVertexInputAttributeDescription2EXT a = {.sType = VK_STRUCTURE_TYPE_VERTEX_INPUT_ATTRIBUTE_DESCRIPTION_2_EXT, .format = ways[i].format};
        kit_same(k, kit_format(ways[i].format)->name, fetch_run(k, &f, f.pipes[ways[i].shader], &vb, 0, &b, &a), data, N * 4, 4, 4);
    }
}

/* Locations that nothing describes read zeros, or 1 in the last component. */
static void
case_robustness(struct kit *k)
{
    const VkPhysicalDeviceVertexAttributeRobustnessFeaturesEXT *feature =
        kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VERTEX_ATTRIBUTE_ROBUSTNESS_FEATURES_EXT);
    SKIP_UNLESS(k, feature->vertexAttributeRobustness && k->features.vertexPipelineStoresAndAtomics, "no vertexAttributeRobustness");
    struct fetch f;
    fetch_init(k, &f);
    const VkVertexInputBindingDescription2EXT b = {.sType = VK_STRUCTURE_TYPE_VERTEX_INPUT_BINDING_DESCRIPTION_2_EXT, .stride = 16, .divisor = 1};
    const struct kit_buffer vb = kit_buffer(k, N * 16, NULL);
    memset(vb.data, 0x77, N * 16);
    for (int i = 0; i < 4; i++) {
        VkPipeline pipe = f.pipes[i % 3];
        if (i == 3) { /* no vertex input at all */
            struct kit_graphics g;
            kit_graphics_init(k, &g, &f.t, f.layout, KIT_CODE(draw_fetch_vert), NULL, 0);
            g.assembly.topology = VK_PRIMITIVE_TOPOLOGY_POINT_LIST;
            pipe = kit_graphics_create(k, &g);
        }
        const uint32_t *got = fetch_run(k, &f, pipe, &vb, 0, i == 3 ? NULL : &b, NULL);
        const uint32_t one = i % 3 ? 1 : 0x3f800000;
        for (uint32_t v = 0; v < N * 4; v++) {
            REQUIRE(k, got[v] == 0 || (v % 4 == 3 && got[v] == one), "%d: vertex %u, component %u: %#x", i, v / 4, v % 4, got[v]);
        }
    }
}

/* ---- restart ---- */

struct push {
    float scale[2];
    uint32_t per_instance;
    float point_size;
};
#define PX 48u

/* Three quads of a triangle strip that a restart keeps apart. */
static void
case_restart(struct kit *k)
{
    const VkPhysicalDevicePrimitiveRestartIndexFeaturesEXT *feature = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PRIMITIVE_RESTART_INDEX_FEATURES_EXT);
    const VkPhysicalDeviceVulkan14Features *f14 = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_4_FEATURES);
    SKIP_UNLESS(k, feature->primitiveRestartIndex, "no primitiveRestartIndex");
    struct vertex {
        float pos[2];
        uint32_t id;
    } vertices[256] = {0};
    for (uint32_t i = 0; i < 12; i++) {
        vertices[i] = (struct vertex){{(float)(i / 4 * 16 + (i & 1) * 8), (float)(i / 4 * 16 + (i >> 1 & 1) * 8)}, 100 + i};
    }
    vertices[255] = (struct vertex){{PX, 0}, 255};
    const VkFormat format = VK_FORMAT_R32_UINT;
    struct kit_target t;
    struct kit_graphics g;
    kit_target_init(k, &t, PX, PX, 1, 1, &format, VK_FORMAT_UNDEFINED);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, sizeof(struct push));
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(draw_vert), KIT_CODE(draw_frag));
    g.assembly.topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP;
    g.assembly.primitiveRestartEnable = VK_TRUE;
    kit_graphics_vertices(&g, VK_FORMAT_R32G32_SFLOAT, sizeof(struct vertex));
    g.attributes[1] = (VkVertexInputAttributeDescription){1, 0, VK_FORMAT_R32_UINT, 8};
    g.input.vertexAttributeDescriptionCount = 2;
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const struct kit_buffer vb = kit_buffer(k, sizeof(vertices), vertices);
    static const uint32_t apart[] = {0, 1, 2, 3, 77, 4, 5, 6, 7, 77, 77, 8, 9, 10, 11}, bits[] = {8, 16, 32};
    /* 255 is what restarts if nothing else is said of bytes */
    static const uint32_t last[] = {0, 1, 2, 3, 255, 8, 9, 10, 11};
    for (uint32_t i = 0; i < 3; i++) {
        if (bits[i] == 8 && !f14->indexTypeUint8) {
            continue;
        }
        const VkIndexType type = bits[i] == 8 ? VK_INDEX_TYPE_UINT8 : bits[i] == 16 ? VK_INDEX_TYPE_UINT16 : VK_INDEX_TYPE_UINT32;
        const uint32_t largest = bits[i] == 32 ? 0xffffffff : (1u << bits[i]) - 1;
        uint8_t data[3][sizeof(apart)];
        for (uint32_t n = 0; n < ARRAY_LEN(apart); n++) {
            const uint32_t plain = apart[n] == 77 ? largest : apart[n], odd = n < ARRAY_LEN(last) ? last[n] : 0;
            memcpy(data[0] + n * bits[i] / 8, &apart[n], bits[i] / 8);
            memcpy(data[1] + n * bits[i] / 8, &plain, bits[i] / 8);
            memcpy(data[2] + n * bits[i] / 8, &odd, bits[i] / 8);
        }
        struct kit_buffer ib[3];
        for (int n = 0; n < 3; n++) {
            ib[n] = kit_buffer(k, sizeof(data[n]), data[n]);
        }
        /* the usual way; 77 restarts; the same, bound again: 77 is a vertex; 255 as a vertex of bytes; that without restart */
        const uint32_t *pictures[5];
        for (uint32_t way = 0; way < 5; way++) {
            const struct push p = {{2.0f / PX, 2.0f / PX}, 0, 1.0f};
            const VkDeviceSize zero = 0;
            const uint32_t which = way == 0 ? 1 : way < 3 ? 0 : 2;
            const VkCommandBuffer cmd = kit_begin(k);
            kit_target_begin(cmd, &t);
            vkCmdBindPipeline(cmd, GRAPHICS, pipe);
            vkCmdBindVertexBuffers(cmd, 0, 1, &vb.buffer, &zero);
            vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(p), &p);
            vkCmdBindIndexBuffer(cmd, ib[which].buffer, 0, type);
            if (way == 4) {
                for (uint32_t n = 0; n + 2 < ARRAY_LEN(last); n++) { /* one triangle at a time: a strip has them all */
                    k->vk.CmdSetPrimitiveRestartIndexEXT(cmd, 99);
                    vkCmdDrawIndexed(cmd, 3, 1, n, 0, 0);
                }
            } else {
                if (way) {
                    k->vk.CmdSetPrimitiveRestartIndexEXT(cmd, way == 3 ? 99 : 77);
                }
                if (way == 2) {
                    vkCmdBindIndexBuffer(cmd, ib[which].buffer, 0, type);
                }
                vkCmdDrawIndexed(cmd, which == 2 ? ARRAY_LEN(last) : ARRAY_LEN(apart), 1, 0, 0, 0);
            }
            vkCmdEndRenderPass(cmd);
            kit_submit(k, cmd);
            pictures[way] = kit_read(k, &t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
        }
        char what[32];
        snprintf(what, sizeof(what), "%u bits", bits[i]);
        kit_same(k, what, pictures[1], pictures[0], PX * PX, 4, PX);
        uint32_t drawn = 0;
        for (uint32_t n = 0; n < PX * PX; n++) {
            drawn += pictures[1][n] != 0;
        }
        CHECK(k, drawn == 3 * 64, "%s: %u pixels", what, drawn);
        CHECK(k, memcmp(pictures[2], pictures[1], sizeof(uint32_t) * PX * PX) != 0, "%s: binding does not reset the index", what);
        for (uint32_t n = 0; n < PX * PX; n++) { /* provoking vertices of single triangles are others than in a strip: coverage only */
            REQUIRE(k, !pictures[3][n] == !pictures[4][n], "%s: the largest index as a vertex: pixel %u %u", what, n % PX, n / PX);
        }
    }
}

/* The older extension's name for what Vulkan 1.4 has. */
static void
case_divisor(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, VK_EXT_VERTEX_ATTRIBUTE_DIVISOR_EXTENSION_NAME), "no VK_EXT_vertex_attribute_divisor");
    VkPhysicalDeviceVertexAttributeDivisorPropertiesEXT old = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VERTEX_ATTRIBUTE_DIVISOR_PROPERTIES_EXT};
    VkPhysicalDeviceVertexAttributeDivisorProperties now = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VERTEX_ATTRIBUTE_DIVISOR_PROPERTIES, .pNext = &old};
    VkPhysicalDeviceProperties2 two = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &now};
    k->vk.GetPhysicalDeviceProperties2(k->physical, &two);
    CHECK(k, old.maxVertexAttribDivisor >= 0xffff && (!now.maxVertexAttribDivisor || now.maxVertexAttribDivisor == old.maxVertexAttribDivisor), "%u and %u",
          old.maxVertexAttribDivisor, now.maxVertexAttribDivisor);
    const VkPhysicalDeviceVertexAttributeDivisorFeatures *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VERTEX_ATTRIBUTE_DIVISOR_FEATURES);
    const VkPhysicalDeviceVulkan14Features *f14 = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_4_FEATURES);
    CHECK(k, f->vertexAttributeInstanceRateDivisor || f14->vertexAttributeInstanceRateDivisor, "the extension without its feature");
}

static const struct kit_case cases[] = {
    {"attributes", case_attributes}, {"bits", case_bits}, {"robustness", case_robustness}, {"restart", case_restart}, {"divisor", case_divisor},
};
KIT_MAIN(cases)
