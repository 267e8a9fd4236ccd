/* Module level: header, capabilities, decorations, types, constants, variables, function and block boundaries. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ir/scalar.h"
#include "spirv/sv.h"

/* The header has them as C inline functions: one file must emit them. */
extern inline const char *SpvOpToString(SpvOp op);
extern inline const char *SpvCapabilityToString(SpvCapability c);

#define MAX_BOUND (1u << 22)
#define MAX_GROUP_STEPS (1u << 25)
#define MAX_SCALARS (1u << 16) /* of one type */
#define MAX_TYPE_DEPTH 16

void
sv_fail(struct sv *s, enum pum_spirv_result r, const char *fmt, ...)
{
    if (s->result != PUM_SPIRV_OK) {
        return;
    }
    s->result = r;
    s->err->word = s->at;
    const uint32_t op = s->at < s->n ? s->w[s->at] & 0xffff : UINT32_MAX;
    const char *name = op == UINT32_MAX ? "end" : sv_op_name(op);
    char number[32];
    if (strcmp(name, "Unknown") == 0) { /* to the grammar, too */
        snprintf(number, sizeof(number), "opcode %u", op);
        name = number;
    }
    int n = snprintf(s->err->text, sizeof(s->err->text), "SPIR-V word %u (%s): ", s->at, name);
    va_list args;
    va_start(args, fmt);
    if (n > 0 && (size_t)n < sizeof(s->err->text)) {
        vsnprintf(s->err->text + n, sizeof(s->err->text) - (size_t)n, fmt, args);
    }
    va_end(args);
}

bool
sv_ok(const struct sv *s)
{
    return s->result == PUM_SPIRV_OK && !s->sh->oom;
}

const char *
sv_op_name(uint32_t op)
{
    const char *name = SpvOpToString((SpvOp)op);
    return name ? name : "unknown instruction";
}

uint32_t
sv_len(const struct sv *s, uint32_t i)
{
    return (s->w[i] >> 16) - 1;
}

uint32_t
sv_arg(const struct sv *s, uint32_t i, uint32_t k)
{
    return k < sv_len(s, i) ? s->w[i + 1 + k] : 0;
}

struct sv_id *
sv_id(struct sv *s, uint32_t id)
{
    if (id == 0 || id >= s->bound) {
        sv_fail(s, PUM_SPIRV_INVALID, "id %u is out of bounds", id);
        id = 0; /* the dummy */
    }
    return &s->ids[id];
}

void *
sv_alloc(struct sv *s, size_t count, size_t size_B)
{
    void *p = pum_arena_array(&s->arena, count ? count : 1, size_B, 8);
    if (!p) {
        sv_fail(s, PUM_SPIRV_OOM, "out of memory");
    }
    return p;
}

static struct sv_type dummy_type = {.kind = SV_VOID};

struct sv_type *
sv_type(struct sv *s, uint32_t id)
{
    struct sv_id *d = sv_id(s, id);
    if (d->kind != SV_TYPE) {
        sv_fail(s, PUM_SPIRV_INVALID, "%%%u is not a type", id);
        return &dummy_type;
    }
    return d->t;
}

struct sv_type *
sv_type_of(struct sv *s, uint32_t value_id)
{
    return sv_type(s, sv_id(s, value_id)->type);
}

enum pum_ir_type
sv_ir_type(struct sv *s, const struct sv_type *t)
{
    if (t->kind == SV_BOOL) {
        return PUM_IR_BOOL;
    }
    if (t->kind == SV_INT) {
        return t->bits == 8 ? PUM_IR_I8 : t->bits == 16 ? PUM_IR_I16 : t->bits == 64 ? PUM_IR_I64 : PUM_IR_I32;
    }
    if (t->kind == SV_FLOAT) {
        return t->bits == 16 ? PUM_IR_F16 : t->bits == 64 ? PUM_IR_F64 : PUM_IR_F32;
    }
    if (t->kind == SV_IMAGE || t->kind == SV_SAMPLER || t->kind == SV_SAMPLED_IMAGE) {
        return PUM_IR_I64;
    }
    sv_fail(s, PUM_SPIRV_INVALID, "a scalar type is needed");
    return PUM_IR_I32;
}

uint32_t
sv_first_scalar(struct sv *s, const struct sv_type *t, uint32_t index, uint32_t *elem_type)
{
    if (index >= t->count && t->kind != SV_RUNTIME_ARRAY) {
        sv_fail(s, PUM_SPIRV_INVALID, "index %u of %u", index, t->count);
        index = 0;
    }
    if (t->kind == SV_STRUCT) {
        uint32_t at = 0;
        for (uint32_t i = 0; i < index && i < t->count; i++) {
            at += sv_type(s, t->members[i].type)->scalars;
        }
        *elem_type = t->count ? t->members[index].type : 0;
        return at;
    }
    if (t->kind != SV_VECTOR && t->kind != SV_MATRIX && t->kind != SV_ARRAY && t->kind != SV_RUNTIME_ARRAY) {
        sv_fail(s, PUM_SPIRV_INVALID, "indexing into something that is no composite");
        *elem_type = 0;
        return 0;
    }
    *elem_type = t->elem;
    return index * sv_type(s, t->elem)->scalars;
}

const struct sv_type *
sv_scalar_type(struct sv *s, uint32_t type, uint32_t k)
{
    for (int depth = 0; depth < 64; depth++) {
        const struct sv_type *t = sv_type(s, type);
        if (t->kind == SV_STRUCT) {
            uint32_t i = 0;
            while (i < t->count && k >= sv_type(s, t->members[i].type)->scalars) {
                k -= sv_type(s, t->members[i++].type)->scalars;
            }
            if (i >= t->count) {
                break;
            }
            type = t->members[i].type;
        } else if (t->kind == SV_VECTOR || t->kind == SV_MATRIX || t->kind == SV_ARRAY) {
            const uint32_t per = sv_type(s, t->elem)->scalars;
            k = per ? k % per : 0;
            type = t->elem;
        } else {
            return t;
        }
    }
    sv_fail(s, PUM_SPIRV_INVALID, "type has no scalar %u", k);
    return &dummy_type;
}

/* ---- decorations ---- */

static struct sv_member *
member_deco(struct sv *s, uint32_t id, uint32_t m)
{
    struct sv_id *d = sv_id(s, id);
    if (m >= 4096) {
        sv_fail(s, PUM_SPIRV_INVALID, "member %u", m);
        m = 0;
    }
    if (m >= d->n_member_deco) {
        const uint32_t n = m + 8;
        struct sv_member *p = sv_alloc(s, n, sizeof(*p));
        if (!p) {
            return NULL;
        }
        for (uint32_t i = 0; i < n; i++) {
            p[i].builtin = p[i].location = p[i].component = -1;
        }
        if (d->n_member_deco) {
            memcpy(p, d->member_deco, d->n_member_deco * sizeof(*p));
        }
        d->member_deco = p;
        d->n_member_deco = n;
    }
    return &d->member_deco[m];
}

/* The decoration of the OpDecorate at word i, for an id. */
static void
decorate(struct sv *s, uint32_t id, uint32_t i)
{
    struct sv_id *d = sv_id(s, id);
    const uint32_t v = sv_arg(s, i, 2);
    switch (sv_arg(s, i, 1)) {
    case SpvDecorationDescriptorSet: d->set = v; d->has_set = true; break;
    case SpvDecorationBinding: d->binding = v; d->has_binding = true; break;
    case SpvDecorationLocation: d->location = v; d->has_location = true; break;
    case SpvDecorationComponent: d->component = v; break;
    case SpvDecorationIndex: d->index = v; break;
    case SpvDecorationSpecId: d->spec_id = v; d->has_spec = true; break;
    case SpvDecorationBuiltIn: d->builtin = v; d->has_builtin = true; break;
    case SpvDecorationFlat: d->flat = true; break;
    case SpvDecorationNoPerspective: d->noperspective = true; break;
    case SpvDecorationCentroid: d->centroid = true; break;
    case SpvDecorationSample: d->sample = true; break;
    case SpvDecorationNonUniform: d->nonuniform = true; break;
    case SpvDecorationNonWritable: d->nonwritable = true; break;
    case SpvDecorationBlock: d->is_block = true; break;
    case SpvDecorationBufferBlock: d->buffer_block = true; break;
    case SpvDecorationArrayStride: d->array_stride_B = v; break;
    default: break; /* precision and aliasing hints change nothing here */
    }
}

/* The decoration that is operand k of the instruction at word i, for a member of a structure. */
static void
decorate_member(struct sv *s, uint32_t id, uint32_t member, uint32_t i, uint32_t k)
{
    struct sv_member *m = member_deco(s, id, member);
    const uint32_t v = sv_arg(s, i, k + 1);
    if (!m) {
        return;
    }
    switch (sv_arg(s, i, k)) {
    case SpvDecorationOffset: m->offset_B = v; m->has_offset = true; break;
    case SpvDecorationMatrixStride: m->matrix_stride_B = v; break;
    case SpvDecorationRowMajor: m->row_major = true; break;
    case SpvDecorationBuiltIn: m->builtin = (int32_t)v; break;
    case SpvDecorationLocation: m->location = (int32_t)v; break;
    case SpvDecorationComponent: m->component = (int32_t)v; break;
    case SpvDecorationFlat: m->flat = true; break;
    case SpvDecorationNoPerspective: m->noperspective = true; break;
    case SpvDecorationCentroid: m->centroid = true; break;
    case SpvDecorationSample: m->sample = true; break;
    default: break;
    }
}

/* OpGroupDecorate, OpGroupMemberDecorate: what decorates the group, before this instruction, decorates each target. */
static void
decorate_group(struct sv *s, uint32_t at, bool members)
{
    const uint32_t group = sv_arg(s, at, 0);
    const uint32_t step = members ? 2 : 1;
    for (uint32_t i = 5; i < at && sv_ok(s); i += s->w[i] >> 16) {
        if (++s->group_steps > MAX_GROUP_STEPS) {
            sv_fail(s, PUM_SPIRV_UNSUPPORTED, "so many decoration groups");
        }
        if ((s->w[i] & 0xffff) != SpvOpDecorate || sv_arg(s, i, 0) != group) {
            continue;
        }
        s->group_steps += sv_len(s, at);
        for (uint32_t k = 1; k + step <= sv_len(s, at) && sv_ok(s); k += step) {
            if (members) {
                decorate_member(s, sv_arg(s, at, k), sv_arg(s, at, k + 1), i, 1);
            } else {
                decorate(s, sv_arg(s, at, k), i);
            }
        }
    }
}

/* ---- types ---- */

static struct sv_id *
new_result(struct sv *s, uint32_t id, enum sv_id_kind kind)
{
    struct sv_id *d = sv_id(s, id);
    if (d->kind != SV_NONE) {
        sv_fail(s, PUM_SPIRV_INVALID, "%%%u is defined twice", id);
    }
    d->kind = (uint8_t)kind;
    d->word = s->at;
    return d;
}

static void
parse_type(struct sv *s, uint32_t i, uint32_t op)
{
    const uint32_t id = sv_arg(s, i, 0);
    struct sv_type *t = sv_alloc(s, 1, sizeof(*t));
    if (!t) {
        return;
    }
    uint64_t scalars = 1;
    switch (op) {
    case SpvOpTypeVoid: t->kind = SV_VOID; scalars = 0; break;
    case SpvOpTypeBool: t->kind = SV_BOOL; t->bits = 1; break;
    case SpvOpTypeInt:
    case SpvOpTypeFloat:
        t->kind = op == SpvOpTypeInt ? SV_INT : SV_FLOAT;
        t->bits = (uint8_t)sv_arg(s, i, 1);
        t->is_signed = op == SpvOpTypeInt && sv_arg(s, i, 2);
        if (sv_arg(s, i, 1) != 32) {
            sv_fail(s, PUM_SPIRV_UNSUPPORTED, "%u-bit types", sv_arg(s, i, 1));
        }
        break;
    case SpvOpTypeVector:
    case SpvOpTypeMatrix:
        t->kind = op == SpvOpTypeVector ? SV_VECTOR : SV_MATRIX;
        t->elem = sv_arg(s, i, 1);
        t->count = sv_arg(s, i, 2);
        if (t->count < 2 || t->count > 4 || (op == SpvOpTypeVector ? sv_type(s, t->elem)->kind > SV_FLOAT || sv_type(s, t->elem)->kind == SV_VOID
                                                                 : sv_type(s, t->elem)->kind != SV_VECTOR)) {
            sv_fail(s, PUM_SPIRV_INVALID, "bad vector or matrix type");
        }
        scalars = (uint64_t)t->count * sv_type(s, t->elem)->scalars;
        break;
    case SpvOpTypeArray:
    case SpvOpTypeRuntimeArray:
        t->kind = op == SpvOpTypeArray ? SV_ARRAY : SV_RUNTIME_ARRAY;
        t->elem = sv_arg(s, i, 1);
        t->stride_B = sv_id(s, id)->array_stride_B;
        if (op == SpvOpTypeArray) {
            if (!sv_const_u32(s, sv_arg(s, i, 2), &t->count) || t->count == 0) {
                sv_fail(s, PUM_SPIRV_INVALID, "array length");
            }
            scalars = (uint64_t)t->count * sv_type(s, t->elem)->scalars;
        } else {
            scalars = sv_type(s, t->elem)->scalars;
        }
        break;
    case SpvOpTypeStruct: {
        t->kind = SV_STRUCT;
        t->count = sv_len(s, i) - 1;
        t->members = sv_alloc(s, t->count, sizeof(t->members[0]));
        struct sv_id *d = sv_id(s, id);
        t->block = d->is_block;
        t->buffer_block = d->buffer_block;
        scalars = 0;
        for (uint32_t m = 0; m < t->count && t->members; m++) {
            t->members[m] = m < d->n_member_deco ? d->member_deco[m] : (struct sv_member){.builtin = -1, .location = -1, .component = -1};
            t->members[m].type = sv_arg(s, i, 1 + m);
            scalars += sv_type(s, t->members[m].type)->scalars;
        }
        break;
    }
    case SpvOpTypePointer:
        t->kind = SV_POINTER;
        t->storage = sv_arg(s, i, 1);
        t->elem = sv_arg(s, i, 2);
        break;
    case SpvOpTypeFunction:
        t->kind = SV_FUNCTION;
        t->elem = sv_arg(s, i, 1);
        t->count = sv_len(s, i) - 2;
        break;
    case SpvOpTypeImage:
        t->kind = SV_IMAGE;
        t->elem = sv_arg(s, i, 1);
        t->dim = (uint8_t)sv_arg(s, i, 2);
        t->arrayed = sv_arg(s, i, 4) != 0;
        t->multisampled = sv_arg(s, i, 5) != 0;
        t->sampled = (uint8_t)sv_arg(s, i, 6);
        if (t->dim > SpvDimSubpassData || t->dim == SpvDimRect) {
            sv_fail(s, PUM_SPIRV_UNSUPPORTED, "image dimension %u", t->dim);
        }
        break;
    case SpvOpTypeSampler: t->kind = SV_SAMPLER; break;
    case SpvOpTypeSampledImage: t->kind = SV_SAMPLED_IMAGE; t->elem = sv_arg(s, i, 1); scalars = 2; break;
    default: sv_fail(s, PUM_SPIRV_UNSUPPORTED, "type"); break;
    }
    if (scalars > MAX_SCALARS) {
        /* Only buffers may be larger, and they are never loaded whole. */
        scalars = MAX_SCALARS + 1;
    }
    t->scalars = (uint32_t)scalars;
    if (t->kind == SV_VECTOR || t->kind == SV_MATRIX || t->kind == SV_ARRAY || t->kind == SV_RUNTIME_ARRAY) {
        t->depth = (uint8_t)(sv_type(s, t->elem)->depth + 1);
    }
    for (uint32_t m = 0; t->kind == SV_STRUCT && m < t->count && t->members && sv_ok(s); m++) {
        t->depth = (uint8_t)PUM_MAX(t->depth, sv_type(s, t->members[m].type)->depth + 1);
    }
    if (t->depth > MAX_TYPE_DEPTH) {
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "types are nested too deeply");
    }
    struct sv_id *d = new_result(s, id, SV_TYPE);
    d->t = t;
}

/* ---- constants ---- */

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

static struct sv_id *
new_const(struct sv *s, uint32_t type, uint32_t id)
{
    const struct sv_type *t = sv_type(s, type);
    if (t->scalars > MAX_SCALARS) {
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "constant too large");
        return NULL;
    }
    struct sv_id *d = new_result(s, id, SV_CONST);
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

/* A float's bits after a half's precision; halves that would be denormal are zeros of the same sign. */
static uint32_t
quantize_bits(uint32_t x)
{
    float f;
    memcpy(&f, &x, 4);
    const uint32_t half = pum_half_from_float(f);
    if (!(half & 0x7c00u)) {
        return x & 0x80000000u;
    }
    f = pum_half_to_float(half);
    memcpy(&x, &f, 4);
    return x;
}

/* Arithmetic of OpSpecConstantOp on 32-bit integers and booleans. */
uint64_t
sv_fold(struct sv *s, uint32_t op, const uint64_t *a, uint32_t n, uint32_t bits, bool *ok)
{
    (void)s;
    (void)bits;
    const uint32_t x = (uint32_t)a[0], y = n > 1 ? (uint32_t)a[1] : 0;
    const int32_t sx = (int32_t)x, sy = (int32_t)y;
    *ok = true;
    switch (op) {
    case SpvOpIAdd: return x + y;
    case SpvOpISub: return x - y;
    case SpvOpIMul: return (uint32_t)(x * y);
    case SpvOpUDiv: return y ? x / y : UINT32_MAX;
    case SpvOpSDiv: return (uint32_t)(sy == 0 ? -1 : sx == INT32_MIN && sy == -1 ? sx : sx / sy);
    case SpvOpUMod: return y ? x % y : x;
    case SpvOpSRem: return (uint32_t)(sy == 0 ? sx : sy == -1 ? 0 : sx % sy);
    case SpvOpSMod: {
        const int32_t r = sy == 0 ? sx : sy == -1 ? 0 : sx % sy;
        return (uint32_t)(r != 0 && (r ^ sy) < 0 ? r + sy : r);
    }
    case SpvOpSNegate: return 0u - x;
    case SpvOpNot: return ~x;
    case SpvOpBitwiseAnd: return x & y;
    case SpvOpBitwiseOr: return x | y;
    case SpvOpBitwiseXor: return x ^ y;
    case SpvOpShiftLeftLogical: return x << (y & 31);
    case SpvOpShiftRightLogical: return x >> (y & 31);
    case SpvOpShiftRightArithmetic: return (uint32_t)(sx >> (y & 31));
    case SpvOpLogicalOr: return x | y;
    case SpvOpLogicalAnd: return x & y;
    case SpvOpLogicalNot: return !x;
    case SpvOpLogicalEqual: return x == y;
    case SpvOpLogicalNotEqual: return x != y;
    case SpvOpIEqual: return x == y;
    case SpvOpINotEqual: return x != y;
    case SpvOpULessThan: return x < y;
    case SpvOpSLessThan: return sx < sy;
    case SpvOpUGreaterThan: return x > y;
    case SpvOpSGreaterThan: return sx > sy;
    case SpvOpULessThanEqual: return x <= y;
    case SpvOpSLessThanEqual: return sx <= sy;
    case SpvOpUGreaterThanEqual: return x >= y;
    case SpvOpSGreaterThanEqual: return sx >= sy;
    case SpvOpSelect: return x ? a[1] : n > 2 ? a[2] : 0;
    case SpvOpUConvert:
    case SpvOpSConvert:
    case SpvOpBitcast: return x;
    case SpvOpQuantizeToF16: return quantize_bits(x);
    default: *ok = false; return 0;
    }
}

static void
spec_op(struct sv *s, uint32_t i)
{
    struct sv_id *d = new_const(s, sv_arg(s, i, 0), sv_arg(s, i, 1));
    const uint32_t op = sv_arg(s, i, 2), n = sv_len(s, i) - 3;
    if (!d || n < 1) {
        sv_fail(s, PUM_SPIRV_INVALID, "operands are missing");
        return;
    }
    const struct sv_id *a = sv_id(s, sv_arg(s, i, 3));
    if (op == SpvOpCompositeExtract || op == SpvOpCompositeInsert || op == SpvOpVectorShuffle) {
        if (op == SpvOpCompositeExtract && a->kind == SV_CONST) {
            uint32_t type = a->type, at = 0;
            for (uint32_t k = 4; k < sv_len(s, i); k++) {
                at += sv_first_scalar(s, sv_type(s, type), sv_arg(s, i, k), &type);
            }
            if (sv_ok(s) && at + d->n <= a->n) {
                memcpy(d->k, a->k + at, d->n * sizeof(uint64_t));
                return;
            }
        }
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "OpSpecConstantOp %s", sv_op_name(op));
        return;
    }
    for (uint32_t c = 0; c < d->n && sv_ok(s); c++) {
        uint64_t v[3] = {0};
        for (uint32_t k = 0; k < n && k < 3; k++) {
            const struct sv_id *o = sv_id(s, sv_arg(s, i, 3 + k));
            if (o->kind != SV_CONST || (o->n != d->n && o->n != 1)) {
                sv_fail(s, PUM_SPIRV_INVALID, "operand %u is no fitting constant", k);
                return;
            }
            v[k] = o->k[o->n == 1 ? 0 : c];
        }
        bool ok;
        d->k[c] = sv_fold(s, op, v, n, 32, &ok);
        if (!ok) {
            sv_fail(s, PUM_SPIRV_UNSUPPORTED, "OpSpecConstantOp %s", sv_op_name(op));
        }
    }
}

static void
parse_const(struct sv *s, uint32_t i, uint32_t op)
{
    if (op == SpvOpSpecConstantOp) {
        spec_op(s, i);
        return;
    }
    const uint32_t id = sv_arg(s, i, 1);
    struct sv_id *d = new_const(s, sv_arg(s, i, 0), id);
    if (!d) {
        return;
    }
    switch (op) {
    case SpvOpConstantTrue:
    case SpvOpConstantFalse:
    case SpvOpSpecConstantTrue:
    case SpvOpSpecConstantFalse: {
        uint64_t v;
        d->k[0] = op == SpvOpConstantTrue || op == SpvOpSpecConstantTrue;
        if (specialised(s, d, 4, &v)) {
            d->k[0] = (uint32_t)v != 0;
        }
        break;
    }
    case SpvOpConstant:
    case SpvOpSpecConstant:
        if (d->n != 1 || sv_len(s, i) < 3) {
            sv_fail(s, PUM_SPIRV_INVALID, "scalar constant");
            return;
        }
        d->k[0] = sv_arg(s, i, 2);
        if (op == SpvOpSpecConstant) {
            specialised(s, d, 4, &d->k[0]);
        }
        break;
    case SpvOpConstantComposite:
    case SpvOpSpecConstantComposite: {
        uint32_t at = 0;
        for (uint32_t k = 2; k < sv_len(s, i); k++) {
            const struct sv_id *m = sv_id(s, sv_arg(s, i, k));
            if (m->kind != SV_CONST || at + m->n > d->n) {
                sv_fail(s, PUM_SPIRV_INVALID, "constituent %u", k - 2);
                return;
            }
            memcpy(d->k + at, m->k, m->n * sizeof(uint64_t));
            at += m->n;
        }
        if (at != d->n) {
            sv_fail(s, PUM_SPIRV_INVALID, "constituents are missing");
        }
        break;
    }
    default: /* OpConstantNull, OpUndef: zero */
        break;
    }
}

/* ---- functions ---- */

static void
parse_block(struct sv *s, struct sv_func *f, uint32_t *i)
{
    struct sv_block *blk = &f->blocks[f->n_blocks];
    *blk = (struct sv_block){.label = sv_arg(s, *i, 0), .order = f->n_blocks};
    struct sv_id *l = new_result(s, blk->label, SV_LABEL);
    l->block = f->n_blocks++;
    *i += s->w[*i] >> 16;
    blk->first = *i;
    for (; *i < s->n && sv_ok(s); *i += s->w[*i] >> 16) {
        s->at = *i;
        const uint32_t op = s->w[*i] & 0xffff;
        if (op == SpvOpSelectionMerge || op == SpvOpLoopMerge) {
            blk->merge = sv_arg(s, *i, 0);
            blk->loop = op == SpvOpLoopMerge;
            blk->cont = blk->loop ? sv_arg(s, *i, 1) : 0;
        } else if (op == SpvOpBranch || op == SpvOpBranchConditional || op == SpvOpSwitch || op == SpvOpReturn || op == SpvOpReturnValue ||
                   op == SpvOpKill || op == SpvOpUnreachable || op == SpvOpTerminateInvocation) {
            blk->term = *i;
            *i += s->w[*i] >> 16;
            blk->end = *i;
            return;
        } else if (op == SpvOpLabel || op == SpvOpFunctionEnd || op == SpvOpFunction) {
            break;
        }
    }
    sv_fail(s, PUM_SPIRV_INVALID, "block %%%u has no end", blk->label);
}

static uint32_t
count_ops(const struct sv *s, uint32_t from, uint32_t what, uint32_t until)
{
    uint32_t n = 0;
    for (uint32_t i = from; i < s->n && (s->w[i] & 0xffff) != until; i += s->w[i] >> 16) {
        n += (s->w[i] & 0xffff) == what;
    }
    return n;
}

static void
parse_function(struct sv *s, uint32_t *i)
{
    if (!pum_grow((void **)&s->funcs, &s->cap_funcs, s->n_funcs + 1, sizeof(s->funcs[0]))) {
        sv_fail(s, PUM_SPIRV_OOM, "out of memory");
        return;
    }
    struct sv_func *f = &s->funcs[s->n_funcs];
    *f = (struct sv_func){.id = sv_arg(s, *i, 1), .word = *i, .result = sv_arg(s, *i, 0), .type = sv_arg(s, *i, 3)};
    struct sv_id *d = new_result(s, f->id, SV_FUNC);
    d->block = s->n_funcs++;
    f->params = sv_alloc(s, count_ops(s, *i, SpvOpFunctionParameter, SpvOpFunctionEnd), sizeof(uint32_t));
    f->blocks = sv_alloc(s, count_ops(s, *i, SpvOpLabel, SpvOpFunctionEnd), sizeof(struct sv_block));
    *i += s->w[*i] >> 16;
    while (*i < s->n && sv_ok(s)) {
        s->at = *i;
        const uint32_t op = s->w[*i] & 0xffff;
        if (op == SpvOpFunctionEnd) {
            return;
        }
        if (op == SpvOpLabel) {
            parse_block(s, f, i);
            continue;
        }
        if (op == SpvOpFunctionParameter) {
            struct sv_id *p = new_result(s, sv_arg(s, *i, 1), SV_PARAM);
            p->type = sv_arg(s, *i, 0);
            f->params[f->n_params++] = sv_arg(s, *i, 1);
        } else if (op != SpvOpLine && op != SpvOpNoLine) {
            sv_fail(s, PUM_SPIRV_INVALID, "outside of a block");
        }
        *i += s->w[*i] >> 16;
    }
}

static bool
capability_ok(uint32_t c)
{
    switch (c) {
    case SpvCapabilityMatrix:
    case SpvCapabilityShader:
    case SpvCapabilitySampled1D:
    case SpvCapabilityImage1D:
    case SpvCapabilitySampledBuffer:
    case SpvCapabilityImageBuffer:
    case SpvCapabilitySampledCubeArray:
    case SpvCapabilityImageCubeArray:
    case SpvCapabilityImageQuery:
    case SpvCapabilityDerivativeControl:
    case SpvCapabilityStorageImageExtendedFormats:
    case SpvCapabilityStorageImageReadWithoutFormat:
    case SpvCapabilityStorageImageWriteWithoutFormat:
    case SpvCapabilityDrawParameters:
    case SpvCapabilityClipDistance:
    case SpvCapabilityCullDistance:
    case SpvCapabilityImageGatherExtended:
    case SpvCapabilityUniformBufferArrayDynamicIndexing:
    case SpvCapabilitySampledImageArrayDynamicIndexing:
    case SpvCapabilityStorageBufferArrayDynamicIndexing:
    case SpvCapabilityStorageImageArrayDynamicIndexing:
    case SpvCapabilityInputAttachment:
    case SpvCapabilityMinLod:
    case SpvCapabilityGroupNonUniform:
    case SpvCapabilityGroupNonUniformVote:
    case SpvCapabilityGroupNonUniformBallot:
    case SpvCapabilityShaderNonUniform:
    case SpvCapabilityRuntimeDescriptorArray:
    case SpvCapabilityInputAttachmentArrayDynamicIndexing:
    case SpvCapabilityUniformTexelBufferArrayDynamicIndexing:
    case SpvCapabilityStorageTexelBufferArrayDynamicIndexing:
    case SpvCapabilityUniformBufferArrayNonUniformIndexing:
    case SpvCapabilitySampledImageArrayNonUniformIndexing:
    case SpvCapabilityStorageBufferArrayNonUniformIndexing:
    case SpvCapabilityStorageImageArrayNonUniformIndexing:
    case SpvCapabilityInputAttachmentArrayNonUniformIndexing:
    case SpvCapabilityUniformTexelBufferArrayNonUniformIndexing:
    case SpvCapabilityStorageTexelBufferArrayNonUniformIndexing:
    case SpvCapabilityDemoteToHelperInvocation:
    case SpvCapabilityShaderViewportIndexLayerEXT:
    case SpvCapabilityShaderLayer:
    case SpvCapabilityShaderViewportIndex:
    case SpvCapabilityMultiView:
    case SpvCapabilitySampleRateShading:
    case SpvCapabilityInterpolationFunction:
    case SpvCapabilitySampleMaskPostDepthCoverage:
    case SpvCapabilityStencilExportEXT:
        return true;
    default:
        return false;
    }
}

static bool
name_equals(const struct sv *s, uint32_t i, uint32_t k, const char *name, uint32_t *words)
{
    const uint32_t n = sv_len(s, i);
    const size_t bytes = (size_t)(n > k ? n - k : 0) * 4;
    const char *text = (const char *)&s->w[i + 1 + k];
    const size_t len = strnlen(text, bytes);
    *words = (uint32_t)(len / 4 + 1);
    return len < bytes && strcmp(text, name) == 0;
}

static void
parse_entry(struct sv *s, uint32_t i)
{
    static const uint32_t models[PUM_STAGE_COUNT] = {SpvExecutionModelVertex, SpvExecutionModelFragment, SpvExecutionModelGLCompute};
    uint32_t words;
    const bool same = name_equals(s, i, 2, s->opt->entry_point, &words);
    if (same && sv_arg(s, i, 0) == models[s->opt->stage] && !s->entry_func) {
        s->entry_func = sv_arg(s, i, 1);
        const uint32_t first = 2 + words;
        s->n_interface = sv_len(s, i) > first ? sv_len(s, i) - first : 0;
        s->interface = sv_alloc(s, s->n_interface, sizeof(uint32_t));
        for (uint32_t k = 0; k < s->n_interface && s->interface; k++) {
            s->interface[k] = sv_arg(s, i, first + k);
        }
    }
}

static void
execution_mode(struct sv *s, uint32_t i, bool by_id)
{
    struct pum_shader_info *info = &s->sh->info;
    if (sv_arg(s, i, 0) != s->entry_func) {
        return;
    }
    switch (sv_arg(s, i, 1)) {
    case SpvExecutionModeLocalSize:
        for (uint32_t k = 0; k < 3; k++) {
            info->local_size[k] = sv_arg(s, i, 2 + k);
        }
        break;
    case SpvExecutionModeLocalSizeId:
        for (uint32_t k = 0; k < 3 && by_id; k++) {
            s->local_size_ids[k] = sv_arg(s, i, 2 + k);
        }
        break;
    case SpvExecutionModeEarlyFragmentTests: info->early_tests = true; break;
    case SpvExecutionModePostDepthCoverage: info->early_tests = info->post_depth_coverage = true; break;
    case SpvExecutionModeDepthReplacing: info->writes_depth = true; break;
    case SpvExecutionModeDepthGreater: info->depth_mode = 1; break;
    case SpvExecutionModeDepthLess: info->depth_mode = 2; break;
    case SpvExecutionModeDepthUnchanged: info->depth_mode = 3; break;
    default: break;
    }
}

bool
sv_parse(struct sv *s)
{
    for (uint32_t i = 5; i < s->n && sv_ok(s);) {
        s->at = i;
        const uint32_t len = s->w[i] >> 16;
        if (len == 0 || len > s->n - i) {
            sv_fail(s, PUM_SPIRV_INVALID, "instruction of %u words", len);
            break;
        }
        i += len;
    }
    /* Two walks: decorations stand before what they decorate, so one would do, but modes follow entry points. */
    for (uint32_t i = 5; i < s->n && sv_ok(s); i += s->w[i] >> 16) {
        s->at = i;
        const uint32_t op = s->w[i] & 0xffff;
        uint32_t words;
        switch (op) {
        case SpvOpCapability:
            if (!capability_ok(sv_arg(s, i, 0))) {
                const char *name = SpvCapabilityToString((SpvCapability)sv_arg(s, i, 0));
                sv_fail(s, PUM_SPIRV_UNSUPPORTED, "capability %s", name ? name : "?");
            }
            break;
        case SpvOpExtInstImport: {
            struct sv_id *d = new_result(s, sv_arg(s, i, 0), SV_EXT);
            if (name_equals(s, i, 1, "GLSL.std.450", &words)) {
                d->n = 1;
            }
            break;
        }
        case SpvOpMemoryModel:
            if (sv_arg(s, i, 0) != SpvAddressingModelLogical) {
                sv_fail(s, PUM_SPIRV_UNSUPPORTED, "physical addressing");
            }
            break;
        case SpvOpEntryPoint: parse_entry(s, i); break;
        case SpvOpExecutionMode:
        case SpvOpExecutionModeId: execution_mode(s, i, op == SpvOpExecutionModeId); break;
        case SpvOpDecorate: decorate(s, sv_arg(s, i, 0), i); break;
        case SpvOpMemberDecorate: decorate_member(s, sv_arg(s, i, 0), sv_arg(s, i, 1), i, 2); break;
        case SpvOpDecorationGroup: new_result(s, sv_arg(s, i, 0), SV_GROUP); break;
        case SpvOpGroupDecorate:
        case SpvOpGroupMemberDecorate: decorate_group(s, i, op == SpvOpGroupMemberDecorate); break;
        case SpvOpString: new_result(s, sv_arg(s, i, 0), SV_STRING); break;
        case SpvOpTypeVoid:
        case SpvOpTypeBool:
        case SpvOpTypeInt:
        case SpvOpTypeFloat:
        case SpvOpTypeVector:
        case SpvOpTypeMatrix:
        case SpvOpTypeArray:
        case SpvOpTypeRuntimeArray:
        case SpvOpTypeStruct:
        case SpvOpTypePointer:
        case SpvOpTypeFunction:
        case SpvOpTypeImage:
        case SpvOpTypeSampler:
        case SpvOpTypeSampledImage: parse_type(s, i, op); break;
        case SpvOpConstantTrue:
        case SpvOpConstantFalse:
        case SpvOpConstant:
        case SpvOpConstantComposite:
        case SpvOpConstantNull:
        case SpvOpSpecConstantTrue:
        case SpvOpSpecConstantFalse:
        case SpvOpSpecConstant:
        case SpvOpSpecConstantComposite:
        case SpvOpSpecConstantOp:
        case SpvOpUndef: parse_const(s, i, op); break;
        case SpvOpVariable: {
            struct sv_id *d = new_result(s, sv_arg(s, i, 1), SV_VAR);
            d->type = sv_arg(s, i, 0);
            d->storage = sv_arg(s, i, 2);
            break;
        }
        case SpvOpFunction: {
            parse_function(s, &i);
            break;
        }
        default: break; /* names, sources, extensions, debug information */
        }
        if (i >= s->n) {
            break;
        }
    }
    if (sv_ok(s) && (!s->entry_func || sv_id(s, s->entry_func)->kind != SV_FUNC)) {
        sv_fail(s, PUM_SPIRV_INVALID, "entry point '%.60s' not found", s->opt->entry_point);
    }
    return sv_ok(s);
}

static uint32_t *
native_words(const uint32_t *words, size_t n)
{
    uint32_t *copy = malloc(n * sizeof(*copy));
    if (copy) {
        const bool swap = words[0] == __builtin_bswap32(SpvMagicNumber);
        for (size_t i = 0; i < n; i++) {
            copy[i] = swap ? __builtin_bswap32(words[i]) : words[i];
        }
    }
    return copy;
}

enum pum_spirv_result
pum_spirv_translate(const uint32_t *words, size_t n_words, const struct pum_spirv_options *options, struct pum_ir_shader **out,
                    struct pum_spirv_error *error)
{
    struct sv st = {.opt = options, .err = error};
    struct sv *s = &st;
    *out = NULL;
    memset(error, 0, sizeof(*error));
    if (n_words < 5 || n_words > (1u << 24) || (words[0] != SpvMagicNumber && words[0] != __builtin_bswap32(SpvMagicNumber))) {
        snprintf(error->text, sizeof(error->text), "not a SPIR-V module");
        return PUM_SPIRV_INVALID;
    }
    uint32_t *copy = native_words(words, n_words);
    s->sh = pum_ir_shader_create(options->stage);
    pum_arena_init(&s->arena, 65536, (size_t)256 << 20);
    if (!copy || !s->sh) {
        free(copy);
        pum_ir_shader_destroy(s->sh);
        snprintf(error->text, sizeof(error->text), "out of memory");
        return PUM_SPIRV_OOM;
    }
    s->w = copy;
    s->n = (uint32_t)n_words;
    s->version = copy[1];
    s->bound = copy[3];
    if (s->bound == 0 || s->bound > MAX_BOUND || s->bound / 8 > n_words + 512) {
        snprintf(error->text, sizeof(error->text), "id bound %u", s->bound);
        s->result = PUM_SPIRV_INVALID;
    } else {
        s->ids = calloc(s->bound, sizeof(s->ids[0]));
        if (!s->ids) {
            s->result = PUM_SPIRV_OOM;
        }
    }
    if (s->result == PUM_SPIRV_OK) {
        pum_ir_builder_init(&s->b, s->sh);
        memset(s->fs_input_of, 0xff, sizeof(s->fs_input_of));
        if (sv_parse(s)) {
            sv_translate_entry(s);
        }
    }
    if (s->result == PUM_SPIRV_OK && s->sh->oom) {
        s->result = PUM_SPIRV_OOM;
        snprintf(error->text, sizeof(error->text), "out of memory, or the shader is too large");
    }
    char why[160];
    if (s->result == PUM_SPIRV_OK && !pum_ir_verify(s->sh, why, sizeof(why))) { /* the last line against modules that no check above refused */
        s->result = PUM_SPIRV_INVALID;
        snprintf(error->text, sizeof(error->text), "the module is not valid: %s", why);
    }
    if (s->result == PUM_SPIRV_OK) {
        *out = s->sh;
    } else {
        pum_ir_shader_destroy(s->sh);
    }
    free(s->ids);
    free(s->spills);
    free(s->moves);
    free(s->funcs);
    free(s->stack);
    free(copy);
    pum_arena_finish(&s->arena);
    return s->result;
}
