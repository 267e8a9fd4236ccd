/* What every layer may know of a device. The full struct pum_device (device/device.h) begins with it. */
#ifndef PUM_OBJECT_DEVICE_BASE_H
#define PUM_OBJECT_DEVICE_BASE_H

#include "object/object.h"
#include "util/cpu.h"

struct pum_pool;
struct pum_rt_table;
struct pum_device_base;
struct pum_image;

/* Calls from lower layers to higher ones; device/ fills it in. */
struct pum_device_ops {
    /* Sends a message to the instance's debug messengers. */
    void (*message)(struct pum_device_base *dev, VkDebugUtilsMessageSeverityFlagBitsEXT severity, VkDebugUtilsMessageTypeFlagsEXT types,
                    const struct pum_object *object, const char *id, const char *text);
    /* Binds an image to the memory of swapchain image `index`. */
    VkResult (*bind_swapchain_image)(struct pum_device_base *dev, struct pum_image *img, VkSwapchainKHR swapchain, uint32_t index);
};

struct pum_device_base { /* Thread-safety: constant after vkCreateDevice, but for the counters */
    struct pum_object base;
    VkAllocationCallbacks alloc;     /* of the device, defaults filled in */
    const struct pum_device_ops *ops;
    struct pum_pool *pool;           /* worker pool, referenced */
    enum pum_isa isa;
    const struct pum_rt_table *rt;
    bool robust_buffer_access;       /* enabled features that change how others work */
    bool interp;                     /* shaders run in the interpreter */
    bool sparse;                     /* sparse binding is enabled: all device memory can be mapped in several places */
    uint64_t build_id;               /* of the driver: part of every cache key */
    uint32_t lost;                   /* set once: VK_ERROR_DEVICE_LOST from then on */
    uint64_t memory_heap_B;
};
PUM_DEFINE_HANDLE_CASTS(pum_device_base, VkDevice)

/* Reports `result` (returned unchanged) with a message to the debug messengers and the log. object may be NULL. */
VkResult pum_error(struct pum_device_base *dev, const void *object, VkResult result, const char *fmt, ...) PUM_PRINTF(4, 5) PUM_COLD;

#endif
