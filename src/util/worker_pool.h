/* One pool of worker threads per process, shared by all devices.
 *
 * Threads start at the first call that needs them. Size = min(affinity mask, cgroup cpu quota rounded up), or
 * PUMICE_THREADS. A caller takes part in its own work, so a pool of width 1 has no threads at all.
 * Workers spin briefly, then sleep on a futex. SPEC: none (implementation detail).
 */
#ifndef PUM_UTIL_WORKER_POOL_H
#define PUM_UTIL_WORKER_POOL_H

#include <stdbool.h>
#include <stdint.h>

struct pum_pool;

/* Highest number of threads, the callers included, that may run tasks at the same time (worker ids are < this). */
#define PUM_POOL_MAX_WORKERS 256

/* A task: index in [0, count), worker id in [0, pum_pool_slots(pool)). Two tasks that run at the same time never
 * share a worker id, so per-worker scratch needs no lock. */
typedef void (*pum_task_fn)(void *arg, uint32_t index, uint32_t worker);

/* The process-wide pool (created at the first call; NULL when memory runs out). Reference counted. */
struct pum_pool *pum_pool_ref(void);
void pum_pool_unref(struct pum_pool *pool);

/* Threads that work at the same time, the caller included: the configured parallelism. */
uint32_t pum_pool_width(const struct pum_pool *pool);
/* Upper bound of worker ids + 1 (width plus room for other threads that call pum_pool_run at the same time). */
uint32_t pum_pool_slots(const struct pum_pool *pool);

/* Runs fn(arg, i, worker) for every i in [0, count), in chunks of `grain` indices taken dynamically in rising order,
 * on the workers and the calling thread; returns when all are done. May be called from several threads at once (jobs
 * then share the workers) and from inside a coarse task, but not from inside another task. count <= grain runs inline without waking anyone. */
void pum_pool_run(struct pum_pool *pool, uint32_t count, uint32_t grain, pum_task_fn fn, void *arg);

/* A source of coarse tasks, each of which runs jobs of its own. Workers without other work take them. */
struct pum_source {
    bool (*run)(void *arg); /* runs a task if one is ready; false: there was none */
    void *arg;
    uint32_t done;          /* atomic, 0 at the start */
    uint32_t wake_bits;     /* the pool's */
};
/* Works on the source's tasks together with the workers until pum_pool_serve_no_more was called, from inside the last task. Threads wait for
 * each other only inside jobs, so a task may wait for another one that has been started. */
void pum_pool_serve(struct pum_pool *pool, struct pum_source *source);
void pum_pool_serve_no_more(struct pum_pool *pool, struct pum_source *source);
/* Inside a coarse task: helps with others until done(arg). Whoever makes that true calls pum_pool_wake_waiting. */
void pum_pool_wait(struct pum_pool *pool, bool (*done)(void *arg), void *arg);
void pum_pool_wake_waiting(struct pum_pool *pool);
/* For whom the calling thread works, and whoever helps it, until it is set again; what it means is the caller's business. */
void pum_pool_set_owner(const void *owner);
/* The task that the calling thread runs has got somewhere. */
void pum_pool_progress(void);
/* Looks at all threads that work for `owner`: how many looks in a row the one that is stuck for longest has not finished a task or made progress;
 * 0: nobody is. seen: zeroed at first, kept between looks. */
struct pum_pool_seen {
    uint32_t ticks[PUM_POOL_MAX_WORKERS], looks[PUM_POOL_MAX_WORKERS];
};
uint32_t pum_pool_look(const struct pum_pool *pool, const void *owner, struct pum_pool_seen *seen);
/* There is something for n threads more to do. */
void pum_pool_poke(struct pum_pool *pool, uint32_t n);

#endif
