/* Tiles with several samples per pixel, and what happens between the fragment stage and the targets.
 *
 * Once per pixel: the shader gets the pixels that any sample covers, and the targets' routine spreads its colours over the samples.
 * Once per sample: the shader gets one sample after the other, as if each were the only one.
 * SPEC: primsrast-multisampling, primsrast-sampleshading, fragops-covg. */
#include <stddef.h>
#include <string.h>

#include "raster/tile_worker.h"

void
pum_tile_bind_samples(struct pum_tile_worker *w)
{
    const struct pum_tile_state *st = w->draw->state;
    bool moved = false;
    if (st->samples == 1) {
        memcpy(w->zs[0].pos, st->pos[0], sizeof(st->pos[0]));
        return;
    }
    for (uint32_t s = 0; s < st->samples; s++) {
        moved = moved || memcmp(w->zs[s].pos, st->pos[s], sizeof(st->pos[s])) != 0;
    }
    for (uint32_t i = 0; i < PUM_TILE_BLOCKS && moved && w->packing; i++) { /* planes are meant at the old places */
        const uint32_t bx = i & 15, by = i >> 4, kind = w->z.kind[pum_depth_at(bx, by)];
        if (kind && !w->z.plane[kind - 1].flat) {
            pum_tile_unpack_depth(w, bx, by);
        }
    }
    for (uint32_t s = 0; s < st->samples; s++) {
        memcpy(w->zs[s].pos, st->pos[s], sizeof(st->pos[s]));
    }
    w->ones[0] = w->ones[1] = 0;
    w->box[0] = w->box[2] = 1.0f;
    w->box[1] = w->box[3] = 0.0f;
    for (uint32_t s = 0; s < st->samples; s++) {
        w->ones[s / 4] |= (uint64_t)1 << (16 * (s % 4));
        for (uint32_t a = 0; a < 2; a++) {
            w->box[a * 2] = PUM_MIN(w->box[a * 2], st->pos[s][a]);
            w->box[a * 2 + 1] = PUM_MAX(w->box[a * 2 + 1], st->pos[s][a]);
        }
    }
}

/* ---- before the shader ---- */

/* The same pixels for all samples. */
static inline void
cover(struct pum_tile_worker *w, uint32_t at, uint32_t mask)
{
    const uint64_t c[2] = {w->ones[0] * mask, w->ones[1] * mask};
    memcpy(w->covered[at], c, sizeof(c));
}
/* Do all samples cover the same pixels of the block? */
static inline bool
alike(const struct pum_tile_worker *w, uint32_t at, uint32_t mask)
{
    uint64_t c[2];
    memcpy(c, w->covered[at], sizeof(c));
    return w->covers_all || (c[0] == w->ones[0] * mask && c[1] == w->ones[1] * mask);
}

void
pum_tile_write_covered(struct pum_tile_worker *w, uint32_t n)
{
    for (uint32_t i = 0; i < n && w->covers_all; i++) {
        cover(w, pum_tile_block_index(&w->blocks[i]), w->blocks[i].mask);
    }
    w->covers_all = w->full_tile = false;
}

uint32_t
pum_tile_all_samples(struct pum_tile_worker *w, uint32_t n)
{
    const struct pum_tile_state *st = w->draw->state;
    const bool some = st->sample_mask != (1u << st->samples) - 1;
    w->covers_all = true;
    w->full_tile = false;
    if (!w->lazy || some) {
        pum_tile_write_covered(w, n);
    }
    for (uint32_t s = 0; s < st->samples && some; s++) {
        for (uint32_t i = 0; i < n && !(st->sample_mask >> s & 1); i++) {
            w->covered[pum_tile_block_index(&w->blocks[i])][s] = 0;
        }
    }
    return n;
}

uint32_t
pum_tile_cover_samples(struct pum_tile_worker *w, const struct pum_prim *p, bool full, uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1)
{
    const struct pum_raster_kernels *k = w->frame->k;
    const struct pum_tile_state *st = w->draw->state;
    const uint32_t samples = st->samples;
    const bool some = st->sample_mask != (1u << samples) - 1;
    uint32_t n;
    if (full) {
        n = pum_tile_all_samples(w, k->cover_rect(w->blocks, x0, y0, x1, y1));
        w->full_tile = w->covers_all && x0 == 0 && y0 == 0 && x1 == PUM_TILE_PX - 1 && y1 == PUM_TILE_PX - 1;
        return n;
    }
    const int64_t dx = (int64_t)(w->px - w->frame->center_x) * 256 - p->x0, dy = (int64_t)(w->py - w->frame->center_y) * 256 - p->y0;
    struct pum_sample_edges e = {.samples = samples,
                                 .e = {.count = p->kind == PUM_PRIM_TRIANGLE ? 3 : 4,
                                       .x0 = (uint8_t)x0, .y0 = (uint8_t)y0, .x1 = (uint8_t)x1, .y1 = (uint8_t)y1}};
    for (uint32_t i = 0; i < e.e.count; i++) {
        const int32_t a = p->a[i], b = p->b[i];
        const int64_t corner = a * dx + b * dy + p->c[i], far = PUM_TILE_PX - 1;
        int64_t c[PUM_MAX_SAMPLES], min = INT64_MAX, max = INT64_MIN;
        for (uint32_t s = 0; s < samples; s++) { /* the floor drops nothing: steps between pixels are whole */
            c[s] = (corner + (int64_t)a * (st->place[s][0] * 16) + (int64_t)b * (st->place[s][1] * 16)) >> 8;
            min = PUM_MIN(min, c[s]);
            max = PUM_MAX(max, c[s]);
        }
        if (max + far * ((a > 0 ? a : 0) + (int64_t)(b > 0 ? b : 0)) < 0) {
            return 0;
        }
        if (min + far * ((a < 0 ? a : 0) + (int64_t)(b < 0 ? b : 0)) >= 0) { /* inside everywhere: a constant keeps the 32-bit budget */
            continue;
        }
        e.e.a[i] = a;
        e.e.b[i] = b;
        e.e.c[i] = (int32_t)min;
        e.max[i] = (int32_t)max;
        for (uint32_t s = 0; s < samples; s++) {
            e.c[s][i] = (int32_t)c[s];
        }
    }
    w->covers_all = w->full_tile = false;
    n = k->cover_samples(w->blocks, w->covered, &e);
    const bool cut = p->cut && (x0 > 0 || y0 > 0 || x1 < PUM_TILE_PX - 1 || y1 < PUM_TILE_PX - 1);
    return n && (cut || some) ? k->clip_samples(w->blocks, n, w->covered, st->sample_mask, x0, y0, x1, y1) : n;
}

/* The blocks that sample s covers. */
static uint32_t
blocks_of_sample(struct pum_tile_worker *w, uint32_t n, uint32_t s)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct pum_fs_block *b = &w->blocks[i];
        const uint16_t mask = w->covered[pum_tile_block_index(b)][s];
        w->list[left] = (struct pum_fs_block){b->x, b->y, mask};
        left += mask != 0;
    }
    return left;
}

static inline uint32_t
any_sample(const struct pum_tile_worker *w, uint32_t at)
{
    uint64_t any[2];
    memcpy(any, w->covered[at], sizeof(any));
    any[0] |= any[1];
    any[0] |= any[0] >> 32;
    return (uint32_t)(any[0] | any[0] >> 16) & 0xffffu;
}

/* Is there a place for one more plane? w->z_kind says which. */
static inline bool
has_plane(struct pum_tile_worker *w)
{
    if (!w->z_kind) {
        struct pum_plane plane = w->planes[PUM_FS_PLANE_Z];
        plane.flat = 0;
        w->z_kind = (uint8_t)pum_tile_depth_kind(&w->z, &plane);
    }
    return w->z_kind != 0;
}

/* All samples of the block get the primitive's depth. */
static inline bool
keep_plane(struct pum_tile_worker *w, const struct pum_fs_block *b, float lo, float hi)
{
    const uint32_t at = pum_depth_at(b->x, b->y);
    if (!has_plane(w)) {
        return false;
    }
    w->z.kind[at] = w->z_kind;
    w->z.lo[at] = lo;
    w->z.hi[at] = hi;
    return true;
}

/* The same of 16 blocks from number i on, which are a region. */
static bool
keep_region(struct pum_tile_worker *w, uint32_t i)
{
    const uint32_t at = pum_depth_at(w->blocks[i].x, w->blocks[i].y);
    if (w->sorted.exact[i / 16] != 0xffff || !has_plane(w)) {
        return false;
    }
    memset(&w->z.kind[at], w->z_kind, 16);
    memcpy(&w->z.lo[at], &w->sorted.lo[i], 64);
    memcpy(&w->z.hi[at], &w->sorted.hi[i], 64);
    return true;
}

/* Depth between lo and hi may have been written, or has been to all samples. */
static void
widen(struct pum_tile_depth *d, uint32_t at, float lo, float hi, bool all)
{
    d->lo[at] = all || lo < d->lo[at] ? lo : d->lo[at]; /* unknown stays unknown */
    d->hi[at] = all || hi > d->hi[at] ? hi : d->hi[at];
}

enum verdict { FAIL, PASS, UNDECIDED };

/* What bounds say about block number i of the list that has been sorted. */
static inline enum verdict
judge(const struct pum_tile_worker *w, const struct pum_zs_state *zs, uint32_t i, uint32_t at)
{
    const struct pum_depth_sorted *o = &w->sorted;
    const uint32_t bit = 1u << (i & 15);
    if (o->pass[i / 16] & bit) {
        return PASS;
    }
    if (o->fail[i / 16] & bit) {
        return FAIL;
    }
    if (w->z.kind[at] && o->exact[i / 16] & bit) { /* the same plane again? */
        const struct pum_plane *had = &w->z.plane[w->z.kind[at] - 1], *now = &w->planes[PUM_FS_PLANE_Z];
        if (!had->flat && memcmp(had, now, offsetof(struct pum_plane, flat)) == 0) {
            return zs->compare == PUM_COMPARE_EQUAL || zs->compare == PUM_COMPARE_LESS_EQUAL || zs->compare == PUM_COMPARE_GREATER_EQUAL ? PASS : FAIL;
        }
    }
    return UNDECIDED;
}

static void
sort(struct pum_tile_worker *w, const struct pum_zs_state *zs, const struct pum_fs_block *blocks, uint32_t n)
{
    const uint32_t viewport = w->prim->viewport;
    const struct pum_tile_state *st = w->draw->state;
    w->frame->k->depth_sort(&w->sorted, zs, &w->z, &w->planes[PUM_FS_PLANE_Z], st->z_min[viewport], st->z_max[viewport], w->box, blocks, n);
}

/* Sample by sample; what passes is in `covered`. */
static uint64_t
test_each(struct pum_tile_worker *w, const struct pum_zs_state *zs, const struct pum_fs_block *blocks, uint32_t n, bool write)
{
    const struct pum_tile_state *st = w->draw->state;
    const uint32_t viewport = w->prim->viewport;
    uint64_t passed = 0;
    for (uint32_t i = 0; i < n && w->packing; i++) {
        if (zs->z_test || zs->bounds_test) {
            pum_tile_unpack_depth(w, blocks[i].x, blocks[i].y);
        }
        if (zs->stencil_test) {
            pum_tile_unpack_stencil(w, blocks[i].x, blocks[i].y);
        }
    }
    for (uint32_t s = 0; s < st->samples; s++) {
        uint32_t all = 0;
        for (uint32_t i = 0; i < n; i++) { /* the sample's blocks; what passes is written back */
            const struct pum_fs_block *b = &blocks[i];
            uint16_t *c = &w->covered[pum_tile_block_index(b)][s];
            w->list[all] = (struct pum_fs_block){b->x, b->y, *c};
            all += *c != 0;
            *c = 0;
        }
        const uint32_t left = w->frame->k->depth_stencil(zs, &w->zs[s], w->list, all, &w->planes[PUM_FS_PLANE_Z], st->z_min[viewport],
                                                         st->z_max[viewport], w->prim->front, NULL, NULL, write, &passed);
        for (uint32_t i = 0; i < left; i++) {
            w->covered[pum_tile_block_index(&w->list[i])][s] = w->list[i].mask;
        }
    }
    return passed;
}

/* Stencil of blocks whose samples are equal and covered alike, and whose depth test is decided: all pass or all fail. Puts those that are left
 * into w->blocks from `left` on. */
static uint32_t
stencil_first(struct pum_tile_worker *w, const struct pum_zs_state *zs, bool pass, uint32_t n, uint32_t left, bool write, uint64_t *passed)
{
    struct pum_zs_state one = *zs;
    one.z_test = false;
    for (uint32_t f = 0; f < 2 && !pass; f++) {
        one.face[f].pass_op = one.face[f].depth_fail_op;
    }
    struct pum_fs_block *list = w->decided[pass];
    uint64_t count = 0;
    n = w->frame->k->depth_stencil(&one, &w->zs[0], list, n, &w->planes[PUM_FS_PLANE_Z], 0.0f, 0.0f, w->prim->front, NULL, NULL, write, &count);
    if (!pass) {
        return left;
    }
    *passed += count * w->draw->state->samples;
    memcpy(w->blocks + left, list, n * sizeof(*list));
    for (uint32_t i = 0; i < n; i++) {
        cover(w, pum_tile_block_index(&list[i]), list[i].mask);
    }
    if (write && zs->z_test && zs->z_write && n) { /* what stencil has left */
        struct pum_zs_state depth = *zs;
        depth.stencil_test = false;
        depth.compare = PUM_COMPARE_ALWAYS;
        sort(w, &depth, list, n);
        uint32_t some = 0;
        for (uint32_t i = 0; i < n; i++) {
            const bool all = list[i].mask == 0xffff;
            if (!all || !(w->sorted.exact[i / 16] >> (i & 15) & 1) || !keep_plane(w, &list[i], w->sorted.lo[i], w->sorted.hi[i])) {
                widen(&w->z, pum_depth_at(list[i].x, list[i].y), w->sorted.lo[i], w->sorted.hi[i], all);
                list[some++] = list[i];
            }
        }
        test_each(w, &depth, list, some, true);
    }
    return left + n;
}

/* Blocks whose test bounds decide need no look at their samples. passed: NULL if nobody counts. */
static uint32_t
test_packed(struct pum_tile_worker *w, const struct pum_zs_state *zs, uint32_t n, bool write, uint64_t *passed)
{
    const uint32_t samples = w->draw->state->samples;
    const bool store = write && zs->z_test && zs->z_write, stencil = zs->stencil_test;
    if (zs->z_test) {
        sort(w, zs, w->blocks, n);
    }
    if (stencil || zs->bounds_test || passed) {
        pum_tile_write_covered(w, n);
    }
    uint64_t sum = 0;
    uint32_t left = 0, undecided = 0, decided[2] = {0, 0};
    const bool by_region = w->covers_all && zs->z_test; /* no stencil, no bounds test, nobody counts */
    for (uint32_t i = 0; i < n; i++) {
        if (by_region && i % 16 == 0 && n - i >= 16 && w->sorted.region[i / 16]) {
            const bool pass = w->sorted.pass[i / 16] == 0xffff;
            if (w->sorted.fail[i / 16] == 0xffff || (pass && (!store || keep_region(w, i)))) {
                memmove(w->blocks + left, w->blocks + i, pass ? 64 : 0);
                left += pass ? 16 : 0;
                i += 15;
                continue;
            }
        }
        const struct pum_fs_block b = w->blocks[i];
        const uint32_t at = pum_tile_block_index(&b);
        const enum verdict v = zs->bounds_test ? UNDECIDED : zs->z_test ? judge(w, zs, i, pum_depth_at(b.x, b.y)) : PASS;
        if (v != UNDECIDED && stencil) {
            if (w->stencil_same[at] && alike(w, at, b.mask)) {
                w->decided[v][decided[v]++] = b;
                continue;
            }
        } else if (v == FAIL) {
            continue;
        } else if (v == PASS) {
            if (!store || (b.mask == 0xffff && alike(w, at, 0xffff) && w->sorted.exact[i / 16] >> (i & 15) & 1 &&
                           keep_plane(w, &b, w->sorted.lo[i], w->sorted.hi[i]))) {
                w->blocks[left++] = b;
                for (uint32_t s = 0; s < samples && passed; s++) {
                    sum += (uint32_t)__builtin_popcount(w->covered[at][s]);
                }
                continue;
            }
        }
        w->undecided_at[undecided] = (uint8_t)i;
        w->undecided[undecided++] = b;
    }
    if (undecided && w->covers_all) {
        for (uint32_t i = 0; i < undecided; i++) {
            cover(w, pum_tile_block_index(&w->undecided[i]), w->undecided[i].mask);
        }
        pum_tile_write_covered(w, left);
    }
    sum += test_each(w, zs, w->undecided, undecided, write);
    for (uint32_t i = 0; i < undecided; i++) {
        struct pum_fs_block b = w->undecided[i];
        const uint32_t at = pum_tile_block_index(&b), number = w->undecided_at[i];
        b.mask = (uint16_t)any_sample(w, at);
        if (store) {
            widen(&w->z, pum_depth_at(b.x, b.y), w->sorted.lo[number], w->sorted.hi[number], alike(w, at, 0xffff));
        }
        w->blocks[left] = b;
        left += b.mask != 0;
    }
    if (decided[FAIL]) {
        stencil_first(w, zs, false, decided[FAIL], left, write, &sum);
    }
    left = decided[PASS] ? stencil_first(w, zs, true, decided[PASS], left, write, &sum) : left;
    if (passed) {
        *passed += sum;
    }
    return left;
}

uint32_t
pum_tile_test_samples(struct pum_tile_worker *w, const struct pum_zs_state *zs, uint32_t n, bool write, bool count)
{
    const struct pum_tile_state *st = w->draw->state;
    uint64_t passed = 0;
    if (st->fs && st->fs_info->uses_coverage && !st->fs_info->post_depth_coverage) {
        for (uint32_t i = 0; i < n; i++) {
            const uint32_t at = pum_tile_block_index(&w->blocks[i]);
            memcpy(w->before[at], w->covered[at], sizeof(w->before[at]));
        }
        w->seen = (const pum_block_samples *)w->before;
    }
    uint32_t left = 0;
    if (w->packing) {
        left = test_packed(w, zs, n, write, count && w->draw->samples_passed ? &passed : NULL);
    } else {
        passed = test_each(w, zs, w->blocks, n, write);
        for (uint32_t i = 0; i < n; i++) {
            struct pum_fs_block b = w->blocks[i];
            b.mask = (uint16_t)any_sample(w, pum_tile_block_index(&b));
            w->blocks[left] = b;
            left += b.mask != 0;
        }
    }
    w->counters[0] += count ? passed : 0;
    return left;
}

uint64_t
pum_tile_count_samples(struct pum_tile_worker *w, uint32_t n)
{
    uint64_t sum = 0;
    pum_tile_write_covered(w, n);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t s = 0; s < w->draw->state->samples; s++) {
            sum += (uint32_t)__builtin_popcount(w->covered[pum_tile_block_index(&w->blocks[i])][s]);
        }
    }
    return sum;
}

/* ---- the shader ---- */

static void
run(struct pum_tile_worker *w, const struct pum_fs_block *blocks, uint32_t n)
{
    const struct pum_tile_draw *d = w->draw;
    if (d->fs_invocations) {
        w->counters[1] += w->frame->k->count(blocks, n);
    }
    w->args.blocks = blocks;
    w->args.block_count = n;
    d->state->fs->run(d->state->fs, d->fs_ctx, &w->args);
}

/* Fewer blocks than these are not worth a call of the shader. */
#define FEW 4u

/* Of the n blocks, those that stay equal in all samples, or become so: they are left in w->blocks, the rest goes to w->list. */
static uint32_t
part_equal(struct pum_tile_worker *w, uint32_t n)
{
    const uint32_t written = w->written, kept = w->draw->state->fs_info->uses_discard ? written : w->kept;
    uint32_t equal = 0, rest = 0;
    if (w->full_tile && !kept) {
        equal = n;
    }
    for (uint32_t i = equal; i < n; i++) {
        const struct pum_fs_block b = w->blocks[i];
        const uint32_t at = pum_tile_block_index(&b), must = b.mask == 0xffff ? kept : written;
        const bool is_equal = (w->same[at] & must) == must && alike(w, at, b.mask);
        w->list[rest] = b;
        w->blocks[equal] = b;
        rest += !is_equal;
        equal += is_equal;
    }
    if (rest && w->covers_all) {
        for (uint32_t i = 0; i < rest; i++) {
            cover(w, pum_tile_block_index(&w->list[i]), w->list[i].mask);
        }
        pum_tile_write_covered(w, equal);
    }
    if (rest && equal < FEW) {
        memcpy(w->list + rest, w->blocks, equal * sizeof(*w->list));
        equal = 0;
    }
    for (uint32_t i = 0; i < equal; i++) {
        w->same[pum_tile_block_index(&w->blocks[i])] |= (uint8_t)written;
    }
    return equal;
}

/* Once per pixel. Equal blocks are written like those of one sample: to the first. */
static void
run_packed(struct pum_tile_worker *w, uint32_t n)
{
    const struct pum_tile_state *st = w->draw->state;
    uint32_t equal = 0;
    if (w->lazy) {
        equal = part_equal(w, n);
        if (equal) {
            run(w, w->blocks, equal);
        }
        if (equal == n) {
            return;
        }
    }
    for (uint32_t todo = w->written; todo; todo &= todo - 1) {
        w->targets[__builtin_ctz(todo)].write = w->frame->k->write_samples;
    }
    run(w, w->lazy ? w->list : w->blocks, n - equal);
    for (uint32_t todo = w->written; todo; todo &= todo - 1) {
        w->targets[__builtin_ctz(todo)].write = st->write[__builtin_ctz(todo)];
    }
}

void
pum_tile_shade_samples(struct pum_tile_worker *w, uint32_t n)
{
    const struct pum_tile_state *st = w->draw->state;
    if (!st->per_sample) {
        run_packed(w, n);
        return;
    }
    for (uint32_t i = 0; i < n && w->packing; i++) {
        pum_tile_unpack_color(w, w->blocks[i].x, w->blocks[i].y, w->written);
    }
    uint8_t *tiles[PUM_MAX_RENDER_TARGETS];
    for (uint32_t i = 0; i < PUM_MAX_RENDER_TARGETS; i++) {
        tiles[i] = w->targets[i].tile;
    }
    for (uint32_t s = 0; s < st->samples; s++) {
        const uint32_t left = blocks_of_sample(w, n, s);
        if (!left) {
            continue;
        }
        for (uint32_t i = 0; i < PUM_MAX_RENDER_TARGETS; i++) {
            w->targets[i].tile = st->write[i] ? tiles[i] + s * w->tile_targets[i].sample_pitch_B : tiles[i];
        }
        w->args.sample_id = s;
        w->args.pos[0] = st->pos[s][0];
        w->args.pos[1] = st->pos[s][1];
        run(w, w->list, left);
    }
    for (uint32_t i = 0; i < PUM_MAX_RENDER_TARGETS; i++) {
        w->targets[i].tile = tiles[i];
    }
}

void
pum_tile_coverage(const struct pum_fs_args *a, const struct pum_fs_block *b, struct pum_fs_coverage *out)
{
    const struct pum_tile_worker *w = a->raster;
    const struct pum_tile_state *st = w->draw->state;
    const struct pum_raster_kernels *k = w->frame->k;
    if (st->samples > 1 && !st->per_sample) {
        k->coverage(out, w->seen[pum_tile_block_index(b)], st->samples, st->pos);
        return;
    }
    k->coverage(out, &b->mask, 1, st->pos); /* one sample */
    for (uint32_t l = 0; l < PUM_LANES; l++) {
        out->mask_in[l] <<= a->sample_id;
        out->centroid[0][l] = a->pos[0];
        out->centroid[1][l] = a->pos[1];
    }
}

/* ---- after the shader ---- */

static void
alpha_one(const struct pum_tile_state *st, uint32_t out[PUM_FS_SLOTS][PUM_LANES])
{
    const float one = 1.0f;
    for (uint32_t i = 0; i < PUM_MAX_RENDER_TARGETS; i++) {
        const bool is_int = st->target[i].format.kind == PUM_COLOR_UINT || st->target[i].format.kind == PUM_COLOR_SINT;
        for (uint32_t l = 0; l < PUM_LANES && st->write[i] && !is_int; l++) {
            memcpy(&out[PUM_FS_COLOR + i * 4 + 3][l], &one, 4);
        }
    }
    for (uint32_t l = 0; l < PUM_LANES; l++) {
        memcpy(&out[PUM_FS_COLOR1 + 3][l], &one, 4);
    }
}

/* Tests of samples first .. first + count of a block, whose pixels are m. */
static void
late_tests(struct pum_tile_worker *w, const struct pum_fs_block *b, uint16_t *m, uint32_t first, uint32_t count, const float *z,
           const uint32_t *ref, uint64_t *passed)
{
    const struct pum_tile_state *st = w->draw->state;
    const struct pum_zs_state *zs = &st->zs;
    const uint32_t viewport = w->prim->viewport, z_at = pum_depth_at(b->x, b->y);
    const float z_min = z ? st->own_z_min[viewport] : st->z_min[viewport], z_max = z ? st->own_z_max[viewport] : st->z_max[viewport];
    const bool store = zs->z_test && zs->z_write, bounds = w->packing && zs->z_test && !z;
    if (bounds) {
        const struct pum_fs_block block[16] = {*b};
        sort(w, zs, block, 1);
        const enum verdict v = zs->bounds_test || zs->stencil_test || count != st->samples ? UNDECIDED : judge(w, zs, 0, z_at);
        const bool whole = store && v == PASS && alike(w, pum_tile_block_index(b), 0xffff) && w->sorted.exact[0] & 1;
        if (v == FAIL || (v == PASS && !store) || (whole && keep_plane(w, b, w->sorted.lo[0], w->sorted.hi[0]))) {
            for (uint32_t s = 0; s < count; s++) {
                m[s] = v == FAIL ? 0 : m[s];
                *passed += (uint32_t)__builtin_popcount(m[s]);
            }
            return;
        }
    }
    if (w->packing && (zs->z_test || zs->bounds_test)) {
        pum_tile_unpack_depth(w, b->x, b->y);
    }
    if (w->packing && zs->stencil_test) {
        pum_tile_unpack_stencil(w, b->x, b->y);
    }
    if (w->packing && store) {
        const float any = __builtin_nanf("");
        widen(&w->z, z_at, bounds ? w->sorted.lo[0] : any, bounds ? w->sorted.hi[0] : any, !bounds);
    }
    for (uint32_t s = 0; s < count; s++) {
        struct pum_fs_block block = {b->x, b->y, m[s]};
        if (m[s] && !w->frame->k->depth_stencil(zs, &w->zs[first + s], &block, 1, &w->planes[PUM_FS_PLANE_Z], z_min, z_max, w->prim->front, z, ref,
                                                true, passed)) {
            block.mask = 0;
        }
        m[s] = block.mask;
    }
}

uint32_t
pum_tile_late(const struct pum_fs_args *a, const struct pum_fs_block *b, uint32_t mask, uint32_t out[PUM_FS_SLOTS][PUM_LANES])
{
    struct pum_tile_worker *w = a->raster;
    const struct pum_tile_state *st = w->draw->state;
    const struct pum_raster_kernels *k = w->frame->k;
    const struct pum_shader_info *info = st->fs_info;
    const bool spread = st->samples > 1 && !st->per_sample;
    const uint32_t first = a->sample_id, count = spread ? st->samples : 1;
    uint16_t one[PUM_MAX_SAMPLES] = {(uint16_t)mask};
    uint16_t *m = one;
    if (spread) {
        m = w->covered[pum_tile_block_index(b)];
        for (uint32_t s = 0; s < count; s++) {
            m[s] &= (uint16_t)mask;
        }
    }
    if (st->smooth && w->prim->kind == PUM_PRIM_QUAD) {
        pum_tile_smooth(w, b, mask, out[PUM_FS_COLOR + 3]);
    }
    if (info->writes_sample_mask) {
        k->want_samples(m, first, count, out[PUM_FS_SAMPLE_MASK]);
    }
    if (st->alpha_to_coverage) {
        PUM_ALIGNED(64) uint32_t want[PUM_LANES];
        k->alpha_samples(want, out[PUM_FS_COLOR + 3], st->samples);
        k->want_samples(m, first, count, want);
    }
    if (st->alpha_to_one) {
        alpha_one(st, out);
    }
    const bool test = st->test_time != PUM_TEST_EARLY && (st->any_test || w->draw->samples_passed);
    const float *z = info->writes_depth ? (const float *)(const void *)out[PUM_FS_DEPTH] : NULL;
    const uint32_t *ref = info->writes_stencil ? out[PUM_FS_STENCIL_REF] : NULL;
    if (test) {
        late_tests(w, b, m, first, count, z, ref, &a->counters[0]);
    }
    uint32_t left = 0;
    for (uint32_t s = 0; s < count; s++) {
        left |= m[s];
    }
    return left;
}
