/* PUMICE_TRACE=file: what the driver does and when, for ui.perfetto.dev or chrome://tracing.
 *
 * Off, it costs one branch on a variable that never changes, where a job begins. On, events are fixed-size records in a few buffers that are shared
 * by all threads; a full one is written out. The file is valid JSON after every write: it ends with what closes the list, and the next write
 * begins there. Memory is bounded, and so is the file.
 *
 * Thread-safety: all functions but pum_trace_start.
 */
#ifndef PUM_UTIL_TRACE_H
#define PUM_UTIL_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "util/compiler.h"

extern bool pum_trace_on; /* read through pum_trace_begin */

/* Opens the file, once; nothing happens without PUMICE_TRACE. From then on the library stays loaded until the process ends. */
void pum_trace_start(void);

uint64_t pum_trace_now(void);
/* The time now, 0 when there is no trace. */
static inline uint64_t
pum_trace_begin(void)
{
    return PUM_UNLIKELY(__atomic_load_n(&pum_trace_on, __ATOMIC_RELAXED)) ? pum_trace_now() : 0;
}

struct pum_trace_event {
    const char *kind;  /* category, and the name if there is no other; constant text */
    uint32_t name;     /* of names.h, 0 = none */
    uint32_t span;     /* 0: something this thread does; else the number of a span that belongs to no thread */
    const char *args;  /* names of the values, comma after comma; constant text, NULL = none */
    uint64_t value[4];
};
void pum_trace_add(uint64_t begin_ns, const struct pum_trace_event *e);
/* Something that has lasted from begin_ns (of pum_trace_begin; 0: nothing happens) until now. */
static inline void
pum_trace_end(uint64_t begin_ns, const struct pum_trace_event *e)
{
    if (PUM_UNLIKELY(begin_ns)) {
        pum_trace_add(begin_ns, e);
    }
}
/* A number for a span. */
uint32_t pum_trace_new_span(void);
/* What the calling thread is to be called. */
void pum_trace_thread(const char *role, uint32_t number);
/* A good moment: what is older than a fifth of a second is written. */
void pum_trace_tick(void);

#endif
