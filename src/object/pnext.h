/* Walking pNext chains. Unknown structs are skipped (SPEC: fundamentals-validusage-pNext). */
#ifndef PUM_OBJECT_PNEXT_H
#define PUM_OBJECT_PNEXT_H

#include <vulkan/vulkan_core.h>

/* The first struct of that type in an input chain, or NULL. */
static inline const void *
pum_pnext_find(const void *chain, VkStructureType type)
{
    for (const VkBaseInStructure *s = chain; s; s = s->pNext) {
        if (s->sType == type) {
            return s;
        }
    }
    return NULL;
}

/* The same for an output chain. */
static inline void *
pum_pnext_find_out(void *chain, VkStructureType type)
{
    for (VkBaseOutStructure *s = chain; s; s = s->pNext) {
        if (s->sType == type) {
            return s;
        }
    }
    return NULL;
}

#endif
