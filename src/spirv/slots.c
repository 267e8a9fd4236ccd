/* Interfaces that all invocations of a workgroup see: those of tessellation live in the memory of the patch, outputs of mesh shaders in that of the
 * workgroup. To generated code both are workgroup memory. Words stand at the slots of vertex outputs, so that any index is a stride.
 * SPEC: tessellation, mesh, interfaces-iointerfaces-locations. */
#include "spirv/sv.h"

bool
sv_by_slots(struct sv *s, const struct sv_id *var)
{
    if (s->opt->stage == PUM_STAGE_MESH) {
        return var->storage == SpvStorageClassOutput;
    }
    const bool control = s->opt->stage == PUM_STAGE_TESS_CONTROL, evaluation = s->opt->stage == PUM_STAGE_TESS_EVALUATION;
    if (!((control || evaluation) && var->storage == SpvStorageClassInput) && !(control && var->storage == SpvStorageClassOutput)) {
        return false;
    }
    return !var->has_builtin || var->builtin == SpvBuiltInTessLevelOuter || var->builtin == SpvBuiltInTessLevelInner ||
           var->builtin == SpvBuiltInPosition || var->builtin == SpvBuiltInPointSize || var->builtin == SpvBuiltInClipDistance ||
           var->builtin == SpvBuiltInCullDistance;
}

struct sv_ptr
sv_slots_pointer(struct sv *s, uint32_t id)
{
    return s->opt->stage == PUM_STAGE_MESH ? sv_mesh_pointer(s, id) : sv_patch_pointer(s, id);
}

uint32_t
sv_slots_builtin(struct sv *s, uint32_t builtin)
{
    const struct sv_place p = {.builtin = (int32_t)builtin};
    const uint32_t slot = sv_vertex_slot(s, &p);
    return slot == UINT32_MAX ? 0 : slot;
}

void
sv_slots_begin(struct sv *s, struct sv_ptr *p, const struct sv_id *var, uint32_t elem, uint32_t base_B)
{
    const struct sv_type *e = sv_type(s, elem);
    const bool builtins = e->kind == SV_STRUCT && e->count && e->members[0].builtin >= 0;
    p->builtin_array = var->has_builtin;
    p->base_slot = var->has_builtin ? sv_slots_builtin(s, var->builtin) : builtins ? 0 : PUM_VS_USER + var->location * 4 + var->component;
    if (var->location >= PUM_MAX_LOCATIONS || var->component > 3) {
        sv_fail(s, PUM_SPIRV_INVALID, "location %u component %u", var->location, var->component);
    }
    p->off_B = base_B + p->base_slot * p->slot_B;
}

uint32_t
sv_slots_element_B(struct sv *s, struct sv_ptr *p, const struct sv_type *t)
{
    if (t->kind == SV_VECTOR) {
        return sv_type(s, t->elem)->bits == 64 ? p->slot_B * 2 : p->slot_B;
    }
    if (p->per_vertex) {
        p->per_vertex = false;
        return p->vertex_B;
    }
    return p->builtin_array ? p->slot_B : sv_locations_of(s, t->elem) * 4 * p->slot_B;
}

uint32_t
sv_slots_member_B(struct sv *s, struct sv_ptr *p, const struct sv_type *t, uint32_t m)
{
    const struct sv_member *member = &t->members[m];
    uint32_t slot = p->base_slot;
    if (member->builtin >= 0) {
        slot = sv_slots_builtin(s, (uint32_t)member->builtin);
        p->builtin_array = true;
    } else if (member->location >= 0) {
        slot = PUM_VS_USER + (uint32_t)member->location * 4 + (member->component > 0 ? (uint32_t)member->component : 0);
    } else {
        for (uint32_t i = 0; i < m; i++) {
            slot += sv_locations_of(s, t->members[i].type) * 4;
        }
    }
    const uint32_t at_B = (slot - p->base_slot) * p->slot_B;
    p->base_slot = slot;
    return at_B;
}

void
sv_slots_step(struct sv *s, struct sv_ptr *p, bool known, uint32_t first, uint32_t elem)
{
    if (p->per_vertex) {
        return; /* all of them have the same slots */
    }
    p->loose = p->loose || !known;
    if (!p->loose) {
        p->scalar += first;
        p->touched = sv_type(s, elem)->scalars;
    }
}

pum_ir_ref
sv_word(struct sv *s, uint32_t at_B)
{
    return SV_E1(LD_SHARED, PUM_IR_I32, sv_u32(s, at_B));
}

/* ---- loads and stores ---- */

struct walk {
    pum_ir_ref *out;
    const pum_ir_ref *in;
    uint32_t k;
};

static pum_ir_ref
word_address(struct sv *s, const struct sv_ptr *p, uint32_t word)
{
    pum_ir_ref src[2];
    sv_address(s, p, word * p->slot_B, src);
    return src[0];
}

/* Narrow types travel as words: halves as floats, integers extended. Wide ones take two slots. */
static void
store_scalar(struct sv *s, const struct sv_ptr *p, const struct sv_type *t, pum_ir_ref v)
{
    const enum pum_ir_type type = sv_ir_type(s, t);
    const uint32_t bits = pum_ir_type_bits(type);
    if (bits == 64 && p->slot_B != 4) {
        pum_ir_ref half[2];
        sv_split64(s, v, half);
        SV_E2(ST_SHARED, PUM_IR_VOID, word_address(s, p, 1), half[1]);
        v = half[0];
    } else if (type == PUM_IR_F16) {
        v = SV_E1(F2F, PUM_IR_F32, v);
    } else if (type == PUM_IR_BOOL) {
        v = SV_E3(SELECT, PUM_IR_I32, v, sv_u32(s, 1), sv_u32(s, 0));
    } else if (bits < 32) {
        v = sv_int_to(s, v, PUM_IR_I32, t->is_signed);
    }
    SV_E2(ST_SHARED, PUM_IR_VOID, word_address(s, p, 0), v);
}

static pum_ir_ref
load_scalar(struct sv *s, const struct sv_ptr *p, const struct sv_type *t)
{
    const enum pum_ir_type type = sv_ir_type(s, t);
    const uint32_t bits = pum_ir_type_bits(type);
    if (bits == 64 && p->slot_B != 4) {
        const pum_ir_ref lo = SV_E1(LD_SHARED, PUM_IR_I32, word_address(s, p, 0)), hi = SV_E1(LD_SHARED, PUM_IR_I32, word_address(s, p, 1));
        return sv_join64(s, lo, hi, type);
    }
    const enum pum_ir_type in_memory = bits >= 32 ? type : type == PUM_IR_F16 ? PUM_IR_F32 : PUM_IR_I32;
    const pum_ir_ref v = SV_E1(LD_SHARED, in_memory, word_address(s, p, 0));
    return type == PUM_IR_F16    ? SV_E1(F2F, type, v)
           : type == PUM_IR_BOOL ? SV_E2(INE, type, v, sv_u32(s, 0))
           : bits < 32           ? SV_E1(TRUNC, type, v)
                                 : v;
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
            m.off_B += sv_slots_member_B(s, &m, t, i);
            access_type(s, w, &m, t->members[i].type, depth + 1);
        }
    } else if (t->kind == SV_ARRAY || t->kind == SV_MATRIX || t->kind == SV_VECTOR) {
        struct sv_ptr e = *p;
        const uint32_t step_B = sv_slots_element_B(s, &e, t);
        for (uint32_t i = 0; i < t->count && sv_ok(s); i++, e.off_B += step_B) {
            access_type(s, w, &e, t->elem, depth + 1);
        }
    } else if (w->in) {
        store_scalar(s, p, t, w->in[w->k++]);
    } else {
        w->out[w->k++] = load_scalar(s, p, t);
    }
}

void
sv_slots_access(struct sv *s, const struct sv_ptr *p, uint32_t type, pum_ir_ref *out, const pum_ir_ref *in)
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
    if (in && s->opt->stage == PUM_STAGE_MESH) {
        sv_mesh_note_store(s, p);
    }
    access_type(s, &w, p, type, 0);
}
