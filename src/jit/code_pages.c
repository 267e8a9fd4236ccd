#include "jit/code_pages.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "util/compiler.h"

#define PAGE_B 4096u
#define SLAB_PAGES 1024u /* 4 MB of address space; memory is taken page by page */

struct slab {
    struct slab *next;
    uint8_t *base;
    uint32_t used_pages;
    uint32_t search_from; /* no free page before it */
    uint64_t used[SLAB_PAGES / 64];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct slab *slabs; /* the one used last comes first */

static bool
page_used(const struct slab *s, uint32_t i)
{
    return s->used[i / 64] >> (i % 64) & 1;
}

static void
mark(struct slab *s, uint32_t first, uint32_t n, bool used)
{
    for (uint32_t i = first; i < first + n; i++) {
        const uint64_t bit = UINT64_C(1) << (i % 64);
        s->used[i / 64] = used ? s->used[i / 64] | bit : s->used[i / 64] & ~bit;
    }
    s->used_pages = used ? s->used_pages + n : s->used_pages - n;
}

/* First fit. SLAB_PAGES: no run of n free pages. */
static uint32_t
find_run(struct slab *s, uint32_t n)
{
    if (SLAB_PAGES - s->used_pages < n) {
        return SLAB_PAGES;
    }
    while (s->search_from < SLAB_PAGES && page_used(s, s->search_from)) {
        s->search_from++;
    }
    uint32_t run = 0;
    for (uint32_t i = s->search_from; i < SLAB_PAGES; i++) {
        run = page_used(s, i) ? 0 : run + 1;
        if (run == n) {
            return i + 1 - n;
        }
    }
    return SLAB_PAGES;
}

static struct slab *
slab_create(void)
{
    struct slab *s = calloc(1, sizeof(*s));
    if (!s) {
        return NULL;
    }
    s->base = mmap(NULL, (size_t)SLAB_PAGES * PAGE_B, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (s->base == MAP_FAILED) {
        free(s);
        return NULL;
    }
    s->next = slabs;
    slabs = s;
    return s;
}

/* n pages, inaccessible; the lock is held. */
static uint8_t *
take_pages(uint32_t n)
{
    for (struct slab **at = &slabs; *at; at = &(*at)->next) {
        struct slab *s = *at;
        const uint32_t first = find_run(s, n);
        if (first < SLAB_PAGES) {
            mark(s, first, n, true);
            *at = s->next;
            s->next = slabs;
            slabs = s;
            return s->base + (size_t)first * PAGE_B;
        }
    }
    struct slab *s = slab_create();
    if (!s) {
        return NULL;
    }
    mark(s, 0, n, true);
    return s->base;
}

/* The lock is held. An empty slab goes. */
static void
give_pages(const uint8_t *p, uint32_t n)
{
    for (struct slab **at = &slabs; *at; at = &(*at)->next) {
        struct slab *s = *at;
        if (p >= s->base && p < s->base + (size_t)SLAB_PAGES * PAGE_B) {
            const uint32_t first = (uint32_t)((size_t)(p - s->base) / PAGE_B);
            mark(s, first, n, false);
            s->search_from = PUM_MIN(s->search_from, first);
            if (s->used_pages == 0) {
                *at = s->next;
                munmap(s->base, (size_t)SLAB_PAGES * PAGE_B);
                free(s);
            }
            return;
        }
    }
}

/* Gives the memory back, so that nobody finds old code. The mapping stays the same one: only then neighbours merge again. */
static bool
drop_contents(const uint8_t *p, size_t size_B)
{
    void *at = (void *)(uintptr_t)p;
    return madvise(at, size_B, MADV_DONTNEED) == 0 && mprotect(at, size_B, PROT_NONE) == 0;
}

static void
release(const uint8_t *p, size_t size_B)
{
    if (size_B > (size_t)SLAB_PAGES * PAGE_B) {
        munmap((void *)(uintptr_t)p, size_B);
        return;
    }
    if (drop_contents(p, size_B)) { /* else they stay taken: writable pages must not be mistaken for inaccessible ones */
        pthread_mutex_lock(&lock);
        give_pages(p, (uint32_t)(size_B / PAGE_B));
        pthread_mutex_unlock(&lock);
    }
}

const uint8_t *
pum_code_pages_load(const void *from, size_t size_B)
{
    const size_t pages_B = PUM_ALIGN_UP(size_B, (size_t)PAGE_B);
    uint8_t *p;
    if (pages_B > (size_t)SLAB_PAGES * PAGE_B) {
        p = mmap(NULL, pages_B, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        p = p == MAP_FAILED ? NULL : p;
    } else {
        pthread_mutex_lock(&lock);
        p = take_pages((uint32_t)(pages_B / PAGE_B));
        pthread_mutex_unlock(&lock);
    }
    if (!p) {
        return NULL;
    }
    if (mprotect(p, pages_B, PROT_READ | PROT_WRITE) != 0) {
        release(p, pages_B);
        return NULL;
    }
    memcpy(p, from, size_B);
    if (mprotect(p, pages_B, PROT_READ | PROT_EXEC) != 0) {
        release(p, pages_B);
        return NULL;
    }
    return p;
}

void
pum_code_pages_unload(const uint8_t *p, size_t size_B)
{
    release(p, PUM_ALIGN_UP(size_B, (size_t)PAGE_B));
}

void
pum_code_pages_retire(const uint8_t *p, size_t size_B)
{
    (void)drop_contents(p, PUM_ALIGN_UP(size_B, (size_t)PAGE_B)); /* if it fails the code stays, and nobody runs it */
}
