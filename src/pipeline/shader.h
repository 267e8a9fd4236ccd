/* One compiled shader stage: translate, optimise, generate code (or take it from a cache). Reference counted. */
#ifndef PUM_PIPELINE_SHADER_H
#define PUM_PIPELINE_SHADER_H

#include "abi/shader_abi.h"
#include "descriptor/descriptor_set.h"
#include "jit/jit.h"
#include "object/object.h"
#include "util/hash.h"

struct pum_pipeline_cache;

struct pum_shader_module {
    struct pum_object base;
    struct pum_hash128 hash;
    size_t n_words;
    uint32_t words[];
};
PUM_DEFINE_HANDLE_CASTS(pum_shader_module, VkShaderModule)

struct pum_shader { /* Thread-safety: constant but for refs */
    uint32_t refs;
    struct pum_shader_info info;
    struct pum_jit_code jit;
    struct pum_interp_program *interp; /* PUMICE_INTERP */
    struct pum_shader_check *check;    /* PUMICE_DEBUG=check */
    const struct pum_shader_code *code; /* of either */
    struct pum_hash128 key; /* of all that the code depends on */
    uint8_t *source; /* shader_source.h, malloc'd: of interpreted shaders that are to be captured */
    size_t source_B;
    char *ir_text; /* malloc'd; NULL unless it was to be captured */
};

struct pum_stage_info {
    enum pum_stage stage;
    VkShaderStageFlagBits bit;
    const char *name, *suffix; /* as in files of GLSL */
};
extern const struct pum_stage_info pum_stages[PUM_STAGE_COUNT]; /* in the order in which a pipeline runs them, those of rays last */
const struct pum_stage_info *pum_stage_info(enum pum_stage stage);
enum pum_stage pum_stage_from_vk(VkShaderStageFlagBits stage); /* PUM_STAGE_COUNT: one that is not offered */
void pum_shader_ref(struct pum_shader *shader);
void pum_shader_unref(struct pum_shader *shader); /* NULL is fine */

/* *out is the caller's reference. cache may be NULL; it is read and added to. *cached: the code came from it. */
VkResult pum_shader_compile(struct pum_device_base *dev, const VkPipelineShaderStageCreateInfo *stage,
                            const struct pum_pipeline_layout *layout, struct pum_pipeline_cache *cache,
                            VkPipelineCreateFlags2 flags, struct pum_shader **out, bool *cached) PUM_MUST_CHECK;

/* The key that a compile would have. False: no module and no identifier, or out of memory. */
bool pum_shader_key(struct pum_device_base *dev, const VkPipelineShaderStageCreateInfo *stage, const struct pum_pipeline_layout *layout,
                    struct pum_hash128 *key) PUM_MUST_CHECK;
struct pum_cache_entry;
/* Of machine code that was kept elsewhere. NULL: damaged, for another machine, or out of memory. */
struct pum_shader *pum_shader_from_entry(const struct pum_cache_entry *e);

#endif
