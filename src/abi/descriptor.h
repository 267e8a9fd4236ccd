/* Descriptor records: what descriptor set memory holds and shaders, the run-time library and the copies read.
 *
 * A set is plain memory: binding b, array element i stands at binding_offset(b) + i * record size of its type.
 *   uniform/storage buffer (dynamic ones too)        struct pum_desc_buffer          16 bytes
 *   sampler                                          struct pum_desc_sampler         64 bytes
 *   sampled/storage image, input attachment,
 *   uniform/storage texel buffer                     struct pum_desc_image          256 bytes
 *   combined image sampler                           struct pum_desc_image, then struct pum_desc_sampler: 320 bytes
 * In descriptor buffers (VK_EXT_descriptor_buffer) a combined image sampler is a struct pum_desc_combined_ref of 16 bytes, and the bytes of
 * an inline uniform block have no record: one is made as for dynamic buffers.
 * All-zero records are valid "null descriptors": reads give 0, writes vanish.
 * Dynamic buffers: vkCmdBindDescriptorSets writes a pum_desc_buffer with the offset applied into the pseudo set PUM_SET_DYNAMIC.
 */
#ifndef PUM_ABI_DESCRIPTOR_H
#define PUM_ABI_DESCRIPTOR_H

#include <stdint.h>

struct pum_desc_buffer {
    uint64_t address; /* of byte 0; 0 = null */
    uint32_t range_B; /* bytes that may be accessed; ranges over 4 GiB - 1 are cut */
    uint32_t pad;
};

enum pum_texel_layout {
    PUM_TEXEL_LINEAR, /* rows: offset = y * row_pitch_B + x * texel_B (blocks for compressed formats) */
    PUM_TEXEL_BLOCK,  /* 4x4 texels contiguous: offset = (y >> 2) * row_pitch_B + (x >> 2) * 16 * texel_B * samples
                       *                                 + ((y & 3) * 4 + (x & 3)) * texel_B; + sample * 16 * texel_B */
    PUM_TEXEL_TILE = 0x80, /* sparse blocks: contiguous tiles in rows (row pitch: of a row of tiles). More bits say what they hold */
    PUM_TEXEL_TILE_ROWS = 0x40, /* with TILE: inside a tile the texels stand as in LINEAR, else as in BLOCK */
};

/* Tiles are 64 to 256 texels (or compressed blocks) wide and high. */
static inline uint8_t
pum_tile_layout(uint32_t width_log2, uint32_t height_log2, int rows)
{
    return (uint8_t)(PUM_TEXEL_TILE | (rows ? PUM_TEXEL_TILE_ROWS : 0) | (width_log2 - 6) | (height_log2 - 6) << 2);
}
static inline uint32_t
pum_tile_width_log2(uint8_t layout)
{
    return 6 + (layout & 3);
}
static inline uint32_t
pum_tile_height_log2(uint8_t layout)
{
    return 6 + (layout >> 2 & 3);
}
/* Inside of a tile: the layout without tiles, and its row pitch. The same for other layouts: everything is one tile. */
static inline uint8_t
pum_layout_inside(uint8_t layout)
{
    return layout < PUM_TEXEL_TILE ? layout : layout & PUM_TEXEL_TILE_ROWS ? PUM_TEXEL_LINEAR : PUM_TEXEL_BLOCK;
}
static inline uint32_t
pum_row_pitch_inside(uint8_t layout, uint32_t row_pitch_B, uint32_t texel_B, uint32_t samples_log2)
{
    return layout < PUM_TEXEL_TILE ? row_pitch_B
                                   : (texel_B << samples_log2 << pum_tile_width_log2(layout)) * (layout & PUM_TEXEL_TILE_ROWS ? 1u : 4u);
}

/* Byte offset of sample 0 of a texel (or compressed block) x, y inside a slice of a level with that row pitch. The other samples follow at
 * the image's sample pitch: whole images apart (LINEAR), or one block apart (BLOCK). */
static inline uint64_t
pum_sample_texel_offset(uint8_t layout, uint32_t row_pitch_B, uint32_t texel_B, uint32_t samples_log2, uint32_t x, uint32_t y)
{
    if (layout >= PUM_TEXEL_TILE) {
        const uint32_t w = pum_tile_width_log2(layout), h = pum_tile_height_log2(layout), tx = x >> w, ty = y >> h;
        const uint64_t tile = (uint64_t)ty * row_pitch_B + ((uint64_t)tx * texel_B << (w + h + samples_log2));
        row_pitch_B = pum_row_pitch_inside(layout, row_pitch_B, texel_B, samples_log2);
        x -= tx << w;
        y -= ty << h;
        return tile + (layout & PUM_TEXEL_TILE_ROWS
                           ? (uint64_t)y * row_pitch_B + (uint64_t)x * texel_B
                           : (uint64_t)(y >> 2) * row_pitch_B + ((uint64_t)(x >> 2) * 16 * texel_B << samples_log2) + (uint64_t)((y & 3) * 4 + (x & 3)) * texel_B);
    }
    if (layout == PUM_TEXEL_BLOCK) {
        return (uint64_t)(y >> 2) * row_pitch_B + ((uint64_t)(x >> 2) * 16 * texel_B << samples_log2) +
               (uint64_t)((y & 3) * 4 + (x & 3)) * texel_B;
    }
    return (uint64_t)y * row_pitch_B + (uint64_t)x * texel_B;
}
/* The same of an image with one sample. */
static inline uint64_t
pum_texel_offset(uint8_t layout, uint32_t row_pitch_B, uint32_t texel_B, uint32_t x, uint32_t y)
{
    return pum_sample_texel_offset(layout, row_pitch_B, texel_B, 0, x, y);
}

enum pum_view_dim {
    PUM_VIEW_NULL, /* null descriptor */
    PUM_VIEW_1D,
    PUM_VIEW_2D,
    PUM_VIEW_3D,
    PUM_VIEW_CUBE,
    PUM_VIEW_BUFFER, /* texel buffer: width = elements */
};

#define PUM_MAX_LEVELS 15

/* One mip level: row pitch is that of one row of texels (LINEAR), of one row of 4x4 blocks (BLOCK), or of compressed blocks. */
struct pum_desc_level {
    uint32_t offset_B;      /* from pum_desc_image.address; a layer is smaller than 4 GiB */
    uint32_t row_pitch_B;
    uint32_t slice_pitch_B; /* between depth slices (3D) */
};

/* Which parts of a sparse resource have memory. Queues write the bits when they bind, shaders read them when they ask: whole words, relaxed. */
#define PUM_SPARSE_PAGE_LOG2 16
struct pum_sparse_pages {
    uint64_t base, size_B; /* addresses; whole pages */
    uint64_t bound[];      /* bit per page */
};
static inline uint32_t
pum_sparse_is_bound(const struct pum_sparse_pages *p, uint64_t address)
{
    const uint64_t at_B = address - p->base, page = at_B >> PUM_SPARSE_PAGE_LOG2;
    return at_B < p->size_B && __atomic_load_n(&p->bound[page / 64], __ATOMIC_RELAXED) >> page % 64 & 1;
}

/* A second or third plane of images whose chroma stands apart. */
struct pum_desc_plane {
    uint64_t address, layer_pitch_B;
    uint32_t row_pitch_B;
    uint8_t layout; /* enum pum_texel_layout */
    uint8_t pad[3];
};

/* 256 bytes. Extents are those of view level 0 (the view's base level). */
struct pum_desc_image {
    uint64_t address;        /* first texel of the view's base layer, level offsets are added */
    uint64_t layer_pitch_B;  /* between array layers */
    uint32_t width, height, depth;
    uint16_t layers;         /* of the view; cube: faces (6 * cubes) */
    uint8_t levels;          /* of the view */
    uint8_t dim;             /* enum pum_view_dim */
    uint8_t layout;          /* enum pum_texel_layout */
    uint8_t arrayed;         /* 1 = arrayed view */
    uint8_t samples_log2;
    uint8_t texel_log2;      /* bytes per texel or compressed block, log2; 0xff = not a power of two */
    uint16_t format;         /* enum pum_format of format/ (index into its table), the view's own */
    uint8_t swizzle[4];      /* VkComponentSwizzle - resolved: 0..3 = r g b a, 4 = zero, 5 = one */
    uint8_t aspect;          /* 0 colour, 1 depth, 2 stencil */
    uint8_t flags;           /* pum_image_flag, by pum_rt_image_flags */
    float min_lod;           /* least level that may be accessed, relative to the view's base level */
    uint64_t sample_pitch_B; /* between the samples of a texel */
    const struct pum_image_ops *ops; /* routines for the format's class (rt/), never NULL in a non-null descriptor */
    union {
        struct {
            struct pum_desc_level level[PUM_MAX_LEVELS];
            uint8_t tail_level;  /* layout TILE: levels from here on, relative to the view's base level, ... */
            uint8_t tail_layout; /* ... are in this one: enum pum_texel_layout */
            uint8_t pad0[2];
            const struct pum_sparse_pages *sparse; /* of images and buffers with residency, else NULL */
        };
        struct { /* formats with planes have one level */
            struct pum_desc_level only;
            uint32_t pad1;
            struct pum_desc_plane plane[2];
        };
    };
};
_Static_assert(sizeof(struct pum_desc_image) == 256, "descriptor record");

static inline uint8_t
pum_level_layout(const struct pum_desc_image *img, uint32_t level)
{
    return img->layout >= PUM_TEXEL_TILE && level >= img->tail_level ? img->tail_layout : img->layout;
}

enum pum_image_flag {
    PUM_IMAGE_32BIT_BIT = 1u << 0,  /* 2D or a buffer, and ops->cls can address it: offsets inside a level are below 2^31 */
    PUM_IMAGE_SIMPLE_BIT = 1u << 1, /* and one layer, no swizzle, no integers */
};

enum pum_address_mode { PUM_ADDRESS_REPEAT, PUM_ADDRESS_MIRROR, PUM_ADDRESS_CLAMP, PUM_ADDRESS_BORDER, PUM_ADDRESS_MIRROR_ONCE };

#define PUM_MAX_LOD_BIAS 16.0f

struct pum_desc_sampler { /* 64 bytes */
    uint8_t mag_linear, min_linear; /* 0 nearest, 1 linear */
    uint8_t mip_linear;
    uint8_t address[3];             /* enum pum_address_mode, u v w */
    uint8_t compare;                /* 0 = off, else 1 + VkCompareOp */
    uint8_t unnormalized;
    uint8_t anisotropy;             /* max, 1..16 */
    uint8_t border_kind;            /* VkBorderColor */
    uint8_t reduction;              /* 0 weighted average, 1 min, 2 max */
    uint8_t non_seamless_cube;
    float lod_bias, min_lod, max_lod; /* its sum with the shader's bias is kept within PUM_MAX_LOD_BIAS */
    uint32_t border[4];             /* float or integer bits */
    uint8_t simple;                 /* by pum_sampler_is_simple */
    struct { /* conversion of what was filtered. SPEC: textures-sampler-YCbCr-conversion */
        uint8_t enabled;
        uint8_t model;              /* VkSamplerYcbcrModelConversion */
        uint8_t narrow;             /* range */
        uint8_t midpoint_x, midpoint_y, chroma_linear;
        uint8_t swizzle[4];         /* as in pum_desc_image */
    } ycbcr;
    uint8_t pad[13];
};
_Static_assert(sizeof(struct pum_desc_sampler) == 64, "descriptor record");

/* Only filters, levels and the modes that need no border colour. */
static inline uint8_t
pum_sampler_is_simple(const struct pum_desc_sampler *s)
{
    return s->anisotropy <= 1 && !s->unnormalized && !s->reduction && !s->ycbcr.enabled && s->address[0] != PUM_ADDRESS_BORDER && s->address[1] != PUM_ADDRESS_BORDER;
}

/* Addresses of the records of a view and a sampler, or of records of zeros. */
struct pum_desc_combined_ref {
    uint64_t image, sampler;
};
/* Of bindings: whether combined image samplers are such. MUTABLE: what else may stand in the same place is not. */
enum pum_by_reference { PUM_BY_REFERENCE_NONE, PUM_BY_REFERENCE_COMBINED, PUM_BY_REFERENCE_MUTABLE };

#define PUM_DESC_BUFFER_B   16u
#define PUM_DESC_COMBINED_REF_B 16u
#define PUM_DESC_SAMPLER_B  64u
#define PUM_DESC_IMAGE_B    256u
#define PUM_DESC_COMBINED_B 320u

#endif
