#include "pipeline/pipeline.h"

#include <stdlib.h>
#include <string.h>

#include "format/format.h"
#include "object/device_base.h"
#include "object/pnext.h"
#include "pipeline/pipeline_cache.h"
#include "registry/vk_entrypoints.h"
#include "util/worker_pool.h"

static uint32_t
dynamic_bit(VkDynamicState s)
{
    switch ((int)s) {
    case VK_DYNAMIC_STATE_VIEWPORT: return PUM_DYN_VIEWPORT_BIT;
    case VK_DYNAMIC_STATE_SCISSOR: return PUM_DYN_SCISSOR_BIT;
    case VK_DYNAMIC_STATE_LINE_WIDTH: return PUM_DYN_LINE_WIDTH_BIT;
    case VK_DYNAMIC_STATE_DEPTH_BIAS: return PUM_DYN_DEPTH_BIAS_BIT;
    case VK_DYNAMIC_STATE_BLEND_CONSTANTS: return PUM_DYN_BLEND_CONSTANTS_BIT;
    case VK_DYNAMIC_STATE_DEPTH_BOUNDS: return PUM_DYN_DEPTH_BOUNDS_BIT;
    case VK_DYNAMIC_STATE_STENCIL_COMPARE_MASK: return PUM_DYN_STENCIL_COMPARE_MASK_BIT;
    case VK_DYNAMIC_STATE_STENCIL_WRITE_MASK: return PUM_DYN_STENCIL_WRITE_MASK_BIT;
    case VK_DYNAMIC_STATE_STENCIL_REFERENCE: return PUM_DYN_STENCIL_REFERENCE_BIT;
    case VK_DYNAMIC_STATE_CULL_MODE: return PUM_DYN_CULL_MODE_BIT;
    case VK_DYNAMIC_STATE_FRONT_FACE: return PUM_DYN_FRONT_FACE_BIT;
    case VK_DYNAMIC_STATE_PRIMITIVE_TOPOLOGY: return PUM_DYN_TOPOLOGY_BIT;
    case VK_DYNAMIC_STATE_VIEWPORT_WITH_COUNT: return PUM_DYN_VIEWPORT_BIT | PUM_DYN_VIEWPORT_COUNT_BIT;
    case VK_DYNAMIC_STATE_SCISSOR_WITH_COUNT: return PUM_DYN_SCISSOR_BIT | PUM_DYN_SCISSOR_COUNT_BIT;
    case VK_DYNAMIC_STATE_VERTEX_INPUT_BINDING_STRIDE: return PUM_DYN_VERTEX_STRIDE_BIT;
    case VK_DYNAMIC_STATE_DEPTH_TEST_ENABLE: return PUM_DYN_DEPTH_TEST_BIT;
    case VK_DYNAMIC_STATE_DEPTH_WRITE_ENABLE: return PUM_DYN_DEPTH_WRITE_BIT;
    case VK_DYNAMIC_STATE_DEPTH_COMPARE_OP: return PUM_DYN_DEPTH_COMPARE_BIT;
    case VK_DYNAMIC_STATE_DEPTH_BOUNDS_TEST_ENABLE: return PUM_DYN_DEPTH_BOUNDS_TEST_BIT;
    case VK_DYNAMIC_STATE_STENCIL_TEST_ENABLE: return PUM_DYN_STENCIL_TEST_BIT;
    case VK_DYNAMIC_STATE_STENCIL_OP: return PUM_DYN_STENCIL_OP_BIT;
    case VK_DYNAMIC_STATE_RASTERIZER_DISCARD_ENABLE: return PUM_DYN_RASTERIZER_DISCARD_BIT;
    case VK_DYNAMIC_STATE_DEPTH_BIAS_ENABLE: return PUM_DYN_DEPTH_BIAS_ENABLE_BIT;
    case VK_DYNAMIC_STATE_PRIMITIVE_RESTART_ENABLE: return PUM_DYN_PRIMITIVE_RESTART_BIT;
    default: return 0;
    }
}

#define KEEP(bit, field)                                                                                                                   \
    if (pipe->dynamic & (bit)) {                                                                                                           \
        memcpy(&s.field, &state->field, sizeof(s.field));                                                                                  \
    }

void
pum_pipeline_apply(const struct pum_pipeline *pipe, struct pum_draw_state *state, uint32_t *strides_B)
{
    struct pum_draw_state s = pipe->state;
    KEEP(PUM_DYN_VIEWPORT_BIT, viewport)
    KEEP(PUM_DYN_VIEWPORT_COUNT_BIT, viewport_count)
    KEEP(PUM_DYN_SCISSOR_BIT, scissor)
    KEEP(PUM_DYN_SCISSOR_COUNT_BIT, scissor_count)
    KEEP(PUM_DYN_LINE_WIDTH_BIT, line_width)
    KEEP(PUM_DYN_DEPTH_BIAS_BIT, depth_bias_constant)
    KEEP(PUM_DYN_DEPTH_BIAS_BIT, depth_bias_clamp)
    KEEP(PUM_DYN_DEPTH_BIAS_BIT, depth_bias_slope)
    KEEP(PUM_DYN_BLEND_CONSTANTS_BIT, blend.constants)
    KEEP(PUM_DYN_DEPTH_BOUNDS_BIT, ds.min_bounds)
    KEEP(PUM_DYN_DEPTH_BOUNDS_BIT, ds.max_bounds)
    KEEP(PUM_DYN_STENCIL_COMPARE_MASK_BIT, ds.front.compare_mask)
    KEEP(PUM_DYN_STENCIL_COMPARE_MASK_BIT, ds.back.compare_mask)
    KEEP(PUM_DYN_STENCIL_WRITE_MASK_BIT, ds.front.write_mask)
    KEEP(PUM_DYN_STENCIL_WRITE_MASK_BIT, ds.back.write_mask)
    KEEP(PUM_DYN_STENCIL_REFERENCE_BIT, ds.front.reference)
    KEEP(PUM_DYN_STENCIL_REFERENCE_BIT, ds.back.reference)
    KEEP(PUM_DYN_CULL_MODE_BIT, cull_mode)
    KEEP(PUM_DYN_FRONT_FACE_BIT, front_face)
    KEEP(PUM_DYN_TOPOLOGY_BIT, topology)
    KEEP(PUM_DYN_DEPTH_TEST_BIT, ds.depth_test)
    KEEP(PUM_DYN_DEPTH_WRITE_BIT, ds.depth_write)
    KEEP(PUM_DYN_DEPTH_COMPARE_BIT, ds.depth_compare)
    KEEP(PUM_DYN_DEPTH_BOUNDS_TEST_BIT, ds.depth_bounds_test)
    KEEP(PUM_DYN_STENCIL_TEST_BIT, ds.stencil_test)
    KEEP(PUM_DYN_RASTERIZER_DISCARD_BIT, rasterizer_discard)
    KEEP(PUM_DYN_DEPTH_BIAS_ENABLE_BIT, depth_bias)
    KEEP(PUM_DYN_PRIMITIVE_RESTART_BIT, primitive_restart)
    for (int face = 0; face < 2 && (pipe->dynamic & PUM_DYN_STENCIL_OP_BIT); face++) {
        struct pum_stencil_face *to = face ? &s.ds.back : &s.ds.front;
        const struct pum_stencil_face *from = face ? &state->ds.back : &state->ds.front;
        to->fail_op = from->fail_op;
        to->pass_op = from->pass_op;
        to->depth_fail_op = from->depth_fail_op;
        to->compare_op = from->compare_op;
    }
    if (!(pipe->dynamic & PUM_DYN_VERTEX_STRIDE_BIT)) {
        memcpy(strides_B, pipe->strides_B, sizeof(pipe->strides_B));
    }
    *state = s;
}

/* ---- state from create infos ---- */

static void
vertex_input(struct pum_draw_state *s, uint32_t *strides_B, const VkPipelineVertexInputStateCreateInfo *vi)
{
    for (uint32_t i = 0; vi && i < vi->vertexBindingDescriptionCount; i++) {
        const VkVertexInputBindingDescription *b = &vi->pVertexBindingDescriptions[i];
        if (b->binding < PUM_MAX_VERTEX_BINDINGS) {
            s->binding[b->binding] = (struct pum_vertex_binding){b->inputRate == VK_VERTEX_INPUT_RATE_INSTANCE, 1};
            strides_B[b->binding] = b->stride;
        }
    }
    for (uint32_t i = 0; vi && i < vi->vertexAttributeDescriptionCount; i++) {
        const VkVertexInputAttributeDescription *a = &vi->pVertexAttributeDescriptions[i];
        if (a->location < PUM_MAX_LOCATIONS && a->binding < PUM_MAX_VERTEX_BINDINGS && s->attribute_count < PUM_MAX_VERTEX_ATTRIBUTES) {
            s->attribute[s->attribute_count++] = (struct pum_vertex_attribute){(uint8_t)a->location, (uint8_t)a->binding,
                                                                              (uint16_t)pum_format_from_vk(a->format), a->offset};
        }
    }
    const VkPipelineVertexInputDivisorStateCreateInfo *d =
        vi ? pum_pnext_find(vi->pNext, VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_DIVISOR_STATE_CREATE_INFO) : NULL;
    for (uint32_t i = 0; d && i < d->vertexBindingDivisorCount; i++) {
        if (d->pVertexBindingDivisors[i].binding < PUM_MAX_VERTEX_BINDINGS) {
            s->binding[d->pVertexBindingDivisors[i].binding].divisor = d->pVertexBindingDivisors[i].divisor;
        }
    }
}

static struct pum_stencil_face
stencil_face(const VkStencilOpState *v)
{
    return (struct pum_stencil_face){(uint8_t)v->failOp, (uint8_t)v->passOp, (uint8_t)v->depthFailOp, (uint8_t)v->compareOp,
                                     (uint8_t)v->compareMask, (uint8_t)v->writeMask, (uint8_t)v->reference};
}

static void
fixed_function(struct pum_draw_state *s, const VkGraphicsPipelineCreateInfo *info, uint32_t dynamic)
{
    const VkPipelineInputAssemblyStateCreateInfo *ia = info->pInputAssemblyState;
    s->topology = ia ? (uint8_t)ia->topology : VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST;
    s->primitive_restart = ia && ia->primitiveRestartEnable;
    const VkPipelineRasterizationStateCreateInfo *rs = info->pRasterizationState;
    s->viewport_count = s->scissor_count = 1;
    s->depth_clip = true;
    s->line_width = 1.0f;
    if (rs) {
        s->rasterizer_discard = rs->rasterizerDiscardEnable && !(dynamic & PUM_DYN_RASTERIZER_DISCARD_BIT);
        s->depth_clamp = rs->depthClampEnable;
        s->depth_clip = !rs->depthClampEnable;
        s->cull_mode = (uint8_t)rs->cullMode;
        s->front_face = rs->frontFace == VK_FRONT_FACE_CLOCKWISE ? PUM_FRONT_CW : PUM_FRONT_CCW;
        s->depth_bias = rs->depthBiasEnable;
        s->depth_bias_constant = rs->depthBiasConstantFactor;
        s->depth_bias_clamp = rs->depthBiasClamp;
        s->depth_bias_slope = rs->depthBiasSlopeFactor;
        s->line_width = rs->lineWidth;
        s->polygon_mode = (uint8_t)rs->polygonMode;
    }
    if (s->rasterizer_discard) { /* the rest need not be valid */
        return;
    }
    const VkPipelineViewportStateCreateInfo *vp = info->pViewportState;
    if (vp) {
        s->viewport_count = s->scissor_count = PUM_MIN(PUM_MAX(vp->viewportCount, 1u), (uint32_t)PUM_MAX_VIEWPORTS);
        for (uint32_t i = 0; i < s->viewport_count; i++) {
            if (vp->pViewports && i < vp->viewportCount && !(dynamic & PUM_DYN_VIEWPORT_BIT)) {
                const VkViewport *v = &vp->pViewports[i];
                s->viewport[i] = (struct pum_viewport){v->x, v->y, v->width, v->height, v->minDepth, v->maxDepth};
            }
            if (vp->pScissors && i < vp->scissorCount && !(dynamic & PUM_DYN_SCISSOR_BIT)) {
                const VkRect2D *r = &vp->pScissors[i];
                s->scissor[i] = (struct pum_rect){r->offset.x, r->offset.y, r->extent.width, r->extent.height};
            }
        }
    }
    const VkPipelineDepthStencilStateCreateInfo *ds = info->pDepthStencilState;
    if (ds) {
        s->ds.depth_test = ds->depthTestEnable;
        s->ds.depth_write = ds->depthWriteEnable;
        s->ds.depth_compare = (uint8_t)ds->depthCompareOp;
        s->ds.depth_bounds_test = ds->depthBoundsTestEnable;
        s->ds.min_bounds = ds->minDepthBounds;
        s->ds.max_bounds = ds->maxDepthBounds;
        s->ds.stencil_test = ds->stencilTestEnable;
        s->ds.front = stencil_face(&ds->front);
        s->ds.back = stencil_face(&ds->back);
    }
    const VkPipelineColorBlendStateCreateInfo *cb = info->pColorBlendState;
    if (cb) {
        s->blend.logic_op_enable = cb->logicOpEnable;
        s->blend.logic_op = (uint8_t)cb->logicOp;
        memcpy(s->blend.constants, cb->blendConstants, sizeof(s->blend.constants));
        for (uint32_t i = 0; cb->pAttachments && i < cb->attachmentCount && i < PUM_MAX_RENDER_TARGETS; i++) {
            const VkPipelineColorBlendAttachmentState *a = &cb->pAttachments[i];
            s->blend.target[i] = (struct pum_blend_attachment){
                a->blendEnable != 0, (uint8_t)a->srcColorBlendFactor, (uint8_t)a->dstColorBlendFactor, (uint8_t)a->colorBlendOp,
                (uint8_t)a->srcAlphaBlendFactor, (uint8_t)a->dstAlphaBlendFactor, (uint8_t)a->alphaBlendOp, (uint8_t)a->colorWriteMask};
        }
    }
}

/* ---- creation ---- */

struct compile_job {
    struct pum_device_base *dev;
    const VkPipelineShaderStageCreateInfo *stage;
    struct pum_pipeline *pipe;
    struct pum_pipeline_cache *cache;
    VkPipelineCreateFlags flags;
    uint32_t info; /* index of the create info */
    VkResult result;
};

static void
run_job(void *arg, uint32_t index, uint32_t worker)
{
    (void)worker;
    struct compile_job *j = &((struct compile_job *)arg)[index];
    const enum pum_stage stage = j->stage->stage == VK_SHADER_STAGE_VERTEX_BIT     ? PUM_STAGE_VERTEX
                                 : j->stage->stage == VK_SHADER_STAGE_FRAGMENT_BIT ? PUM_STAGE_FRAGMENT
                                                                                   : PUM_STAGE_COMPUTE;
    j->result = pum_shader_compile(j->dev, j->stage, j->pipe->layout, j->cache, j->flags, &j->pipe->shaders[stage]);
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
        pum_pipeline_layout_ref(pipe->layout);
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
        stop = stop || (jobs[j].result != VK_SUCCESS && jobs[j].flags & VK_PIPELINE_CREATE_EARLY_RETURN_ON_FAILURE_BIT);
        if (stop && pipelines[jobs[j].info]) {
            destroy_pipeline(dev, jobs[j].pipe, alloc);
            pipelines[jobs[j].info] = VK_NULL_HANDLE;
        }
    }
    return result;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateGraphicsPipelines(VkDevice _dev, VkPipelineCache _cache, uint32_t count, const VkGraphicsPipelineCreateInfo *pInfos,
                            const VkAllocationCallbacks *pAllocator, VkPipeline *pPipelines)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct compile_job *jobs = calloc((size_t)count * PUM_STAGE_COUNT + 1, sizeof(*jobs));
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
        for (uint32_t d = 0; info->pDynamicState && d < info->pDynamicState->dynamicStateCount; d++) {
            pipe->dynamic |= dynamic_bit(info->pDynamicState->pDynamicStates[d]);
        }
        vertex_input(&pipe->state, pipe->strides_B, info->pVertexInputState);
        fixed_function(&pipe->state, info, pipe->dynamic);
        for (uint32_t s = 0; s < info->stageCount; s++) {
            const VkShaderStageFlagBits bit = info->pStages[s].stage;
            if (bit != VK_SHADER_STAGE_VERTEX_BIT && bit != VK_SHADER_STAGE_FRAGMENT_BIT) {
                result = pum_error(dev, NULL, VK_ERROR_FEATURE_NOT_PRESENT, "vkCreateGraphicsPipelines: stage 0x%x", bit);
                break;
            }
            if (bit == VK_SHADER_STAGE_FRAGMENT_BIT && pipe->state.rasterizer_discard) {
                continue;
            }
            jobs[n++] = (struct compile_job){dev, &info->pStages[s], pipe, pum_pipeline_cache_from_handle(_cache), info->flags, i, VK_SUCCESS};
        }
    }
    const VkResult compiled = n ? finish_pipelines(dev, jobs, n, pPipelines, pAllocator) : VK_SUCCESS;
    result = result == VK_SUCCESS ? compiled : result;
    for (uint32_t i = 0; i < count; i++) {
        struct pum_pipeline *pipe = pum_pipeline_from_handle(pPipelines[i]);
        if (!pipe) {
            continue;
        }
        struct pum_shader *vs = pipe->shaders[PUM_STAGE_VERTEX], *fs = pipe->shaders[PUM_STAGE_FRAGMENT];
        if (!vs || (result != VK_SUCCESS && compiled == VK_SUCCESS)) {
            destroy_pipeline(dev, pipe, pAllocator);
            pPipelines[i] = VK_NULL_HANDLE;
            result = result == VK_SUCCESS ? VK_ERROR_INITIALIZATION_FAILED : result;
            continue;
        }
        pipe->state.vs = vs->code;
        pipe->state.vs_info = &vs->info;
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
        jobs[n++] = (struct compile_job){dev, &pInfos[i].stage, pipe, pum_pipeline_cache_from_handle(_cache), pInfos[i].flags, i, VK_SUCCESS};
    }
    VkResult result = n ? finish_pipelines(dev, jobs, n, pPipelines, pAllocator) : VK_SUCCESS;
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
