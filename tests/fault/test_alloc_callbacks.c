/* Every allocation through VkAllocationCallbacks fails in turn: error codes, and all memory comes back. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sweep_scene.h"

static long countdown, live, calls;

struct head {
    void *block;
    size_t size_B;
};

static void *VKAPI_PTR
allocate(void *user, size_t size_B, size_t align, VkSystemAllocationScope scope)
{
    (void)user, (void)scope;
    __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
    if (__atomic_sub_fetch(&countdown, 1, __ATOMIC_RELAXED) == 0) {
        return NULL;
    }
    align = align < sizeof(struct head) ? sizeof(struct head) : align;
    char *block = malloc(size_B + 2 * align);
    if (!block) {
        return NULL;
    }
    char *p = block + align + (align - (size_t)block % align) % align;
    ((struct head *)(void *)p)[-1] = (struct head){block, size_B};
    memset(p, 0xcd, size_B); /* nothing may count on zeros */
    __atomic_fetch_add(&live, 1, __ATOMIC_RELAXED);
    return p;
}

static void VKAPI_PTR
release(void *user, void *p)
{
    (void)user;
    if (p) {
        const struct head h = ((struct head *)p)[-1];
        memset(p, 0xdd, h.size_B);
        free(h.block);
        __atomic_fetch_sub(&live, 1, __ATOMIC_RELAXED);
    }
}

static void *VKAPI_PTR
reallocate(void *user, void *p, size_t size_B, size_t align, VkSystemAllocationScope scope)
{
    if (size_B == 0) {
        release(user, p);
        return NULL;
    }
    void *q = allocate(user, size_B, align, scope);
    if (q && p) {
        const size_t old_B = ((struct head *)p)[-1].size_B;
        memcpy(q, p, old_B < size_B ? old_B : size_B);
        release(user, p);
    }
    return q;
}

int
main(void)
{
    const VkAllocationCallbacks callbacks = {.pfnAllocation = allocate, .pfnReallocation = reallocate, .pfnFree = release};
    for (long n = 1;; n++) {
        const char *where;
        countdown = n;
        calls = live = 0;
        const VkResult r = sweep_scene(&callbacks, &where);
        if (live != 0) {
            fprintf(stderr, "allocation %ld (%s, result %d): %ld blocks were not freed\n", n, where, r, live);
            return 1;
        }
        if (r == VK_SUCCESS && calls < n) {
            printf("%ld allocations failed in turn\n", n - 1);
            return n > 20 ? 0 : 1;
        }
        if (r != VK_SUCCESS && r != VK_ERROR_OUT_OF_HOST_MEMORY && r != VK_ERROR_OUT_OF_DEVICE_MEMORY) {
            fprintf(stderr, "allocation %ld: %s returned %d\n", n, where, r);
            return 1;
        }
    }
}
