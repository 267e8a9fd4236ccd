/* The builder: from the root down, each node is split in two by the surface area heuristic over bins until it has eight children.
 *
 * Eight children wherever there are eight primitives: that bounds the number of nodes. Splits are chosen by cost until the way down gets as long
 * as it may be, then in halves. Large parts are split by all threads together, over pieces that depend on the size alone; what is below a size that
 * also depends on the input alone is a task, whose nodes are made in scratch memory and moved behind those before when all are done. Bounds and
 * counts come out the same whatever the order they are merged in; partitions are stable.
 */
#include <emmintrin.h>
#include <math.h>
#include <string.h>

#include "accel/accel.h"
#include "util/worker_pool.h"

#define BINS 16
#define TASK_MIN 1024u      /* primitives of a task at least, 1/256 of all at most */
#define SHARED_MIN 16384u   /* parts from here on are split by all threads */
#define PIECE_MIN 4096u
#define MAX_PIECES 256u

struct bounds {
    __m128 lo, hi; /* the fourth elements are anything */
};

struct part { /* refs[first .. first + n) */
    struct bounds box;
    uint32_t first, n;
};

struct bins {
    struct bounds box[3][BINS];
    uint32_t count[3][BINS];
};

struct grid { /* bin = (lo + hi - origin) * scale: twice the middle */
    __m128 origin, scale;
};

struct piece {
    struct bounds middles;
    struct bins bins;
    uint32_t left, right; /* count, then place */
};

struct task {
    uint32_t first, n, depth, at; /* node in scratch */
    uint32_t parent, child;       /* who refers to it */
    uint32_t n_nodes, base;       /* made; the final number of the first one */
};

struct build {
    const struct pum_accel_input *in;
    struct pum_pool *pool;
    struct accel_ref *refs, *spare;
    uint32_t n, leaf, task_max;
    struct pum_accel *out;
    struct pum_accel_node *nodes, *spare_nodes;
    uint32_t n_spare;
    struct task *task;
    uint32_t n_tasks;
    struct piece *piece; /* [MAX_PIECES] */
    /* of the split that all threads work on */
    const struct part *part;
    struct grid grid;
    uint32_t per_piece;
    int axis;
    int bin;
    uint32_t n_left;
    uint64_t n_primitives;
    uint32_t inactive; /* atomic */
};

struct walk {
    struct build *b;
    struct pum_accel_node *nodes;
    uint32_t n;
    bool top; /* parts of a task's size become tasks */
};

/* ---- bounds ---- */

static const struct accel_ref *
ref_at(const struct build *b, uint32_t i)
{
    return &b->refs[i];
}

static struct bounds
no_bounds(void)
{
    return (struct bounds){_mm_set1_ps(INFINITY), _mm_set1_ps(-INFINITY)};
}

static struct bounds
ref_bounds(const struct accel_ref *r)
{
    return (struct bounds){_mm_loadu_ps(r->lo), _mm_loadu_ps(r->hi)};
}

static void
join(struct bounds *a, struct bounds b)
{
    a->lo = _mm_min_ps(a->lo, b.lo);
    a->hi = _mm_max_ps(a->hi, b.hi);
}

/* Half of the surface. */
static float
area(const struct bounds *b)
{
    float d[4];
    _mm_storeu_ps(d, _mm_sub_ps(b->hi, b->lo));
    return d[0] * d[1] + d[1] * d[2] + d[2] * d[0];
}

static struct bounds
bounds_of(const struct build *b, uint32_t first, uint32_t n)
{
    struct bounds box = no_bounds();
    for (uint32_t i = 0; i < n; i++) {
        join(&box, ref_bounds(ref_at(b, first + i)));
    }
    return box;
}

/* ---- splits ---- */

static __m128
middle(const struct accel_ref *r)
{
    return _mm_add_ps(_mm_loadu_ps(r->lo), _mm_loadu_ps(r->hi));
}

static void
add_middles(const struct accel_ref *r, uint32_t n, struct bounds *out)
{
    for (uint32_t i = 0; i < n; i++) {
        const __m128 m = middle(&r[i]);
        join(out, (struct bounds){m, m});
    }
}

static struct grid
make_grid(const struct bounds *middles)
{
    float lo[4], hi[4], scale[4] = {0.0f};
    _mm_storeu_ps(lo, middles->lo);
    _mm_storeu_ps(hi, middles->hi);
    for (int i = 0; i < 3; i++) {
        const float extent = hi[i] - lo[i], s = (float)BINS / extent;
        scale[i] = extent > 0.0f && isfinite(s) ? s : 0.0f;
    }
    return (struct grid){middles->lo, _mm_loadu_ps(scale)};
}

/* Numbers that are none, or infinite ones, are in some bin. */
static void
bins_of(const struct grid *g, const struct accel_ref *r, int32_t out[4])
{
    __m128 v = _mm_mul_ps(_mm_sub_ps(middle(r), g->origin), g->scale);
    v = _mm_min_ps(_mm_set1_ps((float)(BINS - 1)), _mm_max_ps(v, _mm_setzero_ps()));
    _mm_storeu_si128((__m128i *)(void *)out, _mm_cvttps_epi32(v));
}

static void
clear_bins(struct bins *bins)
{
    memset(bins->count, 0, sizeof(bins->count));
    for (int a = 0; a < 3; a++) {
        for (int i = 0; i < BINS; i++) {
            bins->box[a][i] = no_bounds();
        }
    }
}

static void
fill_bins(const struct grid *g, const struct accel_ref *r, uint32_t n, struct bins *bins)
{
    for (uint32_t i = 0; i < n; i++) {
        const struct bounds box = ref_bounds(&r[i]);
        int32_t at[4];
        bins_of(g, &r[i], at);
        for (int a = 0; a < 3; a++) {
            join(&bins->box[a][at[a] & (BINS - 1)], box);
            bins->count[a][at[a] & (BINS - 1)]++;
        }
    }
}

/* Finds the cheapest plane: bins up to `bin` of the axis go left. False: nothing tells the primitives apart. */
static bool
choose(const struct bins *bins, const struct grid *g, int *axis, int *bin, struct bounds box[2], uint32_t *n_left)
{
    float scale[4], best = INFINITY;
    _mm_storeu_ps(scale, g->scale);
    for (int a = 0; a < 3; a++) {
        if (!(scale[a] > 0.0f)) {
            continue;
        }
        struct bounds right[BINS], left = no_bounds();
        right[BINS - 1] = bins->box[a][BINS - 1];
        for (int i = BINS - 2; i > 0; i--) {
            right[i] = right[i + 1];
            join(&right[i], bins->box[a][i]);
        }
        uint32_t all = 0, n = 0;
        for (int i = 0; i < BINS; i++) {
            all += bins->count[a][i];
        }
        for (int i = 0; i < BINS - 1; i++) {
            join(&left, bins->box[a][i]);
            n += bins->count[a][i];
            if (n == 0 || n == all) {
                continue;
            }
            const float cost = area(&left) * (float)n + area(&right[i + 1]) * (float)(all - n);
            if (cost < best) {
                best = cost;
                *axis = a;
                *bin = i;
                *n_left = n;
                box[0] = left;
                box[1] = right[i + 1];
            }
        }
    }
    return best < INFINITY;
}

static void
partition(const struct build *b, const struct part *p, const struct grid *g, int axis, int bin)
{
    struct accel_ref *lo = b->refs + p->first, *hi = lo + p->n;
    int32_t at[4];
    while (lo < hi) {
        bins_of(g, lo, at);
        if (at[axis] <= bin) {
            lo++;
        } else {
            const struct accel_ref t = *lo;
            *lo = *--hi;
            *hi = t;
        }
    }
}

/* ---- splits by all threads ---- */

static uint32_t
piece_range(const struct build *b, uint32_t i, struct accel_ref **r)
{
    const uint32_t at = i * b->per_piece;
    *r = b->refs + b->part->first + at;
    return PUM_MIN(b->per_piece, b->part->n - at);
}

static void
middles_task(void *arg, uint32_t i, uint32_t worker)
{
    (void)worker;
    struct build *b = arg;
    struct accel_ref *r;
    const uint32_t n = piece_range(b, i, &r);
    b->piece[i].middles = no_bounds();
    add_middles(r, n, &b->piece[i].middles);
}

static void
bins_task(void *arg, uint32_t i, uint32_t worker)
{
    (void)worker;
    struct build *b = arg;
    struct accel_ref *r;
    const uint32_t n = piece_range(b, i, &r);
    clear_bins(&b->piece[i].bins);
    fill_bins(&b->grid, r, n, &b->piece[i].bins);
}

/* To their places in the spare array. */
static void
scatter_task(void *arg, uint32_t i, uint32_t worker)
{
    (void)worker;
    struct build *b = arg;
    struct accel_ref *r;
    const uint32_t n = piece_range(b, i, &r);
    struct accel_ref *left = b->spare + b->piece[i].left, *right = b->spare + b->piece[i].right;
    for (uint32_t k = 0; k < n; k++) {
        int32_t at[4];
        bins_of(&b->grid, &r[k], at);
        if (at[b->axis] <= b->bin) {
            *left++ = r[k];
        } else {
            *right++ = r[k];
        }
    }
}

static void
gather_task(void *arg, uint32_t i, uint32_t worker)
{
    (void)worker;
    struct build *b = arg;
    struct accel_ref *r;
    const uint32_t n = piece_range(b, i, &r);
    memcpy(r, b->spare + i * b->per_piece, n * sizeof(*r));
}

static bool
split_shared(struct build *b, const struct part *p, struct bounds box[2], uint32_t *n_left)
{
    b->part = p;
    b->per_piece = PUM_MAX(PIECE_MIN, (p->n + MAX_PIECES - 1) / MAX_PIECES);
    const uint32_t pieces = (p->n + b->per_piece - 1) / b->per_piece;
    accel_run(b->pool, pieces, middles_task, b);
    struct bounds middles = no_bounds();
    for (uint32_t i = 0; i < pieces; i++) {
        join(&middles, b->piece[i].middles);
    }
    b->grid = make_grid(&middles);
    accel_run(b->pool, pieces, bins_task, b);
    struct bins all;
    clear_bins(&all);
    for (uint32_t i = 0; i < pieces; i++) {
        for (int a = 0; a < 3; a++) {
            for (int k = 0; k < BINS; k++) {
                join(&all.box[a][k], b->piece[i].bins.box[a][k]);
                all.count[a][k] += b->piece[i].bins.count[a][k];
            }
        }
    }
    if (!choose(&all, &b->grid, &b->axis, &b->bin, box, n_left)) {
        return false;
    }
    uint32_t left = 0, right = *n_left;
    for (uint32_t i = 0; i < pieces; i++) {
        uint32_t n = 0;
        for (int k = 0; k <= b->bin; k++) {
            n += b->piece[i].bins.count[b->axis][k];
        }
        b->piece[i].left = left;
        b->piece[i].right = right;
        left += n;
        right += PUM_MIN(b->per_piece, p->n - i * b->per_piece) - n;
    }
    accel_run(b->pool, pieces, scatter_task, b);
    accel_run(b->pool, pieces, gather_task, b);
    return true;
}

/* p becomes the left part. */
static void
split(const struct walk *w, struct part *p, struct part *right, bool halve)
{
    struct build *b = w->b;
    struct bounds box[2];
    uint32_t n_left = 0;
    bool found = false;
    if (!halve && p->n > 2 && w->top && p->n >= SHARED_MIN) {
        found = split_shared(b, p, box, &n_left);
    } else if (!halve && p->n > 2) {
        struct accel_ref *r = b->refs + p->first;
        struct bounds middles = no_bounds();
        struct bins bins;
        int axis = 0, bin = 0;
        add_middles(r, p->n, &middles);
        const struct grid g = make_grid(&middles);
        clear_bins(&bins);
        fill_bins(&g, r, p->n, &bins);
        found = choose(&bins, &g, &axis, &bin, box, &n_left);
        if (found) {
            partition(b, p, &g, axis, bin);
        }
    }
    if (!found) { /* as they stand */
        n_left = p->n / 2;
        box[0] = bounds_of(b, p->first, n_left);
        box[1] = bounds_of(b, p->first + n_left, p->n - n_left);
    }
    *right = (struct part){box[1], p->first + n_left, p->n - n_left};
    *p = (struct part){box[0], p->first, n_left};
}

/* ---- nodes ---- */

/* Nodes on the way down if n primitives are split in halves. */
static uint32_t
levels_of(uint32_t n)
{
    uint32_t levels = 1;
    for (; n > PUM_ACCEL_WIDTH; n = (n + PUM_ACCEL_WIDTH - 1) / PUM_ACCEL_WIDTH) {
        levels++;
    }
    return levels;
}

/* The part to split next, n: none. First those too large for a leaf, largest surface (or number) first. */
static uint32_t
next_part(const struct part *part, uint32_t n, uint32_t leaf, bool halve)
{
    for (int pass = 0; pass < 2; pass++) {
        uint32_t best = n;
        float best_size = 0.0f;
        for (uint32_t i = 0; i < n; i++) {
            const float size = halve ? (float)part[i].n : area(&part[i].box);
            if (part[i].n > (pass ? 1 : leaf) && (best == n || size > best_size)) {
                best = i;
                best_size = size;
            }
        }
        if (best < n) {
            return best;
        }
    }
    return n;
}

static void
set_child(struct pum_accel_node *node, uint32_t i, const struct bounds *box, uint32_t ref)
{
    float lo[4], hi[4];
    _mm_storeu_ps(lo, box->lo);
    _mm_storeu_ps(hi, box->hi);
    for (int a = 0; a < 3; a++) {
        node->lo[a][i] = lo[a];
        node->hi[a][i] = hi[a];
    }
    node->child[i] = ref;
}

static void
make_node(struct walk *w, uint32_t index, const struct part *whole, uint32_t depth)
{
    struct build *b = w->b;
    struct part part[PUM_ACCEL_WIDTH];
    uint32_t n = 1, number[PUM_ACCEL_WIDTH] = {0};
    const bool halve = depth + levels_of(whole->n) > PUM_ACCEL_MAX_DEPTH;
    part[0] = *whole;
    while (n < PUM_ACCEL_WIDTH) {
        const uint32_t k = next_part(part, n, b->leaf, halve);
        if (k == n) {
            break;
        }
        split(w, &part[k], &part[n], halve);
        n++;
    }
    struct pum_accel_node *node = &w->nodes[index];
    memset(node, 0, sizeof(*node));
    const struct bounds none = no_bounds();
    for (uint32_t i = 0; i < PUM_ACCEL_WIDTH; i++) {
        uint32_t ref = PUM_ACCEL_NO_CHILD;
        if (i < n && part[i].n <= b->leaf) {
            ref = PUM_ACCEL_LEAF_BIT | (part[i].n - 1) << 29 | part[i].first;
        } else if (i < n && w->top && part[i].n <= b->task_max) {
            b->task[b->n_tasks++] = (struct task){.first = part[i].first, .n = part[i].n, .depth = depth + 1, .parent = index, .child = i};
        } else if (i < n) {
            ref = number[i] = w->n++;
        }
        set_child(node, i, i < n ? &part[i].box : &none, ref);
    }
    for (uint32_t i = 0; i < n; i++) {
        if (number[i]) {
            make_node(w, number[i], &part[i], depth + 1);
        }
    }
}

static uint64_t
max_nodes(uint32_t leaf, uint64_t n)
{
    const uint64_t most = n > leaf ? (8 * n - (leaf + 1)) / (7 * (leaf + 1)) : 0;
    return n ? PUM_MAX(most, (uint64_t)1) : 0;
}

/* ---- tasks ---- */

static void
make_task(void *arg, uint32_t i, uint32_t worker)
{
    (void)worker;
    struct build *b = arg;
    struct task *t = &b->task[i];
    struct walk w = {.b = b, .nodes = b->spare_nodes + t->at, .n = 1};
    const struct part whole = {bounds_of(b, t->first, t->n), t->first, t->n};
    make_node(&w, 0, &whole, t->depth);
    t->n_nodes = w.n;
}

static void
move_task(void *arg, uint32_t i, uint32_t worker)
{
    (void)worker;
    const struct build *b = arg;
    const struct task *t = &b->task[i];
    for (uint32_t k = 0; k < t->n_nodes; k++) {
        struct pum_accel_node *to = &b->nodes[t->base + k];
        *to = b->spare_nodes[t->at + k];
        for (uint32_t c = 0; c < PUM_ACCEL_WIDTH; c++) {
            const bool inner = to->child[c] != PUM_ACCEL_NO_CHILD && !(to->child[c] & PUM_ACCEL_LEAF_BIT);
            to->child[c] += inner ? t->base : 0;
        }
    }
}

static uint32_t
make_tree(struct build *b)
{
    const struct part whole = {bounds_of(b, 0, b->n), 0, b->n};
    struct walk w = {.b = b, .nodes = b->nodes, .n = 1, .top = b->n > b->task_max};
    float lo[4], hi[4];
    _mm_storeu_ps(lo, whole.box.lo);
    _mm_storeu_ps(hi, whole.box.hi);
    memcpy(b->out->lo, lo, sizeof(b->out->lo));
    memcpy(b->out->hi, hi, sizeof(b->out->hi));
    make_node(&w, 0, &whole, 1);
    for (uint32_t i = 0; i < b->n_tasks; i++) {
        b->task[i].at = b->n_spare;
        b->n_spare += (uint32_t)max_nodes(b->leaf, b->task[i].n);
    }
    accel_run(b->pool, b->n_tasks, make_task, b);
    uint32_t n = w.n;
    for (uint32_t i = 0; i < b->n_tasks; i++) {
        struct task *t = &b->task[i];
        t->base = n;
        n += t->n_nodes;
        b->nodes[t->parent].child[t->child] = t->base;
    }
    accel_run(b->pool, b->n_tasks, move_task, b);
    return n;
}

/* ---- the whole ---- */

#define CHUNK 4096u

static void
refs_task(void *arg, uint32_t i, uint32_t worker)
{
    (void)worker;
    struct build *b = arg;
    const uint64_t first = (uint64_t)i * CHUNK, end = PUM_MIN(first + CHUNK, b->n_primitives);
    uint32_t g = accel_geometry_of(b->in, first), inactive = 0;
    for (uint64_t k = first; k < end; k++) {
        while (k - b->in->geometry[g].first >= b->in->geometry[g].count) {
            g++;
        }
        if (!accel_bounds(b->in, g, (uint32_t)(k - b->in->geometry[g].first), &b->refs[k])) {
            b->refs[k].geometry = UINT32_MAX;
            inactive++;
        }
    }
    if (inactive) {
        __atomic_fetch_add(&b->inactive, inactive, __ATOMIC_RELAXED);
    }
}

static void
records_task(void *arg, uint32_t i, uint32_t worker)
{
    (void)worker;
    const struct build *b = arg;
    const uint32_t size_B = accel_record_B(b->in->kind), end = PUM_MIN((i + 1) * CHUNK, b->n);
    uint8_t *records = (uint8_t *)b->out + b->out->records_at_B;
    for (uint32_t k = i * CHUNK; k < end; k++) {
        accel_record(b->in, b->refs[k].geometry, b->refs[k].primitive, records + (uint64_t)k * size_B);
    }
}

static uint32_t
leaf_of(enum pum_accel_kind kind)
{
    return kind == PUM_ACCEL_INSTANCES ? 1 : PUM_ACCEL_MAX_LEAF; /* an instance is much work */
}

static uint32_t
task_max(uint64_t n)
{
    return (uint32_t)PUM_MAX(n / 256, (uint64_t)TASK_MIN);
}

struct layout { /* of scratch memory */
    uint64_t spare_at, nodes_at, tasks_at, pieces_at, end;
};

static struct layout
scratch_layout(enum pum_accel_kind kind, uint64_t n)
{
    const uint32_t leaf = leaf_of(kind);
    const bool tasks = n > task_max(n), shared = tasks && n >= SHARED_MIN;
    struct layout l;
    l.spare_at = n * sizeof(struct accel_ref);
    l.nodes_at = PUM_ALIGN_UP(l.spare_at + (shared ? n * sizeof(struct accel_ref) : 0), (uint64_t)64);
    l.tasks_at = l.nodes_at + (tasks ? max_nodes(leaf, n) * sizeof(struct pum_accel_node) : 0);
    l.pieces_at = PUM_ALIGN_UP(l.tasks_at + (tasks ? (n / (leaf + 1) + 1) * sizeof(struct task) : 0), (uint64_t)16);
    l.end = l.pieces_at + (shared ? MAX_PIECES * sizeof(struct piece) : 0);
    return l;
}

static uint64_t
nodes_at(enum pum_accel_kind kind, uint64_t n)
{
    return sizeof(struct pum_accel) + PUM_ALIGN_UP(n * accel_record_B(kind), (uint64_t)64);
}

struct pum_accel_sizes
pum_accel_sizes(enum pum_accel_kind kind, uint64_t n)
{
    const struct layout l = scratch_layout(kind, n);
    return (struct pum_accel_sizes){
        .accel_B = PUM_ALIGN_UP(nodes_at(kind, n) + max_nodes(leaf_of(kind), n) * sizeof(struct pum_accel_node), (uint64_t)PUM_ACCEL_ALIGN_B),
        .build_B = PUM_ALIGN_UP(PUM_MAX(l.end, (uint64_t)1), (uint64_t)PUM_ACCEL_ALIGN_B),
        .update_B = PUM_ACCEL_ALIGN_B, /* nothing is needed */
    };
}

void
pum_accel_clear(struct pum_accel *out, enum pum_accel_kind kind, uint32_t build_flags)
{
    *out = (struct pum_accel){.magic = PUM_ACCEL_MAGIC, .version = PUM_ACCEL_VERSION, .kind = (uint8_t)kind, .build_flags = build_flags,
                              .used_B = sizeof(*out), .records_at_B = sizeof(*out), .nodes_at_B = sizeof(*out)};
}

bool
pum_accel_build(struct pum_accel *out, uint64_t out_B, uint8_t *scratch, const struct pum_accel_input *in, struct pum_pool *pool)
{
    const uint32_t last = in->n_geometries;
    const uint64_t n = last ? in->geometry[last - 1].first + in->geometry[last - 1].count : 0;
    if (out_B < sizeof(*out)) {
        return false;
    }
    pum_accel_clear(out, in->kind, in->build_flags);
    if (n >= PUM_ACCEL_MAX_RECORDS || pum_accel_sizes(in->kind, n).accel_B > out_B) {
        return false;
    }
    out->n_geometries = in->n_geometries;
    out->n_primitives = (uint32_t)n;
    const struct layout l = scratch_layout(in->kind, n);
    struct build b = {.in = in, .pool = pool, .out = out, .refs = (struct accel_ref *)(void *)scratch, .leaf = leaf_of(in->kind),
                      .task_max = task_max(n), .n_primitives = n};
    b.spare = (struct accel_ref *)(void *)(scratch + l.spare_at);
    b.spare_nodes = (struct pum_accel_node *)(void *)(scratch + l.nodes_at);
    b.task = (struct task *)(void *)(scratch + l.tasks_at);
    b.piece = (struct piece *)(void *)(scratch + l.pieces_at);
    accel_run(pool, (uint32_t)((n + CHUNK - 1) / CHUNK), refs_task, &b);
    b.n = b.inactive ? 0 : (uint32_t)n;
    for (uint64_t i = 0; i < n && b.inactive; i++) {
        if (b.refs[i].geometry != UINT32_MAX) {
            b.refs[b.n++] = b.refs[i];
        }
    }
    if (b.n == 0) {
        return true;
    }
    out->n_records = b.n;
    out->nodes_at_B = nodes_at(in->kind, b.n);
    b.nodes = (struct pum_accel_node *)(void *)((uint8_t *)out + out->nodes_at_B);
    const uint32_t n_nodes = make_tree(&b);
    accel_run(pool, (b.n + CHUNK - 1) / CHUNK, records_task, &b);
    out->used_B = out->nodes_at_B + (uint64_t)n_nodes * sizeof(struct pum_accel_node);
    out->n_nodes = n_nodes;
    return true;
}
