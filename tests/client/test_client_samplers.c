/* What samplers and views can do beyond filtering: border colours of any value and order, minima and maxima, least levels, slices as 2D images,
 * cubes without seams; reads and writes outside of everything and through null descriptors. */
#include "kit.h"

#include "draw_fetch_vert.h"
#include "probe_2d_comp.h"
#include "probe_3d_comp.h"
#include "probe_cube_comp.h"
#include "robust_comp.h"
#include "store_2d_comp.h"

enum probe { PROBE_2D, PROBE_CUBE, PROBE_3D };

/* Samples at n places (at most 16); results are four floats each. */
static const float *
probe(struct kit *k, enum probe kind, VkImageView view, VkSampler sampler, const float (*places)[4], uint32_t n)
{
    const VkDescriptorType types[3] = {VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};
    const VkDescriptorSetLayout sets = kit_set_layout_of(k, 3, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &sets, 0);
    const VkPipeline pipe = kind == PROBE_2D     ? kit_compute(k, layout, KIT_CODE(probe_2d_comp), NULL)
                            : kind == PROBE_CUBE ? kit_compute(k, layout, KIT_CODE(probe_cube_comp), NULL)
                                                 : kit_compute(k, layout, KIT_CODE(probe_3d_comp), NULL);
    const VkDescriptorSet set = kit_set(k, sets);
    const struct kit_buffer in = kit_buffer(k, n * 16, places), out = kit_buffer(k, n * 16, NULL);
    kit_write_image(k, set, 0, 0, types[0], view, sampler);
    kit_write_buffer(k, set, 1, 0, types[1], in.buffer, 0, VK_WHOLE_SIZE);
    kit_write_buffer(k, set, 2, 0, types[2], out.buffer, 0, VK_WHOLE_SIZE);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    vkCmdDispatch(cmd, 1, 1, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    return out.data;
}

static VkSampler
sampler(struct kit *k, VkSamplerCreateInfo info)
{
    VkSampler s;
    info.sType = VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO;
    info.maxLod = info.maxLod > 0 ? info.maxLod : VK_LOD_CLAMP_NONE;
    MUST(vkCreateSampler(k->device, &info, NULL, &s));
    KIT_OWN(k, VK_OBJECT_TYPE_SAMPLER, s);
    return s;
}

static VkImageView
view_of(struct kit *k, VkImageViewCreateInfo info)
{
    VkImageView v;
    info.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO;
    MUST(vkCreateImageView(k->device, &info, NULL, &v));
    KIT_OWN(k, VK_OBJECT_TYPE_IMAGE_VIEW, v);
    return v;
}

static void
expect(struct kit *k, const char *what, const float *got, float r, float g, float b, float a)
{
    const float want[4] = {r, g, b, a};
    kit_close(k, what, got, want, 4, 1e-5f);
}

static void
case_border(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, VK_EXT_CUSTOM_BORDER_COLOR_EXTENSION_NAME), "no custom border colours");
    static const struct {
        VkFormat format;
        float r, g, b, a; /* of the border, swizzled b a r 1 */
    } formats[] = {
        {VK_FORMAT_R8G8B8A8_UNORM, 0.75f, 0.125f, 0.25f, 1}, {VK_FORMAT_R8G8_UNORM, 0, 1, 0.25f, 1}, {VK_FORMAT_R32_SFLOAT, 0, 1, 0.25f, 1},
        {VK_FORMAT_B10G11R11_UFLOAT_PACK32, 0.75f, 1, 0.25f, 1}, {VK_FORMAT_R16G16B16A16_SFLOAT, 0.75f, 0.125f, 0.25f, 1},
    };
    const VkSamplerCustomBorderColorCreateInfoEXT custom = {.sType = VK_STRUCTURE_TYPE_SAMPLER_CUSTOM_BORDER_COLOR_CREATE_INFO_EXT,
                                                            .customBorderColor.float32 = {0.25f, 0.5f, 0.75f, 0.125f}};
    const VkSamplerAddressMode border = VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_BORDER;
    const VkSampler s = sampler(k, (VkSamplerCreateInfo){.pNext = &custom, .borderColor = VK_BORDER_COLOR_FLOAT_CUSTOM_EXT, .addressModeU = border,
                                                         .addressModeV = border, .addressModeW = border});
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        const struct kit_image img = kit_image_2d(k, formats[i].format, 2, 2);
        const VkImageView v = view_of(k, (VkImageViewCreateInfo){.image = img.image, .viewType = VK_IMAGE_VIEW_TYPE_2D, .format = formats[i].format,
                                                                 .components = {VK_COMPONENT_SWIZZLE_B, VK_COMPONENT_SWIZZLE_A, VK_COMPONENT_SWIZZLE_R,
                                                                                VK_COMPONENT_SWIZZLE_ONE},
                                                                 .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}});
        const float places[1][4] = {{-1, 0.5f, 0, 0}};
        expect(k, kit_format(formats[i].format)->name, probe(k, PROBE_2D, v, s, places, 1), formats[i].r, formats[i].g, formats[i].b, formats[i].a);
    }
}

static void
case_minmax(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, VK_EXT_SAMPLER_FILTER_MINMAX_EXTENSION_NAME), "no minima and maxima");
    const uint8_t data[2][4] = {{10, 200, 0, 255}, {50, 100, 255, 0}};
    const struct kit_image img = kit_image_2d(k, VK_FORMAT_R8G8B8A8_UNORM, 2, 1);
    kit_upload(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, data);
    const float places[3][4] = {{0.5f, 0.5f, 0, 0}, {0.3f, 0.5f, 0, 0}, {0.25f, 0.5f, 0, 0}}; /* between, nearer to one, exactly on it */
    for (uint32_t max = 0; max < 2; max++) {
        const VkSamplerReductionModeCreateInfo mode = {.sType = VK_STRUCTURE_TYPE_SAMPLER_REDUCTION_MODE_CREATE_INFO,
                                                       .reductionMode = max ? VK_SAMPLER_REDUCTION_MODE_MAX : VK_SAMPLER_REDUCTION_MODE_MIN};
        const VkSampler s = sampler(k, (VkSamplerCreateInfo){.pNext = &mode, .magFilter = VK_FILTER_LINEAR, .minFilter = VK_FILTER_LINEAR,
                                                             .addressModeU = VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE,
                                                             .addressModeV = VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE});
        const float *got = probe(k, PROBE_2D, img.view, s, places, 3);
        for (int i = 0; i < 2; i++) {
            expect(k, max ? "max" : "min", got + 4 * i, max ? 50 / 255.0f : 10 / 255.0f, max ? 200 / 255.0f : 100 / 255.0f, (float)max, (float)max);
        }
        expect(k, "one texel", got + 8, 10 / 255.0f, 200 / 255.0f, 0, 1);
    }
}

static void
case_min_lod(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, VK_EXT_IMAGE_VIEW_MIN_LOD_EXTENSION_NAME), "no least level of views");
    const struct kit_image img = kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_2D, .format = VK_FORMAT_R32_SFLOAT, .extent = {8, 8, 1},
                                                                  .mipLevels = 4, .usage = VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT});
    for (uint32_t l = 0; l < 4; l++) {
        float data[64];
        for (int i = 0; i < 64; i++) {
            data[i] = (float)(10 * l);
        }
        kit_upload(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, l, 0, data);
    }
    const VkImageViewMinLodCreateInfoEXT min_lod = {.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_MIN_LOD_CREATE_INFO_EXT, .minLod = 1.5f};
    const float places[3][4] = {{0.5f, 0.5f, 0, 0}, {0.5f, 0.5f, 0, 1.25f}, {0.5f, 0.5f, 0, 1.75f}};
    const VkSampler s = sampler(k, (VkSamplerCreateInfo){.magFilter = VK_FILTER_LINEAR, .minFilter = VK_FILTER_LINEAR,
                                                         .mipmapMode = VK_SAMPLER_MIPMAP_MODE_LINEAR});
    for (uint32_t base = 0; base < 2; base++) { /* the number counts from the image's level 0, the shader's from the view's */
        const VkImageView v = view_of(k, (VkImageViewCreateInfo){.pNext = &min_lod, .image = img.image, .viewType = VK_IMAGE_VIEW_TYPE_2D,
                                                                 .format = VK_FORMAT_R32_SFLOAT,
                                                                 .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, base, 4 - base, 0, 1}});
        const float *got = probe(k, PROBE_2D, v, s, places, 3);
        expect(k, "lod 0", got, 15, 0, 0, 1);
        expect(k, "lod 1.25", got + 4, base ? 22.5f : 15, 0, 0, 1);
        expect(k, "lod 1.75", got + 8, base ? 27.5f : 17.5f, 0, 0, 1);
    }
}

/* A slice of a 3D image as a 2D image: sampled, and stored to. */
static void
case_2d_of_3d(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, VK_EXT_IMAGE_2D_VIEW_OF_3D_EXTENSION_NAME), "no 2D views of 3D images");
    const struct kit_image img = kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_3D, .format = VK_FORMAT_R8G8B8A8_UNORM, .extent = {8, 8, 8},
                                                                  .mipLevels = 2, .flags = VK_IMAGE_CREATE_2D_VIEW_COMPATIBLE_BIT_EXT,
                                                                  .usage = VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_STORAGE_BIT |
                                                                           VK_IMAGE_USAGE_TRANSFER_DST_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT});
    uint8_t data[4][16][4];
    for (uint32_t z = 0; z < 4; z++) {
        memset(data[z], (int)(z * 60), sizeof(data[z]));
    }
    kit_upload(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 1, 0, data);
    const VkImageView v = view_of(k, (VkImageViewCreateInfo){.image = img.image, .viewType = VK_IMAGE_VIEW_TYPE_2D, .format = VK_FORMAT_R8G8B8A8_UNORM,
                                                             .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 1, 1, 2, 1}});
    const float places[1][4] = {{0.3f, 0.6f, 0, 0}};
    const VkSampler s = kit_sampler(k, VK_FILTER_LINEAR, VK_SAMPLER_ADDRESS_MODE_REPEAT);
    const float c = 120 / 255.0f;
    expect(k, "slice 2", probe(k, PROBE_2D, v, s, places, 1), c, c, c, c);

    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_IMAGE;
    const VkDescriptorSetLayout sets = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sets, 0);
    const VkDescriptorSet set = kit_set(k, sets);
    kit_write_image(k, set, 0, 0, type, v, VK_NULL_HANDLE);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, kit_compute(k, layout, KIT_CODE(store_2d_comp), NULL));
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    vkCmdDispatch(cmd, 1, 1, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    for (uint32_t i = 0; i < 16; i++) {
        const uint8_t t[4] = {(uint8_t)(i % 4), (uint8_t)(i / 4), 255, 128};
        memcpy(data[2][i], t, 4);
    }
    kit_same(k, "slices", kit_read(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 1, 0), data, 64, 4, 4);
}

static void
case_cube_seams(struct kit *k)
{
    const struct kit_image img = kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_2D, .format = VK_FORMAT_R32_SFLOAT, .extent = {1, 1, 1},
                                                                  .arrayLayers = 6, .flags = VK_IMAGE_CREATE_CUBE_COMPATIBLE_BIT,
                                                                  .usage = VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT});
    for (uint32_t f = 0; f < 6; f++) {
        const float v = (float)(1u << f);
        kit_upload(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 0, f, &v);
    }
    const VkImageView v = kit_view(k, &img, VK_IMAGE_VIEW_TYPE_CUBE, VK_FORMAT_UNDEFINED, 0, 0, 1, 0, 6);
    /* the middle of +X; the edge of +X and +Y; nearly the corner of +X, +Y, +Z */
    const float places[3][4] = {{1, 0, 0, 0}, {1, 0.999999f, 0, 0}, {1, 0.999999f, 0.999999f, 0}};
    const VkSamplerAddressMode clamp = VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE;
    VkSamplerCreateInfo info = {.magFilter = VK_FILTER_LINEAR, .minFilter = VK_FILTER_LINEAR, .addressModeU = clamp, .addressModeV = clamp, .addressModeW = clamp};
    const float *got = probe(k, PROBE_CUBE, v, sampler(k, info), places, 3);
    expect(k, "middle", got, 1, 0, 0, 1);
    expect(k, "edge", got + 4, (1 + 4) / 2.0f, 0, 0, 1);
    expect(k, "corner", got + 8, (1 + 4 + 16) / 3.0f, 0, 0, 1); /* the three faces and their average */
    if (kit_has(k, VK_EXT_NON_SEAMLESS_CUBE_MAP_EXTENSION_NAME)) {
        info.flags = VK_SAMPLER_CREATE_NON_SEAMLESS_CUBE_MAP_BIT_EXT;
        got = probe(k, PROBE_CUBE, v, sampler(k, info), places, 3);
        for (int i = 0; i < 3; i++) {
            expect(k, "no seams", got + 4 * i, 1, 0, 0, 1);
        }
    }
}

/* ---- outside ---- */

#define LANES 32
#define FIRST (-8)

static const VkDescriptorType robust_types[7] = {
    VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER, VK_DESCRIPTOR_TYPE_STORAGE_TEXEL_BUFFER,
    VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, VK_DESCRIPTOR_TYPE_STORAGE_IMAGE, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};

/* whole, stage: VkPipelineRobustnessCreateInfo of the pipeline and of its stage, or NULL. */
static const float (*robust_run(struct kit *k, VkDescriptorSetLayout sets, VkDescriptorSet set, int32_t write, const void *whole, const void *stage))[8][4]
{
    const VkPipelineLayout layout = kit_layout(k, 1, &sets, 4);
    const struct kit_buffer out = kit_buffer(k, LANES * 8 * 16, NULL);
    kit_write_buffer(k, set, 6, 0, robust_types[6], out.buffer, 0, VK_WHOLE_SIZE);
    const VkComputePipelineCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO, .pNext = whole,
        .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, .pNext = stage, .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                  .module = kit_module(k, KIT_CODE(robust_comp)), .pName = "main"},
        .layout = layout};
    VkPipeline pipe;
    MUST(vkCreateComputePipelines(k->device, k->cache, 1, &info, NULL, &pipe));
    KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, pipe);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, 4, &write);
    vkCmdDispatch(cmd, 1, 1, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    return (const float(*)[8][4])out.data;
}

static bool
robust(struct kit *k)
{
    const VkPhysicalDeviceRobustness2FeaturesEXT *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ROBUSTNESS_2_FEATURES_EXT);
    return f->robustBufferAccess2 && f->robustImageAccess2 && f->nullDescriptor;
}

/* Everything has 5 elements of 1.0 between other memory that must stay unseen and unchanged. */
static void
outside(struct kit *k, const void *whole, const void *stage)
{
    const VkDescriptorSetLayout sets = kit_set_layout_of(k, 7, robust_types);
    const VkDescriptorSet set = kit_set(k, sets);
    float filled[256];
    for (size_t i = 0; i < ARRAY_LEN(filled); i++) {
        filled[i] = i >= 64 && i < 64 + 20 ? 1.0f : 7.0f;
    }
    const struct kit_buffer storage = kit_buffer(k, sizeof(filled), filled), uniform = kit_buffer(k, sizeof(filled), filled),
                            texels = kit_buffer(k, sizeof(filled), filled);
    kit_write_buffer(k, set, 0, 0, robust_types[0], storage.buffer, 256, 20);
    kit_write_buffer(k, set, 1, 0, robust_types[1], uniform.buffer, 256, 80);
    kit_write_texels(k, set, 2, 0, robust_types[2], kit_buffer_view(k, texels.buffer, VK_FORMAT_R32_SFLOAT, 256, 20));
    kit_write_texels(k, set, 3, 0, robust_types[3], kit_buffer_view(k, texels.buffer, VK_FORMAT_R32G32B32A32_SFLOAT, 256, 80));
    const struct kit_image tex = kit_image_2d(k, VK_FORMAT_R32G32_SFLOAT, 5, 5), img = kit_image_2d(k, VK_FORMAT_R8G8B8A8_UNORM, 5, 5);
    float ones[50];
    for (size_t i = 0; i < ARRAY_LEN(ones); i++) {
        ones[i] = 1;
    }
    kit_upload(k, &tex, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, ones);
    uint32_t white[25], *after;
    memset(white, 0xff, sizeof(white));
    kit_upload(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, white);
    kit_write_image(k, set, 4, 0, robust_types[4], tex.view, kit_sampler(k, VK_FILTER_NEAREST, VK_SAMPLER_ADDRESS_MODE_REPEAT));
    kit_write_image(k, set, 5, 0, robust_types[5], img.view, VK_NULL_HANDLE);
    const float(*got)[8][4] = robust_run(k, sets, set, 1, whole, stage);
    for (int l = 0; l < LANES; l++) {
        const int i = l + FIRST;
        const float in = i >= 0 && i < 5 ? 1.0f : 0.0f;
        const float level = i == 0 ? 1.0f : 0.0f;
        expect(k, "storage buffer", got[l][0], in, 5, 0, 0);
        expect(k, "uniform buffer", got[l][1], in, in, in, in);
        expect(k, "uniform texels", got[l][2], in, 0, 0, 1);
        expect(k, "storage texels", got[l][3], in, in, in, in);
        expect(k, "fetch", got[l][4], in, in, 0, 1);
        expect(k, "fetch from a level", got[l][5], level, level, 0, 1);
        expect(k, "image load", got[l][6], in, in, in, in);
    }
    for (size_t i = 0; i < 5; i++) {
        filled[64 + i] = 100.0f + (float)i;
    }
    kit_same(k, "the buffer afterwards", storage.data, filled, ARRAY_LEN(filled), 4, 0);
    after = kit_read(k, &img, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    kit_same(k, "the image afterwards", after, white, 25, 4, 5);
}

static void
case_outside(struct kit *k)
{
    SKIP_UNLESS(k, robust(k), "no robustness2");
    outside(k, NULL, NULL);
}

/* What vertices read behind the end of their buffer; library: the pipeline is linked from parts, and the part with the vertex input says so. */
static void
vertices_outside(struct kit *k, const VkPipelineRobustnessCreateInfo *robustness, bool library)
{
    enum { N = 16, THERE = 6 };
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkDescriptorSet set = kit_set(k, sl);
    float data[N * 4], sevens[N * 4];
    for (uint32_t i = 0; i < N * 4; i++) {
        data[i] = (float)(i + 1);
        sevens[i] = 7;
    }
    const struct kit_buffer vertices = kit_buffer(k, THERE * 16, data), out = kit_buffer(k, sizeof(sevens), sevens);
    kit_write_buffer(k, set, 0, 0, type, out.buffer, 0, VK_WHOLE_SIZE);
    memset(&data[THERE * 4], 0, sizeof(data) - THERE * 16);
    struct kit_target t;
    struct kit_graphics g;
    kit_target_rgba(k, &t, 4, 4);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(draw_fetch_vert), NULL, 0);
    g.assembly.topology = VK_PRIMITIVE_TOPOLOGY_POINT_LIST;
    kit_graphics_vertices(&g, VK_FORMAT_R32G32B32A32_SFLOAT, 16);
    VkPipeline pipe;
    if (library) {
        const VkPipelineRobustnessCreateInfo plain = {.sType = VK_STRUCTURE_TYPE_PIPELINE_ROBUSTNESS_CREATE_INFO};
        const VkGraphicsPipelineLibraryFlagsEXT first = VK_GRAPHICS_PIPELINE_LIBRARY_VERTEX_INPUT_INTERFACE_BIT_EXT,
                                                rest = VK_GRAPHICS_PIPELINE_LIBRARY_PRE_RASTERIZATION_SHADERS_BIT_EXT |
                                                       VK_GRAPHICS_PIPELINE_LIBRARY_FRAGMENT_SHADER_BIT_EXT |
                                                       VK_GRAPHICS_PIPELINE_LIBRARY_FRAGMENT_OUTPUT_INTERFACE_BIT_EXT;
        g.info.pNext = robustness;
        const VkPipeline input = kit_graphics_library(k, &g, layout, first);
        g.info.pNext = &plain;
        const VkPipeline parts[2] = {input, kit_graphics_library(k, &g, layout, rest)};
        const VkPipelineLibraryCreateInfoKHR link = {.sType = VK_STRUCTURE_TYPE_PIPELINE_LIBRARY_CREATE_INFO_KHR, .libraryCount = 2, .pLibraries = parts};
        const VkGraphicsPipelineCreateInfo info = {.sType = VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO, .pNext = &link, .layout = layout};
        MUST(vkCreateGraphicsPipelines(k->device, k->cache, 1, &info, NULL, &pipe));
        KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, pipe);
    } else {
        g.info.pNext = robustness;
        pipe = kit_graphics_create(k, &g);
    }
    const VkDeviceSize zero = 0;
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, layout, 0, 1, &set, 0, NULL);
    vkCmdBindVertexBuffers(cmd, 0, 1, &vertices.buffer, &zero);
    vkCmdDraw(cmd, N, 1, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    kit_same(k, library ? "vertices, libraries" : "vertices", out.data, data, N * 4, 4, 4);
}

/* As above, asked for by the pipeline, and by its stage against what the pipeline says. */
static void
case_pipeline_robustness(struct kit *k)
{
    const VkPhysicalDevicePipelineRobustnessFeatures *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_ROBUSTNESS_FEATURES);
    SKIP_UNLESS(k, f->pipelineRobustness && robust(k), "no pipeline robustness, or no robustness2");
    VkPipelineRobustnessCreateInfo most = {.sType = VK_STRUCTURE_TYPE_PIPELINE_ROBUSTNESS_CREATE_INFO}, none = most;
    most.storageBuffers = most.uniformBuffers = most.vertexInputs = VK_PIPELINE_ROBUSTNESS_BUFFER_BEHAVIOR_ROBUST_BUFFER_ACCESS_2;
    most.images = VK_PIPELINE_ROBUSTNESS_IMAGE_BEHAVIOR_ROBUST_IMAGE_ACCESS_2;
    none.storageBuffers = none.uniformBuffers = none.vertexInputs = VK_PIPELINE_ROBUSTNESS_BUFFER_BEHAVIOR_DISABLED;
    none.images = VK_PIPELINE_ROBUSTNESS_IMAGE_BEHAVIOR_DISABLED;
    outside(k, &most, NULL);
    outside(k, &none, &most);
    vertices_outside(k, &most, false);
    if (k->features.vertexPipelineStoresAndAtomics && kit_has(k, "VK_EXT_graphics_pipeline_library")) {
        vertices_outside(k, &most, true);
    }
}

static void
case_null(struct kit *k)
{
    SKIP_UNLESS(k, robust(k), "no robustness2");
    const VkDescriptorSetLayout sets = kit_set_layout_of(k, 7, robust_types);
    const VkDescriptorSet set = kit_set(k, sets);
    kit_write_buffer(k, set, 0, 0, robust_types[0], VK_NULL_HANDLE, 0, VK_WHOLE_SIZE);
    kit_write_buffer(k, set, 1, 0, robust_types[1], VK_NULL_HANDLE, 0, VK_WHOLE_SIZE);
    kit_write_texels(k, set, 2, 0, robust_types[2], VK_NULL_HANDLE);
    kit_write_texels(k, set, 3, 0, robust_types[3], VK_NULL_HANDLE);
    kit_write_image(k, set, 4, 0, robust_types[4], VK_NULL_HANDLE, kit_sampler(k, VK_FILTER_NEAREST, VK_SAMPLER_ADDRESS_MODE_REPEAT));
    kit_write_image(k, set, 5, 0, robust_types[5], VK_NULL_HANDLE, VK_NULL_HANDLE);
    const float(*got)[8][4] = robust_run(k, sets, set, 1, NULL, NULL);
    for (int l = 0; l < LANES; l++) {
        for (int i = 0; i < 8; i++) {
            const float *v = got[l][i];
            /* SPEC: all zero, or alpha 1 where a view's format would lack it */
            CHECK(k, v[0] == 0 && v[1] == 0 && v[2] == 0 && (v[3] == 0 || (v[3] == 1 && i >= 2 && i <= 6)), "null %d: %g %g %g %g", i, (double)v[0],
                  (double)v[1], (double)v[2], (double)v[3]);
        }
    }
}

static const struct kit_case cases[] = {
    {"border", case_border}, {"minmax", case_minmax}, {"min_lod", case_min_lod}, {"2d_of_3d", case_2d_of_3d},
    {"cube_seams", case_cube_seams}, {"outside", case_outside}, {"null", case_null},
    {"pipeline_robustness", case_pipeline_robustness},
};
KIT_MAIN(cases)
