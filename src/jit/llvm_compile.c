/* Entry of libpumice_jit.so: LLVM module, passes, object code, flat image. */
#include <elf.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <llvm-c/Analysis.h>
#include <llvm-c/ErrorHandling.h>
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
/* Instruction selection, register allocation and the constant pool are superlinear: what is larger gets plain code. In LLVM
 * instructions of the function and of its largest block. */
#define HUGE_FUNCTION 15000
#define HUGE_BLOCK 5000

static pthread_once_t once = PTHREAD_ONCE_INIT;

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

/* One target machine per thread, level and kind: 0.3 ms to make, and not to be shared. */
struct machines {
    LLVMTargetMachineRef tm[PUM_ISA_COUNT][2];
};
static pthread_key_t machines_key;
static bool have_key;

static void
free_machines(void *p)
{
    struct machines *m = p;
    for (int i = 0; i < PUM_ISA_COUNT; i++) {
        for (int k = 0; k < 2; k++) {
            if (m->tm[i][k]) {
                LLVMDisposeTargetMachine(m->tm[i][k]);
            }
        }
    }
    free(m);
}

static LLVMTargetMachineRef
get_machine(enum pum_isa isa, bool huge)
{
    static const char triple[] = "x86_64-unknown-linux-gnu";
    static const char *const cpus[PUM_ISA_COUNT] = {"x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4"};
    struct machines *m = have_key ? pthread_getspecific(machines_key) : NULL;
    if (!m) {
        m = calloc(1, sizeof(*m));
        if (!m || !have_key || pthread_setspecific(machines_key, m) != 0) {
            free(m);
            return NULL;
        }
    }
    LLVMTargetMachineRef *tm = &m->tm[isa][huge];
    if (!*tm) {
        LLVMTargetRef target;
        char *error = NULL;
        if (LLVMGetTargetFromTriple(triple, &target, &error)) {
            LLVMDisposeMessage(error);
            return NULL;
        }
        *tm = LLVMCreateTargetMachine(target, triple, cpus[isa], "", huge ? LLVMCodeGenLevelNone : LLVMCodeGenLevelDefault,
                                      LLVMRelocPIC, LLVMCodeModelSmall);
    }
    return *tm;
}

/* After a fatal error inside LLVM: its state is not to be touched again. */
static void
forget_machines(void)
{
    pthread_setspecific(machines_key, NULL);
}

/* LLVM ends the process after a fatal error ("cannot select ..."): the compiling thread leaves through here instead and drops what it
 * was working on. Other threads of the process that use the same LLVM keep its own behaviour. */
static _Thread_local jmp_buf *fatal_exit;
static _Thread_local char fatal_text[200];

static void
on_fatal(const char *reason)
{
    if (fatal_exit) {
        snprintf(fatal_text, sizeof(fatal_text), "%s", reason);
        longjmp(*fatal_exit, 1);
    }
}

static void
init_llvm(void)
{
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeX86Disassembler();
    LLVMInstallFatalErrorHandler(on_fatal);
    have_key = pthread_key_create(&machines_key, free_machines) == 0;
}

void
cg_init_llvm(void)
{
    pthread_once(&once, init_llvm);
}

/* ---- object file to flat image ---- */

struct section_place {
    uint32_t off_B;
    bool placed;
};

/* For debuggers: the whole object, with the places of its sections in the image. A debugger relocates what describes the code by itself. */
static void
keep_object(const uint8_t *obj, size_t size_B, const struct section_place *place, struct pum_jit_image *out)
{
    uint8_t *copy = malloc(size_B);
    if (!copy) {
        return; /* nobody will see lines */
    }
    memcpy(copy, obj, size_B);
    const Elf64_Ehdr *eh = (const void *)copy;
    Elf64_Shdr *sh = (void *)(copy + eh->e_shoff);
    for (int i = 0; i < eh->e_shnum; i++) {
        if (place[i].placed) {
            sh[i].sh_addr = place[i].off_B;
        } else {
            sh[i].sh_flags &= ~(uint64_t)SHF_ALLOC;
        }
    }
    out->object = copy;
    out->object_B = size_B;
}

/* The object comes from LLVM, but its shape is checked all the same. */
static bool
link_image(const uint8_t *obj, size_t size_B, const struct pum_ir_shader *shader, struct pum_jit_image *out, char *msg)
{
    const Elf64_Ehdr *eh = (const void *)obj;
    const char *entry = shader->name ? shader->name : "shader";
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
                if (strcmp(names + sym[s].st_name, entry) == 0 && sym[s].st_shndx < eh->e_shnum) {
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
    if (ok && shader->name) {
        keep_object(obj, size_B, place, out);
    }
end:
    free(place);
    return ok;
}

/* Barriers count even where info does not mention them. */
static bool
has_barrier(const struct pum_ir_shader *sh)
{
    for (pum_ir_ref r = 1; r < sh->n_insts; r++) {
        if (sh->insts[r].op == PUM_IR_BARRIER && sh->insts[r].block) {
            return true;
        }
    }
    return false;
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
    cg->space = calloc(sh->n_insts, sizeof(cg->space[0]));
    cg->used = calloc(sh->n_insts, 1);
    cg->tuple = tuples ? calloc(sh->n_insts, sizeof(cg->tuple[0])) : NULL;
    if (!cg->val || !cg->phi_slot || !cg->phi_head || !cg->node || !cg->region || !cg->block_region || !cg->spill_off || !cg->space || !cg->used ||
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
    free(cg->used);
    free(cg->padded);
    if (cg->space) {
        for (uint32_t i = 0; i < cg->sh->n_insts; i++) {
            free(cg->space[i]);
        }
        free(cg->space);
    }
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
    LLVMMetadataRef weights[3] = {LLVMMDStringInContext2(cg->ctx, "branch_weights", 14), LLVMValueAsMetadata(LLVMConstInt(cg->i32, 2000, 0)),
                                  LLVMValueAsMetadata(LLVMConstInt(cg->i32, 1, 0))};
    cg->md_prof = LLVMGetMDKindIDInContext(cg->ctx, "prof", 4);
    cg->md_likely = LLVMMetadataAsValue(cg->ctx, LLVMMDNodeInContext2(cg->ctx, weights, 3));
    cg->md_invariant = LLVMGetMDKindIDInContext(cg->ctx, "invariant.load", 14);
    cg->md_empty = LLVMMetadataAsValue(cg->ctx, LLVMMDNodeInContext2(cg->ctx, NULL, 0));
}

static double
now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static bool
is_huge(LLVMValueRef fn)
{
    uint32_t total = 0, largest = 0;
    for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(fn); bb; bb = LLVMGetNextBasicBlock(bb)) {
        uint32_t n = 0;
        for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i; i = LLVMGetNextInstruction(i)) {
            n++;
        }
        total += n;
        largest = PUM_MAX(largest, n);
    }
    return total > HUGE_FUNCTION || largest > HUGE_BLOCK;
}

/* One compile. Everything that a fatal error leaves behind is in here, so that it can be leaked. */
struct job {
    struct cg cg;
    struct diagnostics diag;
    struct pum_jit_image *out;
    uint32_t debug;
    char *msg;
};

static bool
verify(struct job *j, const char *when)
{
    char *text = NULL;
    const bool bad = (j->debug & PUM_DEBUG_VERIFY_BIT) && LLVMVerifyModule(j->cg.mod, LLVMReturnStatusAction, &text);
    if (bad) {
        snprintf(j->msg, 256, "%s: %.200s", when, text);
    }
    LLVMDisposeMessage(text);
    return !bad;
}

static bool
emit(struct job *j, LLVMTargetMachineRef tm)
{
    LLVMMemoryBufferRef buf = NULL;
    if (j->debug & PUM_DEBUG_ASM_BIT) {
        LLVMModuleRef copy = LLVMCloneModule(j->cg.mod);
        if (!LLVMTargetMachineEmitToMemoryBuffer(tm, copy, LLVMAssemblyFile, NULL, &buf)) {
            fwrite(LLVMGetBufferStart(buf), 1, LLVMGetBufferSize(buf), stderr);
            LLVMDisposeMemoryBuffer(buf);
            buf = NULL;
        }
        LLVMDisposeModule(copy);
    }
    char *text = NULL;
    const bool bad = LLVMTargetMachineEmitToMemoryBuffer(tm, j->cg.mod, LLVMObjectFile, &text, &buf) || j->diag.error;
    if (bad) { /* an error may come through the handler alone */
        snprintf(j->msg, 256, "%.200s", j->diag.error ? j->diag.text : text ? text : "no code");
    }
    LLVMDisposeMessage(text);
    const bool ok = !bad && link_image((const uint8_t *)LLVMGetBufferStart(buf), LLVMGetBufferSize(buf), j->cg.sh, j->out, j->msg);
    if (buf) {
        LLVMDisposeMemoryBuffer(buf);
    }
    return ok;
}

static bool
run_job(struct job *j)
{
    struct cg *cg = &j->cg;
    const double t0 = now_ms();
    cg->ctx = LLVMContextCreate();
    LLVMContextSetDiagnosticHandler(cg->ctx, on_diagnostic, &j->diag);
    LLVMContextSetDiscardValueNames(cg->ctx, !(j->debug & PUM_DEBUG_LLVM_BIT));
    cg->mod = LLVMModuleCreateWithNameInContext("pumice", cg->ctx);
    cg->b = LLVMCreateBuilderInContext(cg->ctx);
    cg->entry_b = LLVMCreateBuilderInContext(cg->ctx);
    cg->pre_b = LLVMCreateBuilderInContext(cg->ctx);
    make_types(cg);
    LLVMTargetMachineRef tm = get_machine(cg->isa, false);
    if (!tm) {
        snprintf(j->msg, 256, "LLVM has no x86-64 target");
        return false;
    }
    LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(tm);
    LLVMSetModuleDataLayout(cg->mod, layout);
    LLVMDisposeTargetData(layout);
    LLVMSetTarget(cg->mod, "x86_64-unknown-linux-gnu");
    if (!cg_function(cg, &j->out->scratch_B)) {
        snprintf(j->msg, 256, "cannot translate: %s", cg->msg);
        return false;
    }
    if (j->debug & PUM_DEBUG_LLVM_BIT) {
        LLVMDumpModule(cg->mod);
    }
    if (!verify(j, "before the passes")) {
        return false;
    }
    const bool huge = is_huge(cg->fn);
    if (huge && !(tm = get_machine(cg->isa, true))) {
        return false;
    }
    const double t1 = now_ms();
    LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
    LLVMErrorRef err = LLVMRunPasses(cg->mod, huge ? "function(sroa,early-cse)" : PASSES, tm, options);
    LLVMDisposePassBuilderOptions(options);
    if (err) {
        char *e = LLVMGetErrorMessage(err);
        snprintf(j->msg, 256, "%.250s", e);
        LLVMDisposeErrorMessage(e);
        return false;
    }
    if (!verify(j, "after the passes")) {
        return false;
    }
    if (j->debug & PUM_DEBUG_LLVM_BIT) {
        LLVMDumpModule(cg->mod);
    }
    const double t2 = now_ms();
    const bool ok = emit(j, tm);
    if (j->debug & PUM_DEBUG_STATS_BIT) {
        fprintf(stderr, "pumice: jit: stage %u, %u IR instructions%s: build %.2f, passes %.2f, code %.2f ms; %u + %u bytes, scratch %u\n",
                cg->sh->info.stage, cg->sh->n_insts, huge ? ", huge" : "", t1 - t0, t2 - t1, now_ms() - t2, j->out->text_B,
                j->out->size_B > j->out->text_B ? j->out->size_B - j->out->text_B : 0, j->out->scratch_B);
    }
    return ok;
}

/* What a failed compile leaves in the image. */
static void
drop_image(struct pum_jit_image *out)
{
    free(out->data);
    free(out->object);
    memset(out, 0, sizeof(*out));
}

static void
end_job(struct job *j)
{
    cg_debug_end(&j->cg);
    if (j->cg.ctx) {
        LLVMDisposeBuilder(j->cg.b);
        LLVMDisposeBuilder(j->cg.entry_b);
        LLVMDisposeBuilder(j->cg.pre_b);
        LLVMDisposeModule(j->cg.mod);
        LLVMContextDispose(j->cg.ctx);
    }
    free_tables(&j->cg);
    free(j);
}

enum pum_jit_result
pum_jit_entry(uint32_t abi, const struct pum_ir_shader *sh, enum pum_isa isa, uint32_t debug, struct pum_jit_image *out, char *msg)
{
    memset(out, 0, sizeof(*out));
    if (abi != PUM_JIT_ABI) {
        snprintf(msg, 256, "libpumice_jit.so belongs to another version of the driver");
        return PUM_JIT_NO_COMPILER;
    }
    if (isa < PUM_ISA_V2 || isa >= PUM_ISA_COUNT) {
        snprintf(msg, 256, "machine code needs a CPU of level x86-64-v2");
        return PUM_JIT_NO_COMPILER;
    }
    if ((debug & PUM_DEBUG_VERIFY_BIT) && !pum_ir_verify(sh, msg, 256)) {
        return PUM_JIT_FAILED;
    }
    cg_init_llvm();
    struct job *j = calloc(1, sizeof(*j));
    if (!j) {
        return PUM_JIT_OOM;
    }
    const uint32_t threads = sh->info.local_size[0] * sh->info.local_size[1] * sh->info.local_size[2];
    j->cg.sh = sh;
    j->cg.isa = isa;
    j->cg.split = sh->info.stage == PUM_STAGE_COMPUTE && has_barrier(sh) && threads > PUM_LANES;
    j->out = out;
    j->debug = debug;
    j->msg = msg;
    if (!alloc_tables(&j->cg)) {
        end_job(j);
        return PUM_JIT_OOM;
    }
    /* Nothing that is changed between setjmp and longjmp is read after it, but through `out` and `msg`. */
    jmp_buf exit_point;
    if (setjmp(exit_point)) {
        fatal_exit = NULL;
        forget_machines();
        snprintf(msg, 256, "LLVM: %.200s", fatal_text);
        drop_image(out);
        return PUM_JIT_FAILED;
    }
    fatal_exit = &exit_point;
    const bool ok = run_job(j);
    fatal_exit = NULL;
    end_job(j);
    if (!ok) {
        drop_image(out);
    }
    return ok ? PUM_JIT_OK : PUM_JIT_FAILED;
}
