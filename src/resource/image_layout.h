/* Where the texels of an image stand in its memory: the one address function of the driver.
 *
 * Two layouts of a plane (abi/descriptor.h, enum pum_texel_layout):
 *   LINEAR  rows of texels (of blocks for compressed formats); row pitch = bytes of a row rounded up to 64. This is the published
 *           canonical layout: every image that another process or the host may see has it.
 *   BLOCK   4x4 texels contiguous, then the same texels of the next sample; blocks in rows. Only for OPTIMAL images that nobody but the
 *           driver looks into.
 * and a third one for images with residency:
 *   TILE    sparse blocks of the standard shapes, each contiguous (4x4 texels after each other inside; rows if compressed), in rows. Levels
 *           smaller than a sparse block in width or height are the mip tail of their layer, in one of the two other layouts.
 * Levels are contiguous, each at a multiple of 64 bytes; a layer is all its levels rounded up to 64; layers follow each other at
 * layer_pitch_B; samples of LINEAR images are whole images at sample_pitch_B. Depth and stencil, luma and chroma are separate planes; each
 * further one starts at the next multiple of 4096. The result is a pure function of its input: it must not depend on CPU, threads or environment.
 */
#ifndef PUM_RESOURCE_IMAGE_LAYOUT_H
#define PUM_RESOURCE_IMAGE_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/descriptor.h"
#include "format/format.h"
#include "util/compiler.h"

#define PUM_LAYOUT_ABI 1 /* of the canonical layout: goes up with any change of it; part of driverUUID */
#define PUM_OPTIMAL_LAYOUT_ABI 1 /* of all others, and which images have them: optimalTilingLayoutUUID */
#define PUM_IMAGE_ALIGNMENT_B 64
#define PUM_MAX_PLANES 3

struct pum_image_layout_info {
    enum pum_format format;
    uint32_t width, height, depth; /* level 0, texels */
    uint32_t levels, layers, samples;
    bool allow_block; /* BLOCK may be chosen */
    bool residency;   /* TILE */
};

struct pum_image_plane {
    enum pum_format format; /* of this plane alone: D24_UNORM_S8_UINT is X8_D24_UNORM_PACK32 and S8_UINT */
    uint8_t layout;         /* enum pum_texel_layout; use pum_image_level_layout */
    uint8_t tail_layout;    /* residency: of the levels from tail_level on */
    uint32_t tail_level;    /* residency: the first of the mip tail, or how many levels there are */
    uint64_t tail_offset_B; /* of the tail from its layer's start; it ends with the layer */
    uint64_t offset_B;      /* of level 0, layer 0, sample 0 from the image's start */
    uint64_t layer_pitch_B;
    uint64_t sample_pitch_B; /* between the samples of a texel */
    struct pum_desc_level level[PUM_MAX_LEVELS]; /* offsets from the layer's start */
    uint64_t level_size_B[PUM_MAX_LEVELS];
};

struct pum_image_layout {
    uint32_t plane_count;
    struct pum_image_plane plane[PUM_MAX_PLANES];
    uint64_t size_B;        /* multiple of PUM_IMAGE_ALIGNMENT_B */
    uint64_t sparse_block_B; /* residency: of all planes */
};

static inline uint8_t
pum_image_level_layout(const struct pum_image_plane *p, uint32_t level)
{
    return p->layout >= PUM_TEXEL_TILE && level >= p->tail_level ? p->tail_layout : p->layout;
}

/* Can planes of this format be cut into sparse blocks? Sizes are powers of two, and blocks of more than one texel are compressed ones. */
bool pum_image_has_tiles(enum pum_format format);
/* Of an image with residency: bytes of a sparse block, and the layout of a plane, which has the block's extent. SPEC: sparsememory-standard-shapes */
uint64_t pum_image_sparse_block_B(enum pum_format format, uint32_t samples);
uint8_t pum_image_tile_layout(enum pum_format plane, uint32_t samples, uint64_t block_B);

/* False when a size overflows or a layer would reach 4 GiB. */
PUM_MUST_CHECK bool pum_image_layout_compute(const struct pum_image_layout_info *info, struct pum_image_layout *out);

/* Plane of an aspect (VkImageAspectFlagBits value). */
uint32_t pum_image_layout_plane_of_aspect(const struct pum_image_layout *layout, uint32_t aspect);

#endif
