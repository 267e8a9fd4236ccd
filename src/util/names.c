#include "util/names.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/hash.h"

#define SLOTS (2 * PUM_NAMES_MAX)

bool pum_names_wanted;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char (*texts)[PUM_NAME_B]; /* [PUM_NAMES_MAX], 0 is "" */
static uint16_t *slots;           /* [SLOTS], open addressing by hash */
static uint32_t count = 1;

/* Bytes of the character at s, 0: it is none that UTF-8 has. */
static uint32_t
utf8_length(const uint8_t *s)
{
    const uint32_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;
    for (uint32_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    const bool wrong = n == 3 ? (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0)
                              : n == 4 && ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90));
    return wrong ? 0 : n;
}

/* Whole characters, as many as there is room for. */
static void
copy_text(char out[PUM_NAME_B], const char *text)
{
    uint32_t at = 0;
    for (const uint8_t *s = (const uint8_t *)text; *s;) {
        const uint32_t n = utf8_length(s);
        if (at + (n ? n : 1) >= PUM_NAME_B) {
            break;
        }
        if (n) {
            memcpy(out + at, s, n);
        } else {
            out[at] = '?';
        }
        at += n ? n : 1;
        s += n ? n : 1;
    }
    out[at] = 0;
}

uint32_t
pum_name_of(const char *text)
{
    if (!text || !*text) {
        return 0;
    }
    char clean[PUM_NAME_B];
    copy_text(clean, text);
    uint32_t at = (uint32_t)pum_hash(clean, strlen(clean)).lo % SLOTS, name = 0;
    pthread_mutex_lock(&lock);
    if (!texts) {
        texts = calloc(PUM_NAMES_MAX, PUM_NAME_B);
        slots = calloc(SLOTS, sizeof(slots[0]));
    }
    if (texts && slots) {
        while (slots[at] && strcmp(texts[slots[at]], clean) != 0) {
            at = (at + 1) % SLOTS;
        }
        if (!slots[at] && count < PUM_NAMES_MAX) {
            strcpy(texts[count], clean);
            slots[at] = (uint16_t)count++;
        }
        name = slots[at];
    }
    pthread_mutex_unlock(&lock);
    return name;
}

uint32_t
pum_name_print(const char *fmt, ...)
{
    char text[2 * PUM_NAME_B];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    return pum_name_of(text);
}

uint32_t
pum_name_inside(uint32_t outer, const char *text)
{
    return outer && text && *text ? pum_name_print("%s / %s", pum_name_text(outer), text) : outer ? outer : pum_name_of(text);
}

const char *
pum_name_text(uint32_t name)
{
    return name ? texts[name] : "";
}

void
pum_labels_begin(struct pum_labels *l, const char *text)
{
    if (!pum_names_wanted) {
        return;
    }
    if (l->n < PUM_LABELS) {
        l->outer[l->n] = l->name;
        l->name = pum_name_inside(l->name, text);
    }
    l->n++;
}

void
pum_labels_end(struct pum_labels *l)
{
    if (l->n && --l->n < PUM_LABELS) {
        l->name = l->outer[l->n];
    }
}
