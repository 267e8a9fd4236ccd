#include "resource/acceleration_structure.h"

#include <stdlib.h>
#include <string.h>

#include "object/device_base.h"
#include "registry/vk_entrypoints.h"
#include "resource/buffer.h"
#include "util/hash.h"

/* ---- live structures of a device: a hash table by address and by handle, open addressing ---- */

struct pum_accel_entry {
    uint64_t key;                /* 0: never used */
    const struct pum_accel *data;
    uint32_t count;              /* objects; 0: none any more */
};

static struct pum_accel_entry *
slot_of(struct pum_accel_entry *table, uint32_t cap, uint64_t key)
{
    uint32_t i = (uint32_t)((key >> 6) * 0x9e3779b97f4a7c15u >> 32) & (cap - 1);
    while (table[i].key && table[i].key != key) {
        i = (i + 1) & (cap - 1);
    }
    return &table[i];
}

/* Room for n more; drops what nobody has any more. */
static bool
make_room(struct pum_device_base *dev, uint32_t n)
{
    if ((dev->n_accels + n) * 2 <= dev->cap_accels) {
        return true;
    }
    uint32_t live = 0;
    for (uint32_t i = 0; i < dev->cap_accels; i++) {
        live += dev->accels[i].count != 0;
    }
    uint32_t cap = 64;
    while (cap < (live + n) * 4) {
        cap *= 2;
    }
    struct pum_accel_entry *table = calloc(cap, sizeof(*table));
    if (!table) {
        return false;
    }
    for (uint32_t i = 0; i < dev->cap_accels; i++) {
        if (dev->accels[i].count) {
            *slot_of(table, cap, dev->accels[i].key) = dev->accels[i];
        }
    }
    free(dev->accels);
    dev->accels = table;
    dev->cap_accels = cap;
    dev->n_accels = live;
    return true;
}

static void
enter(struct pum_device_base *dev, uint64_t key, const struct pum_accel *data)
{
    struct pum_accel_entry *e = slot_of(dev->accels, dev->cap_accels, key);
    dev->n_accels += e->key == 0;
    e->key = key;
    e->data = data;
    e->count++;
}

static bool
remember(struct pum_device_base *dev, const struct pum_acceleration_structure *as)
{
    pthread_rwlock_wrlock(&dev->accel_lock);
    const bool ok = make_room(dev, 2);
    if (ok) {
        enter(dev, (uintptr_t)as->data, as->data);
        enter(dev, (uintptr_t)as, as->data);
    }
    pthread_rwlock_unlock(&dev->accel_lock);
    return ok;
}

static void
forget(struct pum_device_base *dev, const struct pum_acceleration_structure *as)
{
    pthread_rwlock_wrlock(&dev->accel_lock);
    slot_of(dev->accels, dev->cap_accels, (uintptr_t)as->data)->count--;
    slot_of(dev->accels, dev->cap_accels, (uintptr_t)as)->count--;
    pthread_rwlock_unlock(&dev->accel_lock);
}

static const struct pum_accel *
find(struct pum_device_base *dev, uint64_t key, bool handle)
{
    const struct pum_accel *found = NULL;
    pthread_rwlock_rdlock(&dev->accel_lock);
    if (dev->cap_accels && key) {
        const struct pum_accel_entry *e = slot_of(dev->accels, dev->cap_accels, key);
        found = e->count && ((uintptr_t)e->data != key) == handle ? e->data : NULL;
    }
    pthread_rwlock_unlock(&dev->accel_lock);
    return found;
}

const struct pum_accel *
pum_accel_find_address(void *dev, uint64_t address)
{
    return find(dev, address, false);
}

const struct pum_accel *
pum_accel_find_handle(void *dev, uint64_t handle)
{
    return find(dev, handle, true);
}

/* ---- objects ---- */

/* data: NULL if there is no memory for it. */
static VkResult
create(struct pum_device_base *dev, uint8_t *data, uint64_t size_B, bool captured, const VkAllocationCallbacks *alloc, VkAccelerationStructureKHR *out)
{
    if (captured) {
        return pum_error(dev, NULL, VK_ERROR_INVALID_OPAQUE_CAPTURE_ADDRESS, "vkCreateAccelerationStructureKHR: addresses cannot be chosen");
    }
    if (!data || (uintptr_t)data % 64) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_DEVICE_MEMORY, "vkCreateAccelerationStructureKHR: %llu B %s", (unsigned long long)size_B,
                         data ? "at an address that is not aligned" : "that do not lie in a buffer with memory");
    }
    struct pum_acceleration_structure *as = pum_object_zalloc(dev, alloc, sizeof(*as), VK_OBJECT_TYPE_ACCELERATION_STRUCTURE_KHR);
    if (as) {
        as->data = (struct pum_accel *)(void *)data;
        as->size_B = size_B;
    }
    if (!as || !remember(dev, as)) {
        pum_object_free(dev, alloc, as);
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateAccelerationStructureKHR");
    }
    *out = pum_acceleration_structure_to_handle(as);
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateAccelerationStructureKHR(VkDevice _dev, const VkAccelerationStructureCreateInfoKHR *pInfo, const VkAllocationCallbacks *pAllocator,
                                   VkAccelerationStructureKHR *pAccel)
{
    const struct pum_buffer *buf = pum_buffer_from_handle(pInfo->buffer);
    const bool captured = pInfo->createFlags & VK_ACCELERATION_STRUCTURE_CREATE_DEVICE_ADDRESS_CAPTURE_REPLAY_BIT_KHR && pInfo->deviceAddress;
    const bool inside = buf->data && pum_buffer_range_B(buf, pInfo->offset, pInfo->size) == pInfo->size;
    return create(pum_device_base_from_handle(_dev), inside ? buf->data + pInfo->offset : NULL, pInfo->size, captured, pAllocator, pAccel);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateAccelerationStructure2KHR(VkDevice _dev, const VkAccelerationStructureCreateInfo2KHR *pInfo, const VkAllocationCallbacks *pAllocator,
                                    VkAccelerationStructureKHR *pAccel)
{
    return create(pum_device_base_from_handle(_dev), (uint8_t *)(uintptr_t)pInfo->addressRange.address, pInfo->addressRange.size, false, pAllocator, pAccel);
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyAccelerationStructureKHR(VkDevice _dev, VkAccelerationStructureKHR _as, const VkAllocationCallbacks *pAllocator)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct pum_acceleration_structure *as = pum_acceleration_structure_from_handle(_as);
    if (as) {
        forget(dev, as);
    }
    pum_object_free(dev, pAllocator, as);
}

VKAPI_ATTR VkDeviceAddress VKAPI_CALL
pum_GetAccelerationStructureDeviceAddressKHR(VkDevice _dev, const VkAccelerationStructureDeviceAddressInfoKHR *pInfo)
{
    (void)_dev;
    return (uintptr_t)pum_acceleration_structure_from_handle(pInfo->accelerationStructure)->data;
}

struct pum_accel_identity
pum_accel_identity_get(const struct pum_device_base *dev)
{
    struct pum_accel_identity id;
    const uint32_t layout[3] = {PUM_ACCEL_MAGIC, PUM_ACCEL_VERSION, sizeof(struct pum_accel_node)};
    const struct pum_hash128 hash = pum_hash(layout, sizeof(layout));
    memcpy(id.driver, dev->driver_uuid, sizeof(id.driver));
    memcpy(id.compatibility, &hash, sizeof(id.compatibility));
    return id;
}

VKAPI_ATTR void VKAPI_CALL
pum_GetDeviceAccelerationStructureCompatibilityKHR(VkDevice _dev, const VkAccelerationStructureVersionInfoKHR *pInfo,
                                                   VkAccelerationStructureCompatibilityKHR *pCompatibility)
{
    const struct pum_accel_identity id = pum_accel_identity_get(pum_device_base_from_handle(_dev));
    *pCompatibility = pum_accel_is_compatible(pInfo->pVersionData, &id) ? VK_ACCELERATION_STRUCTURE_COMPATIBILITY_COMPATIBLE_KHR
                                                                        : VK_ACCELERATION_STRUCTURE_COMPATIBILITY_INCOMPATIBLE_KHR;
}
