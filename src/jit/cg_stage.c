/* The frame of each stage: the loop over batches, blocks or workgroups, system values, outputs. */
#include <stddef.h>
#include <string.h>

#include "abi/tracing.h"
#include "jit/cg.h"

static LLVMValueRef
arg_ptr(struct cg *cg, uint64_t off_B)
{
    return cg_load(cg, cg->ptr, cg_offset(cg, cg->p_args, off_B), 8, true);
}

static LLVMValueRef
arg_i32(struct cg *cg, uint64_t off_B)
{
    return cg_load(cg, cg->i32, cg_offset(cg, cg->p_args, off_B), 4, true);
}

static LLVMValueRef
arg_f32(struct cg *cg, uint64_t off_B)
{
    return cg_load(cg, cg->f32, cg_offset(cg, cg->p_args, off_B), 4, true);
}

static LLVMValueRef
const_vec_f(struct cg *cg, const float v[PUM_LANES])
{
    LLVMValueRef c[PUM_LANES];
    for (int i = 0; i < PUM_LANES; i++) {
        c[i] = LLVMConstReal(cg->f32, (double)v[i]);
    }
    return LLVMConstVector(c, PUM_LANES);
}

/* for (i = 0; i < count; i++) { ... }: begin returns i; end closes. */
struct count_loop {
    LLVMBasicBlockRef head, latch, done;
    LLVMValueRef i;
};

static void
count_begin(struct cg *cg, struct count_loop *l, LLVMValueRef count)
{
    LLVMBasicBlockRef from = LLVMGetInsertBlock(cg->b);
    l->head = cg_block(cg, "each");
    LLVMBasicBlockRef body = cg_block(cg, "body");
    l->latch = cg_block(cg, "next");
    l->done = cg_block(cg, "done");
    LLVMBuildBr(cg->b, l->head);
    LLVMPositionBuilderAtEnd(cg->b, l->head);
    l->i = LLVMBuildPhi(cg->b, cg->i32, "");
    LLVMValueRef zero = cg_i32(cg, 0);
    LLVMAddIncoming(l->i, &zero, &from, 1);
    LLVMBuildCondBr(cg->b, LLVMBuildICmp(cg->b, LLVMIntULT, l->i, count, ""), body, l->done);
    LLVMPositionBuilderAtEnd(cg->b, body);
}

static void
count_end(struct cg *cg, struct count_loop *l)
{
    LLVMBuildBr(cg->b, l->latch);
    LLVMPositionBuilderAtEnd(cg->b, l->latch);
    LLVMValueRef next = LLVMBuildAdd(cg->b, l->i, cg_i32(cg, 1), "");
    LLVMAddIncoming(l->i, &next, &l->latch, 1);
    LLVMBuildBr(cg->b, l->head);
    LLVMPositionBuilderAtEnd(cg->b, l->done);
}

static bool
sees_dead_lanes(const struct pum_ir_shader *sh)
{
    for (pum_ir_ref r = 1; r < sh->n_insts; r++) {
        const uint8_t op = sh->insts[r].op;
        if (((op >= PUM_IR_SG_ELECT && op <= PUM_IR_SG_REDUCE) || op == PUM_IR_LD_GLOBAL || op == PUM_IR_RAY) && sh->insts[r].block) {
            return true;
        }
    }
    return false;
}

/* Outputs that only some paths write must not show what was in memory before. */
static void
zero_outputs(struct cg *cg)
{
    const struct pum_ir_shader *sh = cg->sh;
    const bool fragment = sh->info.stage == PUM_STAGE_FRAGMENT;
    uint8_t state[PUM_VS_SLOTS] = {0}; /* 1 written somewhere, 2 written always */
    const uint32_t slots = fragment ? PUM_FS_SLOTS : PUM_VS_SLOTS;
    for (struct pum_ir_node *n = sh->body.first; n; n = pum_ir_next_block(n)) {
        for (pum_ir_ref r = n->first_inst; r; r = sh->insts[r].next) {
            if (sh->insts[r].op == PUM_IR_ST_OUT) {
                if (sh->insts[r].imm >= slots) {
                    cg_fail(cg, "output slot");
                    return;
                }
                state[sh->insts[r].imm] |= n->list->owner ? 1 : 2;
            }
        }
    }
    for (uint32_t i = 0; fragment && i < PUM_MAX_RENDER_TARGETS * 4; i++) { /* targets read all components of a location */
        state[i] |= sh->info.color_mask >> (i / 4) & 1;
    }
    for (uint32_t i = 0; i < 4 && fragment && sh->info.color1_written; i++) {
        state[PUM_FS_COLOR1 + i] |= 1;
    }
    for (uint32_t i = 0; i < slots; i++) {
        if (state[i] == 1) {
            cg_store(cg, LLVMConstNull(cg->v_i32), cg_output(cg, i), 64);
        }
    }
}

static void
emit_vertex(struct cg *cg)
{
    LLVMBuilderRef b = cg->b;
    LLVMValueRef in = arg_ptr(cg, offsetof(struct pum_vs_args, in));
    LLVMValueRef out = arg_ptr(cg, offsetof(struct pum_vs_args, out));
    LLVMValueRef in_slots = arg_i32(cg, offsetof(struct pum_vs_args, in_slots));
    LLVMValueRef vi = arg_ptr(cg, offsetof(struct pum_vs_args, vertex_index));
    LLVMValueRef ii = arg_ptr(cg, offsetof(struct pum_vs_args, instance_index));
    LLVMValueRef stride = LLVMBuildZExt(b, arg_i32(cg, offsetof(struct pum_vs_args, out_stride)), cg->i64, "");
    cg->out_stride_B = LLVMBuildShl(b, stride, cg_i64(cg, 2), "");
    LLVMValueRef in_step = LLVMBuildShl(b, LLVMBuildZExt(b, in_slots, cg->i64, ""), cg_i64(cg, 6), "");
    LLVMValueRef vertices = arg_i32(cg, offsetof(struct pum_vs_args, vertices));
    cg->sysval[PUM_SYSVAL_BASE_VERTEX][0] = arg_i32(cg, offsetof(struct pum_vs_args, base_vertex));
    cg->sysval[PUM_SYSVAL_BASE_INSTANCE][0] = arg_i32(cg, offsetof(struct pum_vs_args, base_instance));
    cg->sysval[PUM_SYSVAL_DRAW_INDEX][0] = arg_i32(cg, offsetof(struct pum_vs_args, draw_index));
    cg->sysval[PUM_SYSVAL_VIEW_INDEX][0] = arg_i32(cg, offsetof(struct pum_vs_args, view_index));
    if (cg->sh->info.shared_B) {
        cg->shared = arg_ptr(cg, offsetof(struct pum_vs_args, shared));
    }
    struct count_loop l;
    count_begin(cg, &l, arg_i32(cg, offsetof(struct pum_vs_args, batches)));
    LLVMValueRef i64 = LLVMBuildZExt(b, l.i, cg->i64, "");
    cg->in_base = cg_index(cg, in, LLVMBuildMul(b, i64, in_step, ""));
    LLVMValueRef off = LLVMBuildShl(b, i64, cg_i64(cg, 6), "");
    cg->out_base = cg_index(cg, out, off);
    cg->sysval[PUM_SYSVAL_VERTEX_INDEX][0] = cg_load(cg, cg->v_i32, cg_index(cg, vi, off), 4, true);
    cg->sysval[PUM_SYSVAL_INSTANCE_INDEX][0] = cg_load(cg, cg->v_i32, cg_index(cg, ii, off), 4, true);
    cg->sysval[PUM_SYSVAL_SUBGROUP_LANE][0] = cg_i32(cg, 0);
    zero_outputs(cg);
    if (cg->sh->info.has_side_effects || sees_dead_lanes(cg->sh)) { /* lanes beyond the last vertex must not write; otherwise they only compute */
        LLVMValueRef first = LLVMBuildShl(b, l.i, cg_i32(cg, 4), "");
        LLVMValueRef left = LLVMBuildSub(b, vertices, first, "");
        cg->exec = LLVMBuildICmp(b, LLVMIntULT, cg->iota, cg_splat(cg, left), "");
    }
    cg_body(cg);
    cg->exec = NULL;
    count_end(cg, &l);
}

static void
emit_geometry(struct cg *cg)
{
    LLVMBuilderRef b = cg->b;
    cg->in_base = arg_ptr(cg, offsetof(struct pum_gs_args, in));
    cg->vertices = arg_ptr(cg, offsetof(struct pum_gs_args, out));
    cg->out_base = arg_ptr(cg, offsetof(struct pum_gs_args, count));
    cg->out_stride_B = cg_i64(cg, PUM_LANES * 4);
    cg->sysval[PUM_SYSVAL_VIEW_INDEX][0] = arg_i32(cg, offsetof(struct pum_gs_args, view_index));
    cg->sysval[PUM_SYSVAL_PRIMITIVE_ID][0] = cg_load(cg, cg->v_i32, arg_ptr(cg, offsetof(struct pum_gs_args, primitive_id)), 64, true);
    cg->sysval[PUM_SYSVAL_INVOCATION_ID][0] = cg_load(cg, cg->v_i32, arg_ptr(cg, offsetof(struct pum_gs_args, invocation_id)), 64, true);
    cg->sysval[PUM_SYSVAL_SUBGROUP_LANE][0] = cg_i32(cg, 0);
    if (cg->sh->info.has_side_effects || sees_dead_lanes(cg->sh)) { /* as with vertices */
        LLVMValueRef lanes = arg_i32(cg, offsetof(struct pum_gs_args, lanes));
        cg->exec = LLVMBuildICmp(b, LLVMIntULT, cg->iota, cg_splat(cg, lanes), "");
    }
    cg_body(cg);
    cg->exec = NULL;
}

/* Column (0) or row (1) of the lanes in their block. */
static LLVMValueRef
lane_vec(struct cg *cg, int axis)
{
    float v[PUM_LANES];
    for (int i = 0; i < PUM_LANES; i++) {
        v[i] = (float)(axis ? i >> 2 : i & 3);
    }
    return const_vec_f(cg, v);
}

static bool
uses_place(const struct pum_ir_shader *sh)
{
    for (pum_ir_ref r = 1; r < sh->n_insts; r++) {
        if (sh->insts[r].op == PUM_IR_LD_IN_AT && sh->insts[r].block) {
            return true;
        }
    }
    return false;
}

/* What the primitive covers of the block, asked from the caller. */
static void
fragment_coverage(struct cg *cg, LLVMValueRef block)
{
    LLVMTypeRef types[3] = {cg->ptr, cg->ptr, cg->ptr};
    LLVMValueRef args[3] = {cg->p_args, block, cg->fs_coverage};
    LLVMValueRef fn = arg_ptr(cg, offsetof(struct pum_fs_args, coverage));
    LLVMBuildCall2(cg->b, LLVMFunctionType(cg->void_, types, 3, 0), fn, args, 3, "");
    cg->sysval[PUM_SYSVAL_SAMPLE_MASK_IN][0] =
        cg_load(cg, cg->v_i32, cg_offset(cg, cg->fs_coverage, offsetof(struct pum_fs_coverage, mask_in)), 64, false);
    for (unsigned i = 0; i < 2; i++) {
        const uint64_t at = offsetof(struct pum_fs_coverage, centroid) + i * sizeof(float) * PUM_LANES;
        cg->sysval[PUM_SYSVAL_CENTROID][i] = cg_load(cg, cg->v_f32, cg_offset(cg, cg->fs_coverage, at), 64, false);
    }
}

static void
fragment_prologue(struct cg *cg, LLVMValueRef tile_x, LLVMValueRef tile_y)
{
    LLVMBuilderRef b = cg->b;
    const struct pum_shader_info *info = &cg->sh->info;
    LLVMValueRef bx = cg_splat(cg, LLVMBuildShl(b, cg->block_x, cg_i32(cg, 2), ""));
    LLVMValueRef by = cg_splat(cg, LLVMBuildShl(b, cg->block_y, cg_i32(cg, 2), ""));
    bx = LLVMBuildSIToFP(b, bx, cg->v_f32, "");
    by = LLVMBuildSIToFP(b, by, cg->v_f32, "");
    cg->rel_x = LLVMBuildFAdd(b, bx, cg->lane_pos[0], "");
    cg->rel_y = LLVMBuildFAdd(b, by, cg->lane_pos[1], "");
    if (uses_place(cg->sh)) {
        cg->corner_x = LLVMBuildFAdd(b, bx, lane_vec(cg, 0), "");
        cg->corner_y = LLVMBuildFAdd(b, by, lane_vec(cg, 1), "");
    }
    bool persp = info->uses_frag_coord;
    for (uint32_t i = 0; i < info->n_fs_inputs; i++) {
        persp = persp || info->fs_inputs[i].interp == PUM_INTERP_PERSPECTIVE;
    }
    LLVMValueRef plane[4] = {0};
    const bool wanted[4] = {persp, info->uses_frag_coord, info->uses_point_coord, info->uses_point_coord};
    for (int p = 0; p < 4; p++) {
        if (wanted[p]) {
            LLVMValueRef at = cg_offset(cg, cg->plane_base, (uint64_t)p * sizeof(struct pum_plane));
            LLVMValueRef v = cg_splat(cg, cg_load(cg, cg->f32, at, 4, true));
            LLVMValueRef dx = cg_splat(cg, cg_load(cg, cg->f32, cg_offset(cg, at, 4), 4, true));
            LLVMValueRef dy = cg_splat(cg, cg_load(cg, cg->f32, cg_offset(cg, at, 8), 4, true));
            v = LLVMBuildFAdd(b, v, LLVMBuildFMul(b, dx, cg->rel_x, ""), "");
            plane[p] = LLVMBuildFAdd(b, v, LLVMBuildFMul(b, dy, cg->rel_y, ""), "");
        }
    }
    if (persp) {
        LLVMValueRef ones = cg_splat(cg, LLVMConstReal(cg->f32, 1.0));
        cg->inv_w = LLVMBuildFDiv(b, ones, plane[PUM_FS_PLANE_RHW], "");
    }
    if (info->uses_frag_coord) {
        LLVMValueRef tx = cg_splat(cg, LLVMBuildSIToFP(b, tile_x, cg->f32, ""));
        LLVMValueRef ty = cg_splat(cg, LLVMBuildSIToFP(b, tile_y, cg->f32, ""));
        cg->sysval[PUM_SYSVAL_FRAG_COORD][0] = LLVMBuildFAdd(b, tx, cg->rel_x, "");
        cg->sysval[PUM_SYSVAL_FRAG_COORD][1] = LLVMBuildFAdd(b, ty, cg->rel_y, "");
        cg->sysval[PUM_SYSVAL_FRAG_COORD][2] = plane[PUM_FS_PLANE_Z];
        cg->sysval[PUM_SYSVAL_FRAG_COORD][3] = plane[PUM_FS_PLANE_RHW];
    }
    if (info->uses_point_coord) {
        cg->sysval[PUM_SYSVAL_POINT_COORD][0] = plane[PUM_FS_PLANE_POINT_S];
        cg->sysval[PUM_SYSVAL_POINT_COORD][1] = plane[PUM_FS_PLANE_POINT_T];
    }
}

/* What waits for the shader, then each colour target's routine. */
static void
fragment_epilogue(struct cg *cg, LLVMValueRef block)
{
    LLVMBuilderRef b = cg->b;
    const struct pum_shader_info *info = &cg->sh->info;
    LLVMValueRef m = LLVMBuildAnd(b, cg->cover, cg_mem_load(cg, cg->v_i1, cg->live), "");
    LLVMValueRef mask = LLVMBuildZExt(b, LLVMBuildBitCast(b, m, cg->i16, ""), cg->i32, "");
    LLVMBasicBlockRef test = cg_block(cg, "late"), color = cg_block(cg, "color"), at = LLVMGetInsertBlock(b), done = cg_block(cg, "written");
    LLVMValueRef late = arg_ptr(cg, offsetof(struct pum_fs_args, late));
    LLVMValueRef any = LLVMBuildICmp(b, LLVMIntNE, mask, cg_i32(cg, 0), "");
    LLVMValueRef has_late = LLVMBuildICmp(b, LLVMIntNE, late, LLVMConstNull(cg->ptr), "");
    LLVMBuildCondBr(b, LLVMBuildAnd(b, has_late, any, ""), test, color);
    LLVMPositionBuilderAtEnd(b, test);
    LLVMTypeRef types[4] = {cg->ptr, cg->ptr, cg->i32, cg->ptr};
    LLVMValueRef null = LLVMConstNull(cg->ptr);
    LLVMValueRef args[4] = {cg->p_args, block, mask, cg->out_slots};
    LLVMValueRef tested = LLVMBuildCall2(b, LLVMFunctionType(cg->i32, types, 4, 0), late, args, 4, "");
    LLVMBuildBr(b, color);
    LLVMPositionBuilderAtEnd(b, color);
    LLVMValueRef phi = LLVMBuildPhi(b, cg->i32, "");
    LLVMAddIncoming(phi, &mask, &at, 1);
    LLVMAddIncoming(phi, &tested, &test, 1);
    LLVMBasicBlockRef write = cg_block(cg, "write");
    LLVMBuildCondBr(b, LLVMBuildICmp(b, LLVMIntNE, phi, cg_i32(cg, 0), ""), write, done);
    LLVMPositionBuilderAtEnd(b, write);
    LLVMValueRef targets = arg_ptr(cg, offsetof(struct pum_fs_args, targets));
    for (uint32_t i = 0; i < PUM_MAX_RENDER_TARGETS; i++) {
        if (!(info->color_mask & (1u << i))) {
            continue;
        }
        LLVMValueRef t = cg_offset(cg, targets, i * sizeof(struct pum_fs_target));
        LLVMValueRef fn = cg_load(cg, cg->ptr, cg_offset(cg, t, offsetof(struct pum_fs_target, write)), 8, true);
        LLVMTypeRef wt[6] = {cg->ptr, cg->i32, cg->i32, cg->i32, cg->ptr, cg->ptr};
        LLVMValueRef wa[6] = {t, cg->block_x, cg->block_y, phi, cg_offset(cg, cg->out_slots, (PUM_FS_COLOR + i * 4) * 64),
                              info->color1_written && i == 0 ? cg_offset(cg, cg->out_slots, PUM_FS_COLOR1 * 64) : null};
        LLVMBuildCall2(b, LLVMFunctionType(cg->void_, wt, 6, 0), fn, wa, 6, "");
    }
    LLVMBuildBr(b, done);
    LLVMPositionBuilderAtEnd(b, done);
}

static void
emit_fragment(struct cg *cg)
{
    LLVMBuilderRef b = cg->b;
    cg->plane_base = arg_ptr(cg, offsetof(struct pum_fs_args, planes));
    LLVMValueRef blocks = arg_ptr(cg, offsetof(struct pum_fs_args, blocks));
    LLVMValueRef tile_x = arg_i32(cg, offsetof(struct pum_fs_args, tile_x)), tile_y = arg_i32(cg, offsetof(struct pum_fs_args, tile_y));
    LLVMValueRef front = arg_i32(cg, offsetof(struct pum_fs_args, front_facing));
    cg->sysval[PUM_SYSVAL_FRONT_FACING][0] = LLVMBuildICmp(b, LLVMIntNE, front, cg_i32(cg, 0), "");
    cg->sysval[PUM_SYSVAL_PRIMITIVE_ID][0] = arg_i32(cg, offsetof(struct pum_fs_args, primitive_id));
    cg->sysval[PUM_SYSVAL_LAYER][0] = arg_i32(cg, offsetof(struct pum_fs_args, layer));
    cg->sysval[PUM_SYSVAL_VIEWPORT_INDEX][0] = arg_i32(cg, offsetof(struct pum_fs_args, viewport_index));
    cg->sysval[PUM_SYSVAL_VIEW_INDEX][0] = arg_i32(cg, offsetof(struct pum_fs_args, view_index));
    cg->sysval[PUM_SYSVAL_SAMPLE_ID][0] = arg_i32(cg, offsetof(struct pum_fs_args, sample_id));
    for (int i = 0; i < 2; i++) {
        LLVMValueRef pos = arg_f32(cg, offsetof(struct pum_fs_args, pos) + 4u * (unsigned)i);
        cg->sysval[PUM_SYSVAL_SAMPLE_POS][i] = pos;
        cg->lane_pos[i] = LLVMBuildFAdd(b, lane_vec(cg, i), cg_splat(cg, pos), "");
    }
    cg->sysval[PUM_SYSVAL_SAMPLE_MASK_IN][0] = cg_splat(cg, cg_i32(cg, 1)); /* unless the shader's info says that it wants to know */
    cg->sysval[PUM_SYSVAL_CENTROID][0] = cg->sysval[PUM_SYSVAL_CENTROID][1] = cg_splat(cg, LLVMConstReal(cg->f32, 0.5));
    if (cg->sh->info.uses_coverage) {
        cg->fs_coverage = cg_alloca(cg, LLVMArrayType(cg->v_i32, sizeof(struct pum_fs_coverage) / 64), 64);
    }
    cg->live = cg_alloca(cg, cg_mem_type(cg, cg->v_i1), 64);
    cg->out_slots = cg_alloca(cg, LLVMArrayType(cg->v_i32, PUM_FS_SLOTS), 64);
    struct count_loop l;
    count_begin(cg, &l, arg_i32(cg, offsetof(struct pum_fs_args, block_count)));
    LLVMValueRef block = cg_index(cg, blocks, LLVMBuildShl(b, LLVMBuildZExt(b, l.i, cg->i64, ""), cg_i64(cg, 2), ""));
    cg->block_x = LLVMBuildZExt(b, cg_load(cg, cg->i8, block, 1, false), cg->i32, "");
    cg->block_y = LLVMBuildZExt(b, cg_load(cg, cg->i8, cg_offset(cg, block, 1), 1, false), cg->i32, "");
    cg->cover = cg_mask_from_bits(cg, LLVMBuildZExt(b, cg_load(cg, cg->i16, cg_offset(cg, block, 2), 2, false), cg->i32, ""));
    cg_mem_store(cg, LLVMConstAllOnes(cg->v_i1), cg->live);
    fragment_prologue(cg, tile_x, tile_y);
    if (cg->sh->info.uses_coverage) {
        fragment_coverage(cg, block);
    }
    LLVMValueRef ids[PUM_LANES];
    for (uint32_t lane = 0; lane < PUM_LANES; lane++) {
        ids[lane] = cg_i32(cg, pum_quad_order(lane));
    }
    cg->sysval[PUM_SYSVAL_SUBGROUP_LANE][0] = LLVMConstVector(ids, PUM_LANES);
    zero_outputs(cg);
    cg_body(cg);
    cg->exec = NULL;
    fragment_epilogue(cg, block);
    count_end(cg, &l);
}

/* Local ids of subgroup `sg`, in the form that uniformity decided on. */
static void
compute_ids(struct cg *cg, LLVMValueRef sg, const LLVMValueRef group[3])
{
    LLVMBuilderRef b = cg->b;
    const uint32_t *size = cg->sh->info.local_size;
    LLVMValueRef first = LLVMBuildShl(b, sg, cg_i32(cg, 4), "");
    cg->sysval[PUM_SYSVAL_LOCAL_INDEX][0] = first;
    cg->sysval[PUM_SYSVAL_SUBGROUP_LANE][0] = cg_i32(cg, 0);
    cg->sysval[PUM_SYSVAL_SUBGROUP_ID][0] = sg;
    const bool rows = size[0] % PUM_LANES == 0 || (size[1] == 1 && size[2] == 1);
    LLVMValueRef index = rows ? first : LLVMBuildAdd(b, cg_splat(cg, first), cg->iota, "");
    LLVMValueRef id[3];
    LLVMValueRef sx = cg_i32(cg, size[0]), sy = cg_i32(cg, size[1]);
    if (!rows) {
        sx = cg_splat(cg, sx);
        sy = cg_splat(cg, sy);
    }
    id[0] = LLVMBuildURem(b, index, sx, "");
    LLVMValueRef yz = LLVMBuildUDiv(b, index, sx, "");
    id[1] = LLVMBuildURem(b, yz, sy, "");
    id[2] = LLVMBuildUDiv(b, yz, sy, "");
    for (int i = 0; i < 3; i++) {
        if (size[i] == 1) {
            id[i] = cg_i32(cg, 0);
        }
        cg->sysval[PUM_SYSVAL_LOCAL_ID][i] = id[i];
        LLVMValueRef origin = LLVMBuildMul(b, group[i], cg_i32(cg, size[i]), "");
        const bool vec = LLVMGetTypeKind(LLVMTypeOf(id[i])) == LLVMVectorTypeKind;
        cg->sysval[PUM_SYSVAL_GLOBAL_ID][i] = LLVMBuildAdd(b, vec ? cg_splat(cg, origin) : origin, id[i], "");
    }
}

static void
emit_compute(struct cg *cg, uint32_t *scratch_B)
{
    LLVMBuilderRef b = cg->b;
    const struct pum_shader_info *info = &cg->sh->info;
    const uint32_t threads = info->local_size[0] * info->local_size[1] * info->local_size[2];
    const uint32_t subgroups = (threads + PUM_LANES - 1) / PUM_LANES;
    const uint32_t private_B = (uint32_t)pum_private_area_B(info);
    cg->shared = arg_ptr(cg, offsetof(struct pum_cs_args, shared));
    LLVMValueRef scratch = cg->scratch;
    LLVMValueRef group0[3], group[3];
    for (int i = 0; i < 3; i++) {
        group0[i] = arg_i32(cg, offsetof(struct pum_cs_args, group) + 4u * (unsigned)i);
        cg->sysval[PUM_SYSVAL_NUM_WORKGROUPS][i] = arg_i32(cg, offsetof(struct pum_cs_args, num_groups) + 4u * (unsigned)i);
        group[i] = group0[i];
    }
    cg->sysval[PUM_SYSVAL_NUM_SUBGROUPS][0] = cg_i32(cg, subgroups);
    if (cg->split) {
        cg->next_state = cg_alloca(cg, cg->i32, 4);
        cg->exec_spill = cg->spill_B;
        cg->spill_B += 64;
    }
    struct count_loop groups, sgs;
    count_begin(cg, &groups, arg_i32(cg, offsetof(struct pum_cs_args, group_count)));
    group[0] = LLVMBuildAdd(b, group0[0], groups.i, "");
    for (int i = 0; i < 3; i++) {
        cg->sysval[PUM_SYSVAL_WORKGROUP_ID][i] = group[i];
    }
    LLVMBasicBlockRef state_head = NULL, from = LLVMGetInsertBlock(b);
    LLVMValueRef state = NULL, spill_size = NULL;
    if (cg->split) {
        state_head = cg_block(cg, "state");
        LLVMBuildBr(b, state_head);
        LLVMPositionBuilderAtEnd(b, state_head);
        state = LLVMBuildPhi(b, cg->i32, "");
        LLVMValueRef zero = cg_i32(cg, 0);
        LLVMAddIncoming(state, &zero, &from, 1);
        /* The spill size is known at the end: a placeholder that is replaced then. */
        spill_size = LLVMBuildLoad2(b, cg->i32, cg->zeros, "spill_size");
    }
    count_begin(cg, &sgs, cg_i32(cg, subgroups));
    if (cg->split) {
        LLVMValueRef base = cg_index(cg, scratch, LLVMBuildMul(b, sgs.i, spill_size, ""));
        cg->spill = cg_offset(cg, base, private_B);
        cg->scratch = base;
    }
    compute_ids(cg, sgs.i, group);
    if (threads % PUM_LANES) {
        LLVMValueRef left = LLVMBuildSub(b, cg_i32(cg, threads), LLVMBuildShl(b, sgs.i, cg_i32(cg, 4), ""), "");
        cg->exec = LLVMBuildICmp(b, LLVMIntULT, cg->iota, cg_splat(cg, left), "");
    }
    cg->entry_exec = cg->exec;
    if (cg->split) {
        LLVMBasicBlockRef start = cg_block(cg, "start"), bad = cg_block(cg, "bad");
        cg->state_switch = LLVMBuildSwitch(b, state, bad, 16);
        LLVMAddCase(cg->state_switch, cg_i32(cg, 0), start);
        LLVMPositionBuilderAtEnd(b, bad);
        LLVMBuildUnreachable(b);
        LLVMPositionBuilderAtEnd(b, start);
        cg->sg_latch = sgs.latch;
    }
    cg_body(cg);
    if (cg->split) {
        cg_store(cg, cg_i32(cg, UINT32_MAX), cg->next_state, 4);
    }
    cg->exec = NULL;
    count_end(cg, &sgs);
    if (cg->split) {
        LLVMValueRef next = cg_load(cg, cg->i32, cg->next_state, 4, false);
        LLVMBasicBlockRef after = cg_block(cg, "group_done"), at = LLVMGetInsertBlock(b);
        LLVMAddIncoming(state, &next, &at, 1);
        LLVMBuildCondBr(b, LLVMBuildICmp(b, LLVMIntEQ, next, cg_i32(cg, UINT32_MAX), ""), after, state_head);
        LLVMPositionBuilderAtEnd(b, after);
        const uint32_t per_sg_B = PUM_ALIGN_UP(private_B + cg->spill_B, 64u);
        LLVMReplaceAllUsesWith(spill_size, cg_i32(cg, per_sg_B));
        *scratch_B = per_sg_B * subgroups;
    }
    count_end(cg, &groups);
}

void
cg_function_attributes(struct cg *cg, LLVMValueRef fn)
{
    static const char *const attrs[][2] = {{"prefer-vector-width", "512"}, {"min-legal-vector-width", "512"}};
    for (unsigned i = 0; i < 2 && cg->isa >= PUM_ISA_V4; i++) { /* or a tuning might split vectors in two */
        LLVMAddAttributeAtIndex(fn, LLVMAttributeFunctionIndex,
                                LLVMCreateStringAttribute(cg->ctx, attrs[i][0], (unsigned)strlen(attrs[i][0]), attrs[i][1], 3));
    }
    LLVMAddAttributeAtIndex(fn, LLVMAttributeFunctionIndex, LLVMCreateEnumAttribute(cg->ctx, LLVMGetEnumAttributeKindForName("nounwind", 8), 0));
}

bool
cg_function(struct cg *cg, uint32_t *scratch_B)
{
    const struct pum_shader_info *info = &cg->sh->info;
    LLVMTypeRef params[3] = {cg->ptr, cg->ptr, cg->ptr};
    cg->fn = LLVMAddFunction(cg->mod, cg->sh->name ? cg->sh->name : "shader", LLVMFunctionType(cg->void_, params, 3, 0));
    cg_function_attributes(cg, cg->fn);
    cg_debug_begin(cg);
    cg->p_ctx = LLVMGetParam(cg->fn, 1);
    cg->p_args = LLVMGetParam(cg->fn, 2);
    LLVMBasicBlockRef allocas = cg_block(cg, "entry"), pre = cg_block(cg, "pre"), start = cg_block(cg, "start");
    LLVMPositionBuilderAtEnd(cg->entry_b, allocas);
    LLVMPositionBuilderAtEnd(cg->pre_b, pre);
    LLVMPositionBuilderAtEnd(cg->b, start);

    LLVMValueRef zero = LLVMAddGlobal(cg->mod, LLVMArrayType(cg->i8, 64), "zeros");
    LLVMSetInitializer(zero, LLVMConstNull(LLVMArrayType(cg->i8, 64)));
    LLVMSetGlobalConstant(zero, 1);
    LLVMSetLinkage(zero, LLVMPrivateLinkage);
    LLVMSetAlignment(zero, 64);
    cg->zeros = zero;
    LLVMValueRef iota[PUM_LANES];
    for (unsigned i = 0; i < PUM_LANES; i++) {
        iota[i] = cg_i32(cg, i);
    }
    cg->iota = LLVMConstVector(iota, PUM_LANES);
    cg->rt = cg_load(cg, cg->ptr, cg_offset(cg, cg->p_ctx, offsetof(struct pum_shader_ctx, rt)), 8, true);
    LLVMValueRef stop = cg_load(cg, cg->ptr, cg_offset(cg, cg->p_ctx, offsetof(struct pum_shader_ctx, stop)), 8, true);
    cg->stop = LLVMBuildSelect(cg->b, LLVMBuildIsNull(cg->b, stop, ""), cg->zeros, stop, "stop");
    *scratch_B = (uint32_t)pum_private_area_B(info);
    const uint64_t scratch_off = info->stage == PUM_STAGE_VERTEX     ? offsetof(struct pum_vs_args, scratch)
                                 : info->stage == PUM_STAGE_FRAGMENT ? offsetof(struct pum_fs_args, scratch)
                                 : info->stage == PUM_STAGE_GEOMETRY ? offsetof(struct pum_gs_args, scratch)
                                 : info->stage == PUM_STAGE_RAYGEN   ? offsetof(struct pum_tracing_args, scratch)
                                                                     : offsetof(struct pum_cs_args, scratch);
    cg->scratch = arg_ptr(cg, scratch_off);
    cg_plan(cg);
    switch ((enum pum_stage)info->stage) {
    case PUM_STAGE_VERTEX:
        emit_vertex(cg);
        break;
    case PUM_STAGE_FRAGMENT:
        emit_fragment(cg);
        break;
    case PUM_STAGE_COMPUTE:
        emit_compute(cg, scratch_B);
        break;
    case PUM_STAGE_GEOMETRY:
        emit_geometry(cg);
        break;
    case PUM_STAGE_RAYGEN:
        cg_trace_stage(cg);
        break;
    case PUM_STAGE_TESS_CONTROL:
    case PUM_STAGE_TESS_EVALUATION:
    case PUM_STAGE_TASK:
    case PUM_STAGE_MESH:
    case PUM_STAGE_MISS: /* pum_stage_code */
    case PUM_STAGE_CLOSEST_HIT:
    case PUM_STAGE_ANY_HIT:
    case PUM_STAGE_INTERSECTION:
    case PUM_STAGE_CALLABLE:
    case PUM_STAGE_COUNT:
        cg_fail(cg, "stage");
    }
    LLVMBuildRetVoid(cg->b);
    if (cg->stopped) {
        LLVMPositionBuilderAtEnd(cg->b, cg->stopped);
        cg_stopped(cg);
    }
    LLVMBuildBr(cg->entry_b, pre);
    LLVMBuildBr(cg->pre_b, start);
    cg_debug_end(cg);
    return !cg->failed;
}
