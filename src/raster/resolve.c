/* Resolves of rectangles, block by block of the source. SPEC: renderpass-resolve-operations, copies-resolve. */
#include <string.h>

#include "raster/color_format.h"
#include "raster/kernels.h"
#include "raster/raster.h"
#include "raster/zs_format.h"
#include "util/compiler.h"

static const uint8_t places1[1][2] = {{8, 8}};
static const uint8_t places2[2][2] = {{12, 12}, {4, 4}};
static const uint8_t places4[4][2] = {{6, 2}, {14, 6}, {2, 10}, {10, 14}};
static const uint8_t places8[8][2] = {{9, 5}, {7, 11}, {13, 9}, {5, 3}, {3, 13}, {1, 7}, {11, 15}, {15, 1}};

const uint8_t (*pum_sample_places(uint32_t samples))[2]
{
    switch (samples) {
    case 1:
        return places1;
    case 2:
        return places2;
    case 4:
        return places4;
    case 8:
        return places8;
    default:
        return NULL;
    }
}

static uint8_t *
texel(const struct pum_raster_plane *p, uint32_t layer, uint32_t texel_B, uint32_t x, uint32_t y)
{
    return p->base + (uint64_t)layer * p->layer_pitch_B + pum_sample_texel_offset(p->layout, p->row_pitch_B, texel_B, p->samples_log2, x, y);
}

uint32_t
pum_raster_texel_B(uint16_t format)
{
    struct pum_color_format f;
    const enum pum_z_format z = pum_raster_z_format(format);
    return z != PUM_Z_NONE ? pum_z_texel_B(z) : pum_raster_is_stencil_format(format) ? 1 : pum_color_format_get(format, &f) ? f.texel_B : 0;
}

uint32_t
pum_resolve_plan(struct pum_resolve *r, uint16_t format, enum pum_resolve_mode mode)
{
    memset(r, 0, sizeof(*r));
    r->mode = (uint8_t)mode;
    r->z_format = (uint8_t)pum_raster_z_format(format);
    if (mode == PUM_RESOLVE_NONE) {
        return 0;
    }
    if (r->z_format != PUM_Z_NONE) {
        return pum_z_texel_B((enum pum_z_format)r->z_format);
    }
    if (pum_raster_is_stencil_format(format)) {
        return mode == PUM_RESOLVE_AVERAGE ? 0 : 1;
    }
    if (!pum_color_format_get(format, &r->color)) {
        return 0;
    }
    const bool is_int = r->color.kind == PUM_COLOR_UINT || r->color.kind == PUM_COLOR_SINT;
    return mode == PUM_RESOLVE_ZERO || (mode == PUM_RESOLVE_AVERAGE && !is_int) ? r->color.texel_B : 0;
}

bool
pum_raster_resolve_rect(const struct pum_raster_plane *src, uint32_t src_layer, uint32_t sx, uint32_t sy, const struct pum_raster_plane *dst,
                        uint32_t dst_layer, uint32_t dx, uint32_t dy, uint32_t w, uint32_t h, enum pum_resolve_mode mode)
{
    struct pum_resolve r;
    const uint32_t B = pum_resolve_plan(&r, src->format, mode);
    if (!B || 1u << src->samples_log2 > PUM_MAX_SAMPLES) {
        return false;
    }
    const struct pum_raster_kernels *k = pum_raster_kernels();
    const uint32_t samples = 1u << src->samples_log2;
    PUM_ALIGNED(64) uint8_t raw[PUM_MAX_SAMPLES][256], out[256];
    memset(raw, 0, sizeof(raw)); /* lanes outside of the rectangle are computed, too */
    const bool in_place = pum_layout_inside(src->layout) == PUM_TEXEL_BLOCK;
    for (uint32_t y = 0; y < h;) {
        const uint32_t ly = (sy + y) & 3, rows = PUM_MIN(4 - ly, h - y);
        for (uint32_t x = 0; x < w;) {
            const uint32_t lx = (sx + x) & 3, cols = PUM_MIN(4 - lx, w - x);
            const uint8_t *s = texel(src, src_layer, B, sx + x, sy + y);
            if (in_place) {
                s -= (size_t)(ly * 4 + lx) * B;
            }
            for (uint32_t i = 0; i < samples && !in_place; i++) {
                for (uint32_t row = 0; row < rows; row++) {
                    memcpy(raw[i] + (size_t)((ly + row) * 4 + lx) * B, s + i * src->sample_pitch_B + (size_t)row * src->row_pitch_B, (size_t)cols * B);
                }
            }
            const bool straight = pum_layout_inside(dst->layout) == PUM_TEXEL_BLOCK && cols == 4 && rows == 4 && ((dx + x) & 3) == 0 && ((dy + y) & 3) == 0;
            uint8_t *to = straight ? texel(dst, dst_layer, B, dx + x, dy + y) : out;
            k->resolve(to, in_place ? s : raw[0], in_place ? src->sample_pitch_B : sizeof(raw[0]), samples, &r);
            for (uint32_t row = 0; row < rows && !straight; row++) {
                for (uint32_t col = 0; col < cols; col++) {
                    memcpy(texel(dst, dst_layer, B, dx + x + col, dy + y + row), out + (size_t)((ly + row) * 4 + lx + col) * B, B);
                }
            }
            x += cols;
        }
        y += rows;
    }
    return true;
}
