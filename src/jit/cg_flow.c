/* Control flow.
 *
 * Uniform IFs are branches. Divergent ones narrow the mask and are jumped over when no lane is active (unless they are short). A BREAK
 * that all present lanes take is a jump; otherwise its lanes are collected in the target's mask (`acc`) and leave the running mask. PHIs
 * after nodes live in stack slots that LLVM promotes.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "jit/cg.h"

#define MAX_DEPTH 400 /* recursion */
#define UNWATCHED_ROUNDS (1u << 18) /* loops that end by themselves so soon don't ask whether the device is lost */
#define FLATTEN_LIMIT 12 /* instructions: shorter divergent branches cost less than a jump */

static void emit_list(struct cg *cg, const struct pum_ir_list *list, LLVMBasicBlockRef leave);

/* ---- analysis ---- */

/* True if every lane that is in `target` and has not left it takes the BREAK at the block's end together. */
static bool
break_is_jump(const struct pum_ir_node *block, uint32_t target)
{
    for (const struct pum_ir_node *n = block->list->owner; n; n = n->list->owner) {
        if (n->id == target) {
            return true;
        }
        if (n->divergent) {
            return false;
        }
    }
    return false;
}

static void
mark_nodes(struct cg *cg)
{
    const struct pum_ir_shader *sh = cg->sh;
    for (struct pum_ir_node *b = sh->body.first; b; b = pum_ir_next_block(b)) {
        if (b->next && b->next->kind == PUM_IR_IF) {
            cg->used[b->next->cond] = 1;
        }
        for (pum_ir_ref r = b->first_inst; r; r = sh->insts[r].next) {
            const struct pum_ir_inst *in = &sh->insts[r];
            for (uint32_t i = 0; i < in->n_src; i++) {
                cg->used[in->op == PUM_IR_PHI ? pum_ir_phi_value(sh, in, i) : pum_ir_src(sh, in, i)] = 1;
            }
            if (in->op == PUM_IR_BARRIER) {
                for (struct pum_ir_node *n = b->list->owner; n; n = n->list->owner) {
                    cg->node[n->id].has_barrier = true;
                }
            }
            if (in->op != PUM_IR_BREAK || break_is_jump(b, (uint32_t)in->imm)) {
                continue;
            }
            for (struct pum_ir_node *n = b->list->owner; n; n = n->list->owner) {
                cg->node[n->id].divergent_out = true; /* of no meaning for an IF */
                if (n->id == in->imm) {
                    break;
                }
                cg->node[n->id].escapes = true;
            }
        }
    }
}

/* What an operation costs, in simple instructions. */
static int
weight(const struct pum_ir_inst *in)
{
    if ((in->op >= PUM_IR_FEXP2 && in->op <= PUM_IR_FATANH) || (in->op >= PUM_IR_SDIV && in->op <= PUM_IR_SMOD)) {
        return FLATTEN_LIMIT;
    }
    return in->op == PUM_IR_FDIV || in->op == PUM_IR_FSQRT || in->op == PUM_IR_FREM || in->op == PUM_IR_FMOD || in->op == PUM_IR_SG_SHUFFLE ? 6 : 1;
}

static bool
is_short(const struct pum_ir_shader *sh, const struct pum_ir_list *list)
{
    if (list->first != list->last) {
        return false;
    }
    int n = 0;
    for (pum_ir_ref r = list->first->first_inst; r; r = sh->insts[r].next) {
        const struct pum_ir_inst *in = &sh->insts[r];
        if (!(pum_ir_op_infos[in->op].flags & PUM_IR_PURE_BIT) && in->op != PUM_IR_BREAK) {
            return false;
        }
        n += weight(in);
    }
    return n <= FLATTEN_LIMIT;
}

/* Regions between barriers: values that are used in another region than their own go through memory. */
static void
assign_regions(struct cg *cg, const struct pum_ir_list *list, uint32_t *region)
{
    const struct pum_ir_shader *sh = cg->sh;
    for (const struct pum_ir_node *n = list->first; n; n = n->next) {
        if (n->kind == PUM_IR_BLOCK) {
            cg->block_region[n->id] = *region;
            for (pum_ir_ref r = n->first_inst; r; r = sh->insts[r].next) {
                cg->region[r] = *region;
                if (sh->insts[r].op == PUM_IR_BARRIER) {
                    ++*region;
                }
            }
            continue;
        }
        const bool splits = cg->node[n->id].has_barrier;
        if (splits && n->kind == PUM_IR_LOOP) {
            ++*region; /* the head is reached from the end of the body, too */
        }
        assign_regions(cg, &n->a, region);
        if (n->kind == PUM_IR_IF) {
            if (splits) {
                ++*region;
            }
            assign_regions(cg, &n->b, region);
        }
        if (splits) {
            ++*region;
        }
    }
}

static void
need_spill(struct cg *cg, pum_ir_ref r, uint32_t at_region)
{
    const struct pum_ir_inst *in = pum_ir_at(cg->sh, r);
    if (in->op == PUM_IR_CONST || cg->spill_off[r] >= 0 || cg->region[r] == at_region) {
        return;
    }
    if (cg_remakes(in)) { /* from its index */
        for (uint32_t i = 0; i < in->n_src; i++) {
            need_spill(cg, pum_ir_src(cg->sh, in, i), at_region);
        }
        return;
    }
    const uint32_t bits = in->type == PUM_IR_BOOL ? 32 : pum_ir_type_bits((enum pum_ir_type)in->type);
    const uint32_t size_B = in->type == PUM_IR_TUPLE ? 256 : in->shape == PUM_IR_VARYING ? PUM_LANES * bits / 8 : 8;
    cg->spill_off[r] = (int32_t)cg->spill_B;
    cg->spill_B += PUM_ALIGN_UP(size_B, 64u);
}

/* Empty blocks have no instruction that tells their region: one walk that mirrors assign_regions. */
static void
find_spills(struct cg *cg, const struct pum_ir_list *list, uint32_t *region, uint32_t *end_region)
{
    const struct pum_ir_shader *sh = cg->sh;
    for (const struct pum_ir_node *n = list->first; n; n = n->next) {
        if (n->kind == PUM_IR_BLOCK) {
            for (pum_ir_ref r = n->first_inst; r; r = sh->insts[r].next) {
                const struct pum_ir_inst *in = &sh->insts[r];
                for (uint32_t i = 0; in->op != PUM_IR_PHI && i < in->n_src; i++) {
                    need_spill(cg, pum_ir_src(sh, in, i), *region);
                }
                if (in->op == PUM_IR_BARRIER) {
                    ++*region;
                }
            }
            end_region[n->id] = *region;
            continue;
        }
        if (n->kind == PUM_IR_IF) {
            need_spill(cg, n->cond, *region);
        }
        const bool splits = cg->node[n->id].has_barrier;
        if (splits && n->kind == PUM_IR_LOOP) {
            ++*region;
        }
        find_spills(cg, &n->a, region, end_region);
        if (n->kind == PUM_IR_IF) {
            if (splits) {
                ++*region;
                need_spill(cg, n->cond, *region);
            }
            find_spills(cg, &n->b, region, end_region);
        }
        if (splits) {
            ++*region;
        }
    }
}

static void
plan_spills(struct cg *cg)
{
    const struct pum_ir_shader *sh = cg->sh;
    uint32_t region = 0;
    assign_regions(cg, &sh->body, &region);
    region = 0;
    uint32_t *end_region = calloc(sh->n_nodes, sizeof(uint32_t));
    if (!end_region) {
        cg_fail(cg, "out of memory");
        return;
    }
    find_spills(cg, &sh->body, &region, end_region);
    for (struct pum_ir_node *b = sh->body.first; b; b = pum_ir_next_block(b)) {
        for (pum_ir_ref r = b->first_inst; r && sh->insts[r].op == PUM_IR_PHI; r = sh->insts[r].next) {
            const struct pum_ir_inst *in = &sh->insts[r];
            for (uint32_t i = 0; i < in->n_src; i++) {
                need_spill(cg, pum_ir_phi_value(sh, in, i), end_region[pum_ir_phi_pred(sh, in, i)]);
            }
        }
    }
    free(end_region);
}

/* ---- PHIs ---- */

static LLVMTypeRef
slot_type(struct cg *cg, const struct pum_ir_inst *in)
{
    return in->shape == PUM_IR_VARYING ? cg_vtype(cg, (enum pum_ir_type)in->type) : cg_type(cg, (enum pum_ir_type)in->type);
}

/* Memory for values that wait for the end of node n: the stack, or the subgroup's spill area if a barrier lies inside. */
static LLVMValueRef
node_memory(struct cg *cg, const struct pum_ir_node *n, LLVMTypeRef type)
{
    if (cg->split && cg->node[n->id].has_barrier) {
        const uint32_t at = cg->spill_B;
        cg->spill_B += 128;
        /* The pointer must be valid in every region: made where the subgroup starts. */
        LLVMBasicBlockRef here = LLVMGetInsertBlock(cg->b);
        LLVMPositionBuilderBefore(cg->b, cg->state_switch);
        LLVMValueRef p = cg_offset(cg, cg->spill, at);
        LLVMPositionBuilderAtEnd(cg->b, here);
        return p;
    }
    return cg_alloca(cg, type, 64);
}

/* The execution mask for after node n; kept in memory where a barrier lies in between. */
struct saved_exec {
    LLVMValueRef mask, mem;
};

static struct saved_exec
save_exec(struct cg *cg, const struct pum_ir_node *n)
{
    struct saved_exec s = {cg->exec, NULL};
    if (cg->split && cg->node[n->id].has_barrier && cg->exec && cg->exec != cg->entry_exec) {
        s.mem = node_memory(cg, n, cg_mem_type(cg, cg->v_i1));
        cg_mem_store(cg, cg->exec, s.mem);
    }
    return s;
}

static LLVMValueRef
restore_exec(struct cg *cg, const struct saved_exec *s)
{
    return s->mem ? cg_mem_load(cg, cg->v_i1, s->mem) : s->mask;
}

static void
make_slots(struct cg *cg, const struct pum_ir_node *n)
{
    const struct pum_ir_shader *sh = cg->sh;
    if (!n->next) {
        return;
    }
    for (pum_ir_ref r = n->next->first_inst; r && sh->insts[r].op == PUM_IR_PHI; r = sh->insts[r].next) {
        LLVMTypeRef t = slot_type(cg, &sh->insts[r]);
        cg->phi_slot[r] = node_memory(cg, n, cg_mem_type(cg, t));
        cg_mem_store(cg, LLVMConstNull(t), cg->phi_slot[r]);
    }
}

/* The value of a PHI source in the PHI's own form. */
static LLVMValueRef
phi_source(struct cg *cg, const struct pum_ir_inst *phi, uint32_t pred)
{
    for (uint32_t i = 0; i < phi->n_src; i++) {
        if (pum_ir_phi_pred(cg->sh, phi, i) == pred) {
            const pum_ir_ref v = pum_ir_phi_value(cg->sh, phi, i);
            return phi->shape == PUM_IR_VARYING ? cg_vec(cg, v) : cg_raw(cg, v);
        }
    }
    return NULL;
}

/* At the end of block `pred`, which flows into the block after node n: fills the PHI slots. merge: other lanes may have written theirs. */
static void
store_phis(struct cg *cg, const struct pum_ir_node *n, const struct pum_ir_node *pred, bool merge)
{
    const struct pum_ir_shader *sh = cg->sh;
    for (pum_ir_ref r = n->next->first_inst; r && sh->insts[r].op == PUM_IR_PHI; r = sh->insts[r].next) {
        const struct pum_ir_inst *phi = &sh->insts[r];
        LLVMValueRef v = phi_source(cg, phi, pred->id);
        if (!v) {
            continue;
        }
        if (merge && cg->exec && phi->shape == PUM_IR_VARYING) {
            v = LLVMBuildSelect(cg->b, cg->exec, v, cg_mem_load(cg, LLVMTypeOf(v), cg->phi_slot[r]), "");
        }
        cg_mem_store(cg, v, cg->phi_slot[r]);
    }
}

static void
load_phis(struct cg *cg, const struct pum_ir_node *after)
{
    const struct pum_ir_shader *sh = cg->sh;
    for (pum_ir_ref r = after->first_inst; r && sh->insts[r].op == PUM_IR_PHI; r = sh->insts[r].next) {
        if (cg->phi_slot[r]) { /* PHIs at the head of a loop are real ones */
            cg->region_now = cg->split ? cg->region[r] : 0;
            cg_def(cg, r, cg_mem_load(cg, slot_type(cg, &sh->insts[r]), cg->phi_slot[r]));
        }
    }
}

/* ---- nodes ---- */

static void
emit_break(struct cg *cg, const struct pum_ir_node *block, uint32_t target)
{
    const struct pum_ir_node *t = cg->sh->nodes[target];
    struct cg_node *tn = &cg->node[target];
    const bool jump = break_is_jump(block, target);
    store_phis(cg, t, block, tn->acc != NULL);
    if (tn->acc) {
        LLVMValueRef acc = cg_mem_load(cg, cg->v_i1, tn->acc);
        cg_mem_store(cg, cg->exec ? LLVMBuildOr(cg->b, acc, cg->exec, "") : LLVMConstAllOnes(cg->v_i1), tn->acc);
    }
    if (jump) {
        LLVMBuildBr(cg->b, tn->exit);
        LLVMPositionBuilderAtEnd(cg->b, cg_block(cg, "dead"));
    } else {
        cg->exec = LLVMConstNull(cg->v_i1); /* nobody goes on in this list */
    }
}

static void
emit_uniform_if(struct cg *cg, const struct pum_ir_node *n)
{
    const struct pum_ir_shader *sh = cg->sh;
    LLVMBuilderRef b = cg->b;
    LLVMBasicBlockRef join = cg_block(cg, "endif"), bb[2] = {cg_block(cg, "then"), cg_block(cg, "else")};
    const struct saved_exec before = save_exec(cg, n);
    const bool changes = cg->node[n->id].escapes;
    LLVMValueRef mem = NULL;
    if (changes) {
        mem = node_memory(cg, n, cg_mem_type(cg, cg->v_i1));
        cg_mem_store(cg, LLVMConstNull(cg->v_i1), mem);
    }
    LLVMBuildCondBr(b, cg_raw(cg, n->cond), bb[0], bb[1]);
    for (int side = 0; side < 2; side++) {
        const struct pum_ir_list *l = side ? &n->b : &n->a;
        LLVMPositionBuilderAtEnd(b, bb[side]);
        cg->exec = before.mask;
        cg->checked_exec = NULL;
        emit_list(cg, l, join);
        if (!pum_ir_ends_in_break(sh, l->last)) {
            store_phis(cg, n, l->last, false);
        }
        if (changes) {
            cg_mem_store(cg, cg_mask(cg, cg->exec), mem);
        }
        LLVMBuildBr(b, join);
    }
    LLVMPositionBuilderAtEnd(b, join);
    cg->exec = changes ? cg_mem_load(cg, cg->v_i1, mem) : restore_exec(cg, &before);
    cg->checked_exec = NULL;
}

static void
emit_divergent_if(struct cg *cg, const struct pum_ir_node *n)
{
    const struct pum_ir_shader *sh = cg->sh;
    LLVMBuilderRef b = cg->b;
    const struct saved_exec before = save_exec(cg, n);
    const bool changes = cg->node[n->id].escapes, splits = cg->split && cg->node[n->id].has_barrier;
    const bool phis = n->next->first_inst && sh->insts[n->next->first_inst].op == PUM_IR_PHI;
    LLVMValueRef c = cg_vec(cg, n->cond), out_mask = NULL;
    if (changes) {
        out_mask = node_memory(cg, n, cg_mem_type(cg, cg->v_i1));
        cg_mem_store(cg, LLVMConstNull(cg->v_i1), out_mask);
    }
    for (int side = 0; side < 2; side++) {
        const struct pum_ir_list *l = side ? &n->b : &n->a;
        if (l->first == l->last && !l->first->first_inst && !phis && !changes) {
            continue;
        }
        LLVMValueRef entered = before.mask;
        if (side && splits) { /* reached from behind a barrier */
            cg->region_now = cg->block_region[l->first->id];
            c = cg_vec(cg, n->cond);
            entered = restore_exec(cg, &before);
        }
        LLVMValueRef m = side ? LLVMBuildNot(b, c, "") : c;
        cg->exec = entered ? LLVMBuildAnd(b, entered, m, "") : m;
        cg->checked_exec = NULL;
        LLVMBasicBlockRef skip = NULL;
        if (!is_short(sh, l)) {
            LLVMBasicBlockRef body = cg_block(cg, side ? "else" : "then");
            skip = cg_block(cg, "skip");
            LLVMBuildCondBr(b, cg_any(cg, cg->exec), body, skip);
            LLVMPositionBuilderAtEnd(b, body);
        }
        emit_list(cg, l, skip);
        if (!pum_ir_ends_in_break(sh, l->last)) {
            store_phis(cg, n, l->last, side != 0); /* the first side writes where nobody has written */
        }
        if (changes) {
            LLVMValueRef acc = cg_mem_load(cg, cg->v_i1, out_mask);
            cg_mem_store(cg, LLVMBuildOr(b, acc, cg_mask(cg, cg->exec), ""), out_mask);
        }
        if (skip) {
            LLVMBuildBr(b, skip);
            LLVMPositionBuilderAtEnd(b, skip);
        }
    }
    cg->exec = changes ? cg_mem_load(cg, cg->v_i1, out_mask) : restore_exec(cg, &before);
    cg->checked_exec = NULL;
}

/* Loop-carried values and masks in the form of memory, so that LLVM's PHIs have good types. */
static LLVMValueRef
to_mem(struct cg *cg, LLVMValueRef v)
{
    return LLVMTypeOf(v) == cg->v_i1 ? cg_mask_to_mem(cg, v) : v;
}

static LLVMValueRef
from_mem(struct cg *cg, LLVMTypeRef t, LLVMValueRef v)
{
    return t == cg->v_i1 ? cg_mask_from_mem(cg, v) : v;
}

struct loop_head {
    LLVMBasicBlockRef block;
    LLVMValueRef exec_phi; /* NULL: the mask does not change */
};

/* From the block before the loop to its first block. */
static struct loop_head
begin_loop(struct cg *cg, const struct pum_ir_node *n, bool masks, const struct saved_exec *before)
{
    const struct pum_ir_shader *sh = cg->sh;
    LLVMBuilderRef b = cg->b;
    const pum_ir_ref first = n->a.first->first_inst;
    struct loop_head h = {cg_block(cg, "loop"), NULL};
    for (pum_ir_ref r = first; r && sh->insts[r].op == PUM_IR_PHI; r = sh->insts[r].next) {
        LLVMValueRef v = phi_source(cg, &sh->insts[r], n->prev->id); /* evaluated in the block before the loop */
        cg->phi_head[r] = to_mem(cg, v ? v : LLVMConstNull(slot_type(cg, &sh->insts[r])));
    }
    LLVMValueRef entry_exec = masks ? cg_mask_to_mem(cg, cg_mask(cg, cg->exec)) : NULL;
    LLVMBasicBlockRef from = LLVMGetInsertBlock(b);
    LLVMBuildBr(b, h.block);
    LLVMPositionBuilderAtEnd(b, h.block);
    for (pum_ir_ref r = first; r && sh->insts[r].op == PUM_IR_PHI; r = sh->insts[r].next) {
        LLVMValueRef phi = LLVMBuildPhi(b, cg_mem_type(cg, slot_type(cg, &sh->insts[r])), "");
        LLVMAddIncoming(phi, &cg->phi_head[r], &from, 1);
        cg->phi_head[r] = phi;
    }
    if (masks) {
        h.exec_phi = LLVMBuildPhi(b, cg_mem_type(cg, cg->v_i1), "");
        LLVMAddIncoming(h.exec_phi, &entry_exec, &from, 1);
        cg->exec = cg_mask_from_mem(cg, h.exec_phi);
    } else { /* the head is also reached from behind a barrier */
        cg->exec = restore_exec(cg, before);
    }
    for (pum_ir_ref r = first; r && sh->insts[r].op == PUM_IR_PHI; r = sh->insts[r].next) {
        cg->region_now = cg->split ? cg->region[r] : 0;
        cg_def(cg, r, from_mem(cg, slot_type(cg, &sh->insts[r]), cg->phi_head[r]));
    }
    cg->checked_exec = cg->exec; /* whoever comes to the head has somebody with it */
    return h;
}

/* Before the way back to a loop's head: leaves the shader if the device is lost. */
static void
check_stop(struct cg *cg, const struct pum_ir_node *n)
{
    LLVMBasicBlockRef again = cg_block(cg, "again");
    LLVMBasicBlockRef from = LLVMGetInsertBlock(cg->b);
    if (!cg->stopped) {
        cg->stopped = cg_block(cg, "stopped");
        LLVMPositionBuilderAtEnd(cg->b, cg->stopped);
        cg->stopped_at = LLVMBuildPhi(cg->b, cg->ptr, "");
        LLVMPositionBuilderAtEnd(cg->b, from);
    }
    LLVMValueRef where = n->where ? cg_text(cg, n->where - 1) : LLVMConstNull(cg->ptr);
    LLVMAddIncoming(cg->stopped_at, &where, &from, 1);
    LLVMValueRef word = LLVMBuildLoad2(cg->b, cg->i32, cg->stop, "");
    LLVMSetVolatile(word, 1);
    LLVMValueRef br = LLVMBuildCondBr(cg->b, LLVMBuildICmp(cg->b, LLVMIntEQ, word, cg_i32(cg, 0), ""), again, cg->stopped);
    LLVMSetMetadata(br, cg->md_prof, cg->md_likely);
    LLVMPositionBuilderAtEnd(cg->b, again);
}

static void
end_loop(struct cg *cg, const struct pum_ir_node *n, const struct loop_head *h, LLVMBasicBlockRef exit)
{
    const struct pum_ir_shader *sh = cg->sh;
    LLVMBuilderRef b = cg->b;
    if (pum_ir_ends_in_break(sh, n->a.last)) {
        LLVMBuildBr(b, exit);
        return;
    }
    const pum_ir_ref first = n->a.first->first_inst;
    LLVMValueRef exec = cg->exec;
    const bool checked = cg->exec == cg->checked_exec;
    uint32_t count = 0;
    for (pum_ir_ref r = first; r && sh->insts[r].op == PUM_IR_PHI; r = sh->insts[r].next) {
        count++;
    }
    LLVMValueRef *next = malloc((count + 1) * sizeof(*next));
    if (!next) {
        cg_fail(cg, "out of memory");
        return;
    }
    count = 0;
    for (pum_ir_ref r = first; r && sh->insts[r].op == PUM_IR_PHI; r = sh->insts[r].next) {
        LLVMValueRef v = phi_source(cg, &sh->insts[r], n->a.last->id);
        next[count++] = to_mem(cg, v ? v : LLVMConstNull(slot_type(cg, &sh->insts[r])));
    }
    LLVMValueRef m = h->exec_phi ? cg_mask_to_mem(cg, cg_mask(cg, exec)) : NULL;
    const uint64_t bound = pum_ir_loop_bound(sh, n);
    if (bound == 0 || bound > UNWATCHED_ROUNDS) {
        check_stop(cg, n);
    }
    LLVMBasicBlockRef at = LLVMGetInsertBlock(b);
    if (h->exec_phi && !checked) {
        LLVMBuildCondBr(b, cg_any(cg, exec), h->block, exit);
    } else {
        LLVMBuildBr(b, h->block);
    }
    if (h->exec_phi) {
        LLVMAddIncoming(h->exec_phi, &m, &at, 1);
    }
    count = 0;
    for (pum_ir_ref r = first; r && sh->insts[r].op == PUM_IR_PHI; r = sh->insts[r].next) {
        LLVMAddIncoming(cg->phi_head[r], &next[count++], &at, 1);
    }
    free(next);
}

static void
emit_scope_or_loop(struct cg *cg, const struct pum_ir_node *n)
{
    const struct pum_ir_shader *sh = cg->sh;
    LLVMBuilderRef b = cg->b;
    struct cg_node *cn = &cg->node[n->id];
    const bool loop = n->kind == PUM_IR_LOOP;
    cn->exit = cg_block(cg, loop ? "endloop" : "endscope");
    const struct saved_exec before = save_exec(cg, n);
    const bool masks = n->divergent || cn->divergent_out;
    if (masks) {
        cn->acc = node_memory(cg, n, cg_mem_type(cg, cg->v_i1));
        cg_mem_store(cg, LLVMConstNull(cg->v_i1), cn->acc);
    }
    if (loop) {
        const struct loop_head head = begin_loop(cg, n, masks, &before);
        emit_list(cg, &n->a, cn->exit);
        end_loop(cg, n, &head, cn->exit);
    } else {
        emit_list(cg, &n->a, cn->exit);
        if (!pum_ir_ends_in_break(sh, n->a.last)) {
            store_phis(cg, n, n->a.last, masks);
            if (masks) {
                LLVMValueRef acc = cg_mem_load(cg, cg->v_i1, cn->acc);
                cg_mem_store(cg, LLVMBuildOr(b, acc, cg_mask(cg, cg->exec), ""), cn->acc);
            }
        }
        LLVMBuildBr(b, cn->exit);
    }
    LLVMPositionBuilderAtEnd(b, cn->exit);
    cg->exec = masks ? cg_mem_load(cg, cg->v_i1, cn->acc) : restore_exec(cg, &before);
    cg->checked_exec = NULL;
}

/* Ends a region: the subgroup's state is in its spill area; the next one starts in a block of its own. */
static void
emit_barrier(struct cg *cg)
{
    LLVMBuilderRef b = cg->b;
    if (!cg->split) {
        LLVMBuildFence(b, LLVMAtomicOrderingAcquireRelease, 0, "");
        return;
    }
    const bool masked = cg->exec && cg->exec != cg->entry_exec;
    if (masked) {
        cg_mem_store(cg, cg_mask(cg, cg->exec), cg_offset(cg, cg->spill, cg->exec_spill));
    }
    const uint32_t state = ++cg->n_states;
    cg_store(cg, cg_i32(cg, state), cg->next_state, 4);
    LLVMBuildBr(b, cg->sg_latch);
    LLVMBasicBlockRef resume = cg_block(cg, "resume");
    LLVMAddCase(cg->state_switch, cg_i32(cg, state), resume);
    LLVMPositionBuilderAtEnd(b, resume);
    if (masked) {
        cg->exec = cg_mem_load(cg, cg->v_i1, cg_offset(cg, cg->spill, cg->exec_spill));
    }
}

LLVMValueRef
cg_sysval(struct cg *cg, const struct pum_ir_inst *in)
{
    LLVMValueRef v = (in->imm & 0xff) < PUM_SYSVAL_COUNT ? cg->sysval[in->imm & 0xff][(in->imm >> 8) & 3] : NULL;
    if (!v) {
        cg_fail(cg, "system value that the stage does not have");
        v = in->type == PUM_IR_BOOL ? LLVMConstNull(cg->i1) : in->type == PUM_IR_F32 ? LLVMConstNull(cg->f32) : cg_i32(cg, 0);
    }
    if (in->shape == PUM_IR_VARYING && LLVMGetTypeKind(LLVMTypeOf(v)) != LLVMVectorTypeKind) {
        v = cg_splat(cg, v);
    }
    if (in->type != PUM_IR_BOOL && in->type != PUM_IR_F32 && LLVMTypeOf(v) == cg->v_f32) {
        v = LLVMBuildBitCast(cg->b, v, cg->v_i32, "");
    }
    return v;
}

static void
emit_block(struct cg *cg, const struct pum_ir_node *block)
{
    const struct pum_ir_shader *sh = cg->sh;
    load_phis(cg, block);
    for (pum_ir_ref r = block->first_inst; r && !cg->failed; r = sh->insts[r].next) {
        const struct pum_ir_inst *in = &sh->insts[r];
        cg->region_now = cg->split ? cg->region[r] : 0;
        if (PUM_UNLIKELY(cg->debug)) {
            cg_debug_at(cg, in);
        }
        switch ((enum pum_ir_op)in->op) {
        case PUM_IR_PHI:
        case PUM_IR_CONST:
            break;
        case PUM_IR_BREAK:
            emit_break(cg, block, (uint32_t)in->imm);
            break;
        case PUM_IR_BARRIER:
            emit_barrier(cg);
            cg->region_now++;
            break;
        case PUM_IR_SYSVAL:
            cg_def(cg, r, cg_sysval(cg, in));
            break;
        default:
            if (!cg_alu(cg, r, in) && !cg_mem(cg, r, in) && !cg_tex(cg, r, in) && !cg_trace(cg, r, in)) {
                cg_fail(cg, pum_ir_op_infos[in->op].name);
            }
        }
    }
}

/* leave: where to go when no lane is left in the list; NULL: end of the list, at once or later makes no difference. */
static void
emit_list(struct cg *cg, const struct pum_ir_list *list, LLVMBasicBlockRef leave)
{
    if (++cg->depth > MAX_DEPTH) {
        cg_fail(cg, "control flow is nested too deeply");
    }
    for (const struct pum_ir_node *n = list->first; n && !cg->failed; n = n->next) {
        if (n->kind == PUM_IR_BLOCK) {
            if (cg->split) {
                cg->region_now = cg->block_region[n->id];
            }
            emit_block(cg, n);
            continue;
        }
        make_slots(cg, n);
        if (n->kind != PUM_IR_IF) {
            emit_scope_or_loop(cg, n);
        } else if (n->divergent) {
            emit_divergent_if(cg, n);
        } else {
            emit_uniform_if(cg, n);
        }
        /* Code that runs without lanes is slow, and a uniform loop in it need not end. */
        const bool more = n->next && (n->next->first_inst || n->next->next);
        if (leave && more && cg->node[n->id].escapes && cg->exec) {
            LLVMBasicBlockRef go_on = cg_block(cg, "some");
            LLVMBuildCondBr(cg->b, cg_any(cg, cg->exec), go_on, leave);
            LLVMPositionBuilderAtEnd(cg->b, go_on);
            cg->checked_exec = cg->exec;
        }
    }
    cg->depth--;
}

void
cg_body(struct cg *cg)
{
    emit_list(cg, &cg->sh->body, NULL);
}

void
cg_plan(struct cg *cg)
{
    mark_nodes(cg);
    if (cg->split) {
        plan_spills(cg);
    }
}
