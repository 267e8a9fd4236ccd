/* Machine code in files, so that a second process compiles nothing and never loads the compiler.
 *
 * One file per shader: FOLDER/ab/cdef..., 32 hexadecimal digits of the entry's key. FOLDER is PUMICE_CACHE_DIR, else
 * XDG_CACHE_HOME/pumice, else HOME/.cache/pumice; PUMICE_CACHE_RO_DIR is looked at first and never written. Files appear by rename, so
 * readers see whole ones. Files and folders that someone else than this user (or root) could have written are ignored, damaged ones
 * too. Each of the 256 subfolders keeps about 1 MiB, what was used last.
 */
#ifndef PUM_PIPELINE_DISK_CACHE_H
#define PUM_PIPELINE_DISK_CACHE_H

#include "pipeline/cache_entry.h"

/* True: *out is filled, its image is the caller's to free. */
bool pum_disk_cache_load(const struct pum_hash128 *key, struct pum_cache_entry *out) PUM_MUST_CHECK;
/* Failing is not an error: a cache may forget. */
void pum_disk_cache_add(const struct pum_cache_entry *e);

#endif
