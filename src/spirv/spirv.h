/* SPIR-V to IR. The module is hostile: every word is checked before it is used.
 *
 * SPEC: SPIR-V 1.6; Vulkan appendix "Vulkan Environment for SPIR-V".
 */
#ifndef PUM_SPIRV_SPIRV_H
#define PUM_SPIRV_SPIRV_H

#include <stddef.h>
#include <stdint.h>

#include "ir/ir.h"
#include "ir/lines.h"

/* Where a binding stands in descriptor set memory (abi/descriptor.h). */
struct pum_spirv_binding {
    uint32_t set, binding;
    uint32_t offset_B, stride_B, count;
    uint32_t dynamic_index; /* of element 0 in the dynamic records, UINT32_MAX = not dynamic */
    uint32_t by_reference;  /* enum pum_by_reference */
};

struct pum_spirv_spec { /* one specialisation constant */
    uint32_t id, size_B;
    const void *data;
};

struct pum_spirv_options {
    enum pum_stage stage;
    const char *entry_point;
    const struct pum_spirv_binding *bindings;
    uint32_t n_bindings;
    const struct pum_spirv_spec *specs;
    uint32_t n_specs;
    bool calls; /* the shader is to know which calls were inlined */
};

enum pum_spirv_result { PUM_SPIRV_OK, PUM_SPIRV_INVALID, PUM_SPIRV_UNSUPPORTED, PUM_SPIRV_OOM };

struct pum_spirv_error {
    char text[256];
    uint32_t word; /* index in the module */
};

/* Translates one entry point. *out is owned by the caller; it is before promotion: run pum_ir_optimize. */
enum pum_spirv_result pum_spirv_translate(const uint32_t *words, size_t n_words, const struct pum_spirv_options *options,
                                          struct pum_ir_shader **out, struct pum_spirv_error *error) PUM_MUST_CHECK;

/* What the module says about its source; free() it. NULL: it says nothing, or out of memory. Any words will do. */
struct pum_ir_lines *pum_spirv_lines(const uint32_t *words, size_t n_words);

#endif
