/* pumice-bench [--list] [--row NAME] [--seconds S]: prints "name value unit", one line per row, or "name WRONG". */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double
bench_now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

double
bench_repeat(struct bench *b, void (*record)(VkCommandBuffer cmd, void *arg), void *arg)
{
    VkCommandBuffer cmd;
    const VkCommandBufferAllocateInfo ai = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, .commandPool = b->gpu.pool, .commandBufferCount = 1};
    CHECK(vkAllocateCommandBuffers(b->gpu.device, &ai, &cmd));
    const VkCommandBufferBeginInfo bi = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
    CHECK(vkBeginCommandBuffer(cmd, &bi));
    record(cmd, arg);
    CHECK(vkEndCommandBuffer(cmd));
    const VkFenceCreateInfo fi = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
    VkFence fence;
    CHECK(vkCreateFence(b->gpu.device, &fi, NULL, &fence));
    const VkSubmitInfo si = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 1, .pCommandBuffers = &cmd};
    double best = 1e30;
    const double t0 = bench_now();
    for (int i = 0; i < 3 || bench_now() - t0 < b->seconds; i++) {
        const double t = bench_now();
        CHECK(vkQueueSubmit(b->gpu.queue, 1, &si, fence));
        CHECK(vkWaitForFences(b->gpu.device, 1, &fence, VK_TRUE, UINT64_MAX));
        const double s = bench_now() - t;
        CHECK(vkResetFences(b->gpu.device, 1, &fence));
        best = s < best ? s : best;
    }
    vkDestroyFence(b->gpu.device, fence, NULL);
    vkFreeCommandBuffers(b->gpu.device, b->gpu.pool, 1, &cmd);
    return best;
}

static void
run_row(const struct bench_row *r, double seconds)
{
    struct bench b = {.seconds = seconds};
    if (!r->own_device) {
        ex_gpu_init(&b.gpu, NULL, 0, NULL, 0);
    }
    const double v = r->run(&b);
    if (b.wrong) {
        printf("%s WRONG\n", r->name);
    } else {
        printf("%s %.6g %s %c\n", r->name, v, r->unit, r->higher_is_better ? '+' : '-');
    }
    fflush(stdout);
    if (!r->own_device) {
        ex_gpu_finish(&b.gpu);
    }
}

int
main(int argc, char **argv)
{
    const char *only = NULL;
    bool list = false;
    double seconds = 0.4;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--list") == 0) {
            list = true;
        } else if (strcmp(argv[i], "--row") == 0 && i + 1 < argc) {
            only = argv[++i];
        } else if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc) {
            seconds = atof(argv[++i]);
        } else {
            fprintf(stderr, "usage: pumice-bench [--list] [--row NAME] [--seconds S]\n");
            return 2;
        }
    }
    const struct bench_row *const tables[] = {bench_compute_rows, bench_raster_rows, bench_overlap_rows, bench_sample_rows};
    for (int t = 0; t < 4; t++) {
        for (const struct bench_row *r = tables[t]; r->name; r++) {
            if (list) {
                printf("%s\n", r->name);
            } else if (!only || strcmp(only, r->name) == 0) {
                run_row(r, seconds);
            }
        }
    }
    return 0;
}
