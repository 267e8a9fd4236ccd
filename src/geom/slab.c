#include "geom/slab.h"

#include <stdlib.h>

#include "util/compiler.h"

#define BLOCK_B ((size_t)1 << 20)
#define HEAD_B  64

struct pum_slab_block {
    struct pum_slab_block *next;
    size_t size_B; /* without the head */
};

static void
enter(struct pum_slab *s, struct pum_slab_block *b)
{
    s->current = b;
    s->at = (uint8_t *)b + HEAD_B;
    s->end = s->at + b->size_B;
}

void *
pum_slab_reserve(struct pum_slab *s, size_t max_B)
{
    max_B = PUM_ALIGN_UP(max_B, (size_t)64);
    if (s->current && (size_t)(s->end - s->at) >= max_B) {
        return s->at;
    }
    /* the next kept block that is large enough, else a new one */
    for (struct pum_slab_block *b = s->current ? s->current->next : s->first; b; b = b->next) {
        if (b->size_B >= max_B) {
            enter(s, b);
            return s->at;
        }
    }
    const size_t size_B = PUM_MAX(max_B, BLOCK_B);
    struct pum_slab_block *b = aligned_alloc(64, HEAD_B + size_B);
    if (!b) {
        return NULL;
    }
    b->size_B = size_B;
    if (s->current) {
        b->next = s->current->next;
        s->current->next = b;
    } else {
        b->next = s->first;
        s->first = b;
    }
    enter(s, b);
    return s->at;
}

void
pum_slab_commit(struct pum_slab *s, size_t used_B)
{
    used_B = PUM_ALIGN_UP(used_B, (size_t)64);
    s->at += used_B;
    s->used_B += used_B;
}

void
pum_slab_reset(struct pum_slab *s)
{
    if (s->first) {
        enter(s, s->first);
    }
    s->used_B = 0;
}

void
pum_slab_finish(struct pum_slab *s)
{
    while (s->first) {
        struct pum_slab_block *b = s->first;
        s->first = b->next;
        free(b);
    }
    *s = (struct pum_slab){0};
}
