/* What the device offers and says: count protocols, names of commands, what extensions need; objects of every kind made with allocation
 * callbacks and destroyed; caches, private data, requirements. SPEC: initialization, devsandqueues, memory-allocation, resources. */
#include "kit.h"

#include "kit_double_comp.h"

/* ---- counts ---- */

static void
case_counts(struct kit *k)
{
    uint32_t n = 0;
    VkPhysicalDevice pdev;
    CHECK_VK(k, vkEnumeratePhysicalDevices(k->instance, &n, NULL));
    CHECK(k, n >= 1, "%u devices", n);
    n = 0;
    CHECK_RESULT(k, vkEnumeratePhysicalDevices(k->instance, &n, &pdev), VK_INCOMPLETE);
    CHECK(k, n == 0, "%u written", n);
    VkExtensionProperties *list = kit_alloc(k, (k->n_extensions + 1) * sizeof(*list));
    n = k->n_extensions - 1;
    CHECK_RESULT(k, vkEnumerateDeviceExtensionProperties(k->physical, NULL, &n, list), VK_INCOMPLETE);
    CHECK(k, n == k->n_extensions - 1 && list[n].extensionName[0] == 0, "an element too many was written");
    n = k->n_extensions + 1;
    CHECK_VK(k, vkEnumerateDeviceExtensionProperties(k->physical, NULL, &n, list));
    CHECK(k, n == k->n_extensions, "%u extensions", n);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t j = 0; j < i; j++) {
            CHECK(k, strcmp(list[i].extensionName, list[j].extensionName) != 0, "%s twice", list[i].extensionName);
        }
        CHECK(k, list[i].specVersion >= 1, "%s has no version", list[i].extensionName);
    }
    VkQueueFamilyProperties families[4];
    n = 0;
    vkGetPhysicalDeviceQueueFamilyProperties(k->physical, &n, NULL);
    CHECK(k, n >= 1, "%u families", n);
    n = 4;
    vkGetPhysicalDeviceQueueFamilyProperties(k->physical, &n, families);
    CHECK(k, n >= 1 && n <= 4 && families[0].queueCount >= 1 && families[0].queueFlags & VK_QUEUE_GRAPHICS_BIT, "the first family");
    n = 7;
    VkSparseImageFormatProperties sparse[7];
    vkGetPhysicalDeviceSparseImageFormatProperties(k->physical, VK_FORMAT_R8G8B8A8_UNORM, VK_IMAGE_TYPE_2D, VK_SAMPLE_COUNT_1_BIT,
                                                   VK_IMAGE_USAGE_SAMPLED_BIT, VK_IMAGE_TILING_OPTIMAL, &n, sparse);
    CHECK(k, k->features.sparseResidencyImage2D || n == 0, "%u sparse formats without the feature", n);
    n = 0;
    CHECK_VK(k, vkEnumerateDeviceLayerProperties(k->physical, &n, NULL));
    if (k->vk.EnumeratePhysicalDeviceGroups) {
        VkPhysicalDeviceGroupProperties group = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_GROUP_PROPERTIES};
        n = 1;
        const VkResult r = k->vk.EnumeratePhysicalDeviceGroups(k->instance, &n, &group);
        CHECK(k,
              (r == VK_SUCCESS || r == VK_INCOMPLETE) && n == 1 && group.physicalDeviceCount == 1 &&
                  group.physicalDevices[0] == k->physical,
              "device groups");
    }
}

/* ---- commands and extensions ---- */

struct names {
    const struct kit *k;
    bool (*has)(const struct kit *k, const char *extension);
};

/* Loaders hide instance extensions that are younger than themselves: the EXT name of what became KHR counts. */
static bool
has_any(const struct kit *k, const char *extension)
{
    char older[VK_MAX_EXTENSION_NAME_SIZE];
    snprintf(older, sizeof(older), "VK_EXT_%s", strncmp(extension, "VK_KHR_", 7) == 0 ? extension + 7 : "");
    return kit_has(k, extension) || kit_has_instance(k, extension) || kit_has_instance(k, older);
}

static bool
has_none(const struct kit *k, const char *extension)
{
    return kit_has_instance(k, extension);
}

/* Names of versions and extensions joined by + (and) and , (or), with parentheses; both signs bind alike, from the left. */
static bool
condition(const struct names *n, const char **at)
{
    bool value = true;
    char op = '+';
    for (;;) {
        bool term;
        if (**at == '(') {
            (*at)++;
            term = condition(n, at);
            *at += **at == ')';
        } else {
            char name[128] = {0};
            const size_t length = strcspn(*at, "+,()");
            memcpy(name, *at, length < 127 ? length : 127);
            *at += length;
            unsigned major, minor;
            term = sscanf(name, "VK_VERSION_%u_%u", &major, &minor) == 2 ? n->k->version >= VK_MAKE_API_VERSION(0, major, minor, 0)
                                                                         : strchr(name, ':') || n->has(n->k, name);
        }
        value = op == '+' ? value && term : value || term;
        if (**at != '+' && **at != ',') {
            return value;
        }
        op = *(*at)++;
    }
}

static bool
holds(const struct kit *k, const char *text, bool (*has)(const struct kit *k, const char *extension))
{
    const struct names n = {k, has};
    return !text || condition(&n, &text);
}

/* An extension that needs another comes with it. SPEC: extendingvulkan-extensions-extensiondependencies */
static void
case_extension_dependencies(struct kit *k)
{
    for (size_t i = 0; i < kit_n_extension_infos; i++) {
        const struct kit_extension_info *e = &kit_extension_infos[i];
        if (e->device && kit_has(k, e->name)) {
            CHECK(k, holds(k, e->condition, has_any), "%s needs %s", e->name, e->condition);
        }
    }
}

static bool
same_requirements(const VkMemoryRequirements *a, const VkMemoryRequirements *b)
{
    return a->size == b->size && a->alignment == b->alignment && a->memoryTypeBits == b->memoryTypeBits;
}

/* The loader has these itself, for every device. */
static bool
of_the_loader(const char *name)
{
    return strcmp(name, "vkGetDeviceQueue2") == 0;
}

/* Resolving starts with images of several samples. */
static bool
of_multisampling(const struct kit *k, const char *name)
{
    return strstr(name, "ResolveImage") && k->properties.limits.framebufferColorSampleCounts == VK_SAMPLE_COUNT_1_BIT;
}

/* Every command of the version and the enabled extensions is there, commands of extensions that are not enabled are not. */
static void
case_command_names(struct kit *k)
{
    const float priority = 1;
    const VkDeviceQueueCreateInfo queue = {
        .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueCount = 1, .pQueuePriorities = &priority};
    const VkDeviceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .queueCreateInfoCount = 1, .pQueueCreateInfos = &queue};
    VkDevice bare;
    MUST(vkCreateDevice(k->physical, &info, NULL, &bare));
    for (size_t i = 0; i < kit_n_command_infos; i++) {
        const struct kit_command_info *c = &kit_command_infos[i];
        const bool by_version = c->version && c->version <= k->version;
        const bool with =
            by_version || (c->extension && (c->device_extension ? kit_has(k, c->extension) : kit_has_instance(k, c->extension)) &&
                           holds(k, c->condition, has_any));
        if (c->kind == KIT_DEVICE && with && !of_multisampling(k, c->name)) {
            CHECK(k, vkGetDeviceProcAddr(k->device, c->name), "%s (%s) is missing", c->name, c->extension ? c->extension : "core");
        }
        if (c->kind != KIT_GLOBAL && with && !of_multisampling(k, c->name) &&
            (c->kind != KIT_PHYSICAL || c->version || kit_has_instance(k, c->extension))) {
            CHECK(k, vkGetInstanceProcAddr(k->instance, c->name), "%s is missing in the instance", c->name);
        }
        /* Another extension, enabled or not, or a version may bring the same command. */
        bool elsewhere = false;
        for (size_t j = 0; j < kit_n_command_infos; j++) {
            const struct kit_command_info *o = &kit_command_infos[j];
            elsewhere = elsewhere || (strcmp(o->name, c->name) == 0 &&
                                      ((o->version && o->version <= k->version) || (o->extension && !o->device_extension)));
        }
        if (c->kind == KIT_DEVICE && !elsewhere && !of_the_loader(c->name)) {
            CHECK(k, !vkGetDeviceProcAddr(bare, c->name), "%s is there without %s", c->name, c->extension ? c->extension : "its version");
        }
    }
    CHECK(k, !vkGetDeviceProcAddr(k->device, "vkNoSuchCommand") && !vkGetInstanceProcAddr(k->instance, "vkNoSuchCommand"),
          "a command that does not exist");
    CHECK(k, holds(k, "(VK_VERSION_1_0,VK_no_such)+VK_VERSION_1_0", has_none) && !holds(k, "VK_VERSION_1_0+VK_no_such", has_none),
          "the test's own parser");
    vkDestroyDevice(bare, NULL);
}

/* ---- allocation callbacks ---- */

struct counter {
    int live, total;
};

static void *VKAPI_PTR
count_alloc(void *user, size_t size_B, size_t align, VkSystemAllocationScope scope)
{
    (void)scope;
    struct counter *c = user;
    void *p = NULL;
    if (posix_memalign(&p, align < sizeof(void *) ? sizeof(void *) : align, size_B)) {
        return NULL;
    }
    memset(p, 0xa5, size_B);
    c->live++;
    c->total++;
    return p;
}

static void VKAPI_PTR
count_free(void *user, void *memory)
{
    if (memory) {
        ((struct counter *)user)->live--;
        free(memory);
    }
}

static void *VKAPI_PTR
count_realloc(void *user, void *old, size_t size_B, size_t align, VkSystemAllocationScope scope)
{
    (void)align, (void)scope;
    struct counter *c = user;
    if (size_B == 0) {
        count_free(user, old);
        return NULL;
    }
    c->live += old == NULL;
    return realloc(old, size_B);
}

/* One object of each kind with the callbacks; after destroying it nothing is left. */
static void
case_callbacks(struct kit *k)
{
    struct counter c = {0};
    const VkAllocationCallbacks a = {
        .pUserData = &c, .pfnAllocation = count_alloc, .pfnReallocation = count_realloc, .pfnFree = count_free};
    const VkDevice d = k->device;
#define KIND(name, create, destroy)                                                                                                        \
    do {                                                                                                                                   \
        c.total = 0;                                                                                                                       \
        CHECK_VK(k, create);                                                                                                               \
        destroy;                                                                                                                           \
        CHECK(k, c.live == 0, "%s: %d allocations left", name, c.live);                                                                    \
    } while (0)
    VkBuffer buffer;
    const VkBufferCreateInfo bi = {
        .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .size = 256, .usage = VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT};
    KIND("buffer", vkCreateBuffer(d, &bi, &a, &buffer), vkDestroyBuffer(d, buffer, &a));
    CHECK(k, c.total > 0, "vkCreateBuffer did not use the callbacks");
    const struct kit_buffer b = kit_buffer(k, 256, NULL);
    VkBufferView view;
    const VkBufferViewCreateInfo vi = {
        .sType = VK_STRUCTURE_TYPE_BUFFER_VIEW_CREATE_INFO, .buffer = b.buffer, .format = VK_FORMAT_R32_UINT, .range = VK_WHOLE_SIZE};
    KIND("buffer view", vkCreateBufferView(d, &vi, &a, &view), vkDestroyBufferView(d, view, &a));
    VkImage image;
    const VkImageCreateInfo ii = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
                                  .imageType = VK_IMAGE_TYPE_2D,
                                  .format = VK_FORMAT_R8G8B8A8_UNORM,
                                  .extent = {4, 4, 1},
                                  .mipLevels = 1,
                                  .arrayLayers = 1,
                                  .samples = VK_SAMPLE_COUNT_1_BIT,
                                  .usage = VK_IMAGE_USAGE_SAMPLED_BIT};
    KIND("image", vkCreateImage(d, &ii, &a, &image), vkDestroyImage(d, image, &a));
    const struct kit_image img = kit_image_2d(k, VK_FORMAT_R8G8B8A8_UNORM, 4, 4);
    VkImageView iv;
    const VkImageViewCreateInfo ivi = {.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO,
                                       .image = img.image,
                                       .viewType = VK_IMAGE_VIEW_TYPE_2D,
                                       .format = VK_FORMAT_R8G8B8A8_UNORM,
                                       .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};
    KIND("image view", vkCreateImageView(d, &ivi, &a, &iv), vkDestroyImageView(d, iv, &a));
    VkDeviceMemory memory;
    const VkMemoryAllocateInfo mi = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .allocationSize = 4096};
    KIND("memory", vkAllocateMemory(d, &mi, &a, &memory), vkFreeMemory(d, memory, &a));
    VkSampler sampler;
    const VkSamplerCreateInfo si = {.sType = VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO};
    KIND("sampler", vkCreateSampler(d, &si, &a, &sampler), vkDestroySampler(d, sampler, &a));
    VkShaderModule module;
    const VkShaderModuleCreateInfo smi = {
        .sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, .codeSize = sizeof(kit_double_comp), .pCode = kit_double_comp};
    KIND("shader module", vkCreateShaderModule(d, &smi, &a, &module), vkDestroyShaderModule(d, module, &a));
    VkDescriptorSetLayout sl;
    const VkDescriptorSetLayoutBinding binding = {0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_ALL, NULL};
    const VkDescriptorSetLayoutCreateInfo sli = {
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO, .bindingCount = 1, .pBindings = &binding};
    KIND("set layout", vkCreateDescriptorSetLayout(d, &sli, &a, &sl), vkDestroyDescriptorSetLayout(d, sl, &a));
    VkPipelineLayout layout;
    const VkPipelineLayoutCreateInfo pli = {.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO};
    KIND("pipeline layout", vkCreatePipelineLayout(d, &pli, &a, &layout), vkDestroyPipelineLayout(d, layout, &a));
    VkDescriptorPool pool;
    const VkDescriptorPoolSize size = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 4};
    const VkDescriptorPoolCreateInfo dpi = {
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO, .maxSets = 4, .poolSizeCount = 1, .pPoolSizes = &size};
    KIND("descriptor pool", vkCreateDescriptorPool(d, &dpi, &a, &pool), vkDestroyDescriptorPool(d, pool, &a));
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout own_sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout own_layout = kit_layout(k, 1, &own_sl, 0);
    VkPipeline pipe;
    const VkComputePipelineCreateInfo ci = {.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
                                            .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                                                      .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                                                      .module = kit_module(k, KIT_CODE(kit_double_comp)),
                                                      .pName = "main"},
                                            .layout = own_layout};
    KIND("compute pipeline", vkCreateComputePipelines(d, VK_NULL_HANDLE, 1, &ci, &a, &pipe), vkDestroyPipeline(d, pipe, &a));
    VkPipelineCache cache;
    const VkPipelineCacheCreateInfo cci = {.sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO};
    KIND("pipeline cache", vkCreatePipelineCache(d, &cci, &a, &cache), vkDestroyPipelineCache(d, cache, &a));
    VkFence fence;
    const VkFenceCreateInfo fi = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
    KIND("fence", vkCreateFence(d, &fi, &a, &fence), vkDestroyFence(d, fence, &a));
    VkSemaphore sem;
    const VkSemaphoreCreateInfo sei = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO};
    KIND("semaphore", vkCreateSemaphore(d, &sei, &a, &sem), vkDestroySemaphore(d, sem, &a));
    VkEvent event;
    const VkEventCreateInfo ei = {.sType = VK_STRUCTURE_TYPE_EVENT_CREATE_INFO};
    KIND("event", vkCreateEvent(d, &ei, &a, &event), vkDestroyEvent(d, event, &a));
    VkQueryPool queries;
    const VkQueryPoolCreateInfo qi = {
        .sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO, .queryType = VK_QUERY_TYPE_TIMESTAMP, .queryCount = 3};
    KIND("query pool", vkCreateQueryPool(d, &qi, &a, &queries), vkDestroyQueryPool(d, queries, &a));
    VkRenderPass pass;
    const VkSubpassDescription sub = {0};
    const VkRenderPassCreateInfo rpi = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO, .subpassCount = 1, .pSubpasses = &sub};
    KIND("render pass", vkCreateRenderPass(d, &rpi, &a, &pass), vkDestroyRenderPass(d, pass, &a));
    struct kit_target t;
    kit_target_rgba(k, &t, 4, 4);
    VkFramebuffer fb;
    const VkFramebufferCreateInfo fbi = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO,
                                         .renderPass = t.pass,
                                         .attachmentCount = 1,
                                         .pAttachments = &t.color[0].view,
                                         .width = 4,
                                         .height = 4,
                                         .layers = 1};
    KIND("framebuffer", vkCreateFramebuffer(d, &fbi, &a, &fb), vkDestroyFramebuffer(d, fb, &a));
    VkCommandPool cp;
    const VkCommandPoolCreateInfo cpi = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};
    KIND("command pool", vkCreateCommandPool(d, &cpi, &a, &cp), vkDestroyCommandPool(d, cp, &a));
    if (k->vk.CreateDescriptorUpdateTemplate) {
        VkDescriptorUpdateTemplate ut;
        const VkDescriptorUpdateTemplateEntry entry = {0, 0, 1, type, 0, 0};
        const VkDescriptorUpdateTemplateCreateInfo uti = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_UPDATE_TEMPLATE_CREATE_INFO,
                                                          .descriptorUpdateEntryCount = 1,
                                                          .pDescriptorUpdateEntries = &entry,
                                                          .descriptorSetLayout = own_sl};
        KIND("update template", k->vk.CreateDescriptorUpdateTemplate(d, &uti, &a, &ut), k->vk.DestroyDescriptorUpdateTemplate(d, ut, &a));
    }
    if (k->vk.CreatePrivateDataSlot) {
        VkPrivateDataSlot slot;
        const VkPrivateDataSlotCreateInfo pdi = {.sType = VK_STRUCTURE_TYPE_PRIVATE_DATA_SLOT_CREATE_INFO};
        KIND("private data slot", k->vk.CreatePrivateDataSlot(d, &pdi, &a, &slot), k->vk.DestroyPrivateDataSlot(d, slot, &a));
    }
    VkDevice other;
    const float priority = 1;
    const VkDeviceQueueCreateInfo queue = {
        .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueCount = 1, .pQueuePriorities = &priority};
    const VkDeviceCreateInfo di = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .queueCreateInfoCount = 1, .pQueueCreateInfos = &queue};
    KIND("device", vkCreateDevice(k->physical, &di, &a, &other), vkDestroyDevice(other, &a));
#undef KIND
}

/* All destroy commands take VK_NULL_HANDLE. */
static void
case_destroy_null(struct kit *k)
{
    const VkDevice d = k->device;
    vkDestroyBuffer(d, VK_NULL_HANDLE, NULL);
    vkDestroyBufferView(d, VK_NULL_HANDLE, NULL);
    vkDestroyImage(d, VK_NULL_HANDLE, NULL);
    vkDestroyImageView(d, VK_NULL_HANDLE, NULL);
    vkFreeMemory(d, VK_NULL_HANDLE, NULL);
    vkDestroySampler(d, VK_NULL_HANDLE, NULL);
    vkDestroyShaderModule(d, VK_NULL_HANDLE, NULL);
    vkDestroyDescriptorSetLayout(d, VK_NULL_HANDLE, NULL);
    vkDestroyPipelineLayout(d, VK_NULL_HANDLE, NULL);
    vkDestroyDescriptorPool(d, VK_NULL_HANDLE, NULL);
    vkDestroyPipeline(d, VK_NULL_HANDLE, NULL);
    vkDestroyPipelineCache(d, VK_NULL_HANDLE, NULL);
    vkDestroyFence(d, VK_NULL_HANDLE, NULL);
    vkDestroySemaphore(d, VK_NULL_HANDLE, NULL);
    vkDestroyEvent(d, VK_NULL_HANDLE, NULL);
    vkDestroyQueryPool(d, VK_NULL_HANDLE, NULL);
    vkDestroyRenderPass(d, VK_NULL_HANDLE, NULL);
    vkDestroyFramebuffer(d, VK_NULL_HANDLE, NULL);
    vkDestroyCommandPool(d, VK_NULL_HANDLE, NULL);
    const VkCommandBuffer none = VK_NULL_HANDLE;
    vkFreeCommandBuffers(d, k->pool, 1, &none);
    if (k->vk.DestroyDescriptorUpdateTemplate) {
        k->vk.DestroyDescriptorUpdateTemplate(d, VK_NULL_HANDLE, NULL);
    }
    if (k->vk.DestroyPrivateDataSlot) {
        k->vk.DestroyPrivateDataSlot(d, VK_NULL_HANDLE, NULL);
    }
    if (k->vk.DestroySwapchainKHR) {
        k->vk.DestroySwapchainKHR(d, VK_NULL_HANDLE, NULL);
    }
    vkDestroyDevice(VK_NULL_HANDLE, NULL);
    vkDestroyInstance(VK_NULL_HANDLE, NULL);
}

/* ---- caches ---- */

static void
case_pipeline_cache(struct kit *k)
{
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    kit_compute(k, layout, KIT_CODE(kit_double_comp), NULL); /* into the kit's cache */
    size_t size_B = 0;
    CHECK_VK(k, vkGetPipelineCacheData(k->device, k->cache, &size_B, NULL));
    REQUIRE(k, size_B >= 32, "%zu bytes", size_B);
    uint8_t *data = kit_alloc(k, size_B);
    CHECK_VK(k, vkGetPipelineCacheData(k->device, k->cache, &size_B, data));
    uint32_t header[4];
    memcpy(header, data, 16);
    CHECK(k,
          header[0] == 32 && header[1] == VK_PIPELINE_CACHE_HEADER_VERSION_ONE && header[2] == k->properties.vendorID &&
              header[3] == k->properties.deviceID && memcmp(data + 16, k->properties.pipelineCacheUUID, VK_UUID_SIZE) == 0,
          "the header");
    size_t less_B = size_B - 1;
    uint8_t *part = kit_alloc(k, size_B);
    part[size_B - 1] = 0x5a;
    const VkResult r = vkGetPipelineCacheData(k->device, k->cache, &less_B, part);
    CHECK(k, r == VK_INCOMPLETE && less_B < size_B && part[size_B - 1] == 0x5a, "%s, %zu of %zu bytes", kit_result_name(r), less_B, size_B);
    less_B = 0;
    CHECK_RESULT(k, vkGetPipelineCacheData(k->device, k->cache, &less_B, part), VK_INCOMPLETE);
    CHECK(k, less_B == 0, "%zu bytes into none", less_B);
    /* Caches from data: whole, cut, damaged, of another device; then all into one. */
    VkPipelineCache caches[4];
    for (int i = 0; i < 4; i++) {
        uint8_t *copy = kit_alloc(k, size_B);
        memcpy(copy, data, size_B);
        if (i == 2) {
            for (size_t at = 32; at < size_B; at += 97) {
                copy[at] ^= 0x11;
            }
        } else if (i == 3) {
            copy[16] ^= 1;
        }
        const VkPipelineCacheCreateInfo info = {
            .sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO, .initialDataSize = i == 1 ? size_B / 2 : size_B, .pInitialData = copy};
        CHECK_VK(k, vkCreatePipelineCache(k->device, &info, NULL, &caches[i]));
        KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE_CACHE, caches[i]);
    }
    CHECK_VK(k, vkMergePipelineCaches(k->device, caches[3], 3, caches));
    const VkComputePipelineCreateInfo ci = {.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
                                            .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                                                      .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                                                      .module = kit_module(k, KIT_CODE(kit_double_comp)),
                                                      .pName = "main"},
                                            .layout = layout};
    for (int i = 0; i < 4; i++) {
        VkPipeline pipe;
        CHECK_VK(k, vkCreateComputePipelines(k->device, caches[i], 1, &ci, NULL, &pipe));
        KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, pipe);
    }
    const VkPhysicalDevicePipelineCreationCacheControlFeatures *control =
        kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_CREATION_CACHE_CONTROL_FEATURES);
    /* What the cache holds is made without compiling; the interpreter holds nothing. */
    if (control->pipelineCreationCacheControl && !getenv("PUMICE_INTERP") && kit_ours(k)) {
        VkComputePipelineCreateInfo quick = ci;
        VkPipeline pipe;
        quick.flags = VK_PIPELINE_CREATE_FAIL_ON_PIPELINE_COMPILE_REQUIRED_BIT;
        CHECK_VK(k, vkCreateComputePipelines(k->device, caches[0], 1, &quick, NULL, &pipe));
        KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, pipe);
    }
}

/* ---- private data ---- */

static void
case_private_data(struct kit *k)
{
    const VkPhysicalDevicePrivateDataFeatures *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PRIVATE_DATA_FEATURES);
    SKIP_UNLESS(k, f->privateData, "no privateData");
    VkPrivateDataSlot slots[3];
    for (int i = 0; i < 3; i++) {
        const VkPrivateDataSlotCreateInfo info = {.sType = VK_STRUCTURE_TYPE_PRIVATE_DATA_SLOT_CREATE_INFO};
        MUST(k->vk.CreatePrivateDataSlot(k->device, &info, NULL, &slots[i]));
        KIT_OWN(k, VK_OBJECT_TYPE_PRIVATE_DATA_SLOT, slots[i]);
    }
    const VkFence fence = kit_fence(k, false);
    const struct kit_buffer b = kit_buffer(k, 16, NULL);
    const struct {
        VkObjectType type;
        uint64_t handle;
    } objects[] = {{VK_OBJECT_TYPE_FENCE, (uint64_t)fence},
                   {VK_OBJECT_TYPE_BUFFER, (uint64_t)b.buffer},
                   {VK_OBJECT_TYPE_DEVICE_MEMORY, (uint64_t)b.memory},
                   {VK_OBJECT_TYPE_QUEUE, (uint64_t)(uintptr_t)k->queue},
                   {VK_OBJECT_TYPE_DEVICE, (uint64_t)(uintptr_t)k->device}};
    for (uint32_t o = 0; o < ARRAY_LEN(objects); o++) {
        uint64_t v = 1;
        k->vk.GetPrivateData(k->device, objects[o].type, objects[o].handle, slots[0], &v);
        CHECK(k, v == 0, "fresh data %llu", (unsigned long long)v);
        for (uint32_t s = 0; s < 3; s++) {
            CHECK_VK(k, k->vk.SetPrivateData(k->device, objects[o].type, objects[o].handle, slots[s], o * 10 + s + 1));
        }
    }
    for (uint32_t o = 0; o < ARRAY_LEN(objects); o++) {
        for (uint32_t s = 0; s < 3; s++) {
            uint64_t v = 0;
            k->vk.GetPrivateData(k->device, objects[o].type, objects[o].handle, slots[s], &v);
            CHECK(k, v == o * 10 + s + 1, "object %u slot %u: %llu", o, s, (unsigned long long)v);
        }
    }
}

/* ---- requirements of memory ---- */

static void
case_requirements(struct kit *k)
{
    static const VkDeviceSize sizes[] = {1, 3, 4096, 100000};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        const VkBufferCreateInfo info = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .size = sizes[i], .usage = KIT_BUFFER_ANY};
        VkBuffer buffer;
        VkMemoryRequirements r;
        MUST(vkCreateBuffer(k->device, &info, NULL, &buffer));
        KIT_OWN(k, VK_OBJECT_TYPE_BUFFER, buffer);
        vkGetBufferMemoryRequirements(k->device, buffer, &r);
        CHECK(k, r.size >= sizes[i] && r.alignment && (r.alignment & (r.alignment - 1)) == 0 && r.memoryTypeBits, "buffer of %llu",
              (unsigned long long)sizes[i]);
        CHECK(k,
              kit_memory_type(k, r.memoryTypeBits, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT) !=
                  UINT32_MAX,
              "no coherent memory for buffers");
        if (k->vk.GetBufferMemoryRequirements2) {
            const VkBufferMemoryRequirementsInfo2 in = {VK_STRUCTURE_TYPE_BUFFER_MEMORY_REQUIREMENTS_INFO_2, NULL, buffer};
            VkMemoryDedicatedRequirements dedicated = {.sType = VK_STRUCTURE_TYPE_MEMORY_DEDICATED_REQUIREMENTS,
                                                       .requiresDedicatedAllocation = 77};
            VkMemoryRequirements2 r2 = {.sType = VK_STRUCTURE_TYPE_MEMORY_REQUIREMENTS_2, .pNext = &dedicated};
            k->vk.GetBufferMemoryRequirements2(k->device, &in, &r2);
            CHECK(k, same_requirements(&r, &r2.memoryRequirements) && dedicated.requiresDedicatedAllocation <= 1,
                  "the newer command says something else");
        }
        if (k->vk.GetDeviceBufferMemoryRequirements) {
            const VkDeviceBufferMemoryRequirements in = {VK_STRUCTURE_TYPE_DEVICE_BUFFER_MEMORY_REQUIREMENTS, NULL, &info};
            VkMemoryRequirements2 r2 = {.sType = VK_STRUCTURE_TYPE_MEMORY_REQUIREMENTS_2};
            k->vk.GetDeviceBufferMemoryRequirements(k->device, &in, &r2);
            CHECK(k, same_requirements(&r, &r2.memoryRequirements), "without the buffer something else");
        }
    }
    const VkImageCreateInfo ii = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
                                  .imageType = VK_IMAGE_TYPE_2D,
                                  .format = VK_FORMAT_D16_UNORM,
                                  .extent = {100, 50, 1},
                                  .mipLevels = 3,
                                  .arrayLayers = 2,
                                  .samples = VK_SAMPLE_COUNT_1_BIT,
                                  .usage = VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT};
    VkImage image;
    VkMemoryRequirements r;
    MUST(vkCreateImage(k->device, &ii, NULL, &image));
    KIT_OWN(k, VK_OBJECT_TYPE_IMAGE, image);
    vkGetImageMemoryRequirements(k->device, image, &r);
    CHECK(k, r.size >= 100 * 50 * 2 * 2 && r.memoryTypeBits, "image: %llu", (unsigned long long)r.size);
    uint32_t n = 5;
    VkSparseImageMemoryRequirements sparse[5];
    vkGetImageSparseMemoryRequirements(k->device, image, &n, sparse);
    CHECK(k, n == 0, "%u sparse requirements of an image that is not", n);
    if (k->vk.GetImageMemoryRequirements2 && k->vk.BindImageMemory2) {
        const VkImageMemoryRequirementsInfo2 in = {VK_STRUCTURE_TYPE_IMAGE_MEMORY_REQUIREMENTS_INFO_2, NULL, image};
        VkMemoryRequirements2 r2 = {.sType = VK_STRUCTURE_TYPE_MEMORY_REQUIREMENTS_2};
        k->vk.GetImageMemoryRequirements2(k->device, &in, &r2);
        CHECK(k, same_requirements(&r, &r2.memoryRequirements), "the newer command says something else");
        const VkMemoryDedicatedAllocateInfo own = {VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO, NULL, image, VK_NULL_HANDLE};
        const VkDeviceMemory memory = kit_memory(k, r.size, r.memoryTypeBits, 0, &own);
        const VkBindImageMemoryInfo bind = {VK_STRUCTURE_TYPE_BIND_IMAGE_MEMORY_INFO, NULL, image, memory, 0};
        CHECK_VK(k, k->vk.BindImageMemory2(k->device, 1, &bind));
    }
    if (k->vk.GetDeviceImageMemoryRequirements) {
        const VkDeviceImageMemoryRequirements in = {VK_STRUCTURE_TYPE_DEVICE_IMAGE_MEMORY_REQUIREMENTS, NULL, &ii, 0};
        VkMemoryRequirements2 r2 = {.sType = VK_STRUCTURE_TYPE_MEMORY_REQUIREMENTS_2};
        k->vk.GetDeviceImageMemoryRequirements(k->device, &in, &r2);
        CHECK(k, same_requirements(&r, &r2.memoryRequirements), "without the image something else");
    }
    if (kit_has(k, "VK_EXT_memory_budget") && k->vk.GetPhysicalDeviceMemoryProperties2) {
        VkPhysicalDeviceMemoryBudgetPropertiesEXT before = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT},
                                                  after = before;
        VkPhysicalDeviceMemoryProperties2 p = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2, .pNext = &before};
        k->vk.GetPhysicalDeviceMemoryProperties2(k->physical, &p);
        kit_memory(k, 64 << 20, UINT32_MAX, 0, NULL);
        p.pNext = &after;
        k->vk.GetPhysicalDeviceMemoryProperties2(k->physical, &p);
        CHECK(k, before.heapBudget[0] && (after.heapUsage[0] >= before.heapUsage[0] + (64 << 20) || !kit_ours(k)), "64 MiB more: %llu, then %llu",
              (unsigned long long)before.heapUsage[0], (unsigned long long)after.heapUsage[0]);
    }
}

/* Fresh memory never shows what another object left in it. */
static void
case_fresh_memory(struct kit *k)
{
    SKIP_UNLESS(k, kit_ours(k), "only between processes, says the specification");
    SKIP_UNLESS(k, !getenv("PUMICE_DEBUG"), "PUMICE_DEBUG may fill memory");
    for (int round = 0; round < 4; round++) {
        const VkMemoryAllocateInfo info = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
                                           .allocationSize = 3 << 20,
                                           .memoryTypeIndex = kit_memory_type(k, UINT32_MAX, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT)};
        VkDeviceMemory memory;
        uint8_t *p;
        MUST(vkAllocateMemory(k->device, &info, NULL, &memory));
        MUST(vkMapMemory(k->device, memory, 0, VK_WHOLE_SIZE, 0, (void **)&p));
        CHECK(k, (uintptr_t)p % k->properties.limits.minMemoryMapAlignment == 0, "mapped at %p", (void *)p);
        for (size_t i = 0; i < 3 << 20; i += 61) {
            REQUIRE(k, p[i] == 0, "round %d: byte %zu is %#x", round, i, p[i]);
        }
        memset(p, 0x77, 3 << 20);
        vkFreeMemory(k->device, memory, NULL); /* mapped still */
    }
}

/* Priorities that a family lists are given, those above may be denied, nothing else happens. SPEC: VkQueueGlobalPriority */
static void
case_priorities(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, "VK_KHR_global_priority") && k->vk.GetPhysicalDeviceQueueFamilyProperties2, "no global priorities");
    VkQueueFamilyGlobalPriorityProperties list = {.sType = VK_STRUCTURE_TYPE_QUEUE_FAMILY_GLOBAL_PRIORITY_PROPERTIES};
    VkQueueFamilyProperties2 family = {.sType = VK_STRUCTURE_TYPE_QUEUE_FAMILY_PROPERTIES_2, .pNext = &list};
    uint32_t n = 1;
    k->vk.GetPhysicalDeviceQueueFamilyProperties2(k->physical, &n, &family);
    REQUIRE(k, list.priorityCount >= 1 && list.priorityCount <= VK_MAX_GLOBAL_PRIORITY_SIZE, "%u priorities", list.priorityCount);
    static const VkQueueGlobalPriority all[4] = {VK_QUEUE_GLOBAL_PRIORITY_LOW, VK_QUEUE_GLOBAL_PRIORITY_MEDIUM, VK_QUEUE_GLOBAL_PRIORITY_HIGH,
                                                 VK_QUEUE_GLOBAL_PRIORITY_REALTIME};
    const char *const name = "VK_KHR_global_priority";
    for (int i = 0; i < 4; i++) {
        bool listed = false;
        for (uint32_t j = 0; j < list.priorityCount; j++) {
            listed = listed || list.priorities[j] == all[i];
        }
        const float one = 1.0f;
        const VkDeviceQueueGlobalPriorityCreateInfo p = {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_GLOBAL_PRIORITY_CREATE_INFO, .globalPriority = all[i]};
        const VkDeviceQueueCreateInfo q = {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .pNext = &p, .queueCount = 1, .pQueuePriorities = &one};
        const VkDeviceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .queueCreateInfoCount = 1, .pQueueCreateInfos = &q,
                                         .enabledExtensionCount = 1, .ppEnabledExtensionNames = &name};
        VkDevice dev = VK_NULL_HANDLE;
        const VkResult r = vkCreateDevice(k->physical, &info, NULL, &dev);
        CHECK(k, r == VK_SUCCESS || (!listed && (r == VK_ERROR_NOT_PERMITTED || r == VK_ERROR_INITIALIZATION_FAILED)), "priority %d: %s", all[i],
              kit_result_name(r));
        if (r == VK_SUCCESS) {
            vkDestroyDevice(dev, NULL);
        }
    }
}

/* Core commands are those of the version that the instance was made for. SPEC: vkGetDeviceProcAddr, its table */
static void
case_older_instance(struct kit *k)
{
    static const struct {
        const char *name;
        uint32_t version;
    } commands[] = {
        {"vkCmdDraw", VK_API_VERSION_1_0},
        {"vkBindBufferMemory2", VK_API_VERSION_1_1},
        {"vkTrimCommandPool", VK_API_VERSION_1_1},
        {"vkResetQueryPool", VK_API_VERSION_1_2},
        {"vkCmdBeginRenderPass2", VK_API_VERSION_1_2},
        {"vkCmdPipelineBarrier2", VK_API_VERSION_1_3},
        {"vkCmdBeginRendering", VK_API_VERSION_1_3},
    };
    static const uint32_t versions[] = {0, VK_API_VERSION_1_0, VK_API_VERSION_1_1, VK_API_VERSION_1_2, VK_API_VERSION_1_3, VK_MAKE_API_VERSION(0, 1, 9, 0)};
    for (size_t v = 0; v < ARRAY_LEN(versions); v++) {
        const VkApplicationInfo app = {.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO, .apiVersion = versions[v]};
        const VkInstanceCreateInfo instance_info = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .pApplicationInfo = &app};
        VkInstance instance;
        CHECK_VK(k, vkCreateInstance(&instance_info, NULL, &instance));
        uint32_t n = 1;
        VkPhysicalDevice physical;
        const VkResult r = vkEnumeratePhysicalDevices(instance, &n, &physical);
        CHECK(k, (r == VK_SUCCESS || r == VK_INCOMPLETE) && n == 1, "no device");
        const float priority = 1.0f;
        const VkDeviceQueueCreateInfo queue = {
            .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueCount = 1, .pQueuePriorities = &priority};
        const VkDeviceCreateInfo device_info = {
            .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .queueCreateInfoCount = 1, .pQueueCreateInfos = &queue};
        VkDevice device;
        CHECK_VK(k, vkCreateDevice(physical, &device_info, NULL, &device));
        const uint32_t asked = versions[v] ? versions[v] : VK_API_VERSION_1_0;
        for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
            const bool there = vkGetDeviceProcAddr(device, commands[i].name) != NULL;
            CHECK(k, there == (commands[i].version <= asked && commands[i].version <= k->version), "%s at %u.%u: %s", commands[i].name,
                  VK_API_VERSION_MAJOR(asked), VK_API_VERSION_MINOR(asked), there ? "there" : "missing");
        }
        vkDestroyDevice(device, NULL);
        vkDestroyInstance(instance, NULL);
    }
}

static const struct kit_case cases[] = {
    {"counts", case_counts},
    {"extension_dependencies", case_extension_dependencies},
    {"command_names", case_command_names},
    {"older_instance", case_older_instance},
    {"callbacks", case_callbacks},
    {"destroy_null", case_destroy_null},
    {"pipeline_cache", case_pipeline_cache},
    {"private_data", case_private_data},
    {"requirements", case_requirements},
    {"fresh_memory", case_fresh_memory},
    {"priorities", case_priorities},
};
KIT_MAIN(cases)
