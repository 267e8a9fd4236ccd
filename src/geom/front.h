/* The front end's inside: what pass.c, front.c, clip.c and setup.c share. */
#ifndef PUM_GEOM_FRONT_H
#define PUM_GEOM_FRONT_H

#include "geom/geom.h"
#include "geom/slab.h"
#include "geom/tessellator.h"
#include "raster/kernels.h"
#include "raster/tile.h"

/* A chunk: at most so many primitives. Its vertices: at most three per primitive, and room for a vector. */
#define PUM_CHUNK_PRIMS 512u
#define PUM_CHUNK_VERTICES (PUM_CHUNK_PRIMS * 3 + PUM_LANES)

/* Pixels, inclusive; empty: x1 < x0. */
struct pum_box {
    int32_t x0, y0, x1, y1;
};

/* Baked once per state change. */
struct pum_geom_state {
    struct pum_tile_state tile;
    const struct pum_draw_state *s;
    uint32_t in_slots;            /* vertex inputs: 4 per location up to the highest */
    uint32_t missing;             /* bit per location read that has no attribute */
    const struct pum_shader_info *last; /* of the last stage before rasterization */
    uint8_t verts_per_prim;       /* of the primitives that are rasterized: 1, 2, 3 */
    uint8_t verts_in;             /* of the assembled primitive: the same, or what the geometry shader takes */
    struct pum_tess_setup tess;
    uint8_t tess_vertices;        /* of a primitive of the tessellator; 0: none */
    uint8_t weight;               /* of a primitive in a chunk; 0: the shader takes other primitives than there are */
    bool has_layer, has_viewport, has_point_size;
    bool corners;                 /* fragments see the vertices of their primitive */
    uint32_t row_units;           /* vertex row in units of 4 floats */
    uint32_t input_slot[PUM_MAX_FS_INPUTS]; /* ~0: the vertex stage does not write it */
    uint32_t n_prim_inputs;       /* those that belong to primitives: mesh shaders */
    uint8_t prim_input[PUM_MAX_FS_INPUTS];
    struct pum_viewport_xf xf[PUM_MAX_VIEWPORTS];
    struct pum_box box[PUM_MAX_VIEWPORTS];  /* scissor, viewport and render area */
    struct pum_box point_box[PUM_MAX_VIEWPORTS]; /* scissor and render area */
    bool no_position;             /* nothing can come out, but for side effects */
};

struct pum_geom_draw {
    struct pum_tile_draw tile;
    const struct pum_geom_state *gs;
    struct pum_draw_call call;
    const uint8_t *tasks;         /* what task workgroups have left (pum_mesh_task_at), or NULL */
    uint32_t prims;               /* of one instance or run */
    struct pum_tile_clear clear;
    struct pum_box clear_box;
    uint32_t layer0, layers;      /* clears */
};

/* What a task workgroup has left. */
struct pum_mesh_task {
    uint32_t grid[3];
    uint32_t pad[13];
    uint8_t payload[];
};

/* Part of a draw: primitives [first, first + count) of one instance; mesh workgroups of the draw, or of the task with the instance's number. */
struct pum_piece {
    struct pum_geom_draw *draw;
    uint32_t instance;            /* from 0 */
    uint32_t first, count;
    uint32_t stream;              /* first element of the run of indices, from call.first */
    uint32_t end;                 /* primitives of the run, those of other pieces included */
    uint32_t id;                  /* primitives of the instance before this run: restart does not reset gl_PrimitiveID */
};

/* What one draw in a chunk captures of one stream: vertices as rows of words, in the order of the shader's list of outputs. */
struct pum_xfb_part {
    struct pum_xfb_part *next;
    const struct pum_geom_draw *draw;
    const struct pum_shader_info *info;
    uint32_t stream, prims, verts_per_prim;
    uint32_t written;                      /* primitives that fit */
    uint64_t at_B[PUM_MAX_XFB_BUFFERS];    /* where the first goes */
    uint32_t words[];
};

struct pum_chunk {
    uint32_t piece, pieces, prims;
    bool done;
    struct pum_segment seg;
    struct pum_xfb_part *xfb, *xfb_last;
};

struct pum_gs_worker;
struct pum_tess_worker;

struct pum_front_worker {
    PUM_ALIGNED(64) uint32_t vertex_index[PUM_CHUNK_VERTICES];
    PUM_ALIGNED(64) uint32_t instance_index[PUM_CHUNK_VERTICES];
    PUM_ALIGNED(64) int32_t x[PUM_CHUNK_VERTICES];
    PUM_ALIGNED(64) int32_t y[PUM_CHUNK_VERTICES];
    PUM_ALIGNED(64) float z[PUM_CHUNK_VERTICES];
    PUM_ALIGNED(64) float rhw[PUM_CHUNK_VERTICES];
    PUM_ALIGNED(64) uint32_t code[PUM_CHUNK_VERTICES];
    uint32_t row[PUM_CHUNK_VERTICES];    /* + 1; 0 = none yet */
    uint16_t prim_v[PUM_CHUNK_PRIMS][3];
    uint8_t prim_flat[PUM_CHUNK_PRIMS];  /* which of the three is the provoking vertex */
    uint32_t prim_id[PUM_CHUNK_PRIMS];
    bool prim_starts[PUM_CHUNK_PRIMS];   /* the stipple of lines begins anew */
    uint16_t prim_own[PUM_CHUNK_PRIMS];  /* mesh shaders: where what belongs to the primitive stands */
    double stipple;                      /* counter at the next line's start */
    bool count_only;                     /* lines only move the stipple counter */
    uint32_t hash_key[1024], hash_tag[1024]; /* tag: stamp << 16 | vertex */
    uint32_t hash_stamp;
    uint32_t *vs_in, *vs_out;            /* [8 batches][in_slots][16], [slot][PUM_CHUNK_VERTICES] */
    uint32_t vs_in_words;
    uint32_t out_slots_cleared;
    uint8_t *scratch, *group;            /* group: memory of task and mesh workgroups */
    uint32_t scratch_B, group_B;
    struct pum_gs_worker *gs_worker;     /* made by the first geometry shader */
    struct pum_tess_worker *tess_worker; /* made by the first patch */

    struct pum_slab prims_slab, rows_slab, bins_slab, xfb_slab;
    struct pum_chunk *chunk;             /* at hand */
    struct pum_prim *prims;              /* of the chunk at hand, being reserved in prims_slab */
    uint32_t prim_count, prim_cap;
    float *rows;
    uint32_t row_units, row_cap;
    struct pum_bin { uint32_t tile, entry; } *bins; /* tile: layer << 16 | ty << 8 | tx */
    uint32_t bin_count, bin_cap;
    const struct pum_tile_draw **draws;
    uint32_t draw_count, draw_cap;
    uint32_t tx0, ty0, tx1, ty1, l0, l1; /* box of the bins */
    bool failed;

    /* draw at hand */
    const struct pum_tile_frame *frame;
    uint32_t layers;
    const struct pum_geom_state *gs;
    const struct pum_geom_draw *draw;
    uint64_t clip_primitives;
};

/* A vertex after the viewport transform. */
struct pum_screen_vertex {
    int32_t x, y;
    float z;
    uint32_t row;
};

/* What a primitive takes along. */
struct pum_prim_info {
    uint32_t flat;        /* row of the provoking vertex; with `corners` three more follow it, those of vertices number 0 to 2 */
    uint32_t rows[3];     /* with `corners`: of the vertices in the order of assembly, nobody else's */
    uint32_t primitive_id;
    uint16_t layer;
    uint8_t viewport;
};

/* Next bit of a set of slots, from `slot` on; PUM_VS_SLOTS: no more. */
static inline uint32_t
pum_next_slot(const uint64_t slots[3], uint32_t slot)
{
    for (; slot < PUM_VS_SLOTS; slot = (slot | 63) + 1) {
        const uint64_t left = slots[slot / 64] >> (slot % 64);
        if (left) {
            return slot + (uint32_t)__builtin_ctzll(left);
        }
    }
    return PUM_VS_SLOTS;
}

/* front.c */
uint32_t pum_front_row(struct pum_front_worker *w, uint32_t vertex); /* row of a vertex of the chunk, made at the first call */
float *pum_front_new_row(struct pum_front_worker *w, uint32_t *row); /* NULL: out of memory */
bool pum_front_keep_rows(struct pum_front_worker *w, uint32_t rows); /* so many new rows will not move the old ones */
/* Vertices and primitives of the pieces (of one draw): `prim` gets `stride` vertices for each; prim_flat, prim_id, prim_starts are filled. */
uint32_t pum_front_assemble(struct pum_front_worker *w, const struct pum_piece *pieces, uint32_t n_pieces, uint16_t *prim, uint32_t stride,
                            uint32_t *vertices);
bool pum_front_shade(struct pum_front_worker *w, const struct pum_geom_draw *d, uint32_t vertices);
bool pum_front_need_scratch(struct pum_front_worker *w, uint32_t size_B);
void pum_front_transform(struct pum_front_worker *w, const struct pum_geom_draw *d, uint32_t vertices);
void pum_front_emit(struct pum_front_worker *w, const struct pum_geom_draw *d, uint32_t prims); /* the first `prims` */
void pum_front_count(uint64_t *counter, uint64_t n);
/* corners.c: fills info->flat and info->rows. False: out of memory. */
bool pum_front_corners(struct pum_front_worker *w, const uint16_t *v, uint32_t n, uint32_t provoking, struct pum_prim_info *info) PUM_MUST_CHECK;
/* gs.c: all pieces of a draw with a geometry shader, up to the bins. */
bool pum_gs_run(struct pum_front_worker *w, const struct pum_piece *pieces, uint32_t n_pieces) PUM_MUST_CHECK;
/* The worker's first `prims` primitives, whose vertices are in vs_out, written by `before`. */
bool pum_gs_prims(struct pum_front_worker *w, const struct pum_geom_draw *d, const struct pum_shader_info *before, uint32_t prims,
                  uint32_t verts_per_prim) PUM_MUST_CHECK;
/* tess.c: all pieces of a draw of patches, up to the bins. */
bool pum_tess_run(struct pum_front_worker *w, const struct pum_piece *pieces, uint32_t n_pieces) PUM_MUST_CHECK;
/* mesh.c: all pieces of a draw by mesh shaders, up to the bins. */
bool pum_mesh_run(struct pum_front_worker *w, const struct pum_piece *pieces, uint32_t n_pieces) PUM_MUST_CHECK;
/* Runs a task workgroup. False: out of memory. */
bool pum_mesh_run_task(struct pum_front_worker *w, const struct pum_draw_state *s, const struct pum_draw_call *call, uint32_t group,
                       struct pum_mesh_task *out) PUM_MUST_CHECK;
/* Workgroups of a grid; one that is larger than may be has none. */
uint32_t pum_mesh_grid_size(const uint32_t grid[3]);
static inline size_t
pum_mesh_task_B(const struct pum_draw_state *s)
{
    return sizeof(struct pum_mesh_task) + PUM_ALIGN_UP((size_t)s->task_info->payload_B, (size_t)64);
}
static inline const struct pum_mesh_task *
pum_mesh_task_at(const uint8_t *tasks, const struct pum_draw_state *s, uint32_t i)
{
    return (const struct pum_mesh_task *)(const void *)(tasks + pum_mesh_task_B(s) * i);
}
void pum_tess_worker_destroy(struct pum_tess_worker *t);
void pum_gs_worker_destroy(struct pum_gs_worker *g);
/* setup.c: cull, edges, weights, binning. */
void pum_setup_triangle(struct pum_front_worker *w, const struct pum_screen_vertex v[3], const struct pum_prim_info *info);
void pum_setup_line(struct pum_front_worker *w, const struct pum_screen_vertex v[2], const struct pum_prim_info *info, float z_bias, bool front);
void pum_setup_point(struct pum_front_worker *w, const struct pum_screen_vertex *v, float size, const struct pum_prim_info *info, float z_bias,
                     bool front);
/* The outline or the corners of a polygon. corner: bits of those to draw as points; sizes: of the points, NULL = 1. */
void pum_setup_polygon(struct pum_front_worker *w, const struct pum_screen_vertex *v, uint32_t n, uint32_t corners, const float *sizes,
                       const struct pum_prim_info *info);
void pum_setup_clear(struct pum_front_worker *w, const struct pum_geom_draw *d);
/* clip.c: primitives that need clipping or another viewport than the first; n = 1, 2, 3. */
void pum_clip_prim(struct pum_front_worker *w, const uint16_t *v, uint32_t n, const struct pum_prim_info *info);

/* xfb.c: keeps what a stream's primitives capture: the first `prims` of the worker's. False: out of memory. */
bool pum_xfb_capture(struct pum_front_worker *w, const struct pum_geom_draw *d, const struct pum_shader_info *info, uint32_t stream,
                     uint32_t prims, uint32_t verts_per_prim) PUM_MUST_CHECK;
/* Writes what finished chunks have kept, in their order. */
void pum_xfb_write(struct pum_pool *pool, const struct pum_chunk *chunks, uint32_t count);

/* pass.c, front.c: one chunk, by one worker. */
bool pum_front_run(struct pum_front_worker *w, const struct pum_tile_frame *frame, uint32_t layers, const struct pum_piece *pieces,
                   struct pum_chunk *chunk);
struct pum_front_worker *pum_front_worker_create(void);
void pum_front_worker_reset(struct pum_front_worker *w); /* what chunks have produced becomes invalid */
void pum_front_worker_destroy(struct pum_front_worker *w);

/* state.c */
void pum_geom_state_bake(struct pum_geom_state *gs, const struct pum_draw_state *s, const struct pum_tile_frame *frame);

#endif
