/* Clears of images and blits, against scalar references. SPEC: clears, copies-imagescaling. */
#include "kit.h"

static const uint32_t W = 21, H = 13;

static bool
usable(const struct kit *k, const struct kit_format_info *f, VkFormatFeatureFlags wanted)
{
    return !f->chroma && !f->compressed && kit_format_defined(k, f) &&
           (kit_format_features(k, f->format, VK_IMAGE_TILING_OPTIMAL) & wanted) == wanted;
}

/* The largest difference of components, in units of the last place for normalised formats, relative for floats. */
static double
texel_error(VkFormat format, const void *got, const void *want)
{
    const struct kit_format_info *f = kit_format(format);
    const union kit_texel g = kit_unpack(format, got), w = kit_unpack(format, want);
    double worst = 0;
    for (unsigned i = 0; i < f->n; i++) {
        const unsigned s = f->c[i].name == 'G' ? 1 : f->c[i].name == 'B' ? 2 : f->c[i].name == 'A' ? 3 : 0;
        const double codes = ldexp(1.0, (int)f->c[i].bits - (f->c[i].numeric == KIT_SNORM)) - 1;
        double e;
        switch (f->c[i].numeric) {
        case KIT_UINT:
        case KIT_SINT: e = g.i[s] == w.i[s] ? 0 : 1e9; break;
        case KIT_UNORM:
        case KIT_SNORM: e = fabs(g.f[s] - w.f[s]) * codes; break;
        case KIT_SRGB: e = fabs(kit_linear_to_srgb(g.f[s]) - kit_linear_to_srgb(w.f[s])) * codes; break;
        default: e = fabs(g.f[s] - w.f[s]) / fmax(1.0, fabs(w.f[s])); break;
        }
        worst = fmax(worst, e);
    }
    return worst;
}

static void
clear_one(struct kit *k, const struct kit_format_info *f, VkImageTiling tiling, const VkClearColorValue *color)
{
    const struct kit_image img =
        kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_2D,
                                         .format = f->format,
                                         .extent = {W, H, 1},
                                         .mipLevels = 3,
                                         .arrayLayers = 2,
                                         .tiling = tiling,
                                         .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT});
    uint8_t *before = kit_alloc(k, (size_t)W * H * f->block_B), want[16] = {0};
    kit_noise_texels(f->format, before, (size_t)W * H, 1);
    kit_upload(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, before);
    kit_upload(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, before);
    /* Layer 0: levels 1 and 2; layer 1: all from level 0. Layer 0 of level 0 stays. */
    const VkImageSubresourceRange ranges[2] = {{VK_IMAGE_ASPECT_COLOR_BIT, 1, VK_REMAINING_MIP_LEVELS, 0, 1},
                                               {VK_IMAGE_ASPECT_COLOR_BIT, 0, 3, 1, VK_REMAINING_ARRAY_LAYERS}};
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdClearColorImage(cmd, img.image, VK_IMAGE_LAYOUT_GENERAL, color, 2, ranges);
    kit_submit(k, cmd);
    union kit_texel t;
    for (int c = 0; c < 4; c++) {
        if (kit_format_is_int(f->format)) {
            t.i[c] = f->c[0].numeric == KIT_UINT ? (int64_t)color->uint32[c] : color->int32[c];
        } else {
            t.f[c] = (double)color->float32[c];
        }
    }
    kit_pack(f->format, t, want);
    for (uint32_t level = 0; level < 3; level++) {
        for (uint32_t layer = 0; layer < 2; layer++) {
            const uint8_t *got = kit_read(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, level, layer);
            if (level == 0 && layer == 0) {
                kit_same(k, "layer not named", got, before, (size_t)W * H, f->block_B, W);
                continue;
            }
            const size_t n = kit_level_B(&img, VK_IMAGE_ASPECT_COLOR_BIT, level) / f->block_B;
            for (size_t i = 0; i < n; i++) {
                const double e = texel_error(f->format, got + i * f->block_B, want);
                /* SPEC: fundamentals-fpfixedconv: one of the two nearest codes */
                REQUIRE(k, e <= (!kit_ours(k) ? 1.01 : kit_format_is_srgb(f->format) ? 0.6 : 1e-9), "%s, tiling %d, level %u layer %u texel %zu: off by %g",
                        f->name, tiling, level, layer, i, e);
            }
        }
    }
}

static void
case_clear_color(struct kit *k)
{
    for (size_t i = 0; i < kit_n_format_infos; i++) {
        const struct kit_format_info *f = &kit_format_infos[i];
        if (!(kit_aspects(f->format) & VK_IMAGE_ASPECT_COLOR_BIT) || f->c[0].bits > 32 ||
            !usable(k, f, VK_FORMAT_FEATURE_TRANSFER_SRC_BIT | VK_FORMAT_FEATURE_TRANSFER_DST_BIT)) {
            continue;
        }
        const VkClearColorValue inside = kit_format_is_int(f->format) ? (VkClearColorValue){.uint32 = {1, 2, 0, 3}}
                                                                      : (VkClearColorValue){.float32 = {0.25f, 0.8f, 1.0f, 0.5f}};
        const VkClearColorValue outside = kit_format_is_int(f->format) ? (VkClearColorValue){.uint32 = {0, 1, 3, 2}}
                                                                       : (VkClearColorValue){.float32 = {-0.5f, 0.0f, 7.5f, 1.0f}};
        clear_one(k, f, VK_IMAGE_TILING_OPTIMAL, &inside);
        clear_one(k, f, VK_IMAGE_TILING_OPTIMAL, &outside);
        if (kit_format_features(k, f->format, VK_IMAGE_TILING_LINEAR) & VK_FORMAT_FEATURE_TRANSFER_DST_BIT) {
            VkImageFormatProperties p;
            if (vkGetPhysicalDeviceImageFormatProperties(k->physical, f->format, VK_IMAGE_TYPE_2D, VK_IMAGE_TILING_LINEAR,
                                                         VK_IMAGE_USAGE_TRANSFER_DST_BIT, 0, &p) == VK_SUCCESS &&
                p.maxMipLevels >= 3 && p.maxArrayLayers >= 2) {
                clear_one(k, f, VK_IMAGE_TILING_LINEAR, &inside);
            }
        }
    }
}

static void
case_clear_volume(struct kit *k)
{
    const struct kit_image img =
        kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_3D,
                                         .format = VK_FORMAT_R16G16_UINT,
                                         .extent = {9, 6, 5},
                                         .mipLevels = 2,
                                         .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT});
    const VkClearColorValue color = {.uint32 = {0x1234, 0xabcd}};
    const VkImageSubresourceRange range = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 2, 0, 1};
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdClearColorImage(cmd, img.image, VK_IMAGE_LAYOUT_GENERAL, &color, 1, &range);
    kit_submit(k, cmd);
    for (uint32_t level = 0; level < 2; level++) {
        const uint32_t *got = kit_read(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, level, 0);
        for (size_t i = 0; i < kit_level_B(&img, VK_IMAGE_ASPECT_COLOR_BIT, level) / 4; i++) {
            REQUIRE(k, got[i] == 0xabcd1234u, "level %u texel %zu: %#x", level, i, got[i]);
        }
    }
}

static void
case_clear_depth_stencil(struct kit *k)
{
    static const VkFormat formats[] = {VK_FORMAT_D16_UNORM,         VK_FORMAT_X8_D24_UNORM_PACK32, VK_FORMAT_D32_SFLOAT,
                                       VK_FORMAT_S8_UINT,           VK_FORMAT_D16_UNORM_S8_UINT,   VK_FORMAT_D24_UNORM_S8_UINT,
                                       VK_FORMAT_D32_SFLOAT_S8_UINT};
    const float depths[] = {0.0f, 1.0f, 0.3f};
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        const struct kit_format_info *f = kit_format(formats[i]);
        if (!usable(k, f,
                    VK_FORMAT_FEATURE_TRANSFER_SRC_BIT | VK_FORMAT_FEATURE_TRANSFER_DST_BIT |
                        VK_FORMAT_FEATURE_DEPTH_STENCIL_ATTACHMENT_BIT)) {
            continue;
        }
        for (size_t v = 0; v < ARRAY_LEN(depths); v++) {
            const struct kit_image img = kit_image_2d(k, formats[i], W, H);
            const VkClearDepthStencilValue value = {depths[v], 0xa5};
            const VkImageSubresourceRange both = {img.aspects, 0, 1, 0, 1}, depth_only = {VK_IMAGE_ASPECT_DEPTH_BIT, 0, 1, 0, 1};
            const VkClearDepthStencilValue other = {0.5f, 0x11};
            const VkCommandBuffer cmd = kit_begin(k);
            vkCmdClearDepthStencilImage(cmd, img.image, VK_IMAGE_LAYOUT_GENERAL, &value, 1, &both);
            if (v == 2 && img.aspects == (VK_IMAGE_ASPECT_DEPTH_BIT | VK_IMAGE_ASPECT_STENCIL_BIT)) { /* the stencil must stay */
                kit_barrier(cmd);
                vkCmdClearDepthStencilImage(cmd, img.image, VK_IMAGE_LAYOUT_GENERAL, &other, 1, &depth_only);
            }
            kit_submit(k, cmd);
            const bool again = v == 2 && img.aspects == (VK_IMAGE_ASPECT_DEPTH_BIT | VK_IMAGE_ASPECT_STENCIL_BIT);
            const double want = again ? 0.5 : (double)depths[v];
            if (img.aspects & VK_IMAGE_ASPECT_DEPTH_BIT) {
                const uint32_t B = kit_texel_B(formats[i], VK_IMAGE_ASPECT_DEPTH_BIT);
                const uint8_t *got = kit_read(k, &img, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0);
                for (size_t t = 0; t < (size_t)W * H; t++) {
                    uint32_t word = 0;
                    memcpy(&word, got + t * B, B);
                    float as_float;
                    memcpy(&as_float, &word, 4);
                    const double d = f->c[0].numeric == KIT_SFLOAT ? (double)as_float
                                     : B == 2                      ? word / 65535.0
                                                                   : (word & 0xffffff) / 16777215.0;
                    REQUIRE(k, fabs(d - want) <= 0.5 / (B == 2 ? 65535 : 16777215), "%s: depth %.9g, not %.9g", f->name, d, want);
                }
            }
            if (img.aspects & VK_IMAGE_ASPECT_STENCIL_BIT) {
                const uint8_t *got = kit_read(k, &img, VK_IMAGE_ASPECT_STENCIL_BIT, 0, 0);
                for (size_t t = 0; t < (size_t)W * H; t++) {
                    REQUIRE(k, got[t] == 0xa5, "%s: stencil %#x", f->name, got[t]);
                }
            }
        }
    }
}

/* ---- blits ---- */

struct blit {
    VkOffset3D s[2], d[2];
};

static double
source_of(double x, int s0, int s1, int d0, int d1)
{
    return s0 + (x + 0.5 - d0) * (double)(s1 - s0) / (double)(d1 - d0);
}

static int
clamp_to(int v, int n)
{
    return v < 0 ? 0 : v >= n ? n - 1 : v;
}

static const uint8_t *
texel_at(const uint8_t *data, VkExtent3D e, uint32_t B, int x, int y, int z)
{
    return data + (((size_t)clamp_to(z, (int)e.depth) * e.height + (size_t)clamp_to(y, (int)e.height)) * e.width +
                   (size_t)clamp_to(x, (int)e.width)) *
                      B;
}

static void
add_weighted(union kit_texel *sum, const union kit_texel *t, double w)
{
    for (int c = 0; c < 4; c++) {
        sum->f[c] += t->f[c] * w;
    }
}

/* One destination texel. False: a coordinate so near to the edge between two texels that either is right. */
static bool
reference(const struct blit *b, VkFormat sf, VkExtent3D se, const uint8_t *src, bool linear, int x, int y, int z, union kit_texel *out)
{
    const double u = source_of(x, b->s[0].x, b->s[1].x, b->d[0].x, b->d[1].x), v = source_of(y, b->s[0].y, b->s[1].y, b->d[0].y, b->d[1].y);
    const double w = source_of(z, b->s[0].z, b->s[1].z, b->d[0].z, b->d[1].z);
    const uint32_t B = kit_format(sf)->block_B;
    if (!linear) {
        const double edge = fmin(fmin(fabs(u - round(u)), fabs(v - round(v))), fabs(w - round(w)));
        *out = kit_unpack(sf, texel_at(src, se, B, (int)floor(u), (int)floor(v), (int)floor(w)));
        return edge > 1e-4;
    }
    const double fu = floor(u - 0.5), fv = floor(v - 0.5), fw = se.depth > 1 ? floor(w - 0.5) : 0;
    const double a = u - 0.5 - fu, c = v - 0.5 - fv, g = se.depth > 1 ? w - 0.5 - fw : 0;
    *out = (union kit_texel){.f = {0}};
    for (int i = 0; i < 8; i++) {
        const union kit_texel t = kit_unpack(sf, texel_at(src, se, B, (int)fu + (i & 1), (int)fv + (i >> 1 & 1), (int)fw + (i >> 2)));
        add_weighted(out, &t, (i & 1 ? a : 1 - a) * (i >> 1 & 1 ? c : 1 - c) * (i >> 2 ? g : 1 - g));
    }
    return true;
}

static void
check_blit(struct kit *k, const struct blit *b, const struct kit_image *src, const struct kit_image *dst, const uint8_t *from, bool linear,
           double tolerance)
{
    const VkFormat sf = src->info.format, df = dst->info.format;
    const uint32_t B = kit_format(df)->block_B;
    const VkExtent3D e = dst->info.extent;
    uint8_t *before = kit_alloc(k, kit_level_B(dst, VK_IMAGE_ASPECT_COLOR_BIT, 0));
    kit_noise_texels(df, before, kit_level_B(dst, VK_IMAGE_ASPECT_COLOR_BIT, 0) / B, 77);
    kit_upload(k, dst, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, before);
    const VkImageBlit r = {.srcSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1},
                           .dstSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1},
                           .srcOffsets = {b->s[0], b->s[1]},
                           .dstOffsets = {b->d[0], b->d[1]}};
    const VkCommandBuffer cmd = kit_begin(k);
    if (k->vk.CmdBlitImage2 && linear) {
        const VkImageBlit2 r2 = {.sType = VK_STRUCTURE_TYPE_IMAGE_BLIT_2,
                                 .srcSubresource = r.srcSubresource,
                                 .dstSubresource = r.dstSubresource,
                                 .srcOffsets = {b->s[0], b->s[1]},
                                 .dstOffsets = {b->d[0], b->d[1]}};
        const VkBlitImageInfo2 info = {VK_STRUCTURE_TYPE_BLIT_IMAGE_INFO_2,
                                       NULL,
                                       src->image,
                                       VK_IMAGE_LAYOUT_GENERAL,
                                       dst->image,
                                       VK_IMAGE_LAYOUT_GENERAL,
                                       1,
                                       &r2,
                                       VK_FILTER_LINEAR};
        k->vk.CmdBlitImage2(cmd, &info);
    } else {
        vkCmdBlitImage(cmd, src->image, VK_IMAGE_LAYOUT_GENERAL, dst->image, VK_IMAGE_LAYOUT_GENERAL, 1, &r,
                       linear ? VK_FILTER_LINEAR : VK_FILTER_NEAREST);
    }
    kit_submit(k, cmd);
    const uint8_t *got = kit_read(k, dst, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    for (int z = 0; z < (int)e.depth; z++) {
        for (int y = 0; y < (int)e.height; y++) {
            for (int x = 0; x < (int)e.width; x++) {
                const bool inside =
                    (x >= b->d[0].x) != (x >= b->d[1].x) && (y >= b->d[0].y) != (y >= b->d[1].y) && (z >= b->d[0].z) != (z >= b->d[1].z);
                uint8_t want[16];
                if (!inside) {
                    memcpy(want, texel_at(before, e, B, x, y, z), B);
                } else {
                    union kit_texel t;
                    if (!reference(b, sf, src->info.extent, from, linear, x, y, z, &t)) {
                        continue;
                    }
                    kit_pack(df, t, want);
                }
                const double err = texel_error(df, texel_at(got, e, B, x, y, z), want);
                REQUIRE(k, err <= (inside ? tolerance : 0), "%s to %s, %s, %d,%d,%d: off by %g", kit_format(sf)->name, kit_format(df)->name,
                        linear ? "linear" : "nearest", x, y, z, err);
            }
        }
    }
}

static void
blit_pair(struct kit *k, VkImageType type, VkFormat sf, VkFormat df, VkExtent3D se, VkExtent3D de, const struct blit *blits, uint32_t n,
          bool linear, double tolerance)
{
    const VkImageUsageFlags usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT;
    if (!usable(k, kit_format(sf), VK_FORMAT_FEATURE_BLIT_SRC_BIT | (linear ? VK_FORMAT_FEATURE_SAMPLED_IMAGE_FILTER_LINEAR_BIT : 0)) ||
        !usable(k, kit_format(df), VK_FORMAT_FEATURE_BLIT_DST_BIT)) {
        return;
    }
    const struct kit_image src = kit_image(k, (VkImageCreateInfo){.imageType = type, .format = sf, .extent = se, .usage = usage});
    const struct kit_image dst = kit_image(k, (VkImageCreateInfo){.imageType = type, .format = df, .extent = de, .usage = usage});
    const size_t size_B = kit_level_B(&src, VK_IMAGE_ASPECT_COLOR_BIT, 0);
    uint8_t *from = kit_alloc(k, size_B);
    kit_noise_texels(sf, from, size_B / kit_format(sf)->block_B, 5);
    kit_upload(k, &src, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, from);
    for (uint32_t i = 0; i < n; i++) {
        check_blit(k, &blits[i], &src, &dst, from, linear, tolerance);
    }
}

static const struct blit flat[] = {
    {{{0, 0, 0}, {19, 11, 1}}, {{0, 0, 0}, {19, 11, 1}}}, /* as is */
    {{{0, 0, 0}, {19, 11, 1}}, {{1, 2, 0}, {39, 24, 1}}}, /* twice as large */
    {{{2, 1, 0}, {18, 9, 1}}, {{0, 0, 0}, {8, 4, 1}}},    /* half */
    {{{3, 2, 0}, {16, 9, 1}}, {{36, 21, 0}, {5, 3, 1}}},  /* flipped both ways, odd ratios */
    {{{19, 0, 0}, {0, 11, 1}}, {{0, 0, 0}, {40, 25, 1}}}, /* flipped source */
};
static const VkExtent3D flat_s = {19, 11, 1}, flat_d = {40, 25, 1};

static void
case_blit_nearest(struct kit *k)
{
    static const VkFormat pairs[][2] = {
        {VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_R8G8B8A8_UNORM},
        {VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_B8G8R8A8_UNORM},
        {VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_R16G16B16A16_SFLOAT},
        {VK_FORMAT_R8G8B8A8_SRGB, VK_FORMAT_R8G8B8A8_UNORM},
        {VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_R8G8B8A8_SRGB},
        {VK_FORMAT_R32G32B32A32_SFLOAT, VK_FORMAT_R8G8B8A8_SNORM},
        {VK_FORMAT_R16G16B16A16_SNORM, VK_FORMAT_A2B10G10R10_UNORM_PACK32},
        {VK_FORMAT_R5G6B5_UNORM_PACK16, VK_FORMAT_R8G8B8A8_UNORM},
        {VK_FORMAT_R8_UNORM, VK_FORMAT_R32G32B32A32_SFLOAT},
        {VK_FORMAT_E5B9G9R9_UFLOAT_PACK32, VK_FORMAT_B10G11R11_UFLOAT_PACK32},
        {VK_FORMAT_R8_UINT, VK_FORMAT_R32G32B32A32_UINT},
        {VK_FORMAT_R32G32B32A32_UINT, VK_FORMAT_R8G8_UINT},
        {VK_FORMAT_R32G32_SINT, VK_FORMAT_R16G16B16A16_SINT},
        {VK_FORMAT_A2B10G10R10_UINT_PACK32, VK_FORMAT_R16G16B16A16_UINT},
    };
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        const bool exact = pairs[i][0] == pairs[i][1] || kit_format_is_int(pairs[i][0]);
        const bool is_float = kit_format(pairs[i][1])->c[0].numeric == KIT_SFLOAT || kit_format(pairs[i][1])->c[0].numeric == KIT_UFLOAT;
        const double tolerance = exact ? 0 : !is_float ? 1.01 : pairs[i][1] == VK_FORMAT_B10G11R11_UFLOAT_PACK32 ? 0.02 : 0.001;
        blit_pair(k, VK_IMAGE_TYPE_2D, pairs[i][0], pairs[i][1], flat_s, flat_d, flat, ARRAY_LEN(flat), false, tolerance);
    }
}

static void
case_blit_linear(struct kit *k)
{
    static const struct {
        VkFormat s, d;
        double tolerance;
    } pairs[] = {
        {VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_R8G8B8A8_UNORM, 1.6},
        {VK_FORMAT_R8G8B8A8_SRGB, VK_FORMAT_R8G8B8A8_SRGB, 3.0},
        {VK_FORMAT_R16G16B16A16_SFLOAT, VK_FORMAT_R32G32B32A32_SFLOAT, 0.02},
        {VK_FORMAT_R16G16_UNORM, VK_FORMAT_R8G8B8A8_UNORM, 1.6},
        {VK_FORMAT_R8G8B8A8_SNORM, VK_FORMAT_R16G16B16A16_SFLOAT, 0.02},
    };
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        blit_pair(k, VK_IMAGE_TYPE_2D, pairs[i].s, pairs[i].d, flat_s, flat_d, flat, ARRAY_LEN(flat), true, pairs[i].tolerance);
    }
}

static void
case_blit_volume(struct kit *k)
{
    static const struct blit deep[] = {
        {{{0, 0, 0}, {9, 7, 5}}, {{0, 0, 0}, {18, 14, 10}}},
        {{{1, 0, 4}, {8, 6, 1}}, {{2, 1, 1}, {16, 13, 7}}}, /* flipped in depth */
        {{{0, 0, 0}, {8, 6, 4}}, {{0, 0, 0}, {4, 3, 2}}},
    };
    const VkExtent3D s = {9, 7, 5}, d = {18, 14, 10};
    blit_pair(k, VK_IMAGE_TYPE_3D, VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_R8G8B8A8_UNORM, s, d, deep, ARRAY_LEN(deep), false, 0);
    blit_pair(k, VK_IMAGE_TYPE_3D, VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_R8G8B8A8_UNORM, s, d, deep, ARRAY_LEN(deep), true, 1.6);
}

static void
case_blit_line(struct kit *k)
{
    static const struct blit lines[] = {{{{0, 0, 0}, {17, 1, 1}}, {{30, 0, 0}, {1, 1, 1}}}};
    const VkExtent3D s = {17, 1, 1}, d = {33, 1, 1};
    blit_pair(k, VK_IMAGE_TYPE_1D, VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_R8G8B8A8_UNORM, s, d, lines, 1, false, 0);
    blit_pair(k, VK_IMAGE_TYPE_1D, VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_R8G8B8A8_UNORM, s, d, lines, 1, true, 1.6);
}

/* Layers, and a chain of mip levels made by blits from each level to the next. */
static void
case_blit_mips(struct kit *k)
{
    const VkFormat format = VK_FORMAT_R32G32B32A32_SFLOAT;
    const struct kit_image img =
        kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_2D,
                                         .format = format,
                                         .extent = {32, 16, 1},
                                         .mipLevels = 5,
                                         .arrayLayers = 3,
                                         .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT});
    SKIP_UNLESS(k,
                usable(k, kit_format(format),
                       VK_FORMAT_FEATURE_BLIT_SRC_BIT | VK_FORMAT_FEATURE_BLIT_DST_BIT | VK_FORMAT_FEATURE_SAMPLED_IMAGE_FILTER_LINEAR_BIT),
                "no linear blits of RGBA32F");
    float *data = kit_alloc(k, 32 * 16 * 16);
    for (uint32_t layer = 0; layer < 3; layer++) {
        for (uint32_t i = 0; i < 32 * 16; i++) { /* the mean of any aligned box is exact */
            data[i * 4] = (float)(i % 32);
            data[i * 4 + 1] = (float)(i / 32);
            data[i * 4 + 2] = (float)layer;
            data[i * 4 + 3] = 1;
        }
        kit_upload(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 0, layer, data);
    }
    const VkCommandBuffer cmd = kit_begin(k);
    for (uint32_t l = 1; l < 5; l++) {
        const VkImageBlit r = {.srcSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, l - 1, 0, 3},
                               .dstSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, l, 0, 3},
                               .srcOffsets = {{0, 0, 0}, {32 >> (l - 1), 16 >> (l - 1), 1}},
                               .dstOffsets = {{0, 0, 0}, {32 >> l, 16 >> l, 1}}};
        vkCmdBlitImage(cmd, img.image, VK_IMAGE_LAYOUT_GENERAL, img.image, VK_IMAGE_LAYOUT_GENERAL, 1, &r, VK_FILTER_LINEAR);
        kit_barrier(cmd);
    }
    kit_submit(k, cmd);
    for (uint32_t layer = 0; layer < 3; layer++) {
        const float *got = kit_read(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 4, layer),
                    want[8] = {7.5f, 7.5f, (float)layer, 1, 23.5f, 7.5f, (float)layer, 1};
        kit_close(k, "last level", got, want, 8, 1e-5f);
    }
}

static void
case_blit_depth(struct kit *k)
{
    static const VkFormat formats[] = {VK_FORMAT_D16_UNORM, VK_FORMAT_D32_SFLOAT, VK_FORMAT_D32_SFLOAT_S8_UINT};
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        if (!usable(k, kit_format(formats[i]), VK_FORMAT_FEATURE_BLIT_SRC_BIT | VK_FORMAT_FEATURE_BLIT_DST_BIT)) {
            continue;
        }
        const struct kit_image a = kit_image_2d(k, formats[i], 8, 8), b = kit_image_2d(k, formats[i], 16, 16);
        const uint32_t B = kit_texel_B(formats[i], VK_IMAGE_ASPECT_DEPTH_BIT);
        uint8_t *data = kit_alloc(k, (size_t)64 * B), *want = kit_alloc(k, (size_t)256 * B);
        for (uint32_t t = 0; t < 64; t++) {
            const float d = (float)t / 64.0f;
            const uint16_t u = (uint16_t)(t * 1000);
            memcpy(data + (size_t)t * B, B == 2 ? (const void *)&u : (const void *)&d, B);
        }
        for (uint32_t t = 0; t < 256; t++) {
            memcpy(want + (size_t)t * B, data + (size_t)(t / 32 * 8 + t % 16 / 2) * B, B);
        }
        kit_upload(k, &a, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0, data);
        const VkImageBlit r = {.srcSubresource = {VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0, 1},
                               .dstSubresource = {VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0, 1},
                               .srcOffsets = {{0, 0, 0}, {8, 8, 1}},
                               .dstOffsets = {{0, 0, 0}, {16, 16, 1}}};
        const VkCommandBuffer cmd = kit_begin(k);
        vkCmdBlitImage(cmd, a.image, VK_IMAGE_LAYOUT_GENERAL, b.image, VK_IMAGE_LAYOUT_GENERAL, 1, &r, VK_FILTER_NEAREST);
        kit_submit(k, cmd);
        kit_same(k, kit_format(formats[i])->name, kit_read(k, &b, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0), want, 256, B, 16);
    }
}

static const struct kit_case cases[] = {
    {"clear_color", case_clear_color},   {"clear_volume", case_clear_volume}, {"clear_depth_stencil", case_clear_depth_stencil},
    {"blit_nearest", case_blit_nearest}, {"blit_linear", case_blit_linear},   {"blit_volume", case_blit_volume},
    {"blit_line", case_blit_line},       {"blit_mips", case_blit_mips},       {"blit_depth", case_blit_depth},
};
KIT_MAIN(cases)
