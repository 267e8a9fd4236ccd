/* Copies between host memory and images without a queue. SPEC: copies-images (host), VK_EXT_host_image_copy. */
#ifndef PUM_EXEC_HOST_COPY_H
#define PUM_EXEC_HOST_COPY_H

#include <vulkan/vulkan_core.h>

/* Fills the struct of a VkPhysicalDeviceProperties2 chain. */
void pum_host_image_copy_properties(VkPhysicalDeviceHostImageCopyProperties *out);

#endif
