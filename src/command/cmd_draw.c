/* Draws, dispatches, render passes, secondary buffers, labels. */
#include <string.h>

#include "command/cmd_buffer.h"
#include "command/cmd_sync.h"
#include "object/device_base.h"
#include "object/pnext.h"
#include "registry/vk_entrypoints.h"
#include "resource/buffer.h"
#include "resource/image_view.h"

#define CMD struct pum_cmd_buffer *cmd = pum_cmd_buffer_from_handle(_cmd)

/* ---- draws ---- */

bool
pum_cmd_fill_draw(struct pum_cmd_buffer *cmd, const struct pum_draw_state **state, struct pum_draw_call *d, bool indexed)
{
    if (!cmd->state_copy) {
        struct pum_draw_state *copy = pum_cmd_alloc(cmd, sizeof(*copy));
        if (!copy) {
            return false;
        }
        pum_cmd_effective_state(cmd, copy);
        cmd->state_copy = copy;
    }
    const struct pum_shader_ctx *ctx = pum_cmd_ctx(cmd, &cmd->bind[0]);
    if (!ctx) {
        return false;
    }
    if (!cmd->vertex_copy) {
        struct pum_vertex_buffer *copy = pum_cmd_alloc(cmd, sizeof(cmd->vertex_buffers));
        if (!copy) {
            return false;
        }
        memcpy(copy, cmd->vertex_buffers, sizeof(cmd->vertex_buffers));
        for (uint32_t i = 0; i < PUM_MAX_VERTEX_BINDINGS; i++) {
            copy[i].stride_B = cmd->strides_B[i];
        }
        cmd->vertex_copy = copy;
    }
    *state = cmd->state_copy;
    const struct pum_shader_info *const infos[] = {(*state)->vs_info, (*state)->tcs_info, (*state)->tes_info,
                                                   (*state)->gs_info, (*state)->task_info, (*state)->mesh_info, (*state)->fs_info};
    for (uint32_t i = 0; i < PUM_ARRAY_LEN(infos); i++) {
        cmd->has_loops = cmd->has_loops || (infos[i] && infos[i]->has_loop);
    }
    d->vs_ctx = d->fs_ctx = ctx;
    d->vertex_buffers = cmd->vertex_copy;
    if (indexed) {
        static const uint8_t nothing[4];
        d->indices = cmd->index_data ? cmd->index_data : nothing;
        d->index_range_B = cmd->index_range_B;
        d->index_size_B = cmd->index_B;
        d->own_restart = cmd->own_restart;
        d->restart_index = cmd->restart_index;
    }
    return true;
}

static void
draw(struct pum_cmd_buffer *cmd, uint32_t count, uint32_t instances, uint32_t first, int32_t vertex_offset, uint32_t first_instance, bool indexed,
     uint32_t draw_index)
{
    struct pum_packet_draw *p = count && instances && cmd->state.vs ? pum_cmd_packet(cmd, PUM_PACKET_DRAW, sizeof(*p)) : NULL;
    if (p && pum_cmd_fill_draw(cmd, &p->state, &p->call, indexed)) {
        pum_cmd_name(cmd, &p->head, cmd->bind[0].pipeline);
        p->call.first = first;
        p->call.count = count;
        p->call.vertex_offset = vertex_offset;
        p->call.first_instance = first_instance;
        p->call.instance_count = instances;
        p->call.draw_index = draw_index;
        cmd->cost += 2000 + (uint64_t)count * instances * 50;
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdDraw(VkCommandBuffer _cmd, uint32_t count, uint32_t instances, uint32_t first, uint32_t firstInstance)
{
    draw(pum_cmd_buffer_from_handle(_cmd), count, instances, first, 0, firstInstance, false, 0);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdDrawIndexed(VkCommandBuffer _cmd, uint32_t count, uint32_t instances, uint32_t first, int32_t offset, uint32_t firstInstance)
{
    draw(pum_cmd_buffer_from_handle(_cmd), count, instances, first, offset, firstInstance, true, 0);
}

/* SPEC: vkCmdDrawMultiEXT. Each draw has a number of its own. */
VKAPI_ATTR void VKAPI_CALL
pum_CmdDrawMultiEXT(VkCommandBuffer _cmd, uint32_t drawCount, const VkMultiDrawInfoEXT *pInfos, uint32_t instances, uint32_t firstInstance,
                    uint32_t stride_B)
{
    for (uint32_t i = 0; i < drawCount; i++) {
        const VkMultiDrawInfoEXT *info = (const void *)((const uint8_t *)pInfos + (size_t)i * stride_B);
        draw(pum_cmd_buffer_from_handle(_cmd), info->vertexCount, instances, info->firstVertex, 0, firstInstance, false, i);
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdDrawMultiIndexedEXT(VkCommandBuffer _cmd, uint32_t drawCount, const VkMultiDrawIndexedInfoEXT *pInfos, uint32_t instances,
                           uint32_t firstInstance, uint32_t stride_B, const int32_t *pVertexOffset)
{
    for (uint32_t i = 0; i < drawCount; i++) {
        const VkMultiDrawIndexedInfoEXT *info = (const void *)((const uint8_t *)pInfos + (size_t)i * stride_B);
        draw(pum_cmd_buffer_from_handle(_cmd), info->indexCount, instances, info->firstIndex, pVertexOffset ? *pVertexOffset : info->vertexOffset,
             firstInstance, true, i);
    }
}

/* count_data: u32 in a buffer, or NULL. */
static void
draw_indirect(struct pum_cmd_buffer *cmd, VkBuffer _buf, VkDeviceSize offset_B, const uint8_t *count_data, uint32_t count, uint32_t stride_B,
              enum pum_draw_kind kind)
{
    const bool mesh = kind == PUM_DRAW_MESH, indexed = kind == PUM_DRAW_INDEXED, ready = count && (mesh ? cmd->state.mesh : cmd->state.vs);
    const struct pum_buffer *buf = pum_buffer_from_handle(_buf);
    struct pum_packet_draw_indirect *p = ready ? pum_cmd_packet(cmd, PUM_PACKET_DRAW_INDIRECT, sizeof(*p)) : NULL;
    if (p && pum_cmd_fill_draw(cmd, &p->state, &p->call, indexed)) {
        pum_cmd_name(cmd, &p->head, cmd->bind[0].pipeline);
        p->count_data = count_data;
        p->args = buf->data + offset_B;
        p->args_range_B = pum_buffer_range_B(buf, offset_B, VK_WHOLE_SIZE);
        p->count = count;
        p->stride_B = stride_B;
        p->indexed = indexed;
        p->mesh = mesh;
        cmd->cost += mesh ? 1000000 : 100000;
    }
}

void
pum_cmd_draw_indirect(VkCommandBuffer _cmd, VkBuffer buf, VkDeviceSize offset_B, uint32_t count, uint32_t stride_B, enum pum_draw_kind kind)
{
    draw_indirect(pum_cmd_buffer_from_handle(_cmd), buf, offset_B, NULL, count, stride_B, kind);
}

void
pum_cmd_draw_indirect_count(VkCommandBuffer _cmd, VkBuffer buf, VkDeviceSize offset_B, VkBuffer _counts, VkDeviceSize count_offset_B,
                            uint32_t max_count, uint32_t stride_B, enum pum_draw_kind kind)
{
    const struct pum_buffer *counts = pum_buffer_from_handle(_counts);
    if (pum_buffer_range_B(counts, count_offset_B, 4) == 4) {
        draw_indirect(pum_cmd_buffer_from_handle(_cmd), buf, offset_B, counts->data + count_offset_B, max_count, stride_B, kind);
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdDrawIndirect(VkCommandBuffer _cmd, VkBuffer buf, VkDeviceSize offset_B, uint32_t count, uint32_t stride_B)
{
    pum_cmd_draw_indirect(_cmd, buf, offset_B, count, stride_B, PUM_DRAW_PLAIN);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdDrawIndexedIndirect(VkCommandBuffer _cmd, VkBuffer buf, VkDeviceSize offset_B, uint32_t count, uint32_t stride_B)
{
    pum_cmd_draw_indirect(_cmd, buf, offset_B, count, stride_B, PUM_DRAW_INDEXED);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdDrawIndirectCount(VkCommandBuffer _cmd, VkBuffer buf, VkDeviceSize offset_B, VkBuffer counts, VkDeviceSize count_offset_B,
                         uint32_t max_count, uint32_t stride_B)
{
    pum_cmd_draw_indirect_count(_cmd, buf, offset_B, counts, count_offset_B, max_count, stride_B, PUM_DRAW_PLAIN);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdDrawIndexedIndirectCount(VkCommandBuffer _cmd, VkBuffer buf, VkDeviceSize offset_B, VkBuffer counts, VkDeviceSize count_offset_B,
                                uint32_t max_count, uint32_t stride_B)
{
    pum_cmd_draw_indirect_count(_cmd, buf, offset_B, counts, count_offset_B, max_count, stride_B, PUM_DRAW_INDEXED);
}

/* ---- dispatches ---- */

static void
dispatch(struct pum_cmd_buffer *cmd, const uint32_t base[3], const uint32_t groups[3], const uint8_t *indirect)
{
    const struct pum_shader *shader = cmd->compute;
    if (!shader) {
        return;
    }
    pum_cmd_order(cmd, PUM_PACKET_DISPATCH, PUM_SCOPE_COMPUTE_BIT);
    struct pum_packet_dispatch *p = pum_cmd_packet(cmd, PUM_PACKET_DISPATCH, sizeof(*p));
    const struct pum_shader_ctx *ctx = p ? pum_cmd_ctx(cmd, &cmd->bind[1]) : NULL;
    if (!ctx) {
        cmd->result = VK_ERROR_OUT_OF_HOST_MEMORY;
        return;
    }
    pum_cmd_name(cmd, &p->head, cmd->bind[1].pipeline);
    p->code = shader->code;
    p->info = &shader->info;
    p->ctx = ctx;
    cmd->has_loops = cmd->has_loops || p->info->has_loop;
    p->indirect = indirect;
    memcpy(p->base, base, sizeof(p->base));
    if (groups) {
        memcpy(p->groups, groups, sizeof(p->groups));
        cmd->cost += (uint64_t)groups[0] * groups[1] * groups[2] * p->info->local_size[0] * p->info->local_size[1] * p->info->local_size[2] * 4;
    } else {
        cmd->cost += 1000000;
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdDispatchBase(VkCommandBuffer _cmd, uint32_t bx, uint32_t by, uint32_t bz, uint32_t x, uint32_t y, uint32_t z)
{
    const uint32_t base[3] = {bx, by, bz}, groups[3] = {x, y, z};
    dispatch(pum_cmd_buffer_from_handle(_cmd), base, groups, NULL);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdDispatch(VkCommandBuffer _cmd, uint32_t x, uint32_t y, uint32_t z)
{
    pum_CmdDispatchBase(_cmd, 0, 0, 0, x, y, z);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdDispatchIndirect(VkCommandBuffer _cmd, VkBuffer _buf, VkDeviceSize offset_B)
{
    const uint32_t base[3] = {0, 0, 0};
    const struct pum_buffer *buf = pum_buffer_from_handle(_buf);
    if (pum_buffer_range_B(buf, offset_B, 12) == 12) {
        dispatch(pum_cmd_buffer_from_handle(_cmd), base, NULL, buf->data + offset_B);
    }
}

/* ---- render passes ---- */

static enum pum_load_op
load_op(VkAttachmentLoadOp op)
{
    return op == VK_ATTACHMENT_LOAD_OP_CLEAR ? PUM_LOAD_OP_CLEAR : op == VK_ATTACHMENT_LOAD_OP_DONT_CARE ? PUM_LOAD_OP_DONT_CARE : PUM_LOAD_OP_LOAD;
}

static struct pum_raster_plane
view_plane(const struct pum_image_view *view, uint32_t aspect)
{
    const struct pum_image *img = view->image;
    const uint32_t plane = pum_image_layout_plane_of_aspect(&img->layout, aspect == VK_IMAGE_ASPECT_COLOR_BIT ? view->range.aspectMask : aspect);
    const struct pum_image_plane *p = &img->layout.plane[plane];
    const uint32_t l = view->range.baseMipLevel;
    const bool slices = img->type == VK_IMAGE_TYPE_3D;
    return (struct pum_raster_plane){
        .base = pum_image_plane_data(img, plane) + p->level[l].offset_B +
                (slices ? (uint64_t)view->range.baseArrayLayer * p->level[l].slice_pitch_B : (uint64_t)view->range.baseArrayLayer * p->layer_pitch_B),
        .row_pitch_B = p->level[l].row_pitch_B,
        .layer_pitch_B = slices ? p->level[l].slice_pitch_B : p->layer_pitch_B,
        .layout = pum_image_level_layout(p, l),
        .samples_log2 = pum_image_samples_log2(img),
        .sample_pitch_B = p->sample_pitch_B,
        .format = (uint16_t)(aspect == VK_IMAGE_ASPECT_COLOR_BIT ? pum_format_from_vk(view->vk_format) : p->format),
    };
}

static struct pum_raster_attachment
attachment(const struct pum_image_view *view, uint32_t aspect, enum pum_load_op load, const VkClearValue *clear)
{
    struct pum_raster_attachment a = {.plane = view_plane(view, aspect), .load_op = (uint8_t)load, .store = true};
    if (clear && aspect == VK_IMAGE_ASPECT_STENCIL_BIT) {
        a.clear.stencil = clear->depthStencil.stencil;
    } else if (clear && aspect == VK_IMAGE_ASPECT_DEPTH_BIT) {
        a.clear.depth = clear->depthStencil.depth;
    } else if (clear) {
        memcpy(a.clear.color, clear->color.uint32, sizeof(a.clear.color));
    }
    return a;
}

static void
depth_stencil_attachments(struct pum_raster_targets *info, const struct pum_image_view *view, enum pum_load_op depth, enum pum_load_op stencil,
                          const VkClearValue *clear)
{
    const struct pum_format_info *f = pum_format_info(view->image->format);
    if (f->depth) {
        info->depth = attachment(view, VK_IMAGE_ASPECT_DEPTH_BIT, depth, clear);
    }
    if (f->stencil) {
        info->stencil = attachment(view, VK_IMAGE_ASPECT_STENCIL_BIT, stencil, clear);
    }
}

/* At the end of the pass. Where source and target are not of the same kind, nothing happens. */
static void
set_resolve(struct pum_raster_attachment *a, const struct pum_image_view *to, uint32_t aspect, VkResolveModeFlagBits mode)
{
    const struct pum_format_info *f = to ? pum_format_info(to->image->format) : NULL;
    if (!a->plane.base || !to || !to->image->data || (aspect == VK_IMAGE_ASPECT_DEPTH_BIT && !f->depth) ||
        (aspect == VK_IMAGE_ASPECT_STENCIL_BIT && !f->stencil)) {
        return;
    }
    a->resolve = view_plane(to, aspect);
    if (pum_format_info((enum pum_format)a->resolve.format)->block_B != pum_format_info((enum pum_format)a->plane.format)->block_B ||
        a->resolve.samples_log2) {
        return;
    }
    a->resolve_mode = pum_resolve_mode_from_vk(mode);
}

/* Colours of a render pass are averaged, integers take sample 0. SPEC: renderpass-resolve-operations */
static VkResolveModeFlagBits
color_resolve_mode(const struct pum_raster_attachment *a)
{
    return pum_format_is_integer((enum pum_format)a->plane.format) ? VK_RESOLVE_MODE_SAMPLE_ZERO_BIT : VK_RESOLVE_MODE_AVERAGE_BIT;
}

/* An image with one sample that several are drawn to. */
static void
set_single(struct pum_raster_attachment *a, uint32_t samples, VkResolveModeFlagBits mode)
{
    a->single = samples && a->plane.base && !a->plane.samples_log2;
    if (a->single) {
        a->resolve_mode = a->store ? pum_resolve_mode_from_vk(mode) : PUM_RESOLVE_NONE;
    }
}

/* The attachments have the same number of samples, or `samples` stand for one. */
static void
set_samples(struct pum_raster_targets *t, uint32_t samples)
{
    if (samples) {
        t->samples = samples;
        return;
    }
    for (uint32_t i = 0; i < t->color_count + 2; i++) {
        const struct pum_raster_attachment *a = i < t->color_count ? &t->color[i] : i == t->color_count ? &t->depth : &t->stencil;
        if (a->plane.base) {
            t->samples = 1u << a->plane.samples_log2;
            return;
        }
    }
}

/* The render area, cut to the framebuffer. */
static void
set_area(struct pum_raster_targets *t, const VkRect2D *r, uint32_t width, uint32_t height)
{
    t->width = width;
    t->height = height;
    t->area_x = PUM_MIN((uint32_t)PUM_MAX(r->offset.x, 0), width);
    t->area_y = PUM_MIN((uint32_t)PUM_MAX(r->offset.y, 0), height);
    t->area_w = PUM_MIN(r->extent.width, width - t->area_x);
    t->area_h = PUM_MIN(r->extent.height, height - t->area_y);
}

/* Everything from here to the end of the instance is one node of the graph. */
static void
begin_instance(struct pum_cmd_buffer *cmd, bool resumes)
{
    pum_cmd_order(cmd, PUM_PACKET_INSTANCE, PUM_SCOPE_FRONT_BIT | PUM_SCOPE_FRAGMENT_BIT);
    cmd->instance = pum_cmd_packet(cmd, PUM_PACKET_INSTANCE, sizeof(*cmd->instance));
    if (cmd->instance) {
        cmd->instance->resumes = resumes;
        cmd->begins = &cmd->instance->begins;
    }
}

static void
end_instance(struct pum_cmd_buffer *cmd)
{
    if (cmd->instance) {
        cmd->instance->last = cmd->last;
    }
    cmd->instance = NULL;
}

/* loaded: as in the packet, or NULL. */
static void
emit_begin(struct pum_cmd_buffer *cmd, uint32_t view_mask, const uint32_t *loaded)
{
    struct pum_packet_begin *p = pum_cmd_packet(cmd, PUM_PACKET_BEGIN_PASS, sizeof(*p));
    if (p) {
        p->targets = cmd->cur;
        p->view_mask = view_mask;
        cmd->instance_views = view_mask;
        if (cmd->instance) {
            *cmd->begins = p;
            cmd->begins = &p->next_begin;
        }
        if (loaded) {
            memcpy(p->loaded, loaded, sizeof(p->loaded));
        }
        cmd->cost += (uint64_t)cmd->cur.area_w * cmd->cur.area_h / 2;
    }
    cmd->in_pass = true;
}

static void
end_pass(struct pum_cmd_buffer *cmd)
{
    pum_cmd_packet(cmd, PUM_PACKET_END_PASS, sizeof(struct pum_packet));
    cmd->in_pass = false;
}

static struct pum_raster_targets *
empty_targets(struct pum_cmd_buffer *cmd, const struct pum_subpass *sub)
{
    struct pum_raster_targets *t = &cmd->cur;
    memset(t, 0, sizeof(*t));
    set_area(t, &cmd->area, cmd->fb_width, cmd->fb_height);
    t->layers = sub->view_mask ? 1 : cmd->fb_layers;
    return t;
}

static bool
draws_to(const struct pum_subpass *sub, uint32_t attachment)
{
    for (uint32_t i = 0; i < sub->n_color; i++) {
        if (sub->color[i] == attachment) {
            return true;
        }
    }
    return sub->depth_stencil == attachment;
}

/* The first use of an attachment is none of drawing: its load operation is a pass of its own if it clears, nothing otherwise. Aspects that
 * are written anyhow are kept. */
static void
load_alone(struct pum_cmd_buffer *cmd, uint32_t a, bool keep_depth_color, bool keep_stencil)
{
    const struct pum_render_pass *pass = cmd->pass;
    const struct pum_subpass *sub = &pass->subpasses[cmd->subpass];
    const uint32_t views = sub->view_mask ? sub->view_mask : 1;
    if (a >= pass->n_attachments || !cmd->views[a] || draws_to(sub, a) || !(views & ~cmd->begun[a])) {
        return;
    }
    const struct pum_image_view *view = cmd->views[a];
    const struct pum_format_info *f = pum_format_info(view->image->format);
    const enum pum_load_op load = keep_depth_color ? PUM_LOAD_OP_LOAD : load_op(pass->attachments[a].load);
    const enum pum_load_op stencil = keep_stencil ? PUM_LOAD_OP_LOAD : load_op(pass->attachments[a].stencil_load);
    const VkClearValue *clear = a < cmd->n_clears ? &cmd->clears[a] : NULL;
    const uint32_t fresh = views & ~cmd->begun[a];
    cmd->begun[a] |= views;
    if (f->depth || f->stencil ? load == PUM_LOAD_OP_CLEAR || stencil == PUM_LOAD_OP_CLEAR : load == PUM_LOAD_OP_CLEAR) {
        struct pum_raster_targets *t = empty_targets(cmd, sub);
        if (f->depth || f->stencil) {
            depth_stencil_attachments(t, view, load, stencil, clear);
        } else {
            t->color_count = 1;
            t->color[0] = attachment(view, VK_IMAGE_ASPECT_COLOR_BIT, load, clear);
        }
        set_samples(t, 0);
        emit_begin(cmd, sub->view_mask ? fresh : 0, NULL);
        end_pass(cmd);
    }
}

/* An attachment may be read or resolved to before anything is drawn to it: its load operation happens all the same, at its first use in a
 * subpass (SPEC: renderpass, load operations). */
static void
load_undrawn(struct pum_cmd_buffer *cmd)
{
    const struct pum_subpass *sub = &cmd->pass->subpasses[cmd->subpass];
    for (uint32_t i = 0; i < sub->n_input; i++) {
        load_alone(cmd, sub->input[i], false, false);
    }
    for (uint32_t i = 0; i < sub->n_color; i++) {
        load_alone(cmd, sub->resolve[i], true, true);
    }
    load_alone(cmd, sub->depth_stencil_resolve, sub->depth_resolve_mode != VK_RESOLVE_MODE_NONE, sub->stencil_resolve_mode != VK_RESOLVE_MODE_NONE);
}

/* Does a later subpass use the attachment, too? */
static bool
used_later(const struct pum_cmd_buffer *cmd, uint32_t a)
{
    const struct pum_render_pass *pass = cmd->pass;
    for (uint32_t i = cmd->subpass + 1; i < pass->n_subpasses; i++) {
        const struct pum_subpass *sub = &pass->subpasses[i];
        bool used = draws_to(sub, a) || sub->depth_stencil_resolve == a;
        for (uint32_t k = 0; k < sub->n_color; k++) {
            used = used || sub->resolve[k] == a;
        }
        for (uint32_t k = 0; k < sub->n_input; k++) {
            used = used || sub->input[k] == a;
        }
        if (used) {
            return true;
        }
    }
    return false;
}

static void
begin_subpass(struct pum_cmd_buffer *cmd)
{
    const struct pum_render_pass *pass = cmd->pass;
    const struct pum_subpass *sub = &pass->subpasses[cmd->subpass];
    const uint32_t views = sub->view_mask ? sub->view_mask : 1;
    uint32_t loaded[PUM_MAX_RENDER_TARGETS + 1] = {0};
    load_undrawn(cmd);
    struct pum_raster_targets *info = empty_targets(cmd, sub);
    info->color_count = sub->n_color;
    info->read_inside = sub->feedback;
    for (uint32_t i = 0; i <= sub->n_color; i++) {
        const bool ds = i == sub->n_color;
        const uint32_t a = ds ? sub->depth_stencil : sub->color[i];
        if (a == VK_ATTACHMENT_UNUSED || a >= pass->n_attachments || !cmd->views[a]) {
            continue;
        }
        /* With multiview an attachment is loaded view by view, each when a subpass uses it first. */
        const bool again = !(views & ~cmd->begun[a]);
        loaded[ds ? PUM_MAX_RENDER_TARGETS : i] = cmd->begun[a];
        const enum pum_load_op load = again ? PUM_LOAD_OP_LOAD : load_op(pass->attachments[a].load);
        const enum pum_load_op stencil = again ? PUM_LOAD_OP_LOAD : load_op(pass->attachments[a].stencil_load);
        const VkClearValue *clear = a < cmd->n_clears ? &cmd->clears[a] : NULL;
        const bool later = used_later(cmd, a);
        if (ds) {
            depth_stencil_attachments(info, cmd->views[a], load, stencil, clear);
            info->depth.store = later || pass->attachments[a].store;
            info->stencil.store = later || pass->attachments[a].stencil_store;
        } else {
            info->color[i] = attachment(cmd->views[a], VK_IMAGE_ASPECT_COLOR_BIT, load, clear);
            info->color[i].store = later || pass->attachments[a].store;
        }
        cmd->begun[a] |= views;
    }
    for (uint32_t i = 0; i < sub->n_color; i++) {
        const uint32_t a = sub->resolve[i];
        set_single(&info->color[i], sub->samples, color_resolve_mode(&info->color[i]));
        info->color[i].resolve_nonlinear = info->color[i].single && pass->attachments[sub->color[i]].resolve_nonlinear;
        if (a < pass->n_attachments && cmd->views[a] && !info->color[i].single) {
            set_resolve(&info->color[i], cmd->views[a], VK_IMAGE_ASPECT_COLOR_BIT, color_resolve_mode(&info->color[i]));
            info->color[i].resolve_nonlinear = pass->attachments[a].resolve_nonlinear;
        }
    }
    set_single(&info->depth, sub->samples, sub->depth_resolve_mode);
    set_single(&info->stencil, sub->samples, sub->stencil_resolve_mode);
    if (sub->depth_stencil_resolve < pass->n_attachments && cmd->views[sub->depth_stencil_resolve]) {
        const struct pum_image_view *to = cmd->views[sub->depth_stencil_resolve];
        set_resolve(&info->depth, to, VK_IMAGE_ASPECT_DEPTH_BIT, sub->depth_resolve_mode);
        set_resolve(&info->stencil, to, VK_IMAGE_ASPECT_STENCIL_BIT, sub->stencil_resolve_mode);
    }
    set_samples(info, sub->samples);
    emit_begin(cmd, sub->view_mask, loaded);
}

/* SPEC: VkDeviceGroupRenderPassBeginInfo: areas of its own for each device take the place of the common one. */
static VkRect2D
render_area(const void *chain, VkRect2D common)
{
    const VkDeviceGroupRenderPassBeginInfo *group = pum_pnext_find(chain, VK_STRUCTURE_TYPE_DEVICE_GROUP_RENDER_PASS_BEGIN_INFO);
    return group && group->deviceRenderAreaCount ? group->pDeviceRenderAreas[0] : common;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdBeginRenderPass2(VkCommandBuffer _cmd, const VkRenderPassBeginInfo *pInfo, const VkSubpassBeginInfo *pSubpass)
{
    CMD;
    (void)pSubpass;
    const struct pum_framebuffer *fb = pum_framebuffer_from_handle(pInfo->framebuffer);
    const VkRenderPassAttachmentBeginInfo *att = pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_RENDER_PASS_ATTACHMENT_BEGIN_INFO);
    cmd->pass = pum_render_pass_from_handle(pInfo->renderPass);
    cmd->subpass = 0;
    cmd->area = render_area(pInfo->pNext, pInfo->renderArea);
    cmd->fb_width = fb->width;
    cmd->fb_height = fb->height;
    cmd->fb_layers = fb->layers;
    cmd->views = pum_cmd_alloc(cmd, (cmd->pass->n_attachments + 1) * sizeof(*cmd->views));
    cmd->begun = pum_cmd_alloc(cmd, (cmd->pass->n_attachments + 1) * sizeof(*cmd->begun));
    VkClearValue *clears = pum_cmd_alloc(cmd, (pInfo->clearValueCount + 1) * sizeof(*clears));
    if (!cmd->views || !cmd->begun || !clears) {
        cmd->views = NULL;
        return;
    }
    memset(cmd->begun, 0, cmd->pass->n_attachments * sizeof(*cmd->begun));
    for (uint32_t i = 0; i < cmd->pass->n_attachments; i++) {
        cmd->views[i] = att && i < att->attachmentCount ? pum_image_view_from_handle(att->pAttachments[i]) : i < fb->n_views ? fb->views[i] : NULL;
    }
    if (pInfo->clearValueCount) { /* else the pointer may be NULL */
        memcpy(clears, pInfo->pClearValues, pInfo->clearValueCount * sizeof(*clears));
    }
    cmd->clears = clears;
    cmd->n_clears = pInfo->clearValueCount;
    pum_cmd_barrier(cmd, &cmd->pass->before);
    begin_instance(cmd, false);
    begin_subpass(cmd);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdBeginRenderPass(VkCommandBuffer _cmd, const VkRenderPassBeginInfo *pInfo, VkSubpassContents contents)
{
    (void)contents;
    pum_CmdBeginRenderPass2(_cmd, pInfo, NULL);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdNextSubpass(VkCommandBuffer _cmd, VkSubpassContents contents)
{
    CMD;
    (void)contents;
    if (cmd->pass && cmd->views && cmd->subpass + 1 < cmd->pass->n_subpasses) {
        end_pass(cmd);
        cmd->subpass++;
        begin_subpass(cmd);
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdNextSubpass2(VkCommandBuffer _cmd, const VkSubpassBeginInfo *pBegin, const VkSubpassEndInfo *pEnd)
{
    (void)pBegin;
    (void)pEnd;
    pum_CmdNextSubpass(_cmd, VK_SUBPASS_CONTENTS_INLINE);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdEndRenderPass(VkCommandBuffer _cmd)
{
    CMD;
    end_pass(cmd);
    end_instance(cmd);
    if (cmd->pass) {
        pum_cmd_barrier(cmd, &cmd->pass->after);
    }
    cmd->pass = NULL;
    cmd->views = NULL;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdEndRenderPass2(VkCommandBuffer _cmd, const VkSubpassEndInfo *pEnd)
{
    (void)pEnd;
    pum_CmdEndRenderPass(_cmd);
}

/* A suspended instance is resolved when its last part ends. */
static void
rendering_resolve(struct pum_raster_attachment *a, const VkRenderingAttachmentInfo *info, uint32_t aspect, bool suspending)
{
    const VkRenderingAttachmentFlagsInfoKHR *flags = pum_pnext_find(info->pNext, VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_FLAGS_INFO_KHR);
    a->resolve_nonlinear = flags && flags->flags & VK_RENDERING_ATTACHMENT_RESOLVE_SKIP_TRANSFER_FUNCTION_BIT_KHR;
    if (!suspending && info->resolveMode != VK_RESOLVE_MODE_NONE && info->resolveImageView) {
        set_resolve(a, pum_image_view_from_handle(info->resolveImageView), aspect, info->resolveMode);
    }
}

static struct pum_raster_attachment
rendering_attachment(struct pum_raster_targets *t, const VkRenderingAttachmentInfo *info, uint32_t aspect, bool resuming, bool suspending, uint32_t samples)
{
    const VkAttachmentFeedbackLoopInfoEXT *loop = pum_pnext_find(info->pNext, VK_STRUCTURE_TYPE_ATTACHMENT_FEEDBACK_LOOP_INFO_EXT);
    struct pum_raster_attachment a = attachment(pum_image_view_from_handle(info->imageView), aspect,
                                                resuming ? PUM_LOAD_OP_LOAD : load_op(info->loadOp), &info->clearValue);
    a.store = suspending || info->storeOp == VK_ATTACHMENT_STORE_OP_STORE;
    t->read_inside = t->read_inside || info->imageLayout == VK_IMAGE_LAYOUT_ATTACHMENT_FEEDBACK_LOOP_OPTIMAL_EXT || (loop && loop->feedbackLoopEnable);
    rendering_resolve(&a, info, aspect, suspending);
    set_single(&a, samples, info->resolveMode);
    return a;
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdBeginRendering(VkCommandBuffer _cmd, const VkRenderingInfo *pInfo)
{
    CMD;
    struct pum_raster_targets *info = &cmd->cur;
    const bool resuming = pInfo->flags & VK_RENDERING_RESUMING_BIT, suspending = pInfo->flags & VK_RENDERING_SUSPENDING_BIT;
    const uint32_t samples = pum_single_samples(pInfo->pNext);
    memset(info, 0, sizeof(*info));
    info->color_count = PUM_MIN(pInfo->colorAttachmentCount, (uint32_t)PUM_MAX_RENDER_TARGETS);
    const VkRect2D r = render_area(pInfo->pNext, pInfo->renderArea);
    set_area(info, &r, (uint32_t)r.offset.x + r.extent.width, (uint32_t)r.offset.y + r.extent.height);
    info->layers = pInfo->viewMask ? 1 : pInfo->layerCount;
    for (uint32_t i = 0; i < info->color_count; i++) {
        const VkRenderingAttachmentInfo *a = &pInfo->pColorAttachments[i];
        if (a->imageView) {
            info->color[i] = rendering_attachment(info, a, VK_IMAGE_ASPECT_COLOR_BIT, resuming, suspending, samples);
        }
    }
    const VkRenderingAttachmentInfo *d = pInfo->pDepthAttachment, *s = pInfo->pStencilAttachment;
    if (d && d->imageView) {
        info->depth = rendering_attachment(info, d, VK_IMAGE_ASPECT_DEPTH_BIT, resuming, suspending, samples);
    }
    if (s && s->imageView) {
        info->stencil = rendering_attachment(info, s, VK_IMAGE_ASPECT_STENCIL_BIT, resuming, suspending, samples);
    }
    set_samples(info, samples);
    pum_cmd_locations(cmd, NULL);
    begin_instance(cmd, resuming);
    emit_begin(cmd, pInfo->viewMask, NULL);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdEndRendering(VkCommandBuffer _cmd)
{
    CMD;
    end_pass(cmd);
    end_instance(cmd);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdEndRendering2KHR(VkCommandBuffer _cmd, const VkRenderingEndInfoKHR *pInfo)
{
    (void)pInfo; /* nothing extends it */
    pum_CmdEndRendering(_cmd);
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdClearAttachments(VkCommandBuffer _cmd, uint32_t count, const VkClearAttachment *pAttachments, uint32_t rectCount, const VkClearRect *pRects)
{
    CMD;
    for (uint32_t i = 0; i < count; i++) {
        const VkClearAttachment *a = &pAttachments[i];
        for (uint32_t r = 0; r < rectCount; r++) {
            for (int aspect = 0; aspect < 3; aspect++) {
                static const VkImageAspectFlags bits[3] = {VK_IMAGE_ASPECT_COLOR_BIT, VK_IMAGE_ASPECT_DEPTH_BIT, VK_IMAGE_ASPECT_STENCIL_BIT};
                if (!(a->aspectMask & bits[aspect]) || (aspect == 0 && a->colorAttachment >= PUM_MAX_RENDER_TARGETS)) {
                    continue;
                }
                struct pum_packet_clear_rect *p = pum_cmd_packet(cmd, PUM_PACKET_CLEAR_RECT, sizeof(*p));
                if (!p) {
                    return;
                }
                const VkRect2D *rc = &pRects[r].rect;
                p->clear.rect = (struct pum_rect){rc->offset.x, rc->offset.y, rc->extent.width, rc->extent.height};
                p->clear.base_layer = pRects[r].baseArrayLayer;
                p->clear.layer_count = pRects[r].layerCount;
                if (aspect == 0) {
                    p->clear.color = 1u << cmd->slot[a->colorAttachment];
                    memcpy(p->clear.color_value.color, a->clearValue.color.uint32, sizeof(p->clear.color_value.color));
                } else if (aspect == 1) {
                    p->clear.depth = true;
                    p->clear.depth_value.depth = a->clearValue.depthStencil.depth;
                } else {
                    p->clear.stencil = true;
                    p->clear.stencil_value.stencil = a->clearValue.depthStencil.stencil;
                }
            }
        }
    }
}

VKAPI_ATTR void VKAPI_CALL
pum_CmdExecuteCommands(VkCommandBuffer _cmd, uint32_t count, const VkCommandBuffer *pBuffers)
{
    CMD;
    for (uint32_t i = 0; i < count; i++) {
        struct pum_packet_execute *p = pum_cmd_packet(cmd, PUM_PACKET_EXECUTE, sizeof(*p));
        if (p) {
            p->secondary = pum_cmd_buffer_from_handle(pBuffers[i]);
            cmd->cost += p->secondary->cost;
            cmd->has_loops = cmd->has_loops || p->secondary->has_loops;
            pum_cmd_order_secondary(cmd, p->secondary);
        }
    }
    cmd->bind[0].dirty = cmd->bind[1].dirty = UINT32_MAX;
    if (cmd->rays) {
        cmd->rays->dirty = UINT32_MAX;
    }
    if (cmd->in_pass && !cmd->pass) { /* a secondary may have moved attachments */
        pum_cmd_emit_locations(cmd);
    }
}

/* ---- others ---- */

VKAPI_ATTR void VKAPI_CALL
pum_CmdSetDeviceMask(VkCommandBuffer _cmd, uint32_t mask)
{
    (void)_cmd, (void)mask; /* one device */
}
