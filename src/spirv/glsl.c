/* GLSL.std.450. Precision: SPEC appendix spirvenv-precision-operation; functions without an own bound follow their definition. */
#include <string.h>

#include "spirv/sv.h"

#define F PUM_IR_F32
#define I PUM_IR_I32
#define B PUM_IR_BOOL

static pum_ir_ref
clampf(struct sv *s, pum_ir_ref x, pum_ir_ref lo, pum_ir_ref hi)
{
    return SV_E2(FMIN, F, SV_E2(FMAX, F, x, lo), hi);
}

/* NaN-aware: the other operand if one is NaN. */
static pum_ir_ref
nminmax(struct sv *s, pum_ir_ref a, pum_ir_ref b, bool max)
{
    const pum_ir_ref m = pum_ir_emit2(&s->b, max ? PUM_IR_FMAX : PUM_IR_FMIN, F, a, b);
    return SV_E3(SELECT, F, SV_E2(FNE, B, a, a), b, m);
}

static pum_ir_ref
length_of(struct sv *s, const pum_ir_ref *v, uint32_t n)
{
    return n == 1 ? SV_E1(FABS, F, v[0]) : SV_E1(FSQRT, F, sv_dot(s, v, v, n, F));
}

static pum_ir_ref
sign_f(struct sv *s, pum_ir_ref x)
{
    const pum_ir_ref neg = SV_E3(SELECT, F, SV_E2(FLT, B, x, sv_f32(s, 0)), sv_f32(s, -1), x);
    return SV_E3(SELECT, F, SV_E2(FLT, B, sv_f32(s, 0), x), sv_f32(s, 1), neg);
}

/* x * 2^e in two steps, so that results near the ends of the range are right. */
static pum_ir_ref
ldexp_f(struct sv *s, pum_ir_ref x, pum_ir_ref e)
{
    const pum_ir_ref c = SV_E2(SMAX, I, SV_E2(SMIN, I, e, sv_u32(s, 300)), sv_u32(s, (uint32_t)-300));
    const pum_ir_ref third = SV_E2(SDIV, I, c, sv_u32(s, 3));
    const pum_ir_ref rest = SV_E2(ISUB, I, c, SV_E2(SHL, I, third, sv_u32(s, 1)));
    pum_ir_ref r = x;
    for (int k = 0; k < 3; k++) {
        const pum_ir_ref part = k < 2 ? third : rest;
        const pum_ir_ref bits = SV_E2(SHL, I, SV_E2(IADD, I, part, sv_u32(s, 127)), sv_u32(s, 23));
        r = SV_E2(FMUL, F, r, SV_E1(BITCAST, F, bits));
    }
    return r;
}

static void
frexp_f(struct sv *s, pum_ir_ref x, pum_ir_ref *mant, pum_ir_ref *exp)
{
    /* Denormals are scaled into the normal range first. */
    const pum_ir_ref tiny = SV_E2(FLT, B, SV_E1(FABS, F, x), sv_f32(s, 1.17549435e-38f));
    const pum_ir_ref y = SV_E3(SELECT, F, tiny, SV_E2(FMUL, F, x, sv_f32(s, 16777216.0f)), x);
    const pum_ir_ref bits = SV_E1(BITCAST, I, y);
    const pum_ir_ref be = SV_E2(AND, I, SV_E2(USHR, I, bits, sv_u32(s, 23)), sv_u32(s, 255));
    const pum_ir_ref m = SV_E1(BITCAST, F, SV_E2(OR, I, SV_E2(AND, I, bits, sv_u32(s, 0x807fffffu)), sv_u32(s, 0x3f000000u)));
    const pum_ir_ref e = SV_E2(ISUB, I, be, SV_E3(SELECT, I, tiny, sv_u32(s, 126 + 24), sv_u32(s, 126)));
    const pum_ir_ref special = SV_E2(OR, B, SV_E2(FEQ, B, x, sv_f32(s, 0)), SV_E2(IEQ, B, be, sv_u32(s, 255)));
    *mant = SV_E3(SELECT, F, special, x, m);
    *exp = SV_E3(SELECT, I, special, sv_u32(s, 0), e);
}

/* ---- packing ---- */

static pum_ir_ref
pack_norm(struct sv *s, const pum_ir_ref *v, uint32_t n, uint32_t bits, bool is_signed)
{
    const float scale = is_signed ? (float)((1 << (bits - 1)) - 1) : (float)((1u << bits) - 1);
    pum_ir_ref r = 0;
    for (uint32_t k = 0; k < n; k++) {
        const pum_ir_ref c = clampf(s, v[k], sv_f32(s, is_signed ? -1.0f : 0.0f), sv_f32(s, 1.0f));
        const pum_ir_ref f = SV_E1(FROUND_EVEN, F, SV_E2(FMUL, F, c, sv_f32(s, scale)));
        pum_ir_ref w = is_signed ? SV_E1(F2S, I, f) : SV_E1(F2U, I, f);
        w = SV_E2(AND, I, w, sv_u32(s, (1u << bits) - 1));
        w = k ? SV_E2(SHL, I, w, sv_u32(s, k * bits)) : w;
        r = r ? SV_E2(OR, I, r, w) : w;
    }
    return r;
}

static void
unpack_norm(struct sv *s, pum_ir_ref p, pum_ir_ref *out, uint32_t n, uint32_t bits, bool is_signed)
{
    const float scale = is_signed ? (float)((1 << (bits - 1)) - 1) : (float)((1u << bits) - 1);
    for (uint32_t k = 0; k < n; k++) {
        pum_ir_ref w;
        if (is_signed) {
            w = SV_E2(SSHR, I, SV_E2(SHL, I, p, sv_u32(s, 32 - bits * (k + 1))), sv_u32(s, 32 - bits));
            w = SV_E2(FDIV, F, SV_E1(S2F, F, w), sv_f32(s, scale));
            w = clampf(s, w, sv_f32(s, -1), sv_f32(s, 1));
        } else {
            w = SV_E2(AND, I, SV_E2(USHR, I, p, sv_u32(s, k * bits)), sv_u32(s, (1u << bits) - 1));
            w = SV_E2(FDIV, F, SV_E1(U2F, F, w), sv_f32(s, scale));
        }
        out[k] = w;
    }
}

static pum_ir_ref
half_bits(struct sv *s, pum_ir_ref x)
{
    return SV_E1(ZEXT, I, SV_E1(BITCAST, PUM_IR_I16, SV_E1(F2F, PUM_IR_F16, x)));
}

static pum_ir_ref
half_value(struct sv *s, pum_ir_ref bits)
{
    return SV_E1(F2F, F, SV_E1(BITCAST, PUM_IR_F16, SV_E1(TRUNC, PUM_IR_I16, bits)));
}

/* ---- matrices ---- */

static pum_ir_ref
minor(struct sv *s, const pum_ir_ref *m, uint32_t n, uint32_t skip_c, uint32_t skip_r);

static pum_ir_ref
determinant(struct sv *s, const pum_ir_ref *m, uint32_t n)
{
    if (n == 1) {
        return m[0];
    }
    if (n == 2) {
        return SV_E2(FSUB, F, SV_E2(FMUL, F, m[0], m[3]), SV_E2(FMUL, F, m[2], m[1]));
    }
    pum_ir_ref r = 0;
    for (uint32_t c = 0; c < n; c++) {
        const pum_ir_ref t = SV_E2(FMUL, F, m[c * n], minor(s, m, n, c, 0));
        r = c == 0 ? t : c & 1 ? SV_E2(FSUB, F, r, t) : SV_E2(FADD, F, r, t);
    }
    return r;
}

static pum_ir_ref
minor(struct sv *s, const pum_ir_ref *m, uint32_t n, uint32_t skip_c, uint32_t skip_r)
{
    pum_ir_ref sub[9];
    uint32_t k = 0;
    for (uint32_t c = 0; c < n; c++) {
        for (uint32_t r = 0; r < n; r++) {
            if (c != skip_c && r != skip_r) {
                sub[k++] = m[c * n + r];
            }
        }
    }
    return determinant(s, sub, n - 1);
}

static void
inverse(struct sv *s, const pum_ir_ref *m, uint32_t n, pum_ir_ref *out)
{
    const pum_ir_ref det = determinant(s, m, n);
    for (uint32_t c = 0; c < n; c++) {
        for (uint32_t r = 0; r < n; r++) {
            pum_ir_ref x = minor(s, m, n, r, c);
            x = (c + r) & 1 ? SV_E1(FNEG, F, x) : x;
            out[c * n + r] = SV_E2(FDIV, F, x, det);
        }
    }
}

/* ---- one component ---- */

static pum_ir_ref
component(struct sv *s, uint32_t op, pum_ir_ref x, pum_ir_ref y, pum_ir_ref z)
{
    switch (op) {
    case GLSLstd450Round:
    case GLSLstd450RoundEven: return SV_E1(FROUND_EVEN, F, x);
    case GLSLstd450Trunc: return SV_E1(FTRUNC, F, x);
    case GLSLstd450FAbs: return SV_E1(FABS, F, x);
    case GLSLstd450SAbs: return SV_E2(SMAX, I, x, SV_E1(INEG, I, x));
    case GLSLstd450FSign: return sign_f(s, x);
    case GLSLstd450SSign:
        return SV_E2(OR, I, SV_E2(SSHR, I, x, sv_u32(s, 31)), SV_E2(USHR, I, SV_E1(INEG, I, x), sv_u32(s, 31)));
    case GLSLstd450Floor: return SV_E1(FFLOOR, F, x);
    case GLSLstd450Ceil: return SV_E1(FCEIL, F, x);
    case GLSLstd450Fract: return SV_E2(FMIN, F, SV_E2(FSUB, F, x, SV_E1(FFLOOR, F, x)), sv_f32(s, 0.99999994f));
    case GLSLstd450Radians: return SV_E2(FMUL, F, x, sv_f32(s, 0.017453292519943295f));
    case GLSLstd450Degrees: return SV_E2(FMUL, F, x, sv_f32(s, 57.29577951308232f));
    case GLSLstd450Sin: return SV_E1(FSIN, F, x);
    case GLSLstd450Cos: return SV_E1(FCOS, F, x);
    case GLSLstd450Tan: return SV_E1(FTAN, F, x);
    case GLSLstd450Asin: return SV_E1(FASIN, F, x);
    case GLSLstd450Acos: return SV_E1(FACOS, F, x);
    case GLSLstd450Atan: return SV_E1(FATAN, F, x);
    case GLSLstd450Sinh: return SV_E1(FSINH, F, x);
    case GLSLstd450Cosh: return SV_E1(FCOSH, F, x);
    case GLSLstd450Tanh: return SV_E1(FTANH, F, x);
    case GLSLstd450Asinh: return SV_E1(FASINH, F, x);
    case GLSLstd450Acosh: return SV_E1(FACOSH, F, x);
    case GLSLstd450Atanh: return SV_E1(FATANH, F, x);
    case GLSLstd450Atan2: return SV_E2(FATAN2, F, x, y);
    case GLSLstd450Pow: return SV_E2(FPOW, F, x, y);
    case GLSLstd450Exp: return SV_E1(FEXP, F, x);
    case GLSLstd450Log: return SV_E1(FLOG, F, x);
    case GLSLstd450Exp2: return SV_E1(FEXP2, F, x);
    case GLSLstd450Log2: return SV_E1(FLOG2, F, x);
    case GLSLstd450Sqrt: return SV_E1(FSQRT, F, x);
    case GLSLstd450InverseSqrt: return SV_E2(FDIV, F, sv_f32(s, 1), SV_E1(FSQRT, F, x));
    case GLSLstd450FMin: return SV_E2(FMIN, F, x, y);
    case GLSLstd450FMax: return SV_E2(FMAX, F, x, y);
    case GLSLstd450UMin: return SV_E2(UMIN, I, x, y);
    case GLSLstd450UMax: return SV_E2(UMAX, I, x, y);
    case GLSLstd450SMin: return SV_E2(SMIN, I, x, y);
    case GLSLstd450SMax: return SV_E2(SMAX, I, x, y);
    case GLSLstd450FClamp: return clampf(s, x, y, z);
    case GLSLstd450UClamp: return SV_E2(UMIN, I, SV_E2(UMAX, I, x, y), z);
    case GLSLstd450SClamp: return SV_E2(SMIN, I, SV_E2(SMAX, I, x, y), z);
    case GLSLstd450NMin: return nminmax(s, x, y, false);
    case GLSLstd450NMax: return nminmax(s, x, y, true);
    case GLSLstd450NClamp: return nminmax(s, nminmax(s, x, y, true), z, false);
    case GLSLstd450FMix: {
        const pum_ir_ref one = SV_E2(FSUB, F, sv_f32(s, 1), z);
        return SV_E2(FADD, F, SV_E2(FMUL, F, x, one), SV_E2(FMUL, F, y, z));
    }
    case GLSLstd450Step: return SV_E3(SELECT, F, SV_E2(FLT, B, y, x), sv_f32(s, 0), sv_f32(s, 1));
    case GLSLstd450SmoothStep: {
        const pum_ir_ref q = SV_E2(FDIV, F, SV_E2(FSUB, F, z, x), SV_E2(FSUB, F, y, x));
        const pum_ir_ref t = clampf(s, q, sv_f32(s, 0), sv_f32(s, 1));
        const pum_ir_ref k = SV_E2(FSUB, F, sv_f32(s, 3), SV_E2(FMUL, F, sv_f32(s, 2), t));
        return SV_E2(FMUL, F, SV_E2(FMUL, F, t, t), k);
    }
    case GLSLstd450Fma: return SV_E3(FFMA, F, x, y, z);
    case GLSLstd450Ldexp: return ldexp_f(s, x, y);
    case GLSLstd450FindILsb: {
        const pum_ir_ref c = SV_E1(CTZ, I, x);
        return SV_E3(SELECT, I, SV_E2(IEQ, B, x, sv_u32(s, 0)), sv_u32(s, UINT32_MAX), c);
    }
    case GLSLstd450FindUMsb: return SV_E2(ISUB, I, sv_u32(s, 31), SV_E1(CLZ, I, x));
    case GLSLstd450FindSMsb: {
        const pum_ir_ref y2 = SV_E2(XOR, I, x, SV_E2(SSHR, I, x, sv_u32(s, 31)));
        return SV_E2(ISUB, I, sv_u32(s, 31), SV_E1(CLZ, I, y2));
    }
    default: return 0;
    }
}

static bool
component_types_ok(struct sv *s, uint32_t op, pum_ir_ref x, pum_ir_ref y, pum_ir_ref z)
{
    bool integer = false;
    switch (op) {
    case GLSLstd450SAbs:
    case GLSLstd450SSign:
    case GLSLstd450UMin:
    case GLSLstd450UMax:
    case GLSLstd450SMin:
    case GLSLstd450SMax:
    case GLSLstd450UClamp:
    case GLSLstd450SClamp:
    case GLSLstd450FindILsb:
    case GLSLstd450FindSMsb:
    case GLSLstd450FindUMsb: integer = true; break;
    case GLSLstd450Ldexp:
        return pum_ir_at(s->sh, x)->type == F && y && pum_ir_at(s->sh, y)->type == I;
    default: break;
    }
    const uint8_t want = integer ? I : F;
    return pum_ir_at(s->sh, x)->type == want && (!y || pum_ir_at(s->sh, y)->type == want) && (!z || pum_ir_at(s->sh, z)->type == want);
}

static bool
all_f32(const struct sv *s, const pum_ir_ref *v, uint32_t n)
{
    for (uint32_t k = 0; k < n; k++) {
        if (pum_ir_at(s->sh, v[k])->type != F) {
            return false;
        }
    }
    return n > 0;
}

static bool
is_vector_op(uint32_t op)
{
    return op == GLSLstd450Length || op == GLSLstd450Distance || op == GLSLstd450Normalize || op == GLSLstd450Cross ||
           (op >= GLSLstd450FaceForward && op <= GLSLstd450Refract) || op == GLSLstd450Determinant || op == GLSLstd450MatrixInverse ||
           (op >= GLSLstd450PackSnorm4x8 && op <= GLSLstd450UnpackDouble2x32);
}

/* Operations on whole vectors. Returns false if op is not one of them. */
static bool
vector_op(struct sv *s, uint32_t i, uint32_t op, const pum_ir_ref *a, uint32_t na, pum_ir_ref *out, uint32_t n)
{
    uint32_t nb = 0;
    if (!is_vector_op(op)) {
        return false;
    }
    const pum_ir_ref *b = sv_len(s, i) > 5 && op != GLSLstd450Refract ? sv_value(s, sv_arg(s, i, 5), &nb) : NULL;
    const bool unpack = op == GLSLstd450UnpackSnorm4x8 || op == GLSLstd450UnpackUnorm4x8 || op == GLSLstd450UnpackSnorm2x16 ||
                        op == GLSLstd450UnpackUnorm2x16 || op == GLSLstd450UnpackHalf2x16;
    if (!sv_ok(s) || na > 16 || (!unpack && !all_f32(s, a, na)) || (b && !all_f32(s, b, nb))) {
        sv_fail(s, PUM_SPIRV_INVALID, "operands of GLSL.std.450 instruction %u", op);
        return true;
    }
    switch (op) {
    case GLSLstd450Length:
        out[0] = length_of(s, a, na);
        return true;
    case GLSLstd450Distance: {
        pum_ir_ref d[4];
        if (nb != na || na > 4) {
            break;
        }
        for (uint32_t k = 0; k < na; k++) {
            d[k] = SV_E2(FSUB, F, a[k], b[k]);
        }
        out[0] = length_of(s, d, na);
        return true;
    }
    case GLSLstd450Normalize: {
        const pum_ir_ref l = length_of(s, a, na);
        for (uint32_t k = 0; k < na && k < n; k++) {
            out[k] = SV_E2(FDIV, F, a[k], l);
        }
        return true;
    }
    case GLSLstd450Cross:
        if (na != 3 || nb != 3 || n != 3) {
            break;
        }
        for (uint32_t k = 0; k < 3; k++) {
            const uint32_t u = (k + 1) % 3, v = (k + 2) % 3;
            out[k] = SV_E2(FSUB, F, SV_E2(FMUL, F, a[u], b[v]), SV_E2(FMUL, F, b[u], a[v]));
        }
        return true;
    case GLSLstd450FaceForward: {
        uint32_t nc;
        const pum_ir_ref *c = sv_value(s, sv_arg(s, i, 6), &nc);
        if (nb != na || nc != na || n != na) {
            break;
        }
        const pum_ir_ref neg = SV_E2(FLT, B, sv_dot(s, c, b, na, F), sv_f32(s, 0));
        for (uint32_t k = 0; k < n; k++) {
            out[k] = SV_E3(SELECT, F, neg, a[k], SV_E1(FNEG, F, a[k]));
        }
        return true;
    }
    case GLSLstd450Reflect: {
        if (nb != na || n != na) {
            break;
        }
        const pum_ir_ref d = SV_E2(FMUL, F, sv_f32(s, 2), sv_dot(s, b, a, na, F));
        for (uint32_t k = 0; k < n; k++) {
            out[k] = SV_E2(FSUB, F, a[k], SV_E2(FMUL, F, d, b[k]));
        }
        return true;
    }
    case GLSLstd450Refract: {
        b = sv_value(s, sv_arg(s, i, 5), &nb);
        const pum_ir_ref eta = sv_scalar(s, sv_arg(s, i, 6));
        if (nb != na || n != na || !sv_ok(s)) {
            break;
        }
        const pum_ir_ref d = sv_dot(s, b, a, na, F);
        const pum_ir_ref one = sv_f32(s, 1);
        const pum_ir_ref k2 = SV_E2(FMUL, F, SV_E2(FMUL, F, eta, eta), SV_E2(FSUB, F, one, SV_E2(FMUL, F, d, d)));
        const pum_ir_ref kk = SV_E2(FSUB, F, one, k2);
        const pum_ir_ref total = SV_E2(FLT, B, kk, sv_f32(s, 0));
        const pum_ir_ref w = SV_E2(FADD, F, SV_E2(FMUL, F, eta, d), SV_E1(FSQRT, F, kk));
        for (uint32_t k = 0; k < n; k++) {
            const pum_ir_ref r = SV_E2(FSUB, F, SV_E2(FMUL, F, eta, a[k]), SV_E2(FMUL, F, w, b[k]));
            out[k] = SV_E3(SELECT, F, total, sv_f32(s, 0), r);
        }
        return true;
    }
    case GLSLstd450Determinant:
    case GLSLstd450MatrixInverse: {
        const uint32_t d = na == 4 ? 2 : na == 9 ? 3 : na == 16 ? 4 : 0;
        if (d == 0 || (op == GLSLstd450MatrixInverse && n != na)) {
            break;
        }
        if (op == GLSLstd450Determinant) {
            out[0] = determinant(s, a, d);
        } else {
            inverse(s, a, d, out);
        }
        return true;
    }
    case GLSLstd450PackSnorm4x8:
    case GLSLstd450PackUnorm4x8:
    case GLSLstd450PackSnorm2x16:
    case GLSLstd450PackUnorm2x16: {
        const bool four = op == GLSLstd450PackSnorm4x8 || op == GLSLstd450PackUnorm4x8;
        if (na != (four ? 4u : 2u)) {
            break;
        }
        out[0] = pack_norm(s, a, na, four ? 8 : 16, op == GLSLstd450PackSnorm4x8 || op == GLSLstd450PackSnorm2x16);
        return true;
    }
    case GLSLstd450UnpackSnorm4x8:
    case GLSLstd450UnpackUnorm4x8:
    case GLSLstd450UnpackSnorm2x16:
    case GLSLstd450UnpackUnorm2x16: {
        const bool four = op == GLSLstd450UnpackSnorm4x8 || op == GLSLstd450UnpackUnorm4x8;
        if (n != (four ? 4u : 2u) || pum_ir_at(s->sh, a[0])->type != I) {
            break;
        }
        unpack_norm(s, a[0], out, n, four ? 8 : 16, op == GLSLstd450UnpackSnorm4x8 || op == GLSLstd450UnpackSnorm2x16);
        return true;
    }
    case GLSLstd450PackHalf2x16:
        if (na != 2) {
            break;
        }
        out[0] = SV_E2(OR, I, half_bits(s, a[0]), SV_E2(SHL, I, half_bits(s, a[1]), sv_u32(s, 16)));
        return true;
    case GLSLstd450UnpackHalf2x16:
        if (n != 2 || pum_ir_at(s->sh, a[0])->type != I) {
            break;
        }
        out[0] = half_value(s, a[0]);
        out[1] = half_value(s, SV_E2(USHR, I, a[0], sv_u32(s, 16)));
        return true;
    default: return false;
    }
    sv_fail(s, PUM_SPIRV_INVALID, "operands of GLSL.std.450 instruction %u", op);
    return true;
}

/* Where InterpolateAt... looks: x, y from the pixel's corner. */
static void
place(struct sv *s, uint32_t i, uint32_t op, pum_ir_ref at[2])
{
    uint32_t n = 0;
    const pum_ir_ref *v = op == GLSLstd450InterpolateAtCentroid ? NULL : sv_value(s, sv_arg(s, i, 5), &n);
    for (uint32_t k = 0; k < 2 && sv_ok(s); k++) {
        if (op == GLSLstd450InterpolateAtCentroid) {
            at[k] = sv_centroid(s, k);
        } else if (op == GLSLstd450InterpolateAtOffset && n == 2 && pum_ir_at(s->sh, v[k])->type == F) {
            at[k] = SV_E2(FADD, F, sv_f32(s, 0.5f), v[k]);
        } else if (op == GLSLstd450InterpolateAtSample && n == 1 && pum_ir_at(s->sh, v[0])->type == PUM_IR_I32) {
            at[k] = pum_ir_emit(&s->b, PUM_IR_SAMPLE_POS, F, 1, &v[0], k);
        } else {
            sv_fail(s, PUM_SPIRV_INVALID, "operands of the interpolation");
        }
    }
}

/* Modf, Frexp (with a pointer or as a struct) and the interpolation functions. */
static bool
special(struct sv *s, uint32_t i, uint32_t op, pum_ir_ref *out, uint32_t n)
{
    uint32_t na;
    const pum_ir_ref *a;
    switch (op) {
    case GLSLstd450Modf:
    case GLSLstd450ModfStruct:
    case GLSLstd450Frexp:
    case GLSLstd450FrexpStruct: {
        const bool is_struct = op == GLSLstd450ModfStruct || op == GLSLstd450FrexpStruct;
        const bool modf = op == GLSLstd450Modf || op == GLSLstd450ModfStruct;
        pum_ir_ref second[4];
        a = sv_value(s, sv_arg(s, i, 4), &na);
        if (na > 4 || n != (is_struct ? 2 * na : na) || !sv_ok(s) || pum_ir_at(s->sh, a[0])->type != F) {
            sv_fail(s, PUM_SPIRV_INVALID, "operands");
            return true;
        }
        for (uint32_t k = 0; k < na; k++) {
            if (modf) {
                second[k] = SV_E1(FTRUNC, F, a[k]);
                const pum_ir_ref inf = SV_E2(FEQ, B, SV_E1(FABS, F, a[k]), pum_ir_const(&s->b, F, 0x7f800000));
                out[k] = SV_E3(SELECT, F, inf, sv_f32(s, 0), SV_E2(FSUB, F, a[k], second[k]));
            } else {
                frexp_f(s, a[k], &out[k], &second[k]);
            }
        }
        if (is_struct) {
            memcpy(out + na, second, na * sizeof(*out));
        } else {
            const struct sv_ptr *p = sv_pointer(s, sv_arg(s, i, 5));
            if (sv_ok(s) && sv_type(s, p->type)->scalars == na) {
                sv_store(s, p, p->type, second);
            }
        }
        return true;
    }
    case GLSLstd450InterpolateAtCentroid:
    case GLSLstd450InterpolateAtSample:
    case GLSLstd450InterpolateAtOffset: {
        const struct sv_ptr *p = sv_pointer(s, sv_arg(s, i, 4));
        if (sv_ok(s) && sv_type(s, p->type)->scalars == n) {
            pum_ir_ref at[2];
            place(s, i, op, at);
            if (sv_ok(s)) {
                sv_load_at(s, p, p->type, at[0], at[1], out);
            }
        } else {
            sv_fail(s, PUM_SPIRV_INVALID, "interpolation of this pointer");
        }
        return true;
    }
    default: return false;
    }
}

void
sv_glsl(struct sv *s, uint32_t i)
{
    const struct sv_id *set = sv_id(s, sv_arg(s, i, 2));
    if (set->kind != SV_EXT) {
        sv_fail(s, PUM_SPIRV_INVALID, "%%%u is no instruction set", sv_arg(s, i, 2));
        return;
    }
    if (set->n != 1) {
        return; /* non-semantic */
    }
    const uint32_t op = sv_arg(s, i, 3), type = sv_arg(s, i, 0), n = sv_type(s, type)->scalars;
    pum_ir_ref out[16] = {0};
    if (n == 0 || n > 16 || sv_len(s, i) < 5) {
        sv_fail(s, PUM_SPIRV_INVALID, "operands of GLSL.std.450 instruction %u", op);
        return;
    }
    if (!special(s, i, op, out, n)) {
        uint32_t na, nb = 0, nc = 0;
        const pum_ir_ref *a = sv_value(s, sv_arg(s, i, 4), &na);
        if (sv_ok(s) && na && !vector_op(s, i, op, a, na, out, n)) {
            const pum_ir_ref *b = sv_len(s, i) > 5 ? sv_value(s, sv_arg(s, i, 5), &nb) : NULL;
            const pum_ir_ref *c = sv_len(s, i) > 6 ? sv_value(s, sv_arg(s, i, 6), &nc) : NULL;
            if (na != n || (b && nb != n) || (c && nc != n)) {
                sv_fail(s, PUM_SPIRV_INVALID, "components");
                return;
            }
            for (uint32_t k = 0; k < n && sv_ok(s); k++) {
                if (!component_types_ok(s, op, a[k], b ? b[k] : 0, c ? c[k] : 0)) {
                    sv_fail(s, PUM_SPIRV_INVALID, "operand types of GLSL.std.450 instruction %u", op);
                    return;
                }
                const bool two = op == GLSLstd450Atan2 || op == GLSLstd450Pow || (op >= GLSLstd450FMin && op <= GLSLstd450SMax) ||
                                 op == GLSLstd450Step || op == GLSLstd450Ldexp || op == GLSLstd450NMin || op == GLSLstd450NMax;
                const bool three = (op >= GLSLstd450FClamp && op <= GLSLstd450IMix) || op == GLSLstd450SmoothStep || op == GLSLstd450Fma ||
                                   op == GLSLstd450NClamp;
                if ((two && !b) || (three && !c)) {
                    sv_fail(s, PUM_SPIRV_INVALID, "operands of GLSL.std.450 instruction %u", op);
                    return;
                }
                out[k] = component(s, op, a[k], b ? b[k] : 0, c ? c[k] : 0);
                if (!out[k]) {
                    sv_fail(s, PUM_SPIRV_UNSUPPORTED, "GLSL.std.450 instruction %u", op);
                }
            }
        }
    }
    pum_ir_ref *c = sv_ok(s) && sv_typed(s, type, out, n) ? sv_define(s, sv_arg(s, i, 1), type) : NULL;
    if (c) {
        memcpy(c, out, n * sizeof(*c));
    }
}
