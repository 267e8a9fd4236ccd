/* ETC2 and EAC. Bit numbers are those of the 64-bit word whose first byte is the highest. Texels are numbered column by column. */
#include "format/block.h"

static uint64_t
load_be(const uint8_t *p)
{
    uint64_t v = 0;
    for (int i = 0; i < 8; i++) {
        v = v << 8 | p[i];
    }
    return v;
}

static int32_t
field(uint64_t v, uint32_t at, uint32_t n)
{
    return (int32_t)(v >> at & ((1u << n) - 1));
}

static int32_t
clamp(int32_t v, int32_t lo, int32_t hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

static const int16_t modifiers[8][2] = {{2, 8}, {5, 17}, {9, 29}, {13, 42}, {18, 60}, {24, 80}, {33, 106}, {47, 183}};
static const uint8_t distances[8] = {3, 6, 11, 16, 23, 32, 41, 64};

struct rgba8 {
    uint8_t c[4];
};

static int32_t
index_of(uint64_t v, uint32_t x, uint32_t y)
{
    const uint32_t i = x * 4 + y;
    return field(v, 16 + i, 1) << 1 | field(v, i, 1);
}

/* base[0] and base[1] are the colours of the two halves. `transparent`: index 2 is transparent black and the small modifiers are 0. */
static void
halves(uint64_t v, int32_t base[2][3], bool transparent, struct rgba8 *out)
{
    const bool flip = field(v, 32, 1);
    for (uint32_t y = 0; y < 4; y++) {
        for (uint32_t x = 0; x < 4; x++) {
            const int half = (flip ? y : x) >= 2;
            const int16_t *m = modifiers[field(v, half ? 34 : 37, 3)];
            const int32_t i = index_of(v, x, y);
            const int32_t size = i & 1 ? m[1] : transparent ? 0 : m[0], add = i & 2 ? -size : size;
            struct rgba8 *o = &out[y * 4 + x];
            for (int k = 0; k < 3; k++) {
                o->c[k] = (uint8_t)clamp(base[half][k] + add, 0, 255);
            }
            o->c[3] = 255;
            if (transparent && i == 2) {
                *o = (struct rgba8){{0, 0, 0, 0}};
            }
        }
    }
}

/* T and H modes: four colours per block. */
static void
paint(uint64_t v, int32_t colors[4][3], bool transparent, struct rgba8 *out)
{
    for (uint32_t y = 0; y < 4; y++) {
        for (uint32_t x = 0; x < 4; x++) {
            const int32_t i = index_of(v, x, y);
            struct rgba8 *o = &out[y * 4 + x];
            for (int k = 0; k < 3; k++) {
                o->c[k] = (uint8_t)clamp(colors[i][k], 0, 255);
            }
            o->c[3] = 255;
            if (transparent && i == 2) {
                *o = (struct rgba8){{0, 0, 0, 0}};
            }
        }
    }
}

static void
t_mode(uint64_t v, bool transparent, struct rgba8 *out)
{
    const int32_t a[3] = {field(v, 59, 2) << 2 | field(v, 56, 2), field(v, 52, 4), field(v, 48, 4)};
    const int32_t b[3] = {field(v, 44, 4), field(v, 40, 4), field(v, 36, 4)};
    const int32_t d = distances[field(v, 34, 2) << 1 | field(v, 32, 1)];
    int32_t c[4][3];
    for (int k = 0; k < 3; k++) {
        c[0][k] = a[k] * 17;
        c[1][k] = b[k] * 17 + d;
        c[2][k] = b[k] * 17;
        c[3][k] = b[k] * 17 - d;
    }
    paint(v, c, transparent, out);
}

static void
h_mode(uint64_t v, bool transparent, struct rgba8 *out)
{
    const int32_t a[3] = {field(v, 59, 4), field(v, 56, 3) << 1 | field(v, 52, 1), field(v, 51, 1) << 3 | field(v, 47, 3)};
    const int32_t b[3] = {field(v, 43, 4), field(v, 39, 4), field(v, 35, 4)};
    const int32_t order = (a[0] << 8 | a[1] << 4 | a[2]) >= (b[0] << 8 | b[1] << 4 | b[2]); /* the third bit of the distance */
    const int32_t d = distances[field(v, 34, 1) << 2 | field(v, 32, 1) << 1 | order];
    int32_t c[4][3];
    for (int k = 0; k < 3; k++) {
        c[0][k] = a[k] * 17 + d;
        c[1][k] = a[k] * 17 - d;
        c[2][k] = b[k] * 17 + d;
        c[3][k] = b[k] * 17 - d;
    }
    paint(v, c, transparent, out);
}

static void
planar(uint64_t v, struct rgba8 *out)
{
    int32_t o[3] = {field(v, 57, 6), field(v, 56, 1) << 6 | field(v, 49, 6), field(v, 48, 1) << 5 | field(v, 43, 2) << 3 | field(v, 39, 3)};
    int32_t h[3] = {field(v, 34, 5) << 1 | field(v, 32, 1), field(v, 25, 7), field(v, 19, 6)};
    int32_t w[3] = {field(v, 13, 6), field(v, 6, 7), field(v, 0, 6)};
    for (int k = 0; k < 3; k++) {
        int32_t *all[3] = {&o[k], &h[k], &w[k]};
        for (int i = 0; i < 3; i++) {
            *all[i] = k == 1 ? *all[i] << 1 | *all[i] >> 6 : *all[i] << 2 | *all[i] >> 4;
        }
    }
    for (int32_t y = 0; y < 4; y++) {
        for (int32_t x = 0; x < 4; x++) {
            for (int k = 0; k < 3; k++) {
                out[y * 4 + x].c[k] = (uint8_t)clamp((x * (h[k] - o[k]) + y * (w[k] - o[k]) + 4 * o[k] + 2) >> 2, 0, 255);
            }
            out[y * 4 + x].c[3] = 255;
        }
    }
}

/* punch: the format with one bit of alpha, where bit 33 says that the block is opaque and there is no individual mode. */
static void
etc2_rgb(const uint8_t *block, bool punch, struct rgba8 *out)
{
    const uint64_t v = load_be(block);
    const bool bit33 = field(v, 33, 1), transparent = punch && !bit33;
    int32_t base[2][3];
    if (!bit33 && !punch) {
        for (uint32_t k = 0; k < 3; k++) {
            base[0][k] = field(v, 60 - 8 * k, 4) * 17;
            base[1][k] = field(v, 56 - 8 * k, 4) * 17;
        }
        halves(v, base, false, out);
        return;
    }
    for (uint32_t k = 0; k < 3; k++) {
        const int32_t a = field(v, 59 - 8 * k, 5), d = field(v, 56 - 8 * k, 3), b = a + (d >= 4 ? d - 8 : d);
        if (b < 0 || b > 31) { /* an impossible sum selects another mode */
            if (k == 0) {
                t_mode(v, transparent, out);
            } else if (k == 1) {
                h_mode(v, transparent, out);
            } else {
                planar(v, out);
            }
            return;
        }
        base[0][k] = a << 3 | a >> 2;
        base[1][k] = b << 3 | b >> 2;
    }
    halves(v, base, transparent, out);
}

/* The modifiers of indices 0 to 3; those of 4 to 7 are -1 - modifier. */
static const int8_t eac_modifiers[16][4] = {
    {-3, -6, -9, -15}, {-3, -7, -10, -13}, {-2, -5, -8, -13}, {-2, -4, -6, -13}, {-3, -6, -8, -12}, {-3, -7, -9, -11},
    {-4, -7, -8, -11}, {-3, -5, -8, -11},  {-2, -6, -8, -10}, {-2, -5, -8, -10}, {-2, -4, -8, -10}, {-2, -5, -7, -10},
    {-3, -4, -7, -10}, {-1, -2, -3, -10},  {-4, -6, -8, -9},  {-3, -5, -7, -9},
};

static int32_t
eac_modifier(uint64_t v, uint32_t x, uint32_t y)
{
    const int32_t i = field(v, 45 - 3 * (x * 4 + y), 3), m = eac_modifiers[field(v, 48, 4)][i & 3];
    return i & 4 ? -1 - m : m;
}

static void
eac_alpha(const uint8_t *block, struct rgba8 *out)
{
    const uint64_t v = load_be(block);
    for (uint32_t t = 0; t < 16; t++) {
        out[t].c[3] = (uint8_t)clamp(field(v, 56, 8) + eac_modifier(v, t & 3, t >> 2) * field(v, 52, 4), 0, 255);
    }
}

/* 11 bits per channel. */
static void
eac_channel(const uint8_t *block, bool is_signed, int component, union pum_color *out)
{
    const uint64_t v = load_be(block);
    const int32_t mult = field(v, 52, 4);
    int32_t base = field(v, 56, 8);
    if (is_signed) {
        base = (int8_t)base;
        base = base == -128 ? -127 : base;
    }
    for (uint32_t t = 0; t < 16; t++) {
        const int32_t m = eac_modifier(v, t & 3, t >> 2), add = mult ? m * mult * 8 : m;
        out[t].f[component] = is_signed ? (float)(clamp(base * 8 + add, -1023, 1023) / 1023.0)
                                        : (float)(clamp(base * 8 + 4 + add, 0, 2047) / 2047.0);
    }
}

void
pum_etc_decode(enum pum_format f, const uint8_t *block, union pum_color out[16])
{
    if (f >= PUM_FORMAT_EAC_R11_UNORM_BLOCK) {
        const bool is_signed = f == PUM_FORMAT_EAC_R11_SNORM_BLOCK || f == PUM_FORMAT_EAC_R11G11_SNORM_BLOCK;
        for (int t = 0; t < 16; t++) {
            out[t] = (union pum_color){.f = {0, 0, 0, 1}};
        }
        eac_channel(block, is_signed, 0, out);
        if (f == PUM_FORMAT_EAC_R11G11_UNORM_BLOCK || f == PUM_FORMAT_EAC_R11G11_SNORM_BLOCK) {
            eac_channel(block + 8, is_signed, 1, out);
        }
        return;
    }
    struct rgba8 c[16];
    const bool rgba = f == PUM_FORMAT_ETC2_R8G8B8A8_UNORM_BLOCK || f == PUM_FORMAT_ETC2_R8G8B8A8_SRGB_BLOCK;
    const bool punch = f == PUM_FORMAT_ETC2_R8G8B8A1_UNORM_BLOCK || f == PUM_FORMAT_ETC2_R8G8B8A1_SRGB_BLOCK;
    const bool srgb = pum_format_info(f)->type == PUM_SRGB;
    etc2_rgb(rgba ? block + 8 : block, punch, c);
    if (rgba) {
        eac_alpha(block, c);
    }
    for (int t = 0; t < 16; t++) {
        for (int k = 0; k < 4; k++) {
            out[t].f[k] = srgb && k < 3 ? pum_srgb_to_linear(c[t].c[k]) : (float)(c[t].c[k] / 255.0);
        }
    }
}
