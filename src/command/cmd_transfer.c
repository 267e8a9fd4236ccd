/* Copies, blits, clears, fills. The newer structs are the packets' form; the older ones are widened. */
#include <string.h>

#include "command/cmd_buffer.h"
#include "command/cmd_sync.h"
#include "command/render_pass.h"
#include "object/device_base.h"
#include "object/pnext.h"
#include "registry/vk_entrypoints.h"
#include "resource/buffer.h"

#define CMD struct pum_cmd_buffer *cmd = pum_cmd_buffer_from_handle(_cmd)

static void *
transfer(struct pum_cmd_buffer *cmd, enum pum_packet_type type, size_t size_B)
{
    pum_cmd_order(cmd, type, PUM_SCOPE_TRANSFER_BIT);
    return pum_cmd_packet(cmd, type, size_B);
}

static void
copy_buffer(struct pum_cmd_buffer *cmd, const struct pum_buffer *src, const struct pum_buffer *dst, uint64_t so, uint64_t d_o, uint64_t size_B)
{
    const uint64_t n_B = PUM_MIN(pum_buffer_range_B(src, so, size_B), pum_buffer_range_B(dst, d_o, size_B));
    struct pum_packet_copy_buffer *p = n_B ? transfer(cmd, PUM_PACKET_COPY_BUFFER, sizeof(*p)) : NULL;
    if (p) {
        p->src = src->data + so;
        p->dst = dst->data + d_o;
        p->size_B = n_B;
        cmd->cost += n_B / 8;
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdCopyBuffer(VkCommandBuffer _cmd, VkBuffer _src, VkBuffer _dst, uint32_t count, const VkBufferCopy *pRegions)
{
    CMD;
    for (uint32_t i = 0; i < count; i++) {
        copy_buffer(cmd, pum_buffer_from_handle(_src), pum_buffer_from_handle(_dst), pRegions[i].srcOffset, pRegions[i].dstOffset, pRegions[i].size);
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdCopyBuffer2(VkCommandBuffer _cmd, const VkCopyBufferInfo2 *pInfo)
{
    CMD;
    for (uint32_t i = 0; i < pInfo->regionCount; i++) {
        const VkBufferCopy2 *r = &pInfo->pRegions[i];
        copy_buffer(cmd, pum_buffer_from_handle(pInfo->srcBuffer), pum_buffer_from_handle(pInfo->dstBuffer), r->srcOffset, r->dstOffset, r->size);
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdUpdateBuffer(VkCommandBuffer _cmd, VkBuffer _dst, VkDeviceSize offset_B, VkDeviceSize size_B, const void *pData)
{
    CMD;
    const struct pum_buffer *dst = pum_buffer_from_handle(_dst);
    const uint64_t n_B = pum_buffer_range_B(dst, offset_B, size_B);
    uint8_t *copy = n_B && n_B <= 65536 ? pum_cmd_alloc(cmd, n_B) : NULL;
    struct pum_packet_copy_buffer *p = copy ? transfer(cmd, PUM_PACKET_COPY_BUFFER, sizeof(*p)) : NULL;
    if (p) {
        memcpy(copy, pData, n_B);
        p->src = copy;
        p->dst = dst->data + offset_B;
        p->size_B = n_B;
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdFillBuffer(VkCommandBuffer _cmd, VkBuffer _dst, VkDeviceSize offset_B, VkDeviceSize size_B, uint32_t value)
{
    CMD;
    const struct pum_buffer *dst = pum_buffer_from_handle(_dst);
    const uint64_t n_B = pum_buffer_range_B(dst, offset_B, size_B) & ~(uint64_t)3;
    struct pum_packet_fill *p = n_B ? transfer(cmd, PUM_PACKET_FILL, sizeof(*p)) : NULL;
    if (p) {
        p->dst = dst->data + offset_B;
        p->size_B = n_B;
        p->value = value;
        cmd->cost += n_B / 8;
    }
}

static void
copy_image(struct pum_cmd_buffer *cmd, VkImage _src, VkImage _dst, const VkImageCopy2 *r)
{
    struct pum_packet_copy_image *p = transfer(cmd, PUM_PACKET_COPY_IMAGE, sizeof(*p));
    if (p) {
        p->src = pum_image_from_handle(_src);
        p->dst = pum_image_from_handle(_dst);
        p->region = *r;
        cmd->cost += (uint64_t)r->extent.width * r->extent.height * r->extent.depth;
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdCopyImage2(VkCommandBuffer _cmd, const VkCopyImageInfo2 *pInfo)
{
    for (uint32_t i = 0; i < pInfo->regionCount; i++) {
        copy_image(pum_cmd_buffer_from_handle(_cmd), pInfo->srcImage, pInfo->dstImage, &pInfo->pRegions[i]);
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdCopyImage(VkCommandBuffer _cmd, VkImage _src, VkImageLayout sl, VkImage _dst, VkImageLayout dl, uint32_t count, const VkImageCopy *pRegions)
{
    (void)sl, (void)dl;
    for (uint32_t i = 0; i < count; i++) {
        const VkImageCopy *r = &pRegions[i];
        const VkImageCopy2 r2 = {.srcSubresource = r->srcSubresource, .srcOffset = r->srcOffset, .dstSubresource = r->dstSubresource,
                                 .dstOffset = r->dstOffset, .extent = r->extent};
        copy_image(pum_cmd_buffer_from_handle(_cmd), _src, _dst, &r2);
    }
}

static void
copy_buffer_image(struct pum_cmd_buffer *cmd, VkBuffer _buf, VkImage _img, const VkBufferImageCopy2 *r, bool to_image)
{
    struct pum_packet_copy_buffer_image *p = transfer(cmd, PUM_PACKET_COPY_BUFFER_IMAGE, sizeof(*p));
    if (p) {
        p->buffer = pum_buffer_from_handle(_buf)->data + r->bufferOffset;
        p->image = pum_image_from_handle(_img);
        p->region = *r;
        p->to_image = to_image;
        cmd->cost += (uint64_t)r->imageExtent.width * r->imageExtent.height * r->imageExtent.depth;
    }
}

static VkBufferImageCopy2
widen(const VkBufferImageCopy *r)
{
    return (VkBufferImageCopy2){.bufferOffset = r->bufferOffset, .bufferRowLength = r->bufferRowLength,
                                .bufferImageHeight = r->bufferImageHeight, .imageSubresource = r->imageSubresource,
                                .imageOffset = r->imageOffset, .imageExtent = r->imageExtent};
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdCopyBufferToImage2(VkCommandBuffer _cmd, const VkCopyBufferToImageInfo2 *pInfo)
{
    for (uint32_t i = 0; i < pInfo->regionCount; i++) {
        copy_buffer_image(pum_cmd_buffer_from_handle(_cmd), pInfo->srcBuffer, pInfo->dstImage, &pInfo->pRegions[i], true);
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdCopyBufferToImage(VkCommandBuffer _cmd, VkBuffer _src, VkImage _dst, VkImageLayout layout, uint32_t count, const VkBufferImageCopy *pRegions)
{
    (void)layout;
    for (uint32_t i = 0; i < count; i++) {
        const VkBufferImageCopy2 r = widen(&pRegions[i]);
        copy_buffer_image(pum_cmd_buffer_from_handle(_cmd), _src, _dst, &r, true);
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdCopyImageToBuffer2(VkCommandBuffer _cmd, const VkCopyImageToBufferInfo2 *pInfo)
{
    for (uint32_t i = 0; i < pInfo->regionCount; i++) {
        copy_buffer_image(pum_cmd_buffer_from_handle(_cmd), pInfo->dstBuffer, pInfo->srcImage, &pInfo->pRegions[i], false);
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdCopyImageToBuffer(VkCommandBuffer _cmd, VkImage _src, VkImageLayout layout, VkBuffer _dst, uint32_t count, const VkBufferImageCopy *pRegions)
{
    (void)layout;
    for (uint32_t i = 0; i < count; i++) {
        const VkBufferImageCopy2 r = widen(&pRegions[i]);
        copy_buffer_image(pum_cmd_buffer_from_handle(_cmd), _dst, _src, &r, false);
    }
}

static void
blit(struct pum_cmd_buffer *cmd, VkImage _src, VkImage _dst, const VkImageBlit2 *r, VkFilter filter)
{
    struct pum_packet_blit *p = transfer(cmd, PUM_PACKET_BLIT, sizeof(*p));
    if (p) {
        p->src = pum_image_from_handle(_src);
        p->dst = pum_image_from_handle(_dst);
        p->region = *r;
        p->linear = filter == VK_FILTER_LINEAR;
        cmd->cost += 100000;
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdBlitImage2(VkCommandBuffer _cmd, const VkBlitImageInfo2 *pInfo)
{
    for (uint32_t i = 0; i < pInfo->regionCount; i++) {
        blit(pum_cmd_buffer_from_handle(_cmd), pInfo->srcImage, pInfo->dstImage, &pInfo->pRegions[i], pInfo->filter);
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdBlitImage(VkCommandBuffer _cmd, VkImage _src, VkImageLayout sl, VkImage _dst, VkImageLayout dl, uint32_t count, const VkImageBlit *pRegions,
                 VkFilter filter)
{
    (void)sl, (void)dl;
    for (uint32_t i = 0; i < count; i++) {
        const VkImageBlit *r = &pRegions[i];
        VkImageBlit2 r2 = {.srcSubresource = r->srcSubresource, .dstSubresource = r->dstSubresource};
        memcpy(r2.srcOffsets, r->srcOffsets, sizeof(r2.srcOffsets));
        memcpy(r2.dstOffsets, r->dstOffsets, sizeof(r2.dstOffsets));
        blit(pum_cmd_buffer_from_handle(_cmd), _src, _dst, &r2, filter);
    }
}

static void
clear_image(struct pum_cmd_buffer *cmd, const struct pum_image *img, const VkImageSubresourceRange *range, uint32_t aspect, const uint32_t value[4])
{
    struct pum_packet_clear_image *p = transfer(cmd, PUM_PACKET_CLEAR_IMAGE, sizeof(*p));
    if (p) {
        p->image = img;
        p->range = *range;
        p->range.aspectMask = aspect;
        p->range.levelCount = range->levelCount == VK_REMAINING_MIP_LEVELS ? img->levels - range->baseMipLevel : range->levelCount;
        p->range.layerCount = range->layerCount == VK_REMAINING_ARRAY_LAYERS ? img->layers - range->baseArrayLayer : range->layerCount;
        memcpy(p->value, value, sizeof(p->value));
        cmd->cost += (uint64_t)img->extent.width * img->extent.height / 2;
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdClearColorImage(VkCommandBuffer _cmd, VkImage _img, VkImageLayout layout, const VkClearColorValue *pColor, uint32_t count,
                       const VkImageSubresourceRange *pRanges)
{
    (void)layout;
    for (uint32_t i = 0; i < count; i++) {
        clear_image(pum_cmd_buffer_from_handle(_cmd), pum_image_from_handle(_img), &pRanges[i], VK_IMAGE_ASPECT_COLOR_BIT, pColor->uint32);
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdClearDepthStencilImage(VkCommandBuffer _cmd, VkImage _img, VkImageLayout layout, const VkClearDepthStencilValue *pValue, uint32_t count,
                              const VkImageSubresourceRange *pRanges)
{
    (void)layout;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t v[4] = {0};
        if (pRanges[i].aspectMask & VK_IMAGE_ASPECT_DEPTH_BIT) {
            memcpy(v, &pValue->depth, 4);
            clear_image(pum_cmd_buffer_from_handle(_cmd), pum_image_from_handle(_img), &pRanges[i], VK_IMAGE_ASPECT_DEPTH_BIT, v);
        }
        if (pRanges[i].aspectMask & VK_IMAGE_ASPECT_STENCIL_BIT) {
            v[0] = pValue->stencil;
            clear_image(pum_cmd_buffer_from_handle(_cmd), pum_image_from_handle(_img), &pRanges[i], VK_IMAGE_ASPECT_STENCIL_BIT, v);
        }
    }
}

/* Aspect by aspect. how: NULL: colours are averaged, integers take sample 0. SPEC: copies-resolve */
static void
resolve(struct pum_cmd_buffer *cmd, VkImage _src, VkImage _dst, const VkImageResolve2 *r, const VkResolveImageModeInfoKHR *how)
{
    static const VkImageAspectFlags aspects[] = {VK_IMAGE_ASPECT_COLOR_BIT, VK_IMAGE_ASPECT_DEPTH_BIT, VK_IMAGE_ASPECT_STENCIL_BIT};
    for (size_t i = 0; i < PUM_ARRAY_LEN(aspects); i++) {
        const bool color = aspects[i] == VK_IMAGE_ASPECT_COLOR_BIT, stencil = aspects[i] == VK_IMAGE_ASPECT_STENCIL_BIT;
        if (!(r->srcSubresource.aspectMask & r->dstSubresource.aspectMask & aspects[i]) || (!how && !color)) {
            continue;
        }
        struct pum_packet_resolve *p = transfer(cmd, PUM_PACKET_RESOLVE, sizeof(*p));
        if (!p) {
            return;
        }
        p->src = pum_image_from_handle(_src);
        p->dst = pum_image_from_handle(_dst);
        p->region = *r;
        p->region.srcSubresource.aspectMask = p->region.dstSubresource.aspectMask = aspects[i];
        p->mode = !how ? (pum_format_is_integer(p->src->format) ? PUM_RESOLVE_ZERO : PUM_RESOLVE_AVERAGE)
                       : pum_resolve_mode_from_vk(stencil ? how->stencilResolveMode : how->resolveMode);
        p->nonlinear = how && how->flags & VK_RESOLVE_IMAGE_SKIP_TRANSFER_FUNCTION_BIT_KHR;
        cmd->cost += (uint64_t)r->extent.width * r->extent.height * p->src->samples;
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdResolveImage2(VkCommandBuffer _cmd, const VkResolveImageInfo2 *pInfo)
{
    const VkResolveImageModeInfoKHR *how = pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_RESOLVE_IMAGE_MODE_INFO_KHR);
    for (uint32_t i = 0; i < pInfo->regionCount; i++) {
        resolve(pum_cmd_buffer_from_handle(_cmd), pInfo->srcImage, pInfo->dstImage, &pInfo->pRegions[i], how);
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdResolveImage(VkCommandBuffer _cmd, VkImage _src, VkImageLayout sl, VkImage _dst, VkImageLayout dl, uint32_t count,
                    const VkImageResolve *pRegions)
{
    (void)sl, (void)dl;
    for (uint32_t i = 0; i < count; i++) {
        const VkImageResolve *r = &pRegions[i];
        const VkImageResolve2 r2 = {.srcSubresource = r->srcSubresource, .srcOffset = r->srcOffset, .dstSubresource = r->dstSubresource,
                                    .dstOffset = r->dstOffset, .extent = r->extent};
        resolve(pum_cmd_buffer_from_handle(_cmd), _src, _dst, &r2, NULL);
    }
}
