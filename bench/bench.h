/* Shared by the rows of the benchmark. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "common/common.h"

struct bench {
    struct ex_gpu gpu;
    double seconds; /* budget of a row */
    bool wrong;     /* a result was not right */
};

double bench_now(void); /* seconds */
/* Records `record` into a command buffer once, submits it again and again; best seconds of one submission. */
double bench_repeat(struct bench *b, void (*record)(VkCommandBuffer cmd, void *arg), void *arg);

struct bench_compute {
    VkDescriptorSetLayout set_layout;
    VkPipelineLayout layout;
    VkPipeline pipeline;
    VkDescriptorSet set;
    struct ex_buffer a, b;
    float push[8];
    uint32_t groups[3];
};
void bench_compute_init(struct bench *b, struct bench_compute *c, const uint32_t *words, size_t size_B, VkDeviceSize a_B, VkDeviceSize b_B);
/* One invocation per body of b (vec4), force to a. */
void bench_nbody_init(struct bench *b, struct bench_compute *c, VkDeviceSize a_B, VkDeviceSize b_B);
void bench_compute_finish(struct bench *b, struct bench_compute *c);
void bench_compute_record(VkCommandBuffer cmd, void *arg);

/* Shaders that several files use. */
struct bench_code {
    const uint32_t *words;
    size_t size_B;
};
extern const struct bench_code bench_fill_vert, bench_small_vert, bench_constant_frag, bench_gradient_frag;

struct bench_row {
    const char *name, *unit;
    bool higher_is_better;
    double (*run)(struct bench *b); /* NULL device rows make their own */
    bool own_device;
};
extern const struct bench_row bench_compute_rows[], bench_raster_rows[], bench_overlap_rows[], bench_sample_rows[];

#endif
