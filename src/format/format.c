#include "format/format.h"

#include "format/block.h"

#include <math.h>
#include <string.h>

#define CHANNELS(...) .n_channels = sizeof((struct pum_channel[]){__VA_ARGS__}) / sizeof(struct pum_channel), .channels = {__VA_ARGS__}
#define COMBINED(name) (PUM_FORMAT_##name >= PUM_FORMAT_D24_UNORM_S8_UINT && PUM_FORMAT_##name <= PUM_FORMAT_D16_UNORM_S8_UINT)
#define X(name, bytes, t, ...) \
    [PUM_FORMAT_##name] = {.vk = VK_FORMAT_##name, .block_w = 1, .block_h = 1, .block_B = bytes, .type = PUM_##t, CHANNELS(__VA_ARGS__), \
                           .depth = PUM_FORMAT_##name == PUM_FORMAT_D16_UNORM || PUM_FORMAT_##name == PUM_FORMAT_X8_D24_UNORM_PACK32 || \
                                    PUM_FORMAT_##name == PUM_FORMAT_D32_SFLOAT || COMBINED(name), \
                           .stencil = PUM_FORMAT_##name == PUM_FORMAT_S8_UINT || COMBINED(name)},
#define XB(name, w, h, bytes, t, ...) \
    [PUM_FORMAT_##name] = {.vk = VK_FORMAT_##name, .block_w = w, .block_h = h, .block_B = bytes, .type = PUM_##t, CHANNELS(__VA_ARGS__)},
/* As a whole: three components; a block of two texels where there is one plane. */
#define XY(name, n, bits, p0, p1, p2, x, y) \
    [PUM_FORMAT_##name] = {.vk = VK_FORMAT_##name, .block_w = (n) == 1 ? 2 : 1, .block_h = 1, .type = PUM_UNORM, \
                           .block_B = ((n) == 1 ? 4 : 1) * ((bits) > 8 ? 2 : 1), CHANNELS({0, 0, 8}, {1, 0, 8}, {2, 0, 8})},
const struct pum_format_info pum_format_table[PUM_FORMAT_COUNT] = {
    [PUM_FORMAT_NONE] = {.block_w = 1, .block_h = 1, .block_B = 0}, PUM_FORMATS(X) PUM_BLOCK_FORMATS(XB) PUM_YCBCR_FORMATS(XY)};
#undef X
#undef XB
#undef XY

static const struct pum_ycbcr_info ycbcr_table[] = {
#define X(name, n, bits, p0, p1, p2, x, y) {n, bits, x, y, {PUM_FORMAT_##p0, PUM_FORMAT_##p1, PUM_FORMAT_##p2}},
    PUM_YCBCR_FORMATS(X)
#undef X
};

const struct pum_ycbcr_info *
pum_format_ycbcr_info(enum pum_format f)
{
    return &ycbcr_table[f - PUM_FORMAT_ASTC_12x12_SRGB_BLOCK - 1];
}

enum pum_format
pum_format_from_vk(VkFormat vk)
{
    switch ((int)vk) {
#define X(name, ...)                                                                                                    \
    case VK_FORMAT_##name:                                                                                             \
        return PUM_FORMAT_##name;
        PUM_FORMATS(X)
        PUM_BLOCK_FORMATS(X)
        PUM_YCBCR_FORMATS(X)
#undef X
    default:
        return PUM_FORMAT_NONE;
    }
}

uint32_t
pum_format_planes(enum pum_format f, enum pum_format planes[3])
{
    if (pum_format_is_ycbcr(f) && pum_format_ycbcr_info(f)->planes > 1) {
        const struct pum_ycbcr_info *y = pum_format_ycbcr_info(f);
        for (uint32_t p = 0; p < y->planes; p++) {
            planes[p] = (enum pum_format)y->plane[p];
        }
        return y->planes;
    }
    planes[1] = PUM_FORMAT_S8_UINT;
    switch ((int)f) {
    case PUM_FORMAT_D24_UNORM_S8_UINT:
        planes[0] = PUM_FORMAT_X8_D24_UNORM_PACK32;
        return 2;
    case PUM_FORMAT_D32_SFLOAT_S8_UINT:
        planes[0] = PUM_FORMAT_D32_SFLOAT;
        return 2;
    case PUM_FORMAT_D16_UNORM_S8_UINT:
        planes[0] = PUM_FORMAT_D16_UNORM;
        return 2;
    default:
        planes[0] = f;
        return 1;
    }
}

bool
pum_format_has_alpha(enum pum_format f)
{
    const struct pum_format_info *i = &pum_format_table[f];
    for (uint32_t k = 0; k < i->n_channels; k++) {
        if (i->channels[k].component == 3) {
            return true;
        }
    }
    return false;
}

void
pum_block_decode(enum pum_format f, const uint8_t *block, union pum_color *out)
{
    if (f >= PUM_FORMAT_ASTC_4x4_UNORM_BLOCK) {
        pum_astc_decode(f, block, out);
    } else if (f >= PUM_FORMAT_ETC2_R8G8B8_UNORM_BLOCK) {
        pum_etc_decode(f, block, out);
    } else {
        pum_bc_decode(f, block, out);
    }
}

uint8_t
pum_format_texel_log2(enum pum_format f)
{
    const uint32_t b = pum_format_table[f].block_B;
    return b && (b & (b - 1)) == 0 ? (uint8_t)__builtin_ctz(b) : 0xff;
}

_Static_assert(PUM_FORMAT_R8G8B8A8_SRGB - PUM_FORMAT_R8G8B8A8_UNORM == 6 && PUM_FORMAT_R8_SRGB - PUM_FORMAT_R8_UNORM == 6, "families");
enum pum_format
pum_format_without_srgb(enum pum_format f)
{
    return pum_format_table[f].type != PUM_SRGB ? f : pum_format_is_compressed(f) ? f - 1 : f - 6;
}

/* Words of 16 bits with padding below 10 or 12 bits. */
static bool
is_padded(enum pum_format f)
{
    return f >= PUM_FORMAT_R10X6_UNORM_PACK16 && f <= PUM_FORMAT_R12X4G12X4B12X4A12X4_UNORM_4PACK16;
}

static bool
is_64_bits(enum pum_format f)
{
    return f == PUM_FORMAT_R64_UINT || f == PUM_FORMAT_R64_SINT;
}

/* Texels of 3 and 6 bytes and scaled integers. */
static bool
only_buffers(const struct pum_format_info *i)
{
    return (!i->depth && (i->block_B == 3 || i->block_B == 6)) || i->type == PUM_USCALED || i->type == PUM_SSCALED;
}

/* Signed integers of 10 and 2 bits: no image format of SPIR-V names them, and what becomes of values that do not fit into 2 bits is open, so
 * that shaders could not store to them in a portable way. */
static bool
is_signed_2_bits(const struct pum_format_info *i)
{
    return i->type == PUM_SINT && i->channels[0].bits == 2;
}

#define FILTERS ((VkFormatFeatureFlags)(VK_FORMAT_FEATURE_SAMPLED_IMAGE_FILTER_LINEAR_BIT | VK_FORMAT_FEATURE_SAMPLED_IMAGE_FILTER_MINMAX_BIT))

/* What may be done with a conversion. Chroma is reconstructed as part of filtering (SPEC: textures-implicit-reconstruction). */
#define CONVERSION                                                                                                       \
    ((VkFormatFeatureFlags)(VK_FORMAT_FEATURE_MIDPOINT_CHROMA_SAMPLES_BIT | VK_FORMAT_FEATURE_COSITED_CHROMA_SAMPLES_BIT | \
                            VK_FORMAT_FEATURE_SAMPLED_IMAGE_YCBCR_CONVERSION_LINEAR_FILTER_BIT |                          \
                            VK_FORMAT_FEATURE_SAMPLED_IMAGE_YCBCR_CONVERSION_SEPARATE_RECONSTRUCTION_FILTER_BIT))

VkFormatFeatureFlags
pum_format_image_features(enum pum_format f)
{
    const struct pum_format_info *i = &pum_format_table[f];
    if (f == PUM_FORMAT_NONE || only_buffers(i)) {
        return 0;
    }
    if (is_64_bits(f)) {
        return VK_FORMAT_FEATURE_STORAGE_IMAGE_BIT | VK_FORMAT_FEATURE_STORAGE_IMAGE_ATOMIC_BIT | VK_FORMAT_FEATURE_TRANSFER_SRC_BIT |
               VK_FORMAT_FEATURE_TRANSFER_DST_BIT;
    }
    if (pum_format_is_ycbcr(f)) {
        return VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT | VK_FORMAT_FEATURE_SAMPLED_IMAGE_FILTER_LINEAR_BIT | VK_FORMAT_FEATURE_TRANSFER_SRC_BIT |
               VK_FORMAT_FEATURE_TRANSFER_DST_BIT | CONVERSION |
               (pum_format_ycbcr_info(f)->planes > 1 ? VK_FORMAT_FEATURE_DISJOINT_BIT : 0);
    }
    VkFormatFeatureFlags r = VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT | VK_FORMAT_FEATURE_TRANSFER_SRC_BIT | VK_FORMAT_FEATURE_TRANSFER_DST_BIT |
                             VK_FORMAT_FEATURE_BLIT_SRC_BIT;
    if (pum_format_is_compressed(f)) {
        return r | FILTERS;
    }
    const bool integer = pum_format_is_integer(f);
    if (i->depth || i->stencil) {
        r |= VK_FORMAT_FEATURE_DEPTH_STENCIL_ATTACHMENT_BIT | VK_FORMAT_FEATURE_BLIT_DST_BIT;
        return i->depth ? r | FILTERS : r;
    }
    r |= integer ? 0 : FILTERS;
    /* What is written to padded formats has zeros in the unused bits; the conformance suite wants those back that were read. */
    if (i->type == PUM_SHARED_EXP || is_padded(f)) {
        r |= f == PUM_FORMAT_R10X6G10X6B10X6A10X6_UNORM_4PACK16 || f == PUM_FORMAT_R12X4G12X4B12X4A12X4_UNORM_4PACK16 ? CONVERSION : 0;
        return f == PUM_FORMAT_R12X4G12X4B12X4A12X4_UNORM_4PACK16 ? r & ~(VkFormatFeatureFlags)VK_FORMAT_FEATURE_BLIT_SRC_BIT : r; /* it needs one */
    }
    r |= i->type == PUM_UNORM && i->n_channels >= 3 ? CONVERSION : 0;
    r |= VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BIT | VK_FORMAT_FEATURE_BLIT_DST_BIT | (integer ? 0 : VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BLEND_BIT);
    if (i->type != PUM_SRGB && i->block_B != 12 && !is_signed_2_bits(i)) { /* no image format of SPIR-V has three components of 32 bits */
        r |= VK_FORMAT_FEATURE_STORAGE_IMAGE_BIT;
    }
    if (f == PUM_FORMAT_R32_UINT || f == PUM_FORMAT_R32_SINT || f == PUM_FORMAT_R32_SFLOAT) {
        r |= VK_FORMAT_FEATURE_STORAGE_IMAGE_ATOMIC_BIT;
    }
    return r;
}

uint32_t
pum_format_wide_components(VkFormat format)
{
    return format >= VK_FORMAT_R64_UINT && format <= VK_FORMAT_R64G64B64A64_SFLOAT ? (uint32_t)(format - VK_FORMAT_R64_UINT) / 3 + 1 : 0;
}

VkFormatFeatureFlags
pum_format_buffer_features(enum pum_format f)
{
    const struct pum_format_info *i = &pum_format_table[f];
    if (f == PUM_FORMAT_NONE || i->depth || i->stencil || pum_format_is_compressed(f) || pum_format_is_ycbcr(f) || (is_padded(f) && i->n_channels > 2)) {
        return 0;
    }
    if (i->type == PUM_SRGB) {
        return VK_FORMAT_FEATURE_UNIFORM_TEXEL_BUFFER_BIT;
    }
    VkFormatFeatureFlags r = VK_FORMAT_FEATURE_VERTEX_BUFFER_BIT;
    if (i->n_channels > 1 && (i->type == PUM_FLOAT || i->type == PUM_SNORM)) {
        r |= VK_FORMAT_FEATURE_ACCELERATION_STRUCTURE_VERTEX_BUFFER_BIT_KHR;
    }
    if (is_64_bits(f)) {
        return r | VK_FORMAT_FEATURE_STORAGE_TEXEL_BUFFER_BIT | VK_FORMAT_FEATURE_STORAGE_TEXEL_BUFFER_ATOMIC_BIT;
    }
    if (i->type != PUM_USCALED && i->type != PUM_SSCALED) {
        r |= VK_FORMAT_FEATURE_UNIFORM_TEXEL_BUFFER_BIT;
        if (i->type != PUM_SHARED_EXP && i->block_B % 3 != 0 && !is_signed_2_bits(i)) {
            r |= VK_FORMAT_FEATURE_STORAGE_TEXEL_BUFFER_BIT;
        }
    }
    if (f == PUM_FORMAT_R32_UINT || f == PUM_FORMAT_R32_SINT || f == PUM_FORMAT_R32_SFLOAT) {
        r |= VK_FORMAT_FEATURE_STORAGE_TEXEL_BUFFER_ATOMIC_BIT;
    }
    return r;
}

/* ---- scalar conversions ---- */

float
pum_half_to_float(uint16_t h)
{
    const uint32_t sign = (uint32_t)(h & 0x8000) << 16, mag = h & 0x7fff;
    uint32_t bits = mag << 13;
    float v;
    if (mag >= 0x7c00) { /* a NaN becomes quiet */
        bits |= mag > 0x7c00 ? 0x7fc00000 : 0x7f800000;
    } else {
        memcpy(&v, &bits, 4);
        v *= 5192296858534827628530496329220096.0f; /* 2^112: exact */
        memcpy(&bits, &v, 4);
    }
    bits |= sign;
    memcpy(&v, &bits, 4);
    return v;
}

uint16_t
pum_float_to_half(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, 4);
    const uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
    const uint32_t mag = bits & 0x7fffffff;
    if (mag > 0x7f800000) {
        return sign | 0x7e00;
    }
    if (mag >= 0x477ff000) {
        return sign | 0x7c00;
    }
    if (mag < 0x38800000) { /* subnormal: the addition rounds at the right bit */
        float v;
        memcpy(&v, &mag, 4);
        v += 0.5f;
        uint32_t b;
        memcpy(&b, &v, 4);
        return sign | (uint16_t)(b - 0x3f000000);
    }
    return sign | (uint16_t)((mag + 0xC8000FFFu + (mag >> 13 & 1)) >> 13);
}

/* Unsigned float with 5 exponent bits and `mant` mantissa bits (B10G11R11). */
static float
ufloat_to_float(uint32_t v, uint32_t mant)
{
    return pum_half_to_float((uint16_t)(v << (10 - mant)));
}

static uint32_t
float_to_ufloat(float f, uint32_t mant)
{
    uint32_t bits;
    memcpy(&bits, &f, 4);
    const uint32_t max = (31u << mant) - 1;
    if ((bits & 0x7fffffff) > 0x7f800000) {
        return (31u << mant) | 1u;
    }
    if (bits >> 31) {
        return 0;
    }
    if (bits == 0x7f800000) {
        return 31u << mant;
    }
    const uint32_t drop = 23 - mant;
    uint32_t r;
    if (bits < 0x38800000) { /* subnormal: units of 2^(-14 - mant) */
        const double scaled = rint((double)f * (double)(1u << (14 + mant)));
        r = (uint32_t)scaled;
    } else {
        const uint32_t odd = bits >> drop & 1;
        r = ((bits - (112u << 23)) + (1u << (drop - 1)) - 1 + odd) >> drop;
    }
    return r > max ? max : r;
}

float
pum_srgb_to_linear(uint8_t v)
{
    static const float table[256] = {
#include "format/srgb_table.inc"
    };
    return table[v];
}

uint8_t
pum_linear_to_srgb(float v)
{
    if (!(v > 0.0f)) {
        return 0;
    }
    if (v >= 1.0f) {
        return 255;
    }
    /* The table rises: search the nearest entry in the encoded domain by comparing with the midpoints' decoded values. */
    static const float edges[255] = { /* decoded value of (i + 0.5) / 255 */
#include "format/srgb_edges.inc"
    };
    uint32_t lo = 0, hi = 255;
    while (lo < hi) {
        const uint32_t mid = (lo + hi) / 2;
        if (v >= edges[mid]) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return (uint8_t)lo;
}

static uint32_t
get_bits(const uint8_t *src, uint32_t shift, uint32_t bits, uint32_t block_B)
{
    uint64_t w = 0;
    const uint32_t byte = shift / 8;
    const uint32_t n = block_B - byte < 8 ? block_B - byte : 8;
    memcpy(&w, src + byte, n);
    return (uint32_t)(w >> (shift & 7)) & (bits == 32 ? UINT32_MAX : (1u << bits) - 1);
}

static float
unorm(uint32_t v, uint32_t bits)
{
    return (float)((double)v / (double)((1ull << bits) - 1));
}

static float
snorm(uint32_t v, uint32_t bits)
{
    const int32_t s = (int32_t)(v << (32 - bits)) >> (32 - bits);
    const float f = (float)((double)s / (double)((1u << (bits - 1)) - 1));
    return f < -1.0f ? -1.0f : f;
}

void
pum_format_unpack(enum pum_format f, const void *src, union pum_color *out)
{
    const struct pum_format_info *i = &pum_format_table[f];
    const bool integer = pum_format_is_integer(f);
    out->u[0] = out->u[1] = out->u[2] = 0;
    if (integer) {
        out->u[3] = 1;
    } else {
        out->f[3] = 1.0f;
    }
    if (pum_format_is_words(i)) {
        memcpy(out->u, src, i->block_B);
        return;
    }
    if (i->type == PUM_SHARED_EXP) {
        uint32_t w;
        memcpy(&w, src, 4);
        const double scale = ldexp(1.0, (int)(w >> 27) - 15 - 9);
        for (int c = 0; c < 3; c++) {
            out->f[c] = (float)((double)(w >> (9 * c) & 0x1ff) * scale);
        }
        return;
    }
    for (uint32_t k = 0; k < i->n_channels; k++) {
        const struct pum_channel ch = i->channels[k];
        const uint32_t c = ch.component > 3 ? 0 : ch.component;
        const uint32_t v = get_bits(src, ch.shift, ch.bits, i->block_B);
        switch ((enum pum_channel_type)i->type) {
        case PUM_UNORM: out->f[c] = unorm(v, ch.bits); break;
        case PUM_SNORM: out->f[c] = snorm(v, ch.bits); break;
        case PUM_UINT: out->u[c] = v; break;
        case PUM_SINT: out->i[c] = (int32_t)(v << (32 - ch.bits)) >> (32 - ch.bits); break;
        case PUM_FLOAT:
            if (ch.bits == 32) {
                out->u[c] = v;
            } else {
                out->f[c] = pum_half_to_float((uint16_t)v);
            }
            break;
        case PUM_SRGB: out->f[c] = c == 3 ? unorm(v, 8) : pum_srgb_to_linear((uint8_t)v); break;
        case PUM_UFLOAT: out->f[c] = ufloat_to_float(v, ch.bits - 5u); break;
        case PUM_USCALED: out->f[c] = (float)v; break;
        case PUM_SSCALED: out->f[c] = (float)((int32_t)(v << (32 - ch.bits)) >> (32 - ch.bits)); break;
        case PUM_SHARED_EXP: break;
        }
    }
}

static uint32_t
to_unorm(float v, uint32_t bits)
{
    const double max = (double)((1ull << bits) - 1);
    if (!(v > 0.0f)) {
        return 0;
    }
    return v >= 1.0f ? (uint32_t)max : (uint32_t)rint((double)v * max);
}

static uint32_t
to_snorm(float v, uint32_t bits)
{
    const double max = (double)((1u << (bits - 1)) - 1);
    if (v != v) {
        return 0;
    }
    const double c = v < -1.0f ? -1.0 : v > 1.0f ? 1.0 : (double)v;
    return (uint32_t)(int32_t)rint(c * max);
}

/* SPEC: textures-RGB-sexp */
static uint32_t
pack_shared_exp(const float *f)
{
    double c[3], max = 0;
    for (int k = 0; k < 3; k++) {
        c[k] = f[k] > 0.0f ? (f[k] > 65408.0f ? 65408.0 : (double)f[k]) : 0.0;
        max = c[k] > max ? c[k] : max;
    }
    int e = max > 0 ? ilogb(max) : -16;
    e = (e < -16 ? -16 : e) + 1 + 15;
    if (floor(max / ldexp(1.0, e - 15 - 9) + 0.5) >= 512.0) {
        e++;
    }
    uint32_t w = (uint32_t)e << 27;
    for (int k = 0; k < 3; k++) {
        w |= (uint32_t)floor(c[k] / ldexp(1.0, e - 15 - 9) + 0.5) << (9 * k);
    }
    return w;
}

void
pum_format_pack(enum pum_format f, const union pum_color *in, void *dst)
{
    const struct pum_format_info *i = &pum_format_table[f];
    uint32_t words[4] = {0};
    if (pum_format_is_words(i)) {
        memcpy(dst, in->u, i->block_B);
        return;
    }
    if (i->type == PUM_SHARED_EXP) {
        words[0] = pack_shared_exp(in->f);
    }
    for (uint32_t k = 0; k < i->n_channels && i->type != PUM_SHARED_EXP; k++) {
        const struct pum_channel ch = i->channels[k];
        const uint32_t c = ch.component > 3 ? 0 : ch.component;
        const uint32_t mask = ch.bits == 32 ? UINT32_MAX : (1u << ch.bits) - 1;
        uint32_t v = 0;
        switch ((enum pum_channel_type)i->type) {
        case PUM_UNORM: v = to_unorm(in->f[c], ch.bits); break;
        case PUM_SNORM: v = to_snorm(in->f[c], ch.bits); break;
        case PUM_UINT: v = in->u[c] > mask ? mask : in->u[c]; break; /* SPEC leaves values that do not fit open */
        case PUM_SINT: {
            const int32_t top = (int32_t)(mask >> 1);
            v = (uint32_t)(in->i[c] > top ? top : in->i[c] < -top - 1 ? -top - 1 : in->i[c]);
            break;
        }
        case PUM_FLOAT: v = ch.bits == 32 ? in->u[c] : pum_float_to_half(in->f[c]); break;
        case PUM_SRGB: v = c == 3 ? to_unorm(in->f[c], 8) : pum_linear_to_srgb(in->f[c]); break;
        case PUM_UFLOAT: v = float_to_ufloat(in->f[c], ch.bits - 5u); break;
        case PUM_USCALED:
        case PUM_SSCALED: break; /* never written */
        case PUM_SHARED_EXP: break;
        }
        words[ch.shift / 32] |= (v & mask) << (ch.shift % 32);
    }
    memcpy(dst, words, i->block_B);
}
