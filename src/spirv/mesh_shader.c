/* Task and mesh shaders: compute shaders that leave a grid of mesh workgroups with a payload, or vertices and primitives, in the memory of their
 * workgroup (struct pum_mesh_head). SPEC: mesh; SPV_EXT_mesh_shader. */
#include <stddef.h>

#include "spirv/sv.h"

static bool
is_per_primitive(const struct sv_id *var, const struct sv_place *p)
{
    switch (p->builtin) {
    case SpvBuiltInPrimitiveId:
    case SpvBuiltInLayer:
    case SpvBuiltInViewportIndex:
    case SpvBuiltInCullPrimitiveEXT:
    case SpvBuiltInPrimitivePointIndicesEXT:
    case SpvBuiltInPrimitiveLineIndicesEXT:
    case SpvBuiltInPrimitiveTriangleIndicesEXT: return true; /* whatever the decorations say */
    case SpvBuiltInPosition:
    case SpvBuiltInPointSize:
    case SpvBuiltInClipDistance:
    case SpvBuiltInCullDistance: return false;
    default: return var->per_primitive || p->per_primitive;
    }
}

struct sv_ptr
sv_mesh_pointer(struct sv *s, uint32_t id)
{
    const struct sv_id *var = sv_id(s, id);
    struct sv_ptr p = {.kind = SV_PTR_SHARED, .slots = true, .per_vertex = true, .slot_B = PUM_MESH_SLOT_B, .vertex_B = 4, .var = id,
                       .type = sv_type(s, var->type)->elem};
    const struct sv_type *t = sv_type(s, p.type);
    if (t->kind != SV_ARRAY) {
        sv_fail(s, PUM_SPIRV_INVALID, "an output that is no array");
        return p;
    }
    p.touched = sv_type(s, t->elem)->scalars;
    sv_slots_begin(s, &p, var, t->elem, PUM_MESH_OUT_B);
    return p;
}

/* The slots that a store through the pointer may write are outputs. */
void
sv_mesh_note_store(struct sv *s, const struct sv_ptr *p)
{
    struct pum_shader_info *info = &s->sh->info;
    const struct sv_id *var = sv_id(s, p->var);
    for (uint32_t k = p->scalar; k < p->scalar + p->touched && sv_ok(s); k++) {
        const struct sv_place place = sv_interface_place(s, var, k);
        const uint32_t slot = sv_vertex_slot(s, &place);
        const bool wide = sv_scalar_type(s, sv_type(s, sv_type(s, var->type)->elem)->elem, k)->bits == 64;
        if (slot == UINT32_MAX || (place.builtin < 0 && slot + wide >= PUM_VS_SLOTS)) {
            sv_fail(s, PUM_SPIRV_INVALID, "output location %u component %u", place.location, place.component);
            return;
        }
        if (place.builtin == SpvBuiltInClipDistance) {
            info->clip_distances = (uint8_t)PUM_MAX(info->clip_distances, place.index + 1);
        } else if (place.builtin == SpvBuiltInCullDistance) {
            info->cull_distances = (uint8_t)PUM_MAX(info->cull_distances, place.index + 1);
        }
        for (uint32_t w = slot; w <= slot + wide; w++) {
            info->out_slots[w / 64] |= (uint64_t)1 << (w % 64);
            info->prim_slots[w / 64] |= (uint64_t)is_per_primitive(var, &place) << (w % 64);
        }
    }
}

void
sv_mesh_mode(struct sv *s, uint32_t mode, uint32_t n)
{
    struct pum_shader_info *info = &s->sh->info;
    const bool vertices = mode == SpvExecutionModeOutputVertices;
    const uint32_t most = vertices ? PUM_MAX_MESH_VERTICES : PUM_MAX_MESH_PRIMITIVES;
    if (s->opt->stage != PUM_STAGE_MESH || (!vertices && mode != SpvExecutionModeOutputPrimitivesEXT)) {
        return;
    }
    if (n > most) {
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "%u %s", n, vertices ? "vertices" : "primitives");
    }
    *(vertices ? &info->mesh_vertices : &info->mesh_primitives) = (uint16_t)PUM_MIN(n, most);
}

void
sv_begin_mesh(struct sv *s)
{
    struct pum_shader_info *info = &s->sh->info;
    const bool task = s->opt->stage == PUM_STAGE_TASK;
    info->shared_B = s->shared_base_B = task ? PUM_TASK_SHARED_B : PUM_MESH_SHARED_B;
    if (!task && (!info->gs_out_vertices || !info->mesh_vertices || !info->mesh_primitives)) {
        sv_fail(s, PUM_SPIRV_INVALID, "execution modes of the mesh shader");
    }
}

static void
store_head(struct sv *s, uint32_t at_B, uint32_t id)
{
    const pum_ir_ref v = sv_scalar(s, id);
    if (!sv_ok(s) || pum_ir_at(s->sh, v)->type != PUM_IR_I32) {
        sv_fail(s, PUM_SPIRV_INVALID, "type of a count");
        return;
    }
    SV_E2(ST_SHARED, PUM_IR_VOID, sv_u32(s, at_B), v);
}

/* OpSetMeshOutputsEXT, OpEmitMeshTasksEXT: the first invocation's operands count. The front end checks them. */
void
sv_mesh_op(struct sv *s, uint32_t i, uint32_t op)
{
    const bool task = op == SpvOpEmitMeshTasksEXT;
    if (s->opt->stage != (task ? PUM_STAGE_TASK : PUM_STAGE_MESH)) {
        sv_fail(s, PUM_SPIRV_INVALID, "not in this stage");
        return;
    }
    const pum_ir_ref index = pum_ir_emit0(&s->b, PUM_IR_SYSVAL, PUM_IR_I32, PUM_SYSVAL_LOCAL_INDEX);
    struct pum_ir_node *first = pum_ir_push_if(&s->b, SV_E2(IEQ, PUM_IR_BOOL, index, sv_u32(s, 0)));
    for (uint32_t k = 0; k < (task ? 3u : 2u); k++) {
        store_head(s, (uint32_t)(task ? offsetof(struct pum_mesh_head, grid) : offsetof(struct pum_mesh_head, vertices)) + k * 4, sv_arg(s, i, k));
    }
    if (first) {
        pum_ir_begin_else(&s->b, first);
        pum_ir_pop_if(&s->b, first);
    }
}
