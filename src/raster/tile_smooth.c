/* Smooth lines: the area of a pixel's square that the line's rectangle covers. SPEC: primsrast-lines-smooth. */
#include <string.h>

#include "raster/tile_worker.h"

#define CORNERS 8u /* a square cut by four edges */

/* Part of a polygon with n corners that lies where f >= 0, f linear in x, y: a x + b y + c. Returns its corners. */
static uint32_t
cut(double to[CORNERS + 1][2], double from[CORNERS + 1][2], uint32_t n, double a, double b, double c)
{
    uint32_t m = 0;
    for (uint32_t i = 0; i < n; i++) {
        const double *p = from[i], *q = from[i + 1 == n ? 0 : i + 1];
        const double fp = a * p[0] + b * p[1] + c, fq = a * q[0] + b * q[1] + c;
        if (fp >= 0.0 && m < CORNERS) {
            memcpy(to[m++], p, sizeof(to[0]));
        }
        if ((fp >= 0.0) != (fq >= 0.0) && m < CORNERS) {
            const double t = fp / (fp - fq);
            to[m][0] = p[0] + (q[0] - p[0]) * t;
            to[m][1] = p[1] + (q[1] - p[1]) * t;
            m++;
        }
    }
    return m;
}

/* x, y: of the pixel's corner, in fixed point from the primitive's origin. */
static double
area(const struct pum_prim *p, double x, double y)
{
    double polygon[2][CORNERS + 1][2] = {{{x, y}, {x + 256.0, y}, {x + 256.0, y + 256.0}, {x, y + 256.0}}};
    uint32_t n = 4, at = 0;
    for (uint32_t k = 0; k < 4; k++, at ^= 1) {
        n = cut(polygon[at ^ 1], polygon[at], n, (double)p->a[k], (double)p->b[k], (double)(p->c[k] - pum_prim_reach(p->a[k], p->b[k])));
    }
    double twice = 0.0;
    for (uint32_t i = 0; i < n; i++) {
        const double *a = polygon[at][i], *b = polygon[at][i + 1 == n ? 0 : i + 1];
        twice += (a[0] - x) * (b[1] - y) - (b[0] - x) * (a[1] - y);
    }
    return twice / (2.0 * 65536.0);
}

void
pum_tile_smooth(const struct pum_tile_worker *w, const struct pum_fs_block *b, uint32_t mask, uint32_t alpha[PUM_LANES])
{
    const struct pum_prim *p = w->prim;
    const uint8_t kind = w->draw->state->target[0].format.kind;
    if (kind == PUM_COLOR_UINT || kind == PUM_COLOR_SINT) {
        return;
    }
    for (uint32_t todo = mask; todo; todo &= todo - 1) {
        const uint32_t l = (uint32_t)__builtin_ctz(todo);
        const int64_t px = w->px + b->x * 4 + (int32_t)(l & 3), py = w->py + b->y * 4 + (int32_t)(l >> 2);
        const double covered = area(p, (double)((px - w->frame->center_x) * 256 - p->x0), (double)((py - w->frame->center_y) * 256 - p->y0));
        float v;
        memcpy(&v, &alpha[l], 4);
        v *= (float)(covered < 1.0 ? covered : 1.0);
        memcpy(&alpha[l], &v, 4);
    }
}
