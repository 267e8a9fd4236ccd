#include "exec/queue.h"

#include <stdlib.h>
#include <string.h>

#include <vulkan/vk_icd.h>

#include "command/cmd_buffer.h"
#include "exec/fault.h"
#include "exec/shader_print.h"
#include "exec/replay.h"
#include "exec/schedule.h"
#include "exec/watchdog.h"
#include "object/device_base.h"
#include "object/pnext.h"
#include "geom/geom.h"
#include "memory/device_memory.h"
#include "registry/vk_entrypoints.h"
#include "resource/buffer.h"
#include "resource/sparse.h"
#include "sync/sync.h"
#include "util/env.h"
#include "util/trace.h"
#include "util/worker_pool.h"

/* Work below this (units of a few nanoseconds) is not worth a thread switch. */
#define INLINE_COST 40000u

#define SPARE_B 512 /* of a submission that is kept */

struct pum_submission {
    size_t size_B;
    struct pum_submission *next;
    struct pum_fence_op fence;
    uint32_t n_waits, n_signals, n_cmds;
    struct pum_semaphore_op *waits, *signals;
    struct pum_cmd_buffer **cmds;
    struct pum_sparse_map *maps; /* of vkQueueBindSparse */
    uint32_t n_maps;
    uint64_t cost;
    bool has_loops;
    struct pum_queue *queue; /* once it runs in a graph */
    uint64_t begin_ns; /* of the trace */
    uint32_t name;
};

/* Releases what a submission holds, whether it ran or not. */
static void
destroy_submission(struct pum_queue *q, struct pum_submission *s)
{
    for (uint32_t i = 0; i < s->n_waits + s->n_signals; i++) { /* signals follow waits */
        pum_semaphore_op_finish(&s->waits[i]);
    }
    pum_fence_op_finish(&s->fence);
    free(s->maps);
    void *none = NULL;
    if (s->size_B > SPARE_B || !__atomic_compare_exchange_n(&q->spare, &none, s, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {
        free(s);
    }
}

static bool
wait_op(struct pum_queue *q, struct pum_semaphore_op *op)
{
    if (pum_semaphore_op_try(op)) {
        return true;
    }
    const uint64_t t0 = pum_trace_begin();
    pthread_mutex_lock(&q->lock);
    q->waits_for = op;
    pthread_mutex_unlock(&q->lock);
    const bool ok = pum_semaphore_op_wait(op, &q->stop_waits);
    pthread_mutex_lock(&q->lock);
    q->waits_for = NULL;
    pthread_mutex_unlock(&q->lock);
    pum_trace_end(t0, &(struct pum_trace_event){.kind = "wait for semaphore"});
    return ok;
}

bool
pum_queue_is_stuck(struct pum_queue *q, bool trust_peers)
{
    pthread_mutex_lock(&q->lock);
    const bool stuck = q->waits_for ? pum_semaphore_op_is_hopeless(q->waits_for, trust_peers) : !q->first && !q->busy;
    pthread_mutex_unlock(&q->lock);
    return stuck;
}

static bool
is_shuffled(void)
{
    return pum_env_get()->debug & PUM_DEBUG_SHUFFLE_BIT && !(pum_env_get()->debug & PUM_DEBUG_INORDER_BIT);
}

/* Something in it can overlap with something else in it, or (beside) with what was submitted before. */
static bool
may_overlap(const struct pum_submission *s, bool beside)
{
    bool overlaps = false;
    for (uint32_t i = 0; i < s->n_cmds; i++) {
        overlaps = overlaps || s->cmds[i]->overlaps || ((i > 0 || beside) && s->cmds[i]->overlaps_earlier);
    }
    return overlaps;
}

/* The first in line, if nothing keeps it from running beside those that run: taken out of the line, or only looked at. Maps of sparse memory
 * and the handing back of dma-bufs are steps between submissions, and who waits for the host must not hold up others. */
static struct pum_submission *
follower(struct pum_queue *q, bool take)
{
    pthread_mutex_lock(&q->lock);
    struct pum_submission *s = q->first;
    bool joins = s && !s->n_maps && s->cost < PUM_COST_MAY_BLOCK && !q->dev->lost && !pum_device_memory_has_dma_bufs(q->dev) &&
                 (is_shuffled() || may_overlap(s, true));
    uint64_t nodes = 0;
    for (uint32_t i = 0; joins && i < s->n_cmds; i++) {
        nodes += s->cmds[i]->n_nodes;
    }
    joins = joins && nodes < PUM_GRAPH_NODES && (!q->schedule || pum_schedule_has_room(q->schedule, (uint32_t)nodes));
    for (uint32_t i = 0; joins && i < s->n_waits; i++) {
        joins = pum_semaphore_op_try(&s->waits[i]);
    }
    if (joins && take) {
        q->first = s->next;
        q->tail = q->first ? q->tail : &q->first;
    }
    pthread_mutex_unlock(&q->lock);
    return joins ? s : NULL;
}

/* Is a graph worth its while? Where everything waits for what stands before it, packets run in order just as well. */
static bool
wants_graph(struct pum_queue *q, const struct pum_submission *s)
{
    if (is_shuffled()) {
        return true;
    }
    return s->cost >= INLINE_COST && pum_pool_width(q->dev->pool) > 1 && !(pum_env_get()->debug & PUM_DEBUG_INORDER_BIT) &&
           (may_overlap(s, false) || follower(q, false));
}

/* Shaders without loops end by themselves. */
static void
watch(struct pum_queue *q, const struct pum_submission *s)
{
    if (s->has_loops) {
        pum_watchdog_attend(q->dev);
    }
}

/* Something failed; if the queue is about to end, it was told to. */
static void
lose(struct pum_queue *q)
{
    if (!q->stop_waits) {
        pum_device_lose(q->dev, false, "a submission was not executed: memory ran out");
    }
}

static void
trace_submission(const struct pum_submission *s)
{
    if (PUM_UNLIKELY(s->begin_ns)) {
        pum_trace_end(s->begin_ns, &(struct pum_trace_event){.kind = "submission", .name = s->name, .span = pum_trace_new_span(),
                                                             .args = "command buffers,waits,signals,cost",
                                                             .value = {s->n_cmds, s->n_waits, s->n_signals, s->cost}});
        pum_trace_tick();
    }
}

/* The end of a submission: its signals. */
static void
finish(struct pum_queue *q, struct pum_submission *s, bool ok)
{
    pum_device_memory_end_access(q->dev);
    if (!ok) {
        lose(q);
    }
    pum_print_flush(q->dev);
    for (uint32_t i = 0; i < s->n_signals; i++) {
        pum_semaphore_op_signal(&s->signals[i]);
    }
    pum_fence_op_signal(&s->fence);
    trace_submission(s);
    destroy_submission(q, s);
}

static void
reached(void *arg, bool ok)
{
    struct pum_submission *s = arg;
    finish(s->queue, s, ok);
}

static bool
add(struct pum_queue *q, struct pum_submission *s)
{
    s->queue = q;
    watch(q, s);
    const bool ok = pum_schedule_add(q->schedule, s->cmds, s->n_cmds);
    pum_schedule_set_mark(q->schedule, reached, s);
    return ok;
}

static bool
more(struct pum_schedule *schedule)
{
    struct pum_queue *q = schedule->q;
    bool ok = true, any = false;
    __atomic_store_n(&q->arrived, 0, __ATOMIC_SEQ_CST);
    for (struct pum_submission *s; ok && (s = follower(q, true)); any = true) {
        ok = add(q, s);
    }
    if (!ok) {
        lose(q);
    }
    return any;
}

/* The submission and those behind it that can run beside it, also what arrives meanwhile. */
static void
run_graph(struct pum_queue *q, struct pum_submission *s)
{
    q->schedule->more = more;
    pum_pool_set_owner(q->dev); /* whatever joins later */
    if (!add(q, s)) {
        lose(q);
    }
    more(q->schedule);
    __atomic_store_n(&q->takes_more, 1, __ATOMIC_RELEASE);
    if (!pum_schedule_run(q->schedule)) {
        lose(q);
    }
    __atomic_store_n(&q->takes_more, 0, __ATOMIC_RELEASE);
}

static void
run(struct pum_queue *q, struct pum_submission *s)
{
    bool ok = !q->dev->lost;
    for (uint32_t i = 0; i < s->n_waits && ok; i++) {
        ok = wait_op(q, &s->waits[i]);
    }
    for (uint32_t i = 0; i < s->n_maps && ok; i++) {
        ok = pum_sparse_map(&s->maps[i]);
    }
    pum_device_memory_begin_access(q->dev);
    if (ok && wants_graph(q, s)) {
        q->schedule = q->schedule ? q->schedule : pum_schedule_create(q);
        if (q->schedule) { /* else in order */
            run_graph(q, s);
            return;
        }
    }
    watch(q, s);
    for (uint32_t i = 0; i < s->n_cmds && ok; i++) {
        ok = pum_replay(q, q->pass, NULL, s->cmds[i]->first, NULL);
    }
    finish(q, s, ok);
}

static void *
queue_main(void *arg)
{
    struct pum_queue *q = arg;
    pum_trace_thread("queue", 0);
    pthread_mutex_lock(&q->lock);
    for (;;) {
        while (!q->stop && (!q->first || q->busy)) {
            pthread_cond_wait(&q->changed, &q->lock);
        }
        if (q->stop && !q->first) {
            break;
        }
        if (q->busy) {
            pthread_cond_wait(&q->changed, &q->lock);
            continue;
        }
        struct pum_submission *s = q->first;
        q->first = s->next;
        if (!q->first) {
            q->tail = &q->first;
        }
        q->busy = true;
        pthread_mutex_unlock(&q->lock);
        run(q, s);
        pthread_mutex_lock(&q->lock);
        q->busy = false;
        pthread_cond_broadcast(&q->changed);
    }
    pthread_mutex_unlock(&q->lock);
    return NULL;
}

VkResult
pum_queue_init(struct pum_device_base *dev, struct pum_queue *q)
{
    memset(q, 0, sizeof(*q));
    q->base.loader_data = ICD_LOADER_MAGIC;
    q->base.type = VK_OBJECT_TYPE_QUEUE;
    q->base.dev = dev;
    q->dev = dev;
    q->tail = &q->first;
    q->n_memory = pum_pool_slots(dev->pool);
    q->memory = calloc(q->n_memory, sizeof(q->memory[0]));
    q->pass = pum_pass_create(dev->pool);
    if (!q->memory || !q->pass) {
        pum_pass_destroy(q->pass);
        free(q->memory);
        return VK_ERROR_OUT_OF_HOST_MEMORY;
    }
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->changed, NULL);
    return VK_SUCCESS;
}

void
pum_queue_finish(struct pum_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->stop = true;
    __atomic_store_n(&q->stop_waits, 1, __ATOMIC_RELEASE);
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
    pum_sync_wake();
    if (q->has_thread) {
        pthread_join(q->thread, NULL);
    }
    pum_schedule_destroy(q->schedule);
    pum_pass_destroy(q->pass);
    pum_object_finish(&q->base);
    for (uint32_t i = 0; i < q->n_memory; i++) {
        free(q->memory[i].shared);
        free(q->memory[i].scratch);
        pum_ray_stack_finish(&q->memory[i].rays);
    }
    free(q->memory);
    free(q->spare);
    pthread_cond_destroy(&q->changed);
    pthread_mutex_destroy(&q->lock);
}

VkResult
pum_queue_wait_idle(struct pum_queue *q)
{
    const uint64_t t0 = pum_trace_begin();
    pthread_mutex_lock(&q->lock);
    q->idle_waiters++;
    while (q->first || q->busy) {
        pthread_cond_wait(&q->changed, &q->lock);
    }
    q->idle_waiters--;
    pthread_mutex_unlock(&q->lock);
    pum_trace_end(t0, &(struct pum_trace_event){.kind = "wait idle"});
    return q->dev->lost ? VK_ERROR_DEVICE_LOST : VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_QueueWaitIdle(VkQueue _q)
{
    return pum_queue_wait_idle(pum_queue_from_handle(_q));
}

/* One that has ended is kept for the next, if it is no larger than most. Several threads may want it (VK_KHR_internally_synchronized_queues). */
static struct pum_submission *
new_submission(struct pum_queue *q, uint32_t n_waits, uint32_t n_signals, uint32_t n_cmds)
{
    const size_t size_B = sizeof(struct pum_submission) + (n_waits + (size_t)n_signals) * sizeof(struct pum_semaphore_op) +
                          n_cmds * sizeof(struct pum_cmd_buffer *);
    struct pum_submission *s = size_B <= SPARE_B ? __atomic_exchange_n(&q->spare, NULL, __ATOMIC_ACQUIRE) : NULL;
    if (s) {
        memset(s, 0, size_B);
    } else {
        s = calloc(1, PUM_MAX(size_B, (size_t)SPARE_B));
    }
    if (s) {
        s->size_B = size_B;
        s->n_waits = n_waits;
        s->n_signals = n_signals;
        s->n_cmds = n_cmds;
        s->waits = (struct pum_semaphore_op *)(s + 1);
        s->signals = s->waits + n_waits;
        s->cmds = (struct pum_cmd_buffer **)(s->signals + n_signals);
    }
    return s;
}

/* By the labels of the queue, else by what the first command buffer is called. */
static void
begin_trace(struct pum_queue *q, struct pum_submission *s)
{
    s->begin_ns = pum_trace_begin();
    if (PUM_UNLIKELY(s->begin_ns)) {
        s->name = q->labels.name ? q->labels.name : s->n_cmds ? pum_name_of(s->cmds[0]->base.name) : 0;
    }
}

static VkResult
enqueue(struct pum_queue *q, struct pum_submission *s)
{
    begin_trace(q, s);
    pthread_mutex_lock(&q->lock);
    bool ready = !q->first && !q->busy && s->cost < (pum_env_get()->debug & PUM_DEBUG_SYNC_BIT ? PUM_COST_MAY_BLOCK : INLINE_COST);
    for (uint32_t i = 0; i < s->n_waits && ready; i++) { /* satisfied here and now, so that no peer can make vkQueueSubmit block */
        ready = pum_semaphore_op_try(&s->waits[i]);
    }
    if (ready) {
        q->busy = true;
        pthread_mutex_unlock(&q->lock);
        run(q, s);
        pthread_mutex_lock(&q->lock);
        q->busy = false;
        if (q->has_thread || q->idle_waiters) {
            pthread_cond_broadcast(&q->changed);
        }
        pthread_mutex_unlock(&q->lock);
        return q->dev->lost ? VK_ERROR_DEVICE_LOST : VK_SUCCESS;
    }
    if (!q->has_thread) {
        pthread_attr_t attr;
        pthread_attr_init(&attr);
        pthread_attr_setstacksize(&attr, 8u << 20);
        q->has_thread = pthread_create(&q->thread, &attr, queue_main, q) == 0;
        pthread_attr_destroy(&attr);
        if (!q->has_thread) {
            pthread_mutex_unlock(&q->lock);
            destroy_submission(q, s);
            return pum_error(q->dev, q, VK_ERROR_OUT_OF_HOST_MEMORY, "vkQueueSubmit: no thread");
        }
    }
    *q->tail = s;
    q->tail = &s->next;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
    __atomic_store_n(&q->arrived, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&q->takes_more, __ATOMIC_ACQUIRE)) {
        pum_pool_poke(q->dev->pool, 1);
    }
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_QueueSubmit2(VkQueue _q, uint32_t count, const VkSubmitInfo2 *pSubmits, VkFence _fence)
{
    struct pum_queue *q = pum_queue_from_handle(_q);
    if (q->dev->lost) {
        return VK_ERROR_DEVICE_LOST;
    }
    for (uint32_t i = 0; i < count || (i == 0 && _fence); i++) {
        const VkSubmitInfo2 none = {0};
        const VkSubmitInfo2 *in = i < count ? &pSubmits[i] : &none;
        struct pum_submission *s = new_submission(q, in->waitSemaphoreInfoCount, in->signalSemaphoreInfoCount, in->commandBufferInfoCount);
        if (!s) {
            return pum_error(q->dev, q, VK_ERROR_OUT_OF_HOST_MEMORY, "vkQueueSubmit2");
        }
        for (uint32_t k = 0; k < s->n_waits; k++) {
            pum_semaphore_op_init_wait(&s->waits[k], pum_semaphore_from_handle(in->pWaitSemaphoreInfos[k].semaphore),
                                       in->pWaitSemaphoreInfos[k].value);
        }
        for (uint32_t k = 0; k < s->n_signals; k++) {
            pum_semaphore_op_init_signal(&s->signals[k], pum_semaphore_from_handle(in->pSignalSemaphoreInfos[k].semaphore),
                                         in->pSignalSemaphoreInfos[k].value);
        }
        for (uint32_t k = 0; k < s->n_cmds; k++) {
            s->cmds[k] = pum_cmd_buffer_from_handle(in->pCommandBufferInfos[k].commandBuffer);
            s->cost += s->cmds[k]->cost;
            s->has_loops = s->has_loops || s->cmds[k]->has_loops;
        }
        pum_fence_op_init(&s->fence, i + 1 >= count ? pum_fence_from_handle(_fence) : NULL);
        const VkResult r = enqueue(q, s);
        if (r != VK_SUCCESS) {
            return r;
        }
    }
    return VK_SUCCESS;
}

/* Of the structs whose timeline values are chained: VkSubmitInfo, VkBindSparseInfo. */
static void
take_semaphores(struct pum_submission *s, const VkSemaphore *waits, const VkSemaphore *signals, const void *chain)
{
    const VkTimelineSemaphoreSubmitInfo *tl = pum_pnext_find(chain, VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO);
    for (uint32_t k = 0; k < s->n_waits; k++) {
        pum_semaphore_op_init_wait(&s->waits[k], pum_semaphore_from_handle(waits[k]),
                                   tl && k < tl->waitSemaphoreValueCount ? tl->pWaitSemaphoreValues[k] : 0);
    }
    for (uint32_t k = 0; k < s->n_signals; k++) {
        pum_semaphore_op_init_signal(&s->signals[k], pum_semaphore_from_handle(signals[k]),
                                     tl && k < tl->signalSemaphoreValueCount ? tl->pSignalSemaphoreValues[k] : 0);
    }
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_QueueSubmit(VkQueue _q, uint32_t count, const VkSubmitInfo *pSubmits, VkFence _fence)
{
    struct pum_queue *q = pum_queue_from_handle(_q);
    if (q->dev->lost) {
        return VK_ERROR_DEVICE_LOST;
    }
    for (uint32_t i = 0; i < count || (i == 0 && _fence); i++) {
        const VkSubmitInfo none = {0};
        const VkSubmitInfo *in = i < count ? &pSubmits[i] : &none;
        struct pum_submission *s = new_submission(q, in->waitSemaphoreCount, in->signalSemaphoreCount, in->commandBufferCount);
        if (!s) {
            return pum_error(q->dev, q, VK_ERROR_OUT_OF_HOST_MEMORY, "vkQueueSubmit");
        }
        take_semaphores(s, in->pWaitSemaphores, in->pSignalSemaphores, in->pNext);
        for (uint32_t k = 0; k < s->n_cmds; k++) {
            s->cmds[k] = pum_cmd_buffer_from_handle(in->pCommandBuffers[k]);
            s->cost += s->cmds[k]->cost;
            s->has_loops = s->has_loops || s->cmds[k]->has_loops;
        }
        pum_fence_op_init(&s->fence, i + 1 >= count ? pum_fence_from_handle(_fence) : NULL);
        const VkResult r = enqueue(q, s);
        if (r != VK_SUCCESS) {
            return r;
        }
    }
    return VK_SUCCESS;
}

/* All mappings of one VkBindSparseInfo, in order; called once to count and once to write. */
static uint32_t
each_map(const VkBindSparseInfo *in, struct pum_sparse_map *out)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < in->bufferBindCount; i++) {
        const struct pum_buffer *buf = pum_buffer_from_handle(in->pBufferBinds[i].buffer);
        for (uint32_t k = 0; k < in->pBufferBinds[i].bindCount; k++) {
            n += pum_sparse_range(buf->sparse, &in->pBufferBinds[i].pBinds[k], out ? out + n : NULL);
        }
    }
    for (uint32_t i = 0; i < in->imageOpaqueBindCount; i++) {
        const struct pum_image *img = pum_image_from_handle(in->pImageOpaqueBinds[i].image);
        for (uint32_t k = 0; k < in->pImageOpaqueBinds[i].bindCount; k++) {
            n += pum_sparse_range(img->sparse, &in->pImageOpaqueBinds[i].pBinds[k], out ? out + n : NULL);
        }
    }
    for (uint32_t i = 0; i < in->imageBindCount; i++) {
        const struct pum_image *img = pum_image_from_handle(in->pImageBinds[i].image);
        for (uint32_t k = 0; k < in->pImageBinds[i].bindCount; k++) {
            n += pum_sparse_image(img, &in->pImageBinds[i].pBinds[k], out ? out + n : NULL);
        }
    }
    return n;
}

static bool
collect_maps(struct pum_submission *s, const VkBindSparseInfo *in)
{
    s->n_maps = each_map(in, NULL);
    s->maps = calloc(s->n_maps + 1, sizeof(*s->maps));
    if (s->maps) {
        each_map(in, s->maps);
    }
    return s->maps != NULL;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_QueueBindSparse(VkQueue _q, uint32_t count, const VkBindSparseInfo *pInfos, VkFence _fence)
{
    struct pum_queue *q = pum_queue_from_handle(_q);
    if (q->dev->lost) {
        return VK_ERROR_DEVICE_LOST;
    }
    for (uint32_t i = 0; i < count || (i == 0 && _fence); i++) {
        const VkBindSparseInfo none = {0};
        const VkBindSparseInfo *in = i < count ? &pInfos[i] : &none;
        struct pum_submission *s = new_submission(q, in->waitSemaphoreCount, in->signalSemaphoreCount, 0);
        if (!s || !collect_maps(s, in)) {
            free(s);
            return pum_error(q->dev, q, VK_ERROR_OUT_OF_HOST_MEMORY, "vkQueueBindSparse");
        }
        take_semaphores(s, in->pWaitSemaphores, in->pSignalSemaphores, in->pNext);
        s->cost = (uint64_t)s->n_maps * 500;
        pum_fence_op_init(&s->fence, i + 1 >= count ? pum_fence_from_handle(_fence) : NULL);
        const VkResult r = enqueue(q, s);
        if (r != VK_SUCCESS) {
            return r;
        }
    }
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_QueueBeginDebugUtilsLabelEXT(VkQueue _q, const VkDebugUtilsLabelEXT *pLabel)
{
    struct pum_queue *q = pum_queue_from_handle(_q);
    pthread_mutex_lock(&q->lock);
    pum_labels_begin(&q->labels, pLabel->pLabelName);
    pthread_mutex_unlock(&q->lock);
}

VKAPI_ATTR void VKAPI_CALL
pum_QueueEndDebugUtilsLabelEXT(VkQueue _q)
{
    struct pum_queue *q = pum_queue_from_handle(_q);
    pthread_mutex_lock(&q->lock);
    pum_labels_end(&q->labels);
    pthread_mutex_unlock(&q->lock);
}

VKAPI_ATTR void VKAPI_CALL
pum_QueueInsertDebugUtilsLabelEXT(VkQueue _q, const VkDebugUtilsLabelEXT *pLabel)
{
    (void)_q, (void)pLabel;
}
