/* VkDeviceMemory: one backing, always mapped. SPEC: memory-device.
 *
 * Backing: an anonymous mapping; a memory file when the memory may be exported (sealed against change of size, so that no mapping of it
 * can fault); a file or dma-buf of another process; pages of the application. The bytes of the memory are the bytes of the file: no
 * header, no padding in front. Size and addresses are kept here and never read from the contents. Fresh memory is zero: the system's
 * pages are, and a file is never used for a second memory.
 */
#ifndef PUM_MEMORY_DEVICE_MEMORY_H
#define PUM_MEMORY_DEVICE_MEMORY_H

#include "memory/handle_types.h"
#include "object/object.h"

/* One memory type: device local, host visible, coherent, cached. */
#define PUM_MEMORY_TYPE_MASK 1u
#define PUM_PAGE_B ((uint64_t)4096)

struct pum_device_memory {
    struct pum_object base;
    /* constant after vkAllocateMemory */
    uint8_t *data;
    uint64_t size_B;   /* as asked for */
    uint64_t mapped_B; /* whole pages */
    int fd;            /* memory file; -1 = none is kept */
    int dma_fd;        /* dma-buf of the same bytes; -1 = none */
    uint32_t exports;  /* enum pum_handle_bit: what vkGetMemoryFdKHR may give */
    bool borrowed;     /* pages of the application: not ours to unmap */
    /* of whoever maps: the application may map only once at a time */
    void *placed;      /* where vkMapMemory2 put a mapping, else NULL */
    size_t placed_B;
    /* guarded by the device's dma_lock */
    struct pum_device_memory *next_dma;
};
PUM_DEFINE_HANDLE_CASTS(pum_device_memory, VkDeviceMemory)

/* For the swapchain: memory without a Vulkan call, in a memory file. *out is freed with pum_device_memory_destroy. */
VkResult pum_device_memory_create_shared(struct pum_device_base *dev, uint64_t size_B, const VkAllocationCallbacks *alloc,
                                         struct pum_device_memory **out) PUM_MUST_CHECK;
void pum_device_memory_destroy(struct pum_device_base *dev, struct pum_device_memory *mem, const VkAllocationCallbacks *alloc);
/* A second mapping of whole pages, over whatever is at `at`. False with errno. Needs the features that ask for it, enabled. */
bool pum_device_memory_map_at(const struct pum_device_memory *mem, uint64_t offset_B, uint64_t size_B, void *at);
/* What all memory objects of the process take. Thread-safety: any thread. */
uint64_t pum_memory_used_B(void);

/* Around everything a queue does with memory: dma-bufs want to know when the CPU begins and ends. Nothing if there are none. */
void pum_device_memory_begin_access(struct pum_device_base *dev);
bool pum_device_memory_has_dma_bufs(struct pum_device_base *dev); /* for which the two above do something */
void pum_device_memory_end_access(struct pum_device_base *dev);

#endif
