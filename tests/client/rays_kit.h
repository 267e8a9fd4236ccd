/* For tests with ray tracing pipelines: pipelines in the making, shader binding tables, simple acceleration structures. */
#ifndef CLIENT_RAYS_KIT_H
#define CLIENT_RAYS_KIT_H

#include "kit_accel.h"

#define NONE VK_SHADER_UNUSED_KHR
#define MAX_STAGES 16
#define MAX_GROUPS 16
#define NEED_RAYS(k) SKIP_UNLESS(k, rays_offered(k), "no ray tracing pipelines")

const VkPhysicalDeviceRayTracingPipelinePropertiesKHR *rays_properties(struct kit *k);
bool rays_offered(struct kit *k);

struct rays { /* a pipeline in the making: points into itself */
    VkPipelineShaderStageCreateInfo stages[MAX_STAGES];
    VkRayTracingShaderGroupCreateInfoKHR groups[MAX_GROUPS];
    VkRayTracingPipelineCreateInfoKHR info;
};
void rays_init(struct rays *r, VkPipelineLayout layout, uint32_t depth);
/* These return the stage's, the group's number. */
uint32_t rays_stage(struct kit *k, struct rays *r, VkShaderStageFlagBits stage, const uint32_t *code, size_t size_B);
uint32_t rays_group(struct rays *r, VkRayTracingShaderGroupTypeKHR type, uint32_t general, uint32_t closest, uint32_t any, uint32_t intersection);
uint32_t rays_general(struct kit *k, struct rays *r, VkShaderStageFlagBits stage, const uint32_t *code, size_t size_B);
VkPipeline rays_create(struct kit *k, const struct rays *r);

struct table { /* of shader records */
    struct kit_place place;
    VkStridedDeviceAddressRegionKHR region;
};
extern const VkStridedDeviceAddressRegionKHR no_table;
struct table table_make(struct kit *k, uint32_t records, uint32_t stride_B);
/* pipe NULL: a null handle. */
void table_set(struct kit *k, struct table *t, uint32_t record, VkPipeline pipe, uint32_t group, const void *data, size_t data_B);

/* Structures of n geometries with counts[] primitives each, built on the device. Vertices are three floats, three to a triangle. */
VkAccelerationStructureKHR rays_bottom(struct kit *k, uint32_t n, const VkAccelerationStructureGeometryKHR *geometries, const uint32_t *counts);
VkAccelerationStructureKHR rays_top(struct kit *k, uint32_t n, const VkAccelerationStructureInstanceKHR *instances);
VkAccelerationStructureGeometryKHR rays_triangles(struct kit *k, uint32_t n, const float (*vertices)[3], VkGeometryFlagsKHR flags);
VkAccelerationStructureGeometryKHR rays_boxes(struct kit *k, uint32_t n, const VkAabbPositionsKHR *boxes, VkGeometryFlagsKHR flags);

#endif
