/* Memory files that leave the process: created sealed, and checked when they come from others.
 *
 * A file of another process is trusted in nothing: only a memfd whose size can no longer shrink can be mapped without the danger that a
 * peer truncates it and our next access dies with SIGBUS. Nothing is ever read from the contents to decide this.
 */
#ifndef PUM_UTIL_MEMFD_H
#define PUM_UTIL_MEMFD_H

#include <stdint.h>

#include "util/compiler.h"

/* A zeroed memory file of exactly size_B, closed on exec, not executable where the kernel knows that, sealed against change of size and
 * against further seals. -1 with errno. */
int pum_memfd_create(const char *name, uint64_t size_B) PUM_MUST_CHECK;

/* NULL if `fd` is open for reading and writing, otherwise what is wrong. */
const char *pum_fd_check(int fd) PUM_MUST_CHECK;

/* NULL if `fd` is a memory file of exactly size_B that may be mapped for writing and can't shrink; adds the seal if nobody did and it
 * can be added. Otherwise says what is wrong. Leaves the descriptor and its offset alone. */
const char *pum_memfd_check(int fd, uint64_t size_B) PUM_MUST_CHECK;

/* Another open file description of the same file, closed on exec; -1 with errno (without /proc: ENOENT). */
int pum_memfd_reopen(int fd) PUM_MUST_CHECK;

/* The same description under another number, closed on exec, never 0 to 2; -1 with errno. */
int pum_fd_dup(int fd) PUM_MUST_CHECK;

#endif
