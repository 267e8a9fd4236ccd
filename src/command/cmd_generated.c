/* VK_EXT_device_generated_commands: objects, and recording. Nothing is preprocessed: there is nothing to gain. */
#include "command/generated.h"

#include <string.h>

#include "command/cmd_sync.h"
#include "object/device_base.h"
#include "pipeline/shader_object.h"
#include "registry/vk_entrypoints.h"

/* ---- layouts ---- */

static struct pum_token
token(const VkIndirectCommandsLayoutTokenEXT *from)
{
    struct pum_token t = {.type = from->type, .offset_B = from->offset};
    switch (from->type) {
    case VK_INDIRECT_COMMANDS_TOKEN_TYPE_PUSH_CONSTANT_EXT:
    case VK_INDIRECT_COMMANDS_TOKEN_TYPE_SEQUENCE_INDEX_EXT: t.range = from->data.pPushConstant->updateRange; break;
    case VK_INDIRECT_COMMANDS_TOKEN_TYPE_VERTEX_BUFFER_EXT: t.binding = from->data.pVertexBuffer->vertexBindingUnit; break;
    case VK_INDIRECT_COMMANDS_TOKEN_TYPE_INDEX_BUFFER_EXT:
        t.dxgi = from->data.pIndexBuffer->mode == VK_INDIRECT_COMMANDS_INPUT_MODE_DXGI_INDEX_BUFFER_EXT;
        break;
    case VK_INDIRECT_COMMANDS_TOKEN_TYPE_EXECUTION_SET_EXT:
        t.stages = from->data.pExecutionSet->type == VK_INDIRECT_EXECUTION_SET_INFO_TYPE_SHADER_OBJECTS_EXT ? from->data.pExecutionSet->shaderStages : 0;
        break;
    default: break;
    }
    return t;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateIndirectCommandsLayoutEXT(VkDevice _dev, const VkIndirectCommandsLayoutCreateInfoEXT *pInfo, const VkAllocationCallbacks *pAllocator,
                                    VkIndirectCommandsLayoutEXT *pLayout)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct pum_token_layout *l = pum_object_zalloc(dev, pAllocator, sizeof(*l), VK_OBJECT_TYPE_INDIRECT_COMMANDS_LAYOUT_EXT);
    if (!l) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateIndirectCommandsLayoutEXT");
    }
    l->stride_B = pInfo->indirectStride;
    l->n_tokens = PUM_MIN(pInfo->tokenCount, PUM_MAX_TOKENS);
    for (uint32_t i = 0; i < l->n_tokens; i++) {
        l->token[i] = token(&pInfo->pTokens[i]);
    }
    *pLayout = pum_token_layout_to_handle(l);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyIndirectCommandsLayoutEXT(VkDevice _dev, VkIndirectCommandsLayoutEXT _layout, const VkAllocationCallbacks *pAllocator)
{
    pum_object_free(pum_device_base_from_handle(_dev), pAllocator, pum_token_layout_from_handle(_layout));
}

VKAPI_ATTR void VKAPI_CALL
pum_GetGeneratedCommandsMemoryRequirementsEXT(VkDevice _dev, const VkGeneratedCommandsMemoryRequirementsInfoEXT *pInfo, VkMemoryRequirements2 *pReq)
{
    (void)_dev;
    (void)pInfo;
    pReq->memoryRequirements = (VkMemoryRequirements){.size = 0, .alignment = 1, .memoryTypeBits = 1};
}

/* ---- execution sets ---- */

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateIndirectExecutionSetEXT(VkDevice _dev, const VkIndirectExecutionSetCreateInfoEXT *pInfo, const VkAllocationCallbacks *pAllocator,
                                  VkIndirectExecutionSetEXT *pSet)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    const bool objects = pInfo->type == VK_INDIRECT_EXECUTION_SET_INFO_TYPE_SHADER_OBJECTS_EXT;
    const uint32_t n = objects ? pInfo->info.pShaderInfo->maxShaderCount : pInfo->info.pPipelineInfo->maxPipelineCount;
    struct pum_execution_set *set =
        pum_object_zalloc(dev, pAllocator, sizeof(*set) + (size_t)n * sizeof(set->entry[0]), VK_OBJECT_TYPE_INDIRECT_EXECUTION_SET_EXT);
    if (!set) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateIndirectExecutionSetEXT");
    }
    set->objects = objects;
    set->n_entries = n;
    if (objects) {
        for (uint32_t i = 0; i < PUM_MIN(n, pInfo->info.pShaderInfo->shaderCount); i++) {
            set->entry[i] = pum_shader_object_from_handle(pInfo->info.pShaderInfo->pInitialShaders[i]);
        }
    } else if (n) {
        set->entry[0] = pum_pipeline_from_handle(pInfo->info.pPipelineInfo->initialPipeline);
    }
    *pSet = pum_execution_set_to_handle(set);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyIndirectExecutionSetEXT(VkDevice _dev, VkIndirectExecutionSetEXT _set, const VkAllocationCallbacks *pAllocator)
{
    pum_object_free(pum_device_base_from_handle(_dev), pAllocator, pum_execution_set_from_handle(_set));
}

static void
write_entry(VkIndirectExecutionSetEXT _set, uint32_t index, const void *object)
{
    struct pum_execution_set *set = pum_execution_set_from_handle(_set);
    if (index < set->n_entries) {
        set->entry[index] = object;
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_UpdateIndirectExecutionSetPipelineEXT(VkDevice _dev, VkIndirectExecutionSetEXT set, uint32_t count, const VkWriteIndirectExecutionSetPipelineEXT *pWrites)
{
    (void)_dev;
    for (uint32_t i = 0; i < count; i++) {
        write_entry(set, pWrites[i].index, pum_pipeline_from_handle(pWrites[i].pipeline));
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_UpdateIndirectExecutionSetShaderEXT(VkDevice _dev, VkIndirectExecutionSetEXT set, uint32_t count, const VkWriteIndirectExecutionSetShaderEXT *pWrites)
{
    (void)_dev;
    for (uint32_t i = 0; i < count; i++) {
        write_entry(set, pWrites[i].index, pum_shader_object_from_handle(pWrites[i].shader));
    }
}

/* ---- commands ---- */

VKAPI_ATTR void VKAPI_CALL
pum_CmdPreprocessGeneratedCommandsEXT(VkCommandBuffer _cmd, const VkGeneratedCommandsInfoEXT *pInfo, VkCommandBuffer state)
{
    (void)_cmd;
    (void)pInfo;
    (void)state; /* the state that it executes with is the same */
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdExecuteGeneratedCommandsEXT(VkCommandBuffer _cmd, VkBool32 isPreprocessed, const VkGeneratedCommandsInfoEXT *pInfo)
{
    struct pum_cmd_buffer *cmd = pum_cmd_buffer_from_handle(_cmd);
    (void)isPreprocessed;
    pum_cmd_order(cmd, PUM_PACKET_GENERATED, PUM_SCOPE_COMPUTE_BIT);
    struct pum_packet_generated *p = pum_cmd_packet(cmd, PUM_PACKET_GENERATED, sizeof(*p));
    struct pum_cmd_buffer *state = p ? pum_cmd_alloc(cmd, sizeof(*state)) : NULL;
    if (!state) {
        return;
    }
    p->layout = pum_token_layout_from_handle(pInfo->indirectCommandsLayout);
    p->set = pum_execution_set_from_handle(pInfo->indirectExecutionSet);
    p->stream = pInfo->indirectAddress;
    p->stream_B = pInfo->indirectAddressSize;
    p->count = pInfo->sequenceCountAddress;
    p->max_sequences = pInfo->maxSequenceCount;
    p->max_draws = pInfo->maxDrawCount;
    *state = *cmd;
    p->state = state;
    cmd->cost += (uint64_t)pInfo->maxSequenceCount * 5000;
    cmd->has_loops = true; /* who knows */
}
