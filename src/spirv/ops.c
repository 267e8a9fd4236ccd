/* Values, composites, arithmetic, barriers. */
#include <stdlib.h>
#include <string.h>

#include "ir/scalar.h"
#include "spirv/sv.h"

pum_ir_ref
sv_u32(struct sv *s, uint32_t v)
{
    return pum_ir_const(&s->b, PUM_IR_I32, v);
}

pum_ir_ref
sv_f32(struct sv *s, float v)
{
    return pum_ir_const_f32(&s->b, v);
}

pum_ir_ref
sv_float(struct sv *s, enum pum_ir_type t, double v)
{
    return pum_ir_const(&s->b, t, pum_scalar_convert(PUM_IR_F2F, t, PUM_IR_F64, pum_f64_bits(v)));
}

pum_ir_ref
sv_int(struct sv *s, enum pum_ir_type t, int64_t v)
{
    return pum_ir_const(&s->b, t, (uint64_t)v & pum_type_mask(t));
}

static bool
is_const(const struct sv *s, pum_ir_ref r, uint32_t *v)
{
    const struct pum_ir_inst *in = pum_ir_at(s->sh, r);
    *v = (uint32_t)in->imm;
    return in->op == PUM_IR_CONST;
}

pum_ir_ref
sv_iadd(struct sv *s, pum_ir_ref a, pum_ir_ref b)
{
    uint32_t x, y;
    const bool ka = is_const(s, a, &x), kb = is_const(s, b, &y);
    if (ka && kb) {
        return sv_u32(s, x + y);
    }
    return ka && x == 0 ? b : kb && y == 0 ? a : SV_E2(IADD, PUM_IR_I32, a, b);
}

pum_ir_ref
sv_imul(struct sv *s, pum_ir_ref a, uint32_t k)
{
    uint32_t x;
    if (is_const(s, a, &x)) {
        return sv_u32(s, x * k);
    }
    return k == 1 ? a : SV_E2(IMUL, PUM_IR_I32, a, sv_u32(s, k));
}

/* SPIR-V lets a value be used wherever its block dominates, nodes only inside the list that holds it (loops: LCSSA). Elsewhere it goes
 * through a variable that is stored right after the definition. */
static bool
in_reach(const struct sv *s, pum_ir_ref r)
{
    const struct pum_ir_inst *in = pum_ir_at(s->sh, r);
    if (in->op == PUM_IR_CONST || in->block == 0 || !s->b.block) {
        return true;
    }
    const struct pum_ir_list *home = s->sh->nodes[in->block]->list;
    for (const struct pum_ir_list *l = s->b.block->list; l; l = l->owner ? l->owner->list : NULL) {
        if (l == home) {
            return true;
        }
    }
    return false;
}

static pum_ir_ref
reach(struct sv *s, pum_ir_ref r)
{
    if (!r || in_reach(s, r)) {
        return r;
    }
    const enum pum_ir_type t = (enum pum_ir_type)pum_ir_at(s->sh, r)->type;
    if (r >= s->n_spills) {
        const uint32_t n = PUM_MAX(s->sh->n_insts, s->n_spills * 2);
        uint32_t *p = realloc(s->spills, n * sizeof(*p));
        if (!p) {
            sv_fail(s, PUM_SPIRV_OOM, "out of memory");
            return r;
        }
        memset(p + s->n_spills, 0, (n - s->n_spills) * sizeof(*p));
        s->spills = p;
        s->n_spills = n;
    }
    if (!s->spills[r]) {
        const uint32_t var = pum_ir_add_var(s->sh, t);
        if (!sv_ok(s)) {
            return r;
        }
        s->spills[r] = var + 1;
        const pum_ir_ref next = pum_ir_at(s->sh, r)->next;
        if (next) {
            pum_ir_insert_before(s->sh, next, PUM_IR_ST_VAR, PUM_IR_VOID, 1, &r, var);
        } else {
            struct pum_ir_builder at = {.sh = s->sh, .block = s->sh->nodes[pum_ir_at(s->sh, r)->block], .loc = s->b.loc, .call = s->b.call};
            pum_ir_emit(&at, PUM_IR_ST_VAR, PUM_IR_VOID, 1, &r, var);
        }
    }
    return pum_ir_emit0(&s->b, PUM_IR_LD_VAR, t, s->spills[r] - 1);
}

/* The pointer with all parts in reach: itself, or a copy. */
struct sv_ptr *
sv_reach_pointer(struct sv *s, struct sv_ptr *p)
{
    struct sv_ptr q = *p;
    q.desc = reach(s, q.desc);
    q.off = reach(s, q.off);
    q.index = reach(s, q.index);
    q.sample = reach(s, q.sample);
    q.image = reach(s, q.image);
    bool same = q.desc == p->desc && q.off == p->off && q.index == p->index && q.sample == p->sample && q.image == p->image;
    for (uint32_t k = 0; k < 3; k++) {
        q.coord[k] = reach(s, q.coord[k]);
        same = same && q.coord[k] == p->coord[k];
    }
    if (same) {
        return p;
    }
    struct sv_ptr *copy = sv_alloc(s, 1, sizeof(*copy));
    if (!copy) {
        return p;
    }
    *copy = q;
    return copy;
}

bool
sv_typed(struct sv *s, uint32_t type, const pum_ir_ref *v, uint32_t n)
{
    for (uint32_t k = 0; k < n && sv_ok(s); k++) {
        if (pum_ir_at(s->sh, v[k])->type != sv_ir_type(s, sv_scalar_type(s, type, k))) {
            sv_fail(s, PUM_SPIRV_INVALID, "operand types");
        }
    }
    return sv_ok(s);
}

const pum_ir_ref *
sv_value(struct sv *s, uint32_t id, uint32_t *n)
{
    static const pum_ir_ref none[1] = {0};
    struct sv_id *d = sv_id(s, id);
    *n = 0;
    if (d->kind == SV_CONST) {
        pum_ir_ref *c = sv_alloc(s, d->n, sizeof(*c));
        for (uint32_t k = 0; c && k < d->n; k++) {
            c[k] = pum_ir_const(&s->b, sv_ir_type(s, sv_scalar_type(s, d->type, k)), d->k[k]);
        }
        *n = c ? d->n : 0;
        return c ? c : none;
    }
    if (d->kind == SV_PTR_VALUE || d->kind == SV_VAR) {
        const pum_ir_ref *c = sv_pointer_value(s, id);
        *n = c ? sv_type(s, d->type)->scalars : 0;
        return *n ? c : none;
    }
    if (d->kind != SV_VALUE || !d->c) {
        sv_fail(s, PUM_SPIRV_INVALID, "%%%u is no value here", id);
        return none;
    }
    *n = d->n;
    for (uint32_t k = 0; k < d->n; k++) {
        if (in_reach(s, d->c[k])) {
            continue;
        }
        pum_ir_ref *c = sv_alloc(s, d->n, sizeof(*c));
        for (uint32_t j = 0; c && j < d->n; j++) {
            c[j] = reach(s, d->c[j]);
        }
        return c ? c : d->c;
    }
    return d->c;
}

pum_ir_ref
sv_scalar(struct sv *s, uint32_t id)
{
    uint32_t n;
    const pum_ir_ref *v = sv_value(s, id, &n);
    if (n != 1) {
        sv_fail(s, PUM_SPIRV_INVALID, "%%%u is no scalar", id);
        return pum_ir_const(&s->b, PUM_IR_I32, 0);
    }
    return v[0];
}

pum_ir_ref *
sv_define(struct sv *s, uint32_t id, uint32_t type)
{
    const struct sv_type *t = sv_type(s, type);
    struct sv_id *d = sv_id(s, id);
    if (d->kind != SV_NONE && d->kind != SV_VALUE) {
        sv_fail(s, PUM_SPIRV_INVALID, "%%%u is defined twice", id);
        return NULL;
    }
    if (t->scalars > 4096 || t->kind == SV_VOID || (t->kind == SV_POINTER && !t->scalars) || t->kind == SV_FUNCTION) {
        sv_fail(s, t->scalars > 4096 ? PUM_SPIRV_UNSUPPORTED : PUM_SPIRV_INVALID, "result type");
        return NULL;
    }
    d->kind = SV_VALUE;
    d->type = type;
    d->n = t->scalars;
    d->c = sv_alloc(s, d->n, sizeof(pum_ir_ref)); /* a new array: loops and calls may still hold the old one */
    return d->c;
}

pum_ir_ref
sv_dot(struct sv *s, const pum_ir_ref *a, const pum_ir_ref *b, uint32_t n, enum pum_ir_type t)
{
    pum_ir_ref r = SV_E2(FMUL, t, a[0], b[0]);
    for (uint32_t k = 1; k < n; k++) {
        r = SV_E2(FADD, t, r, SV_E2(FMUL, t, a[k], b[k]));
    }
    return r;
}

/* In floats, where products are exact; rounded at the end. */
static void
encoded_dot(struct sv *s, uint32_t i, uint32_t type, pum_ir_ref out[1])
{
    const struct sv_type *t = sv_type(s, type), *ta = sv_type_of(s, sv_arg(s, i, 2));
    uint32_t na, nb;
    const pum_ir_ref *a = sv_value(s, sv_arg(s, i, 2), &na), *b = sv_value(s, sv_arg(s, i, 3), &nb);
    pum_ir_ref *x = sv_alloc(s, na, sizeof(*x)), *y = sv_alloc(s, na, sizeof(*y));
    if (!sv_ok(s) || t->encoding != SV_BFLOAT16 || na != nb || ta->kind != SV_VECTOR || ta->elem != type ||
        sv_id(s, sv_arg(s, i, 2))->type != sv_id(s, sv_arg(s, i, 3))->type) {
        sv_fail(s, PUM_SPIRV_INVALID, "operands");
        return;
    }
    for (uint32_t k = 0; k < na; k++) {
        x[k] = sv_decode_float(s, a[k], t);
        y[k] = sv_decode_float(s, b[k], t);
    }
    out[0] = sv_encode_float(s, sv_dot(s, x, y, na, PUM_IR_F32), t, false, false);
}

static void
fused(struct sv *s, uint32_t i, uint32_t type, pum_ir_ref *out, uint32_t n)
{
    uint32_t count[3];
    const pum_ir_ref *v[3];
    bool ok = true;
    for (uint32_t k = 0; k < 3; k++) {
        v[k] = sv_value(s, sv_arg(s, i, 2 + k), &count[k]);
        ok = ok && sv_ok(s) && count[k] == n && sv_id(s, sv_arg(s, i, 2 + k))->type == type;
    }
    for (uint32_t k = 0; k < n && ok; k++) {
        const enum pum_ir_type t = (enum pum_ir_type)pum_ir_at(s->sh, v[0][k])->type;
        ok = pum_ir_type_is_float(t);
        out[k] = ok ? SV_E3(FFMA, t, v[0][k], v[1][k], v[2][k]) : 0;
    }
    if (!ok) {
        sv_fail(s, PUM_SPIRV_INVALID, "operands");
    }
}

/* ---- composites ---- */

static void
composite_extract(struct sv *s, uint32_t i, pum_ir_ref *out, uint32_t out_n)
{
    uint32_t n, at = 0, type = sv_id(s, sv_arg(s, i, 2))->type;
    const pum_ir_ref *v = sv_value(s, sv_arg(s, i, 2), &n);
    for (uint32_t k = 3; k < sv_len(s, i) && sv_ok(s); k++) {
        at += sv_first_scalar(s, sv_type(s, type), sv_arg(s, i, k), &type);
    }
    if (sv_ok(s) && (at + out_n > n || sv_type(s, type)->scalars != out_n)) {
        sv_fail(s, PUM_SPIRV_INVALID, "extracted type");
    }
    if (sv_ok(s)) {
        memcpy(out, v + at, out_n * sizeof(*out));
    }
}

static void
composite_insert(struct sv *s, uint32_t i, pum_ir_ref *out, uint32_t out_n)
{
    uint32_t n, vn, at = 0, type = sv_id(s, sv_arg(s, i, 3))->type;
    const pum_ir_ref *v = sv_value(s, sv_arg(s, i, 3), &n);
    const pum_ir_ref *x = sv_value(s, sv_arg(s, i, 2), &vn);
    for (uint32_t k = 4; k < sv_len(s, i) && sv_ok(s); k++) {
        at += sv_first_scalar(s, sv_type(s, type), sv_arg(s, i, k), &type);
    }
    if (sv_ok(s) && (n != out_n || at + vn > n)) {
        sv_fail(s, PUM_SPIRV_INVALID, "inserted type");
    }
    if (sv_ok(s)) {
        memcpy(out, v, n * sizeof(*out));
        memcpy(out + at, x, vn * sizeof(*out));
    }
}

static void composite_replicate(struct sv *s, uint32_t i, uint32_t type, pum_ir_ref *out, uint32_t out_n);

static void
composite_construct(struct sv *s, uint32_t i, pum_ir_ref *out, uint32_t out_n)
{
    uint32_t at = 0;
    if (sv_type(s, sv_arg(s, i, 0))->cooperative) {
        composite_replicate(s, i, sv_arg(s, i, 0), out, out_n);
        return;
    }
    for (uint32_t k = 2; k < sv_len(s, i) && sv_ok(s); k++) {
        uint32_t n;
        const pum_ir_ref *v = sv_value(s, sv_arg(s, i, k), &n);
        if (at + n > out_n) {
            sv_fail(s, PUM_SPIRV_INVALID, "too many constituents");
            return;
        }
        memcpy(out + at, v, n * sizeof(*out));
        at += n;
    }
    if (at != out_n) {
        sv_fail(s, PUM_SPIRV_INVALID, "constituents are missing");
    }
}

static void
composite_replicate(struct sv *s, uint32_t i, uint32_t type, pum_ir_ref *out, uint32_t out_n)
{
    uint32_t n;
    const pum_ir_ref *v = sv_value(s, sv_arg(s, i, 2), &n);
    const uint32_t part = sv_part_type(s, type);
    if (!sv_ok(s) || sv_id(s, sv_arg(s, i, 2))->type != part || !n || out_n % n) {
        sv_fail(s, PUM_SPIRV_INVALID, "constituent");
        return;
    }
    for (uint32_t k = 0; k < out_n; k++) {
        out[k] = v[k % n];
    }
}

static void
vector_shuffle(struct sv *s, uint32_t i, pum_ir_ref *out, uint32_t out_n)
{
    uint32_t na, nb;
    const pum_ir_ref *a = sv_value(s, sv_arg(s, i, 2), &na);
    const pum_ir_ref *b = sv_value(s, sv_arg(s, i, 3), &nb);
    if (sv_len(s, i) != 4 + out_n) {
        sv_fail(s, PUM_SPIRV_INVALID, "number of components");
        return;
    }
    for (uint32_t k = 0; k < out_n; k++) {
        const uint32_t c = sv_arg(s, i, 4 + k);
        if (c != UINT32_MAX && c >= na + nb) {
            sv_fail(s, PUM_SPIRV_INVALID, "component %u", c);
            return;
        }
        out[k] = c == UINT32_MAX ? a[0] : c < na ? a[c] : b[c - na];
    }
}

/* Chains of selects: most vectors have few components. */
static pum_ir_ref
dynamic_component(struct sv *s, const pum_ir_ref *v, uint32_t n, pum_ir_ref index, enum pum_ir_type t)
{
    pum_ir_ref r = v[0];
    index = sv_int_to(s, index, PUM_IR_I32, true);
    for (uint32_t k = 1; k < n; k++) {
        r = SV_E3(SELECT, t, SV_E2(IEQ, PUM_IR_BOOL, index, sv_u32(s, k)), v[k], r);
    }
    return r;
}

/* ---- matrices ---- */

static void
matrix_op(struct sv *s, uint32_t i, uint32_t op, pum_ir_ref *out)
{
    const struct sv_type *ta = sv_type_of(s, sv_arg(s, i, 2));
    uint32_t na, nb = 0;
    const pum_ir_ref *a = sv_value(s, sv_arg(s, i, 2), &na);
    const pum_ir_ref *b = op == SpvOpTranspose ? NULL : sv_value(s, sv_arg(s, i, 3), &nb);
    const struct sv_type *r = sv_type(s, sv_arg(s, i, 0));
    if (!sv_ok(s) || !na) {
        return;
    }
    const enum pum_ir_type t = (enum pum_ir_type)pum_ir_at(s->sh, a[0])->type;
    if (op != SpvOpTranspose && (!pum_ir_type_is_float(t) || !nb || pum_ir_at(s->sh, b[0])->type != t)) {
        sv_fail(s, PUM_SPIRV_INVALID, "operand types");
        return;
    }
    if (ta->kind != SV_MATRIX && ta->kind != SV_VECTOR) {
        sv_fail(s, PUM_SPIRV_INVALID, "a vector or a matrix is needed");
        return;
    }
    const bool am = ta->kind == SV_MATRIX;
    const uint32_t rows = am ? sv_type(s, ta->elem)->count : ta->count, cols = am ? ta->count : 1;
    switch (op) {
    case SpvOpTranspose:
        if (!am || r->kind != SV_MATRIX || r->scalars != na || r->count != rows) {
            break;
        }
        for (uint32_t c = 0; c < cols; c++) {
            for (uint32_t k = 0; k < rows; k++) {
                out[k * cols + c] = a[c * rows + k];
            }
        }
        return;
    case SpvOpVectorTimesScalar:
    case SpvOpMatrixTimesScalar:
        if (nb != 1 || r->scalars != na) {
            break;
        }
        for (uint32_t k = 0; k < na; k++) {
            out[k] = SV_E2(FMUL, t, a[k], b[0]);
        }
        return;
    case SpvOpMatrixTimesVector:
        if (!am || nb != cols || r->scalars != rows) {
            break;
        }
        for (uint32_t k = 0; k < rows; k++) {
            out[k] = SV_E2(FMUL, t, a[k], b[0]);
            for (uint32_t c = 1; c < cols; c++) {
                out[k] = SV_E2(FADD, t, out[k], SV_E2(FMUL, t, a[c * rows + k], b[c]));
            }
        }
        return;
    case SpvOpVectorTimesMatrix: {
        const struct sv_type *tb = sv_type_of(s, sv_arg(s, i, 3));
        if (tb->kind != SV_MATRIX || sv_type(s, tb->elem)->count != na || r->scalars != tb->count) {
            break;
        }
        for (uint32_t c = 0; c < tb->count; c++) {
            out[c] = sv_dot(s, a, b + c * na, na, t);
        }
        return;
    }
    case SpvOpMatrixTimesMatrix: {
        const struct sv_type *tb = sv_type_of(s, sv_arg(s, i, 3));
        if (!am || tb->kind != SV_MATRIX || sv_type(s, tb->elem)->count != cols || r->scalars != tb->count * rows) {
            break;
        }
        for (uint32_t j = 0; j < tb->count; j++) {
            for (uint32_t k = 0; k < rows; k++) {
                pum_ir_ref x = SV_E2(FMUL, t, a[k], b[j * cols]);
                for (uint32_t c = 1; c < cols; c++) {
                    x = SV_E2(FADD, t, x, SV_E2(FMUL, t, a[c * rows + k], b[j * cols + c]));
                }
                out[j * rows + k] = x;
            }
        }
        return;
    }
    case SpvOpOuterProduct:
        if (r->scalars != na * nb) {
            break;
        }
        for (uint32_t j = 0; j < nb; j++) {
            for (uint32_t k = 0; k < na; k++) {
                out[j * na + k] = SV_E2(FMUL, t, a[k], b[j]);
            }
        }
        return;
    default:
        break;
    }
    sv_fail(s, PUM_SPIRV_INVALID, "matrix shapes");
}

/* ---- per component ---- */

#define SWAP SV_SWAP
#define NEGATE SV_NEGATE
static const struct sv_simple table[] = {
    {SpvOpIAdd, PUM_IR_IADD, 0},           {SpvOpISub, PUM_IR_ISUB, 0},           {SpvOpIMul, PUM_IR_IMUL, 0},
    {SpvOpFAdd, PUM_IR_FADD, 0},           {SpvOpFSub, PUM_IR_FSUB, 0},           {SpvOpFMul, PUM_IR_FMUL, 0},
    {SpvOpFDiv, PUM_IR_FDIV, 0},           {SpvOpUDiv, PUM_IR_UDIV, 0},           {SpvOpSDiv, PUM_IR_SDIV, 0},
    {SpvOpUMod, PUM_IR_UREM, 0},           {SpvOpSRem, PUM_IR_SREM, 0},           {SpvOpSMod, PUM_IR_SMOD, 0},
    {SpvOpFRem, PUM_IR_FREM, 0},           {SpvOpFMod, PUM_IR_FMOD, 0},           {SpvOpSNegate, PUM_IR_INEG, 0},
    {SpvOpFNegate, PUM_IR_FNEG, 0},        {SpvOpNot, PUM_IR_NOT, 0},             {SpvOpBitwiseAnd, PUM_IR_AND, 0},
    {SpvOpBitwiseOr, PUM_IR_OR, 0},        {SpvOpBitwiseXor, PUM_IR_XOR, 0},      {SpvOpShiftLeftLogical, PUM_IR_SHL, SV_SHIFT},
    {SpvOpShiftRightLogical, PUM_IR_USHR, SV_SHIFT}, {SpvOpShiftRightArithmetic, PUM_IR_SSHR, SV_SHIFT},
    {SpvOpBitReverse, PUM_IR_BITREV, 0},   {SpvOpLogicalAnd, PUM_IR_AND, 0},      {SpvOpLogicalOr, PUM_IR_OR, 0},
    {SpvOpLogicalNot, PUM_IR_NOT, 0},      {SpvOpLogicalNotEqual, PUM_IR_XOR, 0}, {SpvOpLogicalEqual, PUM_IR_XOR, NEGATE},
    {SpvOpIEqual, PUM_IR_IEQ, 0},          {SpvOpINotEqual, PUM_IR_INE, 0},       {SpvOpULessThan, PUM_IR_ULT, 0},
    {SpvOpSLessThan, PUM_IR_SLT, 0},       {SpvOpUGreaterThan, PUM_IR_ULT, SWAP}, {SpvOpSGreaterThan, PUM_IR_SLT, SWAP},
    {SpvOpULessThanEqual, PUM_IR_ULE, 0},  {SpvOpSLessThanEqual, PUM_IR_SLE, 0},  {SpvOpUGreaterThanEqual, PUM_IR_ULE, SWAP},
    {SpvOpSGreaterThanEqual, PUM_IR_SLE, SWAP}, {SpvOpFOrdEqual, PUM_IR_FEQ, 0},  {SpvOpFUnordNotEqual, PUM_IR_FNE, 0},
    {SpvOpFOrdLessThan, PUM_IR_FLT, 0},    {SpvOpFOrdGreaterThan, PUM_IR_FLT, SWAP}, {SpvOpFOrdLessThanEqual, PUM_IR_FLE, 0},
    {SpvOpFOrdGreaterThanEqual, PUM_IR_FLE, SWAP}, {SpvOpFUnordLessThan, PUM_IR_FLE, SWAP | NEGATE},
    {SpvOpFUnordGreaterThan, PUM_IR_FLE, NEGATE}, {SpvOpFUnordLessThanEqual, PUM_IR_FLT, SWAP | NEGATE},
    {SpvOpFUnordGreaterThanEqual, PUM_IR_FLT, NEGATE},
    {SpvOpConvertFToS, PUM_IR_F2S, 0},     {SpvOpConvertFToU, PUM_IR_F2U, 0},     {SpvOpConvertSToF, PUM_IR_S2F, 0},
    {SpvOpConvertUToF, PUM_IR_U2F, 0},     {SpvOpDPdx, PUM_IR_DDX, 0},            {SpvOpDPdy, PUM_IR_DDY, 0},
    {SpvOpDPdxFine, PUM_IR_DDX, 0},        {SpvOpDPdyFine, PUM_IR_DDY, 0},        {SpvOpDPdxCoarse, PUM_IR_DDX_COARSE, 0},
    {SpvOpDPdyCoarse, PUM_IR_DDY_COARSE, 0},
};

const struct sv_simple *
sv_find_simple(uint32_t op)
{
    for (size_t k = 0; k < PUM_ARRAY_LEN(table); k++) {
        if (table[k].spv == op) {
            return &table[k];
        }
    }
    return NULL;
}

/* Ranges of types the operand of each class must have; keeps ill-typed modules from reaching the code generator. */
static bool
operand_fits(enum pum_ir_op op, enum pum_ir_type t)
{
    switch (op) {
    case PUM_IR_AND:
    case PUM_IR_OR:
    case PUM_IR_XOR:
    case PUM_IR_NOT:
        return t == PUM_IR_BOOL || pum_ir_type_is_int(t);
    case PUM_IR_FADD:
    case PUM_IR_FSUB:
    case PUM_IR_FMUL:
    case PUM_IR_FDIV:
    case PUM_IR_FREM:
    case PUM_IR_FMOD:
    case PUM_IR_FNEG:
    case PUM_IR_FEQ:
    case PUM_IR_FNE:
    case PUM_IR_FLT:
    case PUM_IR_FLE:
    case PUM_IR_F2S:
    case PUM_IR_F2U:
        return pum_ir_type_is_float(t);
    case PUM_IR_DDX:
    case PUM_IR_DDY:
    case PUM_IR_DDX_COARSE:
    case PUM_IR_DDY_COARSE:
        return t == PUM_IR_F32;
    default:
        return pum_ir_type_is_int(t);
    }
}

static bool
result_fits(enum pum_ir_op op, enum pum_ir_type t, enum pum_ir_type src)
{
    switch (op) {
    case PUM_IR_IEQ:
    case PUM_IR_INE:
    case PUM_IR_ULT:
    case PUM_IR_ULE:
    case PUM_IR_SLT:
    case PUM_IR_SLE:
    case PUM_IR_FEQ:
    case PUM_IR_FNE:
    case PUM_IR_FLT:
    case PUM_IR_FLE:
        return t == PUM_IR_BOOL;
    case PUM_IR_F2S:
    case PUM_IR_F2U:
        return pum_ir_type_is_int(t);
    case PUM_IR_S2F:
    case PUM_IR_U2F:
        return pum_ir_type_is_float(t);
    default:
        return t == src;
    }
}

bool
sv_simple_fits(const struct sv_simple *e, enum pum_ir_type result, enum pum_ir_type operand)
{
    return operand_fits((enum pum_ir_op)e->ir, operand) && result_fits((enum pum_ir_op)e->ir, result, operand);
}

static void
simple_op(struct sv *s, uint32_t i, const struct sv_simple *e, pum_ir_ref *out, uint32_t n)
{
    const uint32_t operands = pum_ir_op_infos[e->ir].sources;
    uint32_t na, nb = 0;
    const pum_ir_ref *a = sv_value(s, sv_arg(s, i, 2), &na);
    const pum_ir_ref *b = operands > 1 ? sv_value(s, sv_arg(s, i, 3), &nb) : NULL;
    if (na != n || (operands > 1 && nb != n)) {
        sv_fail(s, PUM_SPIRV_INVALID, "operands have %u and %u components, the result %u", na, nb, n);
        return;
    }
    if (e->ir >= PUM_IR_DDX && e->ir <= PUM_IR_DDY_COARSE) {
        sv_need_quads(s);
    }
    for (uint32_t k = 0; k < n && sv_ok(s); k++) {
        const enum pum_ir_type t = sv_ir_type(s, sv_scalar_type(s, sv_arg(s, i, 0), k));
        const enum pum_ir_type ta = (enum pum_ir_type)pum_ir_at(s->sh, a[k])->type;
        const enum pum_ir_type tb = b ? (enum pum_ir_type)pum_ir_at(s->sh, b[k])->type : ta;
        const bool shift = e->flags & SV_SHIFT && pum_ir_type_is_int(tb);
        if (!sv_simple_fits(e, t, ta) || (ta != tb && !shift)) {
            sv_fail(s, PUM_SPIRV_INVALID, "operand types");
            return;
        }
        pum_ir_ref src[2] = {a[k], b && shift ? sv_int_to(s, b[k], ta, false) : b ? b[k] : 0};
        if (e->flags & SWAP) {
            const pum_ir_ref x = src[0];
            src[0] = src[1];
            src[1] = x;
        }
        out[k] = pum_ir_emit(&s->b, (enum pum_ir_op)e->ir, t, operands, src, 0);
        if (e->flags & NEGATE) {
            out[k] = SV_E1(NOT, PUM_IR_BOOL, out[k]);
        }
    }
}

static bool
special(struct sv *s, uint32_t i, uint32_t op)
{
    switch (op) {
    case SpvOpControlBarrierArriveEXT: pum_ir_emit0(&s->b, PUM_IR_MEM_BARRIER, PUM_IR_VOID, 0); return true; /* all wait where they have to */
    case SpvOpControlBarrierWaitEXT:
    case SpvOpControlBarrier: {
        uint32_t scope = SpvScopeWorkgroup;
        sv_const_u32(s, sv_arg(s, i, 0), &scope);
        const bool alone = scope == SpvScopeSubgroup || scope == SpvScopeInvocation; /* in step anyway */
        s->sh->info.has_barrier = s->sh->info.has_barrier || !alone;
        pum_ir_emit0(&s->b, alone ? PUM_IR_MEM_BARRIER : PUM_IR_BARRIER, PUM_IR_VOID, 0);
        return true;
    }
    case SpvOpMemoryBarrier:
        pum_ir_emit0(&s->b, PUM_IR_MEM_BARRIER, PUM_IR_VOID, 0);
        return true;
    case SpvOpBeginInvocationInterlockEXT:
    case SpvOpEndInvocationInterlockEXT:
        if (!s->interlocked) {
            sv_fail(s, PUM_SPIRV_INVALID, "no execution mode of fragment shader interlock");
        }
        pum_ir_emit0(&s->b, PUM_IR_MEM_BARRIER, PUM_IR_VOID, 0); /* invocations come in order, memory operations must not leave the section */
        return true;
    case SpvOpAssumeTrueKHR: return true;
    case SpvOpDemoteToHelperInvocation:
        s->sh->info.uses_discard = true;
        pum_ir_emit0(&s->b, PUM_IR_DEMOTE, PUM_IR_VOID, 0);
        return true;
    default:
        return sv_subgroup(s, i, op);
    }
}

bool
sv_alu(struct sv *s, uint32_t i, uint32_t op)
{
    if (special(s, i, op) || sv_cooperative(s, i, op)) {
        return true;
    }
    if (sv_len(s, i) < 3 || sv_id(s, sv_arg(s, i, 0))->kind != SV_TYPE) {
        return false;
    }
    const uint32_t id = sv_arg(s, i, 1), type = sv_arg(s, i, 0), n = sv_type(s, type)->scalars;
    const struct sv_simple *e = sv_find_simple(op);
    pum_ir_ref tmp[64], *out = tmp;
    if (n > PUM_ARRAY_LEN(tmp)) {
        out = sv_alloc(s, n, sizeof(*out));
        if (!out) {
            return true;
        }
    }
    memset(out, 0, n * sizeof(*out));
    uint32_t na, nb;
    const pum_ir_ref *a, *b;
    const bool done = (!e || (e->ir >= PUM_IR_F2S && e->ir <= PUM_IR_U2F)) && sv_convert(s, i, op, type, out, n);
    if (e && !done) {
        simple_op(s, i, e, out, n);
    } else if (!done) {
        switch (op) {
        case SpvOpCompositeExtract: composite_extract(s, i, out, n); break;
        case SpvOpCompositeInsert: composite_insert(s, i, out, n); break;
        case SpvOpCompositeConstruct: composite_construct(s, i, out, n); break;
        case SpvOpCompositeConstructReplicateEXT: composite_replicate(s, i, type, out, n); break;
        case SpvOpVectorShuffle: vector_shuffle(s, i, out, n); break;
        case SpvOpCopyObject:
        case SpvOpCopyLogical:
        case SpvOpExpectKHR:
            a = sv_value(s, sv_arg(s, i, 2), &na);
            if (na != n) {
                sv_fail(s, PUM_SPIRV_INVALID, "type of the copy");
                break;
            }
            memcpy(out, a, n * sizeof(*out));
            break;
        case SpvOpFmaKHR: fused(s, i, type, out, n); break;
        case SpvOpFwidth:
        case SpvOpFwidthFine:
        case SpvOpFwidthCoarse:
            sv_need_quads(s);
            a = sv_value(s, sv_arg(s, i, 2), &na);
            if (na != n) {
                sv_fail(s, PUM_SPIRV_INVALID, "components");
                break;
            }
            for (uint32_t k = 0; k < n; k++) {
                const enum pum_ir_type t = (enum pum_ir_type)pum_ir_at(s->sh, a[k])->type;
                const bool coarse = op == SpvOpFwidthCoarse;
                if (t != PUM_IR_F32) {
                    sv_fail(s, PUM_SPIRV_INVALID, "operand type");
                    break;
                }
                const pum_ir_ref dx = pum_ir_emit1(&s->b, coarse ? PUM_IR_DDX_COARSE : PUM_IR_DDX, t, a[k]);
                const pum_ir_ref dy = pum_ir_emit1(&s->b, coarse ? PUM_IR_DDY_COARSE : PUM_IR_DDY, t, a[k]);
                out[k] = SV_E2(FADD, t, SV_E1(FABS, t, dx), SV_E1(FABS, t, dy));
            }
            break;
        case SpvOpVectorExtractDynamic:
            a = sv_value(s, sv_arg(s, i, 2), &na);
            b = sv_value(s, sv_arg(s, i, 3), &nb);
            if (!sv_ok(s) || na < 1 || na > SV_MAX_VECTOR || n != 1 || nb != 1 || !pum_ir_type_is_int((enum pum_ir_type)pum_ir_at(s->sh, b[0])->type)) {
                sv_fail(s, PUM_SPIRV_INVALID, "vector");
                break;
            }
            out[0] = dynamic_component(s, a, na, b[0], (enum pum_ir_type)pum_ir_at(s->sh, a[0])->type);
            break;
        case SpvOpVectorInsertDynamic: {
            a = sv_value(s, sv_arg(s, i, 2), &na);
            const pum_ir_ref x = sv_scalar(s, sv_arg(s, i, 3));
            pum_ir_ref idx = sv_scalar(s, sv_arg(s, i, 4));
            if (na != n || n > SV_MAX_VECTOR || !sv_ok(s) || !pum_ir_type_is_int((enum pum_ir_type)pum_ir_at(s->sh, idx)->type) ||
                pum_ir_at(s->sh, x)->type != pum_ir_at(s->sh, a[0])->type) {
                sv_fail(s, PUM_SPIRV_INVALID, "vector");
                break;
            }
            idx = sv_int_to(s, idx, PUM_IR_I32, true);
            for (uint32_t k = 0; k < n; k++) {
                out[k] = pum_ir_emit3(&s->b, PUM_IR_SELECT, (enum pum_ir_type)pum_ir_at(s->sh, a[k])->type,
                                      SV_E2(IEQ, PUM_IR_BOOL, idx, sv_u32(s, k)), x, a[k]);
            }
            break;
        }
        case SpvOpSelect: {
            uint32_t nc;
            const pum_ir_ref *c = sv_value(s, sv_arg(s, i, 2), &nc);
            a = sv_value(s, sv_arg(s, i, 3), &na);
            b = sv_value(s, sv_arg(s, i, 4), &nb);
            if (na != n || nb != n || (nc != n && nc != 1)) {
                sv_fail(s, PUM_SPIRV_INVALID, "components");
                break;
            }
            for (uint32_t k = 0; k < n; k++) {
                const enum pum_ir_type t = (enum pum_ir_type)pum_ir_at(s->sh, a[k])->type;
                if (pum_ir_at(s->sh, c[nc == 1 ? 0 : k])->type != PUM_IR_BOOL || pum_ir_at(s->sh, b[k])->type != t) {
                    sv_fail(s, PUM_SPIRV_INVALID, "operand types");
                    break;
                }
                out[k] = SV_E3(SELECT, t, c[nc == 1 ? 0 : k], a[k], b[k]);
            }
            break;
        }
        case SpvOpDot:
            if (sv_type(s, type)->encoded) {
                encoded_dot(s, i, type, out);
                break;
            }
            a = sv_value(s, sv_arg(s, i, 2), &na);
            b = sv_value(s, sv_arg(s, i, 3), &nb);
            if (!sv_ok(s) || na != nb || na < 1 || na > SV_MAX_VECTOR || n != 1 || !pum_ir_type_is_float((enum pum_ir_type)pum_ir_at(s->sh, a[0])->type) ||
                pum_ir_at(s->sh, b[0])->type != pum_ir_at(s->sh, a[0])->type) {
                sv_fail(s, PUM_SPIRV_INVALID, "operands");
                break;
            }
            out[0] = sv_dot(s, a, b, na, (enum pum_ir_type)pum_ir_at(s->sh, a[0])->type);
            break;
        case SpvOpAny:
        case SpvOpAll:
            a = sv_value(s, sv_arg(s, i, 2), &na);
            out[0] = a[0];
            for (uint32_t k = 1; k < na; k++) {
                out[0] = pum_ir_emit2(&s->b, op == SpvOpAny ? PUM_IR_OR : PUM_IR_AND, PUM_IR_BOOL, out[0], a[k]);
            }
            break;
        case SpvOpTranspose:
        case SpvOpVectorTimesScalar:
        case SpvOpMatrixTimesScalar:
        case SpvOpMatrixTimesVector:
        case SpvOpVectorTimesMatrix:
        case SpvOpMatrixTimesMatrix:
        case SpvOpOuterProduct: matrix_op(s, i, op, out); break;
        default:
            return false;
        }
    }
    pum_ir_ref *c = sv_ok(s) && sv_typed(s, type, out, n) ? sv_define(s, id, type) : NULL;
    if (c) {
        memcpy(c, out, n * sizeof(*c));
    }
    return true;
}
