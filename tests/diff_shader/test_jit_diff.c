/* Random shaders: the interpreter on the IR as it was built, against machine code of every ISA level of this machine, bit for bit.
 * Arguments: number of shaders, first seed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen.h"
#include "jit/jit.h"

static bool
test_seed(uint64_t seed)
{
    static struct gen_memory want, got;
    struct pum_ir_shader *sh = pum_gen_random_shader(seed);
    gen_memory_fill(&want, seed);
    bool ok = sh && gen_run_interp(sh, gen_rt(), &want) && pum_ir_optimize(sh);
    for (enum pum_isa isa = PUM_ISA_V2; isa <= pum_cpu_isa() && ok; isa++) {
        struct pum_jit_image image;
        struct pum_jit_code code;
        char msg[256] = "";
        const enum pum_jit_result r = pum_jit_compile(sh, isa, &image, msg);
        ok = r == PUM_JIT_OK && pum_jit_load(&image, &code);
        if (!ok) {
            fprintf(stderr, "seed %llu, %s: %s\n", (unsigned long long)seed, pum_isa_name(isa), msg);
            pum_jit_image_free(&image);
            break;
        }
        uint8_t *scratch = aligned_alloc(64, PUM_ALIGN_UP(image.scratch_B + 64u, 64u));
        if (scratch) {
            memset(scratch, 0, image.scratch_B);
            gen_memory_fill(&got, seed);
            gen_run(&code.code, gen_rt(), &got, scratch);
        }
        ok = scratch && gen_compare(&want, &got, pum_isa_name(isa), seed);
        free(scratch);
        pum_jit_unload(&code);
        pum_jit_image_free(&image);
    }
    if (!ok && sh && getenv("GEN_PRINT")) {
        pum_ir_print(sh, stdout);
    }
    pum_ir_shader_destroy(sh);
    return ok;
}

int
main(int argc, char **argv)
{
    const uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 0) : 150, first = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    uint64_t failed = 0;
    for (uint64_t i = 0; i < count && failed < 10; i++) {
        failed += !test_seed(first + i);
    }
    printf("%llu shaders, %llu failed\n", (unsigned long long)count, (unsigned long long)failed);
    return failed != 0;
}
