"""What the specification requires of every implementation of a version of Vulkan, as tables: limits (chapter "Limits", Required Limits),
formats (chapter "Formats", Required Format Support), and what stands in the text. Features and commands come from the registry itself."""

VP = "VkPhysicalDevice"
P12, P13 = VP + "Vulkan12Properties", VP + "Vulkan13Properties"

# Core limits: name, kind, value of 1.0, value of 1.4 ("-": the same), the feature without which the value is the last column.
# Kinds: min (at least), max (at most), bits (at least these), range (the first at most, the second at least), stages (at least, for six shader
# stages; as many sixths of it as the device has stages), resources (at least, or the sum of the limits per stage if that is less).
LIMITS = """
maxImageDimension1D                             min   4096         8192   - -
maxImageDimension2D                             min   4096         8192   - -
maxImageDimension3D                             min   256          512    - -
maxImageDimensionCube                           min   4096         8192   - -
maxImageArrayLayers                             min   256          2048   - -
maxTexelBufferElements                          min   65536        -      - -
maxUniformBufferRange                           min   16384        65536  - -
maxStorageBufferRange                           min   134217728    -      - -
maxPushConstantsSize                            min   128          256    - -
maxMemoryAllocationCount                        min   4096         -      - -
maxSamplerAllocationCount                       min   4000         -      - -
bufferImageGranularity                          max   131072       4096   - -
sparseAddressSpaceSize                          min   2147483648   -      sparseBinding 0
maxBoundDescriptorSets                          min   4            7      - -
maxPerStageDescriptorSamplers                   min   16           -      - -
maxPerStageDescriptorUniformBuffers             min   12           15     - -
maxPerStageDescriptorStorageBuffers             min   4            -      - -
maxPerStageDescriptorSampledImages              min   16           -      - -
maxPerStageDescriptorStorageImages              min   4            -      - -
maxPerStageDescriptorInputAttachments           min   4            -      - -
maxPerStageResources                            resources 128      200    - -
maxDescriptorSetSamplers                        stages 96          -      - -
maxDescriptorSetUniformBuffers                  stages 72          90     - -
maxDescriptorSetUniformBuffersDynamic           min   8            -      - -
maxDescriptorSetStorageBuffers                  stages 24          96     - -
maxDescriptorSetStorageBuffersDynamic           min   4            -      - -
maxDescriptorSetSampledImages                   stages 96          -      - -
maxDescriptorSetStorageImages                   stages 24          144    - -
maxDescriptorSetInputAttachments                min   4            -      - -
maxVertexInputAttributes                        min   16           -      - -
maxVertexInputBindings                          min   16           -      - -
maxVertexInputAttributeOffset                   min   2047         -      - -
maxVertexInputBindingStride                     min   2048         -      - -
maxVertexOutputComponents                       min   64           -      - -
maxTessellationGenerationLevel                  min   64           -      tessellationShader 0
maxTessellationPatchSize                        min   32           -      tessellationShader 0
maxTessellationControlPerVertexInputComponents  min   64           -      tessellationShader 0
maxTessellationControlPerVertexOutputComponents min   64           -      tessellationShader 0
maxTessellationControlPerPatchOutputComponents  min   120          -      tessellationShader 0
maxTessellationControlTotalOutputComponents     min   2048         -      tessellationShader 0
maxTessellationEvaluationInputComponents        min   64           -      tessellationShader 0
maxTessellationEvaluationOutputComponents       min   64           -      tessellationShader 0
maxGeometryShaderInvocations                    min   32           -      geometryShader 0
maxGeometryInputComponents                      min   64           -      geometryShader 0
maxGeometryOutputComponents                     min   64           -      geometryShader 0
maxGeometryOutputVertices                       min   256          -      geometryShader 0
maxGeometryTotalOutputComponents                min   1024         -      geometryShader 0
maxFragmentInputComponents                      min   64           -      - -
maxFragmentOutputAttachments                    min   4            -      - -
maxFragmentDualSrcAttachments                   min   1            -      dualSrcBlend 0
maxFragmentCombinedOutputResources              min   4            16     - -
maxComputeSharedMemorySize                      min   16384        -      - -
maxComputeWorkGroupCount                        min   65535,65535,65535 - - -
maxComputeWorkGroupInvocations                  min   128          256    - -
maxComputeWorkGroupSize                         min   128,128,64   256,256,64 - -
subPixelPrecisionBits                           min   4            -      - -
subTexelPrecisionBits                           min   4            8      - -
mipmapPrecisionBits                             min   4            6      - -
maxDrawIndexedIndexValue                        min   4294967295   -      fullDrawIndexUint32 16777215
maxDrawIndirectCount                            min   65535        -      multiDrawIndirect 1
maxSamplerLodBias                               min   2            14     - -
maxSamplerAnisotropy                            min   16           -      samplerAnisotropy 1
maxViewports                                    min   16           -      multiViewport 1
maxViewportDimensions                           min   4096,4096    7680,7680 - -
viewportBoundsRange                             range -8192,8191   -15360,15359 - -
viewportSubPixelBits                            min   0            -      - -
minMemoryMapAlignment                           min   64           -      - -
minTexelBufferOffsetAlignment                   max   256          -      - -
minUniformBufferOffsetAlignment                 max   256          -      - -
minStorageBufferOffsetAlignment                 max   256          -      - -
minTexelOffset                                  max   -8           -      - -
maxTexelOffset                                  min   7            -      - -
minTexelGatherOffset                            max   -8           -      shaderImageGatherExtended 0
maxTexelGatherOffset                            min   7            -      shaderImageGatherExtended 0
minInterpolationOffset                          max   -0.5         -      sampleRateShading 0
maxInterpolationOffset                          min   0.4375       -      sampleRateShading 0
subPixelInterpolationOffsetBits                 min   4            -      sampleRateShading 0
maxFramebufferWidth                             min   4096         7680   - -
maxFramebufferHeight                            min   4096         7680   - -
maxFramebufferLayers                            min   256          -      - -
framebufferColorSampleCounts                    bits  5            -      - -
framebufferDepthSampleCounts                    bits  5            -      - -
framebufferStencilSampleCounts                  bits  5            -      - -
framebufferNoAttachmentsSampleCounts            bits  5            -      - -
maxColorAttachments                             min   4            8      - -
sampledImageColorSampleCounts                   bits  5            -      - -
sampledImageIntegerSampleCounts                 bits  1            -      - -
sampledImageDepthSampleCounts                   bits  5            -      - -
sampledImageStencilSampleCounts                 bits  5            -      - -
storageImageSampleCounts                        bits  5            -      shaderStorageImageMultisample 1
maxSampleMaskWords                              min   1            -      - -
maxClipDistances                                min   8            -      shaderClipDistance 0
maxCullDistances                                min   8            -      shaderCullDistance 0
maxCombinedClipAndCullDistances                 min   8            -      shaderCullDistance 0
discreteQueuePriorities                         min   2            -      - -
pointSizeRange                                  range 1,63         1,255.875 largePoints 1,1
lineWidthRange                                  range 1,7          -      wideLines 1,1
pointSizeGranularity                            max   1            0.125  largePoints 0
lineWidthGranularity                            max   1            0.5    wideLines 0
nonCoherentAtomSize                             max   256          -      - -
"""
# The same for 1.4's Boolean limits: they have no value before.
TRUE_IN_1_4 = ("timestampComputeAndGraphics", "standardSampleLocations")

# Limits and properties that are powers of two.
POWERS_OF_TWO = ("minMemoryMapAlignment", "minTexelBufferOffsetAlignment", "minUniformBufferOffsetAlignment",
                 "minStorageBufferOffsetAlignment", "optimalBufferCopyOffsetAlignment", "optimalBufferCopyRowPitchAlignment",
                 "nonCoherentAtomSize", "bufferImageGranularity")

# Limits of later versions: version, structure, name, kind, value, condition (as the registry writes it: "," is or) without which it does
# not count.
DI = "VK_EXT_descriptor_indexing,VkPhysicalDeviceVulkan12Features::descriptorIndexing"
IUB = "VkPhysicalDeviceInlineUniformBlockFeatures::inlineUniformBlock"
LATER_LIMITS = [
    (1, VP + "SubgroupProperties", "subgroupSize", "min", 4, None),
    (1, VP + "SubgroupProperties", "supportedStages", "bits", 0x20, None),
    (1, VP + "SubgroupProperties", "supportedOperations", "bits", 1, None),
    (1, VP + "MultiviewProperties", "maxMultiviewViewCount", "min", 6, None),
    (1, VP + "MultiviewProperties", "maxMultiviewInstanceIndex", "min", (1 << 27) - 1, None),
    (1, VP + "Maintenance3Properties", "maxPerSetDescriptors", "min", 1024, None),
    (1, VP + "Maintenance3Properties", "maxMemoryAllocationSize", "min", 1 << 30, None),
    (2, P12, "framebufferIntegerColorSampleCounts", "bits", 1, None),
    (2, VP + "DepthStencilResolveProperties", "supportedDepthResolveModes", "bits", 1, None),
    (2, VP + "DepthStencilResolveProperties", "supportedStencilResolveModes", "bits", 1, None),
    (2, VP + "TimelineSemaphoreProperties", "maxTimelineSemaphoreValueDifference", "min", (1 << 31) - 1, None),
    *[(2, VP + "DescriptorIndexingProperties", name, "min", value, DI) for name, value in (
        ("maxUpdateAfterBindDescriptorsInAllPools", 500000), ("maxPerStageDescriptorUpdateAfterBindSamplers", 500000),
        ("maxPerStageDescriptorUpdateAfterBindUniformBuffers", 12), ("maxPerStageDescriptorUpdateAfterBindStorageBuffers", 500000),
        ("maxPerStageDescriptorUpdateAfterBindSampledImages", 500000), ("maxPerStageDescriptorUpdateAfterBindStorageImages", 500000),
        ("maxPerStageDescriptorUpdateAfterBindInputAttachments", 4), ("maxPerStageUpdateAfterBindResources", 500000),
        ("maxDescriptorSetUpdateAfterBindSamplers", 500000), ("maxDescriptorSetUpdateAfterBindUniformBuffers", 36),
        ("maxDescriptorSetUpdateAfterBindUniformBuffersDynamic", 8), ("maxDescriptorSetUpdateAfterBindStorageBuffers", 500000),
        ("maxDescriptorSetUpdateAfterBindStorageBuffersDynamic", 4), ("maxDescriptorSetUpdateAfterBindSampledImages", 500000),
        ("maxDescriptorSetUpdateAfterBindStorageImages", 500000), ("maxDescriptorSetUpdateAfterBindInputAttachments", 4))],
    (3, VP + "SubgroupSizeControlProperties", "minSubgroupSize", "min", 4, None),
    (3, VP + "SubgroupSizeControlProperties", "maxSubgroupSize", "min", 4, None),
    (3, VP + "SubgroupSizeControlProperties", "maxComputeWorkgroupSubgroups", "min", 1, None),
    (3, VP + "Maintenance4Properties", "maxBufferSize", "min", 1 << 30, None),
    (3, VP + "InlineUniformBlockProperties", "maxInlineUniformBlockSize", "min", 256, IUB),
    (3, VP + "InlineUniformBlockProperties", "maxPerStageDescriptorInlineUniformBlocks", "min", 4, IUB),
    (3, VP + "InlineUniformBlockProperties", "maxPerStageDescriptorUpdateAfterBindInlineUniformBlocks", "min", 4, IUB),
    (3, VP + "InlineUniformBlockProperties", "maxDescriptorSetInlineUniformBlocks", "min", 4, IUB),
    (3, VP + "InlineUniformBlockProperties", "maxDescriptorSetUpdateAfterBindInlineUniformBlocks", "min", 4, IUB),
    (3, P13, "maxInlineUniformTotalSize", "min", 256, IUB),
    (4, VP + "PushDescriptorProperties", "maxPushDescriptors", "min", 32, None),
    (4, VP + "VertexAttributeDivisorProperties", "maxVertexAttribDivisor", "min", 65535, None),
    (4, VP + "FloatControlsProperties", "shaderSignedZeroInfNanPreserveFloat16", "min", 1, None),
    (4, VP + "FloatControlsProperties", "shaderSignedZeroInfNanPreserveFloat32", "min", 1, None),
]

# Format features by letter; the last ones are of buffers.
LETTERS = {"S": "SAMPLED_IMAGE", "b": "BLIT_SRC", "l": "SAMPLED_IMAGE_FILTER_LINEAR", "I": "STORAGE_IMAGE", "A": "STORAGE_IMAGE_ATOMIC",
           "C": "COLOR_ATTACHMENT", "d": "BLIT_DST", "B": "COLOR_ATTACHMENT_BLEND", "D": "DEPTH_STENCIL_ATTACHMENT"}
BUFFER_LETTERS = {"V": "VERTEX_BUFFER", "U": "UNIFORM_TEXEL_BUFFER", "T": "STORAGE_TEXEL_BUFFER", "t": "STORAGE_TEXEL_BUFFER_ATOMIC"}

# Usage of an image (VkImageUsageFlagBits) that needs a feature.
USAGES = {"S": 4, "I": 8, "C": 0x10, "D": 0x20}
# Types of images (name, VkImageType, flags, limits of width, height and depth) that every feature of a format stands for, unless the format has
# depth or stencil: then only those of two dimensions.
IMAGE_TYPES = [("1D", 0, 0, ("maxImageDimension1D", None, None)), ("2D", 1, 0, ("maxImageDimension2D", "maxImageDimension2D", None)),
               ("cube", 1, 0x10, ("maxImageDimensionCube", "maxImageDimensionCube", None)),
               ("3D", 2, 0, ("maxImageDimension3D",) * 3)]

# "+I": only with shaderStorageImageExtendedFormats.
FORMATS = """
B4G4R4A4_UNORM_PACK16 Sbl           R5G6B5_UNORM_PACK16 SblCdB          A1R5G5B5_UNORM_PACK16 SblCdB
R8_UNORM SblCdBVU+I                 R8_SNORM SblVU+I                    R8_UINT SbCdVU+I              R8_SINT SbCdVU+I
R8G8_UNORM SblCdBVU+I               R8G8_SNORM SblVU+I                  R8G8_UINT SbCdVU+I            R8G8_SINT SbCdVU+I
R8G8B8A8_UNORM SblICdBVUT           R8G8B8A8_SNORM SblIVUT              R8G8B8A8_UINT SbICdVUT        R8G8B8A8_SINT SbICdVUT
R8G8B8A8_SRGB SblCdB                B8G8R8A8_UNORM SblCdBVU             B8G8R8A8_SRGB SblCdB
A8B8G8R8_UNORM_PACK32 SblCdBVUT     A8B8G8R8_SNORM_PACK32 SblVUT        A8B8G8R8_UINT_PACK32 SbCdVUT
A8B8G8R8_SINT_PACK32 SbCdVUT        A8B8G8R8_SRGB_PACK32 SblCdB
A2B10G10R10_UNORM_PACK32 SblCdBVU+I A2B10G10R10_UINT_PACK32 SbCdU+I
R16_UNORM V+I                       R16_SNORM V+I                       R16_UINT SbCdVU+I             R16_SINT SbCdVU+I
R16_SFLOAT SblCdBVU+I               R16G16_UNORM V+I                    R16G16_SNORM V+I              R16G16_UINT SbCdVU+I
R16G16_SINT SbCdVU+I                R16G16_SFLOAT SblCdBVU+I            R16G16B16A16_UNORM V+I        R16G16B16A16_SNORM V+I
R16G16B16A16_UINT SbICdVUT          R16G16B16A16_SINT SbICdVUT          R16G16B16A16_SFLOAT SblICdBVUT
R32_UINT SbIACdVUTt                 R32_SINT SbIACdVUTt                 R32_SFLOAT SbICdVUT
R32G32_UINT SbICdVUT                R32G32_SINT SbICdVUT                R32G32_SFLOAT SbICdVUT
R32G32B32_UINT V                    R32G32B32_SINT V                    R32G32B32_SFLOAT V
R32G32B32A32_UINT SbICdVUT          R32G32B32A32_SINT SbICdVUT          R32G32B32A32_SFLOAT SbICdVUT
B10G11R11_UFLOAT_PACK32 SblU+I      E5B9G9R9_UFLOAT_PACK32 Sbl
D16_UNORM SbD                       D32_SFLOAT Sb
"""
# At least one format of each of these has the feature.
ONE_OF = [("D", ("X8_D24_UNORM_PACK32", "D32_SFLOAT")), ("D", ("D24_UNORM_S8_UINT", "D32_SFLOAT_S8_UINT"))]
# All formats of at least one of these families can be sampled, blitted from and filtered.
COMPRESSED = ("BC", "ETC2 EAC", "ASTC")
YCBCR = ("G8_B8_R8_3PLANE_420_UNORM", "G8_B8R8_2PLANE_420_UNORM")
