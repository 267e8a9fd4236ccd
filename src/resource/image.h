/* VkImage. SPEC: resources-images. */
#ifndef PUM_RESOURCE_IMAGE_H
#define PUM_RESOURCE_IMAGE_H

#include "object/object.h"
#include "resource/image_layout.h"

struct pum_image { /* Thread-safety: constant after the bind */
    struct pum_object base;
    VkImageCreateFlags flags;
    VkImageType type;
    VkFormat vk_format;
    enum pum_format format;
    VkExtent3D extent;
    uint32_t levels, layers, samples;
    VkImageTiling tiling;
    VkImageUsageFlags usage;
    bool external; /* created for sharing: canonical layout, no private state decides how bytes are read */
    struct pum_image_layout layout;
    struct pum_sparse_pages *sparse; /* NULL: not sparse */
    uint8_t *data; /* start of the image once bound, else NULL; sparse: its address range from the beginning; disjoint: of its first plane */
    uint8_t *chroma_data[PUM_MAX_PLANES - 1]; /* other planes of a disjoint image */
};
PUM_DEFINE_HANDLE_CASTS(pum_image, VkImage)

/* Fills everything but `data`, as vkCreateImage would. */
VkResult pum_image_describe(struct pum_device_base *dev, struct pum_image *img, const VkImageCreateInfo *info) PUM_MUST_CHECK;

/* First byte of a plane, NULL before the bind. */
static inline uint8_t *
pum_image_plane_data(const struct pum_image *img, uint32_t plane)
{
    if (img->flags & VK_IMAGE_CREATE_DISJOINT_BIT) {
        return plane ? img->chroma_data[plane - 1] : img->data;
    }
    return img->data ? img->data + img->layout.plane[plane].offset_B : NULL;
}

static inline uint8_t
pum_image_samples_log2(const struct pum_image *img)
{
    return (uint8_t)__builtin_ctz(img->samples);
}

static inline uint32_t
pum_image_level_extent(uint32_t extent_px, uint32_t level)
{
    const uint32_t e = level < 32 ? extent_px >> level : 0;
    return e ? e : 1;
}

/* One slice of one subresource, ready to address. */
struct pum_image_slice {
    uint8_t *data;          /* texel or block (0, 0) of depth slice 0 */
    uint32_t row_pitch_B;
    uint64_t slice_pitch_B; /* to the next depth slice */
    uint8_t layout;         /* enum pum_texel_layout */
    uint8_t samples_log2;
    enum pum_format format; /* of the plane */
    uint32_t width, height, depth; /* of the level, texels */
    uint64_t sample_pitch_B; /* between the samples of a texel */
};
/* aspect: one VkImageAspectFlagBits. The image is bound; level and layer are in range. */
struct pum_image_slice pum_image_slice_get(const struct pum_image *img, uint32_t aspect, uint32_t level, uint32_t layer);

#endif
