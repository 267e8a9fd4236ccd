/* Coverage: descent 64 -> 16 -> 4 with 16 edge values at a time; attribute planes. */
#include "raster/k_common.h"

struct edge {
    i32x16 step; /* a * (lane & 3) + b * (lane >> 2) */
    int32_t c, a, b;
    int32_t hi, lo; /* sum of the positive, of the negative steps */
};

INLINE struct fs_word {
    uint32_t v;
} word_of(uint32_t x, uint32_t y, uint32_t mask)
{
    return (struct fs_word){x | y << 8 | mask << 16};
}
INLINE struct pum_fs_block *
put(struct pum_fs_block *out, uint32_t x, uint32_t y, uint32_t mask)
{
    const struct fs_word w = word_of(x, y, mask);
    memcpy(out, &w, 4);
    return out + 1;
}
/* 16 full blocks of region (rx, ry) of 16x16 pixels. */
INLINE struct pum_fs_block *
put_region(struct pum_fs_block *out, uint32_t rx, uint32_t ry)
{
    const u32x16 v = ((u32x16)LANE_X | (u32x16)LANE_Y << 8) + (rx * 4 + ry * 1024 + 0xffff0000u);
    memcpy(out, &v, 64);
    return out + 16;
}

INLINE uint32_t
cover(struct pum_fs_block *out, const struct pum_tile_edges *te, const uint32_t n)
{
    struct pum_fs_block *const first = out;
    struct edge e[4];
    for (uint32_t k = 0; k < n; k++) {
        e[k].c = te->c[k];
        e[k].a = te->a[k];
        e[k].b = te->b[k];
        e[k].step = LANE_X * te->a[k] + LANE_Y * te->b[k];
    }
    const uint32_t bx0 = te->x0 >> 2, by0 = te->y0 >> 2, bx1 = te->x1 >> 2, by1 = te->y1 >> 2;
    if ((bx1 - bx0 + 1) * (by1 - by0 + 1) <= 8) { /* small: no descent */
        for (uint32_t by = by0; by <= by1; by++) {
            for (uint32_t bx = bx0; bx <= bx1; bx++) {
                i32x16 neg = (i32x16)0;
                for (uint32_t k = 0; k < n; k++) {
                    neg |= e[k].step + (e[k].c + (e[k].a * (int32_t)bx + e[k].b * (int32_t)by) * 4);
                }
                const uint32_t mask = bits_of(neg >= 0);
                if (mask) {
                    out = put(out, bx, by, mask);
                }
            }
        }
        return (uint32_t)(out - first);
    }

    for (uint32_t k = 0; k < n; k++) {
        e[k].hi = (e[k].a > 0 ? e[k].a : 0) + (e[k].b > 0 ? e[k].b : 0);
        e[k].lo = (e[k].a < 0 ? e[k].a : 0) + (e[k].b < 0 ? e[k].b : 0);
    }
    i32x16 out16 = (i32x16)0, part16 = (i32x16)0;
    for (uint32_t k = 0; k < n; k++) {
        const i32x16 v = e[k].step * 16 + e[k].c;
        out16 |= v + e[k].hi * 15;
        part16 |= v + e[k].lo * 15;
    }
    const uint32_t in_box = grid_bits(te->x0 >> 4, te->y0 >> 4, te->x1 >> 4, te->y1 >> 4);
    uint32_t touched = bits_of(out16 >= 0) & in_box;
    const uint32_t full = bits_of(part16 >= 0);
    while (touched) {
        const uint32_t r = (uint32_t)__builtin_ctz(touched), rx = r & 3, ry = r >> 2;
        touched &= touched - 1;
        if (full >> r & 1) {
            out = put_region(out, rx, ry);
            continue;
        }
        i32x16 out4 = (i32x16)0, part4 = (i32x16)0;
        int32_t c16[4];
        for (uint32_t k = 0; k < n; k++) {
            c16[k] = e[k].c + (e[k].a * (int32_t)rx + e[k].b * (int32_t)ry) * 16;
            const i32x16 v = e[k].step * 4 + c16[k];
            out4 |= v + e[k].hi * 3;
            part4 |= v + e[k].lo * 3;
        }
        uint32_t touched4 = bits_of(out4 >= 0);
        const uint32_t full4 = bits_of(part4 >= 0);
        while (touched4) {
            const uint32_t q = (uint32_t)__builtin_ctz(touched4), qx = q & 3, qy = q >> 2;
            touched4 &= touched4 - 1;
            uint32_t mask = 0xffff;
            if (!(full4 >> q & 1)) {
                i32x16 neg = (i32x16)0;
                for (uint32_t k = 0; k < n; k++) {
                    neg |= e[k].step + (c16[k] + (e[k].a * (int32_t)qx + e[k].b * (int32_t)qy) * 4);
                }
                mask = bits_of(neg >= 0);
                if (!mask) {
                    continue;
                }
            }
            out = put(out, rx * 4 + qx, ry * 4 + qy, mask);
        }
    }
    return (uint32_t)(out - first);
}

uint32_t
PUM_K(pum_k_cover)(struct pum_fs_block *out, const struct pum_tile_edges *e)
{
    return e->count <= 3 ? cover(out, e, 3) : cover(out, e, 4);
}

uint32_t
PUM_K(pum_k_cover_rect)(struct pum_fs_block *out, uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1)
{
    struct pum_fs_block *const first = out;
    if (x0 == 0 && y0 == 0 && x1 == PUM_TILE_PX - 1 && y1 == PUM_TILE_PX - 1) {
        for (uint32_t r = 0; r < 16; r++) {
            out = put_region(out, r & 3, r >> 2);
        }
        return PUM_TILE_BLOCKS;
    }
    for (uint32_t by = y0 >> 2; by <= y1 >> 2; by++) {
        const uint32_t ty0 = by * 4 < y0 ? y0 & 3 : 0, ty1 = by * 4 + 3 > y1 ? y1 & 3 : 3;
        for (uint32_t bx = x0 >> 2; bx <= x1 >> 2; bx++) {
            const uint32_t tx0 = bx * 4 < x0 ? x0 & 3 : 0, tx1 = bx * 4 + 3 > x1 ? x1 & 3 : 3;
            out = put(out, bx, by, grid_bits(tx0, ty0, tx1, ty1));
        }
    }
    return (uint32_t)(out - first);
}

uint32_t
PUM_K(pum_k_clip_rect)(struct pum_fs_block *blocks, uint32_t n, uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t px = blocks[i].x * 4u, py = blocks[i].y * 4u;
        if (px + 3 < x0 || px > x1 || py + 3 < y0 || py > y1) {
            continue;
        }
        const uint32_t keep = grid_bits(px < x0 ? x0 - px : 0, py < y0 ? y0 - py : 0, px + 3 > x1 ? x1 - px : 3, py + 3 > y1 ? y1 - py : 3);
        const uint32_t mask = blocks[i].mask & keep;
        blocks[left] = (struct pum_fs_block){blocks[i].x, blocks[i].y, (uint16_t)mask};
        left += mask != 0;
    }
    return left;
}

uint64_t
PUM_K(pum_k_count)(const struct pum_fs_block *blocks, uint32_t n)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        sum += (uint32_t)__builtin_popcount(blocks[i].mask);
    }
    return sum;
}

INLINE f32x4
load4(const float *p)
{
    f32x4 v;
    memcpy(&v, p, 16);
    return v;
}

void
PUM_K(pum_k_planes)(struct pum_plane *planes, uint32_t n, const float *v0, const float *v1, const float *v2, const float *flat,
                    const float rhw[3], const uint32_t *persp, const float l1[3], const float l2[3])
{
    for (uint32_t i = 0; i < n; i += 4) {
        u32x4 m;
        memcpy(&m, persp + i, 16);
        f32x4 a = load4(v0 + i), b = load4(v1 + i), c = load4(v2 + i);
        const f32x4 f = load4(flat + i);
        a = (i32x4)m ? a * rhw[0] : a;
        b = (i32x4)m ? b * rhw[1] : b;
        c = (i32x4)m ? c * rhw[2] : c;
        const f32x4 d1 = b - a, d2 = c - a;
        const f32x4 v = a + (d1 * l1[0] + d2 * l2[0]);
        const f32x4 dx = d1 * l1[1] + d2 * l2[1];
        const f32x4 dy = d1 * l1[2] + d2 * l2[2];
        const f32x4 lo01 = __builtin_shufflevector(v, dx, 0, 4, 1, 5), hi01 = __builtin_shufflevector(v, dx, 2, 6, 3, 7);
        const f32x4 lo23 = __builtin_shufflevector(dy, f, 0, 4, 1, 5), hi23 = __builtin_shufflevector(dy, f, 2, 6, 3, 7);
        const f32x4 r[4] = {__builtin_shufflevector(lo01, lo23, 0, 1, 4, 5), __builtin_shufflevector(lo01, lo23, 2, 3, 6, 7),
                            __builtin_shufflevector(hi01, hi23, 0, 1, 4, 5), __builtin_shufflevector(hi01, hi23, 2, 3, 6, 7)};
        memcpy(planes + i, r, 64);
    }
}
