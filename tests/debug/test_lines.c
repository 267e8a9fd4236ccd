/* Lines of modules: those of real compilers, and what damaged modules say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spirv/unified1/spirv.h>

#include "ir/lines.h"
#include "spirv/spirv.h"

#include "lines_comp.h"
#include "lines_frag.h"

#define FAIL(...) (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), exit(1))

/* The line of the first instruction `op` of the module's functions. */
static uint32_t
line_of(const struct pum_ir_lines *l, const uint32_t *w, size_t n, uint32_t op)
{
    for (size_t i = 5; i < n; i += w[i] >> 16) {
        if ((w[i] & 0xffff) == op) {
            const struct pum_ir_line *at = pum_ir_line_of(l, (uint32_t)i);
            return at ? at->line : 0;
        }
    }
    return 0;
}

static void
known(const char *name, const uint32_t *w, size_t n, const char *text, uint32_t op, uint32_t line, uint32_t op2, uint32_t line2)
{
    struct pum_ir_lines *l = pum_spirv_lines(w, n);
    if (!l || l->n_files < 1 || !strstr(l->files[0].name, name)) {
        FAIL("%s: file '%s'", name, l && l->n_files ? l->files[0].name : "");
    }
    if (!l->files[0].text || !strstr(l->files[0].text, text)) {
        FAIL("%s: no text", name);
    }
    if (!l->n_functions || strcmp(l->functions[0].name, "main") != 0) {
        FAIL("%s: function '%s'", name, l->n_functions ? l->functions[0].name : "");
    }
    const uint32_t got = line_of(l, w, n, op), got2 = line_of(l, w, n, op2);
    if (got != line || got2 != line2) {
        FAIL("%s: lines %u, %u, not %u, %u", name, got, got2, line, line2);
    }
    free(l);
}

static void
damaged(const uint32_t *w, size_t n)
{
    uint32_t *copy = malloc(n * 4), seed = 1;
    if (!copy) {
        exit(77);
    }
    for (uint32_t round = 0; round < 3000; round++) {
        memcpy(copy, w, n * 4);
        for (uint32_t k = 0; k <= round % 5; k++) {
            seed = seed * 1664525u + 1013904223u;
            const uint32_t at = (seed >> 8) % n;
            seed = seed * 1664525u + 1013904223u;
            copy[at] = k & 1 ? seed : copy[at] ^ (1u << (seed >> 27));
        }
        const size_t cut = round % 3 ? n : (seed >> 4) % (n + 1);
        struct pum_ir_lines *l = pum_spirv_lines(copy, cut);
        for (uint32_t i = 0; l && i < l->n_lines; i++) {
            if (l->lines[i].file >= l->n_files || (i && l->lines[i].loc <= l->lines[i - 1].loc)) {
                FAIL("round %u: line %u is not in order", round, i);
            }
        }
        for (uint32_t i = 0; l && i < l->n_functions; i++) {
            if (l->functions[i].end < l->functions[i].begin || strlen(l->functions[i].name) > n * 4) {
                FAIL("round %u: function %u", round, i);
            }
        }
        for (uint32_t i = 0; l && i < l->n_files; i++) {
            if (strlen(l->files[i].name) > n * 4 || (l->files[i].text && strlen(l->files[i].text) > n * 4)) {
                FAIL("round %u: file %u has no end", round, i);
            }
        }
        free(l);
    }
    free(copy);
}

int
main(void)
{
    const size_t n_frag = sizeof(lines_frag) / 4, n_comp = sizeof(lines_comp) / 4;
    known("lines.frag", lines_frag, n_frag, "float grey = dot(", SpvOpDot, 7, SpvOpFOrdGreaterThan, 14);
    known("lines.comp", lines_comp, n_comp, "sums[i] = data[", SpvOpControlBarrier, 10, SpvOpUMod, 12);
    damaged(lines_frag, n_frag);
    damaged(lines_comp, n_comp);
    puts("lines: passed");
    return 0;
}
