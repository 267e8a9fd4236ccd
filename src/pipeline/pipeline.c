#include "pipeline/compile_job.h"

#include <stdlib.h>
#include <string.h>

#include "object/device_base.h"
#include "object/pnext.h"
#include "pipeline/pipeline_binary.h"
#include "pipeline/pipeline_cache.h"
#include "pipeline/pipeline_state.h"
#include "pipeline/ray_pipeline.h"
#include "registry/vk_entrypoints.h"
#include "util/futex.h"
#include "util/worker_pool.h"

static void
run_job(void *arg, uint32_t index, uint32_t worker)
{
    (void)worker;
    struct pum_compile_job *j = &((struct pum_compile_job *)arg)[index];
    const uint64_t t0 = pum_now_ns();
    j->result = j->from_binary ? pum_shader_from_binary(j->dev, j->binary, j->pipe->layout, j->out)
                               : pum_shader_compile(j->dev, j->stage, j->pipe->layout, j->cache, j->flags, j->out, &j->cached);
    j->duration_ns = pum_now_ns() - t0;
}

void
pum_pipeline_destroy(struct pum_device_base *dev, struct pum_pipeline *pipe, const VkAllocationCallbacks *alloc)
{
    if (pipe) {
        for (uint32_t i = 0; i < PUM_ARRAY_LEN(pipe->shaders); i++) {
            pum_shader_unref(pipe->shaders[i]);
        }
        pum_ray_pipeline_destroy(pipe->ray);
        pum_pipeline_layout_unref(dev, pipe->layout);
        pum_object_free(dev, alloc, pipe);
    }
}

const struct pum_shader *
pum_pipeline_shader(const struct pum_pipeline *pipe, uint32_t i, VkShaderStageFlagBits *stage)
{
    for (uint32_t k = 0; k < PUM_ARRAY_LEN(pipe->shaders); k++) { /* those of rays come last, and stand elsewhere */
        if (pipe->shaders[pum_stages[k].stage] && i-- == 0) {
            *stage = pum_stages[k].bit;
            return pipe->shaders[pum_stages[k].stage];
        }
    }
    return pipe->ray ? pum_ray_pipeline_shader(pipe->ray, i, stage) : NULL;
}

struct pum_pipeline *
pum_pipeline_new(struct pum_device_base *dev, const VkAllocationCallbacks *alloc, VkPipelineBindPoint point, VkPipelineLayout layout)
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

VkResult
pum_pipelines_compile(struct pum_device_base *dev, struct pum_compile_job *jobs, uint32_t n_jobs, VkPipeline *pipelines,
                      const VkAllocationCallbacks *alloc)
{
    VkResult result = VK_SUCCESS;
    pum_pool_run(dev->pool, n_jobs, 1, run_job, jobs);
    for (uint32_t j = 0; j < n_jobs; j++) {
        if (jobs[j].result != VK_SUCCESS) {
            result = result == VK_SUCCESS || result == VK_PIPELINE_COMPILE_REQUIRED ? jobs[j].result : result;
            if (pipelines[jobs[j].info]) {
                pum_pipeline_destroy(dev, jobs[j].pipe, alloc);
                pipelines[jobs[j].info] = VK_NULL_HANDLE;
            }
        }
    }
    bool stop = false; /* EARLY_RETURN_ON_FAILURE: nothing after the first failure */
    for (uint32_t j = 0; j < n_jobs; j++) {
        stop = stop || (jobs[j].result != VK_SUCCESS && jobs[j].flags & VK_PIPELINE_CREATE_2_EARLY_RETURN_ON_FAILURE_BIT);
        if (stop && pipelines[jobs[j].info]) {
            pum_pipeline_destroy(dev, jobs[j].pipe, alloc);
            pipelines[jobs[j].info] = VK_NULL_HANDLE;
        }
    }
    return result;
}

VkPipelineCreateFlags2
pum_pipeline_create_flags(const void *chain, VkPipelineCreateFlags flags)
{
    const VkPipelineCreateFlags2CreateInfo *wide = pum_pnext_find(chain, VK_STRUCTURE_TYPE_PIPELINE_CREATE_FLAGS_2_CREATE_INFO);
    return wide ? wide->flags : flags;
}

void
pum_pipeline_give_feedback(const void *chain, const struct pum_compile_job *jobs, uint32_t n, bool has_cache)
{
    const VkPipelineCreationFeedbackCreateInfo *out = pum_pnext_find(chain, VK_STRUCTURE_TYPE_PIPELINE_CREATION_FEEDBACK_CREATE_INFO);
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
    for (uint32_t s = 0; s < PUM_ARRAY_LEN(pipe->shaders); s++) {
        if (library->shaders[s] && !pipe->shaders[s]) {
            pipe->shaders[s] = library->shaders[s];
            pum_shader_ref(pipe->shaders[s]);
        }
    }
    pipe->parts |= parts;
}

/* Everything but the shaders, which become jobs at jobs[*n]. */
static VkResult
begin_graphics(struct pum_device_base *dev, struct pum_pipeline *pipe, const VkGraphicsPipelineCreateInfo *info, struct pum_compile_job *jobs,
               uint32_t *n, const struct pum_compile_job *common)
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
        const enum pum_stage stage = pum_stage_from_vk(bit);
        if (stage >= PUM_ARRAY_LEN(pipe->shaders) || stage == PUM_STAGE_COMPUTE) {
            return pum_error(dev, NULL, VK_ERROR_FEATURE_NOT_PRESENT, "vkCreateGraphicsPipelines: stage 0x%x", bit);
        }
        const VkGraphicsPipelineLibraryFlagsEXT part = bit == VK_SHADER_STAGE_FRAGMENT_BIT
                                                           ? VK_GRAPHICS_PIPELINE_LIBRARY_FRAGMENT_SHADER_BIT_EXT
                                                           : VK_GRAPHICS_PIPELINE_LIBRARY_PRE_RASTERIZATION_SHADERS_BIT_EXT;
        if (!(own & part) || (bit == VK_SHADER_STAGE_FRAGMENT_BIT && pipe->state.rasterizer_discard)) {
            continue; /* SPEC: stages of other parts, and fragments that nobody makes, are ignored */
        }
        struct pum_compile_job *j = &jobs[(*n)++];
        *j = *common;
        j->stage = &info->pStages[s];
        j->stage_index = s;
        j->out = &pipe->shaders[stage];
        j->binary = pum_pipeline_binary_find(info->pNext, bit, 0, &j->from_binary);
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
    struct pum_compile_job *jobs = calloc(stages + 1, sizeof(*jobs));
    uint32_t n = 0;
    VkResult result = jobs ? VK_SUCCESS : VK_ERROR_OUT_OF_HOST_MEMORY;
    memset(pPipelines, 0, count * sizeof(*pPipelines));
    for (uint32_t i = 0; i < count && result == VK_SUCCESS; i++) {
        const VkGraphicsPipelineCreateInfo *info = &pInfos[i];
        struct pum_pipeline *pipe = pum_pipeline_new(dev, pAllocator, VK_PIPELINE_BIND_POINT_GRAPHICS, info->layout);
        if (!pipe) {
            result = pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateGraphicsPipelines");
            break;
        }
        pPipelines[i] = pum_pipeline_to_handle(pipe);
        const struct pum_compile_job common = {.dev = dev, .pipe = pipe, .cache = pum_pipeline_cache_from_handle(_cache),
                                           .flags = pum_pipeline_create_flags(info->pNext, info->flags), .info = i};
        result = begin_graphics(dev, pipe, info, jobs, &n, &common);
    }
    const VkResult compiled = n ? pum_pipelines_compile(dev, jobs, n, pPipelines, pAllocator) : VK_SUCCESS;
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
        pum_pipeline_give_feedback(pInfos[i].pNext, &jobs[first], j - first, _cache);
        struct pum_shader *vs = pipe->shaders[PUM_STAGE_VERTEX], *mesh = pipe->shaders[PUM_STAGE_MESH], *gs = pipe->shaders[PUM_STAGE_GEOMETRY], *fs = pipe->shaders[PUM_STAGE_FRAGMENT];
        const bool library = pum_pipeline_create_flags(pInfos[i].pNext, pInfos[i].flags) & VK_PIPELINE_CREATE_2_LIBRARY_BIT_KHR;
        if ((!vs && !mesh && !library) || (result != VK_SUCCESS && compiled == VK_SUCCESS)) {
            pum_pipeline_destroy(dev, pipe, pAllocator);
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
    struct pum_compile_job *jobs = calloc((size_t)count + 1, sizeof(*jobs));
    memset(pPipelines, 0, count * sizeof(*pPipelines));
    uint32_t n = 0;
    for (uint32_t i = 0; i < count && jobs; i++) {
        struct pum_pipeline *pipe = pum_pipeline_new(dev, pAllocator, VK_PIPELINE_BIND_POINT_COMPUTE, pInfos[i].layout);
        if (!pipe) {
            break;
        }
        pPipelines[i] = pum_pipeline_to_handle(pipe);
        jobs[n++] = (struct pum_compile_job){.dev = dev, .stage = &pInfos[i].stage, .pipe = pipe, .cache = pum_pipeline_cache_from_handle(_cache),
                                         .out = &pipe->shaders[PUM_STAGE_COMPUTE], .flags = pum_pipeline_create_flags(pInfos[i].pNext, pInfos[i].flags), .info = i};
        jobs[n - 1].binary = pum_pipeline_binary_find(pInfos[i].pNext, pInfos[i].stage.stage, 0, &jobs[n - 1].from_binary);
    }
    VkResult result = n ? pum_pipelines_compile(dev, jobs, n, pPipelines, pAllocator) : VK_SUCCESS;
    for (uint32_t i = 0; i < n; i++) {
        pum_pipeline_give_feedback(pInfos[i].pNext, &jobs[i], 1, _cache);
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
    pum_pipeline_destroy(pum_device_base_from_handle(_dev), pum_pipeline_from_handle(_pipe), pAllocator);
}
