/* Copies whose parameters stand in memory: whatever stands there, only memory of the device is read, and only the image or such memory written.
 * SPEC: vkCmdCopyMemoryIndirectKHR, vkCmdCopyMemoryToImageIndirectKHR */
#include <string.h>

#include "exec/replay.h"
#include "format/format.h"
#include "memory/address_map.h"
#include "object/device_base.h"

static void
copy_memory(struct pum_device_base *dev, const uint8_t *args)
{
    VkCopyMemoryIndirectCommandKHR c;
    memcpy(&c, args, sizeof(c)); /* read once: may be shared */
    const uint64_t size_B = PUM_MIN(c.size, PUM_MIN(pum_address_room_B(dev, c.srcAddress, NULL), pum_address_room_B(dev, c.dstAddress, NULL)));
    if (size_B) {
        pum_exec_copy_buffer(dev->pool, (uint8_t *)(uintptr_t)c.dstAddress, (const uint8_t *)(uintptr_t)c.srcAddress, size_B);
    }
}

static VkImageAspectFlags
aspects_of(const struct pum_image *img)
{
    const struct pum_format_info *f = pum_format_info(img->format);
    enum pum_format planes[3];
    if (f->depth || f->stencil) {
        return (f->depth ? VK_IMAGE_ASPECT_DEPTH_BIT : 0) | (f->stencil ? VK_IMAGE_ASPECT_STENCIL_BIT : 0);
    }
    const uint32_t n = pum_format_planes(img->format, planes);
    return n > 1 ? (VK_IMAGE_ASPECT_PLANE_0_BIT << n) - VK_IMAGE_ASPECT_PLANE_0_BIT : VK_IMAGE_ASPECT_COLOR_BIT;
}

/* [at, at + n) lies in [0, whole), begins at a block and ends at one or at the end. */
static bool
fits(int32_t at, uint32_t n, uint32_t whole, uint32_t block)
{
    return at >= 0 && (uint32_t)at <= whole && n && n <= whole - (uint32_t)at && (uint32_t)at % block == 0 && (n % block == 0 || (uint32_t)at + n == whole);
}

static void
copy_to_image(struct pum_device_base *dev, const struct pum_image *img, const uint8_t *args)
{
    VkCopyMemoryToImageIndirectCommandKHR c;
    memcpy(&c, args, sizeof(c));
    VkImageSubresourceLayers *s = &c.imageSubresource;
    const bool volume = img->type == VK_IMAGE_TYPE_3D;
    const VkImageAspectFlags aspects = aspects_of(img);
    if (!s->aspectMask || s->aspectMask & (s->aspectMask - 1) || s->aspectMask & ~aspects || s->mipLevel >= img->levels || img->samples > 1 || !img->data) {
        return;
    }
    /* Slices of volumes are chosen like layers. */
    const uint32_t depth = pum_image_level_extent(img->extent.depth, s->mipLevel), all = volume ? depth : img->layers;
    if (s->baseArrayLayer >= all) {
        return;
    }
    const uint32_t layers = s->layerCount == VK_REMAINING_ARRAY_LAYERS ? all - s->baseArrayLayer : s->layerCount;
    if (volume) {
        c.imageExtent.depth = PUM_MAX(c.imageExtent.depth, layers);
        c.imageOffset.z = c.imageOffset.z < 0 || c.imageOffset.z > (int32_t)depth ? -1 : c.imageOffset.z + (int32_t)s->baseArrayLayer;
        s->baseArrayLayer = 0;
        s->layerCount = 1;
    } else {
        s->layerCount = layers;
    }
    const struct pum_image_slice slice = pum_image_slice_get(img, s->aspectMask, s->mipLevel, 0);
    const struct pum_format_info *f = pum_format_info(slice.format);
    if (!fits(c.imageOffset.x, c.imageExtent.width, slice.width, f->block_w) || !fits(c.imageOffset.y, c.imageExtent.height, slice.height, f->block_h) ||
        !(volume ? fits(c.imageOffset.z, c.imageExtent.depth, depth, 1) : layers && layers <= img->layers - s->baseArrayLayer && c.imageOffset.z == 0)) {
        return;
    }
    c.imageExtent.depth = volume ? c.imageExtent.depth : 1;
    const uint64_t row_el = c.bufferRowLength ? c.bufferRowLength : c.imageExtent.width, rows_el = c.bufferImageHeight ? c.bufferImageHeight : c.imageExtent.height;
    if (row_el < c.imageExtent.width || rows_el < c.imageExtent.height || row_el > INT32_MAX || rows_el > INT32_MAX) {
        return;
    }
    const uint64_t row_B = (row_el + f->block_w - 1) / f->block_w * f->block_B, slices = volume ? c.imageExtent.depth : layers,
                   rows = (rows_el + f->block_h - 1) / f->block_h, room_B = pum_address_room_B(dev, c.srcAddress, NULL);
    const uint64_t last_B = ((c.imageExtent.height + f->block_h - 1) / f->block_h - 1) * row_B + (uint64_t)(c.imageExtent.width + f->block_w - 1) / f->block_w * f->block_B;
    uint64_t before_B; /* the last slice; rows and their number are below 2^32 */
    if (row_B > UINT32_MAX || last_B > room_B || __builtin_mul_overflow(slices - 1, row_B * rows, &before_B) || before_B > room_B - last_B) {
        return;
    }
    const struct pum_packet_copy_buffer_image p = {
        .buffer = (uint8_t *)(uintptr_t)c.srcAddress,
        .image = img,
        .region = {.bufferRowLength = c.bufferRowLength, .bufferImageHeight = c.bufferImageHeight, .imageSubresource = *s, .imageOffset = c.imageOffset,
                   .imageExtent = c.imageExtent},
        .to_image = true,
    };
    pum_exec_copy_buffer_image(dev->pool, &p);
}

void
pum_exec_copy_indirect(struct pum_device_base *dev, const struct pum_packet_copy_indirect *p)
{
    const uint64_t need_B = p->image ? sizeof(VkCopyMemoryToImageIndirectCommandKHR) : sizeof(VkCopyMemoryIndirectCommandKHR);
    for (uint32_t i = 0; i < p->count; i++) {
        uint64_t at_B;
        if (__builtin_mul_overflow((uint64_t)i, p->stride_B, &at_B) || need_B > p->args_range_B || at_B > p->args_range_B - need_B) {
            return;
        }
        if (p->image) {
            copy_to_image(dev, p->image, p->args + at_B);
        } else {
            copy_memory(dev, p->args + at_B);
        }
    }
}
