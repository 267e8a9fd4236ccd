#include "ir/ir.h"

#include <stdlib.h>
#include <string.h>

/* More than any sane shader needs; keeps hostile ones from filling memory. */
#define MAX_INSTS (1u << 20)

#define P PUM_IR_PURE_BIT
#define L PUM_IR_LOADS_BIT
#define E PUM_IR_EFFECT_BIT
#define C PUM_IR_COMMUTATIVE_BIT
#define Q PUM_IR_CROSS_LANE_BIT
#define J PUM_IR_JUMP_BIT
#define ROW(name, print, sources, flags) {print, sources, flags},
const struct pum_ir_op_info pum_ir_op_infos[PUM_IR_OP_COUNT] = {PUM_IR_OPS(ROW)};
#undef ROW
#undef P
#undef L
#undef E
#undef C
#undef Q
#undef J

uint32_t
pum_ir_type_bits(enum pum_ir_type type)
{
    static const uint8_t bits[PUM_IR_TYPE_COUNT] = {0, 1, 8, 16, 32, 64, 16, 32, 64, 0};
    return bits[type];
}

static struct pum_ir_node *
node_create(struct pum_ir_shader *sh, enum pum_ir_node_kind kind)
{
    struct pum_ir_node *n = pum_arena_alloc(&sh->arena, sizeof(*n), _Alignof(struct pum_ir_node));
    if (!n || !pum_grow((void **)&sh->nodes, &sh->cap_nodes, sh->n_nodes + 1, sizeof(sh->nodes[0]))) {
        sh->oom = true;
        return NULL;
    }
    n->kind = (uint8_t)kind;
    n->id = sh->n_nodes;
    n->a.owner = n->b.owner = n;
    sh->nodes[sh->n_nodes++] = n;
    return n;
}

static void
list_append(struct pum_ir_list *list, struct pum_ir_node *n)
{
    n->list = list;
    n->prev = list->last;
    n->next = NULL;
    if (list->last) {
        list->last->next = n;
    } else {
        list->first = n;
    }
    list->last = n;
}

struct pum_ir_shader *
pum_ir_shader_create(enum pum_stage stage)
{
    struct pum_ir_shader *sh = calloc(1, sizeof(*sh));
    if (!sh) {
        return NULL;
    }
    pum_arena_init(&sh->arena, 16384, (size_t)512 << 20);
    sh->info.stage = (uint8_t)stage;
    sh->n_insts = 1;
    sh->n_nodes = 1;
    struct pum_ir_node *b = NULL;
    if (pum_grow((void **)&sh->insts, &sh->cap_insts, 256, sizeof(sh->insts[0])) &&
        pum_grow((void **)&sh->nodes, &sh->cap_nodes, 16, sizeof(sh->nodes[0]))) {
        memset(&sh->insts[0], 0, sizeof(sh->insts[0]));
        sh->nodes[0] = NULL;
        b = node_create(sh, PUM_IR_BLOCK);
    }
    if (!b) {
        pum_ir_shader_destroy(sh);
        return NULL;
    }
    list_append(&sh->body, b);
    return sh;
}

void
pum_ir_shader_destroy(struct pum_ir_shader *sh)
{
    if (sh) {
        free(sh->insts);
        free(sh->extra);
        free(sh->nodes);
        free(sh->vars);
        free(sh->calls);
        free(sh->texts);
        pum_arena_finish(&sh->arena);
        free(sh);
    }
}

uint32_t
pum_ir_add_text(struct pum_ir_shader *sh, const uint8_t *bytes, uint32_t size_B)
{
    uint8_t *copy = pum_arena_alloc(&sh->arena, size_B, 1);
    if (!copy || !pum_grow((void **)&sh->texts, &sh->cap_texts, sh->n_texts + 1, sizeof(sh->texts[0]))) {
        sh->oom = true;
        return 0;
    }
    memcpy(copy, bytes, size_B);
    const struct pum_ir_text *last = sh->n_texts ? &sh->texts[sh->n_texts - 1] : NULL;
    sh->texts[sh->n_texts] = (struct pum_ir_text){copy, size_B, last ? last->at_B + last->size_B : 0};
    return sh->n_texts++;
}

void
pum_ir_builder_init(struct pum_ir_builder *b, struct pum_ir_shader *sh)
{
    *b = (struct pum_ir_builder){.sh = sh, .block = sh->body.last};
}

static bool
ends_in_break(const struct pum_ir_shader *sh, const struct pum_ir_node *block)
{
    return block->last_inst && sh->insts[block->last_inst].op == PUM_IR_BREAK;
}

/* A new instruction in no block; 0 = out of memory. */
static pum_ir_ref
inst_create(struct pum_ir_shader *sh, enum pum_ir_op op, enum pum_ir_type type, uint32_t n_src, const pum_ir_ref *src, uint64_t imm)
{
    if (sh->oom || sh->n_insts >= MAX_INSTS || n_src > UINT16_MAX ||
        !pum_grow((void **)&sh->insts, &sh->cap_insts, sh->n_insts + 1, sizeof(sh->insts[0]))) {
        sh->oom = true;
        return 0;
    }
    const pum_ir_ref r = sh->n_insts;
    struct pum_ir_inst *in = &sh->insts[r];
    memset(in, 0, sizeof(*in));
    in->op = (uint8_t)op;
    in->type = (uint8_t)type;
    in->n_src = (uint16_t)n_src;
    in->imm = imm;
    if (n_src <= PUM_IR_INLINE_SRC && op != PUM_IR_PHI) {
        for (uint32_t i = 0; i < n_src; i++) {
            in->src[i] = src[i];
        }
    } else {
        const uint32_t words = op == PUM_IR_PHI ? 2 * n_src : n_src;
        if (!pum_grow((void **)&sh->extra, &sh->cap_extra, sh->n_extra + words, sizeof(sh->extra[0]))) {
            sh->oom = true;
            return 0;
        }
        in->src[0] = sh->n_extra;
        for (uint32_t i = 0; i < words; i++) {
            sh->extra[sh->n_extra + i] = src ? src[i] : 0;
        }
        sh->n_extra += words;
    }
    sh->n_insts++;
    return r;
}

static void
append(struct pum_ir_shader *sh, struct pum_ir_node *block, pum_ir_ref r)
{
    struct pum_ir_inst *in = &sh->insts[r];
    in->block = block->id;
    in->prev = block->last_inst;
    in->next = 0;
    if (block->last_inst) {
        sh->insts[block->last_inst].next = r;
    } else {
        block->first_inst = r;
    }
    block->last_inst = r;
}

pum_ir_ref
pum_ir_emit(struct pum_ir_builder *b, enum pum_ir_op op, enum pum_ir_type type, uint32_t n_src, const pum_ir_ref *src, uint64_t imm)
{
    if (!b->block) { /* after an allocation failure */
        b->sh->oom = true;
        return 0;
    }
    const pum_ir_ref r = inst_create(b->sh, op, type, n_src, src, imm);
    if (!r) {
        return 0;
    }
    b->sh->insts[r].loc = b->loc;
    b->sh->insts[r].call = b->call;
    if (!ends_in_break(b->sh, b->block)) {
        append(b->sh, b->block, r);
    }
    return r;
}

pum_ir_ref
pum_ir_const(struct pum_ir_builder *b, enum pum_ir_type type, uint64_t bits)
{
    struct pum_ir_shader *sh = b->sh;
    /* Constants repeat close to each other: a small direct-mapped memory of recent ones finds nearly all. */
    const uint32_t slot = (uint32_t)((bits * 0x9E3779B97F4A7C15u >> 56) ^ (uint64_t)type) & (PUM_IR_CONST_CACHE - 1);
    const pum_ir_ref old = sh->const_cache[slot];
    if (old && sh->insts[old].imm == bits && sh->insts[old].type == type) {
        return old;
    }
    const pum_ir_ref r = inst_create(sh, PUM_IR_CONST, type, 0, NULL, bits);
    sh->const_cache[slot] = r;
    return r;
}

pum_ir_ref
pum_ir_const_f32(struct pum_ir_builder *b, float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof(bits));
    return pum_ir_const(b, PUM_IR_F32, bits);
}

uint32_t
pum_ir_add_call(struct pum_ir_shader *sh, uint32_t loc, uint32_t outer)
{
    if (!pum_grow((void **)&sh->calls, &sh->cap_calls, sh->n_calls + 1, sizeof(sh->calls[0]))) {
        return 0;
    }
    sh->calls[sh->n_calls++] = (struct pum_ir_call){loc, outer};
    return sh->n_calls;
}

uint32_t
pum_ir_add_var(struct pum_ir_shader *sh, enum pum_ir_type type)
{
    if (sh->n_vars >= MAX_INSTS || !pum_grow((void **)&sh->vars, &sh->cap_vars, sh->n_vars + 1, sizeof(sh->vars[0]))) {
        sh->oom = true;
        return UINT32_MAX;
    }
    sh->vars[sh->n_vars].type = (uint8_t)type;
    return sh->n_vars++;
}

/* Appends a node and an empty block inside its first list; returns the node. */
static struct pum_ir_node *
push(struct pum_ir_builder *b, enum pum_ir_node_kind kind)
{
    struct pum_ir_node *n = node_create(b->sh, kind);
    struct pum_ir_node *inner = node_create(b->sh, PUM_IR_BLOCK);
    if (!n || !inner || !b->block) {
        b->block = NULL;
        return NULL;
    }
    list_append(b->block->list, n);
    list_append(&n->a, inner);
    b->block = inner;
    return n;
}

static void
pop(struct pum_ir_builder *b, struct pum_ir_node *n)
{
    struct pum_ir_node *after = n ? node_create(b->sh, PUM_IR_BLOCK) : NULL;
    if (after) {
        list_append(n->list, after);
    }
    b->block = after;
}

struct pum_ir_node *
pum_ir_push_if(struct pum_ir_builder *b, pum_ir_ref cond)
{
    struct pum_ir_node *n = push(b, PUM_IR_IF);
    struct pum_ir_node *other = node_create(b->sh, PUM_IR_BLOCK);
    if (!n || !other) {
        b->block = NULL;
        return NULL;
    }
    n->cond = cond;
    list_append(&n->b, other);
    return n;
}

void
pum_ir_begin_else(struct pum_ir_builder *b, struct pum_ir_node *if_node)
{
    b->block = if_node ? if_node->b.last : NULL;
}

void
pum_ir_pop_if(struct pum_ir_builder *b, struct pum_ir_node *if_node)
{
    pop(b, if_node);
}

struct pum_ir_node *
pum_ir_push_loop(struct pum_ir_builder *b)
{
    b->sh->info.has_loop = true;
    return push(b, PUM_IR_LOOP);
}

void
pum_ir_pop_loop(struct pum_ir_builder *b, struct pum_ir_node *loop)
{
    pop(b, loop);
}

struct pum_ir_node *
pum_ir_push_scope(struct pum_ir_builder *b)
{
    return push(b, PUM_IR_SCOPE);
}

void
pum_ir_pop_scope(struct pum_ir_builder *b, struct pum_ir_node *scope)
{
    pop(b, scope);
}

void
pum_ir_break(struct pum_ir_builder *b, const struct pum_ir_node *target)
{
    pum_ir_emit(b, PUM_IR_BREAK, PUM_IR_VOID, 0, NULL, target ? target->id : 0);
}

void
pum_ir_remove(struct pum_ir_shader *sh, pum_ir_ref r)
{
    struct pum_ir_inst *in = &sh->insts[r];
    struct pum_ir_node *block = sh->nodes[in->block];
    if (in->prev) {
        sh->insts[in->prev].next = in->next;
    } else {
        block->first_inst = in->next;
    }
    if (in->next) {
        sh->insts[in->next].prev = in->prev;
    } else {
        block->last_inst = in->prev;
    }
    in->block = 0;
    in->prev = in->next = 0;
}

void
pum_ir_move_to_end(struct pum_ir_shader *sh, pum_ir_ref r, struct pum_ir_node *block)
{
    pum_ir_remove(sh, r);
    append(sh, block, r);
}

pum_ir_ref
pum_ir_insert_phi(struct pum_ir_shader *sh, struct pum_ir_node *block, enum pum_ir_type type, uint32_t n_src, const uint32_t *pairs)
{
    const pum_ir_ref r = inst_create(sh, PUM_IR_PHI, type, n_src, pairs, 0);
    if (!r) {
        return 0;
    }
    struct pum_ir_inst *in = &sh->insts[r];
    in->block = block->id;
    in->next = block->first_inst;
    if (block->first_inst) {
        sh->insts[block->first_inst].prev = r;
    } else {
        block->last_inst = r;
    }
    block->first_inst = r;
    return r;
}

pum_ir_ref
pum_ir_insert_before(struct pum_ir_shader *sh, pum_ir_ref at, enum pum_ir_op op, enum pum_ir_type type, uint32_t n_src,
                     const pum_ir_ref *src, uint64_t imm)
{
    const pum_ir_ref r = inst_create(sh, op, type, n_src, src, imm);
    if (!r) {
        return 0;
    }
    struct pum_ir_inst *in = &sh->insts[r], *next = &sh->insts[at];
    in->block = next->block;
    in->next = at;
    in->prev = next->prev;
    if (next->prev) {
        sh->insts[next->prev].next = r;
    } else {
        sh->nodes[next->block]->first_inst = r;
    }
    next->prev = r;
    return r;
}

/* ---- iteration ---- */

struct pum_ir_node *
pum_ir_next_block(const struct pum_ir_node *block)
{
    const struct pum_ir_node *n = block;
    for (;;) {
        if (n->next) {
            struct pum_ir_node *next = n->next;
            return next->kind == PUM_IR_BLOCK ? next : next->a.first;
        }
        struct pum_ir_node *owner = n->list->owner;
        if (!owner) {
            return NULL;
        }
        if (owner->kind == PUM_IR_IF && n->list == &owner->a) {
            return owner->b.first;
        }
        n = owner; /* the block after it */
    }
}

bool
pum_ir_ends_in_break(const struct pum_ir_shader *sh, const struct pum_ir_node *block)
{
    return ends_in_break(sh, block);
}

/* ---- text ---- */

static const char *const type_names[PUM_IR_TYPE_COUNT] = {"void", "bool", "i8", "i16", "i32", "i64", "f16", "f32", "f64", "tuple"};

static void
print_inst(const struct pum_ir_shader *sh, pum_ir_ref r, FILE *out, int depth)
{
    const struct pum_ir_inst *in = &sh->insts[r];
    static const char shapes[] = "vul";
    fprintf(out, "%*s", depth * 2, "");
    if (in->type != PUM_IR_VOID) {
        fprintf(out, "%%%u:%c = ", r, shapes[in->shape]);
    }
    fprintf(out, "%s", pum_ir_op_infos[in->op].name);
    if (in->type != PUM_IR_VOID) {
        fprintf(out, ".%s", type_names[in->type]);
    }
    if (in->op == PUM_IR_PHI) {
        for (uint32_t i = 0; i < in->n_src; i++) {
            fprintf(out, " [%%%u b%u]", pum_ir_phi_value(sh, in, i), pum_ir_phi_pred(sh, in, i));
        }
    } else {
        for (uint32_t i = 0; i < in->n_src; i++) {
            const pum_ir_ref s = pum_ir_src(sh, in, i);
            const struct pum_ir_inst *si = &sh->insts[s];
            if (si->op == PUM_IR_CONST) {
                if (si->type == PUM_IR_F32) {
                    float f;
                    const uint32_t bits = (uint32_t)si->imm;
                    memcpy(&f, &bits, 4);
                    fprintf(out, " %gf", (double)f);
                } else {
                    fprintf(out, " #%lld", (long long)(int64_t)si->imm);
                }
            } else {
                fprintf(out, " %%%u", s);
            }
        }
    }
    if (in->imm || in->op == PUM_IR_ST_OUT || in->op == PUM_IR_ST_VERTEX || in->op == PUM_IR_LD_IN || in->op == PUM_IR_LD_IN_AT || in->op == PUM_IR_LD_IN_VERTEX ||
        in->op == PUM_IR_SYSVAL) {
        fprintf(out, " imm=0x%llx", (unsigned long long)in->imm);
    }
    if (in->imm2) {
        fprintf(out, " imm2=0x%llx", (unsigned long long)in->imm2);
    }
    fprintf(out, "\n");
}

static void
print_list(const struct pum_ir_shader *sh, const struct pum_ir_list *list, FILE *out, int depth)
{
    static const char *const kinds[] = {"block", "if", "loop", "scope"};
    for (const struct pum_ir_node *n = list->first; n; n = n->next) {
        if (n->kind == PUM_IR_BLOCK) {
            if (n->first_inst) {
                fprintf(out, "%*sb%u:\n", depth * 2, "", n->id);
            }
            for (pum_ir_ref r = n->first_inst; r; r = sh->insts[r].next) {
                print_inst(sh, r, out, depth + 1);
            }
            continue;
        }
        fprintf(out, "%*s%s n%u%s", depth * 2, "", kinds[n->kind], n->id, n->divergent ? " divergent" : "");
        if (n->kind == PUM_IR_IF) {
            fprintf(out, " %%%u", n->cond);
        }
        fprintf(out, "\n");
        print_list(sh, &n->a, out, depth + 1);
        if (n->kind == PUM_IR_IF && (n->b.first->first_inst || n->b.first->next)) {
            fprintf(out, "%*selse\n", depth * 2, "");
            print_list(sh, &n->b, out, depth + 1);
        }
    }
}

void
pum_ir_print(const struct pum_ir_shader *sh, FILE *out)
{
    fprintf(out, "shader stage %u, %u instructions\n", sh->info.stage, sh->n_insts);
    print_list(sh, &sh->body, out, 0);
}
