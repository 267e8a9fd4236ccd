/* Acceleration structures and ray queries, for the physical device. */
#include "device/ray_features.h"

#include "abi/accel.h"
#include "object/limits.h"
#include "util/compiler.h"

static const uint16_t extensions[] = {
    PUM_EXT_KHR_acceleration_structure,
    PUM_EXT_KHR_deferred_host_operations,
    PUM_EXT_KHR_ray_query,
    PUM_EXT_KHR_ray_tracing_maintenance1,
    PUM_EXT_KHR_ray_tracing_position_fetch,
};

void
pum_ray_extensions(bool offered[PUM_EXT_COUNT])
{
    for (uint32_t i = 0; i < PUM_ARRAY_LEN(extensions); i++) {
        offered[extensions[i]] = true;
    }
}

void
pum_ray_features(struct pum_features *f)
{
    f->accelerationStructure = VK_TRUE;
    f->accelerationStructureIndirectBuild = VK_TRUE;
    f->accelerationStructureHostCommands = VK_TRUE;
    f->descriptorBindingAccelerationStructureUpdateAfterBind = VK_TRUE;
    f->rayQuery = VK_TRUE;
    f->rayTracingMaintenance1 = VK_TRUE;
    f->rayTracingPositionFetch = VK_TRUE;
}

void
pum_ray_properties(struct pum_properties *p)
{
    const uint32_t n = PUM_MAX_DESCRIPTORS;
    p->maxGeometryCount = PUM_ACCEL_GEOMETRY_MASK;
    p->maxInstanceCount = (1u << 24) - 1;
    p->maxPrimitiveCount = PUM_ACCEL_MAX_RECORDS - 1;
    p->maxPerStageDescriptorAccelerationStructures = p->maxPerStageDescriptorUpdateAfterBindAccelerationStructures = n;
    p->maxDescriptorSetAccelerationStructures = p->maxDescriptorSetUpdateAfterBindAccelerationStructures = n;
    p->minAccelerationStructureScratchOffsetAlignment = 64;
    p->accelerationStructureDescriptorSize = PUM_DESC_ACCEL_B;
}
