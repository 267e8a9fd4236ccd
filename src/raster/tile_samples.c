/* Tiles with several samples per pixel, and what happens between the fragment stage and the targets.
 *
 * Once per pixel: the shader gets the pixels that any sample covers, and the targets' routine spreads its colours over the samples.
 * Once per sample: the shader gets one sample after the other, as if each were the only one.
 * SPEC: primsrast-multisampling, primsrast-sampleshading, fragops-covg. */
#include <math.h>
#include <string.h>

#include "raster/tile_worker.h"

static inline uint32_t
index_of(const struct pum_fs_block *b)
{
    return (uint32_t)b->y * 16 + b->x;
}

/* ---- before the shader ---- */

uint32_t
pum_tile_all_samples(struct pum_tile_worker *w, uint32_t n)
{
    const struct pum_tile_state *st = w->draw->state;
    uint64_t used[2] = {0, 0}; /* 16 bits per sample */
    for (uint32_t s = 0; s < PUM_MAX_SAMPLES; s++) {
        used[s / 4] |= (uint64_t)(st->sample_mask >> s & 1 ? 0xffff : 0) << (16 * (s % 4));
    }
    for (uint32_t i = 0; i < n; i++) {
        const uint64_t all = w->blocks[i].mask * (uint64_t)0x0001000100010001, c[2] = {all & used[0], all & used[1]};
        memcpy(w->covered[index_of(&w->blocks[i])], c, sizeof(c));
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
        return pum_tile_all_samples(w, k->cover_rect(w->blocks, x0, y0, x1, y1));
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
    n = k->cover_samples(w->blocks, w->covered, &e);
    const bool cut = p->cut && (x0 > 0 || y0 > 0 || x1 < PUM_TILE_PX - 1 || y1 < PUM_TILE_PX - 1);
    return n && (cut || some) ? k->clip_samples(w->blocks, n, w->covered, st->sample_mask, x0, y0, x1, y1) : n;
}

/* Is there a dash at this pixel (place in it in 1/16)? SPEC: primsrast-lines-stipple */
static bool
dash(const struct pum_tile_worker *w, const struct pum_prim *p, int32_t px, int32_t py, const uint8_t place[2])
{
    const struct pum_tile_state *st = w->draw->state;
    const struct pum_tile_frame *f = w->frame;
    double at = p->l2x;
    if (p->centers) { /* Bresenham: pixels from the first column or row on */
        const bool x_major = fabs(p->l1x) >= fabs(p->l1y);
        const double q = x_major ? px - f->center_x : py - f->center_y;
        at += (x_major ? p->l1x : p->l1y) > 0.0 ? q - p->l2y : p->l2y - q;
    } else {
        const double x = (double)((px - f->center_x) * 256 + place[0] * 16 - p->x0), y = (double)((py - f->center_y) * 256 + place[1] * 16 - p->y0);
        at += p->l2y * (p->l1x * x + p->l1y * y);
    }
    const uint64_t s = at > 0.0 ? (uint64_t)at : 0;
    return st->stipple_pattern >> (s / st->stipple_factor % 16) & 1;
}

uint32_t
pum_tile_stipple(struct pum_tile_worker *w, const struct pum_prim *p, uint32_t n)
{
    static const uint8_t middle[2] = {8, 8};
    const struct pum_tile_state *st = w->draw->state;
    const bool many = st->samples > 1 && !p->centers;
    uint32_t left = 0;
    for (uint32_t i = 0; i < n; i++) {
        struct pum_fs_block b = w->blocks[i];
        uint32_t any = 0;
        for (uint32_t s = 0; s < (many ? st->samples : 1u); s++) {
            uint16_t *m = many ? &w->covered[index_of(&b)][s] : &b.mask;
            for (uint32_t todo = *m; todo; todo &= todo - 1) {
                const uint32_t l = (uint32_t)__builtin_ctz(todo);
                const int32_t px = w->px + b.x * 4 + (int32_t)(l & 3), py = w->py + b.y * 4 + (int32_t)(l >> 2);
                *m &= (uint16_t)(dash(w, p, px, py, many ? st->place[s] : middle) ? 0xffffu : ~(1u << l));
            }
            any |= *m;
        }
        b.mask = (uint16_t)any;
        w->blocks[left] = b;
        left += any != 0;
    }
    return left;
}

/* The blocks that sample s covers. */
static uint32_t
blocks_of_sample(struct pum_tile_worker *w, uint32_t n, uint32_t s)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct pum_fs_block *b = &w->blocks[i];
        const uint16_t mask = w->covered[index_of(b)][s];
        w->list[left] = (struct pum_fs_block){b->x, b->y, mask};
        left += mask != 0;
    }
    return left;
}

uint32_t
pum_tile_test_samples(struct pum_tile_worker *w, const struct pum_zs_state *zs, uint32_t n, bool write, bool count)
{
    const struct pum_tile_state *st = w->draw->state;
    const uint32_t viewport = w->prim->viewport;
    if (st->fs && st->fs_info->uses_coverage && !st->fs_info->post_depth_coverage) {
        for (uint32_t i = 0; i < n; i++) {
            const uint32_t at = index_of(&w->blocks[i]);
            memcpy(w->before[at], w->covered[at], sizeof(w->before[at]));
        }
        w->seen = (const pum_block_samples *)w->before;
    }
    for (uint32_t s = 0; s < st->samples; s++) {
        uint32_t all = 0;
        for (uint32_t i = 0; i < n; i++) { /* the sample's blocks; what passes is written back */
            const struct pum_fs_block *b = &w->blocks[i];
            uint16_t *c = &w->covered[index_of(b)][s];
            w->list[all] = (struct pum_fs_block){b->x, b->y, *c};
            all += *c != 0;
            *c = 0;
        }
        uint64_t passed = 0;
        const uint32_t left = w->frame->k->depth_stencil(zs, &w->zs[s], w->list, all, &w->planes[PUM_FS_PLANE_Z], st->z_min[viewport],
                                                         st->z_max[viewport], w->prim->front, NULL, NULL, write, &passed);
        w->counters[0] += count ? passed : 0;
        for (uint32_t i = 0; i < left; i++) {
            w->covered[index_of(&w->list[i])][s] = w->list[i].mask;
        }
    }
    uint32_t left = 0;
    for (uint32_t i = 0; i < n; i++) {
        struct pum_fs_block b = w->blocks[i];
        uint64_t any[2];
        memcpy(any, w->covered[index_of(&b)], sizeof(any));
        any[0] |= any[1];
        any[0] |= any[0] >> 32;
        b.mask = (uint16_t)(any[0] | any[0] >> 16);
        w->blocks[left] = b;
        left += b.mask != 0;
    }
    return left;
}

uint64_t
pum_tile_count_samples(const struct pum_tile_worker *w, uint32_t n)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t s = 0; s < w->draw->state->samples; s++) {
            sum += (uint32_t)__builtin_popcount(w->covered[index_of(&w->blocks[i])][s]);
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

void
pum_tile_shade_samples(struct pum_tile_worker *w, uint32_t n)
{
    const struct pum_tile_state *st = w->draw->state;
    if (!st->per_sample) {
        run(w, w->blocks, n);
        return;
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
        k->coverage(out, w->seen[index_of(b)], st->samples, st->pos);
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
        m = w->covered[index_of(b)];
        for (uint32_t s = 0; s < count; s++) {
            m[s] &= (uint16_t)mask;
        }
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
    const uint32_t viewport = w->prim->viewport;
    const float *z = info->writes_depth ? (const float *)(const void *)out[PUM_FS_DEPTH] : NULL;
    const uint32_t *ref = info->writes_stencil ? out[PUM_FS_STENCIL_REF] : NULL;
    uint32_t left = 0;
    for (uint32_t s = 0; s < count; s++) {
        struct pum_fs_block block = {b->x, b->y, m[s]};
        if (test && m[s] &&
            !k->depth_stencil(&st->zs, &w->zs[first + s], &block, 1, &w->planes[PUM_FS_PLANE_Z], st->z_min[viewport], st->z_max[viewport],
                              w->prim->front, z, ref, true, &a->counters[0])) {
            block.mask = 0;
        }
        m[s] = block.mask;
        left |= block.mask;
    }
    return left;
}
