/* Shaders that never end lose their device, soon and with a message, and nothing else: other devices go on, all objects can be destroyed, and
 * long work that gets somewhere is no loss. With a limit of one second. SPEC: devsandqueues-lost-device. */
#include <time.h>

#include "kit.h"
#include "kit_state.h"

#include "endless_comp.h"
#include "endless_frag.h"
#include "endless_geom.h"
#include "endless_mesh.h"
#include "endless_task.h"
#include "endless_tesc.h"
#include "endless_tese.h"
#include "endless_vert.h"
#include "sync_spin_comp.h"

#define PX 96u
#define STORAGE VK_DESCRIPTOR_TYPE_STORAGE_BUFFER

struct data {
    uint32_t rounds, go, after;
};

/* A device of its own takes the place of the kit's. */
static void
own_device(struct kit *k)
{
    const float priority = 0;
    const VkDeviceQueueCreateInfo queue = {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueCount = 1, .pQueuePriorities = &priority};
    const VkDeviceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .queueCreateInfoCount = 1, .pQueueCreateInfos = &queue,
                                     .pEnabledFeatures = &k->features};
    const VkCommandPoolCreateInfo pool = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};
    MUST(vkCreateDevice(k->physical, &info, NULL, &k->device));
    vkGetDeviceQueue(k->device, 0, 0, &k->queue);
    MUST(vkCreateCommandPool(k->device, &pool, NULL, &k->pool));
    k->cache = VK_NULL_HANDLE;
}

static void
leave_device(struct kit *k, const struct kit *before)
{
    kit_release_all(k);
    vkDestroyCommandPool(k->device, k->pool, NULL);
    vkDestroyDevice(k->device, NULL);
    k->device = before->device;
    k->queue = before->queue;
    k->pool = before->pool;
    k->cache = before->cache;
}

/* Mode 0 to 3: compute, 4: vertices, 5: fragments, 6: geometry, 7 and 8: tessellation. */
static void
endless(struct kit *k, uint32_t mode)
{
    const struct kit before = *k;
    own_device(k);
    struct data start = {0, 1, 0};
    const struct kit_buffer b = kit_buffer(k, sizeof(start), &start);
    const VkDescriptorType type = STORAGE;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 4);
    const VkDescriptorSet set = kit_set(k, sl);
    kit_write_buffer(k, set, 0, 0, type, b.buffer, 0, VK_WHOLE_SIZE);
    const VkCommandBuffer cmd = kit_begin(k);
    if (mode < 4) {
        const VkPipeline pipe = kit_compute(k, layout, KIT_CODE(endless_comp), NULL);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
        vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
        vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, 4, &mode);
        vkCmdDispatch(cmd, 3, 5, 1);
    } else {
        struct kit_target t;
        struct kit_graphics g;
        kit_target_rgba(k, &t, PX, PX);
        kit_graphics_init(k, &g, &t, layout, KIT_CODE(endless_vert), KIT_CODE(endless_frag));
        if (mode == 6) {
            kit_graphics_stage(k, &g, VK_SHADER_STAGE_GEOMETRY_BIT, KIT_CODE(endless_geom));
        } else if (mode == 7 || mode == 8) {
            kit_graphics_stage(k, &g, VK_SHADER_STAGE_TESSELLATION_CONTROL_BIT, KIT_CODE(endless_tesc));
            kit_graphics_stage(k, &g, VK_SHADER_STAGE_TESSELLATION_EVALUATION_BIT, KIT_CODE(endless_tese));
            g.assembly.topology = VK_PRIMITIVE_TOPOLOGY_PATCH_LIST;
        } else if (mode > 8) {
            g.stages[0].stage = VK_SHADER_STAGE_MESH_BIT_EXT;
            g.stages[0].module = kit_module(k, KIT_CODE(endless_mesh));
            kit_graphics_stage(k, &g, VK_SHADER_STAGE_TASK_BIT_EXT, KIT_CODE(endless_task));
        }
        const VkPipeline pipe = kit_graphics_create(k, &g);
        kit_target_begin(cmd, &t);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
        vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, layout, 0, 1, &set, 0, NULL);
        vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, 4, &mode);
        if (mode > 8) {
            k->vk.CmdDrawMeshTasksEXT(cmd, 3, 2, 1);
        } else {
            vkCmdDraw(cmd, 3, 1, 0, 0);
        }
        vkCmdEndRenderPass(cmd);
    }
    MUST(vkEndCommandBuffer(cmd));
    const VkFence fence = kit_fence(k, false), later = kit_fence(k, false);
    const VkSubmitInfo submit = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 1, .pCommandBuffers = &cmd};
    const VkSubmitInfo empty = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO};
    kit_messages_clear(k);
    const VkResult r = vkQueueSubmit(k->queue, 1, &submit, fence); /* small work may run to its end inside */
    CHECK(k, r == VK_SUCCESS || r == VK_ERROR_DEVICE_LOST, "%s", kit_result_name(r));
    CHECK_RESULT(k, vkWaitForFences(k->device, 1, &fence, VK_TRUE, UINT64_C(30000000000)), VK_ERROR_DEVICE_LOST);
    CHECK(k, kit_message_has(k, "PUMICE_TIMEOUT"), "no message");
    CHECK_RESULT(k, vkDeviceWaitIdle(k->device), VK_ERROR_DEVICE_LOST);
    CHECK_RESULT(k, vkQueueSubmit(k->queue, 1, &empty, later), VK_ERROR_DEVICE_LOST);
    CHECK_RESULT(k, vkGetFenceStatus(k->device, later), VK_ERROR_DEVICE_LOST);
    const struct data *d = b.data;
    CHECK(k, d->rounds > 1000 && d->go == 1, "%u rounds", d->rounds);
    CHECK(k, mode == 1 || d->after == 0, "the shader went on after its loop");
    leave_device(k, &before);
    /* The kit's own device goes on. */
    const struct kit_buffer other = kit_buffer(k, 64, NULL);
    const VkCommandBuffer fill = kit_begin(k);
    vkCmdFillBuffer(fill, other.buffer, 0, 64, 7);
    kit_barrier(fill);
    kit_submit(k, fill);
    CHECK(k, *(uint32_t *)other.data == 7, "another device stands still");
}

#define CASE(name, mode)                                                                                               \
    static void case_##name(struct kit *k)                                                                             \
    {                                                                                                                  \
        SKIP_UNLESS(k, kit_ours(k) && !kit_under_validation(k), "what other drivers do then is their business");       \
        SKIP_UNLESS(k, mode != 6 || k->features.geometryShader, "no geometry shaders");                                \
        SKIP_UNLESS(k, mode < 7 || k->features.tessellationShader, "no tessellation");                                 \
        SKIP_UNLESS(k, mode < 9 || kit_has(k, VK_EXT_MESH_SHADER_EXTENSION_NAME), "no mesh shaders");                     \
        endless(k, mode);                                                                                              \
    }
CASE(compute, 0)
CASE(one_lane, 1)
CASE(barriers, 2)
CASE(nested, 3)
CASE(vertices, 4)
CASE(fragments, 5)
CASE(geometry, 6)
CASE(control, 7)
CASE(evaluation, 8)
CASE(task, 9)
CASE(mesh, 10)

/* Three seconds of work in many pieces. */
static void
case_long(struct kit *k)
{
    SKIP_UNLESS(k, kit_ours(k), "as above");
    const struct kit_buffer b = kit_buffer(k, 64 * 16384 * 4, NULL);
    const VkDescriptorType type = STORAGE;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 8);
    const VkDescriptorSet set = kit_set(k, sl);
    kit_write_buffer(k, set, 0, 0, type, b.buffer, 0, VK_WHOLE_SIZE);
    const VkPipeline pipe = kit_compute(k, layout, KIT_CODE(sync_spin_comp), NULL);
    uint64_t spent = 0;
    for (uint32_t rounds = 500; spent < 2500; rounds *= 2) { /* until one dispatch takes that long: on whatever machine, with or without a compiler */
        const uint32_t push[2] = {rounds, 1};
        struct timespec t0, t1;
        clock_gettime(CLOCK_MONOTONIC, &t0);
        const VkCommandBuffer cmd = kit_begin(k);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
        vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
        vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, 8, push);
        vkCmdDispatch(cmd, 16384, 1, 1);
        kit_barrier(cmd);
        kit_submit(k, cmd);
        clock_gettime(CLOCK_MONOTONIC, &t1);
        spent = (uint64_t)(t1.tv_sec - t0.tv_sec) * 1000 + (uint64_t)t1.tv_nsec / 1000000 - (uint64_t)t0.tv_nsec / 1000000;
    }
    CHECK_RESULT(k, vkDeviceWaitIdle(k->device), VK_SUCCESS);
}

static const struct kit_case cases[] = {
    {"compute", case_compute}, {"one_lane", case_one_lane}, {"barriers", case_barriers}, {"nested", case_nested},
    {"vertices", case_vertices}, {"fragments", case_fragments}, {"geometry", case_geometry}, {"control", case_control}, {"evaluation", case_evaluation},
    {"task", case_task}, {"mesh", case_mesh}, {"long", case_long},
};

int
main(int argc, char **argv)
{
    setenv("PUMICE_TIMEOUT", "1", 1);
    return kit_main(argc, argv, cases, ARRAY_LEN(cases));
}
