/* Ray queries and acceleration structures: what rays report about a small scene, against plain arithmetic here; the same scene built in every way,
 * updated, copied, compacted, carried as bytes; a picture by compute and fragment shaders. SPEC: acceleration-structure, ray-traversal */
#include "kit_accel.h"
#include "ray_pixel_frag.h"
#include "ray_probe_comp.h"
#include "kit_tri_vert.h"

enum { MAX_RAYS = 4096, BOXES = 3, INSTANCES = 5 };

struct ray { /* as in ray_probe.comp */
    float origin[3], tmin, direction[3], tmax;
    uint32_t flags, mask, mode, structure;
};
enum { CONFIRM = 1, GENERATE = 2, STOP = 4, BY_ADDRESS = 8, OTHER_QUERY = 256 };
struct hit {
    uint32_t type, instance, custom_index, sbt, geometry, primitive, front, candidates;
    float t, u, v, tmin;
    float object_origin[4], object_direction[4];
    float to_world[4][4], to_object[4][4]; /* columns of three, padded */
    float position[3][4];
    uint32_t flags, opaque_boxes, last_type, last_primitive;
};

/* ---- the scene ----
 * Structure "flat": geometry 0, opaque: a square of two triangles, 0..4, at z = 0; geometry 1, not opaque: four triangles with their corners at
 * x = 5, 6, 7, 8, at z = 1. Structure "boxes": boxes of side 1 at x = 0, 2, 4. */

static const float square[4][3] = {{0, 0, 0}, {4, 0, 0}, {4, 4, 0}, {0, 4, 0}};
static const uint32_t square_index[6] = {0, 1, 2, 0, 2, 3};
static const VkAabbPositionsKHR boxes[BOXES] = {{0, 0, 0, 1, 1, 1}, {2, 0, 0, 3, 1, 1}, {4, 0, 0, 5, 1, 1}};

static void
corners(float v[4][3][3])
{
    for (int i = 0; i < 4; i++) {
        const float x = 5.0f + (float)i;
        const float t[3][3] = {{x, 0, 1}, {x + 0.75f, 0, 1}, {x, 0.75f, 1}};
        memcpy(v[i], t, sizeof(t));
    }
}

static const float transforms[INSTANCES][3][4] = {
    {{1, 0, 0, -4.5f}, {0, 1, 0, -4.5f}, {0, 0, 1, 0}},            /* flat */
    {{0, -0.5f, 0, 4}, {0.5f, 0, 0, -3}, {0, 0, 2, 1}},            /* flat, turned, smaller */
    {{1, 0, 0, -4}, {0, 1, 0, 2}, {0, 0, 1, 0.5f}},                /* boxes */
    {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}},                    /* inactive */
    {{-1, 0, 0, 4.5f}, {0.25f, 1, 0, 0.5f}, {0, 0, 1, -2}},        /* flat, mirrored, skewed */
};
static const bool shows_boxes[INSTANCES] = {false, false, true, false, false};
static const uint8_t masks[INSTANCES] = {0xff, 0x0f, 0x3c, 0xff, 0xf0};
static const VkGeometryInstanceFlagsKHR instance_flags[INSTANCES] = {
    0, VK_GEOMETRY_INSTANCE_TRIANGLE_FLIP_FACING_BIT_KHR, 0, 0,
    VK_GEOMETRY_INSTANCE_TRIANGLE_FACING_CULL_DISABLE_BIT_KHR | VK_GEOMETRY_INSTANCE_FORCE_OPAQUE_BIT_KHR};

struct scene {
    VkAccelerationStructureKHR flat, boxes, top;
    struct kit_place vertices, indices, corners, box_data, instances, pointers;
    enum kit_how how;
};

static struct kit_accel_input
flat_input(struct scene *s, VkAccelerationStructureGeometryKHR g[2], VkAccelerationStructureBuildRangeInfoKHR r[2])
{
    g[0] = kit_triangles(s->how, VK_GEOMETRY_OPAQUE_BIT_KHR, &s->vertices, VK_FORMAT_R32G32B32_SFLOAT, 16, 4, &s->indices, VK_INDEX_TYPE_UINT32, NULL);
    g[1] = kit_triangles(s->how, 0, &s->corners, VK_FORMAT_R32G32B32_SFLOAT, 12, 12, NULL, VK_INDEX_TYPE_NONE_KHR, NULL);
    r[0] = (VkAccelerationStructureBuildRangeInfoKHR){.primitiveCount = 2, .primitiveOffset = 8};
    r[1] = (VkAccelerationStructureBuildRangeInfoKHR){.primitiveCount = 4};
    return (struct kit_accel_input){VK_ACCELERATION_STRUCTURE_TYPE_BOTTOM_LEVEL_KHR,
                                    VK_BUILD_ACCELERATION_STRUCTURE_ALLOW_UPDATE_BIT_KHR | VK_BUILD_ACCELERATION_STRUCTURE_ALLOW_COMPACTION_BIT_KHR |
                                        VK_BUILD_ACCELERATION_STRUCTURE_ALLOW_DATA_ACCESS_BIT_KHR,
                                    2, g, r};
}

static void
write_instances(struct kit *k, struct scene *s)
{
    VkAccelerationStructureInstanceKHR *in = s->instances.buffer.data;
    uint64_t *pointer = s->pointers.buffer.data;
    for (uint32_t i = 0; i < INSTANCES; i++) {
        memcpy(&in[i].transform, transforms[i], sizeof(in[i].transform));
        in[i].instanceCustomIndex = 100 + i;
        in[i].mask = masks[i];
        in[i].instanceShaderBindingTableRecordOffset = 7 * i;
        in[i].flags = (uint8_t)instance_flags[i];
        in[i].accelerationStructureReference = i == 3 ? 0 : kit_accel_reference(k, s->how, shows_boxes[i] ? s->boxes : s->flat);
        pointer[i] = (s->how >= KIT_BY_HOST ? (uint64_t)(uintptr_t)s->instances.buffer.data : s->instances.address) + i * sizeof(*in);
    }
}

static struct kit_accel_input
top_input(struct scene *s, VkAccelerationStructureGeometryKHR *g, VkAccelerationStructureBuildRangeInfoKHR *r, bool pointers)
{
    *g = kit_instances(s->how, pointers ? &s->pointers : &s->instances, pointers);
    *r = (VkAccelerationStructureBuildRangeInfoKHR){.primitiveCount = INSTANCES};
    return (struct kit_accel_input){VK_ACCELERATION_STRUCTURE_TYPE_TOP_LEVEL_KHR, VK_BUILD_ACCELERATION_STRUCTURE_ALLOW_UPDATE_BIT_KHR, 1, g, r};
}

static void
make_scene(struct kit *k, struct scene *s, enum kit_how how)
{
    float v[4][4] = {{0}}, c[4][3][3];
    uint32_t index[8] = {99, 99};
    VkAccelerationStructureGeometryKHR g[2];
    VkAccelerationStructureBuildRangeInfoKHR r[2];
    s->how = how;
    for (int i = 0; i < 4; i++) {
        memcpy(v[i], square[i], 12);
    }
    memcpy(index + 2, square_index, sizeof(square_index)); /* at the range's offset */
    corners(c);
    s->vertices = kit_place(k, sizeof(v), v);
    s->indices = kit_place(k, sizeof(index), index);
    s->corners = kit_place(k, sizeof(c), c);
    s->box_data = kit_place(k, sizeof(boxes), boxes);
    s->instances = kit_place(k, INSTANCES * sizeof(VkAccelerationStructureInstanceKHR), NULL);
    s->pointers = kit_place(k, INSTANCES * 8, NULL);
    struct kit_accel_input in = flat_input(s, g, r);
    s->flat = kit_accel_build(k, how, &in);
    g[0] = kit_boxes(how, 0, &s->box_data, sizeof(VkAabbPositionsKHR));
    r[0] = (VkAccelerationStructureBuildRangeInfoKHR){.primitiveCount = BOXES};
    in = (struct kit_accel_input){VK_ACCELERATION_STRUCTURE_TYPE_BOTTOM_LEVEL_KHR, VK_BUILD_ACCELERATION_STRUCTURE_ALLOW_COMPACTION_BIT_KHR, 1, g, r};
    s->boxes = kit_accel_build(k, how, &in);
    write_instances(k, s);
    in = top_input(s, g, r, how & 1);
    s->top = kit_accel_build(k, how, &in);
}

/* ---- what should be hit ---- */

static void
move(const float m[3][4], const double v[3], double w, double out[3])
{
    for (int i = 0; i < 3; i++) {
        out[i] = (double)m[i][0] * v[0] + (double)m[i][1] * v[1] + (double)m[i][2] * v[2] + w * (double)m[i][3];
    }
}

static double
det3(const double a[3], const double b[3], const double c[3])
{
    return a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0]);
}

struct want {
    uint32_t type, instance, geometry, primitive, front;
    double t, u, v;
    bool close; /* to an edge, or to another candidate: anything may come out */
};

/* Triangles where they stand in the world; what the ray's flags say is applied. */
static void
want_triangle(struct want *w, const struct ray *r, uint32_t inst, uint32_t geometry, uint32_t primitive, const float tri[3][3])
{
    double p[3][3], e1[3], e2[3], o[3], d[3];
    for (int i = 0; i < 3; i++) {
        const double v[3] = {(double)tri[i][0], (double)tri[i][1], (double)tri[i][2]};
        move(transforms[inst], v, 1, p[i]);
    }
    for (int i = 0; i < 3; i++) {
        e1[i] = p[1][i] - p[0][i];
        e2[i] = p[2][i] - p[0][i];
        o[i] = (double)r->origin[i] - p[0][i];
        d[i] = -(double)r->direction[i];
    }
    const double det = det3(e1, e2, d);
    if (fabs(det) < 1e-9) {
        return;
    }
    const double u = det3(o, e2, d) / det, v = det3(e1, o, d) / det, t = det3(e1, e2, o) / det, edge = fmin(fmin(u, v), 1 - u - v);
    if (edge < -1e-4 || t < (double)r->tmin - 1e-4 || t > (double)r->tmax + 1e-4) {
        return;
    }
    bool opaque = geometry == 0;
    opaque = instance_flags[inst] & VK_GEOMETRY_INSTANCE_FORCE_OPAQUE_BIT_KHR ? true : opaque;
    opaque = r->flags & 1 ? true : r->flags & 2 ? false : opaque;
    /* Facing is seen in the object's space: mirrors do not change it. */
    const double handed = det3((double[3]){(double)transforms[inst][0][0], (double)transforms[inst][0][1], (double)transforms[inst][0][2]},
                               (double[3]){(double)transforms[inst][1][0], (double)transforms[inst][1][1], (double)transforms[inst][1][2]},
                               (double[3]){(double)transforms[inst][2][0], (double)transforms[inst][2][1], (double)transforms[inst][2][2]});
    bool front = (det > 0) == (handed > 0);
    front = front != ((instance_flags[inst] & VK_GEOMETRY_INSTANCE_TRIANGLE_FLIP_FACING_BIT_KHR) != 0);
    const bool culls = !(instance_flags[inst] & VK_GEOMETRY_INSTANCE_TRIANGLE_FACING_CULL_DISABLE_BIT_KHR);
    if (r->flags & 0x100 || (culls && r->flags & (front ? 0x20u : 0x10u)) || r->flags & (opaque ? 0x40u : 0x80u) || (!opaque && !(r->mode & CONFIRM))) {
        return;
    }
    if (edge < 1e-4 || fabs(t - (double)r->tmin) < 1e-4 || fabs(t - (double)r->tmax) < 1e-4 || (w->type && fabs(t - w->t) < 1e-4)) {
        w->close = true;
    }
    if (!w->type || t < w->t) {
        const bool close = w->close;
        *w = (struct want){1, inst, geometry, primitive, front, t, u, v, close};
    }
}

static void
want_box(struct want *w, const struct ray *r, uint32_t inst, uint32_t primitive)
{
    /* this instance is only moved */
    double near = (double)r->tmin, far = (double)r->tmax, hit = 0, dd = 0;
    for (int i = 0; i < 3; i++) {
        const double d = (double)r->direction[i], o = (double)r->origin[i] - (double)transforms[inst][i][3];
        const double lo = (double)(&boxes[primitive].minX)[i], hi = (double)(&boxes[primitive].maxX)[i];
        if (fabs(d) < 1e-9) {
            if (o < lo || o > hi) {
                return;
            }
        } else {
            near = fmax(near, fmin((lo - o) / d, (hi - o) / d));
            far = fmin(far, fmax((lo - o) / d, (hi - o) / d));
        }
        hit += ((lo + hi) / 2 - o) * d;
        dd += d * d;
    }
    const bool opaque = r->flags & 1;
    if (fabs(near - far) < 1e-3) {
        w->close = true;
    }
    hit /= dd;
    if (near > far || !(r->mode & GENERATE) || r->flags & 0x200 || r->flags & (opaque ? 0x40u : 0x80u) || hit < (double)r->tmin || hit > (double)r->tmax) {
        return;
    }
    if (w->type && fabs(hit - w->t) < 1e-3) {
        w->close = true;
    }
    if (!w->type || hit < w->t) {
        const bool close = w->close;
        *w = (struct want){2, inst, 0, primitive, 0, hit, 0, 0, close};
    }
}

static struct want
want_of(const struct ray *r)
{
    struct want w = {0};
    float c[4][3][3];
    corners(c);
    for (uint32_t i = 0; i < INSTANCES; i++) {
        if (i == 3 || !(masks[i] & r->mask)) {
            continue;
        }
        for (uint32_t p = 0; p < BOXES && shows_boxes[i]; p++) {
            want_box(&w, r, i, p);
        }
        for (uint32_t p = 0; p < 6 && !shows_boxes[i]; p++) {
            float t[3][3];
            for (int k = 0; k < 3; k++) {
                memcpy(t[k], p < 2 ? square[square_index[p * 3 + (uint32_t)k]] : c[p - 2][k], 12);
            }
            want_triangle(&w, r, i, p < 2 ? 0 : 1, p < 2 ? p : p - 2, (const float(*)[3])t);
        }
    }
    return w;
}

/* ---- rays ---- */

struct probe {
    VkPipelineLayout layout;
    VkPipeline pipeline;
    VkDescriptorSet set;
    struct kit_buffer rays, hits;
    VkDescriptorSetLayout set_layout;
};

static void
make_probe(struct kit *k, struct probe *p)
{
    const VkDescriptorSetLayoutBinding b[3] = {{0, VK_DESCRIPTOR_TYPE_ACCELERATION_STRUCTURE_KHR, 4, VK_SHADER_STAGE_ALL, NULL},
                                               {1, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_ALL, NULL},
                                               {2, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_ALL, NULL}};
    p->set_layout = kit_set_layout(k, 3, b, 0);
    p->layout = kit_layout(k, 1, &p->set_layout, 16);
    p->pipeline = kit_compute(k, p->layout, KIT_CODE(ray_probe_comp), NULL);
    p->set = kit_set(k, p->set_layout);
    p->rays = kit_buffer(k, MAX_RAYS * sizeof(struct ray), NULL);
    p->hits = kit_buffer(k, MAX_RAYS * sizeof(struct hit), NULL);
    kit_write_buffer(k, p->set, 1, 0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, p->rays.buffer, 0, VK_WHOLE_SIZE);
    kit_write_buffer(k, p->set, 2, 0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, p->hits.buffer, 0, VK_WHOLE_SIZE);
}

static const struct hit *
shoot(struct kit *k, struct probe *p, VkAccelerationStructureKHR as, const struct ray *rays, uint32_t n)
{
    struct {
        VkDeviceAddress address;
        uint32_t n, pad;
    } push = {as ? kit_accel_address(k, as) : 0, n, 0};
    for (uint32_t i = 0; i < 4 && as; i++) {
        kit_write_accel(k, p->set, 0, i, as);
    }
    memcpy(p->rays.data, rays, n * sizeof(*rays));
    memset(p->hits.data, 0xee, p->hits.size_B);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, p->pipeline);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, p->layout, 0, 1, &p->set, 0, NULL);
    vkCmdPushConstants(cmd, p->layout, VK_SHADER_STAGE_ALL, 0, sizeof(push), &push);
    vkCmdDispatch(cmd, (n + 63) / 64, 1, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    return p->hits.data;
}

static float
noise(uint32_t *seed, float lo, float hi)
{
    return lo + (hi - lo) * (float)(kit_random(seed) >> 8) * 0x1p-24f;
}

static void
random_rays(struct ray *r, uint32_t n, uint32_t seed)
{
    static const uint32_t flags[] = {0, 0, 0, 1, 2, 0x10, 0x20, 0x40, 0x80, 0x100, 0x200, 0x11, 0x22};
    for (uint32_t i = 0; i < n; i++) {
        const float to[3] = {noise(&seed, -5, 5), noise(&seed, -5, 5), noise(&seed, -2, 2)};
        r[i] = (struct ray){.tmax = 100, .flags = flags[kit_random(&seed) % ARRAY_LEN(flags)], .mask = i % 5 ? 0xff : 1u << kit_random(&seed) % 8,
                            .mode = kit_random(&seed) & (CONFIRM | GENERATE | BY_ADDRESS | OTHER_QUERY), .structure = kit_random(&seed) % 4};
        for (int a = 0; a < 3; a++) {
            r[i].origin[a] = noise(&seed, -8, 8);
            r[i].direction[a] = (to[a] - r[i].origin[a]) * noise(&seed, 0.3f, 1.0f);
        }
        if (i % 4 == 0) {
            r[i].tmin = noise(&seed, 0, 1.5f);
            r[i].tmax = r[i].tmin + noise(&seed, 0, 2);
        }
    }
}

static bool
is_near(double a, double b)
{
    return fabs(a - b) <= 2e-4 * (1 + fabs(b));
}

static void
check_hits(struct kit *k, const char *what, const struct ray *rays, const struct hit *h, uint32_t n)
{
    uint32_t left_out = 0, hits = 0;
    for (uint32_t i = 0; i < n; i++, h++) {
        const struct want w = want_of(&rays[i]);
        if (w.close) {
            left_out++;
            continue;
        }
        const bool same = h->type == w.type && h->flags == rays[i].flags && is_near((double)h->tmin, (double)rays[i].tmin) &&
                          (!w.type || (h->instance == w.instance && h->geometry == w.geometry && h->primitive == w.primitive && h->front == w.front &&
                                       is_near((double)h->t, w.t) && is_near((double)h->u, w.u) && is_near((double)h->v, w.v) &&
                                       h->custom_index == 100 + w.instance && h->sbt == 7 * w.instance));
        REQUIRE(k, same, "%s: ray %u flags %x mode %x mask %x: type %u instance %u geometry %u primitive %u front %u t %g u %g v %g, not %u %u %u %u %u %g %g %g",
                what, i, rays[i].flags, rays[i].mode, rays[i].mask, h->type, h->instance, h->geometry, h->primitive, h->front, (double)h->t,
                (double)h->u, (double)h->v, w.type, w.instance, w.geometry, w.primitive, w.front, w.t, w.u, w.v);
        hits += w.type != 0;
        if (!w.type) {
            continue;
        }
        double o[3], back[3];
        for (int a = 0; a < 3; a++) { /* the object's space: matrices are each other's inverse, the ray is where they say */
            for (int c = 0; c < 4; c++) {
                CHECK(k, h->to_world[c][a] == transforms[w.instance][a][c], "%s: ray %u: object to world", what, i);
            }
            o[a] = (double)h->object_origin[a];
        }
        move(transforms[w.instance], o, 1, back);
        for (int a = 0; a < 3; a++) {
            CHECK(k, is_near(back[a], (double)rays[i].origin[a]), "%s: ray %u: object origin %g back in the world", what, i, back[a]);
            double d = 0;
            for (int c = 0; c < 3; c++) {
                d += (double)h->to_object[c][a] * (double)rays[i].direction[c];
            }
            CHECK(k, is_near((double)h->object_direction[a], d), "%s: ray %u: object direction", what, i);
        }
        CHECK(k, h->object_origin[3] == 0 && h->object_direction[3] == 0, "%s: ray %u: the ray in the world", what, i);
        for (uint32_t c = 0; c < 3 && w.type == 1; c++) {
            float all[4][3][3];
            corners(all);
            const float *v = w.geometry ? all[w.primitive][c] : square[square_index[w.primitive * 3 + c]];
            CHECK(k, memcmp(h->position[c], v, 12) == 0, "%s: ray %u: vertex %u", what, i, c);
        }
    }
    CHECK(k, left_out < n / 10 && hits > n / 8, "%s: of %u rays %u left out, %u hits", what, n, left_out, hits);
}

static bool
can_trace(struct kit *k)
{
    const VkPhysicalDeviceRayQueryFeaturesKHR *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_RAY_QUERY_FEATURES_KHR);
    const VkPhysicalDeviceRayTracingPositionFetchFeaturesKHR *p = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_RAY_TRACING_POSITION_FETCH_FEATURES_KHR);
    return f->rayQuery && p->rayTracingPositionFetch;
}

/* ---- cases ---- */

static void
case_rays(struct kit *k)
{
    SKIP_UNLESS(k, can_trace(k), "no ray queries");
    static struct ray rays[MAX_RAYS];
    struct probe p;
    make_probe(k, &p);
    random_rays(rays, MAX_RAYS, 7);
    for (enum kit_how how = 0; how < KIT_BY_COUNT; how++) {
        static const char *const names[KIT_BY_COUNT] = {"commands", "indirect", "host", "deferred"};
        struct scene s;
        if (kit_can_build(k, how)) {
            make_scene(k, &s, how);
            check_hits(k, names[how], rays, shoot(k, &p, s.top, rays, MAX_RAYS), MAX_RAYS);
        }
    }
}

/* Candidates one by one: what is there before anything is committed, the end at the first, the first hit that is good enough. */
static void
case_candidates(struct kit *k)
{
    SKIP_UNLESS(k, can_trace(k), "no ray queries");
    struct scene s;
    struct probe p;
    make_probe(k, &p);
    make_scene(k, &s, KIT_BY_COMMANDS);
    const struct ray through_boxes = {.origin = {-10, 2.5f, 1}, .direction = {1, 0, 0}, .tmax = 100, .mask = 0xff};
    const struct ray through_corner = {.origin = {0.75f, -4.25f, 9}, .direction = {0, 0, -1}, .tmax = 100, .mask = 1};
    struct ray r[6];
    r[0] = through_boxes; /* each box is a candidate once; nothing comes of them */
    r[1] = through_boxes;
    r[1].mode = GENERATE | STOP;
    r[2] = through_boxes;
    r[2].flags = 1; /* opaque boxes are candidates all the same, and said to be opaque */
    r[3] = through_boxes;
    r[3].flags = 4;
    r[3].mode = GENERATE;
    r[4] = through_corner;
    r[5] = through_corner;
    r[5].flags = 1;
    const struct hit *h = shoot(k, &p, s.top, r, 6);
    CHECK(k, h[0].candidates == 3 && h[0].type == 0 && h[0].opaque_boxes == 0 && h[0].last_type == 1, "boxes: %u candidates, type %u", h[0].candidates, h[0].type);
    CHECK(k, h[1].candidates == 1 && h[1].type == 2, "ended at the first: %u candidates, type %u", h[1].candidates, h[1].type);
    CHECK(k, h[2].candidates == 3 && h[2].opaque_boxes == 3, "opaque boxes: %u of %u", h[2].opaque_boxes, h[2].candidates);
    CHECK(k, h[3].candidates == 1 && h[3].type == 2, "the first hit: %u candidates, type %u", h[3].candidates, h[3].type);
    CHECK(k, h[4].candidates == 1 && h[4].type == 0 && h[4].last_type == 0 && h[4].last_primitive == 0, "a corner: %u candidates, type %u", h[4].candidates, h[4].type);
    CHECK(k, h[5].candidates == 0 && h[5].type == 1 && h[5].geometry == 1, "a corner made opaque: %u candidates, type %u", h[5].candidates, h[5].type);
}

/* The same hits from copies, compacted ones, and what came back from bytes. */
static VkAccelerationStructureKHR
carried(struct kit *k, VkAccelerationStructureKHR as, VkAccelerationStructureTypeKHR type, bool host, const uint64_t *references, uint8_t *keep, size_t keep_B)
{
    VkDeviceSize size_B = 0, pointers = 0;
    MUST(k->vk.WriteAccelerationStructuresPropertiesKHR(k->device, 1, &as, VK_QUERY_TYPE_ACCELERATION_STRUCTURE_SERIALIZATION_SIZE_KHR, 8, &size_B, 8));
    MUST(k->vk.WriteAccelerationStructuresPropertiesKHR(k->device, 1, &as, VK_QUERY_TYPE_ACCELERATION_STRUCTURE_SERIALIZATION_BOTTOM_LEVEL_POINTERS_KHR, 8,
                                                        &pointers, 8));
    const struct kit_place data = kit_place(k, size_B, NULL);
    const VkCopyAccelerationStructureToMemoryInfoKHR out = {.sType = VK_STRUCTURE_TYPE_COPY_ACCELERATION_STRUCTURE_TO_MEMORY_INFO_KHR, .src = as,
                                                            .mode = VK_COPY_ACCELERATION_STRUCTURE_MODE_SERIALIZE_KHR,
                                                            .dst = {.deviceAddress = data.address}};
    VkCommandBuffer cmd;
    if (host) {
        VkCopyAccelerationStructureToMemoryInfoKHR there = out;
        there.dst.hostAddress = data.buffer.data;
        CHECK_VK(k, k->vk.CopyAccelerationStructureToMemoryKHR(k->device, VK_NULL_HANDLE, &there));
    } else {
        cmd = kit_begin(k);
        k->vk.CmdCopyAccelerationStructureToMemoryKHR(cmd, &out);
        kit_barrier(cmd);
        kit_submit(k, cmd);
    }
    uint64_t head[3];
    memcpy(head, (uint8_t *)data.buffer.data + 32, sizeof(head));
    CHECK(k, head[0] == size_B && head[2] == pointers && (type == VK_ACCELERATION_STRUCTURE_TYPE_TOP_LEVEL_KHR ? pointers > 0 : pointers == 0),
          "serialized: %llu B said, %llu asked; %llu pointers, %llu asked", (unsigned long long)head[0], (unsigned long long)size_B,
          (unsigned long long)head[2], (unsigned long long)pointers);
    for (uint64_t i = 0; i < pointers; i++) { /* from the old bottom levels to new ones */
        uint64_t *at = (uint64_t *)(void *)((uint8_t *)data.buffer.data + 56 + 8 * i);
        *at = *at == references[0] ? references[2] : *at == references[1] ? references[3] : *at;
    }
    VkAccelerationStructureVersionInfoKHR version = {.sType = VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_VERSION_INFO_KHR, .pVersionData = data.buffer.data};
    VkAccelerationStructureCompatibilityKHR compatible;
    k->vk.GetDeviceAccelerationStructureCompatibilityKHR(k->device, &version, &compatible);
    CHECK(k, compatible == VK_ACCELERATION_STRUCTURE_COMPATIBILITY_COMPATIBLE_KHR, "own data is not compatible");
    uint8_t other[32];
    memcpy(other, data.buffer.data, sizeof(other));
    other[20] ^= 1;
    version.pVersionData = other;
    k->vk.GetDeviceAccelerationStructureCompatibilityKHR(k->device, &version, &compatible);
    CHECK(k, compatible == VK_ACCELERATION_STRUCTURE_COMPATIBILITY_INCOMPATIBLE_KHR, "other data is compatible");
    if (keep && size_B <= keep_B) {
        memcpy(keep, data.buffer.data, size_B);
    }
    const VkAccelerationStructureKHR back = kit_accel(k, type, head[1]);
    const VkCopyMemoryToAccelerationStructureInfoKHR in = {.sType = VK_STRUCTURE_TYPE_COPY_MEMORY_TO_ACCELERATION_STRUCTURE_INFO_KHR,
                                                           .src = {.deviceAddress = data.address}, .dst = back,
                                                           .mode = VK_COPY_ACCELERATION_STRUCTURE_MODE_DESERIALIZE_KHR};
    if (host) {
        VkCopyMemoryToAccelerationStructureInfoKHR here = in;
        here.src.hostAddress = data.buffer.data;
        const VkDeferredOperationKHR op = kit_deferred(k);
        const VkResult r = k->vk.CopyMemoryToAccelerationStructureKHR(k->device, op, &here);
        CHECK(k, r == VK_OPERATION_NOT_DEFERRED_KHR || (r == VK_OPERATION_DEFERRED_KHR && kit_join(k, op) == VK_SUCCESS), "deferred: %s", kit_result_name(r));
    } else {
        cmd = kit_begin(k);
        k->vk.CmdCopyMemoryToAccelerationStructureKHR(cmd, &in);
        kit_barrier(cmd);
        kit_submit(k, cmd);
    }
    return back;
}

static VkAccelerationStructureKHR
copied(struct kit *k, VkAccelerationStructureKHR as, VkAccelerationStructureTypeKHR type, bool compact, bool host)
{
    const VkQueryType what = compact ? VK_QUERY_TYPE_ACCELERATION_STRUCTURE_COMPACTED_SIZE_KHR : VK_QUERY_TYPE_ACCELERATION_STRUCTURE_SIZE_KHR;
    const VkQueryPool pool = kit_queries(k, what, 1, 0);
    uint64_t size_B = 0, said_B = 0;
    VkCommandBuffer cmd = kit_begin(k);
    vkCmdResetQueryPool(cmd, pool, 0, 1);
    k->vk.CmdWriteAccelerationStructuresPropertiesKHR(cmd, 1, &as, what, pool, 0);
    kit_submit(k, cmd);
    CHECK_VK(k, vkGetQueryPoolResults(k->device, pool, 0, 1, 8, &size_B, 8, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT));
    CHECK_VK(k, k->vk.WriteAccelerationStructuresPropertiesKHR(k->device, 1, &as, what, 8, &said_B, 8));
    CHECK(k, size_B && size_B == said_B, "size %llu, host %llu", (unsigned long long)size_B, (unsigned long long)said_B);
    const VkAccelerationStructureKHR to = host ? kit_accel_early(k, type, size_B) : kit_accel(k, type, size_B);
    const VkCopyAccelerationStructureInfoKHR info = {.sType = VK_STRUCTURE_TYPE_COPY_ACCELERATION_STRUCTURE_INFO_KHR, .src = as, .dst = to,
                                                     .mode = compact ? VK_COPY_ACCELERATION_STRUCTURE_MODE_COMPACT_KHR : VK_COPY_ACCELERATION_STRUCTURE_MODE_CLONE_KHR};
    if (host) {
        CHECK_VK(k, k->vk.CopyAccelerationStructureKHR(k->device, VK_NULL_HANDLE, &info));
        return to;
    }
    cmd = kit_begin(k);
    k->vk.CmdCopyAccelerationStructureKHR(cmd, &info);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    return to;
}

static void
case_copies(struct kit *k)
{
    SKIP_UNLESS(k, can_trace(k) && kit_can_build(k, KIT_BY_HOST), "no ray queries, no host commands");
    enum { N = 1024 };
    struct ray rays[N];
    struct scene s;
    struct probe p;
    make_probe(k, &p);
    random_rays(rays, N, 3);
    make_scene(k, &s, KIT_BY_COMMANDS);
    const VkAccelerationStructureTypeKHR bottom = VK_ACCELERATION_STRUCTURE_TYPE_BOTTOM_LEVEL_KHR, top = VK_ACCELERATION_STRUCTURE_TYPE_TOP_LEVEL_KHR;
    for (int host = 0; host < 2; host++) {
        check_hits(k, "clone", rays, shoot(k, &p, copied(k, s.top, top, false, host), rays, N), N);
        /* Compacted bottom levels, then a top level that knows them. */
        const VkAccelerationStructureKHR flat = s.flat, box = s.boxes;
        s.flat = copied(k, flat, bottom, true, host);
        s.boxes = copied(k, box, bottom, true, host);
        VkAccelerationStructureGeometryKHR g;
        VkAccelerationStructureBuildRangeInfoKHR r;
        write_instances(k, &s);
        const struct kit_accel_input in = top_input(&s, &g, &r, false);
        const VkAccelerationStructureKHR over = kit_accel_build(k, KIT_BY_COMMANDS, &in);
        check_hits(k, "compact", rays, shoot(k, &p, over, rays, N), N);
        /* All of it as bytes and back. */
        const VkAccelerationStructureKHR flat2 = carried(k, s.flat, bottom, host, NULL, NULL, 0), box2 = carried(k, s.boxes, bottom, host, NULL, NULL, 0);
        const uint64_t references[4] = {kit_accel_address(k, s.flat), kit_accel_address(k, s.boxes), kit_accel_address(k, flat2), kit_accel_address(k, box2)};
        check_hits(k, "carried", rays, shoot(k, &p, carried(k, over, top, host, references, NULL, 0), rays, N), N);
        s.flat = flat;
        s.boxes = box;
    }
}

static void
case_updates(struct kit *k)
{
    SKIP_UNLESS(k, can_trace(k), "no ray queries");
    enum { N = 1024 };
    struct ray rays[N];
    struct probe p;
    make_probe(k, &p);
    random_rays(rays, N, 5);
    for (enum kit_how how = 0; how < KIT_BY_COUNT; how++) {
        struct scene s;
        VkAccelerationStructureGeometryKHR g[2];
        VkAccelerationStructureBuildRangeInfoKHR r[2];
        if (!kit_can_build(k, how)) {
            continue;
        }
        make_scene(k, &s, how);
        /* Everything elsewhere, then back to where it belongs. */
        float *v = s.vertices.buffer.data, saved[16];
        VkAccelerationStructureInstanceKHR *inst = s.instances.buffer.data;
        memcpy(saved, v, sizeof(saved));
        for (int i = 0; i < 16; i++) {
            v[i] = (float)(i * i % 7) * 3.0f;
        }
        inst[0].transform.matrix[0][3] = 50;
        inst[2].transform.matrix[2][3] = -50;
        struct kit_accel_input in = flat_input(&s, g, r);
        kit_accel_update(k, how, &in, s.flat, s.flat);
        in = top_input(&s, g, r, how & 1);
        kit_accel_update(k, how, &in, s.top, s.top);
        uint32_t hits = 0;
        const struct hit *h = shoot(k, &p, s.top, rays, N);
        for (uint32_t i = 0; i < N; i++) {
            hits += h[i].type && (h[i].instance == 2 || (h[i].instance == 0 && h[i].geometry == 1));
        }
        CHECK(k, hits == 0, "%u hits of what has moved away", hits);
        memcpy(v, saved, sizeof(saved));
        write_instances(k, &s);
        in = flat_input(&s, g, r);
        const VkAccelerationStructureKHR flat = copied(k, s.flat, VK_ACCELERATION_STRUCTURE_TYPE_BOTTOM_LEVEL_KHR, false, false); /* room of its own */
        kit_accel_update(k, how, &in, s.flat, flat);
        s.flat = flat;
        write_instances(k, &s); /* the other structure */
        in = top_input(&s, g, r, how & 1);
        kit_accel_update(k, how, &in, s.top, s.top);
        check_hits(k, "updated", rays, shoot(k, &p, s.top, rays, N), N);
    }
}

/* Every format of vertices and type of indices that is offered, transforms, empty structures, inactive primitives. */
static void
case_formats(struct kit *k)
{
    SKIP_UNLESS(k, can_trace(k), "no ray queries");
    static const VkFormat formats[] = {VK_FORMAT_R32G32_SFLOAT, VK_FORMAT_R32G32B32_SFLOAT, VK_FORMAT_R16G16_SFLOAT, VK_FORMAT_R16G16B16A16_SFLOAT,
                                       VK_FORMAT_R16G16_SNORM, VK_FORMAT_R16G16B16A16_SNORM, VK_FORMAT_R32G32B32A32_SFLOAT, VK_FORMAT_R16G16B16_SFLOAT,
                                       VK_FORMAT_R16G16B16_SNORM, VK_FORMAT_R8G8_SNORM, VK_FORMAT_R8G8B8A8_SNORM};
    static const VkIndexType types[] = {VK_INDEX_TYPE_NONE_KHR, VK_INDEX_TYPE_UINT16, VK_INDEX_TYPE_UINT32};
    const float matrix[12] = {4, 0, 0, 0, 0, 0, -4, 1, 0, 4, 0, 2}; /* x -> 4x, y -> 4z + 2, z -> 1 - 4y: as rows */
    struct probe p;
    make_probe(k, &p);
    const struct kit_place transform = kit_place(k, 16 + sizeof(matrix), NULL);
    memcpy((uint8_t *)transform.buffer.data + 16, matrix, sizeof(matrix));
    for (uint32_t f = 0; f < ARRAY_LEN(formats); f++) {
        VkFormatProperties props;
        vkGetPhysicalDeviceFormatProperties(k->physical, formats[f], &props);
        const bool offered = props.bufferFeatures & VK_FORMAT_FEATURE_ACCELERATION_STRUCTURE_VERTEX_BUFFER_BIT_KHR;
        CHECK(k, offered || f >= 6, "format %d is required", (int)formats[f]);
        for (uint32_t t = 0; t < ARRAY_LEN(types) && offered; t++) {
            /* The triangle (0.25, 0.25) (0.75, 0.25) (0.25, 0.75), its vertices behind one that is not used. */
            static const double at[4][2] = {{0.5, 0.5}, {0.25, 0.25}, {0.75, 0.25}, {0.25, 0.75}};
            uint8_t v[4 * 32] = {0};
            uint32_t stride_B = 0;
            union kit_texel x = {{0}};
            for (int i = 0; i < 4; i++) {
                stride_B = (kit_texel_B(formats[f], VK_IMAGE_ASPECT_COLOR_BIT) + 3) & ~3u;
                x.f[0] = at[i][0];
                x.f[1] = at[i][1];
                kit_pack(formats[f], x, v + (uint32_t)i * stride_B);
            }
            const uint16_t narrow[5] = {7, 7, 0, 1, 2};
            const uint32_t wide[5] = {7, 7, 0, 1, 2};
            const struct kit_place vertices = kit_place(k, sizeof(v), v);
            const struct kit_place indices = t == 1 ? kit_place(k, sizeof(narrow), narrow) : kit_place(k, sizeof(wide), wide);
            const VkAccelerationStructureGeometryKHR g = kit_triangles(KIT_BY_COMMANDS, VK_GEOMETRY_OPAQUE_BIT_KHR, &vertices, formats[f], stride_B, 4,
                                                                       t ? &indices : NULL, types[t], &transform);
            const VkAccelerationStructureBuildRangeInfoKHR r = {.primitiveCount = 1, .primitiveOffset = t == 1 ? 4 : t == 2 ? 8 : 0, .firstVertex = 1,
                                                                .transformOffset = 16};
            const struct kit_accel_input in = {VK_ACCELERATION_STRUCTURE_TYPE_BOTTOM_LEVEL_KHR, VK_BUILD_ACCELERATION_STRUCTURE_ALLOW_DATA_ACCESS_BIT_KHR, 1, &g, &r};
            VkAccelerationStructureInstanceKHR inst = {.transform = {{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}}}, .mask = 0xff};
            inst.accelerationStructureReference = kit_accel_address(k, kit_accel_build(k, KIT_BY_COMMANDS, &in));
            const struct kit_place place = kit_place(k, sizeof(inst), &inst);
            const VkAccelerationStructureGeometryKHR gi = kit_instances(KIT_BY_COMMANDS, &place, false);
            const VkAccelerationStructureBuildRangeInfoKHR ri = {.primitiveCount = 1};
            const struct kit_accel_input top = {VK_ACCELERATION_STRUCTURE_TYPE_TOP_LEVEL_KHR, 0, 1, &gi, &ri};
            const struct ray rays[2] = {{.origin = {1.5f, 5, 3.5f}, .direction = {0, -1, 0}, .tmax = 10, .mask = 0xff},
                                        {.origin = {2.5f, 5, 4.5f}, .direction = {0, -1, 0}, .tmax = 10, .mask = 0xff}};
            const struct hit *h = shoot(k, &p, kit_accel_build(k, KIT_BY_COMMANDS, &top), rays, 2);
            CHECK(k, h[0].type == 1 && is_near((double)h[0].t, 4) && fabs((double)h[0].u - 0.25) < 0.02 && fabs((double)h[0].v - 0.25) < 0.02 &&
                         fabs((double)h[0].position[1][0] - 3) < 0.02 && fabs((double)h[0].position[2][2] - 5) < 0.02,
                  "format %d, indices %u: type %u t %g u %g v %g", (int)formats[f], t, h[0].type, (double)h[0].t, (double)h[0].u, (double)h[0].v);
            CHECK(k, h[1].type == 0, "format %d, indices %u: hit outside of the triangle", (int)formats[f], t);
        }
    }
}

static void
case_nothing(struct kit *k)
{
    SKIP_UNLESS(k, can_trace(k), "no ray queries");
    struct scene s;
    struct probe p;
    make_probe(k, &p);
    make_scene(k, &s, KIT_BY_COMMANDS);
    const struct ray ray = {.origin = {-2.5f, -2.5f, 9}, .direction = {0, 0, -1}, .tmax = 100, .mask = 0xff};
    CHECK(k, shoot(k, &p, s.top, &ray, 1)->type == 1, "the ray that everything below is about hits nothing");
    VkAccelerationStructureGeometryKHR g;
    VkAccelerationStructureBuildRangeInfoKHR r;
    struct kit_accel_input in = top_input(&s, &g, &r, false);
    VkAccelerationStructureInstanceKHR *inst = s.instances.buffer.data;
    r.primitiveCount = 0;
    CHECK(k, shoot(k, &p, kit_accel_build(k, KIT_BY_COMMANDS, &in), &ray, 1)->type == 0, "no instances");
    r.primitiveCount = INSTANCES;
    for (uint32_t i = 0; i < INSTANCES; i++) {
        inst[i].accelerationStructureReference = 0;
    }
    CHECK(k, shoot(k, &p, kit_accel_build(k, KIT_BY_COMMANDS, &in), &ray, 1)->type == 0, "inactive instances");
    /* Inactive primitives do not count as numbers go. */
    float *v = s.vertices.buffer.data;
    VkAccelerationStructureGeometryKHR gf[2];
    VkAccelerationStructureBuildRangeInfoKHR rf[2];
    float all[4][3][3];
    corners(all);
    all[1][2][0] = all[2][0][0] = NAN;
    memcpy(s.corners.buffer.data, all, sizeof(all));
    v[0] = NAN; /* both of the square */
    in = flat_input(&s, gf, rf);
    s.flat = kit_accel_build(k, KIT_BY_COMMANDS, &in);
    write_instances(k, &s);
    in = top_input(&s, &g, &r, false);
    const VkAccelerationStructureKHR top = kit_accel_build(k, KIT_BY_COMMANDS, &in);
    struct ray rays[5] = {ray, ray, ray, ray, ray};
    for (int i = 0; i < 4; i++) {
        rays[i].origin[0] = 5.25f + (float)i - 4.5f;
        rays[i].origin[1] = 0.25f - 4.5f;
        rays[i].mode = CONFIRM;
        rays[i].mask = 0x80;
    }
    const struct hit *h = shoot(k, &p, top, rays, 5);
    CHECK(k, h[0].type == 1 && h[0].primitive == 0 && h[1].type == 0 && h[2].type == 0 && h[3].type == 1 && h[3].primitive == 3,
          "inactive triangles: %u %u %u %u, primitive %u", h[0].type, h[1].type, h[2].type, h[3].type, h[3].primitive);
    CHECK(k, h[4].type == 0 || h[4].instance != 0, "an inactive square was hit");
    const VkPhysicalDeviceRobustness2FeaturesEXT *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ROBUSTNESS_2_FEATURES_EXT);
    if (f->nullDescriptor) {
        for (uint32_t i = 0; i < 4; i++) {
            kit_write_accel(k, p.set, 0, i, VK_NULL_HANDLE);
        }
        CHECK(k, shoot(k, &p, VK_NULL_HANDLE, &ray, 1)->type == 0, "a null descriptor");
    }
}

/* By template, pushed, copied, mutable, written after they are bound. */
static void
case_descriptors(struct kit *k)
{
    SKIP_UNLESS(k, can_trace(k), "no ray queries");
    struct scene s;
    struct probe p;
    make_probe(k, &p);
    make_scene(k, &s, KIT_BY_COMMANDS);
    const struct ray ray = {.origin = {-2.5f, -2.5f, 9}, .direction = {0, 0, -1}, .tmax = 100, .mask = 0xff, .structure = 3};
    CHECK(k, shoot(k, &p, s.top, &ray, 1)->type == 1, "written");
    const struct hit *h = p.hits.data;
    const VkPhysicalDeviceAccelerationStructureFeaturesKHR *af = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ACCELERATION_STRUCTURE_FEATURES_KHR);
    const VkPhysicalDeviceMutableDescriptorTypeFeaturesEXT *mf = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MUTABLE_DESCRIPTOR_TYPE_FEATURES_EXT);
    const VkDescriptorBufferInfo buffers[2] = {{p.rays.buffer, 0, VK_WHOLE_SIZE}, {p.hits.buffer, 0, VK_WHOLE_SIZE}};
    struct {
        VkAccelerationStructureKHR as[4];
        VkDescriptorBufferInfo buffers[2];
    } data = {{s.top, s.top, s.top, s.top}, {buffers[0], buffers[1]}};
    const VkDescriptorUpdateTemplateEntry entries[3] = {{0, 0, 4, VK_DESCRIPTOR_TYPE_ACCELERATION_STRUCTURE_KHR, 0, sizeof(data.as[0])},
                                                        {1, 0, 1, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, offsetof(__typeof__(data), buffers), 0},
                                                        {2, 0, 1, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, offsetof(__typeof__(data), buffers[1]), 0}};
    enum { TEMPLATE, PUSH, COPY, MUTABLE, AFTER_BIND, WAYS };
    for (int way = 0; way < WAYS; way++) {
        static const char *const names[WAYS] = {"template", "push", "copy", "mutable", "after bind"};
        const VkDescriptorType mutable_types[2] = {VK_DESCRIPTOR_TYPE_ACCELERATION_STRUCTURE_KHR, VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER};
        const VkMutableDescriptorTypeListEXT lists[3] = {{2, mutable_types}, {0, NULL}, {0, NULL}};
        const VkMutableDescriptorTypeCreateInfoEXT mutable = {.sType = VK_STRUCTURE_TYPE_MUTABLE_DESCRIPTOR_TYPE_CREATE_INFO_EXT,
                                                              .mutableDescriptorTypeListCount = 3, .pMutableDescriptorTypeLists = lists};
        const VkDescriptorBindingFlags after[3] = {VK_DESCRIPTOR_BINDING_UPDATE_AFTER_BIND_BIT, VK_DESCRIPTOR_BINDING_UPDATE_AFTER_BIND_BIT,
                                                   VK_DESCRIPTOR_BINDING_UPDATE_AFTER_BIND_BIT};
        const VkDescriptorSetLayoutBindingFlagsCreateInfo flags = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_BINDING_FLAGS_CREATE_INFO, .bindingCount = 3,
                                                                   .pBindingFlags = after};
        if ((way == PUSH && (!k->vk.CmdPushDescriptorSet || kit_under_validation(k))) || (way == MUTABLE && !mf->mutableDescriptorType) ||
            (way == AFTER_BIND && !af->descriptorBindingAccelerationStructureUpdateAfterBind)) {
            continue;
        }
        const VkDescriptorSetLayoutBinding b[3] = {
            {0, way == MUTABLE ? VK_DESCRIPTOR_TYPE_MUTABLE_EXT : VK_DESCRIPTOR_TYPE_ACCELERATION_STRUCTURE_KHR, 4, VK_SHADER_STAGE_ALL, NULL},
            {1, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_ALL, NULL},
            {2, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_ALL, NULL}};
        const VkDescriptorSetLayoutCreateInfo li = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
                                                    .pNext = way == MUTABLE ? (const void *)&mutable : way == AFTER_BIND ? &flags : NULL,
                                                    .flags = way == PUSH ? VK_DESCRIPTOR_SET_LAYOUT_CREATE_PUSH_DESCRIPTOR_BIT
                                                             : way == AFTER_BIND ? VK_DESCRIPTOR_SET_LAYOUT_CREATE_UPDATE_AFTER_BIND_POOL_BIT : 0,
                                                    .bindingCount = 3, .pBindings = b};
        VkDescriptorSetLayout sl;
        MUST(vkCreateDescriptorSetLayout(k->device, &li, NULL, &sl));
        KIT_OWN(k, VK_OBJECT_TYPE_DESCRIPTOR_SET_LAYOUT, sl);
        const VkPipelineLayout layout = kit_layout(k, 1, &sl, 16);
        const VkPipeline pipeline = kit_compute(k, layout, KIT_CODE(ray_probe_comp), NULL);
        VkDescriptorSet set = VK_NULL_HANDLE;
        if (way != PUSH) {
            const VkDescriptorPoolSize sizes[2] = {{b[0].descriptorType, 4}, {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 2}};
            const VkDescriptorPoolCreateInfo pi = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO, .pNext = way == MUTABLE ? &mutable : NULL, .maxSets = 1,
                                                   .flags = way == AFTER_BIND ? VK_DESCRIPTOR_POOL_CREATE_UPDATE_AFTER_BIND_BIT : 0, .poolSizeCount = 2,
                                                   .pPoolSizes = sizes};
            VkDescriptorPool pool;
            MUST(vkCreateDescriptorPool(k->device, &pi, NULL, &pool));
            KIT_OWN(k, VK_OBJECT_TYPE_DESCRIPTOR_POOL, pool);
            const VkDescriptorSetAllocateInfo ai = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO, .descriptorPool = pool, .descriptorSetCount = 1,
                                                    .pSetLayouts = &sl};
            MUST(vkAllocateDescriptorSets(k->device, &ai, &set));
            kit_write_buffer(k, set, 1, 0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, p.rays.buffer, 0, VK_WHOLE_SIZE);
            kit_write_buffer(k, set, 2, 0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, p.hits.buffer, 0, VK_WHOLE_SIZE);
        }
        const VkDescriptorUpdateTemplateCreateInfo ti = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_UPDATE_TEMPLATE_CREATE_INFO, .descriptorUpdateEntryCount = 3,
                                                         .pDescriptorUpdateEntries = entries, .descriptorSetLayout = sl,
                                                         .templateType = VK_DESCRIPTOR_UPDATE_TEMPLATE_TYPE_DESCRIPTOR_SET};
        if (way == TEMPLATE) {
            VkDescriptorUpdateTemplate t;
            MUST(k->vk.CreateDescriptorUpdateTemplate(k->device, &ti, NULL, &t));
            KIT_OWN(k, VK_OBJECT_TYPE_DESCRIPTOR_UPDATE_TEMPLATE, t);
            k->vk.UpdateDescriptorSetWithTemplate(k->device, set, t, &data);
        } else if (way == COPY) {
            const VkCopyDescriptorSet c = {.sType = VK_STRUCTURE_TYPE_COPY_DESCRIPTOR_SET, .srcSet = p.set, .dstSet = set, .descriptorCount = 4};
            vkUpdateDescriptorSets(k->device, 0, NULL, 1, &c);
        } else if (way == MUTABLE) {
            for (uint32_t i = 0; i < 4; i++) {
                kit_write_buffer(k, set, 0, i, VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, p.rays.buffer, 0, 256);
                kit_write_accel(k, set, 0, i, s.top);
            }
        }
        const struct {
            VkDeviceAddress address;
            uint32_t n, pad;
        } push = {0, 1, 0};
        memset(p.hits.data, 0, sizeof(struct hit));
        const VkCommandBuffer cmd = kit_begin(k);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline);
        if (way == PUSH) {
            const VkWriteDescriptorSetAccelerationStructureKHR list = {.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET_ACCELERATION_STRUCTURE_KHR,
                                                                       .accelerationStructureCount = 4, .pAccelerationStructures = data.as};
            const VkWriteDescriptorSet w[2] = {{.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET, .pNext = &list, .descriptorCount = 4,
                                                .descriptorType = VK_DESCRIPTOR_TYPE_ACCELERATION_STRUCTURE_KHR},
                                               {.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET, .dstBinding = 1, .descriptorCount = 2,
                                                .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, .pBufferInfo = buffers}};
            k->vk.CmdPushDescriptorSet(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 2, w);
        } else {
            vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
        }
        vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, sizeof(push), &push);
        vkCmdDispatch(cmd, 1, 1, 1);
        kit_barrier(cmd);
        for (uint32_t i = 0; i < 4 && way == AFTER_BIND; i++) {
            kit_write_accel(k, set, 0, i, s.top);
        }
        kit_submit(k, cmd);
        CHECK(k, h->type == 1 && h->instance == 0 && h->custom_index == 100, "%s: type %u instance %u", names[way], h->type, h->instance);
    }
}

/* The scene from above, each pixel a ray of a fragment shader, against the same arithmetic as before. */
static void
case_picture(struct kit *k)
{
    SKIP_UNLESS(k, can_trace(k), "no ray queries");
    enum { W = 64 };
    struct scene s;
    struct kit_target t;
    struct kit_graphics g;
    make_scene(k, &s, KIT_BY_COMMANDS);
    kit_target_rgba(k, &t, W, W);
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_ACCELERATION_STRUCTURE_KHR;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkDescriptorSet set = kit_set(k, sl);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    kit_write_accel(k, set, 0, 0, s.top);
    kit_graphics_init(k, &g, &t, layout, KIT_CODE(kit_tri_vert), KIT_CODE(ray_pixel_frag));
    const VkPipeline pipeline = kit_graphics_create(k, &g);
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipeline);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, layout, 0, 1, &set, 0, NULL);
    vkCmdDraw(cmd, 3, 1, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    const uint8_t *px = kit_read(k, &t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    const char *save = getenv("RAY_QUERY_PICTURE"); /* to look at */
    FILE *out = save ? fopen(save, "wb") : NULL;
    if (out) {
        fprintf(out, "P6 %d %d 255\n", W, W);
        for (uint32_t i = 0; i < W * W; i++) {
            fwrite(px + i * 4, 1, 3, out);
        }
        fclose(out);
    }
    uint32_t wrong = 0, balls = 0, triangles = 0, left_out = 0;
    for (uint32_t i = 0; i < W * W; i++) {
        struct ray r = {.origin = {((float)(i % W) + 0.5f) / 6.4f - 5.0f, ((float)(i / W) + 0.5f) / 6.4f - 5.0f, 10}, .direction = {0, 0, -1}, .tmax = 100, .flags = 1,
                        .mask = 0xff};
        struct want w = want_of(&r);
        for (uint32_t b = 0; b < BOXES; b++) { /* balls in the boxes of instance 2 */
            const double dx = (double)r.origin[0] + 4 - (2 * b + 0.5), dy = (double)r.origin[1] - 2 - 0.5, in = 0.25 - dx * dx - dy * dy;
            if (fabs(in) < 1e-3) {
                w.close = true;
            }
            const double d = in > 0 ? 10 - (0.5 + 0.5 + sqrt(in)) : 1e9;
            if (in > 0 && (!w.type || d < w.t)) {
                w = (struct want){.type = 2, .instance = 2, .primitive = b, .t = d, .close = w.close};
            }
        }
        const double c[3] = {w.type ? (w.instance + 1) / 8.0 : 0.1, w.type ? (w.primitive % 8 + 1) / 8.0 : 0.1,
                             w.type ? fmin(fmax(1 - w.t / 20, 0), 1) : 0.2};
        bool same = true;
        for (int a = 0; a < 3; a++) {
            same = same && fabs((double)px[i * 4 + (uint32_t)a] - c[a] * 255) < 1.01;
        }
        left_out += w.close;
        wrong += !same && !w.close;
        balls += w.type == 2 && !w.close;
        triangles += w.type == 1 && !w.close;
    }
    CHECK(k, wrong == 0 && balls > 50 && triangles > 500 && left_out < 200, "%u pixels wrong; %u of balls, %u of triangles, %u left out", wrong, balls, triangles,
          left_out);
}

/* Bytes of others: nothing in them may harm. */
static void
case_damaged(struct kit *k)
{
    SKIP_UNLESS(k, can_trace(k) && kit_can_build(k, KIT_BY_HOST) && kit_ours(k), "what is damaged may do anything elsewhere");
    enum { BYTES = 16384, N = 64 };
    struct ray rays[N];
    struct scene s;
    struct probe p;
    uint32_t seed = 1, refused = 0, taken = 0;
    make_probe(k, &p);
    make_scene(k, &s, KIT_BY_COMMANDS);
    random_rays(rays, N, 9);
    kit_messages_expected(k);
    for (int top = 0; top < 2; top++) {
        uint8_t *data = kit_alloc(k, BYTES), *bad = kit_alloc(k, BYTES);
        const uint64_t none[4] = {0};
        const VkAccelerationStructureTypeKHR type = top ? VK_ACCELERATION_STRUCTURE_TYPE_TOP_LEVEL_KHR : VK_ACCELERATION_STRUCTURE_TYPE_BOTTOM_LEVEL_KHR;
        carried(k, top ? s.top : s.flat, type, true, none, data, BYTES);
        uint64_t head[3];
        memcpy(head, data + 32, sizeof(head));
        const VkAccelerationStructureKHR back = kit_accel(k, type, head[1]);
        for (int i = 0; i < 300; i++) {
            memcpy(bad, data, head[0]);
            for (uint32_t n = 1 + kit_random(&seed) % 3; n; n--) {
                const uint32_t at = (i % 3 ? kit_random(&seed) % (uint32_t)head[0] : 32 + kit_random(&seed) % 300) & ~3u;
                const uint32_t w = kit_random(&seed) >> kit_random(&seed) % 32;
                memcpy(bad + at, &w, 4);
            }
            const VkCopyMemoryToAccelerationStructureInfoKHR in = {.sType = VK_STRUCTURE_TYPE_COPY_MEMORY_TO_ACCELERATION_STRUCTURE_INFO_KHR,
                                                                   .src = {.hostAddress = bad}, .dst = back,
                                                                   .mode = VK_COPY_ACCELERATION_STRUCTURE_MODE_DESERIALIZE_KHR};
            const VkResult r = k->vk.CopyMemoryToAccelerationStructureKHR(k->device, VK_NULL_HANDLE, &in);
            refused += r != VK_SUCCESS;
            taken += r == VK_SUCCESS;
            if (top && (r == VK_SUCCESS || i % 16 == 0)) {
                const struct hit *h = shoot(k, &p, back, rays, N);
                for (uint32_t j = 0; j < N && r != VK_SUCCESS; j++) {
                    CHECK(k, h[j].type == 0, "what was refused is hit");
                }
            }
        }
    }
    CHECK(k, refused > 50 && taken > 50, "%u refused, %u taken", refused, taken);
    /* Instances that refer to nothing. */
    VkAccelerationStructureInstanceKHR *inst = s.instances.buffer.data;
    for (uint32_t i = 0; i < INSTANCES; i++) {
        inst[i].accelerationStructureReference = i == 0 ? kit_accel_address(k, s.top) : UINT64_C(0x123456789abcdef) * (i + 1);
    }
    VkAccelerationStructureGeometryKHR g;
    VkAccelerationStructureBuildRangeInfoKHR r;
    const struct kit_accel_input in = top_input(&s, &g, &r, false);
    const struct hit *h = shoot(k, &p, kit_accel_build(k, KIT_BY_COMMANDS, &in), rays, N);
    for (uint32_t j = 0; j < N; j++) {
        CHECK(k, h[j].type == 0, "what does not exist is hit");
    }
    /* A structure that is too small stays empty and says so. */
    r.primitiveCount = INSTANCES;
    write_instances(k, &s);
    const VkAccelerationStructureKHR small = kit_accel(k, VK_ACCELERATION_STRUCTURE_TYPE_TOP_LEVEL_KHR, 512);
    const struct kit_place scratch = kit_place(k, 65536, NULL);
    VkAccelerationStructureBuildGeometryInfoKHR info = {.sType = VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_BUILD_GEOMETRY_INFO_KHR, .type = in.type,
                                                        .dstAccelerationStructure = small, .geometryCount = 1, .pGeometries = in.geometries,
                                                        .scratchData = {.deviceAddress = scratch.address}};
    kit_messages_clear(k);
    const VkCommandBuffer cmd = kit_begin(k);
    k->vk.CmdBuildAccelerationStructuresKHR(cmd, 1, &info, &in.ranges);
    kit_submit(k, cmd);
    CHECK(k, kit_message_has(k, "too small"), "no message about a structure that is too small");
    CHECK(k, shoot(k, &p, small, rays, N)->type == 0, "a structure that was too small is hit");
}

static const struct kit_case cases[] = {
    {"rays", case_rays},       {"candidates", case_candidates},   {"copies", case_copies},   {"updates", case_updates}, {"formats", case_formats},
    {"nothing", case_nothing}, {"descriptors", case_descriptors}, {"picture", case_picture}, {"damaged", case_damaged},
};
KIT_MAIN(cases)
