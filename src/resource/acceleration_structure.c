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

/* Room for two more of an object, the second perhaps later; drops what nobody has any more. */
static bool
make_room(struct pum_device_base *dev)
{
    const uint32_t n = 2 + dev->late_accels;
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
    const bool ok = make_room(dev);
    if (ok) {
        enter(dev, (uintptr_t)as, NULL);
        dev->late_accels++;
    }
    pthread_rwlock_unlock(&dev->accel_lock);
    return ok;
}

struct pum_accel *
pum_accel_data(struct pum_acceleration_structure *as)
{
    struct pum_accel *data = as ? __atomic_load_n(&as->data, __ATOMIC_ACQUIRE) : NULL;
    if (data || !as || !as->buffer->data) {
        return data;
    }
    struct pum_device_base *dev = as->base.dev;
    pthread_rwlock_wrlock(&dev->accel_lock);
    if (!as->data) {
        data = (struct pum_accel *)(void *)(as->buffer->data + as->offset_B);
        dev->late_accels--;
        slot_of(dev->accels, dev->cap_accels, (uintptr_t)as)->data = data;
        enter(dev, (uintptr_t)data, data);
        __atomic_store_n(&as->data, data, __ATOMIC_RELEASE);
    }
    pthread_rwlock_unlock(&dev->accel_lock);
    return as->data;
}

static void
forget(struct pum_device_base *dev, const struct pum_acceleration_structure *as)
{
    pthread_rwlock_wrlock(&dev->accel_lock);
    slot_of(dev->accels, dev->cap_accels, (uintptr_t)as)->count--;
    if (as->data) {
        slot_of(dev->accels, dev->cap_accels, (uintptr_t)as->data)->count--;
    } else {
        dev->late_accels--;
    }
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

static VkResult
create(struct pum_device_base *dev, const struct pum_acceleration_structure *what, const VkAllocationCallbacks *alloc, VkAccelerationStructureKHR *out)
{
    struct pum_acceleration_structure *as = pum_object_zalloc(dev, alloc, sizeof(*as), VK_OBJECT_TYPE_ACCELERATION_STRUCTURE_KHR);
    if (as) {
        as->buffer = what->buffer;
        as->offset_B = what->offset_B;
        as->size_B = what->size_B;
    }
    if (!as || !remember(dev, as)) {
        pum_object_free(dev, alloc, as);
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateAccelerationStructureKHR");
    }
    if (pum_accel_data(as)) {
        as->buffer = NULL;
    }
    *out = pum_acceleration_structure_to_handle(as);
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateAccelerationStructureKHR(VkDevice _dev, const VkAccelerationStructureCreateInfoKHR *pInfo, const VkAllocationCallbacks *pAllocator,
                                   VkAccelerationStructureKHR *pAccel)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    const struct pum_acceleration_structure what = {.buffer = pum_buffer_from_handle(pInfo->buffer), .offset_B = pInfo->offset, .size_B = pInfo->size};
    if (pInfo->createFlags & VK_ACCELERATION_STRUCTURE_CREATE_DEVICE_ADDRESS_CAPTURE_REPLAY_BIT_KHR && pInfo->deviceAddress) {
        return pum_error(dev, NULL, VK_ERROR_INVALID_OPAQUE_CAPTURE_ADDRESS, "vkCreateAccelerationStructureKHR: addresses cannot be chosen");
    }
    if (pum_buffer_range_B(what.buffer, what.offset_B, what.size_B) < what.size_B || what.offset_B % 64) {
        return pum_error(dev, what.buffer, VK_ERROR_OUT_OF_DEVICE_MEMORY, "vkCreateAccelerationStructureKHR: %llu B at offset %llu of a buffer of %llu B",
                         (unsigned long long)what.size_B, (unsigned long long)what.offset_B, (unsigned long long)what.buffer->size_B);
    }
    return create(dev, &what, pAllocator, pAccel);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateAccelerationStructure2KHR(VkDevice _dev, const VkAccelerationStructureCreateInfo2KHR *pInfo, const VkAllocationCallbacks *pAllocator,
                                    VkAccelerationStructureKHR *pAccel)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    const struct pum_buffer here = {.data = (uint8_t *)(uintptr_t)pInfo->addressRange.address};
    if (!here.data || pInfo->addressRange.address % 64) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_DEVICE_MEMORY, "vkCreateAccelerationStructure2KHR: address 0x%llx",
                         (unsigned long long)pInfo->addressRange.address);
    }
    const struct pum_acceleration_structure what = {.buffer = &here, .size_B = pInfo->addressRange.size}; /* its address is taken at once */
    return create(dev, &what, pAllocator, pAccel);
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
    return (uintptr_t)pum_accel_data(pum_acceleration_structure_from_handle(pInfo->accelerationStructure));
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
