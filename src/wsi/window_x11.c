/* X11 windows, through xcb. Images go to the server as MIT-SHM segments by descriptor; without the extension, as PutImage requests.
 *
 * The libraries are loaded at the first use: most programs that load the driver never open a window.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <X11/Xlib.h>
#include <xcb/shm.h>
#include <xcb/xcb.h>
#include <vulkan/vulkan_core.h>
#include <vulkan/vulkan_xcb.h>
#include <vulkan/vulkan_xlib.h>
#define VK_USE_PLATFORM_XCB_KHR
#define VK_USE_PLATFORM_XLIB_KHR
#include <vulkan/vk_icd.h>

#include "object/device_base.h"
#include "wsi/swapchain.h"

#define XCB_FUNCTIONS(X)                                                                                               \
    X(xcb_get_geometry) X(xcb_get_geometry_reply) X(xcb_generate_id) X(xcb_create_gc_checked) X(xcb_free_gc)             \
    X(xcb_put_image_checked) X(xcb_discard_reply) X(xcb_flush) X(xcb_get_maximum_request_length) X(xcb_request_check) X(xcb_query_extension) X(xcb_query_extension_reply)
#define SHM_FUNCTIONS(X)                                                                                               \
    X(xcb_shm_query_version) X(xcb_shm_query_version_reply) X(xcb_shm_attach_fd_checked) X(xcb_shm_detach) X(xcb_shm_put_image_checked)

static struct {
    bool ok, shm;
#define X(name) __typeof__(&name) name;
    XCB_FUNCTIONS(X)
    SHM_FUNCTIONS(X)
#undef X
    xcb_connection_t *(*XGetXCBConnection)(Display *);
} x;

static bool
load(void *lib, const char *name, void *to)
{
    void *sym = lib ? dlsym(lib, name) : NULL;
    memcpy(to, &sym, sizeof(sym));
    return sym != NULL;
}

static void
load_all(void)
{
    void *xcb = dlopen("libxcb.so.1", RTLD_NOW | RTLD_LOCAL), *shm = dlopen("libxcb-shm.so.0", RTLD_NOW | RTLD_LOCAL);
    void *x11 = dlopen("libX11-xcb.so.1", RTLD_NOW | RTLD_LOCAL);
    bool ok = true, shm_ok = true;
#define X(name) ok = load(xcb, #name, &x.name) && ok;
    XCB_FUNCTIONS(X)
#undef X
#define X(name) shm_ok = load(shm, #name, &x.name) && shm_ok;
    SHM_FUNCTIONS(X)
#undef X
    load(x11, "XGetXCBConnection", &x.XGetXCBConnection);
    x.ok = ok;
    x.shm = shm_ok;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Connection and window of a surface; NULL = none. */
static xcb_connection_t *
connection(const void *surface, xcb_window_t *window)
{
    pthread_once(&once, load_all);
    const VkIcdSurfaceBase *base = surface;
    if (!x.ok) {
        return NULL;
    }
    if (base->platform == VK_ICD_WSI_PLATFORM_XCB) {
        const VkIcdSurfaceXcb *s = surface;
        *window = s->window;
        return s->connection;
    }
    const VkIcdSurfaceXlib *s = surface;
    *window = (xcb_window_t)s->window;
    return x.XGetXCBConnection ? x.XGetXCBConnection(s->dpy) : NULL;
}

/* The connection is the application's. An error that nobody asked for would reach its handler, and Xlib's ends the program: what can fail
 * because the window is gone is asked for and dropped, the geometry that is queried after it tells. */
static void
drop_error(xcb_connection_t *c, xcb_void_cookie_t request)
{
    x.xcb_discard_reply(c, request.sequence);
}

struct window {
    xcb_connection_t *conn;
    xcb_window_t id;
    xcb_gcontext_t gc;
    uint8_t depth;
    bool shm;
};

static VkResult
geometry(xcb_connection_t *c, xcb_window_t id, uint32_t *w, uint32_t *h, uint8_t *depth)
{
    xcb_get_geometry_reply_t *r = x.xcb_get_geometry_reply(c, x.xcb_get_geometry(c, id), NULL);
    if (!r) {
        return VK_ERROR_SURFACE_LOST_KHR;
    }
    *w = r->width;
    *h = r->height;
    *depth = r->depth;
    free(r);
    return VK_SUCCESS;
}

static VkResult
x11_extent(const void *surface, uint32_t *width, uint32_t *height)
{
    xcb_window_t id;
    uint8_t depth;
    xcb_connection_t *c = connection(surface, &id);
    return c ? geometry(c, id, width, height, &depth) : VK_ERROR_SURFACE_LOST_KHR;
}

/* SHM 1.2 takes descriptors; a remote server has no SHM at all. */
static bool
has_shm(xcb_connection_t *c)
{
    if (!x.shm) {
        return false;
    }
    xcb_query_extension_reply_t *e = x.xcb_query_extension_reply(c, x.xcb_query_extension(c, 7, "MIT-SHM"), NULL);
    const bool present = e && e->present;
    free(e);
    if (!present) {
        return false;
    }
    xcb_shm_query_version_reply_t *v = x.xcb_shm_query_version_reply(c, x.xcb_shm_query_version(c), NULL);
    const bool ok = v && (v->major_version > 1 || v->minor_version >= 2);
    free(v);
    return ok;
}

static VkResult
x11_init(struct pum_swapchain *chain)
{
    struct window *w = calloc(1, sizeof(*w));
    if (!w) {
        return VK_ERROR_OUT_OF_HOST_MEMORY;
    }
    chain->window = w;
    w->conn = connection(chain->surface, &w->id);
    uint32_t width, height;
    if (!w->conn || geometry(w->conn, w->id, &width, &height, &w->depth) != VK_SUCCESS) {
        w->conn = NULL;
        return VK_ERROR_SURFACE_LOST_KHR;
    }
    w->gc = x.xcb_generate_id(w->conn);
    drop_error(w->conn, x.xcb_create_gc_checked(w->conn, w->gc, w->id, 0, NULL));
    w->shm = has_shm(w->conn);
    for (uint32_t i = 0; i < chain->count && w->shm; i++) {
        struct pum_swapchain_image *si = &chain->images[i];
        const int fd = fcntl(si->memory->fd, F_DUPFD_CLOEXEC, 0); /* the request closes it */
        if (fd < 0) {
            w->shm = false;
            break;
        }
        si->shm_segment = x.xcb_generate_id(w->conn);
        xcb_generic_error_t *err = x.xcb_request_check(w->conn, x.xcb_shm_attach_fd_checked(w->conn, si->shm_segment, fd, 1));
        if (err) {
            free(err);
            si->shm_segment = 0;
            w->shm = false;
        }
    }
    return VK_SUCCESS;
}

static void
x11_finish(struct pum_swapchain *chain)
{
    struct window *w = chain->window;
    if (w && w->conn) {
        for (uint32_t i = 0; i < chain->count; i++) {
            if (chain->images[i].shm_segment) {
                x.xcb_shm_detach(w->conn, chain->images[i].shm_segment);
            }
        }
        x.xcb_free_gc(w->conn, w->gc);
        x.xcb_flush(w->conn);
    }
    free(w);
}

static void
put_plain(const struct pum_swapchain *chain, const struct window *w, const struct pum_swapchain_image *si)
{
    const uint32_t pitch_B = si->image->layout.plane[0].level[0].row_pitch_B, width_B = chain->extent.width * 4;
    const uint64_t max_B = (uint64_t)x.xcb_get_maximum_request_length(w->conn) * 4 - 64;
    const uint32_t rows = (uint32_t)PUM_MAX((uint64_t)1, PUM_MIN(max_B / width_B, (uint64_t)chain->extent.height));
    uint8_t *buf = malloc((size_t)rows * width_B);
    for (uint32_t y = 0; buf && y < chain->extent.height; y += rows) {
        const uint32_t n = PUM_MIN(rows, chain->extent.height - y);
        for (uint32_t r = 0; r < n; r++) {
            memcpy(buf + (size_t)r * width_B, si->image->data + (uint64_t)(y + r) * pitch_B, width_B);
        }
        drop_error(w->conn, x.xcb_put_image_checked(w->conn, XCB_IMAGE_FORMAT_Z_PIXMAP, w->id, w->gc, (uint16_t)chain->extent.width, (uint16_t)n, 0,
                                                    (int16_t)y, 0, w->depth, n * width_B, buf));
    }
    free(buf);
}

static VkResult
x11_present(struct pum_swapchain *chain, struct pum_swapchain_image *si)
{
    const struct window *w = chain->window;
    if (si->shm_segment) {
        const uint32_t pitch_px = si->image->layout.plane[0].level[0].row_pitch_B / 4;
        drop_error(w->conn, x.xcb_shm_put_image_checked(w->conn, w->id, w->gc, (uint16_t)pitch_px, (uint16_t)chain->extent.height, 0, 0,
                                                        (uint16_t)chain->extent.width, (uint16_t)chain->extent.height, 0, 0, w->depth,
                                                        XCB_IMAGE_FORMAT_Z_PIXMAP, 0, si->shm_segment, 0));
    } else {
        put_plain(chain, w, si);
    }
    /* The reply comes after the server has read the image: then it may be drawn to again. */
    uint32_t width, height;
    uint8_t depth;
    const VkResult r = geometry(w->conn, w->id, &width, &height, &depth);
    if (r != VK_SUCCESS) {
        return r;
    }
    return width == chain->extent.width && height == chain->extent.height ? VK_SUCCESS : VK_ERROR_OUT_OF_DATE_KHR;
}

const struct pum_window_ops pum_window_x11 = {
    .get_extent = x11_extent,
    .init = x11_init,
    .finish = x11_finish,
    .present = x11_present,
    .alpha = VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR | VK_COMPOSITE_ALPHA_INHERIT_BIT_KHR,
};
