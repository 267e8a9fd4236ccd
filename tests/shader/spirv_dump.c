/* Prints the IR of a shader: spirv_dump [-O] FILE [ENTRY]. FILE: .spv (stage in the name: x.frag.spv), GLSL source or .spvasm. -O: optimised. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spirv_kit.h"

int
main(int argc, char **argv)
{
    const bool optimise = argc > 1 && strcmp(argv[1], "-O") == 0;
    const int a = optimise ? 2 : 1;
    if (argc <= a) {
        fprintf(stderr, "usage: %s [-O] FILE [ENTRY]\n", argv[0]);
        return 2;
    }
    size_t n;
    uint32_t *w = kit_module(argv[a], &n);
    if (!w) {
        return 1;
    }
    struct pum_spirv_binding bindings[KIT_MAX_BINDINGS];
    const struct pum_spirv_options opt = {.stage = kit_stage(argv[a]), .entry_point = argc > a + 1 ? argv[a + 1] : "main", .bindings = bindings,
                                          .n_bindings = kit_bindings(w, n, bindings, KIT_MAX_BINDINGS)};
    struct pum_ir_shader *sh;
    struct pum_spirv_error e;
    const enum pum_spirv_result r = pum_spirv_translate(w, n, &opt, &sh, &e);
    free(w);
    if (r != PUM_SPIRV_OK) {
        fprintf(stderr, "error %d: %s\n", r, e.text);
        return 1;
    }
    if (optimise && !pum_ir_optimize(sh)) {
        fprintf(stderr, "optimising failed\n");
        return 1;
    }
    pum_ir_print(sh, stdout);
    char msg[256];
    const bool ok = pum_ir_verify(sh, msg, sizeof(msg));
    if (!ok) {
        fprintf(stderr, "verify: %s\n", msg);
    }
    pum_ir_shader_destroy(sh);
    return ok ? 0 : 1;
}
