/* Ray tracing stages (abi/tracing.h). Payloads and callable data that a shader declares are private arrays, so that others can be given a
 * pointer; what comes in and the attributes of the hit are memory of the same form, but somebody else's. SPEC: SPV_KHR_ray_tracing; ray-tracing. */
#include "abi/tracing.h"
#include "spirv/sv.h"

uint32_t
sv_trace_model(enum pum_stage stage)
{
    switch (stage) {
    case PUM_STAGE_RAYGEN: return SpvExecutionModelRayGenerationKHR;
    case PUM_STAGE_MISS: return SpvExecutionModelMissKHR;
    case PUM_STAGE_CLOSEST_HIT: return SpvExecutionModelClosestHitKHR;
    case PUM_STAGE_ANY_HIT: return SpvExecutionModelAnyHitKHR;
    case PUM_STAGE_INTERSECTION: return SpvExecutionModelIntersectionKHR;
    default: return SpvExecutionModelCallableKHR;
    }
}

/* ---- variables ---- */

/* enum pum_tracing_space of a storage class; UINT32_MAX: it is none of ray tracing, or just read like a buffer. */
static uint32_t
space_of(uint32_t storage)
{
    switch (storage) {
    case SpvStorageClassRayPayloadKHR:
    case SpvStorageClassCallableDataKHR: return PUM_SPACE_OWN;
    case SpvStorageClassIncomingRayPayloadKHR:
    case SpvStorageClassIncomingCallableDataKHR: return PUM_SPACE_DATA;
    case SpvStorageClassHitAttributeKHR: return PUM_SPACE_ATTRIBUTES;
    default: return UINT32_MAX;
    }
}

bool
sv_is_trace_variable(const struct sv_id *var)
{
    return space_of(var->storage) != UINT32_MAX || var->storage == SpvStorageClassShaderRecordBufferKHR;
}

void
sv_make_trace_variable(struct sv *s, struct sv_id *d)
{
    const struct sv_type *t = sv_type(s, sv_pointee(s, d));
    struct pum_shader_info *info = &s->sh->info;
    if (!pum_stage_is_ray(s->opt->stage) || sv_type(s, d->type)->untyped) {
        sv_fail(s, PUM_SPIRV_INVALID, "storage class %u in this stage", d->storage);
        return;
    }
    if (d->storage == SpvStorageClassShaderRecordBufferKHR) {
        return;
    }
    if (t->scalars == 0 || t->words > SV_MAX_PRIVATE_B / 4) {
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "payload of %u words", t->words);
        return;
    }
    switch (space_of(d->storage)) {
    case PUM_SPACE_OWN: sv_take_scratch(s, d, t->words); break;
    case PUM_SPACE_DATA: info->trace_data_B = PUM_MAX(info->trace_data_B, t->words * 4); break;
    default:
        if (t->words * 4 > PUM_MAX_RAY_ATTRIBUTE_B) {
            sv_fail(s, PUM_SPIRV_UNSUPPORTED, "%u bytes of hit attributes", t->words * 4);
        }
    }
}

struct sv_ptr
sv_trace_pointer(struct sv *s, uint32_t id)
{
    const struct sv_id *d = sv_id(s, id);
    struct sv_ptr p = {.type = sv_pointee(s, d), .var = id, .kind = SV_PTR_SCRATCH};
    if (d->storage == SpvStorageClassShaderRecordBufferKHR) {
        const pum_ir_ref lo = pum_ir_emit0(&s->b, PUM_IR_SYSVAL, PUM_IR_I32, PUM_SYSVAL_RAY_RECORD);
        const pum_ir_ref hi = pum_ir_emit0(&s->b, PUM_IR_SYSVAL, PUM_IR_I32, PUM_SYSVAL_RAY_RECORD | 1u << 8);
        p.kind = SV_PTR_GLOBAL;
        p.desc = sv_join64(s, lo, hi, PUM_IR_I64);
        p.readonly = true; /* SPEC: shader-binding-table */
        return p;
    }
    p.trace_space = (uint8_t)space_of(d->storage);
    p.off_B = p.trace_space == PUM_SPACE_OWN ? d->scratch_B : 0;
    return p;
}

/* ---- built-ins ---- */

/* Bits of stages, as PUM_STAGE_*. */
#define BIT(stage) (1u << PUM_STAGE_##stage)
#define HIT        (BIT(CLOSEST_HIT) | BIT(ANY_HIT))
#define OBJECT     (HIT | BIT(INTERSECTION))
#define ALONG      (OBJECT | BIT(MISS))
#define EVERYWHERE (ALONG | BIT(RAYGEN) | BIT(CALLABLE))

static const struct row {
    uint16_t builtin;
    uint8_t row, components;
    bool is_float;
    uint8_t reads; /* pum_tracing_reads */
    uint32_t stages;
} rows[] = {
    {SpvBuiltInLaunchIdKHR, PUM_ROW_LAUNCH_ID, 3, false, 0, EVERYWHERE},
    {SpvBuiltInIncomingRayFlagsKHR, PUM_ROW_FLAGS, 1, false, 0, ALONG},
    {SpvBuiltInCullMaskKHR, PUM_ROW_CULL_MASK, 1, false, 0, ALONG},
    {SpvBuiltInRayTminKHR, PUM_ROW_T_MIN, 1, true, 0, ALONG},
    {SpvBuiltInRayTmaxKHR, PUM_ROW_T_MAX, 1, true, 0, ALONG},
    {SpvBuiltInHitTNV, PUM_ROW_T_MAX, 1, true, 0, HIT},
    {SpvBuiltInHitKindKHR, PUM_ROW_HIT_KIND, 1, false, 0, HIT},
    {SpvBuiltInPrimitiveId, PUM_ROW_PRIMITIVE_ID, 1, false, 0, OBJECT},
    {SpvBuiltInInstanceId, PUM_ROW_INSTANCE_ID, 1, false, 0, OBJECT},
    {SpvBuiltInInstanceCustomIndexKHR, PUM_ROW_CUSTOM_INDEX, 1, false, 0, OBJECT},
    {SpvBuiltInRayGeometryIndexKHR, PUM_ROW_GEOMETRY_INDEX, 1, false, 0, OBJECT},
    {SpvBuiltInWorldRayOriginKHR, PUM_ROW_ORIGIN, 3, true, 0, ALONG},
    {SpvBuiltInWorldRayDirectionKHR, PUM_ROW_DIRECTION, 3, true, 0, ALONG},
    {SpvBuiltInObjectRayOriginKHR, PUM_ROW_OBJECT_ORIGIN, 3, true, PUM_READS_OBJECT_RAY_BIT, OBJECT},
    {SpvBuiltInObjectRayDirectionKHR, PUM_ROW_OBJECT_DIRECTION, 3, true, PUM_READS_OBJECT_RAY_BIT, OBJECT},
    {SpvBuiltInObjectToWorldKHR, PUM_ROW_OBJECT_TO_WORLD, 12, true, PUM_READS_OBJECT_TO_WORLD_BIT, OBJECT},
    {SpvBuiltInWorldToObjectKHR, PUM_ROW_WORLD_TO_OBJECT, 12, true, PUM_READS_WORLD_TO_OBJECT_BIT, OBJECT},
    {SpvBuiltInHitTriangleVertexPositionsKHR, PUM_ROW_POSITIONS, 9, true, PUM_READS_POSITIONS_BIT, HIT},
};

pum_ir_ref
sv_trace_builtin(struct sv *s, const struct sv_place *p)
{
    if (p->builtin == SpvBuiltInLaunchSizeKHR) {
        return pum_ir_emit0(&s->b, PUM_IR_SYSVAL, PUM_IR_I32, PUM_SYSVAL_NUM_WORKGROUPS | (uint64_t)(p->index % 3) << 8);
    }
    for (uint32_t i = 0; i < PUM_ARRAY_LEN(rows); i++) {
        const struct row *r = &rows[i];
        if (p->builtin != r->builtin || !(r->stages >> s->opt->stage & 1)) {
            continue;
        }
        const enum pum_ir_type t = r->is_float ? PUM_IR_F32 : PUM_IR_I32;
        s->sh->info.trace_reads |= r->reads;
        if (r->row == PUM_ROW_T_MAX && s->opt->stage == PUM_STAGE_INTERSECTION) { /* SPEC: what is reported changes it */
            const pum_ir_ref at = sv_u32(s, PUM_ROW_T_MAX * 4);
            return pum_ir_emit(&s->b, PUM_IR_LD_TRACE, t, 1, &at, PUM_SPACE_CURRENT);
        }
        return pum_ir_emit0(&s->b, PUM_IR_LD_IN, t, r->row + p->index % r->components);
    }
    return 0;
}

/* ---- calls ---- */

/* Where the payload or the callable data stands that operand k names. False: it cannot be passed on. */
static bool
passed(struct sv *s, uint32_t id, bool callable, uint64_t *imm, uint64_t *size_B)
{
    const struct sv_id *d = sv_id(s, id);
    const uint32_t own = callable ? SpvStorageClassCallableDataKHR : SpvStorageClassRayPayloadKHR;
    const uint32_t incoming = callable ? SpvStorageClassIncomingCallableDataKHR : SpvStorageClassIncomingRayPayloadKHR;
    const struct sv_ptr *p = sv_ok(s) ? sv_pointer(s, id) : NULL; /* functions may have it as a parameter */
    const struct sv_id *var = p && p->var ? sv_id(s, p->var) : d;
    if (!p || !sv_ok(s) || p->kind != SV_PTR_SCRATCH || p->off || (var->storage != own && var->storage != incoming)) {
        sv_fail(s, PUM_SPIRV_INVALID, "%%%u is no payload", id);
        return false;
    }
    *imm = p->trace_space | (uint64_t)p->off_B << 8;
    *size_B = sv_type(s, p->type)->words * 4;
    return true;
}

/* Scalars of operand k, which must be n of a type. */
static bool
take(struct sv *s, uint32_t i, uint32_t k, enum pum_ir_type t, uint32_t n, pum_ir_ref *out)
{
    uint32_t have;
    const pum_ir_ref *v = sv_value(s, sv_arg(s, i, k), &have);
    for (uint32_t c = 0; c < n && sv_ok(s); c++) {
        if (have != n || pum_ir_at(s->sh, v[c])->type != t) {
            sv_fail(s, PUM_SPIRV_INVALID, "operand %u has another type", k);
            return false;
        }
        out[c] = v[c];
    }
    return sv_ok(s);
}

static bool
in_stages(struct sv *s, uint32_t stages)
{
    if (!(stages >> s->opt->stage & 1)) {
        sv_fail(s, PUM_SPIRV_INVALID, "not in this stage");
        return false;
    }
    return true;
}

static void
trace(struct sv *s, uint32_t i)
{
    static const struct {
        uint8_t type, n;
    } operands[] = {{PUM_IR_I64, 1}, {PUM_IR_I32, 1}, {PUM_IR_I32, 1}, {PUM_IR_I32, 1}, {PUM_IR_I32, 1},
                    {PUM_IR_I32, 1}, {PUM_IR_F32, 3}, {PUM_IR_F32, 1}, {PUM_IR_F32, 3}, {PUM_IR_F32, 1}};
    pum_ir_ref src[14];
    uint32_t n = 0;
    uint64_t imm, size_B;
    if (!in_stages(s, BIT(RAYGEN) | BIT(CLOSEST_HIT) | BIT(MISS)) || !passed(s, sv_arg(s, i, 10), false, &imm, &size_B)) {
        return;
    }
    for (uint32_t k = 0; k < PUM_ARRAY_LEN(operands); k++) {
        if (!take(s, i, k, (enum pum_ir_type)operands[k].type, operands[k].n, src + n)) {
            return;
        }
        n += operands[k].n;
    }
    const pum_ir_ref r = pum_ir_emit(&s->b, PUM_IR_TRACE_RAY, PUM_IR_VOID, n, src, imm);
    if (r) {
        pum_ir_at(s->sh, r)->imm2 = size_B;
    }
    s->sh->info.has_side_effects = true;
}

static void
call(struct sv *s, uint32_t i)
{
    pum_ir_ref index;
    uint64_t imm, size_B;
    if (!in_stages(s, BIT(RAYGEN) | BIT(CLOSEST_HIT) | BIT(MISS) | BIT(CALLABLE)) || !passed(s, sv_arg(s, i, 1), true, &imm, &size_B) ||
        !take(s, i, 0, PUM_IR_I32, 1, &index)) {
        return;
    }
    const pum_ir_ref r = pum_ir_emit(&s->b, PUM_IR_TRACE_CALL, PUM_IR_VOID, 1, &index, imm);
    if (r) {
        pum_ir_at(s->sh, r)->imm2 = size_B;
    }
    s->sh->info.has_side_effects = true;
}

/* An any-hit shader that ends the traversal ends the intersection shader, too: nothing that it could still say counts. */
static void
report(struct sv *s, uint32_t i)
{
    pum_ir_ref t, kind;
    if (!in_stages(s, BIT(INTERSECTION)) || !take(s, i, 2, PUM_IR_F32, 1, &t) || !take(s, i, 3, PUM_IR_I32, 1, &kind)) {
        return;
    }
    const pum_ir_ref verdict = SV_E2(TRACE_REPORT, PUM_IR_I32, t, kind), zero = sv_u32(s, 0);
    sv_leave_if(s, SV_E2(INE, PUM_IR_BOOL, SV_E2(AND, PUM_IR_I32, verdict, sv_u32(s, PUM_VERDICT_TERMINATED_BIT)), zero));
    pum_ir_ref *c = sv_define(s, sv_arg(s, i, 1), sv_arg(s, i, 0));
    if (c && sv_type(s, sv_arg(s, i, 0))->kind == SV_BOOL) {
        c[0] = SV_E2(INE, PUM_IR_BOOL, SV_E2(AND, PUM_IR_I32, verdict, sv_u32(s, PUM_VERDICT_ACCEPTED_BIT)), zero);
    } else {
        sv_fail(s, PUM_SPIRV_INVALID, "type of the result");
    }
}

bool
sv_trace_op(struct sv *s, uint32_t i, uint32_t op)
{
    switch (op) {
    case SpvOpTraceRayKHR: trace(s, i); return true;
    case SpvOpExecuteCallableKHR: call(s, i); return true;
    case SpvOpReportIntersectionKHR: report(s, i); return true;
    default: return false;
    }
}

void
sv_trace_end(struct sv *s, uint32_t op)
{
    if (in_stages(s, BIT(ANY_HIT))) {
        pum_ir_emit0(&s->b, PUM_IR_TRACE_END, PUM_IR_VOID, op == SpvOpTerminateRayKHR);
    }
}
