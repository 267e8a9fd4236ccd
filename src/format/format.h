/* Texel formats: what they look like in memory, what may be done with them, scalar conversions (the reference for all faster ones).
 *
 * Memory is little endian. A channel is `bits` bits at bit `shift` of the texel; packed formats follow Vulkan's names (first named is
 * the highest bit). Colour values travel as four 32-bit components r g b a: floats, or integers for UINT and SINT formats.
 */
#ifndef PUM_FORMAT_FORMAT_H
#define PUM_FORMAT_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include <vulkan/vulkan_core.h>

enum pum_channel_type {
    PUM_UNORM, PUM_SNORM, PUM_UINT, PUM_SINT, PUM_FLOAT, PUM_SRGB, PUM_UFLOAT, PUM_SHARED_EXP,
    PUM_USCALED, PUM_SSCALED, /* integers in memory that read as floats: vertex attributes only */
};

/* Integer families of one channel arrangement: X(<pre>_UNORM<post>, bytes, UNORM, channels...) and so on. */
#define PUM_FORMAT_FAMILY(X, pre, post, bytes, ...)                                                                     \
    X(pre##_UNORM##post, bytes, UNORM, __VA_ARGS__) X(pre##_SNORM##post, bytes, SNORM, __VA_ARGS__)                      \
    X(pre##_USCALED##post, bytes, USCALED, __VA_ARGS__) X(pre##_SSCALED##post, bytes, SSCALED, __VA_ARGS__)              \
    X(pre##_UINT##post, bytes, UINT, __VA_ARGS__) X(pre##_SINT##post, bytes, SINT, __VA_ARGS__)
#define PUM_FORMAT_FAMILY_SRGB(X, pre, post, bytes, ...)                                                                \
    PUM_FORMAT_FAMILY(X, pre, post, bytes, __VA_ARGS__) X(pre##_SRGB##post, bytes, SRGB, __VA_ARGS__)
#define PUM_FORMAT_FAMILY_FLOAT(X, pre, post, bytes, ...)                                                               \
    PUM_FORMAT_FAMILY(X, pre, post, bytes, __VA_ARGS__) X(pre##_SFLOAT##post, bytes, FLOAT, __VA_ARGS__)
#define PUM_FORMAT_FAMILY_32(X, pre, bytes, ...)                                                                        \
    X(pre##_UINT, bytes, UINT, __VA_ARGS__) X(pre##_SINT, bytes, SINT, __VA_ARGS__) X(pre##_SFLOAT, bytes, FLOAT, __VA_ARGS__)

/* X(name, bytes, type, channels as {component, shift, bits}...) ; component 0..3 = r g b a, 4 = depth, 5 = stencil */
#define PUM_FORMATS(X)                                                                                                  \
    X(R4G4_UNORM_PACK8, 1, UNORM, {0, 4, 4}, {1, 0, 4})                                                                  \
    X(R4G4B4A4_UNORM_PACK16, 2, UNORM, {0, 12, 4}, {1, 8, 4}, {2, 4, 4}, {3, 0, 4})                                      \
    X(B4G4R4A4_UNORM_PACK16, 2, UNORM, {2, 12, 4}, {1, 8, 4}, {0, 4, 4}, {3, 0, 4})                                      \
    X(A4R4G4B4_UNORM_PACK16, 2, UNORM, {3, 12, 4}, {0, 8, 4}, {1, 4, 4}, {2, 0, 4})                                      \
    X(A4B4G4R4_UNORM_PACK16, 2, UNORM, {3, 12, 4}, {2, 8, 4}, {1, 4, 4}, {0, 0, 4})                                      \
    X(R5G6B5_UNORM_PACK16, 2, UNORM, {0, 11, 5}, {1, 5, 6}, {2, 0, 5})                                                   \
    X(B5G6R5_UNORM_PACK16, 2, UNORM, {2, 11, 5}, {1, 5, 6}, {0, 0, 5})                                                   \
    X(R5G5B5A1_UNORM_PACK16, 2, UNORM, {0, 11, 5}, {1, 6, 5}, {2, 1, 5}, {3, 0, 1})                                      \
    X(B5G5R5A1_UNORM_PACK16, 2, UNORM, {2, 11, 5}, {1, 6, 5}, {0, 1, 5}, {3, 0, 1})                                      \
    X(A1R5G5B5_UNORM_PACK16, 2, UNORM, {3, 15, 1}, {0, 10, 5}, {1, 5, 5}, {2, 0, 5})                                     \
    X(A1B5G5R5_UNORM_PACK16, 2, UNORM, {3, 15, 1}, {2, 10, 5}, {1, 5, 5}, {0, 0, 5})                                     \
    X(A8_UNORM, 1, UNORM, {3, 0, 8})                                                                                     \
    PUM_FORMAT_FAMILY_SRGB(X, R8, , 1, {0, 0, 8})                                                                        \
    PUM_FORMAT_FAMILY_SRGB(X, R8G8, , 2, {0, 0, 8}, {1, 8, 8})                                                           \
    PUM_FORMAT_FAMILY_SRGB(X, R8G8B8, , 3, {0, 0, 8}, {1, 8, 8}, {2, 16, 8})                                             \
    PUM_FORMAT_FAMILY_SRGB(X, B8G8R8, , 3, {2, 0, 8}, {1, 8, 8}, {0, 16, 8})                                             \
    PUM_FORMAT_FAMILY_SRGB(X, R8G8B8A8, , 4, {0, 0, 8}, {1, 8, 8}, {2, 16, 8}, {3, 24, 8})                               \
    PUM_FORMAT_FAMILY_SRGB(X, B8G8R8A8, , 4, {2, 0, 8}, {1, 8, 8}, {0, 16, 8}, {3, 24, 8})                               \
    PUM_FORMAT_FAMILY_SRGB(X, A8B8G8R8, _PACK32, 4, {0, 0, 8}, {1, 8, 8}, {2, 16, 8}, {3, 24, 8})                        \
    PUM_FORMAT_FAMILY(X, A2R10G10B10, _PACK32, 4, {3, 30, 2}, {0, 20, 10}, {1, 10, 10}, {2, 0, 10})                      \
    PUM_FORMAT_FAMILY(X, A2B10G10R10, _PACK32, 4, {3, 30, 2}, {2, 20, 10}, {1, 10, 10}, {0, 0, 10})                      \
    PUM_FORMAT_FAMILY_FLOAT(X, R16, , 2, {0, 0, 16})                                                                     \
    PUM_FORMAT_FAMILY_FLOAT(X, R16G16, , 4, {0, 0, 16}, {1, 16, 16})                                                     \
    PUM_FORMAT_FAMILY_FLOAT(X, R16G16B16, , 6, {0, 0, 16}, {1, 16, 16}, {2, 32, 16})                                     \
    PUM_FORMAT_FAMILY_FLOAT(X, R16G16B16A16, , 8, {0, 0, 16}, {1, 16, 16}, {2, 32, 16}, {3, 48, 16})                     \
    PUM_FORMAT_FAMILY_32(X, R32, 4, {0, 0, 32})                                                                          \
    PUM_FORMAT_FAMILY_32(X, R32G32, 8, {0, 0, 32}, {1, 32, 32})                                                          \
    PUM_FORMAT_FAMILY_32(X, R32G32B32, 12, {0, 0, 32}, {1, 32, 32}, {2, 64, 32})                                         \
    PUM_FORMAT_FAMILY_32(X, R32G32B32A32, 16, {0, 0, 32}, {1, 32, 32}, {2, 64, 32}, {3, 96, 32})                         \
    /* 64-bit components: their words, low first; for storage and atomics only */                                       \
    X(R64_UINT, 8, UINT, {0, 0, 32}, {1, 32, 32}) X(R64_SINT, 8, SINT, {0, 0, 32}, {1, 32, 32})                          \
    X(R10X6_UNORM_PACK16, 2, UNORM, {0, 6, 10}) X(R10X6G10X6_UNORM_2PACK16, 4, UNORM, {0, 6, 10}, {1, 22, 10})           \
    X(R10X6G10X6B10X6A10X6_UNORM_4PACK16, 8, UNORM, {0, 6, 10}, {1, 22, 10}, {2, 38, 10}, {3, 54, 10})                   \
    X(R12X4_UNORM_PACK16, 2, UNORM, {0, 4, 12}) X(R12X4G12X4_UNORM_2PACK16, 4, UNORM, {0, 4, 12}, {1, 20, 12})           \
    X(R12X4G12X4B12X4A12X4_UNORM_4PACK16, 8, UNORM, {0, 4, 12}, {1, 20, 12}, {2, 36, 12}, {3, 52, 12})                   \
    X(B10G11R11_UFLOAT_PACK32, 4, UFLOAT, {2, 22, 10}, {1, 11, 11}, {0, 0, 11})                                          \
    X(E5B9G9R9_UFLOAT_PACK32, 4, SHARED_EXP, {0, 0, 9}, {1, 9, 9}, {2, 18, 9})                                           \
    X(D16_UNORM, 2, UNORM, {4, 0, 16}) X(X8_D24_UNORM_PACK32, 4, UNORM, {4, 0, 24})                                      \
    X(D32_SFLOAT, 4, FLOAT, {4, 0, 32}) X(S8_UINT, 1, UINT, {5, 0, 8})                                                   \
    X(D24_UNORM_S8_UINT, 4, UNORM, {4, 0, 24}, {5, 24, 8}) /* two planes in memory: X8_D24 and S8 */                     \
    X(D32_SFLOAT_S8_UINT, 5, FLOAT, {4, 0, 32}, {5, 32, 8}) /* D32 and S8 */                                             \
    X(D16_UNORM_S8_UINT, 3, UNORM, {4, 0, 16}, {5, 16, 8})

/* Compressed formats, X(name, width, height and bytes of a block, type, components). Their texels are read through block.h. */
#define PUM_BLOCK_R {0, 0, 8}
#define PUM_BLOCK_RG {0, 0, 8}, {1, 0, 8}
#define PUM_BLOCK_RGB {0, 0, 8}, {1, 0, 8}, {2, 0, 8}
#define PUM_BLOCK_RGBA {0, 0, 8}, {1, 0, 8}, {2, 0, 8}, {3, 0, 8}
#define PUM_BLOCK_LINEAR_SRGB(X, pre, w, h, bytes, ...)                                                                  \
    X(pre##_UNORM_BLOCK, w, h, bytes, UNORM, __VA_ARGS__) X(pre##_SRGB_BLOCK, w, h, bytes, SRGB, __VA_ARGS__)
#define PUM_BLOCK_SIGNS(X, pre, bytes, ...)                                                                              \
    X(pre##_UNORM_BLOCK, 4, 4, bytes, UNORM, __VA_ARGS__) X(pre##_SNORM_BLOCK, 4, 4, bytes, SNORM, __VA_ARGS__)
#define PUM_BLOCK_ASTC(X, w, h) PUM_BLOCK_LINEAR_SRGB(X, ASTC_##w##x##h, w, h, 16, PUM_BLOCK_RGBA)
#define PUM_BLOCK_FORMATS(X)                                                                                            \
    PUM_BLOCK_LINEAR_SRGB(X, BC1_RGB, 4, 4, 8, PUM_BLOCK_RGB) PUM_BLOCK_LINEAR_SRGB(X, BC1_RGBA, 4, 4, 8, PUM_BLOCK_RGBA) \
    PUM_BLOCK_LINEAR_SRGB(X, BC2, 4, 4, 16, PUM_BLOCK_RGBA) PUM_BLOCK_LINEAR_SRGB(X, BC3, 4, 4, 16, PUM_BLOCK_RGBA)       \
    PUM_BLOCK_SIGNS(X, BC4, 8, PUM_BLOCK_R) PUM_BLOCK_SIGNS(X, BC5, 16, PUM_BLOCK_RG)                                     \
    X(BC6H_UFLOAT_BLOCK, 4, 4, 16, UFLOAT, PUM_BLOCK_RGB) X(BC6H_SFLOAT_BLOCK, 4, 4, 16, FLOAT, PUM_BLOCK_RGB)            \
    PUM_BLOCK_LINEAR_SRGB(X, BC7, 4, 4, 16, PUM_BLOCK_RGBA)                                                              \
    PUM_BLOCK_LINEAR_SRGB(X, ETC2_R8G8B8, 4, 4, 8, PUM_BLOCK_RGB)                                                        \
    PUM_BLOCK_LINEAR_SRGB(X, ETC2_R8G8B8A1, 4, 4, 8, PUM_BLOCK_RGBA)                                                     \
    PUM_BLOCK_LINEAR_SRGB(X, ETC2_R8G8B8A8, 4, 4, 16, PUM_BLOCK_RGBA)                                                    \
    PUM_BLOCK_SIGNS(X, EAC_R11, 8, PUM_BLOCK_R) PUM_BLOCK_SIGNS(X, EAC_R11G11, 16, PUM_BLOCK_RG)                          \
    PUM_BLOCK_ASTC(X, 4, 4) PUM_BLOCK_ASTC(X, 5, 4) PUM_BLOCK_ASTC(X, 5, 5) PUM_BLOCK_ASTC(X, 6, 5)                       \
    PUM_BLOCK_ASTC(X, 6, 6) PUM_BLOCK_ASTC(X, 8, 5) PUM_BLOCK_ASTC(X, 8, 6) PUM_BLOCK_ASTC(X, 8, 8)                       \
    PUM_BLOCK_ASTC(X, 10, 5) PUM_BLOCK_ASTC(X, 10, 6) PUM_BLOCK_ASTC(X, 10, 8) PUM_BLOCK_ASTC(X, 10, 10)                  \
    PUM_BLOCK_ASTC(X, 12, 10) PUM_BLOCK_ASTC(X, 12, 12)

/* Formats with chroma of its own resolution: X(name, planes, bits per component, formats of the planes, log2 of how many times fewer chroma
 * texels there are in a row and in a column). One plane: blocks of two texels, whose names give the order of the components. */
#define PUM_YCBCR_FORMATS(X)                                                                                            \
    X(G8B8G8R8_422_UNORM, 1, 8, R8_UNORM, R8_UNORM, R8_UNORM, 1, 0)                                                     \
    X(B8G8R8G8_422_UNORM, 1, 8, R8_UNORM, R8_UNORM, R8_UNORM, 1, 0)                                                     \
    X(G10X6B10X6G10X6R10X6_422_UNORM_4PACK16, 1, 10, R10X6_UNORM_PACK16, R10X6_UNORM_PACK16, R10X6_UNORM_PACK16, 1, 0)  \
    X(B10X6G10X6R10X6G10X6_422_UNORM_4PACK16, 1, 10, R10X6_UNORM_PACK16, R10X6_UNORM_PACK16, R10X6_UNORM_PACK16, 1, 0)  \
    X(G12X4B12X4G12X4R12X4_422_UNORM_4PACK16, 1, 12, R12X4_UNORM_PACK16, R12X4_UNORM_PACK16, R12X4_UNORM_PACK16, 1, 0)  \
    X(B12X4G12X4R12X4G12X4_422_UNORM_4PACK16, 1, 12, R12X4_UNORM_PACK16, R12X4_UNORM_PACK16, R12X4_UNORM_PACK16, 1, 0)  \
    X(G16B16G16R16_422_UNORM, 1, 16, R16_UNORM, R16_UNORM, R16_UNORM, 1, 0)                                             \
    X(B16G16R16G16_422_UNORM, 1, 16, R16_UNORM, R16_UNORM, R16_UNORM, 1, 0)                                             \
    X(G8_B8_R8_3PLANE_420_UNORM, 3, 8, R8_UNORM, R8_UNORM, R8_UNORM, 1, 1)                                              \
    X(G8_B8R8_2PLANE_420_UNORM, 2, 8, R8_UNORM, R8G8_UNORM, R8G8_UNORM, 1, 1)                                           \
    X(G8_B8_R8_3PLANE_422_UNORM, 3, 8, R8_UNORM, R8_UNORM, R8_UNORM, 1, 0)                                              \
    X(G8_B8R8_2PLANE_422_UNORM, 2, 8, R8_UNORM, R8G8_UNORM, R8G8_UNORM, 1, 0)                                           \
    X(G8_B8_R8_3PLANE_444_UNORM, 3, 8, R8_UNORM, R8_UNORM, R8_UNORM, 0, 0)                                              \
    X(G8_B8R8_2PLANE_444_UNORM, 2, 8, R8_UNORM, R8G8_UNORM, R8G8_UNORM, 0, 0)                                           \
    X(G10X6_B10X6_R10X6_3PLANE_420_UNORM_3PACK16, 3, 10, R10X6_UNORM_PACK16, R10X6_UNORM_PACK16, R10X6_UNORM_PACK16, 1, 1)\
    X(G10X6_B10X6R10X6_2PLANE_420_UNORM_3PACK16, 2, 10, R10X6_UNORM_PACK16, R10X6G10X6_UNORM_2PACK16, R10X6G10X6_UNORM_2PACK16, 1, 1)\
    X(G10X6_B10X6_R10X6_3PLANE_422_UNORM_3PACK16, 3, 10, R10X6_UNORM_PACK16, R10X6_UNORM_PACK16, R10X6_UNORM_PACK16, 1, 0)\
    X(G10X6_B10X6R10X6_2PLANE_422_UNORM_3PACK16, 2, 10, R10X6_UNORM_PACK16, R10X6G10X6_UNORM_2PACK16, R10X6G10X6_UNORM_2PACK16, 1, 0)\
    X(G10X6_B10X6_R10X6_3PLANE_444_UNORM_3PACK16, 3, 10, R10X6_UNORM_PACK16, R10X6_UNORM_PACK16, R10X6_UNORM_PACK16, 0, 0)\
    X(G10X6_B10X6R10X6_2PLANE_444_UNORM_3PACK16, 2, 10, R10X6_UNORM_PACK16, R10X6G10X6_UNORM_2PACK16, R10X6G10X6_UNORM_2PACK16, 0, 0)\
    X(G12X4_B12X4_R12X4_3PLANE_420_UNORM_3PACK16, 3, 12, R12X4_UNORM_PACK16, R12X4_UNORM_PACK16, R12X4_UNORM_PACK16, 1, 1)\
    X(G12X4_B12X4R12X4_2PLANE_420_UNORM_3PACK16, 2, 12, R12X4_UNORM_PACK16, R12X4G12X4_UNORM_2PACK16, R12X4G12X4_UNORM_2PACK16, 1, 1)\
    X(G12X4_B12X4_R12X4_3PLANE_422_UNORM_3PACK16, 3, 12, R12X4_UNORM_PACK16, R12X4_UNORM_PACK16, R12X4_UNORM_PACK16, 1, 0)\
    X(G12X4_B12X4R12X4_2PLANE_422_UNORM_3PACK16, 2, 12, R12X4_UNORM_PACK16, R12X4G12X4_UNORM_2PACK16, R12X4G12X4_UNORM_2PACK16, 1, 0)\
    X(G12X4_B12X4_R12X4_3PLANE_444_UNORM_3PACK16, 3, 12, R12X4_UNORM_PACK16, R12X4_UNORM_PACK16, R12X4_UNORM_PACK16, 0, 0)\
    X(G12X4_B12X4R12X4_2PLANE_444_UNORM_3PACK16, 2, 12, R12X4_UNORM_PACK16, R12X4G12X4_UNORM_2PACK16, R12X4G12X4_UNORM_2PACK16, 0, 0)\
    X(G16_B16_R16_3PLANE_420_UNORM, 3, 16, R16_UNORM, R16_UNORM, R16_UNORM, 1, 1)                                       \
    X(G16_B16R16_2PLANE_420_UNORM, 2, 16, R16_UNORM, R16G16_UNORM, R16G16_UNORM, 1, 1)                                  \
    X(G16_B16_R16_3PLANE_422_UNORM, 3, 16, R16_UNORM, R16_UNORM, R16_UNORM, 1, 0)                                       \
    X(G16_B16R16_2PLANE_422_UNORM, 2, 16, R16_UNORM, R16G16_UNORM, R16G16_UNORM, 1, 0)                                  \
    X(G16_B16_R16_3PLANE_444_UNORM, 3, 16, R16_UNORM, R16_UNORM, R16_UNORM, 0, 0)                                       \
    X(G16_B16R16_2PLANE_444_UNORM, 2, 16, R16_UNORM, R16G16_UNORM, R16G16_UNORM, 0, 0)

enum pum_format {
    PUM_FORMAT_NONE,
#define X(name, ...) PUM_FORMAT_##name,
    PUM_FORMATS(X)
    PUM_BLOCK_FORMATS(X)
    PUM_YCBCR_FORMATS(X)
#undef X
    PUM_FORMAT_COUNT
};

struct pum_channel {
    uint8_t component, shift, bits;
};

struct pum_format_info {
    VkFormat vk;
    uint8_t block_w, block_h, block_B; /* texels and bytes per block; 1x1 where not compressed */
    uint8_t type;                      /* enum pum_channel_type */
    uint8_t n_channels;
    bool depth, stencil;
    struct pum_channel channels[4];
};

extern const struct pum_format_info pum_format_table[PUM_FORMAT_COUNT];

static inline const struct pum_format_info *
pum_format_info(enum pum_format f)
{
    return &pum_format_table[f];
}

/* One to four components of 32 bits each, in order, that need no conversion. */
static inline bool
pum_format_is_words(const struct pum_format_info *f)
{
    return f->n_channels && f->channels[0].bits == 32 && f->channels[f->n_channels - 1].bits == 32 && f->block_B == 4 * f->n_channels;
}

enum pum_format pum_format_from_vk(VkFormat vk); /* PUM_FORMAT_NONE if unknown */
/* Formats of the planes an image of f has in memory; returns their number (1 to 3). */
uint32_t pum_format_planes(enum pum_format f, enum pum_format planes[3]);
uint8_t pum_format_texel_log2(enum pum_format f); /* 0xff = not a power of two */
VkFormatFeatureFlags pum_format_image_features(enum pum_format f);
/* Components of a 64-bit format, which only vertex attributes can have; 0: another format. */
uint32_t pum_format_wide_components(VkFormat format);
VkFormatFeatureFlags pum_format_buffer_features(enum pum_format f);
static inline bool
pum_format_is_compressed(enum pum_format f)
{
    return f >= PUM_FORMAT_BC1_RGB_UNORM_BLOCK && f <= PUM_FORMAT_ASTC_12x12_SRGB_BLOCK;
}
struct pum_ycbcr_info {
    uint8_t planes, bits, chroma_x, chroma_y; /* chroma_*: log2 */
    uint16_t plane[3];                        /* enum pum_format */
};
static inline bool
pum_format_is_ycbcr(enum pum_format f)
{
    return f > PUM_FORMAT_ASTC_12x12_SRGB_BLOCK && f < PUM_FORMAT_COUNT;
}
/* f is_ycbcr. */
const struct pum_ycbcr_info *pum_format_ycbcr_info(enum pum_format f);
/* Extent of a plane of an image of format f: dimension 0 or 1. */
static inline uint32_t
pum_format_plane_px(enum pum_format f, uint32_t plane, uint32_t dimension, uint32_t px)
{
    if (!pum_format_is_ycbcr(f) || plane == 0) {
        return px;
    }
    const struct pum_ycbcr_info *y = pum_format_ycbcr_info(f);
    const uint32_t shift = dimension ? y->chroma_y : y->chroma_x;
    return (px + (1u << shift) - 1) >> shift;
}
bool pum_format_has_alpha(enum pum_format f);
/* The UNORM format of the same bits; others are what they are. */
enum pum_format pum_format_without_srgb(enum pum_format f);
static inline bool
pum_format_is_integer(enum pum_format f)
{
    return pum_format_table[f].type == PUM_UINT || pum_format_table[f].type == PUM_SINT;
}

union pum_color {
    float f[4];
    uint32_t u[4];
    int32_t i[4];
};

/* One texel. Missing components read 0, 0, 0, 1. Depth and stencil are component 0. Single-plane formats only, not compressed ones. */
void pum_format_unpack(enum pum_format f, const void *src, union pum_color *out);
/* Rounds to nearest even, clamps (integers, too); NaN becomes 0 in normalised formats. */
void pum_format_pack(enum pum_format f, const union pum_color *in, void *dst);

float pum_half_to_float(uint16_t h);
uint16_t pum_float_to_half(float f);
float pum_srgb_to_linear(uint8_t v);
uint8_t pum_linear_to_srgb(float v);

#endif
