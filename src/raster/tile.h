/* A tile: walks the primitives that chunks have binned to it, in order. Knows nothing of vertices or draws as the API sees them.
 *
 * Coordinates: pixels from the targets' corner; fixed point (8 fraction bits) relative to `center` of struct pum_tile_frame.
 */
#ifndef PUM_RASTER_TILE_H
#define PUM_RASTER_TILE_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/shader_abi.h"
#include "raster/kernels.h"
#include "raster/raster.h"
#include "util/compiler.h"

enum pum_prim_kind { PUM_PRIM_TRIANGLE, PUM_PRIM_QUAD /* four edges: lines */, PUM_PRIM_RECT /* points */, PUM_PRIM_CLEAR };

/* What setup makes of a primitive. */
struct pum_prim {
    int64_t c[4];          /* edge k: inside where a (X - x0) + b (Y - y0) + c >= 0, X and Y in fixed point, fill rule included */
    int32_t a[4], b[4];
    double l1x, l1y, l2x, l2y; /* gradients per fixed point unit of the weights of v[1] and v[2]; both are 0 at (x0, y0).
                                * RECT: l1x, l2y are those of the point coordinate. QUAD: v[2] = v[0], so l2 weighs nothing; l2x is the
                                * stipple counter at (x0, y0), l2y the length in pixels (Bresenham: the first column or row, from `center`) */
    int32_t x0, y0;
    uint16_t px0, py0, px1, py1; /* pixels that can be covered, inclusive */
    uint32_t v[3], flat;   /* rows of vertex data, in units of 4 floats from pum_segment.vertices; flat: of the provoking vertex. Three more
                            * follow it if the state has `corners`: those of the vertices as the API numbers them */
    float z_bias;
    uint32_t draw;         /* index into pum_segment.draws */
    uint32_t primitive_id;
    uint16_t layer;
    uint8_t viewport;
    uint8_t kind;          /* enum pum_prim_kind */
    uint8_t front;
    uint8_t cut;           /* the pixel rectangle is smaller than the edges' extent */
    uint8_t centers;       /* a pixel whose middle is covered is covered with all its samples, others not at all */
};

/* How far an edge moves out so that a pixel whose nearest corner is inside has its middle inside. */
static inline int64_t
pum_prim_reach(int32_t a, int32_t b)
{
    const int64_t la = a, lb = b;
    return ((la < 0 ? -la : la) + (lb < 0 ? -lb : lb)) * 128;
}

/* Row of vertex data: header, then the fragment stage's inputs, padded to a multiple of 4. */
enum pum_row { PUM_ROW_RHW, PUM_ROW_Z, PUM_ROW_INPUTS = 4 };

enum pum_test_time {
    PUM_TEST_EARLY,
    PUM_TEST_LATE,      /* by the fragment shader, after it ran */
    PUM_TEST_BOTH,      /* early without effect to skip shading, late for real */
};

/* Baked from the draw state: what tiles need. */
struct pum_tile_state {
    const struct pum_shader_code *fs;     /* NULL: nothing to shade */
    const struct pum_shader_info *fs_info;
    uint32_t n_inputs;                    /* of the fragment stage */
    uint32_t n_pad;                       /* rounded up to 4 */
    PUM_ALIGNED(16) uint32_t persp[PUM_MAX_FS_INPUTS];
    bool corners;                         /* some inputs are PUM_INTERP_VERTEX */
    struct pum_zs_state zs, zs_early;     /* zs_early: for PUM_TEST_BOTH */
    uint8_t test_time;
    bool any_test, any_early_test;
    uint8_t samples;                      /* per pixel */
    bool per_sample;                      /* the fragment stage runs once per sample */
    bool alpha_to_coverage, alpha_to_one;
    bool thins;                           /* stipples lines or discards rectangles */
    bool smooth;                          /* the alpha of lines is weighted with the area that they cover */
    bool stipple;                         /* of lines: bit number counter / factor modulo 16 of the pattern */
    uint16_t stipple_pattern, stipple_factor;
    const struct pum_discard_state *discard; /* or NULL */
    bool late;                            /* something waits for the fragment stage besides tests */
    uint32_t sample_mask;                 /* bits of the samples */
    uint8_t place[PUM_MAX_SAMPLES][2];    /* of the samples in the pixel, in 1/16 */
    float pos[PUM_MAX_SAMPLES][2];        /* the same in pixels; those beyond `samples` repeat */
    float z_min[16], z_max[16];           /* per viewport: what depth is clamped to */
    float own_z_min[16], own_z_max[16];   /* the same of depth that the fragment stage writes */
    struct pum_target_state target[PUM_MAX_RENDER_TARGETS];
    pum_target_write_fn write[PUM_MAX_RENDER_TARGETS];
    uint8_t write_mask[PUM_MAX_RENDER_TARGETS];
    bool writes[PUM_MAX_RENDER_TARGETS];  /* anything */
    bool replace[PUM_MAX_RENDER_TARGETS]; /* what was there before does not matter */
};

struct pum_tile_clear {
    uint32_t color;
    bool depth, stencil;
    union pum_clear_value color_value, depth_value, stencil_value;
};

struct pum_tile_draw {
    const struct pum_tile_state *state;
    const struct pum_shader_ctx *fs_ctx;
    const struct pum_tile_clear *clear;   /* PUM_PRIM_CLEAR only */
    uint64_t *samples_passed, *fs_invocations; /* added to atomically, or NULL */
    uint32_t view_index;
};

/* Output of one chunk: bins of a box of tiles and layers. Entries are indices of primitives, in order; PUM_ENTRY_FULL: all edges are
 * positive in the whole tile. */
#define PUM_ENTRY_FULL 0x80000000u
struct pum_segment {
    const struct pum_prim *prims;
    const float *vertices;
    const struct pum_tile_draw *const *draws;
    uint32_t tx0, ty0, l0, tw, th, tl;    /* box in tiles and layers */
    const uint32_t *first;                /* [tw * th * tl + 1]: index of the first entry of a tile, x fastest */
    const uint32_t *entries;
};

/* Constant during a pass. */
struct pum_tile_frame {
    const struct pum_raster_kernels *k;
    const struct pum_raster_targets *targets;
    int32_t center_x, center_y;           /* pixels */
    bool pack;                            /* nothing looks at the attachments while tiles run */
    bool backed;                          /* the samples of attachments that are `single` have memory */
    uint8_t texel_B[PUM_MAX_RENDER_TARGETS + 2]; /* of the colours, depth, stencil */
};
void pum_tile_frame_init(struct pum_tile_frame *f, const struct pum_raster_targets *t);

struct pum_tile_worker;
struct pum_tile_worker *pum_tile_worker_create(void);
void pum_tile_worker_destroy(struct pum_tile_worker *w);

/* A pass walks its tiles once or several times. FIRST: load operations come before, LAST: resolves and store operations after. */
enum pum_tile_part { PUM_TILE_FIRST = 1, PUM_TILE_LAST = 2 };
/* All segments in order. False: out of memory (scratch). */
bool pum_tile_run(struct pum_tile_worker *w, const struct pum_tile_frame *f, uint32_t tx, uint32_t ty, uint32_t layer, uint32_t parts,
                  const struct pum_segment *const *segments, uint32_t segment_count);

/* Baking of fixed-function state; st->fs_info and test_time are set. */
void pum_tile_state_fixed(struct pum_tile_state *st, const struct pum_raster_kernels *k, const struct pum_raster_targets *targets,
                          const struct pum_depth_stencil_state *ds, const struct pum_blend_state *blend, const struct pum_multisample_state *ms);

#endif
