/* Runs of dispatches: those without a barrier between them may run together, those with one must not. SPEC: dispatch. */
#include "kit.h"

#include <pthread.h>

#include "dispatch_step_comp.h"

#define LOCAL 16u
#define RUN 150u

struct steps {
    VkPipelineLayout layout;
    VkPipeline pipe;
    VkDescriptorSet set;
    struct kit_buffer data;
};

static struct steps
steps_init(struct kit *k, uint32_t words)
{
    struct steps s;
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    s.layout = kit_layout(k, 1, &sl, 8);
    s.pipe = kit_compute(k, s.layout, KIT_CODE(dispatch_step_comp), NULL);
    s.set = kit_set(k, sl);
    s.data = kit_buffer(k, (VkDeviceSize)words * 4, NULL);
    kit_write_buffer(k, s.set, 0, 0, type, s.data.buffer, 0, VK_WHOLE_SIZE);
    return s;
}

static VkCommandBuffer
steps_begin(struct kit *k, const struct steps *s)
{
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, s->pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, s->layout, 0, 1, &s->set, 0, NULL);
    return cmd;
}

static void
push(VkCommandBuffer cmd, const struct steps *s, uint32_t first, uint32_t value)
{
    const uint32_t words[2] = {first, value};
    vkCmdPushConstants(cmd, s->layout, VK_SHADER_STAGE_ALL, 0, sizeof(words), words);
}

/* Many small dispatches on ranges of their own: direct, indirect, empty, of one, two and three dimensions. The statistics count all. */
static void
case_independent(struct kit *k)
{
    static const uint32_t shapes[6][3] = {{1, 1, 1}, {37, 1, 1}, {2, 3, 1}, {0, 4, 4}, {3, 2, 5}, {500, 2, 1}};
    const uint32_t words = RUN * 1000 * LOCAL;
    const struct steps s = steps_init(k, words);
    const struct kit_buffer indirect = kit_buffer(k, RUN * 12, NULL);
    uint32_t *want = kit_alloc(k, (size_t)words * 4);
    const bool counts = k->features.pipelineStatisticsQuery;
    const VkQueryPool pool = counts ? kit_queries(k, VK_QUERY_TYPE_PIPELINE_STATISTICS, 1, VK_QUERY_PIPELINE_STATISTIC_COMPUTE_SHADER_INVOCATIONS_BIT)
                                    : VK_NULL_HANDLE;
    const VkCommandBuffer cmd = steps_begin(k, &s);
    if (counts) {
        vkCmdResetQueryPool(cmd, pool, 0, 1);
        vkCmdBeginQuery(cmd, pool, 0, 0);
    }
    uint64_t invocations = 0;
    for (uint32_t i = 0, first = 0; i < RUN; i++) {
        const uint32_t *g = shapes[i % ARRAY_LEN(shapes)];
        const uint32_t n = g[0] * g[1] * g[2] * LOCAL;
        push(cmd, &s, first, i + 1);
        if (i % 4 == 1) {
            memcpy((uint8_t *)indirect.data + i * 12, g, 12);
            vkCmdDispatchIndirect(cmd, indirect.buffer, i * 12);
        } else {
            vkCmdDispatch(cmd, g[0], g[1], g[2]);
        }
        for (uint32_t w = 0; w < n; w++) {
            want[first + w] = i + 1;
        }
        first += n;
        invocations += n;
    }
    if (counts) {
        vkCmdEndQuery(cmd, pool, 0);
    }
    kit_barrier(cmd);
    kit_submit(k, cmd);
    kit_same(k, "independent", s.data.data, want, words, 4, 0);
    if (counts) {
        uint64_t got = 0;
        CHECK_VK(k, vkGetQueryPoolResults(k->device, pool, 0, 1, 8, &got, 8, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT));
        CHECK(k, got == invocations, "%llu invocations, not %llu", (unsigned long long)got, (unsigned long long)invocations);
    }
}

/* Each step needs the one before. */
static void
case_chain(struct kit *k)
{
    const uint32_t words = 300 * LOCAL;
    const struct steps s = steps_init(k, words);
    uint32_t *want = kit_alloc(k, (size_t)words * 4);
    const VkCommandBuffer cmd = steps_begin(k, &s);
    for (uint32_t i = 0; i < RUN; i++) {
        push(cmd, &s, 0, i);
        vkCmdDispatch(cmd, 300, 1, 1);
        kit_barrier(cmd);
        for (uint32_t w = 0; w < words; w++) {
            want[w] = want[w] * 3u + i;
        }
    }
    kit_submit(k, cmd);
    kit_same(k, "chain", s.data.data, want, words, 4, 0);
}

static VkCommandBuffer
one_step(struct kit *k, const struct steps *s, uint32_t first, uint32_t value)
{
    const VkCommandBuffer cmd = steps_begin(k, s);
    push(cmd, s, first, value);
    vkCmdDispatch(cmd, 100, 1, 1);
    kit_barrier(cmd);
    MUST(vkEndCommandBuffer(cmd));
    return cmd;
}

/* The chain goes round all queues: each step waits for the semaphore of the one before. Submitted at once, so most wait inside the driver. */
static void
case_queues_chain(struct kit *k)
{
    SKIP_UNLESS(k, k->n_queues > 1, "one queue");
    const uint32_t words = 100 * LOCAL;
    const struct steps s = steps_init(k, words);
    uint32_t *want = kit_alloc(k, (size_t)words * 4);
    VkSemaphore before = VK_NULL_HANDLE;
    for (uint32_t i = 0; i < RUN; i++) {
        const VkSemaphore after = kit_semaphore(k);
        const VkCommandBuffer cmd = one_step(k, &s, 0, i);
        const VkPipelineStageFlags stage = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
        const VkSubmitInfo info = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .waitSemaphoreCount = before != VK_NULL_HANDLE, .pWaitSemaphores = &before,
                                   .pWaitDstStageMask = &stage, .commandBufferCount = 1, .pCommandBuffers = &cmd,
                                   .signalSemaphoreCount = i + 1 < RUN, .pSignalSemaphores = &after};
        MUST(vkQueueSubmit(k->queues[i % k->n_queues], 1, &info, VK_NULL_HANDLE));
        before = after;
        for (uint32_t w = 0; w < words; w++) {
            want[w] = want[w] * 3u + i;
        }
    }
    MUST(vkDeviceWaitIdle(k->device));
    kit_same(k, "chain over queues", s.data.data, want, words, 4, 0);
}

struct submitter {
    struct kit *k;
    VkQueue queue;
    VkCommandBuffer cmd[RUN];
    VkFence fence;
    VkResult result;
};

static void *
submit_all(void *arg)
{
    struct submitter *t = arg;
    for (uint32_t i = 0; i < RUN && t->result == VK_SUCCESS; i++) {
        const VkSubmitInfo info = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 1, .pCommandBuffers = &t->cmd[i]};
        t->result = vkQueueSubmit(t->queue, 1, &info, i + 1 == RUN ? t->fence : VK_NULL_HANDLE);
    }
    if (t->result == VK_SUCCESS) {
        t->result = vkWaitForFences(t->k->device, 1, &t->fence, VK_TRUE, KIT_TIMEOUT_NS);
    }
    return NULL;
}

/* All queues at the same time, each fed by a thread of its own; what one queue does stays in order. */
static void
case_queues_together(struct kit *k)
{
    SKIP_UNLESS(k, k->n_queues > 1, "one queue");
    const uint32_t words = 100 * LOCAL;
    const struct steps s = steps_init(k, words * k->n_queues);
    uint32_t *want = kit_alloc(k, (size_t)words * k->n_queues * 4);
    struct submitter *threads = kit_alloc(k, sizeof(*threads) * k->n_queues);
    pthread_t ids[KIT_MAX_QUEUES];
    for (uint32_t q = 0; q < k->n_queues; q++) {
        threads[q].k = k;
        threads[q].queue = k->queues[q];
        threads[q].fence = kit_fence(k, false);
        for (uint32_t i = 0; i < RUN; i++) {
            threads[q].cmd[i] = one_step(k, &s, q * words, q + i);
            for (uint32_t w = 0; w < words; w++) {
                want[q * words + w] = want[q * words + w] * 3u + q + i;
            }
        }
    }
    for (uint32_t q = 0; q < k->n_queues; q++) {
        REQUIRE(k, pthread_create(&ids[q], NULL, submit_all, &threads[q]) == 0, "no thread");
    }
    for (uint32_t q = 0; q < k->n_queues; q++) {
        pthread_join(ids[q], NULL);
        CHECK(k, threads[q].result == VK_SUCCESS, "queue %u: %s", q, kit_result_name(threads[q].result));
    }
    kit_same(k, "queues together", s.data.data, want, (size_t)words * k->n_queues, 4, 0);
}

static const struct kit_case cases[] = {
    {"independent", case_independent},
    {"chain", case_chain},
    {"queues_chain", case_queues_chain},
    {"queues_together", case_queues_together},
};
KIT_MAIN(cases)
