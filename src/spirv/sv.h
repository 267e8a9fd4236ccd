/* Shared inside spirv/: the translation state. */
#ifndef PUM_SPIRV_SV_H
#define PUM_SPIRV_SV_H

#include <spirv/unified1/GLSL.std.450.h>
#include <spirv/unified1/spirv.h>

#include "spirv/spirv.h"

enum sv_type_kind {
    SV_VOID, SV_BOOL, SV_INT, SV_FLOAT, SV_VECTOR, SV_MATRIX, SV_ARRAY, SV_RUNTIME_ARRAY, SV_STRUCT, SV_POINTER, SV_FUNCTION, SV_IMAGE,
    SV_SAMPLER, SV_SAMPLED_IMAGE, SV_ACCEL, SV_RAY_QUERY,
};

struct sv_capture { /* decorations of transform feedback; the offset of a member is its offset_B */
    bool has_buffer, has_stride, has_stream, has_offset;
    uint32_t buffer, stride_B, stream, offset_B;
};

struct sv_member {
    uint32_t type;
    uint32_t offset_B, matrix_stride_B;
    uint32_t natural_B, word; /* where it stands in workgroup memory, in private arrays */
    bool has_offset, row_major;
    int32_t builtin; /* -1 = none */
    int32_t location, component;
    bool flat, noperspective, centroid, sample, patch, per_vertex, per_primitive;
    struct sv_capture xfb;
};

#define SV_MAX_VECTOR 1024 /* components; without LongVectorEXT four */

enum sv_encoding { SV_IEEE, SV_BFLOAT16, SV_E4M3, SV_E5M2 }; /* others than IEEE 754 are integers to the IR: see encoding.c */

struct sv_type {
    uint8_t kind; /* enum sv_type_kind */
    uint8_t bits;
    bool is_signed;
    uint8_t encoding;   /* enum sv_encoding, of floats */
    bool encoded;       /* holds floats of another encoding */
    bool untyped;       /* pointer to whatever it is taken for: elem is 0 */
    bool cooperative;   /* an array of the elements that one invocation has */
    uint8_t coop_use, coop_rows, coop_columns;
    uint32_t elem;      /* element, column, pointee, sampled type, image of a sampled image */
    uint32_t count;     /* components, columns, array length, members */
    uint32_t scalars;   /* total number of scalars; of a pointer: of its value, 0 if it has none */
    uint32_t words;     /* of 32 bits in private arrays: one for each scalar, two for 64 bits */
    uint32_t natural_B, align_B; /* in workgroup memory: scalars one after the other, each aligned to its size; BOOL has 4 bytes */
    uint32_t stride_B;  /* ArrayStride; also of pointers */
    uint32_t storage;   /* pointer */
    struct sv_member *members;
    uint8_t dim;        /* image: SpvDim */
    bool arrayed, multisampled, block, buffer_block;
    uint8_t sampled;    /* 1 sampled, 2 storage */
    uint32_t *params;   /* function: parameter types */
    uint8_t depth;      /* levels of aggregates */
};

enum sv_ptr_kind {
    SV_PTR_VARS, SV_PTR_SCRATCH, SV_PTR_BUFFER, SV_PTR_SHARED, SV_PTR_PUSH, SV_PTR_INPUT, SV_PTR_RESOURCE, SV_PTR_TEXEL,
    SV_PTR_GLOBAL, /* PhysicalStorageBuffer */
    SV_PTR_RAY,    /* ray queries: off and off_B are numbers of them */
};

struct sv_ptr {
    uint8_t kind;          /* enum sv_ptr_kind */
    uint32_t type;         /* pointee */
    uint32_t var;          /* id of the OpVariable; 0 if the pointer came as a value */
    uint32_t scalar;       /* VARS, INPUT: first scalar inside the variable */
    pum_ir_ref desc;       /* BUFFER: descriptor; GLOBAL: address without the constant part (I64) */
    pum_ir_ref off;        /* dynamic byte offset (I32) or 0 */
    uint32_t off_B;        /* constant part */
    bool row_major;
    uint32_t matrix_stride_B; /* of the innermost decorated matrix */
    bool one_column;       /* pointee is a vector inside a row-major matrix */
    bool readonly;         /* uniform buffer, payload in a mesh shader, shader record */
    uint8_t trace_space;   /* SCRATCH: enum pum_tracing_space */
    bool natural;          /* SHARED: decorations say nothing about the layout */
    /* SHARED, of tessellation and mesh interfaces: laid out by slots */
    bool slots, per_vertex, builtin_array; /* the next index is that of a vertex (or primitive); elements are single words */
    uint32_t slot_B, vertex_B; /* from one to the next */
    uint32_t base_slot;    /* that the struct at hand begins at */
    uint32_t touched;      /* mesh outputs: scalars of a vertex that may be meant, from `scalar` on */
    bool loose;            /* an index on the way here is known at run time only */
    pum_ir_ref index;      /* RESOURCE: array index or 0 */
    pum_ir_ref coord[3], sample; /* TEXEL */
    pum_ir_ref image;
};

enum sv_set { SV_SET_IGNORED, SV_SET_GLSL, SV_SET_PRINT }; /* n of SV_EXT */
enum sv_id_kind { SV_NONE, SV_TYPE, SV_CONST, SV_VALUE, SV_PTR_VALUE, SV_VAR, SV_FUNC, SV_LABEL, SV_EXT, SV_STRING, SV_PARAM, SV_GROUP };

struct sv_id {
    uint8_t kind; /* enum sv_id_kind */
    uint32_t type;
    uint32_t n;             /* scalars */
    uint64_t *k;            /* constants: bits of each scalar */
    pum_ir_ref *c;          /* values: scalars */
    struct sv_ptr *ptr;
    struct sv_type *t;
    uint32_t word;          /* defining instruction */
    /* decorations */
    uint32_t set, binding, location, component, spec_id, builtin, index;
    bool has_set, has_binding, has_location, has_spec, has_builtin;
    bool patch, per_primitive;
    bool saturates;         /* SaturatedToLargestFloat8NormalConversionEXT */
    bool aliased;
    bool flat, noperspective, centroid, sample, per_vertex, nonuniform, is_block, buffer_block, nonwritable, round_to_zero;
    uint32_t array_stride_B;
    struct sv_capture xfb;
    struct sv_member *member_deco; /* before the struct is declared */
    uint32_t n_member_deco;
    /* variables */
    uint32_t storage;
    uint32_t data_type;     /* of untyped ones, perhaps */
    uint32_t first_var;     /* IR variable of scalar 0 */
    bool dynamic;           /* indexed at run time: lives in scratch */
    bool live;              /* storage has been made */
    bool *stored;           /* outputs: per scalar */
    uint32_t scratch_B, shared_B;
    uint32_t first_ray;     /* ray queries */
    bool has_rays;
    /* labels */
    uint32_t block;
    /* phis */
    uint32_t *phi_vars;
};

struct sv_block {
    uint32_t label, first, end; /* word indices: after OpLabel, after the terminator */
    uint32_t term;              /* word of the terminator */
    uint32_t merge, cont;       /* labels, 0 = none */
    bool loop;
    uint32_t order;
};

struct sv_func {
    uint32_t id, word, type, result;
    uint32_t *params, n_params;
    struct sv_block *blocks;
    uint32_t n_blocks;
    bool active; /* on the inlining stack: recursion */
};

enum sv_construct_kind { SV_C_SELECTION, SV_C_LOOP_MERGE, SV_C_CONTINUE, SV_C_HEADER, SV_C_SWITCH, SV_C_CASE };

struct sv_construct {
    uint8_t kind;
    uint32_t label;
    struct pum_ir_node *node; /* to BREAK out of; NULL = ends the current list */
    uint32_t fall_var;        /* SV_C_CASE */
};

struct sv_move {
    uint32_t var;
    pum_ir_ref v;
};

struct sv {
    const uint32_t *w;
    uint32_t n;
    const struct pum_spirv_options *opt;
    struct pum_arena arena;
    struct sv_id *ids;
    uint32_t bound;
    struct pum_ir_builder b;
    struct pum_ir_shader *sh;
    enum pum_spirv_result result;
    struct pum_spirv_error *err;
    uint32_t at; /* word of the current instruction */
    struct sv_func *funcs;
    uint32_t n_funcs, cap_funcs;
    uint32_t entry_func;
    uint32_t *interface;
    uint32_t n_interface;
    uint32_t version;
    uint32_t glsl; /* id of GLSL.std.450 */
    bool dynamic_params; /* some function indexes a pointer parameter at run time */
    struct sv_construct *stack;
    uint32_t depth, cap_stack;
    uint32_t base_depth;         /* of the function being inlined */
    struct pum_ir_node *entry_scope, *func_scope;
    uint32_t ret_var;            /* first IR variable of the return value */
    uint32_t calls;
    bool shared_explicit;        /* workgroup variables are Blocks, laid out by their decorations; Aliased ones lie over each other */
    bool quads_in_rows;          /* DerivativeGroupQuadsKHR: see quad.c */
    bool long_vectors;           /* LongVectorEXT */
    bool interlocked;            /* an execution mode of fragment shader interlock is there */
    bool has_max_vertices;
    uint32_t shared_base_B;      /* where workgroup variables begin */
    bool subgroups;              /* the module may ask who is in a subgroup */
    bool one_patch;              /* tessellation control: a workgroup is a patch */
    uint32_t gs_count, gs_start[PUM_MAX_STREAMS]; /* IR variables: vertices emitted; the next vertex begins a strip */
    bool xfb;                    /* the entry point's outputs are captured */
    bool physical;               /* PhysicalStorageBuffer64 addressing */
    bool ray_queries;            /* there is such a type */
    bool exact_floats;           /* FloatControls2: zeros keep their signs, NaNs are known, unless said otherwise */
    struct sv_func *func;
    uint32_t cur_label;
    uint32_t line_word;          /* OpLine that holds now; 0: none */
    struct pum_ir_node *fresh_loop; /* the last LOOP, until a line of it is known */
    bool dead;                   /* no path leads to the end of the current list */
    uint32_t group_steps;        /* work spent on decoration groups, against hostile modules */
    uint32_t nest, emitted;      /* recursion depth and number of blocks emitted, against hostile control flow */
    struct sv_move *moves;       /* scratch, malloc'd */
    uint32_t cap_moves;
    uint32_t *spills;            /* [n_spills], malloc'd: variable + 1 of a value that is used where its list does not reach */
    uint32_t n_spills;
    uint32_t scratch_B;
    int16_t fs_input_of[PUM_MAX_FS_INPUTS];
    uint32_t local_size_ids[3];
};

/* Records the first error; everything after it is a no-op. */
void sv_fail(struct sv *s, enum pum_spirv_result r, const char *fmt, ...) PUM_PRINTF(3, 4);
bool sv_ok(const struct sv *s);
const char *sv_op_name(uint32_t op);

/* Operand k of the instruction at word i (k = 0 is the word after the opcode); 0 if it has fewer. */
uint32_t sv_arg(const struct sv *s, uint32_t i, uint32_t k);
uint32_t sv_len(const struct sv *s, uint32_t i); /* number of operands */
struct sv_id *sv_id(struct sv *s, uint32_t id);  /* never NULL; a dummy after an error */
struct sv_type *sv_type(struct sv *s, uint32_t id);
struct sv_type *sv_type_of(struct sv *s, uint32_t value_id);
void *sv_alloc(struct sv *s, size_t count, size_t size_B);

/* Scalars of a value or constant; n must match or the module is invalid. */
const pum_ir_ref *sv_value(struct sv *s, uint32_t id, uint32_t *n);
struct sv_ptr *sv_reach_pointer(struct sv *s, struct sv_ptr *p);
pum_ir_ref sv_scalar(struct sv *s, uint32_t id);
struct sv_ptr *sv_pointer(struct sv *s, uint32_t id);
/* Defines result id with room for the type's scalars. */
pum_ir_ref *sv_define(struct sv *s, uint32_t id, uint32_t type);
enum pum_ir_type sv_ir_type(struct sv *s, const struct sv_type *t); /* of a scalar type */
/* Type of scalar number k inside a type. */
const struct sv_type *sv_scalar_type(struct sv *s, uint32_t type, uint32_t k);
/* False, with an error, if a scalar has another type than the SPIR-V type says. */
bool sv_typed(struct sv *s, uint32_t type, const pum_ir_ref *v, uint32_t n);
bool sv_const_u32(struct sv *s, uint32_t id, uint32_t *out);
/* Bits that a literal of the instruction at i, operand k, gives a constant of the scalar type. */
uint64_t sv_literal(struct sv *s, const struct sv_type *t, uint32_t i, uint32_t k);
/* The integer as another integer type: low bits, or extended. */
pum_ir_ref sv_int_to(struct sv *s, pum_ir_ref r, enum pum_ir_type t, bool is_signed);
/* Bits of an integer or float as the integer of that width, and back. */
pum_ir_ref sv_to_bits(struct sv *s, pum_ir_ref r);
pum_ir_ref sv_from_bits(struct sv *s, pum_ir_ref r, enum pum_ir_type t);
pum_ir_ref sv_join64(struct sv *s, pum_ir_ref lo, pum_ir_ref hi, enum pum_ir_type t); /* of two I32 */
void sv_split64(struct sv *s, pum_ir_ref r, pum_ir_ref out[2]);
pum_ir_ref sv_float(struct sv *s, enum pum_ir_type t, double v);
pum_ir_ref sv_int(struct sv *s, enum pum_ir_type t, int64_t v);
uint32_t sv_first_scalar(struct sv *s, const struct sv_type *t, uint32_t index, uint32_t *elem_type);

/* Integer helpers that fold constants, so that addresses stay simple. */
pum_ir_ref sv_iadd(struct sv *s, pum_ir_ref a, pum_ir_ref b);
pum_ir_ref sv_imul(struct sv *s, pum_ir_ref a, uint32_t k);
pum_ir_ref sv_u32(struct sv *s, uint32_t v);
pum_ir_ref sv_f32(struct sv *s, float v);
#define SV_E1(op, t, a) pum_ir_emit1(&s->b, PUM_IR_##op, t, a)
#define SV_E2(op, t, a, c) pum_ir_emit2(&s->b, PUM_IR_##op, t, a, c)
#define SV_E3(op, t, a, c, d) pum_ir_emit3(&s->b, PUM_IR_##op, t, a, c, d)

/* parse.c */
bool sv_parse(struct sv *s);
struct sv_id *sv_new_result(struct sv *s, uint32_t id, enum sv_id_kind kind);
/* constant.c */
void sv_parse_const(struct sv *s, uint32_t i, uint32_t op);
/* type.c */
void sv_parse_type(struct sv *s, uint32_t i, uint32_t op);
/* Of all constituents of a composite type; an error, and 0, if it has none or they differ. */
uint32_t sv_part_type(struct sv *s, uint32_t type);
uint32_t sv_explicit_B(struct sv *s, uint32_t type, const struct sv_member *deco); /* size as decorated */
/* cfg.c */
void sv_translate_entry(struct sv *s);
void sv_leave_if(struct sv *s, pum_ir_ref cond); /* the entry point */
/* ops.c: false = not an operation of this file */
bool sv_alu(struct sv *s, uint32_t i, uint32_t op);
struct sv_simple { /* an instruction that is one IR operation on each component */
    uint16_t spv;
    uint8_t ir;
    uint8_t flags;
};
enum { SV_SWAP = 1, SV_NEGATE = 2, SV_SHIFT = 4 }; /* operands change places; the result is inverted; operand 1 may have another width */
const struct sv_simple *sv_find_simple(uint32_t op);
bool sv_simple_fits(const struct sv_simple *e, enum pum_ir_type result, enum pum_ir_type operand);
/* convert.c: false = not an operation of this file. out: [n] scalars of the result */
bool sv_convert(struct sv *s, uint32_t i, uint32_t op, uint32_t type, pum_ir_ref *out, uint32_t n);
/* encoding.c: floats that the IR has no type for, as F32: exact; and back, from any float. */
pum_ir_ref sv_decode_float(struct sv *s, pum_ir_ref x, const struct sv_type *t);
pum_ir_ref sv_encode_float(struct sv *s, pum_ir_ref x, const struct sv_type *t, bool to_zero, bool saturate);
/* The same of constants, as doubles; to the nearest. */
double sv_decode_constant(uint64_t bits, const struct sv_type *t);
uint64_t sv_encode_constant(double x, const struct sv_type *t);
/* subgroup.c */
bool sv_subgroup(struct sv *s, uint32_t i, uint32_t op);
void sv_call(struct sv *s, uint32_t i);
/* pointer.c */
uint32_t sv_pointee(struct sv *s, const struct sv_id *var); /* type of what a variable holds */
/* An untyped pointer is taken for one to a type; the pointer with an id, to a type if it has none of its own. */
void sv_retype(struct sv *s, struct sv_ptr *p, uint32_t type);
struct sv_ptr sv_pointer_to(struct sv *s, uint32_t id, uint32_t type);
struct sv_ptr sv_moved_pointer(struct sv *s, const struct sv_ptr *p, pum_ir_ref by_B); /* by_B: I32 */
bool sv_pointer_op(struct sv *s, uint32_t i, uint32_t op);
pum_ir_ref *sv_pointer_value(struct sv *s, uint32_t id); /* scalars of a pointer that is no value yet */
void sv_buffer_desc(struct sv *s, struct sv_ptr *p);
/* Address operands of a memory operation, constant part included; returns their number. */
uint32_t sv_address(struct sv *s, const struct sv_ptr *p, uint32_t rel_B, pum_ir_ref src[2]);
/* atomic.c */
bool sv_atomic(struct sv *s, uint32_t i, uint32_t op);
/* mem.c */
/* Where one scalar of an interface variable belongs. */
struct sv_place {
    int32_t builtin; /* -1 = a location */
    uint32_t location, component;
    uint32_t index; /* scalar inside the built-in */
    uint32_t vertex; /* inputs of geometry shaders, and those that are per_vertex; outputs of mesh shaders: or primitive */
    uint32_t stream; /* outputs of geometry shaders */
    bool flat, noperspective, centroid, sample, per_vertex, per_primitive;
};
struct sv_place sv_interface_place(struct sv *s, const struct sv_id *var, uint32_t k);
/* Slot of a vertex output, UINT32_MAX: it goes nowhere. */
uint32_t sv_vertex_slot(struct sv *s, const struct sv_place *p);
/* Scalar k of an input variable; at: interpolated there (x, y from the pixel's corner), or NULL. */
pum_ir_ref sv_load_input(struct sv *s, uint32_t var, uint32_t k, const pum_ir_ref *at);
#define SV_MAX_PRIVATE_B (64u << 10) /* per invocation */
void sv_make_variable(struct sv *s, uint32_t id);
void sv_take_scratch(struct sv *s, struct sv_id *var, uint32_t words); /* among the private arrays */
struct sv_ptr sv_variable_pointer(struct sv *s, uint32_t id);
bool sv_memory(struct sv *s, uint32_t i, uint32_t op);
void sv_store_outputs(struct sv *s);
/* The scalars of an output that has storage, and its type. NULL: it is none, or memory ran out (then the module has failed). */
const pum_ir_ref *sv_load_output(struct sv *s, uint32_t id, uint32_t *type, uint32_t *n);
void sv_init_globals(struct sv *s);
void sv_load(struct sv *s, const struct sv_ptr *p, uint32_t type, pum_ir_ref *out);
/* Interpolates a fragment input elsewhere: x, y from the pixel's corner. */
void sv_load_at(struct sv *s, const struct sv_ptr *p, uint32_t type, pum_ir_ref x, pum_ir_ref y, pum_ir_ref *out);
pum_ir_ref sv_centroid(struct sv *s, uint32_t axis);
void sv_store(struct sv *s, const struct sv_ptr *p, uint32_t type, const pum_ir_ref *v);
const struct pum_spirv_binding *sv_binding(struct sv *s, const struct sv_ptr *p); /* of a variable; NULL, with an error: there is none */
pum_ir_ref sv_resource(struct sv *s, const struct sv_ptr *p);
/* capture.c: what transform feedback captures of the entry point's outputs. */
void sv_collect_xfb(struct sv *s);
uint32_t sv_locations_of(struct sv *s, uint32_t type);
/* slots.c: interfaces that live in workgroup memory, by slots: those of tessellation, outputs of mesh shaders. */
bool sv_by_slots(struct sv *s, const struct sv_id *var);
struct sv_ptr sv_slots_pointer(struct sv *s, uint32_t id);
uint32_t sv_slots_builtin(struct sv *s, uint32_t builtin);
/* A pointer to the variable, whose slot 0 (of vertex 0) stands at base_B. */
void sv_slots_begin(struct sv *s, struct sv_ptr *p, const struct sv_id *var, uint32_t elem, uint32_t base_B);
/* Bytes from one element to the next; offset of a member. They follow what is known about the pointer. */
uint32_t sv_slots_element_B(struct sv *s, struct sv_ptr *p, const struct sv_type *t);
uint32_t sv_slots_member_B(struct sv *s, struct sv_ptr *p, const struct sv_type *t, uint32_t m);
/* Before a step to an element that begins at scalar `first` if the index is known, of type elem. */
void sv_slots_step(struct sv *s, struct sv_ptr *p, bool known, uint32_t first, uint32_t elem);
void sv_slots_access(struct sv *s, const struct sv_ptr *p, uint32_t type, pum_ir_ref *out, const pum_ir_ref *in); /* out: load; in: store */
pum_ir_ref sv_word(struct sv *s, uint32_t at_B); /* I32 of workgroup memory */
/* mesh_shader.c */
struct sv_ptr sv_mesh_pointer(struct sv *s, uint32_t id);
void sv_mesh_note_store(struct sv *s, const struct sv_ptr *p);
void sv_mesh_mode(struct sv *s, uint32_t mode, uint32_t n);
void sv_begin_mesh(struct sv *s);
void sv_mesh_op(struct sv *s, uint32_t i, uint32_t op);
/* A stage with workgroups of its own. */
static inline bool
sv_has_workgroups(const struct sv *s)
{
    return s->opt->stage == PUM_STAGE_COMPUTE || s->opt->stage == PUM_STAGE_TASK || s->opt->stage == PUM_STAGE_MESH;
}
/* tessellation.c */
struct sv_ptr sv_patch_pointer(struct sv *s, uint32_t id);
pum_ir_ref sv_patch_input(struct sv *s, int32_t builtin); /* I32; 0: not one of the patch */
void sv_begin_tessellation(struct sv *s);
void sv_tessellation_mode(struct sv *s, uint32_t mode, uint32_t n);
/* geometry.c */
void sv_begin_geometry(struct sv *s);
void sv_geometry_op(struct sv *s, uint32_t i, uint32_t op);
void sv_end_geometry(struct sv *s);
/* cooperative.c */
void sv_cooperative_type(struct sv *s, uint32_t i, struct sv_type *t);
uint32_t sv_cooperative_length(struct sv *s, uint32_t type); /* elements of one invocation */
bool sv_cooperative(struct sv *s, uint32_t i, uint32_t op);
/* partition.c. word: bits of the invocations of the own part; kind: SpvGroupOperation. */
pum_ir_ref sv_partition(struct sv *s, const pum_ir_ref *v, uint32_t n);
pum_ir_ref sv_reduce_partition(struct sv *s, enum pum_reduce op, pum_ir_ref x, pum_ir_ref word, uint32_t kind);
/* quad.c: groups of four invocations. */
void sv_quad_mode(struct sv *s, uint32_t mode);
void sv_check_quads(struct sv *s); /* once the size of workgroups is known */
void sv_need_quads(struct sv *s); /* an error in stages without them */
pum_ir_ref sv_local_index(struct sv *s); /* LocalInvocationIndex */
pum_ir_ref sv_local_id(struct sv *s, uint32_t axis);
pum_ir_ref sv_quad_vote(struct sv *s, pum_ir_ref predicate, bool all);
/* ray.c */
uint32_t sv_rays_of(struct sv *s, uint32_t type); /* ray queries in it: it is one, or an array of them; else 0 */
void sv_make_rays(struct sv *s, struct sv_id *var, uint32_t n);
void sv_step_ray(struct sv *s, struct sv_ptr *p, uint32_t index_id); /* index into an array of them */
pum_ir_ref sv_load_ray(struct sv *s, const struct sv_ptr *p); /* a copy */
void sv_store_ray(struct sv *s, const struct sv_ptr *p, pum_ir_ref from);
void sv_begin_rays(struct sv *s);
bool sv_ray(struct sv *s, uint32_t i, uint32_t op);
/* tracing.c */
uint32_t sv_trace_model(enum pum_stage stage); /* SpvExecutionModel of a ray tracing stage */
bool sv_is_trace_variable(const struct sv_id *var);
void sv_make_trace_variable(struct sv *s, struct sv_id *var);
struct sv_ptr sv_trace_pointer(struct sv *s, uint32_t id);
pum_ir_ref sv_trace_builtin(struct sv *s, const struct sv_place *p); /* 0: none of ray tracing */
bool sv_trace_op(struct sv *s, uint32_t i, uint32_t op);
void sv_trace_end(struct sv *s, uint32_t op); /* a terminator: the entry point is left after it */
/* image.c */
bool sv_image(struct sv *s, uint32_t i, uint32_t op);
/* glsl.c */
void sv_glsl(struct sv *s, uint32_t i);
/* print.c: number of a text that says where the current instruction is: stage, entry point, line (OpLine) or word. */
uint32_t sv_place_text(struct sv *s);
/* An instruction of NonSemantic.DebugPrintf. */
void sv_print(struct sv *s, uint32_t i);
pum_ir_ref sv_dot(struct sv *s, const pum_ir_ref *a, const pum_ir_ref *b, uint32_t n, enum pum_ir_type t);

#endif
