/* Functions: blocks with merge instructions to structured nodes, inlining, PHIs through variables.
 *
 * A branch is one of: the end of the current list, a BREAK out of an enclosing construct, or a step to a block that follows. Every LOOP
 * holds a SCOPE around its body so that `continue` is a BREAK to the continue construct; a switch is a SCOPE with one guarded SCOPE per
 * case; a function body is a SCOPE that `return` leaves.
 */
#include <stdlib.h>
#include <string.h>

#include "spirv/sv.h"

#define MAX_DEPTH 200
#define MAX_CALLS 5000
#define MAX_NEST 400     /* C recursion: lists inside lists, inlined calls included */
#define MAX_EMITTED 200000 /* blocks, copies by inlining included */
#define MAX_MOVES 65536    /* scalars that PHIs of one block take on one edge */

static void emit_chain(struct sv *s, uint32_t label);

static void
push(struct sv *s, enum sv_construct_kind kind, uint32_t label, struct pum_ir_node *node, uint32_t fall_var)
{
    if (s->depth >= MAX_DEPTH * 4 || !pum_grow((void **)&s->stack, &s->cap_stack, s->depth + 1, sizeof(s->stack[0]))) {
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "control flow is nested too deeply");
        return;
    }
    s->stack[s->depth++] = (struct sv_construct){(uint8_t)kind, label, node, fall_var};
}

/* Structure with reachability: nothing may be emitted where no path leads. node->mark counts the BREAKs out of a node. */
static void
sv_break(struct sv *s, struct pum_ir_node *target)
{
    if (!target || s->dead) {
        return;
    }
    target->mark++;
    pum_ir_break(&s->b, target);
    s->dead = true;
}

static void
pop_scope(struct sv *s, struct pum_ir_node *scope)
{
    pum_ir_pop_scope(&s->b, scope);
    s->dead = !scope || (s->dead && scope->mark == 0);
}

static void
begin_else(struct sv *s, struct pum_ir_node *n, bool *then_dead)
{
    *then_dead = s->dead;
    pum_ir_begin_else(&s->b, n);
    s->dead = !n;
}

static void
pop_if(struct sv *s, struct pum_ir_node *n, bool then_dead)
{
    pum_ir_pop_if(&s->b, n);
    s->dead = !n || (s->dead && then_dead);
}

void
sv_leave_if(struct sv *s, pum_ir_ref cond)
{
    bool then_dead;
    struct pum_ir_node *n = pum_ir_push_if(&s->b, cond);
    sv_break(s, s->entry_scope);
    begin_else(s, n, &then_dead);
    pop_if(s, n, then_dead);
}

static pum_ir_ref
condition(struct sv *s, uint32_t id)
{
    const pum_ir_ref c = sv_scalar(s, id);
    if (sv_ok(s) && pum_ir_at(s->sh, c)->type != PUM_IR_BOOL) {
        sv_fail(s, PUM_SPIRV_INVALID, "the condition is no bool");
    }
    return c;
}

static struct sv_block *
block_of(struct sv *s, uint32_t label)
{
    const struct sv_id *d = sv_id(s, label);
    if (d->kind != SV_LABEL || d->block >= s->func->n_blocks || s->func->blocks[d->block].label != label) {
        sv_fail(s, PUM_SPIRV_INVALID, "%%%u is no block of this function", label);
        return NULL;
    }
    return &s->func->blocks[d->block];
}

/* Before a branch from the current block: the values that the target's PHIs take for this edge. */
static void
phi_moves(struct sv *s, uint32_t target)
{
    const struct sv_block *t = block_of(s, target);
    if (!t || s->dead) {
        return;
    }
    uint32_t n = 0;
    const uint32_t at = s->at;
    for (uint32_t i = t->first; i < t->end && sv_ok(s); i += s->w[i] >> 16) {
        const uint32_t op = s->w[i] & 0xffff;
        if (op == SpvOpLine || op == SpvOpNoLine) {
            continue;
        }
        if (op != SpvOpPhi) {
            break;
        }
        s->at = i;
        struct sv_id *d = sv_id(s, sv_arg(s, i, 1));
        const uint32_t type = sv_arg(s, i, 0), scalars = sv_type(s, type)->scalars;
        if (scalars == 0 || sv_type(s, type)->kind >= SV_IMAGE) {
            sv_fail(s, PUM_SPIRV_UNSUPPORTED, "phi of pointers or images");
            break;
        }
        if (!d->phi_vars) {
            d->phi_vars = sv_alloc(s, scalars, sizeof(uint32_t));
            for (uint32_t k = 0; k < scalars && d->phi_vars; k++) {
                d->phi_vars[k] = pum_ir_add_var(s->sh, sv_ir_type(s, sv_scalar_type(s, type, k)));
            }
        }
        for (uint32_t k = 2; k + 1 < sv_len(s, i) && sv_ok(s); k += 2) {
            if (sv_arg(s, i, k + 1) != s->cur_label) {
                continue;
            }
            uint32_t vn;
            const pum_ir_ref *v = sv_value(s, sv_arg(s, i, k), &vn);
            if (vn != scalars || !sv_typed(s, type, v, vn)) {
                sv_fail(s, PUM_SPIRV_INVALID, "phi operand has another type");
                break;
            }
            for (uint32_t c = 0; c < scalars; c++) {
                if (n == MAX_MOVES || !pum_grow((void **)&s->moves, &s->cap_moves, n + 1, sizeof(s->moves[0]))) {
                    sv_fail(s, n == MAX_MOVES ? PUM_SPIRV_UNSUPPORTED : PUM_SPIRV_OOM, "%u phi values in a block", n);
                    break;
                }
                s->moves[n++] = (struct sv_move){d->phi_vars[c], v[c]};
            }
            break;
        }
    }
    s->at = at;
    for (uint32_t k = 0; k < n; k++) { /* only now: what is stored must not be read by a later one */
        pum_ir_emit(&s->b, PUM_IR_ST_VAR, PUM_IR_VOID, 1, &s->moves[k].v, s->moves[k].var);
    }
}

/* Emits a branch from the current block, its PHI moves done. Returns the label to go on with in this list, or 0 if the list ends here. */
static uint32_t
branch_moved(struct sv *s, uint32_t target)
{
    for (uint32_t d = s->depth; d > s->base_depth; d--) {
        const struct sv_construct *c = &s->stack[d - 1];
        if (c->label != target) {
            continue;
        }
        if (c->kind == SV_C_CASE) { /* falls into the next case */
            const pum_ir_ref yes = pum_ir_const(&s->b, PUM_IR_BOOL, 1);
            pum_ir_emit(&s->b, PUM_IR_ST_VAR, PUM_IR_VOID, 1, &yes, c->fall_var);
            /* leave the case that is running: the innermost entry of kind SELECTION with a node */
        }
        if (c->node) {
            sv_break(s, c->node);
        } else if (c->kind == SV_C_SELECTION && d != s->depth) {
            /* Only the innermost selection may be left this way. */
            for (uint32_t k = d; k < s->depth; k++) {
                if (s->stack[k].kind == SV_C_SELECTION || s->stack[k].kind == SV_C_LOOP_MERGE || s->stack[k].kind == SV_C_SWITCH) {
                    sv_fail(s, PUM_SPIRV_INVALID, "branch to %%%u leaves an inner construct", target);
                    break;
                }
            }
        }
        return 0;
    }
    return target;
}

static uint32_t
branch(struct sv *s, uint32_t target)
{
    phi_moves(s, target);
    return branch_moved(s, target);
}

static void
branch_or_emit(struct sv *s, uint32_t target)
{
    const uint32_t label = s->cur_label;
    const uint32_t next = branch(s, target);
    if (next) {
        emit_chain(s, next);
    }
    s->cur_label = label;
}

/* Whether a branch to the label leaves an enclosing construct; by_break: through a BREAK. */
static bool
is_exit(struct sv *s, uint32_t target, bool by_break)
{
    for (uint32_t d = s->depth; d > s->base_depth; d--) {
        if (s->stack[d - 1].label == target) {
            return s->stack[d - 1].node || !by_break;
        }
    }
    return false;
}

struct sw_target {
    uint32_t label, fall_var;
    uint32_t next; /* index of the target that it falls into, or UINT32_MAX */
    bool entered;  /* some target falls into this one */
    bool placed;
    pum_ir_ref cond;
};

/* Words of a case: its literal and its label. */
static uint32_t
case_words(struct sv *s, uint32_t term)
{
    return sv_type_of(s, sv_arg(s, term, 0))->bits == 64 ? 3 : 2;
}

static uint32_t
sw_find(const struct sw_target *tg, uint32_t n, uint32_t label)
{
    uint32_t j = 0;
    while (j < n && tg[j].label != label) {
        j++;
    }
    return j;
}

/* The target that the case construct of target i branches to; UINT32_MAX if none. seen: one flag per block, shared by all cases, which have
 * no blocks in common. */
static uint32_t
falls_into(struct sv *s, const struct sw_target *tg, uint32_t n, uint32_t i, uint32_t merge, uint8_t *seen, uint32_t *work)
{
    uint32_t count = 0;
    const struct sv_block *b = block_of(s, tg[i].label);
    if (!b || tg[i].label == merge || is_exit(s, tg[i].label, false)) {
        return UINT32_MAX;
    }
    seen[b->order] = 1;
    work[count++] = b->order;
    while (count && sv_ok(s)) {
        b = &s->func->blocks[work[--count]];
        const uint32_t op = s->w[b->term] & 0xffff, len = sv_len(s, b->term);
        const uint32_t first = op == SpvOpBranch ? 0 : 1;
        const uint32_t step = op == SpvOpSwitch ? case_words(s, b->term) : 1;
        const uint32_t end = op == SpvOpBranch ? 1 : op == SpvOpBranchConditional ? PUM_MIN(len, 3u) : op == SpvOpSwitch ? len : 0;
        for (uint32_t k = first; k < end && sv_ok(s); k += step) {
            const uint32_t label = sv_arg(s, b->term, k);
            if (label == merge || is_exit(s, label, false)) {
                continue;
            }
            const uint32_t j = sw_find(tg, n, label);
            if (j < n && j != i) {
                return j;
            }
            const struct sv_block *to = block_of(s, label);
            if (to && !seen[to->order]) {
                seen[to->order] = 1;
                work[count++] = to->order;
            }
        }
    }
    return UINT32_MAX;
}

/* Orders the targets so that each stands right after the one that falls into it, if one does. */
static void
order_targets(struct sv *s, struct sw_target *tg, uint32_t n, uint32_t merge)
{
    struct sw_target *sorted = sv_alloc(s, n, sizeof(*sorted));
    uint8_t *seen = sv_alloc(s, s->func->n_blocks, 1);
    uint32_t *work = sv_alloc(s, s->func->n_blocks, sizeof(*work)), count = 0;
    if (!sorted || !seen || !work) {
        return;
    }
    for (uint32_t i = 0; i < n && sv_ok(s); i++) {
        tg[i].next = falls_into(s, tg, n, i, merge, seen, work);
        if (tg[i].next != UINT32_MAX) {
            tg[tg[i].next].entered = true;
        }
    }
    for (int pass = 0; pass < 2; pass++) { /* chains from where they begin; then, in modules that are not valid, what is in circles */
        for (uint32_t i = 0; i < n; i++) {
            for (uint32_t j = i; j != UINT32_MAX && !tg[j].placed && (pass || j != i || !tg[i].entered); j = tg[j].next) {
                tg[j].placed = true;
                sorted[count++] = tg[j];
            }
        }
    }
    memcpy(tg, sorted, n * sizeof(*tg));
}

static void
emit_switch(struct sv *s, const struct sv_block *blk)
{
    const uint32_t t = blk->term, n = sv_len(s, t);
    const pum_ir_ref sel = sv_scalar(s, sv_arg(s, t, 0));
    const uint32_t fallback = sv_arg(s, t, 1);
    if (sv_ok(s) && (!pum_ir_type_is_int((enum pum_ir_type)pum_ir_at(s->sh, sel)->type) || !blk->merge)) {
        sv_fail(s, PUM_SPIRV_INVALID, blk->merge ? "selector type" : "the merge block is missing");
    }
    if (!sv_ok(s)) {
        return;
    }
    const struct sv_type *sel_type = sv_type_of(s, sv_arg(s, t, 0));
    const enum pum_ir_type sel_ir = (enum pum_ir_type)pum_ir_at(s->sh, sel)->type;
    const uint32_t per = case_words(s, t);
    const uint32_t cases = n > 2 ? (n - 2) / per : 0;
    if (cases > 4096) {
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "switch with %u cases", cases);
        return;
    }
    /* Distinct targets with their conditions. */
    struct sw_target *tg = sv_alloc(s, cases + 1, sizeof(*tg));
    uint32_t n_tg = 0;
    pum_ir_ref none = pum_ir_const(&s->b, PUM_IR_BOOL, 1);
    for (uint32_t k = 0; k <= cases && tg && sv_ok(s); k++) {
        const uint32_t label = k < cases ? sv_arg(s, t, 1 + per + per * k) : fallback;
        pum_ir_ref cond;
        if (k < cases) {
            cond = SV_E2(IEQ, PUM_IR_BOOL, sel, pum_ir_const(&s->b, sel_ir, sv_literal(s, sel_type, t, 2 + per * k)));
            none = SV_E2(AND, PUM_IR_BOOL, none, SV_E1(NOT, PUM_IR_BOOL, cond));
        } else {
            cond = none;
        }
        const uint32_t j = sw_find(tg, n_tg, label);
        if (j < n_tg) {
            tg[j].cond = SV_E2(OR, PUM_IR_BOOL, tg[j].cond, cond);
        } else {
            tg[n_tg++] = (struct sw_target){.label = label, .cond = cond};
        }
    }
    if (!tg || !sv_ok(s)) {
        return;
    }
    order_targets(s, tg, n_tg, blk->merge);
    /* The PHIs take the values of this edge before any case runs: a lane that falls into a case brings its own. */
    for (uint32_t i = 0; i < n_tg && sv_ok(s); i++) {
        phi_moves(s, tg[i].label);
    }
    struct pum_ir_node *scope = pum_ir_push_scope(&s->b);
    const uint32_t depth = s->depth, label = s->cur_label;
    push(s, SV_C_SWITCH, blk->merge, scope, 0);
    const pum_ir_ref no = pum_ir_const(&s->b, PUM_IR_BOOL, 0);
    for (uint32_t i = 0; i < n_tg; i++) {
        tg[i].fall_var = pum_ir_add_var(s->sh, PUM_IR_BOOL);
        pum_ir_emit(&s->b, PUM_IR_ST_VAR, PUM_IR_VOID, 1, &no, tg[i].fall_var);
    }
    for (uint32_t i = 0; i < n_tg && sv_ok(s); i++) {
        const pum_ir_ref fell = pum_ir_emit0(&s->b, PUM_IR_LD_VAR, PUM_IR_BOOL, tg[i].fall_var);
        struct pum_ir_node *nif = pum_ir_push_if(&s->b, i == 0 ? tg[i].cond : SV_E2(OR, PUM_IR_BOOL, tg[i].cond, fell));
        struct pum_ir_node *body = pum_ir_push_scope(&s->b);
        s->dead = !body;
        if (i + 1 < n_tg && tg[i].next != UINT32_MAX) {
            push(s, SV_C_CASE, tg[i + 1].label, body, tg[i + 1].fall_var);
        }
        const uint32_t next = branch_moved(s, tg[i].label);
        if (next) {
            emit_chain(s, next);
        }
        s->cur_label = label;
        s->depth = depth + 1;
        pop_scope(s, body);
        bool then_dead;
        begin_else(s, nif, &then_dead);
        pop_if(s, nif, then_dead);
    }
    s->depth = depth;
    pop_scope(s, scope);
}

static void
emit_conditional(struct sv *s, const struct sv_block *blk, uint32_t *next)
{
    const uint32_t t = blk->term;
    const pum_ir_ref cond = condition(s, sv_arg(s, t, 0));
    const uint32_t yes = sv_arg(s, t, 1), no = sv_arg(s, t, 2);
    const uint32_t depth = s->depth;
    bool then_dead;
    *next = 0;
    if (!blk->loop && blk->merge) {
        struct pum_ir_node *n = pum_ir_push_if(&s->b, cond);
        push(s, SV_C_SELECTION, blk->merge, NULL, 0);
        branch_or_emit(s, yes);
        begin_else(s, n, &then_dead);
        branch_or_emit(s, no);
        s->depth = depth;
        pop_if(s, n, then_dead);
        *next = blk->merge;
        return;
    }
    /* No merge of its own. If just one side leaves a construct by BREAK, the other goes on in this list. */
    struct pum_ir_node *n = pum_ir_push_if(&s->b, cond);
    const bool yes_leaves = is_exit(s, yes, true), no_leaves = is_exit(s, no, true);
    if (yes_leaves == no_leaves || is_exit(s, yes, false) != yes_leaves || is_exit(s, no, false) != no_leaves) {
        branch_or_emit(s, yes);
        begin_else(s, n, &then_dead);
        branch_or_emit(s, no);
        pop_if(s, n, then_dead);
        return;
    }
    if (yes_leaves) {
        branch_or_emit(s, yes);
        begin_else(s, n, &then_dead);
        phi_moves(s, no);
    } else {
        phi_moves(s, yes);
        begin_else(s, n, &then_dead);
        branch_or_emit(s, no);
    }
    pop_if(s, n, then_dead);
    *next = yes_leaves ? no : yes;
}

static void emit_instructions(struct sv *s, const struct sv_block *blk);

/* A loop: blk is its header. Returns the merge label. */
static uint32_t
emit_loop(struct sv *s, const struct sv_block *blk)
{
    const uint32_t depth = s->depth, label = s->cur_label;
    struct pum_ir_node *loop = pum_ir_push_loop(&s->b);
    if (loop) {
        loop->where = 1 + sv_place_text(s);
        s->fresh_loop = loop;
    }
    push(s, SV_C_LOOP_MERGE, blk->merge, loop, 0);
    struct pum_ir_node *body = NULL;
    const bool single = blk->cont == blk->label;
    if (!single) {
        body = pum_ir_push_scope(&s->b);
        push(s, SV_C_CONTINUE, blk->cont, body, 0);
    } else {
        push(s, SV_C_HEADER, blk->label, NULL, 0);
    }
    s->cur_label = blk->label;
    emit_instructions(s, blk);
    const uint32_t op = s->w[blk->term] & 0xffff;
    s->at = blk->term;
    if (s->dead) {
        /* a call that never returns */
    } else if (op == SpvOpBranch) {
        branch_or_emit(s, sv_arg(s, blk->term, 0));
    } else if (op == SpvOpBranchConditional) {
        bool then_dead;
        struct pum_ir_node *n = pum_ir_push_if(&s->b, condition(s, sv_arg(s, blk->term, 0)));
        branch_or_emit(s, sv_arg(s, blk->term, 1));
        begin_else(s, n, &then_dead);
        branch_or_emit(s, sv_arg(s, blk->term, 2));
        pop_if(s, n, then_dead);
    } else {
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "loop header ends in %s", sv_op_name(op));
    }
    if (!single) {
        s->depth = depth + 1;
        pop_scope(s, body);
        push(s, SV_C_HEADER, blk->label, NULL, 0);
        if (!s->dead) {
            emit_chain(s, blk->cont);
        }
    }
    s->depth = depth;
    pum_ir_pop_loop(&s->b, loop);
    s->dead = !loop || loop->mark == 0;
    s->cur_label = label;
    return blk->merge;
}

static void
emit_return(struct sv *s, uint32_t term)
{
    if ((s->w[term] & 0xffff) == SpvOpReturnValue) {
        uint32_t n;
        const pum_ir_ref *v = sv_value(s, sv_arg(s, term, 0), &n);
        if (n != sv_type(s, s->func->result)->scalars || !sv_typed(s, s->func->result, v, n)) {
            sv_fail(s, PUM_SPIRV_INVALID, "returned type");
            return;
        }
        for (uint32_t k = 0; k < n; k++) {
            pum_ir_emit(&s->b, PUM_IR_ST_VAR, PUM_IR_VOID, 1, &v[k], s->ret_var + k);
        }
    }
    if (s->b.block && s->func_scope && s->b.block->list != &s->func_scope->a) { /* at the end of the body nothing is left to skip */
        sv_break(s, s->func_scope);
    }
}

static void
emit_instructions(struct sv *s, const struct sv_block *blk)
{
    for (uint32_t i = blk->first; i < blk->term && sv_ok(s) && !s->dead; i += s->w[i] >> 16) {
        const uint32_t op = s->w[i] & 0xffff;
        s->at = i;
        s->b.loc = i;
        switch (op) {
        case SpvOpLine:
            s->line_word = i;
            if (s->fresh_loop) { /* the line of its condition */
                s->fresh_loop->where = 1 + sv_place_text(s);
                s->fresh_loop = NULL;
            }
            break;
        case SpvOpNoLine: s->line_word = 0; break;
        case SpvOpNop:
        case SpvOpSelectionMerge:
        case SpvOpLoopMerge:
        case SpvOpName:
        case SpvOpModuleProcessed:
            break;
        case SpvOpPhi: {
            struct sv_id *d = sv_id(s, sv_arg(s, i, 1));
            pum_ir_ref *c = sv_define(s, sv_arg(s, i, 1), sv_arg(s, i, 0));
            for (uint32_t k = 0; c && k < d->n; k++) {
                if (!d->phi_vars) {
                    sv_fail(s, PUM_SPIRV_INVALID, "phi without a predecessor");
                    break;
                }
                c[k] = pum_ir_emit0(&s->b, PUM_IR_LD_VAR, sv_ir_type(s, sv_scalar_type(s, d->type, k)), d->phi_vars[k]);
            }
            break;
        }
        case SpvOpUndef: {
            const uint32_t type = sv_arg(s, i, 0);
            const struct sv_type *t = sv_type(s, type);
            if (t->kind == SV_RUNTIME_ARRAY || (t->kind == SV_POINTER && !t->scalars)) {
                break; /* no value: whoever uses it is refused */
            }
            pum_ir_ref *c = sv_define(s, sv_arg(s, i, 1), type);
            for (uint32_t k = 0; c && k < sv_type(s, type)->scalars; k++) {
                c[k] = pum_ir_const(&s->b, sv_ir_type(s, sv_scalar_type(s, type, k)), 0);
            }
            break;
        }
        case SpvOpFunctionCall: sv_call(s, i); break;
        case SpvOpEmitVertex:
        case SpvOpEndPrimitive:
        case SpvOpEmitStreamVertex:
        case SpvOpEndStreamPrimitive: sv_geometry_op(s, i, op); break;
        case SpvOpSetMeshOutputsEXT: sv_mesh_op(s, i, op); break;
        case SpvOpExtInstWithForwardRefsKHR: break; /* non-semantic only */
        case SpvOpExtInst: sv_glsl(s, i); break;
        default:
            if (!sv_memory(s, i, op) && !sv_image(s, i, op) && !sv_ray(s, i, op) && !sv_alu(s, i, op) && !sv_trace_op(s, i, op)) {
                sv_fail(s, PUM_SPIRV_UNSUPPORTED, "instruction is not supported");
            }
        }
    }
    s->at = blk->term;
}

/* Emits blocks from a label on until the list ends. */
static void
emit_chain(struct sv *s, uint32_t label)
{
    const uint32_t outer = s->cur_label;
    uint32_t steps = 0;
    if (++s->nest > MAX_NEST) {
        sv_fail(s, PUM_SPIRV_UNSUPPORTED, "control flow is nested too deeply");
    }
    while (label && sv_ok(s) && !s->dead) {
        const struct sv_block *blk = block_of(s, label);
        if (!blk) {
            break;
        }
        if (++s->emitted > MAX_EMITTED) {
            sv_fail(s, PUM_SPIRV_UNSUPPORTED, "the shader is too large");
            break;
        }
        if (++steps > s->func->n_blocks || s->depth >= MAX_DEPTH) {
            sv_fail(s, s->depth >= MAX_DEPTH ? PUM_SPIRV_UNSUPPORTED : PUM_SPIRV_INVALID, "control flow is not structured");
            break;
        }
        if (blk->loop) {
            label = emit_loop(s, blk);
            continue;
        }
        s->cur_label = label;
        emit_instructions(s, blk);
        if (s->dead || !sv_ok(s)) {
            break;
        }
        const uint32_t op = s->w[blk->term] & 0xffff;
        uint32_t next = 0;
        switch (op) {
        case SpvOpBranch:
            next = branch(s, sv_arg(s, blk->term, 0));
            break;
        case SpvOpBranchConditional:
            emit_conditional(s, blk, &next);
            break;
        case SpvOpSwitch:
            emit_switch(s, blk);
            next = blk->merge;
            break;
        case SpvOpReturn:
        case SpvOpReturnValue:
            emit_return(s, blk->term);
            break;
        case SpvOpKill:
        case SpvOpTerminateInvocation:
            s->sh->info.uses_discard = true;
            pum_ir_emit(&s->b, PUM_IR_DEMOTE, PUM_IR_VOID, 0, NULL, 0);
            sv_break(s, s->entry_scope);
            break;
        case SpvOpEmitMeshTasksEXT: /* ends the shader */
            sv_mesh_op(s, blk->term, op);
            if (s->func_scope == s->entry_scope) {
                emit_return(s, blk->term);
            } else {
                sv_break(s, s->entry_scope);
            }
            break;
        case SpvOpIgnoreIntersectionKHR:
        case SpvOpTerminateRayKHR:
            sv_trace_end(s, op);
            sv_break(s, s->entry_scope);
            break;
        default: /* OpUnreachable */
            break;
        }
        label = next;
    }
    s->nest--;
    s->cur_label = outer;
}

static void
run_function(struct sv *s, struct sv_func *f, uint32_t ret_var)
{
    if (f->active || ++s->calls > MAX_CALLS || f->n_blocks == 0) {
        sv_fail(s, f->active ? PUM_SPIRV_INVALID : PUM_SPIRV_UNSUPPORTED,
                f->active ? "recursion" : f->n_blocks ? "too many calls" : "function without a body");
        return;
    }
    struct sv_func *outer_func = s->func;
    struct pum_ir_node *outer_scope = s->func_scope;
    const uint32_t outer_ret = s->ret_var, outer_base = s->base_depth, outer_label = s->cur_label;
    f->active = true;
    s->func = f;
    s->ret_var = ret_var;
    s->base_depth = s->depth;
    s->func_scope = pum_ir_push_scope(&s->b);
    if (!s->entry_scope) {
        s->entry_scope = s->func_scope;
    }
    for (uint32_t i = 0; i < f->n_blocks; i++) { /* function variables begin anew at each call */
        for (uint32_t k = f->blocks[i].first; k < f->blocks[i].term; k += s->w[k] >> 16) {
            if ((s->w[k] & 0xffff) == SpvOpVariable && sv_arg(s, k, 1) < s->bound) {
                s->ids[sv_arg(s, k, 1)].kind = SV_NONE;
            }
        }
    }
    emit_chain(s, f->blocks[0].label);
    if (s->func_scope) {
        pop_scope(s, s->func_scope);
    }
    s->func = outer_func;
    s->func_scope = outer_scope;
    s->ret_var = outer_ret;
    s->depth = s->base_depth;
    s->base_depth = outer_base;
    s->cur_label = outer_label;
    f->active = false;
}

void
sv_call(struct sv *s, uint32_t i)
{
    const struct sv_id *fd = sv_id(s, sv_arg(s, i, 2));
    if (fd->kind != SV_FUNC) {
        sv_fail(s, PUM_SPIRV_INVALID, "call of something that is no function");
        return;
    }
    struct sv_func *f = &s->funcs[fd->block];
    if (sv_len(s, i) - 3 != f->n_params || sv_len(s, i) < 3) {
        sv_fail(s, PUM_SPIRV_INVALID, "number of arguments");
        return;
    }
    for (uint32_t k = 0; k < f->n_params && sv_ok(s); k++) {
        struct sv_id *p = sv_id(s, f->params[k]);
        struct sv_id *a = sv_id(s, sv_arg(s, i, 3 + k));
        if (sv_type(s, p->type)->kind == SV_POINTER) {
            p->ptr = sv_pointer(s, sv_arg(s, i, 3 + k));
            p->kind = SV_PTR_VALUE;
            if (sv_ok(s) && p->ptr->type != sv_type(s, p->type)->elem && !sv_type(s, p->type)->untyped) {
                sv_fail(s, PUM_SPIRV_INVALID, "argument %u points to another type", k);
            }
        } else {
            uint32_t n;
            const pum_ir_ref *v = sv_value(s, sv_arg(s, i, 3 + k), &n);
            if (n != sv_type(s, p->type)->scalars || !sv_typed(s, p->type, v, n)) {
                sv_fail(s, PUM_SPIRV_INVALID, "argument %u has another type", k);
                return;
            }
            p->kind = SV_VALUE;
            p->n = n;
            p->c = sv_alloc(s, n, sizeof(pum_ir_ref));
            if (p->c) {
                memcpy(p->c, v, n * sizeof(pum_ir_ref));
            }
        }
        (void)a;
    }
    const struct sv_type *rt = sv_type(s, f->result);
    uint32_t ret = s->sh->n_vars;
    for (uint32_t k = 0; k < rt->scalars && sv_ok(s); k++) {
        const uint32_t v = pum_ir_add_var(s->sh, sv_ir_type(s, sv_scalar_type(s, f->result, k)));
        ret = k == 0 ? v : ret;
    }
    const uint32_t at = s->at, outer = s->b.call;
    s->b.call = s->opt->calls ? pum_ir_add_call(s->sh, i, outer) : 0;
    run_function(s, f, ret);
    s->b.call = outer;
    s->b.loc = i;
    s->at = at;
    struct sv_id *d = sv_id(s, sv_arg(s, i, 1));
    if (s->dead || !sv_ok(s)) {
        return;
    }
    if (rt->kind == SV_VOID) {
        d->kind = SV_VALUE;
        d->type = f->result;
        return;
    }
    pum_ir_ref *c = sv_define(s, sv_arg(s, i, 1), sv_arg(s, i, 0));
    for (uint32_t k = 0; c && k < rt->scalars; k++) {
        c[k] = pum_ir_emit0(&s->b, PUM_IR_LD_VAR, sv_ir_type(s, sv_scalar_type(s, f->result, k)), ret + k);
    }
}

/* Variables that some access chain indexes at run time cannot be split into scalars. */
static void
find_dynamic(struct sv *s)
{
    uint32_t *root = sv_alloc(s, s->bound, sizeof(uint32_t)); /* variable that a pointer id leads to */
    for (uint32_t i = 5; root && i < s->n; i += s->w[i] >> 16) {
        const uint32_t op = s->w[i] & 0xffff;
        if (op == SpvOpVariable && sv_arg(s, i, 1) < s->bound) {
            root[sv_arg(s, i, 1)] = sv_arg(s, i, 1);
        } else if (op == SpvOpFunctionParameter && sv_arg(s, i, 1) < s->bound) {
            root[sv_arg(s, i, 1)] = UINT32_MAX;
        } else if ((op == SpvOpAccessChain || op == SpvOpInBoundsAccessChain || op == SpvOpCopyObject) && sv_arg(s, i, 1) < s->bound &&
                   sv_arg(s, i, 2) < s->bound) {
            const uint32_t base = root[sv_arg(s, i, 2)];
            root[sv_arg(s, i, 1)] = base;
            for (uint32_t k = 3; op != SpvOpCopyObject && k < sv_len(s, i); k++) {
                if (sv_id(s, sv_arg(s, i, k))->kind != SV_CONST) {
                    if (base == UINT32_MAX) {
                        s->dynamic_params = true;
                    } else if (base) {
                        sv_id(s, base)->dynamic = true;
                    }
                }
            }
        }
    }
    for (uint32_t i = 5; root && s->dynamic_params && i < s->n; i += s->w[i] >> 16) {
        if ((s->w[i] & 0xffff) == SpvOpFunctionCall) {
            for (uint32_t k = 3; k < sv_len(s, i); k++) {
                const uint32_t id = sv_arg(s, i, k);
                if (id < s->bound && root[id] && root[id] != UINT32_MAX) {
                    s->ids[root[id]].dynamic = true;
                }
            }
        }
    }
}

void
sv_translate_entry(struct sv *s)
{
    struct pum_shader_info *info = &s->sh->info;
    find_dynamic(s);
    if (sv_has_workgroups(s)) {
        for (uint32_t k = 0; k < 3; k++) {
            uint32_t v;
            if (s->local_size_ids[k] && sv_const_u32(s, s->local_size_ids[k], &v)) {
                info->local_size[k] = v;
            }
        }
        for (uint32_t id = 1; id < s->bound; id++) { /* WorkgroupSize overrides the mode */
            const struct sv_id *d = &s->ids[id];
            if (d->has_builtin && d->builtin == SpvBuiltInWorkgroupSize && d->kind == SV_CONST && d->n == 3) {
                for (uint32_t k = 0; k < 3; k++) {
                    info->local_size[k] = (uint32_t)d->k[k];
                }
            }
        }
        uint64_t threads = 1;
        for (uint32_t k = 0; k < 3; k++) {
            threads *= info->local_size[k] ? info->local_size[k] : 0;
            threads = PUM_MIN(threads, (uint64_t)1 << 30);
        }
        if (threads == 0 || threads > 1024) {
            sv_fail(s, PUM_SPIRV_INVALID, "workgroup size %ux%ux%u", info->local_size[0], info->local_size[1], info->local_size[2]);
            return;
        }
        sv_check_quads(s);
    }
    sv_collect_xfb(s);
    if (s->opt->stage == PUM_STAGE_GEOMETRY) {
        sv_begin_geometry(s);
    }
    if (s->opt->stage == PUM_STAGE_TESS_CONTROL || s->opt->stage == PUM_STAGE_TESS_EVALUATION) {
        sv_begin_tessellation(s);
    }
    if (s->opt->stage == PUM_STAGE_TASK || s->opt->stage == PUM_STAGE_MESH) {
        sv_begin_mesh(s);
    }
    sv_begin_rays(s);
    sv_init_globals(s);
    info->needs_quads = info->needs_quads || s->opt->stage == PUM_STAGE_FRAGMENT;
    run_function(s, &s->funcs[sv_id(s, s->entry_func)->block], 0);
    if (sv_ok(s) && (!s->dead || s->opt->stage == PUM_STAGE_GEOMETRY)) {
        sv_store_outputs(s);
    }
    if (sv_ok(s)) {
        info->private_B = s->scratch_B;
    }
}
