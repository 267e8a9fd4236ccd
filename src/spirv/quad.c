/* Groups of four invocations: derivatives of compute shaders, votes.
 *
 * In compute shaders the lanes 4 k to 4 k + 3 are a quad. Where quads are squares of local ids, invocations are given to lanes quad by quad:
 * the machine's own numbers go on counting lanes, and LocalInvocationIndex and the ids are made from them. SPEC: shaders-scope-quad;
 * SPV_KHR_compute_shader_derivatives.
 */
#include "spirv/sv.h"

void
sv_quad_mode(struct sv *s, uint32_t mode)
{
    if (s->opt->stage != PUM_STAGE_COMPUTE) {
        sv_fail(s, PUM_SPIRV_INVALID, "derivative groups in this stage");
        return;
    }
    s->sh->info.needs_quads = true;
    s->quads_in_rows = mode == SpvExecutionModeDerivativeGroupQuadsKHR;
}

void
sv_check_quads(struct sv *s)
{
    const uint32_t *size = s->sh->info.local_size;
    const bool whole = s->quads_in_rows ? size[0] % 2 == 0 && size[1] % 2 == 0 : size[0] * size[1] * size[2] % 4 == 0;
    if (s->sh->info.needs_quads && !whole) { /* SPEC: VUID-StandaloneSpirv-DerivativeGroupQuadsKHR-10151, DerivativeGroupLinearKHR-10152 */
        sv_fail(s, PUM_SPIRV_INVALID, "workgroups of %ux%ux%u are no whole derivative groups", size[0], size[1], size[2]);
    }
}

void
sv_need_quads(struct sv *s)
{
    if (!pum_quad_step(&s->sh->info)) {
        sv_fail(s, PUM_SPIRV_INVALID, "derivative without a derivative group");
    }
}

static pum_ir_ref
lane_index(struct sv *s)
{
    return pum_ir_emit0(&s->b, PUM_IR_SYSVAL, PUM_IR_I32, PUM_SYSVAL_LOCAL_INDEX);
}

pum_ir_ref
sv_local_id(struct sv *s, uint32_t axis)
{
    const enum pum_ir_type t = PUM_IR_I32;
    if (!s->quads_in_rows) {
        return pum_ir_emit0(&s->b, PUM_IR_SYSVAL, t, PUM_SYSVAL_LOCAL_ID | (uint64_t)axis << 8);
    }
    const uint32_t *size = s->sh->info.local_size;
    const pum_ir_ref lane = lane_index(s), across = sv_u32(s, size[0] / 2), down = sv_u32(s, size[1] / 2), one = sv_u32(s, 1);
    const pum_ir_ref quad = SV_E2(USHR, t, lane, sv_u32(s, 2)), row = SV_E2(UDIV, t, quad, across);
    if (axis == 2) {
        return SV_E2(UDIV, t, row, down);
    }
    const pum_ir_ref place = axis == 0 ? SV_E2(UREM, t, quad, across) : SV_E2(UREM, t, row, down);
    const pum_ir_ref within = SV_E2(AND, t, axis == 0 ? lane : SV_E2(USHR, t, lane, one), one);
    return SV_E2(OR, t, SV_E2(SHL, t, place, one), within);
}

pum_ir_ref
sv_local_index(struct sv *s)
{
    if (!s->quads_in_rows) {
        return lane_index(s);
    }
    const uint32_t *size = s->sh->info.local_size;
    const pum_ir_ref layer = sv_iadd(s, sv_local_id(s, 1), sv_imul(s, sv_local_id(s, 2), size[1]));
    return sv_iadd(s, sv_local_id(s, 0), sv_imul(s, layer, size[0]));
}

/* Clusters of four are quads in all stages. */
pum_ir_ref
sv_quad_vote(struct sv *s, pum_ir_ref predicate, bool all)
{
    const pum_ir_ref x = SV_E3(SELECT, PUM_IR_I32, predicate, sv_u32(s, 1), sv_u32(s, 0));
    const pum_ir_ref r = pum_ir_emit(&s->b, PUM_IR_SG_REDUCE, PUM_IR_I32, 1, &x, (uint64_t)(all ? PUM_REDUCE_AND : PUM_REDUCE_OR) | 2u << 8);
    return SV_E2(INE, PUM_IR_BOOL, r, sv_u32(s, 0));
}
