#include "object/deferred.h"

#include "object/device_base.h"
#include "registry/vk_entrypoints.h"

enum deferred_state { COMPLETE, PENDING, RUNNING };

struct pum_deferred_operation { /* Thread-safety: any number of threads may join and ask */
    struct pum_object base;
    VkResult (*run)(void *arg);
    void *arg;
    VkResult result;
    uint32_t state; /* atomic, enum deferred_state */
};
PUM_DEFINE_HANDLE_CASTS(pum_deferred_operation, VkDeferredOperationKHR)

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateDeferredOperationKHR(VkDevice _dev, const VkAllocationCallbacks *pAllocator, VkDeferredOperationKHR *pOperation)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct pum_deferred_operation *op = pum_object_zalloc(dev, pAllocator, sizeof(*op), VK_OBJECT_TYPE_DEFERRED_OPERATION_KHR);
    if (!op) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateDeferredOperationKHR");
    }
    *pOperation = pum_deferred_operation_to_handle(op);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyDeferredOperationKHR(VkDevice _dev, VkDeferredOperationKHR _op, const VkAllocationCallbacks *pAllocator)
{
    pum_object_free(pum_device_base_from_handle(_dev), pAllocator, pum_deferred_operation_from_handle(_op));
}

VkResult
pum_deferred_start(VkDeferredOperationKHR _op, VkResult (*run)(void *arg), void *arg)
{
    struct pum_deferred_operation *op = pum_deferred_operation_from_handle(_op);
    op->run = run;
    op->arg = arg;
    __atomic_store_n(&op->state, PENDING, __ATOMIC_RELEASE);
    return VK_OPERATION_DEFERRED_KHR;
}

/* Whoever comes first does it all: what is large in it is spread over the workers anyway. */
VKAPI_ATTR VkResult VKAPI_CALL
pum_DeferredOperationJoinKHR(VkDevice _dev, VkDeferredOperationKHR _op)
{
    (void)_dev;
    struct pum_deferred_operation *op = pum_deferred_operation_from_handle(_op);
    uint32_t state = PENDING;
    if (!__atomic_compare_exchange_n(&op->state, &state, RUNNING, false, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
        return state == COMPLETE ? VK_SUCCESS : VK_THREAD_DONE_KHR;
    }
    op->result = op->run(op->arg);
    __atomic_store_n(&op->state, COMPLETE, __ATOMIC_RELEASE);
    return VK_SUCCESS;
}

VKAPI_ATTR uint32_t VKAPI_CALL
pum_GetDeferredOperationMaxConcurrencyKHR(VkDevice _dev, VkDeferredOperationKHR _op)
{
    (void)_dev;
    return __atomic_load_n(&pum_deferred_operation_from_handle(_op)->state, __ATOMIC_ACQUIRE) == PENDING;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetDeferredOperationResultKHR(VkDevice _dev, VkDeferredOperationKHR _op)
{
    (void)_dev;
    const struct pum_deferred_operation *op = pum_deferred_operation_from_handle(_op);
    return __atomic_load_n(&op->state, __ATOMIC_ACQUIRE) == COMPLETE ? op->result : VK_NOT_READY;
}
