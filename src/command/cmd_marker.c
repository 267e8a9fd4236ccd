/* Marks that tell how far a queue has come: VK_AMD_buffer_marker, VK_NV_device_diagnostic_checkpoints. */
#include "command/cmd_buffer.h"
#include "registry/vk_entrypoints.h"
#include "resource/buffer.h"

static struct pum_packet_marker *
marker(struct pum_cmd_buffer *cmd, bool top)
{
    struct pum_packet_marker *p = pum_cmd_packet(cmd, PUM_PACKET_MARKER, sizeof(*p));
    if (p) {
        p->top = top;
    }
    if (cmd->in_pass) { /* as timestamps: passes with marks in them stay in order */
        *(cmd->instance ? &cmd->instance->stamps : &cmd->stamps) = true;
    }
    return p;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdWriteBufferMarker2AMD(VkCommandBuffer _cmd, VkPipelineStageFlags2 stage, VkBuffer _dst, VkDeviceSize offset_B, uint32_t value)
{
    const struct pum_buffer *dst = pum_buffer_from_handle(_dst);
    if (!dst->data || pum_buffer_range_B(dst, offset_B, 4) < 4) {
        return;
    }
    struct pum_packet_marker *p = marker(pum_cmd_buffer_from_handle(_cmd), stage == VK_PIPELINE_STAGE_2_TOP_OF_PIPE_BIT || stage == VK_PIPELINE_STAGE_2_NONE);
    if (p) {
        p->dst = dst->data + offset_B;
        p->value = value;
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdWriteBufferMarkerAMD(VkCommandBuffer _cmd, VkPipelineStageFlagBits stage, VkBuffer dst, VkDeviceSize offset_B, uint32_t value)
{
    pum_CmdWriteBufferMarker2AMD(_cmd, (VkPipelineStageFlags2)stage, dst, offset_B, value);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetCheckpointNV(VkCommandBuffer _cmd, const void *pMarker)
{
    struct pum_packet_marker *p = marker(pum_cmd_buffer_from_handle(_cmd), false);
    if (p) {
        p->checkpoint = pMarker;
    }
}
