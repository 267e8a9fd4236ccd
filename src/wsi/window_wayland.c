/* Wayland windows: each swapchain image is a buffer of a wl_shm pool over its memfd, so that nothing is copied on this side.
 *
 * The library is loaded at the first use, as for X11; requests are marshalled directly, because the inline functions of its headers want
 * symbols at link time. All objects live on an event queue of the swapchain's own. SPEC: VK_KHR_wayland_surface. */
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <wayland-client.h>
#include <vulkan/vulkan_core.h>
#include <vulkan/vulkan_wayland.h>
#define VK_USE_PLATFORM_WAYLAND_KHR
#include <vulkan/vk_icd.h>

#include "object/device_base.h"
#include "util/futex.h"
#include "wsi/swapchain.h"

/* A compositor draws no frame of a window that nobody sees: FIFO does not wait for it for ever. */
#define FRAME_LIMIT_NS UINT64_C(100000000)

#define FUNCTIONS(X)                                                                                                   \
    X(wl_proxy_marshal_flags) X(wl_proxy_add_listener) X(wl_proxy_destroy) X(wl_proxy_create_wrapper) X(wl_proxy_wrapper_destroy)      \
    X(wl_proxy_set_queue) X(wl_proxy_get_version) X(wl_display_create_queue) X(wl_event_queue_destroy) X(wl_display_roundtrip_queue)   \
    X(wl_display_dispatch_queue_pending) X(wl_display_prepare_read_queue) X(wl_display_read_events) X(wl_display_cancel_read)          \
    X(wl_display_get_fd) X(wl_display_flush) X(wl_display_get_error)
#define INTERFACES(X) X(wl_registry_interface) X(wl_shm_interface) X(wl_shm_pool_interface) X(wl_buffer_interface) X(wl_callback_interface)

static struct {
    bool ok;
#define X(name) __typeof__(&name) name;
    FUNCTIONS(X)
    INTERFACES(X)
#undef X
} wl;

static void
load_all(void)
{
    void *lib = dlopen("libwayland-client.so.0", RTLD_NOW | RTLD_LOCAL);
    bool ok = lib != NULL;
#define X(name)                                                                                                        \
    if (ok) {                                                                                                          \
        void *sym = dlsym(lib, #name);                                                                                 \
        memcpy(&wl.name, &sym, sizeof(sym));                                                                           \
        ok = sym != NULL;                                                                                              \
    }
    FUNCTIONS(X)
    INTERFACES(X)
#undef X
    wl.ok = ok;
}

static bool
loaded(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load_all);
    return wl.ok;
}

struct image { /* of the swapchain's image with the same number */
    struct wl_proxy *buffer;
    bool busy; /* the compositor reads it */
};

struct window {
    struct wl_display *display;
    struct wl_event_queue *queue;
    struct wl_proxy *surface; /* wrapper of the application's, on the queue */
    struct wl_proxy *shm;
    struct wl_proxy *frame;   /* callback of the last commit, NULL when it has come */
    struct image images[PUM_MAX_SWAPCHAIN_IMAGES];
};

static void
destroy_with(struct wl_proxy *p, uint32_t opcode)
{
    if (p) {
        wl.wl_proxy_marshal_flags(p, opcode, NULL, wl.wl_proxy_get_version(p), WL_MARSHAL_FLAG_DESTROY);
    }
}

/* ---- events ---- */

typedef void (*handler)(void);

static void
on_global(void *data, struct wl_registry *registry, uint32_t name, const char *interface, uint32_t version)
{
    struct window *w = data;
    (void)version;
    if (strcmp(interface, "wl_shm") == 0 && !w->shm) {
        w->shm = wl.wl_proxy_marshal_flags((struct wl_proxy *)registry, WL_REGISTRY_BIND, wl.wl_shm_interface, 1, 0, name, wl.wl_shm_interface->name,
                                           1, NULL);
    }
}

static void
on_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
    (void)data, (void)registry, (void)name;
}

static const struct wl_registry_listener registry_listener = {on_global, on_global_remove};

static void
on_release(void *data, struct wl_buffer *buffer)
{
    (void)buffer;
    ((struct image *)data)->busy = false;
}

static const struct wl_buffer_listener buffer_listener = {on_release};

static void
on_frame(void *data, struct wl_callback *callback, uint32_t time_ms)
{
    struct window *w = data;
    (void)callback, (void)time_ms;
    wl.wl_proxy_destroy(w->frame);
    w->frame = NULL;
}

static const struct wl_callback_listener frame_listener = {on_frame};

static void
listen(struct wl_proxy *p, const void *listener, void *data)
{
    union { /* the library takes its tables without const, as pointers to no particular function */
        const void *c;
        handler *table;
    } u = {listener};
    wl.wl_proxy_add_listener(p, u.table, data);
}

/* Handles what has come; if that is nothing, waits for something until the deadline (0: not at all). False: nothing came. */
static bool
dispatch(const struct window *w, uint64_t deadline_ns)
{
    if (wl.wl_display_dispatch_queue_pending(w->display, w->queue) != 0) { /* something, or an error: then nothing is worth waiting for */
        return wl.wl_display_get_error(w->display) == 0;
    }
    if (wl.wl_display_prepare_read_queue(w->display, w->queue) != 0) {
        return wl.wl_display_dispatch_queue_pending(w->display, w->queue) > 0;
    }
    wl.wl_display_flush(w->display);
    const uint64_t now_ns = pum_now_ns(), left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
    struct pollfd p = {.fd = wl.wl_display_get_fd(w->display), .events = POLLIN};
    const int wait_ms = deadline_ns == UINT64_MAX ? -1 : (int)PUM_MIN((left_ns + 999999) / 1000000, (uint64_t)60000);
    int n;
    do {
        n = poll(&p, 1, wait_ms);
    } while (n < 0 && errno == EINTR);
    if (n <= 0) {
        wl.wl_display_cancel_read(w->display);
        return false;
    }
    return wl.wl_display_read_events(w->display) == 0 && wl.wl_display_dispatch_queue_pending(w->display, w->queue) >= 0;
}

/* ---- the window ---- */

static VkResult
wayland_extent(const void *surface, uint32_t *width, uint32_t *height)
{
    (void)surface;
    *width = *height = UINT32_MAX; /* as large as what is drawn */
    return loaded() ? VK_SUCCESS : VK_ERROR_SURFACE_LOST_KHR;
}

static bool
find_shm(struct window *w)
{
    struct wl_proxy *display = wl.wl_proxy_create_wrapper(w->display);
    if (!display) {
        return false;
    }
    wl.wl_proxy_set_queue(display, w->queue);
    struct wl_proxy *registry = wl.wl_proxy_marshal_flags(display, WL_DISPLAY_GET_REGISTRY, wl.wl_registry_interface,
                                                          wl.wl_proxy_get_version(display), 0, NULL);
    wl.wl_proxy_wrapper_destroy(display);
    if (!registry) {
        return false;
    }
    listen(registry, &registry_listener, w);
    const bool ok = wl.wl_display_roundtrip_queue(w->display, w->queue) >= 0;
    wl.wl_proxy_destroy(registry);
    return ok && w->shm;
}

static bool
make_buffer(struct window *w, const struct pum_swapchain *chain, uint32_t i)
{
    const struct pum_swapchain_image *si = &chain->images[i];
    const int32_t pitch_B = (int32_t)si->image->layout.plane[0].level[0].row_pitch_B;
    const uint64_t size_B = (uint64_t)pitch_B * chain->extent.height;
    if (size_B > INT32_MAX) {
        return false;
    }
    /* The library keeps a duplicate of the descriptor until it is sent. */
    struct wl_proxy *pool = wl.wl_proxy_marshal_flags(w->shm, WL_SHM_CREATE_POOL, wl.wl_shm_pool_interface, 1, 0, NULL, si->memory->fd, (int32_t)size_B);
    if (!pool) {
        return false;
    }
    const uint32_t format = chain->alpha == VK_COMPOSITE_ALPHA_PRE_MULTIPLIED_BIT_KHR ? WL_SHM_FORMAT_ARGB8888 : WL_SHM_FORMAT_XRGB8888;
    w->images[i].buffer = wl.wl_proxy_marshal_flags(pool, WL_SHM_POOL_CREATE_BUFFER, wl.wl_buffer_interface, 1, 0, NULL, 0,
                                                    (int32_t)chain->extent.width, (int32_t)chain->extent.height, pitch_B, format);
    destroy_with(pool, WL_SHM_POOL_DESTROY);
    if (!w->images[i].buffer) {
        return false;
    }
    listen(w->images[i].buffer, &buffer_listener, &w->images[i]);
    return true;
}

static VkResult
wayland_init(struct pum_swapchain *chain)
{
    const VkIcdSurfaceWayland *s = chain->surface;
    struct window *w = loaded() ? calloc(1, sizeof(*w)) : NULL;
    chain->window = w;
    if (!w) {
        return loaded() ? VK_ERROR_OUT_OF_HOST_MEMORY : VK_ERROR_SURFACE_LOST_KHR;
    }
    w->display = s->display;
    w->queue = wl.wl_display_create_queue(s->display);
    w->surface = wl.wl_proxy_create_wrapper(s->surface);
    if (!w->queue || !w->surface) {
        return VK_ERROR_OUT_OF_HOST_MEMORY;
    }
    wl.wl_proxy_set_queue(w->surface, w->queue);
    if (!find_shm(w)) {
        return VK_ERROR_SURFACE_LOST_KHR;
    }
    for (uint32_t i = 0; i < chain->count; i++) {
        if (!make_buffer(w, chain, i)) {
            return VK_ERROR_OUT_OF_DEVICE_MEMORY;
        }
    }
    return VK_SUCCESS;
}

static void
wayland_finish(struct pum_swapchain *chain)
{
    struct window *w = chain->window;
    if (!w) {
        return;
    }
    for (uint32_t i = 0; i < PUM_MAX_SWAPCHAIN_IMAGES; i++) {
        destroy_with(w->images[i].buffer, WL_BUFFER_DESTROY);
    }
    if (w->frame) {
        wl.wl_proxy_destroy(w->frame);
    }
    if (w->shm) {
        wl.wl_proxy_destroy(w->shm);
    }
    if (w->surface) {
        wl.wl_proxy_wrapper_destroy(w->surface);
    }
    if (w->queue) {
        wl.wl_display_flush(w->display);
        wl.wl_event_queue_destroy(w->queue);
    }
    free(w);
}

static VkResult
wayland_free(struct pum_swapchain *chain, uint32_t image, uint64_t deadline_ns)
{
    struct window *w = chain->window;
    while (w->images[image].busy && dispatch(w, deadline_ns)) {
    }
    return !w->images[image].busy                     ? VK_SUCCESS
           : wl.wl_display_get_error(w->display) ? VK_ERROR_SURFACE_LOST_KHR
                                                 : VK_NOT_READY;
}

static VkResult
wayland_present(struct pum_swapchain *chain, struct pum_swapchain_image *si)
{
    struct window *w = chain->window;
    struct image *image = &w->images[si - chain->images];
    const bool fifo = chain->mode == VK_PRESENT_MODE_FIFO_KHR || chain->mode == VK_PRESENT_MODE_FIFO_LATEST_READY_KHR;
    const uint64_t limit_ns = pum_now_ns() + FRAME_LIMIT_NS;
    while (fifo && w->frame && dispatch(w, limit_ns)) {
    }
    const uint32_t version = wl.wl_proxy_get_version(w->surface);
    wl.wl_proxy_marshal_flags(w->surface, WL_SURFACE_ATTACH, NULL, version, 0, image->buffer, 0, 0);
    wl.wl_proxy_marshal_flags(w->surface, version >= WL_SURFACE_DAMAGE_BUFFER_SINCE_VERSION ? WL_SURFACE_DAMAGE_BUFFER : WL_SURFACE_DAMAGE, NULL,
                              version, 0, 0, 0, INT32_MAX, INT32_MAX);
    if (fifo && !w->frame) {
        w->frame = wl.wl_proxy_marshal_flags(w->surface, WL_SURFACE_FRAME, wl.wl_callback_interface, 1, 0, NULL);
        if (w->frame) {
            listen(w->frame, &frame_listener, w);
        }
    }
    image->busy = true;
    wl.wl_proxy_marshal_flags(w->surface, WL_SURFACE_COMMIT, NULL, version, 0);
    wl.wl_display_flush(w->display);
    return wl.wl_display_get_error(w->display) ? VK_ERROR_SURFACE_LOST_KHR : VK_SUCCESS;
}

const struct pum_window_ops pum_window_wayland = {
    .get_extent = wayland_extent,
    .init = wayland_init,
    .finish = wayland_finish,
    .present = wayland_present,
    .wait_free = wayland_free,
    .alpha = VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR | VK_COMPOSITE_ALPHA_PRE_MULTIPLIED_BIT_KHR,
    .paces = true,
};
