/* Memory: buffers, workgroup memory, private arrays, push constants, stage interfaces, atomics.
 *
 * A uniform address is a scalar access; lanes at consecutive addresses are a vector access; else lanes go one by one (hardware gathers
 * and scatters only on AVX-512). Robustness: out-of-range loads give 0, stores vanish; where the address is uniform or linear the check
 * is scalar arithmetic.
 */
#include <stddef.h>
#include <string.h>

#include "jit/cg.h"

/* A block of memory that offsets are checked against. */
struct space {
    LLVMValueRef base;    /* pointer */
    LLVMValueRef range_B; /* i32 */
    bool invariant;
};

static uint32_t
bytes_of(enum pum_ir_type t)
{
    return t == PUM_IR_BOOL ? 4 : pum_ir_type_bits(t) / 8;
}

/* Address and range of a buffer record. */
static struct space
buffer_space(struct cg *cg, const struct pum_ir_inst *in, LLVMValueRef desc)
{
    LLVMValueRef at = LLVMBuildIntToPtr(cg->b, desc, cg->ptr, "");
    struct space s;
    s.base = cg_load(cg, cg->ptr, at, 8, true);
    s.range_B = cg_load(cg, cg->i32, cg_offset(cg, at, offsetof(struct pum_desc_buffer, range_B)), 4, true);
    s.invariant = in->flags & PUM_IR_INST_INVARIANT_BIT;
    return s;
}

static struct space
const_space(struct cg *cg, LLVMValueRef base, uint32_t range_B)
{
    return (struct space){base, cg_i32(cg, range_B), false};
}

/* Pointer to `off`, or to zeros when the access would leave the range. */
static LLVMValueRef
uniform_address(struct cg *cg, const struct space *s, LLVMValueRef off, uint32_t size_B, LLVMValueRef *in_range)
{
    LLVMBuilderRef b = cg->b;
    LLVMValueRef fits = LLVMBuildICmp(b, LLVMIntUGE, s->range_B, cg_i32(cg, size_B), "");
    LLVMValueRef last = LLVMBuildSub(b, s->range_B, cg_i32(cg, size_B), "");
    LLVMValueRef ok = LLVMBuildAnd(b, fits, LLVMBuildICmp(b, LLVMIntULE, off, last, ""), "");
    if (in_range) {
        *in_range = ok;
    }
    return LLVMBuildSelect(b, ok, cg_index(cg, s->base, off), cg->zeros, "");
}

/* Lanes whose access at off + lane * size_B lies in the range, without wrapping. */
static LLVMValueRef
linear_lanes(struct cg *cg, const struct space *s, LLVMValueRef off, uint32_t size_B)
{
    LLVMBuilderRef b = cg->b;
    LLVMValueRef args[2] = {s->range_B, off};
    LLVMValueRef left = cg_call(cg, "llvm.usub.sat", cg->i32, args, 2);
    LLVMValueRef count = LLVMBuildLShr(b, left, cg_i32(cg, (uint32_t)__builtin_ctz(size_B)), "");
    return LLVMBuildICmp(b, LLVMIntULT, cg->iota, cg_splat(cg, count), "");
}

static LLVMValueRef
varying_lanes(struct cg *cg, const struct space *s, LLVMValueRef off, uint32_t size_B)
{
    LLVMBuilderRef b = cg->b;
    LLVMValueRef fits = LLVMBuildICmp(b, LLVMIntUGE, s->range_B, cg_i32(cg, size_B), "");
    LLVMValueRef limit = LLVMBuildSelect(b, fits, LLVMBuildSub(b, s->range_B, cg_i32(cg, size_B - 1), ""), cg_i32(cg, 0), "");
    return LLVMBuildICmp(b, LLVMIntULT, off, cg_splat(cg, limit), "");
}

/* Addresses base + zext(off) as a vector of pointers. */
static LLVMValueRef
addresses(struct cg *cg, LLVMValueRef base, LLVMValueRef off)
{
    LLVMBuilderRef b = cg->b;
    /* Gathers sign-extend 32-bit indices: bias the base so that the whole unsigned range fits. */
    LLVMValueRef biased = LLVMBuildXor(b, off, cg_splat(cg, cg_i32(cg, 0x80000000u)), "");
    LLVMValueRef half = cg_i64(cg, 0x80000000u);
    LLVMValueRef mid = LLVMBuildGEP2(b, cg->i8, base, &half, 1, "");
    return LLVMBuildGEP2(b, cg->i8, mid, &biased, 1, "");
}

static LLVMValueRef
gather(struct cg *cg, const struct space *s, LLVMValueRef off, LLVMValueRef mask, LLVMTypeRef elem, uint32_t size_B)
{
    LLVMBuilderRef b = cg->b;
    LLVMTypeRef vt = LLVMVectorType(elem, PUM_LANES);
    if (cg->isa >= PUM_ISA_V4) {
        LLVMValueRef p = addresses(cg, s->base, off);
        LLVMValueRef args[4] = {p, cg_i32(cg, size_B), mask, LLVMConstNull(vt)};
        return cg_call2(cg, "llvm.masked.gather", vt, LLVMTypeOf(p), args, 4);
    }
    LLVMValueRef any_room = LLVMBuildICmp(b, LLVMIntUGE, s->range_B, cg_i32(cg, size_B), "");
    LLVMValueRef base = LLVMBuildSelect(b, any_room, s->base, cg->zeros, "");
    LLVMValueRef safe = LLVMBuildSelect(b, mask, off, LLVMConstNull(cg->v_i32), "");
    LLVMValueRef v = LLVMGetUndef(vt);
    for (unsigned i = 0; i < PUM_LANES; i++) {
        LLVMValueRef at = cg_index(cg, base, LLVMBuildExtractElement(b, safe, cg_i32(cg, i), ""));
        v = LLVMBuildInsertElement(b, v, cg_load(cg, elem, at, size_B, false), cg_i32(cg, i), "");
    }
    return LLVMBuildSelect(b, mask, v, LLVMConstNull(vt), "");
}

/* 64-bit integers and floats are stored whole; BOOL never is. */
static void
load(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in, const struct space *s, pum_ir_ref off)
{
    const struct pum_ir_inst *oi = pum_ir_at(cg->sh, off);
    const uint32_t size_B = bytes_of((enum pum_ir_type)in->type);
    LLVMTypeRef elem = cg_type(cg, (enum pum_ir_type)in->type);
    if (oi->shape == PUM_IR_UNIFORM) {
        LLVMValueRef at = uniform_address(cg, s, cg_raw(cg, off), size_B, NULL);
        LLVMValueRef v = cg_load(cg, elem, at, size_B, s->invariant);
        cg_def(cg, r, in->shape == PUM_IR_UNIFORM ? v : cg_splat(cg, v));
        return;
    }
    LLVMTypeRef vt = LLVMVectorType(elem, PUM_LANES);
    if (oi->shape == PUM_IR_LINEAR && oi->stride == (int)size_B) {
        LLVMValueRef first = cg_raw(cg, off);
        LLVMValueRef mask = cg_and(cg, cg->exec, linear_lanes(cg, s, first, size_B));
        LLVMValueRef args[4] = {cg_index(cg, s->base, first), cg_i32(cg, size_B), mask, LLVMConstNull(vt)};
        cg_def(cg, r, cg_call2(cg, "llvm.masked.load", vt, cg->ptr, args, 4));
        return;
    }
    LLVMValueRef o = cg_vec(cg, off);
    cg_def(cg, r, gather(cg, s, o, cg_and(cg, cg->exec, varying_lanes(cg, s, o, size_B)), elem, size_B));
}

static void
store(struct cg *cg, const struct space *s, pum_ir_ref off, pum_ir_ref value)
{
    LLVMBuilderRef b = cg->b;
    const struct pum_ir_inst *oi = pum_ir_at(cg->sh, off), *vi = pum_ir_at(cg->sh, value);
    const uint32_t size_B = bytes_of((enum pum_ir_type)vi->type);
    LLVMValueRef effect = cg_effect_mask(cg);
    if (oi->shape == PUM_IR_UNIFORM && vi->shape == PUM_IR_UNIFORM) {
        LLVMValueRef ok;
        LLVMValueRef o = cg_raw(cg, off), v = cg_raw(cg, value);
        uniform_address(cg, s, o, size_B, &ok);
        if (effect) {
            ok = LLVMBuildAnd(b, ok, cg_any(cg, effect), "");
        }
        LLVMBasicBlockRef then = cg_block(cg, "store"), done = cg_block(cg, "");
        LLVMBuildCondBr(b, ok, then, done);
        LLVMPositionBuilderAtEnd(b, then);
        cg_store(cg, v, cg_index(cg, s->base, o), size_B);
        LLVMBuildBr(b, done);
        LLVMPositionBuilderAtEnd(b, done);
        return;
    }
    LLVMValueRef v = cg_vec(cg, value);
    if (oi->shape == PUM_IR_LINEAR && oi->stride == (int)size_B) {
        LLVMValueRef first = cg_raw(cg, off);
        LLVMValueRef mask = cg_and(cg, effect, linear_lanes(cg, s, first, size_B));
        LLVMValueRef args[4] = {v, cg_index(cg, s->base, first), cg_i32(cg, size_B), mask};
        cg_call2(cg, "llvm.masked.store", LLVMTypeOf(v), cg->ptr, args, 4);
        return;
    }
    LLVMValueRef o = cg_vec(cg, off);
    LLVMValueRef mask = cg_and(cg, effect, varying_lanes(cg, s, o, size_B));
    LLVMValueRef p = addresses(cg, s->base, o);
    LLVMValueRef args[4] = {v, p, cg_i32(cg, size_B), mask};
    cg_call2(cg, "llvm.masked.scatter", LLVMTypeOf(v), LLVMTypeOf(p), args, 4);
}

/* Runs fn once per distinct descriptor of the active lanes (once if all lanes agree). */
static void
with_buffer(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in,
            void (*fn)(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in, const struct space *s))
{
    LLVMBuilderRef b = cg->b;
    const pum_ir_ref d = pum_ir_src(cg->sh, in, 0);
    if (pum_ir_at(cg->sh, d)->shape == PUM_IR_UNIFORM) {
        const struct space s = buffer_space(cg, in, cg_raw(cg, d));
        fn(cg, r, in, &s);
        return;
    }
    LLVMValueRef desc = cg_vec(cg, d), saved = cg->exec, acc = NULL;
    const bool result = in->type != PUM_IR_VOID;
    LLVMTypeRef vt = result ? cg_vtype(cg, (enum pum_ir_type)in->type) : NULL;
    if (result) {
        acc = cg_alloca(cg, vt, 64);
        cg_store(cg, LLVMConstNull(vt), acc, 64);
    }
    struct cg_lanes l;
    cg_lanes_begin(cg, &l, cg_mask16(cg, cg_and(cg, saved, NULL)));
    LLVMValueRef one = LLVMBuildExtractElement(b, desc, l.lane, "");
    LLVMValueRef same = LLVMBuildICmp(b, LLVMIntEQ, desc, cg_splat(cg, one), "");
    cg->exec = LLVMBuildAnd(b, same, LLVMBuildBitCast(b, l.mask_phi, cg->v_i1, ""), "");
    LLVMValueRef rest = LLVMBuildAnd(b, l.mask_phi, LLVMBuildNot(b, cg_mask16(cg, cg->exec), ""), "");
    const struct space s = buffer_space(cg, in, one);
    const int32_t spill = cg->split ? cg->spill_off[r] : -1;
    if (cg->split) {
        cg->spill_off[r] = -1;
    }
    fn(cg, r, in, &s);
    if (cg->split) {
        cg->spill_off[r] = spill;
    }
    if (result) {
        LLVMValueRef old = cg_load(cg, vt, acc, 64, false);
        LLVMValueRef got = LLVMGetTypeKind(LLVMTypeOf(cg->val[r])) == LLVMVectorTypeKind ? cg->val[r] : cg_splat(cg, cg->val[r]);
        cg_store(cg, LLVMBuildSelect(b, cg->exec, got, old, ""), acc, 64);
    }
    cg_lanes_end(cg, &l, rest);
    cg->exec = saved;
    if (result) {
        cg_def(cg, r, cg_load(cg, vt, acc, 64, false));
    }
}

static void
load_buffer(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in, const struct space *s)
{
    load(cg, r, in, s, in->src[1]);
}

static void
store_buffer(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in, const struct space *s)
{
    (void)r;
    store(cg, s, in->src[1], in->src[2]);
}

static LLVMAtomicRMWBinOp
rmw_op(enum pum_atomic op)
{
    switch (op) {
    case PUM_ATOMIC_ADD: return LLVMAtomicRMWBinOpAdd;
    case PUM_ATOMIC_SMIN: return LLVMAtomicRMWBinOpMin;
    case PUM_ATOMIC_SMAX: return LLVMAtomicRMWBinOpMax;
    case PUM_ATOMIC_UMIN: return LLVMAtomicRMWBinOpUMin;
    case PUM_ATOMIC_UMAX: return LLVMAtomicRMWBinOpUMax;
    case PUM_ATOMIC_AND: return LLVMAtomicRMWBinOpAnd;
    case PUM_ATOMIC_OR: return LLVMAtomicRMWBinOpOr;
    case PUM_ATOMIC_XOR: return LLVMAtomicRMWBinOpXor;
    case PUM_ATOMIC_FADD: return LLVMAtomicRMWBinOpFAdd;
    case PUM_ATOMIC_FMIN: return LLVMAtomicRMWBinOpFMin;
    case PUM_ATOMIC_FMAX: return LLVMAtomicRMWBinOpFMax;
    default: return LLVMAtomicRMWBinOpXchg;
    }
}

/* One lane after the other, in rising order. */
static void
atomic(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in, const struct space *s, uint32_t first_src)
{
    LLVMBuilderRef b = cg->b;
    const enum pum_atomic op = (enum pum_atomic)in->imm;
    const pum_ir_ref value = op == PUM_ATOMIC_LOAD ? 0 : pum_ir_src(cg->sh, in, first_src + 1);
    const uint32_t size_B = bytes_of((enum pum_ir_type)in->type);
    LLVMTypeRef elem = cg_type(cg, (enum pum_ir_type)in->type), vt = LLVMVectorType(elem, PUM_LANES);
    LLVMValueRef off = cg_vec(cg, pum_ir_src(cg->sh, in, first_src));
    LLVMValueRef mask = cg_and(cg, cg_effect_mask(cg), varying_lanes(cg, s, off, size_B));
    LLVMValueRef v = value ? cg_vec(cg, value) : NULL;
    LLVMValueRef cmp = op == PUM_ATOMIC_CMPXCHG ? cg_vec(cg, pum_ir_src(cg->sh, in, first_src + 2)) : NULL;
    LLVMValueRef out = cg_alloca(cg, vt, 64);
    cg_store(cg, LLVMConstNull(vt), out, 64);
    struct cg_lanes l;
    cg_lanes_begin(cg, &l, cg_mask16(cg, mask));
    LLVMValueRef at = cg_index(cg, s->base, LLVMBuildExtractElement(b, off, l.lane, ""));
    LLVMValueRef x = v ? LLVMBuildExtractElement(b, v, l.lane, "") : NULL, old;
    const LLVMAtomicOrdering order = LLVMAtomicOrderingMonotonic;
    if (op == PUM_ATOMIC_CMPXCHG) {
        LLVMValueRef c = LLVMBuildExtractElement(b, cmp, l.lane, "");
        old = LLVMBuildExtractValue(b, LLVMBuildAtomicCmpXchg(b, at, c, x, order, order, 0), 0, "");
    } else if (op == PUM_ATOMIC_LOAD) {
        old = cg_load(cg, elem, at, size_B, false);
        LLVMSetOrdering(old, order);
    } else if (op == PUM_ATOMIC_STORE) {
        LLVMValueRef st = LLVMBuildStore(b, x, at);
        LLVMSetAlignment(st, size_B);
        LLVMSetOrdering(st, order);
        old = x;
    } else {
        old = LLVMBuildAtomicRMW(b, rmw_op(op), at, x, order, 0);
    }
    LLVMValueRef idx = l.lane;
    cg_store(cg, old, LLVMBuildGEP2(b, elem, out, &idx, 1, ""), size_B);
    cg_lanes_end(cg, &l, NULL);
    cg_def(cg, r, cg_load(cg, vt, out, 64, false));
}

static void
atomic_buffer(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in, const struct space *s)
{
    atomic(cg, r, in, s, 1);
}

static void
buffer_size(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in, const struct space *s)
{
    cg_def(cg, r, in->shape == PUM_IR_UNIFORM ? s->range_B : cg_splat(cg, s->range_B));
}

/* Word w of lane l stands at (w * 16 + l) * 4: equal offsets in all lanes are one vector. */
static void
scratch_access(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in)
{
    LLVMBuilderRef b = cg->b;
    const pum_ir_ref off = in->src[0];
    const uint32_t last_B = cg->sh->info.private_B >= 4 ? cg->sh->info.private_B - 4 : 0;
    const bool st = in->op == PUM_IR_ST_SCRATCH;
    const enum pum_ir_type type = (enum pum_ir_type)(st ? pum_ir_at(cg->sh, in->src[1])->type : in->type);
    LLVMTypeRef elem = cg_type(cg, type), vt = LLVMVectorType(elem, PUM_LANES);
    LLVMValueRef m = cg->exec;
    if (pum_ir_at(cg->sh, off)->shape == PUM_IR_UNIFORM) {
        LLVMValueRef o = cg_raw(cg, off);
        o = LLVMBuildSelect(b, LLVMBuildICmp(b, LLVMIntULE, o, cg_i32(cg, last_B), ""), o, cg_i32(cg, last_B), "");
        LLVMValueRef at = cg_index(cg, cg->scratch, LLVMBuildShl(b, LLVMBuildAnd(b, o, cg_i32(cg, ~3u), ""), cg_i32(cg, 4), ""));
        if (!st) {
            cg_def(cg, r, cg_load(cg, vt, at, 64, false));
            return;
        }
        LLVMValueRef v = cg_vec(cg, in->src[1]);
        if (m) {
            v = LLVMBuildSelect(b, m, v, cg_load(cg, vt, at, 64, false), "");
        }
        cg_store(cg, v, at, 64);
        return;
    }
    LLVMValueRef o = cg_vec(cg, off), limit = cg_splat(cg, cg_i32(cg, last_B));
    o = LLVMBuildSelect(b, LLVMBuildICmp(b, LLVMIntULE, o, limit, ""), o, limit, "");
    o = LLVMBuildShl(b, LLVMBuildAnd(b, o, cg_splat(cg, cg_i32(cg, ~3u)), ""), cg_splat(cg, cg_i32(cg, 4)), "");
    o = LLVMBuildAdd(b, o, LLVMBuildShl(b, cg->iota, cg_splat(cg, cg_i32(cg, 2)), ""), "");
    const struct space s = const_space(cg, cg->scratch, (last_B + 4) * PUM_LANES);
    if (!st) {
        cg_def(cg, r, gather(cg, &s, o, cg_mask(cg, m), elem, 4));
        return;
    }
    LLVMValueRef v = cg_vec(cg, in->src[1]), p = addresses(cg, s.base, o);
    LLVMValueRef args[4] = {v, p, cg_i32(cg, 4), cg_mask(cg, m)};
    cg_call2(cg, "llvm.masked.scatter", LLVMTypeOf(v), LLVMTypeOf(p), args, 4);
}

static void
fragment_input(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in)
{
    LLVMBuilderRef b = cg->b;
    LLVMTypeRef elem = cg_type(cg, (enum pum_ir_type)in->type);
    LLVMValueRef plane = cg_offset(cg, cg->plane_base, (PUM_FS_PLANE_INPUTS + in->imm) * sizeof(struct pum_plane));
    const enum pum_interp interp = (enum pum_interp)cg->sh->info.fs_inputs[in->imm].interp;
    if (interp == PUM_INTERP_FLAT) {
        LLVMValueRef v = cg_load(cg, elem, cg_offset(cg, plane, offsetof(struct pum_plane, flat)), 4, true);
        cg_def(cg, r, in->shape == PUM_IR_UNIFORM ? v : cg_splat(cg, v));
        return;
    }
    LLVMValueRef v0 = cg_splat(cg, cg_load(cg, cg->f32, plane, 4, true));
    LLVMValueRef dx = cg_splat(cg, cg_load(cg, cg->f32, cg_offset(cg, plane, 4), 4, true));
    LLVMValueRef dy = cg_splat(cg, cg_load(cg, cg->f32, cg_offset(cg, plane, 8), 4, true));
    LLVMValueRef v = LLVMBuildFAdd(b, v0, LLVMBuildFMul(b, dx, cg->rel_x, ""), "");
    v = LLVMBuildFAdd(b, v, LLVMBuildFMul(b, dy, cg->rel_y, ""), "");
    if (interp == PUM_INTERP_PERSPECTIVE) {
        v = LLVMBuildFMul(b, v, cg->inv_w, "");
    }
    cg_def(cg, r, in->type == PUM_IR_F32 ? v : LLVMBuildBitCast(b, v, LLVMVectorType(elem, PUM_LANES), ""));
}

static void
store_output(struct cg *cg, const struct pum_ir_inst *in)
{
    LLVMBuilderRef b = cg->b;
    LLVMValueRef v = cg_vec(cg, in->src[0]), at;
    if (cg->sh->info.stage == PUM_STAGE_FRAGMENT) {
        at = cg_offset(cg, cg->out_slots, in->imm * 64);
    } else {
        LLVMValueRef row = LLVMBuildMul(b, cg->out_stride_B, cg_i64(cg, in->imm), "");
        at = cg_index(cg, cg->out_base, row);
    }
    if (cg->exec) {
        v = LLVMBuildSelect(b, cg->exec, v, cg_load(cg, LLVMTypeOf(v), at, 64, false), "");
    }
    cg_store(cg, v, at, 64);
}

static void
descriptor(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in)
{
    LLVMBuilderRef b = cg->b;
    const uint32_t set = (uint32_t)in->imm & 0xff;
    LLVMValueRef base = cg_load(cg, cg->i64, cg_offset(cg, cg->p_ctx, offsetof(struct pum_shader_ctx, sets) + set * 8u), 8, true);
    base = LLVMBuildAdd(b, base, cg_i64(cg, in->imm >> 8), "");
    if (in->n_src == 0) {
        cg_def(cg, r, in->shape == PUM_IR_VARYING ? cg_splat(cg, base) : base);
        return;
    }
    const uint32_t stride_B = (uint32_t)in->imm2 & 0xffff, length = (uint32_t)(in->imm2 >> 16);
    const bool vec = in->shape == PUM_IR_VARYING;
    LLVMValueRef i = vec ? cg_vec(cg, in->src[0]) : cg_raw(cg, in->src[0]);
    LLVMValueRef max = cg_i32(cg, length ? length - 1 : 0), step = cg_i64(cg, stride_B);
    if (vec) {
        max = cg_splat(cg, max);
        step = cg_splat(cg, step);
        base = cg_splat(cg, base);
    }
    i = LLVMBuildSelect(b, LLVMBuildICmp(b, LLVMIntULT, i, max, ""), i, max, "");
    i = LLVMBuildZExt(b, i, vec ? cg->v_i64 : cg->i64, "");
    cg_def(cg, r, LLVMBuildAdd(b, base, LLVMBuildMul(b, i, step, ""), ""));
}

bool
cg_mem(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in)
{
    LLVMBuilderRef b = cg->b;
    switch ((enum pum_ir_op)in->op) {
    case PUM_IR_DESC:
        descriptor(cg, r, in);
        return true;
    case PUM_IR_LD_BUF:
        with_buffer(cg, r, in, load_buffer);
        return true;
    case PUM_IR_ST_BUF:
        with_buffer(cg, r, in, store_buffer);
        return true;
    case PUM_IR_ATOM_BUF:
        with_buffer(cg, r, in, atomic_buffer);
        return true;
    case PUM_IR_BUF_SIZE:
        with_buffer(cg, r, in, buffer_size);
        return true;
    case PUM_IR_LD_SHARED: {
        const struct space s = const_space(cg, cg->shared, cg->sh->info.shared_B);
        load(cg, r, in, &s, in->src[0]);
        return true;
    }
    case PUM_IR_ST_SHARED: {
        const struct space s = const_space(cg, cg->shared, cg->sh->info.shared_B);
        store(cg, &s, in->src[0], in->src[1]);
        return true;
    }
    case PUM_IR_ATOM_SHARED: {
        const struct space s = const_space(cg, cg->shared, cg->sh->info.shared_B);
        atomic(cg, r, in, &s, 0);
        return true;
    }
    case PUM_IR_LD_PUSH: {
        struct space s = const_space(cg, cg_load(cg, cg->ptr, cg_offset(cg, cg->p_ctx, offsetof(struct pum_shader_ctx, push)), 8, true),
                                     PUM_MAX_PUSH_B);
        s.invariant = true;
        load(cg, r, in, &s, in->src[0]);
        return true;
    }
    case PUM_IR_LD_SCRATCH:
    case PUM_IR_ST_SCRATCH:
        scratch_access(cg, r, in);
        return true;
    case PUM_IR_LD_IN:
        if (cg->sh->info.stage == PUM_STAGE_FRAGMENT) {
            fragment_input(cg, r, in);
        } else {
            LLVMTypeRef vt = cg_vtype(cg, (enum pum_ir_type)in->type);
            cg_def(cg, r, cg_load(cg, vt, cg_offset(cg, cg->in_base, in->imm * 64), 64, false));
        }
        return true;
    case PUM_IR_ST_OUT:
        store_output(cg, in);
        return true;
    case PUM_IR_DEMOTE: {
        LLVMValueRef live = cg_load(cg, cg->v_i1, cg->live, 2, false);
        live = cg->exec ? LLVMBuildAnd(b, live, LLVMBuildNot(b, cg->exec, ""), "") : LLVMConstNull(cg->v_i1);
        cg_store(cg, live, cg->live, 2);
        return true;
    }
    case PUM_IR_IS_HELPER: {
        LLVMValueRef m = LLVMBuildAnd(b, cg->cover, cg_load(cg, cg->v_i1, cg->live, 2, false), "");
        cg_def(cg, r, LLVMBuildNot(b, m, ""));
        return true;
    }
    case PUM_IR_MEM_BARRIER:
        LLVMBuildFence(b, LLVMAtomicOrderingAcquireRelease, 0, "");
        return true;
    default:
        return false;
    }
}
