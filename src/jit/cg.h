/* State of one compile: IR to LLVM IR. Only inside libpumice_jit.so.
 *
 * Values: UNIFORM is a scalar, LINEAR the scalar of lane 0 (+ lane * stride), VARYING a vector of 16. Booleans are i1.
 * The execution mask is kept symbolically: exec == NULL means that every lane of the group is active, so that code which never
 * diverges carries no masks.
 */
#ifndef PUM_JIT_CG_H
#define PUM_JIT_CG_H

#include <llvm-c/Core.h>

#include "ir/ir.h"
#include "util/cpu.h"

struct cg_node {
    LLVMBasicBlockRef exit; /* LOOP, SCOPE: where BREAK goes */
    LLVMValueRef acc;       /* memory of the mask of lanes that have left; NULL = nobody leaves divergently */
    bool divergent_out;     /* LOOP, SCOPE: some BREAK inside leaves it (to its end or beyond) while other lanes go on */
    bool escapes;           /* some such BREAK inside leaves it for a place beyond its end: fewer lanes may arrive there */
    bool has_barrier;
};

/* A block of memory that offsets are checked against: an access of 1 << i bytes at `off` fits if off < limit[i], sixteen of them one
 * after the other if off < limit16[i]. */
struct cg_space {
    LLVMValueRef base;       /* pointer */
    LLVMValueRef range_B;    /* i32 */
    LLVMValueRef limit[4], limit16[4];
    bool invariant;
};

/* A uniform buffer of which at least `size_B` bytes can be read without a check. */
struct cg_padded {
    uint64_t desc;       /* imm of DESC */
    uint32_t size_B;
    LLVMValueRef base;
};

struct cg {
    LLVMContextRef ctx;
    LLVMModuleRef mod;
    LLVMBuilderRef b;
    LLVMBuilderRef entry_b; /* allocas */
    LLVMBuilderRef pre_b;   /* between them and the first group: what is done once per call */
    LLVMValueRef fn;
    const struct pum_ir_shader *sh;
    enum pum_isa isa;
    bool failed;
    char msg[160];

    LLVMTypeRef i1, i8, i16, i32, i64, f16, f32, f64, ptr, void_;
    LLVMTypeRef v_i1, v_i32, v_i64, v_f32;
    LLVMValueRef *val;      /* [n_insts] */
    LLVMValueRef (*tuple)[4]; /* [n_insts], for TUPLE results, NULL if the shader has none */
    struct cg_node *node;   /* [n_nodes] */
    struct cg_space **space; /* [n_insts], of uniform DESCs, made at the function's entry */
    uint8_t *used;          /* [n_insts]: something reads the result */
    LLVMValueRef *phi_head; /* [n_insts]: LLVM PHIs at loop heads */
    LLVMValueRef *phi_slot; /* [n_insts]: memory of PHIs after nodes */
    LLVMValueRef exec;      /* vector of i1, or NULL = all lanes */

    LLVMValueRef p_ctx, p_args; /* function arguments */
    LLVMValueRef rt;        /* ctx->rt */
    LLVMValueRef stop;      /* ctx->stop, or zeros */
    LLVMBasicBlockRef stopped; /* says where, returns; NULL until a loop needs it */
    LLVMValueRef stopped_at;   /* PHI of texts there */
    LLVMValueRef zeros;     /* 64 bytes of zero, for loads that must not happen */
    LLVMValueRef iota;      /* <0..15> i32 */
    unsigned md_invariant;
    LLVMValueRef md_empty;

    /* vertex, fragment: per batch or block; compute: per subgroup */
    LLVMValueRef in_base, out_base, out_stride_B;
    LLVMValueRef vertices;  /* geometry: lists of emitted vertices */
    LLVMValueRef live;      /* fragment: memory of <16 x i1>, lanes not demoted */
    LLVMValueRef cover;     /* fragment: vector of i1 */
    LLVMValueRef out_slots; /* fragment: memory [PUM_FS_SLOTS][16] */
    LLVMValueRef rel_x, rel_y, block_x, block_y; /* fragment */
    LLVMValueRef corner_x, corner_y;             /* the same as rel_x, rel_y at the pixels' corners */
    LLVMValueRef lane_pos[2];                    /* place in the block */
    LLVMValueRef fs_coverage;                    /* memory: struct pum_fs_coverage */
    LLVMValueRef plane_base, inv_w;
    LLVMValueRef sysval[PUM_SYSVAL_COUNT][4];    /* values in the form of their shape, made at the head of the group */
    LLVMValueRef scratch;   /* private arrays of this group */
    LLVMValueRef shared;
    LLVMValueRef tex_args, img_args, math_args, print_words, ray_args, trace_args; /* lazily made allocas */
    LLVMValueRef slow[3][4];  /* out-of-line functions for rare accesses, by kind and log2 of the size */
    LLVMValueRef pad_copy;
    struct cg_padded *padded;
    uint32_t n_padded, cap_padded;
    LLVMValueRef lane_mem[3]; /* 128 bytes each, for loops over lanes */
    LLVMValueRef checked_exec; /* this mask was found not empty on the way here */
    uint32_t depth;
    unsigned md_prof;
    LLVMValueRef md_likely;

    /* compute with barriers */
    bool split;
    uint32_t *region;       /* [n_insts] */
    uint32_t region_now;
    uint32_t *block_region; /* [n_nodes]: region at a block's start */
    int32_t *spill_off;     /* [n_insts]: byte offset in the subgroup's spill area, -1 = none */
    LLVMValueRef spill;     /* this subgroup's spill area */
    uint32_t spill_B;
    uint32_t exec_spill;
    LLVMValueRef state_switch, next_state;
    LLVMBasicBlockRef sg_latch;
    uint32_t n_states;
    LLVMValueRef entry_exec;

    struct cg_debug *debug; /* of cg_debug.c; NULL: nobody asked */
};

void cg_fail(struct cg *cg, const char *what);
void cg_init_llvm(void); /* once */

/* ---- types and values ---- */
LLVMTypeRef cg_type(struct cg *cg, enum pum_ir_type type);   /* scalar */
LLVMTypeRef cg_vtype(struct cg *cg, enum pum_ir_type type);  /* 16 lanes */
LLVMValueRef cg_i32(struct cg *cg, uint32_t v);
LLVMValueRef cg_i64(struct cg *cg, uint64_t v);
LLVMValueRef cg_splat(struct cg *cg, LLVMValueRef scalar);
LLVMValueRef cg_raw(struct cg *cg, pum_ir_ref r);    /* in the form of its shape; reloads values that crossed a barrier */
LLVMValueRef cg_vec(struct cg *cg, pum_ir_ref r);    /* as a vector */
void cg_def(struct cg *cg, pum_ir_ref r, LLVMValueRef v);
LLVMValueRef cg_alloca(struct cg *cg, LLVMTypeRef type, unsigned align);
LLVMValueRef cg_offset(struct cg *cg, LLVMValueRef base, uint64_t off_B); /* byte address */
LLVMValueRef cg_index(struct cg *cg, LLVMValueRef base, LLVMValueRef off_B);
LLVMValueRef cg_load(struct cg *cg, LLVMTypeRef type, LLVMValueRef at, unsigned align, bool invariant);
void cg_store(struct cg *cg, LLVMValueRef v, LLVMValueRef at, unsigned align);
LLVMValueRef cg_call(struct cg *cg, const char *intrinsic, LLVMTypeRef overload, LLVMValueRef *args, unsigned n);
LLVMValueRef cg_call2(struct cg *cg, const char *intrinsic, LLVMTypeRef o0, LLVMTypeRef o1, LLVMValueRef *args, unsigned n);
LLVMBasicBlockRef cg_block(struct cg *cg, const char *name);

/* ---- masks ---- */
LLVMValueRef cg_and(struct cg *cg, LLVMValueRef a, LLVMValueRef b);  /* NULL = all ones */
LLVMValueRef cg_mask(struct cg *cg, LLVMValueRef m);                 /* never NULL */
LLVMValueRef cg_mask16(struct cg *cg, LLVMValueRef m);               /* i16 */
LLVMValueRef cg_any(struct cg *cg, LLVMValueRef m);                  /* i1 */
LLVMValueRef cg_effect_mask(struct cg *cg);                          /* lanes that may write memory; NULL = all */
/* Lanes that may follow an address: in the fragment stage only those of quads that hold a covered pixel, as the others are no invocations,
 * not even helpers, and nothing that they compute need make sense. NULL = all. */
LLVMValueRef cg_global_load_mask(struct cg *cg);
/* Form of a value in memory: vectors of i1 have none that is good on every level. spill: outside of the stack. */
LLVMTypeRef cg_mem_type(struct cg *cg, LLVMTypeRef t);
LLVMValueRef cg_mem_load(struct cg *cg, LLVMTypeRef t, LLVMValueRef at);
void cg_mem_store(struct cg *cg, LLVMValueRef v, LLVMValueRef at);
LLVMValueRef cg_mask_to_mem(struct cg *cg, LLVMValueRef m);          /* as cg_mem_type has it */
LLVMValueRef cg_mask_from_mem(struct cg *cg, LLVMValueRef v);
LLVMValueRef cg_mask_from_bits(struct cg *cg, LLVMValueRef bits32);

/* ---- lowering by family; false: not of this family ---- */
bool cg_alu(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in);
bool cg_mem(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in);
bool cg_tex(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in);
bool cg_trace(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in);
void cg_trace_stage(struct cg *cg);                                   /* the frame of all ray tracing stages */
LLVMValueRef cg_trace_space(struct cg *cg, uint64_t space, uint32_t *size_B); /* enum pum_tracing_space: words of all lanes, bytes of one */
LLVMValueRef cg_trace_input(struct cg *cg, uint64_t slot);            /* address of the sixteen words of LD_IN */
LLVMValueRef cg_subgroup(struct cg *cg, const struct pum_ir_inst *in);
void cg_print(struct cg *cg, const struct pum_ir_inst *in);
LLVMValueRef cg_text(struct cg *cg, uint32_t index);                 /* pointer to one of the shader's texts */
void cg_stopped(struct cg *cg);                                      /* what cg->stopped does */
/* s == NULL: raw addresses. first_src: the offset's operand. */
void cg_atomic(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in, const struct cg_space *s, uint32_t first_src);
void cg_atomic_buffer(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in, const struct cg_space *s);
void cg_load_global(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in);
void cg_store_global(struct cg *cg, const struct pum_ir_inst *in);
uint32_t cg_bytes_of(enum pum_ir_type t); /* in memory */
/* One value to one address, if `ok`. */
void cg_store_one(struct cg *cg, LLVMValueRef ok, LLVMValueRef at, LLVMValueRef v, uint32_t size_B);
/* Lane after lane, in rising order: the last one wins. base NULL: off are addresses. */
void cg_store_lanes(struct cg *cg, LLVMValueRef base, LLVMValueRef off, LLVMValueRef v, LLVMValueRef mask16, uint32_t size_B);
void cg_def_tuple(struct cg *cg, pum_ir_ref r);                      /* after cg->tuple[r] was filled */
LLVMValueRef cg_output(struct cg *cg, uint64_t slot);                /* address of the group's 16 values */
LLVMValueRef cg_sysval(struct cg *cg, const struct pum_ir_inst *in);
void cg_input_at(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in);   /* LD_IN_AT */
void cg_input_vertex(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in); /* LD_IN_VERTEX */
void cg_sample_pos(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in); /* SAMPLE_POS */
LLVMValueRef cg_descriptor(struct cg *cg, const struct pum_ir_inst *in);
bool cg_remakes(const struct pum_ir_inst *in);                       /* cheaper to make again than to carry across a barrier */
void cg_branch_likely(struct cg *cg, LLVMValueRef c, LLVMBasicBlockRef likely, LLVMBasicBlockRef other);
/* Loop over the set bits of a mask; body sees the lane number. */
struct cg_lanes {
    LLVMBasicBlockRef head, body, done;
    LLVMValueRef mask_phi, lane;
};
void cg_lanes_begin(struct cg *cg, struct cg_lanes *l, LLVMValueRef mask16);
void cg_lanes_end(struct cg *cg, struct cg_lanes *l, LLVMValueRef next_mask16); /* NULL: clears the lowest bit */

/* Decides what goes through memory; then emits the shader's own code at the builder's place. */
void cg_plan(struct cg *cg);
void cg_body(struct cg *cg);

/* cg_debug.c; nothing happens to shaders without a name. begin: after cg->fn was made. at: what is built next belongs to the instruction. */
void cg_debug_begin(struct cg *cg);
void cg_debug_at(struct cg *cg, const struct pum_ir_inst *in);
void cg_debug_end(struct cg *cg);

/* Builds the whole function. */
void cg_function_attributes(struct cg *cg, LLVMValueRef fn);
bool cg_function(struct cg *cg, uint32_t *scratch_B);

#endif
