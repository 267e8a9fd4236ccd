/* Base of every Vulkan object, handle casts, and host allocation through VkAllocationCallbacks.
 *
 * Each object struct begins with struct pum_object. Non-dispatchable handles are the object's address; dispatchable ones too, with
 * the loader's word first. Objects are allocated zeroed through the application's callbacks (SPEC: memory-allocation).
 */
#ifndef PUM_OBJECT_OBJECT_H
#define PUM_OBJECT_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vulkan/vulkan_core.h>

#include "util/compiler.h"

struct pum_device_base;
struct pum_private_data;

struct pum_object {
    uintptr_t loader_data; /* dispatchable objects: ICD_LOADER_MAGIC, then the loader's; must be first */
    VkObjectType type;     /* tag; poisoned when freed */
    struct pum_device_base *dev; /* NULL for instance-level objects */
    char *name;            /* VK_EXT_debug_utils, may be NULL */
    struct pum_private_data *private_data; /* VK_EXT_private_data, may be NULL */
};

/* pum_buffer_from_handle(VkBuffer), pum_buffer_to_handle(struct pum_buffer *). VK_NULL_HANDLE <-> NULL. */
#define PUM_DEFINE_HANDLE_CASTS(thing, VkType)                                                                         \
    static inline struct thing *thing##_from_handle(VkType handle)                                                     \
    {                                                                                                                  \
        return (struct thing *)(uintptr_t)handle;                                                                      \
    }                                                                                                                  \
    static inline VkType thing##_to_handle(const struct thing *object)                                                 \
    {                                                                                                                  \
        return (VkType)(uintptr_t)object;                                                                              \
    }

extern const VkAllocationCallbacks pum_default_allocator; /* malloc and free */

/* Zeroed memory, 64-byte aligned where align says so. alloc: the caller's callbacks or NULL = those of the parent. */
void *pum_host_zalloc(const VkAllocationCallbacks *parent, const VkAllocationCallbacks *alloc, size_t size_B, size_t align,
                      VkSystemAllocationScope scope);
void pum_host_free(const VkAllocationCallbacks *parent, const VkAllocationCallbacks *alloc, void *memory);

/* A zeroed object of a device with its base filled; NULL = out of host memory. */
void *pum_object_zalloc(struct pum_device_base *dev, const VkAllocationCallbacks *alloc, size_t size_B, VkObjectType type);
void pum_object_free(struct pum_device_base *dev, const VkAllocationCallbacks *alloc, void *object); /* NULL is fine */
/* Frees what hangs on a base whose memory the caller frees. */
void pum_object_finish(struct pum_object *object);

#endif
