#include "resource/sampler.h"

#include <string.h>

#include "object/device_base.h"
#include "object/pnext.h"
#include "registry/vk_entrypoints.h"
#include "resource/ycbcr_conversion.h"

static uint8_t
address_mode(VkSamplerAddressMode mode)
{
    switch (mode) {
    case VK_SAMPLER_ADDRESS_MODE_MIRRORED_REPEAT:
        return PUM_ADDRESS_MIRROR;
    case VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE:
        return PUM_ADDRESS_CLAMP;
    case VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_BORDER:
        return PUM_ADDRESS_BORDER;
    case VK_SAMPLER_ADDRESS_MODE_MIRROR_CLAMP_TO_EDGE:
        return PUM_ADDRESS_MIRROR_ONCE;
    case VK_SAMPLER_ADDRESS_MODE_REPEAT:
    case VK_SAMPLER_ADDRESS_MODE_MAX_ENUM:
        break;
    }
    return PUM_ADDRESS_REPEAT;
}

/* Custom colours count for as many components as the image has; the view swizzles them like texels. */
static void
custom_border(struct pum_desc_sampler *d, const VkSamplerCreateInfo *info)
{
    const VkSamplerCustomBorderColorCreateInfoEXT *custom = pum_pnext_find(info->pNext, VK_STRUCTURE_TYPE_SAMPLER_CUSTOM_BORDER_COLOR_CREATE_INFO_EXT);
    if (custom && (info->borderColor == VK_BORDER_COLOR_FLOAT_CUSTOM_EXT || info->borderColor == VK_BORDER_COLOR_INT_CUSTOM_EXT)) {
        memcpy(d->border, custom->customBorderColor.uint32, sizeof(d->border));
    }
}

static uint8_t
reduction(const VkSamplerCreateInfo *info)
{
    const VkSamplerReductionModeCreateInfo *r = pum_pnext_find(info->pNext, VK_STRUCTURE_TYPE_SAMPLER_REDUCTION_MODE_CREATE_INFO);
    return !r ? 0 : r->reductionMode == VK_SAMPLER_REDUCTION_MODE_MIN ? 1 : r->reductionMode == VK_SAMPLER_REDUCTION_MODE_MAX ? 2 : 0;
}

static void
fill_border(struct pum_desc_sampler *d, VkBorderColor color)
{
    const uint32_t one = color == VK_BORDER_COLOR_INT_OPAQUE_BLACK || color == VK_BORDER_COLOR_INT_OPAQUE_WHITE ? 1u : 0x3f800000u;
    const bool white = color == VK_BORDER_COLOR_INT_OPAQUE_WHITE || color == VK_BORDER_COLOR_FLOAT_OPAQUE_WHITE;
    const bool transparent = color == VK_BORDER_COLOR_INT_TRANSPARENT_BLACK || color == VK_BORDER_COLOR_FLOAT_TRANSPARENT_BLACK;
    d->border_kind = (uint8_t)color;
    for (int i = 0; i < 3; i++) {
        d->border[i] = white ? one : 0;
    }
    d->border[3] = transparent ? 0 : one;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateSampler(VkDevice _dev, const VkSamplerCreateInfo *pInfo, const VkAllocationCallbacks *pAllocator, VkSampler *pSampler)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct pum_sampler *smp = pum_object_zalloc(dev, pAllocator, sizeof(*smp), VK_OBJECT_TYPE_SAMPLER);
    if (!smp) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateSampler");
    }
    const float aniso = pInfo->anisotropyEnable ? pInfo->maxAnisotropy : 1.0f;
    smp->desc = (struct pum_desc_sampler){
        .mag_linear = pInfo->magFilter == VK_FILTER_LINEAR,
        .min_linear = pInfo->minFilter == VK_FILTER_LINEAR,
        .mip_linear = pInfo->mipmapMode == VK_SAMPLER_MIPMAP_MODE_LINEAR,
        .address = {address_mode(pInfo->addressModeU), address_mode(pInfo->addressModeV), address_mode(pInfo->addressModeW)},
        .compare = (uint8_t)(1 + pInfo->compareOp), /* only instructions with a reference look at it, and for them there is nothing else to do */
        .unnormalized = pInfo->unnormalizedCoordinates != 0,
        .anisotropy = (uint8_t)(aniso >= 16.0f ? 16 : aniso >= 1.0f ? (int)aniso : 1),
        .reduction = reduction(pInfo),
        .non_seamless_cube = (pInfo->flags & VK_SAMPLER_CREATE_NON_SEAMLESS_CUBE_MAP_BIT_EXT) != 0,
        .lod_bias = pInfo->mipLodBias,
        .min_lod = pInfo->minLod,
        .max_lod = pInfo->maxLod,
    };
    fill_border(&smp->desc, pInfo->borderColor);
    custom_border(&smp->desc, pInfo);
    const struct pum_ycbcr_conversion *conversion = pum_ycbcr_conversion_find(pInfo->pNext);
    if (conversion) {
        smp->desc.ycbcr = conversion->desc.ycbcr;
    }
    smp->desc.simple = pum_sampler_is_simple(&smp->desc);
    *pSampler = pum_sampler_to_handle(smp);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroySampler(VkDevice _dev, VkSampler _smp, const VkAllocationCallbacks *pAllocator)
{
    pum_object_free(pum_device_base_from_handle(_dev), pAllocator, pum_sampler_from_handle(_smp));
}
