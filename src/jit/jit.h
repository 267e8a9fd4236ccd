/* Machine code for shaders: compile (needs libpumice_jit.so and LLVM, loaded at the first compile), keep as bytes, load (needs neither).
 *
 * A compiled shader is a flat, position-independent image: code pages, then read-only data, no symbols, no relocations. Pages are
 * written, then made executable; never both at once. The hash finds damaged images, it is no protection against forged ones: whoever
 * can write the bytes of a pipeline cache decides what runs, as with any driver.
 */
#ifndef PUM_JIT_JIT_H
#define PUM_JIT_JIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/shader_abi.h"
#include "ir/ir.h"
#include "util/compiler.h"
#include "util/cpu.h"
#include "util/hash.h"

struct pum_jit_image { /* malloc'd bytes */
    uint8_t *data;
    uint32_t size_B;
    uint32_t text_B;  /* multiple of 4096: pages before it are code */
    uint32_t entry_B; /* offset of the function */
    uint32_t scratch_B; /* what args.scratch must hold */
    uint32_t isa;     /* enum pum_isa it was made for */
    struct pum_hash128 hash; /* of all of the above */
    uint8_t *object; /* for debuggers, of shaders with a name: ELF, sections at their offsets in data. NULL: none. Not part of the bytes below */
    size_t object_B;
};

enum pum_jit_result { PUM_JIT_OK, PUM_JIT_NO_COMPILER, PUM_JIT_OOM, PUM_JIT_FAILED };

/* What libpumice_jit.so exports, beside pum_jit_disassemble_fn. msg (256 bytes) gets a reason when it fails. Thread-safe, and parallel. */
#define PUM_JIT_ABI 6
typedef enum pum_jit_result (*pum_jit_compile_fn)(uint32_t abi, const struct pum_ir_shader *sh, enum pum_isa isa, uint32_t debug,
                                                  struct pum_jit_image *out, char *msg);
/* sh: optimised, with shapes (pum_ir_pass_uniformity was the last pass). On failure out->data is NULL. */
enum pum_jit_result pum_jit_compile(const struct pum_ir_shader *sh, enum pum_isa isa, struct pum_jit_image *out, char *msg) PUM_MUST_CHECK;
void pum_jit_image_free(struct pum_jit_image *image);

/* Changes with the compiler's build; 0: it is missing. Loads nothing. */
uint64_t pum_jit_build_id(void);

/* Bytes for a cache. Size needed by write; write fills exactly that many. */
size_t pum_jit_image_bytes(const struct pum_jit_image *image);
void pum_jit_image_write(const struct pum_jit_image *image, void *to);
/* Makes an image of its own from untrusted bytes. False: damaged, of another version, or out of memory. */
bool pum_jit_image_read(struct pum_jit_image *out, const void *from, size_t size_B) PUM_MUST_CHECK;

struct pum_jit_code { /* Thread-safety: constant */
    struct pum_shader_code code;
    const uint8_t *pages; /* of code_pages.h */
    size_t size_B;
    uint32_t text_B, entry_B;
    struct pum_gdb_entry *gdb; /* of gdb.h; NULL: nobody was told */
};
/* Maps an image. False: out of memory, made for a better CPU than this, or not well formed. */
bool pum_jit_load(const struct pum_jit_image *image, struct pum_jit_code *out) PUM_MUST_CHECK;
/* The image again, of the code's own bytes: not to be freed, valid as long as the code. scratch_B, isa: as it had them. */
struct pum_jit_image pum_jit_image_of(const struct pum_jit_code *code, uint32_t scratch_B, enum pum_isa isa);
void pum_jit_unload(struct pum_jit_code *code);
size_t pum_jit_code_B(const struct pum_jit_code *code); /* without the rest of the last page */
char *pum_jit_disassemble(const struct pum_jit_code *code); /* text, malloc'd; NULL: the compiler is missing, or memory */
typedef char *(*pum_jit_disassemble_fn)(uint32_t abi, const uint8_t *code, size_t size_B);

#endif
