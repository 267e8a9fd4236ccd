/* Commands that the device generates: all tokens, pipelines and shader objects from sets, counts in memory, streams that make no sense.
 * SPEC: VK_EXT_device_generated_commands. */
#include "kit.h"

#include "addr_vert.h"
#include "generated_comp.h"
#include "kit_color_frag.h"
#include "mesh_store_mesh.h"

#define USAGE (KIT_BUFFER_ANY | VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT)
#define W 16u
#define MANY 300u /* sequences: more than are recorded at once */
#define NOWHERE UINT64_C(0x1000)

static bool
offered(struct kit *k)
{
    const VkPhysicalDeviceDeviceGeneratedCommandsFeaturesEXT *f =
        kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DEVICE_GENERATED_COMMANDS_FEATURES_EXT);
    return f->deviceGeneratedCommands;
}
#define SKIP_UNLESS_OFFERED(k) SKIP_UNLESS(k, offered(k), "no VK_EXT_device_generated_commands")

static const VkIndirectCommandsExecutionSetTokenEXT pipelines = {VK_INDIRECT_EXECUTION_SET_INFO_TYPE_PIPELINES_EXT, VK_SHADER_STAGE_COMPUTE_BIT},
                                                    objects = {VK_INDIRECT_EXECUTION_SET_INFO_TYPE_SHADER_OBJECTS_EXT, VK_SHADER_STAGE_COMPUTE_BIT};

static VkIndirectCommandsLayoutTokenEXT
token(VkIndirectCommandsTokenTypeEXT type, uint32_t offset, const void *data)
{
    VkIndirectCommandsLayoutTokenEXT t = {.sType = VK_STRUCTURE_TYPE_INDIRECT_COMMANDS_LAYOUT_TOKEN_EXT, .type = type, .offset = offset};
    t.data.pPushConstant = data;
    return t;
}

static VkIndirectCommandsLayoutEXT
token_layout(struct kit *k, VkShaderStageFlags stages, uint32_t stride, VkPipelineLayout layout, uint32_t n, const VkIndirectCommandsLayoutTokenEXT *tokens)
{
    const VkIndirectCommandsLayoutCreateInfoEXT info = {.sType = VK_STRUCTURE_TYPE_INDIRECT_COMMANDS_LAYOUT_CREATE_INFO_EXT, .shaderStages = stages,
                                                        .indirectStride = stride, .pipelineLayout = layout, .tokenCount = n, .pTokens = tokens};
    VkIndirectCommandsLayoutEXT l;
    CHECK_VK(k, k->vk.CreateIndirectCommandsLayoutEXT(k->device, &info, NULL, &l));
    return l;
}

static VkGeneratedCommandsInfoEXT
generated(struct kit *k, VkShaderStageFlags stages, VkIndirectCommandsLayoutEXT layout, VkIndirectExecutionSetEXT set, const struct kit_buffer *stream,
          VkDeviceSize stream_B, uint32_t max)
{
    const VkGeneratedCommandsMemoryRequirementsInfoEXT want = {.sType = VK_STRUCTURE_TYPE_GENERATED_COMMANDS_MEMORY_REQUIREMENTS_INFO_EXT,
                                                               .indirectExecutionSet = set, .indirectCommandsLayout = layout, .maxSequenceCount = max,
                                                               .maxDrawCount = 4};
    VkMemoryRequirements2 r = {.sType = VK_STRUCTURE_TYPE_MEMORY_REQUIREMENTS_2};
    k->vk.GetGeneratedCommandsMemoryRequirementsEXT(k->device, &want, &r);
    VkGeneratedCommandsInfoEXT info = {.sType = VK_STRUCTURE_TYPE_GENERATED_COMMANDS_INFO_EXT, .shaderStages = stages, .indirectExecutionSet = set,
                                       .indirectCommandsLayout = layout, .indirectAddress = kit_address(k, stream->buffer), .indirectAddressSize = stream_B,
                                       .maxSequenceCount = max, .maxDrawCount = 4};
    if (r.memoryRequirements.size) {
        const struct kit_buffer b = kit_buffer_for(k, USAGE, r.memoryRequirements.size, NULL);
        info.preprocessAddress = kit_address(k, b.buffer);
        info.preprocessSize = r.memoryRequirements.size;
    }
    return info;
}

/* ---- dispatches ---- */

struct work {
    VkDescriptorSetLayout set_layout;
    VkPipelineLayout layout;
    VkDescriptorSet set;
    struct kit_buffer data;
};

static struct work
work_init(struct kit *k)
{
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    struct work w = {.set_layout = kit_set_layout_of(k, 1, &type), .data = kit_buffer_for(k, USAGE, MANY * 8, NULL)};
    w.layout = kit_layout(k, 1, &w.set_layout, 8);
    w.set = kit_set(k, w.set_layout);
    kit_write_buffer(k, w.set, 0, 0, type, w.data.buffer, 0, VK_WHOLE_SIZE);
    return w;
}

static VkPipeline
factor_pipeline(struct kit *k, const struct work *w, uint32_t factor)
{
    const VkSpecializationMapEntry entry = {0, 0, 4};
    const VkSpecializationInfo spec = {1, &entry, 4, &factor};
    return kit_compute(k, w->layout, KIT_CODE(generated_comp), &spec);
}

/* Sequences: which entry of the set, a value, the number of workgroups. */
struct sequence {
    uint32_t entry, value, groups[3], pad;
};

static VkIndirectCommandsLayoutEXT
dispatch_layout(struct kit *k, const struct work *w, const VkIndirectCommandsExecutionSetTokenEXT *set)
{
    static const VkIndirectCommandsPushConstantTokenEXT value = {{VK_SHADER_STAGE_ALL, 0, 4}}, number = {{VK_SHADER_STAGE_ALL, 4, 4}};
    const VkIndirectCommandsLayoutTokenEXT tokens[4] = {token(VK_INDIRECT_COMMANDS_TOKEN_TYPE_EXECUTION_SET_EXT, 0, set),
                                                        token(VK_INDIRECT_COMMANDS_TOKEN_TYPE_PUSH_CONSTANT_EXT, 4, &value),
                                                        token(VK_INDIRECT_COMMANDS_TOKEN_TYPE_SEQUENCE_INDEX_EXT, 0, &number),
                                                        token(VK_INDIRECT_COMMANDS_TOKEN_TYPE_DISPATCH_EXT, 8, NULL)};
    const uint32_t skip = !set;
    return token_layout(k, VK_SHADER_STAGE_COMPUTE_BIT, sizeof(struct sequence), w->layout, 4 - skip, tokens + skip);
}

static struct kit_buffer
sequences(struct kit *k)
{
    static struct sequence s[MANY];
    for (uint32_t i = 0; i < MANY; i++) {
        s[i] = (struct sequence){.entry = i % 3 == 0 ? 2 : 0, .value = i * 5, .groups = {i % 4 ? 2 : 1, i % 7 ? 1 : 0, 1}};
    }
    return kit_buffer_for(k, USAGE, sizeof(s), s);
}

static void
check_work(struct kit *k, const char *what, const uint32_t *got, uint32_t n, const uint32_t factor[3], uint32_t times)
{
    for (uint32_t i = 0; i < MANY; i++) {
        for (uint32_t g = 0; g < 2; g++) {
            const bool runs = i < n && i % 7 && (g == 0 || i % 4);
            const uint32_t want = runs ? times * (i * 5 * factor[i % 3 == 0 ? 2 : 0] + 1) : 0;
            REQUIRE(k, got[i * 2 + g] == want, "%s: sequence %u, group %u: %u, not %u", what, i, g, got[i * 2 + g], want);
        }
    }
}

static void
run(struct kit *k, const struct work *w, VkPipeline first, const VkGeneratedCommandsInfoEXT *info, bool explicit)
{
    memset(w->data.data, 0, MANY * 8);
    const VkCommandBuffer state = kit_begin(k);
    vkCmdBindPipeline(state, VK_PIPELINE_BIND_POINT_COMPUTE, first);
    vkCmdBindDescriptorSets(state, VK_PIPELINE_BIND_POINT_COMPUTE, w->layout, 0, 1, &w->set, 0, NULL);
    if (explicit) {
        k->vk.CmdPreprocessGeneratedCommandsEXT(state, info, state);
        kit_barrier(state);
    }
    k->vk.CmdExecuteGeneratedCommandsEXT(state, explicit, info);
    kit_barrier(state);
    vkCmdBindPipeline(state, VK_PIPELINE_BIND_POINT_COMPUTE, first); /* what goes on after */
    k->vk.CmdExecuteGeneratedCommandsEXT(state, explicit, info);
    kit_barrier(state);
    kit_submit(k, state);
}

static void
case_dispatches(struct kit *k)
{
    SKIP_UNLESS_OFFERED(k);
    const struct work w = work_init(k);
    const uint32_t one[3] = {1, 1, 1}, factors[3] = {1, 2, 1000}, counts[4] = {0, 10, MANY + 50, 0};
    const VkPipeline p[2] = {factor_pipeline(k, &w, 1), factor_pipeline(k, &w, 1000)};
    const struct kit_buffer stream = sequences(k), count = kit_buffer_for(k, USAGE, sizeof(counts), counts);
    VkGeneratedCommandsInfoEXT info = generated(k, VK_SHADER_STAGE_COMPUTE_BIT, dispatch_layout(k, &w, NULL), VK_NULL_HANDLE, &stream,
                                                MANY * sizeof(struct sequence), MANY);
    const VkGeneratedCommandsPipelineInfoEXT named = {.sType = VK_STRUCTURE_TYPE_GENERATED_COMMANDS_PIPELINE_INFO_EXT, .pipeline = p[0]};
    info.pNext = &named;
    run(k, &w, p[0], &info, false);
    check_work(k, "one pipeline", w.data.data, MANY, one, 2);
    info.pNext = NULL;

    const VkIndirectExecutionSetPipelineInfoEXT of = {.sType = VK_STRUCTURE_TYPE_INDIRECT_EXECUTION_SET_PIPELINE_INFO_EXT, .initialPipeline = p[0],
                                                      .maxPipelineCount = 4};
    VkIndirectExecutionSetCreateInfoEXT set_info = {.sType = VK_STRUCTURE_TYPE_INDIRECT_EXECUTION_SET_CREATE_INFO_EXT,
                                                    .type = VK_INDIRECT_EXECUTION_SET_INFO_TYPE_PIPELINES_EXT};
    set_info.info.pPipelineInfo = &of;
    VkIndirectExecutionSetEXT set;
    CHECK_VK(k, k->vk.CreateIndirectExecutionSetEXT(k->device, &set_info, NULL, &set));
    const VkWriteIndirectExecutionSetPipelineEXT write = {.sType = VK_STRUCTURE_TYPE_WRITE_INDIRECT_EXECUTION_SET_PIPELINE_EXT, .index = 2, .pipeline = p[1]};
    k->vk.UpdateIndirectExecutionSetPipelineEXT(k->device, set, 1, &write);
    info.indirectExecutionSet = set;
    info.indirectCommandsLayout = dispatch_layout(k, &w, &pipelines);
    run(k, &w, p[0], &info, true);
    check_work(k, "a set", w.data.data, MANY, factors, 2);
    for (uint32_t i = 0; i < 3; i++) { /* a count in memory limits, but never raises */
        info.sequenceCountAddress = kit_address(k, count.buffer) + i * 4;
        run(k, &w, p[0], &info, false);
        check_work(k, "a count", w.data.data, counts[i] < MANY ? counts[i] : MANY, factors, 2);
    }
    k->vk.DestroyIndirectExecutionSetEXT(k->device, set, NULL);
    k->vk.DestroyIndirectExecutionSetEXT(k->device, VK_NULL_HANDLE, NULL);
    k->vk.DestroyIndirectCommandsLayoutEXT(k->device, info.indirectCommandsLayout, NULL);
    k->vk.DestroyIndirectCommandsLayoutEXT(k->device, VK_NULL_HANDLE, NULL);
}

static void
case_objects(struct kit *k)
{
    SKIP_UNLESS_OFFERED(k);
    SKIP_UNLESS(k, kit_has(k, "VK_EXT_shader_object"), "no shader objects");
    const struct work w = work_init(k);
    const uint32_t factors[3] = {1, 2, 1000};
    const VkPushConstantRange push = {VK_SHADER_STAGE_ALL, 0, 8};
    VkShaderEXT shader[3];
    for (uint32_t i = 0; i < 3; i++) {
        const VkSpecializationMapEntry entry = {0, 0, 4};
        const VkSpecializationInfo spec = {1, &entry, 4, &factors[i]};
        const VkShaderCreateInfoEXT info = {.sType = VK_STRUCTURE_TYPE_SHADER_CREATE_INFO_EXT, .flags = VK_SHADER_CREATE_INDIRECT_BINDABLE_BIT_EXT,
                                            .stage = VK_SHADER_STAGE_COMPUTE_BIT, .codeType = VK_SHADER_CODE_TYPE_SPIRV_EXT, .codeSize = sizeof(generated_comp),
                                            .pCode = generated_comp, .pName = "main", .setLayoutCount = 1, .pSetLayouts = &w.set_layout,
                                            .pushConstantRangeCount = 1, .pPushConstantRanges = &push, .pSpecializationInfo = &spec};
        CHECK_VK(k, k->vk.CreateShadersEXT(k->device, 1, &info, NULL, &shader[i]));
    }
    const VkIndirectExecutionSetShaderLayoutInfoEXT layouts = {.sType = VK_STRUCTURE_TYPE_INDIRECT_EXECUTION_SET_SHADER_LAYOUT_INFO_EXT, .setLayoutCount = 1,
                                                               .pSetLayouts = &w.set_layout};
    const VkIndirectExecutionSetShaderInfoEXT of = {.sType = VK_STRUCTURE_TYPE_INDIRECT_EXECUTION_SET_SHADER_INFO_EXT, .shaderCount = 1, .pInitialShaders = shader,
                                                    .pSetLayoutInfos = &layouts, .maxShaderCount = 3, .pushConstantRangeCount = 1, .pPushConstantRanges = &push};
    VkIndirectExecutionSetCreateInfoEXT set_info = {.sType = VK_STRUCTURE_TYPE_INDIRECT_EXECUTION_SET_CREATE_INFO_EXT,
                                                    .type = VK_INDIRECT_EXECUTION_SET_INFO_TYPE_SHADER_OBJECTS_EXT};
    set_info.info.pShaderInfo = &of;
    VkIndirectExecutionSetEXT set;
    CHECK_VK(k, k->vk.CreateIndirectExecutionSetEXT(k->device, &set_info, NULL, &set));
    const VkWriteIndirectExecutionSetShaderEXT writes[2] = {
        {.sType = VK_STRUCTURE_TYPE_WRITE_INDIRECT_EXECUTION_SET_SHADER_EXT, .index = 1, .shader = shader[1]},
        {.sType = VK_STRUCTURE_TYPE_WRITE_INDIRECT_EXECUTION_SET_SHADER_EXT, .index = 2, .shader = shader[2]}};
    k->vk.UpdateIndirectExecutionSetShaderEXT(k->device, set, 2, writes);
    const struct kit_buffer stream = sequences(k);
    const VkGeneratedCommandsInfoEXT info = generated(k, VK_SHADER_STAGE_COMPUTE_BIT, dispatch_layout(k, &w, &objects), set, &stream,
                                                      MANY * sizeof(struct sequence), MANY);
    const VkCommandBuffer cmd = kit_begin(k);
    const VkShaderStageFlagBits stage = VK_SHADER_STAGE_COMPUTE_BIT;
    k->vk.CmdBindShadersEXT(cmd, 1, &stage, &shader[0]);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, w.layout, 0, 1, &w.set, 0, NULL);
    k->vk.CmdExecuteGeneratedCommandsEXT(cmd, VK_FALSE, &info);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    check_work(k, "objects", w.data.data, MANY, factors, 1);
    k->vk.DestroyIndirectExecutionSetEXT(k->device, set, NULL);
    for (uint32_t i = 0; i < 3; i++) {
        k->vk.DestroyShaderEXT(k->device, shader[i], NULL);
    }
}

/* ---- draws ---- */

enum kind { DRAW, DRAW_COUNT, INDEXED, INDEXED_DXGI, INDEXED_COUNT, KINDS };

/* Each sequence has vertices and a colour of its own: a quarter of the picture. */
static void
case_draws(struct kit *k)
{
    SKIP_UNLESS_OFFERED(k);
    float corners[4][6][2];
    for (uint32_t q = 0; q < 4; q++) {
        static const float unit[6][2] = {{0, 0}, {1, 0}, {1, 1}, {1, 1}, {0, 1}, {0, 0}};
        for (uint32_t i = 0; i < 6; i++) {
            corners[q][i][0] = unit[i][0] - (float)(q % 2);
            corners[q][i][1] = unit[i][1] - (float)(q / 2);
        }
    }
    static const uint16_t indices[8] = {77, 77, 0, 1, 2, 3, 4, 5};
    const VkDrawIndirectCommand many[2] = {{3, 1, 0, 0}, {3, 1, 3, 0}};
    const VkDrawIndexedIndirectCommand many_indexed[2] = {{3, 1, 0, 0, 0}, {3, 1, 3, 0, 0}};
    const struct kit_buffer vertices = kit_buffer_for(k, USAGE, sizeof(corners), corners), index = kit_buffer_for(k, USAGE, sizeof(indices), indices),
                            args = kit_buffer_for(k, USAGE, sizeof(many), many), args_indexed = kit_buffer_for(k, USAGE, sizeof(many_indexed), many_indexed);
    struct kit_target t;
    struct kit_graphics g;
    kit_target_rgba(k, &t, W, W);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, 16);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(addr_vert), KIT_CODE(kit_color_frag));
    kit_graphics_vertices(&g, VK_FORMAT_R32G32_SFLOAT, 8);
    kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_VERTEX_INPUT_BINDING_STRIDE);
    const VkPipeline pipe = kit_graphics_create(k, &g);
    for (enum kind kind = DRAW; kind < KINDS; kind++) {
        struct {
            float color[4];
            VkBindVertexBufferIndirectCommandEXT vertices;
            VkBindIndexBufferIndirectCommandEXT indices;
            union {
                VkDrawIndirectCommand draw;
                VkDrawIndexedIndirectCommand indexed;
                VkDrawIndirectCountIndirectCommandEXT count;
            };
        } s[4];
        memset(s, 0, sizeof(s));
        for (uint32_t q = 0; q < 4; q++) {
            s[q].color[0] = (float)(q + 1) / 255;
            s[q].color[3] = 1;
            s[q].vertices = (VkBindVertexBufferIndirectCommandEXT){kit_address(k, vertices.buffer) + q * sizeof(corners[0]), sizeof(corners[0]), 8};
            s[q].indices = (VkBindIndexBufferIndirectCommandEXT){kit_address(k, index.buffer) + 4, 12, kind == INDEXED_DXGI ? 57 /* R16_UINT */ : VK_INDEX_TYPE_UINT16};
            if (kind == DRAW) {
                s[q].draw = (VkDrawIndirectCommand){6, 1, 0, 0};
            } else if (kind == DRAW_COUNT) {
                s[q].count = (VkDrawIndirectCountIndirectCommandEXT){kit_address(k, args.buffer), sizeof(many[0]), 2};
            } else if (kind == INDEXED_COUNT) {
                s[q].count = (VkDrawIndirectCountIndirectCommandEXT){kit_address(k, args_indexed.buffer), sizeof(many_indexed[0]), 2};
            } else {
                s[q].indexed = (VkDrawIndexedIndirectCommand){6, 1, 0, 0, 0};
            }
        }
        static const VkIndirectCommandsTokenTypeEXT types[KINDS] = {
            VK_INDIRECT_COMMANDS_TOKEN_TYPE_DRAW_EXT,         VK_INDIRECT_COMMANDS_TOKEN_TYPE_DRAW_COUNT_EXT,
            VK_INDIRECT_COMMANDS_TOKEN_TYPE_DRAW_INDEXED_EXT, VK_INDIRECT_COMMANDS_TOKEN_TYPE_DRAW_INDEXED_EXT,
            VK_INDIRECT_COMMANDS_TOKEN_TYPE_DRAW_INDEXED_COUNT_EXT};
        const VkIndirectCommandsPushConstantTokenEXT color = {{VK_SHADER_STAGE_ALL, 0, 16}};
        const VkIndirectCommandsVertexBufferTokenEXT binding = {0};
        const VkIndirectCommandsIndexBufferTokenEXT mode = {kind == INDEXED_DXGI ? VK_INDIRECT_COMMANDS_INPUT_MODE_DXGI_INDEX_BUFFER_EXT
                                                                                 : VK_INDIRECT_COMMANDS_INPUT_MODE_VULKAN_INDEX_BUFFER_EXT};
        VkIndirectCommandsLayoutTokenEXT tokens[4];
        uint32_t n = 0;
        tokens[n++] = token(VK_INDIRECT_COMMANDS_TOKEN_TYPE_PUSH_CONSTANT_EXT, 0, &color);
        tokens[n++] = token(VK_INDIRECT_COMMANDS_TOKEN_TYPE_VERTEX_BUFFER_EXT, 16, &binding);
        if (kind >= INDEXED) {
            tokens[n++] = token(VK_INDIRECT_COMMANDS_TOKEN_TYPE_INDEX_BUFFER_EXT, 32, &mode);
        }
        tokens[n++] = token(types[kind], 48, NULL);
        const VkIndirectCommandsLayoutEXT l = token_layout(k, VK_SHADER_STAGE_VERTEX_BIT | VK_SHADER_STAGE_FRAGMENT_BIT, sizeof(s[0]), layout, n, tokens);
        const struct kit_buffer stream = kit_buffer_for(k, USAGE, sizeof(s), s);
        const VkGeneratedCommandsPipelineInfoEXT named = {.sType = VK_STRUCTURE_TYPE_GENERATED_COMMANDS_PIPELINE_INFO_EXT, .pipeline = pipe};
        VkGeneratedCommandsInfoEXT info = generated(k, VK_SHADER_STAGE_VERTEX_BIT | VK_SHADER_STAGE_FRAGMENT_BIT, l, VK_NULL_HANDLE, &stream, sizeof(s), 4);
        info.pNext = &named;
        const VkQueryPool pool = kit_queries(k, VK_QUERY_TYPE_OCCLUSION, 1, 0);
        const VkCommandBuffer cmd = kit_begin(k);
        vkCmdResetQueryPool(cmd, pool, 0, 1);
        kit_target_begin(cmd, &t);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
        vkCmdBeginQuery(cmd, pool, 0, VK_QUERY_CONTROL_PRECISE_BIT);
        k->vk.CmdExecuteGeneratedCommandsEXT(cmd, VK_FALSE, &info);
        vkCmdEndQuery(cmd, pool, 0);
        /* One more draw as ever, over half of the last quarter. */
        const float white[4] = {1, 1, 1, 1};
        const VkDeviceSize stride = 8;
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
        k->vk.CmdBindVertexBuffers2(cmd, 0, 1, &vertices.buffer, &(VkDeviceSize){3 * sizeof(corners[0])}, NULL, &stride);
        vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, 16, white);
        vkCmdDraw(cmd, 3, 1, 0, 0);
        vkCmdEndRenderPass(cmd);
        kit_barrier(cmd);
        kit_submit(k, cmd);
        uint64_t passed = 0;
        CHECK_VK(k, vkGetQueryPoolResults(k->device, pool, 0, 1, sizeof(passed), &passed, sizeof(passed), VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT));
        CHECK(k, passed == W * W, "way %d: %llu samples passed", (int)kind, (unsigned long long)passed);
        const uint8_t *got = kit_read(k, &t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
        for (uint32_t y = 0; y < W; y++) {
            for (uint32_t x = 0; x < W; x++) {
                const uint32_t q = (x < W / 2) + 2 * (y < W / 2), red = got[(y * W + x) * 4];
                REQUIRE(k, red == q + 1 || (q == 3 && red == 255), "way %d: (%u, %u): %u", (int)kind, x, y, red);
            }
        }
        CHECK(k, got[(1 * W + 6) * 4] == 255 && got[(6 * W + 1) * 4] == 4, "way %d: what is drawn after", (int)kind);
    }
}

/* By mesh shaders, which count; the same by commands with addresses. */
static void
case_meshes(struct kit *k)
{
    SKIP_UNLESS_OFFERED(k);
    const VkPhysicalDeviceMeshShaderFeaturesEXT *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MESH_SHADER_FEATURES_EXT);
    SKIP_UNLESS(k, f->meshShader, "no mesh shaders");
    static const uint32_t groups[4][4] = {{2, 1, 1, 0}, {1, 3, 1, 0}, {0, 7, 7, 0}, {1, 1, 2, 0}};
    const uint32_t count = 3;
    struct kit_target t;
    struct kit_graphics g;
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 16);
    const VkDescriptorSet set = kit_set(k, sl);
    const struct kit_buffer out = kit_buffer_for(k, USAGE, 12, NULL), args = kit_buffer_for(k, USAGE, sizeof(groups), groups),
                            counts = kit_buffer_for(k, USAGE, 4, &count);
    kit_write_buffer(k, set, 0, 0, type, out.buffer, 0, VK_WHOLE_SIZE);
    kit_target_rgba(k, &t, W, W);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(mesh_store_mesh), KIT_CODE(kit_color_frag));
    g.stages[0].stage = VK_SHADER_STAGE_MESH_BIT_EXT;
    g.info.pVertexInputState = NULL;
    g.info.pInputAssemblyState = NULL;
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const VkDrawIndirectCountIndirectCommandEXT many[2] = {{kit_address(k, args.buffer), 16, 2}, {kit_address(k, args.buffer) + 32, 16, 2}};
    const struct kit_buffer stream = kit_buffer_for(k, USAGE, sizeof(many), many);
    const VkShaderStageFlags stages = VK_SHADER_STAGE_MESH_BIT_EXT | VK_SHADER_STAGE_FRAGMENT_BIT;
    for (uint32_t way = 0; way < 4; way++) {
        const VkIndirectCommandsLayoutTokenEXT tok = token(way ? VK_INDIRECT_COMMANDS_TOKEN_TYPE_DRAW_MESH_TASKS_COUNT_EXT : VK_INDIRECT_COMMANDS_TOKEN_TYPE_DRAW_MESH_TASKS_EXT,
                                                           0, NULL);
        const VkIndirectCommandsLayoutEXT l = token_layout(k, stages, 16, layout, 1, &tok);
        const VkGeneratedCommandsPipelineInfoEXT named = {.sType = VK_STRUCTURE_TYPE_GENERATED_COMMANDS_PIPELINE_INFO_EXT, .pipeline = pipe};
        VkGeneratedCommandsInfoEXT info = generated(k, stages, l, VK_NULL_HANDLE, way ? &stream : &args, way ? sizeof(many) : sizeof(groups), way ? 2 : 4);
        info.pNext = &named;
        const VkDrawIndirect2InfoKHR draw = {.sType = VK_STRUCTURE_TYPE_DRAW_INDIRECT_2_INFO_KHR, .addressRange = {kit_address(k, args.buffer), 64, 16},
                                             .drawCount = 4};
        const VkDrawIndirectCount2InfoKHR draw_count = {.sType = VK_STRUCTURE_TYPE_DRAW_INDIRECT_COUNT_2_INFO_KHR, .addressRange = draw.addressRange,
                                                        .countAddressRange = {kit_address(k, counts.buffer), 4}, .maxDrawCount = 4};
        memset(out.data, 0, 12);
        const VkCommandBuffer cmd = kit_begin(k);
        kit_target_begin(cmd, &t);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
        vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, layout, 0, 1, &set, 0, NULL);
        if (way < 2) {
            k->vk.CmdExecuteGeneratedCommandsEXT(cmd, VK_FALSE, &info);
        } else if (way == 2) {
            k->vk.CmdDrawMeshTasksIndirect2EXT(cmd, &draw);
        } else {
            k->vk.CmdDrawMeshTasksIndirectCount2EXT(cmd, &draw_count);
        }
        vkCmdEndRenderPass(cmd);
        kit_barrier(cmd);
        kit_submit(k, cmd);
        const uint32_t *got = out.data, n = way == 3 ? 5 : 7, sum = 18 * (1 + 10 + 20 + (way == 3 ? 0 : 100));
        CHECK(k, got[0] == n * 18 && got[1] == 3 && got[2] == sum, "way %u: %u invocations, %u workgroups, sum %u", way, got[0], got[1], got[2]);
    }
    if (kit_has(k, "VK_KHR_pipeline_executable_properties")) {
        const VkPipelineInfoKHR info = {.sType = VK_STRUCTURE_TYPE_PIPELINE_INFO_KHR, .pipeline = pipe};
        VkPipelineExecutablePropertiesKHR props[3] = {{.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_PROPERTIES_KHR},
                                                      {.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_PROPERTIES_KHR},
                                                      {.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_PROPERTIES_KHR}};
        uint32_t n = 3;
        CHECK_VK(k, k->vk.GetPipelineExecutablePropertiesKHR(k->device, &info, &n, props));
        CHECK(k, n == 2 && (props[0].stages | props[1].stages) == stages, "%u stages", n);
    }
}

/* ---- what makes no sense does nothing ---- */

static void
case_nowhere(struct kit *k)
{
    SKIP_UNLESS_OFFERED(k);
    SKIP_UNLESS(k, kit_ours(k) && !kit_under_validation(k), "misuse");
    const struct work w = work_init(k);
    const VkPipeline p = factor_pipeline(k, &w, 1);
    const VkIndirectExecutionSetPipelineInfoEXT of = {.sType = VK_STRUCTURE_TYPE_INDIRECT_EXECUTION_SET_PIPELINE_INFO_EXT, .initialPipeline = p,
                                                      .maxPipelineCount = 3};
    VkIndirectExecutionSetCreateInfoEXT set_info = {.sType = VK_STRUCTURE_TYPE_INDIRECT_EXECUTION_SET_CREATE_INFO_EXT,
                                                    .type = VK_INDIRECT_EXECUTION_SET_INFO_TYPE_PIPELINES_EXT};
    set_info.info.pPipelineInfo = &of;
    VkIndirectExecutionSetEXT set;
    CHECK_VK(k, k->vk.CreateIndirectExecutionSetEXT(k->device, &set_info, NULL, &set));
    const VkWriteIndirectExecutionSetPipelineEXT write = {.sType = VK_STRUCTURE_TYPE_WRITE_INDIRECT_EXECUTION_SET_PIPELINE_EXT, .index = 99, .pipeline = p};
    k->vk.UpdateIndirectExecutionSetPipelineEXT(k->device, set, 1, &write);
    /* Entries that nobody wrote, and that are none; the last one is good. */
    const struct sequence s[5] = {{.entry = 1, .groups = {1, 1, 1}}, {.entry = 3, .groups = {1, 1, 1}}, {.entry = UINT32_MAX, .groups = {1, 1, 1}},
                                  {.entry = 2, .groups = {1, 1, 1}}, {.entry = 0, .value = 6, .groups = {1, 1, 1}}};
    const struct kit_buffer stream = kit_buffer_for(k, USAGE, sizeof(s), s);
    const VkIndirectCommandsLayoutEXT l = dispatch_layout(k, &w, &pipelines), wrong = dispatch_layout(k, &w, &objects);
    VkGeneratedCommandsInfoEXT info = generated(k, VK_SHADER_STAGE_COMPUTE_BIT, l, set, &stream, sizeof(s), UINT32_MAX), bad = info;
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, p);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, w.layout, 0, 1, &w.set, 0, NULL);
    k->vk.CmdExecuteGeneratedCommandsEXT(cmd, VK_FALSE, &info); /* ends with the stream */
    static const VkDeviceAddress nowhere[] = {0, 1, NOWHERE, UINT64_MAX, UINT64_MAX - 15, UINT64_C(1) << 63};
    for (size_t i = 0; i < ARRAY_LEN(nowhere); i++) {
        bad = info;
        bad.indirectAddress = nowhere[i];
        k->vk.CmdExecuteGeneratedCommandsEXT(cmd, VK_FALSE, &bad);
        bad = info;
        bad.sequenceCountAddress = nowhere[i] ? nowhere[i] : 1;
        k->vk.CmdExecuteGeneratedCommandsEXT(cmd, VK_FALSE, &bad);
    }
    bad = info;
    bad.indirectExecutionSet = VK_NULL_HANDLE;
    k->vk.CmdExecuteGeneratedCommandsEXT(cmd, VK_FALSE, &bad);
    bad = info;
    bad.indirectCommandsLayout = wrong; /* expects shader objects */
    k->vk.CmdExecuteGeneratedCommandsEXT(cmd, VK_FALSE, &bad);
    bad = info;
    bad.indirectAddressSize = 4 * sizeof(s[0]); /* before the good one */
    k->vk.CmdExecuteGeneratedCommandsEXT(cmd, VK_FALSE, &bad);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    const uint32_t *got = w.data.data;
    for (uint32_t i = 0; i < MANY * 2; i++) {
        REQUIRE(k, got[i] == (i == 8 ? 7 : 0), "word %u: %u", i, got[i]);
    }
    /* Draws with buffers that are nowhere draw nothing that can be seen. */
    const struct {
        VkBindVertexBufferIndirectCommandEXT vertices;
        VkBindIndexBufferIndirectCommandEXT indices;
        VkDrawIndirectCountIndirectCommandEXT count;
    } d[3] = {{{NOWHERE, 64, 8}, {NOWHERE, 64, 99}, {NOWHERE, 20, 1000000}}, {{UINT64_MAX, UINT32_MAX, UINT32_MAX}, {UINT64_MAX, UINT32_MAX, 7}, {UINT64_MAX, 0, 5}},
              {{0, 0, 0}, {0, 0, 0}, {0, 0, UINT32_MAX}}};
    const struct kit_buffer draws = kit_buffer_for(k, USAGE, sizeof(d), d);
    const VkIndirectCommandsVertexBufferTokenEXT binding = {0}, far = {UINT32_MAX};
    const VkIndirectCommandsIndexBufferTokenEXT mode = {VK_INDIRECT_COMMANDS_INPUT_MODE_DXGI_INDEX_BUFFER_EXT};
    const VkIndirectCommandsLayoutTokenEXT tokens[4] = {token(VK_INDIRECT_COMMANDS_TOKEN_TYPE_VERTEX_BUFFER_EXT, 0, &binding),
                                                        token(VK_INDIRECT_COMMANDS_TOKEN_TYPE_VERTEX_BUFFER_EXT, 0, &far),
                                                        token(VK_INDIRECT_COMMANDS_TOKEN_TYPE_INDEX_BUFFER_EXT, 16, &mode),
                                                        token(VK_INDIRECT_COMMANDS_TOKEN_TYPE_DRAW_INDEXED_COUNT_EXT, 32, NULL)};
    struct kit_target t;
    struct kit_graphics g;
    kit_target_rgba(k, &t, W, W);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, 16);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(addr_vert), KIT_CODE(kit_color_frag));
    kit_graphics_vertices(&g, VK_FORMAT_R32G32_SFLOAT, 8);
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const VkIndirectCommandsLayoutEXT dl = token_layout(k, VK_SHADER_STAGE_VERTEX_BIT, sizeof(d[0]), layout, 4, tokens);
    const VkGeneratedCommandsInfoEXT draw_info = generated(k, VK_SHADER_STAGE_VERTEX_BIT, dl, VK_NULL_HANDLE, &draws, sizeof(d), 3);
    const VkCommandBuffer cmd2 = kit_begin(k);
    kit_target_begin(cmd2, &t);
    vkCmdBindPipeline(cmd2, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    k->vk.CmdExecuteGeneratedCommandsEXT(cmd2, VK_FALSE, &draw_info);
    vkCmdEndRenderPass(cmd2);
    kit_submit(k, cmd2);
    k->vk.DestroyIndirectExecutionSetEXT(k->device, set, NULL);
}

static const struct kit_case cases[] = {
    {"dispatches", case_dispatches}, {"objects", case_objects}, {"draws", case_draws}, {"meshes", case_meshes}, {"nowhere", case_nowhere},
};
KIT_MAIN(cases)
