/* Ray tracing pipelines: shaders that call each other through shader binding tables, and what rays find. SPEC: ray-tracing, ray-traversal,
 * shader-binding-table. */
#include <stddef.h>

#include "kit_state.h"
#include "rays_kit.h"

#include "rays_call_rgen.h"
#include "rays_pass_rcall.h"
#include "rays_step_rcall.h"

/* ---- callables ---- */

struct step {
    uint32_t factor, next, index;
};
struct data {
    uint32_t value, calls;
    float f[3];
};

#define STEPS 9

static void
step(const struct step *steps, uint32_t n, uint32_t i, struct data *d)
{
    if (i >= n || steps[i].factor == 0) { /* nothing, or a null handle */
        return;
    }
    const struct step *s = &steps[i];
    d->value = d->value * s->factor + s->index;
    d->calls++;
    d->f[d->calls % 3] += 2.0f;
    if (s->next != UINT32_MAX) {
        struct data inner = *d;
        step(steps, n, s->next, &inner);
        d->value ^= inner.value;
        d->calls = inner.calls;
    }
}

struct callables {
    VkPipelineLayout layout;
    VkDescriptorSet set;
    struct kit_buffer out;
};

static struct callables
callables_init(struct kit *k, uint32_t words)
{
    struct callables c;
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    c.layout = kit_layout(k, 1, &sl, 16);
    c.set = kit_set(k, sl);
    c.out = kit_buffer(k, (VkDeviceSize)words * 4, NULL);
    kit_write_buffer(k, c.set, 0, 0, type, c.out.buffer, 0, VK_WHOLE_SIZE);
    return c;
}

static VkCommandBuffer
callables_begin(struct kit *k, const struct callables *c, VkPipeline pipe, uint32_t push)
{
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_RAY_TRACING_KHR, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_RAY_TRACING_KHR, c->layout, 0, 1, &c->set, 0, NULL);
    vkCmdPushConstants(cmd, c->layout, VK_SHADER_STAGE_ALL, 0, sizeof(push), &push);
    return cmd;
}

/* Launches of several shapes, records of several strides with data of their own, null handles, an index behind the table. */
static void
case_callables(struct kit *k)
{
    NEED_RAYS(k);
    static const uint32_t shapes[][3] = {{1, 1, 1}, {37, 1, 1}, {1, 19, 1}, {3, 5, 7}, {1, 1, 33}, {16, 16, 1}, {6, 2, 3}};
    static const uint32_t strides_B[] = {64, 96, 160};
    static const struct step steps[STEPS] = {{3, UINT32_MAX, 1}, {5, 2, 2},          {7, UINT32_MAX, 3}, {0, 0, 0}, {11, 3, 4},
                                             {13, 6, 5},         {17, UINT32_MAX, 6}, {2, 0, 7},          {9, 1, 8}};
    const struct callables c = callables_init(k, 300 * 4);
    struct rays r;
    rays_init(&r, c.layout, 1);
    const uint32_t raygen = rays_general(k, &r, VK_SHADER_STAGE_RAYGEN_BIT_KHR, KIT_CODE(rays_call_rgen));
    const uint32_t callable = rays_general(k, &r, VK_SHADER_STAGE_CALLABLE_BIT_KHR, KIT_CODE(rays_step_rcall));
    const VkPipeline pipe = rays_create(k, &r);
    for (uint32_t i = 0; i < ARRAY_LEN(shapes); i++) {
        const uint32_t stride_B = strides_B[i % ARRAY_LEN(strides_B)], start = 100 * i, n = kit_ours(k) ? STEPS + 2 : STEPS;
        struct table gen = table_make(k, 1, 64), calls = table_make(k, STEPS, stride_B);
        table_set(k, &gen, 0, pipe, raygen, &start, sizeof(start));
        for (uint32_t s = 0; s < STEPS; s++) {
            table_set(k, &calls, s, steps[s].factor ? pipe : VK_NULL_HANDLE, callable, &steps[s], sizeof(steps[s]));
        }
        memset(c.out.data, 0, (size_t)c.out.size_B);
        const VkCommandBuffer cmd = callables_begin(k, &c, pipe, n);
        k->vk.CmdTraceRaysKHR(cmd, &gen.region, &no_table, &no_table, &calls.region, shapes[i][0], shapes[i][1], shapes[i][2]);
        kit_submit(k, cmd);
        const uint32_t rays = shapes[i][0] * shapes[i][1] * shapes[i][2];
        uint32_t *want = kit_alloc(k, (size_t)rays * 16);
        for (uint32_t at = 0; at < rays; at++) {
            struct data d = {at + start, 0, {(float)at, 0.5f, -1.0f}};
            step(steps, STEPS, at * 7 % n, &d);
            if (at % 3 == 1) {
                step(steps, STEPS, at % 5, &d);
            }
            const float f = d.f[0] + d.f[1] * d.f[2];
            want[at * 4] = d.value;
            want[at * 4 + 1] = d.calls;
            memcpy(&want[at * 4 + 2], &f, 4);
            want[at * 4 + 3] = at;
        }
        kit_same(k, "callables", c.out.data, want, (size_t)rays * 4, 4, 4);
    }
}

/* Calls inside of calls, all on the data that came in first. */
static void
case_nested_callables(struct kit *k)
{
    NEED_RAYS(k);
    const uint32_t limit = 60, rays = 100;
    const struct callables c = callables_init(k, rays * 4);
    struct rays r;
    rays_init(&r, c.layout, 0);
    const uint32_t callable = rays_general(k, &r, VK_SHADER_STAGE_CALLABLE_BIT_KHR, KIT_CODE(rays_pass_rcall));
    const uint32_t raygen = rays_general(k, &r, VK_SHADER_STAGE_RAYGEN_BIT_KHR, KIT_CODE(rays_call_rgen));
    VkDynamicState state = VK_DYNAMIC_STATE_RAY_TRACING_PIPELINE_STACK_SIZE_KHR;
    const VkPipelineDynamicStateCreateInfo dynamic = {.sType = VK_STRUCTURE_TYPE_PIPELINE_DYNAMIC_STATE_CREATE_INFO, .dynamicStateCount = 1, .pDynamicStates = &state};
    r.info.pDynamicState = &dynamic;
    const VkPipeline pipe = rays_create(k, &r);
    struct table gen = table_make(k, 1, 64), calls = table_make(k, 2, 64);
    table_set(k, &gen, 0, pipe, raygen, &(uint32_t){5}, 4);
    for (uint32_t i = 0; i < 2; i++) {
        table_set(k, &calls, i, pipe, callable, (const uint32_t[2]){limit - i, 1 - i}, 8); /* one calls the other */
    }
    const VkDeviceSize one_B = k->vk.GetRayTracingShaderGroupStackSizeKHR(k->device, pipe, callable, VK_SHADER_GROUP_SHADER_GENERAL_KHR);
    const VkDeviceSize gen_B = k->vk.GetRayTracingShaderGroupStackSizeKHR(k->device, pipe, raygen, VK_SHADER_GROUP_SHADER_GENERAL_KHR);
    const VkCommandBuffer cmd = callables_begin(k, &c, pipe, 2);
    k->vk.CmdSetRayTracingPipelineStackSizeKHR(cmd, (uint32_t)(gen_B + (limit + 1) * one_B));
    k->vk.CmdTraceRaysKHR(cmd, &gen.region, &no_table, &no_table, &calls.region, rays, 1, 1);
    kit_submit(k, cmd);
    uint32_t *want = kit_alloc(k, rays * 16);
    for (uint32_t at = 0; at < rays; at++) {
        uint32_t value = at + 5, count = 0;
        float f = -1.0f;
        const uint32_t first[2] = {at * 7 % 2, at % 5};
        for (uint32_t run = 0; run < (at % 3 == 1 ? 2u : 1u); run++) {
            bool more = first[run] < 2;
            for (uint32_t i = first[run]; more; i = 1 - i) {
                value += count++;
                f *= 2.0f;
                more = count < limit - i + value % 2;
            }
        }
        const float sum = (float)at + 0.5f * f;
        want[at * 4] = value;
        want[at * 4 + 1] = count;
        memcpy(&want[at * 4 + 2], &sum, 4);
        want[at * 4 + 3] = at;
    }
    kit_same(k, "nested", c.out.data, want, (size_t)rays * 4, 4, 4);
}

/* ---- pipelines from libraries, indirect launches ---- */

struct small { /* a ray generation shader and one callable, called by all rays */
    struct callables c;
    struct table gen, calls;
    uint32_t rays;
};

/* What rays_call.rgen and one record of rays_step.rcall make. */
static void
check_small(struct kit *k, const struct small *s, const struct step *step_data, uint32_t start, const char *what)
{
    uint32_t *want = kit_alloc(k, (size_t)s->rays * 16);
    for (uint32_t at = 0; at < s->rays; at++) {
        struct data d = {at + start, 0, {(float)at, 0.5f, -1.0f}};
        step(step_data, 1, 0, &d);
        if (at % 3 == 1) {
            step(step_data, 1, at % 5, &d);
        }
        const float f = d.f[0] + d.f[1] * d.f[2];
        want[at * 4] = d.value;
        want[at * 4 + 1] = d.calls;
        memcpy(&want[at * 4 + 2], &f, 4);
        want[at * 4 + 3] = at;
    }
    kit_same(k, what, s->c.out.data, want, (size_t)s->rays * 4, 4, 4);
    memset(s->c.out.data, 0xee, (size_t)s->c.out.size_B);
}

static const struct step only_step = {7, UINT32_MAX, 3};

/* Handles of a pipeline's groups, ray generation and callable. */
static void
small_init(struct kit *k, struct small *s, uint32_t rays, uint32_t start)
{
    s->rays = rays;
    s->c = callables_init(k, rays * 4);
    s->gen = table_make(k, 1, 64);
    s->calls = table_make(k, 5, 64); /* the others are null */
    table_set(k, &s->gen, 0, VK_NULL_HANDLE, 0, &start, 4);
    table_set(k, &s->calls, 0, VK_NULL_HANDLE, 0, &only_step, sizeof(only_step));
}

static void
small_run(struct kit *k, const struct small *s, VkPipeline pipe)
{
    const VkCommandBuffer cmd = callables_begin(k, &s->c, pipe, 1);
    k->vk.CmdTraceRaysKHR(cmd, &s->gen.region, &no_table, &no_table, &s->calls.region, s->rays, 1, 1);
    kit_submit(k, cmd);
}

static bool
handle_groups(struct kit *k)
{
    const VkPhysicalDevicePipelineLibraryGroupHandlesFeaturesEXT *f =
        kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_LIBRARY_GROUP_HANDLES_FEATURES_EXT);
    return f->pipelineLibraryGroupHandles;
}

/* Two libraries, and one of them linked again with a group beside: handles stay what the libraries say. */
static void
case_libraries(struct kit *k)
{
    NEED_RAYS(k);
    const VkRayTracingPipelineInterfaceCreateInfoKHR interface = {.sType = VK_STRUCTURE_TYPE_RAY_TRACING_PIPELINE_INTERFACE_CREATE_INFO_KHR,
                                                                  .maxPipelineRayPayloadSize = 32, .maxPipelineRayHitAttributeSize = 8};
    struct small s;
    small_init(k, &s, 50, 9);
    VkPipeline part[2];
    struct rays r;
    for (uint32_t i = 0; i < 2; i++) {
        rays_init(&r, s.c.layout, 1);
        r.info.flags = VK_PIPELINE_CREATE_LIBRARY_BIT_KHR;
        r.info.pLibraryInterface = &interface;
        if (i == 0) {
            rays_general(k, &r, VK_SHADER_STAGE_RAYGEN_BIT_KHR, KIT_CODE(rays_call_rgen));
        } else {
            rays_general(k, &r, VK_SHADER_STAGE_CALLABLE_BIT_KHR, KIT_CODE(rays_pass_rcall));
            rays_general(k, &r, VK_SHADER_STAGE_CALLABLE_BIT_KHR, KIT_CODE(rays_step_rcall));
        }
        part[i] = rays_create(k, &r);
    }
    const VkPipelineLibraryCreateInfoKHR libraries = {.sType = VK_STRUCTURE_TYPE_PIPELINE_LIBRARY_CREATE_INFO_KHR, .libraryCount = 2, .pLibraries = part};
    rays_init(&r, s.c.layout, 1);
    r.info.pLibraryInfo = &libraries;
    r.info.pLibraryInterface = &interface;
    const VkPipeline all = rays_create(k, &r);
    table_set(k, &s.gen, 0, all, 0, NULL, 0);
    table_set(k, &s.calls, 0, all, 2, NULL, 0);
    small_run(k, &s, all);
    check_small(k, &s, &only_step, 9, "libraries");
    rays_general(k, &r, VK_SHADER_STAGE_CALLABLE_BIT_KHR, KIT_CODE(rays_pass_rcall)); /* now group 0 */
    const VkPipeline more = rays_create(k, &r);
    table_set(k, &s.gen, 0, more, 1, NULL, 0);
    table_set(k, &s.calls, 0, more, 3, NULL, 0);
    small_run(k, &s, more);
    check_small(k, &s, &only_step, 9, "libraries and a group");
    /* Groups may be made of the libraries' shaders: numbers go on behind the own ones. */
    r.groups[r.info.groupCount - 1].generalShader = 1;
    rays_group(&r, VK_RAY_TRACING_SHADER_GROUP_TYPE_GENERAL_KHR, 3, NONE, NONE, NONE);
    const VkPipeline made = rays_create(k, &r);
    for (uint32_t i = 0; i < 2; i++) {
        table_set(k, i ? &s.calls : &s.gen, 0, made, i, NULL, 0);
    }
    small_run(k, &s, made);
    check_small(k, &s, &only_step, 9, "groups of the libraries' shaders");
    if (handle_groups(k)) {
        table_set(k, &s.gen, 0, part[0], 0, NULL, 0);
        table_set(k, &s.calls, 0, part[1], 1, NULL, 0);
        for (uint32_t i = 0; i < 2; i++) {
            small_run(k, &s, i ? more : all);
            check_small(k, &s, &only_step, 9, "handles of libraries");
        }
    }
}

/* A constant of the shader, two pipelines at once, feedback and the cache, a deferred operation that is not made use of. */
static void
case_creation(struct kit *k)
{
    NEED_RAYS(k);
    struct small s;
    small_init(k, &s, 20, 3);
    struct rays r;
    rays_init(&r, s.c.layout, 1);
    rays_general(k, &r, VK_SHADER_STAGE_RAYGEN_BIT_KHR, KIT_CODE(rays_call_rgen));
    rays_general(k, &r, VK_SHADER_STAGE_CALLABLE_BIT_KHR, KIT_CODE(rays_step_rcall));
    const uint32_t shift = 40;
    const VkSpecializationMapEntry entry = {0, 0, 4};
    const VkSpecializationInfo special = {1, &entry, 4, &shift};
    VkRayTracingPipelineCreateInfoKHR infos[2] = {r.info, r.info};
    VkPipelineShaderStageCreateInfo stages[2] = {r.stages[0], r.stages[1]};
    stages[1].pSpecializationInfo = &special;
    infos[1].pStages = stages;
    const VkPipelineCacheCreateInfo cache_info = {.sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO};
    VkPipelineCache cache;
    MUST(vkCreatePipelineCache(k->device, &cache_info, NULL, &cache));
    KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE_CACHE, cache);
    VkDeferredOperationKHR deferred;
    MUST(k->vk.CreateDeferredOperationKHR(k->device, NULL, &deferred));
    for (uint32_t round = 0; round < 2; round++) {
        VkPipelineCreationFeedback whole = {0}, each[2] = {{0}};
        const VkPipelineCreationFeedbackCreateInfo feedback = {.sType = VK_STRUCTURE_TYPE_PIPELINE_CREATION_FEEDBACK_CREATE_INFO, .pPipelineCreationFeedback = &whole,
                                                               .pipelineStageCreationFeedbackCount = 2, .pPipelineStageCreationFeedbacks = each};
        infos[0].pNext = &feedback;
        infos[0].flags = round ? VK_PIPELINE_CREATE_FAIL_ON_PIPELINE_COMPILE_REQUIRED_BIT : 0;
        VkPipeline pipes[2];
        const bool later = round && kit_ours(k); /* drivers may defer; then somebody has to join */
        const VkResult result = k->vk.CreateRayTracingPipelinesKHR(k->device, later ? deferred : VK_NULL_HANDLE, cache, 2, infos, NULL, pipes);
        const bool interpreted = result == VK_PIPELINE_COMPILE_REQUIRED; /* nothing to be cached */
        CHECK(k, result == (later ? VK_OPERATION_NOT_DEFERRED_KHR : VK_SUCCESS) || (round && interpreted), "%s", kit_result_name(result));
        for (uint32_t i = 0; i < 2; i++) {
            if (pipes[i]) {
                KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, pipes[i]);
                table_set(k, &s.gen, 0, pipes[i], 0, NULL, 0);
                table_set(k, &s.calls, 0, pipes[i], 1, NULL, 0);
                small_run(k, &s, pipes[i]);
                const struct step want = {7 + (i ? shift : 0), UINT32_MAX, 3};
                check_small(k, &s, &want, 3, i ? "specialised" : "not specialised");
            }
        }
        CHECK(k, interpreted || whole.flags & VK_PIPELINE_CREATION_FEEDBACK_VALID_BIT, "no feedback");
        if (round && !interpreted) {
            const VkPipelineCreationFeedbackFlags hit = VK_PIPELINE_CREATION_FEEDBACK_APPLICATION_PIPELINE_CACHE_HIT_BIT;
            CHECK(k, whole.flags & each[0].flags & each[1].flags & hit, "compiled again");
        }
    }
    k->vk.DestroyDeferredOperationKHR(k->device, deferred, NULL);
}

/* Sizes, and tables too, in memory of the device. */
static void
case_indirect(struct kit *k)
{
    NEED_RAYS(k);
    const VkPhysicalDeviceRayTracingPipelineFeaturesKHR *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_RAY_TRACING_PIPELINE_FEATURES_KHR);
    const VkPhysicalDeviceRayTracingMaintenance1FeaturesKHR *m = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_RAY_TRACING_MAINTENANCE_1_FEATURES_KHR);
    struct small s;
    small_init(k, &s, 7 * 5 * 2, 70);
    struct rays r;
    rays_init(&r, s.c.layout, 1);
    rays_general(k, &r, VK_SHADER_STAGE_RAYGEN_BIT_KHR, KIT_CODE(rays_call_rgen));
    rays_general(k, &r, VK_SHADER_STAGE_CALLABLE_BIT_KHR, KIT_CODE(rays_step_rcall));
    const VkPipeline pipe = rays_create(k, &r);
    table_set(k, &s.gen, 0, pipe, 0, NULL, 0);
    table_set(k, &s.calls, 0, pipe, 1, NULL, 0);
    struct {
        VkTraceRaysIndirectCommandKHR sizes, none;
        VkTraceRaysIndirectCommand2KHR all;
    } commands = {.sizes = {7, 5, 2}, .none = {7, 0, 2}};
    commands.all = (VkTraceRaysIndirectCommand2KHR){.raygenShaderRecordAddress = s.gen.region.deviceAddress,
                                                    .raygenShaderRecordSize = s.gen.region.size,
                                                    .callableShaderBindingTableAddress = s.calls.region.deviceAddress,
                                                    .callableShaderBindingTableSize = s.calls.region.size,
                                                    .callableShaderBindingTableStride = s.calls.region.stride,
                                                    .width = 2, .height = 7, .depth = 5};
    const VkDeviceAddress at = kit_place(k, sizeof(commands), &commands).address;
    VkCommandBuffer cmd;
    if (f->rayTracingPipelineTraceRaysIndirect) {
        cmd = callables_begin(k, &s.c, pipe, 1);
        k->vk.CmdTraceRaysIndirectKHR(cmd, &s.gen.region, &no_table, &no_table, &s.calls.region, at);
        k->vk.CmdTraceRaysIndirectKHR(cmd, &s.gen.region, &no_table, &no_table, &s.calls.region, at + offsetof(__typeof__(commands), none));
        kit_submit(k, cmd);
        check_small(k, &s, &only_step, 70, "indirect");
    }
    if (m->rayTracingPipelineTraceRaysIndirect2) {
        cmd = callables_begin(k, &s.c, pipe, 1);
        k->vk.CmdTraceRaysIndirect2KHR(cmd, at + offsetof(__typeof__(commands), all));
        kit_submit(k, cmd);
        check_small(k, &s, &only_step, 70, "indirect tables");
    }
}

/* Handles that were captured come back: what a shader binding table held then names the same groups now. */
static void
case_capture_replay(struct kit *k)
{
    NEED_RAYS(k);
    const VkPhysicalDeviceRayTracingPipelineFeaturesKHR *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_RAY_TRACING_PIPELINE_FEATURES_KHR);
    SKIP_UNLESS(k, f->rayTracingPipelineShaderGroupHandleCaptureReplay, "handles cannot be replayed");
    const VkPhysicalDeviceRayTracingPipelinePropertiesKHR *p = rays_properties(k);
    struct small s;
    small_init(k, &s, 20, 1);
    struct rays r;
    rays_init(&r, s.c.layout, 1);
    r.info.flags = VK_PIPELINE_CREATE_RAY_TRACING_SHADER_GROUP_HANDLE_CAPTURE_REPLAY_BIT_KHR;
    rays_general(k, &r, VK_SHADER_STAGE_RAYGEN_BIT_KHR, KIT_CODE(rays_call_rgen));
    rays_general(k, &r, VK_SHADER_STAGE_CALLABLE_BIT_KHR, KIT_CODE(rays_step_rcall));
    VkPipeline pipe;
    MUST(k->vk.CreateRayTracingPipelinesKHR(k->device, VK_NULL_HANDLE, VK_NULL_HANDLE, 1, &r.info, NULL, &pipe));
    table_set(k, &s.gen, 0, pipe, 0, NULL, 0);
    table_set(k, &s.calls, 0, pipe, 1, NULL, 0);
    const uint32_t size_B = p->shaderGroupHandleCaptureReplaySize;
    uint8_t *captured = kit_alloc(k, 2 * size_B), *again = kit_alloc(k, 2 * size_B);
    MUST(k->vk.GetRayTracingCaptureReplayShaderGroupHandlesKHR(k->device, pipe, 0, 2, 2 * size_B, captured));
    vkDestroyPipeline(k->device, pipe, NULL);
    r.groups[0].pShaderGroupCaptureReplayHandle = captured;
    r.groups[1].pShaderGroupCaptureReplayHandle = captured + size_B;
    const VkPipeline replayed = rays_create(k, &r);
    MUST(k->vk.GetRayTracingCaptureReplayShaderGroupHandlesKHR(k->device, replayed, 0, 2, 2 * size_B, again));
    kit_same(k, "handles", again, captured, 2 * size_B, 1, 0);
    small_run(k, &s, replayed);
    check_small(k, &s, &only_step, 1, "replay");
    if (kit_ours(k)) {
        r.groups[1].pShaderGroupCaptureReplayHandle = captured; /* two groups cannot have one name */
        CHECK_RESULT(k, k->vk.CreateRayTracingPipelinesKHR(k->device, VK_NULL_HANDLE, VK_NULL_HANDLE, 1, &r.info, NULL, &pipe),
                     VK_ERROR_INVALID_OPAQUE_CAPTURE_ADDRESS);
        CHECK(k, !pipe, "a pipeline after all");
    }
}

/* The pipeline again from its binaries, without modules: two callables tell whether each found its own. And what its executables are. */
static void
case_binaries(struct kit *k)
{
    NEED_RAYS(k);
    const VkPhysicalDevicePipelineBinaryFeaturesKHR *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_BINARY_FEATURES_KHR);
    const VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR *e =
        kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR);
    SKIP_UNLESS(k, f->pipelineBinaries, "no pipeline binaries");
    struct small s;
    small_init(k, &s, 30, 4);
    struct rays r;
    rays_init(&r, s.c.layout, 1);
    VkPipelineCreateFlags2CreateInfo flags = {.sType = VK_STRUCTURE_TYPE_PIPELINE_CREATE_FLAGS_2_CREATE_INFO, .flags = VK_PIPELINE_CREATE_2_CAPTURE_DATA_BIT_KHR};
    r.info.pNext = &flags;
    rays_general(k, &r, VK_SHADER_STAGE_RAYGEN_BIT_KHR, KIT_CODE(rays_call_rgen));
    rays_general(k, &r, VK_SHADER_STAGE_CALLABLE_BIT_KHR, KIT_CODE(rays_pass_rcall));
    rays_general(k, &r, VK_SHADER_STAGE_CALLABLE_BIT_KHR, KIT_CODE(rays_step_rcall));
    VkPipeline pipe;
    MUST(k->vk.CreateRayTracingPipelinesKHR(k->device, VK_NULL_HANDLE, VK_NULL_HANDLE, 1, &r.info, NULL, &pipe));
    KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, pipe);
    if (e->pipelineExecutableInfo && kit_ours(k)) {
        const VkPipelineInfoKHR about = {.sType = VK_STRUCTURE_TYPE_PIPELINE_INFO_KHR, .pipeline = pipe};
        VkPipelineExecutablePropertiesKHR props[3] = {{.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_PROPERTIES_KHR},
                                                      {.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_PROPERTIES_KHR},
                                                      {.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_PROPERTIES_KHR}};
        uint32_t n = 3;
        MUST(k->vk.GetPipelineExecutablePropertiesKHR(k->device, &about, &n, props));
        CHECK(k, n == 3 && props[0].stages == VK_SHADER_STAGE_RAYGEN_BIT_KHR && props[2].stages == VK_SHADER_STAGE_CALLABLE_BIT_KHR, "%u executables", n);
    }
    const VkPipelineBinaryCreateInfoKHR info = {.sType = VK_STRUCTURE_TYPE_PIPELINE_BINARY_CREATE_INFO_KHR, .pipeline = pipe};
    VkPipelineBinaryKHR binaries[8];
    VkPipelineBinaryHandlesInfoKHR handles = {.sType = VK_STRUCTURE_TYPE_PIPELINE_BINARY_HANDLES_INFO_KHR, .pipelineBinaryCount = 8, .pPipelineBinaries = binaries};
    MUST(k->vk.CreatePipelineBinariesKHR(k->device, &info, NULL, &handles));
    const VkPipelineBinaryInfoKHR from = {.sType = VK_STRUCTURE_TYPE_PIPELINE_BINARY_INFO_KHR, .binaryCount = handles.pipelineBinaryCount,
                                          .pPipelineBinaries = binaries};
    r.info.pNext = &from;
    for (uint32_t i = 0; i < 3; i++) {
        r.stages[i].module = VK_NULL_HANDLE;
    }
    VkPipeline again;
    CHECK_VK(k, k->vk.CreateRayTracingPipelinesKHR(k->device, VK_NULL_HANDLE, VK_NULL_HANDLE, 1, &r.info, NULL, &again));
    if (again) {
        KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, again);
        table_set(k, &s.gen, 0, again, 0, NULL, 0);
        table_set(k, &s.calls, 0, again, 2, NULL, 0);
        small_run(k, &s, again);
        check_small(k, &s, &only_step, 4, "from binaries");
    }
    for (uint32_t i = 0; i < handles.pipelineBinaryCount; i++) {
        k->vk.DestroyPipelineBinaryKHR(k->device, binaries[i], NULL);
    }
}

/* ---- misuse ---- */

/* Nothing that stands in a table of shader records can be called but groups of the pipeline, and only as what they are. */
static void
case_strange_handles(struct kit *k)
{
    NEED_RAYS(k);
    SKIP_UNLESS(k, kit_ours(k), "undefined elsewhere");
    struct small s;
    small_init(k, &s, 40, 2);
    s.calls = table_make(k, 5, 64);
    struct rays r;
    rays_init(&r, s.c.layout, 1);
    rays_general(k, &r, VK_SHADER_STAGE_RAYGEN_BIT_KHR, KIT_CODE(rays_call_rgen));
    const uint32_t callable = rays_stage(k, &r, VK_SHADER_STAGE_CALLABLE_BIT_KHR, KIT_CODE(rays_step_rcall));
    rays_group(&r, VK_RAY_TRACING_SHADER_GROUP_TYPE_GENERAL_KHR, callable, NONE, NONE, NONE);
    const VkPipeline other = rays_create(k, &r), pipe = rays_create(k, &r);
    table_set(k, &s.gen, 0, pipe, 0, NULL, 0);
    const struct step nothing = {0, 0, 0};
    uint8_t *record = s.calls.place.buffer.data;
    for (uint32_t i = 0; i < 12; i++) {
        uint64_t *words = (uint64_t *)(void *)record;
        if (i < 8) { /* a good one, damaged; noise; addresses */
            table_set(k, &s.calls, 0, pipe, 1, NULL, 0);
            words[i % 2] ^= (uint64_t)1 << (i * 7);
            if (i >= 4) {
                kit_noise(record, 32, i);
            }
            words[0] = i == 7 ? (uint64_t)(uintptr_t)record : words[0];
        } else {
            table_set(k, &s.calls, 0, i == 8 ? other : i == 9 ? pipe : VK_NULL_HANDLE, i == 8 ? 1 : 0, NULL, 0); /* 9: a ray generation shader */
            memset(record, i == 10 ? 0xff : i == 11 ? 0 : record[0], 1);
        }
        small_run(k, &s, pipe);
        check_small(k, &s, &nothing, 2, "strange handle");
    }
    struct table gen = table_make(k, 1, 64); /* no ray generation shader at all */
    const VkStridedDeviceAddressRegionKHR tiny = {gen.region.deviceAddress, 16, 16}, nowhere = {0x1000, 64, 64};
    const struct kit_place command = kit_place(k, 4096, NULL);
    kit_noise(command.buffer.data, 4096, 99);
    const VkCommandBuffer cmd = callables_begin(k, &s.c, pipe, 1);
    memset(s.c.out.data, 0x11, (size_t)s.c.out.size_B);
    k->vk.CmdTraceRaysKHR(cmd, &gen.region, &no_table, &no_table, &s.calls.region, 40, 1, 1);
    k->vk.CmdTraceRaysKHR(cmd, &no_table, &no_table, &no_table, &s.calls.region, 40, 1, 1);
    k->vk.CmdTraceRaysKHR(cmd, &tiny, &no_table, &no_table, &s.calls.region, 40, 1, 1);
    k->vk.CmdTraceRaysKHR(cmd, &nowhere, &no_table, &no_table, &s.calls.region, 40, 1, 1);
    k->vk.CmdTraceRaysIndirectKHR(cmd, &s.gen.region, &no_table, &no_table, &s.calls.region, 0x1000);
    k->vk.CmdTraceRaysIndirect2KHR(cmd, command.address); /* noise: tables anywhere */
    k->vk.CmdTraceRaysIndirect2KHR(cmd, command.address + 4092 + 256);
    k->vk.CmdTraceRaysKHR(cmd, &s.gen.region, &no_table, &no_table, &s.calls.region, UINT32_MAX, UINT32_MAX, UINT32_MAX); /* more than the limit */
    kit_submit(k, cmd);
    uint8_t *want = kit_alloc(k, (size_t)s.c.out.size_B);
    memset(want, 0x11, (size_t)s.c.out.size_B);
    kit_same(k, "nothing ran", s.c.out.data, want, (size_t)s.c.out.size_B, 1, 16);
}

/* Calls without an end lose the device, with a message; all objects can be destroyed. SPEC: devsandqueues-lost-device */
static void
case_endless_calls(struct kit *k)
{
    NEED_RAYS(k);
    SKIP_UNLESS(k, kit_ours(k) && !kit_under_validation(k), "undefined elsewhere");
    const struct kit before = *k;
    const float priority = 0;
    const VkDeviceQueueCreateInfo queue = {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueCount = 1, .pQueuePriorities = &priority};
    const char *const extensions[] = {"VK_KHR_ray_tracing_pipeline", "VK_KHR_acceleration_structure", "VK_KHR_deferred_host_operations"};
    VkPhysicalDeviceBufferDeviceAddressFeatures address = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_BUFFER_DEVICE_ADDRESS_FEATURES, .bufferDeviceAddress = VK_TRUE};
    const VkPhysicalDeviceRayTracingPipelineFeaturesKHR rays = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_RAY_TRACING_PIPELINE_FEATURES_KHR, .pNext = &address,
                                                                .rayTracingPipeline = VK_TRUE};
    const VkDeviceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .pNext = &rays, .queueCreateInfoCount = 1, .pQueueCreateInfos = &queue,
                                     .enabledExtensionCount = 3, .ppEnabledExtensionNames = extensions};
    const VkCommandPoolCreateInfo pool = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};
    MUST(vkCreateDevice(k->physical, &info, NULL, &k->device));
    vkGetDeviceQueue(k->device, 0, 0, &k->queue);
    MUST(vkCreateCommandPool(k->device, &pool, NULL, &k->pool));
    k->cache = VK_NULL_HANDLE;
    {
        struct small s;
        small_init(k, &s, 100, 2);
        struct rays r;
        rays_init(&r, s.c.layout, 1);
        rays_general(k, &r, VK_SHADER_STAGE_RAYGEN_BIT_KHR, KIT_CODE(rays_call_rgen));
        rays_general(k, &r, VK_SHADER_STAGE_CALLABLE_BIT_KHR, KIT_CODE(rays_step_rcall));
        const VkPipeline pipe = rays_create(k, &r);
        table_set(k, &s.gen, 0, pipe, 0, NULL, 0);
        table_set(k, &s.calls, 0, pipe, 1, &(struct step){3, 0, 1}, sizeof(struct step)); /* itself */
        const VkCommandBuffer cmd = callables_begin(k, &s.c, pipe, 1);
        k->vk.CmdTraceRaysKHR(cmd, &s.gen.region, &no_table, &no_table, &s.calls.region, s.rays, 1, 1);
        MUST(vkEndCommandBuffer(cmd));
        const VkFence fence = kit_fence(k, false);
        const VkSubmitInfo submit = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 1, .pCommandBuffers = &cmd};
        kit_messages_clear(k);
        MUST(vkQueueSubmit(k->queue, 1, &submit, fence));
        CHECK_RESULT(k, vkWaitForFences(k->device, 1, &fence, VK_TRUE, UINT64_C(30000000000)), VK_ERROR_DEVICE_LOST);
        CHECK(k, kit_message_has(k, "call each other without an end"), "no message");
    }
    kit_release_all(k);
    vkDestroyCommandPool(k->device, k->pool, NULL);
    vkDestroyDevice(k->device, NULL);
    k->device = before.device;
    k->queue = before.queue;
    k->pool = before.pool;
    k->cache = before.cache;
}

static const struct kit_case cases[] = {
    {"callables", case_callables},
    {"nested_callables", case_nested_callables},
    {"libraries", case_libraries},
    {"creation", case_creation},
    {"indirect", case_indirect},
    {"capture_replay", case_capture_replay},
    {"binaries", case_binaries},
    {"strange_handles", case_strange_handles},
    {"endless_calls", case_endless_calls},
};
KIT_MAIN(cases)
