/* Transform feedback: what is captured, in which order, where it ends, how it goes on; queries of primitives. */
#include "kit.h"

#include "samples_flat_frag.h"
#include "xfb_blocks_vert.h"
#include "xfb_color_vert.h"
#include "xfb_place_vert.h"
#include "xfb_vert.h"

#define HOLE 0xabababab
#define MAX_PRIMS 6000u

static const uint32_t strides_B[3] = {32, 64, 20};

struct scene {
    struct kit_target t;
    struct kit_graphics g;
    struct kit_buffer buffer[3], counters;
    VkQueryPool captured, generated;
};

static bool
scene_init(struct kit *k, struct scene *s, VkPrimitiveTopology topology, bool last)
{
    if (!kit_has(k, VK_EXT_TRANSFORM_FEEDBACK_EXTENSION_NAME)) {
        kit_skip(k, "no VK_EXT_transform_feedback");
        return false;
    }
    memset(s, 0, sizeof(*s));
    kit_target_rgba(k, &s->t, 16, 16);
    kit_graphics_init(k, &s->g, &s->t, kit_layout(k, 0, NULL, 0), KIT_CODE(xfb_vert), NULL, 0);
    s->g.assembly.topology = topology;
    s->g.raster.rasterizerDiscardEnable = VK_TRUE;
    static VkPipelineRasterizationProvokingVertexStateCreateInfoEXT mode = {
        VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_PROVOKING_VERTEX_STATE_CREATE_INFO_EXT, NULL, VK_PROVOKING_VERTEX_MODE_LAST_VERTEX_EXT};
    s->g.raster.pNext = last ? &mode : NULL;
    for (int i = 0; i < 3; i++) {
        s->buffer[i] = kit_buffer_for(k, VK_BUFFER_USAGE_TRANSFORM_FEEDBACK_BUFFER_BIT_EXT, MAX_PRIMS * 3 * strides_B[i], NULL);
        memset(s->buffer[i].data, HOLE & 0xff, s->buffer[i].size_B);
    }
    s->counters = kit_buffer_for(k, VK_BUFFER_USAGE_TRANSFORM_FEEDBACK_COUNTER_BUFFER_BIT_EXT | VK_BUFFER_USAGE_INDIRECT_BUFFER_BIT, 64, NULL);
    s->captured = kit_queries(k, VK_QUERY_TYPE_TRANSFORM_FEEDBACK_STREAM_EXT, 4, 0);
    s->generated = kit_queries(k, VK_QUERY_TYPE_PRIMITIVES_GENERATED_EXT, 4, 0);
    return true;
}

static void
bind(struct kit *k, struct scene *s, VkCommandBuffer cmd, const VkDeviceSize *sizes)
{
    const VkBuffer buffers[3] = {s->buffer[0].buffer, s->buffer[1].buffer, s->buffer[2].buffer};
    const VkDeviceSize zero[3] = {0};
    k->vk.CmdBindTransformFeedbackBuffersEXT(cmd, 0, 3, buffers, zero, sizes);
}

/* The reference: words of one vertex in one buffer, as xfb.vert has them. */
static void
vertex_words(uint32_t buffer, uint32_t v, uint32_t instance, uint32_t *w)
{
    const float f = (float)v;
    for (uint32_t i = 0; i < strides_B[buffer] / 4; i++) {
        w[i] = HOLE;
    }
    if (buffer == 0) {
        const float p[4] = {f, (float)instance, 0.5f, 1.0f}, one = 1.0f;
        memcpy(w, p, 16);
        memcpy(&w[5], &one, 4);
    } else if (buffer == 1) {
        const int32_t number[3] = {(int32_t)v, -(int32_t)v, (int32_t)instance};
        const float m[6] = {f, f + 0.25f, f + 0.5f, f * 2.0f, f * 3.0f, f * 4.0f};
        const double wide = (double)f * 1.0e-3;
        w[1] = v * 2654435761u + instance;
        memcpy(&w[3], number, 12);
        memcpy(&w[6], m, 24);
        memcpy(&w[12], &wide, 8);
        w[15] = 0;
    } else {
        const float pair[2] = {f - 1.0f, f - 2.0f}, last = -f;
        memcpy(&w[1], pair, 8);
        memcpy(&w[4], &last, 4);
    }
}

/* Vertices of primitive p of n in the order that the specification draws; f: the provoking one in the mode that puts it last. */
static uint32_t
primitive(VkPrimitiveTopology topology, uint32_t p, uint32_t v[3], uint32_t *f)
{
    *f = 1;
    switch ((int)topology) {
    case VK_PRIMITIVE_TOPOLOGY_POINT_LIST: v[0] = p; *f = 0; return 1;
    case VK_PRIMITIVE_TOPOLOGY_LINE_LIST: v[0] = 2 * p; v[1] = 2 * p + 1; return 2;
    case VK_PRIMITIVE_TOPOLOGY_LINE_STRIP: v[0] = p; v[1] = p + 1; return 2;
    case VK_PRIMITIVE_TOPOLOGY_LINE_LIST_WITH_ADJACENCY: v[0] = 4 * p + 1; v[1] = 4 * p + 2; return 2;
    case VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP:
        v[0] = p;
        v[1] = p + 1 + p % 2;
        v[2] = p + 2 - p % 2;
        *f = 2 - p % 2;
        return 3;
    case VK_PRIMITIVE_TOPOLOGY_TRIANGLE_FAN: v[0] = p + 1; v[1] = p + 2; v[2] = 0; return 3;
    default: v[0] = 3 * p; v[1] = 3 * p + 1; v[2] = 3 * p + 2; *f = 2; return 3;
    }
}

/* Appends to the buffers what primitive p of an instance leaves there; at: vertices so far. */
static void
reference(uint32_t *want[3], VkPrimitiveTopology topology, bool last, uint32_t p, uint32_t first, uint32_t instance, uint32_t *at)
{
    uint32_t v[3], f;
    const uint32_t n = primitive(topology, p, v, &f);
    for (uint32_t i = 0; i < n; i++, (*at)++) {
        const uint32_t vertex = first + v[last ? (f + 1 + i) % n : i];
        for (uint32_t b = 0; b < 3; b++) {
            vertex_words(b, vertex, instance, want[b] + *at * strides_B[b] / 4);
        }
    }
}

static void
new_reference(struct kit *k, const struct scene *s, uint32_t *want[3])
{
    for (int b = 0; b < 3; b++) {
        want[b] = kit_alloc(k, s->buffer[b].size_B);
        memset(want[b], HOLE & 0xff, s->buffer[b].size_B);
    }
}

static void
compare(struct kit *k, const struct scene *s, uint32_t *const want[3], const char *what)
{
    for (int b = 0; b < 3; b++) {
        char name[64];
        snprintf(name, sizeof(name), "%s, buffer %d", what, b);
        if (!kit_same(k, name, s->buffer[b].data, want[b], s->buffer[b].size_B / 4, 4, strides_B[b] / 4)) {
            return;
        }
    }
}

static void
check_query(struct kit *k, VkQueryPool pool, uint32_t i, uint32_t n, uint64_t a, uint64_t b)
{
    uint64_t r[3] = {0};
    CHECK_VK(k, vkGetQueryPoolResults(k->device, pool, i, 1, sizeof(r), r, sizeof(r),
                                      VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT | VK_QUERY_RESULT_WITH_AVAILABILITY_BIT));
    CHECK(k, r[0] == a && (n == 1 || r[1] == b) && r[n] != 0, "query %u: %llu %llu, not %llu %llu", i, (unsigned long long)r[0],
          (unsigned long long)r[1], (unsigned long long)a, (unsigned long long)b);
}

/* Every topology, long enough for several chunks, in both modes of the provoking vertex. */
static void
case_order(struct kit *k)
{
    static const struct {
        VkPrimitiveTopology topology;
        uint32_t vertices, prims;
    } t[] = {
        {VK_PRIMITIVE_TOPOLOGY_POINT_LIST, 1500, 1500},          {VK_PRIMITIVE_TOPOLOGY_LINE_LIST, 2401, 1200},
        {VK_PRIMITIVE_TOPOLOGY_LINE_STRIP, 1300, 1299},          {VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST, 4001, 1333},
        {VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP, 1201, 1199},      {VK_PRIMITIVE_TOPOLOGY_TRIANGLE_FAN, 1201, 1199},
        {VK_PRIMITIVE_TOPOLOGY_LINE_LIST_WITH_ADJACENCY, 43, 10},
    };
    const VkPhysicalDeviceProvokingVertexFeaturesEXT *pv = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROVOKING_VERTEX_FEATURES_EXT);
    for (uint32_t i = 0; i < ARRAY_LEN(t); i++) {
        for (uint32_t last = 0; last <= (pv->transformFeedbackPreservesProvokingVertex ? 1u : 0u); last++) {
            struct scene s;
            if ((t[i].topology == VK_PRIMITIVE_TOPOLOGY_LINE_LIST_WITH_ADJACENCY && !k->features.geometryShader) ||
                !scene_init(k, &s, t[i].topology, last)) {
                continue;
            }
            const VkPipeline pipe = kit_graphics_create(k, &s.g);
            const VkCommandBuffer cmd = kit_begin(k);
            vkCmdResetQueryPool(cmd, s.captured, 0, 4);
            vkCmdResetQueryPool(cmd, s.generated, 0, 4);
            kit_target_begin(cmd, &s.t);
            vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
            bind(k, &s, cmd, NULL);
            vkCmdBeginQuery(cmd, s.generated, 0, 0);
            vkCmdDraw(cmd, t[i].vertices, 1, 0, 0); /* not captured */
            k->vk.CmdBeginTransformFeedbackEXT(cmd, 0, 0, NULL, NULL);
            k->vk.CmdBeginQueryIndexedEXT(cmd, s.captured, 1, 0, 0);
            vkCmdDraw(cmd, t[i].vertices, 2, 7, 3);
            k->vk.CmdEndQueryIndexedEXT(cmd, s.captured, 1, 0);
            vkCmdDraw(cmd, 4, 1, 100, 0);
            k->vk.CmdEndTransformFeedbackEXT(cmd, 0, 0, NULL, NULL);
            vkCmdEndQuery(cmd, s.generated, 0);
            vkCmdEndRenderPass(cmd);
            kit_barrier(cmd);
            kit_submit(k, cmd);
            uint32_t *want[3], at = 0, v[3], f;
            new_reference(k, &s, want);
            for (uint32_t p = 0; p < 2 * t[i].prims; p++) {
                reference(want, t[i].topology, last, p % t[i].prims, 7, 3 + p / t[i].prims, &at);
            }
            uint32_t more = 0;
            for (uint32_t p = 0; p < 4; p++) { /* all of the last draw that fits its four vertices */
                const uint32_t n = primitive(t[i].topology, p, v, &f);
                const bool fits = v[0] < 4 && (n < 2 || v[1] < 4) && (n < 3 || v[2] < 4) &&
                                  (t[i].topology != VK_PRIMITIVE_TOPOLOGY_LINE_LIST_WITH_ADJACENCY || p == 0);
                if (fits) {
                    reference(want, t[i].topology, last, p, 100, 0, &at);
                    more++;
                }
            }
            char what[64];
            snprintf(what, sizeof(what), "topology %d%s", t[i].topology, last ? ", last vertex" : "");
            compare(k, &s, want, what);
            check_query(k, s.captured, 1, 2, 2 * t[i].prims, 2 * t[i].prims);
            check_query(k, s.generated, 0, 1, 3 * t[i].prims + more, 0);
        }
    }
}

/* Restart cuts strips; what is cut off is nowhere. */
static void
case_restart(struct kit *k)
{
    struct scene s;
    if (!scene_init(k, &s, VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP, false)) {
        return;
    }
    s.g.assembly.primitiveRestartEnable = VK_TRUE;
    uint16_t *index = kit_alloc(k, 4000 * 2);
    uint32_t *want[3], at = 0, n = 0, prims = 0, seed = 5;
    new_reference(k, &s, want);
    while (n < 3900) {
        const uint32_t length = kit_random(&seed) % 9;
        for (uint32_t i = 0; i < length; i++) {
            index[n++] = (uint16_t)(kit_random(&seed) % 1000);
        }
        for (uint32_t p = 0; p + 2 < length; p++, prims++) {
            uint32_t v[3], f;
            primitive(VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP, p, v, &f);
            for (uint32_t i = 0; i < 3; i++, at++) {
                for (uint32_t b = 0; b < 3; b++) {
                    vertex_words(b, index[n - length + v[i]], 0, want[b] + at * strides_B[b] / 4);
                }
            }
        }
        index[n++] = 0xffff;
    }
    const struct kit_buffer indices = kit_buffer(k, n * 2, index);
    const VkPipeline pipe = kit_graphics_create(k, &s.g);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdResetQueryPool(cmd, s.captured, 0, 4);
    kit_target_begin(cmd, &s.t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdBindIndexBuffer(cmd, indices.buffer, 0, VK_INDEX_TYPE_UINT16);
    bind(k, &s, cmd, NULL);
    vkCmdBeginQuery(cmd, s.captured, 0, 0);
    k->vk.CmdBeginTransformFeedbackEXT(cmd, 0, 0, NULL, NULL);
    vkCmdDrawIndexed(cmd, n, 1, 0, 0, 0);
    k->vk.CmdEndTransformFeedbackEXT(cmd, 0, 0, NULL, NULL);
    vkCmdEndQuery(cmd, s.captured, 0);
    vkCmdEndRenderPass(cmd);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    compare(k, &s, want, "restart");
    check_query(k, s.captured, 0, 2, prims, prims);
}

/* The smallest buffer ends it for all of them; nothing is written behind the bound range. Then a counter that leads beyond it. */
static void
case_full(struct kit *k)
{
    struct scene s;
    if (!scene_init(k, &s, VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST, false)) {
        return;
    }
    const VkPipeline pipe = kit_graphics_create(k, &s.g);
    const VkDeviceSize sizes[3] = {s.buffer[0].size_B, 64 * 3 * 700 + 100, s.buffer[2].size_B};
    uint32_t *counter = s.counters.data;
    counter[4] = 0xfffffff0; /* of buffer 0, for the second begin */
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdResetQueryPool(cmd, s.captured, 0, 4);
    kit_target_begin(cmd, &s.t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    bind(k, &s, cmd, sizes);
    vkCmdBeginQuery(cmd, s.captured, 0, 0);
    k->vk.CmdBeginTransformFeedbackEXT(cmd, 0, 0, NULL, NULL);
    vkCmdDraw(cmd, 3 * 600, 1, 0, 0);
    vkCmdDraw(cmd, 3 * 600, 1, 3 * 600, 0);
    vkCmdDraw(cmd, 3, 1, 0, 0);
    const VkBuffer to[3] = {s.counters.buffer, s.counters.buffer, s.counters.buffer};
    const VkDeviceSize at[3] = {0, 4, 8};
    k->vk.CmdEndTransformFeedbackEXT(cmd, 0, 3, to, at);
    vkCmdEndQuery(cmd, s.captured, 0);
    if (!kit_under_validation(k)) {
        const VkDeviceSize far_B = 16;
        vkCmdBeginQuery(cmd, s.captured, 1, 0);
        k->vk.CmdBeginTransformFeedbackEXT(cmd, 0, 1, to, &far_B);
        vkCmdDraw(cmd, 6, 1, 0, 0);
        k->vk.CmdEndTransformFeedbackEXT(cmd, 0, 0, NULL, NULL);
        vkCmdEndQuery(cmd, s.captured, 1);
    }
    vkCmdEndRenderPass(cmd);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    uint32_t *want[3], n = 0;
    new_reference(k, &s, want);
    for (uint32_t p = 0; p < 700; p++) {
        reference(want, VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST, false, p, 0, 0, &n);
    }
    compare(k, &s, want, "full");
    check_query(k, s.captured, 0, 2, 700, 1201);
    if (!kit_under_validation(k)) {
        check_query(k, s.captured, 1, 2, 0, 2);
    }
    CHECK(k, counter[0] == 2100 * 32 && counter[1] == 2100 * 64 && counter[2] == 2100 * 20, "counters %u %u %u", counter[0], counter[1], counter[2]);
}

/* Stops and goes on, inside of a pass and in another submission; a buffer alone; not at all. */
static void
case_resume(struct kit *k)
{
    struct scene s;
    if (!scene_init(k, &s, VK_PRIMITIVE_TOPOLOGY_LINE_LIST, false)) {
        return;
    }
    const VkPipeline pipe = kit_graphics_create(k, &s.g);
    const VkBuffer to[3] = {s.counters.buffer, s.counters.buffer, s.counters.buffer};
    const VkDeviceSize at[3] = {8, 12, 16};
    for (uint32_t part = 0; part < 3; part++) {
        const VkCommandBuffer cmd = kit_begin(k);
        kit_target_begin(cmd, &s.t);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
        bind(k, &s, cmd, NULL);
        k->vk.CmdBeginTransformFeedbackEXT(cmd, 0, part ? 3 : 0, part ? to : NULL, part ? at : NULL);
        vkCmdDraw(cmd, 2 * (100 + part), 1, part * 1000, part);
        k->vk.CmdEndTransformFeedbackEXT(cmd, 0, 3, to, at);
        vkCmdDraw(cmd, 20, 1, 0, 0); /* not captured */
        vkCmdEndRenderPass(cmd);
        kit_barrier(cmd);
        kit_submit(k, cmd);
    }
    uint32_t *want[3], n = 0;
    new_reference(k, &s, want);
    for (uint32_t part = 0; part < 3; part++) {
        for (uint32_t p = 0; p < 100 + part; p++) {
            reference(want, VK_PRIMITIVE_TOPOLOGY_LINE_LIST, false, p, part * 1000, part, &n);
        }
    }
    compare(k, &s, want, "resumed");
    const uint32_t *counter = s.counters.data;
    CHECK(k, counter[2] == n * 32 && counter[3] == n * 64 && counter[4] == n * 20, "counters %u %u %u", counter[2], counter[3], counter[4]);
    /* Without a buffer for number 1: the others are written as before. */
    for (int b = 0; b < 3; b++) {
        memset(s.buffer[b].data, HOLE & 0xff, s.buffer[b].size_B);
    }
    const VkDeviceSize zero = 0;
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &s.t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    k->vk.CmdBindTransformFeedbackBuffersEXT(cmd, 0, 1, &s.buffer[0].buffer, &zero, NULL);
    k->vk.CmdBindTransformFeedbackBuffersEXT(cmd, 2, 1, &s.buffer[2].buffer, &zero, NULL);
    k->vk.CmdBeginTransformFeedbackEXT(cmd, 0, 0, NULL, NULL);
    vkCmdDraw(cmd, 2, 1, 5, 0);
    k->vk.CmdEndTransformFeedbackEXT(cmd, 0, 0, NULL, NULL);
    vkCmdEndRenderPass(cmd);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    new_reference(k, &s, want);
    n = 0;
    reference(want, VK_PRIMITIVE_TOPOLOGY_LINE_LIST, false, 0, 5, 0, &n);
    memset(want[1], HOLE & 0xff, s.buffer[1].size_B);
    compare(k, &s, want, "two buffers");
}

/* The blocks of arrays. */
static void
case_blocks(struct kit *k)
{
    struct scene s;
    enum { N = 100, WORDS = 6 };
    if (!scene_init(k, &s, VK_PRIMITIVE_TOPOLOGY_POINT_LIST, false)) {
        return;
    }
    kit_graphics_init(k, &s.g, &s.t, s.g.info.layout, KIT_CODE(xfb_blocks_vert), NULL, 0);
    s.g.assembly.topology = VK_PRIMITIVE_TOPOLOGY_POINT_LIST;
    s.g.raster.rasterizerDiscardEnable = VK_TRUE;
    const VkPipeline pipe = kit_graphics_create(k, &s.g);
    struct kit_buffer b[4];
    VkBuffer buffers[4];
    const VkDeviceSize zero[4] = {0};
    for (uint32_t i = 0; i < 4; i++) {
        b[i] = kit_buffer_for(k, VK_BUFFER_USAGE_TRANSFORM_FEEDBACK_BUFFER_BIT_EXT, N * WORDS * 4, NULL);
        memset(b[i].data, HOLE & 0xff, N * WORDS * 4);
        buffers[i] = b[i].buffer;
    }
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &s.t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    k->vk.CmdBindTransformFeedbackBuffersEXT(cmd, 0, 4, buffers, zero, NULL);
    k->vk.CmdBeginTransformFeedbackEXT(cmd, 0, 0, NULL, NULL);
    vkCmdDraw(cmd, N, 1, 0, 0);
    k->vk.CmdEndTransformFeedbackEXT(cmd, 0, 0, NULL, NULL);
    vkCmdEndRenderPass(cmd);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t want[N * WORDS];
        for (uint32_t v = 0; v < N; v++) {
            const float pair[2] = {(float)v + 0.5f, (float)i + 0.5f}, last = (float)(v * 4 + i), front = -(float)v - (float)(i - 1);
            memset(&want[v * WORDS], HOLE & 0xff, WORDS * 4);
            memcpy(&want[v * WORDS + 1], pair, 8);
            memcpy(&want[v * WORDS + 4], &last, 4);
            if (i) {
                memcpy(&want[v * WORDS], &front, 4);
            }
        }
        kit_same(k, i == 0 ? "buffer 0" : i == 1 ? "buffer 1" : i == 2 ? "buffer 2" : "buffer 3", b[i].data, want, N * WORDS, 4, WORDS);
    }
}

/* Captured vertices are drawn in the same pass: as many as there are. */
static void
case_draw(struct kit *k)
{
    struct scene s;
    if (!scene_init(k, &s, VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST, false)) {
        return;
    }
    kit_graphics_init(k, &s.g, &s.t, s.g.info.layout, KIT_CODE(xfb_place_vert), NULL, 0);
    s.g.raster.rasterizerDiscardEnable = VK_TRUE;
    const VkPipeline capture = kit_graphics_create(k, &s.g);
    struct kit_graphics g;
    kit_graphics_init(k, &g, &s.t, s.g.info.layout, KIT_CODE(xfb_color_vert), KIT_CODE(samples_flat_frag));
    kit_graphics_vertices(&g, VK_FORMAT_R32G32B32A32_SFLOAT, 16);
    const VkPipeline draw = kit_graphics_create(k, &g);
    const struct kit_buffer both =
        kit_buffer_for(k, VK_BUFFER_USAGE_TRANSFORM_FEEDBACK_BUFFER_BIT_EXT | VK_BUFFER_USAGE_VERTEX_BUFFER_BIT, 4096, NULL);
    const VkDeviceSize zero = 0, counter_B = 4;
    for (uint32_t quads = 0; quads < 3; quads++) {
        const VkCommandBuffer cmd = kit_begin(k);
        kit_target_begin(cmd, &s.t);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, capture);
        k->vk.CmdBindTransformFeedbackBuffersEXT(cmd, 0, 1, &both.buffer, &zero, NULL);
        k->vk.CmdBeginTransformFeedbackEXT(cmd, 0, 0, NULL, NULL);
        vkCmdDraw(cmd, 6 * quads, 1, 0, 0);
        k->vk.CmdEndTransformFeedbackEXT(cmd, 0, 1, &s.counters.buffer, &counter_B);
        vkCmdEndRenderPass(cmd);
        kit_barrier(cmd);
        kit_target_begin(cmd, &s.t);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, draw);
        vkCmdBindVertexBuffers(cmd, 0, 1, &both.buffer, &zero);
        k->vk.CmdDrawIndirectByteCountEXT(cmd, 1, 0, s.counters.buffer, counter_B, 0, 16);
        vkCmdEndRenderPass(cmd);
        kit_barrier(cmd);
        kit_submit(k, cmd);
        const uint32_t *px = kit_read(k, &s.t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
        for (uint32_t i = 0; i < 256; i++) {
            const bool in = i / 16 < 8 && i % 16 < 8 * quads;
            REQUIRE(k, (px[i] == 0xff00ff00) == in, "%u quads: pixel %u %u is %08x", quads, i % 16, i / 16, px[i]);
        }
    }
}

static const struct kit_case cases[] = {
    {"order", case_order}, {"restart", case_restart}, {"full", case_full}, {"resume", case_resume}, {"draw", case_draw},
    {"blocks", case_blocks},
};
KIT_MAIN(cases)
