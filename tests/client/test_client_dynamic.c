/* Every dynamic state of the later extensions, by its effect: a picture of a pipeline that fixes the state is the expectation, one without it
 * must look different. Then the same picture comes from a pipeline that leaves the state to commands, given before or after the bind, and from
 * shader objects; a pipeline that fixes it afterwards wins again. Whether the fixed states themselves do what they should, is what the programs
 * samples, lines, depth and blend test. SPEC: pipelines-dynamic-state, shaders-objects-state. */
#include "kit.h"

#include "lines_vert.h"
#include "samples_flat_frag.h"

#define W 24
#define H 24
#define COLOR VK_IMAGE_ASPECT_COLOR_BIT
#define GRAPHICS VK_PIPELINE_BIND_POINT_GRAPHICS
#define FORMAT VK_FORMAT_R8G8B8A8_UNORM
#define MAX_VERTICES 6

#define FEATURE(k, Type, sType, member) (((const Type *)kit_feature((k), sType))->member)

/* ---- what is drawn ---- */

enum shape { TRIANGLES, DEEP, LINES, N_SHAPES };

static const struct {
    VkPrimitiveTopology topology;
    uint32_t n;
    float v[MAX_VERTICES][3]; /* pixels, depth */
} shapes[N_SHAPES] = {
    [TRIANGLES] = {VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST, 6, /* one of each direction, the second behind the first */
                   {{2.3f, 2.1f, 0.2f}, {20.4f, 3.2f, 0.3f}, {4.7f, 21.3f, 0.2f}, {22.6f, 5.2f, 0.4f}, {7.2f, 9.1f, 0.4f}, {21.4f, 22.2f, 0.4f}}},
    [DEEP] = {VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST, 6, /* through both planes of the depth range */
              {{0, 0, -1.5f}, {W, 0, 1.5f}, {0, H, -1.5f}, {W, 0, 1.5f}, {W, H, 1.5f}, {0, H, -1.5f}}},
    [LINES] = {VK_PRIMITIVE_TOPOLOGY_LINE_LIST, 6, {{2.2f, 2.7f, 0.2f}, {21.3f, 9.4f, 0.2f}, {5.6f, 3.3f, 0.2f}, {9.1f, 22.8f, 0.2f}, {1.3f, 20.6f, 0.2f},
              {22.1f, 12.2f, 0.2f}}},
};

/* A pipeline's fixed state with everything that can hang on it. Points into itself. */
struct fixed {
    struct kit_graphics g;
    VkPipelineRenderingCreateInfo rendering;
    VkPipelineRasterizationLineStateCreateInfo line;
    VkPipelineRasterizationProvokingVertexStateCreateInfoEXT provoking;
    VkPipelineRasterizationConservativeStateCreateInfoEXT conservative;
    VkPipelineRasterizationDepthClipStateCreateInfoEXT depth_clip;
    VkPipelineViewportDepthClipControlCreateInfoEXT clip_control;
    VkPipelineSampleLocationsStateCreateInfoEXT locations;
    VkPipelineColorWriteCreateInfoEXT color_write;
    VkPipelineColorBlendAdvancedStateCreateInfoEXT advanced;
    VkPipelineViewportDepthClampControlCreateInfoEXT clamp_control;
    VkPipelineDiscardRectangleStateCreateInfoEXT discard; /* these two are in no chain at first: they count by being there */
    VkDepthBiasRepresentationInfoEXT bias_as;
    VkBool32 write;
    VkSampleMask mask;
    VkFormat format, depth_format;
};

struct scene {
    VkPipelineLayout layout;
    VkFormat depth_format;
    VkShaderEXT shaders[2];
    struct kit_image color[2], depth[2], plain; /* with one sample and four; resolved */
    struct kit_buffer vertices[N_SHAPES];
};

static const VkSampleLocationEXT corner[4] = {{0, 0}, {0.0625f, 0.125f}, {0.125f, 0.0625f}, {0.1875f, 0.1875f}};
static const VkSampleLocationsInfoEXT corner_info = {.sType = VK_STRUCTURE_TYPE_SAMPLE_LOCATIONS_INFO_EXT, .sampleLocationsPerPixel = VK_SAMPLE_COUNT_4_BIT,
                                                     .sampleLocationGridSize = {1, 1}, .sampleLocationsCount = 4, .pSampleLocations = corner};
static const VkStencilOpState keep_all = {VK_STENCIL_OP_KEEP, VK_STENCIL_OP_KEEP, VK_STENCIL_OP_KEEP, VK_COMPARE_OP_ALWAYS, 0xff, 0xff, 0};
static const VkStencilOpState once = {VK_STENCIL_OP_KEEP, VK_STENCIL_OP_INCREMENT_AND_CLAMP, VK_STENCIL_OP_KEEP, VK_COMPARE_OP_EQUAL, 0x0f, 0x03, 0x10};
static const VkColorBlendEquationEXT plus = {VK_BLEND_FACTOR_ONE, VK_BLEND_FACTOR_ONE, VK_BLEND_OP_ADD, VK_BLEND_FACTOR_ONE, VK_BLEND_FACTOR_ONE,
                                             VK_BLEND_OP_ADD};
static const VkColorBlendEquationEXT other = {VK_BLEND_FACTOR_DST_COLOR, VK_BLEND_FACTOR_ONE, VK_BLEND_OP_REVERSE_SUBTRACT, VK_BLEND_FACTOR_ZERO,
                                              VK_BLEND_FACTOR_CONSTANT_ALPHA, VK_BLEND_OP_ADD};

static bool
has_eds3(const struct kit *k, size_t offset)
{
    const char *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTENDED_DYNAMIC_STATE_3_FEATURES_EXT);
    VkBool32 v = VK_TRUE;
    if (offset) {
        memcpy(&v, f + offset, sizeof(v));
    }
    return v;
}
#define EDS3(member) offsetof(VkPhysicalDeviceExtendedDynamicState3FeaturesEXT, extendedDynamicState3##member)

static void
equation_of(VkPipelineColorBlendAttachmentState *a, const VkColorBlendEquationEXT *e)
{
    a->srcColorBlendFactor = e->srcColorBlendFactor;
    a->dstColorBlendFactor = e->dstColorBlendFactor;
    a->colorBlendOp = e->colorBlendOp;
    a->srcAlphaBlendFactor = e->srcAlphaBlendFactor;
    a->dstAlphaBlendFactor = e->dstAlphaBlendFactor;
    a->alphaBlendOp = e->alphaBlendOp;
}

/* The state that every case begins with. */
static void
fixed_init(struct kit *k, struct fixed *f, const struct scene *s, enum shape shape, uint32_t samples)
{
    const struct kit_target t = {.width = W, .height = H, .layers = 1, .n = 1, .samples = (VkSampleCountFlagBits)samples};
    memset(f, 0, sizeof(*f));
    kit_graphics_init(k, &f->g, &t, s->layout, KIT_CODE(lines_vert), KIT_CODE(samples_flat_frag));
    kit_graphics_vertices(&f->g, VK_FORMAT_R32G32B32A32_SFLOAT, 16);
    f->format = FORMAT;
    f->depth_format = s->depth_format;
    f->rendering = (VkPipelineRenderingCreateInfo){.sType = VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO, .colorAttachmentCount = 1,
                                                   .pColorAttachmentFormats = &f->format, .depthAttachmentFormat = s->depth_format,
                                                   .stencilAttachmentFormat = s->depth_format};
    f->g.info.pNext = &f->rendering;
    f->g.assembly.topology = shapes[shape].topology;
    f->mask = ~0u;
    f->g.samples.pSampleMask = &f->mask;
    f->g.depth.depthCompareOp = VK_COMPARE_OP_LESS;
    f->g.depth.front = f->g.depth.back = keep_all;
    equation_of(&f->g.targets[0], &plus);
    f->line = (VkPipelineRasterizationLineStateCreateInfo){.sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_LINE_STATE_CREATE_INFO,
                                                           .lineRasterizationMode = VK_LINE_RASTERIZATION_MODE_DEFAULT, .lineStippleFactor = 1,
                                                           .lineStipplePattern = 0xffff};
    f->provoking.sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_PROVOKING_VERTEX_STATE_CREATE_INFO_EXT;
    f->conservative.sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_CONSERVATIVE_STATE_CREATE_INFO_EXT;
    f->depth_clip = (VkPipelineRasterizationDepthClipStateCreateInfoEXT){
        .sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_DEPTH_CLIP_STATE_CREATE_INFO_EXT, .depthClipEnable = VK_TRUE};
    f->clip_control.sType = VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_DEPTH_CLIP_CONTROL_CREATE_INFO_EXT;
    f->locations = (VkPipelineSampleLocationsStateCreateInfoEXT){.sType = VK_STRUCTURE_TYPE_PIPELINE_SAMPLE_LOCATIONS_STATE_CREATE_INFO_EXT,
                                                                 .sampleLocationsInfo = corner_info};
    f->write = VK_TRUE;
    f->color_write = (VkPipelineColorWriteCreateInfoEXT){.sType = VK_STRUCTURE_TYPE_PIPELINE_COLOR_WRITE_CREATE_INFO_EXT, .attachmentCount = 1,
                                                         .pColorWriteEnables = &f->write};
    f->advanced = (VkPipelineColorBlendAdvancedStateCreateInfoEXT){
        .sType = VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_ADVANCED_STATE_CREATE_INFO_EXT, .srcPremultiplied = VK_TRUE, .dstPremultiplied = VK_TRUE};
    f->clamp_control.sType = VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_DEPTH_CLAMP_CONTROL_CREATE_INFO_EXT;
    struct {
        const char *extension;
        void *state;
        const void **where;
    } const hooks[] = {
        {VK_EXT_LINE_RASTERIZATION_EXTENSION_NAME, &f->line, &f->g.raster.pNext},
        {VK_EXT_PROVOKING_VERTEX_EXTENSION_NAME, &f->provoking, &f->g.raster.pNext},
        {VK_EXT_CONSERVATIVE_RASTERIZATION_EXTENSION_NAME, &f->conservative, &f->g.raster.pNext},
        {VK_EXT_DEPTH_CLIP_ENABLE_EXTENSION_NAME, &f->depth_clip, &f->g.raster.pNext},
        {VK_EXT_DEPTH_CLIP_CONTROL_EXTENSION_NAME, &f->clip_control, &f->g.viewport.pNext},
        {samples == 4 ? VK_EXT_SAMPLE_LOCATIONS_EXTENSION_NAME : "", &f->locations, &f->g.samples.pNext},
        {VK_EXT_COLOR_WRITE_ENABLE_EXTENSION_NAME, &f->color_write, &f->g.blend.pNext},
        {VK_EXT_BLEND_OPERATION_ADVANCED_EXTENSION_NAME, &f->advanced, &f->g.blend.pNext},
        {VK_EXT_DEPTH_CLAMP_CONTROL_EXTENSION_NAME, &f->clamp_control, &f->g.viewport.pNext},
    };
    for (size_t i = 0; i < ARRAY_LEN(hooks); i++) {
        if (kit_has(k, hooks[i].extension)) {
            ((VkBaseOutStructure *)hooks[i].state)->pNext = (VkBaseOutStructure *)(uintptr_t)*hooks[i].where;
            *hooks[i].where = hooks[i].state;
        }
    }
}

/* The same by commands. */
static void
set_defaults(struct kit *k, VkCommandBuffer cmd, enum shape shape, uint32_t samples)
{
    const VkViewport v = {0, 0, W, H, 0, 1};
    const VkRect2D sc = {{0, 0}, {W, H}};
    const VkSampleMask all = ~0u;
    const VkBool32 off = VK_FALSE, on = VK_TRUE;
    const VkColorComponentFlags rgba = 15;
    const VkStencilFaceFlags both = VK_STENCIL_FACE_FRONT_AND_BACK;
    const VkVertexInputBindingDescription2EXT b = {.sType = VK_STRUCTURE_TYPE_VERTEX_INPUT_BINDING_DESCRIPTION_2_EXT, .stride = 16, .divisor = 1};
    const VkVertexInputAttributeDescription2EXT a = {.sType = VK_STRUCTURE_TYPE_VERTEX_INPUT_ATTRIBUTE_DESCRIPTION_2_EXT,
                                                     .format = VK_FORMAT_R32G32B32A32_SFLOAT};
    k->vk.CmdSetVertexInputEXT(cmd, 1, &b, 1, &a);
    k->vk.CmdSetViewportWithCount(cmd, 1, &v);
    k->vk.CmdSetScissorWithCount(cmd, 1, &sc);
    k->vk.CmdSetRasterizerDiscardEnable(cmd, VK_FALSE);
    k->vk.CmdSetPrimitiveTopology(cmd, shapes[shape].topology);
    k->vk.CmdSetPrimitiveRestartEnable(cmd, VK_FALSE);
    k->vk.CmdSetRasterizationSamplesEXT(cmd, (VkSampleCountFlagBits)samples);
    k->vk.CmdSetSampleMaskEXT(cmd, (VkSampleCountFlagBits)samples, &all);
    k->vk.CmdSetAlphaToCoverageEnableEXT(cmd, VK_FALSE);
    k->vk.CmdSetPolygonModeEXT(cmd, VK_POLYGON_MODE_FILL);
    vkCmdSetLineWidth(cmd, 1.0f);
    k->vk.CmdSetCullMode(cmd, VK_CULL_MODE_NONE);
    k->vk.CmdSetFrontFace(cmd, VK_FRONT_FACE_COUNTER_CLOCKWISE);
    k->vk.CmdSetDepthTestEnable(cmd, VK_FALSE);
    k->vk.CmdSetDepthWriteEnable(cmd, VK_FALSE);
    k->vk.CmdSetDepthCompareOp(cmd, VK_COMPARE_OP_LESS);
    k->vk.CmdSetDepthBoundsTestEnable(cmd, VK_FALSE);
    vkCmdSetDepthBounds(cmd, 0, 0);
    k->vk.CmdSetDepthBiasEnable(cmd, VK_FALSE);
    vkCmdSetDepthBias(cmd, 0, 0, 0);
    k->vk.CmdSetDepthClampEnableEXT(cmd, VK_FALSE);
    k->vk.CmdSetStencilTestEnable(cmd, VK_FALSE);
    k->vk.CmdSetStencilOp(cmd, both, VK_STENCIL_OP_KEEP, VK_STENCIL_OP_KEEP, VK_STENCIL_OP_KEEP, VK_COMPARE_OP_ALWAYS);
    vkCmdSetStencilCompareMask(cmd, both, 0xff);
    vkCmdSetStencilWriteMask(cmd, both, 0xff);
    vkCmdSetStencilReference(cmd, both, 0);
    k->vk.CmdSetLogicOpEnableEXT(cmd, VK_FALSE);
    k->vk.CmdSetColorBlendEnableEXT(cmd, 0, 1, &off);
    k->vk.CmdSetColorBlendEquationEXT(cmd, 0, 1, &plus);
    k->vk.CmdSetColorWriteMaskEXT(cmd, 0, 1, &rgba);
    vkCmdSetBlendConstants(cmd, (const float[4]){0, 0, 0, 0});
    if (k->features.alphaToOne) {
        k->vk.CmdSetAlphaToOneEnableEXT(cmd, VK_FALSE);
    }
    if (kit_has(k, VK_EXT_COLOR_WRITE_ENABLE_EXTENSION_NAME)) {
        k->vk.CmdSetColorWriteEnableEXT(cmd, 1, &on);
    }
    if (kit_has(k, VK_EXT_SAMPLE_LOCATIONS_EXTENSION_NAME)) {
        k->vk.CmdSetSampleLocationsEnableEXT(cmd, VK_FALSE);
    }
    if (kit_has(k, VK_EXT_DEPTH_CLIP_ENABLE_EXTENSION_NAME)) {
        k->vk.CmdSetDepthClipEnableEXT(cmd, VK_TRUE);
    }
    if (kit_has(k, VK_EXT_DEPTH_CLAMP_CONTROL_EXTENSION_NAME)) {
        k->vk.CmdSetDepthClampRangeEXT(cmd, VK_DEPTH_CLAMP_MODE_VIEWPORT_RANGE_EXT, NULL);
    }
    if (kit_has(k, VK_EXT_DISCARD_RECTANGLES_EXTENSION_NAME)) {
        k->vk.CmdSetDiscardRectangleEnableEXT(cmd, VK_FALSE);
    }
    if (kit_has(k, VK_EXT_DEPTH_CLIP_CONTROL_EXTENSION_NAME)) {
        k->vk.CmdSetDepthClipNegativeOneToOneEXT(cmd, VK_FALSE);
    }
    if (kit_has(k, VK_EXT_PROVOKING_VERTEX_EXTENSION_NAME)) {
        k->vk.CmdSetProvokingVertexModeEXT(cmd, VK_PROVOKING_VERTEX_MODE_FIRST_VERTEX_EXT);
    }
    if (kit_has(k, VK_EXT_CONSERVATIVE_RASTERIZATION_EXTENSION_NAME)) {
        k->vk.CmdSetConservativeRasterizationModeEXT(cmd, VK_CONSERVATIVE_RASTERIZATION_MODE_DISABLED_EXT);
    }
    if (kit_has(k, VK_EXT_LINE_RASTERIZATION_EXTENSION_NAME)) {
        k->vk.CmdSetLineRasterizationModeEXT(cmd, VK_LINE_RASTERIZATION_MODE_DEFAULT);
        k->vk.CmdSetLineStippleEnableEXT(cmd, VK_FALSE);
        k->vk.CmdSetLineStipple(cmd, 1, 0xffff);
    }
    if (kit_has(k, VK_EXT_ATTACHMENT_FEEDBACK_LOOP_DYNAMIC_STATE_EXTENSION_NAME)) {
        k->vk.CmdSetAttachmentFeedbackLoopEnableEXT(cmd, 0);
    }
}

/* ---- the states: fixed, and by command ---- */

/* fix_NAME(struct fixed *f) and set_NAME(struct kit *k, VkCommandBuffer c) */
#define STATE(name, FIX, SET)                                                                                          \
    static void fix_##name(struct fixed *f)                                                                            \
    {                                                                                                                  \
        FIX;                                                                                                           \
    }                                                                                                                  \
    static void set_##name(struct kit *k, VkCommandBuffer c)                                                           \
    {                                                                                                                  \
        (void)k;                                                                                                       \
        SET;                                                                                                           \
    }

static const VkViewport half = {W / 2, 0, W / 2, H / 2, 0, 1}, whole = {0, 0, W, H, 0, 1}, far_half = {0, 0, W, H, 0.625f, 1};
static const VkRect2D part = {{3, 5}, {11, 9}}, all_of_it = {{0, 0}, {W, H}};
static const VkRect2D rectangles[8] = {{{4, 4}, {9, 7}}, {{11, 9}, {10, 12}}}; /* the others are empty */
static const VkDepthClampRangeEXT low = {0.25f, 0.5625f};
static const VkDepthBiasRepresentationInfoEXT as_it_is = {.sType = VK_STRUCTURE_TYPE_DEPTH_BIAS_REPRESENTATION_INFO_EXT,
                                                          .depthBiasRepresentation = VK_DEPTH_BIAS_REPRESENTATION_FLOAT_EXT};
static const VkDepthBiasInfoEXT deeper = {.sType = VK_STRUCTURE_TYPE_DEPTH_BIAS_INFO_EXT, .pNext = &as_it_is, .depthBiasConstantFactor = 0.25f};
static const VkSampleMask mask5 = 5;
static const VkBool32 yes = VK_TRUE, no = VK_FALSE;
static const VkColorBlendAdvancedEXT soft = {VK_BLEND_OP_SOFTLIGHT_EXT, VK_FALSE, VK_TRUE, VK_BLEND_OVERLAP_CONJOINT_EXT, VK_FALSE};
static const VkColorComponentFlags green_alpha = VK_COLOR_COMPONENT_G_BIT | VK_COLOR_COMPONENT_A_BIT;
#define BOTH VK_STENCIL_FACE_FRONT_AND_BACK

STATE(viewport, f->g.viewports[0] = half, k->vk.CmdSetViewportWithCount(c, 1, &half); k->vk.CmdSetScissorWithCount(c, 1, &all_of_it))
STATE(scissor, f->g.scissors[0] = part, k->vk.CmdSetViewportWithCount(c, 1, &whole); k->vk.CmdSetScissorWithCount(c, 1, &part))
STATE(line_width, f->g.raster.lineWidth = 3.0f, vkCmdSetLineWidth(c, 3.0f))
STATE(cull, f->g.raster.cullMode = VK_CULL_MODE_BACK_BIT, k->vk.CmdSetCullMode(c, VK_CULL_MODE_BACK_BIT))
STATE(front, f->g.raster.cullMode = VK_CULL_MODE_BACK_BIT; f->g.raster.frontFace = VK_FRONT_FACE_CLOCKWISE,
      k->vk.CmdSetCullMode(c, VK_CULL_MODE_BACK_BIT); k->vk.CmdSetFrontFace(c, VK_FRONT_FACE_CLOCKWISE))
STATE(topology, f->g.assembly.topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_FAN, k->vk.CmdSetPrimitiveTopology(c, VK_PRIMITIVE_TOPOLOGY_TRIANGLE_FAN))
STATE(discard, f->g.raster.rasterizerDiscardEnable = VK_TRUE; f->g.info.stageCount = 1, k->vk.CmdSetRasterizerDiscardEnable(c, VK_TRUE))
STATE(depth_test, f->g.depth.depthTestEnable = VK_TRUE; f->g.depth.depthCompareOp = VK_COMPARE_OP_GREATER,
      k->vk.CmdSetDepthTestEnable(c, VK_TRUE); k->vk.CmdSetDepthCompareOp(c, VK_COMPARE_OP_GREATER))
STATE(depth_write, f->g.depth.depthTestEnable = f->g.depth.depthWriteEnable = VK_TRUE,
      k->vk.CmdSetDepthTestEnable(c, VK_TRUE); k->vk.CmdSetDepthWriteEnable(c, VK_TRUE))
STATE(depth_bias, f->g.depth.depthTestEnable = VK_TRUE; f->g.raster.depthBiasEnable = VK_TRUE; f->g.raster.depthBiasSlopeFactor = 50,
      k->vk.CmdSetDepthTestEnable(c, VK_TRUE); k->vk.CmdSetDepthBiasEnable(c, VK_TRUE); vkCmdSetDepthBias(c, 0, 0, 50))
STATE(bounds, f->g.depth.depthBoundsTestEnable = VK_TRUE; f->g.depth.minDepthBounds = 0.6f; f->g.depth.maxDepthBounds = 0.9f,
      k->vk.CmdSetDepthBoundsTestEnable(c, VK_TRUE); vkCmdSetDepthBounds(c, 0.6f, 0.9f))
STATE(stencil, f->g.depth.stencilTestEnable = VK_TRUE; f->g.depth.front = f->g.depth.back = once, k->vk.CmdSetStencilTestEnable(c, VK_TRUE);
      k->vk.CmdSetStencilOp(c, BOTH, once.failOp, once.passOp, once.depthFailOp, once.compareOp);
      vkCmdSetStencilCompareMask(c, BOTH, once.compareMask); vkCmdSetStencilWriteMask(c, BOTH, once.writeMask);
      vkCmdSetStencilReference(c, BOTH, once.reference))
STATE(clamp, f->g.raster.depthClampEnable = VK_TRUE; f->depth_clip.depthClipEnable = VK_FALSE; f->g.depth.depthTestEnable = VK_TRUE;
      f->g.depth.depthCompareOp = VK_COMPARE_OP_GREATER; f->g.viewports[0] = far_half, k->vk.CmdSetViewportWithCount(c, 1, &far_half);
      k->vk.CmdSetScissorWithCount(c, 1, &all_of_it); k->vk.CmdSetDepthClampEnableEXT(c, VK_TRUE); k->vk.CmdSetDepthClipEnableEXT(c, VK_FALSE);
      k->vk.CmdSetDepthTestEnable(c, VK_TRUE); k->vk.CmdSetDepthCompareOp(c, VK_COMPARE_OP_GREATER))
STATE(clamp_range, f->g.raster.depthClampEnable = VK_TRUE; f->depth_clip.depthClipEnable = VK_FALSE; f->g.depth.depthTestEnable = VK_TRUE;
      f->g.depth.depthCompareOp = VK_COMPARE_OP_GREATER; f->clamp_control.depthClampMode = VK_DEPTH_CLAMP_MODE_USER_DEFINED_RANGE_EXT;
      f->clamp_control.pDepthClampRange = &low, k->vk.CmdSetDepthClampEnableEXT(c, VK_TRUE); k->vk.CmdSetDepthClipEnableEXT(c, VK_FALSE);
      k->vk.CmdSetDepthTestEnable(c, VK_TRUE); k->vk.CmdSetDepthCompareOp(c, VK_COMPARE_OP_GREATER);
      k->vk.CmdSetDepthClampRangeEXT(c, VK_DEPTH_CLAMP_MODE_USER_DEFINED_RANGE_EXT, &low))
STATE(bias_2, f->g.depth.depthTestEnable = VK_TRUE; f->g.raster.depthBiasEnable = VK_TRUE; f->g.raster.depthBiasConstantFactor = 0.25f;
      f->bias_as = as_it_is; f->bias_as.pNext = f->g.raster.pNext; f->g.raster.pNext = &f->bias_as,
      k->vk.CmdSetDepthTestEnable(c, VK_TRUE); k->vk.CmdSetDepthBiasEnable(c, VK_TRUE); k->vk.CmdSetDepthBias2EXT(c, &deeper))
STATE(discard_rects, f->discard = ((VkPipelineDiscardRectangleStateCreateInfoEXT){
                         .sType = VK_STRUCTURE_TYPE_PIPELINE_DISCARD_RECTANGLE_STATE_CREATE_INFO_EXT, .pNext = f->g.info.pNext,
                         .discardRectangleMode = VK_DISCARD_RECTANGLE_MODE_EXCLUSIVE_EXT, .discardRectangleCount = 2, .pDiscardRectangles = rectangles});
      f->g.info.pNext = &f->discard, k->vk.CmdSetDiscardRectangleEXT(c, 0, ARRAY_LEN(rectangles), rectangles);
      k->vk.CmdSetDiscardRectangleEnableEXT(c, VK_TRUE); k->vk.CmdSetDiscardRectangleModeEXT(c, VK_DISCARD_RECTANGLE_MODE_EXCLUSIVE_EXT))
STATE(outline, f->g.raster.polygonMode = VK_POLYGON_MODE_LINE, k->vk.CmdSetPolygonModeEXT(c, VK_POLYGON_MODE_LINE))
STATE(corners, f->g.raster.polygonMode = VK_POLYGON_MODE_POINT, k->vk.CmdSetPolygonModeEXT(c, VK_POLYGON_MODE_POINT))
STATE(samples, f->g.samples.rasterizationSamples = VK_SAMPLE_COUNT_4_BIT, k->vk.CmdSetRasterizationSamplesEXT(c, VK_SAMPLE_COUNT_4_BIT))
STATE(mask, f->mask = mask5, k->vk.CmdSetSampleMaskEXT(c, VK_SAMPLE_COUNT_4_BIT, &mask5))
STATE(to_coverage, f->g.samples.alphaToCoverageEnable = VK_TRUE, k->vk.CmdSetAlphaToCoverageEnableEXT(c, VK_TRUE))
STATE(to_one, f->g.samples.alphaToOneEnable = VK_TRUE, k->vk.CmdSetAlphaToOneEnableEXT(c, VK_TRUE))
STATE(logic, f->g.blend.logicOpEnable = VK_TRUE; f->g.blend.logicOp = VK_LOGIC_OP_XOR,
      k->vk.CmdSetLogicOpEnableEXT(c, VK_TRUE); k->vk.CmdSetLogicOpEXT(c, VK_LOGIC_OP_XOR))
STATE(blend, f->g.targets[0].blendEnable = VK_TRUE, k->vk.CmdSetColorBlendEnableEXT(c, 0, 1, &yes))
STATE(equation, f->g.targets[0].blendEnable = VK_TRUE; equation_of(&f->g.targets[0], &other); f->g.blend.blendConstants[3] = 0.25f,
      k->vk.CmdSetColorBlendEnableEXT(c, 0, 1, &yes); k->vk.CmdSetColorBlendEquationEXT(c, 0, 1, &other);
      vkCmdSetBlendConstants(c, (const float[4]){0, 0, 0, 0.25f}))
STATE(advanced, f->g.targets[0].blendEnable = VK_TRUE; f->g.targets[0].colorBlendOp = f->g.targets[0].alphaBlendOp = soft.advancedBlendOp;
      f->advanced.srcPremultiplied = soft.srcPremultiplied; f->advanced.blendOverlap = soft.blendOverlap,
      k->vk.CmdSetColorBlendEnableEXT(c, 0, 1, &yes); k->vk.CmdSetColorBlendAdvancedEXT(c, 0, 1, &soft))
STATE(write_mask, f->g.targets[0].colorWriteMask = green_alpha, k->vk.CmdSetColorWriteMaskEXT(c, 0, 1, &green_alpha))
STATE(color_write, f->write = VK_FALSE, k->vk.CmdSetColorWriteEnableEXT(c, 1, &no))
STATE(conservative, f->conservative.conservativeRasterizationMode = VK_CONSERVATIVE_RASTERIZATION_MODE_OVERESTIMATE_EXT,
      k->vk.CmdSetConservativeRasterizationModeEXT(c, VK_CONSERVATIVE_RASTERIZATION_MODE_OVERESTIMATE_EXT);
      k->vk.CmdSetExtraPrimitiveOverestimationSizeEXT(c, 0))
STATE(clip, f->depth_clip.depthClipEnable = VK_FALSE, k->vk.CmdSetDepthClipEnableEXT(c, VK_FALSE))
STATE(minus_one, f->clip_control.negativeOneToOne = VK_TRUE, k->vk.CmdSetDepthClipNegativeOneToOneEXT(c, VK_TRUE))
STATE(places, f->locations.sampleLocationsEnable = VK_TRUE, k->vk.CmdSetSampleLocationsEnableEXT(c, VK_TRUE); k->vk.CmdSetSampleLocationsEXT(c, &corner_info))
STATE(provoking, f->provoking.provokingVertexMode = VK_PROVOKING_VERTEX_MODE_LAST_VERTEX_EXT,
      k->vk.CmdSetProvokingVertexModeEXT(c, VK_PROVOKING_VERTEX_MODE_LAST_VERTEX_EXT))
STATE(bresenham, f->line.lineRasterizationMode = VK_LINE_RASTERIZATION_MODE_BRESENHAM,
      k->vk.CmdSetLineRasterizationModeEXT(c, VK_LINE_RASTERIZATION_MODE_BRESENHAM))
STATE(stipple, f->line.lineRasterizationMode = VK_LINE_RASTERIZATION_MODE_BRESENHAM; f->line.stippledLineEnable = VK_TRUE; f->line.lineStippleFactor = 2;
      f->line.lineStipplePattern = 0x5555, k->vk.CmdSetLineRasterizationModeEXT(c, VK_LINE_RASTERIZATION_MODE_BRESENHAM);
      k->vk.CmdSetLineStippleEnableEXT(c, VK_TRUE); k->vk.CmdSetLineStipple(c, 2, 0x5555))

#define D(name) VK_DYNAMIC_STATE_##name
#define ROW(name) fix_##name, set_##name

static const struct state {
    const char *name;
    void (*fix)(struct fixed *f);
    void (*set)(struct kit *k, VkCommandBuffer cmd);
    size_t need[2];          /* members of the features, 0: none */
    const char *extension;   /* or NULL */
    enum shape shape;
    uint32_t samples;
    VkDynamicState dynamic[6];
} states[] = {
    {"viewport with count", ROW(viewport), {0}, NULL, TRIANGLES, 1, {D(VIEWPORT_WITH_COUNT), D(SCISSOR_WITH_COUNT)}},
    {"scissor with count", ROW(scissor), {0}, NULL, TRIANGLES, 1, {D(VIEWPORT_WITH_COUNT), D(SCISSOR_WITH_COUNT)}},
    {"line width", ROW(line_width), {0}, NULL, LINES, 1, {D(LINE_WIDTH)}},
    {"cull mode", ROW(cull), {0}, NULL, TRIANGLES, 1, {D(CULL_MODE)}},
    {"front face", ROW(front), {0}, NULL, TRIANGLES, 1, {D(CULL_MODE), D(FRONT_FACE)}},
    {"topology", ROW(topology), {0}, NULL, TRIANGLES, 1, {D(PRIMITIVE_TOPOLOGY)}},
    {"rasterizer discard", ROW(discard), {0}, NULL, TRIANGLES, 1, {D(RASTERIZER_DISCARD_ENABLE)}},
    {"depth test", ROW(depth_test), {0}, NULL, TRIANGLES, 1, {D(DEPTH_TEST_ENABLE), D(DEPTH_COMPARE_OP)}},
    {"depth write", ROW(depth_write), {0}, NULL, TRIANGLES, 4, {D(DEPTH_TEST_ENABLE), D(DEPTH_WRITE_ENABLE)}},
    {"depth bias", ROW(depth_bias), {0}, NULL, TRIANGLES, 1, {D(DEPTH_TEST_ENABLE), D(DEPTH_BIAS_ENABLE), D(DEPTH_BIAS)}},
    {"depth bounds", ROW(bounds), {0}, NULL, TRIANGLES, 1, {D(DEPTH_BOUNDS_TEST_ENABLE), D(DEPTH_BOUNDS)}},
    {"stencil", ROW(stencil), {0}, NULL, TRIANGLES, 4,
     {D(STENCIL_TEST_ENABLE), D(STENCIL_OP), D(STENCIL_COMPARE_MASK), D(STENCIL_WRITE_MASK), D(STENCIL_REFERENCE)}},
    {"depth clamp enable", ROW(clamp), {EDS3(DepthClampEnable), EDS3(DepthClipEnable)}, NULL, DEEP, 1,
     {D(VIEWPORT_WITH_COUNT), D(SCISSOR_WITH_COUNT), D(DEPTH_CLAMP_ENABLE_EXT), D(DEPTH_CLIP_ENABLE_EXT), D(DEPTH_TEST_ENABLE), D(DEPTH_COMPARE_OP)}},
    {"depth clamp range", ROW(clamp_range), {EDS3(DepthClampEnable), EDS3(DepthClipEnable)}, VK_EXT_DEPTH_CLAMP_CONTROL_EXTENSION_NAME, DEEP, 1,
     {D(DEPTH_CLAMP_RANGE_EXT), D(DEPTH_CLAMP_ENABLE_EXT), D(DEPTH_CLIP_ENABLE_EXT), D(DEPTH_TEST_ENABLE), D(DEPTH_COMPARE_OP)}},
    {"depth bias 2", ROW(bias_2), {0}, VK_EXT_DEPTH_BIAS_CONTROL_EXTENSION_NAME, TRIANGLES, 1,
     {D(DEPTH_TEST_ENABLE), D(DEPTH_BIAS_ENABLE), D(DEPTH_BIAS)}},
    {"discard rectangles", ROW(discard_rects), {0}, VK_EXT_DISCARD_RECTANGLES_EXTENSION_NAME, TRIANGLES, 4,
     {D(DISCARD_RECTANGLE_EXT), D(DISCARD_RECTANGLE_ENABLE_EXT), D(DISCARD_RECTANGLE_MODE_EXT)}},
    {"polygon mode line", ROW(outline), {EDS3(PolygonMode)}, NULL, TRIANGLES, 1, {D(POLYGON_MODE_EXT)}},
    {"polygon mode point", ROW(corners), {EDS3(PolygonMode)}, NULL, TRIANGLES, 4, {D(POLYGON_MODE_EXT)}},
    {"rasterization samples", ROW(samples), {EDS3(RasterizationSamples)}, NULL, TRIANGLES, 0, {D(RASTERIZATION_SAMPLES_EXT)}},
    {"sample mask", ROW(mask), {EDS3(SampleMask)}, NULL, TRIANGLES, 4, {D(SAMPLE_MASK_EXT)}},
    {"alpha to coverage", ROW(to_coverage), {EDS3(AlphaToCoverageEnable)}, NULL, TRIANGLES, 4, {D(ALPHA_TO_COVERAGE_ENABLE_EXT)}},
    {"alpha to one", ROW(to_one), {EDS3(AlphaToOneEnable)}, NULL, TRIANGLES, 4, {D(ALPHA_TO_ONE_ENABLE_EXT)}},
    {"logic op", ROW(logic), {EDS3(LogicOpEnable)}, NULL, TRIANGLES, 1, {D(LOGIC_OP_ENABLE_EXT), D(LOGIC_OP_EXT)}},
    {"blend enable", ROW(blend), {EDS3(ColorBlendEnable)}, NULL, TRIANGLES, 1, {D(COLOR_BLEND_ENABLE_EXT)}},
    {"blend equation", ROW(equation), {EDS3(ColorBlendEnable), EDS3(ColorBlendEquation)}, NULL, TRIANGLES, 4,
     {D(COLOR_BLEND_ENABLE_EXT), D(COLOR_BLEND_EQUATION_EXT), D(BLEND_CONSTANTS)}},
    {"blend advanced", ROW(advanced), {EDS3(ColorBlendEnable), EDS3(ColorBlendAdvanced)}, VK_EXT_BLEND_OPERATION_ADVANCED_EXTENSION_NAME, TRIANGLES, 4,
     {D(COLOR_BLEND_ENABLE_EXT), D(COLOR_BLEND_ADVANCED_EXT)}},
    {"write mask", ROW(write_mask), {EDS3(ColorWriteMask)}, NULL, TRIANGLES, 1, {D(COLOR_WRITE_MASK_EXT)}},
    {"colour write enable", ROW(color_write), {0}, VK_EXT_COLOR_WRITE_ENABLE_EXTENSION_NAME, TRIANGLES, 1, {D(COLOR_WRITE_ENABLE_EXT)}},
    {"conservative mode", ROW(conservative), {EDS3(ConservativeRasterizationMode), EDS3(ExtraPrimitiveOverestimationSize)},
     VK_EXT_CONSERVATIVE_RASTERIZATION_EXTENSION_NAME, TRIANGLES, 1, {D(CONSERVATIVE_RASTERIZATION_MODE_EXT), D(EXTRA_PRIMITIVE_OVERESTIMATION_SIZE_EXT)}},
    {"depth clip enable", ROW(clip), {EDS3(DepthClipEnable)}, VK_EXT_DEPTH_CLIP_ENABLE_EXTENSION_NAME, DEEP, 1, {D(DEPTH_CLIP_ENABLE_EXT)}},
    {"negative one to one", ROW(minus_one), {EDS3(DepthClipNegativeOneToOne)}, VK_EXT_DEPTH_CLIP_CONTROL_EXTENSION_NAME, DEEP, 1,
     {D(DEPTH_CLIP_NEGATIVE_ONE_TO_ONE_EXT)}},
    {"sample locations", ROW(places), {EDS3(SampleLocationsEnable)}, VK_EXT_SAMPLE_LOCATIONS_EXTENSION_NAME, TRIANGLES, 4,
     {D(SAMPLE_LOCATIONS_ENABLE_EXT), D(SAMPLE_LOCATIONS_EXT)}},
    {"provoking vertex", ROW(provoking), {EDS3(ProvokingVertexMode)}, VK_EXT_PROVOKING_VERTEX_EXTENSION_NAME, TRIANGLES, 1, {D(PROVOKING_VERTEX_MODE_EXT)}},
    {"line mode", ROW(bresenham), {EDS3(LineRasterizationMode)}, VK_EXT_LINE_RASTERIZATION_EXTENSION_NAME, LINES, 4, {D(LINE_RASTERIZATION_MODE_EXT)}},
    {"line stipple", ROW(stipple), {EDS3(LineRasterizationMode), EDS3(LineStippleEnable)}, VK_EXT_LINE_RASTERIZATION_EXTENSION_NAME, LINES, 1,
     {D(LINE_RASTERIZATION_MODE_EXT), D(LINE_STIPPLE_ENABLE_EXT), D(LINE_STIPPLE)}},
};

static bool
offered(const struct kit *k, const struct state *st)
{
    const VkPhysicalDeviceLineRasterizationFeatures *line = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_LINE_RASTERIZATION_FEATURES);
    const VkPhysicalDeviceExtendedDynamicState2FeaturesEXT *two = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTENDED_DYNAMIC_STATE_2_FEATURES_EXT);
    const bool core = st->set == set_line_width                           ? k->features.wideLines
                      : st->set == set_bounds                             ? k->features.depthBounds
                      : st->set == set_clamp                              ? k->features.depthClamp
                      : st->set == set_outline || st->set == set_corners  ? k->features.fillModeNonSolid
                      : st->set == set_to_one                             ? k->features.alphaToOne
                      : st->set == set_logic                              ? k->features.logicOp && two->extendedDynamicState2LogicOp
                      : st->set == set_bresenham                          ? line->bresenhamLines
                      : st->set == set_stipple                            ? line->stippledBresenhamLines
                                                                          : true;
    return core && has_eds3(k, st->need[0]) && has_eds3(k, st->need[1]) && (!st->extension || kit_has(k, st->extension));
}

/* ---- pictures ---- */

static bool
scene_init(struct kit *k, struct scene *s)
{
    const VkFormatFeatureFlags f = kit_format_features(k, VK_FORMAT_D32_SFLOAT_S8_UINT, VK_IMAGE_TILING_OPTIMAL);
    memset(s, 0, sizeof(*s));
    s->depth_format = f & VK_FORMAT_FEATURE_DEPTH_STENCIL_ATTACHMENT_BIT ? VK_FORMAT_D32_SFLOAT_S8_UINT : VK_FORMAT_D24_UNORM_S8_UINT;
    s->layout = kit_layout(k, 0, NULL, 20);
    for (uint32_t i = 0; i < 2; i++) {
        const VkSampleCountFlagBits n = i ? VK_SAMPLE_COUNT_4_BIT : VK_SAMPLE_COUNT_1_BIT;
        const VkImageCreateFlags movable = i && kit_has(k, VK_EXT_SAMPLE_LOCATIONS_EXTENSION_NAME) ? VK_IMAGE_CREATE_SAMPLE_LOCATIONS_COMPATIBLE_DEPTH_BIT_EXT : 0;
        s->color[i] = kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_2D, .format = FORMAT, .extent = {W, H, 1}, .samples = n,
                                                       .usage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT});
        s->depth[i] = kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_2D, .format = s->depth_format, .extent = {W, H, 1}, .samples = n,
                                                       .flags = movable, .usage = VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT});
    }
    s->plain = kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_2D, .format = FORMAT, .extent = {W, H, 1},
                                                .usage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT});
    for (uint32_t i = 0; i < N_SHAPES; i++) {
        float v[MAX_VERTICES][4];
        for (uint32_t n = 0; n < shapes[i].n; n++) {
            v[n][0] = shapes[i].v[n][0] / (W / 2.0f) - 1.0f;
            v[n][1] = shapes[i].v[n][1] / (H / 2.0f) - 1.0f;
            v[n][2] = shapes[i].v[n][2];
            v[n][3] = 1.0f;
        }
        s->vertices[i] = kit_buffer(k, sizeof(v), v);
    }
    const VkPushConstantRange range = {VK_SHADER_STAGE_ALL, 0, 20};
    const VkShaderCreateInfoEXT infos[2] = {
        {.sType = VK_STRUCTURE_TYPE_SHADER_CREATE_INFO_EXT, .stage = VK_SHADER_STAGE_VERTEX_BIT, .nextStage = VK_SHADER_STAGE_FRAGMENT_BIT,
         .codeType = VK_SHADER_CODE_TYPE_SPIRV_EXT, .codeSize = sizeof(lines_vert), .pCode = lines_vert, .pName = "main", .pushConstantRangeCount = 1,
         .pPushConstantRanges = &range},
        {.sType = VK_STRUCTURE_TYPE_SHADER_CREATE_INFO_EXT, .stage = VK_SHADER_STAGE_FRAGMENT_BIT, .codeType = VK_SHADER_CODE_TYPE_SPIRV_EXT,
         .codeSize = sizeof(samples_flat_frag), .pCode = samples_flat_frag, .pName = "main", .pushConstantRangeCount = 1, .pPushConstantRanges = &range}};
    if (!kit_has(k, VK_EXT_SHADER_OBJECT_EXTENSION_NAME)) {
        return false;
    }
    MUST(k->vk.CreateShadersEXT(k->device, 2, infos, NULL, s->shaders));
    return true;
}

static void
scene_finish(struct kit *k, struct scene *s)
{
    for (uint32_t i = 0; i < 2 && s->shaders[0]; i++) {
        k->vk.DestroyShaderEXT(k->device, s->shaders[i], NULL);
    }
}

/* What happens before the draw: up to two pipelines (the later counts) or the shaders, state set before the last bind or after it. */
struct order {
    VkPipeline first, pipe; /* NULL: none; the scene's shaders */
    void (*before)(struct kit *k, VkCommandBuffer cmd);
    void (*after)(struct kit *k, VkCommandBuffer cmd);
};

static const uint8_t *
picture(struct kit *k, const struct scene *s, enum shape shape, uint32_t samples, bool by_vertex, const struct order *o)
{
    const bool many = samples > 1;
    const VkRenderingAttachmentInfo color = {.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO, .imageView = s->color[many].view,
                                             .imageLayout = VK_IMAGE_LAYOUT_GENERAL, .resolveMode = many ? VK_RESOLVE_MODE_AVERAGE_BIT : VK_RESOLVE_MODE_NONE,
                                             .resolveImageView = many ? s->plain.view : VK_NULL_HANDLE, .resolveImageLayout = VK_IMAGE_LAYOUT_GENERAL,
                                             .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR, .storeOp = VK_ATTACHMENT_STORE_OP_STORE,
                                             .clearValue.color.float32 = {0.5f, 0.25f, 0.125f, 0.75f}};
    const VkRenderingAttachmentInfo depth = {.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO, .imageView = s->depth[many].view,
                                             .imageLayout = VK_IMAGE_LAYOUT_GENERAL, .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR,
                                             .storeOp = VK_ATTACHMENT_STORE_OP_STORE, .clearValue.depthStencil = {0.5f, 0x20}};
    const VkRenderingInfo ri = {.sType = VK_STRUCTURE_TYPE_RENDERING_INFO, .renderArea = {{0, 0}, {W, H}}, .layerCount = 1, .colorAttachmentCount = 1,
                                .pColorAttachments = &color, .pDepthAttachment = &depth, .pStencilAttachment = &depth};
    const VkShaderStageFlagBits stages[2] = {VK_SHADER_STAGE_VERTEX_BIT, VK_SHADER_STAGE_FRAGMENT_BIT};
    const float push[5] = {0.25f, 0.75f, 0.5f, by_vertex ? -1.0f : 0.5f, 5.0f};
    const VkDeviceSize zero = 0;
    const VkCommandBuffer cmd = kit_begin(k);
    k->vk.CmdBeginRendering(cmd, &ri);
    if (o->first) {
        vkCmdBindPipeline(cmd, GRAPHICS, o->first);
    }
    if (!o->pipe) {
        set_defaults(k, cmd, shape, samples);
        k->vk.CmdBindShadersEXT(cmd, 2, stages, s->shaders);
    }
    if (o->before) {
        o->before(k, cmd);
    }
    if (o->pipe) {
        vkCmdBindPipeline(cmd, GRAPHICS, o->pipe);
    }
    if (o->after) {
        o->after(k, cmd);
    }
    vkCmdBindVertexBuffers(cmd, 0, 1, &s->vertices[shape].buffer, &zero);
    vkCmdPushConstants(cmd, s->layout, VK_SHADER_STAGE_ALL, 0, sizeof(push), push);
    vkCmdDraw(cmd, shapes[shape].n, 1, 0, 0);
    k->vk.CmdEndRendering(cmd);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    return kit_read(k, many ? &s->plain : &s->color[0], COLOR, 0, 0);
}

/* By pipelines and, where there are such, shader objects. */
static void
case_states(struct kit *k)
{
    SKIP_UNLESS(k, k->vk.CmdBeginRendering && kit_has(k, VK_EXT_EXTENDED_DYNAMIC_STATE_3_EXTENSION_NAME), "no dynamic rendering and extended dynamic state 3");
    struct scene s;
    const bool objects = scene_init(k, &s);
    struct fixed *f = kit_alloc(k, sizeof(*f));
    uint32_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        const struct state *st = &states[i];
        if (!offered(k, st)) {
            printf("  not offered: %s\n", st->name);
            continue;
        }
        const bool by_vertex = st->set == set_provoking || st->set == set_depth_write || st->set == set_stencil; /* both triangles differ */
        const bool counts = st->dynamic[0] == D(VIEWPORT_WITH_COUNT);
        const uint32_t without = st->samples ? st->samples : 1, with = st->samples ? st->samples : 4; /* samples of the targets */
        char what[96];
        fixed_init(k, f, &s, st->shape, without);
        const VkPipeline plain = kit_graphics_create(k, &f->g);
        for (uint32_t d = 0; d < ARRAY_LEN(st->dynamic) && (d == 0 || st->dynamic[d]); d++) {
            kit_graphics_dynamic(&f->g, st->dynamic[d]);
        }
        f->g.viewport.viewportCount = f->g.viewport.scissorCount = counts ? 0 : 1;
        const VkPipeline dynamic = kit_graphics_create(k, &f->g);
        fixed_init(k, f, &s, st->shape, without);
        st->fix(f);
        const VkPipeline fixed = kit_graphics_create(k, &f->g);
        const uint8_t *a = picture(k, &s, st->shape, without, by_vertex, &(struct order){.pipe = plain});
        const uint8_t *b = picture(k, &s, st->shape, with, by_vertex, &(struct order){.pipe = fixed});
        CHECK(k, memcmp(a, b, W * H * 4) != 0, "%s: makes no difference", st->name);
        const struct {
            const char *name;
            const uint8_t *want;
            uint32_t samples;
            struct order o;
        } orders[] = {
            {"set, bind", b, with, {.pipe = dynamic, .before = st->set}},
            {"bind, set", b, with, {.pipe = dynamic, .after = st->set}},
            {"another pipeline, set, bind", b, with, {.first = fixed, .pipe = dynamic, .before = st->set}},
            {"fixed again", a, without, {.first = dynamic, .pipe = plain, .before = st->set}},
            {"objects, as it was", a, without, {.pipe = VK_NULL_HANDLE}},
            {"objects, set", b, with, {.after = st->set}},
        };
        for (size_t c = 0; c < ARRAY_LEN(orders); c++) {
            if (orders[c].o.pipe || objects) {
                snprintf(what, sizeof(what), "%s: %s", st->name, orders[c].name);
                kit_same(k, what, picture(k, &s, st->shape, orders[c].samples, by_vertex, &orders[c].o), orders[c].want, W * H, 4, W);
            }
        }
        n++;
    }
    scene_finish(k, &s);
    printf("  %u of %zu states%s\n", n, ARRAY_LEN(states), objects ? ", with shader objects" : "");
}

static const struct kit_case cases[] = {{"states", case_states}};
KIT_MAIN(cases)
