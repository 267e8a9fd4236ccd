/* Sampling of 2D views (arrays too), loads from them and from texel buffers, sixteen lanes at a time. Everything else, and rare states, goes to
 * the generic routine; both compute the same bits.
 *
 * A format class has routines that filter one level: nearest or linear, plain or with everything (offsets, border colour, comparison).
 * What comes before (level of detail, anisotropy, layers) is the same for all classes. Sampler state is uniform and tested once per
 * call. Lanes are grouped by mip level and filter: nearly always one group, and inside a group sizes and pitches are scalars.
 */
#include "rt/rt_isa.h"
#include "rt/texel2d.h"
#include "rt/vec16.h"

/* OTHER: any format of uncompressed texels, converted one by one. */
enum class_id { RGBA8, BGRA8, RGBA8_SRGB, BGRA8_SRGB, R8, RG8, R32F, RG32F, D16, R16F, RG16F, RGBA16F, RGBA32F, OTHER };

struct texels { /* components of sixteen lanes */
    vf c[4];
};

/* What few calls have. */
struct extra {
    vi off_x, off_y;
    vf dref;
    bool offset, compare;
};

/* x, y in texels of the level; layer: address of the array layer. extra: NULL for the plain routines. */
typedef RT_VCALL struct texels (*level_fn)(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, const uint8_t *layer,
                                           uint32_t level, vf x, vf y, const struct extra *e);
typedef RT_VCALL struct texels (*texel_fn)(const struct pum_desc_image *img, const uint8_t *layer, uint32_t level, vi x, vi y);

struct pum_rt_class {
    enum class_id id;
    level_fn level[2][2]; /* [with everything][linear] */
    texel_fn texel;       /* x, y lie inside */
};

INLINE uint32_t
channels_of(enum class_id c)
{
    return c == R8 || c == R32F || c == D16 || c == R16F ? 1 : c == RG8 || c == RG32F || c == RG16F ? 2 : 4;
}

INLINE uint32_t
texel_B_of(enum class_id c, const struct pum_desc_image *img)
{
    switch (c) {
    case R8: return 1;
    case RG8:
    case D16:
    case R16F: return 2;
    case RG32F:
    case RGBA16F: return 8;
    case RGBA32F: return 16;
    case OTHER: return pum_format_info((enum pum_format)img->format)->block_B;
    default: return 4;
    }
}

static const float srgb_table[256] = {
#include "format/srgb_table.inc"
};

/* The low 16 bits of the words at byte offsets, which are even. */
INLINE vi
gather16(const uint8_t *base, vi off)
{
    return (vi)((vu)pum_gather16(base, off & ~3) >> (vu)((off & 2) << 3)) & 0xffff;
}

/* One to four components of 32 bits each, in order: the components are gathered, those that the format lacks filled in. */
static bool
decode_words(const struct pum_desc_image *img, const uint8_t *base, vi off, vf out[4])
{
    const struct pum_format_info *f = pum_format_info((enum pum_format)img->format);
    if (!pum_format_is_words(f)) {
        return false;
    }
    for (uint32_t k = 0; k < 4; k++) {
        out[k] = k < f->n_channels ? (vf)pum_gather16(base + 4 * k, off)
                 : k < 3           ? (vf)0.0f
                                   : pum_format_is_integer((enum pum_format)img->format) ? (vf)(vi)1 : (vf)1.0f;
    }
    return true;
}

static void
decode_each(const struct pum_desc_image *img, const uint8_t *base, vi off, vf out[4])
{
    union pum_color c;
    uint32_t o[4][PUM_LANES];
    if (decode_words(img, base, off, out)) {
        return;
    }
    if (bits_of(off != off[0]) == 0) { /* as loops over a table read it */
        pum_format_unpack((enum pum_format)img->format, base + off[0], &c);
        for (int k = 0; k < 4; k++) {
            out[k] = (vf)((vi)0 + c.i[k]);
        }
        return;
    }
    for (int l = 0; l < PUM_LANES; l++) {
        pum_format_unpack((enum pum_format)img->format, base + off[l], &c);
        for (int k = 0; k < 4; k++) {
            o[k][l] = c.u[k];
        }
    }
    memcpy(out, o, sizeof(o));
}

/* The texels at byte offsets `off` of a level. Offsets of formats below four bytes are read through the aligned word around them. */
INLINE void
decode(const enum class_id cls, const struct pum_desc_image *img, const uint8_t *base, vi off, vf out[4])
{
    switch (cls) {
    case RGBA8:
    case BGRA8:
    case RGBA8_SRGB:
    case BGRA8_SRGB: {
        const vi w = pum_gather16(base, off);
        const bool bgr = cls == BGRA8 || cls == BGRA8_SRGB;
        const vi r = (bgr ? w >> 16 : w) & 0xff, g = w >> 8 & 0xff, b = (bgr ? w : w >> 16) & 0xff, a = (vi)((vu)w >> 24);
        if (cls == RGBA8 || cls == BGRA8) {
            out[0] = unorm8(r);
            out[1] = unorm8(g);
            out[2] = unorm8(b);
        } else {
            const uint8_t *t = (const uint8_t *)srgb_table;
            out[0] = (vf)pum_gather16(t, r << 2);
            out[1] = (vf)pum_gather16(t, g << 2);
            out[2] = (vf)pum_gather16(t, b << 2);
        }
        out[3] = unorm8(a);
        break;
    }
    case R8: out[0] = unorm8((vi)((vu)pum_gather16(base, off & ~3) >> (vu)((off & 3) << 3)) & 0xff); break;
    case RG8: {
        const vi w = gather16(base, off);
        out[0] = unorm8(w & 0xff);
        out[1] = unorm8(w >> 8);
        break;
    }
    case D16: {
        const vf f = __builtin_convertvector(gather16(base, off), vf);
        out[0] = f * 0x1p-16f + f * 0x1.0001p-32f; /* v / 65535, correctly rounded for all values */
        break;
    }
    case R32F: out[0] = (vf)pum_gather16(base, off); break;
    case RG32F:
        out[0] = (vf)pum_gather16(base, off);
        out[1] = (vf)pum_gather16(base + 4, off);
        break;
    case R16F: out[0] = half(gather16(base, off)); break;
    case RG16F: {
        const vi w = pum_gather16(base, off);
        out[0] = half(w & 0xffff);
        out[1] = half((vi)((vu)w >> 16));
        break;
    }
    case RGBA16F: {
        const vi lo = pum_gather16(base, off), hi = pum_gather16(base + 4, off);
        out[0] = half(lo & 0xffff);
        out[1] = half((vi)((vu)lo >> 16));
        out[2] = half(hi & 0xffff);
        out[3] = half((vi)((vu)hi >> 16));
        break;
    }
    case RGBA32F:
        for (int k = 0; k < 4; k++) {
            out[k] = (vf)pum_gather16(base + 4 * k, off);
        }
        break;
    case OTHER: decode_each(img, base, off, out); break;
    }
}

/* Components that the format lacks. */
INLINE void
complete(const enum class_id cls, struct texels *t)
{
    for (uint32_t k = channels_of(cls); k < 4; k++) {
        t->c[k] = k == 3 ? (vf)1.0f : (vf)0.0f;
    }
}

/* ---- one level ---- */

INLINE vf
compare(uint8_t op, vf ref, vf d)
{
    const vf one = 1.0f;
    vi r;
    switch (op) {
    case 0: r = (vi)0; break;
    case 1: r = ref < d; break;
    case 2: r = ref == d; break;
    case 3: r = ref <= d; break;
    case 4: r = ref > d; break;
    case 5: r = ref != d; break;
    case 6: r = ref >= d; break;
    default: r = (vi)-1; break;
    }
    return (vf)(r & (vi)one);
}

/* Bit per component that the format has. */
INLINE uint32_t
components_of(const enum class_id cls, const struct pum_desc_image *img)
{
    if (cls != OTHER) {
        return (1u << channels_of(cls)) - 1;
    }
    const struct pum_format_info *f = pum_format_info((enum pum_format)img->format);
    uint32_t has = 0;
    for (uint32_t k = 0; k < f->n_channels; k++) {
        has |= 1u << (f->channels[k].component > 3 ? 0 : f->channels[k].component);
    }
    return has;
}

/* border: lanes that read the border's colour. */
INLINE void
fetch(const enum class_id cls, const bool all, const struct pum_desc_image *img, const struct pum_desc_sampler *smp, const uint8_t *base, vi off,
      vi border, const struct extra *e, vf out[4])
{
    decode(cls, img, base, off, out);
    if (!all) {
        return;
    }
    if (smp->address[0] == PUM_ADDRESS_BORDER || smp->address[1] == PUM_ADDRESS_BORDER) {
        const uint32_t has = components_of(cls, img); /* those that the format lacks read as from a texel */
        for (uint32_t k = 0; k < channels_of(cls); k++) {
            float b;
            memcpy(&b, &smp->border[k], 4);
            out[k] = has >> k & 1 ? pick(border, (vf)b, out[k]) : out[k];
        }
    }
    if (channels_of(cls) == 1 && e && e->compare) {
        out[0] = compare(smp->compare - 1, e->dref, out[0]);
    }
}

INLINE struct texels
nearest(const enum class_id cls, const bool all, const struct pum_desc_image *img, const struct pum_desc_sampler *smp, const uint8_t *layer,
        uint32_t level, vf x, vf y, const struct extra *e)
{
    const struct pum_desc_level *lv = &img->level[level];
    const int32_t w = (int32_t)level_px(img->width, level), h = (int32_t)level_px(img->height, level), B = (int32_t)texel_B_of(cls, img);
    const uint8_t mu = smp->address[0], mv = smp->address[1], layout = pum_level_layout(img, level);
    vi ix = to_int(__builtin_elementwise_floor(x)), iy = to_int(__builtin_elementwise_floor(y));
    vi border = 0;
    if (all) {
        if (e && e->offset) {
            ix += e->off_x;
            iy += e->off_y;
        }
        border = outside(ix, w, mu) | outside(iy, h, mv);
    }
    ix = wrap(ix, w, mu);
    iy = wrap(iy, h, mv);
    struct texels t;
    fetch(cls, all, img, smp, layer + lv->offset_B, column_B(layout, ix, B) + row_B(layout, iy, lv->row_pitch_B, B, is_small(img, lv)), border, e, t.c);
    complete(cls, &t);
    return t;
}

/* Differences times fractions: equal texels give exactly their value. */
INLINE struct texels
linear(const enum class_id cls, const bool all, const struct pum_desc_image *img, const struct pum_desc_sampler *smp, const uint8_t *layer,
       uint32_t level, vf x, vf y, const struct extra *e)
{
    const struct pum_desc_level *lv = &img->level[level];
    const uint8_t *base = layer + lv->offset_B;
    const int32_t w = (int32_t)level_px(img->width, level), h = (int32_t)level_px(img->height, level), B = (int32_t)texel_B_of(cls, img);
    const uint8_t mu = smp->address[0], mv = smp->address[1], layout = pum_level_layout(img, level);
    x -= 0.5f;
    y -= 0.5f;
    const vf fx0 = __builtin_elementwise_floor(x), fy0 = __builtin_elementwise_floor(y);
    vi ix = to_int(fx0), iy = to_int(fy0);
    vf fx = x - fx0, fy = y - fy0;
    fx = (vf)((vi)fx & (fx == fx)); /* NaN and infinite coordinates */
    fy = (vf)((vi)fy & (fy == fy));
    vi bx0 = 0, bx1 = 0, by0 = 0, by1 = 0;
    if (all) {
        if (e && e->offset) {
            ix += e->off_x;
            iy += e->off_y;
        }
        bx0 = outside(ix, w, mu);
        bx1 = outside(ix + 1, w, mu);
        by0 = outside(iy, h, mv);
        by1 = outside(iy + 1, h, mv);
    }
    const vi x0 = wrap(ix, w, mu), y0 = wrap(iy, h, mv);
    const vi x1 = mu == PUM_ADDRESS_REPEAT ? (x0 + 1) & (x0 + 1 < w) : wrap(ix + 1, w, mu);
    const vi y1 = mv == PUM_ADDRESS_REPEAT ? (y0 + 1) & (y0 + 1 < h) : wrap(iy + 1, h, mv);
    const vi cx0 = column_B(layout, x0, B), cx1 = column_B(layout, x1, B);
    const bool small = is_small(img, lv);
    const vi ry0 = row_B(layout, y0, lv->row_pitch_B, B, small), ry1 = row_B(layout, y1, lv->row_pitch_B, B, small);
    struct texels t;
    vf a[4], b[4], top[4];
    fetch(cls, all, img, smp, base, cx0 + ry0, bx0 | by0, e, a);
    fetch(cls, all, img, smp, base, cx1 + ry0, bx1 | by0, e, b);
    for (uint32_t k = 0; k < channels_of(cls); k++) {
        top[k] = a[k] + (b[k] - a[k]) * fx;
    }
    fetch(cls, all, img, smp, base, cx0 + ry1, bx0 | by1, e, a);
    fetch(cls, all, img, smp, base, cx1 + ry1, bx1 | by1, e, b);
    for (uint32_t k = 0; k < channels_of(cls); k++) {
        const vf bottom = a[k] + (b[k] - a[k]) * fx;
        t.c[k] = top[k] + (bottom - top[k]) * fy;
    }
    complete(cls, &t);
    return t;
}

#define LEVEL(fn, name, id, all, filter)                                                                                                   \
    static RT_VCALL struct texels fn##_##name(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, const uint8_t *layer,     \
                                              uint32_t level, vf x, vf y, const struct extra *e)                                              \
    {                                                                                                                                      \
        return filter(id, all, img, smp, layer, level, x, y, e);                                                                           \
    }
#define CLASS(id, name)                                                                                                                    \
    LEVEL(nearest, name, id, false, nearest)                                                                                               \
    LEVEL(linear, name, id, false, linear)                                                                                                 \
    LEVEL(nearest_all, name, id, true, nearest)                                                                                            \
    LEVEL(linear_all, name, id, true, linear)                                                                                              \
    static RT_VCALL struct texels texel_##name(const struct pum_desc_image *img, const uint8_t *layer, uint32_t level, vi x, vi y)           \
    {                                                                                                                                      \
        const struct pum_desc_level *lv = &img->level[level];                                                                              \
        const int32_t B = (int32_t)texel_B_of(id, img);                                                                                    \
        const uint8_t layout = pum_level_layout(img, level);                                                                               \
        struct texels t;                                                                                                                   \
        decode(id, img, layer + lv->offset_B, column_B(layout, x, B) + row_B(layout, y, lv->row_pitch_B, B, false), t.c);                    \
        complete(id, &t);                                                                                                                  \
        return t;                                                                                                                          \
    }                                                                                                                                      \
    static const struct pum_rt_class class_##name = {id, {{nearest_##name, linear_##name}, {nearest_all_##name, linear_all_##name}},          \
                                                     texel_##name};
CLASS(RGBA8, rgba8)
CLASS(BGRA8, bgra8)
CLASS(RGBA8_SRGB, rgba8_srgb)
CLASS(BGRA8_SRGB, bgra8_srgb)
CLASS(R8, r8)
CLASS(RG8, rg8)
CLASS(R32F, r32f)
CLASS(RG32F, rg32f)
CLASS(D16, d16)
CLASS(R16F, r16f)
CLASS(RG16F, rg16f)
CLASS(RGBA16F, rgba16f)
CLASS(RGBA32F, rgba32f)
CLASS(OTHER, other)

/* ---- level of detail ---- */

struct lod {
    vf lambda; /* unclamped, without the sampler's bias */
    vf du, dv; /* direction of anisotropic filtering, per lane */
    vi n;      /* its samples; 1 = isotropic */
};

/* Across the quads of a 4x4 block. */
INLINE vf
along_x(vf p)
{
    return __builtin_shufflevector(p, p, 1, 1, 3, 3, 1, 1, 3, 3, 9, 9, 11, 11, 9, 9, 11, 11) -
           __builtin_shufflevector(p, p, 0, 0, 2, 2, 0, 0, 2, 2, 8, 8, 10, 10, 8, 8, 10, 10);
}

INLINE vf
along_y(vf p)
{
    return __builtin_shufflevector(p, p, 4, 4, 6, 6, 4, 4, 6, 6, 12, 12, 14, 14, 12, 12, 14, 14) -
           __builtin_shufflevector(p, p, 0, 0, 2, 2, 0, 0, 2, 2, 8, 8, 10, 10, 8, 8, 10, 10);
}

/* The same where the four of a quad stand in a row. */
INLINE vf
along_x_row(vf p)
{
    return __builtin_shufflevector(p, p, 1, 1, 1, 1, 5, 5, 5, 5, 9, 9, 9, 9, 13, 13, 13, 13) -
           __builtin_shufflevector(p, p, 0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12, 12, 12);
}

INLINE vf
along_y_row(vf p)
{
    return __builtin_shufflevector(p, p, 2, 2, 2, 2, 6, 6, 6, 6, 10, 10, 10, 10, 14, 14, 14, 14) -
           __builtin_shufflevector(p, p, 0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12, 12, 12);
}

INLINE vf
lambda_of_rho2(vf rho2)
{
    const vf l = 0.5f * lod_log2(rho2);
    return (vf)((vi)l & (rho2 == rho2));
}

/* SPEC: textures-lod-and-scale-factor. d: derivatives along the two window axes. */
INLINE vf
rho2_of(const struct pum_desc_image *img, const vf d[2][2], vf *rx, vf *ry)
{
    const float w = (float)img->width, h = (float)img->height;
    const vf xx = d[0][0] * w, xy = d[0][1] * h, yx = d[1][0] * w, yy = d[1][1] * h;
    *rx = xx * xx + xy * xy;
    *ry = yx * yx + yy * yy;
    return pick(*rx > *ry, *rx, *ry);
}

/* SPEC: textures-texel-anisotropic-filtering. Number of samples per lane and their direction; returns the shorter axis, or a sample's share
 * of the longer one. */
static vf
anisotropy(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, const vf d[2][2], struct lod *o)
{
    const float max = (float)smp->anisotropy;
    vf rx, ry;
    const vf r = rho2_of(img, d, &rx, &ry);
    const vi longer_x = rx > ry;
    const vf small = pick(longer_x, ry, rx);
    const vf bound = max * max, ratio2 = pick(small > 0.0f, r / small, bound);
    vf n = __builtin_elementwise_ceil(__builtin_elementwise_sqrt(pick(ratio2 < bound, ratio2, bound)));
    n = pick(n > max, (vf)max, pick(n < 1.0f, (vf)1.0f, n));
    const vi more = r > small; /* and no NaN */
    n = pick(more & (n == n), n, (vf)1.0f);
    o->n = __builtin_convertvector(n, vi);
    o->du = (vf)((vi)pick(longer_x, d[0][0], d[1][0]) & (o->n > 1));
    o->dv = (vf)((vi)pick(longer_x, d[0][1], d[1][1]) & (o->n > 1));
    return pick(more, r / (n * n), r);
}

static void
find_lod(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, const struct pum_tex_args *a, struct lod *o)
{
    o->n = 1;
    if (a->op.kind == PUM_TEX_SAMPLE_LOD) {
        o->lambda = load_f(a->lod);
        return;
    }
    vf d[2][2], rx, ry;
    if (a->op.flags & PUM_TEX_HAS_GRAD_BIT) {
        for (int k = 0; k < 2; k++) {
            d[0][k] = load_f(a->ddx[k]);
            d[1][k] = load_f(a->ddy[k]);
        }
    } else if (a->quad_step) {
        for (int k = 0; k < 2; k++) {
            const vf p = load_f(a->coord[k]);
            d[0][k] = a->quad_step == 4 ? along_x(p) : along_x_row(p);
            d[1][k] = a->quad_step == 4 ? along_y(p) : along_y_row(p);
        }
    } else {
        memset(d, 0, sizeof(d));
    }
    o->lambda = lambda_of_rho2(smp->anisotropy > 1 ? anisotropy(img, smp, (const vf(*)[2])d, o) : rho2_of(img, (const vf(*)[2])d, &rx, &ry));
    if (a->op.kind == PUM_TEX_SAMPLE_BIAS) { /* the sum with the sampler's is limited */
        const vf bias = load_f(a->lod), lo = -PUM_MAX_LOD_BIAS - smp->lod_bias, hi = PUM_MAX_LOD_BIAS - smp->lod_bias;
        const vf cut = pick(bias < lo, lo, bias);
        o->lambda += pick(cut > hi, hi, cut);
    }
}

/* Which level and filter (key = level * 2 + linear), and the share of the next level. */
struct selection {
    vi key;
    vf f;
};

INLINE struct selection
select_level(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, bool integer, vf lambda)
{
    struct selection s;
    const float last = (float)(img->levels - 1);
    lambda += smp->lod_bias;
    lambda = pick(lambda < smp->min_lod, (vf)smp->min_lod, lambda);
    lambda = pick(lambda > smp->max_lod, (vf)smp->max_lod, lambda);
    vf d = pick(lambda < 0.0f, (vf)0.0f, lambda);
    d = pick(d > last, (vf)last, d);
    d = (vf)((vi)d & (d == d));
    const vf whole = smp->mip_linear ? __builtin_elementwise_floor(d) : __builtin_elementwise_ceil(d + 0.5f) - 1.0f;
    const vi lin = pick_i(lambda <= 0.0f, (vi)smp->mag_linear, (vi)smp->min_linear);
    s.f = smp->mip_linear && !integer ? d - whole : (vf)0.0f;
    s.key = __builtin_convertvector(whole, vi) * 2 + (integer ? (vi)0 : lin);
    return s;
}

/* ---- whole calls ---- */

/* One level with c->n samples along the longer axis of each lane's footprint. */
static struct texels
sample_aniso(level_fn fn, const struct pum_desc_image *img, const struct pum_desc_sampler *smp, const uint8_t *layer, uint32_t level, vf u, vf v,
             const struct lod *o, uint32_t lanes, const struct extra *e)
{
    const float w = (float)level_px(img->width, level), h = (float)level_px(img->height, level);
    const vf x = u * w, y = v * h;
    if (!(bits_of(o->n > 1) & lanes)) {
        return fn(img, smp, layer, level, x, y, e);
    }
    const vf n = __builtin_convertvector(o->n, vf);
    struct texels sum;
    for (int k = 0; k < 4; k++) {
        sum.c[k] = -(vf)0.0f; /* so that one sample keeps its sign of zero */
    }
    for (int32_t i = 1; bits_of(o->n >= i) & lanes; i++) {
        const vf t = (float)i / (n + 1.0f) - 0.5f;
        const struct texels one = fn(img, smp, layer, level, x + o->du * t * w, y + o->dv * t * h, e);
        for (int k = 0; k < 4; k++) {
            sum.c[k] = pick(o->n >= i, sum.c[k] + one.c[k], sum.c[k]);
        }
    }
    for (int k = 0; k < 4; k++) {
        sum.c[k] = sum.c[k] / n;
    }
    return sum;
}

/* Address of the one array layer that all wanted lanes use. */
static bool
uniform_layer(const struct pum_desc_image *img, const struct pum_tex_args *a, const uint8_t **out)
{
    *out = (const uint8_t *)(uintptr_t)img->address;
    if (!(a->op.flags & PUM_TEX_ARRAYED_BIT)) {
        return true;
    }
    if (a->op.n_coord <= 2) {
        return false;
    }
    const vi i = a->op.kind == PUM_TEX_FETCH ? load_i(a->coord[2]) : to_int(__builtin_elementwise_rint(load_f(a->coord[2])));
    const int32_t first = first_of(i, a->mask & 0xffff), last = img->layers - 1;
    if (bits_of(i != first) & a->mask) {
        return false;
    }
    if (a->op.kind == PUM_TEX_FETCH && (first < 0 || first > last)) {
        return false;
    }
    *out += (uint64_t)(first < 0 ? 0 : first > last ? last : first) * img->layer_pitch_B;
    return true;
}

static bool
is_integer(const struct pum_desc_image *img, const struct pum_rt_class *cls)
{
    return cls->id == OTHER && pum_format_is_integer((enum pum_format)img->format);
}

static void
put(const struct pum_desc_image *img, bool integer, struct pum_tex_args *a, const struct texels *t)
{
    uint32_t identity;
    memcpy(&identity, img->swizzle, 4);
    if (identity == 0x03020100u) {
        memcpy(a->out, t->c, sizeof(t->c));
        return;
    }
    const vf one = integer ? (vf)(vi)1 : (vf)1.0f;
    for (int k = 0; k < 4; k++) {
        const uint8_t s = img->swizzle[k];
        const vf c = s < 4 ? t->c[s] : s == 5 ? one : (vf)0.0f;
        memcpy(a->out[k], &c, sizeof(c));
    }
}

/* False: the generic routine must do it. */
static bool
fetch_lanes(const struct pum_rt_class *cls, const struct pum_desc_image *img, struct pum_tex_args *a)
{
    const uint8_t *layer;
    const vi lod = load_i(a->lod);
    const int32_t level = first_of(lod, a->mask & 0xffff);
    if (a->op.n_grad != 2 || img->samples_log2 || (bits_of(lod != level) & a->mask) || (uint32_t)level >= img->levels ||
        (uint32_t)level < (uint32_t)img->min_lod || !uniform_layer(img, a, &layer)) {
        return false;
    }
    vi x = load_i(a->coord[0]), y = load_i(a->coord[1]);
    if (a->op.flags & PUM_TEX_HAS_OFFSET_BIT) {
        x = (vi)((vu)x + (vu)load_i(a->offset[0]));
        y = (vi)((vu)y + (vu)load_i(a->offset[1]));
    }
    const vu w = level_px(img->width, (uint32_t)level), h = level_px(img->height, (uint32_t)level);
    const vi in = ((vu)x < w) & ((vu)y < h);
    struct texels t = cls->texel(img, layer, (uint32_t)level, x & in, y & in);
    const uint32_t has = bits_of(in) == 0xffff ? 0 : components_of(cls->id, img);
    for (int k = 0; k < 4; k++) { /* outside: zeros where the format has the component */
        t.c[k] = has >> k & 1 ? (vf)((vi)t.c[k] & in) : t.c[k];
    }
    put(img, is_integer(img, cls), a, &t);
    return true;
}

/* Texel buffers: texels behind each other. False as above. */
static bool
buffer_lanes(const struct pum_rt_class *cls, const struct pum_desc_image *img, struct pum_tex_args *a)
{
    if (a->op.flags & PUM_TEX_HAS_OFFSET_BIT) {
        return false;
    }
    const vi x = load_i(a->coord[0]), in = (vu)x < (vu)img->width;
    struct texels t = cls->texel(img, (const uint8_t *)(uintptr_t)img->address, 0, x & in, (vi)0);
    const uint32_t has = bits_of(in) == 0xffff ? 0 : components_of(cls->id, img);
    for (int k = 0; k < 4; k++) {
        t.c[k] = has >> k & 1 ? (vf)((vi)t.c[k] & in) : t.c[k];
    }
    put(img, is_integer(img, cls), a, &t);
    return true;
}

static bool
sample_lanes(const struct pum_rt_class *cls, const struct pum_desc_image *img, const struct pum_desc_sampler *smp, struct pum_tex_args *a)
{
    const bool dref = a->op.flags & PUM_TEX_HAS_DREF_BIT, integer = is_integer(img, cls);
    const uint8_t *layer;
    if (!smp || smp->unnormalized || a->op.n_grad != 2 || smp->reduction || smp->ycbcr.enabled || (dref && channels_of(cls->id) != 1) || !uniform_layer(img, a, &layer)) {
        return false;
    }
    struct extra e = {.offset = a->op.flags & PUM_TEX_HAS_OFFSET_BIT, .compare = dref && smp->compare};
    if (e.offset) {
        e.off_x = __builtin_elementwise_max(__builtin_elementwise_min(load_i(a->offset[0]), (vi)(1 << 20)), (vi) - (1 << 20));
        e.off_y = __builtin_elementwise_max(__builtin_elementwise_min(load_i(a->offset[1]), (vi)(1 << 20)), (vi) - (1 << 20));
    }
    if (dref) {
        e.dref = load_f(a->dref);
        if (cls->id == D16 || cls->id == R8) {
            e.dref = pick(e.dref < 0.0f, (vf)0.0f, e.dref);
            e.dref = pick(e.dref > 1.0f, (vf)1.0f, e.dref);
        }
    }
    const bool all = e.offset || e.compare || smp->address[0] == PUM_ADDRESS_BORDER || smp->address[1] == PUM_ADDRESS_BORDER;
    const vf u = load_f(a->coord[0]), v = load_f(a->coord[1]);
    struct texels res;
    if (img->levels == 1 && smp->mag_linear == smp->min_linear && smp->anisotropy <= 1) { /* the level of detail does not matter */
        res = cls->level[all][smp->mag_linear && !integer](img, smp, layer, 0, u * (float)img->width, v * (float)img->height, &e);
    } else {
        struct lod o;
        find_lod(img, smp, a, &o);
        o.n = integer ? (vi)1 : o.n;
        const struct selection s = select_level(img, smp, integer, o.lambda);
        const uint32_t mixed = bits_of(s.f != 0.0f);
        memset(&res, 0, sizeof(res));
        for (uint32_t todo = a->mask & 0xffff; todo;) {
            const uint32_t key = (uint32_t)first_of(s.key, todo);
            const vi mine = s.key == (int32_t)key;
            const uint32_t mine_bits = bits_of(mine);
            const level_fn fn = cls->level[all][key & 1];
            struct texels lo = sample_aniso(fn, img, smp, layer, key >> 1, u, v, &o, mine_bits, &e);
            if (mixed & mine_bits & a->mask) {
                const struct texels hi = sample_aniso(fn, img, smp, layer, (key >> 1) + 1, u, v, &o, mine_bits, &e);
                for (int k = 0; k < 4; k++) {
                    lo.c[k] = pick(s.f != 0.0f, lo.c[k] + (hi.c[k] - lo.c[k]) * s.f, lo.c[k]);
                }
            }
            for (int k = 0; k < 4; k++) {
                res.c[k] = pick(mine, lo.c[k], res.c[k]);
            }
            todo &= ~mine_bits;
        }
    }
    if (dref) {
        const vf zero = 0.0f, one = 1.0f;
        memcpy(a->out[0], &res.c[0], sizeof(zero));
        memcpy(a->out[1], &zero, sizeof(zero));
        memcpy(a->out[2], &zero, sizeof(zero));
        memcpy(a->out[3], &one, sizeof(one));
    } else {
        put(img, integer, a, &res);
    }
    return true;
}

static void
tex_2d(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, struct pum_tex_args *a)
{
    const struct pum_rt_class *cls = img->ops->cls;
    bool done = false;
    if (a->mask & 0xffff && img->flags & PUM_IMAGE_32BIT_BIT && !(a->op.flags & PUM_TEX_HAS_MIN_LOD_BIT)) {
        if (img->dim == PUM_VIEW_BUFFER) {
            done = a->op.kind == PUM_TEX_FETCH && buffer_lanes(cls, img, a);
        } else {
            done = a->op.kind <= PUM_TEX_SAMPLE_GRAD ? sample_lanes(cls, img, smp, a) : a->op.kind == PUM_TEX_FETCH && fetch_lanes(cls, img, a);
        }
    }
    if (!done) {
        RT_NAME(pum_rt_generic_tex)(img, smp, a);
    }
}

/* Storage images and storage texel buffers. */
static void
load_2d(const struct pum_desc_image *img, struct pum_img_args *a)
{
    const struct pum_rt_class *cls = img->ops->cls;
    const bool buffer = img->dim == PUM_VIEW_BUFFER;
    const uint32_t mask = a->mask & 0xffff;
    const vi layer = img->arrayed && !buffer ? load_i(a->coord[2]) : (vi)0;
    const int32_t first = mask ? first_of(layer, mask) : 0;
    if (!mask || !(img->flags & PUM_IMAGE_32BIT_BIT) || bits_of(layer != first) & mask || (uint32_t)first >= img->layers) {
        RT_NAME(pum_rt_generic_load)(img, a);
        return;
    }
    const vi x = load_i(a->coord[0]), y = buffer ? (vi)0 : load_i(a->coord[1]);
    const vi in = ((vu)x < (vu)img->width) & (buffer ? (vi)-1 : (vi)((vu)y < (vu)img->height));
    const uint8_t *base = (const uint8_t *)(uintptr_t)img->address + (uint64_t)(uint32_t)first * img->layer_pitch_B;
    const struct texels t = cls->texel(img, base, 0, x & in, y & in);
    const bool alpha = pum_format_has_alpha((enum pum_format)img->format);
    for (int k = 0; k < 4; k++) { /* outside: zeros, and one where the format has no alpha */
        const vi c = k == 3 && !alpha ? (vi)t.c[k] : (vi)t.c[k] & in;
        memcpy(a->data[k], &c, sizeof(c));
    }
}

#if defined(__AVX512F__)
/* ---- the most common calls, arguments and result in registers ---- */

static __attribute__((noinline)) RT_VCALL struct texels
by_block(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, uint32_t mask, vf u, vf v, vf lod, enum pum_tex_kind kind)
{
    struct pum_tex_args a;
    struct texels t;
    a.op = (struct pum_tex_op){.kind = (uint8_t)kind, .dim = PUM_VIEW_2D, .n_coord = 2, .n_grad = 2,
                               .flags = PUM_TEX_HAS_SAMPLER_BIT | (kind == PUM_TEX_SAMPLE_LOD ? PUM_TEX_HAS_LOD_BIT : 0)};
    a.mask = mask;
    a.quad_step = 4;
    memcpy(a.coord[0], &u, sizeof(u));
    memcpy(a.coord[1], &v, sizeof(v));
    memcpy(a.lod, &lod, sizeof(lod));
    RT_NAME(pum_rt_tex)(img, smp, &a);
    memcpy(&t, a.out, sizeof(t));
    return t;
}

static __attribute__((noinline)) RT_VCALL struct texels
two_levels(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, uint32_t key, vf u, vf v, vf f)
{
    const level_fn fn = img->ops->cls->level[0][key & 1];
    const uint8_t *layer = (const uint8_t *)(uintptr_t)img->address;
    const uint32_t level = key >> 1;
    struct texels lo = fn(img, smp, layer, level, u * (float)level_px(img->width, level), v * (float)level_px(img->height, level), NULL);
    const struct texels hi =
        fn(img, smp, layer, level + 1, u * (float)level_px(img->width, level + 1), v * (float)level_px(img->height, level + 1), NULL);
    for (int k = 0; k < 4; k++) {
        lo.c[k] = pick(f != 0.0f, lo.c[k] + (hi.c[k] - lo.c[k]) * f, lo.c[k]);
    }
    return lo;
}

INLINE struct texels
in_registers(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, uint32_t mask, vf u, vf v, vf lod, enum pum_tex_kind kind)
{
    if (!(img->flags & PUM_IMAGE_SIMPLE_BIT) || !smp->simple || !mask) {
        return by_block(img, smp, mask, u, v, lod, kind);
    }
    const struct pum_rt_class *cls = img->ops->cls;
    uint32_t key = smp->mag_linear;
    if (img->levels != 1 || smp->mag_linear != smp->min_linear) {
        vf lambda = lod;
        if (kind == PUM_TEX_SAMPLE) {
            const vf d[2][2] = {{along_x(u), along_x(v)}, {along_y(u), along_y(v)}};
            vf rx, ry;
            lambda = lambda_of_rho2(rho2_of(img, d, &rx, &ry));
        }
        const struct selection s = select_level(img, smp, false, lambda);
        key = (uint32_t)first_of(s.key, mask);
        if (bits_of(s.key != (int32_t)key) & mask) {
            return by_block(img, smp, mask, u, v, lod, kind);
        }
        if (bits_of(s.f != 0.0f) & mask) {
            return two_levels(img, smp, key, u, v, s.f);
        }
    }
    const uint32_t level = key >> 1;
    return cls->level[0][key & 1](img, smp, (const uint8_t *)(uintptr_t)img->address, level, u * (float)level_px(img->width, level),
                                  v * (float)level_px(img->height, level), NULL);
}

RT_VCALL struct texels
RT_NAME(pum_rt_tex2d)(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, uint32_t mask, vf u, vf v)
{
    return in_registers(img, smp, mask, u, v, (vf)0.0f, PUM_TEX_SAMPLE);
}

RT_VCALL struct texels
RT_NAME(pum_rt_tex2d_lod)(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, uint32_t mask, vf u, vf v, vf lod)
{
    return in_registers(img, smp, mask, u, v, lod, PUM_TEX_SAMPLE_LOD);
}
#endif

#define OPS(name)                                                                                                                          \
    static const struct pum_image_ops ops_##name = {tex_2d, load_2d, RT_NAME(pum_rt_generic_store),                                            \
                                                    RT_NAME(pum_rt_generic_atomic), &class_##name};
OPS(rgba8)
OPS(bgra8)
OPS(rgba8_srgb)
OPS(bgra8_srgb)
OPS(r8)
OPS(rg8)
OPS(r32f)
OPS(rg32f)
OPS(d16)
OPS(r16f)
OPS(rg16f)
OPS(rgba16f)
OPS(rgba32f)
OPS(other)

const struct pum_image_ops *
RT_NAME(pum_rt_ops_2d)(enum pum_format format)
{
    switch ((int)format) {
    case PUM_FORMAT_R8G8B8A8_UNORM:
    case PUM_FORMAT_A8B8G8R8_UNORM_PACK32: return &ops_rgba8;
    case PUM_FORMAT_R8G8B8A8_SRGB:
    case PUM_FORMAT_A8B8G8R8_SRGB_PACK32: return &ops_rgba8_srgb;
    case PUM_FORMAT_B8G8R8A8_UNORM: return &ops_bgra8;
    case PUM_FORMAT_B8G8R8A8_SRGB: return &ops_bgra8_srgb;
    case PUM_FORMAT_R8_UNORM: return &ops_r8;
    case PUM_FORMAT_R8G8_UNORM: return &ops_rg8;
    case PUM_FORMAT_R32_SFLOAT:
    case PUM_FORMAT_D32_SFLOAT: return &ops_r32f;
    case PUM_FORMAT_R32G32_SFLOAT: return &ops_rg32f;
    case PUM_FORMAT_D16_UNORM: return &ops_d16;
    case PUM_FORMAT_R16_SFLOAT: return &ops_r16f;
    case PUM_FORMAT_R16G16_SFLOAT: return &ops_rg16f;
    case PUM_FORMAT_R16G16B16A16_SFLOAT: return &ops_rgba16f;
    case PUM_FORMAT_R32G32B32A32_SFLOAT: return &ops_rgba32f;
    default: break;
    }
    return pum_format_info(format)->block_w == 1 && !pum_format_is_ycbcr(format) ? &ops_other : &RT_NAME(pum_rt_generic_ops);
}
