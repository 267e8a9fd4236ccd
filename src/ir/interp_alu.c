/* Arithmetic of the interpreter: ir/ir_ops.h, to the bit. Plain loops over sixteen lanes, for the compiler to vectorise. */
#include <math.h>

#include "ir/interp_int.h"
#include "ir/scalar.h"

#define EACH for (uint32_t l = 0; l < PUM_LANES; l++)

typedef const uint32_t *restrict u32_in;
typedef const uint64_t *restrict u64_in;

/* ---- floats ---- */

#define LOOP_F32(expr)                                                                                                  \
    EACH                                                                                                                \
    {                                                                                                                   \
        const float x = pum_f32(a[l]), y = pum_f32(b[l]);                                                               \
        (void)x;                                                                                                        \
        (void)y;                                                                                                        \
        d[l] = pum_f32_bits(expr);                                                                                      \
    }
#define LOOP_F16(expr)                                                                                                  \
    EACH                                                                                                                \
    {                                                                                                                   \
        const float x = pum_half_to_float(a[l]), y = pum_half_to_float(b[l]);                                           \
        (void)x;                                                                                                        \
        (void)y;                                                                                                        \
        d[l] = pum_half_from_float(expr);                                                                               \
    }
#define LOOP_F64(expr)                                                                                                  \
    EACH                                                                                                                \
    {                                                                                                                   \
        const double x = pum_f64(a[l]), y = pum_f64(b[l]);                                                              \
        (void)x;                                                                                                        \
        (void)y;                                                                                                        \
        d[l] = pum_f64_bits(expr);                                                                                      \
    }

static bool
alu_f32(enum pum_ir_op op, uint32_t *restrict d, u32_in a, u32_in b, u32_in c)
{
    switch (op) {
    case PUM_IR_FADD: LOOP_F32(x + y) return true;
    case PUM_IR_FSUB: LOOP_F32(x - y) return true;
    case PUM_IR_FMUL: LOOP_F32(x * y) return true;
    case PUM_IR_FDIV: LOOP_F32(x / y) return true;
    case PUM_IR_FREM: LOOP_F32(x - y * truncf(x / y)) return true;
    case PUM_IR_FMOD: LOOP_F32(x - y * floorf(x / y)) return true;
    case PUM_IR_FSQRT: LOOP_F32(sqrtf(x)) return true;
    case PUM_IR_FFLOOR: LOOP_F32(floorf(x)) return true;
    case PUM_IR_FCEIL: LOOP_F32(ceilf(x)) return true;
    case PUM_IR_FTRUNC: LOOP_F32(truncf(x)) return true;
    case PUM_IR_FROUND_EVEN: LOOP_F32(rintf(x)) return true;
    case PUM_IR_FMIN: LOOP_F32(y < x ? y : x) return true;
    case PUM_IR_FMAX: LOOP_F32(x < y ? y : x) return true;
    case PUM_IR_FFMA: EACH { d[l] = pum_f32_bits(fmaf(pum_f32(a[l]), pum_f32(b[l]), pum_f32(c[l]))); } return true;
    case PUM_IR_FEQ: EACH { d[l] = pum_f32(a[l]) == pum_f32(b[l]); } return true;
    case PUM_IR_FNE: EACH { d[l] = pum_f32(a[l]) != pum_f32(b[l]); } return true;
    case PUM_IR_FLT: EACH { d[l] = pum_f32(a[l]) < pum_f32(b[l]); } return true;
    case PUM_IR_FLE: EACH { d[l] = pum_f32(a[l]) <= pum_f32(b[l]); } return true;
    case PUM_IR_FNEG: EACH { d[l] = a[l] ^ 0x80000000u; } return true;
    case PUM_IR_FABS: EACH { d[l] = a[l] & 0x7fffffffu; } return true;
    default: return false;
    }
}

static float
half_round(float x)
{
    return pum_half_to_float(pum_half_from_float(x));
}

/* Halves are computed as floats: 24 >= 2 * 11 + 2 bits, so that rounding twice is rounding once. */
static bool
alu_f16(enum pum_ir_op op, uint32_t *restrict d, u32_in a, u32_in b, u32_in c)
{
    switch (op) {
    case PUM_IR_FADD: LOOP_F16(x + y) return true;
    case PUM_IR_FSUB: LOOP_F16(x - y) return true;
    case PUM_IR_FMUL: LOOP_F16(x * y) return true;
    case PUM_IR_FDIV: LOOP_F16(x / y) return true;
    case PUM_IR_FREM: LOOP_F16(x - half_round(y * truncf(half_round(x / y)))) return true;
    case PUM_IR_FMOD: LOOP_F16(x - half_round(y * floorf(half_round(x / y)))) return true;
    case PUM_IR_FSQRT: LOOP_F16(sqrtf(x)) return true;
    case PUM_IR_FFLOOR: LOOP_F16(floorf(x)) return true;
    case PUM_IR_FCEIL: LOOP_F16(ceilf(x)) return true;
    case PUM_IR_FTRUNC: LOOP_F16(truncf(x)) return true;
    case PUM_IR_FROUND_EVEN: LOOP_F16(rintf(x)) return true;
    case PUM_IR_FMIN: LOOP_F16(y < x ? y : x) return true;
    case PUM_IR_FMAX: LOOP_F16(x < y ? y : x) return true;
    case PUM_IR_FFMA: EACH { d[l] = pum_half_fma(a[l], b[l], c[l]); } return true;
    case PUM_IR_FEQ: EACH { d[l] = pum_half_to_float(a[l]) == pum_half_to_float(b[l]); } return true;
    case PUM_IR_FNE: EACH { d[l] = pum_half_to_float(a[l]) != pum_half_to_float(b[l]); } return true;
    case PUM_IR_FLT: EACH { d[l] = pum_half_to_float(a[l]) < pum_half_to_float(b[l]); } return true;
    case PUM_IR_FLE: EACH { d[l] = pum_half_to_float(a[l]) <= pum_half_to_float(b[l]); } return true;
    case PUM_IR_FNEG: EACH { d[l] = a[l] ^ 0x8000u; } return true;
    case PUM_IR_FABS: EACH { d[l] = a[l] & 0x7fffu; } return true;
    default: return false;
    }
}

static bool
alu_f64(enum pum_ir_op op, uint64_t *restrict d, u64_in a, u64_in b, u64_in c)
{
    uint32_t *restrict flag = (uint32_t *)(void *)d;
    switch (op) {
    case PUM_IR_FADD: LOOP_F64(x + y) return true;
    case PUM_IR_FSUB: LOOP_F64(x - y) return true;
    case PUM_IR_FMUL: LOOP_F64(x * y) return true;
    case PUM_IR_FDIV: LOOP_F64(x / y) return true;
    case PUM_IR_FREM: LOOP_F64(x - y * trunc(x / y)) return true;
    case PUM_IR_FMOD: LOOP_F64(x - y * floor(x / y)) return true;
    case PUM_IR_FSQRT: LOOP_F64(sqrt(x)) return true;
    case PUM_IR_FFLOOR: LOOP_F64(floor(x)) return true;
    case PUM_IR_FCEIL: LOOP_F64(ceil(x)) return true;
    case PUM_IR_FTRUNC: LOOP_F64(trunc(x)) return true;
    case PUM_IR_FROUND_EVEN: LOOP_F64(rint(x)) return true;
    case PUM_IR_FMIN: LOOP_F64(y < x ? y : x) return true;
    case PUM_IR_FMAX: LOOP_F64(x < y ? y : x) return true;
    case PUM_IR_FFMA: EACH { d[l] = pum_f64_bits(fma(pum_f64(a[l]), pum_f64(b[l]), pum_f64(c[l]))); } return true;
    case PUM_IR_FEQ: EACH { flag[l] = pum_f64(a[l]) == pum_f64(b[l]); } return true;
    case PUM_IR_FNE: EACH { flag[l] = pum_f64(a[l]) != pum_f64(b[l]); } return true;
    case PUM_IR_FLT: EACH { flag[l] = pum_f64(a[l]) < pum_f64(b[l]); } return true;
    case PUM_IR_FLE: EACH { flag[l] = pum_f64(a[l]) <= pum_f64(b[l]); } return true;
    case PUM_IR_FNEG: EACH { d[l] = a[l] ^ (uint64_t)1 << 63; } return true;
    case PUM_IR_FABS: EACH { d[l] = a[l] & ~((uint64_t)1 << 63); } return true;
    default: return false;
    }
}

/* ---- integers ---- */

/* s, t: x and y with their signs; w: the width; m: its mask. */
#define LOOP_U32(expr)                                                                                                  \
    EACH                                                                                                                \
    {                                                                                                                   \
        const uint32_t x = a[l], y = b[l];                                                                              \
        (void)x;                                                                                                        \
        (void)y;                                                                                                        \
        d[l] = (uint32_t)(expr) & m;                                                                                    \
    }
#define LOOP_S32(expr)                                                                                                  \
    EACH                                                                                                                \
    {                                                                                                                   \
        const int32_t s = (int32_t)(a[l] << up) >> up, t = (int32_t)(b[l] << up) >> up;                                 \
        d[l] = (uint32_t)(expr) & m;                                                                                    \
    }

static bool
alu_i32(enum pum_ir_op op, uint32_t *restrict d, u32_in a, u32_in b, uint32_t w)
{
    const uint32_t m = w == 32 ? UINT32_MAX : (1u << w) - 1, up = 32 - w, top = w - 1;
    switch (op) {
    case PUM_IR_IADD: LOOP_U32(x + y) return true;
    case PUM_IR_ISUB: LOOP_U32(x - y) return true;
    case PUM_IR_IMUL: LOOP_U32(x * y) return true;
    case PUM_IR_SMULHI: LOOP_S32((uint64_t)((int64_t)s * t) >> w) return true;
    case PUM_IR_UMULHI: LOOP_U32((uint64_t)x * y >> w) return true;
    case PUM_IR_UDIV: LOOP_U32(y ? x / y : m) return true;
    case PUM_IR_UREM: LOOP_U32(y ? x % y : x) return true;
    case PUM_IR_SDIV: LOOP_S32(t == 0 ? -1 : t == -1 ? (int64_t)0 - s : s / t) return true;
    case PUM_IR_SREM: LOOP_S32(t == 0 ? s : t == -1 ? 0 : s % t) return true;
    case PUM_IR_SMOD: LOOP_S32(t == 0 ? s : t == -1 ? 0 : s % t && (s % t ^ t) < 0 ? s % t + t : s % t) return true;
    case PUM_IR_INEG: LOOP_U32(0u - x) return true;
    case PUM_IR_SMIN: LOOP_S32(s < t ? s : t) return true;
    case PUM_IR_SMAX: LOOP_S32(s < t ? t : s) return true;
    case PUM_IR_UMIN: LOOP_U32(x < y ? x : y) return true;
    case PUM_IR_UMAX: LOOP_U32(x < y ? y : x) return true;
    case PUM_IR_SHL: LOOP_U32(x << (y & top)) return true;
    case PUM_IR_USHR: LOOP_U32(x >> (y & top)) return true;
    case PUM_IR_SSHR: LOOP_S32(s >> ((uint32_t)t & top)) return true;
    case PUM_IR_AND: LOOP_U32(x & y) return true;
    case PUM_IR_OR: LOOP_U32(x | y) return true;
    case PUM_IR_XOR: LOOP_U32(x ^ y) return true;
    case PUM_IR_NOT: LOOP_U32(~x) return true;
    case PUM_IR_POPCOUNT: LOOP_U32(__builtin_popcount(x)) return true;
    case PUM_IR_CLZ: LOOP_U32(x ? (uint32_t)__builtin_clz(x) - up : w) return true;
    case PUM_IR_CTZ: LOOP_U32(x ? (uint32_t)__builtin_ctz(x) : w) return true;
    case PUM_IR_BITREV: LOOP_U32(pum_bit_reverse(x) >> up) return true;
    case PUM_IR_IEQ: LOOP_U32(x == y) return true;
    case PUM_IR_INE: LOOP_U32(x != y) return true;
    case PUM_IR_SLT: LOOP_S32(s < t) return true;
    case PUM_IR_SLE: LOOP_S32(s <= t) return true;
    case PUM_IR_ULT: LOOP_U32(x < y) return true;
    case PUM_IR_ULE: LOOP_U32(x <= y) return true;
    default: return false;
    }
}

#define LOOP_U64(dest, expr)                                                                                            \
    EACH                                                                                                                \
    {                                                                                                                   \
        const uint64_t x = a[l], y = b[l];                                                                              \
        const int64_t s = (int64_t)x, t = (int64_t)y;                                                                   \
        (void)s;                                                                                                        \
        (void)t;                                                                                                        \
        dest[l] = (__typeof__(dest[l]))(expr);                                                                          \
    }

static bool
alu_i64(enum pum_ir_op op, uint64_t *restrict d, u64_in a, u64_in b)
{
    uint32_t *restrict flag = (uint32_t *)(void *)d;
    switch (op) {
    case PUM_IR_IADD: LOOP_U64(d, x + y) return true;
    case PUM_IR_ISUB: LOOP_U64(d, x - y) return true;
    case PUM_IR_IMUL: LOOP_U64(d, x * y) return true;
    case PUM_IR_SMULHI: LOOP_U64(d, pum_smulhi64(s, t)) return true;
    case PUM_IR_UMULHI: LOOP_U64(d, pum_umulhi64(x, y)) return true;
    case PUM_IR_UDIV: LOOP_U64(d, y ? x / y : UINT64_MAX) return true;
    case PUM_IR_UREM: LOOP_U64(d, y ? x % y : x) return true;
    case PUM_IR_SDIV: LOOP_U64(d, t == 0 ? UINT64_MAX : t == -1 ? 0 - x : (uint64_t)(s / t)) return true;
    case PUM_IR_SREM: LOOP_U64(d, t == 0 ? s : t == -1 ? 0 : s % t) return true;
    case PUM_IR_SMOD: LOOP_U64(d, t == 0 ? s : t == -1 ? 0 : s % t && (s % t ^ t) < 0 ? s % t + t : s % t) return true;
    case PUM_IR_INEG: LOOP_U64(d, 0 - x) return true;
    case PUM_IR_SMIN: LOOP_U64(d, s < t ? x : y) return true;
    case PUM_IR_SMAX: LOOP_U64(d, s < t ? y : x) return true;
    case PUM_IR_UMIN: LOOP_U64(d, x < y ? x : y) return true;
    case PUM_IR_UMAX: LOOP_U64(d, x < y ? y : x) return true;
    case PUM_IR_SHL: LOOP_U64(d, x << (y & 63)) return true;
    case PUM_IR_USHR: LOOP_U64(d, x >> (y & 63)) return true;
    case PUM_IR_SSHR: LOOP_U64(d, s >> (y & 63)) return true;
    case PUM_IR_AND: LOOP_U64(d, x & y) return true;
    case PUM_IR_OR: LOOP_U64(d, x | y) return true;
    case PUM_IR_XOR: LOOP_U64(d, x ^ y) return true;
    case PUM_IR_NOT: LOOP_U64(d, ~x) return true;
    case PUM_IR_POPCOUNT: LOOP_U64(d, __builtin_popcountll(x)) return true;
    case PUM_IR_CLZ: LOOP_U64(d, x ? __builtin_clzll(x) : 64) return true;
    case PUM_IR_CTZ: LOOP_U64(d, x ? __builtin_ctzll(x) : 64) return true;
    case PUM_IR_BITREV:
        LOOP_U64(d, (uint64_t)pum_bit_reverse((uint32_t)x) << 32 | pum_bit_reverse((uint32_t)(x >> 32))) return true;
    case PUM_IR_IEQ: LOOP_U64(flag, x == y) return true;
    case PUM_IR_INE: LOOP_U64(flag, x != y) return true;
    case PUM_IR_SLT: LOOP_U64(flag, s < t) return true;
    case PUM_IR_SLE: LOOP_U64(flag, s <= t) return true;
    case PUM_IR_ULT: LOOP_U64(flag, x < y) return true;
    case PUM_IR_ULE: LOOP_U64(flag, x <= y) return true;
    default: return false;
    }
}

/* ---- conversions: through the widest form, one lane at a time ---- */

static uint64_t
raw_lane(const struct interp_run *r, uint32_t at, enum pum_ir_type t, uint32_t l)
{
    return pum_ir_type_bits(t) == 64 ? interp_reg64(r, at)[l] : interp_reg(r, at)[l];
}

static void
put_lane(const struct interp_run *r, uint32_t at, enum pum_ir_type t, uint32_t l, uint64_t v)
{
    if (pum_ir_type_bits(t) == 64) {
        interp_reg64(r, at)[l] = v;
    } else {
        interp_reg(r, at)[l] = (uint32_t)v;
    }
}

static bool
convert(const struct interp_run *r, const struct interp_ins *in)
{
    const enum pum_ir_op op = (enum pum_ir_op)in->op;
    const enum pum_ir_type to = (enum pum_ir_type)in->type, from = (enum pum_ir_type)in->src_type;
    if (to == PUM_IR_F32 && from == PUM_IR_I32 && (op == PUM_IR_S2F || op == PUM_IR_U2F)) {
        uint32_t *restrict d = interp_reg(r, in->dst);
        const uint32_t *a = interp_reg(r, in->a);
        if (op == PUM_IR_S2F) {
            EACH { d[l] = pum_f32_bits((float)(int32_t)a[l]); }
        } else {
            EACH { d[l] = pum_f32_bits((float)a[l]); }
        }
        return true;
    }
    if (op < PUM_IR_F2S || op > PUM_IR_BITCAST) {
        return false;
    }
    EACH
    {
        put_lane(r, in->dst, to, l, pum_scalar_convert(op, to, from, raw_lane(r, in->a, from, l)));
    }
    return true;
}

static void
select_lanes(const struct interp_run *r, const struct interp_ins *in)
{
    const uint32_t *c = interp_reg(r, in->a);
    if (pum_ir_type_bits((enum pum_ir_type)in->type) == 64) {
        uint64_t *restrict d = interp_reg64(r, in->dst);
        u64_in x = interp_reg64(r, in->b), y = interp_reg64(r, in->c);
        EACH { d[l] = c[l] & 1 ? x[l] : y[l]; }
    } else {
        uint32_t *restrict d = interp_reg(r, in->dst);
        u32_in x = interp_reg(r, in->b), y = interp_reg(r, in->c);
        EACH { d[l] = c[l] & 1 ? x[l] : y[l]; }
    }
}

static void
derivative(const struct interp_run *r, const struct interp_ins *in)
{
    const bool y = in->op == PUM_IR_DDY || in->op == PUM_IR_DDY_COARSE, coarse = in->op == PUM_IR_DDX_COARSE || in->op == PUM_IR_DDY_COARSE;
    const enum pum_ir_type t = (enum pum_ir_type)in->type;
    const uint32_t step = pum_quad_step(&r->p->info);
    EACH
    {
        const uint32_t bit = y ? step : 1, lo = coarse ? l & ~(step | 1) : l & ~bit;
        const uint64_t v0 = raw_lane(r, in->a, t, lo), v1 = raw_lane(r, in->a, t, lo | bit);
        const uint64_t v = t == PUM_IR_F64   ? pum_f64_bits(pum_f64(v1) - pum_f64(v0))
                           : t == PUM_IR_F32 ? pum_f32_bits(pum_f32((uint32_t)v1) - pum_f32((uint32_t)v0))
                                             : pum_half_from_float(pum_half_to_float((uint32_t)v1) - pum_half_to_float((uint32_t)v0));
        put_lane(r, in->dst, t, l, v);
    }
}

/* Functions of the run-time library. */
static bool
math(const struct interp_run *r, const struct interp_ins *in)
{
    static const uint8_t index[] = {
        [PUM_IR_FEXP2 - PUM_IR_FEXP2] = PUM_RT_EXP2,   [PUM_IR_FLOG2 - PUM_IR_FEXP2] = PUM_RT_LOG2,   [PUM_IR_FEXP - PUM_IR_FEXP2] = PUM_RT_EXP,
        [PUM_IR_FLOG - PUM_IR_FEXP2] = PUM_RT_LOG,     [PUM_IR_FSIN - PUM_IR_FEXP2] = PUM_RT_SIN,     [PUM_IR_FCOS - PUM_IR_FEXP2] = PUM_RT_COS,
        [PUM_IR_FTAN - PUM_IR_FEXP2] = PUM_RT_TAN,     [PUM_IR_FASIN - PUM_IR_FEXP2] = PUM_RT_ASIN,   [PUM_IR_FACOS - PUM_IR_FEXP2] = PUM_RT_ACOS,
        [PUM_IR_FATAN - PUM_IR_FEXP2] = PUM_RT_ATAN,   [PUM_IR_FSINH - PUM_IR_FEXP2] = PUM_RT_SINH,   [PUM_IR_FCOSH - PUM_IR_FEXP2] = PUM_RT_COSH,
        [PUM_IR_FTANH - PUM_IR_FEXP2] = PUM_RT_TANH,   [PUM_IR_FASINH - PUM_IR_FEXP2] = PUM_RT_ASINH, [PUM_IR_FACOSH - PUM_IR_FEXP2] = PUM_RT_ACOSH,
        [PUM_IR_FATANH - PUM_IR_FEXP2] = PUM_RT_ATANH,
    };
    if (in->op < PUM_IR_FEXP2 || in->op > PUM_IR_FATANH) {
        return false;
    }
    float *d = (float *)(void *)interp_reg(r, in->dst);
    const float *a = (const float *)(const void *)interp_reg(r, in->a), *b = (const float *)(const void *)interp_reg(r, in->b);
    if (in->op == PUM_IR_FPOW || in->op == PUM_IR_FATAN2) {
        r->rt->math2[in->op == PUM_IR_FPOW ? PUM_RT_POW : PUM_RT_ATAN2](d, a, b);
    } else {
        r->rt->math1[index[in->op - PUM_IR_FEXP2]](d, a);
    }
    return true;
}

bool
interp_alu(const struct interp_run *r, const struct interp_ins *in)
{
    const enum pum_ir_op op = (enum pum_ir_op)in->op;
    const enum pum_ir_type t = (enum pum_ir_type)in->src_type;
    const uint32_t a = in->a, b = in->n_src > 1 ? in->b : in->a, c = in->n_src > 2 ? in->c : in->a;
    if (op == PUM_IR_SELECT) {
        select_lanes(r, in);
        return true;
    }
    if (op >= PUM_IR_DDX && op <= PUM_IR_DDY_COARSE) {
        derivative(r, in);
        return true;
    }
    if (op == PUM_IR_UNDEF) {
        memset(interp_reg(r, in->dst), 0, interp_reg_B((enum pum_ir_type)in->type));
        return true;
    }
    if (in->n_src == 0) {
        return false;
    }
    if (op >= PUM_IR_FADD && op <= PUM_IR_FLE) {
        return t == PUM_IR_F32   ? alu_f32(op, interp_reg(r, in->dst), interp_reg(r, a), interp_reg(r, b), interp_reg(r, c))
               : t == PUM_IR_F64 ? alu_f64(op, interp_reg64(r, in->dst), interp_reg64(r, a), interp_reg64(r, b), interp_reg64(r, c))
                                 : alu_f16(op, interp_reg(r, in->dst), interp_reg(r, a), interp_reg(r, b), interp_reg(r, c));
    }
    if (op >= PUM_IR_IADD && op <= PUM_IR_ULE) {
        return t == PUM_IR_I64 ? alu_i64(op, interp_reg64(r, in->dst), interp_reg64(r, a), interp_reg64(r, b))
                               : alu_i32(op, interp_reg(r, in->dst), interp_reg(r, a), interp_reg(r, b), pum_ir_type_bits(t));
    }
    return math(r, in) || convert(r, in);
}
