/* VK_EXT_debug_report: the older way to hear what messengers hear. SPEC: VkDebugReportCallbackEXT. */
#include "device/instance.h"
#include "registry/vk_entrypoints.h"

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateDebugReportCallbackEXT(VkInstance _inst, const VkDebugReportCallbackCreateInfoEXT *pInfo, const VkAllocationCallbacks *pAllocator,
                                 VkDebugReportCallbackEXT *pCallback)
{
    struct pum_instance *inst = pum_instance_from_handle(_inst);
    struct pum_report *r = pum_host_zalloc(&inst->alloc, pAllocator, sizeof(*r), 64, VK_SYSTEM_ALLOCATION_SCOPE_OBJECT);
    if (!r) {
        return VK_ERROR_OUT_OF_HOST_MEMORY;
    }
    r->base.type = VK_OBJECT_TYPE_DEBUG_REPORT_CALLBACK_EXT;
    r->flags = pInfo->flags;
    r->callback = pInfo->pfnCallback;
    r->user = pInfo->pUserData;
    pthread_mutex_lock(&inst->lock);
    r->next = inst->reports;
    inst->reports = r;
    pthread_mutex_unlock(&inst->lock);
    *pCallback = pum_report_to_handle(r);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyDebugReportCallbackEXT(VkInstance _inst, VkDebugReportCallbackEXT _r, const VkAllocationCallbacks *pAllocator)
{
    struct pum_instance *inst = pum_instance_from_handle(_inst);
    struct pum_report *r = pum_report_from_handle(_r);
    if (!r) {
        return;
    }
    pthread_mutex_lock(&inst->lock);
    for (struct pum_report **l = &inst->reports; *l; l = &(*l)->next) {
        if (*l == r) {
            *l = r->next;
            break;
        }
    }
    pthread_mutex_unlock(&inst->lock);
    pum_host_free(&inst->alloc, pAllocator, r);
}

VKAPI_ATTR void VKAPI_CALL
pum_DebugReportMessageEXT(VkInstance _inst, VkDebugReportFlagsEXT flags, VkDebugReportObjectTypeEXT type, uint64_t object, size_t location,
                          int32_t code, const char *prefix, const char *message)
{
    struct pum_instance *inst = pum_instance_from_handle(_inst);
    pthread_mutex_lock(&inst->lock);
    for (const struct pum_report *r = inst->reports; r; r = r->next) {
        if (r->flags & flags) {
            r->callback(flags, type, object, location, code, prefix, message, r->user);
        }
    }
    pthread_mutex_unlock(&inst->lock);
}

void
pum_report_message(struct pum_instance *inst, VkDebugUtilsMessageSeverityFlagBitsEXT severity, VkDebugUtilsMessageTypeFlagsEXT types,
                   const VkDebugUtilsMessengerCallbackDataEXT *data)
{
    if (!data->pMessage) {
        return; /* addresses: this form has no place for them */
    }
    VkDebugReportFlagsEXT flags = VK_DEBUG_REPORT_DEBUG_BIT_EXT;
    if (severity & VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT) {
        flags = VK_DEBUG_REPORT_ERROR_BIT_EXT;
    } else if (severity & VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT) {
        flags = types & VK_DEBUG_UTILS_MESSAGE_TYPE_PERFORMANCE_BIT_EXT ? VK_DEBUG_REPORT_PERFORMANCE_WARNING_BIT_EXT : VK_DEBUG_REPORT_WARNING_BIT_EXT;
    } else if (severity & VK_DEBUG_UTILS_MESSAGE_SEVERITY_INFO_BIT_EXT) {
        flags = VK_DEBUG_REPORT_INFORMATION_BIT_EXT;
    }
    /* The types of Vulkan 1.0 have the same numbers in both enumerations. */
    const VkObjectType type = data->objectCount ? data->pObjects[0].objectType : VK_OBJECT_TYPE_UNKNOWN;
    const VkDebugReportObjectTypeEXT old =
        type <= VK_OBJECT_TYPE_COMMAND_POOL ? (VkDebugReportObjectTypeEXT)type : VK_DEBUG_REPORT_OBJECT_TYPE_UNKNOWN_EXT;
    pum_DebugReportMessageEXT(pum_instance_to_handle(inst), flags, old, data->objectCount ? data->pObjects[0].objectHandle : 0, 0,
                              data->messageIdNumber, "Pumice", data->pMessage);
}
