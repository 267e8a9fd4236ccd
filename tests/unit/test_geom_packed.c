/* Several samples per pixel: passes whose equal blocks are kept as one sample and whose depth is kept as planes give the same bytes, in
 * attachments and resolves, as passes where every sample is written (struct pum_raster_targets.read_inside), and the same counts. Random
 * triangles, points, lines, states, clears and cuts into rounds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "raster_kit.h"
#include "util/compiler.h"
#include "util/worker_pool.h"

#define W 150
#define H 141
#define PRIMS 14
#define STEPS 5

static float pos[PRIMS * 3][4], color[PRIMS * 3][4];

/* ---- images with samples ---- */

struct image {
    struct pum_raster_plane plane;
    uint8_t *mem;
    size_t size_B;
    bool d24;
};

static struct image
image_init(struct kit_rng *r, enum pum_format format, uint32_t samples_log2)
{
    struct image i;
    const uint32_t texel_B = pum_format_info(format)->block_B, samples = 1u << samples_log2;
    const bool block = kit_rand(r) % 4 != 0;
    const uint32_t row_B = block ? (W + 3) / 4 * 16 * texel_B * samples : W * texel_B, rows = block ? (H + 3) / 4 : H;
    const size_t layer_B = (size_t)row_B * rows * (block ? 1 : samples);
    i.size_B = layer_B;
    i.d24 = format == PUM_FORMAT_X8_D24_UNORM_PACK32;
    i.mem = aligned_alloc(64, PUM_ALIGN_UP(i.size_B, (size_t)64)); /* as images are */
    if (!i.mem) {
        exit(1);
    }
    const bool floats = format == PUM_FORMAT_R32G32B32A32_SFLOAT || format == PUM_FORMAT_D32_SFLOAT, halves = format == PUM_FORMAT_R16G16B16A16_SFLOAT;
    for (size_t k = 0; k < i.size_B; k++) { /* no infinities or NaNs: which NaN an operation gives depends on its operands' order */
        const bool top = (floats && k % 4 == 3) || (halves && k % 2 == 1);
        i.mem[k] = (uint8_t)(top ? kit_rand(r) % 0x3c : kit_rand(r));
    }
    i.plane = (struct pum_raster_plane){.base = i.mem, .layer_pitch_B = layer_B, .row_pitch_B = row_B, .format = (uint16_t)format,
                                        .layout = block ? PUM_TEXEL_BLOCK : PUM_TEXEL_LINEAR, .samples_log2 = (uint8_t)samples_log2,
                                        .sample_pitch_B = block ? (uint64_t)16 * texel_B : (uint64_t)row_B * H};
    return i;
}

static uint64_t
image_finish(struct image *i, bool stored)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t k = 0; k < i->size_B && stored; k++) {
        h = i->d24 && k % 4 == 3 ? h : (h ^ i->mem[k]) * 0x100000001b3u;
    }
    free(i->mem);
    return h;
}

/* ---- a fragment shader that does what it is told ---- */

static struct {
    bool discards, depth, mask, flat;
} shader;

static void
fs_run(const struct pum_shader_code *self, const struct pum_shader_ctx *ctx, void *args)
{
    (void)self, (void)ctx;
    const struct pum_fs_args *a = args;
    for (uint32_t i = 0; i < a->block_count; i++) {
        const struct pum_fs_block *b = &a->blocks[i];
        PUM_ALIGNED(64) uint32_t out[PUM_FS_SLOTS][PUM_LANES] = {0};
        uint32_t mask = b->mask;
        for (uint32_t l = 0; l < PUM_LANES; l++) {
            const float x = (float)(b->x * 4u + (l & 3)) + a->pos[0], y = (float)(b->y * 4u + (l >> 2)) + a->pos[1];
            for (uint32_t c = 0; c < 4; c++) {
                const struct pum_plane *p = &a->planes[PUM_FS_PLANE_INPUTS + c];
                float v = (p->v + p->dx * x) + p->dy * y;
                if (shader.flat) {
                    memcpy(&v, &p->flat, 4);
                }
                memcpy(&out[PUM_FS_COLOR + c][l], &v, 4);
                v = 0.25f * (float)c;
                memcpy(&out[PUM_FS_COLOR + 4 + c][l], &v, 4);
                if (shader.depth && c == 0) {
                    memcpy(&out[PUM_FS_DEPTH][l], &out[PUM_FS_COLOR][l], 4);
                }
            }
            out[PUM_FS_SAMPLE_MASK][l] = 0x5b ^ l;
            const uint32_t px = (uint32_t)a->tile_x + b->x * 4u + (l & 3), py = (uint32_t)a->tile_y + b->y * 4u + (l >> 2);
            mask &= shader.discards && (px / 5 + py / 7) % 3 == 0 ? ~(1u << l) : ~0u;
        }
        if (a->late && mask) {
            mask = a->late(a, b, mask, out);
        }
        for (uint32_t k = 0; k < 2 && mask; k++) {
            a->targets[k].write(&a->targets[k], b->x, b->y, mask, (const uint32_t(*)[PUM_LANES])(out + PUM_FS_COLOR + k * 4), NULL);
        }
    }
}
static const struct pum_shader_code fs = {fs_run};

/* ---- passes ---- */

static void
random_vertices(struct kit_rng *r)
{
    for (uint32_t i = 0; i < PRIMS; i++) {
        const uint32_t kind = kit_rand(r) % 4;
        const float cx = kit_randf(r, -1.0f, 1.0f), cy = kit_randf(r, -1.0f, 1.0f), size = kind == 0 ? 0.05f : kind == 1 ? 0.6f : 3.0f;
        const bool level = kit_rand(r) & 1;
        const float z = (float)(kit_rand(r) % 8) / 8.0f;
        for (uint32_t k = 0; k < 3; k++) {
            float *p = pos[i * 3 + k];
            p[0] = cx + kit_randf(r, -size, size);
            p[1] = cy + kit_randf(r, -size, size);
            p[2] = level ? z : kit_randf(r, -0.1f, 1.1f);
            p[3] = 1.0f;
            for (uint32_t c = 0; c < 4; c++) {
                color[i * 3 + k][c] = kind == 3 ? (float)(kit_rand(r) % 2) : kit_randf(r, 0.0f, 1.0f);
            }
        }
        if (i && kit_rand(r) % 4 == 0) { /* once more the same */
            memcpy(pos[i * 3], pos[i * 3 - 3], sizeof(pos[0]) * 3);
        }
    }
}

static void
random_state(struct kit_rng *r, struct pum_draw_state *s, struct pum_shader_info *fi, const struct pum_shader_info *vi, uint32_t samples)
{
    static const uint8_t topologies[] = {PUM_TOPOLOGY_TRIANGLE_LIST, PUM_TOPOLOGY_TRIANGLE_LIST, PUM_TOPOLOGY_TRIANGLE_LIST, PUM_TOPOLOGY_LINE_STRIP,
                                         PUM_TOPOLOGY_POINT_LIST};
    kit_state(s, W, H);
    s->vs_info = vi;
    kit_fs_info(fi, &kit_fs, shader.flat ? PUM_INTERP_FLAT : PUM_INTERP_LINEAR);
    fi->color_mask = 3;
    fi->uses_discard = shader.discards;
    fi->writes_depth = shader.depth;
    fi->writes_sample_mask = shader.mask;
    fi->early_tests = kit_rand(r) % 4 == 0;
    fi->uses_sample_shading = kit_rand(r) % 8 == 0;
    s->fs = kit_rand(r) % 8 ? &fs : NULL;
    s->fs_info = fi;
    s->topology = topologies[kit_rand(r) % PUM_ARRAY_LEN(topologies)];
    s->line_mode = kit_rand(r) % 3;
    s->line_width = kit_randf(r, 1.0f, 30.0f);
    s->line_stipple = kit_rand(r) % 4 == 0;
    s->stipple_pattern = 0x3a5f;
    s->stipple_factor = 3;
    s->depth_clip = kit_rand(r) & 1;
    s->depth_clamp = kit_rand(r) & 1;
    if (kit_rand(r) % 3 == 0) {
        s->scissor[0] = (struct pum_rect){(int32_t)(kit_rand(r) % 60), (int32_t)(kit_rand(r) % 60), kit_rand(r) % 130, kit_rand(r) % 130};
    }
    if (kit_rand(r) % 4 == 0) {
        s->viewport[0].max_depth = 0.5f;
    }
    s->ds.depth_test = kit_rand(r) % 4 != 0;
    s->ds.depth_write = kit_rand(r) % 4 != 0;
    s->ds.depth_compare = kit_rand(r) & 1 ? PUM_COMPARE_LESS : kit_rand(r) % 8;
    s->ds.depth_bounds_test = kit_rand(r) % 8 == 0;
    s->ds.max_bounds = 0.6f;
    s->ds.stencil_test = kit_rand(r) % 3 == 0;
    for (uint32_t f = 0; f < 2; f++) {
        *(f ? &s->ds.front : &s->ds.back) =
            (struct pum_stencil_face){kit_rand(r) % 8, kit_rand(r) % 8, kit_rand(r) % 8, kit_rand(r) % 8, 255, kit_rand(r) & 1 ? 255 : 15, kit_rand(r) % 4};
    }
    for (uint32_t k = 0; k < 2; k++) {
        struct pum_blend_attachment *b = &s->blend.target[k];
        b->enable = kit_rand(r) % 3 == 0;
        b->src_color = b->src_alpha = PUM_FACTOR_SRC_ALPHA;
        b->dst_color = b->dst_alpha = PUM_FACTOR_ONE_MINUS_SRC_ALPHA;
        b->write_mask = kit_rand(r) % 4 ? 15 : kit_rand(r) % 16;
    }
    s->ms.samples = (uint8_t)samples;
    s->ms.sample_mask = kit_rand(r) % 6 ? ~0u : kit_rand(r);
    s->ms.alpha_to_coverage = kit_rand(r) % 8 == 0;
    if (kit_rand(r) % 6 == 0) {
        s->ms.own_places = true;
        s->ms.place_count = (uint8_t)samples;
        for (uint32_t i = 0; i < samples; i++) {
            s->ms.place[i][0] = kit_rand(r) % 16;
            s->ms.place[i][1] = kit_rand(r) % 16;
        }
    }
}

static uint64_t
run(struct pum_pass *pass, uint64_t seed, bool read_inside)
{
    static const enum pum_format df[] = {PUM_FORMAT_D16_UNORM, PUM_FORMAT_X8_D24_UNORM_PACK32, PUM_FORMAT_D32_SFLOAT};
    static const enum pum_format cf[] = {PUM_FORMAT_R8G8B8A8_UNORM, PUM_FORMAT_B8G8R8A8_SRGB, PUM_FORMAT_R16G16B16A16_SFLOAT, PUM_FORMAT_R8_UNORM,
                                         PUM_FORMAT_R5G6B5_UNORM_PACK16, PUM_FORMAT_R32G32B32A32_SFLOAT, PUM_FORMAT_R8G8B8A8_UINT};
    struct kit_rng r = {seed * 9176 + 11};
    kit_rand(&r);
    const uint32_t log2 = 1 + kit_rand(&r) % 3;
    struct pum_raster_targets t = {.color_count = 2, .width = W, .height = H, .area_w = W, .area_h = H, .layers = 1, .samples = 1u << log2,
                                   .read_inside = read_inside};
    struct image img[4], to[4];
    struct pum_raster_attachment *const at[4] = {&t.color[0], &t.color[1], &t.depth, &t.stencil};
    for (uint32_t i = 0; i < 4; i++) {
        const enum pum_format format = i == 3 ? PUM_FORMAT_S8_UINT : i == 2 ? df[kit_rand(&r) % 3] : cf[kit_rand(&r) % PUM_ARRAY_LEN(cf)];
        const bool is_int = format == PUM_FORMAT_R8G8B8A8_UINT;
        img[i] = image_init(&r, format, log2);
        to[i] = image_init(&r, format, 0);
        *at[i] = (struct pum_raster_attachment){.plane = img[i].plane, .load_op = kit_rand(&r) & 1 ? PUM_LOAD_OP_CLEAR : PUM_LOAD_OP_LOAD,
                                                .store = kit_rand(&r) & 1, .resolve = to[i].plane};
        at[i]->resolve_mode = (uint8_t)(kit_rand(&r) % 4 == 0 ? PUM_RESOLVE_NONE : i < 2 ? is_int ? PUM_RESOLVE_ZERO : PUM_RESOLVE_AVERAGE
                                        : i == 2 ? PUM_RESOLVE_ZERO + kit_rand(&r) % 4 : PUM_RESOLVE_MIN + kit_rand(&r) % 2);
        if (i < 2) {
            const float c[4] = {0.1f, 0.6f, 0.9f, 1.0f};
            memcpy(at[i]->clear.color, c, sizeof(c));
        } else if (i == 2) {
            at[i]->clear.depth = kit_rand(&r) & 1 ? 1.0f : 0.5f;
        } else {
            at[i]->clear.stencil = 1;
        }
    }
    if (kit_rand(&r) & 1) {
        t.area_x = kit_rand(&r) % 50;
        t.area_y = kit_rand(&r) % 50;
        t.area_w = kit_rand(&r) % 110;
        t.area_h = kit_rand(&r) % 110;
    }
    random_vertices(&r);
    const struct kit_vertices kv = {.pos = (const float(*)[4])pos, .color = (const float(*)[4])color, .count = PRIMS * 3};
    struct pum_shader_ctx ctx;
    struct pum_shader_info vi, fi[STEPS];
    struct pum_draw_state s[STEPS];
    kit_ctx(&ctx, &kv);
    kit_vs_info(&vi, &kv);
    shader.discards = kit_rand(&r) % 4 == 0;
    shader.depth = kit_rand(&r) % 6 == 0;
    shader.mask = kit_rand(&r) % 6 == 0;
    shader.flat = kit_rand(&r) & 1;
    uint64_t passed = 0;
    const bool counted = kit_rand(&r) & 1, cut = kit_rand(&r) % 4 == 0;
    pum_pass_begin(pass, &t);
    for (int k = 0; k < STEPS; k++) {
        random_state(&r, &s[k], &fi[k], &vi, t.samples);
        pum_pass_set_state(pass, &s[k]);
        const struct pum_draw_call call = {.vs_ctx = &ctx, .fs_ctx = &ctx, .first = kit_rand(&r) % 3 * 3, .count = 3 + kit_rand(&r) % (PRIMS * 3 - 9),
                                           .instance_count = 1 + kit_rand(&r) % 2, .counters = {.samples_passed = counted ? &passed : NULL}};
        pum_pass_draw(pass, &call);
        if (kit_rand(&r) % 3 == 0) {
            struct pum_pass_clear c = {.color = kit_rand(&r) & 3, .depth = kit_rand(&r) & 1, .stencil = kit_rand(&r) & 1,
                                       .color_value = {{0x3f000000, 0x3f800000, 0, 0x3f800000}}, .depth_value = {.depth = 0.75f}, .stencil_value = {.stencil = 3},
                                       .rect = {(int32_t)(kit_rand(&r) % 100) - 20, (int32_t)(kit_rand(&r) % 100) - 20, kit_rand(&r) % 150, kit_rand(&r) % 150},
                                       .layer_count = 1};
            pum_pass_clear(pass, &c);
        }
        if (cut && !pum_pass_flush(pass)) {
            exit(1);
        }
    }
    if (!pum_pass_end(pass)) {
        exit(1);
    }
    uint64_t h = passed;
    for (uint32_t i = 0; i < 4; i++) {
        h = h * 0x9e3779b97f4a7c15u + image_finish(&img[i], at[i]->store);
        h = h * 0x9e3779b97f4a7c15u + image_finish(&to[i], true);
    }
    return h;
}

int
main(int argc, char **argv)
{
    const uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 0) : 1, count = argc > 2 ? strtoull(argv[2], NULL, 0) : 120;
    struct pum_pool *pool = pum_pool_ref();
    struct pum_pass *pass = pool ? pum_pass_create(pool) : NULL;
    if (!pass) {
        return 1;
    }
    uint64_t all = 0;
    int wrong = 0;
    for (uint64_t i = first; i < first + count; i++) {
        const uint64_t plain = run(pass, i, true), packed = run(pass, i, false);
        if (plain != packed) {
            printf("FAIL seed %llu: packed %016llx, plain %016llx\n", (unsigned long long)i, (unsigned long long)packed, (unsigned long long)plain);
            wrong++;
        }
        all = all * 31 + packed;
    }
    pum_pass_destroy(pass);
    pum_pool_unref(pool);
    printf("%llu passes, hash %016llx\n", (unsigned long long)count, (unsigned long long)all);
    return wrong != 0;
}
