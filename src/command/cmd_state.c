/* Bindings and dynamic state. */
#include <string.h>

#include "command/cmd_buffer.h"
#include "object/device_base.h"
#include "object/pnext.h"
#include "pipeline/shader_object.h"
#include "registry/vk_entrypoints.h"
#include "resource/buffer.h"

#define CMD struct pum_cmd_buffer *cmd = pum_cmd_buffer_from_handle(_cmd)
#define STATE_CHANGED cmd->state_copy = NULL

VKAPI_ATTR void VKAPI_CALL
pum_CmdBindPipeline(VkCommandBuffer _cmd, VkPipelineBindPoint point, VkPipeline _pipe)
{
    CMD;
    const struct pum_pipeline *pipe = pum_pipeline_from_handle(_pipe);
    struct pum_bind_point *bind = pum_cmd_bind_point(cmd, point);
    const bool graphics = point == VK_PIPELINE_BIND_POINT_GRAPHICS;
    /* Bound again, a pipeline fixes again what commands have set since (SPEC: VUID-vkCmdDraw-None-08608). The copies of the last draw tell. */
    if (bind->pipeline == pipe && (!graphics || (cmd->state_copy && cmd->vertex_copy))) {
        return;
    }
    bind->pipeline = pipe;
    if (graphics) {
        pum_pipeline_apply(pipe, &cmd->state, cmd->strides_B);
        cmd->vertex_copy = NULL;
        STATE_CHANGED;
    } else if (point == VK_PIPELINE_BIND_POINT_COMPUTE) {
        cmd->compute = pipe->shaders[PUM_STAGE_COMPUTE];
    }
}

/* Stages one by one; all state is what commands have set. Stages that no shader can have here are unbound in any case. */
VKAPI_ATTR void VKAPI_CALL
pum_CmdBindShadersEXT(VkCommandBuffer _cmd, uint32_t count, const VkShaderStageFlagBits *pStages, const VkShaderEXT *pShaders)
{
    CMD;
    for (uint32_t i = 0; i < count; i++) {
        const struct pum_shader_object *o = pShaders ? pum_shader_object_from_handle(pShaders[i]) : NULL;
        const struct pum_shader *shader = o ? o->shader : NULL;
        const struct pum_shader_code *code = shader ? shader->code : NULL;
        const struct pum_shader_info *info = shader ? &shader->info : NULL;
        if (pStages[i] == VK_SHADER_STAGE_COMPUTE_BIT) {
            cmd->compute = shader;
            cmd->bind[1].pipeline = NULL;
            continue;
        }
        if (pStages[i] == VK_SHADER_STAGE_VERTEX_BIT) {
            cmd->state.vs = code;
            cmd->state.vs_info = info;
        } else if (pStages[i] == VK_SHADER_STAGE_TESSELLATION_CONTROL_BIT) {
            cmd->state.tcs = code;
            cmd->state.tcs_info = info;
        } else if (pStages[i] == VK_SHADER_STAGE_TESSELLATION_EVALUATION_BIT) {
            cmd->state.tes = code;
            cmd->state.tes_info = info;
        } else if (pStages[i] == VK_SHADER_STAGE_TASK_BIT_EXT) {
            cmd->state.task = code;
            cmd->state.task_info = info;
        } else if (pStages[i] == VK_SHADER_STAGE_MESH_BIT_EXT) {
            cmd->state.mesh = code;
            cmd->state.mesh_info = info;
        } else if (pStages[i] == VK_SHADER_STAGE_GEOMETRY_BIT) {
            cmd->state.gs = code;
            cmd->state.gs_info = info;
        } else if (pStages[i] == VK_SHADER_STAGE_FRAGMENT_BIT) {
            cmd->state.fs = code;
            cmd->state.fs_info = info;
        }
        cmd->bind[0].pipeline = NULL;
        STATE_CHANGED;
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdBindDescriptorSets(VkCommandBuffer _cmd, VkPipelineBindPoint point, VkPipelineLayout _layout, uint32_t first, uint32_t count,
                          const VkDescriptorSet *pSets, uint32_t dynamicCount, const uint32_t *pOffsets)
{
    CMD;
    (void)_layout; /* a dynamic buffer's slot depends on its set alone */
    struct pum_bind_point *bind = pum_cmd_bind_point(cmd, point);
    uint32_t used = 0;
    for (uint32_t i = 0; i < count && first + i < PUM_MAX_SETS; i++) {
        const struct pum_descriptor_set *set = pum_descriptor_set_from_handle(pSets[i]);
        if (!set) {
            continue;
        }
        bind->sets[first + i] = set->data;
        const struct pum_set_layout *sl = set->layout;
        struct pum_desc_buffer *dynamic = bind->dynamic + (size_t)(first + i) * PUM_MAX_DYNAMIC_BUFFERS;
        for (uint32_t b = 0; b < sl->n_bindings && sl->dynamic_count; b++) {
            const struct pum_set_binding *sb = &sl->bindings[b];
            for (uint32_t k = 0; sb->dynamic_first != UINT32_MAX && k < sb->count && sb->dynamic_first + k < PUM_MAX_DYNAMIC_BUFFERS; k++) {
                struct pum_desc_buffer d;
                memcpy(&d, set->data + sb->offset_B + k * sb->stride_B, sizeof(d));
                d.address += d.address && used < dynamicCount ? pOffsets[used] : 0;
                used++;
                dynamic[sb->dynamic_first + k] = d;
            }
        }
        if (sl->dynamic_count) {
            const uint32_t end = (first + i) * PUM_MAX_DYNAMIC_BUFFERS + PUM_MIN(sl->dynamic_count, (uint32_t)PUM_MAX_DYNAMIC_BUFFERS);
            bind->dynamic_end = PUM_MAX(bind->dynamic_end, end);
        }
    }
    bind->dirty |= PUM_DIRTY_SETS_BIT;
}

const VkPipelineBindPoint pum_bind_points[PUM_BIND_POINTS] = {VK_PIPELINE_BIND_POINT_GRAPHICS, VK_PIPELINE_BIND_POINT_COMPUTE,
                                                              VK_PIPELINE_BIND_POINT_RAY_TRACING_KHR};

uint32_t
pum_cmd_points_of(VkShaderStageFlags stages)
{
    const VkShaderStageFlags graphics = VK_SHADER_STAGE_ALL_GRAPHICS | VK_SHADER_STAGE_TASK_BIT_EXT | VK_SHADER_STAGE_MESH_BIT_EXT;
    const VkShaderStageFlags rays = VK_SHADER_STAGE_RAYGEN_BIT_KHR | VK_SHADER_STAGE_ANY_HIT_BIT_KHR | VK_SHADER_STAGE_CLOSEST_HIT_BIT_KHR |
                                    VK_SHADER_STAGE_MISS_BIT_KHR | VK_SHADER_STAGE_INTERSECTION_BIT_KHR | VK_SHADER_STAGE_CALLABLE_BIT_KHR;
    return (stages & graphics ? 1u : 0) | (stages & VK_SHADER_STAGE_COMPUTE_BIT ? 2u : 0) | (stages & rays ? 4u : 0);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdBindDescriptorSets2(VkCommandBuffer _cmd, const VkBindDescriptorSetsInfo *pInfo)
{
    for (uint32_t p = 0; p < PUM_BIND_POINTS; p++) {
        if (pum_cmd_points_of(pInfo->stageFlags) >> p & 1) {
            pum_CmdBindDescriptorSets(_cmd, pum_bind_points[p], pInfo->layout, pInfo->firstSet,
                                      pInfo->descriptorSetCount, pInfo->pDescriptorSets, pInfo->dynamicOffsetCount, pInfo->pDynamicOffsets);
        }
    }
}

/* ---- push descriptors: a set of the command buffer's own, copied at every change ---- */

static uint8_t *
push_set(struct pum_cmd_buffer *cmd, struct pum_bind_point *bind, const struct pum_set_layout *layout, uint32_t set)
{
    if (!layout || set >= PUM_MAX_SETS) {
        return NULL;
    }
    uint8_t *data = pum_cmd_alloc(cmd, PUM_MAX(layout->size_B, 16u));
    if (!data) {
        return NULL;
    }
    if (bind->push_data && bind->push_data == bind->sets[set] && bind->push_layout->size_B == layout->size_B) { /* the same or an equal layout */
        memcpy(data, bind->push_data, layout->size_B);
    } else {
        pum_descriptor_init(layout, data);
    }
    bind->push_data = bind->sets[set] = data;
    bind->push_layout = layout;
    bind->dirty |= PUM_DIRTY_SETS_BIT;
    return data;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdPushDescriptorSet(VkCommandBuffer _cmd, VkPipelineBindPoint point, VkPipelineLayout _layout, uint32_t set, uint32_t count,
                         const VkWriteDescriptorSet *pWrites)
{
    CMD;
    const struct pum_pipeline_layout *layout = pum_pipeline_layout_from_handle(_layout);
    const struct pum_set_layout *sl = set < layout->n_sets ? layout->sets[set] : NULL;
    uint8_t *data = push_set(cmd, pum_cmd_bind_point(cmd, point), sl, set);
    for (uint32_t i = 0; i < count && data; i++) {
        pum_descriptor_write(sl, data, &pWrites[i]);
    }
}

const struct pum_set_layout *
pum_cmd_layout_of_set(VkPipelineLayout _layout, const void *chain, uint32_t set)
{
    const struct pum_pipeline_layout *layout = pum_pipeline_layout_from_handle(_layout);
    const VkPipelineLayoutCreateInfo *described = pum_pnext_find(chain, VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO);
    if (layout) {
        return set < layout->n_sets ? layout->sets[set] : NULL;
    }
    return described && set < described->setLayoutCount ? pum_set_layout_from_handle(described->pSetLayouts[set]) : NULL;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdPushDescriptorSet2(VkCommandBuffer _cmd, const VkPushDescriptorSetInfo *pInfo)
{
    CMD;
    const struct pum_set_layout *sl = pum_cmd_layout_of_set(pInfo->layout, pInfo->pNext, pInfo->set);
    for (uint32_t p = 0; p < PUM_BIND_POINTS; p++) {
        uint8_t *data = pum_cmd_points_of(pInfo->stageFlags) >> p & 1 ? push_set(cmd, pum_cmd_bind_point(cmd, pum_bind_points[p]), sl, pInfo->set) : NULL;
        for (uint32_t i = 0; i < pInfo->descriptorWriteCount && data; i++) {
            pum_descriptor_write(sl, data, &pInfo->pDescriptorWrites[i]);
        }
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdPushDescriptorSetWithTemplate2(VkCommandBuffer _cmd, const VkPushDescriptorSetWithTemplateInfo *pInfo)
{
    CMD;
    const struct pum_set_layout *sl = pum_cmd_layout_of_set(pInfo->layout, pInfo->pNext, pInfo->set);
    const VkPipelineBindPoint point = pum_update_template_from_handle(pInfo->descriptorUpdateTemplate)->bind_point;
    uint8_t *data = push_set(cmd, pum_cmd_bind_point(cmd, point), sl, pInfo->set);
    if (data) {
        pum_descriptor_write_template(sl, data, pInfo->descriptorUpdateTemplate, pInfo->pData);
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdPushDescriptorSetWithTemplate(VkCommandBuffer _cmd, VkDescriptorUpdateTemplate _t, VkPipelineLayout _layout, uint32_t set,
                                     const void *pData)
{
    CMD;
    const struct pum_pipeline_layout *layout = pum_pipeline_layout_from_handle(_layout);
    const struct pum_set_layout *sl = set < layout->n_sets ? layout->sets[set] : NULL;
    const VkPipelineBindPoint point = pum_update_template_from_handle(_t)->bind_point;
    uint8_t *data = push_set(cmd, pum_cmd_bind_point(cmd, point), sl, set);
    if (data) {
        pum_descriptor_write_template(sl, data, _t, pData);
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdPushConstants(VkCommandBuffer _cmd, VkPipelineLayout _layout, VkShaderStageFlags stages, uint32_t offset_B, uint32_t size_B,
                     const void *pValues)
{
    CMD;
    (void)_layout;
    (void)stages;
    if (offset_B < PUM_MAX_PUSH_B && size_B <= PUM_MAX_PUSH_B - offset_B) {
        memcpy(cmd->push + offset_B, pValues, size_B);
        cmd->push_copy = NULL;
        cmd->bind[0].dirty |= PUM_DIRTY_PUSH_BIT;
        cmd->bind[1].dirty |= PUM_DIRTY_PUSH_BIT;
        if (cmd->rays) {
            cmd->rays->dirty |= PUM_DIRTY_PUSH_BIT;
        }
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdPushConstants2(VkCommandBuffer _cmd, const VkPushConstantsInfo *pInfo)
{
    pum_CmdPushConstants(_cmd, pInfo->layout, pInfo->stageFlags, pInfo->offset, pInfo->size, pInfo->pValues);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdBindVertexBuffers2(VkCommandBuffer _cmd, uint32_t first, uint32_t count, const VkBuffer *pBuffers, const VkDeviceSize *pOffsets,
                          const VkDeviceSize *pSizes, const VkDeviceSize *pStrides)
{
    CMD;
    for (uint32_t i = 0; i < count && first + i < PUM_MAX_VERTEX_BINDINGS; i++) {
        const struct pum_buffer *buf = pum_buffer_from_handle(pBuffers[i]);
        struct pum_vertex_buffer d = {0};
        if (buf && buf->data) {
            const uint64_t range_B = pum_buffer_range_B(buf, pOffsets[i], pSizes ? pSizes[i] : VK_WHOLE_SIZE);
            d.address = range_B ? buf->data + pOffsets[i] : NULL;
            d.range_B = range_B;
        }
        cmd->vertex_buffers[first + i] = d;
        if (pStrides) {
            cmd->strides_B[first + i] = (uint32_t)pStrides[i];
        }
    }
    cmd->vertex_copy = NULL;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdBindVertexBuffers(VkCommandBuffer _cmd, uint32_t first, uint32_t count, const VkBuffer *pBuffers, const VkDeviceSize *pOffsets)
{
    pum_CmdBindVertexBuffers2(_cmd, first, count, pBuffers, pOffsets, NULL, NULL);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdBindIndexBuffer2(VkCommandBuffer _cmd, VkBuffer _buf, VkDeviceSize offset_B, VkDeviceSize size_B, VkIndexType type)
{
    CMD;
    const struct pum_buffer *buf = pum_buffer_from_handle(_buf); /* NULL: every index is 0 (SPEC: maintenance6) */
    cmd->index_data = buf && buf->data ? buf->data + offset_B : NULL;
    cmd->index_range_B = cmd->index_data ? pum_buffer_range_B(buf, offset_B, size_B) : 0;
    cmd->own_restart = false; /* SPEC: vkCmdSetPrimitiveRestartIndexEXT */
    cmd->index_B = type == VK_INDEX_TYPE_UINT32 ? 4 : type == VK_INDEX_TYPE_UINT16 ? 2 : 1;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetPrimitiveRestartIndexEXT(VkCommandBuffer _cmd, uint32_t index)
{
    CMD;
    cmd->own_restart = true;
    cmd->restart_index = index;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdBindIndexBuffer(VkCommandBuffer _cmd, VkBuffer buf, VkDeviceSize offset_B, VkIndexType type)
{
    pum_CmdBindIndexBuffer2(_cmd, buf, offset_B, VK_WHOLE_SIZE, type);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetViewport(VkCommandBuffer _cmd, uint32_t first, uint32_t count, const VkViewport *pViewports)
{
    CMD;
    for (uint32_t i = 0; i < count && first + i < PUM_MAX_VIEWPORTS; i++) {
        const VkViewport *v = &pViewports[i];
        cmd->state.viewport[first + i] = (struct pum_viewport){v->x, v->y, v->width, v->height, v->minDepth, v->maxDepth};
    }
    STATE_CHANGED;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetViewportWithCount(VkCommandBuffer _cmd, uint32_t count, const VkViewport *pViewports)
{
    CMD;
    cmd->state.viewport_count = PUM_MIN(count, (uint32_t)PUM_MAX_VIEWPORTS);
    pum_CmdSetViewport(_cmd, 0, count, pViewports);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetScissor(VkCommandBuffer _cmd, uint32_t first, uint32_t count, const VkRect2D *pScissors)
{
    CMD;
    for (uint32_t i = 0; i < count && first + i < PUM_MAX_VIEWPORTS; i++) {
        const VkRect2D *r = &pScissors[i];
        cmd->state.scissor[first + i] = (struct pum_rect){r->offset.x, r->offset.y, r->extent.width, r->extent.height};
    }
    STATE_CHANGED;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetScissorWithCount(VkCommandBuffer _cmd, uint32_t count, const VkRect2D *pScissors)
{
    pum_cmd_buffer_from_handle(_cmd)->state.scissor_count = PUM_MIN(count, (uint32_t)PUM_MAX_VIEWPORTS);
    pum_CmdSetScissor(_cmd, 0, count, pScissors);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetLineWidth(VkCommandBuffer _cmd, float width)
{
    CMD;
    cmd->state.line_width = width;
    STATE_CHANGED;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetDepthBias(VkCommandBuffer _cmd, float constant, float clamp, float slope)
{
    CMD;
    cmd->state.depth_bias_constant = constant;
    cmd->state.depth_bias_clamp = clamp;
    cmd->state.depth_bias_slope = slope;
    cmd->state.depth_bias_unit = PUM_BIAS_FORMAT;
    STATE_CHANGED;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetBlendConstants(VkCommandBuffer _cmd, const float constants[4])
{
    CMD;
    memcpy(cmd->state.blend.constants, constants, sizeof(cmd->state.blend.constants));
    STATE_CHANGED;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetDepthBounds(VkCommandBuffer _cmd, float min, float max)
{
    CMD;
    cmd->state.ds.min_bounds = min;
    cmd->state.ds.max_bounds = max;
    STATE_CHANGED;
}

#define STENCIL(name, field, type)                                                                                     \
    VKAPI_ATTR void VKAPI_CALL pum_CmdSetStencil##name(VkCommandBuffer _cmd, VkStencilFaceFlags faces, uint32_t value)  \
    {                                                                                                                  \
        CMD;                                                                                                           \
        if (faces & VK_STENCIL_FACE_FRONT_BIT) {                                                                       \
            cmd->state.ds.front.field = (uint8_t)value;                                                                   \
        }                                                                                                              \
        if (faces & VK_STENCIL_FACE_BACK_BIT) {                                                                        \
            cmd->state.ds.back.field = (uint8_t)value;                                                                    \
        }                                                                                                              \
        STATE_CHANGED;                                                                                                 \
    }
STENCIL(CompareMask, compare_mask, uint8_t)
STENCIL(WriteMask, write_mask, uint8_t)
STENCIL(Reference, reference, uint8_t)

PUM_CMD_SET(CullMode, VkCullModeFlags, cull_mode, (uint8_t)x)
PUM_CMD_SET(FrontFace, VkFrontFace, front_face, x == VK_FRONT_FACE_CLOCKWISE ? PUM_FRONT_CW : PUM_FRONT_CCW)
PUM_CMD_SET(PrimitiveTopology, VkPrimitiveTopology, topology, (uint8_t)x)
PUM_CMD_SET(DepthTestEnable, VkBool32, ds.depth_test, x != 0)
PUM_CMD_SET(DepthWriteEnable, VkBool32, ds.depth_write, x != 0)
PUM_CMD_SET(DepthCompareOp, VkCompareOp, ds.depth_compare, (uint8_t)x)
PUM_CMD_SET(DepthBoundsTestEnable, VkBool32, ds.depth_bounds_test, x != 0)
PUM_CMD_SET(StencilTestEnable, VkBool32, ds.stencil_test, x != 0)
PUM_CMD_SET(RasterizerDiscardEnable, VkBool32, rasterizer_discard, x != 0)
PUM_CMD_SET(DepthBiasEnable, VkBool32, depth_bias, x != 0)
PUM_CMD_SET(PrimitiveRestartEnable, VkBool32, primitive_restart, x != 0)

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetStencilOp(VkCommandBuffer _cmd, VkStencilFaceFlags faces, VkStencilOp fail, VkStencilOp pass, VkStencilOp depthFail, VkCompareOp op)
{
    CMD;
    for (int back = 0; back < 2; back++) {
        struct pum_stencil_face *f = back ? &cmd->state.ds.back : &cmd->state.ds.front;
        if (faces & (back ? VK_STENCIL_FACE_BACK_BIT : VK_STENCIL_FACE_FRONT_BIT)) {
            f->fail_op = (uint8_t)fail;
            f->pass_op = (uint8_t)pass;
            f->depth_fail_op = (uint8_t)depthFail;
            f->compare_op = (uint8_t)op;
        }
    }
    STATE_CHANGED;
}
