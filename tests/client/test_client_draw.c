/* Draws: topologies, indices, instances, indirection, fetching, culling, clipping, scissors. The pictures come from a plain reference
 * rasterizer: vertices lie on the 1/256 pixel grid, so coverage is exact. SPEC: drawing, primsrast. */
#include "kit.h"

#include "draw_clip_vert.h"
#include "draw_fetch_i_vert.h"
#include "draw_fetch_u_vert.h"
#include "draw_fetch_vert.h"
#include "draw_frag.h"
#include "draw_point_frag.h"
#include "draw_points_vert.h"
#include "draw_vary_frag.h"
#include "draw_vary_vert.h"
#include "draw_vert.h"

#define W       64
#define H       64
#define NOTHING 0xffffffffu

struct vertex {
    float x, y; /* pixels */
    uint32_t id;
};

struct push {
    float scale[2];
    uint32_t per_instance;
    float point_size;
};

/* ---- reference ---- */

struct picture {
    uint32_t px[W * H];
    VkRect2D scissor;
};

static void
put(struct picture *p, int64_t x, int64_t y, uint32_t id)
{
    const int64_t sx = p->scissor.offset.x, sy = p->scissor.offset.y;
    if (x >= sx && y >= sy && x < sx + p->scissor.extent.width && y < sy + p->scissor.extent.height && x >= 0 && y >= 0 && x < W && y < H) {
        p->px[y * W + x] = id;
    }
}

static int64_t
fixed(float v)
{
    return (int64_t)lrintf(v * 256.0f);
}

static int64_t
twice_area(const int64_t a[2], const int64_t b[2], const int64_t c[2])
{
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

/* Pixel centres inside, or on a top or left edge. */
static void
triangle(struct picture *p, const struct vertex *v0, const struct vertex *v1, const struct vertex *v2)
{
    int64_t v[3][2] = {{fixed(v0->x), fixed(v0->y)}, {fixed(v1->x), fixed(v1->y)}, {fixed(v2->x), fixed(v2->y)}};
    const int64_t area = twice_area(v[0], v[1], v[2]);
    if (area == 0) {
        return;
    }
    if (area < 0) {
        for (int i = 0; i < 2; i++) {
            const int64_t t = v[1][i];
            v[1][i] = v[2][i];
            v[2][i] = t;
        }
    }
    for (int y = 0; y < H; y++) {
        for (int x = 0; x < W; x++) {
            const int64_t c[2] = {x * 256 + 128, y * 256 + 128};
            bool inside = true;
            for (int i = 0; i < 3 && inside; i++) {
                const int64_t *a = v[i], *b = v[(i + 1) % 3];
                const int64_t e = twice_area(a, b, c), dx = b[0] - a[0], dy = b[1] - a[1];
                const bool top_left = dy < 0 || (dy == 0 && dx > 0); /* clockwise on the screen, y down */
                inside = e > 0 || (e == 0 && top_left);
            }
            if (inside) {
                put(p, x, y, v0->id);
            }
        }
    }
}

/* Between pixel centres, horizontal, vertical or diagonal. Lines are parallelograms with upright or level ends (SPEC: primsrast-lines-basic,
 * strictLines is false): the end at the left, or at the top of vertical ones, is in, the other is out. */
static void
line(struct picture *p, const struct vertex *a, const struct vertex *b)
{
    const uint32_t id = a->id;
    const bool x_major = fabsf(b->x - a->x) >= fabsf(b->y - a->y);
    if (x_major ? b->x < a->x : b->y < a->y) {
        const struct vertex *t = a;
        a = b;
        b = t;
    }
    const int ax = (int)a->x, ay = (int)a->y, bx = (int)b->x, by = (int)b->y, n = x_major ? bx - ax : by - ay;
    for (int i = 0; i < n; i++) {
        put(p, ax + (bx - ax) * i / n, ay + (by - ay) * i / n, id);
    }
}

/* A run of vertices without restart. SPEC: drawing-primitive-topologies, with the provoking vertex first. */
static void
assemble(struct picture *p, VkPrimitiveTopology topology, const struct vertex *v, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        switch ((int)topology) {
        case VK_PRIMITIVE_TOPOLOGY_POINT_LIST: put(p, (int64_t)floorf(v[i].x), (int64_t)floorf(v[i].y), v[i].id); break;
        case VK_PRIMITIVE_TOPOLOGY_LINE_LIST:
            if (i % 2 == 0 && i + 1 < n) {
                line(p, &v[i], &v[i + 1]);
            }
            break;
        case VK_PRIMITIVE_TOPOLOGY_LINE_STRIP:
            if (i + 1 < n) {
                line(p, &v[i], &v[i + 1]);
            }
            break;
        case VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST:
            if (i % 3 == 0 && i + 2 < n) {
                triangle(p, &v[i], &v[i + 1], &v[i + 2]);
            }
            break;
        case VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP:
            if (i + 2 < n) {
                triangle(p, &v[i], &v[i + 1 + i % 2], &v[i + 2 - i % 2]);
            }
            break;
        default:
            if (i + 2 < n) {
                triangle(p, &v[i + 1], &v[i + 2], &v[0]);
            }
            break;
        }
    }
}

/* ---- the device's side ---- */

struct scene {
    struct kit_target t;
    VkPipelineLayout layout;
    struct kit_buffer vertices;
    struct picture want;
};

static void
scene_init(struct kit *k, struct scene *s, const struct vertex *v, uint32_t n)
{
    const VkFormat format = VK_FORMAT_R32_UINT;
    memset(s, 0, sizeof(*s));
    kit_target_init(k, &s->t, W, H, 1, 1, &format, VK_FORMAT_UNDEFINED);
    s->t.clears[0].color.uint32[0] = NOTHING;
    s->layout = kit_layout(k, 0, NULL, 32);
    if (n) {
        s->vertices = kit_buffer(k, n * sizeof(*v), v);
    }
    memset(s->want.px, 0xff, sizeof(s->want.px));
    s->want.scissor = (VkRect2D){{0, 0}, {W, H}};
}

static void
graphics(struct kit *k, struct scene *s, struct kit_graphics *g, VkPrimitiveTopology topology)
{
    kit_graphics_init(k, g, &s->t, s->layout, KIT_CODE(draw_vert), KIT_CODE(draw_frag));
    g->assembly.topology = topology;
    g->bindings[0] = (VkVertexInputBindingDescription){0, sizeof(struct vertex), VK_VERTEX_INPUT_RATE_VERTEX};
    g->attributes[0] = (VkVertexInputAttributeDescription){0, 0, VK_FORMAT_R32G32_SFLOAT, 0};
    g->attributes[1] = (VkVertexInputAttributeDescription){1, 0, VK_FORMAT_R32_UINT, 8};
    g->input.vertexBindingDescriptionCount = 1;
    g->input.vertexAttributeDescriptionCount = 2;
}

static VkCommandBuffer
begin(struct kit *k, struct scene *s, VkPipeline pipe)
{
    const struct push push = {{2.0f / W, 2.0f / H}, 0, 1.0f};
    const VkDeviceSize zero = 0;
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &s->t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdPushConstants(cmd, s->layout, VK_SHADER_STAGE_ALL, 0, sizeof(push), &push);
    if (s->vertices.buffer) {
        vkCmdBindVertexBuffers(cmd, 0, 1, &s->vertices.buffer, &zero);
    }
    return cmd;
}

static void
finish(struct kit *k, struct scene *s, VkCommandBuffer cmd, const char *what)
{
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    kit_same(k, what, kit_read(k, &s->t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0), s->want.px, W * H, 4, W);
}

static const VkPrimitiveTopology topologies[] = {
    VK_PRIMITIVE_TOPOLOGY_POINT_LIST,    VK_PRIMITIVE_TOPOLOGY_LINE_LIST,      VK_PRIMITIVE_TOPOLOGY_LINE_STRIP,
    VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST, VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP, VK_PRIMITIVE_TOPOLOGY_TRIANGLE_FAN,
};
static const char *const topology_names[] = {"points", "lines", "line strip", "triangles", "triangle strip", "triangle fan"};

/* Vertices that suit a topology: anywhere on the 1/256 grid for points and triangles (not on edges of pixels for points), pixel centres
 * joined by straight and diagonal lines else. */
static void
make_vertices(VkPrimitiveTopology topology, struct vertex *v, uint32_t n, uint32_t seed)
{
    const bool lines = topology == VK_PRIMITIVE_TOPOLOGY_LINE_LIST || topology == VK_PRIMITIVE_TOPOLOGY_LINE_STRIP;
    for (uint32_t i = 0; i < n; i++) {
        v[i].id = i;
        if (!lines) {
            v[i].x = (float)(kit_random(&seed) % (W * 256)) / 256.0f;
            v[i].y = (float)(kit_random(&seed) % (H * 256)) / 256.0f;
            if (topology == VK_PRIMITIVE_TOPOLOGY_POINT_LIST) {
                v[i].x = floorf(v[i].x) + 0.5f;
                v[i].y = floorf(v[i].y) + 0.25f;
            }
            continue;
        }
        static const int steps[8][2] = {{1, 0}, {1, 1}, {0, 1}, {-1, 1}, {-1, 0}, {-1, -1}, {0, -1}, {1, -1}};
        if (i == 0) {
            v[0].x = 30.5f, v[0].y = 20.5f;
            continue;
        }
        for (;;) { /* a step that stays inside */
            const int *s = steps[kit_random(&seed) % 8];
            const float length = (float)(1 + kit_random(&seed) % 12), x = v[i - 1].x + (float)s[0] * length,
                        y = v[i - 1].y + (float)s[1] * length;
            if (x > 0 && y > 0 && x < W && y < H) {
                v[i].x = x, v[i].y = y;
                break;
            }
        }
    }
}

static void
case_topologies(struct kit *k)
{
    for (uint32_t t = 0; t < ARRAY_LEN(topologies); t++) {
        struct vertex v[64];
        struct scene s;
        struct kit_graphics g;
        make_vertices(topologies[t], v, ARRAY_LEN(v), t);
        scene_init(k, &s, v, ARRAY_LEN(v));
        graphics(k, &s, &g, topologies[t]);
        const VkCommandBuffer cmd = begin(k, &s, kit_graphics_create(k, &g));
        static const uint32_t draws[][2] = {{0, 17}, {20, 3}, {25, 2}, {30, 1}, {33, 0}, {36, 28}}; /* too short ones draw nothing */
        for (uint32_t d = 0; d < ARRAY_LEN(draws); d++) {
            vkCmdDraw(cmd, draws[d][1], 1, draws[d][0], 0);
            assemble(&s.want, topologies[t], v + draws[d][0], draws[d][1]);
        }
        finish(k, &s, cmd, topology_names[t]);
    }
}

/* Indices of 8, 16 and 32 bits, with and without restart, an offset and a first index. */
static void
indexed(struct kit *k, uint32_t t, uint32_t index_B, bool restart)
{
    enum { N = 60, BASE = 3, OFFSET = -5 };
    struct vertex v[64], run[N];
    struct scene s;
    struct kit_graphics g;
    uint32_t index[N], seed = t * 7 + index_B, n_run = 0;
    const uint32_t cut = index_B == 1 ? 0xff : index_B == 2 ? 0xffff : UINT32_MAX;
    const bool strip = topologies[t] == VK_PRIMITIVE_TOPOLOGY_LINE_STRIP || topologies[t] == VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP ||
                       topologies[t] == VK_PRIMITIVE_TOPOLOGY_TRIANGLE_FAN;
    const VkPhysicalDevicePrimitiveTopologyListRestartFeaturesEXT *list =
        kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PRIMITIVE_TOPOLOGY_LIST_RESTART_FEATURES_EXT);
    if (restart && !strip && !list->primitiveTopologyListRestart) {
        return;
    }
    const bool lines = topologies[t] == VK_PRIMITIVE_TOPOLOGY_LINE_LIST || topologies[t] == VK_PRIMITIVE_TOPOLOGY_LINE_STRIP;
    make_vertices(topologies[t], v, ARRAY_LEN(v), seed);
    uint8_t bytes[N * 4];
    scene_init(k, &s, v, ARRAY_LEN(v));
    for (uint32_t i = 0; i < N; i++) { /* lines stay straight only between neighbours */
        index[i] = lines ? i + 8 : 5 + kit_random(&seed) % 59;
        if (restart && kit_random(&seed) % 7 == 0) {
            index[i] = cut;
        }
        memcpy(bytes + (size_t)i * index_B, &index[i], index_B);
        if (i < BASE) {
            continue;
        }
        if (index[i] == cut) {
            assemble(&s.want, topologies[t], run, n_run);
            n_run = 0;
        } else {
            run[n_run++] = v[(int)index[i] + OFFSET];
        }
    }
    assemble(&s.want, topologies[t], run, n_run);
    const struct kit_buffer ib = kit_buffer(k, sizeof(bytes) + 16, NULL);
    memcpy((uint8_t *)ib.data + 4, bytes, (size_t)N * index_B);
    graphics(k, &s, &g, topologies[t]);
    g.assembly.primitiveRestartEnable = restart;
    const VkCommandBuffer cmd = begin(k, &s, kit_graphics_create(k, &g));
    vkCmdBindIndexBuffer(cmd, ib.buffer, 4,
                         index_B == 1   ? VK_INDEX_TYPE_UINT8_KHR
                         : index_B == 2 ? VK_INDEX_TYPE_UINT16
                                        : VK_INDEX_TYPE_UINT32);
    vkCmdDrawIndexed(cmd, N - BASE, 1, BASE, OFFSET, 0);
    char what[64];
    snprintf(what, sizeof(what), "%s, %u-bit indices%s", topology_names[t], index_B * 8, restart ? ", restart" : "");
    finish(k, &s, cmd, what);
}

static void
case_indexed(struct kit *k)
{
    const VkPhysicalDeviceIndexTypeUint8Features *small = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_INDEX_TYPE_UINT8_FEATURES);
    for (uint32_t t = 0; t < ARRAY_LEN(topologies); t++) {
        for (uint32_t B = small->indexTypeUint8 ? 1 : 2; B <= 4; B *= 2) {
            indexed(k, t, B, false);
            indexed(k, t, B, true);
        }
    }
}

/* ---- instances and indirection: each vertex of each instance of each draw is one pixel ---- */

struct points {
    struct scene s;
    VkPipeline pipe;
    struct kit_buffer rate0, rate1;
    uint32_t divisor[2];
};

static void
points_init(struct kit *k, struct points *p, uint32_t divisor0, uint32_t divisor1)
{
    struct kit_graphics g;
    uint8_t numbers[64];
    scene_init(k, &p->s, NULL, 0);
    for (uint32_t i = 0; i < sizeof(numbers); i++) {
        numbers[i] = (uint8_t)(i * 3 + 1);
    }
    p->rate0 = kit_buffer(k, sizeof(numbers), numbers);
    p->rate1 = kit_buffer(k, sizeof(numbers), numbers);
    p->divisor[0] = divisor0;
    p->divisor[1] = divisor1;
    kit_graphics_init(k, &g, &p->s.t, p->s.layout, KIT_CODE(draw_points_vert), KIT_CODE(draw_frag));
    g.assembly.topology = VK_PRIMITIVE_TOPOLOGY_POINT_LIST;
    const VkVertexInputBindingDivisorDescription divisors[2] = {{0, divisor0}, {1, divisor1}};
    const VkPipelineVertexInputDivisorStateCreateInfo divisor = {VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_DIVISOR_STATE_CREATE_INFO, NULL, 2,
                                                                 divisors};
    g.input.pNext = divisor0 != 1 || divisor1 != 1 ? &divisor : NULL;
    for (uint32_t i = 0; i < 2; i++) {
        g.bindings[i] = (VkVertexInputBindingDescription){i, 1, VK_VERTEX_INPUT_RATE_INSTANCE};
        g.attributes[i] = (VkVertexInputAttributeDescription){i, i, VK_FORMAT_R8_UINT, 0};
    }
    g.input.vertexBindingDescriptionCount = g.input.vertexAttributeDescriptionCount = 2;
    p->pipe = kit_graphics_create(k, &g);
}

static VkCommandBuffer
points_begin(struct kit *k, struct points *p)
{
    const VkCommandBuffer cmd = begin(k, &p->s, p->pipe);
    const VkBuffer buffers[2] = {p->rate0.buffer, p->rate1.buffer};
    const VkDeviceSize offsets[2] = {0, 5};
    vkCmdBindVertexBuffers(cmd, 0, 2, buffers, offsets);
    return cmd;
}

/* What a draw must have left. index: vertex numbers, or NULL for first, first + 1, ... */
static void
points_expect(struct points *p, uint32_t draw, uint32_t n, uint32_t instances, int32_t base_vertex, uint32_t base_instance,
              const uint32_t *index)
{
    for (uint32_t i = 0; i < instances; i++) {
        for (uint32_t v = 0; v < n; v++) {
            const uint32_t number = index ? index[v] : v;
            const uint32_t vertex = (uint32_t)((int32_t)number + base_vertex);
            uint32_t id = (vertex & 0xff) | (base_instance + i) << 8;
            for (int a = 0; a < 2; a++) { /* SPEC: fxvertex-input-address-calculation */
                const uint32_t at = base_instance + (p->divisor[a] ? i / p->divisor[a] : 0) + (a ? 5 : 0);
                id |= ((at * 3 + 1) & 0xff) << (16 + 8 * a);
            }
            put(&p->s.want, number, i + draw * 8, id);
        }
    }
}

static void
case_instances(struct kit *k)
{
    const VkPhysicalDeviceShaderDrawParametersFeatures *dp =
        kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_DRAW_PARAMETERS_FEATURES);
    SKIP_UNLESS(k, dp->shaderDrawParameters || kit_has(k, "VK_KHR_shader_draw_parameters"), "no draw parameters");
    const VkPhysicalDeviceVertexAttributeDivisorFeatures *f =
        kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VERTEX_ATTRIBUTE_DIVISOR_FEATURES);
    static const uint32_t divisors[][2] = {{1, 1}, {2, 3}, {0, 1}, {5, 0}};
    for (uint32_t d = 0; d < ARRAY_LEN(divisors); d++) {
        if ((d == 1 && !f->vertexAttributeInstanceRateDivisor) || (d > 1 && !f->vertexAttributeInstanceRateZeroDivisor)) {
            continue;
        }
        struct points p;
        points_init(k, &p, divisors[d][0], divisors[d][1]);
        const VkCommandBuffer cmd = points_begin(k, &p);
        vkCmdDraw(cmd, 11, 7, 4, 3);
        points_expect(&p, 0, 11, 7, 4, 3, NULL);
        finish(k, &p.s, cmd, "instances");
    }
}

static void
case_indirect(struct kit *k)
{
    SKIP_UNLESS(k, k->features.multiDrawIndirect && k->features.drawIndirectFirstInstance, "no multiDrawIndirect");
    static const VkDrawIndirectCommand args[] = {{9, 4, 2, 1}, {0, 3, 0, 0}, {5, 0, 0, 0}, {13, 8, 30, 6}, {3, 2, 1, 0}};
    static const VkDrawIndexedIndirectCommand indexed_args[] = {{8, 3, 2, 10, 1}, {4, 2, 0, -1, 2}, {10, 5, 0, 0, 4}};
    static const uint32_t index[] = {3, 1, 4, 15, 9, 2, 6, 5, 35, 8};
    for (int mode = 0; mode < 5; mode++) {
        const bool with_count = mode == 2 || mode == 3, is_indexed = mode == 1 || mode == 3;
        if (with_count && !k->vk.CmdDrawIndirectCount) {
            continue;
        }
        struct points p;
        points_init(k, &p, 1, 1);
        const uint32_t stride_B = 28, n = is_indexed ? ARRAY_LEN(indexed_args) : ARRAY_LEN(args), counts[2] = {77, n - 1};
        const struct kit_buffer buf = kit_buffer(k, 12 + n * stride_B, NULL), cb = kit_buffer(k, 8, counts),
                                ib = kit_buffer(k, sizeof(index), index);
        const uint32_t drawn = with_count ? n - 1 : n;
        for (uint32_t i = 0; i < n; i++) {
            memcpy((uint8_t *)buf.data + 12 + i * stride_B, is_indexed ? (const void *)&indexed_args[i] : (const void *)&args[i],
                   is_indexed ? 20 : 16);
            if (i < drawn && is_indexed) {
                const VkDrawIndexedIndirectCommand *a = &indexed_args[i];
                points_expect(&p, i, a->indexCount, a->instanceCount, a->vertexOffset, a->firstInstance, index + a->firstIndex);
            } else if (i < drawn && mode != 4) {
                points_expect(&p, i, args[i].vertexCount, args[i].instanceCount, (int32_t)args[i].firstVertex, args[i].firstInstance, NULL);
            }
        }
        const VkCommandBuffer cmd = points_begin(k, &p);
        vkCmdBindIndexBuffer(cmd, ib.buffer, 0, VK_INDEX_TYPE_UINT32);
        switch (mode) {
        case 0: vkCmdDrawIndirect(cmd, buf.buffer, 12, n, stride_B); break;
        case 1: vkCmdDrawIndexedIndirect(cmd, buf.buffer, 12, n, stride_B); break;
        case 2: k->vk.CmdDrawIndirectCount(cmd, buf.buffer, 12, cb.buffer, 4, n, stride_B); break;
        case 3: k->vk.CmdDrawIndexedIndirectCount(cmd, buf.buffer, 12, cb.buffer, 4, n, stride_B); break;
        default: /* each alone: the number of the draw stays 0 */
            for (uint32_t i = 0; i < n; i++) {
                vkCmdDrawIndirect(cmd, buf.buffer, 12 + i * stride_B, 1, 0);
                points_expect(&p, 0, args[i].vertexCount, args[i].instanceCount, (int32_t)args[i].firstVertex, args[i].firstInstance, NULL);
            }
            vkCmdDrawIndirect(cmd, buf.buffer, 12, 0, 0);
            break;
        }
        static const char *const names[] = {"indirect", "indexed indirect", "indirect count", "indexed indirect count", "one by one"};
        finish(k, &p.s, cmd, names[mode]);
    }
}

static void
case_multi_draw(struct kit *k)
{
    const VkPhysicalDeviceMultiDrawFeaturesEXT *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MULTI_DRAW_FEATURES_EXT);
    SKIP_UNLESS(k, f->multiDraw, "no VK_EXT_multi_draw");
    static const struct {
        VkMultiDrawInfoEXT info;
        uint32_t pad;
    } plain[] = {{{3, 9}, 0}, {{0, 4}, 0}, {{20, 12}, 0}};
    static const VkMultiDrawIndexedInfoEXT with_index[] = {{0, 4, 5}, {3, 6, -1}};
    static const uint32_t index[] = {3, 1, 4, 15, 9, 2, 6, 5, 35, 8};
    for (int mode = 0; mode < 3; mode++) {
        struct points p;
        points_init(k, &p, 1, 1);
        const struct kit_buffer ib = kit_buffer(k, sizeof(index), index);
        const VkCommandBuffer cmd = points_begin(k, &p);
        vkCmdBindIndexBuffer(cmd, ib.buffer, 0, VK_INDEX_TYPE_UINT32);
        const int32_t offset = 7;
        if (mode == 0) {
            k->vk.CmdDrawMultiEXT(cmd, 3, &plain[0].info, 5, 2, sizeof(plain[0]));
            for (uint32_t i = 0; i < 3; i++) {
                points_expect(&p, i, plain[i].info.vertexCount, 5, (int32_t)plain[i].info.firstVertex, 2, NULL);
            }
        } else {
            k->vk.CmdDrawMultiIndexedEXT(cmd, 2, with_index, 3, 1, sizeof(with_index[0]), mode == 2 ? &offset : NULL);
            for (uint32_t i = 0; i < 2; i++) {
                points_expect(&p, i, with_index[i].indexCount, 3, mode == 2 ? offset : with_index[i].vertexOffset, 1,
                              index + with_index[i].firstIndex);
            }
        }
        finish(k, &p.s, cmd, mode == 0 ? "multi draw" : "multi draw indexed");
    }
}

/* ---- fetching ---- */

/* Every vertex format, read by the shader and written to a buffer. */
static void
case_vertex_formats(struct kit *k)
{
    SKIP_UNLESS(k, k->features.vertexPipelineStoresAndAtomics, "vertex shaders can't write");
    enum { N = 24 };
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkDescriptorSet set = kit_set(k, sl);
    const struct kit_buffer out = kit_buffer(k, N * 16, NULL);
    kit_write_buffer(k, set, 0, 0, type, out.buffer, 0, VK_WHOLE_SIZE);
    struct kit_target t;
    kit_target_rgba(k, &t, 4, 4);
    uint32_t formats = 0;
    for (size_t i = 0; i < kit_n_format_infos; i++) {
        const struct kit_format_info *f = &kit_format_infos[i];
        VkFormatProperties props = {0};
        if (kit_format_defined(k, f)) {
            vkGetPhysicalDeviceFormatProperties(k->physical, f->format, &props);
        }
        if (!(props.bufferFeatures & VK_FORMAT_FEATURE_VERTEX_BUFFER_BIT) || f->c[0].bits > 32) {
            continue;
        }
        formats++;
        const uint32_t stride_B = (f->block_B + 7u) / 4 * 4, offset_B = 4;
        uint8_t data[N * 20 + 8];
        kit_noise(data, sizeof(data), (uint32_t)i);
        union kit_texel want[N];
        for (uint32_t v = 0; v < N; v++) {
            kit_noise_texels(f->format, data + v * stride_B + offset_B, 1, (uint32_t)i * N + v);
            want[v] = kit_unpack(f->format, data + v * stride_B + offset_B);
        }
        const struct kit_buffer vb = kit_buffer(k, sizeof(data), data);
        struct kit_graphics g;
        const bool is_int = kit_format_is_int(f->format), is_uint = f->c[0].numeric == KIT_UINT;
        kit_graphics_init(k, &g, &t, layout,
                          is_uint  ? draw_fetch_u_vert
                          : is_int ? draw_fetch_i_vert
                                   : draw_fetch_vert,
                          is_uint  ? sizeof(draw_fetch_u_vert)
                          : is_int ? sizeof(draw_fetch_i_vert)
                                   : sizeof(draw_fetch_vert),
                          NULL, 0);
        g.assembly.topology = VK_PRIMITIVE_TOPOLOGY_POINT_LIST;
        kit_graphics_vertices(&g, f->format, stride_B);
        g.attributes[0].offset = offset_B;
        const VkPipeline pipe = kit_graphics_create(k, &g);
        const VkDeviceSize zero = 0;
        const VkCommandBuffer cmd = kit_begin(k);
        kit_target_begin(cmd, &t);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
        vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, layout, 0, 1, &set, 0, NULL);
        vkCmdBindVertexBuffers(cmd, 0, 1, &vb.buffer, &zero);
        vkCmdDraw(cmd, N, 1, 0, 0);
        vkCmdEndRenderPass(cmd);
        kit_barrier(cmd);
        kit_submit(k, cmd);
        for (uint32_t v = 0; v < N; v++) {
            for (uint32_t c = 0; c < 4; c++) {
                const float *as_f = out.data;
                const uint32_t *as_u = out.data;
                if (is_int) {
                    REQUIRE(k, as_u[v * 4 + c] == (uint32_t)want[v].i[c], "%s vertex %u component %u: %#x, not %#x", f->name, v, c,
                            as_u[v * 4 + c], (uint32_t)want[v].i[c]);
                } else {
                    const double e = fabs((double)as_f[v * 4 + c] - want[v].f[c]);
                    REQUIRE(k, e <= 2e-7 * fmax(1, fabs(want[v].f[c])), "%s vertex %u component %u: %.9g, not %.9g", f->name, v, c,
                            (double)as_f[v * 4 + c], want[v].f[c]);
                }
            }
        }
    }
    printf("  %u formats\n", formats);
}

/* Reads beyond a vertex buffer give zeros (or w = 1), never another's memory. SPEC: features-robustBufferAccess */
static void
case_robust_fetch(struct kit *k)
{
    SKIP_UNLESS(k, k->features.robustBufferAccess && k->features.vertexPipelineStoresAndAtomics, "no robustBufferAccess");
    enum { N = 16 };
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkDescriptorSet set = kit_set(k, sl);
    const struct kit_buffer out = kit_buffer(k, N * 16, NULL);
    kit_write_buffer(k, set, 0, 0, type, out.buffer, 0, VK_WHOLE_SIZE);
    struct kit_target t;
    struct kit_graphics g;
    kit_target_rgba(k, &t, 4, 4);
    float data[6 * 4];
    for (uint32_t i = 0; i < ARRAY_LEN(data); i++) {
        data[i] = (float)(i + 1);
    }
    const struct kit_buffer vb = kit_buffer(k, sizeof(data), data);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(draw_fetch_vert), NULL, 0);
    g.assembly.topology = VK_PRIMITIVE_TOPOLOGY_POINT_LIST;
    kit_graphics_vertices(&g, VK_FORMAT_R32G32B32A32_SFLOAT, 16);
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const VkDeviceSize zero = 0;
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, layout, 0, 1, &set, 0, NULL);
    vkCmdBindVertexBuffers(cmd, 0, 1, &vb.buffer, &zero);
    vkCmdDraw(cmd, N, 1, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    const float *got = out.data;
    for (uint32_t i = 0; i < N * 4; i++) {
        const float v = got[i];
        const bool ours = v >= 1.0f && v <= (float)ARRAY_LEN(data);
        CHECK(k, i < ARRAY_LEN(data) ? v == data[i] : v == 0.0f || ours, "component %u of vertex %u: %g", i % 4, i / 4, (double)v);
    }
}

/* ---- what fragments see ---- */

static void
case_interpolation(struct kit *k)
{
    const VkFormat formats[4] = {VK_FORMAT_R32G32B32A32_SFLOAT, VK_FORMAT_R32G32B32A32_SFLOAT, VK_FORMAT_R32G32B32A32_SFLOAT,
                                 VK_FORMAT_R32G32B32A32_SFLOAT};
    /* Clip space with a different w for each vertex. */
    static const struct {
        float pos[4], value[3];
    } v[3] = {{{-0.9f * 1, -0.8f * 1, 0.1f * 1, 1}, {1, 0, 5}},
              {{0.9f * 4, -0.5f * 4, 0.9f * 4, 4}, {0, 1, 7}},
              {{-0.2f * 2, 0.95f * 2, 0.4f * 2, 2}, {0, 0, -3}}};
    struct kit_target t;
    struct kit_graphics g;
    kit_target_init(k, &t, W, H, 1, 4, formats, VK_FORMAT_UNDEFINED);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, 0);
    const struct kit_buffer vb = kit_buffer(k, sizeof(v), v);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(draw_vary_vert), KIT_CODE(draw_vary_frag));
    g.bindings[0] = (VkVertexInputBindingDescription){0, sizeof(v[0]), VK_VERTEX_INPUT_RATE_VERTEX};
    g.attributes[0] = (VkVertexInputAttributeDescription){0, 0, VK_FORMAT_R32G32B32A32_SFLOAT, 0};
    g.attributes[1] = (VkVertexInputAttributeDescription){1, 0, VK_FORMAT_R32G32B32_SFLOAT, 16};
    g.input.vertexBindingDescriptionCount = 1;
    g.input.vertexAttributeDescriptionCount = 2;
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const VkDeviceSize zero = 0;
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdBindVertexBuffers(cmd, 0, 1, &vb.buffer, &zero);
    vkCmdDraw(cmd, 3, 1, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    const float *got[4];
    for (int i = 0; i < 4; i++) {
        got[i] = kit_read(k, &t.color[i], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    }
    uint32_t covered = 0;
    for (uint32_t p = 0; p < W * H; p++) {
        if (got[0][p * 4 + 3] == 0.0f) {
            continue;
        }
        covered++;
        const double x = p % W + 0.5, y = p / W + 0.5;
        double s[3][2], b[3], iw = 0;
        for (int i = 0; i < 3; i++) {
            s[i][0] = ((double)(v[i].pos[0] / v[i].pos[3]) + 1) * W / 2;
            s[i][1] = ((double)(v[i].pos[1] / v[i].pos[3]) + 1) * H / 2;
        }
        const double area = (s[1][0] - s[0][0]) * (s[2][1] - s[0][1]) - (s[1][1] - s[0][1]) * (s[2][0] - s[0][0]);
        for (int i = 0; i < 3; i++) {
            const double *a = s[(i + 1) % 3], *c = s[(i + 2) % 3];
            b[i] = ((c[0] - a[0]) * (y - a[1]) - (c[1] - a[1]) * (x - a[0])) / area;
            iw += b[i] / (double)v[i].pos[3];
        }
        for (int c = 0; c < 3; c++) {
            double smooth = 0, plane = 0;
            for (int i = 0; i < 3; i++) {
                smooth += b[i] / (double)v[i].pos[3] * (double)v[i].value[c];
                plane += b[i] * (double)v[i].value[c];
            }
            /* Vertices move by up to 1/512 of a pixel when they are snapped. */
            CHECK(k, fabs((double)got[0][p * 4 + c] - smooth / iw) < 0.01, "smooth at %g,%g: %g, not %g", x, y, (double)got[0][p * 4 + c],
                  smooth / iw);
            CHECK(k, fabs((double)got[1][p * 4 + c] - plane) < 0.005, "noperspective at %g,%g: %g, not %g", x, y, (double)got[1][p * 4 + c],
                  plane);
            CHECK(k, got[2][p * 4 + c] == v[0].value[c], "flat: %g", (double)got[2][p * 4 + c]);
        }
        double z = 0;
        for (int i = 0; i < 3; i++) {
            z += b[i] * (double)(v[i].pos[2] / v[i].pos[3]);
        }
        const float *fc = &got[3][p * 4];
        CHECK(k, (double)fc[0] == x && (double)fc[1] == y && fabs((double)fc[2] - z) < 1e-3 && fabs((double)fc[3] - iw) < 1e-3,
              "FragCoord %g %g %g %g, not %g %g %g %g", (double)fc[0], (double)fc[1], (double)fc[2], (double)fc[3], x, y, z, iw);
    }
    CHECK(k, covered > 700 && covered < 2000, "%u pixels covered", covered);
}

static void
case_culling(struct kit *k)
{
    /* Two triangles: clockwise and counter-clockwise on the screen. */
    const struct vertex v[6] = {{2, 2, 1}, {20, 2, 1}, {2, 20, 1}, {40, 2, 2}, {40, 20, 2}, {60, 2, 2}};
    for (uint32_t mode = 0; mode < 4; mode++) {
        for (uint32_t front = 0; front < 2; front++) {
            for (uint32_t flip = 0; flip < 2; flip++) {
                struct scene s;
                struct kit_graphics g;
                scene_init(k, &s, v, 6);
                graphics(k, &s, &g, VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST);
                g.raster.cullMode = mode;
                g.raster.frontFace = (VkFrontFace)front;
                struct vertex w[6];
                for (int i = 0; i < 6; i++) {
                    w[i] = v[i];
                    w[i].y = flip ? H - v[i].y : v[i].y;
                }
                if (flip) { /* SPEC: a viewport of negative height turns the picture and the sense of rotation */
                    g.viewports[0] = (VkViewport){0, H, W, -(float)H, 0, 1};
                }
                for (int i = 0; i < 2; i++) {
                    const bool clockwise = (i == 0) != (flip == 1);
                    const bool is_front = clockwise == (front == VK_FRONT_FACE_CLOCKWISE);
                    if (!(mode & (is_front ? VK_CULL_MODE_FRONT_BIT : VK_CULL_MODE_BACK_BIT))) {
                        triangle(&s.want, &w[i * 3], &w[i * 3 + 1], &w[i * 3 + 2]);
                    }
                }
                const VkCommandBuffer cmd = begin(k, &s, kit_graphics_create(k, &g));
                vkCmdDraw(cmd, 6, 1, 0, 0);
                char what[64];
                snprintf(what, sizeof(what), "cull mode %u, front %u, flip %u", mode, front, flip);
                finish(k, &s, cmd, what);
            }
        }
    }
}

static void
case_scissors_viewports(struct kit *k)
{
    const struct vertex v[6] = {{-30, -20, 1}, {200, 3, 1}, {5, 200, 1}, {10, 10, 2}, {30, 12, 2}, {12, 33, 2}};
    static const VkRect2D scissors[] = {{{0, 0}, {W, H}}, {{5, 7}, {20, 13}}, {{0, 0}, {0, 0}}, {{63, 47}, {1, 1}}, {{3, 0}, {1000, 5}}};
    for (uint32_t i = 0; i < ARRAY_LEN(scissors); i++) {
        struct scene s;
        struct kit_graphics g;
        scene_init(k, &s, v, 6);
        graphics(k, &s, &g, VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST);
        kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_SCISSOR);
        kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_VIEWPORT);
        const VkCommandBuffer cmd = begin(k, &s, kit_graphics_create(k, &g));
        const VkViewport all = {0, 0, W, H, 0, 1}, part = {16, 8, W / 2.0f, H / 4.0f, 0, 1};
        vkCmdSetScissor(cmd, 0, 1, &scissors[i]);
        vkCmdSetViewport(cmd, 0, 1, &all);
        vkCmdDraw(cmd, 3, 1, 0, 0);
        vkCmdSetViewport(cmd, 0, 1, &part);
        vkCmdDraw(cmd, 3, 1, 3, 0);
        s.want.scissor = scissors[i];
        triangle(&s.want, &v[0], &v[1], &v[2]);
        struct vertex w[3];
        for (int c = 0; c < 3; c++) {
            w[c] = (struct vertex){16 + v[3 + c].x / 2, 8 + v[3 + c].y / 4, 2};
        }
        triangle(&s.want, &w[0], &w[1], &w[2]);
        finish(k, &s, cmd, "scissor");
    }
}

/* Sixteen viewports and scissors, static and dynamic: without a shader that chooses, the first counts. */
static void
case_many_viewports(struct kit *k)
{
    SKIP_UNLESS(k, k->features.multiViewport && k->properties.limits.maxViewports >= 16, "no multiViewport");
    const struct vertex v[3] = {{0, 0, 1}, {W, 0, 1}, {0, H, 1}};
    for (int dynamic = 0; dynamic < 2; dynamic++) {
        struct scene s;
        struct kit_graphics g;
        scene_init(k, &s, v, 3);
        graphics(k, &s, &g, VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST);
        g.viewport.viewportCount = g.viewport.scissorCount = 16;
        for (int i = 0; i < 16; i++) {
            g.viewports[i] = (VkViewport){(float)i, 0, i ? 1 : W / 2.0f, i ? 1 : H, 0, 1};
            g.scissors[i] = (VkRect2D){{i ? 60 : 0, i}, {i ? 1 : 20, i ? 1 : 30}};
        }
        VkViewport viewports[16];
        VkRect2D scissors[16];
        memcpy(viewports, g.viewports, sizeof(viewports));
        memcpy(scissors, g.scissors, sizeof(scissors));
        if (dynamic) {
            kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_VIEWPORT);
            kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_SCISSOR);
        }
        const VkCommandBuffer cmd = begin(k, &s, kit_graphics_create(k, &g));
        if (dynamic) { /* in two parts, the later first */
            vkCmdSetViewport(cmd, 5, 11, viewports + 5);
            vkCmdSetViewport(cmd, 0, 5, viewports);
            vkCmdSetScissor(cmd, 1, 15, scissors + 1);
            vkCmdSetScissor(cmd, 0, 1, scissors);
        }
        vkCmdDraw(cmd, 3, 1, 0, 0);
        struct vertex half[3];
        for (int c = 0; c < 3; c++) {
            half[c] = (struct vertex){v[c].x / 2, v[c].y, 1};
        }
        s.want.scissor = scissors[0];
        triangle(&s.want, &half[0], &half[1], &half[2]);
        finish(k, &s, cmd, dynamic ? "dynamic viewports" : "static viewports");
    }
}

static void
case_clip_cull_distance(struct kit *k)
{
    SKIP_UNLESS(k, k->features.shaderClipDistance && k->features.shaderCullDistance, "no clip and cull distances");
    struct scene s;
    struct kit_graphics g;
    scene_init(k, &s, NULL, 0);
    kit_graphics_init(k, &g, &s.t, s.layout, KIT_CODE(draw_clip_vert), KIT_CODE(draw_frag));
    const VkPipeline pipe = kit_graphics_create(k, &g);
    static const struct {
        float plane[4];
        uint32_t cull[4];
    } pushes[] = {{{1, 0, 0, 0}, {0}}, {{0, -1, 0, -0.5f}, {0}}, {{0, 0, 0, 1}, {1}}, {{0, 0, 0, 1}, {2}}, {{0, 0, 0, -1}, {0}}};
    for (uint32_t i = 0; i < ARRAY_LEN(pushes); i++) {
        const VkCommandBuffer cmd = begin(k, &s, pipe);
        vkCmdPushConstants(cmd, s.layout, VK_SHADER_STAGE_ALL, 0, sizeof(pushes[i]), &pushes[i]);
        vkCmdDraw(cmd, 3, 1, 0, 0);
        for (uint32_t p = 0; p < W * H; p++) { /* one negative cull distance is not enough */
            const bool in = i == 0 ? p % W >= W / 2 : i == 1 ? p / W < H / 4 : i == 3;
            s.want.px[p] = in ? 1 : NOTHING;
        }
        finish(k, &s, cmd, "clip and cull distance");
    }
}

/* Sizes of points, their coordinates, and discarded fragments. */
static void
case_points(struct kit *k)
{
    const VkFormat format = VK_FORMAT_R32G32B32A32_SFLOAT;
    const struct vertex v[2] = {{20, 24, 3}, {50, 24, 7}};
    struct scene s;
    struct kit_graphics g;
    scene_init(k, &s, v, 2);
    kit_target_init(k, &s.t, W, H, 1, 1, &format, VK_FORMAT_UNDEFINED);
    kit_graphics_init(k, &g, &s.t, s.layout, KIT_CODE(draw_vert), KIT_CODE(draw_point_frag));
    g.assembly.topology = VK_PRIMITIVE_TOPOLOGY_POINT_LIST;
    g.bindings[0] = (VkVertexInputBindingDescription){0, sizeof(struct vertex), VK_VERTEX_INPUT_RATE_VERTEX};
    g.attributes[0] = (VkVertexInputAttributeDescription){0, 0, VK_FORMAT_R32G32_SFLOAT, 0};
    g.attributes[1] = (VkVertexInputAttributeDescription){1, 0, VK_FORMAT_R32_UINT, 8};
    g.input.vertexBindingDescriptionCount = 1;
    g.input.vertexAttributeDescriptionCount = 2;
    const VkPipeline pipe = kit_graphics_create(k, &g);
    for (uint32_t size = 1; size <= 16; size *= 2) {
        const VkCommandBuffer cmd = begin(k, &s, pipe);
        const struct push push = {{2.0f / W, 2.0f / H}, 0, (float)size};
        vkCmdPushConstants(cmd, s.layout, VK_SHADER_STAGE_ALL, 0, sizeof(push), &push);
        vkCmdDraw(cmd, 2, 1, 0, 0);
        vkCmdEndRenderPass(cmd);
        kit_submit(k, cmd);
        if (size == 1) {
            continue; /* the centre lies on a corner of four pixels */
        }
        const float *got = kit_read(k, &s.t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
        for (uint32_t p = 0; p < W * H; p++) {
            const double x = p % W + 0.5, y = p / W + 0.5, half = size / 2.0;
            float want[4] = {0, 0, 0, 0};
            for (int i = 0; i < 2; i++) {
                const double cx = (x - (double)v[i].x) / size + 0.5, cy = (y - (double)v[i].y) / size + 0.5;
                if (fabs(x - (double)v[i].x) < half && fabs(y - (double)v[i].y) < half && (i == 0 || cx <= 0.5)) {
                    want[0] = (float)cx, want[1] = (float)cy, want[2] = (float)v[i].id, want[3] = 1;
                }
            }
            kit_close(k, "point", got + p * 4, want, 4, 1e-3f);
        }
    }
}

static void
case_rasterizer_discard(struct kit *k)
{
    const struct vertex v[3] = {{0, 0, 1}, {64, 0, 1}, {0, 48, 1}};
    struct scene s;
    struct kit_graphics g;
    scene_init(k, &s, v, 3);
    graphics(k, &s, &g, VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST);
    g.raster.rasterizerDiscardEnable = VK_TRUE;
    g.info.stageCount = 1; /* there are no fragments */
    const VkCommandBuffer cmd = begin(k, &s, kit_graphics_create(k, &g));
    vkCmdDraw(cmd, 3, 1, 0, 0);
    finish(k, &s, cmd, "nothing is drawn");
}

/* 30,000 large triangles over one another: more than a pass holds at once, in order. */
static void
case_many_triangles(struct kit *k)
{
    enum { N = 30000 };
    struct vertex *v = kit_alloc(k, N * 3 * sizeof(*v));
    uint32_t seed = 4;
    for (uint32_t i = 0; i < N * 3; i++) {
        v[i] = (struct vertex){(float)(kit_random(&seed) % (W * 256)) / 256.0f, (float)(kit_random(&seed) % (H * 256)) / 256.0f, i / 3};
    }
    struct scene s;
    struct kit_graphics g;
    scene_init(k, &s, v, N * 3);
    graphics(k, &s, &g, VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST);
    const VkCommandBuffer cmd = begin(k, &s, kit_graphics_create(k, &g));
    vkCmdDraw(cmd, N * 3, 1, 0, 0);
    assemble(&s.want, VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST, v + (N - 400) * 3, 1200); /* the last ones cover what can be covered */
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    const uint32_t *got = kit_read(k, &s.t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    for (uint32_t p = 0; p < W * H; p++) {
        CHECK(k, s.want.px[p] == NOTHING || got[p] == s.want.px[p], "pixel %u,%u: triangle %u, not %u", p % W, p / W, got[p], s.want.px[p]);
    }
}

static const struct kit_case cases[] = {
    {"topologies", case_topologies},
    {"indexed", case_indexed},
    {"instances", case_instances},
    {"indirect", case_indirect},
    {"multi_draw", case_multi_draw},
    {"vertex_formats", case_vertex_formats},
    {"robust_fetch", case_robust_fetch},
    {"interpolation", case_interpolation},
    {"culling", case_culling},
    {"scissors_viewports", case_scissors_viewports},
    {"many_viewports", case_many_viewports},
    {"clip_cull_distance", case_clip_cull_distance},
    {"points", case_points},
    {"rasterizer_discard", case_rasterizer_discard},
    {"many_triangles", case_many_triangles},
};
KIT_MAIN(cases)
