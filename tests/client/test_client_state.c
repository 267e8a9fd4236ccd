/* Dynamic state: what a command sets wins over what the pipeline says, stays over pipelines that leave it dynamic, and goes when a pipeline
 * fixes it. Each case draws one rectangle where the fixed state alone would give another picture. SPEC: pipelines-dynamic-state. */
#include "kit.h"

#include "draw_frag.h"
#include "draw_vert.h"
#include "pass_color_frag.h"
#include "pass_rect_vert.h"

#define PX 16u

struct setup {
    struct kit_target t;
    VkPipelineLayout layout;
};

static void
setup_init(struct kit *k, struct setup *s)
{
    const VkFormat format = VK_FORMAT_R32G32B32A32_SFLOAT;
    const VkFormat ds =
        kit_format_features(k, VK_FORMAT_D32_SFLOAT_S8_UINT, VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_DEPTH_STENCIL_ATTACHMENT_BIT
            ? VK_FORMAT_D32_SFLOAT_S8_UINT
            : VK_FORMAT_D24_UNORM_S8_UINT;
    kit_target_init(k, &s->t, PX, PX, 1, 1, &format, ds);
    s->t.clears[1].depthStencil = (VkClearDepthStencilValue){0.75f, 5};
    s->layout = kit_layout(k, 0, NULL, 48);
}

/* The whole target at depth 0.5, clockwise. */
static void
draw(VkCommandBuffer cmd, VkPipelineLayout layout)
{
    const float push[12] = {-1, -1, 1, 1, 1, 2, 3, 1, 0.5f};
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, 36, push);
    vkCmdDraw(cmd, 6, 1, 0, 0);
}

typedef bool (*where_fn)(uint32_t x, uint32_t y);

static bool
everywhere(uint32_t x, uint32_t y)
{
    (void)x, (void)y;
    return true;
}

static bool
nowhere(uint32_t x, uint32_t y)
{
    (void)x, (void)y;
    return false;
}

static bool
left_top(uint32_t x, uint32_t y)
{
    return x < 4 && y < 8;
}

static bool
fan(uint32_t x, uint32_t y)
{
    return x + y + 1 < PX || y < x;
}

static void
check(struct kit *k, const struct setup *s, const char *what, where_fn where)
{
    const float *got = kit_read(k, &s->t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    for (uint32_t y = 0; y < PX; y++) {
        for (uint32_t x = 0; x < PX; x++) {
            if (where == fan && (x + y + 1 == PX || x == y)) {
                continue; /* on an edge */
            }
            REQUIRE(k, (got[(y * PX + x) * 4 + 1] == 2.0f) == where(x, y), "%s: pixel %u,%u", what, x, y);
        }
    }
}

/* ---- the fixed part of a pipeline and the commands against it ---- */

static const VkViewport part_viewport = {0, 0, 4, 8, 0, 1}, whole_viewport = {0, 0, PX, PX, 0, 1};
static const VkRect2D part_scissor = {{0, 0}, {4, 8}}, whole_scissor = {{0, 0}, {PX, PX}};
static const VkStencilOpState never = {VK_STENCIL_OP_KEEP, VK_STENCIL_OP_KEEP, VK_STENCIL_OP_KEEP, VK_COMPARE_OP_NEVER, 0xff, 0xff, 5};
static const VkStencilOpState equal = {VK_STENCIL_OP_KEEP, VK_STENCIL_OP_KEEP, VK_STENCIL_OP_KEEP, VK_COMPARE_OP_EQUAL, 0xff, 0xff, 9};

static void
fix_nothing(struct kit_graphics *g)
{
    (void)g;
}
static void
set_viewport(struct kit *k, VkCommandBuffer c)
{
    (void)k;
    vkCmdSetViewport(c, 0, 1, &part_viewport);
}
static void
set_scissor(struct kit *k, VkCommandBuffer c)
{
    (void)k;
    vkCmdSetScissor(c, 0, 1, &part_scissor);
}
static void
fix_counts(struct kit_graphics *g)
{
    g->viewport.viewportCount = g->viewport.scissorCount = 0;
}
static void
set_counts(struct kit *k, VkCommandBuffer c)
{
    k->vk.CmdSetViewportWithCount(c, 1, &whole_viewport);
    k->vk.CmdSetScissorWithCount(c, 1, &part_scissor);
}
static void
set_counts_viewport(struct kit *k, VkCommandBuffer c)
{
    k->vk.CmdSetViewportWithCount(c, 1, &part_viewport);
    k->vk.CmdSetScissorWithCount(c, 1, &whole_scissor);
}
static void
set_cull(struct kit *k, VkCommandBuffer c)
{
    k->vk.CmdSetCullMode(c, VK_CULL_MODE_FRONT_AND_BACK);
}
static void
fix_cull(struct kit_graphics *g)
{
    g->raster.cullMode = VK_CULL_MODE_BACK_BIT;
    g->raster.frontFace = VK_FRONT_FACE_CLOCKWISE;
}
static void
set_front(struct kit *k, VkCommandBuffer c)
{
    k->vk.CmdSetFrontFace(c, VK_FRONT_FACE_COUNTER_CLOCKWISE);
}
static void
set_topology(struct kit *k, VkCommandBuffer c)
{
    k->vk.CmdSetPrimitiveTopology(c, VK_PRIMITIVE_TOPOLOGY_TRIANGLE_FAN);
}
static void
fix_depth(struct kit_graphics *g)
{
    g->depth.depthTestEnable = g->depth.depthWriteEnable = VK_TRUE;
    g->depth.depthCompareOp = VK_COMPARE_OP_LESS;
}
static void
fix_depth_never(struct kit_graphics *g)
{
    g->depth.depthTestEnable = VK_TRUE;
    g->depth.depthCompareOp = VK_COMPARE_OP_NEVER;
}
static void
set_depth_op(struct kit *k, VkCommandBuffer c)
{
    k->vk.CmdSetDepthCompareOp(c, VK_COMPARE_OP_GREATER);
}
static void
set_depth_off(struct kit *k, VkCommandBuffer c)
{
    k->vk.CmdSetDepthTestEnable(c, VK_FALSE);
}
static void
fix_bounds(struct kit_graphics *g)
{
    g->depth.minDepthBounds = 0.8f;
    g->depth.maxDepthBounds = 1.0f;
}
static void
set_bounds_on(struct kit *k, VkCommandBuffer c)
{
    k->vk.CmdSetDepthBoundsTestEnable(c, VK_TRUE);
}
static void
fix_bounds_on(struct kit_graphics *g)
{
    g->depth.depthBoundsTestEnable = VK_TRUE;
    g->depth.maxDepthBounds = 0.1f;
}
static void
set_bounds(struct kit *k, VkCommandBuffer c)
{
    (void)k;
    vkCmdSetDepthBounds(c, 0.7f, 0.8f);
}
static void
fix_stencil_never(struct kit_graphics *g)
{
    g->depth.front = g->depth.back = never;
}
static void
set_stencil_on(struct kit *k, VkCommandBuffer c)
{
    k->vk.CmdSetStencilTestEnable(c, VK_TRUE);
}
static void
fix_stencil_on(struct kit_graphics *g)
{
    g->depth.stencilTestEnable = VK_TRUE;
    fix_stencil_never(g);
}
static void
set_stencil_op(struct kit *k, VkCommandBuffer c)
{
    k->vk.CmdSetStencilOp(c, VK_STENCIL_FACE_FRONT_AND_BACK, VK_STENCIL_OP_KEEP, VK_STENCIL_OP_KEEP, VK_STENCIL_OP_KEEP,
                          VK_COMPARE_OP_EQUAL);
}
static void
fix_stencil_equal(struct kit_graphics *g)
{
    g->depth.stencilTestEnable = VK_TRUE;
    g->depth.front = g->depth.back = equal;
}
static void
set_reference(struct kit *k, VkCommandBuffer c)
{
    (void)k;
    vkCmdSetStencilReference(c, VK_STENCIL_FACE_FRONT_AND_BACK, 5);
}
static void
set_compare_mask(struct kit *k, VkCommandBuffer c)
{
    (void)k;
    vkCmdSetStencilCompareMask(c, VK_STENCIL_FACE_FRONT_AND_BACK, 0xf3);
}
static void
set_discard(struct kit *k, VkCommandBuffer c)
{
    k->vk.CmdSetRasterizerDiscardEnable(c, VK_TRUE);
}
static void
fix_discard(struct kit_graphics *g)
{
    g->raster.rasterizerDiscardEnable = VK_TRUE;
}
static void
set_discard_off(struct kit *k, VkCommandBuffer c)
{
    k->vk.CmdSetRasterizerDiscardEnable(c, VK_FALSE);
}
static void
fix_bias(struct kit_graphics *g)
{
    fix_depth(g);
    g->raster.depthBiasConstantFactor = 1e8f;
}
static void
set_bias_on(struct kit *k, VkCommandBuffer c)
{
    k->vk.CmdSetDepthBiasEnable(c, VK_TRUE);
}
static void
fix_bias_on(struct kit_graphics *g)
{
    fix_depth(g);
    g->raster.depthBiasEnable = VK_TRUE;
}
static void
set_bias(struct kit *k, VkCommandBuffer c)
{
    (void)k;
    vkCmdSetDepthBias(c, 1e8f, 0, 0);
}

enum need { CORE, EDS, EDS2, BOUNDS };

static const struct state {
    const char *name;
    enum need need;
    uint32_t n;
    VkDynamicState dynamic[2];
    void (*fix)(struct kit_graphics *g);
    void (*set)(struct kit *k, VkCommandBuffer cmd);
    where_fn fixed, with; /* where the rectangle appears without and with the commands */
} states[] = {
    {"viewport", CORE, 1, {VK_DYNAMIC_STATE_VIEWPORT}, fix_nothing, set_viewport, everywhere, left_top},
    {"scissor", CORE, 1, {VK_DYNAMIC_STATE_SCISSOR}, fix_nothing, set_scissor, everywhere, left_top},
    {"depth bounds", BOUNDS, 1, {VK_DYNAMIC_STATE_DEPTH_BOUNDS}, fix_bounds_on, set_bounds, nowhere, everywhere},
    {"stencil reference", CORE, 1, {VK_DYNAMIC_STATE_STENCIL_REFERENCE}, fix_stencil_equal, set_reference, nowhere, everywhere},
    {"stencil compare mask", CORE, 1, {VK_DYNAMIC_STATE_STENCIL_COMPARE_MASK}, fix_stencil_equal, set_compare_mask, nowhere, everywhere},
    {"depth bias", CORE, 1, {VK_DYNAMIC_STATE_DEPTH_BIAS}, fix_bias_on, set_bias, everywhere, nowhere},
    {"scissor with count",
     EDS,
     2,
     {VK_DYNAMIC_STATE_VIEWPORT_WITH_COUNT, VK_DYNAMIC_STATE_SCISSOR_WITH_COUNT},
     fix_counts,
     set_counts,
     NULL,
     left_top},
    {"viewport with count",
     EDS,
     2,
     {VK_DYNAMIC_STATE_VIEWPORT_WITH_COUNT, VK_DYNAMIC_STATE_SCISSOR_WITH_COUNT},
     fix_counts,
     set_counts_viewport,
     NULL,
     left_top},
    {"cull mode", EDS, 1, {VK_DYNAMIC_STATE_CULL_MODE}, fix_nothing, set_cull, everywhere, nowhere},
    {"front face", EDS, 1, {VK_DYNAMIC_STATE_FRONT_FACE}, fix_cull, set_front, everywhere, nowhere},
    {"topology", EDS, 1, {VK_DYNAMIC_STATE_PRIMITIVE_TOPOLOGY}, fix_nothing, set_topology, everywhere, fan},
    {"depth compare op", EDS, 1, {VK_DYNAMIC_STATE_DEPTH_COMPARE_OP}, fix_depth, set_depth_op, everywhere, nowhere},
    {"depth test enable", EDS, 1, {VK_DYNAMIC_STATE_DEPTH_TEST_ENABLE}, fix_depth_never, set_depth_off, nowhere, everywhere},
    {"depth bounds test enable", EDS, 1, {VK_DYNAMIC_STATE_DEPTH_BOUNDS_TEST_ENABLE}, fix_bounds, set_bounds_on, everywhere, nowhere},
    {"stencil test enable", EDS, 1, {VK_DYNAMIC_STATE_STENCIL_TEST_ENABLE}, fix_stencil_never, set_stencil_on, everywhere, nowhere},
    {"stencil op", EDS, 1, {VK_DYNAMIC_STATE_STENCIL_OP}, fix_stencil_on, set_stencil_op, nowhere, everywhere},
    {"rasterizer discard", EDS2, 1, {VK_DYNAMIC_STATE_RASTERIZER_DISCARD_ENABLE}, fix_nothing, set_discard, everywhere, nowhere},
    {"no rasterizer discard", EDS2, 1, {VK_DYNAMIC_STATE_RASTERIZER_DISCARD_ENABLE}, fix_discard, set_discard_off, nowhere, everywhere},
    {"depth bias enable", EDS2, 1, {VK_DYNAMIC_STATE_DEPTH_BIAS_ENABLE}, fix_bias, set_bias_on, everywhere, nowhere},
};

static bool
offered(struct kit *k, enum need need, const struct state *s)
{
    const VkPhysicalDeviceExtendedDynamicStateFeaturesEXT *eds =
        kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTENDED_DYNAMIC_STATE_FEATURES_EXT);
    const VkPhysicalDeviceExtendedDynamicState2FeaturesEXT *eds2 =
        kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTENDED_DYNAMIC_STATE_2_FEATURES_EXT);
    const bool bounds = need == BOUNDS || s->fix == fix_bounds;
    return (need != EDS || eds->extendedDynamicState) && (need != EDS2 || eds2->extendedDynamicState2) &&
           (!bounds || k->features.depthBounds);
}

/* Each state alone: fixed; set before the bind; set after it; fixed again in the same pass. */
static void
case_each(struct kit *k)
{
    struct setup s;
    setup_init(k, &s);
    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        const struct state *st = &states[i];
        if (!offered(k, st->need, st)) {
            continue;
        }
        struct kit_graphics g;
        VkPipeline fixed = VK_NULL_HANDLE;
        kit_graphics_init(k, &g, &s.t, s.layout, KIT_CODE(pass_rect_vert), KIT_CODE(pass_color_frag));
        st->fix(&g);
        if (st->fixed) {
            g.info.stageCount = g.raster.rasterizerDiscardEnable ? 1 : 2; /* no fragments, no fragment shader */
            fixed = kit_graphics_create(k, &g);
            g.info.stageCount = 2;
        }
        for (uint32_t d = 0; d < st->n; d++) {
            kit_graphics_dynamic(&g, st->dynamic[d]);
        }
        const VkPipeline dynamic = kit_graphics_create(k, &g);
        for (int order = 0; order < 4; order++) {
            if (!st->fixed && order >= 2) {
                continue;
            }
            const VkCommandBuffer cmd = kit_begin(k);
            kit_target_begin(cmd, &s.t);
            switch (order) {
            case 0: /* set, bind */
                st->set(k, cmd);
                vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, dynamic);
                break;
            case 1: /* bind, set */
                vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, dynamic);
                st->set(k, cmd);
                break;
            case 2: /* the fixed state comes back with its pipeline */
                vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, dynamic);
                st->set(k, cmd);
                vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, fixed);
                break;
            default: /* even if it was bound before, and only commands came between */
                vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, fixed);
                st->set(k, cmd);
                vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, fixed);
                break;
            }
            draw(cmd, s.layout);
            vkCmdEndRenderPass(cmd);
            kit_submit(k, cmd);
            char what[80];
            snprintf(what, sizeof(what), "%s, order %d", st->name, order);
            check(k, &s, what, order < 2 ? st->with : st->fixed);
        }
    }
}

/* Set once, used by three pipelines that leave it dynamic. */
static void
case_persistence(struct kit *k)
{
    struct setup s;
    setup_init(k, &s);
    VkPipeline pipes[3];
    for (uint32_t i = 0; i < 3; i++) {
        struct kit_graphics g;
        kit_graphics_init(k, &g, &s.t, s.layout, KIT_CODE(pass_rect_vert), KIT_CODE(pass_color_frag));
        g.targets[0].colorWriteMask = 1u << i | 2;
        kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_SCISSOR);
        pipes[i] = kit_graphics_create(k, &g);
    }
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &s.t);
    vkCmdSetScissor(cmd, 0, 1, &part_scissor);
    for (uint32_t i = 0; i < 3; i++) {
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipes[i]);
        draw(cmd, s.layout);
    }
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    check(k, &s, "scissor over pipelines", left_top);
}

/* The stencil's dynamic masks and reference, each face on its own. */
static void
case_stencil_faces(struct kit *k)
{
    struct setup s;
    struct kit_graphics g;
    setup_init(k, &s);
    kit_graphics_init(k, &g, &s.t, s.layout, KIT_CODE(pass_rect_vert), KIT_CODE(pass_color_frag));
    g.depth.stencilTestEnable = VK_TRUE;
    g.depth.front = g.depth.back =
        (VkStencilOpState){VK_STENCIL_OP_KEEP, VK_STENCIL_OP_REPLACE, VK_STENCIL_OP_KEEP, VK_COMPARE_OP_ALWAYS, 0xff, 0, 0};
    kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_STENCIL_WRITE_MASK);
    kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_STENCIL_REFERENCE);
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &s.t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdSetStencilWriteMask(cmd, VK_STENCIL_FACE_FRONT_BIT, 0x00);
    vkCmdSetStencilWriteMask(cmd, VK_STENCIL_FACE_BACK_BIT, 0xf0); /* clockwise is back here */
    vkCmdSetStencilReference(cmd, VK_STENCIL_FACE_FRONT_BIT, 0x11);
    vkCmdSetStencilReference(cmd, VK_STENCIL_FACE_BACK_BIT, 0xaa);
    draw(cmd, s.layout);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    const uint8_t *got = kit_read(k, &s.t.depth, VK_IMAGE_ASPECT_STENCIL_BIT, 0, 0);
    CHECK(k, got[0] == 0xa5, "stencil %#x, not 0xa5", got[0]);
}

static void
case_depth_write(struct kit *k)
{
    SKIP_UNLESS(k, offered(k, EDS, &states[0]), "no extendedDynamicState");
    struct setup s;
    struct kit_graphics g;
    setup_init(k, &s);
    kit_graphics_init(k, &g, &s.t, s.layout, KIT_CODE(pass_rect_vert), KIT_CODE(pass_color_frag));
    fix_depth(&g);
    kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_DEPTH_WRITE_ENABLE);
    const VkPipeline pipe = kit_graphics_create(k, &g);
    for (uint32_t write = 0; write < 2; write++) {
        const VkCommandBuffer cmd = kit_begin(k);
        kit_target_begin(cmd, &s.t);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
        k->vk.CmdSetDepthWriteEnable(cmd, write);
        draw(cmd, s.layout);
        vkCmdEndRenderPass(cmd);
        kit_submit(k, cmd);
        const uint32_t *a = kit_read(k, &s.t.depth, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0);
        const uint32_t kept = s.t.depth_format == VK_FORMAT_D32_SFLOAT_S8_UINT ? 0x3f400000u : 0xbfffffu;
        const uint32_t v = s.t.depth_format == VK_FORMAT_D32_SFLOAT_S8_UINT ? a[0] : a[0] & 0xffffff;
        CHECK(k, (v == kept) == !write, "depth %#x with writes %s", v, write ? "on" : "off");
    }
}

/* vkCmdBindVertexBuffers2: sizes and strides; and the restart of primitives as dynamic state. */
static void
case_vertex_buffers(struct kit *k)
{
    const VkPhysicalDeviceExtendedDynamicState2FeaturesEXT *eds2 =
        kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTENDED_DYNAMIC_STATE_2_FEATURES_EXT);
    SKIP_UNLESS(k, offered(k, EDS, &states[0]), "no extendedDynamicState");
    static const struct {
        float x, y;
        uint32_t id, pad;
    } v[6] = {{0, 0, 1, 0}, {8, 0, 1, 0}, {0, 8, 1, 0}, {8, 8, 2, 0}, {16, 8, 2, 0}, {8, 16, 2, 0}};
    static const uint16_t index[7] = {0, 1, 2, 0xffff, 3, 4, 5};
    const VkFormat format = VK_FORMAT_R32_UINT;
    struct kit_target t;
    struct kit_graphics g;
    kit_target_init(k, &t, PX, PX, 1, 1, &format, VK_FORMAT_UNDEFINED);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, 32);
    const struct kit_buffer vb = kit_buffer(k, sizeof(v), v), ib = kit_buffer(k, sizeof(index), index);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(draw_vert), KIT_CODE(draw_frag));
    g.assembly.topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP;
    g.bindings[0] = (VkVertexInputBindingDescription){0, 4, VK_VERTEX_INPUT_RATE_VERTEX}; /* a wrong stride */
    g.attributes[0] = (VkVertexInputAttributeDescription){0, 0, VK_FORMAT_R32G32_SFLOAT, 0};
    g.attributes[1] = (VkVertexInputAttributeDescription){1, 0, VK_FORMAT_R32_UINT, 8};
    g.input.vertexBindingDescriptionCount = 1;
    g.input.vertexAttributeDescriptionCount = 2;
    g.assembly.primitiveRestartEnable = !eds2->extendedDynamicState2;
    kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_VERTEX_INPUT_BINDING_STRIDE);
    if (eds2->extendedDynamicState2) {
        kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_PRIMITIVE_RESTART_ENABLE);
    }
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const VkDeviceSize offset = 0, size = sizeof(v), stride = 16;
    const float push[4] = {2.0f / PX, 2.0f / PX, 0, 1};
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(push), push);
    k->vk.CmdBindVertexBuffers2(cmd, 0, 1, &vb.buffer, &offset, &size, &stride);
    if (eds2->extendedDynamicState2) {
        k->vk.CmdSetPrimitiveRestartEnable(cmd, VK_TRUE);
    }
    vkCmdBindIndexBuffer(cmd, ib.buffer, 0, VK_INDEX_TYPE_UINT16);
    vkCmdDrawIndexed(cmd, 7, 1, 0, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    const uint32_t *got = kit_read(k, &t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    for (uint32_t y = 0; y < PX; y++) {
        for (uint32_t x = 0; x < PX; x++) {
            if (x % 8 + y % 8 == 7) {
                continue; /* on the long edge */
            }
            const bool in = x % 8 + y % 8 < 7;
            const uint32_t want = x < 8 && y < 8 && in ? 1 : x >= 8 && y >= 8 && in ? 2 : 0;
            CHECK(k, got[y * PX + x] == want, "pixel %u,%u: %u, not %u", x, y, got[y * PX + x], want);
        }
    }
}

static const struct kit_case cases[] = {
    {"each", case_each},
    {"persistence", case_persistence},
    {"stencil_faces", case_stencil_faces},
    {"depth_write", case_depth_write},
    {"vertex_buffers", case_vertex_buffers},
};
KIT_MAIN(cases)
