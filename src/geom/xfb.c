/* Transform feedback: chunks keep what they capture; when a round of chunks is done, a walk over them in order finds the place of each, and
 * then they are copied in parallel. So the buffers hold primitives in order whatever the number of threads, and shaders that decide
 * by themselves how many primitives come out need nothing else. SPEC: vertexpostproc-transform-feedback. */
#include <string.h>

#include "geom/front.h"
#include "util/worker_pool.h"

#define INLINE_WORDS 16384u /* less is not worth waking anybody */

bool
pum_xfb_capture(struct pum_front_worker *w, const struct pum_geom_draw *d, const struct pum_shader_info *info, uint32_t stream, uint32_t prims,
                uint32_t verts_per_prim)
{
    uint32_t n = 0; /* words of a vertex */
    for (uint32_t i = 0; i < info->n_xfb_outputs; i++) {
        n += info->xfb_stream[info->xfb_outputs[i].buffer] == stream;
    }
    if (!n || !prims) {
        return true;
    }
    const size_t size_B = sizeof(struct pum_xfb_part) + (size_t)prims * verts_per_prim * n * 4;
    struct pum_xfb_part *part = pum_slab_reserve(&w->xfb_slab, size_B);
    if (!part) {
        return false;
    }
    pum_slab_commit(&w->xfb_slab, size_B);
    memset(part, 0, sizeof(*part));
    part->draw = d;
    part->info = info;
    part->stream = stream;
    part->prims = prims;
    part->verts_per_prim = verts_per_prim;
    uint32_t at = 0;
    for (uint32_t i = 0; i < info->n_xfb_outputs; i++) {
        const struct pum_xfb_output *o = &info->xfb_outputs[i];
        if (info->xfb_stream[o->buffer] != stream) {
            continue;
        }
        const uint32_t *from = w->vs_out + (size_t)o->slot * PUM_CHUNK_VERTICES;
        const bool have = info->out_slots[o->slot / 64] >> (o->slot % 64) & 1;
        uint32_t *to = part->words + at++;
        for (uint32_t p = 0; p < prims; p++) {
            /* SPEC: features-transformFeedbackPreservesProvokingVertex: it comes last if that is the mode, else it is the first anyhow. */
            const uint32_t turn = d->gs->s->provoking_last ? w->prim_flat[p] + 1u : 0;
            for (uint32_t k = 0; k < verts_per_prim; k++, to += n) {
                *to = have ? from[w->prim_v[p][(turn + k) % verts_per_prim]] : 0;
            }
        }
    }
    if (w->chunk->xfb_last) {
        w->chunk->xfb_last->next = part;
    } else {
        w->chunk->xfb = part;
    }
    w->chunk->xfb_last = part;
    return true;
}

/* Gives a part its place. */
static void
place(struct pum_xfb_part *part)
{
    struct pum_xfb *x = part->draw->call.xfb;
    const struct pum_shader_info *info = part->info;
    uint64_t fit = x->full[part->stream] ? 0 : part->prims;
    uint32_t used = 0; /* bit per buffer */
    for (uint32_t b = 0; b < PUM_MAX_XFB_BUFFERS; b++) {
        if (!(info->xfb_buffers >> b & 1) || info->xfb_stream[b] != part->stream || !x->buffer[b].data) {
            continue;
        }
        used |= 1u << b;
        const uint64_t left_B = x->buffer[b].size_B - PUM_MIN(x->buffer[b].at_B, x->buffer[b].size_B);
        fit = PUM_MIN(fit, left_B / ((uint64_t)info->xfb_stride_B[b] * part->verts_per_prim));
    }
    part->written = (uint32_t)fit;
    x->full[part->stream] = fit < part->prims;
    for (uint32_t b = 0; b < PUM_MAX_XFB_BUFFERS; b++) {
        if (used >> b & 1) {
            part->at_B[b] = x->buffer[b].at_B;
            x->buffer[b].at_B += fit * part->verts_per_prim * info->xfb_stride_B[b];
        }
    }
    uint64_t *count = part->draw->call.counters.captured[part->stream];
    if (count) {
        __atomic_fetch_add(&count[0], fit, __ATOMIC_RELAXED); /* passes beside each other may share a query */
        __atomic_fetch_add(&count[1], part->prims, __ATOMIC_RELAXED);
    }
}

static void
copy(const struct pum_xfb_part *part)
{
    const struct pum_xfb *x = part->draw->call.xfb;
    const struct pum_shader_info *info = part->info;
    const uint32_t vertices = part->written * part->verts_per_prim;
    const uint32_t *from = part->words;
    for (uint32_t v = 0; v < vertices; v++) {
        for (uint32_t i = 0; i < info->n_xfb_outputs; i++) {
            const struct pum_xfb_output *o = &info->xfb_outputs[i];
            if (info->xfb_stream[o->buffer] != part->stream) {
                continue;
            }
            if (x->buffer[o->buffer].data) {
                memcpy(x->buffer[o->buffer].data + part->at_B[o->buffer] + (uint64_t)v * info->xfb_stride_B[o->buffer] + o->offset_B, from, 4);
            }
            from++;
        }
    }
}

static void
copy_task(void *arg, uint32_t index, uint32_t worker)
{
    (void)worker;
    const struct pum_chunk *c = (const struct pum_chunk *)arg + index;
    for (const struct pum_xfb_part *part = c->xfb; part; part = part->next) {
        copy(part);
    }
}

void
pum_xfb_write(struct pum_pool *pool, const struct pum_chunk *chunks, uint32_t count)
{
    uint64_t words = 0;
    for (uint32_t i = 0; i < count; i++) {
        for (struct pum_xfb_part *part = chunks[i].xfb; part; part = part->next) {
            place(part);
            words += (uint64_t)part->written * part->verts_per_prim * part->info->n_xfb_outputs;
        }
    }
    if (words) {
        union { const struct pum_chunk *in; void *task; } c = {chunks};
        pum_pool_run(pool, count, words < INLINE_WORDS ? count : 1, copy_task, c.task);
    }
}
