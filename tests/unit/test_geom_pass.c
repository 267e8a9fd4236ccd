/* Random triangles through a whole pass, bit for bit against the scalar reference: coverage, depth, stencil, blending, formats, layouts,
 * scissors, strips and fans, indices. The number of threads and the instruction set come from the environment (CTest runs several). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "raster_kit.h"
#include "util/worker_pool.h"

#define W 203
#define H 150
#define MAX_V 900

static float pos[MAX_V][4], color[MAX_V][4];
static int failures;

static const enum pum_format color_formats[] = {
    PUM_FORMAT_R8G8B8A8_UNORM, PUM_FORMAT_B8G8R8A8_UNORM, PUM_FORMAT_B8G8R8A8_SRGB, PUM_FORMAT_R8G8B8A8_SRGB, PUM_FORMAT_R16G16B16A16_SFLOAT,
    PUM_FORMAT_R32G32B32A32_SFLOAT, PUM_FORMAT_R32_SFLOAT, PUM_FORMAT_R8_UNORM, PUM_FORMAT_R5G6B5_UNORM_PACK16,
    PUM_FORMAT_A2B10G10R10_UNORM_PACK32, PUM_FORMAT_R16G16_SNORM, PUM_FORMAT_R16G16B16A16_UNORM, PUM_FORMAT_B10G11R11_UFLOAT_PACK32,
    PUM_FORMAT_R8G8_UNORM, PUM_FORMAT_R8G8B8A8_SNORM, PUM_FORMAT_R16_SFLOAT, PUM_FORMAT_R32G32_SFLOAT,
};
static const enum pum_format depth_formats[] = {PUM_FORMAT_D16_UNORM, PUM_FORMAT_X8_D24_UNORM_PACK32, PUM_FORMAT_D32_SFLOAT};

static void
make_vertices(struct kit_rng *r, uint32_t n, uint32_t style)
{
    float cx = 0, cy = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (i % 3 == 0) {
            cx = kit_randf(r, -1.0f, 1.0f);
            cy = kit_randf(r, -1.0f, 1.0f);
        }
        const float size = style == 0 ? 1.0f : style == 1 ? 0.08f : 0.4f;
        const float w = style == 2 ? kit_randf(r, 0.3f, 4.0f) : 1.0f;
        float x = style == 0 ? kit_randf(r, -1.3f, 1.3f) : cx + kit_randf(r, -size, size);
        float y = style == 0 ? kit_randf(r, -1.3f, 1.3f) : cy + kit_randf(r, -size, size);
        if (style == 3) { /* on pixel corners and centres: shared edges and ties */
            x = ((float)(kit_rand(r) % (2 * W + 1)) - (float)W) / (float)W;
            y = ((float)(kit_rand(r) % (2 * H + 1)) - (float)H) / (float)H;
        }
        pos[i][0] = x * w;
        pos[i][1] = y * w;
        pos[i][2] = kit_randf(r, 0.02f, 0.98f) * w;
        pos[i][3] = w;
        for (int c = 0; c < 4; c++) {
            color[i][c] = kit_randf(r, -0.1f, 1.1f);
        }
    }
}

static void
compare(const char *what, uint64_t seed, const struct kit_image *a, const struct kit_image *b)
{
    for (uint32_t y = 0; y < a->height; y++) {
        for (uint32_t x = 0; x < a->width; x++) {
            const uint8_t *p = kit_texel(a, 0, x, y), *q = kit_texel(b, 0, x, y);
            if (memcmp(p, q, a->texel_B) != 0) {
                if (failures++ < 10) {
                    printf("FAIL seed %llu %s format %u at %u %u: got", (unsigned long long)seed, what, a->plane.format, x, y);
                    for (uint32_t i = 0; i < a->texel_B; i++) {
                        printf(" %02x", p[i]);
                    }
                    printf(", want");
                    for (uint32_t i = 0; i < a->texel_B; i++) {
                        printf(" %02x", q[i]);
                    }
                    printf("\n");
                }
                return;
            }
        }
    }
}

static void
one(struct pum_pass *pass, uint64_t seed)
{
    struct kit_rng r = {seed * 7919 + 1};
    kit_rand(&r);
    const enum pum_format cf = color_formats[kit_rand(&r) % PUM_ARRAY_LEN(color_formats)];
    const enum pum_format df = depth_formats[kit_rand(&r) % PUM_ARRAY_LEN(depth_formats)];
    struct kit_image img[2], depth[2], stencil[2];
    for (int i = 0; i < 2; i++) {
        const enum pum_texel_layout layout = kit_rand(&r) & 1 ? PUM_TEXEL_BLOCK : PUM_TEXEL_LINEAR;
        if (!kit_image_init(&img[i], cf, W, H, 1, layout) || !kit_image_init(&depth[i], df, W, H, 1, layout) ||
            !kit_image_init(&stencil[i], PUM_FORMAT_S8_UINT, W, H, 1, layout)) {
            exit(1);
        }
    }
    struct pum_draw_state s;
    kit_state(&s, W, H);
    const struct pum_shader_code *shaders[] = {&kit_fs, &kit_fs, &kit_fs, &kit_fs_discard, &kit_fs_depth};
    const struct pum_shader_code *fs = shaders[kit_rand(&r) % 5];
    const enum pum_interp interp = (enum pum_interp)(kit_rand(&r) % 3);
    struct kit_vertices kv = {.pos = (const float(*)[4])pos, .color = (const float(*)[4])color, .count = MAX_V};
    struct pum_shader_info vi, fi;
    kit_vs_info(&vi, &kv);
    kit_fs_info(&fi, fs, interp);
    s.vs_info = &vi;
    s.fs = fs;
    s.fs_info = &fi;
    s.cull_mode = kit_rand(&r) % 4 == 0 ? (uint8_t)(kit_rand(&r) % 3) : 0;
    s.front_face = kit_rand(&r) & 1;
    s.provoking_last = kit_rand(&r) & 1;
    if (kit_rand(&r) & 1) {
        s.scissor[0] = (struct pum_rect){(int32_t)(kit_rand(&r) % 60), (int32_t)(kit_rand(&r) % 60), 40 + kit_rand(&r) % 100, 30 + kit_rand(&r) % 80};
    }
    if (kit_rand(&r) % 3 == 0) {
        s.viewport[0].min_depth = 0.2f;
        s.viewport[0].max_depth = 0.7f;
    }
    s.ds.depth_test = kit_rand(&r) % 4 != 0;
    s.ds.depth_write = kit_rand(&r) & 1;
    s.ds.depth_compare = kit_rand(&r) % 8;
    s.ds.stencil_test = kit_rand(&r) % 3 == 0;
    struct pum_stencil_face *faces[2] = {&s.ds.front, &s.ds.back};
    for (int i = 0; i < 2; i++) {
        *faces[i] = (struct pum_stencil_face){(uint8_t)(kit_rand(&r) % 8), (uint8_t)(kit_rand(&r) % 8), (uint8_t)(kit_rand(&r) % 8),
                                              (uint8_t)(kit_rand(&r) % 8), (uint8_t)kit_rand(&r), (uint8_t)kit_rand(&r), (uint8_t)(kit_rand(&r) % 4)};
    }
    struct pum_blend_attachment *b = &s.blend.target[0];
    const bool is_float = pum_format_info(cf)->type == PUM_FLOAT || pum_format_info(cf)->type == PUM_UFLOAT;
    b->enable = kit_rand(&r) & 1;
    b->src_color = (uint8_t)(kit_rand(&r) % 15);
    b->dst_color = (uint8_t)(kit_rand(&r) % 15);
    b->color_op = (uint8_t)(kit_rand(&r) % 5);
    b->src_alpha = (uint8_t)(kit_rand(&r) % 15);
    b->dst_alpha = (uint8_t)(kit_rand(&r) % 15);
    b->alpha_op = (uint8_t)(kit_rand(&r) % 5);
    if (kit_rand(&r) & 1) { /* the common ones */
        b->src_color = kit_rand(&r) & 1 ? PUM_FACTOR_SRC_ALPHA : PUM_FACTOR_ONE;
        b->dst_color = kit_rand(&r) % 3 ? PUM_FACTOR_ONE_MINUS_SRC_ALPHA : PUM_FACTOR_ONE;
        b->src_alpha = kit_rand(&r) & 1 ? PUM_FACTOR_SRC_ALPHA : PUM_FACTOR_ONE;
        b->dst_alpha = b->dst_color;
        b->color_op = b->alpha_op = PUM_BLEND_ADD;
    }
    if (is_float) { /* products of many layers grow beyond what is worth comparing */
        b->enable = b->enable && b->color_op >= PUM_BLEND_MIN && b->alpha_op >= PUM_BLEND_MIN;
    }
    if (pum_format_info(cf)->type == PUM_SNORM) {
        b->enable = false;
    }
    b->write_mask = kit_rand(&r) & 1 ? 15 : (uint8_t)(kit_rand(&r) & 15);
    for (int i = 0; i < 4; i++) {
        s.blend.constants[i] = kit_randf(&r, -0.2f, 1.2f);
    }
    const uint32_t style = kit_rand(&r) % 4;
    const uint32_t n = style == 1 ? 600 : 60;
    make_vertices(&r, n, style);

    struct pum_raster_targets t = {.color_count = 1, .width = W, .height = H, .area_w = W, .area_h = H, .layers = 1, .samples = 1};
    t.color[0] = (struct pum_raster_attachment){.plane = img[0].plane, .load_op = PUM_LOAD_OP_CLEAR, .store = true, .clear = {{0}}};
    const float clear[4] = {0.3f, 0.6f, 0.1f, 0.8f};
    memcpy(t.color[0].clear.color, clear, 16);
    t.depth = (struct pum_raster_attachment){.plane = depth[0].plane, .load_op = PUM_LOAD_OP_CLEAR, .store = true, .clear = {.depth = 0.6f}};
    t.stencil = (struct pum_raster_attachment){.plane = stencil[0].plane, .load_op = PUM_LOAD_OP_CLEAR, .store = true, .clear = {.stencil = 2}};
    const bool area = kit_rand(&r) % 3 == 0;
    if (area) {
        t.area_x = 17;
        t.area_y = 9;
        t.area_w = 150;
        t.area_h = 121;
    }
    /* the reference clears by the format's own routines */
    for (uint32_t y = t.area_y; y < t.area_y + t.area_h; y++) {
        for (uint32_t x = t.area_x; x < t.area_x + t.area_w; x++) {
            union pum_color c;
            memcpy(c.f, clear, 16);
            pum_format_pack(cf, &c, kit_texel(&img[1], 0, x, y));
            c.f[0] = 0.6f;
            pum_format_pack(df, &c, kit_texel(&depth[1], 0, x, y));
            *kit_texel(&stencil[1], 0, x, y) = 2;
        }
    }
    struct pum_shader_ctx ctx;
    kit_ctx(&ctx, &kv);
    uint64_t passed = 0;
    struct pum_draw_call call = {.vs_ctx = &ctx, .fs_ctx = &ctx, .count = n, .instance_count = 1, .counters = {.samples_passed = &passed}};
    const uint32_t topo = kit_rand(&r) % 4; /* list, strip, fan, indexed list */
    uint16_t indices[MAX_V];
    uint32_t prims = n / 3;
    if (topo == 1 || topo == 2) {
        s.topology = topo == 1 ? PUM_TOPOLOGY_TRIANGLE_STRIP : PUM_TOPOLOGY_TRIANGLE_FAN;
        prims = n - 2;
    } else if (topo == 3) {
        for (uint32_t i = 0; i < n; i++) {
            indices[i] = (uint16_t)(kit_rand(&r) % n);
        }
        call.indices = (const uint8_t *)indices;
        call.index_range_B = n * 2;
        call.index_size_B = 2;
    }
    pum_pass_begin(pass, &t);
    pum_pass_set_state(pass, &s);
    pum_pass_draw(pass, &call);
    if (!pum_pass_end(pass)) {
        printf("FAIL seed %llu: end\n", (unsigned long long)seed);
        failures++;
    }
    struct pum_draw_state ref_state = s;
    const struct pum_rect sc = s.scissor[0];
    const int32_t x0 = PUM_MAX(sc.x, (int32_t)t.area_x), y0 = PUM_MAX(sc.y, (int32_t)t.area_y);
    const int32_t x1 = PUM_MIN(sc.x + (int32_t)sc.w, (int32_t)(t.area_x + t.area_w)), y1 = PUM_MIN(sc.y + (int32_t)sc.h, (int32_t)(t.area_y + t.area_h));
    ref_state.scissor[0] = (struct pum_rect){x0, y0, (uint32_t)PUM_MAX(x1 - x0, 0), (uint32_t)PUM_MAX(y1 - y0, 0)};
    struct kit_ref ref = {&img[1], &depth[1], &stencil[1], W, H, 0};
    for (uint32_t p = 0; p < prims; p++) {
        uint32_t idx[3] = {p * 3, p * 3 + 1, p * 3 + 2};
        if (topo == 1) {
            idx[0] = p;
            idx[1] = p + 1 + (p & 1);
            idx[2] = p + 2 - (p & 1);
        } else if (topo == 2) {
            idx[0] = p + 1;
            idx[1] = p + 2;
            idx[2] = 0;
        } else if (topo == 3) {
            for (int i = 0; i < 3; i++) {
                idx[i] = indices[idx[i]];
            }
        }
        kit_ref_triangle(&ref, &ref_state, &kv, idx, interp, fs);
    }
    if ((topo == 1 || topo == 2) && interp == PUM_INTERP_FLAT && s.provoking_last) { /* another vertex than the last of the three */
        goto done;
    }
    compare("color", seed, &img[0], &img[1]);
    compare("depth", seed, &depth[0], &depth[1]);
    compare("stencil", seed, &stencil[0], &stencil[1]);
    if (passed != ref.passed) {
        if (failures++ < 10) {
            printf("FAIL seed %llu: %llu samples passed, want %llu\n", (unsigned long long)seed, (unsigned long long)passed, (unsigned long long)ref.passed);
        }
    }
done:
    for (int i = 0; i < 2; i++) {
        kit_image_finish(&img[i]);
        kit_image_finish(&depth[i]);
        kit_image_finish(&stencil[i]);
    }
}

int
main(int argc, char **argv)
{
    const uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 0) : 1, count = argc > 2 ? strtoull(argv[2], NULL, 0) : 300;
    struct pum_pool *pool = pum_pool_ref();
    struct pum_pass *pass = pool ? pum_pass_create(pool) : NULL;
    if (!pass) {
        return 1;
    }
    for (uint64_t i = 0; i < count; i++) {
        one(pass, first + i);
    }
    pum_pass_destroy(pass);
    pum_pool_unref(pool);
    printf("%llu random passes, %d failures\n", (unsigned long long)count, failures);
    return failures != 0;
}
