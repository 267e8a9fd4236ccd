/* Kinds of handles by which memory enters or leaves the process.
 *
 * VkExternalMemoryHandleTypeFlagBitsNV and VkExternalMemoryHandleTypeFlagBits give the same numbers different meanings: NV 0x1 is the
 * platform's opaque handle (here a memory file), KHR 0x1 is OPAQUE_FD, but NV 0x2 and KHR 0x2 are Windows handles of different kinds and
 * KHR goes on to 0x1000. Each mask is translated once, here, and never mixed with the other.
 */
#ifndef PUM_MEMORY_HANDLE_TYPES_H
#define PUM_MEMORY_HANDLE_TYPES_H

#include <stdint.h>

#include <vulkan/vulkan_core.h>

enum pum_handle_bit {
    PUM_HANDLE_OPAQUE_BIT = 1u << 0,
    PUM_HANDLE_DMA_BUF_BIT = 1u << 1,
    PUM_HANDLE_HOST_ALLOCATION_BIT = 1u << 2,
    PUM_HANDLE_HOST_FOREIGN_BIT = 1u << 3,
    PUM_HANDLE_UNKNOWN_BIT = 1u << 4,       /* anything that does not exist here */
};

static inline uint32_t
pum_handles_from_nv(VkExternalMemoryHandleTypeFlagsNV types)
{
    const VkExternalMemoryHandleTypeFlagsNV opaque = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_WIN32_BIT_NV;
    return (types & opaque ? PUM_HANDLE_OPAQUE_BIT : 0u) | (types & ~opaque ? PUM_HANDLE_UNKNOWN_BIT : 0u);
}

static inline uint32_t
pum_handles_from_khr(VkExternalMemoryHandleTypeFlags types)
{
    static const struct {
        VkExternalMemoryHandleTypeFlags khr;
        uint32_t handle;
    } map[] = {
        {VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT, PUM_HANDLE_OPAQUE_BIT},
        {VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT, PUM_HANDLE_DMA_BUF_BIT},
        {VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT, PUM_HANDLE_HOST_ALLOCATION_BIT},
        {VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_MAPPED_FOREIGN_MEMORY_BIT_EXT, PUM_HANDLE_HOST_FOREIGN_BIT},
    };
    uint32_t handles = 0;
    for (unsigned i = 0; i < sizeof(map) / sizeof(map[0]); i++) {
        if (types & map[i].khr) {
            handles |= map[i].handle;
            types &= ~map[i].khr;
        }
    }
    return handles | (types ? PUM_HANDLE_UNKNOWN_BIT : 0u);
}

#endif
