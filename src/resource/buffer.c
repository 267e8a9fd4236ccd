#include "resource/buffer.h"

#include "abi/accel.h"
#include "format/format.h"
#include "memory/address_map.h"
#include "memory/device_memory.h"
#include "object/limits.h"
#include "object/device_base.h"
#include "object/pnext.h"
#include "registry/vk_entrypoints.h"
#include "resource/image_layout.h"
#include "resource/sparse.h"
#include "rt/rt.h"

/* Whole vectors are loaded from buffers: 16 bytes keep every scalar type and descriptor record aligned, 64 a cache line. */
#define BUFFER_ALIGNMENT_B 64

static VkMemoryRequirements
buffer_requirements(uint64_t size_B, VkBufferCreateFlags flags, VkBufferUsageFlags usage)
{
    const uint64_t align_B = flags & VK_BUFFER_CREATE_SPARSE_BINDING_BIT                        ? PUM_SPARSE_BLOCK_B
                             : usage & VK_BUFFER_USAGE_ACCELERATION_STRUCTURE_STORAGE_BIT_KHR ? PUM_ACCEL_ALIGN_B
                                                                                                 : BUFFER_ALIGNMENT_B;
    return (VkMemoryRequirements){
        .size = PUM_ALIGN_UP(size_B, align_B),
        .alignment = align_B,
        .memoryTypeBits = PUM_MEMORY_TYPE_MASK,
    };
}

static bool
is_external(const VkBufferCreateInfo *info)
{
    const VkExternalMemoryBufferCreateInfo *ext = pum_pnext_find(info->pNext, VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO);
    return ext && ext->handleTypes;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateBuffer(VkDevice _dev, const VkBufferCreateInfo *pInfo, const VkAllocationCallbacks *pAllocator, VkBuffer *pBuffer)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    if (pInfo->flags & VK_BUFFER_CREATE_PROTECTED_BIT) {
        return pum_error(dev, NULL, VK_ERROR_FEATURE_NOT_PRESENT, "vkCreateBuffer: flags 0x%x need a feature that is absent", pInfo->flags);
    }
    if (pInfo->size == 0 || pInfo->size > PUM_MAX_BUFFER_B) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_DEVICE_MEMORY, "vkCreateBuffer: size %llu B", (unsigned long long)pInfo->size);
    }
    struct pum_buffer *buf = pum_object_zalloc(dev, pAllocator, sizeof(*buf), VK_OBJECT_TYPE_BUFFER);
    if (!buf) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateBuffer");
    }
    buf->size_B = pInfo->size;
    buf->usage = pInfo->usage;
    buf->external = is_external(pInfo);
    buf->flags = pInfo->flags;
    if (pInfo->flags & VK_BUFFER_CREATE_SPARSE_BINDING_BIT) {
        buf->sparse = pum_sparse_reserve(pInfo->size);
        if (!buf->sparse) {
            pum_object_free(dev, pAllocator, buf);
            return pum_error(dev, NULL, VK_ERROR_OUT_OF_DEVICE_MEMORY, "vkCreateBuffer: no address space");
        }
        buf->data = (uint8_t *)(uintptr_t)buf->sparse->base;
        if (!pum_address_map_add(dev, buf->data, buf->sparse->size_B, buf->sparse)) {
            pum_sparse_release(buf->sparse);
            pum_object_free(dev, pAllocator, buf);
            return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateBuffer");
        }
    }
    pum_report_address(dev, buf, true, buf->data, buf->size_B, true); /* of sparse ones */
    *pBuffer = pum_buffer_to_handle(buf);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyBuffer(VkDevice _dev, VkBuffer _buf, const VkAllocationCallbacks *pAllocator)
{
    struct pum_buffer *buf = pum_buffer_from_handle(_buf);
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    if (buf) {
        pum_report_address(dev, buf, false, buf->data, buf->size_B, false);
    }
    if (buf && buf->sparse) {
        (void)pum_address_map_remove(dev, buf->data, buf->sparse->size_B);
        pum_sparse_release(buf->sparse);
    }
    pum_object_free(dev, pAllocator, buf);
}

VKAPI_ATTR void VKAPI_CALL
pum_GetBufferMemoryRequirements(VkDevice _dev, VkBuffer _buf, VkMemoryRequirements *pReqs)
{
    (void)_dev;
    const struct pum_buffer *buf = pum_buffer_from_handle(_buf);
    *pReqs = buffer_requirements(buf->size_B, buf->flags, buf->usage);
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
pum_GetBufferMemoryRequirements2(VkDevice _dev, const VkBufferMemoryRequirementsInfo2 *pInfo, VkMemoryRequirements2 *pReqs)
{
    (void)_dev;
    const struct pum_buffer *buf = pum_buffer_from_handle(pInfo->buffer);
    requirements2(pReqs, buffer_requirements(buf->size_B, buf->flags, buf->usage), buf->external);
}

VKAPI_ATTR void VKAPI_CALL
pum_GetDeviceBufferMemoryRequirements(VkDevice _dev, const VkDeviceBufferMemoryRequirements *pInfo, VkMemoryRequirements2 *pReqs)
{
    (void)_dev;
    requirements2(pReqs, buffer_requirements(pInfo->pCreateInfo->size, pInfo->pCreateInfo->flags, pInfo->pCreateInfo->usage), is_external(pInfo->pCreateInfo));
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_BindBufferMemory(VkDevice _dev, VkBuffer _buf, VkDeviceMemory _mem, VkDeviceSize offset_B)
{
    struct pum_device_memory *mem = pum_device_memory_from_handle(_mem);
    struct pum_buffer *buf = pum_buffer_from_handle(_buf);
    if (offset_B > mem->size_B || buf->size_B > mem->size_B - offset_B) { /* would let shaders leave the mapping */
        return pum_error(pum_device_base_from_handle(_dev), buf, VK_ERROR_OUT_OF_DEVICE_MEMORY,
                         "vkBindBufferMemory: %llu B at offset %llu do not fit into %llu B", (unsigned long long)buf->size_B,
                         (unsigned long long)offset_B, (unsigned long long)mem->size_B);
    }
    if (buf->sparse) {
        return pum_error(pum_device_base_from_handle(_dev), buf, VK_ERROR_OUT_OF_DEVICE_MEMORY, "vkBindBufferMemory: sparse buffers are bound by queues");
    }
    buf->data = mem->data + offset_B;
    pum_report_address(pum_device_base_from_handle(_dev), buf, true, buf->data, buf->size_B, false);
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_BindBufferMemory2(VkDevice _dev, uint32_t count, const VkBindBufferMemoryInfo *pInfos)
{
    VkResult result = VK_SUCCESS;
    for (uint32_t i = 0; i < count; i++) {
        const VkResult r = pum_BindBufferMemory(_dev, pInfos[i].buffer, pInfos[i].memory, pInfos[i].memoryOffset);
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

/* The address is the host's: shaders run in this process. */
VKAPI_ATTR VkDeviceAddress VKAPI_CALL
pum_GetBufferDeviceAddress(VkDevice _dev, const VkBufferDeviceAddressInfo *pInfo)
{
    (void)_dev;
    return (uintptr_t)pum_buffer_from_handle(pInfo->buffer)->data;
}

/* Addresses cannot be asked for again in another run: bufferDeviceAddressCaptureReplay is not offered. */
VKAPI_ATTR uint64_t VKAPI_CALL
pum_GetBufferOpaqueCaptureAddress(VkDevice _dev, const VkBufferDeviceAddressInfo *pInfo)
{
    (void)_dev, (void)pInfo;
    return 0;
}

VKAPI_ATTR uint64_t VKAPI_CALL
pum_GetDeviceMemoryOpaqueCaptureAddress(VkDevice _dev, const VkDeviceMemoryOpaqueCaptureAddressInfo *pInfo)
{
    (void)_dev, (void)pInfo;
    return 0;
}

struct pum_desc_image
pum_texel_buffer_desc(const struct pum_device_base *dev, uint64_t address, uint64_t range_B, VkFormat vk_format, const struct pum_sparse_pages *sparse)
{
    const enum pum_format format = pum_format_from_vk(vk_format);
    const uint32_t texel_B = pum_format_info(format)->block_B;
    const uint64_t elements = texel_B ? range_B / texel_B : 0;
    struct pum_desc_image desc = {
        .address = address,
        .width = (uint32_t)PUM_MIN(elements, (uint64_t)PUM_MAX_TEXEL_BUFFER_EL),
        .height = 1, .depth = 1, .layers = 1, .levels = 1,
        .dim = PUM_VIEW_BUFFER,
        .layout = PUM_TEXEL_LINEAR,
        .texel_log2 = pum_format_texel_log2(format),
        .format = (uint16_t)format,
        .swizzle = {0, 1, 2, 3},
        .ops = pum_rt_image_ops(dev->isa, format, PUM_VIEW_BUFFER),
    };
    desc.sparse = sparse;
    desc.flags = pum_rt_image_flags(&desc);
    return desc;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateBufferView(VkDevice _dev, const VkBufferViewCreateInfo *pInfo, const VkAllocationCallbacks *pAllocator, VkBufferView *pView)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    const struct pum_buffer *buf = pum_buffer_from_handle(pInfo->buffer);
    struct pum_buffer_view *view = pum_object_zalloc(dev, pAllocator, sizeof(*view), VK_OBJECT_TYPE_BUFFER_VIEW);
    if (!view) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateBufferView");
    }
    view->desc = pum_texel_buffer_desc(dev, (uintptr_t)(buf->data + pInfo->offset), pum_buffer_range_B(buf, pInfo->offset, pInfo->range), pInfo->format,
                                       buf->flags & VK_BUFFER_CREATE_SPARSE_RESIDENCY_BIT ? buf->sparse : NULL);
    *pView = pum_buffer_view_to_handle(view);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyBufferView(VkDevice _dev, VkBufferView _view, const VkAllocationCallbacks *pAllocator)
{
    pum_object_free(pum_device_base_from_handle(_dev), pAllocator, pum_buffer_view_from_handle(_view));
}
