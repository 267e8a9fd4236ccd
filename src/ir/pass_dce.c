/* Removes instructions whose result nothing with an effect needs. Needs: nothing. Breaks: nothing. */
#include <stdlib.h>

#include "ir/ir.h"

static bool
mark(struct pum_ir_shader *sh, uint8_t *live, pum_ir_ref *stack, uint32_t *n, pum_ir_ref r)
{
    if (r && !live[r]) {
        live[r] = 1;
        stack[(*n)++] = r; /* each instruction is pushed once: the stack has room for all */
    }
    (void)sh;
    return true;
}

bool
pum_ir_pass_dce(struct pum_ir_shader *sh)
{
    uint8_t *live = calloc(sh->n_insts, 1);
    pum_ir_ref *stack = malloc((size_t)sh->n_insts * sizeof(*stack));
    if (!live || !stack) {
        free(live);
        free(stack);
        return false;
    }
    uint32_t n = 0;
    for (struct pum_ir_node *b = sh->body.first; b; b = pum_ir_next_block(b)) {
        for (pum_ir_ref r = b->first_inst; r; r = sh->insts[r].next) {
            if (pum_ir_op_infos[sh->insts[r].op].flags & PUM_IR_EFFECT_BIT) {
                mark(sh, live, stack, &n, r);
            }
        }
        if (b->next && b->next->kind == PUM_IR_IF) {
            mark(sh, live, stack, &n, b->next->cond);
        }
    }
    while (n) {
        const struct pum_ir_inst *in = &sh->insts[stack[--n]];
        for (uint32_t i = 0; i < in->n_src; i++) {
            mark(sh, live, stack, &n, in->op == PUM_IR_PHI ? pum_ir_phi_value(sh, in, i) : pum_ir_src(sh, in, i));
        }
    }
    for (struct pum_ir_node *b = sh->body.first; b; b = pum_ir_next_block(b)) {
        for (pum_ir_ref r = b->first_inst; r;) {
            const pum_ir_ref next = sh->insts[r].next;
            if (!live[r]) {
                pum_ir_remove(sh, r);
            }
            r = next;
        }
    }
    free(live);
    free(stack);
    return true;
}
