#include "resource/drm_modifier.h"

#include "object/device_base.h"
#include "object/pnext.h"
#include "registry/vk_entrypoints.h"
#include "resource/image.h"

bool
pum_drm_has_format(enum pum_format format)
{
    const struct pum_format_info *f = pum_format_info(format);
    return format != PUM_FORMAT_NONE && !f->depth && !f->stencil && pum_format_image_features(format);
}

/* One plane as the application lays it out. NULL or what is wrong with it. *end_B: behind its last byte. */
static const char *
take_plane(const VkImageCreateInfo *info, uint32_t index, const VkSubresourceLayout *in, struct pum_image_plane *p, uint64_t *end_B)
{
    const enum pum_format format = pum_format_from_vk(info->format);
    const struct pum_format_info *f = pum_format_info(p->format);
    const uint64_t width = pum_format_plane_px(format, index, 0, info->extent.width);
    const uint64_t height = pum_format_plane_px(format, index, 1, info->extent.height), depth = info->extent.depth;
    const uint64_t rows = PUM_DIV_ROUND_UP(height, f->block_h), row_B = PUM_DIV_ROUND_UP(width, f->block_w) * f->block_B;
    if (in->rowPitch < row_B || in->rowPitch % f->block_B || in->rowPitch > UINT32_MAX) {
        return "row pitch";
    }
    if (in->offset % f->block_B || (info->flags & VK_IMAGE_CREATE_DISJOINT_BIT && in->offset)) { /* disjoint: say it when binding */
        return "offset";
    }
    uint64_t slice_B, span_B, layer_B, at_B;
    if (depth > 1) {
        slice_B = in->depthPitch;
    } else if (__builtin_mul_overflow(in->rowPitch, rows, &slice_B)) {
        return "row pitch";
    }
    uint64_t all_rows_B;
    if (slice_B > UINT32_MAX || slice_B % f->block_B || __builtin_mul_overflow(in->rowPitch, rows, &all_rows_B) ||
        (depth > 1 && slice_B < all_rows_B)) {
        return "depth pitch";
    }
    span_B = (depth - 1) * slice_B + (rows - 1) * in->rowPitch + row_B; /* each factor fits into 32 bits */
    layer_B = info->arrayLayers > 1 ? in->arrayPitch : p->layer_pitch_B;
    if (span_B > UINT32_MAX || (info->arrayLayers > 1 && (layer_B < span_B || layer_B % f->block_B))) {
        return "array pitch";
    }
    if (__builtin_mul_overflow(layer_B, (uint64_t)info->arrayLayers - 1, &at_B) || __builtin_add_overflow(at_B, span_B, &at_B) ||
        __builtin_add_overflow(at_B, in->offset, &at_B) || at_B > UINT64_C(1) << 46) {
        return "size";
    }
    p->offset_B = in->offset;
    p->layer_pitch_B = layer_B;
    p->sample_pitch_B = at_B - in->offset; /* of the one sample: what the plane takes */
    p->level[0] = (struct pum_desc_level){0, (uint32_t)in->rowPitch, (uint32_t)slice_B};
    p->level_size_B[0] = span_B;
    *end_B = at_B;
    return NULL;
}

/* Planes that share one binding may not lie in one another. */
static bool
overlap(const struct pum_image_layout *layout, const uint64_t *end_B, uint32_t a)
{
    for (uint32_t b = 0; b < a; b++) {
        if (layout->plane[a].offset_B < end_B[b] && layout->plane[b].offset_B < end_B[a]) {
            return true;
        }
    }
    return false;
}

static VkResult
apply_explicit(struct pum_device_base *dev, const VkImageCreateInfo *info, const VkImageDrmFormatModifierExplicitCreateInfoEXT *ex,
               struct pum_image_layout *layout)
{
    const VkResult invalid = VK_ERROR_INVALID_DRM_FORMAT_MODIFIER_PLANE_LAYOUT_EXT;
    if (ex->drmFormatModifier != PUM_DRM_MODIFIER_LINEAR || ex->drmFormatModifierPlaneCount != layout->plane_count || info->mipLevels != 1) {
        return pum_error(dev, NULL, invalid, "vkCreateImage: DRM modifier 0x%llx with %u planes, %u levels",
                         (unsigned long long)ex->drmFormatModifier, ex->drmFormatModifierPlaneCount, info->mipLevels);
    }
    uint64_t end_B[PUM_MAX_PLANES], size_B = 0;
    for (uint32_t p = 0; p < layout->plane_count; p++) {
        const VkSubresourceLayout in = ex->pPlaneLayouts[p];
        const char *wrong = take_plane(info, p, &in, &layout->plane[p], &end_B[p]);
        if (!wrong && !(info->flags & VK_IMAGE_CREATE_DISJOINT_BIT) && overlap(layout, end_B, p)) {
            wrong = "overlap";
        }
        if (wrong) {
            return pum_error(dev, NULL, invalid, "vkCreateImage: plane %u of the explicit layout: %s", p, wrong);
        }
        size_B = PUM_MAX(size_B, end_B[p]);
    }
    layout->size_B = size_B; /* not rounded up: memory of others has no padding */
    return VK_SUCCESS;
}

VkResult
pum_drm_apply(struct pum_device_base *dev, const VkImageCreateInfo *info, struct pum_image_layout *layout)
{
    const VkImageDrmFormatModifierExplicitCreateInfoEXT *ex =
        pum_pnext_find(info->pNext, VK_STRUCTURE_TYPE_IMAGE_DRM_FORMAT_MODIFIER_EXPLICIT_CREATE_INFO_EXT);
    const VkImageDrmFormatModifierListCreateInfoEXT *list =
        pum_pnext_find(info->pNext, VK_STRUCTURE_TYPE_IMAGE_DRM_FORMAT_MODIFIER_LIST_CREATE_INFO_EXT);
    if (!pum_drm_has_format(pum_format_from_vk(info->format)) || info->samples != VK_SAMPLE_COUNT_1_BIT) {
        return pum_error(dev, NULL, VK_ERROR_FORMAT_NOT_SUPPORTED, "vkCreateImage: format %d, %u samples with a DRM modifier", (int)info->format,
                         (unsigned)info->samples);
    }
    if (ex) {
        return apply_explicit(dev, info, ex, layout);
    }
    for (uint32_t i = 0; list && i < list->drmFormatModifierCount; i++) {
        if (list->pDrmFormatModifiers[i] == PUM_DRM_MODIFIER_LINEAR) {
            return VK_SUCCESS;
        }
    }
    return pum_error(dev, NULL, VK_ERROR_UNKNOWN, "vkCreateImage: no DRM modifier of the list is supported");
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetImageDrmFormatModifierPropertiesEXT(VkDevice _dev, VkImage _img, VkImageDrmFormatModifierPropertiesEXT *pProps)
{
    (void)_dev, (void)_img;
    pProps->drmFormatModifier = PUM_DRM_MODIFIER_LINEAR;
    return VK_SUCCESS;
}
