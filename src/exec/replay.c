#include "exec/replay.h"

#include <stddef.h>
#include <string.h>

#include "command/cmd_buffer.h"
#include "exec/frame_capture.h"
#include "exec/generated.h"
#include "object/device_base.h"
#include "util/futex.h"
#include "util/trace.h"

struct replay {
    struct pum_queue *q;
    struct pum_pass *pass;
    bool in_pass, skip; /* skip: a condition is not met */
    const struct pum_packet_begin *begin; /* of the pass */
    uint64_t begin_ns;                    /* the same, in the trace */
    uint32_t n_draws;
    uint32_t capture, n_steps;            /* number of the pass in captures, 0: none are taken; draws and clears so far */
    uint8_t slot[PUM_MAX_RENDER_TARGETS]; /* the targets of its attachments now */
    uint32_t view, view_ordinal; /* which of the pass's views, by number and by rank */
    const struct pum_draw_state *state; /* of the pass */
    bool watched; /* draws are not just drawn: a view other than the first, a query, transform feedback */
    struct pum_xfb xfb, *active_xfb;
    struct pum_running running; /* they may have begun in the primary of this buffer */
    void (*gate)(void *arg);
    void *gate_arg;
    uint32_t n_ending;
    struct { /* queries that end, and marks that are set, when the pass has run; last, because it is not cleared: that would cost a small
              * submission a tenth of its time */
        struct pum_query *query; /* NULL: the mark */
        const struct pum_packet_marker *marker;
        bool timestamp;
    } ending[64];
};

/* States are immutable copies: the same pointer is the same state. */
static void
set_state(struct replay *r, const struct pum_draw_state *state)
{
    if (r->state != state) {
        pum_pass_set_state(r->pass, state);
        r->state = state;
    }
}

static uint64_t *
counter(const struct replay *r, VkQueryPipelineStatisticFlagBits bit)
{
    const struct pum_running *q = &r->running;
    return q->statistics && q->statistics_wanted & bit ? &q->statistics->value[__builtin_ctz(bit)] : NULL;
}

static void
watch(struct replay *r)
{
    const struct pum_running *q = &r->running;
    r->watched = r->view || q->occlusion || q->statistics || q->mesh_primitives || r->active_xfb;
    for (uint32_t i = 0; i < PUM_MAX_STREAMS; i++) {
        r->watched = r->watched || q->captured[i] || q->generated[i];
    }
}

static struct pum_raster_targets pass_targets(const struct pum_packet_begin *p, uint32_t view);

static PUM_NOINLINE void
take(const struct replay *r, uint32_t name, uint32_t step, const struct pum_draw_call *call)
{
    const struct pum_raster_targets t = pass_targets(r->begin, r->view);
    const struct pum_capture c = {r->capture, step, name, r->n_draws, &t, call ? r->state : NULL, call};
    pum_capture_take(&c);
}

/* After a draw, or a clear (NULL). */
static inline void
capture_step(struct replay *r, uint32_t name, const struct pum_draw_call *call)
{
    if (PUM_UNLIKELY(r->capture) && pum_capture_draws) {
        pum_pass_keep(r->pass);
        if (pum_pass_flush(r->pass)) { /* else the pass has failed, and says so at its end */
            take(r, name, ++r->n_steps, call);
        }
    }
}

/* What a draw knows only when it runs. */
static void
draw(struct replay *r, uint32_t name, const struct pum_draw_call *call)
{
    r->n_draws++;
    if (!r->watched) {
        pum_pass_draw(r->pass, call);
        capture_step(r, name, call);
        return;
    }
    struct pum_draw_call d = *call;
    d.view_index = r->view;
    d.counters = (struct pum_draw_counters){
        .samples_passed = r->running.occlusion ? &r->running.occlusion->value[0] : NULL,
        .ia_vertices = counter(r, VK_QUERY_PIPELINE_STATISTIC_INPUT_ASSEMBLY_VERTICES_BIT),
        .ia_primitives = counter(r, VK_QUERY_PIPELINE_STATISTIC_INPUT_ASSEMBLY_PRIMITIVES_BIT),
        .vs_invocations = counter(r, VK_QUERY_PIPELINE_STATISTIC_VERTEX_SHADER_INVOCATIONS_BIT),
        .tcs_patches = counter(r, VK_QUERY_PIPELINE_STATISTIC_TESSELLATION_CONTROL_SHADER_PATCHES_BIT),
        .tes_invocations = counter(r, VK_QUERY_PIPELINE_STATISTIC_TESSELLATION_EVALUATION_SHADER_INVOCATIONS_BIT),
        .gs_invocations = counter(r, VK_QUERY_PIPELINE_STATISTIC_GEOMETRY_SHADER_INVOCATIONS_BIT),
        .gs_primitives = counter(r, VK_QUERY_PIPELINE_STATISTIC_GEOMETRY_SHADER_PRIMITIVES_BIT),
        .clip_invocations = counter(r, VK_QUERY_PIPELINE_STATISTIC_CLIPPING_INVOCATIONS_BIT),
        .clip_primitives = counter(r, VK_QUERY_PIPELINE_STATISTIC_CLIPPING_PRIMITIVES_BIT),
        .fs_invocations = counter(r, VK_QUERY_PIPELINE_STATISTIC_FRAGMENT_SHADER_INVOCATIONS_BIT),
        .task_invocations = counter(r, VK_QUERY_PIPELINE_STATISTIC_TASK_SHADER_INVOCATIONS_BIT_EXT),
        .mesh_invocations = counter(r, VK_QUERY_PIPELINE_STATISTIC_MESH_SHADER_INVOCATIONS_BIT_EXT),
        .mesh_primitives = r->running.mesh_primitives ? &r->running.mesh_primitives->value[0] : NULL,
    };
    for (uint32_t i = 0; i < PUM_MAX_STREAMS; i++) {
        d.counters.captured[i] = r->running.captured[i] ? r->running.captured[i]->value : NULL;
        d.counters.generated[i] = r->running.generated[i] ? r->running.generated[i]->value : NULL;
    }
    d.xfb = r->active_xfb;
    pum_pass_draw(r->pass, &d);
    capture_step(r, name, call);
}

static bool
draw_indirect(struct replay *r, const struct pum_packet_draw_indirect *p)
{
    const uint32_t need_B = p->mesh ? sizeof(VkDrawMeshTasksIndirectCommandEXT) : p->indexed ? 20 : 16;
    uint32_t count = p->count;
    if (p->count_data) {
        uint32_t n;
        memcpy(&n, p->count_data, sizeof(n));
        count = PUM_MIN(count, n);
    }
    set_state(r, p->state);
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t at = (uint64_t)i * p->stride_B;
        uint32_t w[5] = {0};
        if (p->args_range_B < need_B || at > p->args_range_B - need_B) {
            break;
        }
        memcpy(w, p->args + at, need_B);
        struct pum_draw_call d = p->call;
        d.draw_index = i;
        if (p->mesh) {
            memcpy(d.groups, w, sizeof(d.groups));
            draw(r, p->head.name, &d);
            continue;
        }
        d.count = w[0];
        d.instance_count = w[1];
        d.first = w[2];
        d.vertex_offset = p->indexed ? (int32_t)w[3] : 0;
        d.first_instance = p->indexed ? w[4] : w[3];
        if (d.count && d.instance_count) {
            draw(r, p->head.name, &d);
        }
    }
    return true;
}

/* SPEC: vkCmdDrawIndirectByteCountEXT */
static void
draw_bytes(struct replay *r, const struct pum_packet_draw_bytes *p)
{
    struct pum_draw_call d = p->call;
    uint32_t counter_B;
    memcpy(&counter_B, p->counter, sizeof(counter_B));
    d.count = counter_B > p->offset_B ? (counter_B - p->offset_B) / p->stride_B : 0;
    if (d.count && d.instance_count) {
        set_state(r, p->state);
        draw(r, p->head.name, &d);
    }
}

/* What was captured, and how much, is known when the draws up to the end have run. SPEC: vkCmdEndTransformFeedbackEXT */
static bool
transform_feedback(struct replay *r, const struct pum_packet_xfb *p)
{
    if (p->begin) {
        r->xfb = p->xfb;
        r->active_xfb = &r->xfb;
    } else if (!r->active_xfb) {
        return true;
    }
    if (!p->begin && r->in_pass && !pum_pass_flush(r->pass)) {
        return false;
    }
    for (uint32_t i = 0; i < PUM_MAX_XFB_BUFFERS; i++) {
        uint32_t at_B = (uint32_t)PUM_MIN(r->xfb.buffer[i].at_B, (uint64_t)UINT32_MAX);
        if (p->counter[i] && p->begin) {
            memcpy(&at_B, p->counter[i], sizeof(at_B));
            r->xfb.buffer[i].at_B = at_B;
        } else if (p->counter[i]) {
            memcpy(p->counter[i], &at_B, sizeof(at_B));
        }
    }
    r->active_xfb = p->begin ? &r->xfb : NULL;
    watch(r);
    return true;
}

/* On a lost device nothing is reached any more: shaders have only been stopped. */
static void
set_marker(const struct replay *r, const struct pum_packet_marker *p)
{
    if (__atomic_load_n(&r->q->dev->lost, __ATOMIC_ACQUIRE)) {
        return;
    }
    if (p->dst) {
        memcpy(p->dst, &p->value, sizeof(p->value));
    } else {
        __atomic_store_n(&r->q->complete, p->checkpoint, __ATOMIC_RELEASE);
    }
}

static void
end_queries(struct replay *r)
{
    for (uint32_t i = 0; i < r->n_ending; i++) {
        if (!r->ending[i].query) {
            set_marker(r, r->ending[i].marker);
            continue;
        }
        if (r->ending[i].timestamp) {
            r->ending[i].query->value[0] = pum_now_ns();
        }
        __atomic_store_n(&r->ending[i].query->available, 1, __ATOMIC_RELEASE);
    }
    r->n_ending = 0;
}

/* Draws of a pass run at its end: so do the ends of queries, the timestamps and the marks among them. */
static bool
end_query(struct replay *r, struct pum_query *q, bool timestamp, const struct pum_packet_marker *marker)
{
    if (r->n_ending == PUM_ARRAY_LEN(r->ending)) { /* run what is there, then go on */
        if (!pum_pass_flush(r->pass)) {
            return false;
        }
        end_queries(r);
    }
    r->ending[r->n_ending].query = q;
    r->ending[r->n_ending].marker = marker;
    r->ending[r->n_ending++].timestamp = timestamp;
    if (!r->in_pass) {
        end_queries(r);
    }
    return true;
}

void
pum_running_set(struct pum_running *r, const struct pum_packet_query *p, struct pum_query *q)
{
    const uint32_t stream = p->stream % PUM_MAX_STREAMS;
    switch ((int)p->pool->type) {
    case VK_QUERY_TYPE_OCCLUSION: r->occlusion = q; break;
    case VK_QUERY_TYPE_TRANSFORM_FEEDBACK_STREAM_EXT: r->captured[stream] = q; break;
    case VK_QUERY_TYPE_PRIMITIVES_GENERATED_EXT: r->generated[stream] = q; break;
    case VK_QUERY_TYPE_MESH_PRIMITIVES_GENERATED_EXT: r->mesh_primitives = q; break;
    default:
        r->statistics = q;
        r->statistics_wanted = q ? p->pool->statistics : 0;
    }
}

static bool
query(struct replay *r, const struct pum_packet_query *p)
{
    if (p->action == PUM_QUERY_RESET) {
        pum_query_reset(p->pool, p->first, p->count);
        return true;
    }
    const uint32_t index = p->first + r->view_ordinal; /* multiview: a query of its own for each view */
    if (index >= p->pool->count) {
        return true;
    }
    struct pum_query *q = &p->pool->query[index];
    switch ((enum pum_query_action)p->action) {
    case PUM_QUERY_BEGIN:
        memset(q->value, 0, sizeof(q->value));
        pum_running_set(&r->running, p, q);
        watch(r);
        break;
    case PUM_QUERY_END:
        pum_running_set(&r->running, p, NULL);
        watch(r);
        return end_query(r, q, false, NULL);
    case PUM_QUERY_TIMESTAMP: return end_query(r, q, true, NULL);
    case PUM_QUERY_RESET:
        break;
    }
    return true;
}

static bool
mark(struct replay *r, const struct pum_packet_marker *p)
{
    if (!p->dst && !__atomic_load_n(&r->q->dev->lost, __ATOMIC_ACQUIRE)) {
        __atomic_store_n(&r->q->begun, p->checkpoint, __ATOMIC_RELEASE);
    }
    if (p->top) {
        set_marker(r, p);
        return true;
    }
    return end_query(r, NULL, false, p);
}

static bool replay_list(struct replay *r, const struct pum_packet *first, const struct pum_packet *end);

static struct pum_raster_targets
pass_targets(const struct pum_packet_begin *p, uint32_t view)
{
    struct pum_raster_targets t = p->targets;
    for (uint32_t i = 0; i < t.color_count + 2; i++) {
        struct pum_raster_attachment *a = i < t.color_count ? &t.color[i] : i == t.color_count ? &t.depth : &t.stencil;
        a->plane.base += a->plane.base ? view * a->plane.layer_pitch_B : 0;
        a->resolve.base += a->resolve.base ? view * a->resolve.layer_pitch_B : 0;
        if (p->loaded[i < t.color_count ? i : PUM_MAX_RENDER_TARGETS] >> view & 1) {
            a->load_op = PUM_LOAD_OP_LOAD;
        }
    }
    return t;
}

static void
begin_pass(struct replay *r, const struct pum_packet_begin *p, uint32_t view)
{
    const struct pum_raster_targets t = pass_targets(p, view);
    r->view = view;
    watch(r);
    r->in_pass = true;
    r->state = NULL;
    r->begin = p;
    for (uint8_t i = 0; i < PUM_MAX_RENDER_TARGETS; i++) {
        r->slot[i] = i;
    }
    pum_pass_begin(r->pass, &t);
    pum_pass_set_gate(r->pass, r->gate, r->gate_arg);
    r->n_draws = r->n_steps = 0;
    r->capture = PUM_UNLIKELY(__atomic_load_n(&pum_capture_on, __ATOMIC_RELAXED)) ? pum_capture_pass() : 0;
    r->begin_ns = pum_trace_begin();
    if (PUM_UNLIKELY(r->begin_ns)) {
        pum_pass_set_name(r->pass, p->head.name);
    }
}

/* The pass goes on with its attachments in another order. */
static bool
move_attachments(struct replay *r, const struct pum_packet_locations *p)
{
    if (!r->in_pass || memcmp(r->slot, p->slot, sizeof(r->slot)) == 0) {
        return true;
    }
    pum_pass_keep(r->pass);
    if (!pum_pass_end(r->pass)) {
        return false;
    }
    end_queries(r);
    const struct pum_raster_targets from = pass_targets(r->begin, r->view);
    struct pum_raster_targets t = from;
    memset(t.color, 0, sizeof(t.color));
    t.color_count = PUM_MAX_RENDER_TARGETS;
    for (uint32_t i = 0; i < from.color_count; i++) {
        t.color[p->slot[i]] = from.color[i];
        t.color[p->slot[i]].load_op = PUM_LOAD_OP_LOAD;
    }
    t.depth.load_op = t.stencil.load_op = PUM_LOAD_OP_LOAD;
    memcpy(r->slot, p->slot, sizeof(r->slot));
    r->state = NULL;
    pum_pass_begin(r->pass, &t);
    pum_pass_set_name(r->pass, r->begin->head.name);
    return true;
}

bool
pum_replay_condition(const struct pum_packet_condition *p)
{
    uint32_t value = 0;
    if (p->predicate) {
        memcpy(&value, p->predicate, sizeof(value));
    }
    return p->predicate && (value != 0) == p->inverted;
}

static bool
end_pass(struct replay *r)
{
    const struct pum_packet_begin *p = r->begin;
    if (PUM_UNLIKELY(r->capture)) {
        pum_pass_keep(r->pass);
    }
    const bool ok = pum_pass_end(r->pass);
    if (PUM_UNLIKELY(r->capture)) {
        take(r, p->head.name, 0, NULL);
    }
    pum_trace_end(r->begin_ns, &(struct pum_trace_event){.kind = "pass", .name = p->head.name, .args = "width,height,colors,draws",
                                                         .value = {p->targets.area_w, p->targets.area_h, p->targets.color_count, r->n_draws}});
    end_queries(r);
    return ok;
}

/* Multiview: the packets of the pass once per view, each on its own layer. Returns the END_PASS packet, NULL on failure. */
static const struct pum_packet *
multiview(struct replay *r, const struct pum_packet_begin *p)
{
    const struct pum_packet *end = p->head.next;
    while (end && end->type != PUM_PACKET_END_PASS) {
        end = end->next;
    }
    for (uint32_t view = 0; view < 32 && end; view++) {
        if (!(p->view_mask >> view & 1)) {
            continue;
        }
        r->view_ordinal = (uint32_t)__builtin_popcount(p->view_mask & ((1u << view) - 1));
        begin_pass(r, p, view);
        if (!replay_list(r, p->head.next, end) || !end_pass(r)) {
            return NULL;
        }
    }
    r->in_pass = false;
    r->view = r->view_ordinal = 0;
    watch(r);
    return end;
}

/* Work outside of passes; dispatches are traced by their tasks, too. */
static PUM_NOINLINE void
trace_packet(const struct pum_packet *p, uint64_t begin_ns)
{
    static const char *const kinds[] = {
        [PUM_PACKET_DISPATCH] = "dispatches",   [PUM_PACKET_COPY_BUFFER] = "copy buffer", [PUM_PACKET_FILL] = "fill",
        [PUM_PACKET_COPY_IMAGE] = "copy image", [PUM_PACKET_BLIT] = "blit",               [PUM_PACKET_COPY_BUFFER_IMAGE] = "copy buffer and image",
        [PUM_PACKET_CLEAR_IMAGE] = "clear image", [PUM_PACKET_RESOLVE] = "resolve",       [PUM_PACKET_WAIT_EVENT] = "wait for event",
        [PUM_PACKET_COPY_QUERIES] = "copy queries", [PUM_PACKET_COPY_INDIRECT] = "copy indirect", [PUM_PACKET_GENERATED] = "generated",
        [PUM_PACKET_ACCEL] = "acceleration structures",
    };
    if (p->type < PUM_ARRAY_LEN(kinds) && kinds[p->type]) {
        pum_trace_end(begin_ns, &(struct pum_trace_event){.kind = kinds[p->type], .name = p->name});
    }
}

/* Draws run now: their state does not stay. */
static bool
run_generated(void *arg, const struct pum_packet *first)
{
    struct replay *r = arg;
    const bool ok = replay_list(r, first, NULL) && (!r->in_pass || pum_pass_flush(r->pass));
    r->state = NULL;
    return ok;
}

static bool
replay_list(struct replay *r, const struct pum_packet *first, const struct pum_packet *end)
{
    struct pum_queue *q = r->q;
    struct pum_pool *pool = q->dev->pool;
    for (const struct pum_packet *h = first; h && h != end; h = h->next) {
        bool ok = true;
        const uint64_t t0 = pum_trace_begin();
        const struct pum_packet *at = h;
        switch ((enum pum_packet_type)h->type) {
        case PUM_PACKET_BEGIN_PASS: {
            const struct pum_packet_begin *p = (const void *)h;
            if (p->view_mask) {
                h = multiview(r, p);
                if (!h) {
                    return false;
                }
            } else {
                begin_pass(r, p, 0);
            }
            break;
        }
        case PUM_PACKET_END_PASS:
            ok = end_pass(r);
            r->in_pass = false;
            break;
        case PUM_PACKET_FLUSH_PASS: ok = !r->in_pass || pum_pass_flush(r->pass); break;
        case PUM_PACKET_DRAW: {
            const struct pum_packet_draw *p = (const void *)h;
            if (!r->skip) {
                set_state(r, p->state);
                draw(r, h->name, &p->call);
            }
            break;
        }
        case PUM_PACKET_DRAW_INDIRECT: ok = r->skip || draw_indirect(r, (const void *)h); break;
        case PUM_PACKET_DRAW_BYTES:
            if (!r->skip) {
                draw_bytes(r, (const void *)h);
            }
            break;
        case PUM_PACKET_XFB: ok = transform_feedback(r, (const void *)h); break;
        case PUM_PACKET_CLEAR_RECT:
            if (!r->skip) {
                pum_pass_clear(r->pass, &((const struct pum_packet_clear_rect *)(const void *)h)->clear);
                capture_step(r, h->name, NULL);
            }
            break;
        case PUM_PACKET_DISPATCH:
            if (!r->skip) {
                h = pum_exec_dispatches(q, h, end, counter(r, VK_QUERY_PIPELINE_STATISTIC_COMPUTE_SHADER_INVOCATIONS_BIT));
                ok = h != NULL;
            }
            break;
        case PUM_PACKET_TRACE_RAYS: ok = pum_exec_trace_rays(q, (const void *)h); break;
        case PUM_PACKET_BARRIER: break; /* what is before it is complete; it only ends a run of dispatches */
        case PUM_PACKET_INSTANCE: break;
        case PUM_PACKET_CONDITION: r->skip = pum_replay_condition((const void *)h); break;
        case PUM_PACKET_LOCATIONS: ok = move_attachments(r, (const void *)h); break;
        case PUM_PACKET_COPY_BUFFER: {
            const struct pum_packet_copy_buffer *p = (const void *)h;
            pum_exec_copy_buffer(pool, p->dst, p->src, p->size_B);
            break;
        }
        case PUM_PACKET_FILL: {
            const struct pum_packet_fill *p = (const void *)h;
            pum_exec_fill(pool, p->dst, p->size_B, p->value);
            break;
        }
        case PUM_PACKET_GENERATED: ok = r->skip || pum_exec_generated(q->dev, (const void *)h, run_generated, r); break;
        case PUM_PACKET_COPY_INDIRECT: pum_exec_copy_indirect(q->dev, (const void *)h); break;
        case PUM_PACKET_COPY_IMAGE: pum_exec_copy_image(pool, (const void *)h); break;
        case PUM_PACKET_COPY_BUFFER_IMAGE: pum_exec_copy_buffer_image(pool, (const void *)h); break;
        case PUM_PACKET_RESOLVE: pum_exec_resolve(pool, (const void *)h); break;
        case PUM_PACKET_BLIT: pum_exec_blit(pool, (const void *)h); break;
        case PUM_PACKET_CLEAR_IMAGE: pum_exec_clear_image(pool, (const void *)h); break;
        case PUM_PACKET_EVENT: {
            const struct pum_packet_event *p = (const void *)h;
            pum_event_set(p->event, p->set);
            break;
        }
        case PUM_PACKET_WAIT_EVENT: ok = pum_event_wait(((const struct pum_packet_event *)(const void *)h)->event, &q->stop_waits); break;
        case PUM_PACKET_MARKER: ok = mark(r, (const void *)h); break;
        case PUM_PACKET_QUERY: ok = query(r, (const void *)h); break;
        case PUM_PACKET_COPY_QUERIES: {
            const struct pum_packet_copy_queries *p = (const void *)h;
            (void)pum_query_results(p->pool, p->first, p->count, p->dst, p->stride_B, p->flags);
            break;
        }
        case PUM_PACKET_ACCEL: {
            VkResult result; /* what is wrong with a structure leaves it empty, no more */
            ok = pum_exec_accel(q->dev, &((const struct pum_packet_accel *)(const void *)h)->op, &result);
            break;
        }
        case PUM_PACKET_EXECUTE:
            ok = replay_list(r, ((const struct pum_packet_execute *)(const void *)h)->secondary->first, NULL);
            break;
        }
        if (PUM_UNLIKELY(t0)) {
            trace_packet(at, t0);
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}

bool
pum_replay(struct pum_queue *queue, struct pum_pass *pass, const struct pum_replay_context *ctx, const struct pum_packet *first,
           const struct pum_packet *end)
{
    struct replay r;
    memset(&r, 0, offsetof(struct replay, ending));
    r.q = queue;
    r.pass = pass;
    if (ctx) {
        r.skip = ctx->skip;
        r.running = ctx->running;
        r.gate = ctx->gate;
        r.gate_arg = ctx->gate_arg;
    }
    watch(&r);
    return replay_list(&r, first, end);
}
