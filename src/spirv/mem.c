/* Variables and stage interfaces. */
#include <stddef.h>
#include <string.h>

#include "spirv/sv.h"

/* A scalar or vector of 64 bits. */
static bool
wide_vector(struct sv *s, const struct sv_type *t)
{
    return t->kind == SV_VECTOR ? sv_type(s, t->elem)->bits == 64 : (t->kind == SV_INT || t->kind == SV_FLOAT) && t->bits == 64;
}

uint32_t
sv_locations_of(struct sv *s, uint32_t type)
{
    const struct sv_type *t = sv_type(s, type);
    if (t->kind == SV_VECTOR) {
        return t->count > 2 && wide_vector(s, t) ? 2 : 1;
    }
    if (t->kind == SV_ARRAY || t->kind == SV_MATRIX) {
        return t->count * sv_locations_of(s, t->elem);
    }
    uint32_t n = t->kind == SV_STRUCT ? 0 : 1;
    for (uint32_t i = 0; t->kind == SV_STRUCT && i < t->count; i++) {
        n += sv_locations_of(s, t->members[i].type);
    }
    return n;
}

/* The decoration stands at the variable, or at the members of the block that it is an array of. */
static bool
per_vertex(struct sv *s, const struct sv_id *var)
{
    const struct sv_type *t = sv_type(s, sv_type(s, var->type)->elem), *block = t->kind == SV_ARRAY ? sv_type(s, t->elem) : t;
    return var->per_vertex || (block != t && block->kind == SV_STRUCT && block->count && block->members[0].per_vertex);
}

struct sv_place
sv_interface_place(struct sv *s, const struct sv_id *var, uint32_t k)
{
    struct sv_place p = {var->has_builtin ? (int32_t)var->builtin : -1, var->location, var->component, k, 0, var->xfb.stream, var->flat, var->noperspective,
                      var->centroid, var->sample, s->opt->stage == PUM_STAGE_FRAGMENT && per_vertex(s, var), var->per_primitive};
    uint32_t type = sv_type(s, var->type)->elem;
    const bool each = s->opt->stage == PUM_STAGE_GEOMETRY || p.per_vertex ||
                      (s->opt->stage == PUM_STAGE_TESS_CONTROL && !var->patch && sv_by_slots(s, var));
    const bool mesh = s->opt->stage == PUM_STAGE_MESH && var->storage == SpvStorageClassOutput;
    if ((mesh || (each && var->storage == SpvStorageClassInput)) && sv_type(s, type)->kind == SV_ARRAY) {
        type = sv_type(s, type)->elem; /* an element for each vertex */
        const uint32_t per = sv_type(s, type)->scalars;
        p.vertex = per ? k / per : 0;
        k = p.index = per ? k % per : 0;
    }
    for (int depth = 0; depth < 32; depth++) {
        const struct sv_type *t = sv_type(s, type);
        if (t->kind == SV_STRUCT) {
            uint32_t i = 0;
            for (; i < t->count && k >= sv_type(s, t->members[i].type)->scalars; i++) {
                k -= sv_type(s, t->members[i].type)->scalars;
                p.location += sv_locations_of(s, t->members[i].type);
            }
            if (i >= t->count) {
                break;
            }
            const struct sv_member *m = &t->members[i];
            p.builtin = m->builtin >= 0 ? m->builtin : p.builtin;
            p.location = m->location >= 0 ? (uint32_t)m->location : p.location;
            p.component = m->component >= 0 ? (uint32_t)m->component : p.component;
            p.flat = p.flat || m->flat;
            p.noperspective = p.noperspective || m->noperspective;
            p.centroid = p.centroid || m->centroid;
            p.sample = p.sample || m->sample;
            p.per_primitive = p.per_primitive || m->per_primitive;
            p.stream = m->xfb.has_stream ? m->xfb.stream : p.stream;
            p.index = k;
            type = m->type;
        } else if (t->kind == SV_ARRAY || t->kind == SV_MATRIX) {
            const uint32_t per = sv_type(s, t->elem)->scalars;
            p.location += per ? k / per * sv_locations_of(s, t->elem) : 0;
            k = per ? k % per : 0;
            type = t->elem;
        } else {
            p.component += wide_vector(s, t) ? 2 * k : k;
            if (p.component > 3 && wide_vector(s, t)) { /* 64-bit components take two, the third and fourth the next location */
                p.location++;
                p.component -= 4;
            }
            return p;
        }
    }
    return p;
}

static pum_ir_ref
sysval(struct sv *s, enum pum_sysval v, uint32_t comp, enum pum_ir_type t)
{
    return pum_ir_emit0(&s->b, PUM_IR_SYSVAL, t, (uint64_t)v | (uint64_t)comp << 8);
}

/* Bit per stage that may read the built-in (SPEC: interfaces-builtin-variables); ones unknown here are refused elsewhere. */
static uint32_t
builtin_stages(int32_t builtin)
{
    const uint32_t vertex = 1u << PUM_STAGE_VERTEX, fragment = 1u << PUM_STAGE_FRAGMENT, compute = 1u << PUM_STAGE_COMPUTE;
    const uint32_t task = 1u << PUM_STAGE_TASK, mesh = 1u << PUM_STAGE_MESH;
    const uint32_t ray = (1u << (PUM_STAGE_CALLABLE + 1)) - (1u << PUM_STAGE_RAYGEN);
    const uint32_t geometry = 1u << PUM_STAGE_GEOMETRY, control = 1u << PUM_STAGE_TESS_CONTROL, evaluation = 1u << PUM_STAGE_TESS_EVALUATION;
    switch (builtin) {
    case SpvBuiltInVertexIndex:
    case SpvBuiltInVertexId:
    case SpvBuiltInInstanceIndex:
    case SpvBuiltInInstanceId:
    case SpvBuiltInBaseVertex:
    case SpvBuiltInBaseInstance: return vertex;
    case SpvBuiltInDrawIndex: return vertex | task | mesh;
    case SpvBuiltInInvocationId: return geometry | control;
    case SpvBuiltInPatchVertices: return control | evaluation;
    case SpvBuiltInTessCoord: return evaluation;
    case SpvBuiltInPrimitiveId: return geometry | control | evaluation | fragment;
    case SpvBuiltInViewIndex: return vertex | geometry | control | evaluation | mesh | fragment;
    case SpvBuiltInWorkgroupId:
    case SpvBuiltInNumWorkgroups:
    case SpvBuiltInLocalInvocationId:
    case SpvBuiltInLocalInvocationIndex:
    case SpvBuiltInGlobalInvocationId:
    case SpvBuiltInSubgroupId:
    case SpvBuiltInNumSubgroups: return compute | task | mesh;
    case SpvBuiltInSubgroupSize:
    case SpvBuiltInSubgroupEqMask:
    case SpvBuiltInSubgroupGeMask:
    case SpvBuiltInSubgroupGtMask:
    case SpvBuiltInSubgroupLeMask:
    case SpvBuiltInSubgroupLtMask:
    case SpvBuiltInDeviceIndex:
    case SpvBuiltInSubgroupLocalInvocationId: return vertex | geometry | control | evaluation | fragment | compute | task | mesh | ray;
    default: return fragment;
    }
}

/* Bits of the invocations that compare with the own number in a way; all stand in the first word. */
static pum_ir_ref
subgroup_mask(struct sv *s, int32_t builtin, uint32_t word)
{
    const enum pum_ir_type t = PUM_IR_I32;
    const pum_ir_ref eq = SV_E2(SHL, t, sv_u32(s, 1), sysval(s, PUM_SYSVAL_SUBGROUP_LANE, 0, t));
    const pum_ir_ref lt = SV_E2(ISUB, t, eq, sv_u32(s, 1)), le = SV_E2(OR, t, lt, eq), all = sv_u32(s, (1u << PUM_LANES) - 1);
    if (word != 0) {
        return sv_u32(s, 0);
    }
    switch (builtin) {
    case SpvBuiltInSubgroupEqMask: return eq;
    case SpvBuiltInSubgroupGeMask: return SV_E2(XOR, t, all, lt);
    case SpvBuiltInSubgroupGtMask: return SV_E2(XOR, t, all, le);
    case SpvBuiltInSubgroupLeMask: return le;
    default: return lt;
    }
}

static pum_ir_ref
global_id(struct sv *s, uint32_t axis)
{
    if (!s->quads_in_rows) {
        return sysval(s, PUM_SYSVAL_GLOBAL_ID, axis, PUM_IR_I32);
    }
    const pum_ir_ref group = sv_imul(s, sysval(s, PUM_SYSVAL_WORKGROUP_ID, axis, PUM_IR_I32), s->sh->info.local_size[axis]);
    return sv_iadd(s, group, sv_local_id(s, axis));
}

static pum_ir_ref
builtin_input(struct sv *s, const struct sv_place *p)
{
    const enum pum_ir_type t = PUM_IR_I32;
    struct pum_shader_info *info = &s->sh->info;
    const pum_ir_ref of_ray = pum_stage_is_ray(s->opt->stage) ? sv_trace_builtin(s, p) : 0;
    if (of_ray) {
        return of_ray;
    }
    if (!(builtin_stages(p->builtin) >> s->opt->stage & 1)) {
        sv_fail(s, PUM_SPIRV_INVALID, "built-in input %d in this stage", p->builtin);
        return sv_u32(s, 0);
    }
    const bool control = s->opt->stage == PUM_STAGE_TESS_CONTROL;
    if (control || s->opt->stage == PUM_STAGE_TESS_EVALUATION) { /* of the patch, or of the point in it */
        const pum_ir_ref r = sv_patch_input(s, p->builtin);
        if (r) {
            return r;
        }
        if (p->builtin == SpvBuiltInTessCoord) {
            info->in_locations |= 1;
            return pum_ir_emit0(&s->b, PUM_IR_LD_IN, PUM_IR_F32, p->index % 3);
        }
    }
    if ((s->opt->stage == PUM_STAGE_TASK || s->opt->stage == PUM_STAGE_MESH) &&
        (p->builtin == SpvBuiltInDrawIndex || p->builtin == SpvBuiltInViewIndex)) {
        return sv_word(s, p->builtin == SpvBuiltInDrawIndex ? offsetof(struct pum_mesh_head, draw_index) : offsetof(struct pum_mesh_head, view_index));
    }
    switch (p->builtin) {
    case SpvBuiltInVertexIndex:
    case SpvBuiltInVertexId: return sysval(s, PUM_SYSVAL_VERTEX_INDEX, 0, t);
    case SpvBuiltInInstanceIndex:
    case SpvBuiltInInstanceId: return sysval(s, PUM_SYSVAL_INSTANCE_INDEX, 0, t);
    case SpvBuiltInBaseVertex: return sysval(s, PUM_SYSVAL_BASE_VERTEX, 0, t);
    case SpvBuiltInBaseInstance: return sysval(s, PUM_SYSVAL_BASE_INSTANCE, 0, t);
    case SpvBuiltInDrawIndex: return sysval(s, PUM_SYSVAL_DRAW_INDEX, 0, t);
    case SpvBuiltInViewIndex: return sysval(s, PUM_SYSVAL_VIEW_INDEX, 0, t);
    case SpvBuiltInFragCoord: info->uses_frag_coord = true; return sysval(s, PUM_SYSVAL_FRAG_COORD, p->index & 3, PUM_IR_F32);
    case SpvBuiltInPointCoord: info->uses_point_coord = true; return sysval(s, PUM_SYSVAL_POINT_COORD, p->index & 1, PUM_IR_F32);
    case SpvBuiltInFrontFacing: return sysval(s, PUM_SYSVAL_FRONT_FACING, 0, PUM_IR_BOOL);
    case SpvBuiltInInvocationId: return info->gs_invocations > 1 ? sysval(s, PUM_SYSVAL_INVOCATION_ID, 0, t) : sv_u32(s, 0);
    case SpvBuiltInPrimitiveId: return sysval(s, PUM_SYSVAL_PRIMITIVE_ID, 0, t);
    case SpvBuiltInLayer: return sysval(s, PUM_SYSVAL_LAYER, 0, t);
    case SpvBuiltInViewportIndex: return sysval(s, PUM_SYSVAL_VIEWPORT_INDEX, 0, t);
    case SpvBuiltInSampleId: info->uses_sample_shading = true; return sysval(s, PUM_SYSVAL_SAMPLE_ID, 0, t);
    case SpvBuiltInSamplePosition: info->uses_sample_shading = true; return sysval(s, PUM_SYSVAL_SAMPLE_POS, p->index & 1, PUM_IR_F32);
    case SpvBuiltInSampleMask: /* 32 samples per element */
        info->uses_coverage = true;
        return p->index ? sv_u32(s, 0) : sysval(s, PUM_SYSVAL_SAMPLE_MASK_IN, 0, t);
    case SpvBuiltInHelperInvocation: return pum_ir_emit0(&s->b, PUM_IR_IS_HELPER, PUM_IR_BOOL, 0);
    case SpvBuiltInWorkgroupId: return sysval(s, PUM_SYSVAL_WORKGROUP_ID, p->index % 3, t);
    case SpvBuiltInNumWorkgroups: return sysval(s, PUM_SYSVAL_NUM_WORKGROUPS, p->index % 3, t);
    case SpvBuiltInLocalInvocationId: return sv_local_id(s, p->index % 3);
    case SpvBuiltInLocalInvocationIndex: return sv_local_index(s);
    case SpvBuiltInGlobalInvocationId: return global_id(s, p->index % 3);
    case SpvBuiltInSubgroupId: return sysval(s, PUM_SYSVAL_SUBGROUP_ID, 0, t);
    case SpvBuiltInNumSubgroups: return sysval(s, PUM_SYSVAL_NUM_SUBGROUPS, 0, t);
    case SpvBuiltInSubgroupSize: return sv_u32(s, PUM_LANES);
    case SpvBuiltInSubgroupLocalInvocationId: return sysval(s, PUM_SYSVAL_SUBGROUP_LANE, 0, t);
    case SpvBuiltInSubgroupEqMask:
    case SpvBuiltInSubgroupGeMask:
    case SpvBuiltInSubgroupGtMask:
    case SpvBuiltInSubgroupLeMask:
    case SpvBuiltInSubgroupLtMask: return subgroup_mask(s, p->builtin, p->index);
    case SpvBuiltInDeviceIndex: return sv_u32(s, 0);
    case SpvBuiltInClipDistance:
        if (s->opt->stage == PUM_STAGE_FRAGMENT) {
            return 0; /* handled as an input slot */
        }
        break;
    default: break;
    }
    sv_fail(s, PUM_SPIRV_UNSUPPORTED, "built-in input %d", p->builtin);
    return sv_u32(s, 0);
}

pum_ir_ref
sv_centroid(struct sv *s, uint32_t axis)
{
    s->sh->info.uses_coverage = true;
    return sysval(s, PUM_SYSVAL_CENTROID, axis, PUM_IR_F32);
}

/* Number of an input, made at its first use. */
static uint32_t
fragment_input(struct sv *s, uint32_t vs_slot, enum pum_interp interp)
{
    struct pum_shader_info *info = &s->sh->info;
    uint32_t i = 0;
    while (i < info->n_fs_inputs && (info->fs_inputs[i].vs_slot != vs_slot || info->fs_inputs[i].interp != interp)) {
        i++;
    }
    if (i == info->n_fs_inputs) {
        if (i >= PUM_MAX_FS_INPUTS) {
            sv_fail(s, PUM_SPIRV_UNSUPPORTED, "more than %u input components", PUM_MAX_FS_INPUTS);
            return 0;
        }
        info->fs_inputs[info->n_fs_inputs++] = (struct pum_fs_input){(uint8_t)vs_slot, (uint8_t)interp};
    }
    return i;
}

/* at: x, y from the pixel's corner, or NULL = where the shader runs. */
static pum_ir_ref
fragment_slot(struct sv *s, uint32_t vs_slot, enum pum_interp interp, enum pum_ir_type t, const pum_ir_ref *at)
{
    const uint32_t i = fragment_input(s, vs_slot, interp);
    return at ? pum_ir_emit(&s->b, PUM_IR_LD_IN_AT, t, 2, at, i) : pum_ir_emit0(&s->b, PUM_IR_LD_IN, t, i);
}

/* Where an input is interpolated: `at`, or as its decorations say; NULL = where the shader runs. */
static const pum_ir_ref *
input_place(struct sv *s, const struct sv_place *p, const pum_ir_ref *at, pum_ir_ref centroid[2])
{
    if (at) {
        return at;
    }
    s->sh->info.uses_sample_shading = s->sh->info.uses_sample_shading || p->sample;
    for (uint32_t axis = 0; axis < 2 && p->centroid; axis++) {
        centroid[axis] = sv_centroid(s, axis);
    }
    return p->centroid ? centroid : NULL;
}

/* SPEC: BaryCoordKHR. The first is what the others leave: points have exactly (1, 0, 0). */
static pum_ir_ref
barycentric(struct sv *s, const struct sv_place *p, const pum_ir_ref *at)
{
    const enum pum_interp interp = p->builtin == SpvBuiltInBaryCoordKHR ? PUM_INTERP_PERSPECTIVE : PUM_INTERP_LINEAR;
    const enum pum_ir_type t = PUM_IR_F32;
    pum_ir_ref centroid[2];
    at = input_place(s, p, at, centroid);
    s->sh->info.needs_corners = true;
    if (p->index) {
        return fragment_slot(s, PUM_FS_WEIGHT + (p->index == 2), interp, t, at);
    }
    const pum_ir_ref second = fragment_slot(s, PUM_FS_WEIGHT, interp, t, at), third = fragment_slot(s, PUM_FS_WEIGHT + 1, interp, t, at);
    return SV_E2(FSUB, t, SV_E2(FSUB, t, sv_f32(s, 1.0f), second), third);
}

/* Geometry: what the stage before wrote for a vertex. Vertices that the primitive does not have are zero. */
static pum_ir_ref
vertex_slot_input(struct sv *s, const struct sv_place *p, uint32_t slot, enum pum_ir_type t)
{
    if (p->vertex >= s->sh->info.gs_in_vertices) {
        return pum_ir_const(&s->b, t, 0);
    }
    s->sh->info.in_slots[slot / 64] |= (uint64_t)1 << (slot % 64);
    return pum_ir_emit0(&s->b, PUM_IR_LD_IN, t, p->vertex * PUM_VS_SLOTS + slot);
}

/* One 32-bit component of a location. Halves travel as floats, narrow integers as wide ones: the values are the same. */
static pum_ir_ref
input_word(struct sv *s, const struct sv_type *st, const struct sv_place *p, uint32_t slot, enum pum_ir_type t, const pum_ir_ref *at)
{
    if (s->opt->stage == PUM_STAGE_GEOMETRY) {
        return vertex_slot_input(s, p, PUM_VS_USER + slot, t);
    }
    if (s->opt->stage != PUM_STAGE_FRAGMENT) {
        s->sh->info.in_locations |= 1u << slot / 4;
        return pum_ir_emit0(&s->b, PUM_IR_LD_IN, t, slot);
    }
    if (p->per_vertex) {
        const uint64_t i = fragment_input(s, PUM_VS_USER + slot, PUM_INTERP_VERTEX);
        s->sh->info.needs_corners = true;
        return pum_ir_emit0(&s->b, PUM_IR_LD_IN_VERTEX, t, i | (uint64_t)PUM_MIN(p->vertex, 2u) << 16);
    }
    const bool flat = p->flat || p->per_primitive || st->kind == SV_INT || st->bits == 64;
    if (flat) {
        return fragment_slot(s, PUM_VS_USER + slot, PUM_INTERP_FLAT, t, NULL);
    }
    const enum pum_interp interp = p->noperspective ? PUM_INTERP_LINEAR : PUM_INTERP_PERSPECTIVE;
    pum_ir_ref centroid[2];
    return fragment_slot(s, PUM_VS_USER + slot, interp, t, input_place(s, p, at, centroid));
}

pum_ir_ref
sv_load_input(struct sv *s, uint32_t var, uint32_t k, const pum_ir_ref *at)
{
    const struct sv_id *v = sv_id(s, var);
    const struct sv_type *st = sv_scalar_type(s, sv_type(s, v->type)->elem, k);
    const enum pum_ir_type t = sv_ir_type(s, st);
    const struct sv_place p = sv_interface_place(s, v, k);
    const bool fs = s->opt->stage == PUM_STAGE_FRAGMENT;
    if (p.builtin >= 0) {
        if (fs && (p.builtin == SpvBuiltInClipDistance || p.builtin == SpvBuiltInCullDistance) && p.index < 8) {
            const uint32_t base = p.builtin == SpvBuiltInClipDistance ? PUM_VS_CLIP_DISTANCE : PUM_VS_CULL_DISTANCE;
            return fragment_slot(s, base + p.index, PUM_INTERP_PERSPECTIVE, PUM_IR_F32, at);
        }
        if (fs && (p.builtin == SpvBuiltInBaryCoordKHR || p.builtin == SpvBuiltInBaryCoordNoPerspKHR) && p.index < 3 && t == PUM_IR_F32) {
            return barycentric(s, &p, at);
        }
        const bool gs = s->opt->stage == PUM_STAGE_GEOMETRY;
        if (gs && (p.builtin == SpvBuiltInPosition || p.builtin == SpvBuiltInPointSize || p.builtin == SpvBuiltInClipDistance ||
                   p.builtin == SpvBuiltInCullDistance)) {
            const uint32_t slot = sv_vertex_slot(s, &p);
            if (slot < PUM_VS_SLOTS && t == PUM_IR_F32) {
                return vertex_slot_input(s, &p, slot, t);
            }
            sv_fail(s, PUM_SPIRV_INVALID, "built-in input %d", p.builtin);
        }
        const pum_ir_ref r = builtin_input(s, &p);
        if (r && pum_ir_at(s->sh, r)->type != t) {
            sv_fail(s, PUM_SPIRV_INVALID, "type of built-in %d", p.builtin);
        }
        return r;
    }
    if (p.location >= PUM_MAX_LOCATIONS || p.component > 3 || t == PUM_IR_BOOL ||
        (s->opt->stage != PUM_STAGE_VERTEX && s->opt->stage != PUM_STAGE_GEOMETRY && !fs)) {
        sv_fail(s, PUM_SPIRV_INVALID, "input location %u component %u", p.location, p.component);
        return sv_u32(s, 0);
    }
    const uint32_t slot = p.location * 4 + p.component;
    if (st->bits == 64) {
        if (slot + 1 >= PUM_MAX_LOCATIONS * 4) {
            sv_fail(s, PUM_SPIRV_INVALID, "input location %u component %u", p.location, p.component);
            return sv_u32(s, 0);
        }
        const pum_ir_ref lo = input_word(s, st, &p, slot, PUM_IR_I32, NULL);
        return sv_join64(s, lo, input_word(s, st, &p, slot + 1, PUM_IR_I32, NULL), t);
    }
    const bool is_float = st->kind == SV_FLOAT;
    const pum_ir_ref r = input_word(s, st, &p, slot, is_float ? PUM_IR_F32 : PUM_IR_I32, at);
    return st->bits == 32 ? r : is_float ? SV_E1(F2F, t, r) : SV_E1(TRUNC, t, r);
}

void
sv_load_at(struct sv *s, const struct sv_ptr *p, uint32_t type, pum_ir_ref x, pum_ir_ref y, pum_ir_ref *out)
{
    const struct sv_id *var = sv_id(s, p->var);
    const pum_ir_ref at[2] = {x, y};
    const uint32_t n = sv_type(s, type)->scalars;
    if (s->opt->stage != PUM_STAGE_FRAGMENT || var->kind != SV_VAR || var->storage != SpvStorageClassInput || !x || !y ||
        pum_ir_at(s->sh, x)->type != PUM_IR_F32 || pum_ir_at(s->sh, y)->type != PUM_IR_F32) {
        sv_fail(s, PUM_SPIRV_INVALID, "interpolation of this pointer");
        return;
    }
    if (p->kind == SV_PTR_INPUT) {
        for (uint32_t k = 0; k < n && sv_ok(s); k++) {
            out[k] = sv_load_input(s, p->var, p->scalar + k, at);
        }
        return;
    }
    /* Indexed at run time: all of the variable's scalars, then a choice. */
    const uint32_t elem = sv_type(s, var->type)->elem, all = sv_type(s, elem)->scalars;
    for (uint32_t k = 0, at_B = p->off_B - var->scratch_B; k < n && sv_ok(s); k++) {
        const struct sv_type *want = sv_scalar_type(s, type, k);
        const pum_ir_ref off = p->off ? sv_iadd(s, p->off, sv_u32(s, at_B)) : sv_u32(s, at_B);
        const enum pum_ir_type t = sv_ir_type(s, want);
        out[k] = pum_ir_const(&s->b, t, 0);
        for (uint32_t i = 0, i_B = 0; i < all && sv_ok(s); i++) {
            const struct sv_type *have = sv_scalar_type(s, elem, i);
            if (sv_ir_type(s, have) == t) {
                out[k] = SV_E3(SELECT, t, SV_E2(IEQ, PUM_IR_BOOL, off, sv_u32(s, i_B)), sv_load_input(s, p->var, i, at), out[k]);
            }
            i_B += have->words * 4;
        }
        at_B += want->words * 4;
    }
}

uint32_t
sv_vertex_slot(struct sv *s, const struct sv_place *p)
{
    switch (p->builtin) {
    case -1: return p->location < PUM_MAX_LOCATIONS && p->component < 4 ? PUM_VS_USER + p->location * 4 + p->component : UINT32_MAX;
    case SpvBuiltInPosition: return PUM_VS_POSITION + (p->index & 3);
    case SpvBuiltInPointSize: return PUM_VS_POINT_SIZE;
    case SpvBuiltInLayer: return PUM_VS_LAYER;
    case SpvBuiltInViewportIndex: return PUM_VS_VIEWPORT;
    case SpvBuiltInClipDistance: return p->index < 8 ? PUM_VS_CLIP_DISTANCE + p->index : UINT32_MAX;
    case SpvBuiltInCullDistance: return p->index < 8 ? PUM_VS_CULL_DISTANCE + p->index : UINT32_MAX;
    case SpvBuiltInPrimitiveId:
        if (s->opt->stage == PUM_STAGE_GEOMETRY || s->opt->stage == PUM_STAGE_MESH) {
            return PUM_VS_PRIMITIVE_ID;
        }
        break;
    case SpvBuiltInCullPrimitiveEXT:
        if (s->opt->stage == PUM_STAGE_MESH) {
            return PUM_MESH_CULL;
        }
        break;
    case SpvBuiltInPrimitivePointIndicesEXT:
    case SpvBuiltInPrimitiveLineIndicesEXT:
    case SpvBuiltInPrimitiveTriangleIndicesEXT:
        if (s->opt->stage == PUM_STAGE_MESH) {
            return PUM_MESH_INDEX + p->index % 3;
        }
        break;
    default: break;
    }
    sv_fail(s, PUM_SPIRV_UNSUPPORTED, "built-in output %d", p->builtin);
    return UINT32_MAX;
}

/* Slot of ST_OUT, or UINT32_MAX for outputs that go nowhere. */
static uint32_t
output_slot(struct sv *s, const struct sv_id *v, uint32_t k)
{
    const struct sv_place p = sv_interface_place(s, v, k);
    struct pum_shader_info *info = &s->sh->info;
    if (sv_has_workgroups(s)) {
        sv_fail(s, PUM_SPIRV_INVALID, "output of a compute shader");
        return UINT32_MAX;
    }
    if (s->sh->info.stage == PUM_STAGE_VERTEX) {
        if (p.builtin == SpvBuiltInClipDistance) {
            info->clip_distances = (uint8_t)PUM_MAX(info->clip_distances, PUM_MIN(p.index + 1, 8u));
        } else if (p.builtin == SpvBuiltInCullDistance) {
            info->cull_distances = (uint8_t)PUM_MAX(info->cull_distances, PUM_MIN(p.index + 1, 8u));
        }
        return sv_vertex_slot(s, &p);
    }
    switch (p.builtin) {
    case -1:
        if (v->index == 1) {
            info->color1_written = true;
            return p.component < 4 ? PUM_FS_COLOR1 + p.component : UINT32_MAX;
        }
        if (p.location >= PUM_MAX_RENDER_TARGETS || p.component > 3) {
            return UINT32_MAX;
        }
        info->color_mask |= (uint8_t)(1u << p.location);
        return PUM_FS_COLOR + p.location * 4 + p.component;
    case SpvBuiltInFragDepth: info->writes_depth = true; return PUM_FS_DEPTH;
    case SpvBuiltInFragStencilRefEXT: info->writes_stencil = true; return PUM_FS_STENCIL_REF;
    case SpvBuiltInSampleMask: info->writes_sample_mask = true; return p.index == 0 ? PUM_FS_SAMPLE_MASK : UINT32_MAX;
    default: sv_fail(s, PUM_SPIRV_UNSUPPORTED, "built-in output %d", p.builtin); return UINT32_MAX;
    }
}

/* ---- storage ---- */

static uint32_t
shared_size_B(struct sv *s, uint32_t type)
{
    return s->shared_explicit ? sv_explicit_B(s, type, NULL) : sv_type(s, type)->natural_B;
}

/* Of the entry point's variables that lie over each other, at the beginning. */
static uint32_t
aliased_size_B(struct sv *s)
{
    uint32_t size_B = 0;
    for (uint32_t k = 0; k < s->n_interface && sv_ok(s); k++) {
        const struct sv_id *d = sv_id(s, s->interface[k]);
        if (d->kind == SV_VAR && d->storage == SpvStorageClassWorkgroup && d->aliased) {
            size_B = PUM_MAX(size_B, PUM_MIN(shared_size_B(s, sv_pointee(s, d)), PUM_MAX_SHARED_B + 1));
        }
    }
    return PUM_ALIGN_UP(size_B, 64u);
}

void
sv_take_scratch(struct sv *s, struct sv_id *var, uint32_t words)
{
    var->scratch_B = s->scratch_B;
    s->scratch_B += PUM_MIN(words, SV_MAX_PRIVATE_B) * 4;
    if (s->scratch_B > SV_MAX_PRIVATE_B) {
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "more than %u bytes of private arrays", SV_MAX_PRIVATE_B);
    }
}

void
sv_make_variable(struct sv *s, uint32_t id)
{
    struct sv_id *d = sv_id(s, id);
    const struct sv_type *pt = sv_type(s, d->type);
    if (d->live) {
        return;
    }
    d->live = true;
    if (pt->kind == SV_POINTER && sv_by_slots(s, d)) {
        return;
    }
    if (pt->kind != SV_POINTER) {
        sv_fail(s, PUM_SPIRV_INVALID, "variable of no pointer type");
        return;
    }
    if (sv_is_trace_variable(d)) {
        sv_make_trace_variable(s, d);
        return;
    }
    const uint32_t elem = sv_pointee(s, d);
    const struct sv_type *t = sv_type(s, elem);
    struct pum_shader_info *info = &s->sh->info;
    if (pt->untyped && (d->storage < SpvStorageClassPushConstant || d->storage == SpvStorageClassTaskPayloadWorkgroupEXT) &&
        d->storage != SpvStorageClassUniform && d->storage != SpvStorageClassWorkgroup) {
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "untyped variable of storage class %u", d->storage);
        return;
    }
    if (t->encoded && (d->storage == SpvStorageClassInput || d->storage == SpvStorageClassOutput)) {
        sv_fail(s, PUM_SPIRV_INVALID, "inputs and outputs of this encoding"); /* SPEC: VUID-StandaloneSpirv-OpTypeFloat-10370, 10823 */
        return;
    }
    const uint32_t rays = sv_rays_of(s, elem);
    if (rays) {
        sv_make_rays(s, d, rays);
        return;
    }
    switch (d->storage) {
    case SpvStorageClassFunction:
    case SpvStorageClassPrivate:
    case SpvStorageClassOutput:
    case SpvStorageClassInput:
        if (t->scalars == 0 || t->scalars > SV_MAX_PRIVATE_B / 4 || t->kind == SV_RUNTIME_ARRAY) {
            sv_fail(s, PUM_SPIRV_UNSUPPORTED, "variable of %u scalars", t->scalars);
            return;
        }
        if (d->dynamic) {
            sv_take_scratch(s, d, t->words);
        } else if (d->storage != SpvStorageClassInput) {
            for (uint32_t k = 0; k < t->scalars; k++) {
                const uint32_t v = pum_ir_add_var(s->sh, sv_ir_type(s, sv_scalar_type(s, elem, k)));
                d->first_var = k == 0 ? v : d->first_var;
            }
        }
        if (d->storage == SpvStorageClassOutput) {
            d->stored = sv_alloc(s, t->scalars, sizeof(bool));
        }
        break;
    case SpvStorageClassWorkgroup:
        if (t->scalars == 0 || shared_size_B(s, elem) > PUM_MAX_SHARED_B) {
            sv_fail(s, PUM_SPIRV_UNSUPPORTED, "workgroup variable of %u bytes", shared_size_B(s, elem));
            return;
        }
        if (s->shared_explicit) { /* SPEC: SPV_KHR_workgroup_memory_explicit_layout */
            info->shared_B = PUM_MAX(info->shared_B, s->shared_base_B + aliased_size_B(s));
            d->shared_B = d->aliased ? s->shared_base_B : info->shared_B;
            info->shared_B = PUM_MAX(info->shared_B, d->shared_B + PUM_ALIGN_UP(shared_size_B(s, elem), 64u));
        } else {
            d->shared_B = PUM_ALIGN_UP(info->shared_B, t->align_B);
            info->shared_B = d->shared_B + t->natural_B;
        }
        if (info->shared_B - s->shared_base_B > PUM_MAX_SHARED_B) {
            sv_fail(s, PUM_SPIRV_UNSUPPORTED, "more than %u bytes of workgroup memory", PUM_MAX_SHARED_B);
        }
        break;
    case SpvStorageClassTaskPayloadWorkgroupEXT:
        if (t->scalars == 0 || t->natural_B > PUM_MAX_PAYLOAD_B) {
            sv_fail(s, PUM_SPIRV_UNSUPPORTED, "payload of %u bytes", t->natural_B);
            return;
        }
        info->payload_B = PUM_MAX(info->payload_B, t->natural_B);
        break;
    default: break;
    }
}

struct sv_ptr
sv_variable_pointer(struct sv *s, uint32_t id)
{
    const struct sv_id *d = sv_id(s, id);
    struct sv_ptr ptr = {.type = sv_pointee(s, d), .var = id}, *p = &ptr;
    if (sv_by_slots(s, d)) {
        return sv_slots_pointer(s, id);
    }
    if (d->has_rays) {
        p->kind = SV_PTR_RAY;
        p->off_B = d->first_ray;
        return ptr;
    }
    if (sv_is_trace_variable(d)) {
        return sv_trace_pointer(s, id);
    }
    switch (d->storage) {
    case SpvStorageClassFunction:
    case SpvStorageClassPrivate:
    case SpvStorageClassOutput:
    case SpvStorageClassInput:
        p->kind = d->dynamic ? SV_PTR_SCRATCH : d->storage == SpvStorageClassInput ? SV_PTR_INPUT : SV_PTR_VARS;
        p->off_B = d->dynamic ? d->scratch_B : 0;
        break;
    case SpvStorageClassWorkgroup:
        p->kind = SV_PTR_SHARED;
        p->off_B = d->shared_B;
        break;
    case SpvStorageClassTaskPayloadWorkgroupEXT:
        if (s->opt->stage != PUM_STAGE_TASK && s->opt->stage != PUM_STAGE_MESH) {
            sv_fail(s, PUM_SPIRV_INVALID, "payload in this stage");
        }
        p->kind = SV_PTR_SHARED;
        p->natural = true;
        p->readonly = s->opt->stage == PUM_STAGE_MESH;
        p->off_B = PUM_MESH_PAYLOAD_B;
        break;
    case SpvStorageClassPushConstant:
        p->kind = SV_PTR_PUSH;
        break;
    case SpvStorageClassUniform:
    case SpvStorageClassStorageBuffer:
        p->kind = SV_PTR_BUFFER;
        break;
    case SpvStorageClassUniformConstant:
        p->kind = SV_PTR_RESOURCE;
        break;
    default:
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "storage class %u", d->storage);
    }
    return ptr;
}

const struct pum_spirv_binding *
sv_binding(struct sv *s, const struct sv_ptr *p)
{
    const struct sv_id *v = sv_id(s, p->var);
    for (uint32_t i = 0; i < s->opt->n_bindings; i++) {
        const struct pum_spirv_binding *b = &s->opt->bindings[i];
        if (v->has_binding && b->set == v->set && b->binding == v->binding) {
            return b;
        }
    }
    sv_fail(s, PUM_SPIRV_INVALID, "set %u binding %u is not in the pipeline layout", v->set, v->binding);
    return NULL;
}

/* Address of a binding's record. */
pum_ir_ref
sv_resource(struct sv *s, const struct sv_ptr *p)
{
    const struct pum_spirv_binding *b = sv_binding(s, p);
    if (!b) {
        return 0;
    }
    const bool dyn = b->dynamic_index != UINT32_MAX;
    const uint32_t set = dyn ? PUM_SET_DYNAMIC : b->set;
    const uint32_t off_B = dyn ? b->dynamic_index * PUM_DESC_BUFFER_B : b->offset_B;
    const pum_ir_ref r = pum_ir_emit(&s->b, PUM_IR_DESC, PUM_IR_I64, p->index ? 1 : 0, &p->index, set | (uint64_t)off_B << 8);
    if (r) {
        pum_ir_at(s->sh, r)->imm2 = b->stride_B | (uint64_t)b->count << 16;
    }
    return r;
}

/* Workgroup memory that is declared with zeros: invocations take turns at its words, and nobody goes on before all are done. */
static void
zero_workgroup(struct sv *s, uint32_t first_B, uint32_t end_B)
{
    const uint32_t *size = s->sh->info.local_size, threads = size[0] * size[1] * size[2];
    const enum pum_ir_type t = PUM_IR_I32;
    const uint32_t at = pum_ir_add_var(s->sh, t);
    const pum_ir_ref start = SV_E2(IADD, t, SV_E2(SHL, t, sysval(s, PUM_SYSVAL_LOCAL_INDEX, 0, t), sv_u32(s, 2)), sv_u32(s, first_B));
    pum_ir_emit(&s->b, PUM_IR_ST_VAR, PUM_IR_VOID, 1, &start, at);
    struct pum_ir_node *loop = pum_ir_push_loop(&s->b);
    const pum_ir_ref off = pum_ir_emit0(&s->b, PUM_IR_LD_VAR, t, at);
    struct pum_ir_node *check = pum_ir_push_if(&s->b, SV_E2(ULE, PUM_IR_BOOL, sv_u32(s, end_B), off));
    if (!check || !loop) {
        return; /* out of memory */
    }
    pum_ir_break(&s->b, loop);
    pum_ir_begin_else(&s->b, check);
    pum_ir_pop_if(&s->b, check);
    pum_ir_emit2(&s->b, PUM_IR_ST_SHARED, PUM_IR_VOID, off, sv_u32(s, 0));
    const pum_ir_ref next = SV_E2(IADD, t, off, sv_u32(s, threads * 4));
    pum_ir_emit(&s->b, PUM_IR_ST_VAR, PUM_IR_VOID, 1, &next, at);
    pum_ir_pop_loop(&s->b, loop);
}

static void
init_workgroup(struct sv *s)
{
    struct pum_shader_info *info = &s->sh->info;
    uint32_t first_B = UINT32_MAX, end_B = 0;
    for (uint32_t k = 0; k < s->n_interface && sv_ok(s) && s->version >= 0x10400; k++) { /* before, they are not listed */
        const struct sv_id *d = sv_id(s, s->interface[k]);
        if (d->kind == SV_VAR && d->storage == SpvStorageClassWorkgroup) {
            sv_make_variable(s, s->interface[k]);
        }
    }
    for (uint32_t i = 5; i < s->n && sv_ok(s) && (s->w[i] & 0xffff) != SpvOpFunction; i += s->w[i] >> 16) {
        const uint32_t op = s->w[i] & 0xffff, k = op == SpvOpVariable ? 3 : 4;
        if ((op != SpvOpVariable && op != SpvOpUntypedVariableKHR) || sv_len(s, i) <= k || sv_arg(s, i, 2) != SpvStorageClassWorkgroup) {
            continue;
        }
        s->at = i;
        const struct sv_id *d = sv_id(s, sv_arg(s, i, 1)), *zero = sv_id(s, sv_arg(s, i, k));
        if (zero->kind != SV_CONST || (s->w[zero->word] & 0xffff) != SpvOpConstantNull) {
            sv_fail(s, PUM_SPIRV_INVALID, "workgroup memory can only begin as zeros");
            return;
        }
        if (s->version >= 0x10400 && !d->live) {
            continue; /* another entry point's */
        }
        sv_make_variable(s, sv_arg(s, i, 1));
        if (sv_ok(s)) {
            first_B = PUM_MIN(first_B, d->shared_B);
            end_B = PUM_MAX(end_B, d->shared_B + shared_size_B(s, sv_pointee(s, d)));
        }
    }
    if (end_B && sv_ok(s)) {
        zero_workgroup(s, first_B & ~3u, PUM_ALIGN_UP(end_B, 4u));
        info->shared_B = PUM_ALIGN_UP(info->shared_B, 4u);
        info->has_barrier = true;
        pum_ir_emit0(&s->b, PUM_IR_BARRIER, PUM_IR_VOID, 0);
    }
}

/* Storage that must be filled where the entry point begins: initialised globals, inputs that are indexed at run time. */
void
sv_init_globals(struct sv *s)
{
    if (sv_has_workgroups(s)) {
        init_workgroup(s);
    }
    for (uint32_t i = 5; i < s->n && sv_ok(s) && (s->w[i] & 0xffff) != SpvOpFunction; i += s->w[i] >> 16) {
        if ((s->w[i] & 0xffff) != SpvOpVariable) {
            continue;
        }
        s->at = i;
        const uint32_t id = sv_arg(s, i, 1);
        struct sv_id *d = sv_id(s, id);
        const uint32_t elem = sv_type(s, d->type)->elem;
        if (sv_len(s, i) > 3 && (d->storage == SpvStorageClassPrivate || d->storage == SpvStorageClassOutput)) {
            uint32_t n;
            const pum_ir_ref *v = sv_value(s, sv_arg(s, i, 3), &n);
            if (sv_ok(s) && n == sv_type(s, elem)->scalars) {
                sv_store(s, sv_pointer(s, id), elem, v);
            }
        }
        if (d->storage == SpvStorageClassInput && d->dynamic && !sv_by_slots(s, d)) {
            bool mine = false;
            for (uint32_t k = 0; k < s->n_interface; k++) {
                mine = mine || s->interface[k] == id;
            }
            const uint32_t n = sv_type(s, elem)->scalars;
            pum_ir_ref *v = mine ? sv_alloc(s, n, sizeof(*v)) : NULL;
            for (uint32_t k = 0; v && k < n; k++) {
                v[k] = sv_load_input(s, id, k, NULL);
            }
            if (v && sv_ok(s)) {
                sv_store(s, sv_pointer(s, id), elem, v);
            }
        }
    }
}

static void
store_word(struct sv *s, uint32_t slot, pum_ir_ref v)
{
    pum_ir_emit(&s->b, PUM_IR_ST_OUT, PUM_IR_VOID, 1, &v, slot);
    if (s->sh->info.stage == PUM_STAGE_VERTEX) {
        s->sh->info.out_slots[slot / 64] |= (uint64_t)1 << (slot % 64);
    }
}

static void
store_output(struct sv *s, uint32_t slot, pum_ir_ref v, bool is_signed)
{
    const enum pum_ir_type t = (enum pum_ir_type)pum_ir_at(s->sh, v)->type;
    if (pum_ir_type_bits(t) == 64) {
        pum_ir_ref half[2];
        sv_split64(s, v, half);
        if (slot + 1 < PUM_VS_SLOTS && s->sh->info.stage == PUM_STAGE_VERTEX) {
            store_word(s, slot, half[0]);
            store_word(s, slot + 1, half[1]);
        } else {
            sv_fail(s, PUM_SPIRV_INVALID, "64-bit output");
        }
    } else if (t == PUM_IR_F16) {
        store_word(s, slot, SV_E1(F2F, PUM_IR_F32, v));
    } else {
        store_word(s, slot, t == PUM_IR_I16 || t == PUM_IR_I8 ? sv_int_to(s, v, PUM_IR_I32, is_signed) : v);
    }
}

const pum_ir_ref *
sv_load_output(struct sv *s, uint32_t id, uint32_t *type, uint32_t *n)
{
    const struct sv_id *d = sv_id(s, id);
    if (d->kind != SV_VAR || d->storage != SpvStorageClassOutput || !d->live) {
        return NULL;
    }
    *type = sv_type(s, d->type)->elem;
    *n = sv_type(s, *type)->scalars;
    pum_ir_ref *v = sv_alloc(s, *n, sizeof(*v));
    if (v) {
        sv_load(s, sv_pointer(s, id), *type, v);
    }
    return v;
}

void
sv_store_outputs(struct sv *s)
{
    if (s->opt->stage == PUM_STAGE_GEOMETRY) {
        sv_end_geometry(s);
        return;
    }
    if (s->opt->stage == PUM_STAGE_TESS_CONTROL || s->opt->stage == PUM_STAGE_MESH) {
        return; /* in the memory of the workgroup already */
    }
    for (uint32_t k = 0; k < s->n_interface && sv_ok(s); k++) {
        uint32_t type, n;
        const pum_ir_ref *v = sv_load_output(s, s->interface[k], &type, &n);
        struct sv_id *d = sv_id(s, s->interface[k]);
        for (uint32_t c = 0; v && c < n && sv_ok(s); c++) {
            const uint32_t slot = d->stored && d->stored[c] ? output_slot(s, d, c) : UINT32_MAX;
            if (slot != UINT32_MAX) {
                store_output(s, slot, v[c], sv_scalar_type(s, type, c)->is_signed);
            }
        }
    }
}

bool
sv_memory(struct sv *s, uint32_t i, uint32_t op)
{
    switch (op) {
    case SpvOpVariable: {
        struct sv_id *d = sv_id(s, sv_arg(s, i, 1));
        if (d->kind != SV_NONE && d->kind != SV_VAR) {
            sv_fail(s, PUM_SPIRV_INVALID, "%%%u is defined twice", sv_arg(s, i, 1));
            return true;
        }
        d->kind = SV_VAR;
        d->type = sv_arg(s, i, 0);
        d->storage = sv_arg(s, i, 2);
        d->live = false;
        if (sv_len(s, i) > 3) {
            uint32_t n;
            const pum_ir_ref *v = sv_value(s, sv_arg(s, i, 3), &n);
            const uint32_t elem = sv_type(s, d->type)->elem;
            if (sv_ok(s) && n == sv_type(s, elem)->scalars) {
                sv_store(s, sv_pointer(s, sv_arg(s, i, 1)), elem, v);
            }
        }
        return true;
    }
    case SpvOpLoad: {
        const struct sv_ptr p = sv_pointer_to(s, sv_arg(s, i, 2), sv_arg(s, i, 0));
        if (sv_ok(s) && p.type != sv_arg(s, i, 0)) {
            sv_fail(s, PUM_SPIRV_INVALID, "type of the load");
        }
        pum_ir_ref *c = sv_ok(s) ? sv_define(s, sv_arg(s, i, 1), sv_arg(s, i, 0)) : NULL;
        if (c) {
            sv_load(s, &p, p.type, c);
        }
        return true;
    }
    case SpvOpStore: {
        const struct sv_ptr p = sv_pointer_to(s, sv_arg(s, i, 0), sv_id(s, sv_arg(s, i, 1))->type);
        uint32_t n;
        const pum_ir_ref *v = sv_value(s, sv_arg(s, i, 1), &n);
        if (sv_ok(s) && (n != sv_type(s, p.type)->scalars || n == 0)) {
            sv_fail(s, PUM_SPIRV_INVALID, "type of the store");
        }
        for (uint32_t k = 0; k < n && sv_ok(s); k++) {
            if (pum_ir_at(s->sh, v[k])->type != sv_ir_type(s, sv_scalar_type(s, p.type, k))) {
                sv_fail(s, PUM_SPIRV_INVALID, "type of the store");
            }
        }
        if (sv_ok(s)) {
            sv_store(s, &p, p.type, v);
        }
        return true;
    }
    case SpvOpCopyMemory: {
        /* one of them says what is copied; SPEC: SPV_KHR_untyped_pointers */
        const uint32_t dst_type = sv_pointer(s, sv_arg(s, i, 0))->type, src_type = sv_pointer(s, sv_arg(s, i, 1))->type;
        const struct sv_ptr dst = sv_pointer_to(s, sv_arg(s, i, 0), src_type), src = sv_pointer_to(s, sv_arg(s, i, 1), dst_type);
        const uint32_t n = sv_ok(s) ? sv_type(s, src.type)->scalars : 0;
        if (sv_ok(s) && (n != sv_type(s, dst.type)->scalars || n > 4096)) {
            sv_fail(s, PUM_SPIRV_INVALID, "types of the copy");
        }
        pum_ir_ref *v = sv_ok(s) ? sv_alloc(s, n, sizeof(*v)) : NULL;
        if (v) {
            sv_load(s, &src, src.type, v);
            if (sv_ok(s)) {
                sv_store(s, &dst, dst.type, v);
            }
        }
        return true;
    }
    case SpvOpUntypedArrayLengthKHR:
    case SpvOpArrayLength: {
        const uint32_t k = op == SpvOpArrayLength ? 2 : 3;
        struct sv_ptr p = *sv_pointer(s, sv_arg(s, i, k));
        if (op != SpvOpArrayLength && sv_ok(s)) {
            sv_retype(s, &p, sv_arg(s, i, 2));
        }
        const struct sv_type *t = sv_ok(s) ? sv_type(s, p.type) : NULL;
        const uint32_t m = sv_arg(s, i, k + 1);
        if (!t || p.kind != SV_PTR_BUFFER || t->kind != SV_STRUCT || m >= t->count ||
            sv_type(s, t->members[m].type)->kind != SV_RUNTIME_ARRAY || sv_type(s, t->members[m].type)->stride_B == 0) {
            sv_fail(s, PUM_SPIRV_INVALID, "array length of this");
            return true;
        }
        sv_buffer_desc(s, &p);
        pum_ir_ref *c = sv_define(s, sv_arg(s, i, 1), sv_arg(s, i, 0));
        if (c) {
            const pum_ir_ref size = SV_E1(BUF_SIZE, PUM_IR_I32, p.desc), off = sv_u32(s, t->members[m].offset_B);
            const pum_ir_ref some = SV_E2(ULT, PUM_IR_BOOL, off, size);
            const pum_ir_ref left = SV_E3(SELECT, PUM_IR_I32, some, SV_E2(ISUB, PUM_IR_I32, size, off), sv_u32(s, 0));
            c[0] = SV_E2(UDIV, PUM_IR_I32, left, sv_u32(s, sv_type(s, t->members[m].type)->stride_B));
        }
        return true;
    }
    default:
        return sv_pointer_op(s, i, op) || sv_atomic(s, i, op);
    }
}
