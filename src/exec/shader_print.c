#include "exec/shader_print.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/shader_abi.h"
#include "exec/fault.h"
#include "object/device_base.h"
#include "util/env.h"

#define TEXT_B (1u << 20)
#define LINE_B 2048u /* longer lines are cut */

struct print {
    struct pum_shader_host host; /* first */
    struct pum_device_base *dev;
    pthread_mutex_t lock;       /* guards what follows */
    char *text;                 /* [TEXT_B], NULL: nothing was printed yet, or it is being delivered */
    uint32_t used_B;            /* lines, each with its zero */
    uint64_t dropped;
    bool pending;               /* atomic; something is there */
};

#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* spirv/print.c makes conversions for long long and double, of checked characters */

static int
put(char *to, uint32_t room_B, const char *spec, enum pum_print_kind kind, uint64_t v)
{
    double f;
    float narrow;
    const uint32_t low = (uint32_t)v;
    switch (kind) {
    case PUM_PRINT_S32: return snprintf(to, room_B, spec, (long long)(int32_t)low);
    case PUM_PRINT_S64: return snprintf(to, room_B, spec, (long long)v);
    case PUM_PRINT_F32:
        memcpy(&narrow, &low, sizeof(narrow));
        return snprintf(to, room_B, spec, (double)narrow);
    case PUM_PRINT_F64:
        memcpy(&f, &v, sizeof(f));
        return snprintf(to, room_B, spec, f);
    case PUM_PRINT_U32:
    case PUM_PRINT_U64: break;
    }
    return snprintf(to, room_B, spec, (unsigned long long)v);
}

/* One lane's line; returns its length without the zero. */
static uint32_t
format_line(char line[LINE_B], const uint8_t *f, const uint32_t *words, uint32_t lane)
{
    uint32_t n = 0;
    while (*f != PUM_PRINT_END && n + 1 < LINE_B) {
        if (*f == PUM_PRINT_TEXT) {
            const uint32_t length = f[1] | (uint32_t)f[2] << 8, fits = PUM_MIN(length, LINE_B - 1 - n);
            memcpy(line + n, f + 3, fits);
            n += fits;
            f += 3 + length;
            continue;
        }
        char spec[PUM_PRINT_SPEC_B + 1];
        const enum pum_print_kind kind = (enum pum_print_kind)f[1];
        const uint32_t *w = words + (size_t)f[2] * PUM_LANES + lane, length = PUM_MIN((uint32_t)f[3], PUM_PRINT_SPEC_B);
        memcpy(spec, f + 4, length);
        spec[length] = 0;
        const uint64_t v = kind >= PUM_PRINT_S64 ? w[0] | (uint64_t)w[PUM_LANES] << 32 : w[0];
        const int got = put(line + n, LINE_B - n, spec, kind, v);
        n = got < 0 ? n : PUM_MIN(n + (uint32_t)got, LINE_B - 1);
        f += 4 + f[3];
    }
    line[n] = 0;
    return n;
}

static void
print(struct pum_shader_host *host, const uint8_t *format, uint32_t mask, const uint32_t *words)
{
    struct print *p = (struct print *)host;
    for (; mask; mask &= mask - 1) {
        char line[LINE_B];
        const uint32_t n = format_line(line, format, words, (uint32_t)__builtin_ctz(mask)) + 1;
        pthread_mutex_lock(&p->lock);
        p->text = p->text ? p->text : malloc(TEXT_B);
        if (p->text && n <= TEXT_B - p->used_B) {
            memcpy(p->text + p->used_B, line, n);
            p->used_B += n;
        } else {
            p->dropped++;
        }
        __atomic_store_n(&p->pending, true, __ATOMIC_RELEASE);
        pthread_mutex_unlock(&p->lock);
    }
}

static void
stopped(struct pum_shader_host *host, const char *where)
{
    pum_fault_where(((struct print *)host)->dev, where);
}

bool
pum_print_create(struct pum_device_base *dev)
{
    struct print *p = calloc(1, sizeof(*p));
    if (p) {
        p->host.print = print;
        p->host.stopped = stopped;
        p->dev = dev;
        pthread_mutex_init(&p->lock, NULL);
        dev->host = &p->host;
    }
    return p;
}

void
pum_print_destroy(struct pum_device_base *dev)
{
    struct print *p = (struct print *)dev->host;
    if (p) {
        pthread_mutex_destroy(&p->lock);
        free(p->text);
        free(p);
        dev->host = NULL;
    }
}

static void
deliver(struct pum_device_base *dev, const char *line)
{
    if (pum_env_get()->debug & PUM_DEBUG_PRINTF_BIT) {
        fprintf(stderr, "%s\n", line);
    }
    /* The id and the severity that programs know from the validation layer, which does the same. */
    dev->ops->message(dev, VK_DEBUG_UTILS_MESSAGE_SEVERITY_INFO_BIT_EXT,
                      VK_DEBUG_UTILS_MESSAGE_TYPE_GENERAL_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT, NULL, "WARNING-DEBUG-PRINTF", line);
}

void
pum_print_flush(struct pum_device_base *dev)
{
    struct print *p = (struct print *)dev->host;
    if (PUM_LIKELY(!__atomic_load_n(&p->pending, __ATOMIC_ACQUIRE))) {
        return;
    }
    pthread_mutex_lock(&p->lock);
    char *text = p->text;
    const uint32_t used_B = p->used_B;
    const uint64_t dropped = p->dropped;
    p->text = NULL;
    p->used_B = 0;
    p->dropped = 0;
    __atomic_store_n(&p->pending, false, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&p->lock);
    for (uint32_t at = 0; text && at < used_B; at += (uint32_t)strlen(text + at) + 1) {
        deliver(dev, text + at);
    }
    free(text);
    if (dropped) {
        char line[128];
        snprintf(line, sizeof(line), "%llu lines were dropped: a device keeps %u B of what shaders print until a submission ends",
                 (unsigned long long)dropped, TEXT_B);
        deliver(dev, line);
    }
}
