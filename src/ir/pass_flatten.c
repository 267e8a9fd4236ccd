/* Turns IFs whose sides are a few cheap operations without effect into SELECTs.
 * Needs: promoted code. Breaks: shapes.
 */
#include <stdlib.h>

#include "ir/ir.h"

#define LIMIT 6
#define LIMIT_HINTED 24 /* SPIR-V asked for it */

struct flatten {
    struct pum_ir_shader *sh;
    uint32_t *renamed; /* [n_nodes]: block that has swallowed this one */
};

static uint32_t
weight(const struct pum_ir_inst *in)
{
    if ((in->op >= PUM_IR_FEXP2 && in->op <= PUM_IR_FATANH) || (in->op >= PUM_IR_SDIV && in->op <= PUM_IR_SMOD)) {
        return LIMIT_HINTED;
    }
    return in->op == PUM_IR_FDIV || in->op == PUM_IR_FSQRT || in->op == PUM_IR_FREM || in->op == PUM_IR_FMOD ? 4 : 1;
}

/* Cost of a list that may be flattened; UINT32_MAX if it may not. */
static uint32_t
cost(const struct pum_ir_shader *sh, const struct pum_ir_list *list)
{
    if (list->first != list->last) {
        return UINT32_MAX;
    }
    uint32_t n = 0;
    for (pum_ir_ref r = list->first->first_inst; r && n <= LIMIT_HINTED; r = sh->insts[r].next) {
        const uint8_t flags = pum_ir_op_infos[sh->insts[r].op].flags;
        if (!(flags & PUM_IR_PURE_BIT) || flags & (PUM_IR_CROSS_LANE_BIT | PUM_IR_EFFECT_BIT) || sh->insts[r].op == PUM_IR_PHI) {
            return UINT32_MAX;
        }
        n += weight(&sh->insts[r]);
    }
    return n;
}

static void
move_all(struct pum_ir_shader *sh, struct pum_ir_node *from, struct pum_ir_node *to)
{
    for (pum_ir_ref r = from->first_inst; r;) {
        const pum_ir_ref next = sh->insts[r].next;
        pum_ir_move_to_end(sh, r, to);
        r = next;
    }
}

static uint32_t
block_now(const struct flatten *f, uint32_t id)
{
    while (f->renamed[id]) {
        id = f->renamed[id];
    }
    return id;
}

static pum_ir_ref
value_from(const struct flatten *f, const struct pum_ir_inst *phi, uint32_t pred)
{
    for (uint32_t i = 0; i < phi->n_src; i++) {
        if (block_now(f, pum_ir_phi_pred(f->sh, phi, i)) == pred) {
            return pum_ir_phi_value(f->sh, phi, i);
        }
    }
    return 0;
}

/* The block before the IF takes in both sides and the block after it. */
static void
flatten_if(struct flatten *f, struct pum_ir_node *n)
{
    struct pum_ir_shader *sh = f->sh;
    struct pum_ir_node *before = n->prev, *after = n->next;
    move_all(sh, n->a.first, before);
    move_all(sh, n->b.first, before);
    for (pum_ir_ref r = after->first_inst; r && sh->insts[r].op == PUM_IR_PHI; r = sh->insts[r].next) {
        struct pum_ir_inst *in = &sh->insts[r]; /* a PHI becomes a SELECT in place */
        const pum_ir_ref yes = value_from(f, in, n->a.first->id), no = value_from(f, in, n->b.first->id);
        in->op = PUM_IR_SELECT;
        in->n_src = 3;
        in->src[0] = n->cond;
        in->src[1] = yes;
        in->src[2] = no;
    }
    move_all(sh, after, before);
    f->renamed[after->id] = before->id;
    before->next = after->next;
    if (after->next) {
        after->next->prev = before;
    } else {
        n->list->last = before;
    }
}

static void
walk(struct flatten *f, struct pum_ir_list *list)
{
    for (struct pum_ir_node *n = list->first; n; n = n->next) {
        if (n->kind == PUM_IR_BLOCK) {
            continue;
        }
        walk(f, &n->a);
        if (n->kind != PUM_IR_IF) {
            continue;
        }
        walk(f, &n->b);
        const uint32_t a = cost(f->sh, &n->a), b = cost(f->sh, &n->b), limit = n->flatten_hint ? LIMIT_HINTED : LIMIT;
        if (a <= limit && b <= limit && a + b <= limit) {
            struct pum_ir_node *before = n->prev;
            flatten_if(f, n);
            n = before;
        }
    }
}

bool
pum_ir_pass_flatten(struct pum_ir_shader *sh)
{
    struct flatten f = {.sh = sh};
    f.renamed = calloc(sh->n_nodes, sizeof(uint32_t));
    if (!f.renamed) {
        return false;
    }
    walk(&f, &sh->body);
    for (struct pum_ir_node *b = sh->body.first; b; b = pum_ir_next_block(b)) {
        for (pum_ir_ref r = b->first_inst; r && sh->insts[r].op == PUM_IR_PHI; r = sh->insts[r].next) {
            for (uint32_t i = 0; i < sh->insts[r].n_src; i++) {
                uint32_t *pred = &sh->extra[sh->insts[r].src[0] + 2 * i + 1];
                *pred = block_now(&f, *pred);
            }
        }
    }
    free(f.renamed);
    return true;
}
