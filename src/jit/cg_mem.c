/* Memory: buffers, workgroup memory, private arrays, push constants, stage interfaces. Raw addresses: cg_global.c; atomics: cg_atomic.c.
 *
 * A uniform address is a scalar access; lanes at consecutive addresses are a vector access; else lanes go one by one (hardware gathers
 * and scatters only on AVX-512). Robustness: out-of-range loads give 0, stores vanish; where the address is uniform or linear the check
 * is scalar arithmetic.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "abi/tracing.h"
#include "jit/cg.h"

/* Offsets near 4 GiB are negative ones: lanes beyond this are never in range. */
#define RANGE_CAP 0xffffff00u

uint32_t
cg_bytes_of(enum pum_ir_type t)
{
    return t == PUM_IR_BOOL ? 4 : pum_ir_type_bits(t) / 8;
}

static unsigned
log2_of(uint32_t size_B)
{
    return (unsigned)__builtin_ctz(size_B);
}

static LLVMValueRef
sub_sat(struct cg *cg, LLVMValueRef a, uint32_t b)
{
    LLVMValueRef args[2] = {a, cg_i32(cg, b)};
    return cg_call(cg, "llvm.usub.sat", cg->i32, args, 2);
}

static void
space_limits(struct cg *cg, struct cg_space *s)
{
    LLVMBuilderRef b = cg->b;
    LLVMValueRef cap = cg_i32(cg, RANGE_CAP);
    LLVMValueRef range = LLVMIsConstant(s->range_B) ? s->range_B
                         : LLVMBuildSelect(b, LLVMBuildICmp(b, LLVMIntULT, s->range_B, cap, ""), s->range_B, cap, "");
    for (unsigned i = 0; i < 4; i++) {
        if (LLVMIsConstant(range)) {
            const uint32_t n = (uint32_t)LLVMConstIntGetZExtValue(range), one = (1u << i) - 1, all = (16u << i) - 1;
            s->limit[i] = cg_i32(cg, n > one ? n - one : 0);
            s->limit16[i] = cg_i32(cg, n > all ? n - all : 0);
        } else {
            s->limit[i] = sub_sat(cg, range, (1u << i) - 1);
            s->limit16[i] = sub_sat(cg, range, (16u << i) - 1);
        }
    }
}

/* Address and range of a buffer record. */
static struct cg_space
buffer_space(struct cg *cg, const struct pum_ir_inst *in, LLVMValueRef desc)
{
    LLVMValueRef at = LLVMBuildIntToPtr(cg->b, desc, cg->ptr, "");
    struct cg_space s;
    s.base = cg_load(cg, cg->ptr, at, 8, true);
    s.range_B = cg_load(cg, cg->i32, cg_offset(cg, at, offsetof(struct pum_desc_buffer, range_B)), 4, true);
    s.invariant = in && (in->flags & PUM_IR_INST_INVARIANT_BIT);
    space_limits(cg, &s);
    return s;
}

/* The record of a descriptor without an index is read once per call, at the function's entry. */
static struct cg_space
entry_space(struct cg *cg, const struct pum_ir_inst *in, pum_ir_ref desc)
{
    if (!cg->space[desc]) {
        cg->space[desc] = calloc(1, sizeof(struct cg_space));
        if (!cg->space[desc]) {
            cg_fail(cg, "out of memory");
            return buffer_space(cg, in, cg_i64(cg, 0));
        }
        LLVMBuilderRef b = cg->b;
        cg->b = cg->pre_b;
        *cg->space[desc] = buffer_space(cg, NULL, cg_descriptor(cg, pum_ir_at(cg->sh, desc)));
        cg->b = b;
    }
    struct cg_space s = *cg->space[desc];
    s.invariant = in->flags & PUM_IR_INST_INVARIANT_BIT;
    return s;
}

/* ---- uniform buffers: words at constant offsets are read without a check. Where the buffer is shorter than the shader believes, the
 * function's entry makes a copy of it, padded with zeros. ---- */

#define MAX_PADDED_B 2048u

static bool
is_padded_load(const struct pum_ir_shader *sh, const struct pum_ir_inst *in)
{
    if (in->op != PUM_IR_LD_BUF || !(in->flags & PUM_IR_INST_INVARIANT_BIT) || pum_ir_type_bits((enum pum_ir_type)in->type) != 32) {
        return false;
    }
    const struct pum_ir_inst *di = pum_ir_at(sh, in->src[0]), *oi = pum_ir_at(sh, in->src[1]);
    return di->op == PUM_IR_DESC && di->n_src == 0 && oi->op == PUM_IR_CONST && oi->imm % 4 == 0 && oi->imm < MAX_PADDED_B;
}

/* void f(to, from, range_B, size_B): words; reads only what lies in the range. */
static LLVMValueRef
pad_copy(struct cg *cg)
{
    if (cg->pad_copy) {
        return cg->pad_copy;
    }
    LLVMBuilderRef b = cg->b;
    LLVMBasicBlockRef caller = LLVMGetInsertBlock(b);
    LLVMMetadataRef place = LLVMGetCurrentDebugLocation2(b); /* another function has no lines */
    LLVMSetCurrentDebugLocation2(b, NULL);
    LLVMTypeRef types[4] = {cg->ptr, cg->ptr, cg->i32, cg->i32};
    LLVMValueRef fn = LLVMAddFunction(cg->mod, "pad_copy", LLVMFunctionType(cg->void_, types, 4, 0));
    LLVMSetLinkage(fn, LLVMInternalLinkage);
    cg_function_attributes(cg, fn);
    LLVMBasicBlockRef from = LLVMAppendBasicBlockInContext(cg->ctx, fn, ""), loop = LLVMAppendBasicBlockInContext(cg->ctx, fn, "loop"),
                      done = LLVMAppendBasicBlockInContext(cg->ctx, fn, "done");
    LLVMPositionBuilderAtEnd(b, from);
    LLVMValueRef limit = sub_sat(cg, LLVMGetParam(fn, 2), 3), zero = cg_i32(cg, 0);
    LLVMBuildBr(b, loop);
    LLVMPositionBuilderAtEnd(b, loop);
    LLVMValueRef i = LLVMBuildPhi(b, cg->i32, "");
    LLVMAddIncoming(i, &zero, &from, 1);
    LLVMValueRef ok = LLVMBuildICmp(b, LLVMIntULT, i, limit, "");
    LLVMValueRef at = LLVMBuildSelect(b, ok, cg_index(cg, LLVMGetParam(fn, 1), i), cg->zeros, "");
    cg_store(cg, cg_load(cg, cg->i32, at, 4, false), cg_index(cg, LLVMGetParam(fn, 0), i), 4);
    LLVMValueRef next = LLVMBuildAdd(b, i, cg_i32(cg, 4), "");
    LLVMAddIncoming(i, &next, &loop, 1);
    LLVMBuildCondBr(b, LLVMBuildICmp(b, LLVMIntULT, next, LLVMGetParam(fn, 3), ""), loop, done);
    LLVMPositionBuilderAtEnd(b, done);
    LLVMBuildRetVoid(b);
    LLVMPositionBuilderAtEnd(b, caller);
    LLVMSetCurrentDebugLocation2(b, place);
    return cg->pad_copy = fn;
}

static LLVMValueRef
padded_base(struct cg *cg, pum_ir_ref desc)
{
    const struct pum_ir_shader *sh = cg->sh;
    const uint64_t imm = pum_ir_at(sh, desc)->imm;
    for (uint32_t i = 0; i < cg->n_padded; i++) {
        if (cg->padded[i].desc == imm) {
            return cg->padded[i].base;
        }
    }
    uint32_t size_B = 4;
    for (pum_ir_ref r = 1; r < sh->n_insts; r++) {
        const struct pum_ir_inst *in = &sh->insts[r];
        if (in->block && is_padded_load(sh, in) && pum_ir_at(sh, in->src[0])->imm == imm) {
            size_B = PUM_MAX(size_B, (uint32_t)pum_ir_at(sh, in->src[1])->imm + 4);
        }
    }
    if (!pum_grow((void **)&cg->padded, &cg->cap_padded, cg->n_padded + 1, sizeof(cg->padded[0]))) {
        cg_fail(cg, "out of memory");
        return cg->zeros;
    }
    LLVMValueRef copy = cg_alloca(cg, LLVMArrayType(cg->i32, size_B / 4), 64);
    LLVMBuilderRef caller = cg->b, b = cg->b = cg->pre_b;
    const struct cg_space s = buffer_space(cg, NULL, cg_descriptor(cg, pum_ir_at(sh, desc)));
    LLVMBasicBlockRef from[2] = {LLVMGetInsertBlock(b), cg_block(cg, "pad")}, done = cg_block(cg, "padded");
    cg_branch_likely(cg, LLVMBuildICmp(b, LLVMIntUGE, s.range_B, cg_i32(cg, size_B), ""), done, from[1]);
    LLVMPositionBuilderAtEnd(b, from[1]);
    LLVMTypeRef types[4] = {cg->ptr, cg->ptr, cg->i32, cg->i32};
    LLVMValueRef args[4] = {copy, s.base, s.range_B, cg_i32(cg, size_B)};
    LLVMBuildCall2(b, LLVMFunctionType(cg->void_, types, 4, 0), pad_copy(cg), args, 4, "");
    LLVMBuildBr(b, done);
    LLVMPositionBuilderAtEnd(b, done);
    LLVMValueRef base = LLVMBuildPhi(b, cg->ptr, ""), ways[2] = {s.base, copy};
    LLVMAddIncoming(base, ways, from, 2);
    cg->b = caller;
    cg->padded[cg->n_padded++] = (struct cg_padded){imm, size_B, base};
    return base;
}

static struct cg_space
const_space(struct cg *cg, LLVMValueRef base, uint32_t range_B)
{
    struct cg_space s = {.base = base, .range_B = cg_i32(cg, range_B)};
    space_limits(cg, &s);
    return s;
}

static LLVMValueRef
lane_memory(struct cg *cg, unsigned i)
{
    if (!cg->lane_mem[i]) {
        cg->lane_mem[i] = cg_alloca(cg, LLVMArrayType(cg->v_i64, 1), 64);
    }
    return cg->lane_mem[i];
}

static LLVMValueRef
element(struct cg *cg, LLVMTypeRef elem, LLVMValueRef base, LLVMValueRef lane)
{
    LLVMValueRef i = LLVMBuildZExt(cg->b, lane, cg->i64, "");
    return LLVMBuildGEP2(cg->b, elem, base, &i, 1, "");
}

/* First address of lanes that count up from `first`: the first ones may lie before the base. */
static LLVMValueRef
linear_address(struct cg *cg, const struct cg_space *s, LLVMValueRef first)
{
    LLVMBuilderRef b = cg->b;
    LLVMValueRef up = LLVMBuildZExt(b, LLVMBuildAdd(b, first, cg_i32(cg, 128), ""), cg->i64, "");
    return cg_index(cg, s->base, LLVMBuildSub(b, up, cg_i64(cg, 128), ""));
}

static LLVMValueRef
linear_offsets(struct cg *cg, LLVMValueRef first, uint32_t size_B)
{
    LLVMValueRef c[PUM_LANES];
    for (uint32_t i = 0; i < PUM_LANES; i++) {
        c[i] = cg_i32(cg, i * size_B);
    }
    return LLVMBuildAdd(cg->b, cg_splat(cg, first), LLVMConstVector(c, PUM_LANES), "");
}

static LLVMValueRef
fits(struct cg *cg, LLVMValueRef off, LLVMValueRef limit)
{
    const bool vec = LLVMGetTypeKind(LLVMTypeOf(off)) == LLVMVectorTypeKind;
    return LLVMBuildICmp(cg->b, LLVMIntULT, off, vec ? cg_splat(cg, limit) : limit, "");
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
gather(struct cg *cg, const struct cg_space *s, LLVMValueRef off, LLVMValueRef mask, LLVMTypeRef elem, uint32_t size_B)
{
    LLVMBuilderRef b = cg->b;
    LLVMTypeRef vt = LLVMVectorType(elem, PUM_LANES);
    if (cg->isa >= PUM_ISA_V4 && size_B >= 4) {
        LLVMValueRef p = addresses(cg, s->base, off);
        LLVMValueRef args[4] = {p, cg_i32(cg, size_B), cg_mask(cg, mask), LLVMConstNull(vt)};
        return cg_call2(cg, "llvm.masked.gather", vt, LLVMTypeOf(p), args, 4);
    }
    LLVMValueRef base = s->base, safe = off;
    if (mask) {
        LLVMValueRef any_room = LLVMBuildICmp(b, LLVMIntUGE, s->range_B, cg_i32(cg, size_B), "");
        base = LLVMBuildSelect(b, any_room, s->base, cg->zeros, "");
        safe = LLVMBuildSelect(b, mask, off, LLVMConstNull(cg->v_i32), "");
    }
    LLVMValueRef v = LLVMGetPoison(vt);
    for (unsigned i = 0; i < PUM_LANES; i++) {
        LLVMValueRef at = cg_index(cg, base, LLVMBuildExtractElement(b, safe, cg_i32(cg, i), ""));
        v = LLVMBuildInsertElement(b, v, cg_load(cg, elem, at, size_B, false), cg_i32(cg, i), "");
    }
    return mask ? LLVMBuildSelect(b, mask, v, LLVMConstNull(vt), "") : v;
}

/* ---- below AVX-512: lane after lane, in functions of their own, which cost the fast path nothing and little to compile ---- */

enum slow_kind {
    SLOW_LOAD,    /* f(base, limit, first, mem): mem[lane] = in range ? base[first + lane * size] : 0 */
    SLOW_STORE,   /* f(base, limit, first, mem, mask) */
    SLOW_SCATTER, /* f(base, unused, unused, mem, mask, offsets) */
};

static LLVMTypeRef
slow_type(struct cg *cg)
{
    LLVMTypeRef types[6] = {cg->ptr, cg->i32, cg->i32, cg->ptr, cg->i32, cg->ptr};
    return LLVMFunctionType(cg->void_, types, 6, 0);
}

static LLVMValueRef
slow_function(struct cg *cg, enum slow_kind kind, unsigned k)
{
    if (cg->slow[kind][k]) {
        return cg->slow[kind][k];
    }
    LLVMBuilderRef b = cg->b;
    LLVMBasicBlockRef caller = LLVMGetInsertBlock(b);
    LLVMMetadataRef place = LLVMGetCurrentDebugLocation2(b); /* another function has no lines */
    LLVMSetCurrentDebugLocation2(b, NULL);
    LLVMTypeRef elem = LLVMIntTypeInContext(cg->ctx, 8u << k);
    LLVMValueRef fn = LLVMAddFunction(cg->mod, kind == SLOW_LOAD ? "slow_load" : kind == SLOW_STORE ? "slow_store" : "scatter", slow_type(cg));
    LLVMSetLinkage(fn, LLVMInternalLinkage);
    cg_function_attributes(cg, fn);
    cg->slow[kind][k] = fn;
    LLVMBasicBlockRef bb[5];
    static const char *const names[5] = {"", "loop", "do", "next", "done"};
    for (int i = 0; i < 5; i++) {
        bb[i] = LLVMAppendBasicBlockInContext(cg->ctx, fn, names[i]);
    }
    LLVMPositionBuilderAtEnd(b, bb[0]);
    LLVMBuildBr(b, bb[1]);
    LLVMPositionBuilderAtEnd(b, bb[1]);
    LLVMValueRef lane = LLVMBuildPhi(b, cg->i32, ""), zero = cg_i32(cg, 0), one = cg_i32(cg, 1);
    LLVMAddIncoming(lane, &zero, &bb[0], 1);
    LLVMValueRef off, ok = NULL;
    if (kind == SLOW_SCATTER) {
        off = cg_load(cg, cg->i32, element(cg, cg->i32, LLVMGetParam(fn, 5), lane), 4, false);
    } else {
        off = LLVMBuildAdd(b, LLVMGetParam(fn, 2), LLVMBuildShl(b, lane, cg_i32(cg, k), ""), "");
        ok = LLVMBuildICmp(b, LLVMIntULT, off, LLVMGetParam(fn, 1), "");
    }
    LLVMValueRef at = cg_index(cg, LLVMGetParam(fn, 0), off), mem = element(cg, elem, LLVMGetParam(fn, 3), lane);
    if (kind == SLOW_LOAD) {
        at = LLVMBuildSelect(b, ok, at, cg->zeros, "");
        LLVMBuildBr(b, bb[2]);
        LLVMPositionBuilderAtEnd(b, bb[2]);
        cg_store(cg, cg_load(cg, elem, at, 1u << k, false), mem, 1u << k);
    } else {
        LLVMValueRef bit = LLVMBuildAnd(b, LLVMBuildLShr(b, LLVMGetParam(fn, 4), lane, ""), one, "");
        bit = LLVMBuildICmp(b, LLVMIntNE, bit, zero, "");
        LLVMBuildCondBr(b, ok ? LLVMBuildAnd(b, ok, bit, "") : bit, bb[2], bb[3]);
        LLVMPositionBuilderAtEnd(b, bb[2]);
        cg_store(cg, cg_load(cg, elem, mem, 1u << k, false), at, 1u << k);
    }
    LLVMBuildBr(b, bb[3]);
    LLVMPositionBuilderAtEnd(b, bb[3]);
    LLVMValueRef next = LLVMBuildAdd(b, lane, one, "");
    LLVMAddIncoming(lane, &next, &bb[3], 1);
    LLVMBuildCondBr(b, LLVMBuildICmp(b, LLVMIntULT, next, cg_i32(cg, PUM_LANES), ""), bb[1], bb[4]);
    LLVMPositionBuilderAtEnd(b, bb[4]);
    LLVMBuildRetVoid(b);
    LLVMPositionBuilderAtEnd(b, caller);
    LLVMSetCurrentDebugLocation2(b, place);
    return fn;
}

static void
call_slow(struct cg *cg, enum slow_kind kind, unsigned k, LLVMValueRef base, LLVMValueRef limit, LLVMValueRef first, LLVMValueRef mem,
          LLVMValueRef mask16, LLVMValueRef offsets)
{
    LLVMValueRef mask = mask16 ? LLVMBuildZExt(cg->b, mask16, cg->i32, "") : cg_i32(cg, 0xffff);
    LLVMValueRef args[6] = {base, limit, first, mem, mask, offsets};
    LLVMBuildCall2(cg->b, slow_type(cg), slow_function(cg, kind, k), args, 6, "");
}

/* Lanes at consecutive addresses. Lanes that are not active load, too: what is in range can be read. */
static LLVMValueRef
load_linear(struct cg *cg, const struct cg_space *s, LLVMValueRef first, LLVMTypeRef elem, uint32_t size_B)
{
    LLVMBuilderRef b = cg->b;
    const unsigned k = log2_of(size_B);
    LLVMTypeRef vt = LLVMVectorType(elem, PUM_LANES);
    if (cg->isa >= PUM_ISA_V4) {
        LLVMValueRef mask = fits(cg, linear_offsets(cg, first, size_B), s->limit[k]);
        LLVMValueRef args[4] = {linear_address(cg, s, first), cg_i32(cg, size_B), mask, LLVMConstNull(vt)};
        return cg_call2(cg, "llvm.masked.load", vt, cg->ptr, args, 4);
    }
    LLVMBasicBlockRef fast = cg_block(cg, "all"), slow = cg_block(cg, "some"), done = cg_block(cg, "loaded");
    cg_branch_likely(cg, fits(cg, first, s->limit16[k]), fast, slow);
    LLVMPositionBuilderAtEnd(b, fast);
    LLVMValueRef v[2] = {cg_load(cg, vt, cg_index(cg, s->base, first), size_B, s->invariant), NULL};
    LLVMBuildBr(b, done);
    LLVMPositionBuilderAtEnd(b, slow);
    LLVMValueRef mem = lane_memory(cg, 0);
    call_slow(cg, SLOW_LOAD, k, s->base, s->limit[k], first, mem, NULL, mem);
    v[1] = cg_load(cg, vt, mem, 64, false);
    LLVMBasicBlockRef from[2] = {fast, slow};
    LLVMBuildBr(b, done);
    LLVMPositionBuilderAtEnd(b, done);
    LLVMValueRef phi = LLVMBuildPhi(b, vt, "");
    LLVMAddIncoming(phi, v, from, 2);
    return phi;
}

/* 64-bit integers and floats are stored whole; BOOL never is. */
static void
load(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in, const struct cg_space *s, pum_ir_ref off)
{
    const struct pum_ir_inst *oi = pum_ir_at(cg->sh, off);
    const uint32_t size_B = cg_bytes_of((enum pum_ir_type)in->type);
    const unsigned k = log2_of(size_B);
    LLVMTypeRef elem = cg_type(cg, (enum pum_ir_type)in->type);
    if (oi->shape == PUM_IR_UNIFORM) {
        LLVMValueRef o = cg_raw(cg, off), at = cg_index(cg, s->base, o), ok = fits(cg, o, s->limit[k]);
        at = LLVMBuildSelect(cg->b, ok, at, cg->zeros, ""); /* folds where both are constants */
        LLVMValueRef v = cg_load(cg, elem, at, size_B, s->invariant);
        cg_def(cg, r, in->shape == PUM_IR_UNIFORM ? v : cg_splat(cg, v));
        return;
    }
    if (oi->shape == PUM_IR_LINEAR && oi->stride == (int)size_B) {
        cg_def(cg, r, load_linear(cg, s, cg_raw(cg, off), elem, size_B));
        return;
    }
    LLVMValueRef o = cg_vec(cg, off);
    cg_def(cg, r, gather(cg, s, o, fits(cg, o, s->limit[k]), elem, size_B));
}

void
cg_store_lanes(struct cg *cg, LLVMValueRef base, LLVMValueRef off, LLVMValueRef v, LLVMValueRef mask16, uint32_t size_B)
{
    LLVMBuilderRef b = cg->b;
    LLVMTypeRef elem = LLVMGetElementType(LLVMTypeOf(v)), off_t = LLVMGetElementType(LLVMTypeOf(off));
    LLVMValueRef mo = lane_memory(cg, 0), mv = lane_memory(cg, 1);
    cg_store(cg, off, mo, 64);
    cg_store(cg, v, mv, 64);
    if (base && cg->isa < PUM_ISA_V4) {
        call_slow(cg, SLOW_SCATTER, log2_of(size_B), base, cg_i32(cg, 0), cg_i32(cg, 0), mv, mask16, mo);
        return;
    }
    struct cg_lanes l;
    cg_lanes_begin(cg, &l, mask16);
    LLVMValueRef o = cg_load(cg, off_t, element(cg, off_t, mo, l.lane), 4, false);
    LLVMValueRef at = base ? cg_index(cg, base, o) : LLVMBuildIntToPtr(b, o, cg->ptr, "");
    cg_store(cg, cg_load(cg, elem, element(cg, elem, mv, l.lane), size_B, false), at, size_B);
    cg_lanes_end(cg, &l, NULL);
}

static void
scatter(struct cg *cg, const struct cg_space *s, LLVMValueRef off, LLVMValueRef v, LLVMValueRef mask, uint32_t size_B)
{
    if (cg->isa >= PUM_ISA_V4 && size_B >= 4) {
        LLVMValueRef p = addresses(cg, s->base, off);
        LLVMValueRef args[4] = {v, p, cg_i32(cg, size_B), cg_mask(cg, mask)};
        cg_call2(cg, "llvm.masked.scatter", LLVMTypeOf(v), LLVMTypeOf(p), args, 4);
        return;
    }
    cg_store_lanes(cg, s->base, off, v, cg_mask16(cg, mask), size_B);
}

static void
store_linear(struct cg *cg, const struct cg_space *s, LLVMValueRef first, LLVMValueRef v, LLVMValueRef effect, uint32_t size_B)
{
    LLVMBuilderRef b = cg->b;
    const unsigned k = log2_of(size_B);
    if (cg->isa >= PUM_ISA_V4) {
        LLVMValueRef mask = cg_and(cg, effect, fits(cg, linear_offsets(cg, first, size_B), s->limit[k]));
        LLVMValueRef args[4] = {v, linear_address(cg, s, first), cg_i32(cg, size_B), mask};
        cg_call2(cg, "llvm.masked.store", LLVMTypeOf(v), cg->ptr, args, 4);
        return;
    }
    LLVMValueRef all = fits(cg, first, s->limit16[k]);
    const bool masked = effect && cg->isa >= PUM_ISA_V3 && size_B >= 4; /* vmaskmov */
    if (effect && !masked) {
        all = LLVMBuildAnd(b, all, LLVMBuildICmp(b, LLVMIntEQ, cg_mask16(cg, effect), LLVMConstInt(cg->i16, 0xffff, 0), ""), "");
    }
    LLVMBasicBlockRef fast = cg_block(cg, "all"), slow = cg_block(cg, "some"), done = cg_block(cg, "stored");
    cg_branch_likely(cg, all, fast, slow);
    LLVMPositionBuilderAtEnd(b, fast);
    if (masked) {
        LLVMValueRef args[4] = {v, cg_index(cg, s->base, first), cg_i32(cg, size_B), effect};
        cg_call2(cg, "llvm.masked.store", LLVMTypeOf(v), cg->ptr, args, 4);
    } else {
        cg_store(cg, v, cg_index(cg, s->base, first), size_B);
    }
    LLVMBuildBr(b, done);
    LLVMPositionBuilderAtEnd(b, slow);
    LLVMValueRef mem = lane_memory(cg, 1);
    cg_store(cg, v, mem, 64);
    call_slow(cg, SLOW_STORE, k, s->base, s->limit[k], first, mem, effect ? cg_mask16(cg, effect) : NULL, mem);
    LLVMBuildBr(b, done);
    LLVMPositionBuilderAtEnd(b, done);
}

void
cg_store_one(struct cg *cg, LLVMValueRef ok, LLVMValueRef at, LLVMValueRef v, uint32_t size_B)
{
    LLVMBasicBlockRef then = cg_block(cg, "store"), done = cg_block(cg, "stored");
    LLVMBuildCondBr(cg->b, ok, then, done);
    LLVMPositionBuilderAtEnd(cg->b, then);
    cg_store(cg, v, at, size_B);
    LLVMBuildBr(cg->b, done);
    LLVMPositionBuilderAtEnd(cg->b, done);
}

static void
store(struct cg *cg, const struct cg_space *s, pum_ir_ref off, pum_ir_ref value)
{
    const struct pum_ir_inst *oi = pum_ir_at(cg->sh, off), *vi = pum_ir_at(cg->sh, value);
    const uint32_t size_B = cg_bytes_of((enum pum_ir_type)vi->type);
    const unsigned k = log2_of(size_B);
    LLVMValueRef effect = cg_effect_mask(cg);
    if (oi->shape == PUM_IR_UNIFORM && vi->shape == PUM_IR_UNIFORM) {
        LLVMValueRef o = cg_raw(cg, off), ok = fits(cg, o, s->limit[k]);
        cg_store_one(cg, effect ? LLVMBuildAnd(cg->b, ok, cg_any(cg, effect), "") : ok, cg_index(cg, s->base, o), cg_raw(cg, value), size_B);
        return;
    }
    LLVMValueRef v = cg_vec(cg, value);
    if (oi->shape == PUM_IR_LINEAR && oi->stride == (int)size_B) {
        store_linear(cg, s, cg_raw(cg, off), v, effect, size_B);
        return;
    }
    LLVMValueRef o = cg_vec(cg, off);
    scatter(cg, s, o, v, cg_and(cg, effect, fits(cg, o, s->limit[k])), size_B);
}

/* Runs fn once per distinct descriptor of the active lanes (once if all lanes agree). */
static void
with_buffer(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in,
            void (*fn)(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in, const struct cg_space *s))
{
    LLVMBuilderRef b = cg->b;
    const pum_ir_ref d = pum_ir_src(cg->sh, in, 0);
    const struct pum_ir_inst *di = pum_ir_at(cg->sh, d);
    if (di->shape == PUM_IR_UNIFORM) {
        const struct cg_space s = di->op == PUM_IR_DESC && di->n_src == 0 ? entry_space(cg, in, d) : buffer_space(cg, in, cg_raw(cg, d));
        fn(cg, r, in, &s);
        return;
    }
    LLVMValueRef desc = cg_vec(cg, d), saved = cg->exec, acc = NULL, mem = lane_memory(cg, 2);
    const bool result = in->type != PUM_IR_VOID;
    LLVMTypeRef vt = result ? cg_vtype(cg, (enum pum_ir_type)in->type) : NULL;
    if (result) {
        acc = cg_alloca(cg, vt, 64);
        cg_store(cg, LLVMConstNull(vt), acc, 64);
    }
    cg_store(cg, desc, mem, 64);
    struct cg_lanes l;
    cg_lanes_begin(cg, &l, cg_mask16(cg, saved));
    LLVMValueRef one = cg_load(cg, cg->i64, element(cg, cg->i64, mem, l.lane), 8, false);
    LLVMValueRef same = LLVMBuildICmp(b, LLVMIntEQ, desc, cg_splat(cg, one), "");
    cg->exec = LLVMBuildAnd(b, same, cg_mask_from_bits(cg, LLVMBuildZExt(b, l.mask_phi, cg->i32, "")), "");
    LLVMValueRef rest = LLVMBuildAnd(b, l.mask_phi, LLVMBuildNot(b, cg_mask16(cg, cg->exec), ""), "");
    const struct cg_space s = buffer_space(cg, in, one);
    const int32_t spill = cg->spill_off[r];
    cg->spill_off[r] = -1;
    fn(cg, r, in, &s);
    cg->spill_off[r] = spill;
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
load_buffer(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in, const struct cg_space *s)
{
    load(cg, r, in, s, in->src[1]);
}

static void
store_buffer(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in, const struct cg_space *s)
{
    (void)r;
    store(cg, s, in->src[1], in->src[2]);
}

/* Word w of lane l stands at (w * 16 + l) * 4: equal offsets in all lanes are one vector. */
static void
scratch_access(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in, LLVMValueRef base, uint32_t size_B)
{
    LLVMBuilderRef b = cg->b;
    const pum_ir_ref off = in->src[0];
    const uint32_t last_B = size_B >= 4 ? (size_B - 4) & ~3u : 0;
    const bool st = in->op == PUM_IR_ST_SCRATCH || in->op == PUM_IR_ST_TRACE;
    const enum pum_ir_type type = (enum pum_ir_type)(st ? pum_ir_at(cg->sh, in->src[1])->type : in->type);
    LLVMTypeRef elem = cg_type(cg, type), vt = LLVMVectorType(elem, PUM_LANES);
    LLVMValueRef m = cg->exec;
    if (cg_bytes_of(type) != 4 || size_B < 4) {
        cg_fail(cg, "private memory holds 32-bit words only");
        return;
    }
    if (pum_ir_at(cg->sh, off)->shape == PUM_IR_UNIFORM) {
        LLVMValueRef o = cg_raw(cg, off);
        o = LLVMBuildSelect(b, LLVMBuildICmp(b, LLVMIntULE, o, cg_i32(cg, last_B), ""), o, cg_i32(cg, last_B), "");
        o = LLVMBuildZExt(b, LLVMBuildAnd(b, o, cg_i32(cg, ~3u), ""), cg->i64, "");
        LLVMValueRef at = cg_index(cg, base, LLVMBuildShl(b, o, cg_i64(cg, 4), ""));
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
    const struct cg_space s = const_space(cg, base, (last_B + 4) * PUM_LANES);
    if (!st) {
        cg_def(cg, r, gather(cg, &s, o, NULL, elem, 4));
        return;
    }
    scatter(cg, &s, o, cg_vec(cg, in->src[1]), m, 4);
}

/* Slot s of vertex v of lane l stands at ((v * PUM_GS_SLOTS + s) * 16 + l) * 4: where all lanes have emitted as many it is one vector. */
static void
store_vertex(struct cg *cg, const struct pum_ir_inst *in)
{
    LLVMBuilderRef b = cg->b;
    const uint32_t last = cg->sh->info.gs_vertices, row_B = PUM_GS_SLOTS * PUM_LANES * 4;
    LLVMValueRef v = cg_vec(cg, in->src[1]), m = cg->exec;
    if (!cg->vertices || in->imm >= PUM_GS_SLOTS || cg_bytes_of((enum pum_ir_type)pum_ir_at(cg->sh, in->src[1])->type) != 4) {
        cg_fail(cg, "emitted vertex");
        return;
    }
    LLVMValueRef base = cg_offset(cg, cg->vertices, in->imm * PUM_LANES * 4);
    if (pum_ir_at(cg->sh, in->src[0])->shape == PUM_IR_UNIFORM) {
        LLVMValueRef i = cg_raw(cg, in->src[0]);
        i = LLVMBuildSelect(b, LLVMBuildICmp(b, LLVMIntULT, i, cg_i32(cg, last), ""), i, cg_i32(cg, last), "");
        LLVMValueRef at = cg_index(cg, base, LLVMBuildMul(b, LLVMBuildZExt(b, i, cg->i64, ""), cg_i64(cg, row_B), ""));
        if (m) {
            v = LLVMBuildSelect(b, m, v, cg_load(cg, LLVMTypeOf(v), at, 64, false), "");
        }
        cg_store(cg, v, at, 64);
        return;
    }
    LLVMValueRef i = cg_vec(cg, in->src[0]), limit = cg_splat(cg, cg_i32(cg, last));
    i = LLVMBuildSelect(b, LLVMBuildICmp(b, LLVMIntULT, i, limit, ""), i, limit, "");
    LLVMValueRef off = LLVMBuildMul(b, i, cg_splat(cg, cg_i32(cg, row_B)), "");
    off = LLVMBuildAdd(b, off, LLVMBuildShl(b, cg->iota, cg_splat(cg, cg_i32(cg, 2)), ""), "");
    const struct cg_space s = const_space(cg, base, last * row_B + PUM_LANES * 4);
    scatter(cg, &s, off, v, m, 4);
}

static void
buffer_size(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in, const struct cg_space *s)
{
    cg_def(cg, r, in->shape == PUM_IR_UNIFORM ? s->range_B : cg_splat(cg, s->range_B));
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

LLVMValueRef
cg_output(struct cg *cg, uint64_t slot)
{
    if (cg->sh->info.stage == PUM_STAGE_FRAGMENT) {
        return cg_offset(cg, cg->out_slots, slot * 64);
    }
    return cg_index(cg, cg->out_base, LLVMBuildMul(cg->b, cg->out_stride_B, cg_i64(cg, slot), ""));
}

static void
store_output(struct cg *cg, const struct pum_ir_inst *in)
{
    LLVMValueRef v = cg_vec(cg, in->src[0]), at;
    if (cg->sh->info.stage == PUM_STAGE_COMPUTE || pum_ir_type_bits((enum pum_ir_type)pum_ir_at(cg->sh, in->src[0])->type) != 32) {
        cg_fail(cg, "output");
        return;
    }
    at = cg_output(cg, in->imm);
    if (cg->exec) {
        v = LLVMBuildSelect(cg->b, cg->exec, v, cg_load(cg, LLVMTypeOf(v), at, 64, false), "");
    }
    cg_store(cg, v, at, 64);
}

LLVMValueRef
cg_descriptor(struct cg *cg, const struct pum_ir_inst *in)
{
    LLVMBuilderRef b = cg->b;
    const uint32_t set = (uint32_t)in->imm & 0xff;
    LLVMValueRef base = cg_load(cg, cg->i64, cg_offset(cg, cg->p_ctx, offsetof(struct pum_shader_ctx, sets) + set * 8u), 8, true);
    base = LLVMBuildAdd(b, base, cg_i64(cg, in->imm >> 8), "");
    if (in->n_src == 0) {
        return in->shape == PUM_IR_VARYING ? cg_splat(cg, base) : base;
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
    return LLVMBuildAdd(b, base, LLVMBuildMul(b, i, step, ""), "");
}

bool
cg_mem(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in)
{
    LLVMBuilderRef b = cg->b;
    switch ((enum pum_ir_op)in->op) {
    case PUM_IR_DESC:
        cg_def(cg, r, cg_descriptor(cg, in));
        return true;
    case PUM_IR_LD_BUF:
        if (is_padded_load(cg->sh, in)) {
            LLVMValueRef at = cg_offset(cg, padded_base(cg, in->src[0]), pum_ir_at(cg->sh, in->src[1])->imm);
            LLVMValueRef v = cg_load(cg, cg_type(cg, (enum pum_ir_type)in->type), at, 4, true);
            cg_def(cg, r, in->shape == PUM_IR_VARYING ? cg_splat(cg, v) : v);
            return true;
        }
        with_buffer(cg, r, in, load_buffer);
        return true;
    case PUM_IR_ST_BUF:
        with_buffer(cg, r, in, store_buffer);
        return true;
    case PUM_IR_ATOM_BUF:
        with_buffer(cg, r, in, cg_atomic_buffer);
        return true;
    case PUM_IR_BUF_SIZE:
        with_buffer(cg, r, in, buffer_size);
        return true;
    case PUM_IR_LD_SHARED: {
        const struct cg_space s = const_space(cg, cg->shared, cg->sh->info.shared_B);
        load(cg, r, in, &s, in->src[0]);
        return true;
    }
    case PUM_IR_ST_SHARED: {
        const struct cg_space s = const_space(cg, cg->shared, cg->sh->info.shared_B);
        store(cg, &s, in->src[0], in->src[1]);
        return true;
    }
    case PUM_IR_ATOM_SHARED: {
        const struct cg_space s = const_space(cg, cg->shared, cg->sh->info.shared_B);
        cg_atomic(cg, r, in, &s, 0);
        return true;
    }
    case PUM_IR_LD_GLOBAL:
        cg_load_global(cg, r, in);
        return true;
    case PUM_IR_ST_GLOBAL:
        cg_store_global(cg, in);
        return true;
    case PUM_IR_ATOM_GLOBAL:
        cg_atomic(cg, r, in, NULL, 0);
        return true;
    case PUM_IR_LD_PUSH: {
        struct cg_space s = const_space(cg, cg_load(cg, cg->ptr, cg_offset(cg, cg->p_ctx, offsetof(struct pum_shader_ctx, push)), 8, true),
                                     PUM_MAX_PUSH_B);
        s.invariant = true;
        load(cg, r, in, &s, in->src[0]);
        return true;
    }
    case PUM_IR_LD_SCRATCH:
    case PUM_IR_ST_SCRATCH:
        scratch_access(cg, r, in, cg->scratch, cg->sh->info.private_B);
        return true;
    case PUM_IR_LD_TRACE:
    case PUM_IR_ST_TRACE: {
        uint32_t size_B;
        LLVMValueRef base = cg_trace_space(cg, in->imm, &size_B);
        scratch_access(cg, r, in, base, size_B);
        return true;
    }
    case PUM_IR_LD_IN:
        if (pum_ir_type_bits((enum pum_ir_type)in->type) != 32 || cg->sh->info.stage == PUM_STAGE_COMPUTE ||
            in->imm >= (cg->sh->info.stage == PUM_STAGE_FRAGMENT   ? cg->sh->info.n_fs_inputs
                        : cg->sh->info.stage == PUM_STAGE_GEOMETRY ? PUM_GS_IN_VERTICES * PUM_VS_SLOTS
                        : cg->sh->info.stage == PUM_STAGE_RAYGEN   ? PUM_ROW_SLOTS
                                                                   : PUM_MAX_LOCATIONS * 4u)) {
            cg_fail(cg, "input");
        } else if (cg->sh->info.stage == PUM_STAGE_FRAGMENT) {
            fragment_input(cg, r, in);
        } else {
            LLVMTypeRef vt = cg_vtype(cg, (enum pum_ir_type)in->type);
            const bool ray = cg->sh->info.stage == PUM_STAGE_RAYGEN;
            cg_def(cg, r, cg_load(cg, vt, ray ? cg_trace_input(cg, in->imm) : cg_offset(cg, cg->in_base, in->imm * 64), 64, false));
        }
        return true;
    case PUM_IR_LD_IN_AT:
        cg_input_at(cg, r, in);
        return true;
    case PUM_IR_LD_IN_VERTEX:
        cg_input_vertex(cg, r, in);
        return true;
    case PUM_IR_SAMPLE_POS:
        cg_sample_pos(cg, r, in);
        return true;
    case PUM_IR_ST_OUT:
        store_output(cg, in);
        return true;
    case PUM_IR_ST_VERTEX:
        store_vertex(cg, in);
        return true;
    case PUM_IR_DEMOTE:
        if (cg->live) {
            LLVMValueRef live = cg_mem_load(cg, cg->v_i1, cg->live);
            live = cg->exec ? LLVMBuildAnd(b, live, LLVMBuildNot(b, cg->exec, ""), "") : LLVMConstNull(cg->v_i1);
            cg_mem_store(cg, live, cg->live);
        }
        return true;
    case PUM_IR_IS_HELPER: {
        LLVMValueRef m = LLVMConstNull(cg->v_i1);
        if (cg->live) {
            m = LLVMBuildNot(b, LLVMBuildAnd(b, cg->cover, cg_mem_load(cg, cg->v_i1, cg->live), ""), "");
        }
        cg_def(cg, r, in->shape == PUM_IR_VARYING ? m : LLVMBuildExtractElement(b, m, cg_i32(cg, 0), ""));
        return true;
    }
    case PUM_IR_PRINT:
        cg_print(cg, in);
        return true;
    case PUM_IR_MEM_BARRIER:
        LLVMBuildFence(b, LLVMAtomicOrderingAcquireRelease, 0, "");
        return true;
    default:
        return false;
    }
}
