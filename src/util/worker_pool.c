#include "util/worker_pool.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "util/compiler.h"
#include "util/cpu.h"
#include "util/env.h"
#include "util/futex.h"

/* Callers that may run jobs at the same time; more of them wait for a place. */
#define MAX_JOBS 16
#define SPIN_ROUNDS 4000 /* about 20 us of pause instructions before a worker sleeps */

struct job {
    PUM_ALIGNED(64) uint32_t next; /* next index to take */
    uint32_t count, grain; /* count: workers that have not joined yet look at it, so it is atomic */
    pum_task_fn fn;
    void *arg;
    uint32_t users; /* threads inside, the caller not counted; bit 31: open for workers */
    PUM_ALIGNED(64) uint32_t busy; /* slot is taken by a caller */
};

struct pum_pool {
    uint32_t refs;
    uint32_t width;        /* fixed after create */
    uint32_t threads;      /* started workers, guarded by lock */
    pthread_mutex_t lock;
    pthread_t thread[PUM_POOL_MAX_WORKERS];
    PUM_ALIGNED(64) uint32_t generation; /* futex word: rises when a job opens or the pool stops */
    uint32_t sleepers;
    uint32_t stop;
    struct job job[MAX_JOBS];
};

#define JOB_OPEN (1u << 31)

static void
relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static void
work_on(struct job *job, uint32_t worker)
{
    for (;;) {
        const uint32_t i = __atomic_fetch_add(&job->next, job->grain, __ATOMIC_RELAXED);
        if (i >= job->count) {
            return;
        }
        const uint32_t end = job->count - i < job->grain ? job->count : i + job->grain;
        for (uint32_t k = i; k < end; k++) {
            job->fn(job->arg, k, worker);
        }
    }
}

/* Joins one open job that has work left. */
static bool
join_any(struct pum_pool *pool, uint32_t worker)
{
    for (uint32_t j = 0; j < MAX_JOBS; j++) {
        struct job *job = &pool->job[j];
        uint32_t users = __atomic_load_n(&job->users, __ATOMIC_ACQUIRE);
        while (users & JOB_OPEN) {
            if (__atomic_load_n(&job->next, __ATOMIC_RELAXED) >= __atomic_load_n(&job->count, __ATOMIC_RELAXED)) {
                break;
            }
            if (__atomic_compare_exchange_n(&job->users, &users, users + 1, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
                work_on(job, worker);
                if (__atomic_sub_fetch(&job->users, 1, __ATOMIC_ACQ_REL) == 0) { /* closed and the last one out */
                    pum_futex_wake(&job->users, 1);
                }
                return true;
            }
        }
    }
    return false;
}

struct worker_arg {
    struct pum_pool *pool;
    uint32_t id;
};

static void *
worker_main(void *p)
{
    struct pum_pool *pool = ((struct worker_arg *)p)->pool;
    const uint32_t id = ((struct worker_arg *)p)->id;
    free(p);
    while (!__atomic_load_n(&pool->stop, __ATOMIC_ACQUIRE)) {
        const uint32_t generation = __atomic_load_n(&pool->generation, __ATOMIC_ACQUIRE);
        if (join_any(pool, id)) {
            continue;
        }
        for (int i = 0; i < SPIN_ROUNDS && __atomic_load_n(&pool->generation, __ATOMIC_ACQUIRE) == generation; i++) {
            relax();
        }
        if (__atomic_load_n(&pool->generation, __ATOMIC_ACQUIRE) == generation) {
            __atomic_fetch_add(&pool->sleepers, 1, __ATOMIC_SEQ_CST);
            pum_futex_wait(&pool->generation, generation, UINT64_MAX);
            __atomic_fetch_sub(&pool->sleepers, 1, __ATOMIC_SEQ_CST);
        }
    }
    return NULL;
}

static pthread_mutex_t global_lock = PTHREAD_MUTEX_INITIALIZER;
static struct pum_pool *global;

struct pum_pool *
pum_pool_ref(void)
{
    pthread_mutex_lock(&global_lock);
    if (!global) {
        global = aligned_alloc(64, PUM_ALIGN_UP(sizeof(*global), (size_t)64));
        if (global) {
            memset(global, 0, sizeof(*global));
            pthread_mutex_init(&global->lock, NULL);
            global->width = pum_env_get()->threads ? pum_env_get()->threads : pum_cpu_count();
            global->width = PUM_MIN(global->width, (uint32_t)PUM_POOL_MAX_WORKERS - MAX_JOBS);
        }
    }
    struct pum_pool *pool = global;
    if (pool) {
        pool->refs++;
    }
    pthread_mutex_unlock(&global_lock);
    return pool;
}

void
pum_pool_unref(struct pum_pool *pool)
{
    if (!pool) {
        return;
    }
    pthread_mutex_lock(&global_lock);
    if (--pool->refs == 0) {
        global = NULL;
        __atomic_store_n(&pool->stop, 1, __ATOMIC_RELEASE);
        __atomic_fetch_add(&pool->generation, 1, __ATOMIC_RELEASE);
        pum_futex_wake(&pool->generation, INT_MAX);
        for (uint32_t i = 0; i < pool->threads; i++) {
            pthread_join(pool->thread[i], NULL);
        }
        pthread_mutex_destroy(&pool->lock);
        free(pool);
    }
    pthread_mutex_unlock(&global_lock);
}

uint32_t
pum_pool_width(const struct pum_pool *pool)
{
    return pool->width;
}

uint32_t
pum_pool_slots(const struct pum_pool *pool)
{
    return pool->width + MAX_JOBS;
}

/* Workers start at the first job that needs them; fewer threads than wished for only cost speed. */
static void
start_threads(struct pum_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old); /* the application's signals are not ours */
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 8u << 20); /* shaders keep private arrays on it */
    while (pool->threads + 1 < pool->width) {
        struct worker_arg *arg = malloc(sizeof(*arg));
        if (!arg) {
            break;
        }
        *arg = (struct worker_arg){pool, MAX_JOBS + pool->threads};
        if (pthread_create(&pool->thread[pool->threads], &attr, worker_main, arg) != 0) {
            free(arg);
            break;
        }
        pthread_setname_np(pool->thread[pool->threads], "pumice");
        __atomic_store_n(&pool->threads, pool->threads + 1, __ATOMIC_RELEASE);
    }
    pthread_attr_destroy(&attr);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_mutex_unlock(&pool->lock);
}

static uint32_t
take_slot(struct pum_pool *pool)
{
    for (;;) {
        for (uint32_t j = 0; j < MAX_JOBS; j++) {
            if (!__atomic_load_n(&pool->job[j].busy, __ATOMIC_RELAXED) &&
                !__atomic_exchange_n(&pool->job[j].busy, 1, __ATOMIC_ACQUIRE)) {
                return j;
            }
        }
        sched_yield();
    }
}

void
pum_pool_run(struct pum_pool *pool, uint32_t count, uint32_t grain, pum_task_fn fn, void *arg)
{
    if (count == 0) {
        return;
    }
    const uint32_t slot = take_slot(pool); /* also the caller's worker id */
    struct job *job = &pool->job[slot];
    if (count <= grain || pool->width == 1) {
        for (uint32_t i = 0; i < count; i++) {
            fn(arg, i, slot);
        }
        __atomic_store_n(&job->busy, 0, __ATOMIC_RELEASE);
        return;
    }
    if (__atomic_load_n(&pool->threads, __ATOMIC_ACQUIRE) + 1 < pool->width) {
        start_threads(pool);
    }
    __atomic_store_n(&job->count, count, __ATOMIC_RELAXED);
    job->grain = grain ? grain : 1;
    job->fn = fn;
    job->arg = arg;
    __atomic_store_n(&job->next, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&job->users, JOB_OPEN, __ATOMIC_RELEASE);
    __atomic_fetch_add(&pool->generation, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&pool->sleepers, __ATOMIC_SEQ_CST)) {
        const uint32_t tasks = (count + job->grain - 1) / job->grain - 1;
        pum_futex_wake(&pool->generation, (int)PUM_MIN(tasks, pool->width));
    }
    work_on(job, slot);

    uint32_t left = __atomic_and_fetch(&job->users, ~JOB_OPEN, __ATOMIC_ACQ_REL);
    for (int i = 0; left && i < SPIN_ROUNDS; i++) {
        relax();
        left = __atomic_load_n(&job->users, __ATOMIC_ACQUIRE);
    }
    while (left) {
        pum_futex_wait(&job->users, left, UINT64_MAX);
        left = __atomic_load_n(&job->users, __ATOMIC_ACQUIRE);
    }
    __atomic_store_n(&job->busy, 0, __ATOMIC_RELEASE);
}
