#include "util/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
log_level(void)
{
    static int cached = -2; /* -1 = silent; the race writes the same value */
    int level = __atomic_load_n(&cached, __ATOMIC_RELAXED);
    if (level == -2) {
        static const char *const names[] = {"error", "warn", "info", "debug"};
        const char *s = secure_getenv("PUMICE_LOG");
        level = -1;
        for (int i = 0; s && i < 4; i++) {
            if (strcmp(s, names[i]) == 0) {
                level = i;
            }
        }
        __atomic_store_n(&cached, level, __ATOMIC_RELAXED);
    }
    return level;
}

bool
pum_log_enabled(enum pum_log_level level)
{
    return (int)level <= log_level();
}

void
pum_logv(enum pum_log_level level, const char *fmt, va_list args)
{
    if (!pum_log_enabled(level)) {
        return;
    }
    static const char *const tags[] = {"error", "warning", "info", "debug"};
    char line[1024];
    vsnprintf(line, sizeof(line), fmt, args);
    fprintf(stderr, "pumice: %s: %s\n", tags[level], line);
}

void
pum_log(enum pum_log_level level, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    pum_logv(level, fmt, args);
    va_end(args);
}

void
pum_never_failed(const char *what, const char *file, int line)
{
    fprintf(stderr, "pumice: broken invariant: %s (%s:%d)\n", what, file, line);
    abort();
}
