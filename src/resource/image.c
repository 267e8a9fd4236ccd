#include "resource/image.h"

#include <string.h>

#include "object/limits.h"
#include "memory/device_memory.h"
#include "object/device_base.h"
#include "object/pnext.h"
#include "registry/vk_entrypoints.h"
#include "resource/drm_modifier.h"
#include "resource/sparse.h"
#include "util/env.h"
#include "util/log.h"

/* Fills everything but `data`. Used by vkCreateImage and the queries that take a VkImageCreateInfo. */
static VkResult
image_init(struct pum_device_base *dev, struct pum_image *img, const VkImageCreateInfo *info)
{
    const bool can_disjoint = pum_format_image_features(pum_format_from_vk(info->format)) & VK_FORMAT_FEATURE_DISJOINT_BIT;
    /* An alias of a plane may carry the flag of the image with the planes (SPEC: VUID-VkImageCreateInfo-format-01577). */
    if (info->flags & VK_IMAGE_CREATE_PROTECTED_BIT ||
        (info->flags & VK_IMAGE_CREATE_DISJOINT_BIT && !can_disjoint && !(info->flags & VK_IMAGE_CREATE_ALIAS_BIT))) {
        return pum_error(dev, NULL, VK_ERROR_FEATURE_NOT_PRESENT, "vkCreateImage: flags 0x%x need a feature that is absent", info->flags);
    }
    img->format = pum_format_from_vk(info->format);
    if (img->format == PUM_FORMAT_NONE) {
        return pum_error(dev, NULL, VK_ERROR_FORMAT_NOT_SUPPORTED, "vkCreateImage: format %d", (int)info->format);
    }
    const uint32_t max_px = info->imageType == VK_IMAGE_TYPE_3D ? PUM_MAX_IMAGE_3D_PX : PUM_MAX_IMAGE_2D_PX;
    if (info->extent.width == 0 || info->extent.height == 0 || info->extent.depth == 0 || info->extent.width > max_px ||
        info->extent.height > max_px || info->extent.depth > max_px || info->arrayLayers == 0 ||
        info->arrayLayers > PUM_MAX_IMAGE_LAYERS || info->mipLevels == 0 || info->mipLevels > PUM_MAX_LEVELS) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_DEVICE_MEMORY, "vkCreateImage: %ux%ux%u, %u levels, %u layers", info->extent.width,
                         info->extent.height, info->extent.depth, info->mipLevels, info->arrayLayers);
    }
    if (!(info->samples & PUM_SAMPLE_COUNTS) || (info->samples & (info->samples - 1)) != 0 ||
        (info->samples > 1 && (info->imageType != VK_IMAGE_TYPE_2D || info->mipLevels > 1))) {
        return pum_error(dev, NULL, VK_ERROR_FORMAT_NOT_SUPPORTED, "vkCreateImage: 0x%x samples", (unsigned)info->samples);
    }
    if (pum_format_is_ycbcr(img->format) && (info->imageType != VK_IMAGE_TYPE_2D || info->mipLevels != 1 || info->samples != VK_SAMPLE_COUNT_1_BIT ||
                                             (info->flags & VK_IMAGE_CREATE_SPARSE_BINDING_BIT && info->flags & VK_IMAGE_CREATE_DISJOINT_BIT))) {
        return pum_error(dev, NULL, VK_ERROR_FORMAT_NOT_SUPPORTED, "vkCreateImage: format %d needs a 2D image of one level", (int)info->format);
    }
    img->flags = can_disjoint ? info->flags : info->flags & ~(VkImageCreateFlags)VK_IMAGE_CREATE_DISJOINT_BIT;
    img->type = info->imageType;
    img->vk_format = info->format;
    img->extent = info->extent;
    img->levels = info->mipLevels;
    img->layers = info->arrayLayers;
    img->samples = (uint32_t)info->samples;
    img->tiling = info->tiling;
    img->usage = info->usage;

    const VkExternalMemoryImageCreateInfo *khr = pum_pnext_find(info->pNext, VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO);
    const VkExternalMemoryImageCreateInfoNV *nv = pum_pnext_find(info->pNext, VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO_NV);
    const uint32_t nv_handles = nv ? pum_handles_from_nv(nv->handleTypes) : 0;
    if (nv_handles & PUM_HANDLE_UNKNOWN_BIT) {
        pum_log(PUM_LOG_WARN, "vkCreateImage: VkExternalMemoryImageCreateInfoNV names types that do not exist here: 0x%x", nv->handleTypes);
    }
    img->external = (khr && khr->handleTypes) || (nv_handles & PUM_HANDLE_OPAQUE_BIT);
    /* Aliases must agree on the layout, block views of compressed images reinterpret it: both stay with rows. */
    const VkImageCreateFlags rows_only = VK_IMAGE_CREATE_ALIAS_BIT | VK_IMAGE_CREATE_BLOCK_TEXEL_VIEW_COMPATIBLE_BIT;
    const bool swapchain = pum_pnext_find(info->pNext, VK_STRUCTURE_TYPE_IMAGE_SWAPCHAIN_CREATE_INFO_KHR) != NULL;
    const bool residency = info->flags & VK_IMAGE_CREATE_SPARSE_RESIDENCY_BIT;
    const struct pum_image_layout_info layout = {
        .format = img->format,
        .width = info->extent.width,
        .height = info->extent.height,
        .depth = info->extent.depth,
        .levels = img->levels,
        .layers = img->layers,
        .samples = img->samples,
        .allow_block = info->tiling == VK_IMAGE_TILING_OPTIMAL && !img->external && !swapchain && !(info->flags & rows_only) &&
                       !(pum_env_get()->debug & PUM_DEBUG_ROWS_BIT),
        .residency = residency,
    };
    if (residency && (!pum_image_has_tiles(img->format) || info->imageType == VK_IMAGE_TYPE_1D || info->tiling != VK_IMAGE_TILING_OPTIMAL)) {
        return pum_error(dev, NULL, VK_ERROR_FORMAT_NOT_SUPPORTED, "vkCreateImage: no residency for format %d", (int)info->format);
    }
    if (!pum_image_layout_compute(&layout, &img->layout)) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_DEVICE_MEMORY, "vkCreateImage: the image is too large");
    }
    return info->tiling == VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT ? pum_drm_apply(dev, info, &img->layout) : VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateImage(VkDevice _dev, const VkImageCreateInfo *pInfo, const VkAllocationCallbacks *pAllocator, VkImage *pImage)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct pum_image *img = pum_object_zalloc(dev, pAllocator, sizeof(*img), VK_OBJECT_TYPE_IMAGE);
    if (!img) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateImage");
    }
    const VkResult result = image_init(dev, img, pInfo);
    if (result != VK_SUCCESS) {
        pum_object_free(dev, pAllocator, img);
        return result;
    }
    if (img->flags & VK_IMAGE_CREATE_SPARSE_BINDING_BIT) {
        img->sparse = pum_sparse_reserve(img->layout.size_B);
        if (!img->sparse) {
            pum_object_free(dev, pAllocator, img);
            return pum_error(dev, NULL, VK_ERROR_OUT_OF_DEVICE_MEMORY, "vkCreateImage: no address space");
        }
        img->data = (uint8_t *)(uintptr_t)img->sparse->base;
    }
    pum_report_address(dev, img, true, img->data, img->layout.size_B, true); /* of sparse ones */
    *pImage = pum_image_to_handle(img);
    return VK_SUCCESS;
}

VkResult
pum_image_describe(struct pum_device_base *dev, struct pum_image *img, const VkImageCreateInfo *info)
{
    *img = (struct pum_image){0};
    return image_init(dev, img, info);
}

static uint64_t
plane_size_B(const struct pum_image *img, uint32_t plane)
{
    const struct pum_image_plane *p = &img->layout.plane[plane];
    return p->layout == PUM_TEXEL_BLOCK ? p->layer_pitch_B * img->layers : p->sample_pitch_B; /* there is one sample */
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyImage(VkDevice _dev, VkImage _img, const VkAllocationCallbacks *pAllocator)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct pum_image *img = pum_image_from_handle(_img);
    if (img) {
        const bool disjoint = img->flags & VK_IMAGE_CREATE_DISJOINT_BIT;
        for (uint32_t plane = 0; plane < (disjoint ? PUM_MAX_PLANES : 1u); plane++) {
            pum_report_address(dev, img, false, pum_image_plane_data(img, plane), disjoint ? plane_size_B(img, plane) : img->layout.size_B, false);
        }
        pum_sparse_release(img->sparse);
    }
    pum_object_free(dev, pAllocator, img);
}

static VkMemoryRequirements
image_requirements(const struct pum_image *img)
{
    const uint64_t align_B = img->layout.sparse_block_B                           ? img->layout.sparse_block_B
                             : img->flags & VK_IMAGE_CREATE_SPARSE_BINDING_BIT ? PUM_SPARSE_BLOCK_B
                                                                               : PUM_IMAGE_ALIGNMENT_B;
    return (VkMemoryRequirements){
        .size = PUM_ALIGN_UP(img->layout.size_B, align_B),
        .alignment = align_B,
        .memoryTypeBits = PUM_MEMORY_TYPE_MASK,
    };
}

VKAPI_ATTR void VKAPI_CALL
pum_GetImageMemoryRequirements(VkDevice _dev, VkImage _img, VkMemoryRequirements *pReqs)
{
    (void)_dev;
    *pReqs = image_requirements(pum_image_from_handle(_img));
}

/* aspect: of a plane of a disjoint image, which is bound by itself. */
static VkMemoryRequirements
plane_requirements(const struct pum_image *img, uint32_t aspect)
{
    VkMemoryRequirements r = image_requirements(img);
    if (img->flags & VK_IMAGE_CREATE_DISJOINT_BIT && aspect) {
        r.size = plane_size_B(img, pum_image_layout_plane_of_aspect(&img->layout, aspect));
    }
    return r;
}

static void
requirements2(VkMemoryRequirements2 *out, VkMemoryRequirements reqs, bool external)
{
    out->memoryRequirements = reqs;
    VkMemoryDedicatedRequirements *dedicated = pum_pnext_find_out(out->pNext, VK_STRUCTURE_TYPE_MEMORY_DEDICATED_REQUIREMENTS);
    if (dedicated) {
        dedicated->prefersDedicatedAllocation = external; /* nothing else shows on pages that another process maps */
        dedicated->requiresDedicatedAllocation = VK_FALSE;
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_GetImageMemoryRequirements2(VkDevice _dev, const VkImageMemoryRequirementsInfo2 *pInfo, VkMemoryRequirements2 *pReqs)
{
    (void)_dev;
    const VkImagePlaneMemoryRequirementsInfo *plane = pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_IMAGE_PLANE_MEMORY_REQUIREMENTS_INFO);
    const struct pum_image *img = pum_image_from_handle(pInfo->image);
    requirements2(pReqs, plane_requirements(img, plane ? plane->planeAspect : 0), img->external);
}

VKAPI_ATTR void VKAPI_CALL
pum_GetDeviceImageMemoryRequirements(VkDevice _dev, const VkDeviceImageMemoryRequirements *pInfo, VkMemoryRequirements2 *pReqs)
{
    struct pum_image img = {0};
    const VkResult r = image_init(pum_device_base_from_handle(_dev), &img, pInfo->pCreateInfo);
    requirements2(pReqs, r == VK_SUCCESS ? plane_requirements(&img, pInfo->planeAspect)
                                         : (VkMemoryRequirements){.size = UINT64_MAX, .alignment = PUM_IMAGE_ALIGNMENT_B, .memoryTypeBits = 0},
                  img.external);
}

/* aspect: the plane of a disjoint image, else 0. */
static VkResult
bind_image(struct pum_device_base *dev, struct pum_image *img, const struct pum_device_memory *mem, VkDeviceSize offset_B, uint32_t aspect)
{
    const bool disjoint = img->flags & VK_IMAGE_CREATE_DISJOINT_BIT;
    const uint32_t plane = disjoint ? pum_image_layout_plane_of_aspect(&img->layout, aspect) : 0;
    const uint64_t size_B = disjoint ? plane_size_B(img, plane) : img->layout.size_B;
    if (offset_B > mem->size_B || size_B > mem->size_B - offset_B) { /* would let the rasterizer leave the mapping */
        return pum_error(dev, img, VK_ERROR_OUT_OF_DEVICE_MEMORY, "vkBindImageMemory: %llu B at offset %llu do not fit into %llu B",
                         (unsigned long long)size_B, (unsigned long long)offset_B, (unsigned long long)mem->size_B);
    }
    if (img->sparse) {
        return pum_error(dev, img, VK_ERROR_OUT_OF_DEVICE_MEMORY, "vkBindImageMemory: sparse images are bound by queues");
    }
    if (plane) {
        img->chroma_data[plane - 1] = mem->data + offset_B;
    } else {
        img->data = mem->data + offset_B;
    }
    pum_report_address(dev, img, true, mem->data + offset_B, size_B, false);
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_BindImageMemory(VkDevice _dev, VkImage _img, VkDeviceMemory _mem, VkDeviceSize offset_B)
{
    return bind_image(pum_device_base_from_handle(_dev), pum_image_from_handle(_img), pum_device_memory_from_handle(_mem), offset_B, 0);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_BindImageMemory2(VkDevice _dev, uint32_t count, const VkBindImageMemoryInfo *pInfos)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    VkResult result = VK_SUCCESS;
    for (uint32_t i = 0; i < count; i++) {
        struct pum_image *img = pum_image_from_handle(pInfos[i].image);
        const VkBindImageMemorySwapchainInfoKHR *swap =
            pum_pnext_find(pInfos[i].pNext, VK_STRUCTURE_TYPE_BIND_IMAGE_MEMORY_SWAPCHAIN_INFO_KHR);
        VkResult r;
        if (swap && swap->swapchain) {
            r = dev->ops->bind_swapchain_image(dev, img, swap->swapchain, swap->imageIndex);
        } else {
            const VkBindImagePlaneMemoryInfo *plane = pum_pnext_find(pInfos[i].pNext, VK_STRUCTURE_TYPE_BIND_IMAGE_PLANE_MEMORY_INFO);
            r = bind_image(dev, img, pum_device_memory_from_handle(pInfos[i].memory), pInfos[i].memoryOffset, plane ? plane->planeAspect : 0);
        }
        const VkBindMemoryStatus *status = pum_pnext_find(pInfos[i].pNext, VK_STRUCTURE_TYPE_BIND_MEMORY_STATUS);
        if (status && status->pResult) {
            *status->pResult = r;
        }
        if (r != VK_SUCCESS) {
            result = r;
        }
    }
    return result;
}

static VkSubresourceLayout
subresource_layout(const struct pum_image *img, const VkImageSubresource *sub)
{
    const struct pum_image_plane *p = &img->layout.plane[pum_image_layout_plane_of_aspect(&img->layout, sub->aspectMask)];
    const uint32_t l = PUM_MIN(sub->mipLevel, img->levels - 1);
    return (VkSubresourceLayout){
        .offset = (img->flags & VK_IMAGE_CREATE_DISJOINT_BIT ? 0 : p->offset_B) + sub->arrayLayer * p->layer_pitch_B + p->level[l].offset_B,
        .size = p->level_size_B[l],
        .rowPitch = p->level[l].row_pitch_B,
        .arrayPitch = p->layer_pitch_B,
        .depthPitch = p->level[l].slice_pitch_B,
    };
}

VKAPI_ATTR void VKAPI_CALL
pum_GetImageSubresourceLayout(VkDevice _dev, VkImage _img, const VkImageSubresource *pSub, VkSubresourceLayout *pLayout)
{
    (void)_dev;
    *pLayout = subresource_layout(pum_image_from_handle(_img), pSub);
}

static void
subresource_layout2(const struct pum_image *img, const VkImageSubresource *sub, VkSubresourceLayout2 *out)
{
    out->subresourceLayout = subresource_layout(img, sub);
    VkSubresourceHostMemcpySize *memcpy_size = pum_pnext_find_out(out->pNext, VK_STRUCTURE_TYPE_SUBRESOURCE_HOST_MEMCPY_SIZE);
    if (memcpy_size) {
        memcpy_size->size = out->subresourceLayout.size;
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_GetImageSubresourceLayout2(VkDevice _dev, VkImage _img, const VkImageSubresource2 *pSub, VkSubresourceLayout2 *pLayout)
{
    (void)_dev;
    subresource_layout2(pum_image_from_handle(_img), &pSub->imageSubresource, pLayout);
}

VKAPI_ATTR void VKAPI_CALL
pum_GetDeviceImageSubresourceLayout(VkDevice _dev, const VkDeviceImageSubresourceInfo *pInfo, VkSubresourceLayout2 *pLayout)
{
    struct pum_image img = {0};
    if (image_init(pum_device_base_from_handle(_dev), &img, pInfo->pCreateInfo) == VK_SUCCESS) {
        subresource_layout2(&img, &pInfo->pSubresource->imageSubresource, pLayout);
    } else {
        pLayout->subresourceLayout = (VkSubresourceLayout){0};
    }
}

struct pum_image_slice
pum_image_slice_get(const struct pum_image *img, uint32_t aspect, uint32_t level, uint32_t layer)
{
    const uint32_t plane = pum_image_layout_plane_of_aspect(&img->layout, aspect);
    const struct pum_image_plane *p = &img->layout.plane[plane];
    return (struct pum_image_slice){
        .data = pum_image_plane_data(img, plane) + layer * p->layer_pitch_B + p->level[level].offset_B,
        .row_pitch_B = p->level[level].row_pitch_B,
        .slice_pitch_B = p->level[level].slice_pitch_B,
        .layout = pum_image_level_layout(p, level),
        .samples_log2 = pum_image_samples_log2(img),
        .sample_pitch_B = p->sample_pitch_B,
        .format = p->format,
        .width = pum_format_plane_px(img->format, plane, 0, pum_image_level_extent(img->extent.width, level)),
        .height = pum_format_plane_px(img->format, plane, 1, pum_image_level_extent(img->extent.height, level)),
        .depth = pum_image_level_extent(img->extent.depth, level),
    };
}
