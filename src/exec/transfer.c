/* Copies, fills, blits and clears of buffers and images. Large ones are split over the workers. */
#include <math.h>
#include <string.h>

#include "exec/replay.h"
#include "format/block.h"
#include "util/fill.h"
#include "util/worker_pool.h"

#define CHUNK_B ((uint64_t)256 << 10)
#define ROWS_WORTH_A_TASK_B ((uint64_t)64 << 10)

struct linear_job {
    uint8_t *dst;
    const uint8_t *src;
    uint64_t size_B;
    uint32_t value;
};

static void
copy_task(void *arg, uint32_t i, uint32_t worker)
{
    (void)worker;
    const struct linear_job *j = arg;
    const uint64_t at = i * CHUNK_B;
    memcpy(j->dst + at, j->src + at, PUM_MIN(CHUNK_B, j->size_B - at));
}

void
pum_exec_copy_buffer(struct pum_pool *pool, uint8_t *dst, const uint8_t *src, uint64_t size_B)
{
    struct linear_job j = {dst, src, size_B, 0};
    if (dst < src + size_B && src < dst + size_B) { /* overlap is not allowed, but must not depend on the order of tasks */
        memmove(dst, src, size_B);
        return;
    }
    pum_pool_run(pool, (uint32_t)((size_B + CHUNK_B - 1) / CHUNK_B), 1, copy_task, &j);
}

static void
fill_task(void *arg, uint32_t i, uint32_t worker)
{
    (void)worker;
    const struct linear_job *j = arg;
    const uint64_t at = i * CHUNK_B;
    const uint64_t n_B = PUM_MIN(CHUNK_B, j->size_B - at) & ~(uint64_t)3;
    uint8_t *p = j->dst + at, pattern[64];
    for (uint32_t k = 0; k < sizeof(pattern); k += 4) {
        memcpy(pattern + k, &j->value, 4);
    }
    pum_fill(p, n_B, pattern, sizeof(pattern), 4);
}

void
pum_exec_fill(struct pum_pool *pool, uint8_t *dst, uint64_t size_B, uint32_t value)
{
    struct linear_job j = {dst, NULL, size_B, value};
    pum_pool_run(pool, (uint32_t)((size_B + CHUNK_B - 1) / CHUNK_B), 1, fill_task, &j);
}

/* ---- images: everything is rows of blocks ---- */

/* One row of blocks somewhere: in an image level or in a buffer. */
struct rows {
    uint8_t *data;       /* slice 0 */
    uint32_t row_pitch_B;
    uint64_t slice_pitch_B;
    uint8_t layout, samples_log2;
    uint32_t block_B;
    uint32_t x, y;       /* first block */
    uint64_t sample_pitch_B;
};

static uint8_t *
row_at(const struct rows *r, uint64_t z, uint32_t x, uint32_t y)
{
    return r->data + z * r->slice_pitch_B + pum_sample_texel_offset(r->layout, r->row_pitch_B, r->block_B, r->samples_log2, x, y);
}

/* Texels (or compressed blocks) behind each other from column x of a row. */
static uint32_t
run_from(uint8_t layout, uint32_t x)
{
    if (pum_layout_inside(layout) == PUM_TEXEL_BLOCK) {
        return 4 - (x & 3);
    }
    const uint32_t tile = layout >= PUM_TEXEL_TILE ? 1u << pum_tile_width_log2(layout) : 0;
    return tile ? tile - (x & (tile - 1)) : UINT32_MAX;
}

/* Copies n blocks from row sy of s to row dy of d (relative to their origins). */
static void
copy_row(const struct rows *d, const struct rows *s, uint32_t row, uint64_t z, uint32_t n)
{
    const uint32_t B = d->block_B;
    if (d->layout == PUM_TEXEL_LINEAR && s->layout == PUM_TEXEL_LINEAR) {
        memcpy(row_at(d, z, d->x, d->y + row), row_at(s, z, s->x, s->y + row), (size_t)n * B);
        return;
    }
    for (uint32_t i = 0; i < n;) {
        const uint32_t dx = d->x + i, sx = s->x + i;
        const uint32_t run = PUM_MIN(n - i, PUM_MIN(run_from(d->layout, dx), run_from(s->layout, sx)));
        memcpy(row_at(d, z, dx, d->y + row), row_at(s, z, sx, s->y + row), (size_t)run * B);
        i += run;
    }
}

struct rows_job {
    struct rows dst, src;
    uint32_t n, rows, per_task;
};

static void
rows_task(void *arg, uint32_t i, uint32_t worker)
{
    (void)worker;
    const struct rows_job *j = arg;
    const uint32_t tasks_per_slice = (j->rows + j->per_task - 1) / j->per_task;
    const uint64_t z = i / tasks_per_slice;
    const uint32_t first = i % tasks_per_slice * j->per_task;
    for (uint32_t r = first; r < first + j->per_task && r < j->rows; r++) {
        copy_row(&j->dst, &j->src, r, z, j->n);
    }
}

static void
copy_rows(struct pum_pool *pool, struct rows_job *j, uint32_t slices)
{
    if (!j->n || !j->rows) {
        return;
    }
    const uint64_t row_B = (uint64_t)j->n * j->dst.block_B;
    j->per_task = (uint32_t)PUM_MAX((uint64_t)4, PUM_MIN(ROWS_WORTH_A_TASK_B / row_B & ~(uint64_t)3, (uint64_t)j->rows));
    pum_pool_run(pool, (j->rows + j->per_task - 1) / j->per_task * slices, 1, rows_task, j);
}

static struct rows
image_rows(const struct pum_image *img, uint32_t aspect, uint32_t level, uint32_t layer, VkOffset3D at)
{
    const struct pum_image_slice s = pum_image_slice_get(img, aspect, level, layer);
    const struct pum_format_info *f = pum_format_info(s.format);
    return (struct rows){s.data + (uint64_t)at.z * s.slice_pitch_B, s.row_pitch_B, s.slice_pitch_B, s.layout, s.samples_log2, f->block_B,
                         (uint32_t)at.x / f->block_w, (uint32_t)at.y / f->block_h, s.sample_pitch_B};
}

/* Layers of one image and slices of another count alike (SPEC: copies of 3D and array images). */
static uint32_t
pieces(const VkImageSubresourceLayers *s, const struct pum_image *img, uint32_t depth)
{
    const uint32_t layers = s->layerCount == VK_REMAINING_ARRAY_LAYERS ? img->layers - s->baseArrayLayer : s->layerCount;
    return img->type == VK_IMAGE_TYPE_3D ? depth : PUM_MAX(layers, depth);
}

static struct rows
piece(const struct pum_image *img, uint32_t aspect, const VkImageSubresourceLayers *s, VkOffset3D at, uint32_t i)
{
    const bool volume = img->type == VK_IMAGE_TYPE_3D;
    if (volume) {
        at.z += (int32_t)i;
    } else {
        at.z = 0;
    }
    return image_rows(img, aspect, s->mipLevel, volume ? 0 : s->baseArrayLayer + i, at);
}

void
pum_exec_copy_image(struct pum_pool *pool, const struct pum_packet_copy_image *p)
{
    const VkImageCopy2 *r = &p->region;
    for (uint32_t bit = 0; bit < 7; bit++) {
        const uint32_t aspect = r->srcSubresource.aspectMask & (1u << bit);
        const uint32_t daspect = r->dstSubresource.aspectMask & (1u << bit) ? aspect : r->dstSubresource.aspectMask;
        if (!aspect) {
            continue;
        }
        const struct pum_format_info *sf = pum_format_info(p->src->format);
        const uint32_t n = pieces(&r->srcSubresource, p->src, r->extent.depth);
        for (uint32_t i = 0; i < n; i++) {
            struct rows_job j = {.dst = piece(p->dst, daspect, &r->dstSubresource, r->dstOffset, i),
                                 .src = piece(p->src, aspect, &r->srcSubresource, r->srcOffset, i)};
            j.n = (r->extent.width + sf->block_w - 1) / sf->block_w;
            j.rows = (r->extent.height + sf->block_h - 1) / sf->block_h;
            for (uint32_t k = 0; k < PUM_MIN(p->src->samples, p->dst->samples); k++) {
                copy_rows(pool, &j, 1);
                j.src.data += j.src.sample_pitch_B;
                j.dst.data += j.dst.sample_pitch_B;
            }
        }
    }
}

void
pum_exec_copy_buffer_image(struct pum_pool *pool, const struct pum_packet_copy_buffer_image *p)
{
    const VkBufferImageCopy2 *r = &p->region;
    const uint32_t aspect = r->imageSubresource.aspectMask;
    const struct pum_image_slice s0 = pum_image_slice_get(p->image, aspect, r->imageSubresource.mipLevel, 0);
    const struct pum_format_info *f = pum_format_info(s0.format);
    const uint32_t row_el = r->bufferRowLength ? r->bufferRowLength : r->imageExtent.width;
    const uint32_t height_el = r->bufferImageHeight ? r->bufferImageHeight : r->imageExtent.height;
    const uint32_t pitch_B = (row_el + f->block_w - 1) / f->block_w * f->block_B;
    const uint64_t slice_B = (uint64_t)((height_el + f->block_h - 1) / f->block_h) * pitch_B;
    const uint32_t n = pieces(&r->imageSubresource, p->image, r->imageExtent.depth);
    for (uint32_t i = 0; i < n; i++) {
        const struct rows buf = {p->buffer + i * slice_B, pitch_B, slice_B, PUM_TEXEL_LINEAR, 0, f->block_B, 0, 0, 0};
        const struct rows img = piece(p->image, aspect, &r->imageSubresource, r->imageOffset, i);
        struct rows_job j = {.dst = p->to_image ? img : buf, .src = p->to_image ? buf : img};
        j.n = (r->imageExtent.width + f->block_w - 1) / f->block_w;
        j.rows = (r->imageExtent.height + f->block_h - 1) / f->block_h;
        copy_rows(pool, &j, 1);
    }
}

/* ---- clears ---- */

#define CLEAR_PATTERN_B 192u /* a multiple of every texel's size: 1, 2, 3, 4, 6, 8, 12, 16 */

struct clear_job {
    struct rows rows;
    uint32_t lines, per_task; /* lines: rows of texels, of 4x4 blocks, of tiles; whole ones, padding included */
    size_t line_B;
    const struct pum_sparse_pages *sparse; /* what has no memory is left out, so that it takes none; else NULL */
    uint8_t pattern[CLEAR_PATTERN_B]; /* the texel again and again */
};

static void
clear_bytes(const struct clear_job *j, uint8_t *p, size_t size_B)
{
    pum_fill(p, size_B, j->pattern, CLEAR_PATTERN_B, j->rows.block_B);
}

/* Texels of sparse images are powers of two and pages hold whole ones. */
static void
clear_bound(const struct clear_job *j, uint8_t *p, size_t size_B)
{
    const size_t page_B = (size_t)1 << PUM_SPARSE_PAGE_LOG2;
    for (size_t at_B = 0; at_B < size_B;) {
        const size_t n_B = PUM_MIN(size_B - at_B, page_B - ((uintptr_t)(p + at_B) - j->sparse->base) % page_B);
        if (pum_sparse_is_bound(j->sparse, (uintptr_t)(p + at_B))) {
            clear_bytes(j, p + at_B, n_B);
        }
        at_B += n_B;
    }
}

static void
clear_task(void *arg, uint32_t i, uint32_t worker)
{
    (void)worker;
    const struct clear_job *j = arg;
    for (uint32_t y = i * j->per_task; y < (i + 1) * j->per_task && y < j->lines; y++) {
        uint8_t *p = j->rows.data + (uint64_t)y * j->rows.row_pitch_B;
        (j->sparse ? clear_bound : clear_bytes)(j, p, j->line_B);
    }
}

void
pum_exec_clear_image(struct pum_pool *pool, const struct pum_packet_clear_image *p)
{
    for (uint32_t l = p->range.baseMipLevel; l < p->range.baseMipLevel + p->range.levelCount; l++) {
        for (uint32_t a = p->range.baseArrayLayer; a < p->range.baseArrayLayer + p->range.layerCount; a++) {
            const struct pum_image_slice s = pum_image_slice_get(p->image, p->range.aspectMask, l, a);
            union pum_color c;
            memcpy(c.u, p->value, sizeof(c.u));
            const bool rows = s.layout == PUM_TEXEL_LINEAR;
            const uint32_t texel_B = pum_format_info(s.format)->block_B;
            struct clear_job j = {.lines = rows ? s.height : (uint32_t)(s.slice_pitch_B / s.row_pitch_B),
                                  .line_B = rows ? (size_t)s.width * texel_B : s.row_pitch_B,
                                  .sparse = p->image->flags & VK_IMAGE_CREATE_SPARSE_RESIDENCY_BIT ? p->image->sparse : NULL};
            uint8_t texel[16] = {0};
            pum_format_pack(s.format, &c, texel);
            for (uint32_t at_B = 0; at_B < CLEAR_PATTERN_B; at_B += texel_B) {
                memcpy(j.pattern + at_B, texel, texel_B);
            }
            for (uint32_t z = 0; z < s.depth; z++) {
                j.rows = (struct rows){s.data + (uint64_t)z * s.slice_pitch_B, s.row_pitch_B, s.slice_pitch_B, s.layout, s.samples_log2,
                                       pum_format_info(s.format)->block_B, 0, 0, s.sample_pitch_B};
                j.per_task = (uint32_t)PUM_MAX((uint64_t)1, ROWS_WORTH_A_TASK_B / (s.row_pitch_B + 1u));
                const uint32_t planes = rows ? 1u << s.samples_log2 : 1; /* the samples of a block are cleared with it */
                for (uint32_t k = 0; k < planes; k++, j.rows.data += s.sample_pitch_B) {
                    pum_pool_run(pool, (j.lines + j.per_task - 1) / j.per_task, 1, clear_task, &j);
                }
            }
        }
    }
}

/* ---- resolves. SPEC: copies-resolve ---- */

#define RESOLVE_ROWS 16u /* per task */

struct resolve_job {
    struct pum_raster_plane src, dst;
    const VkImageResolve2 *r;
    uint32_t layer;
    enum pum_resolve_mode mode;
};

static void
resolve_task(void *arg, uint32_t i, uint32_t worker)
{
    (void)worker;
    const struct resolve_job *j = arg;
    const VkImageResolve2 *r = j->r;
    const uint32_t y = i * RESOLVE_ROWS;
    pum_raster_resolve_rect(&j->src, 0, (uint32_t)r->srcOffset.x, (uint32_t)r->srcOffset.y + y, &j->dst, 0, (uint32_t)r->dstOffset.x,
                            (uint32_t)r->dstOffset.y + y, r->extent.width, PUM_MIN(RESOLVE_ROWS, r->extent.height - y), j->mode);
}

static struct pum_raster_plane
slice_plane(const struct pum_image_slice *s, int32_t z)
{
    return (struct pum_raster_plane){.base = s->data + (uint64_t)(uint32_t)z * s->slice_pitch_B, .row_pitch_B = s->row_pitch_B,
                                     .format = (uint16_t)s->format, .layout = s->layout, .samples_log2 = s->samples_log2,
                                     .sample_pitch_B = s->sample_pitch_B};
}

void
pum_exec_resolve(struct pum_pool *pool, const struct pum_packet_resolve *p)
{
    const VkImageResolve2 *r = &p->region;
    const VkImageSubresourceLayers *ss = &r->srcSubresource, *ds = &r->dstSubresource;
    const bool volume = p->dst->type == VK_IMAGE_TYPE_3D;
    const uint32_t layers = ss->layerCount == VK_REMAINING_ARRAY_LAYERS ? p->src->layers - ss->baseArrayLayer : ss->layerCount;
    struct resolve_job j = {.r = r, .mode = (enum pum_resolve_mode)p->mode};
    for (uint32_t l = 0; l < layers && r->extent.height; l++) {
        const struct pum_image_slice src = pum_image_slice_get(p->src, ss->aspectMask, ss->mipLevel, ss->baseArrayLayer + l);
        const struct pum_image_slice dst = pum_image_slice_get(p->dst, ds->aspectMask, ds->mipLevel, volume ? 0 : ds->baseArrayLayer + l);
        if (pum_format_info(src.format)->block_B != pum_format_info(dst.format)->block_B) {
            return;
        }
        j.src = slice_plane(&src, 0);
        j.src.format = p->nonlinear ? (uint16_t)pum_format_without_srgb(src.format) : j.src.format;
        j.dst = slice_plane(&dst, volume ? r->dstOffset.z + (int32_t)l : 0);
        pum_pool_run(pool, (r->extent.height + RESOLVE_ROWS - 1) / RESOLVE_ROWS, 1, resolve_task, &j);
    }
}

/* ---- blits. SPEC: copies-imagescaling ---- */

struct blit_job {
    struct pum_image_slice src, dst;
    double scale[3], origin[3]; /* source = origin + (destination + 0.5) * scale */
    int32_t x0, x1, y0;        /* destination */
    int32_t z;
    double src_z;
    bool linear, volume;
};

/* The compressed blocks that were decoded last. */
struct blocks {
    const uint8_t *at[4];
    union pum_color texels[4][PUM_BLOCK_MAX_TEXELS];
};

static void
read_texel(const struct pum_image_slice *s, int32_t x, int32_t y, int32_t z, struct blocks *blocks, union pum_color *c)
{
    if (pum_format_is_compressed(s->format)) {
        const struct pum_format_info *f = pum_format_info(s->format);
        const uint32_t bx = (uint32_t)x / f->block_w, by = (uint32_t)y / f->block_h, slot = (bx & 1) + (by & 1) * 2;
        const uint8_t *p = s->data + (uint64_t)z * s->slice_pitch_B + pum_texel_offset(s->layout, s->row_pitch_B, f->block_B, bx, by);
        if (blocks->at[slot] != p) {
            blocks->at[slot] = p;
            pum_block_decode(s->format, p, blocks->texels[slot]);
        }
        *c = blocks->texels[slot][(uint32_t)y % f->block_h * f->block_w + (uint32_t)x % f->block_w];
        return;
    }
    const uint8_t *p = s->data + (uint64_t)z * s->slice_pitch_B +
                       pum_texel_offset(s->layout, s->row_pitch_B, pum_format_info(s->format)->block_B, (uint32_t)x, (uint32_t)y);
    pum_format_unpack(s->format, p, c);
}

static int32_t
clamp_i(int32_t v, int32_t hi)
{
    return v < 0 ? 0 : v > hi ? hi : v;
}

static void
blit_task(void *arg, uint32_t i, uint32_t worker)
{
    (void)worker;
    const struct blit_job *j = arg;
    const int32_t y = j->y0 + (int32_t)i;
    const double v = j->origin[1] + (y + 0.5) * j->scale[1];
    const int32_t w = (int32_t)j->src.width - 1, h = (int32_t)j->src.height - 1, d = (int32_t)j->src.depth - 1;
    const uint32_t B = pum_format_info(j->dst.format)->block_B;
    const bool same = j->src.format == j->dst.format && !j->linear;
    struct blocks blocks;
    memset(blocks.at, 0, sizeof(blocks.at));
    for (int32_t x = j->x0; x < j->x1; x++) {
        const double u = j->origin[0] + (x + 0.5) * j->scale[0];
        uint8_t *out = j->dst.data + (uint64_t)j->z * j->dst.slice_pitch_B +
                       pum_texel_offset(j->dst.layout, j->dst.row_pitch_B, B, (uint32_t)x, (uint32_t)y);
        union pum_color c;
        if (!j->linear) {
            const int32_t sx = clamp_i((int32_t)floor(u), w), sy = clamp_i((int32_t)floor(v), h), sz = clamp_i((int32_t)floor(j->src_z), d);
            if (same) {
                memcpy(out, j->src.data + (uint64_t)sz * j->src.slice_pitch_B +
                                pum_texel_offset(j->src.layout, j->src.row_pitch_B, B, (uint32_t)sx, (uint32_t)sy), B);
                continue;
            }
            read_texel(&j->src, sx, sy, sz, &blocks, &c);
        } else {
            const double fu = floor(u - 0.5), fv = floor(v - 0.5), fz = floor(j->src_z - 0.5);
            const float a = (float)(u - 0.5 - fu), b = (float)(v - 0.5 - fv), g = j->volume ? (float)(j->src_z - 0.5 - fz) : 0.0f;
            float acc[4] = {0, 0, 0, 0};
            for (int k = 0; k < (j->volume ? 8 : 4); k++) {
                union pum_color t;
                const int32_t z = j->volume ? (int32_t)fz + (k >> 2) : (int32_t)j->src_z;
                read_texel(&j->src, clamp_i((int32_t)fu + (k & 1), w), clamp_i((int32_t)fv + (k >> 1 & 1), h), clamp_i(z, d), &blocks, &t);
                const float wt = (k & 1 ? a : 1.0f - a) * (k >> 1 & 1 ? b : 1.0f - b) * (k >> 2 ? g : 1.0f - g);
                for (int m = 0; m < 4; m++) {
                    acc[m] += wt * t.f[m];
                }
            }
            memcpy(c.f, acc, sizeof(acc));
        }
        pum_format_pack(j->dst.format, &c, out);
    }
}

void
pum_exec_blit(struct pum_pool *pool, const struct pum_packet_blit *p)
{
    const VkImageBlit2 *r = &p->region;
    for (uint32_t bit = 0; bit < 3; bit++) {
        const uint32_t aspect = r->dstSubresource.aspectMask & (1u << bit);
        if (!aspect) {
            continue;
        }
        const uint32_t layers = r->dstSubresource.layerCount == VK_REMAINING_ARRAY_LAYERS ? p->dst->layers - r->dstSubresource.baseArrayLayer
                                                                                         : r->dstSubresource.layerCount;
        for (uint32_t l = 0; l < layers; l++) {
            struct blit_job j = {
                .src = pum_image_slice_get(p->src, aspect, r->srcSubresource.mipLevel, p->src->type == VK_IMAGE_TYPE_3D ? 0 : r->srcSubresource.baseArrayLayer + l),
                .dst = pum_image_slice_get(p->dst, aspect, r->dstSubresource.mipLevel, p->dst->type == VK_IMAGE_TYPE_3D ? 0 : r->dstSubresource.baseArrayLayer + l),
                .volume = p->src->type == VK_IMAGE_TYPE_3D,
                .linear = p->linear && !pum_format_is_integer(p->src->format),
            };
            const VkOffset3D *so = r->srcOffsets, *d_o = r->dstOffsets;
            const int32_t s[2][3] = {{so[0].x, so[0].y, so[0].z}, {so[1].x, so[1].y, so[1].z}};
            const int32_t d[2][3] = {{d_o[0].x, d_o[0].y, d_o[0].z}, {d_o[1].x, d_o[1].y, d_o[1].z}};
            bool empty = false;
            for (int k = 0; k < 3; k++) {
                empty = empty || d[1][k] == d[0][k];
                j.scale[k] = empty ? 0 : (double)(s[1][k] - s[0][k]) / (d[1][k] - d[0][k]);
                j.origin[k] = s[0][k] - d[0][k] * j.scale[k];
            }
            if (empty) {
                return;
            }
            j.x0 = PUM_MAX(PUM_MIN(d[0][0], d[1][0]), 0);
            j.x1 = PUM_MIN(PUM_MAX(d[0][0], d[1][0]), (int32_t)j.dst.width);
            j.y0 = PUM_MAX(PUM_MIN(d[0][1], d[1][1]), 0);
            const int32_t y1 = PUM_MIN(PUM_MAX(d[0][1], d[1][1]), (int32_t)j.dst.height);
            const int32_t z0 = PUM_MAX(PUM_MIN(d[0][2], d[1][2]), 0), z1 = PUM_MIN(PUM_MAX(d[0][2], d[1][2]), (int32_t)j.dst.depth);
            for (j.z = z0; j.z < z1 && y1 > j.y0; j.z++) {
                j.src_z = j.origin[2] + (j.z + 0.5) * j.scale[2];
                pum_pool_run(pool, (uint32_t)(y1 - j.y0), 4, blit_task, &j);
            }
        }
    }
}
