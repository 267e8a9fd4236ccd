/* Formats: what every implementation must offer (SPEC: features-required-format-support), and every use of every format that the driver
 * offers, with the kit's scalar conversions as the reference. All values of texels of up to 16 bits, noise for the others. */
#include "kit.h"

#include "texel_out_f_frag.h"
#include "texel_out_i_frag.h"
#include "texel_out_u_frag.h"
#include "texel_vertex_f_vert.h"
#include "texel_vertex_i_vert.h"
#include "texel_vertex_u_vert.h"
#include "texels_f_comp.h"
#include "texels_i_comp.h"
#include "texels_u_comp.h"
#include "kit_tri_vert.h"

/* ---- the mandatory table ---- */

/* s sampled, B blit source, L linear filter, i storage image, a its atomics, C colour attachment, D blit destination, b blend, Z depth or
 * stencil attachment, v vertices, u uniform texel buffer, t storage texel buffer, A its atomics. */
static const struct {
    VkFormat format;
    const char *needs;
} required[] = {
    {VK_FORMAT_B4G4R4A4_UNORM_PACK16, "sBL"},
    {VK_FORMAT_R5G6B5_UNORM_PACK16, "sBLCDb"},
    {VK_FORMAT_A1R5G5B5_UNORM_PACK16, "sBLCDb"},
    {VK_FORMAT_A4R4G4B4_UNORM_PACK16, "sBL"},
    {VK_FORMAT_A4B4G4R4_UNORM_PACK16, "sBL"},
    {VK_FORMAT_R8_UNORM, "sBLiCDbvu"},
    {VK_FORMAT_R8_SNORM, "sBLivu"},
    {VK_FORMAT_R8_UINT, "sBiCDvu"},
    {VK_FORMAT_R8_SINT, "sBiCDvu"},
    {VK_FORMAT_R8G8_UNORM, "sBLiCDbvu"},
    {VK_FORMAT_R8G8_SNORM, "sBLivu"},
    {VK_FORMAT_R8G8_UINT, "sBiCDvu"},
    {VK_FORMAT_R8G8_SINT, "sBiCDvu"},
    {VK_FORMAT_R8G8B8A8_UNORM, "sBLiCDbvut"},
    {VK_FORMAT_R8G8B8A8_SNORM, "sBLivut"},
    {VK_FORMAT_R8G8B8A8_UINT, "sBiCDvut"},
    {VK_FORMAT_R8G8B8A8_SINT, "sBiCDvut"},
    {VK_FORMAT_R8G8B8A8_SRGB, "sBLCDb"},
    {VK_FORMAT_B8G8R8A8_UNORM, "sBLCDbvu"},
    {VK_FORMAT_B8G8R8A8_SRGB, "sBLCDb"},
    {VK_FORMAT_A8B8G8R8_UNORM_PACK32, "sBLCDbvut"},
    {VK_FORMAT_A8B8G8R8_SNORM_PACK32, "sBLvut"},
    {VK_FORMAT_A8B8G8R8_UINT_PACK32, "sBCDvut"},
    {VK_FORMAT_A8B8G8R8_SINT_PACK32, "sBCDvut"},
    {VK_FORMAT_A8B8G8R8_SRGB_PACK32, "sBLCDb"},
    {VK_FORMAT_A2B10G10R10_UNORM_PACK32, "sBLiCDbvu"},
    {VK_FORMAT_A2B10G10R10_UINT_PACK32, "sBiCDu"},
    {VK_FORMAT_R16_UNORM, "iv"},
    {VK_FORMAT_R16_SNORM, "iv"},
    {VK_FORMAT_R16_UINT, "sBiCDvu"},
    {VK_FORMAT_R16_SINT, "sBiCDvu"},
    {VK_FORMAT_R16_SFLOAT, "sBLiCDbvu"},
    {VK_FORMAT_R16G16_UNORM, "iv"},
    {VK_FORMAT_R16G16_SNORM, "iv"},
    {VK_FORMAT_R16G16_UINT, "sBiCDvu"},
    {VK_FORMAT_R16G16_SINT, "sBiCDvu"},
    {VK_FORMAT_R16G16_SFLOAT, "sBLiCDbvu"},
    {VK_FORMAT_R16G16B16A16_UNORM, "iv"},
    {VK_FORMAT_R16G16B16A16_SNORM, "iv"},
    {VK_FORMAT_R16G16B16A16_UINT, "sBiCDvut"},
    {VK_FORMAT_R16G16B16A16_SINT, "sBiCDvut"},
    {VK_FORMAT_R16G16B16A16_SFLOAT, "sBLiCDbvut"},
    {VK_FORMAT_R32_UINT, "sBiaCDvutA"},
    {VK_FORMAT_R32_SINT, "sBiaCDvutA"},
    {VK_FORMAT_R32_SFLOAT, "sBiCDvut"},
    {VK_FORMAT_R32G32_UINT, "sBiCDvut"},
    {VK_FORMAT_R32G32_SINT, "sBiCDvut"},
    {VK_FORMAT_R32G32_SFLOAT, "sBiCDvut"},
    {VK_FORMAT_R32G32B32_UINT, "v"},
    {VK_FORMAT_R32G32B32_SINT, "v"},
    {VK_FORMAT_R32G32B32_SFLOAT, "v"},
    {VK_FORMAT_R32G32B32A32_UINT, "sBiCDvut"},
    {VK_FORMAT_R32G32B32A32_SINT, "sBiCDvut"},
    {VK_FORMAT_R32G32B32A32_SFLOAT, "sBiCDvut"},
    {VK_FORMAT_B10G11R11_UFLOAT_PACK32, "sBLiu"},
    {VK_FORMAT_E5B9G9R9_UFLOAT_PACK32, "sBL"},
    {VK_FORMAT_D16_UNORM, "sBZ"},
    {VK_FORMAT_D32_SFLOAT, "sBZ"},
    {VK_FORMAT_D32_SFLOAT_S8_UINT, "Z"},
};

static const struct {
    char letter;
    VkFormatFeatureFlags bit;
} letters[] = {
    {'s', VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT | VK_FORMAT_FEATURE_TRANSFER_SRC_BIT | VK_FORMAT_FEATURE_TRANSFER_DST_BIT},
    {'B', VK_FORMAT_FEATURE_BLIT_SRC_BIT},
    {'L', VK_FORMAT_FEATURE_SAMPLED_IMAGE_FILTER_LINEAR_BIT},
    {'i', VK_FORMAT_FEATURE_STORAGE_IMAGE_BIT},
    {'a', VK_FORMAT_FEATURE_STORAGE_IMAGE_ATOMIC_BIT},
    {'C', VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BIT},
    {'D', VK_FORMAT_FEATURE_BLIT_DST_BIT},
    {'b', VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BLEND_BIT},
    {'Z', VK_FORMAT_FEATURE_DEPTH_STENCIL_ATTACHMENT_BIT},
    {'v', VK_FORMAT_FEATURE_VERTEX_BUFFER_BIT},
    {'u', VK_FORMAT_FEATURE_UNIFORM_TEXEL_BUFFER_BIT},
    {'t', VK_FORMAT_FEATURE_STORAGE_TEXEL_BUFFER_BIT},
    {'A', VK_FORMAT_FEATURE_STORAGE_TEXEL_BUFFER_ATOMIC_BIT},
};

static VkFormatProperties
properties(struct kit *k, VkFormat f)
{
    VkFormatProperties p;
    vkGetPhysicalDeviceFormatProperties(k->physical, f, &p);
    return p;
}

static void
case_required(struct kit *k)
{
    for (size_t i = 0; i < ARRAY_LEN(required); i++) {
        const VkFormatProperties p = properties(k, required[i].format);
        for (const char *c = required[i].needs; *c; c++) {
            for (size_t l = 0; l < ARRAY_LEN(letters); l++) {
                const VkFormatFeatureFlags has = strchr("vutA", *c) ? p.bufferFeatures : p.optimalTilingFeatures;
                CHECK(k, letters[l].letter != *c || (has & letters[l].bit) == letters[l].bit, "%s lacks %c", kit_format(required[i].format)->name, *c);
            }
        }
    }
}

/* Wide answers contain the narrow ones, image queries agree with the bits. */
static void
case_consistent(struct kit *k)
{
    static const struct {
        VkImageUsageFlags usage;
        VkFormatFeatureFlags feature;
    } uses[] = {
        {VK_IMAGE_USAGE_SAMPLED_BIT, VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT},
        {VK_IMAGE_USAGE_STORAGE_BIT, VK_FORMAT_FEATURE_STORAGE_IMAGE_BIT},
        {VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT, VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BIT},
        {VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT, VK_FORMAT_FEATURE_DEPTH_STENCIL_ATTACHMENT_BIT},
        {VK_IMAGE_USAGE_TRANSFER_SRC_BIT, VK_FORMAT_FEATURE_TRANSFER_SRC_BIT},
        {VK_IMAGE_USAGE_TRANSFER_DST_BIT, VK_FORMAT_FEATURE_TRANSFER_DST_BIT},
    };
    for (size_t i = 0; i < kit_n_format_infos; i++) {
        const VkFormat f = kit_format_infos[i].format;
        const char *name = kit_format_infos[i].name;
        VkFormatProperties3 wide = {.sType = VK_STRUCTURE_TYPE_FORMAT_PROPERTIES_3};
        VkFormatProperties2 p = {.sType = VK_STRUCTURE_TYPE_FORMAT_PROPERTIES_2, .pNext = &wide};
        k->vk.GetPhysicalDeviceFormatProperties2(k->physical, f, &p);
        const VkFormatFeatureFlags o = p.formatProperties.optimalTilingFeatures, l = p.formatProperties.linearTilingFeatures;
        CHECK(k, (wide.optimalTilingFeatures & o) == o && (wide.linearTilingFeatures & l) == l &&
                     (wide.bufferFeatures & p.formatProperties.bufferFeatures) == p.formatProperties.bufferFeatures, "%s: wide features lack narrow ones", name);
        CHECK(k, !o || !kit_ours(k) || (o & VK_FORMAT_FEATURE_TRANSFER_SRC_BIT && o & VK_FORMAT_FEATURE_TRANSFER_DST_BIT), "%s: an image that cannot be copied", name);
        CHECK(k, !(o & VK_FORMAT_FEATURE_STORAGE_IMAGE_BIT) || wide.optimalTilingFeatures & VK_FORMAT_FEATURE_2_STORAGE_READ_WITHOUT_FORMAT_BIT,
              "%s: storage needs a format", name);
        for (uint32_t tiling = VK_IMAGE_TILING_OPTIMAL; tiling <= VK_IMAGE_TILING_LINEAR; tiling++) {
            for (size_t u = 0; u < ARRAY_LEN(uses); u++) {
                VkImageFormatProperties ip;
                const VkResult r =
                    vkGetPhysicalDeviceImageFormatProperties(k->physical, f, VK_IMAGE_TYPE_2D, (VkImageTiling)tiling, uses[u].usage, 0, &ip);
                const bool has = (tiling == VK_IMAGE_TILING_OPTIMAL ? o : l) & uses[u].feature;
                CHECK(k, (r == VK_SUCCESS) == has && (!has || ip.maxExtent.width >= 4096), "%s: image query and feature bit %#x differ", name,
                      uses[u].feature);
            }
        }
    }
}

/* ---- uses ---- */

#define W 256

static uint32_t
texels_of(const struct kit_format_info *f)
{
    const bool slow = getenv("PUMICE_INTERP") != NULL;
    return f->block_B == 1 ? 256 : f->block_B == 2 && !slow ? 65536 : 2048;
}

/* Every value of small texels, noise with all values of the first 11 bits in others. */
static void *
texels(struct kit *k, const struct kit_format_info *f, uint32_t n)
{
    uint8_t *p = kit_alloc(k, (size_t)n * f->block_B);
    kit_noise_texels(f->format, p, n, f->format);
    for (uint32_t i = 0; i < n && f->block_B <= 2; i++) {
        memcpy(p + (size_t)i * f->block_B, &i, f->block_B);
    }
    return p;
}

static bool
is_sint(const struct kit_format_info *f)
{
    return f->c[0].numeric == KIT_SINT;
}

/* got: four words of a texel as the shader saw it. */
static bool
matches(const struct kit *k, const struct kit_format_info *f, const uint32_t got[4], const void *texel)
{
    const union kit_texel t = kit_unpack(f->format, texel);
    for (int c = 0; c < 4; c++) {
        if (kit_format_is_int(f->format)) {
            if (got[c] != (uint32_t)t.i[c]) {
                return false;
            }
            continue;
        }
        float v;
        memcpy(&v, &got[c], 4);
        const float want = (float)t.f[c];
        const float near = kit_format_is_srgb(f->format) ? (kit_ours(k) ? 1e-6f : 2e-3f) : kit_ours(k) ? 0.0f : 1e-6f * fmaxf(1.0f, fabsf(want));
        if (v != want && !(fabsf(v - want) <= near) && !(isnan(v) && isnan(want))) {
            return false;
        }
    }
    return true;
}

static void
compare_values(struct kit *k, const struct kit_format_info *f, const char *use, const uint32_t *got, const uint8_t *data, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        const uint8_t *t = data + (size_t)i * f->block_B;
        const uint32_t *g = got + (size_t)i * 4;
        REQUIRE(k, matches(k, f, g, t), "%s %s: texel %u (%02x%02x%02x%02x...): %08x %08x %08x %08x", f->name, use, i, t[0], f->block_B > 1 ? t[1] : 0,
                f->block_B > 2 ? t[2] : 0, f->block_B > 3 ? t[3] : 0, g[0], g[1], g[2], g[3]);
    }
}

/* SPEC: fundamentals-fpfixedconv: either of the two codes around a value is right. */
static bool
neighbours(const struct kit_format_info *f, int component, double x, double y)
{
    for (unsigned i = 0; i < f->n; i++) {
        if ("RGBA"[component] == f->c[i].name) {
            const bool norm = f->c[i].numeric == KIT_UNORM || f->c[i].numeric == KIT_SNORM, srgb = f->c[i].numeric == KIT_SRGB;
            const double step = norm || srgb ? 1.01 / (ldexp(1, f->c[i].bits - (f->c[i].numeric == KIT_SNORM)) - 1)
                                             : fmax(1e-7, fabs(y)) * (f->c[i].bits >= 16 ? 1e-3 : 0.04);
            return fabs(srgb ? kit_linear_to_srgb(x) - kit_linear_to_srgb(y) : x - y) <= step;
        }
    }
    return false;
}

/* Stored texels: the same bits, or another code of the same value (-1 in SNORM, NaN). */
static void
compare_texels(struct kit *k, const struct kit_format_info *f, const char *use, const uint8_t *got, const uint8_t *data, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        const uint8_t *a = got + (size_t)i * f->block_B, *b = data + (size_t)i * f->block_B;
        if (memcmp(a, b, f->block_B) == 0) {
            continue;
        }
        const union kit_texel x = kit_unpack(f->format, a), y = kit_unpack(f->format, b);
        bool same = !kit_format_is_int(f->format);
        for (int c = 0; c < 4 && same; c++) {
            same = x.f[c] == y.f[c] || (isnan(x.f[c]) && isnan(y.f[c])) || (!kit_ours(k) && neighbours(f, c, x.f[c], y.f[c]));
        }
        REQUIRE(k, same, "%s %s: texel %u is stored as %02x..., not %02x...", f->name, use, i, a[0], b[0]);
    }
}

struct reads {
    VkDescriptorSetLayout sets;
    VkPipelineLayout layout;
    VkPipeline pipe[3]; /* float, sint, uint */
    VkSampler nearest;
};

static const VkDescriptorType read_types[10] = {
    VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, VK_DESCRIPTOR_TYPE_STORAGE_IMAGE, VK_DESCRIPTOR_TYPE_STORAGE_IMAGE,
    VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER, VK_DESCRIPTOR_TYPE_STORAGE_TEXEL_BUFFER, VK_DESCRIPTOR_TYPE_STORAGE_TEXEL_BUFFER,
    VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};

static struct kit_image
image_of(struct kit *k, VkFormat f, VkImageTiling tiling, uint32_t h, VkImageUsageFlags usage)
{
    return kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_2D, .format = f, .extent = {W, h, 1}, .tiling = tiling,
                                            .usage = usage | VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT});
}

static void
check_reads(struct kit *k, const struct reads *r, const struct kit_format_info *f, VkImageTiling tiling)
{
    const VkFormatProperties p = properties(k, f->format);
    const VkFormatFeatureFlags image = tiling == VK_IMAGE_TILING_OPTIMAL ? p.optimalTilingFeatures : p.linearTilingFeatures;
    const uint32_t n = texels_of(f), h = n / W;
    const uint8_t *data = texels(k, f, n);
    const bool sampled = image & VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT, storage = image & VK_FORMAT_FEATURE_STORAGE_IMAGE_BIT;
    const bool ut = p.bufferFeatures & VK_FORMAT_FEATURE_UNIFORM_TEXEL_BUFFER_BIT, st = p.bufferFeatures & VK_FORMAT_FEATURE_STORAGE_TEXEL_BUFFER_BIT;
    if (!sampled && !storage && !ut && !st) {
        return;
    }
    /* what the format cannot do gets a stand-in that the shader does not touch */
    const uint32_t type = is_sint(f) ? 1 : kit_format_is_int(f->format) ? 2 : 0;
    static const VkFormat stand_in[3] = {VK_FORMAT_R32_SFLOAT, VK_FORMAT_R32_SINT, VK_FORMAT_R32_UINT};
    const VkFormat fs = sampled ? f->format : stand_in[type], fi = storage ? f->format : stand_in[type];
    struct kit_image a = image_of(k, fs, tiling, h, VK_IMAGE_USAGE_SAMPLED_BIT), b = image_of(k, fi, tiling, h, VK_IMAGE_USAGE_STORAGE_BIT),
                     c = image_of(k, fi, tiling, h, VK_IMAGE_USAGE_STORAGE_BIT);
    const size_t size_B = (size_t)n * f->block_B;
    struct kit_buffer in = kit_buffer(k, size_B + 64, NULL), out = kit_buffer(k, size_B + 64, NULL), words[4];
    memcpy(in.data, data, size_B);
    if (sampled) {
        kit_upload(k, &a, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, data);
    }
    if (storage) {
        kit_upload(k, &b, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, data);
    }
    const VkDescriptorSet set = kit_set(k, r->sets);
    kit_write_image(k, set, 0, 0, read_types[0], a.view, r->nearest);
    kit_write_image(k, set, 1, 0, read_types[1], b.view, VK_NULL_HANDLE);
    kit_write_image(k, set, 2, 0, read_types[2], c.view, VK_NULL_HANDLE);
    kit_write_texels(k, set, 3, 0, read_types[3], kit_buffer_view(k, in.buffer, ut ? f->format : stand_in[type], 0, ut ? size_B : 4));
    kit_write_texels(k, set, 4, 0, read_types[4], kit_buffer_view(k, in.buffer, st ? f->format : stand_in[type], 0, st ? size_B : 4));
    kit_write_texels(k, set, 5, 0, read_types[5], kit_buffer_view(k, out.buffer, st ? f->format : stand_in[type], 0, st ? size_B : 4));
    for (uint32_t i = 0; i < 4; i++) {
        words[i] = kit_buffer(k, (VkDeviceSize)n * 16, NULL);
        kit_write_buffer(k, set, 6 + i, 0, read_types[6 + i], words[i].buffer, 0, VK_WHOLE_SIZE);
    }
    const uint32_t push[5] = {n, sampled, storage, ut, st};
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, r->pipe[type]);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, r->layout, 0, 1, &set, 0, NULL);
    vkCmdPushConstants(cmd, r->layout, VK_SHADER_STAGE_ALL, 0, sizeof(push), push);
    vkCmdDispatch(cmd, (n + 63) / 64, 1, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    if (sampled) {
        compare_values(k, f, "sampled", words[0].data, data, n);
        compare_texels(k, f, "copied", kit_read(k, &a, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0), data, n);
    }
    if (storage) {
        compare_values(k, f, "image load", words[1].data, data, n);
        compare_texels(k, f, "image store", kit_read(k, &c, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0), data, n);
    }
    if (ut) {
        compare_values(k, f, "uniform texel buffer", words[2].data, data, n);
    }
    if (st) {
        compare_values(k, f, "storage texel buffer", words[3].data, data, n);
        compare_texels(k, f, "texel buffer store", out.data, data, n);
    }
}

static void
reads_of(struct kit *k, VkImageTiling tiling)
{
    SKIP_UNLESS(k, k->features.shaderStorageImageReadWithoutFormat && k->features.shaderStorageImageWriteWithoutFormat, "storage images need formats");
    struct reads r;
    r.sets = kit_set_layout_of(k, 10, read_types);
    r.layout = kit_layout(k, 1, &r.sets, 20);
    r.pipe[0] = kit_compute(k, r.layout, KIT_CODE(texels_f_comp), NULL);
    r.pipe[1] = kit_compute(k, r.layout, KIT_CODE(texels_i_comp), NULL);
    r.pipe[2] = kit_compute(k, r.layout, KIT_CODE(texels_u_comp), NULL);
    r.nearest = kit_sampler(k, VK_FILTER_NEAREST, VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE);
    for (size_t i = 0; i < kit_n_format_infos; i++) {
        const struct kit_format_info *f = &kit_format_infos[i];
        if (f->block_px[0] == 1 && !f->chroma && kit_aspects(f->format) == VK_IMAGE_ASPECT_COLOR_BIT && f->c[0].bits <= 32) {
            check_reads(k, &r, f, tiling);
        }
    }
}

static void
case_reads_optimal(struct kit *k)
{
    reads_of(k, VK_IMAGE_TILING_OPTIMAL);
}

static void
case_reads_linear(struct kit *k)
{
    reads_of(k, VK_IMAGE_TILING_LINEAR);
}

/* ---- colour attachments ---- */

#define SIDE 64

/* Draws values (four words each) and compares with what the reference packs; one code of difference is allowed where a curve is involved. */
static void
check_attachment(struct kit *k, const struct kit_format_info *f)
{
    const uint32_t n = SIDE * SIDE, type = is_sint(f) ? 1 : kit_format_is_int(f->format) ? 2 : 0;
    uint8_t *want = kit_alloc(k, (size_t)n * f->block_B);
    uint32_t(*values)[4] = kit_alloc(k, (size_t)n * 16);
    uint32_t seed = f->format;
    kit_noise_texels(f->format, want, n, seed);
    for (uint32_t i = 0; i < n; i++) {
        union kit_texel t = kit_unpack(f->format, want + (size_t)i * f->block_B);
        for (int c = 0; c < 4; c++) {
            if (type) {
                values[i][c] = (uint32_t)t.i[c];
                continue;
            }
            /* the first half: values of the format; the second half: values between and beyond them */
            float v = (float)t.f[c];
            if (i >= n / 2) {
                v = (float)kit_random(&seed) / 4294967296.0f * 2.6f - 1.3f;
            }
            memcpy(&values[i][c], &v, 4);
            t.f[c] = (double)v;
        }
        kit_pack(f->format, t, want + (size_t)i * f->block_B);
    }
    struct kit_target t;
    kit_target_init(k, &t, SIDE, SIDE, 1, 1, &f->format, VK_FORMAT_UNDEFINED);
    const VkDescriptorType sb = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sets = kit_set_layout_of(k, 1, &sb);
    const VkPipelineLayout layout = kit_layout(k, 1, &sets, 0);
    const VkDescriptorSet set = kit_set(k, sets);
    const struct kit_buffer in = kit_buffer(k, (VkDeviceSize)n * 16, values);
    kit_write_buffer(k, set, 0, 0, sb, in.buffer, 0, VK_WHOLE_SIZE);
    struct kit_graphics g;
    const uint32_t *frag = type == 0 ? texel_out_f_frag : type == 1 ? texel_out_i_frag : texel_out_u_frag;
    const size_t frag_B = type == 0 ? sizeof(texel_out_f_frag) : type == 1 ? sizeof(texel_out_i_frag) : sizeof(texel_out_u_frag);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(kit_tri_vert), frag, frag_B);
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, layout, 0, 1, &set, 0, NULL);
    vkCmdDraw(cmd, 3, 1, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    const uint8_t *got = kit_read(k, &t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    if (!kit_format_is_srgb(f->format)) {
        compare_texels(k, f, "drawn", got, want, n);
        return;
    }
    for (size_t i = 0; i < (size_t)n * f->block_B; i++) {
        REQUIRE(k, abs(got[i] - want[i]) <= 1, "%s drawn: byte %zu is %u, not %u", f->name, i, got[i], want[i]);
    }
}

static void
case_attachments(struct kit *k)
{
    for (size_t i = 0; i < kit_n_format_infos; i++) {
        const struct kit_format_info *f = &kit_format_infos[i];
        if (!f->chroma && properties(k, f->format).optimalTilingFeatures & VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BIT && f->c[0].bits <= 32) {
            check_attachment(k, f);
        }
    }
}

/* ---- vertex attributes ---- */

static void
check_vertices(struct kit *k, const struct kit_format_info *f)
{
    const uint32_t n = 512, type = is_sint(f) ? 1 : kit_format_is_int(f->format) ? 2 : 0, stride_B = (f->block_B + 7) & ~3u;
    const uint8_t *data = texels(k, f, n);
    struct kit_buffer vertices = kit_buffer(k, (VkDeviceSize)n * stride_B + 16, NULL), out = kit_buffer(k, (VkDeviceSize)n * 16, NULL);
    for (uint32_t i = 0; i < n; i++) {
        memcpy((uint8_t *)vertices.data + 4 + (size_t)i * stride_B, data + (size_t)i * f->block_B, f->block_B);
    }
    struct kit_target t;
    kit_target_rgba(k, &t, 4, 4);
    const VkDescriptorType sb = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sets = kit_set_layout_of(k, 1, &sb);
    const VkPipelineLayout layout = kit_layout(k, 1, &sets, 0);
    const VkDescriptorSet set = kit_set(k, sets);
    kit_write_buffer(k, set, 0, 0, sb, out.buffer, 0, VK_WHOLE_SIZE);
    struct kit_graphics g;
    const uint32_t *vert = type == 0 ? texel_vertex_f_vert : type == 1 ? texel_vertex_i_vert : texel_vertex_u_vert;
    const size_t vert_B = type == 0 ? sizeof(texel_vertex_f_vert) : type == 1 ? sizeof(texel_vertex_i_vert) : sizeof(texel_vertex_u_vert);
    kit_graphics_init(k, &g, &t, layout, vert, vert_B, NULL, 0);
    kit_graphics_vertices(&g, f->format, stride_B);
    g.assembly.topology = VK_PRIMITIVE_TOPOLOGY_POINT_LIST;
    g.raster.rasterizerDiscardEnable = VK_TRUE;
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const VkCommandBuffer cmd = kit_begin(k);
    const VkDeviceSize offset_B = 4;
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, layout, 0, 1, &set, 0, NULL);
    vkCmdBindVertexBuffers(cmd, 0, 1, &vertices.buffer, &offset_B);
    vkCmdDraw(cmd, n, 1, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    compare_values(k, f, "vertices", out.data, data, n);
}

/* Load operations and clears of a part, of every colour attachment. */
static void
case_clears(struct kit *k)
{
    enum { WIDE = 203, HIGH = 9, LEFT = 5, TOP = 2, PART_W = 190, PART_H = 5 };
    uint32_t n = 0;
    for (size_t i = 0; i < kit_n_format_infos; i++) {
        const struct kit_format_info *f = &kit_format_infos[i];
        if (f->chroma || f->compressed || !kit_format_defined(k, f) || !(properties(k, f->format).optimalTilingFeatures & VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BIT)) {
            continue;
        }
        struct kit_target t;
        const bool is_int = kit_format_is_int(f->format);
        uint8_t want[2][16];
        VkClearValue values[2];
        for (uint32_t v = 0; v < 2; v++) {
            union kit_texel c;
            for (uint32_t m = 0; m < 4; m++) {
                const uint32_t number = (v * 4 + m + 1) % 2;
                if (is_int) {
                    c.i[m] = values[v].color.uint32[m] = number + m % 2;
                } else {
                    c.f[m] = number || m == 3 ? 1.0 - v : v * (1.0 - m % 2); /* corners of the cube: exact everywhere */
                    values[v].color.float32[m] = (float)c.f[m];
                }
            }
            kit_pack(f->format, c, want[v]);
        }
        kit_target_init(k, &t, WIDE, HIGH, 1, 1, &f->format, VK_FORMAT_UNDEFINED);
        t.clears[0] = values[0];
        const VkClearAttachment a = {VK_IMAGE_ASPECT_COLOR_BIT, 0, values[1]};
        const VkClearRect r = {{{LEFT, TOP}, {PART_W, PART_H}}, 0, 1};
        const VkCommandBuffer cmd = kit_begin(k);
        kit_target_begin(cmd, &t);
        vkCmdClearAttachments(cmd, 1, &a, 1, &r);
        vkCmdEndRenderPass(cmd);
        kit_submit(k, cmd);
        const uint8_t *got = kit_read(k, &t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
        for (uint32_t p = 0; p < WIDE * HIGH; p++) {
            const bool part = p % WIDE >= LEFT && p % WIDE < LEFT + PART_W && p / WIDE >= TOP && p / WIDE < TOP + PART_H;
            REQUIRE(k, memcmp(got + p * f->block_B, want[part], f->block_B) == 0, "%s: pixel %u %u", f->name, p % WIDE, p / WIDE);
        }
        n++;
    }
    printf("  %u formats\n", n);
}

static void
case_vertices(struct kit *k)
{
    SKIP_UNLESS(k, k->features.vertexPipelineStoresAndAtomics, "no stores in vertex shaders");
    for (size_t i = 0; i < kit_n_format_infos; i++) {
        const struct kit_format_info *f = &kit_format_infos[i];
        if (properties(k, f->format).bufferFeatures & VK_FORMAT_FEATURE_VERTEX_BUFFER_BIT && f->c[0].bits <= 32) {
            check_vertices(k, f);
        }
    }
}

static const struct kit_case cases[] = {
    {"required", case_required}, {"consistent", case_consistent}, {"reads_optimal", case_reads_optimal}, {"reads_linear", case_reads_linear},
    {"attachments", case_attachments}, {"clears", case_clears}, {"vertices", case_vertices},
};
KIT_MAIN(cases)
