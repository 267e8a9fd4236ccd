/* Copies between buffers and images of every format, type and tiling, against a model on the host. SPEC: copies. */
#include "kit.h"

#define MAX_LEVELS 4
#define MAX_LAYERS 3

/* What an image holds, one aspect, as tight rows of blocks. */
struct model {
    struct kit_image img;
    VkImageAspectFlagBits aspect;
    uint32_t B, bw, bh; /* bytes and texels of a block */
    uint8_t *data[MAX_LEVELS][MAX_LAYERS];
};

static uint32_t
up(uint32_t v, uint32_t by)
{
    return (v + by - 1) / by;
}

static uint32_t
below(uint32_t *seed, uint32_t n)
{
    return n ? kit_random(seed) % n : 0;
}

static void
model_init(struct kit *k, struct model *m, const struct kit_image *img, VkImageAspectFlagBits aspect, uint32_t *seed)
{
    const struct kit_format_info *f = kit_format(img->info.format);
    *m = (struct model){
        .img = *img, .aspect = aspect, .B = kit_texel_B(img->info.format, aspect), .bw = f->block_px[0], .bh = f->block_px[1]};
    for (uint32_t l = 0; l < img->info.mipLevels; l++) {
        for (uint32_t a = 0; a < img->info.arrayLayers; a++) {
            const size_t size_B = kit_level_B(img, aspect, l);
            m->data[l][a] = kit_alloc(k, size_B);
            if (aspect == VK_IMAGE_ASPECT_COLOR_BIT && !f->compressed) {
                kit_noise_texels(img->info.format, m->data[l][a], size_B / m->B, kit_random(seed));
            } else if (aspect == VK_IMAGE_ASPECT_DEPTH_BIT && f->c[0].numeric == KIT_SFLOAT) {
                for (size_t i = 0; i < size_B / 4; i++) {
                    const float v = (float)(kit_random(seed) >> 8) / 16777216.0f;
                    memcpy(m->data[l][a] + 4 * i, &v, 4);
                }
            } else {
                kit_noise(m->data[l][a], size_B, kit_random(seed));
            }
            kit_upload(k, img, aspect, l, a, m->data[l][a]);
        }
    }
}

/* The block at texel x, y, z of a level and layer. */
static uint8_t *
at(const struct model *m, uint32_t level, uint32_t layer, uint32_t x, uint32_t y, uint32_t z)
{
    const VkExtent3D e = kit_level_extent(&m->img, level);
    return m->data[level][layer] + (((size_t)z * up(e.height, m->bh) + y / m->bh) * up(e.width, m->bw) + x / m->bw) * m->B;
}

/* 24 bits of a depth buffer's word count, the rest is undefined. SPEC: copies-depth-stencil */
static bool
same_block(const struct model *m, const uint8_t *a, const uint8_t *b)
{
    const VkFormat f = m->img.info.format;
    const bool d24 = m->aspect == VK_IMAGE_ASPECT_DEPTH_BIT && (f == VK_FORMAT_D24_UNORM_S8_UINT || f == VK_FORMAT_X8_D24_UNORM_PACK32);
    return memcmp(a, b, d24 ? 3 : m->B) == 0;
}

static void
model_check(struct kit *k, const struct model *m, const char *what)
{
    for (uint32_t l = 0; l < m->img.info.mipLevels; l++) {
        for (uint32_t a = 0; a < m->img.info.arrayLayers; a++) {
            const uint8_t *got = kit_read(k, &m->img, m->aspect, l, a);
            const size_t n = kit_level_B(&m->img, m->aspect, l) / m->B;
            for (size_t i = 0; i < n; i++) {
                REQUIRE(k, same_block(m, got + i * m->B, m->data[l][a] + i * m->B),
                        "%s: %s aspect %#x level %u layer %u: block %zu of %zu differs", what, kit_format(m->img.info.format)->name,
                        m->aspect, l, a, i, n);
            }
        }
    }
}

struct box {
    VkOffset3D at;
    VkExtent3D size;
};

/* A region of w x h x d texels at multiples of blocks, not larger than limit; ends at a block or at the level's edge. */
static struct box
random_box(const struct model *m, uint32_t level, uint32_t *seed, VkExtent3D limit)
{
    const VkExtent3D e = kit_level_extent(&m->img, level);
    const uint32_t nx = up(e.width, m->bw), ny = up(e.height, m->bh);
    const uint32_t x = below(seed, nx), y = below(seed, ny), z = below(seed, e.depth);
    uint32_t w = 1 + below(seed, nx - x), h = 1 + below(seed, ny - y), d = 1 + below(seed, e.depth - z);
    w = w * m->bw < limit.width ? w : up(limit.width, m->bw);
    h = h * m->bh < limit.height ? h : up(limit.height, m->bh);
    d = d < limit.depth ? d : limit.depth;
    struct box b = {.at = {(int32_t)(x * m->bw), (int32_t)(y * m->bh), (int32_t)z}, .size = {w * m->bw, h * m->bh, d}};
    b.size.width = b.size.width < e.width - x * m->bw ? b.size.width : e.width - x * m->bw;
    b.size.height = b.size.height < e.height - y * m->bh ? b.size.height : e.height - y * m->bh;
    return b;
}

static const VkExtent3D no_limit = {UINT32_MAX, UINT32_MAX, UINT32_MAX};

/* ---- one region, both ways, on device and model ---- */

static void
buffer_region(struct kit *k, struct model *m, uint32_t *seed, bool to_image, bool newer)
{
    const uint32_t level = below(seed, m->img.info.mipLevels);
    const bool volume = m->img.info.imageType == VK_IMAGE_TYPE_3D;
    const uint32_t layer = below(seed, m->img.info.arrayLayers), layers = 1 + below(seed, m->img.info.arrayLayers - layer);
    const struct box b = random_box(m, level, seed, no_limit);
    const uint32_t row = below(seed, 2) ? (up(b.size.width, m->bw) + below(seed, 5)) * m->bw : 0;
    const uint32_t high = below(seed, 2) ? (up(b.size.height, m->bh) + below(seed, 3)) * m->bh : 0;
    const uint32_t align = m->aspect == VK_IMAGE_ASPECT_COLOR_BIT ? m->B : 4;
    const uint32_t offset_B = align * below(seed, 9) * (align % 4 ? 4 : 1);
    const uint32_t row_blocks = up(row ? row : b.size.width, m->bw), high_blocks = up(high ? high : b.size.height, m->bh);
    const uint32_t pieces = volume ? b.size.depth : layers;
    const size_t size_B = offset_B + (size_t)row_blocks * high_blocks * pieces * m->B + 64;
    uint8_t *want = kit_alloc(k, size_B);
    const struct model sample = *m;
    kit_noise(want, size_B, kit_random(seed));
    if (to_image) { /* what goes in must be numbers */
        for (size_t i = offset_B; i + m->B <= size_B; i += m->B) {
            const uint32_t l = below(seed, sample.img.info.mipLevels);
            memcpy(want + i, sample.data[l][0] + (size_t)below(seed, (uint32_t)(kit_level_B(&m->img, m->aspect, l) / m->B)) * m->B, m->B);
        }
    }
    const struct kit_buffer buf = kit_buffer(k, size_B, want);
    const VkBufferImageCopy r = {offset_B, row, high, {m->aspect, level, layer, layers}, b.at, b.size};
    const VkBufferImageCopy2 r2 = {VK_STRUCTURE_TYPE_BUFFER_IMAGE_COPY_2, NULL, offset_B, row, high,
                                   {m->aspect, level, layer, layers},     b.at, b.size};
    const VkCommandBuffer cmd = kit_begin(k);
    if (newer && to_image) {
        const VkCopyBufferToImageInfo2 info = {
            VK_STRUCTURE_TYPE_COPY_BUFFER_TO_IMAGE_INFO_2, NULL, buf.buffer, m->img.image, VK_IMAGE_LAYOUT_GENERAL, 1, &r2};
        k->vk.CmdCopyBufferToImage2(cmd, &info);
    } else if (newer) {
        const VkCopyImageToBufferInfo2 info = {
            VK_STRUCTURE_TYPE_COPY_IMAGE_TO_BUFFER_INFO_2, NULL, m->img.image, VK_IMAGE_LAYOUT_GENERAL, buf.buffer, 1, &r2};
        k->vk.CmdCopyImageToBuffer2(cmd, &info);
    } else if (to_image) {
        vkCmdCopyBufferToImage(cmd, buf.buffer, m->img.image, VK_IMAGE_LAYOUT_GENERAL, 1, &r);
    } else {
        vkCmdCopyImageToBuffer(cmd, m->img.image, VK_IMAGE_LAYOUT_GENERAL, buf.buffer, 1, &r);
    }
    kit_barrier(cmd);
    kit_submit(k, cmd);
    for (uint32_t p = 0; p < pieces; p++) {
        for (uint32_t y = 0; y < up(b.size.height, m->bh); y++) {
            for (uint32_t x = 0; x < up(b.size.width, m->bw); x++) {
                uint8_t *in_buffer = want + offset_B + (((size_t)p * high_blocks + y) * row_blocks + x) * m->B;
                uint8_t *in_image = at(m, level, volume ? layer : layer + p, (uint32_t)b.at.x + x * m->bw, (uint32_t)b.at.y + y * m->bh,
                                       volume ? (uint32_t)b.at.z + p : 0);
                if (to_image) {
                    memcpy(in_image, in_buffer, m->B);
                } else {
                    memcpy(in_buffer, in_image, m->B);
                    const uint8_t *got = (const uint8_t *)buf.data + (in_buffer - want);
                    REQUIRE(k, same_block(m, got, in_image), "%s aspect %#x: image to buffer: block %u,%u of piece %u",
                            kit_format(m->img.info.format)->name, m->aspect, x, y, p);
                    memcpy(in_buffer, got, m->B); /* undefined bits of 24-bit depth */
                }
            }
        }
    }
    kit_same(k, "the rest of the buffer", buf.data, want, size_B, 1, 0);
}

static void
image_region(struct kit *k, const struct model *s, struct model *d, uint32_t *seed, bool newer)
{
    const uint32_t sl = below(seed, s->img.info.mipLevels), dl = below(seed, d->img.info.mipLevels);
    const bool s3 = s->img.info.imageType == VK_IMAGE_TYPE_3D, d3 = d->img.info.imageType == VK_IMAGE_TYPE_3D;
    const struct box db = random_box(d, dl, seed, no_limit);
    VkExtent3D limit = {up(db.size.width, d->bw) * s->bw, up(db.size.height, d->bh) * s->bh, db.size.depth};
    struct box sb = random_box(s, sl, seed, limit);
    uint32_t slayer = below(seed, s->img.info.arrayLayers), dlayer = below(seed, d->img.info.arrayLayers);
    uint32_t pieces = 1 + below(seed, s3 ? sb.size.depth : s->img.info.arrayLayers - slayer);
    const uint32_t room = d3 ? kit_level_extent(&d->img, dl).depth - (uint32_t)db.at.z : d->img.info.arrayLayers - dlayer;
    pieces = pieces < room ? pieces : room;
    if (s->img.info.imageType == VK_IMAGE_TYPE_1D || d->img.info.imageType == VK_IMAGE_TYPE_1D) {
        pieces = s3 || d3 ? 1 : pieces; /* slices and layers of one kind of image only */
    }
    sb.size.depth = s3 || d3 ? pieces : 1;
    if (s->bw > 1 || d->bw > 1) { /* whole blocks of both images: partial ones must lie at both edges alike, not here */
        const VkExtent3D de = kit_level_extent(&d->img, dl);
        const uint32_t nx = sb.size.width / s->bw, ny = sb.size.height / s->bh;
        const uint32_t room_x = (de.width - (uint32_t)db.at.x) / d->bw, room_y = (de.height - (uint32_t)db.at.y) / d->bh;
        sb.size.width = (nx < room_x ? nx : room_x) * s->bw;
        sb.size.height = (ny < room_y ? ny : room_y) * s->bh;
        if (!sb.size.width || !sb.size.height) {
            return;
        }
    }
    const VkImageSubresourceLayers ss = {s->aspect, sl, slayer, s3 ? 1 : pieces}, ds = {d->aspect, dl, dlayer, d3 ? 1 : pieces};
    const VkImageCopy r = {ss, sb.at, ds, db.at, sb.size};
    const VkImageCopy2 r2 = {VK_STRUCTURE_TYPE_IMAGE_COPY_2, NULL, ss, sb.at, ds, db.at, sb.size};
    const VkCommandBuffer cmd = kit_begin(k);
    if (newer) {
        const VkCopyImageInfo2 info = {VK_STRUCTURE_TYPE_COPY_IMAGE_INFO_2,
                                       NULL,
                                       s->img.image,
                                       VK_IMAGE_LAYOUT_GENERAL,
                                       d->img.image,
                                       VK_IMAGE_LAYOUT_GENERAL,
                                       1,
                                       &r2};
        k->vk.CmdCopyImage2(cmd, &info);
    } else {
        vkCmdCopyImage(cmd, s->img.image, VK_IMAGE_LAYOUT_GENERAL, d->img.image, VK_IMAGE_LAYOUT_GENERAL, 1, &r);
    }
    kit_barrier(cmd);
    kit_submit(k, cmd);
    for (uint32_t p = 0; p < pieces; p++) {
        for (uint32_t y = 0; y < up(sb.size.height, s->bh); y++) {
            for (uint32_t x = 0; x < up(sb.size.width, s->bw); x++) {
                memcpy(at(d, dl, d3 ? dlayer : dlayer + p, (uint32_t)db.at.x + x * d->bw, (uint32_t)db.at.y + y * d->bh,
                          d3 ? (uint32_t)db.at.z + p : 0),
                       at(s, sl, s3 ? slayer : slayer + p, (uint32_t)sb.at.x + x * s->bw, (uint32_t)sb.at.y + y * s->bh,
                          s3 ? (uint32_t)sb.at.z + p : 0),
                       d->B);
            }
        }
    }
}

/* ---- images to copy between ---- */

static bool
copyable(const struct kit *k, VkFormat format, VkImageTiling tiling)
{
    const VkFormatFeatureFlags both = VK_FORMAT_FEATURE_TRANSFER_SRC_BIT | VK_FORMAT_FEATURE_TRANSFER_DST_BIT;
    return (kit_format_features(k, format, tiling) & both) == both;
}

static bool
make_image(struct kit *k, VkImageType type, VkFormat format, VkImageTiling tiling, uint32_t *seed, struct kit_image *img)
{
    VkImageCreateInfo info = {
        .imageType = type, .format = format, .tiling = tiling, .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT};
    const uint32_t w = 1 + below(seed, 37), h = 1 + below(seed, 21), d = 1 + below(seed, 6);
    info.extent = (VkExtent3D){w, type == VK_IMAGE_TYPE_1D ? 1 : h, type == VK_IMAGE_TYPE_3D ? d : 1};
    VkImageFormatProperties p;
    if (!copyable(k, format, tiling) ||
        vkGetPhysicalDeviceImageFormatProperties(k->physical, format, type, tiling, info.usage, 0, &p) != VK_SUCCESS) {
        return false;
    }
    uint32_t full = 1;
    while (full < MAX_LEVELS && (info.extent.width >> full || info.extent.height >> full || info.extent.depth >> full)) {
        full++;
    }
    info.mipLevels = 1 + below(seed, full < p.maxMipLevels ? full : p.maxMipLevels);
    info.arrayLayers = type == VK_IMAGE_TYPE_3D ? 1 : 1 + below(seed, p.maxArrayLayers < MAX_LAYERS ? p.maxArrayLayers : MAX_LAYERS);
    *img = kit_image(k, info);
    return true;
}

static void
each_format(struct kit *k, VkImageTiling tiling)
{
    uint32_t formats = 0;
    for (size_t i = 0; i < kit_n_format_infos; i++) {
        const struct kit_format_info *f = &kit_format_infos[i];
        uint32_t seed = 7 + (uint32_t)f->format * 977; /* the same for a format on every driver */
        struct kit_image img;
        if (f->chroma || !kit_format_defined(k, f) || !make_image(k, VK_IMAGE_TYPE_2D, f->format, tiling, &seed, &img)) {
            continue;
        }
        formats++;
        for (uint32_t left = img.aspects; left; left &= left - 1) {
            struct model m;
            model_init(k, &m, &img, (VkImageAspectFlagBits)(left & -left), &seed);
            for (int r = 0; r < 3; r++) {
                buffer_region(k, &m, &seed, r != 1, r == 2 && k->vk.CmdCopyImage2);
            }
            model_check(k, &m, "after buffer copies");
        }
    }
    printf("  %u formats\n", formats);
}

static void
case_formats_optimal(struct kit *k)
{
    each_format(k, VK_IMAGE_TILING_OPTIMAL);
}

static void
case_formats_linear(struct kit *k)
{
    each_format(k, VK_IMAGE_TILING_LINEAR);
}

static VkFormat
random_format(uint32_t *seed)
{
    static const VkFormat formats[] = {
        VK_FORMAT_R8_UNORM,
        VK_FORMAT_R8G8_UINT,
        VK_FORMAT_R5G6B5_UNORM_PACK16,
        VK_FORMAT_R8G8B8A8_UNORM,
        VK_FORMAT_R32_SFLOAT,
        VK_FORMAT_A2B10G10R10_UNORM_PACK32,
        VK_FORMAT_R16G16B16A16_SFLOAT,
        VK_FORMAT_R32G32_UINT,
        VK_FORMAT_R32G32B32A32_SFLOAT,
        VK_FORMAT_R32G32B32A32_UINT,
        VK_FORMAT_R8_SINT,
        VK_FORMAT_R16_SFLOAT,
        VK_FORMAT_BC1_RGBA_UNORM_BLOCK,
        VK_FORMAT_BC3_UNORM_BLOCK,
    };
    return formats[below(seed, ARRAY_LEN(formats))];
}

/* Pairs of images of any type, tiling and format of the same texel size. */
static void
pairs(struct kit *k, uint32_t seed, bool newer)
{
    static const VkImageType types[] = {VK_IMAGE_TYPE_1D, VK_IMAGE_TYPE_2D, VK_IMAGE_TYPE_2D, VK_IMAGE_TYPE_3D};
    uint32_t done = 0;
    for (uint32_t tries = 0; tries < 4000 && done < 60; tries++) {
        const VkFormat sf = random_format(&seed), df = random_format(&seed);
        const VkImageType st = types[below(&seed, 4)], dt = types[below(&seed, 4)];
        if (kit_format(sf)->block_B != kit_format(df)->block_B || (st == VK_IMAGE_TYPE_1D) != (dt == VK_IMAGE_TYPE_1D)) {
            continue;
        }
        const VkImageTiling tiling_s = below(&seed, 3) ? VK_IMAGE_TILING_OPTIMAL : VK_IMAGE_TILING_LINEAR;
        const VkImageTiling tiling_d = below(&seed, 3) ? VK_IMAGE_TILING_OPTIMAL : VK_IMAGE_TILING_LINEAR;
        struct kit_image a, b;
        if (!make_image(k, st, sf, tiling_s, &seed, &a) || !make_image(k, dt, df, tiling_d, &seed, &b)) {
            continue;
        }
        struct model s, d;
        model_init(k, &s, &a, VK_IMAGE_ASPECT_COLOR_BIT, &seed);
        model_init(k, &d, &b, VK_IMAGE_ASPECT_COLOR_BIT, &seed);
        for (int r = 0; r < 2; r++) {
            image_region(k, &s, &d, &seed, newer);
        }
        buffer_region(k, &d, &seed, false, newer);
        buffer_region(k, &d, &seed, true, newer);
        model_check(k, &s, "source of image copies");
        model_check(k, &d, "destination of image copies");
        done++;
    }
    CHECK(k, done == 60, "only %u pairs", done);
}

static void
case_images(struct kit *k)
{
    pairs(k, 1, false);
}

static void
case_images_2(struct kit *k)
{
    SKIP_UNLESS(k, k->vk.CmdCopyImage2, "no VK_KHR_copy_commands2");
    pairs(k, 2, true);
}

/* Both aspects in one copy; and layers that stay as they are. */
static void
case_depth_stencil_images(struct kit *k)
{
    static const VkFormat formats[] = {VK_FORMAT_D16_UNORM, VK_FORMAT_D32_SFLOAT, VK_FORMAT_S8_UINT, VK_FORMAT_D24_UNORM_S8_UINT,
                                       VK_FORMAT_D32_SFLOAT_S8_UINT};
    uint32_t seed = 5;
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        if (!copyable(k, formats[i], VK_IMAGE_TILING_OPTIMAL)) {
            continue;
        }
        const VkImageCreateInfo info = {.imageType = VK_IMAGE_TYPE_2D,
                                        .format = formats[i],
                                        .extent = {23, 14, 1},
                                        .arrayLayers = 2,
                                        .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT};
        const struct kit_image a = kit_image(k, info), b = kit_image(k, info);
        struct model s[2], d[2];
        uint32_t n = 0;
        for (uint32_t left = a.aspects; left; left &= left - 1, n++) {
            model_init(k, &s[n], &a, (VkImageAspectFlagBits)(left & -left), &seed);
            model_init(k, &d[n], &b, (VkImageAspectFlagBits)(left & -left), &seed);
        }
        const VkImageCopy r = {{a.aspects, 0, 0, 1}, {3, 2, 0}, {a.aspects, 0, 1, 1}, {5, 1, 0}, {17, 12, 1}};
        const VkCommandBuffer cmd = kit_begin(k);
        vkCmdCopyImage(cmd, a.image, VK_IMAGE_LAYOUT_GENERAL, b.image, VK_IMAGE_LAYOUT_GENERAL, 1, &r);
        kit_submit(k, cmd);
        for (uint32_t m = 0; m < n; m++) {
            for (uint32_t y = 0; y < 12; y++) {
                memcpy(at(&d[m], 0, 1, 5, 1 + y, 0), at(&s[m], 0, 0, 3, 2 + y, 0), (size_t)17 * s[m].B);
            }
            model_check(k, &d[m], "depth and stencil");
        }
    }
}

/* The subresource layout of a linear image is where its texels are. */
static void
case_subresource_layout(struct kit *k)
{
    uint32_t seed = 3;
    struct kit_image img;
    if (!make_image(k, VK_IMAGE_TYPE_2D, VK_FORMAT_R8G8B8A8_UNORM, VK_IMAGE_TILING_LINEAR, &seed, &img)) {
        kit_fail(k, __FILE__, __LINE__, "no linear RGBA8 images");
        return;
    }
    struct model m;
    model_init(k, &m, &img, VK_IMAGE_ASPECT_COLOR_BIT, &seed);
    uint8_t *p;
    MUST(vkMapMemory(k->device, img.memory, 0, VK_WHOLE_SIZE, 0, (void **)&p));
    for (uint32_t l = 0; l < img.info.mipLevels; l++) {
        for (uint32_t a = 0; a < img.info.arrayLayers; a++) {
            const VkImageSubresource sub = {VK_IMAGE_ASPECT_COLOR_BIT, l, a};
            VkSubresourceLayout layout;
            vkGetImageSubresourceLayout(k->device, img.image, &sub, &layout);
            const VkExtent3D e = kit_level_extent(&img, l);
            CHECK(k,
                  layout.rowPitch >= (VkDeviceSize)e.width * 4 &&
                      layout.size >= layout.rowPitch * (e.height - 1) + (VkDeviceSize)e.width * 4,
                  "level %u: pitch %llu, size %llu", l, (unsigned long long)layout.rowPitch, (unsigned long long)layout.size);
            for (uint32_t y = 0; y < e.height; y++) {
                kit_same(k, "row in memory", p + layout.offset + y * layout.rowPitch, at(&m, l, a, 0, y, 0), e.width, 4, 0);
            }
        }
    }
    vkUnmapMemory(k->device, img.memory);
}

/* ---- buffers ---- */

static void
case_buffers(struct kit *k)
{
    enum { N = 3000000 };
    uint8_t *want = kit_alloc(k, N), *data = kit_alloc(k, N);
    kit_noise(data, N, 1);
    kit_noise(want, N, 2);
    const struct kit_buffer a = kit_buffer(k, N, data), b = kit_buffer(k, N, want);
    uint32_t seed = 9;
    VkBufferCopy regions[8];
    const VkCommandBuffer cmd = kit_begin(k);
    for (uint32_t i = 0; i < ARRAY_LEN(regions); i++) { /* each in its own eighth of the destination */
        const uint32_t eighth = N / 8, n = i == 7 ? eighth : 1 + below(&seed, i < 4 ? 300 : eighth - 1);
        regions[i] = (VkBufferCopy){below(&seed, N - n), i * eighth + below(&seed, eighth - n + 1), n};
        memcpy(want + regions[i].dstOffset, data + regions[i].srcOffset, n);
    }
    vkCmdCopyBuffer(cmd, a.buffer, b.buffer, ARRAY_LEN(regions), regions);
    kit_barrier(cmd);
    if (k->vk.CmdCopyBuffer2) { /* and within one buffer */
        const VkBufferCopy2 r = {VK_STRUCTURE_TYPE_BUFFER_COPY_2, NULL, 11, 700001, 600000};
        const VkCopyBufferInfo2 info = {VK_STRUCTURE_TYPE_COPY_BUFFER_INFO_2, NULL, b.buffer, b.buffer, 1, &r};
        k->vk.CmdCopyBuffer2(cmd, &info);
        memcpy(want + 700001, want + 11, 600000);
    }
    kit_barrier(cmd);
    kit_submit(k, cmd);
    kit_same(k, "copied", b.data, want, N, 1, 0);
}

static void
case_fill_update(struct kit *k)
{
    enum { N = 700003 };
    uint8_t *want = kit_alloc(k, N), *data = kit_alloc(k, 65536);
    kit_noise(want, N, 1);
    kit_noise(data, 65536, 2);
    const struct kit_buffer b = kit_buffer(k, N, want);
    const VkCommandBuffer cmd = kit_begin(k);
    const uint32_t word = 0x12345678;
    vkCmdFillBuffer(cmd, b.buffer, 16, 300004, word);
    vkCmdFillBuffer(cmd, b.buffer, 600000, VK_WHOLE_SIZE, ~word); /* the last three bytes stay */
    vkCmdUpdateBuffer(cmd, b.buffer, 400000, 65536, data);
    vkCmdUpdateBuffer(cmd, b.buffer, 8, 4, data);
    memset(data, 0, 65536); /* the command keeps its own copy */
    kit_barrier(cmd);
    kit_submit(k, cmd);
    kit_noise(data, 65536, 2);
    for (uint32_t i = 0; i < 300004; i += 4) {
        memcpy(want + 16 + i, &word, 4);
    }
    for (uint32_t i = 600000; i + 4 <= N; i += 4) {
        const uint32_t v = ~word;
        memcpy(want + i, &v, 4);
    }
    memcpy(want + 400000, data, 65536);
    memcpy(want + 8, data, 4);
    kit_same(k, "filled", b.data, want, N, 1, 0);
}

/* Memory offsets: buffers and images share one allocation. */
static void
case_suballocated(struct kit *k)
{
    const VkBufferCreateInfo info = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
                                     .size = 1000,
                                     .usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT};
    VkBuffer b[4];
    VkMemoryRequirements need = {0};
    for (int i = 0; i < 4; i++) {
        MUST(vkCreateBuffer(k->device, &info, NULL, &b[i]));
        KIT_OWN(k, VK_OBJECT_TYPE_BUFFER, b[i]);
        vkGetBufferMemoryRequirements(k->device, b[i], &need);
    }
    const VkDeviceSize step_B = (need.size + need.alignment - 1) / need.alignment * need.alignment;
    const VkDeviceMemory memory =
        kit_memory(k, step_B * 4, need.memoryTypeBits, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT, NULL);
    const VkCommandBuffer cmd = kit_begin(k);
    for (uint32_t i = 0; i < 4; i++) {
        MUST(vkBindBufferMemory(k->device, b[i], memory, step_B * i));
        vkCmdFillBuffer(cmd, b[i], 0, VK_WHOLE_SIZE, 0x01010101 * (i + 1));
    }
    kit_barrier(cmd);
    kit_submit(k, cmd);
    uint8_t *p;
    MUST(vkMapMemory(k->device, memory, step_B, step_B, 0, (void **)&p)); /* the second buffer only */
    CHECK(k, p[0] == 2 && p[999] == 2, "mapped at an offset: %u, %u", p[0], p[999]);
    const VkMappedMemoryRange range = {VK_STRUCTURE_TYPE_MAPPED_MEMORY_RANGE, NULL, memory, step_B, VK_WHOLE_SIZE};
    CHECK_VK(k, vkFlushMappedMemoryRanges(k->device, 1, &range));
    CHECK_VK(k, vkInvalidateMappedMemoryRanges(k->device, 1, &range));
    vkUnmapMemory(k->device, memory);
    MUST(vkMapMemory(k->device, memory, 0, VK_WHOLE_SIZE, 0, (void **)&p));
    for (uint32_t i = 0; i < 4; i++) {
        CHECK(k, p[step_B * i] == i + 1 && p[step_B * i + 999] == i + 1, "buffer %u", i);
    }
    VkDeviceSize committed = 0;
    if (k->memory.memoryTypes[0].propertyFlags & VK_MEMORY_PROPERTY_LAZILY_ALLOCATED_BIT) {
        vkGetDeviceMemoryCommitment(k->device, memory, &committed);
    }
}

static const struct kit_case cases[] = {
    {"buffers", case_buffers},
    {"fill_update", case_fill_update},
    {"suballocated", case_suballocated},
    {"formats_optimal", case_formats_optimal},
    {"formats_linear", case_formats_linear},
    {"images", case_images},
    {"images_2", case_images_2},
    {"depth_stencil_images", case_depth_stencil_images},
    {"subresource_layout", case_subresource_layout},
};
KIT_MAIN(cases)
