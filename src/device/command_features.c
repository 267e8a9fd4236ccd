#include "device/command_features.h"

#include "command/generated.h"
#include "object/limits.h"
#include "util/compiler.h"

static const enum pum_extension extensions[] = {
    PUM_EXT_EXT_descriptor_buffer,
    PUM_EXT_EXT_device_fault,
    PUM_EXT_EXT_device_address_binding_report,
    PUM_EXT_EXT_frame_boundary,
    PUM_EXT_AMD_buffer_marker,
    PUM_EXT_NV_device_diagnostic_checkpoints,
    PUM_EXT_KHR_pipeline_executable_properties,
    PUM_EXT_KHR_pipeline_binary,
    PUM_EXT_KHR_device_address_commands,
    PUM_EXT_KHR_copy_memory_indirect,
    PUM_EXT_EXT_device_generated_commands,
    PUM_EXT_KHR_internally_synchronized_queues,
    PUM_EXT_KHR_maintenance11,
    PUM_EXT_EXT_zero_initialize_device_memory,
    PUM_EXT_EXT_pageable_device_local_memory,
    PUM_EXT_EXT_hdr_metadata,
    PUM_EXT_EXT_debug_marker,
    PUM_EXT_AMD_anti_lag,
};

void
pum_command_extensions(bool offered[PUM_EXT_COUNT])
{
    for (uint32_t i = 0; i < PUM_ARRAY_LEN(extensions); i++) {
        offered[extensions[i]] = true;
    }
}

void
pum_command_features(struct pum_features *f)
{
    f->descriptorBuffer = VK_TRUE;
    f->descriptorBufferImageLayoutIgnored = VK_TRUE;
    f->descriptorBufferPushDescriptors = VK_TRUE;
    f->deviceFault = VK_TRUE;
    f->reportAddressBinding = VK_TRUE;
    f->frameBoundary = VK_TRUE; /* nothing here waits for the end of a frame */
    f->pipelineExecutableInfo = VK_TRUE;
    f->pipelineBinaries = VK_TRUE;
    f->deviceAddressCommands = VK_TRUE;
    f->indirectMemoryCopy = VK_TRUE;
    f->indirectMemoryToImageCopy = VK_TRUE;
    f->deviceGeneratedCommands = VK_TRUE;
    f->dynamicGeneratedPipelineLayout = VK_TRUE;
    f->internallySynchronizedQueues = VK_TRUE; /* all are */
    f->maintenance11 = VK_TRUE;
    f->zeroInitializeDeviceMemory = VK_TRUE;
    f->pageableDeviceLocalMemory = VK_TRUE;
    f->antiLag = VK_TRUE;
}

static void
descriptor_buffers(struct pum_properties *p)
{
    p->combinedImageSamplerDescriptorSingleArray = VK_TRUE;
    p->bufferlessPushDescriptors = VK_TRUE;
    p->allowSamplerImageViewPostSubmitCreation = VK_TRUE;
    p->descriptorBufferOffsetAlignment = PUM_DESCRIPTOR_BUFFER_ALIGN_B;
    p->maxDescriptorBufferBindings = PUM_MAX_DESCRIPTOR_BUFFERS;
    p->maxResourceDescriptorBufferBindings = PUM_MAX_DESCRIPTOR_BUFFERS;
    p->maxSamplerDescriptorBufferBindings = PUM_MAX_DESCRIPTOR_BUFFERS;
    p->maxEmbeddedImmutableSamplerBindings = PUM_MAX_SETS;
    p->maxEmbeddedImmutableSamplers = 1u << 20; /* as many as there may be samplers */
    p->samplerDescriptorSize = PUM_DESC_SAMPLER_B;
    p->combinedImageSamplerDescriptorSize = PUM_DESC_COMBINED_REF_B;
    p->sampledImageDescriptorSize = p->storageImageDescriptorSize = p->inputAttachmentDescriptorSize = PUM_DESC_IMAGE_B;
    p->uniformTexelBufferDescriptorSize = p->robustUniformTexelBufferDescriptorSize = PUM_DESC_IMAGE_B;
    p->storageTexelBufferDescriptorSize = p->robustStorageTexelBufferDescriptorSize = PUM_DESC_IMAGE_B;
    p->uniformBufferDescriptorSize = p->robustUniformBufferDescriptorSize = PUM_DESC_BUFFER_B;
    p->storageBufferDescriptorSize = p->robustStorageBufferDescriptorSize = PUM_DESC_BUFFER_B;
    p->maxSamplerDescriptorBufferRange = p->maxResourceDescriptorBufferRange = UINT32_MAX;
    p->samplerDescriptorBufferAddressSpaceSize = p->resourceDescriptorBufferAddressSpaceSize = PUM_MAX_BUFFER_B;
    p->descriptorBufferAddressSpaceSize = PUM_MAX_BUFFER_B;
}

static void
generated_commands(struct pum_properties *p)
{
    p->maxIndirectPipelineCount = p->maxIndirectShaderObjectCount = 1u << 16;
    p->maxIndirectSequenceCount = 1u << 20;
    p->maxIndirectCommandsTokenCount = PUM_MAX_TOKENS;
    p->maxIndirectCommandsTokenOffset = PUM_MAX_STREAM_STRIDE_B - 1;
    p->maxIndirectCommandsIndirectStride = PUM_MAX_STREAM_STRIDE_B;
    p->supportedIndirectCommandsInputModes =
        VK_INDIRECT_COMMANDS_INPUT_MODE_VULKAN_INDEX_BUFFER_EXT | VK_INDIRECT_COMMANDS_INPUT_MODE_DXGI_INDEX_BUFFER_EXT;
    p->supportedIndirectCommandsShaderStages = p->supportedIndirectCommandsShaderStagesPipelineBinding =
        p->supportedIndirectCommandsShaderStagesShaderBinding =
            VK_SHADER_STAGE_ALL_GRAPHICS | VK_SHADER_STAGE_COMPUTE_BIT | VK_SHADER_STAGE_TASK_BIT_EXT | VK_SHADER_STAGE_MESH_BIT_EXT;
    p->deviceGeneratedCommandsTransformFeedback = VK_TRUE;
    p->deviceGeneratedCommandsMultiDrawIndirectCount = VK_TRUE;
}

void
pum_command_properties(struct pum_properties *p)
{
    descriptor_buffers(p);
    generated_commands(p);
    p->pipelineBinaryInternalCache = VK_TRUE; /* files of machine code */
    p->pipelineBinaryInternalCacheControl = VK_TRUE;
    p->supportedQueues = VK_QUEUE_GRAPHICS_BIT | VK_QUEUE_COMPUTE_BIT | VK_QUEUE_TRANSFER_BIT;
}
