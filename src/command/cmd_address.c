/* Commands that name memory by its address: VK_KHR_device_address_commands, VK_KHR_copy_memory_indirect. A range becomes a buffer for the length of
 * the call, since recording keeps pointers, not buffers. What lies in no memory of the device does nothing. SPEC: fundamentals-devicememory */
#include "command/cmd_buffer.h"
#include "command/cmd_sync.h"
#include "memory/address_map.h"
#include "object/device_base.h"
#include "registry/vk_entrypoints.h"
#include "resource/buffer.h"

#define CMD struct pum_cmd_buffer *cmd = pum_cmd_buffer_from_handle(_cmd)

/* False: there is no such memory. */
static bool
range_buffer(VkCommandBuffer _cmd, VkDeviceAddress address, VkDeviceSize size_B, struct pum_buffer *out)
{
    const uint64_t room_B = address ? pum_address_room_B(pum_cmd_buffer_from_handle(_cmd)->base.dev, address, NULL) : 0;
    *out = (struct pum_buffer){.size_B = PUM_MIN(size_B, room_B), .data = room_B ? (uint8_t *)(uintptr_t)address : NULL};
    return out->size_B > 0;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdBindIndexBuffer3KHR(VkCommandBuffer _cmd, const VkBindIndexBuffer3InfoKHR *pInfo)
{
    struct pum_buffer b;
    const bool some = range_buffer(_cmd, pInfo->addressRange.address, pInfo->addressRange.size, &b);
    pum_CmdBindIndexBuffer2(_cmd, some ? pum_buffer_to_handle(&b) : VK_NULL_HANDLE, 0, VK_WHOLE_SIZE, pInfo->indexType);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdBindVertexBuffers3KHR(VkCommandBuffer _cmd, uint32_t first, uint32_t count, const VkBindVertexBuffer3InfoKHR *pInfos)
{
    for (uint32_t i = 0; i < count; i++) {
        struct pum_buffer b;
        const bool some = range_buffer(_cmd, pInfos[i].addressRange.address, pInfos[i].addressRange.size, &b);
        const VkBuffer handle = some ? pum_buffer_to_handle(&b) : VK_NULL_HANDLE;
        const VkDeviceSize zero = 0, whole = VK_WHOLE_SIZE;
        pum_CmdBindVertexBuffers2(_cmd, first + i, 1, &handle, &zero, &whole, pInfos[i].setStride ? &pInfos[i].addressRange.stride : NULL);
    }
}

static void
draw(VkCommandBuffer _cmd, const VkDrawIndirect2InfoKHR *info, PFN_vkCmdDrawIndirect with_buffer)
{
    struct pum_buffer b;
    if (range_buffer(_cmd, info->addressRange.address, info->addressRange.size, &b)) {
        with_buffer(_cmd, pum_buffer_to_handle(&b), 0, info->drawCount, (uint32_t)info->addressRange.stride);
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdDrawIndirect2KHR(VkCommandBuffer _cmd, const VkDrawIndirect2InfoKHR *pInfo)
{
    draw(_cmd, pInfo, pum_CmdDrawIndirect);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdDrawIndexedIndirect2KHR(VkCommandBuffer _cmd, const VkDrawIndirect2InfoKHR *pInfo)
{
    draw(_cmd, pInfo, pum_CmdDrawIndexedIndirect);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdDrawMeshTasksIndirect2EXT(VkCommandBuffer _cmd, const VkDrawIndirect2InfoKHR *pInfo)
{
    draw(_cmd, pInfo, pum_CmdDrawMeshTasksIndirectEXT);
}

static void
draw_count(VkCommandBuffer _cmd, const VkDrawIndirectCount2InfoKHR *info, PFN_vkCmdDrawIndirectCount with_buffers)
{
    struct pum_buffer b, counts;
    if (range_buffer(_cmd, info->addressRange.address, info->addressRange.size, &b) &&
        range_buffer(_cmd, info->countAddressRange.address, info->countAddressRange.size, &counts)) {
        with_buffers(_cmd, pum_buffer_to_handle(&b), 0, pum_buffer_to_handle(&counts), 0, info->maxDrawCount, (uint32_t)info->addressRange.stride);
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdDrawIndirectCount2KHR(VkCommandBuffer _cmd, const VkDrawIndirectCount2InfoKHR *pInfo)
{
    draw_count(_cmd, pInfo, pum_CmdDrawIndirectCount);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdDrawIndexedIndirectCount2KHR(VkCommandBuffer _cmd, const VkDrawIndirectCount2InfoKHR *pInfo)
{
    draw_count(_cmd, pInfo, pum_CmdDrawIndexedIndirectCount);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdDrawMeshTasksIndirectCount2EXT(VkCommandBuffer _cmd, const VkDrawIndirectCount2InfoKHR *pInfo)
{
    draw_count(_cmd, pInfo, pum_CmdDrawMeshTasksIndirectCountEXT);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdDispatchIndirect2KHR(VkCommandBuffer _cmd, const VkDispatchIndirect2InfoKHR *pInfo)
{
    struct pum_buffer b;
    if (range_buffer(_cmd, pInfo->addressRange.address, pInfo->addressRange.size, &b)) {
        pum_CmdDispatchIndirect(_cmd, pum_buffer_to_handle(&b), 0);
    }
}

/* ---- copies ---- */

VKAPI_ATTR void VKAPI_CALL
pum_CmdCopyMemoryKHR(VkCommandBuffer _cmd, const VkCopyDeviceMemoryInfoKHR *pInfo)
{
    for (uint32_t i = 0; i < pInfo->regionCount; i++) {
        const VkDeviceMemoryCopyKHR *r = &pInfo->pRegions[i];
        struct pum_buffer src, dst;
        if (range_buffer(_cmd, r->srcRange.address, r->srcRange.size, &src) && range_buffer(_cmd, r->dstRange.address, r->dstRange.size, &dst)) {
            const VkBufferCopy region = {0, 0, PUM_MIN(r->srcRange.size, r->dstRange.size)};
            pum_CmdCopyBuffer(_cmd, pum_buffer_to_handle(&src), pum_buffer_to_handle(&dst), 1, &region);
        }
    }
}

static void
copy_image(VkCommandBuffer _cmd, const VkCopyDeviceMemoryImageInfoKHR *info, bool to_image)
{
    for (uint32_t i = 0; i < info->regionCount; i++) {
        const VkDeviceMemoryImageCopyKHR *r = &info->pRegions[i];
        const VkBufferImageCopy region = {.bufferRowLength = r->addressRowLength, .bufferImageHeight = r->addressImageHeight,
                                          .imageSubresource = r->imageSubresource, .imageOffset = r->imageOffset, .imageExtent = r->imageExtent};
        struct pum_buffer b;
        if (!range_buffer(_cmd, r->addressRange.address, r->addressRange.size, &b)) {
            continue;
        }
        if (to_image) {
            pum_CmdCopyBufferToImage(_cmd, pum_buffer_to_handle(&b), info->image, r->imageLayout, 1, &region);
        } else {
            pum_CmdCopyImageToBuffer(_cmd, info->image, r->imageLayout, pum_buffer_to_handle(&b), 1, &region);
        }
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdCopyMemoryToImageKHR(VkCommandBuffer _cmd, const VkCopyDeviceMemoryImageInfoKHR *pInfo)
{
    copy_image(_cmd, pInfo, true);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdCopyImageToMemoryKHR(VkCommandBuffer _cmd, const VkCopyDeviceMemoryImageInfoKHR *pInfo)
{
    copy_image(_cmd, pInfo, false);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdUpdateMemoryKHR(VkCommandBuffer _cmd, const VkDeviceAddressRangeKHR *pRange, VkAddressCommandFlagsKHR flags, VkDeviceSize size_B, const void *pData)
{
    (void)flags;
    struct pum_buffer b;
    if (range_buffer(_cmd, pRange->address, pRange->size, &b)) {
        pum_CmdUpdateBuffer(_cmd, pum_buffer_to_handle(&b), 0, size_B, pData);
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdFillMemoryKHR(VkCommandBuffer _cmd, const VkDeviceAddressRangeKHR *pRange, VkAddressCommandFlagsKHR flags, uint32_t value)
{
    (void)flags;
    struct pum_buffer b;
    if (range_buffer(_cmd, pRange->address, pRange->size, &b)) {
        pum_CmdFillBuffer(_cmd, pum_buffer_to_handle(&b), 0, VK_WHOLE_SIZE, value);
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdCopyQueryPoolResultsToMemoryKHR(VkCommandBuffer _cmd, VkQueryPool pool, uint32_t first, uint32_t count, const VkStridedDeviceAddressRangeKHR *pRange,
                                       VkAddressCommandFlagsKHR flags, VkQueryResultFlags result_flags)
{
    (void)flags;
    struct pum_buffer b;
    if (range_buffer(_cmd, pRange->address, pRange->size, &b)) {
        pum_CmdCopyQueryPoolResults(_cmd, pool, first, count, pum_buffer_to_handle(&b), 0, pRange->stride, result_flags);
    }
}

/* ---- conditions, transform feedback, marks ---- */

VKAPI_ATTR void VKAPI_CALL
pum_CmdBeginConditionalRendering2EXT(VkCommandBuffer _cmd, const VkConditionalRenderingBeginInfo2EXT *pInfo)
{
    struct pum_buffer b;
    (void)range_buffer(_cmd, pInfo->addressRange.address, pInfo->addressRange.size, &b); /* else without a predicate */
    const VkConditionalRenderingBeginInfoEXT info = {.buffer = pum_buffer_to_handle(&b), .flags = pInfo->flags};
    pum_CmdBeginConditionalRenderingEXT(_cmd, &info);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdBindTransformFeedbackBuffers2EXT(VkCommandBuffer _cmd, uint32_t first, uint32_t count, const VkBindTransformFeedbackBuffer2InfoEXT *pInfos)
{
    for (uint32_t i = 0; i < count; i++) {
        struct pum_buffer b;
        (void)range_buffer(_cmd, pInfos[i].addressRange.address, pInfos[i].addressRange.size, &b);
        const VkBuffer handle = pum_buffer_to_handle(&b);
        const VkDeviceSize zero = 0;
        pum_CmdBindTransformFeedbackBuffersEXT(_cmd, first + i, 1, &handle, &zero, NULL);
    }
}

static void
transform_feedback(VkCommandBuffer _cmd, bool begin, uint32_t first, uint32_t count, const VkBindTransformFeedbackBuffer2InfoEXT *infos)
{
    struct pum_buffer b[PUM_MAX_XFB_BUFFERS];
    VkBuffer handles[PUM_MAX_XFB_BUFFERS] = {VK_NULL_HANDLE};
    for (uint32_t i = 0; infos && i < count && i < PUM_MAX_XFB_BUFFERS; i++) {
        handles[i] = range_buffer(_cmd, infos[i].addressRange.address, infos[i].addressRange.size, &b[i]) ? pum_buffer_to_handle(&b[i]) : VK_NULL_HANDLE;
    }
    (begin ? pum_CmdBeginTransformFeedbackEXT : pum_CmdEndTransformFeedbackEXT)(_cmd, first, PUM_MIN(count, (uint32_t)PUM_MAX_XFB_BUFFERS), handles, NULL);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdBeginTransformFeedback2EXT(VkCommandBuffer _cmd, uint32_t first, uint32_t count, const VkBindTransformFeedbackBuffer2InfoEXT *pInfos)
{
    transform_feedback(_cmd, true, first, count, pInfos);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdEndTransformFeedback2EXT(VkCommandBuffer _cmd, uint32_t first, uint32_t count, const VkBindTransformFeedbackBuffer2InfoEXT *pInfos)
{
    transform_feedback(_cmd, false, first, count, pInfos);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdDrawIndirectByteCount2EXT(VkCommandBuffer _cmd, uint32_t instances, uint32_t firstInstance, const VkBindTransformFeedbackBuffer2InfoEXT *pInfo,
                                 uint32_t offset_B, uint32_t stride_B)
{
    struct pum_buffer b;
    if (range_buffer(_cmd, pInfo->addressRange.address, pInfo->addressRange.size, &b)) {
        pum_CmdDrawIndirectByteCountEXT(_cmd, instances, firstInstance, pum_buffer_to_handle(&b), 0, offset_B, stride_B);
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdWriteMarkerToMemoryAMD(VkCommandBuffer _cmd, const VkMemoryMarkerInfoAMD *pInfo)
{
    struct pum_buffer b;
    if (range_buffer(_cmd, pInfo->dstRange.address, pInfo->dstRange.size, &b)) {
        pum_CmdWriteBufferMarker2AMD(_cmd, pInfo->stage, pum_buffer_to_handle(&b), 0, pInfo->marker);
    }
}

/* ---- copies whose parameters stand in memory ---- */

static void
copy_indirect(VkCommandBuffer _cmd, const struct pum_image *image, uint32_t count, const VkStridedDeviceAddressRangeKHR *range)
{
    CMD;
    struct pum_buffer b;
    if (!count || !range_buffer(_cmd, range->address, range->size, &b)) {
        return;
    }
    pum_cmd_order(cmd, PUM_PACKET_COPY_INDIRECT, PUM_SCOPE_TRANSFER_BIT);
    struct pum_packet_copy_indirect *p = pum_cmd_packet(cmd, PUM_PACKET_COPY_INDIRECT, sizeof(*p));
    if (p) {
        p->args = b.data;
        p->args_range_B = b.size_B;
        p->stride_B = range->stride;
        p->count = count;
        p->image = image;
        cmd->cost += 1000000;
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdCopyMemoryIndirectKHR(VkCommandBuffer _cmd, const VkCopyMemoryIndirectInfoKHR *pInfo)
{
    copy_indirect(_cmd, NULL, pInfo->copyCount, &pInfo->copyAddressRange);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdCopyMemoryToImageIndirectKHR(VkCommandBuffer _cmd, const VkCopyMemoryToImageIndirectInfoKHR *pInfo)
{
    copy_indirect(_cmd, pum_image_from_handle(pInfo->dstImage), pInfo->copyCount, &pInfo->copyAddressRange);
}
