#include "pipeline/ray_pipeline.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "object/device_base.h"
#include "object/pnext.h"
#include "pipeline/compile_job.h"
#include "pipeline/pipeline_binary.h"
#include "pipeline/pipeline_cache.h"
#include "registry/vk_entrypoints.h"
#include "util/futex.h"

/* ---- ids of groups ---- */

static bool
same_id(struct pum_group_id a, struct pum_group_id b)
{
    return a.word[0] == b.word[0] && a.word[1] == b.word[1];
}

/* Differs from that of every other group, those of processes whose handles are replayed here included: chance alone could make two equal. */
static struct pum_group_id
new_id(void)
{
    static uint64_t seed[2], count;
    uint64_t words[3] = {0, 0, __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED)};
    if (!__atomic_load_n(&seed[1], __ATOMIC_ACQUIRE)) { /* threads that come here at once differ in their counts */
        uint64_t s[2] = {0, 0};
        if (getrandom(s, sizeof(s), GRND_NONBLOCK) != (ssize_t)sizeof(s)) {
            s[0] = pum_now_ns();
        }
        __atomic_store_n(&seed[0], s[0], __ATOMIC_RELAXED);
        __atomic_store_n(&seed[1], s[1] | 1, __ATOMIC_RELEASE);
    }
    words[0] = __atomic_load_n(&seed[0], __ATOMIC_RELAXED);
    words[1] = __atomic_load_n(&seed[1], __ATOMIC_RELAXED);
    const struct pum_hash128 h = pum_hash(words, sizeof(words));
    return (struct pum_group_id){{h.lo | 1, h.hi}};
}

static uint32_t
slot_of(const struct pum_ray_pipeline *p, struct pum_group_id id)
{
    uint32_t at = (uint32_t)(id.word[0] ^ id.word[1] >> 7) & p->slot_mask;
    while (p->slots[at] && !same_id(p->groups[p->slots[at] - 1].id, id)) { /* at most half of them are used */
        at = (at + 1) & p->slot_mask;
    }
    return at;
}

const struct pum_ray_group *
pum_ray_group_find(const struct pum_ray_pipeline *p, struct pum_group_id id)
{
    const uint32_t group = p->slots[slot_of(p, id)];
    return group ? &p->groups[group - 1] : NULL;
}

/* ---- creation ---- */

static void
unref_group(const struct pum_ray_group *g)
{
    pum_shader_unref(g->general);
    pum_shader_unref(g->closest_hit);
    pum_shader_unref(g->any_hit);
    pum_shader_unref(g->intersection);
}

void
pum_ray_pipeline_destroy(struct pum_ray_pipeline *p)
{
    if (!p) {
        return;
    }
    for (uint32_t i = 0; p->groups && i < p->n_groups; i++) {
        unref_group(&p->groups[i]);
    }
    for (uint32_t i = 0; p->stages && i < p->n_stages; i++) {
        pum_shader_unref(p->stages[i].shader);
    }
    free(p->groups);
    free(p->stages);
    free(p->slots);
    free(p);
}

const struct pum_shader *
pum_ray_pipeline_shader(const struct pum_ray_pipeline *p, uint32_t i, VkShaderStageFlagBits *stage)
{
    static const VkShaderStageFlagBits bits[] = {VK_SHADER_STAGE_RAYGEN_BIT_KHR,       VK_SHADER_STAGE_MISS_BIT_KHR,    VK_SHADER_STAGE_CLOSEST_HIT_BIT_KHR,
                                                 VK_SHADER_STAGE_ANY_HIT_BIT_KHR, VK_SHADER_STAGE_INTERSECTION_BIT_KHR, VK_SHADER_STAGE_CALLABLE_BIT_KHR};
    if (i >= p->n_stages) {
        return NULL;
    }
    *stage = bits[p->stages[i].stage - PUM_STAGE_RAYGEN];
    return p->stages[i].shader;
}

static const VkPipelineLibraryCreateInfoKHR *
libraries_of(const VkRayTracingPipelineCreateInfoKHR *info)
{
    static const VkPipelineLibraryCreateInfoKHR none = {.libraryCount = 0};
    return info->pLibraryInfo ? info->pLibraryInfo : &none;
}

static const struct pum_ray_pipeline *
library(const VkPipelineLibraryCreateInfoKHR *libraries, uint32_t i)
{
    const struct pum_pipeline *pipe = pum_pipeline_from_handle(libraries->pLibraries[i]);
    return pipe ? pipe->ray : NULL;
}

/* Room for everything. NULL: out of memory. */
static struct pum_ray_pipeline *
new_ray_pipeline(const VkRayTracingPipelineCreateInfoKHR *info, VkPipelineCreateFlags2 flags)
{
    const VkPipelineLibraryCreateInfoKHR *libraries = libraries_of(info);
    struct pum_ray_pipeline *p = calloc(1, sizeof(*p));
    uint64_t groups = info->groupCount, stages = info->stageCount;
    for (uint32_t i = 0; i < libraries->libraryCount; i++) {
        groups += library(libraries, i) ? library(libraries, i)->n_groups : 0;
        stages += library(libraries, i) ? library(libraries, i)->n_stages : 0;
    }
    if (!p || groups > 1u << 28 || stages > 1u << 28) {
        free(p);
        return NULL;
    }
    p->n_stages = (uint32_t)stages;
    p->n_groups = (uint32_t)groups;
    for (p->slot_mask = 1; p->slot_mask < 2 * groups + 1; p->slot_mask = p->slot_mask * 2 + 1) {
    }
    p->stages = calloc((size_t)p->n_stages + 1, sizeof(*p->stages));
    p->groups = calloc((size_t)p->n_groups + 1, sizeof(*p->groups));
    p->slots = calloc((size_t)p->slot_mask + 1, sizeof(*p->slots));
    p->max_depth = PUM_MIN(info->maxPipelineRayRecursionDepth, PUM_MAX_RAY_RECURSION);
    p->flags = (flags & VK_PIPELINE_CREATE_2_RAY_TRACING_SKIP_TRIANGLES_BIT_KHR ? (uint32_t)PUM_RAY_SKIP_TRIANGLES_BIT : 0) |
               (flags & VK_PIPELINE_CREATE_2_RAY_TRACING_SKIP_AABBS_BIT_KHR ? (uint32_t)PUM_RAY_SKIP_BOXES_BIT : 0);
    if (!p->stages || !p->groups || !p->slots) {
        pum_ray_pipeline_destroy(p);
        return NULL;
    }
    return p;
}

#define BIT(stage) (1u << PUM_STAGE_##stage)

/* A reference to a stage, if it is one of those (bits) that may stand there. */
static struct pum_shader *
stage(const struct pum_ray_pipeline *p, uint32_t index, uint32_t allowed)
{
    if (index >= p->n_stages || !(allowed >> p->stages[index].stage & 1) || !p->stages[index].shader) {
        return NULL; /* VK_SHADER_UNUSED_KHR, or nonsense */
    }
    pum_shader_ref(p->stages[index].shader);
    return p->stages[index].shader;
}

/* False: the id stands for another group already. A library that is linked twice is not another one. */
static bool
enter(struct pum_ray_pipeline *p, uint32_t group)
{
    const struct pum_ray_group *g = &p->groups[group];
    const uint32_t at = slot_of(p, g->id);
    const struct pum_ray_group *old = p->slots[at] ? &p->groups[p->slots[at] - 1] : NULL;
    if (old) {
        return old->general == g->general && old->closest_hit == g->closest_hit && old->any_hit == g->any_hit && old->intersection == g->intersection;
    }
    p->slots[at] = group + 1;
    return true;
}

static void
fill_group(struct pum_ray_pipeline *p, const VkRayTracingPipelineCreateInfoKHR *info, uint32_t i)
{
    const VkRayTracingShaderGroupCreateInfoKHR *in = &info->pGroups[i];
    struct pum_ray_group *g = &p->groups[i];
    g->type = in->type;
    if (in->type == VK_RAY_TRACING_SHADER_GROUP_TYPE_GENERAL_KHR) {
        g->general = stage(p, in->generalShader, BIT(RAYGEN) | BIT(MISS) | BIT(CALLABLE));
        g->general_stage = g->general ? p->stages[in->generalShader].stage : PUM_STAGE_COUNT;
    } else {
        g->closest_hit = stage(p, in->closestHitShader, BIT(CLOSEST_HIT));
        g->any_hit = stage(p, in->anyHitShader, BIT(ANY_HIT));
        if (in->type == VK_RAY_TRACING_SHADER_GROUP_TYPE_PROCEDURAL_HIT_GROUP_KHR) {
            g->intersection = stage(p, in->intersectionShader, BIT(INTERSECTION));
        }
    }
    g->id = new_id();
    if (in->pShaderGroupCaptureReplayHandle) { /* handles are names: any can be taken again */
        memcpy(&g->id, in->pShaderGroupCaptureReplayHandle, sizeof(g->id));
    }
}

/* When all stages are compiled. */
static VkResult
fill_groups(struct pum_device_base *dev, struct pum_ray_pipeline *p, const VkRayTracingPipelineCreateInfoKHR *info)
{
    const VkPipelineLibraryCreateInfoKHR *libraries = libraries_of(info);
    uint32_t n = 0;
    for (uint32_t i = 0, at = info->stageCount; i < libraries->libraryCount; i++) {
        const struct pum_ray_pipeline *l = library(libraries, i);
        for (uint32_t k = 0; l && k < l->n_stages; k++) {
            pum_shader_ref(l->stages[k].shader);
            p->stages[at++] = l->stages[k];
        }
    }
    for (; n < info->groupCount; n++) {
        fill_group(p, info, n);
    }
    for (uint32_t i = 0; i < libraries->libraryCount; i++) {
        const struct pum_ray_pipeline *l = library(libraries, i);
        for (uint32_t k = 0; l && k < l->n_groups; k++) {
            const struct pum_ray_group *g = &l->groups[k];
            struct pum_shader *const shaders[4] = {g->general, g->closest_hit, g->any_hit, g->intersection};
            for (uint32_t s = 0; s < 4; s++) {
                if (shaders[s]) {
                    pum_shader_ref(shaders[s]);
                }
            }
            p->groups[n++] = *g;
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        const struct pum_group_id none = {{0, 0}};
        if (same_id(p->groups[i].id, none) || !enter(p, i)) {
            return pum_error(dev, NULL, VK_ERROR_INVALID_OPAQUE_CAPTURE_ADDRESS, "vkCreateRayTracingPipelinesKHR: handle of group %u", i);
        }
    }
    return VK_SUCCESS;
}

/* Its stages become jobs at jobs[*n]. */
static VkResult
begin(struct pum_device_base *dev, struct pum_pipeline *pipe, const VkRayTracingPipelineCreateInfoKHR *info, struct pum_compile_job *jobs,
      uint32_t *n, const struct pum_compile_job *common)
{
    pipe->ray = new_ray_pipeline(info, common->flags);
    if (!pipe->ray) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateRayTracingPipelinesKHR");
    }
    for (uint32_t s = 0; s < info->stageCount; s++) {
        if (!pum_stage_is_ray(pum_stage_from_vk(info->pStages[s].stage))) {
            return pum_error(dev, NULL, VK_ERROR_FEATURE_NOT_PRESENT, "vkCreateRayTracingPipelinesKHR: stage 0x%x", info->pStages[s].stage);
        }
        struct pum_compile_job *j = &jobs[(*n)++];
        *j = *common;
        j->stage = &info->pStages[s];
        j->stage_index = s;
        j->out = &pipe->ray->stages[s].shader;
        uint32_t nth = 0;
        for (uint32_t k = 0; k < s; k++) {
            nth += info->pStages[k].stage == info->pStages[s].stage;
        }
        j->binary = pum_pipeline_binary_find(info->pNext, info->pStages[s].stage, nth, &j->from_binary);
        pipe->ray->stages[s].stage = pum_stage_from_vk(info->pStages[s].stage);
    }
    return VK_SUCCESS;
}

/* SPEC: VK_OPERATION_NOT_DEFERRED_KHR: all cores have worked on it already, nothing is left for those who would join. */
VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateRayTracingPipelinesKHR(VkDevice _dev, VkDeferredOperationKHR deferred, VkPipelineCache _cache, uint32_t count,
                                 const VkRayTracingPipelineCreateInfoKHR *pInfos, const VkAllocationCallbacks *pAllocator, VkPipeline *pPipelines)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    size_t stages = 0;
    for (uint32_t i = 0; i < count; i++) {
        stages += pInfos[i].stageCount;
    }
    struct pum_compile_job *jobs = calloc(stages + 1, sizeof(*jobs));
    uint32_t n = 0;
    VkResult result = jobs ? VK_SUCCESS : pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateRayTracingPipelinesKHR");
    memset(pPipelines, 0, count * sizeof(*pPipelines));
    for (uint32_t i = 0; i < count && result == VK_SUCCESS; i++) {
        struct pum_pipeline *pipe = pum_pipeline_new(dev, pAllocator, VK_PIPELINE_BIND_POINT_RAY_TRACING_KHR, pInfos[i].layout);
        if (!pipe) {
            result = pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateRayTracingPipelinesKHR");
            break;
        }
        pPipelines[i] = pum_pipeline_to_handle(pipe);
        const struct pum_compile_job common = {.dev = dev, .pipe = pipe, .cache = pum_pipeline_cache_from_handle(_cache),
                                               .flags = pum_pipeline_create_flags(pInfos[i].pNext, pInfos[i].flags), .info = i};
        result = begin(dev, pipe, &pInfos[i], jobs, &n, &common);
    }
    const bool begun = result == VK_SUCCESS;
    if (begun && n) {
        result = pum_pipelines_compile(dev, jobs, n, pPipelines, pAllocator);
    }
    for (uint32_t i = 0, j = 0; i < count; i++) {
        struct pum_pipeline *pipe = pum_pipeline_from_handle(pPipelines[i]);
        const uint32_t first = j;
        while (j < n && jobs[j].info == i) {
            j++;
        }
        VkResult filled = pipe && begun ? fill_groups(dev, pipe->ray, &pInfos[i]) : VK_SUCCESS;
        if (pipe && (!begun || filled != VK_SUCCESS)) {
            pum_pipeline_destroy(dev, pipe, pAllocator);
            pPipelines[i] = VK_NULL_HANDLE;
            result = result == VK_SUCCESS ? filled : result;
        } else if (pipe) {
            pum_pipeline_give_feedback(pInfos[i].pNext, &jobs[first], j - first, _cache);
        }
    }
    free(jobs);
    return result == VK_SUCCESS && deferred ? VK_OPERATION_NOT_DEFERRED_KHR : result;
}

/* ---- queries ---- */

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetRayTracingShaderGroupHandlesKHR(VkDevice _dev, VkPipeline _pipe, uint32_t first, uint32_t count, size_t size_B, void *pData)
{
    (void)_dev;
    const struct pum_ray_pipeline *p = pum_pipeline_from_handle(_pipe)->ray;
    uint8_t *to = pData;
    for (uint32_t i = 0; i < count && size_B / PUM_GROUP_HANDLE_B > i; i++) {
        memset(to + (size_t)i * PUM_GROUP_HANDLE_B, 0, PUM_GROUP_HANDLE_B);
        if (p && first < p->n_groups && i < p->n_groups - first) {
            memcpy(to + (size_t)i * PUM_GROUP_HANDLE_B, &p->groups[first + i].id, sizeof(struct pum_group_id));
        }
    }
    return VK_SUCCESS;
}

/* SPEC: ray-tracing-capture-replay */
VKAPI_ATTR VkResult VKAPI_CALL
pum_GetRayTracingCaptureReplayShaderGroupHandlesKHR(VkDevice _dev, VkPipeline _pipe, uint32_t first, uint32_t count, size_t size_B, void *pData)
{
    return pum_GetRayTracingShaderGroupHandlesKHR(_dev, _pipe, first, count, size_B, pData);
}

/* Per invocation. Stacks grow while shaders run; what applications make of these sums limits nothing. */
VKAPI_ATTR VkDeviceSize VKAPI_CALL
pum_GetRayTracingShaderGroupStackSizeKHR(VkDevice _dev, VkPipeline _pipe, uint32_t group, VkShaderGroupShaderKHR which)
{
    (void)_dev;
    const struct pum_ray_pipeline *p = pum_pipeline_from_handle(_pipe)->ray;
    const struct pum_ray_group *g = p && group < p->n_groups ? &p->groups[group] : NULL;
    const struct pum_shader *s = !g                                                  ? NULL
                                 : which == VK_SHADER_GROUP_SHADER_GENERAL_KHR     ? g->general
                                 : which == VK_SHADER_GROUP_SHADER_CLOSEST_HIT_KHR ? g->closest_hit
                                 : which == VK_SHADER_GROUP_SHADER_ANY_HIT_KHR     ? g->any_hit
                                                                                   : g->intersection;
    return s ? PUM_ALIGN_UP(s->info.scratch_B / PUM_LANES + (uint32_t)sizeof(void *), 16u) : 0;
}
