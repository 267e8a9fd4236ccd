/* VK_EXT_host_image_copy: copies by the host and by a queue see the same texels. SPEC: copies-images, VkHostImageCopyFlagBits. */
#include "kit.h"

#define COLOR VK_IMAGE_ASPECT_COLOR_BIT
#define DEPTH VK_IMAGE_ASPECT_DEPTH_BIT
#define STENCIL VK_IMAGE_ASPECT_STENCIL_BIT

struct kind {
    const char *what;
    VkImageType type;
    VkFormat format;
    VkImageTiling tiling;
    VkExtent3D extent;
    uint32_t levels, layers;
};
static const struct kind kinds[] = {
    {"2D", VK_IMAGE_TYPE_2D, VK_FORMAT_R8G8B8A8_UNORM, VK_IMAGE_TILING_OPTIMAL, {67, 45, 1}, 4, 3},
    {"rows", VK_IMAGE_TYPE_2D, VK_FORMAT_R8G8B8A8_UNORM, VK_IMAGE_TILING_LINEAR, {67, 45, 1}, 1, 1},
    {"1D", VK_IMAGE_TYPE_1D, VK_FORMAT_R16_UINT, VK_IMAGE_TILING_OPTIMAL, {129, 1, 1}, 3, 2},
    {"3D", VK_IMAGE_TYPE_3D, VK_FORMAT_R16G16B16A16_UINT, VK_IMAGE_TILING_OPTIMAL, {21, 30, 9}, 3, 1},
    {"BC1", VK_IMAGE_TYPE_2D, VK_FORMAT_BC1_RGB_UNORM_BLOCK, VK_IMAGE_TILING_OPTIMAL, {70, 36, 1}, 3, 2},
    {"depth", VK_IMAGE_TYPE_2D, VK_FORMAT_D16_UNORM, VK_IMAGE_TILING_OPTIMAL, {33, 65, 1}, 2, 1},
    {"depth and stencil", VK_IMAGE_TYPE_2D, VK_FORMAT_D32_SFLOAT_S8_UINT, VK_IMAGE_TILING_OPTIMAL, {40, 50, 1}, 2, 2},
};

static struct kit_image
make(struct kit *k, const struct kind *kind)
{
    return kit_image(k, (VkImageCreateInfo){.imageType = kind->type, .format = kind->format, .extent = kind->extent, .mipLevels = kind->levels,
                                            .arrayLayers = kind->layers, .tiling = kind->tiling,
                                            .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT | VK_IMAGE_USAGE_HOST_TRANSFER_BIT});
}

static bool
usable(struct kit *k, const struct kind *kind)
{
    VkFormatProperties3 p3 = {.sType = VK_STRUCTURE_TYPE_FORMAT_PROPERTIES_3};
    VkFormatProperties2 p = {.sType = VK_STRUCTURE_TYPE_FORMAT_PROPERTIES_2, .pNext = &p3};
    k->vk.GetPhysicalDeviceFormatProperties2(k->physical, kind->format, &p);
    const VkFormatFeatureFlags2 f = kind->tiling == VK_IMAGE_TILING_LINEAR ? p3.linearTilingFeatures : p3.optimalTilingFeatures;
    return f & VK_FORMAT_FEATURE_2_HOST_IMAGE_TRANSFER_BIT;
}

static bool
offered(const struct kit *k)
{
    return kit_has(k, VK_EXT_HOST_IMAGE_COPY_EXTENSION_NAME) && k->vk.CopyMemoryToImage && k->vk.CopyImageToMemory && k->vk.CopyImageToImage &&
           k->vk.TransitionImageLayout;
}

/* Runs fn for each subresource; seed differs for each. */
static void
each(struct kit *k, const struct kit_image *img, void (*fn)(struct kit *k, const struct kit_image *img, VkImageAspectFlagBits aspect, uint32_t level,
                                                          uint32_t layer, uint32_t seed, void *arg), void *arg)
{
    static const VkImageAspectFlagBits aspects[3] = {COLOR, DEPTH, STENCIL};
    for (uint32_t a = 0; a < 3; a++) {
        for (uint32_t level = 0; level < img->info.mipLevels && img->aspects & aspects[a]; level++) {
            for (uint32_t layer = 0; layer < img->info.arrayLayers; layer++) {
                fn(k, img, aspects[a], level, layer, a * 100 + level * 10 + layer, arg);
            }
        }
    }
}

static uint8_t *
noise(struct kit *k, const struct kit_image *img, VkImageAspectFlagBits aspect, uint32_t level, uint32_t seed)
{
    const size_t n_B = kit_level_B(img, aspect, level);
    uint8_t *p = kit_alloc(k, n_B);
    kit_noise(p, n_B, seed);
    return p;
}

static void
put(struct kit *k, const struct kit_image *img, VkImageAspectFlagBits aspect, uint32_t level, uint32_t layer, uint32_t seed, void *arg)
{
    (void)arg;
    const VkMemoryToImageCopy r = {.sType = VK_STRUCTURE_TYPE_MEMORY_TO_IMAGE_COPY, .pHostPointer = noise(k, img, aspect, level, seed),
                                   .imageSubresource = {aspect, level, layer, 1}, .imageExtent = kit_level_extent(img, level)};
    const VkCopyMemoryToImageInfo info = {.sType = VK_STRUCTURE_TYPE_COPY_MEMORY_TO_IMAGE_INFO, .dstImage = img->image,
                                          .dstImageLayout = VK_IMAGE_LAYOUT_GENERAL, .regionCount = 1, .pRegions = &r};
    CHECK_VK(k, k->vk.CopyMemoryToImage(k->device, &info));
}

static void
upload(struct kit *k, const struct kit_image *img, VkImageAspectFlagBits aspect, uint32_t level, uint32_t layer, uint32_t seed, void *arg)
{
    (void)arg;
    kit_upload(k, img, aspect, level, layer, noise(k, img, aspect, level, seed));
}

/* arg: what a message calls it */
static void
check_queue(struct kit *k, const struct kit_image *img, VkImageAspectFlagBits aspect, uint32_t level, uint32_t layer, uint32_t seed, void *arg)
{
    kit_same(k, arg, kit_read(k, img, aspect, level, layer), noise(k, img, aspect, level, seed), kit_level_B(img, aspect, level), 1, 0);
}

static void
check_host(struct kit *k, const struct kit_image *img, VkImageAspectFlagBits aspect, uint32_t level, uint32_t layer, uint32_t seed, void *arg)
{
    uint8_t *got = kit_alloc(k, kit_level_B(img, aspect, level));
    const VkImageToMemoryCopy r = {.sType = VK_STRUCTURE_TYPE_IMAGE_TO_MEMORY_COPY, .pHostPointer = got, .imageSubresource = {aspect, level, layer, 1},
                                   .imageExtent = kit_level_extent(img, level)};
    const VkCopyImageToMemoryInfo info = {.sType = VK_STRUCTURE_TYPE_COPY_IMAGE_TO_MEMORY_INFO, .srcImage = img->image,
                                          .srcImageLayout = VK_IMAGE_LAYOUT_GENERAL, .regionCount = 1, .pRegions = &r};
    CHECK_VK(k, k->vk.CopyImageToMemory(k->device, &info));
    kit_same(k, arg, got, noise(k, img, aspect, level, seed), kit_level_B(img, aspect, level), 1, 0);
}

/* In by the host and out by the queue, and the other way round. */
static void
case_both_ways(struct kit *k)
{
    SKIP_UNLESS(k, offered(k), "no host image copies");
    uint32_t tried = 0;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (!usable(k, &kinds[i])) {
            continue;
        }
        char what[64];
        const struct kit_image a = make(k, &kinds[i]), b = make(k, &kinds[i]);
        snprintf(what, sizeof(what), "%s: host to queue", kinds[i].what);
        each(k, &a, put, NULL);
        each(k, &a, check_queue, what);
        snprintf(what, sizeof(what), "%s: queue to host", kinds[i].what);
        each(k, &b, upload, NULL);
        each(k, &b, check_host, what);
        tried++;
    }
    CHECK(k, tried >= 4, "%u kinds", tried);
}

/* A part of some layers, with rows and slices in memory that are longer than the part; everything around it stays. */
static void
case_parts(struct kit *k)
{
    enum { W = 60, H = 50, LAYERS = 4, ROW = 40, ROWS = 30, PW = 23, PH = 17, PX = 9, PY = 14 };
    SKIP_UNLESS(k, offered(k), "no host image copies");
    const struct kind kind = {"parts", VK_IMAGE_TYPE_2D, VK_FORMAT_R32_UINT, VK_IMAGE_TILING_OPTIMAL, {W, H, 1}, 1, LAYERS};
    const struct kit_image img = make(k, &kind);
    each(k, &img, upload, NULL);
    uint32_t *in = kit_alloc(k, 2 * ROW * ROWS * 4), *out = kit_alloc(k, 2 * ROW * ROWS * 4);
    kit_noise(in, 2 * ROW * ROWS * 4, 77);
    memset(out, 0xee, 2 * ROW * ROWS * 4);
    const VkMemoryToImageCopy w = {.sType = VK_STRUCTURE_TYPE_MEMORY_TO_IMAGE_COPY, .pHostPointer = in, .memoryRowLength = ROW,
                                   .memoryImageHeight = ROWS, .imageSubresource = {COLOR, 0, 1, 2}, .imageOffset = {PX, PY, 0}, .imageExtent = {PW, PH, 1}};
    const VkCopyMemoryToImageInfo wi = {.sType = VK_STRUCTURE_TYPE_COPY_MEMORY_TO_IMAGE_INFO, .dstImage = img.image,
                                        .dstImageLayout = VK_IMAGE_LAYOUT_GENERAL, .regionCount = 1, .pRegions = &w};
    CHECK_VK(k, k->vk.CopyMemoryToImage(k->device, &wi));
    for (uint32_t layer = 0; layer < LAYERS; layer++) {
        uint32_t *want = (uint32_t *)(void *)noise(k, &img, COLOR, 0, layer);
        for (uint32_t i = 0; i < PW * PH && layer >= 1 && layer < 3; i++) {
            want[(PY + i / PW) * W + PX + i % PW] = in[((layer - 1) * ROWS + i / PW) * ROW + i % PW];
        }
        kit_same(k, "part", kit_read(k, &img, COLOR, 0, layer), want, W * H, 4, W);
    }
    const VkImageToMemoryCopy r = {.sType = VK_STRUCTURE_TYPE_IMAGE_TO_MEMORY_COPY, .pHostPointer = out, .memoryRowLength = ROW,
                                   .memoryImageHeight = ROWS, .imageSubresource = {COLOR, 0, 1, 2}, .imageOffset = {PX, PY, 0}, .imageExtent = {PW, PH, 1}};
    const VkCopyImageToMemoryInfo ri = {.sType = VK_STRUCTURE_TYPE_COPY_IMAGE_TO_MEMORY_INFO, .srcImage = img.image,
                                        .srcImageLayout = VK_IMAGE_LAYOUT_GENERAL, .regionCount = 1, .pRegions = &r};
    CHECK_VK(k, k->vk.CopyImageToMemory(k->device, &ri));
    for (uint32_t i = 0; i < 2 * ROW * ROWS; i++) {
        const bool inside = i % ROW < PW && i / ROW % ROWS < PH;
        REQUIRE(k, out[i] == (inside ? in[i] : 0xeeeeeeeeu), "word %u is 0x%08x", i, out[i]);
    }
}

/* Images to alike images, and memory that holds an image as it stands. */
struct between {
    const struct kit_image *to;
    bool raw;
};

static void
move(struct kit *k, const struct kit_image *from, VkImageAspectFlagBits aspect, uint32_t level, uint32_t layer, uint32_t seed, void *arg)
{
    (void)seed;
    const struct between *b = arg;
    const uint32_t layers = b->raw ? from->info.arrayLayers : 1; /* all at once */
    const VkImageSubresourceLayers sub = {aspect, level, layer, layers};
    if (b->raw && layer > 0) {
        return;
    }
    if (!b->raw) {
        const VkImageCopy2 r = {.sType = VK_STRUCTURE_TYPE_IMAGE_COPY_2, .srcSubresource = sub, .dstSubresource = sub, .extent = kit_level_extent(from, level)};
        const VkCopyImageToImageInfo info = {.sType = VK_STRUCTURE_TYPE_COPY_IMAGE_TO_IMAGE_INFO, .srcImage = from->image,
                                             .srcImageLayout = VK_IMAGE_LAYOUT_GENERAL, .dstImage = b->to->image,
                                             .dstImageLayout = VK_IMAGE_LAYOUT_GENERAL, .regionCount = 1, .pRegions = &r};
        CHECK_VK(k, k->vk.CopyImageToImage(k->device, &info));
        return;
    }
    VkSubresourceHostMemcpySize size = {.sType = VK_STRUCTURE_TYPE_SUBRESOURCE_HOST_MEMCPY_SIZE};
    VkSubresourceLayout2 layout = {.sType = VK_STRUCTURE_TYPE_SUBRESOURCE_LAYOUT_2, .pNext = &size};
    const VkImageSubresource2 s = {.sType = VK_STRUCTURE_TYPE_IMAGE_SUBRESOURCE_2, .imageSubresource = {aspect, level, layer}};
    k->vk.GetImageSubresourceLayout2(k->device, from->image, &s, &layout);
    REQUIRE(k, size.size >= kit_level_B(from, aspect, level), "%llu B", (unsigned long long)size.size);
    const size_t raw_B = (size_t)size.size * layers;
    uint8_t *raw = kit_alloc(k, raw_B + 64);
    memset(raw, 0xab, raw_B + 64);
    const VkImageToMemoryCopy r = {.sType = VK_STRUCTURE_TYPE_IMAGE_TO_MEMORY_COPY, .pHostPointer = raw, .imageSubresource = sub,
                                   .imageExtent = kit_level_extent(from, level)};
    const VkCopyImageToMemoryInfo ri = {.sType = VK_STRUCTURE_TYPE_COPY_IMAGE_TO_MEMORY_INFO, .flags = VK_HOST_IMAGE_COPY_MEMCPY_BIT,
                                        .srcImage = from->image, .srcImageLayout = VK_IMAGE_LAYOUT_GENERAL, .regionCount = 1, .pRegions = &r};
    CHECK_VK(k, k->vk.CopyImageToMemory(k->device, &ri));
    for (uint32_t i = 0; i < 64; i++) {
        REQUIRE(k, raw[raw_B + i] == 0xab, "more than %zu B were written", raw_B);
    }
    const VkMemoryToImageCopy w = {.sType = VK_STRUCTURE_TYPE_MEMORY_TO_IMAGE_COPY, .pHostPointer = raw, .imageSubresource = sub,
                                   .imageExtent = kit_level_extent(from, level)};
    const VkCopyMemoryToImageInfo wi = {.sType = VK_STRUCTURE_TYPE_COPY_MEMORY_TO_IMAGE_INFO, .flags = VK_HOST_IMAGE_COPY_MEMCPY_BIT,
                                        .dstImage = b->to->image, .dstImageLayout = VK_IMAGE_LAYOUT_GENERAL, .regionCount = 1, .pRegions = &w};
    CHECK_VK(k, k->vk.CopyMemoryToImage(k->device, &wi));
}

static void
case_between_images(struct kit *k)
{
    SKIP_UNLESS(k, offered(k) && k->vk.GetImageSubresourceLayout2, "no host image copies");
    for (uint32_t i = 0; i < 2 * ARRAY_LEN(kinds); i++) {
        const struct kind *kind = &kinds[i / 2];
        if (!usable(k, kind)) {
            continue;
        }
        char what[64];
        const struct kit_image a = make(k, kind), b = make(k, kind);
        struct between to = {&b, i & 1};
        each(k, &a, put, NULL);
        each(k, &a, move, &to);
        snprintf(what, sizeof(what), "%s: %s", kind->what, i & 1 ? "as it stands" : "between images");
        each(k, &b, check_queue, what);
    }
}

/* An image that no command buffer ever sees before a shader could: transitions by the host. And what is offered. */
static void
case_layouts(struct kit *k)
{
    SKIP_UNLESS(k, offered(k), "no host image copies");
    VkImageLayout src[64], dst[64];
    VkPhysicalDeviceHostImageCopyProperties p = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_HOST_IMAGE_COPY_PROPERTIES};
    VkPhysicalDeviceProperties2 p2 = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &p};
    k->vk.GetPhysicalDeviceProperties2(k->physical, &p2);
    REQUIRE(k, p.copySrcLayoutCount >= 1 && p.copySrcLayoutCount <= 64 && p.copyDstLayoutCount >= 1 && p.copyDstLayoutCount <= 64, "%u, %u layouts",
            p.copySrcLayoutCount, p.copyDstLayoutCount);
    const uint32_t n_dst = p.copyDstLayoutCount;
    p.pCopySrcLayouts = src;
    p.pCopyDstLayouts = dst;
    p.copyDstLayoutCount = 1; /* too few: no more are written */
    dst[1] = VK_IMAGE_LAYOUT_MAX_ENUM;
    k->vk.GetPhysicalDeviceProperties2(k->physical, &p2);
    CHECK(k, p.copyDstLayoutCount == 1 && dst[1] == VK_IMAGE_LAYOUT_MAX_ENUM, "%u layouts", p.copyDstLayoutCount);
    p.copyDstLayoutCount = n_dst;
    k->vk.GetPhysicalDeviceProperties2(k->physical, &p2);
    bool general = false;
    static const uint8_t none[VK_UUID_SIZE];
    for (uint32_t i = 0; i < n_dst; i++) {
        general = general || dst[i] == VK_IMAGE_LAYOUT_GENERAL;
    }
    CHECK(k, general && memcmp(p.optimalTilingLayoutUUID, none, sizeof(none)) != 0, "layouts");
    const VkImageCreateInfo ci = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO, .imageType = VK_IMAGE_TYPE_2D, .format = VK_FORMAT_R8G8B8A8_UNORM,
                                  .extent = {30, 20, 1}, .mipLevels = 1, .arrayLayers = 1, .samples = VK_SAMPLE_COUNT_1_BIT,
                                  .usage = VK_IMAGE_USAGE_HOST_TRANSFER_BIT | VK_IMAGE_USAGE_SAMPLED_BIT};
    struct kit_image img = {.info = ci, .aspects = COLOR};
    MUST(vkCreateImage(k->device, &ci, NULL, &img.image));
    KIT_OWN(k, VK_OBJECT_TYPE_IMAGE, img.image);
    if (!kit_under_validation(k)) { /* has no memory yet: an error, and nothing else */
        const VkImageToMemoryCopy r = {.sType = VK_STRUCTURE_TYPE_IMAGE_TO_MEMORY_COPY, .pHostPointer = src, .imageSubresource = {COLOR, 0, 0, 1},
                                       .imageExtent = {1, 1, 1}};
        const VkCopyImageToMemoryInfo info = {.sType = VK_STRUCTURE_TYPE_COPY_IMAGE_TO_MEMORY_INFO, .srcImage = img.image,
                                              .srcImageLayout = VK_IMAGE_LAYOUT_GENERAL, .regionCount = 1, .pRegions = &r};
        kit_messages_expected(k);
        CHECK_RESULT(k, k->vk.CopyImageToMemory(k->device, &info), VK_ERROR_MEMORY_MAP_FAILED);
    }
    VkMemoryRequirements need;
    vkGetImageMemoryRequirements(k->device, img.image, &need);
    MUST(vkBindImageMemory(k->device, img.image, kit_memory(k, need.size, need.memoryTypeBits, 0, NULL), 0));
    const VkHostImageLayoutTransitionInfo t = {.sType = VK_STRUCTURE_TYPE_HOST_IMAGE_LAYOUT_TRANSITION_INFO, .image = img.image,
                                               .oldLayout = VK_IMAGE_LAYOUT_UNDEFINED, .newLayout = VK_IMAGE_LAYOUT_GENERAL,
                                               .subresourceRange = {COLOR, 0, 1, 0, 1}};
    CHECK_VK(k, k->vk.TransitionImageLayout(k->device, 1, &t));
    put(k, &img, COLOR, 0, 0, 3, NULL);
    char what[] = "without a queue";
    check_host(k, &img, COLOR, 0, 0, 3, what);
}

static const struct kit_case cases[] = {
    {"both_ways", case_both_ways}, {"parts", case_parts}, {"between_images", case_between_images}, {"layouts", case_layouts},
};
KIT_MAIN(cases)
