/* The standard order of the passes. PUMICE_DEBUG=verify checks the shader after each of them. */
#include "ir/ir.h"
#include "util/env.h"
#include "util/log.h"

struct pass {
    const char *name;
    bool (*run)(struct pum_ir_shader *sh);
};

static const struct pass passes[] = {
    {"promote", pum_ir_pass_promote}, {"fold", pum_ir_pass_fold},   {"cse", pum_ir_pass_cse}, {"dce", pum_ir_pass_dce},
    {"flatten", pum_ir_pass_flatten}, {"hoist", pum_ir_pass_hoist}, {"dce", pum_ir_pass_dce}, {"uniformity", pum_ir_pass_uniformity},
};

bool
pum_ir_optimize(struct pum_ir_shader *sh)
{
    const bool verify = pum_env_get()->debug & PUM_DEBUG_VERIFY_BIT;
    for (uint32_t i = 0; i < PUM_ARRAY_LEN(passes); i++) {
        if (!passes[i].run(sh)) {
            return false;
        }
        char msg[256] = "";
        if (verify && !pum_ir_verify(sh, msg, sizeof(msg))) {
            pum_log(PUM_LOG_ERROR, "invalid shader after pass %s: %s", passes[i].name, msg);
            return false;
        }
    }
    return true;
}
