/* Log lines for people who debug. Silent by default; PUMICE_LOG=error|warn|info|debug sends lines to stderr. */
#ifndef PUM_UTIL_LOG_H
#define PUM_UTIL_LOG_H

#include <stdarg.h>
#include <stdbool.h>

#include "util/compiler.h"

enum pum_log_level { PUM_LOG_ERROR, PUM_LOG_WARN, PUM_LOG_INFO, PUM_LOG_DEBUG };

bool pum_log_enabled(enum pum_log_level level);
void pum_log(enum pum_log_level level, const char *fmt, ...) PUM_PRINTF(2, 3);
void pum_logv(enum pum_log_level level, const char *fmt, va_list args) PUM_PRINTF(2, 0);

/* For "can't happen" conditions of our own making: true is the bad case. Asserts in debug builds; in release the caller
 * takes its safe way out. */
#ifdef NDEBUG
#define PUM_NEVER(x) (PUM_UNLIKELY(x))
#else
#define PUM_NEVER(x) (PUM_UNLIKELY(x) ? (pum_never_failed(#x, __FILE__, __LINE__), 1) : 0)
#endif
void pum_never_failed(const char *what, const char *file, int line);

#endif
