/* Throughput of the rasterizer with trivial shaders: fill rate and triangle rate. Not a test; prints numbers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../unit/raster_kit.h"
#include "util/worker_pool.h"

#define W 1920
#define H 1080
#define MAX_V 400000

static float (*pos)[4], (*color)[4];
static struct pum_pass *pass;

static double
now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void
vs_run(const struct pum_shader_code *self, const struct pum_shader_ctx *ctx, void *args)
{
    (void)self, (void)ctx;
    const struct pum_vs_args *a = args;
    for (uint32_t i = 0; i < a->vertices; i++) {
        const uint32_t v = a->vertex_index[i];
        for (uint32_t c = 0; c < 4; c++) {
            memcpy(&a->out[(size_t)(PUM_VS_POSITION + c) * a->out_stride + i], &pos[v][c], 4);
            memcpy(&a->out[(size_t)(PUM_VS_USER + c) * a->out_stride + i], &color[v][c], 4);
        }
    }
}
static void
fs_run(const struct pum_shader_code *self, const struct pum_shader_ctx *ctx, void *args)
{
    (void)self, (void)ctx;
    const struct pum_fs_args *a = args;
    PUM_ALIGNED(64) uint32_t c[4][PUM_LANES];
    for (uint32_t i = 0; i < 4; i++) {
        for (uint32_t l = 0; l < PUM_LANES; l++) {
            memcpy(&c[i][l], &a->planes[PUM_FS_PLANE_INPUTS + i].flat, 4);
        }
    }
    for (uint32_t i = 0; i < a->block_count; i++) {
        const struct pum_fs_block *b = &a->blocks[i];
        a->targets[0].write(&a->targets[0], b->x, b->y, b->mask, (const uint32_t(*)[PUM_LANES])c, NULL);
    }
}
static const struct pum_shader_code vs = {vs_run}, fs = {fs_run};

static const char *only; /* part of the names to run */

static void
bench(const char *name, struct pum_raster_targets *t, struct pum_draw_state *s, uint32_t count, uint32_t draws, double pixels, double prims)
{
    struct pum_shader_ctx ctx;
    memset(&ctx, 0, sizeof(ctx));
    struct pum_draw_call call = {.vs_ctx = &ctx, .fs_ctx = &ctx, .instance_count = 1, .count = count};
    double best = 1e9;
    if (only && !strstr(name, only)) {
        return;
    }
    for (int k = 0; k < 8; k++) {
        const double t0 = now();
        call.first = 0;
        pum_pass_begin(pass, t);
        pum_pass_set_state(pass, s);
        for (uint32_t i = 0; i < draws; i++) {
            pum_pass_draw(pass, &call);
            call.first = draws > 100 ? call.first + count : 0;
        }
        if (!pum_pass_end(pass)) {
            exit(1);
        }
        const double dt = now() - t0;
        best = dt < best ? dt : best;
    }
    printf("%-34s %8.3f ms  %8.1f Mpixel/s  %8.2f Mprim/s\n", name, best * 1e3, pixels / best * 1e-6, prims / best * 1e-6);
}

int
main(int argc, char **argv)
{
    only = argc > 1 ? argv[1] : NULL;
    pos = malloc(sizeof(*pos) * MAX_V);
    color = malloc(sizeof(*color) * MAX_V);
    struct pum_pool *pool = pum_pool_ref();
    pass = pool ? pum_pass_create(pool) : NULL;
    struct kit_image img, depth, lin, half;
    if (!pos || !color || !pass || !kit_image_init(&img, PUM_FORMAT_B8G8R8A8_UNORM, W, H, 1, PUM_TEXEL_BLOCK) ||
        !kit_image_init(&lin, PUM_FORMAT_B8G8R8A8_UNORM, W, H, 1, PUM_TEXEL_LINEAR) ||
        !kit_image_init(&half, PUM_FORMAT_R16G16B16A16_SFLOAT, W, H, 1, PUM_TEXEL_BLOCK) ||
        !kit_image_init(&depth, PUM_FORMAT_D32_SFLOAT, W, H, 1, PUM_TEXEL_BLOCK)) {
        return 1;
    }
    printf("%u threads\n", pum_pool_width(pool));
    struct kit_vertices kv = {.count = 1};
    struct pum_shader_info vi, fi;
    kit_vs_info(&vi, &kv);
    kit_fs_info(&fi, &kit_fs, PUM_INTERP_FLAT);
    struct pum_draw_state s;
    kit_state(&s, W, H);
    s.vs = &vs;
    s.fs = &fs;
    s.vs_info = &vi;
    s.fs_info = &fi;
    struct pum_raster_targets t = {.color_count = 1, .width = W, .height = H, .area_w = W, .area_h = H, .layers = 1, .samples = 1};
    t.color[0].plane = img.plane;
    t.color[0].load_op = PUM_LOAD_OP_CLEAR;
    for (int i = 0; i < MAX_V; i++) {
        for (int c = 0; c < 4; c++) {
            color[i][c] = 0.5f;
        }
        pos[i][3] = 1.0f;
        pos[i][2] = 0.5f;
    }
    bench("clear only", &t, &s, 0, 0, (double)W * H, 0);
    t.color[0].load_op = PUM_LOAD_OP_LOAD;
    bench("nothing", &t, &s, 0, 0, 0, 0);
    const float full[3][2] = {{-1, -1}, {3, -1}, {-1, 3}};
    for (int i = 0; i < 3; i++) {
        pos[i][0] = full[i][0];
        pos[i][1] = full[i][1];
    }
    const double px = (double)W * H;
    bench("fill, BLOCK, x20", &t, &s, 3, 20, px * 20, 20);
    t.color[0].plane = lin.plane;
    bench("fill, LINEAR, x20", &t, &s, 3, 20, px * 20, 20);
    t.color[0].plane = half.plane;
    bench("fill, RGBA16F, x20", &t, &s, 3, 20, px * 20, 20);
    t.color[0].plane = img.plane;
    s.blend.target[0] = (struct pum_blend_attachment){true, PUM_FACTOR_SRC_ALPHA, PUM_FACTOR_ONE_MINUS_SRC_ALPHA, PUM_BLEND_ADD, PUM_FACTOR_ONE,
                                                      PUM_FACTOR_ONE_MINUS_SRC_ALPHA, PUM_BLEND_ADD, 15};
    bench("blend over, BLOCK, x20", &t, &s, 3, 20, px * 20, 20);
    s.blend.target[0].src_color = PUM_FACTOR_DST_COLOR;
    bench("blend any, BLOCK, x20", &t, &s, 3, 20, px * 20, 20);
    s.blend.target[0].enable = false;
    t.depth.plane = depth.plane;
    t.depth.load_op = PUM_LOAD_OP_CLEAR;
    t.depth.clear.depth = 1.0f;
    s.ds.depth_test = s.ds.depth_write = true;
    s.ds.depth_compare = PUM_COMPARE_LESS_EQUAL;
    bench("fill, depth passes, x20", &t, &s, 3, 20, px * 20, 20);
    s.ds.depth_compare = PUM_COMPARE_GREATER;
    bench("fill, depth fails, x20", &t, &s, 3, 20, px * 20, 20);
    s.ds.depth_compare = PUM_COMPARE_LESS_EQUAL;
    const float sizes[] = {2.0f, 8.0f, 32.0f};
    for (int k = 0; k < 3; k++) { /* right-angled triangles of that size, all over the target */
        struct kit_rng r = {5};
        for (int i = 0; i < MAX_V; i += 3) {
            const float x = kit_randf(&r, -1, 0.95f), y = kit_randf(&r, -1, 0.95f);
            const float dx = sizes[k] * 2 / W, dy = sizes[k] * 2 / H;
            for (int v = 0; v < 3 && i + v < MAX_V; v++) {
                pos[i + v][0] = x + (v == 1 ? dx : 0);
                pos[i + v][1] = y + (v == 2 ? dy : 0);
            }
        }
        char name[64];
        const uint32_t n = 300000;
        snprintf(name, sizeof(name), "triangles of %.0f px, depth", (double)sizes[k]);
        bench(name, &t, &s, n, 1, (double)sizes[k] * (double)sizes[k] / 2 * n / 3, n / 3.0);
    }
    s.cull_mode = PUM_CULL_FRONT_BIT | PUM_CULL_BACK_BIT;
    bench("all culled", &t, &s, 300000, 1, 0, 100000);
    s.cull_mode = 0;
    for (int i = 0; i < 300000; i++) {
        pos[i][0] += 4.0f;
    }
    bench("all outside", &t, &s, 300000, 1, 0, 100000);
    for (int i = 0; i < 300000; i++) {
        pos[i][0] -= 4.0f;
    }
    bench("10000 draws of one triangle", &t, &s, 3, 10000, 0, 10000);
    return 0;
}
