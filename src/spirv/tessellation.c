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

/* Number of the invocation in its patch, of the patch in the workgroup. */
static pum_ir_ref
invocation(struct sv *s, bool patch)
{
    const struct pum_shader_info *info = &s->sh->info;
    const pum_ir_ref index = pum_ir_emit0(&s->b, PUM_IR_SYSVAL, PUM_IR_I32, PUM_SYSVAL_LOCAL_INDEX);
    const uint32_t n = info->local_size[0] / info->tess_patches;
    const uint32_t log2 = (uint32_t)__builtin_ctz(n);
    if (info->tess_patches == 1) {
        return patch ? 0 : index;
    }
    if (n & (n - 1)) {
        return patch ? SV_E2(UDIV, PUM_IR_I32, index, sv_u32(s, n)) : SV_E2(UREM, PUM_IR_I32, index, sv_u32(s, n));
    }
    return patch ? SV_E2(USHR, PUM_IR_I32, index, sv_u32(s, log2)) : SV_E2(AND, PUM_IR_I32, index, sv_u32(s, n - 1));
}

/* Where the patch of the invocation begins; 0: at the beginning. */
static pum_ir_ref
patch_offset(struct sv *s)
{
    const pum_ir_ref patch = s->opt->stage == PUM_STAGE_TESS_CONTROL ? invocation(s, true) : 0;
    return patch ? sv_imul(s, patch, PUM_PATCH_B) : 0;
}

pum_ir_ref
sv_patch_input(struct sv *s, int32_t builtin)
{
    switch (builtin) {
    case SpvBuiltInPrimitiveId: {
        const pum_ir_ref off = patch_offset(s), at = sv_u32(s, offsetof(struct pum_patch_head, primitive_id));
        return SV_E1(LD_SHARED, PUM_IR_I32, off ? sv_iadd(s, off, at) : at);
    }
    case SpvBuiltInPatchVertices: return sv_word(s, offsetof(struct pum_patch_head, vertices)); /* the same for all patches */
    case SpvBuiltInViewIndex: return sv_word(s, offsetof(struct pum_patch_head, view_index));
    case SpvBuiltInInvocationId: return invocation(s, false);
    default: return 0;
    }
}

struct sv_ptr
sv_patch_pointer(struct sv *s, uint32_t id)
{
    const struct sv_id *var = sv_id(s, id);
    struct sv_ptr p = {.kind = SV_PTR_SHARED, .slots = true, .slot_B = 4, .vertex_B = PUM_PATCH_VERTEX_B, .var = id,
                       .type = sv_type(s, var->type)->elem, .off = patch_offset(s)};
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
    const uint32_t n = info->local_size[0];
    info->shared_B = PUM_PATCH_B;
    info->tess_patches = 1;
    if (s->opt->stage == PUM_STAGE_TESS_CONTROL) {
        info->local_size[1] = info->local_size[2] = 1;
        if (!n) {
            sv_fail(s, PUM_SPIRV_INVALID, "size of the output patch");
            return;
        }
        if (n < PUM_LANES && !s->subgroups && !s->one_patch) { /* as many patches as a subgroup has room for: barriers stay cheap */
            info->tess_patches = (uint8_t)(PUM_LANES / n);
            info->local_size[0] = n * info->tess_patches;
            info->shared_B = PUM_PATCH_B * info->tess_patches;
        }
    }
}
