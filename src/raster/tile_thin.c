/* What is taken from the coverage of a primitive: gaps between the dashes of stippled lines, discard rectangles. All of it before any test.
 * SPEC: primsrast-lines-stipple, fragops-discard-rectangles. */
#include <math.h>

#include "raster/tile_worker.h"

/* Is there a dash at this pixel (place in it in 1/16)? SPEC: primsrast-lines-stipple */
static bool
dash(const struct pum_tile_worker *w, const struct pum_prim *p, int32_t px, int32_t py, const uint8_t place[2])
{
    const struct pum_tile_state *st = w->draw->state;
    const struct pum_tile_frame *f = w->frame;
    double at = p->l2x;
    if (p->centers && !st->smooth) { /* Bresenham: pixels from the first column or row on */
        const bool x_major = fabs(p->l1x) >= fabs(p->l1y);
        const double q = x_major ? px - f->center_x : py - f->center_y;
        at += (x_major ? p->l1x : p->l1y) > 0.0 ? q - p->l2y : p->l2y - q;
    } else {
        const double x = (double)((px - f->center_x) * 256 + place[0] * 16 - p->x0), y = (double)((py - f->center_y) * 256 + place[1] * 16 - p->y0);
        at += p->l2y * (p->l1x * x + p->l1y * y);
    }
    const uint64_t s = at > 0.0 ? (uint64_t)at : 0;
    return st->stipple_pattern >> (s / st->stipple_factor % 16) & 1;
}

static uint32_t
stipple(struct pum_tile_worker *w, const struct pum_prim *p, uint32_t n)
{
    static const uint8_t middle[2] = {8, 8};
    const struct pum_tile_state *st = w->draw->state;
    const bool many = st->samples > 1 && !p->centers;
    uint32_t left = 0;
    pum_tile_write_covered(w, many ? n : 0);
    for (uint32_t i = 0; i < n; i++) {
        struct pum_fs_block b = w->blocks[i];
        uint32_t any = 0;
        for (uint32_t s = 0; s < (many ? st->samples : 1u); s++) {
            uint16_t *m = many ? &w->covered[pum_tile_block_index(&b)][s] : &b.mask;
            for (uint32_t todo = *m; todo; todo &= todo - 1) {
                const uint32_t l = (uint32_t)__builtin_ctz(todo);
                const int32_t px = w->px + b.x * 4 + (int32_t)(l & 3), py = w->py + b.y * 4 + (int32_t)(l >> 2);
                *m &= (uint16_t)(dash(w, p, px, py, many ? st->place[s] : middle) ? 0xffffu : ~(1u << l));
            }
            any |= *m;
        }
        b.mask = (uint16_t)any;
        w->blocks[left] = b;
        left += any != 0;
    }
    return left;
}

/* Lanes of a block at (px, py) that lie in the rectangle. */
static inline uint32_t
lanes_inside(const struct pum_pixel_rect *r, int32_t px, int32_t py)
{
    uint32_t columns = 0, rows = 0;
    for (int32_t i = 0; i < 4; i++) {
        columns |= (uint32_t)(px + i >= r->x0 && px + i < r->x1) << i;
        rows |= (uint32_t)(py + i >= r->y0 && py + i < r->y1) << (4 * i);
    }
    return columns * rows;
}

/* All samples of a pixel lie on the same side of these whole numbers. */
static uint32_t
discard(struct pum_tile_worker *w, const struct pum_prim *p, uint32_t n)
{
    const struct pum_tile_state *st = w->draw->state;
    const struct pum_discard_state *d = st->discard;
    struct pum_pixel_rect near[PUM_MAX_DISCARD_RECTS];
    uint32_t touching = 0, left = 0;
    bool whole = false;
    for (uint32_t i = 0; i < d->count; i++) {
        const struct pum_pixel_rect *r = &d->rect[i];
        if (r->x0 < w->px + PUM_TILE_PX && r->x1 > w->px && r->y0 < w->py + PUM_TILE_PX && r->y1 > w->py) {
            near[touching++] = *r;
            whole = whole || (r->x0 <= w->px && r->x1 >= w->px + PUM_TILE_PX && r->y0 <= w->py && r->y1 >= w->py + PUM_TILE_PX);
        }
    }
    if (d->exclusive ? !touching : whole) {
        return n;
    }
    if (d->exclusive ? whole : !touching) {
        return 0;
    }
    const bool many = st->samples > 1 && !p->centers;
    pum_tile_write_covered(w, many ? n : 0);
    for (uint32_t i = 0; i < n; i++) {
        struct pum_fs_block b = w->blocks[i];
        uint32_t keep = 0;
        for (uint32_t k = 0; k < touching; k++) {
            keep |= lanes_inside(&near[k], w->px + b.x * 4, w->py + b.y * 4);
        }
        keep = d->exclusive ? ~keep : keep;
        for (uint32_t s = 0; many && s < st->samples; s++) {
            w->covered[pum_tile_block_index(&b)][s] &= (uint16_t)keep;
        }
        b.mask &= (uint16_t)keep;
        w->blocks[left] = b;
        left += b.mask != 0;
    }
    return left;
}

uint32_t
pum_tile_thin(struct pum_tile_worker *w, const struct pum_prim *p, uint32_t n)
{
    if (w->draw->state->stipple && p->kind == PUM_PRIM_QUAD) {
        n = stipple(w, p, n);
    }
    return n && w->draw->state->discard ? discard(w, p, n) : n;
}
