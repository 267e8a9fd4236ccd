/* Fragment shaders that see the vertices of their primitive, or their weights: every primitive has rows of vertex data of its own.
 * SPEC: primsrast-barycentric. */
#include <string.h>

#include "geom/front.h"

static void
copy_row(struct pum_front_worker *w, uint32_t to, uint32_t from)
{
    memcpy(w->rows + (size_t)to * 4, w->rows + (size_t)from * 4, (size_t)w->gs->row_units * 16);
}

/* The vertex after the provoking one has number 0 where the last one is provoking, so that the provoking one is number n - 1; else the
 * provoking one is number 0. Vertices that the primitive does not have are the last that it has. */
bool
pum_front_corners(struct pum_front_worker *w, const uint16_t *v, uint32_t n, uint32_t provoking, struct pum_prim_info *info)
{
    const struct pum_geom_state *gs = w->gs;
    const struct pum_shader_info *fi = gs->tile.fs_info;
    const uint32_t first = gs->s->provoking_last ? (provoking + 1) % n : provoking, flat = pum_front_row(w, v[provoking]);
    uint32_t from[3];
    for (uint32_t k = 0; k < 3; k++) {
        from[k] = pum_front_row(w, v[(first + PUM_MIN(k, n - 1)) % n]);
    }
    if (w->failed || !pum_front_keep_rows(w, 4)) {
        return false;
    }
    info->flat = w->row_units;
    w->row_units += 4 * gs->row_units;
    copy_row(w, info->flat, flat);
    for (uint32_t k = 0; k < 3; k++) {
        const uint32_t row = info->flat + (1 + k) * gs->row_units;
        copy_row(w, row, from[k]);
        for (uint32_t i = 0; i < gs->tile.n_inputs; i++) {
            if (fi->fs_inputs[i].vs_slot >= PUM_FS_WEIGHT) {
                w->rows[(size_t)row * 4 + PUM_ROW_INPUTS + i] = k == fi->fs_inputs[i].vs_slot - PUM_FS_WEIGHT + 1u && k < n ? 1.0f : 0.0f;
            }
        }
        if (k < n) {
            info->rows[(first + k) % n] = row;
        }
    }
    return true;
}
