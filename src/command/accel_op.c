#include "command/accel_op.h"

#include <string.h>

#include "registry/vk_entrypoints.h"
#include "resource/acceleration_structure.h"

/* ---- geometries ---- */

static const uint8_t *
data_of(VkDeviceOrHostAddressConstKHR address, bool host)
{
    return host ? address.hostAddress : (const uint8_t *)(uintptr_t)address.deviceAddress;
}

static const VkAccelerationStructureGeometryKHR *
geometry_at(const VkAccelerationStructureBuildGeometryInfoKHR *info, uint32_t i)
{
    return info->pGeometries ? &info->pGeometries[i] : info->ppGeometries[i];
}

enum pum_accel_kind
pum_accel_kind_of(const VkAccelerationStructureBuildGeometryInfoKHR *info)
{
    const VkGeometryTypeKHR type = info->geometryCount ? geometry_at(info, 0)->geometryType : VK_GEOMETRY_TYPE_MAX_ENUM_KHR;
    if (info->type == VK_ACCELERATION_STRUCTURE_TYPE_TOP_LEVEL_KHR || type == VK_GEOMETRY_TYPE_INSTANCES_KHR) {
        return PUM_ACCEL_INSTANCES;
    }
    return type == VK_GEOMETRY_TYPE_AABBS_KHR ? PUM_ACCEL_BOXES : PUM_ACCEL_TRIANGLES;
}

static uint8_t
index_size_B(VkIndexType type)
{
    return type == VK_INDEX_TYPE_UINT16 ? 2 : type == VK_INDEX_TYPE_UINT8 ? 1 : 4;
}

/* All but the range. */
static struct pum_accel_geometry
take_geometry(const VkAccelerationStructureGeometryKHR *in, bool host)
{
    struct pum_accel_geometry g = {.flags = (in->flags & VK_GEOMETRY_OPAQUE_BIT_KHR ? PUM_ACCEL_OPAQUE_BIT : 0) |
                                            (in->flags & VK_GEOMETRY_NO_DUPLICATE_ANY_HIT_INVOCATION_BIT_KHR ? PUM_ACCEL_NO_DUPLICATE_BIT : 0)};
    if (in->geometryType == VK_GEOMETRY_TYPE_TRIANGLES_KHR) {
        const VkAccelerationStructureGeometryTrianglesDataKHR *t = &in->geometry.triangles;
        g.data = data_of(t->vertexData, host);
        g.stride_B = t->vertexStride;
        g.format = pum_format_from_vk(t->vertexFormat);
        if (t->indexType != VK_INDEX_TYPE_NONE_KHR) {
            g.indices = data_of(t->indexData, host);
            g.index_B = index_size_B(t->indexType);
        }
        g.transform = (const float *)(const void *)data_of(t->transformData, host);
    } else if (in->geometryType == VK_GEOMETRY_TYPE_AABBS_KHR) {
        g.data = data_of(in->geometry.aabbs.data, host);
        g.stride_B = in->geometry.aabbs.stride;
    } else {
        g.data = data_of(in->geometry.instances.data, host);
        g.pointers = in->geometry.instances.arrayOfPointers;
        g.stride_B = g.pointers ? sizeof(uint64_t) : sizeof(VkAccelerationStructureInstanceKHR);
    }
    return g;
}

/* SPEC: VkAccelerationStructureBuildRangeInfoKHR */
void
pum_accel_apply_range(enum pum_accel_kind kind, struct pum_accel_geometry *g, const VkAccelerationStructureBuildRangeInfoKHR *range)
{
    g->count = range->primitiveCount;
    if (kind == PUM_ACCEL_TRIANGLES) {
        g->first_vertex = range->firstVertex;
        if (g->transform) {
            g->transform = (const float *)(const void *)((const uint8_t *)g->transform + range->transformOffset);
        }
    }
    if (kind == PUM_ACCEL_TRIANGLES && g->indices) {
        g->indices += range->primitiveOffset;
    } else if (g->data) {
        g->data += range->primitiveOffset;
    }
}

static bool
take_build(struct pum_accel_build_op *b, struct pum_device_base *dev, const VkAccelerationStructureBuildGeometryInfoKHR *info,
           const VkAccelerationStructureBuildRangeInfoKHR *ranges, bool host, pum_accel_alloc_fn alloc, void *arg)
{
    struct pum_acceleration_structure *dst = pum_acceleration_structure_from_handle(info->dstAccelerationStructure);
    struct pum_acceleration_structure *src = pum_acceleration_structure_from_handle(info->srcAccelerationStructure);
    const uint32_t n = info->geometryCount;
    *b = (struct pum_accel_build_op){
        .dst = pum_accel_data(dst), .dst_B = pum_accel_size_B(dst),
        .scratch = host ? info->scratchData.hostAddress : (uint8_t *)(uintptr_t)info->scratchData.deviceAddress,
        .input = {.kind = pum_accel_kind_of(info), .build_flags = info->flags, .n_geometries = n,
                  .geometry = n ? alloc(arg, n * sizeof(struct pum_accel_geometry)) : NULL,
                  .find = host ? pum_accel_find_handle : pum_accel_find_address, .arg = dev}};
    if (n && !b->input.geometry) {
        return false;
    }
    if (info->mode == VK_BUILD_ACCELERATION_STRUCTURE_MODE_UPDATE_KHR && src) {
        b->src = pum_accel_data(src);
    }
    for (uint32_t i = 0; i < n; i++) {
        b->input.geometry[i] = take_geometry(geometry_at(info, i), host);
        if (ranges) {
            pum_accel_apply_range(b->input.kind, &b->input.geometry[i], &ranges[i]);
        }
    }
    return true;
}

bool
pum_accel_op_build(struct pum_accel_op *op, struct pum_device_base *dev, uint32_t count, const VkAccelerationStructureBuildGeometryInfoKHR *infos,
                   const VkAccelerationStructureBuildRangeInfoKHR *const *ranges, bool host, pum_accel_alloc_fn alloc, void *arg)
{
    op->kind = PUM_ACCEL_OP_BUILD;
    op->count = count;
    op->build = alloc(arg, count * sizeof(op->build[0]));
    bool ok = op->build != NULL;
    for (uint32_t i = 0; i < count && ok; i++) {
        ok = take_build(&op->build[i], dev, &infos[i], ranges ? ranges[i] : NULL, host, alloc, arg);
    }
    return ok;
}

/* ---- copies ---- */

void
pum_accel_op_copy(struct pum_accel_op *op, const VkCopyAccelerationStructureInfoKHR *info)
{
    struct pum_acceleration_structure *dst = pum_acceleration_structure_from_handle(info->dst);
    op->kind = PUM_ACCEL_OP_COPY; /* compact or not: it is the same */
    op->src = pum_accel_data(pum_acceleration_structure_from_handle(info->src));
    op->dst = pum_accel_data(dst);
    op->dst_B = pum_accel_size_B(dst);
}

void
pum_accel_op_serialize(struct pum_accel_op *op, const VkCopyAccelerationStructureToMemoryInfoKHR *info, bool host)
{
    op->kind = PUM_ACCEL_OP_SERIALIZE;
    op->src = pum_accel_data(pum_acceleration_structure_from_handle(info->src));
    op->data = host ? info->dst.hostAddress : (uint8_t *)(uintptr_t)info->dst.deviceAddress;
}

void
pum_accel_op_deserialize(struct pum_accel_op *op, const VkCopyMemoryToAccelerationStructureInfoKHR *info, bool host)
{
    struct pum_acceleration_structure *dst = pum_acceleration_structure_from_handle(info->dst);
    op->kind = PUM_ACCEL_OP_DESERIALIZE;
    op->dst = pum_accel_data(dst);
    op->dst_B = pum_accel_size_B(dst);
    op->data = (uint8_t *)(host ? (uintptr_t)info->src.hostAddress : (uintptr_t)info->src.deviceAddress);
}

uint64_t
pum_accel_property(const struct pum_accel *a, VkQueryType property)
{
    switch ((int)property) {
    case VK_QUERY_TYPE_ACCELERATION_STRUCTURE_SERIALIZATION_SIZE_KHR: return pum_accel_serialized_B(a);
    case VK_QUERY_TYPE_ACCELERATION_STRUCTURE_SERIALIZATION_BOTTOM_LEVEL_POINTERS_KHR: return pum_accel_pointer_count(a);
    default: return pum_accel_is_built(a) ? a->used_B : 0; /* size, compacted or not */
    }
}

uint64_t
pum_accel_op_work(const struct pum_accel_op *op)
{
    uint64_t n = 0;
    for (uint32_t i = 0; op->kind == PUM_ACCEL_OP_BUILD && i < op->count; i++) {
        const struct pum_accel_build_op *b = &op->build[i];
        for (uint32_t g = 0; g < b->input.n_geometries; g++) {
            n += b->ranges ? 1000 : b->input.geometry[g].count;
        }
    }
    return n;
}

/* ---- sizes ---- */

VKAPI_ATTR void VKAPI_CALL
pum_GetAccelerationStructureBuildSizesKHR(VkDevice _dev, VkAccelerationStructureBuildTypeKHR type, const VkAccelerationStructureBuildGeometryInfoKHR *pInfo,
                                          const uint32_t *pCounts, VkAccelerationStructureBuildSizesInfoKHR *pSizes)
{
    (void)_dev, (void)type;
    uint64_t n = 0;
    for (uint32_t i = 0; i < pInfo->geometryCount && pCounts; i++) {
        n += pCounts[i];
    }
    const struct pum_accel_sizes s = pum_accel_sizes(pum_accel_kind_of(pInfo), n);
    pSizes->accelerationStructureSize = s.accel_B;
    pSizes->buildScratchSize = s.build_B;
    pSizes->updateScratchSize = s.update_B;
}
