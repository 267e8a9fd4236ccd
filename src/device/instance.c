#include "device/instance.h"

#include <stdlib.h>
#include <string.h>

#include <vulkan/vk_icd.h>

#include "object/outarray.h"
#include "object/pnext.h"
#include "registry/vk_entrypoints.h"
#include "exec/frame_capture.h"
#include "util/env.h"
#include "util/log.h"
#include "util/trace.h"

static const bool instance_extensions[PUM_EXT_COUNT] = {
    [PUM_EXT_KHR_get_physical_device_properties2] = true,
    [PUM_EXT_KHR_external_memory_capabilities] = true,
    [PUM_EXT_KHR_device_group_creation] = true,
    [PUM_EXT_KHR_external_semaphore_capabilities] = true,
    [PUM_EXT_KHR_external_fence_capabilities] = true,
    [PUM_EXT_NV_external_memory_capabilities] = true,
    [PUM_EXT_EXT_debug_utils] = true,
    [PUM_EXT_EXT_debug_report] = true,
    [PUM_EXT_KHR_surface_maintenance1] = true,
    [PUM_EXT_EXT_surface_maintenance1] = true,
    [PUM_EXT_GOOGLE_surfaceless_query] = true,
    [PUM_EXT_KHR_portability_enumeration] = true,
    [PUM_EXT_KHR_surface] = true,
    [PUM_EXT_KHR_get_surface_capabilities2] = true,
    [PUM_EXT_EXT_headless_surface] = true,
    [PUM_EXT_KHR_xcb_surface] = true,
    [PUM_EXT_KHR_xlib_surface] = true,
    [PUM_EXT_KHR_wayland_surface] = true,
};

VKAPI_ATTR VkResult VKAPI_CALL
pum_EnumerateInstanceVersion(uint32_t *pVersion)
{
    *pVersion = PUM_API_VERSION;
    return VK_SUCCESS;
}

static VkResult
list_extensions(const bool *table, uint32_t *pCount, VkExtensionProperties *pProps)
{
    struct pum_outarray out = pum_outarray_begin(pCount, pProps);
    for (uint32_t i = 0; i < PUM_EXT_COUNT; i++) {
        uint32_t k;
        if (table[i] && pum_outarray_next(&out, &k)) {
            const char *name = pum_extension_infos[i].name; /* without padding: loaders fetch the whole list several times */
            memcpy(pProps[k].extensionName, name, strlen(name) + 1);
            pProps[k].specVersion = pum_extension_infos[i].spec_version;
        }
    }
    return pum_outarray_end(&out);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_EnumerateInstanceExtensionProperties(const char *pLayer, uint32_t *pCount, VkExtensionProperties *pProps)
{
    if (pLayer) {
        return VK_ERROR_LAYER_NOT_PRESENT;
    }
    return list_extensions(instance_extensions, pCount, pProps);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_EnumerateDeviceExtensionProperties(VkPhysicalDevice _pdev, const char *pLayer, uint32_t *pCount, VkExtensionProperties *pProps)
{
    if (pLayer) {
        return VK_ERROR_LAYER_NOT_PRESENT;
    }
    return list_extensions(pum_physical_device_from_handle(_pdev)->extensions, pCount, pProps);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_EnumerateInstanceLayerProperties(uint32_t *pCount, VkLayerProperties *pProps)
{
    (void)pProps;
    *pCount = 0;
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_EnumerateDeviceLayerProperties(VkPhysicalDevice _pdev, uint32_t *pCount, VkLayerProperties *pProps)
{
    (void)_pdev;
    (void)pProps;
    *pCount = 0;
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateInstance(const VkInstanceCreateInfo *pInfo, const VkAllocationCallbacks *pAllocator, VkInstance *pInstance)
{
    bool enabled[PUM_EXT_COUNT] = {0};
    pum_trace_start();
    pum_capture_start();
    for (uint32_t i = 0; i < pInfo->enabledExtensionCount; i++) {
        bool known = false;
        for (uint32_t e = 0; e < PUM_EXT_COUNT && !known; e++) {
            known = instance_extensions[e] && strcmp(pum_extension_infos[e].name, pInfo->ppEnabledExtensionNames[i]) == 0;
            enabled[e] = enabled[e] || known;
        }
        if (!known) {
            pum_log(PUM_LOG_ERROR, "vkCreateInstance: extension %.100s is not offered", pInfo->ppEnabledExtensionNames[i]);
            return VK_ERROR_EXTENSION_NOT_PRESENT;
        }
    }
    struct pum_instance *inst = pum_host_zalloc(NULL, pAllocator, sizeof(*inst), 64, VK_SYSTEM_ALLOCATION_SCOPE_INSTANCE);
    if (!inst) {
        return VK_ERROR_OUT_OF_HOST_MEMORY;
    }
    inst->base.loader_data = ICD_LOADER_MAGIC;
    inst->base.type = VK_OBJECT_TYPE_INSTANCE;
    inst->alloc = pAllocator ? *pAllocator : pum_default_allocator;
    inst->api_version = pInfo->pApplicationInfo && pInfo->pApplicationInfo->apiVersion ? pInfo->pApplicationInfo->apiVersion : VK_API_VERSION_1_0;
    memcpy(inst->extensions, enabled, sizeof(enabled));
    pthread_mutex_init(&inst->lock, NULL);
    pum_physical_device_init(&inst->physical, inst);
    *pInstance = pum_instance_to_handle(inst);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyInstance(VkInstance _inst, const VkAllocationCallbacks *pAllocator)
{
    struct pum_instance *inst = pum_instance_from_handle(_inst);
    if (inst) {
        const VkAllocationCallbacks alloc = inst->alloc;
        pthread_mutex_destroy(&inst->lock);
        pum_host_free(&alloc, pAllocator, inst);
    }
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_EnumeratePhysicalDevices(VkInstance _inst, uint32_t *pCount, VkPhysicalDevice *pDevices)
{
    struct pum_outarray out = pum_outarray_begin(pCount, pDevices);
    uint32_t k;
    if (pum_outarray_next(&out, &k)) {
        pDevices[k] = pum_physical_device_to_handle(&pum_instance_from_handle(_inst)->physical);
    }
    return pum_outarray_end(&out);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_EnumeratePhysicalDeviceGroups(VkInstance _inst, uint32_t *pCount, VkPhysicalDeviceGroupProperties *pGroups)
{
    struct pum_outarray out = pum_outarray_begin(pCount, pGroups);
    uint32_t k;
    if (pum_outarray_next(&out, &k)) {
        pGroups[k].physicalDeviceCount = 1;
        memset(pGroups[k].physicalDevices, 0, sizeof(pGroups[k].physicalDevices));
        pGroups[k].physicalDevices[0] = pum_physical_device_to_handle(&pum_instance_from_handle(_inst)->physical);
        pGroups[k].subsetAllocation = VK_FALSE;
    }
    return pum_outarray_end(&out);
}

/* ---- debug messengers ---- */

void
pum_instance_message(struct pum_instance *inst, VkDebugUtilsMessageSeverityFlagBitsEXT severity, VkDebugUtilsMessageTypeFlagsEXT types,
                     const VkDebugUtilsMessengerCallbackDataEXT *data)
{
    pthread_mutex_lock(&inst->lock);
    for (const struct pum_messenger *m = inst->messengers; m; m = m->next) {
        if ((m->severities & severity) && (m->types & types)) {
            m->callback(severity, types, data, m->user);
        }
    }
    pthread_mutex_unlock(&inst->lock);
    pum_report_message(inst, severity, types, data);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateDebugUtilsMessengerEXT(VkInstance _inst, const VkDebugUtilsMessengerCreateInfoEXT *pInfo, const VkAllocationCallbacks *pAllocator,
                                 VkDebugUtilsMessengerEXT *pMessenger)
{
    struct pum_instance *inst = pum_instance_from_handle(_inst);
    struct pum_messenger *m = pum_host_zalloc(&inst->alloc, pAllocator, sizeof(*m), 64, VK_SYSTEM_ALLOCATION_SCOPE_OBJECT);
    if (!m) {
        return VK_ERROR_OUT_OF_HOST_MEMORY;
    }
    m->base.type = VK_OBJECT_TYPE_DEBUG_UTILS_MESSENGER_EXT;
    m->severities = pInfo->messageSeverity;
    m->types = pInfo->messageType;
    m->callback = pInfo->pfnUserCallback;
    m->user = pInfo->pUserData;
    pthread_mutex_lock(&inst->lock);
    m->next = inst->messengers;
    inst->messengers = m;
    pthread_mutex_unlock(&inst->lock);
    *pMessenger = pum_messenger_to_handle(m);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyDebugUtilsMessengerEXT(VkInstance _inst, VkDebugUtilsMessengerEXT _m, const VkAllocationCallbacks *pAllocator)
{
    struct pum_instance *inst = pum_instance_from_handle(_inst);
    struct pum_messenger *m = pum_messenger_from_handle(_m);
    if (!m) {
        return;
    }
    pthread_mutex_lock(&inst->lock);
    for (struct pum_messenger **l = &inst->messengers; *l; l = &(*l)->next) {
        if (*l == m) {
            *l = m->next;
            break;
        }
    }
    pthread_mutex_unlock(&inst->lock);
    pum_host_free(&inst->alloc, pAllocator, m);
}

VKAPI_ATTR void VKAPI_CALL
pum_SubmitDebugUtilsMessageEXT(VkInstance _inst, VkDebugUtilsMessageSeverityFlagBitsEXT severity, VkDebugUtilsMessageTypeFlagsEXT types,
                               const VkDebugUtilsMessengerCallbackDataEXT *pData)
{
    pum_instance_message(pum_instance_from_handle(_inst), severity, types, pData);
}
