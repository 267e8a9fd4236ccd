/* Sampling of 2D views (arrays too) of common formats, sixteen lanes at a time. Everything else, and rare states, goes to the generic
 * routine; both compute the same bits.
 *
 * One function per format class; sampler state is uniform and tested once per call. Lanes are grouped by mip level and filter: nearly
 * always one group, and inside a group sizes and pitches are scalars.
 */
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "rt/rt_isa.h"
#include "rt/rt_log2.h"

typedef float vf __attribute__((ext_vector_type(16)));
typedef int32_t vi __attribute__((ext_vector_type(16)));
typedef uint32_t vu __attribute__((ext_vector_type(16)));

#define INLINE static inline __attribute__((always_inline))

enum class_id { RGBA8, BGRA8, RGBA8_SRGB, BGRA8_SRGB, R8, R32F, D16, RGBA16F, RGBA32F };

INLINE uint32_t
channels_of(enum class_id c)
{
    return c == R8 || c == R32F || c == D16 ? 1 : 4;
}

INLINE uint32_t
texel_B_of(enum class_id c)
{
    return c == R8 ? 1 : c == D16 ? 2 : c == RGBA16F ? 8 : c == RGBA32F ? 16 : 4;
}

static const float srgb_table[256] = {
#include "format/srgb_table.inc"
};

INLINE vf
load_f(const float *p)
{
    vf v;
    memcpy(&v, p, sizeof(v));
    return v;
}

INLINE vi
load_i(const void *p)
{
    vi v;
    memcpy(&v, p, sizeof(v));
    return v;
}

INLINE vf
pick(vi m, vf a, vf b)
{
    return (vf)((m & (vi)a) | (~m & (vi)b));
}

INLINE vi
pick_i(vi m, vi a, vi b)
{
    return (m & a) | (~m & b);
}

/* Bit = lane; lanes of m are 0 or -1. */
INLINE uint32_t
bits_of(vi m)
{
#if defined(__AVX512DQ__)
    return _mm512_movepi32_mask((__m512i)m);
#elif defined(__AVX2__)
    return (uint32_t)_mm256_movemask_ps((__m256)m.lo) | (uint32_t)_mm256_movemask_ps((__m256)m.hi) << 8;
#elif defined(__SSE2__)
    return (uint32_t)_mm_movemask_ps((__m128)m.lo.lo) | (uint32_t)_mm_movemask_ps((__m128)m.lo.hi) << 4 |
           (uint32_t)_mm_movemask_ps((__m128)m.hi.lo) << 8 | (uint32_t)_mm_movemask_ps((__m128)m.hi.hi) << 12;
#else
    uint32_t r = 0;
    for (int l = 0; l < PUM_LANES; l++) {
        r |= (m[l] ? 1u : 0u) << l;
    }
    return r;
#endif
}

/* Four bytes at base + off per lane. */
INLINE vi
gather(const uint8_t *base, vi off)
{
#if defined(__AVX512F__)
    return (vi)_mm512_i32gather_epi32((__m512i)off, base, 1);
#elif defined(__AVX2__)
    vi r;
    r.lo = (__typeof__(r.lo))_mm256_i32gather_epi32((const int *)(const void *)base, (__m256i)off.lo, 1);
    r.hi = (__typeof__(r.hi))_mm256_i32gather_epi32((const int *)(const void *)base, (__m256i)off.hi, 1);
    return r;
#else
    int32_t o[PUM_LANES], t[PUM_LANES];
    memcpy(o, &off, sizeof(o));
    for (int l = 0; l < PUM_LANES; l++) {
        memcpy(&t[l], base + o[l], 4);
    }
    return load_i(t);
#endif
}

/* v / 255, correctly rounded for all 256 values (the series 1 + 2^-8 + 2^-16 + ..., the large part exact). */
INLINE vf
unorm8(vi v)
{
    const vf f = __builtin_convertvector(v, vf);
    return f * 0x1.01p-8f + f * 0x1.0101p-24f;
}

INLINE vf
half(vi h)
{
    const vi mag = h & 0x7fff, bits = mag << 13;
    const vi scaled = (vi)((vf)bits * 0x1p112f);
    return (vf)(pick_i(mag >= 0x7c00, bits | 0x7f800000, scaled) | ((h & 0x8000) << 16));
}

/* The texels at byte offsets `off` of a level. Offsets of formats below four bytes are read through the aligned word around them. */
INLINE void
decode(const enum class_id cls, const uint8_t *base, vi off, vf out[4])
{
    switch (cls) {
    case RGBA8:
    case BGRA8:
    case RGBA8_SRGB:
    case BGRA8_SRGB: {
        const vi w = gather(base, off);
        const bool bgr = cls == BGRA8 || cls == BGRA8_SRGB;
        const vi r = (bgr ? w >> 16 : w) & 0xff, g = w >> 8 & 0xff, b = (bgr ? w : w >> 16) & 0xff, a = (vi)((vu)w >> 24);
        if (cls == RGBA8 || cls == BGRA8) {
            out[0] = unorm8(r);
            out[1] = unorm8(g);
            out[2] = unorm8(b);
        } else {
            const uint8_t *t = (const uint8_t *)srgb_table;
            out[0] = (vf)gather(t, r << 2);
            out[1] = (vf)gather(t, g << 2);
            out[2] = (vf)gather(t, b << 2);
        }
        out[3] = unorm8(a);
        break;
    }
    case R8: out[0] = unorm8((vi)((vu)gather(base, off & ~3) >> (vu)((off & 3) << 3)) & 0xff); break;
    case D16: {
        const vf f = __builtin_convertvector((vi)((vu)gather(base, off & ~3) >> (vu)((off & 3) << 3)) & 0xffff, vf);
        out[0] = f * 0x1p-16f + f * 0x1.0001p-32f; /* v / 65535, correctly rounded for all values */
        break;
    }
    case R32F: out[0] = (vf)gather(base, off); break;
    case RGBA16F: {
        const vi lo = gather(base, off), hi = gather(base + 4, off);
        out[0] = half(lo & 0xffff);
        out[1] = half((vi)((vu)lo >> 16));
        out[2] = half(hi & 0xffff);
        out[3] = half((vi)((vu)hi >> 16));
        break;
    }
    case RGBA32F:
        for (int k = 0; k < 4; k++) {
            out[k] = (vf)gather(base + 4 * k, off);
        }
        break;
    }
}

/* Lanes of floor'ed coordinates to integers: NaN 0, the rest clamped to +-2^30. */
INLINE vi
to_int(vf f)
{
    f = pick(f == f, f, (vf)0.0f);
    f = pick(f < 1073741824.0f, f, (vf)1073741824.0f);
    f = pick(f > -1073741824.0f, f, (vf)-1073741824.0f);
    return __builtin_convertvector(f, vi);
}

/* i modulo n, the result in 0 .. n - 1. */
INLINE vi
modulo(vi i, int32_t n)
{
    if ((n & (n - 1)) == 0) {
        return i & (n - 1);
    }
    /* The quotient is at most one off while |i| < 2^24; beyond that lane by lane. */
    if (bits_of((i >= 1 << 24) | (i <= -(1 << 24)))) {
        int32_t t[PUM_LANES];
        memcpy(t, &i, sizeof(t));
        for (int l = 0; l < PUM_LANES; l++) {
            const int32_t m = t[l] % n;
            t[l] = m < 0 ? m + n : m;
        }
        return load_i(t);
    }
    const vi q = __builtin_convertvector(__builtin_elementwise_floor(__builtin_convertvector(i, vf) / (float)n), vi);
    vi m = i - q * n;
    m += (m < 0) & n;
    return m - ((m >= n) & n);
}

/* Texel index of integer coordinates; lanes of *border are set where the border colour applies (index 0 there). */
INLINE vi
wrap(vi i, int32_t n, uint8_t mode, vi *border)
{
    switch (mode) {
    case PUM_ADDRESS_REPEAT: return modulo(i, n);
    case PUM_ADDRESS_MIRROR: {
        const vi m = modulo(i, 2 * n);
        return pick_i(m < n, m, 2 * n - 1 - m);
    }
    case PUM_ADDRESS_MIRROR_ONCE: i = i ^ (i >> 31); break; /* -(1 + i) of the negative */
    case PUM_ADDRESS_BORDER: {
        const vi out = (i < 0) | (i >= n);
        *border |= out;
        return i & ~out;
    }
    default: break;
    }
    i = i & ~(i >> 31);
    return pick_i(i < n, i, (vi)(n - 1));
}

/* Byte offsets of columns and rows; a texel's offset is the sum. */
INLINE vi
column_B(uint8_t layout, vi x, uint32_t texel_B)
{
    const int32_t B = (int32_t)texel_B;
    return layout == PUM_TEXEL_BLOCK ? (x >> 2) * (16 * B) + (x & 3) * B : x * B;
}

INLINE vi
row_B(uint8_t layout, vi y, uint32_t pitch_B, uint32_t texel_B)
{
    return layout == PUM_TEXEL_BLOCK ? (y >> 2) * (int32_t)pitch_B + (y & 3) * (int32_t)(4 * texel_B) : y * (int32_t)pitch_B;
}

struct call {
    const struct pum_desc_image *img;
    const struct pum_desc_sampler *smp;
    const uint8_t *layer; /* address of the array layer */
    vf u, v, dref;
    vf du, dv; /* direction of anisotropic filtering, per lane */
    vi n;      /* its samples; 1 = isotropic */
    vi off_x, off_y;
    bool compare;
};

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

INLINE void
fetch(const enum class_id cls, const struct call *c, const uint8_t *base, vi off, vi border, bool any_border, vf out[4])
{
    decode(cls, base, off, out);
    if (any_border) {
        for (uint32_t k = 0; k < channels_of(cls); k++) {
            float b;
            memcpy(&b, &c->smp->border[k], 4);
            out[k] = pick(border, (vf)b, out[k]);
        }
    }
    if (channels_of(cls) == 1 && c->compare) {
        out[0] = compare(c->smp->compare - 1, c->dref, out[0]);
    }
}

static inline uint32_t
level_px(uint32_t px, uint32_t level)
{
    const uint32_t e = px >> level;
    return e ? e : 1;
}

/* All lanes from one level with one filter; x, y in texels of the level. */
INLINE void
sample_at(const enum class_id cls, const struct call *c, uint32_t level, bool linear, vf x, vf y, vf out[4])
{
    const struct pum_desc_level *lv = &c->img->level[level];
    const uint8_t *base = c->layer + lv->offset_B;
    const int32_t w = (int32_t)level_px(c->img->width, level), h = (int32_t)level_px(c->img->height, level);
    const uint8_t layout = c->img->layout, mu = c->smp->address[0], mv = c->smp->address[1];
    const uint32_t B = texel_B_of(cls), pitch_B = lv->row_pitch_B;
    const bool any_border = mu == PUM_ADDRESS_BORDER || mv == PUM_ADDRESS_BORDER;
    if (!linear) {
        vi border = 0;
        const vi ix = wrap(to_int(__builtin_elementwise_floor(x)) + c->off_x, w, mu, &border);
        const vi iy = wrap(to_int(__builtin_elementwise_floor(y)) + c->off_y, h, mv, &border);
        fetch(cls, c, base, column_B(layout, ix, B) + row_B(layout, iy, pitch_B, B), border, any_border, out);
        return;
    }
    x -= 0.5f;
    y -= 0.5f;
    const vf fx0 = __builtin_elementwise_floor(x), fy0 = __builtin_elementwise_floor(y);
    const vi ix = to_int(fx0) + c->off_x, iy = to_int(fy0) + c->off_y;
    vf fx = x - fx0, fy = y - fy0;
    fx = (vf)((vi)fx & (fx == fx)); /* NaN and infinite coordinates */
    fy = (vf)((vi)fy & (fy == fy));
    vi bx[2] = {0, 0}, by[2] = {0, 0};
    const vi x0 = wrap(ix, w, mu, &bx[0]), y0 = wrap(iy, h, mv, &by[0]);
    vi x1, y1;
    if (mu == PUM_ADDRESS_REPEAT) {
        x1 = (x0 + 1) & (x0 + 1 < w);
    } else {
        x1 = wrap(ix + 1, w, mu, &bx[1]);
    }
    if (mv == PUM_ADDRESS_REPEAT) {
        y1 = (y0 + 1) & (y0 + 1 < h);
    } else {
        y1 = wrap(iy + 1, h, mv, &by[1]);
    }
    const vi cx0 = column_B(layout, x0, B), cx1 = column_B(layout, x1, B);
    const vi ry0 = row_B(layout, y0, pitch_B, B), ry1 = row_B(layout, y1, pitch_B, B);
    vf a[4], b[4], top[4];
    fetch(cls, c, base, cx0 + ry0, bx[0] | by[0], any_border, a);
    fetch(cls, c, base, cx1 + ry0, bx[1] | by[0], any_border, b);
    for (uint32_t k = 0; k < channels_of(cls); k++) {
        top[k] = a[k] + (b[k] - a[k]) * fx;
    }
    fetch(cls, c, base, cx0 + ry1, bx[0] | by[1], any_border, a);
    fetch(cls, c, base, cx1 + ry1, bx[1] | by[1], any_border, b);
    for (uint32_t k = 0; k < channels_of(cls); k++) {
        const vf bottom = a[k] + (b[k] - a[k]) * fx;
        out[k] = top[k] + (bottom - top[k]) * fy;
    }
}

/* As sample_at, but with c->n samples along the longer axis of each lane's footprint (SPEC: textures-texel-anisotropic-filtering). */
INLINE void
sample_level(const enum class_id cls, const struct call *c, uint32_t level, bool linear, vi lanes, vf out[4])
{
    const float w = (float)level_px(c->img->width, level), h = (float)level_px(c->img->height, level);
    const vf x = c->u * w, y = c->v * h;
    if (!(bits_of(c->n > 1) & bits_of(lanes))) {
        sample_at(cls, c, level, linear, x, y, out);
        return;
    }
    const vf n = __builtin_convertvector(c->n, vf);
    vf sum[4] = {-(vf)0.0f, -(vf)0.0f, -(vf)0.0f, -(vf)0.0f}, one[4]; /* so that one sample keeps its sign of zero */
    for (int32_t i = 1; bits_of(c->n >= i) & bits_of(lanes); i++) {
        const vf t = (float)i / (n + 1.0f) - 0.5f;
        sample_at(cls, c, level, linear, x + c->du * t * w, y + c->dv * t * h, one);
        for (uint32_t k = 0; k < channels_of(cls); k++) {
            sum[k] = pick(c->n >= i, sum[k] + one[k], sum[k]);
        }
    }
    for (uint32_t k = 0; k < channels_of(cls); k++) {
        out[k] = sum[k] / n;
    }
}

/* Derivatives along the two window axes; implicit ones are those of a lane's quad. */
static void
derivatives(const struct pum_tex_args *a, vf d[2][2])
{
    for (int k = 0; k < 2; k++) {
        if (a->op.flags & PUM_TEX_HAS_GRAD_BIT) {
            d[0][k] = load_f(a->ddx[k]);
            d[1][k] = load_f(a->ddy[k]);
        } else if (a->fragment) {
            const vf p = load_f(a->coord[k]);
            const vf q = __builtin_shufflevector(p, p, 0, 0, 2, 2, 0, 0, 2, 2, 8, 8, 10, 10, 8, 8, 10, 10);
            d[0][k] = __builtin_shufflevector(p, p, 1, 1, 3, 3, 1, 1, 3, 3, 9, 9, 11, 11, 9, 9, 11, 11) - q;
            d[1][k] = __builtin_shufflevector(p, p, 4, 4, 6, 6, 4, 4, 6, 6, 12, 12, 14, 14, 12, 12, 14, 14) - q;
        } else {
            d[0][k] = d[1][k] = (vf)0.0f;
        }
    }
}

/* Number of samples per lane and their direction, into c; *rho2: the shorter axis, or a sample's share of the longer one. */
static void
anisotropy(struct call *c, const struct pum_tex_args *a, vf *rho2)
{
    const float w = (float)c->img->width, h = (float)c->img->height, max = (float)c->smp->anisotropy;
    vf d[2][2];
    derivatives(a, d);
    const vf xx = d[0][0] * w, xy = d[0][1] * h, yx = d[1][0] * w, yy = d[1][1] * h;
    const vf rx = xx * xx + xy * xy, ry = yx * yx + yy * yy;
    const vi along_x = rx > ry;
    vf r = pick(along_x, rx, ry);
    const vf small = pick(along_x, ry, rx);
    const vf bound = max * max, ratio2 = pick(small > 0.0f, r / small, bound);
    vf n = __builtin_elementwise_ceil(__builtin_elementwise_sqrt(pick(ratio2 < bound, ratio2, bound)));
    n = pick(n > max, (vf)max, pick(n < 1.0f, (vf)1.0f, n));
    const vi more = r > small; /* and no NaN */
    n = pick(more & (n == n), n, (vf)1.0f);
    c->n = __builtin_convertvector(n, vi);
    c->du = (vf)((vi)pick(along_x, d[0][0], d[1][0]) & (c->n > 1));
    c->dv = (vf)((vi)pick(along_x, d[0][1], d[1][1]) & (c->n > 1));
    *rho2 = pick(more, r / (n * n), r);
}

static vf
half_log2(vf rho2)
{
    float r[PUM_LANES];
    memcpy(r, &rho2, sizeof(r));
    for (int l = 0; l < PUM_LANES; l++) {
        r[l] = (float)(0.5 * log2_d((double)r[l]));
    }
    return load_f(r);
}

/* SPEC: textures-lod-and-scale-factor. The unclamped level of detail but for the sampler's bias. */
static vf
lambda_of(struct call *c, const struct pum_tex_args *a)
{
    const struct pum_desc_image *img = c->img;
    if (a->op.kind == PUM_TEX_SAMPLE_LOD) {
        return load_f(a->lod);
    }
    float rho2[PUM_LANES], lambda[PUM_LANES];
    const float w = (float)img->width, h = (float)img->height;
    vf r;
    if (c->smp->anisotropy > 1 && (a->fragment || a->op.flags & PUM_TEX_HAS_GRAD_BIT)) {
        anisotropy(c, a, &r);
        r = half_log2(r);
        memcpy(lambda, &r, sizeof(lambda));
    } else if (a->op.flags & PUM_TEX_HAS_GRAD_BIT) {
        const vf xx = load_f(a->ddx[0]) * w, xy = load_f(a->ddx[1]) * h, yx = load_f(a->ddy[0]) * w, yy = load_f(a->ddy[1]) * h;
        const vf rx = xx * xx + xy * xy, ry = yx * yx + yy * yy;
        r = pick(rx > ry, rx, ry);
        memcpy(rho2, &r, sizeof(rho2));
        for (int l = 0; l < PUM_LANES; l++) {
            lambda[l] = (float)(0.5 * log2_d((double)rho2[l]));
        }
    } else if (a->fragment) { /* one value per quad */
        float q[4];
        for (int i = 0; i < 4; i++) {
            const int l = (i & 1) * 2 + (i >> 1) * 8;
            const float xx = (a->coord[0][l | 1] - a->coord[0][l]) * w, xy = (a->coord[1][l | 1] - a->coord[1][l]) * h;
            const float yx = (a->coord[0][l | 4] - a->coord[0][l]) * w, yy = (a->coord[1][l | 4] - a->coord[1][l]) * h;
            const float rx = xx * xx + xy * xy, ry = yx * yx + yy * yy;
            rho2[i] = rx > ry ? rx : ry;
        }
        for (int i = 0; i < 4; i++) {
            q[i] = (float)(0.5 * log2_d((double)rho2[i]));
        }
        for (int l = 0; l < PUM_LANES; l++) {
            lambda[l] = q[(l >> 1 & 1) + (l >> 3) * 2];
        }
    } else {
        return (vf)-__builtin_inff() + (a->op.kind == PUM_TEX_SAMPLE_BIAS ? load_f(a->lod) : (vf)0.0f);
    }
    r = load_f(lambda);
    r = pick(r == r, r, (vf)0.0f);
    return a->op.kind == PUM_TEX_SAMPLE_BIAS ? r + load_f(a->lod) : r;
}

/* Address of the one array layer that all wanted lanes use. */
INLINE bool
uniform_layer(const struct pum_desc_image *img, const struct pum_tex_args *a, const uint8_t **out)
{
    *out = (const uint8_t *)(uintptr_t)img->address;
    if (!(a->op.flags & PUM_TEX_ARRAYED_BIT)) {
        return true;
    }
    if (a->op.n_coord <= 2) {
        return false;
    }
    vi i = a->op.kind == PUM_TEX_FETCH ? load_i(a->coord[2]) : to_int(__builtin_elementwise_rint(load_f(a->coord[2])));
    const int32_t first = i[__builtin_ctz(a->mask)], last = img->layers - 1;
    if (bits_of(i != first) & a->mask) {
        return false;
    }
    if (a->op.kind == PUM_TEX_FETCH && (first < 0 || first > last)) {
        return false;
    }
    *out += (uint64_t)(first < 0 ? 0 : first > last ? last : first) * img->layer_pitch_B;
    return true;
}

INLINE void
put(const enum class_id cls, const struct pum_desc_image *img, struct pum_tex_args *a, const vf in[4])
{
    vf c[6] = {in[0], (vf)0.0f, (vf)0.0f, (vf)1.0f, (vf)0.0f, (vf)1.0f};
    for (uint32_t k = 1; k < channels_of(cls); k++) {
        c[k] = in[k];
    }
    uint32_t identity;
    memcpy(&identity, img->swizzle, 4);
    if (identity == 0x03020100u) {
        for (int k = 0; k < 4; k++) {
            memcpy(a->out[k], &c[k], sizeof(c[k]));
        }
        return;
    }
    for (int k = 0; k < 4; k++) {
        memcpy(a->out[k], &c[img->swizzle[k] < 6 ? img->swizzle[k] : 4], sizeof(c[0]));
    }
}

/* False: the generic routine must do it. */
INLINE bool
fetch_lanes(const enum class_id cls, const struct pum_desc_image *img, struct pum_tex_args *a)
{
    const uint8_t *layer;
    const vi lod = load_i(a->lod);
    const int32_t level = lod[__builtin_ctz(a->mask)];
    if (a->op.n_grad != 2 || img->samples_log2 || img->min_lod > 0.0f || (bits_of(lod != level) & a->mask) || (uint32_t)level >= img->levels ||
        !uniform_layer(img, a, &layer)) {
        return false;
    }
    vi x = load_i(a->coord[0]), y = load_i(a->coord[1]);
    if (a->op.flags & PUM_TEX_HAS_OFFSET_BIT) {
        x = (vi)((vu)x + (vu)load_i(a->offset[0]));
        y = (vi)((vu)y + (vu)load_i(a->offset[1]));
    }
    const struct pum_desc_level *lv = &img->level[level];
    const vu w = level_px(img->width, (uint32_t)level), h = level_px(img->height, (uint32_t)level);
    const vi in = ((vu)x < w) & ((vu)y < h);
    x &= in;
    y &= in;
    vf c[4];
    decode(cls, layer + lv->offset_B, column_B(img->layout, x, texel_B_of(cls)) + row_B(img->layout, y, lv->row_pitch_B, texel_B_of(cls)), c);
    if (bits_of(in) != 0xffff) {
        if (channels_of(cls) == 1 && (bits_of(in) & a->mask) != a->mask) {
            return false; /* alpha is 0 outside, 1 inside */
        }
        for (uint32_t k = 0; k < channels_of(cls); k++) {
            c[k] = (vf)((vi)c[k] & in);
        }
    }
    put(cls, img, a, c);
    return true;
}

INLINE bool
sample_lanes(const enum class_id cls, const struct pum_desc_image *img, const struct pum_desc_sampler *smp, struct pum_tex_args *a)
{
    const bool dref = a->op.flags & PUM_TEX_HAS_DREF_BIT;
    struct call c = {.img = img, .smp = smp, .u = load_f(a->coord[0]), .v = load_f(a->coord[1]), .compare = dref && smp && smp->compare};
    if (!smp || smp->unnormalized || a->op.n_grad != 2 || smp->reduction || smp->ycbcr.enabled || img->min_lod > 0.0f || (dref && channels_of(cls) != 1) || !uniform_layer(img, a, &c.layer)) {
        return false;
    }
    if (a->op.flags & PUM_TEX_HAS_OFFSET_BIT) {
        c.off_x = __builtin_elementwise_max(__builtin_elementwise_min(load_i(a->offset[0]), (vi)(1 << 20)), (vi) - (1 << 20));
        c.off_y = __builtin_elementwise_max(__builtin_elementwise_min(load_i(a->offset[1]), (vi)(1 << 20)), (vi) - (1 << 20));
    }
    if (dref) {
        c.dref = load_f(a->dref);
        if (cls == D16 || cls == R8) {
            c.dref = pick(c.dref < 0.0f, (vf)0.0f, c.dref);
            c.dref = pick(c.dref > 1.0f, (vf)1.0f, c.dref);
        }
    }
    vf res[4];
    c.n = 1;
    if (img->levels == 1 && smp->mag_linear == smp->min_linear && smp->anisotropy <= 1) { /* the level of detail does not matter */
        const float w = (float)img->width, h = (float)img->height;
        sample_at(cls, &c, 0, smp->mag_linear, c.u * w, c.v * h, res);
    } else {
        vf lambda = lambda_of(&c, a) + smp->lod_bias;
        lambda = pick(lambda < smp->min_lod, (vf)smp->min_lod, lambda);
        lambda = pick(lambda > smp->max_lod, (vf)smp->max_lod, lambda);
        const float last = (float)(img->levels - 1);
        vf d = pick(lambda < 0.0f, (vf)0.0f, lambda);
        d = pick(d > last, (vf)last, d);
        d = (vf)((vi)d & (d == d));
        const vf whole = smp->mip_linear ? __builtin_elementwise_floor(d) : __builtin_elementwise_ceil(d + 0.5f) - 1.0f;
        const vf f = smp->mip_linear ? d - whole : (vf)0.0f;
        const vi linear = pick_i(lambda <= 0.0f, (vi)smp->mag_linear, (vi)smp->min_linear);
        const vi key = __builtin_convertvector(whole, vi) * 2 + linear;
        const uint32_t mixed = bits_of(f != 0.0f);
        for (int k = 0; k < 4; k++) {
            res[k] = (vf)0.0f;
        }
        for (uint32_t todo = a->mask & 0xffff; todo;) {
            const int32_t one = key[__builtin_ctz(todo)];
            const vi mine = key == one;
            const uint32_t mine_bits = bits_of(mine);
            vf lo[4], hi[4];
            sample_level(cls, &c, (uint32_t)one >> 1, one & 1, mine, lo);
            if (mixed & mine_bits & a->mask) {
                sample_level(cls, &c, ((uint32_t)one >> 1) + 1, one & 1, mine, hi);
                for (uint32_t k = 0; k < channels_of(cls); k++) {
                    lo[k] = pick(f != 0.0f, lo[k] + (hi[k] - lo[k]) * f, lo[k]);
                }
            }
            for (uint32_t k = 0; k < channels_of(cls); k++) {
                res[k] = pick(mine, lo[k], res[k]);
            }
            todo &= ~mine_bits;
        }
    }
    if (dref) {
        const vf zero = 0.0f, o = 1.0f;
        memcpy(a->out[0], &res[0], sizeof(zero));
        memcpy(a->out[1], &zero, sizeof(zero));
        memcpy(a->out[2], &zero, sizeof(zero));
        memcpy(a->out[3], &o, sizeof(o));
    } else {
        put(cls, img, a, res);
    }
    return true;
}

/* Offsets inside a level are signed 32-bit; words around small texels need an aligned base. */
static bool
addressable(const struct pum_desc_image *img)
{
    const uint64_t rows = img->layout == PUM_TEXEL_BLOCK ? (img->height + 3) / 4 : img->height;
    return (uint64_t)img->level[0].row_pitch_B * rows < 1u << 31 && (img->address & 3) == 0 && (img->layer_pitch_B & 3) == 0 && img->width <= 1 << 20 &&
           img->height <= 1 << 20;
}

#define CLASS(id, name)                                                                                                                    \
    static void tex_##name(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, struct pum_tex_args *a)                   \
    {                                                                                                                                      \
        bool done = false;                                                                                                                 \
        if (a->mask & 0xffff && img->dim == PUM_VIEW_2D && addressable(img)) {                                                             \
            done = a->op.kind <= PUM_TEX_SAMPLE_GRAD ? sample_lanes(id, img, smp, a) : a->op.kind == PUM_TEX_FETCH && fetch_lanes(id, img, a); \
        }                                                                                                                                  \
        if (!done) {                                                                                                                       \
            RT_NAME(pum_rt_generic_tex)(img, smp, a);                                                                                      \
        }                                                                                                                                  \
    }                                                                                                                                      \
    static const struct pum_image_ops ops_##name = {tex_##name, RT_NAME(pum_rt_generic_load), RT_NAME(pum_rt_generic_store),               \
                                                    RT_NAME(pum_rt_generic_atomic)};
CLASS(RGBA8, rgba8)
CLASS(BGRA8, bgra8)
CLASS(RGBA8_SRGB, rgba8_srgb)
CLASS(BGRA8_SRGB, bgra8_srgb)
CLASS(R8, r8)
CLASS(R32F, r32f)
CLASS(D16, d16)
CLASS(RGBA16F, rgba16f)
CLASS(RGBA32F, rgba32f)

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
    case PUM_FORMAT_R32_SFLOAT:
    case PUM_FORMAT_D32_SFLOAT: return &ops_r32f;
    case PUM_FORMAT_D16_UNORM: return &ops_d16;
    case PUM_FORMAT_R16G16B16A16_SFLOAT: return &ops_rgba16f;
    case PUM_FORMAT_R32G32B32A32_SFLOAT: return &ops_rgba32f;
    default: return &RT_NAME(pum_rt_generic_ops);
    }
}
