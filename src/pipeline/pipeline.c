#include "pipeline/pipeline.h"

#include <stdlib.h>
#include <string.h>

#include "object/device_base.h"
#include "object/pnext.h"
#include "pipeline/pipeline_binary.h"
#include "pipeline/pipeline_cache.h"
#include "pipeline/pipeline_state.h"
#include "registry/vk_entrypoints.h"
#include "util/futex.h"
#include "util/worker_pool.h"

struct compile_job {
    struct pum_device_base *dev;
    const VkPipelineShaderStageCreateInfo *stage;
    struct pum_pipeline *pipe;
    struct pum_pipeline_cache *cache;
    VkPipelineCreateFlags2 flags;
    bool from_binary; /* then nothing is compiled */
    const struct pum_pipeline_binary *binary;
    uint32_t info; /* index of the create info */
    uint32_t stage_index; /* in it */
    VkResult result;
    bool cached;   /* the code came from the cache */
    uint64_t duration_ns;
};

static void
run_job(void *arg, uint32_t index, uint32_t worker)
{
    (void)worker;
    struct compile_job *j = &((struct compile_job *)arg)[index];
    const enum pum_stage stage = pum_stage_from_vk(j->stage->stage);
    const uint64_t t0 = pum_now_ns();
    j->result = j->from_binary ? pum_shader_from_binary(j->dev, j->binary, j->pipe->layout, &j->pipe->shaders[stage])
                               : pum_shader_compile(j->dev, j->stage, j->pipe->layout, j->cache, j->flags, &j->pipe->shaders[stage], &j->cached);
    j->duration_ns = pum_now_ns() - t0;
}

static void
destroy_pipeline(struct pum_device_base *dev, struct pum_pipeline *pipe, const VkAllocationCallbacks *alloc)
{
    if (pipe) {
        for (int i = 0; i < PUM_STAGE_COUNT; i++) {
            pum_shader_unref(pipe->shaders[i]);
        }
        pum_pipeline_layout_unref(dev, pipe->layout);
        pum_object_free(dev, alloc, pipe);
    }
}

static struct pum_pipeline *
new_pipeline(struct pum_device_base *dev, const VkAllocationCallbacks *alloc, VkPipelineBindPoint point, VkPipelineLayout layout)
{
    struct pum_pipeline *pipe = pum_object_zalloc(dev, alloc, sizeof(*pipe), VK_OBJECT_TYPE_PIPELINE);
    if (pipe) {
        pipe->bind_point = point;
        pipe->layout = pum_pipeline_layout_from_handle(layout);
        if (pipe->layout) { /* a library without shaders has none */
            pum_pipeline_layout_ref(pipe->layout);
        }
    }
    return pipe;
}

/* Compiles every stage of every pipeline on all cores, then keeps those that worked. */
static VkResult
finish_pipelines(struct pum_device_base *dev, struct compile_job *jobs, uint32_t n_jobs, VkPipeline *pipelines,
                 const VkAllocationCallbacks *alloc)
{
    VkResult result = VK_SUCCESS;
    pum_pool_run(dev->pool, n_jobs, 1, run_job, jobs);
    for (uint32_t j = 0; j < n_jobs; j++) {
        if (jobs[j].result != VK_SUCCESS) {
            result = result == VK_SUCCESS || result == VK_PIPELINE_COMPILE_REQUIRED ? jobs[j].result : result;
            if (pipelines[jobs[j].info]) {
                destroy_pipeline(dev, jobs[j].pipe, alloc);
                pipelines[jobs[j].info] = VK_NULL_HANDLE;
            }
        }
    }
    bool stop = false; /* EARLY_RETURN_ON_FAILURE: nothing after the first failure */
    for (uint32_t j = 0; j < n_jobs; j++) {
        stop = stop || (jobs[j].result != VK_SUCCESS && jobs[j].flags & VK_PIPELINE_CREATE_2_EARLY_RETURN_ON_FAILURE_BIT);
        if (stop && pipelines[jobs[j].info]) {
            destroy_pipeline(dev, jobs[j].pipe, alloc);
            pipelines[jobs[j].info] = VK_NULL_HANDLE;
        }
    }
    return result;
}

static VkPipelineCreateFlags2
create_flags(const void *chain, VkPipelineCreateFlags flags)
{
    const VkPipelineCreateFlags2CreateInfo *wide = pum_pnext_find(chain, VK_STRUCTURE_TYPE_PIPELINE_CREATE_FLAGS_2_CREATE_INFO);
    return wide ? wide->flags : flags;
}

/* SPEC: pipelines-creation-feedback. n jobs of one create info; none: all of it came from libraries. */
static void
give_feedback(const VkPipelineCreationFeedbackCreateInfo *out, const struct compile_job *jobs, uint32_t n, bool has_cache)
{
    if (!out) {
        return;
    }
    bool cached = has_cache && n;
    uint64_t duration_ns = 0;
    for (uint32_t i = 0; i < out->pipelineStageCreationFeedbackCount; i++) { /* a stage that was not needed has no answer */
        out->pPipelineStageCreationFeedbacks[i] = (VkPipelineCreationFeedback){0};
    }
    for (uint32_t i = 0; i < n; i++) {
        const VkPipelineCreationFeedback f = {
            .flags = VK_PIPELINE_CREATION_FEEDBACK_VALID_BIT |
                     (jobs[i].cached ? VK_PIPELINE_CREATION_FEEDBACK_APPLICATION_PIPELINE_CACHE_HIT_BIT : 0),
            .duration = jobs[i].duration_ns,
        };
        cached = cached && jobs[i].cached;
        duration_ns += jobs[i].duration_ns;
        if (jobs[i].stage_index < out->pipelineStageCreationFeedbackCount) {
            out->pPipelineStageCreationFeedbacks[jobs[i].stage_index] = f;
        }
    }
    *out->pPipelineCreationFeedback = (VkPipelineCreationFeedback){
        .flags = VK_PIPELINE_CREATION_FEEDBACK_VALID_BIT | (cached ? VK_PIPELINE_CREATION_FEEDBACK_APPLICATION_PIPELINE_CACHE_HIT_BIT : 0),
        .duration = duration_ns,
    };
}

/* What of a pipeline the create info itself describes. SPEC: VkGraphicsPipelineLibraryCreateInfoEXT. */
static VkGraphicsPipelineLibraryFlagsEXT
own_parts(const VkGraphicsPipelineCreateInfo *info, VkPipelineCreateFlags2 flags, const VkPipelineLibraryCreateInfoKHR *libraries)
{
    const VkGraphicsPipelineLibraryCreateInfoEXT *own = pum_pnext_find(info->pNext, VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_LIBRARY_CREATE_INFO_EXT);
    if (own) {
        return own->flags;
    }
    return flags & VK_PIPELINE_CREATE_2_LIBRARY_BIT_KHR || (libraries && libraries->libraryCount) ? 0 : PUM_PIPELINE_ALL_PARTS;
}

static void
take_library(struct pum_pipeline *pipe, const struct pum_pipeline *library)
{
    const VkGraphicsPipelineLibraryFlagsEXT parts = library->parts & ~pipe->parts;
    pum_pipeline_link(pipe, library, parts);
    for (int s = 0; s < PUM_STAGE_COUNT; s++) {
        if (library->shaders[s] && !pipe->shaders[s]) {
            pipe->shaders[s] = library->shaders[s];
            pum_shader_ref(pipe->shaders[s]);
        }
    }
    pipe->parts |= parts;
}

/* Everything but the shaders, which become jobs at jobs[*n]. */
static VkResult
begin_graphics(struct pum_device_base *dev, struct pum_pipeline *pipe, const VkGraphicsPipelineCreateInfo *info, struct compile_job *jobs,
               uint32_t *n, const struct compile_job *common)
{
    const VkPipelineLibraryCreateInfoKHR *libraries = pum_pnext_find(info->pNext, VK_STRUCTURE_TYPE_PIPELINE_LIBRARY_CREATE_INFO_KHR);
    const VkGraphicsPipelineLibraryFlagsEXT own = own_parts(info, common->flags, libraries);
    for (uint32_t i = 0; libraries && i < libraries->libraryCount; i++) {
        take_library(pipe, pum_pipeline_from_handle(libraries->pLibraries[i]));
    }
    pum_pipeline_fill(pipe, info, own);
    pipe->parts |= own;
    for (uint32_t s = 0; s < info->stageCount; s++) {
        const VkShaderStageFlagBits bit = info->pStages[s].stage;
        if (pum_stage_from_vk(bit) == PUM_STAGE_COUNT || bit == VK_SHADER_STAGE_COMPUTE_BIT) {
            return pum_error(dev, NULL, VK_ERROR_FEATURE_NOT_PRESENT, "vkCreateGraphicsPipelines: stage 0x%x", bit);
        }
        const VkGraphicsPipelineLibraryFlagsEXT part = bit == VK_SHADER_STAGE_FRAGMENT_BIT
                                                           ? VK_GRAPHICS_PIPELINE_LIBRARY_FRAGMENT_SHADER_BIT_EXT
                                                           : VK_GRAPHICS_PIPELINE_LIBRARY_PRE_RASTERIZATION_SHADERS_BIT_EXT;
        if (!(own & part) || (bit == VK_SHADER_STAGE_FRAGMENT_BIT && pipe->state.rasterizer_discard)) {
            continue; /* SPEC: stages of other parts, and fragments that nobody makes, are ignored */
        }
        struct compile_job *j = &jobs[(*n)++];
        *j = *common;
        j->stage = &info->pStages[s];
        j->stage_index = s;
        j->binary = pum_pipeline_binary_find(info->pNext, bit, &j->from_binary);
    }
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateGraphicsPipelines(VkDevice _dev, VkPipelineCache _cache, uint32_t count, const VkGraphicsPipelineCreateInfo *pInfos,
                            const VkAllocationCallbacks *pAllocator, VkPipeline *pPipelines)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    size_t stages = 0;
    for (uint32_t i = 0; i < count; i++) {
        stages += pInfos[i].stageCount;
    }
    struct compile_job *jobs = calloc(stages + 1, sizeof(*jobs));
    uint32_t n = 0;
    VkResult result = jobs ? VK_SUCCESS : VK_ERROR_OUT_OF_HOST_MEMORY;
    memset(pPipelines, 0, count * sizeof(*pPipelines));
    for (uint32_t i = 0; i < count && result == VK_SUCCESS; i++) {
        const VkGraphicsPipelineCreateInfo *info = &pInfos[i];
        struct pum_pipeline *pipe = new_pipeline(dev, pAllocator, VK_PIPELINE_BIND_POINT_GRAPHICS, info->layout);
        if (!pipe) {
            result = pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateGraphicsPipelines");
            break;
        }
        pPipelines[i] = pum_pipeline_to_handle(pipe);
        const struct compile_job common = {.dev = dev, .pipe = pipe, .cache = pum_pipeline_cache_from_handle(_cache),
                                           .flags = create_flags(info->pNext, info->flags), .info = i};
        result = begin_graphics(dev, pipe, info, jobs, &n, &common);
    }
    const VkResult compiled = n ? finish_pipelines(dev, jobs, n, pPipelines, pAllocator) : VK_SUCCESS;
    result = result == VK_SUCCESS ? compiled : result;
    for (uint32_t i = 0, j = 0; i < count; i++) {
        const uint32_t first = j;
        while (j < n && jobs[j].info == i) {
            j++;
        }
        struct pum_pipeline *pipe = pum_pipeline_from_handle(pPipelines[i]);
        if (!pipe) {
            continue;
        }
        give_feedback(pum_pnext_find(pInfos[i].pNext, VK_STRUCTURE_TYPE_PIPELINE_CREATION_FEEDBACK_CREATE_INFO), &jobs[first], j - first, _cache);
        struct pum_shader *vs = pipe->shaders[PUM_STAGE_VERTEX], *mesh = pipe->shaders[PUM_STAGE_MESH], *gs = pipe->shaders[PUM_STAGE_GEOMETRY], *fs = pipe->shaders[PUM_STAGE_FRAGMENT];
        const bool library = create_flags(pInfos[i].pNext, pInfos[i].flags) & VK_PIPELINE_CREATE_2_LIBRARY_BIT_KHR;
        if ((!vs && !mesh && !library) || (result != VK_SUCCESS && compiled == VK_SUCCESS)) {
            destroy_pipeline(dev, pipe, pAllocator);
            pPipelines[i] = VK_NULL_HANDLE;
            result = result == VK_SUCCESS ? VK_ERROR_INITIALIZATION_FAILED : result;
            continue;
        }
        pipe->state.vs = vs ? vs->code : NULL;
        pipe->state.vs_info = vs ? &vs->info : NULL;
        const struct pum_shader *tcs = pipe->shaders[PUM_STAGE_TESS_CONTROL], *tes = pipe->shaders[PUM_STAGE_TESS_EVALUATION];
        const struct pum_shader *task = pipe->shaders[PUM_STAGE_TASK];
        pipe->state.task = task ? task->code : NULL;
        pipe->state.task_info = task ? &task->info : NULL;
        pipe->state.mesh = mesh ? mesh->code : NULL;
        pipe->state.mesh_info = mesh ? &mesh->info : NULL;
        pipe->state.tcs = tcs ? tcs->code : NULL;
        pipe->state.tcs_info = tcs ? &tcs->info : NULL;
        pipe->state.tes = tes ? tes->code : NULL;
        pipe->state.tes_info = tes ? &tes->info : NULL;
        pipe->state.gs = gs ? gs->code : NULL;
        pipe->state.gs_info = gs ? &gs->info : NULL;
        pipe->state.fs = fs ? fs->code : NULL;
        pipe->state.fs_info = fs ? &fs->info : NULL;
    }
    free(jobs);
    return result;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateComputePipelines(VkDevice _dev, VkPipelineCache _cache, uint32_t count, const VkComputePipelineCreateInfo *pInfos,
                           const VkAllocationCallbacks *pAllocator, VkPipeline *pPipelines)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct compile_job *jobs = calloc((size_t)count + 1, sizeof(*jobs));
    memset(pPipelines, 0, count * sizeof(*pPipelines));
    uint32_t n = 0;
    for (uint32_t i = 0; i < count && jobs; i++) {
        struct pum_pipeline *pipe = new_pipeline(dev, pAllocator, VK_PIPELINE_BIND_POINT_COMPUTE, pInfos[i].layout);
        if (!pipe) {
            break;
        }
        pPipelines[i] = pum_pipeline_to_handle(pipe);
        jobs[n++] = (struct compile_job){.dev = dev, .stage = &pInfos[i].stage, .pipe = pipe, .cache = pum_pipeline_cache_from_handle(_cache),
                                         .flags = create_flags(pInfos[i].pNext, pInfos[i].flags), .info = i};
        jobs[n - 1].binary = pum_pipeline_binary_find(pInfos[i].pNext, pInfos[i].stage.stage, &jobs[n - 1].from_binary);
    }
    VkResult result = n ? finish_pipelines(dev, jobs, n, pPipelines, pAllocator) : VK_SUCCESS;
    for (uint32_t i = 0; i < n; i++) {
        give_feedback(pum_pnext_find(pInfos[i].pNext, VK_STRUCTURE_TYPE_PIPELINE_CREATION_FEEDBACK_CREATE_INFO), &jobs[i], 1, _cache);
    }
    if (n < count) {
        result = pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateComputePipelines");
    }
    free(jobs);
    return result;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyPipeline(VkDevice _dev, VkPipeline _pipe, const VkAllocationCallbacks *pAllocator)
{
    destroy_pipeline(pum_device_base_from_handle(_dev), pum_pipeline_from_handle(_pipe), pAllocator);
}
