/* What every layer may know of a device. The full struct pum_device (device/device.h) begins with it. */
#ifndef PUM_OBJECT_DEVICE_BASE_H
#define PUM_OBJECT_DEVICE_BASE_H

#include <pthread.h>

#include "object/object.h"
#include "util/cpu.h"

struct pum_pool;
struct pum_rt_table;
struct pum_device_base;
struct pum_device_memory;
struct pum_accel_entry;
struct pum_image;

/* Calls from lower layers to higher ones; device/ fills it in. */
struct pum_device_ops {
    /* Sends a message to the instance's debug messengers. */
    void (*message)(struct pum_device_base *dev, VkDebugUtilsMessageSeverityFlagBitsEXT severity, VkDebugUtilsMessageTypeFlagsEXT types,
                    const struct pum_object *object, const char *id, const char *text);
    /* Reports that addresses belong to an object from now on (bind) or no more. */
    void (*report_address)(struct pum_device_base *dev, const struct pum_object *object, bool bind, const void *base, uint64_t size_B, bool internal);
    /* Binds an image to the memory of swapchain image `index`. */
    VkResult (*bind_swapchain_image)(struct pum_device_base *dev, struct pum_image *img, VkSwapchainKHR swapchain, uint32_t index);
    /* Nothing that was submitted will run before the host (trust_peers: or another process) does something (pum_queue_is_stuck). */
    bool (*is_stuck)(struct pum_device_base *dev, bool trust_peers);
};

struct pum_sparse_pages;
struct pum_shader_host;
struct pum_address_range {
    uint64_t base, size_B;
    const struct pum_sparse_pages *sparse; /* NULL: memory that is all there */
};

#define PUM_FAULT_ENDLESS 1u /* vendorFaultCode: a shader without an end in sight */
struct pum_fault { /* exec/fault.h */
    pthread_mutex_t lock; /* guards the rest */
    bool timeout;
    char reason[VK_MAX_DESCRIPTION_SIZE], where[VK_MAX_DESCRIPTION_SIZE];
};

struct pum_device_base { /* Thread-safety: constant after vkCreateDevice, but for the counters */
    struct pum_object base;
    VkAllocationCallbacks alloc;     /* of the device, defaults filled in */
    const struct pum_device_ops *ops;
    struct pum_pool *pool;           /* worker pool, referenced */
    enum pum_isa isa;
    const struct pum_rt_table *rt;
    bool map_placed;                 /* an enabled feature, memoryMapPlaced: memory without a file is shareable pages */
    bool depth_unrestricted;         /* VK_EXT_depth_range_unrestricted is enabled: floating-point depth may be anything */
    bool report_addresses;           /* an enabled feature, reportAddressBinding */
    bool no_disk_cache;              /* the application keeps pipeline binaries itself */
    bool interp;                     /* shaders run in the interpreter */
    bool sparse;                     /* sparse binding is enabled: all device memory can be mapped in several places */
    uint64_t build_id;               /* of the driver: part of every cache key */
    uint32_t lost;                   /* set once: VK_ERROR_DEVICE_LOST from then on; shaders leave their loops. Futex word */
    struct pum_fault fault;
    struct pum_shader_host *host;    /* of shaders (exec/shader_print.h) */
    struct pum_watchdog *watchdog;   /* atomic; NULL until something was submitted */
    uint64_t memory_heap_B;
    uint8_t driver_uuid[VK_UUID_SIZE]; /* of the build and its layouts: what processes must have in common to share */
    pthread_mutex_t dma_lock;        /* guards the list of memories that are dma-bufs */
    struct pum_device_memory *dma_first;
    /* memory/address_map.h: [n_ranges], by base, guarded by ranges_lock */
    pthread_rwlock_t ranges_lock;
    struct pum_address_range *ranges;
    uint32_t n_ranges, cap_ranges;
    bool ranges_overlap;             /* some do or did: pages of the application */
    pthread_rwlock_t accel_lock;     /* guards the table of live acceleration structures, resource/acceleration_structure.c's own */
    struct pum_accel_entry *accels;
    uint32_t n_accels, cap_accels, late_accels; /* late: whose address is not known yet */
};
PUM_DEFINE_HANDLE_CASTS(pum_device_base, VkDevice)

/* Reports `result` (returned unchanged) with a message to the debug messengers and the log. object may be NULL. */
VkResult pum_error(struct pum_device_base *dev, const void *object, VkResult result, const char *fmt, ...) PUM_PRINTF(4, 5) PUM_COLD;

/* VK_EXT_device_address_binding_report. internal: the application has not got the handle yet. */
static inline void
pum_report_address(struct pum_device_base *dev, const void *object, bool bind, const void *base, uint64_t size_B, bool internal)
{
    if (PUM_UNLIKELY(dev->report_addresses) && base) {
        dev->ops->report_address(dev, object, bind, base, size_B, internal);
    }
}

#endif
