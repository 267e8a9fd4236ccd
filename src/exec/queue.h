/* VkQueue: submissions in order. SPEC: devsandqueues-submission.
 *
 * A submission whose waits are met and whose work is small runs inside vkQueueSubmit, on the application's thread: no hand-over, no wake-up.
 * All others go to the queue's own thread. Heavy packets spread over the worker pool either way. Submissions in which something can overlap become
 * a graph (schedule.h), which others join that come up to its end and need not wait; signals happen in order, each when all that was
 * submitted before is complete.
 */
#ifndef PUM_EXEC_QUEUE_H
#define PUM_EXEC_QUEUE_H

#include <pthread.h>

#include "exec/ray_stack.h"
#include "object/object.h"
#include "util/names.h"

struct pum_device_base;
struct pum_pass;
struct pum_schedule;
struct pum_semaphore_op;
struct pum_submission;

struct pum_worker_memory { /* one per worker id: workgroup memory and scratch, grown on demand */
    uint8_t *shared, *scratch;
    size_t shared_B, scratch_B;
    struct pum_ray_stack rays;
};

struct pum_queue {
    struct pum_object base; /* dispatchable */
    struct pum_device_base *dev;
    pthread_mutex_t lock;   /* guards the list and busy */
    pthread_cond_t changed;
    struct pum_submission *first, **tail;
    bool busy;              /* somebody executes a submission */
    bool stop, has_thread;
    struct pum_semaphore_op *waits_for; /* what keeps the submission that runs from going on; guarded by lock */
    uint32_t stop_waits;    /* atomic: waits give up */
    uint32_t arrived;       /* atomic: there may be somebody in line who has not been looked at */
    uint32_t takes_more;    /* atomic: a graph runs that submissions can join */
    uint32_t idle_waiters;    /* threads in pum_queue_wait_idle; guarded by lock */
    struct pum_labels labels; /* guarded by lock; a look at its name needs none */
    void *spare;            /* atomic: memory of a submission that has ended, or NULL */
    pthread_t thread;
    const void *begun, *complete; /* atomic: the last checkpoints of VK_NV_device_diagnostic_checkpoints */
    /* owned by whoever is busy */
    struct pum_pass *pass;
    struct pum_schedule *schedule; /* NULL: not needed yet */
    struct pum_worker_memory *memory; /* [pool slots] */
    uint32_t n_memory;
};
PUM_DEFINE_HANDLE_CASTS(pum_queue, VkQueue)

VkResult pum_queue_init(struct pum_device_base *dev, struct pum_queue *queue) PUM_MUST_CHECK;
void pum_queue_finish(struct pum_queue *queue);
VkResult pum_queue_wait_idle(struct pum_queue *queue);
/* Nothing that was submitted will run before the host, another queue or another process does something: all is done, or the first in line
 * waits for a signal that nobody has submitted (trust_peers: nor another process has promised). */
bool pum_queue_is_stuck(struct pum_queue *queue, bool trust_peers);

#endif
