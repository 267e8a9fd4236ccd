/* Limits and properties of the physical device. */
#include <stdio.h>
#include <string.h>

#include "abi/shader_abi.h"
#include "device/command_features.h"
#include "device/identity.h"
#include "device/instance.h"
#include "device/ray_features.h"
#include "device/ray_pipeline_features.h"
#include "device/shader_features.h"
#include "exec/host_copy.h"
#include "geom/geom.h"
#include "memory/device_memory.h"
#include "object/limits.h"
#include "pipeline/shader_object.h"
#include "registry/vk_entrypoints.h"
#include "resource/image_layout.h"
#include "sync/sync.h"
#include "util/build_id.h"
#include "util/hash.h"

static VkPhysicalDeviceLimits
limits(void)
{
    const uint32_t n = PUM_MAX_DESCRIPTORS;
    return (VkPhysicalDeviceLimits){
        .maxImageDimension1D = PUM_MAX_IMAGE_2D_PX,
        .maxImageDimension2D = PUM_MAX_IMAGE_2D_PX,
        .maxImageDimension3D = PUM_MAX_IMAGE_3D_PX,
        .maxImageDimensionCube = PUM_MAX_IMAGE_2D_PX,
        .maxImageArrayLayers = PUM_MAX_IMAGE_LAYERS,
        .maxTexelBufferElements = PUM_MAX_TEXEL_BUFFER_EL,
        .maxUniformBufferRange = 1u << 27,
        .maxStorageBufferRange = UINT32_MAX,
        .maxPushConstantsSize = PUM_MAX_PUSH_B,
        .maxMemoryAllocationCount = 1u << 20,
        .maxSamplerAllocationCount = 1u << 20,
        .bufferImageGranularity = 1,
        .sparseAddressSpaceSize = PUM_MAX_BUFFER_B,
        .maxBoundDescriptorSets = PUM_MAX_SETS,
        .maxPerStageDescriptorSamplers = n,
        .maxPerStageDescriptorUniformBuffers = n,
        .maxPerStageDescriptorStorageBuffers = n,
        .maxPerStageDescriptorSampledImages = n,
        .maxPerStageDescriptorStorageImages = n,
        .maxPerStageDescriptorInputAttachments = n,
        .maxPerStageResources = n,
        .maxDescriptorSetSamplers = n,
        .maxDescriptorSetUniformBuffers = n,
        .maxDescriptorSetUniformBuffersDynamic = PUM_MAX_DYNAMIC_BUFFERS / 2,
        .maxDescriptorSetStorageBuffers = n,
        .maxDescriptorSetStorageBuffersDynamic = PUM_MAX_DYNAMIC_BUFFERS / 2,
        .maxDescriptorSetSampledImages = n,
        .maxDescriptorSetStorageImages = n,
        .maxDescriptorSetInputAttachments = n,
        .maxVertexInputAttributes = 32,
        .maxVertexInputBindings = 32,
        .maxVertexInputAttributeOffset = UINT32_MAX,
        .maxVertexInputBindingStride = 1u << 14,
        .maxVertexOutputComponents = 128,
        .maxTessellationGenerationLevel = PUM_MAX_TESS_LEVEL,
        .maxTessellationPatchSize = PUM_MAX_PATCH_VERTICES,
        .maxTessellationControlPerVertexInputComponents = 128,
        .maxTessellationControlPerVertexOutputComponents = 128,
        .maxTessellationControlPerPatchOutputComponents = 120,
        .maxTessellationControlTotalOutputComponents = 32 * 128 + 120,
        .maxTessellationEvaluationInputComponents = 128,
        .maxTessellationEvaluationOutputComponents = 128,
        .maxGeometryShaderInvocations = PUM_MAX_GS_INVOCATIONS,
        .maxGeometryInputComponents = 128,
        .maxGeometryOutputComponents = 128,
        .maxGeometryOutputVertices = PUM_MAX_GS_VERTICES,
        .maxGeometryTotalOutputComponents = 1024,
        .maxFragmentInputComponents = 128,
        .maxFragmentOutputAttachments = PUM_MAX_RENDER_TARGETS,
        .maxFragmentDualSrcAttachments = 1,
        .maxFragmentCombinedOutputResources = n,
        .maxComputeSharedMemorySize = PUM_MAX_SHARED_B,
        .maxComputeWorkGroupCount = {65535, 65535, 65535},
        .maxComputeWorkGroupInvocations = 1024,
        .maxComputeWorkGroupSize = {1024, 1024, 64},
        .subPixelPrecisionBits = 8,
        .subTexelPrecisionBits = 8,
        .mipmapPrecisionBits = 8,
        .maxDrawIndexedIndexValue = UINT32_MAX,
        .maxDrawIndirectCount = UINT32_MAX,
        .maxSamplerLodBias = PUM_MAX_LOD_BIAS,
        .maxSamplerAnisotropy = 16.0f,
        .maxViewports = 16,
        .maxViewportDimensions = {PUM_MAX_FRAMEBUFFER_PX, PUM_MAX_FRAMEBUFFER_PX},
        .viewportBoundsRange = {-32768.0f, 32767.0f},
        .viewportSubPixelBits = 8,
        .minMemoryMapAlignment = 4096,
        .minTexelBufferOffsetAlignment = 16,
        .minUniformBufferOffsetAlignment = 16,
        .minStorageBufferOffsetAlignment = 16,
        .minTexelOffset = -8,
        .maxTexelOffset = 7,
        .minTexelGatherOffset = -32,
        .maxTexelGatherOffset = 31,
        .minInterpolationOffset = -0.5f,
        .maxInterpolationOffset = 0.4375f,
        .subPixelInterpolationOffsetBits = 4,
        .maxFramebufferWidth = PUM_MAX_FRAMEBUFFER_PX,
        .maxFramebufferHeight = PUM_MAX_FRAMEBUFFER_PX,
        .maxFramebufferLayers = PUM_MAX_IMAGE_LAYERS,
        .framebufferColorSampleCounts = PUM_SAMPLE_COUNTS,
        .framebufferDepthSampleCounts = PUM_SAMPLE_COUNTS,
        .framebufferStencilSampleCounts = PUM_SAMPLE_COUNTS,
        .framebufferNoAttachmentsSampleCounts = PUM_SAMPLE_COUNTS,
        .maxColorAttachments = PUM_MAX_RENDER_TARGETS,
        .sampledImageColorSampleCounts = PUM_SAMPLE_COUNTS,
        .sampledImageIntegerSampleCounts = PUM_SAMPLE_COUNTS,
        .sampledImageDepthSampleCounts = PUM_SAMPLE_COUNTS,
        .sampledImageStencilSampleCounts = PUM_SAMPLE_COUNTS,
        .storageImageSampleCounts = PUM_SAMPLE_COUNTS,
        .maxSampleMaskWords = 1,
        .timestampComputeAndGraphics = VK_TRUE,
        .timestampPeriod = 1.0f,
        .maxClipDistances = 8,
        .maxCullDistances = 8,
        .maxCombinedClipAndCullDistances = 8,
        .discreteQueuePriorities = 2,
        .pointSizeRange = {1.0f, 1024.0f},
        .lineWidthRange = {1.0f, (float)PUM_MAX_LINE_WIDTH},
        .pointSizeGranularity = 1.0f / 256.0f,
        .lineWidthGranularity = 1.0f / 128.0f,
        .strictLines = VK_TRUE,
        .standardSampleLocations = VK_TRUE,
        .optimalBufferCopyOffsetAlignment = 64,
        .optimalBufferCopyRowPitchAlignment = 64,
        .nonCoherentAtomSize = 64,
    };
}

static void
descriptor_indexing_properties(struct pum_properties *p)
{
    const uint32_t n = PUM_MAX_DESCRIPTORS;
    p->maxUpdateAfterBindDescriptorsInAllPools = UINT32_MAX;
    p->shaderUniformBufferArrayNonUniformIndexingNative = VK_TRUE;
    p->shaderStorageBufferArrayNonUniformIndexingNative = VK_TRUE;
    p->robustBufferAccessUpdateAfterBind = VK_TRUE;
    p->quadDivergentImplicitLod = VK_FALSE;
    p->maxPerStageDescriptorUpdateAfterBindSamplers = n;
    p->maxPerStageDescriptorUpdateAfterBindUniformBuffers = n;
    p->maxPerStageDescriptorUpdateAfterBindStorageBuffers = n;
    p->maxPerStageDescriptorUpdateAfterBindSampledImages = n;
    p->maxPerStageDescriptorUpdateAfterBindStorageImages = n;
    p->maxPerStageDescriptorUpdateAfterBindInputAttachments = n;
    p->maxPerStageUpdateAfterBindResources = n;
    p->maxDescriptorSetUpdateAfterBindSamplers = n;
    p->maxDescriptorSetUpdateAfterBindUniformBuffers = n;
    p->maxDescriptorSetUpdateAfterBindUniformBuffersDynamic = PUM_MAX_DYNAMIC_BUFFERS / 2;
    p->maxDescriptorSetUpdateAfterBindStorageBuffers = n;
    p->maxDescriptorSetUpdateAfterBindStorageBuffersDynamic = PUM_MAX_DYNAMIC_BUFFERS / 2;
    p->maxDescriptorSetUpdateAfterBindSampledImages = n;
    p->maxDescriptorSetUpdateAfterBindStorageImages = n;
    p->maxDescriptorSetUpdateAfterBindInputAttachments = n;
}

/* deviceUUID: the kind of CPU; nothing that differs between containers of one machine, where processes want to share, and nothing that the
 * environment can change. SPEC: VkPhysicalDeviceIDProperties. */
static void
fill_uuids(struct pum_properties *p)
{
    pum_driver_uuid(pum_build_id_of_code((const void *)(uintptr_t)fill_uuids), PUM_LAYOUT_ABI, PUM_SYNC_ABI, p->driverUUID);
    char cpu[64] = "pumice cpu ";
    pum_cpu_identity(cpu + strlen(cpu), sizeof(cpu) - strlen(cpu));
    const struct pum_hash128 device = pum_hash(cpu, strlen(cpu));
    memcpy(p->deviceUUID, &device, VK_UUID_SIZE);
}

void
pum_physical_device_fill_properties(struct pum_physical_device *pdev)
{
    pdev->core.limits = limits();
    pdev->core.sparseProperties.residencyStandard2DBlockShape = VK_TRUE;
    struct pum_properties *p = &pdev->properties;
    fill_uuids(p);
    snprintf(p->driverName, sizeof(p->driverName), "Pumice");
    snprintf(p->driverInfo, sizeof(p->driverInfo), "0.1.0 (%s)", pum_isa_name(pdev->isa));
    p->maxTimelineSemaphoreValueDifference = UINT64_MAX;
    p->maxPerSetDescriptors = PUM_MAX_DESCRIPTORS;
    p->maxMemoryAllocationSize = pdev->heap_B;
    p->pointClippingBehavior = VK_POINT_CLIPPING_BEHAVIOR_ALL_CLIP_PLANES;
    p->maxMultiviewViewCount = 6;
    p->maxMultiviewInstanceIndex = (1u << 27) - 1;
    p->framebufferIntegerColorSampleCounts = PUM_SAMPLE_COUNTS;
    p->supportedDepthResolveModes = VK_RESOLVE_MODE_SAMPLE_ZERO_BIT | VK_RESOLVE_MODE_AVERAGE_BIT | VK_RESOLVE_MODE_MIN_BIT | VK_RESOLVE_MODE_MAX_BIT;
    p->supportedStencilResolveModes = VK_RESOLVE_MODE_SAMPLE_ZERO_BIT | VK_RESOLVE_MODE_MIN_BIT | VK_RESOLVE_MODE_MAX_BIT;
    p->lineSubPixelPrecisionBits = 8;
    p->sampleLocationSampleCounts = PUM_SAMPLE_COUNTS & ~(uint32_t)VK_SAMPLE_COUNT_1_BIT;
    p->maxSampleLocationGridSize = (VkExtent2D){1, 1};
    p->sampleLocationCoordinateRange[1] = 15.0f / 16.0f;
    p->sampleLocationSubPixelBits = 4;
    p->variableSampleLocations = VK_TRUE; /* attachments do not know where their samples stand */
    p->provokingVertexModePerPipeline = VK_TRUE;
    p->transformFeedbackPreservesTriangleFanProvokingVertex = VK_TRUE;
    p->maxTransformFeedbackStreams = PUM_MAX_STREAMS;
    p->transformFeedbackStreamsLinesTriangles = VK_TRUE;
    p->transformFeedbackRasterizationStreamSelect = VK_TRUE;
    p->maxTransformFeedbackBuffers = PUM_MAX_XFB_BUFFERS;
    p->maxTransformFeedbackBufferSize = PUM_MAX_BUFFER_B;
    p->maxTransformFeedbackStreamDataSize = p->maxTransformFeedbackBufferDataSize = PUM_MAX_XFB_DATA_B;
    p->maxTransformFeedbackBufferDataStride = PUM_MAX_XFB_STRIDE_B;
    p->transformFeedbackQueries = VK_TRUE;
    p->transformFeedbackDraw = VK_TRUE;
    p->independentResolve = p->independentResolveNone = VK_TRUE;
    p->earlyFragmentMultisampleCoverageAfterSampleCounting = VK_TRUE;
    p->earlyFragmentSampleMaskTestBeforeSampleCounting = VK_TRUE;
    p->depthStencilSwizzleOneSupport = VK_TRUE;
    p->polygonModePointSize = VK_TRUE;
    p->rgba4OpaqueBlackSwizzled = VK_TRUE;
    p->resolveSrgbFormatAppliesTransferFunction = p->resolveSrgbFormatSupportsTransferFunctionControl = VK_TRUE;
    p->maxVertexAttribDivisor = UINT32_MAX;
    p->nativeUnalignedPerformance = VK_TRUE;
    p->maxDiscardRectangles = PUM_MAX_DISCARD_RECTS;
    p->supportsNonZeroFirstInstance = VK_TRUE;
    p->maxBufferSize = PUM_MAX_BUFFER_B;
    p->maxPushDescriptors = 256;
    p->filterMinmaxSingleComponentFormats = VK_TRUE;
    p->filterMinmaxImageComponentMapping = VK_TRUE;
    p->maxCustomBorderColorSamplers = 1u << 20; /* as many as there may be samplers */
    p->robustStorageBufferAccessSizeAlignment = 1;
    p->robustUniformBufferAccessSizeAlignment = 1;
    p->defaultRobustnessStorageBuffers = VK_PIPELINE_ROBUSTNESS_BUFFER_BEHAVIOR_ROBUST_BUFFER_ACCESS_2;
    p->defaultRobustnessUniformBuffers = VK_PIPELINE_ROBUSTNESS_BUFFER_BEHAVIOR_ROBUST_BUFFER_ACCESS_2;
    p->defaultRobustnessVertexInputs = VK_PIPELINE_ROBUSTNESS_BUFFER_BEHAVIOR_ROBUST_BUFFER_ACCESS_2;
    p->defaultRobustnessImages = VK_PIPELINE_ROBUSTNESS_IMAGE_BEHAVIOR_ROBUST_IMAGE_ACCESS_2;
    p->identicalMemoryTypeRequirements = VK_TRUE;
    pum_host_copy_layout_uuid(p->optimalTilingLayoutUUID);
    p->separateDepthStencilAttachmentAccess = VK_TRUE; /* they are planes of their own */
    p->maxDescriptorSetTotalUniformBuffersDynamic = PUM_MAX_DYNAMIC_BUFFERS / 2;
    p->maxDescriptorSetTotalStorageBuffersDynamic = PUM_MAX_DYNAMIC_BUFFERS / 2;
    p->maxDescriptorSetTotalBuffersDynamic = PUM_MAX_DYNAMIC_BUFFERS;
    p->maxDescriptorSetUpdateAfterBindTotalUniformBuffersDynamic = PUM_MAX_DYNAMIC_BUFFERS / 2;
    p->maxDescriptorSetUpdateAfterBindTotalStorageBuffersDynamic = PUM_MAX_DYNAMIC_BUFFERS / 2;
    p->maxDescriptorSetUpdateAfterBindTotalBuffersDynamic = PUM_MAX_DYNAMIC_BUFFERS;
    p->defaultVertexAttributeValue = VK_DEFAULT_VERTEX_ATTRIBUTE_VALUE_ZERO_ZERO_ZERO_ZERO_KHR;
    p->maxMultiDrawCount = 1u << 20;
    p->minPlacedMemoryMapAlignment = PUM_PAGE_B;
    p->minImportedHostPointerAlignment = PUM_PAGE_B;
    p->storageTexelBufferOffsetAlignmentBytes = p->uniformTexelBufferOffsetAlignmentBytes = 16;
    p->storageTexelBufferOffsetSingleTexelAlignment = p->uniformTexelBufferOffsetSingleTexelAlignment = VK_TRUE;
    p->maxInlineUniformBlockSize = PUM_MAX_INLINE_B;
    p->maxInlineUniformTotalSize = PUM_MAX_INLINE_B * 16;
    const uint32_t blocks = PUM_MAX_INLINE_BLOCKS;
    p->maxPerStageDescriptorInlineUniformBlocks = p->maxPerStageDescriptorUpdateAfterBindInlineUniformBlocks = blocks;
    p->maxDescriptorSetInlineUniformBlocks = p->maxDescriptorSetUpdateAfterBindInlineUniformBlocks = blocks;
    p->dynamicPrimitiveTopologyUnrestricted = VK_TRUE;
    p->advancedBlendMaxColorAttachments = PUM_MAX_RENDER_TARGETS;
    p->advancedBlendIndependentBlend = VK_TRUE;
    p->advancedBlendNonPremultipliedSrcColor = p->advancedBlendNonPremultipliedDstColor = VK_TRUE;
    p->advancedBlendCorrelatedOverlap = p->advancedBlendAllOperations = VK_TRUE;
    p->graphicsPipelineLibraryFastLinking = VK_TRUE;
    p->graphicsPipelineLibraryIndependentInterpolationDecoration = VK_TRUE;
    const struct pum_hash128 identifiers = pum_hash("words 1", 7);
    memcpy(p->shaderModuleIdentifierAlgorithmUUID, &identifiers, VK_UUID_SIZE);
    const struct pum_hash128 binaries = pum_hash("shader objects", 14);
    memcpy(p->shaderBinaryUUID, &binaries, VK_UUID_SIZE);
    p->shaderBinaryVersion = PUM_SHADER_BINARY_VERSION;
    p->maxCommandBufferNestingLevel = PUM_MAX_COMMAND_NESTING;
    p->maxCombinedImageSamplerDescriptorCount = 1;
    descriptor_indexing_properties(p);
    pum_shader_properties(p);
    pum_ray_properties(p);
    pum_ray_pipeline_properties(p);
    pum_command_properties(p);
}

VKAPI_ATTR void VKAPI_CALL
pum_GetPhysicalDeviceProperties(VkPhysicalDevice _pdev, VkPhysicalDeviceProperties *pProps)
{
    *pProps = pum_physical_device_from_handle(_pdev)->core;
}

/* Members that are arrays of the application's. */
static void
fill_lists(VkBaseOutStructure *s)
{
    void *p = s;
    switch ((int)s->sType) {
    case VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_HOST_IMAGE_COPY_PROPERTIES: {
        VkPhysicalDeviceHostImageCopyProperties *out = p;
        pum_host_copy_layouts(&out->copySrcLayoutCount, out->pCopySrcLayouts);
        pum_host_copy_layouts(&out->copyDstLayoutCount, out->pCopyDstLayouts);
        break;
    }
    case VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_4_PROPERTIES: {
        VkPhysicalDeviceVulkan14Properties *out = p;
        pum_host_copy_layouts(&out->copySrcLayoutCount, out->pCopySrcLayouts);
        pum_host_copy_layouts(&out->copyDstLayoutCount, out->pCopyDstLayouts);
        break;
    }
    case VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_LAYERED_API_PROPERTIES_LIST_KHR: {
        VkPhysicalDeviceLayeredApiPropertiesListKHR *out = p;
        out->layeredApiCount = 0; /* nothing lies below */
        break;
    }
    default: break;
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_GetPhysicalDeviceProperties2(VkPhysicalDevice _pdev, VkPhysicalDeviceProperties2 *pProps)
{
    const struct pum_physical_device *pdev = pum_physical_device_from_handle(_pdev);
    pProps->properties = pdev->core;
    for (VkBaseOutStructure *s = pProps->pNext; s; s = s->pNext) {
        pum_properties_fill(&pdev->properties, s);
        fill_lists(s);
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_GetPhysicalDeviceMultisamplePropertiesEXT(VkPhysicalDevice _pdev, VkSampleCountFlagBits samples, VkMultisamplePropertiesEXT *pProps)
{
    const uint32_t px = pum_physical_device_from_handle(_pdev)->properties.sampleLocationSampleCounts & (uint32_t)samples ? 1 : 0;
    pProps->maxSampleLocationGridSize = (VkExtent2D){px, px};
}
