/* Every environment variable of Pumice, parsed once. Read through secure_getenv: ignored in set-uid programs. */
#ifndef PUM_UTIL_ENV_H
#define PUM_UTIL_ENV_H

#include <stdbool.h>
#include <stdint.h>

enum pum_debug_bit { /* PUMICE_DEBUG=word,word */
    PUM_DEBUG_IR_BIT      = 1u << 0, /* "ir": print shaders' IR after translation and after the passes to stderr */
    PUM_DEBUG_LLVM_BIT    = 1u << 1, /* "llvm": print LLVM IR */
    PUM_DEBUG_ASM_BIT     = 1u << 2, /* "asm": print machine code as assembly */
    PUM_DEBUG_STATS_BIT   = 1u << 3, /* "stats": compile times and sizes */
    PUM_DEBUG_SYNC_BIT    = 1u << 4, /* "sync": run each submission to its end inside vkQueueSubmit */
    PUM_DEBUG_POISON_BIT  = 1u << 5, /* "poison": fill fresh device memory with 0xCD */
    PUM_DEBUG_VERIFY_BIT  = 1u << 6, /* "verify": run the IR and LLVM verifiers after each step */
    PUM_DEBUG_ROWS_BIT    = 1u << 8, /* "rows": optimal images are rows of texels, too */
    PUM_DEBUG_INORDER_BIT = 1u << 9, /* "inorder": each command is complete before the next of its queue begins */
    PUM_DEBUG_PRINTF_BIT  = 1u << 10, /* "printf": what shaders print goes to stderr, too */
    PUM_DEBUG_SHUFFLE_BIT = 1u << 7, /* "shuffle": run what no barrier orders in a scrambled order */
    PUM_DEBUG_PERF_BIT    = 1u << 16, /* "perf": names of machine code for perf */
    PUM_DEBUG_GDB_BIT     = 1u << 17, /* "gdb": tell a debugger about machine code, with lines */
    PUM_DEBUG_CHECK_BIT   = 1u << 19, /* "check": the interpreter tells what shaders should not do */
    PUM_DEBUG_SINGLE_BIT  = 1u << 18, /* "single": one thread, each submission runs inside vkQueueSubmit, in order */
};

struct pum_env {
    uint32_t debug;   /* pum_debug_bit */
    uint32_t threads; /* PUMICE_THREADS, 0 = not set */
    uint32_t timeout_s; /* PUMICE_TIMEOUT: a shader that runs longer loses its device; 0 = never */
    int isa;          /* PUMICE_ISA: 0 = not set, else 2, 3, 4 (x86-64-v2..v4) */
    bool interp;      /* PUMICE_INTERP=1: shaders run in the interpreter, no machine code is made */
    bool sync_fd_stub; /* PUMICE_SYNC_FD=stub: exports of SYNC_FD give a signalled sync file, not -1 */
    bool cache;       /* PUMICE_CACHE=0: no files of machine code are read or written */
    const char *cache_dir;    /* PUMICE_CACHE_DIR: where they lie; NULL = not set */
    const char *cache_ro_dir; /* PUMICE_CACHE_RO_DIR: more of them, only read; NULL = none */
    const char *cache_home;   /* XDG_CACHE_HOME, if absolute */
    const char *home;         /* HOME, if absolute */
    const char *capture;  /* PUMICE_CAPTURE: the folder for pictures of passes; NULL = none */
    bool capture_draws;   /* PUMICE_CAPTURE_DRAWS=1: of draws, too */
    uint32_t capture_max; /* PUMICE_CAPTURE_MAX: so many pictures at most */
    const char *trace;    /* PUMICE_TRACE: the file to write; NULL = none */
    const char *jit_path; /* PUMICE_JIT_LIBRARY: path of libpumice_jit.so instead of the driver's own folder */
};

/* Never NULL. Unknown words are warned about once. */
const struct pum_env *pum_env_get(void);

#endif
