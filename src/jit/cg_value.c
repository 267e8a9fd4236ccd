/* Types, values, masks and small helpers of the code generator. */
#include <stdio.h>
#include <string.h>

#include "jit/cg.h"

void
cg_fail(struct cg *cg, const char *what)
{
    if (!cg->failed) {
        cg->failed = true;
        snprintf(cg->msg, sizeof(cg->msg), "%s", what);
    }
}

LLVMTypeRef
cg_type(struct cg *cg, enum pum_ir_type type)
{
    switch (type) {
    case PUM_IR_BOOL:
        return cg->i1;
    case PUM_IR_I8:
        return cg->i8;
    case PUM_IR_I16:
        return cg->i16;
    case PUM_IR_I64:
        return cg->i64;
    case PUM_IR_F16:
        return cg->f16;
    case PUM_IR_F32:
        return cg->f32;
    case PUM_IR_F64:
        return cg->f64;
    case PUM_IR_I32:
    case PUM_IR_VOID:
    case PUM_IR_TUPLE:
    case PUM_IR_TYPE_COUNT:
        break;
    }
    return cg->i32;
}

LLVMTypeRef
cg_vtype(struct cg *cg, enum pum_ir_type type)
{
    return LLVMVectorType(cg_type(cg, type), PUM_LANES);
}

LLVMValueRef
cg_i32(struct cg *cg, uint32_t v)
{
    return LLVMConstInt(cg->i32, v, 0);
}

LLVMValueRef
cg_i64(struct cg *cg, uint64_t v)
{
    return LLVMConstInt(cg->i64, v, 0);
}

LLVMValueRef
cg_splat(struct cg *cg, LLVMValueRef scalar)
{
    LLVMTypeRef t = LLVMTypeOf(scalar);
    if (LLVMIsConstant(scalar)) {
        LLVMValueRef c[PUM_LANES];
        for (int i = 0; i < PUM_LANES; i++) {
            c[i] = scalar;
        }
        return LLVMConstVector(c, PUM_LANES);
    }
    LLVMTypeRef v = LLVMVectorType(t, PUM_LANES);
    LLVMValueRef one = LLVMBuildInsertElement(cg->b, LLVMGetPoison(v), scalar, cg_i32(cg, 0), "");
    return LLVMBuildShuffleVector(cg->b, one, LLVMGetPoison(v), LLVMConstNull(cg->v_i32), "");
}

LLVMValueRef
cg_raw(struct cg *cg, pum_ir_ref r)
{
    const struct pum_ir_inst *in = pum_ir_at(cg->sh, r);
    if (in->op == PUM_IR_CONST) {
        LLVMTypeRef t = cg_type(cg, (enum pum_ir_type)in->type);
        if (!pum_ir_type_is_float((enum pum_ir_type)in->type)) {
            return LLVMConstInt(t, in->imm, 0);
        }
        const unsigned bits = pum_ir_type_bits((enum pum_ir_type)in->type);
        return LLVMConstBitCast(LLVMConstInt(LLVMIntTypeInContext(cg->ctx, bits), in->imm, 0), t);
    }
    if (cg->split && cg->region[r] != cg->region_now) {
        if (cg_remakes(in)) {
            return in->op == PUM_IR_DESC ? cg_descriptor(cg, in) : cg_sysval(cg, in);
        }
        if (cg->spill_off[r] >= 0) {
            LLVMTypeRef t = cg_type(cg, (enum pum_ir_type)in->type);
            return cg_mem_load(cg, in->shape == PUM_IR_VARYING ? LLVMVectorType(t, PUM_LANES) : t,
                               cg_offset(cg, cg->spill, (uint64_t)cg->spill_off[r]));
        }
    }
    if (!cg->val[r]) {
        cg_fail(cg, "use of a value that has no definition");
        LLVMTypeRef t = in->shape == PUM_IR_VARYING ? cg_vtype(cg, (enum pum_ir_type)in->type) : cg_type(cg, (enum pum_ir_type)in->type);
        return LLVMGetUndef(t);
    }
    return cg->val[r];
}

bool
cg_remakes(const struct pum_ir_inst *in)
{
    return in->op == PUM_IR_DESC || in->op == PUM_IR_SYSVAL;
}

void
cg_def(struct cg *cg, pum_ir_ref r, LLVMValueRef v)
{
    cg->val[r] = v;
    if (cg->split && cg->spill_off[r] >= 0) {
        cg_mem_store(cg, v, cg_offset(cg, cg->spill, (uint64_t)cg->spill_off[r]));
    }
}

void
cg_def_tuple(struct cg *cg, pum_ir_ref r)
{
    cg->val[r] = cg->tuple[r][0];
    if (cg->split && cg->spill_off[r] >= 0) {
        for (uint32_t i = 0; i < 4; i++) {
            cg_mem_store(cg, cg->tuple[r][i], cg_offset(cg, cg->spill, (uint64_t)cg->spill_off[r] + 64 * i));
        }
    }
}

LLVMValueRef
cg_vec(struct cg *cg, pum_ir_ref r)
{
    const struct pum_ir_inst *in = pum_ir_at(cg->sh, r);
    LLVMValueRef v = cg_raw(cg, r);
    if (in->shape == PUM_IR_UNIFORM) {
        return cg_splat(cg, v);
    }
    if (in->shape == PUM_IR_LINEAR) {
        LLVMTypeRef t = LLVMTypeOf(v);
        LLVMValueRef steps[PUM_LANES];
        for (int i = 0; i < PUM_LANES; i++) {
            steps[i] = LLVMConstInt(t, (uint64_t)((int64_t)in->stride * i), 1);
        }
        return LLVMBuildAdd(cg->b, cg_splat(cg, v), LLVMConstVector(steps, PUM_LANES), "");
    }
    return v;
}

LLVMValueRef
cg_alloca(struct cg *cg, LLVMTypeRef type, unsigned align)
{
    LLVMValueRef a = LLVMBuildAlloca(cg->entry_b, type, "");
    if (align) {
        LLVMSetAlignment(a, align);
    }
    return a;
}

LLVMValueRef
cg_offset(struct cg *cg, LLVMValueRef base, uint64_t off_B)
{
    LLVMValueRef i = cg_i64(cg, off_B);
    return off_B ? LLVMBuildGEP2(cg->b, cg->i8, base, &i, 1, "") : base;
}

LLVMValueRef
cg_index(struct cg *cg, LLVMValueRef base, LLVMValueRef off_B)
{
    if (LLVMTypeOf(off_B) == cg->i32) {
        off_B = LLVMBuildZExt(cg->b, off_B, cg->i64, "");
    }
    return LLVMBuildGEP2(cg->b, cg->i8, base, &off_B, 1, "");
}

LLVMValueRef
cg_load(struct cg *cg, LLVMTypeRef type, LLVMValueRef at, unsigned align, bool invariant)
{
    LLVMValueRef v = LLVMBuildLoad2(cg->b, type, at, "");
    LLVMSetAlignment(v, align);
    if (invariant) {
        LLVMSetMetadata(v, cg->md_invariant, cg->md_empty);
    }
    return v;
}

void
cg_store(struct cg *cg, LLVMValueRef v, LLVMValueRef at, unsigned align)
{
    LLVMSetAlignment(LLVMBuildStore(cg->b, v, at), align);
}

LLVMValueRef
cg_call2(struct cg *cg, const char *intrinsic, LLVMTypeRef o0, LLVMTypeRef o1, LLVMValueRef *args, unsigned n)
{
    const unsigned id = LLVMLookupIntrinsicID(intrinsic, strlen(intrinsic));
    LLVMTypeRef overloads[2] = {o0, o1};
    const unsigned n_over = o1 ? 2 : o0 ? 1 : 0;
    LLVMValueRef f = LLVMGetIntrinsicDeclaration(cg->mod, id, overloads, n_over);
    return LLVMBuildCall2(cg->b, LLVMIntrinsicGetType(cg->ctx, id, overloads, n_over), f, args, n, "");
}

LLVMValueRef
cg_call(struct cg *cg, const char *intrinsic, LLVMTypeRef overload, LLVMValueRef *args, unsigned n)
{
    return cg_call2(cg, intrinsic, overload, NULL, args, n);
}

LLVMBasicBlockRef
cg_block(struct cg *cg, const char *name)
{
    return LLVMAppendBasicBlockInContext(cg->ctx, cg->fn, name);
}

/* ---- masks ---- */

LLVMValueRef
cg_and(struct cg *cg, LLVMValueRef a, LLVMValueRef b)
{
    return !a ? b : !b ? a : LLVMBuildAnd(cg->b, a, b, "");
}

LLVMValueRef
cg_mask(struct cg *cg, LLVMValueRef m)
{
    return m ? m : LLVMConstAllOnes(cg->v_i1);
}

LLVMValueRef
cg_mask16(struct cg *cg, LLVMValueRef m)
{
    return m ? LLVMBuildBitCast(cg->b, m, cg->i16, "") : LLVMConstInt(cg->i16, 0xffff, 0);
}

LLVMTypeRef
cg_mem_type(struct cg *cg, LLVMTypeRef t)
{
    return t == cg->v_i1 && cg->isa < PUM_ISA_V4 ? cg->v_i32 : t;
}

/* Below AVX-512 the sign bits of integers are what blends and tests want. */
LLVMValueRef
cg_mask_to_mem(struct cg *cg, LLVMValueRef m)
{
    return cg->isa >= PUM_ISA_V4 ? m : LLVMBuildSExt(cg->b, m, cg->v_i32, "");
}

LLVMValueRef
cg_mask_from_mem(struct cg *cg, LLVMValueRef v)
{
    return cg->isa >= PUM_ISA_V4 ? v : LLVMBuildICmp(cg->b, LLVMIntSLT, v, LLVMConstNull(cg->v_i32), "");
}

LLVMValueRef
cg_mask_from_bits(struct cg *cg, LLVMValueRef bits32)
{
    if (cg->isa >= PUM_ISA_V4) {
        return LLVMBuildBitCast(cg->b, LLVMBuildTrunc(cg->b, bits32, cg->i16, ""), cg->v_i1, "");
    }
    LLVMValueRef c[PUM_LANES];
    for (unsigned i = 0; i < PUM_LANES; i++) {
        c[i] = cg_i32(cg, 1u << i);
    }
    LLVMValueRef bit = LLVMBuildAnd(cg->b, cg_splat(cg, bits32), LLVMConstVector(c, PUM_LANES), "");
    return LLVMBuildICmp(cg->b, LLVMIntNE, bit, LLVMConstNull(cg->v_i32), "");
}

LLVMValueRef
cg_mem_load(struct cg *cg, LLVMTypeRef t, LLVMValueRef at)
{
    LLVMValueRef v = cg_load(cg, cg_mem_type(cg, t), at, 1, false);
    return t == cg->v_i1 ? cg_mask_from_mem(cg, v) : v;
}

void
cg_mem_store(struct cg *cg, LLVMValueRef v, LLVMValueRef at)
{
    cg_store(cg, LLVMTypeOf(v) == cg->v_i1 ? cg_mask_to_mem(cg, v) : v, at, 1);
}

void
cg_branch_likely(struct cg *cg, LLVMValueRef c, LLVMBasicBlockRef likely, LLVMBasicBlockRef other)
{
    LLVMSetMetadata(LLVMBuildCondBr(cg->b, c, likely, other), cg->md_prof, cg->md_likely);
}

LLVMValueRef
cg_any(struct cg *cg, LLVMValueRef m)
{
    return LLVMBuildICmp(cg->b, LLVMIntNE, cg_mask16(cg, m), LLVMConstInt(cg->i16, 0, 0), "");
}

LLVMValueRef
cg_effect_mask(struct cg *cg)
{
    if (cg->sh->info.stage != PUM_STAGE_FRAGMENT) {
        return cg->exec;
    }
    LLVMValueRef m = cg_and(cg, cg->exec, cg->cover);
    return cg->live ? LLVMBuildAnd(cg->b, m, cg_mem_load(cg, cg->v_i1, cg->live), "") : m;
}

void
cg_lanes_begin(struct cg *cg, struct cg_lanes *l, LLVMValueRef mask16)
{
    LLVMBasicBlockRef from = LLVMGetInsertBlock(cg->b);
    l->head = cg_block(cg, "lanes");
    l->body = cg_block(cg, "lane");
    l->done = cg_block(cg, "lanes_done");
    LLVMBuildBr(cg->b, l->head);
    LLVMPositionBuilderAtEnd(cg->b, l->head);
    l->mask_phi = LLVMBuildPhi(cg->b, cg->i16, "");
    LLVMAddIncoming(l->mask_phi, &mask16, &from, 1);
    LLVMValueRef more = LLVMBuildICmp(cg->b, LLVMIntNE, l->mask_phi, LLVMConstInt(cg->i16, 0, 0), "");
    LLVMBuildCondBr(cg->b, more, l->body, l->done);
    LLVMPositionBuilderAtEnd(cg->b, l->body);
    LLVMValueRef args[2] = {LLVMBuildZExt(cg->b, l->mask_phi, cg->i32, ""), LLVMConstInt(cg->i1, 1, 0)};
    l->lane = cg_call(cg, "llvm.cttz", cg->i32, args, 2);
}

void
cg_lanes_end(struct cg *cg, struct cg_lanes *l, LLVMValueRef next_mask16)
{
    if (!next_mask16) {
        LLVMValueRef less = LLVMBuildSub(cg->b, l->mask_phi, LLVMConstInt(cg->i16, 1, 0), "");
        next_mask16 = LLVMBuildAnd(cg->b, l->mask_phi, less, "");
    }
    LLVMBasicBlockRef at = LLVMGetInsertBlock(cg->b);
    LLVMAddIncoming(l->mask_phi, &next_mask16, &at, 1);
    LLVMBuildBr(cg->b, l->head);
    LLVMPositionBuilderAtEnd(cg->b, l->done);
}
