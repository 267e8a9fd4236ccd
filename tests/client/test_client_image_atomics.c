/* Atomic operations on texels of floats and of 64-bit integers, in images and texel buffers. SPEC: VK_EXT_shader_atomic_float,
 * VK_EXT_shader_atomic_float2, VK_EXT_shader_image_atomic_int64. */
#include "kit.h"

#include "atomics_64_comp.h"
#include "null_64_comp.h"
#include "atomics_float_comp.h"

#define COLOR VK_IMAGE_ASPECT_COLOR_BIT
enum { N = 256 };

static struct kit_image
make(struct kit *k, VkFormat format, uint32_t w, uint32_t h, uint32_t layers)
{
    const VkImageCreateInfo info = {.imageType = VK_IMAGE_TYPE_2D, .format = format, .extent = {w, h, 1}, .arrayLayers = layers,
                                    .usage = VK_IMAGE_USAGE_STORAGE_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT};
    return kit_image(k, info);
}

/* Bindings 0 and 1: images, 2: texel buffer, others: buffers. */
static void
run(struct kit *k, const uint32_t *code, size_t code_B, const struct kit_image *img, const struct kit_buffer *texels, VkFormat format, uint32_t n,
    const struct kit_buffer *buffers)
{
    VkDescriptorType types[8] = {VK_DESCRIPTOR_TYPE_STORAGE_IMAGE, VK_DESCRIPTOR_TYPE_STORAGE_IMAGE, VK_DESCRIPTOR_TYPE_STORAGE_TEXEL_BUFFER};
    for (uint32_t i = 0; i < n; i++) {
        types[3 + i] = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    }
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 3 + n, types);
    const VkDescriptorSet set = kit_set(k, sl);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    for (uint32_t i = 0; i < 2; i++) {
        const bool layers = img[i].info.arrayLayers > 1;
        kit_write_image(k, set, i, 0, types[i], kit_view(k, &img[i], layers ? VK_IMAGE_VIEW_TYPE_2D_ARRAY : VK_IMAGE_VIEW_TYPE_2D, 0, 0, 0, 1, 0,
                                                         img[i].info.arrayLayers), VK_NULL_HANDLE);
    }
    kit_write_texels(k, set, 2, 0, types[2], kit_buffer_view(k, texels->buffer, format, 0, VK_WHOLE_SIZE));
    for (uint32_t i = 0; i < n; i++) {
        kit_write_buffer(k, set, 3 + i, 0, types[3], buffers[i].buffer, 0, VK_WHOLE_SIZE);
    }
    const VkPipeline p = kit_compute(k, layout, code, code_B, NULL);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, p);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    vkCmdDispatch(cmd, N / 64, 1, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
}

static void
case_float(struct kit *k)
{
    const VkPhysicalDeviceShaderAtomicFloatFeaturesEXT *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_ATOMIC_FLOAT_FEATURES_EXT);
    const VkPhysicalDeviceShaderAtomicFloat2FeaturesEXT *f2 = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_ATOMIC_FLOAT_2_FEATURES_EXT);
    SKIP_UNLESS(k, f->shaderImageFloat32Atomics && f->shaderImageFloat32AtomicAdd && f2->shaderImageFloat32AtomicMinMax, "no float atomics of images");
    CHECK(k, kit_format_features(k, VK_FORMAT_R32_SFLOAT, VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_STORAGE_IMAGE_ATOMIC_BIT, "format");
    struct kit_image img[2] = {make(k, VK_FORMAT_R32_SFLOAT, 16, 1, 1), make(k, VK_FORMAT_R32_SFLOAT, 16, 1, 2)};
    float start[16], texels[16 + 2 * N];
    for (uint32_t i = 0; i < 16; i++) {
        start[i] = (float)i;
    }
    for (uint32_t i = 0; i < 16 + 2 * N; i++) {
        texels[i] = (float)i * 0.25f;
    }
    kit_upload(k, &img[0], COLOR, 0, 0, start);
    kit_upload(k, &img[1], COLOR, 0, 0, start);
    kit_upload(k, &img[1], COLOR, 0, 1, start);
    const struct kit_buffer b = kit_buffer(k, sizeof(texels), texels), out = kit_buffer(k, N * 4, NULL);
    run(k, KIT_CODE(atomics_float_comp), img, &b, VK_FORMAT_R32_SFLOAT, 1, &out);
    const float *sums = kit_read(k, &img[0], COLOR, 0, 0), *least = kit_read(k, &img[1], COLOR, 0, 0), *most = kit_read(k, &img[1], COLOR, 0, 1);
    const float *got = b.data, *seen = out.data;
    for (uint32_t x = 0; x < 16; x++) {
        float sum = start[x], half = texels[x], lo = start[x], hi = start[x];
        for (uint32_t i = x; i < N; i += 16) {
            const float v = (float)(i * 37 % N) - 100.0f;
            sum += v;
            half += v * 0.5f;
            lo = v < lo ? v : lo;
            hi = v > hi ? v : hi;
        }
        CHECK(k, sums[x] == sum && got[x] == half, "texel %u: sums %f, %f, not %f, %f", x, (double)sums[x], (double)got[x], (double)sum, (double)half);
        CHECK(k, least[x] == lo && most[x] == hi, "texel %u: %f to %f, not %f to %f", x, (double)least[x], (double)most[x], (double)lo, (double)hi);
    }
    for (uint32_t i = 0; i < N; i++) {
        const float v = (float)(i * 37 % N) - 100.0f;
        REQUIRE(k, seen[i] == texels[16 + i] && got[16 + i] == v && got[16 + N + i] == v + 1.0f, "texel %u: %f, %f, %f", i, (double)seen[i],
                (double)got[16 + i], (double)got[16 + N + i]);
    }
}

static void
case_int64(struct kit *k)
{
    const VkPhysicalDeviceShaderImageAtomicInt64FeaturesEXT *f =
        kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_IMAGE_ATOMIC_INT64_FEATURES_EXT);
    SKIP_UNLESS(k, f->shaderImageInt64Atomics && k->features.shaderInt64, "no 64-bit atomics of images");
    CHECK(k, kit_format_features(k, VK_FORMAT_R64_SINT, VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_STORAGE_IMAGE_ATOMIC_BIT, "format");
    struct kit_image img[2] = {make(k, VK_FORMAT_R64_UINT, 16, 6, 1), make(k, VK_FORMAT_R64_SINT, 16, 1, 2)};
    uint64_t start[96], value[N], texels[2 * N];
    kit_noise(start, sizeof(start), 1);
    kit_noise(value, sizeof(value), 2);
    kit_noise(texels, sizeof(texels), 3);
    kit_upload(k, &img[0], COLOR, 0, 0, start);
    kit_upload(k, &img[1], COLOR, 0, 0, start);
    kit_upload(k, &img[1], COLOR, 0, 1, start);
    const struct kit_buffer b = kit_buffer_for(k, VK_BUFFER_USAGE_STORAGE_TEXEL_BUFFER_BIT, sizeof(texels), texels);
    const struct kit_buffer io[2] = {kit_buffer(k, sizeof(value), value), kit_buffer(k, 2 * N * 8, NULL)};
    run(k, KIT_CODE(atomics_64_comp), img, &b, VK_FORMAT_R64_UINT, 2, io);
    uint64_t want[96], sign[2][16];
    memcpy(want, start, sizeof(want));
    memcpy(sign[0], start, sizeof(sign[0]));
    memcpy(sign[1], start, sizeof(sign[1]));
    for (uint32_t i = 0; i < N; i++) {
        const uint64_t v = value[i], x = i % 16;
        want[x] += v;
        want[16 + x] = v < want[16 + x] ? v : want[16 + x];
        want[32 + x] = v > want[32 + x] ? v : want[32 + x];
        want[48 + x] &= v | UINT64_C(0x0f0f000000000f0f);
        want[64 + x] |= v & UINT64_C(0x0101010101010101);
        want[80 + x] ^= v;
        sign[0][x] = (int64_t)v < (int64_t)sign[0][x] ? v : sign[0][x];
        sign[1][x] = (int64_t)v > (int64_t)sign[1][x] ? v : sign[1][x];
    }
    kit_same(k, "unsigned", kit_read(k, &img[0], COLOR, 0, 0), want, 96, 8, 16);
    kit_same(k, "signed, least", kit_read(k, &img[1], COLOR, 0, 0), sign[0], 16, 8, 16);
    kit_same(k, "signed, greatest", kit_read(k, &img[1], COLOR, 0, 1), sign[1], 16, 8, 16);
    const uint64_t *got = b.data, *seen = io[1].data;
    for (uint32_t i = 0; i < N; i++) {
        const uint64_t last = i & 1 ? ~value[i] : value[i];
        REQUIRE(k, seen[2 * i] == texels[i] && seen[2 * i + 1] == value[i] && got[i] == last && got[N + i] == last + 1,
                "texel %u: 0x%016llx, 0x%016llx, 0x%016llx, 0x%016llx", i, (unsigned long long)seen[2 * i], (unsigned long long)seen[2 * i + 1],
                (unsigned long long)got[i], (unsigned long long)got[N + i]);
    }
    /* SPEC: clears-values: two elements make the value. */
    const VkCommandBuffer cmd = kit_begin(k);
    const VkClearColorValue c = {.uint32 = {0x89abcdefu, 0x01234567u, 5, 6}};
    const VkImageSubresourceRange range = {COLOR, 0, 1, 0, 1};
    vkCmdClearColorImage(cmd, img[0].image, VK_IMAGE_LAYOUT_GENERAL, &c, 1, &range);
    kit_submit(k, cmd);
    for (uint32_t i = 0; i < 96; i++) {
        want[i] = UINT64_C(0x0123456789abcdef);
    }
    kit_same(k, "cleared", kit_read(k, &img[0], COLOR, 0, 0), want, 96, 8, 16);
}

/* SPEC: nullDescriptor */
static void
case_null(struct kit *k)
{
    const VkPhysicalDeviceShaderImageAtomicInt64FeaturesEXT *f =
        kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_IMAGE_ATOMIC_INT64_FEATURES_EXT);
    const VkPhysicalDeviceRobustness2FeaturesEXT *r = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ROBUSTNESS_2_FEATURES_EXT);
    SKIP_UNLESS(k, f->shaderImageInt64Atomics && k->features.shaderInt64 && r->nullDescriptor, "no null descriptors of 64-bit images");
    const VkDescriptorType types[3] = {VK_DESCRIPTOR_TYPE_STORAGE_IMAGE, VK_DESCRIPTOR_TYPE_STORAGE_TEXEL_BUFFER, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 3, types);
    const VkDescriptorSet set = kit_set(k, sl);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    uint64_t ones[128], zeros[128] = {0};
    memset(ones, 0xff, sizeof(ones));
    const struct kit_buffer out = kit_buffer(k, sizeof(ones), ones);
    kit_write_image(k, set, 0, 0, types[0], VK_NULL_HANDLE, VK_NULL_HANDLE);
    kit_write_texels(k, set, 1, 0, types[1], VK_NULL_HANDLE);
    kit_write_buffer(k, set, 2, 0, types[2], out.buffer, 0, VK_WHOLE_SIZE);
    const VkPipeline p = kit_compute(k, layout, KIT_CODE(null_64_comp), NULL);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, p);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    vkCmdDispatch(cmd, 1, 1, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    kit_same(k, "null", out.data, zeros, 128, 8, 4);
}

static const struct kit_case cases[] = {{"float", case_float}, {"int64", case_int64}, {"null", case_null}};
KIT_MAIN(cases)
