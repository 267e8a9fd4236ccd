/* Sets in descriptor buffers. SPEC: descriptorbuffers-binding.
 *
 * An address that lies in no memory of the device, or an offset that lies beyond it, binds nothing: shaders find null descriptors. */
#include "command/cmd_buffer.h"
#include "memory/address_map.h"
#include "object/device_base.h"
#include "object/pnext.h"
#include "registry/vk_entrypoints.h"

#define CMD struct pum_cmd_buffer *cmd = pum_cmd_buffer_from_handle(_cmd)

VKAPI_ATTR void VKAPI_CALL
pum_CmdBindDescriptorBuffersEXT(VkCommandBuffer _cmd, uint32_t count, const VkDescriptorBufferBindingInfoEXT *pInfos)
{
    CMD;
    if (!cmd->descriptor_buffers) {
        cmd->descriptor_buffers = pum_cmd_alloc(cmd, PUM_MAX_DESCRIPTOR_BUFFERS * sizeof(*cmd->descriptor_buffers));
    }
    for (uint32_t i = 0; i < count && i < PUM_MAX_DESCRIPTOR_BUFFERS && cmd->descriptor_buffers; i++) {
        const uint64_t room_B = pum_address_room_B(cmd->base.dev, pInfos[i].address, NULL);
        cmd->descriptor_buffers[i] = (struct pum_bound_descriptors){(const uint8_t *)(uintptr_t)pInfos[i].address, room_B};
    }
}

/* A set of that layout at an offset in a buffer; NULL: not all of what a shader may look at lies in memory. */
static const uint8_t *
place(const struct pum_cmd_buffer *cmd, const struct pum_set_layout *layout, uint32_t index, uint64_t offset_B, uint64_t *room_B)
{
    const struct pum_bound_descriptors none = {0};
    const struct pum_bound_descriptors *b = cmd->descriptor_buffers && index < PUM_MAX_DESCRIPTOR_BUFFERS ? &cmd->descriptor_buffers[index] : &none;
    const uint64_t need_B = layout->variable_count ? layout->bindings[layout->n_bindings - 1].offset_B : layout->size_B;
    if (!b->room_B || offset_B > b->room_B || need_B > b->room_B - offset_B ||
        ((uintptr_t)b->base + offset_B) % PUM_DESCRIPTOR_BUFFER_ALIGN_B) {
        return NULL;
    }
    *room_B = b->room_B - offset_B;
    return b->base + offset_B;
}

/* The bytes of inline uniform blocks stand in the buffer: records are made here, as for dynamic buffers. */
static void
add_blocks(struct pum_bind_point *bind, const struct pum_set_layout *layout, uint32_t set, const uint8_t *data, uint64_t room_B)
{
    struct pum_desc_buffer *slots = bind->dynamic + (size_t)set * PUM_MAX_DYNAMIC_BUFFERS;
    for (uint32_t i = 0; i < layout->n_bindings; i++) {
        const struct pum_set_binding *b = &layout->bindings[i];
        if (b->dynamic_first < PUM_MAX_DYNAMIC_BUFFERS) {
            const uint64_t left_B = data && b->offset_B < room_B ? room_B - b->offset_B : 0;
            slots[b->dynamic_first] = (struct pum_desc_buffer){left_B ? (uintptr_t)(data + b->offset_B) : 0, (uint32_t)PUM_MIN(left_B, (uint64_t)b->count), 0};
        }
    }
    bind->dynamic_end = PUM_MAX(bind->dynamic_end, set * PUM_MAX_DYNAMIC_BUFFERS + PUM_MIN(layout->dynamic_count, (uint32_t)PUM_MAX_DYNAMIC_BUFFERS));
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetDescriptorBufferOffsets2EXT(VkCommandBuffer _cmd, const VkSetDescriptorBufferOffsetsInfoEXT *pInfo)
{
    CMD;
    for (uint32_t i = 0; i < pInfo->setCount; i++) {
        const uint32_t set = pInfo->firstSet + i;
        const struct pum_set_layout *layout = set < PUM_MAX_SETS ? pum_cmd_layout_of_set(pInfo->layout, pInfo->pNext, set) : NULL;
        uint64_t room_B = 0;
        const uint8_t *data = layout ? place(cmd, layout, pInfo->pBufferIndices[i], pInfo->pOffsets[i], &room_B) : NULL;
        for (uint32_t p = 0; p < PUM_BIND_POINTS && layout; p++) {
            if (pum_cmd_points_of(pInfo->stageFlags) >> p & 1) {
                struct pum_bind_point *bind = pum_cmd_bind_point(cmd, pum_bind_points[p]);
                bind->sets[set] = data;
                bind->dirty |= PUM_DIRTY_SETS_BIT;
                if (layout->dynamic_count) {
                    add_blocks(bind, layout, set, data, room_B);
                }
            }
        }
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetDescriptorBufferOffsetsEXT(VkCommandBuffer _cmd, VkPipelineBindPoint point, VkPipelineLayout layout, uint32_t first, uint32_t count,
                                     const uint32_t *pIndices, const VkDeviceSize *pOffsets)
{
    const VkSetDescriptorBufferOffsetsInfoEXT info = {.stageFlags = pum_cmd_stages_of(point), .layout = layout, .firstSet = first, .setCount = count,
                                                      .pBufferIndices = pIndices, .pOffsets = pOffsets};
    pum_CmdSetDescriptorBufferOffsets2EXT(_cmd, &info);
}

/* Immutable samplers that stand in no buffer: a set of the command buffer's own. */
VKAPI_ATTR void VKAPI_CALL
pum_CmdBindDescriptorBufferEmbeddedSamplers2EXT(VkCommandBuffer _cmd, const VkBindDescriptorBufferEmbeddedSamplersInfoEXT *pInfo)
{
    CMD;
    const struct pum_set_layout *layout = pInfo->set < PUM_MAX_SETS ? pum_cmd_layout_of_set(pInfo->layout, pInfo->pNext, pInfo->set) : NULL;
    uint8_t *data = layout ? pum_cmd_alloc(cmd, PUM_MAX(layout->size_B, 16u)) : NULL;
    if (!data) {
        return;
    }
    pum_descriptor_init(layout, data);
    for (uint32_t p = 0; p < PUM_BIND_POINTS; p++) {
        if (pum_cmd_points_of(pInfo->stageFlags) >> p & 1) {
            struct pum_bind_point *bind = pum_cmd_bind_point(cmd, pum_bind_points[p]);
            bind->sets[pInfo->set] = data;
            bind->dirty |= PUM_DIRTY_SETS_BIT;
        }
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdBindDescriptorBufferEmbeddedSamplersEXT(VkCommandBuffer _cmd, VkPipelineBindPoint point, VkPipelineLayout layout, uint32_t set)
{
    const VkBindDescriptorBufferEmbeddedSamplersInfoEXT info = {.stageFlags = pum_cmd_stages_of(point), .layout = layout, .set = set};
    pum_CmdBindDescriptorBufferEmbeddedSamplers2EXT(_cmd, &info);
}
