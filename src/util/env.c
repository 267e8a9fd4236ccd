#include "util/env.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "util/compiler.h"
#include "util/log.h"

#define PATH_B 4096 /* PATH_MAX of Linux */

static struct pum_env env;

static void
parse_debug(const char *words)
{
    static const struct {
        const char *name;
        uint32_t bit;
    } table[] = {
        {"ir", PUM_DEBUG_IR_BIT},         {"llvm", PUM_DEBUG_LLVM_BIT},     {"asm", PUM_DEBUG_ASM_BIT},
        {"stats", PUM_DEBUG_STATS_BIT},   {"sync", PUM_DEBUG_SYNC_BIT},     {"poison", PUM_DEBUG_POISON_BIT},
        {"verify", PUM_DEBUG_VERIFY_BIT}, {"shuffle", PUM_DEBUG_SHUFFLE_BIT}, {"inorder", PUM_DEBUG_INORDER_BIT}, {"rows", PUM_DEBUG_ROWS_BIT},
        {"printf", PUM_DEBUG_PRINTF_BIT},
        {"perf", PUM_DEBUG_PERF_BIT},     {"gdb", PUM_DEBUG_GDB_BIT},       {"single", PUM_DEBUG_SINGLE_BIT}, {"check", PUM_DEBUG_CHECK_BIT},
    };
    while (*words) {
        const size_t n = strcspn(words, ",");
        bool known = n == 0;
        for (size_t i = 0; i < PUM_ARRAY_LEN(table); i++) {
            if (strlen(table[i].name) == n && strncmp(table[i].name, words, n) == 0) {
                env.debug |= table[i].bit;
                known = true;
            }
        }
        if (!known) {
            pum_log(PUM_LOG_WARN, "PUMICE_DEBUG: unknown word '%.*s'", (int)n, words);
        }
        words += n + (words[n] == ',');
    }
}

/* An absolute path: from the working directory, which others may control, nothing is read. A copy, because the program may change its
 * environment; not from malloc, because the library may be loaded and unloaded many times. */
static const char *
path(const char *name, char copy[PATH_B])
{
    const char *s = secure_getenv(name);
    if (!s || s[0] != '/' || strlen(s) >= PATH_B) {
        return NULL;
    }
    return strcpy(copy, s);
}

/* What is written where the user says, from the working directory, too. */
static const char *
output(const char *name, char copy[PATH_B])
{
    const char *s = secure_getenv(name);
    return s && *s && strlen(s) < PATH_B ? strcpy(copy, s) : NULL;
}

static void
parse(void)
{
    static char copies[6][PATH_B];
    const char *s = secure_getenv("PUMICE_DEBUG");
    if (s) {
        parse_debug(s);
    }
    if ((s = secure_getenv("PUMICE_THREADS"))) {
        const long n = strtol(s, NULL, 10);
        if (n >= 1 && n <= 256) {
            env.threads = (uint32_t)n;
        } else {
            pum_log(PUM_LOG_WARN, "PUMICE_THREADS: '%s' is not a number from 1 to 256", s);
        }
    }
    if (env.debug & PUM_DEBUG_SINGLE_BIT) {
        env.threads = 1;
        env.debug |= PUM_DEBUG_SYNC_BIT | PUM_DEBUG_INORDER_BIT;
    }
    env.capture = output("PUMICE_CAPTURE", copies[4]);
    if (env.capture) {
        env.debug |= PUM_DEBUG_INORDER_BIT;
    }
    s = secure_getenv("PUMICE_CAPTURE_DRAWS");
    env.capture_draws = s && strcmp(s, "0") != 0 && *s;
    env.capture_max = 300;
    if ((s = secure_getenv("PUMICE_CAPTURE_MAX"))) {
        const long n = strtol(s, NULL, 10);
        if (n >= 1 && n <= 1000000) {
            env.capture_max = (uint32_t)n;
        } else {
            pum_log(PUM_LOG_WARN, "PUMICE_CAPTURE_MAX: '%s' is not a number from 1 to 1000000", s);
        }
    }
    env.timeout_s = 60;
    if ((s = secure_getenv("PUMICE_TIMEOUT"))) {
        char *end;
        const long n = strtol(s, &end, 10);
        if (*s && !*end && n >= 0 && n <= 1000000) {
            env.timeout_s = (uint32_t)n;
        } else {
            pum_log(PUM_LOG_WARN, "PUMICE_TIMEOUT: '%s' is not a number from 0 to 1000000", s);
        }
    }
    if ((s = secure_getenv("PUMICE_ISA"))) {
        if (s[0] == 'v' && s[1] >= '2' && s[1] <= '4' && s[2] == 0) {
            env.isa = s[1] - '0';
        } else {
            pum_log(PUM_LOG_WARN, "PUMICE_ISA: '%s' is not v2, v3 or v4", s);
        }
    }
    s = secure_getenv("PUMICE_INTERP");
    env.interp = (s && strcmp(s, "0") != 0 && *s) || env.debug & PUM_DEBUG_CHECK_BIT;
    s = secure_getenv("PUMICE_SYNC_FD");
    env.sync_fd_stub = s && strcmp(s, "stub") == 0;
    if (s && *s && !env.sync_fd_stub) {
        pum_log(PUM_LOG_WARN, "PUMICE_SYNC_FD: '%s' is not stub", s);
    }
    s = secure_getenv("PUMICE_CACHE");
    env.cache = !s || strcmp(s, "0") != 0;
    env.cache_dir = path("PUMICE_CACHE_DIR", copies[0]);
    env.cache_ro_dir = path("PUMICE_CACHE_RO_DIR", copies[1]);
    env.cache_home = path("XDG_CACHE_HOME", copies[2]);
    env.home = path("HOME", copies[3]);
    env.jit_path = secure_getenv("PUMICE_JIT_LIBRARY");
    env.trace = output("PUMICE_TRACE", copies[5]);
}

const struct pum_env *
pum_env_get(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, parse);
    return &env;
}
