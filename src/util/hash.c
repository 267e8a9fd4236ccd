#include "util/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

struct pum_hash128
pum_hash(const void *data, size_t size_B)
{
    const XXH128_hash_t h = XXH3_128bits(data, size_B);
    return (struct pum_hash128){h.low64, h.high64};
}

struct pum_hash128
pum_hash_combine(struct pum_hash128 a, struct pum_hash128 b)
{
    const uint64_t words[4] = {a.lo, a.hi, b.lo, b.hi};
    return pum_hash(words, sizeof(words));
}
