/* Dispatches. Those that follow each other without a barrier between them are independent by the rules of the API: they run as one parallel job,
 * so that many small ones fill the cores together. SPEC: dispatch, synchronization-dependencies. */
#include <stdlib.h>
#include <string.h>

#include "command/cmd_buffer.h"
#include "exec/replay.h"
#include "object/device_base.h"
#include "util/env.h"
#include "util/trace.h"
#include "util/worker_pool.h"

#define BATCH PUM_DISPATCH_BATCH
#define TASK_WORK 2000      /* less is not worth a task of its own; in invocations of a shader without loops */
#define LOOP_WORK 32        /* a guess: an invocation with a loop does as much as so many without */
#define PIECE_WORK 65536    /* of a call, where there are loops */
#define JOB_TASKS (1u << 30) /* of one job of the pool */

struct dispatch {
    const struct pum_packet_dispatch *p;
    uint32_t groups[3];
    uint32_t per_task, tasks_x; /* workgroups of a task, all in one row; tasks of a row */
    uint64_t end;               /* index after its last task in the batch */
};

struct batch {
    struct pum_queue *q;
    bool failed;    /* atomic */
    size_t shared_B, scratch_B; /* the most that any of them needs */
    uint64_t first; /* task of the batch that is the job's first */
    uint32_t count;
    struct dispatch dispatch[BATCH];
};

static uint32_t
local_invocations(const struct pum_packet_dispatch *p)
{
    return p->info->local_size[0] * p->info->local_size[1] * p->info->local_size[2];
}

static uint64_t
group_work(const struct pum_packet_dispatch *p)
{
    return (uint64_t)local_invocations(p) * (p->info->has_loop ? LOOP_WORK : 1);
}

static bool
reserve(uint8_t **p, size_t *have_B, size_t need_B)
{
    if (need_B > *have_B) {
        free(*p);
        *p = aligned_alloc(64, PUM_ALIGN_UP(need_B, (size_t)4096));
        *have_B = *p ? PUM_ALIGN_UP(need_B, (size_t)4096) : 0;
    }
    return *have_B >= need_B;
}

/* The first that ends after task `index` of the batch. */
static inline const struct dispatch *
find_dispatch(const struct batch *b, uint64_t index)
{
    uint32_t k = 0;
    for (uint32_t half = BATCH / 2; half; half /= 2) {
        k += k + half <= b->count && index >= b->dispatch[k + half - 1].end ? half : 0;
    }
    return &b->dispatch[k];
}

static void
task(void *arg, uint32_t job_index, uint32_t worker)
{
    struct batch *b = arg;
    uint64_t index = b->first + job_index;
    const struct dispatch *d = find_dispatch(b, index);
    const struct pum_packet_dispatch *p = d->p;
    struct pum_worker_memory *m = &b->q->memory[worker]; /* one thread at a time */
    if (PUM_UNLIKELY(b->shared_B > m->shared_B || b->scratch_B > m->scratch_B) &&
        (!reserve(&m->shared, &m->shared_B, b->shared_B) || !reserve(&m->scratch, &m->scratch_B, b->scratch_B))) {
        __atomic_store_n(&b->failed, true, __ATOMIC_RELAXED);
        return;
    }
    index -= d > b->dispatch ? d[-1].end : 0;
    const uint64_t row = d->tasks_x == 1 ? index : index / d->tasks_x, z = row < d->groups[1] ? 0 : row / d->groups[1]; /* divisions cost */
    const uint32_t x = (uint32_t)(index - row * d->tasks_x) * d->per_task, y = (uint32_t)(row - z * d->groups[1]);
    struct pum_cs_args args = {
        .group = {p->base[0] + x, p->base[1] + y, p->base[2] + (uint32_t)z},
        .group_count = PUM_MIN(d->per_task, d->groups[0] - x),
        .num_groups = {d->groups[0], d->groups[1], d->groups[2]},
        .shared = m->shared,
        .scratch = m->scratch,
    };
    const uint32_t end = args.group_count;
    const uint32_t piece = p->info->has_loop ? (uint32_t)(PIECE_WORK / group_work(p)) + 1 : end; /* an honest one shows that it gets somewhere */
    for (uint32_t done = 0; done < end; done += args.group_count) {
        args.group_count = PUM_MIN(piece, end - done);
        p->code->run(p->code, p->ctx, &args);
        args.group[0] += args.group_count;
        if (piece < end) {
            pum_pool_progress();
        }
    }
}

static void
traced_task(void *arg, uint32_t job_index, uint32_t worker)
{
    const struct batch *b = arg;
    const uint64_t t0 = pum_trace_begin();
    const struct dispatch *d = find_dispatch(b, b->first + job_index);
    task(arg, job_index, worker);
    pum_trace_end(t0, &(struct pum_trace_event){.kind = "dispatch", .name = d->p->head.name, .args = "task,x,y,z",
                                                .value = {b->first + job_index, d->groups[0], d->groups[1], d->groups[2]}});
}

static uint64_t
total_groups(const struct dispatch *d)
{
    return (uint64_t)d->groups[0] * d->groups[1] * d->groups[2];
}

/* Cuts a dispatch into tasks: at least TASK_WORK where the row has it, at most an eighth of a worker's share of the batch. */
static uint64_t
cut(struct dispatch *d, uint64_t share_work)
{
    const uint64_t row = (uint64_t)d->groups[1] * d->groups[2];
    if (share_work == 0) { /* tiny: no divisions, one task a row */
        d->per_task = d->groups[0];
        d->tasks_x = 1;
        return row;
    }
    const uint64_t wanted = PUM_DIV_ROUND_UP(PUM_MAX(share_work, (uint64_t)TASK_WORK), group_work(d->p)); /* equal shares stay equal */
    d->per_task = (uint32_t)PUM_MIN(wanted, (uint64_t)d->groups[0]);
    d->tasks_x = (d->groups[0] + d->per_task - 1) / d->per_task;
    return d->tasks_x * row;
}

const struct pum_packet *
pum_exec_dispatches(struct pum_queue *q, const struct pum_packet *first, const struct pum_packet *end, uint64_t *invocations)
{
    struct batch b; /* not cleared as a whole: most have one dispatch */
    b.q = q;
    b.failed = false;
    b.shared_B = b.scratch_B = 0;
    b.count = 0;
    const struct pum_packet *last = first;
    uint64_t all = 0;
    const uint32_t limit = pum_env_get()->debug & PUM_DEBUG_INORDER_BIT ? 1 : BATCH;
    for (const struct pum_packet *h = first; h && h != end && h->type == PUM_PACKET_DISPATCH && b.count < limit; h = h->next) {
        struct dispatch *d = &b.dispatch[b.count];
        last = h;
        d->p = (const void *)h;
        memcpy(d->groups, d->p->indirect ? (const void *)d->p->indirect : (const void *)d->p->groups, sizeof(d->groups)); /* read once: may be shared */
        for (int i = 0; i < 3 && d->p->indirect; i++) {
            d->groups[i] = PUM_MIN(d->groups[i], 65535u);
        }
        if (total_groups(d) == 0) {
            continue;
        }
        b.shared_B = PUM_MAX(b.shared_B, (size_t)d->p->info->shared_B);
        b.scratch_B = PUM_MAX(b.scratch_B, (size_t)d->p->info->scratch_B);
        all += total_groups(d) * group_work(d->p);
        b.count++;
    }
    if (b.count == 0) {
        return last;
    }
    const bool tiny = all <= TASK_WORK;
    const uint64_t share = tiny ? 0 : PUM_DIV_ROUND_UP(all, (uint64_t)pum_pool_width(q->dev->pool) * 8);
    uint64_t tasks = 0;
    for (uint32_t k = 0; k < b.count; k++) {
        struct dispatch *d = &b.dispatch[k];
        tasks += cut(d, share);
        d->end = tasks;
        if (invocations) {
            __atomic_fetch_add(invocations, total_groups(d) * local_invocations(d->p), __ATOMIC_RELAXED);
        }
    }
    const uint64_t grain = PUM_MIN(tiny ? tasks : PUM_MAX(tasks / (all / TASK_WORK + 1), (uint64_t)1), (uint64_t)JOB_TASKS);
    for (b.first = 0; b.first < tasks; b.first += JOB_TASKS) {
        pum_pool_run(q->dev->pool, (uint32_t)PUM_MIN(tasks - b.first, (uint64_t)JOB_TASKS), (uint32_t)grain,
                     PUM_UNLIKELY(__atomic_load_n(&pum_trace_on, __ATOMIC_RELAXED)) ? traced_task : task, &b);
    }
    return __atomic_load_n(&b.failed, __ATOMIC_RELAXED) ? NULL : last;
}
