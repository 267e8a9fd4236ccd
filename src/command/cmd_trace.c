/* Launches of rays. SPEC: ray-tracing-commands. Conditional rendering does not skip them. */
#include <string.h>

#include "command/cmd_buffer.h"
#include "command/cmd_sync.h"
#include "object/device_base.h"
#include "pipeline/ray_pipeline.h"
#include "registry/vk_entrypoints.h"

#define COST_RAY 200u    /* per ray; a guess */
#define COST_MIN 100000u /* shaders call each other on the stack: never on that of the application's thread */

/* NULL: nothing is to be done, or memory is lacking. */
static struct pum_packet_trace_rays *
trace_packet(struct pum_cmd_buffer *cmd)
{
    struct pum_bind_point *bind = pum_cmd_bind_point(cmd, VK_PIPELINE_BIND_POINT_RAY_TRACING_KHR);
    if (!bind->pipeline || !bind->pipeline->ray) {
        return NULL;
    }
    pum_cmd_order(cmd, PUM_PACKET_TRACE_RAYS, PUM_SCOPE_COMPUTE_BIT);
    struct pum_packet_trace_rays *p = pum_cmd_packet(cmd, PUM_PACKET_TRACE_RAYS, sizeof(*p));
    const struct pum_shader_ctx *ctx = p ? pum_cmd_ctx(cmd, bind) : NULL;
    if (!ctx) {
        cmd->result = VK_ERROR_OUT_OF_HOST_MEMORY;
        return NULL;
    }
    p->pipeline = bind->pipeline->ray;
    p->ctx = ctx;
    pum_cmd_name(cmd, &p->head, bind->pipeline);
    cmd->has_loops = true; /* recursion can be as much */
    cmd->cost += COST_MIN;
    return p;
}

static struct pum_shader_table
table(const VkStridedDeviceAddressRegionKHR *r)
{
    return (struct pum_shader_table){r->deviceAddress, r->stride, r->size};
}

static struct pum_packet_trace_rays *
trace_with_tables(VkCommandBuffer _cmd, const VkStridedDeviceAddressRegionKHR *raygen, const VkStridedDeviceAddressRegionKHR *miss,
                  const VkStridedDeviceAddressRegionKHR *hit, const VkStridedDeviceAddressRegionKHR *callable)
{
    struct pum_packet_trace_rays *p = trace_packet(pum_cmd_buffer_from_handle(_cmd));
    if (p) {
        p->table[PUM_TABLE_RAYGEN] = table(raygen);
        p->table[PUM_TABLE_MISS] = table(miss);
        p->table[PUM_TABLE_HIT] = table(hit);
        p->table[PUM_TABLE_CALLABLE] = table(callable);
    }
    return p;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdTraceRaysKHR(VkCommandBuffer _cmd, const VkStridedDeviceAddressRegionKHR *pRaygen, const VkStridedDeviceAddressRegionKHR *pMiss,
                    const VkStridedDeviceAddressRegionKHR *pHit, const VkStridedDeviceAddressRegionKHR *pCallable, uint32_t width, uint32_t height,
                    uint32_t depth)
{
    struct pum_packet_trace_rays *p = trace_with_tables(_cmd, pRaygen, pMiss, pHit, pCallable);
    if (p) {
        p->size[0] = width;
        p->size[1] = height;
        p->size[2] = depth;
        const uint64_t most = (uint64_t)1 << 30, slice = PUM_MIN((uint64_t)width * height, most);
        pum_cmd_buffer_from_handle(_cmd)->cost += PUM_MIN(slice * depth, most) * COST_RAY;
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdTraceRaysIndirectKHR(VkCommandBuffer _cmd, const VkStridedDeviceAddressRegionKHR *pRaygen, const VkStridedDeviceAddressRegionKHR *pMiss,
                            const VkStridedDeviceAddressRegionKHR *pHit, const VkStridedDeviceAddressRegionKHR *pCallable, VkDeviceAddress address)
{
    struct pum_packet_trace_rays *p = trace_with_tables(_cmd, pRaygen, pMiss, pHit, pCallable);
    if (p) {
        p->indirect = address;
        pum_cmd_buffer_from_handle(_cmd)->cost += 1000000;
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdTraceRaysIndirect2KHR(VkCommandBuffer _cmd, VkDeviceAddress address)
{
    struct pum_packet_trace_rays *p = trace_packet(pum_cmd_buffer_from_handle(_cmd));
    if (p) {
        p->indirect = address;
        p->indirect_tables = true;
        pum_cmd_buffer_from_handle(_cmd)->cost += 1000000;
    }
}

/* Stacks grow while shaders run, up to limits that no pipeline has (exec/ray_stack.h). */
VKAPI_ATTR void VKAPI_CALL
pum_CmdSetRayTracingPipelineStackSizeKHR(VkCommandBuffer _cmd, uint32_t size_B)
{
    (void)_cmd;
    (void)size_B;
}
