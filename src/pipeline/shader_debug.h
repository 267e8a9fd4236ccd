/* What debuggers and profilers show of a shader: its name, its lines, its source as files. PUMICE_DEBUG=gdb and =perf. */
#ifndef PUM_PIPELINE_SHADER_DEBUG_H
#define PUM_PIPELINE_SHADER_DEBUG_H

#include <stdbool.h>

#include "ir/ir.h"
#include "util/hash.h"

struct pum_ir_lines;

struct pum_shader_debug { /* all NULL and empty: nobody asked */
    struct pum_ir_lines *lines; /* NULL: the module has none */
    uint32_t n_paths;
    const char **paths;         /* of its files: where their text lies on disk, else as the module names them */
    char name[80];              /* "frag_main": stage and entry point */
};

/* files: writes source text to /tmp/pumice-UID/HASH/NAME, if nobody has yet. Failing means less to see. */
void pum_shader_debug_init(struct pum_shader_debug *d, const uint32_t *words, size_t n_words, struct pum_hash128 module, enum pum_stage stage,
                           const char *entry_point, bool files);
void pum_shader_debug_finish(struct pum_shader_debug *d);
/* "frag_main blur.frag:10-42 0123456789abcdef" */
void pum_shader_debug_title(const struct pum_shader_debug *d, struct pum_hash128 module, char out[200]);

#endif
