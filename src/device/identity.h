/* driverUUID: processes with the same one have the same bytes in shared images, semaphores and fences. */
#ifndef PUM_DEVICE_IDENTITY_H
#define PUM_DEVICE_IDENTITY_H

#include <string.h>

#include "util/hash.h"

#define PUM_UUID_B 16 /* VK_UUID_SIZE */

/* Of a build and the versions of what it shares: a change of any of them is another driver. */
static inline void
pum_driver_uuid(uint64_t build_id, uint64_t layout_abi, uint64_t sync_abi, uint8_t uuid[PUM_UUID_B])
{
    const uint64_t words[3] = {build_id, layout_abi, sync_abi};
    const struct pum_hash128 h = pum_hash(words, sizeof(words));
    memcpy(uuid, &h, PUM_UUID_B);
}

#endif
