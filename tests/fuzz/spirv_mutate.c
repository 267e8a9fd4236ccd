/* Mutates real modules and translates, verifies and optimises what comes out, and generates machine code for a part of it: no crash, no
 * hang, no invalid IR.
 * spirv_mutate [-n COUNT] [-s SEED] [-j EVERY] FILE... A failure prints the seed of its mutation; run with -s SEED -n 1 -j 1 to see it
 * again. -j: every how many-th module that translates is compiled (16). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "jit/jit.h"
#include "spirv_kit.h"

static uint64_t state;

static uint32_t
rnd(void)
{
    state += 0x9E3779B97F4A7C15u;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (uint32_t)(z >> 32);
}

static size_t
instruction_start(const uint32_t *w, size_t n, size_t at)
{
    size_t i = 5;
    while (i < n && w[i] >> 16 && i + (w[i] >> 16) <= at) {
        i += w[i] >> 16;
    }
    return i;
}

static size_t
mutate(uint32_t *w, size_t n, size_t cap)
{
    const uint32_t times = 1 + rnd() % 4;
    for (uint32_t t = 0; t < times && n > 6; t++) {
        const size_t at = 5 + rnd() % (n - 5);
        switch (rnd() % 10) {
        case 0: w[at] ^= 1u << (rnd() % 32); break;
        case 1: w[at] = rnd(); break;
        case 2: w[at] = rnd() % (w[3] ? w[3] : 1); break; /* another id */
        case 3: w[at] = w[5 + rnd() % (n - 5)]; break;
        case 4: if (rnd() % 8 == 0) { n = at; } break;
        case 5: w[rnd() % 5] ^= rnd() % 16 ? 0 : 1u << (rnd() % 32); break;
        case 6: { /* an instruction goes away */
            const size_t i = instruction_start(w, n, at);
            const size_t len = i < n ? w[i] >> 16 : 0;
            if (len && i + len <= n) {
                memmove(w + i, w + i + len, (n - i - len) * sizeof(*w));
                n -= len;
            }
            break;
        }
        case 7: { /* an instruction comes twice */
            const size_t i = instruction_start(w, n, at);
            const size_t len = i < n ? w[i] >> 16 : 0;
            if (len && i + len <= n && n + len <= cap) {
                memmove(w + i + len, w + i, (n - i) * sizeof(*w));
                n += len;
            }
            break;
        }
        case 8: { /* another operation with the same operands */
            const size_t i = instruction_start(w, n, at);
            if (i < n) {
                w[i] = (w[i] & 0xffff0000u) | rnd() % 420;
            }
            break;
        }
        default: { /* two operands change places */
            const size_t b = 5 + rnd() % (n - 5);
            const uint32_t x = w[at];
            w[at] = w[b];
            w[b] = x;
        }
        }
    }
    return n;
}

int
main(int argc, char **argv)
{
    uint64_t seed = 1, count = 2000, every = 16, translated = 0, compiled = 0;
    int first = 1;
    while (first + 1 < argc && argv[first][0] == '-') {
        if (argv[first][1] == 'n') {
            count = strtoull(argv[first + 1], NULL, 0);
        } else if (argv[first][1] == 's') {
            seed = strtoull(argv[first + 1], NULL, 0);
        } else if (argv[first][1] == 'j') {
            every = strtoull(argv[first + 1], NULL, 0);
        }
        first += 2;
    }
    enum { MAX = 256 };
    uint32_t *modules[MAX];
    size_t words[MAX];
    uint32_t n_modules = 0, counts[4] = {0};
    enum pum_stage stages[MAX];
    if (!kit_have_tools()) {
        puts("glslangValidator or spirv-as is not installed");
        return 77;
    }
    for (int i = first; i < argc && n_modules < MAX; i++) {
        modules[n_modules] = kit_module(argv[i], &words[n_modules]);
        stages[n_modules] = kit_stage(argv[i]);
        n_modules += modules[n_modules] != NULL;
    }
    if (n_modules == 0) {
        fprintf(stderr, "no modules\n");
        return 1;
    }
    for (uint64_t k = 0; k < count; k++) {
        state = (seed + k) * 0xD1342543DE82EF95u;
        const uint32_t m = rnd() % n_modules;
        const size_t cap = words[m] + 4096;
        uint32_t *w = malloc(cap * sizeof(*w)), *exact = NULL;
        struct pum_spirv_binding bindings[KIT_MAX_BINDINGS];
        if (!w) {
            return 1;
        }
        memcpy(w, modules[m], words[m] * sizeof(*w));
        const struct pum_spirv_options opt = {.stage = stages[m], .entry_point = "main", .bindings = bindings,
                                              .n_bindings = kit_bindings(w, words[m], bindings, KIT_MAX_BINDINGS)};
        const size_t n = mutate(w, words[m], cap);
        exact = malloc(n * sizeof(*w)); /* so that one word too far is seen */
        if (!exact) {
            return 1;
        }
        memcpy(exact, w, n * sizeof(*w));
        free(w);
        struct pum_ir_shader *sh;
        struct pum_spirv_error e;
        char msg[256] = "";
        struct timespec a, b;
        if (getenv("SPIRV_MUTATE_TRACE")) {
            fprintf(stderr, "seed %llu\n", (unsigned long long)(seed + k));
        }
        clock_gettime(CLOCK_MONOTONIC, &a);
        const enum pum_spirv_result r = pum_spirv_translate(exact, n, &opt, &sh, &e);
        counts[r]++;
        bool ok = true;
        if (r == PUM_SPIRV_OK) {
            ok = pum_ir_verify(sh, msg, sizeof(msg)) && (!pum_ir_optimize(sh) || pum_ir_verify(sh, msg, sizeof(msg)));
            if (ok && every && translated++ % every == 0) {
                struct pum_jit_image image;
                const enum pum_jit_result jr = pum_jit_compile(sh, pum_cpu_isa(), &image, msg);
                compiled += jr == PUM_JIT_OK;
                ok = jr == PUM_JIT_OK || jr == PUM_JIT_NO_COMPILER;
                pum_jit_image_free(&image);
            }
            pum_ir_shader_destroy(sh);
        } else if (!e.text[0] || strstr(e.text, "is not valid: ")) {
            ok = r == PUM_SPIRV_INVALID && e.text[0];
            if (getenv("SPIRV_MUTATE_LATE")) {
                fprintf(stderr, "seed %llu: %s\n", (unsigned long long)(seed + k), e.text);
            }
        }
        clock_gettime(CLOCK_MONOTONIC, &b);
        free(exact);
        const double s = (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) * 1e-9;
        if (!ok || s > 20) {
            fprintf(stderr, "seed %llu: %s (%.1f s) result %d\n", (unsigned long long)(seed + k), msg, s, r);
            return 1;
        }
    }
    printf("%llu modules: %u translated (%llu compiled), %u invalid, %u unsupported, %u out of memory\n", (unsigned long long)count, counts[0],
           (unsigned long long)compiled, counts[1], counts[2], counts[3]);
    for (uint32_t m = 0; m < n_modules; m++) {
        free(modules[m]);
    }
    return 0;
}
