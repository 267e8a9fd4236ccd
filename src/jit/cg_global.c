/* Memory at raw addresses (physical storage buffers): nothing is checked; lanes side by side are a vector access. */
#include "jit/cg.h"

/* The address of lane 0 if those of the lanes count up by *stride, provided that *no_wrap (i1, or NULL = always) holds; else NULL. */
static LLVMValueRef
linear_pointer(struct cg *cg, pum_ir_ref r, int64_t *stride, LLVMValueRef *no_wrap, int depth)
{
    LLVMBuilderRef b = cg->b;
    const struct pum_ir_inst *in = pum_ir_at(cg->sh, r);
    *stride = 0;
    if (in->shape == PUM_IR_UNIFORM) {
        return cg_raw(cg, r);
    }
    if (depth == 0 || (cg->split && cg->region[r] != cg->region_now)) { /* its operands may not be at hand */
        return NULL;
    }
    const pum_ir_ref x = in->src[0], y = in->src[1];
    int64_t sx, sy;
    if (in->op == PUM_IR_ZEXT || in->op == PUM_IR_SEXT) {
        const struct pum_ir_inst *xi = pum_ir_at(cg->sh, x);
        if (xi->shape != PUM_IR_LINEAR || xi->type != PUM_IR_I32 || xi->stride <= 0 || *no_wrap) {
            return NULL;
        }
        LLVMValueRef first = cg_raw(cg, x);
        const bool is_signed = in->op == PUM_IR_SEXT;
        const uint32_t most = (is_signed ? 0x7fffffffu : 0xffffffffu) - 15u * (uint32_t)xi->stride;
        *no_wrap = LLVMBuildICmp(b, is_signed ? LLVMIntSLE : LLVMIntULE, first, cg_i32(cg, most), "");
        *stride = xi->stride;
        return is_signed ? LLVMBuildSExt(b, first, cg->i64, "") : LLVMBuildZExt(b, first, cg->i64, "");
    }
    if (in->op == PUM_IR_IADD) {
        LLVMValueRef vx = linear_pointer(cg, x, &sx, no_wrap, depth - 1);
        LLVMValueRef vy = vx ? linear_pointer(cg, y, &sy, no_wrap, depth - 1) : NULL;
        if (!vy) {
            return NULL;
        }
        *stride = sx + sy;
        return LLVMBuildAdd(b, vx, vy, "");
    }
    const struct pum_ir_inst *yi = in->n_src == 2 ? pum_ir_at(cg->sh, y) : NULL;
    if ((in->op == PUM_IR_IMUL || in->op == PUM_IR_SHL) && yi->op == PUM_IR_CONST) {
        const uint64_t c = in->op == PUM_IR_IMUL ? yi->imm : (uint64_t)1 << (yi->imm & 63);
        LLVMValueRef vx = c < 4096 ? linear_pointer(cg, x, &sx, no_wrap, depth - 1) : NULL;
        if (vx) {
            *stride = sx * (int64_t)c;
            return LLVMBuildMul(b, vx, cg_i64(cg, c), "");
        }
    }
    return NULL;
}

/* Branches on whether the lanes lie side by side; the builder is then where they do. False: not known to; nothing happened. */
static bool
begin_linear_global(struct cg *cg, pum_ir_ref address, uint32_t size_B, LLVMValueRef *first, LLVMBasicBlockRef bb[3])
{
    LLVMBuilderRef b = cg->b;
    if (cg->isa < PUM_ISA_V3 || size_B < 4 || pum_ir_at(cg->sh, address)->shape != PUM_IR_VARYING) {
        return false;
    }
    int64_t stride;
    LLVMValueRef no_wrap = NULL, a = linear_pointer(cg, address, &stride, &no_wrap, 6);
    if (!a || !no_wrap || stride != (int64_t)size_B) {
        return false; /* what was emitted is dead code */
    }
    for (int i = 0; i < 3; i++) {
        bb[i] = cg_block(cg, i == 0 ? "row" : i == 1 ? "scattered" : "");
    }
    cg_branch_likely(cg, no_wrap, bb[0], bb[1]);
    LLVMPositionBuilderAtEnd(b, bb[0]);
    *first = LLVMBuildIntToPtr(b, a, cg->ptr, "");
    return true;
}

/* Lanes that may follow an address: in the fragment stage only those of quads that hold a covered pixel, as the others are no invocations,
 * not even helpers, and nothing that they compute need make sense. */
LLVMValueRef
cg_global_load_mask(struct cg *cg)
{
    LLVMBuilderRef b = cg->b;
    if (cg->sh->info.stage != PUM_STAGE_FRAGMENT) {
        return cg->exec;
    }
    LLVMValueRef m = LLVMBuildZExt(b, cg_mask16(cg, cg->cover), cg->i32, "");
    static const uint32_t low[2] = {0x5555, 0x0f0f}, by[2] = {1, 4};
    for (int i = 0; i < 2; i++) {
        LLVMValueRef up = LLVMBuildShl(b, LLVMBuildAnd(b, m, cg_i32(cg, low[i]), ""), cg_i32(cg, by[i]), "");
        LLVMValueRef down = LLVMBuildAnd(b, LLVMBuildLShr(b, m, cg_i32(cg, by[i]), ""), cg_i32(cg, low[i]), "");
        m = LLVMBuildOr(b, m, LLVMBuildOr(b, up, down, ""), "");
    }
    return cg_and(cg, cg->exec, cg_mask_from_bits(cg, m));
}

static LLVMValueRef
gather_global(struct cg *cg, LLVMValueRef a, LLVMValueRef mask, LLVMTypeRef elem, uint32_t size_B)
{
    LLVMBuilderRef b = cg->b;
    LLVMTypeRef vt = LLVMVectorType(elem, PUM_LANES);
    if (cg->isa >= PUM_ISA_V4 && size_B >= 4) {
        LLVMValueRef p = LLVMBuildIntToPtr(b, a, LLVMVectorType(cg->ptr, PUM_LANES), "");
        LLVMValueRef args[4] = {p, cg_i32(cg, size_B), cg_mask(cg, mask), LLVMConstNull(vt)};
        return cg_call2(cg, "llvm.masked.gather", vt, LLVMTypeOf(p), args, 4);
    }
    if (mask) {
        a = LLVMBuildSelect(b, mask, a, cg_splat(cg, LLVMBuildPtrToInt(b, cg->zeros, cg->i64, "")), "");
    }
    LLVMValueRef v = LLVMGetPoison(vt);
    for (unsigned i = 0; i < PUM_LANES; i++) {
        LLVMValueRef at = LLVMBuildIntToPtr(b, LLVMBuildExtractElement(b, a, cg_i32(cg, i), ""), cg->ptr, "");
        v = LLVMBuildInsertElement(b, v, cg_load(cg, elem, at, size_B, false), cg_i32(cg, i), "");
    }
    return v;
}

void
cg_load_global(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in)
{
    LLVMBuilderRef b = cg->b;
    const uint32_t size_B = cg_bytes_of((enum pum_ir_type)in->type);
    LLVMTypeRef elem = cg_type(cg, (enum pum_ir_type)in->type), vt = LLVMVectorType(elem, PUM_LANES);
    LLVMValueRef mask = cg_global_load_mask(cg);
    LLVMValueRef zeros = LLVMBuildPtrToInt(b, cg->zeros, cg->i64, "");
    if (pum_ir_at(cg->sh, in->src[0])->shape == PUM_IR_UNIFORM) {
        LLVMValueRef a = cg_raw(cg, in->src[0]);
        if (mask) { /* the address may be nonsense when nobody is here */
            a = LLVMBuildSelect(b, cg_any(cg, mask), a, zeros, "");
        }
        LLVMValueRef v = cg_load(cg, elem, LLVMBuildIntToPtr(b, a, cg->ptr, ""), size_B, in->flags & PUM_IR_INST_INVARIANT_BIT);
        cg_def(cg, r, in->shape == PUM_IR_UNIFORM ? v : cg_splat(cg, v));
        return;
    }
    LLVMValueRef first, ways[2] = {NULL, NULL};
    LLVMBasicBlockRef bb[3];
    const bool row = begin_linear_global(cg, in->src[0], size_B, &first, bb);
    if (row) {
        LLVMValueRef args[4] = {first, cg_i32(cg, size_B), cg_mask(cg, mask), LLVMConstNull(vt)};
        ways[0] = mask ? cg_call2(cg, "llvm.masked.load", vt, cg->ptr, args, 4) : cg_load(cg, vt, first, size_B, false);
        LLVMBuildBr(b, bb[2]);
        LLVMPositionBuilderAtEnd(b, bb[1]);
    }
    ways[1] = gather_global(cg, cg_vec(cg, in->src[0]), mask, elem, size_B);
    if (!row) {
        cg_def(cg, r, ways[1]);
        return;
    }
    LLVMBuildBr(b, bb[2]);
    LLVMPositionBuilderAtEnd(b, bb[2]);
    LLVMValueRef phi = LLVMBuildPhi(b, vt, "");
    LLVMAddIncoming(phi, ways, bb, 2);
    cg_def(cg, r, phi);
}

static void
scatter_global(struct cg *cg, LLVMValueRef a, LLVMValueRef v, LLVMValueRef effect, uint32_t size_B)
{
    if (cg->isa >= PUM_ISA_V4 && size_B >= 4) {
        LLVMValueRef p = LLVMBuildIntToPtr(cg->b, a, LLVMVectorType(cg->ptr, PUM_LANES), "");
        LLVMValueRef args[4] = {v, p, cg_i32(cg, size_B), cg_mask(cg, effect)};
        cg_call2(cg, "llvm.masked.scatter", LLVMTypeOf(v), LLVMTypeOf(p), args, 4);
        return;
    }
    cg_store_lanes(cg, NULL, a, v, cg_mask16(cg, effect), size_B);
}

void
cg_store_global(struct cg *cg, const struct pum_ir_inst *in)
{
    LLVMBuilderRef b = cg->b;
    const struct pum_ir_inst *ai = pum_ir_at(cg->sh, in->src[0]), *vi = pum_ir_at(cg->sh, in->src[1]);
    const uint32_t size_B = cg_bytes_of((enum pum_ir_type)vi->type);
    LLVMValueRef effect = cg_effect_mask(cg);
    if (ai->shape == PUM_IR_UNIFORM && vi->shape == PUM_IR_UNIFORM) {
        LLVMValueRef at = LLVMBuildIntToPtr(b, cg_raw(cg, in->src[0]), cg->ptr, "");
        cg_store_one(cg, effect ? cg_any(cg, effect) : LLVMConstInt(cg->i1, 1, 0), at, cg_raw(cg, in->src[1]), size_B);
        return;
    }
    LLVMValueRef v = cg_vec(cg, in->src[1]), first;
    LLVMBasicBlockRef bb[3];
    const bool row = begin_linear_global(cg, in->src[0], size_B, &first, bb);
    if (row) {
        LLVMValueRef args[4] = {v, first, cg_i32(cg, size_B), cg_mask(cg, effect)};
        if (effect) {
            cg_call2(cg, "llvm.masked.store", LLVMTypeOf(v), cg->ptr, args, 4);
        } else {
            cg_store(cg, v, first, size_B);
        }
        LLVMBuildBr(b, bb[2]);
        LLVMPositionBuilderAtEnd(b, bb[1]);
    }
    scatter_global(cg, cg_vec(cg, in->src[0]), v, effect, size_B);
    if (row) {
        LLVMBuildBr(b, bb[2]);
        LLVMPositionBuilderAtEnd(b, bb[2]);
    }
}
