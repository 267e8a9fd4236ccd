/* Sparse resources: address ranges of their own into which pages of device memory are mapped. SPEC: sparsememory.
 *
 * Unbound parts are private zero pages: reads see zeros until something is written, and what is written goes when memory is bound
 * (residencyNonResidentStrict is not claimed). Memory of a device with sparse binding is a memfd, so that it can stand in several places.
 *
 * A sparse block is 64 KiB, more where many samples make a tile of the rasterizer larger. In images with residency each is contiguous
 * (resource/image_layout.h): blocks in a row that are bound to memory in a row are one mapping.
 */
#ifndef PUM_RESOURCE_SPARSE_H
#define PUM_RESOURCE_SPARSE_H

#include "memory/device_memory.h"
#include "resource/image.h"

#define PUM_SPARSE_BLOCK_B ((uint64_t)1 << PUM_SPARSE_PAGE_LOG2)

/* Reserves whole sparse blocks for size_B, none of them bound; NULL: no address space or memory. */
struct pum_sparse_pages *pum_sparse_reserve(uint64_t size_B);
void pum_sparse_release(struct pum_sparse_pages *pages);

/* One mapping: memory NULL = none. */
struct pum_sparse_map {
    struct pum_sparse_pages *pages;
    uint8_t *at;
    uint64_t size_B;
    const struct pum_device_memory *memory;
    uint64_t offset_B;
};
bool pum_sparse_map(const struct pum_sparse_map *map) PUM_MUST_CHECK;

/* Mappings of a bind of a range of a resource (0 or 1), and of a part of an image (fills out if it is not NULL; returns how many). What
 * lies outside the resource or the memory, or is not a multiple of blocks, is left out; pages: NULL if the resource is not sparse. */
uint32_t pum_sparse_range(struct pum_sparse_pages *pages, const VkSparseMemoryBind *bind, struct pum_sparse_map *out);
uint32_t pum_sparse_image(const struct pum_image *img, const VkSparseImageMemoryBind *bind, struct pum_sparse_map *out);

/* Of images with residency of a format (pum_image_has_tiles): properties of each aspect, so many as there are planes; returns their number. */
uint32_t pum_sparse_properties(enum pum_format format, uint32_t samples, VkSparseImageFormatProperties out[PUM_MAX_PLANES]);

#endif
