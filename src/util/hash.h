/* 128-bit content hashes (XXH3) for cache keys. Not for security. */
#ifndef PUM_UTIL_HASH_H
#define PUM_UTIL_HASH_H

#include <stddef.h>
#include <stdint.h>

struct pum_hash128 {
    uint64_t lo, hi;
};

struct pum_hash128 pum_hash(const void *data, size_t size_B);
/* Order-dependent combination. */
struct pum_hash128 pum_hash_combine(struct pum_hash128 a, struct pum_hash128 b);

#endif
