/* The worker pool: jobs from several threads, coarse tasks that run jobs of their own and wait for each other, ids that no two threads share. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "util/compiler.h"
#include "util/worker_pool.h"

#define CALLERS 20 /* more than there are places for */
#define TASKS 200u
#define ROUNDS 30

static struct pum_pool *pool;
static uint32_t in_use[PUM_POOL_MAX_WORKERS]; /* atomic */
static uint32_t failures;

struct sum {
    uint64_t sum; /* atomic */
    uint32_t hold; /* rounds of work */
};

static void
add_task(void *arg, uint32_t index, uint32_t worker)
{
    struct sum *s = arg;
    if (worker >= pum_pool_slots(pool) || __atomic_exchange_n(&in_use[worker], 1, __ATOMIC_ACQUIRE)) {
        __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
    }
    for (volatile uint32_t i = 0; i < s->hold; i = i + 1) {
    }
    __atomic_fetch_add(&s->sum, index + 1, __ATOMIC_RELAXED);
    __atomic_store_n(&in_use[worker], 0, __ATOMIC_RELEASE);
}

static void
run_job(uint32_t count, uint32_t grain, uint32_t hold)
{
    struct sum s = {0, hold};
    pum_pool_run(pool, count, grain, add_task, &s);
    if (s.sum != (uint64_t)count * (count + 1) / 2) {
        printf("a job of %u: sum %llu\n", count, (unsigned long long)s.sum);
        __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
    }
}

/* ---- coarse tasks ---- */

struct tasks {
    struct pum_source source;
    pthread_mutex_t lock;
    uint32_t next, left;
};

static bool
run_coarse(void *arg)
{
    struct tasks *t = arg;
    pthread_mutex_lock(&t->lock);
    const uint32_t i = t->next;
    t->next += i < TASKS;
    pthread_mutex_unlock(&t->lock);
    if (i >= TASKS) {
        return false;
    }
    if (i + 1 < TASKS) {
        pum_pool_poke(pool, 1);
    }
    run_job(1 + i * 7 % 60, 1 + i % 3, i * 13 % 400);
    run_job(1 + i * 3 % 10, 1, 0);
    pthread_mutex_lock(&t->lock);
    const bool last = --t->left == 0;
    pthread_mutex_unlock(&t->lock);
    if (last) {
        pum_pool_serve_no_more(pool, &t->source);
    }
    return true;
}

static void *
caller(void *arg)
{
    const uint32_t id = *(uint32_t *)arg;
    for (uint32_t r = 0; r < ROUNDS; r++) {
        if (id % 2) {
            run_job(1 + (r + id) * 11 % 300, 1 + r % 4, r * 10);
            continue;
        }
        struct tasks t = {.left = TASKS};
        t.source = (struct pum_source){.run = run_coarse, .arg = &t};
        pthread_mutex_init(&t.lock, NULL);
        pum_pool_serve(pool, &t.source);
        if (t.left || t.next != TASKS) {
            __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
        }
        pthread_mutex_destroy(&t.lock);
    }
    return NULL;
}

int
main(void)
{
    pool = pum_pool_ref();
    if (!pool) {
        return 1;
    }
    uint32_t ids[CALLERS];
    pthread_t threads[CALLERS];
    ids[0] = 0;
    caller(&ids[0]); /* alone, then all at once */
    for (uint32_t i = 0; i < CALLERS; i++) {
        ids[i] = i;
        if (pthread_create(&threads[i], NULL, caller, &ids[i]) != 0) {
            return 1;
        }
    }
    for (uint32_t i = 0; i < CALLERS; i++) {
        pthread_join(threads[i], NULL);
    }
    pum_pool_unref(pool);
    printf("%u failures\n", failures);
    return failures != 0;
}
