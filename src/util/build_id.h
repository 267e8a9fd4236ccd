/* Which build a library file is: cache keys must change with the code that they stand for. */
#ifndef PUM_UTIL_BUILD_ID_H
#define PUM_UTIL_BUILD_ID_H

#include <stdint.h>

/* From the file's build-id note, which the linker makes from its content (so copies on other machines have the same one); if there is
 * none, from size and time. 0: no such file. */
uint64_t pum_build_id_of_file(const char *path);
/* The same of the library that contains `code`, from its loaded image: whatever has become of the file, copies of one build agree. Without
 * a note from its read-only segments. */
uint64_t pum_build_id_of_code(const void *code);

#endif
