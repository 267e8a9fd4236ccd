/* GLSL.std.450. Precision: SPEC appendix spirvenv-precision-operation; functions without an own bound follow their definition. */
#include <string.h>

#include "spirv/sv.h"

#define F PUM_IR_F32
#define I PUM_IR_I32
#define B PUM_IR_BOOL

/* Halves are computed as floats and rounded once; what is said about a type t below holds for floats and doubles. */

static enum pum_ir_type
type_at(const struct sv *s, pum_ir_ref r)
{
    return (enum pum_ir_type)pum_ir_at(s->sh, r)->type;
}

static pum_ir_ref
clampf(struct sv *s, enum pum_ir_type t, pum_ir_ref x, pum_ir_ref lo, pum_ir_ref hi)
{
    return SV_E2(FMIN, t, SV_E2(FMAX, t, x, lo), hi);
}

static pum_ir_ref
length_of(struct sv *s, enum pum_ir_type t, const pum_ir_ref *v, uint32_t n)
{
    return n == 1 ? SV_E1(FABS, t, v[0]) : SV_E1(FSQRT, t, sv_dot(s, v, v, n, t));
}

struct float_format { /* of the encoding */
    enum pum_ir_type bits;
    uint32_t width, mantissa;
    int64_t bias, reach; /* reach: from the smallest denormal to infinity */
};

static struct float_format
format_of(enum pum_ir_type t)
{
    return t == PUM_IR_F64 ? (struct float_format){PUM_IR_I64, 64, 52, 1023, 2200} : (struct float_format){PUM_IR_I32, 32, 23, 127, 300};
}

/* The lesser or greater of two. Without NSZ (FloatControls2) -0 is less than +0: zeros are joined by their bits. */
static pum_ir_ref
minmax(struct sv *s, enum pum_ir_type t, pum_ir_ref a, pum_ir_ref b, bool max)
{
    const pum_ir_ref m = pum_ir_emit2(&s->b, max ? PUM_IR_FMAX : PUM_IR_FMIN, t, a, b);
    if (!s->exact_floats) {
        return m;
    }
    const enum pum_ir_type w = format_of(t).bits;
    const pum_ir_ref joined = pum_ir_emit2(&s->b, max ? PUM_IR_AND : PUM_IR_OR, w, SV_E1(BITCAST, w, a), SV_E1(BITCAST, w, b));
    return SV_E3(SELECT, t, SV_E2(FEQ, B, a, b), SV_E1(BITCAST, t, joined), m);
}

/* NaN-aware: the other operand if one is NaN. */
static pum_ir_ref
nminmax(struct sv *s, enum pum_ir_type t, pum_ir_ref a, pum_ir_ref b, bool max)
{
    const pum_ir_ref m = minmax(s, t, a, b, max);
    return SV_E3(SELECT, t, SV_E2(FNE, B, a, a), b, m);
}

/* Of NaN it may be anything, but with FloatControls2 one of the usual values. */
static pum_ir_ref
sign_f(struct sv *s, enum pum_ir_type t, pum_ir_ref x)
{
    const pum_ir_ref rest = s->exact_floats ? SV_E3(SELECT, t, SV_E2(FEQ, B, x, x), x, sv_float(s, t, 0)) : x;
    const pum_ir_ref neg = SV_E3(SELECT, t, SV_E2(FLT, B, x, sv_float(s, t, 0)), sv_float(s, t, -1), rest);
    return SV_E3(SELECT, t, SV_E2(FLT, B, sv_float(s, t, 0), x), sv_float(s, t, 1), neg);
}

/* x * 2^e in three steps, so that results near the ends of the range are right. */
static pum_ir_ref
ldexp_f(struct sv *s, enum pum_ir_type t, pum_ir_ref x, pum_ir_ref exponent)
{
    const struct float_format f = format_of(t);
    const enum pum_ir_type w = f.bits;
    const enum pum_ir_type et = type_at(s, exponent), ct = pum_ir_type_bits(et) > f.width ? et : w; /* in range before it is cut */
    const pum_ir_ref e = sv_int_to(s, exponent, ct, true);
    const pum_ir_ref c = sv_int_to(s, SV_E2(SMAX, ct, SV_E2(SMIN, ct, e, sv_int(s, ct, f.reach)), sv_int(s, ct, -f.reach)), w, true);
    const pum_ir_ref third = SV_E2(SDIV, w, c, sv_int(s, w, 3));
    const pum_ir_ref rest = SV_E2(ISUB, w, c, SV_E2(SHL, w, third, sv_int(s, w, 1)));
    pum_ir_ref r = x;
    for (int k = 0; k < 3; k++) {
        const pum_ir_ref part = k < 2 ? third : rest;
        const pum_ir_ref bits = SV_E2(SHL, w, SV_E2(IADD, w, part, sv_int(s, w, f.bias)), sv_int(s, w, f.mantissa));
        r = SV_E2(FMUL, t, r, SV_E1(BITCAST, t, bits));
    }
    return r;
}

/* exp: I32. */
static void
frexp_f(struct sv *s, enum pum_ir_type t, pum_ir_ref x, pum_ir_ref *mant, pum_ir_ref *exp)
{
    const struct float_format f = format_of(t);
    const enum pum_ir_type w = f.bits;
    const int64_t one = (int64_t)1 << f.mantissa, all = 2 * f.bias + 1;
    /* Denormals are scaled into the normal range first. */
    const pum_ir_ref least = pum_ir_const(&s->b, t, (uint64_t)one);
    const pum_ir_ref tiny = SV_E2(FLT, B, SV_E1(FABS, t, x), least);
    const pum_ir_ref y = SV_E3(SELECT, t, tiny, SV_E2(FMUL, t, x, sv_float(s, t, (double)(2 * one))), x);
    const pum_ir_ref bits = SV_E1(BITCAST, w, y);
    const pum_ir_ref be = SV_E2(AND, w, SV_E2(USHR, w, bits, sv_int(s, w, f.mantissa)), sv_int(s, w, all));
    const pum_ir_ref kept = SV_E2(AND, w, bits, sv_int(s, w, (int64_t)(~((uint64_t)all << f.mantissa))));
    const pum_ir_ref m = SV_E1(BITCAST, t, SV_E2(OR, w, kept, sv_int(s, w, (f.bias - 1) << f.mantissa)));
    const pum_ir_ref off = SV_E3(SELECT, w, tiny, sv_int(s, w, f.bias + f.mantissa), sv_int(s, w, f.bias - 1));
    const pum_ir_ref special = SV_E2(OR, B, SV_E2(FEQ, B, x, sv_float(s, t, 0)), SV_E2(IEQ, B, be, sv_int(s, w, all)));
    *mant = SV_E3(SELECT, t, special, x, m);
    *exp = sv_int_to(s, SV_E3(SELECT, w, special, sv_int(s, w, 0), SV_E2(ISUB, w, be, off)), I, true);
}

/* ---- packing ---- */

static pum_ir_ref
pack_norm(struct sv *s, const pum_ir_ref *v, uint32_t n, uint32_t bits, bool is_signed)
{
    const float scale = is_signed ? (float)((1 << (bits - 1)) - 1) : (float)((1u << bits) - 1);
    pum_ir_ref r = 0;
    for (uint32_t k = 0; k < n; k++) {
        const pum_ir_ref c = clampf(s, F, v[k], sv_f32(s, is_signed ? -1.0f : 0.0f), sv_f32(s, 1.0f));
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
            w = clampf(s, F, w, sv_f32(s, -1), sv_f32(s, 1));
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
minor(struct sv *s, enum pum_ir_type t, const pum_ir_ref *m, uint32_t n, uint32_t skip_c, uint32_t skip_r);

static pum_ir_ref
determinant(struct sv *s, enum pum_ir_type t, const pum_ir_ref *m, uint32_t n)
{
    if (n == 1) {
        return m[0];
    }
    if (n == 2) {
        return SV_E2(FSUB, t, SV_E2(FMUL, t, m[0], m[3]), SV_E2(FMUL, t, m[2], m[1]));
    }
    pum_ir_ref r = 0;
    for (uint32_t c = 0; c < n; c++) {
        const pum_ir_ref p = SV_E2(FMUL, t, m[c * n], minor(s, t, m, n, c, 0));
        r = c == 0 ? p : c & 1 ? SV_E2(FSUB, t, r, p) : SV_E2(FADD, t, r, p);
    }
    return r;
}

static pum_ir_ref
minor(struct sv *s, enum pum_ir_type t, const pum_ir_ref *m, uint32_t n, uint32_t skip_c, uint32_t skip_r)
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
    return determinant(s, t, sub, n - 1);
}

static void
inverse(struct sv *s, enum pum_ir_type t, const pum_ir_ref *m, uint32_t n, pum_ir_ref *out)
{
    const pum_ir_ref det = determinant(s, t, m, n);
    for (uint32_t c = 0; c < n; c++) {
        for (uint32_t r = 0; r < n; r++) {
            pum_ir_ref x = minor(s, t, m, n, r, c);
            x = (c + r) & 1 ? SV_E1(FNEG, t, x) : x;
            out[c * n + r] = SV_E2(FDIV, t, x, det);
        }
    }
}

/* ---- one component ---- */

/* half: the result will be rounded to one. Constants are then as halves have them. */
static pum_ir_ref
component(struct sv *s, uint32_t op, enum pum_ir_type t, bool half, pum_ir_ref x, pum_ir_ref y, pum_ir_ref z)
{
    const int64_t top = pum_ir_type_bits(t) - 1;
    switch (op) {
    case GLSLstd450Round:
    case GLSLstd450RoundEven: return SV_E1(FROUND_EVEN, t, x);
    case GLSLstd450Trunc: return SV_E1(FTRUNC, t, x);
    case GLSLstd450FAbs: return SV_E1(FABS, t, x);
    case GLSLstd450SAbs: return SV_E2(SMAX, t, x, SV_E1(INEG, t, x));
    case GLSLstd450FSign: return sign_f(s, t, x);
    case GLSLstd450SSign:
        return SV_E2(OR, t, SV_E2(SSHR, t, x, sv_int(s, t, top)), SV_E2(USHR, t, SV_E1(INEG, t, x), sv_int(s, t, top)));
    case GLSLstd450Floor: return SV_E1(FFLOOR, t, x);
    case GLSLstd450Ceil: return SV_E1(FCEIL, t, x);
    case GLSLstd450Fract: {
        const double below_one = half ? 1.0 - 0x1p-11 : t == PUM_IR_F64 ? 1.0 - 0x1p-53 : 1.0 - 0x1p-24;
        return SV_E2(FMIN, t, SV_E2(FSUB, t, x, SV_E1(FFLOOR, t, x)), sv_float(s, t, below_one));
    }
    case GLSLstd450Radians: return SV_E2(FMUL, t, x, sv_float(s, t, half ? 0.0174560546875 : 0.017453292519943295));
    case GLSLstd450Degrees: return SV_E2(FMUL, t, x, sv_float(s, t, half ? 57.28125 : 57.29577951308232));
    case GLSLstd450Sin: return SV_E1(FSIN, t, x);
    case GLSLstd450Cos: return SV_E1(FCOS, t, x);
    case GLSLstd450Tan: return SV_E1(FTAN, t, x);
    case GLSLstd450Asin: return SV_E1(FASIN, t, x);
    case GLSLstd450Acos: return SV_E1(FACOS, t, x);
    case GLSLstd450Atan: return SV_E1(FATAN, t, x);
    case GLSLstd450Sinh: return SV_E1(FSINH, t, x);
    case GLSLstd450Cosh: return SV_E1(FCOSH, t, x);
    case GLSLstd450Tanh: return SV_E1(FTANH, t, x);
    case GLSLstd450Asinh: return SV_E1(FASINH, t, x);
    case GLSLstd450Acosh: return SV_E1(FACOSH, t, x);
    case GLSLstd450Atanh: return SV_E1(FATANH, t, x);
    case GLSLstd450Atan2: return SV_E2(FATAN2, t, x, y);
    case GLSLstd450Pow: return SV_E2(FPOW, t, x, y);
    case GLSLstd450Exp: return SV_E1(FEXP, t, x);
    case GLSLstd450Log: return SV_E1(FLOG, t, x);
    case GLSLstd450Exp2: return SV_E1(FEXP2, t, x);
    case GLSLstd450Log2: return SV_E1(FLOG2, t, x);
    case GLSLstd450Sqrt: return SV_E1(FSQRT, t, x);
    case GLSLstd450InverseSqrt: return SV_E2(FDIV, t, sv_float(s, t, 1), SV_E1(FSQRT, t, x));
    case GLSLstd450FMin: return minmax(s, t, x, y, false);
    case GLSLstd450FMax: return minmax(s, t, x, y, true);
    case GLSLstd450UMin: return SV_E2(UMIN, t, x, y);
    case GLSLstd450UMax: return SV_E2(UMAX, t, x, y);
    case GLSLstd450SMin: return SV_E2(SMIN, t, x, y);
    case GLSLstd450SMax: return SV_E2(SMAX, t, x, y);
    case GLSLstd450FClamp: return minmax(s, t, minmax(s, t, x, y, true), z, false);
    case GLSLstd450UClamp: return SV_E2(UMIN, t, SV_E2(UMAX, t, x, y), z);
    case GLSLstd450SClamp: return SV_E2(SMIN, t, SV_E2(SMAX, t, x, y), z);
    case GLSLstd450NMin: return nminmax(s, t, x, y, false);
    case GLSLstd450NMax: return nminmax(s, t, x, y, true);
    case GLSLstd450NClamp: return nminmax(s, t, nminmax(s, t, x, y, true), z, false);
    case GLSLstd450FMix: {
        const pum_ir_ref one = SV_E2(FSUB, t, sv_float(s, t, 1), z);
        return SV_E2(FADD, t, SV_E2(FMUL, t, x, one), SV_E2(FMUL, t, y, z));
    }
    case GLSLstd450Step: return SV_E3(SELECT, t, SV_E2(FLT, B, y, x), sv_float(s, t, 0), sv_float(s, t, 1));
    case GLSLstd450SmoothStep: {
        const pum_ir_ref q = SV_E2(FDIV, t, SV_E2(FSUB, t, z, x), SV_E2(FSUB, t, y, x));
        const pum_ir_ref h = clampf(s, t, q, sv_float(s, t, 0), sv_float(s, t, 1));
        const pum_ir_ref k = SV_E2(FSUB, t, sv_float(s, t, 3), SV_E2(FMUL, t, sv_float(s, t, 2), h));
        return SV_E2(FMUL, t, SV_E2(FMUL, t, h, h), k);
    }
    case GLSLstd450Fma: return SV_E3(FFMA, t, x, y, z);
    case GLSLstd450Ldexp: return ldexp_f(s, t, x, y);
    case GLSLstd450FindILsb: {
        const pum_ir_ref c = SV_E1(CTZ, t, x);
        return SV_E3(SELECT, t, SV_E2(IEQ, B, x, sv_int(s, t, 0)), sv_int(s, t, -1), c);
    }
    case GLSLstd450FindUMsb: return SV_E2(ISUB, t, sv_int(s, t, top), SV_E1(CLZ, t, x));
    case GLSLstd450FindSMsb: {
        const pum_ir_ref y2 = SV_E2(XOR, t, x, SV_E2(SSHR, t, x, sv_int(s, t, top)));
        return SV_E2(ISUB, t, sv_int(s, t, top), SV_E1(CLZ, t, y2));
    }
    default: return 0;
    }
}

static bool
is_int_op(uint32_t op)
{
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
    case GLSLstd450FindUMsb: return true;
    default: return false;
    }
}

/* Functions that exist for 16 and 32 bits only. */
static bool
is_transcendental(uint32_t op)
{
    return (op >= GLSLstd450Sin && op <= GLSLstd450Log2) || op == GLSLstd450Radians || op == GLSLstd450Degrees;
}

static bool
component_types_ok(struct sv *s, uint32_t op, pum_ir_ref x, pum_ir_ref y, pum_ir_ref z)
{
    const enum pum_ir_type t = type_at(s, x);
    if (is_int_op(op) ? !pum_ir_type_is_int(t) : !pum_ir_type_is_float(t) || (t == PUM_IR_F64 && is_transcendental(op))) {
        return false;
    }
    if (op == GLSLstd450Ldexp) {
        return y && pum_ir_type_is_int(type_at(s, y));
    }
    return (!y || type_at(s, y) == t) && (!z || type_at(s, z) == t);
}

static bool
all_float(const struct sv *s, const pum_ir_ref *v, uint32_t n, enum pum_ir_type t)
{
    for (uint32_t k = 0; k < n; k++) {
        if (type_at(s, v[k]) != t) {
            return false;
        }
    }
    return n > 0 && pum_ir_type_is_float(t);
}

/* Halves as floats; others as they are. */
static const pum_ir_ref *
widened(struct sv *s, const pum_ir_ref *v, uint32_t n)
{
    if (!v || !n || type_at(s, v[0]) != PUM_IR_F16) {
        return v;
    }
    pum_ir_ref *w = sv_alloc(s, n, sizeof(*w));
    for (uint32_t k = 0; w && k < n; k++) {
        w[k] = type_at(s, v[k]) == PUM_IR_F16 ? SV_E1(F2F, F, v[k]) : v[k];
    }
    return w ? w : v;
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
    const pum_ir_ref *b = sv_len(s, i) > 5 ? sv_value(s, sv_arg(s, i, 5), &nb) : NULL;
    b = sv_ok(s) ? widened(s, b, nb) : b;
    const enum pum_ir_type t = type_at(s, a[0]);
    const bool bits = op == GLSLstd450UnpackSnorm4x8 || op == GLSLstd450UnpackUnorm4x8 || op == GLSLstd450UnpackSnorm2x16 ||
                        op == GLSLstd450UnpackUnorm2x16 || op == GLSLstd450UnpackHalf2x16 || op == GLSLstd450PackDouble2x32;
    const bool floats_only = op >= GLSLstd450PackSnorm4x8 && op <= GLSLstd450PackHalf2x16;
    if (!sv_ok(s) || na > SV_MAX_VECTOR || (!bits && !all_float(s, a, na, t)) || (b && !all_float(s, b, nb, t)) || (floats_only && t != F)) {
        sv_fail(s, PUM_SPIRV_INVALID, "operands of GLSL.std.450 instruction %u", op);
        return true;
    }
    switch (op) {
    case GLSLstd450Length:
        out[0] = length_of(s, t, a, na);
        return true;
    case GLSLstd450Distance: {
        pum_ir_ref *d = sv_alloc(s, na, sizeof(*d));
        if (nb != na || !d) {
            break;
        }
        for (uint32_t k = 0; k < na; k++) {
            d[k] = SV_E2(FSUB, t, a[k], b[k]);
        }
        out[0] = length_of(s, t, d, na);
        return true;
    }
    case GLSLstd450Normalize: {
        const pum_ir_ref l = length_of(s, t, a, na);
        for (uint32_t k = 0; k < na && k < n; k++) {
            out[k] = SV_E2(FDIV, t, a[k], l);
        }
        return true;
    }
    case GLSLstd450Cross:
        if (na != 3 || nb != 3 || n != 3) {
            break;
        }
        for (uint32_t k = 0; k < 3; k++) {
            const uint32_t u = (k + 1) % 3, v = (k + 2) % 3;
            out[k] = SV_E2(FSUB, t, SV_E2(FMUL, t, a[u], b[v]), SV_E2(FMUL, t, b[u], a[v]));
        }
        return true;
    case GLSLstd450FaceForward: {
        uint32_t nc;
        const pum_ir_ref *c = sv_value(s, sv_arg(s, i, 6), &nc);
        c = sv_ok(s) ? widened(s, c, nc) : c;
        if (!sv_ok(s) || !all_float(s, c, nc, t) || nb != na || nc != na || n != na) {
            break;
        }
        const pum_ir_ref neg = SV_E2(FLT, B, sv_dot(s, c, b, na, t), sv_float(s, t, 0));
        for (uint32_t k = 0; k < n; k++) {
            out[k] = SV_E3(SELECT, t, neg, a[k], SV_E1(FNEG, t, a[k]));
        }
        return true;
    }
    case GLSLstd450Reflect: {
        if (!b || nb != na || n != na) {
            break;
        }
        const pum_ir_ref d = SV_E2(FMUL, t, sv_float(s, t, 2), sv_dot(s, b, a, na, t));
        for (uint32_t k = 0; k < n; k++) {
            out[k] = SV_E2(FSUB, t, a[k], SV_E2(FMUL, t, d, b[k]));
        }
        return true;
    }
    case GLSLstd450Refract: {
        pum_ir_ref eta = sv_scalar(s, sv_arg(s, i, 6));
        eta = sv_ok(s) ? widened(s, &eta, 1)[0] : eta;
        if (!sv_ok(s) || nb != na || n != na || type_at(s, eta) != t) {
            break;
        }
        const pum_ir_ref d = sv_dot(s, b, a, na, t);
        const pum_ir_ref one = sv_float(s, t, 1);
        const pum_ir_ref k2 = SV_E2(FMUL, t, SV_E2(FMUL, t, eta, eta), SV_E2(FSUB, t, one, SV_E2(FMUL, t, d, d)));
        const pum_ir_ref kk = SV_E2(FSUB, t, one, k2);
        const pum_ir_ref total = SV_E2(FLT, B, kk, sv_float(s, t, 0));
        const pum_ir_ref w = SV_E2(FADD, t, SV_E2(FMUL, t, eta, d), SV_E1(FSQRT, t, kk));
        for (uint32_t k = 0; k < n; k++) {
            const pum_ir_ref r = SV_E2(FSUB, t, SV_E2(FMUL, t, eta, a[k]), SV_E2(FMUL, t, w, b[k]));
            out[k] = SV_E3(SELECT, t, total, sv_float(s, t, 0), r);
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
            out[0] = determinant(s, t, a, d);
        } else {
            inverse(s, t, a, d, out);
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
    case GLSLstd450PackDouble2x32:
        if (na != 2 || n != 1 || t != I || type_at(s, a[1]) != I) {
            break;
        }
        out[0] = sv_join64(s, a[0], a[1], PUM_IR_F64);
        return true;
    case GLSLstd450UnpackDouble2x32:
        if (na != 1 || n != 2 || t != PUM_IR_F64) {
            break;
        }
        sv_split64(s, a[0], out);
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

/* x, which is positive or has the sign of y, with the sign of y: zeros have one, too. */
static pum_ir_ref
with_sign(struct sv *s, enum pum_ir_type t, pum_ir_ref x, pum_ir_ref y)
{
    const enum pum_ir_type w = format_of(t).bits;
    const pum_ir_ref sign = SV_E2(AND, w, SV_E1(BITCAST, w, y), sv_int(s, w, (int64_t)(1ull << (format_of(t).width - 1))));
    return SV_E1(BITCAST, t, SV_E2(OR, w, SV_E1(BITCAST, w, x), sign));
}

static void
parts(struct sv *s, uint32_t i, bool modf, bool is_struct, const pum_ir_ref *a, uint32_t na, pum_ir_ref *out)
{
    const enum pum_ir_type half_or_not = type_at(s, a[0]), t = half_or_not == PUM_IR_F16 ? F : half_or_not;
    const struct sv_ptr *p = is_struct ? NULL : sv_pointer(s, sv_arg(s, i, 5));
    const uint32_t where = p ? p->type : sv_arg(s, i, 0), first = p ? 0 : na;
    pum_ir_ref *second = sv_alloc(s, na, sizeof(*second));
    if (!sv_ok(s) || sv_type(s, where)->scalars != first + na) {
        sv_fail(s, PUM_SPIRV_INVALID, "place of the second result");
        return;
    }
    a = widened(s, a, na);
    const enum pum_ir_type want = sv_ir_type(s, sv_scalar_type(s, where, first));
    for (uint32_t k = 0; k < na; k++) {
        if (modf) {
            second[k] = SV_E1(FTRUNC, t, a[k]);
            const pum_ir_ref inf = SV_E2(FEQ, B, SV_E1(FABS, t, a[k]), sv_float(s, t, __builtin_inf()));
            out[k] = with_sign(s, t, SV_E3(SELECT, t, inf, sv_float(s, t, 0), SV_E2(FSUB, t, a[k], second[k])), a[k]);
            second[k] = t == half_or_not ? second[k] : SV_E1(F2F, half_or_not, second[k]);
        } else {
            frexp_f(s, t, a[k], &out[k], &second[k]);
            second[k] = pum_ir_type_is_int(want) ? sv_int_to(s, second[k], want, true) : second[k];
        }
        out[k] = t == half_or_not ? out[k] : SV_E1(F2F, half_or_not, out[k]);
    }
    if (!sv_ok(s) || type_at(s, second[0]) != want) {
        sv_fail(s, PUM_SPIRV_INVALID, "type of the second result");
    } else if (is_struct) {
        memcpy(out + na, second, na * sizeof(*out));
    } else {
        sv_store(s, p, p->type, second);
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
        a = sv_value(s, sv_arg(s, i, 4), &na);
        if (!sv_ok(s) || na == 0 || na > SV_MAX_VECTOR || n != (is_struct ? 2 * na : na) || !all_float(s, a, na, type_at(s, a[0]))) {
            sv_fail(s, PUM_SPIRV_INVALID, "operands");
            return true;
        }
        parts(s, i, modf, is_struct, a, na, out);
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

static void
components(struct sv *s, uint32_t i, uint32_t op, uint32_t type, pum_ir_ref *out, uint32_t n)
{
    const bool two = op == GLSLstd450Atan2 || op == GLSLstd450Pow || (op >= GLSLstd450FMin && op <= GLSLstd450SMax) || op == GLSLstd450Step ||
                     op == GLSLstd450Ldexp || op == GLSLstd450NMin || op == GLSLstd450NMax;
    const bool three = (op >= GLSLstd450FClamp && op <= GLSLstd450IMix) || op == GLSLstd450SmoothStep || op == GLSLstd450Fma ||
                       op == GLSLstd450NClamp;
    uint32_t na, nb = 0, nc = 0;
    const pum_ir_ref *a = sv_value(s, sv_arg(s, i, 4), &na), *b = NULL, *c = NULL;
    if (!sv_ok(s) || !na) {
        return;
    }
    const bool half = type_at(s, a[0]) == PUM_IR_F16;
    a = widened(s, a, na);
    if (!vector_op(s, i, op, a, na, out, n)) {
        b = sv_len(s, i) > 5 ? sv_value(s, sv_arg(s, i, 5), &nb) : NULL;
        c = sv_len(s, i) > 6 ? sv_value(s, sv_arg(s, i, 6), &nc) : NULL;
        if (!sv_ok(s) || na != n || (b && nb != n) || (c && nc != n) || (two && !b) || (three && !(b && c))) {
            sv_fail(s, PUM_SPIRV_INVALID, "operands of GLSL.std.450 instruction %u", op);
            return;
        }
        b = widened(s, b, nb);
        c = widened(s, c, nc);
    }
    for (uint32_t k = 0; k < n && a && sv_ok(s) && !out[k]; k++) {
        if (!component_types_ok(s, op, a[k], b ? b[k] : 0, c ? c[k] : 0)) {
            sv_fail(s, PUM_SPIRV_INVALID, "operand types of GLSL.std.450 instruction %u", op);
            return;
        }
        const enum pum_ir_type t = type_at(s, a[k]);
        out[k] = component(s, op, t, half, a[k], b ? b[k] : 0, c ? c[k] : 0);
        if (!out[k]) {
            sv_fail(s, PUM_SPIRV_UNSUPPORTED, "GLSL.std.450 instruction %u", op);
        }
    }
    for (uint32_t k = 0; half && k < n && sv_ok(s); k++) {
        if (type_at(s, out[k]) == F && sv_ir_type(s, sv_scalar_type(s, type, k)) == PUM_IR_F16) {
            out[k] = SV_E1(F2F, PUM_IR_F16, out[k]);
        }
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
    if (set->n == SV_SET_PRINT) {
        sv_print(s, i);
    }
    if (set->n != SV_SET_GLSL) {
        return; /* non-semantic */
    }
    const uint32_t op = sv_arg(s, i, 3), type = sv_arg(s, i, 0), n = sv_type(s, type)->scalars;
    pum_ir_ref few[16] = {0}, *out = n <= PUM_ARRAY_LEN(few) ? few : sv_alloc(s, PUM_MIN(n, 2u * SV_MAX_VECTOR), sizeof(*out));
    if (n == 0 || n > 2 * SV_MAX_VECTOR || !out || sv_len(s, i) < 5) {
        sv_fail(s, PUM_SPIRV_INVALID, "operands of GLSL.std.450 instruction %u", op);
        return;
    }
    memset(out, 0, n * sizeof(*out));
    if (!special(s, i, op, out, n)) {
        components(s, i, op, type, out, n);
    }
    pum_ir_ref *c = sv_ok(s) && sv_typed(s, type, out, n) ? sv_define(s, sv_arg(s, i, 1), type) : NULL;
    if (c) {
        memcpy(c, out, n * sizeof(*c));
    }
}
