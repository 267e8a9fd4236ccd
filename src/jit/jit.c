#include "jit/jit.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "util/env.h"
#include "util/log.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pum_jit_compile_fn compile;
static char load_error[200];

static void
load_compiler(void)
{
    char path[PATH_MAX];
    const char *given = pum_env_get()->jit_path;
    if (given) {
        snprintf(path, sizeof(path), "%s", given);
    } else { /* beside the driver */
        Dl_info info;
        if (!dladdr((const void *)(uintptr_t)pum_jit_compile, &info) || !info.dli_fname) {
            return;
        }
        const char *slash = strrchr(info.dli_fname, '/');
        snprintf(path, sizeof(path), "%.*slibpumice_jit.so", slash ? (int)(slash - info.dli_fname) + 1 : 0, info.dli_fname);
    }
    void *lib = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!lib) {
        const char *why = dlerror();
        snprintf(load_error, sizeof(load_error), "cannot load the compiler: %s", why ? why : path);
        pum_log(PUM_LOG_ERROR, "%s", load_error);
        return;
    }
    void *sym = dlsym(lib, "pum_jit_entry");
    memcpy(&compile, &sym, sizeof(compile)); /* C has no cast from an object to a function pointer */
}

enum pum_jit_result
pum_jit_compile(const struct pum_ir_shader *sh, enum pum_isa isa, struct pum_jit_image *out, char *msg)
{
    pthread_once(&once, load_compiler);
    if (!compile) {
        snprintf(msg, 256, "%s", load_error[0] ? load_error : "libpumice_jit.so is missing");
        return PUM_JIT_NO_COMPILER;
    }
    return compile(PUM_JIT_ABI, sh, isa, pum_env_get()->debug, out, msg);
}

bool
pum_jit_load(const struct pum_jit_image *image, struct pum_jit_code *out)
{
    memset(out, 0, sizeof(*out));
    if (image->size_B == 0 || image->text_B % 4096 != 0 || image->text_B > image->size_B + 4095u || image->entry_B >= image->text_B ||
        image->entry_B >= image->size_B || image->size_B > (256u << 20)) {
        return false;
    }
    const size_t pages_B = PUM_ALIGN_UP((size_t)PUM_MAX(image->size_B, image->text_B), (size_t)4096);
    uint8_t *p = mmap(NULL, pages_B, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        return false;
    }
    memcpy(p, image->data, image->size_B);
    if (mprotect(p, image->text_B, PROT_READ | PROT_EXEC) != 0 ||
        (pages_B > image->text_B && mprotect(p + image->text_B, pages_B - image->text_B, PROT_READ) != 0)) {
        munmap(p, pages_B);
        return false;
    }
    const uintptr_t entry = (uintptr_t)p + image->entry_B;
    memcpy(&out->code.run, &entry, sizeof(entry));
    out->pages = p;
    out->pages_B = pages_B;
    return true;
}

void
pum_jit_unload(struct pum_jit_code *code)
{
    if (code->pages) {
        munmap(code->pages, code->pages_B);
        memset(code, 0, sizeof(*code));
    }
}
