/* Random valid shaders, for comparing two ways to run one: passes against no passes, machine code against the interpreter. */
#ifndef PUM_TESTS_DIFF_SHADER_GEN_H
#define PUM_TESTS_DIFF_SHADER_GEN_H

#include "ir/ir.h"
#include "ir/interp.h"

#define GEN_GROUP 40              /* local size: two full subgroups and a half one */
#define GEN_OUT_WORDS 16          /* per invocation: 12 integers, then 4 floats (compare NaN with NaN as equal) */
#define GEN_OUT_FLOATS 4
#define GEN_OUT_B (GEN_GROUP * GEN_OUT_WORDS * 4)
#define GEN_WORK_B 1024
#define GEN_IN_B 1024

/* A compute shader of one group. Set 0 holds three buffer records: output, work (read and written), input (only read). Not promoted.
 * The same seed gives the same shader. NULL: out of memory. */
struct pum_ir_shader *pum_gen_random_shader(uint64_t seed);

struct gen_memory {
    _Alignas(64) struct pum_desc_buffer set[4];
    _Alignas(64) uint8_t push[PUM_MAX_PUSH_B];
    _Alignas(64) uint8_t out[GEN_OUT_B];
    _Alignas(64) uint8_t work[GEN_WORK_B];
    _Alignas(64) uint8_t in[GEN_IN_B];
    _Alignas(64) uint8_t shared[256];
};

/* Contents depend on the seed only. */
void gen_memory_fill(struct gen_memory *m, uint64_t seed);
void gen_run(const struct pum_shader_code *code, const struct pum_rt_table *rt, struct gen_memory *m, uint8_t *scratch);
/* Runs with the interpreter. False: no memory, or invalid IR. */
bool gen_run_interp(const struct pum_ir_shader *sh, const struct pum_rt_table *rt, struct gen_memory *m);
/* True if equal; else prints the first difference. */
bool gen_compare(const struct gen_memory *a, const struct gen_memory *b, const char *what, uint64_t seed);
/* C library functions behind the interface of rt/. */
const struct pum_rt_table *gen_rt(void);

#endif
