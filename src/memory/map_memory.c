/* vkMapMemory and its kin. Memory is always mapped, so mapping gives an address away; only a placed mapping (VK_EXT_map_memory_placed) is
 * a second one, which leaves the driver's own alone: unmapping cannot hurt work that still runs. SPEC: memory-device-hostaccess. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "memory/device_memory.h"
#include "object/device_base.h"
#include "object/pnext.h"
#include "registry/vk_entrypoints.h"

bool
pum_device_memory_map_at(const struct pum_device_memory *mem, uint64_t offset_B, uint64_t size_B, void *at)
{
    const int fd = mem->fd >= 0 ? mem->fd : mem->dma_fd;
    /* Without a file, an old size of 0 makes mremap duplicate shared pages instead of moving them. */
    void *p = fd >= 0 ? mmap(at, size_B, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, (off_t)offset_B)
                      : mremap(mem->data + offset_B, 0, size_B, MREMAP_MAYMOVE | MREMAP_FIXED, at);
    return p != MAP_FAILED;
}

static VkResult
map_placed(struct pum_device_base *dev, struct pum_device_memory *mem, uint64_t offset_B, uint64_t size_B, void *at)
{
    const uint64_t span_B = PUM_ALIGN_UP(size_B, PUM_PAGE_B);
    if (mem->borrowed || !at || (uintptr_t)at % PUM_PAGE_B || offset_B % PUM_PAGE_B || span_B > mem->mapped_B - offset_B) {
        return pum_error(dev, mem, VK_ERROR_MEMORY_MAP_FAILED, "vkMapMemory2: cannot place %llu B from offset %llu at %p",
                         (unsigned long long)size_B, (unsigned long long)offset_B, at);
    }
    if (!pum_device_memory_map_at(mem, offset_B, span_B, at)) {
        return pum_error(dev, mem, VK_ERROR_MEMORY_MAP_FAILED, "vkMapMemory2: %s", strerror(errno));
    }
    mem->placed = at;
    mem->placed_B = span_B;
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_MapMemory2(VkDevice _dev, const VkMemoryMapInfo *pInfo, void **ppData)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct pum_device_memory *mem = pum_device_memory_from_handle(pInfo->memory);
    const uint64_t left_B = pInfo->offset < mem->size_B ? mem->size_B - pInfo->offset : 0;
    const uint64_t size_B = pInfo->size == VK_WHOLE_SIZE ? left_B : pInfo->size;
    if (left_B == 0 || size_B == 0 || size_B > PUM_ALIGN_UP(mem->size_B, PUM_PAGE_B) - pInfo->offset) {
        return pum_error(dev, mem, VK_ERROR_MEMORY_MAP_FAILED, "vkMapMemory: offset %llu, size %llu", (unsigned long long)pInfo->offset,
                         (unsigned long long)pInfo->size);
    }
    if (pInfo->flags & VK_MEMORY_MAP_PLACED_BIT_EXT) {
        const VkMemoryMapPlacedInfoEXT *placed = pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_MEMORY_MAP_PLACED_INFO_EXT);
        const VkResult r = map_placed(dev, mem, pInfo->offset, size_B, placed ? placed->pPlacedAddress : NULL);
        if (r == VK_SUCCESS) {
            *ppData = mem->placed;
        }
        return r;
    }
    *ppData = mem->data + pInfo->offset;
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_UnmapMemory2(VkDevice _dev, const VkMemoryUnmapInfo *pInfo)
{
    struct pum_device_memory *mem = pum_device_memory_from_handle(pInfo->memory);
    if (!mem->placed) {
        return VK_SUCCESS;
    }
    if (pInfo->flags & VK_MEMORY_UNMAP_RESERVE_BIT_EXT) { /* the addresses stay the application's */
        if (mmap(mem->placed, mem->placed_B, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED) {
            return pum_error(pum_device_base_from_handle(_dev), mem, VK_ERROR_MEMORY_MAP_FAILED, "vkUnmapMemory2: %s", strerror(errno));
        }
    } else {
        munmap(mem->placed, mem->placed_B);
    }
    mem->placed = NULL;
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_MapMemory(VkDevice _dev, VkDeviceMemory _mem, VkDeviceSize offset_B, VkDeviceSize size_B, VkMemoryMapFlags flags, void **ppData)
{
    const VkMemoryMapInfo info = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_MAP_INFO, .flags = flags, .memory = _mem, .offset = offset_B, .size = size_B};
    return pum_MapMemory2(_dev, &info, ppData);
}

VKAPI_ATTR void VKAPI_CALL
pum_UnmapMemory(VkDevice _dev, VkDeviceMemory _mem)
{
    const VkMemoryUnmapInfo info = {.sType = VK_STRUCTURE_TYPE_MEMORY_UNMAP_INFO, .memory = _mem};
    (void)pum_UnmapMemory2(_dev, &info); /* without RESERVE it cannot fail */
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_FlushMappedMemoryRanges(VkDevice _dev, uint32_t count, const VkMappedMemoryRange *pRanges)
{
    (void)_dev, (void)count, (void)pRanges; /* coherent */
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_InvalidateMappedMemoryRanges(VkDevice _dev, uint32_t count, const VkMappedMemoryRange *pRanges)
{
    (void)_dev, (void)count, (void)pRanges;
    return VK_SUCCESS;
}
