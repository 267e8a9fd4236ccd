/* Printing: a call through the context with the format and a block of words, where somebody listens and some lane is there. */
#include <stddef.h>

#include "jit/cg.h"

void
cg_print(struct cg *cg, const struct pum_ir_inst *in)
{
    LLVMBuilderRef b = cg->b;
    const struct pum_ir_print *p = &cg->sh->prints[in->imm];
    LLVMTypeRef bytes = LLVMArrayType(cg->i8, p->size_B);
    LLVMValueRef format = LLVMAddGlobal(cg->mod, bytes, "format");
    LLVMSetInitializer(format, LLVMConstStringInContext(cg->ctx, (const char *)p->bytes, p->size_B, 1));
    LLVMSetGlobalConstant(format, 1);
    LLVMSetLinkage(format, LLVMPrivateLinkage);
    if (!cg->print_words) {
        cg->print_words = cg_alloca(cg, LLVMArrayType(cg->v_i32, PUM_MAX_PRINT_WORDS), 64);
    }
    LLVMValueRef host = cg_load(cg, cg->ptr, cg_offset(cg, cg->p_ctx, offsetof(struct pum_shader_ctx, host)), 8, true);
    LLVMValueRef mask = cg_mask16(cg, cg_mask(cg, cg_effect_mask(cg)));
    LLVMValueRef some = LLVMBuildICmp(b, LLVMIntNE, mask, LLVMConstInt(cg->i16, 0, 0), "");
    LLVMBasicBlockRef then = cg_block(cg, "print"), after = cg_block(cg, "printed");
    LLVMBuildCondBr(b, LLVMBuildAnd(b, some, LLVMBuildIsNotNull(b, host, ""), ""), then, after);
    LLVMPositionBuilderAtEnd(b, then);
    for (uint32_t i = 0; i < in->n_src; i++) {
        cg_store(cg, cg_vec(cg, pum_ir_src(cg->sh, in, i)), cg_offset(cg, cg->print_words, 64 * i), 64);
    }
    LLVMTypeRef types[4] = {cg->ptr, cg->ptr, cg->i32, cg->ptr};
    LLVMValueRef args[4] = {host, format, LLVMBuildZExt(b, mask, cg->i32, ""), cg->print_words};
    LLVMValueRef fn = cg_load(cg, cg->ptr, cg_offset(cg, host, offsetof(struct pum_shader_host, print)), 8, true);
    LLVMBuildCall2(b, LLVMFunctionType(cg->void_, types, 4, 0), fn, args, 4, "");
    LLVMBuildBr(b, after);
    LLVMPositionBuilderAtEnd(b, after);
}
