/* VK_EXT_descriptor_buffer: sizes and offsets of set layouts, records for the application to put in place. SPEC: descriptorbuffers.
 *
 * Records are those of abi/descriptor.h, which shaders read where the application left them. Views and samplers outlive their use there, so a
 * combined image sampler only refers to their records. */
#include <string.h>

#include "abi/accel.h"
#include "descriptor/descriptor_set.h"
#include "memory/address_map.h"
#include "object/device_base.h"
#include "registry/vk_entrypoints.h"
#include "resource/buffer.h"
#include "resource/image_view.h"
#include "resource/sampler.h"

VKAPI_ATTR void VKAPI_CALL
pum_GetDescriptorSetLayoutSizeEXT(VkDevice _dev, VkDescriptorSetLayout _layout, VkDeviceSize *pSize)
{
    (void)_dev;
    *pSize = pum_set_layout_from_handle(_layout)->size_B;
}

VKAPI_ATTR void VKAPI_CALL
pum_GetDescriptorSetLayoutBindingOffsetEXT(VkDevice _dev, VkDescriptorSetLayout _layout, uint32_t binding, VkDeviceSize *pOffset)
{
    (void)_dev;
    const struct pum_set_layout *layout = pum_set_layout_from_handle(_layout);
    *pOffset = binding < layout->n_bindings ? layout->bindings[binding].offset_B : 0;
}

/* Shaders look at these where a combined image sampler has no view. */
static const struct pum_desc_image null_image;
static const struct pum_desc_sampler null_sampler;

static const struct pum_desc_image *
image_record(const VkDescriptorImageInfo *info, bool storage)
{
    const struct pum_image_view *view = info ? pum_image_view_from_handle(info->imageView) : NULL;
    return !view ? &null_image : storage ? &view->storage : &view->sampled;
}

static const struct pum_desc_sampler *
sampler_record(VkSampler sampler)
{
    return sampler ? &pum_sampler_from_handle(sampler)->desc : &null_sampler;
}

static struct pum_desc_image
texel_record(struct pum_device_base *dev, const VkDescriptorAddressInfoEXT *info)
{
    const struct pum_sparse_pages *sparse = NULL;
    if (!info || !info->address) {
        return null_image;
    }
    if (dev->sparse) {
        (void)pum_address_room_B(dev, info->address, &sparse);
    }
    return pum_texel_buffer_desc(dev, info->address, info->range, info->format, sparse);
}

VKAPI_ATTR void VKAPI_CALL
pum_GetDescriptorEXT(VkDevice _dev, const VkDescriptorGetInfoEXT *pInfo, size_t size_B, void *pDescriptor)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    union {
        struct pum_desc_image image;
        struct pum_desc_sampler sampler;
        struct pum_desc_combined_ref combined;
        struct pum_desc_buffer buffer;
        struct pum_desc_accel accel;
    } r = {.image = null_image};
    switch ((int)pInfo->type) {
    case VK_DESCRIPTOR_TYPE_SAMPLER: r.sampler = *sampler_record(*pInfo->data.pSampler); break;
    case VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER:
        r.combined.image = (uintptr_t)image_record(pInfo->data.pCombinedImageSampler, false);
        r.combined.sampler = (uintptr_t)sampler_record(pInfo->data.pCombinedImageSampler->sampler);
        break;
    case VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE: r.image = *image_record(pInfo->data.pSampledImage, false); break;
    case VK_DESCRIPTOR_TYPE_STORAGE_IMAGE: r.image = *image_record(pInfo->data.pStorageImage, true); break;
    case VK_DESCRIPTOR_TYPE_INPUT_ATTACHMENT: r.image = *image_record(pInfo->data.pInputAttachmentImage, true); break;
    case VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER: r.image = texel_record(dev, pInfo->data.pUniformTexelBuffer); break;
    case VK_DESCRIPTOR_TYPE_STORAGE_TEXEL_BUFFER: r.image = texel_record(dev, pInfo->data.pStorageTexelBuffer); break;
    case VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER:
    case VK_DESCRIPTOR_TYPE_STORAGE_BUFFER: {
        const VkDescriptorAddressInfoEXT *b = pInfo->type == VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER ? pInfo->data.pUniformBuffer : pInfo->data.pStorageBuffer;
        if (b && b->address) {
            r.buffer = (struct pum_desc_buffer){b->address, (uint32_t)PUM_MIN(b->range, (VkDeviceSize)UINT32_MAX), 0};
        }
        break;
    }
    case VK_DESCRIPTOR_TYPE_ACCELERATION_STRUCTURE_KHR: r.accel = (struct pum_desc_accel){.address = pInfo->data.accelerationStructure}; break;
    default: break;
    }
    memcpy(pDescriptor, &r, PUM_MIN(size_B, (size_t)pum_descriptor_record_B(pInfo->type, true)));
}

/* ---- capture and replay: records hold addresses of this run, so descriptorBufferCaptureReplay is not offered ---- */

#define CAPTURE(Thing, Info)                                                                                           \
    VKAPI_ATTR VkResult VKAPI_CALL pum_Get##Thing##OpaqueCaptureDescriptorDataEXT(VkDevice _dev, const Info *pInfo, void *pData) \
    {                                                                                                                  \
        (void)pInfo, (void)pData;                                                                                      \
        return pum_error(pum_device_base_from_handle(_dev), NULL, VK_ERROR_FEATURE_NOT_PRESENT,                        \
                         "vkGet" #Thing "OpaqueCaptureDescriptorDataEXT: descriptorBufferCaptureReplay is not offered"); \
    }
CAPTURE(Buffer, VkBufferCaptureDescriptorDataInfoEXT)
CAPTURE(Image, VkImageCaptureDescriptorDataInfoEXT)
CAPTURE(ImageView, VkImageViewCaptureDescriptorDataInfoEXT)
CAPTURE(Sampler, VkSamplerCaptureDescriptorDataInfoEXT)
CAPTURE(AccelerationStructure, VkAccelerationStructureCaptureDescriptorDataInfoEXT)
