/* The contract between generated code (or the interpreter), the run-time library and the driver that calls them.
 *
 * Sixteen lanes on every machine. Lane numbers:
 *   fragment: the 4x4 pixel block, lane = y * 4 + x; quads are {0,1,4,5}, {2,3,6,7}, {8,9,12,13}, {10,11,14,15}
 *   vertex:   16 vertices of a batch
 *   compute:  16 consecutive values of gl_LocalInvocationIndex
 *   geometry: 16 invocations, primitive by primitive
 *   ray tracing: a block of the launch (exec/trace_rays.c)
 * Every pointer is at least 64-byte aligned unless said otherwise. Masks are 16-bit, bit = lane.
 */
#ifndef PUM_ABI_SHADER_ABI_H
#define PUM_ABI_SHADER_ABI_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/descriptor.h"
#include "abi/ray.h"

#define PUM_LANES 16
#define PUM_MAX_SETS 8
#define PUM_MAX_DYNAMIC_BUFFERS 32  /* of a pipeline layout; any set may hold all of them */
#define PUM_MAX_INLINE_BLOCKS PUM_MAX_DYNAMIC_BUFFERS /* of a pipeline layout: in descriptor buffers they take a slot each */
#define PUM_DYNAMIC_SLOTS (PUM_MAX_SETS * PUM_MAX_DYNAMIC_BUFFERS) /* slot = set * PUM_MAX_DYNAMIC_BUFFERS + index in the set */
#define PUM_MAX_PUSH_B 256
#define PUM_MAX_SHARED_B 65536u /* workgroup memory */
#define PUM_MAX_RENDER_TARGETS 8
#define PUM_MAX_LOCATIONS 32       /* stage interface locations */
#define PUM_TILE_PX 64
#define PUM_MAX_SAMPLES 8           /* per pixel */

/* Shaders number the invocations of a subgroup themselves (SubgroupLocalInvocationId): in the fragment stage the four lanes of a quad have
 * numbers in a row, left to right and top to bottom, as quad operations want it; elsewhere it is the lane number. Its own inverse. */
static inline uint32_t
pum_quad_order(uint32_t lane)
{
    return (lane & 9) | (lane & 2) << 1 | (lane & 4) >> 1;
}

enum pum_stage {
    PUM_STAGE_VERTEX, PUM_STAGE_FRAGMENT, PUM_STAGE_COMPUTE, PUM_STAGE_GEOMETRY, PUM_STAGE_TESS_CONTROL, PUM_STAGE_TESS_EVALUATION, PUM_STAGE_TASK,
    PUM_STAGE_MESH, PUM_STAGE_RAYGEN, PUM_STAGE_MISS, PUM_STAGE_CLOSEST_HIT, PUM_STAGE_ANY_HIT, PUM_STAGE_INTERSECTION, PUM_STAGE_CALLABLE,
    PUM_STAGE_COUNT
};
static inline bool
pum_stage_is_ray(enum pum_stage stage)
{
    return stage >= PUM_STAGE_RAYGEN && stage <= PUM_STAGE_CALLABLE;
}
/* To code generators task and mesh shaders are compute shaders, as is a tessellation control shader, whose workgroup is a patch; an evaluation
 * shader is a vertex shader, and all ray tracing stages are one (tracing.h). */
static inline enum pum_stage
pum_stage_code(enum pum_stage stage)
{
    return stage == PUM_STAGE_TESS_CONTROL || stage == PUM_STAGE_TASK || stage == PUM_STAGE_MESH ? PUM_STAGE_COMPUTE
           : stage == PUM_STAGE_TESS_EVALUATION                                                  ? PUM_STAGE_VERTEX
           : pum_stage_is_ray(stage)                                                             ? PUM_STAGE_RAYGEN
                                                                                                 : stage;
}

/* ---------------- run-time library: everything generated code calls, by pointer (no undefined symbols) ---------------- */

/* Sampling, fetch, gather: operand flags of the TEX operation. The IR operation lists its operands in this order, absent ones
 * left out: image descriptor (I64), sampler descriptor (I64, only if PUM_TEX_HAS_SAMPLER), coordinates, dref, lod_or_bias, ddx[], ddy[],
 * offset[], sample, min_lod. All but the descriptors are F32, or I32 where the kind says integer coordinates (FETCH, and offset, sample). */
enum pum_tex_kind {
    PUM_TEX_SAMPLE,       /* LOD from derivatives of the coordinates across the quad (fragment), 0 elsewhere */
    PUM_TEX_SAMPLE_BIAS,  /* lod[] = bias */
    PUM_TEX_SAMPLE_LOD,   /* lod[] = level of detail */
    PUM_TEX_SAMPLE_GRAD,
    PUM_TEX_FETCH,        /* integer coordinates; lod[] = integer level; no sampler */
    PUM_TEX_GATHER,       /* component `comp`, or the depth comparison with dref */
    PUM_TEX_QUERY_LOD,    /* out: x = accessed level, y = computed lod */
    PUM_TEX_QUERY_SIZE,   /* lod[] = integer level (0 if absent); out: integer w, h, d / layers in the order of OpImageQuerySizeLod */
    PUM_TEX_QUERY_LEVELS, /* out x */
    PUM_TEX_QUERY_SAMPLES,
    PUM_TEX_KIND_COUNT
};
enum pum_tex_flag {
    PUM_TEX_HAS_SAMPLER_BIT = 1u << 0,
    PUM_TEX_HAS_DREF_BIT    = 1u << 1, /* result x = comparison; y z w = 0 0 1 for SAMPLE; GATHER compares all four */
    PUM_TEX_HAS_LOD_BIT     = 1u << 2, /* lod[] present (bias for SAMPLE_BIAS) */
    PUM_TEX_HAS_GRAD_BIT    = 1u << 3, /* n_grad values for ddx, then for ddy */
    PUM_TEX_HAS_OFFSET_BIT  = 1u << 4, /* n_grad values: texel offsets I32 */
    PUM_TEX_HAS_SAMPLE_BIT  = 1u << 5, /* sample index I32 (multisampled fetch) */
    PUM_TEX_ARRAYED_BIT     = 1u << 6, /* the last coordinate is the array layer (float, rounded to nearest even; integer for FETCH) */
    PUM_TEX_GATHER_OFFSETS_BIT = 1u << 7, /* GATHER with four offsets (ConstOffsets): 8 I32 values instead */
    PUM_TEX_HAS_MIN_LOD_BIT = 1u << 8, /* last operand, F32: least level of detail */
    PUM_TEX_RESIDENT_BIT    = 1u << 9, /* result x instead of the texels: 1 = all that they are made of have memory, else 0 */
};
/* imm of TEX */
struct pum_tex_op {
    uint8_t kind;     /* enum pum_tex_kind */
    uint8_t dim;      /* enum pum_view_dim of the SPIR-V image type */
    uint8_t n_coord;  /* coordinates, layer included */
    uint8_t n_grad;   /* dimensions without the layer: length of ddx, ddy, offset */
    uint8_t comp;     /* GATHER component */
    uint8_t pad;
    uint16_t flags;   /* pum_tex_flag */
};
static inline uint64_t
pum_tex_pack(struct pum_tex_op op)
{
    return (uint64_t)op.kind | (uint64_t)op.dim << 8 | (uint64_t)op.n_coord << 16 | (uint64_t)op.n_grad << 24 |
           (uint64_t)op.comp << 32 | (uint64_t)op.flags << 48;
}
static inline struct pum_tex_op
pum_tex_unpack(uint64_t v)
{
    return (struct pum_tex_op){.kind = (uint8_t)v, .dim = (uint8_t)(v >> 8), .n_coord = (uint8_t)(v >> 16),
                               .n_grad = (uint8_t)(v >> 24), .comp = (uint8_t)(v >> 32), .flags = (uint16_t)(v >> 48)};
}

/* Argument block of one texture call: the caller fills what the operation has, the routine writes out[] for lanes of `mask`
 * (others undefined). Lives on the caller's stack, 64-byte aligned. */
struct pum_tex_args {
    struct pum_tex_op op;
    uint32_t mask;       /* lanes wanted (all helper lanes of touched quads included for implicit LOD) */
    uint32_t quad_step;  /* implicit derivatives are taken from coord[], see pum_quad_step; 0: there are none */
    _Alignas(64) float coord[4][PUM_LANES];  /* integer bits for FETCH */
    float dref[PUM_LANES];
    float lod[PUM_LANES]; /* integer bits for FETCH and QUERY_SIZE */
    float ddx[3][PUM_LANES], ddy[3][PUM_LANES];
    int32_t offset[8][PUM_LANES];
    int32_t sample[PUM_LANES];
    float min_lod[PUM_LANES];
    uint32_t out[4][PUM_LANES]; /* float or integer bits, after the view's swizzle */
};

/* Argument block of image loads, stores and atomics (storage images, texel buffers). */
struct pum_img_args {
    uint32_t mask;
    uint32_t atomic;     /* enum pum_atomic, perhaps with PUM_ATOMIC_WIDE */
    uint32_t n_coord;    /* layer included */
    uint32_t pad;
    _Alignas(64) int32_t coord[3][PUM_LANES];
    int32_t sample[PUM_LANES];
    uint32_t data[4][PUM_LANES];    /* store: components; atomic: data[0] value, data[1] compare; load and atomic: result (atomic in data[0]).
                                     * Words of 64-bit texels are components 0 and 1; wide atomics: data[0..1] value, data[2..3] compare */
};
#define PUM_ATOMIC_WIDE 0x100u /* of 64-bit integers */

enum pum_atomic {
    PUM_ATOMIC_ADD, PUM_ATOMIC_SMIN, PUM_ATOMIC_SMAX, PUM_ATOMIC_UMIN, PUM_ATOMIC_UMAX, PUM_ATOMIC_AND, PUM_ATOMIC_OR,
    PUM_ATOMIC_XOR, PUM_ATOMIC_XCHG, PUM_ATOMIC_CMPXCHG, PUM_ATOMIC_FADD, PUM_ATOMIC_FMIN, PUM_ATOMIC_FMAX,
    PUM_ATOMIC_LOAD, PUM_ATOMIC_STORE,
};
enum pum_reduce {
    PUM_REDUCE_IADD, PUM_REDUCE_FADD, PUM_REDUCE_IMUL, PUM_REDUCE_FMUL, PUM_REDUCE_SMIN, PUM_REDUCE_UMIN, PUM_REDUCE_FMIN,
    PUM_REDUCE_SMAX, PUM_REDUCE_UMAX, PUM_REDUCE_FMAX, PUM_REDUCE_AND, PUM_REDUCE_OR, PUM_REDUCE_XOR,
};

/* Routines of one format class; const tables in rt/. */
struct pum_image_ops {
    void (*tex)(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, struct pum_tex_args *a);
    void (*load)(const struct pum_desc_image *img, struct pum_img_args *a);   /* formatted read, no swizzle */
    void (*store)(const struct pum_desc_image *img, struct pum_img_args *a);
    void (*atomic)(const struct pum_desc_image *img, struct pum_img_args *a); /* NULL: format has no atomics */
    const struct pum_rt_class *cls; /* rt/'s own; NULL: none */
};

/* Functions on 16 lanes: out may alias the inputs. Index = the IR operation's place in this list. */
#define PUM_RT_MATH1(X) /* void f(float out[16], const float a[16]) */                                                  \
    X(EXP2, exp2) X(LOG2, log2) X(EXP, exp) X(LOG, log) X(SIN, sin) X(COS, cos) X(TAN, tan) X(ASIN, asin) X(ACOS, acos)       \
    X(ATAN, atan) X(SINH, sinh) X(COSH, cosh) X(TANH, tanh) X(ASINH, asinh) X(ACOSH, acosh) X(ATANH, atanh)
#define PUM_RT_MATH2(X) /* void f(float out[16], const float a[16], const float b[16]) */                               \
    X(POW, pow) X(ATAN2, atan2)
enum pum_rt_math1 {
#define X(name, fn) PUM_RT_##name,
    PUM_RT_MATH1(X)
#undef X
    PUM_RT_MATH1_COUNT
};
enum pum_rt_math2 {
#define X(name, fn) PUM_RT_##name,
    PUM_RT_MATH2(X)
#undef X
    PUM_RT_MATH2_COUNT
};
typedef void (*pum_rt_math1_fn)(float *out, const float *a);
typedef void (*pum_rt_math2_fn)(float *out, const float *a, const float *b);

/* One table per ISA level; pum_rt_table(isa) of rt/rt.h. Offsets are fixed: generated code loads the pointers from it. */
struct pum_rt_table {
    pum_rt_math1_fn math1[PUM_RT_MATH1_COUNT];
    pum_rt_math2_fn math2[PUM_RT_MATH2_COUNT];
    void (*ffma)(float *out, const float *a, const float *b, const float *c); /* exact fma for ISA levels without it */
    void (*dfma)(double *out, const double *a, const double *b, const double *c);
    /* Texture and image operations: handle null descriptors, then call the descriptor's ops. */
    void (*tex)(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, struct pum_tex_args *a);
    void (*img_load)(const struct pum_desc_image *img, struct pum_img_args *a);
    void (*img_store)(const struct pum_desc_image *img, struct pum_img_args *a);
    void (*img_atomic)(const struct pum_desc_image *img, struct pum_img_args *a);
    /* SAMPLE (fragment) and SAMPLE_LOD of 2D images with a sampler and nothing else, in registers; x86-64-v4 only, else NULL. Called with
     * LLVM's regcall convention: {4 x <16 x float>} f(const struct pum_desc_image *, const struct pum_desc_sampler *, uint32_t mask,
     * <16 x float> u, <16 x float> v[, <16 x float> lod]). */
    void (*tex2d)(void);
    void (*tex2d_lod)(void);
    /* Rays, see abi/ray.h. One lane: begin for a structure (0: nothing is hit) with t in tmin .. tmax, proceed to the next candidate (1) or the
     * end (0), ask about the committed hit or the candidate. */
    void (*ray_begin)(struct pum_ray *r, uint64_t accel, uint32_t flags, uint32_t cull_mask, const float origin[3], float tmin,
                      const float direction[3], float tmax);
    uint32_t (*ray_proceed)(struct pum_ray *r);
    void (*ray_get)(const struct pum_ray *r, const struct pum_ray_hit *hit, enum pum_ray_value value, uint32_t part, uint32_t out[3]);
    void (*ray)(struct pum_ray_args *a); /* the RAY operation on sixteen lanes */
};

/* ---------------- what shaders print (NonSemantic.DebugPrintf) ---------------- */

/* A format is a list of items: TEXT, two bytes of length (little endian), characters; VALUE, enum pum_print_kind, number of its first word, length
 * of the conversion, the conversion ("%...", for long long or double, without a zero); END. 64-bit values are two words, the low one first. */
enum pum_print_item { PUM_PRINT_END, PUM_PRINT_TEXT, PUM_PRINT_VALUE };
enum pum_print_kind { PUM_PRINT_S32, PUM_PRINT_U32, PUM_PRINT_F32, PUM_PRINT_S64, PUM_PRINT_U64, PUM_PRINT_F64 };
#define PUM_MAX_PRINT_WORDS 64u /* of one instruction */
#define PUM_PRINT_SPEC_B 24u    /* of one conversion at most */
/* What shaders call of the driver. */
struct pum_shader_host {
    /* A line for each lane of mask; words[n][PUM_LANES]. Any thread. */
    void (*print)(struct pum_shader_host *self, const uint8_t *format, uint32_t mask, const uint32_t *words);
    /* A loop was left because of pum_shader_ctx.stop. Any thread. */
    void (*stopped)(struct pum_shader_host *self, const char *where);
};

/* ---------------- what a shader invocation group gets ---------------- */

/* Bindings of one draw or dispatch; read-only while it runs, shared by all workers. */
struct pum_shader_ctx {
    const struct pum_rt_table *rt;
    /* Descriptor set memory; unbound: a block of zeros. sets[PUM_SET_DYNAMIC]: the records of all dynamic buffers (struct
     * pum_desc_buffer[], by slot) with their offsets applied. */
    const uint8_t *sets[PUM_MAX_SETS + 2]; /* the last: zeros, as much as the largest record */
    const uint8_t *push;                 /* PUM_MAX_PUSH_B bytes */
    /* Not 0: the device is lost, loops need not end any more. NULL: never. Read without order once per iteration; the group is then left as it is. */
    const uint32_t *stop;
    struct pum_shader_host *host; /* NULL: none */
};
#define PUM_SET_DYNAMIC PUM_MAX_SETS     /* the DESC operation addresses dynamic buffers through this set number */
#define PUM_SET_ZEROS   (PUM_MAX_SETS + 1)

/* System values (IR SYSVAL; imm = kind | component << 8). */
enum pum_sysval {
    PUM_SYSVAL_VERTEX_INDEX,            /* vertex; I32, as gl_VertexIndex */
    PUM_SYSVAL_INSTANCE_INDEX,
    PUM_SYSVAL_BASE_VERTEX, PUM_SYSVAL_BASE_INSTANCE, PUM_SYSVAL_DRAW_INDEX,
    PUM_SYSVAL_VIEW_INDEX,
    PUM_SYSVAL_FRAG_COORD,              /* fragment; F32, component 0..3: x + 0.5, y + 0.5, z, 1/w */
    PUM_SYSVAL_POINT_COORD,             /* F32, component 0..1 */
    PUM_SYSVAL_FRONT_FACING,            /* BOOL */
    PUM_SYSVAL_PRIMITIVE_ID, PUM_SYSVAL_LAYER, PUM_SYSVAL_VIEWPORT_INDEX, PUM_SYSVAL_SAMPLE_ID,
    PUM_SYSVAL_SAMPLE_MASK_IN,          /* I32, samples of the pixel that the primitive covers (once per sample: its bit) */
    PUM_SYSVAL_SAMPLE_POS,              /* F32, component 0..1: place of sample SAMPLE_ID in the pixel, 0..1 */
    PUM_SYSVAL_CENTROID,                /* F32, component 0..1: a place in the pixel that the primitive covers */
    PUM_SYSVAL_WORKGROUP_ID,            /* compute; I32, component 0..2 */
    PUM_SYSVAL_NUM_WORKGROUPS,          /* also of a launch of rays: its size */
    PUM_SYSVAL_LOCAL_ID,
    PUM_SYSVAL_LOCAL_INDEX,
    PUM_SYSVAL_GLOBAL_ID,
    PUM_SYSVAL_SUBGROUP_ID, PUM_SYSVAL_NUM_SUBGROUPS,
    PUM_SYSVAL_INVOCATION_ID,           /* geometry; I32 */
    PUM_SYSVAL_RAY_RECORD,              /* ray tracing; I32, components 0 and 1 of the address of the shader record's data */
    PUM_SYSVAL_SUBGROUP_LANE,           /* any stage: 0..15, in the fragment stage the lane's pum_quad_order */
    PUM_SYSVAL_COUNT
};

/* Slots of ST_OUT in the vertex stage (and of the vertex arrays the front end reads). One slot = one 32-bit component. */
enum pum_vs_slot {
    PUM_VS_POSITION      = 0,  /* 4 slots, clip space */
    PUM_VS_POINT_SIZE    = 4,
    PUM_VS_LAYER         = 5,
    PUM_VS_VIEWPORT      = 6,
    PUM_VS_PRIMITIVE_ID  = 7, /* geometry, mesh */
    PUM_VS_CLIP_DISTANCE = 8,  /* 8 slots */
    PUM_VS_CULL_DISTANCE = 16, /* 8 slots */
    PUM_VS_USER          = 24, /* + location * 4 + component */
    PUM_VS_SLOTS         = PUM_VS_USER + PUM_MAX_LOCATIONS * 4
};

/* Transform feedback: one word of a vertex. SPEC: vertexpostproc-transform-feedback. */
#define PUM_MAX_XFB_BUFFERS 4
#define PUM_MAX_XFB_DATA_B 512      /* of a vertex in one buffer, and of all buffers of a stream */
#define PUM_MAX_XFB_STRIDE_B 2048
#define PUM_MAX_STREAMS 4
struct pum_xfb_output {
    uint8_t slot, buffer;
    uint16_t offset_B;
};

/* Vertex stage: `batches` groups of 16 vertices. LD_IN slot = location * 4 + component. */
struct pum_vs_args {
    const uint32_t *in;            /* in[(batch * in_slots + slot) * 16 + lane], fetched and converted attributes (missing ones 0,0,0,1) */
    uint32_t in_slots;
    uint32_t batches;
    uint32_t *out;                 /* out[slot * out_stride + batch * 16 + lane]; only the shader's own output slots are written */
    uint32_t out_stride;           /* in elements, multiple of 16 */
    uint32_t vertices;             /* valid lanes in all batches: the last batch may be partial (its other lanes are masked off) */
    const uint32_t *vertex_index;   /* [batches * 16] */
    const uint32_t *instance_index; /* [batches * 16] */
    uint32_t base_vertex, base_instance, draw_index, view_index;
    uint8_t *scratch;              /* info.scratch_B bytes, per worker */
    const uint8_t *shared;         /* tessellation evaluation: the patch */
};

/* A patch, workgroup memory of the tessellation stages: head, per-patch words, vertices of the output patch, of the input patch. Words of a vertex
 * stand by PUM_VS_* slot, per-patch words by location alike. Evaluation: LD_IN slots 0 to 2 are gl_TessCoord. */
#define PUM_MAX_PATCH_VERTICES 32
#define PUM_MAX_TESS_LEVEL 64
struct pum_patch_head {
    uint32_t primitive_id, vertices, view_index, pad;
    float outer[4], inner[2];
    uint32_t zero[6];
};
#define PUM_PATCH_VERTEX_B (PUM_VS_SLOTS * 4u)
#define PUM_PATCH_WORDS_B  64u
#define PUM_PATCH_OUT_B    (PUM_PATCH_WORDS_B + PUM_PATCH_VERTEX_B)
#define PUM_PATCH_IN_B     (PUM_PATCH_OUT_B + PUM_MAX_PATCH_VERTICES * PUM_PATCH_VERTEX_B)
#define PUM_PATCH_B        (PUM_PATCH_IN_B + PUM_MAX_PATCH_VERTICES * PUM_PATCH_VERTEX_B)
enum pum_tess_mode { PUM_TESS_NONE, PUM_TESS_TRIANGLES, PUM_TESS_QUADS, PUM_TESS_ISOLINES };
enum pum_tess_spacing { PUM_SPACING_NONE, PUM_SPACING_EQUAL, PUM_SPACING_EVEN, PUM_SPACING_ODD };
enum pum_tess_order { PUM_ORDER_NONE, PUM_ORDER_CW, PUM_ORDER_CCW };

/* Geometry stage: 16 invocations. Each lane appends to a list of its own; ST_VERTEX writes one slot of one vertex of it. ST_OUT slot 0 is
 * the number of vertices. */
#define PUM_GS_IN_VERTICES 6          /* at most */
#define PUM_MAX_GS_VERTICES 256
#define PUM_MAX_GS_INVOCATIONS 32
enum pum_gs_slot { /* further slots of an emitted vertex */
    PUM_GS_FLAGS = PUM_VS_SLOTS,      /* bit 0: begins a strip; then the stream */
    PUM_GS_SLOTS
};
struct pum_gs_args {
    const uint32_t *in;               /* in[(vertex * PUM_VS_SLOTS + slot) * 16 + lane]: LD_IN slot = vertex * PUM_VS_SLOTS + slot */
    uint32_t *out;                    /* out[(vertex * PUM_GS_SLOTS + slot) * 16 + lane], info.gs_vertices + 1 vertices: the last is for those too many */
    uint32_t *count;                  /* [16] */
    const uint32_t *primitive_id;     /* [16] */
    const uint32_t *invocation_id;    /* [16] */
    uint32_t lanes;                   /* valid ones; the others hold a copy of the last, or may not end */
    uint32_t view_index;
    uint8_t *scratch;                 /* info.scratch_B bytes, per worker */
};

/* The memory of a task or mesh workgroup, to code generators its workgroup memory: head, payload, variables of a task workgroup; or head,
 * payload, outputs and variables of a mesh workgroup. Outputs stand as in the vertex arrays of the front end: a row of words for each slot, by the
 * number of the vertex or, where it is of a primitive, of the primitive. */
#define PUM_MAX_MESH_VERTICES   256
#define PUM_MAX_MESH_PRIMITIVES 256
#define PUM_MAX_PAYLOAD_B       16384u
#define PUM_MAX_MESH_GROUPS     65535u      /* in one dimension, of a draw or a task workgroup */
#define PUM_MAX_MESH_GRID       (1u << 22)  /* in all */
enum pum_mesh_slot { /* further slots, all of primitives */
    PUM_MESH_CULL = PUM_VS_SLOTS,
    PUM_MESH_INDEX, /* one for each vertex of a primitive */
    PUM_MESH_SLOTS = PUM_MESH_INDEX + 3
};
struct pum_mesh_head {
    uint32_t vertices, primitives; /* mesh: SetMeshOutputs */
    uint32_t grid[3];              /* task: EmitMeshTasks */
    uint32_t draw_index, view_index;
    uint32_t zero[9];
};
#define PUM_MESH_ROW       1552u /* elements of a row: those of the front end */
#define PUM_MESH_SLOT_B    (PUM_MESH_ROW * 4)
#define PUM_MESH_PAYLOAD_B 64u
#define PUM_MESH_OUT_B     (PUM_MESH_PAYLOAD_B + PUM_MAX_PAYLOAD_B)
#define PUM_TASK_SHARED_B  PUM_MESH_OUT_B
#define PUM_MESH_SHARED_B  (PUM_MESH_OUT_B + PUM_MESH_SLOTS * PUM_MESH_SLOT_B)

/* A plane over the tile: value(px, py) = v + dx * (px - tile_x) + dy * (py - tile_y) at pixel centres (px = x + 0.5).
 * PUM_INTERP_VERTEX: v, dx, dy are the bits of the primitive's three vertices. */
struct pum_plane {
    float v, dx, dy;
    uint32_t flat; /* bits of the provoking vertex, for flat inputs */
};

enum pum_interp { PUM_INTERP_PERSPECTIVE, PUM_INTERP_LINEAR, PUM_INTERP_FLAT, PUM_INTERP_VERTEX };
/* One scalar fragment input. LD_IN slot = index into info.fs_inputs; generated code computes
 * PERSPECTIVE: plane(attribute / w) * (1 / plane(1 / w));  LINEAR: plane(attribute);  FLAT: plane.flat;  VERTEX: by LD_IN_VERTEX */
struct pum_fs_input {
    uint8_t vs_slot; /* where the vertex stage wrote it, or PUM_FS_WEIGHT + 0, 1: 1 at vertex number 1, 2 of the primitive, 0 at the others */
    uint8_t interp;  /* enum pum_interp */
};
#define PUM_FS_WEIGHT PUM_VS_SLOTS
#define PUM_MAX_FS_INPUTS (PUM_MAX_LOCATIONS * 4 + 4)
enum pum_fs_plane { PUM_FS_PLANE_RHW, PUM_FS_PLANE_Z, PUM_FS_PLANE_POINT_S, PUM_FS_PLANE_POINT_T, PUM_FS_PLANE_INPUTS };

struct pum_fs_block {
    uint8_t x, y;   /* in 4-pixel blocks from the tile's corner */
    uint16_t mask;  /* covered pixels, not 0 */
};

struct pum_fs_args;
/* One colour attachment as the fragment function sees it. Colours: float or integer bits, color[component][lane]. */
struct pum_fs_target {
    /* Blends and stores the lanes of `mask` of block (x, y of the tile). Never NULL: unused targets have a routine that does nothing. */
    void (*write)(const struct pum_fs_target *t, uint32_t block_x, uint32_t block_y, uint32_t mask, const uint32_t color[4][PUM_LANES],
                  const uint32_t color1[4][PUM_LANES]); /* color1: second source of dual-source blending or NULL */
    uint8_t *tile;          /* texel (0, 0) of the tile */
    uint32_t row_pitch_B;   /* LINEAR: of texel rows; BLOCK: of block rows */
    uint8_t layout;         /* enum pum_texel_layout */
    uint8_t samples_log2;   /* BLOCK: the samples of a block follow each other */
    uint8_t write_mask;     /* bit per component */
    uint16_t format;        /* enum pum_format */
    const void *blend;      /* raster/'s own blend state for the routine */
};

/* Fragment stage: the blocks of one primitive in one tile. ST_OUT slot = PUM_FS_COLOR + location * 4 + component (8 locations),
 * second source at PUM_FS_COLOR1. */
enum pum_fs_slot {
    PUM_FS_COLOR = 0, /* 32 slots */
    PUM_FS_COLOR1 = 32, /* 4 slots */
    PUM_FS_DEPTH = 36,
    PUM_FS_STENCIL_REF = 37,
    PUM_FS_SAMPLE_MASK = 38,
    PUM_FS_SLOTS = 39
};
/* What the primitive covers of a block's pixels: the shader's SAMPLE_MASK_IN and CENTROID. */
struct pum_fs_coverage {
    _Alignas(64) uint32_t mask_in[PUM_LANES];
    float centroid[2][PUM_LANES];
};
struct pum_fs_args {
    const struct pum_plane *planes;     /* [PUM_FS_PLANE_INPUTS + n_inputs] */
    const struct pum_fs_block *blocks;
    uint32_t block_count;
    int32_t tile_x, tile_y;             /* framebuffer pixel of the tile's corner */
    uint32_t front_facing;              /* 0 or 1 */
    uint32_t primitive_id, layer, viewport_index, view_index;
    /* Where in the pixel inputs and gl_FragCoord are evaluated: in the middle, or at the sample when the shader runs once per sample. */
    float pos[2];
    uint32_t sample_id;                 /* 0 unless the shader runs once per sample */
    const float (*sample_pos)[2];       /* [PUM_MAX_SAMPLES]: places of the samples in the pixel; all are valid, whatever their number */
    const struct pum_fs_target *targets; /* [8] */
    /* Between the shader and the targets: sample mask, alpha to coverage, alpha to one (changes `out`), depth and stencil tests that wait for
     * the shader. NULL: nothing to do. Returns the lanes that are left. Called with the lanes that are covered and not demoted. */
    uint32_t (*late)(const struct pum_fs_args *a, const struct pum_fs_block *b, uint32_t mask, uint32_t out[PUM_FS_SLOTS][PUM_LANES]);
    /* Fills `out` for the lanes of a block; shaders with info.uses_coverage call it. Never NULL. */
    void (*coverage)(const struct pum_fs_args *a, const struct pum_fs_block *b, struct pum_fs_coverage *out);
    void *raster;                       /* raster/'s own data for late and coverage */
    uint64_t *counters;                 /* per worker; [0] += samples passed in `late` (occlusion), may be NULL */
    uint8_t *scratch;                   /* info.scratch_B bytes, per worker */
};

/* Compute stage: `group_count` workgroups, consecutive in x from `group`. */
struct pum_cs_args {
    uint32_t group[3];
    uint32_t group_count;
    uint32_t num_groups[3];
    uint32_t pad;
    uint8_t *shared;  /* info.shared_B bytes, per worker; not cleared */
    uint8_t *scratch; /* info.scratch_B bytes, per worker */
};

/* How a shader is called: args is the stage's struct. `self` lets the interpreter find its program; machine code ignores it. */
struct pum_shader_code;
typedef void (*pum_shader_fn)(const struct pum_shader_code *self, const struct pum_shader_ctx *ctx, void *args);
struct pum_shader_code {
    pum_shader_fn run;
};

/* ---------------- what is known about a shader after translation ---------------- */
struct pum_shader_info {
    uint8_t stage;            /* enum pum_stage */
    /* compute */
    uint32_t local_size[3];
    uint32_t shared_B;
    /* all: bytes of per-worker scratch: private arrays (16 lanes) + values that live across barriers. spirv/ sets
     * private_B (per lane), the code generator or interpreter sets scratch_B */
    uint32_t private_B;       /* per-lane bytes addressed by LD_SCRATCH */
    uint32_t rays;            /* ray queries: struct pum_ray [rays][16] behind the private arrays */
    uint32_t scratch_B;       /* whole block to provide in args.scratch */
    bool has_barrier;
    bool has_loop;            /* an invocation may be much work */
    bool has_side_effects;    /* stores, atomics (other than stage outputs) */
    /* vertex */
    uint32_t in_locations;    /* bit per input location read */
    uint64_t out_slots[3];    /* bit per PUM_VS_* slot written */
    uint8_t clip_distances, cull_distances; /* counts */
    uint8_t xfb_buffers;      /* bit per buffer that is written */
    uint8_t xfb_stream[PUM_MAX_XFB_BUFFERS];
    uint16_t xfb_stride_B[PUM_MAX_XFB_BUFFERS];
    uint32_t n_xfb_outputs;
    struct pum_xfb_output xfb_outputs[PUM_VS_SLOTS];
    /* geometry, tessellation control, beside what the vertex stage has */
    uint64_t in_slots[3];     /* bit per PUM_VS_* slot read */
    uint8_t gs_in_vertices;   /* 1, 2, 3, 4, 6 */
    uint8_t gs_out_vertices;  /* of an output primitive: 1, 2, 3; of mesh shaders, too */
    uint8_t gs_streams;       /* bit per stream that vertices are emitted to */
    uint16_t gs_vertices, gs_invocations;
    /* task, mesh. Bits of PUM_MESH_* slots stand in out_slots, too */
    uint64_t prim_slots[3];   /* those of out_slots that belong to primitives */
    uint16_t mesh_vertices, mesh_primitives; /* at most */
    uint32_t payload_B;       /* that the shader knows of */
    /* tessellation: either stage may say it */
    uint8_t tess_mode, tess_spacing, tess_order; /* enum pum_tess_mode ... */
    bool tess_points;
    uint8_t tess_patches;     /* control: that a workgroup works on, PUM_PATCH_B apart in its memory */
    /* ray tracing */
    uint32_t trace_data_B;      /* of the payload or callable data that comes in, per lane */
    uint8_t trace_reads;        /* pum_tracing_reads */
    /* fragment */
    uint32_t n_fs_inputs;
    struct pum_fs_input fs_inputs[PUM_MAX_FS_INPUTS];
    uint8_t color_mask;       /* bit per colour location written */
    bool color1_written;
    bool writes_depth, writes_stencil, writes_sample_mask, uses_discard, early_tests, uses_frag_coord, uses_point_coord;
    bool uses_sample_shading; /* must run once per sample */
    bool uses_coverage;       /* SAMPLE_MASK_IN or CENTROID */
    bool post_depth_coverage; /* SAMPLE_MASK_IN without the samples that early tests have taken away */
    bool reads_attachments;   /* through input attachments: what its own fragment stores must not be there yet */
    uint8_t depth_mode;       /* 0 any, 1 greater, 2 less, 3 unchanged */
    bool needs_corners;       /* some input is a weight or PUM_INTERP_VERTEX */
    bool needs_quads;         /* derivatives or implicit LOD: helper lanes matter. Compute: four lanes in a row are a quad */
    uint32_t push_B;          /* highest push constant byte read + 1 */
};

/* Lanes from the upper row of a quad to the lower one; 0: there are no quads. */
static inline uint32_t
pum_quad_step(const struct pum_shader_info *info)
{
    return info->stage == PUM_STAGE_FRAGMENT ? 4 : info->needs_quads ? 2 : 0;
}

/* The private memory of a group of lanes: arrays, then rays. */
static inline uint64_t
pum_rays_at_B(const struct pum_shader_info *info)
{
    return ((uint64_t)info->private_B * PUM_LANES + 63) & ~(uint64_t)63;
}
static inline uint64_t
pum_private_area_B(const struct pum_shader_info *info)
{
    return pum_rays_at_B(info) + (uint64_t)info->rays * PUM_LANES * sizeof(struct pum_ray);
}

#endif
