/* The one physical device: what it is, what it can do. Everything answered here is a promise that tests hold us to. */
#include <stdio.h>
#include <string.h>

#include <vulkan/vk_icd.h>

#include "abi/shader_abi.h"
#include "device/identity.h"
#include "device/instance.h"
#include "device/shader_features.h"
#include "geom/geom.h"
#include "object/limits.h"
#include "exec/host_copy.h"
#include "format/format.h"
#include "memory/device_memory.h"
#include "object/outarray.h"
#include "object/pnext.h"
#include "pipeline/pipeline_cache.h"
#include "pipeline/shader_object.h"
#include "registry/vk_entrypoints.h"
#include "resource/image_layout.h"
#include "resource/sparse.h"
#include "sync/sync.h"
#include "util/build_id.h"
#include "util/hash.h"

#define DRIVER_VERSION VK_MAKE_API_VERSION(0, 0, 1, 0)

static const bool device_extensions[PUM_EXT_COUNT] = {
    [PUM_EXT_KHR_swapchain] = true,
    [PUM_EXT_KHR_maintenance1] = true,
    [PUM_EXT_KHR_maintenance2] = true,
    [PUM_EXT_KHR_maintenance3] = true,
    [PUM_EXT_KHR_dedicated_allocation] = true,
    [PUM_EXT_KHR_get_memory_requirements2] = true,
    [PUM_EXT_KHR_bind_memory2] = true,
    [PUM_EXT_KHR_external_memory] = true,
    [PUM_EXT_KHR_external_memory_fd] = true,
    [PUM_EXT_NV_external_memory] = true,
    [PUM_EXT_KHR_external_semaphore] = true,
    [PUM_EXT_KHR_external_semaphore_fd] = true,
    [PUM_EXT_KHR_external_fence] = true,
    [PUM_EXT_KHR_external_fence_fd] = true,
    [PUM_EXT_EXT_external_memory_dma_buf] = true,
    [PUM_EXT_EXT_external_memory_host] = true,
    [PUM_EXT_EXT_external_memory_acquire_unmodified] = true,
    [PUM_EXT_EXT_queue_family_foreign] = true,
    [PUM_EXT_EXT_image_drm_format_modifier] = true,
    [PUM_EXT_KHR_map_memory2] = true,
    [PUM_EXT_EXT_map_memory_placed] = true,
    [PUM_EXT_KHR_unified_image_layouts] = true,
    [PUM_EXT_EXT_host_image_copy] = true,
    [PUM_EXT_EXT_image_sliced_view_of_3d] = true,
    [PUM_EXT_EXT_shader_image_atomic_int64] = true,
    [PUM_EXT_KHR_timeline_semaphore] = true,
    [PUM_EXT_KHR_descriptor_update_template] = true,
    [PUM_EXT_KHR_image_format_list] = true,
    [PUM_EXT_KHR_sampler_mirror_clamp_to_edge] = true,
    [PUM_EXT_KHR_driver_properties] = true,
    [PUM_EXT_KHR_storage_buffer_storage_class] = true,
    [PUM_EXT_KHR_relaxed_block_layout] = true,
    [PUM_EXT_KHR_shader_draw_parameters] = true,
    [PUM_EXT_KHR_multiview] = true,
    [PUM_EXT_KHR_create_renderpass2] = true,
    [PUM_EXT_KHR_depth_stencil_resolve] = true,
    [PUM_EXT_KHR_dynamic_rendering] = true,
    [PUM_EXT_EXT_host_query_reset] = true,
    [PUM_EXT_EXT_pipeline_creation_cache_control] = true,
    [PUM_EXT_KHR_vertex_attribute_divisor] = true,
    [PUM_EXT_EXT_extended_dynamic_state] = true,
    [PUM_EXT_EXT_extended_dynamic_state2] = true,
    [PUM_EXT_KHR_copy_commands2] = true,
    [PUM_EXT_KHR_synchronization2] = true,
    [PUM_EXT_KHR_maintenance4] = true,
    [PUM_EXT_KHR_imageless_framebuffer] = true,
    [PUM_EXT_KHR_separate_depth_stencil_layouts] = true,
    [PUM_EXT_KHR_format_feature_flags2] = true,
    [PUM_EXT_KHR_device_group] = true,
    [PUM_EXT_KHR_draw_indirect_count] = true,
    [PUM_EXT_KHR_push_descriptor] = true,
    [PUM_EXT_KHR_calibrated_timestamps] = true,
    [PUM_EXT_EXT_calibrated_timestamps] = true,
    [PUM_EXT_KHR_index_type_uint8] = true,
    [PUM_EXT_EXT_index_type_uint8] = true,
    [PUM_EXT_KHR_load_store_op_none] = true,
    [PUM_EXT_EXT_load_store_op_none] = true,
    [PUM_EXT_EXT_private_data] = true,
    [PUM_EXT_EXT_tooling_info] = true,
    [PUM_EXT_EXT_texel_buffer_alignment] = true,
    [PUM_EXT_EXT_image_robustness] = true,
    [PUM_EXT_EXT_separate_stencil_usage] = true,
    [PUM_EXT_EXT_primitive_topology_list_restart] = true,
    [PUM_EXT_EXT_memory_budget] = true,
    [PUM_EXT_EXT_multi_draw] = true,
    [PUM_EXT_EXT_inline_uniform_block] = true,
    [PUM_EXT_EXT_descriptor_indexing] = true,
    [PUM_EXT_EXT_extended_dynamic_state3] = true,
    [PUM_EXT_EXT_vertex_input_dynamic_state] = true,
    [PUM_EXT_EXT_color_write_enable] = true,
    [PUM_EXT_EXT_conditional_rendering] = true,
    [PUM_EXT_EXT_pipeline_creation_feedback] = true,
    [PUM_EXT_KHR_pipeline_library] = true,
    [PUM_EXT_EXT_graphics_pipeline_library] = true,
    [PUM_EXT_EXT_shader_module_identifier] = true,
    [PUM_EXT_KHR_dynamic_rendering_local_read] = true,
    [PUM_EXT_EXT_dynamic_rendering_unused_attachments] = true,
    [PUM_EXT_EXT_nested_command_buffer] = true,
    [PUM_EXT_EXT_rasterization_order_attachment_access] = true,
    [PUM_EXT_EXT_attachment_feedback_loop_layout] = true,
    [PUM_EXT_EXT_shader_object] = true,
    [PUM_EXT_EXT_attachment_feedback_loop_dynamic_state] = true,
    [PUM_EXT_KHR_global_priority] = true,
    [PUM_EXT_EXT_global_priority] = true,
    [PUM_EXT_EXT_global_priority_query] = true,
    [PUM_EXT_EXT_memory_priority] = true,
    [PUM_EXT_KHR_swapchain_mutable_format] = true,
    [PUM_EXT_KHR_incremental_present] = true,
    [PUM_EXT_KHR_present_id] = true,
    [PUM_EXT_KHR_present_id2] = true,
    [PUM_EXT_KHR_present_wait] = true,
    [PUM_EXT_KHR_present_wait2] = true,
    [PUM_EXT_KHR_present_mode_fifo_latest_ready] = true,
    [PUM_EXT_EXT_present_mode_fifo_latest_ready] = true,
    [PUM_EXT_KHR_maintenance5] = true,
    [PUM_EXT_KHR_maintenance6] = true,
    [PUM_EXT_KHR_maintenance7] = true,
    [PUM_EXT_KHR_maintenance8] = true,
    [PUM_EXT_KHR_maintenance9] = true,
    [PUM_EXT_KHR_line_rasterization] = true,
    [PUM_EXT_EXT_line_rasterization] = true,
    [PUM_EXT_EXT_provoking_vertex] = true,
    [PUM_EXT_EXT_transform_feedback] = true,
    [PUM_EXT_EXT_primitives_generated_query] = true,
    [PUM_EXT_EXT_depth_clip_enable] = true,
    [PUM_EXT_EXT_depth_clip_control] = true,
    [PUM_EXT_EXT_depth_range_unrestricted] = true,
    [PUM_EXT_KHR_depth_clamp_zero_one] = true,
    [PUM_EXT_EXT_depth_clamp_zero_one] = true,
    [PUM_EXT_EXT_shader_stencil_export] = true,
    [PUM_EXT_EXT_shader_viewport_index_layer] = true,
    [PUM_EXT_EXT_post_depth_coverage] = true,
    [PUM_EXT_EXT_4444_formats] = true,
    [PUM_EXT_EXT_sampler_filter_minmax] = true,
    [PUM_EXT_EXT_custom_border_color] = true,
    [PUM_EXT_EXT_border_color_swizzle] = true,
    [PUM_EXT_EXT_non_seamless_cube_map] = true,
    [PUM_EXT_EXT_image_view_min_lod] = true,
    [PUM_EXT_EXT_image_2d_view_of_3d] = true,
    [PUM_EXT_KHR_sampler_ycbcr_conversion] = true,
    [PUM_EXT_EXT_ycbcr_image_arrays] = true,
    [PUM_EXT_EXT_ycbcr_2plane_444_formats] = true,
    [PUM_EXT_EXT_rgba10x6_formats] = true,
    [PUM_EXT_EXT_robustness2] = true,
    [PUM_EXT_KHR_robustness2] = true,
    [PUM_EXT_EXT_pipeline_robustness] = true,
    [PUM_EXT_EXT_pipeline_protected_access] = true,
    [PUM_EXT_EXT_mutable_descriptor_type] = true,
    [PUM_EXT_VALVE_mutable_descriptor_type] = true,
    [PUM_EXT_EXT_sample_locations] = true,
    [PUM_EXT_EXT_conservative_rasterization] = true,
};

uint64_t
pum_build_id(void)
{
    const uint64_t own = pum_build_id_of_code((const void *)(uintptr_t)pum_build_id);
    const uint64_t words[2] = {own, pum_jit_build_id()};
    return own ? pum_hash(words, sizeof(words)).lo : 0;
}

/* Descriptors are plain memory, read when a shader runs: everything but the shader's side comes by itself. */
static void
descriptor_indexing_features(struct pum_features *f)
{
    f->descriptorIndexing = VK_TRUE;
    f->shaderInputAttachmentArrayDynamicIndexing = VK_TRUE;
    f->shaderUniformTexelBufferArrayDynamicIndexing = VK_TRUE;
    f->shaderStorageTexelBufferArrayDynamicIndexing = VK_TRUE;
    f->shaderUniformBufferArrayNonUniformIndexing = VK_TRUE;
    f->shaderSampledImageArrayNonUniformIndexing = VK_TRUE;
    f->shaderStorageBufferArrayNonUniformIndexing = VK_TRUE;
    f->shaderStorageImageArrayNonUniformIndexing = VK_TRUE;
    f->shaderInputAttachmentArrayNonUniformIndexing = VK_TRUE;
    f->shaderUniformTexelBufferArrayNonUniformIndexing = VK_TRUE;
    f->shaderStorageTexelBufferArrayNonUniformIndexing = VK_TRUE;
    f->descriptorBindingUniformBufferUpdateAfterBind = VK_TRUE;
    f->descriptorBindingSampledImageUpdateAfterBind = VK_TRUE;
    f->descriptorBindingStorageImageUpdateAfterBind = VK_TRUE;
    f->descriptorBindingStorageBufferUpdateAfterBind = VK_TRUE;
    f->descriptorBindingUniformTexelBufferUpdateAfterBind = VK_TRUE;
    f->descriptorBindingStorageTexelBufferUpdateAfterBind = VK_TRUE;
    f->descriptorBindingUpdateUnusedWhilePending = VK_TRUE;
    f->descriptorBindingPartiallyBound = VK_TRUE;
    f->descriptorBindingVariableDescriptorCount = VK_TRUE;
    f->runtimeDescriptorArray = VK_TRUE;
}

/* States are one block of memory, so that dynamic ones cost nothing; passes run in tiles, in order. */
static void
state_and_pass_features(struct pum_features *f)
{
    f->extendedDynamicState = VK_TRUE;
    f->extendedDynamicState2 = VK_TRUE;
    f->extendedDynamicState2LogicOp = VK_TRUE;
    f->extendedDynamicState3DepthClampEnable = VK_TRUE;
    f->extendedDynamicState3PolygonMode = VK_TRUE;
    f->extendedDynamicState3LogicOpEnable = VK_TRUE;
    f->extendedDynamicState3ColorBlendEnable = VK_TRUE;
    f->extendedDynamicState3ColorBlendEquation = VK_TRUE;
    f->extendedDynamicState3ColorWriteMask = VK_TRUE;
    f->extendedDynamicState3RasterizationSamples = VK_TRUE;
    f->extendedDynamicState3SampleMask = VK_TRUE;
    f->extendedDynamicState3SampleLocationsEnable = VK_TRUE;
    f->extendedDynamicState3LineStippleEnable = VK_TRUE;
    f->extendedDynamicState3ConservativeRasterizationMode = VK_TRUE;
    f->extendedDynamicState3ExtraPrimitiveOverestimationSize = VK_TRUE;
    f->extendedDynamicState3AlphaToCoverageEnable = VK_TRUE;
    f->extendedDynamicState3AlphaToOneEnable = VK_TRUE;
    f->extendedDynamicState3RasterizationStream = VK_TRUE;
    f->extendedDynamicState3ProvokingVertexMode = VK_TRUE;
    f->extendedDynamicState3LineRasterizationMode = VK_TRUE;
    f->extendedDynamicState3DepthClipEnable = VK_TRUE;
    f->extendedDynamicState3DepthClipNegativeOneToOne = VK_TRUE;
    f->depthClampZeroOne = VK_TRUE;
    f->vertexInputDynamicState = VK_TRUE;
    f->colorWriteEnable = VK_TRUE;
    f->conditionalRendering = VK_TRUE;
    f->inheritedConditionalRendering = VK_TRUE;
    f->graphicsPipelineLibrary = VK_TRUE;
    f->shaderModuleIdentifier = VK_TRUE;
    f->shaderObject = VK_TRUE;
    f->dynamicRendering = VK_TRUE;
    f->dynamicRenderingLocalRead = VK_TRUE;
    f->dynamicRenderingUnusedAttachments = VK_TRUE;
    f->nestedCommandBuffer = VK_TRUE;
    f->nestedCommandBufferRendering = VK_TRUE;
    f->nestedCommandBufferSimultaneousUse = VK_TRUE;
    f->rasterizationOrderColorAttachmentAccess = VK_TRUE;
    f->rasterizationOrderDepthAttachmentAccess = VK_TRUE;
    f->rasterizationOrderStencilAttachmentAccess = VK_TRUE;
    f->attachmentFeedbackLoopLayout = VK_TRUE;
    f->attachmentFeedbackLoopDynamicState = VK_TRUE;
    f->unifiedImageLayouts = VK_TRUE;
    f->hostImageCopy = VK_TRUE;
    f->shaderOutputViewportIndex = VK_TRUE;
    f->shaderOutputLayer = VK_TRUE;
    /* Struct members of core versions that stand for an extension. */
    f->samplerMirrorClampToEdge = VK_TRUE;
    f->drawIndirectCount = VK_TRUE;
    f->pushDescriptor = VK_TRUE;
}

static void
queue_and_present_features(struct pum_features *f)
{
    f->globalPriorityQuery = VK_TRUE;
    f->memoryPriority = VK_TRUE;
    f->swapchainMaintenance1 = VK_TRUE;
    f->presentId = VK_TRUE;
    f->presentId2 = VK_TRUE;
    f->presentWait = VK_TRUE;
    f->presentWait2 = VK_TRUE;
    f->presentModeFifoLatestReady = VK_TRUE;
}

static void
fill_features(struct pum_features *f)
{
    f->robustBufferAccess = VK_TRUE;
    f->fullDrawIndexUint32 = VK_TRUE;
    f->imageCubeArray = VK_TRUE;
    f->independentBlend = VK_TRUE;
    f->dualSrcBlend = VK_TRUE;
    f->logicOp = VK_TRUE;
    f->multiDrawIndirect = VK_TRUE;
    f->drawIndirectFirstInstance = VK_TRUE;
    f->depthClamp = VK_TRUE;
    f->depthBiasClamp = VK_TRUE;
    f->depthBounds = VK_TRUE;
    f->samplerAnisotropy = VK_TRUE;
    f->sampleRateShading = VK_TRUE;
    f->fillModeNonSolid = VK_TRUE;
    f->wideLines = VK_TRUE;
    f->rectangularLines = VK_TRUE;
    f->bresenhamLines = VK_TRUE;
    f->stippledRectangularLines = VK_TRUE;
    f->stippledBresenhamLines = VK_TRUE;
    f->provokingVertexLast = VK_TRUE;
    f->geometryShader = VK_TRUE;
    f->tessellationShader = VK_TRUE;
    f->extendedDynamicState2PatchControlPoints = VK_TRUE;
    f->extendedDynamicState3TessellationDomainOrigin = VK_TRUE;
    f->shaderTessellationAndGeometryPointSize = VK_TRUE;
    f->transformFeedback = VK_TRUE;
    f->geometryStreams = VK_TRUE;
    f->primitivesGeneratedQueryWithNonZeroStreams = VK_TRUE;
    f->transformFeedbackPreservesProvokingVertex = VK_TRUE;
    f->primitivesGeneratedQuery = VK_TRUE;
    f->primitivesGeneratedQueryWithRasterizerDiscard = VK_TRUE;
    f->depthClipEnable = VK_TRUE;
    f->depthClipControl = VK_TRUE;
    f->alphaToOne = VK_TRUE;
    f->largePoints = VK_TRUE;
    f->multiViewport = VK_TRUE;
    f->occlusionQueryPrecise = VK_TRUE;
    f->vertexPipelineStoresAndAtomics = VK_TRUE;
    f->fragmentStoresAndAtomics = VK_TRUE;
    f->shaderImageGatherExtended = VK_TRUE;
    f->shaderStorageImageExtendedFormats = VK_TRUE;
    f->shaderStorageImageReadWithoutFormat = VK_TRUE;
    f->shaderStorageImageWriteWithoutFormat = VK_TRUE;
    f->shaderUniformBufferArrayDynamicIndexing = VK_TRUE;
    f->shaderSampledImageArrayDynamicIndexing = VK_TRUE;
    f->shaderStorageBufferArrayDynamicIndexing = VK_TRUE;
    f->shaderStorageImageArrayDynamicIndexing = VK_TRUE;
    f->shaderClipDistance = VK_TRUE;
    f->shaderCullDistance = VK_TRUE;
    f->timelineSemaphore = VK_TRUE;
    f->shaderDrawParameters = VK_TRUE;
    f->hostQueryReset = VK_TRUE;
    f->vertexAttributeInstanceRateDivisor = VK_TRUE;
    f->vertexAttributeInstanceRateZeroDivisor = VK_TRUE;
    f->synchronization2 = VK_TRUE;
    f->multiview = VK_TRUE;
    f->pipelineCreationCacheControl = VK_TRUE;
    f->pipelineStatisticsQuery = VK_TRUE;
    f->inheritedQueries = VK_TRUE;
    f->maintenance4 = VK_TRUE;
    f->imagelessFramebuffer = VK_TRUE;
    f->separateDepthStencilLayouts = VK_TRUE;
    f->indexTypeUint8 = VK_TRUE;
    f->privateData = VK_TRUE;
    f->texelBufferAlignment = VK_TRUE;
    f->robustImageAccess = VK_TRUE;
    f->primitiveTopologyListRestart = VK_TRUE;
    f->primitiveTopologyPatchListRestart = VK_TRUE;
    f->multiDraw = VK_TRUE;
    f->memoryMapPlaced = VK_TRUE;
    f->memoryMapRangePlaced = VK_TRUE;
    f->memoryUnmapReserve = VK_TRUE;
    f->textureCompressionBC = VK_TRUE;
    f->textureCompressionETC2 = VK_TRUE;
    f->textureCompressionASTC_LDR = VK_TRUE;
    f->samplerFilterMinmax = VK_TRUE;
    f->customBorderColors = VK_TRUE;
    f->customBorderColorWithoutFormat = VK_TRUE;
    f->borderColorSwizzle = VK_TRUE;
    f->borderColorSwizzleFromImage = VK_TRUE;
    f->nonSeamlessCubeMap = VK_TRUE;
    f->minLod = VK_TRUE;
    f->image2DViewOf3D = VK_TRUE;
    f->imageSlicedViewOf3D = VK_TRUE;
    f->sampler2DViewOf3D = VK_TRUE;
    f->samplerYcbcrConversion = VK_TRUE;
    f->ycbcrImageArrays = VK_TRUE;
    f->ycbcr2plane444Formats = VK_TRUE;
    f->formatRgba10x6WithoutYCbCrSampler = VK_TRUE;
    f->robustBufferAccess2 = VK_TRUE;
    f->robustImageAccess2 = VK_TRUE;
    f->nullDescriptor = VK_TRUE;
    f->pipelineRobustness = VK_TRUE; /* whatever a pipeline asks for, all accesses are as robust as robustness2 wants them */
    f->pipelineProtectedAccess = VK_TRUE; /* without protected memory there are only pipelines without protected access */
    f->mutableDescriptorType = VK_TRUE;
    f->formatA4R4G4B4 = VK_TRUE;
    f->formatA4B4G4R4 = VK_TRUE;
    f->inlineUniformBlock = VK_TRUE;
    f->descriptorBindingInlineUniformBlockUpdateAfterBind = VK_TRUE;
    f->maintenance5 = VK_TRUE;
    f->maintenance6 = VK_TRUE;
    f->maintenance7 = VK_TRUE;
    f->maintenance8 = VK_TRUE;
    f->maintenance9 = VK_TRUE;
    f->shaderStorageImageMultisample = VK_TRUE;
    f->sparseBinding = VK_TRUE;
    f->sparseResidencyBuffer = VK_TRUE;
    f->sparseResidencyImage2D = f->sparseResidencyImage3D = VK_TRUE;
    f->sparseResidency2Samples = f->sparseResidency4Samples = f->sparseResidency8Samples = VK_TRUE;
    f->shaderResourceResidency = f->shaderResourceMinLod = VK_TRUE;
    f->sparseResidencyAliased = VK_TRUE;
    state_and_pass_features(f);
    queue_and_present_features(f);
    descriptor_indexing_features(f);
    pum_shader_features(f);
}

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
        .maxComputeSharedMemorySize = 65536,
        .maxComputeWorkGroupCount = {65535, 65535, 65535},
        .maxComputeWorkGroupInvocations = 1024,
        .maxComputeWorkGroupSize = {1024, 1024, 64},
        .subPixelPrecisionBits = 8,
        .subTexelPrecisionBits = 8,
        .mipmapPrecisionBits = 8,
        .maxDrawIndexedIndexValue = UINT32_MAX,
        .maxDrawIndirectCount = UINT32_MAX,
        .maxSamplerLodBias = 16.0f,
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

static void
fill_properties(struct pum_physical_device *pdev)
{
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
    p->maxVertexAttribDivisor = UINT32_MAX;
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
    const uint32_t blocks = 1024;
    p->maxPerStageDescriptorInlineUniformBlocks = p->maxPerStageDescriptorUpdateAfterBindInlineUniformBlocks = blocks;
    p->maxDescriptorSetInlineUniformBlocks = p->maxDescriptorSetUpdateAfterBindInlineUniformBlocks = blocks;
    p->dynamicPrimitiveTopologyUnrestricted = VK_TRUE;
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
}

void
pum_physical_device_init(struct pum_physical_device *pdev, struct pum_instance *inst)
{
    pdev->base.loader_data = ICD_LOADER_MAGIC;
    pdev->base.type = VK_OBJECT_TYPE_PHYSICAL_DEVICE;
    pdev->instance = inst;
    pdev->isa = pum_cpu_isa();
    pdev->build_id = pum_build_id();
    pdev->heap_B = pum_memory_limit_B() / 4 * 3;
    fill_features(&pdev->features);
    fill_properties(pdev);
    memcpy(pdev->extensions, device_extensions, sizeof(device_extensions));
    /* These need an instance extension to be enabled, which loaders older than it hide. */
    pdev->extensions[PUM_EXT_KHR_swapchain_maintenance1] = inst->extensions[PUM_EXT_KHR_surface_maintenance1];
    pdev->extensions[PUM_EXT_EXT_swapchain_maintenance1] = inst->extensions[PUM_EXT_EXT_surface_maintenance1];
    pum_shader_extensions(pdev->extensions);
    VkPhysicalDeviceProperties *c = &pdev->core;
    c->apiVersion = PUM_API_VERSION;
    c->driverVersion = DRIVER_VERSION;
    c->vendorID = PUM_VENDOR_ID;
    c->deviceID = PUM_DEVICE_ID;
    c->deviceType = VK_PHYSICAL_DEVICE_TYPE_CPU;
    snprintf(c->deviceName, sizeof(c->deviceName), "Pumice (%s)", pum_isa_name(pdev->isa));
    pum_pipeline_cache_uuid(pdev->build_id, pdev->isa, c->pipelineCacheUUID);
    c->limits = limits();
    c->sparseProperties.residencyStandard2DBlockShape = VK_TRUE;
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

VKAPI_ATTR void VKAPI_CALL
pum_GetPhysicalDeviceFeatures(VkPhysicalDevice _pdev, VkPhysicalDeviceFeatures *pFeatures)
{
    pum_features_fill_core(&pum_physical_device_from_handle(_pdev)->features, pFeatures);
}

VKAPI_ATTR void VKAPI_CALL
pum_GetPhysicalDeviceFeatures2(VkPhysicalDevice _pdev, VkPhysicalDeviceFeatures2 *pFeatures)
{
    const struct pum_physical_device *pdev = pum_physical_device_from_handle(_pdev);
    pum_features_fill_core(&pdev->features, &pFeatures->features);
    for (VkBaseOutStructure *s = pFeatures->pNext; s; s = s->pNext) {
        pum_features_fill(&pdev->features, s);
    }
}

static const VkQueueFamilyProperties family = {
    .queueFlags = VK_QUEUE_GRAPHICS_BIT | VK_QUEUE_COMPUTE_BIT | VK_QUEUE_TRANSFER_BIT | VK_QUEUE_SPARSE_BINDING_BIT,
    .queueCount = PUM_MAX_QUEUES,
    .timestampValidBits = 64,
    .minImageTransferGranularity = {1, 1, 1},
};

VKAPI_ATTR void VKAPI_CALL
pum_GetPhysicalDeviceQueueFamilyProperties(VkPhysicalDevice _pdev, uint32_t *pCount, VkQueueFamilyProperties *pProps)
{
    (void)_pdev;
    struct pum_outarray out = pum_outarray_begin(pCount, pProps);
    uint32_t k;
    if (pum_outarray_next(&out, &k)) {
        pProps[k] = family;
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_GetPhysicalDeviceQueueFamilyProperties2(VkPhysicalDevice _pdev, uint32_t *pCount, VkQueueFamilyProperties2 *pProps)
{
    (void)_pdev;
    struct pum_outarray out = pum_outarray_begin(pCount, pProps);
    uint32_t k;
    if (pum_outarray_next(&out, &k)) {
        pProps[k].queueFamilyProperties = family;
        VkQueueFamilyGlobalPriorityProperties *priorities =
            pum_pnext_find_out(pProps[k].pNext, VK_STRUCTURE_TYPE_QUEUE_FAMILY_GLOBAL_PRIORITY_PROPERTIES);
        if (priorities) { /* hints: the system's scheduler shares the processor among all threads of a process alike */
            priorities->priorityCount = 2;
            priorities->priorities[0] = VK_QUEUE_GLOBAL_PRIORITY_LOW;
            priorities->priorities[1] = VK_QUEUE_GLOBAL_PRIORITY_MEDIUM;
        }
        VkQueueFamilyOwnershipTransferPropertiesKHR *transfers =
            pum_pnext_find_out(pProps[k].pNext, VK_STRUCTURE_TYPE_QUEUE_FAMILY_OWNERSHIP_TRANSFER_PROPERTIES_KHR);
        if (transfers) {
            transfers->optimalImageTransferToQueueFamilies = 1; /* there is one family */
        }
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_GetPhysicalDeviceMemoryProperties(VkPhysicalDevice _pdev, VkPhysicalDeviceMemoryProperties *pProps)
{
    memset(pProps, 0, sizeof(*pProps));
    pProps->memoryTypeCount = 1;
    pProps->memoryTypes[0].propertyFlags = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT | VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
                                           VK_MEMORY_PROPERTY_HOST_COHERENT_BIT | VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
    pProps->memoryHeapCount = 1;
    pProps->memoryHeaps[0] = (VkMemoryHeap){pum_physical_device_from_handle(_pdev)->heap_B, VK_MEMORY_HEAP_DEVICE_LOCAL_BIT};
}

VKAPI_ATTR void VKAPI_CALL
pum_GetPhysicalDeviceMemoryProperties2(VkPhysicalDevice _pdev, VkPhysicalDeviceMemoryProperties2 *pProps)
{
    pum_GetPhysicalDeviceMemoryProperties(_pdev, &pProps->memoryProperties);
    VkPhysicalDeviceMemoryBudgetPropertiesEXT *budget =
        pum_pnext_find_out(pProps->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT);
    if (budget) {
        const struct pum_physical_device *pdev = pum_physical_device_from_handle(_pdev);
        memset(budget->heapBudget, 0, sizeof(budget->heapBudget));
        memset(budget->heapUsage, 0, sizeof(budget->heapUsage));
        budget->heapUsage[0] = pum_memory_used_B();
        budget->heapBudget[0] = pdev->heap_B;
    }
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetPhysicalDeviceToolProperties(VkPhysicalDevice _pdev, uint32_t *pCount, VkPhysicalDeviceToolProperties *pProps)
{
    (void)_pdev, (void)pProps;
    *pCount = 0; /* layers add themselves */
    return VK_SUCCESS;
}

/* ---- formats ---- */

VKAPI_ATTR void VKAPI_CALL
pum_GetPhysicalDeviceFormatProperties(VkPhysicalDevice _pdev, VkFormat format, VkFormatProperties *pProps)
{
    (void)_pdev;
    const enum pum_format f = pum_format_from_vk(format);
    const VkFormatFeatureFlags image = pum_format_image_features(f);
    const bool wide = pum_format_wide_components(format) != 0;
    *pProps = (VkFormatProperties){image, image, pum_format_buffer_features(f) | (wide ? VK_FORMAT_FEATURE_VERTEX_BUFFER_BIT : 0)};
}

/* The lower 32 bits mean the same in both; formats do without a qualifier in shaders, and depth formats compare. */
static VkFormatFeatureFlags2
wide_features(VkFormat format, VkFormatFeatureFlags f)
{
    VkFormatFeatureFlags2 wide = f;
    if (f & (VK_FORMAT_FEATURE_STORAGE_IMAGE_BIT | VK_FORMAT_FEATURE_STORAGE_TEXEL_BUFFER_BIT)) {
        wide |= VK_FORMAT_FEATURE_2_STORAGE_READ_WITHOUT_FORMAT_BIT | VK_FORMAT_FEATURE_2_STORAGE_WRITE_WITHOUT_FORMAT_BIT;
    }
    if (f & VK_FORMAT_FEATURE_TRANSFER_SRC_BIT && f & VK_FORMAT_FEATURE_TRANSFER_DST_BIT) {
        wide |= VK_FORMAT_FEATURE_2_HOST_IMAGE_TRANSFER_BIT;
    }
    if (f & VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT && pum_format_info(pum_format_from_vk(format))->depth) {
        wide |= VK_FORMAT_FEATURE_2_SAMPLED_IMAGE_DEPTH_COMPARISON_BIT;
    }
    return wide;
}

VKAPI_ATTR void VKAPI_CALL
pum_GetPhysicalDeviceFormatProperties2(VkPhysicalDevice _pdev, VkFormat format, VkFormatProperties2 *pProps)
{
    pum_GetPhysicalDeviceFormatProperties(_pdev, format, &pProps->formatProperties);
    VkFormatProperties3 *wide = pum_pnext_find_out(pProps->pNext, VK_STRUCTURE_TYPE_FORMAT_PROPERTIES_3);
    if (wide) {
        wide->linearTilingFeatures = wide_features(format, pProps->formatProperties.linearTilingFeatures);
        wide->optimalTilingFeatures = wide_features(format, pProps->formatProperties.optimalTilingFeatures);
        wide->bufferFeatures = wide_features(format, pProps->formatProperties.bufferFeatures);
    }
    for (VkBaseOutStructure *s = pProps->pNext; s; s = s->pNext) {
        pum_drm_modifiers_fill(format, wide_features(format, pProps->formatProperties.linearTilingFeatures), s);
    }
}

static bool
usage_fits(VkImageUsageFlags usage, VkFormatFeatureFlags f)
{
    return (!(usage & VK_IMAGE_USAGE_SAMPLED_BIT) || f & VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT) &&
           (!(usage & VK_IMAGE_USAGE_STORAGE_BIT) || f & VK_FORMAT_FEATURE_STORAGE_IMAGE_BIT) &&
           (!(usage & VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT) || f & VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BIT) &&
           (!(usage & VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT) || f & VK_FORMAT_FEATURE_DEPTH_STENCIL_ATTACHMENT_BIT) &&
           (!(usage & VK_IMAGE_USAGE_INPUT_ATTACHMENT_BIT) ||
            f & (VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BIT | VK_FORMAT_FEATURE_DEPTH_STENCIL_ATTACHMENT_BIT));
}

static uint32_t
full_levels(uint32_t px)
{
    return 32 - (uint32_t)__builtin_clz(px);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_GetPhysicalDeviceImageFormatProperties(VkPhysicalDevice _pdev, VkFormat format, VkImageType type, VkImageTiling tiling,
                                           VkImageUsageFlags usage, VkImageCreateFlags flags, VkImageFormatProperties *pProps)
{
    const enum pum_format f = pum_format_from_vk(format);
    const VkFormatFeatureFlags features = pum_format_image_features(f);
    const VkImageCreateFlags offered = VK_IMAGE_CREATE_MUTABLE_FORMAT_BIT | VK_IMAGE_CREATE_CUBE_COMPATIBLE_BIT | VK_IMAGE_CREATE_ALIAS_BIT |
                                       VK_IMAGE_CREATE_2D_ARRAY_COMPATIBLE_BIT | VK_IMAGE_CREATE_BLOCK_TEXEL_VIEW_COMPATIBLE_BIT |
                                       VK_IMAGE_CREATE_EXTENDED_USAGE_BIT | VK_IMAGE_CREATE_SPARSE_BINDING_BIT |
                                       VK_IMAGE_CREATE_SPARSE_RESIDENCY_BIT | VK_IMAGE_CREATE_SPARSE_ALIASED_BIT |
                                       VK_IMAGE_CREATE_2D_VIEW_COMPATIBLE_BIT_EXT | VK_IMAGE_CREATE_DISJOINT_BIT |
                                       VK_IMAGE_CREATE_SAMPLE_LOCATIONS_COMPATIBLE_DEPTH_BIT_EXT;
    memset(pProps, 0, sizeof(*pProps));
    if (f == PUM_FORMAT_NONE || !features || (flags & ~offered) || tiling == VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT ||
        (!(flags & VK_IMAGE_CREATE_EXTENDED_USAGE_BIT) && !usage_fits(usage, features)) ||
        ((flags & VK_IMAGE_CREATE_CUBE_COMPATIBLE_BIT) && type != VK_IMAGE_TYPE_2D)) {
        return VK_ERROR_FORMAT_NOT_SUPPORTED;
    }
    const struct pum_format_info *fi = pum_format_info(f);
    if (flags & VK_IMAGE_CREATE_SAMPLE_LOCATIONS_COMPATIBLE_DEPTH_BIT_EXT && !fi->depth) {
        return VK_ERROR_FORMAT_NOT_SUPPORTED;
    }
    if (flags & VK_IMAGE_CREATE_SPARSE_RESIDENCY_BIT &&
        (type == VK_IMAGE_TYPE_1D || tiling != VK_IMAGE_TILING_OPTIMAL || !pum_image_has_tiles(f))) {
        return VK_ERROR_FORMAT_NOT_SUPPORTED;
    }
    const bool disjoint = flags & VK_IMAGE_CREATE_DISJOINT_BIT, ycbcr = pum_format_is_ycbcr(f);
    if ((fi->block_w > 1 && type == VK_IMAGE_TYPE_1D) || (ycbcr && (type != VK_IMAGE_TYPE_2D || flags & VK_IMAGE_CREATE_CUBE_COMPATIBLE_BIT)) ||
        (disjoint && flags & VK_IMAGE_CREATE_SPARSE_BINDING_BIT) ||
        (disjoint && !(features & VK_FORMAT_FEATURE_DISJOINT_BIT) && !(flags & VK_IMAGE_CREATE_ALIAS_BIT))) {
        return VK_ERROR_FORMAT_NOT_SUPPORTED;
    }
    const uint32_t px = type == VK_IMAGE_TYPE_3D ? PUM_MAX_IMAGE_3D_PX : PUM_MAX_IMAGE_2D_PX;
    pProps->maxExtent = (VkExtent3D){px, type == VK_IMAGE_TYPE_1D ? 1 : px, type == VK_IMAGE_TYPE_3D ? px : 1};
    pProps->maxMipLevels = ycbcr ? 1 : full_levels(px);
    pProps->maxArrayLayers = type == VK_IMAGE_TYPE_3D ? 1 : PUM_MAX_IMAGE_LAYERS;
    /* SPEC: features-supported-sample-counts */
    const VkFormatFeatureFlags renderable = VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BIT | VK_FORMAT_FEATURE_DEPTH_STENCIL_ATTACHMENT_BIT;
    const bool many = tiling == VK_IMAGE_TILING_OPTIMAL && type == VK_IMAGE_TYPE_2D && !(flags & VK_IMAGE_CREATE_CUBE_COMPATIBLE_BIT) &&
                      (features & renderable);
    pProps->sampleCounts = many ? PUM_SAMPLE_COUNTS : VK_SAMPLE_COUNT_1_BIT;
    pProps->maxResourceSize = PUM_MIN(pum_physical_device_from_handle(_pdev)->heap_B, (uint64_t)UINT32_MAX);
    return VK_SUCCESS;
}

static void
sparse_format(VkPhysicalDevice _pdev, VkFormat format, VkImageType type, VkSampleCountFlagBits samples, VkImageUsageFlags usage,
              VkImageTiling tiling, uint32_t *pCount, VkSparseImageFormatProperties *pProps, VkSparseImageFormatProperties2 *pProps2)
{
    struct pum_outarray out = pum_outarray_begin(pCount, pProps ? (const void *)pProps : pProps2);
    VkImageFormatProperties image;
    VkSparseImageFormatProperties s[PUM_MAX_PLANES];
    uint32_t k;
    const VkImageCreateFlags flags = VK_IMAGE_CREATE_SPARSE_BINDING_BIT | VK_IMAGE_CREATE_SPARSE_RESIDENCY_BIT;
    if (pum_GetPhysicalDeviceImageFormatProperties(_pdev, format, type, tiling, usage, flags, &image) != VK_SUCCESS ||
        !(image.sampleCounts & samples)) {
        return;
    }
    const uint32_t n = pum_sparse_properties(pum_format_from_vk(format), (uint32_t)samples, s);
    for (uint32_t i = 0; i < n; i++) {
        if (pum_outarray_next(&out, &k)) {
            *(pProps ? &pProps[k] : &pProps2[k].properties) = s[i];
        }
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_GetPhysicalDeviceSparseImageFormatProperties(VkPhysicalDevice _pdev, VkFormat format, VkImageType type, VkSampleCountFlagBits samples,
                                                 VkImageUsageFlags usage, VkImageTiling tiling, uint32_t *pCount,
                                                 VkSparseImageFormatProperties *pProps)
{
    sparse_format(_pdev, format, type, samples, usage, tiling, pCount, pProps, NULL);
}

VKAPI_ATTR void VKAPI_CALL
pum_GetPhysicalDeviceSparseImageFormatProperties2(VkPhysicalDevice _pdev, const VkPhysicalDeviceSparseImageFormatInfo2 *pInfo,
                                                  uint32_t *pCount, VkSparseImageFormatProperties2 *pProps)
{
    sparse_format(_pdev, pInfo->format, pInfo->type, pInfo->samples, pInfo->usage, pInfo->tiling, pCount, NULL, pProps);
}
