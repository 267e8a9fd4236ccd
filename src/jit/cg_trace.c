/* Ray tracing stages: their frame, and the calls that they make (abi/tracing.h). */
#include <stddef.h>

#include "abi/tracing.h"
#include "jit/cg.h"

#define ARG(field) offsetof(struct pum_tracing_args, field)

static LLVMValueRef
arg(struct cg *cg, LLVMTypeRef type, uint64_t off_B)
{
    return cg_load(cg, type, cg_offset(cg, cg->p_args, off_B), type == cg->i32 ? 4 : 8, true);
}

void
cg_trace_stage(struct cg *cg)
{
    cg->in_base = arg(cg, cg->ptr, ARG(ray));
    for (unsigned i = 0; i < 3; i++) {
        cg->sysval[PUM_SYSVAL_NUM_WORKGROUPS][i] = arg(cg, cg->i32, ARG(launch_size) + 4u * i);
    }
    for (unsigned i = 0; i < 2; i++) {
        cg->sysval[PUM_SYSVAL_RAY_RECORD][i] = arg(cg, cg->i32, ARG(record) + 4u * i);
    }
    cg->sysval[PUM_SYSVAL_SUBGROUP_LANE][0] = cg_i32(cg, 0);
    cg->exec = cg_mask_from_bits(cg, arg(cg, cg->i32, ARG(mask)));
    cg_body(cg);
    cg->exec = NULL;
}

LLVMValueRef
cg_trace_space(struct cg *cg, uint64_t space, uint32_t *size_B)
{
    switch ((enum pum_tracing_space)space) {
    case PUM_SPACE_DATA: *size_B = cg->sh->info.trace_data_B; return arg(cg, cg->ptr, ARG(data));
    case PUM_SPACE_ATTRIBUTES: *size_B = PUM_MAX_RAY_ATTRIBUTE_B; return arg(cg, cg->ptr, ARG(attributes));
    case PUM_SPACE_CURRENT: *size_B = PUM_ROW_COUNT * 4; return arg(cg, cg->ptr, ARG(ray));
    case PUM_SPACE_OWN: break;
    }
    *size_B = cg->sh->info.private_B;
    return cg->scratch;
}

LLVMValueRef
cg_trace_input(struct cg *cg, uint64_t slot)
{
    return slot < PUM_ROW_LAUNCH_ID ? cg_offset(cg, cg->in_base, slot * 64)
                                    : cg_offset(cg, arg(cg, cg->ptr, ARG(launch_id)), (slot - PUM_ROW_LAUNCH_ID) * 64);
}

/* Room for the argument block of any call. */
static LLVMValueRef
call_block(struct cg *cg)
{
    if (!cg->trace_args) {
        const uint64_t all_B = PUM_MAX(sizeof(struct pum_tracing_ray), PUM_MAX(sizeof(struct pum_tracing_call), sizeof(struct pum_tracing_report)));
        cg->trace_args = cg_alloca(cg, LLVMArrayType(cg->i8, (unsigned)all_B), 64);
    }
    return cg->trace_args;
}

static void
call(struct cg *cg, uint64_t routine, uint64_t mask_B, LLVMValueRef block)
{
    LLVMBuilderRef b = cg->b;
    cg_store(cg, LLVMBuildZExt(b, cg_mask16(cg, cg->exec), cg->i32, ""), cg_offset(cg, block, mask_B), 4);
    LLVMValueRef fn = cg_load(cg, cg->ptr, cg_offset(cg, arg(cg, cg->ptr, ARG(calls)), routine), 8, true);
    LLVMTypeRef types[2] = {cg->ptr, cg->ptr};
    LLVMValueRef args[2] = {cg->p_args, block};
    LLVMBuildCall2(b, LLVMFunctionType(cg->void_, types, 2, 0), fn, args, 2, "");
}

/* The routines may count on at least one lane. */
static LLVMBasicBlockRef
begin_call(struct cg *cg)
{
    LLVMBasicBlockRef some = cg_block(cg, "call"), done = cg_block(cg, "called");
    LLVMBuildCondBr(cg->b, cg_any(cg, cg->exec), some, done);
    LLVMPositionBuilderAtEnd(cg->b, some);
    return done;
}

static void
end_call(struct cg *cg, LLVMBasicBlockRef done)
{
    LLVMBuildBr(cg->b, done);
    LLVMPositionBuilderAtEnd(cg->b, done);
}

static void
put_data(struct cg *cg, const struct pum_ir_inst *in, LLVMValueRef block, uint64_t size_at, uint64_t data_at)
{
    uint32_t size_B;
    LLVMValueRef base = cg_trace_space(cg, in->imm & 0xff, &size_B);
    cg_store(cg, cg_i32(cg, (uint32_t)in->imm2), cg_offset(cg, block, size_at), 4);
    cg_store(cg, cg_offset(cg, base, (in->imm >> 8) * PUM_LANES), cg_offset(cg, block, data_at), 8);
}

static void
trace(struct cg *cg, const struct pum_ir_inst *in)
{
    LLVMValueRef block = call_block(cg);
    uint64_t at = offsetof(struct pum_tracing_ray, structure);
    put_data(cg, in, block, offsetof(struct pum_tracing_ray, data_B), offsetof(struct pum_tracing_ray, data));
    for (uint32_t i = 0; i < in->n_src; i++) { /* in the order of the struct: origin, t_min, direction, t_max */
        cg_store(cg, cg_vec(cg, pum_ir_src(cg->sh, in, i)), cg_offset(cg, block, at), 64);
        at += i == 0 ? sizeof(uint64_t) * PUM_LANES : sizeof(uint32_t) * PUM_LANES;
    }
    LLVMBasicBlockRef done = begin_call(cg);
    call(cg, offsetof(struct pum_tracing_calls, trace), offsetof(struct pum_tracing_ray, mask), block);
    end_call(cg, done);
}

static void
report(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in)
{
    LLVMValueRef block = call_block(cg), verdict = cg_offset(cg, block, offsetof(struct pum_tracing_report, verdict));
    cg_store(cg, cg_vec(cg, in->src[0]), cg_offset(cg, block, offsetof(struct pum_tracing_report, t)), 64);
    cg_store(cg, cg_vec(cg, in->src[1]), cg_offset(cg, block, offsetof(struct pum_tracing_report, kind)), 64);
    cg_store(cg, LLVMConstNull(cg->v_i32), verdict, 64);
    LLVMBasicBlockRef done = begin_call(cg);
    call(cg, offsetof(struct pum_tracing_calls, report), offsetof(struct pum_tracing_report, mask), block);
    end_call(cg, done);
    cg_def(cg, r, cg_load(cg, cg->v_i32, verdict, 64, false));
}

bool
cg_trace(struct cg *cg, pum_ir_ref r, const struct pum_ir_inst *in)
{
    switch ((enum pum_ir_op)in->op) {
    case PUM_IR_TRACE_RAY: trace(cg, in); return true;
    case PUM_IR_TRACE_CALL: {
        LLVMValueRef block = call_block(cg);
        put_data(cg, in, block, offsetof(struct pum_tracing_call, data_B), offsetof(struct pum_tracing_call, data));
        cg_store(cg, cg_vec(cg, in->src[0]), cg_offset(cg, block, offsetof(struct pum_tracing_call, index)), 64);
        LLVMBasicBlockRef done = begin_call(cg);
        call(cg, offsetof(struct pum_tracing_calls, call), offsetof(struct pum_tracing_call, mask), block);
        end_call(cg, done);
        return true;
    }
    case PUM_IR_TRACE_REPORT: report(cg, r, in); return true;
    case PUM_IR_TRACE_END: {
        LLVMValueRef at = cg_offset(cg, cg->p_args, in->imm ? ARG(terminated) : ARG(ignored));
        LLVMValueRef mask = LLVMBuildZExt(cg->b, cg_mask16(cg, cg->exec), cg->i32, "");
        cg_store(cg, LLVMBuildOr(cg->b, cg_load(cg, cg->i32, at, 4, false), mask, ""), at, 4);
        return true;
    }
    default: return false;
    }
}
