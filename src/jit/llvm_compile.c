/* Entry of libpumice_jit.so: LLVM module, passes, object code, flat image. */
#include <elf.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <llvm-c/Analysis.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <llvm-c/Transforms/PassBuilder.h>

#include "jit/cg.h"
#include "jit/jit.h"
#include "util/env.h"

PUM_EXPORT enum pum_jit_result pum_jit_entry(uint32_t abi, const struct pum_ir_shader *sh, enum pum_isa isa, uint32_t debug,
                                             struct pum_jit_image *out, char *msg);

/* Same run time as O3 on vector code at a tenth of its cost. */
#define PASSES                                                                                                                       \
    "function(sroa,early-cse<memssa>,instcombine<no-verify-fixpoint;max-iterations=1>,simplifycfg,loop-mssa(loop-rotate,licm),"        \
    "early-cse,dce)"
/* Superlinear passes and instruction selection make larger functions take seconds. */
#define HUGE_INSTS 40000

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
init_llvm(void)
{
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
}

struct diagnostics {
    bool error;
    char text[200];
};

static void
on_diagnostic(LLVMDiagnosticInfoRef info, void *arg)
{
    struct diagnostics *d = arg;
    if (LLVMGetDiagInfoSeverity(info) == LLVMDSError && !d->error) { /* remarks come, too */
        char *text = LLVMGetDiagInfoDescription(info);
        d->error = true;
        snprintf(d->text, sizeof(d->text), "%s", text);
        LLVMDisposeMessage(text);
    }
}

static LLVMTargetMachineRef
create_machine(enum pum_isa isa, bool huge)
{
    static const char triple[] = "x86_64-unknown-linux-gnu";
    LLVMTargetRef target;
    char *error = NULL;
    if (LLVMGetTargetFromTriple(triple, &target, &error)) {
        LLVMDisposeMessage(error);
        return NULL;
    }
    return LLVMCreateTargetMachine(target, triple, isa == PUM_ISA_V4 ? "x86-64-v4" : isa == PUM_ISA_V3 ? "x86-64-v3" : isa == PUM_ISA_V2 ? "x86-64-v2" : "x86-64", "", huge ? LLVMCodeGenLevelNone : LLVMCodeGenLevelDefault,
                                   LLVMRelocPIC, LLVMCodeModelSmall);
}

/* ---- object file to flat image ---- */

struct section_place {
    uint32_t off_B;
    bool placed;
};

/* The object comes from LLVM, but its shape is checked all the same. */
static bool
link_image(const uint8_t *obj, size_t size_B, struct pum_jit_image *out, char *msg)
{
    const Elf64_Ehdr *eh = (const void *)obj;
    if (size_B < sizeof(*eh) || memcmp(eh->e_ident, ELFMAG, SELFMAG) != 0 ||
        eh->e_shoff + (uint64_t)eh->e_shnum * sizeof(Elf64_Shdr) > size_B) {
        snprintf(msg, 256, "malformed object");
        return false;
    }
    const Elf64_Shdr *sh = (const void *)(obj + eh->e_shoff);
    struct section_place *place = calloc(eh->e_shnum, sizeof(*place));
    if (!place) {
        return false;
    }
    uint64_t at_B = 0;
    bool ok = false;
    for (int pass = 0; pass < 2; pass++) { /* code first, then data */
        for (int i = 0; i < eh->e_shnum; i++) {
            const bool code = sh[i].sh_flags & SHF_EXECINSTR;
            if (!(sh[i].sh_flags & SHF_ALLOC) || sh[i].sh_size == 0 || code != (pass == 0) || sh[i].sh_type == SHT_X86_64_UNWIND) {
                continue;
            }
            const uint64_t align = sh[i].sh_addralign ? sh[i].sh_addralign : 1;
            at_B = PUM_ALIGN_UP(at_B, align);
            place[i] = (struct section_place){(uint32_t)at_B, true};
            at_B += sh[i].sh_size;
            if (at_B > (128u << 20)) {
                snprintf(msg, 256, "code too large");
                goto end;
            }
        }
        if (pass == 0) {
            at_B = PUM_ALIGN_UP(at_B, (uint64_t)4096);
            out->text_B = (uint32_t)at_B;
        }
    }
    out->size_B = (uint32_t)at_B;
    out->data = calloc(1, at_B ? at_B : 1);
    if (!out->data) {
        goto end;
    }
    for (int i = 0; i < eh->e_shnum; i++) {
        if (place[i].placed && sh[i].sh_type != SHT_NOBITS) {
            memcpy(out->data + place[i].off_B, obj + sh[i].sh_offset, sh[i].sh_size);
        }
    }
    bool found = false;
    for (int i = 0; i < eh->e_shnum; i++) {
        if (sh[i].sh_type == SHT_SYMTAB) {
            const Elf64_Sym *sym = (const void *)(obj + sh[i].sh_offset);
            const char *names = (const char *)(obj + sh[sh[i].sh_link].sh_offset);
            for (uint64_t s = 0; s < sh[i].sh_size / sizeof(*sym); s++) {
                if (strcmp(names + sym[s].st_name, "shader") == 0 && sym[s].st_shndx < eh->e_shnum) {
                    out->entry_B = place[sym[s].st_shndx].off_B + (uint32_t)sym[s].st_value;
                    found = true;
                }
            }
        }
        if (sh[i].sh_type != SHT_RELA || !place[sh[i].sh_info].placed) {
            continue;
        }
        const Elf64_Rela *rel = (const void *)(obj + sh[i].sh_offset);
        const Elf64_Sym *syms = (const void *)(obj + sh[sh[i].sh_link].sh_offset);
        const char *names = (const char *)(obj + sh[sh[sh[i].sh_link].sh_link].sh_offset);
        for (uint64_t r = 0; r < sh[i].sh_size / sizeof(*rel); r++) {
            const Elf64_Sym *sym = &syms[ELF64_R_SYM(rel[r].r_info)];
            const uint32_t type = (uint32_t)ELF64_R_TYPE(rel[r].r_info);
            if (sym->st_shndx == SHN_UNDEF || sym->st_shndx >= eh->e_shnum || !place[sym->st_shndx].placed) {
                snprintf(msg, 256, "code needs the symbol '%s'", names + sym->st_name);
                goto end;
            }
            if (type != R_X86_64_PC32 && type != R_X86_64_PLT32) {
                snprintf(msg, 256, "relocation type %u", type);
                goto end;
            }
            const uint64_t where = place[sh[i].sh_info].off_B + rel[r].r_offset;
            const int32_t value =
                (int32_t)((int64_t)(place[sym->st_shndx].off_B + sym->st_value) + rel[r].r_addend - (int64_t)where);
            memcpy(out->data + where, &value, sizeof(value));
        }
    }
    ok = found;
    if (!found) {
        snprintf(msg, 256, "no entry symbol");
    }
end:
    free(place);
    return ok;
}

static bool
alloc_tables(struct cg *cg)
{
    const struct pum_ir_shader *sh = cg->sh;
    bool tuples = false;
    for (uint32_t i = 1; i < sh->n_insts; i++) {
        tuples = tuples || sh->insts[i].type == PUM_IR_TUPLE;
    }
    cg->val = calloc(sh->n_insts, sizeof(cg->val[0]));
    cg->phi_slot = calloc(sh->n_insts, sizeof(cg->phi_slot[0]));
    cg->phi_head = calloc(sh->n_insts, sizeof(cg->phi_head[0]));
    cg->node = calloc(sh->n_nodes, sizeof(cg->node[0]));
    cg->region = calloc(sh->n_insts, sizeof(cg->region[0]));
    cg->block_region = calloc(sh->n_nodes, sizeof(cg->block_region[0]));
    cg->spill_off = malloc(sh->n_insts * sizeof(cg->spill_off[0]));
    cg->tuple = tuples ? calloc(sh->n_insts, sizeof(cg->tuple[0])) : NULL;
    if (!cg->val || !cg->phi_slot || !cg->phi_head || !cg->node || !cg->region || !cg->block_region || !cg->spill_off ||
        (tuples && !cg->tuple)) {
        return false;
    }
    memset(cg->spill_off, 0xff, sh->n_insts * sizeof(cg->spill_off[0]));
    return true;
}

static void
free_tables(struct cg *cg)
{
    free(cg->val);
    free(cg->phi_slot);
    free(cg->phi_head);
    free(cg->node);
    free(cg->region);
    free(cg->block_region);
    free(cg->spill_off);
    free(cg->tuple);
}

static void
make_types(struct cg *cg)
{
    cg->i1 = LLVMInt1TypeInContext(cg->ctx);
    cg->i8 = LLVMInt8TypeInContext(cg->ctx);
    cg->i16 = LLVMInt16TypeInContext(cg->ctx);
    cg->i32 = LLVMInt32TypeInContext(cg->ctx);
    cg->i64 = LLVMInt64TypeInContext(cg->ctx);
    cg->f16 = LLVMHalfTypeInContext(cg->ctx);
    cg->f32 = LLVMFloatTypeInContext(cg->ctx);
    cg->f64 = LLVMDoubleTypeInContext(cg->ctx);
    cg->ptr = LLVMPointerTypeInContext(cg->ctx, 0);
    cg->void_ = LLVMVoidTypeInContext(cg->ctx);
    cg->v_i1 = LLVMVectorType(cg->i1, PUM_LANES);
    cg->v_i32 = LLVMVectorType(cg->i32, PUM_LANES);
    cg->v_i64 = LLVMVectorType(cg->i64, PUM_LANES);
    cg->v_f32 = LLVMVectorType(cg->f32, PUM_LANES);
    cg->md_invariant = LLVMGetMDKindIDInContext(cg->ctx, "invariant.load", 14);
    cg->md_empty = LLVMMetadataAsValue(cg->ctx, LLVMMDNodeInContext2(cg->ctx, NULL, 0));
}

static bool
run_backend(struct cg *cg, LLVMTargetMachineRef tm, bool huge, uint32_t debug, struct diagnostics *diag, struct pum_jit_image *out, char *msg)
{
    char *text = NULL;
    if (debug & PUM_DEBUG_LLVM_BIT) {
        LLVMDumpModule(cg->mod);
    }
    if ((debug & PUM_DEBUG_VERIFY_BIT) && LLVMVerifyModule(cg->mod, LLVMReturnStatusAction, &text)) {
        snprintf(msg, 256, "%.250s", text);
        if (debug & PUM_DEBUG_LLVM_BIT) {
            fprintf(stderr, "%s\n", text);
        }
        LLVMDisposeMessage(text);
        return false;
    }
    LLVMDisposeMessage(text);
    LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
    LLVMErrorRef err = LLVMRunPasses(cg->mod, huge ? "function(sroa,early-cse)" : PASSES, tm, options);
    LLVMDisposePassBuilderOptions(options);
    if (err) {
        char *e = LLVMGetErrorMessage(err);
        snprintf(msg, 256, "%.250s", e);
        LLVMDisposeErrorMessage(e);
        return false;
    }
    LLVMMemoryBufferRef buf = NULL;
    if (debug & PUM_DEBUG_ASM_BIT) {
        LLVMModuleRef copy = LLVMCloneModule(cg->mod);
        if (!LLVMTargetMachineEmitToMemoryBuffer(tm, copy, LLVMAssemblyFile, NULL, &buf)) {
            fwrite(LLVMGetBufferStart(buf), 1, LLVMGetBufferSize(buf), stderr);
            LLVMDisposeMemoryBuffer(buf);
            buf = NULL;
        }
        LLVMDisposeModule(copy);
    }
    text = NULL;
    if (LLVMTargetMachineEmitToMemoryBuffer(tm, cg->mod, LLVMObjectFile, &text, &buf) || diag->error) {
        snprintf(msg, 256, "%.200s", diag->error ? diag->text : text ? text : "no code");
        LLVMDisposeMessage(text);
        if (buf) {
            LLVMDisposeMemoryBuffer(buf);
        }
        return false;
    }
    const bool ok = link_image((const uint8_t *)LLVMGetBufferStart(buf), LLVMGetBufferSize(buf), out, msg);
    LLVMDisposeMemoryBuffer(buf);
    return ok;
}

enum pum_jit_result
pum_jit_entry(uint32_t abi, const struct pum_ir_shader *sh, enum pum_isa isa, uint32_t debug, struct pum_jit_image *out, char *msg)
{
    memset(out, 0, sizeof(*out));
    if (abi != PUM_JIT_ABI) {
        snprintf(msg, 256, "libpumice_jit.so belongs to another version of the driver");
        return PUM_JIT_NO_COMPILER;
    }
    pthread_once(&once, init_llvm);
    struct cg cg = {.sh = sh, .isa = isa};
    const uint32_t threads = sh->info.local_size[0] * sh->info.local_size[1] * sh->info.local_size[2];
    cg.split = sh->info.stage == PUM_STAGE_COMPUTE && sh->info.has_barrier && threads > PUM_LANES;
    if (!alloc_tables(&cg)) {
        free_tables(&cg);
        return PUM_JIT_OOM;
    }
    struct diagnostics diag = {0};
    cg.ctx = LLVMContextCreate();
    LLVMContextSetDiagnosticHandler(cg.ctx, on_diagnostic, &diag);
    LLVMContextSetDiscardValueNames(cg.ctx, !(debug & PUM_DEBUG_LLVM_BIT));
    cg.mod = LLVMModuleCreateWithNameInContext("pumice", cg.ctx);
    cg.b = LLVMCreateBuilderInContext(cg.ctx);
    cg.entry_b = LLVMCreateBuilderInContext(cg.ctx);
    make_types(&cg);
    const bool huge = sh->n_insts > HUGE_INSTS;
    LLVMTargetMachineRef tm = create_machine(isa, huge);
    enum pum_jit_result result = PUM_JIT_FAILED;
    if (!tm) {
        snprintf(msg, 256, "LLVM has no x86-64 target");
    } else {
        LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(tm);
        LLVMSetModuleDataLayout(cg.mod, layout);
        LLVMDisposeTargetData(layout);
        LLVMSetTarget(cg.mod, "x86_64-unknown-linux-gnu");
        if (!cg_function(&cg, &out->scratch_B)) {
            snprintf(msg, 256, "cannot translate: %s", cg.msg);
        } else if (run_backend(&cg, tm, huge, debug, &diag, out, msg)) {
            result = PUM_JIT_OK;
        }
        LLVMDisposeTargetMachine(tm);
    }
    LLVMDisposeBuilder(cg.b);
    LLVMDisposeBuilder(cg.entry_b);
    LLVMDisposeModule(cg.mod);
    LLVMContextDispose(cg.ctx);
    free_tables(&cg);
    if (result != PUM_JIT_OK) {
        free(out->data);
        out->data = NULL;
    }
    return result;
}
