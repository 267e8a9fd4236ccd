/* The two-call idiom: *pCount in and out, VK_INCOMPLETE when the array is too short. */
#ifndef PUM_OBJECT_OUTARRAY_H
#define PUM_OBJECT_OUTARRAY_H

#include <stdbool.h>
#include <stdint.h>

#include <vulkan/vulkan_core.h>

struct pum_outarray {
    uint32_t *count;
    uint32_t capacity; /* of the caller's array, if there is one */
    uint32_t wanted;
    bool has_data;
};

static inline struct pum_outarray
pum_outarray_begin(uint32_t *count, const void *data)
{
    const struct pum_outarray a = {count, data ? *count : 0, 0, data != NULL};
    *count = 0;
    return a;
}

/* True if element number *index of the caller's array is to be written now. */
static inline bool
pum_outarray_next(struct pum_outarray *a, uint32_t *index)
{
    *index = a->wanted++;
    if (!a->has_data) {
        *a->count = a->wanted;
        return false;
    }
    if (*index >= a->capacity) {
        return false;
    }
    *a->count = a->wanted;
    return true;
}

static inline VkResult
pum_outarray_end(const struct pum_outarray *a)
{
    return a->has_data && a->wanted > a->capacity ? VK_INCOMPLETE : VK_SUCCESS;
}

#endif
