/* Types and their layouts. A type has up to three: as decorated (buffers), natural (workgroup memory) and in words (private arrays). */
#include "spirv/sv.h"

#define MAX_SCALARS (1u << 16) /* of one type */
#define MAX_TYPE_DEPTH 16

static uint32_t
saturate(uint64_t n, uint32_t max)
{
    return n > max ? max : (uint32_t)n;
}

static bool
is_scalar_kind(const struct sv_type *t)
{
    return t->kind == SV_BOOL || t->kind == SV_INT || t->kind == SV_FLOAT;
}

static void
scalar_type(struct sv *s, uint32_t i, struct sv_type *t, bool is_float)
{
    const uint32_t bits = sv_arg(s, i, 1), encoding = sv_arg(s, i, 2);
    const bool given = is_float && sv_len(s, i) > 2;
    t->kind = is_float ? SV_FLOAT : SV_INT;
    t->bits = (uint8_t)bits;
    t->is_signed = !is_float && encoding;
    if (given && bits == 16 && encoding == SpvFPEncodingBFloat16KHR) {
        t->encoding = SV_BFLOAT16;
    } else if (given && bits == 8 && (encoding == SpvFPEncodingFloat8E4M3EXT || encoding == SpvFPEncodingFloat8E5M2EXT)) {
        t->encoding = encoding == SpvFPEncodingFloat8E4M3EXT ? SV_E4M3 : SV_E5M2;
    } else if (given || (bits != 8 && bits != 16 && bits != 32 && bits != 64) || (is_float && bits == 8)) {
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "%u-bit types%s", bits, given ? " of another encoding" : "");
        t->bits = 32;
    }
    t->encoded = t->encoding != SV_IEEE;
}

/* Scalars of a pointer's value: an address; a descriptor's address and an offset; an offset in workgroup memory. Other pointers are known
 * when the shader is translated and have no value. */
static uint32_t
pointer_scalars(uint32_t storage)
{
    switch (storage) {
    case SpvStorageClassPhysicalStorageBuffer:
    case SpvStorageClassWorkgroup: return 1;
    case SpvStorageClassStorageBuffer: return 2;
    default: return 0;
    }
}

static void
pointer_type(struct sv *s, uint32_t i, struct sv_type *t, bool forward)
{
    t->kind = SV_POINTER;
    t->storage = sv_arg(s, i, 1);
    t->untyped = (s->w[i] & 0xffff) == SpvOpTypeUntypedPointerKHR;
    t->elem = forward || t->untyped ? 0 : sv_arg(s, i, 2);
    t->stride_B = sv_id(s, sv_arg(s, i, 0))->array_stride_B;
    if (forward && t->storage != SpvStorageClassPhysicalStorageBuffer) {
        sv_fail(s, PUM_SPIRV_INVALID, "storage class of a forward pointer");
    }
}

static void
struct_type(struct sv *s, uint32_t i, struct sv_type *t)
{
    const struct sv_id *d = sv_id(s, sv_arg(s, i, 0));
    t->kind = SV_STRUCT;
    t->count = sv_len(s, i) - 1;
    t->members = sv_alloc(s, t->count, sizeof(t->members[0]));
    t->block = d->is_block;
    t->buffer_block = d->buffer_block;
    uint64_t scalars = 0, words = 0, at_B = 0;
    t->align_B = 1;
    for (uint32_t m = 0; m < t->count && t->members; m++) {
        struct sv_member *mem = &t->members[m];
        *mem = m < d->n_member_deco ? d->member_deco[m] : (struct sv_member){.builtin = -1, .location = -1, .component = -1};
        mem->type = sv_arg(s, i, 1 + m);
        const struct sv_type *mt = sv_type(s, mem->type);
        const uint32_t align_B = PUM_MAX(mt->align_B, 1u);
        at_B = PUM_ALIGN_UP(at_B, (uint64_t)align_B);
        mem->natural_B = saturate(at_B, UINT32_MAX);
        mem->word = saturate(words, UINT32_MAX);
        at_B += mt->natural_B;
        words += mt->words;
        scalars += mt->scalars;
        t->encoded = t->encoded || mt->encoded;
        t->align_B = PUM_MAX(t->align_B, align_B);
        t->depth = (uint8_t)PUM_MAX(t->depth, mt->depth + 1);
    }
    t->scalars = saturate(scalars, MAX_SCALARS + 1); /* only buffers may be larger, and they are never loaded whole */
    t->words = saturate(words, UINT32_MAX);
    t->natural_B = saturate(PUM_ALIGN_UP(at_B, (uint64_t)t->align_B), UINT32_MAX - 63);
}

static void
repeated_type(struct sv *s, uint32_t i, uint32_t op, struct sv_type *t)
{
    t->elem = sv_arg(s, i, 1);
    const struct sv_type *e = sv_type(s, t->elem);
    uint32_t times = 1;
    switch (op) {
    case SpvOpTypeVectorIdEXT:
        t->kind = SV_VECTOR;
        if (!s->long_vectors || !sv_const_u32(s, sv_arg(s, i, 2), &t->count) || t->count == 0 || t->count > SV_MAX_VECTOR || !is_scalar_kind(e)) {
            sv_fail(s, PUM_SPIRV_INVALID, "vector type");
            t->count = 1;
        }
        times = t->count;
        break;
    case SpvOpTypeVector:
    case SpvOpTypeMatrix: {
        t->kind = op == SpvOpTypeVector ? SV_VECTOR : SV_MATRIX;
        times = t->count = sv_arg(s, i, 2);
        const bool any = s->long_vectors && op == SpvOpTypeVector; /* SPEC: SPV_EXT_long_vector: one component and more */
        if (t->count < (any ? 1u : 2u) || t->count > (any ? SV_MAX_VECTOR : 4u) ||
            (op == SpvOpTypeVector ? !is_scalar_kind(e) : e->kind != SV_VECTOR || e->count > 4 || sv_type(s, e->elem)->kind != SV_FLOAT)) {
            sv_fail(s, PUM_SPIRV_INVALID, "bad vector or matrix type");
        }
        break;
    }
    case SpvOpTypeArray:
        t->kind = SV_ARRAY;
        t->stride_B = sv_id(s, sv_arg(s, i, 0))->array_stride_B;
        if (!sv_const_u32(s, sv_arg(s, i, 2), &t->count) || t->count == 0) {
            sv_fail(s, PUM_SPIRV_INVALID, "array length");
        }
        times = t->count;
        break;
    default:
        t->kind = SV_RUNTIME_ARRAY;
        t->stride_B = sv_id(s, sv_arg(s, i, 0))->array_stride_B;
        break;
    }
    t->scalars = saturate((uint64_t)times * e->scalars, MAX_SCALARS + 1);
    t->words = saturate((uint64_t)times * e->words, UINT32_MAX);
    t->align_B = e->align_B;
    t->encoded = e->encoded;
    t->natural_B = saturate((uint64_t)times * e->natural_B, UINT32_MAX - 63);
    t->depth = (uint8_t)(e->depth + 1);
}

static void
image_type(struct sv *s, uint32_t i, struct sv_type *t)
{
    t->kind = SV_IMAGE;
    t->elem = sv_arg(s, i, 1);
    t->dim = (uint8_t)sv_arg(s, i, 2);
    t->arrayed = sv_arg(s, i, 4) != 0;
    t->multisampled = sv_arg(s, i, 5) != 0;
    t->sampled = (uint8_t)sv_arg(s, i, 6);
    if (t->dim > SpvDimSubpassData || t->dim == SpvDimRect) {
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "image dimension %u", t->dim);
    }
}

void
sv_parse_type(struct sv *s, uint32_t i, uint32_t op)
{
    const uint32_t id = sv_arg(s, i, 0);
    struct sv_id *known = sv_id(s, id);
    if (op == SpvOpTypePointer && known->kind == SV_TYPE && known->t->kind == SV_POINTER && !known->t->elem &&
        known->t->storage == sv_arg(s, i, 1)) { /* declared before */
        known->t->elem = sv_arg(s, i, 2);
        return;
    }
    struct sv_type *t = sv_alloc(s, 1, sizeof(*t));
    if (!t) {
        return;
    }
    switch (op) {
    case SpvOpTypeVoid: t->kind = SV_VOID; break;
    case SpvOpTypeBool: t->kind = SV_BOOL; t->bits = 1; break;
    case SpvOpTypeInt:
    case SpvOpTypeFloat: scalar_type(s, i, t, op == SpvOpTypeFloat); break;
    case SpvOpTypeVector:
    case SpvOpTypeVectorIdEXT:
    case SpvOpTypeMatrix:
    case SpvOpTypeArray:
    case SpvOpTypeRuntimeArray: repeated_type(s, i, op, t); break;
    case SpvOpTypeCooperativeMatrixKHR: sv_cooperative_type(s, i, t); break;
    case SpvOpTypeStruct: struct_type(s, i, t); break;
    case SpvOpTypeForwardPointer:
    case SpvOpTypeUntypedPointerKHR:
    case SpvOpTypePointer: pointer_type(s, i, t, op == SpvOpTypeForwardPointer); break;
    case SpvOpTypeFunction:
        t->kind = SV_FUNCTION;
        t->elem = sv_arg(s, i, 1);
        t->count = sv_len(s, i) - 2;
        t->scalars = 1;
        break;
    case SpvOpTypeImage: image_type(s, i, t); t->scalars = 1; break;
    case SpvOpTypeSampler: t->kind = SV_SAMPLER; t->scalars = 1; break;
    case SpvOpTypeSampledImage: t->kind = SV_SAMPLED_IMAGE; t->elem = sv_arg(s, i, 1); t->scalars = 2; break;
    case SpvOpTypeAccelerationStructureKHR: t->kind = SV_ACCEL; t->scalars = 1; break;
    case SpvOpTypeRayQueryKHR:
        t->kind = SV_RAY_QUERY;
        t->scalars = 1; /* as a value: the number of a ray of its own */
        s->ray_queries = true;
        break;
    default: sv_fail(s, PUM_SPIRV_UNSUPPORTED, "type"); break;
    }
    if (is_scalar_kind(t)) {
        t->scalars = 1;
        t->words = t->bits == 64 ? 2 : 1;
        t->natural_B = t->align_B = t->kind == SV_BOOL ? 4 : t->bits / 8;
    } else if (t->kind == SV_POINTER) {
        t->scalars = pointer_scalars(t->storage);
        t->align_B = t->storage == SpvStorageClassWorkgroup ? 4 : 8;
        t->words = t->scalars + (t->scalars && t->storage != SpvStorageClassWorkgroup);
        t->natural_B = t->words * 4;
    }
    if (t->depth > MAX_TYPE_DEPTH) {
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "types are nested too deeply");
    }
    sv_new_result(s, id, SV_TYPE)->t = t;
}

uint32_t
sv_part_type(struct sv *s, uint32_t type)
{
    const struct sv_type *t = sv_type(s, type);
    if (t->kind == SV_VECTOR || t->kind == SV_MATRIX || t->kind == SV_ARRAY) {
        return t->elem;
    }
    bool same = t->kind == SV_STRUCT && t->count;
    for (uint32_t i = 1; same && i < t->count; i++) {
        same = t->members[i].type == t->members[0].type;
    }
    if (!same) {
        sv_fail(s, PUM_SPIRV_INVALID, "%%%u is no composite of parts of one type", type);
        return 0;
    }
    return t->members[0].type;
}

uint32_t
sv_explicit_B(struct sv *s, uint32_t type, const struct sv_member *deco)
{
    const struct sv_type *t = sv_type(s, type);
    uint64_t size_B = t->natural_B;
    switch (t->kind) {
    case SV_MATRIX: {
        const struct sv_type *column = sv_type(s, t->elem);
        const uint64_t line_B = sv_type(s, column->elem)->natural_B;
        const uint32_t lines = deco && deco->row_major ? column->count : t->count, across = deco && deco->row_major ? t->count : column->count;
        size_B = deco && deco->matrix_stride_B ? (uint64_t)deco->matrix_stride_B * (lines - 1) + line_B * across : t->natural_B;
        break;
    }
    case SV_ARRAY: size_B = (uint64_t)(t->count - 1) * t->stride_B + sv_explicit_B(s, t->elem, deco); break;
    case SV_STRUCT:
        size_B = 0;
        for (uint32_t m = 0; m < t->count; m++) {
            size_B = PUM_MAX(size_B, (uint64_t)t->members[m].offset_B + sv_explicit_B(s, t->members[m].type, &t->members[m]));
        }
        break;
    default: break;
    }
    return saturate(size_B, UINT32_MAX);
}
