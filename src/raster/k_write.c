/* Colour output: blending, logic operations, conversion and store of a block. One generic body driven by data; common formats and
 * blend equations get their own copies with that data constant. Blending is done in float, unfused, in the order of the specification.
 * SPEC: framebuffer-blending, framebuffer-logicop. */
#include "raster/k_convert.h"

/* -------- blending -------- */

struct blend_terms {
    uint8_t src_color, dst_color, color_op, src_alpha, dst_alpha, alpha_op;
};

struct blend_in {
    const f32x16 *s, *s1, *d; /* [4] */
    const float *k;           /* [4] */
};

/* out[i] = v[i] * factor for components [first, end) (3: alpha), without touching values for the factors 0 and 1. The switch stands outside the
 * loop: where the factor is not a constant, that is one jump per term instead of one per component. */
INLINE void
weigh(f32x16 out[4], const f32x16 v[4], const uint32_t f, const uint32_t first, const uint32_t end, const struct blend_in *in)
{
    const f32x16 one = (f32x16)1.0f, *const s = in->s, *const s1 = in->s1, *const d = in->d;
    const float *const k = in->k;
#define TERM(x)                                                                                                                          \
    for (uint32_t i = first; i < end; i++) {                                                                                             \
        out[i] = x;                                                                                                                      \
    }                                                                                                                                    \
    break
    switch (f) {
    case PUM_FACTOR_ZERO: TERM((f32x16)0.0f);
    case PUM_FACTOR_SRC_COLOR: TERM(v[i] * s[i]);
    case PUM_FACTOR_ONE_MINUS_SRC_COLOR: TERM(v[i] * (one - s[i]));
    case PUM_FACTOR_DST_COLOR: TERM(v[i] * d[i]);
    case PUM_FACTOR_ONE_MINUS_DST_COLOR: TERM(v[i] * (one - d[i]));
    case PUM_FACTOR_SRC_ALPHA: TERM(v[i] * s[3]);
    case PUM_FACTOR_ONE_MINUS_SRC_ALPHA: TERM(v[i] * (one - s[3]));
    case PUM_FACTOR_DST_ALPHA: TERM(v[i] * d[3]);
    case PUM_FACTOR_ONE_MINUS_DST_ALPHA: TERM(v[i] * (one - d[3]));
    case PUM_FACTOR_CONSTANT_COLOR: TERM(v[i] * k[i]);
    case PUM_FACTOR_ONE_MINUS_CONSTANT_COLOR: TERM(v[i] * (1.0f - k[i]));
    case PUM_FACTOR_CONSTANT_ALPHA: TERM(v[i] * k[3]);
    case PUM_FACTOR_ONE_MINUS_CONSTANT_ALPHA: TERM(v[i] * (1.0f - k[3]));
    case PUM_FACTOR_SRC_ALPHA_SATURATE: {
        const f32x16 rest = one - d[3], least = s[3] < rest ? s[3] : rest;
        TERM(v[i] * (i == 3 ? one : least));
    }
    case PUM_FACTOR_SRC1_COLOR: TERM(v[i] * s1[i]);
    case PUM_FACTOR_ONE_MINUS_SRC1_COLOR: TERM(v[i] * (one - s1[i]));
    case PUM_FACTOR_SRC1_ALPHA: TERM(v[i] * s1[3]);
    case PUM_FACTOR_ONE_MINUS_SRC1_ALPHA: TERM(v[i] * (one - s1[3]));
    default: TERM(v[i]);
    }
#undef TERM
}
/* The equation for components [first, end). */
INLINE void
equation(f32x16 out[4], const uint32_t op, const uint32_t fs, const uint32_t fd, const uint32_t first, const uint32_t end,
         const struct blend_in *in)
{
    f32x16 s[4], d[4];
    if (op != PUM_BLEND_MIN && op != PUM_BLEND_MAX) {
        weigh(s, in->s, fs, first, end, in);
        weigh(d, in->d, fd, first, end, in);
    }
    for (uint32_t i = first; i < end; i++) {
        switch (op) {
        case PUM_BLEND_SUBTRACT: out[i] = s[i] - d[i]; break;
        case PUM_BLEND_REVERSE_SUBTRACT: out[i] = d[i] - s[i]; break;
        case PUM_BLEND_MIN: out[i] = in->s[i] < in->d[i] ? in->s[i] : in->d[i]; break;
        case PUM_BLEND_MAX: out[i] = in->s[i] > in->d[i] ? in->s[i] : in->d[i]; break;
        default: out[i] = s[i] + d[i]; break;
        }
    }
}

INLINE u32x16
logic(uint32_t op, u32x16 s, u32x16 d)
{
    switch (op) {
    case 0: return (u32x16)0;
    case 1: return s & d;
    case 2: return s & ~d;
    case 3: return s;
    case 4: return ~s & d;
    case 5: return d;
    case 6: return s ^ d;
    case 7: return s | d;
    case 8: return ~(s | d);
    case 9: return ~(s ^ d);
    case 10: return ~d;
    case 11: return s | ~d;
    case 12: return ~s;
    case 13: return ~s | d;
    case 14: return ~(s & d);
    default: return (u32x16)0xffffffffu;
    }
}

enum mode { MODE_REPLACE, MODE_BLEND, MODE_ANY };

INLINE void
write_block(const struct pum_fs_target *t, uint32_t bx, uint32_t by, uint32_t mask, const uint32_t color[4][PUM_LANES],
            const uint32_t color1[4][PUM_LANES], const struct pum_color_format *f, const enum mode mode, const struct blend_terms *terms)
{
    if (!mask) {
        return;
    }
    const struct pum_tile_target *tt = t->blend;
    const struct pum_target_state *st = tt->state;
    const uint32_t texel_B = f->texel_B, words = (texel_B + 3) / 4;
    uint8_t *p = block_address(t->tile, t->layout, t->row_pitch_B, texel_B, t->samples_log2, bx, by);
    const bool whole = mask == 0xffff || rect_has(&tt->whole, bx, by);
    u32x16 c[4] = {load_u(color[0]), load_u(color[1]), load_u(color[2]), load_u(color[3])};
    u32x16 d[4], w[4];
    if (mode == MODE_REPLACE) {
        pack(f, c, w);
        if (mask != 0xffff) {
            if (whole) {
                load_block(d, p, t, texel_B, mask, whole);
                const i32x16 m = lanes_of(mask);
                for (uint32_t k = 0; k < words; k++) {
                    w[k] = select_u(m, w[k], d[k]);
                }
            }
        }
        store_block(p, t, texel_B, w, mask, whole);
        return;
    }
    load_block(d, p, t, texel_B, mask, whole);
    if (mode == MODE_BLEND || st->blend) {
        f32x16 s[4], s1[4], df[4], r[4];
        for (uint32_t i = 0; i < 4; i++) {
            s[i] = blend_clamp(f->kind, as_f(c[i]));
            s1[i] = mode == MODE_ANY && color1 ? blend_clamp(f->kind, load_f(color1[i])) : (f32x16)0.0f;
        }
        unpack(f, d, df);
        const struct blend_in in = {s, s1, df, st->constants};
        equation(r, terms->color_op, terms->src_color, terms->dst_color, 0, 3, &in);
        equation(r, terms->alpha_op, terms->src_alpha, terms->dst_alpha, 3, 4, &in);
        for (uint32_t i = 0; i < 4; i++) {
            /* which NaN an operation gives may depend on the compiler's order of operands */
            c[i] = f->kind == PUM_COLOR_FLOAT ? select_u(r[i] == r[i], as_u(r[i]), (u32x16)0x7fc00000u) : as_u(r[i]);
        }
    }
    pack(f, c, w);
    if (mode == MODE_ANY && st->logic) {
        for (uint32_t k = 0; k < words; k++) {
            w[k] = logic(st->logic_op, w[k], d[k]);
        }
    }
    const i32x16 m = lanes_of(mask);
    for (uint32_t k = 0; k < words; k++) {
        if (mode == MODE_ANY) {
            w[k] = (w[k] & st->word_mask[k]) | (d[k] & ~st->word_mask[k]);
        }
        w[k] = select_u(m, w[k], d[k]);
    }
    store_block(p, t, texel_B, w, mask, whole);
}

#define WRITE_ARGS                                                                                                                      \
    const struct pum_fs_target *t, uint32_t bx, uint32_t by, uint32_t mask, const uint32_t color[4][PUM_LANES],                         \
        const uint32_t color1[4][PUM_LANES]

/* Any format: the body is shared, the format's data come from the state. */
static void
write_any(WRITE_ARGS)
{
    const struct pum_tile_target *tt = t->blend;
    const struct pum_target_state *st = tt->state;
    const struct blend_terms terms = {st->src_color, st->dst_color, st->color_op, st->src_alpha, st->dst_alpha, st->alpha_op};
    write_block(t, bx, by, mask, color, color1, &st->format, MODE_ANY, &terms);
}
static void
write_any_replace(WRITE_ARGS)
{
    const struct pum_tile_target *tt = t->blend;
    write_block(t, bx, by, mask, color, color1, &tt->state->format, MODE_REPLACE, NULL);
}
static void
write_nothing(WRITE_ARGS)
{
    (void)t, (void)bx, (void)by, (void)mask, (void)color, (void)color1;
}

#define FORMAT_RGBA8(k) {k, 4, {8, 8, 8, 8}, {0, 0, 0, 0}, {0, 8, 16, 24}}
#define FORMAT_BGRA8(k) {k, 4, {8, 8, 8, 8}, {0, 0, 0, 0}, {16, 8, 0, 24}}
static const struct pum_color_format rgba8 = FORMAT_RGBA8(PUM_COLOR_UNORM), bgra8 = FORMAT_BGRA8(PUM_COLOR_UNORM),
                                     rgba8s = FORMAT_RGBA8(PUM_COLOR_SRGB), bgra8s = FORMAT_BGRA8(PUM_COLOR_SRGB),
                                     r8 = {PUM_COLOR_UNORM, 1, {8, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}},
                                     rgba16f = {PUM_COLOR_FLOAT, 8, {16, 16, 16, 16}, {0, 0, 1, 1}, {0, 16, 0, 16}},
                                     r32f = {PUM_COLOR_FLOAT, 4, {32, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}},
                                     rgba32f = {PUM_COLOR_FLOAT, 16, {32, 32, 32, 32}, {0, 1, 2, 3}, {0, 0, 0, 0}};

static const struct blend_terms terms_over = {PUM_FACTOR_SRC_ALPHA, PUM_FACTOR_ONE_MINUS_SRC_ALPHA, PUM_BLEND_ADD,
                                              PUM_FACTOR_ONE, PUM_FACTOR_ONE_MINUS_SRC_ALPHA, PUM_BLEND_ADD};
static const struct blend_terms terms_alpha = {PUM_FACTOR_SRC_ALPHA, PUM_FACTOR_ONE_MINUS_SRC_ALPHA, PUM_BLEND_ADD,
                                               PUM_FACTOR_SRC_ALPHA, PUM_FACTOR_ONE_MINUS_SRC_ALPHA, PUM_BLEND_ADD};
static const struct blend_terms terms_premul = {PUM_FACTOR_ONE, PUM_FACTOR_ONE_MINUS_SRC_ALPHA, PUM_BLEND_ADD,
                                                PUM_FACTOR_ONE, PUM_FACTOR_ONE_MINUS_SRC_ALPHA, PUM_BLEND_ADD};
static const struct blend_terms terms_add = {PUM_FACTOR_ONE, PUM_FACTOR_ONE, PUM_BLEND_ADD,
                                             PUM_FACTOR_ONE, PUM_FACTOR_ONE, PUM_BLEND_ADD};
static const struct blend_terms terms_source = {PUM_FACTOR_SRC_ALPHA, PUM_FACTOR_ONE_MINUS_SRC_ALPHA, PUM_BLEND_ADD,
                                                PUM_FACTOR_ONE, PUM_FACTOR_ZERO, PUM_BLEND_ADD}; /* alpha is the source's */
#define TERMS 5
static const struct blend_terms *const terms_list[TERMS] = {&terms_over, &terms_alpha, &terms_premul, &terms_add, &terms_source};

#define REPLACE_FN(format)                                                                                                              \
    static void write_##format##_replace(WRITE_ARGS)                                                                                     \
    {                                                                                                                                    \
        write_block(t, bx, by, mask, color, color1, &format, MODE_REPLACE, NULL);                                                        \
    }
#define BLEND_FN(format, name)                                                                                                          \
    static void write_##format##_##name(WRITE_ARGS)                                                                                      \
    {                                                                                                                                    \
        write_block(t, bx, by, mask, color, color1, &format, MODE_BLEND, &terms_##name);                                                 \
    }
#define ANY_FN(format)                                                                                                                  \
    static void write_##format##_any(WRITE_ARGS)                                                                                         \
    {                                                                                                                                    \
        const struct pum_target_state *st = ((const struct pum_tile_target *)t->blend)->state;                                           \
        const struct blend_terms terms = {st->src_color, st->dst_color, st->color_op, st->src_alpha, st->dst_alpha, st->alpha_op};       \
        write_block(t, bx, by, mask, color, color1, &format, MODE_ANY, &terms);                                                          \
    }
#define BLEND_FNS(format) ANY_FN(format) BLEND_FN(format, over) BLEND_FN(format, alpha) BLEND_FN(format, premul) BLEND_FN(format, add) \
    BLEND_FN(format, source)
REPLACE_FN(rgba8)
REPLACE_FN(bgra8)
REPLACE_FN(rgba8s)
REPLACE_FN(bgra8s)
REPLACE_FN(r8)
REPLACE_FN(rgba16f)
REPLACE_FN(r32f)
REPLACE_FN(rgba32f)
BLEND_FNS(rgba8)
BLEND_FNS(bgra8)
BLEND_FNS(bgra8s)
BLEND_FNS(rgba16f)

static const struct {
    const struct pum_color_format *format;
    pum_target_write_fn replace, any, blend[TERMS]; /* NULL: none of its own */
} fast[] = {
#define WITH_BLEND(format)                                                                                                              \
    {&format, write_##format##_replace, write_##format##_any, {write_##format##_over, write_##format##_alpha, write_##format##_premul,  \
     write_##format##_add, write_##format##_source}}
    WITH_BLEND(rgba8),
    WITH_BLEND(bgra8),
    WITH_BLEND(bgra8s),
    WITH_BLEND(rgba16f),
    {&rgba8s, write_rgba8s_replace, NULL, {0}},
    {&r8, write_r8_replace, NULL, {0}},
    {&r32f, write_r32f_replace, NULL, {0}},
    {&rgba32f, write_rgba32f_replace, NULL, {0}},
};

pum_target_write_fn
PUM_K(pum_k_select_write)(const struct pum_target_state *st, uint8_t layout)
{
    (void)layout;
    if (!st->word_mask[0] && !st->word_mask[1] && !st->word_mask[2] && !st->word_mask[3]) {
        return write_nothing;
    }
    if (st->blend && st->color_op >= PUM_BLEND_ADVANCED) {
        return PUM_K(pum_k_write_advanced);
    }
    const struct blend_terms terms = {st->src_color, st->dst_color, st->color_op, st->src_alpha, st->dst_alpha, st->alpha_op};
    bool all = !st->logic;
    for (uint32_t i = 0; i < 4; i++) {
        const uint32_t keep = st->format.bits[i] == 32 ? 0xffffffffu : (1u << st->format.bits[i]) - 1;
        all = all && (st->word_mask[st->format.word[i]] >> st->format.shift[i] & keep) == keep;
    }
    for (uint32_t k = 0; k < PUM_ARRAY_LEN(fast); k++) {
        if (memcmp(fast[k].format, &st->format, sizeof(st->format)) != 0) {
            continue;
        }
        if (all && !st->blend) {
            return fast[k].replace;
        }
        for (uint32_t i = 0; i < TERMS; i++) {
            if (all && fast[k].blend[i] && memcmp(terms_list[i], &terms, sizeof(terms)) == 0) {
                return fast[k].blend[i];
            }
        }
        return fast[k].any ? fast[k].any : write_any;
    }
    return st->blend || !all ? write_any : write_any_replace;
}
