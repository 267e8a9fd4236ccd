/* VkPipelineBinaryKHR: one compiled stage, as bytes. SPEC: pipelines-binaries.
 *
 *   0   struct head of pipeline_binary.c
 *   48  a cache entry (cache_entry.h), or, where shaders are interpreted, their source (shader_source.h) */
#ifndef PUM_PIPELINE_PIPELINE_BINARY_H
#define PUM_PIPELINE_PIPELINE_BINARY_H

#include "pipeline/shader.h"

struct pum_pipeline_binary { /* Thread-safety: constant */
    struct pum_object base;
    VkShaderStageFlagBits stage;
    struct pum_hash128 key;
    uint8_t *data; /* malloc'd */
    size_t data_B;
};
PUM_DEFINE_HANDLE_CASTS(pum_pipeline_binary, VkPipelineBinaryKHR)

/* The one for a stage among those that a create info's chain lists; nth: where there are several. *any: it lists some, so that nothing is to be
 * compiled. */
const struct pum_pipeline_binary *pum_pipeline_binary_find(const void *chain, VkShaderStageFlagBits stage, uint32_t nth, bool *any);
/* The stage again. binary NULL: it was not among them. */
VkResult pum_shader_from_binary(struct pum_device_base *dev, const struct pum_pipeline_binary *binary, const struct pum_pipeline_layout *layout,
                                struct pum_shader **out) PUM_MUST_CHECK;

#endif
