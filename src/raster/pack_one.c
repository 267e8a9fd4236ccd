#include "raster/pack_one.h"

#include <string.h>

#include "abi/shader_abi.h"
#include "util/compiler.h"

/* Colours go through the kernels themselves: one block whose lanes all hold the colour. */
void
pum_pack_color(const struct pum_color_format *f, const uint32_t color[4], uint8_t *texel)
{
    const struct pum_raster_kernels *k = pum_raster_kernels();
    struct pum_target_state st = {.format = *f, .word_mask = {~0u, ~0u, ~0u, ~0u}};
    const struct pum_tile_target tt = {.state = &st, .whole = {0, 0, 1, 1}};
    PUM_ALIGNED(64) uint8_t block[16 * 16];
    const struct pum_fs_target t = {.tile = block, .layout = PUM_TEXEL_BLOCK, .blend = &tt};
    PUM_ALIGNED(64) uint32_t lanes[4][PUM_LANES];
    for (uint32_t i = 0; i < 4; i++) {
        for (uint32_t l = 0; l < PUM_LANES; l++) {
            lanes[i][l] = color[i];
        }
    }
    k->select_write(&st, PUM_TEXEL_BLOCK)(&t, 0, 0, 0xffff, (const uint32_t(*)[PUM_LANES])lanes, NULL);
    memcpy(texel, block, f->texel_B);
}

/* Nearest even of 0 <= v < 2^31. */
static uint32_t
round_even(double v)
{
    const uint32_t i = (uint32_t)v;
    const double rest = v - (double)i;
    return i + (rest > 0.5 || (rest == 0.5 && (i & 1)));
}

uint32_t
pum_pack_depth(enum pum_z_format f, float depth)
{
    float d = depth > 0.0f ? depth : 0.0f;
    d = d < 1.0f ? d : 1.0f;
    uint32_t bits;
    switch (f) {
    case PUM_Z_D16:
        return round_even((double)d * 65535.0);
    case PUM_Z_D24:
        return round_even((double)d * 16777215.0);
    case PUM_Z_D32F:
        memcpy(&bits, &depth, 4);
        return bits;
    case PUM_Z_NONE:
    case PUM_Z_FORMAT_COUNT:
    default:
        return 0;
    }
}
