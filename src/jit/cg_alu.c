/* Arithmetic, comparisons, conversions, derivatives. Semantics: ir/ir_ops.h, to the bit. */
#include <string.h>

#include "jit/cg.h"

/* Operands in one form: scalars when the result is a scalar, else vectors. */
static LLVMValueRef
operand(struct cg *cg, const struct pum_ir_inst *in, uint32_t i)
{
    const pum_ir_ref s = pum_ir_src(cg->sh, in, i);
    return in->shape == PUM_IR_VARYING ? cg_vec(cg, s) : cg_raw(cg, s);
}

static LLVMTypeRef
form(struct cg *cg, const struct pum_ir_inst *in, LLVMTypeRef scalar)
{
    (void)cg;
    return in->shape == PUM_IR_VARYING ? LLVMVectorType(scalar, PUM_LANES) : scalar;
}

static LLVMValueRef
int_like(LLVMValueRef like, uint64_t v)
{
    LLVMTypeRef t = LLVMTypeOf(like);
    if (LLVMGetTypeKind(t) != LLVMVectorTypeKind) {
        return LLVMConstInt(t, v, 0);
    }
    LLVMValueRef c[PUM_LANES];
    for (int i = 0; i < PUM_LANES; i++) {
        c[i] = LLVMConstInt(LLVMGetElementType(t), v, 0);
    }
    return LLVMConstVector(c, PUM_LANES);
}

static LLVMValueRef
real_like(LLVMValueRef like, double v)
{
    LLVMTypeRef t = LLVMTypeOf(like);
    if (LLVMGetTypeKind(t) != LLVMVectorTypeKind) {
        return LLVMConstReal(t, v);
    }
    LLVMValueRef c[PUM_LANES];
    for (int i = 0; i < PUM_LANES; i++) {
        c[i] = LLVMConstReal(LLVMGetElementType(t), v);
    }
    return LLVMConstVector(c, PUM_LANES);
}

static LLVMValueRef
unary_intrinsic(struct cg *cg, const char *name, LLVMValueRef x)
{
    return cg_call(cg, name, LLVMTypeOf(x), &x, 1);
}

/* A function of the run-time library on 16 lanes of floats, or of doubles, called through memory. */
static LLVMValueRef
math_call(struct cg *cg, const struct pum_ir_inst *in, uint64_t slot_B, uint32_t n)
{
    if (!cg->math_args) {
        cg->math_args = cg_alloca(cg, LLVMArrayType(LLVMVectorType(cg->f64, PUM_LANES), 4), 64);
    }
    const bool wide = in->type == PUM_IR_F64;
    LLVMTypeRef vt = cg_vtype(cg, (enum pum_ir_type)in->type);
    LLVMValueRef args[4] = {cg->math_args};
    LLVMTypeRef types[4] = {cg->ptr, cg->ptr, cg->ptr, cg->ptr};
    for (uint32_t i = 0; i < n; i++) {
        args[i + 1] = cg_offset(cg, cg->math_args, (wide ? 128 : 64) * (i + 1));
        cg_store(cg, cg_vec(cg, pum_ir_src(cg->sh, in, i)), args[i + 1], 64);
    }
    LLVMValueRef fn = cg_load(cg, cg->ptr, cg_offset(cg, cg->rt, slot_B), 8, true);
    LLVMBuildCall2(cg->b, LLVMFunctionType(cg->void_, types, n + 1, 0), fn, args, n + 1, "");
    LLVMValueRef v = cg_load(cg, vt, cg->math_args, 64, false);
    return in->shape == PUM_IR_VARYING ? v : LLVMBuildExtractElement(cg->b, v, cg_i32(cg, 0), "");
}

static int
math_index(enum pum_ir_op op)
{
    switch (op) {
    case PUM_IR_FEXP2: return PUM_RT_EXP2;
    case PUM_IR_FLOG2: return PUM_RT_LOG2;
    case PUM_IR_FEXP: return PUM_RT_EXP;
    case PUM_IR_FLOG: return PUM_RT_LOG;
    case PUM_IR_FSIN: return PUM_RT_SIN;
    case PUM_IR_FCOS: return PUM_RT_COS;
    case PUM_IR_FTAN: return PUM_RT_TAN;
    case PUM_IR_FASIN: return PUM_RT_ASIN;
    case PUM_IR_FACOS: return PUM_RT_ACOS;
    case PUM_IR_FATAN: return PUM_RT_ATAN;
    case PUM_IR_FSINH: return PUM_RT_SINH;
    case PUM_IR_FCOSH: return PUM_RT_COSH;
    case PUM_IR_FTANH: return PUM_RT_TANH;
    case PUM_IR_FASINH: return PUM_RT_ASINH;
    case PUM_IR_FACOSH: return PUM_RT_ACOSH;
    case PUM_IR_FATANH: return PUM_RT_ATANH;
    default: return -1;
    }
}

/* Saturating conversion without poison: out-of-range lanes are replaced before and after. */
static LLVMValueRef
float_to_int(struct cg *cg, const struct pum_ir_inst *in, LLVMValueRef x, bool is_signed)
{
    LLVMBuilderRef b = cg->b;
    const unsigned bits = pum_ir_type_bits((enum pum_ir_type)in->type);
    LLVMTypeRef t = form(cg, in, cg_type(cg, (enum pum_ir_type)in->type));
    const double limit = is_signed ? (double)((uint64_t)1 << (bits - 1)) : bits == 64 ? 18446744073709551616.0 : (double)((uint64_t)1 << bits);
    const double low = is_signed ? -limit : 0.0;
    LLVMValueRef ge = LLVMBuildFCmp(b, LLVMRealOGE, x, real_like(x, limit), "");
    LLVMValueRef lt = LLVMBuildFCmp(b, LLVMRealOLT, x, real_like(x, low), "");
    LLVMValueRef nan = LLVMBuildFCmp(b, LLVMRealUNO, x, x, "");
    LLVMValueRef bad = LLVMBuildOr(b, LLVMBuildOr(b, ge, lt, ""), nan, "");
    LLVMValueRef safe = LLVMBuildSelect(b, bad, real_like(x, 0.0), x, "");
    LLVMValueRef v = is_signed ? LLVMBuildFPToSI(b, safe, t, "") : LLVMBuildFPToUI(b, safe, t, "");
    const uint64_t all = bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
    v = LLVMBuildSelect(b, ge, int_like(v, is_signed ? all >> 1 : all), v, "");
    return LLVMBuildSelect(b, lt, int_like(v, is_signed ? (all >> 1) + 1 : 0), v, "");
}

/* x / y of vectors of at most 32 bits by way of doubles: both are exact there and the quotient is never rounded up to an integer that it
 * does not reach (x / y is at least 1 / y below it, the rounding error is less than 2^-21 / y). The machine has no vector division. */
static LLVMValueRef
quotient(struct cg *cg, LLVMValueRef x, LLVMValueRef y, unsigned bits, bool is_signed)
{
    LLVMBuilderRef b = cg->b;
    if (LLVMGetTypeKind(LLVMTypeOf(x)) != LLVMVectorTypeKind || bits > 32 || LLVMIsConstant(y)) {
        return is_signed ? LLVMBuildSDiv(b, x, y, "") : LLVMBuildUDiv(b, x, y, "");
    }
    LLVMTypeRef wide = LLVMVectorType(bits < 16 ? cg->f32 : cg->f64, PUM_LANES);
    LLVMValueRef fx = is_signed ? LLVMBuildSIToFP(b, x, wide, "") : LLVMBuildUIToFP(b, x, wide, "");
    LLVMValueRef fy = is_signed ? LLVMBuildSIToFP(b, y, wide, "") : LLVMBuildUIToFP(b, y, wide, "");
    LLVMValueRef q = LLVMBuildFDiv(b, fx, fy, "");
    return is_signed ? LLVMBuildFPToSI(b, q, LLVMTypeOf(x), "") : LLVMBuildFPToUI(b, q, LLVMTypeOf(x), "");
}

static LLVMValueRef
remainder_of(struct cg *cg, LLVMValueRef x, LLVMValueRef y, unsigned bits, bool is_signed)
{
    LLVMBuilderRef b = cg->b;
    if (LLVMGetTypeKind(LLVMTypeOf(x)) != LLVMVectorTypeKind || bits > 32 || LLVMIsConstant(y)) {
        return is_signed ? LLVMBuildSRem(b, x, y, "") : LLVMBuildURem(b, x, y, "");
    }
    return LLVMBuildSub(b, x, LLVMBuildMul(b, quotient(cg, x, y, bits, is_signed), y, ""), "");
}

static LLVMValueRef
divide(struct cg *cg, enum pum_ir_op op, LLVMValueRef x, LLVMValueRef y, unsigned bits)
{
    LLVMBuilderRef b = cg->b;
    LLVMValueRef zero = LLVMBuildICmp(b, LLVMIntEQ, y, int_like(y, 0), "");
    LLVMValueRef one = int_like(y, 1);
    if (op == PUM_IR_UDIV || op == PUM_IR_UREM) {
        LLVMValueRef safe = LLVMBuildSelect(b, zero, one, y, "");
        if (op == PUM_IR_UDIV) {
            return LLVMBuildSelect(b, zero, LLVMConstAllOnes(LLVMTypeOf(x)), quotient(cg, x, safe, bits, false), "");
        }
        return LLVMBuildSelect(b, zero, x, remainder_of(cg, x, safe, bits, false), "");
    }
    LLVMValueRef min = LLVMBuildICmp(b, LLVMIntEQ, x, int_like(x, (uint64_t)1 << (bits - 1)), "");
    LLVMValueRef minus1 = LLVMBuildICmp(b, LLVMIntEQ, y, LLVMConstAllOnes(LLVMTypeOf(y)), "");
    LLVMValueRef overflow = LLVMBuildAnd(b, min, minus1, "");
    LLVMValueRef safe = LLVMBuildSelect(b, LLVMBuildOr(b, zero, overflow, ""), one, y, "");
    if (op == PUM_IR_SDIV) {
        LLVMValueRef q = quotient(cg, x, safe, bits, true); /* MIN / 1 = MIN is what overflow wants */
        return LLVMBuildSelect(b, zero, LLVMConstAllOnes(LLVMTypeOf(x)), q, "");
    }
    LLVMValueRef rem = remainder_of(cg, x, safe, bits, true);
    if (op == PUM_IR_SMOD) { /* sign of the divisor */
        LLVMValueRef nonzero = LLVMBuildICmp(b, LLVMIntNE, rem, int_like(rem, 0), "");
        LLVMValueRef signs = LLVMBuildICmp(b, LLVMIntSLT, LLVMBuildXor(b, rem, y, ""), int_like(rem, 0), "");
        rem = LLVMBuildSelect(b, LLVMBuildAnd(b, nonzero, signs, ""), LLVMBuildAdd(b, rem, y, ""), rem, "");
    }
    return LLVMBuildSelect(b, zero, x, rem, "");
}

static LLVMValueRef
mulhi(struct cg *cg, const struct pum_ir_inst *in, LLVMValueRef x, LLVMValueRef y, bool is_signed)
{
    LLVMBuilderRef b = cg->b;
    const unsigned bits = pum_ir_type_bits((enum pum_ir_type)in->type);
    LLVMTypeRef wide = form(cg, in, LLVMIntTypeInContext(cg->ctx, bits * 2));
    LLVMValueRef wx = is_signed ? LLVMBuildSExt(b, x, wide, "") : LLVMBuildZExt(b, x, wide, "");
    LLVMValueRef wy = is_signed ? LLVMBuildSExt(b, y, wide, "") : LLVMBuildZExt(b, y, wide, "");
    LLVMValueRef p = LLVMBuildMul(b, wx, wy, "");
    return LLVMBuildTrunc(b, LLVMBuildLShr(b, p, int_like(p, bits), ""), LLVMTypeOf(x), "");
}

/* float <-> half with integer arithmetic, for levels without F16C. Round to nearest even. */
static LLVMValueRef
half_from_float(struct cg *cg, LLVMValueRef x, LLVMTypeRef half)
{
    LLVMBuilderRef b = cg->b;
    LLVMTypeRef xt = LLVMTypeOf(x);
    const bool vec = LLVMGetTypeKind(xt) == LLVMVectorTypeKind;
    LLVMTypeRef it = vec ? cg->v_i32 : cg->i32, ht = vec ? LLVMVectorType(cg->i16, PUM_LANES) : cg->i16;
    LLVMValueRef bits = LLVMBuildBitCast(b, x, it, "");
    LLVMValueRef sign = LLVMBuildAnd(b, LLVMBuildLShr(b, bits, int_like(bits, 16), ""), int_like(bits, 0x8000), "");
    LLVMValueRef mag = LLVMBuildAnd(b, bits, int_like(bits, 0x7fffffff), "");
    /* normal: rebias, add half an ulp (ties to even), shift */
    LLVMValueRef odd = LLVMBuildAnd(b, LLVMBuildLShr(b, mag, int_like(bits, 13), ""), int_like(bits, 1), "");
    LLVMValueRef normal = LLVMBuildAdd(b, mag, int_like(bits, 0xC8000FFFu), ""); /* ((15 - 127) << 23) + 0xfff */
    normal = LLVMBuildLShr(b, LLVMBuildAdd(b, normal, odd, ""), int_like(bits, 13), "");
    /* subnormal: adding 0.5 lets the FPU round at the right place */
    LLVMValueRef magic = int_like(bits, 0x3f000000u);
    LLVMValueRef sum = LLVMBuildFAdd(b, LLVMBuildBitCast(b, mag, xt, ""), LLVMBuildBitCast(b, magic, xt, ""), "");
    LLVMValueRef sub = LLVMBuildSub(b, LLVMBuildBitCast(b, sum, it, ""), magic, "");
    LLVMValueRef r = LLVMBuildSelect(b, LLVMBuildICmp(b, LLVMIntULT, mag, int_like(bits, 0x38800000u), ""), sub, normal, "");
    r = LLVMBuildSelect(b, LLVMBuildICmp(b, LLVMIntUGE, mag, int_like(bits, 0x477ff000u), ""), int_like(bits, 0x7c00), r, "");
    r = LLVMBuildSelect(b, LLVMBuildICmp(b, LLVMIntUGT, mag, int_like(bits, 0x7f800000u), ""), int_like(bits, 0x7e00), r, "");
    r = LLVMBuildTrunc(b, LLVMBuildOr(b, r, sign, ""), ht, "");
    return LLVMBuildBitCast(b, r, half, "");
}

static LLVMValueRef
float_from_half(struct cg *cg, LLVMValueRef h)
{
    LLVMBuilderRef b = cg->b;
    const bool vec = LLVMGetTypeKind(LLVMTypeOf(h)) == LLVMVectorTypeKind;
    LLVMTypeRef it = vec ? cg->v_i32 : cg->i32, ht = vec ? LLVMVectorType(cg->i16, PUM_LANES) : cg->i16, ft = vec ? cg->v_f32 : cg->f32;
    LLVMValueRef bits = LLVMBuildZExt(b, LLVMBuildBitCast(b, h, ht, ""), it, "");
    LLVMValueRef sign = LLVMBuildShl(b, LLVMBuildAnd(b, bits, int_like(bits, 0x8000), ""), int_like(bits, 16), "");
    LLVMValueRef mag = LLVMBuildAnd(b, bits, int_like(bits, 0x7fff), "");
    /* exact for normals and subnormals: as a tiny float times 2^112 */
    LLVMValueRef tiny = LLVMBuildBitCast(b, LLVMBuildShl(b, mag, int_like(bits, 13), ""), ft, "");
    LLVMValueRef scaled = LLVMBuildBitCast(b, LLVMBuildFMul(b, tiny, real_like(tiny, 5192296858534827628530496329220096.0), ""), it, "");
    LLVMValueRef inf = LLVMBuildOr(b, scaled, int_like(bits, 0x7f800000u), "");
    LLVMValueRef r = LLVMBuildSelect(b, LLVMBuildICmp(b, LLVMIntUGE, mag, int_like(bits, 0x7c00), ""), inf, scaled, "");
    return LLVMBuildBitCast(b, LLVMBuildOr(b, r, sign, ""), ft, "");
}

static LLVMValueRef
widen_half(struct cg *cg, LLVMValueRef h)
{
    if (cg->isa < PUM_ISA_V3) {
        return float_from_half(cg, h);
    }
    return LLVMBuildFPExt(cg->b, h, LLVMGetTypeKind(LLVMTypeOf(h)) == LLVMVectorTypeKind ? cg->v_f32 : cg->f32, "");
}

static LLVMValueRef
narrow_to_half(struct cg *cg, LLVMValueRef x)
{
    LLVMTypeRef half = LLVMGetTypeKind(LLVMTypeOf(x)) == LLVMVectorTypeKind ? LLVMVectorType(cg->f16, PUM_LANES) : cg->f16;
    return cg->isa < PUM_ISA_V3 ? half_from_float(cg, x, half) : LLVMBuildFPTrunc(cg->b, x, half, "");
}

/* Rounds to odd: a second rounding to a half then gives what one rounding would have given. */
static LLVMValueRef
double_to_odd_float(struct cg *cg, LLVMValueRef d)
{
    LLVMBuilderRef b = cg->b;
    const bool vec = LLVMGetTypeKind(LLVMTypeOf(d)) == LLVMVectorTypeKind;
    LLVMTypeRef it = vec ? cg->v_i32 : cg->i32, ft = vec ? cg->v_f32 : cg->f32;
    LLVMValueRef f = LLVMBuildFPTrunc(b, d, ft, "");
    LLVMValueRef back = unary_intrinsic(cg, "llvm.fabs", LLVMBuildFPExt(b, f, LLVMTypeOf(d), "")), mag = unary_intrinsic(cg, "llvm.fabs", d);
    LLVMValueRef bits = LLVMBuildBitCast(b, f, it, "");
    LLVMValueRef even = LLVMBuildICmp(b, LLVMIntEQ, LLVMBuildAnd(b, bits, int_like(bits, 1), ""), int_like(bits, 0), "");
    LLVMValueRef up = LLVMBuildAnd(b, even, LLVMBuildFCmp(b, LLVMRealOLT, back, mag, ""), "");
    LLVMValueRef down = LLVMBuildAnd(b, even, LLVMBuildFCmp(b, LLVMRealOGT, back, mag, ""), "");
    bits = LLVMBuildSelect(b, up, LLVMBuildAdd(b, bits, int_like(bits, 1), ""), bits, "");
    bits = LLVMBuildSelect(b, down, LLVMBuildSub(b, bits, int_like(bits, 1), ""), bits, "");
    return LLVMBuildBitCast(b, bits, ft, "");
}

static LLVMValueRef
float_to_float(struct cg *cg, const struct pum_ir_inst *in, LLVMValueRef x)
{
    const enum pum_ir_type from = (enum pum_ir_type)pum_ir_at(cg->sh, in->src[0])->type, to = (enum pum_ir_type)in->type;
    LLVMTypeRef t = form(cg, in, cg_type(cg, to));
    if (from == to) {
        return x;
    }
    if (to == PUM_IR_F16) {
        return narrow_to_half(cg, from == PUM_IR_F64 ? double_to_odd_float(cg, x) : x);
    }
    if (from == PUM_IR_F16) {
        x = widen_half(cg, x);
        return to == PUM_IR_F32 ? x : LLVMBuildFPExt(cg->b, x, t, "");
    }
    return to == PUM_IR_F64 ? LLVMBuildFPExt(cg->b, x, t, "") : LLVMBuildFPTrunc(cg->b, x, t, "");
}

static LLVMValueRef
derivative(struct cg *cg, const struct pum_ir_inst *in, bool y, bool coarse)
{
    LLVMValueRef x = cg_vec(cg, in->src[0]);
    LLVMValueRef lo[PUM_LANES], hi[PUM_LANES];
    const unsigned step = pum_quad_step(&cg->sh->info), bit = y ? step : 1;
    for (unsigned i = 0; i < PUM_LANES; i++) {
        const unsigned base = coarse ? i & ~(step | 1) : i & ~bit;
        lo[i] = cg_i32(cg, base);
        hi[i] = cg_i32(cg, base | bit);
    }
    LLVMValueRef p = LLVMGetPoison(LLVMTypeOf(x));
    LLVMValueRef a = LLVMBuildShuffleVector(cg->b, x, p, LLVMConstVector(lo, PUM_LANES), "");
    LLVMValueRef c = LLVMBuildShuffleVector(cg->b, x, p, LLVMConstVector(hi, PUM_LANES), "");
    return LLVMBuildFSub(cg->b, c, a, "");
}

static LLVMIntPredicate
int_predicate(enum pum_ir_op op)
{
    switch (op) {
    case PUM_IR_IEQ: return LLVMIntEQ;
    case PUM_IR_INE: return LLVMIntNE;
    case PUM_IR_SLT: return LLVMIntSLT;
    case PUM_IR_SLE: return LLVMIntSLE;
    case PUM_IR_ULT: return LLVMIntULT;
    default: return LLVMIntULE;
    }
}

bool
cg_alu(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in)
{
    LLVMBuilderRef b = cg->b;
    LLVMValueRef x = NULL, y = NULL, v = NULL;
    LLVMTypeRef t = form(cg, in, cg_type(cg, (enum pum_ir_type)in->type));
    const unsigned bits = pum_ir_type_bits((enum pum_ir_type)in->type);
    const int math = math_index((enum pum_ir_op)in->op);
    if (math >= 0) {
        cg_def(cg, r, math_call(cg, in, offsetof(struct pum_rt_table, math1) + (uint64_t)math * 8, 1));
        return true;
    }
    if ((pum_ir_op_infos[in->op].flags & PUM_IR_PURE_BIT) && in->n_src >= 1 && in->n_src <= 3 && in->op != PUM_IR_PHI &&
        in->op != PUM_IR_EXTRACT && in->op != PUM_IR_DESC && in->op != PUM_IR_BUF_SIZE) {
        x = operand(cg, in, 0);
        y = in->n_src > 1 ? operand(cg, in, 1) : NULL;
    }
    /* Halves are computed as floats: 24 >= 2 * 11 + 2 bits, so rounding twice is rounding once. */
    const bool half = in->op >= PUM_IR_FADD && in->op <= PUM_IR_FLE && in->op != PUM_IR_FNEG && in->op != PUM_IR_FABS &&
                      pum_ir_at(cg->sh, in->src[0])->type == PUM_IR_F16;
    if (half) {
        x = widen_half(cg, x);
        y = y ? widen_half(cg, y) : NULL;
        t = form(cg, in, cg->f32);
    }
    switch ((enum pum_ir_op)in->op) {
    case PUM_IR_UNDEF: v = LLVMConstNull(t); break;
    case PUM_IR_FADD: v = LLVMBuildFAdd(b, x, y, ""); break;
    case PUM_IR_FSUB: v = LLVMBuildFSub(b, x, y, ""); break;
    case PUM_IR_FMUL: v = LLVMBuildFMul(b, x, y, ""); break;
    case PUM_IR_FDIV: v = LLVMBuildFDiv(b, x, y, ""); break;
    case PUM_IR_FREM:
    case PUM_IR_FMOD: {
        LLVMValueRef q = LLVMBuildFDiv(b, x, y, "");
        q = unary_intrinsic(cg, in->op == PUM_IR_FREM ? "llvm.trunc" : "llvm.floor", half ? widen_half(cg, narrow_to_half(cg, q)) : q);
        q = LLVMBuildFMul(b, y, q, "");
        v = LLVMBuildFSub(b, x, half ? widen_half(cg, narrow_to_half(cg, q)) : q, "");
        break;
    }
    case PUM_IR_FNEG:
    case PUM_IR_FABS: {
        LLVMTypeRef it = form(cg, in, LLVMIntTypeInContext(cg->ctx, bits));
        LLVMValueRef i = LLVMBuildBitCast(b, x, it, "");
        const uint64_t sign = (uint64_t)1 << (bits - 1);
        i = in->op == PUM_IR_FNEG ? LLVMBuildXor(b, i, int_like(i, sign), "") : LLVMBuildAnd(b, i, int_like(i, sign - 1), "");
        v = LLVMBuildBitCast(b, i, t, "");
        break;
    }
    case PUM_IR_FSQRT: v = unary_intrinsic(cg, "llvm.sqrt", x); break;
    case PUM_IR_FFLOOR: v = unary_intrinsic(cg, "llvm.floor", x); break;
    case PUM_IR_FCEIL: v = unary_intrinsic(cg, "llvm.ceil", x); break;
    case PUM_IR_FTRUNC: v = unary_intrinsic(cg, "llvm.trunc", x); break;
    case PUM_IR_FROUND_EVEN: v = unary_intrinsic(cg, "llvm.roundeven", x); break;
    case PUM_IR_FMIN: v = LLVMBuildSelect(b, LLVMBuildFCmp(b, LLVMRealOLT, y, x, ""), y, x, ""); break;
    case PUM_IR_FMAX: v = LLVMBuildSelect(b, LLVMBuildFCmp(b, LLVMRealOLT, x, y, ""), y, x, ""); break;
    case PUM_IR_FFMA:
        if (half) { /* the product of two halves is exact in a double, the sum nearly always */
            LLVMTypeRef dt = form(cg, in, cg->f64);
            LLVMValueRef p = LLVMBuildFMul(b, LLVMBuildFPExt(b, x, dt, ""), LLVMBuildFPExt(b, y, dt, ""), "");
            LLVMValueRef z = LLVMBuildFPExt(b, widen_half(cg, operand(cg, in, 2)), dt, "");
            v = double_to_odd_float(cg, LLVMBuildFAdd(b, p, z, ""));
        } else if (in->imm == PUM_FFMA_EXACT && cg->isa < PUM_ISA_V3) {
            v = LLVMBuildFAdd(b, LLVMBuildFMul(b, x, y, ""), operand(cg, in, 2), "");
        } else if (cg->isa >= PUM_ISA_V3) {
            LLVMValueRef args[3] = {x, y, operand(cg, in, 2)};
            v = cg_call(cg, "llvm.fma", t, args, 3);
        } else {
            v = math_call(cg, in, in->type == PUM_IR_F32 ? offsetof(struct pum_rt_table, ffma) : offsetof(struct pum_rt_table, dfma), 3);
        }
        break;
    case PUM_IR_FEQ: v = LLVMBuildFCmp(b, LLVMRealOEQ, x, y, ""); break;
    case PUM_IR_FNE: v = LLVMBuildFCmp(b, LLVMRealUNE, x, y, ""); break;
    case PUM_IR_FLT: v = LLVMBuildFCmp(b, LLVMRealOLT, x, y, ""); break;
    case PUM_IR_FLE: v = LLVMBuildFCmp(b, LLVMRealOLE, x, y, ""); break;
    case PUM_IR_FPOW: v = math_call(cg, in, offsetof(struct pum_rt_table, math2) + PUM_RT_POW * 8, 2); break;
    case PUM_IR_FATAN2: v = math_call(cg, in, offsetof(struct pum_rt_table, math2) + PUM_RT_ATAN2 * 8, 2); break;
    case PUM_IR_IADD: v = LLVMBuildAdd(b, x, y, ""); break;
    case PUM_IR_ISUB: v = LLVMBuildSub(b, x, y, ""); break;
    case PUM_IR_IMUL: v = LLVMBuildMul(b, x, y, ""); break;
    case PUM_IR_SMULHI: v = mulhi(cg, in, x, y, true); break;
    case PUM_IR_UMULHI: v = mulhi(cg, in, x, y, false); break;
    case PUM_IR_SDIV:
    case PUM_IR_UDIV:
    case PUM_IR_SREM:
    case PUM_IR_UREM:
    case PUM_IR_SMOD: v = divide(cg, (enum pum_ir_op)in->op, x, y, bits); break;
    case PUM_IR_INEG: v = LLVMBuildNeg(b, x, ""); break;
    case PUM_IR_SMIN: v = LLVMBuildSelect(b, LLVMBuildICmp(b, LLVMIntSLT, x, y, ""), x, y, ""); break;
    case PUM_IR_SMAX: v = LLVMBuildSelect(b, LLVMBuildICmp(b, LLVMIntSLT, x, y, ""), y, x, ""); break;
    case PUM_IR_UMIN: v = LLVMBuildSelect(b, LLVMBuildICmp(b, LLVMIntULT, x, y, ""), x, y, ""); break;
    case PUM_IR_UMAX: v = LLVMBuildSelect(b, LLVMBuildICmp(b, LLVMIntULT, x, y, ""), y, x, ""); break;
    case PUM_IR_SHL: v = LLVMBuildShl(b, x, LLVMBuildAnd(b, y, int_like(y, bits - 1), ""), ""); break;
    case PUM_IR_USHR: v = LLVMBuildLShr(b, x, LLVMBuildAnd(b, y, int_like(y, bits - 1), ""), ""); break;
    case PUM_IR_SSHR: v = LLVMBuildAShr(b, x, LLVMBuildAnd(b, y, int_like(y, bits - 1), ""), ""); break;
    case PUM_IR_AND: v = LLVMBuildAnd(b, x, y, ""); break;
    case PUM_IR_OR: v = LLVMBuildOr(b, x, y, ""); break;
    case PUM_IR_XOR: v = LLVMBuildXor(b, x, y, ""); break;
    case PUM_IR_NOT: v = LLVMBuildNot(b, x, ""); break;
    case PUM_IR_POPCOUNT: v = unary_intrinsic(cg, "llvm.ctpop", x); break;
    case PUM_IR_CLZ:
    case PUM_IR_CTZ: {
        LLVMValueRef args[2] = {x, LLVMConstInt(cg->i1, 0, 0)};
        v = cg_call(cg, in->op == PUM_IR_CLZ ? "llvm.ctlz" : "llvm.cttz", t, args, 2);
        break;
    }
    case PUM_IR_BITREV: v = unary_intrinsic(cg, "llvm.bitreverse", x); break;
    case PUM_IR_IEQ:
    case PUM_IR_INE:
    case PUM_IR_SLT:
    case PUM_IR_SLE:
    case PUM_IR_ULT:
    case PUM_IR_ULE: v = LLVMBuildICmp(b, int_predicate((enum pum_ir_op)in->op), x, y, ""); break;
    case PUM_IR_SELECT: {
        LLVMValueRef c = pum_ir_at(cg->sh, in->src[0])->shape == PUM_IR_UNIFORM ? cg_raw(cg, in->src[0]) : x;
        v = LLVMBuildSelect(b, c, y, operand(cg, in, 2), "");
        break;
    }
    case PUM_IR_F2S:
    case PUM_IR_F2U:
        if (pum_ir_at(cg->sh, in->src[0])->type == PUM_IR_F16) {
            x = widen_half(cg, x);
        }
        v = float_to_int(cg, in, x, in->op == PUM_IR_F2S);
        break;
    case PUM_IR_S2F:
    case PUM_IR_U2F: { /* to half through float: integers that a float must round are infinite as halves */
        LLVMTypeRef ft = in->type == PUM_IR_F16 ? form(cg, in, cg->f32) : t;
        v = in->op == PUM_IR_S2F ? LLVMBuildSIToFP(b, x, ft, "") : LLVMBuildUIToFP(b, x, ft, "");
        v = in->type == PUM_IR_F16 ? narrow_to_half(cg, v) : v;
        break;
    }
    case PUM_IR_F2F: v = float_to_float(cg, in, x); break;
    case PUM_IR_SEXT: v = LLVMBuildSExt(b, x, t, ""); break;
    case PUM_IR_ZEXT: v = LLVMBuildZExt(b, x, t, ""); break;
    case PUM_IR_TRUNC: v = LLVMBuildTrunc(b, x, t, ""); break;
    case PUM_IR_BITCAST: v = LLVMBuildBitCast(b, x, t, ""); break;
    case PUM_IR_DDX: v = derivative(cg, in, false, false); break;
    case PUM_IR_DDY: v = derivative(cg, in, true, false); break;
    case PUM_IR_DDX_COARSE: v = derivative(cg, in, false, true); break;
    case PUM_IR_DDY_COARSE: v = derivative(cg, in, true, true); break;
    case PUM_IR_SG_ELECT:
    case PUM_IR_SG_ALL:
    case PUM_IR_SG_ANY:
    case PUM_IR_SG_ALL_EQUAL:
    case PUM_IR_SG_BALLOT:
    case PUM_IR_SG_BROADCAST_FIRST:
    case PUM_IR_SG_SHUFFLE:
    case PUM_IR_SG_REDUCE:
        v = cg_subgroup(cg, in);
        break;
    case PUM_IR_CLOCK: v = cg_call(cg, "llvm.readcyclecounter", NULL, NULL, 0); break;
    default:
        return false;
    }
    if (half && in->type == PUM_IR_F16) {
        v = narrow_to_half(cg, v);
    }
    if (in->shape == PUM_IR_UNIFORM && LLVMGetTypeKind(LLVMTypeOf(v)) == LLVMVectorTypeKind) {
        v = LLVMBuildExtractElement(b, v, cg_i32(cg, 0), ""); /* derivatives of uniform values */
    }
    cg_def(cg, r, v);
    return true;
}
