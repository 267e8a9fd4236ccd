#include "ir/scalar.h"

static double
to_double(enum pum_ir_type t, uint64_t v)
{
    return t == PUM_IR_F64 ? pum_f64(v) : t == PUM_IR_F32 ? (double)pum_f32((uint32_t)v) : (double)pum_half_to_float((uint32_t)v);
}

static uint64_t
float_to_int(double x, enum pum_ir_type to, bool is_signed)
{
    const uint32_t bits = pum_ir_type_bits(to);
    const uint64_t all = pum_type_mask(to), half = (uint64_t)1 << (bits - 1);
    const double limit = is_signed ? (double)half : (double)half * 2;
    if (x != x) {
        return 0;
    }
    if (x >= limit) {
        return is_signed ? all >> 1 : all;
    }
    if (is_signed) {
        return x < -limit ? half : (uint64_t)(int64_t)x & all;
    }
    return x < 0 ? 0 : (uint64_t)x & all;
}

static uint64_t
int_to_float(uint64_t v, enum pum_ir_type to, enum pum_ir_type from, bool is_signed)
{
    const int64_t s = pum_sign_extend(v, from);
    if (to == PUM_IR_F64) {
        return pum_f64_bits(is_signed ? (double)s : (double)v);
    }
    const float f = is_signed ? (float)s : (float)v;
    /* to half through float: integers that a float must round are infinite as halves */
    return to == PUM_IR_F32 ? pum_f32_bits(f) : pum_half_from_float(f);
}

static uint64_t
float_to_float(uint64_t v, enum pum_ir_type to, enum pum_ir_type from)
{
    if (from == to) {
        return v;
    }
    const double x = to_double(from, v);
    switch (to) {
    case PUM_IR_F64: return pum_f64_bits(x);
    case PUM_IR_F32: return pum_f32_bits((float)x);
    default: return pum_half_from_float(from == PUM_IR_F64 ? pum_double_to_odd_float(x) : (float)x);
    }
}

uint64_t
pum_scalar_convert(enum pum_ir_op op, enum pum_ir_type to, enum pum_ir_type from, uint64_t v)
{
    switch (op) {
    case PUM_IR_F2S: return float_to_int(to_double(from, v), to, true);
    case PUM_IR_F2U: return float_to_int(to_double(from, v), to, false);
    case PUM_IR_S2F: return int_to_float(v, to, from, true);
    case PUM_IR_U2F: return int_to_float(v, to, from, false);
    case PUM_IR_F2F: return float_to_float(v, to, from);
    case PUM_IR_SEXT: return (uint64_t)pum_sign_extend(v, from) & pum_type_mask(to);
    case PUM_IR_TRUNC: return v & pum_type_mask(to);
    default: return v; /* ZEXT, BITCAST */
    }
}
