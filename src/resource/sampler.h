/* VkSampler: a record copied into descriptor sets. SPEC: samplers. */
#ifndef PUM_RESOURCE_SAMPLER_H
#define PUM_RESOURCE_SAMPLER_H

#include "abi/descriptor.h"
#include "object/object.h"

struct pum_sampler { /* Thread-safety: constant */
    struct pum_object base;
    struct pum_desc_sampler desc;
};
PUM_DEFINE_HANDLE_CASTS(pum_sampler, VkSampler)

#endif
