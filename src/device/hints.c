/* Commands that only give hints or names: VK_AMD_anti_lag, VK_EXT_pageable_device_local_memory, VK_EXT_hdr_metadata, VK_EXT_debug_marker. */
#include "device/device.h"
#include "registry/vk_entrypoints.h"
#include "util/futex.h"

/* Frames begin no sooner than the application's limit allows; apart from that nothing here makes them late.
 * SPEC: vkAntiLagUpdateAMD */
VKAPI_ATTR void VKAPI_CALL
pum_AntiLagUpdateAMD(VkDevice _dev, const VkAntiLagDataAMD *pData)
{
    struct pum_device *dev = pum_device_from_handle(_dev);
    if (pData->mode != VK_ANTI_LAG_MODE_ON_AMD || !pData->maxFPS ||
        (pData->pPresentationInfo && pData->pPresentationInfo->stage != VK_ANTI_LAG_STAGE_INPUT_AMD)) {
        return;
    }
    const uint64_t frame_ns = 1000000000u / pData->maxFPS, now_ns = pum_now_ns();
    const uint64_t last_ns = __atomic_load_n(&dev->frame_ns, __ATOMIC_RELAXED), begin_ns = PUM_MAX(now_ns, PUM_MIN(last_ns, now_ns) + frame_ns);
    const uint32_t word = 0;
    while (pum_now_ns() < begin_ns && pum_futex_wait(&word, 0, begin_ns)) {
    }
    __atomic_store_n(&dev->frame_ns, begin_ns, __ATOMIC_RELAXED);
}

VKAPI_ATTR void VKAPI_CALL
pum_SetDeviceMemoryPriorityEXT(VkDevice _dev, VkDeviceMemory mem, float priority)
{
    (void)_dev, (void)mem, (void)priority; /* the system pages by use alone */
}

VKAPI_ATTR void VKAPI_CALL
pum_SetHdrMetadataEXT(VkDevice _dev, uint32_t count, const VkSwapchainKHR *pSwapchains, const VkHdrMetadataEXT *pMetadata)
{
    (void)_dev, (void)count, (void)pSwapchains, (void)pMetadata; /* all surfaces are sRGB, nothing is mapped to another range */
}

/* ---- VK_EXT_debug_marker: the older form of names and labels. Objects of 1.0 have the same numbers in both enumerations. ---- */

VKAPI_ATTR VkResult VKAPI_CALL
pum_DebugMarkerSetObjectNameEXT(VkDevice _dev, const VkDebugMarkerObjectNameInfoEXT *pInfo)
{
    if (pInfo->objectType > VK_DEBUG_REPORT_OBJECT_TYPE_COMMAND_POOL_EXT) {
        return VK_SUCCESS; /* nothing shows names of these */
    }
    const VkDebugUtilsObjectNameInfoEXT info = {.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_OBJECT_NAME_INFO_EXT, .objectType = (VkObjectType)pInfo->objectType,
                                                .objectHandle = pInfo->object, .pObjectName = pInfo->pObjectName};
    return pum_SetDebugUtilsObjectNameEXT(_dev, &info);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_DebugMarkerSetObjectTagEXT(VkDevice _dev, const VkDebugMarkerObjectTagInfoEXT *pInfo)
{
    (void)_dev, (void)pInfo; /* for layers and tools */
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdDebugMarkerBeginEXT(VkCommandBuffer _cmd, const VkDebugMarkerMarkerInfoEXT *pInfo)
{
    (void)_cmd, (void)pInfo;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdDebugMarkerEndEXT(VkCommandBuffer _cmd)
{
    (void)_cmd;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdDebugMarkerInsertEXT(VkCommandBuffer _cmd, const VkDebugMarkerMarkerInfoEXT *pInfo)
{
    (void)_cmd, (void)pInfo;
}
