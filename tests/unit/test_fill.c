/* Fills of every element size, length and alignment: all bytes inside, none outside. */
#include <stdbool.h>
#include <stdio.h>

#include "util/fill.h"

enum { ROOM = 3 * 4096 };

int
main(void)
{
    static const uint32_t sizes[] = {1, 2, 3, 4, 6, 8, 12, 16};
    static uint8_t pattern[192], got[ROOM];
    uint32_t seed = 1, failures = 0, strings = 0;
    for (int round = 0; round < 4000 && !failures; round++) {
        const uint32_t element_B = sizes[round % 8];
        seed = seed * 1664525u + 1013904223u;
        const size_t start = 64 + (seed >> 8) % 80, bytes = round % 3 ? (seed >> 16) % 300 : (seed >> 12) % (ROOM - 512);
        for (uint32_t i = 0; i < sizeof(pattern); i++) {
            pattern[i] = (uint8_t)(i % element_B * 37 + round + 1);
        }
        memset(got, 0, sizeof(got));
        pum_fill(got + start, bytes, pattern, sizeof(pattern), element_B);
        for (size_t i = 0; i < ROOM; i++) {
            const bool inside = i >= start && i < start + bytes;
            if (got[i] != (inside ? pattern[(i - start) % element_B] : 0)) {
                printf("element of %u B, %zu B from %zu: byte %zu is %u\n", element_B, bytes, start, i, got[i]);
                failures++;
                break;
            }
        }
        strings += bytes >= PUM_FILL_STRING_B;
    }
    printf("%u long ones\n", strings);
    return failures || strings < 500;
}
