/* Hostile positions (NaN, infinities, denormals, huge values, w of any sign), random state of every kind: nothing may be touched outside
 * the render area, nothing may crash (run under the sanitizers), and two runs give the same pixels. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "raster_kit.h"
#include "util/worker_pool.h"

#define W 131
#define H 77
#define MAX_V 200

static float pos[MAX_V][4], color[MAX_V][4], size[MAX_V], clip[MAX_V][2];
static uint32_t layer[MAX_V], viewport[MAX_V];

static float
hostile(struct kit_rng *r)
{
    const uint32_t k = kit_rand(r) % 24;
    uint32_t bits;
    float f;
    switch (k) {
    case 0: return 0.0f;
    case 1: return -0.0f;
    case 2: return __builtin_inff();
    case 3: return -__builtin_inff();
    case 4: return __builtin_nanf("");
    case 5: return 3.0e38f;
    case 6: return -3.0e38f;
    case 7: return 1e-42f;
    case 8:
        bits = kit_rand(r);
        memcpy(&f, &bits, 4);
        return f;
    case 9: return kit_randf(r, -100000.0f, 100000.0f);
    case 10: return kit_randf(r, -1e-6f, 1e-6f);
    default: return kit_randf(r, -2.0f, 2.0f);
    }
}

static uint64_t
run(struct pum_pass *pass, uint64_t seed)
{
    struct kit_rng r = {seed * 977 + 3};
    kit_rand(&r);
    const uint32_t layers = 1 + kit_rand(&r) % 3;
    struct kit_image img, depth, stencil;
    const enum pum_texel_layout layout = kit_rand(&r) & 1 ? PUM_TEXEL_BLOCK : PUM_TEXEL_LINEAR;
    const enum pum_format df[] = {PUM_FORMAT_D16_UNORM, PUM_FORMAT_X8_D24_UNORM_PACK32, PUM_FORMAT_D32_SFLOAT};
    const enum pum_format cf[] = {PUM_FORMAT_R8G8B8A8_UNORM, PUM_FORMAT_R16G16B16A16_SFLOAT, PUM_FORMAT_B10G11R11_UFLOAT_PACK32, PUM_FORMAT_R8_UINT};
    if (!kit_image_init(&img, cf[kit_rand(&r) % 4], W, H, layers, layout) || !kit_image_init(&depth, df[kit_rand(&r) % 3], W, H, layers, layout) ||
        !kit_image_init(&stencil, PUM_FORMAT_S8_UINT, W, H, layers, layout)) {
        exit(1);
    }
    struct kit_vertices kv = {.pos = (const float(*)[4])pos, .color = (const float(*)[4])color, .count = MAX_V};
    for (uint32_t i = 0; i < MAX_V; i++) {
        const bool nice = kit_rand(&r) % 3 != 0;
        for (int c = 0; c < 4; c++) {
            pos[i][c] = nice ? (c == 3 ? kit_randf(&r, 0.5f, 2.0f) : kit_randf(&r, -1.0f, 1.0f)) : hostile(&r);
            color[i][c] = hostile(&r);
        }
        size[i] = kit_rand(&r) & 1 ? hostile(&r) : kit_randf(&r, 0.0f, 20.0f);
        clip[i][0] = kit_rand(&r) & 1 ? hostile(&r) : 1.0f;
        clip[i][1] = hostile(&r) + 1.0f;
        layer[i] = kit_rand(&r) % 4 ? kit_rand(&r) % layers : kit_rand(&r);
        viewport[i] = kit_rand(&r) % 4 ? kit_rand(&r) % 4 : kit_rand(&r);
    }
    if (kit_rand(&r) & 1) {
        kv.layer = layer;
    }
    if (kit_rand(&r) % 3 == 0) {
        kv.viewport = viewport;
    }
    if (kit_rand(&r) % 3 == 0) {
        kv.clip = (const float(*)[2])clip;
    }
    kv.point_size = kit_rand(&r) & 1 ? size : NULL;
    struct pum_draw_state s[3];
    struct pum_shader_info vi, fi[3];
    kit_vs_info(&vi, &kv);
    struct pum_raster_targets t = {.color_count = 1, .width = W, .height = H, .area_w = W, .area_h = H, .layers = layers, .samples = 1};
    t.color[0] = (struct pum_raster_attachment){.plane = img.plane, .load_op = (uint8_t)(kit_rand(&r) % 3), .store = true, .clear = {{0}}};
    t.depth = (struct pum_raster_attachment){.plane = depth.plane, .load_op = (uint8_t)(kit_rand(&r) % 3), .store = true, .clear = {.depth = 1.0f}};
    t.stencil = (struct pum_raster_attachment){.plane = stencil.plane, .load_op = (uint8_t)(kit_rand(&r) % 3), .store = true, .clear = {.stencil = 0}};
    if (kit_rand(&r) & 1) {
        t.area_x = kit_rand(&r) % 50;
        t.area_y = kit_rand(&r) % 50;
        t.area_w = kit_rand(&r) % 80;
        t.area_h = kit_rand(&r) % 60;
    }
    struct pum_shader_ctx ctx;
    kit_ctx(&ctx, &kv);
    uint64_t passed = 0;
    pum_pass_begin(pass, &t);
    const struct pum_shader_code *const shaders[] = {&kit_fs, &kit_fs_discard, &kit_fs_depth, &kit_fs_point, NULL};
    const enum pum_interp interp = (enum pum_interp)(kit_rand(&r) % 3);
    for (int k = 0; k < 3; k++) {
        kit_state(&s[k], W, H);
        s[k].vs_info = &vi;
        s[k].fs = shaders[kit_rand(&r) % 5];
        kit_fs_info(&fi[k], s[k].fs, interp);
        s[k].fs_info = &fi[k];
        s[k].topology = kit_rand(&r) % PUM_TOPOLOGY_COUNT;
        s[k].primitive_restart = kit_rand(&r) & 1;
        s[k].provoking_last = kit_rand(&r) & 1;
        s[k].depth_clamp = kit_rand(&r) & 1;
        s[k].depth_clip = kit_rand(&r) & 1;
        s[k].negative_one_to_one = kit_rand(&r) & 1;
        s[k].cull_mode = kit_rand(&r) % 4 ? 0 : 1;
        s[k].polygon_mode = kit_rand(&r) % 3;
        s[k].line_mode = kit_rand(&r) % 3;
        s[k].line_width = kit_rand(&r) & 1 ? 1.0f : hostile(&r);
        s[k].depth_bias = kit_rand(&r) & 1;
        s[k].depth_bias_constant = hostile(&r);
        s[k].depth_bias_slope = hostile(&r);
        s[k].depth_bias_clamp = hostile(&r);
        s[k].viewport_count = s[k].scissor_count = 1 + kit_rand(&r) % 4;
        for (uint32_t i = 0; i < s[k].viewport_count; i++) {
            struct pum_viewport *v = &s[k].viewport[i];
            *v = (struct pum_viewport){kit_randf(&r, -50.0f, 50.0f), kit_randf(&r, -50.0f, 50.0f), kit_randf(&r, 0.1f, 300.0f),
                                       kit_randf(&r, -300.0f, 300.0f), kit_randf(&r, 0.0f, 1.0f), kit_randf(&r, 0.0f, 1.0f)};
            if (kit_rand(&r) % 8 == 0) {
                *v = (struct pum_viewport){hostile(&r), hostile(&r), hostile(&r), hostile(&r), hostile(&r), hostile(&r)};
            }
            s[k].scissor[i] = (struct pum_rect){(int32_t)(kit_rand(&r) % 100), (int32_t)(kit_rand(&r) % 100), kit_rand(&r) % 100, kit_rand(&r) % 100};
            if (kit_rand(&r) % 4 == 0) {
                s[k].scissor[i] = (struct pum_rect){0, 0, 0x7fffffff, 0xffffffff};
            }
        }
        s[k].ds.depth_test = kit_rand(&r) & 1;
        s[k].ds.depth_write = kit_rand(&r) & 1;
        s[k].ds.depth_compare = kit_rand(&r) % 8;
        s[k].ds.depth_bounds_test = kit_rand(&r) % 4 == 0;
        s[k].ds.max_bounds = 0.9f;
        s[k].ds.stencil_test = kit_rand(&r) & 1;
        s[k].ds.front = (struct pum_stencil_face){3, 4, 5, (uint8_t)(kit_rand(&r) % 8), 255, 255, 1};
        s[k].ds.back = (struct pum_stencil_face){6, 7, 2, (uint8_t)(kit_rand(&r) % 8), 255, 255, 1};
        s[k].blend.target[0].enable = kit_rand(&r) & 1;
        s[k].blend.target[0].src_color = kit_rand(&r) % 19;
        s[k].blend.target[0].dst_color = kit_rand(&r) % 19;
        s[k].blend.logic_op_enable = kit_rand(&r) % 4 == 0;
        s[k].blend.logic_op = kit_rand(&r) % 16;
        pum_pass_set_state(pass, &s[k]);
        uint8_t indices[300];
        for (uint32_t i = 0; i < 300; i++) {
            indices[i] = (uint8_t)(kit_rand(&r) % 8 ? kit_rand(&r) % MAX_V : 255);
        }
        struct pum_draw_call call = {.vs_ctx = &ctx, .fs_ctx = &ctx, .count = kit_rand(&r) % 200, .instance_count = 1 + kit_rand(&r) % 3,
                                     .first = kit_rand(&r) % 20, .counters = {.samples_passed = &passed}};
        if (kit_rand(&r) & 1) {
            call.indices = indices;
            call.index_range_B = kit_rand(&r) % 301;
            call.index_size_B = (uint8_t)(1u << kit_rand(&r) % 3);
            call.vertex_offset = (int32_t)(kit_rand(&r) % 100) - 50;
        }
        pum_pass_draw(pass, &call);
        if (kit_rand(&r) % 3 == 0) {
            struct pum_pass_clear c = {.color = 1, .depth = true, .stencil = true, .rect = {(int32_t)(kit_rand(&r) % 200) - 50, (int32_t)(kit_rand(&r) % 200) - 50,
                                       kit_rand(&r) % 100, kit_rand(&r) % 100}, .base_layer = kit_rand(&r) % 3, .layer_count = kit_rand(&r) % 3};
            pum_pass_clear(pass, &c);
        }
        if (!pum_pass_flush(pass)) { /* indices live on this stack frame's loop body */
            exit(1);
        }
    }
    if (!pum_pass_end(pass)) {
        exit(1);
    }
    const uint64_t h = kit_hash(&img) ^ kit_hash(&depth) * 3 ^ kit_hash(&stencil) * 7 ^ passed * 0x9e3779b97f4a7c15u;
    kit_image_finish(&img);
    kit_image_finish(&depth);
    kit_image_finish(&stencil);
    return h;
}

int
main(int argc, char **argv)
{
    const uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 0) : 1, count = argc > 2 ? strtoull(argv[2], NULL, 0) : 1000;
    struct pum_pool *pool = pum_pool_ref();
    struct pum_pass *pass = pool ? pum_pass_create(pool) : NULL;
    if (!pass) {
        return 1;
    }
    uint64_t all = 0;
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t h = run(pass, first + i);
        if (i % 16 == 0 && run(pass, first + i) != h) {
            printf("FAIL seed %llu: two runs differ\n", (unsigned long long)(first + i));
            return 1;
        }
        all = all * 31 + h;
    }
    pum_pass_destroy(pass);
    pum_pool_unref(pool);
    printf("%llu passes, hash %016llx\n", (unsigned long long)count, (unsigned long long)all);
    return 0;
}
