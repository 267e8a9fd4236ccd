/* Stacks of ray tracing shaders: what is taken is there, apart, aligned and given back; there are bounds, of memory and of threads' stacks. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "exec/ray_stack.h"
#include "util/compiler.h"

static int failures;

#define CHECK(cond)                                                                                                    \
    do {                                                                                                               \
        if (!(cond)) {                                                                                                 \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);                                                 \
            failures++;                                                                                                \
        }                                                                                                              \
    } while (0)

/* Deeper and deeper, each level with memory of another size, all of it filled and looked at on the way back. */
static void
descend(struct pum_ray_stack *s, uint32_t depth)
{
    const size_t size_B = 1 + (depth * 977u) % 300000u;
    const struct pum_ray_mark mark = pum_ray_stack_mark(s);
    uint8_t *p = pum_ray_stack_take(s, size_B);
    CHECK(p && (uintptr_t)p % 64 == 0);
    if (p) {
        memset(p, (int)(depth & 0xff), size_B);
        if (depth < 60) {
            descend(s, depth + 1);
        }
        for (size_t i = 0; i < size_B; i++) {
            if (p[i] != (depth & 0xff)) {
                CHECK(!"overwritten");
                break;
            }
        }
    }
    pum_ray_stack_release(s, mark);
    CHECK(pum_ray_stack_mark(s).chunk == mark.chunk && pum_ray_stack_mark(s).used_B == mark.used_B);
}

static void
test_memory(void)
{
    struct pum_ray_stack s = {0};
    descend(&s, 0);
    const size_t kept_B = s.all_B;
    descend(&s, 0);
    CHECK(kept_B && s.all_B == kept_B); /* nothing is allocated twice */
    CHECK(!pum_ray_stack_take(&s, PUM_RAY_STACK_MAX_B + 1));
    CHECK(!pum_ray_stack_take(&s, SIZE_MAX));
    uint32_t n = 0;
    while (n < 1000 && pum_ray_stack_take(&s, PUM_RAY_STACK_MAX_B / 16)) { /* never touched: costs nothing */
        n++;
    }
    CHECK(n >= 8 && n <= 16 && s.all_B <= PUM_RAY_STACK_MAX_B);
    pum_ray_stack_finish(&s);
    CHECK(!s.first && !s.current && !s.all_B);
}

static uint32_t
recurse(uint32_t depth)
{
    volatile uint8_t frame[4096];
    frame[depth % sizeof(frame)] = 1;
    return pum_ray_stack_has_room() ? recurse(depth + 1) + frame[depth % sizeof(frame)] : depth;
}

static void *
thread(void *arg)
{
    *(uint32_t *)arg = recurse(0);
    return NULL;
}

/* Threads are told to stop long before their stacks end, whatever their size. */
static void
test_threads(void)
{
    static const size_t sizes_B[] = {256u << 10, 1u << 20, 8u << 20};
    for (size_t i = 0; i < PUM_ARRAY_LEN(sizes_B); i++) {
        pthread_t t;
        pthread_attr_t attr;
        uint32_t depth = 0;
        pthread_attr_init(&attr);
        pthread_attr_setstacksize(&attr, sizes_B[i]);
        CHECK(pthread_create(&t, &attr, thread, &depth) == 0 && pthread_join(t, NULL) == 0);
        pthread_attr_destroy(&attr);
        CHECK(depth > sizes_B[i] / 65536 && depth < sizes_B[i] / 2048);
    }
}

int
main(void)
{
    test_memory();
    test_threads();
    return failures ? 1 : 0;
}
