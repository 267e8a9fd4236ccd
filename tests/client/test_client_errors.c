/* What must fail, fails with the specified code and a message that says why, and nothing else breaks; names, labels and messages of
 * VK_EXT_debug_utils. SPEC: fundamentals-errors, devsandqueues-device-creation, debugging-debug-utils. */
#include "kit.h"

#include "kit_color_frag.h"
#include "kit_double_comp.h"
#include "kit_tri_vert.h"

/* ---- shaders ---- */

struct compute {
    VkPipelineLayout layout;
};

static void
compute_init(struct kit *k, struct compute *c)
{
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    c->layout = kit_layout(k, 1, &sl, 0);
}

/* From words to a pipeline; the first error on the way. */
static VkResult
build(struct kit *k, const struct compute *c, const uint32_t *words, size_t size_B, const char *entry)
{
    const VkShaderModuleCreateInfo mi = {.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, .codeSize = size_B, .pCode = words};
    VkShaderModule module;
    VkResult r = vkCreateShaderModule(k->device, &mi, NULL, &module);
    if (r != VK_SUCCESS) {
        return r;
    }
    VkPipeline pipe = (VkPipeline)(uintptr_t)1;
    const VkComputePipelineCreateInfo ci = {.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
                                            .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                                                      .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                                                      .module = module,
                                                      .pName = entry},
                                            .layout = c->layout};
    r = vkCreateComputePipelines(k->device, VK_NULL_HANDLE, 1, &ci, NULL, &pipe);
    if (r == VK_SUCCESS) {
        vkDestroyPipeline(k->device, pipe, NULL);
    } else {
        CHECK(k, pipe == VK_NULL_HANDLE, "a pipeline that failed has a handle");
    }
    vkDestroyShaderModule(k->device, module, NULL);
    return r;
}

/* The word index of the first instruction with this opcode. */
static size_t
find_opcode(const uint32_t *words, size_t n, uint32_t opcode)
{
    for (size_t i = 5; i < n && words[i] >> 16; i += words[i] >> 16) {
        if ((words[i] & 0xffff) == opcode) {
            return i;
        }
    }
    return 0;
}

#define N (sizeof(kit_double_comp) / 4)
enum { OP_CAPABILITY = 17, OP_IMUL = 132, OP_NONE = 4999, CAPABILITY_KERNEL = 6 };

static void
case_unsupported_shader(struct kit *k)
{
    SKIP_UNLESS(k, !kit_under_validation(k) && kit_ours(k), "misuse, to which only this driver promises an answer");
    struct compute c;
    uint32_t words[N];
    compute_init(k, &c);
    CHECK_VK(k, build(k, &c, kit_double_comp, sizeof(kit_double_comp), "main"));
    CHECK(k, kit_messages(k) == 0, "messages about a good shader");
    memcpy(words, kit_double_comp, sizeof(words));
    words[find_opcode(words, N, OP_CAPABILITY) + 1] = CAPABILITY_KERNEL;
    CHECK(k, build(k, &c, words, sizeof(words), "main") < 0, "a kernel was accepted");
    CHECK(k, kit_message_has(k, "Kernel"), "no message names the capability");
    kit_messages_clear(k);
    memcpy(words, kit_double_comp, sizeof(words));
    const size_t mul = find_opcode(words, N, OP_IMUL);
    REQUIRE(k, mul, "the shader has no OpIMul");
    words[mul] = (words[mul] & 0xffff0000u) | OP_NONE; /* no such instruction */
    CHECK(k, build(k, &c, words, sizeof(words), "main") < 0, "an unknown instruction was accepted");
    char where[32];
    snprintf(where, sizeof(where), "opcode %u", (unsigned)OP_NONE);
    CHECK(k, kit_message_has(k, where), "no message names the instruction");
    CHECK(k, build(k, &c, kit_double_comp, sizeof(kit_double_comp), "other") < 0, "an entry point that does not exist was found");
    CHECK_VK(k, build(k, &c, kit_double_comp, sizeof(kit_double_comp), "main"));
}

static void
case_bad_spirv(struct kit *k)
{
    SKIP_UNLESS(k, !kit_under_validation(k) && kit_ours(k), "misuse, to which only this driver promises an answer");
    struct compute c;
    uint32_t words[N + 4], seed = 1;
    compute_init(k, &c);
#define BAD(what, size_B) CHECK(k, build(k, &c, words, size_B, "main") < 0, "%s was accepted", what)
    memcpy(words, kit_double_comp, sizeof(kit_double_comp));
    BAD("nothing", 0);
    BAD("a header alone", 20);
    BAD("a size that is no multiple of four", sizeof(kit_double_comp) - 1);
    for (size_t n = 5; n < N - 1; n++) {
        BAD("a module cut off", n * 4);
    }
    words[0] ^= 1;
    BAD("a wrong magic number", sizeof(kit_double_comp));
    words[0] = __builtin_bswap32(kit_double_comp[0]);
    BAD("the other byte order, half", sizeof(kit_double_comp));
    words[0] = kit_double_comp[0];
    words[3] = UINT32_MAX;
    BAD("a bound of 2^32 - 1", sizeof(kit_double_comp));
    words[3] = 1;
    BAD("ids beyond the bound", sizeof(kit_double_comp));
    words[3] = kit_double_comp[3];
    words[5] = 0;
    BAD("an instruction of no words", sizeof(kit_double_comp));
    words[5] = 0xffff0000u | OP_CAPABILITY;
    BAD("an instruction longer than the module", sizeof(kit_double_comp));
#undef BAD
    for (int i = 0; i < 300; i++) { /* any answer will do, but there must be one */
        memcpy(words, kit_double_comp, sizeof(kit_double_comp));
        for (int e = 0; e < 3; e++) {
            words[5 + kit_random(&seed) % (N - 5)] = kit_random(&seed) % 3 ? kit_random(&seed) % 64 : kit_random(&seed);
        }
        build(k, &c, words, sizeof(kit_double_comp), "main");
    }
    CHECK_VK(k, build(k, &c, kit_double_comp, sizeof(kit_double_comp), "main"));
}

/* One of three pipelines fails: the others are there, the error is reported. SPEC: pipelines-multiple */
static void
case_some_pipelines(struct kit *k)
{
    SKIP_UNLESS(k, !kit_under_validation(k) && kit_ours(k), "misuse, to which only this driver promises an answer");
    struct compute c;
    uint32_t words[N];
    compute_init(k, &c);
    memcpy(words, kit_double_comp, sizeof(words));
    words[find_opcode(words, N, OP_CAPABILITY) + 1] = CAPABILITY_KERNEL;
    VkShaderModule good = kit_module(k, KIT_CODE(kit_double_comp)), bad;
    const VkShaderModuleCreateInfo mi = {.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, .codeSize = sizeof(words), .pCode = words};
    if (vkCreateShaderModule(k->device, &mi, NULL, &bad) != VK_SUCCESS) {
        return; /* found even earlier */
    }
    KIT_OWN(k, VK_OBJECT_TYPE_SHADER_MODULE, bad);
    const VkPhysicalDevicePipelineCreationCacheControlFeatures *control =
        kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_CREATION_CACHE_CONTROL_FEATURES);
    for (int early = 0; early < 1 + (int)control->pipelineCreationCacheControl; early++) {
        VkComputePipelineCreateInfo ci[3];
        VkPipeline pipes[3];
        memset(pipes, 0xff, sizeof(pipes));
        for (int i = 0; i < 3; i++) {
            ci[i] = (VkComputePipelineCreateInfo){.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
                                                  .flags = early ? VK_PIPELINE_CREATE_EARLY_RETURN_ON_FAILURE_BIT : 0,
                                                  .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                                                            .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                                                            .module = i == 1 ? bad : good,
                                                            .pName = "main"},
                                                  .layout = c.layout};
        }
        CHECK(k, vkCreateComputePipelines(k->device, VK_NULL_HANDLE, 3, ci, NULL, pipes) < 0, "no error");
        CHECK(k, pipes[0] && !pipes[1], "the first pipeline is missing or the second is not");
        CHECK(k, early ? !pipes[2] : pipes[2] != VK_NULL_HANDLE, "the third with early return %d", early);
        for (int i = 0; i < 3; i++) {
            vkDestroyPipeline(k->device, pipes[i], NULL);
        }
    }
    /* Graphics: a bad fragment shader. */
    struct kit_target t;
    struct kit_graphics g;
    kit_target_rgba(k, &t, 4, 4);
    kit_graphics_init(k, &g, &t, kit_layout(k, 0, NULL, 16), KIT_CODE(kit_tri_vert), KIT_CODE(kit_color_frag));
    g.stages[1].module = bad;
    VkPipeline pipe = (VkPipeline)(uintptr_t)1;
    CHECK(k, vkCreateGraphicsPipelines(k->device, VK_NULL_HANDLE, 1, &g.info, NULL, &pipe) < 0, "no error");
    CHECK(k, !pipe, "a pipeline that failed has a handle");
}

/* ---- memory and sizes ---- */

static void
case_too_large(struct kit *k)
{
    SKIP_UNLESS(k, !kit_under_validation(k) && kit_ours(k), "misuse of maxMemoryAllocationSize");
    const VkDeviceSize heap_B = k->memory.memoryHeaps[0].size;
    const VkDeviceSize sizes[] = {UINT64_MAX, UINT64_MAX - 4095, UINT64_C(1) << 62, heap_B + (1 << 20)};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        const VkMemoryAllocateInfo info = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .allocationSize = sizes[i]};
        VkDeviceMemory m;
        kit_messages_clear(k);
        CHECK_RESULT(k, vkAllocateMemory(k->device, &info, NULL, &m), VK_ERROR_OUT_OF_DEVICE_MEMORY);
        CHECK(k, kit_messages(k) > 0 || !kit_has_instance(k, "VK_EXT_debug_utils"), "no message");
    }
    kit_memory(k, 1 << 20, UINT32_MAX, 0, NULL); /* afterwards all is well */
    VkImageFormatProperties p;
    MUST(vkGetPhysicalDeviceImageFormatProperties(k->physical, VK_FORMAT_R8G8B8A8_UNORM, VK_IMAGE_TYPE_2D, VK_IMAGE_TILING_OPTIMAL,
                                                  VK_IMAGE_USAGE_SAMPLED_BIT, 0, &p));
    const VkImageCreateInfo info = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
                                    .imageType = VK_IMAGE_TYPE_2D,
                                    .format = VK_FORMAT_R8G8B8A8_UNORM,
                                    .extent = {p.maxExtent.width, p.maxExtent.height, 1},
                                    .mipLevels = 1,
                                    .arrayLayers = p.maxArrayLayers,
                                    .samples = VK_SAMPLE_COUNT_1_BIT,
                                    .usage = VK_IMAGE_USAGE_SAMPLED_BIT};
    VkImage image; /* within every limit but that of the whole: 2 TiB */
    const VkResult r = vkCreateImage(k->device, &info, NULL, &image);
    if (r == VK_SUCCESS) { /* then its memory can't be had */
        VkMemoryRequirements need;
        vkGetImageMemoryRequirements(k->device, image, &need);
        CHECK(k, need.size >= (VkDeviceSize)p.maxExtent.width * p.maxExtent.height * 4 * p.maxArrayLayers, "%llu bytes",
              (unsigned long long)need.size);
        vkDestroyImage(k->device, image, NULL);
    } else {
        CHECK(k, r == VK_ERROR_OUT_OF_DEVICE_MEMORY || r == VK_ERROR_OUT_OF_HOST_MEMORY, "%s", kit_result_name(r));
    }
}

static void
case_formats(struct kit *k)
{
    VkImageFormatProperties p;
    const VkImageUsageFlags sampled = VK_IMAGE_USAGE_SAMPLED_BIT;
    for (size_t i = 0; i < kit_n_format_infos; i++) { /* supported exactly where there are features */
        const struct kit_format_info *f = &kit_format_infos[i];
        if (!kit_format_defined(k, f)) {
            continue;
        }
        const bool has = kit_format_features(k, f->format, VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT;
        const VkResult r =
            vkGetPhysicalDeviceImageFormatProperties(k->physical, f->format, VK_IMAGE_TYPE_2D, VK_IMAGE_TILING_OPTIMAL, sampled, 0, &p);
        CHECK(k, r == (has ? VK_SUCCESS : VK_ERROR_FORMAT_NOT_SUPPORTED), "%s: %s, sampled %d", f->name, kit_result_name(r), has);
        CHECK(k,
              r != VK_SUCCESS ||
                  (p.maxExtent.width >= 4096 && p.maxArrayLayers >= 1 && p.maxMipLevels >= 1 && p.sampleCounts & VK_SAMPLE_COUNT_1_BIT),
              "%s: limits", f->name);
    }
    CHECK_RESULT(k,
                 vkGetPhysicalDeviceImageFormatProperties(k->physical, VK_FORMAT_R8G8B8A8_UNORM, VK_IMAGE_TYPE_2D, VK_IMAGE_TILING_OPTIMAL,
                                                          VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT, 0, &p),
                 VK_ERROR_FORMAT_NOT_SUPPORTED);
    CHECK_RESULT(k,
                 vkGetPhysicalDeviceImageFormatProperties(k->physical, VK_FORMAT_D16_UNORM, VK_IMAGE_TYPE_2D, VK_IMAGE_TILING_OPTIMAL,
                                                          VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT, 0, &p),
                 VK_ERROR_FORMAT_NOT_SUPPORTED);
    if (!k->features.sparseBinding) {
        CHECK_RESULT(k,
                     vkGetPhysicalDeviceImageFormatProperties(k->physical, VK_FORMAT_R8G8B8A8_UNORM, VK_IMAGE_TYPE_2D,
                                                              VK_IMAGE_TILING_OPTIMAL, sampled, VK_IMAGE_CREATE_SPARSE_BINDING_BIT, &p),
                     VK_ERROR_FORMAT_NOT_SUPPORTED);
    }
    if (kit_ours(k) && !kit_has(k, "VK_EXT_fragment_density_map")) {
        CHECK_RESULT(k,
                     vkGetPhysicalDeviceImageFormatProperties(k->physical, VK_FORMAT_R8G8_UNORM, VK_IMAGE_TYPE_2D, VK_IMAGE_TILING_OPTIMAL,
                                                              VK_IMAGE_USAGE_FRAGMENT_DENSITY_MAP_BIT_EXT, 0, &p),
                     VK_ERROR_FORMAT_NOT_SUPPORTED);
    }
    if (k->vk.GetPhysicalDeviceImageFormatProperties2 && kit_has(k, "VK_EXT_separate_stencil_usage")) {
        const VkFormat ds = VK_FORMAT_D32_SFLOAT_S8_UINT;
        const bool stored = kit_format_features(k, ds, VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_STORAGE_IMAGE_BIT,
                   there = kit_format_features(k, ds, VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT;
        for (int i = 0; i < 2; i++) { /* what the stencil is to be used for counts, too */
            const VkImageStencilUsageCreateInfo stencil = {VK_STRUCTURE_TYPE_IMAGE_STENCIL_USAGE_CREATE_INFO, NULL,
                                                           i ? VK_IMAGE_USAGE_STORAGE_BIT : sampled};
            const VkPhysicalDeviceImageFormatInfo2 in = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_FORMAT_INFO_2, .pNext = &stencil,
                                                         .format = ds, .type = VK_IMAGE_TYPE_2D, .usage = sampled};
            VkImageFormatProperties2 out = {.sType = VK_STRUCTURE_TYPE_IMAGE_FORMAT_PROPERTIES_2};
            CHECK_RESULT(k, k->vk.GetPhysicalDeviceImageFormatProperties2(k->physical, &in, &out),
                         there && (!i || stored) ? VK_SUCCESS : VK_ERROR_FORMAT_NOT_SUPPORTED);
        }
    }
    if (kit_ours(k) && k->vk.GetPhysicalDeviceExternalBufferProperties && k->features.sparseBinding) { /* pages can't be mapped twice */
        const VkPhysicalDeviceExternalBufferInfo bin = {VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_BUFFER_INFO, NULL,
                                                        VK_BUFFER_CREATE_SPARSE_BINDING_BIT, VK_BUFFER_USAGE_TRANSFER_SRC_BIT,
                                                        VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT};
        VkExternalBufferProperties bout = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_BUFFER_PROPERTIES};
        k->vk.GetPhysicalDeviceExternalBufferProperties(k->physical, &bin, &bout);
        CHECK(k, bout.externalMemoryProperties.externalMemoryFeatures == 0, "sparse buffers of host memory");
    }
    if (k->vk.GetPhysicalDeviceImageFormatProperties2 && kit_has_instance(k, "VK_KHR_external_memory_capabilities")) {
        static const VkExternalMemoryHandleTypeFlagBits foreign[] = {VK_EXTERNAL_MEMORY_HANDLE_TYPE_D3D11_TEXTURE_BIT,
                                                                     VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_WIN32_BIT};
        for (size_t i = 0; i < ARRAY_LEN(foreign); i++) {
            const VkPhysicalDeviceExternalImageFormatInfo ext = {VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_IMAGE_FORMAT_INFO, NULL,
                                                                 foreign[i]};
            const VkPhysicalDeviceImageFormatInfo2 in = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_FORMAT_INFO_2,
                                                         .pNext = &ext,
                                                         .format = VK_FORMAT_R8G8B8A8_UNORM,
                                                         .type = VK_IMAGE_TYPE_2D,
                                                         .usage = sampled};
            VkExternalImageFormatProperties out_ext = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_IMAGE_FORMAT_PROPERTIES};
            VkImageFormatProperties2 out = {.sType = VK_STRUCTURE_TYPE_IMAGE_FORMAT_PROPERTIES_2, .pNext = &out_ext};
            CHECK_RESULT(k, k->vk.GetPhysicalDeviceImageFormatProperties2(k->physical, &in, &out), VK_ERROR_FORMAT_NOT_SUPPORTED);
            const VkPhysicalDeviceExternalBufferInfo bin = {VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_BUFFER_INFO, NULL, 0,
                                                            VK_BUFFER_USAGE_TRANSFER_SRC_BIT, foreign[i]};
            VkExternalBufferProperties bout = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_BUFFER_PROPERTIES};
            k->vk.GetPhysicalDeviceExternalBufferProperties(k->physical, &bin, &bout);
            CHECK(k, bout.externalMemoryProperties.externalMemoryFeatures == 0, "buffers of a foreign handle type");
        }
    }
    if (k->vk.GetPhysicalDeviceExternalSemaphoreProperties && kit_has_instance(k, "VK_KHR_external_semaphore_capabilities")) {
        const VkPhysicalDeviceExternalSemaphoreInfo in = {VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_SEMAPHORE_INFO, NULL,
                                                          VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_D3D12_FENCE_BIT};
        VkExternalSemaphoreProperties out = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_SEMAPHORE_PROPERTIES};
        k->vk.GetPhysicalDeviceExternalSemaphoreProperties(k->physical, &in, &out);
        CHECK(k, out.externalSemaphoreFeatures == 0 && out.compatibleHandleTypes == 0, "semaphores of a foreign handle type");
    }
}

/* ---- creation ---- */

static VkResult
make_device(struct kit *k, const VkPhysicalDeviceFeatures *core, const void *next, uint32_t n, const char *const *extensions)
{
    const float priority = 1;
    const VkDeviceQueueCreateInfo queue = {
        .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueCount = 1, .pQueuePriorities = &priority};
    const VkDeviceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
                                     .pNext = next,
                                     .queueCreateInfoCount = 1,
                                     .pQueueCreateInfos = &queue,
                                     .enabledExtensionCount = n,
                                     .ppEnabledExtensionNames = extensions,
                                     .pEnabledFeatures = core};
    VkDevice device;
    const VkResult r = vkCreateDevice(k->physical, &info, NULL, &device);
    if (r == VK_SUCCESS) {
        vkDestroyDevice(device, NULL);
    }
    return r;
}

/* Each core feature and each member of each feature struct alone. */
static void
case_features(struct kit *k)
{
    const VkBool32 *offered = (const VkBool32 *)&k->features;
    for (size_t i = 0; i < sizeof(k->features) / sizeof(VkBool32); i++) {
        VkPhysicalDeviceFeatures one = {0};
        ((VkBool32 *)&one)[i] = VK_TRUE;
        if (!offered[i] && kit_under_validation(k)) {
            continue; /* the layer's answer */
        }
        CHECK_RESULT(k, make_device(k, &one, NULL, 0, NULL), offered[i] ? VK_SUCCESS : VK_ERROR_FEATURE_NOT_PRESENT);
    }
    SKIP_UNLESS(k, !kit_under_validation(k), "misuse");
    for (size_t s = 0; s < kit_n_feature_structs; s++) {
        const struct kit_feature_struct *f = &kit_feature_structs[s];
        if (!kit_has(k, f->extension)) {
            continue;
        }
        const uint8_t *all = kit_feature(k, f->type);
        for (size_t at = sizeof(VkBaseOutStructure); at + sizeof(VkBool32) <= f->size_B; at += sizeof(VkBool32)) {
            VkBool32 has;
            uint64_t copy[64] = {0};
            memcpy(&has, all + at, sizeof(has));
            if (has) {
                continue;
            }
            const VkBool32 on = VK_TRUE;
            memcpy(copy, &f->type, sizeof(f->type)); /* sType stands first */
            memcpy((uint8_t *)copy + at, &on, sizeof(on));
            const char *name = f->extension;
            const VkResult r = make_device(k, NULL, copy, 1, &name);
            const bool padding = at + sizeof(VkBool32) == f->size_B && (f->size_B - sizeof(VkBaseOutStructure)) % 8 == 0;
            CHECK(k, r == VK_ERROR_FEATURE_NOT_PRESENT || (padding && r == VK_SUCCESS), "%s: %s for the feature at byte %zu", f->extension,
                  kit_result_name(r), at);
        }
    }
}

static void
case_extensions(struct kit *k)
{
    const char *const unknown[] = {"VK_KHR_no_such_extension"}, *const twice[] = {"VK_KHR_maintenance1", "VK_KHR_maintenance1"};
    const char *const not_offered[] = {"VK_NV_mesh_shader"};
    CHECK_RESULT(k, make_device(k, NULL, NULL, 1, unknown), VK_ERROR_EXTENSION_NOT_PRESENT);
    if (!kit_has(k, not_offered[0])) {
        CHECK_RESULT(k, make_device(k, NULL, NULL, 1, not_offered), VK_ERROR_EXTENSION_NOT_PRESENT);
    }
    if (kit_has(k, twice[0])) {
        CHECK_VK(k, make_device(k, NULL, NULL, 2, twice));
    }
    const VkInstanceCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .enabledExtensionCount = 1, .ppEnabledExtensionNames = unknown};
    const VkInstanceCreateInfo layer = {
        .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .enabledLayerCount = 1, .ppEnabledLayerNames = unknown};
    VkInstance instance;
    CHECK_RESULT(k, vkCreateInstance(&info, NULL, &instance), VK_ERROR_EXTENSION_NOT_PRESENT);
    CHECK_RESULT(k, vkCreateInstance(&layer, NULL, &instance), VK_ERROR_LAYER_NOT_PRESENT);
}

/* Each offered extension can be enabled together with what it needs: all others. And each core version asks for an instance. */
static void
case_instances(struct kit *k)
{
    static const uint32_t versions[] = {
        0, VK_API_VERSION_1_0, VK_API_VERSION_1_1, VK_API_VERSION_1_2, VK_API_VERSION_1_3, VK_MAKE_API_VERSION(0, 1, 9, 0)};
    for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
        const VkApplicationInfo app = {.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO, .apiVersion = versions[i]};
        const VkInstanceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .pApplicationInfo = &app};
        VkInstance instance;
        CHECK_VK(k, vkCreateInstance(&info, NULL, &instance));
        uint32_t n = 1;
        VkPhysicalDevice p;
        VkPhysicalDeviceProperties props;
        const VkResult r = vkEnumeratePhysicalDevices(instance, &n, &p);
        CHECK(k, (r == VK_SUCCESS || r == VK_INCOMPLETE) && n == 1, "version %#x: %s, %u devices", versions[i], kit_result_name(r), n);
        vkGetPhysicalDeviceProperties(p, &props);
        CHECK(k, props.apiVersion == k->properties.apiVersion, "the device's version changes with the application's");
        vkDestroyInstance(instance, NULL);
    }
}

/* ---- debug utils ---- */

struct heard {
    uint32_t n;
    VkDebugUtilsMessageSeverityFlagsEXT severities;
    char text[256], object[64], id[64];
    uint64_t handle;
};

static VKAPI_ATTR VkBool32 VKAPI_CALL
hear(VkDebugUtilsMessageSeverityFlagBitsEXT severity, VkDebugUtilsMessageTypeFlagsEXT kind,
     const VkDebugUtilsMessengerCallbackDataEXT *data, void *user)
{
    (void)kind;
    struct heard *h = user;
    h->n++;
    h->severities |= severity;
    snprintf(h->text, sizeof(h->text), "%s", data->pMessage ? data->pMessage : "");
    snprintf(h->id, sizeof(h->id), "%s", data->pMessageIdName ? data->pMessageIdName : "");
    if (data->objectCount) {
        snprintf(h->object, sizeof(h->object), "%s", data->pObjects[0].pObjectName ? data->pObjects[0].pObjectName : "");
        h->handle = data->pObjects[0].objectHandle;
    }
    return VK_FALSE;
}

static VkDebugUtilsMessengerEXT
listen(struct kit *k, struct heard *h, VkDebugUtilsMessageSeverityFlagsEXT severities)
{
    const VkDebugUtilsMessengerCreateInfoEXT info = {.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT,
                                                     .messageSeverity = severities,
                                                     .messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_GENERAL_BIT_EXT,
                                                     .pfnUserCallback = hear,
                                                     .pUserData = h};
    VkDebugUtilsMessengerEXT m;
    MUST(k->vk.CreateDebugUtilsMessengerEXT(k->instance, &info, NULL, &m));
    return m;
}

static void
case_messengers(struct kit *k)
{
    SKIP_UNLESS(k, k->vk.CreateDebugUtilsMessengerEXT, "no VK_EXT_debug_utils");
    struct heard errors = {0}, infos = {0};
    const VkDebugUtilsMessengerEXT a = listen(k, &errors, VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT),
                                   b = listen(k, &infos, VK_DEBUG_UTILS_MESSAGE_SEVERITY_INFO_BIT_EXT);
    const VkDebugUtilsMessengerCallbackDataEXT data = {
        .sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CALLBACK_DATA_EXT, .pMessageIdName = "id", .pMessage = "said by the application"};
    k->vk.SubmitDebugUtilsMessageEXT(k->instance, VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT,
                                     VK_DEBUG_UTILS_MESSAGE_TYPE_GENERAL_BIT_EXT, &data);
    CHECK(k, errors.n >= 1 && infos.n == 0 && strcmp(errors.text, "said by the application") == 0 && strcmp(errors.id, "id") == 0,
          "%u errors, %u infos", errors.n, infos.n);
    k->vk.SubmitDebugUtilsMessageEXT(k->instance, VK_DEBUG_UTILS_MESSAGE_SEVERITY_INFO_BIT_EXT,
                                     VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT, &data);
    CHECK(k, infos.n == 0, "a type that nobody asked for");
    k->vk.DestroyDebugUtilsMessengerEXT(k->instance, a, NULL);
    const uint32_t before = errors.n;
    k->vk.SubmitDebugUtilsMessageEXT(k->instance, VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT,
                                     VK_DEBUG_UTILS_MESSAGE_TYPE_GENERAL_BIT_EXT, &data);
    CHECK(k, errors.n == before, "a message after the messenger's end");
    k->vk.DestroyDebugUtilsMessengerEXT(k->instance, b, NULL);
    k->vk.DestroyDebugUtilsMessengerEXT(k->instance, VK_NULL_HANDLE, NULL);
}

/* The driver's own message about an object carries the object and its name. */
static void
case_names(struct kit *k)
{
    SKIP_UNLESS(k, k->vk.SetDebugUtilsObjectNameEXT, "no VK_EXT_debug_utils");
    const struct kit_buffer b = kit_buffer(k, 64, NULL);
    const struct kit_image img = kit_image_2d(k, VK_FORMAT_R8G8B8A8_UNORM, 4, 4);
    const VkCommandBuffer cmd = kit_begin(k);
    const struct {
        VkObjectType type;
        uint64_t handle;
    } objects[] = {{VK_OBJECT_TYPE_BUFFER, (uint64_t)b.buffer},
                   {VK_OBJECT_TYPE_DEVICE_MEMORY, (uint64_t)b.memory},
                   {VK_OBJECT_TYPE_IMAGE, (uint64_t)img.image},
                   {VK_OBJECT_TYPE_IMAGE_VIEW, (uint64_t)img.view},
                   {VK_OBJECT_TYPE_COMMAND_BUFFER, (uint64_t)(uintptr_t)cmd},
                   {VK_OBJECT_TYPE_COMMAND_POOL, (uint64_t)k->pool},
                   {VK_OBJECT_TYPE_QUEUE, (uint64_t)(uintptr_t)k->queue},
                   {VK_OBJECT_TYPE_DEVICE, (uint64_t)(uintptr_t)k->device},
                   {VK_OBJECT_TYPE_INSTANCE, (uint64_t)(uintptr_t)k->instance},
                   {VK_OBJECT_TYPE_PHYSICAL_DEVICE, (uint64_t)(uintptr_t)k->physical},
                   {VK_OBJECT_TYPE_SAMPLER, (uint64_t)kit_sampler(k, VK_FILTER_NEAREST, VK_SAMPLER_ADDRESS_MODE_REPEAT)},
                   {VK_OBJECT_TYPE_SEMAPHORE, (uint64_t)kit_semaphore(k)},
                   {VK_OBJECT_TYPE_FENCE, (uint64_t)kit_fence(k, false)}};
    for (size_t i = 0; i < ARRAY_LEN(objects); i++) {
        if (objects[i].type == VK_OBJECT_TYPE_PHYSICAL_DEVICE && kit_under_validation(k)) {
            continue; /* layers know another handle than the application does */
        }
        for (int round = 0; round < 3; round++) { /* a name, another, none */
            const VkDebugUtilsObjectNameInfoEXT name = {VK_STRUCTURE_TYPE_DEBUG_UTILS_OBJECT_NAME_INFO_EXT, NULL, objects[i].type,
                                                        objects[i].handle,
                                                        round == 2 ? NULL
                                                        : round    ? "second"
                                                                   : "first"};
            CHECK_VK(k, k->vk.SetDebugUtilsObjectNameEXT(k->device, &name));
        }
        const uint32_t value = 7;
        const VkDebugUtilsObjectTagInfoEXT tag = {
            VK_STRUCTURE_TYPE_DEBUG_UTILS_OBJECT_TAG_INFO_EXT, NULL, objects[i].type, objects[i].handle, 1, 4, &value};
        CHECK_VK(k, k->vk.SetDebugUtilsObjectTagEXT(k->device, &tag));
    }
    kit_submit(k, cmd);
    SKIP_UNLESS(k, !kit_under_validation(k), "misuse");
    /* An image that does not fit where it is bound. */
    struct heard h = {0};
    const VkDebugUtilsMessengerEXT m = listen(k, &h, VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT);
    VkImageCreateInfo info = img.info;
    info.extent.width = info.extent.height = 256;
    VkImage large;
    MUST(vkCreateImage(k->device, &info, NULL, &large));
    KIT_OWN(k, VK_OBJECT_TYPE_IMAGE, large);
    const VkDebugUtilsObjectNameInfoEXT name = {VK_STRUCTURE_TYPE_DEBUG_UTILS_OBJECT_NAME_INFO_EXT, NULL, VK_OBJECT_TYPE_IMAGE,
                                                (uint64_t)large, "a large picture"};
    CHECK_VK(k, k->vk.SetDebugUtilsObjectNameEXT(k->device, &name));
    const VkDeviceMemory small = kit_memory(k, 4096, UINT32_MAX, 0, NULL);
    if (vkBindImageMemory(k->device, large, small, 0) != VK_SUCCESS) { /* a driver may also trust the application */
        CHECK(k, h.n == 1 && strcmp(h.object, "a large picture") == 0 && h.handle == (uint64_t)large, "%u messages, the last about \"%s\"",
              h.n, h.object);
    }
    k->vk.DestroyDebugUtilsMessengerEXT(k->instance, m, NULL);
}

static void
case_labels(struct kit *k)
{
    SKIP_UNLESS(k, k->vk.CmdBeginDebugUtilsLabelEXT, "no VK_EXT_debug_utils");
    const struct kit_buffer b = kit_buffer(k, 64, NULL);
    const VkDebugUtilsLabelEXT label = {VK_STRUCTURE_TYPE_DEBUG_UTILS_LABEL_EXT, NULL, "a label", {1, 0, 0, 1}};
    const VkCommandBuffer cmd = kit_begin(k);
    k->vk.CmdBeginDebugUtilsLabelEXT(cmd, &label);
    k->vk.CmdInsertDebugUtilsLabelEXT(cmd, &label);
    vkCmdFillBuffer(cmd, b.buffer, 0, 64, 3);
    k->vk.CmdBeginDebugUtilsLabelEXT(cmd, &label);
    k->vk.CmdEndDebugUtilsLabelEXT(cmd);
    k->vk.CmdEndDebugUtilsLabelEXT(cmd);
    kit_barrier(cmd);
    k->vk.QueueBeginDebugUtilsLabelEXT(k->queue, &label);
    kit_submit(k, cmd);
    k->vk.QueueInsertDebugUtilsLabelEXT(k->queue, &label);
    k->vk.QueueEndDebugUtilsLabelEXT(k->queue);
    CHECK(k, *(uint32_t *)b.data == 3, "commands between labels");
}

static const struct kit_case cases[] = {
    {"unsupported_shader", case_unsupported_shader},
    {"bad_spirv", case_bad_spirv},
    {"some_pipelines", case_some_pipelines},
    {"too_large", case_too_large},
    {"formats", case_formats},
    {"features", case_features},
    {"extensions", case_extensions},
    {"instances", case_instances},
    {"messengers", case_messengers},
    {"names", case_names},
    {"labels", case_labels},
};
KIT_MAIN(cases)
