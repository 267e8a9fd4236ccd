/* Atomic operations. */
#include "spirv/sv.h"

static int
atomic_kind(uint32_t op)
{
    switch (op) {
    case SpvOpAtomicLoad: return PUM_ATOMIC_LOAD;
    case SpvOpAtomicStore: return PUM_ATOMIC_STORE;
    case SpvOpAtomicExchange: return PUM_ATOMIC_XCHG;
    case SpvOpAtomicCompareExchange: return PUM_ATOMIC_CMPXCHG;
    case SpvOpAtomicIIncrement:
    case SpvOpAtomicIDecrement:
    case SpvOpAtomicIAdd:
    case SpvOpAtomicISub: return PUM_ATOMIC_ADD;
    case SpvOpAtomicSMin: return PUM_ATOMIC_SMIN;
    case SpvOpAtomicUMin: return PUM_ATOMIC_UMIN;
    case SpvOpAtomicSMax: return PUM_ATOMIC_SMAX;
    case SpvOpAtomicUMax: return PUM_ATOMIC_UMAX;
    case SpvOpAtomicAnd: return PUM_ATOMIC_AND;
    case SpvOpAtomicOr: return PUM_ATOMIC_OR;
    case SpvOpAtomicXor: return PUM_ATOMIC_XOR;
    case SpvOpAtomicFAddEXT: return PUM_ATOMIC_FADD;
    case SpvOpAtomicFMinEXT: return PUM_ATOMIC_FMIN;
    case SpvOpAtomicFMaxEXT: return PUM_ATOMIC_FMAX;
    default: return -1;
    }
}

static bool
types_ok(enum pum_atomic kind, enum pum_ir_type t, bool texel)
{
    const uint32_t bits = pum_ir_type_bits(t);
    if (bits != 32 && (bits != 64 || (texel && !pum_ir_type_is_int(t)))) {
        return false;
    }
    if (kind >= PUM_ATOMIC_FADD && kind <= PUM_ATOMIC_FMAX) {
        return pum_ir_type_is_float(t);
    }
    return pum_ir_type_is_int(t) || kind == PUM_ATOMIC_LOAD || kind == PUM_ATOMIC_STORE || kind == PUM_ATOMIC_XCHG;
}

/* The atomic itself is relaxed; what it orders around it stands as fences, which cost nothing on this machine but bind the compiler. */
static void
fence(struct sv *s, uint32_t semantics_id, uint32_t which)
{
    uint32_t semantics = which;
    if (!sv_const_u32(s, semantics_id, &semantics) ||
        semantics & (which | SpvMemorySemanticsAcquireReleaseMask | SpvMemorySemanticsSequentiallyConsistentMask)) {
        pum_ir_emit0(&s->b, PUM_IR_MEM_BARRIER, PUM_IR_VOID, 0);
    }
}

/* Of a texel of 64 bits: its words, joined. */
static pum_ir_ref
emit_wide(struct sv *s, const struct sv_ptr *p, enum pum_atomic kind, pum_ir_ref value, pum_ir_ref compare)
{
    pum_ir_ref src[9] = {p->image, p->coord[0], p->coord[1], p->coord[2], p->sample};
    uint32_t n = 5;
    sv_split64(s, value ? value : sv_int(s, PUM_IR_I64, 0), &src[n]);
    n += 2;
    if (compare) {
        sv_split64(s, compare, &src[n]);
        n += 2;
    }
    const pum_ir_ref r = pum_ir_emit(&s->b, PUM_IR_IMG_ATOMIC, PUM_IR_TUPLE, n, src, (uint64_t)kind | PUM_ATOMIC_WIDE);
    return sv_join64(s, pum_ir_emit(&s->b, PUM_IR_EXTRACT, PUM_IR_I32, 1, &r, 0), pum_ir_emit(&s->b, PUM_IR_EXTRACT, PUM_IR_I32, 1, &r, 1), PUM_IR_I64);
}

static pum_ir_ref
emit(struct sv *s, struct sv_ptr *p, enum pum_atomic kind, enum pum_ir_type t, pum_ir_ref value, pum_ir_ref compare)
{
    pum_ir_ref src[8];
    uint32_t n = 0;
    enum pum_ir_op op = PUM_IR_IMG_ATOMIC;
    if (p->kind == SV_PTR_TEXEL && t == PUM_IR_I64) {
        return emit_wide(s, p, kind, value, compare);
    }
    if (p->kind == SV_PTR_TEXEL) {
        src[n++] = p->image;
        src[n++] = p->coord[0];
        src[n++] = p->coord[1];
        src[n++] = p->coord[2];
        src[n++] = p->sample;
        value = value ? value : sv_u32(s, 0);
    } else {
        sv_buffer_desc(s, p);
        op = p->kind == SV_PTR_BUFFER ? PUM_IR_ATOM_BUF : p->kind == SV_PTR_SHARED ? PUM_IR_ATOM_SHARED : PUM_IR_ATOM_GLOBAL;
        n = sv_address(s, p, 0, src);
    }
    if (value) {
        src[n++] = value;
    }
    if (compare) {
        src[n++] = compare;
    }
    return pum_ir_emit(&s->b, op, t, n, src, (uint64_t)kind);
}

bool
sv_atomic(struct sv *s, uint32_t i, uint32_t op)
{
    const int kind = atomic_kind(op);
    if (kind < 0) {
        return false;
    }
    const uint32_t k0 = op == SpvOpAtomicStore ? 0 : 2;
    struct sv_ptr p = sv_pointer_to(s, sv_arg(s, i, k0), op == SpvOpAtomicStore ? sv_id(s, sv_arg(s, i, 3))->type : sv_arg(s, i, 0));
    if (!sv_ok(s)) {
        return true;
    }
    const bool texel = p.kind == SV_PTR_TEXEL;
    const enum pum_ir_type t = sv_ir_type(s, sv_type(s, p.type));
    pum_ir_ref value = 0, compare = 0;
    if (op == SpvOpAtomicIIncrement || op == SpvOpAtomicIDecrement) {
        value = sv_ok(s) && pum_ir_type_is_int(t) ? sv_int(s, t, op == SpvOpAtomicIIncrement ? 1 : -1) : 0;
    } else if (op == SpvOpAtomicCompareExchange) {
        value = sv_scalar(s, sv_arg(s, i, k0 + 4));
        compare = sv_scalar(s, sv_arg(s, i, k0 + 5));
    } else if (op != SpvOpAtomicLoad) {
        value = sv_scalar(s, sv_arg(s, i, k0 + 3));
    }
    if (!sv_ok(s)) {
        return true;
    }
    if ((value && pum_ir_at(s->sh, value)->type != t) || (compare && pum_ir_at(s->sh, compare)->type != t) || p.readonly ||
        (!value && op != SpvOpAtomicLoad) || !types_ok((enum pum_atomic)kind, t, texel) ||
        (!texel && p.kind != SV_PTR_BUFFER && p.kind != SV_PTR_SHARED && p.kind != SV_PTR_GLOBAL)) {
        sv_fail(s, PUM_SPIRV_INVALID, "types of the atomic");
        return true;
    }
    if (op == SpvOpAtomicISub) {
        value = SV_E1(INEG, t, value);
    }
    s->sh->info.has_side_effects = true;
    fence(s, sv_arg(s, i, k0 + 2), SpvMemorySemanticsReleaseMask);
    const pum_ir_ref r = emit(s, &p, (enum pum_atomic)kind, t, value, compare);
    fence(s, sv_arg(s, i, k0 + 2), SpvMemorySemanticsAcquireMask);
    if (op != SpvOpAtomicStore) {
        pum_ir_ref *c = sv_typed(s, sv_arg(s, i, 0), &r, 1) ? sv_define(s, sv_arg(s, i, 1), sv_arg(s, i, 0)) : NULL;
        if (c) {
            c[0] = r;
        }
    }
    return true;
}
