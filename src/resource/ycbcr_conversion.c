#include "resource/ycbcr_conversion.h"

#include "object/device_base.h"
#include "object/pnext.h"
#include "registry/vk_entrypoints.h"

static uint8_t
swizzle(VkComponentSwizzle s, uint8_t identity)
{
    return s == VK_COMPONENT_SWIZZLE_ZERO                                    ? 4
           : s == VK_COMPONENT_SWIZZLE_ONE                                   ? 5
           : s >= VK_COMPONENT_SWIZZLE_R && s <= VK_COMPONENT_SWIZZLE_A      ? (uint8_t)(s - VK_COMPONENT_SWIZZLE_R)
                                                                             : identity;
}

const struct pum_ycbcr_conversion *
pum_ycbcr_conversion_find(const void *next)
{
    const VkSamplerYcbcrConversionInfo *info = pum_pnext_find(next, VK_STRUCTURE_TYPE_SAMPLER_YCBCR_CONVERSION_INFO);
    return info ? pum_ycbcr_conversion_from_handle(info->conversion) : NULL;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateSamplerYcbcrConversion(VkDevice _dev, const VkSamplerYcbcrConversionCreateInfo *pInfo, const VkAllocationCallbacks *pAllocator,
                                 VkSamplerYcbcrConversion *pConversion)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct pum_ycbcr_conversion *c = pum_object_zalloc(dev, pAllocator, sizeof(*c), VK_OBJECT_TYPE_SAMPLER_YCBCR_CONVERSION);
    if (!c) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateSamplerYcbcrConversion");
    }
    c->desc.ycbcr.enabled = 1;
    c->desc.ycbcr.model = (uint8_t)pInfo->ycbcrModel;
    c->desc.ycbcr.narrow = pInfo->ycbcrRange == VK_SAMPLER_YCBCR_RANGE_ITU_NARROW;
    c->desc.ycbcr.midpoint_x = pInfo->xChromaOffset == VK_CHROMA_LOCATION_MIDPOINT;
    c->desc.ycbcr.midpoint_y = pInfo->yChromaOffset == VK_CHROMA_LOCATION_MIDPOINT;
    c->desc.ycbcr.chroma_linear = pInfo->chromaFilter == VK_FILTER_LINEAR;
    c->desc.ycbcr.swizzle[0] = swizzle(pInfo->components.r, 0);
    c->desc.ycbcr.swizzle[1] = swizzle(pInfo->components.g, 1);
    c->desc.ycbcr.swizzle[2] = swizzle(pInfo->components.b, 2);
    c->desc.ycbcr.swizzle[3] = swizzle(pInfo->components.a, 3);
    *pConversion = pum_ycbcr_conversion_to_handle(c);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroySamplerYcbcrConversion(VkDevice _dev, VkSamplerYcbcrConversion _conversion, const VkAllocationCallbacks *pAllocator)
{
    pum_object_free(pum_device_base_from_handle(_dev), pAllocator, pum_ycbcr_conversion_from_handle(_conversion));
}
