#include "geom/tessellator.h"

#include <math.h>

#include "util/compiler.h"

#define UNIT 65536     /* a whole edge */
#define MAX_N (PUM_MAX_TESS_LEVEL + 1)

/* An edge in n segments: places of its n + 1 vertices, symmetric. */
struct edge {
    uint32_t n;
    int32_t at[MAX_N + 1];
};

/* In half an edge of fractional spacing, the vertex after which the short segment comes: where GPUs have it, so that edges look the same. SPEC leaves
 * it open; here the segments that come with higher levels are spread over the edge. */
static uint32_t
short_after(uint32_t whole)
{
    return (whole ? (whole ^ 1u << (31 - __builtin_clz(whole))) << 1 : 0) + (whole != 0);
}

/* SPEC: tessellation-tessellator-spacing. */
static void
divide(struct edge *e, uint8_t spacing, float level, bool more_than_one)
{
    const float low = spacing == PUM_SPACING_EVEN ? 2.0f : 1.0f, high = spacing == PUM_SPACING_ODD ? PUM_MAX_TESS_LEVEL - 1 : PUM_MAX_TESS_LEVEL;
    float f = level > low ? (level < high ? level : high) : low; /* NaN: low */
    uint32_t n = (uint32_t)ceilf(f);
    n += spacing == PUM_SPACING_EVEN ? n & 1 : spacing == PUM_SPACING_ODD ? !(n & 1) : 0;
    if (n == 1 && more_than_one) { /* SPEC: as if it were a little more */
        n = spacing == PUM_SPACING_ODD ? 3 : 2;
    }
    e->n = n;
    f = spacing == PUM_SPACING_EQUAL ? (float)n : f;
    /* Between n - 2 equal segments and n: the vertices move from where they are in one to where they are in the other. */
    const uint32_t split = n > 2 ? short_after(spacing == PUM_SPACING_ODD ? (n - 3) / 2 : (n - 2) / 2) : 0;
    const double more = n > 2 ? ((double)f - n + 2.0) / 2.0 : 1.0;
    for (uint32_t i = 0; i <= n; i++) {
        const uint32_t k = i * 2 <= n ? i : n - i; /* from the nearer end */
        const double few = n > 2 ? (double)(k > split ? k - 1 : k) / (n - 2) : 0.0;
        const int32_t at = k == 0 ? 0 : k * 2 == n ? UNIT / 2 : (int32_t)rint((few * (1.0 - more) + (double)k / n * more) * UNIT);
        e->at[i] = k == i ? at : UNIT - at;
    }
}

/* Thirds are cut off, not rounded: the sum is never more than 1. Edges are exact. */
static float
coordinate(int32_t thirds)
{
    return (float)((int64_t)thirds * 256 / 3) * 0x1p-24f;
}

static uint16_t
point(struct pum_tessellator *t, int32_t u, int32_t v, int32_t w)
{
    const uint32_t i = t->n_points++;
    t->coord[0][i] = coordinate(u);
    t->coord[1][i] = coordinate(v);
    t->coord[2][i] = coordinate(w);
    return (uint16_t)i;
}

static void
triangle(struct pum_tessellator *t, const struct pum_tess_setup *s, uint16_t a, uint16_t b, uint16_t c)
{
    t->index[t->n_indices++] = a;
    t->index[t->n_indices++] = s->positive ? b : c;
    t->index[t->n_indices++] = s->positive ? c : b;
}

/* A row of points: every step-th of a closed ring, or of a grid. */
struct chain {
    const uint16_t *points;
    uint32_t first, ring;     /* ring: points in it; the chain may go around its end */
    uint32_t n;               /* segments */
    const int32_t *at;        /* places along the outer edge, [n + 1] */
};

static uint16_t
chain_point(const struct chain *c, uint32_t i)
{
    return c->points[(c->first + i) % c->ring];
}

/* Fills the strip between an outer chain and an inner one on its left. */
static void
stitch(struct pum_tessellator *t, const struct pum_tess_setup *s, const struct chain *outer, const struct chain *inner)
{
    uint32_t i = 0, j = 0;
    while (i < outer->n || j < inner->n) {
        const bool out = j == inner->n || (i < outer->n && outer->at[i] + outer->at[i + 1] <= inner->at[j] + inner->at[j + 1]);
        if (out) {
            triangle(t, s, chain_point(outer, i), chain_point(outer, i + 1), chain_point(inner, j));
            i++;
        } else {
            triangle(t, s, chain_point(outer, i), chain_point(inner, j + 1), chain_point(inner, j));
            j++;
        }
    }
}

/* Points of a ring, corner by corner: on edge k the place x lies between corner k and corner k + 1, `depth` away from the edge. The corners are
 * V, W, U: the edges u = 0, v = 0, w = 0. */
static uint16_t
ring_point(struct pum_tessellator *t, uint32_t k, int32_t x, int32_t depth)
{
    const int32_t far = 2 * depth, to = 3 * x - depth, from = 3 * UNIT - far - to;
    return k == 0 ? point(t, far, from, to) : k == 1 ? point(t, to, far, from) : point(t, from, to, far);
}

static void
triangles(struct pum_tessellator *t, const struct pum_tess_setup *s, const float outer[4], const float inner[2])
{
    struct edge edge[3], in;
    for (uint32_t k = 0; k < 3; k++) {
        divide(&edge[k], s->spacing, outer[k], false);
    }
    divide(&in, s->spacing, inner[0], false);
    uint16_t ring[2][3 * MAX_N], *ends = ring[0], *starts = ring[1];
    uint32_t n_ring = 0, first[3];
    for (uint32_t k = 0; k < 3; k++) {
        first[k] = n_ring;
        for (uint32_t i = 0; i < edge[k].n; i++) {
            ends[n_ring++] = ring_point(t, k, edge[k].at[i], 0);
        }
    }
    if (in.n == 1 && n_ring == 3) {
        triangle(t, s, ends[0], ends[1], ends[2]);
        return;
    }
    divide(&in, s->spacing, inner[0], true);
    for (uint32_t r = 1; 2 * r <= in.n; r++) {
        const uint32_t n = in.n - 2 * r, size = n ? 3 * n : 1;
        for (uint32_t i = 0; i < size; i++) {
            starts[i] = n ? ring_point(t, i / n, in.at[r + i % n], in.at[r]) : ring_point(t, 0, UNIT / 2, UNIT / 2);
        }
        for (uint32_t k = 0; k < 3; k++) {
            const uint32_t before = in.n - 2 * (r - 1);
            const struct chain out = {ends, r == 1 ? first[k] : k * before, n_ring, r == 1 ? edge[k].n : before, r == 1 ? edge[k].at : &in.at[r - 1]};
            const struct chain inside = {starts, k * n, size, n, &in.at[r]};
            stitch(t, s, &out, &inside);
        }
        n_ring = size;
        uint16_t *swap = ends;
        ends = starts;
        starts = swap;
        if (n == 1) {
            triangle(t, s, ends[0], ends[1], ends[2]);
        }
    }
}

static uint16_t
quad_point(struct pum_tessellator *t, int32_t u, int32_t v)
{
    return point(t, 3 * u, 3 * v, 0);
}

/* The outer rectangle is walked from (0, 0) along v = 0, u = 1, v = 1, u = 0: levels 1, 2, 3, 0. */
static void
quads(struct pum_tessellator *t, const struct pum_tess_setup *s, const float outer[4], const float inner[2])
{
    struct edge edge[4], in[2];
    bool one = true;
    for (uint32_t k = 0; k < 4; k++) {
        divide(&edge[k], s->spacing, outer[(k + 1) & 3], false);
        one = one && edge[k].n == 1;
    }
    for (uint32_t a = 0; a < 2; a++) {
        divide(&in[a], s->spacing, inner[a], false);
        one = one && in[a].n == 1;
    }
    uint16_t ring[4 * MAX_N], grid[MAX_N][MAX_N], side[MAX_N];
    uint32_t n_ring = 0, first[4];
    for (uint32_t k = 0; k < 4; k++) {
        first[k] = n_ring;
        for (uint32_t i = 0; i < edge[k].n; i++) {
            const int32_t x = edge[k].at[i];
            ring[n_ring++] = k == 0 ? quad_point(t, x, 0) : k == 1 ? quad_point(t, UNIT, x) : k == 2 ? quad_point(t, UNIT - x, UNIT) : quad_point(t, 0, UNIT - x);
        }
    }
    if (one) {
        triangle(t, s, ring[0], ring[1], ring[2]);
        triangle(t, s, ring[0], ring[2], ring[3]);
        return;
    }
    divide(&in[0], s->spacing, inner[0], true);
    divide(&in[1], s->spacing, inner[1], true);
    const uint32_t w = in[0].n - 1, h = in[1].n - 1; /* points of the inner rectangle */
    for (uint32_t y = 0; y < h; y++) {
        for (uint32_t x = 0; x < w; x++) {
            grid[y][x] = quad_point(t, in[0].at[x + 1], in[1].at[y + 1]);
        }
    }
    for (uint32_t y = 0; y + 1 < h; y++) {
        for (uint32_t x = 0; x + 1 < w; x++) {
            const bool rising = (2 * x + 2 < w) == (2 * y + 2 < h); /* diagonals point to the middle */
            triangle(t, s, grid[y][x], grid[y][x + 1], grid[y + 1][x + rising]);
            triangle(t, s, grid[y + 1][x + 1], grid[y + 1][x], grid[y][x + !rising]);
        }
    }
    for (uint32_t k = 0; k < 4; k++) {
        const uint32_t n = k & 1 ? h : w;
        for (uint32_t i = 0; i < n; i++) {
            side[i] = k == 0 ? grid[0][i] : k == 1 ? grid[i][w - 1] : k == 2 ? grid[h - 1][w - 1 - i] : grid[h - 1 - i][0];
        }
        const struct chain out = {ring, first[k], n_ring, edge[k].n, edge[k].at};
        const struct chain inside = {side, 0, n, n - 1, &in[k & 1].at[1]}; /* symmetric, so that both directions have the same places */
        stitch(t, s, &out, &inside);
    }
}

static void
isolines(struct pum_tessellator *t, const struct pum_tess_setup *s, const float outer[4])
{
    struct edge lines, along;
    divide(&lines, PUM_SPACING_EQUAL, outer[0], false);
    divide(&along, s->spacing, outer[1], false);
    for (uint32_t y = 0; y < lines.n; y++) {
        for (uint32_t x = 0; x <= along.n; x++) {
            const uint16_t p = quad_point(t, along.at[x], lines.at[y]);
            if (x) {
                t->index[t->n_indices++] = p - 1;
                t->index[t->n_indices++] = p;
            }
        }
    }
}

void
pum_tessellate(struct pum_tessellator *t, const struct pum_tess_setup *s, const float outer[4], const float inner[2])
{
    const uint32_t relevant = s->mode == PUM_TESS_QUADS ? 4 : s->mode == PUM_TESS_TRIANGLES ? 3 : 2;
    t->n_points = t->n_indices = 0;
    for (uint32_t i = 0; i < relevant; i++) {
        if (!(outer[i] > 0.0f)) { /* or NaN. SPEC: tessellation, patch discard */
            return;
        }
    }
    if (s->mode == PUM_TESS_QUADS) {
        quads(t, s, outer, inner);
    } else if (s->mode == PUM_TESS_TRIANGLES) {
        triangles(t, s, outer, inner);
    } else {
        isolines(t, s, outer);
    }
    if (s->points) {
        t->n_indices = t->n_points;
        for (uint32_t i = 0; i < t->n_points; i++) {
            t->index[i] = (uint16_t)i;
        }
    }
}
