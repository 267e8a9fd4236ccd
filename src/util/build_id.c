#include "util/build_id.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/compiler.h"
#include "util/hash.h"

#define HEAD_B 4096u

/* The hash of the build-id note among `size_B` bytes of notes, or 0. */
static uint64_t
find_note(const uint8_t *notes, size_t size_B)
{
    for (size_t at = 0; size_B - at >= sizeof(Elf64_Nhdr);) {
        Elf64_Nhdr n;
        memcpy(&n, notes + at, sizeof(n));
        at += sizeof(n);
        const size_t name_B = PUM_ALIGN_UP((size_t)n.n_namesz, (size_t)4), desc_B = PUM_ALIGN_UP((size_t)n.n_descsz, (size_t)4);
        if (name_B > size_B - at || desc_B > size_B - at - name_B) {
            return 0;
        }
        if (n.n_type == NT_GNU_BUILD_ID && n.n_namesz == 4 && memcmp(notes + at, "GNU", 4) == 0 && n.n_descsz) {
            return pum_hash(notes + at + name_B, n.n_descsz).lo;
        }
        at += name_B + desc_B;
    }
    return 0;
}

/* From the file's first bytes, where linkers put headers and notes: one read. */
static uint64_t
note_of(int fd)
{
    PUM_ALIGNED(8) uint8_t head[HEAD_B];
    Elf64_Ehdr eh;
    const ssize_t have = pread(fd, head, sizeof(head), 0);
    if (have < (ssize_t)sizeof(eh)) {
        return 0;
    }
    memcpy(&eh, head, sizeof(eh));
    if (memcmp(eh.e_ident, ELFMAG, SELFMAG) != 0 || eh.e_ident[EI_CLASS] != ELFCLASS64 || eh.e_phentsize != sizeof(Elf64_Phdr)) {
        return 0;
    }
    const uint64_t size_B = (uint64_t)have;
    uint64_t id = 0;
    for (uint32_t i = 0; i < eh.e_phnum && !id && eh.e_phoff <= size_B && (i + 1) * sizeof(Elf64_Phdr) <= size_B - eh.e_phoff; i++) {
        Elf64_Phdr ph;
        memcpy(&ph, head + eh.e_phoff + i * sizeof(ph), sizeof(ph));
        if (ph.p_type == PT_NOTE && ph.p_offset <= size_B && ph.p_filesz <= size_B - ph.p_offset) {
            id = find_note(head + ph.p_offset, ph.p_filesz);
        }
    }
    return id;
}

uint64_t
pum_build_id_of_file(const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0) {
        return 0;
    }
    uint64_t id = note_of(fd);
    if (!id && fstat(fd, &st) == 0) {
        const uint64_t words[4] = {(uint64_t)st.st_size, (uint64_t)st.st_mtim.tv_sec, (uint64_t)st.st_mtim.tv_nsec, (uint64_t)st.st_ino};
        id = pum_hash(words, sizeof(words)).lo;
    }
    close(fd);
    return id;
}

struct image_search {
    uintptr_t code;
    uint64_t id;
};

static int
visit_image(struct dl_phdr_info *info, size_t size_B, void *arg)
{
    (void)size_B;
    struct image_search *s = arg;
    bool inside = false;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        inside = inside || (p->p_type == PT_LOAD && s->code - (info->dlpi_addr + p->p_vaddr) < p->p_memsz);
    }
    for (int i = 0; inside && i < info->dlpi_phnum && !s->id; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        s->id = p->p_type == PT_NOTE ? find_note((const uint8_t *)(info->dlpi_addr + p->p_vaddr), p->p_memsz) : 0;
    }
    if (inside && !s->id) {
        struct pum_hash128 all = {0, 0};
        for (int i = 0; i < info->dlpi_phnum; i++) {
            const ElfW(Phdr) *p = &info->dlpi_phdr[i];
            if (p->p_type == PT_LOAD && (p->p_flags & (PF_R | PF_W)) == PF_R) {
                all = pum_hash_combine(all, pum_hash((const void *)(info->dlpi_addr + p->p_vaddr), p->p_memsz));
            }
        }
        s->id = all.lo;
    }
    return inside;
}

uint64_t
pum_build_id_of_code(const void *code)
{
    struct image_search s = {.code = (uintptr_t)code};
    dl_iterate_phdr(visit_image, &s);
    return s.id;
}
