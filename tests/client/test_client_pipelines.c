/* State of pipelines and command buffers: dynamic states, pipelines in parts, conditional rendering, attachment locations, and the commands
 * that came later for what there was. SPEC: pipelines-dynamic-state, pipelines-graphics-subsets, drawing-conditional-rendering. */
#include "kit.h"

#include "kit_color_frag.h"
#include "kit_double_comp.h"
#include "kit_tri_vert.h"
#include "pass_z_vert.h"
#include "state_layer_vert.h"
#include "state_sets_frag.h"
#include "state_sets_vert.h"
#include "state_three_frag.h"
#include "state_vertex_frag.h"
#include "state_vertex_vert.h"

#define W 66
#define H 9
#define F32 VK_FORMAT_R32G32B32A32_SFLOAT
#define COLOR VK_IMAGE_ASPECT_COLOR_BIT
#define GRAPHICS VK_PIPELINE_BIND_POINT_GRAPHICS

#define FEATURE(k, Type, sType, member) (((const Type *)kit_feature((k), sType))->member)
#define EDS3(k, member)                                                                                                \
    FEATURE(k, VkPhysicalDeviceExtendedDynamicState3FeaturesEXT, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTENDED_DYNAMIC_STATE_3_FEATURES_EXT, member)

static void
expect(struct kit *k, const char *what, const struct kit_image *img, float x, float y, float z, float w)
{
    const float want[4] = {x, y, z, w};
    const float *got = kit_read(k, img, COLOR, 0, 0);
    float *all = kit_alloc(k, W * H * 16);
    for (uint32_t i = 0; i < W * H; i++) {
        memcpy(all + i * 4, want, 16);
    }
    kit_same(k, what, got, all, W * H, 16, W);
}

static void
push_draw(VkCommandBuffer cmd, VkPipeline pipe, VkPipelineLayout layout, float x, float y, float z, float w, float depth)
{
    const float p[5] = {x, y, z, w, depth};
    vkCmdBindPipeline(cmd, GRAPHICS, pipe);
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(p), p);
    vkCmdDraw(cmd, 3, 1, 0, 0);
}

static void
clear_to(struct kit_target *t, float v)
{
    for (uint32_t i = 0; i < t->n; i++) {
        t->clears[i].color = (VkClearColorValue){.float32 = {v, v, v, v}};
    }
}

/* ---- dynamic states ---- */

static void
case_blend(struct kit *k)
{
    SKIP_UNLESS(k, EDS3(k, extendedDynamicState3ColorBlendEnable) && EDS3(k, extendedDynamicState3ColorBlendEquation) &&
                       EDS3(k, extendedDynamicState3ColorWriteMask), "no dynamic blending");
    SKIP_UNLESS(k, kit_format_features(k, F32, VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BLEND_BIT, "floats don't blend");
    struct kit_target t;
    struct kit_graphics g;
    const VkFormat formats[3] = {F32, F32, F32};
    kit_target_init(k, &t, W, H, 1, 3, formats, VK_FORMAT_UNDEFINED);
    clear_to(&t, 16);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, 20);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(pass_z_vert), KIT_CODE(state_three_frag));
    kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_COLOR_BLEND_ENABLE_EXT);
    kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_COLOR_BLEND_EQUATION_EXT);
    kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_COLOR_WRITE_MASK_EXT);
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const VkBool32 on[3] = {VK_TRUE, VK_FALSE, VK_TRUE};
    const VkColorComponentFlags masks[3] = {3, 15, 15};
    const VkColorBlendEquationEXT add = {VK_BLEND_FACTOR_ONE, VK_BLEND_FACTOR_ONE, VK_BLEND_OP_ADD, VK_BLEND_FACTOR_ONE, VK_BLEND_FACTOR_ZERO,
                                         VK_BLEND_OP_ADD};
    const VkColorBlendEquationEXT sub = {VK_BLEND_FACTOR_ONE, VK_BLEND_FACTOR_ONE, VK_BLEND_OP_REVERSE_SUBTRACT, VK_BLEND_FACTOR_ONE,
                                         VK_BLEND_FACTOR_ONE, VK_BLEND_OP_MAX};
    const VkColorBlendEquationEXT equations[3] = {add, add, sub};
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    k->vk.CmdSetColorBlendEnableEXT(cmd, 0, 3, on);
    k->vk.CmdSetColorBlendEquationEXT(cmd, 0, 1, equations);
    k->vk.CmdSetColorBlendEquationEXT(cmd, 1, 2, equations + 1);
    k->vk.CmdSetColorWriteMaskEXT(cmd, 0, 3, masks);
    push_draw(cmd, pipe, layout, 1, 2, 3, 4, 0.5f);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    expect(k, "added, red and green alone", &t.color[0], 17, 18, 16, 16);
    expect(k, "not blended", &t.color[1], 2, 4, 6, 8);
    expect(k, "subtracted, alpha maximum", &t.color[2], 12, 8, 4, 16);
}

static void
case_logic_op(struct kit *k)
{
    SKIP_UNLESS(k, EDS3(k, extendedDynamicState3LogicOpEnable) && k->features.logicOp &&
                       FEATURE(k, VkPhysicalDeviceExtendedDynamicState2FeaturesEXT,
                               VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTENDED_DYNAMIC_STATE_2_FEATURES_EXT, extendedDynamicState2LogicOp),
                "no dynamic logic operation");
    struct kit_target t;
    struct kit_graphics g;
    kit_target_rgba(k, &t, W, H);
    t.clears[0].color = (VkClearColorValue){.float32 = {1, 1, 1, 1}};
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, 20);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(pass_z_vert), KIT_CODE(kit_color_frag));
    kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_LOGIC_OP_EXT);
    kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_LOGIC_OP_ENABLE_EXT);
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    k->vk.CmdSetLogicOpEnableEXT(cmd, VK_TRUE);
    k->vk.CmdSetLogicOpEXT(cmd, VK_LOGIC_OP_XOR);
    push_draw(cmd, pipe, layout, 0x0f / 255.0f, 0xf0 / 255.0f, 0, 1, 0.5f);
    k->vk.CmdSetLogicOpEXT(cmd, VK_LOGIC_OP_AND);
    push_draw(cmd, pipe, layout, 0x3c / 255.0f, 0x3c / 255.0f, 0x3c / 255.0f, 0, 0.5f);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    const uint32_t *got = kit_read(k, &t.color[0], COLOR, 0, 0);
    CHECK(k, got[0] == 0x003c0c30 && got[W * H - 1] == 0x003c0c30, "%08x", got[0]);
}

static void
case_depth_clamp(struct kit *k)
{
    SKIP_UNLESS(k, EDS3(k, extendedDynamicState3DepthClampEnable) && k->features.depthClamp, "no dynamic depth clamp");
    struct kit_target t;
    struct kit_graphics g;
    const VkFormat f = F32;
    kit_target_init(k, &t, W, H, 1, 1, &f, VK_FORMAT_UNDEFINED);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, 20);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(pass_z_vert), KIT_CODE(kit_color_frag));
    kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_DEPTH_CLAMP_ENABLE_EXT);
    const VkPipeline pipe = kit_graphics_create(k, &g);
    for (uint32_t on = 0; on < 2; on++) {
        const VkCommandBuffer cmd = kit_begin(k);
        kit_target_begin(cmd, &t);
        k->vk.CmdSetDepthClampEnableEXT(cmd, on);
        push_draw(cmd, pipe, layout, 1, 2, 3, 4, 1.5f); /* behind the far plane */
        vkCmdEndRenderPass(cmd);
        kit_submit(k, cmd);
        expect(k, on ? "clamped" : "clipped", &t.color[0], on ? 1 : 0, on ? 2 : 0, on ? 3 : 0, on ? 4 : 0);
    }
}

static void
case_color_write_enable(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_EXT_color_write_enable"), "no colour write enables");
    struct kit_target t;
    struct kit_graphics g;
    const VkFormat formats[3] = {F32, F32, F32};
    kit_target_init(k, &t, W, H, 1, 3, formats, VK_FORMAT_UNDEFINED);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, 20);
    const VkBool32 fixed[3] = {VK_FALSE, VK_TRUE, VK_FALSE};
    const VkPipelineColorWriteCreateInfoEXT cw = {.sType = VK_STRUCTURE_TYPE_PIPELINE_COLOR_WRITE_CREATE_INFO_EXT, .attachmentCount = 3,
                                                  .pColorWriteEnables = fixed};
    VkPipeline pipes[2];
    for (int dynamic = 0; dynamic < 2; dynamic++) {
        kit_graphics_init(k, &g, &t, layout, KIT_CODE(pass_z_vert), KIT_CODE(state_three_frag));
        g.blend.pNext = &cw;
        if (dynamic) {
            kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_COLOR_WRITE_ENABLE_EXT);
        }
        pipes[dynamic] = kit_graphics_create(k, &g);
    }
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    push_draw(cmd, pipes[0], layout, 1, 1, 1, 1, 0.5f);
    const VkBool32 others[3] = {VK_FALSE, VK_FALSE, VK_TRUE};
    k->vk.CmdSetColorWriteEnableEXT(cmd, 3, others);
    push_draw(cmd, pipes[1], layout, 2, 2, 2, 2, 0.5f);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    expect(k, "never", &t.color[0], 0, 0, 0, 0);
    expect(k, "by the pipeline", &t.color[1], 2, 2, 2, 2);
    expect(k, "by the command", &t.color[2], 8, 8, 8, 8);
}

/* Formats, strides, offsets and divisors change between draws of one pipeline. */
static void
case_vertex_input(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_EXT_vertex_input_dynamic_state"), "no dynamic vertex input");
    struct kit_target t;
    struct kit_graphics g;
    const VkFormat f = F32;
    kit_target_init(k, &t, W, H, 1, 1, &f, VK_FORMAT_UNDEFINED);
    kit_graphics_init(k, &g, &t, kit_layout(k, 0, NULL, 0), KIT_CODE(state_vertex_vert), KIT_CODE(state_vertex_frag));
    g.info.pVertexInputState = NULL;
    kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_VERTEX_INPUT_EXT);
    kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_SCISSOR);
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const float positions[] = {-1, -1, 0.5f, 1, 3, -1, 0.5f, 1, -1, 3, 0.5f, 1};
    const float colors[] = {0, 0, 0, 0, 1, 2, 3, 4};
    const struct { /* half floats: -1, 3, 0, 1 and 10, 20, 30, 40 */
        uint16_t p[4], c[4];
    } packed[3] = {{{0xbc00, 0xbc00, 0, 0x3c00}, {0x4900, 0x4d00, 0x4f80, 0x5100}},
                   {{0x4200, 0xbc00, 0, 0x3c00}, {0x4900, 0x4d00, 0x4f80, 0x5100}},
                   {{0xbc00, 0x4200, 0, 0x3c00}, {0x4900, 0x4d00, 0x4f80, 0x5100}}};
    const struct kit_buffer a = kit_buffer(k, sizeof(positions), positions), b = kit_buffer(k, sizeof(colors), colors);
    const struct kit_buffer c = kit_buffer(k, sizeof(packed), packed);
    VkVertexInputBindingDescription2EXT vb[2] = {
        {.sType = VK_STRUCTURE_TYPE_VERTEX_INPUT_BINDING_DESCRIPTION_2_EXT, .binding = 0, .stride = 16, .divisor = 1},
        {.sType = VK_STRUCTURE_TYPE_VERTEX_INPUT_BINDING_DESCRIPTION_2_EXT, .binding = 3, .stride = 16, .inputRate = VK_VERTEX_INPUT_RATE_INSTANCE,
         .divisor = 1},
    };
    VkVertexInputAttributeDescription2EXT va[2] = {
        {.sType = VK_STRUCTURE_TYPE_VERTEX_INPUT_ATTRIBUTE_DESCRIPTION_2_EXT, .location = 0, .binding = 0, .format = F32},
        {.sType = VK_STRUCTURE_TYPE_VERTEX_INPUT_ATTRIBUTE_DESCRIPTION_2_EXT, .location = 1, .binding = 3, .format = F32},
    };
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, GRAPHICS, pipe);
    VkRect2D s = {{0, 0}, {30, H}};
    const VkDeviceSize zero = 0;
    vkCmdBindVertexBuffers(cmd, 0, 1, &a.buffer, &zero);
    vkCmdBindVertexBuffers(cmd, 3, 1, &b.buffer, &zero);
    vkCmdSetScissor(cmd, 0, 1, &s);
    k->vk.CmdSetVertexInputEXT(cmd, 2, vb, 2, va);
    vkCmdDraw(cmd, 3, 1, 0, 1); /* instance 1 */
    s = (VkRect2D){{30, 0}, {36, H}};
    vkCmdSetScissor(cmd, 0, 1, &s);
    vkCmdBindVertexBuffers(cmd, 7, 1, &c.buffer, &zero);
    vb[0].binding = 7;
    vb[0].stride = 16;
    va[0].binding = va[1].binding = 7;
    va[0].format = va[1].format = VK_FORMAT_R16G16B16A16_SFLOAT;
    va[1].offset = 8;
    k->vk.CmdSetVertexInputEXT(cmd, 1, vb, 2, va);
    vkCmdDraw(cmd, 3, 1, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    const float *got = kit_read(k, &t.color[0], COLOR, 0, 0);
    for (uint32_t x = 0; x < W; x++) {
        for (uint32_t i = 0; i < 4; i++) {
            const float want = x < 30 ? colors[4 + i] : (float)(10 * (i + 1));
            REQUIRE(k, got[x * 4 + i] == want, "column %u, component %u: %g, not %g", x, i, (double)got[x * 4 + i], (double)want);
        }
    }
}

/* ---- conditional rendering ---- */

static void
case_conditional(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_EXT_conditional_rendering"), "no conditional rendering");
    struct kit_target t;
    struct kit_graphics g;
    const VkFormat f = F32;
    kit_target_init(k, &t, W, H, 1, 1, &f, VK_FORMAT_UNDEFINED);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, 20);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(pass_z_vert), KIT_CODE(kit_color_frag));
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const uint32_t numbers[64] = {1, 1}, words[2] = {0, 0x100}; /* any bit counts */
    const VkBufferCreateInfo bi = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .size = 64,
                                   .usage = VK_BUFFER_USAGE_CONDITIONAL_RENDERING_BIT_EXT | VK_BUFFER_USAGE_TRANSFER_DST_BIT};
    VkBuffer predicate;
    MUST(vkCreateBuffer(k->device, &bi, NULL, &predicate));
    KIT_OWN(k, VK_OBJECT_TYPE_BUFFER, predicate);
    VkMemoryRequirements r;
    vkGetBufferMemoryRequirements(k->device, predicate, &r);
    MUST(vkBindBufferMemory(k->device, predicate, kit_memory(k, r.size, r.memoryTypeBits, 0, NULL), 0));
    const struct kit_buffer b = kit_buffer(k, sizeof(numbers), numbers);
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout cl = kit_layout(k, 1, &sl, 0);
    const VkDescriptorSet set = kit_set(k, sl);
    kit_write_buffer(k, set, 0, 0, type, b.buffer, 0, VK_WHOLE_SIZE);
    const VkPipeline twice = kit_compute(k, cl, KIT_CODE(kit_double_comp), NULL);

    const VkCommandBuffer s = kit_secondary(k);
    const VkCommandBufferInheritanceConditionalRenderingInfoEXT ic = {
        .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_INHERITANCE_CONDITIONAL_RENDERING_INFO_EXT, .conditionalRenderingEnable = VK_TRUE};
    const VkCommandBufferInheritanceInfo in = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_INHERITANCE_INFO, .pNext = &ic};
    const VkCommandBufferBeginInfo sb = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO, .pInheritanceInfo = &in,
                                         .flags = VK_COMMAND_BUFFER_USAGE_SIMULTANEOUS_USE_BIT};
    MUST(vkBeginCommandBuffer(s, &sb));
    vkCmdBindPipeline(s, VK_PIPELINE_BIND_POINT_COMPUTE, twice);
    vkCmdBindDescriptorSets(s, VK_PIPELINE_BIND_POINT_COMPUTE, cl, 0, 1, &set, 0, NULL);
    vkCmdDispatch(s, 1, 1, 1);
    kit_barrier(s);
    MUST(vkEndCommandBuffer(s));

    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdUpdateBuffer(cmd, predicate, 4, 8, words);
    kit_barrier(cmd);
    float want = 0;
    uint32_t factor = 1;
    for (uint32_t i = 0; i < 4; i++) { /* predicate false, true; as it is, inverted */
        const bool runs = (words[i & 1] != 0) != (i >= 2);
        const VkConditionalRenderingBeginInfoEXT ci = {.sType = VK_STRUCTURE_TYPE_CONDITIONAL_RENDERING_BEGIN_INFO_EXT, .buffer = predicate,
                                                       .offset = 4 + 4 * (i & 1), .flags = i >= 2 ? VK_CONDITIONAL_RENDERING_INVERTED_BIT_EXT : 0};
        k->vk.CmdBeginConditionalRenderingEXT(cmd, &ci);
        vkCmdExecuteCommands(cmd, 1, &s);
        k->vk.CmdEndConditionalRenderingEXT(cmd);
        vkCmdExecuteCommands(cmd, 1, &s);
        factor *= runs ? 4 : 2;
        i ? kit_target_resume(cmd, &t) : kit_target_begin(cmd, &t);
        k->vk.CmdBeginConditionalRenderingEXT(cmd, &ci);
        if (i & 1) {
            push_draw(cmd, pipe, layout, (float)i + 1, 0, 0, 0, 0.5f);
        } else {
            const VkClearAttachment ca = {COLOR, 0, {.color.float32 = {(float)i + 1}}};
            const VkClearRect rect = {{{0, 0}, {W, H}}, 0, 1};
            vkCmdClearAttachments(cmd, 1, &ca, 1, &rect);
        }
        k->vk.CmdEndConditionalRenderingEXT(cmd);
        vkCmdEndRenderPass(cmd);
        want = runs ? (float)i + 1 : want;
    }
    kit_barrier(cmd);
    kit_submit(k, cmd);
    expect(k, "last that ran", &t.color[0], want, 0, 0, 0);
    CHECK(k, ((uint32_t *)b.data)[1] == factor, "%u, not %u", ((uint32_t *)b.data)[1], factor);
}

/* ---- attachment locations ---- */

static void
case_locations(struct kit *k)
{
    SKIP_UNLESS(k, k->vk.CmdSetRenderingAttachmentLocations &&
                       FEATURE(k, VkPhysicalDeviceDynamicRenderingLocalReadFeatures,
                               VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DYNAMIC_RENDERING_LOCAL_READ_FEATURES, dynamicRenderingLocalRead),
                "no local reads");
    struct kit_target t;
    const VkFormat formats[3] = {F32, F32, F32};
    kit_target_init(k, &t, W, H, 1, 3, formats, VK_FORMAT_UNDEFINED);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, 20);
    const uint32_t where[2][3] = {{2, VK_ATTACHMENT_UNUSED, 0}, {1, 0, VK_ATTACHMENT_UNUSED}};
    const VkPipelineRenderingCreateInfo rendering = {.sType = VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO, .colorAttachmentCount = 3,
                                                     .pColorAttachmentFormats = formats};
    VkPipeline pipes[2];
    VkRenderingAttachmentLocationInfo li[2];
    for (int i = 0; i < 2; i++) {
        struct kit_graphics g;
        li[i] = (VkRenderingAttachmentLocationInfo){.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_LOCATION_INFO, .pNext = &rendering,
                                                    .colorAttachmentCount = 3, .pColorAttachmentLocations = where[i]};
        kit_graphics_init(k, &g, &t, layout, KIT_CODE(pass_z_vert), KIT_CODE(state_three_frag));
        g.info.pNext = &li[i];
        g.info.renderPass = VK_NULL_HANDLE;
        g.targets[0].colorWriteMask = 7; /* of the attachment, wherever it stands */
        pipes[i] = kit_graphics_create(k, &g);
        li[i].pNext = NULL;
    }
    VkRenderingAttachmentInfo atts[3];
    for (uint32_t i = 0; i < 3; i++) {
        atts[i] = (VkRenderingAttachmentInfo){.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO, .imageView = t.color[i].view,
                                              .imageLayout = VK_IMAGE_LAYOUT_GENERAL, .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR,
                                              .storeOp = VK_ATTACHMENT_STORE_OP_STORE};
    }
    const VkRenderingInfo ri = {.sType = VK_STRUCTURE_TYPE_RENDERING_INFO, .renderArea = {{0, 0}, {W, H}}, .layerCount = 1, .colorAttachmentCount = 3,
                                .pColorAttachments = atts};
    const VkCommandBuffer cmd = kit_begin(k);
    k->vk.CmdBeginRendering(cmd, &ri);
    k->vk.CmdSetRenderingAttachmentLocations(cmd, &li[0]);
    push_draw(cmd, pipes[0], layout, 1, 1, 1, 1, 0.5f);
    const VkClearAttachment ca = {COLOR, 2, {.color.float32 = {5, 5, 5, 5}}}; /* the attachment, not the location */
    const VkClearRect rect = {{{0, 0}, {W, H}}, 0, 1};
    vkCmdClearAttachments(cmd, 1, &ca, 1, &rect);
    k->vk.CmdEndRendering(cmd);
    kit_submit(k, cmd);
    expect(k, "attachment 0 at location 2", &t.color[0], 4, 4, 4, 0);
    expect(k, "attachment 1 at none", &t.color[1], 0, 0, 0, 0);
    expect(k, "attachment 2, cleared", &t.color[2], 5, 5, 5, 5);

    const VkCommandBuffer two = kit_begin(k); /* another order in the middle */
    k->vk.CmdBeginRendering(two, &ri);
    k->vk.CmdSetRenderingAttachmentLocations(two, &li[0]);
    push_draw(two, pipes[0], layout, 1, 1, 1, 1, 0.5f);
    k->vk.CmdSetRenderingAttachmentLocations(two, &li[1]);
    push_draw(two, pipes[1], layout, 10, 10, 10, 10, 0.5f);
    k->vk.CmdEndRendering(two);
    kit_submit(k, two);
    expect(k, "attachment 0 at location 1", &t.color[0], 20, 20, 20, 0);
    expect(k, "attachment 1 at location 0", &t.color[1], 10, 10, 10, 10);
    expect(k, "attachment 2 keeps", &t.color[2], 1, 1, 1, 1);
}

/* ---- layers and viewports from the vertex stage ---- */

static void
case_layers(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_EXT_shader_viewport_index_layer") && k->features.multiViewport, "no layers from vertex shaders");
    struct kit_target t;
    struct kit_graphics g;
    const VkFormat f = F32;
    kit_target_init(k, &t, W, H, 3, 1, &f, VK_FORMAT_UNDEFINED);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, 20);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(state_layer_vert), KIT_CODE(kit_color_frag));
    g.viewport.viewportCount = g.viewport.scissorCount = 2;
    g.scissors[1] = g.scissors[0];
    g.viewports[0].width = g.viewports[1].width = W / 2;
    g.viewports[1] = g.viewports[0];
    g.viewports[1].x = W / 2;
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const float color[5] = {1, 2, 3, 4};
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, GRAPHICS, pipe);
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(color), color);
    vkCmdDraw(cmd, 3, 3, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    for (uint32_t layer = 0; layer < 3; layer++) {
        const float *got = kit_read(k, &t.color[0], COLOR, 0, layer);
        for (uint32_t x = 0; x < W; x++) {
            const float want = (x >= W / 2) == (layer & 1) ? 1 : 0;
            REQUIRE(k, got[x * 4] == want && got[(H - 1) * W * 4 + x * 4] == want, "layer %u, column %u: %g", layer, x, (double)got[x * 4]);
        }
    }
}

/* ---- pipelines in parts ---- */

#define LIBRARY(bit) VK_GRAPHICS_PIPELINE_LIBRARY_##bit##_BIT_EXT

/* Four parts, each a library; two of them linked into a library first. */
static void
case_libraries(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_EXT_graphics_pipeline_library"), "no pipeline libraries");
    struct kit_target t;
    struct kit_graphics g;
    const VkFormat f = F32;
    kit_target_init(k, &t, W, H, 1, 1, &f, VK_FORMAT_UNDEFINED);
    clear_to(&t, 1);
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkDescriptorSetLayoutBinding binding = {0, type, 1, VK_SHADER_STAGE_FRAGMENT_BIT, NULL}; /* of the set that the vertex part lacks */
    const VkDescriptorSetLayoutCreateInfo fi = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO, .bindingCount = 1,
                                                .pBindings = &binding};
    VkDescriptorSetLayout fsl;
    MUST(vkCreateDescriptorSetLayout(k->device, &fi, NULL, &fsl));
    KIT_OWN(k, VK_OBJECT_TYPE_DESCRIPTOR_SET_LAYOUT, fsl);
    const VkDescriptorSetLayout first[1] = {sl}, both[2] = {sl, fsl};
    const VkPipelineLayoutCreateInfo independent = {.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
                                                    .flags = VK_PIPELINE_LAYOUT_CREATE_INDEPENDENT_SETS_BIT_EXT, .setLayoutCount = 1,
                                                    .pSetLayouts = first};
    VkPipelineLayoutCreateInfo wider = independent;
    wider.setLayoutCount = 2;
    wider.pSetLayouts = both;
    VkPipelineLayout vl, fl;
    MUST(vkCreatePipelineLayout(k->device, &independent, NULL, &vl));
    MUST(vkCreatePipelineLayout(k->device, &wider, NULL, &fl));
    KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE_LAYOUT, vl);
    KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE_LAYOUT, fl);
    kit_graphics_init(k, &g, &t, fl, KIT_CODE(state_sets_vert), KIT_CODE(state_sets_frag));
    g.targets[0] = (VkPipelineColorBlendAttachmentState){VK_TRUE, VK_BLEND_FACTOR_ONE, VK_BLEND_FACTOR_CONSTANT_COLOR, VK_BLEND_OP_ADD,
                                                         VK_BLEND_FACTOR_ONE, VK_BLEND_FACTOR_ONE, VK_BLEND_OP_ADD, 15};
    kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_BLEND_CONSTANTS);
    kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_SCISSOR);
    VkPipeline libs[4] = {kit_graphics_library(k, &g, VK_NULL_HANDLE, LIBRARY(VERTEX_INPUT_INTERFACE)),
                          kit_graphics_library(k, &g, vl, LIBRARY(PRE_RASTERIZATION_SHADERS)), kit_graphics_library(k, &g, fl, LIBRARY(FRAGMENT_SHADER)),
                          kit_graphics_library(k, &g, VK_NULL_HANDLE, LIBRARY(FRAGMENT_OUTPUT_INTERFACE))};
    VkPipelineCreationFeedback whole = {0};
    const VkPipelineCreationFeedbackCreateInfo fb = {.sType = VK_STRUCTURE_TYPE_PIPELINE_CREATION_FEEDBACK_CREATE_INFO,
                                                     .pPipelineCreationFeedback = &whole};
    VkPipelineLibraryCreateInfoKHR link = {.sType = VK_STRUCTURE_TYPE_PIPELINE_LIBRARY_CREATE_INFO_KHR, .libraryCount = 2, .pLibraries = libs};
    VkGraphicsPipelineCreateInfo info = {.sType = VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO, .pNext = &link,
                                         .flags = VK_PIPELINE_CREATE_LIBRARY_BIT_KHR, .layout = vl};
    VkPipeline front, pipe;
    MUST(vkCreateGraphicsPipelines(k->device, VK_NULL_HANDLE, 1, &info, NULL, &front));
    KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, front);
    const VkPipeline rest[3] = {libs[3], front, libs[2]};
    link.libraryCount = 3;
    link.pLibraries = rest;
    link.pNext = kit_has(k, "VK_EXT_pipeline_creation_feedback") ? &fb : NULL;
    info.flags = 0;
    info.layout = fl;
    MUST(vkCreateGraphicsPipelines(k->device, VK_NULL_HANDLE, 1, &info, NULL, &pipe));
    KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, pipe);
    CHECK(k, !link.pNext || whole.flags & VK_PIPELINE_CREATION_FEEDBACK_VALID_BIT, "no feedback");

    const float a[4] = {1, 2, 3, 1}, b[4] = {10, 20, 30, 40};
    const struct kit_buffer ab = kit_buffer(k, 16, a), bb = kit_buffer(k, 16, b);
    VkDescriptorSet sets[2] = {kit_set(k, sl), kit_set(k, fsl)};
    kit_write_buffer(k, sets[0], 0, 0, type, ab.buffer, 0, 16);
    kit_write_buffer(k, sets[1], 0, 0, type, bb.buffer, 0, 16);
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, GRAPHICS, pipe);
    vkCmdBindDescriptorSets(cmd, GRAPHICS, fl, 0, 2, sets, 0, NULL);
    const VkRect2D s = {{0, 0}, {W, H}};
    vkCmdSetScissor(cmd, 0, 1, &s);
    vkCmdSetBlendConstants(cmd, (const float[4]){2, 3, 4, 5});
    vkCmdDraw(cmd, 3, 1, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    expect(k, "blended", &t.color[0], 11 + 2, 22 + 3, 33 + 4, 41 + 1);
}

/* What the cache holds is found by the module's name alone, and nothing else is. */
static void
case_identifiers(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_EXT_shader_module_identifier"), "no module identifiers");
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkShaderModule m = kit_module(k, KIT_CODE(kit_double_comp));
    VkShaderModuleIdentifierEXT id = {.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_IDENTIFIER_EXT}, same = id;
    k->vk.GetShaderModuleIdentifierEXT(k->device, m, &id);
    const VkShaderModuleCreateInfo mi = {.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, .codeSize = sizeof(kit_double_comp),
                                         .pCode = kit_double_comp};
    k->vk.GetShaderModuleCreateInfoIdentifierEXT(k->device, &mi, &same);
    REQUIRE(k, id.identifierSize == same.identifierSize && id.identifierSize <= VK_MAX_SHADER_MODULE_IDENTIFIER_SIZE_EXT &&
                   memcmp(id.identifier, same.identifier, id.identifierSize) == 0, "two names for one module");
    const VkPipelineCacheCreateInfo ci = {.sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO};
    VkPipelineCache cache;
    MUST(vkCreatePipelineCache(k->device, &ci, NULL, &cache));
    VkPipelineCreationFeedback whole[2] = {{0}}, stage[2] = {{0}};
    VkPipelineCreationFeedbackCreateInfo fb = {.sType = VK_STRUCTURE_TYPE_PIPELINE_CREATION_FEEDBACK_CREATE_INFO,
                                               .pPipelineCreationFeedback = &whole[0], .pipelineStageCreationFeedbackCount = 1,
                                               .pPipelineStageCreationFeedbacks = &stage[0]};
    VkPipelineShaderStageModuleIdentifierCreateInfoEXT named = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_MODULE_IDENTIFIER_CREATE_INFO_EXT, .identifierSize = id.identifierSize,
        .pIdentifier = id.identifier};
    VkComputePipelineCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
        .pNext = &fb,
        .flags = VK_PIPELINE_CREATE_FAIL_ON_PIPELINE_COMPILE_REQUIRED_BIT,
        .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, .pNext = &named, .stage = VK_SHADER_STAGE_COMPUTE_BIT, .pName = "main"},
        .layout = layout,
    };
    VkPipeline p[3];
    const VkResult first = vkCreateComputePipelines(k->device, cache, 1, &info, NULL, &p[0]); /* a driver may keep code between processes */
    CHECK(k, first == VK_PIPELINE_COMPILE_REQUIRED ? p[0] == VK_NULL_HANDLE : first == VK_SUCCESS, "%s", kit_result_name(first));
    CHECK(k, !(whole[0].flags & VK_PIPELINE_CREATION_FEEDBACK_APPLICATION_PIPELINE_CACHE_HIT_BIT), "found in an empty cache");
    vkDestroyPipeline(k->device, p[0], NULL);
    vkDestroyPipelineCache(k->device, cache, NULL);
    MUST(vkCreatePipelineCache(k->device, &ci, NULL, &cache));
    KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE_CACHE, cache);
    info.flags = 0;
    info.stage.pNext = NULL;
    info.stage.module = m;
    MUST(vkCreateComputePipelines(k->device, cache, 1, &info, NULL, &p[1]));
    KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, p[1]);
    CHECK(k, whole[0].flags == VK_PIPELINE_CREATION_FEEDBACK_VALID_BIT && stage[0].flags == VK_PIPELINE_CREATION_FEEDBACK_VALID_BIT &&
                 whole[0].duration > 0, "feedback %x", whole[0].flags);
    fb.pPipelineCreationFeedback = &whole[1];
    fb.pPipelineStageCreationFeedbacks = &stage[1];
    info.flags = VK_PIPELINE_CREATE_FAIL_ON_PIPELINE_COMPILE_REQUIRED_BIT;
    info.stage.pNext = &named;
    info.stage.module = VK_NULL_HANDLE;
    const VkResult r = vkCreateComputePipelines(k->device, cache, 1, &info, NULL, &p[2]);
    CHECK(k, r == VK_SUCCESS || r == VK_PIPELINE_COMPILE_REQUIRED, "%s", kit_result_name(r)); /* interpreted shaders are not kept */
    if (r == VK_SUCCESS) {
        const VkPipelineCreationFeedbackFlags hit =
            VK_PIPELINE_CREATION_FEEDBACK_VALID_BIT | VK_PIPELINE_CREATION_FEEDBACK_APPLICATION_PIPELINE_CACHE_HIT_BIT;
        KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, p[2]);
        CHECK(k, whole[1].flags == hit && stage[1].flags == hit, "feedback %x", whole[1].flags);
    }
}

/* ---- shader objects ---- */

static VkShaderCreateInfoEXT
object_info(VkShaderStageFlagBits stage, const uint32_t *code, size_t size_B, const VkPushConstantRange *range)
{
    return (VkShaderCreateInfoEXT){.sType = VK_STRUCTURE_TYPE_SHADER_CREATE_INFO_EXT, .stage = stage,
                                   .nextStage = stage == VK_SHADER_STAGE_VERTEX_BIT ? VK_SHADER_STAGE_FRAGMENT_BIT : 0,
                                   .codeType = VK_SHADER_CODE_TYPE_SPIRV_EXT, .codeSize = size_B, .pCode = code, .pName = "main",
                                   .pushConstantRangeCount = range ? 1 : 0, .pPushConstantRanges = range};
}

static void
draw_objects(struct kit *k, const VkShaderEXT shaders[2], VkPipelineLayout layout, struct kit_target *t, float value)
{
    const VkRenderingAttachmentInfo a = {.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO, .imageView = t->color[0].view,
                                         .imageLayout = VK_IMAGE_LAYOUT_GENERAL, .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR,
                                         .storeOp = VK_ATTACHMENT_STORE_OP_STORE};
    const VkRenderingInfo ri = {.sType = VK_STRUCTURE_TYPE_RENDERING_INFO, .renderArea = {{0, 0}, {W, H}}, .layerCount = 1, .colorAttachmentCount = 1,
                                .pColorAttachments = &a};
    const VkShaderStageFlagBits stages[2] = {VK_SHADER_STAGE_VERTEX_BIT, VK_SHADER_STAGE_FRAGMENT_BIT};
    const float p[5] = {value, value, value, value, 0.5f};
    const VkCommandBuffer cmd = kit_begin(k);
    k->vk.CmdBeginRendering(cmd, &ri);
    kit_dynamic_all(k, cmd, t);
    k->vk.CmdBindShadersEXT(cmd, 2, stages, shaders);
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(p), p);
    vkCmdDraw(cmd, 3, 1, 0, 0);
    k->vk.CmdEndRendering(cmd);
    kit_submit(k, cmd);
}

/* From SPIR-V and from their own binaries; damaged binaries are refused; the first failure ends the list. */
static void
case_shader_objects(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_EXT_shader_object") && k->vk.CreateShadersEXT, "no shader objects");
    struct kit_target t;
    const VkFormat f = F32;
    kit_target_init(k, &t, W, H, 1, 1, &f, VK_FORMAT_UNDEFINED);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, 20);
    const VkPushConstantRange range = {VK_SHADER_STAGE_ALL, 0, 20};
    VkShaderCreateInfoEXT info[2] = {object_info(VK_SHADER_STAGE_VERTEX_BIT, KIT_CODE(pass_z_vert), &range),
                                     object_info(VK_SHADER_STAGE_FRAGMENT_BIT, KIT_CODE(kit_color_frag), &range)};
    info[0].flags = info[1].flags = VK_SHADER_CREATE_LINK_STAGE_BIT_EXT;
    VkShaderEXT first[2], second[2];
    MUST(k->vk.CreateShadersEXT(k->device, 2, info, NULL, first));
    draw_objects(k, first, layout, &t, 3);
    expect(k, "from SPIR-V", &t.color[0], 3, 3, 3, 3);
    void *data[2];
    for (int i = 0; i < 2; i++) {
        size_t n = 0, less = 16;
        MUST(k->vk.GetShaderBinaryDataEXT(k->device, first[i], &n, NULL));
        data[i] = kit_alloc(k, n);
        CHECK_RESULT(k, k->vk.GetShaderBinaryDataEXT(k->device, first[i], &less, data[i]), VK_INCOMPLETE);
        MUST(k->vk.GetShaderBinaryDataEXT(k->device, first[i], &n, data[i]));
        info[i].codeType = VK_SHADER_CODE_TYPE_BINARY_EXT;
        info[i].pCode = data[i];
        info[i].codeSize = n;
        info[i].flags = 0;
        k->vk.DestroyShaderEXT(k->device, first[i], NULL);
    }
    MUST(k->vk.CreateShadersEXT(k->device, 2, info, NULL, second));
    draw_objects(k, second, layout, &t, 5);
    expect(k, "from binaries", &t.color[0], 5, 5, 5, 5);
    const VkShaderEXT without[2] = {second[0], VK_NULL_HANDLE};
    draw_objects(k, without, layout, &t, 7);
    expect(k, "no fragment stage", &t.color[0], 0, 0, 0, 0);
    for (size_t at = 0; at < info[1].codeSize; at += 29) { /* any byte counts; the vertex shader before it is made */
        VkShaderEXT s[2] = {VK_NULL_HANDLE, VK_NULL_HANDLE};
        ((uint8_t *)data[1])[at] ^= 0x10;
        const VkResult r = k->vk.CreateShadersEXT(k->device, 2, info, NULL, s);
        CHECK(k, r == (VkResult)VK_INCOMPATIBLE_SHADER_BINARY_EXT && s[0] && !s[1], "byte %zu: %s", at, kit_result_name(r));
        k->vk.DestroyShaderEXT(k->device, s[0], NULL);
        k->vk.DestroyShaderEXT(k->device, s[1], NULL);
        ((uint8_t *)data[1])[at] ^= 0x10;
    }
    info[1].codeSize -= 4;
    VkShaderEXT cut;
    CHECK_RESULT(k, k->vk.CreateShadersEXT(k->device, 1, &info[1], NULL, &cut), (VkResult)VK_INCOMPATIBLE_SHADER_BINARY_EXT);
    k->vk.DestroyShaderEXT(k->device, second[0], NULL);
    k->vk.DestroyShaderEXT(k->device, second[1], NULL);

    /* compute */
    const uint32_t numbers[64] = {1, 2, 3};
    const struct kit_buffer b = kit_buffer(k, sizeof(numbers), numbers);
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout cl = kit_layout(k, 1, &sl, 0);
    const VkDescriptorSet set = kit_set(k, sl);
    kit_write_buffer(k, set, 0, 0, type, b.buffer, 0, VK_WHOLE_SIZE);
    VkShaderCreateInfoEXT ci = object_info(VK_SHADER_STAGE_COMPUTE_BIT, KIT_CODE(kit_double_comp), NULL);
    ci.setLayoutCount = 1;
    ci.pSetLayouts = &sl;
    VkShaderEXT compute;
    MUST(k->vk.CreateShadersEXT(k->device, 1, &ci, NULL, &compute));
    const VkShaderStageFlagBits stage = VK_SHADER_STAGE_COMPUTE_BIT;
    const VkCommandBuffer cmd = kit_begin(k);
    k->vk.CmdBindShadersEXT(cmd, 1, &stage, &compute);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, cl, 0, 1, &set, 0, NULL);
    vkCmdDispatch(cmd, 1, 1, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    CHECK(k, ((uint32_t *)b.data)[2] == 6, "%u", ((uint32_t *)b.data)[2]);
    k->vk.DestroyShaderEXT(k->device, compute, NULL);
}

/* ---- later forms of older commands ---- */

static void
case_maintenance6(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_KHR_maintenance6"), "no maintenance6");
    struct kit_target t;
    struct kit_graphics g;
    const VkFormat f = F32;
    kit_target_init(k, &t, W, H, 1, 1, &f, VK_FORMAT_UNDEFINED);
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkDescriptorSetLayoutBinding pb = {0, type, 1, VK_SHADER_STAGE_ALL, NULL};
    const bool push = kit_has(k, "VK_KHR_push_descriptor");
    const VkDescriptorSetLayout both[2] = {
        sl, push ? kit_set_layout(k, 1, &pb, VK_DESCRIPTOR_SET_LAYOUT_CREATE_PUSH_DESCRIPTOR_BIT) : sl};
    const VkPipelineLayout layout = kit_layout(k, 2, both, 16);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(kit_tri_vert), KIT_CODE(state_sets_frag));
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const float a[4] = {1, 2, 3, 1}, b[4] = {10, 20, 30, 40};
    const struct kit_buffer ab = kit_buffer(k, 16, a), bb = kit_buffer(k, 16, b);
    VkDescriptorSet sets[2] = {kit_set(k, sl), push ? VK_NULL_HANDLE : kit_set(k, sl)};
    kit_write_buffer(k, sets[0], 0, 0, type, ab.buffer, 0, 16);
    const VkDescriptorBufferInfo dbi = {bb.buffer, 0, 16};
    const VkWriteDescriptorSet w = {.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET, .dstBinding = 0, .descriptorCount = 1, .descriptorType = type,
                                    .pBufferInfo = &dbi};
    if (!push) {
        kit_write_buffer(k, sets[1], 0, 0, type, bb.buffer, 0, 16);
    }
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, GRAPHICS, pipe);
    const VkBindDescriptorSetsInfo bi = {.sType = VK_STRUCTURE_TYPE_BIND_DESCRIPTOR_SETS_INFO, .stageFlags = VK_SHADER_STAGE_ALL, .layout = layout,
                                         .descriptorSetCount = push ? 1 : 2, .pDescriptorSets = sets};
    k->vk.CmdBindDescriptorSets2(cmd, &bi);
    if (push) {
        const VkPushDescriptorSetInfo pi = {.sType = VK_STRUCTURE_TYPE_PUSH_DESCRIPTOR_SET_INFO, .stageFlags = VK_SHADER_STAGE_FRAGMENT_BIT,
                                            .layout = layout, .set = 1, .descriptorWriteCount = 1, .pDescriptorWrites = &w};
        k->vk.CmdPushDescriptorSet2(cmd, &pi);
    }
    const VkPushConstantsInfo ci = {.sType = VK_STRUCTURE_TYPE_PUSH_CONSTANTS_INFO, .layout = layout, .stageFlags = VK_SHADER_STAGE_ALL, .size = 16,
                                    .pValues = a};
    k->vk.CmdPushConstants2(cmd, &ci);
    vkCmdDraw(cmd, 3, 1, 0, 0);
    vkCmdBindIndexBuffer(cmd, VK_NULL_HANDLE, 0, VK_INDEX_TYPE_UINT16); /* every index is 0: nothing is covered */
    vkCmdDrawIndexed(cmd, 3, 1, 0, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    expect(k, "sum", &t.color[0], 11, 22, 33, 41);
}

static void
case_map_memory2(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_KHR_map_memory2"), "no map_memory2");
    const VkDeviceMemory m = kit_memory(k, 8192, UINT32_MAX, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT, NULL);
    const VkMemoryMapInfo info = {.sType = VK_STRUCTURE_TYPE_MEMORY_MAP_INFO, .memory = m, .offset = 4096, .size = VK_WHOLE_SIZE};
    const VkMemoryUnmapInfo un = {.sType = VK_STRUCTURE_TYPE_MEMORY_UNMAP_INFO, .memory = m};
    void *p = NULL;
    uint8_t *q = NULL;
    CHECK_VK(k, vkMapMemory(k->device, m, 0, VK_WHOLE_SIZE, 0, (void **)&q));
    memset(q, 0, 8192);
    vkUnmapMemory(k->device, m);
    CHECK_VK(k, k->vk.MapMemory2(k->device, &info, &p));
    memset(p, 7, 4096);
    CHECK_VK(k, k->vk.UnmapMemory2(k->device, &un));
    CHECK_VK(k, vkMapMemory(k->device, m, 0, VK_WHOLE_SIZE, 0, (void **)&q));
    CHECK(k, q[4096] == 7 && q[8191] == 7 && q[4095] == 0, "mapped elsewhere");
    vkUnmapMemory(k->device, m);
}

static const struct kit_case cases[] = {
    {"blend", case_blend}, {"logic_op", case_logic_op}, {"depth_clamp", case_depth_clamp}, {"color_write_enable", case_color_write_enable},
    {"vertex_input", case_vertex_input}, {"conditional", case_conditional}, {"locations", case_locations}, {"layers", case_layers}, {"libraries", case_libraries},
    {"identifiers", case_identifiers}, {"shader_objects", case_shader_objects}, {"maintenance6", case_maintenance6}, {"map_memory2", case_map_memory2},
};
KIT_MAIN(cases)
