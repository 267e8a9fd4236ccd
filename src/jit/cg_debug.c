/* Lines for debuggers: the function of a shader as DWARF, with the functions that were inlined into it. There are no variables, so that the code
 * stays the same. */
#include <stdlib.h>
#include <string.h>

#include <llvm-c/DebugInfo.h>

#include "ir/lines.h"
#include "jit/cg.h"

struct cg_debug {
    LLVMDIBuilderRef b;
    const struct pum_ir_lines *lines;
    LLVMMetadataRef *file;     /* [n_files] */
    LLVMMetadataRef type, fn;  /* fn: the shader itself */
    uint32_t fn_file;
    LLVMMetadataRef *function; /* [n_functions], NULL: not needed yet */
    uint32_t *function_file;
    LLVMMetadataRef *call;     /* [n_calls], the same: the place of the call */
};

static const struct pum_ir_file unknown = {"shader.spv", NULL};
static const struct pum_ir_lines none = {.n_files = 1, .files = &unknown};

static LLVMMetadataRef
make_file(struct cg_debug *d, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    return LLVMDIBuilderCreateFile(d->b, base, strlen(base), path, slash ? (size_t)(slash - path) : 0);
}

static LLVMMetadataRef
make_function(struct cg_debug *d, const char *name, size_t name_B, uint32_t file, uint32_t line)
{
    return LLVMDIBuilderCreateFunction(d->b, d->file[file], name, name_B, "", 0, d->file[file], line, d->type, 0, 1, line, LLVMDIFlagPrototyped, 1);
}

/* The first line between two words; line 0: there is none. */
static struct pum_ir_line
first_line(const struct pum_ir_lines *l, uint32_t begin, uint32_t end)
{
    for (uint32_t i = 0; i < l->n_lines; i++) {
        if (l->lines[i].line && l->lines[i].loc >= begin && l->lines[i].loc < end) {
            return l->lines[i];
        }
    }
    return (struct pum_ir_line){0};
}

/* The index of the function that a word is in; UINT32_MAX: in none. */
static uint32_t
function_at(const struct pum_ir_lines *l, uint32_t loc)
{
    for (uint32_t i = 0; i < l->n_functions; i++) {
        if (loc >= l->functions[i].begin && loc < l->functions[i].end) {
            return i;
        }
    }
    return UINT32_MAX;
}

/* The scope of code that came from `loc` by way of `call` (0: the shader's own). */
static LLVMMetadataRef
scope_of(struct cg_debug *d, uint32_t loc, uint32_t call, uint32_t *file)
{
    const uint32_t i = call ? function_at(d->lines, loc) : UINT32_MAX;
    *file = d->fn_file;
    if (i == UINT32_MAX) {
        return d->fn;
    }
    if (!d->function[i]) {
        const struct pum_ir_function *f = &d->lines->functions[i];
        const struct pum_ir_line at = first_line(d->lines, f->begin, f->end);
        const size_t name_B = strcspn(f->name, "("); /* glslang adds the types of parameters */
        d->function[i] = name_B ? make_function(d, f->name, name_B, at.file, at.line) : make_function(d, "function", 8, at.file, at.line);
        d->function_file[i] = at.file;
    }
    *file = d->function_file[i];
    return d->function[i];
}

static LLVMMetadataRef
place_of(struct cg *cg, uint32_t loc, uint32_t call)
{
    struct cg_debug *d = cg->debug;
    const struct pum_ir_line *at = pum_ir_line_of(d->lines, loc);
    uint32_t file;
    LLVMMetadataRef scope = scope_of(d, loc, call, &file), from = NULL;
    if (at && at->file != file) {
        scope = LLVMDIBuilderCreateLexicalBlockFile(d->b, scope, d->file[at->file], 0);
    }
    if (call) {
        if (!d->call[call - 1]) { /* calls stand after those that they are inside of */
            d->call[call - 1] = place_of(cg, cg->sh->calls[call - 1].loc, cg->sh->calls[call - 1].outer);
        }
        from = d->call[call - 1];
    }
    return LLVMDIBuilderCreateDebugLocation(cg->ctx, at ? at->line : 0, at ? at->column : 0, scope, from);
}

void
cg_debug_begin(struct cg *cg)
{
    const struct pum_ir_shader *sh = cg->sh;
    if (!sh->name) {
        return;
    }
    const struct pum_ir_lines *l = sh->lines ? sh->lines : &none;
    struct cg_debug *d = cg->debug = calloc(1, sizeof(*d));
    if (d) {
        d->lines = l;
        d->file = calloc(l->n_files, sizeof(d->file[0]));
        d->function = calloc(l->n_functions + 1, sizeof(d->function[0]));
        d->function_file = calloc(l->n_functions + 1, sizeof(d->function_file[0]));
        d->call = calloc(sh->n_calls + 1, sizeof(d->call[0]));
    }
    if (!d || !d->file || !d->function || !d->function_file || !d->call) {
        cg_fail(cg, "out of memory");
        cg_debug_end(cg);
        return;
    }
    d->b = LLVMCreateDIBuilder(cg->mod);
    LLVMAddModuleFlag(cg->mod, LLVMModuleFlagBehaviorWarning, "Debug Info Version", 18, LLVMValueAsMetadata(cg_i32(cg, LLVMDebugMetadataVersion())));
    LLVMAddModuleFlag(cg->mod, LLVMModuleFlagBehaviorWarning, "Dwarf Version", 13, LLVMValueAsMetadata(cg_i32(cg, 4)));
    struct pum_ir_line start = {0}; /* where the shader's own code begins */
    for (pum_ir_ref r = 1; r < sh->n_insts && !start.line; r++) {
        const struct pum_ir_line *at = sh->insts[r].block && !sh->insts[r].call ? pum_ir_line_of(l, sh->insts[r].loc) : NULL;
        start = at ? *at : start;
    }
    for (uint32_t i = 0; i < l->n_files; i++) {
        d->file[i] = make_file(d, sh->lines && sh->file_paths ? sh->file_paths[i] : l->files[i].name);
    }
    d->fn_file = start.file;
    (void)LLVMDIBuilderCreateCompileUnit(d->b, LLVMDWARFSourceLanguageC99, d->file[start.file], "Pumice", 6, 1, "", 0, 0, "", 0, LLVMDWARFEmissionFull, 0, 0, 0,
                                         "", 0, "", 0);
    d->type = LLVMDIBuilderCreateSubroutineType(d->b, d->file[start.file], NULL, 0, LLVMDIFlagZero);
    d->fn = make_function(d, sh->name, strlen(sh->name), start.file, start.line);
    LLVMSetSubprogram(cg->fn, d->fn);
    LLVMSetCurrentDebugLocation2(cg->b, LLVMDIBuilderCreateDebugLocation(cg->ctx, start.line, 0, d->fn, NULL));
}

void
cg_debug_at(struct cg *cg, const struct pum_ir_inst *in)
{
    if (pum_ir_line_of(cg->debug->lines, in->loc)) { /* else it belongs to what stands before it */
        LLVMSetCurrentDebugLocation2(cg->b, place_of(cg, in->loc, in->call));
    }
}

void
cg_debug_end(struct cg *cg)
{
    struct cg_debug *d = cg->debug;
    if (!d) {
        return;
    }
    if (d->b) {
        LLVMDIBuilderFinalize(d->b);
        LLVMDisposeDIBuilder(d->b);
    }
    free(d->file);
    free(d->function);
    free(d->function_file);
    free(d->call);
    free(d);
    cg->debug = NULL;
}
