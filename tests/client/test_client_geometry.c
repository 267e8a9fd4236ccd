/* Geometry shaders: what they are given, what comes out and in which order (by transform feedback, exactly), streams, layers and viewports,
 * statistics; too many vertices; shaders that ask for more than there is. */
#include "kit.h"

#include "geo_in_1_geom.h"
#include "geo_in_2_geom.h"
#include "geo_in_3_geom.h"
#include "geo_in_4_geom.h"
#include "geo_in_6_geom.h"
#include "geo_layer_frag.h"
#include "geo_layer_geom.h"
#include "geo_layer_vert.h"
#include "geo_out_1_geom.h"
#include "geo_out_2_geom.h"
#include "geo_out_3_geom.h"
#include "geo_streams_geom.h"
#include "geo_vert.h"

#define CAPTURE_B (1u << 20)

struct scene {
    struct kit_target t;
    struct kit_graphics g;
    struct kit_buffer buffer[4];
};

static bool
scene_init(struct kit *k, struct scene *s, VkPrimitiveTopology topology, const uint32_t *geom, size_t geom_B)
{
    if (!k->features.geometryShader || !kit_has(k, VK_EXT_TRANSFORM_FEEDBACK_EXTENSION_NAME)) {
        kit_skip(k, "no geometry shaders, or none that can be captured");
        return false;
    }
    memset(s, 0, sizeof(*s));
    kit_target_rgba(k, &s->t, 16, 16);
    kit_graphics_init(k, &s->g, &s->t, kit_layout(k, 0, NULL, 0), KIT_CODE(geo_vert), NULL, 0);
    kit_graphics_stage(k, &s->g, VK_SHADER_STAGE_GEOMETRY_BIT, geom, geom_B);
    s->g.assembly.topology = topology;
    s->g.raster.rasterizerDiscardEnable = VK_TRUE;
    for (int i = 0; i < 4; i++) {
        s->buffer[i] = kit_buffer_for(k, VK_BUFFER_USAGE_TRANSFORM_FEEDBACK_BUFFER_BIT_EXT, CAPTURE_B, NULL);
        memset(s->buffer[i].data, 0xab, CAPTURE_B);
    }
    return true;
}

static void
capture(struct kit *k, struct scene *s, uint32_t vertices, uint32_t instances, VkBuffer indices, VkQueryPool queries, VkQueryPool statistics)
{
    const VkBuffer b[4] = {s->buffer[0].buffer, s->buffer[1].buffer, s->buffer[2].buffer, s->buffer[3].buffer};
    const VkDeviceSize zero[4] = {0};
    const VkPipeline pipe = kit_graphics_create(k, &s->g);
    const VkCommandBuffer cmd = kit_begin(k);
    if (queries) {
        vkCmdResetQueryPool(cmd, queries, 0, 4);
    }
    if (statistics) {
        vkCmdResetQueryPool(cmd, statistics, 0, 1);
    }
    kit_target_begin(cmd, &s->t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    k->vk.CmdBindTransformFeedbackBuffersEXT(cmd, 0, 4, b, zero, NULL);
    for (uint32_t i = 0; queries && i < 4; i++) {
        k->vk.CmdBeginQueryIndexedEXT(cmd, queries, i, 0, i);
    }
    if (statistics) {
        vkCmdBeginQuery(cmd, statistics, 0, 0);
    }
    k->vk.CmdBeginTransformFeedbackEXT(cmd, 0, 0, NULL, NULL);
    if (indices) {
        vkCmdBindIndexBuffer(cmd, indices, 0, VK_INDEX_TYPE_UINT16);
        vkCmdDrawIndexed(cmd, vertices, instances, 0, 0, 0);
    } else {
        vkCmdDraw(cmd, vertices, instances, 0, 0);
    }
    k->vk.CmdEndTransformFeedbackEXT(cmd, 0, 0, NULL, NULL);
    for (uint32_t i = 0; queries && i < 4; i++) {
        k->vk.CmdEndQueryIndexedEXT(cmd, queries, i, i);
    }
    if (statistics) {
        vkCmdEndQuery(cmd, statistics, 0);
    }
    vkCmdEndRenderPass(cmd);
    kit_barrier(cmd);
    kit_submit(k, cmd);
}

/* Vertices of input primitive p of n, as the specification lists them; returns how many there are. */
static uint32_t
input(VkPrimitiveTopology topology, uint32_t p, uint32_t n, uint32_t v[6])
{
    const uint32_t odd = p % 2;
    switch ((int)topology) {
    case VK_PRIMITIVE_TOPOLOGY_POINT_LIST: v[0] = p; return 1;
    case VK_PRIMITIVE_TOPOLOGY_LINE_LIST: v[0] = 2 * p; v[1] = 2 * p + 1; return 2;
    case VK_PRIMITIVE_TOPOLOGY_LINE_STRIP: v[0] = p; v[1] = p + 1; return 2;
    case VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST: v[0] = 3 * p; v[1] = 3 * p + 1; v[2] = 3 * p + 2; return 3;
    case VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP: v[0] = p; v[1] = p + 1 + odd; v[2] = p + 2 - odd; return 3;
    case VK_PRIMITIVE_TOPOLOGY_TRIANGLE_FAN: v[0] = p + 1; v[1] = p + 2; v[2] = 0; return 3;
    case VK_PRIMITIVE_TOPOLOGY_LINE_LIST_WITH_ADJACENCY:
    case VK_PRIMITIVE_TOPOLOGY_LINE_STRIP_WITH_ADJACENCY:
        for (uint32_t i = 0; i < 4; i++) {
            v[i] = (topology == VK_PRIMITIVE_TOPOLOGY_LINE_LIST_WITH_ADJACENCY ? 4 * p : p) + i;
        }
        return 4;
    case VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST_WITH_ADJACENCY:
        for (uint32_t i = 0; i < 6; i++) {
            v[i] = 6 * p + i;
        }
        return 6;
    default: { /* strip with adjacency: the table of five cases */
        const uint32_t i2 = 2 * p;
        const uint32_t one[6] = {0, 1, 2, 5, 4, 3}, first[6] = {i2, i2 + 1, i2 + 2, i2 + 6, i2 + 4, i2 + 3};
        const uint32_t odd_in[6] = {i2, i2 + 3, i2 + 4, i2 + 6, i2 + 2, i2 - 2}, even_in[6] = {i2, i2 - 2, i2 + 2, i2 + 6, i2 + 4, i2 + 3};
        const uint32_t odd_end[6] = {i2, i2 + 3, i2 + 4, i2 + 5, i2 + 2, i2 - 2}, even_end[6] = {i2, i2 - 2, i2 + 2, i2 + 5, i2 + 4, i2 + 3};
        const uint32_t *w = n == 1 ? one : p == 0 ? first : p + 1 < n ? (odd ? odd_in : even_in) : odd ? odd_end : even_end;
        memcpy(v, w, 6 * sizeof(*v));
        return 6;
    }
    }
}

static const struct {
    VkPrimitiveTopology topology;
    const uint32_t *code;
    size_t code_B;
    uint32_t list, strip; /* vertices of a primitive; vertices more than primitives (times step), 0: a list */
} inputs[] = {
    {VK_PRIMITIVE_TOPOLOGY_POINT_LIST, KIT_CODE(geo_in_1_geom), 1, 0},
    {VK_PRIMITIVE_TOPOLOGY_LINE_LIST, KIT_CODE(geo_in_2_geom), 2, 0},
    {VK_PRIMITIVE_TOPOLOGY_LINE_STRIP, KIT_CODE(geo_in_2_geom), 1, 1},
    {VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST, KIT_CODE(geo_in_3_geom), 3, 0},
    {VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP, KIT_CODE(geo_in_3_geom), 1, 2},
    {VK_PRIMITIVE_TOPOLOGY_TRIANGLE_FAN, KIT_CODE(geo_in_3_geom), 1, 2},
    {VK_PRIMITIVE_TOPOLOGY_LINE_LIST_WITH_ADJACENCY, KIT_CODE(geo_in_4_geom), 4, 0},
    {VK_PRIMITIVE_TOPOLOGY_LINE_STRIP_WITH_ADJACENCY, KIT_CODE(geo_in_4_geom), 1, 3},
    {VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST_WITH_ADJACENCY, KIT_CODE(geo_in_6_geom), 6, 0},
    {VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP_WITH_ADJACENCY, KIT_CODE(geo_in_6_geom), 2, 4},
};

/* Every topology: one primitive, a few, more than a chunk; vertices left over. */
static void
case_inputs(struct kit *k)
{
    static const uint32_t numbers[] = {1, 2, 5, 700};
    for (uint32_t i = 0; i < ARRAY_LEN(inputs); i++) {
        for (uint32_t j = 0; j < ARRAY_LEN(numbers); j++) {
            struct scene s;
            if (!scene_init(k, &s, inputs[i].topology, inputs[i].code, inputs[i].code_B)) {
                return;
            }
            const uint32_t n = numbers[j], vertices = n * inputs[i].list + inputs[i].strip + (inputs[i].list > 1 ? inputs[i].list - 1 : 0);
            capture(k, &s, vertices, 2, VK_NULL_HANDLE, VK_NULL_HANDLE, VK_NULL_HANDLE);
            int32_t *want = kit_alloc(k, CAPTURE_B), *at = want;
            memset(want, 0xab, CAPTURE_B);
            for (uint32_t p = 0; p < 2 * n; p++) {
                uint32_t v[6];
                const uint32_t count = input(inputs[i].topology, p % n, n, v);
                for (int32_t invocation = 0; invocation < 2; invocation++, at += 8) {
                    for (uint32_t c = 0; c < 6; c++) {
                        at[c] = c < count ? (int32_t)v[c] : -1;
                    }
                    at[6] = (int32_t)(p % n);
                    at[7] = invocation;
                }
            }
            char what[64];
            snprintf(what, sizeof(what), "topology %d, %u primitives", inputs[i].topology, n);
            kit_same(k, what, s.buffer[0].data, want, CAPTURE_B / 4, 4, 8);
        }
    }
}

/* A strip with adjacency is cut by restart: each part has ends of its own, and numbers go on. */
static void
case_restart(struct kit *k)
{
    struct scene s;
    if (!scene_init(k, &s, VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP_WITH_ADJACENCY, KIT_CODE(geo_in_6_geom))) {
        return;
    }
    s.g.assembly.primitiveRestartEnable = VK_TRUE;
    static const uint32_t lengths[] = {8, 3, 6, 17, 12, 0, 1400, 7};
    uint16_t *index = kit_alloc(k, 4096);
    int32_t *want = kit_alloc(k, CAPTURE_B), *at = want;
    memset(want, 0xab, CAPTURE_B);
    uint32_t n = 0, id = 0;
    for (uint32_t i = 0; i < ARRAY_LEN(lengths); i++) {
        const uint32_t start = n, prims = lengths[i] > 5 ? (lengths[i] - 4) / 2 : 0;
        for (uint32_t v = 0; v < lengths[i]; v++, n++) {
            index[n] = (uint16_t)(n * 7 % 1000);
        }
        for (uint32_t p = 0; p < prims; p++, id++) {
            uint32_t v[6];
            input(VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP_WITH_ADJACENCY, p, prims, v);
            for (int32_t invocation = 0; invocation < 2; invocation++, at += 8) {
                for (uint32_t c = 0; c < 6; c++) {
                    at[c] = index[start + v[c]];
                }
                at[6] = (int32_t)id;
                at[7] = invocation;
            }
        }
        index[n++] = 0xffff;
    }
    const struct kit_buffer indices = kit_buffer(k, n * 2, index);
    capture(k, &s, n, 1, indices.buffer, VK_NULL_HANDLE, VK_NULL_HANDLE);
    kit_same(k, "restart", s.buffer[0].data, want, CAPTURE_B / 4, 4, 8);
}

/* What geo_out.glsl emits for points 0 to n - 1, by strips of `size` vertices a primitive; only the first `max` vertices of each count. */
static uint32_t
outputs(int32_t *want, uint32_t n, uint32_t size, uint32_t max)
{
    uint32_t prims = 0;
    for (uint32_t id = 0; id < n; id++) {
        for (uint32_t invocation = 0; invocation < 3; invocation++) {
            const uint32_t h = (id * 3 + invocation) * 2654435761u, count = (h >> 28) % 11;
            uint32_t begin = 0;
            for (uint32_t i = 0; i < count && i < max; i++) {
                const uint32_t length = i + 1 - begin;
                if (length >= size) {
                    const uint32_t p = length - size, odd = size == 3 ? p % 2 : 0, first = i + 1 - size;
                    const uint32_t v[3] = {first, first + 1 + odd, first + 2 - odd};
                    for (uint32_t c = 0; c < size; c++, want += 4) {
                        want[0] = (int32_t)id;
                        want[1] = (int32_t)invocation;
                        want[2] = (int32_t)v[c];
                        want[3] = -7;
                    }
                    prims++;
                }
                begin = h >> i & 1 ? i + 1 : begin;
            }
        }
    }
    return prims;
}

static void
case_outputs(struct kit *k)
{
    static const struct {
        const uint32_t *code;
        size_t code_B;
    } shaders[3] = {{KIT_CODE(geo_out_1_geom)}, {KIT_CODE(geo_out_2_geom)}, {KIT_CODE(geo_out_3_geom)}};
    const VkQueryPipelineStatisticFlags bits =
        VK_QUERY_PIPELINE_STATISTIC_GEOMETRY_SHADER_INVOCATIONS_BIT | VK_QUERY_PIPELINE_STATISTIC_GEOMETRY_SHADER_PRIMITIVES_BIT;
    for (uint32_t i = 0; i < 3; i++) {
        struct scene s;
        if (!scene_init(k, &s, VK_PRIMITIVE_TOPOLOGY_POINT_LIST, shaders[i].code, shaders[i].code_B)) {
            return;
        }
        const uint32_t n = 1111;
        const VkQueryPool queries = kit_queries(k, VK_QUERY_TYPE_TRANSFORM_FEEDBACK_STREAM_EXT, 4, 0);
        const VkQueryPool statistics = kit_queries(k, VK_QUERY_TYPE_PIPELINE_STATISTICS, 1, bits);
        capture(k, &s, n, 1, VK_NULL_HANDLE, queries, statistics);
        int32_t *want = kit_alloc(k, CAPTURE_B);
        memset(want, 0xab, CAPTURE_B);
        const uint32_t prims = outputs(want, n, i + 1, 10);
        kit_same(k, "strips", s.buffer[0].data, want, CAPTURE_B / 4, 4, 4);
        uint64_t r[2], q[2];
        CHECK_VK(k, vkGetQueryPoolResults(k->device, queries, 0, 1, 16, q, 16, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT));
        CHECK_VK(k, vkGetQueryPoolResults(k->device, statistics, 0, 1, 16, r, 16, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT));
        CHECK(k, q[0] == prims && q[1] == prims && r[0] == 3 * n && r[1] == prims, "captured %llu of %llu; %llu invocations, %llu primitives, not %u",
              (unsigned long long)q[0], (unsigned long long)q[1], (unsigned long long)r[0], (unsigned long long)r[1], prims);
    }
}

/* The shader with other numbers in its execution modes. */
static uint32_t *
with_mode(struct kit *k, const uint32_t *code, size_t code_B, uint32_t mode, uint32_t value)
{
    uint32_t *w = kit_alloc(k, code_B);
    memcpy(w, code, code_B);
    for (size_t i = 5; i < code_B / 4; i += w[i] >> 16) {
        if ((w[i] & 0xffff) == 16 && w[i + 2] == mode) { /* OpExecutionMode */
            w[i + 3] = value;
        }
    }
    return w;
}

/* Shaders that emit more than they said, and that say more than there is. */
static void
case_limits(struct kit *k)
{
    SKIP_UNLESS(k, !kit_under_validation(k) && strstr(k->properties.deviceName, "Pumice"), "undefined elsewhere");
    struct scene s;
    const uint32_t *four = with_mode(k, KIT_CODE(geo_out_3_geom), 26, 4);
    if (!scene_init(k, &s, VK_PRIMITIVE_TOPOLOGY_POINT_LIST, four, sizeof(geo_out_3_geom))) {
        return;
    }
    capture(k, &s, 333, 1, VK_NULL_HANDLE, VK_NULL_HANDLE, VK_NULL_HANDLE);
    int32_t *want = kit_alloc(k, CAPTURE_B);
    memset(want, 0xab, CAPTURE_B);
    outputs(want, 333, 3, 4);
    kit_same(k, "four vertices", s.buffer[0].data, want, CAPTURE_B / 4, 4, 4);
    static const uint32_t bad[][2] = {{26, 257}, {26, UINT32_MAX}, {0, 33}, {0, 0}};
    for (uint32_t i = 0; i < ARRAY_LEN(bad); i++) {
        s.g.stages[1].module = kit_module(k, with_mode(k, KIT_CODE(geo_out_3_geom), bad[i][0], bad[i][1]), sizeof(geo_out_3_geom));
        VkPipeline p;
        CHECK_RESULT(k, vkCreateGraphicsPipelines(k->device, VK_NULL_HANDLE, 1, &s.g.info, NULL, &p), VK_ERROR_INVALID_SHADER_NV);
    }
    /* Triangles for a shader that takes points: nothing. */
    if (scene_init(k, &s, VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST, KIT_CODE(geo_out_1_geom))) {
        capture(k, &s, 30, 1, VK_NULL_HANDLE, VK_NULL_HANDLE, VK_NULL_HANDLE);
        CHECK(k, *(const uint32_t *)s.buffer[0].data == 0xabababab, "primitives of another kind");
    }
}

static void
put_line(int32_t *want, uint32_t stride, uint32_t offset, uint32_t *at, int32_t id, int32_t a, int32_t b)
{
    for (uint32_t i = 0; i < 2; i++) {
        want[(*at + i) * stride + offset] = id;
        want[(*at + i) * stride + offset + 1] = i ? b : a;
    }
    *at += 2;
}

static void
case_streams(struct kit *k)
{
    struct scene s;
    const VkPhysicalDeviceTransformFeedbackFeaturesEXT *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TRANSFORM_FEEDBACK_FEATURES_EXT);
    SKIP_UNLESS(k, f->geometryStreams, "no geometryStreams");
    if (!scene_init(k, &s, VK_PRIMITIVE_TOPOLOGY_POINT_LIST, KIT_CODE(geo_streams_geom))) {
        return;
    }
    const VkQueryPool queries = kit_queries(k, VK_QUERY_TYPE_TRANSFORM_FEEDBACK_STREAM_EXT, 4, 0);
    capture(k, &s, 900, 1, VK_NULL_HANDLE, queries, VK_NULL_HANDLE);
    int32_t *want[4];
    uint32_t at[4] = {0};
    for (int b = 0; b < 4; b++) {
        want[b] = kit_alloc(k, CAPTURE_B);
        memset(want[b], 0xab, CAPTURE_B);
    }
    for (int32_t id = 0; id < 900; id++) {
        for (int32_t i = 1; i < id % 8; i++) {
            put_line(want[1], 2, 0, &at[1], id, i - 1, i);
            if (i % 3) {
                put_line(want[0], 3, 1, &at[0], id, i + 99, i + 100);
            }
            if (i % 2 == 0) {
                put_line(want[3], 2, 0, &at[3], id, i + 198, i + 200);
            }
        }
    }
    static const int buffer_of[4] = {1, 0, 3, 2};
    for (int b = 0; b < 4; b++) {
        char what[32];
        snprintf(what, sizeof(what), "buffer %d", b);
        kit_same(k, what, s.buffer[b].data, want[b], CAPTURE_B / 4, 4, 2);
    }
    uint64_t r[8];
    CHECK_VK(k, vkGetQueryPoolResults(k->device, queries, 0, 4, sizeof(r), r, 16, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT));
    for (int i = 0; i < 4; i++) {
        CHECK(k, r[i * 2] == at[buffer_of[i]] / 2 && r[i * 2 + 1] == r[i * 2], "stream %d: %llu of %llu", i, (unsigned long long)r[i * 2],
              (unsigned long long)r[i * 2 + 1]);
    }
}

/* Layers, viewports, numbers of primitives and clipping, as the shader sets them. */
static void
case_layers(struct kit *k)
{
    SKIP_UNLESS(k, k->features.geometryShader && k->features.multiViewport && k->features.shaderClipDistance, "no geometry shaders, viewports");
    struct kit_target t;
    const VkFormat format = VK_FORMAT_R8G8B8A8_UNORM;
    kit_target_init(k, &t, 16, 16, 4, 1, &format, VK_FORMAT_UNDEFINED);
    struct kit_graphics g;
    kit_graphics_init(k, &g, &t, kit_layout(k, 0, NULL, 0), KIT_CODE(geo_layer_vert), KIT_CODE(geo_layer_frag));
    kit_graphics_stage(k, &g, VK_SHADER_STAGE_GEOMETRY_BIT, KIT_CODE(geo_layer_geom));
    g.viewport.viewportCount = g.viewport.scissorCount = 2;
    g.viewports[1] = (VkViewport){0, 8, 16, 8, 0, 1};
    g.scissors[1] = g.scissors[0];
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdDraw(cmd, 6, 1, 0, 0); /* the second triangle covers the first */
    vkCmdEndRenderPass(cmd);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    for (uint32_t layer = 0; layer < 4; layer++) {
        const uint8_t *px = kit_read(k, &t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, layer);
        for (uint32_t i = 0; i < 256; i++) {
            const uint32_t x = i % 16, y = i / 16;
            const bool in = x >= 4 * layer && (layer % 2 == 0 || y >= 8);
            const uint8_t drawn[4] = {1, (uint8_t)(41 + layer * 10), (uint8_t)layer, (uint8_t)(layer % 2 + 1)};
            REQUIRE(k, in ? memcmp(&px[i * 4], drawn, 4) == 0 : px[i * 4 + 1] == 0, "layer %u: pixel %u %u is %u %u %u %u", layer, x, y, px[i * 4],
                    px[i * 4 + 1], px[i * 4 + 2], px[i * 4 + 3]);
        }
    }
}

static const struct kit_case cases[] = {
    {"inputs", case_inputs},   {"restart", case_restart}, {"outputs", case_outputs},
    {"streams", case_streams}, {"limits", case_limits},   {"layers", case_layers},
};
KIT_MAIN(cases)
