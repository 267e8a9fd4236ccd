/* Random structured programs: scalar reference on the IR before the passes, against machine code of every ISA level. Covers promotion,
 * uniformity, masks and memory access. Arguments: number of programs, first seed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jit_kit.h"

#define VARS 8
#define OUT_WORDS 4
#define BUF_B 4096

struct gen {
    struct pum_ir_builder b;
    uint32_t var[VARS];  /* I32: 0..5, F32: 6, 7 */
    pum_ir_ref gid, lid, gx, wg, desc[3], push;
    const struct pum_ir_node *open[16];
    uint32_t n_open, loops;
    int budget, depth;
};

static uint32_t
pick(uint32_t n)
{
    return (uint32_t)(kit_random() >> 20) % n;
}

static pum_ir_ref
c32(struct gen *g, int32_t v)
{
    return pum_ir_const_i32(&g->b, v);
}

static pum_ir_ref
get_var(struct gen *g, uint32_t v)
{
    return pum_ir_emit0(&g->b, PUM_IR_LD_VAR, v < 6 ? PUM_IR_I32 : PUM_IR_F32, g->var[v]);
}

static void
set_var(struct gen *g, uint32_t v, pum_ir_ref x)
{
    pum_ir_emit(&g->b, PUM_IR_ST_VAR, PUM_IR_VOID, 1, &x, g->var[v]);
}

static pum_ir_ref expr(struct gen *g, int depth);
static pum_ir_ref fexpr(struct gen *g, int depth);

static pum_ir_ref
cond(struct gen *g, int depth)
{
    static const enum pum_ir_op ops[] = {PUM_IR_SLT, PUM_IR_ULT, PUM_IR_IEQ, PUM_IR_INE, PUM_IR_SLE, PUM_IR_ULE};
    switch (pick(8)) {
    case 0: return pum_ir_emit2(&g->b, PUM_IR_FLT, PUM_IR_BOOL, fexpr(g, depth - 1), fexpr(g, depth - 1));
    case 1: return pum_ir_emit2(&g->b, PUM_IR_IEQ, PUM_IR_BOOL, pum_ir_emit2(&g->b, PUM_IR_AND, PUM_IR_I32, expr(g, depth - 1), c32(g, (int32_t)pick(4))), c32(g, 0));
    case 2:
        if (depth > 0) {
            const pum_ir_ref x = cond(g, depth - 1), y = cond(g, depth - 1);
            return pum_ir_emit2(&g->b, pick(2) ? PUM_IR_AND : PUM_IR_XOR, PUM_IR_BOOL, x, y);
        }
        break;
    case 3:
        if (depth > 0) {
            return pum_ir_emit1(&g->b, PUM_IR_NOT, PUM_IR_BOOL, cond(g, depth - 1));
        }
        break;
    default: break;
    }
    const pum_ir_ref x = expr(g, depth - 1);
    return pum_ir_emit2(&g->b, ops[pick(6)], PUM_IR_BOOL, x, pick(2) ? c32(g, (int32_t)pick(40)) : expr(g, depth - 1));
}

static pum_ir_ref
offset(struct gen *g, int depth)
{
    pum_ir_ref i;
    switch (pick(6)) {
    case 0: i = g->gid; break;
    case 1: i = pum_ir_emit2(&g->b, PUM_IR_IADD, PUM_IR_I32, g->gid, c32(g, (int32_t)pick(64) - 32)); break;
    case 2: i = c32(g, (int32_t)pick(BUF_B / 4 + 8)); break;
    case 3: i = pum_ir_emit2(&g->b, PUM_IR_IADD, PUM_IR_I32, g->wg, c32(g, (int32_t)pick(20) - 5)); break;
    case 4: i = pum_ir_emit2(&g->b, PUM_IR_IADD, PUM_IR_I32, g->lid, c32(g, (int32_t)(BUF_B / 4 - pick(70)))); break;
    default: i = pum_ir_emit2(&g->b, PUM_IR_AND, PUM_IR_I32, expr(g, depth - 1), c32(g, 2047)); break;
    }
    return pum_ir_emit2(&g->b, PUM_IR_SHL, PUM_IR_I32, i, c32(g, 2));
}

static pum_ir_ref
expr(struct gen *g, int depth)
{
    static const enum pum_ir_op ops[] = {PUM_IR_IADD, PUM_IR_ISUB, PUM_IR_IMUL, PUM_IR_AND,  PUM_IR_OR,   PUM_IR_XOR,  PUM_IR_SHL, PUM_IR_USHR,
                                         PUM_IR_SSHR, PUM_IR_SMIN, PUM_IR_UMAX, PUM_IR_UDIV, PUM_IR_SREM, PUM_IR_UREM, PUM_IR_IADD, PUM_IR_IADD};
    g->budget--;
    if (depth <= 0 || g->budget < 0) {
        switch (pick(8)) {
        case 0: return g->gid;
        case 1: return g->lid;
        case 2: return g->gx;
        case 3: return g->wg;
        case 4: return c32(g, (int32_t)pick(64) - 16);
        default: return get_var(g, pick(6));
        }
    }
    switch (pick(12)) {
    case 0: return kit_load(&g->b, PUM_IR_I32, g->desc[pick(2)], offset(g, depth));
    case 5: { /* uniform buffer, sometimes shorter than what is read */
        const pum_ir_ref r = kit_load(&g->b, PUM_IR_I32, kit_desc(&g->b, 1), pick(4) ? c32(g, (int32_t)(pick(2) ? pick(24) : 1000 + pick(30)) * 4) : offset(g, depth));
        pum_ir_at(g->b.sh, r)->flags |= PUM_IR_INST_INVARIANT_BIT;
        return r;
    }
    case 1: return pum_ir_emit1(&g->b, PUM_IR_LD_PUSH, PUM_IR_I32, c32(g, (int32_t)pick(10) * 4));
    case 2: {
        const pum_ir_ref c = cond(g, depth - 1), x = expr(g, depth - 1);
        return pum_ir_emit3(&g->b, PUM_IR_SELECT, PUM_IR_I32, c, x, expr(g, depth - 1));
    }
    case 3: return pum_ir_emit1(&g->b, pick(2) ? PUM_IR_F2S : PUM_IR_F2U, PUM_IR_I32, fexpr(g, depth - 1));
    case 4: {
        const pum_ir_ref o = pum_ir_emit2(&g->b, PUM_IR_SHL, PUM_IR_I32, pum_ir_emit2(&g->b, PUM_IR_AND, PUM_IR_I32, expr(g, depth - 1), c32(g, 7)), c32(g, 2));
        return pum_ir_emit1(&g->b, PUM_IR_LD_SCRATCH, PUM_IR_I32, o);
    }
    default: {
        const pum_ir_ref x = expr(g, depth - 1);
        return pum_ir_emit2(&g->b, ops[pick(16)], PUM_IR_I32, x, expr(g, depth - 1));
    }
    }
}

static pum_ir_ref
fexpr(struct gen *g, int depth)
{
    static const enum pum_ir_op ops[] = {PUM_IR_FADD, PUM_IR_FSUB, PUM_IR_FMUL, PUM_IR_FDIV, PUM_IR_FMIN, PUM_IR_FMAX};
    static const enum pum_ir_op one[] = {PUM_IR_FNEG, PUM_IR_FABS, PUM_IR_FSQRT, PUM_IR_FFLOOR, PUM_IR_FROUND_EVEN, PUM_IR_FSIN};
    g->budget--;
    if (depth <= 0 || g->budget < 0) {
        return pick(3) ? get_var(g, 6 + pick(2)) : pum_ir_const_f32(&g->b, (float)(int)(pick(64) - 32) * 0.25f);
    }
    switch (pick(6)) {
    case 0: return pum_ir_emit1(&g->b, pick(2) ? PUM_IR_S2F : PUM_IR_U2F, PUM_IR_F32, expr(g, depth - 1));
    case 1: return pum_ir_emit1(&g->b, one[pick(6)], PUM_IR_F32, fexpr(g, depth - 1));
    case 2: return kit_load(&g->b, PUM_IR_F32, g->desc[2], offset(g, depth));
    default: {
        const pum_ir_ref x = fexpr(g, depth - 1);
        return pum_ir_emit2(&g->b, ops[pick(6)], PUM_IR_F32, x, fexpr(g, depth - 1));
    }
    }
}

static void statements(struct gen *g, int n);

static void
statement(struct gen *g)
{
    if (g->budget < 0) {
        return;
    }
    if (g->depth < 6) {
        switch (pick(9)) {
        case 0:
        case 1: {
            struct pum_ir_node *n = pum_ir_push_if(&g->b, cond(g, 2));
            g->depth++;
            statements(g, 1 + (int)pick(3));
            if (pick(2)) {
                pum_ir_begin_else(&g->b, n);
                statements(g, 1 + (int)pick(3));
            }
            g->depth--;
            pum_ir_pop_if(&g->b, n);
            return;
        }
        case 2: { /* for (i = 0; i < n; i++): always ends */
            if (g->loops >= 2 || g->n_open >= 14) {
                break;
            }
            const uint32_t counter = pum_ir_add_var(g->b.sh, PUM_IR_I32);
            const pum_ir_ref zero = c32(g, 0);
            pum_ir_emit(&g->b, PUM_IR_ST_VAR, PUM_IR_VOID, 1, &zero, counter);
            const pum_ir_ref limit = pick(2) ? c32(g, 1 + (int32_t)pick(6)) : pum_ir_emit2(&g->b, PUM_IR_AND, PUM_IR_I32, expr(g, 1), c32(g, 7));
            struct pum_ir_node *loop = pum_ir_push_loop(&g->b);
            g->open[g->n_open++] = loop;
            g->loops++;
            g->depth++;
            const pum_ir_ref i = pum_ir_emit0(&g->b, PUM_IR_LD_VAR, PUM_IR_I32, counter);
            struct pum_ir_node *out = pum_ir_push_if(&g->b, pum_ir_emit2(&g->b, PUM_IR_ULE, PUM_IR_BOOL, limit, i));
            pum_ir_break(&g->b, loop);
            pum_ir_pop_if(&g->b, out);
            struct pum_ir_node *scope = pum_ir_push_scope(&g->b);
            g->open[g->n_open++] = scope;
            statements(g, 1 + (int)pick(4));
            g->n_open--;
            pum_ir_pop_scope(&g->b, scope);
            const pum_ir_ref next = pum_ir_emit2(&g->b, PUM_IR_IADD, PUM_IR_I32, pum_ir_emit0(&g->b, PUM_IR_LD_VAR, PUM_IR_I32, counter), c32(g, 1));
            pum_ir_emit(&g->b, PUM_IR_ST_VAR, PUM_IR_VOID, 1, &next, counter);
            g->depth--;
            g->loops--;
            g->n_open--;
            pum_ir_pop_loop(&g->b, loop);
            return;
        }
        case 3: {
            if (g->n_open >= 14) {
                break;
            }
            struct pum_ir_node *scope = pum_ir_push_scope(&g->b);
            g->open[g->n_open++] = scope;
            g->depth++;
            statements(g, 1 + (int)pick(4));
            g->depth--;
            g->n_open--;
            pum_ir_pop_scope(&g->b, scope);
            return;
        }
        case 4:
            if (g->n_open && pick(2)) {
                const struct pum_ir_node *target = g->open[pick(g->n_open)];
                struct pum_ir_node *n = pum_ir_push_if(&g->b, cond(g, 2));
                if (pick(2)) {
                    set_var(g, pick(6), expr(g, 1));
                }
                pum_ir_break(&g->b, target);
                pum_ir_pop_if(&g->b, n);
                return;
            }
            break;
        default: break;
        }
    }
    switch (pick(6)) {
    case 0: set_var(g, 6 + pick(2), fexpr(g, 3)); break;
    case 1: { /* own words only: other invocations would race */
        const pum_ir_ref at = pum_ir_emit2(&g->b, PUM_IR_IADD, PUM_IR_I32, pum_ir_emit2(&g->b, PUM_IR_SHL, PUM_IR_I32, g->gid, c32(g, 4)), c32(g, (int32_t)pick(OUT_WORDS) * 4));
        kit_store(&g->b, kit_desc(&g->b, 3), at, expr(g, 2));
        break;
    }
    case 2: {
        const pum_ir_ref o = pum_ir_emit2(&g->b, PUM_IR_SHL, PUM_IR_I32, pum_ir_emit2(&g->b, PUM_IR_AND, PUM_IR_I32, expr(g, 1), c32(g, 7)), c32(g, 2));
        const pum_ir_ref s[2] = {o, expr(g, 2)};
        pum_ir_emit(&g->b, PUM_IR_ST_SCRATCH, PUM_IR_VOID, 2, s, 0);
        break;
    }
    default: set_var(g, pick(6), expr(g, 3)); break;
    }
}

static void
statements(struct gen *g, int n)
{
    for (int i = 0; i < n; i++) {
        statement(g);
    }
}

static struct pum_ir_shader *
program(uint64_t seed)
{
    static const uint32_t sizes[][3] = {{16, 1, 1}, {64, 1, 1}, {8, 8, 1}, {32, 2, 1}, {20, 1, 1}, {4, 4, 3}, {1, 1, 1}, {7, 3, 1}};
    kit_seed(seed);
    struct gen g = {0};
    struct pum_ir_shader *sh = pum_ir_shader_create(PUM_STAGE_COMPUTE);
    const uint32_t *size = sizes[pick(PUM_ARRAY_LEN(sizes))];
    memcpy(sh->info.local_size, size, sizeof(sh->info.local_size));
    sh->info.private_B = 32;
    pum_ir_builder_init(&g.b, sh);
    g.budget = 300;
    const pum_ir_ref index = pum_ir_emit0(&g.b, PUM_IR_SYSVAL, PUM_IR_I32, PUM_SYSVAL_LOCAL_INDEX);
    g.wg = pum_ir_emit0(&g.b, PUM_IR_SYSVAL, PUM_IR_I32, PUM_SYSVAL_WORKGROUP_ID);
    g.lid = pum_ir_emit0(&g.b, PUM_IR_SYSVAL, PUM_IR_I32, PUM_SYSVAL_LOCAL_ID | pick(2) << 8);
    g.gx = kit_gid(&g.b, 0);
    const int32_t threads = (int32_t)(size[0] * size[1] * size[2]);
    g.gid = pum_ir_emit2(&g.b, PUM_IR_IADD, PUM_IR_I32, pum_ir_emit2(&g.b, PUM_IR_IMUL, PUM_IR_I32, g.wg, c32(&g, threads)), index);
    for (uint32_t i = 0; i < 3; i++) {
        g.desc[i] = kit_desc(&g.b, i);
    }
    for (uint32_t i = 0; i < VARS; i++) {
        g.var[i] = pum_ir_add_var(sh, i < 6 ? PUM_IR_I32 : PUM_IR_F32);
        set_var(&g, i, i >= 6 ? pum_ir_const_f32(&g.b, (float)i) : i == 0 ? g.gid : i == 1 ? g.lid : c32(&g, (int32_t)i));
    }
    for (int i = 0; i < 8; i++) { /* scratch starts with known contents */
        const pum_ir_ref s[2] = {c32(&g, i * 4), c32(&g, i * 7)};
        pum_ir_emit(&g.b, PUM_IR_ST_SCRATCH, PUM_IR_VOID, 2, s, 0);
    }
    statements(&g, 12);
    const pum_ir_ref base = pum_ir_emit2(&g.b, PUM_IR_SHL, PUM_IR_I32, g.gid, c32(&g, 5));
    for (uint32_t i = 0; i < VARS; i++) {
        const pum_ir_ref at = pum_ir_emit2(&g.b, PUM_IR_IADD, PUM_IR_I32, base, c32(&g, (int32_t)(2048 * 16 + i * 4)));
        pum_ir_ref v = get_var(&g, i);
        if (i >= 6) { /* one NaN is as good as another */
            const pum_ir_ref ok = pum_ir_emit2(&g.b, PUM_IR_FEQ, PUM_IR_BOOL, v, v);
            v = pum_ir_emit3(&g.b, PUM_IR_SELECT, PUM_IR_F32, ok, v, pum_ir_const_f32(&g.b, 99.0f));
        }
        kit_store(&g.b, kit_desc(&g.b, 3), at, v);
    }
    KIT_CHECK(!sh->oom);
    return sh;
}

int
main(int argc, char **argv)
{
    const uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 0) : 150, first = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    static uint8_t in[3][BUF_B], want[2048 * 16 + 2048 * 32], got[sizeof(want)];
    uint32_t failed = 0;
    for (uint64_t seed = first; seed < first + count; seed++) {
        struct kit_machine m = {.groups = {3, 1, 1}};
        for (int i = 0; i < 3; i++) {
            for (int k = 0; k < BUF_B / 4; k++) {
                uint32_t v = i == 2 ? 0x3f000000u + (uint32_t)k * 0x4321u : (uint32_t)kit_random() >> pick(32);
                memcpy(in[i] + 4 * k, &v, 4);
            }
            m.buffer[i] = in[i];
            m.buffer_B[i] = i != 1 ? BUF_B : seed % 3 == 0 ? BUF_B - 50 : seed % 3 == 1 ? (uint32_t)(seed * 7 % 90) : BUF_B;
        }
        for (int k = 0; k < PUM_MAX_PUSH_B; k++) {
            m.push[k] = (uint8_t)(k * 37 >> 3);
        }
        m.buffer_B[3] = sizeof(want);
        struct pum_ir_shader *sh = program(seed);
        memset(want, 0, sizeof(want));
        m.buffer[3] = want;
        kit_reference(sh, &m);
        pum_ir_shader_destroy(sh);
        for (enum pum_isa isa = PUM_ISA_V2; isa <= pum_cpu_isa(); isa++) {
            memset(got, 0, sizeof(got));
            m.buffer[3] = got;
            sh = program(seed);
            KIT_CHECK(pum_ir_optimize(sh));
            kit_run(sh, isa, &m);
            pum_ir_shader_destroy(sh);
            if (memcmp(want, got, sizeof(want)) != 0) {
                size_t at = 0;
                while (want[at] == got[at]) {
                    at++;
                }
                fprintf(stderr, "seed %llu, %s: byte %zu is %02x, not %02x\n", (unsigned long long)seed, pum_isa_name(isa), at, got[at], want[at]);
                failed++;
            }
        }
    }
    printf("%llu programs, %u failed\n", (unsigned long long)count, failed);
    return failed != 0;
}
