/* The 46 operations of VK_EXT_blend_operation_advanced against a scalar reference in double: overlaps, colours multiplied by alpha or not, formats,
 * targets that blend each their own way, order, the dynamic state. SPEC: framebuffer-blend-advanced. */
#include "kit.h"

#include "blend_frag.h"
#include "blend_vert.h"

#define PX    8
#define N     (PX * PX)
#define MAX_N 8
#define FIRST VK_BLEND_OP_ZERO_EXT
#define OPS   (VK_BLEND_OP_BLUE_EXT - VK_BLEND_OP_ZERO_EXT + 1)
#define FLOATS VK_FORMAT_R32G32B32A32_SFLOAT

static const char *const overlap_names[] = {"uncorrelated", "disjoint", "conjoint"};

/* ---- reference ---- */

struct how {
    VkBlendOp op;
    VkBool32 src_premultiplied, dst_premultiplied;
    VkBlendOverlapEXT overlap;
    VkBool32 clamp;
};

static double
lum(const double *c)
{
    return 0.30 * c[0] + 0.59 * c[1] + 0.11 * c[2];
}

static void
set_lum(double *out, const double *base, const double *of)
{
    for (int i = 0; i < 3; i++) {
        out[i] = base[i] + lum(of) - lum(base);
    }
    const double l = lum(out), lo = fmin(out[0], fmin(out[1], out[2])), hi = fmax(out[0], fmax(out[1], out[2]));
    for (int i = 0; i < 3; i++) {
        if (lo < 0) {
            out[i] = l + (out[i] - l) * l / (l - lo);
        }
        if (hi > 1) {
            out[i] = l + (out[i] - l) * (1 - l) / (hi - l);
        }
    }
}

static void
set_lum_sat(double *out, const double *base, const double *sat, const double *of)
{
    const double lo = fmin(base[0], fmin(base[1], base[2])), range = fmax(base[0], fmax(base[1], base[2])) - lo;
    const double want = fmax(sat[0], fmax(sat[1], sat[2])) - fmin(sat[0], fmin(sat[1], sat[2]));
    double c[3];
    for (int i = 0; i < 3; i++) {
        c[i] = range > 0 ? (base[i] - lo) * want / range : 0;
    }
    set_lum(out, c, of);
}

static double
separable(VkBlendOp op, double s, double d)
{
    switch ((int)op) {
    case VK_BLEND_OP_SRC_EXT:
    case VK_BLEND_OP_SRC_OVER_EXT:
    case VK_BLEND_OP_SRC_IN_EXT:
    case VK_BLEND_OP_SRC_ATOP_EXT: return s;
    case VK_BLEND_OP_DST_EXT:
    case VK_BLEND_OP_DST_OVER_EXT:
    case VK_BLEND_OP_DST_IN_EXT:
    case VK_BLEND_OP_DST_ATOP_EXT: return d;
    case VK_BLEND_OP_MULTIPLY_EXT: return s * d;
    case VK_BLEND_OP_SCREEN_EXT: return s + d - s * d;
    case VK_BLEND_OP_OVERLAY_EXT: return d <= 0.5 ? 2 * s * d : 1 - 2 * (1 - s) * (1 - d);
    case VK_BLEND_OP_DARKEN_EXT: return fmin(s, d);
    case VK_BLEND_OP_LIGHTEN_EXT: return fmax(s, d);
    case VK_BLEND_OP_COLORDODGE_EXT: return d <= 0 ? 0 : s >= 1 ? 1 : fmin(1, d / (1 - s));
    case VK_BLEND_OP_COLORBURN_EXT: return d >= 1 ? 1 : s <= 0 ? 0 : 1 - fmin(1, (1 - d) / s);
    case VK_BLEND_OP_HARDLIGHT_EXT: return s <= 0.5 ? 2 * s * d : 1 - 2 * (1 - s) * (1 - d);
    case VK_BLEND_OP_SOFTLIGHT_EXT:
        return s <= 0.5    ? d - (1 - 2 * s) * d * (1 - d)
               : d <= 0.25 ? d + (2 * s - 1) * d * ((16 * d - 12) * d + 3)
                           : d + (2 * s - 1) * (sqrt(d) - d);
    case VK_BLEND_OP_DIFFERENCE_EXT: return fabs(d - s);
    case VK_BLEND_OP_EXCLUSION_EXT: return s + d - 2 * s * d;
    case VK_BLEND_OP_INVERT_EXT: return 1 - d;
    case VK_BLEND_OP_INVERT_RGB_EXT: return s * (1 - d);
    case VK_BLEND_OP_LINEARDODGE_EXT: return fmin(1, s + d);
    case VK_BLEND_OP_LINEARBURN_EXT: return fmax(0, s + d - 1);
    case VK_BLEND_OP_VIVIDLIGHT_EXT:
        return s <= 0 ? 0 : s < 0.5 ? 1 - fmin(1, (1 - d) / (2 * s)) : s < 1 ? fmin(1, d / (2 * (1 - s))) : 1;
    case VK_BLEND_OP_LINEARLIGHT_EXT: return fmin(1, fmax(0, 2 * s + d - 1));
    case VK_BLEND_OP_PINLIGHT_EXT: return 2 * s - 1 > d ? (s < 0.5 ? 0 : 2 * s - 1) : s < 0.5 * d ? 2 * s : d;
    case VK_BLEND_OP_HARDMIX_EXT: return s + d < 1 ? 0 : 1;
    default: return 0; /* ZERO, SRC_OUT, DST_OUT, XOR */
    }
}

/* X, Y, Z of the tables, as digits. */
static int
terms(VkBlendOp op)
{
    switch ((int)op) {
    case VK_BLEND_OP_ZERO_EXT: return 0;
    case VK_BLEND_OP_SRC_EXT:
    case VK_BLEND_OP_DST_ATOP_EXT: return 110;
    case VK_BLEND_OP_DST_EXT:
    case VK_BLEND_OP_SRC_ATOP_EXT:
    case VK_BLEND_OP_INVERT_EXT:
    case VK_BLEND_OP_INVERT_RGB_EXT: return 101;
    case VK_BLEND_OP_SRC_IN_EXT:
    case VK_BLEND_OP_DST_IN_EXT: return 100;
    case VK_BLEND_OP_SRC_OUT_EXT: return 10;
    case VK_BLEND_OP_DST_OUT_EXT: return 1;
    case VK_BLEND_OP_XOR_EXT: return 11;
    default: return 111;
    }
}

static void
portions(VkBlendOverlapEXT overlap, double s, double d, double p[3])
{
    p[0] = overlap == VK_BLEND_OVERLAP_UNCORRELATED_EXT ? s * d : overlap == VK_BLEND_OVERLAP_CONJOINT_EXT ? fmin(s, d) : fmax(s + d - 1, 0);
    p[1] = overlap == VK_BLEND_OVERLAP_UNCORRELATED_EXT ? s * (1 - d) : overlap == VK_BLEND_OVERLAP_CONJOINT_EXT ? fmax(s - d, 0) : fmin(s, 1 - d);
    p[2] = overlap == VK_BLEND_OVERLAP_UNCORRELATED_EXT ? d * (1 - s) : overlap == VK_BLEND_OVERLAP_CONJOINT_EXT ? fmax(d - s, 0) : fmin(d, 1 - s);
}

static void
with_coverage(const struct how *h, const double *src, const double *dst, double *r)
{
    double s[3], d[3], f[3], p[3];
    for (int i = 0; i < 3; i++) {
        s[i] = !h->src_premultiplied ? src[i] : src[3] == 0 ? 0 : src[i] / src[3];
        d[i] = !h->dst_premultiplied ? dst[i] : dst[3] == 0 ? 0 : dst[i] / dst[3];
        f[i] = separable(h->op, s[i], d[i]);
    }
    if (h->op == VK_BLEND_OP_HSL_HUE_EXT) {
        set_lum_sat(f, s, d, d);
    } else if (h->op == VK_BLEND_OP_HSL_SATURATION_EXT) {
        set_lum_sat(f, d, s, d);
    } else if (h->op == VK_BLEND_OP_HSL_COLOR_EXT) {
        set_lum(f, s, d);
    } else if (h->op == VK_BLEND_OP_HSL_LUMINOSITY_EXT) {
        set_lum(f, d, s);
    }
    portions(h->overlap, src[3], dst[3], p);
    const int t = terms(h->op), x = t / 100, y = t / 10 % 10, z = t % 10;
    for (int i = 0; i < 3; i++) {
        r[i] = f[i] * p[0] + y * s[i] * p[1] + z * d[i] * p[2];
    }
    r[3] = x * p[0] + y * p[1] + z * p[2];
}

static void
on_colors(const struct how *h, const double *src, const double *dst, double *r)
{
    double s[4], d[4];
    for (int i = 0; i < 4; i++) {
        s[i] = src[i] * (i < 3 && !h->src_premultiplied ? src[3] : 1);
        d[i] = dst[i] * (i < 3 && !h->dst_premultiplied ? dst[3] : 1);
    }
    const double all = fmin(1, s[3] + d[3]);
    for (int i = 0; i < 4; i++) {
        switch ((int)h->op) {
        case VK_BLEND_OP_PLUS_EXT: r[i] = s[i] + d[i]; break;
        case VK_BLEND_OP_PLUS_CLAMPED_EXT: r[i] = fmin(1, s[i] + d[i]); break;
        case VK_BLEND_OP_PLUS_CLAMPED_ALPHA_EXT: r[i] = fmin(all, s[i] + d[i]); break;
        case VK_BLEND_OP_PLUS_DARKER_EXT: r[i] = i == 3 ? all : fmax(0, all - ((s[3] - s[i]) + (d[3] - d[i]))); break;
        case VK_BLEND_OP_MINUS_EXT: r[i] = d[i] - s[i]; break;
        case VK_BLEND_OP_MINUS_CLAMPED_EXT: r[i] = fmax(0, d[i] - s[i]); break;
        case VK_BLEND_OP_CONTRAST_EXT: r[i] = i == 3 ? d[3] : d[3] / 2 + 2 * (d[i] - d[3] / 2) * (s[i] - s[3] / 2); break;
        case VK_BLEND_OP_INVERT_OVG_EXT: r[i] = i == 3 ? s[3] + d[3] - s[3] * d[3] : s[3] * (1 - d[i]) + (1 - s[3]) * d[i]; break;
        case VK_BLEND_OP_RED_EXT: r[i] = i == 0 ? s[i] : d[i]; break;
        case VK_BLEND_OP_GREEN_EXT: r[i] = i == 1 ? s[i] : d[i]; break;
        default: r[i] = i == 2 ? s[i] : d[i]; break;
        }
    }
}

/* False: the specification leaves what comes out open. */
static bool
reference(const struct how *h, const double *src, const double *dst, double *r)
{
    if (h->op < VK_BLEND_OP_PLUS_EXT) {
        with_coverage(h, src, dst, r);
    } else {
        on_colors(h, src, dst, r);
    }
    if (r[3] < 0 || (r[3] == 0 && (r[0] != 0 || r[1] != 0 || r[2] != 0))) {
        return false;
    }
    for (int i = 0; i < 3 && !h->dst_premultiplied && r[3] != 0; i++) {
        r[i] /= r[3];
    }
    for (int i = 0; i < 4 && h->clamp; i++) {
        r[i] = fmin(1, fmax(0, r[i]));
    }
    return true;
}

/* ---- set-up ---- */

struct setup {
    struct kit_target t;
    VkPipelineLayout layout;
    VkDescriptorSet set;
    struct kit_buffer source;          /* MAX_N x N colours */
    uint8_t before[MAX_N][N * 16];
};

static const VkPhysicalDeviceBlendOperationAdvancedPropertiesEXT *
limits(struct kit *k)
{
    static VkPhysicalDeviceBlendOperationAdvancedPropertiesEXT p;
    p = (VkPhysicalDeviceBlendOperationAdvancedPropertiesEXT){.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_BLEND_OPERATION_ADVANCED_PROPERTIES_EXT};
    VkPhysicalDeviceProperties2 two = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &p};
    k->vk.GetPhysicalDeviceProperties2(k->physical, &two);
    return &p;
}

/* Sixteenths times quarters of alpha: products and quotients are exact, so that no branch depends on rounding. */
static void
grid_color(float *c, uint32_t *seed, bool premultiplied)
{
    const uint32_t a = kit_random(seed) % 8;
    c[3] = a > 4 ? 1.0f : (float)a / 4.0f;
    for (int i = 0; i < 3; i++) {
        c[i] = (float)(kit_random(seed) % 17) / 16.0f * (premultiplied ? c[3] : c[3] > 0 ? 1.0f : 0.0f);
    }
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
}

static void
colors(struct setup *s, const struct how *h, uint32_t seed)
{
    float *src = s->source.data;
    for (uint32_t i = 0; i < MAX_N * N; i++) {
        grid_color(src + i * 4, &seed, h->src_premultiplied);
    }
    for (uint32_t t = 0; t < s->t.n; t++) {
        for (uint32_t i = 0; i < N; i++) {
            float c[4];
            grid_color(c, &seed, h->dst_premultiplied);
            kit_pack(s->t.formats[t], (union kit_texel){.f = {(double)c[0], (double)c[1], (double)c[2], (double)c[3]}},
                     s->before[t] + i * kit_format(s->t.formats[t])->block_B);
        }
    }
}

/* Points into itself. */
struct blend {
    struct kit_graphics g;
    VkPipelineColorBlendAdvancedStateCreateInfoEXT advanced;
};

static void
blend_init(struct kit *k, struct blend *b, const struct setup *s, const struct how *h)
{
    kit_graphics_init(k, &b->g, &s->t, s->layout, KIT_CODE(blend_vert), KIT_CODE(blend_frag));
    b->advanced = (VkPipelineColorBlendAdvancedStateCreateInfoEXT){.sType = VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_ADVANCED_STATE_CREATE_INFO_EXT,
                                                                   .srcPremultiplied = h->src_premultiplied, .dstPremultiplied = h->dst_premultiplied,
                                                                   .blendOverlap = h->overlap};
    if (!h->src_premultiplied || !h->dst_premultiplied || h->overlap) { /* these are the defaults */
        b->g.blend.pNext = &b->advanced;
    }
    for (uint32_t i = 0; i < s->t.n; i++) {
        b->g.targets[i].blendEnable = VK_TRUE;
        b->g.targets[i].colorBlendOp = b->g.targets[i].alphaBlendOp = h->op;
    }
}

static void
draw(struct kit *k, struct setup *s, VkPipeline pipe, uint32_t instances, const VkColorBlendAdvancedEXT *dynamic)
{
    for (uint32_t i = 0; i < s->t.n; i++) {
        kit_upload(k, &s->t.color[i], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, s->before[i]);
    }
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_resume(cmd, &s->t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, s->layout, 0, 1, &s->set, 0, NULL);
    if (dynamic) {
        k->vk.CmdSetColorBlendAdvancedEXT(cmd, 0, s->t.n, dynamic);
    }
    vkCmdDraw(cmd, 3, instances, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
}

static double
tolerance(VkFormat format)
{
    const struct kit_format_info *f = kit_format(format);
    uint32_t bits = f->c[0].bits;
    for (uint32_t i = 1; i < f->n; i++) {
        bits = f->c[i].bits < bits ? f->c[i].bits : bits;
    }
    if (kit_format_is_srgb(format)) {
        return 0.02;
    }
    return f->c[0].numeric == KIT_SFLOAT   ? (bits == 32 ? 1e-5 : 2e-3)
           : f->c[0].numeric == KIT_UFLOAT ? 0.04
                                           : 1.01 / (ldexp(1, (int)bits - (f->c[0].numeric == KIT_SNORM)) - 1);
}

/* Pixels after `times` draws over each other. */
static void
check(struct kit *k, const struct setup *s, uint32_t target, const struct how *h, uint32_t mask, uint32_t times)
{
    const VkFormat format = s->t.formats[target];
    const struct kit_format_info *f = kit_format(format);
    const bool norm = f->c[0].numeric == KIT_UNORM || kit_format_is_srgb(format);
    const uint8_t *got = kit_read(k, &s->t.color[target], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    uint32_t compared = 0;
    for (uint32_t i = 0; i < N; i++) {
        const float *from = (const float *)s->source.data + (target * N + i) * 4;
        const double src[4] = {(double)from[0], (double)from[1], (double)from[2], (double)from[3]};
        union kit_texel d = kit_unpack(format, s->before[target] + i * f->block_B);
        const union kit_texel g = kit_unpack(format, got + i * f->block_B);
        bool defined = true;
        for (uint32_t n = 0; n < times && defined; n++) {
            double r[4];
            defined = reference(h, src, d.f, r);
            for (int c = 0; c < 4; c++) {
                d.f[c] = !(mask >> c & 1) ? d.f[c] : norm ? fmin(1, fmax(0, r[c])) : f->c[0].numeric == KIT_SNORM ? fmin(1, fmax(-1, r[c])) : r[c];
            }
        }
        for (unsigned n = 0; n < f->n && defined; n++) {
            const unsigned c = f->c[n].name == 'G' ? 1 : f->c[n].name == 'B' ? 2 : f->c[n].name == 'A' ? 3 : 0;
            const double e = fabs(g.f[c] - d.f[c]) / fmax(1, fabs(d.f[c]));
            REQUIRE(k, e <= tolerance(format) * (kit_ours(k) ? 1 : 4), "%s: operation %d, %s, premultiplied %u %u, target %u, pixel %u, %c: %g, not %g", f->name,
                    h->op - FIRST, overlap_names[h->overlap], h->src_premultiplied, h->dst_premultiplied, target, i, f->c[n].name, g.f[c], d.f[c]);
            compared++;
        }
    }
    CHECK(k, compared > N / 4, "%s: operation %d: nothing to compare", f->name, h->op - FIRST);
}

#define NEED(k) SKIP_UNLESS(k, kit_has(k, VK_EXT_BLEND_OPERATION_ADVANCED_EXTENSION_NAME), "no VK_EXT_blend_operation_advanced")

static void
case_operations(struct kit *k)
{
    NEED(k);
    const VkFormat format = FLOATS;
    const VkPhysicalDeviceBlendOperationAdvancedPropertiesEXT *p = limits(k);
    struct setup s;
    struct blend b;
    setup_init(k, &s, 1, &format);
    uint32_t n = 0;
    for (uint32_t i = 0; i < OPS * 12; i++) {
        const struct how h = {(VkBlendOp)(FIRST + i / 12), i & 1, i >> 1 & 1, (VkBlendOverlapEXT)(i % 12 / 4), VK_FALSE};
        const bool offered = (h.src_premultiplied || p->advancedBlendNonPremultipliedSrcColor) && (h.dst_premultiplied || p->advancedBlendNonPremultipliedDstColor) &&
                             (!h.overlap || p->advancedBlendCorrelatedOverlap) && p->advancedBlendAllOperations;
        if (offered) {
            colors(&s, &h, 5 + i);
            blend_init(k, &b, &s, &h);
            draw(k, &s, kit_graphics_create(k, &b.g), 1, NULL);
            check(k, &s, 0, &h, 15, 1);
            n++;
        }
    }
    printf("  %u of %u\n", n, OPS * 12);
}

/* Operations without jumps on every format that blends. */
static void
case_formats(struct kit *k)
{
    NEED(k);
    static const VkBlendOp ops[] = {VK_BLEND_OP_SCREEN_EXT, VK_BLEND_OP_SOFTLIGHT_EXT, VK_BLEND_OP_HSL_LUMINOSITY_EXT, VK_BLEND_OP_PLUS_DARKER_EXT,
                                    VK_BLEND_OP_CONTRAST_EXT};
    uint32_t n = 0;
    for (size_t i = 0; i < kit_n_format_infos; i++) {
        const struct kit_format_info *f = &kit_format_infos[i];
        if (f->chroma || f->compressed || !kit_format_defined(k, f) ||
            !(kit_format_features(k, f->format, VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BLEND_BIT)) {
            continue;
        }
        struct setup s;
        struct blend b;
        setup_init(k, &s, 1, &f->format);
        for (size_t o = 0; o < ARRAY_LEN(ops); o++) {
            const struct how h = {ops[o], VK_TRUE, VK_TRUE, VK_BLEND_OVERLAP_UNCORRELATED_EXT, VK_FALSE};
            const uint32_t mask = o == 1 ? 11 : 15;
            colors(&s, &h, 77 + (uint32_t)o);
            blend_init(k, &b, &s, &h);
            b.g.targets[0].colorWriteMask = mask;
            draw(k, &s, kit_graphics_create(k, &b.g), 1, NULL);
            check(k, &s, 0, &h, mask, 1);
        }
        n++;
    }
    printf("  %u formats\n", n);
}

/* A jump where source and destination sum up to 1: that a target of eight bits has rounded 3/4 down must not matter. */
static void
case_hardmix(struct kit *k)
{
    NEED(k);
    const VkFormat format = VK_FORMAT_R8G8B8A8_UNORM;
    const struct how h = {VK_BLEND_OP_HARDMIX_EXT, VK_TRUE, VK_TRUE, VK_BLEND_OVERLAP_UNCORRELATED_EXT, VK_FALSE};
    struct setup s;
    struct blend b;
    setup_init(k, &s, 1, &format);
    float *src = s.source.data;
    for (uint32_t i = 0; i < N; i++) {
        const float v = (float)(i % 17) / 16.0f, less = i & 32 ? 1.0f / 16.0f : 0.0f;
        for (uint32_t c = 0; c < 3; c++) {
            src[i * 4 + c] = v - less > 0 ? v - less : 0;
            s.before[0][i * 4 + c] = (uint8_t)nearbyintf((1 - v) * 255);
        }
        src[i * 4 + 3] = 1;
        s.before[0][i * 4 + 3] = 255;
    }
    blend_init(k, &b, &s, &h);
    draw(k, &s, kit_graphics_create(k, &b.g), 1, NULL);
    const uint8_t *got = kit_read(k, &s.t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    for (uint32_t i = 0; i < N; i++) {
        const uint32_t want = i & 32 && i % 17 ? 0 : 255;
        REQUIRE(k, got[i * 4] == want && got[i * 4 + 1] == want && got[i * 4 + 2] == want, "pixel %u: %u", i, got[i * 4]);
    }
}

/* Every target its own operation, some of them none of these. */
static void
case_targets(struct kit *k)
{
    NEED(k);
    const VkPhysicalDeviceBlendOperationAdvancedPropertiesEXT *p = limits(k);
    SKIP_UNLESS(k, p->advancedBlendIndependentBlend && p->advancedBlendMaxColorAttachments >= 4, "no independent advanced blending");
    static const VkFormat formats[4] = {FLOATS, VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_R16G16B16A16_SFLOAT, FLOATS};
    const struct how h[4] = {{VK_BLEND_OP_DIFFERENCE_EXT, VK_TRUE, VK_TRUE, VK_BLEND_OVERLAP_UNCORRELATED_EXT, VK_FALSE},
                             {VK_BLEND_OP_EXCLUSION_EXT, VK_TRUE, VK_TRUE, VK_BLEND_OVERLAP_UNCORRELATED_EXT, VK_FALSE},
                             {VK_BLEND_OP_LINEARLIGHT_EXT, VK_TRUE, VK_TRUE, VK_BLEND_OVERLAP_UNCORRELATED_EXT, VK_FALSE},
                             {VK_BLEND_OP_PLUS_EXT, VK_TRUE, VK_TRUE, VK_BLEND_OVERLAP_UNCORRELATED_EXT, VK_FALSE}};
    struct setup s;
    struct blend b;
    setup_init(k, &s, 4, formats);
    colors(&s, &h[0], 1234);
    blend_init(k, &b, &s, &h[0]);
    for (uint32_t i = 0; i < 3; i++) {
        b.g.targets[i].colorBlendOp = b.g.targets[i].alphaBlendOp = h[i].op;
    }
    VkPipelineColorBlendAttachmentState *last = &b.g.targets[3]; /* the plain way to add */
    last->colorBlendOp = last->alphaBlendOp = VK_BLEND_OP_ADD;
    last->srcColorBlendFactor = last->dstColorBlendFactor = last->srcAlphaBlendFactor = last->dstAlphaBlendFactor = VK_BLEND_FACTOR_ONE;
    draw(k, &s, kit_graphics_create(k, &b.g), 1, NULL);
    for (uint32_t i = 0; i < 4; i++) {
        check(k, &s, i, &h[i], 15, 1);
    }
}

/* Coherent: primitives of one draw blend one after the other. */
static void
case_order(struct kit *k)
{
    NEED(k);
    const VkPhysicalDeviceBlendOperationAdvancedFeaturesEXT *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_BLEND_OPERATION_ADVANCED_FEATURES_EXT);
    SKIP_UNLESS(k, f->advancedBlendCoherentOperations, "no coherent operations");
    static const VkBlendOp ops[] = {VK_BLEND_OP_MULTIPLY_EXT, VK_BLEND_OP_EXCLUSION_EXT, VK_BLEND_OP_HSL_COLOR_EXT, VK_BLEND_OP_PLUS_EXT};
    const VkFormat format = FLOATS;
    struct setup s;
    struct blend b;
    setup_init(k, &s, 1, &format);
    for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
        const struct how h = {ops[i], VK_TRUE, VK_TRUE, VK_BLEND_OVERLAP_UNCORRELATED_EXT, VK_FALSE};
        colors(&s, &h, 99);
        blend_init(k, &b, &s, &h);
        draw(k, &s, kit_graphics_create(k, &b.g), 7, NULL);
        check(k, &s, 0, &h, 15, 7);
    }
}

/* By command, whatever the pipeline says; results clamped or not. */
static void
case_dynamic(struct kit *k)
{
    NEED(k);
    const VkPhysicalDeviceExtendedDynamicState3FeaturesEXT *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTENDED_DYNAMIC_STATE_3_FEATURES_EXT);
    SKIP_UNLESS(k, f->extendedDynamicState3ColorBlendAdvanced, "no extendedDynamicState3ColorBlendAdvanced");
    const VkFormat formats[2] = {FLOATS, FLOATS};
    const struct how fixed = {VK_BLEND_OP_RED_EXT, VK_FALSE, VK_FALSE, VK_BLEND_OVERLAP_DISJOINT_EXT, VK_FALSE};
    struct setup s;
    struct blend b;
    setup_init(k, &s, 2, formats);
    blend_init(k, &b, &s, &fixed);
    kit_graphics_dynamic(&b.g, VK_DYNAMIC_STATE_COLOR_BLEND_ADVANCED_EXT);
    const VkPipeline pipe = kit_graphics_create(k, &b.g);
    for (uint32_t clamp = 0; clamp < 2; clamp++) {
        for (uint32_t i = 0; i < OPS; i++) {
            const struct how h[2] = {{(VkBlendOp)(FIRST + i), VK_TRUE, VK_TRUE, (VkBlendOverlapEXT)(i % 3), clamp},
                                     {VK_BLEND_OP_PLUS_EXT, VK_TRUE, VK_TRUE, VK_BLEND_OVERLAP_UNCORRELATED_EXT, !clamp}};
            VkColorBlendAdvancedEXT how[2];
            for (uint32_t t = 0; t < 2; t++) {
                how[t] = (VkColorBlendAdvancedEXT){h[t].op, h[t].src_premultiplied, h[t].dst_premultiplied, h[t].overlap, h[t].clamp};
            }
            colors(&s, &h[0], 500 + i);
            draw(k, &s, pipe, 1, how);
            check(k, &s, 0, &h[0], 15, 1);
            check(k, &s, 1, &h[1], 15, 1);
        }
    }
}

/* Operations that do not exist: anything may come out, but the process lives and other targets are not touched. */
static void
case_unknown(struct kit *k)
{
    NEED(k);
    SKIP_UNLESS(k, kit_ours(k) && !kit_under_validation(k), "misuse");
    kit_messages_expected(k);
    static const uint32_t numbers[] = {5, 200, 255, FIRST - 1, FIRST + OPS, 0x7fffffff, 0xffffffff};
    const VkFormat formats[2] = {FLOATS, FLOATS};
    const struct how h = {VK_BLEND_OP_SCREEN_EXT, VK_TRUE, VK_TRUE, VK_BLEND_OVERLAP_UNCORRELATED_EXT, VK_FALSE};
    struct setup s;
    struct blend b;
    setup_init(k, &s, 2, formats);
    colors(&s, &h, 3);
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        blend_init(k, &b, &s, &h);
        b.g.targets[0].colorBlendOp = b.g.targets[0].alphaBlendOp = (VkBlendOp)numbers[i];
        b.advanced.blendOverlap = (VkBlendOverlapEXT)numbers[i];
        draw(k, &s, kit_graphics_create(k, &b.g), 1, NULL);
        check(k, &s, 1, &h, 15, 1);
    }
}

static const struct kit_case cases[] = {
    {"operations", case_operations}, {"formats", case_formats}, {"hardmix", case_hardmix}, {"targets", case_targets},
    {"order", case_order},           {"dynamic", case_dynamic}, {"unknown", case_unknown},
};
KIT_MAIN(cases)
