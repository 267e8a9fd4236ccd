/* Dynamic state of the later extensions, conditional rendering, and the locations of attachments. SPEC: VK_EXT_extended_dynamic_state2
 * and 3, VK_EXT_vertex_input_dynamic_state, VK_EXT_color_write_enable, VK_EXT_conditional_rendering, VK_KHR_dynamic_rendering_local_read. */
#include <string.h>

#include "command/cmd_buffer.h"
#include "object/device_base.h"
#include "pipeline/pipeline_state.h"
#include "registry/vk_entrypoints.h"
#include "resource/buffer.h"

#define CMD struct pum_cmd_buffer *cmd = pum_cmd_buffer_from_handle(_cmd)
#define STATE_CHANGED cmd->state_copy = NULL

PUM_CMD_SET(LogicOpEXT, VkLogicOp, blend.logic_op, (uint8_t)x)
PUM_CMD_SET(LogicOpEnableEXT, VkBool32, blend.logic_op_enable, x != 0)
PUM_CMD_SET(DepthClampEnableEXT, VkBool32, depth_clamp, x != 0)
PUM_CMD_SET(PolygonModeEXT, VkPolygonMode, polygon_mode, (uint8_t)x)
PUM_CMD_SET(RasterizationSamplesEXT, VkSampleCountFlagBits, ms.samples, (uint8_t)x)
PUM_CMD_SET(LineStippleEnableEXT, VkBool32, line_stipple, x != 0)
PUM_CMD_SET(ConservativeRasterizationModeEXT, VkConservativeRasterizationModeEXT, overestimate, x == VK_CONSERVATIVE_RASTERIZATION_MODE_OVERESTIMATE_EXT)
PUM_CMD_SET(SampleLocationsEnableEXT, VkBool32, ms.own_places, x != 0)
PUM_CMD_SET(AlphaToCoverageEnableEXT, VkBool32, ms.alpha_to_coverage, x != 0)
PUM_CMD_SET(AlphaToOneEnableEXT, VkBool32, ms.alpha_to_one, x != 0)
PUM_CMD_SET(ProvokingVertexModeEXT, VkProvokingVertexModeEXT, provoking_last, x == VK_PROVOKING_VERTEX_MODE_LAST_VERTEX_EXT)
PUM_CMD_SET(RasterizationStreamEXT, uint32_t, raster_stream, (uint8_t)PUM_MIN(x, (uint32_t)PUM_MAX_STREAMS))
PUM_CMD_SET(PatchControlPointsEXT, uint32_t, patch_vertices, (uint8_t)PUM_MIN(x, PUM_MAX_PATCH_VERTICES + 1u))
PUM_CMD_SET(TessellationDomainOriginEXT, VkTessellationDomainOrigin, domain_lower_left, x == VK_TESSELLATION_DOMAIN_ORIGIN_LOWER_LEFT)
PUM_CMD_SET(LineRasterizationModeEXT, VkLineRasterizationModeEXT, line_mode, (uint8_t)x)
PUM_CMD_SET(DepthClipNegativeOneToOneEXT, VkBool32, negative_one_to_one, x != 0)
PUM_CMD_SET(DiscardRectangleEnableEXT, VkBool32, discard.enable, x != 0)
PUM_CMD_SET(DiscardRectangleModeEXT, VkDiscardRectangleModeEXT, discard.exclusive, x == VK_DISCARD_RECTANGLE_MODE_EXCLUSIVE_EXT)

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetDiscardRectangleEXT(VkCommandBuffer _cmd, uint32_t first, uint32_t count, const VkRect2D *pRects)
{
    CMD;
    pum_discard_rects_set(&cmd->state.discard, first, count, pRects);
    STATE_CHANGED;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetDepthClampRangeEXT(VkCommandBuffer _cmd, VkDepthClampModeEXT mode, const VkDepthClampRangeEXT *pRange)
{
    CMD;
    pum_clamp_range_set(&cmd->state, mode, pRange);
    STATE_CHANGED;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetDepthBias2EXT(VkCommandBuffer _cmd, const VkDepthBiasInfoEXT *pInfo)
{
    CMD;
    cmd->state.depth_bias_constant = pInfo->depthBiasConstantFactor;
    cmd->state.depth_bias_clamp = pInfo->depthBiasClamp;
    cmd->state.depth_bias_slope = pInfo->depthBiasSlopeFactor;
    cmd->state.depth_bias_unit = pum_bias_unit_from_chain(pInfo->pNext);
    STATE_CHANGED;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetExtraPrimitiveOverestimationSizeEXT(VkCommandBuffer _cmd, float size)
{
    (void)_cmd, (void)size; /* the limits allow 0 only */
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetLineStipple(VkCommandBuffer _cmd, uint32_t factor, uint16_t pattern)
{
    CMD;
    cmd->state.stipple_factor = (uint16_t)factor;
    cmd->state.stipple_pattern = pattern;
    STATE_CHANGED;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetSampleLocationsEXT(VkCommandBuffer _cmd, const VkSampleLocationsInfoEXT *pInfo)
{
    CMD;
    pum_sample_places_set(&cmd->state.ms, pInfo);
    STATE_CHANGED;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetSampleMaskEXT(VkCommandBuffer _cmd, VkSampleCountFlagBits samples, const VkSampleMask *pMask)
{
    CMD;
    (void)samples; /* at most 32: one word */
    cmd->state.ms.sample_mask = pMask ? pMask[0] : UINT32_MAX;
    STATE_CHANGED;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetDepthClipEnableEXT(VkCommandBuffer _cmd, VkBool32 enable)
{
    CMD;
    cmd->state.depth_clip = enable != 0;
    cmd->state.depth_clip_set = true;
    STATE_CHANGED;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetColorBlendEnableEXT(VkCommandBuffer _cmd, uint32_t first, uint32_t count, const VkBool32 *pEnables)
{
    CMD;
    for (uint32_t i = 0; i < count && first + i < PUM_MAX_RENDER_TARGETS; i++) {
        cmd->state.blend.target[first + i].enable = pEnables[i] != 0;
    }
    STATE_CHANGED;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetColorBlendEquationEXT(VkCommandBuffer _cmd, uint32_t first, uint32_t count, const VkColorBlendEquationEXT *pEquations)
{
    CMD;
    for (uint32_t i = 0; i < count && first + i < PUM_MAX_RENDER_TARGETS; i++) {
        const VkColorBlendEquationEXT *e = &pEquations[i];
        struct pum_blend_attachment *a = &cmd->state.blend.target[first + i];
        *a = (struct pum_blend_attachment){a->enable, (uint8_t)e->srcColorBlendFactor, (uint8_t)e->dstColorBlendFactor,
                                           pum_blend_op_from_vk(e->colorBlendOp), (uint8_t)e->srcAlphaBlendFactor,
                                           (uint8_t)e->dstAlphaBlendFactor, pum_blend_op_from_vk(e->alphaBlendOp), a->write_mask, a->advanced};
    }
    STATE_CHANGED;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetColorBlendAdvancedEXT(VkCommandBuffer _cmd, uint32_t first, uint32_t count, const VkColorBlendAdvancedEXT *pAdvanced)
{
    CMD;
    for (uint32_t i = 0; i < count && first + i < PUM_MAX_RENDER_TARGETS; i++) { /* the operation is that of the equation: the later command wins */
        const VkColorBlendAdvancedEXT *e = &pAdvanced[i];
        struct pum_blend_attachment *a = &cmd->state.blend.target[first + i];
        a->color_op = a->alpha_op = pum_blend_op_from_vk(e->advancedBlendOp);
        a->advanced =
            (struct pum_advanced_state){!e->srcPremultiplied, !e->dstPremultiplied, (uint8_t)e->blendOverlap, e->clampResults != VK_FALSE};
    }
    STATE_CHANGED;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetColorWriteMaskEXT(VkCommandBuffer _cmd, uint32_t first, uint32_t count, const VkColorComponentFlags *pMasks)
{
    CMD;
    for (uint32_t i = 0; i < count && first + i < PUM_MAX_RENDER_TARGETS; i++) {
        cmd->state.blend.target[first + i].write_mask = (uint8_t)pMasks[i];
    }
    STATE_CHANGED;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetColorWriteEnableEXT(VkCommandBuffer _cmd, uint32_t count, const VkBool32 *pEnables)
{
    CMD;
    for (uint32_t i = 0; i < count && i < PUM_MAX_RENDER_TARGETS; i++) {
        const uint8_t bit = (uint8_t)(1u << i);
        cmd->state.blend.write_disabled = (uint8_t)((cmd->state.blend.write_disabled & ~bit) | (pEnables[i] ? 0 : bit));
    }
    STATE_CHANGED;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetAttachmentFeedbackLoopEnableEXT(VkCommandBuffer _cmd, VkImageAspectFlags aspects)
{
    (void)_cmd, (void)aspects; /* attachments are always read where they are written */
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetVertexInputEXT(VkCommandBuffer _cmd, uint32_t n_bindings, const VkVertexInputBindingDescription2EXT *pBindings, uint32_t n_attributes,
                         const VkVertexInputAttributeDescription2EXT *pAttributes)
{
    CMD;
    struct pum_draw_state *s = &cmd->state;
    memset(s->binding, 0, sizeof(s->binding));
    memset(s->attribute, 0, sizeof(s->attribute));
    s->attribute_count = 0;
    for (uint32_t i = 0; i < n_bindings; i++) {
        const VkVertexInputBindingDescription2EXT *b = &pBindings[i];
        if (b->binding < PUM_MAX_VERTEX_BINDINGS) {
            s->binding[b->binding] = (struct pum_vertex_binding){b->inputRate == VK_VERTEX_INPUT_RATE_INSTANCE, b->divisor};
            cmd->strides_B[b->binding] = b->stride;
        }
    }
    for (uint32_t i = 0; i < n_attributes; i++) {
        const VkVertexInputAttributeDescription2EXT *a = &pAttributes[i];
        pum_draw_state_add_attribute(s, a->location, a->binding, a->format, a->offset);
    }
    cmd->vertex_copy = NULL;
    STATE_CHANGED;
}

/* ---- conditional rendering ---- */

VKAPI_ATTR void VKAPI_CALL
pum_CmdBeginConditionalRenderingEXT(VkCommandBuffer _cmd, const VkConditionalRenderingBeginInfoEXT *pInfo)
{
    CMD;
    const struct pum_buffer *buf = pum_buffer_from_handle(pInfo->buffer);
    struct pum_packet_condition *p = pum_cmd_packet(cmd, PUM_PACKET_CONDITION, sizeof(*p));
    if (p && pum_buffer_range_B(buf, pInfo->offset, 4) == 4) {
        p->predicate = buf->data + pInfo->offset;
        p->inverted = pInfo->flags & VK_CONDITIONAL_RENDERING_INVERTED_BIT_EXT;
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdEndConditionalRenderingEXT(VkCommandBuffer _cmd)
{
    pum_cmd_packet(pum_cmd_buffer_from_handle(_cmd), PUM_PACKET_CONDITION, sizeof(struct pum_packet_condition));
}

/* ---- locations of attachments: the rasterizer's targets are numbered as the shader's outputs ---- */

void
pum_cmd_locations(struct pum_cmd_buffer *cmd, const VkRenderingAttachmentLocationInfo *info)
{
    uint32_t taken = 0, waiting = 0;
    for (uint32_t i = 0; i < PUM_MAX_RENDER_TARGETS; i++) {
        const bool listed = info && info->pColorAttachmentLocations;
        const uint32_t location = !listed                             ? i
                                  : i < info->colorAttachmentCount ? info->pColorAttachmentLocations[i]
                                                                   : VK_ATTACHMENT_UNUSED;
        if (location < PUM_MAX_RENDER_TARGETS && !(taken >> location & 1)) {
            cmd->slot[i] = (uint8_t)location;
            taken |= 1u << location;
        } else {
            waiting |= 1u << i;
        }
    }
    /* Attachments that no location writes can still be cleared: they stand where nothing else does. */
    cmd->unwritten = 0;
    for (uint32_t i = 0, free_slot = 0; i < PUM_MAX_RENDER_TARGETS; i++) {
        if (waiting >> i & 1) {
            while (taken >> free_slot & 1) {
                free_slot++;
            }
            cmd->slot[i] = (uint8_t)free_slot;
            cmd->unwritten |= (uint8_t)(1u << free_slot);
            taken |= 1u << free_slot;
        }
    }
    STATE_CHANGED;
}

void
pum_cmd_emit_locations(struct pum_cmd_buffer *cmd)
{
    struct pum_packet_locations *p = pum_cmd_packet(cmd, PUM_PACKET_LOCATIONS, sizeof(*p));
    if (p) {
        memcpy(p->slot, cmd->slot, sizeof(p->slot));
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetRenderingAttachmentLocations(VkCommandBuffer _cmd, const VkRenderingAttachmentLocationInfo *pInfo)
{
    CMD;
    pum_cmd_locations(cmd, pInfo);
    pum_cmd_emit_locations(cmd);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetRenderingInputAttachmentIndices(VkCommandBuffer _cmd, const VkRenderingInputAttachmentIndexInfo *pInfo)
{
    (void)_cmd, (void)pInfo; /* shaders find input attachments through their descriptors */
}

void
pum_cmd_effective_state(const struct pum_cmd_buffer *cmd, struct pum_draw_state *out)
{
    const struct pum_draw_state *s = &cmd->state;
    *out = *s;
    out->depth_unrestricted = cmd->base.dev->depth_unrestricted;
    /* SPEC: VkPipelineRasterizationStateCreateInfo: clipping is what clamping is not, unless it is set by itself. */
    const struct pum_pipeline *pipe = cmd->bind[0].pipeline;
    if ((!pipe || pipe->dynamic & PUM_DYN(DEPTH_CLAMP)) && !s->depth_clip_set) {
        out->depth_clip = !out->depth_clamp;
    }
    if (!pipe) {
        out->discard.count = PUM_MAX_DISCARD_RECTS;
    }
    for (uint32_t i = 0; i < PUM_MAX_RENDER_TARGETS; i++) {
        const uint32_t slot = cmd->slot[i];
        out->blend.target[slot] = s->blend.target[i];
        if (s->blend.write_disabled >> i & 1 || cmd->unwritten >> slot & 1) {
            out->blend.target[slot].write_mask = 0;
        }
    }
}
