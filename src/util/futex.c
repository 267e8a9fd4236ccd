#include "util/futex.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

uint64_t
pum_now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t
pum_deadline_ns(uint64_t timeout_ns)
{
    const uint64_t now = pum_now_ns();
    return timeout_ns > UINT64_MAX - now ? UINT64_MAX : now + timeout_ns;
}

bool
pum_futex_wait(const uint32_t *word, uint32_t expected, uint64_t deadline_ns)
{
    struct timespec ts, *at = NULL;
    if (deadline_ns != UINT64_MAX) {
        ts = (struct timespec){(time_t)(deadline_ns / 1000000000u), (long)(deadline_ns % 1000000000u)};
        at = &ts;
    }
    /* WAIT_BITSET takes an absolute time. */
    const long r = syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, expected, at, NULL, FUTEX_BITSET_MATCH_ANY);
    return !(r == -1 && errno == ETIMEDOUT);
}

void
pum_futex_wake(const uint32_t *word, int count)
{
    syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, count, NULL, NULL, 0);
}

void
pum_futex_wait_bits(const uint32_t *word, uint32_t expected, uint32_t bits)
{
    syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, expected, NULL, NULL, bits);
}

void
pum_futex_wake_bits(const uint32_t *word, uint32_t bits, int count)
{
    syscall(SYS_futex, word, FUTEX_WAKE_BITSET | FUTEX_PRIVATE_FLAG, count, NULL, NULL, bits);
}

void
pum_futex_wake_shared(const uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static uint32_t no_waitv; /* atomic: found missing or denied */

bool
pum_futex_can_wait_any(void)
{
#ifdef SYS_futex_waitv
    return !__atomic_load_n(&no_waitv, __ATOMIC_RELAXED);
#else
    return false;
#endif
}

bool
pum_futex_wait_any(const struct pum_futex_word *words, uint32_t count, uint64_t deadline_ns)
{
#ifdef SYS_futex_waitv
    if (pum_futex_can_wait_any()) {
        struct futex_waitv v[PUM_FUTEX_WORDS_MAX] = {0};
        const uint32_t n = count < PUM_FUTEX_WORDS_MAX ? count : PUM_FUTEX_WORDS_MAX;
        for (uint32_t i = 0; i < n; i++) {
            v[i].val = words[i].expected;
            v[i].uaddr = (uintptr_t)words[i].word;
            v[i].flags = FUTEX_32 | (words[i].shared ? 0 : FUTEX_PRIVATE_FLAG);
        }
        struct timespec ts, *at = NULL;
        if (deadline_ns != UINT64_MAX) {
            ts = (struct timespec){(time_t)(deadline_ns / 1000000000u), (long)(deadline_ns % 1000000000u)};
            at = &ts;
        }
        const long r = syscall(SYS_futex_waitv, v, n, 0, at, CLOCK_MONOTONIC);
        if (r >= 0 || errno == EAGAIN || errno == EINTR) {
            return true;
        }
        if (errno == ETIMEDOUT) {
            return false;
        }
        __atomic_store_n(&no_waitv, 1, __ATOMIC_RELAXED);
    }
#endif
    const uint64_t soon_ns = pum_now_ns() + 1000000;
    (void)count;
    pum_futex_wait(words[0].word, words[0].expected, soon_ns < deadline_ns ? soon_ns : deadline_ns);
    return pum_now_ns() < deadline_ns;
}
