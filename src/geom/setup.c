/* Setup: culling, edges, weights, binning. Fixed point with 8 fraction bits; the bit budget stands in raster/kernels.h.
 * SPEC: primsrast. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geom/front.h"
#include "util/arena.h"
#include "raster/zs_format.h"

static struct pum_prim *
new_prim(struct pum_front_worker *w)
{
    if (w->prim_count == w->prim_cap) { /* clipping makes more than a chunk has */
        const uint32_t cap = w->prim_cap * 2;
        struct pum_prim *old = w->prims;
        const size_t old_B = (size_t)w->prim_count * sizeof(*old);
        pum_slab_commit(&w->prims_slab, old_B);
        struct pum_prim *p = pum_slab_reserve(&w->prims_slab, (size_t)cap * sizeof(*p));
        if (!p) {
            w->failed = true;
            return NULL;
        }
        memcpy(p, old, old_B);
        w->prims = p;
        w->prim_cap = cap;
    }
    return &w->prims[w->prim_count];
}

static void
push_bin(struct pum_front_worker *w, uint32_t tx, uint32_t ty, uint32_t layer, uint32_t entry)
{
    if (w->bin_count == w->bin_cap) {
        void *p = w->bins;
        if (!pum_grow(&p, &w->bin_cap, w->bin_count + 1, sizeof(w->bins[0]))) {
            w->failed = true;
            return;
        }
        w->bins = p;
    }
    w->bins[w->bin_count++] = (struct pum_bin){layer << 16 | ty << 8 | tx, entry};
}

static void
grow_box(struct pum_front_worker *w, uint32_t tx0, uint32_t ty0, uint32_t tx1, uint32_t ty1, uint32_t l0, uint32_t l1)
{
    w->tx0 = PUM_MIN(w->tx0, tx0);
    w->ty0 = PUM_MIN(w->ty0, ty0);
    w->tx1 = PUM_MAX(w->tx1, tx1);
    w->ty1 = PUM_MAX(w->ty1, ty1);
    w->l0 = PUM_MIN(w->l0, l0);
    w->l1 = PUM_MAX(w->l1, l1);
}

/* Puts the primitive just written into the tiles it can touch. */
static void
bin_prim(struct pum_front_worker *w, const struct pum_prim *p, uint32_t edges)
{
    const uint32_t tx0 = p->px0 / PUM_TILE_PX, ty0 = p->py0 / PUM_TILE_PX, tx1 = p->px1 / PUM_TILE_PX, ty1 = p->py1 / PUM_TILE_PX;
    const uint32_t index = w->prim_count++;
    const uint32_t before = w->bin_count;
    if ((tx0 == tx1 && ty0 == ty1) || !edges) {
        for (uint32_t ty = ty0; ty <= ty1; ty++) {
            for (uint32_t tx = tx0; tx <= tx1; tx++) {
                push_bin(w, tx, ty, p->layer, index);
            }
        }
    } else {
        /* from the middle of the first pixel to that of the last one; with several samples, the corners of the tile */
        const bool many = w->gs->tile.samples > 1 && !p->centers;
        const int64_t far = many ? PUM_TILE_PX : PUM_TILE_PX - 1, first = many ? 0 : 128;
        int64_t row[4], hi[4], lo[4], step_x[4], step_y[4];
        const int64_t dx = ((int64_t)tx0 * PUM_TILE_PX - w->frame->center_x) * 256 + first - p->x0;
        const int64_t dy = ((int64_t)ty0 * PUM_TILE_PX - w->frame->center_y) * 256 + first - p->y0;
        for (uint32_t k = 0; k < edges; k++) {
            const int64_t a = (int64_t)p->a[k] * 256, b = (int64_t)p->b[k] * 256;
            row[k] = p->a[k] * dx + p->b[k] * dy + p->c[k];
            hi[k] = far * ((a > 0 ? a : 0) + (b > 0 ? b : 0));
            lo[k] = far * ((a < 0 ? a : 0) + (b < 0 ? b : 0));
            step_x[k] = a * PUM_TILE_PX;
            step_y[k] = b * PUM_TILE_PX;
        }
        for (uint32_t ty = ty0; ty <= ty1; ty++) {
            int64_t e[4] = {row[0], row[1], row[2], row[3 < edges ? 3 : 2]};
            for (uint32_t tx = tx0; tx <= tx1; tx++) {
                bool outside = false, full = true;
                for (uint32_t k = 0; k < edges; k++) {
                    outside = outside || e[k] + hi[k] < 0;
                    full = full && e[k] + lo[k] >= 0;
                    e[k] += step_x[k];
                }
                if (!outside) {
                    push_bin(w, tx, ty, p->layer, full ? index | PUM_ENTRY_FULL : index);
                }
            }
            for (uint32_t k = 0; k < edges; k++) {
                row[k] += step_y[k];
            }
        }
    }
    if (w->bin_count != before) {
        grow_box(w, tx0, ty0, tx1, ty1, p->layer, p->layer);
    }
}

/* Pixels whose centres (whose area, with several samples) lie in the closed fixed point range, cut to the box. False: none. */
static bool
pixel_range(struct pum_front_worker *w, struct pum_prim *p, int32_t x0, int32_t y0, int32_t x1, int32_t y1, const struct pum_box *box)
{
    const int32_t cx = w->frame->center_x, cy = w->frame->center_y;
    const bool many = w->gs->tile.samples > 1 && !p->centers;
    const int32_t before = many ? 0 : 127, after = many ? 0 : 128;
    const int32_t px0 = ((x0 + before) >> 8) + cx, py0 = ((y0 + before) >> 8) + cy, px1 = ((x1 - after) >> 8) + cx, py1 = ((y1 - after) >> 8) + cy;
    const int32_t bx0 = PUM_MAX(px0, box->x0), by0 = PUM_MAX(py0, box->y0), bx1 = PUM_MIN(px1, box->x1), by1 = PUM_MIN(py1, box->y1);
    if (bx0 > bx1 || by0 > by1) {
        return false;
    }
    p->px0 = (uint16_t)bx0;
    p->py0 = (uint16_t)by0;
    p->px1 = (uint16_t)bx1;
    p->py1 = (uint16_t)by1;
    p->cut = bx0 != px0 || by0 != py0 || bx1 != px1 || by1 != py1;
    return true;
}

/* Edge from (xa, ya) to (xb, yb), inside on the side where a (X - xa) + b (Y - ya) > 0; points on it count for top and left edges. */
static void
edge(struct pum_prim *p, uint32_t k, int32_t xa, int32_t ya, int32_t xb, int32_t yb)
{
    const int32_t a = ya - yb, b = xb - xa;
    p->a[k] = a;
    p->b[k] = b;
    p->c[k] = (int64_t)a * (p->x0 - xa) + (int64_t)b * (p->y0 - ya) - !(a > 0 || (a == 0 && b > 0));
}

static void
fill_info(struct pum_front_worker *w, struct pum_prim *p, const struct pum_prim_info *info, enum pum_prim_kind kind, bool front)
{
    p->flat = info->flat;
    p->primitive_id = info->primitive_id;
    p->layer = info->layer;
    p->viewport = info->viewport;
    p->draw = w->draw_count - 1;
    p->kind = (uint8_t)kind;
    p->front = front;
}

/* SPEC: primsrast-depthbias. */
static float
depth_bias(const struct pum_front_worker *w, const struct pum_screen_vertex v[3], float slope)
{
    const struct pum_draw_state *s = w->gs->s;
    float r;
    switch ((enum pum_z_format)w->gs->tile.zs.z_format) {
    case PUM_Z_D16:
        r = 0x1p-16f;
        break;
    case PUM_Z_D24:
        r = 0x1p-24f;
        break;
    case PUM_Z_NONE:
    case PUM_Z_D32F:
    case PUM_Z_FORMAT_COUNT:
    default: {
        if (s->depth_bias_unit == PUM_BIAS_UNORM) {
            r = 0x1p-24f;
            break;
        }
        const float m = fmaxf(fabsf(v[0].z), fmaxf(fabsf(v[1].z), fabsf(v[2].z)));
        int e;
        frexpf(m, &e);
        r = ldexpf(1.0f, PUM_MAX(e - 1, -126) - 23);
        break;
    }
    }
    r = s->depth_bias_unit == PUM_BIAS_FLOAT ? 1.0f : r;
    float bias = slope * s->depth_bias_slope + r * s->depth_bias_constant;
    const float limit = s->depth_bias_clamp;
    if (limit > 0.0f) {
        bias = bias < limit ? bias : limit;
    } else if (limit < 0.0f) {
        bias = bias > limit ? bias : limit;
    }
    return bias - bias == 0.0f ? bias : 0.0f;
}

void
pum_setup_triangle(struct pum_front_worker *w, const struct pum_screen_vertex v[3], const struct pum_prim_info *info)
{
    const struct pum_draw_state *s = w->gs->s;
    const struct pum_screen_vertex *p0 = &v[0], *p1 = &v[1], *p2 = &v[2];
    int64_t area2 = (int64_t)(p1->x - p0->x) * (p2->y - p0->y) - (int64_t)(p2->x - p0->x) * (p1->y - p0->y);
    if (area2 == 0) {
        return;
    }
    const bool front = (area2 < 0) == (s->front_face == PUM_FRONT_CCW);
    if (s->cull_mode & (front ? PUM_CULL_FRONT_BIT : PUM_CULL_BACK_BIT)) {
        return;
    }
    if (area2 < 0) {
        p1 = &v[2];
        p2 = &v[1];
        area2 = -area2;
    }
    struct pum_prim *p = new_prim(w);
    if (!p) {
        return;
    }
    const int32_t x0 = PUM_MIN(p0->x, PUM_MIN(p1->x, p2->x)), x1 = PUM_MAX(p0->x, PUM_MAX(p1->x, p2->x));
    const int32_t y0 = PUM_MIN(p0->y, PUM_MIN(p1->y, p2->y)), y1 = PUM_MAX(p0->y, PUM_MAX(p1->y, p2->y));
    const bool over = s->overestimate;
    p->centers = over;
    /* overestimated: all pixels that the box touches; their middles are up to half a pixel away */
    if (!pixel_range(w, p, x0 - (over ? 128 : 0), y0 - (over ? 128 : 0), x1 + (over ? 128 : 0), y1 + (over ? 128 : 0), &w->gs->box[info->viewport])) {
        return;
    }
    const double inv = 1.0 / (double)area2;
    p->x0 = p0->x;
    p->y0 = p0->y;
    edge(p, 0, p0->x, p0->y, p1->x, p1->y);
    edge(p, 1, p1->x, p1->y, p2->x, p2->y);
    edge(p, 2, p2->x, p2->y, p0->x, p0->y);
    for (uint32_t k = 0; k < 3 && over; k++) { /* from the pixel's middle to its nearest corner, closed */
        p->c[k] += pum_prim_reach(p->a[k], p->b[k]) + !(p->a[k] > 0 || (p->a[k] == 0 && p->b[k] > 0));
        p->cut = 1;
    }
    p->a[3] = p->b[3] = 0;
    p->c[3] = 0;
    p->l1x = (double)p->a[2] * inv;
    p->l1y = (double)p->b[2] * inv;
    p->l2x = (double)p->a[0] * inv;
    p->l2y = (double)p->b[0] * inv;
    p->v[0] = p0->row;
    p->v[1] = p1->row;
    p->v[2] = p2->row;
    p->z_bias = 0.0f;
    if (s->depth_bias) {
        const double d1 = (double)p1->z - (double)p0->z, d2 = (double)p2->z - (double)p0->z;
        const float zx = fabsf((float)((d1 * p->l1x + d2 * p->l2x) * 256.0)), zy = fabsf((float)((d1 * p->l1y + d2 * p->l2y) * 256.0));
        p->z_bias = depth_bias(w, v, zx > zy ? zx : zy);
    }
    fill_info(w, p, info, PUM_PRIM_TRIANGLE, front);
    bin_prim(w, p, 3);
}

/* Does the point lie in the diamond of its pixel? */
static bool
in_diamond(const struct pum_screen_vertex *v)
{
    return abs((v->x & 255) - 128) + abs((v->y & 255) - 128) < 128;
}

/* Columns (or rows) of the pixels whose diamonds the line leaves: those whose middles it passes, but the pixel in whose diamond it starts counts
 * and that in whose diamond it ends does not. Half open, from the middle of the targets. SPEC: primsrast-lines-bresenham */
static void
diamonds(const struct pum_screen_vertex v[2], bool x_major, int32_t *from, int32_t *to)
{
    const int32_t a = x_major ? v[0].x : v[0].y, b = x_major ? v[1].x : v[1].y;
    *from = ((a < b ? a : b) + 127) >> 8;
    *to = ((a < b ? b : a) + 127) >> 8;
    if (a < b) {
        *from = in_diamond(&v[0]) ? a >> 8 : *from;
        *to = in_diamond(&v[1]) ? b >> 8 : *to;
    } else {
        *to = in_diamond(&v[0]) ? (a >> 8) + 1 : *to;
        *from = in_diamond(&v[1]) ? (b >> 8) + 1 : *from;
    }
}

/* Puts columns in the place of the edges across the line. */
static bool
cut_columns(struct pum_prim *p, bool x_major, int32_t from, int32_t to)
{
    for (uint32_t k = 0; k < 4; k++) { /* those along the line have its direction */
        if (x_major ? p->b[k] == 0 : p->a[k] == 0) {
            p->a[k] = p->b[k] = 0;
            p->c[k] = 0;
        }
    }
    uint16_t *lo = x_major ? &p->px0 : &p->py0, *hi = x_major ? &p->px1 : &p->py1;
    from = PUM_MAX(from, (int32_t)*lo);
    to = PUM_MIN(to, (int32_t)*hi + 1);
    if (from >= to) {
        return false;
    }
    *lo = (uint16_t)from;
    *hi = (uint16_t)(to - 1);
    p->cut = 1;
    return true;
}

void
pum_setup_line(struct pum_front_worker *w, const struct pum_screen_vertex v[2], const struct pum_prim_info *info, float z_bias, bool front)
{
    const struct pum_draw_state *s = w->gs->s;
    const double dx = (double)(v[1].x - v[0].x), dy = (double)(v[1].y - v[0].y);
    const double len2 = dx * dx + dy * dy, length_px = sqrt(len2) / 256.0;
    if (len2 == 0.0) {
        return;
    }
    const bool bresenham = s->line_mode == PUM_LINE_BRESENHAM, x_major = fabs(dx) >= fabs(dy);
    int32_t from = 0, to = 0;
    if (bresenham) {
        diamonds(v, x_major, &from, &to);
    }
    const double stipple = w->stipple; /* the next line of the strip goes on where this one ends */
    w->stipple += bresenham ? PUM_MAX(to - from, 0) : length_px;
    if (w->count_only || (bresenham && from >= to)) {
        return;
    }
    double width = (double)s->line_width;
    width = width >= 1.0 ? (width <= PUM_MAX_LINE_WIDTH ? width : PUM_MAX_LINE_WIDTH) : 1.0;
    const double half = (bresenham ? rint(width) : width) * 128.0;
    double nx, ny;
    if (bresenham) { /* one pixel (or width) per column or row, with all its samples. SPEC: primsrast-lines-bresenham */
        nx = x_major ? 0.0 : half;
        ny = x_major ? half : 0.0;
    } else {
        const double inv_len = 1.0 / sqrt(len2);
        nx = -dy * inv_len * half;
        ny = dx * inv_len * half;
    }
    const int32_t ox = (int32_t)rint(nx), oy = (int32_t)rint(ny);
    int32_t cx[4] = {v[0].x + ox, v[0].x - ox, v[1].x - ox, v[1].x + ox};
    int32_t cy[4] = {v[0].y + oy, v[0].y - oy, v[1].y - oy, v[1].y + oy};
    /* twice the area of the parallelogram decides the direction of its corners */
    const int64_t area = (int64_t)(cx[1] - cx[0]) * (cy[2] - cy[0]) - (int64_t)(cx[2] - cx[0]) * (cy[1] - cy[0]);
    if (area == 0) {
        return;
    }
    if (area < 0) {
        const int32_t tx = cx[1], ty = cy[1];
        cx[1] = cx[3];
        cy[1] = cy[3];
        cx[3] = tx;
        cy[3] = ty;
    }
    struct pum_prim *p = new_prim(w);
    if (!p) {
        return;
    }
    const bool smooth = s->line_mode == PUM_LINE_RECTANGULAR_SMOOTH; /* all pixels that it touches */
    p->centers = bresenham || smooth;
    int32_t x0 = cx[0], x1 = cx[0], y0 = cy[0], y1 = cy[0];
    for (uint32_t i = 1; i < 4; i++) {
        x0 = PUM_MIN(x0, cx[i]);
        x1 = PUM_MAX(x1, cx[i]);
        y0 = PUM_MIN(y0, cy[i]);
        y1 = PUM_MAX(y1, cy[i]);
    }
    const int32_t wider = bresenham ? 256 : 0, all = smooth ? 128 : 0; /* the ends of the first are cut below */
    if (!pixel_range(w, p, x0 - (x_major ? wider : 0) - all, y0 - (x_major ? 0 : wider) - all, x1 + (x_major ? wider : 0) + all,
                     y1 + (x_major ? 0 : wider) + all, &w->gs->box[info->viewport])) {
        return;
    }
    p->x0 = v[0].x;
    p->y0 = v[0].y;
    for (uint32_t k = 0; k < 4; k++) {
        edge(p, k, cx[k], cy[k], cx[(k + 1) & 3], cy[(k + 1) & 3]);
        if (smooth) {
            p->c[k] += pum_prim_reach(p->a[k], p->b[k]);
            p->cut = 1;
        }
    }
    if (bresenham && !cut_columns(p, x_major, from + (x_major ? w->frame->center_x : w->frame->center_y),
                                  to + (x_major ? w->frame->center_x : w->frame->center_y))) {
        return;
    }
    p->l1x = dx / len2;
    p->l1y = dy / len2;
    p->l2x = stipple;
    p->l2y = !bresenham ? length_px : (x_major ? dx : dy) > 0.0 ? from : to - 1;
    p->v[0] = p->v[2] = v[0].row;
    p->v[1] = v[1].row;
    p->z_bias = z_bias;
    fill_info(w, p, info, PUM_PRIM_QUAD, front);
    bin_prim(w, p, 4);
}

void
pum_setup_point(struct pum_front_worker *w, const struct pum_screen_vertex *v, float size, const struct pum_prim_info *info, float z_bias, bool front)
{
    struct pum_prim *p = new_prim(w);
    if (!p) {
        return;
    }
    size = size > 1.0f / 256.0f ? (size < 1024.0f ? size : 1024.0f) : 1.0f / 256.0f;
    const int32_t size_fx8 = (int32_t)rintf(size * 256.0f);
    const int32_t left = v->x - size_fx8 / 2, top = v->y - size_fx8 / 2;
    p->centers = 0;
    /* half open: centres at left are in, at left + size out */
    if (!pixel_range(w, p, left, top, left + size_fx8 - 1, top + size_fx8 - 1, &w->gs->point_box[info->viewport])) {
        return;
    }
    /* for several samples: left, top, right, bottom */
    static const int32_t a[4] = {1, 0, -1, 0}, b[4] = {0, 1, 0, -1};
    memcpy(p->a, a, sizeof(a));
    memcpy(p->b, b, sizeof(b));
    p->c[0] = p->c[1] = 0;
    p->c[2] = p->c[3] = size_fx8 - 1;
    p->x0 = left;
    p->y0 = top;
    p->l1x = p->l2y = 1.0 / (double)size_fx8;
    p->l1y = p->l2x = 0.0;
    p->v[0] = p->v[1] = p->v[2] = v->row;
    p->z_bias = z_bias;
    fill_info(w, p, info, PUM_PRIM_RECT, front);
    bin_prim(w, p, 0);
}

/* SPEC: primsrast-polygonmode. Edges that clipping has made are edges like others. */
void
pum_setup_polygon(struct pum_front_worker *w, const struct pum_screen_vertex *v, uint32_t n, uint32_t corners, const float *sizes,
                  const struct pum_prim_info *info)
{
    const struct pum_draw_state *s = w->gs->s;
    int64_t area2 = 0, largest = 0;
    uint32_t at = 1;
    for (uint32_t i = 1; i + 1 < n; i++) {
        const int64_t a = (int64_t)(v[i].x - v[0].x) * (v[i + 1].y - v[0].y) - (int64_t)(v[i + 1].x - v[0].x) * (v[i].y - v[0].y);
        area2 += a;
        if ((a < 0 ? -a : a) > (largest < 0 ? -largest : largest)) {
            largest = a;
            at = i;
        }
    }
    const bool front = area2 != 0 && (area2 < 0) == (s->front_face == PUM_FRONT_CCW);
    if (s->cull_mode & (front ? PUM_CULL_FRONT_BIT : PUM_CULL_BACK_BIT)) {
        return;
    }
    float bias = 0.0f;
    if (s->depth_bias) { /* with the slope of the polygon */
        const struct pum_screen_vertex t[3] = {v[0], v[at], v[at + 1]};
        float zx = 0.0f, zy = 0.0f;
        if (largest != 0) {
            const double d1 = (double)t[1].z - (double)t[0].z, d2 = (double)t[2].z - (double)t[0].z, k = 256.0 / (double)largest;
            zx = fabsf((float)((d1 * (t[2].y - t[0].y) - d2 * (t[1].y - t[0].y)) * k));
            zy = fabsf((float)((d2 * (t[1].x - t[0].x) - d1 * (t[2].x - t[0].x)) * k));
        }
        bias = depth_bias(w, t, zx > zy ? zx : zy);
    }
    w->stipple = 0.0;
    for (uint32_t i = 0; i < n; i++) {
        if (s->polygon_mode == PUM_POLYGON_LINE) {
            const struct pum_screen_vertex l[2] = {v[i], v[i + 1 == n ? 0 : i + 1]};
            pum_setup_line(w, l, info, bias, front);
        } else if (corners >> i & 1) {
            pum_setup_point(w, &v[i], sizes ? sizes[i] : 1.0f, info, bias, front);
        }
    }
}

void
pum_setup_clear(struct pum_front_worker *w, const struct pum_geom_draw *d)
{
    const struct pum_box *b = &d->clear_box;
    if (b->x0 > b->x1 || b->y0 > b->y1) {
        return;
    }
    for (uint32_t l = d->layer0; l < d->layer0 + d->layers && l < w->layers; l++) {
        struct pum_prim *p = new_prim(w);
        if (!p) {
            return;
        }
        memset(p, 0, sizeof(*p));
        p->px0 = (uint16_t)b->x0;
        p->py0 = (uint16_t)b->y0;
        p->px1 = (uint16_t)b->x1;
        p->py1 = (uint16_t)b->y1;
        p->layer = (uint16_t)l;
        p->kind = PUM_PRIM_CLEAR;
        p->draw = w->draw_count - 1;
        bin_prim(w, p, 0);
    }
}
