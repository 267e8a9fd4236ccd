/* Which line of which source file an instruction of a shader comes from (pum_ir_inst.loc), for debuggers and messages. */
#ifndef PUM_IR_LINES_H
#define PUM_IR_LINES_H

#include <stddef.h>
#include <stdint.h>

struct pum_ir_file {
    const char *name; /* as the compiler was called with it; never NULL, may be empty */
    const char *text; /* NULL: the module does not hold it */
};

struct pum_ir_line { /* of the instructions from here to the next one */
    uint32_t loc;    /* SPIR-V word */
    uint32_t file, line, column; /* line 0: none is known */
};

struct pum_ir_function {
    uint32_t begin, end; /* SPIR-V words */
    const char *name;    /* never NULL, may be empty */
};

struct pum_ir_lines { /* one allocation. Thread-safety: constant */
    uint32_t n_files, n_lines, n_functions;
    const struct pum_ir_file *files;
    const struct pum_ir_line *lines; /* rising */
    const struct pum_ir_function *functions; /* rising */
};

/* NULL: not known. */
static inline const struct pum_ir_line *
pum_ir_line_of(const struct pum_ir_lines *l, uint32_t loc)
{
    uint32_t lo = 0, hi = l ? l->n_lines : 0; /* the answer is before hi */
    while (lo < hi) {
        const uint32_t mid = lo + (hi - lo) / 2;
        if (l->lines[mid].loc <= loc) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo && l->lines[lo - 1].line ? &l->lines[lo - 1] : NULL;
}

#endif
