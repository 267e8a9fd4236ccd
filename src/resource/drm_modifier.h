/* VK_EXT_image_drm_format_modifier with the one modifier we have: LINEAR, rows of texels. SPEC: resources-images, DRM format modifiers. */
#ifndef PUM_RESOURCE_DRM_MODIFIER_H
#define PUM_RESOURCE_DRM_MODIFIER_H

#include "object/object.h"
#include "resource/image_layout.h"

#define PUM_DRM_MODIFIER_LINEAR UINT64_C(0)

/* Formats that others can name: colour, no depth or stencil. */
bool pum_drm_has_format(enum pum_format format);
/* For an image with VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT whose implicit layout stands in *layout: checks what the application says and
 * takes over the layout that it gives, if it does. */
VkResult pum_drm_apply(struct pum_device_base *dev, const VkImageCreateInfo *info, struct pum_image_layout *layout) PUM_MUST_CHECK;

#endif
