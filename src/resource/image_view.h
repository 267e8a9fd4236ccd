/* VkImageView: records prepared once, copied into descriptor sets. SPEC: resources-image-views. */
#ifndef PUM_RESOURCE_IMAGE_VIEW_H
#define PUM_RESOURCE_IMAGE_VIEW_H

#include "abi/descriptor.h"
#include "resource/image.h"

struct pum_image_view { /* Thread-safety: constant */
    struct pum_object base;
    struct pum_image *image;
    VkImageViewType type;
    VkFormat vk_format;
    VkImageSubresourceRange range; /* counts resolved */
    VkExtent3D extent;             /* of the base level */
    struct pum_desc_image sampled; /* aspect: depth if the view has it, else stencil or colour */
    struct pum_desc_image storage; /* identity swizzle, one level */
};
PUM_DEFINE_HANDLE_CASTS(pum_image_view, VkImageView)

#endif
