/* What the creation of all kinds of pipelines shares: stages are jobs, and compile on all cores. */
#ifndef PUM_PIPELINE_COMPILE_JOB_H
#define PUM_PIPELINE_COMPILE_JOB_H

#include "pipeline/pipeline.h"

struct pum_pipeline_binary;
struct pum_compile_job {
    struct pum_device_base *dev;
    const VkPipelineShaderStageCreateInfo *stage;
    struct pum_pipeline *pipe;
    struct pum_shader **out; /* gets a reference that is the pipeline's */
    struct pum_pipeline_cache *cache;
    VkPipelineCreateFlags2 flags;
    bool from_binary; /* then nothing is compiled */
    const struct pum_pipeline_binary *binary;
    uint32_t info; /* index of the create info */
    uint32_t stage_index; /* in it */
    VkResult result;
    bool cached;   /* the code came from the cache */
    uint64_t duration_ns;
};

/* NULL: out of memory. */
struct pum_pipeline *pum_pipeline_new(struct pum_device_base *dev, const VkAllocationCallbacks *alloc, VkPipelineBindPoint point,
                                      VkPipelineLayout layout);
void pum_pipeline_destroy(struct pum_device_base *dev, struct pum_pipeline *pipe, const VkAllocationCallbacks *alloc); /* NULL is fine */
VkPipelineCreateFlags2 pum_pipeline_create_flags(const void *chain, VkPipelineCreateFlags flags);
/* Compiles every stage of every pipeline on all cores, then keeps those that worked; the others become VK_NULL_HANDLE. */
VkResult pum_pipelines_compile(struct pum_device_base *dev, struct pum_compile_job *jobs, uint32_t n_jobs, VkPipeline *pipelines,
                               const VkAllocationCallbacks *alloc) PUM_MUST_CHECK;
/* SPEC: pipelines-creation-feedback. n jobs of one create info, whose chain it is; none: all of it came from libraries. */
void pum_pipeline_give_feedback(const void *chain, const struct pum_compile_job *jobs, uint32_t n, bool has_cache);

#endif
