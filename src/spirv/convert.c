/* Conversions between widths, bit fields, classes of floats, extended arithmetic, integer dot products. */
#include "ir/scalar.h"
#include "spirv/sv.h"

static enum pum_ir_type
type_at(const struct sv *s, pum_ir_ref r)
{
    return (enum pum_ir_type)pum_ir_at(s->sh, r)->type;
}

static enum pum_ir_type
int_of_bits(uint32_t bits)
{
    return bits == 8 ? PUM_IR_I8 : bits == 16 ? PUM_IR_I16 : bits == 64 ? PUM_IR_I64 : PUM_IR_I32;
}

pum_ir_ref
sv_int_to(struct sv *s, pum_ir_ref r, enum pum_ir_type t, bool is_signed)
{
    const struct pum_ir_inst *in = pum_ir_at(s->sh, r);
    const enum pum_ir_type from = (enum pum_ir_type)in->type;
    if (from == t) {
        return r;
    }
    const bool narrow = pum_ir_type_bits(t) < pum_ir_type_bits(from);
    const enum pum_ir_op op = narrow ? PUM_IR_TRUNC : is_signed ? PUM_IR_SEXT : PUM_IR_ZEXT;
    if (in->op == PUM_IR_CONST) { /* addresses stay simple */
        return pum_ir_const(&s->b, t, pum_scalar_convert(op, t, from, in->imm));
    }
    return pum_ir_emit1(&s->b, op, t, r);
}

pum_ir_ref
sv_to_bits(struct sv *s, pum_ir_ref r)
{
    const enum pum_ir_type t = type_at(s, r);
    return pum_ir_type_is_float(t) ? SV_E1(BITCAST, int_of_bits(pum_ir_type_bits(t)), r) : r;
}

pum_ir_ref
sv_from_bits(struct sv *s, pum_ir_ref r, enum pum_ir_type t)
{
    return type_at(s, r) == t ? r : SV_E1(BITCAST, t, r);
}

pum_ir_ref
sv_join64(struct sv *s, pum_ir_ref lo, pum_ir_ref hi, enum pum_ir_type t)
{
    const enum pum_ir_type w = PUM_IR_I64;
    const pum_ir_ref up = SV_E2(SHL, w, SV_E1(ZEXT, w, hi), sv_int(s, w, 32));
    return sv_from_bits(s, SV_E2(OR, w, SV_E1(ZEXT, w, lo), up), t);
}

void
sv_split64(struct sv *s, pum_ir_ref r, pum_ir_ref out[2])
{
    const pum_ir_ref bits = sv_to_bits(s, r);
    out[0] = SV_E1(TRUNC, PUM_IR_I32, bits);
    out[1] = SV_E1(TRUNC, PUM_IR_I32, SV_E2(USHR, PUM_IR_I64, bits, sv_int(s, PUM_IR_I64, 32)));
}

/* ---- conversions ---- */

/* FPRoundingMode of a result; the last decoration wins. */
static bool
rounds_to_zero(struct sv *s, uint32_t i)
{
    return sv_id(s, sv_arg(s, i, 1))->round_to_zero;
}

/* From the nearest one a step towards zero, if it is larger: infinity becomes the largest number. */
static pum_ir_ref
toward_zero(struct sv *s, pum_ir_ref x, pum_ir_ref nearest, enum pum_ir_type t)
{
    const enum pum_ir_type wide = type_at(s, x), bits = int_of_bits(pum_ir_type_bits(t));
    const pum_ir_ref back = SV_E1(FABS, wide, SV_E1(F2F, wide, nearest));
    const pum_ir_ref mag = SV_E1(FABS, wide, x);
    const pum_ir_ref b = SV_E1(BITCAST, bits, nearest);
    const pum_ir_ref less = SV_E2(ISUB, bits, b, sv_int(s, bits, 1));
    return SV_E1(BITCAST, t, SV_E3(SELECT, bits, SV_E2(FLT, PUM_IR_BOOL, mag, back), less, b));
}

static pum_ir_ref
convert_one(struct sv *s, uint32_t i, uint32_t op, pum_ir_ref x, enum pum_ir_type t)
{
    const enum pum_ir_type from = type_at(s, x);
    const bool floats = op == SpvOpFConvert;
    if (floats ? !pum_ir_type_is_float(t) || !pum_ir_type_is_float(from) : !pum_ir_type_is_int(t) || !pum_ir_type_is_int(from)) {
        sv_fail(s, PUM_SPIRV_INVALID, "operand types");
        return x;
    }
    if (!floats || t == from) {
        return sv_int_to(s, x, t, op == SpvOpSConvert);
    }
    const pum_ir_ref r = SV_E1(F2F, t, x);
    return pum_ir_type_bits(t) < pum_ir_type_bits(from) && rounds_to_zero(s, i) ? toward_zero(s, x, r, t) : r;
}

/* From or to a float that is an integer in the IR. */
static pum_ir_ref
convert_encoded(struct sv *s, uint32_t i, uint32_t op, pum_ir_ref x, const struct sv_type *from, const struct sv_type *to)
{
    if (op != SpvOpFConvert || from->kind != SV_FLOAT || to->kind != SV_FLOAT) {
        sv_fail(s, PUM_SPIRV_INVALID, "operand types");
        return x;
    }
    if (from->encoding == to->encoding) {
        return x;
    }
    const pum_ir_ref f = from->encoded ? sv_decode_float(s, x, from) : x;
    if (to->encoded) {
        return sv_encode_float(s, f, to, rounds_to_zero(s, i), sv_id(s, sv_arg(s, i, 1))->saturates);
    }
    return convert_one(s, i, op, f, sv_ir_type(s, to));
}

/* Conversions between integers and such floats. False: there is none among them. */
static bool
integers(struct sv *s, uint32_t i, uint32_t op, uint32_t type, pum_ir_ref *out, uint32_t n)
{
    const bool from_float = op == SpvOpConvertFToS || op == SpvOpConvertFToU;
    const uint32_t src = sv_id(s, sv_arg(s, i, 2))->type;
    if (!sv_type(s, from_float ? src : type)->encoded) {
        return false;
    }
    uint32_t na;
    const pum_ir_ref *a = sv_value(s, sv_arg(s, i, 2), &na);
    for (uint32_t k = 0; k < n && na == n && sv_ok(s); k++) {
        const struct sv_type *to = sv_scalar_type(s, type, k), *from = sv_scalar_type(s, src, k);
        const bool to_int = to->kind == SV_INT, from_int = from->kind == SV_INT;
        if (!sv_ok(s) || to_int == from_int) {
            na = 0;
        } else if (to_int) {
            const pum_ir_ref f = sv_decode_float(s, a[k], from);
            out[k] = pum_ir_emit1(&s->b, op == SpvOpConvertFToS ? PUM_IR_F2S : PUM_IR_F2U, sv_ir_type(s, to), f);
        } else {
            const pum_ir_ref f = pum_ir_emit1(&s->b, op == SpvOpConvertSToF ? PUM_IR_S2F : PUM_IR_U2F, PUM_IR_F64, a[k]);
            out[k] = sv_encode_float(s, f, to, rounds_to_zero(s, i), sv_id(s, sv_arg(s, i, 1))->saturates);
        }
    }
    if (na != n) {
        sv_fail(s, PUM_SPIRV_INVALID, "operand types");
    }
    return true;
}

/* Same bits, other components: narrow ones are put together, low ones first, wide ones are cut. */
static void
bitcast(struct sv *s, uint32_t i, uint32_t type, pum_ir_ref *out, uint32_t n)
{
    uint32_t na;
    const pum_ir_ref *a = sv_value(s, sv_arg(s, i, 2), &na);
    if (!sv_ok(s) || !na || !n || na > SV_MAX_VECTOR || n > SV_MAX_VECTOR) {
        sv_fail(s, PUM_SPIRV_INVALID, "components");
        return;
    }
    const enum pum_ir_type t = sv_ir_type(s, sv_scalar_type(s, type, 0)), from = type_at(s, a[0]);
    const uint32_t bits = pum_ir_type_bits(t), from_bits = pum_ir_type_bits(from);
    if (!sv_ok(s) || t == PUM_IR_BOOL || from == PUM_IR_BOOL || bits * n != from_bits * na) {
        sv_fail(s, PUM_SPIRV_INVALID, "widths");
        return;
    }
    const enum pum_ir_type wide = int_of_bits(PUM_MAX(bits, from_bits)), narrow = int_of_bits(PUM_MIN(bits, from_bits));
    const uint32_t per = PUM_MAX(bits, from_bits) / PUM_MIN(bits, from_bits), step = PUM_MIN(bits, from_bits);
    for (uint32_t k = 0; k < n; k++) {
        if (per == 1) {
            out[k] = sv_from_bits(s, t == from ? a[k] : sv_to_bits(s, a[k]), t);
        } else if (bits > from_bits) {
            pum_ir_ref v = 0;
            for (uint32_t j = 0; j < per; j++) {
                pum_ir_ref x = SV_E1(ZEXT, wide, sv_to_bits(s, a[k * per + j]));
                x = j ? SV_E2(SHL, wide, x, sv_int(s, wide, (int64_t)(j * step))) : x;
                v = v ? SV_E2(OR, wide, v, x) : x;
            }
            out[k] = sv_from_bits(s, v, t);
        } else {
            const pum_ir_ref x = sv_to_bits(s, a[k / per]);
            const uint32_t j = k % per;
            out[k] = SV_E1(TRUNC, narrow, j ? SV_E2(USHR, wide, x, sv_int(s, wide, (int64_t)(j * step))) : x);
            out[k] = sv_from_bits(s, out[k], t);
        }
    }
}

/* Denormal halves become zero of the same sign. */
static pum_ir_ref
quantize(struct sv *s, pum_ir_ref x)
{
    const enum pum_ir_type f = PUM_IR_F32;
    if (type_at(s, x) != f) {
        sv_fail(s, PUM_SPIRV_INVALID, "operand type");
        return x;
    }
    const pum_ir_ref h = SV_E1(F2F, f, SV_E1(F2F, PUM_IR_F16, x));
    const pum_ir_ref tiny = SV_E2(FLT, PUM_IR_BOOL, SV_E1(FABS, f, h), sv_f32(s, 6.103515625e-05f));
    const pum_ir_ref zero = SV_E1(BITCAST, f, SV_E2(AND, PUM_IR_I32, SV_E1(BITCAST, PUM_IR_I32, x), sv_u32(s, 0x80000000u)));
    return SV_E3(SELECT, f, tiny, zero, h);
}

/* ---- bit fields ---- */

/* As shifts; a count of the whole width and of 0 must work. */
static pum_ir_ref
bit_field(struct sv *s, uint32_t op, pum_ir_ref base, pum_ir_ref ins, pum_ir_ref off, pum_ir_ref count)
{
    const enum pum_ir_type t = type_at(s, base);
    const pum_ir_ref width = sv_int(s, t, pum_ir_type_bits(t)), one = sv_int(s, t, 1);
    off = sv_int_to(s, off, t, false);
    count = sv_int_to(s, count, t, false);
    const pum_ir_ref full = SV_E2(IEQ, PUM_IR_BOOL, count, width);
    const pum_ir_ref low = SV_E2(ISUB, t, SV_E2(SHL, t, one, count), one);
    const pum_ir_ref mask = SV_E3(SELECT, t, full, sv_int(s, t, -1), low);
    if (op == SpvOpBitFieldInsert) {
        const pum_ir_ref m = SV_E2(SHL, t, mask, off);
        const pum_ir_ref kept = SV_E2(AND, t, base, SV_E1(NOT, t, m));
        return SV_E2(OR, t, kept, SV_E2(AND, t, SV_E2(SHL, t, ins, off), m));
    }
    const pum_ir_ref v = SV_E2(AND, t, SV_E2(USHR, t, base, off), mask);
    if (op == SpvOpBitFieldUExtract) {
        return v;
    }
    const pum_ir_ref shift = SV_E2(ISUB, t, width, count);
    const pum_ir_ref x = SV_E2(SSHR, t, SV_E2(SHL, t, v, shift), shift);
    return SV_E3(SELECT, t, SV_E2(IEQ, PUM_IR_BOOL, count, sv_int(s, t, 0)), sv_int(s, t, 0), x);
}

static void
bit_fields(struct sv *s, uint32_t i, uint32_t op, pum_ir_ref *out, uint32_t n)
{
    const uint32_t k0 = op == SpvOpBitFieldInsert;
    uint32_t na, nb;
    const pum_ir_ref off = sv_scalar(s, sv_arg(s, i, 3 + k0)), count = sv_scalar(s, sv_arg(s, i, 4 + k0));
    const pum_ir_ref *a = sv_value(s, sv_arg(s, i, 2), &na), *b = sv_value(s, sv_arg(s, i, k0 ? 3 : 2), &nb);
    bool ok = sv_ok(s) && na == n && nb == n && pum_ir_type_is_int(type_at(s, off)) && pum_ir_type_is_int(type_at(s, count));
    for (uint32_t k = 0; k < n && ok; k++) {
        ok = pum_ir_type_is_int(type_at(s, a[k])) && type_at(s, a[k]) == type_at(s, b[k]);
        out[k] = ok ? bit_field(s, op, a[k], b[k], off, count) : 0;
    }
    if (!ok) {
        sv_fail(s, PUM_SPIRV_INVALID, "operands of the bit field");
    }
}

/* The result may be wider or narrower than what is counted. */
static void
bit_counts(struct sv *s, uint32_t i, uint32_t type, pum_ir_ref *out, uint32_t n)
{
    uint32_t na;
    const pum_ir_ref *a = sv_value(s, sv_arg(s, i, 2), &na);
    const enum pum_ir_type t = sv_ok(s) ? sv_ir_type(s, sv_scalar_type(s, type, 0)) : PUM_IR_VOID;
    bool ok = sv_ok(s) && na == n && pum_ir_type_is_int(t);
    for (uint32_t k = 0; k < n && ok; k++) {
        ok = pum_ir_type_is_int(type_at(s, a[k]));
        out[k] = ok ? sv_int_to(s, SV_E1(POPCOUNT, type_at(s, a[k]), a[k]), t, false) : 0;
    }
    if (!ok) {
        sv_fail(s, PUM_SPIRV_INVALID, "operand of the bit count");
    }
}

/* ---- classes of floats, comparisons of more than one IR operation ---- */

static pum_ir_ref
float_class(struct sv *s, uint32_t op, pum_ir_ref a, pum_ir_ref b)
{
    const enum pum_ir_type t = PUM_IR_BOOL, f = type_at(s, a);
    pum_ir_ref r;
    switch (op) {
    case SpvOpIsNan: return SV_E2(FNE, t, a, a);
    case SpvOpIsInf: return SV_E2(FEQ, t, SV_E1(FABS, f, a), sv_float(s, f, __builtin_inf()));
    case SpvOpOrdered:
    case SpvOpUnordered:
        r = SV_E2(OR, t, SV_E2(FNE, t, a, a), SV_E2(FNE, t, b, b));
        return op == SpvOpOrdered ? SV_E1(NOT, t, r) : r;
    default:
        r = SV_E2(OR, t, SV_E2(FLT, t, a, b), SV_E2(FLT, t, b, a));
        return op == SpvOpFUnordEqual ? SV_E1(NOT, t, r) : r;
    }
}

static void
float_classes(struct sv *s, uint32_t i, uint32_t op, pum_ir_ref *out, uint32_t n)
{
    const bool one = op == SpvOpIsNan || op == SpvOpIsInf;
    uint32_t na, nb;
    const pum_ir_ref *a = sv_value(s, sv_arg(s, i, 2), &na), *b = sv_value(s, sv_arg(s, i, one ? 2 : 3), &nb);
    bool ok = sv_ok(s) && na == n && nb == n;
    for (uint32_t k = 0; k < n && ok; k++) {
        ok = pum_ir_type_is_float(type_at(s, a[k])) && type_at(s, a[k]) == type_at(s, b[k]);
        out[k] = ok ? float_class(s, op, a[k], b[k]) : 0;
    }
    if (!ok) {
        sv_fail(s, PUM_SPIRV_INVALID, "operand types");
    }
}

/* ---- results of two parts ---- */

static void
extended(struct sv *s, uint32_t i, uint32_t op, pum_ir_ref *out, uint32_t n)
{
    uint32_t na, nb;
    const pum_ir_ref *a = sv_value(s, sv_arg(s, i, 2), &na), *b = sv_value(s, sv_arg(s, i, 3), &nb);
    bool ok = sv_ok(s) && na == nb && n == 2 * na;
    for (uint32_t k = 0; k < na && ok; k++) {
        const enum pum_ir_type t = type_at(s, a[k]);
        ok = pum_ir_type_is_int(t) && type_at(s, b[k]) == t;
        if (!ok) {
            break;
        }
        if (op == SpvOpIAddCarry || op == SpvOpISubBorrow) {
            out[k] = pum_ir_emit2(&s->b, op == SpvOpIAddCarry ? PUM_IR_IADD : PUM_IR_ISUB, t, a[k], b[k]);
            const pum_ir_ref c = op == SpvOpIAddCarry ? SV_E2(ULT, PUM_IR_BOOL, out[k], a[k]) : SV_E2(ULT, PUM_IR_BOOL, a[k], b[k]);
            out[na + k] = SV_E3(SELECT, t, c, sv_int(s, t, 1), sv_int(s, t, 0));
        } else {
            out[k] = SV_E2(IMUL, t, a[k], b[k]);
            out[na + k] = pum_ir_emit2(&s->b, op == SpvOpUMulExtended ? PUM_IR_UMULHI : PUM_IR_SMULHI, t, a[k], b[k]);
        }
    }
    if (!ok) {
        sv_fail(s, PUM_SPIRV_INVALID, "operands");
    }
}

/* ---- integer dot products: SPV_KHR_integer_dot_product ---- */

#define MAX_DOT SV_MAX_VECTOR

/* Components as I64, where no sum of products of up to 32-bit ones can overflow; those of 64 bits wrap as they may. */
static uint32_t
dot_operand(struct sv *s, uint32_t id, bool is_signed, bool packed, pum_ir_ref out[MAX_DOT], uint32_t *bits)
{
    uint32_t n;
    const pum_ir_ref *v = sv_value(s, id, &n);
    if (!sv_ok(s) || n == 0 || n > MAX_DOT || !pum_ir_type_is_int(type_at(s, v[0])) || (n == 1) != packed ||
        (packed && type_at(s, v[0]) != PUM_IR_I32)) {
        sv_fail(s, PUM_SPIRV_INVALID, "operand of the dot product");
        return 0;
    }
    *bits = packed ? 8 : pum_ir_type_bits(type_at(s, v[0]));
    for (uint32_t k = 0; k < (packed ? 4 : n); k++) {
        pum_ir_ref x = packed ? SV_E1(TRUNC, PUM_IR_I8, k ? SV_E2(USHR, PUM_IR_I32, v[0], sv_u32(s, 8 * k)) : v[0]) : v[k];
        out[k] = sv_int_to(s, x, PUM_IR_I64, is_signed);
    }
    return packed ? 4 : n;
}

/* acc + dot, kept in the range of the result's type. */
static pum_ir_ref
saturating_add(struct sv *s, pum_ir_ref dot, pum_ir_ref acc, bool is_signed)
{
    const enum pum_ir_type t = type_at(s, acc), w = PUM_IR_I64;
    const uint32_t bits = pum_ir_type_bits(t);
    if (bits < 64) {
        const pum_ir_ref sum = SV_E2(IADD, w, dot, sv_int_to(s, acc, w, is_signed));
        const int64_t max = is_signed ? ((int64_t)1 << (bits - 1)) - 1 : ((int64_t)1 << bits) - 1;
        const pum_ir_ref low = SV_E2(SMIN, w, sum, sv_int(s, w, max));
        return SV_E1(TRUNC, t, SV_E2(SMAX, w, low, sv_int(s, w, is_signed ? -max - 1 : 0)));
    }
    const pum_ir_ref sum = SV_E2(IADD, w, dot, acc), zero = sv_int(s, w, 0);
    if (!is_signed) {
        return SV_E3(SELECT, w, SV_E2(ULT, PUM_IR_BOOL, sum, acc), sv_int(s, w, -1), sum);
    }
    const pum_ir_ref clash = SV_E2(AND, w, SV_E2(XOR, w, sum, dot), SV_E2(XOR, w, sum, acc));
    const pum_ir_ref end = SV_E3(SELECT, w, SV_E2(SLT, PUM_IR_BOOL, acc, zero), sv_int(s, w, INT64_MIN), sv_int(s, w, INT64_MAX));
    return SV_E3(SELECT, w, SV_E2(SLT, PUM_IR_BOOL, clash, zero), end, sum);
}

static void
dot_product(struct sv *s, uint32_t i, uint32_t op, uint32_t type, pum_ir_ref *out, uint32_t n)
{
    const bool accumulates = op == SpvOpSDotAccSat || op == SpvOpUDotAccSat || op == SpvOpSUDotAccSat;
    const bool a_signed = op != SpvOpUDot && op != SpvOpUDotAccSat, b_signed = op == SpvOpSDot || op == SpvOpSDotAccSat;
    const bool packed = sv_len(s, i) > (accumulates ? 5u : 4u);
    const enum pum_ir_type t = sv_ir_type(s, sv_scalar_type(s, type, 0)), w = PUM_IR_I64;
    pum_ir_ref a[MAX_DOT], b[MAX_DOT], sum = 0;
    uint32_t bits_a = 0, bits_b = 0;
    const uint32_t na = dot_operand(s, sv_arg(s, i, 2), a_signed, packed, a, &bits_a);
    const uint32_t nb = dot_operand(s, sv_arg(s, i, 3), b_signed, packed, b, &bits_b);
    if (!sv_ok(s) || n != 1 || na != nb || bits_a != bits_b || !pum_ir_type_is_int(t) || pum_ir_type_bits(t) < bits_a) {
        sv_fail(s, PUM_SPIRV_INVALID, "operands of the dot product");
        return;
    }
    if (accumulates && na > 4 && bits_a > 16) {
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "saturating sum of %u products of %u bits", na, bits_a);
        return;
    }
    for (uint32_t k = 0; k < na; k++) {
        const pum_ir_ref p = SV_E2(IMUL, w, a[k], b[k]);
        sum = sum ? SV_E2(IADD, w, sum, p) : p;
    }
    if (!accumulates) {
        out[0] = sv_int_to(s, sum, t, false);
        return;
    }
    const pum_ir_ref acc = sv_scalar(s, sv_arg(s, i, 4));
    if (!sv_ok(s) || type_at(s, acc) != t) {
        sv_fail(s, PUM_SPIRV_INVALID, "accumulator of the dot product");
        return;
    }
    out[0] = saturating_add(s, sum, acc, a_signed);
}

bool
sv_convert(struct sv *s, uint32_t i, uint32_t op, uint32_t type, pum_ir_ref *out, uint32_t n)
{
    uint32_t na;
    const pum_ir_ref *a;
    switch (op) {
    case SpvOpUConvert:
    case SpvOpSConvert:
    case SpvOpFConvert:
    case SpvOpQuantizeToF16:
        a = sv_value(s, sv_arg(s, i, 2), &na);
        if (na != n) {
            sv_fail(s, PUM_SPIRV_INVALID, "components");
        }
        for (uint32_t k = 0; k < n && sv_ok(s); k++) {
            const struct sv_type *to = sv_scalar_type(s, type, k), *from = sv_scalar_type(s, sv_id(s, sv_arg(s, i, 2))->type, k);
            out[k] = op == SpvOpQuantizeToF16                ? quantize(s, a[k])
                     : sv_ok(s) && (to->encoded || from->encoded) ? convert_encoded(s, i, op, a[k], from, to)
                                                             : convert_one(s, i, op, a[k], sv_ir_type(s, to));
        }
        return true;
    case SpvOpConvertFToS:
    case SpvOpConvertFToU:
    case SpvOpConvertSToF:
    case SpvOpConvertUToF: return integers(s, i, op, type, out, n);
    case SpvOpBitcast: bitcast(s, i, type, out, n); return true;
    case SpvOpBitCount: bit_counts(s, i, type, out, n); return true;
    case SpvOpBitFieldInsert:
    case SpvOpBitFieldSExtract:
    case SpvOpBitFieldUExtract: bit_fields(s, i, op, out, n); return true;
    case SpvOpIsNan:
    case SpvOpIsInf:
    case SpvOpFOrdNotEqual:
    case SpvOpFUnordEqual:
    case SpvOpOrdered:
    case SpvOpUnordered: float_classes(s, i, op, out, n); return true;
    case SpvOpIAddCarry:
    case SpvOpISubBorrow:
    case SpvOpUMulExtended:
    case SpvOpSMulExtended: extended(s, i, op, out, n); return true;
    case SpvOpSDot:
    case SpvOpUDot:
    case SpvOpSUDot:
    case SpvOpSDotAccSat:
    case SpvOpUDotAccSat:
    case SpvOpSUDotAccSat: dot_product(s, i, op, type, out, n); return true;
    default: return false;
    }
}
