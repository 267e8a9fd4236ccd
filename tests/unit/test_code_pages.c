/* Code pages: contents, protection and the number of mappings that many pieces of code cost. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jit/code_pages.h"

#define N 40000u
#define FAIL(...) (fprintf(stderr, __VA_ARGS__), exit(1))

static uint32_t
count_mappings(uint32_t *writable_and_executable)
{
    FILE *f = fopen("/proc/self/maps", "r");
    char line[512];
    uint32_t n = 0;
    *writable_and_executable = 0;
    while (f && fgets(line, sizeof(line), f)) {
        n++;
        *writable_and_executable += strstr(line, "rwx") != NULL;
    }
    if (f) {
        fclose(f);
    }
    return n;
}

static size_t
size_of(uint32_t i)
{
    return 1 + (size_t)(i * 2654435761u) % (i % 1000 == 999 ? 5000000u : 9000u);
}

int
main(void)
{
    static const uint8_t *loaded[N];
    uint8_t *from = malloc(5000000);
    uint32_t wx;
    if (!from) {
        return 1;
    }
    for (uint32_t i = 0; i < N; i++) {
        memset(from, (int)(i % 251), size_of(i));
        loaded[i] = pum_code_pages_load(from, size_of(i));
        if (!loaded[i]) {
            FAIL("load %u failed\n", i);
        }
        if (i % 3 == 2) { /* holes, to be filled again */
            pum_code_pages_unload(loaded[i - 1], size_of(i - 1));
            loaded[i - 1] = NULL;
        }
    }
    const uint32_t mappings = count_mappings(&wx);
    if (wx != 0 || mappings > N / 10) {
        FAIL("%u mappings, %u of them writable and executable\n", mappings, wx);
    }
    for (uint32_t i = 0; i < N; i++) {
        for (size_t k = 0; loaded[i] && k < size_of(i); k += 97) {
            if (loaded[i][k] != i % 251) {
                FAIL("piece %u changed at %zu\n", i, k);
            }
        }
        if (loaded[i]) {
            pum_code_pages_unload(loaded[i], size_of(i));
        }
    }
    const uint32_t left = count_mappings(&wx);
    if (left > 200) {
        FAIL("%u mappings left\n", left);
    }
    free(from);
    return 0;
}
