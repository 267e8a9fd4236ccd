/* Atomics: one lane after the other in rising order; lanes that meet at one address with an integer operation are reduced first. */
#include <string.h>

#include "jit/cg.h"

static LLVMAtomicRMWBinOp
rmw_op(enum pum_atomic op)
{
    switch (op) {
    case PUM_ATOMIC_ADD: return LLVMAtomicRMWBinOpAdd;
    case PUM_ATOMIC_SMIN: return LLVMAtomicRMWBinOpMin;
    case PUM_ATOMIC_SMAX: return LLVMAtomicRMWBinOpMax;
    case PUM_ATOMIC_UMIN: return LLVMAtomicRMWBinOpUMin;
    case PUM_ATOMIC_UMAX: return LLVMAtomicRMWBinOpUMax;
    case PUM_ATOMIC_AND: return LLVMAtomicRMWBinOpAnd;
    case PUM_ATOMIC_OR: return LLVMAtomicRMWBinOpOr;
    case PUM_ATOMIC_XOR: return LLVMAtomicRMWBinOpXor;
    default: return LLVMAtomicRMWBinOpXchg;
    }
}

/* Value of a floating-point operation; minimum and maximum as the IR's FMIN and FMAX with the memory's value first. */
static LLVMValueRef
float_op(struct cg *cg, enum pum_atomic op, LLVMValueRef old, LLVMValueRef x)
{
    LLVMBuilderRef b = cg->b;
    if (op == PUM_ATOMIC_FADD) {
        return LLVMBuildFAdd(b, old, x, "");
    }
    LLVMValueRef less = op == PUM_ATOMIC_FMIN ? LLVMBuildFCmp(b, LLVMRealOLT, x, old, "") : LLVMBuildFCmp(b, LLVMRealOLT, old, x, "");
    return LLVMBuildSelect(b, less, x, old, "");
}

/* Compare-and-swap until it succeeds. */
static LLVMValueRef
float_rmw(struct cg *cg, enum pum_atomic op, LLVMValueRef at, LLVMValueRef x)
{
    LLVMBuilderRef b = cg->b;
    LLVMTypeRef ft = LLVMTypeOf(x), it = ft == cg->f64 ? cg->i64 : cg->i32;
    const unsigned size_B = ft == cg->f64 ? 8 : 4;
    LLVMValueRef first = cg_load(cg, it, at, size_B, false);
    LLVMSetOrdering(first, LLVMAtomicOrderingMonotonic);
    LLVMBasicBlockRef from = LLVMGetInsertBlock(b), again = cg_block(cg, "retry"), done = cg_block(cg, "swapped");
    LLVMBuildBr(b, again);
    LLVMPositionBuilderAtEnd(b, again);
    LLVMValueRef old = LLVMBuildPhi(b, it, "");
    LLVMAddIncoming(old, &first, &from, 1);
    LLVMValueRef next = LLVMBuildBitCast(b, float_op(cg, op, LLVMBuildBitCast(b, old, ft, ""), x), it, "");
    LLVMValueRef pair = LLVMBuildAtomicCmpXchg(b, at, old, next, LLVMAtomicOrderingMonotonic, LLVMAtomicOrderingMonotonic, 0);
    LLVMValueRef seen = LLVMBuildExtractValue(b, pair, 0, "");
    LLVMAddIncoming(old, &seen, &again, 1);
    LLVMBuildCondBr(b, LLVMBuildExtractValue(b, pair, 1, ""), done, again);
    LLVMPositionBuilderAtEnd(b, done);
    return LLVMBuildBitCast(b, seen, ft, "");
}

/* What the lanes below each lane have done to it: old op (exclusive prefix). */
static LLVMValueRef
combine(struct cg *cg, enum pum_atomic op, LLVMValueRef a, LLVMValueRef x)
{
    LLVMBuilderRef b = cg->b;
    LLVMIntPredicate p = LLVMIntSLT;
    switch (op) {
    case PUM_ATOMIC_ADD: return LLVMBuildAdd(b, a, x, "");
    case PUM_ATOMIC_AND: return LLVMBuildAnd(b, a, x, "");
    case PUM_ATOMIC_OR: return LLVMBuildOr(b, a, x, "");
    case PUM_ATOMIC_XOR: return LLVMBuildXor(b, a, x, "");
    case PUM_ATOMIC_SMIN: p = LLVMIntSLT; break;
    case PUM_ATOMIC_SMAX: p = LLVMIntSGT; break;
    case PUM_ATOMIC_UMIN: p = LLVMIntULT; break;
    default: p = LLVMIntUGT; break;
    }
    return LLVMBuildSelect(b, LLVMBuildICmp(b, p, x, a, ""), x, a, "");
}

static uint64_t
neutral(enum pum_atomic op, unsigned bits)
{
    const uint64_t all = bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1, top = (uint64_t)1 << (bits - 1);
    switch (op) {
    case PUM_ATOMIC_AND:
    case PUM_ATOMIC_UMIN: return all;
    case PUM_ATOMIC_SMIN: return top - 1;
    case PUM_ATOMIC_SMAX: return top;
    default: return 0;
    }
}

/* All lanes at one address: one operation with what they sum up to; each lane sees what those below it have left. */
static void
reduced(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in, enum pum_atomic op, LLVMValueRef at, LLVMValueRef v, LLVMValueRef mask)
{
    LLVMBuilderRef b = cg->b;
    LLVMTypeRef vt = LLVMTypeOf(v), elem = LLVMGetElementType(vt);
    const unsigned bits = pum_ir_type_bits((enum pum_ir_type)in->type);
    LLVMValueRef none = cg_splat(cg, LLVMConstInt(elem, neutral(op, bits), 0));
    LLVMBasicBlockRef from = LLVMGetInsertBlock(b), go = cg_block(cg, "atomic"), done = cg_block(cg, "atomic_done");
    LLVMBuildCondBr(b, cg_any(cg, mask), go, done);
    LLVMPositionBuilderAtEnd(b, go);
    LLVMValueRef x = mask ? LLVMBuildSelect(b, mask, v, none, "") : v, out = NULL;
    for (unsigned step = 1; step < PUM_LANES; step *= 2) { /* inclusive prefix */
        LLVMValueRef idx[PUM_LANES];
        for (unsigned i = 0; i < PUM_LANES; i++) {
            idx[i] = cg_i32(cg, i >= step ? i - step : PUM_LANES + i);
        }
        x = combine(cg, op, x, LLVMBuildShuffleVector(b, x, none, LLVMConstVector(idx, PUM_LANES), ""));
    }
    LLVMValueRef total = LLVMBuildExtractElement(b, x, cg_i32(cg, PUM_LANES - 1), "");
    LLVMValueRef old = LLVMBuildAtomicRMW(b, rmw_op(op), at, total, LLVMAtomicOrderingMonotonic, 0);
    if (cg->used[r]) {
        LLVMValueRef idx[PUM_LANES];
        for (unsigned i = 0; i < PUM_LANES; i++) {
            idx[i] = cg_i32(cg, i ? i - 1 : PUM_LANES);
        }
        LLVMValueRef before = LLVMBuildShuffleVector(b, x, none, LLVMConstVector(idx, PUM_LANES), "");
        out = combine(cg, op, cg_splat(cg, old), before);
    }
    LLVMBasicBlockRef end = LLVMGetInsertBlock(b);
    LLVMBuildBr(b, done);
    LLVMPositionBuilderAtEnd(b, done);
    if (!out) {
        cg_def(cg, r, LLVMConstNull(vt));
        return;
    }
    LLVMValueRef phi = LLVMBuildPhi(b, vt, ""), zero = LLVMConstNull(vt);
    LLVMAddIncoming(phi, &zero, &from, 1);
    LLVMAddIncoming(phi, &out, &end, 1);
    cg_def(cg, r, phi);
}

void
cg_atomic(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in, const struct cg_space *s, uint32_t first_src)
{
    LLVMBuilderRef b = cg->b;
    const enum pum_atomic op = (enum pum_atomic)in->imm;
    const pum_ir_ref value = op == PUM_ATOMIC_LOAD ? 0 : pum_ir_src(cg->sh, in, first_src + 1);
    const pum_ir_ref off_ref = pum_ir_src(cg->sh, in, first_src);
    const bool no_result = in->type == PUM_IR_VOID;
    const enum pum_ir_type type = (enum pum_ir_type)(no_result && value ? pum_ir_at(cg->sh, value)->type : in->type);
    const uint32_t size_B = pum_ir_type_bits(type) / 8;
    if (size_B != 4 && size_B != 8) {
        cg_fail(cg, "atomic operation of this width");
        return;
    }
    LLVMTypeRef elem = cg_type(cg, type), vt = LLVMVectorType(elem, PUM_LANES);
    LLVMValueRef mask = cg_effect_mask(cg);
    const bool uniform = pum_ir_at(cg->sh, off_ref)->shape == PUM_IR_UNIFORM;
    const bool integer = op <= PUM_ATOMIC_XOR && pum_ir_type_is_int(type);
    const unsigned k = size_B == 4 ? 2 : 3;
    if (uniform && integer) {
        LLVMValueRef o = cg_raw(cg, off_ref), at;
        if (s) {
            LLVMValueRef ok = LLVMBuildICmp(b, LLVMIntULT, o, s->limit[k], "");
            mask = cg_and(cg, mask, cg_splat(cg, ok));
            at = cg_index(cg, s->base, o);
        } else {
            at = LLVMBuildIntToPtr(b, o, cg->ptr, "");
        }
        struct pum_ir_inst typed = *in;
        typed.type = (uint8_t)type;
        reduced(cg, r, &typed, op, at, cg_vec(cg, value), mask);
        return;
    }
    LLVMValueRef off = cg_vec(cg, off_ref);
    if (s) {
        mask = cg_and(cg, mask, LLVMBuildICmp(b, LLVMIntULT, off, cg_splat(cg, s->limit[k]), ""));
    }
    LLVMValueRef v = value ? cg_vec(cg, value) : NULL;
    LLVMValueRef cmp = op == PUM_ATOMIC_CMPXCHG ? cg_vec(cg, pum_ir_src(cg->sh, in, first_src + 2)) : NULL;
    LLVMValueRef mem = cg_alloca(cg, LLVMArrayType(vt, 3), 64), off_mem = cg_alloca(cg, LLVMTypeOf(off), 64);
    const uint64_t vec_B = (uint64_t)size_B * PUM_LANES;
    cg_store(cg, LLVMConstNull(vt), mem, 64);
    cg_store(cg, off, off_mem, 64);
    if (v) {
        cg_store(cg, v, cg_offset(cg, mem, vec_B), 64);
    }
    if (cmp) {
        cg_store(cg, cmp, cg_offset(cg, mem, 2 * vec_B), 64);
    }
    struct cg_lanes l;
    cg_lanes_begin(cg, &l, cg_mask16(cg, mask));
    LLVMValueRef lane = LLVMBuildZExt(b, l.lane, cg->i64, ""), plane[3];
    for (unsigned i = 0; i < 3; i++) {
        plane[i] = LLVMBuildGEP2(b, elem, cg_offset(cg, mem, i * vec_B), &lane, 1, "");
    }
    LLVMTypeRef ot = LLVMGetElementType(LLVMTypeOf(off));
    LLVMValueRef o = cg_load(cg, ot, LLVMBuildGEP2(b, ot, off_mem, &lane, 1, ""), 4, false);
    LLVMValueRef at = s ? cg_index(cg, s->base, o) : LLVMBuildIntToPtr(b, o, cg->ptr, "");
    LLVMValueRef x = v ? cg_load(cg, elem, plane[1], size_B, false) : NULL, old;
    const LLVMAtomicOrdering order = LLVMAtomicOrderingMonotonic;
    if (op == PUM_ATOMIC_CMPXCHG) {
        LLVMTypeRef it = size_B == 8 ? cg->i64 : cg->i32;
        LLVMValueRef c = cg_load(cg, it, plane[2], size_B, false);
        LLVMValueRef pair = LLVMBuildAtomicCmpXchg(b, at, c, LLVMBuildBitCast(b, x, it, ""), order, order, 0);
        old = LLVMBuildBitCast(b, LLVMBuildExtractValue(b, pair, 0, ""), elem, "");
    } else if (op == PUM_ATOMIC_LOAD) {
        old = cg_load(cg, elem, at, size_B, false);
        LLVMSetOrdering(old, order);
    } else if (op == PUM_ATOMIC_STORE) {
        LLVMValueRef st = LLVMBuildStore(b, x, at);
        LLVMSetAlignment(st, size_B);
        LLVMSetOrdering(st, order);
        old = x;
    } else if (op >= PUM_ATOMIC_FADD && op <= PUM_ATOMIC_FMAX) {
        old = float_rmw(cg, op, at, x);
    } else {
        old = LLVMBuildAtomicRMW(b, rmw_op(op), at, x, order, 0);
    }
    cg_store(cg, old, plane[0], size_B);
    cg_lanes_end(cg, &l, NULL);
    if (!no_result) {
        cg_def(cg, r, cg_load(cg, vt, mem, 64, false));
    }
}

void
cg_atomic_buffer(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in, const struct cg_space *s)
{
    cg_atomic(cg, r, in, s, 1);
}
