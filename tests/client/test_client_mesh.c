/* Task and mesh shaders. Pictures are those that vertex shaders draw of the same primitives, bit for bit: points, lines, triangles, what belongs to
 * primitives, payloads, indirect draws, views, all kinds of pipelines; queries; counts that are too large. */
#include "kit.h"

#include "mesh_1_mesh.h"
#include "mesh_2_mesh.h"
#include "mesh_3_mesh.h"
#include "mesh_big_mesh.h"
#include "mesh_big_task.h"
#include "mesh_frag.h"
#include "mesh_io_frag.h"
#include "mesh_io_mesh.h"
#include "mesh_prims_mesh.h"
#include "mesh_ref_frag.h"
#include "mesh_ref_vert.h"
#include "mesh_store_mesh.h"
#include "mesh_task_mesh.h"
#include "mesh_task_task.h"
#include "mesh_view_mesh.h"

#define W 96u
#define H 64u
#define LAYERS 3u
#define GRAPHICS VK_PIPELINE_BIND_POINT_GRAPHICS
#define COLOR VK_IMAGE_ASPECT_COLOR_BIT
enum { CULL = 1, CLIP = 2, TOO_MANY_VERTICES = 4, TOO_MANY_PRIMITIVES = 8, BAD_INDICES = 16, BAD_GRID = 32 };
#define PICTURE_EL ((size_t)W * H * 4 * 2 * LAYERS) /* floats of both attachments */

struct push {
    uint32_t prims, first, flags, layers;
};
struct scene {
    struct kit_target t;
    VkPipelineLayout layout;
    struct push push;
};

static bool
scene_init(struct kit *k, struct scene *s)
{
    const VkPhysicalDeviceMeshShaderFeaturesEXT *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MESH_SHADER_FEATURES_EXT);
    if (!f->meshShader || !f->taskShader || !kit_has(k, VK_EXT_MESH_SHADER_EXTENSION_NAME) || !k->features.multiViewport ||
        !k->features.shaderClipDistance || !k->features.shaderInt16) {
        kit_skip(k, "no mesh shaders");
        return false;
    }
    const VkFormat formats[2] = {VK_FORMAT_R32G32B32A32_SFLOAT, VK_FORMAT_R32G32B32A32_SFLOAT};
    memset(s, 0, sizeof(*s));
    kit_target_init(k, &s->t, W, H, LAYERS, 2, formats, VK_FORMAT_UNDEFINED);
    s->layout = kit_layout(k, 0, NULL, sizeof(struct push));
    s->push = (struct push){100, 0, 0, LAYERS};
    return true;
}

static void
graphics_init(struct kit *k, struct kit_graphics *g, const struct scene *s, const uint32_t *first, size_t first_B, const uint32_t *frag, size_t frag_B)
{
    kit_graphics_init(k, g, &s->t, s->layout, first, first_B, frag, frag_B);
    g->viewport.viewportCount = g->viewport.scissorCount = 2;
    g->viewports[1] = (VkViewport){W / 4.0f, H / 4.0f, W / 2.0f, H / 2.0f, 0, 1};
    g->scissors[1] = g->scissors[0];
}

/* The state of vertices may be anything. */
static void
mesh_init(struct kit *k, struct kit_graphics *g, const struct scene *s, const uint32_t *mesh, size_t mesh_B, const uint32_t *frag, size_t frag_B)
{
    graphics_init(k, g, s, mesh, mesh_B, frag, frag_B);
    g->stages[0].stage = VK_SHADER_STAGE_MESH_BIT_EXT;
    g->info.pVertexInputState = NULL;
    g->info.pInputAssemblyState = NULL;
}

static void
task_init(struct kit *k, struct kit_graphics *g, const struct scene *s)
{
    mesh_init(k, g, s, KIT_CODE(mesh_task_mesh), KIT_CODE(mesh_frag));
    kit_graphics_stage(k, g, VK_SHADER_STAGE_TASK_BIT_EXT, KIT_CODE(mesh_task_task));
}

static VkPipeline
mesh_pipe(struct kit *k, const struct scene *s, const uint32_t *mesh, size_t mesh_B)
{
    struct kit_graphics g;
    mesh_init(k, &g, s, mesh, mesh_B, KIT_CODE(mesh_frag));
    return kit_graphics_create(k, &g);
}

/* Draws primitives of n vertices; all: with layers, viewports and distances. */
static VkPipeline
reference_pipe(struct kit *k, const struct scene *s, uint32_t n, bool all)
{
    static const VkSpecializationMapEntry entries[2] = {{0, 0, 4}, {1, 4, 4}};
    static const VkPrimitiveTopology topologies[4] = {0, VK_PRIMITIVE_TOPOLOGY_POINT_LIST, VK_PRIMITIVE_TOPOLOGY_LINE_LIST,
                                                      VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST};
    const uint32_t values[2] = {n, all};
    const VkSpecializationInfo spec = {2, entries, sizeof(values), values};
    struct kit_graphics g;
    graphics_init(k, &g, s, KIT_CODE(mesh_ref_vert), KIT_CODE(mesh_ref_frag));
    g.stages[0].pSpecializationInfo = &spec;
    g.assembly.topology = topologies[n];
    return kit_graphics_create(k, &g);
}

static void
bind(VkCommandBuffer cmd, const struct scene *s, VkPipeline pipe)
{
    vkCmdBindPipeline(cmd, GRAPHICS, pipe);
    vkCmdPushConstants(cmd, s->layout, VK_SHADER_STAGE_ALL, 0, sizeof(s->push), &s->push);
}

static float *
read_picture(struct kit *k, const struct scene *s)
{
    float *all = kit_alloc(k, PICTURE_EL * 4);
    for (uint32_t i = 0; i < 2 * LAYERS; i++) {
        memcpy(all + (size_t)W * H * 4 * i, kit_read(k, &s->t.color[i % 2], COLOR, 0, i / 2), (size_t)W * H * 16);
    }
    return all;
}

/* What the commands between begin and end draw. */
static VkCommandBuffer
begin(struct kit *k, const struct scene *s, VkPipeline pipe)
{
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &s->t);
    if (pipe) {
        bind(cmd, s, pipe);
    }
    return cmd;
}

static float *
end(struct kit *k, const struct scene *s, VkCommandBuffer cmd)
{
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    return read_picture(k, s);
}

static float *
draw(struct kit *k, const struct scene *s, VkPipeline pipe, uint32_t x, uint32_t y, uint32_t z)
{
    const VkCommandBuffer cmd = begin(k, s, pipe);
    k->vk.CmdDrawMeshTasksEXT(cmd, x, y, z);
    return end(k, s, cmd);
}

static float *
reference(struct kit *k, const struct scene *s, VkPipeline pipe, uint32_t vertices)
{
    const VkCommandBuffer cmd = begin(k, s, pipe);
    vkCmdDraw(cmd, vertices, 1, 0, 0);
    return end(k, s, cmd);
}

static uint32_t
covered(const float *picture)
{
    uint32_t n = 0;
    for (size_t i = 0; i < PICTURE_EL; i += 4) {
        n += picture[i + 3] != 0.0f;
    }
    return n;
}

static void
same(struct kit *k, const char *what, const float *got, const float *want, uint32_t least)
{
    kit_same(k, what, got, want, PICTURE_EL / 4, 16, W);
    CHECK(k, covered(want) >= least, "%s: nothing much to see: %u pixels", what, covered(want));
}

static void
case_topologies(struct kit *k)
{
    struct scene s;
    if (!scene_init(k, &s)) {
        return;
    }
    const uint32_t *const code[4] = {NULL, mesh_1_mesh, mesh_2_mesh, mesh_3_mesh};
    const size_t code_B[4] = {0, sizeof(mesh_1_mesh), sizeof(mesh_2_mesh), sizeof(mesh_3_mesh)};
    for (uint32_t n = 1; n <= 3; n++) {
        const VkPipeline mesh = mesh_pipe(k, &s, code[n], code_B[n]), ref = reference_pipe(k, &s, n, false);
        for (uint32_t prims = 1; prims <= 3000; prims = prims * 5 + 19) {
            s.push.prims = prims;
            char what[64];
            snprintf(what, sizeof(what), "%u primitives of %u vertices", prims, n);
            same(k, what, draw(k, &s, mesh, (prims + 23) / 24 + 1, 1, 1), reference(k, &s, ref, prims * n), prims < 20 ? 0 : 200);
        }
    }
}

static void
case_primitives(struct kit *k)
{
    struct scene s;
    if (!scene_init(k, &s)) {
        return;
    }
    const VkPipeline mesh = mesh_pipe(k, &s, KIT_CODE(mesh_prims_mesh)), ref = reference_pipe(k, &s, 3, true);
    for (uint32_t flags = 0; flags < 4; flags++) {
        s.push.flags = flags;
        same(k, "layers, viewports, culling, distances", draw(k, &s, mesh, 3, 5, 1), reference(k, &s, ref, 300), 500);
    }
}

/* Flat inputs are those of the first or last vertex. */
static void
case_interfaces(struct kit *k)
{
    struct scene s;
    if (!scene_init(k, &s)) {
        return;
    }
    const VkPhysicalDeviceShaderFloat16Int8Features *half = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_FLOAT16_INT8_FEATURES);
    const VkPhysicalDevice16BitStorageFeatures *io = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_16BIT_STORAGE_FEATURES);
    SKIP_UNLESS(k, k->features.shaderFloat64 && half->shaderFloat16 && io->storageInputOutput16, "no narrow or wide inputs");
    struct kit_graphics g;
    mesh_init(k, &g, &s, KIT_CODE(mesh_io_mesh), KIT_CODE(mesh_io_frag));
    const float *got = draw(k, &s, kit_graphics_create(k, &g), 1, 1, 1);
    for (uint32_t i = 0; i < 4; i++) {
        const float *p = got + ((size_t)(H / 4) * W + W / 4 * i + W / 16) * 4;
        CHECK(k, p[0] == (float)i && p[1] == 0.0f && p[3] == 1.0f, "quarter %u: %g, wrong are %g", i, (double)p[0], (double)p[1]);
    }
}

static void
case_task(struct kit *k)
{
    struct scene s;
    if (!scene_init(k, &s)) {
        return;
    }
    struct kit_graphics g;
    task_init(k, &g, &s);
    const VkPipeline mesh = kit_graphics_create(k, &g), ref = reference_pipe(k, &s, 3, false);
    s.push.prims = 593;
    same(k, "tasks", draw(k, &s, mesh, 4, 5, 2), reference(k, &s, ref, 593 * 3), 500);
}

/* More payload than the driver keeps at a time, before and after other draws. */
static void
case_payload(struct kit *k)
{
    struct scene s;
    if (!scene_init(k, &s)) {
        return;
    }
    struct kit_graphics g;
    mesh_init(k, &g, &s, KIT_CODE(mesh_big_mesh), KIT_CODE(mesh_frag));
    kit_graphics_stage(k, &g, VK_SHADER_STAGE_TASK_BIT_EXT, KIT_CODE(mesh_big_task));
    const VkPipeline mesh = kit_graphics_create(k, &g), ref = reference_pipe(k, &s, 3, false);
    VkCommandBuffer cmd = begin(k, &s, mesh);
    k->vk.CmdDrawMeshTasksEXT(cmd, 300, 1, 1);
    vkCmdBindPipeline(cmd, GRAPHICS, ref);
    vkCmdDraw(cmd, 30, 1, 0, 0);
    vkCmdBindPipeline(cmd, GRAPHICS, mesh);
    k->vk.CmdDrawMeshTasksEXT(cmd, 40, 1, 1);
    k->vk.CmdDrawMeshTasksEXT(cmd, 1, 20, 1);
    const float *got = end(k, &s, cmd);
    s.push.prims = 300;
    cmd = begin(k, &s, ref);
    for (uint32_t part = 0; part < 4; part++) { /* every fifth task draws nothing, the last draw is twenty times task 0 */
        const uint32_t n[4] = {300, 10, 40, 1};
        for (uint32_t i = 0; i < n[part]; i++) {
            if (part == 1 || i % 5 != 4) {
                vkCmdDraw(cmd, 3, 1, i * 3, 0);
            }
        }
    }
    same(k, "large payloads", got, end(k, &s, cmd), 500);
}

static void
case_indirect(struct kit *k)
{
    struct scene s;
    if (!scene_init(k, &s)) {
        return;
    }
    struct kit_graphics g;
    task_init(k, &g, &s);
    const VkPipeline mesh = kit_graphics_create(k, &g), ref = reference_pipe(k, &s, 3, false);
    const uint32_t args[] = {77, 4, 5, 2, 0, 0, 10, 2, 1}; /* 5 words apart from the second on: 40, 20 tasks */
    const uint32_t counts[] = {0, 2, 100, 0xffffffff};
    const struct kit_buffer b = kit_buffer(k, sizeof(args), args), c = kit_buffer(k, sizeof(counts), counts);
    s.push.prims = 2000;
    VkCommandBuffer cmd = begin(k, &s, ref);
    vkCmdDraw(cmd, 600 * 3, 1, 0, 0);
    vkCmdDraw(cmd, 20 * 15 * 3, 1, 600 * 3, 0);
    const float *two = end(k, &s, cmd), *one = reference(k, &s, ref, 600 * 3);

    cmd = begin(k, &s, mesh);
    k->vk.CmdDrawMeshTasksIndirectEXT(cmd, b.buffer, 4, 1, 0);
    same(k, "one indirect", end(k, &s, cmd), one, 500);
    cmd = begin(k, &s, mesh);
    k->vk.CmdDrawMeshTasksIndirectEXT(cmd, b.buffer, 4, 0, 12);
    k->vk.CmdDrawMeshTasksIndirectEXT(cmd, b.buffer, 4, 2, 20);
    same(k, "two indirect", end(k, &s, cmd), two, 500);
    for (uint32_t i = 0; i < 3; i++) {
        cmd = begin(k, &s, mesh);
        k->vk.CmdDrawMeshTasksIndirectCountEXT(cmd, b.buffer, 4, c.buffer, 4 * i, 2, 20);
        const float *got = end(k, &s, cmd);
        if (i == 0) {
            CHECK(k, covered(got) == 0, "a count of 0 draws");
        } else {
            same(k, "counted", got, two, 500);
        }
    }
    if (!k->vk.CmdDrawMeshTasksIndirect2EXT || !kit_has(k, VK_KHR_DEVICE_ADDRESS_COMMANDS_EXTENSION_NAME)) {
        return;
    }
    const VkBufferUsageFlags usage = VK_BUFFER_USAGE_INDIRECT_BUFFER_BIT | VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT;
    const struct kit_buffer ba = kit_buffer_for(k, usage, sizeof(args), args), ca = kit_buffer_for(k, usage, sizeof(counts), counts);
    const VkStridedDeviceAddressRangeKHR range = {kit_address(k, ba.buffer) + 4, sizeof(args) - 4, 20};
    const VkDrawIndirect2InfoKHR by_address = {.sType = VK_STRUCTURE_TYPE_DRAW_INDIRECT_2_INFO_KHR, .addressRange = range, .drawCount = 2};
    const VkDrawIndirectCount2InfoKHR by_count = {.sType = VK_STRUCTURE_TYPE_DRAW_INDIRECT_COUNT_2_INFO_KHR, .addressRange = range,
                                                  .countAddressRange = {kit_address(k, ca.buffer) + 8, 4}, .maxDrawCount = 2};
    cmd = begin(k, &s, mesh);
    k->vk.CmdDrawMeshTasksIndirect2EXT(cmd, &by_address);
    same(k, "by address", end(k, &s, cmd), two, 500);
    cmd = begin(k, &s, mesh);
    k->vk.CmdDrawMeshTasksIndirectCount2EXT(cmd, &by_count);
    same(k, "counted by address", end(k, &s, cmd), two, 500);
}

/* Counts that are larger than may be draw what there is or nothing, and nothing breaks. */
static void
case_hostile(struct kit *k)
{
    struct scene s;
    if (!scene_init(k, &s)) {
        return;
    }
    SKIP_UNLESS(k, kit_ours(k) && !kit_under_validation(k), "misuse");
    struct kit_graphics g;
    task_init(k, &g, &s);
    const VkPipeline tasks = kit_graphics_create(k, &g), prims = mesh_pipe(k, &s, KIT_CODE(mesh_prims_mesh)), ref = reference_pipe(k, &s, 3, true);
    static const uint32_t args[][3] = {{0xffffffff, 1, 1}, {1, 65536, 1}, {65535, 65535, 65535}, {0x80000000, 2, 1}, {1, 1, 0xffffffff}, {2048, 2048, 2}, {0, 5, 5}};
    const struct kit_buffer b = kit_buffer(k, sizeof(args), args);
    const uint32_t count = 0xffffffff;
    const struct kit_buffer c = kit_buffer(k, 4, &count);
    for (uint32_t i = 0; i < 2; i++) {
        const VkCommandBuffer cmd = begin(k, &s, i ? tasks : prims);
        k->vk.CmdDrawMeshTasksIndirectEXT(cmd, b.buffer, 0, ARRAY_LEN(args), 12);
        k->vk.CmdDrawMeshTasksIndirectEXT(cmd, b.buffer, sizeof(args) - 8, 1, 12);
        k->vk.CmdDrawMeshTasksIndirectEXT(cmd, b.buffer, 4096, 3, 12);
        k->vk.CmdDrawMeshTasksIndirectCountEXT(cmd, b.buffer, 0, c.buffer, 0, 1u << 30, 12);
        k->vk.CmdDrawMeshTasksIndirectCountEXT(cmd, b.buffer, 0, c.buffer, 4, 1, 12);
        k->vk.CmdDrawMeshTasksEXT(cmd, 65536, 1, 1);
        k->vk.CmdDrawMeshTasksEXT(cmd, 0xffffffff, 0xffffffff, 0xffffffff);
        vkCmdDraw(cmd, 3, 1, 0, 0);
        CHECK(k, covered(end(k, &s, cmd)) == 0, "counts beyond the limits draw");
    }
    s.push.prims = 105;
    static const uint32_t flags[] = {TOO_MANY_VERTICES, TOO_MANY_PRIMITIVES, TOO_MANY_VERTICES | TOO_MANY_PRIMITIVES};
    const float *whole = reference(k, &s, ref, 315);
    for (uint32_t i = 0; i < ARRAY_LEN(flags); i++) {
        s.push.flags = flags[i];
        same(k, "counts of outputs", draw(k, &s, prims, 3, 5, 1), whole, 500);
    }
    s.push.flags = BAD_INDICES;
    CHECK(k, covered(draw(k, &s, prims, 3, 5, 1)) == 0, "bad indices draw");
    /* Every second task asks for too many workgroups. */
    const VkPipeline plain = reference_pipe(k, &s, 3, false);
    s.push.prims = 593;
    s.push.flags = BAD_GRID;
    const float *got = draw(k, &s, tasks, 4, 5, 2);
    const VkCommandBuffer cmd = begin(k, &s, plain);
    for (uint32_t task = 1; task < 40; task += 2) {
        vkCmdDraw(cmd, 45, 1, task * 45, 0);
    }
    same(k, "grids", got, end(k, &s, cmd), 500);
}

/* The module with an execution mode's operand changed, or the constant that it names. */
static bool
refused(struct kit *k, const struct scene *s, uint32_t mode, uint32_t value)
{
    uint32_t *w = kit_alloc(k, sizeof(mesh_3_mesh));
    memcpy(w, mesh_3_mesh, sizeof(mesh_3_mesh));
    uint32_t constant = 0;
    for (size_t i = 5; i < sizeof(mesh_3_mesh) / 4; i += w[i] >> 16) {
        if ((w[i] & 0xffff) == 16 && w[i + 2] == mode) { /* OpExecutionMode */
            w[i + 3] = value;
        } else if ((w[i] & 0xffff) == 331 && w[i + 2] == mode) { /* OpExecutionModeId */
            constant = w[i + 3];
        } else if ((w[i] & 0xffff) == 43 && w[i + 2] == constant) { /* OpConstant */
            w[i + 3] = value;
        }
    }
    struct kit_graphics g;
    mesh_init(k, &g, s, w, sizeof(mesh_3_mesh), KIT_CODE(mesh_frag));
    VkPipeline pipe = VK_NULL_HANDLE;
    const VkResult r = vkCreateGraphicsPipelines(k->device, VK_NULL_HANDLE, 1, &g.info, NULL, &pipe);
    vkDestroyPipeline(k->device, pipe, NULL);
    return r != VK_SUCCESS && !pipe;
}

static void
case_refused(struct kit *k)
{
    struct scene s;
    if (!scene_init(k, &s)) {
        return;
    }
    SKIP_UNLESS(k, kit_ours(k) && !kit_under_validation(k), "misuse");
    CHECK(k, refused(k, &s, 26, 257) && refused(k, &s, 26, 0) && refused(k, &s, 26, 0xffffffff), "vertices");
    CHECK(k, refused(k, &s, 5270, 257) && refused(k, &s, 5270, 0), "primitives");
    CHECK(k, refused(k, &s, 38, 1025) && refused(k, &s, 38, 0), "invocations");
    CHECK(k, !refused(k, &s, 26, 256), "what may be");
}

static void
case_queries(struct kit *k)
{
    struct scene s;
    const VkPhysicalDeviceMeshShaderFeaturesEXT *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MESH_SHADER_FEATURES_EXT);
    if (!scene_init(k, &s)) {
        return;
    }
    SKIP_UNLESS(k, f->meshShaderQueries && k->features.pipelineStatisticsQuery, "no queries of mesh shaders");
    struct kit_graphics g;
    task_init(k, &g, &s);
    const VkPipeline tasks = kit_graphics_create(k, &g), prims = mesh_pipe(k, &s, KIT_CODE(mesh_prims_mesh));
    const VkQueryPool generated = kit_queries(k, VK_QUERY_TYPE_MESH_PRIMITIVES_GENERATED_EXT, 2, 0);
    const VkQueryPool statistics = kit_queries(k, VK_QUERY_TYPE_PIPELINE_STATISTICS, 2,
                                               VK_QUERY_PIPELINE_STATISTIC_CLIPPING_INVOCATIONS_BIT |
                                                   VK_QUERY_PIPELINE_STATISTIC_TASK_SHADER_INVOCATIONS_BIT_EXT |
                                                   VK_QUERY_PIPELINE_STATISTIC_MESH_SHADER_INVOCATIONS_BIT_EXT);
    for (uint32_t inside = 0; inside < 2; inside++) {
        const VkCommandBuffer cmd = kit_begin(k);
        vkCmdResetQueryPool(cmd, generated, 0, 2);
        vkCmdResetQueryPool(cmd, statistics, 0, 2);
        if (inside) {
            kit_target_begin(cmd, &s.t);
        }
        for (uint32_t i = 0; i < 2; i++) {
            vkCmdBeginQuery(cmd, generated, i, 0);
            vkCmdBeginQuery(cmd, statistics, i, 0);
            if (!inside) {
                kit_target_begin(cmd, &s.t);
            }
            s.push.flags = i ? CULL : 0;
            s.push.prims = i ? 100 : 593;
            bind(cmd, &s, i ? prims : tasks);
            k->vk.CmdDrawMeshTasksEXT(cmd, 3, 5, i ? 1 : 3);
            if (!inside) {
                vkCmdEndRenderPass(cmd);
            }
            vkCmdEndQuery(cmd, generated, i);
            vkCmdEndQuery(cmd, statistics, i);
        }
        if (inside) {
            vkCmdEndRenderPass(cmd);
        }
        kit_submit(k, cmd);
        uint64_t n[2], st[2][3];
        CHECK_VK(k, vkGetQueryPoolResults(k->device, generated, 0, 2, sizeof(n), n, 8, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT));
        CHECK_VK(k, vkGetQueryPoolResults(k->device, statistics, 0, 2, sizeof(st), st, 24, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT));
        /* The culled third may count or not on others. */
        CHECK(k, n[0] == 593 && (kit_ours(k) ? n[1] == 67 : n[1] <= 100), "%u primitives, %u", (uint32_t)n[0], (uint32_t)n[1]);
        CHECK(k, st[0][1] == 45 * 21 && st[0][2] == 45 * 6 * 5 && st[1][1] == 0 && st[1][2] == 15 * 6, "%u task invocations, %u of the mesh shader; %u, %u",
              (uint32_t)st[0][1], (uint32_t)st[0][2], (uint32_t)st[1][1], (uint32_t)st[1][2]);
        CHECK(k, !kit_ours(k) || (st[0][0] == 593 && st[1][0] == 67), "%u primitives to clip, %u", (uint32_t)st[0][0], (uint32_t)st[1][0]);
    }
}

/* Without primitives to draw the shader runs all the same. */
static void
case_stores(struct kit *k)
{
    struct scene s;
    if (!scene_init(k, &s)) {
        return;
    }
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkDescriptorSet set = kit_set(k, sl);
    const struct kit_buffer b = kit_buffer(k, 12, NULL);
    kit_write_buffer(k, set, 0, 0, type, b.buffer, 0, VK_WHOLE_SIZE);
    s.layout = kit_layout(k, 1, &sl, 0);
    struct kit_graphics g;
    mesh_init(k, &g, &s, KIT_CODE(mesh_store_mesh), NULL, 0);
    for (uint32_t i = 0; i < 2; i++) {
        g.raster.rasterizerDiscardEnable = i != 0;
        memset(b.data, 0, 12);
        const VkPipeline pipe = kit_graphics_create(k, &g);
        const VkCommandBuffer cmd = kit_begin(k);
        kit_target_begin(cmd, &s.t);
        vkCmdBindPipeline(cmd, GRAPHICS, pipe);
        vkCmdBindDescriptorSets(cmd, GRAPHICS, s.layout, 0, 1, &set, 0, NULL);
        k->vk.CmdDrawMeshTasksEXT(cmd, 10, 3, 2);
        vkCmdEndRenderPass(cmd);
        kit_barrier(cmd);
        kit_submit(k, cmd);
        const uint32_t *v = b.data;
        CHECK(k, v[0] == 60 * 18 && v[1] == 60 && v[2] == 18 * (45 * 6 + 300 * 2 + 100 * 30), "%u invocations of %u workgroups, %u", v[0], v[1], v[2]);
    }
}

static void
begin_rendering(const struct kit *k, VkCommandBuffer cmd, const struct scene *s, uint32_t views)
{
    VkRenderingAttachmentInfo a[2];
    for (uint32_t i = 0; i < 2; i++) {
        a[i] = (VkRenderingAttachmentInfo){.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO, .imageView = s->t.color[i].view,
                                           .imageLayout = VK_IMAGE_LAYOUT_GENERAL, .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR,
                                           .storeOp = VK_ATTACHMENT_STORE_OP_STORE};
    }
    const VkRenderingInfo info = {.sType = VK_STRUCTURE_TYPE_RENDERING_INFO, .renderArea = {{0, 0}, {W, H}}, .layerCount = views ? 1 : LAYERS,
                                  .viewMask = views, .colorAttachmentCount = 2, .pColorAttachments = a};
    k->vk.CmdBeginRendering(cmd, &info);
}

static void
rendering_init(struct kit_graphics *g, VkPipelineRenderingCreateInfo *info, const struct scene *s, uint32_t views)
{
    *info = (VkPipelineRenderingCreateInfo){.sType = VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO, .viewMask = views, .colorAttachmentCount = 2,
                                            .pColorAttachmentFormats = s->t.formats};
    g->info.renderPass = VK_NULL_HANDLE;
    g->info.pNext = info;
}

static bool
has_rendering(const struct kit *k)
{
    const VkPhysicalDeviceDynamicRenderingFeatures *d = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DYNAMIC_RENDERING_FEATURES);
    return d->dynamicRendering;
}

static void
case_views(struct kit *k)
{
    struct scene s;
    const VkPhysicalDeviceMeshShaderFeaturesEXT *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MESH_SHADER_FEATURES_EXT);
    if (!scene_init(k, &s)) {
        return;
    }
    SKIP_UNLESS(k, f->multiviewMeshShader && has_rendering(k), "no views of mesh shaders");
    const VkPipeline ref = reference_pipe(k, &s, 3, false);
    float *want = kit_alloc(k, PICTURE_EL * 4);
    for (uint32_t view = 0; view < LAYERS; view += 2) {
        s.push = (struct push){1000, view * 50, 0, 1};
        memcpy(want + (size_t)W * H * 8 * view, reference(k, &s, ref, 40 * 3), (size_t)W * H * 32);
    }
    struct kit_graphics g;
    VkPipelineRenderingCreateInfo info;
    mesh_init(k, &g, &s, KIT_CODE(mesh_view_mesh), KIT_CODE(mesh_frag));
    rendering_init(&g, &info, &s, 5);
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const VkCommandBuffer cmd = kit_begin(k);
    begin_rendering(k, cmd, &s, 5);
    bind(cmd, &s, pipe);
    k->vk.CmdDrawMeshTasksEXT(cmd, 5, 1, 1);
    k->vk.CmdEndRendering(cmd);
    kit_submit(k, cmd);
    float *got = read_picture(k, &s);
    memset(got + (size_t)W * H * 8, 0, (size_t)W * H * 32); /* the view between them */
    same(k, "two views", got, want, 500);
}

static void
case_secondary(struct kit *k)
{
    struct scene s;
    if (!scene_init(k, &s)) {
        return;
    }
    struct kit_graphics g;
    task_init(k, &g, &s);
    const VkPipeline mesh = kit_graphics_create(k, &g), ref = reference_pipe(k, &s, 3, false);
    s.push.prims = 300;
    const VkCommandBuffer second = kit_secondary(k), cmd = kit_begin(k);
    const VkCommandBufferInheritanceInfo inherit = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_INHERITANCE_INFO, .renderPass = s.t.pass,
                                                    .framebuffer = s.t.framebuffer};
    const VkCommandBufferBeginInfo info = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
                                           .flags = VK_COMMAND_BUFFER_USAGE_RENDER_PASS_CONTINUE_BIT, .pInheritanceInfo = &inherit};
    MUST(vkBeginCommandBuffer(second, &info));
    bind(second, &s, mesh);
    k->vk.CmdDrawMeshTasksEXT(second, 5, 4, 1);
    MUST(vkEndCommandBuffer(second));
    const VkRenderPassBeginInfo pass = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO, .renderPass = s.t.pass, .framebuffer = s.t.framebuffer,
                                        .renderArea = {{0, 0}, {W, H}}, .clearValueCount = 2, .pClearValues = s.t.clears};
    vkCmdBeginRenderPass(cmd, &pass, VK_SUBPASS_CONTENTS_SECONDARY_COMMAND_BUFFERS);
    vkCmdExecuteCommands(cmd, 1, &second);
    same(k, "secondary", end(k, &s, cmd), reference(k, &s, ref, 900), 500);
}

#define LIBRARY(bit) VK_GRAPHICS_PIPELINE_LIBRARY_##bit##_BIT_EXT

/* A pipeline of three parts, then one of dynamic rendering. */
static void
case_libraries(struct kit *k)
{
    struct scene s;
    if (!scene_init(k, &s)) {
        return;
    }
    SKIP_UNLESS(k, kit_has(k, "VK_EXT_graphics_pipeline_library") && has_rendering(k), "no pipeline libraries");
    const VkGraphicsPipelineLibraryFlagsEXT parts[3] = {LIBRARY(PRE_RASTERIZATION_SHADERS), LIBRARY(FRAGMENT_SHADER), LIBRARY(FRAGMENT_OUTPUT_INTERFACE)};
    const VkPipeline ref = reference_pipe(k, &s, 3, false);
    struct kit_graphics g;
    VkPipelineRenderingCreateInfo rendering;
    task_init(k, &g, &s);
    rendering_init(&g, &rendering, &s, 0);
    VkPipeline libs[3], pipe;
    for (uint32_t i = 0; i < 3; i++) {
        libs[i] = kit_graphics_library(k, &g, s.layout, parts[i]);
    }
    const VkPipelineLibraryCreateInfoKHR link = {VK_STRUCTURE_TYPE_PIPELINE_LIBRARY_CREATE_INFO_KHR, NULL, 3, libs};
    const VkGraphicsPipelineCreateInfo info = {.sType = VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO, .pNext = &link, .layout = s.layout};
    MUST(vkCreateGraphicsPipelines(k->device, VK_NULL_HANDLE, 1, &info, NULL, &pipe));
    KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, pipe);
    s.push.prims = 593;
    const float *want = reference(k, &s, ref, 593 * 3);
    for (uint32_t i = 0; i < 2; i++) {
        const VkCommandBuffer cmd = kit_begin(k);
        begin_rendering(k, cmd, &s, 0);
        bind(cmd, &s, i ? kit_graphics_create(k, &g) : pipe);
        k->vk.CmdDrawMeshTasksEXT(cmd, 40, 1, 1);
        k->vk.CmdEndRendering(cmd);
        kit_submit(k, cmd);
        same(k, i ? "dynamic rendering" : "libraries", read_picture(k, &s), want, 500);
    }
}

static void
case_shader_objects(struct kit *k)
{
    struct scene s;
    if (!scene_init(k, &s)) {
        return;
    }
    SKIP_UNLESS(k, kit_has(k, "VK_EXT_shader_object") && k->vk.CreateShadersEXT, "no shader objects");
    const VkPipeline ref = reference_pipe(k, &s, 3, false), pipe = mesh_pipe(k, &s, KIT_CODE(mesh_3_mesh));
    const VkPushConstantRange range = {VK_SHADER_STAGE_ALL, 0, sizeof(struct push)};
    const struct {
        VkShaderStageFlagBits stage, next;
        VkShaderCreateFlagsEXT flags;
        const uint32_t *code;
        size_t code_B;
    } list[] = {
        {VK_SHADER_STAGE_TASK_BIT_EXT, VK_SHADER_STAGE_MESH_BIT_EXT, 0, KIT_CODE(mesh_task_task)},
        {VK_SHADER_STAGE_MESH_BIT_EXT, VK_SHADER_STAGE_FRAGMENT_BIT, 0, KIT_CODE(mesh_task_mesh)},
        {VK_SHADER_STAGE_FRAGMENT_BIT, 0, 0, KIT_CODE(mesh_frag)},
        {VK_SHADER_STAGE_MESH_BIT_EXT, VK_SHADER_STAGE_FRAGMENT_BIT, VK_SHADER_CREATE_NO_TASK_SHADER_BIT_EXT, KIT_CODE(mesh_3_mesh)},
    };
    VkShaderEXT o[ARRAY_LEN(list)];
    for (uint32_t i = 0; i < ARRAY_LEN(list); i++) {
        const VkShaderCreateInfoEXT info = {.sType = VK_STRUCTURE_TYPE_SHADER_CREATE_INFO_EXT, .flags = list[i].flags, .stage = list[i].stage,
                                            .nextStage = list[i].next, .codeType = VK_SHADER_CODE_TYPE_SPIRV_EXT, .codeSize = list[i].code_B,
                                            .pCode = list[i].code, .pName = "main", .pushConstantRangeCount = 1, .pPushConstantRanges = &range};
        MUST(k->vk.CreateShadersEXT(k->device, 1, &info, NULL, &o[i]));
    }
    s.push.prims = 593;
    const float *want = reference(k, &s, ref, 593 * 3);
    const VkShaderStageFlagBits stages[] = {VK_SHADER_STAGE_VERTEX_BIT, VK_SHADER_STAGE_TESSELLATION_CONTROL_BIT,
                                            VK_SHADER_STAGE_TESSELLATION_EVALUATION_BIT, VK_SHADER_STAGE_GEOMETRY_BIT, VK_SHADER_STAGE_TASK_BIT_EXT,
                                            VK_SHADER_STAGE_MESH_BIT_EXT, VK_SHADER_STAGE_FRAGMENT_BIT};
    for (uint32_t i = 0; i < 2; i++) {
        const VkShaderEXT bound[] = {VK_NULL_HANDLE, VK_NULL_HANDLE, VK_NULL_HANDLE, VK_NULL_HANDLE, i ? VK_NULL_HANDLE : o[0], i ? o[3] : o[1], o[2]};
        const VkCommandBuffer cmd = kit_begin(k);
        begin_rendering(k, cmd, &s, 0);
        bind(cmd, &s, pipe); /* of another kind, and gone again */
        kit_dynamic_all(k, cmd, &s.t);
        k->vk.CmdBindShadersEXT(cmd, ARRAY_LEN(stages), stages, bound);
        k->vk.CmdDrawMeshTasksEXT(cmd, 40, 1, 1);
        k->vk.CmdEndRendering(cmd);
        kit_submit(k, cmd);
        same(k, i ? "objects without a task shader" : "objects", read_picture(k, &s), want, 500);
    }
    for (uint32_t i = 0; i < ARRAY_LEN(list); i++) {
        k->vk.DestroyShaderEXT(k->device, o[i], NULL);
    }
}

static const struct kit_case cases[] = {
    {"topologies", case_topologies}, {"primitives", case_primitives}, {"interfaces", case_interfaces}, {"task", case_task},
    {"payload", case_payload}, {"indirect", case_indirect}, {"hostile", case_hostile}, {"refused", case_refused}, {"queries", case_queries},
    {"stores", case_stores}, {"views", case_views}, {"secondary", case_secondary}, {"libraries", case_libraries}, {"shader_objects", case_shader_objects},
};
KIT_MAIN(cases)
