/* The fixed-function tessellator: levels in, points of the domain and primitives out. SPEC: tessellation.
 *
 * Coordinates are whole multiples of 1 / 196608 until the end, so that edges are symmetric and neighbours with equal levels get equal points.
 * Thread-safety: one user each. */
#ifndef PUM_GEOM_TESSELLATOR_H
#define PUM_GEOM_TESSELLATOR_H

#include "abi/shader_abi.h"

#define PUM_TESS_MAX_POINTS ((PUM_MAX_TESS_LEVEL + 1) * (PUM_MAX_TESS_LEVEL + 1))
#define PUM_TESS_MAX_INDICES (PUM_MAX_TESS_LEVEL * PUM_MAX_TESS_LEVEL * 6)

struct pum_tess_setup {
    uint8_t mode, spacing; /* enum pum_tess_mode, pum_tess_spacing */
    bool points;           /* one primitive for each point */
    bool positive;         /* triangles turn so that the specification's `a` is positive */
};

struct pum_tessellator {
    uint32_t n_points, n_indices; /* indices: 1, 2 or 3 for each primitive */
    float coord[3][PUM_TESS_MAX_POINTS];
    uint16_t index[PUM_TESS_MAX_INDICES];
};

/* Nothing comes out of patches that the specification discards. */
void pum_tessellate(struct pum_tessellator *t, const struct pum_tess_setup *setup, const float outer[4], const float inner[2]);

#endif
