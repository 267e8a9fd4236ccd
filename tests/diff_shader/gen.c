#include "gen.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TYPES 10 /* enum pum_ir_type below TUPLE */
#define POOL 24
#define VARS_PER_TYPE 3

struct pool {
    pum_ir_ref v[POOL];
    uint32_t n;
};

struct gen {
    struct pum_ir_builder b;
    uint64_t state;
    struct pool pool[TYPES];
    uint32_t var[TYPES][VARS_PER_TYPE];
    const struct pum_ir_node *open[16];
    uint32_t n_open, floor; /* BREAK may go to open[floor .. n_open) */
    uint32_t depth;
    int budget;
    uint32_t loops; /* nested now */
    pum_ir_ref desc[3];
};

static const uint8_t value_types[] = {PUM_IR_I32, PUM_IR_I32, PUM_IR_I32, PUM_IR_F32, PUM_IR_F32, PUM_IR_BOOL, PUM_IR_I64,
                                      PUM_IR_F64, PUM_IR_I16, PUM_IR_I8,  PUM_IR_F16};

static uint32_t
rnd(struct gen *g, uint32_t n)
{
    g->state ^= g->state << 13;
    g->state ^= g->state >> 7;
    g->state ^= g->state << 17;
    return (uint32_t)(g->state * 0x2545F4914F6CDD1Du >> 33) % n;
}

static enum pum_ir_type
any_type(struct gen *g)
{
    return (enum pum_ir_type)value_types[rnd(g, PUM_ARRAY_LEN(value_types))];
}

static enum pum_ir_type
int_type(struct gen *g)
{
    static const uint8_t t[] = {PUM_IR_I32, PUM_IR_I32, PUM_IR_I64, PUM_IR_I16, PUM_IR_I8};
    return (enum pum_ir_type)t[rnd(g, PUM_ARRAY_LEN(t))];
}

static enum pum_ir_type
float_type(struct gen *g)
{
    static const uint8_t t[] = {PUM_IR_F32, PUM_IR_F32, PUM_IR_F64, PUM_IR_F16};
    return (enum pum_ir_type)t[rnd(g, PUM_ARRAY_LEN(t))];
}

static pum_ir_ref
constant(struct gen *g, enum pum_ir_type t)
{
    static const uint64_t ints[] = {0, 1, 2, 3, 4, 7, 8, 16, 31, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000u, 0xffffffffu,
                                    0x7fffffffffffffffu, 0x8000000000000000u, 0xffffffffffffffffu};
    static const float floats[] = {0.0f, -0.0f, 1.0f, -1.0f, 0.5f, 2.0f, 3.25f, 1e-3f, 65504.0f, 1e10f, -7.0f};
    const uint32_t bits = pum_ir_type_bits(t);
    const uint64_t mask = bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
    if (pum_ir_type_is_float(t)) {
        const float f = floats[rnd(g, PUM_ARRAY_LEN(floats))];
        const pum_ir_ref c = pum_ir_const_f32(&g->b, f);
        return t == PUM_IR_F32 ? c : pum_ir_emit1(&g->b, PUM_IR_F2F, t, c);
    }
    const uint64_t v = rnd(g, 3) ? ints[rnd(g, PUM_ARRAY_LEN(ints))] : ((uint64_t)rnd(g, 1u << 31) << 33) ^ rnd(g, 1u << 31);
    return pum_ir_const(&g->b, t, v & mask);
}

static pum_ir_ref
pick(struct gen *g, enum pum_ir_type t)
{
    const uint32_t how = rnd(g, 8);
    if (how < 5 && g->pool[t].n) {
        return g->pool[t].v[rnd(g, g->pool[t].n)];
    }
    return how < 7 ? pum_ir_emit0(&g->b, PUM_IR_LD_VAR, t, g->var[t][rnd(g, VARS_PER_TYPE)]) : constant(g, t);
}

static void
offer(struct gen *g, pum_ir_ref v)
{
    struct pool *p = &g->pool[g->b.sh->insts[v].type];
    if (p->n < POOL) {
        p->v[p->n++] = v;
    } else {
        p->v[rnd(g, POOL)] = v;
    }
}

/* Byte offset of a word, sometimes out of range. */
static pum_ir_ref
word_offset(struct gen *g, uint32_t size_B)
{
    const pum_ir_ref i = pum_ir_emit2(&g->b, PUM_IR_AND, PUM_IR_I32, pick(g, PUM_IR_I32), pum_ir_const_i32(&g->b, (int32_t)(size_B / 4 * 2 - 1)));
    return pum_ir_emit2(&g->b, PUM_IR_SHL, PUM_IR_I32, i, pum_ir_const_i32(&g->b, 2));
}

/* Byte offset of a value of a type, aligned to its size; sometimes in row over the lanes, sometimes out of range. */
static pum_ir_ref
offset_for(struct gen *g, enum pum_ir_type t, uint32_t size_B)
{
    const uint32_t one_B = pum_ir_type_bits(t) / 8;
    pum_ir_ref i;
    if (rnd(g, 4) == 0) {
        const pum_ir_ref lane = pum_ir_emit0(&g->b, PUM_IR_SYSVAL, PUM_IR_I32, PUM_SYSVAL_LOCAL_INDEX);
        i = pum_ir_emit2(&g->b, PUM_IR_IADD, PUM_IR_I32, lane, pum_ir_const_i32(&g->b, (int32_t)rnd(g, 8)));
    } else {
        i = pum_ir_emit2(&g->b, PUM_IR_AND, PUM_IR_I32, pick(g, PUM_IR_I32), pum_ir_const_i32(&g->b, (int32_t)(size_B / one_B * 2 - 1)));
    }
    return pum_ir_emit2(&g->b, PUM_IR_IMUL, PUM_IR_I32, i, pum_ir_const_i32(&g->b, (int32_t)one_B));
}

static pum_ir_ref
float_value(struct gen *g)
{
    static const uint8_t one[] = {PUM_IR_FNEG, PUM_IR_FABS, PUM_IR_FSQRT, PUM_IR_FFLOOR, PUM_IR_FCEIL, PUM_IR_FTRUNC, PUM_IR_FROUND_EVEN};
    static const uint8_t two[] = {PUM_IR_FADD, PUM_IR_FSUB, PUM_IR_FMUL, PUM_IR_FDIV, PUM_IR_FMIN, PUM_IR_FMAX, PUM_IR_FADD, PUM_IR_FMUL,
                                  PUM_IR_FREM, PUM_IR_FMOD};
    const enum pum_ir_type t = float_type(g);
    switch (rnd(g, 7)) {
    case 0: return pum_ir_emit1(&g->b, (enum pum_ir_op)one[rnd(g, PUM_ARRAY_LEN(one))], t, pick(g, t));
    case 1: {
        const pum_ir_ref x = pick(g, t), y = pick(g, t);
        return pum_ir_emit3(&g->b, PUM_IR_FFMA, t, x, y, pick(g, t));
    }
    case 2: return pum_ir_emit1(&g->b, rnd(g, 2) ? PUM_IR_S2F : PUM_IR_U2F, t, pick(g, int_type(g)));
    case 3: return pum_ir_emit1(&g->b, PUM_IR_F2F, t, pick(g, float_type(g)));
    default: {
        const pum_ir_ref x = pick(g, t);
        return pum_ir_emit2(&g->b, (enum pum_ir_op)two[rnd(g, PUM_ARRAY_LEN(two))], t, x, pick(g, t));
    }
    }
}

static pum_ir_ref
int_value(struct gen *g)
{
    static const uint8_t one[] = {PUM_IR_INEG, PUM_IR_NOT, PUM_IR_POPCOUNT, PUM_IR_CLZ, PUM_IR_CTZ, PUM_IR_BITREV};
    static const uint8_t two[] = {PUM_IR_IADD, PUM_IR_ISUB, PUM_IR_IMUL, PUM_IR_SMULHI, PUM_IR_UMULHI, PUM_IR_SDIV, PUM_IR_UDIV, PUM_IR_SREM,
                                  PUM_IR_UREM, PUM_IR_SMOD, PUM_IR_SMIN, PUM_IR_SMAX, PUM_IR_UMIN, PUM_IR_UMAX, PUM_IR_SHL, PUM_IR_USHR,
                                  PUM_IR_SSHR, PUM_IR_AND, PUM_IR_OR, PUM_IR_XOR, PUM_IR_IADD, PUM_IR_ISUB, PUM_IR_IADD};
    const enum pum_ir_type t = int_type(g), o = int_type(g);
    switch (rnd(g, 8)) {
    case 0: return pum_ir_emit1(&g->b, (enum pum_ir_op)one[rnd(g, PUM_ARRAY_LEN(one))], t, pick(g, t));
    case 1: {
        const bool widen = pum_ir_type_bits(t) >= pum_ir_type_bits(o);
        return pum_ir_emit1(&g->b, widen ? (rnd(g, 2) ? PUM_IR_SEXT : PUM_IR_ZEXT) : PUM_IR_TRUNC, t, pick(g, o));
    }
    case 2: return pum_ir_emit1(&g->b, rnd(g, 2) ? PUM_IR_F2S : PUM_IR_F2U, t, pick(g, float_type(g)));
    default: {
        const pum_ir_ref x = pick(g, t);
        return pum_ir_emit2(&g->b, (enum pum_ir_op)two[rnd(g, PUM_ARRAY_LEN(two))], t, x, pick(g, t));
    }
    }
}

static pum_ir_ref
bool_value(struct gen *g)
{
    static const uint8_t ints[] = {PUM_IR_IEQ, PUM_IR_INE, PUM_IR_SLT, PUM_IR_SLE, PUM_IR_ULT, PUM_IR_ULE};
    static const uint8_t logic[] = {PUM_IR_AND, PUM_IR_OR, PUM_IR_XOR, PUM_IR_IEQ, PUM_IR_INE};
    static const uint8_t floats[] = {PUM_IR_FEQ, PUM_IR_FNE, PUM_IR_FLT, PUM_IR_FLE};
    switch (rnd(g, 5)) {
    case 0: {
        const pum_ir_ref x = pick(g, PUM_IR_BOOL);
        return pum_ir_emit2(&g->b, (enum pum_ir_op)logic[rnd(g, PUM_ARRAY_LEN(logic))], PUM_IR_BOOL, x, pick(g, PUM_IR_BOOL));
    }
    case 1: return pum_ir_emit1(&g->b, PUM_IR_NOT, PUM_IR_BOOL, pick(g, PUM_IR_BOOL));
    case 2: {
        const enum pum_ir_type t = float_type(g);
        const pum_ir_ref x = pick(g, t);
        return pum_ir_emit2(&g->b, (enum pum_ir_op)floats[rnd(g, PUM_ARRAY_LEN(floats))], PUM_IR_BOOL, x, pick(g, t));
    }
    default: {
        const enum pum_ir_type t = int_type(g);
        const pum_ir_ref x = pick(g, t);
        return pum_ir_emit2(&g->b, (enum pum_ir_op)ints[rnd(g, PUM_ARRAY_LEN(ints))], PUM_IR_BOOL, x, pick(g, t));
    }
    }
}

static pum_ir_ref
memory_value(struct gen *g)
{
    struct pum_ir_shader *sh = g->b.sh;
    switch (rnd(g, 6)) {
    case 0: return pum_ir_emit1(&g->b, PUM_IR_LD_SCRATCH, PUM_IR_I32, word_offset(g, 32));
    case 1: {
        const enum pum_ir_type t = int_type(g);
        return pum_ir_emit1(&g->b, PUM_IR_LD_PUSH, t, offset_for(g, t, PUM_MAX_PUSH_B));
    }
    case 2: {
        const enum pum_ir_type t = rnd(g, 4) ? int_type(g) : float_type(g);
        const pum_ir_ref r = pum_ir_emit2(&g->b, PUM_IR_LD_BUF, t, g->desc[2], offset_for(g, t, GEN_IN_B));
        sh->insts[r].flags |= PUM_IR_INST_INVARIANT_BIT;
        return r;
    }
    case 3: {
        const enum pum_ir_type t = int_type(g);
        return pum_ir_emit2(&g->b, PUM_IR_LD_BUF, t, g->desc[1], offset_for(g, t, GEN_WORK_B));
    }
    case 4: {
        const enum pum_ir_type t = int_type(g);
        return pum_ir_emit1(&g->b, PUM_IR_LD_SHARED, t, offset_for(g, t, 64));
    }
    default: {
        const enum pum_ir_type t = rnd(g, 3) ? PUM_IR_I32 : PUM_IR_I64;
        const pum_ir_ref off = offset_for(g, t, GEN_WORK_B);
        const pum_ir_ref src[3] = {g->desc[1], off, pick(g, t)};
        static const uint8_t ops[] = {PUM_ATOMIC_ADD, PUM_ATOMIC_SMIN, PUM_ATOMIC_UMAX, PUM_ATOMIC_XOR, PUM_ATOMIC_XCHG};
        return pum_ir_emit(&g->b, PUM_IR_ATOM_BUF, t, 3, src, ops[rnd(g, PUM_ARRAY_LEN(ops))]);
    }
    }
}

/* Any type but half where values count; halves and booleans move like others. */
static pum_ir_ref
subgroup_value(struct gen *g)
{
    switch (rnd(g, 8)) {
    case 0: return pum_ir_emit1(&g->b, PUM_IR_SG_BALLOT, PUM_IR_I32, pick(g, PUM_IR_BOOL));
    case 1: return pum_ir_emit1(&g->b, rnd(g, 2) ? PUM_IR_SG_ALL : PUM_IR_SG_ANY, PUM_IR_BOOL, pick(g, PUM_IR_BOOL));
    case 2: {
        const enum pum_ir_type t = any_type(g);
        return pum_ir_emit1(&g->b, PUM_IR_SG_BROADCAST_FIRST, t, pick(g, t));
    }
    case 3: return pum_ir_emit0(&g->b, PUM_IR_SG_ELECT, PUM_IR_BOOL, 0);
    case 4: {
        const enum pum_ir_type t = int_type(g);
        return pum_ir_emit1(&g->b, PUM_IR_SG_ALL_EQUAL, PUM_IR_BOOL, pick(g, t));
    }
    case 5: { /* only from lanes that are active: in converged code */
        if (g->depth > 0) {
            return pum_ir_emit1(&g->b, PUM_IR_SG_BALLOT, PUM_IR_I32, pick(g, PUM_IR_BOOL));
        }
        const enum pum_ir_type t = any_type(g);
        const pum_ir_ref x = pick(g, t);
        return pum_ir_emit2(&g->b, PUM_IR_SG_SHUFFLE, t, x, pick(g, PUM_IR_I32));
    }
    default: {
        static const uint8_t ops[] = {PUM_REDUCE_IADD, PUM_REDUCE_IMUL, PUM_REDUCE_SMIN, PUM_REDUCE_UMIN, PUM_REDUCE_SMAX,
                                      PUM_REDUCE_UMAX, PUM_REDUCE_AND,  PUM_REDUCE_OR,   PUM_REDUCE_XOR};
        static const uint8_t float_ops[] = {PUM_REDUCE_FADD, PUM_REDUCE_FMUL, PUM_REDUCE_FMIN, PUM_REDUCE_FMAX};
        const bool is_float = rnd(g, 3) == 0;
        const enum pum_ir_type t = is_float ? (rnd(g, 2) ? PUM_IR_F32 : PUM_IR_F64) : int_type(g);
        const uint8_t op = is_float ? float_ops[rnd(g, 4)] : ops[rnd(g, PUM_ARRAY_LEN(ops))];
        const pum_ir_ref x = pick(g, t);
        return pum_ir_emit(&g->b, PUM_IR_SG_REDUCE, t, 1, &x, op | (uint64_t)rnd(g, 5) << 8 | (uint64_t)rnd(g, 3) << 16);
    }
    }
}

static void
store(struct gen *g)
{
    const enum pum_ir_type t = int_type(g); /* no floats: NaNs may differ in their bits */
    const pum_ir_ref value = pick(g, t);
    switch (rnd(g, 4)) {
    case 0: pum_ir_emit2(&g->b, PUM_IR_ST_SCRATCH, PUM_IR_VOID, word_offset(g, 32), pick(g, PUM_IR_I32)); break;
    case 1: pum_ir_emit2(&g->b, PUM_IR_ST_SHARED, PUM_IR_VOID, offset_for(g, t, 64), value); break;
    default: pum_ir_emit3(&g->b, PUM_IR_ST_BUF, PUM_IR_VOID, g->desc[1], offset_for(g, t, GEN_WORK_B), value); break;
    }
}

static void
set_var(struct gen *g)
{
    const enum pum_ir_type t = any_type(g);
    const pum_ir_ref v = pick(g, t);
    pum_ir_emit(&g->b, PUM_IR_ST_VAR, PUM_IR_VOID, 1, &v, g->var[t][rnd(g, VARS_PER_TYPE)]);
}

static void
simple(struct gen *g)
{
    switch (rnd(g, 16)) {
    case 0: case 1: case 2: case 3: offer(g, int_value(g)); break;
    case 4: case 5: case 6: offer(g, float_value(g)); break;
    case 7: case 8: offer(g, bool_value(g)); break;
    case 9: offer(g, memory_value(g)); break;
    case 10: store(g); break;
    case 11: {
        const enum pum_ir_type t = any_type(g);
        const pum_ir_ref c = pick(g, PUM_IR_BOOL), x = pick(g, t);
        offer(g, pum_ir_emit3(&g->b, PUM_IR_SELECT, t, c, x, pick(g, t)));
        break;
    }
    case 12:
        if (rnd(g, 3) == 0) {
            offer(g, subgroup_value(g));
            break;
        }
        set_var(g);
        break;
    default: set_var(g); break;
    }
}

static void statements(struct gen *g);

/* One list: what is offered inside is forgotten behind it. True: it ended in a BREAK. */
static bool
inner(struct gen *g)
{
    struct pool saved[TYPES];
    memcpy(saved, g->pool, sizeof(saved));
    g->depth++;
    statements(g);
    g->depth--;
    memcpy(g->pool, saved, sizeof(saved));
    if (g->n_open > g->floor && rnd(g, 4) == 0) {
        pum_ir_break(&g->b, g->open[g->floor + rnd(g, g->n_open - g->floor)]);
        return true;
    }
    return false;
}

static void
gen_if(struct gen *g)
{
    struct pum_ir_node *n = pum_ir_push_if(&g->b, pick(g, PUM_IR_BOOL));
    bool gone = inner(g);
    pum_ir_begin_else(&g->b, n);
    if (gone || rnd(g, 2)) { /* at least one side goes on */
        struct pool saved[TYPES];
        memcpy(saved, g->pool, sizeof(saved));
        const uint32_t floor = g->floor;
        g->floor = gone ? g->n_open : floor; /* no BREAK out of here */
        if (rnd(g, 2)) {
            (void)inner(g);
        }
        g->floor = floor;
        memcpy(g->pool, saved, sizeof(saved));
    }
    pum_ir_pop_if(&g->b, n);
}

static void
gen_scope(struct gen *g)
{
    struct pum_ir_node *n = pum_ir_push_scope(&g->b);
    struct pool saved[TYPES];
    memcpy(saved, g->pool, sizeof(saved));
    g->open[g->n_open++] = n;
    g->depth++;
    statements(g);
    g->depth--;
    g->n_open--;
    memcpy(g->pool, saved, sizeof(saved));
    pum_ir_pop_scope(&g->b, n);
}

static void
gen_loop(struct gen *g)
{
    const uint32_t counter = pum_ir_add_var(g->b.sh, PUM_IR_I32);
    const pum_ir_ref zero = pum_ir_const_i32(&g->b, 0);
    pum_ir_emit(&g->b, PUM_IR_ST_VAR, PUM_IR_VOID, 1, &zero, counter);
    pum_ir_ref limit = pum_ir_const_i32(&g->b, (int32_t)(1 + rnd(g, 4)));
    if (rnd(g, 2)) { /* lanes leave at different times */
        limit = pum_ir_emit2(&g->b, PUM_IR_AND, PUM_IR_I32, pick(g, PUM_IR_I32), pum_ir_const_i32(&g->b, 3));
    }
    struct pum_ir_node *n = pum_ir_push_loop(&g->b);
    struct pool saved[TYPES];
    memcpy(saved, g->pool, sizeof(saved));
    const pum_ir_ref i = pum_ir_emit0(&g->b, PUM_IR_LD_VAR, PUM_IR_I32, counter);
    offer(g, i);
    struct pum_ir_node *check = pum_ir_push_if(&g->b, pum_ir_emit2(&g->b, PUM_IR_SLE, PUM_IR_BOOL, limit, i));
    pum_ir_break(&g->b, n);
    pum_ir_begin_else(&g->b, check);
    pum_ir_pop_if(&g->b, check);
    const pum_ir_ref next = pum_ir_emit2(&g->b, PUM_IR_IADD, PUM_IR_I32, i, pum_ir_const_i32(&g->b, 1));
    pum_ir_emit(&g->b, PUM_IR_ST_VAR, PUM_IR_VOID, 1, &next, counter);
    g->open[g->n_open++] = n;
    g->loops++;
    g->depth++;
    statements(g);
    g->depth--;
    g->loops--;
    g->n_open--;
    memcpy(g->pool, saved, sizeof(saved));
    pum_ir_pop_loop(&g->b, n);
}

static void
statements(struct gen *g)
{
    const uint32_t n = 1 + rnd(g, 8);
    for (uint32_t i = 0; i < n && g->budget > 0; i++) {
        g->budget--;
        const uint32_t how = g->depth < 6 ? rnd(g, 12) : 11;
        if (how == 0) {
            gen_if(g);
        } else if (how == 1 && g->n_open < 12) {
            gen_scope(g);
        } else if (how == 2 && g->loops < 3 && g->n_open < 12) {
            gen_loop(g);
        } else {
            simple(g);
        }
    }
}

static pum_ir_ref
out_offset(struct gen *g, pum_ir_ref base, uint32_t word)
{
    return pum_ir_emit2(&g->b, PUM_IR_IADD, PUM_IR_I32, base, pum_ir_const_i32(&g->b, (int32_t)(word * 4)));
}

static void
write_results(struct gen *g)
{
    const pum_ir_ref lid = pum_ir_emit0(&g->b, PUM_IR_SYSVAL, PUM_IR_I32, PUM_SYSVAL_LOCAL_INDEX);
    const pum_ir_ref base = pum_ir_emit2(&g->b, PUM_IR_IMUL, PUM_IR_I32, lid, pum_ir_const_i32(&g->b, GEN_OUT_WORDS * 4));
    uint32_t word = 0;
    static const uint8_t types[] = {PUM_IR_I32, PUM_IR_I64, PUM_IR_I16, PUM_IR_I8, PUM_IR_BOOL};
    for (uint32_t t = 0; t < PUM_ARRAY_LEN(types); t++) {
        for (uint32_t v = 0; v < (types[t] == PUM_IR_I64 ? 2 : types[t] == PUM_IR_I32 ? 3 : 2) && word < 11; v++) {
            pum_ir_ref x = pum_ir_emit0(&g->b, PUM_IR_LD_VAR, (enum pum_ir_type)types[t], g->var[types[t]][v]);
            if (types[t] != PUM_IR_I32 && types[t] != PUM_IR_I64) {
                x = pum_ir_emit1(&g->b, PUM_IR_ZEXT, PUM_IR_I32, x);
            }
            pum_ir_emit3(&g->b, PUM_IR_ST_BUF, PUM_IR_VOID, g->desc[0], out_offset(g, base, word), x);
            word += types[t] == PUM_IR_I64 ? 2 : 1;
        }
    }
    static const uint8_t floats[GEN_OUT_FLOATS] = {PUM_IR_F32, PUM_IR_F32, PUM_IR_F64, PUM_IR_F16};
    for (uint32_t i = 0; i < GEN_OUT_FLOATS; i++) {
        pum_ir_ref x = pum_ir_emit0(&g->b, PUM_IR_LD_VAR, (enum pum_ir_type)floats[i], g->var[floats[i]][i % VARS_PER_TYPE]);
        if (floats[i] != PUM_IR_F32) {
            x = pum_ir_emit1(&g->b, PUM_IR_F2F, PUM_IR_F32, x);
        }
        pum_ir_emit3(&g->b, PUM_IR_ST_BUF, PUM_IR_VOID, g->desc[0], out_offset(g, base, GEN_OUT_WORDS - GEN_OUT_FLOATS + i), x);
    }
}

struct pum_ir_shader *
pum_gen_random_shader(uint64_t seed)
{
    struct gen g = {.state = (seed + 1) * 0x9E3779B97F4A7C15u | 1, .budget = 120};
    struct pum_ir_shader *sh = pum_ir_shader_create(PUM_STAGE_COMPUTE);
    if (!sh) {
        return NULL;
    }
    sh->info.local_size[0] = GEN_GROUP;
    sh->info.local_size[1] = sh->info.local_size[2] = 1;
    sh->info.private_B = 32;
    sh->info.shared_B = 64;
    sh->info.has_side_effects = true;
    pum_ir_builder_init(&g.b, sh);
    for (int i = 0; i < 20; i++) {
        (void)rnd(&g, 2);
    }
    for (uint32_t t = PUM_IR_BOOL; t < TYPES; t++) {
        for (uint32_t v = 0; v < VARS_PER_TYPE && t != PUM_IR_TUPLE; v++) {
            g.var[t][v] = pum_ir_add_var(sh, (enum pum_ir_type)t);
        }
    }
    for (uint32_t i = 0; i < 3; i++) {
        g.desc[i] = pum_ir_emit0(&g.b, PUM_IR_DESC, PUM_IR_I64, (uint64_t)i * PUM_DESC_BUFFER_B << 8);
    }
    const pum_ir_ref lid = pum_ir_emit0(&g.b, PUM_IR_SYSVAL, PUM_IR_I32, PUM_SYSVAL_LOCAL_INDEX);
    offer(&g, lid);
    for (uint32_t i = 0; i < 8; i++) { /* private memory starts with known contents */
        pum_ir_emit2(&g.b, PUM_IR_ST_SCRATCH, PUM_IR_VOID, pum_ir_const_i32(&g.b, (int32_t)(i * 4)), lid);
    }
    const pum_ir_ref in = pum_ir_emit2(&g.b, PUM_IR_LD_BUF, PUM_IR_I32, g.desc[2],
                                       pum_ir_emit2(&g.b, PUM_IR_SHL, PUM_IR_I32, lid, pum_ir_const_i32(&g.b, 2)));
    offer(&g, in);
    offer(&g, pum_ir_emit1(&g.b, PUM_IR_BITCAST, PUM_IR_F32, in));
    while (g.budget > 0) {
        statements(&g);
    }
    write_results(&g);
    if (sh->oom) {
        pum_ir_shader_destroy(sh);
        return NULL;
    }
    return sh;
}

/* ---- running ---- */

void
gen_memory_fill(struct gen_memory *m, uint64_t seed)
{
    struct gen g = {.state = seed * 77 + 1234567};
    memset(m, 0, sizeof(*m));
    m->set[0] = (struct pum_desc_buffer){(uint64_t)(uintptr_t)m->out, GEN_OUT_B, 0};
    m->set[1] = (struct pum_desc_buffer){(uint64_t)(uintptr_t)m->work, GEN_WORK_B, 0};
    m->set[2] = (struct pum_desc_buffer){(uint64_t)(uintptr_t)m->in, GEN_IN_B, 0};
    for (uint32_t i = 0; i < sizeof(m->push); i++) {
        m->push[i] = (uint8_t)rnd(&g, 256);
    }
    for (uint32_t i = 0; i < GEN_WORK_B; i++) {
        m->work[i] = (uint8_t)rnd(&g, 256);
        m->in[i] = (uint8_t)rnd(&g, 256);
    }
}

void
gen_run(const struct pum_shader_code *code, const struct pum_rt_table *rt, struct gen_memory *m, uint8_t *scratch)
{
    struct pum_shader_ctx ctx = {.rt = rt, .push = m->push};
    for (uint32_t i = 0; i <= PUM_MAX_SETS; i++) {
        ctx.sets[i] = (const uint8_t *)m->set;
    }
    struct pum_cs_args args = {.group_count = 1, .num_groups = {1, 1, 1}, .shared = m->shared, .scratch = scratch};
    code->run(code, &ctx, &args);
}

bool
gen_run_interp(const struct pum_ir_shader *sh, const struct pum_rt_table *rt, struct gen_memory *m)
{
    struct pum_interp_program *p;
    if (!pum_interp_create(sh, rt, &p)) {
        return false;
    }
    const size_t size_B = PUM_ALIGN_UP((size_t)pum_interp_scratch_B(p), 64u);
    uint8_t *scratch = aligned_alloc(64, size_B);
    if (scratch) {
        memset(scratch, 0xa5, size_B);
        gen_run(pum_interp_code(p), rt, m, scratch);
    }
    free(scratch);
    pum_interp_destroy(p);
    return scratch != NULL;
}

static bool
same_float(const uint8_t *a, const uint8_t *b)
{
    float x, y;
    memcpy(&x, a, 4);
    memcpy(&y, b, 4);
    return isnan(x) ? isnan(y) : memcmp(a, b, 4) == 0;
}

bool
gen_compare(const struct gen_memory *a, const struct gen_memory *b, const char *what, uint64_t seed)
{
    for (uint32_t i = 0; i < GEN_OUT_B / 4; i++) {
        const bool is_float = i % GEN_OUT_WORDS >= GEN_OUT_WORDS - GEN_OUT_FLOATS;
        if (is_float ? !same_float(a->out + i * 4, b->out + i * 4) : memcmp(a->out + i * 4, b->out + i * 4, 4) != 0) {
            uint32_t x, y;
            memcpy(&x, a->out + i * 4, 4);
            memcpy(&y, b->out + i * 4, 4);
            fprintf(stderr, "%s, seed %llu: invocation %u word %u: %08x, %08x\n", what, (unsigned long long)seed, i / GEN_OUT_WORDS,
                    i % GEN_OUT_WORDS, x, y);
            return false;
        }
    }
    if (memcmp(a->work, b->work, GEN_WORK_B) != 0 || memcmp(a->shared, b->shared, sizeof(a->shared)) != 0) {
        fprintf(stderr, "%s, seed %llu: memory differs\n", what, (unsigned long long)seed);
        return false;
    }
    return true;
}

#define MATH1(name, fn)                                                                                                 \
    static void rt_##fn(float *out, const float *a)                                                                     \
    {                                                                                                                   \
        for (int i = 0; i < PUM_LANES; i++) {                                                                           \
            out[i] = fn##f(a[i]);                                                                                       \
        }                                                                                                               \
    }
#define MATH2(name, fn)                                                                                                 \
    static void rt_##fn(float *out, const float *a, const float *b)                                                     \
    {                                                                                                                   \
        for (int i = 0; i < PUM_LANES; i++) {                                                                           \
            out[i] = fn##f(a[i], b[i]);                                                                                 \
        }                                                                                                               \
    }
PUM_RT_MATH1(MATH1)
PUM_RT_MATH2(MATH2)

static void
rt_fma(float *out, const float *a, const float *b, const float *c)
{
    for (int i = 0; i < PUM_LANES; i++) {
        out[i] = fmaf(a[i], b[i], c[i]);
    }
}

static void
rt_dfma(double *out, const double *a, const double *b, const double *c)
{
    for (int i = 0; i < PUM_LANES; i++) {
        out[i] = fma(a[i], b[i], c[i]);
    }
}

const struct pum_rt_table *
gen_rt(void)
{
#define ENTRY(name, fn) [PUM_RT_##name] = rt_##fn,
    static const struct pum_rt_table table = {.math1 = {PUM_RT_MATH1(ENTRY)}, .math2 = {PUM_RT_MATH2(ENTRY)}, .ffma = rt_fma, .dfma = rt_dfma};
    return &table;
}
