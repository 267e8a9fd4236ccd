/* VkAccelerationStructureKHR: a piece of a buffer. What stands in it is abi/accel.h's. SPEC: resources-acceleration-structures */
#ifndef PUM_RESOURCE_ACCELERATION_STRUCTURE_H
#define PUM_RESOURCE_ACCELERATION_STRUCTURE_H

#include "accel/accel.h"
#include "object/object.h"

struct pum_acceleration_structure { /* Thread-safety: constant, but for what becomes known; its memory belongs to whoever builds */
    struct pum_object base;
    const struct pum_buffer *buffer; /* which gets its memory later; NULL: it has, or there is none */
    uint64_t offset_B, size_B;
    struct pum_accel *data;          /* atomic; NULL until it is known */
};
PUM_DEFINE_HANDLE_CASTS(pum_acceleration_structure, VkAccelerationStructureKHR)

/* Where it stands: the first one to ask when there is memory makes the address known to the device. NULL: no memory yet, or no structure. */
struct pum_accel *pum_accel_data(struct pum_acceleration_structure *as);
static inline uint64_t
pum_accel_size_B(const struct pum_acceleration_structure *as)
{
    return as && as->data ? as->size_B : 0;
}

/* For struct pum_accel_input and pum_accel_deserialize: references are device addresses, or handles (of instances built on the host). What is
 * no live structure of the device is NULL: instance data and serialized data can hold anything. dev: struct pum_device_base. */
const struct pum_accel *pum_accel_find_address(void *dev, uint64_t address);
const struct pum_accel *pum_accel_find_handle(void *dev, uint64_t handle);

/* What serialized structures begin with. */
struct pum_accel_identity pum_accel_identity_get(const struct pum_device_base *dev);

#endif
