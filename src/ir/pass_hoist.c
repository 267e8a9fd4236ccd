/* Moves pure operations and invariant loads out of the loops in which their operands do not change. What stands in an IF inside of the
 * loop is then computed without need at times, which is harmless: nothing that is moved can fault.
 * Needs: promoted code. Breaks: shapes.
 */
#include <stdlib.h>

#include "ir/ir.h"

struct hoist {
    struct pum_ir_shader *sh;
    uint32_t *start, *end; /* [n_nodes]: places in program order */
    uint32_t pos;
};

static void
number_list(struct hoist *h, const struct pum_ir_list *list)
{
    for (const struct pum_ir_node *n = list->first; n; n = n->next) {
        h->start[n->id] = ++h->pos;
        if (n->kind != PUM_IR_BLOCK) {
            number_list(h, &n->a);
        }
        if (n->kind == PUM_IR_IF) {
            number_list(h, &n->b);
        }
        h->end[n->id] = ++h->pos;
    }
}

static bool
movable(const struct pum_ir_inst *in)
{
    const uint8_t flags = pum_ir_op_infos[in->op].flags;
    if (in->op == PUM_IR_PHI || in->type == PUM_IR_VOID || flags & (PUM_IR_CROSS_LANE_BIT | PUM_IR_EFFECT_BIT)) {
        return false;
    }
    if (in->op == PUM_IR_LD_BUF || in->op == PUM_IR_LD_PUSH) {
        return in->op == PUM_IR_LD_PUSH || in->flags & PUM_IR_INST_INVARIANT_BIT;
    }
    return flags & PUM_IR_PURE_BIT; /* raw addresses may be valid only where they are used */
}

static bool
defined_in(const struct hoist *h, pum_ir_ref v, const struct pum_ir_node *loop)
{
    const uint32_t block = h->sh->insts[v].block;
    return block && h->start[block] > h->start[loop->id] && h->start[block] < h->end[loop->id];
}

/* The outermost loop around the block that holds none of the operands' definitions. */
static struct pum_ir_node *
target_loop(const struct hoist *h, const struct pum_ir_inst *in, const struct pum_ir_node *block)
{
    struct pum_ir_node *best = NULL;
    for (struct pum_ir_node *n = block->list->owner; n; n = n->list->owner) {
        if (n->kind != PUM_IR_LOOP) {
            continue;
        }
        for (uint32_t i = 0; i < in->n_src; i++) {
            if (defined_in(h, pum_ir_src(h->sh, in, i), n)) {
                return best;
            }
        }
        best = n;
    }
    return best;
}

bool
pum_ir_pass_hoist(struct pum_ir_shader *sh)
{
    struct hoist h = {.sh = sh};
    h.start = calloc(sh->n_nodes, sizeof(uint32_t));
    h.end = calloc(sh->n_nodes, sizeof(uint32_t));
    const bool ok = h.start && h.end;
    if (ok) {
        number_list(&h, &sh->body);
        for (struct pum_ir_node *b = sh->body.first; b; b = pum_ir_next_block(b)) {
            for (pum_ir_ref r = b->first_inst; r;) {
                const pum_ir_ref next = sh->insts[r].next;
                struct pum_ir_node *loop = movable(&sh->insts[r]) ? target_loop(&h, &sh->insts[r], b) : NULL;
                if (loop) {
                    pum_ir_move_to_end(sh, r, loop->prev);
                }
                r = next;
            }
        }
    }
    free(h.start);
    free(h.end);
    return ok;
}
