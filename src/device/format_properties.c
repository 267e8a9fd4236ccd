/* What can be done with a format: features, images of it, sparse blocks. */
#include <string.h>

#include "device/instance.h"
#include "format/format.h"
#include "object/limits.h"
#include "object/outarray.h"
#include "object/pnext.h"
#include "registry/vk_entrypoints.h"
#include "resource/image_layout.h"
#include "resource/sparse.h"

VKAPI_ATTR void VKAPI_CALL
pum_GetPhysicalDeviceFormatProperties(VkPhysicalDevice _pdev, VkFormat format, VkFormatProperties *pProps)
{
    (void)_pdev;
    const enum pum_format f = pum_format_from_vk(format);
    const VkFormatFeatureFlags image = pum_format_image_features(f);
    const bool wide = pum_format_wide_components(format) != 0;
    *pProps = (VkFormatProperties){image, image, pum_format_buffer_features(f) | (wide ? VK_FORMAT_FEATURE_VERTEX_BUFFER_BIT : 0)};
}

/* The lower 32 bits mean the same in both; formats do without a qualifier in shaders, and depth formats compare. */
static VkFormatFeatureFlags2
wide_features(VkFormat format, VkFormatFeatureFlags f)
{
    VkFormatFeatureFlags2 wide = f;
    if (f & (VK_FORMAT_FEATURE_STORAGE_IMAGE_BIT | VK_FORMAT_FEATURE_STORAGE_TEXEL_BUFFER_BIT)) {
        wide |= VK_FORMAT_FEATURE_2_STORAGE_READ_WITHOUT_FORMAT_BIT | VK_FORMAT_FEATURE_2_STORAGE_WRITE_WITHOUT_FORMAT_BIT;
    }
    if (f & VK_FORMAT_FEATURE_TRANSFER_SRC_BIT && f & VK_FORMAT_FEATURE_TRANSFER_DST_BIT) {
        wide |= VK_FORMAT_FEATURE_2_HOST_IMAGE_TRANSFER_BIT;
    }
    if (f & VK_FORMAT_FEATURE_TRANSFER_DST_BIT) {
        wide |= VK_FORMAT_FEATURE_2_COPY_IMAGE_INDIRECT_DST_BIT_KHR;
    }
    if (f & VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT && pum_format_info(pum_format_from_vk(format))->depth) {
        wide |= VK_FORMAT_FEATURE_2_SAMPLED_IMAGE_DEPTH_COMPARISON_BIT;
    }
    return wide;
}

VKAPI_ATTR void VKAPI_CALL
pum_GetPhysicalDeviceFormatProperties2(VkPhysicalDevice _pdev, VkFormat format, VkFormatProperties2 *pProps)
{
    pum_GetPhysicalDeviceFormatProperties(_pdev, format, &pProps->formatProperties);
    VkFormatProperties3 *wide = pum_pnext_find_out(pProps->pNext, VK_STRUCTURE_TYPE_FORMAT_PROPERTIES_3);
    if (wide) {
        wide->linearTilingFeatures = wide_features(format, pProps->formatProperties.linearTilingFeatures);
        wide->optimalTilingFeatures = wide_features(format, pProps->formatProperties.optimalTilingFeatures);
        wide->bufferFeatures = wide_features(format, pProps->formatProperties.bufferFeatures);
    }
    VkSubpassResolvePerformanceQueryEXT *resolve = pum_pnext_find_out(pProps->pNext, VK_STRUCTURE_TYPE_SUBPASS_RESOLVE_PERFORMANCE_QUERY_EXT);
    if (resolve) { /* tile by tile, in the cache */
        resolve->optimal = (pProps->formatProperties.optimalTilingFeatures &
                            (VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BIT | VK_FORMAT_FEATURE_DEPTH_STENCIL_ATTACHMENT_BIT)) != 0;
    }
    for (VkBaseOutStructure *s = pProps->pNext; s; s = s->pNext) {
        pum_drm_modifiers_fill(format, wide_features(format, pProps->formatProperties.linearTilingFeatures), s);
    }
}

#define OFFERED_USAGE                                                                                                                      \
    (VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT | VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_STORAGE_BIT |          \
     VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSIENT_ATTACHMENT_BIT |          \
     VK_IMAGE_USAGE_INPUT_ATTACHMENT_BIT | VK_IMAGE_USAGE_ATTACHMENT_FEEDBACK_LOOP_BIT_EXT | VK_IMAGE_USAGE_HOST_TRANSFER_BIT)

static bool
usage_fits(VkImageUsageFlags usage, VkFormatFeatureFlags f)
{
    const VkFormatFeatureFlags both = VK_FORMAT_FEATURE_TRANSFER_SRC_BIT | VK_FORMAT_FEATURE_TRANSFER_DST_BIT;
    return (!(usage & VK_IMAGE_USAGE_TRANSFER_SRC_BIT) || f & VK_FORMAT_FEATURE_TRANSFER_SRC_BIT) &&
           (!(usage & VK_IMAGE_USAGE_TRANSFER_DST_BIT) || f & VK_FORMAT_FEATURE_TRANSFER_DST_BIT) &&
           (!(usage & VK_IMAGE_USAGE_HOST_TRANSFER_BIT) || (f & both) == both) &&
           (!(usage & VK_IMAGE_USAGE_SAMPLED_BIT) || f & VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT) &&
           (!(usage & VK_IMAGE_USAGE_STORAGE_BIT) || f & VK_FORMAT_FEATURE_STORAGE_IMAGE_BIT) &&
           (!(usage & VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT) || f & VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BIT) &&
           (!(usage & VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT) || f & VK_FORMAT_FEATURE_DEPTH_STENCIL_ATTACHMENT_BIT) &&
           (!(usage & VK_IMAGE_USAGE_INPUT_ATTACHMENT_BIT) ||
            f & (VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BIT | VK_FORMAT_FEATURE_DEPTH_STENCIL_ATTACHMENT_BIT));
}

static uint32_t
full_levels(uint32_t px)
{
    return 32 - (uint32_t)__builtin_clz(px);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetPhysicalDeviceImageFormatProperties(VkPhysicalDevice _pdev, VkFormat format, VkImageType type, VkImageTiling tiling,
                                           VkImageUsageFlags usage, VkImageCreateFlags flags, VkImageFormatProperties *pProps)
{
    const enum pum_format f = pum_format_from_vk(format);
    const VkFormatFeatureFlags features = pum_format_image_features(f);
    const VkImageCreateFlags offered = VK_IMAGE_CREATE_MUTABLE_FORMAT_BIT | VK_IMAGE_CREATE_CUBE_COMPATIBLE_BIT | VK_IMAGE_CREATE_ALIAS_BIT |
                                       VK_IMAGE_CREATE_2D_ARRAY_COMPATIBLE_BIT | VK_IMAGE_CREATE_BLOCK_TEXEL_VIEW_COMPATIBLE_BIT |
                                       VK_IMAGE_CREATE_EXTENDED_USAGE_BIT | VK_IMAGE_CREATE_SPARSE_BINDING_BIT |
                                       VK_IMAGE_CREATE_SPARSE_RESIDENCY_BIT | VK_IMAGE_CREATE_SPARSE_ALIASED_BIT |
                                       VK_IMAGE_CREATE_2D_VIEW_COMPATIBLE_BIT_EXT | VK_IMAGE_CREATE_DISJOINT_BIT |
                                       VK_IMAGE_CREATE_SAMPLE_LOCATIONS_COMPATIBLE_DEPTH_BIT_EXT |
                                       VK_IMAGE_CREATE_ALIAS_SINGLE_LAYER_DESCRIPTOR_BIT_KHR |
                                       VK_IMAGE_CREATE_MULTISAMPLED_RENDER_TO_SINGLE_SAMPLED_BIT_EXT;
    memset(pProps, 0, sizeof(*pProps));
    if (f == PUM_FORMAT_NONE || !features || (flags & ~offered) || (usage & ~(VkImageUsageFlags)OFFERED_USAGE) || tiling == VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT ||
        (!(flags & VK_IMAGE_CREATE_EXTENDED_USAGE_BIT) && !usage_fits(usage, features)) ||
        ((flags & VK_IMAGE_CREATE_CUBE_COMPATIBLE_BIT) && type != VK_IMAGE_TYPE_2D)) {
        return VK_ERROR_FORMAT_NOT_SUPPORTED;
    }
    const struct pum_format_info *fi = pum_format_info(f);
    if (flags & VK_IMAGE_CREATE_SAMPLE_LOCATIONS_COMPATIBLE_DEPTH_BIT_EXT && !fi->depth) {
        return VK_ERROR_FORMAT_NOT_SUPPORTED;
    }
    if (flags & VK_IMAGE_CREATE_SPARSE_RESIDENCY_BIT &&
        (type == VK_IMAGE_TYPE_1D || tiling != VK_IMAGE_TILING_OPTIMAL || !pum_image_has_tiles(f))) {
        return VK_ERROR_FORMAT_NOT_SUPPORTED;
    }
    const bool disjoint = flags & VK_IMAGE_CREATE_DISJOINT_BIT, ycbcr = pum_format_is_ycbcr(f);
    if ((fi->block_w > 1 && type == VK_IMAGE_TYPE_1D) || (ycbcr && (type != VK_IMAGE_TYPE_2D || flags & VK_IMAGE_CREATE_CUBE_COMPATIBLE_BIT)) ||
        (disjoint && flags & VK_IMAGE_CREATE_SPARSE_BINDING_BIT) ||
        (disjoint && !(features & VK_FORMAT_FEATURE_DISJOINT_BIT) && !(flags & VK_IMAGE_CREATE_ALIAS_BIT))) {
        return VK_ERROR_FORMAT_NOT_SUPPORTED;
    }
    const uint32_t px = type == VK_IMAGE_TYPE_3D ? PUM_MAX_IMAGE_3D_PX : PUM_MAX_IMAGE_2D_PX;
    pProps->maxExtent = (VkExtent3D){px, type == VK_IMAGE_TYPE_1D ? 1 : px, type == VK_IMAGE_TYPE_3D ? px : 1};
    pProps->maxMipLevels = ycbcr ? 1 : full_levels(px);
    pProps->maxArrayLayers = type == VK_IMAGE_TYPE_3D ? 1 : PUM_MAX_IMAGE_LAYERS;
    /* SPEC: features-supported-sample-counts */
    const VkFormatFeatureFlags renderable = VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BIT | VK_FORMAT_FEATURE_DEPTH_STENCIL_ATTACHMENT_BIT;
    const bool many = tiling == VK_IMAGE_TILING_OPTIMAL && type == VK_IMAGE_TYPE_2D && !(flags & VK_IMAGE_CREATE_CUBE_COMPATIBLE_BIT) &&
                      (features & renderable);
    if (flags & VK_IMAGE_CREATE_MULTISAMPLED_RENDER_TO_SINGLE_SAMPLED_BIT_EXT && !many) {
        return VK_ERROR_FORMAT_NOT_SUPPORTED;
    }
    pProps->sampleCounts = many ? PUM_SAMPLE_COUNTS : VK_SAMPLE_COUNT_1_BIT;
    pProps->maxResourceSize = PUM_MIN(pum_physical_device_from_handle(_pdev)->heap_B, (uint64_t)UINT32_MAX);
    return VK_SUCCESS;
}

static void
sparse_format(VkPhysicalDevice _pdev, VkFormat format, VkImageType type, VkSampleCountFlagBits samples, VkImageUsageFlags usage,
              VkImageTiling tiling, uint32_t *pCount, VkSparseImageFormatProperties *pProps, VkSparseImageFormatProperties2 *pProps2)
{
    struct pum_outarray out = pum_outarray_begin(pCount, pProps ? (const void *)pProps : pProps2);
    VkImageFormatProperties image;
    VkSparseImageFormatProperties s[PUM_MAX_PLANES];
    uint32_t k;
    const VkImageCreateFlags flags = VK_IMAGE_CREATE_SPARSE_BINDING_BIT | VK_IMAGE_CREATE_SPARSE_RESIDENCY_BIT;
    if (pum_GetPhysicalDeviceImageFormatProperties(_pdev, format, type, tiling, usage, flags, &image) != VK_SUCCESS ||
        !(image.sampleCounts & samples)) {
        return;
    }
    const uint32_t n = pum_sparse_properties(pum_format_from_vk(format), (uint32_t)samples, s);
    for (uint32_t i = 0; i < n; i++) {
        if (pum_outarray_next(&out, &k)) {
            *(pProps ? &pProps[k] : &pProps2[k].properties) = s[i];
        }
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_GetPhysicalDeviceSparseImageFormatProperties(VkPhysicalDevice _pdev, VkFormat format, VkImageType type, VkSampleCountFlagBits samples,
                                                 VkImageUsageFlags usage, VkImageTiling tiling, uint32_t *pCount,
                                                 VkSparseImageFormatProperties *pProps)
{
    sparse_format(_pdev, format, type, samples, usage, tiling, pCount, pProps, NULL);
}

VKAPI_ATTR void VKAPI_CALL
pum_GetPhysicalDeviceSparseImageFormatProperties2(VkPhysicalDevice _pdev, const VkPhysicalDeviceSparseImageFormatInfo2 *pInfo,
                                                  uint32_t *pCount, VkSparseImageFormatProperties2 *pProps)
{
    sparse_format(_pdev, pInfo->format, pInfo->type, pInfo->samples, pInfo->usage, pInfo->tiling, pCount, NULL, pProps);
}
