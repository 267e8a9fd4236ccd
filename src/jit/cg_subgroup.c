/* Subgroup operations: among the active lanes of the sixteen. */
#include "jit/cg.h"

static bool
in_quad_order(const struct cg *cg)
{
    return cg->sh->info.stage == PUM_STAGE_FRAGMENT;
}

/* Values of lanes in the order of invocations, and back. */
static LLVMValueRef
reorder(struct cg *cg, LLVMValueRef v)
{
    LLVMValueRef idx[PUM_LANES];
    for (uint32_t i = 0; i < PUM_LANES; i++) {
        idx[i] = cg_i32(cg, pum_quad_order(i));
    }
    return in_quad_order(cg) ? LLVMBuildShuffleVector(cg->b, v, v, LLVMConstVector(idx, PUM_LANES), "") : v;
}

static LLVMValueRef
masked_shift(struct cg *cg, LLVMValueRef v, uint32_t mask, int left)
{
    const bool vec = LLVMGetTypeKind(LLVMTypeOf(v)) == LLVMVectorTypeKind;
    LLVMValueRef m = cg_i32(cg, mask), by = cg_i32(cg, (uint32_t)(left < 0 ? -left : left));
    v = LLVMBuildAnd(cg->b, v, vec ? cg_splat(cg, m) : m, "");
    by = vec ? cg_splat(cg, by) : by;
    return left == 0 ? v : left > 0 ? LLVMBuildShl(cg->b, v, by, "") : LLVMBuildLShr(cg->b, v, by, "");
}

/* Lane number (I32 or vector of it) of an invocation number, modulo 16. */
static LLVMValueRef
lane_of(struct cg *cg, LLVMValueRef id)
{
    LLVMBuilderRef b = cg->b;
    if (!in_quad_order(cg)) {
        return masked_shift(cg, id, PUM_LANES - 1, 0);
    }
    return LLVMBuildOr(b, masked_shift(cg, id, 9, 0), LLVMBuildOr(b, masked_shift(cg, id, 2, 1), masked_shift(cg, id, 4, -1), ""), "");
}

/* Bits of lanes (I32) as bits of invocations, and back. */
static LLVMValueRef
reorder_bits(struct cg *cg, LLVMValueRef m)
{
    LLVMBuilderRef b = cg->b;
    if (!in_quad_order(cg)) {
        return m;
    }
    return LLVMBuildOr(b, masked_shift(cg, m, 0xc3c3, 0), LLVMBuildOr(b, masked_shift(cg, m, 0x0c0c, 2), masked_shift(cg, m, 0x3030, -2), ""), "");
}

static LLVMValueRef
active_bits(struct cg *cg)
{
    return reorder_bits(cg, LLVMBuildZExt(cg->b, cg_mask16(cg, cg->exec), cg->i32, ""));
}

static LLVMValueRef
shuffle(struct cg *cg, LLVMValueRef v, LLVMValueRef lane)
{
    LLVMBuilderRef b = cg->b;
    LLVMTypeRef t = LLVMTypeOf(v), elem = LLVMGetElementType(t);
    lane = lane_of(cg, lane);
    if (cg->isa >= PUM_ISA_V4 && (elem == cg->f32 || elem == cg->i32)) {
        LLVMValueRef args[2] = {LLVMBuildBitCast(b, v, cg->v_i32, ""), lane};
        return LLVMBuildBitCast(b, cg_call(cg, "llvm.x86.avx512.permvar.si.512", NULL, args, 2), t, "");
    }
    LLVMTypeRef mt = t;
    if (elem == cg->i1) { /* bits have no address */
        v = LLVMBuildSExt(b, v, cg->v_i32, "");
        mt = cg->v_i32;
    }
    LLVMTypeRef me = LLVMGetElementType(mt);
    LLVMValueRef mem = cg_alloca(cg, mt, 64), r = LLVMGetPoison(mt);
    cg_store(cg, v, mem, 64);
    for (unsigned i = 0; i < PUM_LANES; i++) {
        LLVMValueRef k = LLVMBuildZExt(b, LLVMBuildExtractElement(b, lane, cg_i32(cg, i), ""), cg->i64, "");
        r = LLVMBuildInsertElement(b, r, cg_load(cg, me, LLVMBuildGEP2(b, me, mem, &k, 1, ""), 1, false), cg_i32(cg, i), "");
    }
    return elem == cg->i1 ? LLVMBuildICmp(b, LLVMIntNE, r, LLVMConstNull(mt), "") : r;
}

static LLVMValueRef
combine(struct cg *cg, enum pum_reduce op, LLVMValueRef a, LLVMValueRef x)
{
    LLVMBuilderRef b = cg->b;
    switch (op) {
    case PUM_REDUCE_IADD: return LLVMBuildAdd(b, a, x, "");
    case PUM_REDUCE_IMUL: return LLVMBuildMul(b, a, x, "");
    case PUM_REDUCE_FADD: return LLVMBuildFAdd(b, a, x, "");
    case PUM_REDUCE_FMUL: return LLVMBuildFMul(b, a, x, "");
    case PUM_REDUCE_SMIN: return LLVMBuildSelect(b, LLVMBuildICmp(b, LLVMIntSLT, x, a, ""), x, a, "");
    case PUM_REDUCE_UMIN: return LLVMBuildSelect(b, LLVMBuildICmp(b, LLVMIntULT, x, a, ""), x, a, "");
    case PUM_REDUCE_SMAX: return LLVMBuildSelect(b, LLVMBuildICmp(b, LLVMIntSGT, x, a, ""), x, a, "");
    case PUM_REDUCE_UMAX: return LLVMBuildSelect(b, LLVMBuildICmp(b, LLVMIntUGT, x, a, ""), x, a, "");
    case PUM_REDUCE_FMIN: return LLVMBuildSelect(b, LLVMBuildFCmp(b, LLVMRealOLT, x, a, ""), x, a, "");
    case PUM_REDUCE_FMAX: return LLVMBuildSelect(b, LLVMBuildFCmp(b, LLVMRealOLT, a, x, ""), x, a, "");
    case PUM_REDUCE_AND: return LLVMBuildAnd(b, a, x, "");
    case PUM_REDUCE_OR: return LLVMBuildOr(b, a, x, "");
    case PUM_REDUCE_XOR: return LLVMBuildXor(b, a, x, "");
    }
    return a;
}

static LLVMValueRef
identity(struct cg *cg, enum pum_reduce op, enum pum_ir_type type)
{
    LLVMTypeRef t = cg_type(cg, type);
    const unsigned bits = pum_ir_type_bits(type);
    const uint64_t all = bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
    switch (op) {
    case PUM_REDUCE_IMUL: return LLVMConstInt(t, 1, 0);
    case PUM_REDUCE_FMUL: return LLVMConstReal(t, 1.0);
    case PUM_REDUCE_SMIN: return LLVMConstInt(t, all >> 1, 0);
    case PUM_REDUCE_UMIN:
    case PUM_REDUCE_AND: return LLVMConstInt(t, all, 0);
    case PUM_REDUCE_SMAX: return LLVMConstInt(t, (all >> 1) + 1, 0);
    case PUM_REDUCE_FMIN: return LLVMConstReal(t, __builtin_inf());
    case PUM_REDUCE_FMAX: return LLVMConstReal(t, -__builtin_inf());
    case PUM_REDUCE_IADD:
    case PUM_REDUCE_FADD:
    case PUM_REDUCE_UMAX:
    case PUM_REDUCE_OR:
    case PUM_REDUCE_XOR: break;
    }
    return LLVMConstNull(t);
}

/* Value of each lane's cluster in all its lanes, from inclusive prefixes: the one of the cluster's last lane. */
static LLVMValueRef
last_of_cluster(struct cg *cg, LLVMValueRef x, uint32_t cluster)
{
    LLVMValueRef idx[PUM_LANES];
    for (uint32_t i = 0; i < PUM_LANES; i++) {
        idx[i] = cg_i32(cg, i | (cluster - 1));
    }
    return LLVMBuildShuffleVector(cg->b, x, x, LLVMConstVector(idx, PUM_LANES), "");
}

/* Integers: a logarithmic prefix, the order does not matter. Floats: one lane after the other from the identity, as the interpreter. */
static LLVMValueRef
reduce(struct cg *cg, const struct pum_ir_inst *in)
{
    LLVMBuilderRef b = cg->b;
    const enum pum_reduce op = (enum pum_reduce)(in->imm & 0xff);
    const uint32_t cluster = 1u << PUM_MIN((uint32_t)(in->imm >> 8) & 0xff, 4u), scan = (uint32_t)(in->imm >> 16) & 0xff;
    const enum pum_ir_type type = (enum pum_ir_type)in->type;
    LLVMValueRef none = cg_splat(cg, identity(cg, op, type)), x = cg_vec(cg, in->src[0]);
    LLVMTypeRef t = LLVMTypeOf(x);
    LLVMValueRef exec = cg->exec ? reorder(cg, cg->exec) : NULL;
    if (cg->exec) {
        x = LLVMBuildSelect(b, cg->exec, x, none, "");
    }
    x = reorder(cg, x);
    if (!pum_ir_type_is_float(type)) {
        for (uint32_t step = 1; step < cluster; step *= 2) {
            LLVMValueRef idx[PUM_LANES];
            for (uint32_t i = 0; i < PUM_LANES; i++) {
                idx[i] = cg_i32(cg, (i & (cluster - 1)) >= step ? i - step : PUM_LANES + i);
            }
            x = combine(cg, op, x, LLVMBuildShuffleVector(b, x, none, LLVMConstVector(idx, PUM_LANES), ""));
        }
    } else {
        LLVMValueRef acc = NULL, out = LLVMGetPoison(t);
        for (uint32_t i = 0; i < PUM_LANES; i++) {
            LLVMValueRef start = i & (cluster - 1) ? acc : LLVMBuildExtractElement(b, none, cg_i32(cg, 0), "");
            acc = combine(cg, op, start, LLVMBuildExtractElement(b, x, cg_i32(cg, i), ""));
            if (exec && (op == PUM_REDUCE_FADD || op == PUM_REDUCE_FMUL)) { /* adding a zero may change the sign of another */
                acc = LLVMBuildSelect(b, LLVMBuildExtractElement(b, exec, cg_i32(cg, i), ""), acc, start, "");
            }
            out = LLVMBuildInsertElement(b, out, acc, cg_i32(cg, i), "");
        }
        x = out;
    }
    if (scan == 0) {
        return reorder(cg, last_of_cluster(cg, x, cluster));
    }
    if (scan == 1) {
        return reorder(cg, x);
    }
    LLVMValueRef idx[PUM_LANES];
    for (uint32_t i = 0; i < PUM_LANES; i++) {
        idx[i] = cg_i32(cg, i & (cluster - 1) ? i - 1 : PUM_LANES + i);
    }
    return reorder(cg, LLVMBuildShuffleVector(b, x, none, LLVMConstVector(idx, PUM_LANES), ""));
}

LLVMValueRef
cg_subgroup(struct cg *cg, const struct pum_ir_inst *in)
{
    LLVMBuilderRef b = cg->b;
    LLVMValueRef active = cg_mask(cg, cg->exec);
    switch ((enum pum_ir_op)in->op) {
    case PUM_IR_SG_ELECT: {
        LLVMValueRef m = active_bits(cg);
        return cg_mask_from_bits(cg, reorder_bits(cg, LLVMBuildAnd(b, m, LLVMBuildNeg(b, m, ""), "")));
    }
    case PUM_IR_SG_ALL:
        return LLVMBuildNot(b, cg_any(cg, LLVMBuildAnd(b, active, LLVMBuildNot(b, cg_vec(cg, in->src[0]), ""), "")), "");
    case PUM_IR_SG_ANY:
        return cg_any(cg, LLVMBuildAnd(b, active, cg_vec(cg, in->src[0]), ""));
    case PUM_IR_SG_BALLOT:
        return reorder_bits(cg, LLVMBuildZExt(b, cg_mask16(cg, LLVMBuildAnd(b, active, cg_vec(cg, in->src[0]), "")), cg->i32, ""));
    case PUM_IR_SG_BROADCAST_FIRST:
    case PUM_IR_SG_ALL_EQUAL: {
        LLVMValueRef v = cg_vec(cg, in->src[0]);
        LLVMValueRef args[2] = {active_bits(cg), LLVMConstInt(cg->i1, 0, 0)};
        LLVMValueRef lane = lane_of(cg, cg_call(cg, "llvm.cttz", cg->i32, args, 2));
        LLVMValueRef first = LLVMBuildExtractElement(b, v, lane, "");
        if (in->op == PUM_IR_SG_BROADCAST_FIRST) {
            return first;
        }
        const bool fl = pum_ir_type_is_float((enum pum_ir_type)pum_ir_at(cg->sh, in->src[0])->type);
        LLVMValueRef s = cg_splat(cg, first);
        LLVMValueRef ne = fl ? LLVMBuildFCmp(b, LLVMRealUNE, v, s, "") : LLVMBuildICmp(b, LLVMIntNE, v, s, "");
        return LLVMBuildNot(b, cg_any(cg, LLVMBuildAnd(b, active, ne, "")), "");
    }
    case PUM_IR_SG_SHUFFLE:
        if (pum_ir_at(cg->sh, in->src[1])->shape == PUM_IR_UNIFORM) {
            LLVMValueRef one = LLVMBuildExtractElement(b, cg_vec(cg, in->src[0]), lane_of(cg, cg_raw(cg, in->src[1])), "");
            return in->shape == PUM_IR_UNIFORM ? one : cg_splat(cg, one);
        }
        return shuffle(cg, cg_vec(cg, in->src[0]), cg_vec(cg, in->src[1]));
    case PUM_IR_SG_REDUCE:
        return reduce(cg, in);
    default:
        cg_fail(cg, "subgroup operation");
        return LLVMGetUndef(cg->v_i32);
    }
}

