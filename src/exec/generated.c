/* Commands that the device generates: whatever the stream holds, only memory of the device is read, and only entries of the set that are there are
 * bound. SPEC: device-generated-commands. */
#include "exec/generated.h"

#include <stdlib.h>
#include <string.h>

#include "memory/address_map.h"
#include "object/device_base.h"
#include "pipeline/shader_object.h"
#include "registry/vk_entrypoints.h"

#define CHUNK 256u /* sequences that become packets before they run */

struct index_view { /* of D3D12 */
    VkDeviceAddress address;
    uint32_t size_B, format;
};
#define DXGI_FORMAT_R32_UINT 42u
#define DXGI_FORMAT_R8_UINT 62u

/* The first n bytes of a command; zeros where the sequence ends before. */
static void
fetch(void *to, const uint8_t *sequence, uint64_t room_B, uint32_t offset_B, uint32_t n)
{
    memset(to, 0, n);
    if (offset_B <= room_B && n <= room_B - offset_B) {
        memcpy(to, sequence + offset_B, n); /* read once: may be shared */
    }
}

static void
bind_indices(VkCommandBuffer cmd, const uint8_t *from, bool dxgi)
{
    VkBindIndexBufferIndirectCommandEXT c;
    memcpy(&c, from, sizeof(c));
    if (dxgi) {
        struct index_view v;
        memcpy(&v, from, sizeof(v));
        c.indexType = v.format == DXGI_FORMAT_R32_UINT ? VK_INDEX_TYPE_UINT32 : v.format == DXGI_FORMAT_R8_UINT ? VK_INDEX_TYPE_UINT8 : VK_INDEX_TYPE_UINT16;
    } else if (c.indexType != VK_INDEX_TYPE_UINT32 && c.indexType != VK_INDEX_TYPE_UINT8) {
        c.indexType = VK_INDEX_TYPE_UINT16;
    }
    pum_CmdBindIndexBuffer3KHR(cmd, &(VkBindIndexBuffer3InfoKHR){.addressRange = {c.bufferAddress, c.size}, .indexType = c.indexType});
}

static void
bind_vertices(VkCommandBuffer cmd, const uint8_t *from, uint32_t binding)
{
    VkBindVertexBufferIndirectCommandEXT c;
    memcpy(&c, from, sizeof(c));
    pum_CmdBindVertexBuffers3KHR(cmd, binding, 1, &(VkBindVertexBuffer3InfoKHR){.setStride = VK_TRUE, .addressRange = {c.bufferAddress, c.size, c.stride}});
}

static void
draw_many(VkCommandBuffer cmd, struct pum_device_base *dev, const uint8_t *from, uint32_t max_draws,
          void (*draws)(VkCommandBuffer cmd, const VkDrawIndirect2InfoKHR *info))
{
    VkDrawIndirectCountIndirectCommandEXT c;
    memcpy(&c, from, sizeof(c));
    const VkDrawIndirect2InfoKHR info = {.addressRange = {c.bufferAddress, pum_address_room_B(dev, c.bufferAddress, NULL), c.stride},
                                         .drawCount = PUM_MIN(c.commandCount, max_draws)};
    draws(cmd, &info);
}

static const void *
entry(const struct pum_execution_set *set, uint32_t index)
{
    return set && index < set->n_entries ? set->entry[index] : NULL;
}

/* False: the sequence names what is not there, and does nothing. */
static bool
bind_entries(VkCommandBuffer cmd, const struct pum_execution_set *set, const struct pum_token *t, const uint8_t *sequence, uint64_t room_B)
{
    uint32_t at_B = t->offset_B, index;
    if (!set || set->objects != (t->stages != 0)) {
        return false;
    }
    for (VkShaderStageFlags left = t->stages; left; left &= left - 1) { /* one index for each stage, from the lowest bit on */
        fetch(&index, sequence, room_B, at_B, sizeof(index));
        at_B += sizeof(index);
        const struct pum_shader_object *object = entry(set, index);
        const VkShaderStageFlagBits stage = (VkShaderStageFlagBits)(left & -left);
        if (!object || object->stage != pum_stage_from_vk(stage)) {
            return false;
        }
        VkShaderEXT handle;
        memcpy(&handle, &object, sizeof(handle));
        pum_CmdBindShadersEXT(cmd, 1, &stage, &handle);
    }
    if (!t->stages) {
        fetch(&index, sequence, room_B, at_B, sizeof(index));
        const struct pum_pipeline *pipeline = entry(set, index);
        if (!pipeline) {
            return false;
        }
        VkPipeline handle;
        memcpy(&handle, &pipeline, sizeof(handle));
        pum_CmdBindPipeline(cmd, pipeline->shaders[PUM_STAGE_COMPUTE] ? VK_PIPELINE_BIND_POINT_COMPUTE : VK_PIPELINE_BIND_POINT_GRAPHICS, handle);
    }
    return true;
}

static void
record(struct pum_cmd_buffer *cmd, const struct pum_packet_generated *p, const uint8_t *sequence, uint64_t room_B, uint32_t number)
{
    const VkCommandBuffer handle = pum_cmd_buffer_to_handle(cmd);
    uint8_t data[PUM_MAX_PUSH_B];
    for (uint32_t i = 0; i < p->layout->n_tokens; i++) {
        const struct pum_token *t = &p->layout->token[i];
        switch ((uint32_t)t->type) {
        case VK_INDIRECT_COMMANDS_TOKEN_TYPE_EXECUTION_SET_EXT:
            if (!bind_entries(handle, p->set, t, sequence, room_B)) {
                return;
            }
            break;
        case VK_INDIRECT_COMMANDS_TOKEN_TYPE_PUSH_CONSTANT_EXT: {
            const uint32_t n = PUM_MIN(t->range.size, PUM_MAX_PUSH_B);
            fetch(data, sequence, room_B, t->offset_B, n);
            pum_CmdPushConstants(handle, VK_NULL_HANDLE, t->range.stageFlags, t->range.offset, n, data);
            break;
        }
        case VK_INDIRECT_COMMANDS_TOKEN_TYPE_SEQUENCE_INDEX_EXT:
            pum_CmdPushConstants(handle, VK_NULL_HANDLE, t->range.stageFlags, t->range.offset, sizeof(number), &number);
            break;
        case VK_INDIRECT_COMMANDS_TOKEN_TYPE_INDEX_BUFFER_EXT:
            fetch(data, sequence, room_B, t->offset_B, sizeof(VkBindIndexBufferIndirectCommandEXT));
            bind_indices(handle, data, t->dxgi);
            break;
        case VK_INDIRECT_COMMANDS_TOKEN_TYPE_VERTEX_BUFFER_EXT:
            fetch(data, sequence, room_B, t->offset_B, sizeof(VkBindVertexBufferIndirectCommandEXT));
            bind_vertices(handle, data, t->binding);
            break;
        case VK_INDIRECT_COMMANDS_TOKEN_TYPE_DRAW_EXT: {
            VkDrawIndirectCommand c;
            fetch(&c, sequence, room_B, t->offset_B, sizeof(c));
            pum_CmdDraw(handle, c.vertexCount, c.instanceCount, c.firstVertex, c.firstInstance);
            break;
        }
        case VK_INDIRECT_COMMANDS_TOKEN_TYPE_DRAW_INDEXED_EXT: {
            VkDrawIndexedIndirectCommand c;
            fetch(&c, sequence, room_B, t->offset_B, sizeof(c));
            pum_CmdDrawIndexed(handle, c.indexCount, c.instanceCount, c.firstIndex, c.vertexOffset, c.firstInstance);
            break;
        }
        case VK_INDIRECT_COMMANDS_TOKEN_TYPE_DRAW_COUNT_EXT:
        case VK_INDIRECT_COMMANDS_TOKEN_TYPE_DRAW_INDEXED_COUNT_EXT:
        case VK_INDIRECT_COMMANDS_TOKEN_TYPE_DRAW_MESH_TASKS_COUNT_EXT:
            fetch(data, sequence, room_B, t->offset_B, sizeof(VkDrawIndirectCountIndirectCommandEXT));
            draw_many(handle, cmd->base.dev, data, p->max_draws,
                      t->type == VK_INDIRECT_COMMANDS_TOKEN_TYPE_DRAW_COUNT_EXT           ? pum_CmdDrawIndirect2KHR
                      : t->type == VK_INDIRECT_COMMANDS_TOKEN_TYPE_DRAW_INDEXED_COUNT_EXT ? pum_CmdDrawIndexedIndirect2KHR
                                                                                          : pum_CmdDrawMeshTasksIndirect2EXT);
            break;
        case VK_INDIRECT_COMMANDS_TOKEN_TYPE_DRAW_MESH_TASKS_EXT: {
            VkDrawMeshTasksIndirectCommandEXT c;
            fetch(&c, sequence, room_B, t->offset_B, sizeof(c));
            pum_CmdDrawMeshTasksEXT(handle, c.groupCountX, c.groupCountY, c.groupCountZ);
            break;
        }
        case VK_INDIRECT_COMMANDS_TOKEN_TYPE_DISPATCH_EXT: {
            VkDispatchIndirectCommand c;
            fetch(&c, sequence, room_B, t->offset_B, sizeof(c));
            if (c.x && c.y && c.z) {
                pum_CmdDispatch(handle, c.x, c.y, c.z);
            }
            break;
        }
        default: return;
        }
    }
}

/* No packets and, as their memory goes, no copies of state. */
static void
empty(struct pum_cmd_buffer *cmd)
{
    cmd->first = cmd->last = NULL;
    cmd->tail = &cmd->first;
    cmd->state_copy = NULL;
    cmd->vertex_copy = NULL;
    cmd->push_copy = NULL;
    for (uint32_t i = 0; i < PUM_ARRAY_LEN(cmd->bind); i++) {
        cmd->bind[i].ctx = NULL;
        cmd->bind[i].dynamic_copy = NULL;
        cmd->bind[i].dirty = UINT32_MAX;
    }
}

bool
pum_exec_generated(struct pum_device_base *dev, const struct pum_packet_generated *p, bool (*run)(void *arg, const struct pum_packet *first), void *arg)
{
    uint32_t n = p->max_sequences;
    if (p->count) {
        uint32_t count = 0;
        if (pum_address_room_B(dev, p->count, NULL) >= sizeof(count)) {
            memcpy(&count, (const void *)(uintptr_t)p->count, sizeof(count));
        }
        n = PUM_MIN(n, count);
    }
    const uint64_t room_B = PUM_MIN(p->stream_B, pum_address_room_B(dev, p->stream, NULL));
    struct pum_cmd_buffer *cmd = malloc(sizeof(*cmd));
    if (!cmd) {
        return false;
    }
    *cmd = *p->state;
    pum_arena_init(&cmd->arena, 16384, 0);
    empty(cmd);
    bool ok = true;
    for (uint32_t i = 0; i < n && ok; i++) {
        const uint64_t at_B = (uint64_t)i * p->layout->stride_B;
        if (at_B >= room_B) {
            break;
        }
        record(cmd, p, (const uint8_t *)(uintptr_t)p->stream + at_B, room_B - at_B, i);
        if (i % CHUNK == CHUNK - 1 || i == n - 1 || at_B + p->layout->stride_B >= room_B) {
            ok = cmd->result == VK_SUCCESS && run(arg, cmd->first);
            empty(cmd);
            pum_arena_reset(&cmd->arena);
        }
    }
    pum_arena_finish(&cmd->arena);
    free(cmd);
    return ok;
}
