/* Copies and serialized structures. What is deserialized is checked to its last word before anybody walks it. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "accel/accel.h"

bool
pum_accel_copy(struct pum_accel *out, uint64_t out_B, const struct pum_accel *src)
{
    if (out == src) {
        return true;
    }
    if (!pum_accel_is_built(src) || src->used_B > out_B) {
        if (out_B >= sizeof(*out)) {
            pum_accel_clear(out, PUM_ACCEL_TRIANGLES, 0);
        }
        return false;
    }
    memmove(out, src, src->used_B);
    return true;
}

/* ---- out ---- */

uint64_t
pum_accel_pointer_count(const struct pum_accel *a)
{
    return pum_accel_is_built(a) && a->kind == PUM_ACCEL_INSTANCES ? a->n_records : 0;
}

uint64_t
pum_accel_serialized_B(const struct pum_accel *a)
{
    return pum_accel_is_built(a) ? PUM_SERIAL_HEADER_B + 8 * pum_accel_pointer_count(a) + a->used_B : 0;
}

void
pum_accel_serialize(uint8_t *out, const struct pum_accel *a, const struct pum_accel_identity *id)
{
    const uint64_t n = pum_accel_pointer_count(a), size_B = pum_accel_serialized_B(a);
    if (size_B == 0) {
        return;
    }
    const uint64_t header[3] = {size_B, a->used_B, n};
    memcpy(out, id, sizeof(*id));
    memcpy(out + 32, header, sizeof(header));
    uint8_t *to = out + PUM_SERIAL_HEADER_B + 8 * n;
    memcpy(to, a, a->used_B);
    const struct pum_accel_instance *instance = (const struct pum_accel_instance *)(const void *)((const uint8_t *)a + a->records_at_B);
    for (uint64_t i = 0; i < n; i++) {
        memcpy(out + PUM_SERIAL_HEADER_B + 8 * i, &instance[i].bottom, 8);
        memset(to + a->records_at_B + i * sizeof(*instance) + offsetof(struct pum_accel_instance, bottom), 0, 8);
    }
}

/* ---- in ---- */

bool
pum_accel_is_compatible(const uint8_t *data, const struct pum_accel_identity *id)
{
    return memcmp(data, id, sizeof(*id)) == 0;
}

/* `a` is a copy of the data's first bytes, size_B all that belongs to it. */
static bool
is_sound_header(const struct pum_accel *a, uint64_t size_B, uint64_t n_pointers)
{
    if (!pum_accel_is_built(a) || a->kind < PUM_ACCEL_TRIANGLES || a->kind > PUM_ACCEL_INSTANCES || a->used_B != size_B ||
        a->n_records > PUM_ACCEL_MAX_RECORDS || a->records_at_B != sizeof(*a) || (a->n_nodes == 0) != (a->n_records == 0)) {
        return false;
    }
    const uint64_t records_B = (uint64_t)a->n_records * accel_record_B((enum pum_accel_kind)a->kind);
    const uint64_t nodes_B = (uint64_t)a->n_nodes * sizeof(struct pum_accel_node);
    return a->nodes_at_B % 64 == 0 && a->nodes_at_B >= a->records_at_B + records_B && a->nodes_at_B <= size_B && nodes_B == size_B - a->nodes_at_B &&
           n_pointers == (a->kind == PUM_ACCEL_INSTANCES ? a->n_records : 0);
}

/* A tree whose ways down are short enough, that leads to records that exist. pad[0] of a node is its level meanwhile, 0 = nobody leads there. */
static bool
check_nodes(struct pum_accel *a)
{
    struct pum_accel_node *nodes = (struct pum_accel_node *)(void *)((uint8_t *)a + a->nodes_at_B);
    bool ok = true;
    for (uint32_t i = 0; i < a->n_nodes; i++) {
        memset(nodes[i].pad, 0, sizeof(nodes[i].pad));
    }
    for (uint32_t i = 0; i < a->n_nodes && ok; i++) {
        struct pum_accel_node *n = &nodes[i];
        const uint32_t level = i ? n->pad[0] : 1;
        ok = level != 0 && level <= PUM_ACCEL_MAX_DEPTH;
        for (uint32_t c = 0; c < PUM_ACCEL_WIDTH && ok; c++) {
            const uint32_t ref = n->child[c];
            if (ref == PUM_ACCEL_NO_CHILD) {
                for (int k = 0; k < 3; k++) {
                    n->lo[k][c] = INFINITY;
                    n->hi[k][c] = -INFINITY;
                }
            } else if (ref & PUM_ACCEL_LEAF_BIT) {
                ok = (ref & (PUM_ACCEL_MAX_RECORDS - 1)) + (ref >> 29 & 3) < a->n_records;
            } else {
                ok = ref > i && ref < a->n_nodes && nodes[ref].pad[0] == 0;
                if (ok) {
                    nodes[ref].pad[0] = level + 1;
                }
            }
        }
    }
    for (uint32_t i = 0; i < a->n_nodes; i++) {
        nodes[i].pad[0] = 0;
    }
    return ok;
}

bool
pum_accel_deserialize(struct pum_accel *out, uint64_t out_B, const uint8_t *data, const struct pum_accel_identity *id,
                      const struct pum_accel *(*find)(void *arg, uint64_t reference), void *arg)
{
    uint64_t header[3];
    if (out_B < sizeof(*out)) {
        return false;
    }
    pum_accel_clear(out, PUM_ACCEL_TRIANGLES, 0);
    memcpy(header, data + 32, sizeof(header));
    const uint64_t size_B = header[1], n = header[2];
    if (!pum_accel_is_compatible(data, id) || size_B < sizeof(*out) || size_B > out_B || n > PUM_ACCEL_MAX_RECORDS ||
        header[0] != PUM_SERIAL_HEADER_B + 8 * n + size_B) {
        return false;
    }
    struct pum_accel head;
    const uint8_t *from = data + PUM_SERIAL_HEADER_B + 8 * n;
    memcpy(&head, from, sizeof(head));
    if (!is_sound_header(&head, size_B, n)) {
        return false;
    }
    memcpy(out + 1, from + sizeof(head), size_B - sizeof(head)); /* before the header: the data may change meanwhile, what was checked does not */
    struct pum_accel_instance *instance = (struct pum_accel_instance *)(void *)(out + 1);
    for (uint64_t i = 0; i < n; i++) {
        uint64_t reference;
        memcpy(&reference, data + PUM_SERIAL_HEADER_B + 8 * i, sizeof(reference));
        instance[i].bottom = reference ? (uintptr_t)find(arg, reference) : 0;
    }
    *out = head;
    if (!check_nodes(out)) {
        pum_accel_clear(out, PUM_ACCEL_TRIANGLES, 0);
        return false;
    }
    return true;
}
