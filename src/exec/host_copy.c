/* The copies themselves are those of the queues, run by the caller. Layouts move no texels, so every one of them will do and transitions have
 * nothing to do. */
#include "exec/host_copy.h"

#include <string.h>

#include "exec/replay.h"
#include "memory/device_memory.h"
#include "object/device_base.h"
#include "object/outarray.h"
#include "registry/vk_entrypoints.h"
#include "util/env.h"
#include "util/hash.h"

/* An application that has not bound the image gets an error, not a fault. */
static VkResult
check(struct pum_device_base *dev, const struct pum_image *img, const char *call)
{
    return pum_image_plane_data(img, 0) ? VK_SUCCESS : pum_error(dev, img, VK_ERROR_MEMORY_MAP_FAILED, "%s: the image has no memory", call);
}

/* Whole subresources as they stand in memory, layer after layer. */
static void
copy_as_it_is(struct pum_device_base *dev, const struct pum_image *img, const VkImageSubresourceLayers *s, uint8_t *host, bool to_image)
{
    const struct pum_image_plane *p = &img->layout.plane[pum_image_layout_plane_of_aspect(&img->layout, s->aspectMask)];
    const uint64_t size_B = p->level_size_B[s->mipLevel];
    const uint32_t layers = s->layerCount == VK_REMAINING_ARRAY_LAYERS ? img->layers - s->baseArrayLayer : s->layerCount;
    for (uint32_t i = 0; i < layers; i++, host += size_B) {
        uint8_t *at = pum_image_slice_get(img, s->aspectMask, s->mipLevel, s->baseArrayLayer + i).data;
        pum_exec_copy_buffer(dev->pool, to_image ? at : host, to_image ? host : at, size_B);
    }
}

static void
copy_region(struct pum_device_base *dev, const struct pum_image *img, VkHostImageCopyFlags flags, const VkImageToMemoryCopy *r, bool to_image)
{
    if (flags & VK_HOST_IMAGE_COPY_MEMCPY_BIT) {
        copy_as_it_is(dev, img, &r->imageSubresource, r->pHostPointer, to_image);
        return;
    }
    const struct pum_packet_copy_buffer_image p = {
        .buffer = r->pHostPointer,
        .image = img,
        .region = {.bufferRowLength = r->memoryRowLength, .bufferImageHeight = r->memoryImageHeight, .imageSubresource = r->imageSubresource,
                   .imageOffset = r->imageOffset, .imageExtent = r->imageExtent},
        .to_image = to_image,
    };
    pum_exec_copy_buffer_image(dev->pool, &p);
}

static void
memory_to_image(struct pum_device_base *dev, const void *call, uint32_t i)
{
    const VkCopyMemoryToImageInfo *info = call;
    const VkMemoryToImageCopy *r = &info->pRegions[i];
    VkImageToMemoryCopy same = {.memoryRowLength = r->memoryRowLength, .memoryImageHeight = r->memoryImageHeight,
                                .imageSubresource = r->imageSubresource, .imageOffset = r->imageOffset, .imageExtent = r->imageExtent};
    memcpy(&same.pHostPointer, &r->pHostPointer, sizeof(same.pHostPointer)); /* it is only read */
    copy_region(dev, pum_image_from_handle(info->dstImage), info->flags, &same, true);
}

static void
image_to_memory(struct pum_device_base *dev, const void *call, uint32_t i)
{
    const VkCopyImageToMemoryInfo *info = call;
    copy_region(dev, pum_image_from_handle(info->srcImage), info->flags, &info->pRegions[i], false);
}

static void
image_to_image(struct pum_device_base *dev, const void *call, uint32_t i)
{
    const VkCopyImageToImageInfo *info = call; /* alike images: texels as they are are texels as they stand */
    const struct pum_packet_copy_image p = {.src = pum_image_from_handle(info->srcImage), .dst = pum_image_from_handle(info->dstImage),
                                            .region = info->pRegions[i]};
    pum_exec_copy_image(dev->pool, &p);
}

/* All regions of a call; b: VK_NULL_HANDLE if it has one image. */
static VkResult
copy(VkDevice _dev, VkImage a, VkImage b, const char *name, void (*region)(struct pum_device_base *dev, const void *call, uint32_t i), const void *call,
     uint32_t count)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    VkResult result = check(dev, pum_image_from_handle(a), name);
    if (result == VK_SUCCESS && b) {
        result = check(dev, pum_image_from_handle(b), name);
    }
    if (result != VK_SUCCESS) {
        return result;
    }
    pum_device_memory_begin_access(dev);
    for (uint32_t i = 0; i < count; i++) {
        region(dev, call, i);
    }
    pum_device_memory_end_access(dev);
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CopyMemoryToImage(VkDevice _dev, const VkCopyMemoryToImageInfo *pInfo)
{
    return copy(_dev, pInfo->dstImage, VK_NULL_HANDLE, "vkCopyMemoryToImage", memory_to_image, pInfo, pInfo->regionCount);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CopyImageToMemory(VkDevice _dev, const VkCopyImageToMemoryInfo *pInfo)
{
    return copy(_dev, pInfo->srcImage, VK_NULL_HANDLE, "vkCopyImageToMemory", image_to_memory, pInfo, pInfo->regionCount);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CopyImageToImage(VkDevice _dev, const VkCopyImageToImageInfo *pInfo)
{
    return copy(_dev, pInfo->srcImage, pInfo->dstImage, "vkCopyImageToImage", image_to_image, pInfo, pInfo->regionCount);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_TransitionImageLayout(VkDevice _dev, uint32_t count, const VkHostImageLayoutTransitionInfo *pTransitions)
{
    (void)_dev, (void)count, (void)pTransitions;
    return VK_SUCCESS;
}

void
pum_host_copy_layouts(uint32_t *count, VkImageLayout *out)
{
    static const VkImageLayout all[] = {
        VK_IMAGE_LAYOUT_GENERAL, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL, VK_IMAGE_LAYOUT_DEPTH_STENCIL_ATTACHMENT_OPTIMAL,
        VK_IMAGE_LAYOUT_DEPTH_STENCIL_READ_ONLY_OPTIMAL, VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL,
        VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, VK_IMAGE_LAYOUT_DEPTH_READ_ONLY_STENCIL_ATTACHMENT_OPTIMAL,
        VK_IMAGE_LAYOUT_DEPTH_ATTACHMENT_STENCIL_READ_ONLY_OPTIMAL, VK_IMAGE_LAYOUT_DEPTH_ATTACHMENT_OPTIMAL,
        VK_IMAGE_LAYOUT_DEPTH_READ_ONLY_OPTIMAL, VK_IMAGE_LAYOUT_STENCIL_ATTACHMENT_OPTIMAL, VK_IMAGE_LAYOUT_STENCIL_READ_ONLY_OPTIMAL,
        VK_IMAGE_LAYOUT_READ_ONLY_OPTIMAL, VK_IMAGE_LAYOUT_ATTACHMENT_OPTIMAL, VK_IMAGE_LAYOUT_RENDERING_LOCAL_READ,
        VK_IMAGE_LAYOUT_ATTACHMENT_FEEDBACK_LOOP_OPTIMAL_EXT, VK_IMAGE_LAYOUT_PRESENT_SRC_KHR,
    };
    struct pum_outarray list = pum_outarray_begin(count, out);
    uint32_t k;
    for (uint32_t i = 0; i < PUM_ARRAY_LEN(all); i++) {
        if (pum_outarray_next(&list, &k)) {
            out[k] = all[i];
        }
    }
}

void
pum_host_copy_layout_uuid(uint8_t uuid[VK_UUID_SIZE])
{
    const uint64_t words[2] = {PUM_OPTIMAL_LAYOUT_ABI, pum_env_get()->debug & PUM_DEBUG_ROWS_BIT};
    const struct pum_hash128 h = pum_hash(words, sizeof(words));
    memcpy(uuid, &h, VK_UUID_SIZE);
}
