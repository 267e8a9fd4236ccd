/* Tessellation: inputs and outputs that all invocations of a patch see live in its memory, which generated code takes for workgroup memory. Words
 * stand at the slots of vertex outputs, so that any index is a stride. SPEC: tessellation, interfaces-iointerfaces-locations. */
#include <stddef.h>

#include "spirv/sv.h"

static bool
is_level(const struct sv_id *var)
{
    return var->has_builtin && (var->builtin == SpvBuiltInTessLevelOuter || var->builtin == SpvBuiltInTessLevelInner);
}

static bool
is_patch(struct sv *s, const struct sv_id *var)
{
    const struct sv_type *t = sv_type(s, sv_type(s, var->type)->elem);
    for (; t->kind == SV_ARRAY; t = sv_type(s, t->elem)) {
    }
    return var->patch || is_level(var) || (t->kind == SV_STRUCT && t->count && t->members[0].patch);
}

/* What a control shader may read of the vertices. */
static void
note_inputs(struct sv *s, const struct sv_id *var)
{
    const struct sv_type *t = sv_type(s, sv_type(s, var->type)->elem);
    const uint32_t n = t->kind == SV_ARRAY ? sv_type(s, t->elem)->scalars : 0;
    for (uint32_t k = 0; k < n && n <= PUM_VS_SLOTS && sv_ok(s); k++) {
        const struct sv_place p = sv_interface_place(s, var, k);
        const uint32_t slot = sv_vertex_slot(s, &p);
        for (uint32_t w = slot; w < PUM_VS_SLOTS && w <= slot + (sv_scalar_type(s, t->elem, k)->bits == 64); w++) {
            s->sh->info.in_slots[w / 64] |= (uint64_t)1 << (w % 64);
        }
    }
}

struct sv_ptr
sv_patch_pointer(struct sv *s, uint32_t id)
{
    const struct sv_id *var = sv_id(s, id);
    struct sv_ptr p = {.kind = SV_PTR_SHARED, .slots = true, .slot_B = 4, .vertex_B = PUM_PATCH_VERTEX_B, .var = id,
                       .type = sv_type(s, var->type)->elem};
    const struct sv_type *t = sv_type(s, p.type);
    if (is_level(var)) {
        p.off_B = var->builtin == SpvBuiltInTessLevelOuter ? offsetof(struct pum_patch_head, outer) : offsetof(struct pum_patch_head, inner);
        p.builtin_array = true;
        return p;
    }
    const bool patch = is_patch(s, var);
    if (!patch && t->kind != SV_ARRAY) {
        sv_fail(s, PUM_SPIRV_INVALID, "an interface without vertices");
        return p;
    }
    const bool input = s->opt->stage == PUM_STAGE_TESS_CONTROL && var->storage == SpvStorageClassInput;
    p.per_vertex = !patch;
    sv_slots_begin(s, &p, var, patch ? p.type : t->elem, patch ? PUM_PATCH_WORDS_B : input ? PUM_PATCH_IN_B : PUM_PATCH_OUT_B);
    if (input) {
        note_inputs(s, var);
    }
    return p;
}

/* ---- stages ---- */

void
sv_tessellation_mode(struct sv *s, uint32_t mode, uint32_t n)
{
    if (mode == SpvExecutionModeOutputVertices && s->opt->stage == PUM_STAGE_TESS_CONTROL) {
        if (n == 0 || n > PUM_MAX_PATCH_VERTICES) {
            sv_fail(s, PUM_SPIRV_UNSUPPORTED, "patch of %u vertices", n);
        }
        s->sh->info.local_size[0] = n;
    }
}

void
sv_begin_tessellation(struct sv *s)
{
    struct pum_shader_info *info = &s->sh->info;
    info->shared_B = PUM_PATCH_B;
    if (s->opt->stage == PUM_STAGE_TESS_CONTROL) {
        info->local_size[1] = info->local_size[2] = 1;
        if (!info->local_size[0]) {
            sv_fail(s, PUM_SPIRV_INVALID, "size of the output patch");
        }
    }
}
