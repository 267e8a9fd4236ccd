/* Mesh and task shaders. What a mesh workgroup leaves in its memory are vertex arrays as the front end has them, so that each is a batch of its own
 * without a copy. Task workgroups run when their draw is queued; each becomes a run of mesh workgroups, in the order of the tasks.
 * SPEC: mesh, mesh-ordering. */
#include <stdlib.h>
#include <string.h>

#include "geom/front.h"
#include "util/worker_pool.h"

_Static_assert(PUM_MESH_ROW == PUM_CHUNK_VERTICES, "rows of outputs are those of the front end");
_Static_assert(PUM_MAX_MESH_PRIMITIVES <= PUM_CHUNK_PRIMS && PUM_MAX_MESH_VERTICES <= PUM_CHUNK_VERTICES, "a workgroup is one batch");
_Static_assert(PUM_MESH_OUT_B % 64 == 0 && sizeof(struct pum_mesh_head) <= PUM_MESH_PAYLOAD_B, "workgroup memory");

/* The worker's workgroup memory. NULL: out of memory. */
static uint8_t *
memory(struct pum_front_worker *w, uint32_t size_B)
{
    if (w->group_B < size_B) {
        free(w->group);
        w->group_B = 0;
        w->group = aligned_alloc(64, PUM_ALIGN_UP((size_t)size_B, (size_t)4096));
        if (w->group) {
            memset(w->group, 0, size_B); /* whatever shaders do not write must still hold defined bits */
            w->group_B = size_B;
        }
    }
    return w->group;
}

uint32_t
pum_mesh_grid_size(const uint32_t grid[3])
{
    if (grid[0] > PUM_MAX_MESH_GROUPS || grid[1] > PUM_MAX_MESH_GROUPS || grid[2] > PUM_MAX_MESH_GROUPS) {
        return 0;
    }
    const uint64_t plane = (uint64_t)grid[0] * grid[1];
    return plane > PUM_MAX_MESH_GRID || plane * grid[2] > PUM_MAX_MESH_GRID ? 0 : (uint32_t)(plane * grid[2]);
}

static uint32_t
invocations(const struct pum_shader_info *info)
{
    return info->local_size[0] * info->local_size[1] * info->local_size[2];
}

static struct pum_cs_args
group_args(const uint32_t grid[3], uint32_t group, uint8_t *shared, uint8_t *scratch)
{
    return (struct pum_cs_args){.group = {group % grid[0], group / grid[0] % grid[1], group / grid[0] / grid[1]},
                                .group_count = 1, .num_groups = {grid[0], grid[1], grid[2]}, .shared = shared, .scratch = scratch};
}

bool
pum_mesh_run_task(struct pum_front_worker *w, const struct pum_draw_state *s, const struct pum_draw_call *call, uint32_t group, struct pum_mesh_task *out)
{
    const struct pum_shader_info *info = s->task_info;
    uint8_t *m = memory(w, info->shared_B);
    if (!m || !pum_front_need_scratch(w, info->scratch_B)) {
        return false;
    }
    const struct pum_mesh_head head = {.draw_index = call->draw_index, .view_index = call->view_index};
    memcpy(m, &head, sizeof(head));
    memset(m + PUM_MESH_PAYLOAD_B, 0, info->payload_B);
    struct pum_cs_args args = group_args(call->groups, group, m, w->scratch);
    s->task->run(s->task, call->vs_ctx, &args);
    memcpy(out->grid, m + offsetof(struct pum_mesh_head, grid), sizeof(out->grid));
    memcpy(out->payload, m + PUM_MESH_PAYLOAD_B, info->payload_B);
    pum_pool_progress();
    return true;
}

/* Outputs that a workgroup need not write are zero. */
static void
clear_outputs(uint8_t *m, const struct pum_shader_info *info)
{
    for (uint32_t k = 0; k < 3; k++) {
        for (uint64_t left = info->out_slots[k]; left; left &= left - 1) {
            const uint32_t bit = (uint32_t)__builtin_ctzll(left);
            const uint32_t n = info->prim_slots[k] >> bit & 1 ? info->mesh_primitives : info->mesh_vertices;
            memset(m + PUM_MESH_OUT_B + (size_t)(k * 64 + bit) * PUM_MESH_SLOT_B, 0, n * 4u);
        }
    }
}

static bool
writes(const struct pum_shader_info *info, uint32_t slot)
{
    return info->out_slots[slot / 64] >> (slot % 64) & 1;
}

/* The payload; what the task shader does not know of is zero. */
static void
fill_payload(uint8_t *m, const struct pum_draw_state *s, const struct pum_mesh_task *task)
{
    const uint32_t have_B = task ? s->task_info->payload_B : 0, want_B = s->mesh_info->payload_B;
    if (task) {
        memcpy(m + PUM_MESH_PAYLOAD_B, task->payload, PUM_MIN(have_B, want_B));
    }
    if (have_B < want_B) {
        memset(m + PUM_MESH_PAYLOAD_B + have_B, 0, want_B - have_B);
    }
}

/* The primitives that are neither culled nor lead to vertices that there are not. *kept: those that are not culled. */
static uint32_t
assemble(struct pum_front_worker *w, const struct pum_draw_state *s, uint32_t vertices, uint32_t primitives, uint32_t *kept)
{
    const struct pum_shader_info *info = s->mesh_info;
    const uint32_t n = info->gs_out_vertices;
    const uint32_t *cull = writes(info, PUM_MESH_CULL) ? w->vs_out + PUM_MESH_CULL * PUM_CHUNK_VERTICES : NULL;
    const uint32_t *id = writes(info, PUM_VS_PRIMITIVE_ID) ? w->vs_out + PUM_VS_PRIMITIVE_ID * PUM_CHUNK_VERTICES : NULL;
    const uint32_t *index[3];
    for (uint32_t k = 0; k < 3; k++) {
        index[k] = w->vs_out + (PUM_MESH_INDEX + PUM_MIN(k, n - 1)) * PUM_CHUNK_VERTICES;
    }
    uint32_t prims = 0;
    *kept = 0;
    for (uint32_t p = 0; p < primitives; p++) {
        if (cull && cull[p]) {
            continue;
        }
        ++*kept;
        if (index[0][p] >= vertices || index[1][p] >= vertices || index[2][p] >= vertices) {
            continue;
        }
        for (uint32_t k = 0; k < 3; k++) {
            w->prim_v[prims][k] = (uint16_t)index[k][p];
        }
        w->prim_flat[prims] = (uint8_t)(s->provoking_last ? n - 1 : 0);
        w->prim_id[prims] = id ? id[p] : 0;
        w->prim_starts[prims] = true;
        w->prim_own[prims++] = (uint16_t)p;
    }
    return prims;
}

/* What the workgroup left goes the way of all primitives. */
static void
finish_group(struct pum_front_worker *w, const struct pum_geom_draw *d, const struct pum_mesh_head *head)
{
    const struct pum_draw_state *s = d->gs->s;
    const struct pum_draw_counters *c = &d->call.counters;
    const uint32_t vertices = PUM_MIN(head->vertices, (uint32_t)s->mesh_info->mesh_vertices);
    const uint32_t primitives = PUM_MIN(head->primitives, (uint32_t)s->mesh_info->mesh_primitives);
    uint32_t kept;
    const uint32_t prims = assemble(w, s, vertices, primitives, &kept);
    pum_front_count(c->mesh_primitives, kept);
    if (!prims || s->rasterizer_discard || d->gs->no_position) {
        return;
    }
    memset(w->row, 0, vertices * sizeof(w->row[0]));
    pum_front_transform(w, d, vertices);
    w->clip_primitives = 0;
    pum_front_emit(w, d, prims);
    pum_front_count(c->clip_invocations, prims);
    pum_front_count(c->clip_primitives, w->clip_primitives);
}

bool
pum_mesh_run(struct pum_front_worker *w, const struct pum_piece *pieces, uint32_t n_pieces)
{
    const struct pum_geom_draw *d = pieces[0].draw;
    const struct pum_draw_state *s = d->gs->s;
    const struct pum_shader_info *info = s->mesh_info;
    const bool wanted = !(s->rasterizer_discard || d->gs->no_position) || info->has_side_effects || d->call.counters.mesh_primitives;
    uint8_t *m = memory(w, info->shared_B);
    if (!m || !pum_front_need_scratch(w, info->scratch_B)) {
        return false;
    }
    uint32_t *const vs_out = w->vs_out;
    w->vs_out = (uint32_t *)(void *)(m + PUM_MESH_OUT_B);
    for (uint32_t i = 0; i < n_pieces; i++) {
        const struct pum_piece *p = &pieces[i];
        const struct pum_mesh_task *task = d->tasks ? pum_mesh_task_at(d->tasks, s, p->instance) : NULL;
        const uint32_t *grid = task ? task->grid : d->call.groups;
        pum_front_count(d->call.counters.mesh_invocations, (uint64_t)p->count * invocations(info));
        fill_payload(m, s, task);
        for (uint32_t g = p->first; wanted && g < p->first + p->count && !w->failed; g++) {
            const struct pum_mesh_head head = {.draw_index = d->call.draw_index, .view_index = d->call.view_index};
            memcpy(m, &head, sizeof(head));
            clear_outputs(m, info);
            struct pum_cs_args args = group_args(grid, g, m, w->scratch);
            s->mesh->run(s->mesh, d->call.vs_ctx, &args);
            finish_group(w, d, (const struct pum_mesh_head *)(const void *)m);
            pum_pool_progress();
        }
    }
    w->vs_out = vs_out;
    return true;
}
