#include "device/ray_pipeline_features.h"

#include "abi/tracing.h"
#include "object/limits.h"
#include "pipeline/ray_pipeline.h"

void
pum_ray_pipeline_extensions(bool offered[PUM_EXT_COUNT])
{
    offered[PUM_EXT_KHR_ray_tracing_pipeline] = true;
    offered[PUM_EXT_EXT_pipeline_library_group_handles] = true;
}

void
pum_ray_pipeline_features(struct pum_features *f)
{
    f->rayTracingPipeline = VK_TRUE;
    f->rayTracingPipelineTraceRaysIndirect = VK_TRUE;
    f->rayTracingPipelineTraceRaysIndirect2 = VK_TRUE;
    f->rayTraversalPrimitiveCulling = VK_TRUE;
    f->rayTracingPipelineShaderGroupHandleCaptureReplay = VK_TRUE; /* handles are names, whoever made them */
    f->rayTracingPipelineShaderGroupHandleCaptureReplayMixed = VK_TRUE;
    f->pipelineLibraryGroupHandles = VK_TRUE;
}

void
pum_ray_pipeline_properties(struct pum_properties *p)
{
    const VkShaderStageFlags stages = VK_SHADER_STAGE_RAYGEN_BIT_KHR | VK_SHADER_STAGE_ANY_HIT_BIT_KHR | VK_SHADER_STAGE_CLOSEST_HIT_BIT_KHR |
                                      VK_SHADER_STAGE_MISS_BIT_KHR | VK_SHADER_STAGE_INTERSECTION_BIT_KHR | VK_SHADER_STAGE_CALLABLE_BIT_KHR;
    p->subgroupSupportedStages |= stages;
    p->supportedStages |= stages;
    p->requiredSubgroupSizeStages |= stages;
    p->shaderGroupHandleSize = PUM_GROUP_HANDLE_B;
    p->shaderGroupHandleAlignment = PUM_GROUP_HANDLE_B;
    p->shaderGroupHandleCaptureReplaySize = PUM_GROUP_HANDLE_B;
    p->shaderGroupBaseAlignment = 64;
    p->maxShaderGroupStride = 1u << 16;
    p->maxRayRecursionDepth = PUM_MAX_RAY_RECURSION;
    p->maxRayDispatchInvocationCount = PUM_MAX_RAY_LAUNCH;
    p->maxRayHitAttributeSize = PUM_MAX_RAY_ATTRIBUTE_B;
}
