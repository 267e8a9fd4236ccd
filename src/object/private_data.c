/* VK_EXT_private_data: 64 bits of the application's per object and slot. SPEC: VkPrivateDataSlot.
 *
 * The values hang on the object, so that they go with it: a later object at the same address starts with zeros. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "object/device_base.h"
#include "registry/vk_entrypoints.h"

struct pum_private_slot {
    struct pum_object base;
    uint64_t id; /* never used twice in a process: values of a destroyed slot are not found again */
};
PUM_DEFINE_HANDLE_CASTS(pum_private_slot, VkPrivateDataSlot)

struct pum_private_data {
    uint32_t count;
    struct {
        uint64_t slot, value;
    } entry[];
};

/* The calls are externally synchronised for nobody (SPEC: threading behaviour lists none of the parameters). */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreatePrivateDataSlot(VkDevice _dev, const VkPrivateDataSlotCreateInfo *pInfo, const VkAllocationCallbacks *pAllocator,
                          VkPrivateDataSlot *pSlot)
{
    (void)pInfo;
    static uint64_t next_id;
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct pum_private_slot *slot = pum_object_zalloc(dev, pAllocator, sizeof(*slot), VK_OBJECT_TYPE_PRIVATE_DATA_SLOT);
    if (!slot) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreatePrivateDataSlot");
    }
    slot->id = __atomic_add_fetch(&next_id, 1, __ATOMIC_RELAXED);
    *pSlot = pum_private_slot_to_handle(slot);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyPrivateDataSlot(VkDevice _dev, VkPrivateDataSlot _slot, const VkAllocationCallbacks *pAllocator)
{
    pum_object_free(pum_device_base_from_handle(_dev), pAllocator, pum_private_slot_from_handle(_slot));
}

static uint64_t *
find(const struct pum_object *o, uint64_t slot)
{
    for (uint32_t i = 0; o->private_data && i < o->private_data->count; i++) {
        if (o->private_data->entry[i].slot == slot) {
            return &o->private_data->entry[i].value;
        }
    }
    return NULL;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_SetPrivateData(VkDevice _dev, VkObjectType type, uint64_t handle, VkPrivateDataSlot _slot, uint64_t data)
{
    (void)type;
    struct pum_object *o = (struct pum_object *)(uintptr_t)handle;
    const uint64_t slot = pum_private_slot_from_handle(_slot)->id;
    VkResult result = VK_SUCCESS;
    pthread_mutex_lock(&lock);
    uint64_t *value = find(o, slot);
    if (value) {
        *value = data;
    } else {
        const uint32_t n = o->private_data ? o->private_data->count : 0;
        struct pum_private_data *grown = realloc(o->private_data, sizeof(*grown) + (n + 1) * sizeof(grown->entry[0]));
        if (grown) {
            grown->count = n + 1;
            grown->entry[n].slot = slot;
            grown->entry[n].value = data;
            o->private_data = grown;
        } else {
            result = VK_ERROR_OUT_OF_HOST_MEMORY;
        }
    }
    pthread_mutex_unlock(&lock);
    return result == VK_SUCCESS ? result : pum_error(pum_device_base_from_handle(_dev), o, result, "vkSetPrivateData");
}

VKAPI_ATTR void VKAPI_CALL
pum_GetPrivateData(VkDevice _dev, VkObjectType type, uint64_t handle, VkPrivateDataSlot _slot, uint64_t *pData)
{
    (void)_dev;
    (void)type;
    pthread_mutex_lock(&lock);
    const uint64_t *value = find((const struct pum_object *)(uintptr_t)handle, pum_private_slot_from_handle(_slot)->id);
    *pData = value ? *value : 0;
    pthread_mutex_unlock(&lock);
}
