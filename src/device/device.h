/* VkDevice. */
#ifndef PUM_DEVICE_DEVICE_H
#define PUM_DEVICE_DEVICE_H

#include "device/instance.h"
#include "exec/queue.h"
#include "object/device_base.h"
#include "object/limits.h"

struct pum_device {
    struct pum_device_base base; /* must be first */
    struct pum_physical_device *pdev;
    bool extensions[PUM_EXT_COUNT]; /* enabled */
    struct pum_features features;   /* enabled */
    struct pum_queue queue[PUM_MAX_QUEUES];
    uint32_t n_queues, n_plain; /* the plain ones first, then those created as internally synchronized */
    uint64_t frame_ns;          /* atomic; when the last frame began (VK_AMD_anti_lag) */
};
PUM_DEFINE_HANDLE_CASTS(pum_device, VkDevice)

#endif
