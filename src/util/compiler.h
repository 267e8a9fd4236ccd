/* Compiler facilities that plain C17 lacks, in one place. gcc >= 12 and clang >= 14. */
#ifndef PUM_UTIL_COMPILER_H
#define PUM_UTIL_COMPILER_H

#include <stddef.h>
#include <stdint.h>

#define PUM_MUST_CHECK       __attribute__((warn_unused_result))
#define PUM_PRINTF(fmt, va)  __attribute__((format(printf, fmt, va)))
#define PUM_ALIGNED(n)       __attribute__((aligned(n)))
#define PUM_WEAK             __attribute__((weak, visibility("hidden"))) /* what is not there is NULL at link time, not looked up at run time */
#define PUM_EXPORT           __attribute__((visibility("default")))
#define PUM_COLD             __attribute__((cold))
#define PUM_NOINLINE         __attribute__((noinline))
#define PUM_INLINE           inline __attribute__((always_inline))
#define PUM_LIKELY(x)        __builtin_expect(!!(x), 1)
#define PUM_UNLIKELY(x)      __builtin_expect(!!(x), 0)
#define PUM_ARRAY_LEN(a)     (sizeof(a) / sizeof((a)[0]))
#define PUM_ALIGN_UP(x, a)   (((x) + ((a) - 1)) & ~((__typeof__(x))(a) - 1))
#define PUM_MIN(a, b)        ((a) < (b) ? (a) : (b))
#define PUM_MAX(a, b)        ((a) > (b) ? (a) : (b))
#define PUM_DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))

#endif
