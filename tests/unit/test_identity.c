/* driverUUID: the same for the same build, another one with another build or another version of anything that processes share. */
#include <stdio.h>

#include "device/identity.h"

int
main(void)
{
    uint8_t a[PUM_UUID_B], b[PUM_UUID_B];
    uint32_t same = 0;
    for (uint64_t part = 0; part < 3; part++) {
        for (uint64_t bit = 0; bit < 64; bit++) {
            const uint64_t x = UINT64_C(1) << bit;
            pum_driver_uuid(0x1234567890abcdef, 1, 1, a);
            pum_driver_uuid(0x1234567890abcdef ^ (part == 0 ? x : 0), 1 ^ (part == 1 ? x : 0), 1 ^ (part == 2 ? x : 0), b);
            same += memcmp(a, b, sizeof(a)) == 0;
        }
    }
    pum_driver_uuid(0x1234567890abcdef, 1, 1, b);
    if (same || memcmp(a, b, sizeof(a)) != 0) {
        printf("%u changes make no difference\n", same);
        return 1;
    }
    return 0;
}
