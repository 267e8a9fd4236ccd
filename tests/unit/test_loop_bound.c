/* Bounds of loops that count: never less than the rounds that they make, exact where they are known, and unknown where a number wraps. */
#include <stdio.h>
#include <stdlib.h>

#include "ir/ir.h"

#define LIMIT 200000u /* rounds that are counted out */

struct loop {
    enum pum_ir_op op;
    bool swapped;     /* limit ? p instead of p ? limit */
    bool then_leaves; /* on true, else on false */
    bool by_scope;    /* a scope around the body, as `continue` wants it */
    uint32_t from, limit, step;
};

static bool
holds(enum pum_ir_op op, uint32_t a, uint32_t b)
{
    switch ((int)op) {
    case PUM_IR_SLT: return (int32_t)a < (int32_t)b;
    case PUM_IR_SLE: return (int32_t)a <= (int32_t)b;
    case PUM_IR_ULT: return a < b;
    default: return a <= b;
    }
}

/* Times that the loop's head is reached; LIMIT: so often at least. */
static uint32_t
count(const struct loop *l)
{
    uint32_t p = l->from, n = 1;
    while (n < LIMIT && holds(l->op, l->swapped ? l->limit : p, l->swapped ? p : l->limit) != l->then_leaves) {
        p += l->step;
        n++;
    }
    return n;
}

static struct pum_ir_node *
build(struct pum_ir_builder *b, const struct loop *l, const struct loop *inner)
{
    struct pum_ir_shader *sh = b->sh;
    const uint32_t before = b->block->id;
    const pum_ir_ref from = pum_ir_const_i32(b, (int32_t)l->from), limit = pum_ir_const_i32(b, (int32_t)l->limit), step = pum_ir_const_i32(b, (int32_t)l->step);
    struct pum_ir_node *loop = pum_ir_push_loop(b);
    const pum_ir_ref phi = pum_ir_insert_phi(sh, b->block, PUM_IR_I32, 2, NULL);
    struct pum_ir_node *scope = l->by_scope ? pum_ir_push_scope(b) : NULL;
    const pum_ir_ref cond = pum_ir_emit2(b, l->op, PUM_IR_BOOL, l->swapped ? limit : phi, l->swapped ? phi : limit);
    struct pum_ir_node *node = pum_ir_push_if(b, cond);
    if (l->then_leaves) {
        pum_ir_break(b, loop);
    }
    pum_ir_begin_else(b, node);
    if (!l->then_leaves) {
        pum_ir_break(b, loop);
    }
    pum_ir_pop_if(b, node);
    if (inner) {
        build(b, inner, NULL);
    }
    if (scope) {
        pum_ir_pop_scope(b, scope);
    }
    const pum_ir_ref next = pum_ir_emit2(b, PUM_IR_IADD, PUM_IR_I32, phi, step);
    const uint32_t pairs[4] = {from, before, next, b->block->id};
    for (uint32_t i = 0; i < 4; i++) {
        sh->extra[sh->insts[phi].src[0] + i] = pairs[i];
    }
    pum_ir_pop_loop(b, loop);
    return loop;
}

static uint64_t
bound(const struct loop *l, const struct loop *inner)
{
    struct pum_ir_shader *sh = pum_ir_shader_create(PUM_STAGE_COMPUTE);
    struct pum_ir_builder b;
    char msg[256] = "";
    pum_ir_builder_init(&b, sh);
    const struct pum_ir_node *loop = build(&b, l, inner);
    if (!pum_ir_verify(sh, msg, sizeof(msg))) {
        printf("not valid: %s\n", msg);
        exit(1);
    }
    const uint64_t n = pum_ir_loop_bound(sh, loop);
    pum_ir_shader_destroy(sh);
    return n;
}

int
main(void)
{
    static const struct {
        struct loop l;
        uint64_t want;
    } known[] = {
        {{PUM_IR_SLT, false, false, true, 0, 512, 1}, 513},           {{PUM_IR_ULT, false, false, false, 0, 16, 1}, 17},
        {{PUM_IR_SLE, false, false, true, 0, 10, 3}, 5},              {{PUM_IR_SLE, false, true, true, 10, 0, UINT32_MAX}, 11},
        {{PUM_IR_SLT, true, false, true, 5, (uint32_t)-5, UINT32_MAX}, 11}, {{PUM_IR_ULE, true, true, true, 0, 100, 10}, 11},
        {{PUM_IR_SLT, false, false, true, 0, 512, 0}, 0},             {{PUM_IR_SLT, false, false, true, 0, 512, UINT32_MAX}, 0},
        {{PUM_IR_ULE, true, false, true, 10, 0, UINT32_MAX}, 0},      {{PUM_IR_SLE, false, false, true, 0, INT32_MAX, 1}, 0},
        {{PUM_IR_SLT, false, false, true, 7, 7, 1}, 1},
    };
    int failed = 0;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        const uint64_t got = bound(&known[i].l, NULL);
        if (got != known[i].want) {
            printf("loop %zu: %llu, not %llu\n", i, (unsigned long long)got, (unsigned long long)known[i].want);
            failed = 1;
        }
    }
    if (bound(&known[0].l, &known[1].l) != 513 * 17 || bound(&known[0].l, &known[6].l) != 0 || bound(&known[6].l, &known[0].l) != 0) {
        printf("loops in loops\n");
        failed = 1;
    }
    static const uint32_t edges[] = {0, 1, 2, 7, 100, 0x7ffffffe, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffff0, 0xffffffff};
    static const enum pum_ir_op ops[4] = {PUM_IR_SLT, PUM_IR_SLE, PUM_IR_ULT, PUM_IR_ULE};
    enum { N = sizeof(edges) / sizeof(edges[0]) };
    uint32_t bounded = 0;
    for (uint32_t i = 0; i < 16 * N * N * N; i++) {
        const struct loop l = {ops[i % 4], i >> 2 & 1, i >> 3 & 1, i % 3 != 0, edges[i / 16 % N], edges[i / 16 / N % N], edges[i / 16 / N / N]};
        const uint64_t got = bound(&l, NULL);
        const uint32_t rounds = got ? count(&l) : 0;
        bounded += got != 0;
        if (got && (rounds == LIMIT ? got < LIMIT : got != rounds)) {
            printf("op %d, swapped %d, then %d, from %#x to %#x by %#x: %llu, not %u\n", l.op, l.swapped, l.then_leaves, l.from, l.limit, l.step,
                   (unsigned long long)got, rounds);
            failed = 1;
        }
    }
    printf("%u of %u loops bounded\n", bounded, 16u * N * N * N);
    return failed;
}
