/* Cooperative matrices. To everything else a matrix is an array of the elements that an invocation has: of element (r, c) the invocation is
 * c modulo 16, its number there is r + rows * (c / 16), for every use. So a component is sixteen columns of a row, rows of memory are loaded as
 * vectors, and a product is a sum of columns of B times elements of A, which are taken from one invocation for all.
 * SPEC: SPV_KHR_cooperative_matrix.
 */
#include "spirv/sv.h"

#define MAX_SIZE 32u /* rows, columns */

static uint32_t
element_count(const struct sv_type *t)
{
    return t->coop_rows * (t->coop_columns / PUM_LANES);
}

void
sv_cooperative_type(struct sv *s, uint32_t i, struct sv_type *t)
{
    uint32_t scope = 0, rows = 0, columns = 0, use = 0;
    const struct sv_type *e = sv_type(s, sv_arg(s, i, 1));
    if (!sv_const_u32(s, sv_arg(s, i, 2), &scope) || !sv_const_u32(s, sv_arg(s, i, 3), &rows) || !sv_const_u32(s, sv_arg(s, i, 4), &columns) ||
        !sv_const_u32(s, sv_arg(s, i, 5), &use) || use > SpvCooperativeMatrixUseMatrixAccumulatorKHR || (e->kind != SV_INT && e->kind != SV_FLOAT)) {
        sv_fail(s, PUM_SPIRV_INVALID, "cooperative matrix type");
        rows = columns = PUM_LANES;
    }
    if (scope != SpvScopeSubgroup || !rows || !columns || rows > MAX_SIZE || columns > MAX_SIZE || columns % PUM_LANES || e->bits == 64) {
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "cooperative matrix of %u x %u elements of %u bits, scope %u", rows, columns, e->bits, scope);
        rows = columns = PUM_LANES;
    }
    t->kind = SV_ARRAY;
    t->cooperative = true;
    t->coop_use = (uint8_t)use;
    t->coop_rows = (uint8_t)rows;
    t->coop_columns = (uint8_t)columns;
    t->elem = sv_arg(s, i, 1);
    t->count = t->scalars = element_count(t);
    t->words = t->count * e->words;
    t->natural_B = t->count * e->natural_B;
    t->align_B = e->align_B;
    t->encoded = e->encoded;
    t->depth = 1;
}

uint32_t
sv_cooperative_length(struct sv *s, uint32_t type)
{
    const struct sv_type *t = sv_type(s, type);
    if (!t->cooperative) {
        sv_fail(s, PUM_SPIRV_INVALID, "%%%u is no cooperative matrix type", type);
        return 0;
    }
    return t->count;
}

/* ---- memory ---- */

/* Loads (out) or stores (in) all elements. layout_k: operand that holds the layout, the stride follows it. */
static void
access(struct sv *s, uint32_t i, uint32_t pointer, uint32_t layout_k, uint32_t type, pum_ir_ref *out, const pum_ir_ref *in)
{
    const struct sv_type *t = sv_type(s, type), *e = sv_type(s, t->elem);
    const enum pum_ir_type w = PUM_IR_I32;
    struct sv_ptr p = *sv_pointer(s, pointer);
    uint32_t layout = 0;
    if (!sv_ok(s) || !t->cooperative || !sv_const_u32(s, sv_arg(s, i, layout_k), &layout) || layout > SpvCooperativeMatrixLayoutColumnMajorKHR ||
        sv_len(s, i) <= layout_k + 1 || p.row_major || p.one_column) {
        sv_fail(s, PUM_SPIRV_INVALID, "operands of the cooperative matrix");
        return;
    }
    const bool untyped = sv_type_of(s, pointer)->untyped, columns_follow = layout == SpvCooperativeMatrixLayoutColumnMajorKHR;
    const uint32_t step_B = untyped ? 1 : sv_type(s, p.type)->natural_B; /* the stride counts what the pointer points to */
    sv_retype(s, &p, t->elem);
    pum_ir_ref stride = sv_scalar(s, sv_arg(s, i, layout_k + 1));
    if (!sv_ok(s) || !pum_ir_type_is_int((enum pum_ir_type)pum_ir_at(s->sh, stride)->type)) {
        sv_fail(s, PUM_SPIRV_INVALID, "stride of the cooperative matrix");
        return;
    }
    stride = sv_imul(s, sv_int_to(s, stride, w, false), step_B);
    const pum_ir_ref lane = pum_ir_emit0(&s->b, PUM_IR_SYSVAL, w, PUM_SYSVAL_SUBGROUP_LANE);
    for (uint32_t block = 0, n = 0; block * PUM_LANES < t->coop_columns; block++) {
        const pum_ir_ref column = sv_iadd(s, lane, sv_u32(s, block * PUM_LANES));
        const pum_ir_ref across = columns_follow ? SV_E2(IMUL, w, column, stride) : sv_imul(s, column, e->natural_B);
        for (uint32_t r = 0; r < t->coop_rows && sv_ok(s); r++, n++) {
            const pum_ir_ref down = columns_follow ? sv_u32(s, r * e->natural_B) : sv_imul(s, stride, r);
            const struct sv_ptr q = sv_moved_pointer(s, &p, sv_iadd(s, across, down));
            if (out) {
                sv_load(s, &q, t->elem, &out[n]);
            } else {
                sv_store(s, &q, t->elem, &in[n]);
            }
        }
    }
}

/* ---- products ---- */

/* An element as what is computed with: F32 or I32. */
static pum_ir_ref
widen(struct sv *s, pum_ir_ref x, const struct sv_type *e, bool is_signed)
{
    return e->encoded ? sv_decode_float(s, x, e) : e->kind == SV_INT ? sv_int_to(s, x, PUM_IR_I32, is_signed) : e->bits == 16 ? SV_E1(F2F, PUM_IR_F32, x) : x;
}

static pum_ir_ref
narrow(struct sv *s, pum_ir_ref x, const struct sv_type *e)
{
    return e->encoded ? sv_encode_float(s, x, e, false, false) : e->kind == SV_INT ? sv_int_to(s, x, sv_ir_type(s, e), false)
           : e->bits == 16                                     ? SV_E1(F2F, PUM_IR_F16, x)
                                                               : x;
}

static const struct sv_type *
matrix_operand(struct sv *s, uint32_t id, uint32_t use, bool is_signed, pum_ir_ref **out)
{
    uint32_t n;
    const struct sv_type *t = sv_type_of(s, id);
    const pum_ir_ref *v = sv_value(s, id, &n);
    *out = sv_alloc(s, n ? n : 1, sizeof(**out));
    if (!sv_ok(s) || !t->cooperative || t->coop_use != use || n != t->count) {
        sv_fail(s, PUM_SPIRV_INVALID, "operands of the product of matrices");
        return t;
    }
    for (uint32_t k = 0; k < n; k++) {
        (*out)[k] = widen(s, v[k], sv_type(s, t->elem), is_signed);
    }
    return t;
}

static void
multiply_add(struct sv *s, uint32_t i, uint32_t type, pum_ir_ref *out)
{
    const struct sv_type *r = sv_type(s, type);
    const uint32_t flags = sv_arg(s, i, 5);
    pum_ir_ref *a, *b, *c;
    const struct sv_type *ta = matrix_operand(s, sv_arg(s, i, 2), SpvCooperativeMatrixUseMatrixAKHR,
                                              flags & SpvCooperativeMatrixOperandsMatrixASignedComponentsKHRMask, &a);
    const struct sv_type *tb = matrix_operand(s, sv_arg(s, i, 3), SpvCooperativeMatrixUseMatrixBKHR,
                                              flags & SpvCooperativeMatrixOperandsMatrixBSignedComponentsKHRMask, &b);
    const struct sv_type *tc = matrix_operand(s, sv_arg(s, i, 4), SpvCooperativeMatrixUseMatrixAccumulatorKHR,
                                              flags & SpvCooperativeMatrixOperandsMatrixCSignedComponentsKHRMask, &c);
    if (!sv_ok(s) || !r->cooperative || r->coop_use != SpvCooperativeMatrixUseMatrixAccumulatorKHR || r->coop_rows != tc->coop_rows ||
        r->coop_columns != tc->coop_columns || ta->coop_rows != tc->coop_rows || tb->coop_columns != tc->coop_columns ||
        ta->coop_columns != tb->coop_rows) {
        sv_fail(s, PUM_SPIRV_INVALID, "sizes of the matrices");
        return;
    }
    const struct sv_type *ea = sv_type(s, ta->elem), *eb = sv_type(s, tb->elem), *ec = sv_type(s, tc->elem), *er = sv_type(s, r->elem);
    const bool ints = ea->kind == SV_INT;
    if ((eb->kind == SV_INT) != ints || (ec->kind == SV_INT) != ints || (er->kind == SV_INT) != ints ||
        flags & SpvCooperativeMatrixOperandsSaturatingAccumulationKHRMask) {
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "types of the matrices, or saturation");
        return;
    }
    /* Products of halves, and of floats of 8 bits, are exact: fused or not, the result is the same. */
    const bool exact = (ea->bits == 8 || (ea->bits == 16 && !ea->encoded)) && (eb->bits == 8 || (eb->bits == 16 && !eb->encoded));
    const uint32_t rows = ta->coop_rows, depth = ta->coop_columns;
    for (uint32_t n = 0; n < tc->count && sv_ok(s); n++) {
        const uint32_t row = n % rows, block = n / rows;
        for (uint32_t k = 0; k < depth; k++) {
            const pum_ir_ref x = a[row + rows * (k / PUM_LANES)], y = b[k + depth * block];
            const enum pum_ir_type t = ints ? PUM_IR_I32 : PUM_IR_F32;
            const pum_ir_ref one = SV_E2(SG_SHUFFLE, t, x, sv_u32(s, k % PUM_LANES));
            const pum_ir_ref src[3] = {one, y, c[n]};
            c[n] = ints    ? SV_E2(IADD, t, c[n], SV_E2(IMUL, t, one, y))
                   : exact ? pum_ir_emit(&s->b, PUM_IR_FFMA, t, 3, src, PUM_FFMA_EXACT)
                           : SV_E2(FADD, t, c[n], SV_E2(FMUL, t, one, y));
        }
        out[n] = narrow(s, c[n], er);
    }
}

static void
times_scalar(struct sv *s, uint32_t i, uint32_t type, pum_ir_ref *out)
{
    uint32_t n;
    const pum_ir_ref *a = sv_value(s, sv_arg(s, i, 2), &n);
    const pum_ir_ref x = sv_scalar(s, sv_arg(s, i, 3));
    const struct sv_type *e = sv_type(s, sv_type(s, type)->elem);
    if (!sv_ok(s) || sv_id(s, sv_arg(s, i, 2))->type != type || sv_id(s, sv_arg(s, i, 3))->type != sv_type(s, type)->elem || e->encoded) {
        sv_fail(s, PUM_SPIRV_INVALID, "operands");
        return;
    }
    for (uint32_t k = 0; k < n; k++) {
        out[k] = pum_ir_emit2(&s->b, e->kind == SV_INT ? PUM_IR_IMUL : PUM_IR_FMUL, sv_ir_type(s, e), a[k], x);
    }
}

/* Instructions with a matrix for a result; false: not one of them. */
static bool
with_result(struct sv *s, uint32_t i, uint32_t op)
{
    const uint32_t type = sv_arg(s, i, 0);
    if (op != SpvOpCooperativeMatrixLoadKHR && op != SpvOpCooperativeMatrixMulAddKHR &&
        (op != SpvOpMatrixTimesScalar || !sv_type(s, type)->cooperative)) {
        return false;
    }
    const uint32_t n = sv_cooperative_length(s, type);
    pum_ir_ref *out = sv_alloc(s, n, sizeof(*out));
    if (!sv_ok(s)) {
        return true;
    }
    switch (op) {
    case SpvOpCooperativeMatrixLoadKHR: access(s, i, sv_arg(s, i, 2), 3, type, out, NULL); break;
    case SpvOpCooperativeMatrixMulAddKHR: multiply_add(s, i, type, out); break;
    default: times_scalar(s, i, type, out); break;
    }
    pum_ir_ref *c = sv_ok(s) && sv_typed(s, type, out, n) ? sv_define(s, sv_arg(s, i, 1), type) : NULL;
    for (uint32_t k = 0; c && k < n; k++) {
        c[k] = out[k];
    }
    return true;
}

bool
sv_cooperative(struct sv *s, uint32_t i, uint32_t op)
{
    if (op == SpvOpCooperativeMatrixStoreKHR) {
        uint32_t n;
        const uint32_t type = sv_id(s, sv_arg(s, i, 1))->type;
        const pum_ir_ref *v = sv_value(s, sv_arg(s, i, 1), &n);
        if (sv_ok(s) && n == sv_cooperative_length(s, type)) {
            access(s, i, sv_arg(s, i, 0), 2, type, NULL, v);
        }
        return true;
    }
    if (op == SpvOpCooperativeMatrixLengthKHR) {
        const uint32_t n = sv_cooperative_length(s, sv_arg(s, i, 2));
        const pum_ir_ref r = sv_u32(s, n);
        pum_ir_ref *c = sv_ok(s) && sv_typed(s, sv_arg(s, i, 0), &r, 1) ? sv_define(s, sv_arg(s, i, 1), sv_arg(s, i, 0)) : NULL;
        if (c) {
            c[0] = r;
        }
        return true;
    }
    return with_result(s, i, op);
}
