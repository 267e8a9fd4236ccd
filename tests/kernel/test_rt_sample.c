/* Texture sampling: against a scalar reference in double precision, equal bits on every ISA level, fast paths equal to the generic
 * routine, no access outside of the image (the images end at an inaccessible page).
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "format/block.h"
#include "rt/rt.h"

static int failures;
static uint64_t seed = 1;

static uint32_t
rnd(uint32_t n)
{
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)((seed >> 33) % n);
}

static float
rndf(float lo, float hi)
{
    return lo + (hi - lo) * (float)rnd(1u << 24) / 16777216.0f;
}

static uint8_t *arena; /* the last page is inaccessible */
#define ARENA_B (1u << 20)

static uint32_t
px(uint32_t n, uint32_t level)
{
    return n >> level ? n >> level : 1;
}

static void
fill(struct pum_desc_image *img, uint8_t *base, uint64_t size_B)
{
    const enum pum_format f = (enum pum_format)img->format;
    const uint32_t B = pum_format_info(f)->block_B;
    for (uint64_t at = 0; at < size_B && pum_format_is_compressed(f); at++) {
        base[at] = (uint8_t)rnd(256);
    }
    for (uint64_t at = 0; at + B <= size_B && !pum_format_is_compressed(f); at += B) {
        union pum_color c;
        for (int k = 0; k < 4; k++) {
            if (pum_format_is_integer(f)) {
                c.u[k] = rnd(200);
            } else {
                c.f[k] = rndf(0, 1);
            }
        }
        pum_format_pack(f, &c, base + at);
    }
}

static void
make_image(struct pum_desc_image *img, enum pum_format f, enum pum_view_dim dim)
{
    const uint32_t B = pum_format_info(f)->block_B, bw = pum_format_info(f)->block_w, bh = pum_format_info(f)->block_h;
    *img = (struct pum_desc_image){.dim = (uint8_t)dim, .format = (uint16_t)f, .texel_log2 = pum_format_texel_log2(f)};
    const bool pot = rnd(2);
    img->width = pot ? 1u << rnd(6) : 1 + rnd(40);
    img->height = dim == PUM_VIEW_1D ? 1 : dim == PUM_VIEW_CUBE ? img->width : pot ? 1u << rnd(6) : 1 + rnd(40);
    img->depth = dim == PUM_VIEW_3D ? 1 + rnd(9) : 1;
    img->layers = dim == PUM_VIEW_CUBE ? 6 : dim == PUM_VIEW_3D ? 1 : (uint16_t)(1 + rnd(3));
    img->arrayed = dim != PUM_VIEW_3D && dim != PUM_VIEW_CUBE && rnd(2);
    img->layout = dim == PUM_VIEW_1D || (B & (B - 1)) || bw > 1 ? PUM_TEXEL_LINEAR : (uint8_t)rnd(2);
    const uint32_t top = img->width > img->height ? img->width : img->height;
    img->levels = 1;
    while (top >> img->levels && rnd(4)) {
        img->levels++;
    }
    uint64_t at = 0;
    for (uint32_t l = 0; l < img->levels; l++) {
        const uint32_t w = px(img->width, l), h = px(img->height, l);
        struct pum_desc_level *lv = &img->level[l];
        lv->offset_B = (uint32_t)at;
        lv->row_pitch_B = img->layout ? (w + 3) / 4 * 16 * B : (w + bw - 1) / bw * B;
        lv->slice_pitch_B = lv->row_pitch_B * (img->layout ? (h + 3) / 4 : (h + bh - 1) / bh);
        at += (uint64_t)lv->slice_pitch_B * px(img->depth, l);
        at = (at + 3) & ~3ull;
    }
    img->layer_pitch_B = (at + 15) & ~15ull;
    const uint64_t size_B = img->layer_pitch_B * img->layers;
    if (size_B > ARENA_B) {
        abort();
    }
    uint8_t *base = arena + ARENA_B - size_B; /* the end of the image is the end of what may be read */
    img->address = (uintptr_t)base;
    memset(base, 0, size_B);
    fill(img, base, size_B);
    for (int k = 0; k < 4; k++) {
        img->swizzle[k] = (uint8_t)k;
    }
    img->min_lod = rnd(4) ? 0 : rndf(0, (float)(img->levels - 1));
    if (rnd(3) == 0) {
        for (int k = 0; k < 4; k++) {
            img->swizzle[k] = (uint8_t)rnd(6);
        }
    }
}

static void
make_sampler(struct pum_desc_sampler *s, bool integer)
{
    *s = (struct pum_desc_sampler){.mag_linear = (uint8_t)rnd(2), .min_linear = (uint8_t)rnd(2), .mip_linear = (uint8_t)rnd(2),
                                   .min_lod = rnd(3) ? 0 : rndf(-1, 3), .max_lod = rnd(3) ? 1000 : rndf(0, 6), .lod_bias = rnd(3) ? 0 : rndf(-2, 2),
                                   .anisotropy = (uint8_t)(rnd(3) ? 1 : 1 + rnd(16))};
    if (s->max_lod < s->min_lod) {
        s->max_lod = s->min_lod;
    }
    for (int k = 0; k < 3; k++) {
        s->address[k] = (uint8_t)rnd(5);
    }
    float border[4] = {0, 0, 0, rnd(2) ? 1.0f : 0.0f};
    for (int k = 0; k < 4 && rnd(2); k++) {
        border[k] = rndf(-0.5f, 1.5f);
    }
    s->reduction = integer || rnd(4) ? 0 : (uint8_t)(1 + rnd(2));
    if (integer) {
        s->mag_linear = s->min_linear = s->mip_linear = 0; /* SPEC: no linear filtering of integers */
        s->border[3] = rnd(2);
    } else {
        memcpy(s->border, border, sizeof(border));
    }
    s->simple = pum_sampler_is_simple(s);
}

/* ---------------- reference ---------------- */

static int64_t
ref_wrap(int64_t i, int64_t n, uint8_t mode)
{
    const int64_t m = ((i % (2 * n)) + 2 * n) % (2 * n);
    switch (mode) {
    case PUM_ADDRESS_REPEAT: return ((i % n) + n) % n;
    case PUM_ADDRESS_MIRROR: return m < n ? m : 2 * n - 1 - m;
    case PUM_ADDRESS_MIRROR_ONCE: i = i < 0 ? -1 - i : i; return i < n ? i : n - 1;
    case PUM_ADDRESS_CLAMP: return i < 0 ? 0 : i < n ? i : n - 1;
    default: return i < 0 || i >= n ? -1 : i;
    }
}

static double
as_double(enum pum_format f, const union pum_color *c, int k)
{
    return pum_format_info(f)->type == PUM_SINT ? (double)c->i[k] : pum_format_is_integer(f) ? (double)c->u[k] : (double)c->f[k];
}

static void
ref_texel(const struct pum_desc_image *img, const struct pum_desc_sampler *s, uint32_t level, uint32_t layer, const int64_t in[3], double out[4])
{
    const enum pum_format f = (enum pum_format)img->format;
    const int64_t size[3] = {px(img->width, level), px(img->height, level), px(img->depth, level)};
    int64_t i[3];
    bool border = false;
    for (int k = 0; k < 3; k++) {
        i[k] = ref_wrap(in[k], size[k], s->address[k]);
        border = border || i[k] < 0;
    }
    union pum_color c, probe;
    const uint32_t zero[4] = {0};
    if (border) {
        memcpy(&c, s->border, sizeof(c));
        pum_format_unpack(f, zero, &probe); /* components that the format lacks */
        const struct pum_format_info *info = pum_format_info(f);
        bool has[4] = {false, false, false, false};
        for (uint32_t k = 0; k < info->n_channels; k++) {
            has[info->channels[k].component & 3] = true;
        }
        for (int k = 0; k < 4; k++) {
            c.u[k] = has[k] ? c.u[k] : probe.u[k];
        }
    } else {
        const uint8_t *slice = (const uint8_t *)(uintptr_t)img->address + layer * img->layer_pitch_B + img->level[level].offset_B +
                               (uint64_t)i[2] * img->level[level].slice_pitch_B;
        const uint8_t *p = slice + pum_texel_offset(img->layout, img->level[level].row_pitch_B, pum_format_info(f)->block_B, (uint32_t)i[0], (uint32_t)i[1]);
        if (pum_format_is_compressed(f)) {
            const struct pum_format_info *info = pum_format_info(f);
            union pum_color block[PUM_BLOCK_MAX_TEXELS];
            pum_block_decode(f, slice + i[1] / info->block_h * img->level[level].row_pitch_B + i[0] / info->block_w * info->block_B, block);
            c = block[i[1] % info->block_h * info->block_w + i[0] % info->block_w];
        } else {
            pum_format_unpack(f, p, &c);
        }
    }
    for (int k = 0; k < 4; k++) {
        out[k] = as_double(f, &c, k);
    }
}

static void
ref_level(const struct pum_desc_image *img, const struct pum_desc_sampler *s, uint32_t level, uint32_t layer, const double u[3],
          const int32_t offset[3], bool linear, int dims, double out[4])
{
    const double size[3] = {px(img->width, level), px(img->height, level), px(img->depth, level)};
    int64_t base[3] = {0, 0, 0};
    double frac[3] = {0, 0, 0};
    for (int k = 0; k < dims; k++) {
        const double x = u[k] * size[k] - (linear ? 0.5 : 0.0);
        base[k] = (int64_t)floor(x) + offset[k];
        frac[k] = x - floor(x);
    }
    for (int k = 0; k < 4; k++) {
        out[k] = s->reduction == 0 ? 0 : s->reduction == 1 ? (double)INFINITY : -(double)INFINITY;
    }
    for (int corner = 0; corner < (linear ? 1 << dims : 1); corner++) {
        double w = 1, t[4];
        int64_t i[3];
        for (int k = 0; k < 3; k++) {
            const int up = corner >> k & 1;
            i[k] = base[k] + up;
            w *= linear && k < dims ? up ? frac[k] : 1 - frac[k] : 1;
        }
        ref_texel(img, s, level, layer, i, t);
        for (int k = 0; k < 4; k++) {
            out[k] = s->reduction == 0 ? out[k] + w * t[k] : w == 0 ? out[k] : s->reduction == 1 ? fmin(out[k], t[k]) : fmax(out[k], t[k]);
        }
    }
}

static void
ref_sample(const struct pum_desc_image *img, const struct pum_desc_sampler *s, uint32_t layer, const double u[3], double lod,
           const int32_t offset[3], int dims, double out[4])
{
    lod += (double)s->lod_bias;
    lod = fmin(fmax(lod, (double)s->min_lod), (double)s->max_lod);
    const bool linear = lod <= 0 ? s->mag_linear : s->min_linear;
    const double d = fmax(fmin(fmax(lod, 0), img->levels - 1), (double)img->min_lod);
    double a[4], b[4];
    if (!s->mip_linear) {
        ref_level(img, s, (uint32_t)(ceil(d + 0.5) - 1), layer, u, offset, linear, dims, a);
    } else {
        const uint32_t lo = (uint32_t)floor(d), hi = lo + 1 < img->levels ? lo + 1 : lo;
        ref_level(img, s, lo, layer, u, offset, linear, dims, a);
        ref_level(img, s, hi, layer, u, offset, linear, dims, b);
        for (int k = 0; k < 4; k++) {
            const double f = d - floor(d);
            a[k] = s->reduction == 0 ? a[k] + (b[k] - a[k]) * f : f == 0 ? a[k] : s->reduction == 1 ? fmin(a[k], b[k]) : fmax(a[k], b[k]);
        }
    }
    for (int k = 0; k < 4; k++) {
        const uint8_t w = img->swizzle[k];
        out[k] = w < 4 ? a[w] : w == 4 ? 0 : 1;
    }
}

/* ---------------- tests ---------------- */

static const enum pum_isa levels[3] = {PUM_ISA_V2, PUM_ISA_V3, PUM_ISA_V4};
static int n_levels;

void call_tex2d(const struct pum_rt_table *rt, const struct pum_desc_image *img, const struct pum_desc_sampler *smp, struct pum_tex_args *a);
static uint32_t in_registers; /* calls that were compared */

static bool
has_register_form(const struct pum_rt_table *rt, const struct pum_tex_args *a)
{
    const uint32_t flags = PUM_TEX_HAS_SAMPLER_BIT | (a->op.kind == PUM_TEX_SAMPLE_LOD ? PUM_TEX_HAS_LOD_BIT : 0);
    return rt->tex2d && a->op.dim == PUM_VIEW_2D && a->op.flags == flags && ((a->op.kind == PUM_TEX_SAMPLE && a->quad_step == 4) || a->op.kind == PUM_TEX_SAMPLE_LOD);
}

/* Runs a on every level: fast, generic, in registers; a->out is the result. */
static void
call_all(const char *what, const struct pum_desc_image *img, const struct pum_desc_sampler *s, struct pum_tex_args *a)
{
    struct pum_tex_args first;
    for (int v = 0; v < n_levels; v++) {
        const struct pum_rt_table *rt = pum_rt_table_get(levels[v]);
        for (int form = 0; form < (has_register_form(rt, a) ? 3 : 2); form++) {
            const bool generic = form == 1;
            struct pum_tex_args t = *a;
            memset(t.out, 0xcd, sizeof(t.out));
            struct pum_desc_image im = *img;
            im.ops = pum_rt_image_ops(levels[v], (enum pum_format)img->format, generic ? PUM_VIEW_NULL : (enum pum_view_dim)img->dim);
            im.flags = pum_rt_image_flags(&im);
            if (form == 2) {
                call_tex2d(rt, &im, s, &t);
                in_registers++;
            } else {
                rt->tex(&im, s, &t);
            }
            if (v == 0 && form == 0) {
                first = t;
                continue;
            }
            for (int l = 0; l < PUM_LANES; l++) {
                for (int k = 0; k < 4 && a->mask >> l & 1; k++) {
                    float x, y;
                    memcpy(&x, &first.out[k][l], 4);
                    memcpy(&y, &t.out[k][l], 4);
                    if (first.out[k][l] != t.out[k][l] && !(x != x && y != y) && failures++ < 10) {
                        printf("%s: format %u kind %u flags %x layout %u %ux%u levels %u lane %d comp %d at %a %a lod %a: v2 fast %a, v%d %s %a\n", what,
                               img->format, a->op.kind, a->op.flags, img->layout, img->width, img->height, img->levels, l, k, (double)a->coord[0][l],
                               (double)a->coord[1][l], (double)a->lod[l], (double)x, v + 2, generic ? "generic" : form ? "registers" : "fast", (double)y);
                    }
                }
            }
        }
    }
    memcpy(a->out, first.out, sizeof(a->out));
}

static void
test_reference(enum pum_format f, enum pum_view_dim dim)
{
    struct pum_desc_image img;
    struct pum_desc_sampler s;
    make_image(&img, f, dim);
    make_sampler(&s, pum_format_is_integer(f));
    const int dims = dim == PUM_VIEW_1D ? 1 : dim == PUM_VIEW_3D ? 3 : 2;
    struct pum_tex_args a = {.op = {.kind = PUM_TEX_SAMPLE_LOD, .dim = (uint8_t)dim, .n_coord = (uint8_t)(dims + img.arrayed),
                                    .n_grad = (uint8_t)dims, .flags = PUM_TEX_HAS_SAMPLER_BIT | PUM_TEX_HAS_LOD_BIT}, .mask = 1 + rnd(0xffff)};
    a.op.flags |= img.arrayed ? PUM_TEX_ARRAYED_BIT : 0;
    a.op.flags |= rnd(2) ? PUM_TEX_HAS_OFFSET_BIT : 0;
    const bool same_lod = rnd(2);
    const float lod0 = rndf(-2, 7), layer0 = rndf(-1, 4);
    for (int l = 0; l < PUM_LANES; l++) {
        for (int k = 0; k < dims; k++) {
            const uint32_t n = k == 0 ? img.width : k == 1 ? img.height : img.depth;
            /* away from texel edges of every level, where single precision may round to the neighbour */
            do {
                a.coord[k][l] = rndf(-3, 4);
                bool near = false;
                for (uint32_t lv = 0; lv < img.levels; lv++) {
                    const double x = (double)a.coord[k][l] * px(n, lv);
                    near = near || fabs(x - rint(x)) < 1e-3;
                }
                if (!near) {
                    break;
                }
            } while (true);
            a.offset[k][l] = a.op.flags & PUM_TEX_HAS_OFFSET_BIT ? (int32_t)rnd(16) - 8 : 0;
        }
        if (img.arrayed) {
            a.coord[dims][l] = same_lod ? layer0 : rndf(-1, 4);
        }
        a.lod[l] = same_lod ? lod0 : rndf(-2, 7);
    }
    call_all("reference", &img, &s, &a);
    for (int l = 0; l < PUM_LANES; l++) {
        if (!(a.mask >> l & 1)) {
            continue;
        }
        const double u[3] = {(double)a.coord[0][l], dims > 1 ? (double)a.coord[1][l] : 0, dims > 2 ? (double)a.coord[2][l] : 0};
        const int32_t off[3] = {a.offset[0][l], a.offset[1][l], a.offset[2][l]};
        const double layer = img.arrayed ? fmin(fmax(rint((double)a.coord[dims][l]), 0), img.layers - 1) : 0;
        const double lod = (double)a.lod[l], sum = fmin(fmax(lod + (double)s.lod_bias, (double)s.min_lod), (double)s.max_lod);
        if (fabs(sum - floor(sum) - 0.5) < 1e-4 || fabs(sum - rint(sum)) < (s.reduction ? 1e-4 : 0) || fabs(sum) < 1e-4 ||
            (img.min_lod > 0 && fabs((double)img.min_lod - floor((double)img.min_lod) - 0.5) < 1e-4)) {
            continue;
        }
        double want[4];
        ref_sample(&img, &s, (uint32_t)layer, u, lod, off, dims, want);
        for (int k = 0; k < 4; k++) {
            union pum_color c = {.u = {a.out[k][l]}};
            const double got = as_double(f, &c, 0);
            if (!(fabs(got - want[k]) <= 2e-4 * (pum_format_is_integer(f) ? 0 : f == PUM_FORMAT_BC6H_UFLOAT_BLOCK || f == PUM_FORMAT_BC6H_SFLOAT_BLOCK ? 65504 : 1)) && failures++ < 20) {
                printf("format %u dim %d layout %u %ux%ux%u levels %u filters %u %u %u address %u %u %u: at %g %g %g lod %g comp %d: %g, want %g\n", f, dim,
                       img.layout, img.width, img.height, img.depth, img.levels, s.mag_linear, s.min_linear, s.mip_linear, s.address[0],
                       s.address[1], s.address[2], u[0], u[1], u[2], lod, k, got, want[k]);
            }
        }
    }
}

/* Anything goes in: only equal bits, and no access outside. */
static void
test_hostile(enum pum_format f, enum pum_view_dim dim)
{
    struct pum_desc_image img;
    struct pum_desc_sampler s;
    make_image(&img, f, dim);
    make_sampler(&s, pum_format_is_integer(f));
    s.compare = rnd(2) ? (uint8_t)(1 + rnd(8)) : 0;
    s.unnormalized = rnd(8) == 0;
    s.non_seamless_cube = (uint8_t)rnd(2);
    s.simple = pum_sampler_is_simple(&s);
    s.lod_bias = rnd(16) ? s.lod_bias : rnd(2) ? NAN : INFINITY;
    const int dims = dim == PUM_VIEW_1D ? 1 : dim == PUM_VIEW_3D || dim == PUM_VIEW_CUBE ? 3 : 2;
    static const uint8_t kinds[] = {PUM_TEX_SAMPLE, PUM_TEX_SAMPLE_BIAS, PUM_TEX_SAMPLE_LOD, PUM_TEX_SAMPLE_GRAD, PUM_TEX_FETCH, PUM_TEX_GATHER,
                                    PUM_TEX_QUERY_LOD, PUM_TEX_QUERY_SIZE};
    struct pum_tex_args a = {.op = {.kind = kinds[rnd(sizeof(kinds))], .dim = (uint8_t)dim, .n_coord = (uint8_t)(dims + img.arrayed),
                                    .n_grad = (uint8_t)dims, .comp = (uint8_t)rnd(4), .flags = PUM_TEX_HAS_SAMPLER_BIT}};
    if (a.op.kind == PUM_TEX_GATHER && dims != 2) {
        a.op.kind = PUM_TEX_SAMPLE;
    }
    if (a.op.kind == PUM_TEX_FETCH && dim == PUM_VIEW_CUBE) {
        a.op.kind = PUM_TEX_SAMPLE;
    }
    a.op.flags |= img.arrayed ? PUM_TEX_ARRAYED_BIT : 0;
    a.op.flags |= rnd(2) && dim != PUM_VIEW_CUBE ? PUM_TEX_HAS_OFFSET_BIT : 0;
    a.op.flags |= a.op.kind == PUM_TEX_SAMPLE_GRAD ? PUM_TEX_HAS_GRAD_BIT : 0;
    a.op.flags |= a.op.kind == PUM_TEX_SAMPLE_BIAS || a.op.kind == PUM_TEX_SAMPLE_LOD ? PUM_TEX_HAS_LOD_BIT : 0;
    a.op.flags |= rnd(3) == 0 && a.op.kind <= PUM_TEX_SAMPLE_GRAD && !pum_format_is_integer(f) ? PUM_TEX_HAS_DREF_BIT : 0;
    static const uint8_t quad_steps[4] = {0, 2, 4, 4};
    a.quad_step = quad_steps[rnd(4)];
    a.mask = rnd(2) ? 0xffff : rnd(0x10000);
    const int style = (int)rnd(3);
    const int32_t lod0 = (int32_t)rnd(img.levels + 1u);
    for (int l = 0; l < PUM_LANES; l++) {
        for (int k = 0; k < 4; k++) {
            static const float odd[] = {NAN, INFINITY, -INFINITY, 1e30f, -1e30f, 0, 1, -1, 3e9f, 1e-40f, 16777216.5f, 20000001.0f};
            a.coord[k][l] = style == 0 ? rndf(-2, 2) : style == 1 ? odd[rnd(12)] : (float)(l & 3) * rndf(0.01f, 0.02f) + (float)(l >> 2) * 0.03f;
            a.ddx[k % 3][l] = style == 1 ? odd[rnd(12)] : rndf(-0.5f, 0.5f);
            a.ddy[k % 3][l] = style == 1 ? odd[rnd(12)] : rndf(-0.1f, 0.1f);
            a.offset[k][l] = style == 1 ? (int32_t)(rnd(1u << 31) * 2u) : (int32_t)rnd(16) - 8;
        }
        if (img.arrayed && rnd(2)) {
            a.coord[dims][l] = 1;
        }
        a.dref[l] = style == 1 ? (float)rnd(3) - 0.5f : rndf(0, 1);
        a.lod[l] = rndf(-3, 6);
        if (a.op.kind == PUM_TEX_FETCH) {
            for (int k = 0; k < 4; k++) {
                const int32_t i = style == 1 ? (int32_t)(rnd(1u << 31) * 2u) : (int32_t)rnd(img.width + 1) - (style == 0);
                memcpy(&a.coord[k][l], &i, 4);
            }
        }
        if (a.op.kind == PUM_TEX_FETCH || a.op.kind == PUM_TEX_QUERY_SIZE) {
            const int32_t i = style == 1 ? (int32_t)(rnd(1u << 31) * 2u) : style == 0 ? (int32_t)rnd(4) : lod0;
            memcpy(&a.lod[l], &i, 4);
        }
    }
    call_all("hostile", &img, &s, &a);
}

/* Loads from storage images and texel buffers: fast and generic, on every level, agree in all wanted lanes. */
static void
load_all(const struct pum_desc_image *img, struct pum_img_args *a)
{
    struct pum_img_args first;
    for (int v = 0; v < n_levels; v++) {
        for (int generic = 0; generic < 2; generic++) {
            struct pum_img_args t = *a;
            struct pum_desc_image im = *img;
            memset(t.data, 0xcd, sizeof(t.data));
            im.ops = pum_rt_image_ops(levels[v], (enum pum_format)img->format, generic ? PUM_VIEW_NULL : (enum pum_view_dim)img->dim);
            im.flags = pum_rt_image_flags(&im);
            pum_rt_table_get(levels[v])->img_load(&im, &t);
            if (v == 0 && !generic) {
                first = t;
            }
            for (int i = 0; i < 4 * PUM_LANES; i++) {
                const int k = i / PUM_LANES, l = i % PUM_LANES;
                if (a->mask >> l & 1 && first.data[k][l] != t.data[k][l] && failures++ < 10) {
                    printf("load: format %u dim %u %ux%u lane %d comp %d at %d %d %d: v2 fast %08x, v%d %s %08x\n", img->format, img->dim, img->width,
                           img->height, l, k, a->coord[0][l], a->coord[1][l], a->coord[2][l], first.data[k][l], v + 2, generic ? "generic" : "fast",
                           t.data[k][l]);
                }
            }
        }
    }
}

static int32_t
random_index(uint32_t n)
{
    return rnd(8) ? (int32_t)rnd(n) : rnd(2) ? (int32_t)n : (int32_t)(rnd(1u << 31) * 2u);
}

static void
test_loads(enum pum_format f, bool buffer)
{
    struct pum_desc_image img;
    const uint32_t B = pum_format_info(f)->block_B;
    make_image(&img, f, PUM_VIEW_2D);
    img.levels = 1;
    img.min_lod = 0;
    for (int k = 0; k < 4; k++) {
        img.swizzle[k] = (uint8_t)k;
    }
    if (buffer) {
        img = (struct pum_desc_image){.dim = PUM_VIEW_BUFFER, .format = (uint16_t)f, .width = 1 + rnd(60), .height = 1, .depth = 1, .layers = 1,
                                      .levels = 1, .swizzle = {0, 1, 2, 3}, .texel_log2 = pum_format_texel_log2(f)};
        const size_t size_B = ((size_t)img.width * B + 3) & ~(size_t)3;
        img.address = (uintptr_t)(arena + ARENA_B - size_B);
        fill(&img, arena + ARENA_B - size_B, (size_t)img.width * B);
    }
    struct pum_img_args a = {.mask = rnd(3) ? 0xffff : rnd(0x10000), .n_coord = buffer ? 1 : img.arrayed ? 3 : 2};
    struct pum_tex_args t = {.op = {.kind = PUM_TEX_FETCH, .dim = PUM_VIEW_BUFFER, .n_coord = 1, .n_grad = 1}, .mask = a.mask};
    const int32_t at[3] = {random_index(img.width), random_index(img.height), random_index(img.layers)};
    const bool same = rnd(3) == 0, same_layer = same || rnd(2);
    for (int l = 0; l < PUM_LANES; l++) {
        a.coord[0][l] = same ? at[0] : random_index(img.width);
        a.coord[1][l] = same ? at[1] : random_index(img.height);
        a.coord[2][l] = same_layer ? at[2] : random_index(img.layers);
    }
    load_all(&img, &a);
    if (buffer) {
        memcpy(t.coord[0], a.coord[0], sizeof(t.coord[0]));
        call_all("buffer", &img, NULL, &t);
    }
}

/* A cube whose texels hold their direction: any direction sampled gives itself, seams included. */
static void
test_cube(void)
{
    enum { N = 32 };
    struct pum_desc_image img = {.width = N, .height = N, .depth = 1, .layers = 6, .levels = 1, .dim = PUM_VIEW_CUBE,
                                 .format = PUM_FORMAT_R32G32B32A32_SFLOAT, .swizzle = {0, 1, 2, 3}, .layer_pitch_B = N * N * 16};
    img.level[0] = (struct pum_desc_level){0, N * 16, N * N * 16};
    float *t = (float *)(void *)(arena + ARENA_B - 6 * N * N * 16);
    img.address = (uintptr_t)t;
    for (int face = 0; face < 6; face++) {
        for (int y = 0; y < N; y++) {
            for (int x = 0; x < N; x++, t += 4) {
                const float sc = 2 * ((float)x + 0.5f) / N - 1, tc = 2 * ((float)y + 0.5f) / N - 1;
                const float v[6][3] = {{1, -tc, -sc}, {-1, -tc, sc}, {sc, 1, tc}, {sc, -1, -tc}, {sc, -tc, 1}, {-sc, -tc, -1}};
                const float len = sqrtf(1 + sc * sc + tc * tc);
                for (int k = 0; k < 3; k++) {
                    t[k] = v[face][k] / len;
                }
                t[3] = 1;
            }
        }
    }
    double worst = 0;
    for (int i = 0; i < 2000; i++) {
        struct pum_desc_sampler s = {.mag_linear = 1, .min_linear = 1, .max_lod = 1000, .simple = 1};
        struct pum_tex_args a = {.op = {.kind = PUM_TEX_SAMPLE, .dim = PUM_VIEW_CUBE, .n_coord = 3, .n_grad = 3, .flags = PUM_TEX_HAS_SAMPLER_BIT},
                                 .mask = 0xffff};
        for (int l = 0; l < PUM_LANES; l++) {
            float len = 0;
            for (int k = 0; k < 3; k++) {
                a.coord[k][l] = rnd(3) ? rndf(-1, 1) : rnd(2) ? 1.0f : -1.0f; /* edges and corners often */
                len += a.coord[k][l] * a.coord[k][l];
            }
            for (int k = 0; k < 3; k++) {
                a.coord[k][l] /= sqrtf(len);
            }
        }
        call_all("cube", &img, &s, &a);
        for (int l = 0; l < PUM_LANES; l++) {
            for (int k = 0; k < 3; k++) {
                float got;
                memcpy(&got, &a.out[k][l], 4);
                worst = fmax(worst, fabs((double)got - (double)a.coord[k][l]));
            }
        }
    }
    printf("cube: worst distance %.4f\n", worst);
    /* Without seams a face is a 2D image. */
    struct pum_desc_image flat = img;
    flat.dim = PUM_VIEW_2D;
    flat.arrayed = 1;
    double differ = 0;
    for (int i = 0; i < 500; i++) {
        struct pum_desc_sampler s = {.mag_linear = 1, .min_linear = 1, .max_lod = 1000, .non_seamless_cube = 1};
        s.address[0] = (uint8_t)rnd(5);
        s.address[1] = (uint8_t)rnd(5);
        struct pum_tex_args a = {.op = {.kind = PUM_TEX_SAMPLE, .dim = PUM_VIEW_CUBE, .n_coord = 3, .n_grad = 3, .flags = PUM_TEX_HAS_SAMPLER_BIT},
                                 .mask = 0xffff}, b = a;
        b.op.dim = PUM_VIEW_2D;
        b.op.n_grad = 2;
        b.op.flags |= PUM_TEX_ARRAYED_BIT;
        for (int l = 0; l < PUM_LANES; l++) {
            const uint32_t face = rnd(6);
            const float sc = rnd(2) ? rndf(-0.999f, 0.999f) : rnd(2) ? 0.99f : -0.99f, tc = rnd(2) ? rndf(-0.999f, 0.999f) : rnd(2) ? 0.99f : -0.99f;
            const float v[6][3] = {{1, -tc, -sc}, {-1, -tc, sc}, {sc, 1, tc}, {sc, -1, -tc}, {sc, -tc, 1}, {-sc, -tc, -1}};
            for (int k = 0; k < 3; k++) {
                a.coord[k][l] = v[face][k];
            }
            b.coord[0][l] = sc * 0.5f + 0.5f;
            b.coord[1][l] = tc * 0.5f + 0.5f;
            b.coord[2][l] = (float)face;
        }
        call_all("flat cube", &img, &s, &a);
        call_all("face", &flat, &s, &b);
        for (int l = 0; l < PUM_LANES * 4; l++) {
            float x, y;
            memcpy(&x, &a.out[l / PUM_LANES][l % PUM_LANES], 4);
            memcpy(&y, &b.out[l / PUM_LANES][l % PUM_LANES], 4);
            differ = fmax(differ, fabs((double)x - (double)y));
        }
    }
    printf("cube without seams: worst difference to its faces %.7f\n", differ);
    failures += differ > 1e-4;
    failures += worst > 0.03;
}

int
main(void)
{
    n_levels = pum_cpu_isa() >= PUM_ISA_V4 ? 3 : pum_cpu_isa() == PUM_ISA_V3 ? 2 : 1;
    arena = mmap(NULL, ARENA_B + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (arena == MAP_FAILED || mprotect(arena + ARENA_B, 4096, PROT_NONE)) {
        return 1;
    }
    static const enum pum_view_dim dims[] = {PUM_VIEW_1D, PUM_VIEW_2D, PUM_VIEW_2D, PUM_VIEW_2D, PUM_VIEW_3D};
    for (int round = 0; round < 120; round++) {
        for (uint32_t f = 1; f < PUM_FORMAT_COUNT; f++) {
            if (!(pum_format_image_features((enum pum_format)f) & VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT) || pum_format_is_ycbcr((enum pum_format)f) ||
                (f >= PUM_FORMAT_D24_UNORM_S8_UINT && f <= PUM_FORMAT_D16_UNORM_S8_UINT)) {
                continue;
            }
            for (int i = pum_format_is_compressed((enum pum_format)f) && round % 4 ? 4 : 0; i < 5; i++) {
                test_reference((enum pum_format)f, dims[i]);
                test_hostile((enum pum_format)f, dims[i]);
            }
            test_hostile((enum pum_format)f, PUM_VIEW_CUBE);
            if (!pum_format_is_compressed((enum pum_format)f)) {
                test_loads((enum pum_format)f, false);
            }
        }
        for (uint32_t f = 1; f < PUM_FORMAT_COUNT; f++) {
            if (pum_format_buffer_features((enum pum_format)f) & VK_FORMAT_FEATURE_UNIFORM_TEXEL_BUFFER_BIT) {
                test_loads((enum pum_format)f, true);
            }
        }
    }
    test_cube();
    if (n_levels == 3 && in_registers < 1000) {
        printf("only %u calls in registers\n", in_registers);
        failures++;
    }
    printf("%d levels, %u calls in registers, %d failures\n", n_levels, in_registers, failures);
    return failures ? 1 : 0;
}
