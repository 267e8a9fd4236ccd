#include "rays_kit.h"

const VkPhysicalDeviceRayTracingPipelinePropertiesKHR *
rays_properties(struct kit *k)
{
    VkPhysicalDeviceRayTracingPipelinePropertiesKHR *p = kit_alloc(k, sizeof(*p));
    p->sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_RAY_TRACING_PIPELINE_PROPERTIES_KHR;
    VkPhysicalDeviceProperties2 all = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = p};
    k->vk.GetPhysicalDeviceProperties2(k->physical, &all);
    return p;
}

bool
rays_offered(struct kit *k)
{
    const VkPhysicalDeviceRayTracingPipelineFeaturesKHR *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_RAY_TRACING_PIPELINE_FEATURES_KHR);
    return f->rayTracingPipeline;
}

/* ---- pipelines ---- */

void
rays_init(struct rays *r, VkPipelineLayout layout, uint32_t depth)
{
    memset(r, 0, sizeof(*r));
    r->info = (VkRayTracingPipelineCreateInfoKHR){.sType = VK_STRUCTURE_TYPE_RAY_TRACING_PIPELINE_CREATE_INFO_KHR,
                                                  .pStages = r->stages,
                                                  .pGroups = r->groups,
                                                  .maxPipelineRayRecursionDepth = depth,
                                                  .layout = layout};
}

/* Returns the stage's number. */
uint32_t
rays_stage(struct kit *k, struct rays *r, VkShaderStageFlagBits stage, const uint32_t *code, size_t size_B)
{
    r->stages[r->info.stageCount] = (VkPipelineShaderStageCreateInfo){.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                                                                     .stage = stage,
                                                                     .module = kit_module(k, code, size_B),
                                                                     .pName = "main"};
    return r->info.stageCount++;
}

/* Returns the group's number. */
uint32_t
rays_group(struct rays *r, VkRayTracingShaderGroupTypeKHR type, uint32_t general, uint32_t closest, uint32_t any, uint32_t intersection)
{
    r->groups[r->info.groupCount] = (VkRayTracingShaderGroupCreateInfoKHR){.sType = VK_STRUCTURE_TYPE_RAY_TRACING_SHADER_GROUP_CREATE_INFO_KHR,
                                                                          .type = type,
                                                                          .generalShader = general,
                                                                          .closestHitShader = closest,
                                                                          .anyHitShader = any,
                                                                          .intersectionShader = intersection};
    return r->info.groupCount++;
}

uint32_t
rays_general(struct kit *k, struct rays *r, VkShaderStageFlagBits stage, const uint32_t *code, size_t size_B)
{
    return rays_group(r, VK_RAY_TRACING_SHADER_GROUP_TYPE_GENERAL_KHR, rays_stage(k, r, stage, code, size_B), NONE, NONE, NONE);
}

VkPipeline
rays_create(struct kit *k, const struct rays *r)
{
    VkPipeline pipe;
    MUST(k->vk.CreateRayTracingPipelinesKHR(k->device, VK_NULL_HANDLE, k->cache, 1, &r->info, NULL, &pipe));
    KIT_OWN(k, VK_OBJECT_TYPE_PIPELINE, pipe);
    return pipe;
}

/* ---- shader binding tables ---- */

struct table
table_make(struct kit *k, uint32_t records, uint32_t stride_B)
{
    struct table t;
    t.place = kit_place(k, (VkDeviceSize)records * stride_B, NULL);
    t.region = (VkStridedDeviceAddressRegionKHR){t.place.address, stride_B, (VkDeviceSize)records * stride_B};
    return t;
}

void
table_set(struct kit *k, struct table *t, uint32_t record, VkPipeline pipe, uint32_t group, const void *data, size_t data_B)
{
    const uint32_t handle_B = rays_properties(k)->shaderGroupHandleSize;
    uint8_t *at = (uint8_t *)t->place.buffer.data + record * t->region.stride;
    if (pipe) {
        MUST(k->vk.GetRayTracingShaderGroupHandlesKHR(k->device, pipe, group, 1, handle_B, at));
    }
    if (data_B) {
        memcpy(at + handle_B, data, data_B);
    }
}

const VkStridedDeviceAddressRegionKHR no_table;

/* ---- acceleration structures ---- */

static VkAccelerationStructureKHR
build(struct kit *k, VkAccelerationStructureTypeKHR type, uint32_t n, const VkAccelerationStructureGeometryKHR *geometries, const uint32_t *counts)
{
    VkAccelerationStructureBuildRangeInfoKHR *ranges = kit_alloc(k, n * sizeof(*ranges));
    for (uint32_t i = 0; i < n; i++) {
        ranges[i].primitiveCount = counts[i];
    }
    const struct kit_accel_input in = {type, VK_BUILD_ACCELERATION_STRUCTURE_PREFER_FAST_TRACE_BIT_KHR, n, geometries, ranges};
    return kit_accel_build(k, KIT_BY_COMMANDS, &in);
}

VkAccelerationStructureKHR
rays_bottom(struct kit *k, uint32_t n, const VkAccelerationStructureGeometryKHR *geometries, const uint32_t *counts)
{
    return build(k, VK_ACCELERATION_STRUCTURE_TYPE_BOTTOM_LEVEL_KHR, n, geometries, counts);
}

VkAccelerationStructureKHR
rays_top(struct kit *k, uint32_t n, const VkAccelerationStructureInstanceKHR *instances)
{
    const struct kit_place p = kit_place(k, n * sizeof(*instances), instances);
    const VkAccelerationStructureGeometryKHR g = kit_instances(KIT_BY_COMMANDS, &p, false);
    return build(k, VK_ACCELERATION_STRUCTURE_TYPE_TOP_LEVEL_KHR, 1, &g, &n);
}

VkAccelerationStructureGeometryKHR
rays_triangles(struct kit *k, uint32_t n, const float (*vertices)[3], VkGeometryFlagsKHR flags)
{
    const struct kit_place p = kit_place(k, (VkDeviceSize)n * 36, vertices);
    return kit_triangles(KIT_BY_COMMANDS, flags, &p, VK_FORMAT_R32G32B32_SFLOAT, 12, n * 3, NULL, VK_INDEX_TYPE_NONE_KHR, NULL);
}

VkAccelerationStructureGeometryKHR
rays_boxes(struct kit *k, uint32_t n, const VkAabbPositionsKHR *boxes, VkGeometryFlagsKHR flags)
{
    const struct kit_place p = kit_place(k, n * sizeof(*boxes), boxes);
    return kit_boxes(KIT_BY_COMMANDS, flags, &p, sizeof(*boxes));
}
