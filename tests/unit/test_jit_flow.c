/* Workgroups: barriers inside of control flow, values and masks that live across them, shared memory, atomics, subgroup operations,
 * raw addresses, descriptor arrays. Expected results are computed by hand-written C. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jit_kit.h"

static uint32_t failed;

static pum_ir_ref
c32(struct pum_ir_builder *b, int32_t v)
{
    return pum_ir_const_i32(b, v);
}

static pum_ir_ref
op2(struct pum_ir_builder *b, enum pum_ir_op op, pum_ir_ref x, pum_ir_ref y)
{
    const bool compare = op >= PUM_IR_IEQ && op <= PUM_IR_ULE;
    return pum_ir_emit2(b, op, compare ? PUM_IR_BOOL : PUM_IR_I32, x, y);
}

static pum_ir_ref
times4(struct pum_ir_builder *b, pum_ir_ref x)
{
    return op2(b, PUM_IR_SHL, x, c32(b, 2));
}

static struct pum_ir_shader *
begin(struct pum_ir_builder *b, uint32_t x, uint32_t y)
{
    struct pum_ir_shader *sh = pum_ir_shader_create(PUM_STAGE_COMPUTE);
    sh->info.local_size[0] = x;
    sh->info.local_size[1] = y;
    sh->info.local_size[2] = 1;
    sh->info.has_side_effects = true;
    pum_ir_builder_init(b, sh);
    return sh;
}

static void
barrier(struct pum_ir_builder *b)
{
    b->sh->info.has_barrier = true;
    pum_ir_emit0(b, PUM_IR_BARRIER, PUM_IR_VOID, 0);
}

typedef struct pum_ir_shader *(*build_fn)(uint32_t variant);

/* Runs a shader on all levels and compares buffer 3 (words) with `want`. */
static void
check(const char *name, build_fn build, uint32_t variant, struct kit_machine *m, const uint32_t *want, uint32_t words)
{
    uint32_t *start = malloc(m->buffer_B[3]);
    memcpy(start, m->buffer[3], m->buffer_B[3]);
    for (enum pum_isa isa = PUM_ISA_V2; isa <= pum_cpu_isa(); isa++) {
        struct pum_ir_shader *sh = build(variant);
        KIT_CHECK(!sh->oom && pum_ir_optimize(sh));
        memcpy(m->buffer[3], start, m->buffer_B[3]);
        kit_run(sh, isa, m);
        pum_ir_shader_destroy(sh);
        for (uint32_t i = 0; i < words; i++) {
            const uint32_t got = ((const uint32_t *)(const void *)m->buffer[3])[i];
            if (got != want[i]) {
                fprintf(stderr, "%s (%u), %s: word %u is %u (%x), not %u (%x)\n", name, variant, pum_isa_name(isa), i, got, got, want[i], want[i]);
                failed++;
                break;
            }
        }
    }
    memcpy(m->buffer[3], start, m->buffer_B[3]);
    free(start);
}

/* Tree reduction in shared memory: a loop with a barrier, a divergent IF in it. variant: threads. */
static struct pum_ir_shader *
build_tree(uint32_t threads)
{
    struct pum_ir_builder b;
    struct pum_ir_shader *sh = begin(&b, threads, 1);
    sh->info.shared_B = threads * 4;
    const pum_ir_ref li = pum_ir_emit0(&b, PUM_IR_SYSVAL, PUM_IR_I32, PUM_SYSVAL_LOCAL_INDEX);
    const pum_ir_ref wg = pum_ir_emit0(&b, PUM_IR_SYSVAL, PUM_IR_I32, PUM_SYSVAL_WORKGROUP_ID);
    const pum_ir_ref gid = kit_gid(&b, 0);
    const uint32_t step = pum_ir_add_var(sh, PUM_IR_I32);
    pum_ir_ref s[2] = {times4(&b, li), kit_load(&b, PUM_IR_I32, kit_desc(&b, 0), times4(&b, gid))};
    pum_ir_emit(&b, PUM_IR_ST_SHARED, PUM_IR_VOID, 2, s, 0);
    pum_ir_ref v = c32(&b, (int32_t)threads / 2);
    pum_ir_emit(&b, PUM_IR_ST_VAR, PUM_IR_VOID, 1, &v, step);
    barrier(&b);
    struct pum_ir_node *loop = pum_ir_push_loop(&b);
    v = pum_ir_emit0(&b, PUM_IR_LD_VAR, PUM_IR_I32, step);
    struct pum_ir_node *out = pum_ir_push_if(&b, op2(&b, PUM_IR_IEQ, v, c32(&b, 0)));
    pum_ir_break(&b, loop);
    pum_ir_pop_if(&b, out);
    struct pum_ir_node *low = pum_ir_push_if(&b, op2(&b, PUM_IR_ULT, li, v));
    const pum_ir_ref x = pum_ir_emit1(&b, PUM_IR_LD_SHARED, PUM_IR_I32, times4(&b, li));
    const pum_ir_ref y = pum_ir_emit1(&b, PUM_IR_LD_SHARED, PUM_IR_I32, times4(&b, op2(&b, PUM_IR_IADD, li, v)));
    s[0] = times4(&b, li);
    s[1] = op2(&b, PUM_IR_IADD, x, y);
    pum_ir_emit(&b, PUM_IR_ST_SHARED, PUM_IR_VOID, 2, s, 0);
    pum_ir_pop_if(&b, low);
    barrier(&b);
    v = op2(&b, PUM_IR_USHR, pum_ir_emit0(&b, PUM_IR_LD_VAR, PUM_IR_I32, step), c32(&b, 1));
    pum_ir_emit(&b, PUM_IR_ST_VAR, PUM_IR_VOID, 1, &v, step);
    pum_ir_pop_loop(&b, loop);
    struct pum_ir_node *first = pum_ir_push_if(&b, op2(&b, PUM_IR_IEQ, li, c32(&b, 0)));
    kit_store(&b, kit_desc(&b, 3), times4(&b, wg), pum_ir_emit1(&b, PUM_IR_LD_SHARED, PUM_IR_I32, c32(&b, 0)));
    pum_ir_pop_if(&b, first);
    return sh;
}

/* Values of every kind across barriers in a loop, in a uniform IF and in one that only looks divergent; some lanes have returned. */
static struct pum_ir_shader *
build_across(uint32_t variant)
{
    struct pum_ir_builder b;
    struct pum_ir_shader *sh = begin(&b, variant & 1 ? 40 : 64, variant & 2 ? 2 : 1);
    const uint32_t threads = sh->info.local_size[0] * sh->info.local_size[1];
    sh->info.shared_B = threads * 4;
    const pum_ir_ref li = pum_ir_emit0(&b, PUM_IR_SYSVAL, PUM_IR_I32, PUM_SYSVAL_LOCAL_INDEX);
    const pum_ir_ref flag = kit_load(&b, PUM_IR_I32, kit_desc(&b, 0), times4(&b, li)); /* 1 for all, but who knows */
    const pum_ir_ref vec = op2(&b, PUM_IR_IMUL, kit_load(&b, PUM_IR_I32, kit_desc(&b, 1), times4(&b, li)), c32(&b, 3));
    const pum_ir_ref uni = kit_load(&b, PUM_IR_I32, kit_desc(&b, 1), c32(&b, 40));
    const pum_ir_ref bit = op2(&b, PUM_IR_ULT, vec, c32(&b, 90));
    const uint32_t i = pum_ir_add_var(sh, PUM_IR_I32), sum = pum_ir_add_var(sh, PUM_IR_I32);
    struct pum_ir_node *ret = pum_ir_push_scope(&b);
    struct pum_ir_node *on = pum_ir_push_if(&b, op2(&b, PUM_IR_INE, flag, c32(&b, 0)));
    struct pum_ir_node *loop = pum_ir_push_loop(&b);
    pum_ir_ref k = pum_ir_emit0(&b, PUM_IR_LD_VAR, PUM_IR_I32, i);
    struct pum_ir_node *out = pum_ir_push_if(&b, op2(&b, PUM_IR_ULE, c32(&b, 3), k));
    pum_ir_break(&b, loop);
    pum_ir_pop_if(&b, out);
    pum_ir_ref s[2] = {times4(&b, li), op2(&b, PUM_IR_IADD, op2(&b, PUM_IR_IADD, vec, k), li)};
    pum_ir_emit(&b, PUM_IR_ST_SHARED, PUM_IR_VOID, 2, s, 0);
    barrier(&b);
    const pum_ir_ref other = op2(&b, PUM_IR_UREM, op2(&b, PUM_IR_IADD, li, c32(&b, 17)), c32(&b, (int32_t)threads));
    pum_ir_ref t = pum_ir_emit1(&b, PUM_IR_LD_SHARED, PUM_IR_I32, times4(&b, other));
    t = op2(&b, PUM_IR_IADD, t, pum_ir_emit3(&b, PUM_IR_SELECT, PUM_IR_I32, bit, uni, c32(&b, 1000)));
    t = op2(&b, PUM_IR_IADD, t, pum_ir_emit0(&b, PUM_IR_LD_VAR, PUM_IR_I32, sum));
    pum_ir_emit(&b, PUM_IR_ST_VAR, PUM_IR_VOID, 1, &t, sum);
    struct pum_ir_node *odd = pum_ir_push_if(&b, op2(&b, PUM_IR_IEQ, k, c32(&b, 1)));
    barrier(&b);
    t = op2(&b, PUM_IR_IADD, pum_ir_emit0(&b, PUM_IR_LD_VAR, PUM_IR_I32, sum), uni);
    pum_ir_emit(&b, PUM_IR_ST_VAR, PUM_IR_VOID, 1, &t, sum);
    pum_ir_begin_else(&b, odd);
    barrier(&b);
    pum_ir_pop_if(&b, odd);
    k = op2(&b, PUM_IR_IADD, pum_ir_emit0(&b, PUM_IR_LD_VAR, PUM_IR_I32, i), c32(&b, 1));
    pum_ir_emit(&b, PUM_IR_ST_VAR, PUM_IR_VOID, 1, &k, i);
    pum_ir_pop_loop(&b, loop);
    pum_ir_begin_else(&b, on);
    pum_ir_break(&b, ret);
    pum_ir_pop_if(&b, on);
    kit_store(&b, kit_desc(&b, 3), times4(&b, li), op2(&b, PUM_IR_IADD, pum_ir_emit0(&b, PUM_IR_LD_VAR, PUM_IR_I32, sum), vec));
    pum_ir_pop_scope(&b, ret);
    return sh;
}

/* Atomics: variant = operation | mode << 8. mode 0: all lanes at one address, result unused; 1: result used; 2: address varies. */
static struct pum_ir_shader *
build_atomic(uint32_t variant)
{
    struct pum_ir_builder b;
    struct pum_ir_shader *sh = begin(&b, 48, 1);
    const uint32_t op = variant & 0xff, mode = variant >> 8;
    const pum_ir_ref gid = kit_gid(&b, 0);
    const pum_ir_ref v = kit_load(&b, PUM_IR_I32, kit_desc(&b, 0), times4(&b, gid));
    const pum_ir_ref off = mode == 2 ? times4(&b, op2(&b, PUM_IR_AND, v, c32(&b, 3))) : c32(&b, 8);
    struct pum_ir_node *some = pum_ir_push_if(&b, op2(&b, PUM_IR_INE, op2(&b, PUM_IR_AND, v, c32(&b, 16)), c32(&b, 0)));
    const pum_ir_ref s[4] = {kit_desc(&b, 3), off, v, gid};
    const pum_ir_ref r = pum_ir_emit(&b, PUM_IR_ATOM_BUF, PUM_IR_I32, op == PUM_ATOMIC_CMPXCHG ? 4 : 3, s, op);
    if (mode) {
        kit_store(&b, kit_desc(&b, 3), op2(&b, PUM_IR_IADD, times4(&b, gid), c32(&b, 64)), r);
    }
    pum_ir_pop_if(&b, some);
    return sh;
}

static uint32_t
atomic_ref(uint32_t op, uint32_t old, uint32_t v, uint32_t cmp)
{
    switch (op) {
    case PUM_ATOMIC_ADD: return old + v;
    case PUM_ATOMIC_SMIN: return (int32_t)v < (int32_t)old ? v : old;
    case PUM_ATOMIC_SMAX: return (int32_t)v > (int32_t)old ? v : old;
    case PUM_ATOMIC_UMIN: return v < old ? v : old;
    case PUM_ATOMIC_UMAX: return v > old ? v : old;
    case PUM_ATOMIC_AND: return old & v;
    case PUM_ATOMIC_OR: return old | v;
    case PUM_ATOMIC_XOR: return old ^ v;
    case PUM_ATOMIC_CMPXCHG: return old == cmp ? v : old;
    default: return v;
    }
}

/* Subgroup operations: variant = what. */
static struct pum_ir_shader *
build_subgroup(uint32_t variant)
{
    struct pum_ir_builder b;
    struct pum_ir_shader *sh = begin(&b, 32, 1);
    const pum_ir_ref gid = kit_gid(&b, 0);
    const pum_ir_ref v = kit_load(&b, PUM_IR_I32, kit_desc(&b, 0), times4(&b, gid));
    struct pum_ir_node *some = pum_ir_push_if(&b, op2(&b, PUM_IR_INE, op2(&b, PUM_IR_AND, v, c32(&b, 3)), c32(&b, 0)));
    const pum_ir_ref odd = op2(&b, PUM_IR_INE, op2(&b, PUM_IR_AND, v, c32(&b, 1)), c32(&b, 0));
    pum_ir_ref r;
    if (variant == 0) {
        r = pum_ir_emit1(&b, PUM_IR_SG_BALLOT, PUM_IR_I32, odd);
    } else if (variant == 1) {
        r = pum_ir_emit1(&b, PUM_IR_SG_BROADCAST_FIRST, PUM_IR_I32, v);
    } else if (variant == 2) {
        r = pum_ir_emit3(&b, PUM_IR_SELECT, PUM_IR_I32, pum_ir_emit0(&b, PUM_IR_SG_ELECT, PUM_IR_BOOL, 0), v, c32(&b, 7));
    } else if (variant == 3) {
        const pum_ir_ref s[2] = {v, op2(&b, PUM_IR_XOR, gid, c32(&b, 5))};
        r = pum_ir_emit(&b, PUM_IR_SG_SHUFFLE, PUM_IR_I32, 2, s, 0);
    } else if (variant == 4) {
        r = pum_ir_emit3(&b, PUM_IR_SELECT, PUM_IR_I32, pum_ir_emit1(&b, PUM_IR_SG_ALL, PUM_IR_BOOL, odd), c32(&b, 1), c32(&b, 2));
    } else if (variant == 5) {
        r = pum_ir_emit3(&b, PUM_IR_SELECT, PUM_IR_I32, pum_ir_emit1(&b, PUM_IR_SG_ANY, PUM_IR_BOOL, odd), c32(&b, 1), c32(&b, 2));
    } else {
        r = pum_ir_emit(&b, PUM_IR_SG_REDUCE, PUM_IR_I32, 1, &v, variant - 6); /* the operation's imm */
    }
    kit_store(&b, kit_desc(&b, 3), times4(&b, gid), r);
    pum_ir_pop_if(&b, some);
    return sh;
}

static uint32_t
subgroup_ref(uint32_t variant, const uint32_t *v, uint32_t lane) /* v: of this subgroup */
{
    uint32_t mask = 0, ballot = 0, first = 16;
    for (uint32_t i = 0; i < 16; i++) {
        mask |= (uint32_t)((v[i] & 3) != 0) << i;
        ballot |= (uint32_t)((v[i] & 3) != 0 && v[i] & 1) << i;
        first = first == 16 && v[i] & 3 ? i : first;
    }
    switch (variant) {
    case 0: return ballot;
    case 1: return v[first];
    case 2: return lane == first ? v[lane] : 7;
    case 3: return v[(lane ^ 5) & 15];
    case 4: return ballot == mask ? 1 : 2;
    case 5: return ballot ? 1 : 2;
    default: break;
    }
    const uint32_t imm = variant - 6, size = 1u << (imm >> 8 & 0xff), scan = imm >> 16;
    const uint32_t from = lane & ~(size - 1), to = scan == 0 ? from + size : scan == 1 ? lane + 1 : lane;
    const enum pum_reduce op = (enum pum_reduce)(imm & 0xff);
    uint32_t a = op == PUM_REDUCE_IMUL ? 1 : op == PUM_REDUCE_SMIN ? 0x7fffffff : op == PUM_REDUCE_AND || op == PUM_REDUCE_UMIN ? UINT32_MAX
                 : op == PUM_REDUCE_SMAX ? 0x80000000u : 0;
    for (uint32_t i = from; i < to; i++) {
        if (mask >> i & 1) {
            switch (op) {
            case PUM_REDUCE_IADD: a += v[i]; break;
            case PUM_REDUCE_IMUL: a *= v[i]; break;
            case PUM_REDUCE_SMIN: a = (int32_t)v[i] < (int32_t)a ? v[i] : a; break;
            case PUM_REDUCE_UMIN: a = v[i] < a ? v[i] : a; break;
            case PUM_REDUCE_SMAX: a = (int32_t)v[i] > (int32_t)a ? v[i] : a; break;
            case PUM_REDUCE_UMAX: a = v[i] > a ? v[i] : a; break;
            case PUM_REDUCE_AND: a &= v[i]; break;
            case PUM_REDUCE_OR: a |= v[i]; break;
            default: a ^= v[i]; break;
            }
        }
    }
    return a;
}

/* Raw addresses: variant 0 uniform, 1 varying. Address of the buffers in push constants. */
static struct pum_ir_shader *
build_global(uint32_t variant)
{
    struct pum_ir_builder b;
    struct pum_ir_shader *sh = begin(&b, 24, 1);
    const pum_ir_ref gid = kit_gid(&b, 0);
    const pum_ir_ref from = pum_ir_emit1(&b, PUM_IR_LD_PUSH, PUM_IR_I64, c32(&b, 0)), to = pum_ir_emit1(&b, PUM_IR_LD_PUSH, PUM_IR_I64, c32(&b, 8));
    const pum_ir_ref off = variant & 2 ? pum_ir_emit2(&b, PUM_IR_IMUL, PUM_IR_I64, pum_ir_emit1(&b, PUM_IR_SEXT, PUM_IR_I64, gid), pum_ir_const(&b, PUM_IR_I64, 4))
                                       : pum_ir_emit1(&b, PUM_IR_ZEXT, PUM_IR_I64, times4(&b, gid));
    const pum_ir_ref a = variant & 1 ? pum_ir_emit2(&b, PUM_IR_IADD, PUM_IR_I64, from, off) : from;
    struct pum_ir_node *some = pum_ir_push_if(&b, op2(&b, PUM_IR_ULT, gid, c32(&b, 40)));
    const pum_ir_ref v = pum_ir_emit1(&b, PUM_IR_LD_GLOBAL, PUM_IR_I32, a);
    const pum_ir_ref s[2] = {pum_ir_emit2(&b, PUM_IR_IADD, PUM_IR_I64, to, off), op2(&b, PUM_IR_IADD, v, gid)};
    pum_ir_emit(&b, PUM_IR_ST_GLOBAL, PUM_IR_VOID, 2, s, 0);
    const pum_ir_ref t[2] = {to, c32(&b, 1)};
    pum_ir_emit(&b, PUM_IR_ATOM_GLOBAL, PUM_IR_I32, 2, t, PUM_ATOMIC_ADD);
    pum_ir_pop_if(&b, some);
    return sh;
}

/* A descriptor per lane: the waterfall. */
static struct pum_ir_shader *
build_desc_array(uint32_t variant)
{
    (void)variant;
    struct pum_ir_builder b;
    struct pum_ir_shader *sh = begin(&b, 64, 1);
    const pum_ir_ref gid = kit_gid(&b, 0);
    pum_ir_ref index = op2(&b, PUM_IR_UREM, gid, c32(&b, 5)); /* 3 and 4 are clamped to 2 */
    const pum_ir_ref d = pum_ir_emit(&b, PUM_IR_DESC, PUM_IR_I64, 1, &index, 0);
    pum_ir_at(sh, d)->imm2 = PUM_DESC_BUFFER_B | 3u << 16;
    const pum_ir_ref v = op2(&b, PUM_IR_IADD, kit_load(&b, PUM_IR_I32, d, times4(&b, gid)), pum_ir_emit1(&b, PUM_IR_BUF_SIZE, PUM_IR_I32, d));
    kit_store(&b, kit_desc(&b, 3), times4(&b, gid), v);
    return sh;
}

int
main(void)
{
    static uint32_t in[3][1024], out[1024], want[1024];
    struct kit_machine m = {.groups = {1, 1, 1}};
    for (int i = 0; i < 3; i++) {
        for (uint32_t k = 0; k < 1024; k++) {
            in[i][k] = (uint32_t)kit_random() >> 8;
        }
        m.buffer[i] = (uint8_t *)in[i];
        m.buffer_B[i] = sizeof(in[i]);
    }
    m.buffer[3] = (uint8_t *)out;
    m.buffer_B[3] = sizeof(out);

    m.groups[0] = 4;
    for (uint32_t threads = 16; threads <= 256; threads *= 2) {
        for (uint32_t g = 0; g < 4; g++) {
            want[g] = 0;
            for (uint32_t k = 0; k < threads; k++) {
                want[g] += in[0][g * threads + k];
            }
        }
        check("tree", build_tree, threads, &m, want, 4);
    }
    m.groups[0] = 1;

    uint32_t saved[1024];
    memcpy(saved, in[0], sizeof(saved));
    for (uint32_t variant = 0; variant < 4; variant++) {
        const uint32_t threads = (variant & 1 ? 40 : 64) * (variant & 2 ? 2 : 1);
        memset(in[0], 0, sizeof(in[0]));
        for (uint32_t k = 0; k < threads; k++) {
            in[0][k] = 1;
            in[1][k] = (k * 7) % 61;
        }
        for (uint32_t k = 0; k < threads; k++) {
            const uint32_t o = (k + 17) % threads, vec = in[1][k] * 3;
            uint32_t sum = 0;
            for (uint32_t i = 0; i < 3; i++) {
                sum += in[1][o] * 3 + i + o + (vec < 90 ? in[1][10] : 1000) + (i == 1 ? in[1][10] : 0);
            }
            want[k] = sum + vec;
        }
        check("across", build_across, variant, &m, want, threads);
    }
    memcpy(in[0], saved, sizeof(saved));

    for (uint32_t op = 0; op <= PUM_ATOMIC_CMPXCHG; op++) {
        for (uint32_t mode = 0; mode < 3; mode++) {
            for (uint32_t k = 0; k < 1024; k++) {
                out[k] = want[k] = k * 77;
            }
            for (uint32_t g = 0; g < 48; g++) {
                const uint32_t v = in[0][g], at = mode == 2 ? v & 3 : 2;
                if (v & 16) {
                    const uint32_t old = want[at];
                    /* operands of a compare-exchange: offset, value, compare */
                    want[at] = atomic_ref(op, old, v, g);
                    if (mode) {
                        want[16 + g] = old;
                    }
                }
            }
            check("atomic", build_atomic, op | mode << 8, &m, want, 64);
        }
    }

    for (uint32_t variant = 0; variant < 6 + 3 * 5 * 13; variant++) {
        uint32_t v = variant;
        if (variant >= 6) {
            const uint32_t op = (variant - 6) % 13, cluster = (variant - 6) / 13 % 5, scan = (variant - 6) / 65;
            if (op == PUM_REDUCE_FADD || op == PUM_REDUCE_FMUL || op == PUM_REDUCE_FMIN || op == PUM_REDUCE_FMAX) {
                continue;
            }
            v = 6 + (op | cluster << 8 | scan << 16);
        }
        for (uint32_t k = 0; k < 32 && v == 3; k++) {
            in[0][k] |= 1; /* reading from a lane that is not there is undefined */
        }
        for (uint32_t k = 0; k < 32; k++) {
            out[k] = 5;
            want[k] = in[0][k] & 3 ? subgroup_ref(v, in[0] + (k & 16), k & 15) : 5;
        }
        check("subgroup", build_subgroup, v, &m, want, 32);
        memcpy(in[0], saved, sizeof(saved));
    }

    m.groups[0] = 3;
    const uint64_t address[2] = {(uintptr_t)in[1], (uintptr_t)out};
    memcpy(m.push, address, sizeof(address));
    for (uint32_t variant = 0; variant < 4; variant++) {
        memset(out, 0, sizeof(out));
        memset(want, 0, sizeof(want));
        for (uint32_t g = 0; g < 40; g++) { /* in subgroups: stores, then the atomic */
            want[g] = (variant & 1 ? in[1][g] : in[1][0]) + g;
        }
        want[0] += 40;
        check("global", build_global, variant, &m, want, 80);
    }
    for (uint32_t g = 0; g < 192; g++) {
        const uint32_t d = PUM_MIN(g % 5, 2u);
        want[g] = in[d][g] + m.buffer_B[d];
    }
    check("descriptors", build_desc_array, 0, &m, want, 192);
    printf("%u failed\n", failed);
    return failed != 0;
}
