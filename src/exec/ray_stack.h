/* Where ray tracing shaders call each other: memory that grows and shrinks like a stack, one per worker, and what is left of the thread's own
 * stack. Both are checked before each call, so that recursion without an end costs the device, not the process. */
#ifndef PUM_EXEC_RAY_STACK_H
#define PUM_EXEC_RAY_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PUM_RAY_STACK_MAX_B ((size_t)256 << 20) /* of a worker */

struct pum_ray_chunk;
struct pum_ray_stack { /* zeroed: empty. Thread-safety: one thread at a time */
    struct pum_ray_chunk *first, *current;
    size_t all_B; /* of all chunks */
};
struct pum_ray_mark {
    struct pum_ray_chunk *chunk;
    size_t used_B;
};

struct pum_ray_mark pum_ray_stack_mark(const struct pum_ray_stack *s);
/* 64-byte aligned, not cleared. NULL: out of memory, or of bounds. */
void *pum_ray_stack_take(struct pum_ray_stack *s, size_t size_B);
/* Everything that was taken since the mark. The memory is kept for the next one. */
void pum_ray_stack_release(struct pum_ray_stack *s, struct pum_ray_mark mark);
void pum_ray_stack_finish(struct pum_ray_stack *s);

/* True: the calling thread's stack has room for one more call of a shader. */
bool pum_ray_stack_has_room(void);

#endif
