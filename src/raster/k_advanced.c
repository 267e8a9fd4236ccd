/* Colour output with the advanced blend operations: any format, everything decided by data; float, unfused, in the order of the
 * specification. Its cases become selections, its quotients are divisions. SPEC: framebuffer-blend-advanced. */
#include "raster/k_convert.h"

INLINE f32x16
min_f(f32x16 a, f32x16 b)
{
    return a < b ? a : b;
}
INLINE f32x16
max_f(f32x16 a, f32x16 b)
{
    return a > b ? a : b;
}

/* -------- hue, saturation, luminosity -------- */

INLINE f32x16
min3(const f32x16 c[3])
{
    return min_f(min_f(c[0], c[1]), c[2]);
}
INLINE f32x16
max3(const f32x16 c[3])
{
    return max_f(max_f(c[0], c[1]), c[2]);
}
INLINE f32x16
luminosity(const f32x16 c[3])
{
    return c[0] * 0.30f + c[1] * 0.59f + c[2] * 0.11f;
}
/* The colour `base` with the luminosity of `lum`, brought back into 0..1. */
INLINE void
set_luminosity(f32x16 out[3], const f32x16 base[3], const f32x16 lum[3])
{
    const f32x16 more = luminosity(lum) - luminosity(base);
    for (uint32_t i = 0; i < 3; i++) {
        out[i] = base[i] + more;
    }
    const f32x16 l = luminosity(out), lo = min3(out), hi = max3(out);
    for (uint32_t i = 0; i < 3; i++) {
        out[i] = lo < 0.0f ? l + ((out[i] - l) * l) / (l - lo) : out[i];
        out[i] = hi > 1.0f ? l + ((out[i] - l) * (1.0f - l)) / (hi - l) : out[i];
    }
}
INLINE void
set_saturation(f32x16 out[3], const f32x16 base[3], const f32x16 sat[3])
{
    const f32x16 lo = min3(base), from = max3(base) - lo, to = max3(sat) - min3(sat);
    for (uint32_t i = 0; i < 3; i++) {
        out[i] = from > 0.0f ? (base[i] - lo) * to / from : (f32x16)0.0f;
    }
}
static void
hsl(uint32_t op, f32x16 f[3], const f32x16 s[3], const f32x16 d[3])
{
    f32x16 c[3];
    switch (op) {
    case PUM_ADVANCED_HSL_HUE:
        set_saturation(c, s, d);
        set_luminosity(f, c, d);
        break;
    case PUM_ADVANCED_HSL_SATURATION:
        set_saturation(c, d, s);
        set_luminosity(f, c, d);
        break;
    case PUM_ADVANCED_HSL_COLOR:
        set_luminosity(f, s, d);
        break;
    default:
        set_luminosity(f, d, s);
        break;
    }
}

/* -------- operations with coverage: f(s, d) p0 + Y s p1 + Z d p2 -------- */

enum { X = 1, Y = 2, Z = 4 };
static const uint8_t terms[PUM_ADVANCED_PLUS] = {
    [PUM_ADVANCED_ZERO] = 0,          [PUM_ADVANCED_SRC] = X | Y,       [PUM_ADVANCED_DST] = X | Z,       [PUM_ADVANCED_SRC_OVER] = X | Y | Z,
    [PUM_ADVANCED_DST_OVER] = X | Y | Z, [PUM_ADVANCED_SRC_IN] = X,     [PUM_ADVANCED_DST_IN] = X,        [PUM_ADVANCED_SRC_OUT] = Y,
    [PUM_ADVANCED_DST_OUT] = Z,       [PUM_ADVANCED_SRC_ATOP] = X | Z,  [PUM_ADVANCED_DST_ATOP] = X | Y,  [PUM_ADVANCED_XOR] = Y | Z,
    [PUM_ADVANCED_MULTIPLY ... PUM_ADVANCED_EXCLUSION] = X | Y | Z,     [PUM_ADVANCED_INVERT ... PUM_ADVANCED_INVERT_RGB] = X | Z,
    [PUM_ADVANCED_LINEARDODGE ... PUM_ADVANCED_HSL_LUMINOSITY] = X | Y | Z,
};

INLINE f32x16
soft_light(f32x16 s, f32x16 d)
{
    const f32x16 dark = d - (1.0f - 2.0f * s) * d * (1.0f - d);
    const f32x16 deep = d + (2.0f * s - 1.0f) * d * ((16.0f * d - 12.0f) * d + 3.0f);
    const f32x16 light = d + (2.0f * s - 1.0f) * (__builtin_elementwise_sqrt(d) - d);
    return s <= 0.5f ? dark : d <= 0.25f ? deep : light;
}
INLINE f32x16
vivid_light(f32x16 s, f32x16 d)
{
    const f32x16 zero = (f32x16)0.0f, one = (f32x16)1.0f;
    const f32x16 burn = 1.0f - min_f(one, (1.0f - d) / (2.0f * s)), dodge = min_f(one, d / (2.0f * (1.0f - s)));
    return s <= 0.0f ? zero : s < 0.5f ? burn : s < 1.0f ? dodge : one;
}
INLINE f32x16
pin_light(f32x16 s, f32x16 d)
{
    const f32x16 above = s < 0.5f ? (f32x16)0.0f : 2.0f * s - 1.0f, below = s < 0.5f * d ? 2.0f * s : d;
    return 2.0f * s - 1.0f > d ? above : below;
}

/* rounded: by how much the destination may have been when it was stored. */
static f32x16
separable(uint32_t op, f32x16 s, f32x16 d, float rounded)
{
    const f32x16 zero = (f32x16)0.0f, one = (f32x16)1.0f;
    const f32x16 multiply = 2.0f * s * d, screen = 1.0f - 2.0f * (1.0f - s) * (1.0f - d);
    switch (op) {
    case PUM_ADVANCED_SRC:
    case PUM_ADVANCED_SRC_OVER:
    case PUM_ADVANCED_SRC_IN:
    case PUM_ADVANCED_SRC_ATOP: return s;
    case PUM_ADVANCED_DST:
    case PUM_ADVANCED_DST_OVER:
    case PUM_ADVANCED_DST_IN:
    case PUM_ADVANCED_DST_ATOP: return d;
    case PUM_ADVANCED_MULTIPLY: return s * d;
    case PUM_ADVANCED_SCREEN: return s + d - s * d;
    case PUM_ADVANCED_OVERLAY: return d <= 0.5f ? multiply : screen;
    case PUM_ADVANCED_DARKEN: return min_f(s, d);
    case PUM_ADVANCED_LIGHTEN: return max_f(s, d);
    case PUM_ADVANCED_COLORDODGE: return d <= 0.0f ? zero : s < 1.0f ? min_f(one, d / (1.0f - s)) : one;
    case PUM_ADVANCED_COLORBURN: return d >= 1.0f ? one : s > 0.0f ? 1.0f - min_f(one, (1.0f - d) / s) : zero;
    case PUM_ADVANCED_HARDLIGHT: return s <= 0.5f ? multiply : screen;
    case PUM_ADVANCED_SOFTLIGHT: return soft_light(s, d);
    case PUM_ADVANCED_DIFFERENCE: return as_f(as_u(d - s) & 0x7fffffffu);
    case PUM_ADVANCED_EXCLUSION: return s + d - multiply;
    case PUM_ADVANCED_INVERT: return 1.0f - d;
    case PUM_ADVANCED_INVERT_RGB: return s * (1.0f - d);
    case PUM_ADVANCED_LINEARDODGE: return s + d <= 1.0f ? s + d : one;
    case PUM_ADVANCED_LINEARBURN: return s + d > 1.0f ? s + d - 1.0f : zero;
    case PUM_ADVANCED_VIVIDLIGHT: return vivid_light(s, d);
    case PUM_ADVANCED_LINEARLIGHT: return 2.0f * s + d > 2.0f ? one : 2.0f * s + d > 1.0f ? 2.0f * s + d - 1.0f : zero;
    case PUM_ADVANCED_PINLIGHT: return pin_light(s, d);
    case PUM_ADVANCED_HARDMIX: return s + d < 1.0f - rounded ? zero : one; /* a jump: what was 1/4 and 3/4 is 1 */
    default: return zero;
    }
}

/* The portions of the pixel that both, only the source, only the destination cover. */
INLINE void
portions(uint32_t overlap, f32x16 p[3], f32x16 s, f32x16 d)
{
    const f32x16 zero = (f32x16)0.0f;
    switch (overlap) {
    case PUM_OVERLAP_CONJOINT:
        p[0] = min_f(s, d);
        p[1] = max_f(s - d, zero);
        p[2] = max_f(d - s, zero);
        break;
    case PUM_OVERLAP_DISJOINT:
        p[0] = max_f(s + d - 1.0f, zero);
        p[1] = min_f(s, 1.0f - d);
        p[2] = min_f(d, 1.0f - s);
        break;
    default:
        p[0] = s * d;
        p[1] = s * (1.0f - d);
        p[2] = d * (1.0f - s);
        break;
    }
}

static void
with_coverage(const struct pum_advanced_state *a, uint32_t op, f32x16 r[4], const f32x16 src[4], const f32x16 dst[4], float rounded)
{
    f32x16 s[3], d[3], f[3], p[3];
    const f32x16 zero = (f32x16)0.0f;
    for (uint32_t i = 0; i < 3; i++) {
        s[i] = a->src_straight ? src[i] : src[3] == 0.0f ? zero : src[i] / src[3];
        d[i] = a->dst_straight ? dst[i] : dst[3] == 0.0f ? zero : dst[i] / dst[3];
    }
    portions(a->overlap, p, src[3], dst[3]);
    if (op >= PUM_ADVANCED_HSL_HUE) {
        hsl(op, f, s, d);
    } else {
        for (uint32_t i = 0; i < 3; i++) {
            f[i] = separable(op, s[i], d[i], rounded);
        }
    }
    const uint32_t t = terms[op];
    for (uint32_t i = 0; i < 4; i++) {
        r[i] = i < 3 ? f[i] * p[0] : t & X ? p[0] : zero;
        r[i] += !(t & Y) ? zero : i < 3 ? s[i] * p[1] : p[1];
        r[i] += !(t & Z) ? zero : i < 3 ? d[i] * p[2] : p[2];
    }
}

/* -------- operations on premultiplied colours -------- */

static void
additional(const struct pum_advanced_state *a, uint32_t op, f32x16 r[4], const f32x16 src[4], const f32x16 dst[4])
{
    const f32x16 zero = (f32x16)0.0f, one = (f32x16)1.0f, sa = src[3], da = dst[3], all = min_f(one, sa + da);
    for (uint32_t i = 0; i < 4; i++) {
        const f32x16 s = i < 3 && a->src_straight ? src[i] * sa : src[i], d = i < 3 && a->dst_straight ? dst[i] * da : dst[i];
        switch (op) {
        case PUM_ADVANCED_PLUS: r[i] = s + d; break;
        case PUM_ADVANCED_PLUS_CLAMPED: r[i] = min_f(one, s + d); break;
        case PUM_ADVANCED_PLUS_CLAMPED_ALPHA: r[i] = min_f(all, s + d); break;
        case PUM_ADVANCED_PLUS_DARKER: r[i] = i == 3 ? all : max_f(zero, all - ((sa - s) + (da - d))); break;
        case PUM_ADVANCED_MINUS: r[i] = d - s; break;
        case PUM_ADVANCED_MINUS_CLAMPED: r[i] = max_f(zero, d - s); break;
        case PUM_ADVANCED_CONTRAST: r[i] = i == 3 ? da : da * 0.5f + 2.0f * (d - da * 0.5f) * (s - sa * 0.5f); break;
        case PUM_ADVANCED_INVERT_OVG: r[i] = i == 3 ? sa + da - sa * da : sa * (1.0f - d) + (1.0f - sa) * d; break;
        default: r[i] = op - PUM_ADVANCED_RED == i ? s : d; break; /* one component of the source */
        }
    }
}

void
PUM_K(pum_k_write_advanced)(const struct pum_fs_target *t, uint32_t bx, uint32_t by, uint32_t mask, const uint32_t color[4][PUM_LANES],
                            const uint32_t color1[4][PUM_LANES])
{
    (void)color1;
    if (!mask) {
        return;
    }
    const struct pum_tile_target *tt = t->blend;
    const struct pum_target_state *st = tt->state;
    const struct pum_color_format *f = &st->format;
    const struct pum_advanced_state *a = &st->advanced;
    const uint32_t op = st->color_op - PUM_BLEND_ADVANCED;
    uint8_t *p = block_address(t->tile, t->layout, t->row_pitch_B, f->texel_B, t->samples_log2, bx, by);
    const bool whole = mask == 0xffff || rect_has(&tt->whole, bx, by);
    u32x16 before[4], w[4], c[4];
    f32x16 s[4], d[4], r[4];
    load_block(before, p, t, f->texel_B, mask, whole);
    unpack(f, before, d);
    for (uint32_t i = 0; i < 4; i++) {
        s[i] = blend_clamp(f->kind, load_f(color[i]));
    }
    if (op < PUM_ADVANCED_PLUS) {
        with_coverage(a, op, r, s, d, f->kind == PUM_COLOR_UNORM ? 0.5f / (float)((1u << f->bits[0]) - 1) : 0.0f);
    } else {
        additional(a, op, r, s, d);
    }
    for (uint32_t i = 0; i < 3 && a->dst_straight; i++) {
        r[i] = r[3] == 0.0f ? r[i] : r[i] / r[3];
    }
    for (uint32_t i = 0; i < 4; i++) {
        const f32x16 v = a->clamp ? clamp_f(r[i], 0.0f, 1.0f) : r[i];
        c[i] = select_u(v == v, as_u(v), (u32x16)0x7fc00000u); /* which NaN depends on the order of operands */
    }
    pack(f, c, w);
    const i32x16 m = lanes_of(mask);
    for (uint32_t k = 0; k < (f->texel_B + 3u) / 4; k++) {
        w[k] = select_u(m, (w[k] & st->word_mask[k]) | (before[k] & ~st->word_mask[k]), before[k]);
    }
    store_block(p, t, f->texel_B, w, mask, whole);
}
