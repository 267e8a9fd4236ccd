/* Machine code that a debugger is told about, by the interface that gdb and lldb know (gdb manual, "JIT Compilation Interface").
 * Thread-safety: all functions. */
#ifndef PUM_JIT_GDB_H
#define PUM_JIT_GDB_H

#include <stddef.h>
#include <stdint.h>

struct pum_gdb_entry;

/* object: ELF whose sections with SHF_ALLOC stand at base + sh_addr; it is copied. NULL: out of memory. */
struct pum_gdb_entry *pum_gdb_add(const uint8_t *object, size_t object_B, const uint8_t *base);
void pum_gdb_remove(struct pum_gdb_entry *entry); /* NULL is fine */

#endif
