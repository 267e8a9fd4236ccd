#include "resource/image_layout.h"

#include <string.h>

#include <vulkan/vulkan_core.h>

static uint32_t
level_extent(uint32_t extent_px, uint32_t level)
{
    const uint32_t e = level < 32 ? extent_px >> level : 0;
    return e ? e : 1;
}

/* SPEC: sparsememory-miptail: the first level that is smaller than a sparse block in any dimension. */
static uint32_t
first_tail_level(const struct pum_image_layout_info *info, uint32_t texel_B, bool block)
{
    const uint32_t w = block ? 1024 / texel_B : 4096 / texel_B, h = block ? 4 * PUM_SPARSE_RUNS : PUM_SPARSE_RUNS;
    uint32_t l = 0;
    while (l < info->levels && level_extent(info->width, l) >= w && level_extent(info->height, l) >= h) {
        l++;
    }
    return l;
}

/* Fills one plane that starts at *end_B (rounded up by the caller); moves *end_B behind it. */
static bool
layout_plane(const struct pum_image_layout_info *info, uint32_t index, enum pum_format format, struct pum_image_plane *plane, uint64_t *end_B,
             uint32_t *tail_level_out, uint64_t *tail_offset_B)
{
    const struct pum_format_info *f = pum_format_info(format);
    const uint32_t texel_B = f->block_B;

    /* Blocks pay where 4x4 texels fill at least a quarter of a cache line and rows of blocks exist; 1D images stay rows. */
    const bool block = info->allow_block && f->block_w == 1 && f->block_h == 1 && (texel_B & (texel_B - 1)) == 0 && (info->height > 1 || info->residency);
    memset(plane, 0, sizeof(*plane));
    plane->format = format;
    plane->layout = block ? PUM_TEXEL_BLOCK : PUM_TEXEL_LINEAR;
    plane->offset_B = *end_B;
    const uint32_t tail_level = info->residency ? first_tail_level(info, texel_B, block) : UINT32_MAX;
    *tail_level_out = tail_level;

    uint64_t at_B = 0;
    for (uint32_t l = 0; l < info->levels; l++) {
        const uint64_t w = pum_format_plane_px(info->format, index, 0, level_extent(info->width, l));
        const uint64_t h = pum_format_plane_px(info->format, index, 1, level_extent(info->height, l)), d = level_extent(info->depth, l);
        uint64_t row_B, rows;
        if (block) {
            row_B = (w + 3) / 4 * 16 * texel_B * info->samples;
            rows = (h + 3) / 4;
        } else {
            row_B = (w + f->block_w - 1) / f->block_w * texel_B;
            rows = (h + f->block_h - 1) / f->block_h;
        }
        row_B = PUM_ALIGN_UP(row_B, (uint64_t)64);
        if (info->residency && l < tail_level) {
            row_B = PUM_ALIGN_UP(row_B, (uint64_t)4096);
            at_B = PUM_ALIGN_UP(at_B, (uint64_t)PUM_IMAGE_SPARSE_BLOCK_B);
        } else if (l == tail_level) {
            at_B = PUM_ALIGN_UP(at_B, (uint64_t)PUM_IMAGE_SPARSE_BLOCK_B);
            *tail_offset_B = at_B;
        }
        const uint64_t slice_B = row_B * rows; /* < 2^64: extents are 32 bits each and were limited at creation */
        if (row_B > UINT32_MAX || slice_B > UINT32_MAX || at_B > UINT32_MAX || slice_B * d > UINT32_MAX) {
            return false;
        }
        plane->level[l] = (struct pum_desc_level){(uint32_t)at_B, (uint32_t)row_B, (uint32_t)slice_B};
        plane->level_size_B[l] = slice_B * d;
        at_B += PUM_ALIGN_UP(slice_B * d, (uint64_t)64);
    }
    at_B = info->residency ? PUM_ALIGN_UP(at_B, (uint64_t)PUM_IMAGE_SPARSE_BLOCK_B) : at_B;
    if (at_B > UINT32_MAX) {
        return false;
    }
    plane->layer_pitch_B = at_B;
    uint64_t size_B = at_B * info->layers;
    plane->sample_pitch_B = block ? (uint64_t)16 * texel_B : size_B;
    if ((!block && __builtin_mul_overflow(size_B, (uint64_t)info->samples, &size_B)) || __builtin_add_overflow(*end_B, size_B, end_B)) {
        return false;
    }
    return *end_B < (uint64_t)1 << 46;
}

bool
pum_image_layout_compute(const struct pum_image_layout_info *info, struct pum_image_layout *out)
{
    memset(out, 0, sizeof(*out));
    if (info->levels > PUM_MAX_LEVELS) {
        return false;
    }
    enum pum_format planes[PUM_MAX_PLANES];
    out->plane_count = pum_format_planes(info->format, planes);
    uint64_t end_B = 0;
    for (uint32_t p = 0; p < out->plane_count; p++) {
        end_B = p ? PUM_ALIGN_UP(end_B, (uint64_t)4096) : 0;
        if (!layout_plane(info, p, planes[p], &out->plane[p], &end_B, &out->tail_level, &out->tail_offset_B)) {
            return false;
        }
    }
    out->size_B = PUM_ALIGN_UP(end_B, (uint64_t)PUM_IMAGE_ALIGNMENT_B);
    return true;
}

uint32_t
pum_image_layout_plane_of_aspect(const struct pum_image_layout *layout, uint32_t aspect)
{
    switch (aspect) {
    case VK_IMAGE_ASPECT_STENCIL_BIT: /* the last plane: S8 alone has one plane, combined formats have two */
        return layout->plane_count - 1;
    case VK_IMAGE_ASPECT_PLANE_1_BIT:
    case VK_IMAGE_ASPECT_MEMORY_PLANE_1_BIT_EXT:
        return layout->plane_count > 1 ? 1 : 0;
    case VK_IMAGE_ASPECT_PLANE_2_BIT:
    case VK_IMAGE_ASPECT_MEMORY_PLANE_2_BIT_EXT:
        return layout->plane_count > 2 ? 2 : 0;
    default:
        return 0;
    }
}
