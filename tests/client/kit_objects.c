/* Objects that live until the case ends. */
#include "kit.h"

#include "kit_state.h"

static void
destroy(struct kit *k, const struct kit_owned *o)
{
    const VkDevice d = k->device;
    switch ((int)o->type) {
    case VK_OBJECT_TYPE_UNKNOWN: free((void *)(uintptr_t)o->handle); break;
    case VK_OBJECT_TYPE_DEVICE_MEMORY: vkFreeMemory(d, (VkDeviceMemory)o->handle, NULL); break;
    case VK_OBJECT_TYPE_BUFFER: vkDestroyBuffer(d, (VkBuffer)o->handle, NULL); break;
    case VK_OBJECT_TYPE_BUFFER_VIEW: vkDestroyBufferView(d, (VkBufferView)o->handle, NULL); break;
    case VK_OBJECT_TYPE_IMAGE: vkDestroyImage(d, (VkImage)o->handle, NULL); break;
    case VK_OBJECT_TYPE_IMAGE_VIEW: vkDestroyImageView(d, (VkImageView)o->handle, NULL); break;
    case VK_OBJECT_TYPE_SAMPLER: vkDestroySampler(d, (VkSampler)o->handle, NULL); break;
    case VK_OBJECT_TYPE_SAMPLER_YCBCR_CONVERSION:
        k->vk.DestroySamplerYcbcrConversion(d, (VkSamplerYcbcrConversion)o->handle, NULL);
        break;
    case VK_OBJECT_TYPE_SHADER_MODULE: vkDestroyShaderModule(d, (VkShaderModule)o->handle, NULL); break;
    case VK_OBJECT_TYPE_DESCRIPTOR_SET_LAYOUT: vkDestroyDescriptorSetLayout(d, (VkDescriptorSetLayout)o->handle, NULL); break;
    case VK_OBJECT_TYPE_PIPELINE_LAYOUT: vkDestroyPipelineLayout(d, (VkPipelineLayout)o->handle, NULL); break;
    case VK_OBJECT_TYPE_DESCRIPTOR_POOL: vkDestroyDescriptorPool(d, (VkDescriptorPool)o->handle, NULL); break;
    case VK_OBJECT_TYPE_PIPELINE: vkDestroyPipeline(d, (VkPipeline)o->handle, NULL); break;
    case VK_OBJECT_TYPE_PIPELINE_CACHE: vkDestroyPipelineCache(d, (VkPipelineCache)o->handle, NULL); break;
    case VK_OBJECT_TYPE_RENDER_PASS: vkDestroyRenderPass(d, (VkRenderPass)o->handle, NULL); break;
    case VK_OBJECT_TYPE_FRAMEBUFFER: vkDestroyFramebuffer(d, (VkFramebuffer)o->handle, NULL); break;
    case VK_OBJECT_TYPE_FENCE: vkDestroyFence(d, (VkFence)o->handle, NULL); break;
    case VK_OBJECT_TYPE_SEMAPHORE: vkDestroySemaphore(d, (VkSemaphore)o->handle, NULL); break;
    case VK_OBJECT_TYPE_EVENT: vkDestroyEvent(d, (VkEvent)o->handle, NULL); break;
    case VK_OBJECT_TYPE_QUERY_POOL: vkDestroyQueryPool(d, (VkQueryPool)o->handle, NULL); break;
    case VK_OBJECT_TYPE_COMMAND_POOL: vkDestroyCommandPool(d, (VkCommandPool)o->handle, NULL); break;
    case VK_OBJECT_TYPE_COMMAND_BUFFER: {
        const VkCommandBuffer cmd = (VkCommandBuffer)(uintptr_t)o->handle;
        vkFreeCommandBuffers(d, k->pool, 1, &cmd);
        break;
    }
    case VK_OBJECT_TYPE_DESCRIPTOR_UPDATE_TEMPLATE:
        k->vk.DestroyDescriptorUpdateTemplate(d, (VkDescriptorUpdateTemplate)o->handle, NULL);
        break;
    case VK_OBJECT_TYPE_ACCELERATION_STRUCTURE_KHR: k->vk.DestroyAccelerationStructureKHR(d, (VkAccelerationStructureKHR)o->handle, NULL); break;
    case VK_OBJECT_TYPE_DEFERRED_OPERATION_KHR: k->vk.DestroyDeferredOperationKHR(d, (VkDeferredOperationKHR)o->handle, NULL); break;
    case VK_OBJECT_TYPE_PRIVATE_DATA_SLOT: k->vk.DestroyPrivateDataSlot(d, (VkPrivateDataSlot)o->handle, NULL); break;
    case VK_OBJECT_TYPE_SWAPCHAIN_KHR: k->vk.DestroySwapchainKHR(d, (VkSwapchainKHR)o->handle, NULL); break;
    case VK_OBJECT_TYPE_SURFACE_KHR: k->vk.DestroySurfaceKHR(k->instance, (VkSurfaceKHR)o->handle, NULL); break;
    default: kit_die("kit_own: nobody taught the kit to destroy objects of type %d", (int)o->type);
    }
}

void
kit_own(struct kit *k, VkObjectType type, uint64_t handle)
{
    struct kit_state *s = k->state;
    if (s->n_owned == s->have_owned) {
        s->have_owned = s->have_owned ? s->have_owned * 2 : 256;
        s->owned = realloc(s->owned, s->have_owned * sizeof(s->owned[0]));
    }
    s->owned[s->n_owned++] = (struct kit_owned){type, handle};
}

void
kit_release_all(struct kit *k)
{
    struct kit_state *s = k->state;
    while (s->n_owned) {
        destroy(k, &s->owned[--s->n_owned]);
    }
    s->sets = VK_NULL_HANDLE;
}

void *
kit_alloc(struct kit *k, size_t size_B)
{
    void *p = calloc(1, size_B ? size_B : 1);
    if (!p) {
        kit_die("no memory for %zu bytes", size_B);
    }
    kit_own(k, VK_OBJECT_TYPE_UNKNOWN, (uint64_t)(uintptr_t)p);
    return p;
}

/* ---- memory, buffers ---- */

uint32_t
kit_memory_type(const struct kit *k, uint32_t bits, VkMemoryPropertyFlags flags)
{
    for (uint32_t i = 0; i < k->memory.memoryTypeCount; i++) {
        if (bits >> i & 1 && (k->memory.memoryTypes[i].propertyFlags & flags) == flags) {
            return i;
        }
    }
    return UINT32_MAX;
}

VkDeviceMemory
kit_memory(struct kit *k, VkDeviceSize size_B, uint32_t type_bits, VkMemoryPropertyFlags flags, const void *next)
{
    const VkMemoryAllocateInfo info = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .pNext = next, .allocationSize = size_B,
                                       .memoryTypeIndex = kit_memory_type(k, type_bits, flags)};
    VkDeviceMemory m;
    MUST(vkAllocateMemory(k->device, &info, NULL, &m));
    KIT_OWN(k, VK_OBJECT_TYPE_DEVICE_MEMORY, m);
    return m;
}

struct kit_buffer
kit_buffer(struct kit *k, VkDeviceSize size_B, const void *data)
{
    return kit_buffer_for(k, KIT_BUFFER_ANY, size_B, data);
}

struct kit_buffer
kit_buffer_for(struct kit *k, VkBufferUsageFlags usage, VkDeviceSize size_B, const void *data)
{
    struct kit_buffer b = {.size_B = size_B};
    const VkBufferCreateInfo info = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .size = size_B, .usage = usage};
    MUST(vkCreateBuffer(k->device, &info, NULL, &b.buffer));
    KIT_OWN(k, VK_OBJECT_TYPE_BUFFER, b.buffer);
    VkMemoryRequirements need;
    vkGetBufferMemoryRequirements(k->device, b.buffer, &need);
    const VkMemoryAllocateFlagsInfo flags = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_FLAGS_INFO, .flags = VK_MEMORY_ALLOCATE_DEVICE_ADDRESS_BIT};
    b.memory = kit_memory(k, need.size, need.memoryTypeBits, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT,
                          usage & VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT ? &flags : NULL);
    MUST(vkBindBufferMemory(k->device, b.buffer, b.memory, 0));
    MUST(vkMapMemory(k->device, b.memory, 0, VK_WHOLE_SIZE, 0, &b.data));
    if (data) {
        memcpy(b.data, data, size_B);
    } else {
        memset(b.data, 0, size_B);
    }
    return b;
}

VkDeviceAddress
kit_address(struct kit *k, VkBuffer buffer)
{
    const VkBufferDeviceAddressInfo info = {.sType = VK_STRUCTURE_TYPE_BUFFER_DEVICE_ADDRESS_INFO, .buffer = buffer};
    return k->vk.GetBufferDeviceAddress(k->device, &info);
}

VkBufferView
kit_buffer_view(struct kit *k, VkBuffer buffer, VkFormat format, VkDeviceSize offset_B, VkDeviceSize range_B)
{
    const VkBufferViewCreateInfo info = {.sType = VK_STRUCTURE_TYPE_BUFFER_VIEW_CREATE_INFO, .buffer = buffer, .format = format,
                                         .offset = offset_B, .range = range_B};
    VkBufferView v;
    MUST(vkCreateBufferView(k->device, &info, NULL, &v));
    KIT_OWN(k, VK_OBJECT_TYPE_BUFFER_VIEW, v);
    return v;
}

/* ---- images ---- */

static uint32_t
at_least_1(uint32_t v)
{
    return v ? v : 1;
}

struct kit_image
kit_image(struct kit *k, VkImageCreateInfo info)
{
    info.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO;
    if (info.imageType == VK_IMAGE_TYPE_1D && info.extent.height > 1) {
        info.imageType = VK_IMAGE_TYPE_2D; /* 1D is the zero of the enum */
    }
    info.extent = (VkExtent3D){at_least_1(info.extent.width), at_least_1(info.extent.height), at_least_1(info.extent.depth)};
    info.mipLevels = at_least_1(info.mipLevels);
    info.arrayLayers = at_least_1(info.arrayLayers);
    info.samples = info.samples ? info.samples : VK_SAMPLE_COUNT_1_BIT;
    struct kit_image img = {.info = info, .aspects = kit_aspects(info.format)};
    MUST(vkCreateImage(k->device, &info, NULL, &img.image));
    KIT_OWN(k, VK_OBJECT_TYPE_IMAGE, img.image);
    VkMemoryRequirements need;
    vkGetImageMemoryRequirements(k->device, img.image, &need);
    const bool mapped = info.tiling == VK_IMAGE_TILING_LINEAR;
    img.memory = kit_memory(k, need.size, need.memoryTypeBits,
                            mapped ? VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT : 0, NULL);
    MUST(vkBindImageMemory(k->device, img.image, img.memory, 0));
    const VkImageUsageFlags viewable = VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_STORAGE_BIT | VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT |
                                       VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT | VK_IMAGE_USAGE_INPUT_ATTACHMENT_BIT;
    if (info.usage & viewable) {
        const bool layers = info.arrayLayers > 1;
        const VkImageViewType type = info.imageType == VK_IMAGE_TYPE_3D   ? VK_IMAGE_VIEW_TYPE_3D
                                     : info.imageType == VK_IMAGE_TYPE_1D ? (layers ? VK_IMAGE_VIEW_TYPE_1D_ARRAY : VK_IMAGE_VIEW_TYPE_1D)
                                     : layers                             ? VK_IMAGE_VIEW_TYPE_2D_ARRAY
                                                                          : VK_IMAGE_VIEW_TYPE_2D;
        img.view = kit_view(k, &img, type, VK_FORMAT_UNDEFINED, 0, 0, info.mipLevels, 0, info.arrayLayers);
    }
    const VkCommandBuffer cmd = kit_begin(k);
    kit_image_barrier(cmd, &img, info.initialLayout, VK_IMAGE_LAYOUT_GENERAL);
    kit_submit(k, cmd);
    return img;
}

VkFormatFeatureFlags
kit_format_features(const struct kit *k, VkFormat format, VkImageTiling tiling)
{
    VkFormatProperties p;
    vkGetPhysicalDeviceFormatProperties(k->physical, format, &p);
    return tiling == VK_IMAGE_TILING_LINEAR ? p.linearTilingFeatures : p.optimalTilingFeatures;
}

struct kit_image
kit_image_2d(struct kit *k, VkFormat format, uint32_t width, uint32_t height)
{
    const VkFormatFeatureFlags f = kit_format_features(k, format, VK_IMAGE_TILING_OPTIMAL);
    VkImageUsageFlags usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT;
    usage |= f & VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT ? VK_IMAGE_USAGE_SAMPLED_BIT : 0;
    usage |= f & VK_FORMAT_FEATURE_STORAGE_IMAGE_BIT ? VK_IMAGE_USAGE_STORAGE_BIT : 0;
    usage |= f & VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BIT ? VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_INPUT_ATTACHMENT_BIT : 0;
    usage |= f & VK_FORMAT_FEATURE_DEPTH_STENCIL_ATTACHMENT_BIT ? VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT | VK_IMAGE_USAGE_INPUT_ATTACHMENT_BIT : 0;
    return kit_image(k, (VkImageCreateInfo){.imageType = VK_IMAGE_TYPE_2D, .format = format, .extent = {width, height, 1}, .usage = usage});
}

VkImageView
kit_view(struct kit *k, const struct kit_image *img, VkImageViewType type, VkFormat format, VkImageAspectFlags aspect, uint32_t level,
         uint32_t n_levels, uint32_t layer, uint32_t n_layers)
{
    const VkImageViewCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO,
        .image = img->image,
        .viewType = type,
        .format = format ? format : img->info.format,
        .subresourceRange = {aspect ? aspect : img->aspects, level, n_levels, layer, n_layers},
    };
    VkImageView v;
    MUST(vkCreateImageView(k->device, &info, NULL, &v));
    KIT_OWN(k, VK_OBJECT_TYPE_IMAGE_VIEW, v);
    return v;
}

VkSampler
kit_sampler(struct kit *k, VkFilter filter, VkSamplerAddressMode mode)
{
    const VkSamplerCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO,
        .magFilter = filter,
        .minFilter = filter,
        .mipmapMode = VK_SAMPLER_MIPMAP_MODE_NEAREST,
        .addressModeU = mode,
        .addressModeV = mode,
        .addressModeW = mode,
        .maxLod = VK_LOD_CLAMP_NONE,
    };
    VkSampler s;
    MUST(vkCreateSampler(k->device, &info, NULL, &s));
    KIT_OWN(k, VK_OBJECT_TYPE_SAMPLER, s);
    return s;
}

VkExtent3D
kit_level_extent(const struct kit_image *img, uint32_t level)
{
    const VkExtent3D e = img->info.extent;
    return (VkExtent3D){at_least_1(e.width >> level), at_least_1(e.height >> level), at_least_1(e.depth >> level)};
}

size_t
kit_level_B(const struct kit_image *img, VkImageAspectFlagBits aspect, uint32_t level)
{
    const struct kit_format_info *f = kit_format(img->info.format);
    const VkExtent3D e = kit_level_extent(img, level);
    const size_t wide = (e.width + f->block_px[0] - 1) / f->block_px[0], high = (e.height + f->block_px[1] - 1) / f->block_px[1];
    return wide * high * e.depth * kit_texel_B(img->info.format, aspect);
}

void
kit_upload(struct kit *k, const struct kit_image *img, VkImageAspectFlagBits aspect, uint32_t level, uint32_t layer, const void *data)
{
    const struct kit_buffer b = kit_buffer(k, kit_level_B(img, aspect, level), data);
    const VkBufferImageCopy copy = {.imageSubresource = {aspect, level, layer, 1}, .imageExtent = kit_level_extent(img, level)};
    const VkCommandBuffer cmd = kit_begin(k);
    kit_barrier(cmd);
    vkCmdCopyBufferToImage(cmd, b.buffer, img->image, VK_IMAGE_LAYOUT_GENERAL, 1, &copy);
    kit_barrier(cmd);
    kit_submit(k, cmd);
}

/* What is read is also appended to the file of the case in the folder KIT_DUMP, for scripts/differential: a line that says what it is, the texels. */
static void
dump(const struct kit *k, const struct kit_image *img, VkImageAspectFlagBits aspect, uint32_t level, uint32_t layer, const struct kit_buffer *b)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", getenv("KIT_DUMP"), k->state->name);
    FILE *f = fopen(path, "ab");
    if (!f || fprintf(f, "%s %u %u %u %u %u %zu\n", kit_format(img->info.format)->name, aspect, level, layer, kit_level_extent(img, level).width,
                      kit_texel_B(img->info.format, aspect), (size_t)b->size_B) < 0 ||
        fwrite(b->data, 1, b->size_B, f) != b->size_B || fclose(f) != 0) {
        kit_die("%s cannot be written", path);
    }
}

void *
kit_read(struct kit *k, const struct kit_image *img, VkImageAspectFlagBits aspect, uint32_t level, uint32_t layer)
{
    const struct kit_buffer b = kit_buffer(k, kit_level_B(img, aspect, level), NULL);
    const VkBufferImageCopy copy = {.imageSubresource = {aspect, level, layer, 1}, .imageExtent = kit_level_extent(img, level)};
    const VkCommandBuffer cmd = kit_begin(k);
    kit_barrier(cmd);
    vkCmdCopyImageToBuffer(cmd, img->image, VK_IMAGE_LAYOUT_GENERAL, b.buffer, 1, &copy);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    if (getenv("KIT_DUMP")) {
        dump(k, img, aspect, level, layer, &b);
    }
    return b.data;
}

/* ---- shaders, descriptors ---- */

VkShaderModule
kit_module(struct kit *k, const uint32_t *code, size_t size_B)
{
    const VkShaderModuleCreateInfo info = {.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, .codeSize = size_B, .pCode = code};
    VkShaderModule m;
    MUST(vkCreateShaderModule(k->device, &info, NULL, &m));
    KIT_OWN(k, VK_OBJECT_TYPE_SHADER_MODULE, m);
    return m;
}

VkDescriptorSetLayout
kit_set_layout(struct kit *k, uint32_t n, const VkDescriptorSetLayoutBinding *bindings, VkDescriptorSetLayoutCreateFlags flags)
{
    const VkDescriptorSetLayoutCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO, .flags = flags,
                                                  .bindingCount = n, .pBindings = bindings};
    VkDescriptorSetLayout l;
    MUST(vkCreateDescriptorSetLayout(k->device, &info, NULL, &l));
    KIT_OWN(k, VK_OBJECT_TYPE_DESCRIPTOR_SET_LAYOUT, l);
    return l;
}

VkDescriptorSetLayout
kit_set_layout_of(struct kit *k, uint32_t n, const VkDescriptorType *types)
{
    VkDescriptorSetLayoutBinding b[32] = {0};
    for (uint32_t i = 0; i < n && i < ARRAY_LEN(b); i++) {
        const VkShaderStageFlags stages = types[i] == VK_DESCRIPTOR_TYPE_INPUT_ATTACHMENT ? VK_SHADER_STAGE_FRAGMENT_BIT : VK_SHADER_STAGE_ALL;
        b[i] = (VkDescriptorSetLayoutBinding){.binding = i, .descriptorType = types[i], .descriptorCount = 1, .stageFlags = stages};
    }
    return kit_set_layout(k, n, b, 0);
}

VkPipelineLayout
kit_layout(struct kit *k, uint32_t n, const VkDescriptorSetLayout *sets, uint32_t push_B)
{
    const VkPushConstantRange push = {VK_SHADER_STAGE_ALL, 0, push_B};
    const VkPipelineLayoutCreateInfo info = {.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO, .setLayoutCount = n, .pSetLayouts = sets,
                                             .pushConstantRangeCount = push_B ? 1 : 0, .pPushConstantRanges = &push};
    VkPipelineLayout l;
    MUST(vkCreatePipelineLayout(k->device, &info, NULL, &l));
    KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE_LAYOUT, l);
    return l;
}

VkDescriptorSet
kit_set(struct kit *k, VkDescriptorSetLayout layout)
{
    if (!k->state->sets) {
        VkDescriptorPoolSize sizes[12];
        for (uint32_t i = 0; i < 11; i++) { /* SAMPLER to INPUT_ATTACHMENT are 0 to 10 */
            sizes[i] = (VkDescriptorPoolSize){(VkDescriptorType)i, 512};
        }
        sizes[11] = (VkDescriptorPoolSize){VK_DESCRIPTOR_TYPE_ACCELERATION_STRUCTURE_KHR, 64};
        const bool rays = kit_has(k, VK_KHR_ACCELERATION_STRUCTURE_EXTENSION_NAME);
        const VkDescriptorPoolCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO, .maxSets = 256,
                                                 .poolSizeCount = rays ? 12 : 11, .pPoolSizes = sizes};
        MUST(vkCreateDescriptorPool(k->device, &info, NULL, &k->state->sets));
        KIT_OWN(k, VK_OBJECT_TYPE_DESCRIPTOR_POOL, k->state->sets);
    }
    const VkDescriptorSetAllocateInfo info = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO, .descriptorPool = k->state->sets,
                                              .descriptorSetCount = 1, .pSetLayouts = &layout};
    VkDescriptorSet s;
    MUST(vkAllocateDescriptorSets(k->device, &info, &s));
    return s;
}

void
kit_write_buffer(struct kit *k, VkDescriptorSet set, uint32_t binding, uint32_t element, VkDescriptorType type, VkBuffer buffer,
                 VkDeviceSize offset_B, VkDeviceSize range_B)
{
    const VkDescriptorBufferInfo info = {buffer, offset_B, range_B};
    const VkWriteDescriptorSet w = {.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET, .dstSet = set, .dstBinding = binding, .dstArrayElement = element,
                                    .descriptorCount = 1, .descriptorType = type, .pBufferInfo = &info};
    vkUpdateDescriptorSets(k->device, 1, &w, 0, NULL);
}

void
kit_write_image(struct kit *k, VkDescriptorSet set, uint32_t binding, uint32_t element, VkDescriptorType type, VkImageView view, VkSampler sampler)
{
    const VkDescriptorImageInfo info = {sampler, view, VK_IMAGE_LAYOUT_GENERAL};
    const VkWriteDescriptorSet w = {.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET, .dstSet = set, .dstBinding = binding, .dstArrayElement = element,
                                    .descriptorCount = 1, .descriptorType = type, .pImageInfo = &info};
    vkUpdateDescriptorSets(k->device, 1, &w, 0, NULL);
}

void
kit_write_texels(struct kit *k, VkDescriptorSet set, uint32_t binding, uint32_t element, VkDescriptorType type, VkBufferView view)
{
    const VkWriteDescriptorSet w = {.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET, .dstSet = set, .dstBinding = binding, .dstArrayElement = element,
                                    .descriptorCount = 1, .descriptorType = type, .pTexelBufferView = &view};
    vkUpdateDescriptorSets(k->device, 1, &w, 0, NULL);
}

VkPipeline
kit_compute(struct kit *k, VkPipelineLayout layout, const uint32_t *code, size_t size_B, const VkSpecializationInfo *spec)
{
    const VkComputePipelineCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
        .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                  .module = kit_module(k, code, size_B), .pName = "main", .pSpecializationInfo = spec},
        .layout = layout,
    };
    VkPipeline p;
    MUST(vkCreateComputePipelines(k->device, k->cache, 1, &info, NULL, &p));
    KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, p);
    return p;
}

/* ---- synchronisation, queries ---- */

VkFence
kit_fence(struct kit *k, bool signaled)
{
    const VkFenceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO, .flags = signaled ? VK_FENCE_CREATE_SIGNALED_BIT : 0};
    VkFence f;
    MUST(vkCreateFence(k->device, &info, NULL, &f));
    KIT_OWN(k, VK_OBJECT_TYPE_FENCE, f);
    return f;
}

VkSemaphore
kit_semaphore(struct kit *k)
{
    const VkSemaphoreCreateInfo info = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO};
    VkSemaphore s;
    MUST(vkCreateSemaphore(k->device, &info, NULL, &s));
    KIT_OWN(k, VK_OBJECT_TYPE_SEMAPHORE, s);
    return s;
}

VkSemaphore
kit_timeline(struct kit *k, uint64_t value)
{
    const VkSemaphoreTypeCreateInfo type = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO, .semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE,
                                            .initialValue = value};
    const VkSemaphoreCreateInfo info = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, .pNext = &type};
    VkSemaphore s;
    MUST(vkCreateSemaphore(k->device, &info, NULL, &s));
    KIT_OWN(k, VK_OBJECT_TYPE_SEMAPHORE, s);
    return s;
}

VkQueryPool
kit_queries(struct kit *k, VkQueryType type, uint32_t n, VkQueryPipelineStatisticFlags statistics)
{
    const VkQueryPoolCreateInfo info = {.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO, .queryType = type, .queryCount = n,
                                        .pipelineStatistics = statistics};
    VkQueryPool q;
    MUST(vkCreateQueryPool(k->device, &info, NULL, &q));
    KIT_OWN(k, VK_OBJECT_TYPE_QUERY_POOL, q);
    return q;
}
