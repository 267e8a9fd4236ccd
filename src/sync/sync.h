/* Fences, semaphores (binary and timeline), events. SPEC: synchronization.
 *
 * One mutex-free rule set: values are atomics, and one process-wide futex word per device counts changes, so that waiting for any of
 * several objects is one wait. Signals are rare (per submission), so a shared word costs nothing that shows.
 */
#ifndef PUM_SYNC_SYNC_H
#define PUM_SYNC_SYNC_H

#include "object/object.h"

struct pum_fence {
    struct pum_object base;
    uint32_t signaled; /* atomic */
};
PUM_DEFINE_HANDLE_CASTS(pum_fence, VkFence)

struct pum_semaphore {
    struct pum_object base;
    bool timeline;
    uint64_t value; /* atomic; binary: 0 or 1 */
};
PUM_DEFINE_HANDLE_CASTS(pum_semaphore, VkSemaphore)

struct pum_event {
    struct pum_object base;
    uint32_t set; /* atomic */
};
PUM_DEFINE_HANDLE_CASTS(pum_event, VkEvent)

/* Every signal goes through these; waiters wake. */
void pum_fence_signal(struct pum_fence *fence);
void pum_semaphore_signal(struct pum_semaphore *sem, uint64_t value); /* binary: value ignored */
void pum_event_set(struct pum_event *event, bool set);

/* True if a wait for `value` would not block. */
bool pum_semaphore_ready(const struct pum_semaphore *sem, uint64_t value);
/* Blocks until ready, then consumes a binary signal. Stops early (false) when *stop becomes non-zero and pum_sync_wake was called. */
bool pum_semaphore_wait(struct pum_semaphore *sem, uint64_t value, const uint32_t *stop);
bool pum_event_wait(const struct pum_event *event, const uint32_t *stop); /* false: stopped, as above */
/* Wakes every waiter so that it looks again. */
void pum_sync_wake(void);

#endif
