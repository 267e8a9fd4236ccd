/* Tessellation: inputs and outputs that all invocations of a patch see live in its memory, which generated code takes for workgroup memory. Words
 * stand at the slots of vertex outputs, so that any index is a stride. SPEC: tessellation, interfaces-iointerfaces-locations. */
#include <stddef.h>

#include "spirv/sv.h"

static bool
is_level(const struct sv_id *var)
{
    return var->has_builtin && (var->builtin == SpvBuiltInTessLevelOuter || var->builtin == SpvBuiltInTessLevelInner);
}

bool
sv_in_patch(struct sv *s, const struct sv_id *var)
{
    const bool control = s->opt->stage == PUM_STAGE_TESS_CONTROL, evaluation = s->opt->stage == PUM_STAGE_TESS_EVALUATION;
    if (!((control || evaluation) && var->storage == SpvStorageClassInput) && !(control && var->storage == SpvStorageClassOutput)) {
        return false;
    }
    return !var->has_builtin || is_level(var) || var->builtin == SpvBuiltInPosition || var->builtin == SpvBuiltInPointSize ||
           var->builtin == SpvBuiltInClipDistance || var->builtin == SpvBuiltInCullDistance;
}

static uint32_t
builtin_slot(struct sv *s, uint32_t builtin)
{
    const struct sv_place p = {.builtin = (int32_t)builtin};
    const uint32_t slot = sv_vertex_slot(s, &p);
    return slot < PUM_VS_SLOTS ? slot : 0;
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
    struct sv_ptr p = {.kind = SV_PTR_SHARED, .slots = true, .var = id, .type = sv_type(s, var->type)->elem};
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
    const struct sv_type *e = patch ? t : sv_type(s, t->elem);
    const bool builtins = e->kind == SV_STRUCT && e->count && e->members[0].builtin >= 0;
    const bool input = s->opt->stage == PUM_STAGE_TESS_CONTROL && var->storage == SpvStorageClassInput;
    p.per_vertex = !patch;
    p.builtin_array = var->has_builtin;
    p.base_slot = var->has_builtin ? builtin_slot(s, var->builtin) : builtins ? 0 : PUM_VS_USER + var->location * 4 + var->component;
    if (var->location >= PUM_MAX_LOCATIONS || var->component > 3) {
        sv_fail(s, PUM_SPIRV_INVALID, "location %u component %u", var->location, var->component);
    }
    p.off_B = (patch ? PUM_PATCH_WORDS_B : input ? PUM_PATCH_IN_B : PUM_PATCH_OUT_B) + p.base_slot * 4;
    if (input) {
        note_inputs(s, var);
    }
    return p;
}

uint32_t
sv_patch_element_B(struct sv *s, struct sv_ptr *p, const struct sv_type *t)
{
    if (t->kind == SV_VECTOR) {
        return sv_type(s, t->elem)->bits == 64 ? 8 : 4;
    }
    if (p->per_vertex) {
        p->per_vertex = false;
        return PUM_PATCH_VERTEX_B;
    }
    return p->builtin_array ? 4 : sv_locations_of(s, t->elem) * 16;
}

uint32_t
sv_patch_member_B(struct sv *s, struct sv_ptr *p, const struct sv_type *t, uint32_t m)
{
    const struct sv_member *member = &t->members[m];
    uint32_t slot = p->base_slot;
    if (member->builtin >= 0) {
        slot = builtin_slot(s, (uint32_t)member->builtin);
        p->builtin_array = true;
    } else if (member->location >= 0) {
        slot = PUM_VS_USER + (uint32_t)member->location * 4 + (member->component > 0 ? (uint32_t)member->component : 0);
    } else {
        for (uint32_t i = 0; i < m; i++) {
            slot += sv_locations_of(s, t->members[i].type) * 4;
        }
    }
    const uint32_t at_B = (slot - p->base_slot) * 4;
    p->base_slot = slot;
    return at_B;
}

pum_ir_ref
sv_patch_word(struct sv *s, uint32_t at_B)
{
    return SV_E1(LD_SHARED, PUM_IR_I32, sv_u32(s, at_B));
}

/* ---- loads and stores ---- */

struct walk {
    pum_ir_ref *out;
    const pum_ir_ref *in;
    uint32_t k;
};

/* Narrow types travel as words: halves as floats, integers extended. */
static void
access_scalar(struct sv *s, struct walk *w, const struct sv_ptr *p, const struct sv_type *t)
{
    pum_ir_ref src[2];
    const enum pum_ir_type type = sv_ir_type(s, t);
    const bool narrow = pum_ir_type_bits(type) < 32;
    const enum pum_ir_type in_memory = !narrow ? type : type == PUM_IR_F16 ? PUM_IR_F32 : PUM_IR_I32;
    if (!sv_ok(s)) {
        return;
    }
    sv_address(s, p, 0, src);
    if (w->in) {
        pum_ir_ref v = w->in[w->k++];
        if (type == PUM_IR_F16) {
            v = SV_E1(F2F, PUM_IR_F32, v);
        } else if (type == PUM_IR_BOOL) {
            v = SV_E3(SELECT, PUM_IR_I32, v, sv_u32(s, 1), sv_u32(s, 0));
        } else if (narrow) {
            v = sv_int_to(s, v, PUM_IR_I32, t->is_signed);
        }
        SV_E2(ST_SHARED, PUM_IR_VOID, src[0], v);
        return;
    }
    pum_ir_ref v = SV_E1(LD_SHARED, in_memory, src[0]);
    if (type == PUM_IR_F16) {
        v = SV_E1(F2F, type, v);
    } else if (type == PUM_IR_BOOL) {
        v = SV_E2(INE, type, v, sv_u32(s, 0));
    } else if (narrow) {
        v = SV_E1(TRUNC, type, v);
    }
    w->out[w->k++] = v;
}

static void
access_type(struct sv *s, struct walk *w, const struct sv_ptr *p, uint32_t type, int depth)
{
    const struct sv_type *t = sv_type(s, type);
    if (!sv_ok(s) || depth > 16) {
        return;
    }
    if (t->kind == SV_STRUCT) {
        for (uint32_t i = 0; i < t->count && sv_ok(s); i++) {
            struct sv_ptr m = *p;
            m.off_B += sv_patch_member_B(s, &m, t, i);
            access_type(s, w, &m, t->members[i].type, depth + 1);
        }
    } else if (t->kind == SV_ARRAY || t->kind == SV_MATRIX || t->kind == SV_VECTOR) {
        struct sv_ptr e = *p;
        const uint32_t step_B = sv_patch_element_B(s, &e, t);
        for (uint32_t i = 0; i < t->count && sv_ok(s); i++, e.off_B += step_B) {
            access_type(s, w, &e, t->elem, depth + 1);
        }
    } else {
        access_scalar(s, w, p, t);
    }
}

void
sv_patch_access(struct sv *s, const struct sv_ptr *p, uint32_t type, pum_ir_ref *out, const pum_ir_ref *in)
{
    struct walk w = {out, in, 0};
    if (sv_type(s, type)->scalars > 65536) {
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "interface of %u scalars", sv_type(s, type)->scalars);
        return;
    }
    if (in && sv_id(s, p->var)->storage == SpvStorageClassInput) {
        sv_fail(s, PUM_SPIRV_INVALID, "store to an input");
        return;
    }
    access_type(s, &w, p, type, 0);
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
