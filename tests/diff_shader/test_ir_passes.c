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

/* Adds checks of what uniformity claims: after each UNIFORM or LINEAR value, if the active lanes disagree, bit 0 of the last word of shared
 * memory is set. */
static bool
add_claims(struct pum_ir_shader *sh)
{
    struct pum_ir_builder b = {.sh = sh};
    const pum_ir_ref at = pum_ir_const_i32(&b, 252), zero = pum_ir_const_i32(&b, 0), one = pum_ir_const_i32(&b, 1);
    const uint32_t n = sh->n_insts;
    for (pum_ir_ref r = 1; r < n; r++) {
        const struct pum_ir_inst in = sh->insts[r];
        if (!in.block || in.shape == PUM_IR_VARYING || in.type == PUM_IR_VOID || in.type == PUM_IR_TUPLE || in.op == PUM_IR_CONST) {
            continue;
        }
        pum_ir_ref place = in.next;
        while (place && sh->insts[place].op == PUM_IR_PHI) {
            place = sh->insts[place].next;
        }
        if (!place) { /* the end of a block: give it something to stand before */
            b.block = sh->nodes[in.block];
            place = pum_ir_emit0(&b, PUM_IR_MEM_BARRIER, PUM_IR_VOID, 0);
        }
        pum_ir_ref v = r;
        if (pum_ir_type_is_float((enum pum_ir_type)in.type)) {
            const enum pum_ir_type as = in.type == PUM_IR_F16 ? PUM_IR_I16 : in.type == PUM_IR_F32 ? PUM_IR_I32 : PUM_IR_I64;
            v = pum_ir_insert_before(sh, place, PUM_IR_BITCAST, as, 1, &v, 0);
        } else if (in.shape == PUM_IR_LINEAR) {
            const pum_ir_ref lane = pum_ir_insert_before(sh, place, PUM_IR_SYSVAL, PUM_IR_I32, 0, NULL, PUM_SYSVAL_SUBGROUP_LANE);
            const pum_ir_ref mul[2] = {lane, pum_ir_const_i32(&b, in.stride)};
            const pum_ir_ref sub[2] = {v, pum_ir_insert_before(sh, place, PUM_IR_IMUL, PUM_IR_I32, 2, mul, 0)};
            v = pum_ir_insert_before(sh, place, PUM_IR_ISUB, PUM_IR_I32, 2, sub, 0);
        }
        const pum_ir_ref equal = pum_ir_insert_before(sh, place, PUM_IR_SG_ALL_EQUAL, PUM_IR_BOOL, 1, &v, 0);
        const pum_ir_ref sel[3] = {equal, zero, one};
        const pum_ir_ref src[2] = {at, pum_ir_insert_before(sh, place, PUM_IR_SELECT, PUM_IR_I32, 3, sel, 0)};
        pum_ir_insert_before(sh, place, PUM_IR_ATOM_SHARED, PUM_IR_I32, 2, src, PUM_ATOMIC_OR);
        if (sh->oom) {
            return false;
        }
    }
    return true;
}

static bool
test_claims(struct pum_ir_shader *sh, uint64_t seed)
{
    static struct gen_memory m;
    gen_memory_fill(&m, seed);
    sh->info.shared_B = 256; /* the program itself uses the first half only */
    if (!add_claims(sh) || !check(sh, "adding claims", seed) || !gen_run_interp(sh, gen_rt(), &m)) {
        return false;
    }
    if (m.shared[252] & 1) {
        fprintf(stderr, "seed %llu: a value that should be uniform or linear is not\n", (unsigned long long)seed);
        return false;
    }
    return true;
}

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
    ok = ok && test_claims(sh, seed);
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
