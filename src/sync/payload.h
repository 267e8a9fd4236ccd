/* Payloads of semaphores and fences that other processes may hold. SPEC: synchronization, "Importing ... Payloads".
 *
 * A shared payload is one page of a sealed memory file, without locks in it: whatever a peer writes there, the worst is a signal too many
 * or one that is missing. Layout, little endian, PUM_SYNC_ABI 1:
 *
 *   offset  size  meaning
 *   0       8     "PUMSYNC", 0
 *   8       4     PUM_SYNC_ABI
 *   12      4     kind: 1 binary semaphore, 2 timeline semaphore, 3 fence
 *   16      16    driverUUID of the creator
 *   64      8     value: counter of a timeline; else 0 or 1
 *   72      4     rises with every change; the futex word
 *   76      4     how many wait; a hint whether to wake
 *   128     16*i  slot i of 32: the promises of one process: u64 greatest value promised, u32 signals promised but not yet given, u32 0
 *
 * Bytes 0 to 31 are written before the first export, and read and checked once at import. The file is shorter than a page, which no
 * exported memory is: neither can be taken for the other.
 *
 * A process that will signal (a submission is pending) holds a lock on byte 1024 + i through its own open file description. The system
 * drops the lock when the process dies. Whoever waits looks every 50 ms: promises in a slot that nobody locks can never be kept, so the
 * waiter signals in the dead process's place, as kernel fences do.
 */
#ifndef PUM_SYNC_PAYLOAD_H
#define PUM_SYNC_PAYLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "util/compiler.h"

enum pum_payload_kind {
    PUM_PAYLOAD_BINARY = 1,
    PUM_PAYLOAD_TIMELINE = 2,
    PUM_PAYLOAD_FENCE = 3,
    PUM_PAYLOAD_SYNC_FILE = 4, /* a kernel fence: signalled once, by others */
};

struct pum_payload; /* counted; one per page and process */

/* NULL with errno. */
struct pum_payload *pum_payload_create(enum pum_payload_kind kind, uint64_t value, const uint8_t driver_uuid[16]) PUM_MUST_CHECK;
/* The payload behind a descriptor. On success the descriptor is ours, else NULL and it is untouched; *wrong says what is wrong with it, NULL =
 * nothing, but memory or descriptors have run out. */
struct pum_payload *pum_payload_import(int fd, enum pum_payload_kind kind, const uint8_t driver_uuid[16], const char **wrong) PUM_MUST_CHECK;
/* A kernel fence; fd -1 = one that is signalled already. As above. */
struct pum_payload *pum_payload_import_sync_file(int fd, const char **wrong) PUM_MUST_CHECK;
/* A new descriptor; -1 with errno. Not of a sync file. */
int pum_payload_export(struct pum_payload *p) PUM_MUST_CHECK;
struct pum_payload *pum_payload_ref(struct pum_payload *p); /* NULL is fine */
void pum_payload_unref(struct pum_payload *p);
bool pum_payload_is_page(const struct pum_payload *p);

/* Whether a wait for `value` (timelines; else ignored) would end at once. */
bool pum_payload_ready(struct pum_payload *p, uint64_t value);
/* The same, and takes the signal of a binary semaphore away. */
bool pum_payload_take(struct pum_payload *p, uint64_t value);
uint64_t pum_payload_value(struct pum_payload *p);
void pum_payload_reset(struct pum_payload *p);
/* A signal will follow, unless this process dies. */
void pum_payload_promise(struct pum_payload *p, uint64_t value);
void pum_payload_withdraw(struct pum_payload *p); /* the promise is kept, or will not be */
/* This process, or others (dead or alive), have promised to signal `value`. */
bool pum_payload_promised_here(struct pum_payload *p, uint64_t value);
bool pum_payload_promised_by_peers(struct pum_payload *p, uint64_t value);
void pum_payload_signal(struct pum_payload *p, uint64_t value);

/* Changes with every signal; of a page. */
uint32_t pum_payload_movement(const struct pum_payload *p);
/* For waiting: between begin and end signals wake those who sleep on the word. NULL for sync files, which can only be polled. */
const uint32_t *pum_payload_wait_begin(struct pum_payload *p);
void pum_payload_wait_end(struct pum_payload *p);

#endif
