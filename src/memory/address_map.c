#include "memory/address_map.h"

#include <stdlib.h>
#include <string.h>

#include "util/arena.h"

/* Index of the first range that begins after the address. Locked. */
static uint32_t
after(const struct pum_device_base *dev, uint64_t address)
{
    uint32_t lo = 0, hi = dev->n_ranges;
    while (lo < hi) {
        const uint32_t mid = lo + (hi - lo) / 2;
        if (dev->ranges[mid].base <= address) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

bool
pum_address_map_add(struct pum_device_base *dev, const void *base, uint64_t size_B, const struct pum_sparse_pages *sparse)
{
    const uint64_t address = (uintptr_t)base;
    pthread_rwlock_wrlock(&dev->ranges_lock);
    const bool ok = pum_grow((void **)&dev->ranges, &dev->cap_ranges, dev->n_ranges + 1, sizeof(dev->ranges[0]));
    if (ok) {
        const uint32_t at = after(dev, address);
        const struct pum_address_range *before = at ? &dev->ranges[at - 1] : NULL, *next = at < dev->n_ranges ? &dev->ranges[at] : NULL;
        dev->ranges_overlap = dev->ranges_overlap || (before && address - before->base < before->size_B) || (next && next->base - address < size_B);
        memmove(&dev->ranges[at + 1], &dev->ranges[at], (dev->n_ranges - at) * sizeof(dev->ranges[0]));
        dev->ranges[at] = (struct pum_address_range){address, size_B, sparse};
        dev->n_ranges++;
    }
    pthread_rwlock_unlock(&dev->ranges_lock);
    return ok;
}

bool
pum_address_map_remove(struct pum_device_base *dev, const void *base, uint64_t size_B)
{
    bool found = false;
    pthread_rwlock_wrlock(&dev->ranges_lock);
    for (uint32_t i = after(dev, (uintptr_t)base); i > 0 && dev->ranges[i - 1].base == (uintptr_t)base; i--) {
        if (dev->ranges[i - 1].size_B == size_B) {
            found = true;
            dev->n_ranges--;
            memmove(&dev->ranges[i - 1], &dev->ranges[i], (dev->n_ranges - (i - 1)) * sizeof(dev->ranges[0]));
            break;
        }
    }
    pthread_rwlock_unlock(&dev->ranges_lock);
    return found;
}

/* Pages of the application may stand in several ranges, which then overlap: the one that reaches furthest counts. */
uint64_t
pum_address_room_B(struct pum_device_base *dev, uint64_t address, const struct pum_sparse_pages **sparse)
{
    uint64_t room_B = 0;
    pthread_rwlock_rdlock(&dev->ranges_lock);
    for (uint32_t i = after(dev, address); i > 0; i--) {
        const struct pum_address_range *r = &dev->ranges[i - 1];
        const uint64_t at_B = address - r->base;
        if (at_B < r->size_B && r->size_B - at_B > room_B) {
            room_B = r->size_B - at_B;
            if (sparse) {
                *sparse = r->sparse;
            }
        }
        if (!dev->ranges_overlap) {
            break;
        }
    }
    pthread_rwlock_unlock(&dev->ranges_lock);
    return room_B;
}

void
pum_address_map_finish(struct pum_device_base *dev)
{
    free(dev->ranges);
    pthread_rwlock_destroy(&dev->ranges_lock);
}
