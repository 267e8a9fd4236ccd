/* The shader representation: SSA, scalars only, one invocation, structured control flow.
 *
 * A shader is one function (everything inlined) = a list of nodes. A list is BLOCK (node BLOCK)*: it begins and ends with a
 * block, and blocks and other nodes alternate. Node kinds:
 *   BLOCK  straight-line instructions; may end in the only jump, BREAK.
 *   IF     condition value (BOOL), then-list, else-list.
 *   LOOP   body list; reaching the end of the body starts the next iteration. Left by BREAK only.
 *   SCOPE  body list, run once; left at its end or by BREAK. (SPIR-V: `continue` = BREAK out of a SCOPE inside the LOOP that
 *          holds the body but not the continue construct; return = BREAK out of a SCOPE around the function; switch = SCOPE.)
 * BREAK may leave any enclosing LOOP or SCOPE. Nothing follows BREAK in its list.
 *
 * PHI instructions stand first in a block:
 *   first block of a LOOP body:   two sources: the block before the LOOP, the last block of the body
 *   block after an IF:            the last block of the then-list and of the else-list (only those that do not end in BREAK)
 *   block after a SCOPE:          the last block of its body (if it does not end in BREAK) and every block that BREAKs out of it
 *   block after a LOOP:           every block that BREAKs out of it
 * A block after a node that no path leaves is unreachable and is empty.
 *
 * LCSSA: a value defined inside a LOOP is used outside of it only through a PHI in the block after the LOOP (lanes leave at
 * different times, so the value to be seen is that of the lane's last iteration). The same for SCOPE and IF follows from
 * dominance. The verifier checks all this.
 *
 * Values are numbers (pum_ir_ref) into fn->insts; 0 means none. Ownership: everything lives in the shader's arena.
 * Thread-safety: a shader belongs to one thread at a time; read-only use from several threads is fine.
 */
#ifndef PUM_IR_IR_H
#define PUM_IR_IR_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "abi/shader_abi.h"
#include "ir/ir_ops.h"
#include "util/arena.h"
#include "util/compiler.h"

typedef uint32_t pum_ir_ref;

enum pum_ir_type {
    PUM_IR_VOID,
    PUM_IR_BOOL,
    PUM_IR_I8,
    PUM_IR_I16,
    PUM_IR_I32,
    PUM_IR_I64,
    PUM_IR_F16,
    PUM_IR_F32,
    PUM_IR_F64,
    PUM_IR_TUPLE, /* four 32-bit components: only EXTRACT may read it */
    PUM_IR_TYPE_COUNT,
};

#define PUM_IR_VARIADIC 255
#define PUM_FFMA_EXACT 1 /* imm of FFMA: the product is exact, so that two operations give the same */

enum pum_ir_op {
#define X(name, print, sources, flags) PUM_IR_##name,
    PUM_IR_OPS(X)
#undef X
    PUM_IR_OP_COUNT,
};

enum pum_ir_op_flag {
    PUM_IR_PURE_BIT        = 1u << 0,
    PUM_IR_LOADS_BIT       = 1u << 1,
    PUM_IR_EFFECT_BIT      = 1u << 2,
    PUM_IR_COMMUTATIVE_BIT = 1u << 3,
    PUM_IR_CROSS_LANE_BIT  = 1u << 4,
    PUM_IR_JUMP_BIT        = 1u << 5,
};

struct pum_ir_op_info {
    const char *name;
    uint8_t sources; /* or PUM_IR_VARIADIC */
    uint8_t flags;   /* pum_ir_op_flag */
};
extern const struct pum_ir_op_info pum_ir_op_infos[PUM_IR_OP_COUNT];

/* What the lanes of a subgroup (one 4x4 block, 16 vertices, 16 consecutive local invocations) see; pum_ir_pass_uniformity sets it. */
enum pum_ir_shape {
    PUM_IR_VARYING, /* any */
    PUM_IR_UNIFORM, /* the same value in all active lanes */
    PUM_IR_LINEAR,  /* integer: value(lane) = value(lane 0) + lane * stride, modulo 2^width */
};

enum pum_ir_inst_flag {
    PUM_IR_INST_INVARIANT_BIT = 1u << 0, /* load: the memory does not change during the shader (UBO, push constants) */
    PUM_IR_INST_COHERENT_BIT  = 1u << 1, /* memory access that other invocations must see / volatile */
    PUM_IR_INST_NONUNIFORM_BIT = 1u << 2, /* TEX, IMG_*, *_BUF: descriptor may differ between lanes (decorated so) */
};

#define PUM_IR_INLINE_SRC 3

struct pum_ir_inst {
    uint8_t op;    /* enum pum_ir_op */
    uint8_t type;  /* enum pum_ir_type of the result; VOID for none. Stores: the type of the stored value is that of its source */
    uint8_t flags; /* pum_ir_inst_flag */
    uint8_t shape; /* enum pum_ir_shape */
    uint16_t n_src;
    int16_t stride;                    /* shape LINEAR */
    pum_ir_ref src[PUM_IR_INLINE_SRC]; /* n_src <= 3 and op is not PHI; else src[0] is the first index into fn->extra */
    uint32_t block;                    /* id of the block that holds it; 0 = removed or not placed (CONST may be anywhere) */
    uint64_t imm;
    uint64_t imm2;
    pum_ir_ref prev, next; /* inside the block */
    uint32_t loc;          /* SPIR-V word index it came from, for messages and line tables */
    uint32_t call;         /* number of the call in shader.calls that brought it here, from 1; 0: none, or nobody asked */
};

/* PHI: n_src counts pairs; fn->extra[src[0] + 2*i] = value, [.. + 2*i + 1] = id of the predecessor block. */

enum pum_ir_node_kind { PUM_IR_BLOCK, PUM_IR_IF, PUM_IR_LOOP, PUM_IR_SCOPE };

struct pum_ir_node;
struct pum_ir_list {
    struct pum_ir_node *first, *last;
    struct pum_ir_node *owner; /* the IF, LOOP or SCOPE that holds the list; NULL for the function body */
};

struct pum_ir_node {
    uint8_t kind;          /* enum pum_ir_node_kind */
    bool divergent;        /* IF: condition differs between lanes. LOOP, SCOPE: lanes may leave at different times. By uniformity */
    bool flatten_hint;     /* IF: SPIR-V asked to flatten */
    uint32_t id;           /* > 0, unique in the function; fn->nodes[id] */
    struct pum_ir_list *list;
    struct pum_ir_node *prev, *next;
    pum_ir_ref cond;       /* IF */
    struct pum_ir_list a;  /* IF: then; LOOP, SCOPE: body */
    struct pum_ir_list b;  /* IF: else */
    pum_ir_ref first_inst, last_inst; /* BLOCK */
    uint32_t mark;         /* scratch for passes */
    uint32_t where;        /* LOOP: 1 + number of the text (shader.texts) that says where it stands; 0: nobody knows */
};

struct pum_ir_text { /* a format of abi/shader_abi.h, or a place with its zero */
    const uint8_t *bytes;
    uint32_t size_B, at_B; /* at_B: sum of the sizes before it */
};

struct pum_ir_var { /* before promotion: one scalar of a function-local or private variable */
    uint8_t type;
};

struct pum_ir_call { /* of a function that was inlined */
    uint32_t loc;   /* of the call */
    uint32_t outer; /* the call that the caller was inlined for; 0: none */
};

#define PUM_IR_CONST_CACHE 256

struct pum_ir_shader {
    struct pum_arena arena;
    struct pum_shader_info info;
    struct pum_ir_inst *insts; /* [n_insts], malloc'd; insts[0] unused */
    uint32_t n_insts, cap_insts;
    uint32_t *extra;           /* operand pool, malloc'd */
    uint32_t n_extra, cap_extra;
    struct pum_ir_node **nodes; /* [n_nodes], malloc'd; nodes[0] unused */
    uint32_t n_nodes, cap_nodes;
    struct pum_ir_var *vars;   /* malloc'd; variable numbers start at 0 */
    uint32_t n_vars, cap_vars;
    struct pum_ir_text *texts; /* malloc'd; their bytes are in the arena */
    uint32_t n_texts, cap_texts;
    struct pum_ir_list body;
    pum_ir_ref const_cache[PUM_IR_CONST_CACHE]; /* recent constants */
    bool oom;                  /* sticky: building ran out of memory or of the instruction budget */
    /* for debuggers; the maker's */
    const struct pum_ir_lines *lines; /* NULL: nobody asked */
    const char *const *file_paths;    /* [lines->n_files]: where their text lies on disk */
    const char *name;                 /* NULL: nobody asked */
    struct pum_ir_call *calls;        /* [n_calls], malloc'd; none: nobody asked */
    uint32_t n_calls, cap_calls;
};

/* Creates an empty shader with one empty block in its body. NULL: out of memory. */
struct pum_ir_shader *pum_ir_shader_create(enum pum_stage stage);
void pum_ir_shader_destroy(struct pum_ir_shader *sh); /* NULL is fine */

static inline struct pum_ir_inst *
pum_ir_at(const struct pum_ir_shader *sh, pum_ir_ref r)
{
    return &sh->insts[r];
}

/* Source i of an instruction (not PHI). */
static inline pum_ir_ref
pum_ir_src(const struct pum_ir_shader *sh, const struct pum_ir_inst *in, uint32_t i)
{
    return in->n_src <= PUM_IR_INLINE_SRC ? in->src[i] : sh->extra[in->src[0] + i];
}

static inline pum_ir_ref
pum_ir_phi_value(const struct pum_ir_shader *sh, const struct pum_ir_inst *phi, uint32_t i)
{
    return sh->extra[phi->src[0] + 2 * i];
}

static inline uint32_t
pum_ir_phi_pred(const struct pum_ir_shader *sh, const struct pum_ir_inst *phi, uint32_t i)
{
    return sh->extra[phi->src[0] + 2 * i + 1];
}

uint32_t pum_ir_type_bits(enum pum_ir_type type); /* BOOL 1, TUPLE and VOID 0 */
static inline bool
pum_ir_type_is_float(enum pum_ir_type t)
{
    return t >= PUM_IR_F16 && t <= PUM_IR_F64;
}
static inline bool
pum_ir_type_is_int(enum pum_ir_type t)
{
    return t >= PUM_IR_I8 && t <= PUM_IR_I64;
}

/* ---- builder: appends at the end of a current block; every function returns 0 / NULL and sets sh->oom when out of memory ---- */
struct pum_ir_builder {
    struct pum_ir_shader *sh;
    struct pum_ir_node *block; /* instructions go to its end */
    uint32_t loc, call;        /* copied to new instructions */
};

void pum_ir_builder_init(struct pum_ir_builder *b, struct pum_ir_shader *sh); /* block = the last block of the body */
pum_ir_ref pum_ir_emit(struct pum_ir_builder *b, enum pum_ir_op op, enum pum_ir_type type, uint32_t n_src, const pum_ir_ref *src,
                       uint64_t imm);
static inline pum_ir_ref
pum_ir_emit0(struct pum_ir_builder *b, enum pum_ir_op op, enum pum_ir_type type, uint64_t imm)
{
    return pum_ir_emit(b, op, type, 0, NULL, imm);
}
static inline pum_ir_ref
pum_ir_emit1(struct pum_ir_builder *b, enum pum_ir_op op, enum pum_ir_type type, pum_ir_ref x)
{
    return pum_ir_emit(b, op, type, 1, &x, 0);
}
static inline pum_ir_ref
pum_ir_emit2(struct pum_ir_builder *b, enum pum_ir_op op, enum pum_ir_type type, pum_ir_ref x, pum_ir_ref y)
{
    const pum_ir_ref s[2] = {x, y};
    return pum_ir_emit(b, op, type, 2, s, 0);
}
static inline pum_ir_ref
pum_ir_emit3(struct pum_ir_builder *b, enum pum_ir_op op, enum pum_ir_type type, pum_ir_ref x, pum_ir_ref y, pum_ir_ref z)
{
    const pum_ir_ref s[3] = {x, y, z};
    return pum_ir_emit(b, op, type, 3, s, 0);
}
/* Constants are shared per shader and stand in no block (block == 0); they dominate everything. */
pum_ir_ref pum_ir_const(struct pum_ir_builder *b, enum pum_ir_type type, uint64_t bits);
pum_ir_ref pum_ir_const_f32(struct pum_ir_builder *b, float v);
static inline pum_ir_ref
pum_ir_const_i32(struct pum_ir_builder *b, int32_t v)
{
    return pum_ir_const(b, PUM_IR_I32, (uint32_t)v);
}

uint32_t pum_ir_add_text(struct pum_ir_shader *sh, const uint8_t *bytes, uint32_t size_B); /* number; copies */
/* The number of a call; 0: out of memory. */
uint32_t pum_ir_add_call(struct pum_ir_shader *sh, uint32_t loc, uint32_t outer);
uint32_t pum_ir_add_var(struct pum_ir_shader *sh, enum pum_ir_type type); /* number; UINT32_MAX on oom */

/* Structure. Each push appends a node after b->block and moves b->block into it; pop moves to the new block after the node. */
struct pum_ir_node *pum_ir_push_if(struct pum_ir_builder *b, pum_ir_ref cond); /* then-list is current */
void pum_ir_begin_else(struct pum_ir_builder *b, struct pum_ir_node *if_node);
void pum_ir_pop_if(struct pum_ir_builder *b, struct pum_ir_node *if_node);
struct pum_ir_node *pum_ir_push_loop(struct pum_ir_builder *b);
void pum_ir_pop_loop(struct pum_ir_builder *b, struct pum_ir_node *loop);
struct pum_ir_node *pum_ir_push_scope(struct pum_ir_builder *b);
void pum_ir_pop_scope(struct pum_ir_builder *b, struct pum_ir_node *scope);
/* Ends the current block. The builder must not emit into this list any more (emissions are dropped until a begin_else or pop). */
void pum_ir_break(struct pum_ir_builder *b, const struct pum_ir_node *target);

/* Removes an instruction from its block. */
void pum_ir_remove(struct pum_ir_shader *sh, pum_ir_ref r);
/* Takes an instruction out of its block and appends it to another one, which does not end in BREAK. */
void pum_ir_move_to_end(struct pum_ir_shader *sh, pum_ir_ref r, struct pum_ir_node *block);
/* Inserts a new instruction before / after `at`, or as first non-PHI of a block. For passes. */
pum_ir_ref pum_ir_insert_before(struct pum_ir_shader *sh, pum_ir_ref at, enum pum_ir_op op, enum pum_ir_type type, uint32_t n_src,
                                const pum_ir_ref *src, uint64_t imm);

/* A PHI at the head of a block; pairs: n_src times (value, predecessor block id), or NULL = to be filled. */
pum_ir_ref pum_ir_insert_phi(struct pum_ir_shader *sh, struct pum_ir_node *block, enum pum_ir_type type, uint32_t n_src,
                             const uint32_t *pairs);
bool pum_ir_ends_in_break(const struct pum_ir_shader *sh, const struct pum_ir_node *block);

/* Visits every block in program order, nested ones included: across the whole function, NULL at its end. A list begins with a block. */
struct pum_ir_node *pum_ir_next_block(const struct pum_ir_node *block);
/* Rounds of a loop and the loops inside of it at most, for all lanes together; 0: not known, perhaps endless. */
uint64_t pum_ir_loop_bound(const struct pum_ir_shader *sh, const struct pum_ir_node *loop);

/* One operation on constants: bits in, bits out, by the interpreter's arithmetic. type, src_type: of the result, of operand 0. False: the
 * operation cannot be evaluated (it is none of arithmetic, comparison, SELECT and conversion). */
bool pum_ir_evaluate(enum pum_ir_op op, enum pum_ir_type type, enum pum_ir_type src_type, uint32_t n_src, const uint64_t *src, uint64_t *out);

/* ---- checks and text ---- */
/* Returns true if the shader obeys all rules above; else writes the first broken one into msg. */
bool pum_ir_verify(const struct pum_ir_shader *sh, char *msg, uint32_t msg_B);
void pum_ir_print(const struct pum_ir_shader *sh, FILE *out);

/* ---- passes. Each leaves a valid shader; false = out of memory ---- */
/* LD_VAR/ST_VAR to SSA values with PHIs. Unwritten variables read as zero. */
bool pum_ir_pass_promote(struct pum_ir_shader *sh);
/* Constant folding, algebraic simplification (bit-exact only), branch folding on constants. */
bool pum_ir_pass_fold(struct pum_ir_shader *sh);
/* Value numbering over the dominator tree, of pure operations and of invariant loads. */
bool pum_ir_pass_cse(struct pum_ir_shader *sh);
bool pum_ir_pass_dce(struct pum_ir_shader *sh);
/* Moves pure and invariant-load instructions with loop-invariant operands out of loops. */
bool pum_ir_pass_hoist(struct pum_ir_shader *sh);
/* Turns tiny side-effect-free IFs into SELECTs (SPIR-V hints respected). */
bool pum_ir_pass_flatten(struct pum_ir_shader *sh);
/* Fills inst.shape/stride and node.divergent. Must be the last pass. */
bool pum_ir_pass_uniformity(struct pum_ir_shader *sh);
/* All of the above in the standard order; updates sh->info. */
bool pum_ir_optimize(struct pum_ir_shader *sh);

#endif
