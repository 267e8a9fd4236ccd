/* Subgroup operations of the interpreter: among the active lanes of the sixteen. */
#include "ir/interp_int.h"
#include "ir/scalar.h"

#define EACH for (uint32_t l = 0; l < PUM_LANES; l++)

static uint64_t
get(const struct interp_run *r, uint32_t at, enum pum_ir_type t, uint32_t l)
{
    return pum_ir_type_bits(t) == 64 ? interp_reg64(r, at)[l] : interp_reg(r, at)[l];
}

static void
set(const struct interp_run *r, uint32_t at, enum pum_ir_type t, uint32_t l, uint64_t v)
{
    if (pum_ir_type_bits(t) == 64) {
        interp_reg64(r, at)[l] = v;
    } else {
        interp_reg(r, at)[l] = (uint32_t)v;
    }
}

static double
as_double(enum pum_ir_type t, uint64_t v)
{
    return t == PUM_IR_F64 ? pum_f64(v) : t == PUM_IR_F32 ? (double)pum_f32((uint32_t)v) : (double)pum_half_to_float((uint32_t)v);
}

static uint64_t
float_sum(enum pum_reduce op, enum pum_ir_type t, uint64_t a, uint64_t x)
{
    const bool mul = op == PUM_REDUCE_FMUL;
    if (t == PUM_IR_F64) {
        return pum_f64_bits(mul ? pum_f64(a) * pum_f64(x) : pum_f64(a) + pum_f64(x));
    }
    const float fa = t == PUM_IR_F32 ? pum_f32((uint32_t)a) : pum_half_to_float((uint32_t)a);
    const float fx = t == PUM_IR_F32 ? pum_f32((uint32_t)x) : pum_half_to_float((uint32_t)x);
    const float f = mul ? fa * fx : fa + fx;
    return t == PUM_IR_F32 ? pum_f32_bits(f) : pum_half_from_float(f);
}

static uint64_t
combine(enum pum_reduce op, enum pum_ir_type t, uint64_t a, uint64_t x)
{
    const int64_t sa = pum_sign_extend(a, t), sx = pum_sign_extend(x, t);
    switch (op) {
    case PUM_REDUCE_IADD: return (a + x) & pum_type_mask(t);
    case PUM_REDUCE_IMUL: return (a * x) & pum_type_mask(t);
    case PUM_REDUCE_FADD:
    case PUM_REDUCE_FMUL: return float_sum(op, t, a, x);
    case PUM_REDUCE_SMIN: return sx < sa ? x : a;
    case PUM_REDUCE_UMIN: return x < a ? x : a;
    case PUM_REDUCE_SMAX: return sx > sa ? x : a;
    case PUM_REDUCE_UMAX: return x > a ? x : a;
    case PUM_REDUCE_FMIN: return as_double(t, x) < as_double(t, a) ? x : a;
    case PUM_REDUCE_FMAX: return as_double(t, a) < as_double(t, x) ? x : a;
    case PUM_REDUCE_AND: return a & x;
    case PUM_REDUCE_OR: return a | x;
    case PUM_REDUCE_XOR: return a ^ x;
    }
    return a;
}

static uint64_t
float_bits(enum pum_ir_type t, float f)
{
    return t == PUM_IR_F64 ? pum_f64_bits((double)f) : t == PUM_IR_F32 ? pum_f32_bits(f) : pum_half_from_float(f);
}

static uint64_t
identity(enum pum_reduce op, enum pum_ir_type t)
{
    const uint64_t all = pum_type_mask(t);
    switch (op) {
    case PUM_REDUCE_IMUL: return 1;
    case PUM_REDUCE_FMUL: return float_bits(t, 1.0f);
    case PUM_REDUCE_SMIN: return all >> 1;
    case PUM_REDUCE_UMIN:
    case PUM_REDUCE_AND: return all;
    case PUM_REDUCE_SMAX: return (all >> 1) + 1;
    case PUM_REDUCE_FMIN: return float_bits(t, __builtin_inff());
    case PUM_REDUCE_FMAX: return float_bits(t, -__builtin_inff());
    case PUM_REDUCE_IADD:
    case PUM_REDUCE_FADD:
    case PUM_REDUCE_UMAX:
    case PUM_REDUCE_OR:
    case PUM_REDUCE_XOR: break;
    }
    return 0;
}

/* Lane of an invocation and back. */
static uint32_t
lane_of(const struct interp_run *r, uint32_t id)
{
    return r->p->info.stage == PUM_STAGE_FRAGMENT ? pum_quad_order(id & (PUM_LANES - 1)) : id & (PUM_LANES - 1);
}

/* One invocation after the other, from the identity. */
static void
reduce(const struct interp_run *r, const struct interp_ins *in)
{
    const enum pum_reduce op = (enum pum_reduce)(in->imm & 0xff);
    const uint32_t log2 = (uint32_t)(in->imm >> 8) & 0xff, cluster = 1u << PUM_MIN(log2, 4u), scan = (uint32_t)(in->imm >> 16) & 0xff;
    const enum pum_ir_type t = (enum pum_ir_type)in->type;
    uint64_t before[PUM_LANES], upto[PUM_LANES], acc = 0;
    for (uint32_t id = 0; id < PUM_LANES; id++) {
        const uint32_t l = lane_of(r, id);
        acc = id & (cluster - 1) ? acc : identity(op, t);
        before[id] = acc;
        acc = r->live >> l & 1 ? combine(op, t, acc, get(r, in->a, t, l)) : acc;
        upto[id] = acc;
    }
    for (uint32_t id = 0; id < PUM_LANES; id++) {
        set(r, in->dst, t, lane_of(r, id), scan == 0 ? upto[id | (cluster - 1)] : scan == 1 ? upto[id] : before[id]);
    }
}

void
interp_subgroup(const struct interp_run *r, const struct interp_ins *in)
{
    const enum pum_ir_type t = (enum pum_ir_type)in->type, st = (enum pum_ir_type)in->src_type;
    uint32_t first = lane_of(r, 0), ballot = 0, bits = 0;
    for (uint32_t id = PUM_LANES; id-- > 0;) {
        const uint32_t l = lane_of(r, id);
        first = r->live >> l & 1 ? l : first;
    }
    if (st == PUM_IR_BOOL) {
        EACH { ballot |= (interp_reg(r, in->a)[l] & 1) << l; }
        ballot &= r->live;
        EACH { bits |= (ballot >> lane_of(r, l) & 1) << l; }
    }
    switch ((enum pum_ir_op)in->op) {
    case PUM_IR_SG_ELECT:
        EACH { interp_reg(r, in->dst)[l] = l == first; }
        break;
    case PUM_IR_SG_ALL:
        EACH { interp_reg(r, in->dst)[l] = ballot == r->live; }
        break;
    case PUM_IR_SG_ANY:
        EACH { interp_reg(r, in->dst)[l] = ballot != 0; }
        break;
    case PUM_IR_SG_BALLOT:
        EACH { interp_reg(r, in->dst)[l] = bits; }
        break;
    case PUM_IR_SG_ALL_EQUAL: {
        bool equal = true;
        const uint64_t v = get(r, in->a, st, first);
        EACH
        {
            const uint64_t x = get(r, in->a, st, l);
            const bool same = pum_ir_type_is_float(st) ? as_double(st, x) == as_double(st, v) : x == v;
            equal = equal && (same || !(r->live >> l & 1));
        }
        EACH { interp_reg(r, in->dst)[l] = equal; }
        break;
    }
    case PUM_IR_SG_BROADCAST_FIRST: {
        const uint64_t v = get(r, in->a, t, first);
        EACH { set(r, in->dst, t, l, v); }
        break;
    }
    case PUM_IR_SG_SHUFFLE: {
        uint64_t v[PUM_LANES]; /* the result may stand where an operand did */
        EACH { v[l] = get(r, in->a, t, lane_of(r, interp_reg(r, in->b)[l])); }
        EACH { set(r, in->dst, t, l, v[l]); }
        break;
    }
    case PUM_IR_CLOCK: {
        const uint64_t now = __builtin_ia32_rdtsc();
        EACH { interp_reg64(r, in->dst)[l] = now; }
        break;
    }
    case PUM_IR_SG_REDUCE: reduce(r, in); break;
    default: break;
    }
}
