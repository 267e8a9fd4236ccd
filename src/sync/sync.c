#include "sync/sync.h"

#include <limits.h>

#include "object/device_base.h"
#include "object/pnext.h"
#include "registry/vk_entrypoints.h"
#include "sync/payload.h"
#include "util/futex.h"
#include "util/trace.h"

#define FOREIGN_MAX (PUM_FUTEX_WORDS_MAX - 1)
#define SLICE_NS 50000000u      /* between looks whether a peer has died */
#define POLL_NS 1000000u        /* where sleeping on a word does not do */
#define FOREIGN_CHANGES_MAX 1000 /* then a peer is no longer allowed to wake us: it may do so all the time */

#define SPINS 1000       /* pauses before sleeping: most waits of tiny submissions end here */
#define SPINS_FOREIGN 200 /* about what falling asleep costs; another process may need this CPU to answer */

static uint32_t changes; /* futex word: rises with every signal in the process */
static uint32_t waiters;
static uint32_t blind; /* waiters for shared payloads that do not sleep on their words */

void
pum_sync_wake(void)
{
    __atomic_fetch_add(&changes, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&waiters, __ATOMIC_SEQ_CST)) {
        pum_futex_wake(&changes, INT_MAX);
    }
}

void
pum_sync_wake_blind(void)
{
    if (__atomic_load_n(&blind, __ATOMIC_SEQ_CST)) {
        pum_sync_wake();
    }
}

void
pum_sync_lose(struct pum_device_base *dev)
{
    __atomic_store_n(&dev->lost, 1, __ATOMIC_RELEASE);
    pum_sync_wake();
}

/* The shared payloads among those that a wait is for. */
struct foreign {
    uint32_t count;
    bool poll; /* some can't be slept on */
    struct pum_payload *payload[FOREIGN_MAX];
};

static void
foreign_add(struct foreign *f, struct pum_payload *p)
{
    if (p && pum_payload_is_page(p) && f->count < FOREIGN_MAX) {
        f->payload[f->count++] = p;
    } else if (p) {
        f->poll = true;
    }
}

/* The sleeping part of wait_until when peers take part. They may signal, die, or write what they like. */
static bool
sleep_foreign(bool (*test)(const void *arg), const void *arg, uint64_t deadline_ns, const struct foreign *f)
{
    struct pum_futex_word words[FOREIGN_MAX + 1];
    words[0] = (struct pum_futex_word){&changes, 0, false};
    for (uint32_t i = 0; i < f->count; i++) {
        const uint32_t *word = pum_payload_wait_begin(f->payload[i]);
        words[1 + i] = (struct pum_futex_word){word, __atomic_load_n(word, __ATOMIC_SEQ_CST), true};
    }
    bool ok, in_time = true;
    bool is_blind = false;
    for (uint32_t moves = 0;;) {
        bool moved = false;
        for (uint32_t i = 0; i <= f->count; i++) {
            const uint32_t seen = __atomic_load_n(words[i].word, __ATOMIC_SEQ_CST);
            moved = moved || (i > 0 && seen != words[i].expected);
            words[i].expected = seen;
        }
        moves += moved;
        const bool poll = f->poll || moves > FOREIGN_CHANGES_MAX || !pum_futex_can_wait_any();
        if (poll && !is_blind) { /* before the last look */
            is_blind = true;
            __atomic_fetch_add(&blind, 1, __ATOMIC_SEQ_CST);
        }
        ok = test(arg);
        if (ok || !in_time) {
            break;
        }
        const uint64_t slice = pum_now_ns() + (poll ? POLL_NS : SLICE_NS);
        pum_futex_wait_any(words, poll ? 1 : f->count + 1, PUM_MIN(slice, deadline_ns));
        in_time = deadline_ns == UINT64_MAX || pum_now_ns() < deadline_ns;
    }
    for (uint32_t i = 0; i < f->count; i++) {
        pum_payload_wait_end(f->payload[i]);
    }
    if (is_blind) {
        __atomic_fetch_sub(&blind, 1, __ATOMIC_SEQ_CST);
    }
    return ok;
}

/* What moves when something was signalled. */
static uint32_t
movement(const struct foreign *f)
{
    uint32_t sum = __atomic_load_n(&changes, __ATOMIC_SEQ_CST);
    for (uint32_t i = 0; f && i < f->count; i++) {
        sum += pum_payload_movement(f->payload[i]);
    }
    return sum;
}

/* Some microseconds without the system. */
static bool
spin(bool (*test)(const void *arg), const void *arg, const struct foreign *f)
{
    const bool foreign = f && (f->count || f->poll);
    uint32_t seen = movement(f);
    if (test(arg)) {
        return true;
    }
    for (int i = 0; i < (foreign ? SPINS_FOREIGN : SPINS); i++) {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
        const uint32_t now = movement(f);
        if (now != seen && test(arg)) {
            return true;
        }
        seen = now;
    }
    return false;
}

/* Blocks until test(arg) is true or the time is over; returns what test said last. */
static bool
wait_until(bool (*test)(const void *arg), const void *arg, uint64_t deadline_ns, const struct foreign *f)
{
    if (test(arg)) {
        return true;
    }
    if (deadline_ns == 0) {
        return false;
    }
    if (spin(test, arg, f)) {
        return true;
    }
    __atomic_fetch_add(&waiters, 1, __ATOMIC_SEQ_CST);
    bool ok, in_time = true;
    if (f && (f->count || f->poll)) {
        ok = sleep_foreign(test, arg, deadline_ns, f);
    } else {
        for (;;) {
            const uint32_t seen = __atomic_load_n(&changes, __ATOMIC_SEQ_CST);
            ok = test(arg);
            if (ok || !in_time) {
                break;
            }
            in_time = pum_futex_wait(&changes, seen, deadline_ns) && (deadline_ns == UINT64_MAX || pum_now_ns() < deadline_ns);
        }
    }
    __atomic_fetch_sub(&waiters, 1, __ATOMIC_SEQ_CST);
    return ok;
}

static uint64_t
deadline(uint64_t timeout_ns)
{
    return timeout_ns ? pum_deadline_ns(timeout_ns) : 0;
}

/* ---- fences ---- */

static struct pum_payload *
fence_payload(const struct pum_fence *fence)
{
    return fence->temporary ? fence->temporary : fence->shared;
}

void
pum_fence_op_init(struct pum_fence_op *op, struct pum_fence *fence)
{
    *op = (struct pum_fence_op){.fence = fence};
    if (fence && fence_payload(fence)) {
        op->payload = pum_payload_ref(fence_payload(fence));
        pum_payload_promise(op->payload, 1);
    }
}

void
pum_fence_op_signal(struct pum_fence_op *op)
{
    if (op->payload) {
        pum_payload_signal(op->payload, 1);
    } else if (op->fence) {
        pum_fence_signal(op->fence);
    }
}

void
pum_fence_op_finish(struct pum_fence_op *op)
{
    if (op->payload) {
        pum_payload_withdraw(op->payload);
        pum_payload_unref(op->payload);
        op->payload = NULL;
    }
}

void
pum_fence_signal(struct pum_fence *fence)
{
    struct pum_payload *p = fence_payload(fence);
    if (p) {
        pum_payload_signal(p, 1);
        return;
    }
    __atomic_store_n(&fence->signaled, 1, __ATOMIC_RELEASE);
    pum_sync_wake();
}

bool
pum_fence_is_signaled(const struct pum_fence *fence)
{
    struct pum_payload *p = fence_payload(fence);
    return PUM_UNLIKELY(p != NULL) ? pum_payload_ready(p, 1) : __atomic_load_n(&fence->signaled, __ATOMIC_ACQUIRE) != 0;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateFence(VkDevice _dev, const VkFenceCreateInfo *pInfo, const VkAllocationCallbacks *pAllocator, VkFence *pFence)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    const VkExportFenceCreateInfo *export = pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_EXPORT_FENCE_CREATE_INFO);
    struct pum_fence *fence = pum_object_zalloc(dev, pAllocator, sizeof(*fence), VK_OBJECT_TYPE_FENCE);
    if (!fence) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateFence");
    }
    fence->signaled = (pInfo->flags & VK_FENCE_CREATE_SIGNALED_BIT) != 0;
    fence->exports = export ? export->handleTypes : 0;
    if (fence->exports & VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT) {
        fence->shared = pum_payload_create(PUM_PAYLOAD_FENCE, fence->signaled, dev->driver_uuid);
        if (!fence->shared) {
            pum_object_free(dev, pAllocator, fence);
            return pum_error(dev, NULL, VK_ERROR_OUT_OF_DEVICE_MEMORY, "vkCreateFence: no memory file");
        }
    }
    *pFence = pum_fence_to_handle(fence);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyFence(VkDevice _dev, VkFence _fence, const VkAllocationCallbacks *pAllocator)
{
    struct pum_fence *fence = pum_fence_from_handle(_fence);
    if (fence) {
        pum_payload_unref(fence->temporary);
        pum_payload_unref(fence->shared);
    }
    pum_object_free(pum_device_base_from_handle(_dev), pAllocator, fence);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_ResetFences(VkDevice _dev, uint32_t count, const VkFence *pFences)
{
    (void)_dev;
    for (uint32_t i = 0; i < count; i++) {
        struct pum_fence *fence = pum_fence_from_handle(pFences[i]);
        pum_payload_unref(fence->temporary); /* first the permanent payload is back, then that is reset */
        fence->temporary = NULL;
        if (fence->shared) {
            pum_payload_reset(fence->shared);
        }
        __atomic_store_n(&fence->signaled, 0, __ATOMIC_RELEASE);
    }
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetFenceStatus(VkDevice _dev, VkFence _fence)
{
    if (pum_device_base_from_handle(_dev)->lost) {
        return VK_ERROR_DEVICE_LOST;
    }
    return pum_fence_is_signaled(pum_fence_from_handle(_fence)) ? VK_SUCCESS : VK_NOT_READY;
}

struct fence_wait {
    const struct pum_device_base *dev;
    const VkFence *fences;
    uint32_t count;
    bool all;
};

static bool
fences_ready(const void *arg)
{
    const struct fence_wait *w = arg;
    if (w->dev->lost) {
        return true;
    }
    for (uint32_t i = 0; i < w->count; i++) {
        const bool set = pum_fence_is_signaled(pum_fence_from_handle(w->fences[i]));
        if (set != w->all) { /* any: one is enough; all: one missing is enough */
            return !w->all;
        }
    }
    return w->all;
}

static bool
wait_fences(const struct pum_device_base *dev, uint32_t count, const VkFence *fences, bool all, uint64_t timeout_ns)
{
    const struct fence_wait w = {dev, fences, count, all};
    struct foreign f;
    f.count = 0;
    f.poll = false;
    for (uint32_t i = 0; i < count; i++) {
        foreign_add(&f, fence_payload(pum_fence_from_handle(fences[i])));
    }
    return wait_until(fences_ready, &w, deadline(timeout_ns), &f);
}

bool
pum_fence_wait(const struct pum_fence *fence, uint64_t timeout_ns)
{
    const VkFence handle = pum_fence_to_handle(fence);
    return wait_fences(fence->base.dev, 1, &handle, true, timeout_ns);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_WaitForFences(VkDevice _dev, uint32_t count, const VkFence *pFences, VkBool32 waitAll, uint64_t timeout_ns)
{
    const struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    const uint64_t t0 = pum_trace_begin();
    const bool ok = wait_fences(dev, count, pFences, waitAll, timeout_ns);
    pum_trace_end(t0, &(struct pum_trace_event){.kind = "wait for fences", .args = "count", .value = {count}});
    if (dev->lost) {
        return VK_ERROR_DEVICE_LOST;
    }
    return ok ? VK_SUCCESS : VK_TIMEOUT;
}

/* ---- semaphores ---- */

static struct pum_payload *
semaphore_payload(const struct pum_semaphore *sem)
{
    return sem->temporary ? sem->temporary : sem->shared;
}

static void
signal_payload(struct pum_semaphore *sem, struct pum_payload *p, uint64_t value)
{
    if (p) {
        pum_payload_signal(p, value);
        return;
    }
    __atomic_store_n(&sem->value, sem->timeline ? value : 1, __ATOMIC_RELEASE);
    pum_sync_wake();
}

void
pum_semaphore_signal(struct pum_semaphore *sem, uint64_t value)
{
    signal_payload(sem, semaphore_payload(sem), value);
}

static bool
semaphore_ready(const struct pum_semaphore *sem, uint64_t value)
{
    struct pum_payload *p = semaphore_payload(sem);
    return PUM_UNLIKELY(p != NULL) ? pum_payload_ready(p, value)
                                   : __atomic_load_n(&sem->value, __ATOMIC_ACQUIRE) >= (sem->timeline ? value : 1);
}

void
pum_semaphore_op_init_wait(struct pum_semaphore_op *op, struct pum_semaphore *sem, uint64_t value)
{
    *op = (struct pum_semaphore_op){.sem = sem, .value = value};
    if (sem->temporary) {
        op->payload = sem->temporary;
        sem->temporary = NULL;
    } else if (sem->shared) {
        op->payload = pum_payload_ref(sem->shared);
    }
}

void
pum_semaphore_op_init_signal(struct pum_semaphore_op *op, struct pum_semaphore *sem, uint64_t value)
{
    *op = (struct pum_semaphore_op){.sem = sem, .value = value, .payload = pum_payload_ref(semaphore_payload(sem))};
    if (op->payload) {
        pum_payload_promise(op->payload, value);
        op->promised = true;
    }
}

void
pum_semaphore_op_finish(struct pum_semaphore_op *op)
{
    if (op->promised) { /* after the signal: if we die between the two, there is a signal too many */
        pum_payload_withdraw(op->payload);
    }
    pum_payload_unref(op->payload);
    op->payload = NULL;
}

bool
pum_semaphore_op_is_done(const struct pum_semaphore_op *op)
{
    return __atomic_load_n(&op->progress, __ATOMIC_ACQUIRE) == PUM_WAIT_DONE;
}

bool
pum_semaphore_op_try(struct pum_semaphore_op *op)
{
    if (pum_semaphore_op_is_done(op)) {
        return true;
    }
    bool done;
    __atomic_store_n(&op->progress, PUM_WAIT_TRIED, __ATOMIC_SEQ_CST); /* before what it takes, see pum_semaphore_op_is_hopeless */
    if (op->payload) {
        done = pum_payload_take(op->payload, op->value);
    } else {
        done = __atomic_load_n(&op->sem->value, __ATOMIC_ACQUIRE) >= (op->sem->timeline ? op->value : 1);
        if (done && !op->sem->timeline) {
            __atomic_store_n(&op->sem->value, 0, __ATOMIC_RELEASE);
        }
    }
    __atomic_store_n(&op->progress, done ? PUM_WAIT_DONE : PUM_WAIT_OPEN, __ATOMIC_RELEASE);
    return done;
}

struct op_wait {
    struct pum_semaphore_op *op;
    const uint32_t *stop;
};

static bool
op_or_stop(const void *arg)
{
    const struct op_wait *w = arg;
    return pum_semaphore_op_try(w->op) || __atomic_load_n(w->stop, __ATOMIC_ACQUIRE);
}

bool
pum_semaphore_op_wait_for(struct pum_semaphore_op *op, const uint32_t *stop, uint64_t timeout_ns)
{
    const struct op_wait w = {op, stop};
    struct foreign f;
    f.count = 0;
    f.poll = false;
    foreign_add(&f, op->payload);
    wait_until(op_or_stop, &w, deadline(timeout_ns), &f);
    return pum_semaphore_op_is_done(op);
}

bool
pum_semaphore_op_wait(struct pum_semaphore_op *op, const uint32_t *stop)
{
    return pum_semaphore_op_wait_for(op, stop, UINT64_MAX);
}

bool
pum_semaphore_op_is_hopeless(struct pum_semaphore_op *op, bool trust_peers)
{
    struct pum_payload *p = op->payload;
    /* Our own value: this queue has run everything that it was given before, so only the host or another queue can help. */
    const bool waits = p ? !pum_payload_ready(p, op->value) && !pum_payload_promised_here(p, op->value) &&
                               !(trust_peers && pum_payload_promised_by_peers(p, op->value))
                         : __atomic_load_n(&op->sem->value, __ATOMIC_ACQUIRE) < (op->sem->timeline ? op->value : 1);
    return waits && __atomic_load_n(&op->progress, __ATOMIC_SEQ_CST) == PUM_WAIT_OPEN; /* last: it may be this wait that took the signal */
}

void
pum_semaphore_op_signal(struct pum_semaphore_op *op)
{
    signal_payload(op->sem, op->payload, op->value);
}

bool
pum_semaphore_wait(struct pum_semaphore *sem, uint64_t value, const uint32_t *stop)
{
    struct pum_semaphore_op op;
    pum_semaphore_op_init_wait(&op, sem, value);
    const bool ok = pum_semaphore_op_wait(&op, stop);
    pum_semaphore_op_finish(&op);
    return ok;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateSemaphore(VkDevice _dev, const VkSemaphoreCreateInfo *pInfo, const VkAllocationCallbacks *pAllocator, VkSemaphore *pSemaphore)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    const VkSemaphoreTypeCreateInfo *type = pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO);
    const VkExportSemaphoreCreateInfo *export = pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_CREATE_INFO);
    struct pum_semaphore *sem = pum_object_zalloc(dev, pAllocator, sizeof(*sem), VK_OBJECT_TYPE_SEMAPHORE);
    if (!sem) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateSemaphore");
    }
    sem->timeline = type && type->semaphoreType == VK_SEMAPHORE_TYPE_TIMELINE;
    sem->value = sem->timeline ? type->initialValue : 0;
    sem->exports = export ? export->handleTypes : 0;
    if (sem->exports & VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT) {
        sem->shared = pum_payload_create(sem->timeline ? PUM_PAYLOAD_TIMELINE : PUM_PAYLOAD_BINARY, sem->value, dev->driver_uuid);
        if (!sem->shared) {
            pum_object_free(dev, pAllocator, sem);
            return pum_error(dev, NULL, VK_ERROR_OUT_OF_DEVICE_MEMORY, "vkCreateSemaphore: no memory file");
        }
    }
    *pSemaphore = pum_semaphore_to_handle(sem);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroySemaphore(VkDevice _dev, VkSemaphore _sem, const VkAllocationCallbacks *pAllocator)
{
    struct pum_semaphore *sem = pum_semaphore_from_handle(_sem);
    if (sem) {
        pum_payload_unref(sem->temporary);
        pum_payload_unref(sem->shared);
    }
    pum_object_free(pum_device_base_from_handle(_dev), pAllocator, sem);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetSemaphoreCounterValue(VkDevice _dev, VkSemaphore _sem, uint64_t *pValue)
{
    const struct pum_semaphore *sem = pum_semaphore_from_handle(_sem);
    *pValue = sem->shared ? pum_payload_value(sem->shared) : __atomic_load_n(&sem->value, __ATOMIC_ACQUIRE);
    return pum_device_base_from_handle(_dev)->lost ? VK_ERROR_DEVICE_LOST : VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_SignalSemaphore(VkDevice _dev, const VkSemaphoreSignalInfo *pInfo)
{
    (void)_dev;
    pum_semaphore_signal(pum_semaphore_from_handle(pInfo->semaphore), pInfo->value);
    return VK_SUCCESS;
}

struct semaphores_wait {
    const struct pum_device_base *dev;
    const VkSemaphoreWaitInfo *info;
};

static bool
semaphores_ready(const void *arg)
{
    const struct semaphores_wait *w = arg;
    const bool any = w->info->flags & VK_SEMAPHORE_WAIT_ANY_BIT;
    if (w->dev->lost) {
        return true;
    }
    for (uint32_t i = 0; i < w->info->semaphoreCount; i++) {
        if (semaphore_ready(pum_semaphore_from_handle(w->info->pSemaphores[i]), w->info->pValues[i]) == any) {
            return any;
        }
    }
    return !any;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_WaitSemaphores(VkDevice _dev, const VkSemaphoreWaitInfo *pInfo, uint64_t timeout_ns)
{
    const struct semaphores_wait w = {pum_device_base_from_handle(_dev), pInfo};
    struct foreign f;
    f.count = 0;
    f.poll = false;
    for (uint32_t i = 0; i < pInfo->semaphoreCount; i++) {
        foreign_add(&f, semaphore_payload(pum_semaphore_from_handle(pInfo->pSemaphores[i])));
    }
    const uint64_t t0 = pum_trace_begin();
    const bool ok = wait_until(semaphores_ready, &w, deadline(timeout_ns), &f);
    pum_trace_end(t0, &(struct pum_trace_event){.kind = "wait for semaphores", .args = "count", .value = {pInfo->semaphoreCount}});
    if (w.dev->lost) {
        return VK_ERROR_DEVICE_LOST;
    }
    return ok ? VK_SUCCESS : VK_TIMEOUT;
}

/* ---- events ---- */

void
pum_event_set(struct pum_event *event, bool set)
{
    __atomic_store_n(&event->set, set, __ATOMIC_RELEASE);
    pum_sync_wake();
}

static bool
event_is_set(const void *arg)
{
    const struct pum_event *event = arg;
    return __atomic_load_n(&event->set, __ATOMIC_ACQUIRE);
}

struct event_wait {
    const struct pum_event *event;
    const uint32_t *stop;
};

static bool
event_or_stop(const void *arg)
{
    const struct event_wait *w = arg;
    return event_is_set(w->event) || __atomic_load_n(w->stop, __ATOMIC_ACQUIRE);
}

bool
pum_event_wait(const struct pum_event *event, const uint32_t *stop)
{
    const struct event_wait w = {event, stop};
    wait_until(event_or_stop, &w, UINT64_MAX, NULL);
    return event_is_set(event);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateEvent(VkDevice _dev, const VkEventCreateInfo *pInfo, const VkAllocationCallbacks *pAllocator, VkEvent *pEvent)
{
    (void)pInfo;
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct pum_event *event = pum_object_zalloc(dev, pAllocator, sizeof(*event), VK_OBJECT_TYPE_EVENT);
    if (!event) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateEvent");
    }
    *pEvent = pum_event_to_handle(event);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyEvent(VkDevice _dev, VkEvent _event, const VkAllocationCallbacks *pAllocator)
{
    pum_object_free(pum_device_base_from_handle(_dev), pAllocator, pum_event_from_handle(_event));
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetEventStatus(VkDevice _dev, VkEvent _event)
{
    if (pum_device_base_from_handle(_dev)->lost) {
        return VK_ERROR_DEVICE_LOST;
    }
    return event_is_set(pum_event_from_handle(_event)) ? VK_EVENT_SET : VK_EVENT_RESET;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_SetEvent(VkDevice _dev, VkEvent _event)
{
    (void)_dev;
    pum_event_set(pum_event_from_handle(_event), true);
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_ResetEvent(VkDevice _dev, VkEvent _event)
{
    (void)_dev;
    pum_event_set(pum_event_from_handle(_event), false);
    return VK_SUCCESS;
}
