/* VkInstance, VkPhysicalDevice and debug messengers. SPEC: initialization, debugging. */
#ifndef PUM_DEVICE_INSTANCE_H
#define PUM_DEVICE_INSTANCE_H

#include <pthread.h>

#include "object/object.h"
#include "registry/vk_extensions.h"
#include "registry/vk_features.h"
#include "registry/vk_properties.h"
#include "util/cpu.h"

/* Of instance and device. */
#define PUM_API_VERSION VK_MAKE_API_VERSION(0, 1, 4, VK_HEADER_VERSION)

struct pum_messenger {
    struct pum_object base;
    VkDebugUtilsMessageSeverityFlagsEXT severities;
    VkDebugUtilsMessageTypeFlagsEXT types;
    PFN_vkDebugUtilsMessengerCallbackEXT callback;
    void *user;
    struct pum_messenger *next;
};
PUM_DEFINE_HANDLE_CASTS(pum_messenger, VkDebugUtilsMessengerEXT)

struct pum_report { /* VK_EXT_debug_report */
    struct pum_object base;
    VkDebugReportFlagsEXT flags;
    PFN_vkDebugReportCallbackEXT callback;
    void *user;
    struct pum_report *next;
};
PUM_DEFINE_HANDLE_CASTS(pum_report, VkDebugReportCallbackEXT)

struct pum_physical_device {
    struct pum_object base;
    struct pum_instance *instance;
    enum pum_isa isa;
    uint64_t build_id, heap_B;
    struct pum_features features;
    struct pum_properties properties;
    VkPhysicalDeviceProperties core;
    bool extensions[PUM_EXT_COUNT];
};
PUM_DEFINE_HANDLE_CASTS(pum_physical_device, VkPhysicalDevice)

struct pum_instance {
    struct pum_object base;
    VkAllocationCallbacks alloc;
    uint32_t api_version; /* asked for by the application */
    bool extensions[PUM_EXT_COUNT]; /* enabled */
    struct pum_physical_device physical;
    pthread_mutex_t lock; /* guards messengers and reports */
    struct pum_messenger *messengers;
    struct pum_report *reports;
};
PUM_DEFINE_HANDLE_CASTS(pum_instance, VkInstance)

void pum_physical_device_init(struct pum_physical_device *pdev, struct pum_instance *inst);
void pum_physical_device_fill_properties(struct pum_physical_device *pdev); /* properties.c: limits, too; needs isa and heap_B */
void pum_instance_message(struct pum_instance *inst, VkDebugUtilsMessageSeverityFlagBitsEXT severity, VkDebugUtilsMessageTypeFlagsEXT types,
                          const VkDebugUtilsMessengerCallbackDataEXT *data);
/* debug_report.c: the same message, in the older form. */
void pum_report_message(struct pum_instance *inst, VkDebugUtilsMessageSeverityFlagBitsEXT severity, VkDebugUtilsMessageTypeFlagsEXT types,
                        const VkDebugUtilsMessengerCallbackDataEXT *data);
uint64_t pum_build_id(void);
/* Fills a list of DRM modifiers in the chain of VkFormatProperties2; other structs are left alone. features: of linear tiling. */
void pum_drm_modifiers_fill(VkFormat format, VkFormatFeatureFlags2 features, VkBaseOutStructure *out);

#endif
