/* Graphics rows: 1920x1080, RGBA8. */
#include "scene.h"

#include "constant_frag.h"
#include "fill_vert.h"
#include "gradient_frag.h"
#include "heavy_frag.h"
#include "heavy_vert.h"
#include "small_vert.h"
#include "textured_frag.h"

const struct bench_code bench_fill_vert = {fill_vert, sizeof(fill_vert)}, bench_small_vert = {small_vert, sizeof(small_vert)},
                        bench_constant_frag = {constant_frag, sizeof(constant_frag)}, bench_gradient_frag = {gradient_frag, sizeof(gradient_frag)};

static double
fill(struct bench *b, struct bench_code fs, bool blend, bool depth, uint32_t layers, float z0, float dz, int r, int g, int bl, int tol)
{
    struct scene s;
    scene_init(b, &s, VK_SAMPLE_COUNT_1_BIT, false);
    s.pipeline = scene_pipeline(b, &s, bench_fill_vert, fs, depth, blend, NULL);
    s.draws = layers;
    s.first_depth = z0;
    s.step_depth = dz;
    if (blend) {
        s.color_value[3] = 0.5f;
    }
    const double t = bench_repeat(b, scene_record, &s);
    scene_expect(b, &s, r, g, bl, tol);
    scene_finish(b, &s);
    return (double)W * H * layers / t * 1e-6;
}

static double
row_constant(struct bench *b)
{
    return fill(b, bench_constant_frag, false, false, 4, 0.5f, 0, 255, 0, 0, 0);
}

static double
row_gradient(struct bench *b)
{
    return fill(b, bench_gradient_frag, false, false, 4, 0.5f, 0, 128, 128, 64, 2);
}

static double
row_blend(struct bench *b)
{
    return fill(b, bench_constant_frag, true, false, 4, 0.5f, 0, 239, 0, 0, 2);
}

static double
row_front_to_back(struct bench *b)
{
    return fill(b, bench_gradient_frag, false, true, 16, 0.1f, 0.05f, 128, 128, 64, 2);
}

static double
row_back_to_front(struct bench *b)
{
    return fill(b, bench_gradient_frag, false, true, 16, 0.9f, -0.05f, 128, 128, 64, 2);
}

static double
textured(struct bench *b, bool mips)
{
    struct scene s;
    scene_init(b, &s, VK_SAMPLE_COUNT_1_BIT, false);
    const struct ex_gpu *g = &b->gpu;
    const uint32_t levels = mips ? 10 : 1;
    s.texture = ex_image_create(g, 512, 512, levels, VK_FORMAT_R8G8B8A8_UNORM, VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT,
                                VK_IMAGE_ASPECT_COLOR_BIT);
    VkCommandBuffer cmd = ex_begin(g);
    ex_barrier(cmd, s.texture.image, VK_IMAGE_ASPECT_COLOR_BIT, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_GENERAL);
    const VkClearColorValue value = {.float32 = {0.25f, 0.5f, 0.75f, 1.0f}};
    const VkImageSubresourceRange all = {VK_IMAGE_ASPECT_COLOR_BIT, 0, levels, 0, 1};
    vkCmdClearColorImage(cmd, s.texture.image, VK_IMAGE_LAYOUT_GENERAL, &value, 1, &all);
    ex_barrier(cmd, s.texture.image, VK_IMAGE_ASPECT_COLOR_BIT, VK_IMAGE_LAYOUT_GENERAL, VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL);
    ex_submit(g, cmd);
    const VkSamplerCreateInfo sci = {.sType = VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO, .magFilter = VK_FILTER_LINEAR, .minFilter = VK_FILTER_LINEAR,
                                     .mipmapMode = mips ? VK_SAMPLER_MIPMAP_MODE_LINEAR : VK_SAMPLER_MIPMAP_MODE_NEAREST, .maxLod = mips ? 16.0f : 0.0f};
    CHECK(vkCreateSampler(g->device, &sci, NULL, &s.sampler));
    const VkDescriptorSetAllocateInfo dai = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO, .descriptorPool = g->descriptors,
                                             .descriptorSetCount = 1, .pSetLayouts = &s.set_layout};
    CHECK(vkAllocateDescriptorSets(g->device, &dai, &s.set));
    const VkDescriptorImageInfo ii = {s.sampler, s.texture.view, VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL};
    const VkWriteDescriptorSet w = {.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET, .dstSet = s.set, .descriptorCount = 1,
                                    .descriptorType = VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, .pImageInfo = &ii};
    vkUpdateDescriptorSets(g->device, 1, &w, 0, NULL);
    s.pipeline = scene_pipeline(b, &s, bench_fill_vert, CODE(textured_frag), false, false, NULL);
    s.uv_scale = mips ? 6.0f : 2.0f;
    const double t = bench_repeat(b, scene_record, &s);
    scene_expect(b, &s, 64, 128, 191, 1);
    scene_finish(b, &s);
    return (double)W * H / t * 1e-6;
}

static double
row_bilinear(struct bench *b)
{
    return textured(b, false);
}

static double
row_trilinear(struct bench *b)
{
    return textured(b, true);
}

static double
row_small(struct bench *b)
{
    struct scene s;
    scene_init(b, &s, VK_SAMPLE_COUNT_1_BIT, false);
    scene_small_triangles(b, &s, false);
    const double t = bench_repeat(b, scene_record, &s);
    scene_expect(b, &s, 255, 0, 0, 0);
    scene_finish(b, &s);
    return SMALL_TRIANGLES / t * 1e-6;
}

static double
row_heavy_vertex(struct bench *b)
{
    struct scene s;
    scene_init(b, &s, VK_SAMPLE_COUNT_1_BIT, false);
    s.pipeline = scene_pipeline(b, &s, CODE(heavy_vert), bench_constant_frag, false, false, NULL);
    s.count = 300000;
    const double t = bench_repeat(b, scene_record, &s);
    scene_expect(b, &s, 0, 0, 0, 0);
    scene_finish(b, &s);
    return 0.3 / t;
}

static double
draws(struct bench *b, bool alternate)
{
    struct scene s;
    scene_init(b, &s, VK_SAMPLE_COUNT_1_BIT, false);
    s.pipeline = scene_pipeline(b, &s, CODE(heavy_vert), bench_constant_frag, false, false, NULL);
    s.other = alternate ? scene_pipeline(b, &s, CODE(heavy_vert), bench_gradient_frag, true, false, NULL) : VK_NULL_HANDLE;
    s.draws = 10000;
    const double t = bench_repeat(b, scene_record, &s);
    scene_expect(b, &s, 0, 0, 0, 0);
    scene_finish(b, &s);
    return 10.0 / t;
}

static double
row_draws(struct bench *b)
{
    return draws(b, false);
}

static double
row_state_draws(struct bench *b)
{
    return draws(b, true);
}

static double
row_clear(struct bench *b)
{
    struct scene s;
    scene_init(b, &s, VK_SAMPLE_COUNT_1_BIT, false);
    s.draws = 0;
    const double t = bench_repeat(b, scene_record, &s);
    scene_expect(b, &s, 0, 0, 0, 0);
    scene_finish(b, &s);
    return (double)W * H * 8 / t * 1e-9;
}

static double
pipeline_time(struct bench *b, struct bench_code fs)
{
    struct scene s;
    scene_init(b, &s, VK_SAMPLE_COUNT_1_BIT, false);
    const double t = bench_now();
    s.pipeline = scene_pipeline(b, &s, bench_fill_vert, fs, false, false, NULL);
    VkCommandBuffer cmd = ex_begin(&b->gpu);
    scene_record(cmd, &s);
    ex_submit(&b->gpu, cmd);
    const double r = (bench_now() - t) * 1e3;
    scene_finish(b, &s);
    return r;
}

static double
row_pipeline_simple(struct bench *b)
{
    return pipeline_time(b, bench_gradient_frag);
}

static double
row_pipeline_heavy(struct bench *b)
{
    return pipeline_time(b, CODE(heavy_frag));
}

static double
row_first_frame(struct bench *b)
{
    const double t = bench_now();
    ex_gpu_init(&b->gpu, NULL, 0, NULL, 0);
    struct scene s;
    scene_init(b, &s, VK_SAMPLE_COUNT_1_BIT, false);
    s.pipeline = scene_pipeline(b, &s, bench_fill_vert, bench_constant_frag, false, false, NULL);
    VkCommandBuffer cmd = ex_begin(&b->gpu);
    scene_record(cmd, &s);
    ex_submit(&b->gpu, cmd);
    scene_expect(b, &s, 255, 0, 0, 0);
    const double r = (bench_now() - t) * 1e3;
    scene_finish(b, &s);
    ex_gpu_finish(&b->gpu);
    return r;
}

const struct bench_row bench_raster_rows[] = {
    {"first_frame", "ms", false, row_first_frame, true},
    {"first_frame_warm", "ms", false, row_first_frame, true},
    {"pipeline_simple", "ms", false, row_pipeline_simple, false},
    {"pipeline_heavy", "ms", false, row_pipeline_heavy, false},
    {"pipeline_heavy_warm", "ms", false, row_pipeline_heavy, false},
    {"fill_constant", "Mpixel/s", true, row_constant, false},
    {"fill_interpolated", "Mpixel/s", true, row_gradient, false},
    {"fill_blended", "Mpixel/s", true, row_blend, false},
    {"depth_front_to_back", "Mpixel/s", true, row_front_to_back, false},
    {"depth_back_to_front", "Mpixel/s", true, row_back_to_front, false},
    {"bilinear", "Mpixel/s", true, row_bilinear, false},
    {"trilinear", "Mpixel/s", true, row_trilinear, false},
    {"small_triangles", "Mtriangle/s", true, row_small, false},
    {"heavy_vertex", "Mvertex/s", true, row_heavy_vertex, false},
    {"draws_push_constants", "kdraw/s", true, row_draws, false},
    {"draws_state_changes", "kdraw/s", true, row_state_draws, false},
    {"clear_pass", "GB/s", true, row_clear, false},
    {0},
};
