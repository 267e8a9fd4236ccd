/* Fences, semaphores (binary and timeline), events. SPEC: synchronization.
 *
 * One mutex-free rule set: values are atomics, and one process-wide futex word counts changes, so that waiting for any of several objects
 * is one wait. Signals are rare (per submission), so a shared word costs nothing that shows. What other processes see lies elsewhere
 * (payload.h); waits then sleep on that word and on those of the shared payloads at once.
 */
#ifndef PUM_SYNC_SYNC_H
#define PUM_SYNC_SYNC_H

#include "object/object.h"

#define PUM_SYNC_ABI 1 /* of the page that shared payloads lie in: goes up with any change of it; part of driverUUID */

struct pum_device_base;
struct pum_payload;

/* The payload in use is the temporary one if there is one, else the shared one, else the value in the object itself. */
struct pum_fence {
    struct pum_object base;
    uint32_t signaled; /* atomic */
    uint32_t exports;  /* VkExternalFenceHandleTypeFlags of vkCreateFence */
    struct pum_payload *shared, *temporary; /* changed by import and reset, which nothing else may overlap */
};
PUM_DEFINE_HANDLE_CASTS(pum_fence, VkFence)

struct pum_semaphore {
    struct pum_object base;
    bool timeline;
    uint64_t value;   /* atomic; binary: 0 or 1 */
    uint32_t exports; /* VkExternalSemaphoreHandleTypeFlags of vkCreateSemaphore */
    struct pum_payload *shared, *temporary;
};
PUM_DEFINE_HANDLE_CASTS(pum_semaphore, VkSemaphore)

/* One wait or signal of a submission, on the payload that the semaphore had when it was submitted. */
struct pum_semaphore_op {
    struct pum_semaphore *sem;
    uint64_t value;
    struct pum_payload *payload; /* counted; NULL = the semaphore's own value */
    bool promised;               /* a signal that others count on */
    uint32_t progress;           /* atomic, of a wait: enum pum_wait_progress */
};

enum pum_wait_progress {
    PUM_WAIT_OPEN,
    PUM_WAIT_TRIED, /* being tried now: the payload may be gone already */
    PUM_WAIT_DONE,  /* satisfied: what a peer shows later no longer counts */
};

struct pum_fence_op {
    struct pum_fence *fence;
    struct pum_payload *payload; /* counted; NULL = the fence's own */
};

struct pum_event {
    struct pum_object base;
    uint32_t set; /* atomic */
};
PUM_DEFINE_HANDLE_CASTS(pum_event, VkEvent)

/* At submission; finish releases what they hold. A wait takes a temporary payload with it. */
void pum_semaphore_op_init_wait(struct pum_semaphore_op *op, struct pum_semaphore *sem, uint64_t value);
void pum_semaphore_op_init_signal(struct pum_semaphore_op *op, struct pum_semaphore *sem, uint64_t value);
void pum_semaphore_op_finish(struct pum_semaphore_op *op);
/* True if the wait is over; then it is satisfied for good. Does not block. */
bool pum_semaphore_op_try(struct pum_semaphore_op *op);
bool pum_semaphore_op_is_done(const struct pum_semaphore_op *op);
/* Blocks until it is over. Stops early (false) when *stop becomes non-zero and pum_sync_wake was called. */
bool pum_semaphore_op_wait(struct pum_semaphore_op *op, const uint32_t *stop);
bool pum_semaphore_op_wait_for(struct pum_semaphore_op *op, const uint32_t *stop, uint64_t timeout_ns);
/* A wait that is not over, and nothing that would end it has been submitted here (trust_peers: nor promised by another process). */
bool pum_semaphore_op_is_hopeless(struct pum_semaphore_op *op, bool trust_peers);
void pum_semaphore_op_signal(struct pum_semaphore_op *op);
/* The same for the fence of a submission; fence may be NULL. Once it is signalled the application may destroy it. */
void pum_fence_op_init(struct pum_fence_op *op, struct pum_fence *fence);
void pum_fence_op_signal(struct pum_fence_op *op);
void pum_fence_op_finish(struct pum_fence_op *op);
/* Every signal goes through these; waiters wake. */
void pum_fence_signal(struct pum_fence *fence);
void pum_semaphore_signal(struct pum_semaphore *sem, uint64_t value); /* binary: value ignored */
void pum_event_set(struct pum_event *event, bool set);

/* A wait outside a queue: init, wait, finish of an op. */
bool pum_semaphore_wait(struct pum_semaphore *sem, uint64_t value, const uint32_t *stop);
bool pum_fence_is_signaled(const struct pum_fence *fence);
/* Until the fence is signalled or `timeout_ns` is over. */
bool pum_fence_wait(const struct pum_fence *fence, uint64_t timeout_ns);
bool pum_event_wait(const struct pum_event *event, const uint32_t *stop); /* false: stopped, as above */
/* Wakes every waiter so that it looks again; or those for shared payloads whose word does not wake them. */
void pum_sync_wake(void);
void pum_sync_wake_blind(void);
/* The device is lost, from now on and for all who wait. SPEC: devsandqueues-lost-device. */
void pum_sync_lose(struct pum_device_base *dev);

#endif
