/* VkSurfaceKHR objects. SPEC: wsi; the loader's driver interface, version 3 and later: a driver makes its own surfaces.
 *
 * A surface begins as the loader's VkIcdSurface... of its platform, because loaders that make surfaces themselves pass such a pointer
 * too: src/wsi reads both in the same way.
 */
#define VK_USE_PLATFORM_XCB_KHR
#define VK_USE_PLATFORM_XLIB_KHR
#define VK_USE_PLATFORM_WAYLAND_KHR
#include <xcb/xcb.h>
#include <X11/Xlib.h>
#include <vulkan/vk_icd.h>

#include "device/instance.h"
#include "registry/vk_entrypoints.h"

union surface {
    VkIcdSurfaceBase base;
    VkIcdSurfaceXcb xcb;
    VkIcdSurfaceXlib xlib;
    VkIcdSurfaceWayland wayland;
    VkIcdSurfaceHeadless headless;
};

static VkResult
create(VkInstance _inst, const VkAllocationCallbacks *alloc, const union surface *value, VkSurfaceKHR *pSurface)
{
    const struct pum_instance *inst = pum_instance_from_handle(_inst);
    union surface *s = pum_host_zalloc(&inst->alloc, alloc, sizeof(*s), 16, VK_SYSTEM_ALLOCATION_SCOPE_OBJECT);
    if (!s) {
        return VK_ERROR_OUT_OF_HOST_MEMORY;
    }
    *s = *value;
    *pSurface = (VkSurfaceKHR)(uintptr_t)s;
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateXcbSurfaceKHR(VkInstance _inst, const VkXcbSurfaceCreateInfoKHR *pInfo, const VkAllocationCallbacks *pAllocator,
                        VkSurfaceKHR *pSurface)
{
    const union surface s = {.xcb = {{VK_ICD_WSI_PLATFORM_XCB}, pInfo->connection, pInfo->window}};
    return create(_inst, pAllocator, &s, pSurface);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateXlibSurfaceKHR(VkInstance _inst, const VkXlibSurfaceCreateInfoKHR *pInfo, const VkAllocationCallbacks *pAllocator,
                         VkSurfaceKHR *pSurface)
{
    const union surface s = {.xlib = {{VK_ICD_WSI_PLATFORM_XLIB}, pInfo->dpy, pInfo->window}};
    return create(_inst, pAllocator, &s, pSurface);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateWaylandSurfaceKHR(VkInstance _inst, const VkWaylandSurfaceCreateInfoKHR *pInfo, const VkAllocationCallbacks *pAllocator,
                            VkSurfaceKHR *pSurface)
{
    const union surface s = {.wayland = {{VK_ICD_WSI_PLATFORM_WAYLAND}, pInfo->display, pInfo->surface}};
    return create(_inst, pAllocator, &s, pSurface);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateHeadlessSurfaceEXT(VkInstance _inst, const VkHeadlessSurfaceCreateInfoEXT *pInfo, const VkAllocationCallbacks *pAllocator,
                             VkSurfaceKHR *pSurface)
{
    (void)pInfo;
    const union surface s = {.headless = {{VK_ICD_WSI_PLATFORM_HEADLESS}}};
    return create(_inst, pAllocator, &s, pSurface);
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroySurfaceKHR(VkInstance _inst, VkSurfaceKHR surface, const VkAllocationCallbacks *pAllocator)
{
    const struct pum_instance *inst = pum_instance_from_handle(_inst);
    if (surface) {
        pum_host_free(&inst->alloc, pAllocator, (void *)(uintptr_t)surface);
    }
}
