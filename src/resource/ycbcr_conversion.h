/* VkSamplerYcbcrConversion: numbers for the sampler's record. SPEC: samplers-YCbCr-conversion. */
#ifndef PUM_RESOURCE_YCBCR_CONVERSION_H
#define PUM_RESOURCE_YCBCR_CONVERSION_H

#include "abi/descriptor.h"
#include "object/object.h"

struct pum_ycbcr_conversion { /* Thread-safety: constant */
    struct pum_object base;
    struct pum_desc_sampler desc; /* only ycbcr is filled */
};
PUM_DEFINE_HANDLE_CASTS(pum_ycbcr_conversion, VkSamplerYcbcrConversion)

/* Of a sampler or view: the conversion in its chain, or NULL. */
const struct pum_ycbcr_conversion *pum_ycbcr_conversion_find(const void *next);

#endif
