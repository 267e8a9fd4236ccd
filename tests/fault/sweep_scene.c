#include "sweep_scene.h"

#include <string.h>

#include "fault_frag.h"
#include "fault_vert.h"
#include "invert_comp.h"

#define PX 32u
#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        const VkResult try_result = (call);                                                                           \
        if (try_result != VK_SUCCESS) {                                                                                \
            *where = #call;                                                                                            \
            return try_result;                                                                                         \
        }                                                                                                              \
    } while (0)

struct scene {
    const VkAllocationCallbacks *alloc;
    VkInstance instance;
    VkPhysicalDevice physical;
    VkDevice device;
    VkQueue queue;
    VkBuffer buffer;
    VkImage image;
    VkDeviceMemory buffer_memory, image_memory;
    uint32_t *data;
    VkImageView view;
    VkSampler sampler;
    VkDescriptorSetLayout set_layout;
    VkPipelineLayout layout;
    VkDescriptorPool sets;
    VkDescriptorSet set;
    VkRenderPass pass;
    VkFramebuffer framebuffer;
    VkShaderModule vert, frag, comp;
    VkPipelineCache cache;
    VkPipeline draw, invert;
    VkCommandPool pool;
    VkCommandBuffer cmd;
    VkFence fence;
    VkSemaphore semaphore;
    VkEvent event;
    VkQueryPool queries;
};

static VkResult
make_device(struct scene *s, const char **where)
{
    const VkApplicationInfo app = {.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO, .apiVersion = VK_API_VERSION_1_0};
    const VkInstanceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .pApplicationInfo = &app};
    TRY(vkCreateInstance(&info, s->alloc, &s->instance));
    uint32_t n = 1;
    TRY(vkEnumeratePhysicalDevices(s->instance, &n, &s->physical));
    if (n == 0) { /* the loader leaves a driver out that runs out of memory while it is asked for its devices */
        *where = "vkEnumeratePhysicalDevices";
        return VK_ERROR_OUT_OF_HOST_MEMORY;
    }
    const float priority = 1.0f;
    const VkDeviceQueueCreateInfo q = {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueCount = 1, .pQueuePriorities = &priority};
    const VkDeviceCreateInfo d = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .queueCreateInfoCount = 1, .pQueueCreateInfos = &q};
    TRY(vkCreateDevice(s->physical, &d, s->alloc, &s->device));
    vkGetDeviceQueue(s->device, 0, 0, &s->queue);
    return VK_SUCCESS;
}

static VkResult
make_resources(struct scene *s, const char **where)
{
    const VkBufferCreateInfo b = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .size = PX * PX * 4,
                                  .usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT};
    TRY(vkCreateBuffer(s->device, &b, s->alloc, &s->buffer));
    VkMemoryRequirements need;
    vkGetBufferMemoryRequirements(s->device, s->buffer, &need);
    VkMemoryAllocateInfo m = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .allocationSize = need.size};
    TRY(vkAllocateMemory(s->device, &m, s->alloc, &s->buffer_memory));
    TRY(vkBindBufferMemory(s->device, s->buffer, s->buffer_memory, 0));
    TRY(vkMapMemory(s->device, s->buffer_memory, 0, VK_WHOLE_SIZE, 0, (void **)&s->data));
    const VkImageCreateInfo i = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO, .imageType = VK_IMAGE_TYPE_2D, .format = VK_FORMAT_R8G8B8A8_UNORM,
                                 .extent = {PX, PX, 1}, .mipLevels = 1, .arrayLayers = 1, .samples = VK_SAMPLE_COUNT_1_BIT,
                                 .usage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT};
    TRY(vkCreateImage(s->device, &i, s->alloc, &s->image));
    vkGetImageMemoryRequirements(s->device, s->image, &need);
    m.allocationSize = need.size;
    TRY(vkAllocateMemory(s->device, &m, s->alloc, &s->image_memory));
    TRY(vkBindImageMemory(s->device, s->image, s->image_memory, 0));
    const VkImageViewCreateInfo v = {.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO, .image = s->image, .viewType = VK_IMAGE_VIEW_TYPE_2D,
                                     .format = i.format, .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};
    TRY(vkCreateImageView(s->device, &v, s->alloc, &s->view));
    const VkSamplerCreateInfo sm = {.sType = VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO};
    TRY(vkCreateSampler(s->device, &sm, s->alloc, &s->sampler));
    const VkFenceCreateInfo f = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
    TRY(vkCreateFence(s->device, &f, s->alloc, &s->fence));
    const VkSemaphoreCreateInfo sem = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO};
    TRY(vkCreateSemaphore(s->device, &sem, s->alloc, &s->semaphore));
    const VkEventCreateInfo e = {.sType = VK_STRUCTURE_TYPE_EVENT_CREATE_INFO};
    TRY(vkCreateEvent(s->device, &e, s->alloc, &s->event));
    const VkQueryPoolCreateInfo qp = {.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO, .queryType = VK_QUERY_TYPE_OCCLUSION, .queryCount = 4};
    TRY(vkCreateQueryPool(s->device, &qp, s->alloc, &s->queries));
    return VK_SUCCESS;
}

static VkResult
make_descriptors(struct scene *s, const char **where)
{
    const VkDescriptorSetLayoutBinding b = {.descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, .descriptorCount = 1,
                                            .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT};
    const VkDescriptorSetLayoutCreateInfo l = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO, .bindingCount = 1, .pBindings = &b};
    TRY(vkCreateDescriptorSetLayout(s->device, &l, s->alloc, &s->set_layout));
    const VkPipelineLayoutCreateInfo pl = {.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO, .setLayoutCount = 1, .pSetLayouts = &s->set_layout};
    TRY(vkCreatePipelineLayout(s->device, &pl, s->alloc, &s->layout));
    const VkDescriptorPoolSize size = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1};
    const VkDescriptorPoolCreateInfo p = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO, .maxSets = 1, .poolSizeCount = 1, .pPoolSizes = &size};
    TRY(vkCreateDescriptorPool(s->device, &p, s->alloc, &s->sets));
    const VkDescriptorSetAllocateInfo a = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO, .descriptorPool = s->sets,
                                           .descriptorSetCount = 1, .pSetLayouts = &s->set_layout};
    TRY(vkAllocateDescriptorSets(s->device, &a, &s->set));
    const VkDescriptorBufferInfo info = {s->buffer, 0, VK_WHOLE_SIZE};
    const VkWriteDescriptorSet w = {.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET, .dstSet = s->set, .descriptorCount = 1,
                                    .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, .pBufferInfo = &info};
    vkUpdateDescriptorSets(s->device, 1, &w, 0, NULL);
    return VK_SUCCESS;
}

static VkResult
make_module(struct scene *s, const uint32_t *words, size_t size_B, VkShaderModule *out)
{
    const VkShaderModuleCreateInfo m = {.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, .codeSize = size_B, .pCode = words};
    return vkCreateShaderModule(s->device, &m, s->alloc, out);
}

static VkResult
make_pass(struct scene *s, const char **where)
{
    const VkAttachmentDescription a = {.format = VK_FORMAT_R8G8B8A8_UNORM, .samples = VK_SAMPLE_COUNT_1_BIT,
                                       .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR, .finalLayout = VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL};
    const VkAttachmentReference ref = {0, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL};
    const VkSubpassDescription sub = {.colorAttachmentCount = 1, .pColorAttachments = &ref};
    const VkRenderPassCreateInfo p = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO, .attachmentCount = 1, .pAttachments = &a,
                                      .subpassCount = 1, .pSubpasses = &sub};
    TRY(vkCreateRenderPass(s->device, &p, s->alloc, &s->pass));
    const VkFramebufferCreateInfo f = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO, .renderPass = s->pass, .attachmentCount = 1,
                                       .pAttachments = &s->view, .width = PX, .height = PX, .layers = 1};
    TRY(vkCreateFramebuffer(s->device, &f, s->alloc, &s->framebuffer));
    return VK_SUCCESS;
}

static VkResult
make_pipelines(struct scene *s, const char **where)
{
    TRY(make_module(s, fault_vert, sizeof(fault_vert), &s->vert));
    TRY(make_module(s, fault_frag, sizeof(fault_frag), &s->frag));
    TRY(make_module(s, invert_comp, sizeof(invert_comp), &s->comp));
    const VkPipelineCacheCreateInfo c = {.sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO};
    TRY(vkCreatePipelineCache(s->device, &c, s->alloc, &s->cache));
    const VkPipelineShaderStageCreateInfo stages[3] = {
        {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, .stage = VK_SHADER_STAGE_VERTEX_BIT, .module = s->vert, .pName = "main"},
        {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, .stage = VK_SHADER_STAGE_FRAGMENT_BIT, .module = s->frag, .pName = "main"},
        {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, .stage = VK_SHADER_STAGE_COMPUTE_BIT, .module = s->comp, .pName = "main"},
    };
    const VkComputePipelineCreateInfo comp = {.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO, .stage = stages[2], .layout = s->layout};
    TRY(vkCreateComputePipelines(s->device, s->cache, 1, &comp, s->alloc, &s->invert));
    const VkPipelineVertexInputStateCreateInfo vi = {.sType = VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO};
    const VkPipelineInputAssemblyStateCreateInfo ia = {.sType = VK_STRUCTURE_TYPE_PIPELINE_INPUT_ASSEMBLY_STATE_CREATE_INFO,
                                                       .topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST};
    const VkViewport viewport = {0, 0, PX, PX, 0, 1};
    const VkRect2D scissor = {{0, 0}, {PX, PX}};
    const VkPipelineViewportStateCreateInfo vp = {.sType = VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO, .viewportCount = 1,
                                                  .pViewports = &viewport, .scissorCount = 1, .pScissors = &scissor};
    const VkPipelineRasterizationStateCreateInfo rs = {.sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_CREATE_INFO, .lineWidth = 1};
    const VkPipelineMultisampleStateCreateInfo ms = {.sType = VK_STRUCTURE_TYPE_PIPELINE_MULTISAMPLE_STATE_CREATE_INFO,
                                                     .rasterizationSamples = VK_SAMPLE_COUNT_1_BIT};
    const VkPipelineColorBlendAttachmentState blend = {.colorWriteMask = 15};
    const VkPipelineColorBlendStateCreateInfo cb = {.sType = VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO, .attachmentCount = 1,
                                                    .pAttachments = &blend};
    const VkGraphicsPipelineCreateInfo g = {.sType = VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO, .stageCount = 2, .pStages = stages,
                                            .pVertexInputState = &vi, .pInputAssemblyState = &ia, .pViewportState = &vp, .pRasterizationState = &rs,
                                            .pMultisampleState = &ms, .pColorBlendState = &cb, .layout = s->layout, .renderPass = s->pass};
    TRY(vkCreateGraphicsPipelines(s->device, s->cache, 1, &g, s->alloc, &s->draw));
    return VK_SUCCESS;
}

static VkResult
run(struct scene *s, const char **where)
{
    const VkCommandPoolCreateInfo p = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};
    TRY(vkCreateCommandPool(s->device, &p, s->alloc, &s->pool));
    const VkCommandBufferAllocateInfo a = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, .commandPool = s->pool, .commandBufferCount = 1};
    TRY(vkAllocateCommandBuffers(s->device, &a, &s->cmd));
    const VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
    TRY(vkBeginCommandBuffer(s->cmd, &begin));
    const VkClearValue clear = {.color.float32 = {0, 0, 0, 1}};
    const VkRenderPassBeginInfo rp = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO, .renderPass = s->pass, .framebuffer = s->framebuffer,
                                      .renderArea = {{0, 0}, {PX, PX}}, .clearValueCount = 1, .pClearValues = &clear};
    vkCmdResetQueryPool(s->cmd, s->queries, 0, 4);
    vkCmdBeginRenderPass(s->cmd, &rp, VK_SUBPASS_CONTENTS_INLINE);
    vkCmdBindPipeline(s->cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, s->draw);
    vkCmdBeginQuery(s->cmd, s->queries, 0, 0);
    vkCmdDraw(s->cmd, 3, 1, 0, 0);
    vkCmdEndQuery(s->cmd, s->queries, 0);
    vkCmdEndRenderPass(s->cmd);
    const VkBufferImageCopy copy = {.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1}, .imageExtent = {PX, PX, 1}};
    vkCmdCopyImageToBuffer(s->cmd, s->image, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, s->buffer, 1, &copy);
    const VkMemoryBarrier barrier = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER, .srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT,
                                     .dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT};
    vkCmdPipelineBarrier(s->cmd, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, 0, 1, &barrier, 0, NULL, 0, NULL);
    vkCmdBindPipeline(s->cmd, VK_PIPELINE_BIND_POINT_COMPUTE, s->invert);
    vkCmdBindDescriptorSets(s->cmd, VK_PIPELINE_BIND_POINT_COMPUTE, s->layout, 0, 1, &s->set, 0, NULL);
    vkCmdDispatch(s->cmd, PX * PX / 64, 1, 1);
    TRY(vkEndCommandBuffer(s->cmd));
    const VkSubmitInfo submit = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 1, .pCommandBuffers = &s->cmd};
    TRY(vkQueueSubmit(s->queue, 1, &submit, s->fence));
    TRY(vkWaitForFences(s->device, 1, &s->fence, VK_TRUE, UINT64_C(20000000000)));
    /* The triangle covers everything with opaque red, the compute shader inverts it. */
    for (uint32_t i = 0; i < PX * PX; i++) {
        if (s->data[i] != ~0xff0000ffu) {
            *where = "picture";
            return VK_ERROR_VALIDATION_FAILED_EXT;
        }
    }
    return VK_SUCCESS;
}

static void
destroy(struct scene *s)
{
    const VkAllocationCallbacks *a = s->alloc;
    if (s->device) {
        vkDeviceWaitIdle(s->device);
        vkDestroyCommandPool(s->device, s->pool, a);
        vkDestroyPipeline(s->device, s->draw, a);
        vkDestroyPipeline(s->device, s->invert, a);
        vkDestroyPipelineCache(s->device, s->cache, a);
        vkDestroyShaderModule(s->device, s->vert, a);
        vkDestroyShaderModule(s->device, s->frag, a);
        vkDestroyShaderModule(s->device, s->comp, a);
        vkDestroyFramebuffer(s->device, s->framebuffer, a);
        vkDestroyRenderPass(s->device, s->pass, a);
        vkDestroyDescriptorPool(s->device, s->sets, a);
        vkDestroyPipelineLayout(s->device, s->layout, a);
        vkDestroyDescriptorSetLayout(s->device, s->set_layout, a);
        vkDestroyQueryPool(s->device, s->queries, a);
        vkDestroyEvent(s->device, s->event, a);
        vkDestroySemaphore(s->device, s->semaphore, a);
        vkDestroyFence(s->device, s->fence, a);
        vkDestroySampler(s->device, s->sampler, a);
        vkDestroyImageView(s->device, s->view, a);
        vkDestroyImage(s->device, s->image, a);
        vkDestroyBuffer(s->device, s->buffer, a);
        vkFreeMemory(s->device, s->image_memory, a);
        vkFreeMemory(s->device, s->buffer_memory, a);
        vkDestroyDevice(s->device, a);
    }
    if (s->instance) {
        vkDestroyInstance(s->instance, a);
    }
}

VkResult
sweep_scene(const VkAllocationCallbacks *alloc, const char **where)
{
    static VkResult (*const steps[])(struct scene *, const char **) = {make_device, make_resources, make_descriptors, make_pass,
                                                                       make_pipelines, run};
    struct scene s = {.alloc = alloc};
    VkResult r = VK_SUCCESS;
    *where = "";
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && r == VK_SUCCESS; i++) {
        r = steps[i](&s, where);
    }
    destroy(&s);
    return r;
}
