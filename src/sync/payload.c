#include "sync/payload.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/sync_file.h>

#include "sync/sync.h"
#include "util/futex.h"
#include "util/log.h"
#include "util/memfd.h"

#define PAGE_B 4096
#define FILE_B 2048 /* less than a page: no memory has this size */
#define SLOTS 32
#define LOCK_BASE_B 1024
#define CHECK_NS 50000000u /* how often a waiter looks for the dead */

static const char magic[8] = "PUMSYNC";

struct slot {
    uint64_t promised; /* atomic */
    uint32_t pending;  /* atomic */
    uint32_t zero;
};

struct page_head {
    char magic[8];
    uint32_t abi, kind;
    uint8_t driver_uuid[16];
};

struct page {
    struct page_head head;
    uint8_t pad0[64 - sizeof(struct page_head)];
    uint64_t value;   /* atomic */
    uint32_t seq;     /* atomic */
    uint32_t waiters; /* atomic */
    uint8_t pad1[48];
    struct slot slots[SLOTS];
};
_Static_assert(offsetof(struct page, value) == 64 && offsetof(struct page, slots) == 128 && sizeof(struct slot) == 16, "published layout");

struct pum_payload {
    uint32_t refs; /* guarded by registry_lock when it may reach 0 */
    enum pum_payload_kind kind;
    int fd; /* page: our own description, which carries our lock; sync file; -1 = signalled sync file */
    /* pages only */
    struct page *page;
    dev_t dev;
    ino_t ino;
    struct pum_payload *next;
    uint64_t checked_ns; /* atomic: when somebody last looked for the dead */
    uint32_t sleepers;   /* atomic: how many wait in this process; the page's count is anybody's to change */
    pthread_mutex_t lock;
    /* guarded by lock: what we have promised; never read back from the page */
    bool no_slots;
    int slot; /* -1 = none yet */
    uint32_t pending;
    uint64_t promised;
};

static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER; /* guards the list and its counts */
static struct pum_payload *registry;

/* ---- locks of the file ---- */

static struct flock
lock_of(int slot, short type)
{
    return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = LOCK_BASE_B + slot, .l_len = 1};
}

static bool
set_lock(const struct pum_payload *p, int slot, short type)
{
    struct flock l = lock_of(slot, type);
    return fcntl(p->fd, F_OFD_SETLK, &l) == 0;
}

/* ---- life ---- */

static struct pum_payload *
payload_new(enum pum_payload_kind kind)
{
    struct pum_payload *p = calloc(1, sizeof(*p));
    if (p) {
        p->refs = 1;
        p->kind = kind;
        p->fd = p->slot = -1;
        pthread_mutex_init(&p->lock, NULL);
    }
    return p;
}

static void
payload_free(struct pum_payload *p)
{
    if (p->page) {
        munmap(p->page, PAGE_B);
    }
    if (p->fd >= 0) {
        close(p->fd);
    }
    pthread_mutex_destroy(&p->lock);
    free(p);
}

/* Takes over `fd` and maps it. */
static bool
attach(struct pum_payload *p, int fd)
{
    void *page = mmap(NULL, PAGE_B, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    struct stat st;
    if (page == MAP_FAILED) {
        return false;
    }
    p->page = page;
    if (fstat(fd, &st) != 0) {
        return false;
    }
    p->dev = st.st_dev;
    p->ino = st.st_ino;
    return true;
}

struct pum_payload *
pum_payload_create(enum pum_payload_kind kind, uint64_t value, const uint8_t driver_uuid[16])
{
    struct pum_payload *p = payload_new(kind);
    if (!p) {
        errno = ENOMEM;
        return NULL;
    }
    p->fd = pum_memfd_create("pumice-sync:v1", FILE_B);
    if (p->fd < 0 || !attach(p, p->fd)) {
        const int error = errno;
        payload_free(p);
        errno = error;
        return NULL;
    }
    p->page->head = (struct page_head){.abi = PUM_SYNC_ABI, .kind = (uint32_t)kind};
    memcpy(p->page->head.magic, magic, sizeof(magic));
    memcpy(p->page->head.driver_uuid, driver_uuid, 16);
    p->page->value = value;
    pthread_mutex_lock(&registry_lock);
    p->next = registry;
    registry = p;
    pthread_mutex_unlock(&registry_lock);
    return p;
}

/* The page of this file if we hold it already: one per process, so that promises and locks are counted once. */
static struct pum_payload *
find_ref(const struct stat *st)
{
    for (struct pum_payload *p = registry; p; p = p->next) {
        if (p->dev == st->st_dev && p->ino == st->st_ino) {
            p->refs++;
            return p;
        }
    }
    return NULL;
}

/* NULL: memory or descriptors have run out. */
static struct pum_payload *
open_page(int fd)
{
    struct pum_payload *p = payload_new(PUM_PAYLOAD_BINARY);
    if (!p || !attach(p, fd)) {
        if (p) {
            payload_free(p);
        }
        return NULL;
    }
    p->fd = pum_memfd_reopen(fd);
    if (p->fd < 0 && errno != EMFILE && errno != ENFILE) { /* no /proc: then nobody notices when we die */
        p->fd = pum_fd_dup(fd);
        p->no_slots = true;
    }
    if (p->fd < 0) {
        payload_free(p);
        return NULL;
    }
    return p;
}

struct pum_payload *
pum_payload_import(int fd, enum pum_payload_kind kind, const uint8_t driver_uuid[16], const char **wrong)
{
    *wrong = pum_memfd_check(fd, FILE_B);
    struct stat st;
    if (!*wrong && fstat(fd, &st) != 0) {
        *wrong = "no file";
    }
    if (*wrong) {
        return NULL;
    }
    pthread_mutex_lock(&registry_lock);
    struct pum_payload *p = find_ref(&st);
    const bool known = p != NULL;
    p = p ? p : open_page(fd);
    if (p) {
        struct page_head head;
        memcpy(&head, p->page, sizeof(head)); /* once; judged by this copy */
        const enum pum_payload_kind theirs = known ? p->kind : (enum pum_payload_kind)head.kind;
        if (!known && (memcmp(head.magic, magic, sizeof(magic)) != 0 || head.abi != PUM_SYNC_ABI)) {
            *wrong = "not a semaphore or fence";
        } else if (!known && memcmp(head.driver_uuid, driver_uuid, 16) != 0) {
            *wrong = "of another driver";
        } else if (theirs != kind) {
            *wrong = "of another kind";
        }
        if (*wrong) {
            if (known) {
                p->refs--; /* others hold it, it cannot be the last */
            } else {
                payload_free(p);
            }
            p = NULL;
        } else if (!known) {
            p->kind = kind;
            p->next = registry;
            registry = p;
        }
    }
    pthread_mutex_unlock(&registry_lock);
    if (p) {
        close(fd);
    }
    return p;
}

struct pum_payload *
pum_payload_import_sync_file(int fd, const char **wrong)
{
    struct sync_file_info info = {0};
    if (fd != -1 && (fd < 0 || ioctl(fd, SYNC_IOC_FILE_INFO, &info) != 0)) {
        *wrong = "not a sync file";
        return NULL;
    }
    *wrong = NULL;
    struct pum_payload *p = payload_new(PUM_PAYLOAD_SYNC_FILE);
    if (p) {
        p->fd = fd;
    }
    return p;
}

int
pum_payload_export(struct pum_payload *p)
{
    /* A copy of our own description would carry our lock beyond our death. */
    int fd = pum_memfd_reopen(p->fd);
    if (fd < 0 && errno != EMFILE && errno != ENFILE && errno != ENOMEM) {
        pthread_mutex_lock(&p->lock);
        p->no_slots = true;
        if (p->slot >= 0) {
            set_lock(p, p->slot, F_UNLCK);
            __atomic_store_n(&p->page->slots[p->slot].pending, 0, __ATOMIC_RELAXED);
            p->slot = -1;
        }
        pthread_mutex_unlock(&p->lock);
        fd = pum_fd_dup(p->fd);
    }
    return fd;
}

struct pum_payload *
pum_payload_ref(struct pum_payload *p)
{
    if (p) {
        pthread_mutex_lock(&registry_lock);
        p->refs++;
        pthread_mutex_unlock(&registry_lock);
    }
    return p;
}

void
pum_payload_unref(struct pum_payload *p)
{
    if (!p) {
        return;
    }
    pthread_mutex_lock(&registry_lock);
    const bool last = --p->refs == 0;
    for (struct pum_payload **l = &registry; last && *l; l = &(*l)->next) {
        if (*l == p) {
            *l = p->next;
            break;
        }
    }
    pthread_mutex_unlock(&registry_lock);
    if (last) {
        payload_free(p);
    }
}

bool
pum_payload_is_page(const struct pum_payload *p)
{
    return p->kind != PUM_PAYLOAD_SYNC_FILE;
}

/* ---- signals ---- */

static void
announce(struct pum_payload *p)
{
    __atomic_fetch_add(&p->page->seq, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&p->page->waiters, __ATOMIC_SEQ_CST) || __atomic_load_n(&p->sleepers, __ATOMIC_SEQ_CST)) {
        pum_futex_wake_shared(&p->page->seq);
    }
    pum_sync_wake_blind();
}

static void
set_value(struct pum_payload *p, uint64_t value)
{
    struct page *page = p->page;
    if (p->kind != PUM_PAYLOAD_TIMELINE) {
        __atomic_store_n(&page->value, 1, __ATOMIC_SEQ_CST);
    } else { /* a counter only rises; who makes it move all the time gets a plain store */
        uint64_t now = __atomic_load_n(&page->value, __ATOMIC_RELAXED);
        for (int tries = 0; now < value; tries++) {
            if (tries == 1000) {
                __atomic_store_n(&page->value, value, __ATOMIC_SEQ_CST);
                break;
            }
            if (__atomic_compare_exchange_n(&page->value, &now, value, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
                break;
            }
        }
    }
    announce(p);
}

/* Keeps the promises of a slot whose owner has died. The lock is the caller's. */
static void
keep_promises(struct pum_payload *p, int slot)
{
    struct slot *s = &p->page->slots[slot];
    if (__atomic_load_n(&s->pending, __ATOMIC_ACQUIRE)) {
        pum_log(PUM_LOG_WARN, "a process has died with a signal pending: it is given in its place");
        set_value(p, __atomic_load_n(&s->promised, __ATOMIC_RELAXED));
        __atomic_store_n(&s->pending, 0, __ATOMIC_RELEASE);
    }
}

static void
look_for_the_dead(struct pum_payload *p)
{
    const uint64_t now = pum_now_ns();
    uint64_t last = __atomic_load_n(&p->checked_ns, __ATOMIC_RELAXED);
    if (now - last < CHECK_NS || !__atomic_compare_exchange_n(&p->checked_ns, &last, now, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
        return;
    }
    pthread_mutex_lock(&p->lock);
    for (int i = 0; i < SLOTS && !p->no_slots; i++) {
        if (i != p->slot && __atomic_load_n(&p->page->slots[i].pending, __ATOMIC_ACQUIRE) && set_lock(p, i, F_WRLCK)) {
            keep_promises(p, i);
            set_lock(p, i, F_UNLCK);
        }
    }
    pthread_mutex_unlock(&p->lock);
}

void
pum_payload_promise(struct pum_payload *p, uint64_t value)
{
    if (p->kind == PUM_PAYLOAD_SYNC_FILE) {
        return;
    }
    pthread_mutex_lock(&p->lock);
    for (int i = 0; i < SLOTS && p->slot < 0 && !p->no_slots; i++) {
        if (set_lock(p, i, F_WRLCK)) {
            keep_promises(p, i);
            p->slot = i;
        }
    }
    p->pending++;
    p->promised = value > p->promised ? value : p->promised;
    if (p->slot >= 0) {
        struct slot *s = &p->page->slots[p->slot];
        __atomic_store_n(&s->promised, p->promised, __ATOMIC_RELAXED);
        __atomic_store_n(&s->pending, p->pending, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&p->lock);
}

bool
pum_payload_promised_here(struct pum_payload *p, uint64_t value)
{
    pthread_mutex_lock(&p->lock);
    const bool promised = p->pending && (p->kind != PUM_PAYLOAD_TIMELINE || p->promised >= value);
    pthread_mutex_unlock(&p->lock);
    return promised;
}

bool
pum_payload_promised_by_peers(struct pum_payload *p, uint64_t value)
{
    if (p->kind == PUM_PAYLOAD_SYNC_FILE) {
        return true;
    }
    pthread_mutex_lock(&p->lock);
    bool promised = false;
    for (int i = 0; i < SLOTS && !promised; i++) {
        const struct slot *s = &p->page->slots[i];
        promised = i != p->slot && __atomic_load_n(&s->pending, __ATOMIC_ACQUIRE) &&
                   (p->kind != PUM_PAYLOAD_TIMELINE || __atomic_load_n(&s->promised, __ATOMIC_RELAXED) >= value);
    }
    pthread_mutex_unlock(&p->lock);
    return promised;
}

void
pum_payload_withdraw(struct pum_payload *p)
{
    if (p->kind == PUM_PAYLOAD_SYNC_FILE) {
        return;
    }
    pthread_mutex_lock(&p->lock);
    p->pending--;
    if (p->slot >= 0) {
        __atomic_store_n(&p->page->slots[p->slot].pending, p->pending, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&p->lock);
}

void
pum_payload_signal(struct pum_payload *p, uint64_t value)
{
    if (p->kind != PUM_PAYLOAD_SYNC_FILE) { /* those are not ours to signal */
        set_value(p, value);
    }
}

void
pum_payload_reset(struct pum_payload *p)
{
    if (p->kind != PUM_PAYLOAD_SYNC_FILE) {
        __atomic_store_n(&p->page->value, 0, __ATOMIC_SEQ_CST);
    }
}

/* ---- waits ---- */

static bool
sync_file_ready(const struct pum_payload *p)
{
    struct pollfd f = {.fd = p->fd, .events = POLLIN};
    if (p->fd >= 0 && poll(&f, 1, 0) == 0) {
        return false;
    }
    struct sync_file_info info = {0};
    if (p->fd >= 0 && ioctl(p->fd, SYNC_IOC_FILE_INFO, &info) == 0 && info.status < 0) {
        pum_log(PUM_LOG_WARN, "a sync file has ended with error %d", info.status);
    }
    return true;
}

static bool
test(struct pum_payload *p, uint64_t value, bool take)
{
    if (p->kind == PUM_PAYLOAD_TIMELINE) {
        return __atomic_load_n(&p->page->value, __ATOMIC_SEQ_CST) >= value;
    }
    return take && p->kind == PUM_PAYLOAD_BINARY ? __atomic_exchange_n(&p->page->value, 0, __ATOMIC_SEQ_CST) != 0
                                                 : __atomic_load_n(&p->page->value, __ATOMIC_SEQ_CST) != 0;
}

static bool
ready(struct pum_payload *p, uint64_t value, bool take)
{
    if (p->kind == PUM_PAYLOAD_SYNC_FILE) {
        return sync_file_ready(p);
    }
    if (test(p, value, take)) {
        return true;
    }
    look_for_the_dead(p);
    return test(p, value, take);
}

bool
pum_payload_ready(struct pum_payload *p, uint64_t value)
{
    return ready(p, value, false);
}

bool
pum_payload_take(struct pum_payload *p, uint64_t value)
{
    return ready(p, value, true);
}

uint64_t
pum_payload_value(struct pum_payload *p)
{
    look_for_the_dead(p);
    return __atomic_load_n(&p->page->value, __ATOMIC_SEQ_CST);
}

uint32_t
pum_payload_movement(const struct pum_payload *p)
{
    return __atomic_load_n(&p->page->seq, __ATOMIC_SEQ_CST);
}

const uint32_t *
pum_payload_wait_begin(struct pum_payload *p)
{
    if (p->kind == PUM_PAYLOAD_SYNC_FILE) {
        return NULL;
    }
    __atomic_fetch_add(&p->sleepers, 1, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&p->page->waiters, 1, __ATOMIC_SEQ_CST);
    return &p->page->seq;
}

void
pum_payload_wait_end(struct pum_payload *p)
{
    if (p->kind != PUM_PAYLOAD_SYNC_FILE) {
        __atomic_fetch_sub(&p->page->waiters, 1, __ATOMIC_SEQ_CST);
        __atomic_fetch_sub(&p->sleepers, 1, __ATOMIC_SEQ_CST);
    }
}
