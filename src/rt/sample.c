/* Texture sampling for every format, dimension and sampler state. SPEC: textures. */
#include <math.h>
#include <string.h>

#include "format/block.h"
#include "rt/rt_isa.h"
#include "rt/rt_lod.h"

static uint32_t
level_px(uint32_t px, uint32_t level)
{
    const uint32_t e = px >> level;
    return e ? e : 1;
}

static void
decode(enum pum_format f, const uint8_t *p, union pum_color *c)
{
    switch ((int)f) {
    case PUM_FORMAT_R8G8B8A8_UNORM:
        for (int k = 0; k < 4; k++) {
            c->f[k] = (float)p[k] / 255.0f;
        }
        break;
    case PUM_FORMAT_B8G8R8A8_UNORM:
        c->f[0] = (float)p[2] / 255.0f;
        c->f[1] = (float)p[1] / 255.0f;
        c->f[2] = (float)p[0] / 255.0f;
        c->f[3] = (float)p[3] / 255.0f;
        break;
    case PUM_FORMAT_R8G8B8A8_SRGB:
        for (int k = 0; k < 3; k++) {
            c->f[k] = pum_srgb_to_linear(p[k]);
        }
        c->f[3] = (float)p[3] / 255.0f;
        break;
    default: pum_format_unpack(f, p, c); break;
    }
}

/* Decoded blocks of the call, found by address: neighbouring lanes and texels share them. And what the call wants to know of its texels. */
#define CACHE_TEXELS 1024
struct block_cache {
    const struct pum_sparse_pages *pages; /* NULL: nothing */
    uint32_t resident;                    /* all texels that were read since it was set to 1 */
    const uint8_t *tag[CACHE_TEXELS / 16];
    union pum_color texels[CACHE_TEXELS];
};

static void
touch(struct block_cache *cache, const uint8_t *p)
{
    if (cache->pages) {
        cache->resident &= pum_sparse_is_bound(cache->pages, (uintptr_t)p);
    }
}

static void
block_texel(struct block_cache *cache, enum pum_format f, const uint8_t *p, uint32_t at, union pum_color *c)
{
    const struct pum_format_info *i = pum_format_info(f);
    const uint32_t texels = (uint32_t)i->block_w * i->block_h, slots = CACHE_TEXELS / texels;
    const uint32_t slot = (uint32_t)(((uintptr_t)p >> 3) * 0x9e3779b1u >> 8) % slots;
    union pum_color *block = cache->texels + slot * texels;
    if (cache->tag[slot] != p) {
        cache->tag[slot] = p;
        pum_block_decode(f, p, block);
    }
    *c = block[at];
}

/* ---- planes of luma and chroma ---- */

/* Texel (x, y) of the luma plane; x, y are in range. */
static float
luma_texel(const struct pum_desc_image *img, const struct pum_ycbcr_info *info, uint32_t x, uint32_t y, uint64_t layer, struct block_cache *cache)
{
    const uint32_t B = info->bits > 8 ? 2 : 1;
    const uint8_t *p = (const uint8_t *)(uintptr_t)img->address + layer * img->layer_pitch_B;
    if (info->planes == 1) { /* blocks of two texels: G B G R, or B G R G */
        const uint32_t first = (img->format - PUM_FORMAT_G8B8G8R8_422_UNORM) & 1;
        p += (uint64_t)y * img->only.row_pitch_B + (uint64_t)(x >> 1) * 4 * B + (size_t)(first + 2 * (x & 1)) * B;
    } else {
        p += pum_texel_offset(pum_level_layout(img, 0), img->only.row_pitch_B, B, x, y);
    }
    touch(cache, p);
    union pum_color c;
    pum_format_unpack((enum pum_format)info->plane[0], p, &c);
    return c.f[0];
}

/* Texel (x, y) of the chroma plane or planes; out[0] = Cr, out[1] = Cb. */
static void
chroma_texel(const struct pum_desc_image *img, const struct pum_ycbcr_info *info, uint32_t x, uint32_t y, uint64_t layer, struct block_cache *cache,
             float out[2])
{
    union pum_color c;
    if (info->planes == 1) {
        const uint32_t B = info->bits > 8 ? 2 : 1, first = 1 - ((img->format - PUM_FORMAT_G8B8G8R8_422_UNORM) & 1);
        const uint8_t *p = (const uint8_t *)(uintptr_t)img->address + layer * img->layer_pitch_B + (uint64_t)y * img->only.row_pitch_B + (uint64_t)x * 4 * B;
        for (uint32_t k = 0; k < 2; k++) {
            touch(cache, p);
            pum_format_unpack((enum pum_format)info->plane[0], p + (size_t)(first + 2 * k) * B, &c);
            out[1 - k] = c.f[0];
        }
        return;
    }
    for (uint32_t k = 1; k < info->planes; k++) {
        const struct pum_desc_plane *plane = &img->plane[k - 1];
        const uint32_t B = pum_format_info((enum pum_format)info->plane[k])->block_B;
        const uint8_t *p = (const uint8_t *)(uintptr_t)plane->address + layer * plane->layer_pitch_B +
                           pum_texel_offset(plane->layout, plane->row_pitch_B, B, x, y);
        touch(cache, p);
        pum_format_unpack((enum pum_format)info->plane[k], p, &c);
        if (info->planes == 2) {
            out[1] = c.f[0];
            out[0] = c.f[1];
        } else {
            out[2 - k] = c.f[0];
        }
    }
}

/* 2^n - 1 for a component of n bits. */
static float
component_max(enum pum_format format, uint32_t component)
{
    uint32_t bits = pum_format_is_ycbcr(format) ? pum_format_ycbcr_info(format)->bits : 8;
    const struct pum_format_info *f = pum_format_info(format);
    for (uint32_t k = 0; k < f->n_channels && !pum_format_is_ycbcr(format); k++) {
        bits = f->channels[k].component == component ? f->channels[k].bits : bits;
    }
    return (float)((1u << (bits & 31)) - 1);
}

/* From Cr, Y, Cb to the model's colours. SPEC: textures-sampler-YCbCr-conversion */
static void
ycbcr_convert(const struct pum_desc_sampler *smp, enum pum_format format, union pum_color *c)
{
    const float in[6] = {c->f[0], c->f[1], c->f[2], c->f[3], 0.0f, 1.0f};
    for (int k = 0; k < 4; k++) {
        c->f[k] = in[smp->ycbcr.swizzle[k] < 6 ? smp->ycbcr.swizzle[k] : 4];
    }
    if (smp->ycbcr.model == 0) { /* RGB as it is */
        return;
    }
    const float r_max = component_max(format, 0), g_max = component_max(format, 1), b_max = component_max(format, 2);
    const float r_unit = (r_max + 1.0f) / 256.0f, g_unit = (g_max + 1.0f) / 256.0f, b_unit = (b_max + 1.0f) / 256.0f;
    float y = c->f[1], cb = c->f[2], cr = c->f[0];
    if (smp->ycbcr.narrow) {
        y = (y * g_max - 16.0f * g_unit) / (219.0f * g_unit);
        cb = (cb * b_max - 128.0f * b_unit) / (224.0f * b_unit);
        cr = (cr * r_max - 128.0f * r_unit) / (224.0f * r_unit);
    } else {
        cb -= 128.0f * b_unit / b_max;
        cr -= 128.0f * r_unit / r_max;
    }
    if (smp->ycbcr.model == 1) { /* range expansion only */
        c->f[0] = cr;
        c->f[1] = y;
        c->f[2] = cb;
        return;
    }
    static const struct {
        float r, b;
    } weights[3] = {{0.2126f, 0.0722f}, {0.299f, 0.114f}, {0.2627f, 0.0593f}}; /* BT.709, 601, 2020: luma's share of red and blue */
    const float kr = weights[smp->ycbcr.model - 2u < 3 ? smp->ycbcr.model - 2u : 0].r, kb = weights[smp->ycbcr.model - 2u < 3 ? smp->ycbcr.model - 2u : 0].b;
    const float kg = 1.0f - kr - kb;
    c->f[0] = y + 2.0f * (1.0f - kr) * cr;
    c->f[1] = y - (2.0f * (1.0f - kb) * kb / kg) * cb - (2.0f * (1.0f - kr) * kr / kg) * cr;
    c->f[2] = y + 2.0f * (1.0f - kb) * cb;
}

/* One texel of a level; x, y, z are in range. */
static void
texel(const struct pum_desc_image *img, uint32_t level, uint32_t x, uint32_t y, uint32_t z, uint64_t layer, uint32_t sample,
      struct block_cache *cache, union pum_color *c)
{
    if (pum_format_is_ycbcr((enum pum_format)img->format)) { /* without a filter; the filter reads the planes by itself */
        const struct pum_ycbcr_info *info = pum_format_ycbcr_info((enum pum_format)img->format);
        float chroma[2];
        chroma_texel(img, info, x >> info->chroma_x, y >> info->chroma_y, layer, cache, chroma);
        *c = (union pum_color){.f = {chroma[0], luma_texel(img, info, x, y, layer, cache), chroma[1], 1.0f}};
        return;
    }
    const uint8_t layout = pum_level_layout(img, level);
    if (pum_format_is_compressed((enum pum_format)img->format)) {
        const struct pum_format_info *f = pum_format_info((enum pum_format)img->format);
        const uint8_t *block = (const uint8_t *)(uintptr_t)img->address + img->level[level].offset_B + layer * img->layer_pitch_B +
                               (uint64_t)z * img->level[level].slice_pitch_B +
                               pum_texel_offset(layout, img->level[level].row_pitch_B, f->block_B, x / f->block_w, y / f->block_h);
        touch(cache, block);
        block_texel(cache, (enum pum_format)img->format, block, y % f->block_h * f->block_w + x % f->block_w, c);
        return;
    }
    const uint8_t *p = (const uint8_t *)(uintptr_t)img->address + img->level[level].offset_B + layer * img->layer_pitch_B +
                       sample * img->sample_pitch_B +
                       (uint64_t)z * img->level[level].slice_pitch_B +
                       pum_sample_texel_offset(layout, img->level[level].row_pitch_B,
                                               pum_format_info((enum pum_format)img->format)->block_B, img->samples_log2, x, y);
    touch(cache, p);
    decode((enum pum_format)img->format, p, c);
}

/* Integer coordinate to a texel index; -1 = border. SPEC: textures-wrapping-operation */
static int32_t
wrap(int32_t i, int32_t n, uint8_t mode)
{
    switch ((enum pum_address_mode)mode) {
    case PUM_ADDRESS_REPEAT: {
        const int32_t m = i % n;
        return m < 0 ? m + n : m;
    }
    case PUM_ADDRESS_MIRROR: {
        const int64_t n2 = 2 * (int64_t)n;
        int64_t m = i % n2;
        m = m < 0 ? m + n2 : m;
        return (int32_t)(m < n ? m : n2 - 1 - m);
    }
    case PUM_ADDRESS_CLAMP: return i < 0 ? 0 : i >= n ? n - 1 : i;
    case PUM_ADDRESS_BORDER: return i < 0 || i >= n ? -1 : i;
    case PUM_ADDRESS_MIRROR_ONCE: {
        const int32_t m = i >= 0 ? i : -(1 + i);
        return m >= n ? n - 1 : m;
    }
    }
    return 0;
}

static int32_t
to_int(float f)
{
    return !(f < 1073741824.0f) ? 1073741824 : f > -2147483648.0f ? (int32_t)f : INT32_MIN;
}

/* What lies 2^31 away wraps around, as in vectors. */
static int32_t
plus(int32_t i, int32_t n)
{
    return (int32_t)((uint32_t)i + (uint32_t)n);
}

/* Offsets may come from the shader: no overflow. */
static int32_t
add_offset(int32_t i, int32_t offset)
{
    return (int32_t)((uint32_t)i + (uint32_t)(offset > 1 << 20 ? 1 << 20 : offset < -(1 << 20) ? -(1 << 20) : offset));
}

struct footprint {
    const struct pum_desc_image *img;
    const struct pum_desc_sampler *smp;
    uint32_t level;
    uint64_t layer;
    int32_t size[3];
    bool cube;    /* filtering crosses the edges of faces */
    bool nearest; /* so coordinates beyond a cube's face are clamped */
    const struct pum_tex_args *a;
    struct block_cache *cache;
    float dref;
};

static float
compare(uint8_t op, float ref, float d)
{
    bool r = false;
    switch (op) {
    case 0: r = false; break;
    case 1: r = ref < d; break;
    case 2: r = ref == d; break;
    case 3: r = ref <= d; break;
    case 4: r = ref > d; break;
    case 5: r = ref != d; break;
    case 6: r = ref >= d; break;
    default: r = true; break;
    }
    return r ? 1.0f : 0.0f;
}

/* Direction of texel (x, y) of a face, then face and texel of a direction: how filtering crosses a cube's edges. */
static void
cube_cross(int32_t n, int32_t *x, int32_t *y, uint64_t *face)
{
    const uint64_t cube = *face / 6 * 6;
    const float s = 2.0f * ((float)*x + 0.5f) / (float)n - 1.0f, t = 2.0f * ((float)*y + 0.5f) / (float)n - 1.0f;
    float v[3];
    switch (*face % 6) {
    case 0: v[0] = 1; v[1] = -t; v[2] = -s; break;
    case 1: v[0] = -1; v[1] = -t; v[2] = s; break;
    case 2: v[0] = s; v[1] = 1; v[2] = t; break;
    case 3: v[0] = s; v[1] = -1; v[2] = -t; break;
    case 4: v[0] = s; v[1] = -t; v[2] = 1; break;
    default: v[0] = -s; v[1] = -t; v[2] = -1; break;
    }
    const float ax = v[0] < 0 ? -v[0] : v[0], ay = v[1] < 0 ? -v[1] : v[1], az = v[2] < 0 ? -v[2] : v[2];
    float sc, tc, ma;
    uint64_t f;
    if (az >= ax && az >= ay) {
        f = v[2] < 0 ? 5 : 4;
        sc = v[2] < 0 ? -v[0] : v[0];
        tc = -v[1];
        ma = az;
    } else if (ay >= ax) {
        f = v[1] < 0 ? 3 : 2;
        sc = v[0];
        tc = v[1] < 0 ? -v[2] : v[2];
        ma = ay;
    } else {
        f = v[0] < 0 ? 1 : 0;
        sc = v[0] < 0 ? v[2] : -v[2];
        tc = -v[1];
        ma = ax;
    }
    const int32_t nx = to_int(floorf((sc / ma * 0.5f + 0.5f) * (float)n)), ny = to_int(floorf((tc / ma * 0.5f + 0.5f) * (float)n));
    *x = nx < 0 ? 0 : nx >= n ? n - 1 : nx;
    *y = ny < 0 ? 0 : ny >= n ? n - 1 : ny;
    *face = cube + f;
}

/* What the components of a texel have that the format lacks or that lies outside of the image: 0, 0, 0, 1 where it is lacking. */
static void
substitute(enum pum_format format, union pum_color *c)
{
    const struct pum_format_info *f = pum_format_info(format);
    bool has[4] = {false, false, false, false};
    for (uint32_t k = 0; k < f->n_channels; k++) {
        has[f->channels[k].component > 3 ? 0 : f->channels[k].component] = true;
    }
    for (int k = 0; k < 4; k++) {
        if (!has[k]) {
            c->u[k] = k < 3 ? 0 : pum_format_is_integer(format) ? 1 : 0x3f800000u;
        }
    }
}

static void fetch_wrapped(const struct footprint *fp, const int32_t coord[3], union pum_color *c);

/* The missing texel at the corner of three faces is the average of the three that are there. SPEC: textures-cubemapedge */
static void
cube_corner(const struct footprint *fp, const int32_t coord[3], union pum_color *c)
{
    const int32_t last = fp->size[0] - 1, x = coord[0] < 0 ? 0 : last, y = coord[1] < 0 ? 0 : last;
    const int32_t at[3][3] = {{x, y, 0}, {coord[0], y, 0}, {x, coord[1], 0}};
    union pum_color t[3];
    for (int k = 0; k < 3; k++) {
        fetch_wrapped(fp, at[k], &t[k]);
    }
    *c = t[0];
    for (int k = 0; k < 4 && !pum_format_is_integer((enum pum_format)fp->img->format); k++) {
        c->f[k] = (t[0].f[k] + t[1].f[k] + t[2].f[k]) / 3.0f;
    }
}

static void
fetch_wrapped(const struct footprint *fp, const int32_t coord[3], union pum_color *c)
{
    int32_t i[3] = {coord[0], coord[1], coord[2]};
    uint64_t layer = fp->layer;
    bool border = false;
    if (fp->cube && fp->nearest) {
        i[0] = wrap(i[0], fp->size[0], PUM_ADDRESS_CLAMP);
        i[1] = wrap(i[1], fp->size[1], PUM_ADDRESS_CLAMP);
    } else if (fp->cube) {
        const bool out_x = i[0] < 0 || i[0] >= fp->size[0], out_y = i[1] < 0 || i[1] >= fp->size[0];
        if (out_x && out_y) {
            cube_corner(fp, coord, c);
            return;
        }
        if (out_x || out_y) {
            cube_cross(fp->size[0], &i[0], &i[1], &layer);
        }
    } else {
        for (int k = 0; k < 3; k++) {
            i[k] = wrap(i[k], fp->size[k], fp->smp->address[k]);
            border = border || i[k] < 0;
        }
    }
    if (border) {
        memcpy(c->u, fp->smp->border, sizeof(c->u));
        substitute((enum pum_format)fp->img->format, c);
    } else {
        texel(fp->img, fp->level, (uint32_t)i[0], (uint32_t)i[1], (uint32_t)i[2], layer, 0, fp->cache, c);
    }
    if (fp->a->op.flags & PUM_TEX_HAS_DREF_BIT && fp->smp->compare) {
        const enum pum_format f = (enum pum_format)fp->img->format;
        const bool fixed = pum_format_info(f)->type == PUM_UNORM;
        const float ref = fixed ? (fp->dref < 0.0f ? 0.0f : fp->dref > 1.0f ? 1.0f : fp->dref) : fp->dref;
        c->f[0] = compare(fp->smp->compare - 1, ref, c->f[0]);
    }
}

/* Two values with weights 1 - f and f, or the smaller or larger of those that have weight. SPEC: textures-texel-filtering */
static float
mix(uint8_t reduction, float lo, float hi, float f)
{
    switch (reduction) {
    case 0: return lo + (hi - lo) * f;
    case 1: return f != 0.0f && hi < lo ? hi : lo;
    default: return f != 0.0f && hi > lo ? hi : lo;
    }
}

/* One of the resolutions of an image with chroma of its own: luma into out[0], or Cr and Cb into out[0] and out[1]. u, v count its texels. */
static void
ycbcr_plane(const struct footprint *fp, const struct pum_ycbcr_info *info, bool chroma, float u, float v, bool linear, float out[2])
{
    const enum pum_format f = (enum pum_format)fp->img->format;
    const float at[2] = {linear ? u - 0.5f : u, linear ? v - 0.5f : v};
    uint32_t i[2][2];
    float frac[2];
    for (uint32_t k = 0; k < 2; k++) {
        const int32_t n = (int32_t)pum_format_plane_px(f, chroma ? 1 : 0, k, (uint32_t)fp->size[k]);
        const float fl = floorf(at[k]);
        const uint8_t mode = fp->smp->address[k] == PUM_ADDRESS_BORDER ? PUM_ADDRESS_CLAMP : fp->smp->address[k];
        frac[k] = linear && at[k] - fl == at[k] - fl ? at[k] - fl : 0.0f;
        i[k][0] = (uint32_t)wrap(to_int(fl), n, mode);
        i[k][1] = (uint32_t)wrap(to_int(fl) + 1, n, mode);
    }
    float t[4][2] = {{0}};
    for (uint32_t q = 0; q < (linear ? 4 : 1); q++) {
        if (chroma) {
            chroma_texel(fp->img, info, i[0][q & 1], i[1][q >> 1], fp->layer, fp->cache, t[q]);
        } else {
            t[q][0] = luma_texel(fp->img, info, i[0][q & 1], i[1][q >> 1], fp->layer, fp->cache);
        }
    }
    for (int m = 0; m < 2; m++) {
        const float top = t[0][m] + (t[1][m] - t[0][m]) * frac[0], bottom = t[2][m] + (t[3][m] - t[2][m]) * frac[0];
        out[m] = linear ? top + (bottom - top) * frac[1] : t[0][m];
    }
}

/* Cr, Y, Cb as r, g, b. SPEC: textures-implicit-reconstruction */
static void
ycbcr_filter(const struct footprint *fp, const float u[3], bool linear, union pum_color *out)
{
    const struct pum_ycbcr_info *info = pum_format_ycbcr_info((enum pum_format)fp->img->format);
    const bool chroma_linear = info->chroma_x ? fp->smp->ycbcr.chroma_linear : linear;
    const float cu = info->chroma_x ? 0.5f * (fp->smp->ycbcr.midpoint_x ? u[0] : u[0] + 0.5f) : u[0];
    const float cv = info->chroma_y ? 0.5f * (fp->smp->ycbcr.midpoint_y ? u[1] : u[1] + 0.5f) : u[1];
    float luma[2], chroma[2];
    ycbcr_plane(fp, info, false, u[0], u[1], linear, luma);
    ycbcr_plane(fp, info, true, cu, cv, chroma_linear, chroma);
    *out = (union pum_color){.f = {chroma[0], luma[0], chroma[1], 1.0f}};
}

/* Filters one level at normalised-or-not texel coordinates u[3] (already multiplied by the size). */
static void
filter_level(const struct footprint *fp, const float u[3], int dims, bool linear, const int32_t offset[3], union pum_color *out)
{
    if (pum_format_is_ycbcr((enum pum_format)fp->img->format)) {
        ycbcr_filter(fp, u, linear, out);
        return;
    }
    int32_t base[3] = {0, 0, 0};
    float frac[3] = {0, 0, 0};
    for (int k = 0; k < dims; k++) {
        const float x = linear ? u[k] - 0.5f : u[k];
        const float fl = floorf(x);
        base[k] = add_offset(to_int(fl), offset[k]);
        frac[k] = x - fl == x - fl ? x - fl : 0.0f; /* NaN and infinite coordinates */
    }
    if (!linear) {
        fetch_wrapped(fp, base, out);
        return;
    }
    /* Differences times fractions: equal texels give exactly their value. The fast paths compute the same. */
    union pum_color c[8];
    for (int corner = 0; corner < 1 << dims; corner++) {
        int32_t i[3];
        for (int k = 0; k < 3; k++) {
            i[k] = plus(base[k], k < dims ? corner >> k & 1 : 0);
        }
        fetch_wrapped(fp, i, &c[corner]);
    }
    for (int k = 0; k < dims; k++) {
        for (int pair = 0; pair < 1 << (dims - 1 - k); pair++) {
            for (int ch = 0; ch < 4; ch++) {
                c[pair].f[ch] = mix(fp->smp->reduction, c[2 * pair].f[ch], c[2 * pair + 1].f[ch], frac[k]);
            }
        }
    }
    *out = c[0];
}

static void
gather_level(const struct footprint *fp, const float u[3], const int32_t offset[4][2], uint32_t comp, const uint8_t *swizzle, union pum_color *out)
{
    static const int8_t dx[4] = {0, 1, 1, 0}, dy[4] = {1, 1, 0, 0};
    const bool four = fp->a->op.flags & PUM_TEX_GATHER_OFFSETS_BIT; /* then each offset selects the first texel of its own footprint */
    for (int q = 0; q < 4; q++) {
        const int32_t i[3] = {add_offset(plus(to_int(floorf(u[0] - 0.5f)), four ? 0 : dx[q]), offset[q][0]),
                              add_offset(plus(to_int(floorf(u[1] - 0.5f)), four ? 0 : dy[q]), offset[q][1]), 0};
        union pum_color c;
        fetch_wrapped(fp, i, &c);
        const uint8_t s = fp->a->op.flags & PUM_TEX_HAS_DREF_BIT ? 0 : swizzle[comp];
        const bool integer = pum_format_is_integer((enum pum_format)fp->img->format);
        out->u[q] = s < 4 ? c.u[s] : s == 4 ? 0 : integer ? 1 : 0x3f800000u;
    }
}

/* Cube direction to face and coordinates; with d: also its derivatives. */
static uint64_t
cube_project(const float v[3], float *s, float *t, const float d[2][3], float ds[2], float dt[2])
{
    const float ax = fabsf(v[0]), ay = fabsf(v[1]), az = fabsf(v[2]);
    int is, it, im;
    float ss, st;
    uint64_t face;
    if (az >= ax && az >= ay) {
        im = 2, is = 0, it = 1;
        face = v[2] < 0 ? 5 : 4;
        ss = v[2] < 0 ? -1.0f : 1.0f;
        st = -1.0f;
    } else if (ay >= ax) {
        im = 1, is = 0, it = 2;
        face = v[1] < 0 ? 3 : 2;
        ss = 1.0f;
        st = v[1] < 0 ? -1.0f : 1.0f;
    } else {
        im = 0, is = 2, it = 1;
        face = v[0] < 0 ? 1 : 0;
        ss = v[0] < 0 ? 1.0f : -1.0f;
        st = -1.0f;
    }
    const float ma = fabsf(v[im]), sc = ss * v[is], tc = st * v[it], sign = v[im] < 0 ? -1.0f : 1.0f;
    *s = 0.5f * (sc / ma + 1.0f);
    *t = 0.5f * (tc / ma + 1.0f);
    for (int k = 0; d && k < 2; k++) {
        const float dm = sign * d[k][im];
        ds[k] = 0.5f * (ss * d[k][is] * ma - sc * dm) / (ma * ma);
        dt[k] = 0.5f * (st * d[k][it] * ma - tc * dm) / (ma * ma);
    }
    return face;
}

struct lane {
    float u[3];          /* normalised (or not) coordinates */
    float du[2][3];      /* derivatives along x and y */
    uint64_t layer;
};

static int
dims_of(const struct pum_desc_image *img)
{
    return img->dim == PUM_VIEW_1D ? 1 : img->dim == PUM_VIEW_3D ? 3 : 2;
}

/* Coordinates and derivatives of one lane. */
static void
setup_lane(const struct pum_desc_image *img, const struct pum_tex_args *a, int l, struct lane *o)
{
    const int n = a->op.n_grad;
    float p[3] = {0, 0, 0}, d[2][3] = {{0, 0, 0}, {0, 0, 0}};
    const int step = (int)a->quad_step, q = l & ~(step | 1), qx = q | 1, qy = q | step;
    for (int k = 0; k < n && k < 3; k++) {
        p[k] = a->coord[k][l];
        if (a->op.flags & PUM_TEX_HAS_GRAD_BIT) {
            d[0][k] = a->ddx[k][l];
            d[1][k] = a->ddy[k][l];
        } else if (step) {
            d[0][k] = a->coord[k][qx] - a->coord[k][q];
            d[1][k] = a->coord[k][qy] - a->coord[k][q];
        }
    }
    o->layer = 0;
    if (a->op.flags & PUM_TEX_ARRAYED_BIT && a->op.n_coord > n) {
        const uint32_t max = img->dim == PUM_VIEW_CUBE ? img->layers / 6u : img->layers;
        const int32_t i = to_int(rintf(a->coord[n][l]));
        o->layer = i < 0 ? 0 : (uint32_t)i >= max ? max - 1 : (uint32_t)i;
    }
    if (img->dim == PUM_VIEW_CUBE) {
        float ds[2] = {0, 0}, dt[2] = {0, 0};
        o->layer = o->layer * 6 + cube_project(p, &o->u[0], &o->u[1], (const float(*)[3])d, ds, dt);
        o->u[2] = 0;
        for (int k = 0; k < 2; k++) {
            o->du[k][0] = ds[k];
            o->du[k][1] = dt[k];
            o->du[k][2] = 0;
        }
        return;
    }
    memcpy(o->u, p, sizeof(p));
    memcpy(o->du, d, sizeof(d));
}

struct aniso {
    int n;    /* samples, 1 = isotropic */
    int axis; /* of the derivatives: 0 along x, 1 along y */
};

/* SPEC: textures-lod-and-scale-factor, textures-texel-anisotropic-filtering */
static float
lod_of(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, const struct pum_tex_args *a, int l, const struct lane *o,
       float *unclamped, struct aniso *an)
{
    float lambda;
    if (a->op.kind == PUM_TEX_SAMPLE_LOD) {
        lambda = a->lod[l];
    } else {
        const float size[3] = {(float)img->width, (float)img->height, (float)img->depth};
        float rho2[2] = {0, 0};
        for (int k = 0; k < 2; k++) {
            for (int c = 0; c < dims_of(img); c++) {
                const float m = o->du[k][c] * (smp->unnormalized ? 1.0f : size[c]);
                rho2[k] += m * m;
            }
        }
        float r = rho2[0] > rho2[1] ? rho2[0] : rho2[1];
        const float small = rho2[0] > rho2[1] ? rho2[1] : rho2[0];
        if (an && smp->anisotropy > 1 && r > small) { /* N samples along the longer axis, each of the shorter one's width */
            const float max = (float)smp->anisotropy, ratio2 = small > 0.0f ? r / small : max * max;
            const float n = ceilf(sqrtf(ratio2 < max * max ? ratio2 : max * max));
            an->axis = rho2[0] > rho2[1] ? 0 : 1;
            an->n = n > max ? (int)max : n < 1.0f ? 1 : (int)n;
            r /= (float)(an->n * an->n);
        }
        lambda = 0.5f * rt_lod_log2(r);
        lambda = r != r ? 0.0f : lambda;
        if (a->op.kind == PUM_TEX_SAMPLE_BIAS) {
            const float lo = -PUM_MAX_LOD_BIAS - smp->lod_bias, hi = PUM_MAX_LOD_BIAS - smp->lod_bias;
            float bias = a->lod[l];
            bias = bias < lo ? lo : bias;
            lambda += bias > hi ? hi : bias;
        }
    }
    lambda += smp->lod_bias;
    if (unclamped) {
        *unclamped = lambda;
    }
    const float min_lod = a->op.flags & PUM_TEX_HAS_MIN_LOD_BIT && a->min_lod[l] > smp->min_lod ? a->min_lod[l] : smp->min_lod;
    lambda = lambda < min_lod ? min_lod : lambda;
    return lambda > smp->max_lod ? smp->max_lod : lambda;
}

static void
put(struct pum_tex_args *a, const struct pum_desc_image *img, int l, const union pum_color *c)
{
    const bool integer = pum_format_is_integer((enum pum_format)img->format);
    for (int k = 0; k < 4; k++) {
        const uint8_t s = img->swizzle[k];
        a->out[k][l] = s < 4 ? c->u[s] : s == 4 ? 0 : integer ? 1 : 0x3f800000u;
    }
}

static void
sample_lane(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, struct pum_tex_args *a, struct block_cache *cache, int l)
{
    struct lane o;
    setup_lane(img, a, l, &o);
    const int dims = dims_of(img);
    struct footprint fp = {.img = img, .smp = smp, .layer = o.layer, .cube = img->dim == PUM_VIEW_CUBE && !smp->non_seamless_cube, .a = a, .cache = cache, .dref = a->dref[l]};
    int32_t offset[4][2] = {{0}}, off3[3] = {0, 0, 0};
    for (int k = 0; k < dims && (a->op.flags & PUM_TEX_HAS_OFFSET_BIT); k++) {
        off3[k] = a->offset[k][l];
    }
    for (int q = 0; q < 4; q++) {
        for (int k = 0; k < 2; k++) {
            offset[q][k] = a->op.flags & PUM_TEX_GATHER_OFFSETS_BIT ? a->offset[q * 2 + k][l] : off3[k];
        }
    }
    const bool gather = a->op.kind == PUM_TEX_GATHER;
    if (gather && img->min_lod >= 1.0f) { /* below what the view lets be seen */
        const union pum_color zero = {.u = {0, 0, 0, 0}};
        put(a, img, l, &zero);
        return;
    }
    struct aniso an = {1, 0};
    const float lambda = gather || smp->unnormalized ? 0.0f : lod_of(img, smp, a, l, &o, NULL, &an);
    const bool linear = !gather && (lambda <= 0.0f ? smp->mag_linear : smp->min_linear) && !pum_format_is_integer((enum pum_format)img->format);
    const float last = (float)(img->levels - 1);
    float d = lambda < 0.0f ? 0.0f : lambda > last ? last : lambda;
    d = d != d ? 0.0f : d;
    d = d < img->min_lod ? img->min_lod : d;
    const bool mip_linear = smp->mip_linear && d != floorf(d) && !pum_format_is_integer((enum pum_format)img->format);
    uint32_t lv = (uint32_t)(smp->mip_linear ? floorf(d) : ceilf(d + 0.5f) - 1.0f);
    lv = lv >= img->levels ? img->levels - 1u : lv;
    fp.nearest = !linear && !gather;
    union pum_color c[2];
    for (int m = 0; m < (mip_linear ? 2 : 1); m++) {
        fp.level = lv + (uint32_t)m;
        fp.size[0] = (int32_t)level_px(img->width, fp.level);
        fp.size[1] = (int32_t)level_px(img->height, fp.level);
        fp.size[2] = (int32_t)level_px(img->depth, fp.level);
        float u[3];
        for (int k = 0; k < 3; k++) {
            u[k] = smp->unnormalized ? o.u[k] : o.u[k] * (float)fp.size[k];
        }
        if (gather) {
            gather_level(&fp, u, (const int32_t(*)[2])offset, a->op.comp, img->swizzle, &c[0]);
            for (int k = 0; k < 4; k++) {
                a->out[k][l] = c[0].u[k];
            }
            return;
        }
        if (an.n == 1 || pum_format_is_integer((enum pum_format)img->format)) {
            filter_level(&fp, u, dims, linear, off3, &c[m]);
            continue;
        }
        float sum[4] = {-0.0f, -0.0f, -0.0f, -0.0f};
        for (int i = 1; i <= an.n; i++) {
            const float t = (float)i / (float)(an.n + 1) - 0.5f;
            float at[3] = {u[0], u[1], u[2]};
            for (int k = 0; k < dims; k++) {
                at[k] += o.du[an.axis][k] * t * (float)fp.size[k];
            }
            union pum_color one;
            filter_level(&fp, at, dims, linear, off3, &one);
            for (int k = 0; k < 4; k++) {
                sum[k] = smp->reduction == 0 ? sum[k] + one.f[k] : i == 1 ? one.f[k] : mix(smp->reduction, sum[k], one.f[k], 1.0f);
            }
        }
        for (int k = 0; k < 4; k++) {
            c[m].f[k] = smp->reduction ? sum[k] : sum[k] / (float)an.n;
        }
    }
    if (mip_linear) {
        const float f = d - floorf(d);
        for (int k = 0; k < 4; k++) {
            c[0].f[k] = mix(smp->reduction, c[0].f[k], c[1].f[k], f);
        }
    }
    if (a->op.flags & PUM_TEX_HAS_DREF_BIT) {
        a->out[0][l] = c[0].u[0];
        a->out[1][l] = a->out[2][l] = 0;
        a->out[3][l] = 0x3f800000u;
        return;
    }
    if (smp->ycbcr.enabled) {
        ycbcr_convert(smp, (enum pum_format)img->format, &c[0]);
    }
    put(a, img, l, &c[0]);
}

static void
fetch_lane(const struct pum_desc_image *img, struct pum_tex_args *a, struct block_cache *cache, int l)
{
    int32_t i[4] = {0, 0, 0, 0}, lod;
    for (int k = 0; k < a->op.n_coord && k < 4; k++) {
        memcpy(&i[k], &a->coord[k][l], 4);
    }
    memcpy(&lod, &a->lod[l], 4);
    const int n = a->op.n_grad;
    for (int k = 0; k < n && (a->op.flags & PUM_TEX_HAS_OFFSET_BIT); k++) {
        i[k] = (int32_t)((uint32_t)i[k] + (uint32_t)a->offset[k][l]);
    }
    const uint32_t layer = a->op.flags & PUM_TEX_ARRAYED_BIT ? (uint32_t)i[n] : 0;
    const uint32_t sample = a->op.flags & PUM_TEX_HAS_SAMPLE_BIT ? (uint32_t)a->sample[l] : 0;
    const uint32_t x = (uint32_t)i[0], y = n > 1 ? (uint32_t)i[1] : 0, z = n > 2 ? (uint32_t)i[2] : 0;
    union pum_color c = {.u = {0, 0, 0, 0}};
    const uint32_t lv = (uint32_t)lod;
    substitute((enum pum_format)img->format, &c);
    if (img->dim == PUM_VIEW_BUFFER) {
        if (x < img->width) {
            const uint8_t *p = (const uint8_t *)(uintptr_t)img->address + (uint64_t)x * pum_format_info((enum pum_format)img->format)->block_B;
            touch(cache, p);
            decode((enum pum_format)img->format, p, &c);
        }
    } else if (lv < img->levels && lv >= (uint32_t)img->min_lod && x < level_px(img->width, lv) && y < level_px(img->height, lv) && z < level_px(img->depth, lv) &&
               layer < img->layers && sample >> img->samples_log2 == 0) {
        texel(img, lv, x, y, z, layer, sample, cache, &c);
    }
    put(a, img, l, &c);
}

static void
query(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, struct pum_tex_args *a, int l)
{
    uint32_t o[4] = {0, 0, 0, 0};
    if (a->op.kind == PUM_TEX_QUERY_SIZE) {
        uint32_t lod;
        memcpy(&lod, &a->lod[l], 4);
        const uint32_t lv = lod < img->levels ? lod : 0;
        int n = 0;
        o[n++] = img->dim == PUM_VIEW_BUFFER ? img->width : level_px(img->width, lv);
        if (img->dim == PUM_VIEW_2D || img->dim == PUM_VIEW_3D || img->dim == PUM_VIEW_CUBE) {
            o[n++] = level_px(img->height, lv);
        }
        if (img->dim == PUM_VIEW_3D) {
            o[n++] = level_px(img->depth, lv);
        }
        if (a->op.flags & PUM_TEX_ARRAYED_BIT) {
            o[n] = img->dim == PUM_VIEW_CUBE ? img->layers / 6u : img->layers;
        }
    } else if (a->op.kind == PUM_TEX_QUERY_LEVELS) {
        o[0] = img->levels;
    } else if (a->op.kind == PUM_TEX_QUERY_SAMPLES) {
        o[0] = 1u << img->samples_log2;
    } else {
        struct lane ln;
        float raw;
        setup_lane(img, a, l, &ln);
        float lambda = lod_of(img, smp, a, l, &ln, &raw, NULL);
        const float last = (float)(img->levels - 1);
        lambda = lambda < 0.0f ? 0.0f : lambda > last ? last : lambda;
        lambda = lambda < img->min_lod ? img->min_lod : lambda;
        lambda = smp->mip_linear ? lambda : ceilf(lambda + 0.5f) - 1.0f;
        memcpy(&o[0], &lambda, 4);
        memcpy(&o[1], &raw, 4);
    }
    for (int k = 0; k < 4; k++) {
        a->out[k][l] = o[k];
    }
}

void
RT_NAME(pum_rt_generic_tex)(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, struct pum_tex_args *a)
{
    static const struct pum_desc_sampler default_sampler = {.max_lod = 1000.0f};
    smp = smp ? smp : &default_sampler;
    struct block_cache cache;
    const bool resident = a->op.flags & PUM_TEX_RESIDENT_BIT; /* everything is computed, only the texels' places count */
    cache.pages = resident ? img->sparse : NULL;
    if (pum_format_is_compressed((enum pum_format)img->format)) {
        memset(cache.tag, 0, sizeof(cache.tag));
    }
    for (int l = 0; l < PUM_LANES; l++) {
        if (!(a->mask & (1u << l))) {
            a->out[0][l] = a->out[1][l] = a->out[2][l] = a->out[3][l] = 0;
            continue;
        }
        cache.resident = 1;
        switch ((enum pum_tex_kind)a->op.kind) {
        case PUM_TEX_FETCH: fetch_lane(img, a, &cache, l); break;
        case PUM_TEX_QUERY_LOD:
        case PUM_TEX_QUERY_SIZE:
        case PUM_TEX_QUERY_LEVELS:
        case PUM_TEX_QUERY_SAMPLES: query(img, smp, a, l); break;
        default: sample_lane(img, smp, a, &cache, l); break;
        }
        if (resident) {
            a->out[0][l] = cache.resident;
        }
    }
}
