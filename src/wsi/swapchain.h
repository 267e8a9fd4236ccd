/* VkSwapchainKHR over the windows of other systems. SPEC: wsi.
 *
 * Surfaces are VkIcdSurface... structs (src/device/surface.c). Swapchain images have rows in a memfd, so that a display server can map them: nothing is copied but
 * by the server itself. Presenting is complete when vkQueuePresentKHR returns.
 */
#ifndef PUM_WSI_SWAPCHAIN_H
#define PUM_WSI_SWAPCHAIN_H

#include <pthread.h>

#include "memory/device_memory.h"
#include "resource/image.h"

#define PUM_MAX_SWAPCHAIN_IMAGES 16

struct pum_swapchain_image {
    struct pum_image *image;
    struct pum_device_memory *memory;
    bool acquired;
    uint32_t shm_segment; /* X11: id, 0 = none */
};

struct pum_swapchain;
struct pum_window_ops {
    /* *width == UINT32_MAX: the swapchain decides. VK_ERROR_SURFACE_LOST_KHR when the window is gone. */
    VkResult (*get_extent)(const void *surface, uint32_t *width, uint32_t *height);
    VkResult (*init)(struct pum_swapchain *chain);
    void (*finish)(struct pum_swapchain *chain);
    VkResult (*present)(struct pum_swapchain *chain, struct pum_swapchain_image *image);
    /* Waits until the window lets go of an image that was presented: VK_SUCCESS, VK_NOT_READY at the deadline, or
     * VK_ERROR_SURFACE_LOST_KHR. NULL: present has copied it. */
    VkResult (*wait_free)(struct pum_swapchain *chain, uint32_t image, uint64_t deadline_ns);
    VkCompositeAlphaFlagsKHR alpha;
    bool paces; /* FIFO waits in present, or needs no frame rate: nobody looks */
};

struct pum_swapchain {
    struct pum_object base;
    const void *surface; /* VkIcdSurface... */
    const struct pum_window_ops *ops;
    VkExtent2D extent;
    VkPresentModeKHR mode;
    VkCompositeAlphaFlagBitsKHR alpha;
    uint32_t count, next;
    uint64_t next_frame_ns; /* FIFO pacing */
    bool retired;
    pthread_mutex_t lock; /* guards present_id */
    pthread_cond_t presented;
    uint64_t present_id; /* the highest that is through */
    struct pum_swapchain_image images[PUM_MAX_SWAPCHAIN_IMAGES];
    void *window; /* of the backend */
};
PUM_DEFINE_HANDLE_CASTS(pum_swapchain, VkSwapchainKHR)

extern const struct pum_window_ops pum_window_headless, pum_window_x11, pum_window_wayland;

VkResult pum_swapchain_bind_image(struct pum_device_base *dev, struct pum_image *img, VkSwapchainKHR swapchain, uint32_t index);

#endif
