/* Wayland windows against a compositor of a hundred lines in a thread of this process: what arrives there is what was drawn, images that it
 * still reads are not drawn to, and its end is an error, not a hang. SPEC: VK_KHR_wayland_surface, vkAcquireNextImageKHR. */
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <wayland-server-core.h>
#include <wayland-server-protocol.h>
#include <wayland-client-core.h>

#include "kit.h"

#include <vulkan/vulkan_wayland.h>

#define W 37
#define H 21
#define MAX_COMMITS 64

/* ---- the compositor ---- */

struct commit {
    uint32_t first, last, format;
    int32_t width, height, stride_B;
};

struct compositor {
    struct wl_display *display;
    struct wl_event_source *on_stop;
    pthread_t thread;
    int stop[2];
    pthread_mutex_t lock; /* guards what follows */
    struct commit commits[MAX_COMMITS];
    uint32_t n, changed; /* changed: buffers that were drawn to while they were held */
    bool hold;           /* nothing is released */
    /* of the server's thread */
    struct wl_resource *pending, *shown[MAX_COMMITS], *frames[MAX_COMMITS];
    struct commit shown_as[MAX_COMMITS];
    uint32_t n_shown, n_frames;
};

static struct commit
look_at(struct wl_resource *buffer)
{
    struct wl_shm_buffer *b = wl_shm_buffer_get(buffer);
    struct commit c = {.format = wl_shm_buffer_get_format(b), .width = wl_shm_buffer_get_width(b), .height = wl_shm_buffer_get_height(b),
                       .stride_B = wl_shm_buffer_get_stride(b)};
    wl_shm_buffer_begin_access(b);
    const uint8_t *p = wl_shm_buffer_get_data(b);
    memcpy(&c.first, p, 4);
    memcpy(&c.last, p + (size_t)(c.height - 1) * (size_t)c.stride_B + (size_t)(c.width - 1) * 4, 4);
    wl_shm_buffer_end_access(b);
    return c;
}

static void
destroy_resource(struct wl_client *client, struct wl_resource *r)
{
    (void)client;
    wl_resource_destroy(r);
}

static void
surface_attach(struct wl_client *client, struct wl_resource *r, struct wl_resource *buffer, int32_t x, int32_t y)
{
    (void)client, (void)x, (void)y;
    ((struct compositor *)wl_resource_get_user_data(r))->pending = buffer;
}

static void
surface_rect(struct wl_client *client, struct wl_resource *r, int32_t x, int32_t y, int32_t w, int32_t h)
{
    (void)client, (void)r, (void)x, (void)y, (void)w, (void)h;
}

static void
surface_frame(struct wl_client *client, struct wl_resource *r, uint32_t id)
{
    struct compositor *c = wl_resource_get_user_data(r);
    c->frames[c->n_frames++] = wl_resource_create(client, &wl_callback_interface, 1, id);
}

static void
surface_region(struct wl_client *client, struct wl_resource *r, struct wl_resource *region)
{
    (void)client, (void)r, (void)region;
}

static void
surface_number(struct wl_client *client, struct wl_resource *r, int32_t n)
{
    (void)client, (void)r, (void)n;
}

/* The new buffer is shown, the one before it goes back; frames are done at once. */
static void
surface_commit(struct wl_client *client, struct wl_resource *r)
{
    (void)client;
    struct compositor *c = wl_resource_get_user_data(r);
    if (!c->pending) {
        return;
    }
    pthread_mutex_lock(&c->lock);
    if (c->n < MAX_COMMITS) {
        c->commits[c->n++] = look_at(c->pending);
    }
    for (uint32_t i = 0; i < c->n_shown && !c->hold; i++) {
        const struct commit now = look_at(c->shown[i]);
        c->changed += now.first != c->shown_as[i].first || now.last != c->shown_as[i].last;
        wl_buffer_send_release(c->shown[i]);
    }
    c->n_shown = c->hold ? c->n_shown : 0;
    c->shown_as[c->n_shown] = look_at(c->pending);
    c->shown[c->n_shown++] = c->pending;
    pthread_mutex_unlock(&c->lock);
    c->pending = NULL;
    for (uint32_t i = 0; i < c->n_frames; i++) {
        wl_callback_send_done(c->frames[i], 0);
        wl_resource_destroy(c->frames[i]);
    }
    c->n_frames = 0;
}

static const struct wl_surface_interface surface_impl = {
    .destroy = destroy_resource, .attach = surface_attach, .damage = surface_rect, .frame = surface_frame, .set_opaque_region = surface_region,
    .set_input_region = surface_region, .commit = surface_commit, .set_buffer_transform = surface_number, .set_buffer_scale = surface_number,
    .damage_buffer = surface_rect,
};

static void
create_surface(struct wl_client *client, struct wl_resource *r, uint32_t id)
{
    struct wl_resource *s = wl_resource_create(client, &wl_surface_interface, wl_resource_get_version(r), id);
    wl_resource_set_implementation(s, &surface_impl, wl_resource_get_user_data(r), NULL);
}

static const struct wl_compositor_interface compositor_impl = {.create_surface = create_surface};

static void
bind_compositor(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
    struct wl_resource *r = wl_resource_create(client, &wl_compositor_interface, (int)version, id);
    wl_resource_set_implementation(r, &compositor_impl, data, NULL);
}

static int
on_stop(int fd, uint32_t mask, void *data)
{
    (void)fd, (void)mask;
    wl_display_terminate(data);
    return 0;
}

static void *
serve(void *arg)
{
    struct compositor *c = arg;
    wl_display_run(c->display);
    wl_display_destroy_clients(c->display);
    wl_event_source_remove(c->on_stop);
    wl_display_destroy(c->display);
    return NULL;
}

/* Starts it; returns the descriptor for its one client. */
static int
compositor_start(struct compositor *c)
{
    int pair[2];
    memset(c, 0, sizeof(*c));
    pthread_mutex_init(&c->lock, NULL);
    c->display = wl_display_create();
    wl_display_init_shm(c->display);
    wl_global_create(c->display, &wl_compositor_interface, 4, c, bind_compositor);
    if (pipe(c->stop) || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
        kit_die("no pipe");
    }
    wl_client_create(c->display, pair[0]);
    c->on_stop = wl_event_loop_add_fd(wl_display_get_event_loop(c->display), c->stop[0], WL_EVENT_READABLE, on_stop, c->display);
    pthread_create(&c->thread, NULL, serve, c);
    return pair[1];
}

static void
compositor_stop(struct compositor *c)
{
    if (write(c->stop[1], "", 1) == 1) {
        pthread_join(c->thread, NULL);
    }
    close(c->stop[0]);
    close(c->stop[1]);
    pthread_mutex_destroy(&c->lock);
}

/* ---- the client's side, by hand: the two protocol headers can't be in one file ---- */

static void
on_global(void *data, void *registry, uint32_t name, const char *interface, uint32_t version)
{
    (void)version;
    if (strcmp(interface, "wl_compositor") == 0) {
        *(struct wl_proxy **)data = wl_proxy_marshal_flags(registry, 0, &wl_compositor_interface, 4, 0, name, interface, 4, NULL);
    }
}

static void
on_global_remove(void *data, void *registry, uint32_t name)
{
    (void)data, (void)registry, (void)name;
}

static struct wl_proxy *
client_surface(struct wl_display *display)
{
    static void (*listener[2])(void);
    struct wl_proxy *compositor = NULL;
    listener[0] = (void (*)(void))on_global;
    listener[1] = (void (*)(void))on_global_remove;
    struct wl_proxy *registry = wl_proxy_marshal_flags((struct wl_proxy *)display, 1, &wl_registry_interface, 1, 0, NULL);
    wl_proxy_add_listener(registry, listener, &compositor);
    wl_display_roundtrip(display);
    wl_proxy_destroy(registry);
    if (!compositor) {
        kit_die("no wl_compositor");
    }
    struct wl_proxy *surface = wl_proxy_marshal_flags(compositor, 0, &wl_surface_interface, 4, 0, NULL);
    wl_proxy_destroy(compositor);
    return surface;
}

struct scene {
    struct compositor c;
    struct wl_display *display;
    struct wl_proxy *surface;
    VkSurfaceKHR vk;
    VkSwapchainKHR chain;
    VkImage images[16];
    uint32_t n;
};

static bool
scene_start(struct kit *k, struct scene *s, VkPresentModeKHR mode, VkCompositeAlphaFlagBitsKHR alpha)
{
    const PFN_vkCreateWaylandSurfaceKHR create =
        (PFN_vkCreateWaylandSurfaceKHR)(void (*)(void))vkGetInstanceProcAddr(k->instance, "vkCreateWaylandSurfaceKHR");
    if (!create || !kit_has_instance(k, "VK_KHR_wayland_surface")) {
        kit_skip(k, "no Wayland surfaces");
        return false;
    }
    s->display = wl_display_connect_to_fd(compositor_start(&s->c));
    s->surface = client_surface(s->display);
    const VkWaylandSurfaceCreateInfoKHR si = {.sType = VK_STRUCTURE_TYPE_WAYLAND_SURFACE_CREATE_INFO_KHR, .display = s->display,
                                              .surface = (struct wl_surface *)s->surface};
    MUST(create(k->instance, &si, NULL, &s->vk));
    VkSurfaceCapabilitiesKHR caps;
    MUST(k->vk.GetPhysicalDeviceSurfaceCapabilitiesKHR(k->physical, s->vk, &caps));
    CHECK(k, caps.currentExtent.width == UINT32_MAX && caps.supportedCompositeAlpha & alpha, "capabilities");
    const VkSwapchainCreateInfoKHR info = {
        .sType = VK_STRUCTURE_TYPE_SWAPCHAIN_CREATE_INFO_KHR, .surface = s->vk, .minImageCount = 3, .imageFormat = VK_FORMAT_B8G8R8A8_UNORM,
        .imageColorSpace = VK_COLOR_SPACE_SRGB_NONLINEAR_KHR, .imageExtent = {W, H}, .imageArrayLayers = 1,
        .imageUsage = VK_IMAGE_USAGE_TRANSFER_DST_BIT, .preTransform = VK_SURFACE_TRANSFORM_IDENTITY_BIT_KHR, .compositeAlpha = alpha,
        .presentMode = mode,
    };
    MUST(k->vk.CreateSwapchainKHR(k->device, &info, NULL, &s->chain));
    s->n = 16;
    MUST(k->vk.GetSwapchainImagesKHR(k->device, s->chain, &s->n, s->images));
    return true;
}

static VkResult
acquire(struct kit *k, struct scene *s, uint64_t timeout_ns, uint32_t *i)
{
    const VkFence f = kit_fence(k, false);
    const VkResult r = k->vk.AcquireNextImageKHR(k->device, s->chain, timeout_ns, VK_NULL_HANDLE, f, i);
    if (r == VK_SUCCESS) {
        MUST(vkWaitForFences(k->device, 1, &f, VK_TRUE, KIT_TIMEOUT_NS));
    }
    return r;
}

static VkResult
present(struct kit *k, struct scene *s, uint32_t i, float red)
{
    /* In parts, where parts can be told: together they are all of it. SPEC: VkPresentRegionKHR */
    static const VkRectLayerKHR parts[2] = {{{0, 0}, {W, 9}, 0}, {{0, 9}, {W, H - 9}, 0}};
    const VkPresentRegionKHR region = {2, parts};
    const VkPresentRegionsKHR regions = {.sType = VK_STRUCTURE_TYPE_PRESENT_REGIONS_KHR, .swapchainCount = 1, .pRegions = &region};
    const VkCommandBuffer cmd = kit_begin(k);
    const VkClearColorValue color = {.float32 = {red, 0, 1, 0}};
    const VkImageSubresourceRange range = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
    const struct kit_image img = {.image = s->images[i], .aspects = VK_IMAGE_ASPECT_COLOR_BIT};
    kit_image_barrier(cmd, &img, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL);
    vkCmdClearColorImage(cmd, s->images[i], VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, &color, 1, &range);
    kit_image_barrier(cmd, &img, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, VK_IMAGE_LAYOUT_PRESENT_SRC_KHR);
    kit_submit(k, cmd);
    const VkPresentInfoKHR info = {.sType = VK_STRUCTURE_TYPE_PRESENT_INFO_KHR, .pNext = kit_has(k, "VK_KHR_incremental_present") ? &regions : NULL,
                                   .swapchainCount = 1, .pSwapchains = &s->chain, .pImageIndices = &i};
    return k->vk.QueuePresentKHR(k->queue, &info);
}

static void
scene_end(struct kit *k, struct scene *s, bool stop)
{
    k->vk.DestroySwapchainKHR(k->device, s->chain, NULL);
    k->vk.DestroySurfaceKHR(k->instance, s->vk, NULL);
    wl_proxy_destroy(s->surface);
    wl_display_disconnect(s->display);
    if (stop) {
        compositor_stop(&s->c);
    }
}

static void
frames(struct kit *k, VkPresentModeKHR mode, VkCompositeAlphaFlagBitsKHR alpha)
{
    struct scene s;
    if (!scene_start(k, &s, mode, alpha)) {
        return;
    }
    enum { N = 12 };
    for (uint32_t f = 0; f < N; f++) {
        uint32_t i = 99;
        CHECK_VK(k, acquire(k, &s, KIT_TIMEOUT_NS, &i));
        CHECK_VK(k, present(k, &s, i, (float)(f * 20) / 255.0f));
    }
    wl_display_roundtrip(s.display);
    pthread_mutex_lock(&s.c.lock);
    CHECK(k, s.c.n == N, "%u commits", s.c.n);
    CHECK(k, s.c.changed == 0, "%u buffers changed while they were shown", s.c.changed);
    const uint32_t format = alpha == VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR ? WL_SHM_FORMAT_XRGB8888 : WL_SHM_FORMAT_ARGB8888;
    for (uint32_t f = 0; f < s.c.n; f++) {
        const struct commit *c = &s.c.commits[f];
        const uint32_t want = f * 20 << 16 | 0xff;
        CHECK(k, c->width == W && c->height == H && c->format == format && c->stride_B >= W * 4, "frame %u: %dx%d, format %u", f, c->width, c->height,
              c->format);
        CHECK(k, c->first == want && c->last == want, "frame %u: %08x, %08x, not %08x", f, c->first, c->last, want);
    }
    pthread_mutex_unlock(&s.c.lock);
    scene_end(k, &s, true);
}

static void
case_fifo(struct kit *k)
{
    frames(k, VK_PRESENT_MODE_FIFO_KHR, VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR);
}

static void
case_immediate(struct kit *k)
{
    frames(k, VK_PRESENT_MODE_IMMEDIATE_KHR, VK_COMPOSITE_ALPHA_PRE_MULTIPLIED_BIT_KHR);
}

/* A compositor that keeps every buffer: acquiring ends with its time. */
static void
case_hold(struct kit *k)
{
    struct scene s;
    if (!scene_start(k, &s, VK_PRESENT_MODE_MAILBOX_KHR, VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR)) {
        return;
    }
    pthread_mutex_lock(&s.c.lock);
    s.c.hold = true;
    pthread_mutex_unlock(&s.c.lock);
    uint32_t i = 0;
    for (uint32_t f = 0; f < s.n; f++) {
        CHECK_VK(k, acquire(k, &s, KIT_TIMEOUT_NS, &i));
        CHECK_VK(k, present(k, &s, i, 0));
    }
    CHECK_RESULT(k, acquire(k, &s, 0, &i), VK_NOT_READY);
    CHECK_RESULT(k, acquire(k, &s, 30000000, &i), VK_TIMEOUT);
    scene_end(k, &s, true);
}

/* The compositor goes away in the middle. */
static void
case_lost(struct kit *k)
{
    struct scene s;
    if (!scene_start(k, &s, VK_PRESENT_MODE_FIFO_KHR, VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR)) {
        return;
    }
    uint32_t i = 0;
    CHECK_VK(k, acquire(k, &s, KIT_TIMEOUT_NS, &i));
    CHECK_VK(k, present(k, &s, i, 0));
    compositor_stop(&s.c);
    VkResult r = VK_SUCCESS;
    for (uint32_t f = 0; f < s.n && r == VK_SUCCESS; f++) {
        r = acquire(k, &s, UINT64_MAX, &i); /* for ever: but not longer than the window lives */
        r = r == VK_SUCCESS ? present(k, &s, i, 0) : r;
    }
    CHECK(k, r == VK_ERROR_SURFACE_LOST_KHR, "%s", kit_result_name(r));
    scene_end(k, &s, false);
}

static const struct kit_case cases[] = {
    {"fifo", case_fifo}, {"immediate", case_immediate}, {"hold", case_hold}, {"lost", case_lost},
};
KIT_MAIN(cases)
