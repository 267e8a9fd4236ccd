#include "jit_kit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t rng = 0x9E3779B97F4A7C15u;

void
kit_seed(uint64_t seed)
{
    rng = seed * 0x9E3779B97F4A7C15u + 0x1234567;
}

uint64_t
kit_random(void)
{
    uint64_t z = rng += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* ---- scalar evaluation ---- */

static uint64_t
cut(enum pum_ir_type t, uint64_t v)
{
    const uint32_t bits = pum_ir_type_bits(t);
    return bits >= 64 ? v : v & (((uint64_t)1 << bits) - 1);
}

static int64_t
sext(enum pum_ir_type t, uint64_t v)
{
    const uint32_t sh = 64 - pum_ir_type_bits(t);
    return (int64_t)(v << sh) >> sh;
}

static float
as_f32(uint64_t v)
{
    const uint32_t u = (uint32_t)v;
    float f;
    memcpy(&f, &u, 4);
    return f;
}

static double
as_f64(uint64_t v)
{
    double f;
    memcpy(&f, &v, 8);
    return f;
}

/* Halves by hand: not every compiler has the type. */
static double
half_value(uint64_t v)
{
    const int e = (int)(v >> 10 & 31), m = (int)(v & 1023);
    const double x = e == 31 ? (m ? (double)NAN : (double)INFINITY) : ldexp(e ? m + 1024 : m, (e ? e : 1) - 25);
    return v & 0x8000 ? -x : x;
}

static uint64_t
bits_f16(double x)
{
    const uint64_t sign = signbit(x) ? 0x8000 : 0;
    const double a = fabs(x);
    if (isnan(x) || a >= 65520) {
        return sign | (isnan(x) ? 0x7e00 : 0x7c00);
    }
    int e;
    frexp(a, &e); /* a = [0.5, 1) * 2^e */
    if (a == 0 || e < -13) {
        return sign | (uint64_t)nearbyint(ldexp(a, 24));
    }
    return sign | (((uint64_t)(e + 13) << 10) + (uint64_t)nearbyint(ldexp(a, 11 - e)));
}

static uint64_t
bits_f32(float f)
{
    uint32_t u;
    memcpy(&u, &f, 4);
    return u;
}

static uint64_t
bits_f64(double f)
{
    uint64_t u;
    memcpy(&u, &f, 8);
    return u;
}

/* Every float value fits a double; results of one operation on halves and floats are exact enough there that one more rounding gives
 * the right answer (53 >= 2 * 24 + 2). */
static double
get(enum pum_ir_type t, uint64_t v)
{
    return t == PUM_IR_F16 ? half_value(v) : t == PUM_IR_F32 ? (double)as_f32(v) : as_f64(v);
}

static uint64_t
put(enum pum_ir_type t, double v)
{
    return t == PUM_IR_F16 ? bits_f16(v) : t == PUM_IR_F32 ? bits_f32((float)v) : bits_f64(v);
}

static uint64_t
to_int(enum pum_ir_type t, double v, bool is_signed)
{
    const uint32_t bits = pum_ir_type_bits(t);
    const double limit = ldexp(1.0, (int)(is_signed ? bits - 1 : bits));
    if (isnan(v)) {
        return 0;
    }
    if (v >= limit) {
        return cut(t, is_signed ? ((uint64_t)1 << (bits - 1)) - 1 : UINT64_MAX);
    }
    if (v <= (is_signed ? -limit : -1.0)) {
        return is_signed ? (uint64_t)1 << (bits - 1) : 0;
    }
    return cut(t, is_signed ? (uint64_t)(int64_t)v : v < 0 ? 0 : (uint64_t)v);
}

static uint64_t
from_int(enum pum_ir_type t, enum pum_ir_type s, uint64_t v, bool is_signed)
{
    if (is_signed) {
        const int64_t i = sext(s, v);
        return t == PUM_IR_F64 ? bits_f64((double)i) : t == PUM_IR_F32 ? bits_f32((float)i) : bits_f16((double)i);
    }
    return t == PUM_IR_F64 ? bits_f64((double)v) : t == PUM_IR_F32 ? bits_f32((float)v) : bits_f16((double)v);
}

static uint64_t
mulhi(enum pum_ir_type t, uint64_t a, uint64_t b, bool is_signed)
{
    const uint32_t bits = pum_ir_type_bits(t);
    __extension__ typedef unsigned __int128 u128;
    __extension__ typedef __int128 i128;
    return cut(t, is_signed ? (uint64_t)(((i128)sext(t, a) * sext(t, b)) >> bits) : (uint64_t)(((u128)a * b) >> bits));
}

static uint64_t
divide(enum pum_ir_op op, enum pum_ir_type t, uint64_t a, uint64_t b)
{
    if (op == PUM_IR_UDIV) {
        return cut(t, b ? a / b : UINT64_MAX);
    }
    if (op == PUM_IR_UREM) {
        return b ? a % b : a;
    }
    const int64_t x = sext(t, a), y = sext(t, b);
    if (y == 0) {
        return op == PUM_IR_SDIV ? cut(t, UINT64_MAX) : a;
    }
    if (y == -1) {
        return op == PUM_IR_SDIV ? cut(t, 0 - a) : 0;
    }
    int64_t r = op == PUM_IR_SDIV ? x / y : x % y;
    if (op == PUM_IR_SMOD && r != 0 && (r < 0) != (y < 0)) {
        r += y;
    }
    return cut(t, (uint64_t)r);
}

static double
math(enum pum_ir_op op, double x, double y, bool *ok)
{
    switch (op) {
    case PUM_IR_FEXP2: return exp2(x);
    case PUM_IR_FLOG2: return log2(x);
    case PUM_IR_FEXP: return exp(x);
    case PUM_IR_FLOG: return log(x);
    case PUM_IR_FSIN: return sin(x);
    case PUM_IR_FCOS: return cos(x);
    case PUM_IR_FTAN: return tan(x);
    case PUM_IR_FASIN: return asin(x);
    case PUM_IR_FACOS: return acos(x);
    case PUM_IR_FATAN: return atan(x);
    case PUM_IR_FSINH: return sinh(x);
    case PUM_IR_FCOSH: return cosh(x);
    case PUM_IR_FTANH: return tanh(x);
    case PUM_IR_FASINH: return asinh(x);
    case PUM_IR_FACOSH: return acosh(x);
    case PUM_IR_FATANH: return atanh(x);
    case PUM_IR_FPOW: return pow(x, y);
    case PUM_IR_FATAN2: return atan2(x, y);
    default: *ok = false; return 0;
    }
}

static uint64_t
eval_float(enum pum_ir_op op, enum pum_ir_type t, enum pum_ir_type st, const uint64_t *s, bool *ok)
{
    const uint64_t sign = (uint64_t)1 << (pum_ir_type_bits(t) - 1);
    const double x = get(st, s[0]), y = get(st, s[1]);
    switch (op) {
    case PUM_IR_FADD: return put(t, x + y);
    case PUM_IR_FSUB: return put(t, x - y);
    case PUM_IR_FMUL: return put(t, x * y);
    case PUM_IR_FDIV: return put(t, x / y);
    case PUM_IR_FREM:
    case PUM_IR_FMOD: {
        double q = get(t, put(t, x / y));
        q = op == PUM_IR_FREM ? trunc(q) : floor(q);
        return put(t, x - get(t, put(t, y * q)));
    }
    case PUM_IR_FNEG: return s[0] ^ sign;
    case PUM_IR_FABS: return s[0] & ~sign;
    case PUM_IR_FSQRT: return put(t, sqrt(x));
    case PUM_IR_FFLOOR: return put(t, floor(x));
    case PUM_IR_FCEIL: return put(t, ceil(x));
    case PUM_IR_FTRUNC: return put(t, trunc(x));
    case PUM_IR_FROUND_EVEN: return put(t, nearbyint(x));
    case PUM_IR_FMIN: return y < x ? s[1] : s[0];
    case PUM_IR_FMAX: return x < y ? s[1] : s[0];
    case PUM_IR_FFMA:
        return t == PUM_IR_F32 ? bits_f32(fmaf(as_f32(s[0]), as_f32(s[1]), as_f32(s[2]))) : put(t, fma(x, y, get(t, s[2])));
    default: return put(t, math(op, x, y, ok));
    }
}

uint64_t
kit_eval(enum pum_ir_op op, enum pum_ir_type t, enum pum_ir_type st, const uint64_t *s, bool *ok)
{
    const uint32_t bits = pum_ir_type_bits(t);
    const uint64_t a = s[0], b = s[1];
    const int64_t sa = sext(st, a), sb = sext(st, b);
    *ok = true;
    switch (op) {
    case PUM_IR_IADD: return cut(t, a + b);
    case PUM_IR_ISUB: return cut(t, a - b);
    case PUM_IR_IMUL: return cut(t, a * b);
    case PUM_IR_SMULHI: return mulhi(t, a, b, true);
    case PUM_IR_UMULHI: return mulhi(t, a, b, false);
    case PUM_IR_SDIV:
    case PUM_IR_UDIV:
    case PUM_IR_SREM:
    case PUM_IR_UREM:
    case PUM_IR_SMOD: return divide(op, t, a, b);
    case PUM_IR_INEG: return cut(t, 0 - a);
    case PUM_IR_SMIN: return sa < sb ? a : b;
    case PUM_IR_SMAX: return sa < sb ? b : a;
    case PUM_IR_UMIN: return a < b ? a : b;
    case PUM_IR_UMAX: return a < b ? b : a;
    case PUM_IR_SHL: return cut(t, a << (b & (bits - 1)));
    case PUM_IR_USHR: return a >> (b & (bits - 1));
    case PUM_IR_SSHR: return cut(t, (uint64_t)(sext(t, a) >> (b & (bits - 1))));
    case PUM_IR_AND: return a & b;
    case PUM_IR_OR: return a | b;
    case PUM_IR_XOR: return a ^ b;
    case PUM_IR_NOT: return cut(t, ~a);
    case PUM_IR_POPCOUNT: return (uint64_t)__builtin_popcountll(a);
    case PUM_IR_CLZ: return a ? (uint64_t)__builtin_clzll(a) - (64 - bits) : bits;
    case PUM_IR_CTZ: return a ? (uint64_t)__builtin_ctzll(a) : bits;
    case PUM_IR_BITREV: {
        uint64_t r = 0;
        for (uint32_t i = 0; i < bits; i++) {
            r |= (a >> i & 1) << (bits - 1 - i);
        }
        return r;
    }
    case PUM_IR_IEQ: return a == b;
    case PUM_IR_INE: return a != b;
    case PUM_IR_SLT: return sa < sb;
    case PUM_IR_SLE: return sa <= sb;
    case PUM_IR_ULT: return a < b;
    case PUM_IR_ULE: return a <= b;
    case PUM_IR_FEQ: return get(st, a) == get(st, b);
    case PUM_IR_FNE: return get(st, a) != get(st, b);
    case PUM_IR_FLT: return get(st, a) < get(st, b);
    case PUM_IR_FLE: return get(st, a) <= get(st, b);
    case PUM_IR_SELECT: return a ? b : s[2];
    case PUM_IR_F2S: return to_int(t, get(st, a), true);
    case PUM_IR_F2U: return to_int(t, get(st, a), false);
    case PUM_IR_S2F: return from_int(t, st, a, true);
    case PUM_IR_U2F: return from_int(t, st, a, false);
    case PUM_IR_F2F: return put(t, get(st, a));
    case PUM_IR_SEXT: return cut(t, (uint64_t)sa);
    case PUM_IR_ZEXT: return a;
    case PUM_IR_TRUNC: return cut(t, a);
    case PUM_IR_BITCAST: return a;
    default:
        if (!pum_ir_type_is_float(t)) {
            *ok = false;
            return 0;
        }
        return eval_float(op, t, st, s, ok);
    }
}

/* ---- one invocation ---- */

struct invocation {
    const struct pum_ir_shader *sh;
    struct kit_machine *m;
    uint64_t *val, *var;
    uint8_t *scratch;
    uint32_t group[3], local[3], index;
    uint64_t steps;
};

static uint64_t
sysval(const struct invocation *v, uint64_t imm)
{
    const uint32_t c = (uint32_t)(imm >> 8) & 3;
    switch ((enum pum_sysval)(imm & 0xff)) {
    case PUM_SYSVAL_WORKGROUP_ID: return v->group[c];
    case PUM_SYSVAL_NUM_WORKGROUPS: return v->m->groups[c];
    case PUM_SYSVAL_LOCAL_ID: return v->local[c];
    case PUM_SYSVAL_LOCAL_INDEX: return v->index;
    case PUM_SYSVAL_GLOBAL_ID: return v->group[c] * v->sh->info.local_size[c] + v->local[c];
    case PUM_SYSVAL_SUBGROUP_ID: return v->index / PUM_LANES;
    case PUM_SYSVAL_SUBGROUP_LANE: return v->index % PUM_LANES;
    default:
        KIT_CHECK(!"system value");
        return 0;
    }
}

static uint64_t
load(const uint8_t *base, uint32_t range_B, uint32_t off, enum pum_ir_type t)
{
    const uint32_t n = pum_ir_type_bits(t) / 8;
    uint64_t v = 0;
    if (range_B >= n && off <= range_B - n) {
        memcpy(&v, base + off, n);
    }
    return v;
}

static void
store(uint8_t *base, uint32_t range_B, uint32_t off, enum pum_ir_type t, uint64_t v)
{
    const uint32_t n = pum_ir_type_bits(t) / 8;
    if (range_B >= n && off <= range_B - n) {
        memcpy(base + off, &v, n);
    }
}

static uint32_t
run_list(struct invocation *v, const struct pum_ir_list *list);

static void
run_inst(struct invocation *v, pum_ir_ref r, const struct pum_ir_inst *in)
{
    const struct pum_ir_shader *sh = v->sh;
    uint64_t s[6] = {0};
    for (uint32_t i = 0; i < in->n_src && i < 6; i++) {
        const struct pum_ir_inst *si = pum_ir_at(sh, pum_ir_src(sh, in, i));
        s[i] = si->op == PUM_IR_CONST ? si->imm : v->val[pum_ir_src(sh, in, i)];
    }
    const enum pum_ir_type t = (enum pum_ir_type)in->type;
    const enum pum_ir_type t0 = in->n_src ? (enum pum_ir_type)pum_ir_at(sh, pum_ir_src(sh, in, in->op == PUM_IR_SELECT))->type : PUM_IR_VOID;
    struct kit_machine *m = v->m;
    switch ((enum pum_ir_op)in->op) {
    case PUM_IR_UNDEF: v->val[r] = 0; return;
    case PUM_IR_SYSVAL: v->val[r] = sysval(v, in->imm); return;
    case PUM_IR_LD_VAR: v->val[r] = v->var[in->imm]; return;
    case PUM_IR_ST_VAR: v->var[in->imm] = s[0]; return;
    case PUM_IR_DESC: {
        const uint64_t n = in->imm2 >> 16;
        v->val[r] = (in->imm >> 8) / PUM_DESC_BUFFER_B + (in->n_src ? (s[0] < n ? s[0] : n - 1) : 0);
        return;
    }
    case PUM_IR_LD_BUF: v->val[r] = load(m->buffer[s[0]], m->buffer_B[s[0]], (uint32_t)s[1], t); return;
    case PUM_IR_ST_BUF:
        store(m->buffer[s[0]], m->buffer_B[s[0]], (uint32_t)s[1], (enum pum_ir_type)pum_ir_at(sh, in->src[2])->type, s[2]);
        return;
    case PUM_IR_BUF_SIZE: v->val[r] = m->buffer_B[s[0]]; return;
    case PUM_IR_LD_PUSH: v->val[r] = load(m->push, PUM_MAX_PUSH_B, (uint32_t)s[0], t); return;
    case PUM_IR_LD_SCRATCH: v->val[r] = load(v->scratch, sh->info.private_B, (uint32_t)s[0], t); return;
    case PUM_IR_ST_SCRATCH: store(v->scratch, sh->info.private_B, (uint32_t)s[0], (enum pum_ir_type)pum_ir_at(sh, in->src[1])->type, s[1]); return;
    default: {
        bool ok;
        v->val[r] = kit_eval((enum pum_ir_op)in->op, t, t0, s, &ok);
        if (!ok) {
            fprintf(stderr, "reference: no %s\n", pum_ir_op_infos[in->op].name);
            exit(1);
        }
    }
    }
}

/* The id of the node that a BREAK leaves, or 0. */
static uint32_t
run_list(struct invocation *v, const struct pum_ir_list *list)
{
    const struct pum_ir_shader *sh = v->sh;
    for (const struct pum_ir_node *n = list->first; n; n = n->next) {
        if (n->kind == PUM_IR_BLOCK) {
            for (pum_ir_ref r = n->first_inst; r; r = sh->insts[r].next) {
                KIT_CHECK(++v->steps < 50000000);
                if (sh->insts[r].op == PUM_IR_BREAK) {
                    return (uint32_t)sh->insts[r].imm;
                }
                run_inst(v, r, &sh->insts[r]);
            }
            continue;
        }
        uint32_t out;
        if (n->kind == PUM_IR_IF) {
            const struct pum_ir_inst *c = pum_ir_at(sh, n->cond);
            out = run_list(v, (c->op == PUM_IR_CONST ? c->imm : v->val[n->cond]) ? &n->a : &n->b);
        } else {
            do {
                out = run_list(v, &n->a);
            } while (n->kind == PUM_IR_LOOP && out == 0);
            out = out == n->id ? 0 : out;
        }
        if (out) {
            return out;
        }
    }
    return 0;
}

void
kit_reference(const struct pum_ir_shader *sh, struct kit_machine *m)
{
    struct invocation v = {.sh = sh, .m = m};
    v.val = calloc(sh->n_insts, sizeof(uint64_t));
    v.var = calloc(sh->n_vars + 1, sizeof(uint64_t));
    v.scratch = calloc(1, sh->info.private_B + 1);
    const uint32_t *size = sh->info.local_size;
    for (v.group[2] = 0; v.group[2] < m->groups[2]; v.group[2]++) {
        for (v.group[1] = 0; v.group[1] < m->groups[1]; v.group[1]++) {
            for (v.group[0] = 0; v.group[0] < m->groups[0]; v.group[0]++) {
                for (v.index = 0; v.index < size[0] * size[1] * size[2]; v.index++) {
                    v.local[0] = v.index % size[0];
                    v.local[1] = v.index / size[0] % size[1];
                    v.local[2] = v.index / size[0] / size[1];
                    v.steps = 0;
                    memset(v.var, 0, sh->n_vars * sizeof(uint64_t));
                    memset(v.scratch, 0, sh->info.private_B);
                    run_list(&v, &sh->body);
                }
            }
        }
    }
    free(v.val);
    free(v.var);
    free(v.scratch);
}

/* ---- machine code ---- */

#define MATH1(name, fn)                                                                                                             \
    static void rt_##fn(float *out, const float *a)                                                                                 \
    {                                                                                                                               \
        for (int i = 0; i < PUM_LANES; i++) {                                                                                       \
            out[i] = (float)fn((double)a[i]);                                                                                       \
        }                                                                                                                           \
    }
#define MATH2(name, fn)                                                                                                             \
    static void rt_##fn(float *out, const float *a, const float *b)                                                                 \
    {                                                                                                                               \
        for (int i = 0; i < PUM_LANES; i++) {                                                                                       \
            out[i] = (float)fn((double)a[i], (double)b[i]);                                                                         \
        }                                                                                                                           \
    }
PUM_RT_MATH1(MATH1)
PUM_RT_MATH2(MATH2)

static void
rt_ffma(float *out, const float *a, const float *b, const float *c)
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
kit_rt(void)
{
    static const struct pum_rt_table table = {
#define ROW1(name, fn) .math1[PUM_RT_##name] = rt_##fn,
#define ROW2(name, fn) .math2[PUM_RT_##name] = rt_##fn,
        PUM_RT_MATH1(ROW1) PUM_RT_MATH2(ROW2).ffma = rt_ffma, .dfma = rt_dfma,
    };
    return &table;
}

struct pum_shader_ctx
kit_context(struct kit_machine *m, struct pum_desc_buffer records[KIT_BUFFERS])
{
    for (int i = 0; i < KIT_BUFFERS; i++) {
        records[i] = (struct pum_desc_buffer){(uintptr_t)m->buffer[i], m->buffer_B[i], 0};
    }
    return (struct pum_shader_ctx){.rt = kit_rt(), .sets = {(const uint8_t *)records}, .push = m->push};
}

void
kit_compile(struct pum_ir_shader *sh, enum pum_isa isa, struct pum_jit_image *image)
{
    char msg[256];
    if (pum_jit_compile(sh, isa, image, msg) != PUM_JIT_OK) {
        fprintf(stderr, "compile (%s): %s\n", pum_isa_name(isa), msg);
        pum_ir_print(sh, stderr);
        exit(1);
    }
}

void
kit_run(struct pum_ir_shader *sh, enum pum_isa isa, struct kit_machine *m)
{
    struct pum_jit_image image;
    struct pum_jit_code code;
    kit_compile(sh, isa, &image);
    KIT_CHECK(pum_jit_load(&image, &code));
    struct pum_desc_buffer records[KIT_BUFFERS];
    const struct pum_shader_ctx ctx = kit_context(m, records);
    uint8_t *shared = aligned_alloc(64, PUM_ALIGN_UP(sh->info.shared_B + 1, 64u));
    uint8_t *scratch = aligned_alloc(64, PUM_ALIGN_UP(image.scratch_B + 1, 64u));
    KIT_CHECK(shared && scratch);
    memset(scratch, 0, image.scratch_B);
    struct pum_cs_args args = {.num_groups = {m->groups[0], m->groups[1], m->groups[2]}, .shared = shared, .scratch = scratch};
    args.group_count = m->groups[0];
    for (args.group[2] = 0; args.group[2] < m->groups[2]; args.group[2]++) {
        for (args.group[1] = 0; args.group[1] < m->groups[1]; args.group[1]++) {
            code.code.run(&code.code, &ctx, &args);
        }
    }
    free(shared);
    free(scratch);
    pum_jit_unload(&code);
    pum_jit_image_free(&image);
}

/* ---- building ---- */

pum_ir_ref
kit_desc(struct pum_ir_builder *b, uint32_t n)
{
    return pum_ir_emit(b, PUM_IR_DESC, PUM_IR_I64, 0, NULL, (uint64_t)n * PUM_DESC_BUFFER_B << 8);
}

pum_ir_ref
kit_gid(struct pum_ir_builder *b, uint32_t comp)
{
    return pum_ir_emit0(b, PUM_IR_SYSVAL, PUM_IR_I32, (uint64_t)PUM_SYSVAL_GLOBAL_ID | (uint64_t)comp << 8);
}

pum_ir_ref
kit_load(struct pum_ir_builder *b, enum pum_ir_type type, pum_ir_ref desc, pum_ir_ref off)
{
    return pum_ir_emit2(b, PUM_IR_LD_BUF, type, desc, off);
}

void
kit_store(struct pum_ir_builder *b, pum_ir_ref desc, pum_ir_ref off, pum_ir_ref v)
{
    pum_ir_emit3(b, PUM_IR_ST_BUF, PUM_IR_VOID, desc, off, v);
}
