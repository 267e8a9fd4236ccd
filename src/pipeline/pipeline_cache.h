/* VkPipelineCache: machine code by content. SPEC: pipelines-cache.
 *
 * Data as vkGetPipelineCacheData returns it:
 *   0   VkPipelineCacheHeaderVersionOne (32 bytes; pipelineCacheUUID changes with driver build and ISA level)
 *   32  entries, as cache_entry.h writes them
 * Data from outside is checked (sizes, a hash over each entry) and what does not fit is ignored.
 */
#ifndef PUM_PIPELINE_PIPELINE_CACHE_H
#define PUM_PIPELINE_PIPELINE_CACHE_H

#include "object/object.h"
#include "pipeline/cache_entry.h"

struct pum_pipeline_cache;
PUM_DEFINE_HANDLE_CASTS(pum_pipeline_cache, VkPipelineCache)

/* True: info and code are filled from the cache. */
bool pum_pipeline_cache_load(struct pum_pipeline_cache *cache, const struct pum_hash128 *key, struct pum_shader_info *info,
                             struct pum_jit_code *code);
/* Keeps a copy. Out of memory is not an error: a cache may forget. */
void pum_pipeline_cache_add(struct pum_pipeline_cache *cache, const struct pum_cache_entry *e);
/* For VkPhysicalDeviceProperties. */
void pum_pipeline_cache_uuid(uint64_t build_id, enum pum_isa isa, uint8_t uuid[VK_UUID_SIZE]);

#endif
