/* Queries, events, barriers, and what of them the graph of a submission needs to know. */
#include "command/cmd_sync.h"

#include <string.h>

#include "object/pnext.h"
#include "registry/vk_entrypoints.h"
#include "resource/buffer.h"

#define CMD struct pum_cmd_buffer *cmd = pum_cmd_buffer_from_handle(_cmd)

/* ---- for the graph ---- */

#define EARLIER_BIT (1u << 7) /* of open: command buffers that were submitted before this one */

void
pum_cmd_order_init(struct pum_cmd_buffer *cmd)
{
    memset(cmd->open, EARLIER_BIT, sizeof(cmd->open));
}

void
pum_cmd_order(struct pum_cmd_buffer *cmd, enum pum_packet_type type, uint8_t stages)
{
    if (cmd->in_pass || (type == PUM_PACKET_DISPATCH && cmd->last && cmd->last->type == PUM_PACKET_DISPATCH)) {
        return; /* part of a node */
    }
    /* What the new node may overlap: what its first stage does not wait for. (The others of a pass wait for no less.) */
    const uint8_t with = cmd->open[__builtin_ctz(stages)];
    cmd->overlaps = cmd->overlaps || with & PUM_SCOPE_ALL_BITS;
    cmd->overlaps_earlier = cmd->overlaps_earlier || with & EARLIER_BIT;
    for (uint32_t s = 0; s < PUM_SCOPE_COUNT; s++) {
        cmd->open[s] |= stages;
    }
}

/* The pass, or the buffer that is executed in one, waits for events. */
static void
wait_inside(struct pum_cmd_buffer *cmd)
{
    *(cmd->instance ? &cmd->instance->waits : &cmd->waits_inside) = true;
}

/* Widens what the pass uses of queries. */
static void
use_queries(struct pum_cmd_buffer *cmd, const uint8_t *first, const uint8_t *end, bool stamps)
{
    bool *stamp = cmd->instance ? &cmd->instance->stamps : &cmd->stamps;
    *stamp = *stamp || stamps;
    const uint8_t **lo = cmd->instance ? &cmd->instance->query_lo : &cmd->query_lo;
    const uint8_t **hi = cmd->instance ? &cmd->instance->query_hi : &cmd->query_hi;
    *lo = !*lo || first < *lo ? first : *lo;
    *hi = end > *hi ? end : *hi;
}

void
pum_cmd_order_secondary(struct pum_cmd_buffer *cmd, const struct pum_cmd_buffer *secondary)
{
    if (cmd->in_pass) {
        if (secondary->waits_inside) {
            wait_inside(cmd);
        }
        if (secondary->query_lo) {
            use_queries(cmd, secondary->query_lo, secondary->query_hi, secondary->stamps);
        } else if (secondary->stamps) {
            *(cmd->instance ? &cmd->instance->stamps : &cmd->stamps) = true;
        }
        return;
    }
    cmd->n_nodes += secondary->n_nodes;
    uint8_t before = 0;
    for (uint32_t s = 0; s < PUM_SCOPE_COUNT; s++) {
        before |= cmd->open[s];
        cmd->open[s] |= secondary->open[s];
    }
    cmd->overlaps = cmd->overlaps || secondary->overlaps || (secondary->overlaps_earlier && before & PUM_SCOPE_ALL_BITS);
    cmd->overlaps_earlier = cmd->overlaps_earlier || (secondary->overlaps_earlier && before & EARLIER_BIT);
}

void
pum_cmd_barrier(struct pum_cmd_buffer *cmd, const struct pum_order *o)
{
    if (cmd->in_pass || (pum_order_is_empty(o) && !(cmd->last && cmd->last->type == PUM_PACKET_DISPATCH))) {
        return;
    }
    struct pum_packet_barrier *p = pum_cmd_packet(cmd, PUM_PACKET_BARRIER, sizeof(*p));
    if (p) {
        p->order = *o;
        cmd->cost -= PUM_COST_PACKET;
        cmd->n_nodes--;
    }
    for (uint32_t s = 0; s < PUM_SCOPE_COUNT; s++) {
        cmd->open[s] &= (uint8_t)~(o->after[s] == PUM_SCOPE_ALL_BITS ? 0xff : o->after[s]);
    }
}

/* ---- queries ---- */

static void
query(struct pum_cmd_buffer *cmd, VkQueryPool _pool, uint32_t first, uint32_t count, enum pum_query_action action, uint32_t stream)
{
    struct pum_packet_query *p = pum_cmd_packet(cmd, PUM_PACKET_QUERY, sizeof(*p));
    if (p) {
        p->pool = pum_query_pool_from_handle(_pool);
        p->first = first;
        p->count = count;
        p->action = (uint8_t)action;
        p->stream = (uint8_t)stream;
        if (cmd->in_pass) {
            const uint32_t n = cmd->instance && !cmd->instance_views ? 1 : 32; /* multiview: one per view */
            use_queries(cmd, (const uint8_t *)&p->pool->query[first], (const uint8_t *)&p->pool->query[PUM_MIN(first + n, p->pool->count)],
                        action == PUM_QUERY_TIMESTAMP);
        }
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdBeginQuery(VkCommandBuffer _cmd, VkQueryPool _pool, uint32_t i, VkQueryControlFlags flags)
{
    (void)flags; /* every query is precise */
    query(pum_cmd_buffer_from_handle(_cmd), _pool, i, 1, PUM_QUERY_BEGIN, 0);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdEndQuery(VkCommandBuffer _cmd, VkQueryPool _pool, uint32_t i)
{
    query(pum_cmd_buffer_from_handle(_cmd), _pool, i, 1, PUM_QUERY_END, 0);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdBeginQueryIndexedEXT(VkCommandBuffer _cmd, VkQueryPool _pool, uint32_t i, VkQueryControlFlags flags, uint32_t index)
{
    (void)flags;
    query(pum_cmd_buffer_from_handle(_cmd), _pool, i, 1, PUM_QUERY_BEGIN, index);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdEndQueryIndexedEXT(VkCommandBuffer _cmd, VkQueryPool _pool, uint32_t i, uint32_t index)
{
    query(pum_cmd_buffer_from_handle(_cmd), _pool, i, 1, PUM_QUERY_END, index);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdResetQueryPool(VkCommandBuffer _cmd, VkQueryPool _pool, uint32_t first, uint32_t count)
{
    query(pum_cmd_buffer_from_handle(_cmd), _pool, first, count, PUM_QUERY_RESET, 0);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdWriteTimestamp(VkCommandBuffer _cmd, VkPipelineStageFlagBits stage, VkQueryPool _pool, uint32_t i)
{
    (void)stage;
    query(pum_cmd_buffer_from_handle(_cmd), _pool, i, 1, PUM_QUERY_TIMESTAMP, 0);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdWriteTimestamp2(VkCommandBuffer _cmd, VkPipelineStageFlags2 stage, VkQueryPool _pool, uint32_t i)
{
    (void)stage;
    query(pum_cmd_buffer_from_handle(_cmd), _pool, i, 1, PUM_QUERY_TIMESTAMP, 0);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdCopyQueryPoolResults(VkCommandBuffer _cmd, VkQueryPool _pool, uint32_t first, uint32_t count, VkBuffer _dst, VkDeviceSize offset_B,
                            VkDeviceSize stride_B, VkQueryResultFlags flags)
{
    CMD;
    pum_cmd_order(cmd, PUM_PACKET_COPY_QUERIES, PUM_SCOPE_TRANSFER_BIT);
    struct pum_packet_copy_queries *p = pum_cmd_packet(cmd, PUM_PACKET_COPY_QUERIES, sizeof(*p));
    if (p) {
        p->pool = pum_query_pool_from_handle(_pool);
        p->first = first;
        p->count = count;
        p->dst = pum_buffer_from_handle(_dst)->data + offset_B;
        p->stride_B = stride_B;
        p->flags = flags;
    }
}

/* stages: the first scope, enum pum_scope_bit. */
static void
event(struct pum_cmd_buffer *cmd, VkEvent _event, bool set, uint8_t stages)
{
    struct pum_packet_event *p = pum_cmd_packet(cmd, PUM_PACKET_EVENT, sizeof(*p));
    if (p) {
        p->event = pum_event_from_handle(_event);
        p->set = set;
        p->stages = stages;
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetEvent(VkCommandBuffer _cmd, VkEvent _event, VkPipelineStageFlags stages)
{
    event(pum_cmd_buffer_from_handle(_cmd), _event, true, pum_scope_first(stages));
}

/* Both scopes of all parts of a VkDependencyInfo. */
static struct pum_order
order_of(const VkDependencyInfo *info)
{
    struct pum_order o = {{0}};
    for (uint32_t i = 0; i < info->memoryBarrierCount; i++) {
        pum_order_add(&o, info->pMemoryBarriers[i].srcStageMask, info->pMemoryBarriers[i].dstStageMask);
    }
    for (uint32_t i = 0; i < info->bufferMemoryBarrierCount; i++) {
        pum_order_add(&o, info->pBufferMemoryBarriers[i].srcStageMask, info->pBufferMemoryBarriers[i].dstStageMask);
    }
    for (uint32_t i = 0; i < info->imageMemoryBarrierCount; i++) {
        pum_order_add(&o, info->pImageMemoryBarriers[i].srcStageMask, info->pImageMemoryBarriers[i].dstStageMask);
    }
    const VkMemoryRangeBarriersInfoKHR *ranges = pum_pnext_find(info->pNext, VK_STRUCTURE_TYPE_MEMORY_RANGE_BARRIERS_INFO_KHR);
    for (uint32_t i = 0; ranges && i < ranges->memoryRangeBarrierCount; i++) {
        pum_order_add(&o, ranges->pMemoryRangeBarriers[i].srcStageMask, ranges->pMemoryRangeBarriers[i].dstStageMask);
    }
    return o;
}

/* One scope of them all. (The half of a barrier that sets an event may leave out the second: VK_DEPENDENCY_ASYMMETRIC_EVENT_BIT_KHR.) */
static uint8_t
scope_of(const VkDependencyInfo *info, bool second)
{
    VkPipelineStageFlags2 stages = 0;
    for (uint32_t i = 0; i < info->memoryBarrierCount; i++) {
        stages |= second ? info->pMemoryBarriers[i].dstStageMask : info->pMemoryBarriers[i].srcStageMask;
    }
    for (uint32_t i = 0; i < info->bufferMemoryBarrierCount; i++) {
        stages |= second ? info->pBufferMemoryBarriers[i].dstStageMask : info->pBufferMemoryBarriers[i].srcStageMask;
    }
    for (uint32_t i = 0; i < info->imageMemoryBarrierCount; i++) {
        stages |= second ? info->pImageMemoryBarriers[i].dstStageMask : info->pImageMemoryBarriers[i].srcStageMask;
    }
    const VkMemoryRangeBarriersInfoKHR *ranges = pum_pnext_find(info->pNext, VK_STRUCTURE_TYPE_MEMORY_RANGE_BARRIERS_INFO_KHR);
    for (uint32_t i = 0; ranges && i < ranges->memoryRangeBarrierCount; i++) {
        stages |= second ? ranges->pMemoryRangeBarriers[i].dstStageMask : ranges->pMemoryRangeBarriers[i].srcStageMask;
    }
    return second ? pum_scope_second(stages) : pum_scope_first(stages);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetEvent2(VkCommandBuffer _cmd, VkEvent _event, const VkDependencyInfo *pInfo)
{
    event(pum_cmd_buffer_from_handle(_cmd), _event, true, scope_of(pInfo, false));
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdResetEvent(VkCommandBuffer _cmd, VkEvent _event, VkPipelineStageFlags stages)
{
    event(pum_cmd_buffer_from_handle(_cmd), _event, false, pum_scope_first(stages));
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdResetEvent2(VkCommandBuffer _cmd, VkEvent _event, VkPipelineStageFlags2 stages)
{
    event(pum_cmd_buffer_from_handle(_cmd), _event, false, pum_scope_first(stages));
}

/* stages: the second scope, enum pum_scope_bit. */
static void
wait_event(struct pum_cmd_buffer *cmd, VkEvent _event, uint8_t stages)
{
    struct pum_packet_event *p = pum_cmd_packet(cmd, PUM_PACKET_WAIT_EVENT, sizeof(*p));
    if (p) {
        p->event = pum_event_from_handle(_event);
        p->stages = stages;
        cmd->cost += PUM_COST_MAY_BLOCK;
        wait_inside(cmd);
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdWaitEvents(VkCommandBuffer _cmd, uint32_t count, const VkEvent *pEvents, VkPipelineStageFlags src, VkPipelineStageFlags dst,
                  uint32_t mc, const VkMemoryBarrier *m, uint32_t bc, const VkBufferMemoryBarrier *b, uint32_t ic, const VkImageMemoryBarrier *i)
{
    (void)src, (void)mc, (void)m, (void)bc, (void)b, (void)ic, (void)i;
    for (uint32_t k = 0; k < count; k++) {
        wait_event(pum_cmd_buffer_from_handle(_cmd), pEvents[k], pum_scope_second(dst));
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdWaitEvents2(VkCommandBuffer _cmd, uint32_t count, const VkEvent *pEvents, const VkDependencyInfo *pInfos)
{
    for (uint32_t i = 0; i < count; i++) {
        wait_event(pum_cmd_buffer_from_handle(_cmd), pEvents[i], scope_of(&pInfos[i], true));
    }
}

/* Inside a pass its draws stay in order, but the vertices of all of them do not wait for each other by themselves. (Fragments run in the order
 * of draws in each tile.) What a vertex shader has stored for the vertex shader of a later draw needs the pass to run up to there. */
static void
barrier_inside(struct pum_cmd_buffer *cmd, VkPipelineStageFlags2 src, VkAccessFlags2 access)
{
    const VkPipelineStageFlags2 vertices = VK_PIPELINE_STAGE_2_VERTEX_SHADER_BIT | VK_PIPELINE_STAGE_2_PRE_RASTERIZATION_SHADERS_BIT |
                                           VK_PIPELINE_STAGE_2_ALL_GRAPHICS_BIT | VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT |
                                           VK_PIPELINE_STAGE_2_TRANSFORM_FEEDBACK_BIT_EXT | VK_PIPELINE_STAGE_2_GEOMETRY_SHADER_BIT |
                                           VK_PIPELINE_STAGE_2_TESSELLATION_CONTROL_SHADER_BIT | VK_PIPELINE_STAGE_2_TESSELLATION_EVALUATION_SHADER_BIT |
                                           VK_PIPELINE_STAGE_2_TASK_SHADER_BIT_EXT | VK_PIPELINE_STAGE_2_MESH_SHADER_BIT_EXT;
    const VkAccessFlags2 stores = VK_ACCESS_2_SHADER_WRITE_BIT | VK_ACCESS_2_SHADER_STORAGE_WRITE_BIT | VK_ACCESS_2_MEMORY_WRITE_BIT |
                                  VK_ACCESS_2_TRANSFORM_FEEDBACK_WRITE_BIT_EXT;
    if (cmd->in_pass && src & vertices && access & stores) {
        pum_cmd_packet(cmd, PUM_PACKET_FLUSH_PASS, sizeof(struct pum_packet));
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdPipelineBarrier(VkCommandBuffer _cmd, VkPipelineStageFlags src, VkPipelineStageFlags dst, VkDependencyFlags flags, uint32_t mc,
                       const VkMemoryBarrier *m, uint32_t bc, const VkBufferMemoryBarrier *b, uint32_t ic, const VkImageMemoryBarrier *i)
{
    CMD;
    (void)flags;
    VkAccessFlags access = 0;
    for (uint32_t k = 0; k < mc; k++) {
        access |= m[k].srcAccessMask;
    }
    for (uint32_t k = 0; k < bc; k++) {
        access |= b[k].srcAccessMask;
    }
    for (uint32_t k = 0; k < ic; k++) {
        access |= i[k].srcAccessMask;
    }
    barrier_inside(cmd, src, access);
    struct pum_order o = {{0}};
    pum_order_add(&o, src, dst);
    pum_cmd_barrier(cmd, &o);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdPipelineBarrier2(VkCommandBuffer _cmd, const VkDependencyInfo *pInfo)
{
    CMD;
    for (uint32_t k = 0; k < pInfo->memoryBarrierCount; k++) {
        barrier_inside(cmd, pInfo->pMemoryBarriers[k].srcStageMask, pInfo->pMemoryBarriers[k].srcAccessMask);
    }
    for (uint32_t k = 0; k < pInfo->bufferMemoryBarrierCount; k++) {
        barrier_inside(cmd, pInfo->pBufferMemoryBarriers[k].srcStageMask, pInfo->pBufferMemoryBarriers[k].srcAccessMask);
    }
    for (uint32_t k = 0; k < pInfo->imageMemoryBarrierCount; k++) {
        barrier_inside(cmd, pInfo->pImageMemoryBarriers[k].srcStageMask, pInfo->pImageMemoryBarriers[k].srcAccessMask);
    }
    const struct pum_order o = order_of(pInfo);
    pum_cmd_barrier(cmd, &o);
}
