/* The published layout of shared images: every number against its description, written again here, and all of them together against a hash,
 * which is the same on every machine. A change of the hash is a change of what other programs rely on: PUM_LAYOUT_ABI goes up with it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "resource/image_layout.h"

#define GOLDEN UINT64_C(0xcd572d6a60e31e8b)


/* Formats as the description has them: bytes of a texel of each plane. */
static const struct {
    VkFormat vk;
    uint32_t plane_B[2];
} formats[] = {
    {VK_FORMAT_R4G4_UNORM_PACK8, {1}},        {VK_FORMAT_R5G6B5_UNORM_PACK16, {2}},      {VK_FORMAT_R8_UNORM, {1}},
    {VK_FORMAT_R8G8_UNORM, {2}},              {VK_FORMAT_R8G8B8A8_UNORM, {4}},           {VK_FORMAT_B8G8R8A8_SRGB, {4}},
    {VK_FORMAT_A2B10G10R10_UNORM_PACK32, {4}}, {VK_FORMAT_R16_SFLOAT, {2}},              {VK_FORMAT_R16G16B16A16_SFLOAT, {8}},
    {VK_FORMAT_R32_UINT, {4}},                {VK_FORMAT_R32G32_SFLOAT, {8}},            {VK_FORMAT_R32G32B32_SFLOAT, {12}},
    {VK_FORMAT_R32G32B32A32_SFLOAT, {16}},    {VK_FORMAT_B10G11R11_UFLOAT_PACK32, {4}},  {VK_FORMAT_E5B9G9R9_UFLOAT_PACK32, {4}},
    {VK_FORMAT_D16_UNORM, {2}},               {VK_FORMAT_X8_D24_UNORM_PACK32, {4}},      {VK_FORMAT_D32_SFLOAT, {4}},
    {VK_FORMAT_S8_UINT, {1}},                 {VK_FORMAT_D16_UNORM_S8_UINT, {2, 1}},     {VK_FORMAT_D24_UNORM_S8_UINT, {4, 1}},
    {VK_FORMAT_D32_SFLOAT_S8_UINT, {4, 1}},
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

static void
check(size_t f, size_t s)
{
    const VkFormat vk = formats[f].vk;
    const struct pum_image_layout_info info = {.format = pum_format_from_vk(vk), .width = sizes[s].w, .height = sizes[s].h, .depth = sizes[s].d,
                                               .levels = sizes[s].levels, .layers = sizes[s].layers, .samples = sizes[s].samples};
    struct pum_image_layout layout;
    if (!pum_image_layout_compute(&info, &layout)) {
        printf("format %d, size %zu: refused\n", (int)vk, s);
        failures++;
        return;
    }
    const uint32_t planes = formats[f].plane_B[1] ? 2 : 1;
    same("number of planes", layout.plane_count, planes, vk, s);
    uint64_t end = 0;
    for (uint32_t p = 0; p < planes && p < layout.plane_count; p++) {
        const struct pum_image_plane *got = &layout.plane[p];
        const uint64_t texel = formats[f].plane_B[p], start = up(end, 4096);
        same("plane offset", got->offset_B, start, vk, s);
        uint64_t at = 0;
        for (uint32_t l = 0; l < info.levels; l++) {
            const uint64_t row = up(at_least_1(info.width, l) * texel, 64), slice = row * at_least_1(info.height, l);
            same("level offset", got->level[l].offset_B, at, vk, s);
            same("row pitch", got->level[l].row_pitch_B, row, vk, s);
            same("depth pitch", got->level[l].slice_pitch_B, slice, vk, s);
            same("level size", got->level_size_B[l], slice * at_least_1(info.depth, l), vk, s);
            at += slice * at_least_1(info.depth, l);
        }
        same("array pitch", got->layer_pitch_B, at, vk, s);
        same("sample stride", got->sample_pitch_B, at * info.layers, vk, s);
        end = start + at * info.layers * info.samples;
    }
    same("size", layout.size_B, up(end, 64), vk, s);
}

int
main(void)
{
    for (size_t f = 0; f < PUM_ARRAY_LEN(formats); f++) {
        for (size_t s = 0; s < PUM_ARRAY_LEN(sizes); s++) {
            check(f, s);
        }
    }
    printf("%zu images, %" PRIu64 " numbers, hash 0x%016" PRIx64 "\n", PUM_ARRAY_LEN(formats) * PUM_ARRAY_LEN(sizes), seen, hash);
    if (hash != GOLDEN) {
        puts("the layout has changed");
        failures++;
    }
    return failures != 0;
}
