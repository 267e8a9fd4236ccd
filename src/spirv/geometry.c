/* Geometry shaders. The vertices of a lane make a list; emitting one writes all outputs of its stream to the next place and moves on. What
 * would be too many all go to one place behind the others. SPEC: geometry. */
#include "spirv/sv.h"

static void
store_var(struct sv *s, uint32_t var, pum_ir_ref v)
{
    pum_ir_emit(&s->b, PUM_IR_ST_VAR, PUM_IR_VOID, 1, &v, var);
}

static void
store_slot(struct sv *s, pum_ir_ref index, pum_ir_ref v, uint32_t slot)
{
    const pum_ir_ref src[2] = {index, v};
    pum_ir_emit(&s->b, PUM_IR_ST_VERTEX, PUM_IR_VOID, 2, src, slot);
}

/* A scalar, as vertex shaders hand it on. */
static void
store_scalar(struct sv *s, pum_ir_ref index, pum_ir_ref v, uint32_t slot, bool is_signed)
{
    const enum pum_ir_type t = (enum pum_ir_type)pum_ir_at(s->sh, v)->type;
    if (pum_ir_type_bits(t) == 64) {
        pum_ir_ref half[2];
        sv_split64(s, v, half);
        if (slot + 1 >= PUM_VS_SLOTS) {
            sv_fail(s, PUM_SPIRV_INVALID, "64-bit output");
            return;
        }
        store_slot(s, index, half[0], slot);
        store_slot(s, index, half[1], slot + 1);
    } else if (t == PUM_IR_F16) {
        store_slot(s, index, SV_E1(F2F, PUM_IR_F32, v), slot);
    } else if (t != PUM_IR_BOOL) {
        store_slot(s, index, t == PUM_IR_I16 || t == PUM_IR_I8 ? sv_int_to(s, v, PUM_IR_I32, is_signed) : v, slot);
    } else {
        sv_fail(s, PUM_SPIRV_INVALID, "boolean output");
    }
}

void
sv_begin_geometry(struct sv *s)
{
    const struct pum_shader_info *info = &s->sh->info;
    if (!info->gs_in_vertices || !info->gs_out_vertices || !s->has_max_vertices) {
        sv_fail(s, PUM_SPIRV_INVALID, "execution modes of the geometry shader");
        return;
    }
    s->gs_count = pum_ir_add_var(s->sh, PUM_IR_I32);
    for (uint32_t i = 0; i < PUM_MAX_STREAMS; i++) {
        s->gs_start[i] = pum_ir_add_var(s->sh, PUM_IR_I32);
        store_var(s, s->gs_start[i], sv_u32(s, 1));
    }
    for (uint32_t k = 0; k < s->n_interface && sv_ok(s); k++) { /* they are written out before all places that store to them are known */
        const struct sv_id *d = sv_id(s, s->interface[k]);
        if (d->kind == SV_VAR && d->storage == SpvStorageClassOutput) {
            sv_make_variable(s, s->interface[k]);
        }
    }
}

static void
emit_vertex(struct sv *s, uint32_t stream)
{
    const pum_ir_ref index = pum_ir_emit0(&s->b, PUM_IR_LD_VAR, PUM_IR_I32, s->gs_count);
    for (uint32_t k = 0; k < s->n_interface && sv_ok(s); k++) {
        uint32_t type, n;
        const pum_ir_ref *v = sv_load_output(s, s->interface[k], &type, &n);
        for (uint32_t c = 0; v && c < n && sv_ok(s); c++) {
            const struct sv_place p = sv_interface_place(s, sv_id(s, s->interface[k]), c);
            const uint32_t slot = p.stream == stream ? sv_vertex_slot(s, &p) : UINT32_MAX;
            if (slot != UINT32_MAX) {
                store_scalar(s, index, v[c], slot, sv_scalar_type(s, type, c)->is_signed);
            }
        }
    }
    const pum_ir_ref start = pum_ir_emit0(&s->b, PUM_IR_LD_VAR, PUM_IR_I32, s->gs_start[stream]);
    store_slot(s, index, SV_E2(OR, PUM_IR_I32, start, sv_u32(s, stream << 1)), PUM_GS_FLAGS);
    store_var(s, s->gs_start[stream], sv_u32(s, 0));
    store_var(s, s->gs_count, SV_E2(UMIN, PUM_IR_I32, SV_E2(IADD, PUM_IR_I32, index, sv_u32(s, 1)), sv_u32(s, s->sh->info.gs_vertices)));
    s->sh->info.gs_streams |= (uint8_t)(1u << stream);
}

void
sv_geometry_op(struct sv *s, uint32_t i, uint32_t op)
{
    uint32_t stream = 0;
    const bool given = op == SpvOpEmitStreamVertex || op == SpvOpEndStreamPrimitive;
    if (s->opt->stage != PUM_STAGE_GEOMETRY || (given && !sv_const_u32(s, sv_arg(s, i, 0), &stream)) || stream >= PUM_MAX_STREAMS) {
        sv_fail(s, PUM_SPIRV_INVALID, "stream %u", stream);
        return;
    }
    if (op == SpvOpEmitVertex || op == SpvOpEmitStreamVertex) {
        emit_vertex(s, stream);
    } else {
        store_var(s, s->gs_start[stream], sv_u32(s, 1));
    }
}

/* Outputs that nothing stores to are not written after all. */
static void
drop_unwritten(struct sv *s)
{
    struct pum_shader_info *info = &s->sh->info;
    for (uint32_t k = 0; k < s->n_interface && sv_ok(s); k++) {
        const struct sv_id *d = sv_id(s, s->interface[k]);
        if (d->kind != SV_VAR || d->storage != SpvStorageClassOutput || !d->live) {
            continue;
        }
        const uint32_t type = sv_type(s, d->type)->elem, n = sv_type(s, type)->scalars;
        for (uint32_t c = 0; c < n && sv_ok(s); c++) {
            const struct sv_place p = sv_interface_place(s, d, c);
            const uint32_t slot = d->stored && d->stored[c] ? sv_vertex_slot(s, &p) : UINT32_MAX;
            if (slot >= PUM_VS_SLOTS) {
                continue;
            }
            if (p.builtin == SpvBuiltInClipDistance) {
                info->clip_distances = (uint8_t)PUM_MAX(info->clip_distances, p.index + 1);
            } else if (p.builtin == SpvBuiltInCullDistance) {
                info->cull_distances = (uint8_t)PUM_MAX(info->cull_distances, p.index + 1);
            }
            info->out_slots[slot / 64] |= (uint64_t)1 << (slot % 64);
            if (sv_scalar_type(s, type, c)->bits == 64 && slot + 1 < PUM_VS_SLOTS) {
                info->out_slots[(slot + 1) / 64] |= (uint64_t)1 << ((slot + 1) % 64);
            }
        }
    }
    for (pum_ir_ref r = 1; r < s->sh->n_insts && sv_ok(s); r++) {
        const struct pum_ir_inst *in = pum_ir_at(s->sh, r);
        if (in->op == PUM_IR_ST_VERTEX && in->block && in->imm < PUM_VS_SLOTS && !(info->out_slots[in->imm / 64] >> (in->imm % 64) & 1)) {
            pum_ir_remove(s->sh, r);
        }
    }
}

void
sv_end_geometry(struct sv *s)
{
    if (!s->dead) {
        const pum_ir_ref count = pum_ir_emit0(&s->b, PUM_IR_LD_VAR, PUM_IR_I32, s->gs_count);
        pum_ir_emit(&s->b, PUM_IR_ST_OUT, PUM_IR_VOID, 1, &count, 0);
    }
    drop_unwritten(s);
}
