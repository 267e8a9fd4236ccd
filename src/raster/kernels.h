/* Inner loops of the rasterizer, built once per instruction set level from the same sources (k_*.c); all levels give the same bits.
 *
 * Bit budget of coverage. Positions are fixed point, 8 fraction bits, relative to the middle of the targets (extent <= 16384) and kept
 * within +-2^22 (16384 pixels) by the guard band. Differences are < 2^23, so are edge steps per pixel; an edge function in 1/256 steps is
 * < 2 * 2^23 * 2^23 = 2^47 (64 bits). Inside a tile the low 8 bits are dropped by an exact floor: an edge that crosses the tile is then
 * bounded by 64 * 2 * 2^23 = 2^30 (32 bits, one bit of margin); edges that do not cross are replaced by constants before.
 */
#ifndef PUM_RASTER_KERNELS_H
#define PUM_RASTER_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/shader_abi.h"
#include "raster/color_format.h"
#include "raster/raster.h"

#define PUM_TILE_BLOCKS 256 /* 16 x 16 blocks of 4x4 pixels */

/* Edges of a primitive in a tile: pixel (x, y) of the tile is inside where c + a * x + b * y >= 0 for all edges. */
struct pum_tile_edges {
    int32_t c[4], a[4], b[4];
    uint32_t count;            /* 3 or 4; fewer: the others are constant */
    uint8_t x0, y0, x1, y1;    /* pixels of the tile that can be covered, inclusive */
};

/* The same for several samples per pixel: each sample has constants of its own. */
struct pum_sample_edges {
    struct pum_tile_edges e;   /* c: the least of all samples */
    int32_t max[4];            /* the greatest */
    int32_t c[PUM_MAX_SAMPLES][4];
    uint32_t samples;
};
/* Lanes that each sample covers, by block of the tile (y * 16 + x); samples that do not exist cover none. */
typedef uint16_t pum_block_samples[PUM_MAX_SAMPLES];

/* What a worker's kernels know about the tile: which blocks it may overwrite as a whole (blocks that are entirely inside the render
 * area; neighbours belong to somebody else). In blocks, half open. */
struct pum_tile_rect {
    uint8_t x0, y0, x1, y1;
};

/* Depth and stencil planes of a tile: of one sample. */
struct pum_tile_zs {
    uint8_t *depth, *stencil;        /* texel (0, 0) of the tile, or NULL */
    uint32_t depth_row_B, stencil_row_B;
    uint8_t depth_layout, stencil_layout;
    uint8_t depth_samples_log2, stencil_samples_log2; /* BLOCK: between blocks of this sample stand the others */
    float pos[2];                    /* of the sample in the pixel */
    struct pum_tile_rect whole;
};

/* What is known about the depth of a tile's blocks with several samples. Bounds are those of all samples of a block, in the form that is compared
 * (D16, D24: the integer), as numbers; NaN: unknown. */
#define PUM_DEPTH_PLANES 255
/* Number of a block: those of 16x16 pixels follow each other, as in the lists that coverage makes. */
static inline uint32_t
pum_depth_at(uint32_t bx, uint32_t by)
{
    return (by & 12) << 4 | (bx & 12) << 2 | (by & 3) << 2 | (bx & 3);
}
struct pum_tile_depth {
    float lo[PUM_TILE_BLOCKS], hi[PUM_TILE_BLOCKS];
    uint8_t kind[PUM_TILE_BLOCKS]; /* 0: the samples stand in memory; else plane[kind - 1] gives them, memory is out of date */
    struct pum_plane plane[PUM_DEPTH_PLANES]; /* flat: v is the value of all samples, in the form that is compared */
    uint8_t spare[PUM_DEPTH_PLANES]; /* places in `plane` that are free again */
    uint32_t used, spares;           /* places that were ever taken; of `spare` */
};
/* A primitive against these bounds, by number in the list of blocks. */
struct pum_depth_sorted {
    float lo[PUM_TILE_BLOCKS + 16], hi[PUM_TILE_BLOCKS + 16]; /* of the primitive's own depth */
    uint16_t pass[PUM_TILE_BLOCKS / 16], fail[PUM_TILE_BLOCKS / 16]; /* bit per block: all samples of all pixels do */
    uint16_t exact[PUM_TILE_BLOCKS / 16]; /* its plane needs no clamp here */
    bool region[PUM_TILE_BLOCKS / 16];    /* these 16 are full, and in the order of pum_depth_at */
};

enum pum_z_format { PUM_Z_NONE, PUM_Z_D16, PUM_Z_D24, PUM_Z_D32F, PUM_Z_FORMAT_COUNT };

/* Depth and stencil state, ready for the kernels: tests on planes that do not exist are off. */
struct pum_zs_state {
    uint8_t z_format;  /* enum pum_z_format */
    bool z_test, z_write, bounds_test, stencil_test;
    uint8_t compare;   /* enum pum_compare_op */
    float bounds_min, bounds_max;
    struct pum_stencil_face face[2]; /* back, front */
};

/* One colour attachment and its blend state, ready for the kernels. */
struct pum_target_state {
    struct pum_color_format format;
    bool blend;
    bool logic;
    uint8_t logic_op;
    uint8_t src_color, dst_color, color_op, src_alpha, dst_alpha, alpha_op;
    struct pum_advanced_state advanced;
    uint32_t word_mask[4];   /* bits of the texel's words that are written */
    float constants[4];
};
typedef void (*pum_target_write_fn)(const struct pum_fs_target *t, uint32_t block_x, uint32_t block_y, uint32_t mask,
                                    const uint32_t color[4][PUM_LANES], const uint32_t color1[4][PUM_LANES]);
/* pum_fs_target.blend points to this. */
struct pum_tile_target {
    const struct pum_target_state *state;
    struct pum_tile_rect whole;
    /* for write_samples */
    pum_target_write_fn write;         /* of one sample */
    const pum_block_samples *covered;  /* [PUM_TILE_BLOCKS] */
    uint64_t sample_pitch_B;
    uint32_t samples;
    bool replace;                      /* what was there before does not matter */
    uint8_t *same;                     /* [PUM_TILE_BLOCKS]: in blocks with `bit`, sample 0 stands for all; NULL: samples are written out */
    uint8_t bit;
};

/* How samples become one texel. */
struct pum_resolve {
    uint8_t mode;          /* enum pum_resolve_mode */
    uint8_t z_format;      /* enum pum_z_format; NONE: colour, or stencil if color.texel_B is 0 */
    struct pum_color_format color;
};

/* How texels of the format are resolved with that mode; 0: not at all, else bytes per texel. */
uint32_t pum_resolve_plan(struct pum_resolve *r, uint16_t format, enum pum_resolve_mode mode);

/* Vertex transform: 16 vertices at a time. */
struct pum_viewport_xf {
    float scale[3], offset[3];  /* offset[0..1] relative to the middle of the targets */
    float guard[4];             /* guard[0] w <= x <= guard[1] w, guard[2] w <= y <= guard[3] w stay within the fixed point range */
    float z_min, z_max;         /* for the depth clamp */
    bool clip_z;                /* test against near and far */
    bool minus_one;             /* near plane at z = -w */
};
enum pum_clip_code {
    PUM_CLIP_LEFT = 1 << 0, PUM_CLIP_RIGHT = 1 << 1, PUM_CLIP_TOP = 1 << 2, PUM_CLIP_BOTTOM = 1 << 3, PUM_CLIP_NEAR = 1 << 4,
    PUM_CLIP_FAR = 1 << 5, PUM_CLIP_W = 1 << 6, PUM_CLIP_GUARD = 1 << 7, PUM_CLIP_NAN = 1 << 8,
    PUM_CLIP_USER0 = 1 << 16, /* 8 bits */
    PUM_CLIP_CULL0 = 1 << 24, /* 8 bits */
};
#define PUM_CLIP_VOLUME 0x7fu  /* a primitive whose vertices share one of these is outside */
#define PUM_CLIP_W_MIN 0x1p-40f

struct pum_xf_out { /* arrays of the chunk, 16 at a time */
    int32_t *x, *y;  /* fixed point */
    float *z, *rhw;
    uint32_t *code;
};

struct pum_raster_kernels {
    /* Covered blocks of a primitive in a tile; masks are never 0. Returns their number, at most PUM_TILE_BLOCKS. */
    uint32_t (*cover)(struct pum_fs_block *out, const struct pum_tile_edges *e);
    /* All pixels of the rectangle of the tile (inclusive). */
    uint32_t (*cover_rect)(struct pum_fs_block *out, uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1);
    /* ANDs the masks with the rectangle, drops empty blocks. In place. */
    uint32_t (*clip_rect)(struct pum_fs_block *blocks, uint32_t n, uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1);
    /* Depth, bounds and stencil tests and writes on a list of blocks, in place; returns the number left, *passed += pixels.
     * z16: depth of the lanes of the one block, or NULL = from the plane; ref16: stencil references or NULL. z is clamped to
     * [z_min, z_max]. `write` false: tests only, nothing is stored. */
    uint32_t (*depth_stencil)(const struct pum_zs_state *st, const struct pum_tile_zs *zs, struct pum_fs_block *blocks, uint32_t n,
                              const struct pum_plane *plane, float z_min, float z_max, uint32_t front, const float *z16,
                              const uint32_t *ref16, bool write, uint64_t *passed);
    uint64_t (*count)(const struct pum_fs_block *blocks, uint32_t n);

    /* Several samples: `blocks` hold the pixels with any sample, `covered` the samples of those blocks. */
    uint32_t (*cover_samples)(struct pum_fs_block *out, pum_block_samples *covered, const struct pum_sample_edges *e);
    /* Drops samples outside of the rectangle of pixels, and those that are not in `samples`; then empty blocks. */
    uint32_t (*clip_samples)(struct pum_fs_block *blocks, uint32_t n, pum_block_samples *covered, uint32_t samples, uint32_t x0, uint32_t y0,
                             uint32_t x1, uint32_t y1);
    /* want: bit per sample for each lane. ANDs masks[i] with the lanes that want sample first + i. */
    void (*want_samples)(uint16_t *masks, uint32_t first, uint32_t count, const uint32_t want[PUM_LANES]);
    /* Samples that alpha covers: the first round(alpha * samples). */
    void (*alpha_samples)(uint32_t want[PUM_LANES], const uint32_t alpha[PUM_LANES], uint32_t samples);
    /* The shader's view of a block; covered: its samples. A pixel that is covered whole has its centroid in the middle, others at their first
     * covered sample. */
    void (*coverage)(struct pum_fs_coverage *out, const uint16_t *covered, uint32_t samples, const float (*pos)[2]);
    /* A pum_fs_target.write for several samples; t->blend says how. */
    pum_target_write_fn write_samples;
    /* Can bounds decide the depth test? box: {least x, greatest x, least y, greatest y} of the samples' places in the pixel. */
    void (*depth_sort)(struct pum_depth_sorted *out, const struct pum_zs_state *st, const struct pum_tile_depth *d, const struct pum_plane *plane,
                       float z_min, float z_max, const float box[4], const struct pum_fs_block *blocks, uint32_t n);
    /* Writes the samples of a block that a plane of struct pum_tile_depth gives. keep: bits 24..31 of D24 stay. */
    void (*depth_fill)(uint32_t z_format, const struct pum_tile_zs *zs, uint32_t samples, const struct pum_plane *plane, bool keep, uint32_t bx,
                       uint32_t by);
    /* 16 texels; those of sample i stand at src + i * stride_B. */
    void (*resolve)(uint8_t *dst, const uint8_t *src, uint64_t stride_B, uint32_t samples, const struct pum_resolve *r);
    /* planes[i] for i < n (rounded up to a multiple of 4 in all arrays) from the values at three vertices: v0 + (v1 - v0) * l1 + (v2 - v0) *
     * l2; l1, l2 = {value at the tile's corner, d/dx, d/dy}. persp[i] is all ones where values are divided by w first. */
    void (*planes)(struct pum_plane *planes, uint32_t n, const float *v0, const float *v1, const float *v2, const float *flat,
                   const float rhw[3], const uint32_t *persp, const float l1[3], const float l2[3]);
    pum_target_write_fn (*select_write)(const struct pum_target_state *st, uint8_t layout);
    void (*transform)(const struct pum_viewport_xf *xf, const float *pos, uint32_t pos_stride, uint32_t n, const struct pum_xf_out *out);
};

/* The level of pum_cpu_isa(). */
const struct pum_raster_kernels *pum_raster_kernels(void);
/* For tests: NULL if the level was not built. */
const struct pum_raster_kernels *pum_raster_kernels_of(uint32_t isa);

#endif
