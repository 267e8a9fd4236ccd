/* Promotion of variables to SSA values on the structured tree.
 *
 * Needs: nothing. Breaks: shapes. First every value that is used where its defining list does not enclose the use is put through a
 * variable (lanes leave IFs, LOOPs and SCOPEs at different times, so such uses need a PHI). Then one walk in program order keeps the
 * current value of every variable; changes are logged on a trail, so that leaving a branch costs what the branch changed.
 */
#include <stdlib.h>
#include <string.h>

#include "ir/ir.h"

struct change {
    uint32_t var;
    pum_ir_ref old;
};

struct capture { /* value of a variable at the end of a predecessor */
    uint32_t var;
    pum_ir_ref value;
};

struct record { /* one way to leave a LOOP or SCOPE, or one side of an IF */
    uint32_t pred;             /* block id */
    uint32_t first, count;     /* in captures */
    uint32_t next;             /* index + 1 of the next record of the same node */
};

struct promote {
    struct pum_ir_shader *sh;
    pum_ir_ref *cur;      /* [n_vars] */
    pum_ir_ref *replace;  /* [cap_replace]: LD_VAR result -> value */
    uint32_t cap_replace;
    struct change *trail;
    uint32_t n_trail, cap_trail;
    struct capture *captures;
    uint32_t n_captures, cap_captures;
    struct record *records;
    uint32_t n_records, cap_records;
    uint32_t *node_records; /* [n_nodes]: first record + 1 */
    uint32_t *node_trail;   /* [n_nodes]: trail position at the node's start */
    uint32_t *stamp;        /* [n_vars] */
    uint32_t stamp_now;
    uint32_t *touched;      /* scratch list of variables */
    uint32_t cap_touched;
    bool failed;
};

static pum_ir_ref
resolve(const struct promote *p, pum_ir_ref r)
{
    while (r < p->cap_replace && p->replace[r]) {
        r = p->replace[r];
    }
    return r;
}

static bool
set_replace(struct promote *p, pum_ir_ref r, pum_ir_ref value)
{
    if (r >= p->cap_replace) {
        const uint32_t old = p->cap_replace;
        if (!pum_grow((void **)&p->replace, &p->cap_replace, r + 1, sizeof(p->replace[0]))) {
            p->failed = true;
            return false;
        }
        memset(p->replace + old, 0, (p->cap_replace - old) * sizeof(p->replace[0]));
    }
    p->replace[r] = value;
    return true;
}

static void
set_var(struct promote *p, uint32_t var, pum_ir_ref value)
{
    if (!pum_grow((void **)&p->trail, &p->cap_trail, p->n_trail + 1, sizeof(p->trail[0]))) {
        p->failed = true;
        return;
    }
    p->trail[p->n_trail++] = (struct change){var, p->cur[var]};
    p->cur[var] = value;
}

static void
undo(struct promote *p, uint32_t to)
{
    while (p->n_trail > to) {
        p->n_trail--;
        p->cur[p->trail[p->n_trail].var] = p->trail[p->n_trail].old;
    }
}

/* Adds a record of what has changed since the trail stood at `from`. */
static void
add_record(struct promote *p, uint32_t node_id, uint32_t pred, uint32_t from)
{
    if (!pum_grow((void **)&p->records, &p->cap_records, p->n_records + 1, sizeof(p->records[0]))) {
        p->failed = true;
        return;
    }
    const uint32_t first = p->n_captures;
    p->stamp_now++;
    for (uint32_t i = p->n_trail; i > from; i--) {
        const uint32_t var = p->trail[i - 1].var;
        if (p->stamp[var] == p->stamp_now) {
            continue;
        }
        p->stamp[var] = p->stamp_now;
        if (!pum_grow((void **)&p->captures, &p->cap_captures, p->n_captures + 1, sizeof(p->captures[0]))) {
            p->failed = true;
            return;
        }
        p->captures[p->n_captures++] = (struct capture){var, p->cur[var]};
    }
    p->records[p->n_records] = (struct record){pred, first, p->n_captures - first, p->node_records[node_id]};
    p->node_records[node_id] = ++p->n_records;
}

/* True if a value of block `def` may be used in the list `in` (its own list encloses it). */
static bool
visible(const struct pum_ir_shader *sh, uint32_t def_block, const struct pum_ir_list *in)
{
    if (!def_block) {
        return true; /* constant */
    }
    const struct pum_ir_list *d = sh->nodes[def_block]->list;
    for (const struct pum_ir_list *l = in; l; l = l->owner ? l->owner->list : NULL) {
        if (l == d) {
            return true;
        }
    }
    return false;
}

/* Makes the PHIs of the block after a node from its records; the trail stands at the node's start. */
static void
merge_records(struct promote *p, struct pum_ir_node *node)
{
    struct pum_ir_shader *sh = p->sh;
    struct pum_ir_node *after = node->next;
    const uint32_t head = p->node_records[node->id];
    uint32_t n_preds = 0, n_touched = 0;
    p->stamp_now++;
    for (uint32_t r = head; r && !p->failed; r = p->records[r - 1].next) {
        const struct record *rec = &p->records[r - 1];
        n_preds++;
        for (uint32_t i = 0; i < rec->count; i++) {
            const uint32_t var = p->captures[rec->first + i].var;
            if (p->stamp[var] == p->stamp_now) {
                continue;
            }
            p->stamp[var] = p->stamp_now;
            if (!pum_grow((void **)&p->touched, &p->cap_touched, n_touched + 1, sizeof(p->touched[0]))) {
                p->failed = true;
                return;
            }
            p->touched[n_touched++] = var;
        }
    }
    if (p->failed || n_touched == 0) {
        return;
    }
    /* Per variable one pair per predecessor; the variable's slot in `pairs` is found through its position in touched. */
    uint32_t *position = malloc((size_t)sh->n_vars * sizeof(uint32_t));
    uint32_t *pairs = malloc((size_t)n_touched * n_preds * 2 * sizeof(uint32_t));
    if (!position || !pairs) {
        p->failed = true;
        free(position);
        free(pairs);
        return;
    }
    for (uint32_t t = 0; t < n_touched; t++) {
        position[p->touched[t]] = t;
    }
    uint32_t k = 0;
    for (uint32_t r = head; r; r = p->records[r - 1].next, k++) {
        const struct record *rec = &p->records[r - 1];
        for (uint32_t t = 0; t < n_touched; t++) {
            pairs[(t * n_preds + k) * 2] = p->cur[p->touched[t]];
            pairs[(t * n_preds + k) * 2 + 1] = rec->pred;
        }
        for (uint32_t i = 0; i < rec->count; i++) {
            pairs[(position[p->captures[rec->first + i].var] * n_preds + k) * 2] = p->captures[rec->first + i].value;
        }
    }
    for (uint32_t t = 0; t < n_touched && !p->failed; t++) {
        const uint32_t var = p->touched[t];
        const uint32_t *pr = &pairs[t * n_preds * 2];
        bool same = true;
        for (uint32_t i = 1; i < n_preds; i++) {
            same = same && pr[2 * i] == pr[0];
        }
        pum_ir_ref value = pr[0];
        if (!same || !visible(sh, sh->insts[value].block, after->list)) {
            value = pum_ir_insert_phi(sh, after, (enum pum_ir_type)sh->vars[var].type, n_preds, pr);
            p->failed = p->failed || !value;
        }
        set_var(p, var, value);
    }
    free(position);
    free(pairs);
}

static void
collect_stores(struct promote *p, const struct pum_ir_list *list, uint32_t *n_touched)
{
    struct pum_ir_shader *sh = p->sh;
    for (const struct pum_ir_node *n = list->first; n && !p->failed; n = n->next) {
        if (n->kind != PUM_IR_BLOCK) {
            collect_stores(p, &n->a, n_touched);
            collect_stores(p, &n->b, n_touched);
            continue;
        }
        for (pum_ir_ref r = n->first_inst; r; r = sh->insts[r].next) {
            const uint32_t var = (uint32_t)sh->insts[r].imm;
            if (sh->insts[r].op != PUM_IR_ST_VAR || p->stamp[var] == p->stamp_now) {
                continue;
            }
            p->stamp[var] = p->stamp_now;
            if (!pum_grow((void **)&p->touched, &p->cap_touched, *n_touched + 1, sizeof(p->touched[0]))) {
                p->failed = true;
                return;
            }
            p->touched[(*n_touched)++] = var;
        }
    }
}

static void walk(struct promote *p, struct pum_ir_list *list);

static void
walk_block(struct promote *p, struct pum_ir_node *block)
{
    struct pum_ir_shader *sh = p->sh;
    for (pum_ir_ref r = block->first_inst; r && !p->failed;) {
        struct pum_ir_inst *in = &sh->insts[r];
        const pum_ir_ref next = in->next;
        if (in->op != PUM_IR_PHI) {
            if (in->n_src <= PUM_IR_INLINE_SRC) {
                for (uint32_t i = 0; i < in->n_src; i++) {
                    in->src[i] = resolve(p, in->src[i]);
                }
            } else {
                for (uint32_t i = 0; i < in->n_src; i++) {
                    sh->extra[in->src[0] + i] = resolve(p, sh->extra[in->src[0] + i]);
                }
            }
        }
        if (in->op == PUM_IR_LD_VAR) {
            set_replace(p, r, p->cur[in->imm]);
            pum_ir_remove(sh, r);
        } else if (in->op == PUM_IR_ST_VAR) {
            set_var(p, (uint32_t)in->imm, in->src[0]);
            pum_ir_remove(sh, r);
        } else if (in->op == PUM_IR_BREAK) {
            const uint32_t target = (uint32_t)in->imm;
            add_record(p, target, block->id, p->node_trail[target]);
        }
        r = next;
    }
}

static void
walk_loop(struct promote *p, struct pum_ir_node *n)
{
    struct pum_ir_shader *sh = p->sh;
    uint32_t n_vars = 0;
    p->stamp_now++;
    collect_stores(p, &n->a, &n_vars);
    uint32_t *vars = malloc(((size_t)n_vars + 1) * 2 * sizeof(uint32_t));
    if (!vars || p->failed) {
        p->failed = true;
        free(vars);
        return;
    }
    if (n_vars) {
        memcpy(vars, p->touched, n_vars * sizeof(uint32_t));
    }
    uint32_t *phis = vars + n_vars;
    const uint32_t outer_trail = p->n_trail;
    for (uint32_t i = 0; i < n_vars && !p->failed; i++) {
        const uint32_t pairs[4] = {p->cur[vars[i]], n->prev->id, 0, 0};
        phis[i] = pum_ir_insert_phi(sh, n->a.first, (enum pum_ir_type)sh->vars[vars[i]].type, 2, pairs);
        p->failed = p->failed || !phis[i];
        set_var(p, vars[i], phis[i]);
    }
    p->node_trail[n->id] = outer_trail; /* so that every modified variable is captured at each exit */
    walk(p, &n->a);
    const bool loops = !pum_ir_ends_in_break(sh, n->a.last);
    for (uint32_t i = 0; i < n_vars && !p->failed; i++) {
        if (loops) {
            const uint32_t at = sh->insts[phis[i]].src[0];
            sh->extra[at + 2] = p->cur[vars[i]];
            sh->extra[at + 3] = n->a.last->id;
        } else { /* runs once: the PHI is its entry value */
            set_replace(p, phis[i], pum_ir_phi_value(sh, &sh->insts[phis[i]], 0));
            pum_ir_remove(sh, phis[i]);
        }
    }
    undo(p, outer_trail);
    free(vars);
    if (!p->failed) {
        merge_records(p, n);
    }
}

static void
walk(struct promote *p, struct pum_ir_list *list)
{
    struct pum_ir_shader *sh = p->sh;
    for (struct pum_ir_node *n = list->first; n && !p->failed; n = n->next) {
        switch ((enum pum_ir_node_kind)n->kind) {
        case PUM_IR_BLOCK:
            walk_block(p, n);
            break;
        case PUM_IR_IF:
            n->cond = resolve(p, n->cond);
            for (int side = 0; side < 2 && !p->failed; side++) {
                struct pum_ir_list *l = side ? &n->b : &n->a;
                const uint32_t t0 = p->n_trail;
                walk(p, l);
                if (!pum_ir_ends_in_break(sh, l->last)) {
                    add_record(p, n->id, l->last->id, t0);
                }
                undo(p, t0);
            }
            if (!p->failed) {
                merge_records(p, n);
            }
            break;
        case PUM_IR_LOOP:
            walk_loop(p, n);
            break;
        case PUM_IR_SCOPE: {
            const uint32_t t0 = p->n_trail;
            p->node_trail[n->id] = t0;
            walk(p, &n->a);
            if (!p->failed && !pum_ir_ends_in_break(sh, n->a.last)) {
                add_record(p, n->id, n->a.last->id, t0);
            }
            undo(p, t0);
            if (!p->failed) {
                merge_records(p, n);
            }
            break;
        }
        }
    }
}

/* ---- code that no path leads to ---- */

/* Empties a block. Only wrong code can still use what it defined: such uses read zero. */
static void
drop_block(struct pum_ir_shader *sh, struct pum_ir_node *block)
{
    while (block->first_inst) {
        const pum_ir_ref r = block->first_inst;
        pum_ir_remove(sh, r);
        struct pum_ir_inst *in = &sh->insts[r];
        if (pum_ir_type_bits((enum pum_ir_type)in->type)) {
            in->op = PUM_IR_CONST;
            in->n_src = 0;
            in->flags = 0;
            in->imm = in->imm2 = 0;
        }
    }
}

static void
drop_list(struct pum_ir_shader *sh, struct pum_ir_list *list)
{
    for (struct pum_ir_node *n = list->first; n; n = n->next) {
        if (n->kind == PUM_IR_BLOCK) {
            drop_block(sh, n);
        } else {
            drop_list(sh, &n->a);
            drop_list(sh, &n->b);
        }
    }
}

/* Cuts lists off behind nodes that nothing leaves. breaks: per node, those seen. Returns true if the list's end can be reached. */
static bool
drop_unreachable(struct pum_ir_shader *sh, struct pum_ir_list *list, uint8_t *breaks)
{
    for (struct pum_ir_node *n = list->first; n; n = n->next) {
        bool goes_on = true;
        switch ((enum pum_ir_node_kind)n->kind) {
        case PUM_IR_BLOCK:
            if (pum_ir_ends_in_break(sh, n)) {
                breaks[sh->insts[n->last_inst].imm] = 1;
                return false;
            }
            continue;
        case PUM_IR_IF: {
            const bool yes = drop_unreachable(sh, &n->a, breaks), no = drop_unreachable(sh, &n->b, breaks);
            goes_on = yes || no;
            break;
        }
        case PUM_IR_LOOP:
            (void)drop_unreachable(sh, &n->a, breaks);
            goes_on = breaks[n->id];
            break;
        case PUM_IR_SCOPE:
            goes_on = drop_unreachable(sh, &n->a, breaks);
            goes_on = goes_on || breaks[n->id];
            break;
        }
        if (!goes_on) {
            struct pum_ir_node *after = n->next;
            drop_block(sh, after);
            for (struct pum_ir_node *m = after->next; m; m = m->next) {
                if (m->kind == PUM_IR_BLOCK) {
                    drop_block(sh, m);
                } else {
                    drop_list(sh, &m->a);
                    drop_list(sh, &m->b);
                }
            }
            after->next = NULL;
            list->last = after;
            return false;
        }
    }
    return true;
}

/* Puts values that are used outside of their list through variables. */
static bool
demote_escaping(struct pum_ir_shader *sh)
{
    uint32_t *var_of = calloc(sh->n_insts, sizeof(uint32_t)); /* variable + 1 */
    const uint32_t n_insts = sh->n_insts;
    if (!var_of) {
        return false;
    }
    struct pum_ir_builder b = {.sh = sh};
    for (struct pum_ir_node *block = sh->body.first; block; block = pum_ir_next_block(block)) {
        for (pum_ir_ref r = block->first_inst; r; r = sh->insts[r].next) {
            const uint32_t n = sh->insts[r].op == PUM_IR_PHI ? 0 : sh->insts[r].n_src;
            for (uint32_t i = 0; i < n; i++) {
                const pum_ir_ref s = pum_ir_src(sh, &sh->insts[r], i);
                if (s >= n_insts || visible(sh, sh->insts[s].block, block->list)) {
                    continue;
                }
                if (!var_of[s]) {
                    var_of[s] = pum_ir_add_var(sh, (enum pum_ir_type)sh->insts[s].type) + 1;
                }
                const pum_ir_ref ld = pum_ir_insert_before(sh, r, PUM_IR_LD_VAR, (enum pum_ir_type)sh->insts[s].type, 0, NULL, var_of[s] - 1);
                struct pum_ir_inst *in = &sh->insts[r];
                if (in->n_src <= PUM_IR_INLINE_SRC) {
                    in->src[i] = ld;
                } else {
                    sh->extra[in->src[0] + i] = ld;
                }
            }
        }
        struct pum_ir_node *next = block->next;
        if (next && next->kind == PUM_IR_IF && next->cond < n_insts && !visible(sh, sh->insts[next->cond].block, block->list)) {
            const pum_ir_ref s = next->cond;
            if (!var_of[s]) {
                var_of[s] = pum_ir_add_var(sh, (enum pum_ir_type)sh->insts[s].type) + 1;
            }
            b.block = block;
            next->cond = pum_ir_emit(&b, PUM_IR_LD_VAR, (enum pum_ir_type)sh->insts[s].type, 0, NULL, var_of[s] - 1);
        }
    }
    for (pum_ir_ref s = 1; s < n_insts && !sh->oom; s++) {
        if (!var_of[s]) {
            continue;
        }
        const pum_ir_ref next = sh->insts[s].next;
        if (next && sh->insts[next].op != PUM_IR_PHI) {
            pum_ir_insert_before(sh, next, PUM_IR_ST_VAR, PUM_IR_VOID, 1, &s, var_of[s] - 1);
        } else {
            b.block = sh->nodes[sh->insts[s].block];
            pum_ir_emit(&b, PUM_IR_ST_VAR, PUM_IR_VOID, 1, &s, var_of[s] - 1);
        }
    }
    free(var_of);
    return !sh->oom;
}

bool
pum_ir_pass_promote(struct pum_ir_shader *sh)
{
    uint8_t *breaks = sh->oom ? NULL : calloc(sh->n_nodes, 1);
    if (!breaks) {
        return false;
    }
    (void)drop_unreachable(sh, &sh->body, breaks);
    free(breaks);
    if (!demote_escaping(sh)) {
        return false;
    }
    struct promote p = {.sh = sh};
    struct pum_ir_builder b = {.sh = sh, .block = sh->body.first};
    p.cur = calloc((size_t)sh->n_vars + 1, sizeof(p.cur[0]));
    p.stamp = calloc((size_t)sh->n_vars + 1, sizeof(p.stamp[0]));
    p.node_records = calloc(sh->n_nodes, sizeof(p.node_records[0]));
    p.node_trail = calloc(sh->n_nodes, sizeof(p.node_trail[0]));
    p.failed = !p.cur || !p.stamp || !p.node_records || !p.node_trail;
    for (uint32_t v = 0; v < sh->n_vars && !p.failed; v++) {
        p.cur[v] = pum_ir_const(&b, (enum pum_ir_type)sh->vars[v].type, 0);
        p.failed = !p.cur[v];
    }
    if (!p.failed) {
        walk(&p, &sh->body);
    }
    if (!p.failed) { /* what was captured before its replacement was known */
        for (struct pum_ir_node *block = sh->body.first; block; block = pum_ir_next_block(block)) {
            for (pum_ir_ref r = block->first_inst; r; r = sh->insts[r].next) {
                struct pum_ir_inst *in = &sh->insts[r];
                const bool phi = in->op == PUM_IR_PHI;
                for (uint32_t i = 0; i < in->n_src; i++) {
                    pum_ir_ref *s = phi ? &sh->extra[in->src[0] + 2 * i] : in->n_src <= PUM_IR_INLINE_SRC ? &in->src[i] : &sh->extra[in->src[0] + i];
                    *s = resolve(&p, *s);
                }
            }
            if (block->next && block->next->kind == PUM_IR_IF) {
                block->next->cond = resolve(&p, block->next->cond);
            }
        }
        sh->n_vars = 0;
    }
    free(p.cur);
    free(p.stamp);
    free(p.node_records);
    free(p.node_trail);
    free(p.replace);
    free(p.trail);
    free(p.captures);
    free(p.records);
    free(p.touched);
    return !p.failed && !sh->oom;
}
