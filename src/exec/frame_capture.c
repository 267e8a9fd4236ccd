#include "exec/frame_capture.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "abi/descriptor.h"
#include "format/format.h"
#include "geom/geom.h"
#include "raster/raster.h"
#include "util/env.h"
#include "util/log.h"
#include "util/names.h"
#include "util/png.h"

#define MAX_PX 4096u /* width and height of a picture */

bool pum_capture_on, pum_capture_draws;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards all of these */
static int folder = -1;
static FILE *page;
static uint32_t frame, last_pass, n_pictures;

static const char page_head[] =
    "<!doctype html><meta charset=utf-8><title>Pumice</title>\n"
    "<style>body{font:14px sans-serif;background:#222;color:#ddd}section{border-top:1px solid #555;padding:4px 0}"
    "figure{display:inline-block;margin:4px;vertical-align:top}img{display:block;max-width:480px;max-height:360px;min-width:96px;"
    "image-rendering:pixelated;border:1px solid #555}figcaption{max-width:480px;color:#aaa}h3{margin:4px}p{margin:4px;color:#aaa}a{color:#8cf}</style>\n"
    "<h2>Frame 0</h2>\n";

static void
print_escaped(const char *s)
{
    for (; *s; s++) {
        const unsigned char c = (unsigned char)*s;
        if (c == '<' || c == '>' || c == '&' || c == '"' || c < 0x20) {
            fprintf(page, "&#%u;", c < 0x20 ? 0xb7u : c);
        } else {
            fputc(c, page);
        }
    }
}

/* ---- texels to pixels ---- */

struct view { /* of one attachment */
    const struct pum_raster_plane *plane;
    enum pum_format format;
    uint32_t width, height, channels;
    bool ints;
    float lo, hi; /* the numbers that become black and white */
};

static void
read_texel(const struct view *v, uint32_t x, uint32_t y, float out[3])
{
    const struct pum_raster_plane *p = v->plane;
    const uint32_t texel_B = pum_format_info(v->format)->block_B;
    union pum_color c;
    pum_format_unpack(v->format, p->base + pum_sample_texel_offset(p->layout, p->row_pitch_B, texel_B, p->samples_log2, x, y), &c);
    for (uint32_t i = 0; i < v->channels; i++) {
        out[i] = !v->ints ? c.f[i] : pum_format_info(v->format)->type == PUM_SINT ? (float)c.i[i] : (float)c.u[i];
    }
}

/* What lies in 0..1 stays as it is; depth, integers and everything beyond is stretched from the least to the greatest number. */
static void
find_range(struct view *v, bool stretch)
{
    float lo = INFINITY, hi = -INFINITY;
    for (uint32_t y = 0; y < v->height; y++) {
        for (uint32_t x = 0; x < v->width; x++) {
            float t[3];
            read_texel(v, x, y, t);
            for (uint32_t i = 0; i < v->channels; i++) {
                lo = isfinite(t[i]) ? PUM_MIN(lo, t[i]) : lo;
                hi = isfinite(t[i]) ? PUM_MAX(hi, t[i]) : hi;
            }
        }
    }
    const bool fits = !stretch && !(lo < 0) && !(hi > 1);
    v->lo = fits || lo > hi ? 0 : lo;
    v->hi = fits || lo > hi ? 1 : hi;
}

static uint8_t *
make_pixels(const struct view *v)
{
    uint8_t *out = malloc((size_t)v->width * v->height * v->channels), *to = out;
    const bool srgb = pum_format_info(v->format)->type == PUM_SRGB;
    for (uint32_t y = 0; y < v->height && out; y++) {
        for (uint32_t x = 0; x < v->width; x++) {
            float t[3];
            read_texel(v, x, y, t);
            for (uint32_t i = 0; i < v->channels; i++) {
                const float f = v->hi > v->lo ? (t[i] - v->lo) / (v->hi - v->lo) : t[i] > 0 ? 1 : 0;
                const float in = f > 0 ? (f < 1 ? f : 1) : 0; /* NaN is black */
                *to++ = srgb ? pum_linear_to_srgb(in) : (uint8_t)lrintf(in * 255);
            }
        }
    }
    return out;
}

/* ---- the page; the lock is held ---- */

/* "r8 g8 b8 a8 unorm" */
static void
put_format(const struct pum_format_info *f)
{
    static const char *const types[] = {[PUM_UNORM] = "unorm",   [PUM_SNORM] = "snorm",     [PUM_UINT] = "uint", [PUM_SINT] = "sint",
                                        [PUM_FLOAT] = "float",   [PUM_UFLOAT] = "ufloat",   [PUM_SRGB] = "srgb", [PUM_SHARED_EXP] = "shared exponent",
                                        [PUM_USCALED] = "uscaled", [PUM_SSCALED] = "sscaled"};
    for (uint32_t i = 0; i < f->n_channels; i++) {
        fprintf(page, " %c%u", f->depth ? 'd' : f->stencil ? 's' : "rgba"[f->channels[i].component & 3], f->channels[i].bits);
    }
    fprintf(page, " %s", f->type < PUM_ARRAY_LEN(types) && types[f->type] ? types[f->type] : "");
}

static void
put_picture(const struct pum_capture *c, const struct pum_raster_plane *plane, const char *what, bool stretch)
{
    if (!plane->base || n_pictures >= pum_env_get()->capture_max) {
        return;
    }
    const struct pum_format_info *info = pum_format_info((enum pum_format)plane->format);
    struct view v = {.plane = plane, .format = (enum pum_format)plane->format, .ints = pum_format_is_integer((enum pum_format)plane->format)};
    v.width = PUM_MIN(c->targets->width, MAX_PX);
    v.height = PUM_MIN(c->targets->height, MAX_PX);
    v.channels = info->depth || info->stencil || info->n_channels == 1 ? 1 : 3;
    if (!v.width || !v.height) {
        return;
    }
    find_range(&v, stretch || v.ints);
    uint8_t *pixels = make_pixels(&v);
    char name[64];
    if (c->draw) {
        snprintf(name, sizeof(name), "f%03u_p%04u_d%04u_%s.png", frame, c->pass, c->draw, what);
    } else {
        snprintf(name, sizeof(name), "f%03u_p%04u_%s.png", frame, c->pass, what);
    }
    if (!pixels || !pum_png_write(folder, name, v.width, v.height, v.channels, pixels)) {
        pum_log(PUM_LOG_WARN, "PUMICE_CAPTURE: cannot write %s: %s", name, strerror(errno));
    }
    free(pixels);
    n_pictures++;
    fprintf(page, "<figure><a href=%s><img src=%s></a><figcaption>%s,", name, name, what);
    put_format(info);
    fprintf(page, ", %ux%u", v.width, v.height);
    if (c->targets->layers > 1) {
        fprintf(page, ", layer 0 of %u", c->targets->layers);
    }
    if (plane->samples_log2) {
        fprintf(page, ", sample 0 of %u", 1u << plane->samples_log2);
    }
    if (v.lo != 0 || v.hi != 1) {
        fprintf(page, ", black is %g, white is %g", (double)v.lo, (double)v.hi);
    }
    fprintf(page, "</figcaption></figure>\n");
}

static void
put_state(const struct pum_draw_state *s, const struct pum_raster_targets *t)
{
    static const char *const topologies[] = {"points", "lines", "line strip", "triangles", "triangle strip", "triangle fan", "lines with adjacency",
                                             "line strip with adjacency", "triangles with adjacency", "triangle strip with adjacency", "patches"};
    static const char *const compares[] = {"never", "less", "equal", "less or equal", "greater", "not equal", "greater or equal", "always"};
    const struct pum_viewport *vp = &s->viewport[0];
    const struct pum_rect *sc = &s->scissor[0];
    fprintf(page, "; %s; viewport %g,%g %gx%g, depth %g to %g; scissor %d,%d %ux%u", s->topology < PUM_ARRAY_LEN(topologies) ? topologies[s->topology] : "?",
            (double)vp->x, (double)vp->y, (double)vp->width, (double)vp->height, (double)vp->min_depth, (double)vp->max_depth, sc->x, sc->y, sc->w, sc->h);
    fprintf(page, "; cull %s%s", s->cull_mode & 1 ? "front " : "", s->cull_mode & 2 ? "back" : s->cull_mode ? "" : "none");
    if (s->ds.depth_test) {
        fprintf(page, "; depth %s, %s", compares[s->ds.depth_compare & 7], s->ds.depth_write ? "written" : "not written");
    }
    if (s->ds.stencil_test) {
        fprintf(page, "; stencil %s, reference %u", compares[s->ds.front.compare_op & 7], s->ds.front.reference);
    }
    for (uint32_t i = 0; i < t->color_count; i++) {
        const struct pum_blend_attachment *b = &s->blend.target[i];
        if (t->color[i].plane.base && (b->enable || (b->write_mask & 15) != 15)) {
            fprintf(page, "; color%u: %s, mask %s%s%s%s", i, b->enable ? "blended" : "not blended", b->write_mask & 1 ? "r" : "", b->write_mask & 2 ? "g" : "",
                    b->write_mask & 4 ? "b" : "", b->write_mask & 8 ? "a" : "");
        }
    }
    if (s->rasterizer_discard) {
        fprintf(page, "; nothing is rasterized");
    }
    if (!s->fs) {
        fprintf(page, "; no fragment shader");
    }
}

static void
put_title(const struct pum_capture *c)
{
    const struct pum_raster_targets *t = c->targets;
    fprintf(page, "<section><h3>Pass %u", c->pass);
    if (c->draw) {
        fprintf(page, ", %s %u", c->state ? "draw" : "clear", c->draw);
    }
    fputs(c->name ? ": " : "", page);
    print_escaped(pum_name_text(c->name));
    fprintf(page, "</h3><p>");
    if (c->call && c->state && c->state->mesh) {
        fprintf(page, "%u x %u x %u workgroups", c->call->groups[0], c->call->groups[1], c->call->groups[2]);
        put_state(c->state, t);
    } else if (c->call) {
        fprintf(page, "%u %s x %u instances", c->call->count, c->call->indices ? "indices" : "vertices", c->call->instance_count);
        put_state(c->state, t);
    } else {
        fprintf(page, "area %u,%u %ux%u; %u draw%s", t->area_x, t->area_y, t->area_w, t->area_h, c->n_draws, c->n_draws == 1 ? "" : "s");
    }
    fprintf(page, "</p>\n");
}

void
pum_capture_take(const struct pum_capture *c)
{
    const struct pum_raster_targets *t = c->targets;
    pthread_mutex_lock(&lock);
    if (n_pictures < pum_env_get()->capture_max) {
        put_title(c);
        for (uint32_t i = 0; i < t->color_count; i++) {
            char what[32];
            snprintf(what, sizeof(what), "color%u", i);
            put_picture(c, &t->color[i].plane, what, false);
            snprintf(what, sizeof(what), "resolved%u", i);
            if (!c->draw && t->color[i].resolve_mode != PUM_RESOLVE_NONE) {
                put_picture(c, &t->color[i].resolve, what, false);
            }
        }
        put_picture(c, &t->depth.plane, "depth", true);
        put_picture(c, &t->stencil.plane, "stencil", true);
        fprintf(page, "</section>\n");
        if (n_pictures >= pum_env_get()->capture_max) {
            fprintf(page, "<p>PUMICE_CAPTURE_MAX: %u pictures, no more.</p>\n", n_pictures);
            __atomic_store_n(&pum_capture_on, false, __ATOMIC_RELAXED);
        }
        fflush(page); /* the program may end at any moment */
    }
    pthread_mutex_unlock(&lock);
}

uint32_t
pum_capture_pass(void)
{
    pthread_mutex_lock(&lock);
    const uint32_t pass = ++last_pass;
    pthread_mutex_unlock(&lock);
    return pass;
}

void
pum_capture_present(void)
{
    pthread_mutex_lock(&lock);
    frame++;
    fprintf(page, "<h2>Frame %u</h2>\n", frame);
    fflush(page);
    pthread_mutex_unlock(&lock);
}

static void
start(void)
{
    const char *path = pum_env_get()->capture;
    if (!path) {
        return;
    }
    if (mkdir(path, 0777) != 0 && errno != EEXIST) {
        pum_log(PUM_LOG_ERROR, "PUMICE_CAPTURE: cannot make '%s': %s", path, strerror(errno));
        return;
    }
    folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int fd = folder >= 0 ? openat(folder, "index.html", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1;
    page = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!page) {
        pum_log(PUM_LOG_ERROR, "PUMICE_CAPTURE: cannot write to '%s': %s", path, strerror(errno));
        return;
    }
    fputs(page_head, page);
    fflush(page);
    pum_names_wanted = true;
    pum_capture_draws = pum_env_get()->capture_draws;
    pum_capture_on = true;
}

void
pum_capture_start(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start);
}
