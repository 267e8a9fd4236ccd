/* The other function of libpumice_jit.so: machine code as text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <llvm-c/Disassembler.h>

#include "jit/cg.h"
#include "jit/jit.h"

PUM_EXPORT char *pum_jit_disassemble_entry(uint32_t abi, const uint8_t *code, size_t size_B);

char *
pum_jit_disassemble_entry(uint32_t abi, const uint8_t *code, size_t size_B)
{
    if (abi != PUM_JIT_ABI) {
        return NULL;
    }
    cg_init_llvm();
    LLVMDisasmContextRef d = LLVMCreateDisasmCPUFeatures("x86_64-unknown-linux-gnu", "x86-64-v4", "", NULL, 0, NULL, NULL);
    uint8_t *copy = d ? malloc(size_B + 1) : NULL; /* it wants bytes that are not constant */
    char *text = NULL;
    size_t text_B = 0;
    FILE *f = copy ? open_memstream(&text, &text_B) : NULL;
    if (f) {
        memcpy(copy, code, size_B);
        for (size_t at = 0; at < size_B;) {
            char line[256];
            const size_t n = LLVMDisasmInstruction(d, copy + at, size_B - at, at, line, sizeof(line));
            if (n) {
                fprintf(f, "%6zx:%s\n", at, line);
            } else {
                fprintf(f, "%6zx:\t.byte\t0x%02x\n", at, copy[at]);
            }
            at += n ? n : 1;
        }
        if (fclose(f) != 0) {
            free(text);
            text = NULL;
        }
    }
    free(copy);
    if (d) {
        LLVMDisasmDispose(d);
    }
    return text;
}
