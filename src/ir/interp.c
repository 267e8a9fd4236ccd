/* Translation of the IR to the interpreter's flat code.
 *
 * Registers: every value lives in an interval of positions in program order. A use inside of a LOOP that does not hold the definition
 * lasts to the end of the LOOP; a PHI after a node begins with the node, since its sources are copied at different places inside, under the
 * mask of the lanes that leave there. All other results are written in all sixteen lanes: LCSSA form guarantees that nobody wants the
 * old contents of a lane that is not active.
 */
#include "ir/interp_check.h"
#include "ir/interp_int.h"

#include <stdlib.h>

#define NONE UINT32_MAX
#define MAX_FRAMES_B (256u << 20)

struct interval {
    uint32_t first, last; /* positions, first == 0: not used */
};

struct translate {
    const struct pum_ir_shader *sh;
    struct pum_interp_program *p;
    uint32_t pos;
    uint32_t *start, *end; /* [n_nodes]: positions; a block's end is where its outgoing copies and its IF's condition are */
    struct interval *live; /* [n_insts] */
    uint32_t *reg;         /* [n_insts] */
    uint32_t *vars;        /* [n_vars] */
    uint32_t *slot;        /* [n_nodes]: mask slot */
    uint32_t depth;
    uint32_t regs_B;
    uint32_t temp_at, temp_B; /* for copies that depend on each other */
    bool failed;
};

/* ---- positions and intervals ---- */

static void
number_list(struct translate *t, const struct pum_ir_list *list, uint32_t depth)
{
    for (const struct pum_ir_node *n = list->first; n; n = n->next) {
        t->start[n->id] = ++t->pos;
        if (n->kind == PUM_IR_BLOCK) {
            for (pum_ir_ref r = n->first_inst; r; r = t->sh->insts[r].next) {
                t->live[r].first = t->live[r].last = ++t->pos;
            }
        } else {
            t->slot[n->id] = depth;
            t->p->n_slots = PUM_MAX(t->p->n_slots, depth + 1);
            number_list(t, &n->a, depth + 1);
            if (n->kind == PUM_IR_IF) {
                number_list(t, &n->b, depth + 1);
            }
        }
        t->end[n->id] = ++t->pos;
    }
}

static void
use_at(struct translate *t, pum_ir_ref v, const struct pum_ir_node *block, uint32_t pos)
{
    const struct pum_ir_inst *def = &t->sh->insts[v];
    struct interval *i = &t->live[v];
    if (def->block == 0) { /* constant: for ever */
        i->first = i->last = UINT32_MAX;
        return;
    }
    const struct pum_ir_list *home = t->sh->nodes[def->block]->list;
    for (const struct pum_ir_list *l = block->list; l && l != home; l = l->owner ? l->owner->list : NULL) {
        if (l->owner && l->owner->kind == PUM_IR_LOOP) {
            pos = PUM_MAX(pos, t->end[l->owner->id]);
        }
    }
    i->last = PUM_MAX(i->last, pos);
}

static void
find_intervals(struct translate *t)
{
    const struct pum_ir_shader *sh = t->sh;
    for (const struct pum_ir_node *b = sh->body.first; b; b = pum_ir_next_block(b)) {
        for (pum_ir_ref r = b->first_inst; r; r = sh->insts[r].next) {
            const struct pum_ir_inst *in = &sh->insts[r];
            for (uint32_t i = 0; i < in->n_src; i++) {
                if (in->op == PUM_IR_PHI) {
                    const struct pum_ir_node *pred = sh->nodes[pum_ir_phi_pred(sh, in, i)];
                    use_at(t, pum_ir_phi_value(sh, in, i), pred, t->end[pred->id]);
                } else {
                    use_at(t, pum_ir_src(sh, in, i), b, t->live[r].first);
                }
            }
            if (in->op == PUM_IR_PHI && b->prev) {
                t->live[r].first = t->start[b->prev->id];
            } else if (in->op == PUM_IR_PHI && b->list->owner) { /* head of a loop */
                t->live[r].first = t->end[b->list->owner->prev->id];
                t->live[r].last = PUM_MAX(t->live[r].last, t->end[b->list->owner->id]);
            }
        }
        if (b->next && b->next->kind == PUM_IR_IF) {
            use_at(t, b->next->cond, b, t->end[b->id]);
        }
    }
}

/* ---- registers ---- */

static uint32_t
size_class(uint32_t size_B)
{
    return size_B == 64 ? 0 : size_B == 128 ? 1 : 2;
}

static uint32_t
new_register(struct translate *t, uint32_t size_B)
{
    const uint32_t at = t->regs_B;
    if (at > MAX_FRAMES_B) {
        t->failed = true;
        return 0;
    }
    t->regs_B += size_B;
    return at;
}

static bool
add_constant(struct translate *t, pum_ir_ref r)
{
    struct pum_interp_program *p = t->p;
    const struct pum_ir_inst *in = &t->sh->insts[r];
    if (!pum_grow((void **)&p->consts, &p->cap_consts, p->n_consts + 1, sizeof(p->consts[0]))) {
        return false;
    }
    t->reg[r] = new_register(t, interp_reg_B((enum pum_ir_type)in->type));
    p->consts[p->n_consts++] = (struct interp_const){t->reg[r], in->type, in->imm};
    return true;
}

/* Values by the position where their interval begins and ends: chains through head[position] and next[value]. */
static bool
assign_registers(struct translate *t)
{
    const struct pum_ir_shader *sh = t->sh;
    const size_t n = sh->n_insts, positions = (size_t)t->pos + 2;
    uint32_t *memory = calloc(2 * positions + 2 * n, sizeof(uint32_t)); /* chains: 0 ends */
    uint32_t *free_regs[3] = {NULL, NULL, NULL}, n_free[3] = {0, 0, 0}, cap_free[3] = {0, 0, 0};
    bool ok = memory != NULL;
    if (ok) {
        uint32_t *begin_head = memory, *end_head = memory + positions, *begin_next = end_head + positions, *end_next = begin_next + n;
        for (pum_ir_ref r = 1; r < n && ok; r++) {
            const struct interval *i = &t->live[r];
            t->reg[r] = NONE;
            if (i->first == UINT32_MAX) {
                ok = add_constant(t, r);
            } else if (i->first && sh->insts[r].type != PUM_IR_VOID) {
                begin_next[r] = begin_head[i->first];
                begin_head[i->first] = r;
                end_next[r] = end_head[i->last];
                end_head[i->last] = r;
            }
        }
        for (uint32_t pos = 1; pos <= t->pos && ok; pos++) {
            for (pum_ir_ref r = end_head[pos - 1]; r && ok; r = end_next[r]) { /* free behind their last position */
                const uint32_t c = size_class(interp_reg_B((enum pum_ir_type)sh->insts[r].type));
                ok = pum_grow((void **)&free_regs[c], &cap_free[c], n_free[c] + 1, sizeof(uint32_t));
                if (ok) {
                    free_regs[c][n_free[c]++] = t->reg[r];
                }
            }
            for (pum_ir_ref r = begin_head[pos]; r; r = begin_next[r]) {
                const uint32_t size_B = interp_reg_B((enum pum_ir_type)sh->insts[r].type), c = size_class(size_B);
                t->reg[r] = n_free[c] ? free_regs[c][--n_free[c]] : new_register(t, size_B);
            }
        }
    }
    free(memory);
    for (int c = 0; c < 3; c++) {
        free(free_regs[c]);
    }
    return ok && !t->failed;
}

/* ---- code ---- */

static struct interp_ins *
add(struct translate *t, uint32_t op)
{
    struct pum_interp_program *p = t->p;
    if (!pum_grow((void **)&p->ins, &p->cap_ins, p->n_ins + 1, sizeof(p->ins[0]))) {
        t->failed = true;
        return NULL;
    }
    struct interp_ins *in = &p->ins[p->n_ins++];
    *in = (struct interp_ins){.op = (uint16_t)op};
    return in;
}

/* Returns the operation's index; it can still be changed there. */
static uint32_t
add_jump(struct translate *t, uint32_t op, uint32_t slot, uint32_t jump)
{
    struct interp_ins *in = add(t, op);
    if (in) {
        in->slot = (uint16_t)slot;
        in->jump = jump;
    }
    return t->p->n_ins - 1;
}

/* Sets the jumps of a chain that is linked through `jump`. */
static void
patch(struct translate *t, uint32_t chain, uint32_t to)
{
    while (chain != NONE && !t->failed) {
        const uint32_t next = t->p->ins[chain].jump;
        t->p->ins[chain].jump = to;
        chain = next;
    }
}

static void
add_copy(struct translate *t, uint32_t op, enum pum_ir_type type, uint32_t to, uint32_t from)
{
    struct interp_ins *in = to == from ? NULL : add(t, op);
    if (in) {
        in->type = (uint8_t)type;
        in->dst = to;
        in->a = from;
    }
}

/* The copies of one edge happen at once: if one overwrites what a later one reads, all go through temporaries. */
static void
add_edge(struct translate *t, const struct pum_ir_node *to, uint32_t pred)
{
    const struct pum_ir_shader *sh = t->sh;
    bool clash = false;
    for (pum_ir_ref r = to->first_inst; r && sh->insts[r].op == PUM_IR_PHI; r = sh->insts[r].next) {
        for (uint32_t i = 0; i < sh->insts[r].n_src; i++) {
            const pum_ir_ref v = pum_ir_phi_value(sh, &sh->insts[r], i);
            clash = clash || (pum_ir_phi_pred(sh, &sh->insts[r], i) == pred && v != r && sh->insts[v].op == PUM_IR_PHI && sh->insts[v].block == to->id);
        }
    }
    for (int phase = clash ? 0 : 1; phase < 2; phase++) {
        uint32_t temp = 0;
        for (pum_ir_ref r = to->first_inst; r && sh->insts[r].op == PUM_IR_PHI && !t->failed; r = sh->insts[r].next) {
            const enum pum_ir_type type = (enum pum_ir_type)sh->insts[r].type;
            for (uint32_t i = 0; i < sh->insts[r].n_src; i++) {
                if (pum_ir_phi_pred(sh, &sh->insts[r], i) != pred) {
                    continue;
                }
                const uint32_t from = t->reg[pum_ir_phi_value(sh, &sh->insts[r], i)];
                if (phase == 0) {
                    add_copy(t, IO_COPY_ALL, type, t->temp_at + temp, from);
                } else {
                    add_copy(t, IO_COPY, type, t->reg[r], clash ? t->temp_at + temp : from);
                }
                break;
            }
            temp += interp_reg_B(type);
        }
    }
}

static void
add_inst(struct translate *t, pum_ir_ref r)
{
    const struct pum_ir_shader *sh = t->sh;
    struct pum_interp_program *p = t->p;
    const struct pum_ir_inst *in = &sh->insts[r];
    if (in->op == PUM_IR_ST_VAR) {
        add_copy(t, IO_COPY, (enum pum_ir_type)sh->insts[in->src[0]].type, t->vars[in->imm], t->reg[in->src[0]]);
        return;
    }
    struct interp_ins *o = add(t, in->op);
    if (!o) {
        return;
    }
    o->loc = in->loc;
    o->type = in->type;
    o->n_src = in->n_src;
    o->imm = in->imm;
    o->imm2 = in->imm2;
    if (in->op == PUM_IR_PRINT) {
        o->imm = sh->texts[in->imm].at_B;
    }
    o->dst = t->reg[r];
    o->extra = p->n_extra;
    uint32_t at[PUM_IR_INLINE_SRC] = {0, 0, 0};
    if (in->n_src > PUM_IR_INLINE_SRC && !pum_grow((void **)&p->extra, &p->cap_extra, p->n_extra + in->n_src, sizeof(p->extra[0]))) {
        t->failed = true;
        return;
    }
    for (uint32_t i = 0; i < in->n_src; i++) {
        const uint32_t reg = t->reg[pum_ir_src(sh, in, i)];
        if (in->n_src > PUM_IR_INLINE_SRC) {
            p->extra[p->n_extra++] = reg;
        } else {
            at[i] = reg;
        }
    }
    o->a = at[0];
    o->b = at[1];
    o->c = at[2];
    uint32_t typed = 0; /* stores and atomics: the value's type counts */
    if (in->op == PUM_IR_ST_BUF || (in->op == PUM_IR_ATOM_BUF && in->n_src > 2)) {
        typed = 2;
    } else if (in->op == PUM_IR_ST_SHARED || in->op == PUM_IR_ST_SCRATCH || in->op == PUM_IR_ST_GLOBAL ||
               ((in->op == PUM_IR_ATOM_SHARED || in->op == PUM_IR_ATOM_GLOBAL) && in->n_src > 1)) {
        typed = 1;
    }
    o->src_type = in->n_src ? sh->insts[pum_ir_src(sh, in, typed)].type : PUM_IR_VOID;
    if (in->op == PUM_IR_LD_VAR) {
        o->a = t->vars[in->imm];
    }
    if (in->op == PUM_IR_ST_OUT && p->info.stage == PUM_STAGE_VERTEX) {
        p->info.out_slots[in->imm / 64] |= (uint64_t)1 << (in->imm % 64);
    }
    p->has_barrier = p->has_barrier || (in->op == PUM_IR_BARRIER && p->info.stage == PUM_STAGE_COMPUTE);
}

static uint32_t add_list(struct translate *t, const struct pum_ir_list *list);

/* Copies at the end of a list that falls through to the block after its node. */
static void
add_list_end(struct translate *t, const struct pum_ir_node *n, const struct pum_ir_list *list)
{
    if (!pum_ir_ends_in_break(t->sh, list->last)) {
        add_edge(t, n->next, list->last->id);
    }
}

/* Returns the operation whose jump leads to the end of the list around when no lane is left. */
static uint32_t
add_node(struct translate *t, const struct pum_ir_node *n)
{
    const uint32_t slot = t->slot[n->id];
    if (n->kind == PUM_IR_IF) {
        const uint32_t if_at = add_jump(t, IO_IF, slot, NONE);
        if (!t->failed) {
            t->p->ins[if_at].a = t->reg[n->cond];
            t->p->ins[if_at].loc = t->sh->insts[n->cond].loc;
        }
        uint32_t chain = add_list(t, &n->a);
        add_list_end(t, n, &n->a);
        const uint32_t else_at = add_jump(t, IO_ELSE, slot, NONE);
        patch(t, if_at, else_at);
        patch(t, chain, else_at);
        chain = add_list(t, &n->b);
        add_list_end(t, n, &n->b);
        const uint32_t end = add_jump(t, IO_ENDIF, slot, NONE);
        patch(t, else_at, end);
        patch(t, chain, end);
        return end;
    }
    const bool loop = n->kind == PUM_IR_LOOP;
    if (loop) {
        add_edge(t, n->a.first, n->prev->id);
    }
    add_jump(t, loop ? IO_LOOP : IO_SCOPE, slot, 0);
    const uint32_t body = t->p->n_ins;
    const uint32_t chain = add_list(t, &n->a);
    if (!loop) {
        add_list_end(t, n, &n->a);
        const uint32_t end = add_jump(t, IO_ENDSCOPE, slot, NONE);
        patch(t, chain, end);
        return end;
    }
    if (!pum_ir_ends_in_break(t->sh, n->a.last)) {
        add_edge(t, n->a.first, n->a.last->id);
    }
    const uint32_t again = add_jump(t, IO_AGAIN, slot, body);
    if (!t->failed && n->where) {
        t->p->ins[again].imm = t->sh->texts[n->where - 1].at_B + 1;
    }
    patch(t, chain, again);
    return add_jump(t, IO_ENDLOOP, slot, NONE);
}

/* Returns a chain of operations that jump to the end of the list. */
static uint32_t
add_list(struct translate *t, const struct pum_ir_list *list)
{
    const struct pum_ir_shader *sh = t->sh;
    uint32_t chain = NONE;
    for (const struct pum_ir_node *n = list->first; n && !t->failed; n = n->next) {
        uint32_t at = NONE;
        if (n->kind != PUM_IR_BLOCK) {
            at = add_node(t, n);
        }
        for (pum_ir_ref r = n->kind == PUM_IR_BLOCK ? n->first_inst : 0; r && !t->failed; r = sh->insts[r].next) {
            const struct pum_ir_inst *in = &sh->insts[r];
            if (in->op == PUM_IR_BREAK) {
                const struct pum_ir_node *target = sh->nodes[in->imm];
                add_edge(t, target->next, n->id);
                at = add_jump(t, IO_LEAVE, t->slot[target->id], NONE);
            } else if (in->op != PUM_IR_PHI && in->op != PUM_IR_CONST && in->op != PUM_IR_MEM_BARRIER) {
                add_inst(t, r);
            } else if (in->op == PUM_IR_MEM_BARRIER) {
                add(t, PUM_IR_MEM_BARRIER);
            }
        }
        if (at != NONE && !t->failed) {
            t->p->ins[at].jump = chain;
            chain = at;
        }
    }
    return chain;
}

/* ---- programs ---- */

static bool
lay_out_frame(struct translate *t)
{
    struct pum_interp_program *p = t->p;
    const struct pum_shader_info *info = &p->info;
    const uint64_t masks_B = sizeof(struct interp_frame) + (uint64_t)p->n_slots * 2 * sizeof(uint16_t);
    const uint64_t regs_at = PUM_ALIGN_UP(masks_B, 64u), private_at = regs_at + t->regs_B;
    const uint64_t shadow_at = PUM_ALIGN_UP(private_at + pum_private_area_B(info) + 64, 64u);
    const uint64_t frame_B = shadow_at + (p->check ? interp_shadow_B(t->regs_B, info->private_B) : 0);
    uint64_t threads = 1;
    if (info->stage == PUM_STAGE_COMPUTE) {
        for (int i = 0; i < 3; i++) {
            if (info->local_size[i] == 0 || info->local_size[i] > 65536) {
                return false;
            }
            threads *= info->local_size[i];
        }
    }
    if (frame_B > MAX_FRAMES_B || threads > 65536) {
        return false;
    }
    p->regs_at = (uint32_t)regs_at;
    p->private_at = (uint32_t)private_at;
    p->frame_B = (uint32_t)frame_B;
    p->shadow_at = (uint32_t)shadow_at;
    p->regs_B = t->regs_B;
    p->frames = p->has_barrier ? (uint32_t)PUM_DIV_ROUND_UP(threads, PUM_LANES) : 1;
    p->info.scratch_B = p->frame_B * p->frames;
    return (uint64_t)p->frame_B * p->frames <= MAX_FRAMES_B;
}

/* Room for the largest set of PHIs of a block, and for the variables. */
static void
reserve(struct translate *t)
{
    const struct pum_ir_shader *sh = t->sh;
    for (const struct pum_ir_node *b = sh->body.first; b; b = pum_ir_next_block(b)) {
        uint32_t size_B = 0;
        for (pum_ir_ref r = b->first_inst; r && sh->insts[r].op == PUM_IR_PHI; r = sh->insts[r].next) {
            size_B += interp_reg_B((enum pum_ir_type)sh->insts[r].type);
        }
        t->temp_B = PUM_MAX(t->temp_B, size_B);
    }
    t->temp_at = new_register(t, t->temp_B);
    t->p->vars_at = t->regs_B;
    for (uint32_t v = 0; v < sh->n_vars; v++) {
        t->vars[v] = new_register(t, interp_reg_B((enum pum_ir_type)sh->vars[v].type));
    }
    t->p->vars_B = t->regs_B - t->p->vars_at;
}

static bool
copy_texts(struct translate *t)
{
    const struct pum_ir_shader *sh = t->sh;
    const struct pum_ir_text *last = sh->n_texts ? &sh->texts[sh->n_texts - 1] : NULL;
    t->p->texts = last ? malloc(last->at_B + last->size_B) : NULL;
    for (uint32_t i = 0; i < sh->n_texts && t->p->texts; i++) {
        memcpy(t->p->texts + sh->texts[i].at_B, sh->texts[i].bytes, sh->texts[i].size_B);
    }
    return !last || t->p->texts;
}

static void
translate_shader(struct translate *t)
{
    const struct pum_ir_shader *sh = t->sh;
    t->failed = !copy_texts(t);
    number_list(t, &sh->body, 0);
    find_intervals(t);
    reserve(t);
    if (t->failed || !assign_registers(t)) {
        t->failed = true;
        return;
    }
    const uint32_t chain = add_list(t, &sh->body);
    if (!t->failed) {
        patch(t, chain, t->p->n_ins);
        add(t, IO_END);
    }
    t->failed = t->failed || !lay_out_frame(t);
}

bool
pum_interp_create_checked(const struct pum_ir_shader *sh, const struct pum_rt_table *rt, const struct pum_interp_check *check,
                          struct pum_interp_program **out)
{
    *out = NULL;
    if (!pum_ir_verify(sh, NULL, 0)) {
        return false;
    }
    struct pum_interp_program *p = calloc(1, sizeof(*p));
    if (!p) {
        return false;
    }
    p->info = sh->info;
    p->rt = rt;
    p->check = check;
    memset(p->info.out_slots, 0, sizeof(p->info.out_slots)); /* those that the code really writes */
    p->code.run = sh->info.stage == PUM_STAGE_VERTEX     ? interp_run_vertex
                  : sh->info.stage == PUM_STAGE_FRAGMENT ? interp_run_fragment
                  : sh->info.stage == PUM_STAGE_GEOMETRY ? interp_run_geometry
                  : sh->info.stage == PUM_STAGE_RAYGEN   ? interp_run_trace
                                                         : interp_run_compute;
    struct translate t = {.sh = sh, .p = p};
    t.start = calloc(sh->n_nodes, sizeof(uint32_t));
    t.end = calloc(sh->n_nodes, sizeof(uint32_t));
    t.slot = calloc(sh->n_nodes, sizeof(uint32_t));
    t.live = calloc(sh->n_insts, sizeof(t.live[0]));
    t.reg = calloc(sh->n_insts, sizeof(uint32_t));
    t.vars = calloc((size_t)sh->n_vars + 1, sizeof(uint32_t));
    t.failed = !t.start || !t.end || !t.slot || !t.live || !t.reg || !t.vars;
    if (!t.failed) {
        translate_shader(&t);
    }
    free(t.start);
    free(t.end);
    free(t.slot);
    free(t.live);
    free(t.reg);
    free(t.vars);
    p->seen = check && !t.failed ? calloc(p->n_ins, 1) : NULL;
    if (t.failed || (check && !p->seen)) {
        pum_interp_destroy(p);
        return false;
    }
    *out = p;
    return true;
}

bool
pum_interp_create(const struct pum_ir_shader *sh, const struct pum_rt_table *rt, struct pum_interp_program **out)
{
    return pum_interp_create_checked(sh, rt, NULL, out);
}

void
pum_interp_destroy(struct pum_interp_program *p)
{
    if (p) {
        free(p->ins);
        free(p->extra);
        free(p->consts);
        free(p->texts);
        free(p->seen);
        free(p);
    }
}

uint32_t
pum_interp_scratch_B(const struct pum_interp_program *p)
{
    return p->info.scratch_B;
}

const struct pum_shader_code *
pum_interp_code(const struct pum_interp_program *p)
{
    return &p->code;
}
