#include "wsi/swapchain.h"

#include <stdlib.h>
#include <string.h>

#include <xcb/xcb.h>
#include <X11/Xlib.h>
#include <vulkan/vk_icd.h>

#include "object/device_base.h"
#include "object/outarray.h"
#include "object/limits.h"
#include "object/pnext.h"
#include "registry/vk_entrypoints.h"

static const VkSurfaceFormatKHR formats[] = {
    {VK_FORMAT_B8G8R8A8_UNORM, VK_COLOR_SPACE_SRGB_NONLINEAR_KHR},
    {VK_FORMAT_B8G8R8A8_SRGB, VK_COLOR_SPACE_SRGB_NONLINEAR_KHR},
};
/* FIFO_LATEST_READY is FIFO with a queue that is never longer than one. */
static const VkPresentModeKHR modes[] = {VK_PRESENT_MODE_FIFO_KHR, VK_PRESENT_MODE_MAILBOX_KHR, VK_PRESENT_MODE_IMMEDIATE_KHR,
                                         VK_PRESENT_MODE_FIFO_LATEST_READY_KHR};

/* NULL: a kind of window we do not know. */
static const struct pum_window_ops *
ops_of(VkSurfaceKHR surface)
{
    switch ((int)((const VkIcdSurfaceBase *)(uintptr_t)surface)->platform) {
    case VK_ICD_WSI_PLATFORM_HEADLESS: return &pum_window_headless;
    case VK_ICD_WSI_PLATFORM_XCB:
    case VK_ICD_WSI_PLATFORM_XLIB: return &pum_window_x11;
    case VK_ICD_WSI_PLATFORM_WAYLAND: return &pum_window_wayland;
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
        .supportedCompositeAlpha = ops->alpha,
        .supportedUsageFlags = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT | VK_IMAGE_USAGE_SAMPLED_BIT |
                               VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_INPUT_ATTACHMENT_BIT,
    };
    return VK_SUCCESS;
}

/* One struct of the chain. The mode asked about (SPEC: VkSurfacePresentModeKHR) changes none of the answers but the list of those
 * that a swapchain may switch to: all of them. */
static void
capability(const VkPhysicalDeviceSurfaceInfo2KHR *info, VkBaseOutStructure *out)
{
    const VkSurfacePresentModeKHR *mode = pum_pnext_find(info->pNext, VK_STRUCTURE_TYPE_SURFACE_PRESENT_MODE_KHR);
    switch ((int)out->sType) {
    case VK_STRUCTURE_TYPE_SURFACE_PROTECTED_CAPABILITIES_KHR:
        ((VkSurfaceProtectedCapabilitiesKHR *)(void *)out)->supportsProtected = VK_FALSE;
        break;
    case VK_STRUCTURE_TYPE_SURFACE_CAPABILITIES_PRESENT_ID_2_KHR:
        ((VkSurfaceCapabilitiesPresentId2KHR *)(void *)out)->presentId2Supported = VK_TRUE;
        break;
    case VK_STRUCTURE_TYPE_SURFACE_CAPABILITIES_PRESENT_WAIT_2_KHR:
        ((VkSurfaceCapabilitiesPresentWait2KHR *)(void *)out)->presentWait2Supported = VK_TRUE;
        break;
    case VK_STRUCTURE_TYPE_SURFACE_PRESENT_SCALING_CAPABILITIES_KHR: { /* no scaling: images are as large as the window */
        VkSurfacePresentScalingCapabilitiesKHR *s = (VkSurfacePresentScalingCapabilitiesKHR *)(void *)out;
        s->supportedPresentScaling = 0;
        s->supportedPresentGravityX = s->supportedPresentGravityY = 0;
        s->minScaledImageExtent = s->maxScaledImageExtent = (VkExtent2D){UINT32_MAX, UINT32_MAX};
        break;
    }
    case VK_STRUCTURE_TYPE_SWAPCHAIN_FLAGS_SURFACE_CAPABILITIES_EXT:
        ((VkSwapchainFlagsSurfaceCapabilitiesEXT *)(void *)out)->swapchainSupportedFlags =
            VK_SWAPCHAIN_CREATE_MUTABLE_FORMAT_BIT_KHR | VK_SWAPCHAIN_CREATE_PRESENT_ID_2_BIT_KHR | VK_SWAPCHAIN_CREATE_PRESENT_WAIT_2_BIT_KHR |
            VK_SWAPCHAIN_CREATE_DEFERRED_MEMORY_ALLOCATION_BIT_KHR | VK_SWAPCHAIN_CREATE_MULTISAMPLED_RENDER_TO_SINGLE_SAMPLED_BIT_EXT;
        break;
    case VK_STRUCTURE_TYPE_SURFACE_PRESENT_MODE_COMPATIBILITY_KHR: {
        VkSurfacePresentModeCompatibilityKHR *s = (VkSurfacePresentModeCompatibilityKHR *)(void *)out;
        uint32_t n = 0;
        for (size_t i = 0; i <= PUM_ARRAY_LEN(modes); i++) { /* the mode itself comes first */
            const VkPresentModeKHR m = i ? modes[i - 1] : mode ? mode->presentMode : VK_PRESENT_MODE_MAX_ENUM_KHR;
            if (m == VK_PRESENT_MODE_MAX_ENUM_KHR || (i && mode && m == mode->presentMode)) {
                continue;
            }
            if (s->pPresentModes && n >= s->presentModeCount) {
                break;
            }
            if (s->pPresentModes) {
                s->pPresentModes[n] = m;
            }
            n++;
        }
        s->presentModeCount = n;
        break;
    }
    default: break;
    }
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetPhysicalDeviceSurfaceCapabilities2KHR(VkPhysicalDevice _pdev, const VkPhysicalDeviceSurfaceInfo2KHR *pInfo,
                                             VkSurfaceCapabilities2KHR *pCaps)
{
    for (VkBaseOutStructure *s = pCaps->pNext; s; s = s->pNext) {
        capability(pInfo, s);
    }
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

VKAPI_ATTR VkBool32 VKAPI_CALL
pum_GetPhysicalDeviceWaylandPresentationSupportKHR(VkPhysicalDevice _pdev, uint32_t family, struct wl_display *display)
{
    (void)_pdev, (void)family, (void)display;
    return VK_TRUE;
}

/* ---- swapchains ---- */

static void
destroy(struct pum_device_base *dev, struct pum_swapchain *c, const VkAllocationCallbacks *alloc)
{
    c->ops->finish(c);
    pthread_cond_destroy(&c->presented);
    pthread_mutex_destroy(&c->lock);
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
    const VkImageFormatListCreateInfo *list = pum_pnext_find(info->pNext, VK_STRUCTURE_TYPE_IMAGE_FORMAT_LIST_CREATE_INFO);
    const VkImageFormatListCreateInfo views = {.sType = VK_STRUCTURE_TYPE_IMAGE_FORMAT_LIST_CREATE_INFO,
                                               .viewFormatCount = list ? list->viewFormatCount : 0,
                                               .pViewFormats = list ? list->pViewFormats : NULL};
    const VkImageSwapchainCreateInfoKHR rows = {.sType = VK_STRUCTURE_TYPE_IMAGE_SWAPCHAIN_CREATE_INFO_KHR, .pNext = list ? &views : NULL};
    const VkImageCreateFlags views_of_others = VK_IMAGE_CREATE_MUTABLE_FORMAT_BIT | VK_IMAGE_CREATE_EXTENDED_USAGE_BIT;
    const VkImageCreateInfo ci = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
        .pNext = &rows,
        .flags = (info->flags & VK_SWAPCHAIN_CREATE_MUTABLE_FORMAT_BIT_KHR ? views_of_others : 0) |
                 (info->flags & VK_SWAPCHAIN_CREATE_MULTISAMPLED_RENDER_TO_SINGLE_SAMPLED_BIT_EXT ?
                      VK_IMAGE_CREATE_MULTISAMPLED_RENDER_TO_SINGLE_SAMPLED_BIT_EXT : 0),
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
    r = pum_device_memory_create_shared(dev, si->image->layout.size_B, alloc, &si->memory);
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
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&c->presented, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&c->lock, NULL);
    c->surface = (const void *)(uintptr_t)pInfo->surface;
    c->ops = ops;
    c->extent = pInfo->imageExtent;
    c->mode = pInfo->presentMode;
    c->alpha = pInfo->compositeAlpha;
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

