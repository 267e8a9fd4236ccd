/* Calls of the driver: lines of text that lanes print, and where a loop was left. */
#include <stddef.h>

#include "jit/cg.h"

LLVMValueRef
cg_text(struct cg *cg, uint32_t index)
{
    const struct pum_ir_text *t = &cg->sh->texts[index];
    LLVMValueRef text = LLVMAddGlobal(cg->mod, LLVMArrayType(cg->i8, t->size_B), "text");
    LLVMSetInitializer(text, LLVMConstStringInContext(cg->ctx, (const char *)t->bytes, t->size_B, 1));
    LLVMSetGlobalConstant(text, 1);
    LLVMSetLinkage(text, LLVMPrivateLinkage);
    return text;
}

static LLVMValueRef
host(struct cg *cg)
{
    return cg_load(cg, cg->ptr, cg_offset(cg, cg->p_ctx, offsetof(struct pum_shader_ctx, host)), 8, true);
}

void
cg_stopped(struct cg *cg)
{
    LLVMBuilderRef b = cg->b;
    LLVMBasicBlockRef say = cg_block(cg, "say"), leave = cg_block(cg, "leave");
    LLVMValueRef h = host(cg), known = LLVMBuildAnd(b, LLVMBuildIsNotNull(b, h, ""), LLVMBuildIsNotNull(b, cg->stopped_at, ""), "");
    LLVMBuildCondBr(b, known, say, leave);
    LLVMPositionBuilderAtEnd(b, say);
    LLVMTypeRef types[2] = {cg->ptr, cg->ptr};
    LLVMValueRef args[2] = {h, cg->stopped_at};
    LLVMValueRef fn = cg_load(cg, cg->ptr, cg_offset(cg, h, offsetof(struct pum_shader_host, stopped)), 8, true);
    LLVMBuildCall2(b, LLVMFunctionType(cg->void_, types, 2, 0), fn, args, 2, "");
    LLVMBuildBr(b, leave);
    LLVMPositionBuilderAtEnd(b, leave);
    LLVMBuildRetVoid(b);
}

void
cg_print(struct cg *cg, const struct pum_ir_inst *in)
{
    LLVMBuilderRef b = cg->b;
    LLVMValueRef format = cg_text(cg, (uint32_t)in->imm);
    if (!cg->print_words) {
        cg->print_words = cg_alloca(cg, LLVMArrayType(cg->v_i32, PUM_MAX_PRINT_WORDS), 64);
    }
    LLVMValueRef h = host(cg);
    LLVMValueRef mask = cg_mask16(cg, cg_mask(cg, cg_effect_mask(cg)));
    LLVMValueRef some = LLVMBuildICmp(b, LLVMIntNE, mask, LLVMConstInt(cg->i16, 0, 0), "");
    LLVMBasicBlockRef then = cg_block(cg, "print"), after = cg_block(cg, "printed");
    LLVMBuildCondBr(b, LLVMBuildAnd(b, some, LLVMBuildIsNotNull(b, h, ""), ""), then, after);
    LLVMPositionBuilderAtEnd(b, then);
    for (uint32_t i = 0; i < in->n_src; i++) {
        cg_store(cg, cg_vec(cg, pum_ir_src(cg->sh, in, i)), cg_offset(cg, cg->print_words, 64 * i), 64);
    }
    LLVMTypeRef types[4] = {cg->ptr, cg->ptr, cg->i32, cg->ptr};
    LLVMValueRef args[4] = {h, format, LLVMBuildZExt(b, mask, cg->i32, ""), cg->print_words};
    LLVMValueRef fn = cg_load(cg, cg->ptr, cg_offset(cg, h, offsetof(struct pum_shader_host, print)), 8, true);
    LLVMBuildCall2(b, LLVMFunctionType(cg->void_, types, 4, 0), fn, args, 4, "");
    LLVMBuildBr(b, after);
    LLVMPositionBuilderAtEnd(b, after);
}
