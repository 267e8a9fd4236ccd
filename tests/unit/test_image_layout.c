/* The published layout of shared images: every number against its description, written again here, and all of them together against a hash,
 * which is the same on every machine. A change of the hash is a change of what other programs rely on: PUM_LAYOUT_ABI goes up with it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "resource/image_layout.h"

#define GOLDEN UINT64_C(0xcd572d6a60e31e8b)
#define GOLDEN_BLOCKS UINT64_C(0x51060c20e0961112) /* of compressed formats and those with planes of luma and chroma */

/* Formats as the description has them: bytes of a texel (block) of each plane. */
struct format {
    VkFormat vk;
    uint32_t plane_B[3];
    uint32_t block_w, block_h; /* 0 = 1 */
    uint32_t chroma_w, chroma_h; /* texels of the image to one of planes 1 and 2, 0 = depth and stencil */
};
#define PLAIN(name, ...) {VK_FORMAT_##name, {__VA_ARGS__}, 0, 0, 0, 0}
static const struct format formats[] = {
    PLAIN(R4G4_UNORM_PACK8, 1),        PLAIN(R5G6B5_UNORM_PACK16, 2),      PLAIN(R8_UNORM, 1),
    PLAIN(R8G8_UNORM, 2),              PLAIN(R8G8B8A8_UNORM, 4),           PLAIN(B8G8R8A8_SRGB, 4),
    PLAIN(A2B10G10R10_UNORM_PACK32, 4), PLAIN(R16_SFLOAT, 2),              PLAIN(R16G16B16A16_SFLOAT, 8),
    PLAIN(R32_UINT, 4),                PLAIN(R32G32_SFLOAT, 8),            PLAIN(R32G32B32_SFLOAT, 12),
    PLAIN(R32G32B32A32_SFLOAT, 16),    PLAIN(B10G11R11_UFLOAT_PACK32, 4),  PLAIN(E5B9G9R9_UFLOAT_PACK32, 4),
    PLAIN(D16_UNORM, 2),               PLAIN(X8_D24_UNORM_PACK32, 4),      PLAIN(D32_SFLOAT, 4),
    PLAIN(S8_UINT, 1),                 PLAIN(D16_UNORM_S8_UINT, 2, 1),     PLAIN(D24_UNORM_S8_UINT, 4, 1),
    PLAIN(D32_SFLOAT_S8_UINT, 4, 1),
};
static const struct format blocks[] = {
    {VK_FORMAT_BC1_RGBA_UNORM_BLOCK, {8}, 4, 4, 0, 0},
    {VK_FORMAT_BC3_UNORM_BLOCK, {16}, 4, 4, 0, 0},
    {VK_FORMAT_BC4_SNORM_BLOCK, {8}, 4, 4, 0, 0},
    {VK_FORMAT_BC6H_UFLOAT_BLOCK, {16}, 4, 4, 0, 0},
    {VK_FORMAT_BC7_SRGB_BLOCK, {16}, 4, 4, 0, 0},
    {VK_FORMAT_ETC2_R8G8B8_UNORM_BLOCK, {8}, 4, 4, 0, 0},
    {VK_FORMAT_ETC2_R8G8B8A8_UNORM_BLOCK, {16}, 4, 4, 0, 0},
    {VK_FORMAT_EAC_R11G11_UNORM_BLOCK, {16}, 4, 4, 0, 0},
    {VK_FORMAT_ASTC_4x4_UNORM_BLOCK, {16}, 4, 4, 0, 0},
    {VK_FORMAT_ASTC_6x5_UNORM_BLOCK, {16}, 6, 5, 0, 0},
    {VK_FORMAT_ASTC_10x8_SRGB_BLOCK, {16}, 10, 8, 0, 0},
    {VK_FORMAT_ASTC_12x12_UNORM_BLOCK, {16}, 12, 12, 0, 0},
    {VK_FORMAT_G8_B8R8_2PLANE_420_UNORM, {1, 2}, 1, 1, 2, 2},
    {VK_FORMAT_G8_B8_R8_3PLANE_420_UNORM, {1, 1, 1}, 1, 1, 2, 2},
    {VK_FORMAT_G8_B8R8_2PLANE_422_UNORM, {1, 2}, 1, 1, 2, 1},
    {VK_FORMAT_G8_B8_R8_3PLANE_444_UNORM, {1, 1, 1}, 1, 1, 1, 1},
    {VK_FORMAT_G10X6_B10X6R10X6_2PLANE_420_UNORM_3PACK16, {2, 4}, 1, 1, 2, 2},
    {VK_FORMAT_G16_B16_R16_3PLANE_422_UNORM, {2, 2, 2}, 1, 1, 2, 1},
};
static const struct {
    uint32_t w, h, d, levels, layers, samples;
} sizes[] = {
    {1, 1, 1, 1, 1, 1},      {16, 1, 1, 1, 1, 1},    {17, 1, 1, 5, 3, 1},     {64, 64, 1, 1, 1, 1},    {64, 64, 1, 7, 1, 1},
    {65, 33, 1, 1, 1, 1},    {65, 33, 1, 7, 1, 1},   {65, 33, 1, 7, 5, 1},    {201, 117, 1, 1, 1, 1},  {201, 117, 1, 8, 6, 1},
    {1920, 1080, 1, 1, 1, 1}, {1920, 1080, 1, 11, 1, 1}, {1, 1000, 1, 10, 2, 1}, {1000, 1, 1, 10, 2, 1}, {32, 32, 32, 1, 1, 1},
    {33, 17, 9, 6, 1, 1},    {5, 3, 2, 3, 1, 1},     {128, 128, 1, 1, 1, 2},  {100, 50, 1, 1, 1, 4},   {100, 50, 1, 1, 3, 4},
    {7, 7, 1, 1, 2, 8},      {63, 2, 1, 1, 1, 16},   {4096, 3, 1, 1, 1, 1},   {3, 4096, 1, 13, 1, 1},  {256, 256, 1, 9, 12, 1},
};

static uint64_t hash = UINT64_C(0xcbf29ce484222325), seen;
static int failures;

static void
add(uint64_t v)
{
    for (int i = 0; i < 8; i++) {
        hash = (hash ^ (v >> (8 * i) & 255)) * UINT64_C(0x100000001b3);
    }
    seen++;
}

static void
same(const char *what, uint64_t got, uint64_t want, VkFormat vk, size_t size)
{
    add(got);
    if (got != want) {
        printf("format %d, size %zu: %s is %" PRIu64 ", not %" PRIu64 "\n", (int)vk, size, what, got, want);
        failures++;
    }
}

static uint64_t
up(uint64_t v, uint64_t to)
{
    return (v + to - 1) / to * to;
}

static uint64_t
at_least_1(uint32_t extent, uint32_t level)
{
    return extent >> level ? extent >> level : 1;
}

static uint64_t
ceil_div(uint64_t v, uint64_t by)
{
    return by ? (v + by - 1) / by : v;
}

static void
check(const struct format *f, size_t s)
{
    const struct pum_image_layout_info info = {.format = pum_format_from_vk(f->vk), .width = sizes[s].w, .height = sizes[s].h, .depth = sizes[s].d,
                                               .levels = sizes[s].levels, .layers = sizes[s].layers, .samples = sizes[s].samples};
    struct pum_image_layout layout;
    if (!pum_image_layout_compute(&info, &layout)) {
        printf("format %d, size %zu: refused\n", (int)f->vk, s);
        failures++;
        return;
    }
    const uint32_t planes = f->plane_B[2] ? 3 : f->plane_B[1] ? 2 : 1;
    same("number of planes", layout.plane_count, planes, f->vk, s);
    uint64_t end = 0;
    for (uint32_t p = 0; p < planes && p < layout.plane_count; p++) {
        const struct pum_image_plane *got = &layout.plane[p];
        const uint64_t texel = f->plane_B[p], start = up(end, 4096);
        const uint32_t w = (uint32_t)ceil_div(info.width, p ? f->chroma_w : 1), h = (uint32_t)ceil_div(info.height, p ? f->chroma_h : 1);
        same("plane offset", got->offset_B, start, f->vk, s);
        uint64_t at = 0;
        for (uint32_t l = 0; l < info.levels; l++) {
            const uint64_t row = up(ceil_div(at_least_1(w, l), f->block_w) * texel, 64), slice = row * ceil_div(at_least_1(h, l), f->block_h);
            same("level offset", got->level[l].offset_B, at, f->vk, s);
            same("row pitch", got->level[l].row_pitch_B, row, f->vk, s);
            same("depth pitch", got->level[l].slice_pitch_B, slice, f->vk, s);
            same("level size", got->level_size_B[l], slice * at_least_1(info.depth, l), f->vk, s);
            at += slice * at_least_1(info.depth, l);
        }
        same("array pitch", got->layer_pitch_B, at, f->vk, s);
        same("sample stride", got->sample_pitch_B, at * info.layers, f->vk, s);
        end = start + at * info.layers * info.samples;
    }
    same("size", layout.size_B, up(end, 64), f->vk, s);
}

static void
golden(const char *what, uint64_t want)
{
    printf("%s: %" PRIu64 " numbers, hash 0x%016" PRIx64 "\n", what, seen, hash);
    if (hash != want) {
        puts("the layout has changed");
        failures++;
    }
    hash = UINT64_C(0xcbf29ce484222325);
    seen = 0;
}

int
main(void)
{
    for (size_t f = 0; f < PUM_ARRAY_LEN(formats); f++) {
        for (size_t s = 0; s < PUM_ARRAY_LEN(sizes); s++) {
            check(&formats[f], s);
        }
    }
    golden("550 images", GOLDEN);
    for (size_t f = 0; f < PUM_ARRAY_LEN(blocks); f++) {
        for (size_t s = 0; s < PUM_ARRAY_LEN(sizes); s++) {
            if (sizes[s].samples == 1 && (!blocks[f].chroma_w || (sizes[s].levels == 1 && sizes[s].d == 1))) {
                check(&blocks[f], s);
            }
        }
    }
    golden("blocks and planes", GOLDEN_BLOCKS);
    return failures != 0;
}
