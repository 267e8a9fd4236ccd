/* Fragment inputs away from the place where the shader runs. */
#include <stddef.h>

#include "jit/cg.h"

/* The same operations as for the pixel's own place, one after the other. */
static LLVMValueRef
plane_at(struct cg *cg, uint64_t index, LLVMValueRef x, LLVMValueRef y)
{
    LLVMBuilderRef b = cg->b;
    LLVMValueRef plane = cg_offset(cg, cg->plane_base, index * sizeof(struct pum_plane));
    LLVMValueRef v0 = cg_splat(cg, cg_load(cg, cg->f32, plane, 4, true));
    LLVMValueRef dx = cg_splat(cg, cg_load(cg, cg->f32, cg_offset(cg, plane, 4), 4, true));
    LLVMValueRef dy = cg_splat(cg, cg_load(cg, cg->f32, cg_offset(cg, plane, 8), 4, true));
    LLVMValueRef v = LLVMBuildFAdd(b, v0, LLVMBuildFMul(b, dx, x, ""), "");
    return LLVMBuildFAdd(b, v, LLVMBuildFMul(b, dy, y, ""), "");
}

void
cg_input_at(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in)
{
    LLVMBuilderRef b = cg->b;
    const enum pum_interp interp = (enum pum_interp)cg->sh->info.fs_inputs[in->imm].interp;
    if (interp == PUM_INTERP_FLAT) {
        LLVMValueRef flat = cg_offset(cg, cg->plane_base, (PUM_FS_PLANE_INPUTS + in->imm) * sizeof(struct pum_plane) + offsetof(struct pum_plane, flat));
        LLVMValueRef v = cg_load(cg, cg_type(cg, (enum pum_ir_type)in->type), flat, 4, true);
        cg_def(cg, r, in->shape == PUM_IR_UNIFORM ? v : cg_splat(cg, v));
        return;
    }
    LLVMValueRef x = LLVMBuildFAdd(b, cg->corner_x, cg_vec(cg, in->src[0]), ""), y = LLVMBuildFAdd(b, cg->corner_y, cg_vec(cg, in->src[1]), "");
    LLVMValueRef v = plane_at(cg, PUM_FS_PLANE_INPUTS + in->imm, x, y);
    if (interp == PUM_INTERP_PERSPECTIVE) {
        LLVMValueRef ones = cg_splat(cg, LLVMConstReal(cg->f32, 1.0));
        v = LLVMBuildFMul(b, v, LLVMBuildFDiv(b, ones, plane_at(cg, PUM_FS_PLANE_RHW, x, y), ""), "");
    }
    cg_def(cg, r, in->type == PUM_IR_F32 ? v : LLVMBuildBitCast(b, v, cg_vtype(cg, (enum pum_ir_type)in->type), ""));
}

void
cg_input_vertex(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in)
{
    const uint64_t plane_B = (PUM_FS_PLANE_INPUTS + (in->imm & 0xffff)) * sizeof(struct pum_plane);
    LLVMValueRef at = cg_offset(cg, cg->plane_base, plane_B + offsetof(struct pum_plane, v) + 4 * (in->imm >> 16));
    LLVMValueRef v = cg_load(cg, cg_type(cg, (enum pum_ir_type)in->type), at, 4, true);
    cg_def(cg, r, in->shape == PUM_IR_UNIFORM ? v : cg_splat(cg, v));
}

/* A read of the caller's table, lane by lane. */
void
cg_sample_pos(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in)
{
    LLVMBuilderRef b = cg->b;
    LLVMValueRef table = cg_load(cg, cg->ptr, cg_offset(cg, cg->p_args, offsetof(struct pum_fs_args, sample_pos)), 8, true);
    LLVMValueRef at = in->shape == PUM_IR_UNIFORM ? cg_raw(cg, in->src[0]) : cg_vec(cg, in->src[0]);
    LLVMValueRef v = in->shape == PUM_IR_UNIFORM ? NULL : LLVMGetUndef(cg->v_f32);
    for (unsigned l = 0; l < (v ? PUM_LANES : 1u); l++) {
        LLVMValueRef i = v ? LLVMBuildExtractElement(b, at, cg_i32(cg, l), "") : at;
        i = LLVMBuildAnd(b, i, cg_i32(cg, PUM_MAX_SAMPLES - 1), "");
        LLVMValueRef off = LLVMBuildAdd(b, LLVMBuildShl(b, LLVMBuildZExt(b, i, cg->i64, ""), cg_i64(cg, 3), ""), cg_i64(cg, in->imm * 4), "");
        LLVMValueRef p = cg_load(cg, cg->f32, cg_index(cg, table, off), 4, true);
        if (!v) {
            cg_def(cg, r, p);
            return;
        }
        v = LLVMBuildInsertElement(b, v, p, cg_i32(cg, l), "");
    }
    cg_def(cg, r, v);
}
