/* What the physical device says about handles that cross a process border. SPEC: capabilities, "Additional Image/Buffer Capabilities". */
#include <string.h>

#include "device/instance.h"
#include "format/format.h"
#include "memory/dma_buf.h"
#include "memory/handle_types.h"
#include "object/outarray.h"
#include "object/pnext.h"
#include "registry/vk_entrypoints.h"
#include "resource/drm_modifier.h"

/* False: the type does not exist here. */
static bool
memory_properties(VkExternalMemoryHandleTypeFlags type, VkExternalMemoryProperties *out)
{
    const VkExternalMemoryHandleTypeFlags opaque = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT,
                                          dma = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT;
    const VkExternalMemoryFeatureFlags import = VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT, both = import | VK_EXTERNAL_MEMORY_FEATURE_EXPORTABLE_BIT;
    const bool two_handles = pum_dma_source() == PUM_DMA_UDMABUF; /* of one memory */
    switch (pum_handles_from_khr(type)) {
    case PUM_HANDLE_OPAQUE_BIT:
        *out = (VkExternalMemoryProperties){both, opaque, opaque | (two_handles ? dma : 0)};
        return true;
    case PUM_HANDLE_DMA_BUF_BIT:
        *out = pum_dma_source() == PUM_DMA_NONE ? (VkExternalMemoryProperties){import, 0, dma}
                                                : (VkExternalMemoryProperties){both, dma, dma | (two_handles ? opaque : 0)};
        return true;
    case PUM_HANDLE_HOST_ALLOCATION_BIT:
    case PUM_HANDLE_HOST_FOREIGN_BIT:
        *out = (VkExternalMemoryProperties){import, 0, type};
        return true;
    default:
        *out = (VkExternalMemoryProperties){.compatibleHandleTypes = type};
        return false;
    }
}

/* Tilings by DRM modifier: LINEAR tiling under another name, without samples. */
static VkResult
image_properties(VkPhysicalDevice _pdev, const VkPhysicalDeviceImageFormatInfo2 *info, VkImageFormatProperties *out)
{
    const VkPhysicalDeviceImageDrmFormatModifierInfoEXT *drm =
        pum_pnext_find(info->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_DRM_FORMAT_MODIFIER_INFO_EXT);
    if (info->tiling != VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT) {
        return pum_GetPhysicalDeviceImageFormatProperties(_pdev, info->format, info->type, info->tiling, info->usage, info->flags, out);
    }
    if (!drm || drm->drmFormatModifier != PUM_DRM_MODIFIER_LINEAR || !pum_drm_has_format(pum_format_from_vk(info->format))) {
        return VK_ERROR_FORMAT_NOT_SUPPORTED;
    }
    const VkResult r =
        pum_GetPhysicalDeviceImageFormatProperties(_pdev, info->format, info->type, VK_IMAGE_TILING_LINEAR, info->usage, info->flags, out);
    out->sampleCounts = VK_SAMPLE_COUNT_1_BIT;
    return r;
}

void
pum_drm_modifiers_fill(VkFormat format, VkFormatFeatureFlags2 features, VkBaseOutStructure *out)
{
    enum pum_format planes[PUM_MAX_PLANES];
    const enum pum_format f = pum_format_from_vk(format);
    const bool has = pum_drm_has_format(f);
    const uint32_t n_planes = has ? pum_format_planes(f, planes) : 0;
    uint32_t i;
    if (out->sType == VK_STRUCTURE_TYPE_DRM_FORMAT_MODIFIER_PROPERTIES_LIST_EXT) {
        VkDrmFormatModifierPropertiesListEXT *list = (VkDrmFormatModifierPropertiesListEXT *)(void *)out;
        struct pum_outarray a = pum_outarray_begin(&list->drmFormatModifierCount, list->pDrmFormatModifierProperties);
        if (has && pum_outarray_next(&a, &i)) { /* bits from 31 on exist only in the wide flags */
            list->pDrmFormatModifierProperties[i] =
                (VkDrmFormatModifierPropertiesEXT){PUM_DRM_MODIFIER_LINEAR, n_planes, (VkFormatFeatureFlags)(features & INT32_MAX)};
        }
    } else if (out->sType == VK_STRUCTURE_TYPE_DRM_FORMAT_MODIFIER_PROPERTIES_LIST_2_EXT) {
        VkDrmFormatModifierPropertiesList2EXT *list = (VkDrmFormatModifierPropertiesList2EXT *)(void *)out;
        struct pum_outarray a = pum_outarray_begin(&list->drmFormatModifierCount, list->pDrmFormatModifierProperties);
        if (has && pum_outarray_next(&a, &i)) {
            list->pDrmFormatModifierProperties[i] = (VkDrmFormatModifierProperties2EXT){PUM_DRM_MODIFIER_LINEAR, n_planes, features};
        }
    }
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetPhysicalDeviceImageFormatProperties2(VkPhysicalDevice _pdev, const VkPhysicalDeviceImageFormatInfo2 *pInfo,
                                            VkImageFormatProperties2 *pProps)
{
    const VkPhysicalDeviceExternalImageFormatInfo *ext =
        pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_IMAGE_FORMAT_INFO);
    VkExternalImageFormatProperties *ext_out = pum_pnext_find_out(pProps->pNext, VK_STRUCTURE_TYPE_EXTERNAL_IMAGE_FORMAT_PROPERTIES);
    VkExternalMemoryProperties memory = {0};
    const bool sparse = pInfo->flags & VK_IMAGE_CREATE_SPARSE_BINDING_BIT; /* it has no memory of its own to share */
    const bool known = !ext || !ext->handleType || (!sparse && memory_properties((VkExternalMemoryHandleTypeFlags)ext->handleType, &memory));
    VkResult result = known ? image_properties(_pdev, pInfo, &pProps->imageFormatProperties) : VK_ERROR_FORMAT_NOT_SUPPORTED;
    const VkImageStencilUsageCreateInfo *stencil = pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_IMAGE_STENCIL_USAGE_CREATE_INFO);
    if (result == VK_SUCCESS && stencil && pum_format_info(pum_format_from_vk(pInfo->format))->stencil) { /* both must be possible */
        VkPhysicalDeviceImageFormatInfo2 same = *pInfo;
        same.usage = stencil->stencilUsage;
        result = image_properties(_pdev, &same, &pProps->imageFormatProperties);
    }
    if (result != VK_SUCCESS) {
        memset(&pProps->imageFormatProperties, 0, sizeof(pProps->imageFormatProperties));
        memory = (VkExternalMemoryProperties){0};
    } else if (ext && ext->handleType == VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT) {
        pProps->imageFormatProperties.sampleCounts = VK_SAMPLE_COUNT_1_BIT; /* nobody else knows our planes of samples */
    }
    if (ext_out) {
        ext_out->externalMemoryProperties = memory;
    }
    VkHostImageCopyDevicePerformanceQuery *host_copy =
        pum_pnext_find_out(pProps->pNext, VK_STRUCTURE_TYPE_HOST_IMAGE_COPY_DEVICE_PERFORMANCE_QUERY);
    if (host_copy) { /* the usage changes nothing */
        host_copy->optimalDeviceAccess = host_copy->identicalMemoryLayout = VK_TRUE;
    }
    VkSamplerYcbcrConversionImageFormatProperties *conversion =
        pum_pnext_find_out(pProps->pNext, VK_STRUCTURE_TYPE_SAMPLER_YCBCR_CONVERSION_IMAGE_FORMAT_PROPERTIES);
    if (conversion) {
        conversion->combinedImageSamplerDescriptorCount = 1; /* one record holds all planes */
    }
    return result;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetPhysicalDeviceExternalImageFormatPropertiesNV(VkPhysicalDevice _pdev, VkFormat format, VkImageType type, VkImageTiling tiling,
                                                     VkImageUsageFlags usage, VkImageCreateFlags flags,
                                                     VkExternalMemoryHandleTypeFlagsNV handle_type, VkExternalImageFormatPropertiesNV *pProps)
{
    /* Importing goes through VkImportMemoryFdInfoKHR, which takes the same handles; EXPORTABLE alone would be the stricter reading. */
    const VkExternalMemoryFeatureFlagsNV features = VK_EXTERNAL_MEMORY_FEATURE_EXPORTABLE_BIT_NV | VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT_NV;
    const uint32_t handle = pum_handles_from_nv(handle_type);
    memset(pProps, 0, sizeof(*pProps));
    if ((handle & PUM_HANDLE_UNKNOWN_BIT) || (handle && flags & VK_IMAGE_CREATE_SPARSE_BINDING_BIT)) {
        return VK_ERROR_FORMAT_NOT_SUPPORTED;
    }
    const VkResult r = pum_GetPhysicalDeviceImageFormatProperties(_pdev, format, type, tiling, usage, flags, &pProps->imageFormatProperties);
    if (r == VK_SUCCESS && handle) {
        pProps->externalMemoryFeatures = features;
        pProps->exportFromImportedHandleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_WIN32_BIT_NV;
        pProps->compatibleHandleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_WIN32_BIT_NV;
    }
    return r;
}

VKAPI_ATTR void VKAPI_CALL
pum_GetPhysicalDeviceExternalBufferProperties(VkPhysicalDevice _pdev, const VkPhysicalDeviceExternalBufferInfo *pInfo,
                                              VkExternalBufferProperties *pProps)
{
    (void)_pdev;
    const VkExternalMemoryHandleTypeFlags host =
        VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT | VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_MAPPED_FOREIGN_MEMORY_BIT_EXT;
    (void)memory_properties((VkExternalMemoryHandleTypeFlags)pInfo->handleType, &pProps->externalMemoryProperties);
    if (pInfo->flags & VK_BUFFER_CREATE_SPARSE_BINDING_BIT && pInfo->handleType & host) { /* pages of the application can't be mapped twice */
        pProps->externalMemoryProperties.externalMemoryFeatures = 0;
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_GetPhysicalDeviceExternalSemaphoreProperties(VkPhysicalDevice _pdev, const VkPhysicalDeviceExternalSemaphoreInfo *pInfo,
                                                 VkExternalSemaphoreProperties *pProps)
{
    (void)_pdev;
    const VkSemaphoreTypeCreateInfo *type = pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO);
    const bool timeline = type && type->semaphoreType == VK_SEMAPHORE_TYPE_TIMELINE;
    const VkExternalSemaphoreHandleTypeFlags opaque = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT,
                                             sync = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT;
    const bool is_opaque = pInfo->handleType == VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT;
    const bool is_sync = pInfo->handleType == VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT && !timeline;
    pProps->externalSemaphoreFeatures =
        is_opaque || is_sync ? VK_EXTERNAL_SEMAPHORE_FEATURE_EXPORTABLE_BIT | VK_EXTERNAL_SEMAPHORE_FEATURE_IMPORTABLE_BIT : 0;
    pProps->exportFromImportedHandleTypes = is_opaque ? opaque : is_sync ? sync | opaque : 0;
    pProps->compatibleHandleTypes = is_opaque ? opaque | (timeline ? 0 : sync) : is_sync ? sync | opaque : 0;
}

VKAPI_ATTR void VKAPI_CALL
pum_GetPhysicalDeviceExternalFenceProperties(VkPhysicalDevice _pdev, const VkPhysicalDeviceExternalFenceInfo *pInfo,
                                             VkExternalFenceProperties *pProps)
{
    (void)_pdev;
    const VkExternalFenceHandleTypeFlags opaque = VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT, sync = VK_EXTERNAL_FENCE_HANDLE_TYPE_SYNC_FD_BIT;
    const bool is_opaque = pInfo->handleType == VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT;
    const bool is_sync = pInfo->handleType == VK_EXTERNAL_FENCE_HANDLE_TYPE_SYNC_FD_BIT;
    pProps->externalFenceFeatures =
        is_opaque || is_sync ? VK_EXTERNAL_FENCE_FEATURE_EXPORTABLE_BIT | VK_EXTERNAL_FENCE_FEATURE_IMPORTABLE_BIT : 0;
    pProps->exportFromImportedHandleTypes = is_opaque ? opaque : is_sync ? sync | opaque : 0;
    pProps->compatibleHandleTypes = is_opaque || is_sync ? opaque | sync : 0;
}
