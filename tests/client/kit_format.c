/* Texels in plain scalar code, from the registry's table of components: a reference that shares nothing with the driver. */
#include "kit.h"

const struct kit_format_info *
kit_format(VkFormat format)
{
    for (size_t i = 0; i < kit_n_format_infos; i++) {
        if (kit_format_infos[i].format == format) {
            return &kit_format_infos[i];
        }
    }
    return NULL;
}

bool
kit_format_defined(const struct kit *k, const struct kit_format_info *f)
{
    return (f->version && k->version >= f->version) || (f->extension && kit_has(k, f->extension));
}

/* SPEC: copies-images-format-size-compatibility: depth and stencil aspects have sizes of their own in buffers. */
uint32_t
kit_texel_B(VkFormat format, VkImageAspectFlagBits aspect)
{
    if (aspect == VK_IMAGE_ASPECT_STENCIL_BIT) {
        return 1;
    }
    switch ((int)format) {
    case VK_FORMAT_D16_UNORM_S8_UINT: return 2;
    case VK_FORMAT_D24_UNORM_S8_UINT:
    case VK_FORMAT_D32_SFLOAT_S8_UINT: return 4;
    default: break;
    }
    const struct kit_format_info *f = kit_format(format);
    return f ? f->block_B : 0;
}

VkImageAspectFlags
kit_aspects(VkFormat format)
{
    const struct kit_format_info *f = kit_format(format);
    VkImageAspectFlags a = 0;
    for (unsigned i = 0; f && i < f->n; i++) {
        a |= f->c[i].name == 'D' ? VK_IMAGE_ASPECT_DEPTH_BIT : f->c[i].name == 'S' ? VK_IMAGE_ASPECT_STENCIL_BIT : VK_IMAGE_ASPECT_COLOR_BIT;
    }
    return a;
}

bool
kit_format_is_int(VkFormat format)
{
    const struct kit_format_info *f = kit_format(format);
    return f && (f->c[0].numeric == KIT_UINT || f->c[0].numeric == KIT_SINT);
}

bool
kit_format_is_srgb(VkFormat format)
{
    const struct kit_format_info *f = kit_format(format);
    for (unsigned i = 0; f && i < f->n; i++) { /* alpha is linear and may stand first */
        if (f->c[i].numeric == KIT_SRGB) {
            return true;
        }
    }
    return false;
}

double
kit_srgb_to_linear(double v)
{
    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

double
kit_linear_to_srgb(double v)
{
    return v <= 0.0031308 ? v * 12.92 : 1.055 * pow(v, 1.0 / 2.4) - 0.055;
}

/* ---- bits ---- */

static uint64_t
get_bits(const uint8_t *p, unsigned at, unsigned n)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < n; i++) {
        v |= (uint64_t)(p[(at + i) / 8] >> (at + i) % 8 & 1) << i;
    }
    return v;
}

static void
put_bits(uint8_t *p, unsigned at, unsigned n, uint64_t v)
{
    for (unsigned i = 0; i < n; i++) {
        const uint8_t bit = (uint8_t)(1u << (at + i) % 8);
        p[(at + i) / 8] = (uint8_t)((p[(at + i) / 8] & ~bit) | (v >> i & 1 ? bit : 0));
    }
}

/* Small floats: with sign (16, 32, 64 bits) or without (10, 11). */
static double
get_float(uint64_t v, unsigned bits)
{
    const unsigned exponent_bits = bits == 64 ? 11 : bits == 32 ? 8 : 5;
    const unsigned mantissa_bits = bits >= 16 ? bits - 1 - exponent_bits : bits - exponent_bits;
    const double sign = bits >= 16 && v >> (bits - 1) & 1 ? -1.0 : 1.0;
    const uint64_t e = v >> mantissa_bits & ((UINT64_C(1) << exponent_bits) - 1), m = v & ((UINT64_C(1) << mantissa_bits) - 1);
    const int bias = (1 << (exponent_bits - 1)) - 1;
    if (e == (UINT64_C(1) << exponent_bits) - 1) {
        return m ? (double)NAN : sign * (double)INFINITY;
    }
    return sign * (e ? ldexp((double)(m | UINT64_C(1) << mantissa_bits), (int)e - bias - (int)mantissa_bits)
                     : ldexp((double)m, 1 - bias - (int)mantissa_bits));
}

static uint64_t
put_float(double d, unsigned bits)
{
    const unsigned exponent_bits = bits == 64 ? 11 : bits == 32 ? 8 : 5;
    const unsigned mantissa_bits = bits >= 16 ? bits - 1 - exponent_bits : bits - exponent_bits;
    const int bias = (1 << (exponent_bits - 1)) - 1;
    const uint64_t top = (UINT64_C(1) << exponent_bits) - 1;
    uint64_t sign = 0;
    if (isnan(d)) {
        return top << mantissa_bits | UINT64_C(1) << (mantissa_bits - 1);
    }
    if (signbit(d)) {
        if (bits < 16) {
            return 0;
        }
        sign = UINT64_C(1) << (bits - 1);
        d = -d;
    }
    if (isinf(d)) {
        return sign | top << mantissa_bits;
    }
    int e;
    frexp(d, &e);
    e = e - 1 < 1 - bias ? 1 - bias : e - 1; /* d = m * 2^(e - mantissa_bits) */
    const double m = nearbyint(ldexp(d, (int)mantissa_bits - e));
    if (m == 0.0) {
        return sign;
    }
    uint64_t word = (uint64_t)m; /* a carry out of the mantissa raises the exponent by itself */
    word += m >= ldexp(1.0, (int)mantissa_bits) ? (uint64_t)(e + bias - 1) << mantissa_bits : 0;
    const uint64_t largest = (top << mantissa_bits) - 1;
    if (word > largest) { /* floats without a sign stay finite, the others round as IEEE says */
        word = bits < 16 ? largest : top << mantissa_bits;
    }
    return sign | word;
}

static int64_t
sign_extend(uint64_t v, unsigned bits)
{
    return bits < 64 && v >> (bits - 1) & 1 ? (int64_t)(v | ~UINT64_C(0) << bits) : (int64_t)v;
}

static unsigned
slot_of(char name)
{
    return name == 'G' ? 1 : name == 'B' ? 2 : name == 'A' ? 3 : 0;
}

/* Component i's first bit from the low end, little endian. */
static unsigned
first_bit(const struct kit_format_info *f, unsigned i)
{
    unsigned at = 0;
    const char *x6 = strstr(f->name, "X6"), *x4 = strstr(f->name, "X4");
    if (x6 || x4) { /* words of 16 bits whose low bits are not used */
        return i * 16 + (x6 ? 6 : 4);
    }
    if (f->packed) {
        for (unsigned c = i + 1; c < f->n; c++) {
            at += f->c[c].bits;
        }
    } else {
        for (unsigned c = 0; c < i; c++) {
            at += f->c[c].bits;
        }
    }
    return at;
}

static void
unpack_shared_exponent(const uint8_t *p, union kit_texel *t)
{
    const int e = (int)get_bits(p, 27, 5) - 15 - 9;
    for (unsigned c = 0; c < 3; c++) {
        t->f[c] = ldexp((double)get_bits(p, c * 9, 9), e);
    }
}

/* SPEC: the section about conversion to shared exponents. */
static void
pack_shared_exponent(const union kit_texel *t, uint8_t *p)
{
    const double largest = 511.0 / 512.0 * 65536.0;
    double c[3], top = 0;
    for (unsigned i = 0; i < 3; i++) {
        c[i] = isnan(t->f[i]) ? 0 : fmin(fmax(t->f[i], 0), largest);
        top = fmax(top, c[i]);
    }
    int e = top > 0 ? (int)fmax(-16, floor(log2(top))) + 16 : 0;
    if (floor(top / ldexp(1.0, e - 24) + 0.5) == 512.0) {
        e++;
    }
    for (unsigned i = 0; i < 3; i++) {
        put_bits(p, i * 9, 9, (uint64_t)floor(c[i] / ldexp(1.0, e - 24) + 0.5));
    }
    put_bits(p, 27, 5, (uint64_t)e);
}

union kit_texel
kit_unpack(VkFormat format, const void *texel)
{
    const struct kit_format_info *f = kit_format(format);
    union kit_texel t = {.f = {0, 0, 0, 1}};
    if (kit_format_is_int(format)) {
        t = (union kit_texel){.i = {0, 0, 0, 1}};
    }
    if (format == VK_FORMAT_E5B9G9R9_UFLOAT_PACK32) {
        unpack_shared_exponent(texel, &t);
        return t;
    }
    for (unsigned i = 0; i < f->n; i++) {
        const unsigned bits = f->c[i].bits, s = slot_of(f->c[i].name);
        const uint64_t v = get_bits(texel, first_bit(f, i), bits);
        const double top = ldexp(1.0, (int)bits) - 1, half = ldexp(1.0, (int)bits - 1) - 1;
        switch (f->c[i].numeric) {
        case KIT_UNORM: t.f[s] = (double)v / top; break;
        case KIT_SNORM: t.f[s] = fmax(-1.0, (double)sign_extend(v, bits) / half); break;
        case KIT_USCALED: t.f[s] = (double)v; break;
        case KIT_SSCALED: t.f[s] = (double)sign_extend(v, bits); break;
        case KIT_SRGB: t.f[s] = kit_srgb_to_linear((double)v / top); break;
        case KIT_UINT: t.i[s] = (int64_t)v; break;
        case KIT_SINT: t.i[s] = sign_extend(v, bits); break;
        default: t.f[s] = get_float(v, bits); break;
        }
    }
    return t;
}

static double
clamp(double v, double low, double high)
{
    return isnan(v) ? 0 : fmin(fmax(v, low), high);
}

void
kit_pack(VkFormat format, union kit_texel t, void *texel)
{
    const struct kit_format_info *f = kit_format(format);
    memset(texel, 0, f->block_B);
    if (format == VK_FORMAT_E5B9G9R9_UFLOAT_PACK32) {
        pack_shared_exponent(&t, texel);
        return;
    }
    for (unsigned i = 0; i < f->n; i++) {
        const unsigned bits = f->c[i].bits, s = slot_of(f->c[i].name);
        const double top = ldexp(1.0, (int)bits) - 1, half = ldexp(1.0, (int)bits - 1) - 1;
        const int64_t int_top = bits >= 63 ? INT64_MAX : (INT64_C(1) << bits) - 1, int_half = int_top >> 1;
        uint64_t v = 0;
        switch (f->c[i].numeric) {
        case KIT_UNORM: v = (uint64_t)nearbyint(clamp(t.f[s], 0, 1) * top); break;
        case KIT_SNORM: v = (uint64_t)(int64_t)nearbyint(clamp(t.f[s], -1, 1) * half); break;
        case KIT_USCALED: v = (uint64_t)nearbyint(clamp(t.f[s], 0, top)); break;
        case KIT_SSCALED: v = (uint64_t)(int64_t)nearbyint(clamp(t.f[s], -half - 1, half)); break;
        case KIT_SRGB: v = (uint64_t)nearbyint(kit_linear_to_srgb(clamp(t.f[s], 0, 1)) * top); break;
        case KIT_UINT: v = (uint64_t)(t.i[s] < 0 ? 0 : t.i[s] > int_top ? int_top : t.i[s]); break;
        case KIT_SINT: v = (uint64_t)(t.i[s] < -int_half - 1 ? -int_half - 1 : t.i[s] > int_half ? int_half : t.i[s]); break;
        default: v = put_float(t.f[s], bits); break;
        }
        put_bits(texel, first_bit(f, i), bits, v);
    }
}

/* ---- noise ---- */

uint32_t
kit_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    uint32_t x = *seed;
    x = (x ^ x >> 16) * 0x7feb352du;
    x = (x ^ x >> 15) * 0x846ca68bu;
    return x ^ x >> 16;
}

void
kit_noise(void *data, size_t size_B, uint32_t seed)
{
    uint8_t *p = data;
    for (size_t i = 0; i < size_B; i++) {
        p[i] = (uint8_t)kit_random(&seed);
    }
}

void
kit_noise_texels(VkFormat format, void *data, size_t n, uint32_t seed)
{
    const struct kit_format_info *f = kit_format(format);
    uint8_t *p = data;
    kit_noise(data, n * f->block_B, seed);
    for (size_t t = 0; t < n; t++, p += f->block_B) {
        for (unsigned i = 0; i < f->n && !f->compressed; i++) {
            const bool is_float = f->c[i].numeric == KIT_SFLOAT || f->c[i].numeric == KIT_UFLOAT;
            if (is_float && format != VK_FORMAT_E5B9G9R9_UFLOAT_PACK32) { /* between -2 and 2 */
                const double v = (double)kit_random(&seed) / 4294967296.0 * 4.0 - 2.0;
                put_bits(p, first_bit(f, i), f->c[i].bits, put_float(f->c[i].numeric == KIT_UFLOAT || f->c[i].name == 'D' ? fabs(v) / 2 : v, f->c[i].bits));
            }
        }
    }
}
