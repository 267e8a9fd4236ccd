/* Copies between host memory and images without a queue. SPEC: copies-images (host), VK_EXT_host_image_copy. */
#ifndef PUM_EXEC_HOST_COPY_H
#define PUM_EXEC_HOST_COPY_H

#include <vulkan/vulkan_core.h>

/* The layouts that images may have for such copies, as source or destination, by the protocol of count and array (out may be NULL). */
void pum_host_copy_layouts(uint32_t *count, VkImageLayout *out);
/* optimalTilingLayoutUUID: the same as long as images stand alike in memory. */
void pum_host_copy_layout_uuid(uint8_t uuid[VK_UUID_SIZE]);

#endif
