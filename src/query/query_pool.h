/* VkQueryPool. SPEC: queries. */
#ifndef PUM_QUERY_QUERY_POOL_H
#define PUM_QUERY_QUERY_POOL_H

#include "object/object.h"

#define PUM_QUERY_VALUES 13 /* pipeline statistics by bit number; transform feedback: primitives written, to be written; others the first */

struct pum_query {
    uint64_t value[PUM_QUERY_VALUES]; /* atomic additions by workers */
    uint32_t available;               /* atomic */
};

struct pum_query_pool {
    struct pum_object base;
    VkQueryType type;
    VkQueryPipelineStatisticFlags statistics; /* which values there are, whatever the type */
    uint32_t count;
    struct pum_query query[];
};
PUM_DEFINE_HANDLE_CASTS(pum_query_pool, VkQueryPool)

void pum_query_reset(struct pum_query_pool *pool, uint32_t first, uint32_t count);
/* As vkGetQueryPoolResults, the wait excepted: returns VK_NOT_READY if something was not available. */
VkResult pum_query_results(const struct pum_query_pool *pool, uint32_t first, uint32_t count, uint8_t *data, VkDeviceSize stride_B,
                           VkQueryResultFlags flags);

#endif
