/* Depth, depth bounds and stencil tests on lists of blocks. Depth alone is specialised per format and comparison; the rest is one
 * general routine. SPEC: fragops-depth, fragops-stencil, fragops-dbt. */
#include "raster/k_common.h"

static const uint8_t z_texel_B[PUM_Z_FORMAT_COUNT] = {0, 2, 4, 4};

/* Depth values in the form that is compared: D16, D24 as integers, D32F as float bits. */
INLINE u32x16
z_encode(uint32_t format, f32x16 z)
{
    switch (format) {
    case PUM_Z_D16:
        return round_scaled(clamp_f(z, 0.0f, 1.0f), 16);
    case PUM_Z_D24:
        /* a product of 24 by 24 bits is exact in double */
        return (u32x16)__builtin_convertvector(__builtin_elementwise_rint(__builtin_convertvector(clamp_f(z, 0.0f, 1.0f), f64x16) * 16777215.0), i32x16);
    default:
        return as_u(z);
    }
}
INLINE f32x16
z_decode(uint32_t format, u32x16 v)
{
    switch (format) {
    case PUM_Z_D16:
        return __builtin_convertvector((i32x16)v, f32x16) / 65535.0f;
    case PUM_Z_D24:
        return __builtin_convertvector((i32x16)v, f32x16) / 16777215.0f;
    default:
        return as_f(v);
    }
}

INLINE i32x16
compare_u(uint32_t op, u32x16 a, u32x16 b) /* both below 2^31 */
{
    const i32x16 x = (i32x16)a, y = (i32x16)b;
    switch (op) {
    case PUM_COMPARE_NEVER: return (i32x16)0;
    case PUM_COMPARE_LESS: return x < y;
    case PUM_COMPARE_EQUAL: return x == y;
    case PUM_COMPARE_LESS_EQUAL: return x <= y;
    case PUM_COMPARE_GREATER: return x > y;
    case PUM_COMPARE_NOT_EQUAL: return x != y;
    case PUM_COMPARE_GREATER_EQUAL: return x >= y;
    default: return (i32x16)-1;
    }
}
INLINE i32x16
compare_z(uint32_t format, uint32_t op, u32x16 a, u32x16 b)
{
    if (format != PUM_Z_D32F) {
        return compare_u(op, a, b);
    }
    const f32x16 x = as_f(a), y = as_f(b);
    switch (op) {
    case PUM_COMPARE_NEVER: return (i32x16)0;
    case PUM_COMPARE_LESS: return x < y;
    case PUM_COMPARE_EQUAL: return x == y;
    case PUM_COMPARE_LESS_EQUAL: return x <= y;
    case PUM_COMPARE_GREATER: return x > y;
    case PUM_COMPARE_NOT_EQUAL: return x != y;
    case PUM_COMPARE_GREATER_EQUAL: return x >= y;
    default: return (i32x16)-1;
    }
}

/* A block's texels as 32-bit words; D24 keeps what stands in bits 24..31. */
INLINE u32x16
z_load(uint32_t format, const uint8_t *p, uint8_t layout, uint32_t row_B, uint32_t mask, bool whole)
{
    if (format == PUM_Z_D16) {
        uint16_t raw[16];
        if (!whole) {
            fetch_lanes((uint8_t *)raw, p, layout != PUM_TEXEL_BLOCK, row_B, 2, mask);
        } else if (layout == PUM_TEXEL_BLOCK) {
            memcpy(raw, p, 32);
        } else {
            fetch_rows((uint8_t *)raw, p, row_B, 2);
        }
        u16x16 v;
        memcpy(&v, raw, 32);
        return __builtin_convertvector(v, u32x16);
    }
    if (whole && layout == PUM_TEXEL_BLOCK) {
        return load_u(p);
    }
    u32x16 v; /* its address is taken, so it lies in memory: not on the common path */
    if (whole) {
        fetch_rows((uint8_t *)&v, p, row_B, 4);
    } else {
        fetch_lanes((uint8_t *)&v, p, layout != PUM_TEXEL_BLOCK, row_B, 4, mask);
    }
    return v;
}

INLINE void
z_store(uint32_t format, uint8_t *p, uint8_t layout, uint32_t row_B, u32x16 v, uint32_t mask, bool whole)
{
    const uint32_t texel_B = format == PUM_Z_D16 ? 2 : 4;
    uint8_t raw[64];
    if (format == PUM_Z_D16) {
        const u16x16 n = __builtin_convertvector(v, u16x16);
        memcpy(raw, &n, 32);
    } else {
        memcpy(raw, &v, 64);
    }
    if (!whole) {
        store_lanes(p, layout != PUM_TEXEL_BLOCK, row_B, raw, texel_B, mask);
    } else if (layout == PUM_TEXEL_BLOCK) {
        memcpy(p, raw, (size_t)16 * texel_B);
    } else {
        store_rows(p, row_B, raw, texel_B);
    }
}

/* z at the sample of the pixels of a block. The order of operations is that of generated code for gl_FragCoord. */
INLINE f32x16
z_of_block(const struct pum_plane *plane, const float pos[2], uint32_t bx, uint32_t by)
{
    const f32x16 px = __builtin_convertvector(LANE_X + (int32_t)(bx * 4), f32x16) + pos[0];
    const f32x16 py = __builtin_convertvector(LANE_Y + (int32_t)(by * 4), f32x16) + pos[1];
    return (plane->v + plane->dx * px) + plane->dy * py;
}

/* `common`: blocks in the image, depth of the primitive's plane. */
INLINE uint32_t
depth_blocks(const uint32_t format, const uint32_t op, const bool common, const struct pum_zs_state *st, const struct pum_tile_zs *tile_zs,
             struct pum_fs_block *blocks, uint32_t n, const struct pum_plane *tile_plane, float z_min, float z_max, const float *z16, bool write,
             uint64_t *passed)
{
    const struct pum_tile_zs copy = *tile_zs, *zs = &copy; /* what is stored below might be anything: these stay in registers */
    const struct pum_plane plane_copy = *tile_plane, *plane = &plane_copy;
    const uint32_t texel_B = z_texel_B[format];
    const uint8_t layout = common ? PUM_TEXEL_BLOCK : zs->depth_layout;
    const bool store = write && st->z_write;
    uint32_t left = 0;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct pum_fs_block b = blocks[i];
        const bool whole = b.mask == 0xffff || rect_has(&zs->whole, b.x, b.y);
        const f32x16 z = clamp_f(!common && z16 ? load_f(z16) : z_of_block(plane, zs->pos, b.x, b.y), z_min, z_max);
        const u32x16 enc = z_encode(format, z);
        uint8_t *p = block_address(zs->depth, layout, zs->depth_row_B, texel_B, zs->depth_samples_log2, b.x, b.y);
        const u32x16 raw = z_load(format, p, layout, zs->depth_row_B, b.mask, whole);
        const u32x16 cur = format == PUM_Z_D24 ? raw & 0xffffffu : raw;
        const uint32_t mask = bits_of(compare_z(format, op, enc, cur)) & b.mask;
        if (!mask) {
            continue;
        }
        if (store) {
            const u32x16 full = format == PUM_Z_D24 ? enc | (raw & 0xff000000u) : enc;
            const u32x16 merged = mask == 0xffff ? full : select_u(lanes_of(mask), full, raw);
            z_store(format, p, layout, zs->depth_row_B, merged, mask, whole);
        }
        sum += (uint32_t)__builtin_popcount(mask);
        blocks[left++] = (struct pum_fs_block){b.x, b.y, (uint16_t)mask};
    }
    *passed += sum;
    return left;
}

INLINE u32x16
stencil_op(uint32_t op, u32x16 s, u32x16 ref)
{
    switch (op) {
    case PUM_STENCIL_ZERO: return (u32x16)0;
    case PUM_STENCIL_REPLACE: return ref;
    case PUM_STENCIL_INCREMENT_CLAMP: return select_u((i32x16)s < 255, s + 1, s);
    case PUM_STENCIL_DECREMENT_CLAMP: return select_u((i32x16)s > 0, s - 1, s);
    case PUM_STENCIL_INVERT: return ~s & 0xffu;
    case PUM_STENCIL_INCREMENT_WRAP: return (s + 1) & 0xffu;
    case PUM_STENCIL_DECREMENT_WRAP: return (s - 1) & 0xffu;
    default: return s;
    }
}

static uint32_t
general(const struct pum_zs_state *st, const struct pum_tile_zs *zs, struct pum_fs_block *blocks, uint32_t n, const struct pum_plane *plane,
        float z_min, float z_max, uint32_t front, const float *z16, const uint32_t *ref16, bool write, uint64_t *passed)
{
    const struct pum_stencil_face *face = &st->face[front ? 1 : 0];
    const uint32_t format = st->z_format, texel_B = z_texel_B[format];
    uint32_t left = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct pum_fs_block b = blocks[i];
        const bool whole = b.mask == 0xffff || rect_has(&zs->whole, b.x, b.y);
        uint32_t mask = b.mask, stencil_ok = 0xffff, z_ok = 0xffff;
        uint8_t *zp = NULL, *sp = NULL;
        u32x16 raw = (u32x16)0, enc = (u32x16)0, s = (u32x16)0, ref = (u32x16)0;
        if (st->z_test || st->bounds_test) {
            zp = block_address(zs->depth, zs->depth_layout, zs->depth_row_B, texel_B, zs->depth_samples_log2, b.x, b.y);
            raw = format == PUM_Z_D16   ? z_load(PUM_Z_D16, zp, zs->depth_layout, zs->depth_row_B, b.mask, whole)
                  : format == PUM_Z_D24 ? z_load(PUM_Z_D24, zp, zs->depth_layout, zs->depth_row_B, b.mask, whole)
                                        : z_load(PUM_Z_D32F, zp, zs->depth_layout, zs->depth_row_B, b.mask, whole);
        }
        const u32x16 cur = format == PUM_Z_D24 ? raw & 0xffffffu : raw;
        if (st->bounds_test) {
            const f32x16 d = z_decode(format, cur);
            mask &= bits_of((d >= st->bounds_min) & (d <= st->bounds_max));
        }
        if (st->stencil_test) {
            sp = block_address(zs->stencil, zs->stencil_layout, zs->stencil_row_B, 1, zs->stencil_samples_log2, b.x, b.y);
            uint8_t sraw[16];
            if (!whole) {
                fetch_lanes(sraw, sp, zs->stencil_layout != PUM_TEXEL_BLOCK, zs->stencil_row_B, 1, b.mask);
            } else if (zs->stencil_layout == PUM_TEXEL_BLOCK) {
                memcpy(sraw, sp, 16);
            } else {
                fetch_rows(sraw, sp, zs->stencil_row_B, 1);
            }
            u8x16 s8;
            memcpy(&s8, sraw, 16);
            s = __builtin_convertvector(s8, u32x16);
            ref = (ref16 ? load_u(ref16) : (u32x16)face->reference) & 0xffu;
            const uint32_t cm = face->compare_mask;
            stencil_ok = bits_of(compare_u(face->compare_op, ref & cm, s & cm));
        }
        if (st->z_test) {
            const f32x16 z = clamp_f(z16 ? load_f(z16) : z_of_block(plane, zs->pos, b.x, b.y), z_min, z_max);
            enc = z_encode(format, z);
            z_ok = bits_of(compare_z(format, st->compare, enc, cur));
        }
        const uint32_t pass = mask & stencil_ok & z_ok;
        if (write && st->stencil_test) {
            u32x16 r = stencil_op(face->fail_op, s, ref);
            r = select_u(lanes_of(stencil_ok), stencil_op(face->depth_fail_op, s, ref), r);
            r = select_u(lanes_of(stencil_ok & z_ok), stencil_op(face->pass_op, s, ref), r);
            const uint32_t wm = face->write_mask;
            r = (s & ~wm) | (r & wm);
            r = select_u(lanes_of(mask), r, s);
            const u8x16 r8 = __builtin_convertvector(r, u8x16);
            uint8_t out[16];
            memcpy(out, &r8, 16);
            if (!whole) {
                store_lanes(sp, zs->stencil_layout != PUM_TEXEL_BLOCK, zs->stencil_row_B, out, 1, mask);
            } else if (zs->stencil_layout == PUM_TEXEL_BLOCK) {
                memcpy(sp, out, 16);
            } else {
                store_rows(sp, zs->stencil_row_B, out, 1);
            }
        }
        if (write && st->z_test && st->z_write && pass) {
            const u32x16 full = format == PUM_Z_D24 ? enc | (raw & 0xff000000u) : enc;
            const u32x16 merged = select_u(lanes_of(pass), full, raw);
            if (format == PUM_Z_D16) {
                z_store(PUM_Z_D16, zp, zs->depth_layout, zs->depth_row_B, merged, pass, whole);
            } else {
                z_store(PUM_Z_D32F, zp, zs->depth_layout, zs->depth_row_B, merged, pass, whole);
            }
        }
        if (pass) {
            *passed += (uint32_t)__builtin_popcount(pass);
            blocks[left++] = (struct pum_fs_block){b.x, b.y, (uint16_t)pass};
        }
    }
    return left;
}

typedef uint32_t (*depth_fn)(const struct pum_zs_state *st, const struct pum_tile_zs *zs, struct pum_fs_block *blocks, uint32_t n,
                             const struct pum_plane *plane, float z_min, float z_max, const float *z16, bool write, uint64_t *passed);

#define DEPTH_FN(format, op)                                                                                                            \
    static uint32_t depth_##format##_##op(const struct pum_zs_state *st, const struct pum_tile_zs *zs, struct pum_fs_block *blocks,      \
                                          uint32_t n, const struct pum_plane *plane, float z_min, float z_max, const float *z16,         \
                                          bool write, uint64_t *passed)                                                                  \
    {                                                                                                                                    \
        return !z16 && zs->depth_layout == PUM_TEXEL_BLOCK                                                                                \
                   ? depth_blocks(PUM_Z_##format, PUM_COMPARE_##op, true, st, zs, blocks, n, plane, z_min, z_max, z16, write, passed)     \
                   : depth_blocks(PUM_Z_##format, PUM_COMPARE_##op, false, st, zs, blocks, n, plane, z_min, z_max, z16, write, passed);   \
    }
#define DEPTH_FNS(format)                                                                                                               \
    DEPTH_FN(format, NEVER) DEPTH_FN(format, LESS) DEPTH_FN(format, EQUAL) DEPTH_FN(format, LESS_EQUAL) DEPTH_FN(format, GREATER)        \
    DEPTH_FN(format, NOT_EQUAL) DEPTH_FN(format, GREATER_EQUAL) DEPTH_FN(format, ALWAYS)
DEPTH_FNS(D16)
DEPTH_FNS(D24)
DEPTH_FNS(D32F)
#define DEPTH_ROW(format)                                                                                                               \
    {depth_##format##_NEVER, depth_##format##_LESS, depth_##format##_EQUAL, depth_##format##_LESS_EQUAL, depth_##format##_GREATER,        \
     depth_##format##_NOT_EQUAL, depth_##format##_GREATER_EQUAL, depth_##format##_ALWAYS}
static const depth_fn depth_fns[PUM_Z_FORMAT_COUNT - 1][8] = {DEPTH_ROW(D16), DEPTH_ROW(D24), DEPTH_ROW(D32F)};

uint32_t
PUM_K(pum_k_depth_stencil)(const struct pum_zs_state *st, const struct pum_tile_zs *zs, struct pum_fs_block *blocks, uint32_t n,
                           const struct pum_plane *plane, float z_min, float z_max, uint32_t front, const float *z16, const uint32_t *ref16,
                           bool write, uint64_t *passed)
{
    if (st->z_test && !st->stencil_test && !st->bounds_test) {
        return depth_fns[st->z_format - 1][st->compare & 7](st, zs, blocks, n, plane, z_min, z_max, z16, write, passed);
    }
    return general(st, zs, blocks, n, plane, z_min, z_max, front, z16, ref16, write, passed);
}

/* -------- several samples: bounds of blocks -------- */

/* The form that is compared as a number: exact, D24 has 24 bits. */
INLINE f32x16
z_number(uint32_t format, u32x16 enc)
{
    return format == PUM_Z_D32F ? as_f(enc) : __builtin_convertvector((i32x16)enc, f32x16);
}

/* Every operation of z_of_block is monotonic in x and in y, rounding included, and so are the clamp and the conversion: the depth of all
 * samples of a block lies between those at two opposite corners. */
INLINE void
sort(const uint32_t format, struct pum_depth_sorted *out, const struct pum_zs_state *st, const struct pum_tile_depth *d,
     const struct pum_plane *tile_plane, float z_min, float z_max, const float box[4], const struct pum_fs_block *blocks, uint32_t n)
{
    const struct pum_plane plane = *tile_plane;
    const uint32_t compare = st->compare;
    const bool rises_x = plane.dx >= 0.0f, rises_y = plane.dy >= 0.0f;
    const float x_lo = rises_x ? box[0] : 3.0f + box[1], x_hi = rises_x ? 3.0f + box[1] : box[0];
    const float y_lo = rises_y ? box[2] : 3.0f + box[3], y_hi = rises_y ? 3.0f + box[3] : box[2];
    for (uint32_t i = 0; i < n; i += 16) {
        const u32x16 w = load_u(blocks + i), bx = w & 15u, by = w >> 8 & 15u; /* those after the last are any */
        const u32x16 at = (by & 12u) << 4 | (bx & 12u) << 2 | (by & 3u) << 2 | (bx & 3u);
        const f32x16 x = __builtin_convertvector((i32x16)(bx * 4u), f32x16), y = __builtin_convertvector((i32x16)(by * 4u), f32x16);
        const f32x16 z_lo = (plane.v + plane.dx * (x + x_lo)) + plane.dy * (y + y_lo);
        const f32x16 z_hi = (plane.v + plane.dx * (x + x_hi)) + plane.dy * (y + y_hi);
        const f32x16 clamped_lo = clamp_f(z_lo, z_min, z_max), clamped_hi = clamp_f(z_hi, z_min, z_max);
        const f32x16 lo = z_number(format, z_encode(format, clamped_lo)), hi = z_number(format, z_encode(format, clamped_hi));
        f32x16 old_lo, old_hi;
        const bool in_order = n - i >= 16 && bits_of(at - at[0] == (u32x16)(LANE_X + LANE_Y * 4)) == 0xffff;
        out->region[i / 16] = in_order && bits_of(w >= 0xffff0000u) == 0xffff;
        if (in_order) {
            old_lo = load_f(d->lo + at[0]);
            old_hi = load_f(d->hi + at[0]);
        } else {
            float some_lo[16] = {0}, some_hi[16] = {0};
            uint32_t place[16];
            memcpy(place, &at, 64);
            for (uint32_t k = 0; k < 16 && k < n - i; k++) {
                some_lo[k] = d->lo[place[k]];
                some_hi[k] = d->hi[place[k]];
            }
            old_lo = load_f(some_lo);
            old_hi = load_f(some_hi);
        }
        const uint32_t below = bits_of(hi < old_lo), not_above = bits_of(hi <= old_lo);
        const uint32_t above = bits_of(lo > old_hi), not_below = bits_of(lo >= old_hi);
        uint32_t pass = 0, fail = 0;
        switch (compare) {
        case PUM_COMPARE_NEVER: fail = 0xffff; break;
        case PUM_COMPARE_LESS: pass = below, fail = not_below; break;
        case PUM_COMPARE_EQUAL: fail = below | above; break;
        case PUM_COMPARE_LESS_EQUAL: pass = not_above, fail = above; break;
        case PUM_COMPARE_GREATER: pass = above, fail = not_above; break;
        case PUM_COMPARE_NOT_EQUAL: pass = below | above; break;
        case PUM_COMPARE_GREATER_EQUAL: pass = not_below, fail = below; break;
        default: pass = 0xffff; break;
        }
        memcpy(out->lo + i, &lo, 64);
        memcpy(out->hi + i, &hi, 64);
        out->pass[i / 16] = (uint16_t)pass;
        out->fail[i / 16] = (uint16_t)fail;
        out->exact[i / 16] = (uint16_t)bits_of((as_u(z_lo) == as_u(clamped_lo)) & (as_u(z_hi) == as_u(clamped_hi)));
    }
}

void
PUM_K(pum_k_depth_sort)(struct pum_depth_sorted *out, const struct pum_zs_state *st, const struct pum_tile_depth *d, const struct pum_plane *plane,
                        float z_min, float z_max, const float box[4], const struct pum_fs_block *blocks, uint32_t n)
{
    switch (st->z_format) {
    case PUM_Z_D16: sort(PUM_Z_D16, out, st, d, plane, z_min, z_max, box, blocks, n); break;
    case PUM_Z_D24: sort(PUM_Z_D24, out, st, d, plane, z_min, z_max, box, blocks, n); break;
    default: sort(PUM_Z_D32F, out, st, d, plane, z_min, z_max, box, blocks, n); break;
    }
}

INLINE void
fill(const uint32_t format, const struct pum_tile_zs *tile_zs, uint32_t samples, const struct pum_plane *tile_plane, bool keep, uint32_t bx,
     uint32_t by)
{
    const struct pum_plane plane = *tile_plane;
    for (uint32_t s = 0; s < samples; s++) {
        const struct pum_tile_zs *zs = &tile_zs[s];
        uint8_t *p = block_address(zs->depth, zs->depth_layout, zs->depth_row_B, z_texel_B[format], zs->depth_samples_log2, bx, by);
        u32x16 v;
        if (plane.flat) {
            v = format == PUM_Z_D32F ? as_u((f32x16)plane.v) : (u32x16)(uint32_t)plane.v;
        } else {
            v = z_encode(format, z_of_block(&plane, zs->pos, bx, by));
        }
        if (format == PUM_Z_D24 && keep) {
            v |= z_load(format, p, zs->depth_layout, zs->depth_row_B, 0xffff, true) & 0xff000000u;
        }
        z_store(format, p, zs->depth_layout, zs->depth_row_B, v, 0xffff, true);
    }
}

void
PUM_K(pum_k_depth_fill)(uint32_t z_format, const struct pum_tile_zs *zs, uint32_t samples, const struct pum_plane *plane, bool keep, uint32_t bx,
                        uint32_t by)
{
    switch (z_format) {
    case PUM_Z_D16: fill(PUM_Z_D16, zs, samples, plane, keep, bx, by); break;
    case PUM_Z_D24: fill(PUM_Z_D24, zs, samples, plane, keep, bx, by); break;
    default: fill(PUM_Z_D32F, zs, samples, plane, keep, bx, by); break;
    }
}
