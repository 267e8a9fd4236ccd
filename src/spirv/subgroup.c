/* Subgroup operations. Sixteen invocations; only the first word of a ballot has bits. */
#include "spirv/sv.h"

#define ALL_BITS 0xffffu

static enum pum_ir_type
type_at(const struct sv *s, pum_ir_ref r)
{
    return (enum pum_ir_type)pum_ir_at(s->sh, r)->type;
}

static pum_ir_ref
own_id(struct sv *s)
{
    return pum_ir_emit0(&s->b, PUM_IR_SYSVAL, PUM_IR_I32, PUM_SYSVAL_SUBGROUP_LANE);
}

/* Booleans and halves take part as integers, where only their bits count; `value`: as wider values of the same kind. */
static pum_ir_ref
enter(struct sv *s, pum_ir_ref x, bool value)
{
    const enum pum_ir_type t = type_at(s, x);
    if (t == PUM_IR_BOOL) {
        return SV_E3(SELECT, PUM_IR_I32, x, sv_u32(s, 1), sv_u32(s, 0));
    }
    return t != PUM_IR_F16 ? x : value ? SV_E1(F2F, PUM_IR_F32, x) : SV_E1(BITCAST, PUM_IR_I16, x);
}

static pum_ir_ref
leave(struct sv *s, pum_ir_ref x, enum pum_ir_type t)
{
    const enum pum_ir_type now = type_at(s, x);
    if (t == PUM_IR_BOOL) {
        return SV_E2(INE, PUM_IR_BOOL, x, sv_u32(s, 0));
    }
    return now == t ? x : now == PUM_IR_F32 ? SV_E1(F2F, t, x) : SV_E1(BITCAST, t, x);
}

static pum_ir_ref
index_operand(struct sv *s, uint32_t id)
{
    const pum_ir_ref x = sv_scalar(s, id);
    if (!sv_ok(s) || !pum_ir_type_is_int(type_at(s, x))) {
        sv_fail(s, PUM_SPIRV_INVALID, "invocation number");
        return sv_u32(s, 0);
    }
    return sv_int_to(s, x, PUM_IR_I32, false);
}

static pum_ir_ref
bool_operand(struct sv *s, uint32_t id)
{
    const pum_ir_ref x = sv_scalar(s, id);
    if (!sv_ok(s) || type_at(s, x) != PUM_IR_BOOL) {
        sv_fail(s, PUM_SPIRV_INVALID, "predicate");
        return pum_ir_const(&s->b, PUM_IR_BOOL, 0);
    }
    return x;
}

/* ---- moving values ---- */

static pum_ir_ref
with_low_bits(struct sv *s, pum_ir_ref high_of, pum_ir_ref low, uint32_t mask)
{
    const enum pum_ir_type t = PUM_IR_I32;
    return SV_E2(OR, t, SV_E2(AND, t, high_of, sv_u32(s, ~mask)), SV_E2(AND, t, low, sv_u32(s, mask)));
}

/* Number of the invocation to read from; k: operand behind the value. */
static pum_ir_ref
source(struct sv *s, uint32_t i, uint32_t op, uint32_t k)
{
    const enum pum_ir_type t = PUM_IR_I32;
    const pum_ir_ref x = index_operand(s, sv_arg(s, i, k)), id = own_id(s);
    switch (op) {
    case SpvOpGroupNonUniformShuffleXor: return SV_E2(XOR, t, id, x);
    case SpvOpGroupNonUniformShuffleUp: return SV_E2(ISUB, t, id, x);
    case SpvOpGroupNonUniformShuffleDown: return SV_E2(IADD, t, id, x);
    case SpvOpGroupNonUniformQuadBroadcast: return with_low_bits(s, id, x, 3);
    case SpvOpGroupNonUniformQuadSwap: /* horizontal, vertical, diagonal: 1, 2, 3 */
        return SV_E2(XOR, t, id, SV_E2(AND, t, SV_E2(IADD, t, x, sv_u32(s, 1)), sv_u32(s, 3)));
    case SpvOpGroupNonUniformRotateKHR: {
        uint32_t cluster = PUM_LANES;
        if (sv_len(s, i) > k + 1 && (!sv_const_u32(s, sv_arg(s, i, k + 1), &cluster) || cluster == 0 || (cluster & (cluster - 1)))) {
            sv_fail(s, PUM_SPIRV_INVALID, "cluster size");
            cluster = 1;
        }
        return with_low_bits(s, id, SV_E2(IADD, t, id, x), PUM_MIN(cluster, (uint32_t)PUM_LANES) - 1);
    }
    default: return x;
    }
}

/* ---- arithmetic ---- */

static int
reduction(uint32_t op)
{
    switch (op) {
    case SpvOpGroupNonUniformIAdd: return PUM_REDUCE_IADD;
    case SpvOpGroupNonUniformFAdd: return PUM_REDUCE_FADD;
    case SpvOpGroupNonUniformIMul: return PUM_REDUCE_IMUL;
    case SpvOpGroupNonUniformFMul: return PUM_REDUCE_FMUL;
    case SpvOpGroupNonUniformSMin: return PUM_REDUCE_SMIN;
    case SpvOpGroupNonUniformUMin: return PUM_REDUCE_UMIN;
    case SpvOpGroupNonUniformFMin: return PUM_REDUCE_FMIN;
    case SpvOpGroupNonUniformSMax: return PUM_REDUCE_SMAX;
    case SpvOpGroupNonUniformUMax: return PUM_REDUCE_UMAX;
    case SpvOpGroupNonUniformFMax: return PUM_REDUCE_FMAX;
    case SpvOpGroupNonUniformBitwiseAnd:
    case SpvOpGroupNonUniformLogicalAnd: return PUM_REDUCE_AND;
    case SpvOpGroupNonUniformBitwiseOr:
    case SpvOpGroupNonUniformLogicalOr: return PUM_REDUCE_OR;
    case SpvOpGroupNonUniformBitwiseXor:
    case SpvOpGroupNonUniformLogicalXor: return PUM_REDUCE_XOR;
    default: return -1;
    }
}

static bool
reduction_takes(enum pum_reduce op, enum pum_ir_type t)
{
    const bool is_float = op == PUM_REDUCE_FADD || op == PUM_REDUCE_FMUL || op == PUM_REDUCE_FMIN || op == PUM_REDUCE_FMAX;
    return is_float ? pum_ir_type_is_float(t) : pum_ir_type_is_int(t) || (t == PUM_IR_BOOL && op >= PUM_REDUCE_AND);
}

static pum_ir_ref ballot_word(struct sv *s, uint32_t id);

static void
reduce(struct sv *s, uint32_t i, enum pum_reduce op, const pum_ir_ref *v, pum_ir_ref *out, uint32_t n)
{
    const uint32_t kind = sv_arg(s, i, 3);
    const bool parted = kind >= SpvGroupOperationPartitionedReduceEXT && kind <= SpvGroupOperationPartitionedExclusiveScanEXT;
    const pum_ir_ref part = parted ? ballot_word(s, sv_arg(s, i, 5)) : 0;
    uint32_t cluster = PUM_LANES, log2 = 0;
    if ((kind > SpvGroupOperationClusteredReduce && !parted) ||
        (kind == SpvGroupOperationClusteredReduce &&
         (!sv_const_u32(s, sv_arg(s, i, 5), &cluster) || cluster == 0 || (cluster & (cluster - 1))))) {
        sv_fail(s, PUM_SPIRV_INVALID, "group operation %u", kind);
        return;
    }
    while (log2 < 4 && 2u << log2 <= cluster) {
        log2++;
    }
    const uint32_t scan = kind == SpvGroupOperationInclusiveScan ? 1 : kind == SpvGroupOperationExclusiveScan ? 2 : 0;
    for (uint32_t k = 0; k < n && sv_ok(s); k++) {
        const enum pum_ir_type t = type_at(s, v[k]);
        if (!reduction_takes(op, t)) {
            sv_fail(s, PUM_SPIRV_INVALID, "operand type");
            return;
        }
        const pum_ir_ref x = enter(s, v[k], true);
        out[k] = leave(s, parted ? sv_reduce_partition(s, op, x, part, kind)
                                 : pum_ir_emit(&s->b, PUM_IR_SG_REDUCE, type_at(s, x), 1, &x, op | log2 << 8 | scan << 16), t);
    }
}

/* ---- ballots ---- */

static pum_ir_ref
ballot_word(struct sv *s, uint32_t id)
{
    uint32_t n;
    const pum_ir_ref *v = sv_value(s, id, &n);
    if (!sv_ok(s) || n != 4 || type_at(s, v[0]) != PUM_IR_I32) {
        sv_fail(s, PUM_SPIRV_INVALID, "ballot");
        return sv_u32(s, 0);
    }
    return v[0];
}

static pum_ir_ref
bit_of(struct sv *s, pum_ir_ref word, pum_ir_ref index)
{
    const enum pum_ir_type t = PUM_IR_I32;
    return SV_E2(INE, PUM_IR_BOOL, SV_E2(AND, t, SV_E2(USHR, t, word, index), sv_u32(s, 1)), sv_u32(s, 0));
}

static pum_ir_ref
bit_count(struct sv *s, pum_ir_ref word, uint32_t kind)
{
    const enum pum_ir_type t = PUM_IR_I32;
    pum_ir_ref mask = sv_u32(s, ALL_BITS);
    if (kind == SpvGroupOperationInclusiveScan || kind == SpvGroupOperationExclusiveScan) {
        const pum_ir_ref bit = SV_E2(SHL, t, sv_u32(s, kind == SpvGroupOperationInclusiveScan ? 2 : 1), own_id(s));
        mask = SV_E2(ISUB, t, bit, sv_u32(s, 1));
    } else if (kind != SpvGroupOperationReduce) {
        sv_fail(s, PUM_SPIRV_INVALID, "group operation %u", kind);
    }
    return SV_E1(POPCOUNT, t, SV_E2(AND, t, word, mask));
}

static pum_ir_ref
all_equal(struct sv *s, const pum_ir_ref *v, uint32_t n)
{
    pum_ir_ref r = 0;
    for (uint32_t k = 0; k < n; k++) {
        const pum_ir_ref e = SV_E1(SG_ALL_EQUAL, PUM_IR_BOOL, enter(s, v[k], true));
        r = r ? SV_E2(AND, PUM_IR_BOOL, r, e) : e;
    }
    return r;
}

/* Operations with a value operand; k: where it stands. False: not one. */
static bool
on_values(struct sv *s, uint32_t i, uint32_t op)
{
    const int red = reduction(op);
    uint32_t k = red >= 0 ? 4 : 3;
    switch (op) {
    case SpvOpSubgroupFirstInvocationKHR:
    case SpvOpSubgroupReadInvocationKHR: k = 2; break;
    case SpvOpGroupNonUniformBroadcast:
    case SpvOpGroupNonUniformBroadcastFirst:
    case SpvOpGroupNonUniformShuffle:
    case SpvOpGroupNonUniformShuffleXor:
    case SpvOpGroupNonUniformShuffleUp:
    case SpvOpGroupNonUniformShuffleDown:
    case SpvOpGroupNonUniformQuadBroadcast:
    case SpvOpGroupNonUniformQuadSwap:
    case SpvOpGroupNonUniformRotateKHR:
    case SpvOpGroupNonUniformAllEqual: break;
    default:
        if (red < 0) {
            return false;
        }
    }
    uint32_t n;
    const pum_ir_ref *v = sv_value(s, sv_arg(s, i, k), &n);
    pum_ir_ref *out = sv_alloc(s, n, sizeof(*out));
    if (!sv_ok(s) || n == 0 || n > SV_MAX_VECTOR) {
        sv_fail(s, PUM_SPIRV_INVALID, "value of the subgroup operation");
        return true;
    }
    if (op == SpvOpGroupNonUniformAllEqual) {
        out[0] = all_equal(s, v, n);
        n = 1;
    } else if (red >= 0) {
        reduce(s, i, (enum pum_reduce)red, v, out, n);
    } else {
        const bool first = op == SpvOpGroupNonUniformBroadcastFirst || op == SpvOpSubgroupFirstInvocationKHR;
        const pum_ir_ref lane = first ? 0 : source(s, i, op, k + 1);
        for (uint32_t c = 0; c < n && sv_ok(s); c++) {
            const pum_ir_ref x = enter(s, v[c], false);
            const enum pum_ir_type t = type_at(s, x);
            out[c] = leave(s, first ? SV_E1(SG_BROADCAST_FIRST, t, x) : SV_E2(SG_SHUFFLE, t, x, lane), type_at(s, v[c]));
        }
    }
    const uint32_t type = sv_arg(s, i, 0);
    pum_ir_ref *c = sv_ok(s) && sv_type(s, type)->scalars == n && sv_typed(s, type, out, n) ? sv_define(s, sv_arg(s, i, 1), type) : NULL;
    for (uint32_t j = 0; c && j < n; j++) {
        c[j] = out[j];
    }
    if (!c) {
        sv_fail(s, PUM_SPIRV_INVALID, "result type");
    }
    return true;
}

static void
define_ballot(struct sv *s, uint32_t i, pum_ir_ref bits)
{
    const uint32_t type = sv_arg(s, i, 0);
    const pum_ir_ref word[4] = {bits, sv_u32(s, 0), sv_u32(s, 0), sv_u32(s, 0)};
    pum_ir_ref *c = sv_type(s, type)->scalars == 4 && sv_typed(s, type, word, 4) ? sv_define(s, sv_arg(s, i, 1), type) : NULL;
    for (uint32_t k = 0; c && k < 4; k++) {
        c[k] = word[k];
    }
    if (!c) {
        sv_fail(s, PUM_SPIRV_INVALID, "result type");
    }
}

static void
partition(struct sv *s, uint32_t i)
{
    uint32_t n;
    const pum_ir_ref *v = sv_value(s, sv_arg(s, i, 2), &n);
    pum_ir_ref *x = sv_alloc(s, n, sizeof(*x));
    if (!sv_ok(s) || n == 0 || n > SV_MAX_VECTOR || sv_type_of(s, sv_arg(s, i, 2))->kind > SV_VECTOR) {
        sv_fail(s, PUM_SPIRV_INVALID, "value of the subgroup operation");
        return;
    }
    for (uint32_t k = 0; k < n; k++) {
        x[k] = enter(s, v[k], true);
    }
    define_ballot(s, i, sv_partition(s, x, n));
}

static pum_ir_ref
clock_value(struct sv *s, uint32_t i, pum_ir_ref out[2])
{
    const pum_ir_ref now = pum_ir_emit0(&s->b, PUM_IR_CLOCK, PUM_IR_I64, 0);
    if (sv_type(s, sv_arg(s, i, 0))->scalars == 2) {
        sv_split64(s, now, out);
        return 0;
    }
    return now;
}

bool
sv_subgroup(struct sv *s, uint32_t i, uint32_t op)
{
    const enum pum_ir_type t = PUM_IR_I32, b = PUM_IR_BOOL;
    const uint32_t old = op == SpvOpSubgroupAllKHR || op == SpvOpSubgroupAnyKHR || op == SpvOpSubgroupAllEqualKHR || op == SpvOpSubgroupBallotKHR ? 1 : 0;
    const uint32_t k = 3 - old;
    pum_ir_ref r, two[2] = {0, 0};
    if (on_values(s, i, op)) {
        return true;
    }
    switch (op) {
    case SpvOpGroupNonUniformElect: r = pum_ir_emit0(&s->b, PUM_IR_SG_ELECT, b, 0); break;
    case SpvOpGroupNonUniformAll:
    case SpvOpSubgroupAllKHR: r = SV_E1(SG_ALL, b, bool_operand(s, sv_arg(s, i, k))); break;
    case SpvOpGroupNonUniformAny:
    case SpvOpSubgroupAnyKHR: r = SV_E1(SG_ANY, b, bool_operand(s, sv_arg(s, i, k))); break;
    case SpvOpSubgroupAllEqualKHR: {
        const pum_ir_ref x = bool_operand(s, sv_arg(s, i, k));
        r = all_equal(s, &x, 1);
        break;
    }
    case SpvOpGroupNonUniformBallot:
    case SpvOpSubgroupBallotKHR: define_ballot(s, i, SV_E1(SG_BALLOT, t, bool_operand(s, sv_arg(s, i, k)))); return true;
    case SpvOpGroupNonUniformPartitionEXT: partition(s, i); return true;
    case SpvOpGroupNonUniformInverseBallot: r = bit_of(s, ballot_word(s, sv_arg(s, i, 3)), own_id(s)); break;
    case SpvOpGroupNonUniformBallotBitExtract: {
        const pum_ir_ref word = ballot_word(s, sv_arg(s, i, 3));
        r = bit_of(s, word, index_operand(s, sv_arg(s, i, 4)));
        break;
    }
    case SpvOpGroupNonUniformBallotBitCount: r = bit_count(s, ballot_word(s, sv_arg(s, i, 4)), sv_arg(s, i, 3)); break;
    case SpvOpGroupNonUniformBallotFindLSB: r = SV_E1(CTZ, t, SV_E2(AND, t, ballot_word(s, sv_arg(s, i, 3)), sv_u32(s, ALL_BITS))); break;
    case SpvOpGroupNonUniformBallotFindMSB: {
        const pum_ir_ref word = SV_E2(AND, t, ballot_word(s, sv_arg(s, i, 3)), sv_u32(s, ALL_BITS));
        r = SV_E2(ISUB, t, sv_u32(s, 31), SV_E1(CLZ, t, word));
        break;
    }
    case SpvOpGroupNonUniformQuadAllKHR:
    case SpvOpGroupNonUniformQuadAnyKHR: r = sv_quad_vote(s, bool_operand(s, sv_arg(s, i, 2)), op == SpvOpGroupNonUniformQuadAllKHR); break;
    case SpvOpReadClockKHR: r = clock_value(s, i, two); break;
    case SpvOpIsHelperInvocationEXT: r = pum_ir_emit0(&s->b, PUM_IR_IS_HELPER, b, 0); break;
    default: return false;
    }
    const uint32_t type = sv_arg(s, i, 0), n = r ? 1 : 2;
    const pum_ir_ref *v = r ? &r : two;
    pum_ir_ref *c = sv_ok(s) && sv_type(s, type)->scalars == n && sv_typed(s, type, v, n) ? sv_define(s, sv_arg(s, i, 1), type) : NULL;
    for (uint32_t j = 0; c && j < n; j++) {
        c[j] = v[j];
    }
    if (!c) {
        sv_fail(s, PUM_SPIRV_INVALID, "result type");
    }
    return true;
}
