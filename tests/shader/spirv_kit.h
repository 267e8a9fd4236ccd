/* Kit of the SPIR-V tests: compiles shader sources with the installed tools and translates them with a binding for each resource that the
 * module declares. */
#ifndef PUM_TESTS_SPIRV_KIT_H
#define PUM_TESTS_SPIRV_KIT_H

#include "spirv/spirv.h"

#define KIT_MAX_BINDINGS 64
#define KIT_SET_B (KIT_MAX_BINDINGS * 16 * PUM_DESC_COMBINED_STRIDE_B)
#define PUM_DESC_COMBINED_STRIDE_B 320u

/* Words of a file in SPIR-V form: a .spv, or compiled from .vert .tesc .tese .geom .frag .comp .spvasm into a temporary file. For Vulkan 1.1, or
 * 1.3 if ".v13." is in the name. NULL: message on stderr. */
uint32_t *kit_module(const char *path, size_t *n_words);
enum pum_stage kit_stage(const char *path); /* by the name: x.vert, x.geom, x.frag.spvasm ...; compute if nothing fits */
/* Set memory: binding b starts at b * 16 records of 320 bytes; sets do not overlap in tests (all share the block of their own number). */
uint32_t kit_bindings(const uint32_t *words, size_t n_words, struct pum_spirv_binding *out, uint32_t max);
bool kit_have_tools(void);

#endif
