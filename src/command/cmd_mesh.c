/* Draws by mesh shaders. SPEC: drawing-mesh-shading. */
#include <string.h>

#include "command/cmd_buffer.h"
#include "registry/vk_entrypoints.h"
#include "resource/buffer.h"

VKAPI_ATTR void VKAPI_CALL
pum_CmdDrawMeshTasksEXT(VkCommandBuffer _cmd, uint32_t x, uint32_t y, uint32_t z)
{
    struct pum_cmd_buffer *cmd = pum_cmd_buffer_from_handle(_cmd);
    struct pum_packet_draw *p = x && y && z && cmd->state.mesh ? pum_cmd_packet(cmd, PUM_PACKET_DRAW, sizeof(*p)) : NULL;
    if (p && pum_cmd_fill_draw(cmd, &p->state, &p->call, false)) {
        const uint32_t groups[3] = {x, y, z};
        memcpy(p->call.groups, groups, sizeof(groups));
        cmd->cost += (uint64_t)PUM_MIN((double)x * y * z, 1e12) * 5000 + (cmd->state.task ? 1000000 : 0); /* a task may become anything */
    }
}

/* count_data: u32 in a buffer, or NULL. */
static void
draw_indirect(struct pum_cmd_buffer *cmd, VkBuffer _buf, VkDeviceSize offset_B, const uint8_t *count_data, uint32_t count, uint32_t stride_B)
{
    const struct pum_buffer *buf = pum_buffer_from_handle(_buf);
    struct pum_packet_draw_indirect *p = count && cmd->state.mesh ? pum_cmd_packet(cmd, PUM_PACKET_DRAW_INDIRECT, sizeof(*p)) : NULL;
    if (p && pum_cmd_fill_draw(cmd, &p->state, &p->call, false)) {
        p->count_data = count_data;
        p->args = buf->data + offset_B;
        p->args_range_B = pum_buffer_range_B(buf, offset_B, VK_WHOLE_SIZE);
        p->count = count;
        p->stride_B = stride_B;
        p->mesh = true;
        cmd->cost += 1000000;
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdDrawMeshTasksIndirectEXT(VkCommandBuffer _cmd, VkBuffer buf, VkDeviceSize offset_B, uint32_t count, uint32_t stride_B)
{
    draw_indirect(pum_cmd_buffer_from_handle(_cmd), buf, offset_B, NULL, count, stride_B);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdDrawMeshTasksIndirectCountEXT(VkCommandBuffer _cmd, VkBuffer buf, VkDeviceSize offset_B, VkBuffer _counts, VkDeviceSize count_offset_B,
                                     uint32_t max_count, uint32_t stride_B)
{
    const struct pum_buffer *counts = pum_buffer_from_handle(_counts);
    if (pum_buffer_range_B(counts, count_offset_B, 4) == 4) {
        draw_indirect(pum_cmd_buffer_from_handle(_cmd), buf, offset_B, counts->data + count_offset_B, max_count, stride_B);
    }
}
