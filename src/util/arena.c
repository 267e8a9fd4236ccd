#include "util/arena.h"

#include <stdlib.h>
#include <string.h>

#include "util/compiler.h"

struct pum_arena_chunk {
    struct pum_arena_chunk *next; /* older chunk */
    size_t size_B;                /* of data */
    PUM_ALIGNED(64) uint8_t data[];
};

void
pum_arena_init(struct pum_arena *a, size_t first_chunk_B, size_t limit_B)
{
    memset(a, 0, sizeof(*a));
    a->chunk_B = first_chunk_B < 256 ? 256 : first_chunk_B;
    a->limit_B = limit_B;
}

static bool
add_chunk(struct pum_arena *a, size_t need_B)
{
    size_t size_B = a->chunk_B;
    if (size_B < need_B) {
        size_B = need_B;
    }
    if (size_B > SIZE_MAX / 2 || (a->limit_B && a->used_B + size_B > a->limit_B)) {
        a->failed = true;
        return false;
    }
    struct pum_arena_chunk *c = aligned_alloc(64, PUM_ALIGN_UP(sizeof(*c) + size_B, (size_t)64));
    if (!c) {
        a->failed = true;
        return false;
    }
    c->next = a->head;
    c->size_B = size_B;
    a->head = c;
    a->cur = c->data;
    a->end = c->data + size_B;
    a->used_B += size_B;
    if (a->chunk_B < (size_t)1 << 20) {
        a->chunk_B *= 2;
    }
    return true;
}

void *
pum_arena_alloc(struct pum_arena *a, size_t size_B, size_t align)
{
    const size_t skip_B = a->cur ? (size_t)(-(uintptr_t)a->cur & (align - 1)) : 0;
    if (!a->cur || size_B > (size_t)(a->end - a->cur) || skip_B > (size_t)(a->end - a->cur) - size_B) {
        if (size_B > SIZE_MAX / 4 || !add_chunk(a, size_B)) {
            a->failed = true;
            return NULL;
        }
        a->cur += size_B; /* chunk data is aligned to 64 */
        memset(a->head->data, 0, size_B);
        return a->head->data;
    }
    uint8_t *p = a->cur + skip_B;
    a->cur = p + size_B;
    memset(p, 0, size_B);
    return p;
}

void *
pum_arena_array(struct pum_arena *a, size_t count, size_t size_B, size_t align)
{
    size_t total_B;
    if (__builtin_mul_overflow(count, size_B, &total_B)) {
        a->failed = true;
        return NULL;
    }
    return pum_arena_alloc(a, total_B, align);
}

void
pum_arena_reset(struct pum_arena *a)
{
    struct pum_arena_chunk *c = a->head;
    while (c && c->next) {
        struct pum_arena_chunk *next = c->next;
        a->used_B -= c->size_B;
        free(c);
        c = next;
    }
    a->head = c;
    a->cur = c ? c->data : NULL;
    a->end = c ? c->data + c->size_B : NULL;
    a->failed = false;
}

void
pum_arena_finish(struct pum_arena *a)
{
    for (struct pum_arena_chunk *c = a->head; c;) {
        struct pum_arena_chunk *next = c->next;
        free(c);
        c = next;
    }
    memset(a, 0, sizeof(*a));
}

bool
pum_grow(void **data, uint32_t *cap, uint32_t need, size_t elem_B)
{
    if (need <= *cap) {
        return true;
    }
    uint32_t n = *cap ? *cap : 16;
    while (n < need) {
        if (n > UINT32_MAX / 2) {
            return false;
        }
        n *= 2;
    }
    size_t total_B;
    if (__builtin_mul_overflow((size_t)n, elem_B, &total_B)) {
        return false;
    }
    void *p = realloc(*data, total_B);
    if (!p) {
        return false;
    }
    *data = p;
    *cap = n;
    return true;
}
