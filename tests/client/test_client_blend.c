/* Blending, logic operations, write masks and several targets against a scalar reference. SPEC: framebuffer. */
#include "kit.h"

#include "blend_dual_frag.h"
#include "blend_frag.h"
#include "blend_u_frag.h"
#include "blend_vert.h"

#define PX    8
#define N     (PX * PX)
#define MAX_N 4

struct setup {
    struct kit_target t;
    VkPipelineLayout layout;
    VkDescriptorSet set;
    struct kit_buffer source; /* 4 x N colours */
    uint8_t before[MAX_N][N * 16];
};

static bool
blendable(const struct kit *k, VkFormat f)
{
    return kit_format_features(k, f, VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BLEND_BIT;
}

static void
setup_init(struct kit *k, struct setup *s, uint32_t n, const VkFormat *formats)
{
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    kit_target_init(k, &s->t, PX, PX, 1, n, formats, VK_FORMAT_UNDEFINED);
    s->layout = kit_layout(k, 1, &sl, 0);
    s->set = kit_set(k, sl);
    s->source = kit_buffer(k, MAX_N * N * 16, NULL);
    kit_write_buffer(k, s->set, 0, 0, type, s->source.buffer, 0, VK_WHOLE_SIZE);
    uint32_t seed = 3;
    float *f = s->source.data;
    uint32_t *u = s->source.data;
    for (uint32_t i = 0; i < MAX_N * N * 4; i++) {
        if (kit_format_is_int(formats[0])) {
            u[i] = kit_random(&seed) & (kit_format(formats[0])->c[0].bits == 8 ? 0xffu : 0xffffu); /* what does not fit is undefined */
        } else {
            f[i] = (float)(kit_random(&seed) % 1024) / 1023.0f * 1.5f - 0.25f; /* beyond both ends of normalised formats */
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        kit_noise_texels(formats[i], s->before[i], N, 40 + i);
    }
}

static void
run(struct kit *k, struct setup *s, VkPipeline pipe)
{
    for (uint32_t i = 0; i < s->t.n; i++) {
        kit_upload(k, &s->t.color[i], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, s->before[i]);
    }
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_resume(cmd, &s->t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, s->layout, 0, 1, &s->set, 0, NULL);
    vkCmdDraw(cmd, 3, 1, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
}

/* ---- reference ---- */

static double
factor(VkBlendFactor f, int c, const double *s, const double *s1, const double *d, const double *k)
{
    switch ((int)f) {
    case VK_BLEND_FACTOR_ZERO: return 0;
    case VK_BLEND_FACTOR_ONE: return 1;
    case VK_BLEND_FACTOR_SRC_COLOR: return s[c];
    case VK_BLEND_FACTOR_ONE_MINUS_SRC_COLOR: return 1 - s[c];
    case VK_BLEND_FACTOR_DST_COLOR: return d[c];
    case VK_BLEND_FACTOR_ONE_MINUS_DST_COLOR: return 1 - d[c];
    case VK_BLEND_FACTOR_SRC_ALPHA: return s[3];
    case VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA: return 1 - s[3];
    case VK_BLEND_FACTOR_DST_ALPHA: return d[3];
    case VK_BLEND_FACTOR_ONE_MINUS_DST_ALPHA: return 1 - d[3];
    case VK_BLEND_FACTOR_CONSTANT_COLOR: return k[c];
    case VK_BLEND_FACTOR_ONE_MINUS_CONSTANT_COLOR: return 1 - k[c];
    case VK_BLEND_FACTOR_CONSTANT_ALPHA: return k[3];
    case VK_BLEND_FACTOR_ONE_MINUS_CONSTANT_ALPHA: return 1 - k[3];
    case VK_BLEND_FACTOR_SRC_ALPHA_SATURATE: return c == 3 ? 1 : fmin(s[3], 1 - d[3]);
    case VK_BLEND_FACTOR_SRC1_COLOR: return s1[c];
    case VK_BLEND_FACTOR_ONE_MINUS_SRC1_COLOR: return 1 - s1[c];
    case VK_BLEND_FACTOR_SRC1_ALPHA: return s1[3];
    default: return 1 - s1[3];
    }
}

static double
combine(VkBlendOp op, double s, double sf, double d, double df)
{
    switch ((int)op) {
    case VK_BLEND_OP_ADD: return s * sf + d * df;
    case VK_BLEND_OP_SUBTRACT: return s * sf - d * df;
    case VK_BLEND_OP_REVERSE_SUBTRACT: return d * df - s * sf;
    case VK_BLEND_OP_MIN: return fmin(s, d);
    default: return fmax(s, d);
    }
}

static double
into_range(VkFormat format, double v)
{
    const enum kit_numeric n = kit_format(format)->c[0].numeric;
    const bool srgb = kit_format_is_srgb(format);
    return n == KIT_UNORM || srgb ? fmin(fmax(v, 0), 1) : n == KIT_SNORM ? fmin(fmax(v, -1), 1) : v;
}

static void
reference(const VkPipelineColorBlendAttachmentState *b, VkFormat format, const float *src, const float *src1, const void *before,
          const float constants[4], void *out)
{
    const union kit_texel dst = kit_unpack(format, before);
    union kit_texel r = dst;
    double s[4], s1[4], c[4];
    for (int i = 0; i < 4; i++) {
        s[i] = into_range(format, (double)src[i]);
        s1[i] = into_range(format, (double)src1[i]);
        c[i] = into_range(format, (double)constants[i]);
    }
    for (int i = 0; i < 4; i++) {
        if (!(b->colorWriteMask >> i & 1)) {
            continue;
        }
        const bool alpha = i == 3;
        r.f[i] = !b->blendEnable ? s[i]
                                 : combine(alpha ? b->alphaBlendOp : b->colorBlendOp, s[i],
                                           factor(alpha ? b->srcAlphaBlendFactor : b->srcColorBlendFactor, i, s, s1, dst.f, c), dst.f[i],
                                           factor(alpha ? b->dstAlphaBlendFactor : b->dstColorBlendFactor, i, s, s1, dst.f, c));
    }
    kit_pack(format, r, out);
}

/* In units of the last place for normalised formats, relative to the larger of the values and 1 for floats. */
static double
error(VkFormat format, const void *got, const void *want)
{
    const struct kit_format_info *f = kit_format(format);
    const union kit_texel g = kit_unpack(format, got), w = kit_unpack(format, want);
    double worst = 0;
    for (unsigned i = 0; i < f->n; i++) {
        const unsigned c = f->c[i].name == 'G' ? 1 : f->c[i].name == 'B' ? 2 : f->c[i].name == 'A' ? 3 : 0;
        const double codes = ldexp(1.0, (int)f->c[i].bits - (f->c[i].numeric == KIT_SNORM)) - 1;
        const bool norm = f->c[i].numeric == KIT_UNORM || f->c[i].numeric == KIT_SNORM;
        const double e = norm                          ? fabs(g.f[c] - w.f[c]) * codes
                         : f->c[i].numeric == KIT_SRGB ? fabs(kit_linear_to_srgb(g.f[c]) - kit_linear_to_srgb(w.f[c])) * codes
                                                       : fabs(g.f[c] - w.f[c]) / fmax(1, fabs(w.f[c]));
        worst = fmax(worst, e);
    }
    return worst;
}

static double
tolerance(VkFormat format)
{
    const struct kit_format_info *f = kit_format(format);
    return f->c[0].numeric == KIT_SFLOAT   ? (f->c[0].bits == 32 ? 1e-5 : 2e-3)
           : f->c[0].numeric == KIT_UFLOAT ? 0.04
           : f->c[0].bits == 16            ? 2.0
                                           : 1.01;
}

static void
check(struct kit *k, const struct setup *s, uint32_t target, const VkPipelineColorBlendAttachmentState *b, bool dual,
      const float constants[4])
{
    const VkFormat format = s->t.formats[target];
    const uint32_t B = kit_format(format)->block_B;
    const uint8_t *got = kit_read(k, &s->t.color[target], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    const float *src = s->source.data;
    for (uint32_t i = 0; i < N; i++) {
        uint8_t want[16];
        reference(b, format, src + (target * N + i) * 4, src + ((dual ? N : 0) + i) * 4, s->before[target] + i * B, constants, want);
        const double e = error(format, got + i * B, want);
        /* Each factor, product and sum may be rounded to the target's precision. */
        REQUIRE(k, e <= (kit_ours(k) ? 1 : 2) * tolerance(format), "%s: factors %d %d, %d %d, ops %d %d, mask %#x, pixel %u: off by %g", kit_format(format)->name,
                b->srcColorBlendFactor, b->dstColorBlendFactor, b->srcAlphaBlendFactor, b->dstAlphaBlendFactor, b->colorBlendOp,
                b->alphaBlendOp, b->colorWriteMask, i, e);
    }
}

static void
blend_once(struct kit *k, struct setup *s, const VkPipelineColorBlendAttachmentState *b, bool dual)
{
    static const float constants[4] = {0.2f, 0.9f, 1.25f, 0.4f};
    struct kit_graphics g;
    kit_graphics_init(k, &g, &s->t, s->layout, KIT_CODE(blend_vert), dual ? blend_dual_frag : blend_frag,
                      dual ? sizeof(blend_dual_frag) : sizeof(blend_frag));
    g.targets[0] = *b;
    memcpy(g.blend.blendConstants, constants, sizeof(constants));
    run(k, s, kit_graphics_create(k, &g));
    check(k, s, 0, b, dual, constants);
}

/* Every pair of factors for the colour, turned by some for alpha. */
static void
factors(struct kit *k, VkFormat format, uint32_t first, uint32_t last, bool dual)
{
    struct setup s;
    setup_init(k, &s, 1, &format);
    for (uint32_t a = 0; a <= last; a++) {
        for (uint32_t b = 0; b <= last; b++) {
            if (a < first && b < first) {
                continue;
            }
            const VkPipelineColorBlendAttachmentState state = {VK_TRUE,
                                                               (VkBlendFactor)a,
                                                               (VkBlendFactor)b,
                                                               VK_BLEND_OP_ADD,
                                                               (VkBlendFactor)((a * 3 + b) % (last + 1)),
                                                               (VkBlendFactor)((b * 5 + a + 1) % (last + 1)),
                                                               VK_BLEND_OP_ADD,
                                                               15};
            blend_once(k, &s, &state, dual);
        }
    }
}

static void
case_factors_unorm(struct kit *k)
{
    factors(k, VK_FORMAT_R8G8B8A8_UNORM, 0, VK_BLEND_FACTOR_SRC_ALPHA_SATURATE, false);
}

static void
case_factors_float(struct kit *k)
{
    factors(k, VK_FORMAT_R32G32B32A32_SFLOAT, 0, VK_BLEND_FACTOR_SRC_ALPHA_SATURATE, false);
}

static void
case_dual_source(struct kit *k)
{
    SKIP_UNLESS(k, k->features.dualSrcBlend, "no dualSrcBlend");
    factors(k, VK_FORMAT_R8G8B8A8_UNORM, VK_BLEND_FACTOR_SRC1_COLOR, VK_BLEND_FACTOR_ONE_MINUS_SRC1_ALPHA, true);
}

/* Some states on every format that blends. */
static void
case_formats(struct kit *k)
{
    static const VkPipelineColorBlendAttachmentState states[] = {
        {VK_TRUE, VK_BLEND_FACTOR_SRC_ALPHA, VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA, VK_BLEND_OP_ADD, VK_BLEND_FACTOR_ONE,
         VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA, VK_BLEND_OP_ADD, 15},
        {VK_TRUE, VK_BLEND_FACTOR_ONE, VK_BLEND_FACTOR_ONE, VK_BLEND_OP_SUBTRACT, VK_BLEND_FACTOR_ONE, VK_BLEND_FACTOR_ONE,
         VK_BLEND_OP_REVERSE_SUBTRACT, 15},
        {VK_TRUE, VK_BLEND_FACTOR_DST_COLOR, VK_BLEND_FACTOR_CONSTANT_ALPHA, VK_BLEND_OP_REVERSE_SUBTRACT,
         VK_BLEND_FACTOR_ONE_MINUS_CONSTANT_ALPHA, VK_BLEND_FACTOR_SRC_ALPHA, VK_BLEND_OP_SUBTRACT, 15},
        {VK_TRUE, VK_BLEND_FACTOR_ZERO, VK_BLEND_FACTOR_ZERO, VK_BLEND_OP_MIN, VK_BLEND_FACTOR_ONE, VK_BLEND_FACTOR_ONE, VK_BLEND_OP_MAX,
         15},
        {VK_TRUE, VK_BLEND_FACTOR_ONE, VK_BLEND_FACTOR_ONE_MINUS_DST_ALPHA, VK_BLEND_OP_MAX, VK_BLEND_FACTOR_ZERO, VK_BLEND_FACTOR_ONE,
         VK_BLEND_OP_MIN, 7},
        {VK_TRUE, VK_BLEND_FACTOR_SRC_COLOR, VK_BLEND_FACTOR_DST_ALPHA, VK_BLEND_OP_ADD, VK_BLEND_FACTOR_DST_ALPHA,
         VK_BLEND_FACTOR_DST_COLOR, VK_BLEND_OP_ADD, 10},
        {VK_FALSE, VK_BLEND_FACTOR_ZERO, VK_BLEND_FACTOR_ZERO, VK_BLEND_OP_ADD, VK_BLEND_FACTOR_ZERO, VK_BLEND_FACTOR_ZERO, VK_BLEND_OP_ADD,
         15},
    };
    uint32_t n = 0;
    for (size_t i = 0; i < kit_n_format_infos; i++) {
        const struct kit_format_info *f = &kit_format_infos[i];
        if (f->chroma || f->compressed || !kit_format_defined(k, f) || !blendable(k, f->format)) {
            continue;
        }
        n++;
        struct setup s;
        setup_init(k, &s, 1, &f->format);
        for (size_t b = 0; b < ARRAY_LEN(states); b++) {
            blend_once(k, &s, &states[b], false);
        }
    }
    printf("  %u formats\n", n);
}

static void
case_write_masks(struct kit *k)
{
    static const VkFormat formats[] = {VK_FORMAT_R8G8B8A8_UNORM,           VK_FORMAT_B8G8R8A8_UNORM, VK_FORMAT_R5G6B5_UNORM_PACK16,
                                       VK_FORMAT_A2B10G10R10_UNORM_PACK32, VK_FORMAT_R16G16_SFLOAT,  VK_FORMAT_R32G32B32A32_SFLOAT,
                                       VK_FORMAT_B10G11R11_UFLOAT_PACK32,  VK_FORMAT_R8G8B8A8_SRGB};
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        if (!blendable(k, formats[i])) {
            continue;
        }
        struct setup s;
        setup_init(k, &s, 1, &formats[i]);
        for (uint32_t mask = 0; mask < 16; mask++) {
            for (uint32_t blend = 0; blend < 2; blend++) {
                const VkPipelineColorBlendAttachmentState b = {blend,
                                                               VK_BLEND_FACTOR_ONE,
                                                               VK_BLEND_FACTOR_ONE,
                                                               VK_BLEND_OP_ADD,
                                                               VK_BLEND_FACTOR_ONE,
                                                               VK_BLEND_FACTOR_ZERO,
                                                               VK_BLEND_OP_ADD,
                                                               mask};
                blend_once(k, &s, &b, false);
            }
        }
    }
}

/* Four targets of different formats, each blending its own way. */
static void
case_targets(struct kit *k)
{
    SKIP_UNLESS(k, k->features.independentBlend, "no independentBlend");
    static const VkFormat formats[4] = {VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_R16G16B16A16_SFLOAT, VK_FORMAT_R5G6B5_UNORM_PACK16,
                                        VK_FORMAT_R8_UNORM};
    static const VkPipelineColorBlendAttachmentState states[4] = {
        {VK_TRUE, VK_BLEND_FACTOR_SRC_ALPHA, VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA, VK_BLEND_OP_ADD, VK_BLEND_FACTOR_ONE,
         VK_BLEND_FACTOR_ZERO, VK_BLEND_OP_ADD, 15},
        {VK_FALSE, VK_BLEND_FACTOR_ZERO, VK_BLEND_FACTOR_ZERO, VK_BLEND_OP_ADD, VK_BLEND_FACTOR_ZERO, VK_BLEND_FACTOR_ZERO, VK_BLEND_OP_ADD,
         5},
        {VK_TRUE, VK_BLEND_FACTOR_ONE, VK_BLEND_FACTOR_ONE, VK_BLEND_OP_MAX, VK_BLEND_FACTOR_ONE, VK_BLEND_FACTOR_ONE, VK_BLEND_OP_MAX, 15},
        {VK_TRUE, VK_BLEND_FACTOR_CONSTANT_COLOR, VK_BLEND_FACTOR_SRC_COLOR, VK_BLEND_OP_ADD, VK_BLEND_FACTOR_ONE, VK_BLEND_FACTOR_ONE,
         VK_BLEND_OP_ADD, 15},
    };
    struct setup s;
    struct kit_graphics g;
    setup_init(k, &s, 4, formats);
    kit_graphics_init(k, &g, &s.t, s.layout, KIT_CODE(blend_vert), KIT_CODE(blend_frag));
    memcpy(g.targets, states, sizeof(states));
    kit_graphics_dynamic(&g, VK_DYNAMIC_STATE_BLEND_CONSTANTS);
    static const float constants[4] = {0.7f, 0.1f, 0.3f, 0.5f};
    const VkPipeline pipe = kit_graphics_create(k, &g);
    for (uint32_t i = 0; i < s.t.n; i++) {
        kit_upload(k, &s.t.color[i], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, s.before[i]);
    }
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_resume(cmd, &s.t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, s.layout, 0, 1, &s.set, 0, NULL);
    vkCmdSetBlendConstants(cmd, constants);
    vkCmdDraw(cmd, 3, 1, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    for (uint32_t i = 0; i < 4; i++) {
        check(k, &s, i, &states[i], false, constants);
    }
}

static uint32_t
logic(VkLogicOp op, uint32_t s, uint32_t d)
{
    switch ((int)op) {
    case VK_LOGIC_OP_CLEAR: return 0;
    case VK_LOGIC_OP_AND: return s & d;
    case VK_LOGIC_OP_AND_REVERSE: return s & ~d;
    case VK_LOGIC_OP_COPY: return s;
    case VK_LOGIC_OP_AND_INVERTED: return ~s & d;
    case VK_LOGIC_OP_NO_OP: return d;
    case VK_LOGIC_OP_XOR: return s ^ d;
    case VK_LOGIC_OP_OR: return s | d;
    case VK_LOGIC_OP_NOR: return ~(s | d);
    case VK_LOGIC_OP_EQUIVALENT: return ~(s ^ d);
    case VK_LOGIC_OP_INVERT: return ~d;
    case VK_LOGIC_OP_OR_REVERSE: return s | ~d;
    case VK_LOGIC_OP_COPY_INVERTED: return ~s;
    case VK_LOGIC_OP_OR_INVERTED: return ~s | d;
    case VK_LOGIC_OP_NAND: return ~(s & d);
    default: return UINT32_MAX;
    }
}

/* Bits of integer and normalised targets; floats and sRGB take the colour as it is. */
static void
case_logic_ops(struct kit *k)
{
    SKIP_UNLESS(k, k->features.logicOp, "no logicOp");
    static const VkFormat formats[] = {VK_FORMAT_R8G8B8A8_UINT,
                                       VK_FORMAT_R16G16B16A16_UINT,
                                       VK_FORMAT_R32G32_UINT,
                                       VK_FORMAT_R8G8B8A8_UNORM,
                                       VK_FORMAT_B8G8R8A8_UNORM,
                                       VK_FORMAT_R5G6B5_UNORM_PACK16,
                                       VK_FORMAT_A2B10G10R10_UNORM_PACK32,
                                       VK_FORMAT_R32G32B32A32_SFLOAT,
                                       VK_FORMAT_R8G8B8A8_SRGB};
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        const VkFormat format = formats[i];
        const uint32_t B = kit_format(format)->block_B;
        const bool is_int = kit_format_is_int(format), bits = is_int || kit_format(format)->c[0].numeric == KIT_UNORM;
        const bool through = kit_format_is_srgb(format) || !bits;
        if (!(kit_format_features(k, format, VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BIT)) {
            continue;
        }
        struct setup s;
        setup_init(k, &s, 1, &format);
        for (uint32_t op = 0; op < 16; op++) {
            struct kit_graphics g;
            const uint32_t mask = op % 3 ? 15 : 6;
            kit_graphics_init(k, &g, &s.t, s.layout, KIT_CODE(blend_vert), is_int ? blend_u_frag : blend_frag,
                              is_int ? sizeof(blend_u_frag) : sizeof(blend_frag));
            g.blend.logicOpEnable = VK_TRUE;
            g.blend.logicOp = (VkLogicOp)op;
            g.targets[0].colorWriteMask = mask;
            run(k, &s, kit_graphics_create(k, &g));
            const uint8_t *got = kit_read(k, &s.t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
            for (uint32_t p = 0; p < N; p++) {
                union kit_texel src, keep = kit_unpack(format, s.before[0] + p * B);
                uint8_t s_bits[16], want[16];
                bool unsure = false;
                for (int c = 0; c < 4; c++) {
                    if (is_int) {
                        src.i[c] = ((const uint32_t *)s.source.data)[p * 4 + c];
                    } else {
                        src.f[c] = (double)((const float *)s.source.data)[p * 4 + c];
                    }
                }
                kit_pack(format, src, s_bits);
                for (uint32_t b = 0; b < B; b++) {
                    want[b] = through ? s_bits[b] : (uint8_t)logic((VkLogicOp)op, s_bits[b], s.before[0][p * B + b]);
                }
                union kit_texel t = kit_unpack(format, want);
                for (int c = 0; c < 4; c++) {
                    if (!(mask >> c & 1)) {
                        t.i[c] = keep.i[c];
                    }
                }
                kit_pack(format, t, want);
                for (unsigned c = 0; c < kit_format(format)->n && !is_int && !kit_ours(k); c++) { /* either of the nearest codes may go into it */
                    const double v = src.f[c] * (ldexp(1, kit_format(format)->c[c].bits) - 1);
                    unsure = unsure || fabs(v - rint(v)) > 0.02;
                }
                const bool same = unsure || (through ? error(format, got + p * B, want) <= 1.01 : memcmp(got + p * B, want, B) == 0);
                REQUIRE(k, same, "%s, logic op %u, pixel %u: %02x %02x.., not %02x %02x..", kit_format(format)->name, op, p, got[p * B],
                        got[p * B + 1], want[0], want[1]);
            }
        }
    }
}

static const struct kit_case cases[] = {
    {"factors_unorm", case_factors_unorm}, {"factors_float", case_factors_float},
    {"dual_source", case_dual_source},     {"formats", case_formats},
    {"write_masks", case_write_masks},     {"targets", case_targets},
    {"logic_ops", case_logic_ops},
};
KIT_MAIN(cases)
