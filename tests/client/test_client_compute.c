/* Dispatches: numbers, bases, indirection, specialisation, push constants, shared memory, atomics, barriers. SPEC: dispatch. */
#include "kit.h"

#include "compute_ids_comp.h"
#include "compute_shared_comp.h"
#include "kit_double_comp.h"
#include "query_comp.h"

struct ids {
    VkPipelineLayout layout;
    VkDescriptorSet set;
    struct kit_buffer out;
    uint32_t size[3], mark;
    VkBool32 flag;
    float scale;
    VkPipeline pipe;
};

struct ids_push {
    uint32_t first[3], pad, groups[3];
};

#define MAX_IDS 8192u

static void
ids_init(struct kit *k, struct ids *s, uint32_t x, uint32_t y, uint32_t z, uint32_t mark, bool defaults)
{
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    s->layout = kit_layout(k, 1, &sl, sizeof(struct ids_push));
    s->set = kit_set(k, sl);
    s->out = kit_buffer(k, MAX_IDS * 48, NULL);
    kit_write_buffer(k, s->set, 0, 0, type, s->out.buffer, 0, VK_WHOLE_SIZE);
    s->size[0] = x, s->size[1] = y, s->size[2] = z;
    s->mark = defaults ? 1 : mark;
    s->flag = !defaults;
    s->scale = defaults ? 0.5f : 3.25f;
    struct {
        float scale;
        uint32_t z, mark, y, x;
        VkBool32 flag;
    } data = {s->scale, z, s->mark, y, x, s->flag};
    const VkSpecializationMapEntry entries[] = {{0, 16, 4}, {2, 4, 4}, {1, 12, 4}, {3, 8, 4},
                                                {4, 20, 4}, {5, 0, 4}, {77, 0, 4} /* nobody's */};
    const VkSpecializationInfo spec = {defaults ? 3 : ARRAY_LEN(entries), entries, sizeof(data), &data};
    VkComputePipelineCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
        .flags = k->vk.CmdDispatchBase ? VK_PIPELINE_CREATE_DISPATCH_BASE_BIT : 0,
        .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                  .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                  .module = kit_module(k, KIT_CODE(compute_ids_comp)),
                  .pName = "main",
                  .pSpecializationInfo = &spec},
        .layout = s->layout,
    };
    MUST(vkCreateComputePipelines(k->device, k->cache, 1, &info, NULL, &s->pipe));
    KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, s->pipe);
}

static VkCommandBuffer
ids_begin(struct kit *k, struct ids *s, const uint32_t first[3], const uint32_t groups[3])
{
    struct ids_push push = {{first[0], first[1], first[2]}, 0, {groups[0], groups[1], groups[2]}};
    memset(s->out.data, 0xff, MAX_IDS * 48);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, s->pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, s->layout, 0, 1, &s->set, 0, NULL);
    vkCmdPushConstants(cmd, s->layout, VK_SHADER_STAGE_ALL, 0, sizeof(push), &push);
    return cmd;
}

static void
ids_check(struct kit *k, struct ids *s, VkCommandBuffer cmd, const uint32_t first[3], const uint32_t groups[3])
{
    kit_barrier(cmd);
    kit_submit(k, cmd);
    const uint32_t *got = s->out.data;
    uint32_t at = 0, want_scale = (uint32_t)(s->scale * 1024.0f);
    for (uint32_t g = 0; g < groups[0] * groups[1] * groups[2]; g++) {
        const uint32_t group[3] = {first[0] + g % groups[0], first[1] + g / groups[0] % groups[1], first[2] + g / groups[0] / groups[1]};
        for (uint32_t l = 0; l < s->size[0] * s->size[1] * s->size[2]; l++, at++) {
            const uint32_t local[3] = {l % s->size[0], l / s->size[0] % s->size[1], l / s->size[0] / s->size[1]};
            uint32_t want[12];
            for (int i = 0; i < 3; i++) {
                want[i] = group[i];
                want[4 + i] = local[i];
                want[8 + i] = group[i] * s->size[i] + local[i];
            }
            want[3] = s->mark;
            want[7] = s->flag ? 77 : 33;
            want[11] = want_scale + groups[0] * 65536;
            if (!kit_same(k, "numbers of an invocation", got + at * 12, want, 12, 4, 4)) {
                return;
            }
        }
    }
    for (uint32_t i = at * 12; i < MAX_IDS * 12; i++) {
        REQUIRE(k, got[i] == UINT32_MAX, "%u invocations, more than %u", i / 12 + 1, at);
    }
}

static void
case_numbers(struct kit *k)
{
    static const uint32_t shapes[][6] = {{1, 1, 1, 5, 3, 2},  {64, 1, 1, 3, 1, 1},   {4, 8, 2, 2, 3, 4}, {7, 3, 1, 5, 2, 2},
                                         {1, 1, 17, 2, 1, 3}, {128, 1, 1, 1, 1, 20}, {3, 5, 7, 1, 9, 1}};
    const uint32_t zero[3] = {0, 0, 0};
    for (uint32_t i = 0; i < ARRAY_LEN(shapes); i++) {
        struct ids s;
        ids_init(k, &s, shapes[i][0], shapes[i][1], shapes[i][2], i + 5, i % 2);
        const VkCommandBuffer cmd = ids_begin(k, &s, zero, shapes[i] + 3);
        vkCmdDispatch(cmd, shapes[i][3], shapes[i][4], shapes[i][5]);
        vkCmdDispatch(cmd, 0, 3, 3);
        ids_check(k, &s, cmd, zero, shapes[i] + 3);
    }
}

static void
case_base(struct kit *k)
{
    SKIP_UNLESS(k, k->vk.CmdDispatchBase, "no vkCmdDispatchBase");
    const uint32_t first[3] = {7, 100, 65000}, groups[3] = {3, 4, 5};
    struct ids s;
    ids_init(k, &s, 5, 2, 3, 9, false);
    const VkCommandBuffer cmd = ids_begin(k, &s, first, groups);
    k->vk.CmdDispatchBase(cmd, 7, 100, 65000, 3, 4, 5);
    ids_check(k, &s, cmd, first, groups);
}

/* The counts come from a buffer that the same command buffer fills. */
static void
case_indirect(struct kit *k)
{
    const uint32_t zero[3] = {0, 0, 0}, groups[3] = {6, 2, 3};
    struct ids s;
    ids_init(k, &s, 8, 4, 1, 2, false);
    const struct kit_buffer args = kit_buffer(k, 64, NULL);
    const VkCommandBuffer cmd = ids_begin(k, &s, zero, groups);
    vkCmdUpdateBuffer(cmd, args.buffer, 20, 12, groups);
    kit_barrier(cmd);
    vkCmdDispatchIndirect(cmd, args.buffer, 20);
    vkCmdDispatchIndirect(cmd, args.buffer, 0); /* zeros */
    ids_check(k, &s, cmd, zero, groups);
}

/* Push constants keep what was pushed until it is overwritten, in parts. */
static void
case_push_constants(struct kit *k)
{
    struct ids s;
    const uint32_t groups[3] = {2, 2, 2}, zero[3] = {0, 0, 0};
    ids_init(k, &s, 2, 1, 1, 4, false);
    const VkCommandBuffer cmd = ids_begin(k, &s, zero, zero);
    for (uint32_t i = 0; i < 3; i++) { /* the groups, word by word */
        vkCmdPushConstants(cmd, s.layout, VK_SHADER_STAGE_ALL, 16 + i * 4, 4, &groups[i]);
    }
    vkCmdDispatch(cmd, 2, 2, 2);
    ids_check(k, &s, cmd, zero, groups);
}

static void
case_shared_memory(struct kit *k)
{
    enum { GROUPS = 40, N = GROUPS * 128 };
    uint32_t data[N], want[N], sums[5] = {0, UINT32_MAX, 0, 0, 1}, want_sums[5] = {0, UINT32_MAX, 0, 0, 99}, seed = 6;
    for (uint32_t i = 0; i < N; i++) {
        data[i] = kit_random(&seed) % 100000;
        want[i] = data[i] + (i % 128 ? want[i - 1] : 0);
        want_sums[0] += data[i] % 3 == 0;
        want_sums[1] = data[i] < want_sums[1] ? data[i] : want_sums[1];
        want_sums[2] = data[i] > want_sums[2] ? data[i] : want_sums[2];
        want_sums[3] |= 1u << data[i] % 32;
    }
    const VkDescriptorType types[2] = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 2, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkDescriptorSet set = kit_set(k, sl);
    const struct kit_buffer a = kit_buffer(k, sizeof(data), data), b = kit_buffer(k, sizeof(sums), sums);
    kit_write_buffer(k, set, 0, 0, types[0], a.buffer, 0, VK_WHOLE_SIZE);
    kit_write_buffer(k, set, 1, 0, types[1], b.buffer, 0, VK_WHOLE_SIZE);
    const VkPipeline pipe = kit_compute(k, layout, KIT_CODE(compute_shared_comp), NULL);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    vkCmdDispatch(cmd, GROUPS, 1, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    kit_same(k, "prefix sums", a.data, want, N, 4, 128);
    kit_same(k, "atomics", b.data, want_sums, 5, 4, 0);
}

/* Each dispatch sees what the one before wrote, through buffer barriers. */
static void
case_chain(struct kit *k)
{
    uint32_t data[4096], want[4096];
    for (uint32_t i = 0; i < ARRAY_LEN(data); i++) {
        data[i] = i;
        want[i] = i << 10;
    }
    const struct kit_buffer b = kit_buffer(k, sizeof(data), data);
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkDescriptorSet set = kit_set(k, sl);
    kit_write_buffer(k, set, 0, 0, type, b.buffer, 0, VK_WHOLE_SIZE);
    const VkPipeline pipe = kit_compute(k, layout, KIT_CODE(kit_double_comp), NULL);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    for (int i = 0; i < 10; i++) {
        vkCmdDispatch(cmd, ARRAY_LEN(data) / 64, 1, 1);
        const VkBufferMemoryBarrier bb = {.sType = VK_STRUCTURE_TYPE_BUFFER_MEMORY_BARRIER,
                                          .srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT,
                                          .dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT,
                                          .srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
                                          .dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
                                          .buffer = b.buffer,
                                          .size = VK_WHOLE_SIZE};
        vkCmdPipelineBarrier(cmd, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, 0, 0, NULL, 1, &bb, 0, NULL);
    }
    kit_barrier(cmd);
    kit_submit(k, cmd);
    kit_same(k, "doubled ten times", b.data, want, ARRAY_LEN(want), 4, 0);
}

/* As many groups as every device must take, along each axis: the shader counts them. */
static void
case_many_groups(struct kit *k)
{
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkDescriptorSet set = kit_set(k, sl);
    const struct kit_buffer count = kit_buffer(k, 4, NULL);
    kit_write_buffer(k, set, 0, 0, type, count.buffer, 0, 4);
    const VkPipeline pipe = kit_compute(k, layout, KIT_CODE(query_comp), NULL);
    for (int axis = 0; axis < 3; axis++) {
        *(uint32_t *)count.data = 0;
        const VkCommandBuffer cmd = kit_begin(k);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
        vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
        vkCmdDispatch(cmd, axis == 0 ? 65535 : 1, axis == 1 ? 65535 : 1, axis == 2 ? 65535 : 1);
        kit_barrier(cmd);
        kit_submit(k, cmd);
        CHECK(k, *(uint32_t *)count.data == 65535 * 16, "axis %d: %u invocations", axis, *(uint32_t *)count.data);
    }
}

static const struct kit_case cases[] = {
    {"numbers", case_numbers},
    {"base", case_base},
    {"indirect", case_indirect},
    {"push_constants", case_push_constants},
    {"shared_memory", case_shared_memory},
    {"chain", case_chain},
    {"many_groups", case_many_groups},
};
KIT_MAIN(cases)
