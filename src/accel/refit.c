/* Updates: records are made again in the order they have, then bounds from the leaves up. */
#include <math.h>
#include <string.h>

#include "accel/accel.h"

#define CHUNK 2048u

struct refit {
    const struct pum_accel_input *in;
    struct pum_accel *out;
    struct pum_accel_node *nodes;
    uint8_t *records;
};

static void
add_box(float lo[3], float hi[3], const float a[3], const float b[3])
{
    for (int i = 0; i < 3; i++) {
        lo[i] = a[i] < lo[i] ? a[i] : lo[i];
        hi[i] = b[i] > hi[i] ? b[i] : hi[i];
    }
}

static void
set_box(struct pum_accel_node *n, uint32_t c, const float lo[3], const float hi[3])
{
    for (int i = 0; i < 3; i++) {
        n->lo[i][c] = lo[i];
        n->hi[i][c] = hi[i];
    }
}

/* What the input no longer has stays as it is. */
static void
records_task(void *arg, uint32_t i, uint32_t worker)
{
    (void)worker;
    const struct refit *f = arg;
    const uint32_t size_B = accel_record_B(f->in->kind), end = PUM_MIN((i + 1) * CHUNK, f->out->n_records);
    for (uint32_t k = i * CHUNK; k < end; k++) {
        void *record = f->records + (uint64_t)k * size_B;
        uint32_t g = 0, primitive;
        if (f->in->kind == PUM_ACCEL_TRIANGLES) {
            g = ((struct pum_accel_triangle *)record)->geometry & PUM_ACCEL_GEOMETRY_MASK;
            primitive = ((struct pum_accel_triangle *)record)->primitive;
        } else if (f->in->kind == PUM_ACCEL_BOXES) {
            g = ((struct pum_accel_box *)record)->geometry & PUM_ACCEL_GEOMETRY_MASK;
            primitive = ((struct pum_accel_box *)record)->primitive;
        } else {
            primitive = ((struct pum_accel_instance *)record)->id;
        }
        if (g < f->in->n_geometries && primitive < f->in->geometry[g].count) {
            accel_record(f->in, g, primitive, record);
        }
    }
}

static void
leaves_task(void *arg, uint32_t i, uint32_t worker)
{
    (void)worker;
    const struct refit *f = arg;
    const uint32_t size_B = accel_record_B(f->in->kind), end = PUM_MIN((i + 1) * CHUNK, f->out->n_nodes);
    for (uint32_t k = i * CHUNK; k < end; k++) {
        struct pum_accel_node *n = &f->nodes[k];
        for (uint32_t c = 0; c < PUM_ACCEL_WIDTH; c++) {
            if (!(n->child[c] & PUM_ACCEL_LEAF_BIT)) {
                continue;
            }
            float lo[3] = {INFINITY, INFINITY, INFINITY}, hi[3] = {-INFINITY, -INFINITY, -INFINITY};
            const uint32_t first = n->child[c] & (PUM_ACCEL_MAX_RECORDS - 1), count = (n->child[c] >> 29 & 3) + 1;
            for (uint32_t r = first; r < first + count; r++) {
                float a[3], b[3];
                accel_record_bounds(f->in->kind, f->records + (uint64_t)r * size_B, a, b);
                add_box(lo, hi, a, b);
            }
            set_box(n, c, lo, hi);
        }
    }
}

static void
bounds_of_node(const struct pum_accel_node *n, float lo[3], float hi[3])
{
    for (int i = 0; i < 3; i++) {
        lo[i] = INFINITY;
        hi[i] = -INFINITY;
    }
    for (uint32_t c = 0; c < PUM_ACCEL_WIDTH; c++) {
        const float a[3] = {n->lo[0][c], n->lo[1][c], n->lo[2][c]}, b[3] = {n->hi[0][c], n->hi[1][c], n->hi[2][c]};
        add_box(lo, hi, a, b);
    }
}

bool
pum_accel_update(struct pum_accel *out, uint64_t out_B, const struct pum_accel *src, const struct pum_accel_input *in, struct pum_pool *pool)
{
    if (!pum_accel_is_built(src) || src->kind != in->kind || (out != src && !pum_accel_copy(out, out_B, src))) {
        return false;
    }
    struct refit f = {in, out, (struct pum_accel_node *)(void *)((uint8_t *)out + out->nodes_at_B), (uint8_t *)out + out->records_at_B};
    accel_run(pool, (out->n_records + CHUNK - 1) / CHUNK, records_task, &f);
    accel_run(pool, (out->n_nodes + CHUNK - 1) / CHUNK, leaves_task, &f);
    for (uint32_t k = out->n_nodes; k-- > 0;) { /* children have higher numbers */
        struct pum_accel_node *n = &f.nodes[k];
        for (uint32_t c = 0; c < PUM_ACCEL_WIDTH; c++) {
            if (n->child[c] != PUM_ACCEL_NO_CHILD && !(n->child[c] & PUM_ACCEL_LEAF_BIT)) {
                float lo[3], hi[3];
                bounds_of_node(&f.nodes[n->child[c]], lo, hi);
                set_box(n, c, lo, hi);
            }
        }
    }
    if (out->n_nodes) {
        bounds_of_node(f.nodes, out->lo, out->hi);
    }
    return true;
}
