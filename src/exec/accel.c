/* Runs what is done with acceleration structures, for queues and for the host. Builds of one call are in no order: small ones run beside each other,
 * large ones after each other, each on all threads. */
#include <stdlib.h>
#include <string.h>

#include "exec/replay.h"
#include "object/deferred.h"
#include "object/device_base.h"
#include "registry/vk_entrypoints.h"
#include "resource/acceleration_structure.h"
#include "util/worker_pool.h"

#define SMALL 8192u /* primitives of a build that one thread does */

/* ---- builds ---- */

struct builds {
    struct pum_device_base *dev;
    const struct pum_accel_op *op;
    bool failed; /* atomic */
};

/* Ranges that the device knows only now; counts no larger than was said. The arrays belong to the command: a copy. NULL: out of memory. */
static struct pum_accel_geometry *
indirect_geometry(const struct pum_accel_build_op *b)
{
    const struct pum_accel_input *in = &b->input;
    struct pum_accel_geometry *g = malloc((in->n_geometries + 1) * sizeof(*g));
    for (uint32_t i = 0; g && i < in->n_geometries; i++) {
        VkAccelerationStructureBuildRangeInfoKHR range;
        memcpy(&range, b->ranges + i * b->range_stride_B, sizeof(range));
        g[i] = in->geometry[i];
        range.primitiveCount = PUM_MIN(range.primitiveCount, g[i].count);
        pum_accel_apply_range(in->kind, &g[i], &range);
    }
    return g;
}

static bool
build(struct pum_device_base *dev, const struct pum_accel_build_op *b, struct pum_pool *pool)
{
    struct pum_accel_input in = b->input;
    struct pum_accel_geometry *own = b->ranges ? indirect_geometry(b) : NULL;
    if (b->ranges && !own) {
        return false;
    }
    in.geometry = own ? own : in.geometry;
    const bool fits = pum_accel_number(in.geometry, in.n_geometries);
    if (!fits || !(b->src ? pum_accel_update(b->dst, b->dst_B, b->src, &in, pool) : pum_accel_build(b->dst, b->dst_B, b->scratch, &in, pool))) {
        pum_error(dev, NULL, VK_ERROR_OUT_OF_DEVICE_MEMORY, "acceleration structure of %llu B: %s", (unsigned long long)b->dst_B,
                  b->src ? "its source is none, or another" : "too small for its primitives");
    }
    free(own);
    return true;
}

static uint64_t
primitives(const struct pum_accel_build_op *b)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < b->input.n_geometries; i++) {
        n += b->input.geometry[i].count;
    }
    return n;
}

static void
build_task(void *arg, uint32_t i, uint32_t worker)
{
    (void)worker;
    struct builds *all = arg;
    if (primitives(&all->op->build[i]) < SMALL && !build(all->dev, &all->op->build[i], NULL)) {
        __atomic_store_n(&all->failed, true, __ATOMIC_RELAXED);
    }
}

/* ---- all ---- */

static void
write_properties(const struct pum_accel_op *op)
{
    for (uint32_t i = 0; i < op->n_accels && op->first + i < op->pool->count; i++) {
        struct pum_query *q = &op->pool->query[op->first + i];
        q->value[0] = pum_accel_property(op->accels[i], op->property);
        __atomic_store_n(&q->available, 1, __ATOMIC_RELEASE);
    }
}

bool
pum_exec_accel(struct pum_device_base *dev, const struct pum_accel_op *op, VkResult *result)
{
    const struct pum_accel_identity id = pum_accel_identity_get(dev);
    bool done = true;
    *result = VK_SUCCESS;
    switch ((enum pum_accel_op_kind)op->kind) {
    case PUM_ACCEL_OP_BUILD: {
        struct builds all = {dev, op, false};
        pum_pool_run(dev->pool, op->count, 1, build_task, &all);
        for (uint32_t i = 0; i < op->count && !all.failed; i++) {
            all.failed = primitives(&op->build[i]) >= SMALL && !build(dev, &op->build[i], dev->pool);
        }
        *result = all.failed ? VK_ERROR_OUT_OF_HOST_MEMORY : VK_SUCCESS;
        return !all.failed;
    }
    case PUM_ACCEL_OP_COPY: done = pum_accel_copy(op->dst, op->dst_B, op->src); break;
    case PUM_ACCEL_OP_SERIALIZE: pum_accel_serialize(op->data, op->src, &id); break;
    case PUM_ACCEL_OP_DESERIALIZE: done = pum_accel_deserialize(op->dst, op->dst_B, op->data, &id, pum_accel_find_address, dev); break;
    case PUM_ACCEL_OP_PROPERTIES: write_properties(op); break;
    }
    if (!done) { /* the structure is empty now */
        *result = pum_error(dev, NULL, VK_ERROR_UNKNOWN, "acceleration structure of %llu B: %s", (unsigned long long)op->dst_B,
                            op->kind == PUM_ACCEL_OP_COPY ? "the copy does not fit, or there is nothing to copy"
                                                          : "what was to be deserialized is damaged, of another driver, or does not fit");
    }
    return true;
}

/* ---- on the host. Deferred or not: what is in the structs is taken at once, what they point to when it runs ---- */

struct host_op {
    struct pum_device_base *dev;
    struct pum_accel_op op;
    struct host_block *blocks; /* list: memory of the operation */
};

struct host_block {
    struct host_block *next;
    uint64_t pad;
};

static void *
host_alloc(void *arg, size_t size_B)
{
    struct host_op *h = arg;
    struct host_block *b = calloc(1, sizeof(*b) + size_B);
    if (!b) {
        return NULL;
    }
    b->next = h->blocks;
    h->blocks = b;
    return b + 1;
}

static VkResult
run_host(void *arg)
{
    struct host_op *h = arg;
    VkResult result;
    (void)pum_exec_accel(h->dev, &h->op, &result);
    while (h->blocks) {
        struct host_block *next = h->blocks->next;
        free(h->blocks);
        h->blocks = next;
    }
    free(h);
    return result;
}

static struct host_op *
host_op(VkDevice _dev)
{
    struct host_op *h = calloc(1, sizeof(*h));
    if (h) {
        h->dev = pum_device_base_from_handle(_dev);
    }
    return h;
}

static VkResult
host_run_or_defer(struct host_op *h, VkDeferredOperationKHR deferred)
{
    return deferred ? pum_deferred_start(deferred, run_host, h) : run_host(h);
}

static VkResult
host_oom(VkDevice _dev, const char *what)
{
    return pum_error(pum_device_base_from_handle(_dev), NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "%s", what);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_BuildAccelerationStructuresKHR(VkDevice _dev, VkDeferredOperationKHR deferred, uint32_t count, const VkAccelerationStructureBuildGeometryInfoKHR *pInfos,
                                   const VkAccelerationStructureBuildRangeInfoKHR *const *ppRanges)
{
    struct host_op *h = host_op(_dev);
    if (!h) {
        return host_oom(_dev, "vkBuildAccelerationStructuresKHR");
    }
    if (!pum_accel_op_build(&h->op, h->dev, count, pInfos, ppRanges, true, host_alloc, h)) {
        h->op = (struct pum_accel_op){.kind = PUM_ACCEL_OP_BUILD};
        (void)run_host(h);
        return host_oom(_dev, "vkBuildAccelerationStructuresKHR");
    }
    return host_run_or_defer(h, deferred);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CopyAccelerationStructureKHR(VkDevice _dev, VkDeferredOperationKHR deferred, const VkCopyAccelerationStructureInfoKHR *pInfo)
{
    struct host_op *h = host_op(_dev);
    if (!h) {
        return host_oom(_dev, "vkCopyAccelerationStructureKHR");
    }
    pum_accel_op_copy(&h->op, pInfo);
    return host_run_or_defer(h, deferred);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CopyAccelerationStructureToMemoryKHR(VkDevice _dev, VkDeferredOperationKHR deferred, const VkCopyAccelerationStructureToMemoryInfoKHR *pInfo)
{
    struct host_op *h = host_op(_dev);
    if (!h) {
        return host_oom(_dev, "vkCopyAccelerationStructureToMemoryKHR");
    }
    pum_accel_op_serialize(&h->op, pInfo, true);
    return host_run_or_defer(h, deferred);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CopyMemoryToAccelerationStructureKHR(VkDevice _dev, VkDeferredOperationKHR deferred, const VkCopyMemoryToAccelerationStructureInfoKHR *pInfo)
{
    struct host_op *h = host_op(_dev);
    if (!h) {
        return host_oom(_dev, "vkCopyMemoryToAccelerationStructureKHR");
    }
    pum_accel_op_deserialize(&h->op, pInfo, true);
    return host_run_or_defer(h, deferred);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_WriteAccelerationStructuresPropertiesKHR(VkDevice _dev, uint32_t count, const VkAccelerationStructureKHR *pAccels, VkQueryType type, size_t size_B,
                                             void *pData, size_t stride_B)
{
    (void)_dev;
    for (uint32_t i = 0; i < count && (uint64_t)i * stride_B + sizeof(VkDeviceSize) <= size_B; i++) {
        const VkDeviceSize v = pum_accel_property(pum_accel_data(pum_acceleration_structure_from_handle(pAccels[i])), type);
        memcpy((uint8_t *)pData + i * stride_B, &v, sizeof(v));
    }
    return VK_SUCCESS;
}
