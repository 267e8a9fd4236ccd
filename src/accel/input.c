/* What a build reads: vertices, boxes, instances; the records made of them and their bounds. */
#include <math.h>
#include <string.h>

#include "accel/accel.h"
#include "util/worker_pool.h"

#define INSTANCE_B 64u /* VkAccelerationStructureInstanceKHR */

bool
pum_accel_number(struct pum_accel_geometry *g, uint32_t n)
{
    uint64_t all = 0;
    for (uint32_t i = 0; i < n; i++) {
        g[i].first = all;
        all += g[i].count;
    }
    return all < PUM_ACCEL_MAX_RECORDS;
}

uint32_t
accel_geometry_of(const struct pum_accel_input *in, uint64_t i)
{
    uint32_t lo = 0, n = in->n_geometries;
    while (n > 1) { /* the last one that begins at i or before */
        const uint32_t half = n / 2;
        if (in->geometry[lo + half].first <= i) {
            lo += half;
        }
        n -= half;
    }
    return lo;
}

uint32_t
accel_record_B(enum pum_accel_kind kind)
{
    return kind == PUM_ACCEL_TRIANGLES ? sizeof(struct pum_accel_triangle)
           : kind == PUM_ACCEL_BOXES   ? sizeof(struct pum_accel_box)
                                       : sizeof(struct pum_accel_instance);
}

void
accel_run(struct pum_pool *pool, uint32_t count, void (*fn)(void *arg, uint32_t index, uint32_t worker), void *arg)
{
    if (pool && count > 1) {
        pum_pool_run(pool, count, 1, fn, arg);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        fn(arg, i, 0);
    }
}

/* ---- triangles ---- */

static uint32_t
index_at(const struct pum_accel_geometry *g, uint64_t i)
{
    uint32_t v = 0;
    memcpy(&v, g->indices + i * g->index_B, g->index_B);
    return v;
}

static void
fetch_vertex(const struct pum_accel_geometry *g, uint64_t index, float out[3])
{
    const uint8_t *at = g->data + index * g->stride_B;
    float v[4] = {0.0f};
    if (g->format == PUM_FORMAT_R32G32B32_SFLOAT) {
        memcpy(v, at, 12);
    } else {
        union pum_color c;
        pum_format_unpack(g->format, at, &c);
        memcpy(v, c.f, 12);
    }
    const float *m = g->transform;
    for (int i = 0; i < 3; i++) {
        out[i] = m ? ((m[4 * i] * v[0] + m[4 * i + 1] * v[1]) + m[4 * i + 2] * v[2]) + m[4 * i + 3] : v[i];
    }
}

static void
fetch_triangle(const struct pum_accel_geometry *g, uint32_t primitive, float v[3][3])
{
    for (uint32_t k = 0; k < 3; k++) {
        const uint64_t i = (uint64_t)primitive * 3 + k;
        fetch_vertex(g, g->first_vertex + (g->indices ? index_at(g, i) : i), v[k]);
    }
}

static void
bounds_of_vertices(const float v[3][3], float lo[3], float hi[3])
{
    for (int i = 0; i < 3; i++) {
        lo[i] = hi[i] = v[0][i];
        for (int k = 1; k < 3; k++) {
            lo[i] = v[k][i] < lo[i] ? v[k][i] : lo[i];
            hi[i] = v[k][i] > hi[i] ? v[k][i] : hi[i];
        }
    }
}

/* ---- instances ---- */

/* The inverse of an affine matrix, in double precision, rounded once. False: it has none. */
static bool
invert(const float m[3][4], float out[3][4])
{
    double c[3][3];
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            const int a = (j + 1) % 3, b = (j + 2) % 3, p = (i + 1) % 3, q = (i + 2) % 3;
            c[i][j] = (double)m[a][p] * (double)m[b][q] - (double)m[a][q] * (double)m[b][p];
        }
    }
    const double det = (double)m[0][0] * c[0][0] + (double)m[0][1] * c[1][0] + (double)m[0][2] * c[2][0];
    bool ok = det != 0.0;
    for (int i = 0; i < 3; i++) {
        double w = 0.0;
        for (int j = 0; j < 3; j++) {
            const double v = c[i][j] / det;
            out[i][j] = (float)v;
            w -= v * (double)m[j][3];
            ok = ok && isfinite(out[i][j]);
        }
        out[i][3] = (float)w;
        ok = ok && isfinite(out[i][3]);
    }
    return ok;
}

/* Bounds in the world of what an instance shows. Wider than rounding: rays are brought into its space with single precision. */
static void
instance_bounds(const struct pum_accel_instance *r, float lo[3], float hi[3])
{
    const struct pum_accel *bottom = (const struct pum_accel *)(uintptr_t)r->bottom;
    const bool empty = !pum_accel_is_built(bottom) || bottom->n_nodes == 0;
    for (int i = 0; i < 3; i++) {
        double c = (double)r->to_world[i][3], e = 0.0;
        for (int k = 0; k < 3 && !empty; k++) {
            const double m = (double)r->to_world[i][k];
            c += m * 0.5 * ((double)bottom->lo[k] + (double)bottom->hi[k]);
            e += fabs(m) * 0.5 * ((double)bottom->hi[k] - (double)bottom->lo[k]);
        }
        const double pad = empty ? 0.0 : 0x1p-20 * (fabs(c) + e + fabs((double)r->to_world[i][3]));
        lo[i] = (float)(c - e - pad);
        hi[i] = (float)(c + e + pad);
    }
}

/* A reference of 0, or one that nothing is behind: inactive, r->bottom is 0. */
static void
fetch_instance(const struct pum_accel_input *in, const struct pum_accel_geometry *g, uint32_t primitive, struct pum_accel_instance *r)
{
    const uint8_t *at = g->data + (uint64_t)primitive * g->stride_B;
    if (g->pointers) {
        uint64_t p;
        memcpy(&p, at, sizeof(p));
        at = (const uint8_t *)(uintptr_t)p;
    }
    uint32_t w[2];
    uint64_t reference;
    memset(r, 0, sizeof(*r));
    memcpy(r->to_world, at, sizeof(r->to_world));
    memcpy(w, at + 48, sizeof(w));
    memcpy(&reference, at + 56, sizeof(reference));
    r->custom_index = w[0] & 0xffffff;
    r->mask = (uint8_t)(w[0] >> 24);
    r->sbt_offset = w[1] & 0xffffff;
    r->flags = (uint8_t)(w[1] >> 24);
    r->id = primitive;
    r->bottom = reference ? (uintptr_t)in->find(in->arg, reference) : 0;
    if (!invert((const float(*)[4])r->to_world, r->to_object)) { /* of what is flat nothing can be hit */
        memset(r->to_object, 0, sizeof(r->to_object));
        r->mask = 0;
    }
}
_Static_assert(INSTANCE_B == 48 + 8 + 8, "instances of the API");

/* ---- all ---- */

void
accel_record_bounds(enum pum_accel_kind kind, const void *record, float lo[3], float hi[3])
{
    if (kind == PUM_ACCEL_TRIANGLES) {
        bounds_of_vertices(((const struct pum_accel_triangle *)record)->v, lo, hi);
    } else if (kind == PUM_ACCEL_BOXES) {
        memcpy(lo, ((const struct pum_accel_box *)record)->lo, 12);
        memcpy(hi, ((const struct pum_accel_box *)record)->hi, 12);
    } else {
        instance_bounds(record, lo, hi);
    }
}

void
accel_record(const struct pum_accel_input *in, uint32_t geometry, uint32_t primitive, void *record)
{
    const struct pum_accel_geometry *g = &in->geometry[geometry];
    const uint32_t word = geometry | g->flags;
    if (in->kind == PUM_ACCEL_TRIANGLES) {
        struct pum_accel_triangle *r = record;
        fetch_triangle(g, primitive, r->v);
        r->geometry = word;
        r->primitive = primitive;
        r->pad = 0;
    } else if (in->kind == PUM_ACCEL_BOXES) {
        struct pum_accel_box *r = record;
        const uint8_t *at = g->data + primitive * g->stride_B;
        memcpy(r->lo, at, sizeof(r->lo));
        memcpy(r->hi, at + sizeof(r->lo), sizeof(r->hi));
        r->geometry = word;
        r->primitive = primitive;
    } else {
        fetch_instance(in, g, primitive, record);
    }
}

bool
accel_bounds(const struct pum_accel_input *in, uint32_t geometry, uint32_t primitive, struct accel_ref *out)
{
    union {
        struct pum_accel_triangle triangle;
        struct pum_accel_box box;
        struct pum_accel_instance instance;
    } r;
    accel_record(in, geometry, primitive, &r);
    accel_record_bounds(in->kind, &r, out->lo, out->hi);
    out->primitive = primitive;
    out->geometry = geometry;
    bool active = in->kind != PUM_ACCEL_INSTANCES || r.instance.bottom;
    for (int i = 0; i < 3; i++) { /* NaN in x: inactive. Elsewhere it is undefined what that means */
        active = active && !isnan(out->lo[i]) && !isnan(out->hi[i]);
        for (int k = 0; k < 3 && in->kind == PUM_ACCEL_TRIANGLES; k++) {
            active = active && !isnan(r.triangle.v[k][i]);
        }
    }
    return active;
}
