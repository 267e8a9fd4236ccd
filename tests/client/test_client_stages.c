/* Shaders: operations of subgroups in all stages, sizes of subgroups, invocations that leave, layouts of blocks, small types in blocks.
 * SPEC: shaders-group-operations, pipelines-subgroup-size-control, shaders-helper-invocations, interfaces-resources-layout. */
#include "kit.h"

#include "stages_helpers_frag.h"
#include "stages_layouts_comp.h"
#include "stages_size_comp.h"
#include "stages_subgroup_comp.h"
#include "stages_subgroup_frag.h"
#include "stages_subgroup_vert.h"
#include "kit_tri_vert.h"

#define PX 16u
#define COLOR VK_IMAGE_ASPECT_COLOR_BIT
#define STORAGE VK_DESCRIPTOR_TYPE_STORAGE_BUFFER

static void
dispatch(struct kit *k, VkPipeline pipe, VkPipelineLayout layout, VkDescriptorSet set, uint32_t push_B, const void *push)
{
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    if (push_B) {
        vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, push_B, push);
    }
    vkCmdDispatch(cmd, 1, 1, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
}

static void
case_subgroups(struct kit *k)
{
    SKIP_UNLESS(k, k->version >= VK_API_VERSION_1_1, "no Vulkan 1.1");
    VkPhysicalDeviceSubgroupProperties p = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES};
    VkPhysicalDeviceProperties2 p2 = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &p};
    k->vk.GetPhysicalDeviceProperties2(k->physical, &p2);
    const VkSubgroupFeatureFlags ops = VK_SUBGROUP_FEATURE_BASIC_BIT | VK_SUBGROUP_FEATURE_VOTE_BIT | VK_SUBGROUP_FEATURE_BALLOT_BIT |
                                       VK_SUBGROUP_FEATURE_ARITHMETIC_BIT | VK_SUBGROUP_FEATURE_SHUFFLE_BIT | VK_SUBGROUP_FEATURE_SHUFFLE_RELATIVE_BIT |
                                       VK_SUBGROUP_FEATURE_CLUSTERED_BIT;
    SKIP_UNLESS(k, (p.supportedOperations & ops) == ops && p.supportedStages & VK_SHADER_STAGE_COMPUTE_BIT, "not all operations");
    const VkDescriptorType type = STORAGE;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkDescriptorSet set = kit_set(k, sl);
    const struct kit_buffer b = kit_buffer(k, 1024, NULL);
    kit_write_buffer(k, set, 0, 0, type, b.buffer, 0, VK_WHOLE_SIZE);
    dispatch(k, kit_compute(k, layout, KIT_CODE(stages_subgroup_comp), NULL), layout, set, 0, NULL);
    const uint32_t *w = b.data;
    CHECK(k, w[0] == 72, "%u invocations", w[0]);
    for (uint32_t i = 0; i < 72; i++) {
        CHECK(k, w[1 + i] == 0, "compute: operations %#x", w[1 + i]);
    }
    const VkShaderStageFlags both = VK_SHADER_STAGE_VERTEX_BIT | VK_SHADER_STAGE_FRAGMENT_BIT;
    if ((p.supportedStages & both) != both) {
        printf("  not offered in graphics stages: %#x\n", p.supportedStages);
        return;
    }
    struct kit_target t;
    struct kit_graphics g;
    const VkFormat format = VK_FORMAT_R32G32B32A32_UINT;
    kit_target_init(k, &t, PX, PX, 1, 1, &format, VK_FORMAT_UNDEFINED);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(stages_subgroup_vert), KIT_CODE(stages_subgroup_frag));
    g.assembly.topology = VK_PRIMITIVE_TOPOLOGY_POINT_LIST;
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const uint32_t n = 16 * 11 + 7; /* the last group is not full */
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdDraw(cmd, n, 1, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    const uint32_t *got = kit_read(k, &t.color[0], COLOR, 0, 0);
    for (uint32_t i = 0; i < PX * PX; i++) {
        const uint32_t *g4 = &got[i * 4];
        REQUIRE(k, i < n ? !g4[0] && !g4[1] && g4[2] == 1 && g4[3] == p.subgroupSize : g4[2] == 0, "vertex %u: operations %#x, in fragments %#x, size %u", i, g4[0],
                g4[1], g4[3]);
    }
}

/* Every size that may be asked for, with full subgroups. */
static void
case_subgroup_size(struct kit *k)
{
    const VkPhysicalDeviceSubgroupSizeControlFeatures *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES);
    SKIP_UNLESS(k, f->subgroupSizeControl && f->computeFullSubgroups, "no control of subgroup sizes");
    VkPhysicalDeviceSubgroupSizeControlProperties p = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES};
    VkPhysicalDeviceProperties2 p2 = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &p};
    k->vk.GetPhysicalDeviceProperties2(k->physical, &p2);
    REQUIRE(k, p.minSubgroupSize && p.minSubgroupSize <= p.maxSubgroupSize && p.maxComputeWorkgroupSubgroups, "%u to %u", p.minSubgroupSize, p.maxSubgroupSize);
    const VkDescriptorType type = STORAGE;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkDescriptorSet set = kit_set(k, sl);
    const struct kit_buffer b = kit_buffer(k, 64, NULL);
    kit_write_buffer(k, set, 0, 0, type, b.buffer, 0, VK_WHOLE_SIZE);
    for (uint32_t size = p.minSubgroupSize; size <= p.maxSubgroupSize; size *= 2) {
        const uint32_t local = p.maxSubgroupSize * 2;
        const VkSpecializationMapEntry entry = {0, 0, 4};
        const VkSpecializationInfo spec = {1, &entry, 4, &local};
        const VkPipelineShaderStageRequiredSubgroupSizeCreateInfo required = {
            .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO, .requiredSubgroupSize = size};
        const bool fixed = p.requiredSubgroupSizeStages & VK_SHADER_STAGE_COMPUTE_BIT;
        const VkComputePipelineCreateInfo info = {
            .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
            .layout = layout,
            .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, .pNext = fixed ? &required : NULL, .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                      .flags = VK_PIPELINE_SHADER_STAGE_CREATE_REQUIRE_FULL_SUBGROUPS_BIT, .module = kit_module(k, KIT_CODE(stages_size_comp)), .pName = "main",
                      .pSpecializationInfo = &spec}};
        VkPipeline pipe;
        MUST(vkCreateComputePipelines(k->device, VK_NULL_HANDLE, 1, &info, NULL, &pipe));
        KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, pipe);
        uint32_t *w = b.data;
        memset(w, 0, 64);
        dispatch(k, pipe, layout, set, 0, NULL);
        CHECK(k, !fixed || w[0] == size, "size %u, asked for %u", w[0], size);
        CHECK(k, w[0] && w[1] * w[0] == local && w[2] == local && w[3] == w[1], "%u groups of %u, %u of %u invocations in full ones, %u elected", w[1], w[0], w[2],
              local, w[3]);
    }
}

/* Demoted, terminated, discarded. */
static void
case_leaving(struct kit *k)
{
    const VkPhysicalDeviceShaderDemoteToHelperInvocationFeatures *d =
        kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_DEMOTE_TO_HELPER_INVOCATION_FEATURES);
    const VkPhysicalDeviceShaderTerminateInvocationFeatures *e = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_TERMINATE_INVOCATION_FEATURES);
    SKIP_UNLESS(k, d->shaderDemoteToHelperInvocation && e->shaderTerminateInvocation && k->features.fragmentStoresAndAtomics && k->version >= VK_API_VERSION_1_3,
                "no demotion and termination");
    struct kit_target t;
    struct kit_graphics g;
    const VkFormat format = VK_FORMAT_R32G32B32A32_SFLOAT;
    kit_target_init(k, &t, PX, PX, 1, 1, &format, VK_FORMAT_UNDEFINED);
    const VkDescriptorType type = STORAGE;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 4);
    const VkDescriptorSet set = kit_set(k, sl);
    const struct kit_buffer b = kit_buffer(k, 64, NULL);
    kit_write_buffer(k, set, 0, 0, type, b.buffer, 0, VK_WHOLE_SIZE);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(kit_tri_vert), KIT_CODE(stages_helpers_frag));
    const VkPipeline pipe = kit_graphics_create(k, &g);
    for (uint32_t mode = 0; mode < 3; mode++) {
        memset(b.data, 0, 64);
        const VkCommandBuffer cmd = kit_begin(k);
        kit_target_begin(cmd, &t);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
        vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, layout, 0, 1, &set, 0, NULL);
        vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, 4, &mode);
        vkCmdDraw(cmd, 3, 1, 0, 0);
        vkCmdEndRenderPass(cmd);
        kit_barrier(cmd);
        kit_submit(k, cmd);
        const uint32_t *w = b.data;
        CHECK(k, w[0] == PX * PX && w[1] == PX * PX / 2 && w[2] == 0, "mode %u: %u began, %u ended, %u stores of helpers", mode, w[0], w[1], w[2]);
        const float *got = kit_read(k, &t.color[0], COLOR, 0, 0);
        for (uint32_t i = 0; i < PX * PX; i++) {
            const bool gone = (i % PX + i / PX) & 1;
            const float want[4] = {gone ? 0 : 3, gone ? 0 : 1, gone ? 0 : 2, gone ? 0 : 3};
            REQUIRE(k, memcmp(&got[i * 4], want, 16) == 0, "mode %u, pixel %u: %g %g", mode, i, (double)got[i * 4], (double)got[i * 4 + 1]);
        }
    }
}

/* Scalar and standard layouts of uniform and storage blocks and push constants, with members of 8 and 16 bits. */
static void
case_layouts(struct kit *k)
{
    const VkPhysicalDeviceScalarBlockLayoutFeatures *sc = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SCALAR_BLOCK_LAYOUT_FEATURES);
    const VkPhysicalDeviceUniformBufferStandardLayoutFeatures *st = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_UNIFORM_BUFFER_STANDARD_LAYOUT_FEATURES);
    const VkPhysicalDevice8BitStorageFeatures *b8 = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_8BIT_STORAGE_FEATURES);
    const VkPhysicalDevice16BitStorageFeatures *b16 = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_16BIT_STORAGE_FEATURES);
    SKIP_UNLESS(k, k->version >= VK_API_VERSION_1_3 && sc->scalarBlockLayout && st->uniformBufferStandardLayout && b8->storageBuffer8BitAccess &&
                       b8->uniformAndStorageBuffer8BitAccess && b8->storagePushConstant8 && b16->storageBuffer16BitAccess &&
                       b16->uniformAndStorageBuffer16BitAccess && b16->storagePushConstant16, "not all layouts and types");
    static const VkDescriptorType types[4] = {VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, STORAGE, STORAGE};
    uint8_t scalar[128] = {0}, standard[64] = {0}, tight[64] = {0}, push[20] = {0};
    const struct {
        uint8_t *block;
        uint32_t at;
        float v;
    } floats[] = {{scalar, 0, 1},  {scalar, 12, 2},  {scalar, 36, 3}, {scalar, 60, 4}, {standard, 16, 7}, {standard, 36, 8}, {standard, 44, 9},
                  {tight, 4, 20}, {tight, 8, 21}, {tight, 12, 22}, {push, 16, 12}};
    for (size_t i = 0; i < ARRAY_LEN(floats); i++) {
        memcpy(floats[i].block + floats[i].at, &floats[i].v, 4);
    }
    scalar[68] = 5;
    scalar[74] = 6;
    push[2] = 10;
    push[4] = 11;
    tight[0] = 255;
    const uint16_t last = 0xf000;
    memcpy(tight + 28, &last, 2);
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 4, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, sizeof(push));
    const VkDescriptorSet set = kit_set(k, sl);
    const struct kit_buffer b[4] = {kit_buffer(k, sizeof(scalar), scalar), kit_buffer(k, sizeof(standard), standard), kit_buffer(k, sizeof(tight), tight),
                                    kit_buffer(k, 64, NULL)};
    for (uint32_t i = 0; i < 4; i++) {
        kit_write_buffer(k, set, i, 0, types[i], b[i].buffer, 0, VK_WHOLE_SIZE);
    }
    dispatch(k, kit_compute(k, layout, KIT_CODE(stages_layouts_comp), NULL), layout, set, sizeof(push), push);
    for (uint32_t i = 0; i < 12; i++) {
        const float got = ((float *)b[3].data)[i];
        CHECK(k, got == (float)(i + 1), "member %u: %g", i, (double)got);
    }
    uint8_t want[64];
    memcpy(want, tight, sizeof(want));
    want[0] = 0;
    const float twice[3] = {40, 42, 44};
    const uint16_t sum = 0x0234;
    memcpy(want + 16, twice, 12);
    memcpy(want + 28, &sum, 2);
    kit_same(k, "written block", b[2].data, want, 64, 1, 64);
}

static const struct kit_case cases[] = {
    {"subgroups", case_subgroups}, {"subgroup_size", case_subgroup_size}, {"leaving", case_leaving}, {"layouts", case_layouts},
};
KIT_MAIN(cases)
