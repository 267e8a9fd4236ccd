/* Ray tracing pipelines: shader groups and the handles that shader binding tables name them by. SPEC: pipelines-ray-tracing, shader-binding-table. */
#ifndef PUM_PIPELINE_RAY_PIPELINE_H
#define PUM_PIPELINE_RAY_PIPELINE_H

#include "pipeline/shader.h"

#define PUM_MAX_RAY_RECURSION 31u
#define PUM_GROUP_HANDLE_B    32u /* of the application's; what follows the id is zero */

/* Handles are looked up, never followed: whatever a shader binding table holds, only groups of the pipeline that is bound are called. A group
 * that comes from a library keeps its handle. */
struct pum_group_id { /* all zero: no group */
    uint64_t word[2];
};

struct pum_ray_group {
    struct pum_group_id id;
    VkRayTracingShaderGroupTypeKHR type;
    enum pum_stage general_stage; /* of type GENERAL */
    struct pum_shader *general, *closest_hit, *any_hit, *intersection; /* references; NULL: unused */
};

struct pum_ray_stage {
    struct pum_shader *shader; /* reference */
    enum pum_stage stage;
};

struct pum_ray_pipeline { /* Thread-safety: constant */
    uint32_t max_depth;        /* of traces inside of each other */
    uint32_t flags;            /* PUM_RAY_SKIP_* of all rays (abi/ray.h) */
    struct pum_ray_stage *stages; /* [n_stages]: of the create info, then those of the libraries; groups name them by number */
    uint32_t n_stages;
    struct pum_ray_group *groups; /* [n_groups]: of the create info, then those of the libraries */
    uint32_t n_groups;
    uint32_t *slots;           /* [slot_mask + 1]: hash table of the ids, group + 1 */
    uint32_t slot_mask;
};

void pum_ray_pipeline_destroy(struct pum_ray_pipeline *p); /* NULL is fine */
/* Number i of its shaders, those of libraries at the end. NULL: there are no more. */
const struct pum_shader *pum_ray_pipeline_shader(const struct pum_ray_pipeline *p, uint32_t i, VkShaderStageFlagBits *stage);
/* NULL: no group of this pipeline. */
const struct pum_ray_group *pum_ray_group_find(const struct pum_ray_pipeline *p, struct pum_group_id id);

#endif
