/* Decides for every value whether the lanes of a group agree on it (UNIFORM), count up with the lane (LINEAR) or differ (VARYING), and
 * for every IF, LOOP and SCOPE whether lanes may part there. Needs: promoted code. Breaks: nothing; any other pass breaks it.
 *
 * Optimistic: everything starts UNIFORM and falls until nothing changes. Each value falls at most twice, each node once.
 */
#include "ir/ir.h"

#include <string.h>

struct state {
    struct pum_ir_shader *sh;
    bool changed;
};

struct shape {
    uint8_t kind;
    int16_t stride;
};

#define TOP 3 /* not looked at yet; fits any shape */

static const struct shape UNIFORM = {PUM_IR_UNIFORM, 0};
static const struct shape VARYING = {PUM_IR_VARYING, 0};

static struct shape
linear(int64_t stride)
{
    if (stride == 0) {
        return UNIFORM;
    }
    return stride >= INT16_MIN && stride <= INT16_MAX ? (struct shape){PUM_IR_LINEAR, (int16_t)stride} : VARYING;
}

static struct shape
shape_of(const struct pum_ir_shader *sh, pum_ir_ref r)
{
    return (struct shape){sh->insts[r].shape, sh->insts[r].stride};
}

static struct shape
meet(struct shape a, struct shape b)
{
    return a.kind == b.kind && a.stride == b.stride ? a : VARYING;
}

static struct shape
sysval_shape(const struct pum_ir_shader *sh, uint64_t imm)
{
    const uint32_t *size = sh->info.local_size;
    const uint32_t comp = (uint32_t)(imm >> 8) & 3;
    switch ((enum pum_sysval)(imm & 0xff)) {
    case PUM_SYSVAL_BASE_VERTEX:
    case PUM_SYSVAL_BASE_INSTANCE:
    case PUM_SYSVAL_DRAW_INDEX:
    case PUM_SYSVAL_VIEW_INDEX:
    case PUM_SYSVAL_FRONT_FACING:
    case PUM_SYSVAL_LAYER:
    case PUM_SYSVAL_VIEWPORT_INDEX:
    case PUM_SYSVAL_SAMPLE_ID:
    case PUM_SYSVAL_SAMPLE_POS:
    case PUM_SYSVAL_WORKGROUP_ID:
    case PUM_SYSVAL_NUM_WORKGROUPS:
    case PUM_SYSVAL_SUBGROUP_ID:
    case PUM_SYSVAL_NUM_SUBGROUPS:
    case PUM_SYSVAL_RAY_RECORD:
        return UNIFORM;
    case PUM_SYSVAL_PRIMITIVE_ID:
        return sh->info.stage == PUM_STAGE_FRAGMENT ? UNIFORM : VARYING;
    case PUM_SYSVAL_SUBGROUP_LANE:
        return sh->info.stage == PUM_STAGE_FRAGMENT ? VARYING : linear(1);
    case PUM_SYSVAL_LOCAL_INDEX:
        return linear(1);
    case PUM_SYSVAL_LOCAL_ID:
    case PUM_SYSVAL_GLOBAL_ID:
        /* A subgroup lies in one row when rows are whole subgroups, or when there is just one row. */
        if (size[comp] == 1) {
            return UNIFORM;
        }
        if (size[0] % PUM_LANES == 0 || (size[1] == 1 && size[2] == 1)) {
            return comp == 0 ? linear(1) : UNIFORM;
        }
        return VARYING;
    case PUM_SYSVAL_VERTEX_INDEX:
    case PUM_SYSVAL_INSTANCE_INDEX:
    case PUM_SYSVAL_INVOCATION_ID:
    case PUM_SYSVAL_FRAG_COORD:
    case PUM_SYSVAL_POINT_COORD:
    case PUM_SYSVAL_SAMPLE_MASK_IN:
    case PUM_SYSVAL_CENTROID:
    case PUM_SYSVAL_COUNT:
        break;
    }
    return VARYING;
}

/* The node that ends just before a block, or NULL at the head of a list. */
static const struct pum_ir_node *
node_before(const struct pum_ir_node *block)
{
    return block->prev;
}

static struct shape
phi_shape(const struct pum_ir_shader *sh, const struct pum_ir_inst *in)
{
    const struct pum_ir_node *block = sh->nodes[in->block];
    const struct pum_ir_node *before = node_before(block);
    struct shape s = {TOP, 0};
    for (uint32_t i = 0; i < in->n_src; i++) {
        const struct shape t = shape_of(sh, pum_ir_phi_value(sh, in, i));
        s = s.kind == TOP ? t : t.kind == TOP ? s : meet(s, t);
    }
    if (in->n_src > 1 && before && before->divergent) {
        return VARYING; /* lanes come from different predecessors */
    }
    if (before && before->kind != PUM_IR_IF && before->divergent) {
        return VARYING; /* from different iterations: of the LOOP, or of one inside of the SCOPE */
    }
    return s;
}

static struct shape
inst_shape(const struct pum_ir_shader *sh, const struct pum_ir_inst *in)
{
    switch ((enum pum_ir_op)in->op) {
    case PUM_IR_CONST:
    case PUM_IR_UNDEF:
    case PUM_IR_SG_ALL:
    case PUM_IR_SG_ANY:
    case PUM_IR_SG_ALL_EQUAL:
    case PUM_IR_SG_BALLOT:
    case PUM_IR_SG_BROADCAST_FIRST:
        return UNIFORM;
    case PUM_IR_SYSVAL:
        return sysval_shape(sh, in->imm);
    case PUM_IR_LD_IN:
    case PUM_IR_LD_IN_AT:
        return sh->info.stage == PUM_STAGE_FRAGMENT && sh->info.fs_inputs[in->imm].interp == PUM_INTERP_FLAT ? UNIFORM : VARYING;
    case PUM_IR_LD_SCRATCH:
    case PUM_IR_LD_TRACE:
    case PUM_IR_TRACE_REPORT:
    case PUM_IR_IS_HELPER:
    case PUM_IR_SG_ELECT:
    case PUM_IR_ATOM_BUF:
    case PUM_IR_ATOM_GLOBAL:
    case PUM_IR_ATOM_SHARED:
    case PUM_IR_IMG_ATOMIC:
    case PUM_IR_IMG_LOAD:
    case PUM_IR_SG_REDUCE:
    case PUM_IR_RAY:
        return VARYING;
    case PUM_IR_SG_SHUFFLE: {
        const uint8_t k = sh->insts[in->src[1]].shape;
        return k == PUM_IR_UNIFORM || k == TOP ? UNIFORM : VARYING;
    }
    case PUM_IR_TEX: {
        const uint32_t kind = (uint32_t)in->imm & 0xff; /* sizes do not depend on lanes, filtered values may */
        if (kind != PUM_TEX_QUERY_SIZE && kind != PUM_TEX_QUERY_LEVELS && kind != PUM_TEX_QUERY_SAMPLES) {
            return VARYING;
        }
        break;
    }
    case PUM_IR_PHI:
        return phi_shape(sh, in);
    case PUM_IR_IADD:
    case PUM_IR_ISUB: {
        const struct shape a = shape_of(sh, in->src[0]), b = shape_of(sh, in->src[1]);
        if (a.kind == PUM_IR_VARYING || b.kind == PUM_IR_VARYING || in->type != PUM_IR_I32) {
            break;
        }
        return linear(in->op == PUM_IR_IADD ? (int64_t)a.stride + b.stride : (int64_t)a.stride - b.stride);
    }
    case PUM_IR_IMUL:
    case PUM_IR_SHL: {
        const struct shape a = shape_of(sh, in->src[0]), b = shape_of(sh, in->src[1]);
        const struct pum_ir_inst *ca = &sh->insts[in->src[0]], *cb = &sh->insts[in->src[1]];
        if (in->type != PUM_IR_I32) {
            break;
        }
        if (a.kind == PUM_IR_LINEAR && cb->op == PUM_IR_CONST) {
            const int64_t c = in->op == PUM_IR_IMUL ? (int64_t)(int32_t)cb->imm : (int64_t)1 << (cb->imm & 31);
            return linear(a.stride * c);
        }
        if (in->op == PUM_IR_IMUL && b.kind == PUM_IR_LINEAR && ca->op == PUM_IR_CONST) {
            return linear(b.stride * (int64_t)(int32_t)ca->imm);
        }
        break;
    }
    case PUM_IR_BITCAST:
        if (pum_ir_type_is_int((enum pum_ir_type)in->type) && pum_ir_type_is_int((enum pum_ir_type)sh->insts[in->src[0]].type)) {
            return shape_of(sh, in->src[0]);
        }
        break;
    default:
        break;
    }
    for (uint32_t i = 0; i < in->n_src; i++) {
        const uint8_t k = sh->insts[pum_ir_src(sh, in, i)].shape;
        if (k != PUM_IR_UNIFORM && k != TOP) {
            return VARYING;
        }
    }
    return UNIFORM;
}

/* A BREAK: every node from here up to its target sees lanes leave; if a divergent node lies between, the target is left by lanes at
 * different times. */
static void
note_break(struct state *st, const struct pum_ir_node *block, uint32_t target)
{
    bool divergent = false;
    for (struct pum_ir_node *n = block->list->owner; n; n = n->list->owner) {
        if (n->id == target) {
            if (divergent && !n->divergent) {
                n->divergent = true;
                st->changed = true;
            }
            return;
        }
        divergent = divergent || n->divergent;
    }
}

bool
pum_ir_pass_uniformity(struct pum_ir_shader *sh)
{
    struct state st = {.sh = sh};
    for (uint32_t i = 1; i < sh->n_nodes; i++) {
        sh->nodes[i]->divergent = false;
    }
    for (uint32_t i = 0; i < sh->n_insts; i++) {
        sh->insts[i].shape = sh->insts[i].op == PUM_IR_CONST ? PUM_IR_UNIFORM : TOP;
        sh->insts[i].stride = 0;
    }
    do {
        st.changed = false;
        for (struct pum_ir_node *b = sh->body.first; b; b = pum_ir_next_block(b)) {
            for (pum_ir_ref r = b->first_inst; r; r = sh->insts[r].next) {
                struct pum_ir_inst *in = &sh->insts[r];
                if (in->op == PUM_IR_BREAK) {
                    note_break(&st, b, (uint32_t)in->imm);
                    continue;
                }
                if (in->shape == PUM_IR_VARYING) {
                    continue;
                }
                struct shape s = inst_shape(sh, in);
                if (in->shape == PUM_IR_LINEAR && (s.kind != PUM_IR_LINEAR || s.stride != in->stride)) {
                    s = VARYING; /* only downwards, or it might not end */
                }
                if (s.kind != in->shape || s.stride != in->stride) {
                    in->shape = s.kind;
                    in->stride = s.stride;
                    st.changed = true;
                }
            }
            struct pum_ir_node *next = b->next;
            if (next && next->kind == PUM_IR_IF && !next->divergent && sh->insts[next->cond].shape != PUM_IR_UNIFORM &&
                sh->insts[next->cond].shape != TOP) {
                next->divergent = true;
                st.changed = true;
            }
        }
    } while (st.changed);
    for (uint32_t i = 0; i < sh->n_insts; i++) { /* unreachable code */
        if (sh->insts[i].shape == TOP) {
            sh->insts[i].shape = PUM_IR_UNIFORM;
        }
    }
    return true;
}
