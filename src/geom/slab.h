/* Memory for what chunks produce: large blocks, filled from the front, kept for the next pass. The last piece may be reserved larger
 * than it becomes. Thread-safety: one worker. */
#ifndef PUM_GEOM_SLAB_H
#define PUM_GEOM_SLAB_H

#include <stddef.h>
#include <stdint.h>

struct pum_slab_block;
struct pum_slab {
    struct pum_slab_block *first, *current;
    uint8_t *at, *end;
    size_t used_B; /* since the last reset */
};

/* Room for max_B bytes, aligned to 64; valid until the next reserve unless committed. NULL: out of memory. */
void *pum_slab_reserve(struct pum_slab *s, size_t max_B);
void pum_slab_commit(struct pum_slab *s, size_t used_B);
void pum_slab_reset(struct pum_slab *s);
void pum_slab_finish(struct pum_slab *s);

#endif
