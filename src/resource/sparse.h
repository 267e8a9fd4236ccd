/* Sparse resources: address ranges of their own into which pages of device memory are mapped. SPEC: sparsememory.
 *
 * Unbound parts are private zero pages: reads see zeros until something is written, and what is written goes when memory is bound
 * (residencyNonResidentStrict is not claimed). Memory of a device with sparse binding is a memfd, so that it can stand in several places.
 *
 * A sparse block is 64 KiB. In images with residency it covers runs of one page: 16 rows of texels (LINEAR) or 16 rows of 4x4 blocks
 * (BLOCK), 4096 bytes of each, so that its size in texels is pum_sparse_block_px. Each page is a mapping of its own.
 */
#ifndef PUM_RESOURCE_SPARSE_H
#define PUM_RESOURCE_SPARSE_H

#include "memory/device_memory.h"
#include "resource/image.h"

#define PUM_SPARSE_BLOCK_B PUM_IMAGE_SPARSE_BLOCK_B

/* Reserves whole sparse blocks for size_B; NULL: no address space. */
uint8_t *pum_sparse_reserve(uint64_t size_B);
void pum_sparse_release(uint8_t *base, uint64_t size_B);

/* One mapping: memory NULL = none. */
struct pum_sparse_map {
    uint8_t *at;
    uint64_t size_B;
    const struct pum_device_memory *memory;
    uint64_t offset_B;
};
bool pum_sparse_map(const struct pum_sparse_map *map) PUM_MUST_CHECK;

/* Mappings of a bind of a range of a resource that is resource_B long (0 or 1), and of a part of an image (fills out if it is not NULL;
 * returns how many). What lies outside the resource or the memory is left out. */
uint32_t pum_sparse_range(uint8_t *base, uint64_t resource_B, const VkSparseMemoryBind *bind, struct pum_sparse_map *out);
uint32_t pum_sparse_image(const struct pum_image *img, const VkSparseImageMemoryBind *bind, struct pum_sparse_map *out);

/* Can images of this format have residency? *block: the extent of a sparse block. */
bool pum_sparse_format(enum pum_format format, bool allow_block, VkExtent3D *block);

#endif
