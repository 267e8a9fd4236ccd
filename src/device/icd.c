/* The loader's way in: three exported functions. SPEC: LoaderDriverInterface (Vulkan-Loader), versions 5 to 7. */
#include <string.h>

#include <vulkan/vk_icd.h>

#include "device/device.h"
#include "device/instance.h"
#include "registry/vk_entrypoints.h"

PUM_EXPORT VKAPI_ATTR VkResult VKAPI_CALL vk_icdNegotiateLoaderICDInterfaceVersion(uint32_t *pVersion);
PUM_EXPORT VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL vk_icdGetInstanceProcAddr(VkInstance instance, const char *pName);
PUM_EXPORT VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL vk_icdGetPhysicalDeviceProcAddr(VkInstance instance, const char *pName);

static const struct pum_entrypoint *
find(const char *name)
{
    for (uint32_t slot = pum_entrypoint_hash(name, strlen(name));; slot++) {
        const uint16_t at = pum_entrypoint_slots[slot % PUM_ENTRYPOINT_SLOTS];
        if (!at || strcmp(pum_entrypoints[at - 1].name, name) == 0) {
            return at ? &pum_entrypoints[at - 1] : NULL;
        }
    }
}

/* Whether a command is there: by core version of instance or device, or by an extension from the table. */
static bool
available(const struct pum_entrypoint *e, uint32_t core, const bool *instance_ext, const bool *device_ext)
{
    if (e->core && e->core <= core) {
        return true;
    }
    for (int i = 0; e->extension[i] >= 0; i++) {
        const bool *table = pum_extension_infos[e->extension[i]].instance ? instance_ext : device_ext;
        if (table && table[e->extension[i]]) {
            return true;
        }
    }
    return false;
}

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL
pum_GetInstanceProcAddr(VkInstance _inst, const char *pName)
{
    const struct pum_instance *inst = pum_instance_from_handle(_inst);
    const struct pum_entrypoint *e = pName ? find(pName) : NULL;
    if (!e || !e->fn) {
        return NULL;
    }
    if (e->kind == PUM_ENTRY_GLOBAL) {
        return e->fn;
    }
    if (!inst) {
        return NULL;
    }
    /* Device commands of anything the device offers are visible here: they dispatch through the device. */
    const bool *device_ext = inst->physical.extensions;
    const uint32_t core = e->kind == PUM_ENTRY_DEVICE ? inst->physical.core.apiVersion : PUM_API_VERSION;
    return available(e, core, inst->extensions, device_ext) ? e->fn : NULL;
}

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL
pum_GetDeviceProcAddr(VkDevice _dev, const char *pName)
{
    const struct pum_device *dev = pum_device_from_handle(_dev);
    const struct pum_entrypoint *e = pName ? find(pName) : NULL;
    if (!e || !e->fn || e->kind != PUM_ENTRY_DEVICE) {
        return NULL;
    }
    /* Core commands of what the application asked for. SPEC: Initialization, "vkGetDeviceProcAddr behavior" */
    const uint32_t core = dev->pdev->instance->api_version < dev->pdev->core.apiVersion ? dev->pdev->instance->api_version : dev->pdev->core.apiVersion;
    return available(e, core, dev->pdev->instance->extensions, dev->extensions) ? e->fn : NULL;
}

VKAPI_ATTR VkResult VKAPI_CALL
vk_icdNegotiateLoaderICDInterfaceVersion(uint32_t *pVersion)
{
    if (*pVersion < 5) {
        return VK_ERROR_INCOMPATIBLE_DRIVER;
    }
    *pVersion = *pVersion < 7 ? *pVersion : 7;
    return VK_SUCCESS;
}

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL
vk_icdGetInstanceProcAddr(VkInstance instance, const char *pName)
{
    /* Since interface version 7 these come through here. */
    if (pName && strcmp(pName, "vk_icdNegotiateLoaderICDInterfaceVersion") == 0) {
        return (PFN_vkVoidFunction)vk_icdNegotiateLoaderICDInterfaceVersion;
    }
    if (pName && strcmp(pName, "vk_icdGetPhysicalDeviceProcAddr") == 0) {
        return (PFN_vkVoidFunction)vk_icdGetPhysicalDeviceProcAddr;
    }
    return pum_GetInstanceProcAddr(instance, pName);
}

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL
vk_icdGetPhysicalDeviceProcAddr(VkInstance instance, const char *pName)
{
    (void)instance;
    const struct pum_entrypoint *e = pName ? find(pName) : NULL;
    return e && e->kind == PUM_ENTRY_PHYSICAL ? e->fn : NULL;
}
