/* Fences, semaphores, events, submissions. SPEC: synchronization, devsandqueues-submission. */
#include <pthread.h>
#include <time.h>

#include "kit.h"

#include "sync_spin_comp.h"

#define SOON_NS UINT64_C(2000000)

static uint64_t
now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* A recorded buffer that fills with a value. */
static VkCommandBuffer
filler(struct kit *k, VkBuffer buffer, VkDeviceSize offset_B, VkDeviceSize size_B, uint32_t value)
{
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdFillBuffer(cmd, buffer, offset_B, size_B, value);
    kit_barrier(cmd);
    MUST(vkEndCommandBuffer(cmd));
    return cmd;
}

struct spin {
    VkPipelineLayout layout;
    VkPipeline pipe;
    VkDescriptorSet set;
    struct kit_buffer data; /* 1,024 words */
};

static void
spin_init(struct kit *k, struct spin *s)
{
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    s->layout = kit_layout(k, 1, &sl, 8);
    s->set = kit_set(k, sl);
    s->data = kit_buffer(k, 4096, NULL);
    kit_write_buffer(k, s->set, 0, 0, type, s->data.buffer, 0, VK_WHOLE_SIZE);
    s->pipe = kit_compute(k, s->layout, KIT_CODE(sync_spin_comp), NULL);
}

static VkCommandBuffer
spinner(struct kit *k, const struct spin *s, uint32_t rounds, uint32_t add)
{
    const uint32_t push[2] = {rounds, add};
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, s->pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, s->layout, 0, 1, &s->set, 0, NULL);
    vkCmdPushConstants(cmd, s->layout, VK_SHADER_STAGE_ALL, 0, 8, push);
    vkCmdDispatch(cmd, 16, 1, 1);
    kit_barrier(cmd);
    MUST(vkEndCommandBuffer(cmd));
    return cmd;
}

static VkResult
submit(struct kit *k, uint32_t n, const VkCommandBuffer *cmds, VkFence fence)
{
    const VkSubmitInfo info = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = n, .pCommandBuffers = cmds};
    return vkQueueSubmit(k->queue, 1, &info, fence);
}

/* ---- fences ---- */

static void
case_fences(struct kit *k)
{
    const VkFence f[3] = {kit_fence(k, false), kit_fence(k, true), kit_fence(k, false)};
    CHECK_RESULT(k, vkGetFenceStatus(k->device, f[0]), VK_NOT_READY);
    CHECK_RESULT(k, vkGetFenceStatus(k->device, f[1]), VK_SUCCESS);
    CHECK_RESULT(k, vkWaitForFences(k->device, 1, &f[0], VK_TRUE, 0), VK_TIMEOUT);
    const uint64_t begin = now_ns();
    CHECK_RESULT(k, vkWaitForFences(k->device, 1, &f[0], VK_TRUE, SOON_NS), VK_TIMEOUT);
    CHECK(k, now_ns() - begin >= SOON_NS, "the time-out came early");
    CHECK_RESULT(k, vkWaitForFences(k->device, 3, f, VK_TRUE, SOON_NS), VK_TIMEOUT);
    CHECK_RESULT(k, vkWaitForFences(k->device, 3, f, VK_FALSE, UINT64_MAX), VK_SUCCESS);
    CHECK_VK(k, vkQueueSubmit(k->queue, 0, NULL, f[0])); /* nothing but the fence */
    CHECK_RESULT(k, vkWaitForFences(k->device, 1, &f[0], VK_TRUE, KIT_TIMEOUT_NS), VK_SUCCESS);
    CHECK_VK(k, submit(k, 0, NULL, f[2])); /* a batch without buffers */
    CHECK_RESULT(k, vkWaitForFences(k->device, 3, f, VK_TRUE, KIT_TIMEOUT_NS), VK_SUCCESS);
    CHECK_VK(k, vkResetFences(k->device, 3, f));
    for (int i = 0; i < 3; i++) {
        CHECK_RESULT(k, vkGetFenceStatus(k->device, f[i]), VK_NOT_READY);
    }
}

/* A fence covers everything submitted before it, long or short. */
static void
case_fence_order(struct kit *k)
{
    struct spin s;
    spin_init(k, &s);
    const struct kit_buffer b = kit_buffer(k, 64, NULL);
    const VkCommandBuffer slow = spinner(k, &s, 40000, 1), fast = filler(k, b.buffer, 0, 64, 5);
    const VkFence f[2] = {kit_fence(k, false), kit_fence(k, false)};
    CHECK_VK(k, submit(k, 1, &slow, f[0]));
    CHECK_VK(k, submit(k, 1, &fast, f[1]));
    CHECK_RESULT(k, vkWaitForFences(k->device, 1, &f[1], VK_TRUE, KIT_TIMEOUT_NS), VK_SUCCESS);
    CHECK(k, *(uint32_t *)b.data == 5, "the second submission did not run");
    CHECK_RESULT(k, vkGetFenceStatus(k->device, f[0]), VK_SUCCESS);
    uint32_t want = 0;
    for (uint32_t i = 0; i < 40000; i++) {
        want = want * 1664525u + 1013904223u;
    }
    CHECK(k, *(uint32_t *)s.data.data == want + 1, "the first submission's result");
}

/* ---- binary semaphores ---- */

static void
case_binary_semaphores(struct kit *k)
{
    struct spin s;
    spin_init(k, &s);
    const struct kit_buffer b = kit_buffer(k, 64, NULL);
    const VkSemaphore sem[2] = {kit_semaphore(k), kit_semaphore(k)};
    const VkCommandBuffer slow = spinner(k, &s, 20000, 1), first = filler(k, b.buffer, 0, 64, 1), second = filler(k, b.buffer, 0, 32, 2);
    const VkPipelineStageFlags stages[2] = {VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, VK_PIPELINE_STAGE_TRANSFER_BIT};
    for (int round = 0; round < 20; round++) { /* the semaphores are used again and again */
        const VkCommandBuffer heads[2] = {slow, first};
        const VkSubmitInfo infos[2] = {
            {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
             .commandBufferCount = 2,
             .pCommandBuffers = heads,
             .signalSemaphoreCount = 2,
             .pSignalSemaphores = sem},
            {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
             .waitSemaphoreCount = 2,
             .pWaitSemaphores = sem,
             .pWaitDstStageMask = stages,
             .commandBufferCount = 1,
             .pCommandBuffers = &second},
        };
        CHECK_VK(k, vkQueueSubmit(k->queue, 2, infos, VK_NULL_HANDLE));
        CHECK_VK(k, vkQueueWaitIdle(k->queue));
        const uint32_t *got = b.data;
        CHECK(k, got[0] == 2 && got[7] == 2 && got[8] == 1 && got[15] == 1, "round %d: %u %u %u", round, got[0], got[8], got[15]);
    }
}

/* ---- timeline semaphores ---- */

static bool
has_timeline(struct kit *k)
{
    const VkPhysicalDeviceTimelineSemaphoreFeatures *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES);
    return f->timelineSemaphore;
}

static uint64_t
counter(struct kit *k, VkSemaphore s)
{
    uint64_t v = UINT64_MAX;
    CHECK_VK(k, k->vk.GetSemaphoreCounterValue(k->device, s, &v));
    return v;
}

static void
host_signal(struct kit *k, VkSemaphore s, uint64_t value)
{
    const VkSemaphoreSignalInfo info = {VK_STRUCTURE_TYPE_SEMAPHORE_SIGNAL_INFO, NULL, s, value};
    CHECK_VK(k, k->vk.SignalSemaphore(k->device, &info));
}

static VkResult
host_wait(struct kit *k, uint32_t n, const VkSemaphore *s, const uint64_t *values, bool any, uint64_t timeout_ns)
{
    const VkSemaphoreWaitInfo info = {VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO, NULL, any ? VK_SEMAPHORE_WAIT_ANY_BIT : 0, n, s, values};
    return k->vk.WaitSemaphores(k->device, &info, timeout_ns);
}

static void
case_timeline_host(struct kit *k)
{
    SKIP_UNLESS(k, has_timeline(k), "no timelineSemaphore");
    const VkSemaphore s[2] = {kit_timeline(k, 0), kit_timeline(k, UINT64_C(0x123456789a))};
    CHECK(k, counter(k, s[0]) == 0 && counter(k, s[1]) == UINT64_C(0x123456789a), "initial values");
    const uint64_t values[2] = {5, UINT64_C(0x123456789b)};
    CHECK_RESULT(k, host_wait(k, 2, s, values, false, 0), VK_TIMEOUT);
    CHECK_RESULT(k, host_wait(k, 2, s, values, true, SOON_NS), VK_TIMEOUT);
    host_signal(k, s[1], values[1]);
    CHECK_RESULT(k, host_wait(k, 2, s, values, true, 0), VK_SUCCESS);
    CHECK_RESULT(k, host_wait(k, 2, s, values, false, SOON_NS), VK_TIMEOUT);
    host_signal(k, s[0], 4);
    CHECK_RESULT(k, host_wait(k, 2, s, values, false, 0), VK_TIMEOUT);
    host_signal(k, s[0], 77); /* jumps over */
    CHECK_RESULT(k, host_wait(k, 2, s, values, false, UINT64_MAX), VK_SUCCESS);
    CHECK(k, counter(k, s[0]) == 77, "counter");
}

struct later {
    struct kit *k;
    VkSemaphore s;
    uint64_t value;
};

static void *
signal_later(void *arg)
{
    const struct later *l = arg;
    const struct timespec ts = {0, 20000000};
    nanosleep(&ts, NULL);
    const VkSemaphoreSignalInfo info = {VK_STRUCTURE_TYPE_SEMAPHORE_SIGNAL_INFO, NULL, l->s, l->value};
    l->k->vk.SignalSemaphore(l->k->device, &info);
    return NULL;
}

/* The queue waits for what the host signals later; the host waits for what the queue signals. */
static void
case_timeline_wait_before_signal(struct kit *k)
{
    SKIP_UNLESS(k, has_timeline(k), "no timelineSemaphore");
    const VkSemaphore go = kit_timeline(k, 0), done = kit_timeline(k, 10), binary = kit_semaphore(k);
    const struct kit_buffer b = kit_buffer(k, 64, NULL);
    const VkCommandBuffer cmd = filler(k, b.buffer, 0, 64, 3), last = filler(k, b.buffer, 0, 4, 4);
    const VkPipelineStageFlags stage = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
    const uint64_t go_value = 3, done_values[2] = {0, 11}, last_value = 12;
    const VkSemaphore signals[2] = {binary, done}; /* the binary one's value is ignored; it is waited for when the host has signalled */
    const VkTimelineSemaphoreSubmitInfo t0 = {VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO, NULL, 1, &go_value, 2, done_values};
    const VkTimelineSemaphoreSubmitInfo t1 = {VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO, NULL, 1, &done_values[1], 1, &last_value};
    const VkSubmitInfo infos[2] = {
        {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
         .pNext = &t0,
         .waitSemaphoreCount = 1,
         .pWaitSemaphores = &go,
         .pWaitDstStageMask = &stage,
         .commandBufferCount = 1,
         .pCommandBuffers = &cmd,
         .signalSemaphoreCount = 2,
         .pSignalSemaphores = signals},
        {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
         .pNext = &t1,
         .waitSemaphoreCount = 1,
         .pWaitSemaphores = &done,
         .pWaitDstStageMask = &stage,
         .commandBufferCount = 1,
         .pCommandBuffers = &last,
         .signalSemaphoreCount = 1,
         .pSignalSemaphores = &done},
    };
    CHECK_VK(k, vkQueueSubmit(k->queue, 2, infos, VK_NULL_HANDLE));
    CHECK_RESULT(k, host_wait(k, 1, &done, &last_value, false, SOON_NS), VK_TIMEOUT);
    CHECK(k, *(uint32_t *)b.data == 0, "the queue did not wait");
    struct later l = {.k = k, .s = go, .value = go_value};
    pthread_t thread;
    MUST(pthread_create(&thread, NULL, signal_later, &l) ? VK_ERROR_UNKNOWN : VK_SUCCESS);
    CHECK_RESULT(k, host_wait(k, 1, &done, &last_value, false, KIT_TIMEOUT_NS), VK_SUCCESS);
    pthread_join(thread, NULL);
    const uint32_t *got = b.data;
    CHECK(k, got[0] == 4 && got[1] == 3, "%u %u", got[0], got[1]);
    CHECK(k, counter(k, done) == 12, "counter %llu", (unsigned long long)counter(k, done));
    const VkSubmitInfo third = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .waitSemaphoreCount = 1, .pWaitSemaphores = &binary, .pWaitDstStageMask = &stage};
    CHECK_VK(k, vkQueueSubmit(k->queue, 1, &third, VK_NULL_HANDLE));
    CHECK_VK(k, vkDeviceWaitIdle(k->device));
}

static void
case_submit2(struct kit *k)
{
    SKIP_UNLESS(k, k->vk.QueueSubmit2 && has_timeline(k), "no synchronization2");
    const struct kit_buffer b = kit_buffer(k, 64, NULL);
    const VkSemaphore line = kit_timeline(k, 0), binary = kit_semaphore(k);
    VkSubmitInfo2 infos[8];
    VkCommandBufferSubmitInfo cmds[8];
    VkSemaphoreSubmitInfo waits[8][2], signals[8][2];
    for (uint32_t i = 0; i < 8; i++) {
        const VkPipelineStageFlags2 all = VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT;
        cmds[i] = (VkCommandBufferSubmitInfo){.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_SUBMIT_INFO,
                                              .commandBuffer = filler(k, b.buffer, i * 4, 64 - i * 4, i + 1)};
        waits[i][0] = (VkSemaphoreSubmitInfo){VK_STRUCTURE_TYPE_SEMAPHORE_SUBMIT_INFO, NULL, line, i, all, 0};
        waits[i][1] = (VkSemaphoreSubmitInfo){VK_STRUCTURE_TYPE_SEMAPHORE_SUBMIT_INFO, NULL, binary, 0, all, 0};
        signals[i][0] = (VkSemaphoreSubmitInfo){VK_STRUCTURE_TYPE_SEMAPHORE_SUBMIT_INFO, NULL, line, i + 1, all, 0};
        signals[i][1] = (VkSemaphoreSubmitInfo){VK_STRUCTURE_TYPE_SEMAPHORE_SUBMIT_INFO, NULL, binary, 0, all, 0};
        infos[i] = (VkSubmitInfo2){.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO_2,
                                   .waitSemaphoreInfoCount = i % 2 ? 2 : 1,
                                   .pWaitSemaphoreInfos = waits[i],
                                   .commandBufferInfoCount = 1,
                                   .pCommandBufferInfos = &cmds[i],
                                   .signalSemaphoreInfoCount = i % 2 ? 1 : 2,
                                   .pSignalSemaphoreInfos = signals[i]};
    }
    const VkFence fence = kit_fence(k, false);
    CHECK_VK(k, k->vk.QueueSubmit2(k->queue, 8, infos, fence));
    CHECK_RESULT(k, vkWaitForFences(k->device, 1, &fence, VK_TRUE, KIT_TIMEOUT_NS), VK_SUCCESS);
    CHECK(k, counter(k, line) == 8, "counter %llu", (unsigned long long)counter(k, line));
    for (uint32_t i = 0; i < 8; i++) {
        CHECK(k, ((uint32_t *)b.data)[i] == i + 1, "word %u is %u", i, ((uint32_t *)b.data)[i]);
    }
}

/* ---- events ---- */

static void
case_events(struct kit *k)
{
    const VkEventCreateInfo info = {.sType = VK_STRUCTURE_TYPE_EVENT_CREATE_INFO};
    VkEvent e[2];
    for (int i = 0; i < 2; i++) {
        MUST(vkCreateEvent(k->device, &info, NULL, &e[i]));
        KIT_OWN(k, VK_OBJECT_TYPE_EVENT, e[i]);
    }
    CHECK_RESULT(k, vkGetEventStatus(k->device, e[0]), VK_EVENT_RESET);
    CHECK_VK(k, vkSetEvent(k->device, e[0]));
    CHECK_RESULT(k, vkGetEventStatus(k->device, e[0]), VK_EVENT_SET);
    CHECK_VK(k, vkResetEvent(k->device, e[0]));
    CHECK_RESULT(k, vkGetEventStatus(k->device, e[0]), VK_EVENT_RESET);
    VkCommandBuffer cmd = kit_begin(k);
    vkCmdSetEvent(cmd, e[0], VK_PIPELINE_STAGE_TRANSFER_BIT);
    kit_submit(k, cmd);
    CHECK_RESULT(k, vkGetEventStatus(k->device, e[0]), VK_EVENT_SET);
    cmd = kit_begin(k);
    vkCmdResetEvent(cmd, e[0], VK_PIPELINE_STAGE_ALL_COMMANDS_BIT);
    kit_submit(k, cmd);
    CHECK_RESULT(k, vkGetEventStatus(k->device, e[0]), VK_EVENT_RESET);
    /* Set by the device, waited for by the device; and one that the host has set (it must before the submission). */
    const struct kit_buffer b = kit_buffer(k, 64, NULL);
    const VkMemoryBarrier memory = {VK_STRUCTURE_TYPE_MEMORY_BARRIER, NULL, VK_ACCESS_TRANSFER_WRITE_BIT, VK_ACCESS_TRANSFER_WRITE_BIT};
    cmd = kit_begin(k);
    vkCmdFillBuffer(cmd, b.buffer, 0, 64, 1);
    vkCmdSetEvent(cmd, e[0], VK_PIPELINE_STAGE_TRANSFER_BIT);
    vkCmdWaitEvents(cmd, 1, &e[0], VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_TRANSFER_BIT, 1, &memory, 0, NULL, 0, NULL);
    vkCmdWaitEvents(cmd, 1, &e[1], VK_PIPELINE_STAGE_HOST_BIT, VK_PIPELINE_STAGE_TRANSFER_BIT, 0, NULL, 0, NULL, 0, NULL);
    vkCmdFillBuffer(cmd, b.buffer, 0, 32, 2);
    kit_barrier(cmd);
    MUST(vkEndCommandBuffer(cmd));
    const VkFence fence = kit_fence(k, false);
    CHECK_VK(k, vkSetEvent(k->device, e[1]));
    CHECK_VK(k, submit(k, 1, &cmd, fence));
    CHECK_RESULT(k, vkWaitForFences(k->device, 1, &fence, VK_TRUE, KIT_TIMEOUT_NS), VK_SUCCESS);
    CHECK(k, ((uint32_t *)b.data)[0] == 2 && ((uint32_t *)b.data)[8] == 1, "%u %u", ((uint32_t *)b.data)[0], ((uint32_t *)b.data)[8]);
}

static void
case_events2(struct kit *k)
{
    SKIP_UNLESS(k, k->vk.CmdSetEvent2, "no synchronization2");
    const VkEventCreateInfo info = {.sType = VK_STRUCTURE_TYPE_EVENT_CREATE_INFO, .flags = VK_EVENT_CREATE_DEVICE_ONLY_BIT};
    VkEvent e;
    MUST(vkCreateEvent(k->device, &info, NULL, &e));
    KIT_OWN(k, VK_OBJECT_TYPE_EVENT, e);
    const struct kit_buffer b = kit_buffer(k, 64, NULL);
    const VkMemoryBarrier2 memory = {VK_STRUCTURE_TYPE_MEMORY_BARRIER_2, NULL,
                                     VK_PIPELINE_STAGE_2_CLEAR_BIT,      VK_ACCESS_2_TRANSFER_WRITE_BIT,
                                     VK_PIPELINE_STAGE_2_CLEAR_BIT,      VK_ACCESS_2_TRANSFER_WRITE_BIT};
    const VkDependencyInfo dep = {.sType = VK_STRUCTURE_TYPE_DEPENDENCY_INFO, .memoryBarrierCount = 1, .pMemoryBarriers = &memory};
    const VkCommandBuffer cmd = kit_begin(k);
    for (uint32_t i = 1; i < 5; i++) {
        vkCmdFillBuffer(cmd, b.buffer, 0, 64, i);
        k->vk.CmdSetEvent2(cmd, e, &dep);
        k->vk.CmdWaitEvents2(cmd, 1, &e, &dep);
        k->vk.CmdResetEvent2(cmd, e, VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT);
        k->vk.CmdPipelineBarrier2(cmd, &dep);
    }
    kit_barrier(cmd);
    kit_submit(k, cmd);
    CHECK(k, *(uint32_t *)b.data == 4, "%u", *(uint32_t *)b.data);
}

/* ---- submissions ---- */

static void
case_tiny_submissions(struct kit *k)
{
    enum { N = 10000 };
    const struct kit_buffer b = kit_buffer(k, 64, NULL);
    VkCommandBuffer cmds[16];
    for (uint32_t i = 0; i < 16; i++) {
        cmds[i] = filler(k, b.buffer, i * 4, 4, i + 1);
    }
    const VkFence fence = kit_fence(k, false);
    const uint64_t begin = now_ns();
    for (uint32_t i = 0; i < N; i++) {
        CHECK_VK(k, submit(k, 1, &cmds[i % 16], i == N - 1 ? fence : VK_NULL_HANDLE));
        if (i % 16 == 15 && i < N - 1) { /* a buffer that isn't for simultaneous use must be done before it is submitted again */
            MUST(vkQueueWaitIdle(k->queue));
        }
    }
    CHECK_RESULT(k, vkWaitForFences(k->device, 1, &fence, VK_TRUE, KIT_TIMEOUT_NS), VK_SUCCESS);
    printf("  %d submissions: %.2f us each\n", N, (double)(now_ns() - begin) / 1000.0 / N);
    for (uint32_t i = 0; i < 16; i++) {
        CHECK(k, ((uint32_t *)b.data)[i] == i + 1, "word %u", i);
    }
}

struct worker {
    struct kit *k;
    pthread_mutex_t *queue_lock;
    struct kit_buffer b;
    VkFence fence;
    VkCommandPool pool;
    uint32_t number, wrong;
};

/* Records and submits on its own; only the queue is shared, under a lock, as the API wants. */
static void *
work(void *arg)
{
    struct worker *w = arg;
    const VkCommandBufferAllocateInfo info = {
        .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, .commandPool = w->pool, .commandBufferCount = 1};
    for (uint32_t i = 0; i < 100; i++) {
        VkCommandBuffer cmd;
        const VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
                                                .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT};
        MUST(vkAllocateCommandBuffers(w->k->device, &info, &cmd));
        MUST(vkBeginCommandBuffer(cmd, &begin));
        vkCmdFillBuffer(cmd, w->b.buffer, 0, 4096, w->number * 1000 + i);
        kit_barrier(cmd);
        MUST(vkEndCommandBuffer(cmd));
        pthread_mutex_lock(w->queue_lock);
        MUST(submit(w->k, 1, &cmd, w->fence));
        pthread_mutex_unlock(w->queue_lock);
        MUST(vkWaitForFences(w->k->device, 1, &w->fence, VK_TRUE, KIT_TIMEOUT_NS));
        MUST(vkResetFences(w->k->device, 1, &w->fence));
        for (uint32_t c = 0; c < 1024; c++) {
            w->wrong += ((uint32_t *)w->b.data)[c] != w->number * 1000 + i;
        }
        if (i % 10 == 9) {
            MUST(vkResetCommandPool(w->k->device, w->pool, VK_COMMAND_POOL_RESET_RELEASE_RESOURCES_BIT));
        } else {
            vkFreeCommandBuffers(w->k->device, w->pool, 1, &cmd);
        }
    }
    return NULL;
}

static void
case_threads(struct kit *k)
{
    enum { N = 8 };
    struct worker w[N];
    pthread_t threads[N];
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    for (uint32_t i = 0; i < N; i++) {
        w[i] = (struct worker){.k = k, .queue_lock = &lock, .b = kit_buffer(k, 4096, NULL), .fence = kit_fence(k, false), .number = i + 1};
        const VkCommandPoolCreateInfo info = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
                                              .flags = VK_COMMAND_POOL_CREATE_TRANSIENT_BIT};
        MUST(vkCreateCommandPool(k->device, &info, NULL, &w[i].pool));
        KIT_OWN(k, VK_OBJECT_TYPE_COMMAND_POOL, w[i].pool);
    }
    for (uint32_t i = 0; i < N; i++) {
        MUST(pthread_create(&threads[i], NULL, work, &w[i]) ? VK_ERROR_UNKNOWN : VK_SUCCESS);
    }
    for (uint32_t i = 0; i < N; i++) {
        pthread_join(threads[i], NULL);
        CHECK(k, w[i].wrong == 0, "thread %u: %u words wrong", i, w[i].wrong);
    }
}

/* Reset, record again, submit the same buffer many times at once, primary and secondary. */
static void
case_command_buffers(struct kit *k)
{
    struct spin s;
    spin_init(k, &s);
    const VkCommandBuffer cmd = kit_begin(k), second = kit_secondary(k);
    const VkCommandBufferInheritanceInfo inherit = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_INHERITANCE_INFO};
    const VkCommandBufferBeginInfo many = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
                                           .flags = VK_COMMAND_BUFFER_USAGE_SIMULTANEOUS_USE_BIT,
                                           .pInheritanceInfo = &inherit};
    const uint32_t push[2] = {0, 1};
    MUST(vkBeginCommandBuffer(second, &many));
    vkCmdBindPipeline(second, VK_PIPELINE_BIND_POINT_COMPUTE, s.pipe);
    vkCmdBindDescriptorSets(second, VK_PIPELINE_BIND_POINT_COMPUTE, s.layout, 0, 1, &s.set, 0, NULL);
    vkCmdPushConstants(second, s.layout, VK_SHADER_STAGE_ALL, 0, 8, push);
    vkCmdDispatch(second, 16, 1, 1);
    kit_barrier(second);
    MUST(vkEndCommandBuffer(second));
    vkCmdFillBuffer(cmd, s.data.buffer, 0, VK_WHOLE_SIZE, 100); /* thrown away */
    MUST(vkResetCommandBuffer(cmd, VK_COMMAND_BUFFER_RESET_RELEASE_RESOURCES_BIT));
    MUST(vkBeginCommandBuffer(cmd, &many));
    const VkCommandBuffer twice[2] = {second, second};
    vkCmdExecuteCommands(cmd, 2, twice);
    vkCmdExecuteCommands(cmd, 1, &second);
    MUST(vkEndCommandBuffer(cmd));
    const VkCommandBuffer list[5] = {cmd, cmd, cmd, cmd, cmd};
    CHECK_VK(k, submit(k, 5, list, VK_NULL_HANDLE));
    CHECK_VK(k, submit(k, 2, list, VK_NULL_HANDLE));
    CHECK_VK(k, vkDeviceWaitIdle(k->device));
    for (uint32_t i = 0; i < 1024; i++) {
        CHECK(k, ((uint32_t *)s.data.data)[i] == 21, "word %u is %u, not 21", i, ((uint32_t *)s.data.data)[i]);
    }
    if (k->vk.TrimCommandPool) {
        k->vk.TrimCommandPool(k->device, k->pool, 0);
    }
}

static const struct kit_case cases[] = {
    {"fences", case_fences},
    {"fence_order", case_fence_order},
    {"binary_semaphores", case_binary_semaphores},
    {"timeline_host", case_timeline_host},
    {"timeline_wait_before_signal", case_timeline_wait_before_signal},
    {"submit2", case_submit2},
    {"events", case_events},
    {"events2", case_events2},
    {"tiny_submissions", case_tiny_submissions},
    {"threads", case_threads},
    {"command_buffers", case_command_buffers},
};
KIT_MAIN(cases)
