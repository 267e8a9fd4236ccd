/* Conversion of values next to the middle between two texels: all instruction sets round as one rounding of the exact product would. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "format/format.h"
#include "raster/kernels.h"
#include "util/compiler.h"
#include "util/cpu.h"

#define NEAR 24 /* floats on each side */

static float
step(float v, int n)
{
    uint32_t bits;
    memcpy(&bits, &v, 4);
    bits += (uint32_t)n;
    memcpy(&v, &bits, 4);
    return v;
}

static int
check(enum pum_isa isa, enum pum_format format, uint32_t bits, bool is_signed)
{
    const struct pum_raster_kernels *k = isa <= pum_cpu_isa() ? pum_raster_kernels_of(isa) : NULL;
    if (!k) {
        return 0;
    }
    struct pum_target_state st = {.word_mask = {~0u, ~0u, ~0u, ~0u}};
    pum_color_format_get((uint16_t)format, &st.format);
    const struct pum_tile_target tt = {.state = &st, .whole = {0, 0, 1, 1}};
    PUM_ALIGNED(64) uint16_t wide[16];
    PUM_ALIGNED(64) uint8_t block[32];
    const struct pum_fs_target t = {.tile = block, .layout = PUM_TEXEL_BLOCK, .blend = &tt};
    const pum_target_write_fn write = k->select_write(&st, PUM_TEXEL_BLOCK);
    const double max = (double)((1u << (is_signed ? bits - 1 : bits)) - 1);
    int wrong = 0;
    for (double at = is_signed ? -max + 0.5 : 0.5; at < max; at += 1.0) {
        for (int n = -NEAR; n < NEAR; n += 16) {
            PUM_ALIGNED(64) uint32_t lanes[4][PUM_LANES] = {0};
            float v[PUM_LANES];
            for (int l = 0; l < PUM_LANES; l++) {
                v[l] = step((float)(at / max), n + l);
            }
            memcpy(lanes[0], v, sizeof(v));
            write(&t, 0, 0, 0xffff, (const uint32_t(*)[PUM_LANES])lanes, NULL);
            memcpy(wide, block, sizeof(wide));
            for (int l = 0; l < PUM_LANES; l++) {
                const int got = bits == 16 ? (is_signed ? (int16_t)wide[l] : wide[l]) : is_signed ? (int8_t)block[l] : block[l];
                wrong += got != (int)rint((double)v[l] * max); /* exact in double */
            }
        }
    }
    if (wrong) {
        printf("FAIL level %d, %u bits%s: %d wrong\n", (int)isa, bits, is_signed ? ", signed" : "", wrong);
    }
    return wrong;
}

int
main(void)
{
    int wrong = 0;
    for (int isa = 0; isa < PUM_ISA_COUNT; isa++) {
        wrong += check((enum pum_isa)isa, PUM_FORMAT_R8_UNORM, 8, false) + check((enum pum_isa)isa, PUM_FORMAT_R8_SNORM, 8, true) +
                 check((enum pum_isa)isa, PUM_FORMAT_R16_UNORM, 16, false) + check((enum pum_isa)isa, PUM_FORMAT_R16_SNORM, 16, true);
    }
    return wrong != 0;
}
