/* Every request of the driver's own to the system fails in turn: malloc and its kin, mmap, mprotect, memfd_create, pthread_create. This
 * program defines these functions itself, before the C library, and refuses by the caller's address; LLVM and the loader, which do not
 * survive that, are left alone. Errors must come out as codes, and nothing may be left mapped. */
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sweep_scene.h"

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t align, size_t size);

static long countdown; /* 0: nothing fails */
static uintptr_t text[2][2]; /* of the driver and of its compiler, first and last address */

static bool
fails(const void *caller)
{
    const uintptr_t at = (uintptr_t)caller;
    for (int i = 0; i < 2; i++) {
        if (at >= text[i][0] && at < text[i][1]) {
            return __atomic_load_n(&countdown, __ATOMIC_RELAXED) > 0 && __atomic_sub_fetch(&countdown, 1, __ATOMIC_RELAXED) == 0;
        }
    }
    return false;
}
#define FAILS fails(__builtin_return_address(0))

__attribute__((visibility("default"))) void *
malloc(size_t size)
{
    return FAILS ? NULL : __libc_malloc(size);
}

__attribute__((visibility("default"))) void *
calloc(size_t n, size_t size)
{
    return FAILS ? NULL : __libc_calloc(n, size);
}

__attribute__((visibility("default"))) void *
realloc(void *p, size_t size)
{
    return FAILS ? NULL : __libc_realloc(p, size);
}

__attribute__((visibility("default"))) void *
aligned_alloc(size_t align, size_t size)
{
    return FAILS ? NULL : __libc_memalign(align, size);
}

#define REAL(name, result, args)                                                                                       \
    static result(*real) args;                                                                                         \
    if (!real) {                                                                                                       \
        void *found = dlsym(RTLD_NEXT, name);                                                                          \
        memcpy(&real, &found, sizeof(real));                                                                           \
    }

__attribute__((visibility("default"))) void *
mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset)
{
    if (FAILS) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    REAL("mmap", void *, (void *, size_t, int, int, int, off_t))
    return real(at, size, prot, flags, fd, offset);
}

__attribute__((visibility("default"))) int
mprotect(void *at, size_t size, int prot)
{
    if (FAILS) {
        errno = ENOMEM;
        return -1;
    }
    REAL("mprotect", int, (void *, size_t, int))
    return real(at, size, prot);
}

__attribute__((visibility("default"))) int
memfd_create(const char *name, unsigned flags)
{
    if (FAILS) {
        errno = ENFILE;
        return -1;
    }
    REAL("memfd_create", int, (const char *, unsigned))
    return real(name, flags);
}

__attribute__((visibility("default"))) int
pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg)
{
    if (FAILS) {
        return EAGAIN;
    }
    REAL("pthread_create", int, (pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))
    return real(thread, attr, fn, arg);
}

/* The compiler's file holds LLVM, too; its own functions lie together. Narrows text[1], which begins with the file's mapping. */
static void
narrow_compiler(const char *path)
{
    const int fd = open(path, O_RDONLY);
    struct stat st;
    const uint8_t *file = fd >= 0 && fstat(fd, &st) == 0 ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    if (file == MAP_FAILED) {
        return;
    }
    const Elf64_Ehdr *eh = (const void *)file;
    const Elf64_Shdr *sh = (const void *)(file + eh->e_shoff);
    uintptr_t first = UINTPTR_MAX, last = 0;
    for (int i = 0; i < eh->e_shnum; i++) {
        const Elf64_Sym *sym = (const void *)(file + sh[i].sh_offset);
        const char *names = (const char *)(file + sh[sh[i].sh_link].sh_offset);
        for (uint64_t s = 0; sh[i].sh_type == SHT_SYMTAB && s < sh[i].sh_size / sizeof(*sym); s++) {
            const char *name = names + sym[s].st_name;
            if (ELF64_ST_TYPE(sym[s].st_info) == STT_FUNC && (strncmp(name, "pum_", 4) == 0 || strncmp(name, "cg_", 3) == 0) && !strchr(name, '.')) {
                first = sym[s].st_value < first ? sym[s].st_value : first;
                last = sym[s].st_value + sym[s].st_size > last ? sym[s].st_value + sym[s].st_size : last;
            }
        }
    }
    if (last) {
        text[1][1] = text[1][0] + last;
        text[1][0] += first;
    }
    munmap((void *)(uintptr_t)file, (size_t)st.st_size);
    close(fd);
}

/* Where the library lies now; without allocating. */
static void
find_text(void)
{
    static char maps[1 << 20];
    const int fd = open("/proc/self/maps", O_RDONLY);
    size_t n = 0;
    for (ssize_t got; fd >= 0 && n < sizeof(maps) - 1 && (got = read(fd, maps + n, sizeof(maps) - 1 - n)) > 0;) {
        n += (size_t)got;
    }
    if (fd >= 0) {
        close(fd);
    }
    maps[n] = 0;
    static const char *const names[2] = {"libvulkan_pumice.so", "libpumice_jit.so"};
    for (char *line = maps; *line;) {
        char *end = strchr(line, '\n');
        if (!end) {
            break;
        }
        *end = 0;
        for (int i = 0; i < 2; i++) {
            unsigned long a, b;
            if (strstr(line, names[i]) && sscanf(line, "%lx-%lx", &a, &b) == 2) {
                text[i][0] = text[i][0] && text[i][0] < a ? text[i][0] : a;
                text[i][1] = text[i][1] > b ? text[i][1] : b;
            }
        }
        line = end + 1;
    }
}

/* The C library keeps stacks and heaps of threads that have ended, so address space says little. */
static long
mappings(void)
{
    FILE *f = fopen("/proc/self/maps", "r");
    long n = 0;
    for (int c; f && (c = fgetc(f)) != EOF;) {
        n += c == '\n';
    }
    if (f) {
        fclose(f);
    }
    return n;
}

int
main(int argc, char **argv)
{
    const char *where;
    for (int i = 1; i < argc; i++) { /* stay loaded, so that addresses are known and the sweep is short */
        if (!dlopen(argv[i], RTLD_NOW | RTLD_LOCAL)) {
            fprintf(stderr, "%s\n", dlerror());
            return 1;
        }
    }
    if (sweep_scene(NULL, &where) != VK_SUCCESS) {
        fprintf(stderr, "%s failed without being made to\n", where);
        return 1;
    }
    find_text();
    if (argc > 2) {
        narrow_compiler(argv[2]);
    }
    if (!text[0][0]) {
        puts("this is another driver");
        return 77;
    }
    long before = 0;
    for (long n = 1;; n++) {
        countdown = n;
        const VkResult r = sweep_scene(NULL, &where);
        const bool reached = countdown <= 0;
        countdown = 0;
        if (r == VK_ERROR_VALIDATION_FAILED_EXT || (r == VK_SUCCESS && !reached && n < 20)) {
            fprintf(stderr, "request %ld: result %d (%s)\n", n, r, where);
            return 1;
        }
        before = n == 40 ? mappings() : before;
        if (!reached) {
            const long more = mappings() - before;
            printf("%ld requests failed in turn, %ld mappings more than after the first 40\n", n - 1, more);
            return r == VK_SUCCESS && more < 40 ? 0 : 1;
        }
    }
}
