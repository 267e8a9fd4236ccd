/* One property after the other: watertight meshes with clipping, points, lines, layers, viewports, instances, restart, clears in order,
 * clip distances, counters, many draws, vertex fetch. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "raster_kit.h"
#include "util/worker_pool.h"

#define MAX_V 40000

static int failures;
#define CHECK(cond, ...)                                                                                                                \
    do {                                                                                                                                 \
        if (!(cond)) {                                                                                                                   \
            failures++;                                                                                                                  \
            printf("FAIL %s:%d: ", __func__, __LINE__);                                                                                  \
            printf(__VA_ARGS__);                                                                                                         \
            printf("\n");                                                                                                                \
        }                                                                                                                                \
    } while (0)

static float pos[MAX_V][4], color[MAX_V][4], size[MAX_V], clip[MAX_V][2];
static uint32_t layer[MAX_V], viewport[MAX_V];
static struct pum_pass *pass;

struct scene {
    struct kit_image img;
    struct kit_vertices kv;
    struct pum_shader_info vi, fi;
    struct pum_draw_state s;
    struct pum_raster_targets t;
    struct pum_shader_ctx ctx;
    struct pum_draw_call call;
};

/* An image of R32_SFLOAT or another format, cleared to 0. */
static void
scene_init(struct scene *sc, enum pum_format f, uint32_t w, uint32_t h, uint32_t layers, const struct pum_shader_code *fs)
{
    memset(sc, 0, sizeof(*sc));
    if (!kit_image_init(&sc->img, f, w, h, layers, PUM_TEXEL_BLOCK)) {
        exit(1);
    }
    sc->kv = (struct kit_vertices){.pos = (const float(*)[4])pos, .color = (const float(*)[4])color, .count = MAX_V};
    kit_state(&sc->s, w, h);
    kit_vs_info(&sc->vi, &sc->kv);
    kit_fs_info(&sc->fi, fs, PUM_INTERP_FLAT);
    sc->s.vs_info = &sc->vi;
    sc->s.fs = fs;
    sc->s.fs_info = &sc->fi;
    sc->t = (struct pum_raster_targets){.color_count = 1, .width = w, .height = h, .area_w = w, .area_h = h, .layers = layers, .samples = 1};
    sc->t.color[0] = (struct pum_raster_attachment){.plane = sc->img.plane, .load_op = PUM_LOAD_OP_CLEAR, .store = true, .clear = {{0}}};
    kit_ctx(&sc->ctx, &sc->kv);
    sc->call = (struct pum_draw_call){.vs_ctx = &sc->ctx, .fs_ctx = &sc->ctx, .instance_count = 1};
}

static void
scene_run(struct scene *sc)
{
    pum_pass_begin(pass, &sc->t);
    pum_pass_set_state(pass, &sc->s);
    pum_pass_draw(pass, &sc->call);
    CHECK(pum_pass_end(pass), "end");
}

static float
at(const struct scene *sc, uint32_t l, uint32_t x, uint32_t y)
{
    union pum_color c;
    pum_format_unpack((enum pum_format)sc->img.plane.format, kit_texel(&sc->img, l, x, y), &c);
    return c.f[0];
}

static uint32_t
count(const struct scene *sc, uint32_t l, float value)
{
    uint32_t n = 0;
    for (uint32_t y = 0; y < sc->img.height; y++) {
        for (uint32_t x = 0; x < sc->img.width; x++) {
            n += at(sc, l, x, y) == value;
        }
    }
    return n;
}

static void
set(uint32_t v, float x, float y, float z, float w)
{
    pos[v][0] = x;
    pos[v][1] = y;
    pos[v][2] = z;
    pos[v][3] = w;
    for (int c = 0; c < 4; c++) {
        color[v][c] = 1.0f;
    }
}

static void
add_blend(struct scene *sc)
{
    sc->s.blend.target[0] = (struct pum_blend_attachment){true, PUM_FACTOR_ONE, PUM_FACTOR_ONE, PUM_BLEND_ADD, PUM_FACTOR_ONE, PUM_FACTOR_ONE, PUM_BLEND_ADD, 15, {0}};
}

/* A distorted grid in space, triangles share vertices: no pixel twice, and none missing where nothing is clipped. */
static void
watertight(uint64_t seed, bool near_plane)
{
    struct kit_rng r = {seed};
    const uint32_t n = 24;
    struct scene sc;
    scene_init(&sc, PUM_FORMAT_R32_SFLOAT, 301, 233, 1, &kit_fs);
    add_blend(&sc);
    uint32_t *idx = malloc((size_t)n * n * 6 * 4);
    if (!idx) {
        exit(1);
    }
    const float reach = seed % 3 == 0 ? 400.0f : 1.2f; /* far beyond the guard band */
    for (uint32_t j = 0; j <= n; j++) {
        for (uint32_t i = 0; i <= n; i++) {
            const bool rim = i == 0 || j == 0 || i == n || j == n;
            const float d = rim ? 0.0f : 0.2f / (float)n;
            const float x = ((float)i / (float)n + kit_randf(&r, -d, d)) * 2.0f - 1.0f, y = ((float)j / (float)n + kit_randf(&r, -d, d)) * 2.0f - 1.0f;
            /* a plane that is seen at an angle: w grows with y; with near_plane part of it lies behind the eye */
            const float w = near_plane ? 1.0f + y * 1.6f : 1.0f + 0.4f * y;
            set(j * (n + 1) + i, x * reach * (near_plane ? 1.0f : w), y * reach * (near_plane ? 1.0f : w), near_plane ? w * 0.5f - 0.02f : 0.5f * w, w);
        }
    }
    uint32_t k = 0;
    for (uint32_t j = 0; j < n; j++) {
        for (uint32_t i = 0; i < n; i++) {
            const uint32_t a = j * (n + 1) + i, b = a + 1, c = a + n + 1, d = c + 1;
            const uint32_t q[6] = {a, b, c, b, d, c};
            for (int m = 0; m < 6; m++) {
                idx[k++] = q[m];
            }
        }
    }
    sc.call.indices = (const uint8_t *)idx;
    sc.call.index_size_B = 4;
    sc.call.index_range_B = (uint64_t)k * 4;
    sc.call.count = k;
    scene_run(&sc);
    uint32_t over = 0, under = 0;
    for (uint32_t y = 0; y < 233; y++) {
        for (uint32_t x = 0; x < 301; x++) {
            const float v = at(&sc, 0, x, y);
            over += v > 1.0f;
            under += v < 1.0f;
        }
    }
    CHECK(over == 0, "seed %llu: %u pixels drawn twice", (unsigned long long)seed, over);
    if (!near_plane) {
        CHECK(under == 0, "seed %llu: %u pixels missing", (unsigned long long)seed, under);
    } else {
        CHECK(under < 301 * 233, "seed %llu: nothing drawn", (unsigned long long)seed);
    }
    free(idx);
    kit_image_finish(&sc.img);
}

/* Clipping one triangle at the near plane against the same plane cut by hand. */
static void
near_clip(void)
{
    struct scene sc;
    scene_init(&sc, PUM_FORMAT_R32_SFLOAT, 64, 64, 1, &kit_fs);
    set(0, -1, -1, -1.0f, 1); /* z = y at w = 1: clipped where y < 0 */
    set(1, 3, -1, -1.0f, 1);
    set(2, -1, 3, 3.0f, 1);
    sc.call.count = 3;
    scene_run(&sc);
    uint32_t wrong = 0;
    for (uint32_t y = 0; y < 64; y++) {
        for (uint32_t x = 0; x < 64; x++) {
            wrong += (at(&sc, 0, x, y) == 1.0f) != (y >= 32);
        }
    }
    CHECK(wrong == 0, "%u pixels", wrong);
    /* without depth clip the whole target is covered */
    sc.s.depth_clip = false;
    sc.s.depth_clamp = true;
    scene_run(&sc);
    CHECK(count(&sc, 0, 1.0f) == 64 * 64, "clamped: %u", count(&sc, 0, 1.0f));
    kit_image_finish(&sc.img);
}

/* Triangles whose first corner is behind the eye and whose others are on the grid: depth and a perspective input in double;
 * slivers aside. */
static void
clipped_planes(void)
{
    struct kit_rng r = {77};
    double worst_z = 0.0, worst_in = 0.0;
    uint32_t hits = 0;
    for (uint32_t n = 0; n < 200; n++) {
        struct scene sc;
        struct kit_image depth;
        scene_init(&sc, PUM_FORMAT_R32_SFLOAT, 64, 64, 1, &kit_fs);
        kit_fs_info(&sc.fi, &kit_fs, PUM_INTERP_PERSPECTIVE);
        if (!kit_image_init(&depth, PUM_FORMAT_D32_SFLOAT, 64, 64, 1, PUM_TEXEL_BLOCK)) {
            exit(1);
        }
        sc.t.depth = (struct pum_raster_attachment){.plane = depth.plane, .load_op = PUM_LOAD_OP_CLEAR, .store = true, .clear = {.depth = 1.0f}};
        sc.s.ds = (struct pum_depth_stencil_state){.depth_test = true, .depth_write = true, .depth_compare = PUM_COMPARE_ALWAYS};
        const float behind = kit_randf(&r, -1.5f, -0.2f);
        set(0, kit_randf(&r, -1, 1), kit_randf(&r, -1, 1), behind * 1.25f - 0.25f, behind);
        for (uint32_t v = 1; v < 3; v++) {
            const float w = kit_randf(&r, 1.0f, 3.0f);
            set(v, (float)((int32_t)(kit_rand(&r) % 64) - 32) / 32.0f * w, (float)((int32_t)(kit_rand(&r) % 64) - 32) / 32.0f * w, w * 1.25f - 0.25f, w);
        }
        for (uint32_t v = 0; v < 3; v++) {
            color[v][0] = kit_randf(&r, 1.0f, 2.0f);
        }
        sc.call.count = 3;
        scene_run(&sc);
        for (uint32_t i = 0; i < 64 * 64; i++) {
            const uint32_t px = i % 64, py = i / 64;
            double a[3], b[3], sum = 0, z = 0, w = 0, in = 0;
            for (uint32_t v = 0; v < 3; v++) {
                a[v] = (double)pos[v][0] - (px + 0.5 - 32) / 32 * (double)pos[v][3];
                b[v] = (double)pos[v][1] - (py + 0.5 - 32) / 32 * (double)pos[v][3];
            }
            for (uint32_t v = 0; v < 3; v++) {
                const double share = a[(v + 1) % 3] * b[(v + 2) % 3] - a[(v + 2) % 3] * b[(v + 1) % 3];
                sum += share;
                z += share * (double)pos[v][2];
                w += share * (double)pos[v][3];
                in += share * (double)color[v][0];
            }
            if (at(&sc, 0, px, py) != 0.0f && fabs(sum) > 0.3) {
                float got;
                memcpy(&got, kit_texel(&depth, 0, px, py), 4);
                worst_z = fmax(worst_z, fabs((double)got - fmin(fmax(z / w, 0), 1)));
                worst_in = fmax(worst_in, fabs((double)at(&sc, 0, px, py) - in / sum));
                hits++;
            }
        }
        kit_image_finish(&depth);
        kit_image_finish(&sc.img);
    }
    printf("clipped planes: %u pixels, depth off by %g, input by %g\n", hits, worst_z, worst_in);
    CHECK(hits > 10000 && worst_z < 1e-5 && worst_in < 1e-4, "%u pixels, depth off by %g, input by %g", hits, worst_z, worst_in);
}

/* SPEC: fragops-depth, depth clamping and range adjustment, with depthClampZeroOne. */
static void
depth_ranges(void)
{
    static const struct {
        bool own, clip, clamp, unrestricted;
        float depth, bias, want; /* depth: what the shader writes, or of the vertices in the volume */
    } rows[] = {
        {true, true, false, false, 2.0f, 0, 1.0f},    {true, true, false, false, 0.1f, 0, 0.1f},   {true, true, false, false, -3.0f, 0, 0.0f},
        {true, true, false, true, 2.0f, 0, 2.0f},     {true, false, true, true, 2.0f, 0, 0.75f},   {true, false, true, false, 0.1f, 0, 0.25f},
        {true, false, false, false, -1.0f, 0, 0.0f},  {true, false, false, true, -1.0f, 0, -1.0f}, {false, true, false, false, 1.0f, 0, 0.75f},
        {false, true, false, false, 1.0f, 1, 1.0f},   {false, true, false, true, 1.0f, 1, 1.75f},  {false, false, true, true, 1.0f, 1, 0.75f},
        {false, false, false, false, 4.0f, 0, 1.0f},  {false, false, false, true, 4.0f, 0, 2.25f}, {false, false, true, false, 4.0f, 0, 0.75f},
    };
    for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (int fixed = 0; fixed < 2; fixed++) {
            struct scene sc;
            struct kit_image depth;
            scene_init(&sc, PUM_FORMAT_R32_SFLOAT, 8, 8, 1, rows[i].own ? &kit_fs_depth : &kit_fs);
            if (!kit_image_init(&depth, fixed ? PUM_FORMAT_D16_UNORM : PUM_FORMAT_D32_SFLOAT, 8, 8, 1, PUM_TEXEL_BLOCK)) {
                exit(1);
            }
            sc.t.depth = (struct pum_raster_attachment){.plane = depth.plane, .load_op = PUM_LOAD_OP_CLEAR, .store = true, .clear = {.depth = 0.5f}};
            const float z = rows[i].own ? 0.5f : rows[i].depth;
            set(0, -1, -1, z, 1);
            set(1, 3, -1, z, 1);
            set(2, -1, 3, z, 1);
            for (uint32_t v = 0; v < 3; v++) {
                color[v][0] = rows[i].depth;
            }
            sc.s.viewport[0].min_depth = 0.25f;
            sc.s.viewport[0].max_depth = 0.75f;
            sc.s.depth_clip = rows[i].clip;
            sc.s.depth_clamp = rows[i].clamp;
            sc.s.depth_unrestricted = rows[i].unrestricted;
            sc.s.depth_bias = rows[i].bias != 0.0f;
            sc.s.depth_bias_constant = rows[i].bias * (fixed ? 0x1p16f : 0x1p24f); /* 0.75 has the exponent -1 */
            sc.s.ds = (struct pum_depth_stencil_state){.depth_test = true, .depth_write = true, .depth_compare = PUM_COMPARE_ALWAYS};
            sc.call.count = 3;
            scene_run(&sc);
            float got;
            uint16_t bits;
            memcpy(&got, kit_texel(&depth, 0, 3, 5), 4);
            memcpy(&bits, kit_texel(&depth, 0, 3, 5), 2);
            const float in = rows[i].want > 0.0f ? (rows[i].want < 1.0f ? rows[i].want : 1.0f) : 0.0f;
            CHECK(fixed ? bits == (uint16_t)(in * 65535.0f + 0.5f) : got == rows[i].want, "row %u, fixed %d: %g %u", i, fixed, (double)got, bits);
            kit_image_finish(&depth);
            kit_image_finish(&sc.img);
        }
    }
}

static void
clip_distances(void)
{
    struct scene sc;
    scene_init(&sc, PUM_FORMAT_R32_SFLOAT, 64, 64, 1, &kit_fs);
    set(0, -1, -1, 0.5f, 1);
    set(1, 3, -1, 0.5f, 1);
    set(2, -1, 3, 0.5f, 1);
    for (uint32_t i = 0; i < 3; i++) {
        clip[i][0] = pos[i][0]; /* x >= 0 */
        clip[i][1] = 1.0f;
    }
    sc.kv.clip = (const float(*)[2])clip;
    kit_vs_info(&sc.vi, &sc.kv);
    sc.call.count = 3;
    scene_run(&sc);
    CHECK(count(&sc, 0, 1.0f) == 32 * 64 && at(&sc, 0, 32, 5) == 1.0f && at(&sc, 0, 31, 5) == 0.0f, "%u", count(&sc, 0, 1.0f));
    kit_image_finish(&sc.img);
}

static void
points_and_lines(void)
{
    struct scene sc;
    scene_init(&sc, PUM_FORMAT_R32_SFLOAT, 64, 64, 1, &kit_fs);
    sc.kv.point_size = size;
    kit_vs_info(&sc.vi, &sc.kv);
    sc.s.topology = PUM_TOPOLOGY_POINT_LIST;
    set(0, 0.0f, 0.0f, 0.5f, 1); /* centre 32, 32 */
    size[0] = 4.0f;
    sc.call.count = 1;
    scene_run(&sc);
    CHECK(count(&sc, 0, 1.0f) == 16 && at(&sc, 0, 30, 30) == 1.0f && at(&sc, 0, 33, 33) == 1.0f && at(&sc, 0, 34, 33) == 0.0f, "point of 4: %u", count(&sc, 0, 1.0f));
    size[0] = 1.0f;
    pos[0][0] = pos[0][1] = 1.0f / 64.0f; /* 32.5: the middle of a pixel */
    scene_run(&sc);
    CHECK(count(&sc, 0, 1.0f) == 1 && at(&sc, 0, 32, 32) == 1.0f, "point of 1");
    /* point coordinates */
    kit_fs_info(&sc.fi, &kit_fs_point, PUM_INTERP_FLAT);
    sc.s.fs = &kit_fs_point;
    pos[0][0] = pos[0][1] = 0.0f;
    size[0] = 8.0f;
    scene_run(&sc);
    CHECK(at(&sc, 0, 28, 40 - 12) == 0.0625f && at(&sc, 0, 35, 30) == 0.9375f, "point coordinate %f %f", (double)at(&sc, 0, 28, 28), (double)at(&sc, 0, 35, 30));
    sc.s.fs = &kit_fs;
    kit_fs_info(&sc.fi, &kit_fs, PUM_INTERP_FLAT);

    sc.s.topology = PUM_TOPOLOGY_LINE_LIST;
    sc.call.count = 2;
    for (uint8_t mode = PUM_LINE_DEFAULT; mode <= PUM_LINE_BRESENHAM; mode++) {
        sc.s.line_mode = mode;
        set(0, -0.5f + 1.0f / 64.0f, 1.0f / 64.0f, 0.5f, 1); /* from 16.5 to 48.5 on row 32.5 */
        set(1, 0.5f + 1.0f / 64.0f, 1.0f / 64.0f, 0.5f, 1);
        scene_run(&sc);
        CHECK(count(&sc, 0, 1.0f) == 32 && at(&sc, 0, 16, 32) == 1.0f && at(&sc, 0, 47, 32) == 1.0f, "horizontal, mode %u: %u", mode, count(&sc, 0, 1.0f));
        set(1, -0.5f + 1.0f / 64.0f, 0.5f + 1.0f / 64.0f, 0.5f, 1); /* vertical, 16 pixels */
        scene_run(&sc);
        CHECK(count(&sc, 0, 1.0f) == 16, "vertical, mode %u: %u", mode, count(&sc, 0, 1.0f));
    }
    sc.s.line_mode = PUM_LINE_BRESENHAM; /* a diagonal: one pixel per column */
    set(0, -0.5f + 1.0f / 64.0f, -0.25f + 1.0f / 64.0f, 0.5f, 1);
    set(1, 0.5f + 1.0f / 64.0f, 0.4f + 1.0f / 64.0f, 0.5f, 1);
    scene_run(&sc);
    CHECK(count(&sc, 0, 1.0f) == 32, "diagonal: %u", count(&sc, 0, 1.0f));
    /* the strip has the segments of the list; wide lines */
    sc.s.line_mode = PUM_LINE_RECTANGULAR;
    sc.s.line_width = 3.0f;
    set(0, -0.5f, 1.0f / 64.0f, 0.5f, 1);
    set(1, 0.0f, 1.0f / 64.0f, 0.5f, 1);
    set(2, 0.5f, 1.0f / 64.0f, 0.5f, 1);
    sc.s.topology = PUM_TOPOLOGY_LINE_STRIP;
    sc.call.count = 3;
    scene_run(&sc);
    CHECK(count(&sc, 0, 1.0f) == 96, "wide strip: %u", count(&sc, 0, 1.0f));
    kit_image_finish(&sc.img);
}

static void
quad(uint32_t v, float x0, float y0, float x1, float y1, float c)
{
    const float x[4] = {x0, x1, x0, x1}, y[4] = {y0, y0, y1, y1};
    for (uint32_t i = 0; i < 4; i++) {
        set(v + i, x[i], y[i], 0.5f, 1);
        for (int k = 0; k < 4; k++) {
            color[v + i][k] = c;
        }
    }
}

static void
layers_and_viewports(void)
{
    struct scene sc;
    scene_init(&sc, PUM_FORMAT_R32_SFLOAT, 100, 70, 3, &kit_fs);
    sc.kv.layer = layer;
    sc.kv.viewport = viewport;
    kit_vs_info(&sc.vi, &sc.kv);
    sc.s.topology = PUM_TOPOLOGY_TRIANGLE_STRIP;
    sc.s.primitive_restart = true;
    sc.s.viewport_count = sc.s.scissor_count = 2;
    sc.s.viewport[1] = (struct pum_viewport){50.0f, 0.0f, 50.0f, 70.0f, 0.0f, 1.0f};
    sc.s.scissor[1] = sc.s.scissor[0];
    static uint8_t idx[20];
    uint32_t n = 0;
    for (uint32_t l = 0; l < 4; l++) { /* layer 3 does not exist */
        quad(l * 4, -1, -1, 1, 1, (float)(l + 1));
        for (uint32_t i = 0; i < 4; i++) {
            layer[l * 4 + i] = l;
            viewport[l * 4 + i] = l == 1;
            idx[n++] = (uint8_t)(l * 4 + i);
        }
        idx[n++] = 255;
    }
    sc.call.indices = idx;
    sc.call.index_size_B = 1;
    sc.call.index_range_B = n;
    sc.call.count = n;
    uint64_t prims = 0;
    sc.call.counters.ia_primitives = &prims;
    scene_run(&sc);
    CHECK(count(&sc, 0, 1.0f) == 7000 && count(&sc, 1, 2.0f) == 3500 && at(&sc, 1, 49, 0) == 0.0f && count(&sc, 2, 3.0f) == 7000, "%u %u %u",
          count(&sc, 0, 1.0f), count(&sc, 1, 2.0f), count(&sc, 2, 3.0f));
    CHECK(prims == 8, "%llu primitives", (unsigned long long)prims);
    kit_image_finish(&sc.img);
}

/* Clears, draws and states in order; counters; the pass split by flushes. */
static void
order(void)
{
    struct scene sc;
    scene_init(&sc, PUM_FORMAT_R8G8B8A8_UNORM, 130, 130, 1, &kit_fs);
    sc.s.topology = PUM_TOPOLOGY_TRIANGLE_STRIP;
    quad(0, -1, -1, 1, 1, 0.2f);
    quad(4, 0, 0, 1, 1, 0.4f);
    uint64_t passed = 0, frag = 0;
    sc.call.counters.samples_passed = &passed;
    sc.call.counters.fs_invocations = &frag;
    struct pum_draw_call second = sc.call;
    sc.call.count = second.count = 4;
    second.first = 4;
    struct pum_pass_clear c = {.color = 1, .rect = {-5, 10, 40, 5}, .base_layer = 0, .layer_count = 1};
    const float half[4] = {0.6f, 0.6f, 0.6f, 0.6f};
    memcpy(c.color_value.color, half, 16);
    for (int flush = 0; flush < 2; flush++) {
        passed = frag = 0;
        pum_pass_begin(pass, &sc.t);
        pum_pass_set_state(pass, &sc.s);
        pum_pass_draw(pass, &sc.call);
        if (flush) {
            CHECK(pum_pass_flush(pass), "flush");
        }
        pum_pass_clear(pass, &c);
        c.rect = (struct pum_rect){100, 60, 500, 50};
        pum_pass_clear(pass, &c);
        c.rect = (struct pum_rect){-5, 10, 40, 5};
        pum_pass_draw(pass, &second);
        CHECK(pum_pass_end(pass), "end");
        CHECK(at(&sc, 0, 2, 12) == 153.0f / 255.0f && at(&sc, 0, 34, 14) == 153.0f / 255.0f && at(&sc, 0, 35, 14) == 51.0f / 255.0f, "first clear");
        CHECK(at(&sc, 0, 110, 61) == 153.0f / 255.0f && at(&sc, 0, 110, 70) == 102.0f / 255.0f, "second clear");
        CHECK(passed == 130 * 130 + 65 * 65 && frag == passed, "%llu samples", (unsigned long long)passed);
    }
    kit_image_finish(&sc.img);
}

/* Real vertex buffers: the shader below copies its inputs. */
static void
vs_fetch_run(const struct pum_shader_code *self, const struct pum_shader_ctx *ctx, void *args)
{
    (void)self, (void)ctx;
    const struct pum_vs_args *a = args;
    for (uint32_t i = 0; i < a->vertices; i++) {
        const uint32_t *in = a->in + (size_t)(i / 16) * a->in_slots * 16 + (i & 15);
        float p[4], off[4];
        for (uint32_t c = 0; c < 4; c++) {
            memcpy(&p[c], &in[c * 16], 4);
            memcpy(&off[c], &in[(4 + c) * 16], 4);
            a->out[(size_t)(PUM_VS_USER + c) * a->out_stride + i] = in[(8 + c) * 16];
        }
        p[0] += off[0];
        for (uint32_t c = 0; c < 4; c++) {
            memcpy(&a->out[(size_t)(PUM_VS_POSITION + c) * a->out_stride + i], &p[c], 4);
        }
    }
}
static const struct pum_shader_code vs_fetch = {vs_fetch_run};

static void
fetch(void)
{
    struct scene sc;
    scene_init(&sc, PUM_FORMAT_R32_SFLOAT, 640, 40, 1, &kit_fs);
    add_blend(&sc);
    sc.vi.in_locations = 7;
    sc.s.vs = &vs_fetch;
    sc.s.topology = PUM_TOPOLOGY_TRIANGLE_STRIP;
    /* 10 columns of 64 pixels: per instance an offset, per two instances a value */
    const float corners[4][2] = {{0.0f, -1.0f}, {0.2f, -1.0f}, {0.0f, 1.0f}, {0.2f, 1.0f}};
    float offsets[13];
    uint8_t values[7][4];
    for (int i = 0; i < 13; i++) {
        offsets[i] = -1.0f + 0.2f * (float)(i - 3);
    }
    for (int i = 0; i < 7; i++) {
        values[i][0] = (uint8_t)(i * 40);
        values[i][1] = values[i][2] = values[i][3] = 255;
    }
    const struct pum_vertex_buffer vb[PUM_MAX_VERTEX_BINDINGS] = {
        {(const uint8_t *)corners, sizeof(corners), 8}, {(const uint8_t *)offsets, sizeof(offsets), 4}, {(const uint8_t *)values, sizeof(values), 4}};
    sc.s.attribute_count = 3;
    sc.s.attribute[0] = (struct pum_vertex_attribute){0, 0, PUM_FORMAT_R32G32_SFLOAT, 0};
    sc.s.attribute[1] = (struct pum_vertex_attribute){1, 1, PUM_FORMAT_R32_SFLOAT, 0};
    sc.s.attribute[2] = (struct pum_vertex_attribute){2, 2, PUM_FORMAT_R8G8B8A8_UNORM, 0};
    sc.s.binding[1] = (struct pum_vertex_binding){true, 1};
    sc.s.binding[2] = (struct pum_vertex_binding){true, 2};
    sc.call.vertex_buffers = vb;
    sc.call.count = 4;
    sc.call.first_instance = 3;
    sc.call.instance_count = 10;
    scene_run(&sc);
    for (uint32_t i = 0; i < 10; i++) { /* element of instance i: 3 + i / 2 */
        const uint32_t e = 3 + i / 2;
        const float want = e < 7 ? (float)(e * 40) / 255.0f : 0.0f;
        CHECK(fabsf(at(&sc, 0, i * 64 + 20, 20) - want) < 1e-6f, "column %u: %f, want %f", i, (double)at(&sc, 0, i * 64 + 20, 20), (double)want);
    }
    CHECK(count(&sc, 0, 0.0f) <= 640 * 40 / 10 * 2, "holes");
    kit_image_finish(&sc.img);
}

/* Thousands of draws of two triangles each, each with its own state: order and no loss. */
static void
many_draws(void)
{
    struct scene sc;
    scene_init(&sc, PUM_FORMAT_R32_SFLOAT, 256, 256, 1, &kit_fs);
    add_blend(&sc);
    sc.s.topology = PUM_TOPOLOGY_TRIANGLE_STRIP;
    quad(0, -1, -1, 1, 1, 1.0f);
    quad(4, -0.5f, -0.5f, 0.5f, 0.5f, 1.0f);
    struct pum_draw_state other = sc.s;
    pum_pass_begin(pass, &sc.t);
    sc.call.count = 4;
    for (uint32_t i = 0; i < 3000; i++) {
        pum_pass_set_state(pass, i & 1 ? &other : &sc.s);
        sc.call.first = (i & 1) * 4;
        pum_pass_draw(pass, &sc.call);
    }
    CHECK(pum_pass_end(pass), "end");
    CHECK(at(&sc, 0, 0, 0) == 1500.0f && at(&sc, 0, 128, 128) == 3000.0f, "%f %f", (double)at(&sc, 0, 0, 0), (double)at(&sc, 0, 128, 128));
    kit_image_finish(&sc.img);
}

/* More primitives than one round takes, and more memory than its budget. */
static void
long_pass(void)
{
    struct scene sc;
    scene_init(&sc, PUM_FORMAT_R32_SFLOAT, 640, 480, 1, &kit_fs);
    add_blend(&sc);
    quad(0, -1, -1, 1, 1, 1.0f);
    sc.s.topology = PUM_TOPOLOGY_TRIANGLE_STRIP;
    /* a tiny triangle in the middle, 2^20 + 300000 instances of two primitives; the draw is cut into rounds */
    quad(0, 0.0f, 0.0f, 0.002f, 0.003f, 1.0f);
    sc.call.count = 4;
    sc.call.instance_count = 700000;
    scene_run(&sc);
    float top = 0;
    for (uint32_t y = 238; y < 244; y++) {
        for (uint32_t x = 318; x < 324; x++) {
            top = fmaxf(top, at(&sc, 0, x, y));
        }
    }
    CHECK(top == 700000.0f, "%f", (double)top);
    kit_image_finish(&sc.img);
}

int
main(void)
{
    struct pum_pool *pool = pum_pool_ref();
    pass = pool ? pum_pass_create(pool) : NULL;
    if (!pass) {
        return 1;
    }
    for (uint64_t s = 1; s <= 30; s++) {
        watertight(s, false);
        watertight(s, true);
    }
    near_clip();
    clipped_planes();
    depth_ranges();
    clip_distances();
    points_and_lines();
    layers_and_viewports();
    order();
    fetch();
    many_draws();
    long_pass();
    pum_pass_destroy(pass);
    pum_pool_unref(pool);
    printf("%d failures\n", failures);
    return failures != 0;
}
