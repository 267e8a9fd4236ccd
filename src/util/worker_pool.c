#include "util/worker_pool.h"

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "util/compiler.h"
#include "util/cpu.h"
#include "util/env.h"
#include "util/futex.h"
#include "util/trace.h"

#define CALLERS 16       /* threads that are not workers and run jobs at the same time; more of them wait for a place */
#define JOBS 32          /* open at the same time; more run on their callers alone */
#define SOURCES 16       /* the same */
#define SPIN_ROUNDS 4000 /* about 20 us of pause instructions before a worker sleeps */

/* Who sleeps on generation: workers, threads that serve a source, each of these by itself (a caller). */
#define WORKER_BIT (1u << 0)
#define SERVER_BIT (1u << 1)
#define WAITING_BIT (1u << 2) /* in pum_pool_wait */
#define OWN_BIT(id) (1u << (3 + (id)))
#define OPEN_BIT (1u << 31) /* of users: more may come in */

struct job {
    PUM_ALIGNED(64) uint32_t next; /* next index to take */
    uint32_t count, grain; /* count: workers that have not joined yet look at it, so it is atomic */
    pum_task_fn fn;
    void *arg;
    const void *owner;
    uint32_t users; /* threads inside, the caller not counted; OPEN_BIT */
    uint32_t coarse; /* atomic: part of a coarse task, so that a thread waiting inside another one may lend a hand */
};

struct source {
    PUM_ALIGNED(64) struct pum_source *source;
    const void *owner;
    uint32_t users; /* workers inside; OPEN_BIT */
};

/* What a thread does, for pum_pool_look. Only the thread that has the id writes. */
struct seat {
    PUM_ALIGNED(64) const void *owner; /* of the task that runs; NULL: none does */
    uint32_t ticks;
    uint32_t taken; /* by a caller */
};

struct pum_pool {
    uint32_t refs;
    uint32_t width;        /* fixed after create */
    uint32_t threads;      /* started workers, guarded by lock */
    pthread_mutex_t lock;
    pthread_t thread[PUM_POOL_MAX_WORKERS];
    PUM_ALIGNED(64) uint32_t generation; /* futex word: rises when there is more to do or the pool stops */
    uint32_t sleepers;
    uint32_t stop;
    uint32_t jobs, sources; /* bit per place that is taken */
    struct job job[JOBS];
    struct source source[SOURCES];
    struct seat seat[PUM_POOL_MAX_WORKERS];
};

/* What the thread is to the pool (there is one per process). */
static _Thread_local struct {
    struct pum_pool *pool; /* NULL: nothing, it takes a caller's id for each job */
    uint32_t id;
    bool coarse; /* inside a coarse task, or serving them */
    const void *owner; /* of the jobs that it starts */
} self;

/* Index of a bit that was free, -1 if none is. */
static int32_t
take_bit(uint32_t *mask, uint32_t n)
{
    uint32_t taken = __atomic_load_n(mask, __ATOMIC_RELAXED);
    for (;;) {
        const uint32_t left = ~taken & (uint32_t)((UINT64_C(1) << n) - 1);
        if (!left) {
            return -1;
        }
        if (__atomic_compare_exchange_n(mask, &taken, taken | (left & -left), false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
            return __builtin_ctz(left);
        }
    }
}

static void
drop_bit(uint32_t *mask, uint32_t i)
{
    __atomic_fetch_and(mask, ~(1u << i), __ATOMIC_RELEASE);
}

static void
relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

/* Returns whose task the thread was in before. */
static const void *
sit_down(struct seat *s, const void *owner)
{
    const void *outer = s->owner;
    __atomic_store_n(&s->owner, owner, __ATOMIC_RELAXED);
    return outer;
}

static void
tick(struct seat *s)
{
    __atomic_store_n(&s->ticks, s->ticks + 1, __ATOMIC_RELAXED);
}

void
pum_pool_progress(void)
{
    if (self.pool) {
        tick(&self.pool->seat[self.id]);
    }
}

void
pum_pool_set_owner(const void *owner)
{
    self.owner = owner;
}

uint32_t
pum_pool_look(const struct pum_pool *pool, const void *owner, struct pum_pool_seen *seen)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < pum_pool_slots(pool); i++) {
        const struct seat *s = &pool->seat[i];
        const uint32_t ticks = __atomic_load_n(&s->ticks, __ATOMIC_RELAXED);
        const bool stands = __atomic_load_n(&s->owner, __ATOMIC_RELAXED) == owner && seen->ticks[i] == ticks;
        seen->looks[i] = stands ? seen->looks[i] + 1 : 0;
        seen->ticks[i] = ticks;
        most = PUM_MAX(most, seen->looks[i]);
    }
    return most;
}

/* Takes indices until none is left, or once. */
static void
work_on(struct pum_pool *pool, struct job *job, uint32_t worker, bool once)
{
    struct seat *s = &pool->seat[worker];
    const void *outer = sit_down(s, job->owner);
    do {
        const uint32_t i = __atomic_fetch_add(&job->next, job->grain, __ATOMIC_RELAXED);
        if (i >= job->count) {
            break;
        }
        const uint32_t end = job->count - i < job->grain ? job->count : i + job->grain;
        for (uint32_t k = i; k < end; k++) {
            job->fn(job->arg, k, worker);
            tick(s);
        }
    } while (!once);
    (void)sit_down(s, outer);
}

/* Counts the thread in, unless the door is closed. */
static bool
go_in(uint32_t *users)
{
    uint32_t n = __atomic_load_n(users, __ATOMIC_ACQUIRE);
    while (n & OPEN_BIT) {
        if (__atomic_compare_exchange_n(users, &n, n + 1, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
            return true;
        }
    }
    return false;
}

static void
go_out(uint32_t *users)
{
    if (__atomic_sub_fetch(users, 1, __ATOMIC_ACQ_REL) == 0) { /* closed and the last one out */
        pum_futex_wake(users, 1);
    }
}

/* Joins one open job that has work left. */
static bool
join_any(struct pum_pool *pool, uint32_t worker, bool coarse_only, bool once)
{
    for (uint32_t left = __atomic_load_n(&pool->jobs, __ATOMIC_ACQUIRE); left; left &= left - 1) {
        struct job *job = &pool->job[__builtin_ctz(left)];
        if (__atomic_load_n(&job->next, __ATOMIC_RELAXED) >= __atomic_load_n(&job->count, __ATOMIC_RELAXED) ||
            (coarse_only && !__atomic_load_n(&job->coarse, __ATOMIC_RELAXED)) || !go_in(&job->users)) {
            continue;
        }
        work_on(pool, job, worker, once);
        go_out(&job->users);
        return true;
    }
    return false;
}

/* Coarse tasks come last: what has been started is finished first. */
static bool
serve_any(struct pum_pool *pool)
{
    for (uint32_t left = __atomic_load_n(&pool->sources, __ATOMIC_ACQUIRE); left; left &= left - 1) {
        struct source *s = &pool->source[__builtin_ctz(left)];
        if (!go_in(&s->users)) {
            continue;
        }
        self.coarse = true;
        self.owner = s->owner;
        const bool ran = s->source->run(s->source->arg);
        self.coarse = false;
        self.owner = NULL;
        go_out(&s->users);
        if (ran) {
            return true;
        }
    }
    return false;
}

/* Spins, then sleeps, while generation is as it was. bits: those of pum_futex_wake_bits that wake the thread. */
static void
idle(struct pum_pool *pool, uint32_t generation, uint32_t bits)
{
    for (int i = 0; i < SPIN_ROUNDS && __atomic_load_n(&pool->generation, __ATOMIC_ACQUIRE) == generation; i++) {
        relax();
    }
    if (__atomic_load_n(&pool->generation, __ATOMIC_ACQUIRE) == generation) {
        __atomic_fetch_add(&pool->sleepers, 1, __ATOMIC_SEQ_CST);
        pum_futex_wait_bits(&pool->generation, generation, bits);
        __atomic_fetch_sub(&pool->sleepers, 1, __ATOMIC_SEQ_CST);
    }
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
    self.pool = pool;
    self.id = id;
    pum_trace_thread("worker", id - CALLERS);
    while (!__atomic_load_n(&pool->stop, __ATOMIC_ACQUIRE)) {
        const uint32_t generation = __atomic_load_n(&pool->generation, __ATOMIC_ACQUIRE);
        if (!join_any(pool, id, false, false) && !serve_any(pool)) {
            idle(pool, generation, WORKER_BIT);
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
            global->width = PUM_MIN(global->width, (uint32_t)PUM_POOL_MAX_WORKERS - CALLERS);
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
    return pool->width + CALLERS;
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
        *arg = (struct worker_arg){pool, CALLERS + pool->threads};
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

/* Gives the thread an id if it has none; true: it must leave again. */
static bool
enter(struct pum_pool *pool)
{
    if (self.pool == pool) {
        return false;
    }
    for (uint32_t id = 0;; id++) {
        if (id == CALLERS) {
            id = 0;
            sched_yield();
        }
        struct seat *s = &pool->seat[id];
        if (!__atomic_load_n(&s->taken, __ATOMIC_RELAXED) && !__atomic_exchange_n(&s->taken, 1, __ATOMIC_ACQUIRE)) {
            self.pool = pool;
            self.id = id;
            return true;
        }
    }
}

static void
leave(struct pum_pool *pool)
{
    self.pool = NULL;
    __atomic_store_n(&pool->seat[self.id].taken, 0, __ATOMIC_RELEASE);
}

static void
need_threads(struct pum_pool *pool)
{
    if (__atomic_load_n(&pool->threads, __ATOMIC_ACQUIRE) + 1 < pool->width) {
        start_threads(pool);
    }
}

static void
wake(struct pum_pool *pool, uint32_t bits, uint32_t n)
{
    __atomic_fetch_add(&pool->generation, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&pool->sleepers, __ATOMIC_SEQ_CST)) {
        pum_futex_wake_bits(&pool->generation, bits, (int)PUM_MIN(n, pool->width));
    }
}

void
pum_pool_poke(struct pum_pool *pool, uint32_t n)
{
    wake(pool, WORKER_BIT | SERVER_BIT, n);
}

/* Closes the door and waits until all are out. Meanwhile a thread inside a coarse task does pieces of other ones. */
static void
close_door(struct pum_pool *pool, uint32_t *users, bool help)
{
    uint32_t left = __atomic_and_fetch(users, ~OPEN_BIT, __ATOMIC_ACQ_REL);
    for (int i = 0; left && i < SPIN_ROUNDS; i++) {
        if (help && join_any(pool, self.id, true, true)) {
            i = 0;
        }
        relax();
        left = __atomic_load_n(users, __ATOMIC_ACQUIRE);
    }
    while (left) {
        pum_futex_wait(users, left, UINT64_MAX);
        left = __atomic_load_n(users, __ATOMIC_ACQUIRE);
    }
}

static void
run_alone(struct pum_pool *pool, pum_task_fn fn, void *arg, uint32_t count)
{
    const uint32_t id = self.id;
    struct seat *s = &pool->seat[id];
    const void *outer = sit_down(s, self.owner);
    for (uint32_t i = 0; i < count; i++) {
        fn(arg, i, id);
        tick(s);
    }
    (void)sit_down(s, outer);
}

void
pum_pool_run(struct pum_pool *pool, uint32_t count, uint32_t grain, pum_task_fn fn, void *arg)
{
    if (count == 0) {
        return;
    }
    const bool entered = enter(pool);
    const int32_t place = count <= grain || pool->width == 1 ? -1 : take_bit(&pool->jobs, JOBS);
    if (place < 0) {
        run_alone(pool, fn, arg, count);
    } else {
        struct job *job = &pool->job[place];
        need_threads(pool);
        __atomic_store_n(&job->count, count, __ATOMIC_RELAXED);
        job->grain = grain ? grain : 1;
        job->fn = fn;
        job->arg = arg;
        job->owner = self.owner;
        __atomic_store_n(&job->coarse, self.coarse, __ATOMIC_RELAXED);
        __atomic_store_n(&job->next, 0, __ATOMIC_RELAXED);
        __atomic_store_n(&job->users, OPEN_BIT, __ATOMIC_RELEASE);
        wake(pool, self.coarse ? WORKER_BIT | SERVER_BIT : WORKER_BIT, (count + job->grain - 1) / job->grain - 1);
        work_on(pool, job, self.id, false);
        close_door(pool, &job->users, self.coarse);
        drop_bit(&pool->jobs, (uint32_t)place);
    }
    if (entered) {
        leave(pool);
    }
}

void
pum_pool_serve(struct pum_pool *pool, struct pum_source *source)
{
    const bool entered = enter(pool);
    const bool outer = self.coarse;
    self.coarse = true;
    source->wake_bits = OWN_BIT(self.id);
    const int32_t place = pool->width == 1 ? -1 : take_bit(&pool->sources, SOURCES);
    if (place >= 0) {
        need_threads(pool);
        pool->source[place].source = source;
        pool->source[place].owner = self.owner;
        __atomic_store_n(&pool->source[place].users, OPEN_BIT, __ATOMIC_RELEASE);
    }
    while (!__atomic_load_n(&source->done, __ATOMIC_ACQUIRE)) {
        const uint32_t generation = __atomic_load_n(&pool->generation, __ATOMIC_ACQUIRE);
        if (!source->run(source->arg) && !__atomic_load_n(&source->done, __ATOMIC_ACQUIRE) && !join_any(pool, self.id, true, false)) {
            idle(pool, generation, SERVER_BIT | source->wake_bits);
        }
    }
    if (place >= 0) {
        close_door(pool, &pool->source[place].users, false);
        drop_bit(&pool->sources, (uint32_t)place);
    }
    self.coarse = outer;
    if (entered) {
        leave(pool);
    }
}

void
pum_pool_wait(struct pum_pool *pool, bool (*done)(void *arg), void *arg)
{
    for (;;) {
        const uint32_t generation = __atomic_load_n(&pool->generation, __ATOMIC_ACQUIRE);
        if (done(arg)) {
            return;
        }
        if (!join_any(pool, self.id, true, true)) {
            idle(pool, generation, SERVER_BIT | WAITING_BIT);
        }
    }
}

void
pum_pool_wake_waiting(struct pum_pool *pool)
{
    wake(pool, WAITING_BIT, pool->width);
}

void
pum_pool_serve_no_more(struct pum_pool *pool, struct pum_source *source)
{
    const uint32_t bits = source->wake_bits;
    __atomic_store_n(&source->done, 1, __ATOMIC_RELEASE);
    wake(pool, bits, 1);
}
