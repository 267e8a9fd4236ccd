/* Partitions of a subgroup: invocations that have the same value, and reductions among them. All sixteen are looked at one after the other, which
 * keeps the order of sums. SPEC: SPV_EXT_shader_subgroup_partitioned. */
#include "spirv/sv.h"

static pum_ir_ref
own_bit(struct sv *s)
{
    const enum pum_ir_type t = PUM_IR_I32;
    return SV_E2(SHL, t, sv_u32(s, 1), pum_ir_emit0(&s->b, PUM_IR_SYSVAL, t, PUM_SYSVAL_SUBGROUP_LANE));
}

static pum_ir_ref
active(struct sv *s)
{
    return SV_E1(SG_BALLOT, PUM_IR_I32, pum_ir_const(&s->b, PUM_IR_BOOL, 1));
}

static pum_ir_ref
bit(struct sv *s, pum_ir_ref word, uint32_t lane)
{
    const enum pum_ir_type t = PUM_IR_I32;
    return SV_E2(INE, PUM_IR_BOOL, SV_E2(AND, t, word, sv_u32(s, 1u << lane)), sv_u32(s, 0));
}

pum_ir_ref
sv_partition(struct sv *s, const pum_ir_ref *v, uint32_t n)
{
    const enum pum_ir_type t = PUM_IR_I32;
    pum_ir_ref word = sv_u32(s, 0);
    for (uint32_t lane = 0; lane < PUM_LANES; lane++) {
        pum_ir_ref same = 0;
        for (uint32_t k = 0; k < n; k++) {
            const enum pum_ir_type vt = (enum pum_ir_type)pum_ir_at(s->sh, v[k])->type;
            const pum_ir_ref theirs = SV_E2(SG_SHUFFLE, vt, v[k], sv_u32(s, lane));
            const pum_ir_ref equal = pum_ir_emit2(&s->b, pum_ir_type_is_float(vt) ? PUM_IR_FEQ : PUM_IR_IEQ, PUM_IR_BOOL, v[k], theirs);
            same = same ? SV_E2(AND, PUM_IR_BOOL, same, equal) : equal;
        }
        word = SV_E2(OR, t, word, SV_E3(SELECT, t, same, sv_u32(s, 1u << lane), sv_u32(s, 0)));
    }
    return SV_E2(OR, t, SV_E2(AND, t, word, active(s)), own_bit(s)); /* one that is not even equal to itself is alone */
}

static pum_ir_ref
combine(struct sv *s, enum pum_reduce op, enum pum_ir_type t, pum_ir_ref a, pum_ir_ref x)
{
    static const uint8_t ops[] = {
        [PUM_REDUCE_IADD] = PUM_IR_IADD, [PUM_REDUCE_IMUL] = PUM_IR_IMUL, [PUM_REDUCE_FADD] = PUM_IR_FADD, [PUM_REDUCE_FMUL] = PUM_IR_FMUL,
        [PUM_REDUCE_SMIN] = PUM_IR_SMIN, [PUM_REDUCE_UMIN] = PUM_IR_UMIN, [PUM_REDUCE_FMIN] = PUM_IR_FMIN, [PUM_REDUCE_SMAX] = PUM_IR_SMAX,
        [PUM_REDUCE_UMAX] = PUM_IR_UMAX, [PUM_REDUCE_FMAX] = PUM_IR_FMAX, [PUM_REDUCE_AND] = PUM_IR_AND, [PUM_REDUCE_OR] = PUM_IR_OR,
        [PUM_REDUCE_XOR] = PUM_IR_XOR,
    };
    return pum_ir_emit2(&s->b, (enum pum_ir_op)ops[op], t, a, x);
}

static pum_ir_ref
identity(struct sv *s, enum pum_reduce op, enum pum_ir_type t)
{
    const uint32_t sign = pum_ir_type_bits(t) - 1;
    switch (op) {
    case PUM_REDUCE_IMUL: return sv_int(s, t, 1);
    case PUM_REDUCE_FMUL: return sv_float(s, t, 1.0);
    case PUM_REDUCE_SMIN: return sv_int(s, t, (int64_t)(((uint64_t)1 << sign) - 1));
    case PUM_REDUCE_SMAX: return sv_int(s, t, (int64_t)((uint64_t)1 << sign));
    case PUM_REDUCE_UMIN:
    case PUM_REDUCE_AND: return sv_int(s, t, -1);
    case PUM_REDUCE_FMIN: return sv_float(s, t, __builtin_inf());
    case PUM_REDUCE_FMAX: return sv_float(s, t, -__builtin_inf());
    case PUM_REDUCE_IADD:
    case PUM_REDUCE_FADD:
    case PUM_REDUCE_UMAX:
    case PUM_REDUCE_OR:
    case PUM_REDUCE_XOR: break;
    }
    return pum_ir_const(&s->b, t, 0);
}

pum_ir_ref
sv_reduce_partition(struct sv *s, enum pum_reduce op, pum_ir_ref x, pum_ir_ref word, uint32_t kind)
{
    const enum pum_ir_type t = (enum pum_ir_type)pum_ir_at(s->sh, x)->type, i = PUM_IR_I32;
    word = SV_E2(AND, i, word, active(s)); /* parts may have others, too */
    if (kind != SpvGroupOperationPartitionedReduceEXT) { /* those before, perhaps with the own one */
        const pum_ir_ref before = SV_E2(ISUB, i, own_bit(s), sv_u32(s, 1));
        word = SV_E2(AND, i, word, kind == SpvGroupOperationPartitionedInclusiveScanEXT ? SV_E2(OR, i, before, own_bit(s)) : before);
    }
    pum_ir_ref acc = identity(s, op, t);
    for (uint32_t lane = 0; lane < PUM_LANES; lane++) {
        const pum_ir_ref theirs = SV_E2(SG_SHUFFLE, t, x, sv_u32(s, lane));
        acc = SV_E3(SELECT, t, bit(s, word, lane), combine(s, op, t, acc, theirs), acc);
    }
    return acc;
}
