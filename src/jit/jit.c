#include "jit/jit.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jit/code_pages.h"
#include "jit/gdb.h"
#include "util/build_id.h"
#include "util/env.h"
#include "util/log.h"

#define MAX_IMAGE_B (256u << 20)
#define PAGE_B 4096u

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pum_jit_compile_fn compile;
static pum_jit_disassemble_fn disassemble;
static char load_error[256];

static bool
find_compiler(char path[PATH_MAX])
{
    const char *given = pum_env_get()->jit_path;
    if (given) {
        snprintf(path, PATH_MAX, "%s", given);
        return true;
    }
    Dl_info info; /* beside the driver */
    if (!dladdr((const void *)(uintptr_t)pum_jit_compile, &info) || !info.dli_fname) {
        return false;
    }
    const char *slash = strrchr(info.dli_fname, '/');
    snprintf(path, PATH_MAX, "%.*slibpumice_jit.so", slash ? (int)(slash - info.dli_fname) + 1 : 0, info.dli_fname);
    return true;
}

uint64_t
pum_jit_build_id(void)
{
    char path[PATH_MAX];
    return find_compiler(path) ? pum_build_id_of_file(path) : 0;
}

static void
load_compiler(void)
{
    char path[PATH_MAX];
    if (!find_compiler(path)) {
        return;
    }
    void *lib = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *sym = lib ? dlsym(lib, "pum_jit_entry") : NULL, *other = lib ? dlsym(lib, "pum_jit_disassemble_entry") : NULL;
    if (!sym || !other) {
        const char *why = dlerror();
        snprintf(load_error, sizeof(load_error), "cannot load the compiler: %.200s", why ? why : "unknown reason");
        pum_log(PUM_LOG_ERROR, "%s", load_error);
        return;
    }
    memcpy(&disassemble, &other, sizeof(disassemble));
    memcpy(&compile, &sym, sizeof(compile)); /* C has no cast from an object to a function pointer */
}

static struct pum_hash128
image_hash(const struct pum_jit_image *image)
{
    const uint32_t words[6] = {PUM_JIT_ABI, image->size_B, image->text_B, image->entry_B, image->scratch_B, image->isa};
    return pum_hash_combine(pum_hash(words, sizeof(words)), pum_hash(image->data, image->size_B));
}

static bool
image_well_formed(const struct pum_jit_image *image)
{
    if (!image->data || image->size_B == 0 || image->size_B > MAX_IMAGE_B || image->text_B == 0 || image->text_B % PAGE_B != 0 ||
        image->text_B > PUM_ALIGN_UP(image->size_B, PAGE_B) || image->entry_B >= PUM_MIN(image->text_B, image->size_B) ||
        image->isa >= PUM_ISA_COUNT) {
        return false;
    }
    const struct pum_hash128 h = image_hash(image);
    return h.lo == image->hash.lo && h.hi == image->hash.hi;
}

enum pum_jit_result
pum_jit_compile(const struct pum_ir_shader *sh, enum pum_isa isa, struct pum_jit_image *out, char *msg)
{
    memset(out, 0, sizeof(*out));
    msg[0] = 0;
    pthread_once(&once, load_compiler);
    if (!compile) {
        snprintf(msg, 256, "%s", load_error[0] ? load_error : "libpumice_jit.so is missing");
        return PUM_JIT_NO_COMPILER;
    }
    const enum pum_jit_result result = compile(PUM_JIT_ABI, sh, isa, pum_env_get()->debug, out, msg);
    if (result == PUM_JIT_OK) {
        out->isa = (uint32_t)isa;
        out->hash = image_hash(out);
    }
    return result;
}

void
pum_jit_image_free(struct pum_jit_image *image)
{
    free(image->data);
    free(image->object);
    memset(image, 0, sizeof(*image));
}

/* ---- bytes ---- */

struct header { /* little endian, as everything here */
    char magic[4];
    uint32_t abi;
    uint32_t size_B, text_B, entry_B, scratch_B, isa, zero;
    uint64_t hash[2];
};

size_t
pum_jit_image_bytes(const struct pum_jit_image *image)
{
    return sizeof(struct header) + image->size_B;
}

void
pum_jit_image_write(const struct pum_jit_image *image, void *to)
{
    const struct header h = {{'P', 'J', 'I', 'T'}, PUM_JIT_ABI, image->size_B, image->text_B, image->entry_B, image->scratch_B,
                             image->isa,           0,           {image->hash.lo, image->hash.hi}};
    memcpy(to, &h, sizeof(h));
    memcpy((uint8_t *)to + sizeof(h), image->data, image->size_B);
}

bool
pum_jit_image_read(struct pum_jit_image *out, const void *from, size_t size_B)
{
    struct header h;
    memset(out, 0, sizeof(*out));
    if (size_B < sizeof(h)) {
        return false;
    }
    memcpy(&h, from, sizeof(h));
    if (memcmp(h.magic, "PJIT", 4) != 0 || h.abi != PUM_JIT_ABI || h.zero != 0 || h.size_B > MAX_IMAGE_B || h.size_B != size_B - sizeof(h)) {
        return false;
    }
    struct pum_jit_image image = {.size_B = h.size_B, .text_B = h.text_B, .entry_B = h.entry_B, .scratch_B = h.scratch_B, .isa = h.isa,
                                  .hash = {h.hash[0], h.hash[1]}};
    image.data = malloc(h.size_B ? h.size_B : 1);
    if (!image.data) {
        return false;
    }
    memcpy(image.data, (const uint8_t *)from + sizeof(h), h.size_B);
    if (!image_well_formed(&image)) {
        free(image.data);
        return false;
    }
    *out = image;
    return true;
}

/* ---- execution ---- */

bool
pum_jit_load(const struct pum_jit_image *image, struct pum_jit_code *out)
{
    memset(out, 0, sizeof(*out));
    if (!image_well_formed(image) || image->isa > (uint32_t)pum_cpu_isa()) {
        return false;
    }
    const uint8_t *p = pum_code_pages_load(image->data, image->size_B);
    if (!p) {
        return false;
    }
    const uintptr_t entry = (uintptr_t)p + image->entry_B;
    memcpy(&out->code.run, &entry, sizeof(entry));
    out->pages = p;
    out->size_B = image->size_B;
    out->gdb = image->object ? pum_gdb_add(image->object, image->object_B, p) : NULL;
    out->text_B = image->text_B;
    out->entry_B = image->entry_B;
    return true;
}

struct pum_jit_image
pum_jit_image_of(const struct pum_jit_code *code, uint32_t scratch_B, enum pum_isa isa)
{
    struct pum_jit_image image = {.size_B = (uint32_t)code->size_B, .text_B = code->text_B, .entry_B = code->entry_B, .scratch_B = scratch_B,
                                  .isa = (uint32_t)isa};
    memcpy(&image.data, &code->pages, sizeof(image.data)); /* nobody writes through it */
    image.hash = image_hash(&image);
    return image;
}

void
pum_jit_unload(struct pum_jit_code *code)
{
    if (code->gdb) {
        pum_gdb_remove(code->gdb);
        pum_code_pages_retire(code->pages, code->size_B);
    } else if (code->pages) {
        pum_code_pages_unload(code->pages, code->size_B);
    }
    memset(code, 0, sizeof(*code));
}

size_t
pum_jit_code_B(const struct pum_jit_code *code)
{
    size_t n = PUM_MIN((size_t)code->text_B, code->size_B);
    while (n && code->pages[n - 1] == 0) {
        n--;
    }
    return n;
}

char *
pum_jit_disassemble(const struct pum_jit_code *code)
{
    pthread_once(&once, load_compiler);
    return disassemble ? disassemble(PUM_JIT_ABI, code->pages, pum_jit_code_B(code)) : NULL;
}
