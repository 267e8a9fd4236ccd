#include "jit/gdb.h"

#include <elf.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "util/compiler.h"

/* The interface: a debugger puts a breakpoint into the function and then reads the descriptor. Names and layout are given. */
enum { JIT_NOACTION, JIT_REGISTER_FN, JIT_UNREGISTER_FN };

struct pum_gdb_entry {
    struct pum_gdb_entry *next, *prev;
    const uint8_t *symfile;
    uint64_t symfile_B;
};

struct jit_descriptor {
    uint32_t version, action;
    struct pum_gdb_entry *relevant, *first;
};

extern struct jit_descriptor __jit_debug_descriptor;
void __jit_debug_register_code(void);

struct jit_descriptor __jit_debug_descriptor = {.version = 1};

PUM_NOINLINE void
__jit_debug_register_code(void)
{
    __asm__ volatile("" ::: "memory");
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void
tell(struct pum_gdb_entry *e, uint32_t action)
{
    __jit_debug_descriptor.relevant = e;
    __jit_debug_descriptor.action = action;
    __jit_debug_register_code();
    __jit_debug_descriptor.action = JIT_NOACTION;
}

struct pum_gdb_entry *
pum_gdb_add(const uint8_t *object, size_t object_B, const uint8_t *base)
{
    struct pum_gdb_entry *e = malloc(sizeof(*e) + object_B);
    if (!e) {
        return NULL;
    }
    uint8_t *copy = (uint8_t *)(e + 1);
    memcpy(copy, object, object_B);
    const Elf64_Ehdr *eh = (const void *)copy;
    Elf64_Shdr *sh = (void *)(copy + eh->e_shoff);
    for (int i = 0; i < eh->e_shnum; i++) {
        if (sh[i].sh_flags & SHF_ALLOC) {
            sh[i].sh_addr += (uintptr_t)base;
        }
    }
    *e = (struct pum_gdb_entry){.symfile = copy, .symfile_B = object_B};
    pthread_mutex_lock(&lock);
    e->next = __jit_debug_descriptor.first;
    if (e->next) {
        e->next->prev = e;
    }
    __jit_debug_descriptor.first = e;
    tell(e, JIT_REGISTER_FN);
    pthread_mutex_unlock(&lock);
    return e;
}

void
pum_gdb_remove(struct pum_gdb_entry *e)
{
    if (!e) {
        return;
    }
    pthread_mutex_lock(&lock);
    if (e->next) {
        e->next->prev = e->prev;
    }
    if (e->prev) {
        e->prev->next = e->next;
    } else {
        __jit_debug_descriptor.first = e->next;
    }
    tell(e, JIT_UNREGISTER_FN);
    pthread_mutex_unlock(&lock);
    free(e);
}
