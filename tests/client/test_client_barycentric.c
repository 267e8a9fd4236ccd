/* The vertices of a fragment's primitive and its weights: every topology, both provoking vertices, clipped triangles, viewports, samples,
 * interpolation elsewhere, what comes from geometry shaders. The fragment shader writes down what it sees; the host knows where vertices are.
 * SPEC: primsrast-barycentric, BaryCoordKHR, BaryCoordNoPerspKHR. */
#include "kit.h"

#include "bary_frag.h"
#include "bary_geom.h"
#include "bary_vert.h"

#define PX 64u
#define STORAGE VK_DESCRIPTOR_TYPE_STORAGE_BUFFER

struct record { /* bary.frag */
    float smooth_[4], linear[4], elsewhere[4], middle[4], coord[4];
    uint32_t ids[4], data[4];
};
struct push {
    uint32_t layout, clip, viewport;
};
enum { ZIGZAG, EVERY_OTHER, FAN };
enum { NO_CLIP, DISTANCE, NEAR, BEHIND };

static void
place(const struct push *p, uint32_t i, double out[4])
{
    const uint32_t k = p->layout == EVERY_OTHER ? i / 2 : i;
    double x = -0.9 + 0.22 * k, y = k & 1 ? 0.8 : -0.75, w = 1.0 + 0.5 * (i % 3), z = 0.5;
    if (p->layout == FAN) {
        x = i == 0 ? 0.0 : 0.9 - 0.2 * i;
        y = i == 0 ? -0.8 : 0.85 - 0.03 * (i * i % 7);
    }
    if (p->clip == NEAR) {
        z = i % 3 == 1 ? -0.4 : 0.5;
    } else if (p->clip == BEHIND && i == 1) {
        w = -0.3;
    }
    out[0] = x * w;
    out[1] = y * w;
    out[2] = z * w;
    out[3] = w;
}

/* SPEC: the tables of primsrast-barycentric. independent: of strips, see triStripVertexOrderIndependentOfProvokingVertex. */
static void
vertices_of(VkPrimitiveTopology topology, bool last, bool independent, uint32_t i, uint32_t v[3])
{
    const bool odd = i & 1;
    switch (topology) {
    case VK_PRIMITIVE_TOPOLOGY_POINT_LIST: v[0] = v[1] = v[2] = i; return;
    case VK_PRIMITIVE_TOPOLOGY_LINE_LIST: v[0] = 2 * i; v[1] = v[2] = 2 * i + 1; return;
    case VK_PRIMITIVE_TOPOLOGY_LINE_STRIP: v[0] = i; v[1] = v[2] = i + 1; return;
    case VK_PRIMITIVE_TOPOLOGY_LINE_LIST_WITH_ADJACENCY: v[0] = 4 * i + 1; v[1] = v[2] = 4 * i + 2; return;
    case VK_PRIMITIVE_TOPOLOGY_LINE_STRIP_WITH_ADJACENCY: v[0] = i + 1; v[1] = v[2] = i + 2; return;
    case VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP:
        v[0] = odd && last && !independent ? i + 1 : i;
        v[1] = !odd ? i + 1 : last && !independent ? i : i + 2;
        v[2] = odd && !(last && !independent) ? i + 1 : i + 2;
        return;
    case VK_PRIMITIVE_TOPOLOGY_TRIANGLE_FAN:
        v[0] = last ? 0 : i + 1;
        v[1] = last ? i + 1 : i + 2;
        v[2] = last ? i + 2 : 0;
        return;
    case VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST_WITH_ADJACENCY: v[0] = 6 * i; v[1] = 6 * i + 2; v[2] = 6 * i + 4; return;
    case VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP_WITH_ADJACENCY:
        v[0] = odd && last ? 2 * i + 2 : 2 * i;
        v[1] = !odd ? 2 * i + 2 : last ? 2 * i : 2 * i + 4;
        v[2] = odd && !last ? 2 * i + 2 : 2 * i + 4;
        return;
    default: v[0] = 3 * i; v[1] = 3 * i + 1; v[2] = 3 * i + 2; return;
    }
}

/* Weights of the primitive's vertices (n: how many it has) at a place of the screen: perspective, linear. */
static void
weights(const struct push *p, const uint32_t v[3], uint32_t n, double sx, double sy, double persp[3], double linear[3])
{
    const double view_px = p->viewport ? PX / 2.0 : PX, x0 = p->viewport ? PX / 4.0 : 0.0;
    double c[3][4], sum = 0.0, lin = 0.0;
    persp[1] = persp[2] = linear[1] = linear[2] = 0.0;
    persp[0] = linear[0] = 1.0;
    for (uint32_t i = 0; i < 3; i++) {
        place(p, v[i], c[i]);
    }
    const double x = (sx - x0) / view_px * 2.0 - 1.0, y = (sy - x0) / view_px * 2.0 - 1.0;
    if (n == 2) { /* along the line */
        const double ax = c[0][0] / c[0][3], ay = c[0][1] / c[0][3], bx = c[1][0] / c[1][3], by = c[1][1] / c[1][3];
        const double t = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) * (bx - ax) + (by - ay) * (by - ay));
        linear[0] = 1.0 - t;
        linear[1] = t;
        const double a = (1.0 - t) / c[0][3], b = t / c[1][3];
        persp[0] = a / (a + b);
        persp[1] = b / (a + b);
    }
    if (n < 3) {
        return;
    }
    for (uint32_t i = 0; i < 3; i++) { /* the combination of clip coordinates that lies on the ray through the place */
        const uint32_t j = (i + 1) % 3, k = (i + 2) % 3;
        const double aj = c[j][0] - x * c[j][3], bj = c[j][1] - y * c[j][3], ak = c[k][0] - x * c[k][3], bk = c[k][1] - y * c[k][3];
        persp[i] = aj * bk - ak * bj;
        sum += persp[i];
    }
    for (uint32_t i = 0; i < 3; i++) {
        persp[i] /= sum;
        linear[i] = persp[i] * c[i][3];
        lin += linear[i];
    }
    for (uint32_t i = 0; i < 3; i++) {
        linear[i] /= lin;
    }
}

struct scene {
    struct kit *k;
    struct kit_target t;
    VkPipelineLayout layout;
    VkDescriptorSet set;
    struct kit_buffer out;
    bool independent;
};

static bool
scene_init(struct kit *k, struct scene *s, uint32_t samples)
{
    const VkPhysicalDeviceFragmentShaderBarycentricFeaturesKHR *f =
        kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FRAGMENT_SHADER_BARYCENTRIC_FEATURES_KHR);
    if (!f->fragmentShaderBarycentric || !k->features.fragmentStoresAndAtomics || !k->features.shaderFloat64 || !k->features.shaderClipDistance ||
        !k->features.multiViewport || k->version < VK_API_VERSION_1_2) {
        kit_skip(k, "no barycentric coordinates");
        return false;
    }
    VkPhysicalDeviceFragmentShaderBarycentricPropertiesKHR p = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FRAGMENT_SHADER_BARYCENTRIC_PROPERTIES_KHR};
    VkPhysicalDeviceProperties2 p2 = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &p};
    k->vk.GetPhysicalDeviceProperties2(k->physical, &p2);
    *s = (struct scene){.k = k, .independent = p.triStripVertexOrderIndependentOfProvokingVertex};
    kit_target_init(k, &s->t, PX, PX, 1, 0, NULL, VK_FORMAT_UNDEFINED);
    const VkDescriptorType type = STORAGE;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    s->layout = kit_layout(k, 1, &sl, sizeof(struct push));
    s->set = kit_set(k, sl);
    s->out = kit_buffer(k, PX * PX * samples * sizeof(struct record), NULL);
    kit_write_buffer(k, s->set, 0, 0, STORAGE, s->out.buffer, 0, VK_WHOLE_SIZE);
    return true;
}

struct draw {
    VkPrimitiveTopology topology;
    uint32_t vertices;
    struct push push;
    bool last, geometry;
    uint32_t samples;
};

static VkPipeline
pipeline(struct scene *s, const struct draw *d)
{
    struct kit *k = s->k;
    struct kit_graphics g;
    kit_graphics_init(k, &g, &s->t, s->layout, KIT_CODE(bary_vert), KIT_CODE(bary_frag));
    if (d->geometry) {
        kit_graphics_stage(k, &g, VK_SHADER_STAGE_GEOMETRY_BIT, KIT_CODE(bary_geom));
    }
    const VkSpecializationMapEntry entry = {0, 0, 4};
    const VkSpecializationInfo spec = {1, &entry, 4, &d->samples};
    for (uint32_t i = 0; i < g.info.stageCount; i++) {
        if (g.stages[i].stage == VK_SHADER_STAGE_FRAGMENT_BIT) {
            g.stages[i].pSpecializationInfo = &spec;
        }
    }
    g.assembly.topology = d->geometry ? VK_PRIMITIVE_TOPOLOGY_POINT_LIST : d->topology;
    g.samples.rasterizationSamples = (VkSampleCountFlagBits)d->samples;
    g.samples.sampleShadingEnable = d->samples > 1;
    g.samples.minSampleShading = 1.0f;
    g.viewport.viewportCount = g.viewport.scissorCount = 2;
    g.viewports[1] = (VkViewport){PX / 4.0f, PX / 4.0f, PX / 2.0f, PX / 2.0f, 0.0f, 1.0f};
    g.scissors[1] = g.scissors[0];
    const VkPipelineRasterizationProvokingVertexStateCreateInfoEXT provoking = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_PROVOKING_VERTEX_STATE_CREATE_INFO_EXT,
        .provokingVertexMode = VK_PROVOKING_VERTEX_MODE_LAST_VERTEX_EXT};
    if (d->last) {
        g.raster.pNext = &provoking;
    }
    return kit_graphics_create(k, &g);
}

static uint32_t
prim_size(VkPrimitiveTopology t)
{
    return t == VK_PRIMITIVE_TOPOLOGY_POINT_LIST                                                                               ? 1
           : t == VK_PRIMITIVE_TOPOLOGY_LINE_LIST || t == VK_PRIMITIVE_TOPOLOGY_LINE_STRIP ||
                     t == VK_PRIMITIVE_TOPOLOGY_LINE_LIST_WITH_ADJACENCY || t == VK_PRIMITIVE_TOPOLOGY_LINE_STRIP_WITH_ADJACENCY ? 2
                                                                                                                               : 3;
}

static void
near3(struct kit *k, const char *what, const struct record *r, const float got[3], const double want[3], double tolerance)
{
    for (uint32_t i = 0; i < 3; i++) {
        if (!(fabs((double)got[i] - want[i]) <= tolerance * fmax(1.0, fabs(want[i])))) {
            CHECK(k, false, "%s at %g %g of primitive %u (%u %u %u): %g %g %g, not %g %g %g", what, (double)r->coord[0], (double)r->coord[1],
                  r->ids[3] - 1, r->ids[0], r->ids[1], r->ids[2], (double)got[0], (double)got[1], (double)got[2], want[0], want[1], want[2]);
            return;
        }
    }
}

/* Draws, and looks at every record; returns how many there are. */
static uint32_t
check(struct scene *s, const struct draw *d, const char *what)
{
    struct kit *k = s->k;
    memset(s->out.data, 0, s->out.size_B);
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &s->t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipeline(s, d));
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, s->layout, 0, 1, &s->set, 0, NULL);
    vkCmdPushConstants(cmd, s->layout, VK_SHADER_STAGE_ALL, 0, sizeof(d->push), &d->push);
    vkCmdDraw(cmd, d->geometry ? 3 : d->vertices, 1, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    const struct record *all = s->out.data;
    const uint32_t n = d->geometry ? 3 : prim_size(d->topology);
    uint32_t seen = 0, prims = 0, bad = 0;
    for (uint32_t i = 0; i < PX * PX * d->samples && bad < 5; i++) {
        const struct record *r = &all[i];
        if (!r->ids[3]) {
            continue;
        }
        seen++;
        const uint32_t prim = r->ids[3] - 1 - (d->geometry && d->last ? 2 : 0); /* there, vertices have numbers */
        prims |= 1u << (prim & 31);
        uint32_t v[3];
        double persp[3], linear[3];
        vertices_of(d->geometry ? VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP : d->topology, d->last, s->independent, prim, v);
        if (memcmp(v, r->ids, sizeof(v)) != 0 || r->data[0] != v[r->data[3]] || !r->data[1]) {
            CHECK(k, false, "%s: primitive %u has vertices %u %u %u, not %u %u %u; number %u is %u; 64 bits %u", what, prim, r->ids[0],
                  r->ids[1], r->ids[2], v[0], v[1], v[2], r->data[3], r->data[0], r->data[1]);
            bad++;
            continue;
        }
        const double tolerance = n == 2 ? 3e-3 : 6e-4; /* vertices stand on a grid of 1/256 pixel */
        const bool upright = d->push.clip != BEHIND;
        weights(&d->push, v, n, (double)r->coord[0], (double)r->coord[1], persp, linear);
        near3(k, what, r, r->smooth_, persp, tolerance);
        if (upright) {
            near3(k, what, r, r->linear, linear, tolerance);
        }
        double sum = 0.0;
        for (uint32_t c = 0; c < 3; c++) {
            sum += persp[c] * (v[c] * v[c] % 11);
        }
        CHECK(k, fabs(sum - (double)r->smooth_[3]) < 0.02, "%s: %g, not %g", what, (double)r->smooth_[3], sum);
        CHECK(k, r->elsewhere[3] == 5.0f - (float)v[r->data[3]], "%s: %g by a variable index", what, (double)r->elsewhere[3]);
        if (d->samples == 1) {
            weights(&d->push, v, n, (double)r->coord[0] + 0.25, (double)r->coord[1] - 0.375, persp, linear);
            near3(k, "at an offset", r, r->elsewhere, persp, tolerance);
            near3(k, "at the centroid", r, r->middle, n == 1 ? persp : (double[3]){(double)r->linear[0], (double)r->linear[1], (double)r->linear[2]}, 1e-5);
        }
        if (n == 1) {
            CHECK(k, r->smooth_[0] == 1.0f && r->smooth_[1] == 0.0f && r->smooth_[2] == 0.0f, "a point's weight is %g", (double)r->smooth_[0]);
        }
    }
    CHECK(k, seen, "%s: nothing was drawn", what);
    if (d->push.clip == NO_CLIP) {
        CHECK(k, prims & (prims + 1) ? false : prims > 1, "%s: primitives %#x", what, prims);
    }
    return seen;
}

static void
case_topologies(struct kit *k)
{
    static const struct {
        VkPrimitiveTopology topology;
        uint32_t vertices, layout;
        const char *name;
    } all[] = {
        {VK_PRIMITIVE_TOPOLOGY_POINT_LIST, 8, ZIGZAG, "points"},
        {VK_PRIMITIVE_TOPOLOGY_LINE_LIST, 8, ZIGZAG, "lines"},
        {VK_PRIMITIVE_TOPOLOGY_LINE_STRIP, 8, ZIGZAG, "a line strip"},
        {VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST, 9, ZIGZAG, "triangles"},
        {VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP, 9, ZIGZAG, "a strip"},
        {VK_PRIMITIVE_TOPOLOGY_TRIANGLE_FAN, 9, FAN, "a fan"},
        {VK_PRIMITIVE_TOPOLOGY_LINE_LIST_WITH_ADJACENCY, 8, ZIGZAG, "lines with neighbours"},
        {VK_PRIMITIVE_TOPOLOGY_LINE_STRIP_WITH_ADJACENCY, 8, ZIGZAG, "a line strip with neighbours"},
        {VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST_WITH_ADJACENCY, 18, EVERY_OTHER, "triangles with neighbours"},
        {VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP_WITH_ADJACENCY, 16, EVERY_OTHER, "a strip with neighbours"},
    };
    struct scene s;
    if (!scene_init(k, &s, 1)) {
        return;
    }
    const VkPhysicalDeviceProvokingVertexFeaturesEXT *p = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROVOKING_VERTEX_FEATURES_EXT);
    for (uint32_t i = 0; i < ARRAY_LEN(all); i++) {
        const bool adjacency = all[i].topology >= VK_PRIMITIVE_TOPOLOGY_LINE_LIST_WITH_ADJACENCY;
        for (int last = 0; last < 1 + (int)p->provokingVertexLast && (!adjacency || k->features.geometryShader); last++) {
            check(&s, &(struct draw){all[i].topology, all[i].vertices, {all[i].layout, NO_CLIP, 0}, last, false, 1}, all[i].name);
        }
    }
    for (int last = 0; last < 1 + (int)p->provokingVertexLast && k->features.geometryShader; last++) {
        check(&s, &(struct draw){.push = {ZIGZAG, NO_CLIP, 0}, .last = last, .geometry = true, .samples = 1}, "a strip from a geometry shader");
    }
}

/* Vertices that clipping makes are none of the primitive's. */
static void
case_clipped(struct kit *k)
{
    struct scene s;
    if (!scene_init(k, &s, 1)) {
        return;
    }
    static const VkPrimitiveTopology strip = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP, list = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST;
    const uint32_t whole = check(&s, &(struct draw){strip, 9, {ZIGZAG, NO_CLIP, 0}, false, false, 1}, "whole");
    const uint32_t less = check(&s, &(struct draw){strip, 9, {ZIGZAG, DISTANCE, 0}, false, false, 1}, "clipped by distances");
    CHECK(k, less < whole && less > whole / 2, "%u of %u pixels are left", less, whole);
    check(&s, &(struct draw){strip, 9, {ZIGZAG, NEAR, 0}, false, false, 1}, "clipped by the near plane");
    check(&s, &(struct draw){list, 3, {ZIGZAG, BEHIND, 0}, false, false, 1}, "a vertex behind the eye");
    check(&s, &(struct draw){VK_PRIMITIVE_TOPOLOGY_LINE_LIST, 8, {ZIGZAG, DISTANCE, 0}, false, false, 1}, "lines clipped by distances");
    check(&s, &(struct draw){strip, 9, {ZIGZAG, NO_CLIP, 1}, false, false, 1}, "another viewport");
    check(&s, &(struct draw){strip, 9, {ZIGZAG, DISTANCE, 1}, false, false, 1}, "clipped in another viewport");
}

static void
case_samples(struct kit *k)
{
    struct scene s;
    SKIP_UNLESS(k, k->features.sampleRateShading && k->properties.limits.framebufferNoAttachmentsSampleCounts & VK_SAMPLE_COUNT_4_BIT, "no sample shading");
    if (!scene_init(k, &s, 4)) {
        return;
    }
    const uint32_t n = check(&s, &(struct draw){VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP, 9, {ZIGZAG, NO_CLIP, 0}, false, false, 4}, "four samples");
    CHECK(k, n > PX * PX, "%u samples", n);
}

static const struct kit_case cases[] = {
    {"topologies", case_topologies},
    {"clipped", case_clipped},
    {"samples", case_samples},
};
KIT_MAIN(cases)
