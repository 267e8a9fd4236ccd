/* Render passes: draws go in, pixels come out.
 *
 * A pass queues draws, cuts them into chunks of primitives by a fixed rule, runs the chunks in parallel (fetch, vertex shader,
 * clip, cull, setup, binning) and then the 64x64 tiles in parallel; a tile sees all primitives in submission order, so that
 * results do not depend on the number of threads. Memory is bounded: a long pass runs in several such rounds.
 *
 * Lifetimes: a state block and everything a draw call points to are borrowed until pum_pass_end (or _flush) returns; the call
 * structures themselves are copied. Thread-safety: a pass belongs to one thread at a time; it uses the pool's workers itself.
 * SPEC: drawing, vertexpostproc, primsrast.
 */
#ifndef PUM_GEOM_GEOM_H
#define PUM_GEOM_GEOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/shader_abi.h"
#include "raster/raster.h"
#include "util/compiler.h"

#define PUM_MAX_VERTEX_BINDINGS 32
#define PUM_MAX_VERTEX_ATTRIBUTES 32
#define PUM_MAX_VIEWPORTS 16
#define PUM_MAX_LINE_WIDTH 64

enum pum_topology { /* the API's values */
    PUM_TOPOLOGY_POINT_LIST, PUM_TOPOLOGY_LINE_LIST, PUM_TOPOLOGY_LINE_STRIP, PUM_TOPOLOGY_TRIANGLE_LIST,
    PUM_TOPOLOGY_TRIANGLE_STRIP, PUM_TOPOLOGY_TRIANGLE_FAN, PUM_TOPOLOGY_LINE_LIST_ADJACENCY, PUM_TOPOLOGY_LINE_STRIP_ADJACENCY,
    PUM_TOPOLOGY_TRIANGLE_LIST_ADJACENCY, PUM_TOPOLOGY_TRIANGLE_STRIP_ADJACENCY, PUM_TOPOLOGY_PATCH_LIST, PUM_TOPOLOGY_COUNT
};
enum pum_cull_bit { PUM_CULL_FRONT_BIT = 1, PUM_CULL_BACK_BIT = 2 };
enum pum_front_face { PUM_FRONT_CCW, PUM_FRONT_CW };
enum pum_polygon_mode { PUM_POLYGON_FILL, PUM_POLYGON_LINE, PUM_POLYGON_POINT };
enum pum_line_mode { PUM_LINE_DEFAULT, PUM_LINE_RECTANGULAR, PUM_LINE_BRESENHAM, PUM_LINE_RECTANGULAR_SMOOTH };

/* The API's values: steps of the depth format, of a fixed-point format of as many bits as the mantissa has, depth itself. */
enum pum_bias_unit { PUM_BIAS_FORMAT, PUM_BIAS_UNORM, PUM_BIAS_FLOAT };

struct pum_vertex_attribute {
    uint8_t location, binding;
    uint16_t format;    /* enum pum_format */
    uint32_t offset_B;
};
struct pum_vertex_binding {
    bool per_instance;
    uint32_t divisor;   /* per_instance: instances per element; 0 = all instances read element 0 */
};

struct pum_viewport {
    float x, y, width, height, min_depth, max_depth; /* height may be negative */
};
struct pum_rect {
    int32_t x, y;
    uint32_t w, h;
};

/* All dynamic and pipeline state of draws. */
struct pum_draw_state {
    /* shaders; all but vs may be NULL, and vs where there is a mesh shader. The infos are required where the code is. */
    const struct pum_shader_code *vs, *tcs, *tes, *gs, *task, *mesh, *fs;
    const struct pum_shader_info *vs_info, *tcs_info, *tes_info, *gs_info, *task_info, *mesh_info, *fs_info;

    /* vertex input: attributes whose binding has no buffer read 0; locations without attribute too (w of float: see rt) */
    uint32_t attribute_count;
    struct pum_vertex_attribute attribute[PUM_MAX_VERTEX_ATTRIBUTES];
    struct pum_vertex_binding binding[PUM_MAX_VERTEX_BINDINGS];

    /* assembly */
    uint8_t topology;          /* enum pum_topology */
    bool primitive_restart;
    bool provoking_last;
    uint8_t patch_vertices;    /* of a patch list: 1 to PUM_MAX_PATCH_VERTICES */
    bool domain_lower_left;    /* origin of the domain of tessellation */

    /* rasterization */
    uint32_t viewport_count, scissor_count;
    struct pum_viewport viewport[PUM_MAX_VIEWPORTS];
    struct pum_rect scissor[PUM_MAX_VIEWPORTS];
    bool negative_one_to_one;  /* clip volume -w <= z <= w */
    bool rasterizer_discard;
    uint8_t raster_stream;     /* of the geometry shader: whose primitives are rasterized */
    bool depth_clamp, depth_clip; /* depth_clip is normally !depth_clamp */
    bool depth_clip_set;       /* depth_clip does not follow depth_clamp */
    bool depth_unrestricted;   /* depth that is not clamped to the viewport's range is not clamped to 0..1 either, but for fixed-point formats */
    uint8_t cull_mode;         /* enum pum_cull_bit */
    uint8_t front_face, polygon_mode, line_mode;
    float line_width;
    bool line_stipple;
    uint16_t stipple_pattern, stipple_factor;
    bool overestimate;         /* conservative rasterization of triangles */
    bool depth_bias;
    float depth_bias_constant, depth_bias_slope, depth_bias_clamp;
    uint8_t depth_bias_unit;   /* enum pum_bias_unit, of the constant */
    bool own_clamp_range;      /* depth is clamped to this, not to the range of the viewport */
    float clamp_min, clamp_max;
    struct pum_discard_state discard;

    struct pum_depth_stencil_state ds;
    struct pum_blend_state blend;
    struct pum_multisample_state ms;
};

struct pum_vertex_buffer {
    const uint8_t *address; /* of vertex 0; NULL = no buffer */
    uint64_t range_B;       /* bytes that may be read from address */
    uint32_t stride_B;
};

/* Counters are added to atomically; NULL = not wanted. */
struct pum_draw_counters {
    uint64_t *samples_passed;
    /* pipeline statistics */
    uint64_t *ia_vertices, *ia_primitives, *vs_invocations, *tcs_patches, *tes_invocations, *gs_invocations, *gs_primitives, *clip_invocations, *clip_primitives, *fs_invocations;
    uint64_t *generated[PUM_MAX_STREAMS]; /* primitives that come out of the last stage before rasterization */
    uint64_t *task_invocations, *mesh_invocations, *mesh_primitives;
    uint64_t *captured[PUM_MAX_STREAMS];  /* two: primitives that transform feedback has written; that it was to write */
};

/* Transform feedback from its begin to its end. Changes while draws run: flush before looking at it. */
struct pum_xfb {
    struct {
        uint8_t *data;   /* NULL: what goes there is ignored */
        uint64_t size_B, at_B;
    } buffer[PUM_MAX_XFB_BUFFERS];
    bool full[PUM_MAX_STREAMS]; /* a primitive did not fit: nothing more is written */
};

struct pum_draw_call {
    const struct pum_shader_ctx *vs_ctx, *fs_ctx;
    const struct pum_vertex_buffer *vertex_buffers; /* [PUM_MAX_VERTEX_BINDINGS] */
    const uint8_t *indices;  /* NULL = not indexed; else of index 0 */
    uint64_t index_range_B;  /* bytes that may be read from indices; others are 0 */
    uint8_t index_size_B;    /* 1, 2, 4 */
    bool own_restart;        /* restart_index is what restarts, not the largest index */
    uint32_t restart_index;
    uint32_t groups[3];      /* mesh shaders: of the first stage; vertices, indices and instances are not looked at */
    uint32_t first, count;   /* vertices or indices */
    int32_t vertex_offset;   /* added to indices */
    uint32_t first_instance, instance_count;
    uint32_t draw_index, view_index;
    struct pum_xfb *xfb;     /* NULL: not active */
    uint32_t base_layer;     /* added to the layer that the shader writes (0 if it does not): multiview */
    struct pum_draw_counters counters;
};

struct pum_pass_clear {
    uint32_t color;             /* bit per colour attachment */
    bool depth, stencil;
    union pum_clear_value color_value, depth_value, stencil_value;
    struct pum_rect rect;
    uint32_t base_layer, layer_count;
};

struct pum_pool;
struct pum_pass;

/* A pass object keeps its memory between passes. NULL: out of memory. */
struct pum_pass *pum_pass_create(struct pum_pool *pool);
/* One that can run at the same time as `other` and lives no longer. */
struct pum_pass *pum_pass_create_beside(struct pum_pass *other);
void pum_pass_destroy(struct pum_pass *pass);

/* `targets` is copied; its memory is used until end. Load operations happen lazily, tile by tile. */
void pum_pass_begin(struct pum_pass *pass, const struct pum_raster_targets *targets);
/* gate(arg) is called before anything else than vertices of the pass that has begun is touched: attachments, what fragments read and write. */
void pum_pass_set_gate(struct pum_pass *pass, void (*gate)(void *arg), void *arg);
/* What the pass that has begun is called in the trace (util/names.h). */
void pum_pass_set_name(struct pum_pass *pass, uint32_t name);
/* State of the draws that follow. */
void pum_pass_set_state(struct pum_pass *pass, const struct pum_draw_state *state);
/* After set_state. */
void pum_pass_draw(struct pum_pass *pass, const struct pum_draw_call *call);
/* In order with the draws. */
void pum_pass_clear(struct pum_pass *pass, const struct pum_pass_clear *clear);
/* What is drawn stays in the attachments whatever their store operations say. */
void pum_pass_keep(struct pum_pass *pass);
/* Runs everything queued so far; the pass goes on, the state stays set. False: out of memory, something was not drawn. */
PUM_MUST_CHECK bool pum_pass_flush(struct pum_pass *pass);
/* Flush and finish. */
PUM_MUST_CHECK bool pum_pass_end(struct pum_pass *pass);

#endif
