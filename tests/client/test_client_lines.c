/* Lines, points and outlines; what stands between vertices and fragments: provoking vertex, depth clipping, viewports and layers chosen by the
 * vertex shader, stencil references from the fragment shader. */
#include "kit.h"

#include "lines_layer_vert.h"
#include "lines_stencil_frag.h"
#include "lines_vert.h"
#include "samples_flat_frag.h"

#define W 64
#define H 64
#define MAX_VERTICES 1024

struct point {
    float x, y, z; /* pixels, depth */
};
struct push {
    float color[4], size;
};
struct scene {
    struct kit_target t;
    VkPipelineLayout layout;
    struct kit_graphics g;
    struct kit_buffer vertices;
    uint32_t n;
};

static void
scene_init(struct kit *k, struct scene *s, VkFormat depth, uint32_t layers)
{
    const VkFormat format = VK_FORMAT_R8G8B8A8_UNORM;
    memset(s, 0, sizeof(*s));
    kit_target_init(k, &s->t, W, H, layers, 1, &format, depth);
    s->layout = kit_layout(k, 0, NULL, sizeof(struct push));
    s->vertices = kit_buffer(k, MAX_VERTICES * 16, NULL);
    kit_graphics_init(k, &s->g, &s->t, s->layout, KIT_CODE(lines_vert), KIT_CODE(samples_flat_frag));
    kit_graphics_vertices(&s->g, VK_FORMAT_R32G32B32A32_SFLOAT, 16);
    s->g.depth.depthTestEnable = s->g.depth.depthWriteEnable = depth != VK_FORMAT_UNDEFINED;
    s->g.depth.depthCompareOp = VK_COMPARE_OP_ALWAYS;
}

static void
set_vertices(struct scene *s, const struct point *p, uint32_t n)
{
    float *out = s->vertices.data;
    for (uint32_t i = 0; i < n; i++) {
        const float v[4] = {p[i].x / (W / 2.0f) - 1.0f, p[i].y / (H / 2.0f) - 1.0f, p[i].z, 1.0f};
        memcpy(&out[i * 4], v, sizeof(v));
    }
    s->n = n;
}

static struct scene *
new_scene(struct kit *k, VkFormat depth)
{
    struct scene *s = kit_alloc(k, sizeof(*s));
    scene_init(k, s, depth, 1);
    return s;
}

static void
draw(struct kit *k, struct scene *s, uint32_t instances, float size, bool by_vertex)
{
    const struct push p = {{1.0f, 0.5f, 0.25f, by_vertex ? -1.0f : 1.0f}, size};
    const VkPipeline pipe = kit_graphics_create(k, &s->g);
    const VkDeviceSize zero = 0;
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &s->t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdBindVertexBuffers(cmd, 0, 1, &s->vertices.buffer, &zero);
    vkCmdPushConstants(cmd, s->layout, VK_SHADER_STAGE_ALL, 0, sizeof(p), &p);
    vkCmdDraw(cmd, s->n, instances, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_barrier(cmd);
    kit_submit(k, cmd);
}

static const uint8_t *
pixels(struct kit *k, const struct scene *s)
{
    return kit_read(k, &s->t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
}

static bool
lit(const uint8_t *p, int x, int y)
{
    return p[(y * W + x) * 4] != 0;
}

static void
random_points(struct point *p, uint32_t n, uint32_t *seed)
{
    for (uint32_t i = 0; i < n; i++) {
        p[i].x = (float)(kit_random(seed) % (W * 256)) / 256.0f;
        p[i].y = (float)(kit_random(seed) % (H * 256)) / 256.0f;
        p[i].z = (float)(kit_random(seed) % 256) / 256.0f;
    }
}

/* Is the place inside of the rectangle of a line, and in a dash (16 bits, each `factor` long)? */
static bool
in_line(const struct point *v, float width, uint32_t pattern, uint32_t factor, double x, double y)
{
    const double dx = (double)(v[1].x - v[0].x), dy = (double)(v[1].y - v[0].y), len = sqrt(dx * dx + dy * dy);
    const double along = ((x - (double)v[0].x) * dx + (y - (double)v[0].y) * dy) / len, across = ((x - (double)v[0].x) * dy - (y - (double)v[0].y) * dx) / len;
    return along >= 0 && along <= len && fabs(across) <= (double)width / 2 && pattern >> ((uint32_t)along / factor % 16) & 1;
}

/* Alpha is the area of the pixel that the line covers; where nothing is covered, nothing or a clear alpha. Sums of alpha are areas of lines. */
static void
case_smooth(struct kit *k)
{
    const VkPhysicalDeviceLineRasterizationFeatures *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_LINE_RASTERIZATION_FEATURES);
    SKIP_UNLESS(k, f->smoothLines && k->features.wideLines, "no smoothLines");
    static const struct point lines[][2] = {{{3.3f, 4.9f, 0}, {55.1f, 40.2f, 0}}, {{10.5f, 60.1f, 0}, {50.2f, 2.6f, 0}}, {{5, 20.5f, 0}, {60, 20.5f, 0}},
                                            {{30.25f, 3, 0}, {30.25f, 61, 0}}, {{20.1f, 20.3f, 0}, {21.9f, 20.9f, 0}}};
    static const float widths[] = {1.0f, 2.5f, 7.0f};
    for (uint32_t i = 0; i < ARRAY_LEN(lines) * ARRAY_LEN(widths); i++) {
        const struct point *v = lines[i / ARRAY_LEN(widths)];
        const float width = widths[i % ARRAY_LEN(widths)];
        struct scene *s = new_scene(k, VK_FORMAT_UNDEFINED);
        const VkPipelineRasterizationLineStateCreateInfo mode = {.sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_LINE_STATE_CREATE_INFO,
                                                                 .lineRasterizationMode = VK_LINE_RASTERIZATION_MODE_RECTANGULAR_SMOOTH};
        set_vertices(s, v, 2);
        s->g.raster.pNext = &mode;
        s->g.raster.lineWidth = width;
        s->g.assembly.topology = VK_PRIMITIVE_TOPOLOGY_LINE_LIST;
        draw(k, s, 1, 1, false);
        const uint8_t *got = pixels(k, s);
        const double dx = (double)(v[1].x - v[0].x), dy = (double)(v[1].y - v[0].y), area = sqrt(dx * dx + dy * dy) * (double)width;
        double sum = 0;
        for (int y = 0; y < H; y++) {
            for (int x = 0; x < W; x++) {
                const uint8_t *p = got + (y * W + x) * 4;
                uint32_t n = 0;
                for (int j = 0; j < 32 * 32; j++) {
                    n += in_line(v, width, 0xffff, 1, x + (j % 32 + 0.5) / 32, y + (j / 32 + 0.5) / 32);
                }
                const double want = n / 1024.0;
                sum += p[3] / 255.0;
                REQUIRE(k, fabs(p[3] / 255.0 - want) <= (kit_ours(k) ? 0.03 : 0.35), "line %u: pixel %d %d: %g, not %g", i, x, y, p[3] / 255.0, want);
                REQUIRE(k, want < 0.05 || (p[0] == 255 && p[1] == 128), "line %u: colours are what the shader says", i);
            }
        }
        CHECK(k, fabs(sum - area) <= area * 0.02 + 0.3 || !kit_ours(k), "line %u: %g in all, not %g", i, sum, area);
    }
}

/* Gaps between dashes stay empty: pixels are in or out by their middles. */
static void
case_smooth_stipple(struct kit *k)
{
    const VkPhysicalDeviceLineRasterizationFeatures *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_LINE_RASTERIZATION_FEATURES);
    SKIP_UNLESS(k, f->stippledSmoothLines && kit_ours(k), "no stippledSmoothLines");
    static const struct point v[2] = {{4, 30.5f, 0}, {60, 30.5f, 0}};
    struct scene *s = new_scene(k, VK_FORMAT_UNDEFINED);
    const VkPipelineRasterizationLineStateCreateInfo mode = {.sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_LINE_STATE_CREATE_INFO,
                                                             .lineRasterizationMode = VK_LINE_RASTERIZATION_MODE_RECTANGULAR_SMOOTH,
                                                             .stippledLineEnable = VK_TRUE, .lineStippleFactor = 3, .lineStipplePattern = 0x2b35};
    set_vertices(s, v, 2);
    s->g.raster.pNext = &mode;
    s->g.assembly.topology = VK_PRIMITIVE_TOPOLOGY_LINE_LIST;
    draw(k, s, 1, 1, false);
    const uint8_t *got = pixels(k, s);
    for (int x = 4; x < 60; x++) {
        const bool want = in_line(v, 1.0f, 0x2b35, 3, x + 0.5, 30.5);
        CHECK(k, (got[(30 * W + x) * 4 + 3] == 255) == want && (got[(30 * W + x) * 4 + 3] == 0) == !want, "pixel %d", x);
    }
}

/* Outlines are the same as lines along the edges, corners the same as points: colour and depth. */
static void
case_polygon_mode(struct kit *k)
{
    SKIP_UNLESS(k, k->features.fillModeNonSolid, "no fillModeNonSolid");
    struct point tri[36], line[72];
    uint32_t seed = 3;
    random_points(tri, 36, &seed);
    for (uint32_t i = 0; i < 36; i++) {
        line[2 * i] = tri[i];
        line[2 * i + 1] = tri[i % 3 == 2 ? i - 2 : i + 1];
    }
    for (int points = 0; points < 2; points++) {
        struct scene *a = new_scene(k, VK_FORMAT_D32_SFLOAT), *b = new_scene(k, VK_FORMAT_D32_SFLOAT);
        set_vertices(a, tri, 36);
        set_vertices(b, points ? tri : line, points ? 36 : 72);
        a->g.raster.polygonMode = points ? VK_POLYGON_MODE_POINT : VK_POLYGON_MODE_LINE;
        b->g.assembly.topology = points ? VK_PRIMITIVE_TOPOLOGY_POINT_LIST : VK_PRIMITIVE_TOPOLOGY_LINE_LIST;
        draw(k, a, 1, 5.0f, false);
        draw(k, b, 1, 5.0f, false);
        uint32_t count = 0;
        const uint8_t *pa = pixels(k, a), *pb = pixels(k, b);
        for (uint32_t i = 0; i < W * H; i++) {
            count += pa[i * 4] != 0;
        }
        CHECK(k, count > 100, "only %u pixels", count);
        kit_same(k, points ? "corners" : "outlines", pa, pb, W * H, 4, W);
        const float *za = kit_read(k, &a->t.depth, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0), *zb = kit_read(k, &b->t.depth, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0);
        if (kit_ours(k)) { /* nobody says that the depths of both are rounded alike */
            kit_same(k, "depth", za, zb, W * H, 4, W);
        }
    }
}

/* Culling and depth bias count for the polygon, not for its lines. */
static void
case_polygon_line_state(struct kit *k)
{
    SKIP_UNLESS(k, k->features.fillModeNonSolid, "no fillModeNonSolid");
    static const struct point tri[3] = {{4, 4, 0.25f}, {60, 8, 0.75f}, {12, 60, 0.25f}}; /* clockwise on the screen */
    for (int cull = 0; cull < 2; cull++) {
        struct scene *s = new_scene(k, VK_FORMAT_UNDEFINED);
        set_vertices(s, tri, 3);
        s->g.raster.polygonMode = VK_POLYGON_MODE_LINE;
        s->g.raster.frontFace = VK_FRONT_FACE_CLOCKWISE;
        s->g.raster.cullMode = cull ? VK_CULL_MODE_FRONT_BIT : VK_CULL_MODE_BACK_BIT;
        draw(k, s, 1, 1, false);
        const uint8_t *p = pixels(k, s);
        uint32_t count = 0;
        for (uint32_t i = 0; i < W * H; i++) {
            count += p[i * 4] != 0;
        }
        CHECK(k, cull ? count == 0 : count > 100 && !lit(p, 20, 20), "%u pixels", count);
    }
    float *z[2];
    for (int biased = 0; biased < 2; biased++) {
        struct scene *s = new_scene(k, VK_FORMAT_D32_SFLOAT);
        set_vertices(s, tri, 3);
        s->g.raster.polygonMode = VK_POLYGON_MODE_LINE;
        s->g.raster.depthBiasEnable = biased;
        s->g.raster.depthBiasSlopeFactor = 4.0f;
        draw(k, s, 1, 1, false);
        z[biased] = kit_read(k, &s->t.depth, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0);
    }
    /* the larger of the plane's slopes: dz/dx = 0.5 * 56 / area2, dz/dy = -0.5 * 8 / area2 */
    const float area2 = 56.0f * 56.0f - 8.0f * 4.0f, want = 4.0f * 0.5f * 56.0f / area2;
    uint32_t wrong = 0, count = 0;
    for (uint32_t i = 0; i < W * H; i++) {
        if (z[0][i] < 1.0f) {
            count++;
            wrong += fabsf(z[1][i] - z[0][i] - want) > 1e-5f;
        }
    }
    CHECK(k, count > 100 && wrong == 0, "%u of %u biased wrongly", wrong, count);
}

/* Rectangles around the segment; pixels that are close to their border may go either way. */
static void
case_wide_lines(struct kit *k)
{
    const float *range = k->properties.limits.lineWidthRange;
    uint32_t seed = 9;
    for (int i = 0; i < 24; i++) {
        const float width = !k->features.wideLines || i % 4 == 0 ? 1.0f : fminf(1.0f + (float)(i * 3 % 17) * 0.5f, range[1]);
        struct point p[2];
        random_points(p, 2, &seed);
        struct scene *s = new_scene(k, VK_FORMAT_UNDEFINED);
        set_vertices(s, p, 2);
        s->g.assembly.topology = VK_PRIMITIVE_TOPOLOGY_LINE_LIST;
        s->g.raster.lineWidth = width;
        draw(k, s, 1, 1, false);
        const uint8_t *got = pixels(k, s);
        const double dx = (double)p[1].x - (double)p[0].x, dy = (double)p[1].y - (double)p[0].y, len = sqrt(dx * dx + dy * dy);
        uint32_t wrong = 0, sure = 0;
        for (int y = 0; y < H && k->properties.limits.strictLines; y++) {
            for (int x = 0; x < W; x++) {
                const double cx = x + 0.5 - (double)p[0].x, cy = y + 0.5 - (double)p[0].y;
                const double along = (cx * dx + cy * dy) / len, off = fabs(cx * dy - cy * dx) / len;
                const double in = fmin(fmin(along, len - along), (double)width / 2 - off); /* distance to the border */
                if (fabs(in) > 1.0 / 64) {
                    wrong += lit(got, x, y) != (in > 0);
                    sure += in > 0;
                }
            }
        }
        CHECK(k, wrong == 0 && (sure || !k->properties.limits.strictLines), "line %d, width %g: %u pixels wrong", i, (double)width, wrong);
    }
}

/* One pixel per column or row, the nearest one; with several samples all of them or none. */
static void
case_bresenham(struct kit *k)
{
    const VkPhysicalDeviceLineRasterizationFeatures *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_LINE_RASTERIZATION_FEATURES);
    SKIP_UNLESS(k, f->bresenhamLines, "no Bresenham lines");
    const VkPipelineRasterizationLineStateCreateInfo mode = {.sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_LINE_STATE_CREATE_INFO,
                                                             .lineRasterizationMode = VK_LINE_RASTERIZATION_MODE_BRESENHAM};
    uint32_t seed = 15;
    for (int i = 0; i < 24; i++) {
        struct point p[2];
        random_points(p, 2, &seed);
        struct scene *s = new_scene(k, VK_FORMAT_UNDEFINED);
        set_vertices(s, p, 2);
        s->g.assembly.topology = VK_PRIMITIVE_TOPOLOGY_LINE_LIST;
        s->g.raster.pNext = &mode;
        draw(k, s, 1, 1, false);
        const uint8_t *got = pixels(k, s);
        const bool steep = fabsf(p[1].y - p[0].y) > fabsf(p[1].x - p[0].x);
        const float a0 = steep ? p[0].y : p[0].x, a1 = steep ? p[1].y : p[1].x, b0 = steep ? p[0].x : p[0].y, b1 = steep ? p[1].x : p[1].y;
        uint32_t wrong = 0;
        for (int m = 0; m < W; m++) {
            const float c = (float)m + 0.5f;
            const bool inside = c > fminf(a0, a1) && c < fmaxf(a0, a1);
            const float want = b0 + (b1 - b0) * (c - a0) / (a1 - a0);
            int found = 0;
            for (int n = 0; n < W; n++) {
                const bool on = steep ? lit(got, n, m) : lit(got, m, n);
                found += on;
                wrong += on && fabsf((float)n + 0.5f - want) > 0.5f + 1.0f / 64;
            }
            const bool at_end = fabsf(c - a0) < 1.0f || fabsf(c - a1) < 1.0f; /* the diamonds of the ends may or may not count */
            wrong += found > 1 || (inside && !at_end && found != 1) || (!inside && !at_end && found);
        }
        CHECK(k, wrong == 0, "line %d: %u wrong", i, wrong);
    }
}

static VkPipelineRasterizationLineStateCreateInfo
stippled(VkLineRasterizationMode mode, uint32_t factor, uint16_t pattern)
{
    return (VkPipelineRasterizationLineStateCreateInfo){.sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_LINE_STATE_CREATE_INFO,
                                                        .lineRasterizationMode = mode, .stippledLineEnable = VK_TRUE,
                                                        .lineStippleFactor = factor, .lineStipplePattern = pattern};
}

/* Dashes by hand on straight lines; a strip goes on where the last line ended, even over many pieces; separate lines begin anew. */
static void
case_stipple(struct kit *k)
{
    const VkPhysicalDeviceLineRasterizationFeatures *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_LINE_RASTERIZATION_FEATURES);
    SKIP_UNLESS(k, f->stippledBresenhamLines && f->stippledRectangularLines, "no stippled lines");
    for (int mode = 0; mode < 2; mode++) {
        const VkLineRasterizationMode lm = mode ? VK_LINE_RASTERIZATION_MODE_BRESENHAM : VK_LINE_RASTERIZATION_MODE_RECTANGULAR;
        for (int shape = 0; shape < 5; shape++) {
            const uint16_t pattern = 0x9b35;
            const uint32_t factor = 1 + (uint32_t)shape % 3;
            const VkPipelineRasterizationLineStateCreateInfo state = stippled(lm, factor, pattern);
            struct point p[1000];
            uint32_t n = 2;
            const bool back = shape == 1, down = shape == 2, strip = shape >= 3;
            if (strip) { /* 1000 and 3 points */
                n = shape == 3 ? 1000 : 3;
            }
            for (uint32_t i = 0; i < n; i++) {
                const float t = (float)i / (float)(n - 1), at = back ? 60.0f - 58.0f * t : 2.0f + 58.0f * t;
                p[i] = down ? (struct point){20.5f, at, 0} : (struct point){at, 20.5f, 0};
            }
            struct scene *s = new_scene(k, VK_FORMAT_UNDEFINED);
            set_vertices(s, p, n);
            s->g.assembly.topology = strip ? VK_PRIMITIVE_TOPOLOGY_LINE_STRIP : VK_PRIMITIVE_TOPOLOGY_LINE_LIST;
            s->g.raster.pNext = &state;
            draw(k, s, 1, 1, false);
            const uint8_t *got = pixels(k, s);
            uint32_t wrong = 0;
            for (int i = 0; i < W; i++) {
                if (!kit_ours(k) && (i == 2 || i == 59 || i == 60 || (shape == 3 && mode == 0))) {
                    continue; /* ends on the corner of a diamond; pieces shorter than a pixel, whose rest may be carried over */
                }
                const int counter = back ? 59 - i : i - 2;
                const bool want = i >= 2 && i < 60 && (pattern >> ((uint32_t)counter / factor % 16) & 1);
                wrong += lit(got, down ? 20 : i, down ? i : 20) != want;
            }
            CHECK(k, wrong == 0, "mode %d, shape %d: %u pixels wrong", mode, shape, wrong);
        }
        /* two lines of a list, the second with the pattern from its beginning; the state is dynamic */
        const VkPipelineRasterizationLineStateCreateInfo state = stippled(lm, 1, 0);
        static const struct point two[4] = {{2, 10.5f, 0}, {35, 10.5f, 0}, {35, 12.5f, 0}, {2, 12.5f, 0}};
        struct scene *s = new_scene(k, VK_FORMAT_UNDEFINED);
        set_vertices(s, two, 4);
        s->g.assembly.topology = VK_PRIMITIVE_TOPOLOGY_LINE_LIST;
        s->g.raster.pNext = &state;
        kit_graphics_dynamic(&s->g, VK_DYNAMIC_STATE_LINE_STIPPLE);
        const struct push push = {{1, 1, 1, 1}, 1};
        const VkPipeline pipe = kit_graphics_create(k, &s->g);
        const VkDeviceSize zero = 0;
        const VkCommandBuffer cmd = kit_begin(k);
        kit_target_begin(cmd, &s->t);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
        vkCmdBindVertexBuffers(cmd, 0, 1, &s->vertices.buffer, &zero);
        vkCmdPushConstants(cmd, s->layout, VK_SHADER_STAGE_ALL, 0, sizeof(push), &push);
        k->vk.CmdSetLineStipple(cmd, 2, 0x00ff);
        vkCmdDraw(cmd, 4, 1, 0, 0);
        vkCmdEndRenderPass(cmd);
        kit_barrier(cmd);
        kit_submit(k, cmd);
        const uint8_t *got = pixels(k, s);
        uint32_t wrong = 0;
        for (int x = 2; x < 35; x++) {
            wrong += lit(got, x, 10) != ((x - 2) / 2 % 16 < 8);
            wrong += lit(got, x, 12) != ((34 - x) / 2 % 16 < 8);
        }
        CHECK(k, wrong == 0, "mode %d, list: %u pixels wrong", mode, wrong);
    }
}

/* Every pixel that a triangle touches, every pixel that it fills. */
static void
case_conservative(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, VK_EXT_CONSERVATIVE_RASTERIZATION_EXTENSION_NAME), "no conservative rasterization");
    VkPhysicalDeviceConservativeRasterizationPropertiesEXT limits = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_CONSERVATIVE_RASTERIZATION_PROPERTIES_EXT};
    VkPhysicalDeviceProperties2 props = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &limits};
    k->vk.GetPhysicalDeviceProperties2(k->physical, &props);
    uint32_t seed = 21;
    for (int i = 0; i < 40; i++) {
        const bool under = i % 2;
        if (under && !limits.primitiveUnderestimation) {
            continue;
        }
        const VkPipelineRasterizationConservativeStateCreateInfoEXT state = {
            .sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_CONSERVATIVE_STATE_CREATE_INFO_EXT,
            .conservativeRasterizationMode = under ? VK_CONSERVATIVE_RASTERIZATION_MODE_UNDERESTIMATE_EXT : VK_CONSERVATIVE_RASTERIZATION_MODE_OVERESTIMATE_EXT};
        struct point p[3];
        random_points(p, 3, &seed);
        if (i % 8 == 0) { /* small ones, too */
            p[1] = (struct point){p[0].x + 0.3f, p[0].y, 0};
            p[2] = (struct point){p[0].x, p[0].y + 0.3f, 0};
        }
        struct scene *s = new_scene(k, VK_FORMAT_UNDEFINED);
        set_vertices(s, p, 3);
        s->g.raster.pNext = &state;
        draw(k, s, 1, 1, false);
        const uint8_t *got = pixels(k, s);
        const double area = ((double)p[1].x - (double)p[0].x) * ((double)p[2].y - (double)p[0].y) - ((double)p[2].x - (double)p[0].x) * ((double)p[1].y - (double)p[0].y);
        const double sign = area > 0 ? 1 : -1;
        uint32_t wrong = 0;
        for (int y = 0; y < H; y++) {
            for (int x = 0; x < W; x++) {
                /* the five axes that can part a triangle from a square: how far they are apart, or how far the square is inside */
                double touch = 1e9, inside = 1e9;
                for (int e = 0; e < 3; e++) {
                    const struct point *a = &p[e], *b = &p[(e + 1) % 3];
                    const double nx = -((double)b->y - (double)a->y) * sign, ny = ((double)b->x - (double)a->x) * sign, n = fabs(nx) + fabs(ny);
                    const double d = nx * (x + 0.5 - (double)a->x) + ny * (y + 0.5 - (double)a->y);
                    touch = fmin(touch, n > 0 ? d / n + 0.5 : -1);
                    inside = fmin(inside, n > 0 ? d / n - 0.5 : -1);
                }
                const double x0 = fmin(fmin((double)p[0].x, (double)p[1].x), (double)p[2].x), x1 = fmax(fmax((double)p[0].x, (double)p[1].x), (double)p[2].x);
                const double y0 = fmin(fmin((double)p[0].y, (double)p[1].y), (double)p[2].y), y1 = fmax(fmax((double)p[0].y, (double)p[1].y), (double)p[2].y);
                touch = fmin(fmin(touch, x1 - x), fmin(fmin(x + 1 - x0, y1 - y), y + 1 - y0));
                const double measure = under ? inside : touch;
                wrong += fabs(measure) > 1.0 / 128 && lit(got, x, y) != (measure > 0);
            }
        }
        CHECK(k, wrong == 0, "triangle %d: %u pixels wrong", i, wrong);
    }
}

/* Which vertex flat inputs come from. */
static void
case_provoking(struct kit *k)
{
    const VkPhysicalDeviceProvokingVertexFeaturesEXT *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROVOKING_VERTEX_FEATURES_EXT);
    SKIP_UNLESS(k, f->provokingVertexLast, "no last vertex");
    static const struct {
        VkPrimitiveTopology topology;
        uint32_t n;
        struct point p[5];
        uint32_t prims;
        struct { int x, y; uint32_t first, last; } at[3]; /* a pixel inside of each primitive, provoking vertices */
    } shapes[4] = {
        {VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST, 3, {{2, 2, 0}, {40, 2, 0}, {2, 40, 0}}, 1, {{10, 10, 0, 2}}},
        {VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP, 5, {{2, 2, 0}, {2, 60, 0}, {30, 2, 0}, {30, 60, 0}, {60, 2, 0}}, 3,
         {{6, 10, 0, 2}, {25, 50, 1, 3}, {38, 10, 2, 4}}},
        {VK_PRIMITIVE_TOPOLOGY_TRIANGLE_FAN, 4, {{2, 2, 0}, {60, 2, 0}, {60, 60, 0}, {2, 60, 0}}, 2, {{50, 10, 1, 2}, {10, 50, 2, 3}}},
        {VK_PRIMITIVE_TOPOLOGY_LINE_STRIP, 3, {{2, 10.5f, 0}, {40, 10.5f, 0}, {40.5f, 60, 0}}, 2, {{20, 10, 0, 1}, {40, 40, 1, 2}}},
    };
    for (uint32_t i = 0; i < ARRAY_LEN(shapes); i++) {
        for (int last = 0; last < 2; last++) {
            const VkPipelineRasterizationProvokingVertexStateCreateInfoEXT mode = {
                .sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_PROVOKING_VERTEX_STATE_CREATE_INFO_EXT,
                .provokingVertexMode = last ? VK_PROVOKING_VERTEX_MODE_LAST_VERTEX_EXT : VK_PROVOKING_VERTEX_MODE_FIRST_VERTEX_EXT};
            struct scene *s = new_scene(k, VK_FORMAT_UNDEFINED);
            set_vertices(s, shapes[i].p, shapes[i].n);
            s->g.assembly.topology = shapes[i].topology;
            s->g.raster.pNext = &mode;
            draw(k, s, 1, 1, true);
            const uint8_t *p = pixels(k, s);
            for (uint32_t n = 0; n < shapes[i].prims; n++) {
                const uint32_t want = 1 + (last ? shapes[i].at[n].last : shapes[i].at[n].first);
                const uint32_t got = p[(shapes[i].at[n].y * W + shapes[i].at[n].x) * 4];
                CHECK(k, got == want, "shape %u, primitive %u, last %d: vertex %u, not %u", i, n, last, got, want);
            }
        }
    }
}

/* Depth from -0.5 to 1.5 along x; clipped, not clipped, and with -w as the near plane. */
static void
case_depth_clip(struct kit *k)
{
    const VkPhysicalDeviceDepthClipEnableFeaturesEXT *enable = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DEPTH_CLIP_ENABLE_FEATURES_EXT);
    const VkPhysicalDeviceDepthClipControlFeaturesEXT *control = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DEPTH_CLIP_CONTROL_FEATURES_EXT);
    static const struct point quad[6] = {{0, 0, -0.5f}, {64, 0, 1.5f}, {0, 64, -0.5f}, {64, 0, 1.5f}, {64, 64, 1.5f}, {0, 64, -0.5f}};
    for (int mode = 0; mode < 3; mode++) {
        if ((mode == 1 && !enable->depthClipEnable) || (mode == 2 && !control->depthClipControl)) {
            continue;
        }
        const VkPipelineRasterizationDepthClipStateCreateInfoEXT off = {
            .sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_DEPTH_CLIP_STATE_CREATE_INFO_EXT};
        const VkPipelineViewportDepthClipControlCreateInfoEXT minus = {
            .sType = VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_DEPTH_CLIP_CONTROL_CREATE_INFO_EXT, .negativeOneToOne = VK_TRUE};
        struct scene *s = new_scene(k, VK_FORMAT_D32_SFLOAT);
        set_vertices(s, quad, 6);
        s->g.raster.pNext = mode == 1 ? &off : NULL;
        s->g.viewport.pNext = mode == 2 ? &minus : NULL;
        draw(k, s, 1, 1, false);
        const uint8_t *p = pixels(k, s);
        const float *z = kit_read(k, &s->t.depth, VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0);
        uint32_t wrong = 0;
        for (int x = 0; x < W; x++) {
            const float clip = -0.5f + 2.0f * ((float)x + 0.5f) / W;
            const bool in = mode == 1 || (clip <= 1.0f && clip >= (mode == 2 ? -1.0f : 0.0f));
            wrong += lit(p, x, 20) != in;
            if (mode == 1 || (clip > 0.0f && clip < 1.0f)) { /* neither clipped nor clamped: depth as it comes */
                wrong += fabsf(z[20 * W + x] - (mode == 2 ? clip * 0.5f + 0.5f : clip)) > 1e-5f;
            }
        }
        CHECK(k, wrong == 0, "mode %d: %u wrong", mode, wrong);
    }
}

static void
case_stencil_export(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, VK_EXT_SHADER_STENCIL_EXPORT_EXTENSION_NAME), "no stencil export");
    static const VkFormat formats[2] = {VK_FORMAT_D32_SFLOAT_S8_UINT, VK_FORMAT_S8_UINT};
    for (int f = 0; f < 2; f++) {
        if (!(kit_format_features(k, formats[f], VK_IMAGE_TILING_OPTIMAL) & VK_FORMAT_FEATURE_DEPTH_STENCIL_ATTACHMENT_BIT)) {
            continue;
        }
        static const struct point tri[3] = {{0, 0, 0}, {128, 0, 0}, {0, 128, 0}};
        struct scene *s = new_scene(k, formats[f]);
        kit_graphics_init(k, &s->g, &s->t, s->layout, KIT_CODE(lines_vert), KIT_CODE(lines_stencil_frag));
        kit_graphics_vertices(&s->g, VK_FORMAT_R32G32B32A32_SFLOAT, 16);
        s->g.depth.stencilTestEnable = VK_TRUE;
        s->g.depth.front = (VkStencilOpState){VK_STENCIL_OP_KEEP, VK_STENCIL_OP_REPLACE, VK_STENCIL_OP_KEEP, VK_COMPARE_OP_ALWAYS, 255, 255, 77};
        s->g.depth.back = s->g.depth.front;
        set_vertices(s, tri, 3);
        draw(k, s, 1, 1, false);
        const uint8_t *got = kit_read(k, &s->t.depth, VK_IMAGE_ASPECT_STENCIL_BIT, 0, 0);
        uint8_t want[W * H];
        for (uint32_t i = 0; i < W * H; i++) {
            want[i] = (uint8_t)(i % W * 3 + i / W);
        }
        kit_same(k, "stencil", got, want, W * H, 1, W);
    }
}

/* The vertex shader sends instances to sixteen viewports of two layers. */
static void
case_layers(struct kit *k)
{
    SKIP_UNLESS(k, kit_has(k, VK_EXT_SHADER_VIEWPORT_INDEX_LAYER_EXTENSION_NAME) && k->features.multiViewport && k->properties.limits.maxViewports >= 16,
                "no layers from vertex shaders");
    static const struct point tri[3] = {{0, 0, 0}, {128, 0, 0}, {0, 128, 0}};
    struct scene *s = kit_alloc(k, sizeof(*s));
    scene_init(k, s, VK_FORMAT_UNDEFINED, 2);
    kit_graphics_init(k, &s->g, &s->t, s->layout, KIT_CODE(lines_layer_vert), KIT_CODE(samples_flat_frag));
    kit_graphics_vertices(&s->g, VK_FORMAT_R32G32B32A32_SFLOAT, 16);
    s->g.viewport.viewportCount = s->g.viewport.scissorCount = 16;
    for (uint32_t i = 0; i < 16; i++) {
        s->g.viewports[i] = (VkViewport){(float)(i % 4 * (W / 4)), (float)(i / 4 * (H / 4)), W / 4, H / 4, 0, 1};
        s->g.scissors[i] = (VkRect2D){{0, 0}, {W, i == 5 ? H / 4 + 3 : H}}; /* each viewport has its own */
    }
    set_vertices(s, tri, 3);
    draw(k, s, 32, 1, false);
    for (uint32_t layer = 0; layer < 2; layer++) {
        const uint8_t *p = kit_read(k, &s->t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, layer);
        uint32_t wrong = 0;
        for (uint32_t i = 0; i < W * H; i++) {
            const uint32_t x = i % W, y = i / W, v = y / (H / 4) * 4 + x / (W / 4);
            wrong += p[i * 4] != (v == 5 && y >= H / 4 + 3 ? 0 : 1 + layer + 2 * v);
        }
        CHECK(k, wrong == 0, "layer %u: %u pixels wrong", layer, wrong);
    }
}

/* Squares of every size up to the largest; pixels that are close to their border may go either way. */
static void
case_point_sizes(struct kit *k)
{
    SKIP_UNLESS(k, k->features.largePoints, "no large points");
    const float *range = k->properties.limits.pointSizeRange;
    const float sizes[] = {1, 1.75f, 2, 5.3125f, 16, 33.25f, 64, fminf(99.5f, range[1]), range[1]};
    static const struct point at[2] = {{20.3f, 31.7f, 0}, {44.5f, 12.25f, 0}};
    struct scene *s = new_scene(k, VK_FORMAT_UNDEFINED);
    s->g.assembly.topology = VK_PRIMITIVE_TOPOLOGY_POINT_LIST;
    set_vertices(s, at, 2);
    for (size_t n = 0; n < ARRAY_LEN(sizes); n++) {
        draw(k, s, 1, sizes[n], false);
        const uint8_t *got = pixels(k, s);
        const double half = (double)sizes[n] / 2;
        uint32_t wrong = 0, sure = 0;
        for (int y = 0; y < H; y++) {
            for (int x = 0; x < W; x++) {
                double in = -1e9; /* distance to the border of the nearer square */
                for (int i = 0; i < 2; i++) {
                    in = fmax(in, half - fmax(fabs(x + 0.5 - (double)at[i].x), fabs(y + 0.5 - (double)at[i].y)));
                }
                if (fabs(in) > 1.0 / 64) {
                    wrong += lit(got, x, y) != (in > 0);
                    sure += in > 0;
                }
            }
        }
        CHECK(k, wrong == 0 && sure, "size %g: %u pixels wrong", (double)sizes[n], wrong);
    }
}

static const struct kit_case cases[] = {
    {"smooth", case_smooth}, {"smooth_stipple", case_smooth_stipple},
    {"polygon_mode", case_polygon_mode}, {"polygon_line_state", case_polygon_line_state}, {"wide_lines", case_wide_lines},
    {"bresenham", case_bresenham}, {"stipple", case_stipple}, {"conservative", case_conservative}, {"provoking", case_provoking}, {"depth_clip", case_depth_clip}, {"stencil_export", case_stencil_export},
    {"layers", case_layers}, {"point_sizes", case_point_sizes},
};
KIT_MAIN(cases)
