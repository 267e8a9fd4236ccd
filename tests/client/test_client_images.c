/* Images and texel buffers in shaders: every format fetched, loaded, stored; views; samplers of every kind against a plain reference.
 * SPEC: textures, resources-image-views. */
#include "kit.h"

#include "img_copy_comp.h"
#include "img_copy_i_comp.h"
#include "img_copy_u_comp.h"
#include "img_fetch_comp.h"
#include "img_fetch_i_comp.h"
#include "img_fetch_u_comp.h"
#include "img_sample_comp.h"
#include "img_texels_comp.h"
#include "img_texels_i_comp.h"
#include "img_texels_u_comp.h"

#define W 13
#define H 9

/* ---- formats ---- */

enum kind { FETCH, COPY, TEXELS };

struct reader {
    VkDescriptorSetLayout sl[3];
    VkPipelineLayout layout[3];
    VkPipeline pipes[3][3]; /* kind; float, uint, int */
    struct kit_buffer out;
};

static void
reader_init(struct kit *k, struct reader *r)
{
    static const VkDescriptorType types[3][3] = {
        {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE, VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE},
        {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, VK_DESCRIPTOR_TYPE_STORAGE_IMAGE, VK_DESCRIPTOR_TYPE_STORAGE_IMAGE},
        {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER, VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER}};
    const struct {
        const uint32_t *code;
        size_t size_B;
    } code[3][3] = {{{KIT_CODE(img_fetch_comp)}, {KIT_CODE(img_fetch_u_comp)}, {KIT_CODE(img_fetch_i_comp)}},
                    {{KIT_CODE(img_copy_comp)}, {KIT_CODE(img_copy_u_comp)}, {KIT_CODE(img_copy_i_comp)}},
                    {{KIT_CODE(img_texels_comp)}, {KIT_CODE(img_texels_u_comp)}, {KIT_CODE(img_texels_i_comp)}}};
    const bool formatless = k->features.shaderStorageImageReadWithoutFormat && k->features.shaderStorageImageWriteWithoutFormat;
    for (int kind = 0; kind < 3; kind++) {
        r->sl[kind] = kit_set_layout_of(k, kind == COPY ? 3 : 2, types[kind]);
        r->layout[kind] = kit_layout(k, 1, &r->sl[kind], 12);
        for (int t = 0; t < 3 && (kind != COPY || formatless); t++) {
            r->pipes[kind][t] = kit_compute(k, r->layout[kind], code[kind][t].code, code[kind][t].size_B, NULL);
        }
    }
    r->out = kit_buffer(k, W * H * 16, NULL);
}

static void
read_all(struct kit *k, struct reader *r, enum kind kind, bool is_uint, bool is_int, VkDescriptorSet set, uint32_t w, uint32_t h,
         int32_t level)
{
    const int32_t push[3] = {(int32_t)w, (int32_t)h, level};
    memset(r->out.data, 0xee, W * H * 16);
    kit_write_buffer(k, set, 0, 0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, r->out.buffer, 0, VK_WHOLE_SIZE);
    const VkCommandBuffer cmd = kit_begin(k);
    kit_barrier(cmd);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, r->pipes[kind][is_uint ? 1 : is_int ? 2 : 0]);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, r->layout[kind], 0, 1, &set, 0, NULL);
    vkCmdPushConstants(cmd, r->layout[kind], VK_SHADER_STAGE_ALL, 0, sizeof(push), push);
    vkCmdDispatch(cmd, (w * h + 63) / 64, 1, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
}

static void
check_read(struct kit *k, const struct reader *r, VkFormat format, const uint8_t *texels, uint32_t n, const char *what)
{
    const struct kit_format_info *f = kit_format(format);
    for (uint32_t i = 0; i < n; i++) {
        const union kit_texel t = kit_unpack(format, texels + i * f->block_B);
        for (uint32_t c = 0; c < 4; c++) {
            const uint32_t *u = r->out.data;
            const float *v = r->out.data;
            if (kit_format_is_int(format)) {
                REQUIRE(k, u[i * 4 + c] == (uint32_t)t.i[c], "%s, %s: texel %u component %u: %#x, not %#x", f->name, what, i, c,
                        u[i * 4 + c], (uint32_t)t.i[c]);
            } else {
                const double near = kit_format_is_srgb(format) && !kit_ours(k) ? 2e-3 : 1e-6; /* of curves no accuracy is said */
                REQUIRE(k, fabs((double)v[i * 4 + c] - t.f[c]) <= near * fmax(1, fabs(t.f[c])),
                        "%s, %s: texel %u component %u: %.9g, not %.9g", f->name, what, i, c, (double)v[i * 4 + c], t.f[c]);
            }
        }
    }
}

/* Whole texels whose components the reference knows: no padding between them, none of 64 bits. */
static bool
color_format(const struct kit *k, const struct kit_format_info *f)
{
    unsigned bits = 0;
    for (unsigned i = 0; i < f->n; i++) {
        bits += f->c[i].bits;
    }
    return !f->chroma && !f->compressed && f->c[0].bits <= 32 && (bits == f->block_B * 8 || f->format == VK_FORMAT_E5B9G9R9_UFLOAT_PACK32) &&
           kit_format_defined(k, f) && kit_aspects(f->format) == VK_IMAGE_ASPECT_COLOR_BIT;
}

static void
case_sampled_formats(struct kit *k)
{
    struct reader r;
    uint32_t n = 0;
    reader_init(k, &r);
    for (size_t i = 0; i < kit_n_format_infos; i++) {
        const struct kit_format_info *f = &kit_format_infos[i];
        for (VkImageTiling tiling = VK_IMAGE_TILING_OPTIMAL; tiling <= VK_IMAGE_TILING_LINEAR; tiling++) {
            const VkImageUsageFlags usage = VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT;
            VkImageFormatProperties p;
            if (!color_format(k, f) || !(kit_format_features(k, f->format, tiling) & VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT) ||
                vkGetPhysicalDeviceImageFormatProperties(k->physical, f->format, VK_IMAGE_TYPE_2D, tiling, usage, 0, &p) != VK_SUCCESS) {
                continue;
            }
            const uint32_t levels = p.maxMipLevels >= 2 ? 2 : 1;
            const struct kit_image img = kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_2D,
                                                                          .format = f->format,
                                                                          .extent = {W, H, 1},
                                                                          .mipLevels = levels,
                                                                          .tiling = tiling,
                                                                          .usage = usage});
            const VkDescriptorSet set = kit_set(k, r.sl[FETCH]);
            kit_write_image(k, set, 1, 0, VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE, img.view, VK_NULL_HANDLE);
            for (uint32_t l = 0; l < levels; l++) {
                uint8_t data[W * H * 16];
                const VkExtent3D e = kit_level_extent(&img, l);
                kit_noise_texels(f->format, data, e.width * e.height, (uint32_t)i * 2 + l);
                kit_upload(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, l, 0, data);
                read_all(k, &r, FETCH, f->c[0].numeric == KIT_UINT, kit_format_is_int(f->format), set, e.width, e.height, (int32_t)l);
                check_read(k, &r, f->format, data, e.width * e.height, tiling ? "linear" : "optimal");
            }
            n += tiling == VK_IMAGE_TILING_OPTIMAL;
        }
    }
    printf("  %u formats\n", n);
}

static void
case_storage_formats(struct kit *k)
{
    struct reader r;
    uint32_t n = 0;
    reader_init(k, &r);
    SKIP_UNLESS(k, r.pipes[COPY][0], "no storage images without format");
    for (size_t i = 0; i < kit_n_format_infos; i++) {
        const struct kit_format_info *f = &kit_format_infos[i];
        if (!color_format(k, f) || !(kit_format_features(k, f->format, VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_STORAGE_IMAGE_BIT)) {
            continue;
        }
        const struct kit_image a = kit_image_2d(k, f->format, W, H), b = kit_image_2d(k, f->format, W, H);
        const VkDescriptorSet set = kit_set(k, r.sl[COPY]);
        uint8_t data[W * H * 16];
        kit_noise_texels(f->format, data, W * H, (uint32_t)i);
        kit_upload(k, &a, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, data);
        kit_write_image(k, set, 1, 0, VK_DESCRIPTOR_TYPE_STORAGE_IMAGE, a.view, VK_NULL_HANDLE);
        kit_write_image(k, set, 2, 0, VK_DESCRIPTOR_TYPE_STORAGE_IMAGE, b.view, VK_NULL_HANDLE);
        read_all(k, &r, COPY, f->c[0].numeric == KIT_UINT, kit_format_is_int(f->format), set, W, H, 0);
        check_read(k, &r, f->format, data, W * H, "loaded");
        const uint8_t *got = kit_read(k, &b, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
        for (uint32_t p = 0; p < W * H; p++) { /* as values: -1 has two codes */
            const union kit_texel g = kit_unpack(f->format, got + p * f->block_B), w = kit_unpack(f->format, data + p * f->block_B);
            REQUIRE(k, memcmp(&g, &w, sizeof(g)) == 0, "%s, stored: texel %u", f->name, p);
        }
        n++;
    }
    printf("  %u formats\n", n);
}

/* The least offset of a view but 0: three times what it must be aligned to. SPEC: VkPhysicalDeviceTexelBufferAlignmentProperties */
static VkDeviceSize
least_offset(struct kit *k, const struct kit_format_info *f)
{
    VkPhysicalDeviceTexelBufferAlignmentProperties p = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TEXEL_BUFFER_ALIGNMENT_PROPERTIES};
    VkPhysicalDeviceProperties2 p2 = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &p};
    const VkPhysicalDeviceTexelBufferAlignmentFeaturesEXT *has = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TEXEL_BUFFER_ALIGNMENT_FEATURES_EXT);
    VkDeviceSize align_B = k->properties.limits.minTexelBufferOffsetAlignment;
    if (has->texelBufferAlignment) {
        const VkDeviceSize texel_B = f->n == 3 && f->packed == 0 ? f->block_B / 3 : f->block_B;
        k->vk.GetPhysicalDeviceProperties2(k->physical, &p2);
        align_B = p.uniformTexelBufferOffsetAlignmentBytes;
        align_B = p.uniformTexelBufferOffsetSingleTexelAlignment && texel_B < align_B ? texel_B : align_B;
    }
    return align_B * 3;
}

static void
case_texel_buffers(struct kit *k)
{
    struct reader r;
    uint32_t n = 0;
    reader_init(k, &r);
    for (size_t i = 0; i < kit_n_format_infos; i++) {
        const struct kit_format_info *f = &kit_format_infos[i];
        VkFormatProperties p = {0};
        if (color_format(k, f)) {
            vkGetPhysicalDeviceFormatProperties(k->physical, f->format, &p);
        }
        if (!(p.bufferFeatures & VK_FORMAT_FEATURE_UNIFORM_TEXEL_BUFFER_BIT)) {
            continue;
        }
        uint8_t data[W * H * 16];
        const VkDeviceSize offset_B = least_offset(k, f);
        kit_noise_texels(f->format, data, W * H, (uint32_t)i);
        const struct kit_buffer b = kit_buffer_for(k, VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT, offset_B + W * H * f->block_B, NULL);
        memcpy((uint8_t *)b.data + offset_B, data, W * H * f->block_B);
        const VkDescriptorSet set = kit_set(k, r.sl[TEXELS]);
        kit_write_texels(k, set, 1, 0, VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER,
                         kit_buffer_view(k, b.buffer, f->format, offset_B, VK_WHOLE_SIZE));
        read_all(k, &r, TEXELS, f->c[0].numeric == KIT_UINT, kit_format_is_int(f->format), set, W, H, 0);
        check_read(k, &r, f->format, data, W * H, "texel buffer");
        n++;
    }
    printf("  %u formats\n", n);
}

/* Depth and stencil are read through views of one aspect. */
static void
case_depth_stencil_views(struct kit *k)
{
    static const VkFormat formats[] = {VK_FORMAT_D16_UNORM, VK_FORMAT_D32_SFLOAT, VK_FORMAT_D24_UNORM_S8_UINT,
                                       VK_FORMAT_D32_SFLOAT_S8_UINT};
    struct reader r;
    reader_init(k, &r);
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        if (!(kit_format_features(k, formats[i], VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT)) {
            continue;
        }
        const struct kit_image img = kit_image_2d(k, formats[i], W, H);
        for (uint32_t left = img.aspects; left; left &= left - 1) {
            const VkImageAspectFlagBits aspect = (VkImageAspectFlagBits)(left & -left);
            const bool stencil = aspect == VK_IMAGE_ASPECT_STENCIL_BIT;
            const uint32_t B = kit_texel_B(formats[i], aspect);
            uint8_t data[W * H * 4];
            kit_noise(data, sizeof(data), (uint32_t)i);
            for (uint32_t t = 0; t < W * H && B == 4; t++) {
                const float d = (float)t / (W * H);
                const uint32_t word = t * 131071;
                memcpy(data + t * 4, kit_format(formats[i])->c[0].numeric == KIT_SFLOAT ? (const void *)&d : (const void *)&word, 4);
            }
            kit_upload(k, &img, aspect, 0, 0, data);
            const VkDescriptorSet set = kit_set(k, r.sl[FETCH]);
            kit_write_image(k, set, 1, 0, VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE,
                            kit_view(k, &img, VK_IMAGE_VIEW_TYPE_2D, VK_FORMAT_UNDEFINED, aspect, 0, 1, 0, 1), VK_NULL_HANDLE);
            read_all(k, &r, FETCH, stencil, stencil, set, W, H, 0);
            for (uint32_t t = 0; t < W * H; t++) {
                uint32_t word = 0;
                float as_float;
                memcpy(&word, data + t * B, B);
                memcpy(&as_float, &word, 4);
                const double d = B == 2                                               ? word / 65535.0
                                 : kit_format(formats[i])->c[0].numeric == KIT_SFLOAT ? (double)as_float
                                                                                      : (word & 0xffffff) / 16777215.0;
                if (stencil) {
                    REQUIRE(k, ((uint32_t *)r.out.data)[t * 4] == data[t], "%s: stencil %u", kit_format(formats[i])->name, t);
                } else {
                    REQUIRE(k, fabs((double)((float *)r.out.data)[t * 4] - d) < 1e-6, "%s: depth %u: %g, not %g",
                            kit_format(formats[i])->name, t, (double)((float *)r.out.data)[t * 4], d);
                }
            }
        }
    }
}

/* Components turned by the view; another format of the same size. */
static void
case_view_swizzles(struct kit *k)
{
    static const VkComponentMapping maps[] = {
        {VK_COMPONENT_SWIZZLE_B, VK_COMPONENT_SWIZZLE_G, VK_COMPONENT_SWIZZLE_R, VK_COMPONENT_SWIZZLE_A},
        {VK_COMPONENT_SWIZZLE_ONE, VK_COMPONENT_SWIZZLE_ZERO, VK_COMPONENT_SWIZZLE_A, VK_COMPONENT_SWIZZLE_R},
        {VK_COMPONENT_SWIZZLE_IDENTITY, VK_COMPONENT_SWIZZLE_R, VK_COMPONENT_SWIZZLE_IDENTITY, VK_COMPONENT_SWIZZLE_ONE},
    };
    struct reader r;
    uint8_t data[W * H * 4];
    reader_init(k, &r);
    kit_noise(data, sizeof(data), 1);
    const struct kit_image img = kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_2D,
                                                                  .format = VK_FORMAT_R8G8B8A8_UNORM,
                                                                  .extent = {W, H, 1},
                                                                  .flags = VK_IMAGE_CREATE_MUTABLE_FORMAT_BIT,
                                                                  .usage = VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT});
    kit_upload(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, data);
    for (size_t m = 0; m < ARRAY_LEN(maps); m++) {
        for (int as_uint = 0; as_uint < 2; as_uint++) {
            const VkImageViewCreateInfo info = {.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO,
                                                .image = img.image,
                                                .viewType = VK_IMAGE_VIEW_TYPE_2D,
                                                .format = as_uint ? VK_FORMAT_R8G8B8A8_UINT : VK_FORMAT_R8G8B8A8_UNORM,
                                                .components = maps[m],
                                                .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};
            VkImageView view;
            MUST(vkCreateImageView(k->device, &info, NULL, &view));
            KIT_OWN(k, VK_OBJECT_TYPE_IMAGE_VIEW, view);
            const VkDescriptorSet set = kit_set(k, r.sl[FETCH]);
            kit_write_image(k, set, 1, 0, VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE, view, VK_NULL_HANDLE);
            read_all(k, &r, FETCH, as_uint, as_uint, set, W, H, 0);
            for (uint32_t i = 0; i < W * H * 4; i++) {
                const VkComponentSwizzle *s = &maps[m].r + i % 4;
                const uint32_t c = *s == VK_COMPONENT_SWIZZLE_IDENTITY ? i % 4 : (uint32_t)*s - VK_COMPONENT_SWIZZLE_R;
                const uint32_t raw = *s == VK_COMPONENT_SWIZZLE_ZERO ? 0 : data[i / 4 * 4 + (c < 4 ? c : 0)];
                const uint32_t want_u = *s == VK_COMPONENT_SWIZZLE_ONE ? 1 : raw;
                const double want_f = *s == VK_COMPONENT_SWIZZLE_ONE ? 1 : raw / 255.0;
                REQUIRE(k, as_uint ? ((uint32_t *)r.out.data)[i] == want_u : fabs((double)((float *)r.out.data)[i] - want_f) < 1e-6,
                        "map %zu, component %u", m, i % 4);
            }
        }
    }
}

/* ---- samplers ---- */

#define S 16 /* texels of the square images, two levels */

struct sample {
    float coord[4], more[4];
};

struct sampling {
    float texels[2][S * S][4]; /* of the 2D image */
    struct kit_image flat2, layers, cube, volume, line, depth;
    VkDescriptorSetLayout sl;
    VkPipelineLayout layout;
    VkPipeline pipe;
};

static float
solid(uint32_t layer, uint32_t level) /* what a layer, face or slice of the other images holds */
{
    return (float)(layer * 2 + level * 16 + 1);
}

static struct kit_image
solid_image(struct kit *k, VkImageType type, uint32_t layers, VkImageCreateFlags flags)
{
    const struct kit_image img = kit_image(
        k, (VkImageCreateInfo){.imageType = type,
                               .format = VK_FORMAT_R32G32B32A32_SFLOAT,
                               .extent = {S, type == VK_IMAGE_TYPE_1D ? 1 : S, type == VK_IMAGE_TYPE_3D ? layers : 1},
                               .mipLevels = 2,
                               .arrayLayers = type == VK_IMAGE_TYPE_3D ? 1 : layers,
                               .flags = flags,
                               .usage = VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT});
    for (uint32_t level = 0; level < 2; level++) {
        for (uint32_t layer = 0; layer < img.info.arrayLayers; layer++) {
            const VkExtent3D e = kit_level_extent(&img, level);
            float *data = kit_alloc(k, kit_level_B(&img, VK_IMAGE_ASPECT_COLOR_BIT, level));
            for (uint32_t i = 0; i < e.width * e.height * e.depth * 4; i++) {
                data[i] = solid(type == VK_IMAGE_TYPE_3D ? i / 4 / (e.width * e.height) : layer, level);
            }
            kit_upload(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, level, layer, data);
        }
    }
    return img;
}

static void
sampling_init(struct kit *k, struct sampling *s)
{
    VkDescriptorType types[8] = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};
    for (int i = 2; i < 8; i++) {
        types[i] = VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER;
    }
    s->sl = kit_set_layout_of(k, 8, types);
    s->layout = kit_layout(k, 1, &s->sl, 0);
    s->pipe = kit_compute(k, s->layout, KIT_CODE(img_sample_comp), NULL);
    s->flat2 = solid_image(k, VK_IMAGE_TYPE_2D, 1, 0);
    s->layers = solid_image(k, VK_IMAGE_TYPE_2D, 3, 0);
    s->cube = solid_image(k, VK_IMAGE_TYPE_2D, 6, VK_IMAGE_CREATE_CUBE_COMPATIBLE_BIT);
    s->cube.view = kit_view(k, &s->cube, VK_IMAGE_VIEW_TYPE_CUBE, VK_FORMAT_UNDEFINED, 0, 0, 2, 0, 6);
    s->volume = solid_image(k, VK_IMAGE_TYPE_3D, 4, 0);
    s->line = solid_image(k, VK_IMAGE_TYPE_1D, 1, 0);
    s->depth = kit_image_2d(k, VK_FORMAT_D32_SFLOAT, S, S);
    uint32_t seed = 2;
    float d[S * S];
    for (uint32_t level = 0; level < 2; level++) {
        for (uint32_t i = 0; i < S * S * 4; i++) {
            s->texels[level][i / 4][i % 4] = (float)(kit_random(&seed) % 1024) / 64.0f;
        }
        kit_upload(k, &s->flat2, VK_IMAGE_ASPECT_COLOR_BIT, level, 0, s->texels[level]);
    }
    for (uint32_t i = 0; i < S * S; i++) {
        d[i] = (float)(i % S) / S;
    }
    kit_upload(k, &s->depth, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0, d);
}

static const float *
sample_all(struct kit *k, struct sampling *s, VkSampler sampler, VkSampler shadow, const struct sample *samples, uint32_t n)
{
    const struct kit_buffer in = kit_buffer(k, n * sizeof(*samples), samples), out = kit_buffer(k, n * 16, NULL);
    const VkDescriptorSet set = kit_set(k, s->sl);
    const VkImageView views[6] = {s->flat2.view, VK_NULL_HANDLE, s->cube.view, s->volume.view, s->line.view, s->depth.view};
    kit_write_buffer(k, set, 0, 0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, out.buffer, 0, VK_WHOLE_SIZE);
    kit_write_buffer(k, set, 1, 0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, in.buffer, 0, VK_WHOLE_SIZE);
    for (uint32_t i = 0; i < 6; i++) {
        kit_write_image(k, set, 2 + i, 0, VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, i == 1 ? s->layers.view : views[i],
                        i == 5 ? shadow : sampler);
    }
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, s->pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, s->layout, 0, 1, &set, 0, NULL);
    vkCmdDispatch(cmd, n / 64, 1, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    return out.data;
}

static VkSampler
make_sampler(struct kit *k, VkSamplerCreateInfo info)
{
    VkSampler s;
    info.sType = VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO;
    MUST(vkCreateSampler(k->device, &info, NULL, &s));
    KIT_OWN(k, VK_OBJECT_TYPE_SAMPLER, s);
    return s;
}

/* A texel's place after wrapping; -1: the border. SPEC: textures-wrapping-operation */
static int
wrap(VkSamplerAddressMode mode, int i, int n)
{
    const int m = ((i % (2 * n)) + 2 * n) % (2 * n);
    switch ((int)mode) {
    case VK_SAMPLER_ADDRESS_MODE_REPEAT: return m % n;
    case VK_SAMPLER_ADDRESS_MODE_MIRRORED_REPEAT: return m < n ? m : 2 * n - 1 - m;
    case VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE: return i < 0 ? 0 : i >= n ? n - 1 : i;
    case VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_BORDER: return i < 0 || i >= n ? -1 : i;
    default: return i < -n ? n - 1 : i < 0 ? -1 - i : i >= n ? n - 1 : i; /* once */
    }
}

static void
texel2(const struct sampling *s, int level, VkSamplerAddressMode mu, VkSamplerAddressMode mv, int x, int y, const double border[4],
       double out[4])
{
    const int n = S >> level, i = wrap(mu, x, n), j = wrap(mv, y, n);
    for (int c = 0; c < 4; c++) {
        out[c] = i < 0 || j < 0 ? border[c] : (double)s->texels[level][j * n + i][c];
    }
}

static void
level2(const struct sampling *s, int level, const VkSamplerCreateInfo *info, VkFilter filter, double u, double v, const double border[4],
       double out[4])
{
    const int n = S >> level;
    double x = u * n, y = v * n;
    if (filter == VK_FILTER_NEAREST) {
        texel2(s, level, info->addressModeU, info->addressModeV, (int)floor(x), (int)floor(y), border, out);
        return;
    }
    x -= 0.5, y -= 0.5;
    const double a = x - floor(x), b = y - floor(y);
    memset(out, 0, 4 * sizeof(*out));
    for (int t = 0; t < 4; t++) {
        double c[4];
        texel2(s, level, info->addressModeU, info->addressModeV, (int)floor(x) + t % 2, (int)floor(y) + t / 2, border, c);
        for (int i = 0; i < 4; i++) {
            out[i] += c[i] * (t % 2 ? a : 1 - a) * (t / 2 ? b : 1 - b);
        }
    }
}

/* SPEC: textures-image-operations, for two levels. */
static void
reference2(const struct sampling *s, const VkSamplerCreateInfo *info, double u, double v, double lod, const double border[4], double out[4])
{
    lod = fmin(fmax(lod + (double)info->mipLodBias, (double)info->minLod), (double)info->maxLod);
    const VkFilter filter = lod <= 0 ? info->magFilter : info->minFilter;
    const double d = fmin(fmax(lod, 0), 1);
    if (info->mipmapMode == VK_SAMPLER_MIPMAP_MODE_NEAREST) {
        level2(s, d > 0.5, info, filter, u, v, border, out);
        return;
    }
    double a[4], b[4];
    level2(s, 0, info, filter, u, v, border, a);
    level2(s, 1, info, filter, u, v, border, b);
    for (int i = 0; i < 4; i++) {
        out[i] = a[i] + (b[i] - a[i]) * d;
    }
}

/* Near the edge between two texels either is right, at any level. */
static bool
doubtful(double u, double v)
{
    for (int n = S / 2; n <= S; n *= 2) {
        const double x = u * n, y = v * n;
        if (fabs(x - round(x)) < 0.01 || fabs(y - round(y)) < 0.01) {
            return true;
        }
    }
    return false;
}

/* All address modes, filters, biases and clamps on the 2D image, by four of the instructions. */
static void
case_samplers(struct kit *k)
{
    struct sampling s;
    sampling_init(k, &s);
    const VkSampler shadow = make_sampler(k, (VkSamplerCreateInfo){.compareEnable = VK_TRUE});
    const bool mirror_once = kit_has(k, "VK_KHR_sampler_mirror_clamp_to_edge");
    static const VkBorderColor borders[3] = {VK_BORDER_COLOR_FLOAT_TRANSPARENT_BLACK, VK_BORDER_COLOR_FLOAT_OPAQUE_BLACK,
                                             VK_BORDER_COLOR_FLOAT_OPAQUE_WHITE};
    uint32_t seed = 3;
    for (uint32_t round = 0; round < 60; round++) {
        const VkSamplerCreateInfo info = {
            .magFilter = (VkFilter)(round & 1),
            .minFilter = (VkFilter)(round >> 1 & 1),
            .mipmapMode = (VkSamplerMipmapMode)(round >> 2 & 1),
            .addressModeU = (VkSamplerAddressMode)(round % (mirror_once ? 5 : 4)),
            .addressModeV = (VkSamplerAddressMode)(round / 5 % (mirror_once ? 5 : 4)),
            .addressModeW = VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE,
            .mipLodBias = round % 7 == 3 ? 0.375f : 0,
            .minLod = round % 11 == 5 ? 0.25f : 0,
            .maxLod = round % 13 == 7 ? 0.75f : VK_LOD_CLAMP_NONE,
            .borderColor = borders[round % 3],
        };
        const double white = round % 3 == 2, alpha = round % 3 != 0, border[4] = {white, white, white, alpha};
        struct sample samples[256];
        for (uint32_t i = 0; i < ARRAY_LEN(samples); i++) {
            static const float operations[4] = {0, 7, 8, 9};
            const float lods[6] = {-1, 0, 0.3125f, 0.8125f, 1, 5};
            samples[i] =
                (struct sample){{(float)(kit_random(&seed) % 4096) / 1024.0f - 1.5f, (float)(kit_random(&seed) % 4096) / 1024.0f - 1.5f},
                                {lods[kit_random(&seed) % 6], operations[i % 4]}};
        }
        const float *got = sample_all(k, &s, make_sampler(k, info), shadow, samples, ARRAY_LEN(samples));
        for (uint32_t i = 0; i < ARRAY_LEN(samples); i++) {
            const double u = (double)samples[i].coord[0], v = (double)samples[i].coord[1];
            double lod = (double)samples[i].more[0], want[4];
            if (i % 4 == 1) { /* offsets are in texels of the level: only where a single one is read, and of level 0 */
                continue;
            }
            const bool nearest = info.magFilter == VK_FILTER_NEAREST || info.minFilter == VK_FILTER_NEAREST;
            const double l = fmin(fmax(lod + (double)info.mipLodBias, (double)info.minLod), (double)info.maxLod);
            if ((nearest && doubtful(u, v)) || (i % 4 == 2 && fabs(l) < 0.01 && info.magFilter != info.minFilter)) {
                continue;
            }
            reference2(&s, &info, u, v, lod, border, want);
            for (int c = 0; c < 4; c++) { /* texels are up to 16; a level from derivatives has a logarithm behind it */
                const double weight = 2 / exp2((double)k->properties.limits.subTexelPrecisionBits) +
                                      (i % 4 == 2 && !kit_ours(k) ? 0.0625 : 1 / exp2((double)k->properties.limits.mipmapPrecisionBits));
                REQUIRE(k, fabs((double)got[i * 4 + c] - want[c]) < 16.0 * weight,
                        "round %u, operation %g at %g,%g level %g, component %d: %g, not %g", round, (double)samples[i].more[1], u, v, lod,
                        c, (double)got[i * 4 + c], want[c]);
            }
        }
    }
}

/* Layers, faces, slices, lines, comparisons, gathers, sizes. */
static void
case_dimensions(struct kit *k)
{
    struct sampling s;
    sampling_init(k, &s);
    const VkSampler nearest = kit_sampler(k, VK_FILTER_NEAREST, VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE);
    static const float faces[6][3] = {{1, 0.2f, -0.3f},  {-1, 0.5f, 0.1f}, {0.3f, 1, 0.2f},
                                      {-0.4f, -1, 0.6f}, {0.1f, 0.2f, 1},  {0.9f, -0.7f, -1}};
    for (uint32_t op = 0; op < 8; op++) {
        const VkSampler shadow = make_sampler(k, (VkSamplerCreateInfo){.compareEnable = VK_TRUE,
                                                                       .compareOp = (VkCompareOp)op,
                                                                       .addressModeU = VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE});
        struct sample samples[64] = {{{0}, {0}}};
        for (uint32_t i = 0; i < 64; i++) {
            const float level = (float)(i / 8 % 2), place = ((float)(i % S) + 0.5f) / S;
            const uint32_t kind = i % 8 >= 6 ? 10 + i % 2 : i % 8;
            samples[i] = (struct sample){{place, 0.3f, 0}, {level, (float)kind}};
            if (kind == 1) {
                samples[i].coord[2] = (float)(i / 16) - 0.4f; /* layers round to nearest and clamp */
            } else if (kind == 2) {
                memcpy(samples[i].coord, faces[i / 8 % 6], sizeof(faces[0]));
            } else if (kind == 3) {
                samples[i].coord[2] = ((float)(i / 16) + 0.5f) / 4;
            } else if (kind == 5) {
                samples[i].coord[2] = 0.5f;
                samples[i].more[0] = 0;
            }
        }
        const float *got = sample_all(k, &s, nearest, shadow, samples, 64);
        for (uint32_t i = 0; i < 64; i++) {
            const uint32_t kind = (uint32_t)samples[i].more[1], level = (uint32_t)samples[i].more[0];
            float want[4];
            const int x = (int)(i % S), n = S >> level;
            const int y = (int)(0.3 * n);
            for (int c = 0; c < 4; c++) {
                const float stored = (float)x / S;
                switch (kind) {
                case 0: want[c] = s.texels[level][y * n + x * n / S][c]; break;
                case 1: want[c] = solid(fminf(fmaxf(rintf(samples[i].coord[2]), 0), 2), level); break;
                case 2: want[c] = solid(i / 8 % 6, level); break;
                case 3: want[c] = solid(level ? i / 16 / 2 : i / 16, level); break;
                case 4: want[c] = solid(0, level); break;
                case 5: {
                    const bool less = 0.5f < stored, same = 0.5f == stored;
                    want[c] = op == VK_COMPARE_OP_NEVER    ? 0
                              : op == VK_COMPARE_OP_ALWAYS ? 1
                                                           : (op & 1 && less) || (op & 2 && same) || (op & 4 && !less && !same);
                    break;
                }
                case 10: want[c] = c < 2 ? S / 2 : c == 2 ? 2 : 3; break;
                default: want[c] = c < 2 ? S : c == 2 ? 4 : S; break;
                }
            }
            char what[64];
            snprintf(what, sizeof(what), "compare op %u, invocation %u, operation %u", op, i, kind);
            kit_close(k, what, got + i * 4, want, 4, 1e-6f);
        }
    }
}

/* Gathers away from the edges of footprints. */
static void
case_gather(struct kit *k)
{
    struct sampling s;
    sampling_init(k, &s);
    const VkSampler nearest = kit_sampler(k, VK_FILTER_NEAREST, VK_SAMPLER_ADDRESS_MODE_REPEAT),
                    shadow = make_sampler(k, (VkSamplerCreateInfo){.compareEnable = VK_TRUE});
    struct sample samples[256];
    uint32_t seed = 9;
    for (uint32_t i = 0; i < ARRAY_LEN(samples); i++) {
        const float u = ((float)(kit_random(&seed) % 64) - 20.25f) / S, v = ((float)(kit_random(&seed) % 64) - 20.125f) / S;
        samples[i] = (struct sample){{u, v}, {0, i % 2 ? 7 : 6}};
    }
    const float *got = sample_all(k, &s, nearest, shadow, samples, ARRAY_LEN(samples));
    for (uint32_t i = 0; i < ARRAY_LEN(samples); i++) {
        static const int gx[4] = {0, 1, 1, 0}, gy[4] = {1, 1, 0, 0};
        const double x = (double)samples[i].coord[0] * S, y = (double)samples[i].coord[1] * S;
        float want[4];
        for (int c = 0; c < 4; c++) {
            const int fx = i % 2 ? (int)floor(x) + 2 : (int)floor(x - 0.5) + gx[c],
                      fy = i % 2 ? (int)floor(y) - 3 : (int)floor(y - 0.5) + gy[c];
            want[c] =
                s.texels[0][wrap(VK_SAMPLER_ADDRESS_MODE_REPEAT, fy, S) * S + wrap(VK_SAMPLER_ADDRESS_MODE_REPEAT, fx, S)][i % 2 ? c : 1];
        }
        kit_close(k, i % 2 ? "offset" : "gather", got + i * 4, want, 4, 0);
    }
}

static const struct kit_case cases[] = {
    {"sampled_formats", case_sampled_formats}, {"storage_formats", case_storage_formats},
    {"texel_buffers", case_texel_buffers},     {"depth_stencil_views", case_depth_stencil_views},
    {"view_swizzles", case_view_swizzles},     {"samplers", case_samplers},
    {"dimensions", case_dimensions},           {"gather", case_gather},
};
KIT_MAIN(cases)
