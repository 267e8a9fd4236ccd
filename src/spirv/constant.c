/* Constants, specialisation, OpSpecConstantOp. */
#include <string.h>

#include "ir/scalar.h"
#include "spirv/sv.h"

#define MAX_CONSTANT_SCALARS (1u << 16)

bool
sv_const_u32(struct sv *s, uint32_t id, uint32_t *out)
{
    const struct sv_id *d = sv_id(s, id);
    if (d->kind != SV_CONST || d->n != 1) {
        return false;
    }
    *out = (uint32_t)d->k[0];
    return true;
}

uint64_t
sv_literal(struct sv *s, const struct sv_type *t, uint32_t i, uint32_t k)
{
    uint64_t v = sv_arg(s, i, k);
    if (t->bits == 64) {
        v |= (uint64_t)sv_arg(s, i, k + 1) << 32;
    }
    return v & pum_type_mask(sv_ir_type(s, t)); /* narrow signed ones come sign-extended */
}

static struct sv_id *
new_const(struct sv *s, uint32_t type, uint32_t id)
{
    const struct sv_type *t = sv_type(s, type);
    if (t->scalars > MAX_CONSTANT_SCALARS) {
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "constant too large");
        return NULL;
    }
    struct sv_id *d = sv_new_result(s, id, SV_CONST);
    d->type = type;
    d->n = t->scalars;
    d->k = sv_alloc(s, d->n, sizeof(uint64_t));
    return d->k ? d : NULL;
}

static bool
specialised(struct sv *s, const struct sv_id *d, uint32_t size_B, uint64_t *out)
{
    for (uint32_t i = 0; d->has_spec && i < s->opt->n_specs; i++) {
        if (s->opt->specs[i].id == d->spec_id) {
            uint64_t v = 0;
            memcpy(&v, s->opt->specs[i].data, PUM_MIN(PUM_MIN(s->opt->specs[i].size_B, size_B), 8u));
            *out = v;
            return true;
        }
    }
    return false;
}

static enum pum_ir_type
const_type(struct sv *s, const struct sv_id *d, uint32_t k)
{
    return sv_ir_type(s, sv_scalar_type(s, d->type, k));
}

/* ---- OpSpecConstantOp: by the arithmetic of the IR ---- */

/* One conversion; false: not one. */
static bool
convert(uint32_t op, enum pum_ir_type to, enum pum_ir_type from, uint64_t v, uint64_t *out)
{
    const bool ints = pum_ir_type_is_int(to) && pum_ir_type_is_int(from), floats = pum_ir_type_is_float(to) && pum_ir_type_is_float(from);
    switch (op) {
    case SpvOpUConvert: *out = v & pum_type_mask(to); return ints;
    case SpvOpSConvert: *out = (uint64_t)pum_sign_extend(v, from) & pum_type_mask(to); return ints;
    case SpvOpFConvert: *out = floats ? pum_scalar_convert(PUM_IR_F2F, to, from, v) : 0; return floats;
    case SpvOpBitcast: *out = v; return pum_ir_type_bits(to) == pum_ir_type_bits(from) && to != PUM_IR_BOOL;
    case SpvOpQuantizeToF16: {
        const uint64_t h = to == PUM_IR_F32 && from == PUM_IR_F32 ? pum_scalar_convert(PUM_IR_F2F, PUM_IR_F16, PUM_IR_F32, v) : 0;
        *out = (h & 0x7c00) == 0 ? v & 0x80000000u : pum_scalar_convert(PUM_IR_F2F, PUM_IR_F32, PUM_IR_F16, h);
        return to == PUM_IR_F32 && from == PUM_IR_F32;
    }
    default: return false;
    }
}

/* Floats of which one is an integer in the IR. */
static bool
convert_encoded(const struct sv_type *from, enum pum_ir_type from_ir, uint64_t v, const struct sv_type *to, enum pum_ir_type to_ir, uint64_t *out)
{
    if (from->kind != SV_FLOAT || to->kind != SV_FLOAT) {
        return false;
    }
    const double x = from->encoded ? sv_decode_constant(v, from) : pum_f64(pum_scalar_convert(PUM_IR_F2F, PUM_IR_F64, from_ir, v));
    *out = to->encoded ? sv_encode_constant(x, to) : pum_scalar_convert(PUM_IR_F2F, to_ir, PUM_IR_F64, pum_f64_bits(x));
    return true;
}

static bool
fold(const struct sv_simple *e, enum pum_ir_type to, const enum pum_ir_type *from, uint64_t *v, uint32_t n, uint64_t *out)
{
    const uint32_t want = pum_ir_op_infos[e->ir].sources;
    if (n != want || n > 2 || !sv_simple_fits(e, to, from[0])) {
        return false;
    }
    if (n == 2 && from[1] != from[0]) {
        if (!(e->flags & SV_SHIFT) || !pum_ir_type_is_int(from[1])) {
            return false;
        }
        v[1] &= pum_type_mask(from[0]);
    }
    const uint64_t src[2] = {v[e->flags & SV_SWAP ? 1 : 0], v[e->flags & SV_SWAP ? 0 : 1]};
    if (!pum_ir_evaluate((enum pum_ir_op)e->ir, to, from[0], n, src, out)) {
        return false;
    }
    *out ^= e->flags & SV_NEGATE ? 1 : 0;
    return true;
}

/* Component c of a component-wise operation. */
static bool
fold_component(struct sv *s, uint32_t i, const struct sv_id *d, uint32_t c, uint64_t *out)
{
    const uint32_t op = sv_arg(s, i, 2), n = sv_len(s, i) - 3;
    const enum pum_ir_type to = const_type(s, d, c);
    enum pum_ir_type from[3] = {PUM_IR_VOID, PUM_IR_VOID, PUM_IR_VOID};
    uint64_t v[3] = {0};
    for (uint32_t k = 0; k < n && k < 3; k++) {
        const struct sv_id *o = sv_id(s, sv_arg(s, i, 3 + k));
        if (o->kind != SV_CONST || (o->n != d->n && o->n != 1)) {
            sv_fail(s, PUM_SPIRV_INVALID, "operand %u is no fitting constant", k);
            return false;
        }
        v[k] = o->k[o->n == 1 ? 0 : c];
        from[k] = const_type(s, o, o->n == 1 ? 0 : c);
    }
    if (op == SpvOpSelect) {
        *out = v[0] ? v[1] : v[2];
        return n == 3 && from[0] == PUM_IR_BOOL && from[1] == to && from[2] == to;
    }
    const struct sv_type *st = sv_scalar_type(s, d->type, c), *sf = sv_scalar_type(s, sv_id(s, sv_arg(s, i, 3))->type, d->n == 1 ? 0 : c);
    if (st->encoded || sf->encoded) {
        return n == 1 && op == SpvOpFConvert && convert_encoded(sf, from[0], v[0], st, to, out);
    }
    const struct sv_simple *e = sv_find_simple(op);
    return e ? fold(e, to, from, v, n, out) : n == 1 && convert(op, to, from[0], v[0], out);
}

/* Scalars before the component that the literals from operand k on lead to. */
static uint32_t
indexed(struct sv *s, uint32_t i, uint32_t k, uint32_t type, uint32_t *at_type)
{
    uint32_t at = 0;
    for (; k < sv_len(s, i) && sv_ok(s); k++) {
        at += sv_first_scalar(s, sv_type(s, type), sv_arg(s, i, k), &type);
    }
    *at_type = type;
    return at;
}

/* False: not such an operation, or not with such operands. */
static bool
fold_composite(struct sv *s, uint32_t i, struct sv_id *d)
{
    const uint32_t op = sv_arg(s, i, 2);
    const struct sv_id *a = sv_id(s, sv_arg(s, i, 3)), *b = op == SpvOpCompositeExtract ? a : sv_id(s, sv_arg(s, i, 4));
    uint32_t type;
    if (a->kind != SV_CONST || b->kind != SV_CONST) {
        return false;
    }
    if (op == SpvOpCompositeExtract) {
        const uint32_t at = indexed(s, i, 4, a->type, &type);
        if (!sv_ok(s) || at + d->n > a->n || type != d->type) {
            return false;
        }
        memcpy(d->k, a->k + at, d->n * sizeof(uint64_t));
        return true;
    }
    if (op == SpvOpCompositeInsert) {
        const uint32_t at = indexed(s, i, 5, b->type, &type);
        if (!sv_ok(s) || b->type != d->type || at + a->n > d->n || type != a->type) {
            return false;
        }
        memcpy(d->k, b->k, d->n * sizeof(uint64_t));
        memcpy(d->k + at, a->k, a->n * sizeof(uint64_t));
        return true;
    }
    if (sv_type(s, d->type)->kind != SV_VECTOR || sv_type(s, a->type)->kind != SV_VECTOR || sv_type(s, b->type)->kind != SV_VECTOR ||
        sv_type(s, a->type)->elem != sv_type(s, d->type)->elem || sv_type(s, b->type)->elem != sv_type(s, d->type)->elem ||
        sv_len(s, i) != 5 + d->n) {
        return false;
    }
    for (uint32_t k = 0; k < d->n; k++) {
        const uint32_t c = sv_arg(s, i, 5 + k);
        if (c != UINT32_MAX && c >= a->n + b->n) {
            return false;
        }
        d->k[k] = c == UINT32_MAX ? 0 : c < a->n ? a->k[c] : b->k[c - a->n];
    }
    return true;
}

static void
spec_op(struct sv *s, uint32_t i)
{
    if (sv_len(s, i) < 4) {
        sv_fail(s, PUM_SPIRV_INVALID, "operands are missing");
        return;
    }
    struct sv_id *d = new_const(s, sv_arg(s, i, 0), sv_arg(s, i, 1));
    const uint32_t op = sv_arg(s, i, 2);
    bool ok = d != NULL;
    if (ok && op == SpvOpCooperativeMatrixLengthKHR) {
        d->k[0] = sv_cooperative_length(s, sv_arg(s, i, 3));
        ok = d->n == 1 && const_type(s, d, 0) == PUM_IR_I32;
    } else if (ok && (op == SpvOpCompositeExtract || op == SpvOpCompositeInsert || op == SpvOpVectorShuffle)) {
        ok = fold_composite(s, i, d);
    } else {
        for (uint32_t c = 0; ok && c < d->n && sv_ok(s); c++) {
            ok = fold_component(s, i, d, c, &d->k[c]);
        }
    }
    if (!ok) {
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "OpSpecConstantOp %s with these operands", sv_op_name(op));
    }
}

static void
composite(struct sv *s, uint32_t i, struct sv_id *d)
{
    const struct sv_type *t = sv_type(s, d->type);
    uint32_t at = 0;
    for (uint32_t k = 2; k < sv_len(s, i); k++) {
        const struct sv_id *m = sv_id(s, sv_arg(s, i, k));
        const uint32_t want = t->kind == SV_STRUCT ? (k - 2 < t->count ? t->members[k - 2].type : 0) : t->elem;
        if (m->kind != SV_CONST || m->type != want || at + m->n > d->n) {
            sv_fail(s, PUM_SPIRV_INVALID, "constituent %u", k - 2);
            return;
        }
        memcpy(d->k + at, m->k, m->n * sizeof(uint64_t));
        at += m->n;
    }
    if (at != d->n) {
        sv_fail(s, PUM_SPIRV_INVALID, "constituents are missing");
    }
}

static void
replicate(struct sv *s, uint32_t i, struct sv_id *d)
{
    const struct sv_id *m = sv_id(s, sv_arg(s, i, 2));
    const uint32_t part = sv_part_type(s, sv_arg(s, i, 0));
    if (!sv_ok(s) || m->kind != SV_CONST || m->type != part || !m->n || d->n % m->n) {
        sv_fail(s, PUM_SPIRV_INVALID, "constituent");
        return;
    }
    for (uint32_t k = 0; k < d->n; k++) {
        d->k[k] = m->k[k % m->n];
    }
}

void
sv_parse_const(struct sv *s, uint32_t i, uint32_t op)
{
    if (op == SpvOpSpecConstantOp) {
        spec_op(s, i);
        return;
    }
    struct sv_id *d = new_const(s, sv_arg(s, i, 0), sv_arg(s, i, 1));
    if (!d) {
        return;
    }
    const struct sv_type *t = sv_type(s, d->type);
    uint64_t v;
    switch (op) {
    case SpvOpConstantTrue:
    case SpvOpConstantFalse:
    case SpvOpSpecConstantTrue:
    case SpvOpSpecConstantFalse:
        if (t->kind != SV_BOOL) {
            sv_fail(s, PUM_SPIRV_INVALID, "boolean constant");
            return;
        }
        d->k[0] = op == SpvOpConstantTrue || op == SpvOpSpecConstantTrue;
        if (specialised(s, d, 4, &v)) {
            d->k[0] = v != 0;
        }
        break;
    case SpvOpConstant:
    case SpvOpSpecConstant:
        if ((t->kind != SV_INT && t->kind != SV_FLOAT) || sv_len(s, i) < (t->bits == 64 ? 4u : 3u)) {
            sv_fail(s, PUM_SPIRV_INVALID, "scalar constant");
            return;
        }
        d->k[0] = sv_literal(s, t, i, 2);
        if (op == SpvOpSpecConstant) {
            specialised(s, d, t->bits / 8u, &d->k[0]);
        }
        break;
    case SpvOpConstantComposite:
    case SpvOpSpecConstantComposite:
        if (!t->cooperative) {
            composite(s, i, d);
            break;
        }
        replicate(s, i, d);
        break;
    case SpvOpConstantCompositeReplicateEXT:
    case SpvOpSpecConstantCompositeReplicateEXT: replicate(s, i, d); break;
    default: /* OpConstantNull, OpUndef: zero */ break;
    }
}
