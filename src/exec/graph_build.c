/* From packets to nodes: what is one node, what it uses, how queries, events and conditions order it. SPEC: synchronization, queries. */
#include <string.h>

#include "command/cmd_buffer.h"
#include "exec/schedule.h"

#define SMALL_B ((uint64_t)32 << 10) /* copies that follow each other are one node up to so many bytes */
#define SMALL_COPIES 32u
#define USES_MARGIN 128u             /* places kept for the next node's uses */

struct build {
    struct pum_schedule *s;
    struct pum_replay_context ctx;
    uint32_t condition; /* as in struct pum_node */
    uint32_t pass;      /* the last pass; PUM_GRAPH_NODES: none here */
    bool ok;
};

/* Runs what stands so far. */
static bool
drain(struct build *b)
{
    b->ok = pum_schedule_run(b->s) && b->ok;
    if (b->condition < PUM_GRAPH_NODES) {
        b->ctx.skip = b->s->node[b->condition].skip;
        b->condition = PUM_GRAPH_NODES;
    }
    b->pass = PUM_GRAPH_NODES;
    return b->ok;
}

static uint32_t
add(struct build *b, const struct pum_packet *first, const struct pum_packet *last, uint8_t stages)
{
    struct pum_graph *g = &b->s->graph;
    if (g->n_nodes == PUM_GRAPH_NODES || (g->n_uses > PUM_GRAPH_USES - USES_MARGIN && !b->s->building)) {
        drain(b);
    }
    const uint32_t node = pum_graph_add(g, stages);
    b->s->node[node] = (struct pum_node){.first = first, .last = last, .ctx = b->ctx, .condition = b->condition};
    return node;
}

static void
use(struct build *b, const void *lo, const void *hi, enum pum_use_kind kind)
{
    pum_graph_use(&b->s->graph, lo, hi, kind, false);
}

static void
use_query(struct build *b, const struct pum_query *q)
{
    if (q) {
        use(b, q, q + 1, PUM_USE_ADD);
    }
}

/* What a node does that can be skipped and that queries count. */
static void
work_in_context(struct build *b)
{
    if (b->condition < PUM_GRAPH_NODES) {
        pum_graph_after(&b->s->graph, b->condition);
    }
    const struct pum_running *q = &b->ctx.running;
    use_query(b, q->occlusion);
    use_query(b, q->statistics);
    use_query(b, q->mesh_primitives);
    for (uint32_t i = 0; i < PUM_MAX_STREAMS; i++) {
        use_query(b, q->captured[i]);
        use_query(b, q->generated[i]);
    }
}

/* ---- passes ---- */

/* Passes without a barrier between them stay in order if they draw to the same memory, rounded to whole tiles: where areas meet inside a block
 * of texels, that is not only courtesy. Whoever writes a block writes all of it. */
static void
use_plane(struct build *b, const struct pum_raster_plane *p, const struct pum_raster_targets *t, uint32_t layers)
{
    if (!p->base) {
        return;
    }
    const uint32_t unit = p->layout == PUM_TEXEL_BLOCK ? 4 : 1;
    const uint32_t y0 = t->area_y & ~(PUM_TILE_PX - 1u);
    const uint32_t y1 = PUM_MIN((t->area_y + t->area_h + PUM_TILE_PX - 1) & ~(PUM_TILE_PX - 1u), (t->height + 3) & ~3u);
    const uint8_t *lo = p->base + (uint64_t)(y0 / unit) * p->row_pitch_B;
    const uint8_t *hi = p->base + (uint64_t)PUM_DIV_ROUND_UP(y1, unit) * p->row_pitch_B + (layers - 1) * p->layer_pitch_B +
                        ((1u << p->samples_log2) - 1) * p->sample_pitch_B;
    pum_graph_use(&b->s->graph, lo, hi, PUM_USE_WRITE, true);
}

static void
use_targets(struct build *b, const struct pum_packet_begin *p)
{
    const struct pum_raster_targets *t = &p->targets;
    const uint32_t layers = p->view_mask ? 32 - (uint32_t)__builtin_clz(p->view_mask) : PUM_MAX(t->layers, 1u);
    for (uint32_t i = 0; i < t->color_count + 2; i++) {
        const struct pum_raster_attachment *a = i < t->color_count ? &t->color[i] : i == t->color_count ? &t->depth : &t->stencil;
        use_plane(b, &a->plane, t, layers);
        if (a->resolve_mode != PUM_RESOLVE_NONE) {
            use_plane(b, &a->resolve, t, layers);
        }
    }
}

static void
add_pass(struct build *b, const struct pum_packet_instance *p)
{
    if (p->waits) { /* for events, in its middle: by itself, on this thread */
        if (drain(b)) {
            b->ok = pum_replay(b->s->q, b->s->q->pass, &b->ctx, &p->head, p->last->next);
        }
        return;
    }
    const uint32_t node = add(b, &p->head, p->last, PUM_SCOPE_FRONT_BIT | PUM_SCOPE_FRAGMENT_BIT);
    if (p->resumes && b->pass < PUM_GRAPH_NODES) {
        pum_graph_after(&b->s->graph, b->pass);
    }
    b->pass = node;
    work_in_context(b);
    if (p->query_lo) {
        use(b, p->query_lo, p->query_hi, PUM_USE_ADD);
    }
    if (p->stamps) { /* time does not run backwards: these stay in order */
        use(b, b->s->clock, b->s->clock + 1, PUM_USE_WRITE);
    }
    for (const struct pum_packet_begin *k = p->begins; k; k = k->next_begin) {
        use_targets(b, k);
    }
}

/* ---- dispatches, copies ---- */

static const struct pum_packet *
add_dispatches(struct build *b, const struct pum_packet *h)
{
    const struct pum_packet *last = h;
    for (uint32_t n = 1; n < PUM_DISPATCH_BATCH && last->next && last->next->type == PUM_PACKET_DISPATCH && !b->s->shuffle; n++) {
        last = last->next;
    }
    add(b, h, last, PUM_SCOPE_COMPUTE_BIT);
    work_in_context(b);
    return last;
}

/* What copies touch guards against forgotten barriers, nothing else. */
static void
use_bytes(struct build *b, const uint8_t *p, uint64_t size_B, bool write)
{
    if (!b->s->shuffle) {
        use(b, p, p + size_B, write ? PUM_USE_WRITE : PUM_USE_READ);
    }
}

static uint64_t
use_image(struct build *b, const struct pum_image *img, const VkImageSubresourceLayers *r, bool write)
{
    const uint32_t layers = img->type == VK_IMAGE_TYPE_3D                  ? 1
                            : r->layerCount == VK_REMAINING_ARRAY_LAYERS ? img->layers - r->baseArrayLayer
                                                                           : r->layerCount;
    uint64_t all_B = 0;
    for (uint32_t left = r->aspectMask; left && layers; left &= left - 1) {
        const struct pum_image_slice a = pum_image_slice_get(img, left & -left, r->mipLevel, img->type == VK_IMAGE_TYPE_3D ? 0 : r->baseArrayLayer);
        const struct pum_image_slice z = pum_image_slice_get(img, left & -left, r->mipLevel, img->type == VK_IMAGE_TYPE_3D ? 0 : r->baseArrayLayer + layers - 1);
        const uint64_t size_B = (uint64_t)(z.data - a.data) + z.slice_pitch_B * z.depth + ((1u << z.samples_log2) - 1) * z.sample_pitch_B;
        use_bytes(b, a.data, size_B, write);
        all_B += z.slice_pitch_B * z.depth * layers;
    }
    return all_B;
}

static uint64_t
use_buffer_image(struct build *b, const struct pum_packet_copy_buffer_image *p)
{
    const VkBufferImageCopy2 *r = &p->region;
    const struct pum_image_slice s = pum_image_slice_get(p->image, r->imageSubresource.aspectMask, r->imageSubresource.mipLevel, 0);
    const struct pum_format_info *f = pum_format_info(s.format);
    const uint64_t row_el = r->bufferRowLength ? r->bufferRowLength : r->imageExtent.width;
    const uint64_t rows_el = r->bufferImageHeight ? r->bufferImageHeight : r->imageExtent.height;
    const uint64_t slice_B = (row_el + f->block_w - 1) / f->block_w * ((rows_el + f->block_h - 1) / f->block_h) * f->block_B;
    const uint32_t layers = r->imageSubresource.layerCount == VK_REMAINING_ARRAY_LAYERS ? p->image->layers : r->imageSubresource.layerCount;
    const uint64_t size_B = slice_B * PUM_MAX(r->imageExtent.depth, layers);
    use_bytes(b, p->buffer, size_B, !p->to_image);
    use_image(b, p->image, &r->imageSubresource, p->to_image);
    return size_B;
}

/* Of the last node. Returns bytes to move, roughly. */
static uint64_t
use_transfer(struct build *b, const struct pum_packet *h)
{
    if (h->type == PUM_PACKET_COPY_BUFFER) {
        const struct pum_packet_copy_buffer *p = (const void *)h;
        use_bytes(b, p->src, p->size_B, false);
        use_bytes(b, p->dst, p->size_B, true);
        return p->size_B;
    }
    if (h->type == PUM_PACKET_FILL) {
        const struct pum_packet_fill *p = (const void *)h;
        use_bytes(b, p->dst, p->size_B, true);
        return p->size_B;
    }
    if (h->type == PUM_PACKET_COPY_BUFFER_IMAGE) {
        return use_buffer_image(b, (const void *)h);
    }
    if (h->type == PUM_PACKET_COPY_IMAGE) {
        const struct pum_packet_copy_image *p = (const void *)h;
        use_image(b, p->src, &p->region.srcSubresource, false);
        return use_image(b, p->dst, &p->region.dstSubresource, true);
    }
    if (h->type == PUM_PACKET_BLIT) {
        const struct pum_packet_blit *p = (const void *)h;
        use_image(b, p->src, &p->region.srcSubresource, false);
        return use_image(b, p->dst, &p->region.dstSubresource, true) * 8;
    }
    if (h->type == PUM_PACKET_RESOLVE) {
        const struct pum_packet_resolve *p = (const void *)h;
        use_image(b, p->src, &p->region.srcSubresource, false);
        return use_image(b, p->dst, &p->region.dstSubresource, true) * 4;
    }
    const struct pum_packet_clear_image *p = (const void *)h;
    uint64_t all_B = 0;
    for (uint32_t l = 0; l < p->range.levelCount; l++) {
        const VkImageSubresourceLayers r = {p->range.aspectMask, p->range.baseMipLevel + l, p->range.baseArrayLayer, p->range.layerCount};
        all_B += use_image(b, p->image, &r, true);
    }
    return all_B;
}

static bool
is_transfer(const struct pum_packet *h)
{
    return h && (h->type == PUM_PACKET_COPY_BUFFER || h->type == PUM_PACKET_FILL || h->type == PUM_PACKET_COPY_IMAGE ||
                 h->type == PUM_PACKET_COPY_BUFFER_IMAGE || h->type == PUM_PACKET_BLIT || h->type == PUM_PACKET_CLEAR_IMAGE ||
                 h->type == PUM_PACKET_RESOLVE);
}

static const struct pum_packet *
add_transfers(struct build *b, const struct pum_packet *h)
{
    const uint32_t node = add(b, h, h, PUM_SCOPE_TRANSFER_BIT);
    uint64_t all_B = use_transfer(b, h);
    for (uint32_t n = 1; n < SMALL_COPIES && all_B < SMALL_B && is_transfer(h->next) && !b->s->shuffle; n++) {
        h = h->next;
        all_B += use_transfer(b, h);
    }
    b->s->node[node].last = h;
    return h;
}

/* ---- queries: commands that refer to the same ones stay in order ---- */

static void
add_query(struct build *b, const struct pum_packet_query *p)
{
    add(b, &p->head, &p->head, 0);
    const uint32_t end = PUM_MIN(p->first + p->count, p->pool->count);
    struct pum_query *q = &p->pool->query[PUM_MIN(p->first, p->pool->count - 1)];
    use(b, q, &p->pool->query[end], p->action == PUM_QUERY_TIMESTAMP ? PUM_USE_ADD : PUM_USE_WRITE);
    switch ((enum pum_query_action)p->action) {
    case PUM_QUERY_BEGIN:
        pum_running_set(&b->ctx.running, p, q);
        break;
    case PUM_QUERY_END: pum_running_set(&b->ctx.running, p, NULL); break;
    case PUM_QUERY_TIMESTAMP: /* when all that stands before is complete, whatever the stage; later ones are not earlier */
        pum_graph_after_all(&b->s->graph);
        use(b, b->s->clock, b->s->clock + 1, PUM_USE_WRITE);
        break;
    case PUM_QUERY_RESET: break;
    }
}

/* As a timestamp. SPEC: vkCmdWriteBufferMarkerAMD, writes of the transfer stage */
static void
add_marker(struct build *b, const struct pum_packet_marker *p)
{
    add(b, &p->head, &p->head, PUM_SCOPE_TRANSFER_BIT);
    pum_graph_after_all(&b->s->graph);
    use(b, b->s->clock, b->s->clock + 1, PUM_USE_WRITE);
    if (p->dst) {
        use_bytes(b, p->dst, 4, true);
    }
}

static void
add_copy_queries(struct build *b, const struct pum_packet_copy_queries *p)
{
    add(b, &p->head, &p->head, PUM_SCOPE_TRANSFER_BIT);
    use(b, &p->pool->query[PUM_MIN(p->first, p->pool->count)], &p->pool->query[PUM_MIN(p->first + p->count, p->pool->count)], PUM_USE_WRITE);
    use_bytes(b, p->dst, p->count ? (p->count - 1) * p->stride_B + (PUM_QUERY_VALUES + 1) * 8 : 0, true);
}

static void
add_accel(struct build *b, const struct pum_packet_accel *p)
{
    add(b, &p->head, &p->head, PUM_SCOPE_COMPUTE_BIT);
    if (p->op.kind == PUM_ACCEL_OP_PROPERTIES) {
        const struct pum_query_pool *pool = p->op.pool;
        use(b, &pool->query[PUM_MIN(p->op.first, pool->count)], &pool->query[PUM_MIN(p->op.first + p->op.n_accels, pool->count)], PUM_USE_WRITE);
    }
}

/* ---- events, conditions ---- */

/* An event that was set here is an edge. One that somebody else will set is waited for on this thread. */
static void
wait_event(struct build *b, const struct pum_packet_event *p)
{
    struct pum_graph *g = &b->s->graph;
    const uint32_t node = pum_graph_writer(g, p->event);
    const struct pum_packet_event *last = node < PUM_GRAPH_NODES ? (const void *)b->s->node[node].first : NULL;
    if (last && last->set) {
        pum_graph_before_stages(g, node, p->stages);
    } else if (last || !__atomic_load_n(&p->event->set, __ATOMIC_ACQUIRE)) {
        b->ok = drain(b) && pum_event_wait(p->event, &b->s->q->stop_waits);
    }
}

static void
add_event(struct build *b, const struct pum_packet_event *p)
{
    add(b, &p->head, &p->head, 0);
    pum_graph_after_stages(&b->s->graph, p->stages);
    use(b, p->event, p->event + 1, PUM_USE_WRITE);
}

static void
add_condition(struct build *b, const struct pum_packet_condition *p)
{
    b->ctx.skip = false;
    b->condition = PUM_GRAPH_NODES;
    if (p->predicate) {
        b->condition = add(b, &p->head, &p->head, PUM_SCOPE_FRONT_BIT);
    }
}

static void
walk(struct build *b, const struct pum_packet *first)
{
    for (const struct pum_packet *h = first; h && b->ok; h = h->next) {
        switch ((enum pum_packet_type)h->type) {
        case PUM_PACKET_INSTANCE:
            add_pass(b, (const void *)h);
            h = ((const struct pum_packet_instance *)(const void *)h)->last;
            break;
        case PUM_PACKET_DISPATCH: h = add_dispatches(b, h); break;
        case PUM_PACKET_TRACE_RAYS: add(b, h, h, PUM_SCOPE_COMPUTE_BIT); break;
        case PUM_PACKET_COPY_BUFFER:
        case PUM_PACKET_FILL:
        case PUM_PACKET_COPY_IMAGE:
        case PUM_PACKET_COPY_BUFFER_IMAGE:
        case PUM_PACKET_BLIT:
        case PUM_PACKET_CLEAR_IMAGE:
        case PUM_PACKET_RESOLVE: h = add_transfers(b, h); break;
        case PUM_PACKET_GENERATED: /* outside of passes, by itself, on this thread */
            b->ok = drain(b) && pum_replay(b->s->q, b->s->q->pass, &b->ctx, h, h->next);
            break;
        case PUM_PACKET_COPY_INDIRECT: add(b, h, h, PUM_SCOPE_TRANSFER_BIT); break;
        case PUM_PACKET_QUERY: add_query(b, (const void *)h); break;
        case PUM_PACKET_MARKER: add_marker(b, (const void *)h); break;
        case PUM_PACKET_COPY_QUERIES: add_copy_queries(b, (const void *)h); break;
        case PUM_PACKET_ACCEL: add_accel(b, (const void *)h); break;
        case PUM_PACKET_EVENT: add_event(b, (const void *)h); break;
        case PUM_PACKET_WAIT_EVENT: wait_event(b, (const void *)h); break;
        case PUM_PACKET_BARRIER: pum_graph_barrier(&b->s->graph, &((const struct pum_packet_barrier *)(const void *)h)->order); break;
        case PUM_PACKET_CONDITION: add_condition(b, (const void *)h); break;
        case PUM_PACKET_EXECUTE: walk(b, ((const struct pum_packet_execute *)(const void *)h)->secondary->first); break;
        case PUM_PACKET_BEGIN_PASS: /* inside instances */
        case PUM_PACKET_END_PASS:
        case PUM_PACKET_FLUSH_PASS:
        case PUM_PACKET_DRAW:
        case PUM_PACKET_DRAW_INDIRECT:
        case PUM_PACKET_DRAW_BYTES:
        case PUM_PACKET_XFB:
        case PUM_PACKET_CLEAR_RECT:
        case PUM_PACKET_LOCATIONS: break;
        }
    }
}

bool
pum_schedule_add(struct pum_schedule *s, struct pum_cmd_buffer *const *cmds, uint32_t n)
{
    struct build b = {.s = s, .pass = PUM_GRAPH_NODES, .ok = true};
    for (uint32_t i = 0; i < n; i++) {
        memset(&b.ctx, 0, sizeof(b.ctx));
        b.condition = PUM_GRAPH_NODES;
        walk(&b, cmds[i]->first);
    }
    return b.ok;
}
