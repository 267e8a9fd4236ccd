/* Pictures that the driver writes, read by libpng. usage: test_png FILE */
#include <errno.h>
#include <fcntl.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/png.h"

enum content { FLAT, NOISE, SLOPE, RUNS, CONTENTS };

static uint8_t
value(enum content c, uint32_t x, uint32_t y, uint32_t channel, uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    switch (c) {
    case FLAT: return 200;
    case NOISE: return (uint8_t)(*seed >> 24);
    case SLOPE: return (uint8_t)(x * (channel + 1) + y * 3);
    case RUNS: return (uint8_t)((x * x / 97 + y / 5) % 7 * 40); /* of all lengths */
    case CONTENTS:
    default: return 0;
    }
}

static void
check(const char *path, enum content c, uint32_t w, uint32_t h, uint32_t channels)
{
    const size_t size_B = (size_t)w * h * channels;
    uint8_t *want = malloc(size_B), *got = malloc(size_B);
    uint32_t seed = 7;
    for (size_t i = 0; i < size_B; i++) {
        want[i] = value(c, (uint32_t)(i / channels % w), (uint32_t)(i / channels / w), (uint32_t)(i % channels), &seed);
    }
    if (!pum_png_write(AT_FDCWD, path, w, h, channels, want)) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        exit(1);
    }
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_file(&image, path) || image.width != w || image.height != h) {
        fprintf(stderr, "%u: %ux%u: %s\n", c, w, h, image.message);
        exit(1);
    }
    image.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    if (!png_image_finish_read(&image, NULL, got, 0, NULL) || memcmp(want, got, size_B) != 0) {
        fprintf(stderr, "%u: %ux%ux%u: other pixels %s\n", c, w, h, channels, image.message);
        exit(1);
    }
    free(want);
    free(got);
}

int
main(int argc, char **argv)
{
    static const uint32_t sizes[][2] = {{1, 1}, {2, 3}, {257, 1}, {259, 5}, {64, 64}, {1000, 701}};
    for (int c = 0; c < CONTENTS && argc > 1; c++) {
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            check(argv[1], (enum content)c, sizes[i][0], sizes[i][1], 1);
            check(argv[1], (enum content)c, sizes[i][0], sizes[i][1], 3);
        }
    }
    puts("png: passed");
    return argc > 1 ? 0 : 1;
}
