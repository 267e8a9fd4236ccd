/* Device groups: every group is one device. SPEC: devsandqueues-devices, VK_KHR_device_group. */
#include "device/instance.h"
#include "object/outarray.h"
#include "registry/vk_entrypoints.h"
#include "wsi/swapchain.h"

VKAPI_ATTR void VKAPI_CALL
pum_GetDeviceGroupPeerMemoryFeatures(VkDevice _dev, uint32_t heap, uint32_t local, uint32_t remote, VkPeerMemoryFeatureFlags *pFeatures)
{
    (void)_dev, (void)heap, (void)local, (void)remote; /* equal, as there is one: everything works */
    *pFeatures = VK_PEER_MEMORY_FEATURE_COPY_SRC_BIT | VK_PEER_MEMORY_FEATURE_COPY_DST_BIT | VK_PEER_MEMORY_FEATURE_GENERIC_SRC_BIT |
                 VK_PEER_MEMORY_FEATURE_GENERIC_DST_BIT;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetDeviceGroupPresentCapabilitiesKHR(VkDevice _dev, VkDeviceGroupPresentCapabilitiesKHR *pCapabilities)
{
    (void)_dev;
    for (uint32_t i = 0; i < VK_MAX_DEVICE_GROUP_SIZE; i++) {
        pCapabilities->presentMask[i] = i == 0;
    }
    pCapabilities->modes = VK_DEVICE_GROUP_PRESENT_MODE_LOCAL_BIT_KHR;
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetDeviceGroupSurfacePresentModesKHR(VkDevice _dev, VkSurfaceKHR surface, VkDeviceGroupPresentModeFlagsKHR *pModes)
{
    (void)_dev, (void)surface;
    *pModes = VK_DEVICE_GROUP_PRESENT_MODE_LOCAL_BIT_KHR;
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetPhysicalDevicePresentRectanglesKHR(VkPhysicalDevice _pdev, VkSurfaceKHR surface, uint32_t *pCount, VkRect2D *pRects)
{
    VkSurfaceCapabilitiesKHR caps;
    const VkResult r = pum_GetPhysicalDeviceSurfaceCapabilitiesKHR(_pdev, surface, &caps);
    if (r != VK_SUCCESS) {
        return r;
    }
    struct pum_outarray out = pum_outarray_begin(pCount, pRects);
    uint32_t k;
    if (pum_outarray_next(&out, &k)) {
        pRects[k] = (VkRect2D){{0, 0}, caps.currentExtent};
    }
    return pum_outarray_end(&out);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_AcquireNextImage2KHR(VkDevice _dev, const VkAcquireNextImageInfoKHR *pInfo, uint32_t *pIndex)
{
    return pum_AcquireNextImageKHR(_dev, pInfo->swapchain, pInfo->timeout, pInfo->semaphore, pInfo->fence, pIndex);
}
