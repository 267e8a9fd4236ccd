/* Pages for machine code, out of slabs.
 *
 * A process may have about 65,000 mappings, and an application tens of thousands of shaders. So code lies in slabs of one reservation
 * each, where neighbours of equal protection are one mapping to the kernel. Pages go from inaccessible to writable to executable and
 * back; they are never writable and executable at once. Read-only data of a shader lies on executable pages behind its code, as
 * alternating protections would cost the mappings that slabs are there to save.
 *
 * Thread-safety: all functions.
 */
#ifndef PUM_JIT_CODE_PAGES_H
#define PUM_JIT_CODE_PAGES_H

#include <stddef.h>
#include <stdint.h>

/* size_B bytes of code, copied to pages that can be executed. NULL: out of memory or of mappings. */
const uint8_t *pum_code_pages_load(const void *from, size_t size_B);
/* p: what load gave for size_B. Nobody may run the code any more. */
void pum_code_pages_unload(const uint8_t *p, size_t size_B);
/* The same, and nothing will ever stand at these addresses again: a debugger that had put breakpoints there writes back what was under them. */
void pum_code_pages_retire(const uint8_t *p, size_t size_B);

#endif
