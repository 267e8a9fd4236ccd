/* Value numbering: an operation that a dominating, equal one has computed already is replaced by it. Pure operations and invariant loads.
 * Operations that look at other lanes are left alone: which lanes are active may have changed in between.
 * Needs: promoted code. Breaks: shapes.
 *
 * One walk in program order. The table's entries are undone when a list is left, so that what it holds dominates the place of the walk.
 */
#include <stdlib.h>

#include "ir/ir.h"

struct entry {
    pum_ir_ref value;
    uint32_t next;   /* index + 1 in the same bucket */
    uint32_t bucket;
};

struct cse {
    struct pum_ir_shader *sh;
    uint32_t *buckets; /* [1 << log2]: index + 1 */
    uint32_t log2;
    struct entry *entries; /* a stack */
    uint32_t n_entries, cap_entries;
    pum_ir_ref *replace; /* [n_insts] */
    bool failed;
};

static bool
candidate(const struct pum_ir_inst *in)
{
    const uint8_t flags = pum_ir_op_infos[in->op].flags;
    if (in->op == PUM_IR_PHI || in->op == PUM_IR_CONST || in->type == PUM_IR_VOID || flags & PUM_IR_CROSS_LANE_BIT) {
        return false;
    }
    return flags & PUM_IR_PURE_BIT || (in->flags & PUM_IR_INST_INVARIANT_BIT && flags & PUM_IR_LOADS_BIT);
}

/* Constants are shared only nearly: they count as what they hold. */
static uint64_t
operand_key(const struct pum_ir_shader *sh, pum_ir_ref r)
{
    const struct pum_ir_inst *in = &sh->insts[r];
    return in->op == PUM_IR_CONST ? in->imm * 0x9E3779B97F4A7C15u + in->type : (uint64_t)r << 8;
}

static uint32_t
hash_of(const struct pum_ir_shader *sh, const struct pum_ir_inst *in)
{
    uint64_t h = in->op | (uint64_t)in->type << 8 | (uint64_t)in->n_src << 16 | (uint64_t)in->flags << 32;
    h = (h ^ in->imm) * 0x9E3779B97F4A7C15u;
    h = (h ^ h >> 29 ^ in->imm2) * 0xBF58476D1CE4E5B9u;
    for (uint32_t i = 0; i < in->n_src; i++) {
        h = (h ^ h >> 31 ^ operand_key(sh, pum_ir_src(sh, in, i))) * 0x94D049BB133111EBu;
    }
    return (uint32_t)(h >> 32);
}

static bool
same_operand(const struct pum_ir_shader *sh, pum_ir_ref a, pum_ir_ref b)
{
    const struct pum_ir_inst *x = &sh->insts[a], *y = &sh->insts[b];
    return a == b || (x->op == PUM_IR_CONST && y->op == PUM_IR_CONST && x->type == y->type && x->imm == y->imm);
}

static bool
same(const struct pum_ir_shader *sh, const struct pum_ir_inst *a, const struct pum_ir_inst *b)
{
    if (a->op != b->op || a->type != b->type || a->flags != b->flags || a->n_src != b->n_src || a->imm != b->imm || a->imm2 != b->imm2) {
        return false;
    }
    for (uint32_t i = 0; i < a->n_src; i++) {
        if (!same_operand(sh, pum_ir_src(sh, a, i), pum_ir_src(sh, b, i))) {
            return false;
        }
    }
    return true;
}

static pum_ir_ref
resolve(const struct cse *c, pum_ir_ref r)
{
    return c->replace[r] ? c->replace[r] : r; /* replacements are never replaced themselves */
}

static void
resolve_sources(struct cse *c, pum_ir_ref r)
{
    struct pum_ir_shader *sh = c->sh;
    struct pum_ir_inst *in = &sh->insts[r];
    for (uint32_t i = 0; i < in->n_src; i++) {
        pum_ir_ref *s = in->op == PUM_IR_PHI                 ? &sh->extra[in->src[0] + 2 * i]
                        : in->n_src <= PUM_IR_INLINE_SRC ? &in->src[i]
                                                             : &sh->extra[in->src[0] + i];
        *s = resolve(c, *s);
    }
    if (pum_ir_op_infos[in->op].flags & PUM_IR_COMMUTATIVE_BIT && in->src[0] > in->src[1] && sh->insts[in->src[1]].op != PUM_IR_CONST) {
        const pum_ir_ref x = in->src[0]; /* one order */
        in->src[0] = in->src[1];
        in->src[1] = x;
    }
}

static void
visit(struct cse *c, pum_ir_ref r)
{
    struct pum_ir_shader *sh = c->sh;
    resolve_sources(c, r);
    if (!candidate(&sh->insts[r])) {
        return;
    }
    const uint32_t bucket = hash_of(sh, &sh->insts[r]) >> (32 - c->log2);
    for (uint32_t e = c->buckets[bucket]; e; e = c->entries[e - 1].next) {
        if (same(sh, &sh->insts[r], &sh->insts[c->entries[e - 1].value])) {
            c->replace[r] = c->entries[e - 1].value;
            pum_ir_remove(sh, r);
            return;
        }
    }
    if (!pum_grow((void **)&c->entries, &c->cap_entries, c->n_entries + 1, sizeof(c->entries[0]))) {
        c->failed = true;
        return;
    }
    c->entries[c->n_entries++] = (struct entry){r, c->buckets[bucket], bucket};
    c->buckets[bucket] = c->n_entries;
}

static void
walk(struct cse *c, struct pum_ir_list *list)
{
    const uint32_t mark = c->n_entries;
    for (struct pum_ir_node *n = list->first; n && !c->failed; n = n->next) {
        if (n->kind == PUM_IR_BLOCK) {
            for (pum_ir_ref r = n->first_inst; r && !c->failed;) {
                const pum_ir_ref next = c->sh->insts[r].next;
                visit(c, r);
                r = next;
            }
            continue;
        }
        if (n->kind == PUM_IR_IF) {
            n->cond = resolve(c, n->cond);
        }
        walk(c, &n->a);
        if (n->kind == PUM_IR_IF) {
            walk(c, &n->b);
        }
    }
    while (c->n_entries > mark) {
        const struct entry *e = &c->entries[--c->n_entries];
        c->buckets[e->bucket] = e->next;
    }
}

bool
pum_ir_pass_cse(struct pum_ir_shader *sh)
{
    struct cse c = {.sh = sh, .log2 = 6};
    while (c.log2 < 20 && 1u << c.log2 < sh->n_insts) {
        c.log2++;
    }
    c.buckets = calloc((size_t)1 << c.log2, sizeof(c.buckets[0]));
    c.replace = calloc(sh->n_insts, sizeof(c.replace[0]));
    c.failed = !c.buckets || !c.replace;
    if (!c.failed) {
        walk(&c, &sh->body);
    }
    if (!c.failed) { /* back edges */
        for (struct pum_ir_node *b = sh->body.first; b; b = pum_ir_next_block(b)) {
            for (pum_ir_ref r = b->first_inst; r && sh->insts[r].op == PUM_IR_PHI; r = sh->insts[r].next) {
                resolve_sources(&c, r);
            }
        }
    }
    free(c.buckets);
    free(c.replace);
    free(c.entries);
    return !c.failed;
}
