/* Variables, pointers, loads and stores, atomics, stage interfaces. */
#include <string.h>

#include "spirv/sv.h"

#define MAX_PRIVATE_B (64u << 10) /* per invocation */
#define MAX_SHARED_B (64u << 10)

static uint32_t
locations_of(struct sv *s, uint32_t type)
{
    const struct sv_type *t = sv_type(s, type);
    if (t->kind == SV_MATRIX) {
        return t->count;
    }
    if (t->kind == SV_ARRAY) {
        return t->count * locations_of(s, t->elem);
    }
    uint32_t n = t->kind == SV_STRUCT ? 0 : 1;
    for (uint32_t i = 0; t->kind == SV_STRUCT && i < t->count; i++) {
        n += locations_of(s, t->members[i].type);
    }
    return n;
}

/* Where one scalar of an interface variable belongs. */
struct place {
    int32_t builtin; /* -1 = a location */
    uint32_t location, component;
    uint32_t index; /* scalar inside the built-in */
    bool flat, noperspective, centroid, sample;
};

static struct place
interface_place(struct sv *s, const struct sv_id *var, uint32_t k)
{
    struct place p = {var->has_builtin ? (int32_t)var->builtin : -1, var->location, var->component, k, var->flat, var->noperspective,
                      var->centroid, var->sample};
    uint32_t type = sv_type(s, var->type)->elem;
    for (int depth = 0; depth < 32; depth++) {
        const struct sv_type *t = sv_type(s, type);
        if (t->kind == SV_STRUCT) {
            uint32_t i = 0;
            for (; i < t->count && k >= sv_type(s, t->members[i].type)->scalars; i++) {
                k -= sv_type(s, t->members[i].type)->scalars;
                p.location += locations_of(s, t->members[i].type);
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
            p.index = k;
            type = m->type;
        } else if (t->kind == SV_ARRAY || t->kind == SV_MATRIX) {
            const uint32_t per = sv_type(s, t->elem)->scalars;
            p.location += per ? k / per * locations_of(s, t->elem) : 0;
            k = per ? k % per : 0;
            type = t->elem;
        } else {
            p.component += k;
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
    switch (builtin) {
    case SpvBuiltInVertexIndex:
    case SpvBuiltInVertexId:
    case SpvBuiltInInstanceIndex:
    case SpvBuiltInInstanceId:
    case SpvBuiltInBaseVertex:
    case SpvBuiltInBaseInstance:
    case SpvBuiltInDrawIndex: return vertex;
    case SpvBuiltInViewIndex: return vertex | fragment;
    case SpvBuiltInWorkgroupId:
    case SpvBuiltInNumWorkgroups:
    case SpvBuiltInLocalInvocationId:
    case SpvBuiltInLocalInvocationIndex:
    case SpvBuiltInGlobalInvocationId:
    case SpvBuiltInSubgroupId:
    case SpvBuiltInNumSubgroups: return compute;
    case SpvBuiltInSubgroupSize:
    case SpvBuiltInSubgroupLocalInvocationId: return vertex | fragment | compute;
    default: return fragment;
    }
}

static pum_ir_ref
builtin_input(struct sv *s, const struct place *p)
{
    const enum pum_ir_type t = PUM_IR_I32;
    struct pum_shader_info *info = &s->sh->info;
    if (!(builtin_stages(p->builtin) >> s->opt->stage & 1)) {
        sv_fail(s, PUM_SPIRV_INVALID, "built-in input %d in this stage", p->builtin);
        return sv_u32(s, 0);
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
    case SpvBuiltInLocalInvocationId: return sysval(s, PUM_SYSVAL_LOCAL_ID, p->index % 3, t);
    case SpvBuiltInLocalInvocationIndex: return sysval(s, PUM_SYSVAL_LOCAL_INDEX, 0, t);
    case SpvBuiltInGlobalInvocationId: return sysval(s, PUM_SYSVAL_GLOBAL_ID, p->index % 3, t);
    case SpvBuiltInSubgroupId: return sysval(s, PUM_SYSVAL_SUBGROUP_ID, 0, t);
    case SpvBuiltInNumSubgroups: return sysval(s, PUM_SYSVAL_NUM_SUBGROUPS, 0, t);
    case SpvBuiltInSubgroupSize: return sv_u32(s, PUM_LANES);
    case SpvBuiltInSubgroupLocalInvocationId: return sysval(s, PUM_SYSVAL_SUBGROUP_LANE, 0, t);
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

/* at: x, y from the pixel's corner, or NULL = where the shader runs. */
static pum_ir_ref
fragment_slot(struct sv *s, uint32_t vs_slot, enum pum_interp interp, enum pum_ir_type t, const pum_ir_ref *at)
{
    struct pum_shader_info *info = &s->sh->info;
    uint32_t i = 0;
    while (i < info->n_fs_inputs && (info->fs_inputs[i].vs_slot != vs_slot || info->fs_inputs[i].interp != interp)) {
        i++;
    }
    if (i == info->n_fs_inputs) {
        if (i >= PUM_MAX_FS_INPUTS) {
            sv_fail(s, PUM_SPIRV_UNSUPPORTED, "more than %u input components", PUM_MAX_FS_INPUTS);
            return sv_u32(s, 0);
        }
        info->fs_inputs[info->n_fs_inputs++] = (struct pum_fs_input){(uint8_t)vs_slot, (uint8_t)interp};
    }
    return at ? pum_ir_emit(&s->b, PUM_IR_LD_IN_AT, t, 2, at, i) : pum_ir_emit0(&s->b, PUM_IR_LD_IN, t, i);
}

static pum_ir_ref
load_input(struct sv *s, uint32_t var, uint32_t k, const pum_ir_ref *at)
{
    const struct sv_id *v = sv_id(s, var);
    const struct sv_type *st = sv_scalar_type(s, sv_type(s, v->type)->elem, k);
    const enum pum_ir_type t = sv_ir_type(s, st);
    const struct place p = interface_place(s, v, k);
    const bool fs = s->opt->stage == PUM_STAGE_FRAGMENT;
    if (p.builtin >= 0) {
        if (fs && (p.builtin == SpvBuiltInClipDistance || p.builtin == SpvBuiltInCullDistance) && p.index < 8) {
            const uint32_t base = p.builtin == SpvBuiltInClipDistance ? PUM_VS_CLIP_DISTANCE : PUM_VS_CULL_DISTANCE;
            return fragment_slot(s, base + p.index, PUM_INTERP_PERSPECTIVE, PUM_IR_F32, at);
        }
        const pum_ir_ref r = builtin_input(s, &p);
        if (r && pum_ir_at(s->sh, r)->type != t) {
            sv_fail(s, PUM_SPIRV_INVALID, "type of built-in %d", p.builtin);
        }
        return r;
    }
    if (p.location >= PUM_MAX_LOCATIONS || p.component > 3 || t == PUM_IR_BOOL || s->opt->stage == PUM_STAGE_COMPUTE) {
        sv_fail(s, PUM_SPIRV_INVALID, "input location %u component %u", p.location, p.component);
        return sv_u32(s, 0);
    }
    const uint32_t slot = p.location * 4 + p.component;
    if (!fs) {
        s->sh->info.in_locations |= 1u << p.location;
        return pum_ir_emit0(&s->b, PUM_IR_LD_IN, t, slot);
    }
    const enum pum_interp interp = p.flat || st->kind == SV_INT ? PUM_INTERP_FLAT : p.noperspective ? PUM_INTERP_LINEAR : PUM_INTERP_PERSPECTIVE;
    if (at || interp == PUM_INTERP_FLAT) {
        return fragment_slot(s, PUM_VS_USER + slot, interp, t, interp == PUM_INTERP_FLAT ? NULL : at);
    }
    s->sh->info.uses_sample_shading = s->sh->info.uses_sample_shading || p.sample;
    const pum_ir_ref centroid[2] = {p.centroid ? sv_centroid(s, 0) : 0, p.centroid ? sv_centroid(s, 1) : 0};
    return fragment_slot(s, PUM_VS_USER + slot, interp, t, p.centroid ? centroid : NULL);
}

/* Slot of ST_OUT, or UINT32_MAX for outputs that go nowhere. */
static uint32_t
output_slot(struct sv *s, const struct sv_id *v, uint32_t k)
{
    const struct place p = interface_place(s, v, k);
    struct pum_shader_info *info = &s->sh->info;
    if (s->opt->stage == PUM_STAGE_COMPUTE) {
        sv_fail(s, PUM_SPIRV_INVALID, "output of a compute shader");
        return UINT32_MAX;
    }
    if (s->opt->stage == PUM_STAGE_VERTEX) {
        switch (p.builtin) {
        case -1: return p.location < PUM_MAX_LOCATIONS && p.component < 4 ? PUM_VS_USER + p.location * 4 + p.component : UINT32_MAX;
        case SpvBuiltInPosition: return PUM_VS_POSITION + (p.index & 3);
        case SpvBuiltInPointSize: return PUM_VS_POINT_SIZE;
        case SpvBuiltInLayer: return PUM_VS_LAYER;
        case SpvBuiltInViewportIndex: return PUM_VS_VIEWPORT;
        case SpvBuiltInClipDistance:
            info->clip_distances = (uint8_t)PUM_MAX(info->clip_distances, PUM_MIN(p.index + 1, 8u));
            return p.index < 8 ? PUM_VS_CLIP_DISTANCE + p.index : UINT32_MAX;
        case SpvBuiltInCullDistance:
            info->cull_distances = (uint8_t)PUM_MAX(info->cull_distances, PUM_MIN(p.index + 1, 8u));
            return p.index < 8 ? PUM_VS_CULL_DISTANCE + p.index : UINT32_MAX;
        default: sv_fail(s, PUM_SPIRV_UNSUPPORTED, "built-in output %d", p.builtin); return UINT32_MAX;
        }
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

static void
make_variable(struct sv *s, uint32_t id)
{
    struct sv_id *d = sv_id(s, id);
    const struct sv_type *pt = sv_type(s, d->type);
    if (d->live) {
        return;
    }
    d->live = true;
    if (pt->kind != SV_POINTER) {
        sv_fail(s, PUM_SPIRV_INVALID, "variable of no pointer type");
        return;
    }
    const struct sv_type *t = sv_type(s, pt->elem);
    struct pum_shader_info *info = &s->sh->info;
    switch (d->storage) {
    case SpvStorageClassFunction:
    case SpvStorageClassPrivate:
    case SpvStorageClassOutput:
    case SpvStorageClassInput:
        if (t->scalars == 0 || t->scalars > MAX_PRIVATE_B / 4 || t->kind == SV_RUNTIME_ARRAY) {
            sv_fail(s, PUM_SPIRV_UNSUPPORTED, "variable of %u scalars", t->scalars);
            return;
        }
        if (d->dynamic) {
            d->scratch_B = s->scratch_B;
            s->scratch_B += t->scalars * 4;
            if (s->scratch_B > MAX_PRIVATE_B) {
                sv_fail(s, PUM_SPIRV_UNSUPPORTED, "more than %u bytes of private arrays", MAX_PRIVATE_B);
            }
        } else if (d->storage != SpvStorageClassInput) {
            for (uint32_t k = 0; k < t->scalars; k++) {
                const uint32_t v = pum_ir_add_var(s->sh, sv_ir_type(s, sv_scalar_type(s, pt->elem, k)));
                d->first_var = k == 0 ? v : d->first_var;
            }
        }
        if (d->storage == SpvStorageClassOutput) {
            d->stored = sv_alloc(s, t->scalars, sizeof(bool));
        }
        break;
    case SpvStorageClassWorkgroup:
        if (t->scalars == 0 || t->scalars > MAX_SHARED_B / 4) {
            sv_fail(s, PUM_SPIRV_UNSUPPORTED, "workgroup variable of %u scalars", t->scalars);
            return;
        }
        d->shared_B = info->shared_B;
        info->shared_B += PUM_ALIGN_UP(t->scalars * 4, 64u);
        if (info->shared_B > MAX_SHARED_B) {
            sv_fail(s, PUM_SPIRV_UNSUPPORTED, "more than %u bytes of workgroup memory", MAX_SHARED_B);
        }
        break;
    default: break;
    }
}

static void
variable_pointer(struct sv *s, uint32_t id, struct sv_ptr *p)
{
    const struct sv_id *d = sv_id(s, id);
    *p = (struct sv_ptr){.type = sv_type(s, d->type)->elem, .var = id};
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
}

struct sv_ptr *
sv_pointer(struct sv *s, uint32_t id)
{
    static struct sv_ptr none;
    struct sv_id *d = sv_id(s, id);
    if (d->kind == SV_VAR) {
        make_variable(s, id);
        struct sv_ptr *p = sv_alloc(s, 1, sizeof(*p));
        if (p && sv_ok(s)) {
            variable_pointer(s, id, p);
            return p;
        }
        return p ? p : &none;
    }
    if (d->kind != SV_PTR_VALUE || !d->ptr) {
        sv_fail(s, PUM_SPIRV_INVALID, "%%%u is no pointer", id);
        return &none;
    }
    return sv_reach_pointer(s, d->ptr);
}

/* Address of a binding's record. */
pum_ir_ref
sv_resource(struct sv *s, const struct sv_ptr *p)
{
    const struct sv_id *v = sv_id(s, p->var);
    for (uint32_t i = 0; i < s->opt->n_bindings; i++) {
        const struct pum_spirv_binding *b = &s->opt->bindings[i];
        if (!v->has_binding || b->set != v->set || b->binding != v->binding) {
            continue;
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
    sv_fail(s, PUM_SPIRV_INVALID, "set %u binding %u is not in the pipeline layout", v->set, v->binding);
    return 0;
}

static void
buffer_desc(struct sv *s, struct sv_ptr *p)
{
    if (p->kind == SV_PTR_BUFFER && !p->desc) {
        const struct sv_type *t = sv_type(s, p->type);
        p->readonly = sv_id(s, p->var)->storage == SpvStorageClassUniform && !t->buffer_block;
        p->desc = sv_resource(s, p);
    }
}

static void
access_chain(struct sv *s, uint32_t i)
{
    struct sv_ptr *p = sv_alloc(s, 1, sizeof(*p));
    if (!p) {
        return;
    }
    *p = *sv_pointer(s, sv_arg(s, i, 2));
    for (uint32_t k = 3; k < sv_len(s, i) && sv_ok(s); k++) {
        const struct sv_type *t = sv_type(s, p->type);
        uint32_t c = 0, elem;
        const bool is_const = sv_const_u32(s, sv_arg(s, i, k), &c);
        if (t->kind == SV_STRUCT && (!is_const || c >= t->count)) {
            sv_fail(s, PUM_SPIRV_INVALID, "member index");
            return;
        }
        if (p->kind == SV_PTR_RESOURCE || (p->kind == SV_PTR_BUFFER && !p->desc && t->kind != SV_STRUCT)) {
            if (t->kind != SV_ARRAY && t->kind != SV_RUNTIME_ARRAY) {
                sv_fail(s, PUM_SPIRV_INVALID, "index into a resource");
                return;
            }
            const pum_ir_ref x = sv_scalar(s, sv_arg(s, i, k));
            p->index = p->index ? sv_iadd(s, sv_imul(s, p->index, t->count), x) : x;
            p->type = t->elem;
            continue;
        }
        buffer_desc(s, p);
        if (is_const && c >= t->count && t->count && (t->kind == SV_VECTOR || t->kind == SV_MATRIX || t->kind == SV_ARRAY)) {
            c = t->count - 1; /* undefined if it is ever used, not before: some element of the same object */
        }
        const uint32_t first = sv_first_scalar(s, t, is_const && t->kind != SV_RUNTIME_ARRAY ? c : 0, &elem);
        if (!sv_ok(s)) {
            return;
        }
        if (p->kind == SV_PTR_VARS || p->kind == SV_PTR_INPUT) {
            if (!is_const) {
                sv_fail(s, PUM_SPIRV_UNSUPPORTED, "run-time index");
                return;
            }
            p->scalar += first;
        } else if (t->kind == SV_STRUCT) {
            const struct sv_member *m = &t->members[c];
            p->off_B += p->kind == SV_PTR_SCRATCH || p->kind == SV_PTR_SHARED ? first * 4 : m->offset_B;
            p->row_major = m->row_major;
            p->matrix_stride_B = m->matrix_stride_B;
        } else {
            uint32_t stride_B = sv_type(s, elem)->scalars * 4;
            if (p->kind == SV_PTR_BUFFER || p->kind == SV_PTR_PUSH) {
                if (t->kind == SV_MATRIX) {
                    stride_B = p->row_major ? 4 : p->matrix_stride_B;
                    p->one_column = p->row_major;
                } else if (t->kind == SV_VECTOR) {
                    stride_B = p->one_column ? p->matrix_stride_B : 4;
                    p->one_column = false;
                } else {
                    stride_B = t->stride_B;
                }
            }
            if (is_const) {
                p->off_B += c * stride_B;
            } else {
                const pum_ir_ref x = sv_imul(s, sv_scalar(s, sv_arg(s, i, k)), stride_B);
                p->off = p->off ? sv_iadd(s, p->off, x) : x;
            }
        }
        p->type = elem;
    }
    struct sv_id *d = sv_id(s, sv_arg(s, i, 1));
    const struct sv_type *rt = sv_type(s, sv_arg(s, i, 0));
    if (rt->kind != SV_POINTER || rt->elem != p->type) {
        sv_fail(s, PUM_SPIRV_INVALID, "type of the access chain");
        return;
    }
    d->kind = SV_PTR_VALUE;
    d->type = sv_arg(s, i, 0);
    d->ptr = p;
}

/* ---- loads and stores ---- */

struct walk { /* one aggregate access */
    struct sv_ptr ptr;
    pum_ir_ref *out;       /* load */
    const pum_ir_ref *in;  /* store */
    uint32_t k;
};

static void
memory_scalar(struct sv *s, struct walk *w, uint32_t type, uint32_t rel_B)
{
    const struct sv_ptr *p = &w->ptr;
    const enum pum_ir_type want = sv_ir_type(s, sv_type(s, type));
    const enum pum_ir_type t = want == PUM_IR_BOOL ? PUM_IR_I32 : want; /* booleans in memory are words */
    const pum_ir_ref c = sv_u32(s, p->off_B + rel_B);
    const pum_ir_ref off = p->off ? sv_iadd(s, p->off, c) : c;
    pum_ir_ref src[3], r;
    uint32_t n = 0;
    if (p->kind == SV_PTR_BUFFER) {
        src[n++] = p->desc;
    }
    src[n++] = off;
    if (w->in) {
        pum_ir_ref v = w->in[w->k++];
        if (want == PUM_IR_BOOL) {
            v = SV_E3(SELECT, PUM_IR_I32, v, sv_u32(s, 1), sv_u32(s, 0));
        }
        if (p->kind == SV_PTR_BUFFER || p->kind == SV_PTR_SHARED) {
            s->sh->info.has_side_effects = s->sh->info.has_side_effects || p->kind == SV_PTR_BUFFER;
        }
        src[n++] = v;
        const enum pum_ir_op op = p->kind == SV_PTR_BUFFER ? PUM_IR_ST_BUF : p->kind == SV_PTR_SHARED ? PUM_IR_ST_SHARED : PUM_IR_ST_SCRATCH;
        if (p->kind == SV_PTR_PUSH || p->readonly) {
            sv_fail(s, PUM_SPIRV_INVALID, "store to read-only memory");
            return;
        }
        pum_ir_emit(&s->b, op, PUM_IR_VOID, n, src, 0);
        return;
    }
    const enum pum_ir_op op = p->kind == SV_PTR_BUFFER   ? PUM_IR_LD_BUF
                              : p->kind == SV_PTR_SHARED ? PUM_IR_LD_SHARED
                              : p->kind == SV_PTR_PUSH   ? PUM_IR_LD_PUSH
                                                         : PUM_IR_LD_SCRATCH;
    r = pum_ir_emit(&s->b, op, t, n, src, 0);
    if (r && (p->readonly || p->kind == SV_PTR_PUSH)) {
        pum_ir_at(s->sh, r)->flags |= PUM_IR_INST_INVARIANT_BIT;
    }
    if (want == PUM_IR_BOOL) {
        r = SV_E2(INE, PUM_IR_BOOL, r, sv_u32(s, 0));
    }
    w->out[w->k++] = r;
}

static void
memory_walk(struct sv *s, struct walk *w, uint32_t type, uint32_t rel_B, const struct sv_member *deco, int depth)
{
    const struct sv_type *t = sv_type(s, type);
    const bool packed = w->ptr.kind == SV_PTR_SCRATCH || w->ptr.kind == SV_PTR_SHARED;
    const bool row_major = deco ? deco->row_major : w->ptr.row_major;
    const uint32_t ms_B = deco ? deco->matrix_stride_B : w->ptr.matrix_stride_B;
    if (!sv_ok(s) || depth > 16) {
        return;
    }
    switch (t->kind) {
    case SV_STRUCT:
        for (uint32_t i = 0, at = 0; i < t->count; i++) {
            memory_walk(s, w, t->members[i].type, rel_B + (packed ? at * 4 : t->members[i].offset_B), &t->members[i], depth + 1);
            at += sv_type(s, t->members[i].type)->scalars;
        }
        return;
    case SV_ARRAY:
        for (uint32_t i = 0; i < t->count; i++) {
            memory_walk(s, w, t->elem, rel_B + i * (packed ? sv_type(s, t->elem)->scalars * 4 : t->stride_B), deco, depth + 1);
        }
        return;
    case SV_MATRIX: {
        const uint32_t rows = sv_type(s, t->elem)->count, scalar = sv_type(s, t->elem)->elem;
        for (uint32_t c = 0; c < t->count; c++) {
            for (uint32_t r = 0; r < rows; r++) {
                memory_scalar(s, w, scalar, rel_B + (packed ? (c * rows + r) * 4 : row_major ? r * ms_B + c * 4 : c * ms_B + r * 4));
            }
        }
        return;
    }
    case SV_VECTOR:
        for (uint32_t i = 0; i < t->count; i++) {
            memory_scalar(s, w, t->elem, rel_B + i * (!packed && w->ptr.one_column ? ms_B : 4));
        }
        return;
    case SV_BOOL:
    case SV_INT:
    case SV_FLOAT:
        memory_scalar(s, w, type, rel_B);
        return;
    default:
        sv_fail(s, PUM_SPIRV_INVALID, "type in memory");
    }
}

void
sv_load(struct sv *s, const struct sv_ptr *p, uint32_t type, pum_ir_ref *out)
{
    const struct sv_type *t = sv_type(s, type);
    struct sv_ptr q = *p;
    if (q.kind == SV_PTR_RESOURCE) {
        out[0] = sv_resource(s, &q);
        if (t->kind == SV_SAMPLED_IMAGE) {
            out[1] = SV_E2(IADD, PUM_IR_I64, out[0], pum_ir_const(&s->b, PUM_IR_I64, PUM_DESC_IMAGE_B));
        } else if (t->kind == SV_SAMPLER && out[0] && (pum_ir_at(s->sh, out[0])->imm2 & 0xffff) == PUM_DESC_COMBINED_B) {
            /* The sampler of a combined image and sampler, as a variable of its own (SPEC: descriptorsets-combinedimagesampler). */
            out[0] = SV_E2(IADD, PUM_IR_I64, out[0], pum_ir_const(&s->b, PUM_IR_I64, PUM_DESC_IMAGE_B));
        }
        return;
    }
    if (q.kind == SV_PTR_VARS || q.kind == SV_PTR_INPUT) {
        for (uint32_t k = 0; k < t->scalars && sv_ok(s); k++) {
            out[k] = q.kind == SV_PTR_INPUT ? load_input(s, q.var, q.scalar + k, NULL)
                                            : pum_ir_emit0(&s->b, PUM_IR_LD_VAR, sv_ir_type(s, sv_scalar_type(s, type, k)),
                                                           sv_id(s, q.var)->first_var + q.scalar + k);
        }
        return;
    }
    buffer_desc(s, &q);
    struct walk w = {q, out, NULL, 0};
    memory_walk(s, &w, type, 0, NULL, 0);
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
            out[k] = load_input(s, p->var, p->scalar + k, at);
        }
        return;
    }
    /* Indexed at run time: all of the variable's scalars, then a choice. */
    const uint32_t elem = sv_type(s, var->type)->elem, all = sv_type(s, elem)->scalars;
    for (uint32_t k = 0; k < n && sv_ok(s); k++) {
        const uint32_t off_B = p->off_B - var->scratch_B + 4 * k;
        const pum_ir_ref off = p->off ? sv_iadd(s, p->off, sv_u32(s, off_B)) : sv_u32(s, off_B);
        const enum pum_ir_type t = sv_ir_type(s, sv_scalar_type(s, type, k));
        out[k] = pum_ir_const(&s->b, t, 0);
        for (uint32_t i = 0; i < all && sv_ok(s); i++) {
            if (sv_ir_type(s, sv_scalar_type(s, elem, i)) == t) {
                out[k] = SV_E3(SELECT, t, SV_E2(IEQ, PUM_IR_BOOL, off, sv_u32(s, 4 * i)), load_input(s, p->var, i, at), out[k]);
            }
        }
    }
}

void
sv_store(struct sv *s, const struct sv_ptr *p, uint32_t type, const pum_ir_ref *v)
{
    const struct sv_type *t = sv_type(s, type);
    struct sv_ptr q = *p;
    if (q.kind == SV_PTR_INPUT || q.kind == SV_PTR_RESOURCE || q.kind == SV_PTR_TEXEL) {
        sv_fail(s, PUM_SPIRV_INVALID, "store to this pointer");
        return;
    }
    struct sv_id *var = sv_id(s, q.var);
    if (var->stored) {
        const uint32_t n = sv_type(s, sv_type(s, var->type)->elem)->scalars;
        for (uint32_t k = 0; k < n; k++) {
            if (q.kind == SV_PTR_SCRATCH || (k >= q.scalar && k < q.scalar + t->scalars)) {
                var->stored[k] = true;
            }
        }
    }
    if (q.kind == SV_PTR_VARS) {
        for (uint32_t k = 0; k < t->scalars; k++) {
            pum_ir_emit(&s->b, PUM_IR_ST_VAR, PUM_IR_VOID, 1, &v[k], var->first_var + q.scalar + k);
        }
        return;
    }
    buffer_desc(s, &q);
    struct walk w = {q, NULL, v, 0};
    memory_walk(s, &w, type, 0, NULL, 0);
}

/* Storage that must be filled where the entry point begins: initialised globals, inputs that are indexed at run time. */
void
sv_init_globals(struct sv *s)
{
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
        if (d->storage == SpvStorageClassInput && d->dynamic) {
            bool mine = false;
            for (uint32_t k = 0; k < s->n_interface; k++) {
                mine = mine || s->interface[k] == id;
            }
            const uint32_t n = sv_type(s, elem)->scalars;
            pum_ir_ref *v = mine ? sv_alloc(s, n, sizeof(*v)) : NULL;
            for (uint32_t k = 0; v && k < n; k++) {
                v[k] = load_input(s, id, k, NULL);
            }
            if (v && sv_ok(s)) {
                sv_store(s, sv_pointer(s, id), elem, v);
            }
        }
    }
}

void
sv_store_outputs(struct sv *s)
{
    struct pum_shader_info *info = &s->sh->info;
    for (uint32_t k = 0; k < s->n_interface && sv_ok(s); k++) {
        const uint32_t id = s->interface[k];
        struct sv_id *d = sv_id(s, id);
        if (d->kind != SV_VAR || d->storage != SpvStorageClassOutput || !d->live) {
            continue;
        }
        const uint32_t type = sv_type(s, d->type)->elem, n = sv_type(s, type)->scalars;
        pum_ir_ref *v = sv_alloc(s, n, sizeof(*v));
        if (!v) {
            return;
        }
        sv_load(s, sv_pointer(s, id), type, v);
        for (uint32_t c = 0; c < n && sv_ok(s); c++) {
            const uint32_t slot = d->stored && d->stored[c] ? output_slot(s, d, c) : UINT32_MAX;
            if (slot != UINT32_MAX) {
                pum_ir_emit(&s->b, PUM_IR_ST_OUT, PUM_IR_VOID, 1, &v[c], slot);
                if (s->opt->stage == PUM_STAGE_VERTEX) {
                    info->out_slots[slot / 64] |= (uint64_t)1 << (slot % 64);
                }
            }
        }
    }
}

/* ---- atomics ---- */

static int
atomic_kind(uint32_t op)
{
    switch (op) {
    case SpvOpAtomicLoad: return PUM_ATOMIC_LOAD;
    case SpvOpAtomicStore: return PUM_ATOMIC_STORE;
    case SpvOpAtomicExchange: return PUM_ATOMIC_XCHG;
    case SpvOpAtomicCompareExchange: return PUM_ATOMIC_CMPXCHG;
    case SpvOpAtomicIIncrement:
    case SpvOpAtomicIDecrement:
    case SpvOpAtomicIAdd:
    case SpvOpAtomicISub: return PUM_ATOMIC_ADD;
    case SpvOpAtomicSMin: return PUM_ATOMIC_SMIN;
    case SpvOpAtomicUMin: return PUM_ATOMIC_UMIN;
    case SpvOpAtomicSMax: return PUM_ATOMIC_SMAX;
    case SpvOpAtomicUMax: return PUM_ATOMIC_UMAX;
    case SpvOpAtomicAnd: return PUM_ATOMIC_AND;
    case SpvOpAtomicOr: return PUM_ATOMIC_OR;
    case SpvOpAtomicXor: return PUM_ATOMIC_XOR;
    default: return -1;
    }
}

static bool
atomic(struct sv *s, uint32_t i, uint32_t op)
{
    const int kind = atomic_kind(op);
    if (kind < 0) {
        return false;
    }
    const uint32_t k0 = op == SpvOpAtomicStore ? 0 : 2;
    struct sv_ptr p = *sv_pointer(s, sv_arg(s, i, k0));
    if (!sv_ok(s)) {
        return true;
    }
    const enum pum_ir_type t = p.kind == SV_PTR_TEXEL ? PUM_IR_I32 : sv_ir_type(s, sv_type(s, p.type));
    pum_ir_ref value = 0, compare = 0;
    if (op == SpvOpAtomicIIncrement || op == SpvOpAtomicIDecrement) {
        value = sv_u32(s, op == SpvOpAtomicIIncrement ? 1 : UINT32_MAX);
    } else if (op == SpvOpAtomicCompareExchange) {
        value = sv_scalar(s, sv_arg(s, i, k0 + 4));
        compare = sv_scalar(s, sv_arg(s, i, k0 + 5));
    } else if (op != SpvOpAtomicLoad) {
        value = sv_scalar(s, sv_arg(s, i, k0 + 3));
        value = op == SpvOpAtomicISub ? SV_E1(INEG, PUM_IR_I32, value) : value;
    }
    if (!sv_ok(s)) {
        return true;
    }
    if ((value && pum_ir_at(s->sh, value)->type != t) || (compare && pum_ir_at(s->sh, compare)->type != t) || p.readonly ||
        (t != PUM_IR_I32 && kind != PUM_ATOMIC_LOAD && kind != PUM_ATOMIC_STORE && kind != PUM_ATOMIC_XCHG)) {
        sv_fail(s, PUM_SPIRV_INVALID, "types of the atomic");
        return true;
    }
    s->sh->info.has_side_effects = true;
    pum_ir_ref src[8], r;
    uint32_t n = 0;
    if (p.kind == SV_PTR_TEXEL) {
        src[n++] = p.image;
        src[n++] = p.coord[0];
        src[n++] = p.coord[1];
        src[n++] = p.coord[2];
        src[n++] = p.sample;
        src[n++] = value ? value : sv_u32(s, 0);
        if (compare) {
            src[n++] = compare;
        }
        r = pum_ir_emit(&s->b, PUM_IR_IMG_ATOMIC, t, n, src, (uint64_t)kind);
    } else if (p.kind == SV_PTR_BUFFER || p.kind == SV_PTR_SHARED) {
        buffer_desc(s, &p);
        if (p.kind == SV_PTR_BUFFER) {
            src[n++] = p.desc;
        }
        const pum_ir_ref c = sv_u32(s, p.off_B);
        src[n++] = p.off ? sv_iadd(s, p.off, c) : c;
        if (value) {
            src[n++] = value;
        }
        if (compare) {
            src[n++] = compare;
        }
        r = pum_ir_emit(&s->b, p.kind == SV_PTR_BUFFER ? PUM_IR_ATOM_BUF : PUM_IR_ATOM_SHARED, t, n, src, (uint64_t)kind);
    } else {
        sv_fail(s, PUM_SPIRV_INVALID, "atomic on this pointer");
        return true;
    }
    if (op != SpvOpAtomicStore) {
        pum_ir_ref *c = sv_define(s, sv_arg(s, i, 1), sv_arg(s, i, 0));
        if (c) {
            c[0] = r;
        }
    }
    return true;
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
    case SpvOpAccessChain:
    case SpvOpInBoundsAccessChain:
        access_chain(s, i);
        return true;
    case SpvOpLoad: {
        const struct sv_ptr *p = sv_pointer(s, sv_arg(s, i, 2));
        if (sv_ok(s) && p->type != sv_arg(s, i, 0)) {
            sv_fail(s, PUM_SPIRV_INVALID, "type of the load");
        }
        pum_ir_ref *c = sv_ok(s) ? sv_define(s, sv_arg(s, i, 1), sv_arg(s, i, 0)) : NULL;
        if (c) {
            sv_load(s, p, p->type, c);
        }
        return true;
    }
    case SpvOpStore: {
        const struct sv_ptr *p = sv_pointer(s, sv_arg(s, i, 0));
        uint32_t n;
        const pum_ir_ref *v = sv_value(s, sv_arg(s, i, 1), &n);
        if (sv_ok(s) && (n != sv_type(s, p->type)->scalars || n == 0)) {
            sv_fail(s, PUM_SPIRV_INVALID, "type of the store");
        }
        for (uint32_t k = 0; k < n && sv_ok(s); k++) {
            if (pum_ir_at(s->sh, v[k])->type != sv_ir_type(s, sv_scalar_type(s, p->type, k))) {
                sv_fail(s, PUM_SPIRV_INVALID, "type of the store");
            }
        }
        if (sv_ok(s)) {
            sv_store(s, p, p->type, v);
        }
        return true;
    }
    case SpvOpCopyMemory: {
        const struct sv_ptr *dst = sv_pointer(s, sv_arg(s, i, 0)), *src = sv_pointer(s, sv_arg(s, i, 1));
        const uint32_t n = sv_ok(s) ? sv_type(s, src->type)->scalars : 0;
        if (sv_ok(s) && (n != sv_type(s, dst->type)->scalars || n > 4096)) {
            sv_fail(s, PUM_SPIRV_INVALID, "types of the copy");
        }
        pum_ir_ref *v = sv_ok(s) ? sv_alloc(s, n, sizeof(*v)) : NULL;
        if (v) {
            sv_load(s, src, src->type, v);
            if (sv_ok(s)) {
                sv_store(s, dst, dst->type, v);
            }
        }
        return true;
    }
    case SpvOpArrayLength: {
        struct sv_ptr p = *sv_pointer(s, sv_arg(s, i, 2));
        const struct sv_type *t = sv_ok(s) ? sv_type(s, p.type) : NULL;
        const uint32_t m = sv_arg(s, i, 3);
        if (!t || p.kind != SV_PTR_BUFFER || t->kind != SV_STRUCT || m >= t->count ||
            sv_type(s, t->members[m].type)->kind != SV_RUNTIME_ARRAY || sv_type(s, t->members[m].type)->stride_B == 0) {
            sv_fail(s, PUM_SPIRV_INVALID, "array length of this");
            return true;
        }
        buffer_desc(s, &p);
        pum_ir_ref *c = sv_define(s, sv_arg(s, i, 1), sv_arg(s, i, 0));
        if (c) {
            const pum_ir_ref size = SV_E1(BUF_SIZE, PUM_IR_I32, p.desc), off = sv_u32(s, t->members[m].offset_B);
            const pum_ir_ref some = SV_E2(ULT, PUM_IR_BOOL, off, size);
            const pum_ir_ref left = SV_E3(SELECT, PUM_IR_I32, some, SV_E2(ISUB, PUM_IR_I32, size, off), sv_u32(s, 0));
            c[0] = SV_E2(UDIV, PUM_IR_I32, left, sv_u32(s, sv_type(s, t->members[m].type)->stride_B));
        }
        return true;
    }
    case SpvOpCopyObject:
        if (sv_len(s, i) >= 3 && sv_type(s, sv_arg(s, i, 0))->kind == SV_POINTER) {
            struct sv_id *d = sv_id(s, sv_arg(s, i, 1));
            d->ptr = sv_pointer(s, sv_arg(s, i, 2));
            d->kind = SV_PTR_VALUE;
            d->type = sv_arg(s, i, 0);
            return true;
        }
        return false;
    default:
        return atomic(s, i, op);
    }
}
