#include "wsi/swapchain.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <xcb/xcb.h>
#include <X11/Xlib.h>
#include <vulkan/vk_icd.h>

#include "object/device_base.h"
#include "object/outarray.h"
#include "object/limits.h"
#include "object/pnext.h"
#include "registry/vk_entrypoints.h"
#include "sync/sync.h"
#include "util/futex.h"

#define FRAME_NS 16666667u /* FIFO: 60 Hz */

static const VkSurfaceFormatKHR formats[] = {
    {VK_FORMAT_B8G8R8A8_UNORM, VK_COLOR_SPACE_SRGB_NONLINEAR_KHR},
    {VK_FORMAT_B8G8R8A8_SRGB, VK_COLOR_SPACE_SRGB_NONLINEAR_KHR},
};
static const VkPresentModeKHR modes[] = {VK_PRESENT_MODE_FIFO_KHR, VK_PRESENT_MODE_MAILBOX_KHR, VK_PRESENT_MODE_IMMEDIATE_KHR};

/* NULL: a kind of window we do not know. */
static const struct pum_window_ops *
ops_of(VkSurfaceKHR surface)
{
    switch ((int)((const VkIcdSurfaceBase *)(uintptr_t)surface)->platform) {
    case VK_ICD_WSI_PLATFORM_HEADLESS: return &pum_window_headless;
    case VK_ICD_WSI_PLATFORM_XCB:
    case VK_ICD_WSI_PLATFORM_XLIB: return &pum_window_x11;
    default: return NULL;
    }
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetPhysicalDeviceSurfaceSupportKHR(VkPhysicalDevice _pdev, uint32_t family, VkSurfaceKHR surface, VkBool32 *pSupported)
{
    (void)_pdev, (void)family;
    *pSupported = ops_of(surface) != NULL;
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetPhysicalDeviceSurfaceCapabilitiesKHR(VkPhysicalDevice _pdev, VkSurfaceKHR surface, VkSurfaceCapabilitiesKHR *pCaps)
{
    (void)_pdev;
    const struct pum_window_ops *ops = ops_of(surface);
    uint32_t w, h;
    const VkResult r = ops ? ops->get_extent((const void *)(uintptr_t)surface, &w, &h) : VK_ERROR_SURFACE_LOST_KHR;
    if (r != VK_SUCCESS) {
        return r;
    }
    const bool fixed = w != UINT32_MAX;
    *pCaps = (VkSurfaceCapabilitiesKHR){
        .minImageCount = 2,
        .maxImageCount = PUM_MAX_SWAPCHAIN_IMAGES,
        .currentExtent = {w, h},
        .minImageExtent = fixed ? (VkExtent2D){w, h} : (VkExtent2D){1, 1},
        .maxImageExtent = fixed ? (VkExtent2D){w, h} : (VkExtent2D){PUM_MAX_IMAGE_2D_PX, PUM_MAX_IMAGE_2D_PX},
        .maxImageArrayLayers = 1,
        .supportedTransforms = VK_SURFACE_TRANSFORM_IDENTITY_BIT_KHR,
        .currentTransform = VK_SURFACE_TRANSFORM_IDENTITY_BIT_KHR,
        .supportedCompositeAlpha = VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR | VK_COMPOSITE_ALPHA_INHERIT_BIT_KHR,
        .supportedUsageFlags = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT | VK_IMAGE_USAGE_SAMPLED_BIT |
                               VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_INPUT_ATTACHMENT_BIT,
    };
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetPhysicalDeviceSurfaceCapabilities2KHR(VkPhysicalDevice _pdev, const VkPhysicalDeviceSurfaceInfo2KHR *pInfo,
                                             VkSurfaceCapabilities2KHR *pCaps)
{
    return pum_GetPhysicalDeviceSurfaceCapabilitiesKHR(_pdev, pInfo->surface, &pCaps->surfaceCapabilities);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetPhysicalDeviceSurfaceFormatsKHR(VkPhysicalDevice _pdev, VkSurfaceKHR surface, uint32_t *pCount, VkSurfaceFormatKHR *pFormats)
{
    (void)_pdev, (void)surface;
    struct pum_outarray out = pum_outarray_begin(pCount, pFormats);
    for (size_t i = 0; i < PUM_ARRAY_LEN(formats); i++) {
        uint32_t k;
        if (pum_outarray_next(&out, &k)) {
            pFormats[k] = formats[i];
        }
    }
    return pum_outarray_end(&out);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetPhysicalDeviceSurfaceFormats2KHR(VkPhysicalDevice _pdev, const VkPhysicalDeviceSurfaceInfo2KHR *pInfo, uint32_t *pCount,
                                        VkSurfaceFormat2KHR *pFormats)
{
    (void)_pdev, (void)pInfo;
    struct pum_outarray out = pum_outarray_begin(pCount, pFormats);
    for (size_t i = 0; i < PUM_ARRAY_LEN(formats); i++) {
        uint32_t k;
        if (pum_outarray_next(&out, &k)) {
            pFormats[k].surfaceFormat = formats[i];
        }
    }
    return pum_outarray_end(&out);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetPhysicalDeviceSurfacePresentModesKHR(VkPhysicalDevice _pdev, VkSurfaceKHR surface, uint32_t *pCount, VkPresentModeKHR *pModes)
{
    (void)_pdev, (void)surface;
    struct pum_outarray out = pum_outarray_begin(pCount, pModes);
    for (size_t i = 0; i < PUM_ARRAY_LEN(modes); i++) {
        uint32_t k;
        if (pum_outarray_next(&out, &k)) {
            pModes[k] = modes[i];
        }
    }
    return pum_outarray_end(&out);
}

VKAPI_ATTR VkBool32 VKAPI_CALL
pum_GetPhysicalDeviceXcbPresentationSupportKHR(VkPhysicalDevice _pdev, uint32_t family, xcb_connection_t *connection, xcb_visualid_t visual)
{
    (void)_pdev, (void)family, (void)connection, (void)visual;
    return VK_TRUE;
}

VKAPI_ATTR VkBool32 VKAPI_CALL
pum_GetPhysicalDeviceXlibPresentationSupportKHR(VkPhysicalDevice _pdev, uint32_t family, Display *dpy, VisualID visual)
{
    (void)_pdev, (void)family, (void)dpy, (void)visual;
    return VK_TRUE;
}

/* ---- swapchains ---- */

static void
destroy(struct pum_device_base *dev, struct pum_swapchain *c, const VkAllocationCallbacks *alloc)
{
    c->ops->finish(c);
    for (uint32_t i = 0; i < c->count; i++) {
        pum_object_free(dev, alloc, c->images[i].image);
        pum_device_memory_destroy(dev, c->images[i].memory, alloc);
    }
    pum_object_free(dev, alloc, c);
}

static VkResult
add_image(struct pum_device_base *dev, struct pum_swapchain *c, const VkSwapchainCreateInfoKHR *info, const VkAllocationCallbacks *alloc)
{
    struct pum_swapchain_image *si = &c->images[c->count];
    const VkImageSwapchainCreateInfoKHR rows = {.sType = VK_STRUCTURE_TYPE_IMAGE_SWAPCHAIN_CREATE_INFO_KHR};
    const VkImageCreateInfo ci = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
        .pNext = &rows,
        .imageType = VK_IMAGE_TYPE_2D,
        .format = info->imageFormat,
        .extent = {info->imageExtent.width, info->imageExtent.height, 1},
        .mipLevels = 1,
        .arrayLayers = 1,
        .samples = VK_SAMPLE_COUNT_1_BIT,
        .tiling = VK_IMAGE_TILING_OPTIMAL,
        .usage = info->imageUsage,
    };
    VkImage handle;
    VkResult r = pum_CreateImage(pum_device_base_to_handle(dev), &ci, alloc, &handle);
    if (r != VK_SUCCESS) {
        return r;
    }
    si->image = pum_image_from_handle(handle);
    c->count++;
    r = pum_device_memory_create(dev, si->image->layout.size_B, true, alloc, &si->memory);
    if (r == VK_SUCCESS) {
        si->image->data = si->memory->data;
    }
    return r;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateSwapchainKHR(VkDevice _dev, const VkSwapchainCreateInfoKHR *pInfo, const VkAllocationCallbacks *pAllocator, VkSwapchainKHR *pChain)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    const struct pum_window_ops *ops = ops_of(pInfo->surface);
    struct pum_swapchain *old = pum_swapchain_from_handle(pInfo->oldSwapchain);
    if (!ops) {
        return pum_error(dev, NULL, VK_ERROR_SURFACE_LOST_KHR, "vkCreateSwapchainKHR: unknown kind of surface");
    }
    if (old) {
        old->retired = true;
    }
    struct pum_swapchain *c = pum_object_zalloc(dev, pAllocator, sizeof(*c), VK_OBJECT_TYPE_SWAPCHAIN_KHR);
    if (!c) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateSwapchainKHR");
    }
    c->surface = (const void *)(uintptr_t)pInfo->surface;
    c->ops = ops;
    c->extent = pInfo->imageExtent;
    c->mode = pInfo->presentMode;
    VkResult r = VK_SUCCESS;
    const uint32_t n = PUM_MIN(PUM_MAX(pInfo->minImageCount, 2u), (uint32_t)PUM_MAX_SWAPCHAIN_IMAGES);
    for (uint32_t i = 0; i < n && r == VK_SUCCESS; i++) {
        r = add_image(dev, c, pInfo, pAllocator);
    }
    if (r == VK_SUCCESS) {
        r = ops->init(c);
    }
    if (r != VK_SUCCESS) {
        destroy(dev, c, pAllocator);
        return r;
    }
    *pChain = pum_swapchain_to_handle(c);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroySwapchainKHR(VkDevice _dev, VkSwapchainKHR _c, const VkAllocationCallbacks *pAllocator)
{
    struct pum_swapchain *c = pum_swapchain_from_handle(_c);
    if (c) {
        destroy(pum_device_base_from_handle(_dev), c, pAllocator);
    }
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetSwapchainImagesKHR(VkDevice _dev, VkSwapchainKHR _c, uint32_t *pCount, VkImage *pImages)
{
    (void)_dev;
    const struct pum_swapchain *c = pum_swapchain_from_handle(_c);
    struct pum_outarray out = pum_outarray_begin(pCount, pImages);
    for (uint32_t i = 0; i < c->count; i++) {
        uint32_t k;
        if (pum_outarray_next(&out, &k)) {
            pImages[k] = pum_image_to_handle(c->images[i].image);
        }
    }
    return pum_outarray_end(&out);
}

VkResult
pum_swapchain_bind_image(struct pum_device_base *dev, struct pum_image *img, VkSwapchainKHR _c, uint32_t index)
{
    const struct pum_swapchain *c = pum_swapchain_from_handle(_c);
    if (index >= c->count || img->layout.size_B > c->images[index].memory->size_B) {
        return pum_error(dev, img, VK_ERROR_OUT_OF_DEVICE_MEMORY, "vkBindImageMemory2: swapchain image %u", index);
    }
    img->layout = c->images[index].image->layout;
    img->data = c->images[index].memory->data;
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_AcquireNextImageKHR(VkDevice _dev, VkSwapchainKHR _c, uint64_t timeout_ns, VkSemaphore _sem, VkFence _fence, uint32_t *pIndex)
{
    (void)_dev;
    struct pum_swapchain *c = pum_swapchain_from_handle(_c);
    if (c->retired) {
        return VK_ERROR_OUT_OF_DATE_KHR;
    }
    for (uint32_t k = 0; k < c->count; k++) {
        const uint32_t i = (c->next + k) % c->count;
        if (!c->images[i].acquired) {
            c->images[i].acquired = true;
            c->next = i + 1;
            *pIndex = i;
            if (_sem) {
                pum_semaphore_signal(pum_semaphore_from_handle(_sem), 1);
            }
            if (_fence) {
                pum_fence_signal(pum_fence_from_handle(_fence));
            }
            return VK_SUCCESS;
        }
    }
    return timeout_ns ? VK_TIMEOUT : VK_NOT_READY; /* only a present can free one, and the chain is externally synchronised */
}

static void
pace(struct pum_swapchain *c)
{
    if (c->mode != VK_PRESENT_MODE_FIFO_KHR || c->ops == &pum_window_headless) {
        return;
    }
    const uint64_t now = pum_now_ns();
    if (c->next_frame_ns > now) {
        const struct timespec ts = {(time_t)(c->next_frame_ns / 1000000000u), (long)(c->next_frame_ns % 1000000000u)};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
    }
    c->next_frame_ns = PUM_MAX(c->next_frame_ns, now) + FRAME_NS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_QueuePresentKHR(VkQueue _q, const VkPresentInfoKHR *pInfo)
{
    const struct pum_object *q = (const struct pum_object *)(uintptr_t)_q;
    VkResult result = VK_SUCCESS;
    for (uint32_t i = 0; i < pInfo->waitSemaphoreCount; i++) {
        if (!pum_semaphore_wait(pum_semaphore_from_handle(pInfo->pWaitSemaphores[i]), 1, &q->dev->lost)) {
            return VK_ERROR_DEVICE_LOST;
        }
    }
    for (uint32_t i = 0; i < pInfo->swapchainCount; i++) {
        struct pum_swapchain *c = pum_swapchain_from_handle(pInfo->pSwapchains[i]);
        struct pum_swapchain_image *si = &c->images[pInfo->pImageIndices[i]];
        pace(c);
        const VkResult r = c->ops->present(c, si);
        si->acquired = false;
        if (pInfo->pResults) {
            pInfo->pResults[i] = r;
        }
        if (r < 0 || (r == VK_SUBOPTIMAL_KHR && result == VK_SUCCESS)) {
            result = r;
        }
    }
    return result;
}

/* ---- headless: a window that nobody looks at ---- */

static VkResult
headless_extent(const void *surface, uint32_t *width, uint32_t *height)
{
    (void)surface;
    *width = *height = UINT32_MAX;
    return VK_SUCCESS;
}

static VkResult
headless_init(struct pum_swapchain *c)
{
    (void)c;
    return VK_SUCCESS;
}

static void
headless_finish(struct pum_swapchain *c)
{
    (void)c;
}

static VkResult
headless_present(struct pum_swapchain *c, struct pum_swapchain_image *image)
{
    (void)c, (void)image;
    return VK_SUCCESS;
}

const struct pum_window_ops pum_window_headless = {headless_extent, headless_init, headless_finish, headless_present};
