/* Compressed formats. Blocks are noise, with the bits that select modes walking through all their values, so that every mode, partition and
 * error is there; the values of their texels are hashed. The hashes were compared with another driver's decoders when they were written
 * (BLOCKS_DUMP=file appends the texels of all formats, so that two drivers can be compared again). Hand-made blocks with known colours, mip levels
 * that are no multiple of a block, copies between compressed and plain images, views of blocks, and blits. */
#include "kit.h"

#include "texels_block_comp.h"

#define BLOCKS_X 32
#define BLOCKS_Y 16

struct reader {
    VkDescriptorSetLayout sets;
    VkPipelineLayout layout;
    VkPipeline pipe;
    VkSampler nearest;
};

static void
reader_init(struct kit *k, struct reader *r)
{
    const VkDescriptorType types[2] = {VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};
    r->sets = kit_set_layout_of(k, 2, types);
    r->layout = kit_layout(k, 1, &r->sets, 16);
    r->pipe = kit_compute(k, r->layout, KIT_CODE(texels_block_comp), NULL);
    r->nearest = kit_sampler(k, VK_FILTER_NEAREST, VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE);
}

/* The texels of a level as the shader sees them: w x h x 4 floats. */
static const float *
read_texels(struct kit *k, const struct reader *r, VkImageView view, uint32_t w, uint32_t h, uint32_t level)
{
    const VkDescriptorSet set = kit_set(k, r->sets);
    const struct kit_buffer out = kit_buffer(k, (VkDeviceSize)w * h * 16, NULL);
    kit_write_image(k, set, 0, 0, VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, view, r->nearest);
    kit_write_buffer(k, set, 1, 0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, out.buffer, 0, VK_WHOLE_SIZE);
    const uint32_t push[3] = {w, h, level};
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, r->pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, r->layout, 0, 1, &set, 0, NULL);
    vkCmdPushConstants(cmd, r->layout, VK_SHADER_STAGE_ALL, 0, sizeof(push), push);
    vkCmdDispatch(cmd, (w + 7) / 8, (h + 7) / 8, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    return out.data;
}

static bool
can_sample(struct kit *k, VkFormat f)
{
    return kit_format_features(k, f, VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT;
}

static bool
starts(const char *s, const char *with)
{
    return strncmp(s, with, strlen(with)) == 0;
}

/* Noise whose mode bits count. */
static void
blocks_of(const struct kit_format_info *f, uint8_t *data, uint32_t n)
{
    kit_noise(data, (size_t)n * f->block_B, 1 + f->block_B + f->block_px[0] * 16 + f->block_px[1]); /* the same for UNORM and SRGB */
    for (uint32_t i = 0; i < n; i++) {
        uint8_t *b = data + (size_t)i * f->block_B;
        if (starts(f->name, "VK_FORMAT_BC7")) {
            b[0] = (uint8_t)(i % 9 == 8 ? 0 : (b[0] | 1) << i % 9);
        } else if (starts(f->name, "VK_FORMAT_BC6H")) {
            b[0] = (uint8_t)((b[0] & 0xe0) | i % 32);
        } else if (starts(f->name, "VK_FORMAT_ASTC") && i % 8 < 6) {
            /* few random blocks are legal: choose grids that fit into every size of block, few weights, one to three partitions */
            static const uint16_t modes[8] = {0x042, 0x053, 0x251, 0x0c1, 0x441, 0x062, 0x2a2, 0x4d3};
            const uint32_t m = modes[i / 8 % 8], parts = i % 4;
            b[0] = (uint8_t)m;
            b[1] = (uint8_t)((m >> 8) | (parts << 3) | (b[1] & 0xe0));
            b[3] = i % 3 ? (uint8_t)(b[3] & 0x7f) : (uint8_t)(b[3] & 0xfe);
            if (i % 3 == 0) {
                b[2] &= 0x7f;
            }
        } else if (starts(f->name, "VK_FORMAT_ASTC") && i % 8 == 6) { /* one colour */
            b[0] = 0xfc;
            b[1] = (uint8_t)(i % 64 == 6 ? 0xff : 0xfd);
            memset(b + 2, 0xff, i % 5 ? 6 : 0);
        }
    }
}

static uint64_t
hash(uint64_t h, const void *data, size_t size_B)
{
    const uint8_t *p = data;
    for (size_t i = 0; i < size_B; i++) {
        h = (h ^ p[i]) * 0x100000001b3u;
    }
    return h;
}

static const struct {
    const char *name;
    uint64_t hash;
} known[] = {
    {"VK_FORMAT_BC1_RGB_UNORM_BLOCK", 0x8f41554e2699a6a5},
    {"VK_FORMAT_BC1_RGB_SRGB_BLOCK", 0xf9ab3cd676f6f81a},
    {"VK_FORMAT_BC1_RGBA_UNORM_BLOCK", 0x8db8db71895a33e5},
    {"VK_FORMAT_BC1_RGBA_SRGB_BLOCK", 0x47cb7af49dbad1da},
    {"VK_FORMAT_BC2_UNORM_BLOCK", 0xaa4d28dc44d09de3},
    {"VK_FORMAT_BC2_SRGB_BLOCK", 0xa8c9245fe3c6dd8f},
    {"VK_FORMAT_BC3_UNORM_BLOCK", 0xc07510ab15ee44ee},
    {"VK_FORMAT_BC3_SRGB_BLOCK", 0x68d3592bd2b8d376},
    {"VK_FORMAT_BC4_UNORM_BLOCK", 0x01dc3d39c97e85a3},
    {"VK_FORMAT_BC4_SNORM_BLOCK", 0x8af7fcac13a5878c},
    {"VK_FORMAT_BC5_UNORM_BLOCK", 0xbe413e84113c7181},
    {"VK_FORMAT_BC5_SNORM_BLOCK", 0x299c836b5e0a0f4d},
    {"VK_FORMAT_BC6H_UFLOAT_BLOCK", 0x0688a3991b7674f3},
    {"VK_FORMAT_BC6H_SFLOAT_BLOCK", 0x40f93820d6fe7a14},
    {"VK_FORMAT_BC7_UNORM_BLOCK", 0x3502c5d10157dca3},
    {"VK_FORMAT_BC7_SRGB_BLOCK", 0x3aef738aa243e746},
    {"VK_FORMAT_ETC2_R8G8B8_UNORM_BLOCK", 0x1c4e7c946584bb24},
    {"VK_FORMAT_ETC2_R8G8B8_SRGB_BLOCK", 0x202037bd772e3814},
    {"VK_FORMAT_ETC2_R8G8B8A1_UNORM_BLOCK", 0xc6acac8af2419326},
    {"VK_FORMAT_ETC2_R8G8B8A1_SRGB_BLOCK", 0x626822f8dea099bf},
    {"VK_FORMAT_ETC2_R8G8B8A8_UNORM_BLOCK", 0xdd4492f209a99bee},
    {"VK_FORMAT_ETC2_R8G8B8A8_SRGB_BLOCK", 0xe877c9c8166889d6},
    {"VK_FORMAT_EAC_R11_UNORM_BLOCK", 0x4430ebac3f9ecd36},
    {"VK_FORMAT_EAC_R11_SNORM_BLOCK", 0x052f7e48dc0b39b9},
    {"VK_FORMAT_EAC_R11G11_UNORM_BLOCK", 0xa4b944650dadb361},
    {"VK_FORMAT_EAC_R11G11_SNORM_BLOCK", 0xbaacdd92941d3900},
    {"VK_FORMAT_ASTC_4x4_UNORM_BLOCK", 0xf1fb1882da7dd3cd},
    {"VK_FORMAT_ASTC_4x4_SRGB_BLOCK", 0x3b9a21b3c93f649c},
    {"VK_FORMAT_ASTC_5x4_UNORM_BLOCK", 0x004c24a6ac690667},
    {"VK_FORMAT_ASTC_5x4_SRGB_BLOCK", 0xc1d6bf2d6031a7f5},
    {"VK_FORMAT_ASTC_5x5_UNORM_BLOCK", 0x45a7fddeced4acdc},
    {"VK_FORMAT_ASTC_5x5_SRGB_BLOCK", 0xf7bf8e4c386b9b83},
    {"VK_FORMAT_ASTC_6x5_UNORM_BLOCK", 0xafd9047318e7d97a},
    {"VK_FORMAT_ASTC_6x5_SRGB_BLOCK", 0x35817ffa6c4ea4fd},
    {"VK_FORMAT_ASTC_6x6_UNORM_BLOCK", 0xe6cb786dd632d870},
    {"VK_FORMAT_ASTC_6x6_SRGB_BLOCK", 0x6a0fdd0fa3a80377},
    {"VK_FORMAT_ASTC_8x5_UNORM_BLOCK", 0x9cb435b281c2e35c},
    {"VK_FORMAT_ASTC_8x5_SRGB_BLOCK", 0x437699b61cd76904},
    {"VK_FORMAT_ASTC_8x6_UNORM_BLOCK", 0x042b8de9e02913b3},
    {"VK_FORMAT_ASTC_8x6_SRGB_BLOCK", 0x898563fb709675b3},
    {"VK_FORMAT_ASTC_8x8_UNORM_BLOCK", 0xc2eabd6b6f6e22f8},
    {"VK_FORMAT_ASTC_8x8_SRGB_BLOCK", 0x1244c965088293cc},
    {"VK_FORMAT_ASTC_10x5_UNORM_BLOCK", 0xf6901e6ec83bcf92},
    {"VK_FORMAT_ASTC_10x5_SRGB_BLOCK", 0xe09b6da7d9a49efc},
    {"VK_FORMAT_ASTC_10x6_UNORM_BLOCK", 0x3693a46c135800ed},
    {"VK_FORMAT_ASTC_10x6_SRGB_BLOCK", 0x27622cc01dbc4da5},
    {"VK_FORMAT_ASTC_10x8_UNORM_BLOCK", 0x630a673b7ae79f0d},
    {"VK_FORMAT_ASTC_10x8_SRGB_BLOCK", 0x44797ad873cae68f},
    {"VK_FORMAT_ASTC_10x10_UNORM_BLOCK", 0x050baba86c489b55},
    {"VK_FORMAT_ASTC_10x10_SRGB_BLOCK", 0xd584be85d6860dcf},
    {"VK_FORMAT_ASTC_12x10_UNORM_BLOCK", 0x6b7ebeab0ab08f4f},
    {"VK_FORMAT_ASTC_12x10_SRGB_BLOCK", 0xa474763aaf578bd9},
    {"VK_FORMAT_ASTC_12x12_UNORM_BLOCK", 0x3c4bb750f716051c},
    {"VK_FORMAT_ASTC_12x12_SRGB_BLOCK", 0x5e357c4fd22684f2},
};

static void
check_noise(struct kit *k, const struct reader *r, const struct kit_format_info *f)
{
    const uint32_t w = BLOCKS_X * f->block_px[0], h = BLOCKS_Y * f->block_px[1];
    const struct kit_image img = kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_2D, .format = f->format, .extent = {w, h, 1},
                                                                  .usage = VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT |
                                                                           VK_IMAGE_USAGE_TRANSFER_SRC_BIT});
    uint8_t *data = kit_alloc(k, (size_t)BLOCKS_X * BLOCKS_Y * f->block_B);
    blocks_of(f, data, BLOCKS_X * BLOCKS_Y);
    kit_upload(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, data);
    kit_same(k, f->name, kit_read(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0), data, BLOCKS_X * BLOCKS_Y, f->block_B, BLOCKS_X);
    const float *got = read_texels(k, r, img.view, w, h, 0);
    const char *path = getenv("BLOCKS_DUMP");
    if (path) {
        FILE *file = fopen(path, "ab");
        if (!file || fprintf(file, "%s %u %u\n", f->name, w, h) < 0 || fwrite(got, 16, (size_t)w * h, file) != (size_t)w * h || fclose(file) != 0) {
            kit_die("%s cannot be written", path);
        }
    }
    uint64_t sum = 0xcbf29ce484222325u;
    for (size_t i = 0; i < (size_t)w * h * 4; i++) { /* to 14 bits after the point: rounding of the last bit may differ between drivers */
        const int32_t v = isfinite(got[i]) && fabsf(got[i]) < 131072.0f ? (int32_t)lrintf(got[i] * 16384.0f) : 0x7fffffff;
        sum = hash(sum, &v, 4);
    }
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (strcmp(known[i].name, f->name) == 0) {
            if (known[i].hash != sum && !kit_ours(k) && strncmp(f->name, "VK_FORMAT_BC", 12) == 0 && f->name[12] <= '5') {
                printf("  %s: other values; palettes may be rounded differently\n", f->name);
                return;
            }
            CHECK(k, known[i].hash == sum, "%s: 0x%016llx, not 0x%016llx", f->name, (unsigned long long)sum, (unsigned long long)known[i].hash);
            return;
        }
    }
    CHECK(k, false, "{\"%s\", 0x%016llx},", f->name, (unsigned long long)sum);
}

static void
case_noise(struct kit *k)
{
    struct reader r;
    reader_init(k, &r);
    uint32_t n = 0;
    for (size_t i = 0; i < kit_n_format_infos; i++) {
        const struct kit_format_info *f = &kit_format_infos[i];
        if (f->block_px[0] > 1 && !f->chroma && can_sample(k, f->format)) {
            check_noise(k, &r, f);
            n++;
        }
    }
    SKIP_UNLESS(k, n, "no compressed formats");
}

/* ---- hand-made blocks ---- */

/* One block whose texels all have the colour, in three formats of different shape. */
static const struct {
    VkFormat format;
    uint32_t w, h, B;
} solid_formats[] = {
    {VK_FORMAT_BC1_RGBA_UNORM_BLOCK, 4, 4, 8}, {VK_FORMAT_ETC2_R8G8B8A8_UNORM_BLOCK, 4, 4, 16}, {VK_FORMAT_ASTC_8x5_UNORM_BLOCK, 8, 5, 16},
    {VK_FORMAT_ASTC_12x12_UNORM_BLOCK, 12, 12, 16},
};

/* Of ETC2: 5 bits at `at` plus the signed 3 bits below them. */
static bool
out_of_range(uint64_t w, int at)
{
    const int d = (int)(w >> (at - 3) & 7), sum = (int)(w >> at & 31) + (d >= 4 ? d - 8 : d);
    return sum < 0 || sum > 31;
}

/* Red and blue of v / 31, green 0, alpha 1. */
static void
solid_block(VkFormat f, uint32_t v, uint8_t *out)
{
    if (f == VK_FORMAT_BC1_RGBA_UNORM_BLOCK) { /* both colours the same, index 0 */
        const uint16_t c = (uint16_t)(v << 11 | v);
        memset(out, 0, 8);
        memcpy(out, &c, 2);
        memcpy(out + 2, &c, 2);
    } else if (f == VK_FORMAT_ETC2_R8G8B8A8_UNORM_BLOCK) { /* planar with three equal colours; alpha 255, multiplier 0 */
        const uint64_t six = v << 1 | v >> 4;
        uint64_t w = six << 57 | (six >> 5) << 48 | (six >> 3 & 3) << 43 | (six & 7) << 39 | (six >> 1) << 34 | UINT64_C(1) << 33 | (six & 1) << 32 |
                     six << 19 | six << 13 | six;
        /* free bits: red and green plus their differences stay in range, blue's must not */
        w |= out_of_range(w, 59) ? UINT64_C(1) << 63 : 0;
        w |= out_of_range(w, 51) ? UINT64_C(1) << 55 : 0;
        for (uint64_t free_bits = 0; !out_of_range(w, 43); free_bits++) {
            w = (w & ~(UINT64_C(7) << 45 | UINT64_C(1) << 42)) | (free_bits & 7) << 45 | (free_bits >> 3) << 42;
        }
        memset(out, 0, 8);
        out[0] = 255;
        for (int i = 0; i < 8; i++) {
            out[8 + i] = (uint8_t)(w >> (56 - 8 * i));
        }
    } else { /* void extent */
        const uint16_t c[4] = {(uint16_t)(v * 65535 / 31), 0, (uint16_t)(v * 65535 / 31), 65535};
        memset(out, 0xff, 8);
        out[0] = 0xfc;
        out[1] = 0xfd;
        memcpy(out + 8, c, 8);
    }
}

static void
check_solid(struct kit *k, const char *name, const float *got, uint32_t n, uint32_t v)
{
    const float c = (float)v / 31.0f;
    for (uint32_t i = 0; i < n; i++) {
        const float *t = got + (size_t)i * 4;
        REQUIRE(k, fabsf(t[0] - c) < 0.012f && t[1] == 0 && fabsf(t[2] - c) < 0.012f && t[3] == 1, "%s %u: texel %u is %g %g %g %g", name, v, i,
                (double)t[0], (double)t[1], (double)t[2], (double)t[3]);
    }
}

/* Levels that are no multiple of a block, two layers: what is uploaded is read back and sampled. */
static void
case_levels(struct kit *k)
{
    struct reader r;
    reader_init(k, &r);
    for (size_t i = 0; i < ARRAY_LEN(solid_formats); i++) {
        const VkFormat f = solid_formats[i].format;
        if (!can_sample(k, f)) {
            continue;
        }
        const struct kit_image img = kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_2D, .format = f, .extent = {53, 27, 1}, .mipLevels = 6,
                                                                      .arrayLayers = 2, .usage = VK_IMAGE_USAGE_SAMPLED_BIT |
                                                                                                 VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT});
        for (uint32_t pass = 0; pass < 2; pass++) {
            for (uint32_t at = 0; at < 12; at++) {
                const uint32_t level = at >> 1, layer = at & 1;
                const size_t size_B = kit_level_B(&img, VK_IMAGE_ASPECT_COLOR_BIT, level);
                uint8_t *data = kit_alloc(k, size_B);
                for (size_t b = 0; b < size_B; b += solid_formats[i].B) {
                    solid_block(f, at * 2 + 1, data + b);
                }
                if (pass == 0) {
                    kit_upload(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, level, layer, data);
                    continue;
                }
                kit_same(k, "level", kit_read(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, level, layer), data, size_B, 1, 0);
                const VkImageView view = kit_view(k, &img, VK_IMAGE_VIEW_TYPE_2D, VK_FORMAT_UNDEFINED, 0, 0, 6, layer, 1);
                const VkExtent3D e = kit_level_extent(&img, level);
                check_solid(k, kit_format(f)->name, read_texels(k, &r, view, e.width, e.height, level), e.width * e.height, at * 2 + 1);
            }
        }
    }
}

/* Blocks pass between compressed and plain images as texels of the same size; a plain view of them shows their words. */
static void
case_as_words(struct kit *k)
{
    const VkFormat f = VK_FORMAT_BC1_RGBA_UNORM_BLOCK, plain = VK_FORMAT_R16G16B16A16_UNORM;
    SKIP_UNLESS(k, can_sample(k, f) && can_sample(k, plain), "no BC1");
    struct reader r;
    reader_init(k, &r);
    const VkImageUsageFlags usage = VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT;
    const struct kit_image words = kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_2D, .format = plain, .extent = {9, 7, 1}, .usage = usage});
    const struct kit_image blocks =
        kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_2D, .format = f, .extent = {61, 46, 1}, .mipLevels = 2, .usage = usage,
                                         .flags = VK_IMAGE_CREATE_MUTABLE_FORMAT_BIT | VK_IMAGE_CREATE_BLOCK_TEXEL_VIEW_COMPATIBLE_BIT |
                                                  VK_IMAGE_CREATE_EXTENDED_USAGE_BIT});
    uint16_t data[9 * 7 * 4]; /* level 1 is 30 x 23: 8 x 6 blocks */
    kit_noise(data, sizeof(data), 5);
    kit_upload(k, &words, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, data);
    const VkCommandBuffer cmd = kit_begin(k);
    /* texels (1, 1) to (8, 6) become the blocks of columns 0 to 7: the last column holds two texels only */
    const VkImageCopy to = {.srcSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1}, .srcOffset = {1, 1, 0},
                            .dstSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 1, 0, 1}, .extent = {8, 6, 1}};
    vkCmdCopyImage(cmd, words.image, VK_IMAGE_LAYOUT_GENERAL, blocks.image, VK_IMAGE_LAYOUT_GENERAL, 1, &to);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    uint16_t want[8 * 6 * 4];
    for (uint32_t y = 0; y < 6; y++) {
        memcpy(want + y * 32, data + ((y + 1) * 9 + 1) * 4, 64);
    }
    kit_same(k, "blocks", kit_read(k, &blocks, VK_IMAGE_ASPECT_COLOR_BIT, 1, 0), want, 48, 8, 8);
    const VkImageView view = kit_view(k, &blocks, VK_IMAGE_VIEW_TYPE_2D, plain, VK_IMAGE_ASPECT_COLOR_BIT, 1, 1, 0, 1);
    const float *got = read_texels(k, &r, view, 8, 6, 0);
    for (uint32_t i = 0; i < ARRAY_LEN(want); i++) {
        REQUIRE(k, got[i] == (float)(want[i] / 65535.0), "word %u of the view: %g, not %g", i, (double)got[i], want[i] / 65535.0);
    }
    const VkCommandBuffer back = kit_begin(k);
    const VkImageCopy from = {.srcSubresource = to.dstSubresource, .srcOffset = {28, 20, 0}, .dstSubresource = to.srcSubresource, .dstOffset = {0, 0, 0},
                              .extent = {2, 3, 1}}; /* the corner block, cut by the edges */
    vkCmdCopyImage(back, blocks.image, VK_IMAGE_LAYOUT_GENERAL, words.image, VK_IMAGE_LAYOUT_GENERAL, 1, &from);
    kit_barrier(back);
    kit_submit(k, back);
    memcpy(data, want + 47 * 4, 8);
    kit_same(k, "words", kit_read(k, &words, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0), data, 63, 8, 9);
}

/* Blits decode: same size, and turned around. */
static void
case_blit(struct kit *k)
{
    struct reader r;
    reader_init(k, &r);
    for (size_t i = 0; i < ARRAY_LEN(solid_formats); i++) {
        const VkFormat f = solid_formats[i].format;
        if (!(kit_format_features(k, f, VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_BLIT_SRC_BIT)) {
            continue;
        }
        const uint32_t w = 25, h = 17, bw = (w + solid_formats[i].w - 1) / solid_formats[i].w, bh = (h + solid_formats[i].h - 1) / solid_formats[i].h;
        const VkImageUsageFlags usage = VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT;
        const struct kit_image src = kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_2D, .format = f, .extent = {w, h, 1}, .usage = usage});
        const struct kit_image dst = kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_2D, .format = VK_FORMAT_R32G32B32A32_SFLOAT,
                                                                      .extent = {w, h, 1}, .usage = usage});
        uint8_t *data = kit_alloc(k, (size_t)bw * bh * solid_formats[i].B);
        for (uint32_t b = 0; b < bw * bh; b++) {
            solid_block(f, b % 32, data + (size_t)b * solid_formats[i].B);
        }
        kit_upload(k, &src, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, data);
        const VkCommandBuffer cmd = kit_begin(k);
        const VkImageBlit b = {.srcSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1}, .srcOffsets = {{0, 0, 0}, {(int32_t)w, (int32_t)h, 1}},
                               .dstSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1}, .dstOffsets = {{(int32_t)w, 0, 0}, {0, (int32_t)h, 1}}};
        vkCmdBlitImage(cmd, src.image, VK_IMAGE_LAYOUT_GENERAL, dst.image, VK_IMAGE_LAYOUT_GENERAL, 1, &b, VK_FILTER_NEAREST);
        kit_barrier(cmd);
        kit_submit(k, cmd);
        const float *got = kit_read(k, &dst, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
        const float *want = read_texels(k, &r, src.view, w, h, 0);
        for (uint32_t y = 0; y < h; y++) {
            for (uint32_t x = 0; x < w; x++) {
                const float *g = got + (y * w + w - 1 - x) * 4, *t = want + (y * w + x) * 4;
                const uint32_t v = (y / solid_formats[i].h * bw + x / solid_formats[i].w) % 32;
                check_solid(k, kit_format(f)->name, t, 1, v);
                REQUIRE(k, memcmp(g, t, 16) == 0, "%s: (%u, %u) is %g %g %g %g", kit_format(f)->name, x, y, (double)g[0], (double)g[1], (double)g[2], (double)g[3]);
            }
        }
    }
}

static const struct kit_case cases[] = {{"noise", case_noise}, {"levels", case_levels}, {"as_words", case_as_words}, {"blit", case_blit}};
KIT_MAIN(cases)
