/* Compile time and speed of three kernels in machine code, checked against C. As a test it runs once; with the argument "time" it
 * measures. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../unit/jit_kit.h"

static double
now_ms(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static pum_ir_ref
c32(struct pum_ir_builder *b, int32_t v)
{
    return pum_ir_const_i32(b, v);
}

static pum_ir_ref
i2(struct pum_ir_builder *b, enum pum_ir_op op, pum_ir_ref x, pum_ir_ref y)
{
    return pum_ir_emit2(b, op, op >= PUM_IR_IEQ && op <= PUM_IR_ULE ? PUM_IR_BOOL : PUM_IR_I32, x, y);
}

static pum_ir_ref
f2(struct pum_ir_builder *b, enum pum_ir_op op, pum_ir_ref x, pum_ir_ref y)
{
    return pum_ir_emit2(b, op, PUM_IR_F32, x, y);
}

static pum_ir_ref
get(struct pum_ir_builder *b, uint32_t var)
{
    return pum_ir_emit0(b, PUM_IR_LD_VAR, (enum pum_ir_type)b->sh->vars[var].type, var);
}

static void
set(struct pum_ir_builder *b, uint32_t var, pum_ir_ref v)
{
    pum_ir_emit(b, PUM_IR_ST_VAR, PUM_IR_VOID, 1, &v, var);
}

static pum_ir_ref
sysval(struct pum_ir_builder *b, enum pum_sysval s, uint32_t comp)
{
    return pum_ir_emit0(b, PUM_IR_SYSVAL, PUM_IR_I32, (uint64_t)s | (uint64_t)comp << 8);
}

static struct pum_ir_shader *
begin(struct pum_ir_builder *b, uint32_t x, uint32_t y)
{
    struct pum_ir_shader *sh = pum_ir_shader_create(PUM_STAGE_COMPUTE);
    sh->info.local_size[0] = x;
    sh->info.local_size[1] = y;
    sh->info.local_size[2] = 1;
    pum_ir_builder_init(b, sh);
    return sh;
}

/* for (var = 0; var < limit; var++): begins; end closes. */
static struct pum_ir_node *
for_begin(struct pum_ir_builder *b, uint32_t var, pum_ir_ref limit)
{
    set(b, var, c32(b, 0));
    struct pum_ir_node *loop = pum_ir_push_loop(b);
    struct pum_ir_node *out = pum_ir_push_if(b, i2(b, PUM_IR_ULE, limit, get(b, var)));
    pum_ir_break(b, loop);
    pum_ir_pop_if(b, out);
    return loop;
}

static void
for_end(struct pum_ir_builder *b, uint32_t var, struct pum_ir_node *loop)
{
    set(b, var, i2(b, PUM_IR_IADD, get(b, var), c32(b, 1)));
    pum_ir_pop_loop(b, loop);
}

static struct pum_ir_shader *
saxpy(void)
{
    struct pum_ir_builder b;
    struct pum_ir_shader *sh = begin(&b, 256, 1);
    const pum_ir_ref gid = kit_gid(&b, 0), n = pum_ir_emit1(&b, PUM_IR_LD_PUSH, PUM_IR_I32, c32(&b, 4));
    struct pum_ir_node *in = pum_ir_push_if(&b, i2(&b, PUM_IR_ULT, gid, n));
    const pum_ir_ref off = i2(&b, PUM_IR_SHL, gid, c32(&b, 2));
    const pum_ir_ref a = pum_ir_emit1(&b, PUM_IR_LD_PUSH, PUM_IR_F32, c32(&b, 0));
    const pum_ir_ref x = kit_load(&b, PUM_IR_F32, kit_desc(&b, 0), off), y = kit_load(&b, PUM_IR_F32, kit_desc(&b, 1), off);
    kit_store(&b, kit_desc(&b, 1), off, f2(&b, PUM_IR_FADD, f2(&b, PUM_IR_FMUL, a, x), y));
    pum_ir_pop_if(&b, in);
    return sh;
}

/* C = A * B, tiles of 16 x 16 in shared memory. Push constant 0: size. */
static struct pum_ir_shader *
sgemm(void)
{
    struct pum_ir_builder b;
    struct pum_ir_shader *sh = begin(&b, 16, 16);
    sh->info.shared_B = 2048;
    sh->info.has_barrier = true;
    const pum_ir_ref n = pum_ir_emit1(&b, PUM_IR_LD_PUSH, PUM_IR_I32, c32(&b, 0));
    const pum_ir_ref lx = sysval(&b, PUM_SYSVAL_LOCAL_ID, 0), ly = sysval(&b, PUM_SYSVAL_LOCAL_ID, 1);
    const pum_ir_ref col = kit_gid(&b, 0), row = kit_gid(&b, 1);
    const uint32_t t = pum_ir_add_var(sh, PUM_IR_I32), k = pum_ir_add_var(sh, PUM_IR_I32), acc = pum_ir_add_var(sh, PUM_IR_F32);
    const pum_ir_ref here = i2(&b, PUM_IR_SHL, i2(&b, PUM_IR_IADD, i2(&b, PUM_IR_IMUL, ly, c32(&b, 16)), lx), c32(&b, 2));
    set(&b, acc, pum_ir_const_f32(&b, 0));
    struct pum_ir_node *tiles = for_begin(&b, t, i2(&b, PUM_IR_USHR, n, c32(&b, 4)));
    const pum_ir_ref first = i2(&b, PUM_IR_IMUL, get(&b, t), c32(&b, 16));
    pum_ir_ref at = i2(&b, PUM_IR_IADD, i2(&b, PUM_IR_IMUL, row, n), i2(&b, PUM_IR_IADD, first, lx));
    pum_ir_ref s[2] = {here, kit_load(&b, PUM_IR_F32, kit_desc(&b, 0), i2(&b, PUM_IR_SHL, at, c32(&b, 2)))};
    pum_ir_emit(&b, PUM_IR_ST_SHARED, PUM_IR_VOID, 2, s, 0);
    at = i2(&b, PUM_IR_IADD, i2(&b, PUM_IR_IMUL, i2(&b, PUM_IR_IADD, first, ly), n), col);
    s[0] = i2(&b, PUM_IR_IADD, here, c32(&b, 1024));
    s[1] = kit_load(&b, PUM_IR_F32, kit_desc(&b, 1), i2(&b, PUM_IR_SHL, at, c32(&b, 2)));
    pum_ir_emit(&b, PUM_IR_ST_SHARED, PUM_IR_VOID, 2, s, 0);
    pum_ir_emit0(&b, PUM_IR_BARRIER, PUM_IR_VOID, 0);
    struct pum_ir_node *inner = for_begin(&b, k, c32(&b, 16));
    const pum_ir_ref kv = get(&b, k);
    at = i2(&b, PUM_IR_SHL, i2(&b, PUM_IR_IADD, i2(&b, PUM_IR_IMUL, ly, c32(&b, 16)), kv), c32(&b, 2));
    const pum_ir_ref av = pum_ir_emit1(&b, PUM_IR_LD_SHARED, PUM_IR_F32, at);
    at = i2(&b, PUM_IR_SHL, i2(&b, PUM_IR_IADD, i2(&b, PUM_IR_IMUL, kv, c32(&b, 16)), lx), c32(&b, 2));
    const pum_ir_ref bv = pum_ir_emit1(&b, PUM_IR_LD_SHARED, PUM_IR_F32, i2(&b, PUM_IR_IADD, at, c32(&b, 1024)));
    set(&b, acc, f2(&b, PUM_IR_FADD, get(&b, acc), f2(&b, PUM_IR_FMUL, av, bv)));
    for_end(&b, k, inner);
    pum_ir_emit0(&b, PUM_IR_BARRIER, PUM_IR_VOID, 0);
    for_end(&b, t, tiles);
    at = i2(&b, PUM_IR_IADD, i2(&b, PUM_IR_IMUL, row, n), col);
    kit_store(&b, kit_desc(&b, 3), i2(&b, PUM_IR_SHL, at, c32(&b, 2)), get(&b, acc));
    return sh;
}

#define ITERATIONS 256

static struct pum_ir_shader *
mandelbrot(void)
{
    struct pum_ir_builder b;
    struct pum_ir_shader *sh = begin(&b, 16, 4);
    const pum_ir_ref px = kit_gid(&b, 0), py = kit_gid(&b, 1), n = pum_ir_emit1(&b, PUM_IR_LD_PUSH, PUM_IR_I32, c32(&b, 0));
    const pum_ir_ref scale = pum_ir_emit1(&b, PUM_IR_LD_PUSH, PUM_IR_F32, c32(&b, 4));
    const pum_ir_ref cx = f2(&b, PUM_IR_FSUB, f2(&b, PUM_IR_FMUL, pum_ir_emit1(&b, PUM_IR_U2F, PUM_IR_F32, px), scale), pum_ir_const_f32(&b, 2.0f));
    const pum_ir_ref cy = f2(&b, PUM_IR_FSUB, f2(&b, PUM_IR_FMUL, pum_ir_emit1(&b, PUM_IR_U2F, PUM_IR_F32, py), scale), pum_ir_const_f32(&b, 1.5f));
    const uint32_t x = pum_ir_add_var(sh, PUM_IR_F32), y = pum_ir_add_var(sh, PUM_IR_F32), i = pum_ir_add_var(sh, PUM_IR_I32);
    set(&b, x, pum_ir_const_f32(&b, 0));
    set(&b, y, pum_ir_const_f32(&b, 0));
    struct pum_ir_node *loop = for_begin(&b, i, c32(&b, ITERATIONS));
    const pum_ir_ref xx = f2(&b, PUM_IR_FMUL, get(&b, x), get(&b, x)), yy = f2(&b, PUM_IR_FMUL, get(&b, y), get(&b, y));
    struct pum_ir_node *out = pum_ir_push_if(&b, pum_ir_emit2(&b, PUM_IR_FLT, PUM_IR_BOOL, pum_ir_const_f32(&b, 4.0f), f2(&b, PUM_IR_FADD, xx, yy)));
    pum_ir_break(&b, loop);
    pum_ir_pop_if(&b, out);
    const pum_ir_ref xy = f2(&b, PUM_IR_FMUL, get(&b, x), get(&b, y));
    set(&b, x, f2(&b, PUM_IR_FADD, f2(&b, PUM_IR_FSUB, xx, yy), cx));
    set(&b, y, f2(&b, PUM_IR_FADD, f2(&b, PUM_IR_FADD, xy, xy), cy));
    for_end(&b, i, loop);
    const pum_ir_ref at = i2(&b, PUM_IR_IADD, i2(&b, PUM_IR_IMUL, py, n), px);
    kit_store(&b, kit_desc(&b, 3), i2(&b, PUM_IR_SHL, at, c32(&b, 2)), get(&b, i));
    return sh;
}

struct result {
    double compile_ms, run_ms;
    uint32_t text_B;
};

static struct result
measure(struct pum_ir_shader *(*build)(void), enum pum_isa isa, struct kit_machine *m, uint32_t repeat)
{
    struct result r = {1e9, 1e9, 0};
    struct pum_jit_image image = {0};
    struct pum_ir_shader *sh = build();
    KIT_CHECK(!sh->oom && pum_ir_optimize(sh));
    for (uint32_t i = 0; i < (repeat > 1 ? 5u : 1u); i++) {
        pum_jit_image_free(&image);
        const double t = now_ms(CLOCK_THREAD_CPUTIME_ID);
        kit_compile(sh, isa, &image);
        r.compile_ms = fmin(r.compile_ms, now_ms(CLOCK_THREAD_CPUTIME_ID) - t);
    }
    r.text_B = image.text_B;
    struct pum_jit_code code;
    KIT_CHECK(pum_jit_load(&image, &code));
    struct pum_desc_buffer records[KIT_BUFFERS];
    const struct pum_shader_ctx ctx = kit_context(m, records);
    uint8_t *shared = aligned_alloc(64, 4096), *scratch = aligned_alloc(64, PUM_ALIGN_UP(image.scratch_B + 1, 64u));
    KIT_CHECK(shared && scratch);
    for (uint32_t i = 0; i < repeat; i++) {
        struct pum_cs_args args = {.group_count = m->groups[0], .num_groups = {m->groups[0], m->groups[1], 1}, .shared = shared, .scratch = scratch};
        const double t = now_ms(CLOCK_THREAD_CPUTIME_ID);
        for (args.group[1] = 0; args.group[1] < m->groups[1]; args.group[1]++) {
            code.code.run(&code.code, &ctx, &args);
        }
        r.run_ms = fmin(r.run_ms, now_ms(CLOCK_THREAD_CPUTIME_ID) - t);
    }
    free(shared);
    free(scratch);
    pum_jit_unload(&code);
    pum_jit_image_free(&image);
    pum_ir_shader_destroy(sh);
    return r;
}

int
main(int argc, char **argv)
{
    const bool timed = argc > 1 && strcmp(argv[1], "time") == 0;
    const uint32_t n = timed ? 512 : 64, len = timed ? 8192 : 1000, repeat = timed ? 20 : 1;
    float *buf[3], *want = malloc(n * n * 4 + len * 4);
    KIT_CHECK(want);
    struct kit_machine m = {.groups = {1, 1, 1}};
    for (int i = 0; i < 3; i++) {
        buf[i] = aligned_alloc(64, PUM_ALIGN_UP(n * n * 4 + len * 4, 64u));
        KIT_CHECK(buf[i]);
        for (uint32_t k = 0; k < n * n + len; k++) {
            buf[i][k] = (float)(int)(kit_random() & 15) - 7;
        }
        m.buffer[i == 2 ? 3 : i] = (uint8_t *)buf[i];
        m.buffer_B[i == 2 ? 3 : i] = n * n * 4;
    }
    for (enum pum_isa isa = PUM_ISA_V2; isa <= pum_cpu_isa(); isa++) {
        struct result r;
        const float a = 2.0f;
        m.groups[0] = (len + 255) / 256;
        m.groups[1] = 1;
        memcpy(m.push, &a, 4);
        memcpy(m.push + 4, &len, 4);
        m.buffer_B[0] = m.buffer_B[1] = len * 4;
        memcpy(want, buf[1], len * 4);
        for (uint32_t i = 0; i < len; i++) {
            for (uint32_t k = 0; k < repeat; k++) {
                want[i] = a * buf[0][i] + want[i];
            }
        }
        r = measure(saxpy, isa, &m, repeat);
        KIT_CHECK(memcmp(want, buf[1], len * 4) == 0);
        printf("%s saxpy: compile %.2f ms, %u B, run %.4f ms, %.2f G elements/s\n", pum_isa_name(isa), r.compile_ms, r.text_B, r.run_ms, len / r.run_ms * 1e-6);
        m.buffer_B[0] = m.buffer_B[1] = n * n * 4;

        m.groups[0] = m.groups[1] = n / 16;
        memcpy(m.push, &n, 4);
        for (uint32_t y = 0; y < n; y++) {
            float *w = want + y * n;
            memset(w, 0, n * 4);
            for (uint32_t k = 0; k < n; k++) {
                for (uint32_t x = 0; x < n; x++) {
                    w[x] += buf[0][y * n + k] * buf[1][k * n + x];
                }
            }
        }
        r = measure(sgemm, isa, &m, repeat);
        KIT_CHECK(memcmp(want, buf[2], n * n * 4) == 0);
        printf("%s sgemm: compile %.2f ms, %u B, run %.3f ms, %.1f GFLOP/s\n", pum_isa_name(isa), r.compile_ms, r.text_B, r.run_ms, 2.0 * n * n * n / r.run_ms * 1e-6);

        const float scale = 3.0f / (float)n;
        m.groups[0] = n / 16;
        m.groups[1] = n / 4;
        memcpy(m.push + 4, &scale, 4);
        uint64_t total = 0;
        for (uint32_t py = 0; py < n; py++) {
            for (uint32_t px = 0; px < n; px++) {
                const float cx = (float)px * scale - 2.0f, cy = (float)py * scale - 1.5f;
                float x = 0, y = 0;
                uint32_t i = 0;
                for (; i < ITERATIONS; i++) {
                    const float xx = x * x, yy = y * y, xy = x * y;
                    if (4.0f < xx + yy) {
                        break;
                    }
                    x = xx - yy + cx;
                    y = xy + xy + cy;
                }
                memcpy(&want[py * n + px], &i, 4);
                total += i;
            }
        }
        r = measure(mandelbrot, isa, &m, repeat);
        KIT_CHECK(memcmp(want, buf[2], n * n * 4) == 0);
        printf("%s mandelbrot: compile %.2f ms, %u B, run %.3f ms, %.2f G iterations/s\n", pum_isa_name(isa), r.compile_ms, r.text_B, r.run_ms,
               (double)total / r.run_ms * 1e-6);
    }
    return 0;
}
