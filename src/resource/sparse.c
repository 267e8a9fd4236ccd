#include "resource/sparse.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "object/device_base.h"
#include "object/outarray.h"
#include "registry/vk_entrypoints.h"

struct pum_sparse_pages *
pum_sparse_reserve(uint64_t size_B)
{
    size_B = PUM_ALIGN_UP(size_B, PUM_SPARSE_BLOCK_B);
    const uint64_t n = size_B >> PUM_SPARSE_PAGE_LOG2;
    struct pum_sparse_pages *pages = calloc(1, sizeof(*pages) + (n + 63) / 64 * sizeof(pages->bound[0]));
    void *p = pages ? mmap(NULL, size_B, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) : MAP_FAILED;
    if (p == MAP_FAILED) {
        free(pages);
        return NULL;
    }
    pages->base = (uintptr_t)p;
    pages->size_B = size_B;
    return pages;
}

void
pum_sparse_release(struct pum_sparse_pages *pages)
{
    if (pages) {
        munmap((void *)(uintptr_t)pages->base, pages->size_B);
        free(pages);
    }
}

static void
mark(const struct pum_sparse_map *m, bool bound)
{
    const uint64_t first = ((uintptr_t)m->at - m->pages->base) >> PUM_SPARSE_PAGE_LOG2;
    const uint64_t end = first + (PUM_ALIGN_UP(m->size_B, PUM_SPARSE_BLOCK_B) >> PUM_SPARSE_PAGE_LOG2);
    for (uint64_t i = first; i < end;) {
        const uint64_t n = PUM_MIN(64 - i % 64, end - i), bits = (n == 64 ? UINT64_MAX : ((uint64_t)1 << n) - 1) << i % 64;
        if (bound) {
            __atomic_fetch_or(&m->pages->bound[i / 64], bits, __ATOMIC_RELAXED);
        } else {
            __atomic_fetch_and(&m->pages->bound[i / 64], ~bits, __ATOMIC_RELAXED);
        }
        i += n;
    }
}

bool
pum_sparse_map(const struct pum_sparse_map *m)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
    const bool ok = m->memory ? pum_device_memory_map_at(m->memory, m->offset_B, m->size_B, m->at)
                              : mmap(m->at, m->size_B, PROT_READ | PROT_WRITE, flags, -1, 0) != MAP_FAILED;
    mark(m, ok && m->memory);
    return ok;
}

/* A mapping of whole blocks from offset at_B of the resource, cut to what it and the memory have. Pages of the application can't be mapped
 * twice. */
static bool
make_map(struct pum_sparse_pages *pages, uint64_t at_B, uint64_t size_B, VkDeviceMemory _mem, uint64_t offset_B, struct pum_sparse_map *out)
{
    const struct pum_device_memory *mem = pum_device_memory_from_handle(_mem);
    if (at_B % PUM_SPARSE_BLOCK_B || at_B >= pages->size_B || (mem && (mem->borrowed || offset_B % PUM_PAGE_B || offset_B >= mem->mapped_B))) {
        return false;
    }
    size_B = PUM_MIN(size_B, pages->size_B - at_B);
    size_B = mem ? PUM_MIN(PUM_ALIGN_UP(size_B, PUM_PAGE_B), mem->mapped_B - offset_B) : PUM_ALIGN_UP(size_B, PUM_SPARSE_BLOCK_B);
    if (out) {
        *out = (struct pum_sparse_map){pages, (uint8_t *)(uintptr_t)(pages->base + at_B), size_B, mem, offset_B};
    }
    return size_B > 0;
}

uint32_t
pum_sparse_range(struct pum_sparse_pages *pages, const VkSparseMemoryBind *bind, struct pum_sparse_map *out)
{
    if (!pages || bind->flags & VK_SPARSE_MEMORY_BIND_METADATA_BIT) { /* there are no metadata */
        return 0;
    }
    return make_map(pages, bind->resourceOffset, bind->size, bind->memory, bind->memoryOffset, out);
}

uint32_t
pum_sparse_image(const struct pum_image *img, const VkSparseImageMemoryBind *bind, struct pum_sparse_map *out)
{
    const struct pum_image_plane *p = &img->layout.plane[pum_image_layout_plane_of_aspect(&img->layout, bind->subresource.aspectMask)];
    const uint32_t level = bind->subresource.mipLevel, layer = bind->subresource.arrayLayer;
    if (!img->sparse || !img->layout.sparse_block_B || level >= img->levels || level >= p->tail_level || layer >= img->layers || bind->offset.x < 0 ||
        bind->offset.y < 0 || bind->offset.z < 0) {
        return 0;
    }
    const struct pum_format_info *f = pum_format_info(p->format);
    const uint64_t block_B = img->layout.sparse_block_B;
    const uint64_t w = (uint64_t)f->block_w << pum_tile_width_log2(p->layout), h = (uint64_t)f->block_h << pum_tile_height_log2(p->layout);
    const struct pum_desc_level *lv = &p->level[level];
    const uint64_t columns = lv->row_pitch_B / block_B, rows = lv->slice_pitch_B / lv->row_pitch_B;
    const uint64_t slices = pum_image_level_extent(img->extent.depth, level);
    const uint64_t x0 = (uint64_t)bind->offset.x / w, y0 = (uint64_t)bind->offset.y / h, z0 = (uint64_t)bind->offset.z;
    const uint64_t x1 = PUM_MIN(((uint64_t)bind->offset.x + bind->extent.width + w - 1) / w, columns);
    const uint64_t y1 = PUM_MIN(((uint64_t)bind->offset.y + bind->extent.height + h - 1) / h, rows);
    const uint64_t z1 = PUM_MIN(z0 + bind->extent.depth, slices);
    uint64_t from_B = bind->memoryOffset;
    uint32_t n = 0;
    for (uint64_t z = z0; z < z1 && x0 < x1; z++) {
        for (uint64_t y = y0; y < y1; y++, from_B += (x1 - x0) * block_B) {
            const uint64_t at_B = p->offset_B + layer * p->layer_pitch_B + lv->offset_B + z * lv->slice_pitch_B + y * lv->row_pitch_B + x0 * block_B;
            n += make_map(img->sparse, at_B, (x1 - x0) * block_B, bind->memory, from_B, out ? out + n : NULL);
        }
    }
    return n;
}

/* ---- what images need ---- */

static VkImageAspectFlags
plane_aspect(enum pum_format format, enum pum_format plane, uint32_t index)
{
    const struct pum_format_info *f = pum_format_info(plane);
    if (pum_format_is_ycbcr(format)) {
        return (VkImageAspectFlags)VK_IMAGE_ASPECT_PLANE_0_BIT << index;
    }
    return f->depth ? VK_IMAGE_ASPECT_DEPTH_BIT : f->stencil ? VK_IMAGE_ASPECT_STENCIL_BIT : VK_IMAGE_ASPECT_COLOR_BIT;
}

uint32_t
pum_sparse_properties(enum pum_format format, uint32_t samples, VkSparseImageFormatProperties out[PUM_MAX_PLANES])
{
    enum pum_format planes[PUM_MAX_PLANES];
    const uint32_t n = pum_format_planes(format, planes);
    const uint64_t block_B = pum_image_sparse_block_B(format, samples);
    for (uint32_t i = 0; i < n; i++) {
        const struct pum_format_info *f = pum_format_info(planes[i]);
        const uint8_t layout = pum_image_tile_layout(planes[i], samples, block_B);
        out[i] = (VkSparseImageFormatProperties){
            .aspectMask = plane_aspect(format, planes[i], i),
            .imageGranularity = {(uint32_t)f->block_w << pum_tile_width_log2(layout), (uint32_t)f->block_h << pum_tile_height_log2(layout), 1},
        };
    }
    return n;
}

static void
requirements(const struct pum_image *img, uint32_t *pCount, VkSparseImageMemoryRequirements *pReqs, VkSparseImageMemoryRequirements2 *pReqs2)
{
    struct pum_outarray out = pum_outarray_begin(pCount, pReqs ? (const void *)pReqs : pReqs2);
    VkSparseImageFormatProperties props[PUM_MAX_PLANES];
    const uint32_t n = img->layout.sparse_block_B ? pum_sparse_properties(img->format, img->samples, props) : 0;
    uint32_t k;
    for (uint32_t i = 0; i < n; i++) {
        const struct pum_image_plane *p = &img->layout.plane[i];
        VkSparseImageMemoryRequirements r = {.formatProperties = props[i], .imageMipTailFirstLod = p->tail_level};
        if (p->tail_level < img->levels) {
            r.imageMipTailOffset = p->offset_B + p->tail_offset_B;
            r.imageMipTailSize = p->layer_pitch_B - p->tail_offset_B;
            r.imageMipTailStride = p->layer_pitch_B;
        }
        if (pum_outarray_next(&out, &k)) {
            *(pReqs ? &pReqs[k] : &pReqs2[k].memoryRequirements) = r;
        }
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_GetImageSparseMemoryRequirements(VkDevice _dev, VkImage _img, uint32_t *pCount, VkSparseImageMemoryRequirements *pReqs)
{
    (void)_dev;
    requirements(pum_image_from_handle(_img), pCount, pReqs, NULL);
}

VKAPI_ATTR void VKAPI_CALL
pum_GetImageSparseMemoryRequirements2(VkDevice _dev, const VkImageSparseMemoryRequirementsInfo2 *pInfo, uint32_t *pCount,
                                      VkSparseImageMemoryRequirements2 *pReqs)
{
    (void)_dev;
    requirements(pum_image_from_handle(pInfo->image), pCount, NULL, pReqs);
}

VKAPI_ATTR void VKAPI_CALL
pum_GetDeviceImageSparseMemoryRequirements(VkDevice _dev, const VkDeviceImageMemoryRequirements *pInfo, uint32_t *pCount,
                                           VkSparseImageMemoryRequirements2 *pReqs)
{
    struct pum_image img;
    if (pum_image_describe(pum_device_base_from_handle(_dev), &img, pInfo->pCreateInfo) == VK_SUCCESS) {
        requirements(&img, pCount, NULL, pReqs);
    } else {
        *pCount = 0;
    }
}
