#include "exec/fault.h"

#include <stdio.h>
#include <string.h>

#include "exec/queue.h"
#include "object/device_base.h"
#include "object/outarray.h"
#include "registry/vk_entrypoints.h"
#include "sync/sync.h"
#include "util/env.h"

void
pum_device_lose(struct pum_device_base *dev, bool timeout, const char *reason)
{
    struct pum_fault *f = &dev->fault;
    pthread_mutex_lock(&f->lock);
    const bool first = !f->reason[0];
    if (first) {
        snprintf(f->reason, sizeof(f->reason), "%s", reason);
        f->timeout = timeout;
    }
    pthread_mutex_unlock(&f->lock);
    if (first) { /* before anybody learns of it */
        (void)pum_error(dev, dev, VK_ERROR_DEVICE_LOST, "%s", reason);
    }
    pum_sync_lose(dev);
}

void
pum_fault_where(struct pum_device_base *dev, const char *where)
{
    struct pum_fault *f = &dev->fault;
    pthread_mutex_lock(&f->lock);
    const bool first = !f->where[0] && f->timeout;
    if (first) {
        snprintf(f->where, sizeof(f->where), "%s", where);
    }
    pthread_mutex_unlock(&f->lock);
    if (first) {
        (void)pum_error(dev, dev, VK_ERROR_DEVICE_LOST, "it ran in %s", where);
    }
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetDeviceFaultInfoEXT(VkDevice _dev, VkDeviceFaultCountsEXT *pCounts, VkDeviceFaultInfoEXT *pInfo)
{
    struct pum_fault *f = &pum_device_base_from_handle(_dev)->fault;
    VkResult result = VK_SUCCESS;
    pthread_mutex_lock(&f->lock);
    const uint32_t n = f->where[0] != 0;
    if (pInfo) {
        snprintf(pInfo->description, sizeof(pInfo->description), "%s", f->reason);
        if (n && pCounts->vendorInfoCount && pInfo->pVendorInfos) {
            snprintf(pInfo->pVendorInfos->description, sizeof(pInfo->pVendorInfos->description), "%s", f->where);
            pInfo->pVendorInfos->vendorFaultCode = PUM_FAULT_ENDLESS;
            pInfo->pVendorInfos->vendorFaultData = pum_env_get()->timeout_s;
        }
        result = n > pCounts->vendorInfoCount ? VK_INCOMPLETE : VK_SUCCESS;
    }
    pCounts->addressInfoCount = 0;
    pCounts->vendorInfoCount = pInfo ? PUM_MIN(n, pCounts->vendorInfoCount) : n;
    pCounts->vendorBinarySize = 0;
    pthread_mutex_unlock(&f->lock);
    return result;
}

/* ---- checkpoints (VK_NV_device_diagnostic_checkpoints) ---- */

static uint32_t
checkpoints(VkQueue _q, const void *out[2])
{
    const struct pum_queue *q = pum_queue_from_handle(_q);
    out[0] = __atomic_load_n(&q->begun, __ATOMIC_ACQUIRE);
    out[1] = __atomic_load_n(&q->complete, __ATOMIC_ACQUIRE);
    return 2;
}

VKAPI_ATTR void VKAPI_CALL
pum_GetQueueCheckpointDataNV(VkQueue _q, uint32_t *pCount, VkCheckpointDataNV *pData)
{
    const void *markers[2];
    struct pum_outarray out = pum_outarray_begin(pCount, pData);
    for (uint32_t i = 0, k, n = checkpoints(_q, markers); i < n; i++) {
        if (markers[i] && pum_outarray_next(&out, &k)) {
            pData[k].stage = i ? VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT : VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT;
            memcpy(&pData[k].pCheckpointMarker, &markers[i], sizeof(markers[i])); /* it came as a pointer to constants */
        }
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_GetQueueCheckpointData2NV(VkQueue _q, uint32_t *pCount, VkCheckpointData2NV *pData)
{
    const void *markers[2];
    struct pum_outarray out = pum_outarray_begin(pCount, pData);
    for (uint32_t i = 0, k, n = checkpoints(_q, markers); i < n; i++) {
        if (markers[i] && pum_outarray_next(&out, &k)) {
            pData[k].stage = i ? VK_PIPELINE_STAGE_2_BOTTOM_OF_PIPE_BIT : VK_PIPELINE_STAGE_2_TOP_OF_PIPE_BIT;
            memcpy(&pData[k].pCheckpointMarker, &markers[i], sizeof(markers[i]));
        }
    }
}
