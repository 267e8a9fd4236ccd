#include "pipeline/shader_source.h"

#include <stdlib.h>
#include <string.h>

#include "util/hash.h"

#define MAGIC 0x6f6d7570u /* "pumo" */

struct binary_head {
    uint32_t magic, version;
    struct pum_hash128 check; /* over all that follows */
    uint32_t stage, n_words, name_B, n_entries, constants_B;
    uint32_t zero[5];
};
_Static_assert(sizeof(struct binary_head) == 64, "binary head");

static struct pum_hash128
check_of(const uint8_t *binary, size_t size_B)
{
    const size_t from = offsetof(struct binary_head, stage);
    return pum_hash(binary + from, size_B - from);
}

bool
pum_shader_source_write(const struct pum_shader_source *s, uint8_t **data, size_t *data_B)
{
    const size_t name_B = strlen(s->name) + 1;
    const size_t size_B = sizeof(struct binary_head) + s->n_words * 4 + name_B + s->n_entries * (size_t)12 + s->constants_B;
    uint8_t *b = calloc(1, size_B);
    if (!b || size_B > UINT32_MAX) {
        free(b);
        return false;
    }
    struct binary_head head = {.magic = MAGIC, .version = PUM_SHADER_SOURCE_VERSION, .stage = s->stage, .n_words = (uint32_t)s->n_words,
                               .name_B = (uint32_t)name_B, .n_entries = s->n_entries, .constants_B = (uint32_t)s->constants_B};
    uint8_t *at = b + sizeof(head);
    memcpy(at, s->words, s->n_words * 4);
    at += s->n_words * 4;
    memcpy(at, s->name, name_B);
    at += name_B;
    for (uint32_t i = 0; i < s->n_entries; i++, at += 12) {
        const uint32_t e[3] = {s->entries[i].constantID, s->entries[i].offset, (uint32_t)s->entries[i].size};
        memcpy(at, e, sizeof(e));
    }
    if (s->constants_B) {
        memcpy(at, s->constants, s->constants_B);
    }
    memcpy(b, &head, sizeof(head));
    head.check = check_of(b, size_B);
    memcpy(b, &head, sizeof(head));
    *data = b;
    *data_B = size_B;
    return true;
}

bool
pum_shader_source_read(const uint8_t *b, size_t size_B, struct pum_shader_source *out)
{
    struct binary_head head;
    if (size_B < sizeof(head) || (uintptr_t)b % 4) { /* SPEC: VUID-VkShaderCreateInfoEXT-pCode-08492: aligned */
        return false;
    }
    memcpy(&head, b, sizeof(head));
    const uint64_t need_B = sizeof(head) + (uint64_t)head.n_words * 4 + head.name_B + (uint64_t)head.n_entries * 12 + head.constants_B;
    if (head.magic != MAGIC || head.version != PUM_SHADER_SOURCE_VERSION || need_B != size_B || head.name_B == 0) {
        return false;
    }
    const struct pum_hash128 check = check_of(b, size_B);
    const uint8_t *name = b + sizeof(head) + (size_t)head.n_words * 4, *entries = name + head.name_B;
    if (check.lo != head.check.lo || check.hi != head.check.hi || name[head.name_B - 1] != 0) {
        return false;
    }
    *out = (struct pum_shader_source){.stage = (VkShaderStageFlagBits)head.stage, .words = (const uint32_t *)(const void *)(b + sizeof(head)),
                           .n_words = head.n_words, .name = (const char *)name, .n_entries = head.n_entries,
                           .constants = entries + (size_t)head.n_entries * 12, .constants_B = head.constants_B};
    out->entries = calloc((size_t)head.n_entries + 1, sizeof(*out->entries));
    for (uint32_t i = 0; out->entries && i < head.n_entries; i++) {
        uint32_t e[3];
        memcpy(e, entries + (size_t)i * 12, sizeof(e));
        out->entries[i] = (VkSpecializationMapEntry){e[0], e[1], e[2]};
        if (e[1] > head.constants_B || e[2] > head.constants_B - e[1]) {
            free(out->entries);
            return false;
        }
    }
    return out->entries != NULL;
}
