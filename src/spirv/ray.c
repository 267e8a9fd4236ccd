/* Ray queries. Their objects are numbered: the state of each is a struct pum_ray of its own. SPEC: SPIR-V SPV_KHR_ray_query,
 * SPV_KHR_ray_tracing_position_fetch */
#include <string.h>

#include "spirv/sv.h"

#define MAX_RAYS 64u

uint32_t
sv_rays_of(struct sv *s, uint32_t type)
{
    uint64_t n = 1;
    const struct sv_type *t = sv_type(s, type);
    for (int depth = 0; t->kind == SV_ARRAY && depth < 16; depth++) {
        n *= t->count;
        n = PUM_MIN(n, (uint64_t)UINT32_MAX);
        t = sv_type(s, t->elem);
    }
    return t->kind == SV_RAY_QUERY ? (uint32_t)n : 0;
}

void
sv_make_rays(struct sv *s, struct sv_id *var, uint32_t n)
{
    struct pum_shader_info *info = &s->sh->info;
    if (var->storage != SpvStorageClassFunction && var->storage != SpvStorageClassPrivate) {
        sv_fail(s, PUM_SPIRV_INVALID, "ray query in storage class %u", var->storage);
    } else if (n > MAX_RAYS - info->rays) {
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "more than %u ray queries", MAX_RAYS);
    } else if (!var->has_rays) { /* once for a variable of a function, however often that is inlined: it is not active twice */
        var->has_rays = true;
        var->first_ray = info->rays;
        info->rays += n;
    }
}

void
sv_step_ray(struct sv *s, struct sv_ptr *p, uint32_t index_id)
{
    const struct sv_type *t = sv_type(s, p->type);
    uint32_t c;
    if (t->kind != SV_ARRAY) {
        sv_fail(s, PUM_SPIRV_INVALID, "index into a ray query");
        return;
    }
    const uint32_t per = sv_rays_of(s, t->elem);
    if (sv_const_u32(s, index_id, &c)) {
        p->off_B += PUM_MIN(c, t->count - 1) * per;
    } else {
        const pum_ir_ref x = sv_scalar(s, index_id);
        if (!sv_ok(s) || !pum_ir_type_is_int((enum pum_ir_type)pum_ir_at(s->sh, x)->type)) {
            sv_fail(s, PUM_SPIRV_INVALID, "type of the index");
            return;
        }
        const pum_ir_ref at = SV_E2(UMIN, PUM_IR_I32, sv_int_to(s, x, PUM_IR_I32, false), sv_u32(s, t->count - 1));
        const pum_ir_ref step = sv_imul(s, at, per);
        p->off = p->off ? sv_iadd(s, p->off, step) : step;
    }
    p->type = t->elem;
}

static pum_ir_ref
number_of(struct sv *s, const struct sv_ptr *p)
{
    return p->off ? sv_iadd(s, p->off, sv_u32(s, p->off_B)) : sv_u32(s, p->off_B);
}

/* The query's number is operand 0. */
static pum_ir_ref
query(struct sv *s, uint32_t id)
{
    const struct sv_ptr *p = sv_pointer(s, id);
    if (!sv_ok(s) || p->kind != SV_PTR_RAY || sv_type(s, p->type)->kind != SV_RAY_QUERY) {
        sv_fail(s, PUM_SPIRV_INVALID, "%%%u is no ray query", id);
        return 0;
    }
    return number_of(s, p);
}

/* Of the next ray; a module with too many is refused. */
static uint32_t
new_ray(struct sv *s)
{
    if (s->sh->info.rays == MAX_RAYS) {
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "more than %u ray queries", MAX_RAYS);
        return 0;
    }
    return s->sh->info.rays++;
}

static pum_ir_ref
emit(struct sv *s, enum pum_ir_type t, const pum_ir_ref *src, uint32_t n, enum pum_ray_op op, enum pum_ray_value value, uint32_t part,
     uint32_t committed)
{
    return pum_ir_emit(&s->b, PUM_IR_RAY, t, n, src, pum_ray_imm(op, value, part, committed));
}

/* A scalar or vector operand of one type. */
static bool
operand(struct sv *s, uint32_t id, enum pum_ir_type t, uint32_t n, pum_ir_ref *out)
{
    uint32_t have;
    const pum_ir_ref *v = sv_value(s, id, &have);
    bool ok = sv_ok(s) && have == n;
    for (uint32_t k = 0; ok && k < n; k++) {
        ok = pum_ir_at(s->sh, v[k])->type == t;
        out[k] = v[k];
    }
    if (!ok) {
        sv_fail(s, PUM_SPIRV_INVALID, "operand %%%u of a ray query", id);
    }
    return ok;
}

static void
initialize(struct sv *s, uint32_t i)
{
    pum_ir_ref src[1 + 11];
    src[0] = query(s, sv_arg(s, i, 0));
    const bool accel = sv_type_of(s, sv_arg(s, i, 1))->kind == SV_ACCEL;
    if (!accel) {
        sv_fail(s, PUM_SPIRV_INVALID, "%%%u is no acceleration structure", sv_arg(s, i, 1));
        return;
    }
    if (operand(s, sv_arg(s, i, 1), PUM_IR_I64, 1, &src[1]) && operand(s, sv_arg(s, i, 2), PUM_IR_I32, 1, &src[2]) &&
        operand(s, sv_arg(s, i, 3), PUM_IR_I32, 1, &src[3]) && operand(s, sv_arg(s, i, 4), PUM_IR_F32, 3, &src[4]) &&
        operand(s, sv_arg(s, i, 5), PUM_IR_F32, 1, &src[7]) && operand(s, sv_arg(s, i, 6), PUM_IR_F32, 3, &src[8]) &&
        operand(s, sv_arg(s, i, 7), PUM_IR_F32, 1, &src[11])) {
        emit(s, PUM_IR_VOID, src, PUM_ARRAY_LEN(src), PUM_RAY_OP_BEGIN, 0, 0, 0);
    }
}

static void
copy(struct sv *s, pum_ir_ref to, pum_ir_ref from)
{
    const pum_ir_ref src[2] = {to, from};
    if (sv_ok(s)) {
        emit(s, PUM_IR_VOID, src, 2, PUM_RAY_OP_COPY, 0, 0, 0);
    }
}

pum_ir_ref
sv_load_ray(struct sv *s, const struct sv_ptr *p)
{
    const pum_ir_ref to = sv_u32(s, new_ray(s));
    if (sv_type(s, p->type)->kind != SV_RAY_QUERY) {
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "value of an array of ray queries");
    }
    copy(s, to, number_of(s, p));
    return to;
}

void
sv_store_ray(struct sv *s, const struct sv_ptr *p, pum_ir_ref from)
{
    if (sv_type(s, p->type)->kind != SV_RAY_QUERY) {
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "value of an array of ray queries");
    }
    copy(s, number_of(s, p), from);
}

/* What a getter asks for: `parts` times `words`. */
struct getter {
    uint16_t op;
    uint8_t value, words, parts;
    bool of_ray; /* not of an intersection */
    uint8_t type; /* enum pum_ir_type of each word */
};
static const struct getter getters[] = {
    {SpvOpRayQueryGetIntersectionTypeKHR, PUM_RAY_TYPE, 1, 1, false, PUM_IR_I32},
    {SpvOpRayQueryGetRayTMinKHR, PUM_RAY_TMIN, 1, 1, true, PUM_IR_F32},
    {SpvOpRayQueryGetRayFlagsKHR, PUM_RAY_FLAGS, 1, 1, true, PUM_IR_I32},
    {SpvOpRayQueryGetIntersectionTKHR, PUM_RAY_T, 1, 1, false, PUM_IR_F32},
    {SpvOpRayQueryGetIntersectionInstanceCustomIndexKHR, PUM_RAY_CUSTOM_INDEX, 1, 1, false, PUM_IR_I32},
    {SpvOpRayQueryGetIntersectionInstanceIdKHR, PUM_RAY_INSTANCE_ID, 1, 1, false, PUM_IR_I32},
    {SpvOpRayQueryGetIntersectionInstanceShaderBindingTableRecordOffsetKHR, PUM_RAY_SBT_OFFSET, 1, 1, false, PUM_IR_I32},
    {SpvOpRayQueryGetIntersectionGeometryIndexKHR, PUM_RAY_GEOMETRY, 1, 1, false, PUM_IR_I32},
    {SpvOpRayQueryGetIntersectionPrimitiveIndexKHR, PUM_RAY_PRIMITIVE, 1, 1, false, PUM_IR_I32},
    {SpvOpRayQueryGetIntersectionBarycentricsKHR, PUM_RAY_BARYCENTRICS, 2, 1, false, PUM_IR_F32},
    {SpvOpRayQueryGetIntersectionFrontFaceKHR, PUM_RAY_FRONT_FACE, 1, 1, false, PUM_IR_BOOL},
    {SpvOpRayQueryGetIntersectionCandidateAABBOpaqueKHR, PUM_RAY_BOX_OPAQUE, 1, 1, true, PUM_IR_BOOL}, /* always of the candidate */
    {SpvOpRayQueryGetIntersectionObjectRayDirectionKHR, PUM_RAY_OBJECT_DIRECTION, 3, 1, false, PUM_IR_F32},
    {SpvOpRayQueryGetIntersectionObjectRayOriginKHR, PUM_RAY_OBJECT_ORIGIN, 3, 1, false, PUM_IR_F32},
    {SpvOpRayQueryGetWorldRayDirectionKHR, PUM_RAY_WORLD_DIRECTION, 3, 1, true, PUM_IR_F32},
    {SpvOpRayQueryGetWorldRayOriginKHR, PUM_RAY_WORLD_ORIGIN, 3, 1, true, PUM_IR_F32},
    {SpvOpRayQueryGetIntersectionObjectToWorldKHR, PUM_RAY_TO_WORLD, 3, 4, false, PUM_IR_F32},
    {SpvOpRayQueryGetIntersectionWorldToObjectKHR, PUM_RAY_TO_OBJECT, 3, 4, false, PUM_IR_F32},
    {SpvOpRayQueryGetIntersectionTriangleVertexPositionsKHR, PUM_RAY_POSITION, 3, 3, false, PUM_IR_F32},
};

static pum_ir_ref
extract(struct sv *s, pum_ir_ref tuple, uint32_t k, enum pum_ir_type t)
{
    const pum_ir_ref word = pum_ir_emit(&s->b, PUM_IR_EXTRACT, t == PUM_IR_BOOL ? PUM_IR_I32 : t, 1, &tuple, k);
    return t == PUM_IR_BOOL ? SV_E2(INE, PUM_IR_BOOL, word, sv_u32(s, 0)) : word;
}

static void
get(struct sv *s, uint32_t i, const struct getter *g)
{
    const pum_ir_ref number = query(s, sv_arg(s, i, 2));
    uint32_t committed = 0;
    if (sv_ok(s) && !g->of_ray && (!sv_const_u32(s, sv_arg(s, i, 3), &committed) || committed > 1)) {
        sv_fail(s, PUM_SPIRV_INVALID, "which intersection is asked about is no constant 0 or 1");
    }
    pum_ir_ref v[12];
    for (uint32_t p = 0, n = 0; p < g->parts && sv_ok(s); p++) {
        const pum_ir_ref tuple = emit(s, PUM_IR_TUPLE, &number, 1, PUM_RAY_OP_GET, (enum pum_ray_value)g->value, p, committed);
        for (uint32_t k = 0; k < g->words && sv_ok(s); k++) {
            v[n++] = extract(s, tuple, k, (enum pum_ir_type)g->type);
        }
    }
    if (sv_ok(s) && sv_typed(s, sv_arg(s, i, 0), v, (uint32_t)g->words * g->parts)) {
        pum_ir_ref *c = sv_define(s, sv_arg(s, i, 1), sv_arg(s, i, 0));
        if (c) {
            memcpy(c, v, (size_t)g->words * g->parts * sizeof(v[0]));
        }
    }
}

static void
proceed(struct sv *s, uint32_t i)
{
    const pum_ir_ref number = query(s, sv_arg(s, i, 2));
    const pum_ir_ref tuple = sv_ok(s) ? emit(s, PUM_IR_TUPLE, &number, 1, PUM_RAY_OP_PROCEED, 0, 0, 0) : 0;
    const pum_ir_ref more = sv_ok(s) ? extract(s, tuple, 0, PUM_IR_BOOL) : 0;
    pum_ir_ref *c = sv_ok(s) && sv_typed(s, sv_arg(s, i, 0), &more, 1) ? sv_define(s, sv_arg(s, i, 1), sv_arg(s, i, 0)) : NULL;
    if (c) {
        c[0] = more;
    }
}

static void
act(struct sv *s, uint32_t i, enum pum_ray_op op)
{
    pum_ir_ref src[2] = {query(s, sv_arg(s, i, 0)), 0};
    const bool with_t = op == PUM_RAY_OP_GENERATE;
    if (sv_ok(s) && (!with_t || operand(s, sv_arg(s, i, 1), PUM_IR_F32, 1, &src[1]))) {
        emit(s, PUM_IR_VOID, src, with_t ? 2 : 1, op, 0, 0, 0);
    }
}

/* The address as 64 bits or two words. SPEC: OpConvertUToAccelerationStructureKHR */
static void
convert(struct sv *s, uint32_t i)
{
    uint32_t n;
    const pum_ir_ref *v = sv_value(s, sv_arg(s, i, 2), &n);
    const enum pum_ir_type t = sv_ok(s) && n ? (enum pum_ir_type)pum_ir_at(s->sh, v[0])->type : PUM_IR_VOID;
    if (sv_type(s, sv_arg(s, i, 0))->kind != SV_ACCEL || !((n == 1 && t == PUM_IR_I64) || (n == 2 && t == PUM_IR_I32))) {
        sv_fail(s, PUM_SPIRV_INVALID, "conversion to an acceleration structure");
        return;
    }
    const pum_ir_ref address = n == 1 ? v[0] : sv_join64(s, v[0], v[1], PUM_IR_I64);
    pum_ir_ref *c = sv_define(s, sv_arg(s, i, 1), sv_arg(s, i, 0));
    if (c) {
        c[0] = address;
    }
}

void
sv_begin_rays(struct sv *s)
{
    if (s->ray_queries) {
        const pum_ir_ref number = sv_u32(s, 0);
        emit(s, PUM_IR_VOID, &number, 1, PUM_RAY_OP_RESET, 0, 0, 0);
    }
}

bool
sv_ray(struct sv *s, uint32_t i, uint32_t op)
{
    for (uint32_t k = 0; k < PUM_ARRAY_LEN(getters); k++) {
        if (getters[k].op == op) {
            get(s, i, &getters[k]);
            return true;
        }
    }
    switch (op) {
    case SpvOpRayQueryInitializeKHR: initialize(s, i); return true;
    case SpvOpRayQueryProceedKHR: proceed(s, i); return true;
    case SpvOpRayQueryTerminateKHR: act(s, i, PUM_RAY_OP_TERMINATE); return true;
    case SpvOpRayQueryConfirmIntersectionKHR: act(s, i, PUM_RAY_OP_CONFIRM); return true;
    case SpvOpRayQueryGenerateIntersectionKHR: act(s, i, PUM_RAY_OP_GENERATE); return true;
    case SpvOpConvertUToAccelerationStructureKHR: convert(s, i); return true;
    default: return false;
    }
}
