/* Shaders written in C and a slow scalar renderer, for the tests of raster/ and geom/. */
#ifndef PUM_TESTS_RASTER_KIT_H
#define PUM_TESTS_RASTER_KIT_H

#include <stdbool.h>
#include <stdint.h>

#include "format/format.h"
#include "geom/geom.h"
#include "raster/raster.h"

/* The shader context's push data point here. */
struct kit_vertices {
    const float (*pos)[4];
    const float (*color)[4];
    uint32_t count;
    const uint32_t *layer;    /* per vertex, or NULL */
    const uint32_t *viewport;
    const float *point_size;
    const float (*clip)[2];   /* clip distances */
};

struct kit_rng {
    uint64_t s;
};
uint32_t kit_rand(struct kit_rng *r);
float kit_randf(struct kit_rng *r, float lo, float hi);

/* position and colour by vertex index; layer, viewport, point size, clip distances as the info says */
extern const struct pum_shader_code kit_vs;
void kit_vs_info(struct pum_shader_info *info, const struct kit_vertices *v);
/* colour output 0 = the interpolated colour (4 inputs); kit_fs_discard: drops lanes whose red is below 0.5;
 * kit_fs_depth: depth = red */
extern const struct pum_shader_code kit_fs, kit_fs_discard, kit_fs_depth, kit_fs_constant, kit_fs_point;
void kit_fs_info(struct pum_shader_info *info, const struct pum_shader_code *fs, enum pum_interp interp);

/* An image in memory. */
struct kit_image {
    struct pum_raster_plane plane;
    uint32_t width, height, layers, texel_B;
    uint8_t *mem;
    size_t size_B;
};
bool kit_image_init(struct kit_image *img, enum pum_format format, uint32_t w, uint32_t h, uint32_t layers, enum pum_texel_layout layout);
void kit_image_finish(struct kit_image *img);
uint8_t *kit_texel(const struct kit_image *img, uint32_t layer, uint32_t x, uint32_t y);
uint64_t kit_hash(const struct kit_image *img); /* of the pixels, not of padding */

/* Reference: triangles only, inputs as given to the pass; no clipping other than the frame. */
struct kit_ref {
    struct kit_image *color, *depth, *stencil;
    uint32_t width, height;
    uint64_t passed;
};
/* v: indices of three vertices; the state's first viewport, scissor, tests and blend of target 0. */
void kit_ref_triangle(struct kit_ref *r, const struct pum_draw_state *s, const struct kit_vertices *v, const uint32_t idx[3], enum pum_interp interp,
                      const struct pum_shader_code *fs);

struct pum_draw_state *kit_state(struct pum_draw_state *s, uint32_t w, uint32_t h); /* defaults */
const struct pum_shader_ctx *kit_ctx(struct pum_shader_ctx *ctx, const struct kit_vertices *v);

#endif
