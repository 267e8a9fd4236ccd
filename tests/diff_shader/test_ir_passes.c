/* Random shaders: the interpreter before the passes against the interpreter after them, bit for bit; the verifier between all passes.
 * Arguments: number of shaders, first seed. */
#include <stdlib.h>
#include <string.h>

#include "gen.h"

struct pass {
    const char *name;
    bool (*run)(struct pum_ir_shader *sh);
};

static const struct pass passes[] = {
    {"promote", pum_ir_pass_promote}, {"fold", pum_ir_pass_fold},   {"cse", pum_ir_pass_cse}, {"dce", pum_ir_pass_dce},
    {"flatten", pum_ir_pass_flatten}, {"hoist", pum_ir_pass_hoist}, {"dce", pum_ir_pass_dce}, {"uniformity", pum_ir_pass_uniformity},
};

static bool
check(const struct pum_ir_shader *sh, const char *after, uint64_t seed)
{
    char msg[256] = "";
    if (pum_ir_verify(sh, msg, sizeof(msg))) {
        return true;
    }
    fprintf(stderr, "seed %llu, after %s: %s\n", (unsigned long long)seed, after, msg);
    return false;
}

/* What uniformity claims must hold for every value: each claimed value is stored through a ballot-free comparison by the run itself, so
 * here only the results are compared. */
static bool
test_seed(uint64_t seed)
{
    static struct gen_memory before, after;
    struct pum_ir_shader *sh = pum_gen_random_shader(seed);
    if (!sh || !check(sh, "building", seed)) {
        pum_ir_shader_destroy(sh);
        return false;
    }
    gen_memory_fill(&before, seed);
    bool ok = gen_run_interp(sh, gen_rt(), &before);
    for (uint32_t i = 0; i < PUM_ARRAY_LEN(passes) && ok; i++) {
        ok = passes[i].run(sh) && check(sh, passes[i].name, seed);
        if (ok) {
            gen_memory_fill(&after, seed);
            ok = gen_run_interp(sh, gen_rt(), &after) && gen_compare(&before, &after, passes[i].name, seed);
        }
    }
    if (!ok && getenv("GEN_PRINT")) {
        pum_ir_print(sh, stdout);
    }
    pum_ir_shader_destroy(sh);
    return ok;
}

int
main(int argc, char **argv)
{
    const uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 0) : 500, first = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    uint64_t failed = 0;
    for (uint64_t i = 0; i < count && failed < 10; i++) {
        failed += !test_seed(first + i);
    }
    printf("%llu failed\n", (unsigned long long)failed);
    return failed != 0;
}
