/* Kit of the code generator's tests: a second opinion on what a compute shader does (one invocation after the other, scalar C, on the
 * IR before any pass), a run-time table made of libm, and a way to run machine code for every ISA level of this machine. */
#ifndef PUM_TESTS_JIT_KIT_H
#define PUM_TESTS_JIT_KIT_H

#include "ir/ir.h"
#include "jit/jit.h"

#define KIT_BUFFERS 4

struct kit_machine {
    uint8_t *buffer[KIT_BUFFERS];
    uint32_t buffer_B[KIT_BUFFERS];
    uint8_t push[PUM_MAX_PUSH_B];
    uint32_t groups[3];
};

/* Runs `sh` (not promoted) for every invocation, in order of workgroup and local index. No barriers, no cross-lane operations. */
void kit_reference(const struct pum_ir_shader *sh, struct kit_machine *m);

/* Optimises sh (which changes it), compiles it for `isa` and runs all groups. Exits the program on any failure. */
void kit_run(struct pum_ir_shader *sh, enum pum_isa isa, struct kit_machine *m);
/* The parts of kit_run. */
void kit_compile(struct pum_ir_shader *sh, enum pum_isa isa, struct pum_jit_image *image);
struct pum_shader_ctx kit_context(struct kit_machine *m, struct pum_desc_buffer records[KIT_BUFFERS]);
const struct pum_rt_table *kit_rt(void);

/* One operation of up to three operands on raw bits. ok = false: not an operation that this can do. */
uint64_t kit_eval(enum pum_ir_op op, enum pum_ir_type type, enum pum_ir_type src_type, const uint64_t *s, bool *ok);

uint64_t kit_random(void);
void kit_seed(uint64_t seed);

/* Builder sugar: descriptor of buffer n (set 0, record n). */
pum_ir_ref kit_desc(struct pum_ir_builder *b, uint32_t n);
pum_ir_ref kit_gid(struct pum_ir_builder *b, uint32_t comp);
pum_ir_ref kit_load(struct pum_ir_builder *b, enum pum_ir_type type, pum_ir_ref desc, pum_ir_ref off);
void kit_store(struct pum_ir_builder *b, pum_ir_ref desc, pum_ir_ref off, pum_ir_ref v);

#define KIT_CHECK(x)                                                                                                                \
    do {                                                                                                                            \
        if (!(x)) {                                                                                                                 \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #x);                                                         \
            exit(1);                                                                                                                \
        }                                                                                                                           \
    } while (0)

#endif
