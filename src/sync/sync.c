#include "sync/sync.h"

#include <limits.h>

#include "object/device_base.h"
#include "object/pnext.h"
#include "registry/vk_entrypoints.h"
#include "util/futex.h"

static uint32_t changes; /* futex word: rises with every signal in the process */
static uint32_t waiters;

void
pum_sync_wake(void)
{
    __atomic_fetch_add(&changes, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&waiters, __ATOMIC_SEQ_CST)) {
        pum_futex_wake(&changes, INT_MAX);
    }
}

/* Blocks until test(arg) is true or the time is over; returns what test said last. */
static bool
wait_until(bool (*test)(const void *arg), const void *arg, uint64_t deadline_ns)
{
    if (test(arg)) {
        return true;
    }
    if (deadline_ns == 0) {
        return false;
    }
    for (int i = 0; i < 1000; i++) { /* a few microseconds: most waits of tiny submissions end here */
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
        if (test(arg)) {
            return true;
        }
    }
    __atomic_fetch_add(&waiters, 1, __ATOMIC_SEQ_CST);
    bool ok, in_time = true;
    for (;;) {
        const uint32_t seen = __atomic_load_n(&changes, __ATOMIC_SEQ_CST);
        ok = test(arg);
        if (ok || !in_time) {
            break;
        }
        in_time = pum_futex_wait(&changes, seen, deadline_ns) && (deadline_ns == UINT64_MAX || pum_now_ns() < deadline_ns);
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

void
pum_fence_signal(struct pum_fence *fence)
{
    __atomic_store_n(&fence->signaled, 1, __ATOMIC_RELEASE);
    pum_sync_wake();
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateFence(VkDevice _dev, const VkFenceCreateInfo *pInfo, const VkAllocationCallbacks *pAllocator, VkFence *pFence)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct pum_fence *fence = pum_object_zalloc(dev, pAllocator, sizeof(*fence), VK_OBJECT_TYPE_FENCE);
    if (!fence) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateFence");
    }
    fence->signaled = (pInfo->flags & VK_FENCE_CREATE_SIGNALED_BIT) != 0;
    *pFence = pum_fence_to_handle(fence);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyFence(VkDevice _dev, VkFence _fence, const VkAllocationCallbacks *pAllocator)
{
    pum_object_free(pum_device_base_from_handle(_dev), pAllocator, pum_fence_from_handle(_fence));
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_ResetFences(VkDevice _dev, uint32_t count, const VkFence *pFences)
{
    (void)_dev;
    for (uint32_t i = 0; i < count; i++) {
        __atomic_store_n(&pum_fence_from_handle(pFences[i])->signaled, 0, __ATOMIC_RELEASE);
    }
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetFenceStatus(VkDevice _dev, VkFence _fence)
{
    if (pum_device_base_from_handle(_dev)->lost) {
        return VK_ERROR_DEVICE_LOST;
    }
    return __atomic_load_n(&pum_fence_from_handle(_fence)->signaled, __ATOMIC_ACQUIRE) ? VK_SUCCESS : VK_NOT_READY;
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
        const bool set = __atomic_load_n(&pum_fence_from_handle(w->fences[i])->signaled, __ATOMIC_ACQUIRE);
        if (set != w->all) { /* any: one is enough; all: one missing is enough */
            return !w->all;
        }
    }
    return w->all;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_WaitForFences(VkDevice _dev, uint32_t count, const VkFence *pFences, VkBool32 waitAll, uint64_t timeout_ns)
{
    const struct fence_wait w = {pum_device_base_from_handle(_dev), pFences, count, waitAll};
    const bool ok = wait_until(fences_ready, &w, deadline(timeout_ns));
    if (w.dev->lost) {
        return VK_ERROR_DEVICE_LOST;
    }
    return ok ? VK_SUCCESS : VK_TIMEOUT;
}

/* ---- semaphores ---- */

void
pum_semaphore_signal(struct pum_semaphore *sem, uint64_t value)
{
    __atomic_store_n(&sem->value, sem->timeline ? value : 1, __ATOMIC_RELEASE);
    pum_sync_wake();
}

bool
pum_semaphore_ready(const struct pum_semaphore *sem, uint64_t value)
{
    return __atomic_load_n(&sem->value, __ATOMIC_ACQUIRE) >= (sem->timeline ? value : 1);
}

struct semaphore_wait {
    const struct pum_semaphore *sem;
    uint64_t value;
    const uint32_t *stop;
};

static bool
semaphore_or_stop(const void *arg)
{
    const struct semaphore_wait *w = arg;
    return pum_semaphore_ready(w->sem, w->value) || __atomic_load_n(w->stop, __ATOMIC_ACQUIRE);
}

bool
pum_semaphore_wait(struct pum_semaphore *sem, uint64_t value, const uint32_t *stop)
{
    const struct semaphore_wait w = {sem, value, stop};
    wait_until(semaphore_or_stop, &w, UINT64_MAX);
    if (!pum_semaphore_ready(sem, value)) {
        return false;
    }
    if (!sem->timeline) {
        __atomic_store_n(&sem->value, 0, __ATOMIC_RELAXED);
    }
    return true;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateSemaphore(VkDevice _dev, const VkSemaphoreCreateInfo *pInfo, const VkAllocationCallbacks *pAllocator, VkSemaphore *pSemaphore)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    const VkSemaphoreTypeCreateInfo *type = pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO);
    struct pum_semaphore *sem = pum_object_zalloc(dev, pAllocator, sizeof(*sem), VK_OBJECT_TYPE_SEMAPHORE);
    if (!sem) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateSemaphore");
    }
    sem->timeline = type && type->semaphoreType == VK_SEMAPHORE_TYPE_TIMELINE;
    sem->value = sem->timeline ? type->initialValue : 0;
    *pSemaphore = pum_semaphore_to_handle(sem);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroySemaphore(VkDevice _dev, VkSemaphore _sem, const VkAllocationCallbacks *pAllocator)
{
    pum_object_free(pum_device_base_from_handle(_dev), pAllocator, pum_semaphore_from_handle(_sem));
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetSemaphoreCounterValue(VkDevice _dev, VkSemaphore _sem, uint64_t *pValue)
{
    *pValue = __atomic_load_n(&pum_semaphore_from_handle(_sem)->value, __ATOMIC_ACQUIRE);
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
        if (pum_semaphore_ready(pum_semaphore_from_handle(w->info->pSemaphores[i]), w->info->pValues[i]) == any) {
            return any;
        }
    }
    return !any;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_WaitSemaphores(VkDevice _dev, const VkSemaphoreWaitInfo *pInfo, uint64_t timeout_ns)
{
    const struct semaphores_wait w = {pum_device_base_from_handle(_dev), pInfo};
    const bool ok = wait_until(semaphores_ready, &w, deadline(timeout_ns));
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
    wait_until(event_or_stop, &w, UINT64_MAX);
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
