#include "resource/image_view.h"

#include "object/device_base.h"
#include "object/pnext.h"
#include "registry/vk_entrypoints.h"
#include "rt/rt.h"

static uint8_t
resolve_swizzle(VkComponentSwizzle s, uint8_t identity)
{
    if (s == VK_COMPONENT_SWIZZLE_ZERO) {
        return 4;
    }
    if (s == VK_COMPONENT_SWIZZLE_ONE) {
        return 5;
    }
    if (s >= VK_COMPONENT_SWIZZLE_R && s <= VK_COMPONENT_SWIZZLE_A) {
        return (uint8_t)(s - VK_COMPONENT_SWIZZLE_R);
    }
    return identity;
}

static enum pum_view_dim
view_dim(VkImageViewType type)
{
    switch (type) {
    case VK_IMAGE_VIEW_TYPE_1D:
    case VK_IMAGE_VIEW_TYPE_1D_ARRAY:
        return PUM_VIEW_1D;
    case VK_IMAGE_VIEW_TYPE_3D:
        return PUM_VIEW_3D;
    case VK_IMAGE_VIEW_TYPE_CUBE:
    case VK_IMAGE_VIEW_TYPE_CUBE_ARRAY:
        return PUM_VIEW_CUBE;
    case VK_IMAGE_VIEW_TYPE_2D:
    case VK_IMAGE_VIEW_TYPE_2D_ARRAY:
    case VK_IMAGE_VIEW_TYPE_MAX_ENUM:
        break;
    }
    return PUM_VIEW_2D;
}

static bool
is_arrayed(VkImageViewType type)
{
    return type == VK_IMAGE_VIEW_TYPE_1D_ARRAY || type == VK_IMAGE_VIEW_TYPE_2D_ARRAY || type == VK_IMAGE_VIEW_TYPE_CUBE_ARRAY;
}

/* The record of a view of `dim`; 3D images seen as 2D (arrays) address slices as layers. */
static void
fill_record(const struct pum_device_base *dev, const struct pum_image_view *view, const VkComponentMapping *map, uint32_t levels,
            struct pum_desc_image *d)
{
    const struct pum_image *img = view->image;
    const VkImageAspectFlags aspects = view->range.aspectMask;
    const bool zs = aspects & (VK_IMAGE_ASPECT_DEPTH_BIT | VK_IMAGE_ASPECT_STENCIL_BIT);
    const uint32_t aspect = aspects & VK_IMAGE_ASPECT_DEPTH_BIT     ? VK_IMAGE_ASPECT_DEPTH_BIT
                            : aspects & VK_IMAGE_ASPECT_STENCIL_BIT ? VK_IMAGE_ASPECT_STENCIL_BIT
                                                                    : aspects;
    const uint32_t plane = pum_image_layout_plane_of_aspect(&img->layout, aspect);
    const struct pum_image_plane *p = &img->layout.plane[plane];
    const enum pum_format format = zs ? p->format : pum_format_from_vk(view->vk_format);
    const uint32_t base = view->range.baseMipLevel;
    const bool slices = img->type == VK_IMAGE_TYPE_3D && view->type != VK_IMAGE_VIEW_TYPE_3D;

    *d = (struct pum_desc_image){
        .width = view->extent.width,
        .height = view->extent.height,
        .depth = slices ? 1 : view->extent.depth,
        .layers = (uint16_t)view->range.layerCount,
        .levels = (uint8_t)levels,
        .dim = (uint8_t)view_dim(view->type),
        .layout = pum_image_level_layout(p, base),
        .arrayed = is_arrayed(view->type),
        .texel_log2 = pum_format_texel_log2(format),
        .format = (uint16_t)format,
        .aspect = aspect == VK_IMAGE_ASPECT_DEPTH_BIT ? 1 : aspect == VK_IMAGE_ASPECT_STENCIL_BIT ? 2 : 0,
        .sample_pitch_B = p->sample_pitch_B,
        .samples_log2 = pum_image_samples_log2(img),
        /* those for 2D know one sample only */
        .ops = pum_rt_image_ops(dev->isa, format, img->samples > 1 ? PUM_VIEW_NULL : view_dim(view->type)),
    };
    d->swizzle[0] = map ? resolve_swizzle(map->r, 0) : 0;
    d->swizzle[1] = map ? resolve_swizzle(map->g, 1) : 1;
    d->swizzle[2] = map ? resolve_swizzle(map->b, 2) : 2;
    d->swizzle[3] = map ? resolve_swizzle(map->a, 3) : 3;
    for (uint32_t l = 0; l < levels; l++) {
        d->level[l] = p->level[base + l];
    }
    d->tail_level = (uint8_t)(p->tail_level > base ? PUM_MIN(p->tail_level - base, levels) : 0);
    d->tail_layout = p->tail_layout;
    d->sparse = img->flags & VK_IMAGE_CREATE_SPARSE_RESIDENCY_BIT ? img->sparse : NULL;
    bool complete = true;
    for (uint32_t c = 1; c < img->layout.plane_count && pum_format_is_ycbcr(format); c++) { /* all planes, for a conversion */
        const struct pum_image_plane *q = &img->layout.plane[c];
        const uint8_t *chroma = pum_image_plane_data(img, c);
        d->plane[c - 1] = (struct pum_desc_plane){.address = chroma ? (uintptr_t)(chroma + view->range.baseArrayLayer * q->layer_pitch_B) : 0,
                                                  .layer_pitch_B = q->layer_pitch_B, .row_pitch_B = q->level[0].row_pitch_B,
                                                  .layout = pum_image_level_layout(q, 0)};
        complete = complete && chroma;
    }
    uint8_t *at = complete ? pum_image_plane_data(img, plane) : NULL;
    if (at) {
        at += slices ? (uint64_t)view->range.baseArrayLayer * p->level[base].slice_pitch_B
                     : (uint64_t)view->range.baseArrayLayer * p->layer_pitch_B;
    }
    d->layer_pitch_B = slices ? p->level[base].slice_pitch_B : p->layer_pitch_B;
    d->address = (uintptr_t)at;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateImageView(VkDevice _dev, const VkImageViewCreateInfo *pInfo, const VkAllocationCallbacks *pAllocator, VkImageView *pView)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct pum_image_view *view = pum_object_zalloc(dev, pAllocator, sizeof(*view), VK_OBJECT_TYPE_IMAGE_VIEW);
    if (!view) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateImageView");
    }
    struct pum_image *img = pum_image_from_handle(pInfo->image);
    view->image = img;
    view->type = pInfo->viewType;
    view->vk_format = pInfo->format;
    view->range = pInfo->subresourceRange;
    if (view->range.levelCount == VK_REMAINING_MIP_LEVELS) {
        view->range.levelCount = img->levels - view->range.baseMipLevel;
    }
    const bool slices = img->type == VK_IMAGE_TYPE_3D && view->type != VK_IMAGE_VIEW_TYPE_3D;
    if (view->range.layerCount == VK_REMAINING_ARRAY_LAYERS) {
        view->range.layerCount = (slices ? pum_image_level_extent(img->extent.depth, view->range.baseMipLevel) : img->layers) -
                                 view->range.baseArrayLayer;
    }
    view->extent = (VkExtent3D){
        pum_image_level_extent(img->extent.width, view->range.baseMipLevel),
        pum_image_level_extent(img->extent.height, view->range.baseMipLevel),
        pum_image_level_extent(img->extent.depth, view->range.baseMipLevel),
    };
    const uint32_t plane = pum_image_layout_plane_of_aspect(&img->layout, view->range.aspectMask);
    view->extent.width = pum_format_plane_px(img->format, plane, 0, view->extent.width);
    view->extent.height = pum_format_plane_px(img->format, plane, 1, view->extent.height);
    /* An uncompressed view of compressed blocks counts blocks (SPEC: resources-image-views, BLOCK_TEXEL_VIEW_COMPATIBLE). */
    const struct pum_format_info *f = pum_format_info(img->format), *vf = pum_format_info(pum_format_from_vk(pInfo->format));
    if (f->block_w > 1 && vf->block_w == 1) {
        view->extent.width = (view->extent.width + f->block_w - 1) / f->block_w;
        view->extent.height = (view->extent.height + f->block_h - 1) / f->block_h;
    }
    fill_record(dev, view, &pInfo->components, view->range.levelCount, &view->sampled);
    fill_record(dev, view, NULL, 1, &view->storage);
    const VkImageViewSlicedCreateInfoEXT *part = pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_IMAGE_VIEW_SLICED_CREATE_INFO_EXT);
    if (part && view->type == VK_IMAGE_VIEW_TYPE_3D) { /* for storage alone; the count may be "remaining" */
        const uint32_t first = PUM_MIN(part->sliceOffset, view->extent.depth - 1);
        view->storage.depth = PUM_MAX(PUM_MIN(part->sliceCount, view->extent.depth - first), 1u);
        view->storage.address += view->storage.address ? (uint64_t)first * view->storage.level[0].slice_pitch_B : 0;
    }
    const VkImageViewMinLodCreateInfoEXT *min_lod = pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_IMAGE_VIEW_MIN_LOD_CREATE_INFO_EXT);
    const float last = (float)(view->range.levelCount - 1);
    if (min_lod && min_lod->minLod > (float)view->range.baseMipLevel) {
        view->sampled.min_lod = PUM_MIN(min_lod->minLod - (float)view->range.baseMipLevel, last);
    }
    view->sampled.flags = pum_rt_image_flags(&view->sampled);
    view->storage.flags = pum_rt_image_flags(&view->storage);
    *pView = pum_image_view_to_handle(view);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyImageView(VkDevice _dev, VkImageView _view, const VkAllocationCallbacks *pAllocator)
{
    pum_object_free(pum_device_base_from_handle(_dev), pAllocator, pum_image_view_from_handle(_view));
}
