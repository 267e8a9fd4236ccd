/* Commands on acceleration structures. To barriers their stages are compute. SPEC: acceleration-structure-building, acceleration-structure-copying */
#include <string.h>

#include "command/cmd_buffer.h"
#include "command/cmd_sync.h"
#include "registry/vk_entrypoints.h"
#include "resource/acceleration_structure.h"

#define WORK_PER_PRIMITIVE 30u

static void *
cmd_alloc(void *cmd, size_t size_B)
{
    void *p = pum_cmd_alloc(cmd, size_B);
    if (p) {
        memset(p, 0, size_B);
    }
    return p;
}

static struct pum_packet_accel *
packet(struct pum_cmd_buffer *cmd)
{
    pum_cmd_order(cmd, PUM_PACKET_ACCEL, PUM_SCOPE_COMPUTE_BIT);
    return pum_cmd_packet(cmd, PUM_PACKET_ACCEL, sizeof(struct pum_packet_accel));
}

static void
record(struct pum_cmd_buffer *cmd, const struct pum_accel_op *op)
{
    struct pum_packet_accel *p = packet(cmd);
    if (p) {
        p->op = *op;
        cmd->cost += pum_accel_op_work(op) * WORK_PER_PRIMITIVE;
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdBuildAccelerationStructuresKHR(VkCommandBuffer _cmd, uint32_t count, const VkAccelerationStructureBuildGeometryInfoKHR *pInfos,
                                      const VkAccelerationStructureBuildRangeInfoKHR *const *ppRanges)
{
    struct pum_cmd_buffer *cmd = pum_cmd_buffer_from_handle(_cmd);
    struct pum_accel_op op = {0};
    if (count && pum_accel_op_build(&op, cmd->base.dev, count, pInfos, ppRanges, false, cmd_alloc, cmd)) {
        record(cmd, &op);
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdBuildAccelerationStructuresIndirectKHR(VkCommandBuffer _cmd, uint32_t count, const VkAccelerationStructureBuildGeometryInfoKHR *pInfos,
                                              const VkDeviceAddress *pAddresses, const uint32_t *pStrides, const uint32_t *const *ppMaxCounts)
{
    struct pum_cmd_buffer *cmd = pum_cmd_buffer_from_handle(_cmd);
    struct pum_accel_op op = {0};
    if (!count || !pum_accel_op_build(&op, cmd->base.dev, count, pInfos, NULL, false, cmd_alloc, cmd)) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        op.build[i].ranges = (const uint8_t *)(uintptr_t)pAddresses[i];
        op.build[i].range_stride_B = pStrides[i];
        for (uint32_t g = 0; g < op.build[i].input.n_geometries; g++) { /* what the device says is cut to it */
            op.build[i].input.geometry[g].count = ppMaxCounts[i][g];
        }
    }
    record(cmd, &op);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdCopyAccelerationStructureKHR(VkCommandBuffer _cmd, const VkCopyAccelerationStructureInfoKHR *pInfo)
{
    struct pum_accel_op op = {0};
    pum_accel_op_copy(&op, pInfo);
    record(pum_cmd_buffer_from_handle(_cmd), &op);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdCopyAccelerationStructureToMemoryKHR(VkCommandBuffer _cmd, const VkCopyAccelerationStructureToMemoryInfoKHR *pInfo)
{
    struct pum_accel_op op = {0};
    pum_accel_op_serialize(&op, pInfo, false);
    record(pum_cmd_buffer_from_handle(_cmd), &op);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdCopyMemoryToAccelerationStructureKHR(VkCommandBuffer _cmd, const VkCopyMemoryToAccelerationStructureInfoKHR *pInfo)
{
    struct pum_accel_op op = {0};
    pum_accel_op_deserialize(&op, pInfo, false);
    record(pum_cmd_buffer_from_handle(_cmd), &op);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdWriteAccelerationStructuresPropertiesKHR(VkCommandBuffer _cmd, uint32_t count, const VkAccelerationStructureKHR *pAccels, VkQueryType type,
                                                VkQueryPool _pool, uint32_t first)
{
    struct pum_cmd_buffer *cmd = pum_cmd_buffer_from_handle(_cmd);
    struct pum_accel_op op = {.kind = PUM_ACCEL_OP_PROPERTIES};
    op.n_accels = count;
    op.first = first;
    op.property = type;
    op.pool = pum_query_pool_from_handle(_pool);
    op.accels = pum_cmd_alloc(cmd, count * sizeof(op.accels[0]));
    if (!op.accels) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        op.accels[i] = pum_accel_data(pum_acceleration_structure_from_handle(pAccels[i]));
    }
    record(cmd, &op);
}
