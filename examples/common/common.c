#include "common/common.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
ex_die(const char *what, int code)
{
    const char *why = code == VK_ERROR_INCOMPATIBLE_DRIVER    ? " (no Vulkan driver was found; tools/pumice run -- PROGRAM names one)"
                      : code == VK_ERROR_EXTENSION_NOT_PRESENT ? " (the driver lacks an extension that this program needs)"
                                                               : "";
    if (code) {
        fprintf(stderr, "%s failed: VkResult %d%s\n", what, code, why);
    } else {
        fprintf(stderr, "%s failed\n", what);
    }
    exit(1);
}

void
ex_gpu_init(struct ex_gpu *gpu, const char *const *instance_ext, uint32_t n_instance_ext, const char *const *device_ext, uint32_t n_device_ext)
{
    const VkApplicationInfo app = {.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO, .apiVersion = VK_API_VERSION_1_0};
    const VkInstanceCreateInfo ici = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
                                      .pApplicationInfo = &app,
                                      .enabledExtensionCount = n_instance_ext,
                                      .ppEnabledExtensionNames = instance_ext};
    CHECK(vkCreateInstance(&ici, NULL, &gpu->instance));
    uint32_t n = 1;
    const VkResult r = vkEnumeratePhysicalDevices(gpu->instance, &n, &gpu->physical);
    if ((r != VK_SUCCESS && r != VK_INCOMPLETE) || n == 0) {
        ex_die("vkEnumeratePhysicalDevices", (int)r);
    }
    const float priority = 1.0f;
    const VkDeviceQueueCreateInfo qci = {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueCount = 1, .pQueuePriorities = &priority};
    VkPhysicalDeviceFeatures offered;
    vkGetPhysicalDeviceFeatures(gpu->physical, &offered);
    gpu->features = (VkPhysicalDeviceFeatures){.geometryShader = offered.geometryShader, .tessellationShader = offered.tessellationShader};
    const VkDeviceCreateInfo dci = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
                                    .queueCreateInfoCount = 1,
                                    .pQueueCreateInfos = &qci,
                                    .enabledExtensionCount = n_device_ext,
                                    .ppEnabledExtensionNames = device_ext,
                                    .pEnabledFeatures = &gpu->features};
    CHECK(vkCreateDevice(gpu->physical, &dci, NULL, &gpu->device));
    vkGetDeviceQueue(gpu->device, 0, 0, &gpu->queue);
    const VkCommandPoolCreateInfo pci = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};
    CHECK(vkCreateCommandPool(gpu->device, &pci, NULL, &gpu->pool));
    const VkDescriptorPoolSize sizes[] = {{VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 64},
                                          {VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, 64},
                                          {VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, 64},
                                          {VK_DESCRIPTOR_TYPE_STORAGE_IMAGE, 64}};
    const VkDescriptorPoolCreateInfo dpci = {
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO, .maxSets = 64, .poolSizeCount = 4, .pPoolSizes = sizes};
    CHECK(vkCreateDescriptorPool(gpu->device, &dpci, NULL, &gpu->descriptors));
}

void
ex_gpu_finish(struct ex_gpu *gpu)
{
    vkDestroyDescriptorPool(gpu->device, gpu->descriptors, NULL);
    vkDestroyCommandPool(gpu->device, gpu->pool, NULL);
    vkDestroyDevice(gpu->device, NULL);
    vkDestroyInstance(gpu->instance, NULL);
}

static VkDeviceMemory
allocate(const struct ex_gpu *gpu, const VkMemoryRequirements *reqs, VkMemoryPropertyFlags flags)
{
    VkPhysicalDeviceMemoryProperties props;
    vkGetPhysicalDeviceMemoryProperties(gpu->physical, &props);
    for (uint32_t i = 0; i < props.memoryTypeCount; i++) {
        if ((reqs->memoryTypeBits >> i & 1) && (props.memoryTypes[i].propertyFlags & flags) == flags) {
            const VkMemoryAllocateInfo ai = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .allocationSize = reqs->size, .memoryTypeIndex = i};
            VkDeviceMemory m;
            CHECK(vkAllocateMemory(gpu->device, &ai, NULL, &m));
            return m;
        }
    }
    ex_die("finding a memory type", 0);
}

struct ex_buffer
ex_buffer_create(const struct ex_gpu *gpu, VkDeviceSize size, const void *data)
{
    struct ex_buffer b = {.size = size};
    const VkBufferCreateInfo ci = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
                                   .size = size,
                                   .usage = VK_BUFFER_USAGE_VERTEX_BUFFER_BIT | VK_BUFFER_USAGE_INDEX_BUFFER_BIT |
                                            VK_BUFFER_USAGE_UNIFORM_BUFFER_BIT | VK_BUFFER_USAGE_STORAGE_BUFFER_BIT |
                                            VK_BUFFER_USAGE_INDIRECT_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT |
                                            VK_BUFFER_USAGE_TRANSFER_DST_BIT};
    CHECK(vkCreateBuffer(gpu->device, &ci, NULL, &b.buffer));
    VkMemoryRequirements reqs;
    vkGetBufferMemoryRequirements(gpu->device, b.buffer, &reqs);
    b.memory = allocate(gpu, &reqs, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT);
    CHECK(vkBindBufferMemory(gpu->device, b.buffer, b.memory, 0));
    CHECK(vkMapMemory(gpu->device, b.memory, 0, VK_WHOLE_SIZE, 0, &b.data));
    if (data) {
        memcpy(b.data, data, size);
    }
    return b;
}

void
ex_buffer_destroy(const struct ex_gpu *gpu, struct ex_buffer *b)
{
    vkDestroyBuffer(gpu->device, b->buffer, NULL);
    vkFreeMemory(gpu->device, b->memory, NULL);
}

static struct ex_image
image_create(const struct ex_gpu *gpu, uint32_t width, uint32_t height, uint32_t levels, VkSampleCountFlagBits samples, VkFormat format,
             VkImageUsageFlags usage, VkImageAspectFlags aspect)
{
    struct ex_image i = {.format = format, .width = width, .height = height, .levels = levels};
    const VkImageCreateInfo ci = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
                                  .imageType = VK_IMAGE_TYPE_2D,
                                  .format = format,
                                  .extent = {width, height, 1},
                                  .mipLevels = levels,
                                  .arrayLayers = 1,
                                  .samples = samples,
                                  .usage = usage};
    CHECK(vkCreateImage(gpu->device, &ci, NULL, &i.image));
    VkMemoryRequirements reqs;
    vkGetImageMemoryRequirements(gpu->device, i.image, &reqs);
    i.memory = allocate(gpu, &reqs, 0);
    CHECK(vkBindImageMemory(gpu->device, i.image, i.memory, 0));
    const VkImageViewCreateInfo vi = {.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO,
                                      .image = i.image,
                                      .viewType = VK_IMAGE_VIEW_TYPE_2D,
                                      .format = format,
                                      .subresourceRange = {aspect, 0, levels, 0, 1}};
    CHECK(vkCreateImageView(gpu->device, &vi, NULL, &i.view));
    return i;
}

struct ex_image
ex_image_create(const struct ex_gpu *gpu, uint32_t width, uint32_t height, uint32_t levels, VkFormat format, VkImageUsageFlags usage,
                VkImageAspectFlags aspect)
{
    return image_create(gpu, width, height, levels, VK_SAMPLE_COUNT_1_BIT, format, usage, aspect);
}

struct ex_image
ex_image_create_samples(const struct ex_gpu *gpu, uint32_t width, uint32_t height, VkSampleCountFlagBits samples, VkFormat format,
                        VkImageUsageFlags usage, VkImageAspectFlags aspect)
{
    return image_create(gpu, width, height, 1, samples, format, usage, aspect);
}

void
ex_image_destroy(const struct ex_gpu *gpu, struct ex_image *i)
{
    vkDestroyImageView(gpu->device, i->view, NULL);
    vkDestroyImage(gpu->device, i->image, NULL);
    vkFreeMemory(gpu->device, i->memory, NULL);
}

VkCommandBuffer
ex_begin(const struct ex_gpu *gpu)
{
    VkCommandBuffer cmd;
    const VkCommandBufferAllocateInfo ai = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, .commandPool = gpu->pool, .commandBufferCount = 1};
    CHECK(vkAllocateCommandBuffers(gpu->device, &ai, &cmd));
    const VkCommandBufferBeginInfo bi = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO, .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT};
    CHECK(vkBeginCommandBuffer(cmd, &bi));
    return cmd;
}

void
ex_submit(const struct ex_gpu *gpu, VkCommandBuffer cmd)
{
    CHECK(vkEndCommandBuffer(cmd));
    const VkFenceCreateInfo fi = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
    VkFence fence;
    CHECK(vkCreateFence(gpu->device, &fi, NULL, &fence));
    const VkSubmitInfo si = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 1, .pCommandBuffers = &cmd};
    CHECK(vkQueueSubmit(gpu->queue, 1, &si, fence));
    CHECK(vkWaitForFences(gpu->device, 1, &fence, VK_TRUE, 60000000000u));
    vkDestroyFence(gpu->device, fence, NULL);
    vkFreeCommandBuffers(gpu->device, gpu->pool, 1, &cmd);
}

void
ex_barrier(VkCommandBuffer cmd, VkImage image, VkImageAspectFlags aspect, VkImageLayout from, VkImageLayout to)
{
    const VkImageMemoryBarrier b = {.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER,
                                    .srcAccessMask = VK_ACCESS_MEMORY_WRITE_BIT,
                                    .dstAccessMask = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT,
                                    .oldLayout = from,
                                    .newLayout = to,
                                    .srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
                                    .dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
                                    .image = image,
                                    .subresourceRange = {aspect, 0, VK_REMAINING_MIP_LEVELS, 0, VK_REMAINING_ARRAY_LAYERS}};
    vkCmdPipelineBarrier(cmd, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0, 0, NULL, 0, NULL, 1, &b);
}

uint8_t *
ex_read_rgba(const struct ex_gpu *gpu, const struct ex_image *img)
{
    const VkDeviceSize size = (VkDeviceSize)img->width * img->height * 4;
    struct ex_buffer b = ex_buffer_create(gpu, size, NULL);
    VkCommandBuffer cmd = ex_begin(gpu);
    const VkBufferImageCopy r = {.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1}, .imageExtent = {img->width, img->height, 1}};
    vkCmdCopyImageToBuffer(cmd, img->image, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, b.buffer, 1, &r);
    const VkMemoryBarrier mb = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER, .srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT, .dstAccessMask = VK_ACCESS_HOST_READ_BIT};
    vkCmdPipelineBarrier(cmd, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &mb, 0, NULL, 0, NULL);
    ex_submit(gpu, cmd);
    uint8_t *out = malloc(size);
    if (!out) {
        ex_die("malloc", 0);
    }
    memcpy(out, b.data, size);
    ex_buffer_destroy(gpu, &b);
    return out;
}

uint64_t
ex_hash(const void *data, uint64_t size)
{
    const uint8_t *p = data;
    uint64_t h = 0xcbf29ce484222325u;
    for (uint64_t i = 0; i < size; i++) {
        h = (h ^ p[i]) * 0x100000001b3u;
    }
    return h;
}

VkShaderModule
ex_module(const struct ex_gpu *gpu, const uint32_t *words, size_t size)
{
    VkShaderModule m;
    const VkShaderModuleCreateInfo ci = {.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, .codeSize = size, .pCode = words};
    CHECK(vkCreateShaderModule(gpu->device, &ci, NULL, &m));
    return m;
}

VkRenderPass
ex_render_pass(const struct ex_gpu *gpu, bool depth)
{
    const VkAttachmentDescription att[2] = {
        {.format = VK_FORMAT_R8G8B8A8_UNORM, .samples = VK_SAMPLE_COUNT_1_BIT, .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR,
         .storeOp = VK_ATTACHMENT_STORE_OP_STORE, .finalLayout = VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL},
        {.format = VK_FORMAT_D32_SFLOAT, .samples = VK_SAMPLE_COUNT_1_BIT, .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR,
         .finalLayout = VK_IMAGE_LAYOUT_DEPTH_STENCIL_ATTACHMENT_OPTIMAL}};
    const VkAttachmentReference color = {0, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL}, ds = {1, VK_IMAGE_LAYOUT_DEPTH_STENCIL_ATTACHMENT_OPTIMAL};
    const VkSubpassDescription sub = {.colorAttachmentCount = 1, .pColorAttachments = &color, .pDepthStencilAttachment = depth ? &ds : NULL};
    const VkSubpassDependency dep = {.srcSubpass = 0,
                                     .dstSubpass = VK_SUBPASS_EXTERNAL,
                                     .srcStageMask = VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT,
                                     .dstStageMask = VK_PIPELINE_STAGE_TRANSFER_BIT,
                                     .srcAccessMask = VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT,
                                     .dstAccessMask = VK_ACCESS_TRANSFER_READ_BIT};
    const VkRenderPassCreateInfo ci = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO, .attachmentCount = depth ? 2 : 1, .pAttachments = att,
                                       .subpassCount = 1, .pSubpasses = &sub, .dependencyCount = 1, .pDependencies = &dep};
    VkRenderPass pass;
    CHECK(vkCreateRenderPass(gpu->device, &ci, NULL, &pass));
    return pass;
}

VkPipeline
ex_pipeline(const struct ex_gpu *gpu, const struct ex_pipeline_info *info)
{
    return ex_pipeline_samples(gpu, info, VK_SAMPLE_COUNT_1_BIT);
}

VkPipeline
ex_pipeline_samples(const struct ex_gpu *gpu, const struct ex_pipeline_info *info, VkSampleCountFlagBits samples)
{
    return ex_pipeline_stages(gpu, info, samples, NULL, 0, 0);
}

VkPipeline
ex_pipeline_stages(const struct ex_gpu *gpu, const struct ex_pipeline_info *info, VkSampleCountFlagBits samples,
                   const VkPipelineShaderStageCreateInfo *more, uint32_t n_more, uint32_t patch_vertices)
{
    const VkShaderModule vs = ex_module(gpu, info->vert, info->vert_B), fs = ex_module(gpu, info->frag, info->frag_B);
    VkPipelineShaderStageCreateInfo stages[5] = {
        {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, .stage = VK_SHADER_STAGE_VERTEX_BIT, .module = vs, .pName = "main"},
        {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, .stage = VK_SHADER_STAGE_FRAGMENT_BIT, .module = fs, .pName = "main"}};
    const VkPipelineVertexInputStateCreateInfo no_input = {.sType = VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO};
    const VkPipelineInputAssemblyStateCreateInfo ia = {.sType = VK_STRUCTURE_TYPE_PIPELINE_INPUT_ASSEMBLY_STATE_CREATE_INFO,
                                                       .topology = patch_vertices ? VK_PRIMITIVE_TOPOLOGY_PATCH_LIST : VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST};
    const VkPipelineTessellationStateCreateInfo ts = {.sType = VK_STRUCTURE_TYPE_PIPELINE_TESSELLATION_STATE_CREATE_INFO,
                                                      .patchControlPoints = patch_vertices};
    for (uint32_t i = 0; i < n_more && i < 3; i++) {
        stages[2 + i] = more[i];
    }
    const VkViewport viewport = {0, 0, (float)info->width, (float)info->height, 0, 1};
    const VkRect2D scissor = {{0, 0}, {info->width, info->height}};
    const VkPipelineViewportStateCreateInfo vp = {.sType = VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO,
                                                  .viewportCount = 1, .pViewports = &viewport, .scissorCount = 1, .pScissors = &scissor};
    const VkPipelineRasterizationStateCreateInfo rs = {.sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_CREATE_INFO,
                                                       .cullMode = info->cull ? VK_CULL_MODE_BACK_BIT : VK_CULL_MODE_NONE,
                                                       .frontFace = VK_FRONT_FACE_COUNTER_CLOCKWISE, .lineWidth = 1.0f};
    const VkPipelineMultisampleStateCreateInfo ms = {.sType = VK_STRUCTURE_TYPE_PIPELINE_MULTISAMPLE_STATE_CREATE_INFO,
                                                     .rasterizationSamples = samples};
    const VkPipelineDepthStencilStateCreateInfo ds = {.sType = VK_STRUCTURE_TYPE_PIPELINE_DEPTH_STENCIL_STATE_CREATE_INFO,
                                                      .depthTestEnable = info->depth, .depthWriteEnable = info->depth,
                                                      .depthCompareOp = VK_COMPARE_OP_LESS};
    const VkPipelineColorBlendAttachmentState plain = {.colorWriteMask = 15};
    const VkPipelineColorBlendStateCreateInfo cb = {.sType = VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO,
                                                    .attachmentCount = 1, .pAttachments = info->blend ? info->blend : &plain};
    const VkGraphicsPipelineCreateInfo ci = {.sType = VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO, .stageCount = 2 + n_more, .pStages = stages,
                                             .pTessellationState = patch_vertices ? &ts : NULL,
                                             .pVertexInputState = info->input ? info->input : &no_input, .pInputAssemblyState = &ia,
                                             .pViewportState = &vp, .pRasterizationState = &rs, .pMultisampleState = &ms,
                                             .pDepthStencilState = &ds, .pColorBlendState = &cb, .layout = info->layout, .renderPass = info->pass};
    VkPipeline p;
    CHECK(vkCreateGraphicsPipelines(gpu->device, VK_NULL_HANDLE, 1, &ci, NULL, &p));
    vkDestroyShaderModule(gpu->device, vs, NULL);
    vkDestroyShaderModule(gpu->device, fs, NULL);
    return p;
}

void
ex_mat_mul(float out[16], const float a[16], const float b[16])
{
    float r[16];
    for (int c = 0; c < 4; c++) {
        for (int i = 0; i < 4; i++) {
            r[c * 4 + i] = a[i] * b[c * 4] + a[4 + i] * b[c * 4 + 1] + a[8 + i] * b[c * 4 + 2] + a[12 + i] * b[c * 4 + 3];
        }
    }
    memcpy(out, r, sizeof(r));
}

void
ex_mat_perspective(float out[16], float fov, float aspect, float near, float far)
{
    const float f = 1.0f / tanf(fov * 0.5f);
    memset(out, 0, 16 * sizeof(float));
    out[0] = f / aspect;
    out[5] = -f;
    out[10] = far / (near - far);
    out[11] = -1.0f;
    out[14] = near * far / (near - far);
}

void
ex_mat_rotate(float out[16], float angle, float x, float y, float z)
{
    const float c = cosf(angle), s = sinf(angle), k = 1.0f - c;
    const float m[16] = {c + x * x * k, y * x * k + z * s, z * x * k - y * s, 0, x * y * k - z * s, c + y * y * k, z * y * k + x * s, 0,
                         x * z * k + y * s, y * z * k - x * s, c + z * z * k, 0, 0, 0, 0, 1};
    memcpy(out, m, sizeof(m));
}

void
ex_mat_translate(float out[16], float x, float y, float z)
{
    const float m[16] = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, x, y, z, 1};
    memcpy(out, m, sizeof(m));
}
