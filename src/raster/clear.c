/* Clears: a texel is packed once, then stored with the widest stores that fit. */
#include <emmintrin.h>
#include <string.h>

#include "raster/color_format.h"
#include "raster/raster.h"
#include "raster/zs_format.h"
#include "util/compiler.h"
#include "util/fill.h"

#include "raster/pack_one.h"

/* Fills `bytes` (a multiple of texel_B) with a repeating 64-byte pattern. */
static void
fill(uint8_t *p, size_t bytes, const uint8_t pattern[64])
{
    size_t at = 0;
    for (; at + 64 <= bytes; at += 64) {
        memcpy(p + at, pattern, 64);
    }
    if (at < bytes) {
        memcpy(p + at, pattern, bytes - at);
    }
}

/* The same past the caches; p is a multiple of 16. */
static void
fill_stream(uint8_t *p, size_t bytes, const uint8_t pattern[64])
{
    __m128i v[4];
    size_t at = 0;
    memcpy(v, pattern, sizeof(v));
    for (; at + 64 <= bytes; at += 64) {
        for (uint32_t i = 0; i < 4; i++) {
            _mm_stream_si128((__m128i *)(void *)(p + at + i * 16), v[i]);
        }
    }
    if (at < bytes) {
        memcpy(p + at, pattern, bytes - at);
    }
}

/* D24 keeps bits 24..31 of its words. */
static void
fill_d24(uint8_t *p, size_t words, uint32_t value)
{
    for (size_t i = 0; i < words; i++) {
        uint32_t v;
        memcpy(&v, p + i * 4, 4);
        v = (v & 0xff000000u) | value;
        memcpy(p + i * 4, &v, 4);
    }
}

struct fill_state {
    uint8_t pattern[192]; /* 64 bytes of it, but for texels of 12 bytes */
    uint32_t texel_B;
    bool d24, stream;
    uint32_t d24_value;
};

static void
fill_run(const struct fill_state *s, uint8_t *p, size_t texels)
{
    if (s->texel_B == 12) {
        pum_fill(p, texels * 12, s->pattern, sizeof(s->pattern), 12);
    } else if (s->d24) {
        fill_d24(p, texels, s->d24_value);
    } else if (s->stream && ((uintptr_t)p & 15) == 0) {
        fill_stream(p, texels * s->texel_B, s->pattern);
    } else {
        fill(p, texels * s->texel_B, s->pattern);
    }
}

/* A plane without tiles. base: of its layer. */
static void
clear_plane(const struct fill_state *s, const struct pum_raster_plane *plane, uint8_t *base, uint32_t x, uint32_t y, uint32_t w, uint32_t h)
{
    const uint32_t samples = 1u << plane->samples_log2;
    if (plane->layout != PUM_TEXEL_BLOCK) {
        for (uint32_t i = 0; i < samples; i++, base += plane->sample_pitch_B) {
            for (uint32_t r = 0; r < h; r++) {
                fill_run(s, base + (size_t)(y + r) * plane->row_pitch_B + (size_t)x * s->texel_B, w);
            }
        }
        return;
    }
    const uint32_t x1 = x + w, y1 = y + h;
    const uint32_t in0 = PUM_ALIGN_UP(x, 4u), in1 = x1 & ~3u; /* columns of whole blocks */
    for (uint32_t by = y >> 2; by * 4 < y1; by++) {
        uint8_t *row = base + (size_t)by * plane->row_pitch_B;
        const uint32_t r0 = PUM_MAX(y, by * 4), r1 = PUM_MIN(y1, by * 4 + 4);
        const bool whole_rows = r1 - r0 == 4;
        if (whole_rows && in0 < in1) {
            fill_run(s, row + ((size_t)in0 * 4 * s->texel_B << plane->samples_log2), (size_t)(in1 - in0) * 4 << plane->samples_log2);
        }
        for (uint32_t r = r0; r < r1; r++) { /* the rest: up to four texels at a time */
            for (uint32_t c = x; c < x1;) {
                if (whole_rows && in0 < in1 && c >= in0 && c < in1) {
                    c = in1;
                    continue;
                }
                const uint32_t end = PUM_MIN((c | 3) + 1, x1);
                for (uint32_t i = 0; i < samples; i++) {
                    fill_run(s, row + (((size_t)(c >> 2) * samples + i) * 16 + (size_t)(r & 3) * 4 + (c & 3)) * s->texel_B, end - c);
                }
                c = end;
            }
        }
    }
}

/* Each tile as a plane of its own. */
static void
clear_tiles(const struct fill_state *s, const struct pum_raster_plane *plane, uint8_t *base, uint32_t x, uint32_t y, uint32_t w, uint32_t h)
{
    const uint32_t tile_w = 1u << pum_tile_width_log2(plane->layout), tile_h = 1u << pum_tile_height_log2(plane->layout);
    struct pum_raster_plane tile = *plane;
    tile.layout = pum_layout_inside(plane->layout);
    tile.row_pitch_B = pum_row_pitch_inside(plane->layout, plane->row_pitch_B, s->texel_B, plane->samples_log2);
    for (uint32_t y0 = y; y0 < y + h;) {
        const uint32_t in_y = y0 & (tile_h - 1), rows = PUM_MIN(tile_h - in_y, y + h - y0);
        for (uint32_t x0 = x; x0 < x + w;) {
            const uint32_t in_x = x0 & (tile_w - 1), columns = PUM_MIN(tile_w - in_x, x + w - x0);
            uint8_t *at = base + pum_sample_texel_offset(plane->layout, plane->row_pitch_B, s->texel_B, plane->samples_log2, x0 - in_x, y0 - in_y);
            clear_plane(s, &tile, at, in_x, in_y, columns, rows);
            x0 += columns;
        }
        y0 += rows;
    }
}

static bool
clear_rect(const struct pum_raster_plane *plane, uint32_t layer, uint32_t x, uint32_t y, uint32_t w, uint32_t h,
           const union pum_clear_value *value, bool stream)
{
    struct fill_state s = {.stream = stream};
    uint8_t texel[16] = {0};
    struct pum_color_format f;
    const enum pum_z_format z = pum_raster_z_format(plane->format);
    if (z != PUM_Z_NONE) {
        s.texel_B = pum_z_texel_B(z);
        const uint32_t bits = pum_pack_depth(z, value->depth);
        memcpy(texel, &bits, 4);
        s.d24 = z == PUM_Z_D24;
        s.d24_value = bits;
    } else if (pum_raster_is_stencil_format(plane->format)) {
        s.texel_B = 1;
        texel[0] = (uint8_t)value->stencil;
    } else if (pum_color_format_get(plane->format, &f)) {
        s.texel_B = f.texel_B;
        pum_pack_color(&f, value->color, texel);
    } else {
        return false;
    }
    for (uint32_t i = 0; i < (s.texel_B == 12 ? sizeof(s.pattern) : 64); i += s.texel_B) {
        memcpy(s.pattern + i, texel, s.texel_B);
    }
    uint8_t *base = plane->base + (uint64_t)layer * plane->layer_pitch_B;
    (plane->layout >= PUM_TEXEL_TILE ? clear_tiles : clear_plane)(&s, plane, base, x, y, w, h);
    return true;
}

bool
pum_raster_clear_rect(const struct pum_raster_plane *plane, uint32_t layer, uint32_t x, uint32_t y, uint32_t w, uint32_t h,
                      const union pum_clear_value *value, bool stream)
{
    const bool done = clear_rect(plane, layer, x, y, w, h, value, stream);
    if (stream) {
        _mm_sfence(); /* before anybody is told that the tile is done */
    }
    return done;
}
