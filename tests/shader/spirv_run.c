/* Runs compute shaders: the interpreter on the IR as translated, against machine code of every ISA level of this machine, bit for bit (NaNs
 * may differ in payload and sign). spirv_run FILE...
 *
 * Every storage or uniform buffer binding below 15 gets 16 KiB of the same pseudo-random bytes. The buffer at binding 15, if there is one,
 * holds zeros and must still do so after each run: shaders write to it what they find wrong. Push constants begin with the address of the
 * buffer at binding 0; the rest of them is pseudo-random. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ir/interp.h"
#include "jit/jit.h"
#include "rt/rt.h"
#include "spirv_kit.h"

#define BUFFER_B 16384u
#define BUFFERS 16
#define CHECK 15
#define GROUPS 2

struct memory {
    _Alignas(64) uint8_t buffer[BUFFERS][BUFFER_B];
    _Alignas(64) uint8_t set[KIT_SET_B];
    _Alignas(64) uint8_t push[PUM_MAX_PUSH_B];
    _Alignas(64) uint8_t shared[65536];
};

static void
fill(struct memory *m)
{
    uint64_t state = 0x9E3779B97F4A7C15u;
    memset(m, 0, sizeof(*m));
    memset(m->shared, 0xa5, sizeof(m->shared));
    for (uint32_t b = 0; b < BUFFERS; b++) {
        for (uint32_t i = 0; i < BUFFER_B && b != CHECK; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            m->buffer[b][i] = (uint8_t)(state >> 56);
        }
        struct pum_desc_buffer d = {(uintptr_t)m->buffer[b], BUFFER_B, 0};
        memcpy(m->set + b * 16 * PUM_DESC_COMBINED_STRIDE_B, &d, sizeof(d));
    }
    memcpy(m->push, m->buffer[1], sizeof(m->push));
    const uint64_t address = (uintptr_t)m->buffer[0];
    memcpy(m->push, &address, sizeof(address));
}

static void
run(const struct pum_shader_code *code, struct memory *m, uint8_t *scratch)
{
    struct pum_shader_ctx ctx = {.rt = pum_rt_table_get(PUM_ISA_V2), .push = m->push};
    for (uint32_t i = 0; i <= PUM_MAX_SETS; i++) {
        ctx.sets[i] = m->set;
    }
    struct pum_cs_args args = {.group_count = GROUPS, .num_groups = {GROUPS, 1, 1}, .shared = m->shared, .scratch = scratch};
    code->run(code, &ctx, &args);
}

static bool
run_with_scratch(const struct pum_shader_code *code, struct memory *m, uint32_t scratch_B)
{
    uint8_t *scratch = aligned_alloc(64, PUM_ALIGN_UP((size_t)scratch_B + 64, 64u));
    if (scratch) {
        memset(scratch, 0xa5, scratch_B);
        fill(m);
        run(code, m, scratch);
    }
    free(scratch);
    return scratch != NULL;
}

static bool
both_nan(const uint8_t *a, const uint8_t *b, uint32_t i)
{
    double d[2];
    float f[2];
    uint16_t h[2];
    memcpy(&d[0], a + (i & ~7u), 8);
    memcpy(&d[1], b + (i & ~7u), 8);
    memcpy(&f[0], a + (i & ~3u), 4);
    memcpy(&f[1], b + (i & ~3u), 4);
    memcpy(&h[0], a + (i & ~1u), 2);
    memcpy(&h[1], b + (i & ~1u), 2);
    return (isnan(d[0]) && isnan(d[1])) || (isnan(f[0]) && isnan(f[1])) || ((h[0] & 0x7fff) > 0x7c00 && (h[1] & 0x7fff) > 0x7c00);
}

static bool
check(const struct memory *m, const struct memory *want, const char *file, const char *what)
{
    uint32_t bad = 0;
    for (uint32_t i = 0; i < BUFFER_B / 4 && bad < 8; i++) {
        uint32_t v;
        memcpy(&v, m->buffer[CHECK] + i * 4, 4);
        if (v) {
            fprintf(stderr, "%s, %s: check word %u is %#x\n", file, what, i, v);
            bad++;
        }
    }
    for (uint32_t b = 0; b < CHECK; b++) {
        for (uint32_t i = 0; i < BUFFER_B && bad < 8; i++) {
            if (m->buffer[b][i] != want->buffer[b][i] && !both_nan(m->buffer[b], want->buffer[b], i)) {
                fprintf(stderr, "%s, %s: binding %u byte %u: %02x, not %02x\n", file, what, b, i, m->buffer[b][i], want->buffer[b][i]);
                bad++;
            }
        }
    }
    return bad == 0;
}

static bool
run_machine_code(const struct pum_ir_shader *sh, enum pum_isa isa, struct memory *m, const char *file)
{
    struct pum_jit_image image;
    struct pum_jit_code code;
    char msg[256] = "";
    bool ok = pum_jit_compile(sh, isa, &image, msg) == PUM_JIT_OK;
    if (ok && pum_jit_load(&image, &code)) {
        ok = run_with_scratch(&code.code, m, image.scratch_B);
        pum_jit_unload(&code);
    } else {
        fprintf(stderr, "%s, %s: %s\n", file, pum_isa_name(isa), msg);
        ok = false;
    }
    pum_jit_image_free(&image);
    return ok;
}

static bool
run_interpreter(const struct pum_ir_shader *sh, struct memory *m)
{
    struct pum_interp_program *p;
    if (!pum_interp_create(sh, pum_rt_table_get(PUM_ISA_V2), &p)) {
        return false;
    }
    const bool ok = run_with_scratch(pum_interp_code(p), m, pum_interp_scratch_B(p));
    pum_interp_destroy(p);
    return ok;
}

static bool
test_file(const char *file)
{
    static struct memory want, got; /* all runs in the same place: shaders may keep addresses */
    size_t n;
    uint32_t *w = kit_module(file, &n);
    if (!w) {
        return false;
    }
    struct pum_spirv_binding bindings[KIT_MAX_BINDINGS];
    const struct pum_spirv_options opt = {.stage = PUM_STAGE_COMPUTE, .entry_point = "main", .bindings = bindings,
                                          .n_bindings = kit_bindings(w, n, bindings, KIT_MAX_BINDINGS)};
    struct pum_ir_shader *sh;
    struct pum_spirv_error e;
    const enum pum_spirv_result r = pum_spirv_translate(w, n, &opt, &sh, &e);
    free(w);
    if (r != PUM_SPIRV_OK) {
        fprintf(stderr, "%s: %s\n", file, e.text);
        return false;
    }
    bool ok = run_interpreter(sh, &got);
    want = got;
    ok = ok && check(&got, &want, file, "interpreter") && pum_ir_optimize(sh) && run_interpreter(sh, &got) &&
         check(&got, &want, file, "interpreter on optimised code");
    for (enum pum_isa isa = PUM_ISA_V2; isa <= pum_cpu_isa() && ok; isa++) {
        ok = run_machine_code(sh, isa, &got, file) && check(&got, &want, file, pum_isa_name(isa));
    }
    pum_ir_shader_destroy(sh);
    return ok;
}

int
main(int argc, char **argv)
{
    int failed = 0;
    if (!kit_have_tools()) {
        puts("glslangValidator or spirv-as is not installed");
        return 77;
    }
    for (int i = 1; i < argc; i++) {
        failed += !test_file(argv[i]);
    }
    printf("%d shaders, %d failed\n", argc - 1, failed);
    return failed != 0;
}
