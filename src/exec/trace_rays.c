/* Launches of rays: sixteen lanes are a block of the launch, as square as it allows, so that rays that run together go the same way; that
 * and nothing else decides which rays see each other in subgroup operations. SPEC: ray-tracing-commands */
#include <string.h>

#include "exec/replay.h"
#include "exec/trace_calls.h"
#include "memory/address_map.h"
#include "object/device_base.h"
#include "object/limits.h"
#include "util/trace.h"
#include "util/worker_pool.h"

#define GRAIN 2u /* blocks that a worker takes at once */

struct launch {
    struct pum_queue *q;
    const struct pum_packet_trace_rays *p;
    struct pum_shader_table table[PUM_TABLE_COUNT];
    uint32_t size[3];
    uint32_t block_log2[3], blocks[3];
    bool failed; /* atomic */
};

/* Copies what an address leads to. False: it is not all memory of the device. */
static bool
read_at(struct pum_device_base *dev, uint64_t address, void *to, size_t size_B)
{
    if (pum_address_room_B(dev, address, NULL) < size_B) {
        return false;
    }
    memcpy(to, (const void *)(uintptr_t)address, size_B);
    return true;
}

/* Reads what is indirect once: it may be shared. Tables end where memory does. False: there is nothing to do. SPEC: maxRayDispatchInvocationCount */
static bool
resolve(struct launch *l)
{
    memcpy(l->table, l->p->table, sizeof(l->table));
    memcpy(l->size, l->p->size, sizeof(l->size));
    struct pum_device_base *dev = l->q->dev;
    if (l->p->indirect_tables) {
        VkTraceRaysIndirectCommand2KHR c;
        if (!read_at(dev, l->p->indirect, &c, sizeof(c))) {
            return false;
        }
        l->table[PUM_TABLE_RAYGEN] = (struct pum_shader_table){c.raygenShaderRecordAddress, 0, c.raygenShaderRecordSize};
        l->table[PUM_TABLE_MISS] = (struct pum_shader_table){c.missShaderBindingTableAddress, c.missShaderBindingTableStride, c.missShaderBindingTableSize};
        l->table[PUM_TABLE_HIT] = (struct pum_shader_table){c.hitShaderBindingTableAddress, c.hitShaderBindingTableStride, c.hitShaderBindingTableSize};
        l->table[PUM_TABLE_CALLABLE] =
            (struct pum_shader_table){c.callableShaderBindingTableAddress, c.callableShaderBindingTableStride, c.callableShaderBindingTableSize};
        l->size[0] = c.width;
        l->size[1] = c.height;
        l->size[2] = c.depth;
    } else if (l->p->indirect && !read_at(dev, l->p->indirect, l->size, sizeof(l->size))) {
        return false;
    }
    for (int i = 0; i < PUM_TABLE_COUNT; i++) {
        l->table[i].size_B = PUM_MIN(l->table[i].size_B, pum_address_room_B(dev, l->table[i].address, NULL));
    }
    const uint64_t slice = (uint64_t)l->size[0] * l->size[1];
    return slice && slice <= PUM_MAX_RAY_LAUNCH && l->size[2] && l->size[2] <= PUM_MAX_RAY_LAUNCH / slice;
}

/* 4x4x1, unless the launch is too narrow, too low. */
static void
cut(struct launch *l)
{
    uint32_t most[3], left = 4; /* log2 */
    for (int i = 0; i < 3; i++) {
        most[i] = l->size[i] > 8 ? 4 : l->size[i] > 4 ? 3 : l->size[i] > 2 ? 2 : l->size[i] - 1;
        l->block_log2[i] = i < 2 ? PUM_MIN(most[i], 2u) : 0;
        left -= l->block_log2[i];
    }
    for (int i = 0; i < 3; i++) {
        const uint32_t more = PUM_MIN(most[i] - l->block_log2[i], left);
        l->block_log2[i] += more;
        left -= more;
        l->blocks[i] = ((l->size[i] - 1) >> l->block_log2[i]) + 1;
    }
}

static void
task(void *arg, uint32_t index, uint32_t worker)
{
    struct launch *l = arg;
    struct pum_tracer t = {.pipeline = l->p->pipeline, .ctx = l->p->ctx, .table = l->table, .size = l->size, .stack = &l->q->memory[worker].rays};
    const uint32_t x = index % l->blocks[0], yz = index / l->blocks[0];
    const uint32_t block[3] = {x, yz % l->blocks[1], yz / l->blocks[1]};
    const uint64_t t0 = pum_trace_begin();
    uint32_t mask = 0;
    if (__atomic_load_n(&l->failed, __ATOMIC_RELAXED)) {
        return;
    }
    for (uint32_t lane = 0; lane < PUM_LANES; lane++) {
        uint32_t rest = lane, inside = 1;
        for (int i = 0; i < 3; i++) {
            t.id[i][lane] = (block[i] << l->block_log2[i]) + (rest & ((1u << l->block_log2[i]) - 1));
            rest >>= l->block_log2[i];
            inside &= t.id[i][lane] < l->size[i];
        }
        mask |= (inside && !rest) << lane;
    }
    if (!pum_tracer_launch(&t, mask)) {
        __atomic_store_n(&l->failed, true, __ATOMIC_RELAXED);
    }
    pum_pool_progress();
    pum_trace_end(t0, &(struct pum_trace_event){.kind = "rays", .name = l->p->head.name, .args = "task,x,y,z",
                                                .value = {index, l->size[0], l->size[1], l->size[2]}});
}

bool
pum_exec_trace_rays(struct pum_queue *q, const struct pum_packet_trace_rays *p)
{
    struct launch l = {.q = q, .p = p};
    if (!resolve(&l)) {
        return true;
    }
    cut(&l);
    pum_pool_run(q->dev->pool, l.blocks[0] * l.blocks[1] * l.blocks[2], GRAIN, task, &l);
    if (l.failed) {
        (void)pum_error(q->dev, q, VK_ERROR_DEVICE_LOST, "vkCmdTraceRaysKHR: ray tracing shaders call each other without an end, or memory is lacking");
    }
    return !l.failed;
}
