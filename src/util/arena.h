/* Bump allocator for data of one lifetime (a compile, a command buffer). Not thread safe. Memory is plain malloc:
 * application allocators may only be called during the API call, on its thread (SPEC: memory-allocation). */
#ifndef PUM_UTIL_ARENA_H
#define PUM_UTIL_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pum_arena_chunk;
struct pum_arena {
    struct pum_arena_chunk *head;
    uint8_t *cur, *end;
    size_t chunk_B;  /* size of the next chunk */
    size_t used_B;   /* sum of all chunks, against limit_B */
    size_t limit_B;  /* allocation beyond this fails; 0 = no limit */
    bool failed;     /* sticky: an allocation has failed */
};

void pum_arena_init(struct pum_arena *a, size_t first_chunk_B, size_t limit_B);
/* Zeroed memory, aligned to `align` (power of two, <= 64). NULL when out of memory or over the limit. */
void *pum_arena_alloc(struct pum_arena *a, size_t size_B, size_t align);
/* count * size_B with overflow check. */
void *pum_arena_array(struct pum_arena *a, size_t count, size_t size_B, size_t align);
/* Frees all but the first chunk; everything allocated becomes invalid. */
void pum_arena_reset(struct pum_arena *a);
void pum_arena_finish(struct pum_arena *a);

/* Grows *data (malloc'd, elem_B each, *cap elements) to at least `need` elements (doubling). False: out of memory, unchanged. */
bool pum_grow(void **data, uint32_t *cap, uint32_t need, size_t elem_B);

#endif
