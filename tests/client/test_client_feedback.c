/* An attachment with four samples is read through a sampled image while it is drawn to: every sample has what was drawn, not only after the pass.
 * VK_EXT_attachment_feedback_loop_layout, by layout and by VkAttachmentFeedbackLoopInfoEXT. SPEC: renderpass-feedbackloop. */
#include "kit.h"

#include "feedback_read_frag.h"
#include "feedback_vert.h"
#include "feedback_write_frag.h"

#define PX 70u /* more than a tile of anybody */

struct scene {
    struct kit_image source, many, one; /* read and drawn to; drawn to; its resolve */
    VkDescriptorSet set;
    VkPipelineLayout layout;
    VkPipeline write, read;
};

/* pass: NULL for dynamic rendering. */
static void
scene_init(struct kit *k, struct scene *s, VkRenderPass pass, VkImageLayout source_layout)
{
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    s->layout = kit_layout(k, 1, &sl, 0);
    s->set = kit_set(k, sl);
    const VkDescriptorImageInfo info = {kit_sampler(k, VK_FILTER_NEAREST, VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE), s->source.view, source_layout};
    const VkWriteDescriptorSet w = {.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET, .dstSet = s->set, .descriptorCount = 1, .descriptorType = type,
                                    .pImageInfo = &info};
    vkUpdateDescriptorSets(k->device, 1, &w, 0, NULL);
    static const VkFormat formats[2] = {VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_R8G8B8A8_UNORM};
    const VkPipelineRenderingCreateInfo rendering = {.sType = VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO, .colorAttachmentCount = 2,
                                                     .pColorAttachmentFormats = formats};
    for (int reads = 0; reads < 2; reads++) {
        struct kit_target t = {.width = PX, .height = PX, .layers = 1, .n = 2, .samples = VK_SAMPLE_COUNT_4_BIT, .pass = pass};
        struct kit_graphics g;
        kit_graphics_init(k, &g, &t, s->layout, KIT_CODE(feedback_vert), reads ? feedback_read_frag : feedback_write_frag,
                          reads ? sizeof(feedback_read_frag) : sizeof(feedback_write_frag));
        g.info.flags |= VK_PIPELINE_CREATE_COLOR_ATTACHMENT_FEEDBACK_LOOP_BIT_EXT;
        g.info.pNext = pass ? g.info.pNext : &rendering;
        g.targets[!reads].colorWriteMask = 0;
        *(reads ? &s->read : &s->write) = kit_graphics_create(k, &g);
    }
}

static void
images(struct kit *k, struct scene *s)
{
    const VkImageCreateInfo ci = {.imageType = VK_IMAGE_TYPE_2D, .format = VK_FORMAT_R8G8B8A8_UNORM, .extent = {PX, PX, 1}, .samples = VK_SAMPLE_COUNT_4_BIT,
                                  .usage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_ATTACHMENT_FEEDBACK_LOOP_BIT_EXT};
    VkImageCreateInfo one = ci;
    one.samples = VK_SAMPLE_COUNT_1_BIT;
    one.usage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT;
    s->source = kit_image(k, ci);
    s->many = kit_image(k, ci);
    s->one = kit_image(k, one);
}

static void
draws(VkCommandBuffer cmd, const struct scene *s)
{
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, s->write);
    vkCmdDraw(cmd, 3, 1, 0, 0);
    const VkMemoryBarrier b = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER, .srcAccessMask = VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT,
                               .dstAccessMask = VK_ACCESS_SHADER_READ_BIT};
    vkCmdPipelineBarrier(cmd, VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT, VK_PIPELINE_STAGE_FRAGMENT_SHADER_BIT,
                         VK_DEPENDENCY_BY_REGION_BIT | VK_DEPENDENCY_FEEDBACK_LOOP_BIT_EXT, 1, &b, 0, NULL, 0, NULL);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, s->read);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, s->layout, 0, 1, &s->set, 0, NULL);
    vkCmdDraw(cmd, 3, 1, 0, 0);
}

static void
check(struct kit *k, const struct scene *s)
{
    const uint8_t *p = kit_read(k, &s->one, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < PX * PX; i++) { /* the middle of the pixel, rounded either way */
        const uint32_t x = i % PX, y = i / PX;
        wrong += p[i * 4] != 255 || p[i * 4 + 1] < x || p[i * 4 + 1] > x + 1 || p[i * 4 + 2] < y || p[i * 4 + 2] > y + 1;
    }
    CHECK(k, wrong == 0, "%u of %u pixels wrong", wrong, PX * PX);
}

static void
case_layout(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, VK_EXT_ATTACHMENT_FEEDBACK_LOOP_LAYOUT_EXTENSION_NAME), "no feedback loops");
    struct scene s;
    images(k, &s);
    const VkImageLayout loop = VK_IMAGE_LAYOUT_ATTACHMENT_FEEDBACK_LOOP_OPTIMAL_EXT;
    VkAttachmentDescription a[3];
    for (uint32_t i = 0; i < 3; i++) {
        a[i] = (VkAttachmentDescription){.format = VK_FORMAT_R8G8B8A8_UNORM, .samples = i < 2 ? VK_SAMPLE_COUNT_4_BIT : VK_SAMPLE_COUNT_1_BIT,
                                         .loadOp = i < 2 ? VK_ATTACHMENT_LOAD_OP_CLEAR : VK_ATTACHMENT_LOAD_OP_DONT_CARE,
                                         .storeOp = i < 2 ? VK_ATTACHMENT_STORE_OP_DONT_CARE : VK_ATTACHMENT_STORE_OP_STORE,
                                         .initialLayout = VK_IMAGE_LAYOUT_GENERAL, .finalLayout = VK_IMAGE_LAYOUT_GENERAL};
    }
    const VkAttachmentReference colors[2] = {{0, loop}, {1, VK_IMAGE_LAYOUT_GENERAL}};
    const VkAttachmentReference to[2] = {{VK_ATTACHMENT_UNUSED, VK_IMAGE_LAYOUT_UNDEFINED}, {2, VK_IMAGE_LAYOUT_GENERAL}};
    const VkSubpassDescription sub = {.colorAttachmentCount = 2, .pColorAttachments = colors, .pResolveAttachments = to};
    const VkSubpassDependency self = {0, 0, VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT, VK_PIPELINE_STAGE_FRAGMENT_SHADER_BIT,
                                      VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT, VK_ACCESS_SHADER_READ_BIT,
                                      VK_DEPENDENCY_BY_REGION_BIT | VK_DEPENDENCY_FEEDBACK_LOOP_BIT_EXT};
    const VkRenderPassCreateInfo info = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO, .attachmentCount = 3, .pAttachments = a, .subpassCount = 1,
                                         .pSubpasses = &sub, .dependencyCount = 1, .pDependencies = &self};
    VkRenderPass pass;
    MUST(vkCreateRenderPass(k->device, &info, NULL, &pass));
    KIT_OWN(k, VK_OBJECT_TYPE_RENDER_PASS, pass);
    const VkImageView views[3] = {s.source.view, s.many.view, s.one.view};
    const VkFramebufferCreateInfo fi = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO, .renderPass = pass, .attachmentCount = 3, .pAttachments = views,
                                        .width = PX, .height = PX, .layers = 1};
    VkFramebuffer fb;
    MUST(vkCreateFramebuffer(k->device, &fi, NULL, &fb));
    KIT_OWN(k, VK_OBJECT_TYPE_FRAMEBUFFER, fb);
    scene_init(k, &s, pass, loop);
    const VkClearValue clears[2] = {{{{0}}}, {{{0}}}};
    const VkRenderPassBeginInfo bi = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO, .renderPass = pass, .framebuffer = fb,
                                      .renderArea = {{0, 0}, {PX, PX}}, .clearValueCount = 2, .pClearValues = clears};
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBeginRenderPass(cmd, &bi, VK_SUBPASS_CONTENTS_INLINE);
    draws(cmd, &s);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    check(k, &s);
}

static void
case_info(struct kit *k)
{
    const VkPhysicalDeviceUnifiedImageLayoutsFeaturesKHR *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_UNIFIED_IMAGE_LAYOUTS_FEATURES_KHR);
    SKIP_UNLESS(k, kit_has(k, VK_EXT_ATTACHMENT_FEEDBACK_LOOP_LAYOUT_EXTENSION_NAME) && f && f->unifiedImageLayouts && k->vk.CmdBeginRendering,
                "no feedback loops in the general layout");
    struct scene s;
    images(k, &s);
    scene_init(k, &s, VK_NULL_HANDLE, VK_IMAGE_LAYOUT_GENERAL);
    const VkAttachmentFeedbackLoopInfoEXT loop = {.sType = VK_STRUCTURE_TYPE_ATTACHMENT_FEEDBACK_LOOP_INFO_EXT, .feedbackLoopEnable = VK_TRUE};
    const VkRenderingAttachmentInfo colors[2] = {
        {.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO, .pNext = &loop, .imageView = s.source.view, .imageLayout = VK_IMAGE_LAYOUT_GENERAL,
         .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR, .storeOp = VK_ATTACHMENT_STORE_OP_DONT_CARE},
        {.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO, .imageView = s.many.view, .imageLayout = VK_IMAGE_LAYOUT_GENERAL,
         .resolveMode = VK_RESOLVE_MODE_AVERAGE_BIT, .resolveImageView = s.one.view, .resolveImageLayout = VK_IMAGE_LAYOUT_GENERAL,
         .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR, .storeOp = VK_ATTACHMENT_STORE_OP_DONT_CARE}};
    const VkRenderingInfo info = {.sType = VK_STRUCTURE_TYPE_RENDERING_INFO, .renderArea = {{0, 0}, {PX, PX}}, .layerCount = 1, .colorAttachmentCount = 2,
                                  .pColorAttachments = colors};
    const VkCommandBuffer cmd = kit_begin(k);
    k->vk.CmdBeginRendering(cmd, &info);
    draws(cmd, &s);
    k->vk.CmdEndRendering(cmd);
    kit_submit(k, cmd);
    check(k, &s);
}

static const struct kit_case cases[] = {{"layout", case_layout}, {"info", case_info}};
KIT_MAIN(cases)
