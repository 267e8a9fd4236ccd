/* Inside of the tile walk: what tile.c, tile_planes.c and tile_samples.c share. */
#ifndef PUM_RASTER_TILE_WORKER_H
#define PUM_RASTER_TILE_WORKER_H

#include "raster/tile.h"

#define PUM_TILE_REFS 256
struct pum_tile_ref {
    const struct pum_segment *seg;
    const struct pum_prim *prim;
    bool full; /* all edges are positive in the whole tile */
};

/* Where the texels of an attachment stand while the tile is worked on: in the image or in the worker's own memory. */
struct pum_tile_plane {
    uint8_t *tile;           /* texel (0, 0) of the tile, sample 0; NULL: no such attachment */
    uint64_t sample_pitch_B;
    uint32_t row_pitch_B, texel_B;
    uint8_t layout, samples_log2; /* samples_log2: of the distance of blocks, as in struct pum_raster_plane */
    bool own;                /* not in the image */
    bool packs;              /* several samples, and blocks may say that sample 0 stands for all */
};

static inline uint32_t
pum_tile_block_index(const struct pum_fs_block *b)
{
    return (uint32_t)b->y * 16 + b->x;
}

struct pum_tile_worker {
    PUM_ALIGNED(64) struct pum_fs_block blocks[PUM_TILE_BLOCKS + 16];
    PUM_ALIGNED(64) struct pum_plane planes[PUM_FS_PLANE_INPUTS + PUM_MAX_FS_INPUTS];
    struct pum_fs_target targets[PUM_MAX_RENDER_TARGETS];
    struct pum_tile_target tile_targets[PUM_MAX_RENDER_TARGETS];
    struct pum_tile_zs zs[PUM_MAX_SAMPLES];
    uint64_t counters[4];
    uint8_t *scratch; /* 64-byte aligned */
    uint32_t scratch_B;

    /* the tile and primitive at hand, for what happens after the shader */
    const struct pum_tile_frame *frame;
    const struct pum_tile_draw *draw;
    const struct pum_prim *prim;
    int32_t px, py; /* pixel of the tile's corner */
    uint32_t layer;
    struct pum_fs_args args;
    struct pum_tile_ref refs[PUM_TILE_REFS];

    /* several samples: what is left of the primitive's coverage, and what it was before early tests */
    PUM_ALIGNED(64) pum_block_samples covered[PUM_TILE_BLOCKS];
    PUM_ALIGNED(64) pum_block_samples before[PUM_TILE_BLOCKS];
    const pum_block_samples *seen; /* by the shader: one of the two */
    bool covers_all; /* all samples of the blocks' pixels are covered; `covered` has not been written */
    bool full_tile;  /* and all pixels of the tile's blocks were, before tests */
    PUM_ALIGNED(64) struct pum_fs_block list[PUM_TILE_BLOCKS + 16]; /* blocks of one sample */

    /* several samples: what is known about blocks whose samples do not differ, or differ by a plane of depth */
    struct pum_tile_plane color[PUM_MAX_RENDER_TARGETS], depth, stencil; /* with one sample, too */
    bool packing;            /* the tile does so */
    uint8_t same[PUM_TILE_BLOCKS]; /* bit per colour target: sample 0 stands for all, the others are out of date */
    uint8_t stencil_same[PUM_TILE_BLOCKS];
    struct pum_tile_depth z;
    struct pum_depth_sorted sorted;
    struct pum_fs_block undecided[PUM_TILE_BLOCKS + 16];
    uint8_t undecided_at[PUM_TILE_BLOCKS]; /* their numbers in `sorted` */
    struct pum_fs_block decided[2][PUM_TILE_BLOCKS + 16]; /* fail, pass: where stencil comes first */
    uint8_t *own;            /* memory of planes that are not in the image, 64-byte aligned */
    size_t own_B;
    /* of the draw */
    uint64_t ones[2];        /* 1 in the 16 bits of each sample */
    float box[4];            /* of the samples' places, for depth_sort */
    bool lazy;               /* nothing stands between coverage and colours but tests before the shader */
    uint8_t written, kept;   /* bit per colour target; kept: what was there before matters */
    /* of the primitive */
    uint8_t z_kind;          /* kind of blocks that its depth fills, 0: none yet */
};

/* tile_planes.c: beginning and end of a tile. parts: enum pum_tile_part. False: out of memory. */
PUM_MUST_CHECK bool pum_tile_planes_begin(struct pum_tile_worker *w, uint32_t parts);
void pum_tile_planes_end(struct pum_tile_worker *w, uint32_t parts);
/* A tile that nothing is drawn to. */
PUM_MUST_CHECK bool pum_tile_planes_idle(struct pum_tile_worker *w, uint32_t parts);
/* The pixels of x0..x1, y0..y1 (inclusive, in the targets). */
void pum_tile_planes_clear(struct pum_tile_worker *w, const struct pum_tile_clear *c, uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1);
/* Puts the samples of a block into memory. */
void pum_tile_unpack_depth(struct pum_tile_worker *w, uint32_t bx, uint32_t by);
void pum_tile_unpack_color(struct pum_tile_worker *w, uint32_t bx, uint32_t by, uint32_t targets);
void pum_tile_unpack_stencil(struct pum_tile_worker *w, uint32_t bx, uint32_t by);
/* Kind of blocks that `plane` gives; 0: no place left. */
uint32_t pum_tile_depth_kind(struct pum_tile_depth *d, const struct pum_plane *plane);

/* The places of the samples of w->draw. */
void pum_tile_bind_samples(struct pum_tile_worker *w);
/* Blocks of the primitive in this tile, in pixels x0..x1, y0..y1 of the tile; fills `covered`. */
uint32_t pum_tile_cover_samples(struct pum_tile_worker *w, const struct pum_prim *p, bool full, uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1);
/* Gives all samples what the n blocks have covered. */
uint32_t pum_tile_all_samples(struct pum_tile_worker *w, uint32_t n);
/* Before somebody looks at `covered`. */
void pum_tile_write_covered(struct pum_tile_worker *w, uint32_t n);
/* Takes out what falls into the gaps of a stippled line, or is discarded by rectangles. */
uint32_t pum_tile_thin(struct pum_tile_worker *w, const struct pum_prim *p, uint32_t n);
/* tile_smooth.c: multiplies alpha by the area of the lanes' pixels that the line at hand covers. */
void pum_tile_smooth(const struct pum_tile_worker *w, const struct pum_fs_block *b, uint32_t mask, uint32_t alpha[PUM_LANES]);
/* Tests before the shader, sample by sample; counts what passes if `count`. */
uint32_t pum_tile_test_samples(struct pum_tile_worker *w, const struct pum_zs_state *zs, uint32_t n, bool write, bool count);
uint64_t pum_tile_count_samples(struct pum_tile_worker *w, uint32_t n);
/* Runs the fragment stage on the n blocks. */
void pum_tile_shade_samples(struct pum_tile_worker *w, uint32_t n);
/* pum_fs_args.late and .coverage, for any number of samples. */
uint32_t pum_tile_late(const struct pum_fs_args *a, const struct pum_fs_block *b, uint32_t mask, uint32_t out[PUM_FS_SLOTS][PUM_LANES]);
void pum_tile_coverage(const struct pum_fs_args *a, const struct pum_fs_block *b, struct pum_fs_coverage *out);

#endif
