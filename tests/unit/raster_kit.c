#include "raster_kit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "util/compiler.h"

uint32_t
kit_rand(struct kit_rng *r)
{
    r->s = r->s * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(r->s >> 33) ^ (uint32_t)(r->s >> 20);
}

float
kit_randf(struct kit_rng *r, float lo, float hi)
{
    return lo + (hi - lo) * (float)(kit_rand(r) & 0xffffff) / 16777216.0f;
}

/* -------- shaders -------- */

static void
put(const struct pum_vs_args *a, uint32_t slot, uint32_t v, uint32_t bits)
{
    a->out[(size_t)slot * a->out_stride + v] = bits;
}
static void
putf(const struct pum_vs_args *a, uint32_t slot, uint32_t v, float f)
{
    uint32_t b;
    memcpy(&b, &f, 4);
    put(a, slot, v, b);
}

static void
vs_run(const struct pum_shader_code *self, const struct pum_shader_ctx *ctx, void *args)
{
    (void)self;
    const struct pum_vs_args *a = args;
    const struct kit_vertices *kv = (const struct kit_vertices *)(const void *)ctx->push;
    for (uint32_t i = 0; i < a->vertices; i++) {
        const uint32_t v = a->vertex_index[i] % kv->count;
        for (uint32_t c = 0; c < 4; c++) {
            putf(a, PUM_VS_POSITION + c, i, kv->pos[v][c]);
            putf(a, PUM_VS_USER + c, i, kv->color[v][c]);
        }
        if (kv->layer) {
            put(a, PUM_VS_LAYER, i, kv->layer[v]);
        }
        if (kv->viewport) {
            put(a, PUM_VS_VIEWPORT, i, kv->viewport[v]);
        }
        if (kv->point_size) {
            putf(a, PUM_VS_POINT_SIZE, i, kv->point_size[v]);
        }
        if (kv->clip) {
            putf(a, PUM_VS_CLIP_DISTANCE, i, kv->clip[v][0]);
            putf(a, PUM_VS_CLIP_DISTANCE + 1, i, kv->clip[v][1]);
        }
    }
}

static void
set_slot(struct pum_shader_info *info, uint32_t slot)
{
    info->out_slots[slot / 64] |= (uint64_t)1 << (slot % 64);
}

void
kit_vs_info(struct pum_shader_info *info, const struct kit_vertices *v)
{
    memset(info, 0, sizeof(*info));
    info->stage = PUM_STAGE_VERTEX;
    for (uint32_t c = 0; c < 4; c++) {
        set_slot(info, PUM_VS_POSITION + c);
        set_slot(info, PUM_VS_USER + c);
    }
    if (v->layer) {
        set_slot(info, PUM_VS_LAYER);
    }
    if (v->viewport) {
        set_slot(info, PUM_VS_VIEWPORT);
    }
    if (v->point_size) {
        set_slot(info, PUM_VS_POINT_SIZE);
    }
    if (v->clip) {
        set_slot(info, PUM_VS_CLIP_DISTANCE);
        set_slot(info, PUM_VS_CLIP_DISTANCE + 1);
        info->clip_distances = 2;
    }
}

static float
plane_at(const struct pum_plane *p, float x, float y)
{
    return (p->v + p->dx * x) + p->dy * y;
}

static enum pum_interp fs_interp; /* one at a time is enough */

static void
fs_body(const struct pum_shader_code *self, void *args)
{
    const struct pum_fs_args *a = args;
    for (uint32_t i = 0; i < a->block_count; i++) {
        const struct pum_fs_block *b = &a->blocks[i];
        PUM_ALIGNED(64) float color[4][PUM_LANES];
        PUM_ALIGNED(64) uint32_t out[PUM_FS_SLOTS][PUM_LANES] = {0};
        uint32_t mask = b->mask;
        for (uint32_t l = 0; l < PUM_LANES; l++) {
            const float x = (float)(b->x * 4u + (l & 3)) + a->pos[0], y = (float)(b->y * 4u + (l >> 2)) + a->pos[1];
            const float inv = 1.0f / plane_at(&a->planes[PUM_FS_PLANE_RHW], x, y);
            for (uint32_t c = 0; c < 4; c++) {
                const struct pum_plane *p = &a->planes[PUM_FS_PLANE_INPUTS + c];
                if (self == &kit_fs_constant) {
                    color[c][l] = 0.25f * (float)(c + 1);
                } else if (self == &kit_fs_point) {
                    color[c][l] = c == 0 ? plane_at(&a->planes[PUM_FS_PLANE_POINT_S], x, y)
                                  : c == 1 ? plane_at(&a->planes[PUM_FS_PLANE_POINT_T], x, y) : c == 2 ? 0.0f : 1.0f;
                } else if (fs_interp == PUM_INTERP_FLAT) {
                    memcpy(&color[c][l], &p->flat, 4);
                } else {
                    color[c][l] = plane_at(p, x, y);
                    if (fs_interp == PUM_INTERP_PERSPECTIVE) {
                        color[c][l] *= inv;
                    }
                }
            }
            memcpy(&out[PUM_FS_DEPTH][l], &color[0][l], 4);
            if (self == &kit_fs_discard && !(color[0][l] >= 0.5f)) {
                mask &= ~(1u << l);
            }
        }
        memcpy(out[PUM_FS_COLOR], color, sizeof(color));
        if (a->late && mask) {
            mask = a->late(a, b, mask, out);
        }
        if (mask) {
            a->targets[0].write(&a->targets[0], b->x, b->y, mask, (const uint32_t(*)[PUM_LANES])out, NULL);
        }
    }
}

static void
fs_run(const struct pum_shader_code *self, const struct pum_shader_ctx *ctx, void *args)
{
    (void)ctx;
    fs_body(self, args);
}

const struct pum_shader_code kit_vs = {vs_run}, kit_fs = {fs_run}, kit_fs_discard = {fs_run}, kit_fs_depth = {fs_run}, kit_fs_constant = {fs_run},
                             kit_fs_point = {fs_run};

void
kit_fs_info(struct pum_shader_info *info, const struct pum_shader_code *fs, enum pum_interp interp)
{
    memset(info, 0, sizeof(*info));
    info->stage = PUM_STAGE_FRAGMENT;
    fs_interp = interp;
    if (fs != &kit_fs_constant && fs != &kit_fs_point) {
        info->n_fs_inputs = 4;
        for (uint32_t c = 0; c < 4; c++) {
            info->fs_inputs[c] = (struct pum_fs_input){(uint8_t)(PUM_VS_USER + c), (uint8_t)interp};
        }
    }
    info->color_mask = 1;
    info->uses_discard = fs == &kit_fs_discard;
    info->writes_depth = fs == &kit_fs_depth;
    info->uses_point_coord = fs == &kit_fs_point;
}

/* -------- images -------- */

bool
kit_image_init(struct kit_image *img, enum pum_format format, uint32_t w, uint32_t h, uint32_t layers, enum pum_texel_layout layout)
{
    memset(img, 0, sizeof(*img));
    const uint32_t texel_B = pum_format_info(format)->block_B;
    const uint32_t row_B = layout == PUM_TEXEL_BLOCK ? PUM_ALIGN_UP((w + 3) / 4 * 16 * texel_B, 64u) : w * texel_B;
    const uint32_t rows = layout == PUM_TEXEL_BLOCK ? (h + 3) / 4 : h;
    img->width = w;
    img->height = h;
    img->layers = layers;
    img->texel_B = texel_B;
    img->size_B = (size_t)row_B * rows * layers; /* exact: a read or write beyond is found by the address sanitizer */
    img->mem = calloc(1, img->size_B);
    img->plane = (struct pum_raster_plane){.base = img->mem, .layer_pitch_B = (uint64_t)row_B * rows, .row_pitch_B = row_B, .format = (uint16_t)format,
                                           .layout = (uint8_t)layout};
    return img->mem != NULL;
}

void
kit_image_finish(struct kit_image *img)
{
    free(img->mem);
    img->mem = NULL;
}

uint8_t *
kit_texel(const struct kit_image *img, uint32_t layer, uint32_t x, uint32_t y)
{
    uint8_t *p = img->mem + layer * img->plane.layer_pitch_B;
    return img->plane.layout == PUM_TEXEL_BLOCK ? p + (size_t)(y >> 2) * img->plane.row_pitch_B + ((size_t)(x >> 2) * 16 + (y & 3) * 4 + (x & 3)) * img->texel_B
                                                : p + (size_t)y * img->plane.row_pitch_B + (size_t)x * img->texel_B;
}

uint64_t
kit_hash(const struct kit_image *img)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (uint32_t l = 0; l < img->layers; l++) {
        for (uint32_t y = 0; y < img->height; y++) {
            for (uint32_t x = 0; x < img->width; x++) {
                const uint8_t *p = kit_texel(img, l, x, y);
                for (uint32_t i = 0; i < img->texel_B; i++) {
                    h = (h ^ p[i]) * 0x100000001b3u;
                }
            }
        }
    }
    return h;
}

/* -------- the reference -------- */

struct ref_vertex {
    int32_t x, y;
    float z, rhw, c[4];
};

static bool
compare_f(uint8_t op, double a, double b)
{
    switch ((enum pum_compare_op)op) {
    case PUM_COMPARE_NEVER: return false;
    case PUM_COMPARE_LESS: return a < b;
    case PUM_COMPARE_EQUAL: return a == b;
    case PUM_COMPARE_LESS_EQUAL: return a <= b;
    case PUM_COMPARE_GREATER: return a > b;
    case PUM_COMPARE_NOT_EQUAL: return a != b;
    case PUM_COMPARE_GREATER_EQUAL: return a >= b;
    case PUM_COMPARE_ALWAYS: return true;
    }
    return true;
}

static uint8_t
stencil_result(uint8_t op, uint8_t s, uint8_t ref)
{
    switch ((enum pum_stencil_op)op) {
    case PUM_STENCIL_KEEP: return s;
    case PUM_STENCIL_ZERO: return 0;
    case PUM_STENCIL_REPLACE: return ref;
    case PUM_STENCIL_INCREMENT_CLAMP: return s == 255 ? 255 : (uint8_t)(s + 1);
    case PUM_STENCIL_DECREMENT_CLAMP: return s == 0 ? 0 : (uint8_t)(s - 1);
    case PUM_STENCIL_INVERT: return (uint8_t)~s;
    case PUM_STENCIL_INCREMENT_WRAP: return (uint8_t)(s + 1);
    case PUM_STENCIL_DECREMENT_WRAP: return (uint8_t)(s - 1);
    }
    return s;
}

static float
clamp01(float v)
{
    v = v > 0.0f ? v : 0.0f;
    return v < 1.0f ? v : 1.0f;
}

static float
ref_factor(uint8_t f, int i, const float s[4], const float d[4], const float k[4])
{
    switch ((enum pum_blend_factor)f) {
    case PUM_FACTOR_ZERO: return 0.0f;
    case PUM_FACTOR_ONE: return 1.0f;
    case PUM_FACTOR_SRC_COLOR: return s[i];
    case PUM_FACTOR_ONE_MINUS_SRC_COLOR: return 1.0f - s[i];
    case PUM_FACTOR_DST_COLOR: return d[i];
    case PUM_FACTOR_ONE_MINUS_DST_COLOR: return 1.0f - d[i];
    case PUM_FACTOR_SRC_ALPHA: return s[3];
    case PUM_FACTOR_ONE_MINUS_SRC_ALPHA: return 1.0f - s[3];
    case PUM_FACTOR_DST_ALPHA: return d[3];
    case PUM_FACTOR_ONE_MINUS_DST_ALPHA: return 1.0f - d[3];
    case PUM_FACTOR_CONSTANT_COLOR: return k[i];
    case PUM_FACTOR_ONE_MINUS_CONSTANT_COLOR: return 1.0f - k[i];
    case PUM_FACTOR_CONSTANT_ALPHA: return k[3];
    case PUM_FACTOR_ONE_MINUS_CONSTANT_ALPHA: return 1.0f - k[3];
    case PUM_FACTOR_SRC_ALPHA_SATURATE: return i == 3 ? 1.0f : fminf(s[3], 1.0f - d[3]);
    case PUM_FACTOR_SRC1_COLOR:
    case PUM_FACTOR_ONE_MINUS_SRC1_COLOR:
    case PUM_FACTOR_SRC1_ALPHA:
    case PUM_FACTOR_ONE_MINUS_SRC1_ALPHA: return 0.0f;
    }
    return 0.0f;
}

static float
ref_equation(uint8_t op, uint8_t fs, uint8_t fd, int i, const float s[4], const float d[4], const float k[4])
{
    const float a = s[i] * ref_factor(fs, i, s, d, k), b = d[i] * ref_factor(fd, i, s, d, k);
    switch ((enum pum_blend_op)op) {
    case PUM_BLEND_ADD: return a + b;
    case PUM_BLEND_SUBTRACT: return a - b;
    case PUM_BLEND_REVERSE_SUBTRACT: return b - a;
    case PUM_BLEND_MIN: return s[i] < d[i] ? s[i] : d[i];
    case PUM_BLEND_MAX: return s[i] > d[i] ? s[i] : d[i];
    case PUM_BLEND_ADVANCED: break; /* tests/client/blend_advanced */
    }
    return a;
}

static void
ref_write(const struct kit_image *img, const struct pum_draw_state *s, uint32_t x, uint32_t y, const float color[4])
{
    const struct pum_blend_attachment *b = &s->blend.target[0];
    const enum pum_format f = (enum pum_format)img->plane.format;
    const uint8_t type = pum_format_info(f)->type;
    const bool norm = type == PUM_UNORM || type == PUM_SRGB;
    uint8_t *p = kit_texel(img, 0, x, y);
    union pum_color d, c, out;
    pum_format_unpack(f, p, &d);
    memcpy(c.f, color, 16);
    if (b->enable) {
        float k[4];
        for (int i = 0; i < 4; i++) {
            c.f[i] = norm ? clamp01(c.f[i]) : c.f[i];
            k[i] = norm ? clamp01(s->blend.constants[i]) : s->blend.constants[i];
        }
        for (int i = 0; i < 4; i++) {
            out.f[i] = i < 3 ? ref_equation(b->color_op, b->src_color, b->dst_color, i, c.f, d.f, k)
                             : ref_equation(b->alpha_op, b->src_alpha, b->dst_alpha, i, c.f, d.f, k);
        }
    } else {
        out = c;
    }
    uint8_t packed[16] = {0}, old[16] = {0};
    pum_format_pack(f, &out, packed);
    memcpy(old, p, img->texel_B);
    for (uint32_t i = 0; i < pum_format_info(f)->n_channels; i++) {
        const struct pum_channel *ch = &pum_format_info(f)->channels[i];
        if (b->write_mask >> ch->component & 1) {
            continue;
        }
        for (uint32_t k = ch->shift; k < (uint32_t)ch->shift + ch->bits; k++) { /* bit by bit: slow and plain */
            const uint8_t m = (uint8_t)(1u << (k & 7));
            packed[k / 8] = (uint8_t)((packed[k / 8] & ~m) | (old[k / 8] & m));
        }
    }
    memcpy(p, packed, img->texel_B);
}

static void
ref_fragment(struct kit_ref *r, const struct pum_draw_state *s, uint32_t x, uint32_t y, bool front, float z, const float color[4],
             const struct pum_shader_code *fs)
{
    const struct pum_depth_stencil_state *ds = &s->ds;
    if (fs == &kit_fs_discard && !(color[0] >= 0.5f)) {
        return;
    }
    if (fs == &kit_fs_depth) {
        z = color[0];
    }
    const struct pum_viewport *v = &s->viewport[0];
    const bool own = fs == &kit_fs_depth && !s->depth_clamp;
    const float z_min = own ? 0.0f : v->min_depth, z_max = own ? 1.0f : v->max_depth;
    z = z > z_min ? z : z_min;
    z = z < z_max ? z : z_max;
    bool z_ok = true, s_ok = true;
    uint8_t *zp = r->depth ? kit_texel(r->depth, 0, x, y) : NULL, *sp = r->stencil ? kit_texel(r->stencil, 0, x, y) : NULL;
    const enum pum_format zf = r->depth ? (enum pum_format)r->depth->plane.format : PUM_FORMAT_NONE;
    uint32_t enc = 0;
    if (zp) {
        uint32_t cur = 0;
        if (zf == PUM_FORMAT_D16_UNORM) {
            memcpy(&cur, zp, 2);
            enc = (uint32_t)rint((double)clamp01(z) * 65535.0);
        } else if (zf == PUM_FORMAT_X8_D24_UNORM_PACK32) {
            memcpy(&cur, zp, 4);
            cur &= 0xffffff;
            enc = (uint32_t)rint((double)clamp01(z) * 16777215.0);
        } else {
            memcpy(&cur, zp, 4);
            memcpy(&enc, &z, 4);
        }
        if (ds->depth_test) {
            float fc, fe;
            memcpy(&fc, &cur, 4);
            memcpy(&fe, &enc, 4);
            z_ok = zf == PUM_FORMAT_D32_SFLOAT ? compare_f(ds->depth_compare, (double)fe, (double)fc) : compare_f(ds->depth_compare, enc, cur);
        }
    }
    if (sp && ds->stencil_test) {
        const struct pum_stencil_face *f = front ? &ds->front : &ds->back;
        s_ok = compare_f(f->compare_op, f->reference & f->compare_mask, *sp & f->compare_mask);
        const uint8_t n = stencil_result(!s_ok ? f->fail_op : !z_ok ? f->depth_fail_op : f->pass_op, *sp, f->reference);
        *sp = (uint8_t)((*sp & ~f->write_mask) | (n & f->write_mask));
    }
    if (!z_ok || !s_ok) {
        return;
    }
    r->passed++;
    if (zp && ds->depth_test && ds->depth_write) {
        if (zf == PUM_FORMAT_D16_UNORM) {
            memcpy(zp, &enc, 2);
        } else if (zf == PUM_FORMAT_X8_D24_UNORM_PACK32) {
            memcpy(zp, &enc, 3);
        } else {
            memcpy(zp, &enc, 4);
        }
    }
    if (r->color) {
        ref_write(r->color, s, x, y, color);
    }
}

/* a + b in the order of the plane equations */
static struct pum_plane
ref_plane(float v0, float v1, float v2, const float l1[3], const float l2[3])
{
    const float d1 = v1 - v0, d2 = v2 - v0;
    struct pum_plane p = {.flat = 0};
    p.v = v0 + (d1 * l1[0] + d2 * l2[0]);
    p.dx = d1 * l1[1] + d2 * l2[1];
    p.dy = d1 * l1[2] + d2 * l2[2];
    return p;
}

void
kit_ref_triangle(struct kit_ref *r, const struct pum_draw_state *s, const struct kit_vertices *kv, const uint32_t idx[3], enum pum_interp interp,
                 const struct pum_shader_code *fs)
{
    const struct pum_viewport *vp = &s->viewport[0];
    const int32_t cx = (int32_t)(r->width / 2), cy = (int32_t)(r->height / 2);
    struct ref_vertex v[3];
    for (int i = 0; i < 3; i++) {
        const float *p = kv->pos[idx[i]];
        const float ox = (vp->x + vp->width * 0.5f) - (float)cx, oy = (vp->y + vp->height * 0.5f) - (float)cy;
        v[i].x = (int32_t)rintf((p[0] / p[3] * (vp->width * 0.5f) + ox) * 256.0f);
        v[i].y = (int32_t)rintf((p[1] / p[3] * (vp->height * 0.5f) + oy) * 256.0f);
        v[i].z = p[2] / p[3] * (vp->max_depth - vp->min_depth) + vp->min_depth;
        v[i].rhw = 1.0f / p[3];
        memcpy(v[i].c, kv->color[idx[i]], 16);
    }
    const struct ref_vertex flat = v[s->provoking_last ? 2 : 0];
    int64_t area = (int64_t)(v[1].x - v[0].x) * (v[2].y - v[0].y) - (int64_t)(v[2].x - v[0].x) * (v[1].y - v[0].y);
    if (area == 0) {
        return;
    }
    const bool front = s->front_face == PUM_FRONT_CCW ? area < 0 : area > 0;
    if ((front && (s->cull_mode & PUM_CULL_FRONT_BIT)) || (!front && (s->cull_mode & PUM_CULL_BACK_BIT))) {
        return;
    }
    if (area < 0) {
        const struct ref_vertex t = v[1];
        v[1] = v[2];
        v[2] = t;
        area = -area;
    }
    const double inv = 1.0 / (double)area;
    const double l1x = (double)(v[2].y - v[0].y) * inv, l1y = (double)(v[0].x - v[2].x) * inv;
    const double l2x = (double)(v[0].y - v[1].y) * inv, l2y = (double)(v[1].x - v[0].x) * inv;
    const struct pum_rect *sc = &s->scissor[0];
    for (uint32_t y = 0; y < r->height; y++) {
        for (uint32_t x = 0; x < r->width; x++) {
            if ((int64_t)x < sc->x || (int64_t)y < sc->y || (int64_t)x >= (int64_t)sc->x + sc->w || (int64_t)y >= (int64_t)sc->y + sc->h) {
                continue;
            }
            const int64_t px = ((int64_t)x - cx) * 256 + 128, py = ((int64_t)y - cy) * 256 + 128;
            bool in = true;
            for (int k = 0; k < 3; k++) {
                const struct ref_vertex *a = &v[k], *b = &v[(k + 1) % 3];
                const int64_t e = (int64_t)(b->x - a->x) * (py - a->y) - (int64_t)(b->y - a->y) * (px - a->x);
                const bool top_left = b->y < a->y || (b->y == a->y && b->x > a->x);
                in = in && (e > 0 || (e == 0 && top_left));
            }
            if (!in) {
                continue;
            }
            const uint32_t tx = x & ~63u, ty = y & ~63u;
            const double dx = (double)(((int64_t)tx - cx) * 256 - v[0].x), dy = (double)(((int64_t)ty - cy) * 256 - v[0].y);
            const double L1 = l1x * dx + l1y * dy, L2 = l2x * dx + l2y * dy;
            const float f1[3] = {(float)L1, (float)(l1x * 256.0), (float)(l1y * 256.0)}, f2[3] = {(float)L2, (float)(l2x * 256.0), (float)(l2y * 256.0)};
            struct pum_plane zp = {.flat = 0}, wp = {.flat = 0};
            for (int k = 0; k < 2; k++) {
                const double a0 = (double)(k ? v[0].rhw : v[0].z), a1 = (double)(k ? v[1].rhw : v[1].z), a2 = (double)(k ? v[2].rhw : v[2].z);
                struct pum_plane *p = k ? &wp : &zp;
                const double d1 = a1 - a0, d2 = a2 - a0;
                p->v = (float)(a0 + (d1 * L1 + d2 * L2));
                p->dx = (float)((d1 * l1x + d2 * l2x) * 256.0);
                p->dy = (float)((d1 * l1y + d2 * l2y) * 256.0);
            }
            float color[4];
            for (int c = 0; c < 4; c++) {
                if (interp == PUM_INTERP_FLAT) {
                    color[c] = flat.c[c];
                    continue;
                }
                const bool persp = interp == PUM_INTERP_PERSPECTIVE;
                const struct pum_plane p = ref_plane(persp ? v[0].c[c] * v[0].rhw : v[0].c[c], persp ? v[1].c[c] * v[1].rhw : v[1].c[c],
                                                     persp ? v[2].c[c] * v[2].rhw : v[2].c[c], f1, f2);
                color[c] = plane_at(&p, (float)(x - tx) + 0.5f, (float)(y - ty) + 0.5f);
                if (persp) {
                    color[c] *= 1.0f / plane_at(&wp, (float)(x - tx) + 0.5f, (float)(y - ty) + 0.5f);
                }
            }
            ref_fragment(r, s, x, y, front, plane_at(&zp, (float)(x - tx) + 0.5f, (float)(y - ty) + 0.5f), color, fs);
        }
    }
}

struct pum_draw_state *
kit_state(struct pum_draw_state *s, uint32_t w, uint32_t h)
{
    memset(s, 0, sizeof(*s));
    s->vs = &kit_vs;
    s->topology = PUM_TOPOLOGY_TRIANGLE_LIST;
    s->viewport_count = s->scissor_count = 1;
    s->viewport[0] = (struct pum_viewport){0.0f, 0.0f, (float)w, (float)h, 0.0f, 1.0f};
    s->scissor[0] = (struct pum_rect){0, 0, w, h};
    s->depth_clip = true;
    s->front_face = PUM_FRONT_CW;
    s->line_width = 1.0f;
    s->blend.target[0].write_mask = 15;
    s->ms = (struct pum_multisample_state){.samples = 1, .sample_mask = ~0u};
    s->ds.depth_compare = PUM_COMPARE_LESS;
    return s;
}

const struct pum_shader_ctx *
kit_ctx(struct pum_shader_ctx *ctx, const struct kit_vertices *v)
{
    memset(ctx, 0, sizeof(*ctx));
    ctx->push = (const uint8_t *)v;
    return ctx;
}
