/* Draws by mesh shaders. SPEC: drawing-mesh-shading. */
#include <string.h>

#include "command/cmd_buffer.h"
#include "registry/vk_entrypoints.h"

VKAPI_ATTR void VKAPI_CALL
pum_CmdDrawMeshTasksEXT(VkCommandBuffer _cmd, uint32_t x, uint32_t y, uint32_t z)
{
    struct pum_cmd_buffer *cmd = pum_cmd_buffer_from_handle(_cmd);
    struct pum_packet_draw *p = x && y && z && cmd->state.mesh ? pum_cmd_packet(cmd, PUM_PACKET_DRAW, sizeof(*p)) : NULL;
    if (p && pum_cmd_fill_draw(cmd, &p->state, &p->call, false)) {
        const uint32_t groups[3] = {x, y, z};
        pum_cmd_name(cmd, &p->head, cmd->bind[0].pipeline);
        memcpy(p->call.groups, groups, sizeof(groups));
        cmd->cost += (uint64_t)PUM_MIN((double)x * y * z, 1e12) * 5000 + (cmd->state.task ? 1000000 : 0); /* a task may become anything */
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdDrawMeshTasksIndirectEXT(VkCommandBuffer _cmd, VkBuffer buf, VkDeviceSize offset_B, uint32_t count, uint32_t stride_B)
{
    pum_cmd_draw_indirect(_cmd, buf, offset_B, count, stride_B, PUM_DRAW_MESH);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdDrawMeshTasksIndirectCountEXT(VkCommandBuffer _cmd, VkBuffer buf, VkDeviceSize offset_B, VkBuffer counts, VkDeviceSize count_offset_B,
                                     uint32_t max_count, uint32_t stride_B)
{
    pum_cmd_draw_indirect_count(_cmd, buf, offset_B, counts, count_offset_B, max_count, stride_B, PUM_DRAW_MESH);
}
