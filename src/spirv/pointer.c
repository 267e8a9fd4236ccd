/* Pointers: access chains, values of pointers, and what goes through them.
 *
 * Most pointers are known when the shader is translated (struct sv_ptr). Those to storage buffers, workgroup memory and physical memory can
 * also be values: a descriptor's address and an offset; an offset; an address. They go through PHIs, SELECTs, variables and calls as
 * composites of these scalars. SPEC: SPIR-V "Variable Pointers"; such pointers never lead into matrices, so that nothing is lost.
 */
#include <string.h>

#include "spirv/sv.h"

void
sv_buffer_desc(struct sv *s, struct sv_ptr *p)
{
    if (p->kind == SV_PTR_BUFFER && !p->desc) {
        const struct sv_type *t = sv_type(s, p->type);
        p->readonly = sv_id(s, p->var)->storage == SpvStorageClassUniform && !t->buffer_block;
        p->desc = sv_resource(s, p);
    }
}

/* ---- layouts ---- */

static bool
is_explicit(const struct sv *s, const struct sv_ptr *p)
{
    return p->kind == SV_PTR_BUFFER || p->kind == SV_PTR_PUSH || p->kind == SV_PTR_GLOBAL || (p->kind == SV_PTR_SHARED && s->shared_explicit && !p->natural);
}

/* Bytes from one thing of a type to the next where no decoration says it. */
static uint32_t
packed_B(const struct sv_ptr *p, const struct sv_type *t)
{
    return p->kind == SV_PTR_SCRATCH ? t->words * 4 : t->natural_B;
}

static uint32_t
member_B(const struct sv *s, const struct sv_ptr *p, const struct sv_member *m)
{
    return is_explicit(s, p) ? m->offset_B : p->kind == SV_PTR_SCRATCH ? m->word * 4 : m->natural_B;
}

/* ---- values ---- */

static bool
has_value(const struct sv_ptr *p)
{
    return p->kind == SV_PTR_BUFFER || p->kind == SV_PTR_SHARED || p->kind == SV_PTR_GLOBAL;
}

pum_ir_ref *
sv_pointer_value(struct sv *s, uint32_t id)
{
    struct sv_ptr p = *sv_pointer(s, id);
    if (!sv_ok(s) || !has_value(&p) || p.slots || p.natural || p.row_major || p.one_column) {
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "value of this pointer");
        return NULL;
    }
    pum_ir_ref *c = sv_alloc(s, 2, sizeof(*c));
    if (!c) {
        return NULL;
    }
    sv_buffer_desc(s, &p);
    if (p.kind == SV_PTR_BUFFER && p.var && sv_id(s, p.var)->storage != SpvStorageClassStorageBuffer) {
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "value of a pointer to a uniform buffer");
    }
    sv_address(s, &p, 0, c);
    return c;
}

static struct sv_ptr
pointer_of_value(struct sv *s, uint32_t id, const struct sv_type *t)
{
    uint32_t n;
    const pum_ir_ref *c = sv_value(s, id, &n);
    struct sv_ptr p = {.type = t->elem};
    if (n != t->scalars || n == 0 || (!t->elem && !t->untyped)) {
        sv_fail(s, PUM_SPIRV_INVALID, "%%%u is no pointer that can be followed", id);
        return p;
    }
    p.kind = t->storage == SpvStorageClassPhysicalStorageBuffer ? SV_PTR_GLOBAL
             : t->storage == SpvStorageClassWorkgroup           ? SV_PTR_SHARED
                                                                : SV_PTR_BUFFER;
    if (p.kind != SV_PTR_SHARED) {
        p.desc = c[0];
    }
    if (p.kind != SV_PTR_GLOBAL) {
        p.off = c[n - 1];
    }
    return p;
}

struct sv_ptr *
sv_pointer(struct sv *s, uint32_t id)
{
    static struct sv_ptr none;
    struct sv_id *d = sv_id(s, id);
    const bool value = (d->kind == SV_VALUE || d->kind == SV_CONST) && sv_type(s, d->type)->kind == SV_POINTER;
    if (d->kind == SV_VAR || value) {
        if (d->kind == SV_VAR) {
            sv_make_variable(s, id);
        }
        struct sv_ptr *p = sv_alloc(s, 1, sizeof(*p));
        if (p && sv_ok(s)) {
            *p = value ? pointer_of_value(s, id, sv_type(s, d->type)) : sv_variable_pointer(s, id);
        }
        return p ? p : &none;
    }
    if (d->kind != SV_PTR_VALUE || !d->ptr) {
        sv_fail(s, PUM_SPIRV_INVALID, "%%%u is no pointer", id);
        return &none;
    }
    return sv_reach_pointer(s, d->ptr);
}

uint32_t
sv_pointee(struct sv *s, const struct sv_id *var)
{
    return var->data_type ? var->data_type : sv_type(s, var->type)->elem;
}

void
sv_retype(struct sv *s, struct sv_ptr *p, uint32_t type)
{
    if (p->slots || (p->kind != SV_PTR_BUFFER && p->kind != SV_PTR_SHARED && p->kind != SV_PTR_PUSH && p->kind != SV_PTR_GLOBAL)) {
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "untyped pointer to such memory");
        return;
    }
    const uint8_t kind = p->type ? sv_type(s, p->type)->kind : SV_VOID;
    if (kind != SV_VOID && kind != SV_ARRAY && kind != SV_RUNTIME_ARRAY) { /* arrays of Blocks are arrays of descriptors first */
        sv_buffer_desc(s, p);
    }
    p->type = type;
}

struct sv_ptr
sv_pointer_to(struct sv *s, uint32_t id, uint32_t type)
{
    struct sv_ptr p = *sv_pointer(s, id);
    if (sv_ok(s) && sv_type_of(s, id)->untyped) {
        sv_retype(s, &p, type);
    }
    return p;
}

static void
define_pointer(struct sv *s, uint32_t i, struct sv_ptr *p)
{
    struct sv_id *d = sv_id(s, sv_arg(s, i, 1));
    if (d->kind != SV_NONE && d->kind != SV_PTR_VALUE) {
        sv_fail(s, PUM_SPIRV_INVALID, "%%%u is defined twice", sv_arg(s, i, 1));
        return;
    }
    d->kind = SV_PTR_VALUE;
    d->type = sv_arg(s, i, 0);
    d->ptr = p;
}

/* ---- access chains ---- */

/* Moves a pointer by an index; k: operand that holds it. Constants from `count` on (0: none) are undefined if they are ever used, not
 * before: some element of the same object. */
static void
step(struct sv *s, uint32_t i, uint32_t k, struct sv_ptr *p, uint32_t stride_B, uint32_t count)
{
    const uint32_t id = sv_arg(s, i, k);
    const struct sv_id *d = sv_id(s, id);
    const pum_ir_ref x = sv_scalar(s, id);
    if (!sv_ok(s) || !pum_ir_type_is_int((enum pum_ir_type)pum_ir_at(s->sh, x)->type)) {
        sv_fail(s, PUM_SPIRV_INVALID, "type of the index");
        return;
    }
    const enum pum_ir_type t = (enum pum_ir_type)pum_ir_at(s->sh, x)->type;
    const bool negative = d->kind == SV_CONST && d->k[0] >> (pum_ir_type_bits(t) - 1);
    const uint64_t index = d->kind == SV_CONST ? d->k[0] : 0, c = count && index >= count ? count - 1 : index;
    if (p->kind == SV_PTR_GLOBAL && (d->kind != SV_CONST || (negative && !count) || c * stride_B > 0x7fffffffu - PUM_MIN(p->off_B, 0x7fffffffu))) {
        const pum_ir_ref wide = sv_int_to(s, x, PUM_IR_I64, true);
        p->desc = SV_E2(IADD, PUM_IR_I64, p->desc, SV_E2(IMUL, PUM_IR_I64, wide, sv_int(s, PUM_IR_I64, stride_B)));
    } else if (d->kind == SV_CONST) {
        p->off_B += (uint32_t)(c * stride_B);
    } else {
        const pum_ir_ref off = sv_imul(s, sv_int_to(s, x, PUM_IR_I32, true), stride_B);
        p->off = p->off ? sv_iadd(s, p->off, off) : off;
    }
}

/* Index into an array of resources. */
static void
step_resource(struct sv *s, uint32_t i, uint32_t k, struct sv_ptr *p, const struct sv_type *t)
{
    if (t->kind != SV_ARRAY && t->kind != SV_RUNTIME_ARRAY) {
        sv_fail(s, PUM_SPIRV_INVALID, "index into a resource");
        return;
    }
    const pum_ir_ref x = sv_scalar(s, sv_arg(s, i, k));
    if (!sv_ok(s) || !pum_ir_type_is_int((enum pum_ir_type)pum_ir_at(s->sh, x)->type)) {
        sv_fail(s, PUM_SPIRV_INVALID, "type of the index");
        return;
    }
    const pum_ir_ref index = sv_int_to(s, x, PUM_IR_I32, true);
    p->index = p->index ? sv_iadd(s, sv_imul(s, p->index, t->count), index) : index;
    p->type = t->elem;
}

/* Bytes between the elements of what p points to; follows what is known about matrices. */
static uint32_t
element_B(struct sv *s, struct sv_ptr *p, const struct sv_type *t, uint32_t elem)
{
    const struct sv_type *e = sv_type(s, elem);
    if (p->slots) {
        return sv_slots_element_B(s, p, t);
    }
    if (!is_explicit(s, p)) {
        return packed_B(p, e);
    }
    uint32_t stride_B = t->stride_B;
    if (t->kind == SV_MATRIX) {
        stride_B = p->row_major ? sv_type(s, e->elem)->natural_B : p->matrix_stride_B;
        p->one_column = p->row_major;
    } else if (t->kind == SV_VECTOR) {
        stride_B = p->one_column ? p->matrix_stride_B : e->natural_B;
        p->one_column = false;
        p->row_major = false;
    }
    return stride_B;
}

/* The base is an element of an array; k: operand that says which. */
static void
step_element(struct sv *s, uint32_t i, uint32_t k, struct sv_ptr *p, const struct sv_type *base)
{
    uint32_t chosen = UINT32_MAX;
    if (base->untyped && sv_const_u32(s, sv_arg(s, i, k), &chosen) && chosen == 0) {
        return; /* nothing moves: it may well be a descriptor */
    }
    sv_buffer_desc(s, p);
    const bool memory = has_value(p) || (base->untyped && p->kind == SV_PTR_PUSH);
    if (!memory || p->slots || base->kind != SV_POINTER || p->row_major || p->one_column || (is_explicit(s, p) && !base->stride_B)) {
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "element of this pointer");
        return;
    }
    step(s, i, k, p, is_explicit(s, p) ? base->stride_B : packed_B(p, sv_type(s, p->type)), 0);
}

static void
access_chain(struct sv *s, uint32_t i, bool untyped, bool with_element)
{
    struct sv_ptr *p = sv_alloc(s, 1, sizeof(*p));
    if (!p) {
        return;
    }
    uint32_t k = untyped ? 3 : 2;
    const uint32_t base = sv_arg(s, i, k++);
    *p = *sv_pointer(s, base);
    if (untyped && sv_ok(s)) {
        sv_retype(s, p, sv_arg(s, i, 2));
    }
    if (with_element && sv_ok(s)) {
        step_element(s, i, k++, p, sv_type_of(s, base));
    }
    for (; k < sv_len(s, i) && sv_ok(s); k++) {
        const struct sv_type *t = sv_type(s, p->type);
        uint32_t c = 0, elem;
        const bool is_const = sv_const_u32(s, sv_arg(s, i, k), &c);
        if (t->kind == SV_STRUCT && (!is_const || c >= t->count)) {
            sv_fail(s, PUM_SPIRV_INVALID, "member index");
            return;
        }
        if (p->kind == SV_PTR_RESOURCE || (p->kind == SV_PTR_BUFFER && !p->desc && t->kind != SV_STRUCT)) {
            step_resource(s, i, k, p, t);
            continue;
        }
        if (p->kind == SV_PTR_RAY) {
            sv_step_ray(s, p, sv_arg(s, i, k));
            continue;
        }
        sv_buffer_desc(s, p);
        const bool split = p->kind == SV_PTR_VARS || p->kind == SV_PTR_INPUT;
        c = t->kind != SV_STRUCT && c >= t->count && t->count ? t->count - 1 : c;
        const uint32_t first = sv_first_scalar(s, t, t->kind == SV_STRUCT || ((split || p->slots) && is_const) ? c : 0, &elem);
        if (!sv_ok(s)) {
            return;
        }
        if (p->slots) {
            sv_slots_step(s, p, is_const, first, elem);
        }
        if (split) {
            if (!is_const) {
                sv_fail(s, PUM_SPIRV_UNSUPPORTED, "run-time index");
                return;
            }
            p->scalar += first;
        } else if (t->kind == SV_STRUCT) {
            const struct sv_member *m = &t->members[c];
            p->off_B += p->slots ? sv_slots_member_B(s, p, t, c) : member_B(s, p, m);
            p->row_major = m->row_major && is_explicit(s, p);
            p->matrix_stride_B = m->matrix_stride_B;
        } else {
            step(s, i, k, p, element_B(s, p, t, elem), t->kind == SV_RUNTIME_ARRAY ? 0 : t->count);
        }
        p->type = elem;
    }
    const struct sv_type *rt = sv_type(s, sv_arg(s, i, 0));
    if (sv_ok(s) && (rt->kind != SV_POINTER || rt->untyped != untyped || (!untyped && rt->elem != p->type))) {
        sv_fail(s, PUM_SPIRV_INVALID, "type of the access chain");
    }
    if (sv_ok(s)) {
        const uint8_t kind = sv_type(s, p->type)->kind;
        p->row_major = p->row_major && (kind == SV_MATRIX || kind == SV_ARRAY || kind == SV_RUNTIME_ARRAY);
        define_pointer(s, i, p);
    }
}

/* ---- loads and stores ---- */

struct walk { /* one aggregate access */
    struct sv_ptr ptr;
    pum_ir_ref *out;       /* load */
    const pum_ir_ref *in;  /* store */
    uint32_t k;
};

uint32_t
sv_address(struct sv *s, const struct sv_ptr *p, uint32_t rel_B, pum_ir_ref src[2])
{
    uint32_t n = 0;
    if (p->kind == SV_PTR_GLOBAL) {
        const uint32_t at_B = p->off_B + rel_B;
        src[n++] = at_B ? SV_E2(IADD, PUM_IR_I64, p->desc, sv_int(s, PUM_IR_I64, at_B)) : p->desc;
        return n;
    }
    if (p->kind == SV_PTR_BUFFER) {
        src[n++] = p->desc;
    }
    const pum_ir_ref c = sv_u32(s, p->off_B + rel_B);
    src[n++] = p->off ? sv_iadd(s, p->off, c) : c;
    return n;
}

static enum pum_ir_op
load_op(uint8_t kind)
{
    switch (kind) {
    case SV_PTR_BUFFER: return PUM_IR_LD_BUF;
    case SV_PTR_SHARED: return PUM_IR_LD_SHARED;
    case SV_PTR_PUSH: return PUM_IR_LD_PUSH;
    case SV_PTR_GLOBAL: return PUM_IR_LD_GLOBAL;
    default: return PUM_IR_LD_SCRATCH;
    }
}

static pum_ir_ref
load_one(struct sv *s, const struct sv_ptr *p, enum pum_ir_type t, uint32_t rel_B)
{
    pum_ir_ref src[2];
    const uint32_t n = sv_address(s, p, rel_B, src);
    const pum_ir_ref r = pum_ir_emit(&s->b, p->trace_space ? PUM_IR_LD_TRACE : load_op(p->kind), t, n, src, p->trace_space);
    if (r && (p->readonly || p->kind == SV_PTR_PUSH)) {
        pum_ir_at(s->sh, r)->flags |= PUM_IR_INST_INVARIANT_BIT;
    }
    return r;
}

static void
store_one(struct sv *s, const struct sv_ptr *p, pum_ir_ref v, uint32_t rel_B)
{
    pum_ir_ref src[3];
    uint32_t n = sv_address(s, p, rel_B, src);
    src[n++] = v;
    const enum pum_ir_op op = p->trace_space               ? PUM_IR_ST_TRACE
                              : p->kind == SV_PTR_BUFFER ? PUM_IR_ST_BUF
                              : p->kind == SV_PTR_SHARED ? PUM_IR_ST_SHARED
                              : p->kind == SV_PTR_GLOBAL ? PUM_IR_ST_GLOBAL
                                                         : PUM_IR_ST_SCRATCH;
    if (p->kind == SV_PTR_PUSH || p->readonly) {
        sv_fail(s, PUM_SPIRV_INVALID, "store to read-only memory");
        return;
    }
    s->sh->info.has_side_effects = s->sh->info.has_side_effects || p->kind == SV_PTR_BUFFER || p->kind == SV_PTR_GLOBAL;
    pum_ir_emit(&s->b, op, PUM_IR_VOID, n, src, p->trace_space);
}

/* Booleans in memory are words; private arrays hold nothing but words. */
static void
memory_scalar(struct sv *s, struct walk *w, enum pum_ir_type t, uint32_t rel_B)
{
    const struct sv_ptr *p = &w->ptr;
    const uint32_t bits = pum_ir_type_bits(t);
    const bool words = p->kind == SV_PTR_SCRATCH && bits != 32;
    if (!sv_ok(s)) {
        return;
    }
    if (w->in) {
        pum_ir_ref v = w->in[w->k++];
        if (t == PUM_IR_BOOL) {
            v = SV_E3(SELECT, PUM_IR_I32, v, sv_u32(s, 1), sv_u32(s, 0));
        } else if (words && bits == 64) {
            pum_ir_ref half[2];
            sv_split64(s, v, half);
            store_one(s, p, half[1], rel_B + 4);
            v = half[0];
        } else if (words) {
            v = SV_E1(ZEXT, PUM_IR_I32, sv_to_bits(s, v));
        }
        store_one(s, p, v, rel_B);
        return;
    }
    pum_ir_ref r;
    if (t == PUM_IR_BOOL) {
        r = SV_E2(INE, PUM_IR_BOOL, load_one(s, p, PUM_IR_I32, rel_B), sv_u32(s, 0));
    } else if (words && bits == 64) {
        const pum_ir_ref lo = load_one(s, p, PUM_IR_I32, rel_B), hi = load_one(s, p, PUM_IR_I32, rel_B + 4);
        r = sv_join64(s, lo, hi, t);
    } else if (words) {
        r = load_one(s, p, PUM_IR_I32, rel_B);
        r = sv_from_bits(s, SV_E1(TRUNC, bits == 16 ? PUM_IR_I16 : PUM_IR_I8, r), t);
    } else {
        r = load_one(s, p, t, rel_B);
    }
    w->out[w->k++] = r;
}

static void
memory_walk(struct sv *s, struct walk *w, uint32_t type, uint32_t rel_B, const struct sv_member *deco, int depth)
{
    const struct sv_type *t = sv_type(s, type);
    const bool packed = !is_explicit(s, &w->ptr);
    const bool row_major = deco ? deco->row_major : w->ptr.row_major;
    const uint32_t ms_B = deco ? deco->matrix_stride_B : w->ptr.matrix_stride_B;
    if (!sv_ok(s) || depth > 16) {
        return;
    }
    switch (t->kind) {
    case SV_STRUCT:
        for (uint32_t i = 0; i < t->count; i++) {
            memory_walk(s, w, t->members[i].type, rel_B + member_B(s, &w->ptr, &t->members[i]), &t->members[i], depth + 1);
        }
        return;
    case SV_ARRAY: {
        if (t->cooperative && !packed) {
            break; /* there is no matrix in such memory */
        }
        const uint32_t stride_B = packed ? packed_B(&w->ptr, sv_type(s, t->elem)) : t->stride_B;
        for (uint32_t i = 0; i < t->count && sv_ok(s); i++) {
            memory_walk(s, w, t->elem, rel_B + i * stride_B, deco, depth + 1);
        }
        return;
    }
    case SV_MATRIX: {
        const struct sv_type *column = sv_type(s, t->elem), *scalar = sv_type(s, column->elem);
        const uint32_t rows = column->count, one_B = packed ? packed_B(&w->ptr, scalar) : scalar->natural_B;
        for (uint32_t c = 0; c < t->count; c++) {
            for (uint32_t r = 0; r < rows; r++) {
                const uint32_t at_B = packed ? (c * rows + r) * one_B : row_major ? r * ms_B + c * one_B : c * ms_B + r * one_B;
                memory_scalar(s, w, sv_ir_type(s, scalar), rel_B + at_B);
            }
        }
        return;
    }
    case SV_VECTOR: {
        const struct sv_type *scalar = sv_type(s, t->elem);
        const uint32_t one_B = packed ? packed_B(&w->ptr, scalar) : w->ptr.one_column ? ms_B : scalar->natural_B;
        for (uint32_t i = 0; i < t->count; i++) {
            memory_scalar(s, w, sv_ir_type(s, scalar), rel_B + i * one_B);
        }
        return;
    }
    case SV_BOOL:
    case SV_INT:
    case SV_FLOAT: memory_scalar(s, w, sv_ir_type(s, t), rel_B); return;
    case SV_POINTER:
        if (t->scalars && (w->ptr.kind == SV_PTR_SCRATCH || t->storage == SpvStorageClassPhysicalStorageBuffer)) {
            for (uint32_t i = 0; i < t->scalars; i++) {
                memory_scalar(s, w, sv_ir_type(s, sv_scalar_type(s, type, i)), rel_B + 8 * i);
            }
            return;
        }
        break;
    default: break;
    }
    sv_fail(s, PUM_SPIRV_INVALID, "type in memory");
}

/* A record that a combined image sampler in a descriptor buffer refers to. Where nobody is here it is one of zeros. */
static pum_ir_ref
referred(struct sv *s, pum_ir_ref ref, uint32_t at_B)
{
    const pum_ir_ref at = SV_E2(IADD, PUM_IR_I64, ref, pum_ir_const(&s->b, PUM_IR_I64, at_B));
    const pum_ir_ref r = SV_E1(LD_GLOBAL, PUM_IR_I64, at);
    if (r) {
        pum_ir_at(s->sh, r)->flags |= PUM_IR_INST_INVARIANT_BIT;
    }
    const pum_ir_ref none = SV_E2(IEQ, PUM_IR_BOOL, r, pum_ir_const(&s->b, PUM_IR_I64, 0));
    return SV_E3(SELECT, PUM_IR_I64, none, pum_ir_emit0(&s->b, PUM_IR_DESC, PUM_IR_I64, PUM_SET_ZEROS), r);
}

static void
load_resource(struct sv *s, const struct sv_ptr *p, const struct sv_type *t, pum_ir_ref *out)
{
    const struct pum_spirv_binding *b = sv_binding(s, p);
    out[0] = sv_resource(s, p);
    if (!b || !out[0]) {
        return;
    }
    if (t->kind == SV_ACCEL) { /* the record holds its address */
        out[0] = SV_E1(LD_GLOBAL, PUM_IR_I64, out[0]);
        pum_ir_at(s->sh, out[0])->flags |= PUM_IR_INST_INVARIANT_BIT;
    } else if (b->by_reference == PUM_BY_REFERENCE_COMBINED || (b->by_reference == PUM_BY_REFERENCE_MUTABLE && t->kind == SV_SAMPLED_IMAGE)) {
        const pum_ir_ref ref = out[0];
        out[0] = referred(s, ref, t->kind == SV_SAMPLER ? offsetof(struct pum_desc_combined_ref, sampler) : offsetof(struct pum_desc_combined_ref, image));
        if (t->kind == SV_SAMPLED_IMAGE) {
            out[1] = referred(s, ref, offsetof(struct pum_desc_combined_ref, sampler));
        }
    } else if (t->kind == SV_SAMPLED_IMAGE) {
        out[1] = SV_E2(IADD, PUM_IR_I64, out[0], pum_ir_const(&s->b, PUM_IR_I64, PUM_DESC_IMAGE_B));
    } else if (t->kind == SV_SAMPLER && b->stride_B == PUM_DESC_COMBINED_B) {
        /* The sampler of a combined image and sampler, as a variable of its own (SPEC: descriptorsets-combinedimagesampler). */
        out[0] = SV_E2(IADD, PUM_IR_I64, out[0], pum_ir_const(&s->b, PUM_IR_I64, PUM_DESC_IMAGE_B));
    }
}

void
sv_load(struct sv *s, const struct sv_ptr *p, uint32_t type, pum_ir_ref *out)
{
    const struct sv_type *t = sv_type(s, type);
    struct sv_ptr q = *p;
    if (q.kind == SV_PTR_RESOURCE) {
        load_resource(s, &q, t, out);
        return;
    }
    if (q.kind == SV_PTR_RAY) {
        out[0] = sv_load_ray(s, &q);
        return;
    }
    if (q.kind == SV_PTR_VARS || q.kind == SV_PTR_INPUT) {
        for (uint32_t k = 0; k < t->scalars && sv_ok(s); k++) {
            out[k] = q.kind == SV_PTR_INPUT ? sv_load_input(s, q.var, q.scalar + k, NULL)
                                            : pum_ir_emit0(&s->b, PUM_IR_LD_VAR, sv_ir_type(s, sv_scalar_type(s, type, k)),
                                                           sv_id(s, q.var)->first_var + q.scalar + k);
        }
        return;
    }
    if (q.slots) {
        sv_slots_access(s, &q, type, out, NULL);
        return;
    }
    sv_buffer_desc(s, &q);
    struct walk w = {q, out, NULL, 0};
    memory_walk(s, &w, type, 0, NULL, 0);
}

void
sv_store(struct sv *s, const struct sv_ptr *p, uint32_t type, const pum_ir_ref *v)
{
    const struct sv_type *t = sv_type(s, type);
    struct sv_ptr q = *p;
    if (q.kind == SV_PTR_INPUT || q.kind == SV_PTR_RESOURCE || q.kind == SV_PTR_TEXEL) {
        sv_fail(s, PUM_SPIRV_INVALID, "store to this pointer");
        return;
    }
    if (q.kind == SV_PTR_RAY) {
        sv_store_ray(s, &q, v[0]);
        return;
    }
    struct sv_id *var = q.var ? sv_id(s, q.var) : NULL;
    if (var && var->stored) {
        const uint32_t n = sv_type(s, sv_type(s, var->type)->elem)->scalars;
        for (uint32_t k = 0; k < n; k++) {
            if (q.kind == SV_PTR_SCRATCH || (k >= q.scalar && k < q.scalar + t->scalars)) {
                var->stored[k] = true;
            }
        }
    }
    if (q.kind == SV_PTR_VARS) {
        for (uint32_t k = 0; k < t->scalars && var; k++) {
            pum_ir_emit(&s->b, PUM_IR_ST_VAR, PUM_IR_VOID, 1, &v[k], var->first_var + q.scalar + k);
        }
        return;
    }
    if (q.slots) {
        sv_slots_access(s, &q, type, NULL, v);
        return;
    }
    sv_buffer_desc(s, &q);
    struct walk w = {q, NULL, v, 0};
    memory_walk(s, &w, type, 0, NULL, 0);
}

/* ---- comparisons, conversions ---- */

/* Scalars of a pointer operand. */
static const pum_ir_ref *
pointer_operand(struct sv *s, uint32_t id, uint32_t *n)
{
    const struct sv_type *t = sv_type_of(s, id);
    const pum_ir_ref *v = sv_value(s, id, n);
    if (t->kind != SV_POINTER || *n != t->scalars || *n == 0) {
        sv_fail(s, PUM_SPIRV_INVALID, "%%%u is no pointer with a value", id);
    }
    return v;
}

static void
compare(struct sv *s, uint32_t i, uint32_t op)
{
    uint32_t na, nb;
    const pum_ir_ref *a = pointer_operand(s, sv_arg(s, i, 2), &na), *b = pointer_operand(s, sv_arg(s, i, 3), &nb);
    const struct sv_type *t = sv_type_of(s, sv_arg(s, i, 2)), *r = sv_type(s, sv_arg(s, i, 0));
    const struct sv_type *u = sv_type_of(s, sv_arg(s, i, 3));
    if (!sv_ok(s) || na != nb || t->storage != u->storage || (t->elem != u->elem && !t->untyped && !u->untyped)) {
        sv_fail(s, PUM_SPIRV_INVALID, "pointers of different types");
        return;
    }
    pum_ir_ref v;
    if (op == SpvOpPtrDiff) {
        const bool wide = t->storage == SpvStorageClassPhysicalStorageBuffer;
        const enum pum_ir_type pt = wide ? PUM_IR_I64 : PUM_IR_I32;
        const uint32_t stride_B = t->untyped ? 1 : t->stride_B ? t->stride_B : sv_type(s, t->elem)->natural_B;
        if (r->kind != SV_INT || stride_B == 0) {
            sv_fail(s, PUM_SPIRV_INVALID, "difference of these pointers");
            return;
        }
        v = SV_E2(SDIV, pt, SV_E2(ISUB, pt, a[na - 1], b[nb - 1]), sv_int(s, pt, stride_B));
        v = sv_int_to(s, v, sv_ir_type(s, r), true);
    } else {
        v = SV_E2(IEQ, PUM_IR_BOOL, a[0], b[0]);
        v = na > 1 ? SV_E2(AND, PUM_IR_BOOL, v, SV_E2(IEQ, PUM_IR_BOOL, a[1], b[1])) : v;
        v = op == SpvOpPtrNotEqual ? SV_E1(NOT, PUM_IR_BOOL, v) : v;
    }
    pum_ir_ref *c = sv_typed(s, sv_arg(s, i, 0), &v, 1) ? sv_define(s, sv_arg(s, i, 1), sv_arg(s, i, 0)) : NULL;
    if (c) {
        c[0] = v;
    }
}

static void
reinterpret(struct sv *s, uint32_t i, uint32_t op)
{
    const struct sv_type *t = sv_type(s, sv_arg(s, i, 0));
    const bool to_pointer = op == SpvOpConvertUToPtr;
    const pum_ir_ref x = sv_scalar(s, sv_arg(s, i, 2));
    if (!sv_ok(s) || !pum_ir_type_is_int((enum pum_ir_type)pum_ir_at(s->sh, x)->type) ||
        (to_pointer ? t->storage != SpvStorageClassPhysicalStorageBuffer || t->kind != SV_POINTER : t->kind != SV_INT)) {
        sv_fail(s, PUM_SPIRV_INVALID, "conversion of this pointer");
        return;
    }
    pum_ir_ref *c = sv_define(s, sv_arg(s, i, 1), sv_arg(s, i, 0));
    if (c) {
        c[0] = sv_int_to(s, x, to_pointer ? PUM_IR_I64 : sv_ir_type(s, t), false);
    }
}

/* ---- copies of bytes ---- */

#define MAX_UNROLLED_B 256u

static void
copy_scalar(struct sv *s, const struct sv_ptr *to, const struct sv_ptr *from, uint32_t at_B, enum pum_ir_type t)
{
    store_one(s, to, load_one(s, from, t, at_B), at_B);
}

struct sv_ptr
sv_moved_pointer(struct sv *s, const struct sv_ptr *p, pum_ir_ref by_B)
{
    struct sv_ptr q = *p;
    if (q.kind == SV_PTR_GLOBAL) {
        q.desc = SV_E2(IADD, PUM_IR_I64, q.desc, SV_E1(ZEXT, PUM_IR_I64, by_B));
    } else {
        q.off = q.off ? sv_iadd(s, q.off, by_B) : by_B;
    }
    return q;
}

/* OpCopyMemorySized. Sizes of pointers need not be those of what they point to. */
static void
copy_bytes(struct sv *s, uint32_t i)
{
    struct sv_ptr to = *sv_pointer(s, sv_arg(s, i, 0)), from = *sv_pointer(s, sv_arg(s, i, 1));
    if (sv_ok(s)) {
        sv_retype(s, &to, to.type);
        sv_retype(s, &from, from.type);
    }
    sv_buffer_desc(s, &to);
    sv_buffer_desc(s, &from);
    uint32_t size_B = 0;
    const enum pum_ir_type t = PUM_IR_I32;
    if (sv_ok(s) && sv_const_u32(s, sv_arg(s, i, 2), &size_B) && size_B <= MAX_UNROLLED_B) {
        uint32_t at_B = 0;
        for (; at_B + 4 <= size_B; at_B += 4) {
            copy_scalar(s, &to, &from, at_B, t);
        }
        for (; at_B < size_B; at_B++) {
            copy_scalar(s, &to, &from, at_B, PUM_IR_I8);
        }
        return;
    }
    pum_ir_ref size = sv_scalar(s, sv_arg(s, i, 2));
    if (!sv_ok(s) || !pum_ir_type_is_int((enum pum_ir_type)pum_ir_at(s->sh, size)->type)) {
        sv_fail(s, PUM_SPIRV_INVALID, "size of the copy");
        return;
    }
    size = sv_int_to(s, size, t, false);
    const uint32_t at = pum_ir_add_var(s->sh, t);
    const pum_ir_ref zero = sv_u32(s, 0);
    pum_ir_emit(&s->b, PUM_IR_ST_VAR, PUM_IR_VOID, 1, &zero, at);
    struct pum_ir_node *loop = pum_ir_push_loop(&s->b);
    const pum_ir_ref off = pum_ir_emit0(&s->b, PUM_IR_LD_VAR, t, at);
    struct pum_ir_node *check = pum_ir_push_if(&s->b, SV_E2(ULE, PUM_IR_BOOL, size, off));
    if (!check || !loop) {
        return; /* out of memory */
    }
    pum_ir_break(&s->b, loop);
    pum_ir_begin_else(&s->b, check);
    pum_ir_pop_if(&s->b, check);
    const struct sv_ptr to_byte = sv_moved_pointer(s, &to, off), from_byte = sv_moved_pointer(s, &from, off);
    copy_scalar(s, &to_byte, &from_byte, 0, PUM_IR_I8);
    const pum_ir_ref next = SV_E2(IADD, t, off, sv_u32(s, 1));
    pum_ir_emit(&s->b, PUM_IR_ST_VAR, PUM_IR_VOID, 1, &next, at);
    pum_ir_pop_loop(&s->b, loop);
}

bool
sv_pointer_op(struct sv *s, uint32_t i, uint32_t op)
{
    switch (op) {
    case SpvOpAccessChain:
    case SpvOpInBoundsAccessChain: access_chain(s, i, false, false); return true;
    case SpvOpPtrAccessChain:
    case SpvOpInBoundsPtrAccessChain: access_chain(s, i, false, true); return true;
    case SpvOpUntypedAccessChainKHR:
    case SpvOpUntypedInBoundsAccessChainKHR: access_chain(s, i, true, false); return true;
    case SpvOpUntypedPtrAccessChainKHR:
    case SpvOpUntypedInBoundsPtrAccessChainKHR: access_chain(s, i, true, true); return true;
    case SpvOpCopyMemorySized: copy_bytes(s, i); return true;
    case SpvOpPtrEqual:
    case SpvOpPtrNotEqual:
    case SpvOpPtrDiff: compare(s, i, op); return true;
    case SpvOpConvertPtrToU:
    case SpvOpConvertUToPtr: reinterpret(s, i, op); return true;
    case SpvOpCopyObject:
        if (sv_len(s, i) >= 3 && sv_type(s, sv_arg(s, i, 0))->kind == SV_POINTER && sv_id(s, sv_arg(s, i, 2))->kind != SV_VALUE) {
            if (sv_id(s, sv_arg(s, i, 2))->type != sv_arg(s, i, 0)) {
                sv_fail(s, PUM_SPIRV_INVALID, "type of the copy");
                return true;
            }
            define_pointer(s, i, sv_pointer(s, sv_arg(s, i, 2)));
            return true;
        }
        return false;
    default: return false;
    }
}
