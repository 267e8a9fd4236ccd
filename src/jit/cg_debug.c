/* Lines for debuggers: the function of a shader as DWARF. There are no variables, so that the code stays the same. */
#include <stdlib.h>
#include <string.h>

#include <llvm-c/DebugInfo.h>

#include "ir/lines.h"
#include "jit/cg.h"

struct path {
    const char *base;
    size_t base_B, folder_B; /* the folder comes first in the text */
};

static struct path
split_path(const char *text)
{
    const char *slash = strrchr(text, '/');
    const size_t folder_B = slash ? (size_t)(slash - text) : 0;
    const char *base = slash ? slash + 1 : text;
    return (struct path){base, strlen(base), folder_B};
}

void
cg_debug_begin(struct cg *cg)
{
    static const struct pum_ir_file unknown = {"shader.spv", NULL};
    static const struct pum_ir_lines none = {.n_files = 1, .files = &unknown};
    if (!cg->sh->name) {
        return;
    }
    const struct pum_ir_lines *l = cg->sh->lines ? cg->sh->lines : &none;
    cg->di = LLVMCreateDIBuilder(cg->mod);
    cg->di_scope = calloc(l->n_files, sizeof(cg->di_scope[0]));
    if (!cg->di_scope) {
        cg_fail(cg, "out of memory");
        return;
    }
    LLVMAddModuleFlag(cg->mod, LLVMModuleFlagBehaviorWarning, "Debug Info Version", 18,
                      LLVMValueAsMetadata(cg_i32(cg, LLVMDebugMetadataVersion())));
    LLVMAddModuleFlag(cg->mod, LLVMModuleFlagBehaviorWarning, "Dwarf Version", 13, LLVMValueAsMetadata(cg_i32(cg, 4)));
    uint32_t first_file = 0, first_line = 0; /* of the function: where its code begins */
    for (pum_ir_ref r = 1; r < cg->sh->n_insts; r++) {
        const struct pum_ir_line *at = cg->sh->insts[r].block ? pum_ir_line_of(l, cg->sh->insts[r].loc) : NULL;
        if (at) {
            first_file = at->file;
            first_line = at->line;
            break;
        }
    }
    for (uint32_t i = 0; i < l->n_files; i++) {
        const char *text = cg->sh->file_paths && cg->sh->lines ? cg->sh->file_paths[i] : l->files[i].name;
        const struct path p = split_path(text);
        cg->di_scope[i] = LLVMDIBuilderCreateFile(cg->di, p.base, p.base_B, text, p.folder_B);
    }
    LLVMMetadataRef file = cg->di_scope[first_file];
    (void)LLVMDIBuilderCreateCompileUnit(cg->di, LLVMDWARFSourceLanguageC99, file, "Pumice", 6, 1, "", 0, 0, "", 0, LLVMDWARFEmissionFull, 0, 0, 0, "", 0,
                                         "", 0);
    LLVMMetadataRef type = LLVMDIBuilderCreateSubroutineType(cg->di, file, NULL, 0, LLVMDIFlagZero);
    LLVMMetadataRef fn = LLVMDIBuilderCreateFunction(cg->di, file, cg->sh->name, strlen(cg->sh->name), "", 0, file, first_line, type, 0, 1, first_line,
                                                     LLVMDIFlagPrototyped, 1);
    LLVMSetSubprogram(cg->fn, fn);
    for (uint32_t i = 0; i < l->n_files; i++) { /* a place is a line of the file of its scope */
        cg->di_scope[i] = i == first_file ? fn : LLVMDIBuilderCreateLexicalBlockFile(cg->di, fn, cg->di_scope[i], 0);
    }
    cg->di_start = LLVMDIBuilderCreateDebugLocation(cg->ctx, first_line, 0, fn, NULL);
    LLVMSetCurrentDebugLocation2(cg->b, cg->di_start);
}

void
cg_debug_at(struct cg *cg, uint32_t loc)
{
    const struct pum_ir_line *at = pum_ir_line_of(cg->sh->lines, loc);
    if (at) {
        LLVMSetCurrentDebugLocation2(cg->b, LLVMDIBuilderCreateDebugLocation(cg->ctx, at->line, at->column, cg->di_scope[at->file], NULL));
    }
}

void
cg_debug_end(struct cg *cg)
{
    if (cg->di) {
        LLVMDIBuilderFinalize(cg->di);
        LLVMDisposeDIBuilder(cg->di);
        cg->di = NULL;
    }
}
