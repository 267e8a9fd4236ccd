/* Tessellation and geometry shaders in every form that shaders come in: pipelines, libraries, pipeline binaries, shader objects alone, linked, and
 * from their binaries. The picture is known, and it is the same for all of them. Mesh shaders where test_client_mesh.c has not been before.
 * SPEC: pipelines-graphics-subsets, pipelines-binaries, pipelines-executables, shaders-objects. */
#include "kit.h"

#include "parts_frag.h"
#include "parts_mesh.h"
#include "parts_quad_geom.h"
#include "parts_task.h"
#include "parts_tesc.h"
#include "parts_tese.h"
#include "parts_triangle_geom.h"
#include "parts_vert.h"

#define PX 64
#define GRAPHICS VK_PIPELINE_BIND_POINT_GRAPHICS
#define STAGES 7

static const VkShaderStageFlagBits order[STAGES] = {VK_SHADER_STAGE_VERTEX_BIT, VK_SHADER_STAGE_TESSELLATION_CONTROL_BIT,
                                                    VK_SHADER_STAGE_TESSELLATION_EVALUATION_BIT, VK_SHADER_STAGE_GEOMETRY_BIT,
                                                    VK_SHADER_STAGE_TASK_BIT_EXT, VK_SHADER_STAGE_MESH_BIT_EXT, VK_SHADER_STAGE_FRAGMENT_BIT};

struct scene {
    struct kit_target t;
    struct kit_graphics g;
    VkPipelineLayout layout;
    bool tess, geom, mesh;
    const uint32_t *code[STAGES]; /* NULL: no such stage */
    size_t code_B[STAGES];
    const char *name;
};

static void
use(struct kit *k, struct scene *s, uint32_t stage, const uint32_t *code, size_t code_B)
{
    s->code[stage] = code;
    s->code_B[stage] = code_B;
    if (order[stage] != VK_SHADER_STAGE_VERTEX_BIT && order[stage] != VK_SHADER_STAGE_FRAGMENT_BIT) {
        kit_graphics_stage(k, &s->g, order[stage], code, code_B);
    }
}

static void
scene_init(struct kit *k, struct scene *s, bool tess, bool geom, bool mesh)
{
    memset(s, 0, sizeof(*s));
    s->tess = tess;
    s->geom = geom;
    s->mesh = mesh;
    s->name = mesh ? "mesh" : tess && geom ? "both" : tess ? "tessellation" : "geometry";
    kit_target_rgba(k, &s->t, PX, PX);
    s->layout = kit_layout(k, 0, NULL, 4);
    kit_graphics_init(k, &s->g, &s->t, s->layout, KIT_CODE(parts_vert), KIT_CODE(parts_frag));
    use(k, s, 6, KIT_CODE(parts_frag));
    if (mesh) {
        s->g.stages[0] = s->g.stages[1];
        s->g.info.stageCount = 1;
        use(k, s, 4, KIT_CODE(parts_task));
        use(k, s, 5, KIT_CODE(parts_mesh));
        return;
    }
    use(k, s, 0, KIT_CODE(parts_vert));
    if (tess) {
        use(k, s, 1, KIT_CODE(parts_tesc));
        use(k, s, 2, KIT_CODE(parts_tese));
    }
    if (geom && tess) {
        use(k, s, 3, KIT_CODE(parts_triangle_geom));
    } else if (geom) {
        use(k, s, 3, KIT_CODE(parts_quad_geom));
    }
    s->g.assembly.topology = tess ? VK_PRIMITIVE_TOPOLOGY_PATCH_LIST : VK_PRIMITIVE_TOPOLOGY_LINE_LIST_WITH_ADJACENCY;
    s->g.tessellation.patchControlPoints = 4;
}

static void
check(struct kit *k, const struct scene *s, const char *way)
{
    const uint8_t *px = kit_read(k, &s->t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    const int bits = s->mesh ? 16 + 32 : 1 + (s->tess ? 6 : 0) + (s->geom ? 8 : 0);
    for (uint32_t i = 0; i < PX * PX; i++) {
        const uint32_t x = i % PX, y = i / PX, quarter = x / (PX / 2) + y / (PX / 2) * 2;
        const double across = ((double)(x % (PX / 2)) + 0.5) / (PX / 2);
        REQUIRE(k, px[i * 4] == quarter + 1 && abs(px[i * 4 + 1] - bits) <= !kit_ours(k) && fabs(px[i * 4 + 2] - across * 255.0) <= 1.0,
                "%s, %s: pixel %u %u is %u %u %u", s->name, way, x, y, px[i * 4], px[i * 4 + 1], px[i * 4 + 2]);
    }
}

static void
draw(struct kit *k, struct scene *s, VkCommandBuffer cmd)
{
    const float level = 5.0f;
    vkCmdPushConstants(cmd, s->layout, VK_SHADER_STAGE_ALL, 0, 4, &level);
    if (s->mesh) {
        k->vk.CmdDrawMeshTasksEXT(cmd, 2, 1, 1);
    } else {
        vkCmdDraw(cmd, 16, 1, 0, 0);
    }
}

static void
by_pipeline(struct kit *k, struct scene *s, VkPipeline pipe, const char *way)
{
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &s->t);
    vkCmdBindPipeline(cmd, GRAPHICS, pipe);
    draw(k, s, cmd);
    vkCmdEndRenderPass(cmd);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    check(k, s, way);
}

/* The kinds of scenes that the device has, the last with mesh shaders; false: no more of them. */
static bool
next(struct kit *k, struct scene *s, uint32_t *i)
{
    const VkPhysicalDeviceMeshShaderFeaturesEXT *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MESH_SHADER_FEATURES_EXT);
    for (; *i < 4; ++*i) {
        const bool mesh = *i == 3, tess = !mesh && *i != 1, geom = !mesh && *i != 0;
        if ((!tess || k->features.tessellationShader) && (!geom || k->features.geometryShader) && (!mesh || (f->meshShader && f->taskShader))) {
            scene_init(k, s, tess, geom, mesh);
            ++*i;
            return true;
        }
    }
    return false;
}

static void
case_pipelines(struct kit *k)
{
    SKIP_UNLESS(k, k->features.tessellationShader || k->features.geometryShader, "no such shaders");
    struct scene s;
    for (uint32_t i = 0; next(k, &s, &i);) {
        by_pipeline(k, &s, kit_graphics_create(k, &s.g), "whole");
    }
}

static void
case_libraries(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_EXT_graphics_pipeline_library"), "no pipeline libraries");
    static const VkGraphicsPipelineLibraryFlagsEXT parts[2][4] = {
        {VK_GRAPHICS_PIPELINE_LIBRARY_VERTEX_INPUT_INTERFACE_BIT_EXT, VK_GRAPHICS_PIPELINE_LIBRARY_PRE_RASTERIZATION_SHADERS_BIT_EXT,
         VK_GRAPHICS_PIPELINE_LIBRARY_FRAGMENT_SHADER_BIT_EXT, VK_GRAPHICS_PIPELINE_LIBRARY_FRAGMENT_OUTPUT_INTERFACE_BIT_EXT},
        {VK_GRAPHICS_PIPELINE_LIBRARY_VERTEX_INPUT_INTERFACE_BIT_EXT | VK_GRAPHICS_PIPELINE_LIBRARY_PRE_RASTERIZATION_SHADERS_BIT_EXT,
         VK_GRAPHICS_PIPELINE_LIBRARY_FRAGMENT_SHADER_BIT_EXT | VK_GRAPHICS_PIPELINE_LIBRARY_FRAGMENT_OUTPUT_INTERFACE_BIT_EXT}};
    struct scene s;
    for (uint32_t i = 0; next(k, &s, &i) && !s.mesh;) {
        for (uint32_t way = 0; way < 2; way++) { /* cut in two ways */
            VkPipeline libs[4], pipe;
            uint32_t n = 0;
            for (; n < 4 && parts[way][n]; n++) {
                libs[n] = kit_graphics_library(k, &s.g, s.layout, parts[way][n]);
            }
            const VkPipelineLibraryCreateInfoKHR link = {.sType = VK_STRUCTURE_TYPE_PIPELINE_LIBRARY_CREATE_INFO_KHR, .libraryCount = n,
                                                         .pLibraries = libs};
            const VkGraphicsPipelineCreateInfo info = {.sType = VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO, .pNext = &link, .layout = s.layout};
            MUST(vkCreateGraphicsPipelines(k->device, VK_NULL_HANDLE, 1, &info, NULL, &pipe));
            KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, pipe);
            by_pipeline(k, &s, pipe, way ? "two libraries" : "four libraries");
        }
    }
}

/* What the pipeline says about itself: one executable for each stage. */
static void
check_executables(struct kit *k, const struct scene *s, VkPipeline pipe, VkShaderStageFlags stages)
{
    const VkPipelineInfoKHR info = {.sType = VK_STRUCTURE_TYPE_PIPELINE_INFO_KHR, .pipeline = pipe};
    VkPipelineExecutablePropertiesKHR p[STAGES];
    uint32_t n = STAGES;
    VkShaderStageFlags said = 0;
    for (uint32_t i = 0; i < STAGES; i++) {
        p[i] = (VkPipelineExecutablePropertiesKHR){.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_PROPERTIES_KHR};
    }
    CHECK_VK(k, k->vk.GetPipelineExecutablePropertiesKHR(k->device, &info, &n, p));
    for (uint32_t i = 0; i < n; i++) {
        said |= p[i].stages;
    }
    CHECK(k, said == stages, "%s: executables of the stages %#x, not %#x", s->name, said, stages);
}

/* Through the bytes of their binaries; every stage has one. */
static void
case_binaries(struct kit *k)
{
    const VkPhysicalDevicePipelineBinaryFeaturesKHR *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_BINARY_FEATURES_KHR);
    const VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR *e =
        kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR);
    SKIP_UNLESS(k, f->pipelineBinaries, "no pipeline binaries");
    struct scene s;
    for (uint32_t i = 0; next(k, &s, &i);) {
        const VkPipelineCreateFlags2CreateInfo capture = {.sType = VK_STRUCTURE_TYPE_PIPELINE_CREATE_FLAGS_2_CREATE_INFO,
                                                          .flags = VK_PIPELINE_CREATE_2_CAPTURE_DATA_BIT_KHR};
        VkPipeline pipe;
        VkPipelineBinaryKHR b[STAGES], again[STAGES];
        VkPipelineBinaryHandlesInfoKHR made = {.sType = VK_STRUCTURE_TYPE_PIPELINE_BINARY_HANDLES_INFO_KHR, .pipelineBinaryCount = STAGES,
                                               .pPipelineBinaries = b};
        VkShaderStageFlags stages = 0;
        for (uint32_t j = 0; j < s.g.info.stageCount; j++) {
            stages |= (VkShaderStageFlags)s.g.stages[j].stage;
        }
        s.g.info.pNext = &capture;
        MUST(vkCreateGraphicsPipelines(k->device, VK_NULL_HANDLE, 1, &s.g.info, NULL, &pipe));
        KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, pipe);
        if (e->pipelineExecutableInfo) {
            check_executables(k, &s, pipe, stages);
        }
        const VkPipelineBinaryCreateInfoKHR of_it = {.sType = VK_STRUCTURE_TYPE_PIPELINE_BINARY_CREATE_INFO_KHR, .pipeline = pipe};
        MUST(k->vk.CreatePipelineBinariesKHR(k->device, &of_it, NULL, &made));
        const uint32_t n = made.pipelineBinaryCount;
        CHECK(k, !kit_ours(k) || n == s.g.info.stageCount, "%s: %u binaries of %u stages", s.name, n, s.g.info.stageCount);
        VkPipelineBinaryKeyKHR key[STAGES];
        VkPipelineBinaryDataKHR data[STAGES];
        for (uint32_t j = 0; j < n; j++) {
            const VkPipelineBinaryDataInfoKHR which = {.sType = VK_STRUCTURE_TYPE_PIPELINE_BINARY_DATA_INFO_KHR, .pipelineBinary = b[j]};
            size_t size = 0;
            key[j] = (VkPipelineBinaryKeyKHR){.sType = VK_STRUCTURE_TYPE_PIPELINE_BINARY_KEY_KHR};
            MUST(k->vk.GetPipelineBinaryDataKHR(k->device, &which, &key[j], &size, NULL));
            data[j] = (VkPipelineBinaryDataKHR){size, kit_alloc(k, size)};
            MUST(k->vk.GetPipelineBinaryDataKHR(k->device, &which, &key[j], &size, data[j].pData));
            k->vk.DestroyPipelineBinaryKHR(k->device, b[j], NULL);
        }
        const VkPipelineBinaryKeysAndDataKHR kept = {n, key, data};
        const VkPipelineBinaryCreateInfoKHR of_bytes = {.sType = VK_STRUCTURE_TYPE_PIPELINE_BINARY_CREATE_INFO_KHR, .pKeysAndDataInfo = &kept};
        made.pPipelineBinaries = again;
        MUST(k->vk.CreatePipelineBinariesKHR(k->device, &of_bytes, NULL, &made));
        const VkPipelineBinaryInfoKHR use_them = {.sType = VK_STRUCTURE_TYPE_PIPELINE_BINARY_INFO_KHR, .binaryCount = n, .pPipelineBinaries = again};
        s.g.info.pNext = &use_them;
        for (uint32_t j = 0; j < s.g.info.stageCount; j++) {
            s.g.stages[j].module = VK_NULL_HANDLE;
        }
        by_pipeline(k, &s, kit_graphics_create(k, &s.g), "from binaries");
        for (uint32_t j = 0; j < n; j++) {
            k->vk.DestroyPipelineBinaryKHR(k->device, again[j], NULL);
        }
    }
}

static void
by_objects(struct kit *k, struct scene *s, const VkShaderEXT shaders[STAGES], const char *way)
{
    const VkRenderingAttachmentInfo a = {.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO, .imageView = s->t.color[0].view,
                                         .imageLayout = VK_IMAGE_LAYOUT_GENERAL, .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR,
                                         .storeOp = VK_ATTACHMENT_STORE_OP_STORE};
    const VkRenderingInfo ri = {.sType = VK_STRUCTURE_TYPE_RENDERING_INFO, .renderArea = {{0, 0}, {PX, PX}}, .layerCount = 1, .colorAttachmentCount = 1,
                                .pColorAttachments = &a};
    const VkCommandBuffer cmd = kit_begin(k);
    k->vk.CmdBeginRendering(cmd, &ri);
    kit_dynamic_all(k, cmd, &s->t);
    k->vk.CmdSetPrimitiveTopology(cmd, s->g.assembly.topology);
    if (s->tess) {
        k->vk.CmdSetPatchControlPointsEXT(cmd, 4);
        k->vk.CmdSetTessellationDomainOriginEXT(cmd, VK_TESSELLATION_DOMAIN_ORIGIN_UPPER_LEFT);
    }
    for (uint32_t i = 0; i < STAGES; i++) {
        const bool there = (i != 1 && i != 2) || k->features.tessellationShader, geom = i != 3 || k->features.geometryShader;
        if (there && geom && i != 4 && i != 5) {
            k->vk.CmdBindShadersEXT(cmd, 1, &order[i], &shaders[i]);
        }
    }
    draw(k, s, cmd);
    k->vk.CmdEndRendering(cmd);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    check(k, s, way);
}

/* One for each stage that the scene has; link: all of them together. binary: what to take instead of SPIR-V, or NULL. */
static void
make_objects(struct kit *k, const struct scene *s, bool link, void *const *binary, const size_t *binary_B, VkShaderEXT shaders[STAGES])
{
    static const VkPushConstantRange range = {VK_SHADER_STAGE_ALL, 0, 4};
    VkShaderCreateInfoEXT info[STAGES];
    VkShaderEXT made[STAGES];
    uint32_t n = 0, stage[STAGES];
    for (uint32_t i = 0; i < STAGES; i++) {
        if (s->code[i]) {
            if (n) {
                info[n - 1].nextStage = order[i];
            }
            info[n] = (VkShaderCreateInfoEXT){.sType = VK_STRUCTURE_TYPE_SHADER_CREATE_INFO_EXT, .stage = order[i],
                                              .flags = link ? VK_SHADER_CREATE_LINK_STAGE_BIT_EXT : 0,
                                              .codeType = binary ? VK_SHADER_CODE_TYPE_BINARY_EXT : VK_SHADER_CODE_TYPE_SPIRV_EXT,
                                              .codeSize = binary ? binary_B[i] : s->code_B[i], .pCode = binary ? binary[i] : s->code[i], .pName = "main",
                                              .pushConstantRangeCount = 1, .pPushConstantRanges = &range};
            stage[n++] = i;
        }
    }
    memset(shaders, 0, STAGES * sizeof(shaders[0]));
    if (link) {
        MUST(k->vk.CreateShadersEXT(k->device, n, info, NULL, made));
    }
    for (uint32_t i = 0; i < n; i++) {
        if (!link) {
            MUST(k->vk.CreateShadersEXT(k->device, 1, &info[i], NULL, &made[i]));
        }
        shaders[stage[i]] = made[i];
    }
}

static void
destroy_objects(struct kit *k, const VkShaderEXT shaders[STAGES])
{
    for (uint32_t i = 0; i < STAGES; i++) {
        k->vk.DestroyShaderEXT(k->device, shaders[i], NULL);
    }
}

static void
case_objects(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_EXT_shader_object") && k->vk.CreateShadersEXT, "no shader objects");
    struct scene s;
    for (uint32_t i = 0; next(k, &s, &i) && !s.mesh;) {
        VkShaderEXT shaders[STAGES];
        make_objects(k, &s, false, NULL, NULL, shaders);
        by_objects(k, &s, shaders, "objects");
        void *binary[STAGES] = {0};
        size_t binary_B[STAGES] = {0};
        for (uint32_t j = 0; j < STAGES; j++) {
            if (shaders[j]) {
                MUST(k->vk.GetShaderBinaryDataEXT(k->device, shaders[j], &binary_B[j], NULL));
                binary[j] = kit_alloc(k, binary_B[j]);
                MUST(k->vk.GetShaderBinaryDataEXT(k->device, shaders[j], &binary_B[j], binary[j]));
            }
        }
        destroy_objects(k, shaders);
        make_objects(k, &s, false, binary, binary_B, shaders);
        by_objects(k, &s, shaders, "objects from binaries");
        destroy_objects(k, shaders);
        make_objects(k, &s, true, NULL, NULL, shaders);
        by_objects(k, &s, shaders, "linked objects");
        destroy_objects(k, shaders);
    }
}

static const struct kit_case cases[] = {{"pipelines", case_pipelines}, {"libraries", case_libraries}, {"binaries", case_binaries},
                                        {"objects", case_objects}};
KIT_MAIN(cases)
