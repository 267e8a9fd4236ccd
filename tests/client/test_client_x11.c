/* X11 windows, through xcb and Xlib, on an X server of the test's own (Xvfb): what a window shows is what was presented; a window that changes its
 * size or is gone is an answer, not a hang. SPEC: VK_KHR_xcb_surface, VK_KHR_xlib_surface. */
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <X11/Xlib-xcb.h>
#include <xcb/xcb.h>

#include "kit.h"

#include <vulkan/vulkan_xcb.h>
#include <vulkan/vulkan_xlib.h>

#define W 53
#define H 31
#define COLOR VK_IMAGE_ASPECT_COLOR_BIT

/* ---- the server, for all cases ---- */

static char display_name[16];
static pid_t server;

static void
stop_server(void)
{
    kill(server, SIGTERM);
    waitpid(server, NULL, 0);
}

/* Xvfb chooses its number and says it when it is ready. */
static bool
start_server(void)
{
    int p[2];
    if (server) {
        return display_name[0] != '\0';
    }
    if (pipe(p)) {
        kit_die("no pipe");
    }
    server = fork();
    if (server == 0) {
        char fd[16];
        snprintf(fd, sizeof(fd), "%d", p[1]);
        close(p[0]);
        execlp("Xvfb", "Xvfb", "-displayfd", fd, "-screen", "0", "320x240x24", "-nolisten", "tcp", "-noreset", (char *)NULL);
        _exit(127);
    }
    close(p[1]);
    display_name[0] = ':';
    size_t n = 1;
    while (server > 0 && n < sizeof(display_name) - 1 && read(p[0], display_name + n, 1) == 1 && display_name[n] != '\n') {
        n++;
    }
    close(p[0]);
    const bool there = n > 1 && display_name[n] == '\n';
    display_name[there ? n : 0] = '\0';
    atexit(stop_server);
    return there;
}

/* ---- a window and its swapchain ---- */

struct scene {
    Display *x;
    xcb_connection_t *c;
    xcb_window_t window;
    VkSurfaceKHR surface;
    VkSwapchainKHR chain;
    VkImage images[16];
    uint32_t n, width, height;
};

static VkResult
make_chain(struct kit *k, struct scene *s, VkPresentModeKHR mode)
{
    VkSurfaceCapabilitiesKHR caps;
    const VkResult r = k->vk.GetPhysicalDeviceSurfaceCapabilitiesKHR(k->physical, s->surface, &caps);
    if (r != VK_SUCCESS) {
        return r;
    }
    s->width = caps.currentExtent.width;
    s->height = caps.currentExtent.height;
    const VkSwapchainKHR old = s->chain;
    const VkSwapchainCreateInfoKHR info = {
        .sType = VK_STRUCTURE_TYPE_SWAPCHAIN_CREATE_INFO_KHR, .surface = s->surface, .minImageCount = caps.minImageCount,
        .imageFormat = VK_FORMAT_B8G8R8A8_UNORM, .imageColorSpace = VK_COLOR_SPACE_SRGB_NONLINEAR_KHR, .imageExtent = caps.currentExtent, .imageArrayLayers = 1,
        .imageUsage = VK_IMAGE_USAGE_TRANSFER_DST_BIT, .preTransform = VK_SURFACE_TRANSFORM_IDENTITY_BIT_KHR,
        .compositeAlpha = VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR, .presentMode = mode, .oldSwapchain = old,
    };
    MUST(k->vk.CreateSwapchainKHR(k->device, &info, NULL, &s->chain));
    k->vk.DestroySwapchainKHR(k->device, old, NULL);
    s->n = ARRAY_LEN(s->images);
    MUST(k->vk.GetSwapchainImagesKHR(k->device, s->chain, &s->n, s->images));
    return VK_SUCCESS;
}

static bool
scene_start(struct kit *k, struct scene *s, bool xlib, VkPresentModeKHR mode)
{
    const PFN_vkCreateXcbSurfaceKHR by_xcb = (PFN_vkCreateXcbSurfaceKHR)(void (*)(void))vkGetInstanceProcAddr(k->instance, "vkCreateXcbSurfaceKHR");
    const PFN_vkCreateXlibSurfaceKHR by_xlib = (PFN_vkCreateXlibSurfaceKHR)(void (*)(void))vkGetInstanceProcAddr(k->instance, "vkCreateXlibSurfaceKHR");
    const PFN_vkGetPhysicalDeviceXcbPresentationSupportKHR can_xcb =
        (PFN_vkGetPhysicalDeviceXcbPresentationSupportKHR)(void (*)(void))vkGetInstanceProcAddr(k->instance, "vkGetPhysicalDeviceXcbPresentationSupportKHR");
    const PFN_vkGetPhysicalDeviceXlibPresentationSupportKHR can_xlib =
        (PFN_vkGetPhysicalDeviceXlibPresentationSupportKHR)(void (*)(void))vkGetInstanceProcAddr(k->instance, "vkGetPhysicalDeviceXlibPresentationSupportKHR");
    memset(s, 0, sizeof(*s));
    if (!by_xcb || !by_xlib || !kit_has(k, VK_KHR_SWAPCHAIN_EXTENSION_NAME)) {
        kit_skip(k, "no X11 surfaces");
        return false;
    }
    s->x = start_server() ? XOpenDisplay(display_name) : NULL;
    if (!s->x) {
        kit_skip(k, "no Xvfb");
        return false;
    }
    s->c = XGetXCBConnection(s->x);
    const xcb_screen_t *screen = xcb_setup_roots_iterator(xcb_get_setup(s->c)).data;
    s->window = xcb_generate_id(s->c);
    xcb_create_window(s->c, XCB_COPY_FROM_PARENT, s->window, screen->root, 20, 10, W, H, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT, screen->root_visual, 0, NULL);
    xcb_map_window(s->c, s->window);
    XSync(s->x, False);
    CHECK(k, xlib ? can_xlib(k->physical, 0, s->x, screen->root_visual) : can_xcb(k->physical, 0, s->c, screen->root_visual), "can't present to the root's visual");
    if (xlib) {
        const VkXlibSurfaceCreateInfoKHR info = {.sType = VK_STRUCTURE_TYPE_XLIB_SURFACE_CREATE_INFO_KHR, .dpy = s->x, .window = s->window};
        MUST(by_xlib(k->instance, &info, NULL, &s->surface));
    } else {
        const VkXcbSurfaceCreateInfoKHR info = {.sType = VK_STRUCTURE_TYPE_XCB_SURFACE_CREATE_INFO_KHR, .connection = s->c, .window = s->window};
        MUST(by_xcb(k->instance, &info, NULL, &s->surface));
    }
    VkBool32 can = VK_FALSE;
    CHECK_VK(k, k->vk.GetPhysicalDeviceSurfaceSupportKHR(k->physical, 0, s->surface, &can));
    CHECK(k, can, "the queue family can't present");
    MUST(make_chain(k, s, mode));
    CHECK(k, s->width == W && s->height == H, "the window has %u x %u", s->width, s->height);
    return true;
}

static void
scene_end(struct kit *k, struct scene *s)
{
    k->vk.DestroySwapchainKHR(k->device, s->chain, NULL);
    k->vk.DestroySurfaceKHR(k->instance, s->surface, NULL);
    XCloseDisplay(s->x);
}

static VkResult
frame(struct kit *k, struct scene *s, float red)
{
    const VkFence f = kit_fence(k, false);
    uint32_t i = 0;
    const VkResult r = k->vk.AcquireNextImageKHR(k->device, s->chain, KIT_TIMEOUT_NS, VK_NULL_HANDLE, f, &i);
    if (r != VK_SUCCESS && r != VK_SUBOPTIMAL_KHR) {
        return r;
    }
    MUST(vkWaitForFences(k->device, 1, &f, VK_TRUE, KIT_TIMEOUT_NS));
    const VkCommandBuffer cmd = kit_begin(k);
    const VkClearColorValue color = {.float32 = {red, 0, 1, 1}};
    const VkImageSubresourceRange range = {COLOR, 0, 1, 0, 1};
    const struct kit_image img = {.image = s->images[i], .aspects = COLOR};
    kit_image_barrier(cmd, &img, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL);
    vkCmdClearColorImage(cmd, s->images[i], VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, &color, 1, &range);
    kit_image_barrier(cmd, &img, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, VK_IMAGE_LAYOUT_PRESENT_SRC_KHR);
    kit_submit(k, cmd);
    const VkPresentInfoKHR info = {.sType = VK_STRUCTURE_TYPE_PRESENT_INFO_KHR, .swapchainCount = 1, .pSwapchains = &s->chain, .pImageIndices = &i};
    return k->vk.QueuePresentKHR(k->queue, &info);
}

/* The window's corners have the colour, at the latest after two seconds. */
static bool
shows(struct scene *s, uint32_t want)
{
    for (int t = 0; t < 200; t++) {
        xcb_get_image_reply_t *r = xcb_get_image_reply(
            s->c, xcb_get_image(s->c, XCB_IMAGE_FORMAT_Z_PIXMAP, s->window, 0, 0, (uint16_t)s->width, (uint16_t)s->height, ~0u), NULL);
        uint32_t first = 0, last = 0;
        if (r && (uint32_t)xcb_get_image_data_length(r) >= s->width * s->height * 4) {
            memcpy(&first, xcb_get_image_data(r), 4);
            memcpy(&last, xcb_get_image_data(r) + (s->width * s->height - 1) * 4, 4);
        }
        free(r);
        if ((first & 0xffffff) == want && (last & 0xffffff) == want) {
            return true;
        }
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    }
    return false;
}

static void
frames(struct kit *k, bool xlib)
{
    static const VkPresentModeKHR wanted[3] = {VK_PRESENT_MODE_FIFO_KHR, VK_PRESENT_MODE_MAILBOX_KHR, VK_PRESENT_MODE_IMMEDIATE_KHR};
    for (int m = 0; m < 3; m++) {
        struct scene s;
        if (!scene_start(k, &s, xlib, wanted[0])) {
            return;
        }
        VkPresentModeKHR modes[16];
        uint32_t n = 16;
        bool has = false;
        MUST(k->vk.GetPhysicalDeviceSurfacePresentModesKHR(k->physical, s.surface, &n, modes));
        for (uint32_t i = 0; i < n; i++) {
            has = has || modes[i] == wanted[m];
        }
        if (has) {
            MUST(make_chain(k, &s, wanted[m]));
            for (uint32_t f = 1; f <= 7; f++) {
                CHECK_VK(k, frame(k, &s, (float)(f * 30) / 255.0f));
                CHECK(k, shows(&s, f * 30 << 16 | 0xff), "mode %d, frame %u is not shown", wanted[m], f);
            }
        }
        scene_end(k, &s);
    }
}

static void
case_xcb(struct kit *k)
{
    frames(k, false);
}

static void
case_xlib(struct kit *k)
{
    frames(k, true);
}

/* The window grows: sooner or later the old swapchain is out of date or suboptimal, and a new one fits. */
static void
case_resize(struct kit *k)
{
    struct scene s;
    if (!scene_start(k, &s, false, VK_PRESENT_MODE_FIFO_KHR)) {
        return;
    }
    CHECK_VK(k, frame(k, &s, 0));
    const uint32_t size[2] = {W + 20, H + 9};
    xcb_configure_window(s.c, s.window, XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT, size);
    XSync(s.x, False);
    VkResult r = VK_SUCCESS;
    for (int i = 0; i < 20 && r == VK_SUCCESS; i++) {
        r = frame(k, &s, 0);
    }
    CHECK(k, r == VK_ERROR_OUT_OF_DATE_KHR || r == VK_SUBOPTIMAL_KHR, "%s", kit_result_name(r));
    MUST(make_chain(k, &s, VK_PRESENT_MODE_FIFO_KHR));
    CHECK(k, s.width == W + 20 && s.height == H + 9, "%u x %u", s.width, s.height);
    CHECK_VK(k, frame(k, &s, 1));
    CHECK(k, shows(&s, 0xff00ff), "the larger frame is not shown");
    scene_end(k, &s);
}

/* The window goes away under the swapchain. */
static void
case_gone(struct kit *k)
{
    struct scene s;
    if (!scene_start(k, &s, false, VK_PRESENT_MODE_FIFO_KHR)) {
        return;
    }
    CHECK_VK(k, frame(k, &s, 0));
    xcb_destroy_window(s.c, s.window);
    XSync(s.x, False);
    VkResult r = VK_SUCCESS;
    for (int i = 0; i < 20 && r >= 0; i++) {
        r = frame(k, &s, 0);
    }
    CHECK(k, r == VK_ERROR_SURFACE_LOST_KHR || r == VK_ERROR_OUT_OF_DATE_KHR, "%s", kit_result_name(r));
    VkSurfaceCapabilitiesKHR caps;
    CHECK_RESULT(k, k->vk.GetPhysicalDeviceSurfaceCapabilitiesKHR(k->physical, s.surface, &caps), VK_ERROR_SURFACE_LOST_KHR);
    scene_end(k, &s);
}

static const struct kit_case cases[] = {{"xcb", case_xcb}, {"xlib", case_xlib}, {"resize", case_resize}, {"gone", case_gone}};
KIT_MAIN(cases)
