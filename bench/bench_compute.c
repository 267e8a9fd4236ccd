/* Start-up, compute and transfer rows. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "empty_comp.h"
#include "fma_comp.h"
#include "heavy_comp.h"
#include "mandel_comp.h"
#include "matmul_comp.h"
#include "nbody_comp.h"
#include "reduce_comp.h"
#include "saxpy_comp.h"

void
bench_compute_init(struct bench *b, struct bench_compute *c, const uint32_t *words, size_t size_B, VkDeviceSize a_B, VkDeviceSize b_B)
{
    const struct ex_gpu *g = &b->gpu;
    memset(c, 0, sizeof(*c));
    c->a = ex_buffer_create(g, a_B, NULL);
    c->b = ex_buffer_create(g, b_B, NULL);
    const VkDescriptorSetLayoutBinding bind[2] = {{0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_COMPUTE_BIT, NULL},
                                                  {1, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_COMPUTE_BIT, NULL}};
    const VkDescriptorSetLayoutCreateInfo sci = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO, .bindingCount = 2, .pBindings = bind};
    CHECK(vkCreateDescriptorSetLayout(g->device, &sci, NULL, &c->set_layout));
    const VkPushConstantRange range = {VK_SHADER_STAGE_COMPUTE_BIT, 0, 32};
    const VkPipelineLayoutCreateInfo lci = {.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO, .setLayoutCount = 1, .pSetLayouts = &c->set_layout,
                                            .pushConstantRangeCount = 1, .pPushConstantRanges = &range};
    CHECK(vkCreatePipelineLayout(g->device, &lci, NULL, &c->layout));
    const VkDescriptorSetAllocateInfo dai = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO, .descriptorPool = g->descriptors,
                                             .descriptorSetCount = 1, .pSetLayouts = &c->set_layout};
    CHECK(vkAllocateDescriptorSets(g->device, &dai, &c->set));
    const VkDescriptorBufferInfo bi[2] = {{c->a.buffer, 0, VK_WHOLE_SIZE}, {c->b.buffer, 0, VK_WHOLE_SIZE}};
    const VkWriteDescriptorSet w = {.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET, .dstSet = c->set, .descriptorCount = 2,
                                    .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, .pBufferInfo = bi};
    vkUpdateDescriptorSets(g->device, 1, &w, 0, NULL);
    VkShaderModule m = ex_module(g, words, size_B);
    const VkComputePipelineCreateInfo ci = {.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
                                            .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                                                      .stage = VK_SHADER_STAGE_COMPUTE_BIT, .module = m, .pName = "main"},
                                            .layout = c->layout};
    CHECK(vkCreateComputePipelines(g->device, VK_NULL_HANDLE, 1, &ci, NULL, &c->pipeline));
    vkDestroyShaderModule(g->device, m, NULL);
    c->groups[0] = c->groups[1] = c->groups[2] = 1;
}

void
bench_compute_finish(struct bench *b, struct bench_compute *c)
{
    vkDestroyPipeline(b->gpu.device, c->pipeline, NULL);
    vkDestroyPipelineLayout(b->gpu.device, c->layout, NULL);
    vkDestroyDescriptorSetLayout(b->gpu.device, c->set_layout, NULL);
    ex_buffer_destroy(&b->gpu, &c->a);
    ex_buffer_destroy(&b->gpu, &c->b);
}

void
bench_compute_record(VkCommandBuffer cmd, void *arg)
{
    const struct bench_compute *c = arg;
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, c->pipeline);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, c->layout, 0, 1, &c->set, 0, NULL);
    vkCmdPushConstants(cmd, c->layout, VK_SHADER_STAGE_COMPUTE_BIT, 0, 32, c->push);
    vkCmdDispatch(cmd, c->groups[0], c->groups[1], c->groups[2]);
}

static double
row_start(struct bench *b)
{
    const double t = bench_now();
    ex_gpu_init(&b->gpu, NULL, 0, NULL, 0);
    const double s = bench_now() - t;
    ex_gpu_finish(&b->gpu);
    return s * 1e3;
}

static double
row_pipeline_compute(struct bench *b)
{
    struct bench_compute c;
    const double t = bench_now();
    bench_compute_init(b, &c, heavy_comp, sizeof(heavy_comp), 65536, 16);
    c.groups[0] = 64;
    VkCommandBuffer cmd = ex_begin(&b->gpu);
    bench_compute_record(cmd, &c);
    ex_submit(&b->gpu, cmd);
    const double s = bench_now() - t;
    bench_compute_finish(b, &c);
    return s * 1e3;
}

static double
row_fma(struct bench *b)
{
    enum { N = 1 << 18 };
    struct bench_compute c;
    bench_compute_init(b, &c, fma_comp, sizeof(fma_comp), N * 4, 16);
    c.push[0] = 0.5f;
    c.push[1] = 1.0f;
    c.groups[0] = N / 64;
    const double s = bench_repeat(b, bench_compute_record, &c);
    const float *a = c.a.data;
    for (int i = 0; i < N; i += 1001) { /* converges to o / (1 - s) = 2 */
        b->wrong = b->wrong || fabsf(a[i] - 16.0f) > 1e-3f;
    }
    bench_compute_finish(b, &c);
    return 2.0 * 8 * 512 * N / s * 1e-9;
}

static double
row_saxpy(struct bench *b)
{
    enum { N = 1 << 23 };
    struct bench_compute c;
    bench_compute_init(b, &c, saxpy_comp, sizeof(saxpy_comp), N * 4, N * 4);
    float *x = c.b.data, *y = c.a.data;
    for (int i = 0; i < N; i++) {
        x[i] = (float)(i & 1023);
        y[i] = 0.0f;
    }
    c.groups[0] = N / 256;
    c.push[0] = 1.0f;
    VkCommandBuffer cmd = ex_begin(&b->gpu);
    bench_compute_record(cmd, &c);
    ex_submit(&b->gpu, cmd);
    for (int i = 0; i < N; i += 777) {
        b->wrong = b->wrong || y[i] != x[i];
    }
    c.push[0] = 0.0f;
    const double s = bench_repeat(b, bench_compute_record, &c);
    bench_compute_finish(b, &c);
    return 12.0 * N / s * 1e-9;
}

static double
row_reduce(struct bench *b)
{
    enum { N = 1 << 23 };
    struct bench_compute c;
    bench_compute_init(b, &c, reduce_comp, sizeof(reduce_comp), N / 4096 * 4, N * 4);
    uint32_t *x = c.b.data, want = 0, got = 0;
    for (int i = 0; i < N; i++) {
        x[i] = (uint32_t)i * 2654435761u;
        want += x[i];
    }
    c.groups[0] = N / 4096;
    const double s = bench_repeat(b, bench_compute_record, &c);
    for (int i = 0; i < N / 4096; i++) {
        got += ((uint32_t *)c.a.data)[i];
    }
    b->wrong = got != want;
    bench_compute_finish(b, &c);
    return 4.0 * N / s * 1e-9;
}

static double
row_matmul(struct bench *b)
{
    enum { N = 1024 };
    struct bench_compute c;
    bench_compute_init(b, &c, matmul_comp, sizeof(matmul_comp), N * N * 4, 2 * N * N * 4);
    float *x = c.b.data;
    for (int i = 0; i < 2 * N * N; i++) {
        x[i] = (float)(i % 7) - 3.0f;
    }
    c.groups[0] = c.groups[1] = N / 16;
    const double s = bench_repeat(b, bench_compute_record, &c);
    for (int t = 0; t < 50; t++) { /* small integers: exact */
        const int r = t * 131 % N, k = t * 977 % N;
        double sum = 0;
        for (int i = 0; i < N; i++) {
            sum += (double)x[r * N + i] * (double)x[N * N + i * N + k];
        }
        b->wrong = b->wrong || (double)((float *)c.a.data)[r * N + k] != sum;
    }
    bench_compute_finish(b, &c);
    return 2.0 * N * N * N / s * 1e-9;
}

static double
row_mandelbrot(struct bench *b)
{
    struct bench_compute c;
    bench_compute_init(b, &c, mandel_comp, sizeof(mandel_comp), 1024 * 1024 * 4, 16);
    c.groups[0] = c.groups[1] = 64;
    const double s = bench_repeat(b, bench_compute_record, &c);
    const uint32_t *a = c.a.data;
    b->wrong = a[512 * 1024 + 700] != 256 || a[0] > 3; /* inside, outside */
    bench_compute_finish(b, &c);
    return 1024.0 * 1024.0 / s * 1e-6;
}

void
bench_nbody_init(struct bench *b, struct bench_compute *c, VkDeviceSize a_B, VkDeviceSize b_B)
{
    bench_compute_init(b, c, nbody_comp, sizeof(nbody_comp), a_B, b_B);
}

static double
row_nbody(struct bench *b)
{
    struct bench_compute c;
    bench_compute_init(b, &c, nbody_comp, sizeof(nbody_comp), 4096 * 16, 4096 * 16);
    float *x = c.b.data;
    for (int i = 0; i < 4096 * 4; i++) {
        x[i] = (float)((i * 7919) % 1000) * 0.001f;
    }
    c.groups[0] = 64;
    const double s = bench_repeat(b, bench_compute_record, &c);
    double f = 0;
    for (int i = 0; i < 4096; i++) {
        double d[3], r2 = 0.01;
        for (int k = 0; k < 3; k++) {
            d[k] = (double)x[i * 4 + k] - (double)x[k];
            r2 += d[k] * d[k];
        }
        f += d[0] / (r2 * sqrt(r2));
    }
    b->wrong = fabs(f - (double)((float *)c.a.data)[0]) > 1e-3 * fabs(f) + 1e-1;
    bench_compute_finish(b, &c);
    return 4096.0 * 4096.0 / s * 1e-6;
}

static void
record_empty(VkCommandBuffer cmd, void *arg)
{
    bench_compute_record(cmd, arg);
    for (int i = 1; i < 1000; i++) {
        vkCmdDispatch(cmd, 1, 1, 1);
    }
}

static double
row_empty_dispatch(struct bench *b)
{
    struct bench_compute c;
    bench_compute_init(b, &c, empty_comp, sizeof(empty_comp), 16, 16);
    const double s = bench_repeat(b, record_empty, &c);
    bench_compute_finish(b, &c);
    return s * 1e9 / 1000;
}

static double
row_submit(struct bench *b)
{
    struct bench_compute c;
    bench_compute_init(b, &c, empty_comp, sizeof(empty_comp), 16, 16);
    const double s = bench_repeat(b, bench_compute_record, &c);
    bench_compute_finish(b, &c);
    return s * 1e6;
}

static void
record_copy(VkCommandBuffer cmd, void *arg)
{
    const struct ex_buffer *b = arg;
    const VkBufferCopy r = {0, 0, b[0].size};
    vkCmdCopyBuffer(cmd, b[0].buffer, b[1].buffer, 1, &r);
}

static double
row_copy(struct bench *b)
{
    struct ex_buffer bufs[2] = {ex_buffer_create(&b->gpu, 64 << 20, NULL), ex_buffer_create(&b->gpu, 64 << 20, NULL)};
    memset(bufs[0].data, 0x5a, 64 << 20);
    const double s = bench_repeat(b, record_copy, bufs);
    b->wrong = memcmp(bufs[0].data, bufs[1].data, 64 << 20) != 0;
    ex_buffer_destroy(&b->gpu, &bufs[0]);
    ex_buffer_destroy(&b->gpu, &bufs[1]);
    return (double)(64 << 20) / s * 1e-9;
}

const struct bench_row bench_compute_rows[] = {
    {"instance_device", "ms", false, row_start, true},
    {"pipeline_compute_heavy", "ms", false, row_pipeline_compute, false},
    {"multiply_add", "GFLOP/s", true, row_fma, false},
    {"saxpy", "GB/s", true, row_saxpy, false},
    {"reduction", "GB/s", true, row_reduce, false},
    {"matrix_product", "GFLOP/s", true, row_matmul, false},
    {"mandelbrot", "Mpixel/s", true, row_mandelbrot, false},
    {"nbody", "Minteraction/s", true, row_nbody, false},
    {"empty_dispatch", "ns", false, row_empty_dispatch, false},
    {"tiny_submission", "us", false, row_submit, false},
    {"copy_buffer", "GB/s", true, row_copy, false},
    {0},
};
