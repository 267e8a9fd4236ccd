/* What transform feedback captures: words of vertex slots and where they go. SPEC: vertexpostproc-transform-feedback. */
#include "spirv/sv.h"

struct walk {
    const struct sv_id *var;
    uint32_t k;           /* next scalar of the variable */
    uint32_t offset_B;    /* next byte of the vertex in the buffer */
    bool captured;
    struct sv_capture to; /* buffer, stride, stream */
};

static void
add_word(struct sv *s, const struct walk *w, uint32_t slot, uint32_t offset_B)
{
    struct pum_shader_info *info = &s->sh->info;
    const uint32_t b = w->to.buffer;
    if (!w->to.has_buffer || !w->to.has_stride || b >= PUM_MAX_XFB_BUFFERS || w->to.stream >= PUM_MAX_STREAMS ||
        w->to.stride_B > PUM_MAX_XFB_STRIDE_B || w->to.stride_B < 4 || offset_B > w->to.stride_B - 4) {
        sv_fail(s, PUM_SPIRV_INVALID, "capture at byte %u of %u in buffer %u", offset_B, w->to.stride_B, b);
        return;
    }
    if (info->xfb_buffers >> b & 1 && (info->xfb_stride_B[b] != w->to.stride_B || info->xfb_stream[b] != w->to.stream)) {
        sv_fail(s, PUM_SPIRV_INVALID, "buffer %u has two strides or streams", b);
        return;
    }
    if (slot >= PUM_VS_SLOTS || info->n_xfb_outputs == PUM_VS_SLOTS) {
        sv_fail(s, PUM_SPIRV_INVALID, "captured output");
        return;
    }
    info->xfb_buffers |= (uint8_t)(1u << b);
    info->xfb_stride_B[b] = (uint16_t)w->to.stride_B;
    info->xfb_stream[b] = (uint8_t)w->to.stream;
    info->xfb_outputs[info->n_xfb_outputs++] = (struct pum_xfb_output){(uint8_t)slot, (uint8_t)b, (uint16_t)offset_B};
}

static void
add_scalar(struct sv *s, struct walk *w, const struct sv_type *t)
{
    const uint32_t size_B = t->bits / 8;
    const struct sv_place p = sv_interface_place(s, w->var, w->k++);
    if (!w->captured) {
        return;
    }
    if ((t->kind != SV_INT && t->kind != SV_FLOAT) || size_B < 4) { /* SPEC: VUID-StandaloneSpirv-Offset-04692 */
        sv_fail(s, PUM_SPIRV_INVALID, "type of a captured output");
        return;
    }
    const uint32_t slot = sv_vertex_slot(s, &p), at_B = PUM_ALIGN_UP(w->offset_B, size_B);
    for (uint32_t i = 0; i < size_B / 4 && sv_ok(s); i++) {
        add_word(s, w, slot == UINT32_MAX ? slot : slot + i, at_B + i * 4);
    }
    w->offset_B = at_B + size_B;
}

static void
inherit(struct sv_capture *to, const struct sv_capture *own)
{
    if (own->has_buffer) {
        to->has_buffer = true;
        to->buffer = own->buffer;
    }
    if (own->has_stride) {
        to->has_stride = true;
        to->stride_B = own->stride_B;
    }
    to->stream = own->has_stream ? own->stream : to->stream;
}

/* Of a block or an array of blocks, of arrays of them, and so on; 0: something else. */
static uint32_t
blocks_of(struct sv *s, uint32_t type)
{
    uint32_t n = 1;
    for (int depth = 0; depth < 16 && n <= PUM_MAX_XFB_BUFFERS; depth++) {
        const struct sv_type *t = sv_type(s, type);
        if (t->kind != SV_ARRAY) {
            return t->kind == SV_STRUCT && t->block ? n : 0;
        }
        n *= t->count < PUM_MAX_XFB_BUFFERS ? t->count : PUM_MAX_XFB_BUFFERS + 1; /* more are refused when they are captured */
        type = t->elem;
    }
    return n;
}

/* top: members of the struct may have offsets of their own; deeper down things are packed. */
static void
add_type(struct sv *s, struct walk *w, uint32_t type, bool top, int depth)
{
    const struct sv_type *t = sv_type(s, type);
    if (!sv_ok(s) || depth > 16) {
        return;
    }
    if (t->kind == SV_STRUCT) {
        for (uint32_t i = 0; i < t->count && sv_ok(s); i++) {
            struct walk m = *w;
            if (top) {
                inherit(&m.to, &t->members[i].xfb);
            }
            if (top && t->members[i].xfb.has_offset) {
                m.captured = true;
                m.offset_B = t->members[i].xfb.offset_B;
            }
            add_type(s, &m, t->members[i].type, false, depth + 1);
            w->k = m.k;
            w->offset_B = w->captured ? m.offset_B : w->offset_B;
        }
    } else if (t->kind == SV_ARRAY && top && blocks_of(s, t->elem)) { /* each block of an array has a buffer of its own */
        for (uint32_t i = 0; i < t->count && sv_ok(s); i++) {
            struct walk b = *w;
            b.to.buffer += i * blocks_of(s, t->elem);
            add_type(s, &b, t->elem, true, depth + 1);
            w->k = b.k;
        }
    } else if (t->kind == SV_ARRAY || t->kind == SV_MATRIX || t->kind == SV_VECTOR) {
        for (uint32_t i = 0; i < t->count && sv_ok(s); i++) {
            add_type(s, w, t->elem, false, depth + 1);
        }
    } else {
        add_scalar(s, w, t);
    }
}

void
sv_collect_xfb(struct sv *s)
{
    for (uint32_t i = 0; s->xfb && i < s->n_interface && sv_ok(s); i++) {
        const struct sv_id *d = sv_id(s, s->interface[i]);
        if (d->kind != SV_VAR || d->storage != SpvStorageClassOutput || sv_type(s, d->type)->kind != SV_POINTER) {
            continue;
        }
        const uint32_t type = sv_type(s, d->type)->elem;
        if (!sv_ok(s) || sv_type(s, type)->scalars > PUM_VS_SLOTS * 2) { /* more than any interface has: refused where it is used */
            continue;
        }
        struct walk w = {.var = d, .captured = d->xfb.has_offset, .offset_B = d->xfb.offset_B};
        inherit(&w.to, &d->xfb);
        add_type(s, &w, type, true, 0);
    }
}
