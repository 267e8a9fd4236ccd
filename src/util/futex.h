/* Waiting on a 32-bit word. */
#ifndef PUM_UTIL_FUTEX_H
#define PUM_UTIL_FUTEX_H

#include <stdbool.h>
#include <stdint.h>

/* CLOCK_MONOTONIC, nanoseconds. */
uint64_t pum_now_ns(void);
/* Absolute time of a relative Vulkan timeout; UINT64_MAX = never. */
uint64_t pum_deadline_ns(uint64_t timeout_ns);

/* Sleeps while *word == expected, until deadline_ns (CLOCK_MONOTONIC, UINT64_MAX = for ever). False: the deadline has passed.
 * May return true early. Private to the process. */
bool pum_futex_wait(const uint32_t *word, uint32_t expected, uint64_t deadline_ns);
void pum_futex_wake(const uint32_t *word, int count); /* count INT_MAX = all */

#endif
