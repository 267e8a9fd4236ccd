#include "resource/sparse.h"

#include <sys/mman.h>

#include "object/device_base.h"
#include "object/outarray.h"
#include "registry/vk_entrypoints.h"

#define PAGE_B ((uint64_t)4096)

static uint64_t
blocks_B(uint64_t size_B)
{
    return PUM_ALIGN_UP(size_B, (uint64_t)PUM_SPARSE_BLOCK_B);
}

uint8_t *
pum_sparse_reserve(uint64_t size_B)
{
    void *p = mmap(NULL, blocks_B(size_B), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

void
pum_sparse_release(uint8_t *base, uint64_t size_B)
{
    if (base) {
        munmap(base, blocks_B(size_B));
    }
}

bool
pum_sparse_map(const struct pum_sparse_map *m)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
    return m->memory ? pum_device_memory_map_at(m->memory, m->offset_B, m->size_B, m->at)
                     : mmap(m->at, m->size_B, PROT_READ | PROT_WRITE, flags, -1, 0) != MAP_FAILED;
}

/* A mapping of whole pages, cut to what the memory has. Pages of the application can't be mapped twice. */
static bool
make_map(uint8_t *at, uint64_t size_B, VkDeviceMemory _mem, uint64_t offset_B, struct pum_sparse_map *out)
{
    const struct pum_device_memory *mem = pum_device_memory_from_handle(_mem);
    size_B = PUM_ALIGN_UP(size_B, PAGE_B);
    if (mem && (mem->borrowed || offset_B % PAGE_B != 0 || offset_B >= mem->mapped_B)) {
        return false;
    }
    size_B = mem ? PUM_MIN(size_B, mem->mapped_B - offset_B) : size_B;
    *out = (struct pum_sparse_map){at, size_B, mem, offset_B};
    return size_B > 0;
}

uint32_t
pum_sparse_range(uint8_t *base, uint64_t resource_B, const VkSparseMemoryBind *bind, struct pum_sparse_map *out)
{
    struct pum_sparse_map map;
    if (!base || bind->resourceOffset % PAGE_B != 0 || bind->resourceOffset >= blocks_B(resource_B)) {
        return 0;
    }
    const uint64_t size_B = PUM_MIN(bind->size, blocks_B(resource_B) - bind->resourceOffset);
    if (!make_map(base + bind->resourceOffset, size_B, bind->memory, bind->memoryOffset, &map)) {
        return 0;
    }
    if (out) {
        *out = map;
    }
    return 1;
}

uint32_t
pum_sparse_image(const struct pum_image *img, const VkSparseImageMemoryBind *bind, struct pum_sparse_map *out)
{
    const struct pum_image_plane *p = &img->layout.plane[0];
    const uint32_t level = bind->subresource.mipLevel, layer = bind->subresource.arrayLayer;
    VkExtent3D block;
    if (!img->data || level >= img->layout.tail_level || layer >= img->layers ||
        !pum_sparse_format(img->format, p->layout == PUM_TEXEL_BLOCK, &block) || bind->offset.x < 0 || bind->offset.y < 0) {
        return 0;
    }
    const uint32_t w = pum_image_level_extent(img->extent.width, level), h = pum_image_level_extent(img->extent.height, level);
    const uint32_t rows_px = block.height / PUM_SPARSE_RUNS; /* of one run */
    const uint32_t rows = (h + rows_px - 1) / rows_px;
    const uint32_t x0 = (uint32_t)bind->offset.x / block.width, y0 = (uint32_t)bind->offset.y / block.height;
    const uint64_t right_px = PUM_MIN((uint64_t)(uint32_t)bind->offset.x + bind->extent.width, (uint64_t)w);
    const uint64_t bottom_px = PUM_MIN((uint64_t)(uint32_t)bind->offset.y + bind->extent.height, (uint64_t)h);
    uint8_t *base = img->data + layer * p->layer_pitch_B + p->level[level].offset_B;
    uint64_t from_B = bind->memoryOffset;
    uint32_t n = 0;
    for (uint32_t y = y0; (uint64_t)y * block.height < bottom_px; y++) {
        for (uint32_t x = x0; (uint64_t)x * block.width < right_px; x++, from_B += PUM_SPARSE_BLOCK_B) {
            for (uint32_t run = 0; run < PUM_SPARSE_RUNS && y * PUM_SPARSE_RUNS + run < rows; run++) {
                struct pum_sparse_map map;
                uint8_t *at = base + (uint64_t)(y * PUM_SPARSE_RUNS + run) * p->level[level].row_pitch_B + x * PAGE_B;
                if (make_map(at, PAGE_B, bind->memory, from_B + run * PAGE_B, &map)) {
                    if (out) {
                        out[n] = map;
                    }
                    n++;
                }
            }
        }
    }
    return n;
}

bool
pum_sparse_format(enum pum_format format, bool allow_block, VkExtent3D *block)
{
    const struct pum_format_info *f = pum_format_info(format);
    enum pum_format planes[PUM_MAX_PLANES];
    if (format == PUM_FORMAT_NONE || f->block_w != 1 || f->block_h != 1 || f->block_B > 16 || (f->block_B & (f->block_B - 1)) ||
        pum_format_planes(format, planes) != 1) {
        return false;
    }
    const uint32_t px = (uint32_t)PAGE_B / f->block_B;
    *block = allow_block ? (VkExtent3D){px / 4, 4 * PUM_SPARSE_RUNS, 1} : (VkExtent3D){px, PUM_SPARSE_RUNS, 1};
    return true;
}

/* ---- what images need ---- */

static void
requirements(const struct pum_image *img, uint32_t *pCount, VkSparseImageMemoryRequirements *pReqs, VkSparseImageMemoryRequirements2 *pReqs2)
{
    struct pum_outarray out = pum_outarray_begin(pCount, pReqs ? (const void *)pReqs : pReqs2);
    const struct pum_image_plane *p = &img->layout.plane[0];
    VkSparseImageMemoryRequirements r = {0};
    uint32_t k;
    if (!(img->flags & VK_IMAGE_CREATE_SPARSE_RESIDENCY_BIT) ||
        !pum_sparse_format(img->format, p->layout == PUM_TEXEL_BLOCK, &r.formatProperties.imageGranularity) || !pum_outarray_next(&out, &k)) {
        return;
    }
    const struct pum_format_info *f = pum_format_info(img->format);
    r.formatProperties.aspectMask = f->depth ? VK_IMAGE_ASPECT_DEPTH_BIT : f->stencil ? VK_IMAGE_ASPECT_STENCIL_BIT : VK_IMAGE_ASPECT_COLOR_BIT;
    r.imageMipTailFirstLod = img->layout.tail_level;
    if (img->layout.tail_level < img->levels) {
        r.imageMipTailOffset = img->layout.tail_offset_B;
        r.imageMipTailSize = p->layer_pitch_B - img->layout.tail_offset_B;
        r.imageMipTailStride = p->layer_pitch_B;
    }
    *(pReqs ? &pReqs[k] : &pReqs2[k].memoryRequirements) = r;
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
