/* VkDeviceMemory: one backing, always mapped. SPEC: memory-device.
 *
 * Backing: an anonymous mapping; a memfd when the memory is exportable (sealed against shrinking, so that no mapping of it can
 * fault); an imported memfd. Data starts zeroed: the system's pages are.
 */
#ifndef PUM_MEMORY_DEVICE_MEMORY_H
#define PUM_MEMORY_DEVICE_MEMORY_H

#include "object/object.h"

/* One memory type: device local, host visible, coherent, cached. */
#define PUM_MEMORY_TYPE_MASK 1u

struct pum_device_memory { /* Thread-safety: constant after vkAllocateMemory */
    struct pum_object base;
    uint8_t *data;
    uint64_t size_B;     /* as asked for */
    uint64_t mapped_B;   /* whole pages */
    int fd;              /* memfd, -1 = anonymous */
    bool exportable;     /* as an opaque descriptor */
};
PUM_DEFINE_HANDLE_CASTS(pum_device_memory, VkDeviceMemory)

/* For the swapchain: memory without a Vulkan call. `memfd` makes it shareable. *out is freed with pum_device_memory_destroy. */
VkResult pum_device_memory_create(struct pum_device_base *dev, uint64_t size_B, bool memfd, const VkAllocationCallbacks *alloc,
                                  struct pum_device_memory **out) PUM_MUST_CHECK;
void pum_device_memory_destroy(struct pum_device_base *dev, struct pum_device_memory *mem, const VkAllocationCallbacks *alloc);
/* What all memory objects of the process take. Thread-safety: any thread. */
uint64_t pum_memory_used_B(void);

#endif
