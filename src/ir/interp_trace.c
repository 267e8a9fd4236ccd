/* Interpreter: what ray tracing shaders do besides (abi/tracing.h). */
#include "ir/interp_int.h"

#define EACH for (uint32_t l = 0; l < PUM_LANES; l++)

/* Words of lanes, as private arrays are. */
static uint32_t *
space_words(const struct interp_run *r, uint64_t space, uint32_t *size_B)
{
    switch ((enum pum_tracing_space)space) {
    case PUM_SPACE_DATA: *size_B = r->p->info.trace_data_B; return r->trace->data;
    case PUM_SPACE_ATTRIBUTES: *size_B = PUM_MAX_RAY_ATTRIBUTE_B; return r->trace->attributes;
    case PUM_SPACE_CURRENT: *size_B = PUM_ROW_COUNT * 4; return (uint32_t *)(uintptr_t)r->trace->ray; /* only read */
    case PUM_SPACE_OWN: break;
    }
    *size_B = r->p->info.private_B;
    return (uint32_t *)(void *)r->private_mem;
}

static void
access_words(const struct interp_run *r, const struct interp_ins *in)
{
    uint32_t size_B;
    uint32_t *base = space_words(r, in->imm, &size_B);
    const uint32_t last_B = (size_B - 4) & ~3u, *o = interp_reg(r, in->a);
    EACH
    {
        uint32_t *at = base + (size_t)(PUM_MIN(o[l], last_B) / 4) * PUM_LANES + l;
        if (in->op == PUM_IR_LD_TRACE) {
            interp_reg(r, in->dst)[l] = *at;
        } else if (r->live >> l & 1) {
            *at = interp_reg(r, in->b)[l];
        }
    }
}

/* What is passed on. */
static uint32_t *
passed(const struct interp_run *r, const struct interp_ins *in)
{
    uint32_t size_B;
    return space_words(r, in->imm & 0xff, &size_B) + (in->imm >> 10) * PUM_LANES;
}

static void
trace(const struct interp_run *r, const struct interp_ins *in)
{
    struct pum_tracing_ray t = {.mask = r->live, .data_B = (uint32_t)in->imm2, .data = passed(r, in)};
    void *const to[14] = {t.structure, t.flags,     t.cull_mask, t.sbt_offset,   t.sbt_stride,   t.miss_index,   t.origin[0],
                          t.origin[1], t.origin[2], t.t_min,     t.direction[0], t.direction[1], t.direction[2], t.t_max};
    for (uint32_t i = 0; i < 14; i++) {
        memcpy(to[i], interp_reg(r, interp_operand(r, in, i)), i == 0 ? sizeof(t.structure) : sizeof(t.flags));
    }
    r->trace->calls->trace(r->trace, &t);
}

void
interp_trace(const struct interp_run *r, const struct interp_ins *in)
{
    switch ((enum pum_ir_op)in->op) {
    case PUM_IR_LD_TRACE:
    case PUM_IR_ST_TRACE: access_words(r, in); break;
    case PUM_IR_TRACE_RAY: trace(r, in); break;
    case PUM_IR_TRACE_CALL: {
        struct pum_tracing_call c = {.mask = r->live, .data_B = (uint32_t)in->imm2, .data = passed(r, in)};
        memcpy(c.index, interp_reg(r, in->a), sizeof(c.index));
        r->trace->calls->call(r->trace, &c);
        break;
    }
    case PUM_IR_TRACE_REPORT: {
        struct pum_tracing_report p = {.mask = r->live};
        memcpy(p.t, interp_reg(r, in->a), sizeof(p.t));
        memcpy(p.kind, interp_reg(r, in->b), sizeof(p.kind));
        r->trace->calls->report(r->trace, &p);
        memcpy(interp_reg(r, in->dst), p.verdict, sizeof(p.verdict));
        break;
    }
    default: /* TRACE_END */
        *(in->imm ? &r->trace->terminated : &r->trace->ignored) |= r->live;
    }
}
