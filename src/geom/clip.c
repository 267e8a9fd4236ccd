/* Clipping of the few primitives that cross the near or far plane, a user plane or the edge of the guard band. Works in clip space;
 * new vertices are always computed from the inside towards the outside, so that neighbours agree. SPEC: vertexpostproc-clipping. */
#include <math.h>
#include <string.h>

#include "geom/front.h"

#define MAX_POLY 24
#define MAX_PLANES 15

struct clip_vertex {
    float pos[4];
    float dist[8];
    double part[3];  /* of a triangle: how much of each of its vertices it is */
    uint32_t vertex; /* of the chunk, or ~0: made by clipping */
    const float *in; /* inputs of the row */
    uint32_t row;
};

static float
output(const struct pum_front_worker *w, uint32_t slot, uint32_t v)
{
    float f;
    memcpy(&f, &w->vs_out[(size_t)slot * PUM_CHUNK_VERTICES + v], 4);
    return f;
}

static float
distance(const struct clip_vertex *v, uint32_t plane, const struct pum_viewport_xf *xf)
{
    const float x = v->pos[0], y = v->pos[1], z = v->pos[2], w = v->pos[3];
    switch (plane) {
    case 0: return w - PUM_CLIP_W_MIN;
    case 1: return xf->minus_one ? z + w : z;
    case 2: return w - z;
    case 3: return x - xf->guard[0] * w;
    case 4: return xf->guard[1] * w - x;
    case 5: return y - xf->guard[2] * w;
    case 6: return xf->guard[3] * w - y;
    default: return v->dist[plane - 7];
    }
}

/* The point where the plane cuts the way from `in` to `out`. */
static bool
cut(struct pum_front_worker *w, struct clip_vertex *r, const struct clip_vertex *in, float d_in, const struct clip_vertex *out, float d_out)
{
    const float t = d_in / (d_in - d_out);
    for (uint32_t i = 0; i < 4; i++) {
        r->pos[i] = in->pos[i] + t * (out->pos[i] - in->pos[i]);
    }
    for (uint32_t i = 0; i < w->gs->last->clip_distances && i < 8; i++) {
        r->dist[i] = in->dist[i] + t * (out->dist[i] - in->dist[i]);
    }
    for (uint32_t i = 0; i < 3; i++) {
        r->part[i] = in->part[i] + (double)t * (out->part[i] - in->part[i]);
    }
    float *row = pum_front_new_row(w, &r->row);
    if (!row) {
        return false;
    }
    r->vertex = ~0u;
    const struct pum_tile_state *ts = &w->gs->tile;
    const float den = in->pos[3] + t * (out->pos[3] - in->pos[3]);
    const float t_screen = den != 0.0f ? t * out->pos[3] / den : t; /* noperspective inputs are linear in screen space */
    for (uint32_t i = 0; i < ts->n_inputs; i++) {
        const float k = ts->persp[i] ? t : t_screen;
        row[PUM_ROW_INPUTS + i] = in->in[i] + k * (out->in[i] - in->in[i]);
    }
    r->in = row + PUM_ROW_INPUTS;
    return true;
}

/* Same operations as the vector transform. */
static void
transform(struct pum_screen_vertex *s, const float pos[4], const struct pum_viewport_xf *xf, float *rhw)
{
    const float w = pos[3] >= PUM_CLIP_W_MIN ? pos[3] : PUM_CLIP_W_MIN;
    float f[2];
    for (uint32_t i = 0; i < 2; i++) {
        f[i] = (pos[i] / w * xf->scale[i] + xf->offset[i]) * 256.0f;
        f[i] = f[i] > -4194304.0f ? f[i] : -4194304.0f;
        f[i] = f[i] < 4194304.0f ? f[i] : 4194304.0f;
    }
    s->x = (int32_t)rintf(f[0]);
    s->y = (int32_t)rintf(f[1]);
    s->z = pos[2] / w * xf->scale[2] + xf->offset[2];
    *rhw = 1.0f / w;
}

/* A corner that clipping has made lies somewhere on the triangle's edge, but is drawn on the grid of 1/256 pixel: what it carries is evaluated
 * there, in the triangle's plane, so that depth and inputs are those of the whole triangle and not off by their slope times half a step.
 * In clip space the point is a sum of the triangle's vertices; the shares follow from its place on the screen. Where the triangle is so narrow
 * that they would change much, they stay. */
static void
move_to_grid(struct pum_front_worker *w, struct clip_vertex *v, const struct pum_screen_vertex *s, const struct clip_vertex of[3],
             const struct pum_viewport_xf *xf)
{
    const double x = ((double)s->x / 256.0 - (double)xf->offset[0]) / (double)xf->scale[0];
    const double y = ((double)s->y / 256.0 - (double)xf->offset[1]) / (double)xf->scale[1];
    double a[3], b[3], pos[4] = {0}, share[3], part[3];
    for (uint32_t i = 0; i < 3; i++) {
        a[i] = (double)of[i].pos[0] - x * (double)of[i].pos[3];
        b[i] = (double)of[i].pos[1] - y * (double)of[i].pos[3];
    }
    for (uint32_t i = 0; i < 3; i++) {
        const uint32_t j = i == 2 ? 0 : i + 1, k = i == 0 ? 2 : i - 1;
        share[i] = a[j] * b[k] - a[k] * b[j];
    }
    const double sum = share[0] + share[1] + share[2];
    for (uint32_t i = 0; i < 3; i++) {
        part[i] = share[i] / sum;
        if (!(fabs(part[i] - v->part[i]) < 0x1p-6)) {
            return;
        }
        for (uint32_t k = 0; k < 4; k++) {
            pos[k] += part[i] * (double)of[i].pos[k];
        }
    }
    if (!(pos[3] >= (double)PUM_CLIP_W_MIN)) {
        return;
    }
    float *row = w->rows + (size_t)v->row * 4 + PUM_ROW_INPUTS;
    const struct pum_tile_state *ts = &w->gs->tile;
    for (uint32_t i = 0; i < ts->n_inputs; i++) {
        double sum_in = 0.0;
        for (uint32_t k = 0; k < 3; k++) {
            sum_in += part[k] * (double)of[k].in[i] * (ts->persp[i] ? 1.0 : (double)of[k].pos[3] / pos[3]);
        }
        row[i] = (float)sum_in;
    }
    v->pos[2] = (float)pos[2];
    v->pos[3] = (float)pos[3];
}

/* of: the triangle that was clipped, NULL: something else. */
static bool
finish_vertex(struct pum_front_worker *w, struct pum_screen_vertex *s, struct clip_vertex *v, const struct clip_vertex *of,
              const struct pum_viewport_xf *xf, bool other)
{
    float rhw;
    transform(s, v->pos, xf, &rhw);
    if (v->vertex == ~0u && of) {
        move_to_grid(w, v, s, of, xf);
        s->z = v->pos[2] / v->pos[3] * xf->scale[2] + xf->offset[2];
        rhw = 1.0f / v->pos[3];
    }
    if (v->vertex != ~0u && !other) {
        s->row = v->row;
        return true;
    }
    float *row;
    if (v->vertex != ~0u) { /* an old vertex seen through another viewport: its depth differs */
        row = pum_front_new_row(w, &s->row);
        if (!row) {
            return false;
        }
        memcpy(row + PUM_ROW_INPUTS, v->in, (size_t)(w->gs->row_units - 1) * 16);
    } else {
        s->row = v->row;
        row = w->rows + (size_t)v->row * 4;
    }
    row[PUM_ROW_RHW] = rhw;
    row[PUM_ROW_Z] = s->z;
    return true;
}

void
pum_clip_prim(struct pum_front_worker *w, const uint16_t *v, uint32_t n, const struct pum_prim_info *info)
{
    const struct pum_geom_state *gs = w->gs;
    const struct pum_viewport_xf *xf = &gs->xf[info->viewport];
    const bool other = info->viewport != 0;
    struct clip_vertex a[MAX_POLY], b[MAX_POLY], whole[3], *poly = a, *next = b;
    const uint32_t n_dist = PUM_MIN(gs->last->clip_distances, 8);
    uint32_t rows[3];
    for (uint32_t i = 0; i < n; i++) { /* all rows first: making one may move them */
        rows[i] = gs->corners && !w->count_only ? info->rows[i] : pum_front_row(w, v[i]);
    }
    /* rows of made vertices; reserved so that `in` pointers stay valid */
    if (w->failed || !pum_front_keep_rows(w, MAX_POLY * 3)) {
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        struct clip_vertex *c = &poly[i];
        for (uint32_t k = 0; k < 4; k++) {
            c->pos[k] = output(w, PUM_VS_POSITION + k, v[i]);
        }
        for (uint32_t k = 0; k < n_dist; k++) {
            c->dist[k] = output(w, PUM_VS_CLIP_DISTANCE + k, v[i]);
            if (c->dist[k] - c->dist[k] != 0.0f) {
                c->dist[k] = c->dist[k] > 0.0f ? 1e30f : -1e30f;
            }
        }
        for (uint32_t k = 0; k < 3; k++) {
            c->part[k] = i == k;
        }
        c->vertex = v[i];
        c->row = rows[i];
        c->in = w->rows + (size_t)rows[i] * 4 + PUM_ROW_INPUTS;
    }
    if (n == 3) {
        memcpy(whole, poly, sizeof(whole));
    }
    const struct clip_vertex *of = n == 3 ? whole : NULL;
    const bool clip_z = xf->clip_z;
    for (uint32_t plane = 0; plane < 7 + n_dist && n; plane++) {
        if ((plane == 1 || plane == 2) && !clip_z) {
            continue;
        }
        float d[MAX_POLY];
        bool any = false;
        for (uint32_t i = 0; i < n; i++) {
            d[i] = distance(&poly[i], plane, xf);
            any = any || !(d[i] >= 0.0f);
        }
        if (!any) {
            continue;
        }
        uint32_t m = 0;
        const uint32_t edges = n == 2 ? 1 : n;
        if (n == 1) {
            return;
        }
        for (uint32_t i = 0; i < edges && m + 2 < MAX_POLY; i++) {
            const uint32_t j = i + 1 == n ? 0 : i + 1;
            const bool in_i = d[i] >= 0.0f, in_j = d[j] >= 0.0f;
            if (in_i) {
                next[m++] = poly[i];
            }
            if (in_i != in_j) {
                const bool ok = in_i ? cut(w, &next[m], &poly[i], d[i], &poly[j], d[j]) : cut(w, &next[m], &poly[j], d[j], &poly[i], d[i]);
                if (!ok) {
                    return;
                }
                m++;
            }
            if (n == 2 && in_j) {
                next[m++] = poly[j];
            }
        }
        n = m;
        struct clip_vertex *t = poly;
        poly = next;
        next = t;
    }
    const uint32_t wanted = gs->verts_per_prim;
    if (n < wanted) {
        return;
    }
    struct pum_screen_vertex s[MAX_POLY];
    for (uint32_t i = 0; i < n; i++) {
        if (!finish_vertex(w, &s[i], &poly[i], of, xf, other)) {
            return;
        }
    }
    if (wanted == 1) {
        const float size = gs->has_point_size ? output(w, PUM_VS_POINT_SIZE, v[0]) : 1.0f;
        pum_setup_point(w, &s[0], size, info, 0.0f, true);
        w->clip_primitives++;
    } else if (wanted == 2) {
        pum_setup_line(w, s, info, 0.0f, true);
        w->clip_primitives++;
    } else if (gs->s->polygon_mode != PUM_POLYGON_FILL) {
        uint32_t corners = 0;
        float sizes[MAX_POLY];
        for (uint32_t i = 0; i < n; i++) {
            corners |= (uint32_t)(poly[i].vertex != ~0u) << i;
            sizes[i] = poly[i].vertex != ~0u ? output(w, PUM_VS_POINT_SIZE, poly[i].vertex) : 1.0f;
        }
        pum_setup_polygon(w, s, n, corners, gs->has_point_size ? sizes : NULL, info);
        w->clip_primitives++;
    } else {
        for (uint32_t i = 1; i + 1 < n; i++) {
            const struct pum_screen_vertex tri[3] = {s[0], s[i], s[i + 1]};
            pum_setup_triangle(w, tri, info);
            w->clip_primitives++;
        }
    }
}
