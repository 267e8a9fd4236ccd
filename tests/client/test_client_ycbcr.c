/* Images whose chroma has its own resolution: copies of planes, disjoint memory, views of planes, and sampling through every conversion,
 * against the equations of the specification in double precision. SPEC: textures-chroma-reconstruction, textures-sampler-YCbCr-conversion */
#include "kit.h"

#include "probe_2d_comp.h"
#include "texels_block_comp.h"

#define W 12
#define H 6

struct planar {
    VkFormat format;
    uint32_t planes;      /* 1: blocks of two texels */
    uint32_t bits, cx, cy; /* log2 of how many times fewer chroma texels */
    bool chroma_first;    /* in blocks */
};
static const struct planar formats[] = {
    {VK_FORMAT_G8_B8_R8_3PLANE_420_UNORM, 3, 8, 1, 1, false},
    {VK_FORMAT_G8_B8R8_2PLANE_420_UNORM, 2, 8, 1, 1, false},
    {VK_FORMAT_G8_B8_R8_3PLANE_422_UNORM, 3, 8, 1, 0, false},
    {VK_FORMAT_G8_B8R8_2PLANE_422_UNORM, 2, 8, 1, 0, false},
    {VK_FORMAT_G8_B8_R8_3PLANE_444_UNORM, 3, 8, 0, 0, false},
    {VK_FORMAT_G8_B8R8_2PLANE_444_UNORM, 2, 8, 0, 0, false},
    {VK_FORMAT_G8B8G8R8_422_UNORM, 1, 8, 1, 0, false},
    {VK_FORMAT_B8G8R8G8_422_UNORM, 1, 8, 1, 0, true},
    {VK_FORMAT_G10X6_B10X6_R10X6_3PLANE_420_UNORM_3PACK16, 3, 10, 1, 1, false},
    {VK_FORMAT_G10X6_B10X6R10X6_2PLANE_420_UNORM_3PACK16, 2, 10, 1, 1, false},
    {VK_FORMAT_G10X6B10X6G10X6R10X6_422_UNORM_4PACK16, 1, 10, 1, 0, false},
    {VK_FORMAT_B12X4G12X4R12X4G12X4_422_UNORM_4PACK16, 1, 12, 1, 0, true},
    {VK_FORMAT_G12X4_B12X4R12X4_2PLANE_422_UNORM_3PACK16, 2, 12, 1, 0, false},
    {VK_FORMAT_G12X4_B12X4_R12X4_3PLANE_444_UNORM_3PACK16, 3, 12, 0, 0, false},
    {VK_FORMAT_G16_B16R16_2PLANE_420_UNORM, 2, 16, 1, 1, false},
    {VK_FORMAT_G16_B16_R16_3PLANE_420_UNORM, 3, 16, 1, 1, false},
    {VK_FORMAT_G16B16G16R16_422_UNORM, 1, 16, 1, 0, false},
};

/* The codes of all components, as numbers. */
struct picture {
    uint32_t y[H][W], cb[H][W], cr[H][W];
};

struct planar_image {
    VkImage image;
    VkDeviceMemory memory[3];
    VkImageView view;
    VkSampler sampler;
};

static uint32_t
plane_w(const struct planar *f, uint32_t p)
{
    return p ? W >> f->cx : W;
}

static uint32_t
plane_h(const struct planar *f, uint32_t p)
{
    return p ? H >> f->cy : H;
}

static void
put_code(const struct planar *f, uint8_t *to, uint32_t at, uint32_t code)
{
    if (f->bits == 8) {
        to[at] = (uint8_t)code;
    } else {
        const uint16_t v = (uint16_t)(code << (16 - f->bits));
        memcpy(to + (size_t)at * 2, &v, 2);
    }
}

/* Bytes of a plane in a buffer; returns their number. */
static size_t
plane_bytes(const struct planar *f, const struct picture *pic, uint32_t p, uint8_t *out)
{
    uint32_t n = 0;
    for (uint32_t y = 0; y < plane_h(f, p); y++) {
        for (uint32_t x = 0; x < plane_w(f, p); x++) {
            if (f->planes == 1) {
                const uint32_t pair[2] = {pic->y[y][x], x & 1 ? pic->cr[y][x >> 1] : pic->cb[y][x >> 1]};
                put_code(f, out, n++, pair[f->chroma_first]);
                put_code(f, out, n++, pair[!f->chroma_first]);
            } else if (p == 0) {
                put_code(f, out, n++, pic->y[y][x]);
            } else if (f->planes == 2) {
                put_code(f, out, n++, pic->cb[y][x]);
                put_code(f, out, n++, pic->cr[y][x]);
            } else {
                put_code(f, out, n++, p == 1 ? pic->cb[y][x] : pic->cr[y][x]);
            }
        }
    }
    return (size_t)n * (f->bits == 8 ? 1 : 2);
}

static VkImageAspectFlagBits
plane_aspect(const struct planar *f, uint32_t p)
{
    static const VkImageAspectFlagBits a[3] = {VK_IMAGE_ASPECT_PLANE_0_BIT, VK_IMAGE_ASPECT_PLANE_1_BIT, VK_IMAGE_ASPECT_PLANE_2_BIT};
    return f->planes == 1 ? VK_IMAGE_ASPECT_COLOR_BIT : a[p];
}

static void
create_image(struct kit *k, const struct planar *f, VkImageTiling tiling, bool disjoint, struct planar_image *out)
{
    const VkImageCreateInfo info = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO, .imageType = VK_IMAGE_TYPE_2D, .format = f->format,
                                    .flags = (disjoint ? VK_IMAGE_CREATE_DISJOINT_BIT : 0) | VK_IMAGE_CREATE_MUTABLE_FORMAT_BIT, .extent = {W, H, 1},
                                    .mipLevels = 1, .arrayLayers = 1, .samples = VK_SAMPLE_COUNT_1_BIT, .tiling = tiling,
                                    .usage = VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT};
    MUST(vkCreateImage(k->device, &info, NULL, &out->image));
    KIT_OWN(k, VK_OBJECT_TYPE_IMAGE, out->image);
    VkBindImageMemoryInfo binds[3];
    VkBindImagePlaneMemoryInfo planes[3];
    const uint32_t n = disjoint ? f->planes : 1;
    for (uint32_t p = 0; p < n; p++) {
        const VkImagePlaneMemoryRequirementsInfo pi = {.sType = VK_STRUCTURE_TYPE_IMAGE_PLANE_MEMORY_REQUIREMENTS_INFO, .planeAspect = plane_aspect(f, p)};
        const VkImageMemoryRequirementsInfo2 ri = {.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_REQUIREMENTS_INFO_2, .pNext = disjoint ? &pi : NULL,
                                                   .image = out->image};
        VkMemoryRequirements2 r = {.sType = VK_STRUCTURE_TYPE_MEMORY_REQUIREMENTS_2};
        k->vk.GetImageMemoryRequirements2(k->device, &ri, &r);
        CHECK(k, !disjoint || r.memoryRequirements.size >= (VkDeviceSize)plane_w(f, p) * plane_h(f, p) * (f->bits > 8 ? 2 : 1) * (p && f->planes == 2 ? 2 : 1),
              "format %d plane %u needs only %llu bytes", f->format, p, (unsigned long long)r.memoryRequirements.size);
        out->memory[p] = kit_memory(k, r.memoryRequirements.size, r.memoryRequirements.memoryTypeBits, 0, NULL);
        planes[p] = (VkBindImagePlaneMemoryInfo){.sType = VK_STRUCTURE_TYPE_BIND_IMAGE_PLANE_MEMORY_INFO, .planeAspect = plane_aspect(f, p)};
        binds[p] = (VkBindImageMemoryInfo){.sType = VK_STRUCTURE_TYPE_BIND_IMAGE_MEMORY_INFO, .pNext = disjoint ? &planes[p] : NULL, .image = out->image,
                                           .memory = out->memory[p]};
    }
    MUST(k->vk.BindImageMemory2(k->device, n, binds));
}

static void
copy_planes(struct kit *k, const struct planar *f, const struct planar_image *img, const struct kit_buffer *buf, const uint32_t offset_B[3], bool to_image)
{
    const VkCommandBuffer cmd = kit_begin(k);
    VkImageMemoryBarrier b = {.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER, .dstAccessMask = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT,
                              .srcAccessMask = VK_ACCESS_MEMORY_WRITE_BIT, .oldLayout = to_image ? VK_IMAGE_LAYOUT_UNDEFINED : VK_IMAGE_LAYOUT_GENERAL,
                              .newLayout = VK_IMAGE_LAYOUT_GENERAL, .srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
                              .dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED, .image = img->image,
                              .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};
    vkCmdPipelineBarrier(cmd, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0, 0, NULL, 0, NULL, 1, &b);
    for (uint32_t p = 0; p < f->planes; p++) {
        const VkBufferImageCopy r = {.bufferOffset = offset_B[p], .imageSubresource = {plane_aspect(f, p), 0, 0, 1},
                                     .imageExtent = {plane_w(f, p), plane_h(f, p), 1}};
        if (to_image) {
            vkCmdCopyBufferToImage(cmd, buf->buffer, img->image, VK_IMAGE_LAYOUT_GENERAL, 1, &r);
        } else {
            vkCmdCopyImageToBuffer(cmd, img->image, VK_IMAGE_LAYOUT_GENERAL, buf->buffer, 1, &r);
        }
    }
    kit_barrier(cmd);
    kit_submit(k, cmd);
}

/* ---- the reference ---- */

struct setup {
    VkSamplerYcbcrModelConversion model;
    VkSamplerYcbcrRange range;
    VkChromaLocation x, y;
    VkFilter chroma, filter;
    bool swapped; /* components: r and b change places */
};

static int
clamp_i(int v, int n)
{
    return v < 0 ? 0 : v >= n ? n - 1 : v;
}

/* A filtered value of one component, stored with pitch W; u and v count its texels. */
static double
filtered(const uint32_t (*plane)[W], int w, int h, double max, bool linear, double u, double v)
{
    if (!linear) {
        return plane[clamp_i((int)floor(v), h)][clamp_i((int)floor(u), w)] / max;
    }
    u -= 0.5;
    v -= 0.5;
    double sum = 0;
    for (int k = 0; k < 4; k++) {
        const double fu = u - floor(u), fv = v - floor(v), weight = (k & 1 ? fu : 1 - fu) * (k & 2 ? fv : 1 - fv);
        sum += weight * plane[clamp_i((int)floor(v) + (k >> 1), h)][clamp_i((int)floor(u) + (k & 1), w)] / max;
    }
    return sum;
}

static void
reference(const struct planar *f, const struct picture *pic, const struct setup *s, double u, double v, double out[3])
{
    const double top = ldexp(1, (int)f->bits) - 1;
    u *= W;
    v *= H;
    /* implicit reconstruction: chroma by its own filter, at places that its offset from luma moves */
    const double cu = f->cx ? 0.5 * (s->x == VK_CHROMA_LOCATION_MIDPOINT ? u : u + 0.5) : u;
    const double cv = f->cy ? 0.5 * (s->y == VK_CHROMA_LOCATION_MIDPOINT ? v : v + 0.5) : v;
    const bool linear = s->filter == VK_FILTER_LINEAR, chroma = f->cx ? s->chroma == VK_FILTER_LINEAR : linear;
    double c[3] = {filtered(pic->cr, W >> f->cx, H >> f->cy, top, chroma, cu, cv), filtered(pic->y, W, H, top, linear, u, v),
                   filtered(pic->cb, W >> f->cx, H >> f->cy, top, chroma, cu, cv)};
    if (s->swapped) {
        const double r = c[0];
        c[0] = c[2];
        c[2] = r;
    }
    memcpy(out, c, sizeof(c));
    if (s->model == VK_SAMPLER_YCBCR_MODEL_CONVERSION_RGB_IDENTITY) {
        return;
    }
    const double max = ldexp(1, (int)f->bits) - 1, unit = ldexp(1, (int)f->bits - 8);
    double cr, cb, y;
    if (s->range == VK_SAMPLER_YCBCR_RANGE_ITU_NARROW) {
        y = (c[1] * max - 16 * unit) / (219 * unit);
        cb = (c[2] * max - 128 * unit) / (224 * unit);
        cr = (c[0] * max - 128 * unit) / (224 * unit);
    } else {
        y = c[1];
        cb = c[2] - 128 * unit / max;
        cr = c[0] - 128 * unit / max;
    }
    switch (s->model) { /* matrices as the standards print them */
    case VK_SAMPLER_YCBCR_MODEL_CONVERSION_YCBCR_709:
        out[0] = y + 1.5748 * cr;
        out[1] = y - 0.13397432 / 0.7152 * cb - 0.33480248 / 0.7152 * cr;
        out[2] = y + 1.8556 * cb;
        break;
    case VK_SAMPLER_YCBCR_MODEL_CONVERSION_YCBCR_601:
        out[0] = y + 1.402 * cr;
        out[1] = y - 0.202008 / 0.587 * cb - 0.419198 / 0.587 * cr;
        out[2] = y + 1.772 * cb;
        break;
    case VK_SAMPLER_YCBCR_MODEL_CONVERSION_YCBCR_2020:
        out[0] = y + 1.4746 * cr;
        out[1] = y - 0.11156702 / 0.6780 * cb - 0.38737742 / 0.6780 * cr;
        out[2] = y + 1.8814 * cb;
        break;
    default:
        out[0] = cr;
        out[1] = y;
        out[2] = cb;
        break;
    }
}

/* ---- cases ---- */

static void
random_picture(const struct planar *f, struct picture *p, uint32_t seed)
{
    const uint32_t top = (1u << f->bits) - 1;
    for (int y = 0; y < H; y++) {
        for (int x = 0; x < W; x++) {
            p->y[y][x] = kit_random(&seed) & top;
            p->cb[y][x] = kit_random(&seed) & top;
            p->cr[y][x] = kit_random(&seed) & top;
        }
    }
}

static void
check_setup(struct kit *k, const struct planar *f, const struct planar_image *img, const struct picture *pic, const struct setup *s)
{
    VkSamplerYcbcrConversionCreateInfo ci = {.sType = VK_STRUCTURE_TYPE_SAMPLER_YCBCR_CONVERSION_CREATE_INFO, .format = f->format, .ycbcrModel = s->model,
                                             .ycbcrRange = s->range, .xChromaOffset = s->x, .yChromaOffset = s->y, .chromaFilter = s->chroma};
    if (s->swapped) {
        ci.components.r = VK_COMPONENT_SWIZZLE_B;
        ci.components.b = VK_COMPONENT_SWIZZLE_R;
    }
    VkSamplerYcbcrConversion conversion;
    MUST(k->vk.CreateSamplerYcbcrConversion(k->device, &ci, NULL, &conversion));
    KIT_OWN(k, VK_OBJECT_TYPE_SAMPLER_YCBCR_CONVERSION, conversion);
    const VkSamplerYcbcrConversionInfo next = {.sType = VK_STRUCTURE_TYPE_SAMPLER_YCBCR_CONVERSION_INFO, .conversion = conversion};
    const VkSamplerAddressMode clamp = VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE;
    const VkSamplerCreateInfo si = {.sType = VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO, .pNext = &next, .magFilter = s->filter, .minFilter = s->filter,
                                    .addressModeU = clamp, .addressModeV = clamp, .addressModeW = clamp};
    VkSampler sampler;
    MUST(vkCreateSampler(k->device, &si, NULL, &sampler));
    KIT_OWN(k, VK_OBJECT_TYPE_SAMPLER, sampler);
    const VkImageViewCreateInfo vi = {.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO, .pNext = &next, .image = img->image,
                                      .viewType = VK_IMAGE_VIEW_TYPE_2D, .format = f->format, .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};
    VkImageView view;
    MUST(vkCreateImageView(k->device, &vi, NULL, &view));
    KIT_OWN(k, VK_OBJECT_TYPE_IMAGE_VIEW, view);
    const VkShaderStageFlags all = VK_SHADER_STAGE_COMPUTE_BIT;
    const VkDescriptorSetLayoutBinding bindings[3] = {{0, VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, 1, all, &sampler},
                                                      {1, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, all, NULL},
                                                      {2, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, all, NULL}};
    const VkDescriptorSetLayout sets = kit_set_layout(k, 3, bindings, 0);
    const VkPipelineLayout layout = kit_layout(k, 1, &sets, 0);
    const VkDescriptorSet set = kit_set(k, sets);
    enum { N = 48 };
    float places[N][4] = {{0}};
    uint32_t seed = (uint32_t)f->format;
    for (int i = 0; i < N; i++) { /* off the middle between texels, where rounding decides */
        for (int c = 0; c < 2; c++) {
            const int n = c ? H : W;
            places[i][c] = ((float)(kit_random(&seed) % (uint32_t)(n * 8)) + 0.37f) / (float)(n * 8);
        }
    }
    const struct kit_buffer in = kit_buffer(k, sizeof(places), places), out = kit_buffer(k, sizeof(places), NULL);
    kit_write_image(k, set, 0, 0, VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, view, sampler);
    kit_write_buffer(k, set, 1, 0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, in.buffer, 0, VK_WHOLE_SIZE);
    kit_write_buffer(k, set, 2, 0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, out.buffer, 0, VK_WHOLE_SIZE);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, kit_compute(k, layout, KIT_CODE(probe_2d_comp), NULL));
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    vkCmdDispatch(cmd, N / 16, 1, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    const float *got = out.data;
    bool good = true;
    for (int i = 0; i < N && good; i++, got += 4) {
        double want[3];
        reference(f, pic, s, (double)places[i][0], (double)places[i][1], want);
        good = fabs((double)got[0] - want[0]) < 2e-5 && fabs((double)got[1] - want[1]) < 2e-5 && fabs((double)got[2] - want[2]) < 2e-5 && got[3] == 1;
        CHECK(k, good, "format %d model %d range %d chroma %d %d filters %d %d at %g %g: %g %g %g %g, not %g %g %g", f->format, s->model, s->range, s->x,
              s->y, s->chroma, s->filter, (double)places[i][0], (double)places[i][1], (double)got[0], (double)got[1], (double)got[2], (double)got[3],
              want[0], want[1], want[2]);
    }
}

/* Copies of all planes there and back, then samples with a few of the many setups. */
static void
check_format(struct kit *k, const struct planar *f, VkImageTiling tiling, bool disjoint, uint32_t first, uint32_t setups)
{
    struct picture pic;
    struct planar_image img = {0};
    random_picture(f, &pic, (uint32_t)f->format);
    create_image(k, f, tiling, disjoint, &img);
    uint8_t bytes[3 * W * H * 4];
    uint32_t offset_B[3] = {0}, end_B = 0;
    for (uint32_t p = 0; p < f->planes; p++) {
        offset_B[p] = end_B;
        end_B += (uint32_t)((plane_bytes(f, &pic, p, bytes + end_B) + 15) & ~(size_t)15);
    }
    memset(bytes + end_B, 0, sizeof(bytes) - end_B);
    const struct kit_buffer up = kit_buffer(k, end_B, bytes), down = kit_buffer(k, end_B, bytes);
    copy_planes(k, f, &img, &up, offset_B, true);
    for (uint32_t p = 0; p < f->planes; p++) { /* so that only the copies can make it right */
        uint8_t scratch[W * H * 4];
        memset((uint8_t *)down.data + offset_B[p], 0, plane_bytes(f, &pic, p, scratch));
    }
    copy_planes(k, f, &img, &down, offset_B, false);
    kit_same(k, "planes", down.data, bytes, end_B, 1, 0);
    for (uint32_t i = 0; i < setups; i++) {
        const uint32_t n = (first + i) * 37; /* all kinds of mixtures */
        const struct setup s = {.model = (VkSamplerYcbcrModelConversion)(n % 5), .range = (VkSamplerYcbcrRange)(n / 5 % 2), .x = (VkChromaLocation)(n / 2 % 2),
                                .y = (VkChromaLocation)(n / 3 % 2), .chroma = (VkFilter)(n / 7 % 2), .filter = (VkFilter)(n / 11 % 2), .swapped = n % 3 == 0};
        check_setup(k, f, &img, &pic, &s);
    }
}

static bool
can(struct kit *k, VkFormat f, VkImageTiling tiling, VkFormatFeatureFlags features)
{
    return k->vk.CreateSamplerYcbcrConversion && (kit_format_features(k, f, tiling) & features) == features;
}

#define WANTED (VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT | VK_FORMAT_FEATURE_MIDPOINT_CHROMA_SAMPLES_BIT | VK_FORMAT_FEATURE_COSITED_CHROMA_SAMPLES_BIT | \
                VK_FORMAT_FEATURE_SAMPLED_IMAGE_YCBCR_CONVERSION_LINEAR_FILTER_BIT |                                                                 \
                VK_FORMAT_FEATURE_SAMPLED_IMAGE_YCBCR_CONVERSION_SEPARATE_RECONSTRUCTION_FILTER_BIT)

static void
case_setups(struct kit *k)
{
    SKIP_UNLESS(k, can(k, formats[0].format, VK_IMAGE_TILING_OPTIMAL, WANTED), "no conversions");
    check_format(k, &formats[0], VK_IMAGE_TILING_OPTIMAL, false, 0, 60);
    check_format(k, &formats[3], VK_IMAGE_TILING_OPTIMAL, false, 60, 20);
    check_format(k, &formats[6], VK_IMAGE_TILING_OPTIMAL, false, 80, 20);
}

static void
case_formats(struct kit *k)
{
    SKIP_UNLESS(k, can(k, formats[0].format, VK_IMAGE_TILING_OPTIMAL, WANTED), "no conversions");
    for (uint32_t i = 0; i < ARRAY_LEN(formats); i++) {
        const struct planar *f = &formats[i];
        for (uint32_t tiling = VK_IMAGE_TILING_OPTIMAL; tiling <= VK_IMAGE_TILING_LINEAR; tiling++) {
            if (can(k, f->format, (VkImageTiling)tiling, WANTED)) {
                check_format(k, f, (VkImageTiling)tiling, false, i, 4);
            }
            if (can(k, f->format, (VkImageTiling)tiling, WANTED | VK_FORMAT_FEATURE_DISJOINT_BIT)) {
                check_format(k, f, (VkImageTiling)tiling, true, i, 2);
            }
        }
    }
}

/* A plane is an image of its own format and size. */
static void
case_plane_views(struct kit *k)
{
    const struct planar *f = &formats[1];
    SKIP_UNLESS(k, can(k, f->format, VK_IMAGE_TILING_OPTIMAL, WANTED), "no conversions");
    struct picture pic;
    struct planar_image img = {0};
    random_picture(f, &pic, 3);
    create_image(k, f, VK_IMAGE_TILING_OPTIMAL, false, &img);
    uint8_t bytes[W * H * 3];
    const uint32_t offset_B[3] = {0, W * H, 0};
    plane_bytes(f, &pic, 0, bytes);
    plane_bytes(f, &pic, 1, bytes + W * H);
    const struct kit_buffer up = kit_buffer(k, sizeof(bytes), bytes);
    copy_planes(k, f, &img, &up, offset_B, true);
    const VkDescriptorType types[2] = {VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};
    const VkDescriptorSetLayout sets = kit_set_layout_of(k, 2, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &sets, 16);
    const VkPipeline pipe = kit_compute(k, layout, KIT_CODE(texels_block_comp), NULL);
    for (uint32_t p = 0; p < 2; p++) {
        const VkImageViewCreateInfo vi = {.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO, .image = img.image, .viewType = VK_IMAGE_VIEW_TYPE_2D,
                                          .format = p ? VK_FORMAT_R8G8_UNORM : VK_FORMAT_R8_UNORM, .subresourceRange = {plane_aspect(f, p), 0, 1, 0, 1}};
        VkImageView view;
        MUST(vkCreateImageView(k->device, &vi, NULL, &view));
        KIT_OWN(k, VK_OBJECT_TYPE_IMAGE_VIEW, view);
        const uint32_t w = plane_w(f, p), h = plane_h(f, p), push[3] = {w, h, 0};
        const VkDescriptorSet set = kit_set(k, sets);
        const struct kit_buffer out = kit_buffer(k, w * h * 16, NULL);
        kit_write_image(k, set, 0, 0, types[0], view, kit_sampler(k, VK_FILTER_NEAREST, VK_SAMPLER_ADDRESS_MODE_REPEAT));
        kit_write_buffer(k, set, 1, 0, types[1], out.buffer, 0, VK_WHOLE_SIZE);
        const VkCommandBuffer cmd = kit_begin(k);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
        vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
        vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(push), push);
        vkCmdDispatch(cmd, (w + 7) / 8, (h + 7) / 8, 1);
        kit_barrier(cmd);
        kit_submit(k, cmd);
        const float *got = out.data;
        for (uint32_t i = 0; i < w * h; i++, got += 4) {
            const float r = (float)((p ? pic.cb : pic.y)[i / w][i % w] / 255.0), g = p ? (float)(pic.cr[i / w][i % w] / 255.0) : 0;
            REQUIRE(k, got[0] == r && got[1] == g, "plane %u texel %u: %g %g, not %g %g", p, i, (double)got[0], (double)got[1], (double)r, (double)g);
        }
    }
}

/* Planes where somebody else has put them: rows with padding, chroma before luma; written by the host. */
static void
case_explicit_layout(struct kit *k)
{
    const struct planar *f = &formats[1];
    SKIP_UNLESS(k, can(k, f->format, VK_IMAGE_TILING_OPTIMAL, WANTED) && kit_has(k, VK_EXT_IMAGE_DRM_FORMAT_MODIFIER_EXTENSION_NAME), "no modifiers");
    enum { PITCH = 22, CHROMA = 8, LUMA = CHROMA + PITCH * H / 2 };
    const VkSubresourceLayout planes[2] = {{.offset = LUMA, .rowPitch = PITCH}, {.offset = CHROMA, .rowPitch = PITCH}};
    const VkImageDrmFormatModifierExplicitCreateInfoEXT ex = {.sType = VK_STRUCTURE_TYPE_IMAGE_DRM_FORMAT_MODIFIER_EXPLICIT_CREATE_INFO_EXT,
                                                              .drmFormatModifierPlaneCount = 2, .pPlaneLayouts = planes};
    const VkImageCreateInfo info = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO, .pNext = &ex, .imageType = VK_IMAGE_TYPE_2D, .format = f->format,
                                    .extent = {W, H, 1}, .mipLevels = 1, .arrayLayers = 1, .samples = VK_SAMPLE_COUNT_1_BIT,
                                    .tiling = VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT, .usage = VK_IMAGE_USAGE_SAMPLED_BIT};
    struct planar_image img = {0};
    MUST(vkCreateImage(k->device, &info, NULL, &img.image));
    KIT_OWN(k, VK_OBJECT_TYPE_IMAGE, img.image);
    VkMemoryRequirements r;
    vkGetImageMemoryRequirements(k->device, img.image, &r);
    img.memory[0] = kit_memory(k, r.size, r.memoryTypeBits, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT, NULL);
    uint8_t *data;
    MUST(vkMapMemory(k->device, img.memory[0], 0, VK_WHOLE_SIZE, 0, (void **)&data));
    MUST(vkBindImageMemory(k->device, img.image, img.memory[0], 0));
    const VkImageSubresource sub = {VK_IMAGE_ASPECT_MEMORY_PLANE_1_BIT_EXT, 0, 0};
    VkSubresourceLayout got;
    vkGetImageSubresourceLayout(k->device, img.image, &sub, &got);
    CHECK(k, got.offset == CHROMA && got.rowPitch == PITCH, "chroma at %llu, pitch %llu", (unsigned long long)got.offset, (unsigned long long)got.rowPitch);
    struct picture pic;
    random_picture(f, &pic, 9);
    for (uint32_t y = 0; y < H; y++) {
        for (uint32_t x = 0; x < W; x++) {
            data[LUMA + y * PITCH + x] = (uint8_t)pic.y[y][x];
            data[CHROMA + y / 2 * PITCH + (x & ~1u)] = (uint8_t)pic.cb[y / 2][x / 2];
            data[CHROMA + y / 2 * PITCH + (x | 1)] = (uint8_t)pic.cr[y / 2][x / 2];
        }
    }
    const struct setup s = {.model = VK_SAMPLER_YCBCR_MODEL_CONVERSION_YCBCR_601, .filter = VK_FILTER_LINEAR, .chroma = VK_FILTER_LINEAR};
    check_setup(k, f, &img, &pic, &s);
}

static const struct kit_case cases[] = {{"setups", case_setups}, {"formats", case_formats}, {"plane_views", case_plane_views}, {"explicit_layout", case_explicit_layout}};
KIT_MAIN(cases)
