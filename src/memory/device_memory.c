#include "memory/device_memory.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory/address_map.h"
#include "memory/dma_buf.h"
#include "object/limits.h"
#include "object/device_base.h"
#include "object/pnext.h"
#include "registry/vk_entrypoints.h"
#include "util/cpu.h"
#include "util/env.h"
#include "util/log.h"
#include "util/memfd.h"

/* From this size on, huge pages save most of the page faults of a first touch. */
#define HUGE_PAGE_THRESHOLD_B ((uint64_t)4 << 20)
#define HUGE_PAGE_B ((uint64_t)2 << 20)
#define HUGE_PAGE_WASTE_B ((uint64_t)1 << 20) /* at most, to make the last one whole */
/* Memory files are charged when touched, and the system kills then: large ones are refused early if they cannot fit. */
#define AVAILABLE_THRESHOLD_B ((uint64_t)1 << 20)

/* What a vkAllocateMemory asks for. */
struct request {
    uint64_t size_B;
    uint32_t exports; /* enum pum_handle_bit */
    uint32_t import;  /* one enum pum_handle_bit, 0 = nothing is imported */
    bool zero;        /* the application relies on it */
    int fd;           /* of a descriptor import */
    void *host;       /* of a host pointer import */
};

static VkResult
map(struct pum_device_memory *mem, int fd)
{
    void *p = mmap(NULL, mem->mapped_B, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED) {
        return errno == ENOMEM ? VK_ERROR_OUT_OF_DEVICE_MEMORY : VK_ERROR_INVALID_EXTERNAL_HANDLE;
    }
    if (mem->mapped_B >= HUGE_PAGE_THRESHOLD_B) {
        madvise(p, mem->mapped_B, MADV_HUGEPAGE); /* only a hint */
    }
    mem->data = p;
    return VK_SUCCESS;
}

/* A second mapping of the same pages, as vkMapMemory2 and sparse binding ask for, exists only of shared ones. */
static bool
anonymous_is_shared(const struct pum_device_base *dev)
{
    return dev->map_placed || dev->sparse;
}

/* Bytes to map for private anonymous memory. */
static uint64_t
private_size_B(uint64_t size_B)
{
    const uint64_t huge_B = PUM_ALIGN_UP(size_B, HUGE_PAGE_B);
    return size_B >= HUGE_PAGE_THRESHOLD_B && huge_B - size_B <= HUGE_PAGE_WASTE_B ? huge_B : PUM_ALIGN_UP(size_B, PUM_PAGE_B);
}

/* Private anonymous pages; large ones begin where a huge page does, so that none but the last is cut into small ones. */
static void *
map_private(uint64_t size_B)
{
    const uint64_t extra_B = size_B >= HUGE_PAGE_THRESHOLD_B ? HUGE_PAGE_B : 0;
    uint8_t *p = mmap(NULL, size_B + extra_B, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED || !extra_B) {
        return p;
    }
    const uint64_t before_B = -(uintptr_t)p & (HUGE_PAGE_B - 1);
    if (before_B) {
        munmap(p, before_B);
    }
    munmap(p + before_B + size_B, extra_B - before_B);
    return p + before_B;
}

static VkResult
back_anonymous(struct pum_device_base *dev, struct pum_device_memory *mem)
{
    void *p = anonymous_is_shared(dev) ? mmap(NULL, mem->mapped_B, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
                                       : map_private(mem->mapped_B);
    if (p == MAP_FAILED) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_DEVICE_MEMORY, "vkAllocateMemory: %s", strerror(errno));
    }
    if (mem->mapped_B >= HUGE_PAGE_THRESHOLD_B) {
        madvise(p, mem->mapped_B, MADV_HUGEPAGE);
    }
    mem->data = p;
    return VK_SUCCESS;
}

static VkResult
back_exportable(struct pum_device_base *dev, struct pum_device_memory *mem)
{
    if (mem->mapped_B >= AVAILABLE_THRESHOLD_B && mem->mapped_B > pum_memory_available_B()) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_DEVICE_MEMORY, "vkAllocateMemory: %llu B are more than is available",
                         (unsigned long long)mem->size_B);
    }
    if (mem->exports & PUM_HANDLE_DMA_BUF_BIT && pum_dma_source() == PUM_DMA_HEAP) {
        mem->dma_fd = pum_dma_buf_from_heap(mem->mapped_B);
    } else {
        mem->fd = pum_memfd_create("pumice-mem:v1", mem->mapped_B);
        if (mem->fd >= 0 && mem->exports & PUM_HANDLE_DMA_BUF_BIT) { /* now: its limits are lower, and only here may they be told */
            mem->dma_fd = pum_dma_buf_from_memfd(mem->fd, mem->mapped_B);
        }
    }
    if ((mem->fd < 0 && mem->dma_fd < 0) || (mem->exports & PUM_HANDLE_DMA_BUF_BIT && mem->dma_fd < 0)) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_DEVICE_MEMORY, "vkAllocateMemory: no memory to export: %s", strerror(errno));
    }
    return map(mem, mem->fd >= 0 ? mem->fd : mem->dma_fd) == VK_SUCCESS
               ? VK_SUCCESS
               : pum_error(dev, NULL, VK_ERROR_OUT_OF_DEVICE_MEMORY, "vkAllocateMemory: %s", strerror(errno));
}

/* Maps a descriptor of another process. On success it is ours: closed unless it may be exported again; else untouched. */
static VkResult
back_imported(struct pum_device_base *dev, struct pum_device_memory *mem, const struct request *req)
{
    const bool dma = req->import == PUM_HANDLE_DMA_BUF_BIT;
    const char *wrong = dma ? pum_dma_buf_check(req->fd, mem->mapped_B) : pum_memfd_check(req->fd, mem->mapped_B);
    if (wrong) {
        return pum_error(dev, NULL, VK_ERROR_INVALID_EXTERNAL_HANDLE, "vkAllocateMemory: descriptor %d as memory of %llu B: %s", req->fd,
                         (unsigned long long)mem->size_B, wrong);
    }
    const VkResult r = map(mem, req->fd);
    if (r != VK_SUCCESS) {
        return pum_error(dev, NULL, r, "vkAllocateMemory: cannot map descriptor %d: %s", req->fd, strerror(errno));
    }
    if (dma) { /* needed to begin and end access */
        mem->dma_fd = req->fd;
    } else if (mem->exports) {
        mem->fd = req->fd;
    } else {
        close(req->fd); /* the mapping holds the memory */
    }
    return VK_SUCCESS;
}

/* Wraps pages of the application in place. */
static VkResult
back_host(struct pum_device_base *dev, struct pum_device_memory *mem, const struct request *req)
{
    if ((uintptr_t)req->host % PUM_PAGE_B || req->size_B % PUM_PAGE_B || !req->host) {
        return pum_error(dev, NULL, VK_ERROR_INVALID_EXTERNAL_HANDLE, "vkAllocateMemory: host pointer %p, %llu B: not whole pages", req->host,
                         (unsigned long long)req->size_B);
    }
    unsigned char resident[256];
    for (uint64_t at_B = 0; at_B < req->size_B; at_B += sizeof(resident) * PUM_PAGE_B) {
        const uint64_t left_B = req->size_B - at_B;
        if (mincore((uint8_t *)req->host + at_B, PUM_MIN(left_B, sizeof(resident) * PUM_PAGE_B), resident) != 0) {
            return pum_error(dev, NULL, VK_ERROR_INVALID_EXTERNAL_HANDLE, "vkAllocateMemory: host pointer %p: %s", req->host, strerror(errno));
        }
    }
    mem->data = req->host;
    mem->borrowed = true;
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

static void
dma_list_add(struct pum_device_base *dev, struct pum_device_memory *mem)
{
    pthread_mutex_lock(&dev->dma_lock);
    mem->next_dma = dev->dma_first;
    __atomic_store_n(&dev->dma_first, mem, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&dev->dma_lock);
}

static void
dma_list_remove(struct pum_device_base *dev, struct pum_device_memory *mem)
{
    pthread_mutex_lock(&dev->dma_lock);
    for (struct pum_device_memory **l = &dev->dma_first; *l; l = &(*l)->next_dma) {
        if (*l == mem) {
            __atomic_store_n(l, mem->next_dma, __ATOMIC_RELEASE);
            break;
        }
    }
    pthread_mutex_unlock(&dev->dma_lock);
}

static void
sync_all(struct pum_device_base *dev, bool begin)
{
    if (PUM_LIKELY(!__atomic_load_n(&dev->dma_first, __ATOMIC_ACQUIRE))) {
        return;
    }
    pthread_mutex_lock(&dev->dma_lock);
    for (const struct pum_device_memory *m = dev->dma_first; m; m = m->next_dma) {
        pum_dma_buf_sync(m->dma_fd, begin);
    }
    pthread_mutex_unlock(&dev->dma_lock);
}

bool
pum_device_memory_has_dma_bufs(struct pum_device_base *dev)
{
    return __atomic_load_n(&dev->dma_first, __ATOMIC_ACQUIRE) != NULL;
}

void
pum_device_memory_begin_access(struct pum_device_base *dev)
{
    sync_all(dev, true);
}

void
pum_device_memory_end_access(struct pum_device_base *dev)
{
    sync_all(dev, false);
}

static VkResult
memory_create(struct pum_device_base *dev, const struct request *req, const VkAllocationCallbacks *alloc, struct pum_device_memory **out)
{
    const bool from_fd = req->import & (PUM_HANDLE_OPAQUE_BIT | PUM_HANDLE_DMA_BUF_BIT);
    if (req->size_B == 0 || req->size_B > PUM_MAX_ALLOCATION_B) {
        return pum_error(dev, NULL, req->import ? VK_ERROR_INVALID_EXTERNAL_HANDLE : VK_ERROR_OUT_OF_DEVICE_MEMORY, "vkAllocateMemory: %llu B",
                         (unsigned long long)req->size_B);
    }
    struct pum_device_memory *mem = pum_object_zalloc(dev, alloc, sizeof(*mem), VK_OBJECT_TYPE_DEVICE_MEMORY);
    if (!mem) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkAllocateMemory");
    }
    mem->fd = mem->dma_fd = -1;
    mem->size_B = req->size_B;
    mem->mapped_B = req->import || req->exports || anonymous_is_shared(dev) ? PUM_ALIGN_UP(req->size_B, PUM_PAGE_B) : private_size_B(req->size_B);
    mem->exports = req->exports;
    if (!budget_take(dev, mem->mapped_B)) {
        pum_object_free(dev, alloc, mem);
        return pum_error(dev, NULL, from_fd ? VK_ERROR_INVALID_EXTERNAL_HANDLE : VK_ERROR_OUT_OF_DEVICE_MEMORY,
                         "vkAllocateMemory: %llu B exceed the heap", (unsigned long long)req->size_B);
    }
    const VkResult result = from_fd       ? back_imported(dev, mem, req)
                            : req->import ? back_host(dev, mem, req)
                            : mem->exports ? back_exportable(dev, mem)
                                           : back_anonymous(dev, mem);
    if (result != VK_SUCCESS) {
        pum_device_memory_destroy(dev, mem, alloc);
        return result;
    }
    if (!pum_address_map_add(dev, mem->data, mem->mapped_B, NULL)) {
        pum_device_memory_destroy(dev, mem, alloc);
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkAllocateMemory");
    }
    if (mem->dma_fd >= 0) {
        dma_list_add(dev, mem);
    }
    pum_report_address(dev, mem, true, mem->data, mem->mapped_B, true);
    if (!req->import && !req->zero && pum_env_get()->debug & PUM_DEBUG_POISON_BIT) {
        memset(mem->data, 0xCD, mem->size_B);
    }
    *out = mem;
    return VK_SUCCESS;
}

VkResult
pum_device_memory_create_shared(struct pum_device_base *dev, uint64_t size_B, const VkAllocationCallbacks *alloc,
                                struct pum_device_memory **out)
{
    return memory_create(dev, &(struct request){.size_B = size_B, .exports = PUM_HANDLE_OPAQUE_BIT, .fd = -1}, alloc, out);
}

void
pum_device_memory_destroy(struct pum_device_base *dev, struct pum_device_memory *mem, const VkAllocationCallbacks *alloc)
{
    if (!mem) {
        return;
    }
    if (mem->dma_fd >= 0) {
        dma_list_remove(dev, mem);
        close(mem->dma_fd);
    }
    if (mem->placed) { /* freeing unmaps */
        munmap(mem->placed, mem->placed_B);
    }
    if (mem->data && pum_address_map_remove(dev, mem->data, mem->mapped_B)) {
        pum_report_address(dev, mem, false, mem->data, mem->mapped_B, false);
    }
    if (mem->data && !mem->borrowed) {
        munmap(mem->data, mem->mapped_B);
    }
    if (mem->fd >= 0) {
        close(mem->fd);
    }
    __atomic_sub_fetch(&used_by_process_B, mem->mapped_B, __ATOMIC_RELAXED);
    pum_object_free(dev, alloc, mem);
}

/* Finds out what is imported; at most one struct may say so (VUID-VkMemoryAllocateInfo-None-06657). */
static VkResult
take_import(struct pum_device_base *dev, const VkMemoryAllocateInfo *info, struct request *req)
{
    const VkImportMemoryFdInfoKHR *fd = pum_pnext_find(info->pNext, VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR);
    const VkImportMemoryHostPointerInfoEXT *host = pum_pnext_find(info->pNext, VK_STRUCTURE_TYPE_IMPORT_MEMORY_HOST_POINTER_INFO_EXT);
    if (fd && fd->handleType) {
        req->import = pum_handles_from_khr((VkExternalMemoryHandleTypeFlags)fd->handleType);
        req->fd = fd->fd;
        if (req->import != PUM_HANDLE_OPAQUE_BIT && req->import != PUM_HANDLE_DMA_BUF_BIT) {
            return pum_error(dev, NULL, VK_ERROR_INVALID_EXTERNAL_HANDLE, "vkAllocateMemory: handle type 0x%x", fd->handleType);
        }
    }
    if (host && host->handleType) {
        const uint32_t type = pum_handles_from_khr((VkExternalMemoryHandleTypeFlags)host->handleType);
        if (req->import || (type != PUM_HANDLE_HOST_ALLOCATION_BIT && type != PUM_HANDLE_HOST_FOREIGN_BIT)) {
            return pum_error(dev, NULL, VK_ERROR_INVALID_EXTERNAL_HANDLE, "vkAllocateMemory: handle type 0x%x", host->handleType);
        }
        req->import = type;
        req->host = host->pHostPointer;
    }
    if (req->import && info->memoryTypeIndex != 0) {
        return pum_error(dev, NULL, VK_ERROR_INVALID_EXTERNAL_HANDLE, "vkAllocateMemory: memory type %u", info->memoryTypeIndex);
    }
    return VK_SUCCESS;
}

/* Whether memory with this origin can leave in these ways. */
static bool
can_export(const struct request *req)
{
    const bool dma = pum_dma_source() == PUM_DMA_UDMABUF;
    uint32_t possible;
    switch (req->import) {
    case 0: possible = PUM_HANDLE_OPAQUE_BIT | (pum_dma_source() != PUM_DMA_NONE ? PUM_HANDLE_DMA_BUF_BIT : 0); break;
    case PUM_HANDLE_OPAQUE_BIT: possible = PUM_HANDLE_OPAQUE_BIT; break;
    case PUM_HANDLE_DMA_BUF_BIT: possible = PUM_HANDLE_DMA_BUF_BIT; break;
    default: possible = 0; break;
    }
    const bool both = (req->exports & (PUM_HANDLE_OPAQUE_BIT | PUM_HANDLE_DMA_BUF_BIT)) == (PUM_HANDLE_OPAQUE_BIT | PUM_HANDLE_DMA_BUF_BIT);
    return !(req->exports & ~possible) && (!both || dma);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_AllocateMemory(VkDevice _dev, const VkMemoryAllocateInfo *pInfo, const VkAllocationCallbacks *pAllocator, VkDeviceMemory *pMemory)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    const VkExportMemoryAllocateInfo *khr = pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO);
    const VkExportMemoryAllocateInfoNV *nv = pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO_NV);
    const VkMemoryAllocateFlagsInfo *flags = pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_FLAGS_INFO);
    struct request req = {.size_B = pInfo->allocationSize, .fd = -1, .zero = flags && flags->flags & VK_MEMORY_ALLOCATE_ZERO_INITIALIZE_BIT_EXT};
    req.exports = (khr ? pum_handles_from_khr(khr->handleTypes) : 0) | (nv ? pum_handles_from_nv(nv->handleTypes) : 0);
    if (khr && nv) {
        pum_log(PUM_LOG_WARN, "vkAllocateMemory: both VkExportMemoryAllocateInfo and its NV sibling (VUID-VkMemoryAllocateInfo-pNext-00640)");
    }
    VkResult result = take_import(dev, pInfo, &req);
    if (result != VK_SUCCESS) {
        return result;
    }
    if (req.exports && !can_export(&req)) {
        return pum_error(dev, NULL, VK_ERROR_INVALID_EXTERNAL_HANDLE, "vkAllocateMemory: unsupported export handle types");
    }
    struct pum_device_memory *mem;
    result = memory_create(dev, &req, pAllocator, &mem);
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
    const uint32_t type = pum_handles_from_khr((VkExternalMemoryHandleTypeFlags)pInfo->handleType);
    *pFd = -1;
    if ((type != PUM_HANDLE_OPAQUE_BIT && type != PUM_HANDLE_DMA_BUF_BIT) || !(mem->exports & type)) {
        return pum_error(dev, mem, VK_ERROR_UNKNOWN, "vkGetMemoryFdKHR: the memory was not allocated for export as this type");
    }
    const int fd = pum_fd_dup(type == PUM_HANDLE_DMA_BUF_BIT ? mem->dma_fd : mem->fd);
    if (fd < 0) { /* EINVAL: the lowest number allowed lies above the limit */
        return pum_error(dev, mem, errno == ENOMEM ? VK_ERROR_OUT_OF_HOST_MEMORY : VK_ERROR_TOO_MANY_OBJECTS, "vkGetMemoryFdKHR: %s",
                         strerror(errno));
    }
    *pFd = fd;
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetMemoryFdPropertiesKHR(VkDevice _dev, VkExternalMemoryHandleTypeFlagBits type, int fd, VkMemoryFdPropertiesKHR *pProps)
{
    /* Opaque descriptors may not be asked about (VUID-vkGetMemoryFdPropertiesKHR-handleType-00674). */
    const char *wrong = type == VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT ? pum_dma_buf_check(fd, 1) : "this type cannot be asked about";
    pProps->memoryTypeBits = wrong ? 0 : PUM_MEMORY_TYPE_MASK;
    return wrong ? pum_error(pum_device_base_from_handle(_dev), NULL, VK_ERROR_INVALID_EXTERNAL_HANDLE,
                             "vkGetMemoryFdPropertiesKHR: type 0x%x, descriptor %d: %s", type, fd, wrong)
                 : VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetMemoryHostPointerPropertiesEXT(VkDevice _dev, VkExternalMemoryHandleTypeFlagBits type, const void *pHost,
                                      VkMemoryHostPointerPropertiesEXT *pProps)
{
    const uint32_t handle = pum_handles_from_khr((VkExternalMemoryHandleTypeFlags)type);
    const bool ok = (handle == PUM_HANDLE_HOST_ALLOCATION_BIT || handle == PUM_HANDLE_HOST_FOREIGN_BIT) && (uintptr_t)pHost % PUM_PAGE_B == 0;
    pProps->memoryTypeBits = ok ? PUM_MEMORY_TYPE_MASK : 0;
    return ok ? VK_SUCCESS
              : pum_error(pum_device_base_from_handle(_dev), NULL, VK_ERROR_INVALID_EXTERNAL_HANDLE,
                          "vkGetMemoryHostPointerPropertiesEXT: type 0x%x, pointer %p", type, pHost);
}
