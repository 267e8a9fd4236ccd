#include "memory/device_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "object/limits.h"
#include "object/device_base.h"
#include "object/pnext.h"
#include "registry/vk_entrypoints.h"
#include "util/env.h"

/* From this size on, huge pages save most of the page faults of a first touch. */
#define HUGE_PAGE_THRESHOLD_B ((uint64_t)4 << 20)

static VkResult
map_anonymous(struct pum_device_memory *mem)
{
    void *p = mmap(NULL, mem->mapped_B, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) {
        return VK_ERROR_OUT_OF_DEVICE_MEMORY;
    }
    if (mem->mapped_B >= HUGE_PAGE_THRESHOLD_B) {
        madvise(p, mem->mapped_B, MADV_HUGEPAGE); /* only a hint */
    }
    mem->data = p;
    return VK_SUCCESS;
}

static VkResult
map_memfd(struct pum_device_memory *mem)
{
    mem->fd = memfd_create("pumice", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (mem->fd < 0) {
        return errno == EMFILE || errno == ENFILE ? VK_ERROR_TOO_MANY_OBJECTS : VK_ERROR_OUT_OF_DEVICE_MEMORY;
    }
    /* A peer must not be able to take pages away under us or its fellows. */
    if (ftruncate(mem->fd, (off_t)mem->mapped_B) != 0 || fcntl(mem->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        return VK_ERROR_OUT_OF_DEVICE_MEMORY;
    }
    void *p = mmap(NULL, mem->mapped_B, PROT_READ | PROT_WRITE, MAP_SHARED, mem->fd, 0);
    if (p == MAP_FAILED) {
        return VK_ERROR_OUT_OF_DEVICE_MEMORY;
    }
    mem->data = p;
    return VK_SUCCESS;
}

/* Maps a descriptor of another process. Nothing about it is trusted: it must be a memfd that cannot shrink and is large enough.
 * On success the descriptor is ours. */
static VkResult
map_imported(struct pum_device_base *dev, struct pum_device_memory *mem, int fd)
{
    struct stat st;
    const int seals = fd >= 0 ? fcntl(fd, F_GET_SEALS) : -1;
    if (seals < 0 || fstat(fd, &st) != 0) {
        return pum_error(dev, NULL, VK_ERROR_INVALID_EXTERNAL_HANDLE, "vkAllocateMemory: descriptor %d is not exported memory", fd);
    }
    if (!(seals & F_SEAL_SHRINK) || (seals & F_SEAL_WRITE)) {
        return pum_error(dev, NULL, VK_ERROR_INVALID_EXTERNAL_HANDLE, "vkAllocateMemory: descriptor %d lacks the seals of exported memory",
                         fd);
    }
    if (st.st_size < 0 || (uint64_t)st.st_size < mem->size_B) {
        return pum_error(dev, NULL, VK_ERROR_INVALID_EXTERNAL_HANDLE, "vkAllocateMemory: the descriptor has %lld B, %llu are asked for",
                         (long long)st.st_size, (unsigned long long)mem->size_B);
    }
    void *p = mmap(NULL, mem->mapped_B, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED) {
        return pum_error(dev, NULL, VK_ERROR_INVALID_EXTERNAL_HANDLE, "vkAllocateMemory: cannot map descriptor %d: %s", fd,
                         strerror(errno));
    }
    mem->data = p;
    mem->fd = fd;
    return VK_SUCCESS;
}

/* Atomic: by all devices of the process, since they share the heap. */
static uint64_t used_by_process_B;

uint64_t
pum_memory_used_B(void)
{
    return __atomic_load_n(&used_by_process_B, __ATOMIC_RELAXED);
}

/* Takes size_B from the heap's budget. */
static bool
budget_take(struct pum_device_base *dev, uint64_t size_B)
{
    const uint64_t used_B = __atomic_add_fetch(&used_by_process_B, size_B, __ATOMIC_RELAXED);
    if (used_B > dev->memory_heap_B) {
        __atomic_sub_fetch(&used_by_process_B, size_B, __ATOMIC_RELAXED);
        return false;
    }
    return true;
}

static VkResult
memory_create(struct pum_device_base *dev, uint64_t size_B, bool memfd, int import_fd, const VkAllocationCallbacks *alloc,
              struct pum_device_memory **out)
{
    if (size_B == 0 || size_B > PUM_MAX_ALLOCATION_B) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_DEVICE_MEMORY, "vkAllocateMemory: %llu B", (unsigned long long)size_B);
    }
    struct pum_device_memory *mem = pum_object_zalloc(dev, alloc, sizeof(*mem), VK_OBJECT_TYPE_DEVICE_MEMORY);
    if (!mem) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkAllocateMemory");
    }
    mem->fd = -1;
    mem->size_B = size_B;
    mem->mapped_B = PUM_ALIGN_UP(size_B, (uint64_t)4096);
    mem->exportable = memfd;
    if (!budget_take(dev, mem->mapped_B)) {
        pum_object_free(dev, alloc, mem);
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_DEVICE_MEMORY, "vkAllocateMemory: %llu B exceed the heap",
                         (unsigned long long)size_B);
    }
    const VkResult result = import_fd >= 0 ? map_imported(dev, mem, import_fd) : memfd || dev->sparse ? map_memfd(mem) : map_anonymous(mem);
    if (result != VK_SUCCESS) {
        pum_device_memory_destroy(dev, mem, alloc);
        return result;
    }
    if (import_fd < 0 && pum_env_get()->debug & PUM_DEBUG_POISON_BIT) {
        memset(mem->data, 0xCD, mem->size_B);
    }
    *out = mem;
    return VK_SUCCESS;
}

VkResult
pum_device_memory_create(struct pum_device_base *dev, uint64_t size_B, bool memfd, const VkAllocationCallbacks *alloc,
                         struct pum_device_memory **out)
{
    return memory_create(dev, size_B, memfd, -1, alloc, out);
}

void
pum_device_memory_destroy(struct pum_device_base *dev, struct pum_device_memory *mem, const VkAllocationCallbacks *alloc)
{
    if (!mem) {
        return;
    }
    if (mem->data) {
        munmap(mem->data, mem->mapped_B);
    }
    if (mem->fd >= 0) {
        close(mem->fd);
    }
    __atomic_sub_fetch(&used_by_process_B, mem->mapped_B, __ATOMIC_RELAXED);
    pum_object_free(dev, alloc, mem);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_AllocateMemory(VkDevice _dev, const VkMemoryAllocateInfo *pInfo, const VkAllocationCallbacks *pAllocator, VkDeviceMemory *pMemory)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    const VkExportMemoryAllocateInfo *khr = pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO);
    const VkExportMemoryAllocateInfoNV *nv = pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO_NV);
    const VkImportMemoryFdInfoKHR *import = pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR);

    /* The same number means different things in the two enums: each mask is judged by its own. NV bit 0x1 is the platform's opaque
     * handle, here a memfd fetched as OPAQUE_FD. */
    if ((khr && khr->handleTypes & ~(VkExternalMemoryHandleTypeFlags)VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT) ||
        (nv && nv->handleTypes & ~(VkExternalMemoryHandleTypeFlagsNV)VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_WIN32_BIT_NV)) {
        return pum_error(dev, NULL, VK_ERROR_INVALID_EXTERNAL_HANDLE, "vkAllocateMemory: unsupported export handle types");
    }
    const bool exported = (khr && khr->handleTypes) || (nv && nv->handleTypes);
    int import_fd = -1;
    if (import && import->handleType) {
        if (import->handleType != VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT || import->fd < 0) {
            return pum_error(dev, NULL, VK_ERROR_INVALID_EXTERNAL_HANDLE, "vkAllocateMemory: handle type 0x%x, descriptor %d",
                             import->handleType, import->fd);
        }
        import_fd = import->fd;
    }
    struct pum_device_memory *mem;
    const VkResult result = memory_create(dev, pInfo->allocationSize, exported, import_fd, pAllocator, &mem);
    if (result == VK_SUCCESS) {
        *pMemory = pum_device_memory_to_handle(mem);
    }
    return result;
}

VKAPI_ATTR void VKAPI_CALL
pum_FreeMemory(VkDevice _dev, VkDeviceMemory _mem, const VkAllocationCallbacks *pAllocator)
{
    pum_device_memory_destroy(pum_device_base_from_handle(_dev), pum_device_memory_from_handle(_mem), pAllocator);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_MapMemory(VkDevice _dev, VkDeviceMemory _mem, VkDeviceSize offset_B, VkDeviceSize size_B, VkMemoryMapFlags flags, void **ppData)
{
    (void)_dev;
    (void)size_B;
    (void)flags;
    *ppData = pum_device_memory_from_handle(_mem)->data + offset_B;
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_MapMemory2(VkDevice _dev, const VkMemoryMapInfo *pInfo, void **ppData)
{
    return pum_MapMemory(_dev, pInfo->memory, pInfo->offset, pInfo->size, pInfo->flags, ppData);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_UnmapMemory2(VkDevice _dev, const VkMemoryUnmapInfo *pInfo)
{
    (void)_dev;
    (void)pInfo; /* always mapped */
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_UnmapMemory(VkDevice _dev, VkDeviceMemory _mem)
{
    (void)_dev;
    (void)_mem; /* always mapped */
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_FlushMappedMemoryRanges(VkDevice _dev, uint32_t count, const VkMappedMemoryRange *pRanges)
{
    (void)_dev;
    (void)count;
    (void)pRanges; /* coherent */
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_InvalidateMappedMemoryRanges(VkDevice _dev, uint32_t count, const VkMappedMemoryRange *pRanges)
{
    (void)_dev;
    (void)count;
    (void)pRanges;
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_GetDeviceMemoryCommitment(VkDevice _dev, VkDeviceMemory _mem, VkDeviceSize *pCommitted)
{
    (void)_dev;
    *pCommitted = pum_device_memory_from_handle(_mem)->mapped_B;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetMemoryFdKHR(VkDevice _dev, const VkMemoryGetFdInfoKHR *pInfo, int *pFd)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    const struct pum_device_memory *mem = pum_device_memory_from_handle(pInfo->memory);
    *pFd = -1;
    if (pInfo->handleType != VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT || !mem->exportable) {
        return pum_error(dev, mem, VK_ERROR_UNKNOWN, "vkGetMemoryFdKHR: the memory was not allocated for export as this type");
    }
    const int fd = fcntl(mem->fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) {
        return pum_error(dev, mem, errno == EMFILE || errno == ENFILE ? VK_ERROR_TOO_MANY_OBJECTS : VK_ERROR_OUT_OF_HOST_MEMORY,
                         "vkGetMemoryFdKHR: %s", strerror(errno));
    }
    *pFd = fd;
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetMemoryFdPropertiesKHR(VkDevice _dev, VkExternalMemoryHandleTypeFlagBits type, int fd, VkMemoryFdPropertiesKHR *pProps)
{
    (void)fd;
    /* Opaque descriptors may not be asked about (VUID-vkGetMemoryFdPropertiesKHR-handleType-00674), and there is no other kind. */
    pProps->memoryTypeBits = 0;
    return pum_error(pum_device_base_from_handle(_dev), NULL, VK_ERROR_INVALID_EXTERNAL_HANDLE, "vkGetMemoryFdPropertiesKHR: type 0x%x",
                     type);
}
