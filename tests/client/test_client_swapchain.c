/* Surfaces without a window system, swapchains on them: capabilities, every format and mode, acquiring, presenting, retiring. SPEC: wsi. */
#include "kit.h"

#define PX 32u

static bool
has_wsi(const struct kit *k)
{
    return k->vk.CreateHeadlessSurfaceEXT && k->vk.CreateSwapchainKHR;
}

static VkSurfaceKHR
surface(struct kit *k)
{
    const VkHeadlessSurfaceCreateInfoEXT info = {.sType = VK_STRUCTURE_TYPE_HEADLESS_SURFACE_CREATE_INFO_EXT};
    VkSurfaceKHR s;
    MUST(k->vk.CreateHeadlessSurfaceEXT(k->instance, &info, NULL, &s));
    KIT_OWN(k, VK_OBJECT_TYPE_SURFACE_KHR, s);
    VkBool32 supported = VK_FALSE;
    CHECK_VK(k, k->vk.GetPhysicalDeviceSurfaceSupportKHR(k->physical, k->family, s, &supported));
    CHECK(k, supported, "the family can't present");
    return s;
}

struct chain {
    VkSurfaceKHR surface;
    VkSwapchainKHR chain;
    VkImage images[16];
    uint32_t n;
    VkSwapchainCreateInfoKHR info;
};

static VkResult
make(struct kit *k, struct chain *c, VkSurfaceKHR s, VkSurfaceFormatKHR format, VkPresentModeKHR mode, VkSwapchainKHR old)
{
    VkSurfaceCapabilitiesKHR caps;
    MUST(k->vk.GetPhysicalDeviceSurfaceCapabilitiesKHR(k->physical, s, &caps));
    c->surface = s;
    c->info = (VkSwapchainCreateInfoKHR){
        .sType = VK_STRUCTURE_TYPE_SWAPCHAIN_CREATE_INFO_KHR,
        .surface = s,
        .minImageCount = caps.minImageCount > 3 ? caps.minImageCount : 3,
        .imageFormat = format.format,
        .imageColorSpace = format.colorSpace,
        .imageExtent = {PX, PX},
        .imageArrayLayers = 1,
        .imageUsage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT,
        .preTransform = caps.currentTransform,
        .compositeAlpha = caps.supportedCompositeAlpha & VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR ? VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR
                                                                                           : VK_COMPOSITE_ALPHA_INHERIT_BIT_KHR,
        .presentMode = mode,
        .clipped = VK_TRUE,
        .oldSwapchain = old,
    };
    const VkResult r = k->vk.CreateSwapchainKHR(k->device, &c->info, NULL, &c->chain);
    if (r == VK_SUCCESS) {
        KIT_OWN(k, VK_OBJECT_TYPE_SWAPCHAIN_KHR, c->chain);
        CHECK_VK(k, k->vk.GetSwapchainImagesKHR(k->device, c->chain, &c->n, NULL));
        CHECK(k, c->n >= c->info.minImageCount && c->n <= ARRAY_LEN(c->images), "%u images", c->n);
        c->n = c->n <= ARRAY_LEN(c->images) ? c->n : ARRAY_LEN(c->images);
        uint32_t less = c->n - 1;
        CHECK_RESULT(k, k->vk.GetSwapchainImagesKHR(k->device, c->chain, &less, c->images), VK_INCOMPLETE);
        CHECK_VK(k, k->vk.GetSwapchainImagesKHR(k->device, c->chain, &c->n, c->images));
    }
    return r;
}

static struct chain
make_default(struct kit *k)
{
    struct chain c = {0};
    const VkSurfaceFormatKHR format = {VK_FORMAT_B8G8R8A8_UNORM, VK_COLOR_SPACE_SRGB_NONLINEAR_KHR};
    MUST(make(k, &c, surface(k), format, VK_PRESENT_MODE_FIFO_KHR, VK_NULL_HANDLE));
    return c;
}

static VkResult
present(struct kit *k, const struct chain *c, uint32_t index, VkSemaphore wait)
{
    VkResult each = VK_ERROR_UNKNOWN;
    const VkPresentInfoKHR info = {.sType = VK_STRUCTURE_TYPE_PRESENT_INFO_KHR,
                                   .waitSemaphoreCount = wait ? 1 : 0,
                                   .pWaitSemaphores = &wait,
                                   .swapchainCount = 1,
                                   .pSwapchains = &c->chain,
                                   .pImageIndices = &index,
                                   .pResults = &each};
    const VkResult r = k->vk.QueuePresentKHR(k->queue, &info);
    CHECK(k, each == r, "the result of the swapchain: %s, of all: %s", kit_result_name(each), kit_result_name(r));
    return r;
}

static void
transition(VkCommandBuffer cmd, VkImage image, VkImageLayout from, VkImageLayout to)
{
    const struct kit_image img = {.image = image, .aspects = VK_IMAGE_ASPECT_COLOR_BIT};
    kit_image_barrier(cmd, &img, from, to);
}

/* Fills an image with a colour and leaves it ready to be presented. */
static VkCommandBuffer
paint(struct kit *k, VkImage image, const float color[4], VkBuffer read_back)
{
    const VkClearColorValue value = {.float32 = {color[0], color[1], color[2], color[3]}};
    const VkImageSubresourceRange range = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
    const VkBufferImageCopy copy = {.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1}, .imageExtent = {PX, PX, 1}};
    const VkCommandBuffer cmd = kit_begin(k);
    transition(cmd, image, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_GENERAL);
    vkCmdClearColorImage(cmd, image, VK_IMAGE_LAYOUT_GENERAL, &value, 1, &range);
    if (read_back) {
        kit_barrier(cmd);
        vkCmdCopyImageToBuffer(cmd, image, VK_IMAGE_LAYOUT_GENERAL, read_back, 1, &copy);
    }
    transition(cmd, image, VK_IMAGE_LAYOUT_GENERAL, VK_IMAGE_LAYOUT_PRESENT_SRC_KHR);
    kit_barrier(cmd);
    MUST(vkEndCommandBuffer(cmd));
    return cmd;
}

/* ---- cases ---- */

static void
case_surface(struct kit *k)
{
    SKIP_UNLESS(k, has_wsi(k), "no headless surfaces");
    const VkSurfaceKHR s = surface(k);
    VkSurfaceCapabilitiesKHR caps;
    CHECK_VK(k, k->vk.GetPhysicalDeviceSurfaceCapabilitiesKHR(k->physical, s, &caps));
    CHECK(k, caps.minImageCount >= 1 && (caps.maxImageCount == 0 || caps.maxImageCount >= caps.minImageCount), "%u to %u images",
          caps.minImageCount, caps.maxImageCount);
    CHECK(k,
          caps.supportedUsageFlags & VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT && caps.maxImageArrayLayers >= 1 &&
              caps.supportedTransforms & caps.currentTransform && caps.supportedCompositeAlpha,
          "capabilities");
    CHECK(k, caps.minImageExtent.width <= caps.maxImageExtent.width && caps.minImageExtent.height <= caps.maxImageExtent.height, "extents");
    VkSurfaceFormatKHR formats[64];
    VkPresentModeKHR modes[8];
    uint32_t nf = 0, nm = 0, one = 1;
    CHECK_VK(k, k->vk.GetPhysicalDeviceSurfaceFormatsKHR(k->physical, s, &nf, NULL));
    CHECK_VK(k, k->vk.GetPhysicalDeviceSurfacePresentModesKHR(k->physical, s, &nm, NULL));
    REQUIRE(k, nf >= 1 && nf <= 64 && nm >= 1 && nm <= 8, "%u formats, %u modes", nf, nm);
    if (nf > 1) {
        CHECK_RESULT(k, k->vk.GetPhysicalDeviceSurfaceFormatsKHR(k->physical, s, &one, formats), VK_INCOMPLETE);
    }
    CHECK_VK(k, k->vk.GetPhysicalDeviceSurfaceFormatsKHR(k->physical, s, &nf, formats));
    CHECK_VK(k, k->vk.GetPhysicalDeviceSurfacePresentModesKHR(k->physical, s, &nm, modes));
    bool fifo = false;
    for (uint32_t i = 0; i < nm; i++) {
        fifo = fifo || modes[i] == VK_PRESENT_MODE_FIFO_KHR;
    }
    CHECK(k, fifo, "FIFO is required");
    for (uint32_t i = 0; i < nf; i++) {
        CHECK(k, kit_format_features(k, formats[i].format, VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BIT,
              "format %d can't be drawn to", formats[i].format);
    }
    if (k->vk.GetPhysicalDeviceSurfaceCapabilities2KHR) {
        const VkPhysicalDeviceSurfaceInfo2KHR in = {VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SURFACE_INFO_2_KHR, NULL, s};
        VkSurfaceCapabilities2KHR caps2 = {.sType = VK_STRUCTURE_TYPE_SURFACE_CAPABILITIES_2_KHR};
        CHECK_VK(k, k->vk.GetPhysicalDeviceSurfaceCapabilities2KHR(k->physical, &in, &caps2));
        CHECK(k, memcmp(&caps, &caps2.surfaceCapabilities, sizeof(caps)) == 0, "the newer command says something else");
        VkSurfaceFormat2KHR formats2[64];
        for (uint32_t i = 0; i < 64; i++) {
            formats2[i] = (VkSurfaceFormat2KHR){.sType = VK_STRUCTURE_TYPE_SURFACE_FORMAT_2_KHR};
        }
        uint32_t n2 = 64;
        CHECK_VK(k, k->vk.GetPhysicalDeviceSurfaceFormats2KHR(k->physical, &in, &n2, formats2));
        CHECK(k, n2 == nf, "%u formats, then %u", nf, n2);
        for (uint32_t i = 0; i < nf && i < n2; i++) {
            CHECK(k, memcmp(&formats[i], &formats2[i].surfaceFormat, sizeof(formats[i])) == 0, "format %u", i);
        }
    }
    if (k->vk.GetDeviceGroupPresentCapabilitiesKHR) {
        VkDeviceGroupPresentCapabilitiesKHR group = {.sType = VK_STRUCTURE_TYPE_DEVICE_GROUP_PRESENT_CAPABILITIES_KHR};
        CHECK_VK(k, k->vk.GetDeviceGroupPresentCapabilitiesKHR(k->device, &group));
        CHECK(k, group.presentMask[0] == 1 && group.modes & VK_DEVICE_GROUP_PRESENT_MODE_LOCAL_BIT_KHR, "device group");
        VkDeviceGroupPresentModeFlagsKHR local = 0;
        CHECK_VK(k, k->vk.GetDeviceGroupSurfacePresentModesKHR(k->device, s, &local));
        CHECK(k, local & VK_DEVICE_GROUP_PRESENT_MODE_LOCAL_BIT_KHR, "modes of a group");
    }
    if (k->vk.GetPhysicalDevicePresentRectanglesKHR) {
        uint32_t n = 0;
        CHECK_VK(k, k->vk.GetPhysicalDevicePresentRectanglesKHR(k->physical, s, &n, NULL));
        CHECK(k, n >= 1, "%u rectangles", n);
    }
}

/* Every format with every mode: a few frames, each read back before it is shown. */
static void
case_frames(struct kit *k)
{
    SKIP_UNLESS(k, has_wsi(k), "no headless surfaces");
    const VkSurfaceKHR s = surface(k);
    VkSurfaceFormatKHR formats[64];
    VkPresentModeKHR modes[8];
    uint32_t nf = 64, nm = 8;
    MUST(k->vk.GetPhysicalDeviceSurfaceFormatsKHR(k->physical, s, &nf, formats));
    MUST(k->vk.GetPhysicalDeviceSurfacePresentModesKHR(k->physical, s, &nm, modes));
    VkSwapchainKHR old = VK_NULL_HANDLE;
    for (uint32_t i = 0; i < nf * nm; i++) {
        if (kit_under_validation(k) && modes[i / nf] > VK_PRESENT_MODE_FIFO_RELAXED_KHR) {
            continue; /* the layer may be older than the mode */
        }
        struct chain c = {0};
        const VkSurfaceFormatKHR format = formats[i % nf];
        CHECK_VK(k, make(k, &c, s, format, modes[i / nf], old));
        old = c.chain;
        const struct kit_buffer b = kit_buffer(k, PX * PX * 16, NULL);
        const VkSemaphore ready = kit_semaphore(k);
        VkSemaphore done[ARRAY_LEN(c.images)]; /* one for each image: a present has used it up when its image comes back */
        for (uint32_t n = 0; n < c.n; n++) {
            done[n] = kit_semaphore(k);
        }
        const VkFence fence = kit_fence(k, false);
        for (uint32_t frame = 0; frame < 7; frame++) {
            uint32_t index = UINT32_MAX;
            CHECK_VK(k, k->vk.AcquireNextImageKHR(k->device, c.chain, KIT_TIMEOUT_NS, ready, fence, &index));
            REQUIRE(k, index < c.n, "image %u of %u", index, c.n);
            CHECK_RESULT(k, vkWaitForFences(k->device, 1, &fence, VK_TRUE, KIT_TIMEOUT_NS), VK_SUCCESS);
            MUST(vkResetFences(k->device, 1, &fence));
            const float color[4] = {(float)(frame % 2), (float)(frame / 2 % 2), 1, 1};
            const VkCommandBuffer cmd = paint(k, c.images[index], color, b.buffer);
            const VkPipelineStageFlags stage = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
            const VkSubmitInfo submit = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
                                         .waitSemaphoreCount = 1,
                                         .pWaitSemaphores = &ready,
                                         .pWaitDstStageMask = &stage,
                                         .commandBufferCount = 1,
                                         .pCommandBuffers = &cmd,
                                         .signalSemaphoreCount = 1,
                                         .pSignalSemaphores = &done[index]};
            MUST(vkQueueSubmit(k->queue, 1, &submit, VK_NULL_HANDLE));
            CHECK_VK(k, present(k, &c, index, done[index]));
            MUST(vkQueueWaitIdle(k->queue));
            uint8_t want[16];
            kit_pack(format.format, (union kit_texel){.f = {(double)color[0], (double)color[1], 1, 1}}, want);
            const uint32_t B = kit_format(format.format)->block_B;
            for (uint32_t p = 0; p < PX * PX; p++) {
                REQUIRE(k, memcmp((uint8_t *)b.data + p * B, want, B) == 0, "format %d, frame %u, pixel %u", format.format, frame, p);
            }
        }
    }
}

/* All images can be held at once; then there is none, until one is shown. */
static void
case_acquire(struct kit *k)
{
    SKIP_UNLESS(k, has_wsi(k), "no headless surfaces");
    const struct chain c = make_default(k);
    const VkFence fence = kit_fence(k, false);
    const float blue[4] = {0, 0, 1, 1};
    VkSurfaceCapabilitiesKHR caps;
    MUST(k->vk.GetPhysicalDeviceSurfaceCapabilitiesKHR(k->physical, c.surface, &caps));
    uint32_t seen = 0, last = 0;
    /* SPEC: swapchain acquire forward progress: that many without a time-out */
    for (uint32_t i = 0; i < c.n - caps.minImageCount + 1; i++) {
        uint32_t index = UINT32_MAX;
        if (i % 2 && k->vk.AcquireNextImage2KHR) {
            const VkAcquireNextImageInfoKHR info = {
                VK_STRUCTURE_TYPE_ACQUIRE_NEXT_IMAGE_INFO_KHR, NULL, c.chain, KIT_TIMEOUT_NS, VK_NULL_HANDLE, fence, 1};
            CHECK_VK(k, k->vk.AcquireNextImage2KHR(k->device, &info, &index));
        } else {
            CHECK_VK(k, k->vk.AcquireNextImageKHR(k->device, c.chain, KIT_TIMEOUT_NS, VK_NULL_HANDLE, fence, &index));
        }
        CHECK(k, index < c.n && !(seen >> index & 1), "image %u again", index);
        seen |= 1u << index;
        last = index;
        CHECK_RESULT(k, vkWaitForFences(k->device, 1, &fence, VK_TRUE, KIT_TIMEOUT_NS), VK_SUCCESS);
        MUST(vkResetFences(k->device, 1, &fence));
    }
    for (uint32_t i = 0; !kit_under_validation(k) && i < c.n; i++) { /* the rest, if it may be had, and one too many */
        uint32_t index = UINT32_MAX;
        const VkResult r = k->vk.AcquireNextImageKHR(k->device, c.chain, i % 2 ? 1000000 : 0, VK_NULL_HANDLE, fence, &index);
        CHECK(k, r == VK_SUCCESS || r == (i % 2 ? VK_TIMEOUT : VK_NOT_READY), "%s", kit_result_name(r));
        if (r == VK_SUCCESS) {
            last = index;
            MUST(vkWaitForFences(k->device, 1, &fence, VK_TRUE, KIT_TIMEOUT_NS));
            MUST(vkResetFences(k->device, 1, &fence));
        } else {
            CHECK_RESULT(k, vkGetFenceStatus(k->device, fence), VK_NOT_READY);
        }
    }
    const VkCommandBuffer cmd = paint(k, c.images[last], blue, VK_NULL_HANDLE);
    const VkSubmitInfo submit = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 1, .pCommandBuffers = &cmd};
    MUST(vkQueueSubmit(k->queue, 1, &submit, VK_NULL_HANDLE));
    MUST(vkQueueWaitIdle(k->queue));
    CHECK_VK(k, present(k, &c, last, VK_NULL_HANDLE));
    uint32_t index;
    CHECK_VK(k, k->vk.AcquireNextImageKHR(k->device, c.chain, KIT_TIMEOUT_NS, VK_NULL_HANDLE, fence, &index));
    CHECK_RESULT(k, vkWaitForFences(k->device, 1, &fence, VK_TRUE, KIT_TIMEOUT_NS), VK_SUCCESS);
}

/* A new swapchain retires the old one: what is held of it can still be shown. */
static void
case_retire(struct kit *k)
{
    SKIP_UNLESS(k, has_wsi(k), "no headless surfaces");
    const struct chain c = make_default(k);
    const VkFence fence = kit_fence(k, false);
    const float red[4] = {1, 0, 0, 1};
    uint32_t index = 0;
    CHECK_VK(k, k->vk.AcquireNextImageKHR(k->device, c.chain, KIT_TIMEOUT_NS, VK_NULL_HANDLE, fence, &index));
    CHECK_RESULT(k, vkWaitForFences(k->device, 1, &fence, VK_TRUE, KIT_TIMEOUT_NS), VK_SUCCESS);
    MUST(vkResetFences(k->device, 1, &fence));
    struct chain later = {0};
    const VkSurfaceFormatKHR format = {c.info.imageFormat, c.info.imageColorSpace};
    CHECK_VK(k, make(k, &later, c.surface, format, VK_PRESENT_MODE_FIFO_KHR, c.chain));
    const VkCommandBuffer cmd = paint(k, c.images[index], red, VK_NULL_HANDLE);
    const VkSubmitInfo submit = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 1, .pCommandBuffers = &cmd};
    MUST(vkQueueSubmit(k->queue, 1, &submit, VK_NULL_HANDLE));
    MUST(vkQueueWaitIdle(k->queue));
    const VkResult r = present(k, &c, index, VK_NULL_HANDLE);
    CHECK(k, r == VK_SUCCESS || r == VK_SUBOPTIMAL_KHR || r == VK_ERROR_OUT_OF_DATE_KHR, "%s", kit_result_name(r));
    CHECK_VK(k, k->vk.AcquireNextImageKHR(k->device, later.chain, KIT_TIMEOUT_NS, VK_NULL_HANDLE, fence, &index));
    CHECK_RESULT(k, vkWaitForFences(k->device, 1, &fence, VK_TRUE, KIT_TIMEOUT_NS), VK_SUCCESS);
}

/* Another VkImage bound to a swapchain's memory shows the same texels. */
static void
case_alias(struct kit *k)
{
    SKIP_UNLESS(k, has_wsi(k) && k->vk.BindImageMemory2 && (k->version >= VK_API_VERSION_1_1 || kit_has(k, "VK_KHR_device_group")),
                "no images of swapchains");
    const struct chain c = make_default(k);
    const VkFence fence = kit_fence(k, false);
    const float green[4] = {0, 1, 0, 1};
    uint32_t index = 0;
    CHECK_VK(k, k->vk.AcquireNextImageKHR(k->device, c.chain, KIT_TIMEOUT_NS, VK_NULL_HANDLE, fence, &index));
    CHECK_RESULT(k, vkWaitForFences(k->device, 1, &fence, VK_TRUE, KIT_TIMEOUT_NS), VK_SUCCESS);
    const VkImageSwapchainCreateInfoKHR chain = {VK_STRUCTURE_TYPE_IMAGE_SWAPCHAIN_CREATE_INFO_KHR, NULL, c.chain};
    const VkImageCreateInfo info = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
                                    .pNext = &chain,
                                    .imageType = VK_IMAGE_TYPE_2D,
                                    .format = c.info.imageFormat,
                                    .extent = {PX, PX, 1},
                                    .mipLevels = 1,
                                    .arrayLayers = 1,
                                    .samples = VK_SAMPLE_COUNT_1_BIT,
                                    .usage = c.info.imageUsage};
    VkImage image;
    MUST(vkCreateImage(k->device, &info, NULL, &image));
    KIT_OWN(k, VK_OBJECT_TYPE_IMAGE, image);
    const VkBindImageMemorySwapchainInfoKHR which = {VK_STRUCTURE_TYPE_BIND_IMAGE_MEMORY_SWAPCHAIN_INFO_KHR, NULL, c.chain, index};
    const VkBindImageMemoryInfo bind = {VK_STRUCTURE_TYPE_BIND_IMAGE_MEMORY_INFO, &which, image, VK_NULL_HANDLE, 0};
    CHECK_VK(k, k->vk.BindImageMemory2(k->device, 1, &bind));
    const struct kit_buffer b = kit_buffer(k, PX * PX * 4, NULL);
    const VkCommandBuffer cmd = paint(k, c.images[index], green, VK_NULL_HANDLE);
    const VkSubmitInfo submit = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 1, .pCommandBuffers = &cmd};
    MUST(vkQueueSubmit(k->queue, 1, &submit, VK_NULL_HANDLE));
    MUST(vkQueueWaitIdle(k->queue));
    const VkBufferImageCopy copy = {.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1}, .imageExtent = {PX, PX, 1}};
    const VkCommandBuffer read = kit_begin(k);
    transition(read, image, VK_IMAGE_LAYOUT_PRESENT_SRC_KHR, VK_IMAGE_LAYOUT_GENERAL);
    vkCmdCopyImageToBuffer(read, image, VK_IMAGE_LAYOUT_GENERAL, b.buffer, 1, &copy);
    kit_barrier(read);
    kit_submit(k, read);
    for (uint32_t i = 0; i < PX * PX; i++) {
        REQUIRE(k, ((uint32_t *)b.data)[i] == 0xff00ff00u, "pixel %u: %#x", i, ((uint32_t *)b.data)[i]);
    }
}

static const struct kit_case cases[] = {
    {"surface", case_surface}, {"frames", case_frames}, {"acquire", case_acquire}, {"retire", case_retire}, {"alias", case_alias},
};
KIT_MAIN(cases)
