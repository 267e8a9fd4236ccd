/* Surfaces and swapchains without a window system: what the headless surface answers, ids, fences and modes of presents, release of
 * images, views of other formats, several samples. SPEC: wsi. */
#include "kit.h"

#include "samples_flat_frag.h"
#include "samples_vert.h"

#define COLOR VK_IMAGE_ASPECT_COLOR_BIT

static VkSurfaceKHR
make_surface(struct kit *k)
{
    const VkHeadlessSurfaceCreateInfoEXT info = {.sType = VK_STRUCTURE_TYPE_HEADLESS_SURFACE_CREATE_INFO_EXT};
    VkSurfaceKHR s;
    MUST(k->vk.CreateHeadlessSurfaceEXT(k->instance, &info, NULL, &s));
    return s;
}

static VkSwapchainKHR
make_swapchain(struct kit *k, VkSurfaceKHR surface, const void *next, VkSwapchainCreateFlagsKHR flags, VkSwapchainKHR old)
{
    const VkSwapchainCreateInfoKHR info = {
        .sType = VK_STRUCTURE_TYPE_SWAPCHAIN_CREATE_INFO_KHR,
        .pNext = next,
        .flags = flags,
        .surface = surface,
        .minImageCount = 3,
        .imageFormat = VK_FORMAT_B8G8R8A8_UNORM,
        .imageColorSpace = VK_COLOR_SPACE_SRGB_NONLINEAR_KHR,
        .imageExtent = {40, 30},
        .imageArrayLayers = 1,
        .imageUsage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT,
        .preTransform = VK_SURFACE_TRANSFORM_IDENTITY_BIT_KHR,
        .compositeAlpha = VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR,
        .presentMode = VK_PRESENT_MODE_FIFO_KHR,
        .oldSwapchain = old,
    };
    VkSwapchainKHR c;
    MUST(k->vk.CreateSwapchainKHR(k->device, &info, NULL, &c));
    return c;
}

static bool
has_headless(const struct kit *k)
{
    return kit_has_instance(k, "VK_EXT_headless_surface") && kit_has(k, "VK_KHR_swapchain") && k->vk.CreateHeadlessSurfaceEXT;
}

/* Loaders that are older than the KHR name know the EXT one. */
static bool
has_maintenance(const struct kit *k)
{
    return kit_has(k, "VK_KHR_swapchain_maintenance1") || kit_has(k, "VK_EXT_swapchain_maintenance1");
}

/* Every answer of the surface fits the others. */
static void
case_capabilities(struct kit *k)
{
    SKIP_UNLESS(k, has_headless(k) && kit_has_instance(k, "VK_KHR_get_surface_capabilities2"), "no headless surface");
    const VkSurfaceKHR s = make_surface(k);
    uint32_t n = 0;
    VkPresentModeKHR modes[16];
    CHECK_VK(k, k->vk.GetPhysicalDeviceSurfacePresentModesKHR(k->physical, s, &n, NULL));
    REQUIRE(k, n >= 1 && n <= 16, "%u modes", n);
    CHECK_VK(k, k->vk.GetPhysicalDeviceSurfacePresentModesKHR(k->physical, s, &n, modes));
    for (uint32_t i = 0; i < n; i++) {
        VkSurfacePresentModeKHR mode = {.sType = VK_STRUCTURE_TYPE_SURFACE_PRESENT_MODE_KHR, .presentMode = modes[i]};
        const bool maintenance = kit_has_instance(k, "VK_KHR_surface_maintenance1");
        const VkPhysicalDeviceSurfaceInfo2KHR info = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SURFACE_INFO_2_KHR, .pNext = maintenance ? &mode : NULL,
                                                      .surface = s};
        VkPresentModeKHR compatible[16];
        VkSurfacePresentModeCompatibilityKHR mc = {.sType = VK_STRUCTURE_TYPE_SURFACE_PRESENT_MODE_COMPATIBILITY_KHR};
        VkSurfacePresentScalingCapabilitiesKHR sc = {.sType = VK_STRUCTURE_TYPE_SURFACE_PRESENT_SCALING_CAPABILITIES_KHR, .pNext = &mc};
        VkSurfaceProtectedCapabilitiesKHR pc = {.sType = VK_STRUCTURE_TYPE_SURFACE_PROTECTED_CAPABILITIES_KHR, .pNext = maintenance ? &sc : NULL,
                                                .supportsProtected = 77};
        VkSurfaceCapabilities2KHR caps = {.sType = VK_STRUCTURE_TYPE_SURFACE_CAPABILITIES_2_KHR,
                                          .pNext = kit_has_instance(k, "VK_KHR_surface_protected_capabilities") ? &pc : pc.pNext};
        CHECK_VK(k, k->vk.GetPhysicalDeviceSurfaceCapabilities2KHR(k->physical, &info, &caps));
        CHECK(k, caps.surfaceCapabilities.minImageCount >= 1 && caps.surfaceCapabilities.maxImageExtent.width >= 40, "capabilities");
        CHECK(k, !caps.pNext || caps.pNext != &pc || pc.supportsProtected == VK_FALSE, "protected surfaces");
        if (maintenance) {
            REQUIRE(k, mc.presentModeCount >= 1 && mc.presentModeCount <= 16, "%u compatible modes", mc.presentModeCount);
            mc.pPresentModes = compatible;
            CHECK_VK(k, k->vk.GetPhysicalDeviceSurfaceCapabilities2KHR(k->physical, &info, &caps));
            bool itself = false;
            for (uint32_t j = 0; j < mc.presentModeCount; j++) {
                itself = itself || compatible[j] == modes[i];
            }
            CHECK(k, itself, "mode %d is not compatible with itself", modes[i]);
        }
    }
    k->vk.DestroySurfaceKHR(k->instance, s, NULL);
}

/* Images go around; every present has an id that is reached, and a fence. */
static void
case_present(struct kit *k)
{
    SKIP_UNLESS(k, has_headless(k), "no headless surface");
    const VkSurfaceKHR s = make_surface(k);
    const VkSwapchainKHR c = make_swapchain(k, s, NULL, 0, VK_NULL_HANDLE);
    const bool ids = kit_has(k, "VK_KHR_present_id") && kit_has(k, "VK_KHR_present_wait"), fences = has_maintenance(k);
    VkImage images[16];
    uint32_t n = 16;
    MUST(k->vk.GetSwapchainImagesKHR(k->device, c, &n, images));
    CHECK(k, n >= 3, "%u images", n);
    for (uint64_t frame = 1; frame <= 7; frame++) {
        const VkFence acquired = kit_fence(k, false), done = kit_fence(k, false);
        const VkSemaphore ready = kit_semaphore(k);
        uint32_t i = 99;
        CHECK_VK(k, k->vk.AcquireNextImageKHR(k->device, c, UINT64_MAX, VK_NULL_HANDLE, acquired, &i));
        REQUIRE(k, i < n, "image %u", i);
        MUST(vkWaitForFences(k->device, 1, &acquired, VK_TRUE, KIT_TIMEOUT_NS));
        const VkCommandBuffer cmd = kit_begin(k);
        const VkClearColorValue color = {.float32 = {1, 0, 0, 1}};
        const VkImageSubresourceRange range = {COLOR, 0, 1, 0, 1};
        const struct kit_image img = {.image = images[i], .aspects = COLOR};
        kit_image_barrier(cmd, &img, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL);
        vkCmdClearColorImage(cmd, images[i], VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, &color, 1, &range);
        kit_image_barrier(cmd, &img, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, VK_IMAGE_LAYOUT_PRESENT_SRC_KHR);
        MUST(vkEndCommandBuffer(cmd));
        const VkSubmitInfo submit = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 1, .pCommandBuffers = &cmd,
                                     .signalSemaphoreCount = 1, .pSignalSemaphores = &ready};
        MUST(vkQueueSubmit(k->queue, 1, &submit, VK_NULL_HANDLE));
        VkResult each = VK_ERROR_UNKNOWN;
        const VkPresentIdKHR id = {.sType = VK_STRUCTURE_TYPE_PRESENT_ID_KHR, .swapchainCount = 1, .pPresentIds = &frame};
        const VkSwapchainPresentFenceInfoKHR fence = {.sType = VK_STRUCTURE_TYPE_SWAPCHAIN_PRESENT_FENCE_INFO_KHR, .pNext = ids ? &id : NULL,
                                                      .swapchainCount = 1, .pFences = &done};
        const VkPresentInfoKHR present = {.sType = VK_STRUCTURE_TYPE_PRESENT_INFO_KHR, .pNext = fences ? (const void *)&fence : ids ? &id : NULL,
                                          .waitSemaphoreCount = 1, .pWaitSemaphores = &ready, .swapchainCount = 1, .pSwapchains = &c,
                                          .pImageIndices = &i, .pResults = &each};
        CHECK_VK(k, k->vk.QueuePresentKHR(k->queue, &present));
        CHECK_VK(k, each);
        if (fences) {
            CHECK_VK(k, vkWaitForFences(k->device, 1, &done, VK_TRUE, KIT_TIMEOUT_NS));
        }
        if (ids) {
            CHECK_VK(k, k->vk.WaitForPresentKHR(k->device, c, frame, KIT_TIMEOUT_NS));
            CHECK_RESULT(k, k->vk.WaitForPresentKHR(k->device, c, frame + 1, 1000), VK_TIMEOUT);
        }
    }
    MUST(vkQueueWaitIdle(k->queue));
    k->vk.DestroySwapchainKHR(k->device, c, NULL);
    k->vk.DestroySurfaceKHR(k->instance, s, NULL);
}

/* Images that were acquired for nothing come back; a retired chain gives no more. */
static void
case_release(struct kit *k)
{
    SKIP_UNLESS(k, has_headless(k) && has_maintenance(k) && k->vk.ReleaseSwapchainImagesKHR, "no release of images");
    const VkSurfaceKHR s = make_surface(k);
    const VkSwapchainKHR c = make_swapchain(k, s, NULL, 0, VK_NULL_HANDLE);
    uint32_t n = 0, i = 0;
    MUST(k->vk.GetSwapchainImagesKHR(k->device, c, &n, NULL));
    for (uint32_t round = 0; round < 2; round++) {
        uint32_t all[16];
        for (uint32_t j = 0; j < n; j++) {
            CHECK_VK(k, k->vk.AcquireNextImageKHR(k->device, c, 0, kit_semaphore(k), VK_NULL_HANDLE, &all[j]));
        }
        CHECK_RESULT(k, k->vk.AcquireNextImageKHR(k->device, c, 0, kit_semaphore(k), VK_NULL_HANDLE, &i), VK_NOT_READY);
        const VkReleaseSwapchainImagesInfoKHR info = {.sType = VK_STRUCTURE_TYPE_RELEASE_SWAPCHAIN_IMAGES_INFO_KHR, .swapchain = c,
                                                      .imageIndexCount = n, .pImageIndices = all};
        CHECK_VK(k, k->vk.ReleaseSwapchainImagesKHR(k->device, &info));
    }
    const VkSwapchainKHR next = make_swapchain(k, s, NULL, 0, c);
    CHECK_VK(k, k->vk.AcquireNextImageKHR(k->device, next, 0, kit_semaphore(k), VK_NULL_HANDLE, &i));
    k->vk.DestroySwapchainKHR(k->device, c, NULL);
    k->vk.DestroySwapchainKHR(k->device, next, NULL);
    k->vk.DestroySurfaceKHR(k->instance, s, NULL);
}

/* An image is cleared as SRGB and read as UNORM. */
static void
case_mutable_format(struct kit *k)
{
    SKIP_UNLESS(k, has_headless(k) && kit_has(k, "VK_KHR_swapchain_mutable_format") && kit_has(k, "VK_KHR_dynamic_rendering"), "no mutable format");
    const VkFormat formats[2] = {VK_FORMAT_B8G8R8A8_UNORM, VK_FORMAT_B8G8R8A8_SRGB};
    const VkImageFormatListCreateInfo list = {.sType = VK_STRUCTURE_TYPE_IMAGE_FORMAT_LIST_CREATE_INFO, .viewFormatCount = 2, .pViewFormats = formats};
    const VkSurfaceKHR s = make_surface(k);
    const VkSwapchainKHR c = make_swapchain(k, s, &list, VK_SWAPCHAIN_CREATE_MUTABLE_FORMAT_BIT_KHR, VK_NULL_HANDLE);
    VkImage images[16];
    uint32_t n = 16, i = 0;
    MUST(k->vk.GetSwapchainImagesKHR(k->device, c, &n, images));
    const VkFence acquired = kit_fence(k, false);
    MUST(k->vk.AcquireNextImageKHR(k->device, c, UINT64_MAX, VK_NULL_HANDLE, acquired, &i));
    MUST(vkWaitForFences(k->device, 1, &acquired, VK_TRUE, KIT_TIMEOUT_NS));
    const VkImageViewCreateInfo vi = {.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO, .image = images[i], .viewType = VK_IMAGE_VIEW_TYPE_2D,
                                      .format = VK_FORMAT_B8G8R8A8_SRGB, .subresourceRange = {COLOR, 0, 1, 0, 1}};
    VkImageView view;
    MUST(vkCreateImageView(k->device, &vi, NULL, &view));
    struct kit_buffer out = kit_buffer(k, 40 * 30 * 4, NULL);
    const VkCommandBuffer cmd = kit_begin(k);
    const struct kit_image img = {.image = images[i], .aspects = COLOR};
    kit_image_barrier(cmd, &img, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_GENERAL);
    const VkRenderingAttachmentInfo a = {.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO, .imageView = view, .imageLayout = VK_IMAGE_LAYOUT_GENERAL,
                                         .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR, .storeOp = VK_ATTACHMENT_STORE_OP_STORE,
                                         .clearValue.color.float32 = {1, 0.21404114f, 0, 1}};
    const VkRenderingInfo ri = {.sType = VK_STRUCTURE_TYPE_RENDERING_INFO, .renderArea = {{0, 0}, {40, 30}}, .layerCount = 1, .colorAttachmentCount = 1,
                                .pColorAttachments = &a};
    k->vk.CmdBeginRendering(cmd, &ri);
    k->vk.CmdEndRendering(cmd);
    kit_barrier(cmd);
    const VkBufferImageCopy copy = {.imageSubresource = {COLOR, 0, 0, 1}, .imageExtent = {40, 30, 1}};
    vkCmdCopyImageToBuffer(cmd, images[i], VK_IMAGE_LAYOUT_GENERAL, out.buffer, 1, &copy);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    const uint32_t got = ((uint32_t *)out.data)[0];
    CHECK(k, got == 0xffff8000 || got == 0xffff7f00, "%08x", got);
    vkDestroyImageView(k->device, view, NULL);
    k->vk.DestroySwapchainKHR(k->device, c, NULL);
    k->vk.DestroySurfaceKHR(k->instance, s, NULL);
}

/* Four samples on an image of the chain: two of each pixel at an edge are white. */
static void
case_samples(struct kit *k)
{
    SKIP_UNLESS(k, has_headless(k) && kit_has(k, VK_EXT_MULTISAMPLED_RENDER_TO_SWAPCHAIN_EXTENSION_NAME) && kit_has(k, "VK_KHR_dynamic_rendering") &&
                       kit_has_instance(k, "VK_KHR_get_surface_capabilities2"),
                "no samples on swapchains");
    const VkPhysicalDeviceMultisampledRenderToSwapchainFeaturesEXT *f =
        kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MULTISAMPLED_RENDER_TO_SWAPCHAIN_FEATURES_EXT);
    SKIP_UNLESS(k, f && f->multisampledRenderToSwapchain, "no samples on swapchains");
    const VkSurfaceKHR s = make_surface(k);
    const VkPhysicalDeviceSurfaceInfo2KHR asked = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SURFACE_INFO_2_KHR, .surface = s};
    VkSwapchainFlagsSurfaceCapabilitiesEXT flags = {.sType = VK_STRUCTURE_TYPE_SWAPCHAIN_FLAGS_SURFACE_CAPABILITIES_EXT};
    VkSurfaceCapabilities2KHR caps = {.sType = VK_STRUCTURE_TYPE_SURFACE_CAPABILITIES_2_KHR, .pNext = &flags};
    MUST(k->vk.GetPhysicalDeviceSurfaceCapabilities2KHR(k->physical, &asked, &caps));
    REQUIRE(k, flags.swapchainSupportedFlags & VK_SWAPCHAIN_CREATE_MULTISAMPLED_RENDER_TO_SINGLE_SAMPLED_BIT_EXT, "%x", flags.swapchainSupportedFlags);
    const VkSwapchainKHR c = make_swapchain(k, s, NULL, VK_SWAPCHAIN_CREATE_MULTISAMPLED_RENDER_TO_SINGLE_SAMPLED_BIT_EXT, VK_NULL_HANDLE);
    VkImage images[16];
    uint32_t n = 16, i = 0;
    MUST(k->vk.GetSwapchainImagesKHR(k->device, c, &n, images));
    const VkFence acquired = kit_fence(k, false);
    MUST(k->vk.AcquireNextImageKHR(k->device, c, UINT64_MAX, VK_NULL_HANDLE, acquired, &i));
    MUST(vkWaitForFences(k->device, 1, &acquired, VK_TRUE, KIT_TIMEOUT_NS));
    const VkFormat format = VK_FORMAT_B8G8R8A8_UNORM;
    const VkImageViewCreateInfo vi = {.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO, .image = images[i], .viewType = VK_IMAGE_VIEW_TYPE_2D,
                                      .format = format, .subresourceRange = {COLOR, 0, 1, 0, 1}};
    VkImageView view;
    MUST(vkCreateImageView(k->device, &vi, NULL, &view));
    const struct {
        float pos[3][4], color[4];
    } left = {{{0.025f, -3, 0.5f, 1}, {0.025f, 5, 0.5f, 1}, {-9, 1, 0.5f, 1}}, {1, 1, 1, 1}}; /* up to the middle of column 20 */
    const struct kit_target t = {.width = 40, .height = 30, .layers = 1, .n = 1, .samples = VK_SAMPLE_COUNT_4_BIT};
    const VkPipelineRenderingCreateInfo rendering = {.sType = VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO, .colorAttachmentCount = 1,
                                                     .pColorAttachmentFormats = &format};
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, sizeof(left));
    struct kit_graphics g;
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(samples_vert), KIT_CODE(samples_flat_frag));
    g.info.pNext = &rendering;
    const VkPipeline pipe = kit_graphics_create(k, &g);
    struct kit_buffer out = kit_buffer(k, 40 * 30 * 4, NULL);
    const VkCommandBuffer cmd = kit_begin(k);
    const struct kit_image img = {.image = images[i], .aspects = COLOR};
    kit_image_barrier(cmd, &img, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_GENERAL);
    const VkMultisampledRenderToSingleSampledInfoEXT many = {.sType = VK_STRUCTURE_TYPE_MULTISAMPLED_RENDER_TO_SINGLE_SAMPLED_INFO_EXT,
                                                             .multisampledRenderToSingleSampledEnable = VK_TRUE,
                                                             .rasterizationSamples = VK_SAMPLE_COUNT_4_BIT};
    const VkRenderingAttachmentInfo a = {.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO, .imageView = view, .imageLayout = VK_IMAGE_LAYOUT_GENERAL,
                                         .resolveMode = VK_RESOLVE_MODE_AVERAGE_BIT, .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR, .storeOp = VK_ATTACHMENT_STORE_OP_STORE};
    const VkRenderingInfo ri = {.sType = VK_STRUCTURE_TYPE_RENDERING_INFO, .pNext = &many, .renderArea = {{0, 0}, {40, 30}}, .layerCount = 1,
                                .colorAttachmentCount = 1, .pColorAttachments = &a};
    k->vk.CmdBeginRendering(cmd, &ri);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(left), &left);
    vkCmdDraw(cmd, 3, 1, 0, 0);
    k->vk.CmdEndRendering(cmd);
    kit_barrier(cmd);
    const VkBufferImageCopy copy = {.imageSubresource = {COLOR, 0, 0, 1}, .imageExtent = {40, 30, 1}};
    vkCmdCopyImageToBuffer(cmd, images[i], VK_IMAGE_LAYOUT_GENERAL, out.buffer, 1, &copy);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    for (uint32_t y = 0; y < 30; y++) {
        for (uint32_t x = 0; x < 40; x++) {
            const uint32_t got = ((uint32_t *)out.data)[y * 40 + x];
            const bool fits = x == 20 ? got == 0x80808080 || got == 0x7f7f7f7f : got == (x < 20 ? 0xffffffff : 0);
            REQUIRE(k, fits, "%08x at %u, %u", got, x, y);
        }
    }
    vkDestroyImageView(k->device, view, NULL);
    k->vk.DestroySwapchainKHR(k->device, c, NULL);
    k->vk.DestroySurfaceKHR(k->instance, s, NULL);
}

static VKAPI_ATTR VkBool32 VKAPI_CALL
heard(VkDebugReportFlagsEXT flags, VkDebugReportObjectTypeEXT type, uint64_t object, size_t location, int32_t code, const char *prefix,
      const char *message, void *user)
{
    (void)type, (void)object, (void)location, (void)code, (void)prefix;
    *(uint32_t *)user += flags == VK_DEBUG_REPORT_ERROR_BIT_EXT && message[0];
    return VK_FALSE;
}

/* What the driver refuses is heard by the older callbacks, too, and no longer when they are gone. */
static void
case_debug_report(struct kit *k)
{
    SKIP_UNLESS(k, kit_has_instance(k, "VK_EXT_debug_report") && kit_ours(k), "no debug reports of this driver");
    kit_messages_expected(k);
    uint32_t count = 0;
    const VkDebugReportCallbackCreateInfoEXT info = {.sType = VK_STRUCTURE_TYPE_DEBUG_REPORT_CALLBACK_CREATE_INFO_EXT,
                                                     .flags = VK_DEBUG_REPORT_ERROR_BIT_EXT, .pfnCallback = heard, .pUserData = &count};
    VkDebugReportCallbackEXT cb;
    CHECK_VK(k, k->vk.CreateDebugReportCallbackEXT(k->instance, &info, NULL, &cb));
    const VkMemoryAllocateInfo huge = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .allocationSize = (VkDeviceSize)1 << 46};
    VkDeviceMemory m;
    const VkResult r = vkAllocateMemory(k->device, &huge, NULL, &m);
    CHECK(k, r != VK_SUCCESS, "64 TiB");
    CHECK(k, count >= 1, "%u reports", count); /* layers report as well */
    const uint32_t heard_before = count;
    k->vk.DestroyDebugReportCallbackEXT(k->instance, cb, NULL);
    CHECK(k, vkAllocateMemory(k->device, &huge, NULL, &m) != VK_SUCCESS && count == heard_before, "a report after the end");
}

static const struct kit_case cases[] = {
    {"capabilities", case_capabilities}, {"present", case_present}, {"release", case_release}, {"mutable_format", case_mutable_format},
    {"samples", case_samples},
    {"debug_report", case_debug_report},
};
KIT_MAIN(cases)
