/* PUMICE_DEBUG=perf: /tmp/perf-PID.map, where perf looks for the names of machine code that no file has. Thread-safety: all functions. */
#ifndef PUM_JIT_PERF_MAP_H
#define PUM_JIT_PERF_MAP_H

#include <stddef.h>
#include <stdint.h>

/* Code that was unloaded stays in the file, as perf reads it when all is over: what came last to an address counts. */
void pum_perf_map_add(const uint8_t *code, size_t size_B, const char *name);

#endif
