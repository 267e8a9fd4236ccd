/* Texture and image operations: fill an argument block, call the run-time library, read the result. */
#include <stddef.h>

#include "jit/cg.h"

#define TEX(field) offsetof(struct pum_tex_args, field)
#define IMG(field) offsetof(struct pum_img_args, field)

static LLVMValueRef
rt_function(struct cg *cg, uint64_t off_B)
{
    return cg_load(cg, cg->ptr, cg_offset(cg, cg->rt, off_B), 8, true);
}

static void
put(struct cg *cg, LLVMValueRef block, uint64_t off_B, pum_ir_ref r)
{
    cg_store(cg, cg_vec(cg, r), cg_offset(cg, block, off_B), 64);
}

static void
put_i32(struct cg *cg, LLVMValueRef block, uint64_t off_B, LLVMValueRef v)
{
    cg_store(cg, v, cg_offset(cg, block, off_B), 4);
}

/* Calls fn(img[, smp], block) once per distinct pair of descriptors; result vectors (n of them at out_B) are merged by lane. */
static void
call(struct cg *cg, LLVMValueRef fn, pum_ir_ref img, pum_ir_ref smp, bool has_smp_arg, LLVMValueRef block, uint64_t mask_B,
     uint64_t out_B, uint32_t n, LLVMValueRef mask, LLVMValueRef out[4])
{
    LLVMBuilderRef b = cg->b;
    LLVMTypeRef types[3] = {cg->ptr, cg->ptr, cg->ptr};
    LLVMTypeRef ft = LLVMFunctionType(cg->void_, types, has_smp_arg ? 3 : 2, 0);
    const bool div_img = pum_ir_at(cg->sh, img)->shape != PUM_IR_UNIFORM;
    const bool div_smp = smp && pum_ir_at(cg->sh, smp)->shape != PUM_IR_UNIFORM;
    LLVMValueRef null = LLVMConstNull(cg->ptr);
    if (!div_img && !div_smp) {
        put_i32(cg, block, mask_B, LLVMBuildZExt(b, cg_mask16(cg, mask), cg->i32, ""));
        LLVMValueRef args[3] = {LLVMBuildIntToPtr(b, cg_raw(cg, img), cg->ptr, "")};
        unsigned k = 1;
        if (has_smp_arg) {
            args[k++] = smp ? LLVMBuildIntToPtr(b, cg_raw(cg, smp), cg->ptr, "") : null;
        }
        args[k++] = block;
        LLVMBuildCall2(b, ft, fn, args, k, "");
        for (uint32_t i = 0; i < n; i++) {
            out[i] = cg_load(cg, cg->v_i32, cg_offset(cg, block, out_B + 64 * i), 64, false);
        }
        return;
    }
    LLVMValueRef acc = n ? cg_alloca(cg, LLVMArrayType(cg->v_i32, n), 64) : NULL;
    for (uint32_t i = 0; i < n; i++) {
        cg_store(cg, LLVMConstNull(cg->v_i32), cg_offset(cg, acc, 64 * i), 64);
    }
    LLVMValueRef vi = cg_vec(cg, img), vs = smp ? cg_vec(cg, smp) : NULL;
    struct cg_lanes l;
    cg_lanes_begin(cg, &l, cg_mask16(cg, mask));
    LLVMValueRef di = LLVMBuildExtractElement(b, vi, l.lane, "");
    LLVMValueRef ds = vs ? LLVMBuildExtractElement(b, vs, l.lane, "") : NULL;
    LLVMValueRef same = LLVMBuildICmp(b, LLVMIntEQ, vi, cg_splat(cg, di), "");
    if (vs) {
        same = LLVMBuildAnd(b, same, LLVMBuildICmp(b, LLVMIntEQ, vs, cg_splat(cg, ds), ""), "");
    }
    same = LLVMBuildAnd(b, same, LLVMBuildBitCast(b, l.mask_phi, cg->v_i1, ""), "");
    LLVMValueRef same16 = cg_mask16(cg, same);
    LLVMValueRef rest = LLVMBuildAnd(b, l.mask_phi, LLVMBuildNot(b, same16, ""), "");
    put_i32(cg, block, mask_B, LLVMBuildZExt(b, same16, cg->i32, ""));
    LLVMValueRef args[3] = {LLVMBuildIntToPtr(b, di, cg->ptr, "")};
    unsigned k = 1;
    if (has_smp_arg) {
        args[k++] = ds ? LLVMBuildIntToPtr(b, ds, cg->ptr, "") : null;
    }
    args[k++] = block;
    LLVMBuildCall2(b, ft, fn, args, k, "");
    for (uint32_t i = 0; i < n; i++) {
        LLVMValueRef got = cg_load(cg, cg->v_i32, cg_offset(cg, block, out_B + 64 * i), 64, false);
        LLVMValueRef at = cg_offset(cg, acc, 64 * i);
        cg_store(cg, LLVMBuildSelect(b, same, got, cg_load(cg, cg->v_i32, at, 64, false), ""), at, 64);
    }
    cg_lanes_end(cg, &l, rest);
    for (uint32_t i = 0; i < n; i++) {
        out[i] = cg_load(cg, cg->v_i32, cg_offset(cg, acc, 64 * i), 64, false);
    }
}

/* The most common operations, arguments and result in registers (struct pum_rt_table). False: not one of them. */
static bool
texture_2d(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in, struct pum_tex_op op)
{
    const bool implicit = op.kind == PUM_TEX_SAMPLE && cg->sh->info.stage == PUM_STAGE_FRAGMENT && op.flags == PUM_TEX_HAS_SAMPLER_BIT;
    const bool lod = op.kind == PUM_TEX_SAMPLE_LOD && op.flags == (PUM_TEX_HAS_SAMPLER_BIT | PUM_TEX_HAS_LOD_BIT);
    if (cg->isa < PUM_ISA_V4 || !(implicit || lod) || op.dim != PUM_VIEW_2D || op.n_coord != 2 || op.n_grad != 2 || in->shape == PUM_IR_UNIFORM) {
        return false;
    }
    const pum_ir_ref img = pum_ir_src(cg->sh, in, 0), smp = pum_ir_src(cg->sh, in, 1);
    if (pum_ir_at(cg->sh, img)->shape != PUM_IR_UNIFORM || pum_ir_at(cg->sh, smp)->shape != PUM_IR_UNIFORM) {
        return false;
    }
    const unsigned regcall = 92; /* number of LLVM's calling convention */
    LLVMTypeRef results[4] = {cg->v_f32, cg->v_f32, cg->v_f32, cg->v_f32};
    LLVMTypeRef types[6] = {cg->ptr, cg->ptr, cg->i32, cg->v_f32, cg->v_f32, cg->v_f32};
    LLVMTypeRef ft = LLVMFunctionType(LLVMStructTypeInContext(cg->ctx, results, 4, 0), types, lod ? 6 : 5, 0);
    LLVMValueRef args[6] = {LLVMBuildIntToPtr(cg->b, cg_raw(cg, img), cg->ptr, ""), LLVMBuildIntToPtr(cg->b, cg_raw(cg, smp), cg->ptr, ""),
                            LLVMBuildZExt(cg->b, cg_mask16(cg, cg->exec), cg->i32, "")};
    for (uint32_t k = 0; k < (lod ? 3u : 2u); k++) {
        args[3 + k] = cg_vec(cg, pum_ir_src(cg->sh, in, 2 + k));
    }
    LLVMValueRef fn = rt_function(cg, lod ? offsetof(struct pum_rt_table, tex2d_lod) : offsetof(struct pum_rt_table, tex2d));
    LLVMValueRef call = LLVMBuildCall2(cg->b, ft, fn, args, lod ? 6 : 5, "");
    LLVMSetInstructionCallConv(call, regcall);
    for (unsigned k = 0; k < 4; k++) {
        cg->tuple[r][k] = LLVMBuildBitCast(cg->b, LLVMBuildExtractValue(cg->b, call, k, ""), cg->v_i32, "");
    }
    cg_def_tuple(cg, r);
    return true;
}

static void
texture(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in)
{
    const struct pum_tex_op op = pum_tex_unpack(in->imm);
    if (texture_2d(cg, r, in, op)) {
        return;
    }
    if (!cg->tex_args) {
        cg->tex_args = cg_alloca(cg, LLVMArrayType(cg->i8, sizeof(struct pum_tex_args)), 64);
    }
    LLVMValueRef block = cg->tex_args;
    uint32_t i = 0;
    const pum_ir_ref img = pum_ir_src(cg->sh, in, i++);
    const pum_ir_ref smp = op.flags & PUM_TEX_HAS_SAMPLER_BIT ? pum_ir_src(cg->sh, in, i++) : 0;
    cg_store(cg, cg_i64(cg, in->imm & 0xffffffffu), cg_offset(cg, block, 0), 8); /* kind, dim, n_coord, n_grad */
    put_i32(cg, block, TEX(op) + offsetof(struct pum_tex_op, comp), cg_i32(cg, (uint32_t)op.comp | (uint32_t)op.flags << 16));
    put_i32(cg, block, TEX(quad_step), cg_i32(cg, pum_quad_step(&cg->sh->info)));
    for (uint32_t k = 0; k < op.n_coord; k++) {
        put(cg, block, TEX(coord) + 64 * k, pum_ir_src(cg->sh, in, i++));
    }
    if (op.flags & PUM_TEX_HAS_DREF_BIT) {
        put(cg, block, TEX(dref), pum_ir_src(cg->sh, in, i++));
    }
    if (op.flags & PUM_TEX_HAS_LOD_BIT) {
        put(cg, block, TEX(lod), pum_ir_src(cg->sh, in, i++));
    } else if (op.kind == PUM_TEX_FETCH || op.kind == PUM_TEX_QUERY_SIZE) {
        cg_store(cg, LLVMConstNull(cg->v_i32), cg_offset(cg, block, TEX(lod)), 64);
    }
    if (op.flags & PUM_TEX_HAS_GRAD_BIT) {
        for (uint32_t k = 0; k < op.n_grad; k++) {
            put(cg, block, TEX(ddx) + 64 * k, pum_ir_src(cg->sh, in, i++));
        }
        for (uint32_t k = 0; k < op.n_grad; k++) {
            put(cg, block, TEX(ddy) + 64 * k, pum_ir_src(cg->sh, in, i++));
        }
    }
    const uint32_t offsets = op.flags & PUM_TEX_GATHER_OFFSETS_BIT ? 8 : op.flags & PUM_TEX_HAS_OFFSET_BIT ? op.n_grad : 0;
    for (uint32_t k = 0; k < offsets; k++) {
        put(cg, block, TEX(offset) + 64 * k, pum_ir_src(cg->sh, in, i++));
    }
    if (op.flags & PUM_TEX_HAS_SAMPLE_BIT) {
        put(cg, block, TEX(sample), pum_ir_src(cg->sh, in, i++));
    }
    if (op.flags & PUM_TEX_HAS_MIN_LOD_BIT) {
        put(cg, block, TEX(min_lod), pum_ir_src(cg->sh, in, i++));
    }
    LLVMValueRef fn = rt_function(cg, offsetof(struct pum_rt_table, tex));
    /* A result that all lanes share is taken from lane 0, active or not. */
    call(cg, fn, img, smp, true, block, TEX(mask), TEX(out), 4, in->shape == PUM_IR_UNIFORM ? NULL : cg->exec, cg->tuple[r]);
    cg_def_tuple(cg, r);
}

/* Source of an operation that always has more than the inline ones. */
static pum_ir_ref
src(struct cg *cg, const struct pum_ir_inst *in, uint32_t i)
{
    return i < in->n_src && in->n_src > PUM_IR_INLINE_SRC ? cg->sh->extra[in->src[0] + i] : 0;
}

/* Coordinates (and sample index) of an image operation. */
static uint32_t
image_coords(struct cg *cg, const struct pum_ir_inst *in, LLVMValueRef block)
{
    for (uint32_t k = 0; k < 3; k++) {
        put(cg, block, IMG(coord) + 64 * k, src(cg, in, 1 + k));
    }
    put(cg, block, IMG(sample), src(cg, in, 4));
    return 5;
}

#define RAY(field) offsetof(struct pum_ray_args, field)

static void
ray(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in)
{
    LLVMBuilderRef b = cg->b;
    const struct pum_shader_info *info = &cg->sh->info;
    if (!info->rays) { /* nothing to reset */
        return;
    }
    if (!cg->ray_args) {
        cg->ray_args = cg_alloca(cg, LLVMArrayType(cg->i8, sizeof(struct pum_ray_args)), 64);
    }
    LLVMValueRef block = cg->ray_args;
    cg_store(cg, cg_offset(cg, cg->scratch, pum_rays_at_B(info)), cg_offset(cg, block, RAY(rays)), 8);
    put_i32(cg, block, RAY(n_rays), cg_i32(cg, info->rays));
    put_i32(cg, block, RAY(imm), cg_i32(cg, (uint32_t)in->imm));
    put_i32(cg, block, RAY(mask), LLVMBuildZExt(b, cg_mask16(cg, cg_global_load_mask(cg)), cg->i32, ""));
    put(cg, block, RAY(number), pum_ir_src(cg->sh, in, 0));
    for (uint32_t i = 1, word = 0; i < in->n_src; i++) {
        const pum_ir_ref src_i = pum_ir_src(cg->sh, in, i);
        if (pum_ir_at(cg->sh, src_i)->type == PUM_IR_I64) { /* an address */
            LLVMValueRef v = cg_vec(cg, src_i), high = LLVMBuildLShr(b, v, cg_splat(cg, cg_i64(cg, 32)), "");
            cg_store(cg, LLVMBuildTrunc(b, v, cg->v_i32, ""), cg_offset(cg, block, RAY(in) + 64 * word++), 64);
            cg_store(cg, LLVMBuildTrunc(b, high, cg->v_i32, ""), cg_offset(cg, block, RAY(in) + 64 * word++), 64);
        } else {
            put(cg, block, RAY(in) + 64 * word++, src_i);
        }
    }
    LLVMTypeRef ft = LLVMFunctionType(cg->void_, &cg->ptr, 1, 0);
    LLVMBuildCall2(b, ft, rt_function(cg, offsetof(struct pum_rt_table, ray)), &block, 1, "");
    if (in->type == PUM_IR_TUPLE) {
        for (uint32_t k = 0; k < 4; k++) {
            cg->tuple[r][k] = cg_load(cg, cg->v_i32, cg_offset(cg, block, RAY(out) + 64 * k), 64, false);
        }
        cg_def_tuple(cg, r);
    }
}

bool
cg_tex(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in)
{
    switch ((enum pum_ir_op)in->op) {
    case PUM_IR_RAY:
        ray(cg, r, in);
        return true;
    case PUM_IR_TEX:
        texture(cg, r, in);
        return true;
    case PUM_IR_EXTRACT: {
        const pum_ir_ref t = in->src[0];
        LLVMValueRef v = cg->tuple ? cg->tuple[t][in->imm & 3] : NULL;
        if (cg->split && cg->region[t] != cg->region_now && cg->spill_off[t] >= 0) {
            v = cg_load(cg, cg->v_i32, cg_offset(cg, cg->spill, (uint64_t)cg->spill_off[t] + 64 * (in->imm & 3)), 64, false);
        }
        if (!v) {
            cg_fail(cg, "extract from a value without components");
            v = LLVMConstNull(cg->v_i32);
        }
        if (in->type == PUM_IR_F32) {
            v = LLVMBuildBitCast(cg->b, v, cg->v_f32, "");
        }
        if (in->shape == PUM_IR_UNIFORM) { /* sizes */
            v = LLVMBuildExtractElement(cg->b, v, cg_i32(cg, 0), "");
        }
        cg_def(cg, r, v);
        return true;
    }
    case PUM_IR_IMG_LOAD:
    case PUM_IR_IMG_STORE:
    case PUM_IR_IMG_ATOMIC:
        break;
    default:
        return false;
    }
    if (!cg->img_args) {
        cg->img_args = cg_alloca(cg, LLVMArrayType(cg->i8, sizeof(struct pum_img_args)), 64);
    }
    LLVMValueRef block = cg->img_args, out[4];
    uint32_t i = image_coords(cg, in, block);
    const pum_ir_ref img = src(cg, in, 0);
    if (in->op == PUM_IR_IMG_LOAD) {
        LLVMValueRef fn = rt_function(cg, offsetof(struct pum_rt_table, img_load));
        call(cg, fn, img, 0, false, block, IMG(mask), IMG(data), 4, cg->exec, cg->tuple[r]);
        cg_def_tuple(cg, r);
        return true;
    }
    if (in->op == PUM_IR_IMG_STORE) {
        for (uint32_t k = 0; k < 4; k++) {
            put(cg, block, IMG(data) + 64 * k, src(cg, in, i++));
        }
        LLVMValueRef fn = rt_function(cg, offsetof(struct pum_rt_table, img_store));
        call(cg, fn, img, 0, false, block, IMG(mask), 0, 0, cg_effect_mask(cg), out);
        return true;
    }
    put_i32(cg, block, IMG(atomic), cg_i32(cg, (uint32_t)in->imm));
    for (uint32_t k = 0; i < in->n_src; k++) {
        put(cg, block, IMG(data) + 64 * k, src(cg, in, i++));
    }
    LLVMValueRef fn = rt_function(cg, offsetof(struct pum_rt_table, img_atomic));
    if (in->type == PUM_IR_TUPLE) {
        call(cg, fn, img, 0, false, block, IMG(mask), IMG(data), 4, cg_effect_mask(cg), cg->tuple[r]);
        cg_def_tuple(cg, r);
        return true;
    }
    call(cg, fn, img, 0, false, block, IMG(mask), IMG(data), 1, cg_effect_mask(cg), out);
    cg_def(cg, r, in->type == PUM_IR_F32 ? LLVMBuildBitCast(cg->b, out[0], cg->v_f32, "") : out[0]);
    return true;
}
