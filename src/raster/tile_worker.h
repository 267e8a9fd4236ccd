/* Inside of the tile walk: what tile.c and tile_samples.c share. */
#ifndef PUM_RASTER_TILE_WORKER_H
#define PUM_RASTER_TILE_WORKER_H

#include "raster/tile.h"

#define PUM_TILE_REFS 256
struct pum_tile_ref {
    const struct pum_segment *seg;
    const struct pum_prim *prim;
    bool full; /* all edges are positive in the whole tile */
};

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
    PUM_ALIGNED(64) struct pum_fs_block list[PUM_TILE_BLOCKS + 16]; /* blocks of one sample */
};

/* Blocks of the primitive in this tile, in pixels x0..x1, y0..y1 of the tile; fills `covered`. */
uint32_t pum_tile_cover_samples(struct pum_tile_worker *w, const struct pum_prim *p, bool full, uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1);
/* Gives all samples what the n blocks have covered. */
uint32_t pum_tile_all_samples(struct pum_tile_worker *w, uint32_t n);
/* Takes out what falls into the gaps of a stippled line. */
uint32_t pum_tile_stipple(struct pum_tile_worker *w, const struct pum_prim *p, uint32_t n);
/* Tests before the shader, sample by sample; counts what passes if `count`. */
uint32_t pum_tile_test_samples(struct pum_tile_worker *w, const struct pum_zs_state *zs, uint32_t n, bool write, bool count);
uint64_t pum_tile_count_samples(const struct pum_tile_worker *w, uint32_t n);
/* Runs the fragment stage on the n blocks. */
void pum_tile_shade_samples(struct pum_tile_worker *w, uint32_t n);
/* pum_fs_args.late and .coverage, for any number of samples. */
uint32_t pum_tile_late(const struct pum_fs_args *a, const struct pum_fs_block *b, uint32_t mask, uint32_t out[PUM_FS_SLOTS][PUM_LANES]);
void pum_tile_coverage(const struct pum_fs_args *a, const struct pum_fs_block *b, struct pum_fs_coverage *out);

#endif
