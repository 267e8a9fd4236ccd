#include "resource/image_layout.h"

#include <string.h>

#include <vulkan/vulkan_core.h>

static uint32_t
level_extent(uint32_t extent_px, uint32_t level)
{
    const uint32_t e = level < 32 ? extent_px >> level : 0;
    return e ? e : 1;
}

bool
pum_image_has_tiles(enum pum_format format)
{
    enum pum_format planes[PUM_MAX_PLANES];
    const uint32_t n = format == PUM_FORMAT_NONE ? 0 : pum_format_planes(format, planes);
    for (uint32_t i = 0; i < n; i++) {
        const struct pum_format_info *f = pum_format_info(planes[i]);
        if (f->block_B > 16 || (f->block_B & (f->block_B - 1)) || (f->block_w * f->block_h > 1 && !pum_format_is_compressed(planes[i]))) {
            return false;
        }
    }
    return n > 0;
}

/* Large enough that a block of each plane is at least as large as a tile of the rasterizer. (Standard shapes with many samples are not.) */
uint64_t
pum_image_sparse_block_B(enum pum_format format, uint32_t samples)
{
    enum pum_format planes[PUM_MAX_PLANES];
    const uint32_t n = pum_format_planes(format, planes);
    uint64_t block_B = (uint64_t)1 << PUM_SPARSE_PAGE_LOG2;
    for (uint32_t i = 0; i < n; i++) {
        block_B = PUM_MAX(block_B, (uint64_t)64 * 64 * samples * pum_format_info(planes[i])->block_B);
    }
    return block_B;
}

uint8_t
pum_image_tile_layout(enum pum_format plane, uint32_t samples, uint64_t block_B)
{
    const struct pum_format_info *f = pum_format_info(plane);
    const uint32_t texels_log2 = (uint32_t)__builtin_ctzll(block_B / ((uint64_t)f->block_B * samples));
    const uint32_t larger = (texels_log2 + 1) / 2, smaller = texels_log2 / 2;
    const bool wide = samples == 1 || samples == 4; /* as the tables of the standard have it */
    return pum_tile_layout(wide ? larger : smaller, wide ? smaller : larger, f->block_w > 1);
}

/* SPEC: sparsememory-miptail: the first level that is smaller than a sparse block in any dimension. */
static uint32_t
first_tail_level(const struct pum_image_layout_info *info, uint32_t plane_index, const struct pum_format_info *f, uint8_t layout)
{
    const uint32_t w = (uint32_t)f->block_w << pum_tile_width_log2(layout), h = (uint32_t)f->block_h << pum_tile_height_log2(layout);
    uint32_t l = 0;
    while (l < info->levels && pum_format_plane_px(info->format, plane_index, 0, level_extent(info->width, l)) >= w &&
           pum_format_plane_px(info->format, plane_index, 1, level_extent(info->height, l)) >= h) {
        l++;
    }
    return l;
}

/* Bytes of a row (of texels, 4x4 blocks, tiles), and how many rows. w, h: texels or compressed blocks. */
static void
rows_of(uint8_t layout, uint32_t texel_B, uint32_t samples, uint64_t w, uint64_t h, uint64_t *row_B, uint64_t *rows)
{
    uint64_t el_B = texel_B, el_w = 1, el_h = 1;
    if (layout >= PUM_TEXEL_TILE) {
        el_w = (uint64_t)1 << pum_tile_width_log2(layout);
        el_h = (uint64_t)1 << pum_tile_height_log2(layout);
        el_B = el_w * el_h * texel_B * samples;
    } else if (layout == PUM_TEXEL_BLOCK) {
        el_w = el_h = 4;
        el_B = (uint64_t)16 * texel_B * samples;
    }
    *row_B = PUM_ALIGN_UP((w + el_w - 1) / el_w * el_B, (uint64_t)64);
    *rows = (h + el_h - 1) / el_h;
}

/* Fills one plane that starts at *end_B (rounded up by the caller); moves *end_B behind it. */
static bool
layout_plane(const struct pum_image_layout_info *info, uint32_t index, enum pum_format format, uint64_t sparse_block_B, struct pum_image_plane *plane,
             uint64_t *end_B)
{
    const struct pum_format_info *f = pum_format_info(format);
    const uint32_t texel_B = f->block_B;

    /* Blocks pay where 4x4 texels fill at least a quarter of a cache line and rows of blocks exist; 1D images stay rows. */
    const bool can_block = f->block_w == 1 && f->block_h == 1 && (texel_B & (texel_B - 1)) == 0;
    const bool block = can_block && (info->residency || (info->allow_block && info->height > 1));
    memset(plane, 0, sizeof(*plane));
    plane->format = format;
    plane->layout = plane->tail_layout = block ? PUM_TEXEL_BLOCK : PUM_TEXEL_LINEAR;
    plane->tail_level = UINT32_MAX;
    plane->offset_B = *end_B;
    if (info->residency) {
        plane->layout = pum_image_tile_layout(format, info->samples, sparse_block_B);
        plane->tail_level = first_tail_level(info, index, f, plane->layout);
    }

    uint64_t at_B = 0;
    for (uint32_t l = 0; l < info->levels; l++) {
        const uint64_t w = pum_format_plane_px(info->format, index, 0, level_extent(info->width, l));
        const uint64_t h = pum_format_plane_px(info->format, index, 1, level_extent(info->height, l)), d = level_extent(info->depth, l);
        uint64_t row_B, rows;
        rows_of(pum_image_level_layout(plane, l), texel_B, info->samples, (w + f->block_w - 1) / f->block_w, (h + f->block_h - 1) / f->block_h, &row_B,
                &rows);
        if (l == plane->tail_level) {
            plane->tail_offset_B = at_B; /* whole sparse blocks stand in front of it */
        }
        const uint64_t slice_B = row_B * rows; /* < 2^64: extents are 32 bits each and were limited at creation */
        if (row_B > UINT32_MAX || slice_B > UINT32_MAX || at_B > UINT32_MAX || slice_B * d > UINT32_MAX) {
            return false;
        }
        plane->level[l] = (struct pum_desc_level){(uint32_t)at_B, (uint32_t)row_B, (uint32_t)slice_B};
        plane->level_size_B[l] = slice_B * d;
        at_B += PUM_ALIGN_UP(slice_B * d, (uint64_t)64);
    }
    at_B = info->residency ? PUM_ALIGN_UP(at_B, sparse_block_B) : at_B;
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
    out->sparse_block_B = info->residency ? pum_image_sparse_block_B(info->format, info->samples) : 0;
    const uint64_t align_B = info->residency ? out->sparse_block_B : 4096;
    uint64_t end_B = 0;
    for (uint32_t p = 0; p < out->plane_count; p++) {
        end_B = p ? PUM_ALIGN_UP(end_B, align_B) : 0;
        if (!layout_plane(info, p, planes[p], out->sparse_block_B, &out->plane[p], &end_B)) {
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
