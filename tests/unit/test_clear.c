/* Clears of rectangles: every texel inside has the value, no other byte changes, whether the stores go past the caches or not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/descriptor.h"
#include "format/format.h"
#include "raster/raster.h"

enum { W = 200, H = 72, BYTES = W * H * 16 + 64 };

static uint32_t seed = 1;

static uint32_t
rnd(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)(seed >> 8) * n) >> 24);
}

static bool
check(enum pum_format format, uint8_t *got, uint8_t *want, bool stream)
{
    const uint32_t B = pum_format_info(format)->block_B, x = rnd(W), y = rnd(H), w = 1 + rnd(W - x), h = 1 + rnd(H - y);
    const uint8_t layout = (uint8_t)rnd(2);
    const uint32_t pitch_B = W * B * (layout == PUM_TEXEL_BLOCK ? 4 : 1), start = rnd(2) ? 0 : B; /* aligned and not */
    const struct pum_raster_plane plane = {.base = got + start, .row_pitch_B = pitch_B, .format = (uint16_t)format, .layout = layout};
    const union pum_clear_value value = {.color = {0x3f000000, 0x3e800000, 0x3f400000, 0x3f800000}}; /* 0.5, 0.25, 0.75, 1 */
    union pum_color color;
    uint8_t texel[16];
    memcpy(color.u, value.color, sizeof(color.u));
    pum_format_pack(format, &color, texel);
    memset(got, 0xa5, BYTES);
    memset(want, 0xa5, BYTES);
    for (uint32_t j = y; j < y + h; j++) {
        for (uint32_t i = x; i < x + w; i++) {
            memcpy(want + start + pum_texel_offset(layout, pitch_B, B, i, j), texel, B);
        }
    }
    if (!pum_raster_clear_rect(&plane, 0, x, y, w, h, &value, stream) || memcmp(got, want, BYTES) != 0) {
        printf("format %u layout %u rectangle %u %u %ux%u%s: wrong\n", format, layout, x, y, w, h, stream ? ", streamed" : "");
        return false;
    }
    return true;
}

int
main(void)
{
    static const enum pum_format formats[] = {PUM_FORMAT_R8_UNORM, PUM_FORMAT_R8G8_UNORM, PUM_FORMAT_R8G8B8A8_UNORM, PUM_FORMAT_R16G16B16A16_SFLOAT,
                                              PUM_FORMAT_R32G32B32A32_SFLOAT};
    uint8_t *got = aligned_alloc(64, BYTES), *want = malloc(BYTES);
    bool good = got && want;
    for (uint32_t i = 0; i < 1000 && good; i++) {
        good = check(formats[i % 5], got, want, i / 5 & 1);
    }
    free(got);
    free(want);
    printf("%s\n", good ? "clears are exact" : "FAILED");
    return good ? 0 : 1;
}
