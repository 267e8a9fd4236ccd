/* Transform feedback. SPEC: VK_EXT_transform_feedback. */
#include "command/cmd_buffer.h"
#include "registry/vk_entrypoints.h"
#include "resource/buffer.h"

#define CMD struct pum_cmd_buffer *cmd = pum_cmd_buffer_from_handle(_cmd)

VKAPI_ATTR void VKAPI_CALL
pum_CmdBindTransformFeedbackBuffersEXT(VkCommandBuffer _cmd, uint32_t first, uint32_t count, const VkBuffer *pBuffers,
                                       const VkDeviceSize *pOffsets, const VkDeviceSize *pSizes)
{
    CMD;
    for (uint32_t i = 0; i < count && first + i < PUM_MAX_XFB_BUFFERS; i++) {
        const struct pum_buffer *buf = pum_buffer_from_handle(pBuffers[i]);
        const uint64_t size_B = buf && buf->data ? pum_buffer_range_B(buf, pOffsets[i], pSizes ? pSizes[i] : VK_WHOLE_SIZE) : 0;
        cmd->xfb.buffer[first + i].data = size_B ? buf->data + pOffsets[i] : NULL;
        cmd->xfb.buffer[first + i].size_B = size_B;
    }
}

static void
begin_or_end(struct pum_cmd_buffer *cmd, bool begin, uint32_t first, uint32_t count, const VkBuffer *pBuffers, const VkDeviceSize *pOffsets)
{
    struct pum_packet_xfb *p = pum_cmd_packet(cmd, PUM_PACKET_XFB, sizeof(*p));
    if (!p) {
        return;
    }
    p->begin = begin;
    p->xfb = cmd->xfb;
    for (uint32_t i = 0; pBuffers && i < count && first + i < PUM_MAX_XFB_BUFFERS; i++) {
        const struct pum_buffer *buf = pum_buffer_from_handle(pBuffers[i]);
        const VkDeviceSize at_B = pOffsets ? pOffsets[i] : 0;
        if (buf && buf->data && pum_buffer_range_B(buf, at_B, 4) == 4) {
            p->counter[first + i] = buf->data + at_B;
        }
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdBeginTransformFeedbackEXT(VkCommandBuffer _cmd, uint32_t first, uint32_t count, const VkBuffer *pBuffers, const VkDeviceSize *pOffsets)
{
    begin_or_end(pum_cmd_buffer_from_handle(_cmd), true, first, count, pBuffers, pOffsets);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdEndTransformFeedbackEXT(VkCommandBuffer _cmd, uint32_t first, uint32_t count, const VkBuffer *pBuffers, const VkDeviceSize *pOffsets)
{
    begin_or_end(pum_cmd_buffer_from_handle(_cmd), false, first, count, pBuffers, pOffsets);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdDrawIndirectByteCountEXT(VkCommandBuffer _cmd, uint32_t instances, uint32_t firstInstance, VkBuffer _counter, VkDeviceSize at_B,
                                uint32_t offset_B, uint32_t stride_B)
{
    CMD;
    const struct pum_buffer *buf = pum_buffer_from_handle(_counter);
    if (!stride_B || !cmd->state.vs || !buf->data || pum_buffer_range_B(buf, at_B, 4) != 4) {
        return;
    }
    struct pum_packet_draw_bytes *p = pum_cmd_packet(cmd, PUM_PACKET_DRAW_BYTES, sizeof(*p));
    if (p && pum_cmd_fill_draw(cmd, &p->state, &p->call, false)) {
        p->counter = buf->data + at_B;
        p->offset_B = offset_B;
        p->stride_B = stride_B;
        p->call.instance_count = instances;
        p->call.first_instance = firstInstance;
        cmd->cost += 100000;
    }
}
