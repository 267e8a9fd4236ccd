#include "query/query_pool.h"

#include <sched.h>
#include <string.h>

#include "object/device_base.h"
#include "registry/vk_entrypoints.h"

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateQueryPool(VkDevice _dev, const VkQueryPoolCreateInfo *pInfo, const VkAllocationCallbacks *pAllocator, VkQueryPool *pPool)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    if (pInfo->queryType != VK_QUERY_TYPE_OCCLUSION && pInfo->queryType != VK_QUERY_TYPE_TIMESTAMP &&
        pInfo->queryType != VK_QUERY_TYPE_PIPELINE_STATISTICS && pInfo->queryType != VK_QUERY_TYPE_TRANSFORM_FEEDBACK_STREAM_EXT &&
        pInfo->queryType != VK_QUERY_TYPE_PRIMITIVES_GENERATED_EXT && pInfo->queryType != VK_QUERY_TYPE_MESH_PRIMITIVES_GENERATED_EXT &&
        pInfo->queryType != VK_QUERY_TYPE_ACCELERATION_STRUCTURE_COMPACTED_SIZE_KHR &&
        pInfo->queryType != VK_QUERY_TYPE_ACCELERATION_STRUCTURE_SERIALIZATION_SIZE_KHR &&
        pInfo->queryType != VK_QUERY_TYPE_ACCELERATION_STRUCTURE_SERIALIZATION_BOTTOM_LEVEL_POINTERS_KHR &&
        pInfo->queryType != VK_QUERY_TYPE_ACCELERATION_STRUCTURE_SIZE_KHR) {
        return pum_error(dev, NULL, VK_ERROR_FEATURE_NOT_PRESENT, "vkCreateQueryPool: query type %d", (int)pInfo->queryType);
    }
    struct pum_query_pool *pool =
        pInfo->queryCount < (1u << 24)
            ? pum_object_zalloc(dev, pAllocator, sizeof(*pool) + pInfo->queryCount * sizeof(pool->query[0]), VK_OBJECT_TYPE_QUERY_POOL)
            : NULL;
    if (!pool) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateQueryPool");
    }
    pool->type = pInfo->queryType;
    pool->statistics = pInfo->queryType == VK_QUERY_TYPE_PIPELINE_STATISTICS ? pInfo->pipelineStatistics
                       : pInfo->queryType == VK_QUERY_TYPE_TRANSFORM_FEEDBACK_STREAM_EXT ? 3 /* two values */
                                                                                             : 1;
    pool->count = pInfo->queryCount;
    *pPool = pum_query_pool_to_handle(pool);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyQueryPool(VkDevice _dev, VkQueryPool _pool, const VkAllocationCallbacks *pAllocator)
{
    pum_object_free(pum_device_base_from_handle(_dev), pAllocator, pum_query_pool_from_handle(_pool));
}

void
pum_query_reset(struct pum_query_pool *pool, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count && i < pool->count; i++) {
        memset(pool->query[i].value, 0, sizeof(pool->query[i].value));
        __atomic_store_n(&pool->query[i].available, 0, __ATOMIC_RELEASE);
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_ResetQueryPool(VkDevice _dev, VkQueryPool _pool, uint32_t first, uint32_t count)
{
    (void)_dev;
    pum_query_reset(pum_query_pool_from_handle(_pool), first, count);
}

static void
put(uint8_t **at, uint64_t v, bool wide)
{
    const uint32_t narrow = (uint32_t)v; /* SPEC: queries-operation-memory, maintenance7: the low bits, not the nearest value */
    memcpy(*at, wide ? (const void *)&v : (const void *)&narrow, wide ? 8 : 4);
    *at += wide ? 8 : 4;
}

VkResult
pum_query_results(const struct pum_query_pool *pool, uint32_t first, uint32_t count, uint8_t *data, VkDeviceSize stride_B,
                  VkQueryResultFlags flags)
{
    VkResult result = VK_SUCCESS;
    const bool wide = flags & VK_QUERY_RESULT_64_BIT;
    for (uint32_t i = 0; i < count && first + i < pool->count; i++) {
        const struct pum_query *q = &pool->query[first + i];
        const bool ready = __atomic_load_n(&q->available, __ATOMIC_ACQUIRE);
        uint8_t *at = data + i * stride_B;
        for (uint32_t left = pool->statistics; left; left &= left - 1) { /* one value per bit, in the order of bits */
            if (ready || flags & VK_QUERY_RESULT_PARTIAL_BIT) {
                put(&at, __atomic_load_n(&q->value[__builtin_ctz(left)], __ATOMIC_RELAXED), wide);
            } else {
                at += wide ? 8 : 4;
            }
        }
        if (flags & VK_QUERY_RESULT_WITH_AVAILABILITY_BIT) {
            put(&at, ready, wide);
        }
        result = ready ? result : VK_NOT_READY;
    }
    return result;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetQueryPoolResults(VkDevice _dev, VkQueryPool _pool, uint32_t first, uint32_t count, size_t size_B, void *pData, VkDeviceSize stride_B,
                        VkQueryResultFlags flags)
{
    (void)size_B;
    const struct pum_query_pool *pool = pum_query_pool_from_handle(_pool);
    const struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    for (uint32_t i = first; flags & VK_QUERY_RESULT_WAIT_BIT && i < first + count && i < pool->count; i++) {
        while (!__atomic_load_n(&pool->query[i].available, __ATOMIC_ACQUIRE)) {
            if (dev->lost) {
                return VK_ERROR_DEVICE_LOST;
            }
            sched_yield();
        }
    }
    return pum_query_results(pool, first, count, pData, stride_B, flags);
}
