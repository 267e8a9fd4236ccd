#include "device/device.h"

#include <stdlib.h>
#include <string.h>

#include <vulkan/vk_icd.h>

#include "exec/shader_print.h"
#include "exec/watchdog.h"
#include "memory/address_map.h"
#include "object/pnext.h"
#include "registry/vk_entrypoints.h"
#include "rt/rt.h"
#include "util/env.h"
#include "util/log.h"
#include "util/worker_pool.h"
#include "wsi/swapchain.h"

static void
device_message(struct pum_device_base *base, VkDebugUtilsMessageSeverityFlagBitsEXT severity, VkDebugUtilsMessageTypeFlagsEXT types,
               const struct pum_object *object, const char *id, const char *text)
{
    struct pum_device *dev = (struct pum_device *)base;
    const VkDebugUtilsObjectNameInfoEXT name = {
        .sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_OBJECT_NAME_INFO_EXT,
        .objectType = object ? object->type : VK_OBJECT_TYPE_DEVICE,
        .objectHandle = object ? (uint64_t)(uintptr_t)object : (uint64_t)(uintptr_t)dev,
        .pObjectName = object ? object->name : base->base.name,
    };
    const VkDebugUtilsMessengerCallbackDataEXT data = {
        .sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CALLBACK_DATA_EXT,
        .pMessageIdName = id,
        .pMessage = text,
        .objectCount = 1,
        .pObjects = &name,
    };
    pum_instance_message(dev->pdev->instance, severity, types, &data);
}

static void
report_address(struct pum_device_base *base, const struct pum_object *object, bool bind, const void *address, uint64_t size_B, bool internal)
{
    const VkDebugUtilsObjectNameInfoEXT name = {
        .sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_OBJECT_NAME_INFO_EXT,
        .objectType = object->type,
        .objectHandle = (uint64_t)(uintptr_t)object,
        .pObjectName = object->name,
    };
    const VkDeviceAddressBindingCallbackDataEXT binding = {
        .sType = VK_STRUCTURE_TYPE_DEVICE_ADDRESS_BINDING_CALLBACK_DATA_EXT,
        .flags = internal ? VK_DEVICE_ADDRESS_BINDING_INTERNAL_OBJECT_BIT_EXT : 0,
        .baseAddress = (uintptr_t)address,
        .size = size_B,
        .bindingType = bind ? VK_DEVICE_ADDRESS_BINDING_TYPE_BIND_EXT : VK_DEVICE_ADDRESS_BINDING_TYPE_UNBIND_EXT,
    };
    const VkDebugUtilsMessengerCallbackDataEXT data = {
        .sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CALLBACK_DATA_EXT,
        .pNext = &binding,
        .objectCount = 1,
        .pObjects = &name,
    };
    pum_instance_message(((struct pum_device *)base)->pdev->instance, VK_DEBUG_UTILS_MESSAGE_SEVERITY_INFO_BIT_EXT,
                         VK_DEBUG_UTILS_MESSAGE_TYPE_DEVICE_ADDRESS_BINDING_BIT_EXT, &data);
}

static bool
device_is_stuck(struct pum_device_base *base, bool trust_peers)
{
    struct pum_device *dev = (struct pum_device *)base;
    bool stuck = true;
    for (uint32_t i = 0; i < dev->n_queues && stuck; i++) { /* one that runs may free another */
        stuck = pum_queue_is_stuck(&dev->queue[i], trust_peers);
    }
    return stuck;
}

static const struct pum_device_ops device_ops = {
    .is_stuck = device_is_stuck,
    .message = device_message,
    .report_address = report_address,
    .bind_swapchain_image = pum_swapchain_bind_image,
};

static void
device_destroy(struct pum_device *dev, const VkAllocationCallbacks *alloc)
{
    const VkAllocationCallbacks parent = dev->base.alloc;
    while (dev->n_queues) {
        pum_queue_finish(&dev->queue[--dev->n_queues]);
    }
    pum_watchdog_destroy(&dev->base);
    pum_print_destroy(&dev->base);
    pum_pool_unref(dev->base.pool);
    pthread_mutex_destroy(&dev->base.dma_lock);
    pthread_mutex_destroy(&dev->base.fault.lock);
    pum_address_map_finish(&dev->base);
    pthread_rwlock_destroy(&dev->base.accel_lock);
    free(dev->base.accels);
    pum_object_finish(&dev->base.base);
    pum_host_free(&parent, alloc, dev);
}

static const char *
take_features(const struct pum_physical_device *pdev, const VkDeviceCreateInfo *info, struct pum_features *enabled)
{
    const char *missing = info->pEnabledFeatures ? pum_features_take_core(&pdev->features, info->pEnabledFeatures, enabled) : NULL;
    for (const VkBaseInStructure *s = info->pNext; s && !missing; s = s->pNext) {
        if (s->sType == VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2) {
            missing = pum_features_take_core(&pdev->features, &((const VkPhysicalDeviceFeatures2 *)(const void *)s)->features, enabled);
        } else {
            missing = pum_features_take(&pdev->features, s, enabled);
        }
    }
    return missing;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateDevice(VkPhysicalDevice _pdev, const VkDeviceCreateInfo *pInfo, const VkAllocationCallbacks *pAllocator, VkDevice *pDevice)
{
    struct pum_physical_device *pdev = pum_physical_device_from_handle(_pdev);
    struct pum_features enabled = {0};
    bool extensions[PUM_EXT_COUNT] = {0};
    for (uint32_t i = 0; i < pInfo->enabledExtensionCount; i++) {
        bool known = false;
        for (uint32_t e = 0; e < PUM_EXT_COUNT && !known; e++) {
            known = pdev->extensions[e] && strcmp(pum_extension_infos[e].name, pInfo->ppEnabledExtensionNames[i]) == 0;
            extensions[e] = extensions[e] || known;
        }
        if (!known) {
            pum_log(PUM_LOG_ERROR, "vkCreateDevice: extension %.100s is not offered", pInfo->ppEnabledExtensionNames[i]);
            return VK_ERROR_EXTENSION_NOT_PRESENT;
        }
    }
    const char *missing = take_features(pdev, pInfo, &enabled);
    if (missing) {
        pum_log(PUM_LOG_ERROR, "vkCreateDevice: feature %s is not offered", missing);
        return VK_ERROR_FEATURE_NOT_PRESENT;
    }
    for (uint32_t i = 0; i < pInfo->queueCreateInfoCount; i++) {
        if (pInfo->pQueueCreateInfos[i].flags & VK_DEVICE_QUEUE_CREATE_PROTECTED_BIT) {
            pum_log(PUM_LOG_ERROR, "vkCreateDevice: there are no protected queues");
            return VK_ERROR_FEATURE_NOT_PRESENT;
        }
        const VkDeviceQueueGlobalPriorityCreateInfo *priority =
            pum_pnext_find(pInfo->pQueueCreateInfos[i].pNext, VK_STRUCTURE_TYPE_DEVICE_QUEUE_GLOBAL_PRIORITY_CREATE_INFO);
        if (priority && priority->globalPriority > VK_QUEUE_GLOBAL_PRIORITY_MEDIUM) { /* would need rights over other processes */
            pum_log(PUM_LOG_ERROR, "vkCreateDevice: queues have low or medium priority, not %d", (int)priority->globalPriority);
            return VK_ERROR_NOT_PERMITTED;
        }
    }
    struct pum_device *dev = pum_host_zalloc(&pdev->instance->alloc, pAllocator, sizeof(*dev), 64, VK_SYSTEM_ALLOCATION_SCOPE_DEVICE);
    if (!dev) {
        return VK_ERROR_OUT_OF_HOST_MEMORY;
    }
    dev->base.base.loader_data = ICD_LOADER_MAGIC;
    dev->base.base.type = VK_OBJECT_TYPE_DEVICE;
    dev->base.base.dev = &dev->base;
    dev->base.alloc = pAllocator ? *pAllocator : pdev->instance->alloc;
    dev->base.ops = &device_ops;
    dev->base.isa = pdev->isa;
    dev->base.rt = pum_rt_table_get(pdev->isa);
    dev->base.sparse = enabled.sparseBinding;
    dev->base.map_placed = enabled.memoryMapPlaced;
    dev->base.report_addresses = enabled.reportAddressBinding;
    dev->base.depth_unrestricted = extensions[PUM_EXT_EXT_depth_range_unrestricted];
    const VkDevicePipelineBinaryInternalCacheControlKHR *files =
        pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_DEVICE_PIPELINE_BINARY_INTERNAL_CACHE_CONTROL_KHR);
    dev->base.no_disk_cache = files && files->disableInternalCache;
    dev->base.interp = pum_env_get()->interp;
    dev->base.build_id = pdev->build_id;
    dev->base.memory_heap_B = pdev->heap_B;
    memcpy(dev->base.driver_uuid, pdev->properties.driverUUID, VK_UUID_SIZE);
    pthread_mutex_init(&dev->base.dma_lock, NULL);
    pthread_mutex_init(&dev->base.fault.lock, NULL);
    pthread_rwlock_init(&dev->base.ranges_lock, NULL);
    pthread_rwlock_init(&dev->base.accel_lock, NULL);
    dev->pdev = pdev;
    dev->features = enabled;
    memcpy(dev->extensions, extensions, sizeof(extensions));
    dev->base.pool = pum_pool_ref();
    uint32_t n[2] = {0, 0}; /* of the one family: plain, internally synchronized. All can be used from any thread */
    for (uint32_t i = 0; i < pInfo->queueCreateInfoCount; i++) {
        uint32_t *kind = &n[pInfo->pQueueCreateInfos[i].flags & VK_DEVICE_QUEUE_CREATE_INTERNALLY_SYNCHRONIZED_BIT_KHR ? 1 : 0];
        *kind = PUM_MAX(*kind, pInfo->pQueueCreateInfos[i].queueCount);
    }
    const uint32_t n_queues = (uint32_t)PUM_MIN((uint64_t)n[0] + n[1], (uint64_t)PUM_MAX_QUEUES);
    dev->n_plain = PUM_MIN(n[0], n_queues);
    VkResult result = dev->base.pool && pum_print_create(&dev->base) ? VK_SUCCESS : VK_ERROR_OUT_OF_HOST_MEMORY;
    while (result == VK_SUCCESS && dev->n_queues < n_queues) {
        result = pum_queue_init(&dev->base, &dev->queue[dev->n_queues]);
        dev->n_queues += result == VK_SUCCESS;
    }
    if (result != VK_SUCCESS) {
        device_destroy(dev, pAllocator);
        return result;
    }
    *pDevice = pum_device_to_handle(dev);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyDevice(VkDevice _dev, const VkAllocationCallbacks *pAllocator)
{
    struct pum_device *dev = pum_device_from_handle(_dev);
    if (dev) {
        device_destroy(dev, pAllocator);
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_GetDeviceQueue(VkDevice _dev, uint32_t family, uint32_t index, VkQueue *pQueue)
{
    (void)family; /* there is one */
    struct pum_device *dev = pum_device_from_handle(_dev);
    *pQueue = index < dev->n_plain ? pum_queue_to_handle(&dev->queue[index]) : VK_NULL_HANDLE;
}

VKAPI_ATTR void VKAPI_CALL
pum_GetDeviceQueue2(VkDevice _dev, const VkDeviceQueueInfo2 *pInfo, VkQueue *pQueue)
{
    struct pum_device *dev = pum_device_from_handle(_dev);
    *pQueue = VK_NULL_HANDLE;
    if (!pInfo->flags) {
        pum_GetDeviceQueue(_dev, pInfo->queueFamilyIndex, pInfo->queueIndex, pQueue);
    } else if (pInfo->flags == VK_DEVICE_QUEUE_CREATE_INTERNALLY_SYNCHRONIZED_BIT_KHR && pInfo->queueIndex < dev->n_queues - dev->n_plain) {
        *pQueue = pum_queue_to_handle(&dev->queue[dev->n_plain + pInfo->queueIndex]);
    }
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_DeviceWaitIdle(VkDevice _dev)
{
    struct pum_device *dev = pum_device_from_handle(_dev);
    VkResult result = VK_SUCCESS;
    for (uint32_t i = 0; i < dev->n_queues && result == VK_SUCCESS; i++) {
        result = pum_queue_wait_idle(&dev->queue[i]);
    }
    return result;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_SetDebugUtilsObjectNameEXT(VkDevice _dev, const VkDebugUtilsObjectNameInfoEXT *pInfo)
{
    (void)_dev;
    switch ((int)pInfo->objectType) { /* these have no room for a name, or are not ours */
    case VK_OBJECT_TYPE_INSTANCE:
    case VK_OBJECT_TYPE_PHYSICAL_DEVICE:
    case VK_OBJECT_TYPE_SURFACE_KHR:
    case VK_OBJECT_TYPE_DEBUG_UTILS_MESSENGER_EXT:
        return VK_SUCCESS;
    default:
        break;
    }
    struct pum_object *o = (struct pum_object *)(uintptr_t)pInfo->objectHandle;
    char *name = pInfo->pObjectName && *pInfo->pObjectName ? strdup(pInfo->pObjectName) : NULL;
    if (pInfo->pObjectName && *pInfo->pObjectName && !name) {
        return VK_ERROR_OUT_OF_HOST_MEMORY;
    }
    free(o->name);
    o->name = name;
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_SetDebugUtilsObjectTagEXT(VkDevice _dev, const VkDebugUtilsObjectTagInfoEXT *pInfo)
{
    (void)_dev;
    (void)pInfo; /* tags are for layers and tools between the application and us; nothing here reads them */
    return VK_SUCCESS;
}
