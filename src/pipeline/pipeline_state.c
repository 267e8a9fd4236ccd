#include "pipeline/pipeline_state.h"

#include <string.h>

#include "format/format.h"
#include "object/pnext.h"

#define VERTEX_INPUT VK_GRAPHICS_PIPELINE_LIBRARY_VERTEX_INPUT_INTERFACE_BIT_EXT
#define PRE_RASTER VK_GRAPHICS_PIPELINE_LIBRARY_PRE_RASTERIZATION_SHADERS_BIT_EXT
#define FRAGMENT VK_GRAPHICS_PIPELINE_LIBRARY_FRAGMENT_SHADER_BIT_EXT
#define OUTPUT VK_GRAPHICS_PIPELINE_LIBRARY_FRAGMENT_OUTPUT_INTERFACE_BIT_EXT

/* ---- every field of the state: the part of a pipeline it belongs to, the dynamic state that replaces it (0: none) ---- */

struct field {
    uint16_t offset_B, size_B, count, stride_B; /* count: elements of an array, stride_B apart */
    uint32_t part;
    uint64_t dynamic;
};
#define FIELD(part, dynamic, name) {offsetof(struct pum_draw_state, name), sizeof(((struct pum_draw_state *)0)->name), 1, 0, part, dynamic}
#define TARGETS(dynamic, first, last)                                                                                  \
    {offsetof(struct pum_draw_state, blend.target) + offsetof(struct pum_blend_attachment, first),                     \
     offsetof(struct pum_blend_attachment, last) + 1 - offsetof(struct pum_blend_attachment, first),                   \
     PUM_MAX_RENDER_TARGETS, sizeof(struct pum_blend_attachment), OUTPUT, dynamic}

static const struct field fields[] = {
    FIELD(VERTEX_INPUT, PUM_DYN(VERTEX_INPUT), attribute_count),
    FIELD(VERTEX_INPUT, PUM_DYN(VERTEX_INPUT), attribute),
    FIELD(VERTEX_INPUT, PUM_DYN(VERTEX_INPUT), binding),
    FIELD(VERTEX_INPUT, PUM_DYN(TOPOLOGY), topology),
    FIELD(VERTEX_INPUT, PUM_DYN(PRIMITIVE_RESTART), primitive_restart),
    FIELD(PRE_RASTER, PUM_DYN(PROVOKING_VERTEX), provoking_last),
    FIELD(PRE_RASTER, PUM_DYN(VIEWPORT_COUNT), viewport_count),
    FIELD(PRE_RASTER, PUM_DYN(SCISSOR_COUNT), scissor_count),
    FIELD(PRE_RASTER, PUM_DYN(VIEWPORT), viewport),
    FIELD(PRE_RASTER, PUM_DYN(SCISSOR), scissor),
    FIELD(PRE_RASTER, PUM_DYN(NEGATIVE_ONE_TO_ONE), negative_one_to_one),
    FIELD(PRE_RASTER, PUM_DYN(RASTERIZER_DISCARD), rasterizer_discard),
    FIELD(PRE_RASTER, PUM_DYN(PATCH_VERTICES), patch_vertices),
    FIELD(PRE_RASTER, PUM_DYN(DOMAIN_ORIGIN), domain_lower_left),
    FIELD(PRE_RASTER, PUM_DYN(RASTER_STREAM), raster_stream),
    FIELD(PRE_RASTER, PUM_DYN(DEPTH_CLAMP), depth_clamp),
    FIELD(PRE_RASTER, PUM_DYN(DEPTH_CLIP), depth_clip),
    FIELD(PRE_RASTER, PUM_DYN(DEPTH_CLIP), depth_clip_set),
    FIELD(PRE_RASTER, PUM_DYN(CULL_MODE), cull_mode),
    FIELD(PRE_RASTER, PUM_DYN(FRONT_FACE), front_face),
    FIELD(PRE_RASTER, PUM_DYN(POLYGON_MODE), polygon_mode),
    FIELD(PRE_RASTER, PUM_DYN(LINE_MODE), line_mode),
    FIELD(PRE_RASTER, PUM_DYN(LINE_WIDTH), line_width),
    FIELD(PRE_RASTER, PUM_DYN(LINE_STIPPLE_ENABLE), line_stipple),
    FIELD(PRE_RASTER, PUM_DYN(LINE_STIPPLE), stipple_pattern),
    FIELD(PRE_RASTER, PUM_DYN(LINE_STIPPLE), stipple_factor),
    FIELD(PRE_RASTER, PUM_DYN(CONSERVATIVE), overestimate),
    FIELD(PRE_RASTER, PUM_DYN(DEPTH_BIAS_ENABLE), depth_bias),
    FIELD(PRE_RASTER, PUM_DYN(DEPTH_BIAS), depth_bias_constant),
    FIELD(PRE_RASTER, PUM_DYN(DEPTH_BIAS), depth_bias_slope),
    FIELD(PRE_RASTER, PUM_DYN(DEPTH_BIAS), depth_bias_clamp),
    FIELD(PRE_RASTER, PUM_DYN(DEPTH_BIAS), depth_bias_unit),
    FIELD(PRE_RASTER, PUM_DYN(CLAMP_RANGE), own_clamp_range),
    FIELD(PRE_RASTER, PUM_DYN(CLAMP_RANGE), clamp_min),
    FIELD(PRE_RASTER, PUM_DYN(CLAMP_RANGE), clamp_max),
    FIELD(PRE_RASTER, PUM_DYN(DISCARD_ENABLE), discard.enable),
    FIELD(PRE_RASTER, PUM_DYN(DISCARD_MODE), discard.exclusive),
    FIELD(PRE_RASTER, 0, discard.count),
    FIELD(PRE_RASTER, PUM_DYN(DISCARD_RECTS), discard.rect),
    FIELD(FRAGMENT, PUM_DYN(DEPTH_TEST), ds.depth_test),
    FIELD(FRAGMENT, PUM_DYN(DEPTH_WRITE), ds.depth_write),
    FIELD(FRAGMENT, PUM_DYN(DEPTH_COMPARE), ds.depth_compare),
    FIELD(FRAGMENT, PUM_DYN(DEPTH_BOUNDS_TEST), ds.depth_bounds_test),
    FIELD(FRAGMENT, PUM_DYN(DEPTH_BOUNDS), ds.min_bounds),
    FIELD(FRAGMENT, PUM_DYN(DEPTH_BOUNDS), ds.max_bounds),
    FIELD(FRAGMENT, PUM_DYN(STENCIL_TEST), ds.stencil_test),
    FIELD(FRAGMENT, PUM_DYN(STENCIL_OP), ds.front.fail_op),
    FIELD(FRAGMENT, PUM_DYN(STENCIL_OP), ds.front.pass_op),
    FIELD(FRAGMENT, PUM_DYN(STENCIL_OP), ds.front.depth_fail_op),
    FIELD(FRAGMENT, PUM_DYN(STENCIL_OP), ds.front.compare_op),
    FIELD(FRAGMENT, PUM_DYN(STENCIL_COMPARE_MASK), ds.front.compare_mask),
    FIELD(FRAGMENT, PUM_DYN(STENCIL_WRITE_MASK), ds.front.write_mask),
    FIELD(FRAGMENT, PUM_DYN(STENCIL_REFERENCE), ds.front.reference),
    FIELD(FRAGMENT, PUM_DYN(STENCIL_OP), ds.back.fail_op),
    FIELD(FRAGMENT, PUM_DYN(STENCIL_OP), ds.back.pass_op),
    FIELD(FRAGMENT, PUM_DYN(STENCIL_OP), ds.back.depth_fail_op),
    FIELD(FRAGMENT, PUM_DYN(STENCIL_OP), ds.back.compare_op),
    FIELD(FRAGMENT, PUM_DYN(STENCIL_COMPARE_MASK), ds.back.compare_mask),
    FIELD(FRAGMENT, PUM_DYN(STENCIL_WRITE_MASK), ds.back.write_mask),
    FIELD(FRAGMENT, PUM_DYN(STENCIL_REFERENCE), ds.back.reference),
    TARGETS(PUM_DYN(BLEND_ENABLE), enable, enable),
    TARGETS(PUM_DYN(BLEND_EQUATION) | PUM_DYN(BLEND_ADVANCED), src_color, alpha_op),
    {offsetof(struct pum_draw_state, blend.target) + offsetof(struct pum_blend_attachment, advanced), sizeof(struct pum_advanced_state),
     PUM_MAX_RENDER_TARGETS, sizeof(struct pum_blend_attachment), OUTPUT, PUM_DYN(BLEND_ADVANCED)},
    TARGETS(PUM_DYN(COLOR_WRITE_MASK), write_mask, write_mask),
    FIELD(OUTPUT, PUM_DYN(SAMPLES), ms.samples),
    FIELD(OUTPUT, PUM_DYN(SAMPLE_MASK), ms.sample_mask),
    FIELD(OUTPUT, PUM_DYN(SAMPLE_PLACES_ENABLE), ms.own_places),
    FIELD(OUTPUT, PUM_DYN(SAMPLE_PLACES), ms.place_count),
    FIELD(OUTPUT, PUM_DYN(SAMPLE_PLACES), ms.place),
    FIELD(OUTPUT, 0, ms.min_sample_shading),
    FIELD(OUTPUT, PUM_DYN(ALPHA_TO_COVERAGE), ms.alpha_to_coverage),
    FIELD(OUTPUT, PUM_DYN(ALPHA_TO_ONE), ms.alpha_to_one),
    FIELD(OUTPUT, PUM_DYN(BLEND_CONSTANTS), blend.constants),
    FIELD(OUTPUT, PUM_DYN(LOGIC_OP_ENABLE), blend.logic_op_enable),
    FIELD(OUTPUT, PUM_DYN(LOGIC_OP), blend.logic_op),
    FIELD(OUTPUT, PUM_DYN(COLOR_WRITE_ENABLE), blend.write_disabled),
};

static void
copy_field(const struct field *f, struct pum_draw_state *to, const struct pum_draw_state *from)
{
    for (uint32_t k = 0; k < f->count; k++) {
        const size_t at = f->offset_B + (size_t)k * f->stride_B;
        memcpy((uint8_t *)to + at, (const uint8_t *)from + at, f->size_B);
    }
}

void
pum_pipeline_apply(const struct pum_pipeline *pipe, struct pum_draw_state *state, uint32_t *strides_B)
{
    struct pum_draw_state s = pipe->state;
    for (size_t i = 0; i < PUM_ARRAY_LEN(fields) && pipe->dynamic; i++) {
        if (pipe->dynamic & fields[i].dynamic) {
            copy_field(&fields[i], &s, state);
        }
    }
    if (!(pipe->dynamic & (PUM_DYN(VERTEX_STRIDE) | PUM_DYN(VERTEX_INPUT)))) {
        memcpy(strides_B, pipe->strides_B, sizeof(pipe->strides_B));
    }
    *state = s;
}

/* Which part a dynamic state belongs to: a library's list counts for its own parts alone. */
static uint64_t
dynamic_of_parts(VkGraphicsPipelineLibraryFlagsEXT parts)
{
    uint64_t bits = parts & VERTEX_INPUT ? PUM_DYN(VERTEX_STRIDE) : 0;
    for (size_t i = 0; i < PUM_ARRAY_LEN(fields); i++) {
        bits |= parts & fields[i].part ? fields[i].dynamic : 0;
    }
    return bits;
}

void
pum_pipeline_link(struct pum_pipeline *pipe, const struct pum_pipeline *library, VkGraphicsPipelineLibraryFlagsEXT parts)
{
    for (size_t i = 0; i < PUM_ARRAY_LEN(fields); i++) {
        if (fields[i].part & parts) {
            copy_field(&fields[i], &pipe->state, &library->state);
        }
    }
    if (parts & VERTEX_INPUT) {
        memcpy(pipe->strides_B, library->strides_B, sizeof(pipe->strides_B));
    }
    pipe->dynamic |= library->dynamic & dynamic_of_parts(parts);
}

/* ---- from create infos ---- */

static uint64_t
dynamic_bits(VkDynamicState s)
{
    switch ((int)s) {
    case VK_DYNAMIC_STATE_VIEWPORT: return PUM_DYN(VIEWPORT);
    case VK_DYNAMIC_STATE_SCISSOR: return PUM_DYN(SCISSOR);
    case VK_DYNAMIC_STATE_LINE_WIDTH: return PUM_DYN(LINE_WIDTH);
    case VK_DYNAMIC_STATE_DEPTH_BIAS: return PUM_DYN(DEPTH_BIAS);
    case VK_DYNAMIC_STATE_BLEND_CONSTANTS: return PUM_DYN(BLEND_CONSTANTS);
    case VK_DYNAMIC_STATE_DEPTH_BOUNDS: return PUM_DYN(DEPTH_BOUNDS);
    case VK_DYNAMIC_STATE_STENCIL_COMPARE_MASK: return PUM_DYN(STENCIL_COMPARE_MASK);
    case VK_DYNAMIC_STATE_STENCIL_WRITE_MASK: return PUM_DYN(STENCIL_WRITE_MASK);
    case VK_DYNAMIC_STATE_STENCIL_REFERENCE: return PUM_DYN(STENCIL_REFERENCE);
    case VK_DYNAMIC_STATE_CULL_MODE: return PUM_DYN(CULL_MODE);
    case VK_DYNAMIC_STATE_FRONT_FACE: return PUM_DYN(FRONT_FACE);
    case VK_DYNAMIC_STATE_PRIMITIVE_TOPOLOGY: return PUM_DYN(TOPOLOGY);
    case VK_DYNAMIC_STATE_VIEWPORT_WITH_COUNT: return PUM_DYN(VIEWPORT) | PUM_DYN(VIEWPORT_COUNT);
    case VK_DYNAMIC_STATE_SCISSOR_WITH_COUNT: return PUM_DYN(SCISSOR) | PUM_DYN(SCISSOR_COUNT);
    case VK_DYNAMIC_STATE_VERTEX_INPUT_BINDING_STRIDE: return PUM_DYN(VERTEX_STRIDE);
    case VK_DYNAMIC_STATE_DEPTH_TEST_ENABLE: return PUM_DYN(DEPTH_TEST);
    case VK_DYNAMIC_STATE_DEPTH_WRITE_ENABLE: return PUM_DYN(DEPTH_WRITE);
    case VK_DYNAMIC_STATE_DEPTH_COMPARE_OP: return PUM_DYN(DEPTH_COMPARE);
    case VK_DYNAMIC_STATE_DEPTH_BOUNDS_TEST_ENABLE: return PUM_DYN(DEPTH_BOUNDS_TEST);
    case VK_DYNAMIC_STATE_STENCIL_TEST_ENABLE: return PUM_DYN(STENCIL_TEST);
    case VK_DYNAMIC_STATE_STENCIL_OP: return PUM_DYN(STENCIL_OP);
    case VK_DYNAMIC_STATE_RASTERIZER_DISCARD_ENABLE: return PUM_DYN(RASTERIZER_DISCARD);
    case VK_DYNAMIC_STATE_DEPTH_BIAS_ENABLE: return PUM_DYN(DEPTH_BIAS_ENABLE);
    case VK_DYNAMIC_STATE_PRIMITIVE_RESTART_ENABLE: return PUM_DYN(PRIMITIVE_RESTART);
    case VK_DYNAMIC_STATE_LOGIC_OP_EXT: return PUM_DYN(LOGIC_OP);
    case VK_DYNAMIC_STATE_VERTEX_INPUT_EXT: return PUM_DYN(VERTEX_INPUT);
    case VK_DYNAMIC_STATE_COLOR_WRITE_ENABLE_EXT: return PUM_DYN(COLOR_WRITE_ENABLE);
    case VK_DYNAMIC_STATE_DEPTH_CLAMP_ENABLE_EXT: return PUM_DYN(DEPTH_CLAMP);
    case VK_DYNAMIC_STATE_POLYGON_MODE_EXT: return PUM_DYN(POLYGON_MODE);
    case VK_DYNAMIC_STATE_LOGIC_OP_ENABLE_EXT: return PUM_DYN(LOGIC_OP_ENABLE);
    case VK_DYNAMIC_STATE_COLOR_BLEND_ENABLE_EXT: return PUM_DYN(BLEND_ENABLE);
    case VK_DYNAMIC_STATE_COLOR_BLEND_EQUATION_EXT: return PUM_DYN(BLEND_EQUATION);
    case VK_DYNAMIC_STATE_COLOR_BLEND_ADVANCED_EXT: return PUM_DYN(BLEND_ADVANCED);
    case VK_DYNAMIC_STATE_COLOR_WRITE_MASK_EXT: return PUM_DYN(COLOR_WRITE_MASK);
    case VK_DYNAMIC_STATE_RASTERIZATION_SAMPLES_EXT: return PUM_DYN(SAMPLES);
    case VK_DYNAMIC_STATE_SAMPLE_MASK_EXT: return PUM_DYN(SAMPLE_MASK);
    case VK_DYNAMIC_STATE_LINE_STIPPLE: return PUM_DYN(LINE_STIPPLE);
    case VK_DYNAMIC_STATE_LINE_STIPPLE_ENABLE_EXT: return PUM_DYN(LINE_STIPPLE_ENABLE);
    case VK_DYNAMIC_STATE_CONSERVATIVE_RASTERIZATION_MODE_EXT: return PUM_DYN(CONSERVATIVE);
    case VK_DYNAMIC_STATE_SAMPLE_LOCATIONS_EXT: return PUM_DYN(SAMPLE_PLACES);
    case VK_DYNAMIC_STATE_SAMPLE_LOCATIONS_ENABLE_EXT: return PUM_DYN(SAMPLE_PLACES_ENABLE);
    case VK_DYNAMIC_STATE_ALPHA_TO_COVERAGE_ENABLE_EXT: return PUM_DYN(ALPHA_TO_COVERAGE);
    case VK_DYNAMIC_STATE_ALPHA_TO_ONE_ENABLE_EXT: return PUM_DYN(ALPHA_TO_ONE);
    case VK_DYNAMIC_STATE_PROVOKING_VERTEX_MODE_EXT: return PUM_DYN(PROVOKING_VERTEX);
    case VK_DYNAMIC_STATE_LINE_RASTERIZATION_MODE_EXT: return PUM_DYN(LINE_MODE);
    case VK_DYNAMIC_STATE_PATCH_CONTROL_POINTS_EXT: return PUM_DYN(PATCH_VERTICES);
    case VK_DYNAMIC_STATE_TESSELLATION_DOMAIN_ORIGIN_EXT: return PUM_DYN(DOMAIN_ORIGIN);
    case VK_DYNAMIC_STATE_RASTERIZATION_STREAM_EXT: return PUM_DYN(RASTER_STREAM);
    case VK_DYNAMIC_STATE_DEPTH_CLIP_ENABLE_EXT: return PUM_DYN(DEPTH_CLIP);
    case VK_DYNAMIC_STATE_DEPTH_CLIP_NEGATIVE_ONE_TO_ONE_EXT: return PUM_DYN(NEGATIVE_ONE_TO_ONE);
    case VK_DYNAMIC_STATE_DEPTH_CLAMP_RANGE_EXT: return PUM_DYN(CLAMP_RANGE);
    case VK_DYNAMIC_STATE_DISCARD_RECTANGLE_EXT: return PUM_DYN(DISCARD_RECTS);
    case VK_DYNAMIC_STATE_DISCARD_RECTANGLE_ENABLE_EXT: return PUM_DYN(DISCARD_ENABLE);
    case VK_DYNAMIC_STATE_DISCARD_RECTANGLE_MODE_EXT: return PUM_DYN(DISCARD_MODE);
    default: return 0;
    }
}

void
pum_draw_state_add_attribute(struct pum_draw_state *s, uint32_t location, uint32_t binding, VkFormat format, uint32_t offset_B)
{
    const uint32_t wide = pum_format_wide_components(format); /* pairs of words: two in a location */
    for (uint32_t i = 0; i == 0 || i * 2 < wide; i++) {
        const enum pum_format f = !wide                ? pum_format_from_vk(format)
                                  : wide - i * 2 > 1 ? PUM_FORMAT_R32G32B32A32_UINT
                                                       : PUM_FORMAT_R32G32_UINT;
        if (location + i < PUM_MAX_LOCATIONS && binding < PUM_MAX_VERTEX_BINDINGS && s->attribute_count < PUM_MAX_VERTEX_ATTRIBUTES) {
            s->attribute[s->attribute_count++] =
                (struct pum_vertex_attribute){(uint8_t)(location + i), (uint8_t)binding, (uint16_t)f, offset_B + i * 16};
        }
    }
}

static void
vertex_input(struct pum_pipeline *pipe, const VkGraphicsPipelineCreateInfo *info)
{
    struct pum_draw_state *s = &pipe->state;
    const VkPipelineInputAssemblyStateCreateInfo *ia = info->pInputAssemblyState;
    s->topology = ia ? (uint8_t)ia->topology : VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST;
    s->primitive_restart = ia && ia->primitiveRestartEnable;
    const VkPipelineVertexInputStateCreateInfo *vi = pipe->dynamic & PUM_DYN(VERTEX_INPUT) ? NULL : info->pVertexInputState;
    if (!vi) {
        return;
    }
    for (uint32_t i = 0; i < vi->vertexBindingDescriptionCount; i++) {
        const VkVertexInputBindingDescription *b = &vi->pVertexBindingDescriptions[i];
        if (b->binding < PUM_MAX_VERTEX_BINDINGS) {
            s->binding[b->binding] = (struct pum_vertex_binding){b->inputRate == VK_VERTEX_INPUT_RATE_INSTANCE, 1};
            pipe->strides_B[b->binding] = b->stride;
        }
    }
    for (uint32_t i = 0; i < vi->vertexAttributeDescriptionCount; i++) {
        const VkVertexInputAttributeDescription *a = &vi->pVertexAttributeDescriptions[i];
        pum_draw_state_add_attribute(s, a->location, a->binding, a->format, a->offset);
    }
    const VkPipelineVertexInputDivisorStateCreateInfo *d =
        pum_pnext_find(vi->pNext, VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_DIVISOR_STATE_CREATE_INFO);
    for (uint32_t i = 0; d && i < d->vertexBindingDivisorCount; i++) {
        if (d->pVertexBindingDivisors[i].binding < PUM_MAX_VERTEX_BINDINGS) {
            s->binding[d->pVertexBindingDivisors[i].binding].divisor = d->pVertexBindingDivisors[i].divisor;
        }
    }
}

uint8_t
pum_bias_unit_from_chain(const void *chain)
{
    const VkDepthBiasRepresentationInfoEXT *r = pum_pnext_find(chain, VK_STRUCTURE_TYPE_DEPTH_BIAS_REPRESENTATION_INFO_EXT);
    return r ? (uint8_t)r->depthBiasRepresentation : PUM_BIAS_FORMAT; /* the steps are always exact */
}

void
pum_clamp_range_set(struct pum_draw_state *s, VkDepthClampModeEXT mode, const VkDepthClampRangeEXT *range)
{
    s->own_clamp_range = mode == VK_DEPTH_CLAMP_MODE_USER_DEFINED_RANGE_EXT && range;
    s->clamp_min = s->own_clamp_range ? range->minDepthClamp : 0.0f;
    s->clamp_max = s->own_clamp_range ? range->maxDepthClamp : 0.0f;
}

void
pum_discard_rects_set(struct pum_discard_state *d, uint32_t first, uint32_t count, const VkRect2D *rects)
{
    for (uint32_t i = 0; i < count && (uint64_t)first + i < PUM_MAX_DISCARD_RECTS; i++) {
        const VkRect2D *r = &rects[i];
        d->rect[first + i] = (struct pum_pixel_rect){r->offset.x, r->offset.y, (int32_t)PUM_MIN((int64_t)r->offset.x + r->extent.width, (int64_t)INT32_MAX),
                                                     (int32_t)PUM_MIN((int64_t)r->offset.y + r->extent.height, (int64_t)INT32_MAX)};
    }
}

/* Without the structure all rectangles count that commands set. */
static void
discard(struct pum_pipeline *pipe, const void *chain)
{
    struct pum_discard_state *d = &pipe->state.discard;
    const VkPipelineDiscardRectangleStateCreateInfoEXT *info =
        pum_pnext_find(chain, VK_STRUCTURE_TYPE_PIPELINE_DISCARD_RECTANGLE_STATE_CREATE_INFO_EXT);
    d->count = info ? (uint8_t)PUM_MIN(info->discardRectangleCount, (uint32_t)PUM_MAX_DISCARD_RECTS)
                    : pipe->dynamic & PUM_DYN(DISCARD_RECTS) ? PUM_MAX_DISCARD_RECTS : 0;
    d->enable = info && d->count;
    d->exclusive = info && info->discardRectangleMode == VK_DISCARD_RECTANGLE_MODE_EXCLUSIVE_EXT;
    if (info && info->pDiscardRectangles && !(pipe->dynamic & PUM_DYN(DISCARD_RECTS))) {
        pum_discard_rects_set(d, 0, d->count, info->pDiscardRectangles);
    }
}

static void
raster_extensions(struct pum_draw_state *s, const void *chain)
{
    const VkPipelineRasterizationDepthClipStateCreateInfoEXT *clip =
        pum_pnext_find(chain, VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_DEPTH_CLIP_STATE_CREATE_INFO_EXT);
    if (clip) {
        s->depth_clip = clip->depthClipEnable;
        s->depth_clip_set = true;
    }
    const VkPipelineRasterizationStateStreamCreateInfoEXT *stream =
        pum_pnext_find(chain, VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_STREAM_CREATE_INFO_EXT);
    s->raster_stream = stream ? (uint8_t)PUM_MIN(stream->rasterizationStream, (uint32_t)PUM_MAX_STREAMS) : 0;
    const VkPipelineRasterizationLineStateCreateInfo *line = pum_pnext_find(chain, VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_LINE_STATE_CREATE_INFO);
    s->line_mode = line ? (uint8_t)line->lineRasterizationMode : PUM_LINE_DEFAULT;
    s->line_stipple = line && line->stippledLineEnable;
    s->stipple_pattern = line ? line->lineStipplePattern : 0;
    s->stipple_factor = line ? (uint16_t)line->lineStippleFactor : 1;
    const VkPipelineRasterizationConservativeStateCreateInfoEXT *conservative =
        pum_pnext_find(chain, VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_CONSERVATIVE_STATE_CREATE_INFO_EXT);
    s->overestimate = conservative && conservative->conservativeRasterizationMode == VK_CONSERVATIVE_RASTERIZATION_MODE_OVERESTIMATE_EXT;
    const VkPipelineRasterizationProvokingVertexStateCreateInfoEXT *provoking =
        pum_pnext_find(chain, VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_PROVOKING_VERTEX_STATE_CREATE_INFO_EXT);
    s->depth_bias_unit = pum_bias_unit_from_chain(chain);
    s->provoking_last = provoking && provoking->provokingVertexMode == VK_PROVOKING_VERTEX_MODE_LAST_VERTEX_EXT;
}

static void
pre_raster(struct pum_pipeline *pipe, const VkGraphicsPipelineCreateInfo *info)
{
    struct pum_draw_state *s = &pipe->state;
    const VkPipelineRasterizationStateCreateInfo *rs = info->pRasterizationState;
    bool tessellates = false; /* without the stages the state may be anything */
    for (uint32_t i = 0; i < info->stageCount; i++) {
        tessellates = tessellates || info->pStages[i].stage == VK_SHADER_STAGE_TESSELLATION_EVALUATION_BIT;
    }
    if (tessellates && info->pTessellationState) {
        const VkPipelineTessellationDomainOriginStateCreateInfo *origin =
            pum_pnext_find(info->pTessellationState->pNext, VK_STRUCTURE_TYPE_PIPELINE_TESSELLATION_DOMAIN_ORIGIN_STATE_CREATE_INFO);
        s->patch_vertices = (uint8_t)PUM_MIN(info->pTessellationState->patchControlPoints, PUM_MAX_PATCH_VERTICES + 1u);
        s->domain_lower_left = origin && origin->domainOrigin == VK_TESSELLATION_DOMAIN_ORIGIN_LOWER_LEFT;
    }
    s->viewport_count = s->scissor_count = 1;
    s->depth_clip = true;
    s->line_width = 1.0f;
    if (rs) {
        s->rasterizer_discard = rs->rasterizerDiscardEnable && !(pipe->dynamic & PUM_DYN(RASTERIZER_DISCARD));
        s->depth_clamp = rs->depthClampEnable;
        s->depth_clip = !rs->depthClampEnable;
        s->cull_mode = (uint8_t)rs->cullMode;
        s->front_face = rs->frontFace == VK_FRONT_FACE_CLOCKWISE ? PUM_FRONT_CW : PUM_FRONT_CCW;
        s->depth_bias = rs->depthBiasEnable;
        s->depth_bias_constant = rs->depthBiasConstantFactor;
        s->depth_bias_clamp = rs->depthBiasClamp;
        s->depth_bias_slope = rs->depthBiasSlopeFactor;
        s->line_width = rs->lineWidth;
        s->polygon_mode = (uint8_t)rs->polygonMode;
        raster_extensions(s, rs->pNext);
    }
    discard(pipe, info->pNext);
    const VkPipelineViewportStateCreateInfo *vp = s->rasterizer_discard ? NULL : info->pViewportState;
    if (!vp) { /* with discard the rest need not be valid */
        return;
    }
    const VkPipelineViewportDepthClipControlCreateInfoEXT *control =
        pum_pnext_find(vp->pNext, VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_DEPTH_CLIP_CONTROL_CREATE_INFO_EXT);
    s->negative_one_to_one = control && control->negativeOneToOne;
    const VkPipelineViewportDepthClampControlCreateInfoEXT *range =
        pum_pnext_find(vp->pNext, VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_DEPTH_CLAMP_CONTROL_CREATE_INFO_EXT);
    if (range && !(pipe->dynamic & PUM_DYN(CLAMP_RANGE))) {
        pum_clamp_range_set(s, range->depthClampMode, range->pDepthClampRange);
    }
    s->viewport_count = s->scissor_count = PUM_MIN(PUM_MAX(vp->viewportCount, 1u), (uint32_t)PUM_MAX_VIEWPORTS);
    for (uint32_t i = 0; i < s->viewport_count; i++) {
        if (vp->pViewports && i < vp->viewportCount && !(pipe->dynamic & PUM_DYN(VIEWPORT))) {
            const VkViewport *v = &vp->pViewports[i];
            s->viewport[i] = (struct pum_viewport){v->x, v->y, v->width, v->height, v->minDepth, v->maxDepth};
        }
        if (vp->pScissors && i < vp->scissorCount && !(pipe->dynamic & PUM_DYN(SCISSOR))) {
            const VkRect2D *r = &vp->pScissors[i];
            s->scissor[i] = (struct pum_rect){r->offset.x, r->offset.y, r->extent.width, r->extent.height};
        }
    }
}

static struct pum_stencil_face
stencil_face(const VkStencilOpState *v)
{
    return (struct pum_stencil_face){(uint8_t)v->failOp, (uint8_t)v->passOp, (uint8_t)v->depthFailOp, (uint8_t)v->compareOp,
                                     (uint8_t)v->compareMask, (uint8_t)v->writeMask, (uint8_t)v->reference};
}

static void
fragment(struct pum_draw_state *s, const VkPipelineDepthStencilStateCreateInfo *ds)
{
    if (ds) {
        s->ds.depth_test = ds->depthTestEnable;
        s->ds.depth_write = ds->depthWriteEnable;
        s->ds.depth_compare = (uint8_t)ds->depthCompareOp;
        s->ds.depth_bounds_test = ds->depthBoundsTestEnable;
        s->ds.min_bounds = ds->minDepthBounds;
        s->ds.max_bounds = ds->maxDepthBounds;
        s->ds.stencil_test = ds->stencilTestEnable;
        s->ds.front = stencil_face(&ds->front);
        s->ds.back = stencil_face(&ds->back);
    }
}

void
pum_sample_places_set(struct pum_multisample_state *s, const VkSampleLocationsInfoEXT *info)
{
    s->place_count = 0;
    for (uint32_t i = 0; i < (uint32_t)info->sampleLocationsPerPixel && i < info->sampleLocationsCount && i < PUM_MAX_SAMPLES; i++) {
        const float v[2] = {info->pSampleLocations[i].x, info->pSampleLocations[i].y};
        for (uint32_t k = 0; k < 2; k++) { /* to the grid of the limits, NaN to 0 */
            s->place[i][k] = v[k] > 0.0f ? (uint8_t)(v[k] < 15.0f / 16.0f ? v[k] * 16.0f + 0.5f : 15.0f) : 0;
        }
        s->place_count++;
    }
}

static void
multisample(struct pum_multisample_state *s, const VkPipelineMultisampleStateCreateInfo *ms, uint64_t dynamic)
{
    *s = (struct pum_multisample_state){.samples = 1, .sample_mask = UINT32_MAX};
    if (ms) {
        s->samples = (uint8_t)ms->rasterizationSamples;
        s->min_sample_shading = ms->sampleShadingEnable ? ms->minSampleShading : 0.0f;
        s->sample_mask = ms->pSampleMask ? ms->pSampleMask[0] : UINT32_MAX;
        s->alpha_to_coverage = ms->alphaToCoverageEnable;
        s->alpha_to_one = ms->alphaToOneEnable;
        const VkPipelineSampleLocationsStateCreateInfoEXT *places =
            pum_pnext_find(ms->pNext, VK_STRUCTURE_TYPE_PIPELINE_SAMPLE_LOCATIONS_STATE_CREATE_INFO_EXT);
        s->own_places = places && places->sampleLocationsEnable;
        if (places && (s->own_places || dynamic & PUM_DYN(SAMPLE_PLACES_ENABLE)) && !(dynamic & PUM_DYN(SAMPLE_PLACES))) {
            pum_sample_places_set(s, &places->sampleLocationsInfo);
        }
    }
}

uint8_t
pum_blend_op_from_vk(VkBlendOp op)
{
    const uint32_t v = (uint32_t)op, first = VK_BLEND_OP_ZERO_EXT;
    return (uint8_t)(v - first <= PUM_ADVANCED_BLUE ? PUM_BLEND_ADVANCED + (v - first) : v <= PUM_BLEND_MAX ? v : PUM_BLEND_ADD);
}

static void
output(struct pum_draw_state *s, const VkPipelineColorBlendStateCreateInfo *cb)
{
    if (!cb) {
        return;
    }
    s->blend.logic_op_enable = cb->logicOpEnable;
    s->blend.logic_op = (uint8_t)cb->logicOp;
    memcpy(s->blend.constants, cb->blendConstants, sizeof(s->blend.constants));
    const VkPipelineColorBlendAdvancedStateCreateInfoEXT *adv =
        pum_pnext_find(cb->pNext, VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_ADVANCED_STATE_CREATE_INFO_EXT);
    const struct pum_advanced_state advanced = adv ? (struct pum_advanced_state){!adv->srcPremultiplied, !adv->dstPremultiplied, (uint8_t)adv->blendOverlap, false}
                                                   : (struct pum_advanced_state){0};
    for (uint32_t i = 0; cb->pAttachments && i < cb->attachmentCount && i < PUM_MAX_RENDER_TARGETS; i++) {
        const VkPipelineColorBlendAttachmentState *a = &cb->pAttachments[i];
        s->blend.target[i] = (struct pum_blend_attachment){
            a->blendEnable != 0, (uint8_t)a->srcColorBlendFactor, (uint8_t)a->dstColorBlendFactor, pum_blend_op_from_vk(a->colorBlendOp),
            (uint8_t)a->srcAlphaBlendFactor, (uint8_t)a->dstAlphaBlendFactor, pum_blend_op_from_vk(a->alphaBlendOp), (uint8_t)a->colorWriteMask,
            advanced};
    }
    const VkPipelineColorWriteCreateInfoEXT *cw = pum_pnext_find(cb->pNext, VK_STRUCTURE_TYPE_PIPELINE_COLOR_WRITE_CREATE_INFO_EXT);
    for (uint32_t i = 0; cw && cw->pColorWriteEnables && i < cw->attachmentCount && i < PUM_MAX_RENDER_TARGETS; i++) {
        s->blend.write_disabled |= cw->pColorWriteEnables[i] ? 0 : (uint8_t)(1u << i);
    }
}

void
pum_pipeline_fill(struct pum_pipeline *pipe, const VkGraphicsPipelineCreateInfo *info, VkGraphicsPipelineLibraryFlagsEXT parts)
{
    const uint64_t mask = dynamic_of_parts(parts);
    for (uint32_t d = 0; info->pDynamicState && d < info->pDynamicState->dynamicStateCount; d++) {
        pipe->dynamic |= dynamic_bits(info->pDynamicState->pDynamicStates[d]) & mask;
    }
    bool mesh = false; /* vertex input may be anything then */
    for (uint32_t i = 0; parts & PRE_RASTER && i < info->stageCount; i++) {
        mesh = mesh || info->pStages[i].stage == VK_SHADER_STAGE_MESH_BIT_EXT;
    }
    if (parts & VERTEX_INPUT && !mesh) {
        vertex_input(pipe, info);
    }
    if (parts & PRE_RASTER) {
        pre_raster(pipe, info);
    }
    if (parts & FRAGMENT && !pipe->state.rasterizer_discard) {
        fragment(&pipe->state, info->pDepthStencilState);
    }
    if (parts & OUTPUT && !pipe->state.rasterizer_discard) {
        multisample(&pipe->state.ms, info->pMultisampleState, pipe->dynamic);
        output(&pipe->state, info->pColorBlendState);
    }
}
