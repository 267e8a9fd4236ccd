#include "exec/ray_stack.h"

#include <pthread.h>
#include <stdlib.h>

#include "util/compiler.h"

#define CHUNK_B ((size_t)1 << 20)
/* Kept free on the thread's stack: for the frame of one shader and what it calls. A shader's frame is what does not fit into registers, some
 * ten KiB for a large one. */
#define RESERVE_B ((size_t)1 << 20)

struct pum_ray_chunk {
    struct pum_ray_chunk *next;
    size_t size_B, used_B;
    _Alignas(64) uint8_t data[];
};

struct pum_ray_mark
pum_ray_stack_mark(const struct pum_ray_stack *s)
{
    return (struct pum_ray_mark){s->current, s->current ? s->current->used_B : 0};
}

static struct pum_ray_chunk *
new_chunk(struct pum_ray_stack *s, size_t size_B)
{
    const size_t data_B = PUM_MAX(size_B, CHUNK_B), all_B = PUM_ALIGN_UP(sizeof(struct pum_ray_chunk) + data_B, (size_t)64);
    struct pum_ray_chunk *c = all_B <= PUM_RAY_STACK_MAX_B - s->all_B ? aligned_alloc(64, all_B) : NULL;
    if (c) {
        c->next = NULL;
        c->size_B = data_B;
        s->all_B += all_B;
    }
    return c;
}

void *
pum_ray_stack_take(struct pum_ray_stack *s, size_t size_B)
{
    if (size_B > PUM_RAY_STACK_MAX_B) {
        return NULL;
    }
    size_B = PUM_ALIGN_UP(size_B, (size_t)64);
    struct pum_ray_chunk *c = s->current;
    if (!c || c->size_B - c->used_B < size_B) {
        struct pum_ray_chunk **link = c ? &c->next : &s->first;
        while (*link && (*link)->size_B < size_B) { /* too small for this one: not needed any more */
            struct pum_ray_chunk *small = *link;
            *link = small->next;
            s->all_B -= PUM_ALIGN_UP(sizeof(*small) + small->size_B, (size_t)64);
            free(small);
        }
        *link = *link ? *link : new_chunk(s, size_B);
        c = *link;
        if (!c) {
            return NULL;
        }
        c->used_B = 0;
        s->current = c;
    }
    void *p = c->data + c->used_B;
    c->used_B += size_B;
    return p;
}

void
pum_ray_stack_release(struct pum_ray_stack *s, struct pum_ray_mark mark)
{
    s->current = mark.chunk;
    if (mark.chunk) {
        mark.chunk->used_B = mark.used_B;
    }
}

void
pum_ray_stack_finish(struct pum_ray_stack *s)
{
    for (struct pum_ray_chunk *c = s->first, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    *s = (struct pum_ray_stack){0};
}

/* The lowest address that may be in use when a shader is called. */
static uintptr_t
lowest(void)
{
    pthread_attr_t attr;
    void *base = NULL;
    size_t size_B = 0, guard_B = 0;
    if (pthread_getattr_np(pthread_self(), &attr) != 0) {
        return UINTPTR_MAX; /* nothing is known: no calls */
    }
    pthread_attr_getstack(&attr, &base, &size_B);
    pthread_attr_getguardsize(&attr, &guard_B);
    pthread_attr_destroy(&attr);
    return (uintptr_t)base + guard_B + PUM_MIN(RESERVE_B, size_B / 2);
}

bool
pum_ray_stack_has_room(void)
{
    static _Thread_local uintptr_t limit;
    if (!limit) {
        limit = lowest();
    }
    return (uintptr_t)__builtin_frame_address(0) > limit;
}
