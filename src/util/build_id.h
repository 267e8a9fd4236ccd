/* Which build a library file is: cache keys must change with the code that they stand for. */
#ifndef PUM_UTIL_BUILD_ID_H
#define PUM_UTIL_BUILD_ID_H

#include <stdint.h>

/* From the file's build-id note, which the linker makes from its content (so copies on other machines have the same one); if there is
 * none, from size and time. 0: no such file. */
uint64_t pum_build_id_of_file(const char *path);

#endif
