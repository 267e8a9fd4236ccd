/* Module level: header, capabilities, decorations, types, constants, variables, function and block boundaries. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spirv/sv.h"

/* The header has them as C inline functions: one file must emit them. */
extern inline const char *SpvOpToString(SpvOp op);
extern inline const char *SpvCapabilityToString(SpvCapability c);
extern inline void SpvHasResultAndType(SpvOp opcode, bool *hasResult, bool *hasResultType);

#define MAX_BOUND (1u << 22)
#define MAX_GROUP_STEPS (1u << 25)

void
sv_fail(struct sv *s, enum pum_spirv_result r, const char *fmt, ...)
{
    if (s->result != PUM_SPIRV_OK) {
        return;
    }
    s->result = r;
    s->err->word = s->at;
    const uint32_t op = s->at < s->n ? s->w[s->at] & 0xffff : UINT32_MAX;
    const char *name = op == UINT32_MAX ? "end" : sv_op_name(op);
    char number[32];
    if (strcmp(name, "Unknown") == 0) { /* to the grammar, too */
        snprintf(number, sizeof(number), "opcode %u", op);
        name = number;
    }
    int n = snprintf(s->err->text, sizeof(s->err->text), "SPIR-V word %u (%s): ", s->at, name);
    va_list args;
    va_start(args, fmt);
    if (n > 0 && (size_t)n < sizeof(s->err->text)) {
        vsnprintf(s->err->text + n, sizeof(s->err->text) - (size_t)n, fmt, args);
    }
    va_end(args);
}

bool
sv_ok(const struct sv *s)
{
    return s->result == PUM_SPIRV_OK && !s->sh->oom;
}

const char *
sv_op_name(uint32_t op)
{
    const char *name = SpvOpToString((SpvOp)op);
    return name ? name : "unknown instruction";
}

uint32_t
sv_len(const struct sv *s, uint32_t i)
{
    return (s->w[i] >> 16) - 1;
}

uint32_t
sv_arg(const struct sv *s, uint32_t i, uint32_t k)
{
    return k < sv_len(s, i) ? s->w[i + 1 + k] : 0;
}

struct sv_id *
sv_id(struct sv *s, uint32_t id)
{
    if (id == 0 || id >= s->bound) {
        sv_fail(s, PUM_SPIRV_INVALID, "id %u is out of bounds", id);
        id = 0; /* the dummy */
    }
    return &s->ids[id];
}

void *
sv_alloc(struct sv *s, size_t count, size_t size_B)
{
    void *p = pum_arena_array(&s->arena, count ? count : 1, size_B, 8);
    if (!p) {
        sv_fail(s, PUM_SPIRV_OOM, "out of memory");
    }
    return p;
}

static struct sv_type dummy_type = {.kind = SV_VOID};
/* What the values of pointers are made of. */
static const struct sv_type address_type = {.kind = SV_INT, .bits = 64, .scalars = 1}, offset_type = {.kind = SV_INT, .bits = 32, .scalars = 1};

struct sv_type *
sv_type(struct sv *s, uint32_t id)
{
    struct sv_id *d = sv_id(s, id);
    if (d->kind != SV_TYPE) {
        sv_fail(s, PUM_SPIRV_INVALID, "%%%u is not a type", id);
        return &dummy_type;
    }
    return d->t;
}

struct sv_type *
sv_type_of(struct sv *s, uint32_t value_id)
{
    return sv_type(s, sv_id(s, value_id)->type);
}

enum pum_ir_type
sv_ir_type(struct sv *s, const struct sv_type *t)
{
    if (t->kind == SV_BOOL) {
        return PUM_IR_BOOL;
    }
    if (t->kind == SV_INT) {
        return t->bits == 8 ? PUM_IR_I8 : t->bits == 16 ? PUM_IR_I16 : t->bits == 64 ? PUM_IR_I64 : PUM_IR_I32;
    }
    if (t->kind == SV_FLOAT) {
        if (t->encoding != SV_IEEE) {
            return t->bits == 16 ? PUM_IR_I16 : PUM_IR_I8;
        }
        return t->bits == 16 ? PUM_IR_F16 : t->bits == 64 ? PUM_IR_F64 : PUM_IR_F32;
    }
    if (t->kind == SV_IMAGE || t->kind == SV_SAMPLER || t->kind == SV_SAMPLED_IMAGE || t->kind == SV_ACCEL) {
        return PUM_IR_I64;
    }
    if (t->kind == SV_RAY_QUERY) {
        return PUM_IR_I32;
    }
    sv_fail(s, PUM_SPIRV_INVALID, "a scalar type is needed");
    return PUM_IR_I32;
}

uint32_t
sv_first_scalar(struct sv *s, const struct sv_type *t, uint32_t index, uint32_t *elem_type)
{
    if (index >= t->count && t->kind != SV_RUNTIME_ARRAY) {
        sv_fail(s, PUM_SPIRV_INVALID, "index %u of %u", index, t->count);
        index = 0;
    }
    if (t->kind == SV_STRUCT) {
        uint32_t at = 0;
        for (uint32_t i = 0; i < index && i < t->count; i++) {
            at += sv_type(s, t->members[i].type)->scalars;
        }
        *elem_type = t->count ? t->members[index].type : 0;
        return at;
    }
    if (t->kind != SV_VECTOR && t->kind != SV_MATRIX && t->kind != SV_ARRAY && t->kind != SV_RUNTIME_ARRAY) {
        sv_fail(s, PUM_SPIRV_INVALID, "indexing into something that is no composite");
        *elem_type = 0;
        return 0;
    }
    *elem_type = t->elem;
    return index * sv_type(s, t->elem)->scalars;
}

const struct sv_type *
sv_scalar_type(struct sv *s, uint32_t type, uint32_t k)
{
    for (int depth = 0; depth < 64; depth++) {
        const struct sv_type *t = sv_type(s, type);
        if (t->kind == SV_STRUCT) {
            uint32_t i = 0;
            while (i < t->count && k >= sv_type(s, t->members[i].type)->scalars) {
                k -= sv_type(s, t->members[i++].type)->scalars;
            }
            if (i >= t->count) {
                break;
            }
            type = t->members[i].type;
        } else if (t->kind == SV_VECTOR || t->kind == SV_MATRIX || t->kind == SV_ARRAY) {
            const uint32_t per = sv_type(s, t->elem)->scalars;
            k = per ? k % per : 0;
            type = t->elem;
        } else if (t->kind == SV_POINTER && k < t->scalars) {
            return k == 0 && t->storage != SpvStorageClassWorkgroup ? &address_type : &offset_type;
        } else {
            return t;
        }
    }
    sv_fail(s, PUM_SPIRV_INVALID, "type has no scalar %u", k);
    return &dummy_type;
}

/* ---- decorations ---- */

static struct sv_member *
member_deco(struct sv *s, uint32_t id, uint32_t m)
{
    struct sv_id *d = sv_id(s, id);
    if (m >= 4096) {
        sv_fail(s, PUM_SPIRV_INVALID, "member %u", m);
        m = 0;
    }
    if (m >= d->n_member_deco) {
        const uint32_t n = m + 8;
        struct sv_member *p = sv_alloc(s, n, sizeof(*p));
        if (!p) {
            return NULL;
        }
        for (uint32_t i = 0; i < n; i++) {
            p[i].builtin = p[i].location = p[i].component = -1;
        }
        if (d->n_member_deco) {
            memcpy(p, d->member_deco, d->n_member_deco * sizeof(*p));
        }
        d->member_deco = p;
        d->n_member_deco = n;
    }
    return &d->member_deco[m];
}

/* True: it is one of transform feedback. */
static bool
decorate_capture(struct sv_capture *c, uint32_t decoration, uint32_t v)
{
    switch (decoration) {
    case SpvDecorationXfbBuffer: c->buffer = v; c->has_buffer = true; return true;
    case SpvDecorationXfbStride: c->stride_B = v; c->has_stride = true; return true;
    case SpvDecorationStream: c->stream = v; c->has_stream = true; return true;
    case SpvDecorationOffset: c->offset_B = v; c->has_offset = true; return true;
    default: return false;
    }
}

/* The decoration of the OpDecorate at word i, for an id. */
static void
decorate(struct sv *s, uint32_t id, uint32_t i)
{
    struct sv_id *d = sv_id(s, id);
    const uint32_t v = sv_arg(s, i, 2);
    switch (sv_arg(s, i, 1)) {
    case SpvDecorationDescriptorSet: d->set = v; d->has_set = true; break;
    case SpvDecorationBinding: d->binding = v; d->has_binding = true; break;
    case SpvDecorationLocation: d->location = v; d->has_location = true; break;
    case SpvDecorationComponent: d->component = v; break;
    case SpvDecorationIndex: d->index = v; break;
    case SpvDecorationSpecId: d->spec_id = v; d->has_spec = true; break;
    case SpvDecorationBuiltIn: d->builtin = v; d->has_builtin = true; break;
    case SpvDecorationFlat: d->flat = true; break;
    case SpvDecorationNoPerspective: d->noperspective = true; break;
    case SpvDecorationCentroid: d->centroid = true; break;
    case SpvDecorationPatch: d->patch = true; break;
    case SpvDecorationPerPrimitiveEXT: d->per_primitive = true; break;
    case SpvDecorationSample: d->sample = true; break;
    case SpvDecorationPerVertexKHR: d->per_vertex = true; break;
    case SpvDecorationNonUniform: d->nonuniform = true; break;
    case SpvDecorationNonWritable: d->nonwritable = true; break;
    case SpvDecorationBlock: d->is_block = true; break;
    case SpvDecorationBufferBlock: d->buffer_block = true; break;
    case SpvDecorationArrayStride: d->array_stride_B = v; break;
    case SpvDecorationAliased: d->aliased = true; break;
    case SpvDecorationSaturatedToLargestFloat8NormalConversionEXT: d->saturates = true; break;
    case SpvDecorationFPRoundingMode: d->round_to_zero = v == SpvFPRoundingModeRTZ; break;
    default: decorate_capture(&d->xfb, sv_arg(s, i, 1), v); break; /* precision and aliasing hints change nothing here */
    }
}

/* The decoration that is operand k of the instruction at word i, for a member of a structure. */
static void
decorate_member(struct sv *s, uint32_t id, uint32_t member, uint32_t i, uint32_t k)
{
    struct sv_member *m = member_deco(s, id, member);
    const uint32_t v = sv_arg(s, i, k + 1);
    if (!m) {
        return;
    }
    switch (sv_arg(s, i, k)) {
    case SpvDecorationOffset: m->offset_B = m->xfb.offset_B = v; m->has_offset = m->xfb.has_offset = true; break;
    case SpvDecorationMatrixStride: m->matrix_stride_B = v; break;
    case SpvDecorationRowMajor: m->row_major = true; break;
    case SpvDecorationBuiltIn: m->builtin = (int32_t)v; break;
    case SpvDecorationLocation: m->location = (int32_t)v; break;
    case SpvDecorationComponent: m->component = (int32_t)v; break;
    case SpvDecorationFlat: m->flat = true; break;
    case SpvDecorationNoPerspective: m->noperspective = true; break;
    case SpvDecorationCentroid: m->centroid = true; break;
    case SpvDecorationPatch: m->patch = true; break;
    case SpvDecorationPerPrimitiveEXT: m->per_primitive = true; break;
    case SpvDecorationSample: m->sample = true; break;
    case SpvDecorationPerVertexKHR: m->per_vertex = true; break;
    default: decorate_capture(&m->xfb, sv_arg(s, i, k), v); break;
    }
}

/* OpGroupDecorate, OpGroupMemberDecorate: what decorates the group, before this instruction, decorates each target. */
static void
decorate_group(struct sv *s, uint32_t at, bool members)
{
    const uint32_t group = sv_arg(s, at, 0);
    const uint32_t step = members ? 2 : 1;
    for (uint32_t i = 5; i < at && sv_ok(s); i += s->w[i] >> 16) {
        if (++s->group_steps > MAX_GROUP_STEPS) {
            sv_fail(s, PUM_SPIRV_UNSUPPORTED, "so many decoration groups");
        }
        if ((s->w[i] & 0xffff) != SpvOpDecorate || sv_arg(s, i, 0) != group) {
            continue;
        }
        s->group_steps += sv_len(s, at);
        for (uint32_t k = 1; k + step <= sv_len(s, at) && sv_ok(s); k += step) {
            if (members) {
                decorate_member(s, sv_arg(s, at, k), sv_arg(s, at, k + 1), i, 1);
            } else {
                decorate(s, sv_arg(s, at, k), i);
            }
        }
    }
}

struct sv_id *
sv_new_result(struct sv *s, uint32_t id, enum sv_id_kind kind)
{
    struct sv_id *d = sv_id(s, id);
    if (d->kind != SV_NONE) {
        sv_fail(s, PUM_SPIRV_INVALID, "%%%u is defined twice", id);
    }
    d->kind = (uint8_t)kind;
    d->word = s->at;
    return d;
}

/* ---- functions ---- */

/* Types of values are known before the values: switches of 64 bits have longer cases. */
static void
note_type(struct sv *s, uint32_t i)
{
    bool has_result, has_type;
    SpvHasResultAndType((SpvOp)(s->w[i] & 0xffff), &has_result, &has_type);
    if (has_result && has_type && sv_arg(s, i, 1) < s->bound && s->ids[sv_arg(s, i, 1)].kind == SV_NONE) {
        s->ids[sv_arg(s, i, 1)].type = sv_arg(s, i, 0);
    }
}

static void
parse_block(struct sv *s, struct sv_func *f, uint32_t *i)
{
    struct sv_block *blk = &f->blocks[f->n_blocks];
    *blk = (struct sv_block){.label = sv_arg(s, *i, 0), .order = f->n_blocks};
    struct sv_id *l = sv_new_result(s, blk->label, SV_LABEL);
    l->block = f->n_blocks++;
    *i += s->w[*i] >> 16;
    blk->first = *i;
    for (; *i < s->n && sv_ok(s); *i += s->w[*i] >> 16) {
        s->at = *i;
        const uint32_t op = s->w[*i] & 0xffff;
        note_type(s, *i);
        if (op == SpvOpSelectionMerge || op == SpvOpLoopMerge) {
            blk->merge = sv_arg(s, *i, 0);
            blk->loop = op == SpvOpLoopMerge;
            blk->cont = blk->loop ? sv_arg(s, *i, 1) : 0;
        } else if (op == SpvOpBranch || op == SpvOpBranchConditional || op == SpvOpSwitch || op == SpvOpReturn || op == SpvOpReturnValue ||
                   op == SpvOpKill || op == SpvOpUnreachable || op == SpvOpTerminateInvocation || op == SpvOpEmitMeshTasksEXT ||
                   op == SpvOpIgnoreIntersectionKHR || op == SpvOpTerminateRayKHR) {
            blk->term = *i;
            *i += s->w[*i] >> 16;
            blk->end = *i;
            return;
        } else if (op == SpvOpLabel || op == SpvOpFunctionEnd || op == SpvOpFunction) {
            break;
        }
    }
    sv_fail(s, PUM_SPIRV_INVALID, "block %%%u has no end", blk->label);
}

static uint32_t
count_ops(const struct sv *s, uint32_t from, uint32_t what, uint32_t until)
{
    uint32_t n = 0;
    for (uint32_t i = from; i < s->n && (s->w[i] & 0xffff) != until; i += s->w[i] >> 16) {
        n += (s->w[i] & 0xffff) == what;
    }
    return n;
}

static void
parse_function(struct sv *s, uint32_t *i)
{
    if (!pum_grow((void **)&s->funcs, &s->cap_funcs, s->n_funcs + 1, sizeof(s->funcs[0]))) {
        sv_fail(s, PUM_SPIRV_OOM, "out of memory");
        return;
    }
    struct sv_func *f = &s->funcs[s->n_funcs];
    *f = (struct sv_func){.id = sv_arg(s, *i, 1), .word = *i, .result = sv_arg(s, *i, 0), .type = sv_arg(s, *i, 3)};
    struct sv_id *d = sv_new_result(s, f->id, SV_FUNC);
    d->block = s->n_funcs++;
    f->params = sv_alloc(s, count_ops(s, *i, SpvOpFunctionParameter, SpvOpFunctionEnd), sizeof(uint32_t));
    f->blocks = sv_alloc(s, count_ops(s, *i, SpvOpLabel, SpvOpFunctionEnd), sizeof(struct sv_block));
    *i += s->w[*i] >> 16;
    while (*i < s->n && sv_ok(s)) {
        s->at = *i;
        const uint32_t op = s->w[*i] & 0xffff;
        if (op == SpvOpFunctionEnd) {
            return;
        }
        if (op == SpvOpLabel) {
            parse_block(s, f, i);
            continue;
        }
        if (op == SpvOpFunctionParameter) {
            struct sv_id *p = sv_new_result(s, sv_arg(s, *i, 1), SV_PARAM);
            p->type = sv_arg(s, *i, 0);
            f->params[f->n_params++] = sv_arg(s, *i, 1);
        } else if (op != SpvOpLine && op != SpvOpNoLine) {
            sv_fail(s, PUM_SPIRV_INVALID, "outside of a block");
        }
        *i += s->w[*i] >> 16;
    }
}

static bool
capability_ok(uint32_t c)
{
    switch (c) {
    case SpvCapabilityMatrix:
    case SpvCapabilityShader:
    case SpvCapabilitySampled1D:
    case SpvCapabilityImage1D:
    case SpvCapabilitySampledBuffer:
    case SpvCapabilityImageBuffer:
    case SpvCapabilitySampledCubeArray:
    case SpvCapabilityImageCubeArray:
    case SpvCapabilityImageQuery:
    case SpvCapabilityDerivativeControl:
    case SpvCapabilityStorageImageExtendedFormats:
    case SpvCapabilityStorageImageMultisample:
    case SpvCapabilityImageMSArray:
    case SpvCapabilityStorageImageReadWithoutFormat:
    case SpvCapabilityStorageImageWriteWithoutFormat:
    case SpvCapabilityDrawParameters:
    case SpvCapabilityClipDistance:
    case SpvCapabilityCullDistance:
    case SpvCapabilityImageGatherExtended:
    case SpvCapabilityUniformBufferArrayDynamicIndexing:
    case SpvCapabilitySampledImageArrayDynamicIndexing:
    case SpvCapabilityStorageBufferArrayDynamicIndexing:
    case SpvCapabilityStorageImageArrayDynamicIndexing:
    case SpvCapabilityInputAttachment:
    case SpvCapabilityMinLod:
    case SpvCapabilitySparseResidency:
    case SpvCapabilityGroupNonUniform:
    case SpvCapabilityGroupNonUniformVote:
    case SpvCapabilityGroupNonUniformBallot:
    case SpvCapabilityShaderNonUniform:
    case SpvCapabilityRuntimeDescriptorArray:
    case SpvCapabilityInputAttachmentArrayDynamicIndexing:
    case SpvCapabilityUniformTexelBufferArrayDynamicIndexing:
    case SpvCapabilityStorageTexelBufferArrayDynamicIndexing:
    case SpvCapabilityUniformBufferArrayNonUniformIndexing:
    case SpvCapabilitySampledImageArrayNonUniformIndexing:
    case SpvCapabilityStorageBufferArrayNonUniformIndexing:
    case SpvCapabilityStorageImageArrayNonUniformIndexing:
    case SpvCapabilityInputAttachmentArrayNonUniformIndexing:
    case SpvCapabilityUniformTexelBufferArrayNonUniformIndexing:
    case SpvCapabilityStorageTexelBufferArrayNonUniformIndexing:
    case SpvCapabilityDemoteToHelperInvocation:
    case SpvCapabilityShaderViewportIndexLayerEXT:
    case SpvCapabilityShaderLayer:
    case SpvCapabilityMultiViewport:
    case SpvCapabilityShaderViewportIndex:
    case SpvCapabilityMultiView:
    case SpvCapabilitySampleRateShading:
    case SpvCapabilityInterpolationFunction:
    case SpvCapabilitySampleMaskPostDepthCoverage:
    case SpvCapabilityStencilExportEXT:
    case SpvCapabilityFloat16:
    case SpvCapabilityFloat64:
    case SpvCapabilityInt8:
    case SpvCapabilityInt16:
    case SpvCapabilityInt64:
    case SpvCapabilityStorageBuffer16BitAccess:
    case SpvCapabilityUniformAndStorageBuffer16BitAccess:
    case SpvCapabilityStoragePushConstant16:
    case SpvCapabilityStorageInputOutput16:
    case SpvCapabilityStorageBuffer8BitAccess:
    case SpvCapabilityUniformAndStorageBuffer8BitAccess:
    case SpvCapabilityStoragePushConstant8:
    case SpvCapabilityInt64Atomics:
    case SpvCapabilityInt64ImageEXT:
    case SpvCapabilityAtomicFloat32AddEXT:
    case SpvCapabilityAtomicFloat64AddEXT:
    case SpvCapabilityAtomicFloat32MinMaxEXT:
    case SpvCapabilityAtomicFloat64MinMaxEXT:
    case SpvCapabilityDenormPreserve:
    case SpvCapabilitySignedZeroInfNanPreserve:
    case SpvCapabilityRoundingModeRTE:
    case SpvCapabilityFloatControls2:
    case SpvCapabilitySubgroupBallotKHR:
    case SpvCapabilitySubgroupVoteKHR:
    case SpvCapabilityGroupNonUniformArithmetic:
    case SpvCapabilityGroupNonUniformShuffle:
    case SpvCapabilityGroupNonUniformShuffleRelative:
    case SpvCapabilityGroupNonUniformClustered:
    case SpvCapabilityGroupNonUniformQuad:
    case SpvCapabilityGroupNonUniformRotateKHR:
    case SpvCapabilityQuadControlKHR:
    case SpvCapabilityComputeDerivativeGroupQuadsKHR:
    case SpvCapabilityComputeDerivativeGroupLinearKHR:
    case SpvCapabilityFragmentBarycentricKHR:
    case SpvCapabilityFragmentShaderPixelInterlockEXT:
    case SpvCapabilityFragmentShaderSampleInterlockEXT:
    case SpvCapabilityFragmentShaderShadingRateInterlockEXT:
    case SpvCapabilityReplicatedCompositesEXT:
    case SpvCapabilityGroupNonUniformPartitionedEXT:
    case SpvCapabilitySplitBarrierEXT:
    case SpvCapabilityLongVectorEXT:
    case SpvCapabilityUntypedPointersKHR:
    case SpvCapabilityBFloat16TypeKHR:
    case SpvCapabilityBFloat16DotProductKHR:
    case SpvCapabilityBFloat16CooperativeMatrixKHR:
    case SpvCapabilityFloat8CooperativeMatrixEXT:
    case SpvCapabilityCooperativeMatrixKHR:
    case SpvCapabilityFloat8EXT:
    case SpvCapabilityFMAKHR:
    case SpvCapabilityPhysicalStorageBufferAddresses:
    case SpvCapabilityVariablePointersStorageBuffer:
    case SpvCapabilityVariablePointers:
    case SpvCapabilityVulkanMemoryModel:
    case SpvCapabilityVulkanMemoryModelDeviceScope:
    case SpvCapabilityDotProduct:
    case SpvCapabilityDotProductInputAll:
    case SpvCapabilityDotProductInput4x8Bit:
    case SpvCapabilityDotProductInput4x8BitPacked:
    case SpvCapabilityWorkgroupMemoryExplicitLayoutKHR:
    case SpvCapabilityWorkgroupMemoryExplicitLayout8BitAccessKHR:
    case SpvCapabilityWorkgroupMemoryExplicitLayout16BitAccessKHR:
    case SpvCapabilityExpectAssumeKHR:
    case SpvCapabilityShaderClockKHR:
    case SpvCapabilityTransformFeedback:
    case SpvCapabilityGeometry:
    case SpvCapabilityGeometryPointSize:
    case SpvCapabilityGeometryStreams:
    case SpvCapabilityTessellation:
    case SpvCapabilityTessellationPointSize:
    case SpvCapabilityMeshShadingEXT:
    case SpvCapabilityRayQueryKHR:
    case SpvCapabilityRayQueryPositionFetchKHR:
    case SpvCapabilityRayTracingKHR:
    case SpvCapabilityRayTraversalPrimitiveCullingKHR:
    case SpvCapabilityRayCullMaskKHR:
    case SpvCapabilityRayTracingPositionFetchKHR:
        return true;
    default:
        return false;
    }
}

static bool
is_subgroup_capability(uint32_t c)
{
    return (c >= SpvCapabilityGroupNonUniform && c <= SpvCapabilityGroupNonUniformQuad) || c == SpvCapabilitySubgroupBallotKHR ||
           c == SpvCapabilitySubgroupVoteKHR || c == SpvCapabilityGroupNonUniformRotateKHR || c == SpvCapabilityGroupNonUniformPartitionedNV;
}

static bool
name_equals(const struct sv *s, uint32_t i, uint32_t k, const char *name, uint32_t *words)
{
    const uint32_t n = sv_len(s, i);
    const size_t bytes = (size_t)(n > k ? n - k : 0) * 4;
    const char *text = (const char *)&s->w[i + 1 + k];
    const size_t len = strnlen(text, bytes);
    *words = (uint32_t)(len / 4 + 1);
    return len < bytes && strcmp(text, name) == 0;
}

static void
parse_entry(struct sv *s, uint32_t i)
{
    static const uint32_t models[PUM_STAGE_RAYGEN] = {SpvExecutionModelVertex, SpvExecutionModelFragment, SpvExecutionModelGLCompute,
                                                        SpvExecutionModelGeometry,     SpvExecutionModelTessellationControl,
                                                        SpvExecutionModelTessellationEvaluation, SpvExecutionModelTaskEXT, SpvExecutionModelMeshEXT};
    uint32_t words;
    const bool same = name_equals(s, i, 2, s->opt->entry_point, &words);
    const enum pum_stage stage = s->opt->stage;
    if (same && sv_arg(s, i, 0) == (pum_stage_is_ray(stage) ? sv_trace_model(stage) : models[stage]) && !s->entry_func) {
        s->entry_func = sv_arg(s, i, 1);
        const uint32_t first = 2 + words;
        s->n_interface = sv_len(s, i) > first ? sv_len(s, i) - first : 0;
        s->interface = sv_alloc(s, s->n_interface, sizeof(uint32_t));
        for (uint32_t k = 0; k < s->n_interface && s->interface; k++) {
            s->interface[k] = sv_arg(s, i, first + k);
        }
    }
}

static void
geometry_size(struct sv *s, uint32_t mode, uint32_t n)
{
    struct pum_shader_info *info = &s->sh->info;
    if (s->opt->stage != PUM_STAGE_GEOMETRY) {
        sv_tessellation_mode(s, mode, n);
        sv_mesh_mode(s, mode, n);
    } else if (mode == SpvExecutionModeInvocations) {
        info->gs_invocations = (uint16_t)PUM_MIN(n, 65535u);
        if (n == 0 || n > PUM_MAX_GS_INVOCATIONS) {
            sv_fail(s, PUM_SPIRV_UNSUPPORTED, "%u invocations", n);
        }
    } else {
        info->gs_vertices = (uint16_t)PUM_MIN(n, 65535u);
        s->has_max_vertices = true;
        if (n > PUM_MAX_GS_VERTICES) {
            sv_fail(s, PUM_SPIRV_UNSUPPORTED, "%u vertices", n);
        }
    }
}

static void
execution_mode(struct sv *s, uint32_t i, bool by_id)
{
    struct pum_shader_info *info = &s->sh->info;
    if (sv_arg(s, i, 0) != s->entry_func) {
        return;
    }
    switch (sv_arg(s, i, 1)) {
    case SpvExecutionModeLocalSize:
        for (uint32_t k = 0; k < 3; k++) {
            info->local_size[k] = sv_arg(s, i, 2 + k);
        }
        break;
    case SpvExecutionModeLocalSizeId:
        for (uint32_t k = 0; k < 3 && by_id; k++) {
            s->local_size_ids[k] = sv_arg(s, i, 2 + k);
        }
        break;
    case SpvExecutionModeXfb: s->xfb = true; break;
    case SpvExecutionModeDerivativeGroupQuadsKHR:
    case SpvExecutionModeDerivativeGroupLinearKHR: sv_quad_mode(s, sv_arg(s, i, 1)); break;
    case SpvExecutionModePixelInterlockOrderedEXT: /* a tile's primitives follow each other, which is all that any of them asks for */
    case SpvExecutionModePixelInterlockUnorderedEXT:
    case SpvExecutionModeSampleInterlockOrderedEXT:
    case SpvExecutionModeSampleInterlockUnorderedEXT:
    case SpvExecutionModeShadingRateInterlockOrderedEXT:
    case SpvExecutionModeShadingRateInterlockUnorderedEXT: s->interlocked = s->opt->stage == PUM_STAGE_FRAGMENT; break;
    case SpvExecutionModeInputPoints: info->gs_in_vertices = 1; break;
    case SpvExecutionModeInputLines: info->gs_in_vertices = 2; break;
    case SpvExecutionModeInputLinesAdjacency: info->gs_in_vertices = 4; break;
    case SpvExecutionModeTriangles:
        info->gs_in_vertices = 3;
        info->tess_mode = PUM_TESS_TRIANGLES;
        break;
    case SpvExecutionModeQuads: info->tess_mode = PUM_TESS_QUADS; break;
    case SpvExecutionModeIsolines: info->tess_mode = PUM_TESS_ISOLINES; break;
    case SpvExecutionModeSpacingEqual: info->tess_spacing = PUM_SPACING_EQUAL; break;
    case SpvExecutionModeSpacingFractionalEven: info->tess_spacing = PUM_SPACING_EVEN; break;
    case SpvExecutionModeSpacingFractionalOdd: info->tess_spacing = PUM_SPACING_ODD; break;
    case SpvExecutionModeVertexOrderCw: info->tess_order = PUM_ORDER_CW; break;
    case SpvExecutionModeVertexOrderCcw: info->tess_order = PUM_ORDER_CCW; break;
    case SpvExecutionModePointMode: info->tess_points = true; break;
    case SpvExecutionModeInputTrianglesAdjacency: info->gs_in_vertices = 6; break;
    case SpvExecutionModeOutputPoints: info->gs_out_vertices = 1; break;
    case SpvExecutionModeOutputLinesEXT:
    case SpvExecutionModeOutputLineStrip: info->gs_out_vertices = 2; break;
    case SpvExecutionModeOutputTrianglesEXT:
    case SpvExecutionModeOutputTriangleStrip: info->gs_out_vertices = 3; break;
    case SpvExecutionModeInvocations:
    case SpvExecutionModeOutputPrimitivesEXT:
    case SpvExecutionModeOutputVertices: geometry_size(s, sv_arg(s, i, 1), sv_arg(s, i, 2)); break;
    case SpvExecutionModeEarlyFragmentTests: info->early_tests = true; break;
    case SpvExecutionModePostDepthCoverage: info->early_tests = info->post_depth_coverage = true; break;
    case SpvExecutionModeDepthReplacing: info->writes_depth = true; break;
    case SpvExecutionModeDepthGreater: info->depth_mode = 1; break;
    case SpvExecutionModeDepthLess: info->depth_mode = 2; break;
    case SpvExecutionModeDepthUnchanged: info->depth_mode = 3; break;
    case SpvExecutionModeDenormFlushToZero:
    case SpvExecutionModeRoundingModeRTZ: sv_fail(s, PUM_SPIRV_UNSUPPORTED, "execution mode %u", sv_arg(s, i, 1)); break;
    default: break;
    }
}

/* What is used in code that is never reached counts, too. SPEC: primsrast-sampleshading, "statically uses" */
static void
sample_shading(struct sv *s)
{
    for (uint32_t k = 0; k < s->n_interface && s->opt->stage == PUM_STAGE_FRAGMENT && sv_ok(s); k++) {
        const struct sv_id *d = sv_id(s, s->interface[k]);
        if (d->kind == SV_VAR && d->storage == SpvStorageClassInput &&
            (d->sample || (d->has_builtin && (d->builtin == SpvBuiltInSampleId || d->builtin == SpvBuiltInSamplePosition)))) {
            s->sh->info.uses_sample_shading = true;
        }
    }
}

bool
sv_parse(struct sv *s)
{
    for (uint32_t i = 5; i < s->n && sv_ok(s);) {
        s->at = i;
        const uint32_t len = s->w[i] >> 16;
        if (len == 0 || len > s->n - i) {
            sv_fail(s, PUM_SPIRV_INVALID, "instruction of %u words", len);
            break;
        }
        i += len;
    }
    /* Two walks: decorations stand before what they decorate, so one would do, but modes follow entry points. */
    for (uint32_t i = 5; i < s->n && sv_ok(s); i += s->w[i] >> 16) {
        s->at = i;
        const uint32_t op = s->w[i] & 0xffff;
        uint32_t words;
        switch (op) {
        case SpvOpCapability:
            /* Compilers declare the built-in block of primitives whole, rate and capability included; a use of the rate is refused. */
            if (!capability_ok(sv_arg(s, i, 0)) && !(s->opt->stage == PUM_STAGE_MESH && sv_arg(s, i, 0) == SpvCapabilityFragmentShadingRateKHR)) {
                const char *name = SpvCapabilityToString((SpvCapability)sv_arg(s, i, 0));
                sv_fail(s, PUM_SPIRV_UNSUPPORTED, "capability %s", name ? name : "?");
            }
            s->exact_floats = s->exact_floats || sv_arg(s, i, 0) == SpvCapabilityFloatControls2;
            s->subgroups = s->subgroups || is_subgroup_capability(sv_arg(s, i, 0));
            s->long_vectors = s->long_vectors || sv_arg(s, i, 0) == SpvCapabilityLongVectorEXT;
            break;
        case SpvOpExtInstImport: {
            struct sv_id *d = sv_new_result(s, sv_arg(s, i, 0), SV_EXT);
            if (name_equals(s, i, 1, "GLSL.std.450", &words)) {
                d->n = SV_SET_GLSL;
            } else if (name_equals(s, i, 1, "NonSemantic.DebugPrintf", &words)) {
                d->n = SV_SET_PRINT;
            } else if (sv_len(s, i) < 4 || memcmp(&s->w[i + 2], "NonSemantic.", 12) != 0) { /* such may be ignored */
                sv_fail(s, PUM_SPIRV_UNSUPPORTED, "extended instruction set %.*s", (int)PUM_MIN(sv_len(s, i) * 4 - 4, 60u),
                        (const char *)&s->w[i + 2]);
            }
            break;
        }
        case SpvOpMemoryModel:
            s->physical = sv_arg(s, i, 0) == SpvAddressingModelPhysicalStorageBuffer64;
            if (sv_arg(s, i, 0) != SpvAddressingModelLogical && !s->physical) {
                sv_fail(s, PUM_SPIRV_UNSUPPORTED, "addressing model %u", sv_arg(s, i, 0));
            }
            if (sv_arg(s, i, 1) != SpvMemoryModelGLSL450 && sv_arg(s, i, 1) != SpvMemoryModelVulkan && sv_arg(s, i, 1) != SpvMemoryModelSimple) {
                sv_fail(s, PUM_SPIRV_UNSUPPORTED, "memory model %u", sv_arg(s, i, 1));
            }
            break;
        case SpvOpEntryPoint: parse_entry(s, i); break;
        case SpvOpExecutionMode:
        case SpvOpExecutionModeId: execution_mode(s, i, op == SpvOpExecutionModeId); break;
        case SpvOpDecorate: decorate(s, sv_arg(s, i, 0), i); break;
        case SpvOpMemberDecorate: decorate_member(s, sv_arg(s, i, 0), sv_arg(s, i, 1), i, 2); break;
        case SpvOpDecorationGroup: sv_new_result(s, sv_arg(s, i, 0), SV_GROUP); break;
        case SpvOpGroupDecorate:
        case SpvOpGroupMemberDecorate: decorate_group(s, i, op == SpvOpGroupMemberDecorate); break;
        case SpvOpString: sv_new_result(s, sv_arg(s, i, 0), SV_STRING); break;
        case SpvOpTypeVoid:
        case SpvOpTypeBool:
        case SpvOpTypeInt:
        case SpvOpTypeFloat:
        case SpvOpTypeVector:
        case SpvOpTypeMatrix:
        case SpvOpTypeArray:
        case SpvOpTypeRuntimeArray:
        case SpvOpTypeCooperativeMatrixKHR:
        case SpvOpTypeVectorIdEXT:
        case SpvOpTypeStruct:
        case SpvOpTypePointer:
        case SpvOpTypeForwardPointer:
        case SpvOpTypeUntypedPointerKHR:
        case SpvOpTypeFunction:
        case SpvOpTypeImage:
        case SpvOpTypeSampler:
        case SpvOpTypeSampledImage:
        case SpvOpTypeAccelerationStructureKHR:
        case SpvOpTypeRayQueryKHR: sv_parse_type(s, i, op); break;
        case SpvOpConstantTrue:
        case SpvOpConstantFalse:
        case SpvOpConstant:
        case SpvOpConstantComposite:
        case SpvOpConstantCompositeReplicateEXT:
        case SpvOpSpecConstantCompositeReplicateEXT:
        case SpvOpConstantNull:
        case SpvOpSpecConstantTrue:
        case SpvOpSpecConstantFalse:
        case SpvOpSpecConstant:
        case SpvOpSpecConstantComposite:
        case SpvOpSpecConstantOp:
        case SpvOpUndef: sv_parse_const(s, i, op); break;
        case SpvOpUntypedVariableKHR:
        case SpvOpVariable: {
            struct sv_id *d = sv_new_result(s, sv_arg(s, i, 1), SV_VAR);
            d->type = sv_arg(s, i, 0);
            d->storage = sv_arg(s, i, 2);
            d->data_type = op == SpvOpUntypedVariableKHR ? sv_arg(s, i, 3) : 0;
            const struct sv_type *pt = sv_type(s, d->type);
            if (sv_ok(s) && pt->untyped != (op == SpvOpUntypedVariableKHR)) {
                sv_fail(s, PUM_SPIRV_INVALID, "type of the variable");
            }
            if (d->storage == SpvStorageClassWorkgroup && pt->kind == SV_POINTER && sv_ok(s) && sv_type(s, sv_pointee(s, d))->block) {
                s->shared_explicit = true;
            }
            break;
        }
        case SpvOpFunction: {
            parse_function(s, &i);
            break;
        }
        default: break; /* names, sources, extensions, debug information */
        }
        if (i >= s->n) {
            break;
        }
    }
    if (sv_ok(s) && (!s->entry_func || sv_id(s, s->entry_func)->kind != SV_FUNC)) {
        sv_fail(s, PUM_SPIRV_INVALID, "entry point '%.60s' not found", s->opt->entry_point);
    }
    sample_shading(s);
    return sv_ok(s);
}

static uint32_t *
native_words(const uint32_t *words, size_t n)
{
    uint32_t *copy = malloc(n * sizeof(*copy));
    if (copy) {
        const bool swap = words[0] == __builtin_bswap32(SpvMagicNumber);
        for (size_t i = 0; i < n; i++) {
            copy[i] = swap ? __builtin_bswap32(words[i]) : words[i];
        }
    }
    return copy;
}

static enum pum_spirv_result
translate(const uint32_t *words, size_t n_words, const struct pum_spirv_options *options, bool one_patch, struct pum_ir_shader **out,
          struct pum_spirv_error *error)
{
    struct sv st = {.opt = options, .err = error, .one_patch = one_patch};
    struct sv *s = &st;
    *out = NULL;
    memset(error, 0, sizeof(*error));
    if (n_words < 5 || n_words > (1u << 24) || (words[0] != SpvMagicNumber && words[0] != __builtin_bswap32(SpvMagicNumber))) {
        snprintf(error->text, sizeof(error->text), "not a SPIR-V module");
        return PUM_SPIRV_INVALID;
    }
    uint32_t *copy = native_words(words, n_words);
    s->sh = pum_ir_shader_create(pum_stage_code(options->stage));
    pum_arena_init(&s->arena, 65536, (size_t)256 << 20);
    if (!copy || !s->sh) {
        free(copy);
        pum_ir_shader_destroy(s->sh);
        snprintf(error->text, sizeof(error->text), "out of memory");
        return PUM_SPIRV_OOM;
    }
    s->w = copy;
    s->n = (uint32_t)n_words;
    s->version = copy[1];
    s->bound = copy[3];
    if (s->bound == 0 || s->bound > MAX_BOUND || s->bound / 8 > n_words + 512) {
        snprintf(error->text, sizeof(error->text), "id bound %u", s->bound);
        s->result = PUM_SPIRV_INVALID;
    } else {
        s->ids = calloc(s->bound, sizeof(s->ids[0]));
        if (!s->ids) {
            s->result = PUM_SPIRV_OOM;
        }
    }
    if (s->result == PUM_SPIRV_OK) {
        pum_ir_builder_init(&s->b, s->sh);
        memset(s->fs_input_of, 0xff, sizeof(s->fs_input_of));
        s->sh->info.gs_invocations = options->stage == PUM_STAGE_GEOMETRY;
        if (sv_parse(s)) {
            sv_translate_entry(s);
        }
    }
    if (s->result == PUM_SPIRV_OK && s->sh->oom) {
        s->result = PUM_SPIRV_OOM;
        snprintf(error->text, sizeof(error->text), "out of memory, or the shader is too large");
    }
    char why[160];
    if (s->result == PUM_SPIRV_OK && !pum_ir_verify(s->sh, why, sizeof(why))) { /* the last line against modules that no check above refused */
        s->result = PUM_SPIRV_INVALID;
        snprintf(error->text, sizeof(error->text), "the module is not valid: %s", why);
    }
    if (s->result == PUM_SPIRV_OK) {
        *out = s->sh;
    } else {
        pum_ir_shader_destroy(s->sh);
    }
    free(s->ids);
    free(s->spills);
    free(s->moves);
    free(s->funcs);
    free(s->stack);
    free(copy);
    pum_arena_finish(&s->arena);
    return s->result;
}

enum pum_spirv_result
pum_spirv_translate(const uint32_t *words, size_t n_words, const struct pum_spirv_options *options, struct pum_ir_shader **out,
                    struct pum_spirv_error *error)
{
    const enum pum_spirv_result r = translate(words, n_words, options, false, out, error);
    if (r == PUM_SPIRV_OK && options->stage == PUM_STAGE_TESS_CONTROL && (*out)->info.has_side_effects && (*out)->info.tess_patches > 1) {
        pum_ir_shader_destroy(*out); /* a workgroup that is not full repeats patches, which must not be seen */
        return translate(words, n_words, options, true, out, error);
    }
    return r;
}
