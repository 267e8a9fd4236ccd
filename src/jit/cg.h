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
    bool divergent_out;     /* some BREAK inside leaves this node (to it or beyond) while other lanes go on */
    bool has_barrier;
};

struct cg {
    LLVMContextRef ctx;
    LLVMModuleRef mod;
    LLVMBuilderRef b;
    LLVMBuilderRef entry_b; /* allocas */
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
    LLVMValueRef *phi_head; /* [n_insts]: LLVM PHIs at loop heads */
    LLVMValueRef *phi_slot; /* [n_insts]: memory of PHIs after nodes */
    LLVMValueRef exec;      /* vector of i1, or NULL = all lanes */
    bool dead;              /* the current point cannot be reached */

    LLVMValueRef p_ctx, p_args; /* function arguments */
    LLVMValueRef rt;        /* ctx->rt */
    LLVMValueRef zeros;     /* 64 bytes of zero, for loads that must not happen */
    LLVMValueRef iota;      /* <0..15> i32 */
    unsigned md_invariant;
    LLVMValueRef md_empty;

    /* vertex, fragment: per batch or block; compute: per subgroup */
    LLVMValueRef in_base, out_base, out_stride_B;
    LLVMValueRef live;      /* fragment: memory of <16 x i1>, lanes not demoted */
    LLVMValueRef cover;     /* fragment: vector of i1 */
    LLVMValueRef out_slots; /* fragment: memory [PUM_FS_SLOTS][16] */
    LLVMValueRef rel_x, rel_y, block_x, block_y; /* fragment */
    LLVMValueRef plane_base, inv_w;
    LLVMValueRef sysval[PUM_SYSVAL_COUNT][4];    /* values in the form of their shape, made at the head of the group */
    LLVMValueRef scratch;   /* private arrays of this group */
    LLVMValueRef shared;
    LLVMValueRef tex_args, img_args, math_args;  /* lazily made allocas */

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
};

void cg_fail(struct cg *cg, const char *what);

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

/* ---- lowering by family; false: not of this family ---- */
bool cg_alu(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in);
bool cg_mem(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in);
bool cg_tex(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in);
/* Loop over the set bits of a mask; body sees the lane number. */
struct cg_lanes {
    LLVMBasicBlockRef head, body, done;
    LLVMValueRef mask_phi, lane;
};
void cg_lanes_begin(struct cg *cg, struct cg_lanes *l, LLVMValueRef mask16);
void cg_lanes_end(struct cg *cg, struct cg_lanes *l, LLVMValueRef next_mask16); /* NULL: clears the lowest bit */

/* Builds the whole function. */
bool cg_function(struct cg *cg, uint32_t *scratch_B);

#endif
