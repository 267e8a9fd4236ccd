/* One shader in a cache: its key, what is known about it, its machine code; and its bytes, in VkPipelineCache data and in files. */
#ifndef PUM_PIPELINE_CACHE_ENTRY_H
#define PUM_PIPELINE_CACHE_ENTRY_H

#include "abi/shader_abi.h"
#include "jit/jit.h"
#include "util/compiler.h"
#include "util/hash.h"

struct pum_cache_entry {
    struct pum_hash128 key; /* changes with everything that the code depends on, builds of the driver included */
    struct pum_shader_info info;
    struct pum_jit_image image;
};

/* Size needed by write, a multiple of 16. */
size_t pum_cache_entry_bytes(const struct pum_cache_entry *e);
void pum_cache_entry_write(const struct pum_cache_entry *e, void *to);
/* Makes an entry from the first *used_B of untrusted bytes; its image is the caller's to free. False: damaged or out of memory. The hash
 * finds damage, not forgery (jit.h). */
bool pum_cache_entry_read(struct pum_cache_entry *out, const void *from, size_t size_B, size_t *used_B) PUM_MUST_CHECK;

#endif
