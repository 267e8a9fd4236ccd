#include "util/trace.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/env.h"
#include "util/futex.h"
#include "util/log.h"
#include "util/names.h"

#define SHARDS 32
#define SHARD_EVENTS 512
#define MAX_FILE_B (UINT64_C(256) << 20)
#define EVENT_TEXT_B 2048u /* of one record at most: names are bounded, escapes are six bytes */
#define TICK_NS UINT64_C(200000000)

static const char tail[] = "\n]}\n";

bool pum_trace_on;

struct record {
    struct pum_trace_event e;
    uint64_t begin_ns, end_ns;
    uint32_t tid;
    bool is_thread_name;
};

struct shard {
    PUM_ALIGNED(64) pthread_mutex_t lock;
    uint32_t n;
    struct record record[SHARD_EVENTS];
};

static struct shard *shards; /* [SHARDS]; a thread uses one of them, by its id */
static pthread_mutex_t file_lock = PTHREAD_MUTEX_INITIALIZER;
static int fd = -1;
static pid_t pid;
static uint64_t at_B; /* where tail stands */
static char *text;    /* [SHARD_EVENTS * EVENT_TEXT_B], guarded by file_lock */
static uint32_t last_span;
static uint64_t next_tick_ns;

static _Thread_local uint32_t tid;

/* ---- text ---- */

/* Names are valid UTF-8; JSON wants quotes, backslashes and control characters escaped. */
static char *
put_string(char *to, const char *s)
{
    *to++ = '"';
    for (; *s; s++) {
        const uint8_t c = (uint8_t)*s;
        if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f) {
            to += sprintf(to, "\\u%04x", c);
        } else {
            *to++ = *s;
        }
    }
    *to++ = '"';
    return to;
}

static char *
put_args(char *to, const struct pum_trace_event *e)
{
    const char *name = e->args;
    to += sprintf(to, ",\"args\":{");
    for (uint32_t i = 0; name && i < PUM_ARRAY_LEN(e->value); i++) {
        const size_t n = strcspn(name, ",");
        to += sprintf(to, "%s\"%.*s\":%llu", i ? "," : "", (int)n, name, (unsigned long long)e->value[i]);
        name = name[n] ? name + n + 1 : NULL;
    }
    *to++ = '}';
    return to;
}

static char *
put_time(char *to, const char *key, uint64_t ns)
{
    return to + sprintf(to, ",\"%s\":%llu.%03u", key, (unsigned long long)(ns / 1000), (unsigned)(ns % 1000));
}

static char *
put_head(char *to, const struct record *r, const char *phase)
{
    to += sprintf(to, ",\n{\"ph\":\"%s\",\"pid\":%d,\"tid\":%u,\"cat\":\"%s\",\"name\":", phase, (int)pid, r->tid, r->e.kind);
    return put_string(to, r->e.name ? pum_name_text(r->e.name) : r->e.kind);
}

static char *
put_record(char *to, const struct record *r)
{
    if (r->is_thread_name) {
        to += sprintf(to, ",\n{\"ph\":\"M\",\"pid\":%d,\"tid\":%u,\"name\":\"thread_name\",\"args\":{\"name\":", (int)pid, r->tid);
        to = put_string(to, pum_name_text(r->e.name));
        return to + sprintf(to, "}}");
    }
    if (!r->e.span) {
        to = put_time(put_time(put_head(to, r, "X"), "ts", r->begin_ns), "dur", r->end_ns - r->begin_ns);
        to = put_args(to, &r->e);
        *to++ = '}';
        return to;
    }
    to = put_time(put_head(to, r, "b"), "ts", r->begin_ns);
    to = put_args(to + sprintf(to, ",\"id\":%u", r->e.span), &r->e);
    *to++ = '}';
    to = put_time(put_head(to, r, "e"), "ts", r->end_ns);
    return to + sprintf(to, ",\"id\":%u}", r->e.span);
}

/* ---- file; its lock is held ---- */

static bool
write_at(const char *from, size_t n, uint64_t to_B)
{
    while (n) {
        const ssize_t got = pwrite(fd, from, n, (off_t)to_B);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        from += got;
        n -= (size_t)got;
        to_B += (uint64_t)got;
    }
    return true;
}

static void
stop(void)
{
    __atomic_store_n(&pum_trace_on, false, __ATOMIC_RELAXED);
    close(fd);
    fd = -1;
}

/* n bytes of text, which has room for the tail. */
static void
append(size_t n)
{
    if (fd < 0 || getpid() != pid) { /* a child after fork has its parent's file */
        return;
    }
    if (at_B + n > MAX_FILE_B) {
        n = (size_t)sprintf(text, ",\n{\"ph\":\"i\",\"s\":\"g\",\"pid\":%d,\"tid\":0,\"ts\":%llu,\"name\":\"the trace ends here: it is full\"}", (int)pid,
                            (unsigned long long)(pum_now_ns() / 1000));
        pum_log(PUM_LOG_WARN, "PUMICE_TRACE: the file is full");
    }
    const bool full = at_B + n + EVENT_TEXT_B > MAX_FILE_B;
    memcpy(text + n, tail, sizeof(tail) - 1);
    if (write_at(text, n + sizeof(tail) - 1, at_B)) {
        at_B += n;
        if (full) {
            stop();
        }
        return;
    }
    pum_log(PUM_LOG_ERROR, "PUMICE_TRACE: cannot write: %s", strerror(errno));
    if (ftruncate(fd, (off_t)at_B) == 0) {
        (void)write_at(tail, sizeof(tail) - 1, at_B);
    }
    stop();
}

/* The shard's lock is held. */
static void
write_out(struct shard *s)
{
    pthread_mutex_lock(&file_lock);
    char *to = text;
    for (uint32_t i = 0; i < s->n; i++) {
        to = put_record(to, &s->record[i]);
    }
    s->n = 0;
    if (to > text) {
        append((size_t)(to - text));
    }
    pthread_mutex_unlock(&file_lock);
}

static void
write_all(void)
{
    for (uint32_t i = 0; i < SHARDS; i++) {
        pthread_mutex_lock(&shards[i].lock);
        write_out(&shards[i]);
        pthread_mutex_unlock(&shards[i].lock);
    }
}

/* Runs when the process ends, devices or not; threads may still be at work. */
__attribute__((destructor)) static void
finish(void)
{
    if (pum_trace_on && getpid() == pid) { /* after fork the locks are anyone's */
        write_all();
        pthread_mutex_lock(&file_lock);
        if (fd >= 0) {
            stop();
        }
        pthread_mutex_unlock(&file_lock);
    }
}

/* ---- records ---- */

static void
add(const struct record *r)
{
    struct shard *s = &shards[tid % SHARDS];
    pthread_mutex_lock(&s->lock);
    s->record[s->n] = *r;
    s->record[s->n++].tid = tid;
    if (s->n == SHARD_EVENTS) {
        write_out(s);
    }
    pthread_mutex_unlock(&s->lock);
}

static void
name_thread(const char *name)
{
    const struct record r = {.e.name = pum_name_of(name), .is_thread_name = true};
    tid = (uint32_t)gettid();
    add(&r);
}

void
pum_trace_thread(const char *role, uint32_t number)
{
    if (__atomic_load_n(&pum_trace_on, __ATOMIC_RELAXED)) {
        char name[64];
        snprintf(name, sizeof(name), "%s %u", role, number);
        name_thread(name);
    }
}

uint64_t
pum_trace_now(void)
{
    return pum_now_ns();
}

void
pum_trace_add(uint64_t begin_ns, const struct pum_trace_event *e)
{
    if (!__atomic_load_n(&pum_trace_on, __ATOMIC_RELAXED)) {
        return;
    }
    if (!tid) {
        char name[32] = "";
        (void)pthread_getname_np(pthread_self(), name, sizeof(name));
        name_thread(name);
    }
    const struct record r = {.e = *e, .begin_ns = begin_ns, .end_ns = pum_now_ns()};
    add(&r);
}

uint32_t
pum_trace_new_span(void)
{
    return __atomic_add_fetch(&last_span, 1, __ATOMIC_RELAXED);
}

void
pum_trace_tick(void)
{
    if (!__atomic_load_n(&pum_trace_on, __ATOMIC_RELAXED)) {
        return;
    }
    const uint64_t now_ns = pum_now_ns();
    uint64_t due_ns = __atomic_load_n(&next_tick_ns, __ATOMIC_RELAXED);
    if (now_ns >= due_ns && __atomic_compare_exchange_n(&next_tick_ns, &due_ns, now_ns + TICK_NS, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
        write_all();
    }
}

/* "%p" in the path is the process id. */
static void
open_file(const char *path)
{
    char name[4096 + 16];
    const char *p = strstr(path, "%p");
    if (p) {
        snprintf(name, sizeof(name), "%.*s%d%s", (int)(p - path), path, (int)getpid(), p + 2);
    } else {
        snprintf(name, sizeof(name), "%s", path);
    }
    fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) {
        pum_log(PUM_LOG_ERROR, "PUMICE_TRACE: cannot write '%s': %s", name, strerror(errno));
    }
}

static void
start(void)
{
    const char *path = pum_env_get()->trace;
    if (!path) {
        return;
    }
    open_file(path);
    shards = fd < 0 ? NULL : aligned_alloc(64, sizeof(*shards) * SHARDS);
    text = fd < 0 ? NULL : malloc((size_t)SHARD_EVENTS * EVENT_TEXT_B + sizeof(tail));
    if (!shards || !text) {
        return;
    }
    for (uint32_t i = 0; i < SHARDS; i++) {
        pthread_mutex_init(&shards[i].lock, NULL);
        shards[i].n = 0;
    }
    /* Records point to our constants, and what ends the file is to run when the process ends: the loader must not unload us. */
    Dl_info info;
    if (dladdr((const void *)(uintptr_t)pum_trace_start, &info) && info.dli_fname) {
        (void)dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
    }
    pid = getpid();
    next_tick_ns = pum_now_ns() + TICK_NS;
    pthread_mutex_lock(&file_lock);
    char *to = text + sprintf(text, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n{\"ph\":\"M\",\"pid\":%d,\"name\":\"process_name\",\"args\":{\"name\":", (int)pid);
    to = put_string(to, pum_name_text(pum_name_of(program_invocation_short_name)));
    to += sprintf(to, "}}");
    append((size_t)(to - text));
    pthread_mutex_unlock(&file_lock);
    pum_names_wanted = true;
    pum_trace_on = fd >= 0;
}

void
pum_trace_start(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start);
}
