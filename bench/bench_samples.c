/* Rows in pairs: the same picture with one and with four samples per pixel, the four resolved at the end of the pass. 1920x1080, RGBA8, depth. */
#include "scene.h"

/* Seconds of a frame; the pixel in the middle must be within 2 of r g b. */
static double
measure(struct bench *b, struct scene *s, int r, int g, int bl)
{
    const double t = bench_repeat(b, scene_record, s);
    scene_expect(b, s, r, g, bl, 2);
    scene_finish(b, s);
    return t;
}

static double
fill(struct bench *b, VkSampleCountFlagBits n, bool blend, bool keep)
{
    struct scene s;
    scene_init(b, &s, n, keep);
    s.pipeline = scene_pipeline(b, &s, bench_fill_vert, bench_constant_frag, false, blend, NULL);
    s.draws = 4;
    s.color_value[3] = blend ? 0.5f : 1.0f;
    return (double)W * H * 4 / measure(b, &s, blend ? 239 : 255, 0, 0) * 1e-6;
}

/* Sixteen layers, the nearest one first or last. */
static double
depth(struct bench *b, VkSampleCountFlagBits n, bool nearest_first)
{
    struct scene s;
    scene_init(b, &s, n, false);
    s.pipeline = scene_pipeline(b, &s, bench_fill_vert, bench_gradient_frag, true, false, NULL);
    s.draws = 16;
    s.first_depth = nearest_first ? 0.1f : 0.9f;
    s.step_depth = nearest_first ? 0.05f : -0.05f;
    return (double)W * H * 16 / measure(b, &s, 128, 128, 64) * 1e-6;
}

static double
small(struct bench *b, VkSampleCountFlagBits n)
{
    struct scene s;
    scene_init(b, &s, n, false);
    scene_small_triangles(b, &s, true);
    return SMALL_TRIANGLES / measure(b, &s, 255, 0, 0) * 1e-6;
}

/* Nothing but the clears and the resolve. */
static double
empty(struct bench *b, VkSampleCountFlagBits n)
{
    struct scene s;
    scene_init(b, &s, n, false);
    s.draws = 0;
    return (double)W * H / measure(b, &s, 0, 0, 0) * 1e-6;
}

#define ROW(name, call)                                                                                                                    \
    static double row_##name##_1(struct bench *b)                                                                                         \
    {                                                                                                                                      \
        const VkSampleCountFlagBits n = VK_SAMPLE_COUNT_1_BIT;                                                                             \
        return call;                                                                                                                       \
    }                                                                                                                                      \
    static double row_##name##_4(struct bench *b)                                                                                         \
    {                                                                                                                                      \
        const VkSampleCountFlagBits n = VK_SAMPLE_COUNT_4_BIT;                                                                             \
        return call;                                                                                                                       \
    }
ROW(fill, fill(b, n, false, false))
ROW(stored, fill(b, n, false, true))
ROW(blend, fill(b, n, true, false))
ROW(depth, depth(b, n, false))
ROW(hidden, depth(b, n, true))
ROW(small, small(b, n))
ROW(resolve, empty(b, n))

const struct bench_row bench_sample_rows[] = {
    {"fill_1_sample", "Mpixel/s", true, row_fill_1, false},
    {"fill_4_samples", "Mpixel/s", true, row_fill_4, false},
    {"stored_1_sample", "Mpixel/s", true, row_stored_1, false},
    {"stored_4_samples", "Mpixel/s", true, row_stored_4, false},
    {"blend_1_sample", "Mpixel/s", true, row_blend_1, false},
    {"blend_4_samples", "Mpixel/s", true, row_blend_4, false},
    {"depth_1_sample", "Mpixel/s", true, row_depth_1, false},
    {"depth_4_samples", "Mpixel/s", true, row_depth_4, false},
    {"hidden_1_sample", "Mpixel/s", true, row_hidden_1, false},
    {"hidden_4_samples", "Mpixel/s", true, row_hidden_4, false},
    {"small_1_sample", "Mtriangle/s", true, row_small_1, false},
    {"small_4_samples", "Mtriangle/s", true, row_small_4, false},
    {"resolve_1_sample", "Mpixel/s", true, row_resolve_1, false},
    {"resolve_4_samples", "Mpixel/s", true, row_resolve_4, false},
    {0},
};
