/* VkBuffer and VkBufferView. SPEC: resources-buffers, resources-buffer-views. */
#ifndef PUM_RESOURCE_BUFFER_H
#define PUM_RESOURCE_BUFFER_H

#include "abi/descriptor.h"
#include "object/object.h"

struct pum_device_memory;

struct pum_buffer { /* Thread-safety: constant after the bind */
    struct pum_object base;
    uint64_t size_B;
    VkBufferUsageFlags usage;
    VkBufferCreateFlags flags;
    bool external; /* created for sharing */
    struct pum_sparse_pages *sparse; /* NULL: not sparse */
    uint8_t *data; /* first byte once bound, else NULL; sparse: its address range from the beginning */
};
PUM_DEFINE_HANDLE_CASTS(pum_buffer, VkBuffer)

struct pum_buffer_view {
    struct pum_object base;
    struct pum_desc_image desc; /* texel buffer record */
};
PUM_DEFINE_HANDLE_CASTS(pum_buffer_view, VkBufferView)

/* Bytes of [offset, offset + range) that lie in the buffer; range may be VK_WHOLE_SIZE. 0 when the offset lies outside. */
static inline uint64_t
pum_buffer_range_B(const struct pum_buffer *buf, uint64_t offset_B, uint64_t range_B)
{
    if (offset_B >= buf->size_B) {
        return 0;
    }
    const uint64_t left_B = buf->size_B - offset_B;
    return range_B < left_B ? range_B : left_B;
}

/* The record of a texel buffer; sparse: NULL if all of it has memory. */
struct pum_desc_image pum_texel_buffer_desc(const struct pum_device_base *dev, uint64_t address, uint64_t range_B, VkFormat format,
                                            const struct pum_sparse_pages *sparse);

#endif
