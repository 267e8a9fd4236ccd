/* Pipeline binaries: captured, kept as bytes, used without shader modules; keys; binaries that are damaged or belong to others.
 * SPEC: VK_KHR_pipeline_binary. */
#include "kit.h"

#include "kit_color_frag.h"
#include "kit_double_comp.h"
#include "kit_tri_vert.h"

#define STORAGE VK_DESCRIPTOR_TYPE_STORAGE_BUFFER
#define MAX 8

struct kept { /* bytes and keys of a pipeline's binaries */
    uint32_t n;
    VkPipelineBinaryKeyKHR key[MAX];
    VkPipelineBinaryDataKHR data[MAX];
};

static bool
offered(struct kit *k)
{
    const VkPhysicalDevicePipelineBinaryFeaturesKHR *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_BINARY_FEATURES_KHR);
    return f->pipelineBinaries;
}
#define SKIP_UNLESS_OFFERED(k) SKIP_UNLESS(k, offered(k), "no pipeline binaries")

static const VkPipelineCreateFlags2CreateInfo capture = {.sType = VK_STRUCTURE_TYPE_PIPELINE_CREATE_FLAGS_2_CREATE_INFO,
                                                         .flags = VK_PIPELINE_CREATE_2_CAPTURE_DATA_BIT_KHR};

static VkResult
make(struct kit *k, const VkPipelineBinaryCreateInfoKHR *info, VkPipelineBinaryKHR out[MAX], uint32_t *n)
{
    VkPipelineBinaryHandlesInfoKHR handles = {.sType = VK_STRUCTURE_TYPE_PIPELINE_BINARY_HANDLES_INFO_KHR};
    VkResult r = k->vk.CreatePipelineBinariesKHR(k->device, info, NULL, &handles);
    *n = 0;
    if (r != VK_SUCCESS || handles.pipelineBinaryCount > MAX) {
        return r;
    }
    handles.pPipelineBinaries = out;
    r = k->vk.CreatePipelineBinariesKHR(k->device, info, NULL, &handles);
    *n = handles.pipelineBinaryCount;
    return r;
}

static void
destroy(struct kit *k, const VkPipelineBinaryKHR *b, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        k->vk.DestroyPipelineBinaryKHR(k->device, b[i], NULL);
    }
}

/* The pipeline's binaries as bytes; the pipeline goes. */
static void
keep(struct kit *k, VkPipeline pipe, struct kept *out)
{
    VkPipelineBinaryKHR b[MAX];
    const VkPipelineBinaryCreateInfoKHR info = {.sType = VK_STRUCTURE_TYPE_PIPELINE_BINARY_CREATE_INFO_KHR, .pipeline = pipe};
    memset(out, 0, sizeof(*out));
    MUST(make(k, &info, b, &out->n));
    const VkReleaseCapturedPipelineDataInfoKHR release = {.sType = VK_STRUCTURE_TYPE_RELEASE_CAPTURED_PIPELINE_DATA_INFO_KHR, .pipeline = pipe};
    CHECK_VK(k, k->vk.ReleaseCapturedPipelineDataKHR(k->device, &release, NULL));
    for (uint32_t i = 0; i < out->n; i++) {
        const VkPipelineBinaryDataInfoKHR di = {.sType = VK_STRUCTURE_TYPE_PIPELINE_BINARY_DATA_INFO_KHR, .pipelineBinary = b[i]};
        size_t size = 0, less;
        out->key[i].sType = VK_STRUCTURE_TYPE_PIPELINE_BINARY_KEY_KHR;
        CHECK_VK(k, k->vk.GetPipelineBinaryDataKHR(k->device, &di, &out->key[i], &size, NULL));
        out->data[i] = (VkPipelineBinaryDataKHR){size, kit_alloc(k, size)};
        less = size - 1;
        CHECK_RESULT(k, k->vk.GetPipelineBinaryDataKHR(k->device, &di, &out->key[i], &less, out->data[i].pData), (VkResult)VK_ERROR_NOT_ENOUGH_SPACE_KHR);
        CHECK(k, less == size, "%zu of %zu bytes", less, size);
        CHECK_VK(k, k->vk.GetPipelineBinaryDataKHR(k->device, &di, &out->key[i], &size, out->data[i].pData));
        CHECK(k, out->key[i].keySize > 0 && out->key[i].keySize <= VK_MAX_PIPELINE_BINARY_KEY_SIZE_KHR, "key of %u bytes", out->key[i].keySize);
    }
    destroy(k, b, out->n);
}

static VkResult
restore(struct kit *k, const struct kept *kept, VkPipelineBinaryKHR out[MAX])
{
    uint32_t n;
    const VkPipelineBinaryKeysAndDataKHR kd = {kept->n, kept->key, kept->data};
    const VkPipelineBinaryCreateInfoKHR info = {.sType = VK_STRUCTURE_TYPE_PIPELINE_BINARY_CREATE_INFO_KHR, .pKeysAndDataInfo = &kd};
    memset(out, 0xff, MAX * sizeof(*out));
    return make(k, &info, out, &n);
}

static VkComputePipelineCreateInfo
compute_info(struct kit *k, VkPipelineLayout layout)
{
    return (VkComputePipelineCreateInfo){
        .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
        .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                  .module = kit_module(k, KIT_CODE(kit_double_comp)), .pName = "main"},
        .layout = layout,
    };
}

static void
check_compute(struct kit *k, VkDescriptorSetLayout sl, VkPipelineLayout layout, VkPipeline pipe)
{
    uint32_t numbers[64];
    for (uint32_t i = 0; i < 64; i++) {
        numbers[i] = i;
    }
    const struct kit_buffer b = kit_buffer(k, sizeof(numbers), numbers);
    const VkDescriptorSet set = kit_set(k, sl);
    kit_write_buffer(k, set, 0, 0, STORAGE, b.buffer, 0, VK_WHOLE_SIZE);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    vkCmdDispatch(cmd, 1, 1, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    CHECK(k, ((uint32_t *)b.data)[63] == 126, "%u", ((uint32_t *)b.data)[63]);
}

static void
case_compute(struct kit *k)
{
    SKIP_UNLESS_OFFERED(k);
    const VkDescriptorType type = STORAGE;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    VkComputePipelineCreateInfo info = compute_info(k, layout);
    info.pNext = &capture;
    VkPipeline pipe;
    MUST(vkCreateComputePipelines(k->device, VK_NULL_HANDLE, 1, &info, NULL, &pipe));
    struct kept kept;
    keep(k, pipe, &kept);
    vkDestroyPipeline(k->device, pipe, NULL);
    CHECK(k, !kit_ours(k) || kept.n == 1, "%u binaries", kept.n);
    VkPipelineBinaryKHR b[MAX];
    MUST(restore(k, &kept, b));
    const VkPipelineBinaryInfoKHR bi = {.sType = VK_STRUCTURE_TYPE_PIPELINE_BINARY_INFO_KHR, .binaryCount = kept.n, .pPipelineBinaries = b};
    info.pNext = &bi;
    info.flags = VK_PIPELINE_CREATE_FAIL_ON_PIPELINE_COMPILE_REQUIRED_BIT;
    info.stage.module = VK_NULL_HANDLE;
    MUST(vkCreateComputePipelines(k->device, VK_NULL_HANDLE, 1, &info, NULL, &pipe));
    destroy(k, b, kept.n);
    KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, pipe);
    check_compute(k, sl, layout, pipe);
}

/* The whole pipeline, and its parts as libraries. */
static void
case_graphics(struct kit *k)
{
    SKIP_UNLESS_OFFERED(k);
    struct kit_target t;
    kit_target_rgba(k, &t, 8, 8);
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, 16);
    const float color[4] = {0, 1, 0, 1};
    for (uint32_t libraries = 0; libraries < 1 + (uint32_t)kit_has(k, "VK_EXT_graphics_pipeline_library"); libraries++) {
        static const VkGraphicsPipelineLibraryFlagsEXT parts[3] = {
            VK_GRAPHICS_PIPELINE_LIBRARY_PRE_RASTERIZATION_SHADERS_BIT_EXT, VK_GRAPHICS_PIPELINE_LIBRARY_FRAGMENT_SHADER_BIT_EXT,
            VK_GRAPHICS_PIPELINE_LIBRARY_VERTEX_INPUT_INTERFACE_BIT_EXT | VK_GRAPHICS_PIPELINE_LIBRARY_FRAGMENT_OUTPUT_INTERFACE_BIT_EXT};
        VkPipeline made[3];
        const uint32_t n_parts = libraries ? 3 : 1;
        for (uint32_t p = 0; p < n_parts; p++) {
            struct kit_graphics g;
            kit_graphics_init(k, &g, &t, layout, KIT_CODE(kit_tri_vert), KIT_CODE(kit_color_frag));
            VkPipelineCreateFlags2CreateInfo flags = capture;
            VkGraphicsPipelineLibraryCreateInfoEXT part = {VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_LIBRARY_CREATE_INFO_EXT, NULL, parts[p]};
            flags.flags |= libraries ? VK_PIPELINE_CREATE_2_LIBRARY_BIT_KHR : 0;
            flags.pNext = libraries ? &part : NULL;
            g.info.pNext = &flags;
            if (libraries) {
                g.info.stageCount = p < 2;
                g.stages[0] = g.stages[p < 2 ? p : 0];
            }
            VkPipeline pipe;
            MUST(vkCreateGraphicsPipelines(k->device, VK_NULL_HANDLE, 1, &g.info, NULL, &pipe));
            struct kept kept;
            keep(k, pipe, &kept);
            CHECK(k, !kit_ours(k) || kept.n == (libraries ? p < 2 : 2u), "%u binaries", kept.n);
            vkDestroyPipeline(k->device, pipe, NULL);
            VkPipelineBinaryKHR b[MAX];
            MUST(restore(k, &kept, b));
            const VkPipelineBinaryInfoKHR bi = {.sType = VK_STRUCTURE_TYPE_PIPELINE_BINARY_INFO_KHR, .pNext = flags.pNext, .binaryCount = kept.n,
                                                .pPipelineBinaries = b};
            flags.flags &= ~VK_PIPELINE_CREATE_2_CAPTURE_DATA_BIT_KHR;
            flags.pNext = &bi;
            g.stages[0].module = g.stages[1].module = VK_NULL_HANDLE;
            MUST(vkCreateGraphicsPipelines(k->device, VK_NULL_HANDLE, 1, &g.info, NULL, &made[p]));
            KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, made[p]);
            destroy(k, b, kept.n);
        }
        VkPipeline pipe = made[0];
        if (libraries) {
            const VkPipelineLibraryCreateInfoKHR link = {VK_STRUCTURE_TYPE_PIPELINE_LIBRARY_CREATE_INFO_KHR, NULL, 3, made};
            const VkGraphicsPipelineCreateInfo info = {.sType = VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO, .pNext = &link, .layout = layout};
            MUST(vkCreateGraphicsPipelines(k->device, VK_NULL_HANDLE, 1, &info, NULL, &pipe));
            KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, pipe);
        }
        const VkCommandBuffer cmd = kit_begin(k);
        kit_target_begin(cmd, &t);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
        vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, 16, color);
        vkCmdDraw(cmd, 3, 1, 0, 0);
        vkCmdEndRenderPass(cmd);
        kit_barrier(cmd);
        kit_submit(k, cmd);
        const uint8_t *got = kit_read(k, &t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
        for (uint32_t i = 0; i < 64; i++) {
            CHECK(k, got[i * 4] == 0 && got[i * 4 + 1] == 255, "pixel %u: %u %u", i, got[i * 4], got[i * 4 + 1]);
        }
    }
}

static bool
same_key(const VkPipelineBinaryKeyKHR *a, const VkPipelineBinaryKeyKHR *b)
{
    return a->keySize == b->keySize && memcmp(a->key, b->key, a->keySize) == 0;
}

static void
case_keys(struct kit *k)
{
    SKIP_UNLESS_OFFERED(k);
    const VkDescriptorType type = STORAGE;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    VkPipelineBinaryKeyKHR key[5];
    memset(key, 0, sizeof(key));
    for (uint32_t i = 0; i < 5; i++) {
        key[i].sType = VK_STRUCTURE_TYPE_PIPELINE_BINARY_KEY_KHR;
    }
    CHECK_VK(k, k->vk.GetPipelineKeyKHR(k->device, NULL, &key[0]));
    CHECK_VK(k, k->vk.GetPipelineKeyKHR(k->device, NULL, &key[1]));
    CHECK(k, same_key(&key[0], &key[1]) && key[0].keySize, "the global key changes");
    VkComputePipelineCreateInfo info = compute_info(k, layout);
    const VkPipelineCreateInfoKHR pi = {.sType = VK_STRUCTURE_TYPE_PIPELINE_CREATE_INFO_KHR, .pNext = &info};
    CHECK_VK(k, k->vk.GetPipelineKeyKHR(k->device, &pi, &key[1]));
    if (k->vk.GetShaderModuleIdentifierEXT) { /* the module by name alone */
        VkShaderModuleIdentifierEXT id = {.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_IDENTIFIER_EXT};
        k->vk.GetShaderModuleIdentifierEXT(k->device, info.stage.module, &id);
        const VkPipelineShaderStageModuleIdentifierCreateInfoEXT named = {
            .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_MODULE_IDENTIFIER_CREATE_INFO_EXT, .identifierSize = id.identifierSize, .pIdentifier = id.identifier};
        VkComputePipelineCreateInfo other = info;
        other.flags = VK_PIPELINE_CREATE_FAIL_ON_PIPELINE_COMPILE_REQUIRED_BIT;
        other.stage.module = VK_NULL_HANDLE;
        other.stage.pNext = &named;
        const VkPipelineCreateInfoKHR pi2 = {.sType = VK_STRUCTURE_TYPE_PIPELINE_CREATE_INFO_KHR, .pNext = &other};
        CHECK_VK(k, k->vk.GetPipelineKeyKHR(k->device, &pi2, &key[2]));
        CHECK(k, same_key(&key[1], &key[2]), "module and identifier have different keys");
    }
    const uint32_t value = 5;
    const VkSpecializationMapEntry entry = {7, 0, 4};
    const VkSpecializationInfo spec = {1, &entry, 4, &value};
    info.stage.pSpecializationInfo = &spec;
    CHECK_VK(k, k->vk.GetPipelineKeyKHR(k->device, &pi, &key[3]));
    CHECK(k, !same_key(&key[1], &key[3]) && !same_key(&key[0], &key[1]), "different pipelines have one key");
    /* Probing by the create info alone: nobody has compiled this one; the other may be there, and then it works. */
    const VkPipelineBinaryCreateInfoKHR probe = {.sType = VK_STRUCTURE_TYPE_PIPELINE_BINARY_CREATE_INFO_KHR, .pPipelineCreateInfo = &pi};
    VkPhysicalDevicePipelineBinaryPropertiesKHR bp = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_BINARY_PROPERTIES_KHR};
    VkPhysicalDeviceProperties2 props = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &bp};
    k->vk.GetPhysicalDeviceProperties2(k->physical, &props);
    if (!bp.pipelineBinaryInternalCache) {
        return;
    }
    VkPipelineBinaryKHR b[MAX];
    uint32_t n;
    const uint32_t junk = 0xdeadbeef ^ (uint32_t)(uintptr_t)&props;
    const VkSpecializationInfo unknown = {1, &entry, 4, &junk};
    info.stage.pSpecializationInfo = &unknown;
    CHECK_RESULT(k, make(k, &probe, b, &n), VK_PIPELINE_BINARY_MISSING_KHR);
    CHECK(k, n == 1 && b[0] == VK_NULL_HANDLE, "a binary that is missing");
    info.stage.pSpecializationInfo = NULL;
    VkPipeline pipe;
    MUST(vkCreateComputePipelines(k->device, VK_NULL_HANDLE, 1, &info, NULL, &pipe));
    vkDestroyPipeline(k->device, pipe, NULL);
    const VkResult r = make(k, &probe, b, &n);
    CHECK(k, r == VK_SUCCESS || r == VK_PIPELINE_BINARY_MISSING_KHR, "%s", kit_result_name(r));
    if (r == VK_SUCCESS) {
        const VkPipelineBinaryInfoKHR bi = {.sType = VK_STRUCTURE_TYPE_PIPELINE_BINARY_INFO_KHR, .binaryCount = n, .pPipelineBinaries = b};
        info.pNext = &bi;
        info.stage.module = VK_NULL_HANDLE;
        MUST(vkCreateComputePipelines(k->device, VK_NULL_HANDLE, 1, &info, NULL, &pipe));
        KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, pipe);
        check_compute(k, sl, layout, pipe);
        destroy(k, b, n);
    }
}

static void
case_damaged(struct kit *k)
{
    SKIP_UNLESS_OFFERED(k);
    SKIP_UNLESS(k, kit_ours(k) && !kit_under_validation(k), "misuse");
    kit_messages_expected(k);
    const VkDescriptorType type = STORAGE;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    VkComputePipelineCreateInfo info = compute_info(k, layout);
    info.pNext = &capture;
    VkPipeline pipe;
    MUST(vkCreateComputePipelines(k->device, VK_NULL_HANDLE, 1, &info, NULL, &pipe));
    struct kept kept;
    keep(k, pipe, &kept);
    vkDestroyPipeline(k->device, pipe, NULL);
    VkPipelineBinaryKHR b[MAX];
    uint8_t *bytes = kept.data[0].pData;
    const size_t size = kept.data[0].dataSize;
    for (size_t i = 0; i < size; i += i < 512 ? 1 : 61) {
        bytes[i] ^= 0x40;
        CHECK_RESULT(k, restore(k, &kept, b), VK_ERROR_INITIALIZATION_FAILED);
        CHECK(k, b[0] == VK_NULL_HANDLE, "byte %zu: a binary", i);
        bytes[i] ^= 0x40;
    }
    for (size_t n = 0; n < size; n += n < 128 ? 1 : 997) {
        kept.data[0].dataSize = n;
        CHECK_RESULT(k, restore(k, &kept, b), VK_ERROR_INITIALIZATION_FAILED);
    }
    kept.data[0].dataSize = size;
    kept.key[0].key[3] ^= 1;
    CHECK_RESULT(k, restore(k, &kept, b), VK_ERROR_INITIALIZATION_FAILED);
    kept.key[0].key[3] ^= 1;
    kept.key[0].keySize = 0;
    CHECK_RESULT(k, restore(k, &kept, b), VK_ERROR_INITIALIZATION_FAILED);
    kept.key[0].keySize = 16;
    CHECK_VK(k, restore(k, &kept, b));
    /* A pipeline of other stages finds none of its own. */
    struct kit_target t;
    struct kit_graphics g;
    kit_target_rgba(k, &t, 8, 8);
    kit_graphics_init(k, &g, &t, kit_layout(k, 0, NULL, 16), KIT_CODE(kit_tri_vert), KIT_CODE(kit_color_frag));
    const VkPipelineBinaryInfoKHR bi = {.sType = VK_STRUCTURE_TYPE_PIPELINE_BINARY_INFO_KHR, .binaryCount = 1, .pPipelineBinaries = b};
    g.info.pNext = &bi;
    CHECK_RESULT(k, vkCreateGraphicsPipelines(k->device, VK_NULL_HANDLE, 1, &g.info, NULL, &pipe), VK_ERROR_INITIALIZATION_FAILED);
    CHECK(k, pipe == VK_NULL_HANDLE, "a pipeline");
    destroy(k, b, 1);
    k->vk.DestroyPipelineBinaryKHR(k->device, VK_NULL_HANDLE, NULL);
}

static const struct kit_case cases[] = {
    {"compute", case_compute}, {"graphics", case_graphics}, {"keys", case_keys}, {"damaged", case_damaged},
};
KIT_MAIN(cases)
