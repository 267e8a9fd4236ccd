/* Sampling beyond one level and one face: anisotropic footprints, levels by derivatives with bias and clamps, coordinates in texels, arrays of
 * cubes. SPEC: textures-scale-factor, textures-level-of-detail-operation, textures-texel-anisotropic-filtering, textures-unnormalized-to-integer. */
#include "kit.h"

#include "filter_cube_array_comp.h"
#include "filter_grad_comp.h"
#include "filter_implicit_frag.h"
#include "filter_quads_comp.h"
#include "filter_quads_linear_comp.h"
#include "kit_tri_vert.h"
#include "probe_2d_comp.h"

#define PX 32u
#define SIZE 64u
#define COLOR VK_IMAGE_ASPECT_COLOR_BIT
#define TEXTURE VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER
#define STORAGE VK_DESCRIPTOR_TYPE_STORAGE_BUFFER

static VkSampler
sampler(struct kit *k, VkSamplerCreateInfo info)
{
    VkSampler s;
    info.sType = VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO;
    MUST(vkCreateSampler(k->device, &info, NULL, &s));
    KIT_OWN(k, VK_OBJECT_TYPE_SAMPLER, s);
    return s;
}

/* A picture with all its levels; texel of a level by a function. */
static struct kit_image
texture(struct kit *k, uint32_t levels, float (*texel)(uint32_t level, uint32_t x, uint32_t y))
{
    const struct kit_image img = kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_2D, .format = VK_FORMAT_R16_SFLOAT, .extent = {SIZE, SIZE, 1},
                                                                  .mipLevels = levels, .usage = VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT});
    for (uint32_t level = 0; level < levels; level++) {
        const uint32_t n = SIZE >> level;
        uint8_t *data = kit_alloc(k, n * n * 2);
        for (uint32_t i = 0; i < n * n; i++) {
            kit_pack(VK_FORMAT_R16_SFLOAT, (union kit_texel){.f = {(double)texel(level, i % n, i / n)}}, data + i * 2);
        }
        kit_upload(k, &img, COLOR, level, 0, data);
    }
    return img;
}

static float
level_number(uint32_t level, uint32_t x, uint32_t y)
{
    (void)x, (void)y;
    return (float)level;
}

static float
left_half(uint32_t level, uint32_t x, uint32_t y)
{
    (void)y;
    return x < (30u >> level) ? 1.0f : 0.0f;
}

struct place {
    float at[4], grad[4];
};

static const float *
sample_grad(struct kit *k, VkImageView view, VkSampler s, const struct place *places, uint32_t n)
{
    const VkDescriptorType types[3] = {TEXTURE, STORAGE, STORAGE};
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 3, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkDescriptorSet set = kit_set(k, sl);
    const struct kit_buffer in = kit_buffer(k, n * sizeof(*places), places), out = kit_buffer(k, n * 16, NULL);
    kit_write_image(k, set, 0, 0, TEXTURE, view, s);
    kit_write_buffer(k, set, 1, 0, STORAGE, in.buffer, 0, VK_WHOLE_SIZE);
    kit_write_buffer(k, set, 2, 0, STORAGE, out.buffer, 0, VK_WHOLE_SIZE);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, kit_compute(k, layout, KIT_CODE(filter_grad_comp), NULL));
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    vkCmdDispatch(cmd, 1, 1, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    return out.data;
}

/* A footprint eight times as long as wide: its level follows from how many samples the sampler may take, and they lie along it. */
static void
case_anisotropy(struct kit *k)
{
    SKIP_UNLESS(k, k->features.samplerAnisotropy, "no anisotropic filtering");
    const struct kit_image levels = texture(k, 7, level_number), half = texture(k, 7, left_half);
    const float texel = 1.0f / SIZE;
    struct place places[4] = {
        {{0.5f, 0.5f}, {8 * texel, 0, 0, texel}},
        {{0.5f, 0.5f}, {texel, 0, 0, 8 * texel}},
        {{0.5f, 0.5f}, {6 * texel, 6 * texel, texel, -texel}}, /* across: 8.49 by 1.41 */
        {{0.5f, 0.5f}, {4 * texel, 0, 0, 4 * texel}},          /* round */
    };
    for (float a = 1; a <= 16; a *= 2) {
        if (a > k->properties.limits.maxSamplerAnisotropy) {
            continue;
        }
        const VkSamplerCreateInfo info = {.magFilter = VK_FILTER_LINEAR, .minFilter = VK_FILTER_LINEAR, .mipmapMode = VK_SAMPLER_MIPMAP_MODE_LINEAR,
                                          .addressModeU = VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE, .addressModeV = VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE,
                                          .anisotropyEnable = a > 1, .maxAnisotropy = a, .maxLod = VK_LOD_CLAMP_NONE};
        const VkSampler s = sampler(k, info);
        const float *got = sample_grad(k, levels.view, s, places, 4);
        for (int i = 0; i < 4; i++) {
            /* SPEC: the ratio may be rounded up, to a power of two perhaps; a device may stay below the limit, but not far */
            const float major = i == 2 ? 8.485f : i == 3 ? 4.0f : 8.0f, ratio = fminf(i == 2 ? 6.0f : i == 3 ? 1.0f : 8.0f, a), want = log2f(major / ratio);
            CHECK(k, fabsf(got[i * 4] - want) < (i == 2 ? 0.6f : 0.1f), "anisotropy %g, place %d: level %g, not %g", (double)a, i, (double)got[i * 4], (double)want);
        }
        if (a >= 8) {
            got = sample_grad(k, half.view, s, places, 2);
            CHECK(k, got[0] > 0.1f && got[0] < 0.5f, "along the edge's normal: %g", (double)got[0]);
            CHECK(k, got[4] < 0.01f, "along the edge: %g", (double)got[4]);
        }
    }
}

static const float *
implicit(struct kit *k, VkImageView view, VkSampler s, float sx, float sy, float bias)
{
    struct kit_target t;
    struct kit_graphics g;
    const VkFormat format = VK_FORMAT_R32G32B32A32_SFLOAT;
    kit_target_init(k, &t, PX, PX, 1, 1, &format, VK_FORMAT_UNDEFINED);
    const VkDescriptorType type = TEXTURE;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 12);
    const VkDescriptorSet set = kit_set(k, sl);
    const float push[3] = {sx, sy, bias};
    kit_write_image(k, set, 0, 0, type, view, s);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(kit_tri_vert), KIT_CODE(filter_implicit_frag));
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, layout, 0, 1, &set, 0, NULL);
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(push), push);
    vkCmdDraw(cmd, 3, 1, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    return kit_read(k, &t.color[0], COLOR, 0, 0);
}

/* Levels by derivatives, with the biases of sampler and shader, and clamps. how: draws or dispatches; returns the four values of each of
 * PX * PX places. */
static void
check_levels(struct kit *k, const float *(*how)(struct kit *k, VkImageView view, VkSampler s, float x, float y, float bias))
{
    const struct kit_image img = texture(k, 7, level_number);
    const float most = k->properties.limits.maxSamplerLodBias, far = exp2f(2 - most); /* SPEC: textures-level-of-detail-operation: clamped sums */
    const struct {
        float x, y, bias, sampler_bias, min, max;
        float plain, biased;
    } rows[] = {
        {1, 1, 0, 0, 0, 9, 0, 0},           {4, 4, 0, 0, 0, 9, 2, 2},       {4, 1, 0.5f, 0, 0, 9, 2, 2.5f},     {2, 16, -1.5f, 0, 0, 9, 4, 2.5f},
        {4, 4, 1, 0.5f, 0, 9, 2.5f, 3.5f},  {4, 4, 3, 0, 0, 3.5f, 2, 3.5f}, {1, 1, -2, 0, 1.25f, 9, 1.25f, 1.25f}, {0.25f, 0.25f, 4, 0, 0, 9, 0, 2},
        {far, far, 100, 0, 0, 9, 0, 2},     {far, far, 3, most - 1, 0, 9, 1, 2},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const VkSamplerCreateInfo info = {.magFilter = VK_FILTER_LINEAR, .minFilter = VK_FILTER_LINEAR, .mipmapMode = VK_SAMPLER_MIPMAP_MODE_LINEAR,
                                          .mipLodBias = rows[i].sampler_bias, .minLod = rows[i].min, .maxLod = rows[i].max};
        const float *got = how(k, img.view, sampler(k, info), rows[i].x / SIZE, rows[i].y / SIZE, rows[i].bias);
        const float said = log2f(fmaxf(rows[i].x, rows[i].y)) + rows[i].sampler_bias;
        for (uint32_t p = 0; p < PX * PX; p++) {
            const float *g = &got[p * 4];
            REQUIRE(k, fabsf(g[0] - rows[i].plain) < 0.02f && fabsf(g[1] - rows[i].biased) < 0.02f, "row %zu, pixel %u: levels %g and %g, not %g and %g", i, p,
                    (double)g[0], (double)g[1], (double)rows[i].plain, (double)rows[i].biased);
            REQUIRE(k, fabsf(g[2] - rows[i].plain) < 0.02f, "row %zu, pixel %u: says that level %g is read", i, p, (double)g[2]);
            /* whether the clamps are part of the second is left open */
            REQUIRE(k, fabsf(g[3] - said) < 0.02f || fabsf(g[3] - rows[i].plain) < 0.02f, "row %zu, pixel %u: says level %g, not %g", i, p, (double)g[3], (double)said);
        }
    }
}

static void
case_implicit_levels(struct kit *k)
{
    check_levels(k, implicit);
}

static const float *
implicit_compute(struct kit *k, const uint32_t *code, size_t code_B, VkImageView view, VkSampler s, float x, float y, float bias)
{
    const VkDescriptorType types[2] = {TEXTURE, STORAGE};
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 2, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 12);
    const VkDescriptorSet set = kit_set(k, sl);
    const struct kit_buffer out = kit_buffer(k, PX * PX * 16, NULL);
    const float push[3] = {x, y, bias};
    kit_write_image(k, set, 0, 0, TEXTURE, view, s);
    kit_write_buffer(k, set, 1, 0, STORAGE, out.buffer, 0, VK_WHOLE_SIZE);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, kit_compute(k, layout, code, code_B, NULL));
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(push), push);
    vkCmdDispatch(cmd, 4, 4, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    return out.data;
}

static const float *
by_squares(struct kit *k, VkImageView view, VkSampler s, float x, float y, float bias)
{
    return implicit_compute(k, KIT_CODE(filter_quads_comp), view, s, x, y, bias);
}

static const float *
by_rows(struct kit *k, VkImageView view, VkSampler s, float x, float y, float bias)
{
    return implicit_compute(k, KIT_CODE(filter_quads_linear_comp), view, s, x, y, bias);
}

/* The same in compute shaders with derivative groups. SPEC: shaders-derivative-operations */
static void
case_compute_levels(struct kit *k)
{
    const VkPhysicalDeviceComputeShaderDerivativesFeaturesKHR *f =
        kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COMPUTE_SHADER_DERIVATIVES_FEATURES_KHR);
    SKIP_UNLESS(k, f->computeDerivativeGroupQuads || f->computeDerivativeGroupLinear, "no derivatives in compute shaders");
    if (f->computeDerivativeGroupQuads) {
        check_levels(k, by_squares);
    }
    if (f->computeDerivativeGroupLinear) {
        check_levels(k, by_rows);
    }
}

static float
texel_number(uint32_t level, uint32_t x, uint32_t y)
{
    (void)level;
    return (float)(x + 2 * y);
}

/* Coordinates in texels. */
static void
case_unnormalized(struct kit *k)
{
    const struct kit_image img = texture(k, 1, texel_number);
    const VkDescriptorType types[3] = {TEXTURE, STORAGE, STORAGE};
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 3, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    static const float places[6][4] = {{0.5f, 0.5f}, {10.25f, 20.75f}, {63.5f, 63.5f}, {12, 7}, {-1, 5.5f}, {70, 5.5f}};
    for (int mode = 0; mode < 4; mode++) {
        const bool linear = mode & 1, border = mode & 2;
        const VkFilter filter = linear ? VK_FILTER_LINEAR : VK_FILTER_NEAREST;
        const VkSamplerAddressMode address = border ? VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_BORDER : VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE;
        const VkSamplerCreateInfo info = {.magFilter = filter, .minFilter = filter, .addressModeU = address, .addressModeV = address, .addressModeW = address,
                                          .borderColor = VK_BORDER_COLOR_FLOAT_OPAQUE_WHITE, .unnormalizedCoordinates = VK_TRUE};
        const VkDescriptorSet set = kit_set(k, sl);
        const struct kit_buffer in = kit_buffer(k, sizeof(places), places), out = kit_buffer(k, sizeof(places), NULL);
        kit_write_image(k, set, 0, 0, TEXTURE, img.view, sampler(k, info));
        kit_write_buffer(k, set, 1, 0, STORAGE, in.buffer, 0, VK_WHOLE_SIZE);
        kit_write_buffer(k, set, 2, 0, STORAGE, out.buffer, 0, VK_WHOLE_SIZE);
        const VkCommandBuffer cmd = kit_begin(k);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, kit_compute(k, layout, KIT_CODE(probe_2d_comp), NULL));
        vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
        vkCmdDispatch(cmd, 1, 1, 1);
        kit_barrier(cmd);
        kit_submit(k, cmd);
        for (int i = 0; i < 6; i++) {
            const float x = places[i][0], y = places[i][1];
            const float edge = fminf(fmaxf(x, 0.5f), SIZE - 0.5f);
            const bool out_of_it = border && edge != x;
            const float want = out_of_it ? 1 : linear ? edge - 0.5f + 2 * (y - 0.5f) : floorf(edge) + 2 * floorf(y);
            const float got = ((const float *)out.data)[i * 4];
            CHECK(k, fabsf(got - want) < (linear ? 0.02f : 1e-6f), "mode %d, place %d: %g, not %g", mode, i, (double)got, (double)want);
        }
    }
}

/* Two cubes; every face of both holds its number. */
static void
case_cube_arrays(struct kit *k)
{
    SKIP_UNLESS(k, k->features.imageCubeArray, "no arrays of cubes");
    const VkImageCreateInfo info = {.flags = VK_IMAGE_CREATE_CUBE_COMPATIBLE_BIT, .imageType = VK_IMAGE_TYPE_2D, .format = VK_FORMAT_R32_SFLOAT, .extent = {8, 8, 1},
                                    .arrayLayers = 12, .usage = VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_STORAGE_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT |
                                                                VK_IMAGE_USAGE_TRANSFER_SRC_BIT};
    VkImageCreateInfo depth_info = info;
    depth_info.usage = VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT;
    const struct kit_image cubes = kit_image(k, info), stored = kit_image(k, info);
    depth_info.format = kit_format_features(k, VK_FORMAT_D32_SFLOAT, VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT ? VK_FORMAT_D32_SFLOAT : VK_FORMAT_D16_UNORM;
    const struct kit_image depth = kit_image(k, depth_info);
    for (uint32_t layer = 0; layer < 12; layer++) {
        float texels[64];
        uint8_t z[64 * 4];
        const uint32_t z_B = kit_texel_B(depth_info.format, VK_IMAGE_ASPECT_DEPTH_BIT);
        for (int i = 0; i < 64; i++) {
            const uint16_t w = layer % 3 ? 65535 : 0; /* against 5.5, which is clamped to 1 for fixed-point depth */
            const float f = layer % 3 ? 7.0f : 0.0f;
            texels[i] = (float)layer;
            memcpy(z + (uint32_t)i * z_B, z_B == 2 ? (const void *)&w : (const void *)&f, z_B);
        }
        kit_upload(k, &cubes, COLOR, 0, layer, texels);
        kit_upload(k, &stored, COLOR, 0, layer, texels);
        kit_upload(k, &depth, VK_IMAGE_ASPECT_DEPTH_BIT, 0, layer, z);
    }
    static const float directions[6][3] = {{1, 0.2f, 0.1f}, {-1, 0.1f, 0.3f}, {0.2f, 1, -0.3f}, {0.3f, -1, 0.1f}, {0.1f, -0.2f, 1}, {0.2f, 0.1f, -1}};
    float places[12][4];
    for (uint32_t i = 0; i < 12; i++) {
        memcpy(places[i], directions[i % 6], 12);
        places[i][3] = (float)(i / 6) + (i % 2 ? 0.4f : -0.4f); /* rounds to the nearest */
    }
    static const VkDescriptorType types[5] = {TEXTURE, TEXTURE, VK_DESCRIPTOR_TYPE_STORAGE_IMAGE, STORAGE, STORAGE};
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 5, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkDescriptorSet set = kit_set(k, sl);
    const struct kit_buffer in = kit_buffer(k, sizeof(places), places), out = kit_buffer(k, sizeof(places), NULL);
    const VkImageViewType type = VK_IMAGE_VIEW_TYPE_CUBE_ARRAY;
    const VkSamplerCreateInfo plain = {.addressModeU = VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE};
    const VkSamplerCreateInfo compare = {.compareEnable = VK_TRUE, .compareOp = VK_COMPARE_OP_LESS_OR_EQUAL, .addressModeU = VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE};
    kit_write_image(k, set, 0, 0, types[0], kit_view(k, &cubes, type, VK_FORMAT_UNDEFINED, 0, 0, 1, 0, 12), sampler(k, plain));
    kit_write_image(k, set, 1, 0, types[1], kit_view(k, &depth, type, VK_FORMAT_UNDEFINED, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 1, 0, 12), sampler(k, compare));
    kit_write_image(k, set, 2, 0, types[2], kit_view(k, &stored, type, VK_FORMAT_UNDEFINED, 0, 0, 1, 0, 12), VK_NULL_HANDLE);
    kit_write_buffer(k, set, 3, 0, STORAGE, in.buffer, 0, VK_WHOLE_SIZE);
    kit_write_buffer(k, set, 4, 0, STORAGE, out.buffer, 0, VK_WHOLE_SIZE);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, kit_compute(k, layout, KIT_CODE(filter_cube_array_comp), NULL));
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    vkCmdDispatch(cmd, 1, 1, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    for (uint32_t i = 0; i < 12; i++) {
        const float *g = (const float *)out.data + i * 4, want[4] = {(float)i, (float)i, i % 3 ? 1 : 0, 2};
        kit_close(k, "sampled, gathered, compared, cubes", g, want, 4, 0);
        const float *face = kit_read(k, &stored, COLOR, 0, i);
        CHECK(k, face[2 * 8 + 1] == (float)(100 + i) && face[1 * 8 + 2] == (float)i, "face %u: stored %g", i, (double)face[2 * 8 + 1]);
    }
}

static const struct kit_case cases[] = {
    {"anisotropy", case_anisotropy}, {"implicit_levels", case_implicit_levels}, {"compute_levels", case_compute_levels}, {"unnormalized", case_unnormalized}, {"cube_arrays", case_cube_arrays},
};
KIT_MAIN(cases)
