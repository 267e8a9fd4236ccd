/* pumice-layout: prints where the texels of a shared image lie, from the driver's own function. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "format/format.h"
#include "resource/image_layout.h"

static const struct {
    const char *name;
    enum pum_format format;
} names[] = {
#define X(name, ...) {#name, PUM_FORMAT_##name},
    PUM_FORMATS(X) PUM_BLOCK_FORMATS(X) PUM_YCBCR_FORMATS(X)
#undef X
};

static enum pum_format
parse_format(const char *text)
{
    const char *name = strncasecmp(text, "VK_FORMAT_", 10) == 0 ? text + 10 : text;
    for (size_t i = 0; i < PUM_ARRAY_LEN(names); i++) {
        if (strcasecmp(names[i].name, name) == 0) {
            return names[i].format;
        }
    }
    char *end;
    const long number = strtol(text, &end, 10);
    return *text && !*end ? pum_format_from_vk((VkFormat)number) : PUM_FORMAT_NONE;
}

static int
usage(void)
{
    fputs("usage: pumice-layout FORMAT WIDTH HEIGHT [DEPTH [LEVELS [LAYERS [SAMPLES]]]]\n"
          "FORMAT: a VkFormat by name, with or without VK_FORMAT_, or by number; --list prints the names\n",
          stderr);
    return 2;
}

int
main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (size_t i = 0; i < PUM_ARRAY_LEN(names); i++) {
            puts(names[i].name);
        }
        return 0;
    }
    if (argc < 4 || argc > 8) {
        return usage();
    }
    uint32_t n[6] = {1, 1, 1, 1, 1, 1};
    for (int i = 2; i < argc; i++) {
        char *end;
        const unsigned long v = strtoul(argv[i], &end, 10);
        if (*end || v == 0 || v > 1u << 20) {
            return usage();
        }
        n[i - 2] = (uint32_t)v;
    }
    struct pum_image_layout_info info = {.format = parse_format(argv[1]), .width = n[0], .height = n[1], .depth = n[2],
                                         .levels = n[3], .layers = n[4], .samples = n[5]};
    struct pum_image_layout layout;
    if (info.format == PUM_FORMAT_NONE) {
        fprintf(stderr, "pumice-layout: unknown format %s\n", argv[1]);
        return 1;
    }
    if (!pum_image_layout_compute(&info, &layout)) {
        fputs("pumice-layout: too large\n", stderr);
        return 1;
    }
    printf("layout v%d\nsize %llu\n", PUM_LAYOUT_ABI, (unsigned long long)layout.size_B);
    for (uint32_t p = 0; p < layout.plane_count; p++) {
        const struct pum_image_plane *plane = &layout.plane[p];
        const struct pum_format_info *f = pum_format_info(plane->format);
        printf("plane %u: offset %llu, array pitch %llu, sample stride %llu, %u bytes per %ux%u\n", p, (unsigned long long)plane->offset_B,
               (unsigned long long)plane->layer_pitch_B, (unsigned long long)plane->sample_pitch_B, f->block_B, f->block_w, f->block_h);
        for (uint32_t l = 0; l < info.levels; l++) {
            printf("  level %u: offset %u, row pitch %u, depth pitch %u, size %llu\n", l, plane->level[l].offset_B, plane->level[l].row_pitch_B,
                   plane->level[l].slice_pitch_B, (unsigned long long)plane->level_size_B[l]);
        }
    }
    return 0;
}
