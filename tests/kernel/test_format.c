/* Conversions: every value of channels up to 16 bits survives unpack and pack, rounding is to nearest, odd inputs are clamped. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/format.h"

static int failures;

static void
fail(const char *what, enum pum_format f, double a, double b)
{
    if (failures++ < 30) {
        printf("%s: format %u: %.17g, %.17g\n", what, f, a, b);
    }
}

static bool
is_nan(const union pum_color *c)
{
    for (int k = 0; k < 4; k++) {
        if ((c->u[k] & 0x7fffffff) > 0x7f800000) {
            return true;
        }
    }
    return false;
}

/* pack(unpack(bits)) == bits but for what has several encodings. */
static void
round_trip(enum pum_format f)
{
    const struct pum_format_info *i = pum_format_info(f);
    const uint32_t B = i->block_B;
    const uint64_t count = B == 1 ? 256 : 65536;
    for (uint64_t n = 0; n < count; n++) {
        uint8_t src[16], dst[16];
        for (uint32_t k = 0; k < 16; k++) { /* all 16-bit values in the first word, mixed ones elsewhere */
            const uint64_t w = k < 2 ? n : (n * 0x9e3779b1u) >> 8;
            src[k] = (uint8_t)(w >> (k & 1) * 8);
        }
        union pum_color c, d;
        pum_format_unpack(f, src, &c);
        if (!pum_format_is_integer(f) && is_nan(&c)) {
            continue;
        }
        pum_format_pack(f, &c, dst);
        pum_format_unpack(f, dst, &d);
        if (memcmp(&c, &d, sizeof(c)) != 0) { /* the value is kept whatever its encoding */
            fail("round trip", f, (double)c.f[0], (double)d.f[0]);
        }
        const bool unique = i->type != PUM_SNORM && i->type != PUM_SHARED_EXP && f != PUM_FORMAT_X8_D24_UNORM_PACK32 &&
                            !(f >= PUM_FORMAT_R10X6_UNORM_PACK16 && f <= PUM_FORMAT_R12X4G12X4B12X4A12X4_UNORM_4PACK16);
        if (unique && memcmp(src, dst, B) != 0) {
            fail("bits", f, (double)n, (double)c.f[0]);
        }
    }
}

/* Formats that are only read, as vertex attributes: every channel against arithmetic on its bits, all values of up to 16 bits. */
static void
vertex_only(enum pum_format f)
{
    const struct pum_format_info *i = pum_format_info(f);
    for (uint32_t n = 0; n < 65536; n++) {
        uint8_t src[12];
        for (uint32_t k = 0; k < 12; k++) {
            src[k] = (uint8_t)(k < 2 ? n >> 8 * k : (n * 0x9e3779b1u) >> 2 * k);
        }
        union pum_color c;
        pum_format_unpack(f, src, &c);
        bool has[4] = {false, false, false, false};
        for (uint32_t k = 0; k < i->n_channels; k++) {
            const struct pum_channel ch = i->channels[k];
            double v = 0;
            for (uint32_t b = 0; b < ch.bits; b++) { /* bit by bit, the highest one negative where there is a sign */
                const uint32_t at = ch.shift + b;
                const bool negative = b + 1u == ch.bits && (i->type == PUM_SSCALED || i->type == PUM_SNORM || i->type == PUM_SINT);
                v += src[at / 8] >> at % 8 & 1 ? ldexp(negative ? -1.0 : 1.0, (int)b) : 0;
            }
            has[ch.component] = true;
            const double max = ldexp(1.0, ch.bits - (i->type == PUM_SNORM)) - 1;
            double got = (double)c.f[ch.component];
            double want = i->type == PUM_UNORM ? v / max : i->type == PUM_SNORM ? (v < -max ? -1 : v / max) : v;
            if (i->type == PUM_UINT) {
                got = c.u[ch.component];
            } else if (i->type == PUM_SINT) {
                got = c.i[ch.component];
            } else if (i->type == PUM_FLOAT || i->type == PUM_SRGB) {
                continue; /* the conversion itself is tested with the formats of images */
            }
            if ((float)got != (float)want) {
                fail("vertex", f, got, want);
            }
        }
        for (int k = 0; k < 4; k++) {
            if (!has[k] && (pum_format_is_integer(f) ? c.u[k] != (k == 3) : c.f[k] != (k == 3 ? 1.0f : 0.0f))) {
                fail("missing component", f, k, (double)c.f[k]);
            }
        }
    }
}

/* The nearest code wins: compares with a search over all codes of channel 0. */
static void
nearest(enum pum_format f)
{
    const struct pum_format_info *i = pum_format_info(f);
    const struct pum_channel ch = i->channels[0];
    if (ch.bits > 11 || (i->type != PUM_UNORM && i->type != PUM_SNORM && i->type != PUM_UFLOAT)) {
        return;
    }
    const uint32_t comp = ch.component > 3 ? 0 : ch.component;
    static double values[1u << 11];
    for (uint32_t v = 0; v < 1u << ch.bits; v++) {
        uint32_t words[4] = {0};
        words[ch.shift / 32] = v << (ch.shift % 32);
        union pum_color c;
        pum_format_unpack(f, words, &c);
        values[v] = (double)c.f[comp];
    }
    for (int t = 0; t < 4000; t++) {
        union pum_color c = {.f = {0, 0, 0, 0}}, d;
        const double x = i->type == PUM_UFLOAT ? ldexp(1.0 + t / 4000.0, t % 30 - 18) : t / 1600.0 - 1.25;
        c.f[comp] = (float)x;
        double best = 1e30;
        for (uint32_t v = 0; v < 1u << ch.bits; v++) {
            if (isfinite(values[v])) {
                const double e = fabs(values[v] - (double)c.f[comp]);
                best = e < best ? e : best;
            }
        }
        uint8_t packed[16];
        pum_format_pack(f, &c, packed);
        pum_format_unpack(f, packed, &d);
        if (fabs((double)d.f[comp] - (double)c.f[comp]) > best + 1e-7 * fabs((double)c.f[comp])) {
            fail("not the nearest", f, (double)c.f[comp], (double)d.f[comp]);
        }
    }
}

static void
odd_inputs(enum pum_format f)
{
    const float in[] = {NAN, -NAN, INFINITY, -INFINITY, -1e30f, 1e30f, -0.0f, 1e-45f, 70000.0f};
    const enum pum_channel_type type = (enum pum_channel_type)pum_format_info(f)->type;
    for (size_t k = 0; k < sizeof(in) / sizeof(in[0]); k++) {
        union pum_color c = {.f = {in[k], in[k], in[k], in[k]}}, d;
        uint8_t packed[16];
        pum_format_pack(f, &c, packed);
        pum_format_unpack(f, packed, &d);
        if (type == PUM_UNORM || type == PUM_SNORM || type == PUM_SRGB) {
            const float low = type == PUM_SNORM ? -1.0f : 0.0f;
            const float want = in[k] != in[k] ? 0.0f : in[k] > 1.0f ? 1.0f : in[k] < low ? low : 0.0f;
            const uint32_t comp = pum_format_info(f)->channels[0].component & 3;
            if (d.f[comp] != want) {
                fail("clamp", f, (double)in[k], (double)d.f[comp]);
            }
        }
    }
}

static void
half_and_srgb(void)
{
    for (uint32_t h = 0; h < 65536; h++) {
        const uint32_t e = h >> 10 & 31, m = h & 1023;
        const float f = pum_half_to_float((uint16_t)h);
        if (e == 31) {
            if ((m != 0) != (f != f)) {
                fail("half", PUM_FORMAT_R16_SFLOAT, h, (double)f);
            }
            continue;
        }
        const double want = (h >> 15 ? -1.0 : 1.0) * (e ? ldexp(1024.0 + m, (int)e - 25) : ldexp(m, -24));
        if ((double)f != want || pum_float_to_half(f) != h) {
            fail("half", PUM_FORMAT_R16_SFLOAT, h, (double)f);
        }
        /* halfway to the next value, and one float to each side: ties to even */
        if (h < 0x7bff) {
            const float next = pum_half_to_float((uint16_t)(h + 1)), mid = f + (next - f) * 0.5f;
            const uint32_t even = h & 1 ? h + 1 : h;
            if (pum_float_to_half(mid) != even || pum_float_to_half(nextafterf(mid, 0)) != h || pum_float_to_half(nextafterf(mid, 1e9f)) != h + 1) {
                fail("half rounding", PUM_FORMAT_R16_SFLOAT, h, (double)mid);
            }
        }
    }
    for (uint32_t v = 0; v < 256; v++) {
        const double c = v / 255.0, want = c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
        if (fabs((double)pum_srgb_to_linear((uint8_t)v) - want) > 6e-8 * want || pum_linear_to_srgb(pum_srgb_to_linear((uint8_t)v)) != v) {
            fail("srgb", PUM_FORMAT_R8_SRGB, v, want);
        }
    }
    for (int t = 0; t < 1000000; t++) {
        const double x = t / 1e6, code = 255.0 * (x <= 0.0031308 ? x * 12.92 : 1.055 * pow(x, 1 / 2.4) - 0.055);
        if (fabs(pum_linear_to_srgb((float)x) - code) > 0.5001) { /* SPEC: at most 0.6 */
            fail("srgb encoding", PUM_FORMAT_R8_SRGB, x, code);
        }
    }
}

int
main(void)
{
    for (uint32_t f = 1; f < PUM_FORMAT_D24_UNORM_S8_UINT; f++) {
        if (pum_format_from_vk(pum_format_info((enum pum_format)f)->vk) != (enum pum_format)f) {
            fail("number", (enum pum_format)f, 0, 0);
        }
        if (pum_format_image_features((enum pum_format)f) == 0) {
            vertex_only((enum pum_format)f);
            continue;
        }
        round_trip((enum pum_format)f);
        nearest((enum pum_format)f);
        odd_inputs((enum pum_format)f);
    }
    half_and_srgb();
    printf("%d formats, %d failures\n", PUM_FORMAT_COUNT - 1, failures);
    return failures ? 1 : 0;
}
