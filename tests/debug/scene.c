/* A frame with names for everything, for the tests of what shows frames to people: a dispatch, a pass with two draws, a copy. */
#include "kit.h"

#include <signal.h>
#include <unistd.h>

#include "kit_color_frag.h"
#include "kit_double_comp.h"
#include "kit_tri_vert.h"

static void
begin_label(struct kit *k, VkCommandBuffer cmd, const char *name)
{
    const VkDebugUtilsLabelEXT label = {.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_LABEL_EXT, .pLabelName = name};
    k->vk.CmdBeginDebugUtilsLabelEXT(cmd, &label);
}

static void
set_name(struct kit *k, VkObjectType type, uint64_t handle, const char *name)
{
    const VkDebugUtilsObjectNameInfoEXT info = {
        .sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_OBJECT_NAME_INFO_EXT, .objectType = type, .objectHandle = handle, .pObjectName = name};
    MUST(k->vk.SetDebugUtilsObjectNameEXT(k->device, &info));
}

static void
frame(struct kit *k)
{
    struct kit_target t;
    struct kit_graphics g;
    const VkFormat format = VK_FORMAT_R8G8B8A8_UNORM;
    kit_target_init(k, &t, 640, 480, 1, 1, &format, VK_FORMAT_D32_SFLOAT_S8_UINT);
    set_name(k, VK_OBJECT_TYPE_IMAGE, (uint64_t)t.color[0].image, "final picture");
    const VkPipelineLayout draw_layout = kit_layout(k, 0, NULL, 16);
    kit_graphics_init(k, &g, &t, draw_layout, KIT_CODE(kit_tri_vert), KIT_CODE(kit_color_frag));
    g.depth.depthTestEnable = g.depth.depthWriteEnable = VK_TRUE;
    g.depth.depthCompareOp = VK_COMPARE_OP_LESS_OR_EQUAL;
    g.scissors[0] = (VkRect2D){{100, 50}, {300, 200}};
    const VkPipeline draw = kit_graphics_create(k, &g);
    set_name(k, VK_OBJECT_TYPE_PIPELINE, (uint64_t)draw, "flat");

    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout set_layout = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &set_layout, 0);
    const VkPipeline twice = kit_compute(k, layout, KIT_CODE(kit_double_comp), NULL);
    set_name(k, VK_OBJECT_TYPE_PIPELINE, (uint64_t)twice, "double it");
    const struct kit_buffer a = kit_buffer(k, 1 << 20, NULL), b = kit_buffer(k, 1 << 20, NULL);
    const VkDescriptorSet set = kit_set(k, set_layout);
    kit_write_buffer(k, set, 0, 0, type, a.buffer, 0, VK_WHOLE_SIZE);

    const VkCommandBuffer cmd = kit_begin(k);
    set_name(k, VK_OBJECT_TYPE_COMMAND_BUFFER, (uint64_t)(uintptr_t)cmd, "frame \"1\"\n\xff\xc3\xa9"); /* hostile, and an e with an accent */
    begin_label(k, cmd, "Frame");
    begin_label(k, cmd, "Numbers");
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, twice);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    vkCmdDispatch(cmd, (1 << 20) / 4 / 64, 1, 1);
    k->vk.CmdEndDebugUtilsLabelEXT(cmd);
    kit_barrier(cmd);
    begin_label(k, cmd, "Shapes");
    kit_target_begin(cmd, &t);
    const float colors[2][4] = {{1, 0.5f, 0, 1}, {0, 0.5f, 1, 1}};
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, draw);
    for (int i = 0; i < 2; i++) {
        vkCmdPushConstants(cmd, draw_layout, VK_SHADER_STAGE_ALL, 0, 16, colors[i]);
        vkCmdDraw(cmd, 3, 1, 0, 0);
    }
    vkCmdEndRenderPass(cmd);
    k->vk.CmdEndDebugUtilsLabelEXT(cmd);
    kit_barrier(cmd);
    const VkBufferCopy copy = {0, 0, 1 << 20};
    vkCmdCopyBuffer(cmd, a.buffer, b.buffer, 1, &copy);
    k->vk.CmdEndDebugUtilsLabelEXT(cmd);
    kit_submit(k, cmd);
}

static void
case_frame(struct kit *k)
{
    frame(k);
}

/* Many events. */
static void
case_frames(struct kit *k)
{
    for (int i = 0; i < 20; i++) {
        frame(k);
    }
}

/* Ends without destroying anything. */
static void
case_leave(struct kit *k)
{
    frame(k);
    exit(0);
}

/* Ends as a crash would. */
static void
case_die(struct kit *k)
{
    frame(k);
    usleep(250000);
    frame(k);
    raise(SIGKILL);
}

/* Four samples that nobody keeps, and what they are resolved to. */
static void
case_dropped(struct kit *k)
{
    struct kit_target t;
    struct kit_graphics g;
    const VkFormat format = VK_FORMAT_R8G8B8A8_UNORM;
    kit_target_rgba(k, &t, 40, 40);
    const struct kit_image image = kit_image(k, (VkImageCreateInfo){.format = format, .extent = {40, 40, 1}, .samples = VK_SAMPLE_COUNT_4_BIT,
                                                                    .usage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT});
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, 16);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(kit_tri_vert), KIT_CODE(kit_color_frag));
    const VkPipelineRenderingCreateInfo rendering = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO, .colorAttachmentCount = 1, .pColorAttachmentFormats = &format};
    g.info.pNext = &rendering;
    g.info.renderPass = VK_NULL_HANDLE;
    g.samples.rasterizationSamples = VK_SAMPLE_COUNT_4_BIT;
    const VkPipeline pipe = kit_graphics_create(k, &g);
    const float color[4] = {1, 0.5f, 0, 1};
    const VkRenderingAttachmentInfo attachment = {
        .sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO, .imageView = image.view, .imageLayout = VK_IMAGE_LAYOUT_GENERAL,
        .resolveMode = VK_RESOLVE_MODE_AVERAGE_BIT, .resolveImageView = t.color[0].view, .resolveImageLayout = VK_IMAGE_LAYOUT_GENERAL,
        .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR, .storeOp = VK_ATTACHMENT_STORE_OP_DONT_CARE};
    const VkRenderingInfo info = {.sType = VK_STRUCTURE_TYPE_RENDERING_INFO, .renderArea = {{0, 0}, {40, 40}}, .layerCount = 1,
                                  .colorAttachmentCount = 1, .pColorAttachments = &attachment};
    const VkCommandBuffer cmd = kit_begin(k);
    k->vk.CmdBeginRendering(cmd, &info);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, 16, color);
    vkCmdDraw(cmd, 3, 1, 0, 0);
    k->vk.CmdEndRendering(cmd);
    kit_submit(k, cmd);
}

/* A frame, a present, a frame. */
static void
case_presents(struct kit *k)
{
    frame(k);
    const VkHeadlessSurfaceCreateInfoEXT nobody = {.sType = VK_STRUCTURE_TYPE_HEADLESS_SURFACE_CREATE_INFO_EXT};
    VkSurfaceKHR surface;
    MUST(k->vk.CreateHeadlessSurfaceEXT(k->instance, &nobody, NULL, &surface));
    const VkSwapchainCreateInfoKHR info = {
        .sType = VK_STRUCTURE_TYPE_SWAPCHAIN_CREATE_INFO_KHR, .surface = surface, .minImageCount = 2, .imageFormat = VK_FORMAT_B8G8R8A8_UNORM,
        .imageExtent = {16, 16}, .imageArrayLayers = 1, .imageUsage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT,
        .preTransform = VK_SURFACE_TRANSFORM_IDENTITY_BIT_KHR, .compositeAlpha = VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR, .presentMode = VK_PRESENT_MODE_FIFO_KHR};
    VkSwapchainKHR chain;
    MUST(k->vk.CreateSwapchainKHR(k->device, &info, NULL, &chain));
    set_name(k, VK_OBJECT_TYPE_SWAPCHAIN_KHR, (uint64_t)chain, "window");
    VkImage images[8];
    uint32_t index, n = ARRAY_LEN(images);
    MUST(k->vk.GetSwapchainImagesKHR(k->device, chain, &n, images));
    const VkFence fence = kit_fence(k, false);
    MUST(k->vk.AcquireNextImageKHR(k->device, chain, KIT_TIMEOUT_NS, VK_NULL_HANDLE, fence, &index));
    MUST(vkWaitForFences(k->device, 1, &fence, VK_TRUE, KIT_TIMEOUT_NS));
    const struct kit_image shown = {.image = images[index], .info = {.mipLevels = 1, .arrayLayers = 1}, .aspects = VK_IMAGE_ASPECT_COLOR_BIT};
    const VkCommandBuffer cmd = kit_begin(k);
    kit_image_barrier(cmd, &shown, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_PRESENT_SRC_KHR);
    kit_submit(k, cmd);
    const VkPresentInfoKHR present = {.sType = VK_STRUCTURE_TYPE_PRESENT_INFO_KHR, .swapchainCount = 1, .pSwapchains = &chain, .pImageIndices = &index};
    MUST(k->vk.QueuePresentKHR(k->queue, &present));
    frame(k);
    k->vk.DestroySwapchainKHR(k->device, chain, NULL);
    k->vk.DestroySurfaceKHR(k->instance, surface, NULL);
}

static const struct kit_case cases[] = {
    {"frame", case_frame},
    {"many", case_frames},
    {"leave", case_leave},
    {"die", case_die},
    {"dropped", case_dropped},
    {"presents", case_presents},
};
KIT_MAIN(cases)
