/* Every arithmetic operation of the IR in machine code against scalar C: special values and random bits, operands as vectors and as
 * uniform values, all ISA levels of this machine. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jit_kit.h"

#define N 1024

struct row {
    enum pum_ir_op op;
    enum pum_ir_type type, src;
    uint32_t n;
};

static struct row rows[1024];
static uint32_t n_rows;

static void
add(enum pum_ir_op op, enum pum_ir_type type, enum pum_ir_type src, uint32_t n)
{
    rows[n_rows++] = (struct row){op, type, src, n};
}

static void
list_rows(void)
{
    static const enum pum_ir_op int2[] = {PUM_IR_IADD, PUM_IR_ISUB, PUM_IR_IMUL, PUM_IR_SMULHI, PUM_IR_UMULHI, PUM_IR_SDIV, PUM_IR_UDIV,
                                          PUM_IR_SREM, PUM_IR_UREM, PUM_IR_SMOD, PUM_IR_SMIN, PUM_IR_SMAX, PUM_IR_UMIN, PUM_IR_UMAX,
                                          PUM_IR_SHL,  PUM_IR_USHR, PUM_IR_SSHR, PUM_IR_AND,  PUM_IR_OR,   PUM_IR_XOR};
    static const enum pum_ir_op int1[] = {PUM_IR_INEG, PUM_IR_NOT, PUM_IR_POPCOUNT, PUM_IR_CLZ, PUM_IR_CTZ, PUM_IR_BITREV};
    static const enum pum_ir_op icmp[] = {PUM_IR_IEQ, PUM_IR_INE, PUM_IR_SLT, PUM_IR_SLE, PUM_IR_ULT, PUM_IR_ULE};
    static const enum pum_ir_op flt2[] = {PUM_IR_FADD, PUM_IR_FSUB, PUM_IR_FMUL, PUM_IR_FDIV, PUM_IR_FREM, PUM_IR_FMOD, PUM_IR_FMIN,
                                          PUM_IR_FMAX};
    static const enum pum_ir_op flt1[] = {PUM_IR_FNEG, PUM_IR_FABS, PUM_IR_FSQRT, PUM_IR_FFLOOR, PUM_IR_FCEIL, PUM_IR_FTRUNC,
                                          PUM_IR_FROUND_EVEN};
    static const enum pum_ir_op fcmp[] = {PUM_IR_FEQ, PUM_IR_FNE, PUM_IR_FLT, PUM_IR_FLE};
    for (enum pum_ir_type t = PUM_IR_I8; t <= PUM_IR_I64; t++) {
        for (size_t i = 0; i < PUM_ARRAY_LEN(int2); i++) {
            add(int2[i], t, t, 2);
        }
        for (size_t i = 0; i < PUM_ARRAY_LEN(int1); i++) {
            add(int1[i], t, t, 1);
        }
        for (size_t i = 0; i < PUM_ARRAY_LEN(icmp); i++) {
            add(icmp[i], PUM_IR_BOOL, t, 2);
        }
        for (enum pum_ir_type u = PUM_IR_I8; u <= PUM_IR_I64; u++) {
            if (u > t) {
                add(PUM_IR_SEXT, u, t, 1);
                add(PUM_IR_ZEXT, u, t, 1);
                add(PUM_IR_TRUNC, t, u, 1);
            }
        }
        for (enum pum_ir_type f = PUM_IR_F16; f <= PUM_IR_F64; f++) {
            add(PUM_IR_S2F, f, t, 1);
            add(PUM_IR_U2F, f, t, 1);
            add(PUM_IR_F2S, t, f, 1);
            add(PUM_IR_F2U, t, f, 1);
        }
    }
    for (enum pum_ir_type t = PUM_IR_F16; t <= PUM_IR_F64; t++) {
        for (size_t i = 0; i < PUM_ARRAY_LEN(flt2); i++) {
            add(flt2[i], t, t, 2);
        }
        for (size_t i = 0; i < PUM_ARRAY_LEN(flt1); i++) {
            add(flt1[i], t, t, 1);
        }
        for (size_t i = 0; i < PUM_ARRAY_LEN(fcmp); i++) {
            add(fcmp[i], PUM_IR_BOOL, t, 2);
        }
        for (enum pum_ir_type u = PUM_IR_F16; u <= PUM_IR_F64; u++) {
            if (u != t) {
                add(PUM_IR_F2F, u, t, 1);
            }
        }
    }
    add(PUM_IR_FFMA, PUM_IR_F32, PUM_IR_F32, 3);
    for (int op = PUM_IR_FEXP2; op <= PUM_IR_FATANH; op++) {
        add((enum pum_ir_op)op, PUM_IR_F32, PUM_IR_F32, op == PUM_IR_FPOW || op == PUM_IR_FATAN2 ? 2 : 1);
    }
    add(PUM_IR_BITCAST, PUM_IR_I32, PUM_IR_F32, 1);
    add(PUM_IR_BITCAST, PUM_IR_F32, PUM_IR_I32, 1);
    add(PUM_IR_BITCAST, PUM_IR_I16, PUM_IR_F16, 1);
    add(PUM_IR_BITCAST, PUM_IR_F64, PUM_IR_I64, 1);
}

static uint64_t
value(enum pum_ir_type t, uint32_t i)
{
    const uint32_t bits = pum_ir_type_bits(t);
    const uint64_t all = bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1, top = (uint64_t)1 << (bits - 1);
    if (pum_ir_type_is_int(t)) {
        const uint64_t special[] = {0, 1, all, top, top - 1, top + 1, 2, 3, all - 1, bits, bits - 1, 10};
        const uint64_t r = kit_random();
        return i < PUM_ARRAY_LEN(special) ? special[i] & all : i % 3 == 0 ? (r & 0xff) % (all + !all) : i % 3 == 1 ? r & all : (r & all) >> (r >> 58) % bits;
    }
    static const double special[] = {0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, -2.5, 65504.0, 65519.99, 65520.0, 127.0, 128.0, -129.0, 255.5, 32767.5,
                                     65535.5, 2147483647.0, 2147483648.0, -2147483648.0, 4294967295.0, 4294967296.0, 9.2e18, 1.9e19, -1e30,
                                     1e-7, 6e-8, 2.9802322387695312e-08, 2.98023223876953125e-08 * 1.0000001, 1e-40, 0.1, 1e300, 3.0, 7.0, 1e-310};
    uint64_t v = 0;
    const uint64_t r = kit_random();
    double d = i < PUM_ARRAY_LEN(special) ? special[i] : i == 40 ? (double)INFINITY : i == 41 ? -(double)INFINITY : i == 42 ? (double)NAN : 0;
    if (i > 42) {
        if (i % 3 == 0) {
            return r & all;
        }
        d = i % 3 == 1 ? ldexp((double)(int32_t)r, (int)(r >> 40) % 40 - 40) : (double)(int16_t)r / 16.0;
    }
    bool ok;
    memcpy(&v, &d, 8);
    if (t != PUM_IR_F64) {
        v = kit_eval(PUM_IR_F2F, t, PUM_IR_F64, (uint64_t[3]){v, 0, 0}, &ok);
    }
    return v;
}

static bool
is_nan(enum pum_ir_type t, uint64_t v)
{
    return t == PUM_IR_F16 ? (v & 0x7fff) > 0x7c00 : t == PUM_IR_F32 ? (v & 0x7fffffff) > 0x7f800000 : t == PUM_IR_F64 ? (v & INT64_MAX) > 0x7ff0000000000000 : false;
}

/* uniform: bit i = operand i is the same in all invocations (taken from the buffer's element `at`). */
static struct pum_ir_shader *
build(const struct row *row, uint32_t uniform, uint32_t at)
{
    struct pum_ir_shader *sh = pum_ir_shader_create(PUM_STAGE_COMPUTE);
    sh->info.local_size[0] = 64;
    sh->info.local_size[1] = sh->info.local_size[2] = 1;
    struct pum_ir_builder b;
    pum_ir_builder_init(&b, sh);
    const uint32_t src_B = pum_ir_type_bits(row->src) / 8;
    const pum_ir_ref gid = kit_gid(&b, 0);
    pum_ir_ref src[3];
    for (uint32_t i = 0; i < row->n; i++) {
        const pum_ir_ref index = uniform >> i & 1 ? pum_ir_const_i32(&b, (int32_t)at) : gid;
        src[i] = kit_load(&b, row->src, kit_desc(&b, i), pum_ir_emit2(&b, PUM_IR_IMUL, PUM_IR_I32, index, pum_ir_const_i32(&b, (int32_t)src_B)));
    }
    pum_ir_ref v = pum_ir_emit(&b, row->op, row->type, row->n, src, 0);
    enum pum_ir_type t = row->type;
    if (t == PUM_IR_BOOL) {
        v = pum_ir_emit3(&b, PUM_IR_SELECT, PUM_IR_I32, v, pum_ir_const_i32(&b, 1), pum_ir_const_i32(&b, 0));
        t = PUM_IR_I32;
    }
    const int32_t dst_B = (int32_t)pum_ir_type_bits(t) / 8;
    kit_store(&b, kit_desc(&b, 3), pum_ir_emit2(&b, PUM_IR_IMUL, PUM_IR_I32, gid, pum_ir_const_i32(&b, dst_B)), v);
    KIT_CHECK(!sh->oom && pum_ir_optimize(sh));
    return sh;
}

static uint32_t
check(const struct row *row, uint32_t uniform, enum pum_isa isa)
{
    static uint64_t in[3][N], out[N];
    struct kit_machine m = {.groups = {N / 64, 1, 1}};
    const uint32_t src_B = pum_ir_type_bits(row->src) / 8, dst_B = row->type == PUM_IR_BOOL ? 4 : pum_ir_type_bits(row->type) / 8;
    const uint32_t at = (uint32_t)(kit_random() % N);
    uint64_t val[3][N];
    for (uint32_t i = 0; i < 3; i++) {
        for (uint32_t k = 0; k < N; k++) {
            val[i][k] = value(row->src, i == 0 ? k : i == 1 ? (uint32_t)(kit_random() % 96) : 100);
            memcpy((uint8_t *)in[i] + k * src_B, &val[i][k], src_B);
        }
        m.buffer[i] = (uint8_t *)in[i];
        m.buffer_B[i] = N * src_B;
    }
    m.buffer[3] = (uint8_t *)out;
    m.buffer_B[3] = N * dst_B;
    memset(out, 0xcd, sizeof(out));
    struct pum_ir_shader *sh = build(row, uniform, at);
    kit_run(sh, isa, &m);
    pum_ir_shader_destroy(sh);
    for (uint32_t k = 0; k < N; k++) {
        uint64_t s[3] = {0}, got = 0;
        for (uint32_t i = 0; i < row->n; i++) {
            s[i] = val[i][uniform >> i & 1 ? at : k];
        }
        bool ok;
        const uint64_t want = kit_eval(row->op, row->type, row->src, s, &ok);
        memcpy(&got, (uint8_t *)out + k * dst_B, dst_B);
        if (got != want && !(is_nan(row->type, got) && is_nan(row->type, want))) {
            fprintf(stderr, "%s: %s type %u from %u (uniform %u) at %u: %llx %llx %llx gives %llx, not %llx\n", pum_isa_name(isa),
                    pum_ir_op_infos[row->op].name, row->type, row->src, uniform, k, (unsigned long long)s[0], (unsigned long long)s[1],
                    (unsigned long long)s[2], (unsigned long long)got, (unsigned long long)want);
            return 1;
        }
    }
    return 0;
}

int
main(int argc, char **argv)
{
    list_rows();
    uint32_t failed = 0, runs = 0;
    for (enum pum_isa isa = PUM_ISA_V2; isa <= pum_cpu_isa(); isa++) {
        for (uint32_t i = 0; i < n_rows; i++) {
            if (argc > 1 && strcmp(argv[1], pum_ir_op_infos[rows[i].op].name) != 0) {
                continue;
            }
            for (uint32_t u = 0; u < (rows[i].n == 1 ? 2u : 4u); u++) {
                failed += check(&rows[i], rows[i].n == 1 ? u : u == 3 ? 3 + 4 * (rows[i].n > 2) : u, isa);
                runs++;
            }
        }
    }
    printf("%u operations, %u runs, %u failed\n", n_rows, runs, failed);
    return failed != 0 || runs == 0;
}
