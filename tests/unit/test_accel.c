/* Acceleration structures: what the builder leaves obeys abi/accel.h, rays find in it what they find without it, on every instruction set the
 * same bits; whatever the number of threads the same bytes; updates, copies; damaged serialized structures are refused or harmless.
 * SPEC: acceleration-structure, ray-traversal */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accel/accel.h"
#include "rt/rt.h"
#include "util/worker_pool.h"

#define CHECK(c)                                                                                                                          \
    do {                                                                                                                                  \
        if (!(c)) {                                                                                                                       \
            printf("%s:%d: %s\n", scene_name, __LINE__, #c);                                                                              \
            exit(1);                                                                                                                      \
        }                                                                                                                                 \
    } while (0)

static const char *scene_name = "";
static uint64_t seed = 1;
static struct pum_pool *pool;

static uint32_t
rnd(uint32_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((seed >> 33) % n);
}

static float
rnd_f(float lo, float hi)
{
    return lo + (hi - lo) * (float)rnd(1u << 24) * 0x1p-24f;
}

static void *
get(uint64_t size_B)
{
    void *p = aligned_alloc(256, PUM_ALIGN_UP(size_B, (uint64_t)256));
    if (!p) {
        printf("no memory\n");
        exit(77);
    }
    memset(p, 0xcd, PUM_ALIGN_UP(size_B, (uint64_t)256));
    return p;
}

/* ---- scenes ---- */

struct scene {
    float (*v)[3]; /* [3 * n], or boxes as pairs */
    uint32_t n;
    bool boxes;
    uint32_t first_of_second; /* primitives of geometry 0; the rest is geometry 1 */
};

enum shape { SOUP, CLOUD, GRID, LINE, ALL_SAME, FAR_AWAY, SHAPES };
static const char *const shape_names[SHAPES] = {"soup", "cloud", "grid", "line", "same", "far"};

static void
put3(float v[3], float x, float y, float z)
{
    v[0] = x;
    v[1] = y;
    v[2] = z;
}

static void
make_scene(struct scene *s, enum shape shape, uint32_t n, bool boxes)
{
    *s = (struct scene){.n = n, .boxes = boxes, .first_of_second = n / 3, .v = malloc((size_t)(n + 1) * 36)};
    const uint32_t side = (uint32_t)sqrt((double)(n / 2)) + 1, per = boxes ? 2 : 3;
    for (uint32_t i = 0; i < n; i++) {
        float c[3] = {rnd_f(-1, 1), rnd_f(-1, 1), rnd_f(-1, 1)}, size = 0.1f;
        if (shape == CLOUD) { /* dense in the middle */
            const float r = rnd_f(0, 1);
            put3(c, c[0] * r * r, c[1] * r * r, c[2] * r * r);
            size = 0.01f;
        } else if (shape == LINE) {
            put3(c, (float)i, 0, 0);
            size = 0.6f;
        } else if (shape == ALL_SAME) {
            put3(c, 0, 0, 0);
        } else if (shape == FAR_AWAY) {
            put3(c, c[0] + 1000.0f, c[1] - 2000.0f, c[2]);
        }
        for (uint32_t k = 0; k < per; k++) {
            float *v = s->v[i * per + k];
            put3(v, c[0] + rnd_f(-size, size), c[1] + rnd_f(-size, size), c[2] + rnd_f(-size, size));
            if (shape == ALL_SAME) {
                put3(v, k == 1, k == 2, 0.25f);
            }
            if (shape == GRID && !boxes) { /* whole numbers: shared edges and vertices, axis-parallel */
                const uint32_t q = i / 2, x = q % side, y = q / side;
                if (i & 1) { /* (1,0) (1,1) (0,1) */
                    put3(v, (float)(x + (k < 2)), (float)(y + (k > 0)), 0.0f);
                } else { /* (0,0) (1,0) (0,1) */
                    put3(v, (float)(x + (k == 1)), (float)(y + (k == 2)), 0.0f);
                }
            }
        }
        for (int a = 0; a < 3 && boxes; a++) { /* lower corner first */
            float *lo = s->v[i * 2], *hi = s->v[i * 2 + 1];
            const float l = fminf(lo[a], hi[a]), h = fmaxf(lo[a], hi[a]);
            lo[a] = l;
            hi[a] = h;
        }
    }
}

static struct pum_accel_input
input_of(const struct scene *s, struct pum_accel_geometry g[2])
{
    const uint32_t per_B = s->boxes ? 24 : 36;
    for (int i = 0; i < 2; i++) {
        g[i] = (struct pum_accel_geometry){.flags = i ? 0 : PUM_ACCEL_OPAQUE_BIT, .count = i ? s->n - s->first_of_second : s->first_of_second,
                                           .data = (const uint8_t *)s->v + (uint64_t)(i ? s->first_of_second : 0) * per_B,
                                           .stride_B = s->boxes ? 24 : 12, .format = PUM_FORMAT_R32G32B32_SFLOAT};
    }
    if (!pum_accel_number(g, 2)) {
        exit(1);
    }
    return (struct pum_accel_input){.kind = s->boxes ? PUM_ACCEL_BOXES : PUM_ACCEL_TRIANGLES, .n_geometries = 2, .geometry = g};
}

static struct pum_accel *
build(const struct pum_accel_input *in, struct pum_pool *p)
{
    const struct pum_accel_geometry *last = &in->geometry[in->n_geometries - 1];
    const struct pum_accel_sizes z = pum_accel_sizes(in->kind, last->first + last->count);
    uint8_t *scratch = get(z.build_B + 64);
    struct pum_accel *a = get(z.accel_B + 64);
    CHECK(pum_accel_build(a, z.accel_B, scratch, in, p));
    for (int i = 0; i < 64; i++) { /* nothing behind the ends was touched */
        CHECK(scratch[z.build_B + (uint64_t)i] == 0xcd && ((uint8_t *)a)[z.accel_B + (uint64_t)i] == 0xcd);
    }
    CHECK(a->used_B <= z.accel_B);
    free(scratch);
    return a;
}

static const struct pum_accel *
find_any(void *arg, uint64_t reference)
{
    (void)arg;
    return (const struct pum_accel *)(uintptr_t)reference;
}

struct api_instance { /* VkAccelerationStructureInstanceKHR */
    float m[3][4];
    uint32_t custom_mask, sbt_flags;
    uint64_t reference;
};

static struct pum_accel *
build_top(const struct api_instance *inst, uint32_t n, struct pum_pool *p)
{
    struct pum_accel_geometry g = {.count = n, .data = (const uint8_t *)inst, .stride_B = sizeof(*inst)};
    if (!pum_accel_number(&g, 1)) {
        exit(1);
    }
    const struct pum_accel_input in = {.kind = PUM_ACCEL_INSTANCES, .n_geometries = 1, .geometry = &g, .find = find_any};
    return build(&in, p);
}

static struct api_instance
identity(const struct pum_accel *a)
{
    return (struct api_instance){{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}}, 0xff000007, 5, (uintptr_t)a};
}

/* ---- the rules of abi/accel.h ---- */

static uint32_t
check_node(const struct pum_accel *a, uint32_t index, uint32_t depth, uint8_t *seen, const float lo[3], const float hi[3])
{
    const struct pum_accel_node *n = (const struct pum_accel_node *)(const void *)((const uint8_t *)a + a->nodes_at_B) + index;
    const uint8_t *records = (const uint8_t *)a + a->records_at_B;
    uint32_t nodes = 1;
    CHECK(depth <= PUM_ACCEL_MAX_DEPTH);
    for (uint32_t c = 0; c < PUM_ACCEL_WIDTH; c++) {
        const float clo[3] = {n->lo[0][c], n->lo[1][c], n->lo[2][c]}, chi[3] = {n->hi[0][c], n->hi[1][c], n->hi[2][c]};
        const uint32_t ref = n->child[c];
        if (ref == PUM_ACCEL_NO_CHILD) {
            CHECK(clo[0] == INFINITY && chi[0] == -INFINITY);
            continue;
        }
        for (int i = 0; i < 3; i++) {
            CHECK(clo[i] >= lo[i] && chi[i] <= hi[i]);
        }
        if (!(ref & PUM_ACCEL_LEAF_BIT)) {
            CHECK(ref > index && ref < a->n_nodes);
            nodes += check_node(a, ref, depth + 1, seen, clo, chi);
            continue;
        }
        for (uint32_t k = 0; k <= (ref >> 29 & 3); k++) {
            const uint32_t r = (ref & (PUM_ACCEL_MAX_RECORDS - 1)) + k;
            float rlo[3], rhi[3];
            CHECK(r < a->n_records && !seen[r]);
            seen[r] = 1;
            accel_record_bounds((enum pum_accel_kind)a->kind, records + (uint64_t)r * accel_record_B((enum pum_accel_kind)a->kind), rlo, rhi);
            for (int i = 0; i < 3; i++) {
                CHECK(rlo[i] >= clo[i] && rhi[i] <= chi[i]);
            }
        }
    }
    return nodes;
}

static void
check_rules(const struct pum_accel *a)
{
    uint8_t *seen = calloc(a->n_records + 1, 1);
    CHECK(pum_accel_is_built(a));
    if (a->n_nodes) {
        CHECK(check_node(a, 0, 1, seen, a->lo, a->hi) == a->n_nodes);
    }
    for (uint32_t i = 0; i < a->n_records; i++) {
        CHECK(seen[i]);
    }
    free(seen);
}

/* ---- rays ---- */

struct line {
    float o[3], d[3], tmin, tmax;
    uint32_t flags;
};

static struct line
random_line(const struct scene *s)
{
    struct line l = {.tmin = 0, .tmax = INFINITY};
    const uint32_t at = s->n ? rnd(s->n) * (s->boxes ? 2 : 3) : 0;
    const float *to = s->n ? s->v[at + rnd(s->boxes ? 2 : 3)] : l.o;
    for (int i = 0; i < 3; i++) {
        l.o[i] = to[i] + rnd_f(-3, 3);
        l.d[i] = to[i] - l.o[i] + (rnd(2) ? rnd_f(-0.2f, 0.2f) : 0); /* often exactly through a vertex */
    }
    if (rnd(4) == 0) { /* along an axis: other components are 0, of both signs */
        const uint32_t a = rnd(3);
        for (uint32_t i = 0; i < 3; i++) {
            l.o[i] = to[i] - (i == a ? 2.0f : 0.0f);
            l.d[i] = i == a ? 1.0f : rnd(2) ? 0.0f : -0.0f;
        }
    }
    if (rnd(4) == 0) {
        l.tmin = rnd_f(0, 1);
        l.tmax = l.tmin + rnd_f(0, 2);
    }
    l.flags = rnd(3) ? 0 : 1u << rnd(10);
    return l;
}

struct result {
    struct pum_ray_hit hit;
    uint32_t candidates;
};

/* Takes every candidate; boxes at a distance behind their entry that depends on their number. */
static struct result
trace(const struct pum_rt_table *rt, const struct pum_accel *top, const struct line *l, struct pum_ray *r)
{
    struct result out = {.candidates = 0};
    rt->ray_begin(r, (uintptr_t)top, l->flags, 0xff, l->o, l->tmin, l->d, l->tmax);
    while (rt->ray_proceed(r)) {
        out.candidates++;
        if (r->candidate.kind == PUM_HIT_TRIANGLE) {
            pum_ray_confirm(r);
        } else {
            pum_ray_generate(r, r->candidate.t + (float)(r->candidate.primitive % 17) * 0.01f);
        }
    }
    CHECK(!rt->ray_proceed(r));
    out.hit = r->committed;
    return out;
}

static bool
is_same_hit(const struct pum_ray_hit *a, const struct pum_ray_hit *b)
{
    if (a->kind != b->kind) {
        return false;
    }
    return a->kind == PUM_HIT_NONE || (memcmp(&a->t, &b->t, 4) == 0 && a->u == b->u && a->v == b->v && a->front == b->front && a->opaque == b->opaque &&
                                       a->geometry == b->geometry && a->primitive == b->primitive && a->instance->id == b->instance->id);
}

/* Each primitive by itself, in a structure whose bounds are everything: so the tree, its bounds and the order play no part. */
static struct result
trace_each(const struct pum_rt_table *rt, const struct pum_accel *a, struct pum_accel *one, const struct pum_accel *top, const struct line *l, struct pum_ray *r)
{
    struct result out = {.hit.t = l->tmax};
    const uint32_t size_B = accel_record_B((enum pum_accel_kind)a->kind);
    for (uint32_t i = 0; i < a->n_records; i++) {
        memcpy((uint8_t *)one + one->records_at_B, (const uint8_t *)a + a->records_at_B + (uint64_t)i * size_B, size_B);
        struct line k = *l;
        k.flags &= ~(uint32_t)PUM_RAY_TERMINATE_BIT;
        const struct result x = trace(rt, top, &k, r);
        const struct pum_ray_hit keep = r->committed;
        r->committed = out.hit;
        if (x.hit.kind != PUM_HIT_NONE && (x.hit.kind == PUM_HIT_BOX ? keep.t < out.hit.t : pum_ray_is_closer(r, &keep))) {
            out.hit = keep;
        }
        out.candidates += x.candidates;
    }
    return out;
}

static void
make_endless(struct pum_accel_node *n)
{
    for (int i = 0; i < 3; i++) {
        for (int c = 0; c < PUM_ACCEL_WIDTH; c++) {
            n->lo[i][c] = c ? INFINITY : -INFINITY;
            n->hi[i][c] = c ? -INFINITY : INFINITY;
        }
    }
}

/* A structure with room for one record, and a top level over it; their nodes are endless. */
static struct pum_accel *
make_one(const struct pum_accel *a, struct pum_accel **top)
{
    struct pum_accel *one = get(1024);
    pum_accel_clear(one, (enum pum_accel_kind)a->kind, 0);
    one->n_records = one->n_nodes = 1;
    one->nodes_at_B = 512;
    struct pum_accel_node *n = (struct pum_accel_node *)(void *)((uint8_t *)one + 512);
    memset(n, 0, sizeof(*n));
    make_endless(n);
    memcpy(one->lo, a->lo, sizeof(one->lo)); /* what roundings are allowed for depends on them */
    memcpy(one->hi, a->hi, sizeof(one->hi));
    n->child[0] = PUM_ACCEL_LEAF_BIT;
    const struct api_instance inst = identity(one);
    *top = build_top(&inst, 1, NULL);
    make_endless((struct pum_accel_node *)(void *)((uint8_t *)*top + (*top)->nodes_at_B));
    return one;
}

static void
check_scene(enum shape shape, uint32_t n, bool boxes)
{
    static char name[64];
    struct scene s;
    struct pum_accel_geometry g[2];
    snprintf(name, sizeof(name), "%s %u%s", shape_names[shape], n, boxes ? " boxes" : "");
    scene_name = name;
    make_scene(&s, shape, n, boxes);
    const struct pum_accel_input in = input_of(&s, g);
    struct pum_accel *a = build(&in, pool), *alone = build(&in, NULL);
    CHECK(a->used_B == alone->used_B && memcmp(a, alone, a->used_B) == 0);
    check_rules(a);
    CHECK(a->n_records == n);
    const struct api_instance inst = identity(a);
    struct pum_accel *top = build_top(&inst, 1, NULL), *one_top, *one = make_one(a, &one_top);
    check_rules(top);
    struct pum_ray *r = get(sizeof(*r));
    const struct pum_rt_table *rt = pum_rt_table_get(pum_cpu_isa());
    uint32_t hits = 0;
    const uint32_t rays = n > 5000 ? 40 : n > 500 ? 200 : 1000;
    for (uint32_t i = 0; i < rays; i++) {
        const struct line l = random_line(&s);
        const struct result x = trace(rt, top, &l, r);
        for (enum pum_isa isa = PUM_ISA_V2; isa < pum_cpu_isa(); isa++) {
            const struct result y = trace(pum_rt_table_get(isa), top, &l, r);
            CHECK(is_same_hit(&x.hit, &y.hit) && x.candidates == y.candidates);
        }
        const struct result z = trace_each(rt, a, one, one_top, &l, r);
        if (l.flags & PUM_RAY_TERMINATE_BIT) { /* any hit will do */
            CHECK((x.hit.kind == PUM_HIT_NONE) == (z.hit.kind == PUM_HIT_NONE));
        } else if (boxes) { /* which of two at the same distance comes first depends on the structure */
            CHECK(x.hit.kind == z.hit.kind && (x.hit.kind == PUM_HIT_NONE || x.hit.t == z.hit.t));
        } else {
            CHECK(is_same_hit(&x.hit, &z.hit));
        }
        hits += x.hit.kind != PUM_HIT_NONE;
    }
    CHECK(n < 3 || shape == ALL_SAME || hits > (n < 100 ? 0 : rays / 40));
    free(r);
    free(one);
    free(one_top);
    free(top);
    free(alone);
    free(a);
    free(s.v);
}

/* ---- triangles themselves ---- */

/* A closed surface: rays that start inside leave it exactly once, wherever they go: also through vertices and along edges. */
static void
check_watertight(void)
{
    scene_name = "watertight";
    enum { LON = 24, LAT = 12 };
    struct scene s = {.n = 0, .v = malloc(LON * LAT * 2 * 36)};
    float p[LAT + 1][LON][3];
    for (int i = 0; i <= LAT; i++) {
        for (int k = 0; k < LON; k++) {
            const double th = M_PI * i / LAT, ph = 2 * M_PI * k / LON, r = i == 0 || i == LAT ? 0 : sin(th);
            put3(p[i][k], (float)(r * cos(ph)) + 0.125f, (float)(r * sin(ph)) * 3.0f, (float)cos(th));
        }
    }
    for (int i = 0; i < LAT; i++) {
        for (int k = 0; k < LON; k++) {
            const int m = (k + 1) % LON;
            const float *q[6] = {p[i][k], p[i + 1][k], p[i + 1][m], p[i][k], p[i + 1][m], p[i][m]};
            for (int half = 0; half < 2; half++) {
                if ((half == 0 && i == LAT - 1) || (half == 1 && i == 0)) {
                    continue; /* at the poles: no area */
                }
                memcpy(s.v[s.n * 3], q[half * 3], 12);
                memcpy(s.v[s.n * 3 + 1], q[half * 3 + 1], 12);
                memcpy(s.v[s.n * 3 + 2], q[half * 3 + 2], 12);
                s.n++;
            }
        }
    }
    struct pum_accel_geometry g[2];
    const struct pum_accel_input in = input_of(&s, g);
    struct pum_accel *a = build(&in, pool);
    const struct api_instance inst = identity(a);
    struct pum_accel *top = build_top(&inst, 1, NULL);
    struct pum_ray *r = get(sizeof(*r));
    const struct pum_rt_table *rt = pum_rt_table_get(pum_cpu_isa());
    for (uint32_t i = 0; i < 20000; i++) {
        struct line l = {.o = {0.125f, 0, 0}, .tmax = INFINITY};
        const float *v = s.v[rnd(s.n * 3)], *w = s.v[rnd(s.n) * 3];
        const float f = i % 3 == 0 ? 0.0f : i % 3 == 1 ? 0.5f : rnd_f(0, 1);
        const float *e = i % 3 == 1 ? s.v[(uint32_t)(v - s.v[0]) / 9 * 3] : w; /* another vertex of the triangle, or any */
        for (int k = 0; k < 3; k++) {
            l.o[k] += rnd(2) ? 0 : rnd_f(-0.4f, 0.4f);
            l.d[k] = v[k] + (e[k] - v[k]) * f - l.o[k];
        }
        if (l.d[0] == 0 && l.d[1] == 0 && l.d[2] == 0) {
            continue;
        }
        uint32_t hits = 0, front = 0;
        rt->ray_begin(r, (uintptr_t)top, PUM_RAY_NO_OPAQUE_BIT, 0xff, l.o, 0, l.d, INFINITY);
        while (rt->ray_proceed(r)) {
            hits++;
            front += r->candidate.front;
        }
        CHECK(hits == 1 && front == 0); /* from inside: the back */
    }
    free(r);
    free(top);
    free(a);
    free(s.v);
}

/* Against the textbook in double precision. */
static void
check_triangles(void)
{
    scene_name = "triangles";
    struct scene s = {.n = 1, .v = malloc(36)};
    struct pum_accel_geometry g[2];
    struct pum_ray *r = get(sizeof(*r));
    const struct pum_rt_table *rt = pum_rt_table_get(pum_cpu_isa());
    uint32_t hits = 0;
    for (uint32_t i = 0; i < 3000; i++) {
        for (int k = 0; k < 9; k++) {
            s.v[k / 3][k % 3] = rnd_f(-1, 1);
        }
        const struct pum_accel_input in = input_of(&s, g);
        struct pum_accel *a = build(&in, NULL);
        const struct api_instance inst = identity(a);
        struct pum_accel *top = build_top(&inst, 1, NULL);
        for (int j = 0; j < 4; j++) {
            struct line l = {.o = {rnd_f(-2, 2), rnd_f(-2, 2), rnd_f(-2, 2)}, .tmax = INFINITY};
            const float a1 = rnd_f(-0.2f, 1.0f), a2 = rnd_f(-0.2f, 1.0f), away = rnd(8) ? 1.0f : -1.0f;
            double e1[3], e2[3], t[3], n[3], det = 0, t_n = 0, u = 0, v = 0;
            for (int k = 0; k < 3; k++) {
                e1[k] = (double)s.v[1][k] - (double)s.v[0][k];
                e2[k] = (double)s.v[2][k] - (double)s.v[0][k];
                t[k] = (double)l.o[k] - (double)s.v[0][k];
                l.d[k] = away * (s.v[0][k] + a1 * (float)e1[k] + a2 * (float)e2[k] - l.o[k]);
            }
            for (int k = 0; k < 3; k++) {
                n[k] = e1[(k + 1) % 3] * e2[(k + 2) % 3] - e1[(k + 2) % 3] * e2[(k + 1) % 3];
                det -= n[k] * (double)l.d[k];
                t_n += n[k] * t[k];
            }
            for (int k = 0; k < 3; k++) {
                const double dxt = t[(k + 1) % 3] * (double)l.d[(k + 2) % 3] - t[(k + 2) % 3] * (double)l.d[(k + 1) % 3];
                u -= dxt * -e2[k] / det;
                v += dxt * -e1[k] / det;
            }
            const double dist = t_n / det, edge = fmin(fmin(u, v), 1 - u - v);
            const struct result x = trace(rt, top, &l, r);
            if (fabs(edge) > 1e-4 && fabs(det) > 1e-3 && fabs(dist) > 1e-4) {
                const bool hit = edge > 0 && dist > 0;
                CHECK((x.hit.kind == PUM_HIT_TRIANGLE) == hit);
                if (hit) {
                    hits++;
                    CHECK(fabs((double)x.hit.t - dist) < 1e-4 * (1 + dist) && fabs((double)x.hit.u - u) < 1e-3 && fabs((double)x.hit.v - v) < 1e-3);
                    CHECK(x.hit.front == (det > 0));
                }
            }
        }
        free(top);
        free(a);
    }
    CHECK(hits > 3000);
    free(r);
    free(s.v);
}

/* ---- instances ---- */

static void
random_matrix(float m[3][4])
{
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 4; k++) {
            m[i][k] = rnd_f(-1, 1) * (k == 3 ? 8.0f : 1.0f);
        }
    }
}

static void
check_instances(uint32_t n)
{
    scene_name = "instances";
    struct scene s[3];
    struct pum_accel_geometry g[2];
    struct pum_accel *bottom[3];
    for (int i = 0; i < 3; i++) {
        make_scene(&s[i], i == 1 ? CLOUD : i == 0 ? GRID : SOUP, i == 1 ? 1000 : 60, i == 2);
        const struct pum_accel_input in = input_of(&s[i], g);
        bottom[i] = build(&in, pool);
    }
    struct api_instance *inst = calloc(n, sizeof(*inst));
    for (uint32_t i = 0; i < n; i++) {
        inst[i] = (struct api_instance){.custom_mask = i | (i % 7 ? 0xffu : 0x10u) << 24, .sbt_flags = (i * 3) | rnd(16) << 24,
                                        .reference = i % 11 == 3 ? 0 : (uintptr_t)bottom[i ? rnd(3) : 0]};
        random_matrix(inst[i].m);
        if (i % 13 == 5) { /* flat: it shows nothing */
            memset(inst[i].m[1], 0, sizeof(inst[i].m[1]));
        }
    }
    struct pum_accel *top = build_top(inst, n, pool), *alone = build_top(inst, n, NULL);
    CHECK(memcmp(top, alone, top->used_B) == 0);
    check_rules(top);
    struct pum_ray *r = get(sizeof(*r)), *q = get(sizeof(*q));
    const struct pum_rt_table *rt = pum_rt_table_get(pum_cpu_isa());
    uint32_t hits = 0;
    for (uint32_t k = 0; k < 400; k++) {
        struct line l = {.o = {rnd_f(-9, 9), rnd_f(-9, 9), rnd_f(-9, 9)}, .tmax = INFINITY, .flags = rnd(2) ? 0 : 1u << rnd(10)};
        const uint32_t aim = rnd(n);
        const float px = rnd_f(0, 1), py = rnd_f(0, 1);
        for (int i = 0; i < 3; i++) {
            l.d[i] = inst[aim].m[i][3] + inst[aim].m[i][0] * px + inst[aim].m[i][1] * py - l.o[i];
        }
        l.flags &= ~(uint32_t)PUM_RAY_TERMINATE_BIT;
        const struct result x = trace(rt, top, &l, r);
        struct pum_ray_hit best = {.t = l.tmax};
        const struct pum_accel_instance *from = NULL;
        for (uint32_t i = 0; i < n; i++) { /* one after the other */
            struct pum_accel *one = build_top(&inst[i], 1, NULL);
            const struct result y = trace(rt, one, &l, q);
            if (y.hit.kind != PUM_HIT_NONE && y.hit.t < best.t) {
                best = y.hit;
                best.instance = NULL;
                CHECK(x.hit.kind != PUM_HIT_NONE);
            }
            free(one);
        }
        CHECK(x.hit.kind == best.kind && (best.kind == PUM_HIT_NONE || x.hit.t == best.t));
        if (x.hit.kind != PUM_HIT_NONE) {
            uint32_t w[3], o[3];
            from = x.hit.instance;
            hits++;
            rt->ray_get(r, &r->committed, PUM_RAY_CUSTOM_INDEX, 0, w);
            CHECK(w[0] == from->id && from->custom_index == from->id && from->sbt_offset == from->id * 3);
            CHECK(memcmp(from->to_world, inst[from->id].m, sizeof(from->to_world)) == 0);
            rt->ray_get(r, &r->committed, PUM_RAY_OBJECT_ORIGIN, 0, o);
            for (int i = 0; i < 3; i++) { /* back in the world it is the origin */
                float f[3];
                memcpy(f, o, sizeof(f));
                const double back = (double)from->to_world[i][0] * (double)f[0] + (double)from->to_world[i][1] * (double)f[1] +
                                    (double)from->to_world[i][2] * (double)f[2] + (double)from->to_world[i][3];
                CHECK(fabs(back - (double)l.o[i]) < 1e-2);
            }
        }
        l.flags = 0;
    }
    CHECK(hits > 100);
    free(q);
    free(r);
    free(alone);
    free(top);
    free(inst);
    for (int i = 0; i < 3; i++) {
        free(bottom[i]);
        free(s[i].v);
    }
}

/* ---- inactive primitives, updates, copies ---- */

static void
check_update(void)
{
    scene_name = "update";
    struct scene s;
    struct pum_accel_geometry g[2];
    make_scene(&s, SOUP, 3000, false);
    for (uint32_t i = 0; i < s.n; i += 5) {
        s.v[i * 3 + i % 3][0] = NAN;
    }
    const struct pum_accel_input in = input_of(&s, g);
    struct pum_accel *a = build(&in, pool), *b = get(a->used_B), *c = get(a->used_B);
    check_rules(a);
    CHECK(a->n_records == s.n - (s.n + 4) / 5);
    for (uint32_t i = 0; i < s.n * 3; i++) {
        for (int k = 0; k < 3; k++) {
            s.v[i][k] += rnd_f(-0.5f, 0.5f);
        }
    }
    CHECK(!pum_accel_update(b, a->used_B - 1, a, &in, pool) && b->n_nodes == 0);
    CHECK(pum_accel_update(b, a->used_B, a, &in, pool) && pum_accel_copy(c, a->used_B, a) && pum_accel_update(c, a->used_B, c, &in, NULL));
    CHECK(memcmp(b, c, b->used_B) == 0);
    check_rules(b);
    struct pum_accel *fresh = build(&in, pool);
    const struct api_instance ib = identity(b), ifresh = identity(fresh);
    struct pum_accel *tb = build_top(&ib, 1, NULL), *tf = build_top(&ifresh, 1, NULL);
    struct pum_ray *r = get(sizeof(*r));
    const struct pum_rt_table *rt = pum_rt_table_get(pum_cpu_isa());
    for (int i = 0; i < 2000; i++) {
        struct line l = random_line(&s);
        if (isnan(l.o[0])) {
            continue;
        }
        l.flags = 0;
        const struct result x = trace(rt, tb, &l, r), y = trace(rt, tf, &l, r);
        CHECK(is_same_hit(&x.hit, &y.hit)); /* whatever the tree */
    }
    free(r);
    free(tb);
    free(tf);
    free(fresh);
    free(c);
    free(b);
    free(a);
    free(s.v);
}

/* ---- serialized ---- */

static const struct pum_accel *known; /* the only bottom level there is */

static const struct pum_accel *
find_known(void *arg, uint64_t reference)
{
    (void)arg;
    return reference == (uintptr_t)known ? known : NULL;
}

static void
check_serial(void)
{
    scene_name = "serial";
    struct scene s;
    struct pum_accel_geometry g[2];
    const struct pum_accel_identity id = {{1, 2}, {3, 4}};
    const struct pum_rt_table *rt = pum_rt_table_get(pum_cpu_isa());
    struct pum_ray *r = get(sizeof(*r));
    make_scene(&s, SOUP, 300, false);
    const struct pum_accel_input in = input_of(&s, g);
    struct pum_accel *a = build(&in, pool);
    struct api_instance inst[20];
    for (int i = 0; i < 20; i++) {
        inst[i] = identity(a);
        inst[i].m[0][3] = (float)i;
    }
    struct pum_accel *top = build_top(inst, 20, NULL);
    const struct pum_accel *both[2] = {a, top};
    for (int k = 0; k < 2; k++) {
        const struct pum_accel *src = both[k];
        const uint64_t size_B = pum_accel_serialized_B(src);
        uint8_t *data = malloc(size_B), *bad = malloc(size_B);
        struct pum_accel *back = get(src->used_B);
        known = a;
        pum_accel_serialize(data, src, &id);
        CHECK(pum_accel_deserialize(back, src->used_B, data, &id, find_known, NULL) && memcmp(back, src, src->used_B) == 0);
        CHECK(!pum_accel_deserialize(back, src->used_B - 64, data, &id, find_known, NULL) && back->n_nodes == 0);
        uint32_t refused = 0;
        for (int i = 0; i < 20000; i++) {
            memcpy(bad, data, size_B);
            for (uint32_t n = 1 + rnd(3); n; n--) {
                const uint64_t at = (rnd(3) ? rnd((uint32_t)size_B) : rnd(400)) & ~(uint64_t)3;
                const uint32_t values[6] = {0, 1, UINT32_MAX, 0x7fffffff, 0x7fc00000, rnd(1u << 31)};
                uint32_t w;
                memcpy(&w, bad + at, 4);
                w = rnd(2) ? w ^ 1u << rnd(32) : rnd(2) ? values[rnd(6)] : w + 1 - 2 * rnd(2);
                memcpy(bad + at, &w, 4);
            }
            uint64_t said_B;
            memcpy(&said_B, bad + 32, 8);
            if (!pum_accel_deserialize(back, src->used_B, bad, &id, find_known, NULL)) {
                refused++;
                CHECK(back->n_nodes == 0 && pum_accel_is_built(back));
                continue;
            }
            const struct api_instance in_back = identity(back);
            struct pum_accel *over = k ? back : build_top(&in_back, 1, NULL);
            for (int q = 0; q < 8; q++) {
                const struct line l = random_line(&s);
                trace(rt, over, &l, r);
            }
            if (!k) {
                free(over);
            }
        }
        CHECK(refused > 1000 && refused < 19999);
        free(back);
        free(bad);
        free(data);
    }
    free(top);
    free(a);
    free(r);
    free(s.v);
}

int
main(void)
{
    static const uint32_t sizes[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 33, 100, 1000, 6000};
    pool = pum_pool_ref();
    for (uint32_t shape = 0; shape < SHAPES; shape++) {
        for (uint32_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            if (sizes[i] < 2000 || shape == SOUP || shape == GRID) {
                check_scene((enum shape)shape, sizes[i], false);
            }
            if (sizes[i] < 2000 && shape != ALL_SAME) {
                check_scene((enum shape)shape, sizes[i], true);
            }
        }
    }
    for (uint32_t shape = 0; shape < SHAPES; shape++) { /* with tasks and shared splits; only rules and bytes */
        struct scene s;
        struct pum_accel_geometry g[2];
        scene_name = shape_names[shape];
        make_scene(&s, (enum shape)shape, 50000, false);
        const struct pum_accel_input in = input_of(&s, g);
        struct pum_accel *a = build(&in, pool), *b = build(&in, NULL);
        CHECK(memcmp(a, b, a->used_B) == 0);
        check_rules(a);
        free(a);
        free(b);
        free(s.v);
    }
    check_triangles();
    check_watertight();
    check_instances(1);
    check_instances(40);
    check_instances(300);
    check_update();
    check_serial();
    pum_pool_unref(pool);
    printf("ok\n");
    return 0;
}
