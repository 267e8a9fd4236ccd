/* Texel layouts compared: rows, blocks of 4x4 in rows, blocks of 4x4 inside macro tiles of 64x64. ns per pixel, one thread, best of
 * several runs. The figures behind the choice in docs/architecture.md.
 *
 * The first table uses plain scalar kernels that differ only in the address function; the second the driver's own sampler.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rt/rt.h"

#define N 2048u

enum layout { ROWS, BLOCKS, MACRO, LAYOUTS };
static const char *const layout_name[LAYOUTS] = {"rows", "4x4 blocks", "blocks in 64x64"};

static inline uint32_t
address(enum layout layout, uint32_t x, uint32_t y)
{
    switch (layout) {
    case BLOCKS: return (y >> 2) * (N * 4) + (x >> 2) * 16 + (y & 3) * 4 + (x & 3);
    case MACRO:
        return (y >> 6) * (N * 64) + (x >> 6) * 4096 + (y >> 2 & 15) * 256 + (x >> 2 & 15) * 16 + (y & 3) * 4 + (x & 3);
    default: return y * N + x;
    }
}

static double
now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static uint32_t *img, *out, *rows;
static volatile uint32_t sink;

/* Passes over tiles of 64x64 in blocks of 4x4, rows of four texels at a time. */
#define KERNELS(L)                                                                                                      \
    static void fill_##L(void)                                                                                          \
    {                                                                                                                   \
        for (uint32_t t = 0; t < N / 64 * (N / 64); t++) {                                                              \
            const uint32_t tx = t % (N / 64) * 64, ty = t / (N / 64) * 64;                                              \
            for (uint32_t y = ty; y < ty + 64; y += 4) {                                                                \
                for (uint32_t x = tx; x < tx + 64; x += 4) {                                                            \
                    const uint32_t c = 0xff204060u + t, four[4] = {c, c, c, c};                                         \
                    for (uint32_t r = 0; r < 4; r++) {                                                                  \
                        memcpy(&img[address(L, x, y + r)], four, 16);                                                   \
                    }                                                                                                   \
                }                                                                                                       \
            }                                                                                                           \
        }                                                                                                               \
    }                                                                                                                   \
    static void blend_##L(void) /* every other block, as half of the pixels covered */                                  \
    {                                                                                                                   \
        for (uint32_t t = 0; t < N / 64 * (N / 64); t++) {                                                              \
            const uint32_t tx = t % (N / 64) * 64, ty = t / (N / 64) * 64;                                              \
            for (uint32_t y = ty; y < ty + 64; y += 4) {                                                                \
                for (uint32_t x = tx + (y & 4); x < tx + 64; x += 8) {                                                  \
                    for (uint32_t r = 0; r < 4; r++) {                                                                  \
                        uint32_t d[4];                                                                                  \
                        memcpy(d, &img[address(L, x, y + r)], 16);                                                      \
                        for (uint32_t k = 0; k < 4; k++) {                                                              \
                            d[k] = ((d[k] >> 1) & 0x7f7f7f7fu) + 0x10203040u;                                           \
                        }                                                                                               \
                        memcpy(&img[address(L, x, y + r)], d, 16);                                                      \
                    }                                                                                                   \
                }                                                                                                       \
            }                                                                                                           \
        }                                                                                                               \
    }                                                                                                                   \
    static void sample_##L(int32_t dux, int32_t dvx, int32_t duy, int32_t dvy, int bilinear)                            \
    {                                                                                                                   \
        for (uint32_t by = 0; by < N; by += 4) { /* output in 4x4 blocks, as the fragment stage makes it */             \
            for (uint32_t bx = 0; bx < N; bx += 4) {                                                                    \
                for (uint32_t i = 0; i < 16; i++) {                                                                     \
                    const int32_t x = (int32_t)(bx + (i & 3)), y = (int32_t)(by + (i >> 2));                            \
                    const uint32_t u = (uint32_t)(x * dux + y * duy), v = (uint32_t)(x * dvx + y * dvy);                \
                    const uint32_t x0 = u >> 8 & (N - 1), y0 = v >> 8 & (N - 1);                                        \
                    uint32_t c = img[address(L, x0, y0)];                                                               \
                    if (bilinear) {                                                                                     \
                        const uint32_t x1 = (x0 + 1) & (N - 1), y1 = (y0 + 1) & (N - 1), fx = u & 255, fy = v & 255;    \
                        const uint32_t c1 = img[address(L, x1, y0)], c2 = img[address(L, x0, y1)], c3 = img[address(L, x1, y1)]; \
                        uint32_t r = 0;                                                                                 \
                        for (uint32_t k = 0; k < 32; k += 16) {                                                         \
                            const uint32_t m = 0x00ff00ffu;                                                             \
                            const uint32_t s = k / 2;                                                                   \
                            const uint32_t a = ((c >> s & m) * (256 - fx) + (c1 >> s & m) * fx) >> 8 & m;               \
                            const uint32_t b = ((c2 >> s & m) * (256 - fx) + (c3 >> s & m) * fx) >> 8 & m;              \
                            r |= (((a * (256 - fy) + b * fy) >> 8) & m) << s;                                           \
                        }                                                                                               \
                        c = r;                                                                                          \
                    }                                                                                                   \
                    out[address(L, (uint32_t)x, (uint32_t)y)] = c;                                                      \
                }                                                                                                       \
            }                                                                                                           \
        }                                                                                                               \
    }                                                                                                                   \
    static void blur_##L(uint32_t dx, uint32_t dy) /* five taps */                                                      \
    {                                                                                                                   \
        for (uint32_t by = 0; by < N; by += 4) {                                                                        \
            for (uint32_t bx = 0; bx < N; bx += 4) {                                                                    \
                for (uint32_t i = 0; i < 16; i++) {                                                                     \
                    const uint32_t x = bx + (i & 3), y = by + (i >> 2);                                                 \
                    uint32_t a = 0, b = 0;                                                                              \
                    for (uint32_t k = 0; k < 5; k++) {                                                                  \
                        const uint32_t c = img[address(L, (x + (k - 2) * dx) & (N - 1), (y + (k - 2) * dy) & (N - 1))]; \
                        a += c & 0x00ff00ffu;                                                                           \
                        b += c >> 8 & 0x00ff00ffu;                                                                      \
                    }                                                                                                   \
                    out[address(L, x, y)] = (a / 5 & 0x00ff00ffu) | (b / 5 & 0x00ff00ffu) << 8;                         \
                }                                                                                                       \
            }                                                                                                           \
        }                                                                                                               \
    }                                                                                                                   \
    static void to_buffer_##L(void)                                                                                     \
    {                                                                                                                   \
        for (uint32_t y = 0; y < N; y++) {                                                                              \
            if (L == ROWS) {                                                                                            \
                memcpy(rows + y * N, img + y * N, N * 4);                                                               \
            }                                                                                                           \
            for (uint32_t x = 0; L != ROWS && x < N; x += 4) {                                                          \
                memcpy(rows + y * N + x, img + address(L, x, y), 16);                                                   \
            }                                                                                                           \
        }                                                                                                               \
    }                                                                                                                   \
    static void from_buffer_##L(void)                                                                                   \
    {                                                                                                                   \
        for (uint32_t y = 0; y < N; y++) {                                                                              \
            if (L == ROWS) {                                                                                            \
                memcpy(img + y * N, rows + y * N, N * 4);                                                               \
            }                                                                                                           \
            for (uint32_t x = 0; L != ROWS && x < N; x += 4) {                                                          \
                memcpy(img + address(L, x, y), rows + y * N + x, 16);                                                   \
            }                                                                                                           \
        }                                                                                                               \
    }
KERNELS(ROWS)
KERNELS(BLOCKS)
KERNELS(MACRO)

enum { FILL, BLEND, NEAREST_0, NEAREST_45, NEAREST_90, BILINEAR_0, BILINEAR_45, BILINEAR_90, BLUR_5X1, BLUR_1X5, TO_BUFFER, FROM_BUFFER, TESTS };
static const char *const test_name[TESTS] = {"fill", "blend 50 %", "nearest 0", "nearest 45", "nearest 90", "bilinear 0", "bilinear 45",
                                             "bilinear 90", "blur 5x1", "blur 1x5", "image to buffer", "buffer to image"};

#define CALL(fn, l, args) ((l) == ROWS ? fn##_ROWS args : (l) == BLOCKS ? fn##_BLOCKS args : fn##_MACRO args)

static void
run(int test, enum layout l)
{
    switch (test) {
    case FILL: CALL(fill, l, ()); break;
    case BLEND: CALL(blend, l, ()); break;
    case NEAREST_0: CALL(sample, l, (256, 0, 0, 256, 0)); break;
    case NEAREST_45: CALL(sample, l, (181, 181, -181, 181, 0)); break;
    case NEAREST_90: CALL(sample, l, (0, 256, -256, 0, 0)); break;
    case BILINEAR_0: CALL(sample, l, (256, 0, 0, 256, 1)); break;
    case BILINEAR_45: CALL(sample, l, (181, 181, -181, 181, 1)); break;
    case BILINEAR_90: CALL(sample, l, (0, 256, -256, 0, 1)); break;
    case BLUR_5X1: CALL(blur, l, (1, 0)); break;
    case BLUR_1X5: CALL(blur, l, (0, 1)); break;
    case TO_BUFFER: CALL(to_buffer, l, ()); break;
    default: CALL(from_buffer, l, ()); break;
    }
}

/* The driver's sampler over a rotated plane: one call per 4x4 block. */
static double
sampler_ns(enum pum_isa isa, enum pum_format format, enum pum_texel_layout layout, bool linear, bool mips, double angle)
{
    const uint32_t texel_B = pum_format_info(format)->block_B;
    struct pum_desc_image d = {.address = (uintptr_t)img, .width = N, .height = N, .depth = 1, .layers = 1, .levels = 1, .dim = PUM_VIEW_2D,
                               .layout = (uint8_t)layout, .format = (uint16_t)format, .swizzle = {0, 1, 2, 3},
                               .ops = pum_rt_image_ops(isa, format, PUM_VIEW_2D)};
    uint32_t at = 0;
    d.levels = mips ? 12 : 1;
    for (uint32_t l = 0; l < d.levels; l++) {
        const uint32_t n = N >> l, rows_n = layout == PUM_TEXEL_BLOCK ? (n + 3) / 4 : n;
        const uint32_t pitch = layout == PUM_TEXEL_BLOCK ? (n + 3) / 4 * 16 * texel_B : n * texel_B;
        d.level[l] = (struct pum_desc_level){at, pitch, pitch * rows_n};
        at += pitch * rows_n;
    }
    d.flags = pum_rt_image_flags(&d);
    const struct pum_desc_sampler s = {.mag_linear = linear, .min_linear = linear, .mip_linear = mips, .max_lod = 1000, .simple = 1};
    struct pum_tex_args a = {.op = {.kind = PUM_TEX_SAMPLE, .dim = PUM_VIEW_2D, .n_coord = 2, .n_grad = 2, .flags = PUM_TEX_HAS_SAMPLER_BIT},
                             .mask = 0xffff, .quad_step = 4};
    const float scale = mips ? 1.5f : 1.0f, c = (float)cos(angle) * scale / N, sn = (float)sin(angle) * scale / N;
    double best = 1e30;
    for (int r = 0; r < 3; r++) {
        const double t0 = now_ns();
        for (uint32_t y = 0; y < 512; y += 4) {
            for (uint32_t x = 0; x < N; x += 4) {
                for (uint32_t l = 0; l < 16; l++) {
                    const float px = (float)(x + (l & 3)) + 0.5f, py = (float)(y + (l >> 2)) + 0.5f;
                    a.coord[0][l] = px * c - py * sn;
                    a.coord[1][l] = px * sn + py * c;
                }
                d.ops->tex(&d, &s, &a);
                sink += a.out[0][3];
            }
        }
        const double t = (now_ns() - t0) / (512.0 * N);
        best = t < best ? t : best;
    }
    return best;
}

int
main(void)
{
    img = aligned_alloc(4096, (size_t)N * N * 16 * 2);
    out = aligned_alloc(4096, (size_t)N * N * 4);
    rows = aligned_alloc(4096, (size_t)N * N * 4);
    if (!img || !out || !rows) {
        return 1;
    }
    for (uint32_t i = 0; i < N * N * 8; i++) {
        img[i] = 0x3c003800u ^ (i & 0x00ff00ffu); /* finite in every format used */
    }
    memset(out, 0, (size_t)N * N * 4);
    memset(rows, 1, (size_t)N * N * 4);
    printf("| ns per pixel, %u x %u RGBA8 |", N, N);
    for (int l = 0; l < LAYOUTS; l++) {
        printf(" %s |", layout_name[l]);
    }
    printf("\n|---|---|---|---|\n");
    for (int t = 0; t < TESTS; t++) {
        printf("| %s |", test_name[t]);
        double best[LAYOUTS] = {1e30, 1e30, 1e30};
        for (int r = 0; r < 5; r++) {
            for (int l = 0; l < LAYOUTS; l++) {
                const double t0 = now_ns();
                run(t, (enum layout)l);
                const double ns = (now_ns() - t0) / ((double)N * N);
                best[l] = ns < best[l] ? ns : best[l];
                sink += out[r];
            }
        }
        for (int l = 0; l < LAYOUTS; l++) {
            printf(" %.2f |", best[l]);
        }
        printf("\n");
    }
    const enum pum_isa isa = pum_cpu_isa();
    for (uint32_t i = 0; i < N * N * 8; i++) {
        img[i] = 0x3c003800u ^ (i & 0x00ff00ffu);
    }
    printf("\n| sampler %s, ns per pixel | rows 0 / 45 / 90 deg | blocks 0 / 45 / 90 deg |\n|---|---|---|\n", pum_isa_name(isa));
    static const enum pum_format formats[] = {PUM_FORMAT_R8G8B8A8_UNORM, PUM_FORMAT_R8G8B8A8_SRGB, PUM_FORMAT_R8_UNORM, PUM_FORMAT_R32_SFLOAT,
                                              PUM_FORMAT_R16G16B16A16_SFLOAT};
    static const char *const names[] = {"rgba8", "rgba8 srgb", "r8", "r32f", "rgba16f"};
    static const char *const filters[] = {"nearest", "bilinear", "trilinear"};
    for (int f = 0; f < 5; f++) {
        for (int m = 0; m < 3; m++) {
            printf("| %s %s |", names[f], filters[m]);
            for (int l = 0; l < 2; l++) {
                for (int angle = 0; angle < 3; angle++) {
                    printf("%s%.2f", angle ? " / " : " ", sampler_ns(isa, formats[f], (enum pum_texel_layout)l, m > 0, m > 1, angle * 0.785398163));
                }
                printf(" |");
            }
            printf("\n");
        }
    }
    free(img);
    free(out);
    free(rows);
    return 0;
}
