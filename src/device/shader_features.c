/* What shaders may do: the part of the physical device that src/spirv, src/ir and src/jit answer for. */
#include "device/shader_features.h"

#include "abi/shader_abi.h"
#include "object/limits.h"
#include "util/compiler.h"

static const uint16_t extensions[] = {
    PUM_EXT_KHR_16bit_storage,
    PUM_EXT_KHR_8bit_storage,
    PUM_EXT_KHR_shader_float16_int8,
    PUM_EXT_KHR_shader_float_controls,
    PUM_EXT_KHR_shader_float_controls2,
    PUM_EXT_KHR_shader_atomic_int64,
    PUM_EXT_EXT_shader_atomic_float,
    PUM_EXT_EXT_shader_atomic_float2,
    PUM_EXT_KHR_shader_subgroup_extended_types,
    PUM_EXT_KHR_shader_subgroup_rotate,
    PUM_EXT_KHR_shader_subgroup_uniform_control_flow,
    PUM_EXT_EXT_shader_subgroup_ballot,
    PUM_EXT_EXT_shader_subgroup_vote,
    PUM_EXT_EXT_subgroup_size_control,
    PUM_EXT_KHR_buffer_device_address,
    PUM_EXT_KHR_variable_pointers,
    PUM_EXT_KHR_vulkan_memory_model,
    PUM_EXT_KHR_shader_integer_dot_product,
    PUM_EXT_EXT_shader_demote_to_helper_invocation,
    PUM_EXT_KHR_shader_terminate_invocation,
    PUM_EXT_KHR_zero_initialize_workgroup_memory,
    PUM_EXT_KHR_workgroup_memory_explicit_layout,
    PUM_EXT_EXT_scalar_block_layout,
    PUM_EXT_KHR_uniform_buffer_standard_layout,
    PUM_EXT_KHR_shader_non_semantic_info,
    PUM_EXT_KHR_spirv_1_4,
    PUM_EXT_KHR_shader_expect_assume,
    PUM_EXT_KHR_shader_clock,
    PUM_EXT_KHR_shader_maximal_reconvergence,
    PUM_EXT_KHR_shader_quad_control,
    PUM_EXT_KHR_compute_shader_derivatives,
    PUM_EXT_NV_compute_shader_derivatives,
    PUM_EXT_KHR_fragment_shader_barycentric,
    PUM_EXT_EXT_fragment_shader_interlock,
    PUM_EXT_EXT_shader_replicated_composites,
    PUM_EXT_EXT_shader_subgroup_partitioned,
    PUM_EXT_NV_shader_subgroup_partitioned,
    PUM_EXT_EXT_shader_split_barrier,
    PUM_EXT_KHR_shader_untyped_pointers,
    PUM_EXT_KHR_shader_bfloat16,
    PUM_EXT_EXT_shader_float8,
    PUM_EXT_KHR_cooperative_matrix,
    PUM_EXT_EXT_shader_long_vector,
    PUM_EXT_KHR_shader_fma,
    PUM_EXT_EXT_shader_uniform_buffer_unsized_array,
    PUM_EXT_KHR_shader_relaxed_extended_instruction,
    PUM_EXT_EXT_mesh_shader,
    PUM_EXT_GOOGLE_hlsl_functionality1,
    PUM_EXT_GOOGLE_decorate_string,
    PUM_EXT_GOOGLE_user_type,
};

void
pum_shader_extensions(bool offered[PUM_EXT_COUNT])
{
    for (uint32_t i = 0; i < PUM_ARRAY_LEN(extensions); i++) {
        offered[extensions[i]] = true;
    }
}

static void
types(struct pum_features *f)
{
    f->shaderFloat64 = VK_TRUE;
    f->shaderInt64 = VK_TRUE;
    f->shaderInt16 = VK_TRUE;
    f->shaderFloat16 = VK_TRUE;
    f->shaderInt8 = VK_TRUE;
    f->storageBuffer16BitAccess = VK_TRUE;
    f->uniformAndStorageBuffer16BitAccess = VK_TRUE;
    f->storagePushConstant16 = VK_TRUE;
    f->storageInputOutput16 = VK_TRUE;
    f->storageBuffer8BitAccess = VK_TRUE;
    f->uniformAndStorageBuffer8BitAccess = VK_TRUE;
    f->storagePushConstant8 = VK_TRUE;
}

static void
atomics(struct pum_features *f)
{
    f->shaderBufferInt64Atomics = VK_TRUE;
    f->shaderSharedInt64Atomics = VK_TRUE;
    f->shaderBufferFloat32Atomics = VK_TRUE;
    f->shaderBufferFloat32AtomicAdd = VK_TRUE;
    f->shaderBufferFloat64Atomics = VK_TRUE;
    f->shaderBufferFloat64AtomicAdd = VK_TRUE;
    f->shaderSharedFloat32Atomics = VK_TRUE;
    f->shaderSharedFloat32AtomicAdd = VK_TRUE;
    f->shaderSharedFloat64Atomics = VK_TRUE;
    f->shaderSharedFloat64AtomicAdd = VK_TRUE;
    f->shaderBufferFloat32AtomicMinMax = VK_TRUE;
    f->shaderBufferFloat64AtomicMinMax = VK_TRUE;
    f->shaderSharedFloat32AtomicMinMax = VK_TRUE;
    f->shaderSharedFloat64AtomicMinMax = VK_TRUE;
    f->shaderImageFloat32Atomics = f->sparseImageFloat32Atomics = VK_TRUE;
    f->shaderImageFloat32AtomicAdd = f->sparseImageFloat32AtomicAdd = VK_TRUE;
    f->shaderImageFloat32AtomicMinMax = f->sparseImageFloat32AtomicMinMax = VK_TRUE;
    f->shaderImageInt64Atomics = f->sparseImageInt64Atomics = VK_TRUE;
}

void
pum_shader_features(struct pum_features *f)
{
    types(f);
    atomics(f);
    f->shaderSubgroupExtendedTypes = VK_TRUE;
    f->subgroupBroadcastDynamicId = VK_TRUE; /* a shuffle */
    f->shaderSubgroupRotate = VK_TRUE;
    f->shaderSubgroupRotateClustered = VK_TRUE;
    f->shaderSubgroupUniformControlFlow = VK_TRUE;
    f->subgroupSizeControl = VK_TRUE;
    f->computeFullSubgroups = VK_TRUE;
    f->bufferDeviceAddress = VK_TRUE;
    f->variablePointersStorageBuffer = VK_TRUE;
    f->variablePointers = VK_TRUE;
    f->vulkanMemoryModel = VK_TRUE;
    f->vulkanMemoryModelDeviceScope = VK_TRUE;
    f->vulkanMemoryModelAvailabilityVisibilityChains = VK_TRUE; /* caches are coherent */
    f->shaderIntegerDotProduct = VK_TRUE;
    f->shaderDemoteToHelperInvocation = VK_TRUE;
    f->shaderTerminateInvocation = VK_TRUE;
    f->shaderZeroInitializeWorkgroupMemory = VK_TRUE;
    f->workgroupMemoryExplicitLayout = VK_TRUE;
    f->workgroupMemoryExplicitLayoutScalarBlockLayout = VK_TRUE;
    f->workgroupMemoryExplicitLayout8BitAccess = VK_TRUE;
    f->workgroupMemoryExplicitLayout16BitAccess = VK_TRUE;
    f->scalarBlockLayout = VK_TRUE;
    f->uniformBufferStandardLayout = VK_TRUE;
    f->shaderExpectAssume = VK_TRUE;
    f->shaderSubgroupClock = VK_TRUE;
    f->shaderDeviceClock = VK_TRUE;
    f->shaderFloatControls2 = VK_TRUE; /* no value is ever computed in a less exact way than the source says */
    f->shaderRelaxedExtendedInstruction = VK_TRUE;
    f->shaderMaximalReconvergence = VK_TRUE;
    f->shaderQuadControl = VK_TRUE;
    f->computeDerivativeGroupQuads = VK_TRUE;
    f->computeDerivativeGroupLinear = VK_TRUE;
    f->fragmentShaderBarycentric = VK_TRUE;
    f->fragmentShaderPixelInterlock = VK_TRUE;
    f->fragmentShaderSampleInterlock = VK_TRUE;
    f->fragmentShaderShadingRateInterlock = VK_TRUE; /* without shading rates an area is a pixel */
    f->shaderReplicatedComposites = VK_TRUE;
    f->shaderSubgroupPartitioned = VK_TRUE;
    f->shaderSplitBarrier = VK_TRUE;
    f->shaderUntypedPointers = VK_TRUE;
    f->shaderBFloat16Type = VK_TRUE;
    f->shaderBFloat16DotProduct = VK_TRUE;
    f->shaderFloat8 = VK_TRUE;
    f->longVector = VK_TRUE;
    f->cooperativeMatrix = f->cooperativeMatrixRobustBufferAccess = VK_TRUE;
    f->shaderBFloat16CooperativeMatrix = f->shaderFloat8CooperativeMatrix = VK_TRUE;
    f->shaderFmaFloat16 = f->shaderFmaFloat32 = f->shaderFmaFloat64 = VK_TRUE;
    f->shaderUniformBufferUnsizedArray = VK_TRUE;
    f->taskShader = VK_TRUE;
    f->meshShader = VK_TRUE;
    f->multiviewMeshShader = VK_TRUE;
    f->meshShaderQueries = VK_TRUE;
}

static void
set_3(uint32_t out[3], uint32_t x, uint32_t y, uint32_t z)
{
    out[0] = x;
    out[1] = y;
    out[2] = z;
}

static void
mesh_properties(struct pum_properties *p)
{
    const uint32_t groups = PUM_MAX_MESH_GROUPS;
    p->maxTaskWorkGroupTotalCount = p->maxMeshWorkGroupTotalCount = PUM_MAX_MESH_GRID;
    set_3(p->maxTaskWorkGroupCount, groups, groups, groups);
    set_3(p->maxMeshWorkGroupCount, groups, groups, groups);
    p->maxTaskWorkGroupInvocations = p->maxMeshWorkGroupInvocations = 1024;
    set_3(p->maxTaskWorkGroupSize, 1024, 1024, 1024);
    set_3(p->maxMeshWorkGroupSize, 1024, 1024, 1024);
    p->maxTaskPayloadSize = PUM_MAX_PAYLOAD_B;
    p->maxTaskSharedMemorySize = p->maxMeshSharedMemorySize = PUM_MAX_SHARED_B;
    p->maxTaskPayloadAndSharedMemorySize = p->maxMeshPayloadAndSharedMemorySize = PUM_MAX_PAYLOAD_B + PUM_MAX_SHARED_B;
    p->maxMeshOutputMemorySize = PUM_VS_SLOTS * 4 * PUM_MAX_MESH_VERTICES; /* each slot is of vertices or of primitives */
    p->maxMeshPayloadAndOutputMemorySize = PUM_MAX_PAYLOAD_B + p->maxMeshOutputMemorySize;
    p->maxMeshOutputComponents = PUM_MAX_LOCATIONS * 4;
    p->maxMeshOutputVertices = PUM_MAX_MESH_VERTICES;
    p->maxMeshOutputPrimitives = PUM_MAX_MESH_PRIMITIVES;
    p->maxMeshOutputLayers = PUM_MAX_IMAGE_LAYERS;
    p->maxMeshMultiviewViewCount = p->maxMultiviewViewCount;
    p->meshOutputPerVertexGranularity = p->meshOutputPerPrimitiveGranularity = 1;
    p->maxPreferredTaskWorkGroupInvocations = p->maxPreferredMeshWorkGroupInvocations = 128;
    p->prefersLocalInvocationVertexOutput = p->prefersLocalInvocationPrimitiveOutput = VK_TRUE; /* rows of outputs by the lane */
}

void
pum_shader_properties(struct pum_properties *p)
{
    const VkShaderStageFlags stages = VK_SHADER_STAGE_VERTEX_BIT | VK_SHADER_STAGE_TESSELLATION_CONTROL_BIT |
                                      VK_SHADER_STAGE_TESSELLATION_EVALUATION_BIT | VK_SHADER_STAGE_GEOMETRY_BIT | VK_SHADER_STAGE_FRAGMENT_BIT |
                                      VK_SHADER_STAGE_COMPUTE_BIT | VK_SHADER_STAGE_TASK_BIT_EXT | VK_SHADER_STAGE_MESH_BIT_EXT;
    mesh_properties(p);
    p->subgroupSize = p->minSubgroupSize = p->maxSubgroupSize = PUM_LANES;
    p->maxComputeWorkgroupSubgroups = 1024 / PUM_LANES;
    p->requiredSubgroupSizeStages = stages;
    p->subgroupSupportedStages = p->supportedStages = stages;
    p->subgroupSupportedOperations = VK_SUBGROUP_FEATURE_BASIC_BIT | VK_SUBGROUP_FEATURE_VOTE_BIT | VK_SUBGROUP_FEATURE_ARITHMETIC_BIT |
                                     VK_SUBGROUP_FEATURE_BALLOT_BIT | VK_SUBGROUP_FEATURE_SHUFFLE_BIT | VK_SUBGROUP_FEATURE_SHUFFLE_RELATIVE_BIT |
                                     VK_SUBGROUP_FEATURE_CLUSTERED_BIT | VK_SUBGROUP_FEATURE_QUAD_BIT | VK_SUBGROUP_FEATURE_ROTATE_BIT |
                                     VK_SUBGROUP_FEATURE_ROTATE_CLUSTERED_BIT | VK_SUBGROUP_FEATURE_PARTITIONED_BIT_NV;
    p->supportedOperations = p->subgroupSupportedOperations;
    p->cooperativeMatrixSupportedStages = VK_SHADER_STAGE_COMPUTE_BIT;
    p->maxVectorComponents = 1024; /* SV_MAX_VECTOR of spirv/sv.h */
    p->subgroupQuadOperationsInAllStages = p->quadOperationsInAllStages = VK_TRUE;
    /* One mode for all: nearest even, denormals, zeros, infinities and NaNs as IEEE 754 has them. Others cannot be asked for. */
    p->denormBehaviorIndependence = VK_SHADER_FLOAT_CONTROLS_INDEPENDENCE_ALL;
    p->roundingModeIndependence = VK_SHADER_FLOAT_CONTROLS_INDEPENDENCE_ALL;
    p->shaderSignedZeroInfNanPreserveFloat16 = VK_TRUE;
    p->shaderSignedZeroInfNanPreserveFloat32 = VK_TRUE;
    p->shaderSignedZeroInfNanPreserveFloat64 = VK_TRUE;
    p->shaderDenormPreserveFloat16 = VK_TRUE;
    p->shaderDenormPreserveFloat32 = VK_TRUE;
    p->shaderDenormPreserveFloat64 = VK_TRUE;
    p->shaderRoundingModeRTEFloat16 = VK_TRUE;
    p->shaderRoundingModeRTEFloat32 = VK_TRUE;
    p->shaderRoundingModeRTEFloat64 = VK_TRUE;
}
