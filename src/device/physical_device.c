/* The one physical device: what it is, extensions, features, queues, heaps. Everything answered here is a promise that tests hold us to.
 * Limits and properties: properties.c; formats: format_properties.c; what shaders may do: shader_features.c. */
#include <stdio.h>
#include <string.h>

#include <vulkan/vk_icd.h>

#include "device/command_features.h"
#include "device/instance.h"
#include "device/ray_features.h"
#include "device/ray_pipeline_features.h"
#include "device/shader_features.h"
#include "object/limits.h"
#include "memory/device_memory.h"
#include "object/outarray.h"
#include "object/pnext.h"
#include "pipeline/pipeline_cache.h"
#include "registry/vk_entrypoints.h"
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
    [PUM_EXT_ARM_rasterization_order_attachment_access] = true,
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
    [PUM_EXT_KHR_maintenance10] = true,
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
    [PUM_EXT_EXT_blend_operation_advanced] = true,
    [PUM_EXT_EXT_multisampled_render_to_single_sampled] = true,
    [PUM_EXT_EXT_multisampled_render_to_swapchain] = true,
    [PUM_EXT_EXT_depth_bias_control] = true,
    [PUM_EXT_EXT_depth_clamp_control] = true,
    [PUM_EXT_EXT_discard_rectangles] = true,
    [PUM_EXT_EXT_legacy_vertex_attributes] = true,
    [PUM_EXT_EXT_primitive_restart_index] = true,
    [PUM_EXT_EXT_vertex_attribute_divisor] = true,
    [PUM_EXT_EXT_vertex_attribute_robustness] = true,
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
    f->extendedDynamicState3ColorBlendAdvanced = VK_TRUE;
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
    f->depthClampControl = VK_TRUE;
    f->depthBiasControl = f->depthBiasExact = f->floatRepresentation = f->leastRepresentableValueForceUnormRepresentation = VK_TRUE;
    f->legacyVertexAttributes = VK_TRUE;
    f->vertexAttributeRobustness = VK_TRUE;
    f->primitiveRestartIndex = VK_TRUE;
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
    f->advancedBlendCoherentOperations = VK_TRUE;
    f->multisampledRenderToSingleSampled = VK_TRUE;
    f->multisampledRenderToSwapchain = VK_TRUE;
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
    f->smoothLines = f->stippledSmoothLines = VK_TRUE;
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
    f->multiviewGeometryShader = VK_TRUE;
    f->multiviewTessellationShader = VK_TRUE;
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
    f->maintenance10 = VK_TRUE;
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
    pum_command_features(f);
    pum_ray_features(f);
    pum_ray_pipeline_features(f);
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
    memcpy(pdev->extensions, device_extensions, sizeof(device_extensions));
    /* These need an instance extension to be enabled, which loaders older than it hide. */
    pdev->extensions[PUM_EXT_KHR_swapchain_maintenance1] = inst->extensions[PUM_EXT_KHR_surface_maintenance1];
    pdev->extensions[PUM_EXT_EXT_swapchain_maintenance1] = inst->extensions[PUM_EXT_EXT_surface_maintenance1];
    pum_shader_extensions(pdev->extensions);
    pum_ray_extensions(pdev->extensions);
    pum_command_extensions(pdev->extensions);
    pum_ray_pipeline_extensions(pdev->extensions);
    VkPhysicalDeviceProperties *c = &pdev->core;
    c->apiVersion = PUM_API_VERSION;
    c->driverVersion = DRIVER_VERSION;
    c->vendorID = PUM_VENDOR_ID;
    c->deviceID = PUM_DEVICE_ID;
    c->deviceType = VK_PHYSICAL_DEVICE_TYPE_CPU;
    snprintf(c->deviceName, sizeof(c->deviceName), "Pumice (%s)", pum_isa_name(pdev->isa));
    pum_pipeline_cache_uuid(pdev->build_id, pdev->isa, c->pipelineCacheUUID);
    pum_physical_device_fill_properties(pdev);
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
        VkQueueFamilyCheckpointPropertiesNV *checkpoints =
            pum_pnext_find_out(pProps[k].pNext, VK_STRUCTURE_TYPE_QUEUE_FAMILY_CHECKPOINT_PROPERTIES_NV);
        VkQueueFamilyCheckpointProperties2NV *checkpoints2 =
            pum_pnext_find_out(pProps[k].pNext, VK_STRUCTURE_TYPE_QUEUE_FAMILY_CHECKPOINT_PROPERTIES_2_NV);
        VkQueueFamilyOptimalImageTransferGranularityPropertiesKHR *granularity =
            pum_pnext_find_out(pProps[k].pNext, VK_STRUCTURE_TYPE_QUEUE_FAMILY_OPTIMAL_IMAGE_TRANSFER_GRANULARITY_PROPERTIES_KHR);
        if (granularity) {
            granularity->optimalImageTransferGranularity = (VkExtent3D){4, 4, 1}; /* blocks of BLOCK images */
        }
        if (checkpoints) {
            checkpoints->checkpointExecutionStageMask = VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT | VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT;
        }
        if (checkpoints2) {
            checkpoints2->checkpointExecutionStageMask = VK_PIPELINE_STAGE_2_TOP_OF_PIPE_BIT | VK_PIPELINE_STAGE_2_BOTTOM_OF_PIPE_BIT;
        }
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
