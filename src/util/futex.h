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
/* Sleepers of one word that are told apart by bits: wakes up to count of those that share a bit. pum_futex_wake knows no difference. */
void pum_futex_wait_bits(const uint32_t *word, uint32_t expected, uint32_t bits);
void pum_futex_wake_bits(const uint32_t *word, uint32_t bits, int count);
/* Wakes all sleepers of a word in memory that processes share. */
void pum_futex_wake_shared(const uint32_t *word);

#define PUM_FUTEX_WORDS_MAX 128
struct pum_futex_word {
    const uint32_t *word;
    uint32_t expected;
    bool shared; /* between processes */
};
/* Sleeps while all words are as expected. Where the kernel cannot do that (before Linux 5.16) it returns true at least every millisecond. */
bool pum_futex_wait_any(const struct pum_futex_word *words, uint32_t count, uint64_t deadline_ns);
/* Whether the kernel can, as far as is known. */
bool pum_futex_can_wait_any(void);

#endif
