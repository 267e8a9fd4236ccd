/* Floats of encodings that the IR has no types for: bfloat16, and 8 bits with four or five of exponent. They are integers there; all arithmetic on
 * them is done in floats, which hold each of them exactly. SPEC: SPV_KHR_bfloat16, SPV_EXT_float8. */
#include <math.h>

#include "spirv/sv.h"

struct format {
    uint8_t mantissa, exponent; /* bits */
    uint16_t max, infinity, nan; /* without sign; E4M3 has no infinity */
};

static const struct format formats[] = {
    [SV_BFLOAT16] = {7, 8, 0x7f7f, 0x7f80, 0x7fc0},
    [SV_E4M3] = {3, 4, 0x7e, 0x7f, 0x7f},
    [SV_E5M2] = {2, 5, 0x7b, 0x7c, 0x7e},
};

pum_ir_ref
sv_decode_float(struct sv *s, pum_ir_ref x, const struct sv_type *t)
{
    const enum pum_ir_type i = PUM_IR_I32, f = PUM_IR_F32;
    switch ((enum sv_encoding)t->encoding) {
    case SV_BFLOAT16: return SV_E1(BITCAST, f, SV_E2(SHL, i, SV_E1(ZEXT, i, x), sv_u32(s, 16)));
    case SV_E5M2: { /* the upper half of a half */
        const pum_ir_ref half = SV_E2(SHL, PUM_IR_I16, SV_E1(ZEXT, PUM_IR_I16, x), sv_int(s, PUM_IR_I16, 8));
        return SV_E1(F2F, f, SV_E1(BITCAST, PUM_IR_F16, half));
    }
    case SV_E4M3: {
        const pum_ir_ref bits = SV_E1(ZEXT, i, x), mag = SV_E2(AND, i, bits, sv_u32(s, 0x7f));
        const pum_ir_ref tiny = SV_E1(BITCAST, f, SV_E2(SHL, i, mag, sv_u32(s, 20)));
        const pum_ir_ref value = SV_E1(BITCAST, i, SV_E2(FMUL, f, tiny, sv_f32(s, 0x1p120f))); /* exponents are off by 127 - 7 */
        const pum_ir_ref nan = SV_E2(IEQ, PUM_IR_BOOL, mag, sv_u32(s, 0x7f));
        const pum_ir_ref sign = SV_E2(SHL, i, SV_E2(AND, i, bits, sv_u32(s, 0x80)), sv_u32(s, 24));
        return SV_E1(BITCAST, f, SV_E2(OR, i, SV_E3(SELECT, i, nan, sv_u32(s, 0x7fc00000), value), sign));
    }
    case SV_IEEE: break;
    }
    return x;
}

double
sv_decode_constant(uint64_t bits, const struct sv_type *t)
{
    const struct format *f = &formats[t->encoding];
    const uint32_t mantissa = (uint32_t)bits & ((1u << f->mantissa) - 1), exponent = (uint32_t)(bits >> f->mantissa) & ((1u << f->exponent) - 1);
    const int bias = (1 << (f->exponent - 1)) - 1;
    const bool negative = bits >> (f->mantissa + f->exponent) & 1;
    const uint32_t mag = exponent << f->mantissa | mantissa;
    double v = exponent ? ldexp((double)(mantissa | 1u << f->mantissa), (int)exponent - bias - f->mantissa) : ldexp((double)mantissa, 1 - bias - f->mantissa);
    if (mag > f->max) {
        v = mag == f->infinity && f->infinity != f->nan ? (double)INFINITY : (double)NAN;
    }
    return negative ? -v : v;
}

uint64_t
sv_encode_constant(double x, const struct sv_type *t)
{
    const struct format *f = &formats[t->encoding];
    const int bias = (1 << (f->exponent - 1)) - 1;
    const uint64_t sign = signbit(x) ? (uint64_t)1 << (f->mantissa + f->exponent) : 0;
    int e = 0;
    if (isnan(x)) {
        return sign | f->nan;
    }
    if (isinf(x) || x == 0.0) {
        return sign | (x == 0.0 ? 0 : f->infinity);
    }
    frexp(x, &e);
    e = e - 1 < 1 - bias ? 1 - bias : e - 1; /* of the last bit, plus those of the mantissa */
    const double units = rint(ldexp(fabs(x), f->mantissa - e)); /* the mantissa with its first bit; that may carry into the exponent */
    const double code = units + ldexp((double)(e + bias - 1), f->mantissa);
    return sign | (code > (double)f->max ? f->infinity : (uint64_t)code);
}

/* A double as the nearest float whose last bit is set, unless a float holds it: rounding that once more is rounding once. */
static pum_ir_ref
to_odd_float(struct sv *s, pum_ir_ref d)
{
    const enum pum_ir_type i = PUM_IR_I32, w = PUM_IR_F64, b = PUM_IR_BOOL;
    const pum_ir_ref near = SV_E1(F2F, PUM_IR_F32, d), back = SV_E1(FABS, w, SV_E1(F2F, w, near)), mag = SV_E1(FABS, w, d);
    const pum_ir_ref bits = SV_E1(BITCAST, i, near), one = sv_u32(s, 1);
    const pum_ir_ref even = SV_E2(IEQ, b, SV_E2(AND, i, bits, one), sv_u32(s, 0));
    const pum_ir_ref up = SV_E2(AND, b, even, SV_E2(FLT, b, back, mag)), down = SV_E2(AND, b, even, SV_E2(FLT, b, mag, back));
    const pum_ir_ref raised = SV_E3(SELECT, i, up, SV_E2(IADD, i, bits, one), bits);
    return SV_E1(BITCAST, PUM_IR_F32, SV_E3(SELECT, i, down, SV_E2(ISUB, i, bits, one), raised));
}

/* Of numbers below the smallest normal one: in units of the smallest. */
static pum_ir_ref
subnormal(struct sv *s, pum_ir_ref mag, const struct format *fmt, bool to_zero)
{
    const uint32_t bias = (1u << (fmt->exponent - 1)) - 1;
    const pum_ir_ref units = SV_E2(FMUL, PUM_IR_F32, SV_E1(BITCAST, PUM_IR_F32, mag), sv_f32(s, (float)(1u << (bias - 1 + fmt->mantissa))));
    return SV_E1(F2U, PUM_IR_I32, to_zero ? units : SV_E1(FROUND_EVEN, PUM_IR_F32, units));
}

pum_ir_ref
sv_encode_float(struct sv *s, pum_ir_ref x, const struct sv_type *t, bool to_zero, bool saturate)
{
    const struct format *fmt = &formats[t->encoding];
    const enum pum_ir_type i = PUM_IR_I32, b = PUM_IR_BOOL, from = (enum pum_ir_type)pum_ir_at(s->sh, x)->type;
    const uint32_t bias = (1u << (fmt->exponent - 1)) - 1, shift = 23u - fmt->mantissa, sign_bit = 1u << (fmt->mantissa + fmt->exponent);
    x = from == PUM_IR_F64 ? to_odd_float(s, x) : from == PUM_IR_F16 ? SV_E1(F2F, PUM_IR_F32, x) : x;
    const pum_ir_ref bits = SV_E1(BITCAST, i, x), mag = SV_E2(AND, i, bits, sv_u32(s, 0x7fffffff));
    pum_ir_ref code = mag;
    if (!to_zero) { /* half a unit, less one if the last bit is even */
        const pum_ir_ref odd = SV_E2(AND, i, SV_E2(USHR, i, mag, sv_u32(s, shift)), sv_u32(s, 1));
        code = SV_E2(IADD, i, SV_E2(IADD, i, mag, sv_u32(s, (1u << (shift - 1)) - 1)), odd);
    }
    code = SV_E2(USHR, i, SV_E2(ISUB, i, code, sv_u32(s, (127 - bias) << 23)), sv_u32(s, shift));
    if (bias != 127) {
        const pum_ir_ref small = SV_E2(ULT, b, mag, sv_u32(s, (127 - bias + 1) << 23));
        code = SV_E3(SELECT, i, small, subnormal(s, mag, fmt, to_zero), code);
    }
    const pum_ir_ref infinite = SV_E2(IEQ, b, mag, sv_u32(s, 0x7f800000)), nan = SV_E2(ULT, b, sv_u32(s, 0x7f800000), mag);
    const pum_ir_ref much = sv_u32(s, saturate || to_zero ? fmt->max : fmt->infinity), endless = sv_u32(s, saturate ? fmt->max : fmt->infinity);
    const pum_ir_ref beyond = SV_E2(ULT, b, sv_u32(s, fmt->max), code);
    code = SV_E3(SELECT, i, beyond, SV_E3(SELECT, i, infinite, endless, much), code);
    code = SV_E3(SELECT, i, nan, sv_u32(s, fmt->nan), code);
    const pum_ir_ref sign = SV_E2(AND, i, SV_E2(USHR, i, bits, sv_u32(s, 32 - 1 - fmt->mantissa - fmt->exponent)), sv_u32(s, sign_bit));
    return SV_E1(TRUNC, t->bits == 16 ? PUM_IR_I16 : PUM_IR_I8, SV_E2(OR, i, code, sign));
}
