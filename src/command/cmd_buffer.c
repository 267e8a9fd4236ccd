#include "command/cmd_buffer.h"

#include <stdlib.h>
#include <string.h>

#include "command/cmd_sync.h"
#include "object/device_base.h"
#include "object/pnext.h"
#include "registry/vk_entrypoints.h"

static const uint8_t zero_set[4096] __attribute__((aligned(64)));

/* ---- pools ---- */

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateCommandPool(VkDevice _dev, const VkCommandPoolCreateInfo *pInfo, const VkAllocationCallbacks *pAllocator, VkCommandPool *pPool)
{
    (void)pInfo;
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct pum_cmd_pool *pool = pum_object_zalloc(dev, pAllocator, sizeof(*pool), VK_OBJECT_TYPE_COMMAND_POOL);
    if (!pool) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateCommandPool");
    }
    *pPool = pum_cmd_pool_to_handle(pool);
    return VK_SUCCESS;
}

static void
reset(struct pum_cmd_buffer *cmd)
{
    struct pum_cmd_buffer keep = *cmd;
    pum_arena_reset(&keep.arena);
    memset(cmd, 0, sizeof(*cmd));
    cmd->base = keep.base;
    cmd->pool = keep.pool;
    cmd->next = keep.next;
    cmd->level = keep.level;
    cmd->arena = keep.arena;
    cmd->tail = &cmd->first;
    cmd->bind[0].dirty = cmd->bind[1].dirty = UINT32_MAX;
    pum_cmd_locations(cmd, NULL);
    pum_cmd_order_init(cmd);
}

static void
free_buffer(struct pum_device_base *dev, struct pum_cmd_buffer *cmd)
{
    for (struct pum_cmd_buffer **l = &cmd->pool->buffers; *l; l = &(*l)->next) {
        if (*l == cmd) {
            *l = cmd->next;
            break;
        }
    }
    pum_arena_finish(&cmd->arena);
    pum_object_free(dev, NULL, cmd);
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyCommandPool(VkDevice _dev, VkCommandPool _pool, const VkAllocationCallbacks *pAllocator)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct pum_cmd_pool *pool = pum_cmd_pool_from_handle(_pool);
    while (pool && pool->buffers) {
        free_buffer(dev, pool->buffers);
    }
    pum_object_free(dev, pAllocator, pool);
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_ResetCommandPool(VkDevice _dev, VkCommandPool _pool, VkCommandPoolResetFlags flags)
{
    (void)_dev;
    (void)flags;
    for (struct pum_cmd_buffer *c = pum_cmd_pool_from_handle(_pool)->buffers; c; c = c->next) {
        reset(c);
    }
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_TrimCommandPool(VkDevice _dev, VkCommandPool _pool, VkCommandPoolTrimFlags flags)
{
    (void)_dev;
    (void)_pool;
    (void)flags; /* buffers give memory back when they are reset */
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_AllocateCommandBuffers(VkDevice _dev, const VkCommandBufferAllocateInfo *pInfo, VkCommandBuffer *pBuffers)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    struct pum_cmd_pool *pool = pum_cmd_pool_from_handle(pInfo->commandPool);
    for (uint32_t i = 0; i < pInfo->commandBufferCount; i++) {
        struct pum_cmd_buffer *cmd = pum_object_zalloc(dev, NULL, sizeof(*cmd), VK_OBJECT_TYPE_COMMAND_BUFFER);
        if (!cmd) {
            while (i > 0) {
                free_buffer(dev, pum_cmd_buffer_from_handle(pBuffers[--i]));
            }
            memset(pBuffers, 0, pInfo->commandBufferCount * sizeof(*pBuffers));
            return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkAllocateCommandBuffers");
        }
        pum_arena_init(&cmd->arena, 4096, 0);
        cmd->level = pInfo->level;
        cmd->pool = pool;
        cmd->next = pool->buffers;
        pool->buffers = cmd;
        reset(cmd);
        pBuffers[i] = pum_cmd_buffer_to_handle(cmd);
    }
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_FreeCommandBuffers(VkDevice _dev, VkCommandPool _pool, uint32_t count, const VkCommandBuffer *pBuffers)
{
    (void)_pool;
    for (uint32_t i = 0; i < count; i++) {
        if (pBuffers[i]) {
            free_buffer(pum_device_base_from_handle(_dev), pum_cmd_buffer_from_handle(pBuffers[i]));
        }
    }
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_BeginCommandBuffer(VkCommandBuffer _cmd, const VkCommandBufferBeginInfo *pInfo)
{
    struct pum_cmd_buffer *cmd = pum_cmd_buffer_from_handle(_cmd);
    reset(cmd);
    cmd->in_pass = cmd->level == VK_COMMAND_BUFFER_LEVEL_SECONDARY && pInfo->flags & VK_COMMAND_BUFFER_USAGE_RENDER_PASS_CONTINUE_BIT;
    if (cmd->in_pass && pInfo->pInheritanceInfo) {
        pum_cmd_locations(cmd, pum_pnext_find(pInfo->pInheritanceInfo->pNext, VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_LOCATION_INFO));
    }
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_EndCommandBuffer(VkCommandBuffer _cmd)
{
    struct pum_cmd_buffer *cmd = pum_cmd_buffer_from_handle(_cmd);
    return cmd->result == VK_SUCCESS ? VK_SUCCESS : pum_error(cmd->base.dev, cmd, cmd->result, "recording ran out of memory");
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_ResetCommandBuffer(VkCommandBuffer _cmd, VkCommandBufferResetFlags flags)
{
    (void)flags;
    reset(pum_cmd_buffer_from_handle(_cmd));
    return VK_SUCCESS;
}

void *
pum_cmd_alloc(struct pum_cmd_buffer *cmd, size_t size_B)
{
    void *p = pum_arena_alloc(&cmd->arena, size_B, 16);
    if (!p) {
        cmd->result = VK_ERROR_OUT_OF_HOST_MEMORY;
    }
    return p;
}

void *
pum_cmd_packet(struct pum_cmd_buffer *cmd, enum pum_packet_type type, size_t size_B)
{
    struct pum_packet *p = cmd->result == VK_SUCCESS ? pum_cmd_alloc(cmd, size_B) : NULL;
    if (p) {
        p->type = type;
        p->name = cmd->labels.name;
        *cmd->tail = p;
        cmd->tail = &p->next;
        cmd->last = p;
        cmd->cost += PUM_COST_PACKET;
        cmd->n_nodes += !cmd->in_pass;
    }
    return p;
}

struct pum_bind_point *
pum_cmd_bind_point(struct pum_cmd_buffer *cmd, VkPipelineBindPoint point)
{
    if (point == VK_PIPELINE_BIND_POINT_RAY_TRACING_KHR && !cmd->rays) {
        cmd->rays = pum_cmd_alloc(cmd, sizeof(*cmd->rays));
        if (cmd->rays) {
            cmd->rays->dirty = UINT32_MAX;
        }
    }
    if (point == VK_PIPELINE_BIND_POINT_RAY_TRACING_KHR && cmd->rays) {
        return cmd->rays;
    }
    return &cmd->bind[point != VK_PIPELINE_BIND_POINT_GRAPHICS]; /* also when memory is lacking: nothing that is recorded will run */
}

const struct pum_shader_ctx *
pum_cmd_ctx(struct pum_cmd_buffer *cmd, struct pum_bind_point *bind)
{
    if (bind->ctx && !(bind->dirty & (PUM_DIRTY_SETS_BIT | PUM_DIRTY_PUSH_BIT))) {
        return bind->ctx;
    }
    struct pum_shader_ctx *ctx = pum_cmd_alloc(cmd, sizeof(*ctx));
    if (!cmd->push_copy) {
        uint8_t *push = pum_cmd_alloc(cmd, PUM_MAX_PUSH_B);
        if (push) {
            memcpy(push, cmd->push, PUM_MAX_PUSH_B);
        }
        cmd->push_copy = push;
    }
    if (bind->dirty & PUM_DIRTY_SETS_BIT) {
        const size_t dynamic_B = bind->dynamic_end * sizeof(bind->dynamic[0]);
        struct pum_desc_buffer *dyn = pum_cmd_alloc(cmd, dynamic_B + 1);
        if (dyn) {
            memcpy(dyn, bind->dynamic, dynamic_B);
        }
        bind->dynamic_copy = dyn;
    }
    if (!ctx || !cmd->push_copy || !bind->dynamic_copy) {
        return NULL;
    }
    ctx->rt = cmd->base.dev->rt;
    ctx->stop = &cmd->base.dev->lost;
    ctx->host = cmd->base.dev->host;
    for (uint32_t i = 0; i < PUM_MAX_SETS; i++) {
        ctx->sets[i] = bind->sets[i] ? bind->sets[i] : zero_set;
    }
    ctx->sets[PUM_SET_DYNAMIC] = (const uint8_t *)bind->dynamic_copy;
    ctx->sets[PUM_SET_ZEROS] = zero_set;
    ctx->push = cmd->push_copy;
    bind->dirty &= ~(uint32_t)(PUM_DIRTY_SETS_BIT | PUM_DIRTY_PUSH_BIT);
    bind->ctx = ctx;
    return ctx;
}
