/* Tessellation: what the tessellator makes of levels (cover without gaps or overlaps, edges that fit, numbers of points, discarded patches), what
 * control shaders hand to each other and to evaluation shaders, geometry shaders behind them, statistics, bad modes. By transform feedback. What
 * both kinds of shaders know of views. */
#include "kit.h"

#include "geo_vert.h"
#include "tess_coord_tesc.h"
#include "tess_coord_tese.h"
#include "tess_count_tesc.h"
#include "tess_data_tesc.h"
#include "tess_data_tese.h"
#include "tess_fan_geom.h"
#include "tess_pack_tesc.h"
#include "tess_pack_tese.h"
#include "tess_view_frag.h"
#include "tess_view_geom.h"
#include "tess_view_tesc.h"
#include "tess_view_tese.h"
#include "tess_view_vert.h"

#define CAPTURE_B (4u << 20)
/* Execution modes of SPIR-V */
enum { EQUAL = 1, EVEN = 2, ODD = 3, CW = 4, CCW = 5, POINTS = 10, TRIANGLES = 22, QUADS = 24, ISOLINES = 25, OUTPUT_VERTICES = 26 };

struct push {
    float outer[4], inner[2];
};
struct scene {
    struct kit_target t;
    struct kit_graphics g;
    struct kit_buffer buffer;
    VkPipelineLayout layout;
    VkQueryPool captured, statistics;
    VkBuffer indices; /* 16 bits; NULL: draws without */
    VkDescriptorSet set; /* of the layout, or NULL */
    uint32_t n; /* vertices captured */
    const float (*v)[4];
};

/* The shader with mode `from` changed to `to`. */
static uint32_t *
with_mode(struct kit *k, const uint32_t *code, size_t code_B, uint32_t from, uint32_t to, uint32_t value)
{
    uint32_t *w = kit_alloc(k, code_B);
    memcpy(w, code, code_B);
    for (size_t i = 5; i < code_B / 4; i += w[i] >> 16) {
        if ((w[i] & 0xffff) == 16 && w[i + 2] == from) { /* OpExecutionMode */
            w[i + 2] = to;
            if (w[i] >> 16 > 3) {
                w[i + 3] = value;
            }
        }
    }
    return w;
}

static bool
scene_init(struct kit *k, struct scene *s, const uint32_t *tesc, size_t tesc_B, const uint32_t *tese, size_t tese_B, uint32_t patch_vertices)
{
    if (!k->features.tessellationShader || !kit_has(k, VK_EXT_TRANSFORM_FEEDBACK_EXTENSION_NAME)) {
        kit_skip(k, "no tessellation, or none that can be captured");
        return false;
    }
    memset(s, 0, sizeof(*s));
    kit_target_rgba(k, &s->t, 16, 16);
    s->layout = kit_layout(k, 0, NULL, sizeof(struct push));
    kit_graphics_init(k, &s->g, &s->t, s->layout, KIT_CODE(geo_vert), NULL, 0);
    kit_graphics_stage(k, &s->g, VK_SHADER_STAGE_TESSELLATION_CONTROL_BIT, tesc, tesc_B);
    kit_graphics_stage(k, &s->g, VK_SHADER_STAGE_TESSELLATION_EVALUATION_BIT, tese, tese_B);
    s->g.assembly.topology = VK_PRIMITIVE_TOPOLOGY_PATCH_LIST;
    s->g.tessellation.patchControlPoints = patch_vertices;
    s->g.info.pTessellationState = &s->g.tessellation;
    s->g.raster.rasterizerDiscardEnable = VK_TRUE;
    s->buffer = kit_buffer_for(k, VK_BUFFER_USAGE_TRANSFORM_FEEDBACK_BUFFER_BIT_EXT, CAPTURE_B, NULL);
    s->captured = kit_queries(k, VK_QUERY_TYPE_TRANSFORM_FEEDBACK_STREAM_EXT, 1, 0);
    s->statistics = kit_queries(k, VK_QUERY_TYPE_PIPELINE_STATISTICS, 1,
                                VK_QUERY_PIPELINE_STATISTIC_TESSELLATION_CONTROL_SHADER_PATCHES_BIT |
                                    VK_QUERY_PIPELINE_STATISTIC_TESSELLATION_EVALUATION_SHADER_INVOCATIONS_BIT);
    return true;
}

/* prim: vertices of a captured primitive. */
static void
capture(struct kit *k, struct scene *s, VkPipeline pipe, const struct push *push, uint32_t vertices, uint32_t prim, uint64_t *statistics)
{
    const VkDeviceSize zero = 0;
    const VkCommandBuffer cmd = kit_begin(k);
    memset(s->buffer.data, 0xab, CAPTURE_B);
    vkCmdResetQueryPool(cmd, s->captured, 0, 1);
    vkCmdResetQueryPool(cmd, s->statistics, 0, 1);
    kit_target_begin(cmd, &s->t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdPushConstants(cmd, s->layout, VK_SHADER_STAGE_ALL, 0, sizeof(*push), push);
    if (s->set) {
        vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, s->layout, 0, 1, &s->set, 0, NULL);
    }
    k->vk.CmdBindTransformFeedbackBuffersEXT(cmd, 0, 1, &s->buffer.buffer, &zero, NULL);
    vkCmdBeginQuery(cmd, s->captured, 0, 0);
    vkCmdBeginQuery(cmd, s->statistics, 0, 0);
    k->vk.CmdBeginTransformFeedbackEXT(cmd, 0, 0, NULL, NULL);
    if (s->indices) {
        vkCmdBindIndexBuffer(cmd, s->indices, 0, VK_INDEX_TYPE_UINT16);
        vkCmdDrawIndexed(cmd, vertices, 1, 0, 0, 0);
    } else {
        vkCmdDraw(cmd, vertices, 1, 0, 0);
    }
    k->vk.CmdEndTransformFeedbackEXT(cmd, 0, 0, NULL, NULL);
    vkCmdEndQuery(cmd, s->captured, 0);
    vkCmdEndQuery(cmd, s->statistics, 0);
    vkCmdEndRenderPass(cmd);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    uint64_t r[2], st[2];
    CHECK_VK(k, vkGetQueryPoolResults(k->device, s->captured, 0, 1, 16, r, 16, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT));
    CHECK_VK(k, vkGetQueryPoolResults(k->device, s->statistics, 0, 1, 16, st, 16, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT));
    CHECK(k, r[0] == r[1], "%llu of %llu primitives", (unsigned long long)r[0], (unsigned long long)r[1]);
    s->n = (uint32_t)r[0] * prim;
    s->v = s->buffer.data;
    if (statistics) {
        memcpy(statistics, st, sizeof(st));
    }
}

/* Segments that a level makes. */
static uint32_t
segments(uint32_t spacing, float level)
{
    const float low = spacing == EVEN ? 2.0f : 1.0f, high = spacing == ODD ? 63.0f : 64.0f;
    uint32_t n = (uint32_t)ceilf(level < low ? low : level > high ? high : level);
    n += spacing == EVEN ? n % 2 : spacing == ODD ? 1 - n % 2 : 0;
    return n;
}

static const struct push levels[] = {
    {{1, 1, 1, 1}, {1, 1}},           {{2, 2, 2, 2}, {2, 2}},          {{1, 2, 3, 4}, {1, 1}},          {{5, 1, 7, 2}, {4, 6}},
    {{3.5f, 2.2f, 6.9f, 9.1f}, {5.3f, 2.7f}}, {{64, 64, 64, 64}, {64, 64}}, {{1, 64, 3, 17}, {33, 2}}, {{100, 0.25f, 1e30f, 63.5f}, {-3, 1e9f}},
    {{8, 8, 8, 8}, {1, 9}},           {{4, 4, 4, 4}, {INFINITY, 3}},   {{1.001f, 1.001f, 1.001f, 1.001f}, {1.001f, 1.001f}},
};

/* Places on one edge of the domain, sorted; returns how many. edge: which coordinate is 0 (or 1 for the far sides of quads). */
static uint32_t
edge_places(const struct scene *s, uint32_t coordinate, float value, uint32_t along, float *out)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        if (s->v[i][coordinate] != value) {
            continue;
        }
        const float x = s->v[i][along];
        uint32_t at = n;
        while (at && out[at - 1] > x) {
            at--;
        }
        if (at && out[at - 1] == x) {
            continue;
        }
        memmove(&out[at + 1], &out[at], (n - at) * sizeof(*out));
        out[at] = x;
        n++;
    }
    return n;
}

static void
check_edge(struct kit *k, const struct scene *s, uint32_t spacing, float level, uint32_t coordinate, float value, uint32_t along, const char *what)
{
    static float places[40000];
    const uint32_t n = edge_places(s, coordinate, value, along, places), want = segments(spacing, level);
    REQUIRE(k, n == want + 1 && places[0] == 0.0f && places[n - 1] == 1.0f, "%s: %u places on an edge, not %u", what, n, want + 1);
    for (uint32_t i = 0; i < n; i++) {
        REQUIRE(k, places[i] == 1.0f - places[n - 1 - i], "%s: place %u of an edge has no mirror image", what, i);
        REQUIRE(k, spacing != EQUAL || fabsf(places[i] - (float)i / (float)want) < 1e-4f, "%s: place %u of an edge is %g", what, i, (double)places[i]);
    }
}

static void
check_cover(struct kit *k, const struct scene *s, bool positive, double whole, const char *what)
{
    double sum = 0.0;
    for (uint32_t i = 0; i < s->n; i += 3) {
        const float *a = s->v[i], *b = s->v[i + 1], *c = s->v[i + 2];
        const double bx = (double)(b[0] - a[0]), by = (double)(b[1] - a[1]), cx = (double)(c[0] - a[0]), cy = (double)(c[1] - a[1]);
        const double area = bx * cy - cx * by;
        REQUIRE(k, positive ? area >= -1e-6 : area <= 1e-6, "%s: triangle %u turns the other way", what, i / 3);
        sum += fabs(area) / 2.0;
    }
    CHECK(k, fabs(sum - whole) < 1e-4, "%s: the triangles cover %g, not %g", what, sum, whole);
}

static void
case_cover(struct kit *k)
{
    static const uint32_t spacings[] = {EQUAL, EVEN, ODD};
    for (uint32_t mode = 0; mode < 2; mode++) {
        for (uint32_t i = 0; i < 3; i++) {
            for (uint32_t turn = 0; turn < 4; turn++) { /* order, origin */
                uint32_t *tese = with_mode(k, KIT_CODE(tess_coord_tese), TRIANGLES, mode ? QUADS : TRIANGLES, 0);
                tese = with_mode(k, tese, sizeof(tess_coord_tese), EQUAL, spacings[i], 0);
                tese = with_mode(k, tese, sizeof(tess_coord_tese), CCW, turn & 1 ? CW : CCW, 0);
                struct scene s;
                if (!scene_init(k, &s, KIT_CODE(tess_coord_tesc), tese, sizeof(tess_coord_tese), 3)) {
                    return;
                }
                VkPipelineTessellationDomainOriginStateCreateInfo origin = {VK_STRUCTURE_TYPE_PIPELINE_TESSELLATION_DOMAIN_ORIGIN_STATE_CREATE_INFO, NULL,
                                                                            VK_TESSELLATION_DOMAIN_ORIGIN_LOWER_LEFT};
                s.g.tessellation.pNext = turn & 2 ? &origin : NULL;
                const VkPipeline pipe = kit_graphics_create(k, &s.g);
                for (uint32_t l = 0; l < ARRAY_LEN(levels); l++) {
                    const float *o = levels[l].outer;
                    char what[96];
                    snprintf(what, sizeof(what), "%s, spacing %u, levels %u", mode ? "quads" : "triangles", spacings[i], l);
                    capture(k, &s, pipe, &levels[l], 3, 3, NULL);
                    check_cover(k, &s, (turn == 1 || turn == 2), mode ? 1.0 : 0.5, what);
                    const float *in = levels[l].inner;
                    if (spacings[i] == ODD && (in[0] <= 1.0f || (mode && in[1] <= 1.0f))) {
                        continue; /* SPEC: inner vertices may stand on the edge */
                    }
                    if (mode) {
                        check_edge(k, &s, spacings[i], o[0], 0, 0.0f, 1, what);
                        check_edge(k, &s, spacings[i], o[1], 1, 0.0f, 0, what);
                        check_edge(k, &s, spacings[i], o[2], 0, 1.0f, 1, what);
                        check_edge(k, &s, spacings[i], o[3], 1, 1.0f, 0, what);
                    } else {
                        check_edge(k, &s, spacings[i], o[0], 0, 0.0f, 1, what);
                        check_edge(k, &s, spacings[i], o[1], 1, 0.0f, 2, what);
                        check_edge(k, &s, spacings[i], o[2], 2, 0.0f, 0, what);
                    }
                }
            }
        }
    }
}

/* Points: as many as there are different ones. */
static void
case_points(struct kit *k)
{
    static const uint32_t modes[] = {TRIANGLES, QUADS, ISOLINES};
    static const uint32_t spacings[] = {EQUAL, EVEN, ODD};
    for (uint32_t m = 0; m < 3; m++) {
        for (uint32_t i = 0; i < 3; i++) {
            uint32_t *tese = with_mode(k, KIT_CODE(tess_coord_tese), TRIANGLES, modes[m], 0);
            tese = with_mode(k, tese, sizeof(tess_coord_tese), EQUAL, spacings[i], 0);
            tese = with_mode(k, tese, sizeof(tess_coord_tese), CCW, POINTS, 0);
            struct scene s;
            if (!scene_init(k, &s, KIT_CODE(tess_coord_tesc), tese, sizeof(tess_coord_tese), 5)) {
                return;
            }
            const VkPipeline pipe = kit_graphics_create(k, &s.g);
            for (uint32_t l = 0; l < ARRAY_LEN(levels); l++) {
                uint32_t o[4], in[2], want = 0;
                for (uint32_t e = 0; e < 4; e++) {
                    o[e] = segments(spacings[i], levels[l].outer[e]);
                }
                for (uint32_t e = 0; e < 2; e++) {
                    in[e] = segments(spacings[i], levels[l].inner[e]);
                }
                const uint32_t least = spacings[i] == ODD ? 3 : 2;
                if (modes[m] == ISOLINES) {
                    want = segments(EQUAL, levels[l].outer[0]) * (o[1] + 1);
                } else if (modes[m] == QUADS) {
                    const bool one = o[0] + o[1] + o[2] + o[3] == 4 && in[0] + in[1] == 2;
                    const uint32_t w = in[0] > 1 ? in[0] : least, h = in[1] > 1 ? in[1] : least;
                    want = o[0] + o[1] + o[2] + o[3] + (one ? 0 : (w - 1) * (h - 1));
                } else {
                    const bool one = o[0] + o[1] + o[2] == 3 && in[0] == 1;
                    want = o[0] + o[1] + o[2];
                    for (int32_t n = (int32_t)(in[0] > 1 ? in[0] : least) - 2; n >= 0 && !one; n -= 2) {
                        want += n ? 3 * (uint32_t)n : 1;
                    }
                }
                uint64_t st[2];
                capture(k, &s, pipe, &levels[l], 10, 1, st); /* two patches */
                CHECK(k, s.n == 2 * want && st[0] == 2 && st[1] >= 2 * want, "mode %u, spacing %u, levels %u: %u points, not %u; %llu patches, %llu invocations",
                      modes[m], spacings[i], l, s.n, 2 * want, (unsigned long long)st[0], (unsigned long long)st[1]);
                CHECK(k, s.v[0][3] == 0.0f && s.v[s.n - 1][3] == 1.0f, "numbers of patches");
            }
        }
    }
}

/* Levels that discard the patch; then more patches than a chunk takes, in order. */
static void
case_discard(struct kit *k)
{
    static const struct push none[] = {{{0, 1, 1, 1}, {1, 1}}, {{1, -1, 1, 1}, {1, 1}}, {{1, 1, NAN, 1}, {4, 4}}};
    struct scene s;
    if (!scene_init(k, &s, KIT_CODE(tess_coord_tesc), KIT_CODE(tess_coord_tese), 3)) {
        return;
    }
    const VkPipeline pipe = kit_graphics_create(k, &s.g);
    for (uint32_t i = 0; i < ARRAY_LEN(none); i++) {
        capture(k, &s, pipe, &none[i], 30, 3, NULL);
        CHECK(k, s.n == 0, "levels %u: %u vertices", i, s.n);
    }
    const struct push p = {{3, 3, 3, 3}, {3, 3}};
    uint64_t st[2];
    capture(k, &s, pipe, &p, 3 * 100 + 2, 3, st);
    CHECK(k, s.n % 300 == 0 && st[0] == 100, "%u vertices of %llu patches", s.n, (unsigned long long)st[0]);
    for (uint32_t i = 0; i < s.n; i++) {
        REQUIRE(k, s.v[i][3] == (float)(i / (s.n / 100)), "vertex %u is of patch %g", i, (double)s.v[i][3]);
    }
    /* Behind them a geometry shader. */
    kit_graphics_stage(k, &s.g, VK_SHADER_STAGE_GEOMETRY_BIT, KIT_CODE(tess_fan_geom));
    const uint32_t triangles = s.n / 3;
    float (*want)[4] = kit_alloc(k, triangles * sizeof(*want));
    for (uint32_t i = 0; i < triangles; i++) {
        for (uint32_t c = 0; c < 4; c++) {
            want[i][c] = (s.v[i * 3][c] + s.v[i * 3 + 1][c] + s.v[i * 3 + 2][c]) / 3.0f;
        }
    }
    capture(k, &s, kit_graphics_create(k, &s.g), &p, 300, 1, NULL);
    CHECK(k, s.n == triangles, "%u middles", s.n);
    kit_close(k, "middles", s.v[0], want[0], triangles * 4, 1e-6f);
}

static void
case_data(struct kit *k)
{
    const struct push p = {{0}, {0}};
    for (uint32_t patch = 1; patch <= 32; patch += patch == 1 ? 4 : 27) {
        struct scene s;
        if (!scene_init(k, &s, KIT_CODE(tess_data_tesc), KIT_CODE(tess_data_tese), patch)) {
            return;
        }
        const uint32_t n = 37;
        capture(k, &s, kit_graphics_create(k, &s.g), &p, n * patch, 1, NULL);
        REQUIRE(k, s.n == n * 3, "%u points", s.n);
        int32_t *want = kit_alloc(k, n * 3 * 48), *at = want;
        for (uint32_t q = 0; q < n; q++) {
            int32_t a[20];
            for (uint32_t i = 0; i < 20; i++) {
                a[i] = (int32_t)((q * patch + i % patch) * 3 + q);
            }
            for (uint32_t point = 0; point < 3; point++, at += 12) {
                const uint32_t i = point * 7;
                const float z[4] = {5.0f * 1.0f, 6.0f, (float)i, 2.0f};
                const int32_t xy[8] = {a[i], a[(i + 7) % 20], (int32_t)i, (int32_t)(20 * 1000 + q), (int32_t)patch, (int32_t)q, a[10], a[19]};
                memcpy(at, xy, sizeof(xy));
                memcpy(at + 8, z, sizeof(z));
            }
        }
        kit_same(k, "data", s.buffer.data, want, n * 3 * 12, 4, 12);
    }
}

/* Small patches, of which a driver may run several together, as many as fit or fewer. With count, invocations are counted. */
static void
small_patches(struct kit *k, uint32_t n, uint32_t patches, bool count)
{
    const struct push p = {{0}, {(float)n, 0}};
    const uint32_t *code = count ? tess_count_tesc : tess_pack_tesc;
    const size_t code_B = count ? sizeof(tess_count_tesc) : sizeof(tess_pack_tesc);
    struct scene s;
    struct kit_buffer counter;
    if (!scene_init(k, &s, with_mode(k, code, code_B, OUTPUT_VERTICES, OUTPUT_VERTICES, n), code_B, KIT_CODE(tess_pack_tese), 3)) {
        return;
    }
    if (count) {
        const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
        const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
        counter = kit_buffer(k, 4, NULL);
        s.g.info.layout = s.layout = kit_layout(k, 1, &sl, sizeof(p));
        s.set = kit_set(k, sl);
        kit_write_buffer(k, s.set, 0, 0, type, counter.buffer, 0, VK_WHOLE_SIZE);
    }
    capture(k, &s, kit_graphics_create(k, &s.g), &p, patches * 3, 1, NULL);
    uint32_t at = 0;
    for (uint32_t q = 0; q < patches; q++) {
        int32_t a[8], total = 0;
        for (uint32_t i = 0; i < n; i++) {
            a[i] = (int32_t)(q * 3 + i % 3);
            for (uint32_t r = 0; r < q % 5; r++) {
                a[i] += (int32_t)(r * i + 1);
            }
            total += a[i];
        }
        for (uint32_t point = 0; point < 2 && q % 7 != 6; point++, at++) {
            const uint32_t i = point * (n - 1);
            const int32_t want[4] = {a[i], a[(i + 1) % n], total, (int32_t)q};
            int32_t got[4];
            memcpy(got, s.v[at], sizeof(got));
            REQUIRE(k, at < s.n && memcmp(got, want, sizeof(want)) == 0, "%u vertices, patch %u of %u, point %u: %d %d %d %d, not %d %d %d %d", n, q,
                    patches, point, got[0], got[1], got[2], got[3], want[0], want[1], want[2], want[3]);
        }
    }
    CHECK(k, at == s.n, "%u points, not %u", s.n, at);
    if (count) {
        const uint32_t got = *(const uint32_t *)counter.data;
        CHECK(k, kit_ours(k) ? got == patches * n : got >= patches * n, "%u vertices, %u patches: %u invocations", n, patches, got);
    }
}

static void
case_small_patches(struct kit *k)
{
    for (uint32_t n = 1; n <= 8; n++) {
        for (uint32_t patches = 1; patches <= 50; patches = patches * 3 + 1) {
            small_patches(k, n, patches, false);
            if (k->features.vertexPipelineStoresAndAtomics) {
                small_patches(k, n, patches, true);
            }
        }
    }
}

/* A list of patches that is cut: what is left of a part is no patch. */
static void
case_restart(struct kit *k)
{
    const VkPhysicalDevicePrimitiveTopologyListRestartFeaturesEXT *f =
        kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PRIMITIVE_TOPOLOGY_LIST_RESTART_FEATURES_EXT);
    SKIP_UNLESS(k, f->primitiveTopologyPatchListRestart, "no primitiveTopologyPatchListRestart");
    static const uint16_t index[] = {0, 1, 2, 3, 4, 0xffff, 5, 6, 0xffff, 7, 8, 9, 10, 11, 12};
    const struct push none = {{0}, {0}};
    struct scene s;
    if (!scene_init(k, &s, KIT_CODE(tess_data_tesc), KIT_CODE(tess_data_tese), 3)) {
        return;
    }
    s.g.assembly.primitiveRestartEnable = VK_TRUE;
    s.indices = kit_buffer(k, sizeof(index), index).buffer;
    capture(k, &s, kit_graphics_create(k, &s.g), &none, ARRAY_LEN(index), 1, NULL);
    REQUIRE(k, s.n == 9, "%u points of three patches", s.n);
    static const int32_t first[3] = {0, 7, 10};
    for (int32_t p = 0; p < 3; p++) {
        const int32_t *w = (const int32_t *)s.buffer.data + p * 36; /* a[0], ..., number of the patch */
        CHECK(k, w[0] == first[p] * 3 + p && w[3] == 20000 + p, "patch %d begins with %d, is number %d", p, (w[0] - p) / 3, w[3] - 20000);
    }
}

static void
case_limits(struct kit *k)
{
    SKIP_UNLESS(k, !kit_under_validation(k) && strstr(k->properties.deviceName, "Pumice"), "undefined elsewhere");
    static const uint32_t bad[] = {0, 33, UINT32_MAX};
    struct scene s;
    for (uint32_t i = 0; i < ARRAY_LEN(bad); i++) {
        const uint32_t *tesc = with_mode(k, KIT_CODE(tess_data_tesc), OUTPUT_VERTICES, OUTPUT_VERTICES, bad[i]);
        if (!scene_init(k, &s, tesc, sizeof(tess_data_tesc), KIT_CODE(tess_data_tese), 3)) {
            return;
        }
        VkPipeline p;
        CHECK_RESULT(k, vkCreateGraphicsPipelines(k->device, VK_NULL_HANDLE, 1, &s.g.info, NULL, &p), VK_ERROR_INVALID_SHADER_NV);
    }
    /* Patches of no or too many vertices, triangles instead of patches: nothing. */
    const struct push one = {{1, 1, 1, 1}, {1, 1}};
    for (uint32_t i = 0; i < 3; i++) {
        if (scene_init(k, &s, KIT_CODE(tess_coord_tesc), KIT_CODE(tess_coord_tese), i == 0 ? 0 : i == 1 ? 33 : 3)) {
            s.g.assembly.topology = i == 2 ? VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST : VK_PRIMITIVE_TOPOLOGY_PATCH_LIST;
            capture(k, &s, kit_graphics_create(k, &s.g), &one, 99, 3, NULL);
            CHECK(k, s.n == 0, "%u vertices", s.n);
        }
    }
}

/* Views 0 and 2 of three: every stage appends the number of its view, in base 4. */
static void
case_views(struct kit *k)
{
    const VkPhysicalDeviceMultiviewFeatures *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MULTIVIEW_FEATURES);
    const VkPhysicalDeviceDynamicRenderingFeatures *d = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DYNAMIC_RENDERING_FEATURES);
    SKIP_UNLESS(k, f->multiviewGeometryShader && f->multiviewTessellationShader && d->dynamicRendering, "no views of these stages");
    const VkFormat format = VK_FORMAT_R32_SFLOAT;
    struct kit_target t;
    kit_target_init(k, &t, 16, 16, 3, 1, &format, VK_FORMAT_UNDEFINED);
    const VkPipelineRenderingCreateInfo rendering = {.sType = VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO, .viewMask = 5, .colorAttachmentCount = 1,
                                                     .pColorAttachmentFormats = &format};
    for (uint32_t stages = 1; stages < 4; stages++) { /* bit 0: geometry, bit 1: tessellation */
        struct kit_graphics g;
        kit_graphics_init(k, &g, &t, kit_layout(k, 0, NULL, 0), KIT_CODE(tess_view_vert), KIT_CODE(tess_view_frag));
        uint32_t digits = 1 + 4;
        if (stages & 1) {
            kit_graphics_stage(k, &g, VK_SHADER_STAGE_GEOMETRY_BIT, KIT_CODE(tess_view_geom));
            digits = digits * 4 + 1;
        }
        if (stages & 2) {
            kit_graphics_stage(k, &g, VK_SHADER_STAGE_TESSELLATION_CONTROL_BIT, KIT_CODE(tess_view_tesc));
            kit_graphics_stage(k, &g, VK_SHADER_STAGE_TESSELLATION_EVALUATION_BIT, KIT_CODE(tess_view_tese));
            g.assembly.topology = VK_PRIMITIVE_TOPOLOGY_PATCH_LIST;
            digits = (digits * 4 + 1) * 4 + 1;
        }
        g.info.renderPass = VK_NULL_HANDLE;
        g.info.pNext = &rendering;
        const VkPipeline pipe = kit_graphics_create(k, &g);
        const VkRenderingAttachmentInfo a = {.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO, .imageView = t.color[0].view,
                                             .imageLayout = VK_IMAGE_LAYOUT_GENERAL, .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR,
                                             .storeOp = VK_ATTACHMENT_STORE_OP_STORE, .clearValue.color.float32 = {-1}};
        const VkRenderingInfo info = {.sType = VK_STRUCTURE_TYPE_RENDERING_INFO, .renderArea = {{0, 0}, {16, 16}}, .layerCount = 1, .viewMask = 5,
                                      .colorAttachmentCount = 1, .pColorAttachments = &a};
        const VkCommandBuffer cmd = kit_begin(k);
        k->vk.CmdBeginRendering(cmd, &info);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
        vkCmdDraw(cmd, 3, 1, 0, 0);
        k->vk.CmdEndRendering(cmd);
        kit_submit(k, cmd);
        for (uint32_t view = 0; view < 3; view += 2) {
            const float *got = kit_read(k, &t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, view), want = (float)(view * digits);
            for (uint32_t i = 0; i < 256; i++) {
                REQUIRE(k, got[i] == want, "stages %u, view %u, pixel %u: %g, not %g", stages, view, i, (double)got[i], (double)want);
            }
        }
    }
}

static const struct kit_case cases[] = {
    {"cover", case_cover}, {"points", case_points}, {"discard", case_discard}, {"data", case_data},
    {"small_patches", case_small_patches}, {"restart", case_restart}, {"limits", case_limits},
    {"views", case_views},
};
KIT_MAIN(cases)
