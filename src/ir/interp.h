/* Interpreter: runs a shader without a code generator, sixteen lanes at a time, behind the same function type as machine code, and with the
 * same bits. The reference for the code generator and the fallback where pages cannot be made executable.
 */
#ifndef PUM_IR_INTERP_H
#define PUM_IR_INTERP_H

#include "abi/shader_abi.h"
#include "ir/ir.h"
#include "util/compiler.h"

/* Thread-safety: constant after create; any number of threads may run it at once, each with its own args.scratch. */
struct pum_interp_program;

/* What a checked program tells about its shader. */
enum pum_interp_finding { PUM_INTERP_BOUNDS, PUM_INTERP_UNDEFINED, PUM_INTERP_NAN, PUM_INTERP_RACE };
struct pum_interp_check {
    /* loc: SPIR-V word. From any thread, each kind once for each operation of the program. */
    void (*report)(void *arg, enum pum_interp_finding kind, uint32_t loc, const char *text);
    void *arg;
    bool workgroups; /* invocations share memory by themselves: a compute shader, not one of tessellation */
};

/* sh: valid IR, promoted or not; it is not needed afterwards. rt: used where a context has none (tests). False: out of memory, or the shader
 * breaks a rule of the IR. */
bool pum_interp_create(const struct pum_ir_shader *sh, const struct pum_rt_table *rt, struct pum_interp_program **out) PUM_MUST_CHECK;
/* The same with checks; *check stays the caller's and is needed as long as the program. sh: as translated, passes move things and forget what is
 * undefined. */
bool pum_interp_create_checked(const struct pum_ir_shader *sh, const struct pum_rt_table *rt, const struct pum_interp_check *check,
                               struct pum_interp_program **out) PUM_MUST_CHECK;
void pum_interp_destroy(struct pum_interp_program *p); /* NULL is fine */
/* What args.scratch must hold, aligned to 64 bytes: private arrays and all values of the lanes. */
uint32_t pum_interp_scratch_B(const struct pum_interp_program *p);
const struct pum_shader_code *pum_interp_code(const struct pum_interp_program *p);

#endif
