/* How often a loop goes round at most: loops that count a number up or down to a constant, as nearly all do. */
#include "ir/ir.h"

static bool
constant(const struct pum_ir_shader *sh, pum_ir_ref r, uint32_t *v)
{
    const struct pum_ir_inst *in = pum_ir_at(sh, r);
    *v = (uint32_t)in->imm;
    return in->op == PUM_IR_CONST && in->type == PUM_IR_I32;
}

/* The node's list does nothing but leave the loop. */
static bool
leaves(const struct pum_ir_shader *sh, const struct pum_ir_list *list, const struct pum_ir_node *loop)
{
    const struct pum_ir_inst *last = list->first == list->last && list->last->last_inst ? pum_ir_at(sh, list->last->last_inst) : NULL;
    return last && last->op == PUM_IR_BREAK && last->imm == loop->id;
}

/* The first decision of every round; NULL: something else comes first. A scope around the body is what `continue` leaves. */
static const struct pum_ir_node *
first_if(const struct pum_ir_shader *sh, const struct pum_ir_list *list)
{
    const struct pum_ir_node *n = list->first;
    while (n) {
        if (n->kind == PUM_IR_IF) {
            return n;
        }
        if (n->kind == PUM_IR_LOOP || (n->kind == PUM_IR_BLOCK && n->last_inst && pum_ir_at(sh, n->last_inst)->op == PUM_IR_BREAK)) {
            return NULL;
        }
        n = n->kind == PUM_IR_SCOPE ? n->a.first : n->next;
    }
    return NULL;
}

/* Rounds of `for (p = from; p < to; p += step)` in the order of numbers in which `to` is not passed by wrapping; 0: not known. */
static uint64_t
rounds(int64_t from, int64_t to, int64_t step, int64_t highest)
{
    if (step <= 0 || to + step - 1 > highest) { /* the last addition could wrap */
        return 0;
    }
    return from < to ? (uint64_t)((to - from + step - 1) / step) + 1 : 1;
}

/* By its counter alone. */
static uint64_t
own_bound(const struct pum_ir_shader *sh, const struct pum_ir_node *loop)
{
    const struct pum_ir_node *decision = first_if(sh, &loop->a);
    if (!decision) {
        return 0;
    }
    const bool then_leaves = leaves(sh, &decision->a, loop), else_leaves = leaves(sh, &decision->b, loop);
    const struct pum_ir_inst *cmp = pum_ir_at(sh, decision->cond);
    if (then_leaves == else_leaves || (cmp->op != PUM_IR_SLT && cmp->op != PUM_IR_SLE && cmp->op != PUM_IR_ULT && cmp->op != PUM_IR_ULE)) {
        return 0;
    }
    uint32_t limit, first = 0, step = 0;
    const bool right = constant(sh, pum_ir_src(sh, cmp, 1), &limit); /* p ? limit, or limit ? p */
    if (!right && !constant(sh, pum_ir_src(sh, cmp, 0), &limit)) {
        return 0;
    }
    const pum_ir_ref p = pum_ir_src(sh, cmp, right ? 0 : 1);
    const struct pum_ir_inst *phi = pum_ir_at(sh, p);
    bool starts = false, counts = false;
    if (phi->op != PUM_IR_PHI || phi->block != loop->a.first->id || phi->type != PUM_IR_I32 || !loop->prev) {
        return 0;
    }
    for (uint32_t i = 0; i < phi->n_src; i++) {
        const pum_ir_ref v = pum_ir_phi_value(sh, phi, i);
        const struct pum_ir_inst *add = pum_ir_at(sh, v);
        if (pum_ir_phi_pred(sh, phi, i) == loop->prev->id) {
            starts = constant(sh, v, &first);
        } else if (add->op == PUM_IR_IADD && !counts) {
            const bool left = pum_ir_src(sh, add, 0) == p;
            counts = (left || pum_ir_src(sh, add, 1) == p) && constant(sh, pum_ir_src(sh, add, left ? 1 : 0), &step);
        } else {
            return 0;
        }
    }
    if (!starts || !counts || phi->n_src != 2) {
        return 0;
    }
    /* Goes on while p < to or p > to. */
    const bool is_signed = cmp->op == PUM_IR_SLT || cmp->op == PUM_IR_SLE, or_equal = cmp->op == PUM_IR_SLE || cmp->op == PUM_IR_ULE;
    const bool below = right == else_leaves;              /* the number stands below the limit, or the limit below it and that ends */
    const bool equal_goes_on = or_equal == else_leaves;
    const int64_t from = is_signed ? (int32_t)first : (int64_t)first, to = is_signed ? (int32_t)limit : (int64_t)limit;
    const int64_t by = (int32_t)step, highest = is_signed ? INT32_MAX : UINT32_MAX, lowest = is_signed ? INT32_MIN : 0;
    return below ? rounds(from, to + equal_goes_on, by, highest) : rounds(-from, -to + equal_goes_on, -by, -lowest);
}

uint64_t
pum_ir_loop_bound(const struct pum_ir_shader *sh, const struct pum_ir_node *loop)
{
    const uint64_t own = own_bound(sh, loop);
    uint64_t inside = 1;
    if (own == 0 || own > UINT32_MAX) {
        return 0;
    }
    for (const struct pum_ir_node *b = loop->a.first; b; b = pum_ir_next_block(b)) { /* each inner loop is met at its first block */
        const struct pum_ir_node *n = b->list->owner;
        if (n == loop || !n) {
            if (!n) {
                break;
            }
            continue;
        }
        bool within = false;
        for (const struct pum_ir_node *o = n; o && !within; o = o->list->owner) {
            within = o == loop;
        }
        if (!within) {
            break;
        }
        if (n->kind == PUM_IR_LOOP && n->a.first == b) {
            const uint64_t bound = own_bound(sh, n);
            if (bound == 0 || bound > UINT32_MAX || inside > UINT32_MAX) {
                return 0;
            }
            inside *= bound;
        }
    }
    return own > UINT64_MAX / inside ? 0 : own * inside;
}
