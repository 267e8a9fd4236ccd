/* What rays find in a scene, against a search in double precision: triangles and procedural balls, instances with all flags, any-hit shaders, ray
 * flags, records. SPEC: ray-traversal, shader-binding-table-hit-shader-indexing. */
#include "rays_kit.h"

#include "rays_ball_rahit.h"
#include "rays_ball_rchit.h"
#include "rays_ball_rint.h"
#include "rays_end_rahit.h"
#include "rays_mirror_rchit.h"
#include "rays_mirror_rgen.h"
#include "rays_mirror_rmiss.h"
#include "rays_picture_ball_rchit.h"
#include "rays_picture_floor_rahit.h"
#include "rays_picture_floor_rchit.h"
#include "rays_picture_rgen.h"
#include "rays_picture_rmiss.h"
#include "rays_picture_shadow_rmiss.h"
#include "rays_scene_rgen.h"
#include "rays_scene_rmiss.h"
#include "rays_triangle_rahit.h"
#include "rays_triangle_rchit.h"

#define TRIANGLES 100 /* of each of two geometries */
#define BALLS     40  /* the same */
#define INSTANCES 6
#define RECORDS   32
#define MISSES    3
#define RAYS      2048
#define BALL_RECORD 16

enum { NOTHING, MISS, TRIANGLE, BALL }; /* rays.glsl */
enum { OPAQUE = 1, NO_OPAQUE = 2, FIRST = 4, SKIP_CLOSEST = 8, CULL_BACK = 0x10, CULL_FRONT = 0x20, CULL_OPAQUE = 0x40, CULL_NO_OPAQUE = 0x80,
       SKIP_TRIANGLES = 0x100, SKIP_BOXES = 0x200 };

struct ray {
    float origin[3], t_min, direction[3], t_max;
    uint32_t flags, cull_mask, sbt, miss;
};
struct result { /* as rays.glsl has it, std430 */
    uint32_t what, record, primitive, instance, custom, geometry, kind, flags, cull_mask, asked;
    float t, t_min, place[4];
    float world_origin[4], world_direction[4], object_origin[4], object_direction[4], to_world[4][4], to_object[4][4];
};

struct record {
    bool null, closest, any;
};

struct scene {
    float triangle[2][TRIANGLES][3][3], ball[BALLS][4]; /* both geometries of balls are the same places */
    VkAccelerationStructureInstanceKHR instance[INSTANCES];
    double to_world[INSTANCES][3][4], to_object[INSTANCES][3][4];
    struct record record[RECORDS];
    struct ray ray[RAYS];
};

static float
between(uint32_t *seed, float lo, float hi)
{
    return lo + (hi - lo) * (float)(kit_random(seed) >> 8) / 16777216.0f;
}

static void
invert(double m[3][4], double out[3][4])
{
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            const int a = (j + 1) % 3, b = (j + 2) % 3, c = (i + 1) % 3, d = (i + 2) % 3;
            out[i][j] = m[a][c] * m[b][d] - m[a][d] * m[b][c];
        }
    }
    const double det = m[0][0] * out[0][0] + m[0][1] * out[1][0] + m[0][2] * out[2][0];
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            out[i][j] /= det;
        }
        out[i][3] = -(out[i][0] * m[0][3] + out[i][1] * m[1][3] + out[i][2] * m[2][3]);
    }
}

static void
make_instances(struct scene *s, uint32_t *seed)
{
    static const struct {
        uint8_t mask, flags;
        uint32_t sbt;
        float at[3];
    } table[INSTANCES] = {
        {0x01, 0, 0, {0, 0, 0}},
        {0x03, VK_GEOMETRY_INSTANCE_TRIANGLE_FLIP_FACING_BIT_KHR, 4, {3, 0, 0}},
        {0x02, VK_GEOMETRY_INSTANCE_TRIANGLE_FACING_CULL_DISABLE_BIT_KHR, 2, {-3, 0, 0}},
        {0x05, VK_GEOMETRY_INSTANCE_FORCE_OPAQUE_BIT_KHR, 0, {0, 3, 0}},
        {0x0c, VK_GEOMETRY_INSTANCE_FORCE_NO_OPAQUE_BIT_KHR, 1, {0, -3, 0}},
        {0x10, 0, BALL_RECORD, {0, 0, 2}},
    };
    for (uint32_t i = 0; i < INSTANCES; i++) {
        VkAccelerationStructureInstanceKHR *in = &s->instance[i];
        *in = (VkAccelerationStructureInstanceKHR){.instanceCustomIndex = 1000 * (i + 1), .mask = table[i].mask,
                                                   .instanceShaderBindingTableRecordOffset = table[i].sbt, .flags = table[i].flags & 0xff};
        for (int r = 0; r < 3; r++) {
            for (int c = 0; c < 3; c++) {
                in->transform.matrix[r][c] = i == 0 ? (float)(r == c) : (r == c ? (i == 2 && r == 0 ? -1.0f : 1.0f) : 0.0f) + between(seed, -0.3f, 0.3f);
            }
            in->transform.matrix[r][3] = table[i].at[r];
            for (int c = 0; c < 4; c++) {
                s->to_world[i][r][c] = (double)in->transform.matrix[r][c];
            }
        }
        invert(s->to_world[i], s->to_object[i]);
    }
}

static void
make_scene(struct scene *s)
{
    uint32_t seed = 77;
    for (uint32_t i = 0; i < 2 * TRIANGLES; i++) {
        float center[3] = {between(&seed, -1, 1), between(&seed, -1, 1), between(&seed, -1, 1)};
        for (uint32_t v = 0; v < 9; v++) {
            s->triangle[i / TRIANGLES][i % TRIANGLES][v / 3][v % 3] = center[v % 3] + between(&seed, -0.35f, 0.35f);
        }
    }
    for (uint32_t i = 0; i < BALLS; i++) {
        for (uint32_t c = 0; c < 3; c++) {
            s->ball[i][c] = between(&seed, -2, 2);
        }
        s->ball[i][3] = between(&seed, 0.1f, 0.4f);
    }
    make_instances(s, &seed);
    for (uint32_t i = 0; i < RECORDS; i++) {
        s->record[i] = (struct record){.closest = true, .any = true};
    }
    s->record[3].any = s->record[18].any = false;
    s->record[6].closest = false;
    s->record[5] = s->record[19] = (struct record){.null = true};
    for (uint32_t i = 0; i < RAYS; i++) {
        struct ray *r = &s->ray[i];
        for (uint32_t c = 0; c < 3; c++) {
            r->origin[c] = between(&seed, -5, 5);
            r->direction[c] = between(&seed, -2, 2) - r->origin[c];
        }
        r->t_min = i % 3 ? 0.0f : between(&seed, 0, 1);
        r->t_max = i % 4 ? 100.0f : between(&seed, 0.5f, 1.5f);
        r->cull_mask = i % 5 ? 0xff : kit_random(&seed) & 0x1f;
        r->sbt = (kit_random(&seed) % 3) | (kit_random(&seed) % 4) << 8;
        r->miss = kit_random(&seed) % MISSES;
        static const uint32_t flags[] = {0, 0, OPAQUE, NO_OPAQUE, SKIP_CLOSEST, CULL_BACK, CULL_FRONT, CULL_OPAQUE, CULL_NO_OPAQUE, SKIP_TRIANGLES, SKIP_BOXES,
                                         CULL_BACK | SKIP_BOXES, NO_OPAQUE | CULL_FRONT};
        r->flags = flags[kit_random(&seed) % ARRAY_LEN(flags)];
    }
}

/* ---- the search ---- */

struct hit {
    double t, u, v, normal_z;
    uint32_t instance, geometry, primitive, record, kind;
    bool ball;
};
struct search {
    const struct scene *s;
    const struct ray *r;
    uint32_t pipeline_flags;
    double o[3], d[3]; /* in the instance at hand */
    struct hit best;
    bool found, doubtful; /* doubtful: so near to an edge that either answer is right */
};

static double
dot(const double *a, const double *b)
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void
cross(const double *a, const double *b, double *out)
{
    for (int i = 0; i < 3; i++) {
        out[i] = a[(i + 1) % 3] * b[(i + 2) % 3] - a[(i + 2) % 3] * b[(i + 1) % 3];
    }
}

#define EPSILON 2e-4

static bool
in_range(struct search *q, double t)
{
    q->doubtful = q->doubtful || fabs(t - (double)q->r->t_min) < EPSILON || fabs(t - (double)q->r->t_max) < EPSILON;
    return t > (double)q->r->t_min && t < (double)q->r->t_max;
}

static void
take(struct search *q, const struct hit *h)
{
    if (q->found && fabs(h->t - q->best.t) < EPSILON) {
        q->doubtful = true;
    }
    if (!q->found || h->t < q->best.t) {
        q->best = *h;
        q->found = true;
    }
}

static bool
is_opaque(const struct search *q, uint32_t instance, uint32_t geometry)
{
    const uint32_t f = q->r->flags, i = q->s->instance[instance].flags;
    if (f & (OPAQUE | NO_OPAQUE)) {
        return f & OPAQUE;
    }
    if (i & (VK_GEOMETRY_INSTANCE_FORCE_OPAQUE_BIT_KHR | VK_GEOMETRY_INSTANCE_FORCE_NO_OPAQUE_BIT_KHR)) {
        return i & VK_GEOMETRY_INSTANCE_FORCE_OPAQUE_BIT_KHR;
    }
    return geometry == 0;
}

static void
search_triangle(struct search *q, struct hit h)
{
    double v[3][3], e[2][3], p[3], o[3], n[3];
    const uint32_t flags = q->r->flags, inst = q->s->instance[h.instance].flags;
    for (int i = 0; i < 9; i++) {
        v[i / 3][i % 3] = (double)q->s->triangle[h.geometry][h.primitive][i / 3][i % 3];
    }
    for (int c = 0; c < 3; c++) {
        e[0][c] = v[1][c] - v[0][c];
        e[1][c] = v[2][c] - v[0][c];
        o[c] = q->o[c] - v[0][c];
    }
    cross(e[0], e[1], n);
    cross(q->d, e[1], p);
    const double det = dot(e[0], p);
    h.u = dot(o, p) / det;
    double s[3];
    cross(o, e[0], s);
    h.v = dot(q->d, s) / det;
    h.t = dot(e[1], s) / det;
    const double least = fmin(fmin(h.u, h.v), 1 - h.u - h.v);
    if (least < -EPSILON || !in_range(q, h.t)) {
        return;
    }
    q->doubtful = q->doubtful || least < EPSILON || fabs(dot(n, q->d)) < 1e-3 * sqrt(dot(n, n) * dot(q->d, q->d));
    bool front = dot(n, q->d) < 0; /* counter-clockwise in a right-handed system */
    front = front != ((inst & VK_GEOMETRY_INSTANCE_TRIANGLE_FLIP_FACING_BIT_KHR) != 0);
    if (flags & (front ? CULL_FRONT : CULL_BACK) && !(inst & VK_GEOMETRY_INSTANCE_TRIANGLE_FACING_CULL_DISABLE_BIT_KHR)) {
        return;
    }
    h.kind = front ? 0xfe : 0xff;
    const bool opaque = is_opaque(q, h.instance, h.geometry);
    if (!opaque && q->s->record[h.record].any) {
        q->doubtful = q->doubtful || fabs(h.u - h.v) < EPSILON;
        if (h.u > h.v) {
            return; /* rays_triangle.rahit */
        }
    }
    take(q, &h);
}

static void
search_ball(struct search *q, struct hit h)
{
    const float *ball = q->s->ball[h.primitive];
    const double o[3] = {q->o[0] - (double)ball[0], q->o[1] - (double)ball[1], q->o[2] - (double)ball[2]}, w = (double)ball[3];
    const double a = dot(q->d, q->d), b = dot(o, q->d), c = dot(o, o) - w * w, root = b * b - a * c;
    q->doubtful = q->doubtful || fabs(root) < 1e-2 * w * w * a;
    if (root < 0 || q->s->record[h.record].null) {
        return;
    }
    h.ball = true;
    for (int i = 0; i < 2; i++) {
        h.t = (i == 0 ? -b + sqrt(root) : -b - sqrt(root)) / a;
        h.normal_z = (o[2] + q->d[2] * h.t) / w;
        h.kind = 10 + (uint32_t)i;
        if (!in_range(q, h.t)) {
            continue;
        }
        if (!is_opaque(q, h.instance, h.geometry) && q->s->record[h.record].any) {
            q->doubtful = q->doubtful || fabs(h.normal_z - 0.25) < 1e-3;
            if (h.normal_z > 0.25) {
                continue; /* rays_ball.rahit */
            }
        }
        take(q, &h);
    }
}

static void
search(struct search *q)
{
    const uint32_t flags = q->r->flags | q->pipeline_flags;
    for (uint32_t i = 0; i < INSTANCES; i++) {
        const VkAccelerationStructureInstanceKHR *in = &q->s->instance[i];
        const bool balls = i == INSTANCES - 1;
        if (!(in->mask & q->r->cull_mask) || flags & (balls ? SKIP_BOXES : SKIP_TRIANGLES)) {
            continue;
        }
        for (int r = 0; r < 3; r++) {
            const double *m = q->s->to_object[i][r];
            q->o[r] = m[0] * (double)q->r->origin[0] + m[1] * (double)q->r->origin[1] + m[2] * (double)q->r->origin[2] + m[3];
            q->d[r] = m[0] * (double)q->r->direction[0] + m[1] * (double)q->r->direction[1] + m[2] * (double)q->r->direction[2];
        }
        for (uint32_t g = 0; g < 2; g++) {
            if (flags & (is_opaque(q, i, g) ? CULL_OPAQUE : CULL_NO_OPAQUE)) {
                continue;
            }
            for (uint32_t p = 0; p < (balls ? BALLS / 2 : TRIANGLES); p++) {
                const struct hit h = {.instance = i, .geometry = g, .primitive = p,
                                      .record = in->instanceShaderBindingTableRecordOffset + g * (q->r->sbt >> 8) + (q->r->sbt & 255)};
                if (balls) {
                    search_ball(q, h);
                } else {
                    search_triangle(q, h);
                }
            }
        }
    }
}

/* ---- the pipeline ---- */

struct setup {
    struct scene *s;
    VkPipelineLayout layout;
    VkDescriptorSet set;
    struct kit_buffer rays, out;
    struct table gen, miss, hit;
};

static void
setup_init(struct kit *k, struct setup *u)
{
    static const VkDescriptorType types[] = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
                                             VK_DESCRIPTOR_TYPE_ACCELERATION_STRUCTURE_KHR, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};
    struct scene *s = u->s = kit_alloc(k, sizeof(*s));
    make_scene(s);
    const uint32_t counts[2] = {TRIANGLES, TRIANGLES}, ball_counts[2] = {BALLS / 2, BALLS / 2};
    const VkAccelerationStructureGeometryKHR triangles[2] = {
        rays_triangles(k, TRIANGLES, (const float(*)[3])s->triangle[0], VK_GEOMETRY_OPAQUE_BIT_KHR),
        rays_triangles(k, TRIANGLES, (const float(*)[3])s->triangle[1], VK_GEOMETRY_NO_DUPLICATE_ANY_HIT_INVOCATION_BIT_KHR)};
    VkAabbPositionsKHR boxes[BALLS / 2];
    for (uint32_t i = 0; i < BALLS / 2; i++) {
        const float *b = s->ball[i];
        boxes[i] = (VkAabbPositionsKHR){b[0] - b[3], b[1] - b[3], b[2] - b[3], b[0] + b[3], b[1] + b[3], b[2] + b[3]};
    }
    const VkAccelerationStructureGeometryKHR balls[2] = {rays_boxes(k, BALLS / 2, boxes, VK_GEOMETRY_OPAQUE_BIT_KHR), rays_boxes(k, BALLS / 2, boxes, 0)};
    const VkAccelerationStructureKHR a = rays_bottom(k, 2, triangles, counts);
    const VkAccelerationStructureKHR b = rays_bottom(k, 2, balls, ball_counts);
    for (uint32_t i = 0; i < INSTANCES; i++) {
        s->instance[i].accelerationStructureReference = kit_accel_address(k, i == INSTANCES - 1 ? b : a);
    }
    const VkAccelerationStructureKHR top = rays_top(k, INSTANCES, s->instance);
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 4, types);
    u->layout = kit_layout(k, 1, &sl, 16);
    u->set = kit_set(k, sl);
    u->rays = kit_buffer(k, sizeof(s->ray), s->ray);
    u->out = kit_buffer(k, RAYS * sizeof(struct result), NULL);
    const struct kit_buffer places = kit_buffer(k, sizeof(s->ball), s->ball);
    kit_write_buffer(k, u->set, 0, 0, types[0], u->rays.buffer, 0, VK_WHOLE_SIZE);
    kit_write_buffer(k, u->set, 1, 0, types[0], u->out.buffer, 0, VK_WHOLE_SIZE);
    kit_write_accel(k, u->set, 2, 0, top);
    kit_write_buffer(k, u->set, 3, 0, types[0], places.buffer, 0, VK_WHOLE_SIZE);
}

/* Groups: 0 ray generation, 1 miss, then hit groups: 2 triangles, 3 without any-hit shader, 4 without closest-hit shader, 5 balls, 6 without
 * any-hit shader. */
static void
setup_groups(struct kit *k, struct rays *r, VkPipelineLayout layout, bool end)
{
    const VkRayTracingShaderGroupTypeKHR triangles = VK_RAY_TRACING_SHADER_GROUP_TYPE_TRIANGLES_HIT_GROUP_KHR;
    const VkRayTracingShaderGroupTypeKHR procedural = VK_RAY_TRACING_SHADER_GROUP_TYPE_PROCEDURAL_HIT_GROUP_KHR;
    rays_init(r, layout, 1);
    rays_general(k, r, VK_SHADER_STAGE_RAYGEN_BIT_KHR, KIT_CODE(rays_scene_rgen));
    rays_general(k, r, VK_SHADER_STAGE_MISS_BIT_KHR, KIT_CODE(rays_scene_rmiss));
    const uint32_t closest = rays_stage(k, r, VK_SHADER_STAGE_CLOSEST_HIT_BIT_KHR, KIT_CODE(rays_triangle_rchit));
    const uint32_t any = end ? rays_stage(k, r, VK_SHADER_STAGE_ANY_HIT_BIT_KHR, KIT_CODE(rays_end_rahit))
                             : rays_stage(k, r, VK_SHADER_STAGE_ANY_HIT_BIT_KHR, KIT_CODE(rays_triangle_rahit));
    const uint32_t inside = rays_stage(k, r, VK_SHADER_STAGE_INTERSECTION_BIT_KHR, KIT_CODE(rays_ball_rint));
    const uint32_t closest_ball = rays_stage(k, r, VK_SHADER_STAGE_CLOSEST_HIT_BIT_KHR, KIT_CODE(rays_ball_rchit));
    const uint32_t any_ball = end ? any : rays_stage(k, r, VK_SHADER_STAGE_ANY_HIT_BIT_KHR, KIT_CODE(rays_ball_rahit));
    rays_group(r, triangles, NONE, closest, any, NONE);
    rays_group(r, triangles, NONE, closest, NONE, NONE);
    rays_group(r, triangles, NONE, NONE, any, NONE);
    rays_group(r, procedural, NONE, closest_ball, any_ball, inside);
    rays_group(r, procedural, NONE, closest_ball, NONE, inside);
}

static void
setup_tables(struct kit *k, struct setup *u, VkPipeline pipe)
{
    u->gen = table_make(k, 1, 64);
    u->miss = table_make(k, MISSES, 64);
    u->hit = table_make(k, RECORDS, 96);
    table_set(k, &u->gen, 0, pipe, 0, NULL, 0);
    for (uint32_t i = 0; i < MISSES; i++) {
        table_set(k, &u->miss, i, pipe, 1, &(uint32_t){500 + i}, 4);
    }
    for (uint32_t i = 0; i < RECORDS; i++) {
        const struct record *r = &u->s->record[i];
        const uint32_t group = i >= BALL_RECORD ? (r->any ? 5 : 6) : !r->closest ? 4 : r->any ? 2 : 3;
        table_set(k, &u->hit, i, r->null ? VK_NULL_HANDLE : pipe, group, &(uint32_t){1000 + i}, 4);
    }
}

static VkCommandBuffer
setup_begin(struct kit *k, const struct setup *u, VkPipeline pipe)
{
    memset(u->out.data, 0xcd, (size_t)u->out.size_B);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_RAY_TRACING_KHR, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_RAY_TRACING_KHR, u->layout, 0, 1, &u->set, 0, NULL);
    return cmd;
}

static bool
near(const float *got, const double *want, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (!(fabs((double)got[i] - want[i]) <= 1e-3 * fmax(1, fabs(want[i])))) {
            return false;
        }
    }
    return true;
}

static bool
same_hit(const struct search *q, const struct result *g)
{
    const struct hit *h = &q->best;
    const VkAccelerationStructureInstanceKHR *in = &q->s->instance[h->instance];
    const double t[2] = {h->t, (double)q->r->t_min}, uv[2] = {h->u, h->v};
    double o[3], d[3];
    bool ok = g->what == (h->ball ? BALL : TRIANGLE) && g->record == 1000 + h->record && g->primitive == h->primitive && g->instance == h->instance &&
              g->custom == in->instanceCustomIndex && g->geometry == h->geometry && g->kind == h->kind && g->flags == q->r->flags && near(&g->t, t, 2);
    ok = ok && (h->ball ? g->place[3] == 1.0f && near(&g->place[2], &h->normal_z, 1) : near(g->place, uv, 2));
    for (int r = 0; r < 3; r++) {
        const double *m = q->s->to_object[h->instance][r], *w = q->s->to_world[h->instance][r];
        o[r] = m[0] * (double)q->r->origin[0] + m[1] * (double)q->r->origin[1] + m[2] * (double)q->r->origin[2] + m[3];
        d[r] = m[0] * (double)q->r->direction[0] + m[1] * (double)q->r->direction[1] + m[2] * (double)q->r->direction[2];
        for (int c = 0; c < 4; c++) {
            ok = ok && near(&g->to_world[c][r], &w[c], 1) && near(&g->to_object[c][r], &m[c], 1);
        }
    }
    return ok && near(g->object_origin, o, 3) && near(g->object_direction, d, 3) && memcmp(g->world_origin, q->r->origin, 12) == 0 &&
           memcmp(g->world_direction, q->r->direction, 12) == 0;
}

static void
check_results(struct kit *k, const struct setup *u, uint32_t pipeline_flags)
{
    uint32_t doubtful = 0, hits = 0, asked = 0, wrong = 0;
    for (uint32_t i = 0; i < RAYS && wrong < 10; i++) {
        struct search q = {.s = u->s, .r = &u->s->ray[i], .pipeline_flags = pipeline_flags};
        const struct result *g = (const struct result *)u->out.data + i;
        search(&q);
        asked += g->asked > 0;
        if (q.doubtful) {
            doubtful++;
            continue;
        }
        const struct record *r = &u->s->record[q.best.record];
        bool ok;
        if (!q.found) {
            const double t = (double)q.r->t_max;
            ok = g->what == MISS && g->record == 500 + q.r->miss && near(&g->t, &t, 1) && g->flags == q.r->flags &&
                 memcmp(g->world_origin, q.r->origin, 12) == 0 && memcmp(g->world_direction, q.r->direction, 12) == 0;
        } else if (q.r->flags & SKIP_CLOSEST || r->null || !r->closest) {
            ok = g->what == NOTHING;
        } else {
            hits++;
            ok = same_hit(&q, g);
        }
        if (!ok) {
            wrong++;
            kit_fail(k, __FILE__, __LINE__, "ray %u (flags 0x%x, mask 0x%x, sbt 0x%x): got %u record %u primitive %u instance %u geometry %u kind 0x%x t %g, want %s record "
                     "%u primitive %u instance %u geometry %u kind 0x%x t %g", i, q.r->flags, q.r->cull_mask, q.r->sbt, g->what, g->record, g->primitive, g->instance,
                     g->geometry, g->kind, (double)g->t, q.found ? "" : "miss", q.best.record, q.best.primitive, q.best.instance, q.best.geometry, q.best.kind, q.best.t);
        }
    }
    CHECK(k, doubtful < RAYS / 4 && hits > RAYS / 5 && asked > RAYS / 10, "%u doubtful, %u hits, %u asked", doubtful, hits, asked);
}

static void
case_scene(struct kit *k)
{
    NEED_RAYS(k);
    struct setup u;
    setup_init(k, &u);
    struct rays r;
    setup_groups(k, &r, u.layout, false);
    const VkPipeline pipe = rays_create(k, &r);
    setup_tables(k, &u, pipe);
    const VkCommandBuffer cmd = setup_begin(k, &u, pipe);
    k->vk.CmdTraceRaysKHR(cmd, &u.gen.region, &u.miss.region, &u.hit.region, &no_table, RAYS / 32, 32, 1);
    kit_submit(k, cmd);
    check_results(k, &u, 0);
}

/* All rays of a pipeline skip triangles, or boxes; no shader hears of it. */
static void
case_pipeline_flags(struct kit *k)
{
    NEED_RAYS(k);
    const VkPhysicalDeviceRayTracingPipelineFeaturesKHR *f = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_RAY_TRACING_PIPELINE_FEATURES_KHR);
    SKIP_UNLESS(k, f->rayTraversalPrimitiveCulling, "no primitive culling");
    struct setup u;
    setup_init(k, &u);
    for (uint32_t i = 0; i < RAYS; i++) { /* both at once is not valid, nor are triangles without faces */
        u.s->ray[i].flags &= ~(uint32_t)(SKIP_TRIANGLES | SKIP_BOXES | CULL_BACK | CULL_FRONT);
        u.s->ray[i].cull_mask = 0xff;
    }
    memcpy(u.rays.data, u.s->ray, sizeof(u.s->ray));
    struct rays r;
    setup_groups(k, &r, u.layout, false);
    r.info.flags = VK_PIPELINE_CREATE_RAY_TRACING_SKIP_AABBS_BIT_KHR;
    const VkPipeline pipe = rays_create(k, &r);
    setup_tables(k, &u, pipe);
    const VkCommandBuffer cmd = setup_begin(k, &u, pipe);
    k->vk.CmdTraceRaysKHR(cmd, &u.gen.region, &u.miss.region, &u.hit.region, &no_table, 32, 2, RAYS / 64);
    kit_submit(k, cmd);
    const struct result *g = u.out.data; /* 32x2 of them, written by all slices alike */
    uint32_t balls = 0, wrong = 0;
    for (uint32_t i = 0; i < 64; i++) {
        struct search q = {.s = u.s, .r = &u.s->ray[i], .pipeline_flags = SKIP_BOXES};
        search(&q);
        balls += g[i].what == BALL;
        const struct record *rec = &u.s->record[q.best.record];
        const bool nothing = q.found && (q.r->flags & SKIP_CLOSEST || rec->null || !rec->closest);
        wrong += !q.doubtful && !(nothing ? g[i].what == NOTHING : q.found ? same_hit(&q, &g[i]) : g[i].what == MISS && g[i].flags == q.r->flags);
    }
    CHECK(k, balls == 0 && wrong == 0, "%u balls, %u wrong", balls, wrong);
}

/* The first hit, by the ray's flag and by an any-hit shader, is some hit: its distance is that of one, nothing more is known. */
static void
case_first_hit(struct kit *k)
{
    NEED_RAYS(k);
    struct setup u;
    setup_init(k, &u);
    for (int end = 0; end < 2; end++) {
        for (uint32_t i = 0; i < RAYS; i++) {
            u.s->ray[i].flags = end ? NO_OPAQUE : OPAQUE | FIRST;
        }
        memcpy(u.rays.data, u.s->ray, sizeof(u.s->ray));
        for (uint32_t i = 0; i < RECORDS; i++) {
            u.s->record[i] = (struct record){.closest = true, .any = end};
        }
        struct rays r;
        setup_groups(k, &r, u.layout, end);
        const VkPipeline pipe = rays_create(k, &r);
        setup_tables(k, &u, pipe);
        const VkCommandBuffer cmd = setup_begin(k, &u, pipe);
        k->vk.CmdTraceRaysKHR(cmd, &u.gen.region, &u.miss.region, &u.hit.region, &no_table, RAYS / 32, 32, 1);
        kit_submit(k, cmd);
        uint32_t wrong = 0, hits = 0;
        for (uint32_t i = 0; i < RAYS; i++) {
            struct scene plain = *u.s;
            for (uint32_t n = 0; n < RECORDS; n++) {
                plain.record[n].any = false;
            }
            struct search q = {.s = &plain, .r = &plain.ray[i]};
            const struct result *g = (const struct result *)u.out.data + i;
            search(&q);
            hits += q.found;
            if (!q.doubtful) {
                wrong += q.found ? (g->what != TRIANGLE && g->what != BALL) || (double)g->t < q.best.t - 1e-3 || g->asked != (uint32_t)end : g->what != MISS;
            }
        }
        CHECK(k, wrong == 0 && hits > RAYS / 4, "end %d: %u of %u wrong", end, wrong, hits);
    }
}

/* Recursion to the depth that the pipeline names, with payloads handed on and payloads of their own. */
static void
case_recursion(struct kit *k)
{
    NEED_RAYS(k);
    static const VkDescriptorType types[] = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
                                             VK_DESCRIPTOR_TYPE_ACCELERATION_STRUCTURE_KHR};
    static const float walls[4][3][3] = {{{-1, -1, 0}, {3, -1, 0}, {-1, 3, 0}}, {{3, 3, 0}, {3, -1, 0}, {-1, 3, 0}},
                                         {{-1, -1, 1}, {3, -1, 1}, {-1, 3, 1}}, {{3, 3, 1}, {3, -1, 1}, {-1, 3, 1}}};
    const uint32_t count = 4, n = 200;
    const VkAccelerationStructureGeometryKHR g = rays_triangles(k, count, (const float(*)[3])walls, VK_GEOMETRY_OPAQUE_BIT_KHR);
    const VkAccelerationStructureKHR bottom = rays_bottom(k, 1, &g, &count);
    const VkAccelerationStructureInstanceKHR one = {.transform = {{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}}}, .mask = 0xff,
                                                    .accelerationStructureReference = kit_accel_address(k, bottom)};
    const VkAccelerationStructureKHR top = rays_top(k, 1, &one);
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 3, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 16);
    const VkDescriptorSet set = kit_set(k, sl);
    const struct kit_buffer out = kit_buffer(k, n * 8, NULL);
    kit_write_buffer(k, set, 1, 0, types[0], out.buffer, 0, VK_WHOLE_SIZE);
    kit_write_accel(k, set, 2, 0, top);
    const uint32_t most = rays_properties(k)->maxRayRecursionDepth;
    for (uint32_t depth = 2; depth <= most; depth = depth < 4 ? depth + 1 : depth < most ? most : most + 1) {
        const uint32_t limit = depth - 1; /* closest-hit shaders; then a miss shader */
        struct rays r;
        rays_init(&r, layout, depth);
        rays_general(k, &r, VK_SHADER_STAGE_RAYGEN_BIT_KHR, KIT_CODE(rays_mirror_rgen));
        rays_general(k, &r, VK_SHADER_STAGE_MISS_BIT_KHR, KIT_CODE(rays_mirror_rmiss));
        const uint32_t closest = rays_stage(k, &r, VK_SHADER_STAGE_CLOSEST_HIT_BIT_KHR, KIT_CODE(rays_mirror_rchit));
        rays_group(&r, VK_RAY_TRACING_SHADER_GROUP_TYPE_TRIANGLES_HIT_GROUP_KHR, NONE, closest, NONE, NONE);
        const VkPipeline pipe = rays_create(k, &r);
        struct table table = table_make(k, 3, 64);
        for (uint32_t i = 0; i < 3; i++) {
            table_set(k, &table, i, pipe, i, NULL, 0);
        }
        const VkStridedDeviceAddressRegionKHR gen = {table.region.deviceAddress, 64, 64}, miss = {gen.deviceAddress + 64, 0, 64}, hit = {gen.deviceAddress + 128, 32, 64};
        const VkCommandBuffer cmd = kit_begin(k);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_RAY_TRACING_KHR, pipe);
        vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_RAY_TRACING_KHR, layout, 0, 1, &set, 0, NULL);
        vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, 4, &limit);
        k->vk.CmdTraceRaysKHR(cmd, &gen, &miss, &hit, &no_table, n, 1, 1);
        kit_submit(k, cmd);
        uint32_t *want = kit_alloc(k, n * 8);
        for (uint32_t at = 0; at < n; at++) {
            const uint32_t first = at % (limit + 1);
            uint32_t d = first, v = at * 5 + first;
            for (; d + 1 < limit; d++) { /* down */
                v = v * 5 + d + 1;
            }
            const uint32_t end = d + 1;
            v ^= 0xabcd;
            for (uint32_t i = end; i-- > first;) { /* and back */
                v = i + 1 < limit && i % 2 ? v ^ i << 8 : v;
                v += i;
            }
            want[at * 2] = end;
            want[at * 2 + 1] = v;
        }
        kit_same(k, "recursion", out.data, want, (size_t)n * 2, 4, 2);
    }
}

/* ---- a picture ---- */

#define PICTURE_W 320u
#define PICTURE_H 240u
#define PICTURE_HASH UINT64_C(0x0d3e1b2229f6624b) /* of this driver, whatever runs it */

static const VkAabbPositionsKHR *
boxes_of(struct kit *k, uint32_t n, const float (*balls)[4])
{
    VkAabbPositionsKHR *b = kit_alloc(k, n * sizeof(*b));
    for (uint32_t i = 0; i < n; i++) {
        const float *c = balls[i], r = balls[i][3];
        b[i] = (VkAabbPositionsKHR){c[0] - r, c[1] - r, c[2] - r, c[0] + r, c[1] + r, c[2] + r};
    }
    return b;
}

/* To be looked at: RAYS_PICTURE=file writes it there, as PPM. */
static void
write_picture(const uint32_t *pixels)
{
    const char *path = getenv("RAYS_PICTURE");
    FILE *f = path ? fopen(path, "wb") : NULL;
    if (f) {
        fprintf(f, "P6\n%u %u\n255\n", PICTURE_W, PICTURE_H);
        for (uint32_t i = 0; i < PICTURE_W * PICTURE_H; i++) {
            fwrite(&pixels[i], 3, 1, f);
        }
        fclose(f);
    }
}

/* Balls that mirror each other over a floor with holes: recursion, shadows, transparency, records with colours. The same in each mode and on
 * each instruction set. */
static void
case_picture(struct kit *k)
{
    NEED_RAYS(k);
    static const VkDescriptorType types[] = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
                                             VK_DESCRIPTOR_TYPE_ACCELERATION_STRUCTURE_KHR, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};
    static const float balls[9][4] = {{0, 1, 0, 1}, {-2.2f, 0.8f, 1, 0.8f}, {2.2f, 0.7f, 0.6f, 0.7f}, {-1.1f, 0.35f, -1.4f, 0.35f}, {1.2f, 0.4f, -1.5f, 0.4f},
                                      {-3.4f, 1.2f, 3.5f, 1.2f}, {3.3f, 1.5f, 4, 1.5f}, {0.2f, 0.25f, -2.3f, 0.25f}, {-2.4f, 0.3f, -1.2f, 0.3f}};
    static const float floor_[2][3][3] = {{{-20, 0, -20}, {20, 0, -20}, {-20, 0, 20}}, {{20, 0, 20}, {-20, 0, 20}, {20, 0, -20}}};
    static const float colors[3][4] = {{0.9f, 0.85f, 0.75f, 0}, {0.9f, 0.35f, 0.25f, 0.35f}, {0.85f, 0.85f, 0.9f, 0.8f}};
    const uint32_t two = 2, nine = 9;
    const VkAccelerationStructureGeometryKHR ground = rays_triangles(k, 2, (const float(*)[3])floor_, 0);
    const VkAccelerationStructureGeometryKHR boxes = rays_boxes(k, 9, boxes_of(k, 9, balls), VK_GEOMETRY_OPAQUE_BIT_KHR);
    const VkAccelerationStructureKHR a = rays_bottom(k, 1, &ground, &two);
    const VkAccelerationStructureKHR b = rays_bottom(k, 1, &boxes, &nine);
    const VkAccelerationStructureInstanceKHR instances[3] = {
        {.transform = {{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}}}, .mask = 0xff, .accelerationStructureReference = kit_accel_address(k, a)},
        {.transform = {{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}}}, .mask = 0xff, .instanceShaderBindingTableRecordOffset = 1,
         .accelerationStructureReference = kit_accel_address(k, b)},
        {.transform = {{{0.6f, 0, 0.2f, 0.5f}, {0, 0.9f, 0, 2.2f}, {-0.2f, 0, 0.6f, 2.5f}}}, .mask = 0xff, .instanceShaderBindingTableRecordOffset = 2,
         .accelerationStructureReference = kit_accel_address(k, b)}};
    const VkAccelerationStructureKHR top = rays_top(k, 3, instances);
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 4, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 16);
    const VkDescriptorSet set = kit_set(k, sl);
    const struct kit_buffer out = kit_buffer(k, PICTURE_W * PICTURE_H * 4, NULL), places = kit_buffer(k, sizeof(balls), balls);
    kit_write_buffer(k, set, 1, 0, types[0], out.buffer, 0, VK_WHOLE_SIZE);
    kit_write_accel(k, set, 2, 0, top);
    kit_write_buffer(k, set, 3, 0, types[0], places.buffer, 0, VK_WHOLE_SIZE);
    struct rays r;
    rays_init(&r, layout, 5);
    rays_general(k, &r, VK_SHADER_STAGE_RAYGEN_BIT_KHR, KIT_CODE(rays_picture_rgen));
    rays_general(k, &r, VK_SHADER_STAGE_MISS_BIT_KHR, KIT_CODE(rays_picture_rmiss));
    rays_general(k, &r, VK_SHADER_STAGE_MISS_BIT_KHR, KIT_CODE(rays_picture_shadow_rmiss));
    rays_group(&r, VK_RAY_TRACING_SHADER_GROUP_TYPE_TRIANGLES_HIT_GROUP_KHR, NONE,
               rays_stage(k, &r, VK_SHADER_STAGE_CLOSEST_HIT_BIT_KHR, KIT_CODE(rays_picture_floor_rchit)),
               rays_stage(k, &r, VK_SHADER_STAGE_ANY_HIT_BIT_KHR, KIT_CODE(rays_picture_floor_rahit)), NONE);
    rays_group(&r, VK_RAY_TRACING_SHADER_GROUP_TYPE_PROCEDURAL_HIT_GROUP_KHR, NONE,
               rays_stage(k, &r, VK_SHADER_STAGE_CLOSEST_HIT_BIT_KHR, KIT_CODE(rays_picture_ball_rchit)), NONE,
               rays_stage(k, &r, VK_SHADER_STAGE_INTERSECTION_BIT_KHR, KIT_CODE(rays_ball_rint)));
    const VkPipeline pipe = rays_create(k, &r);
    struct table gen = table_make(k, 1, 64), miss = table_make(k, 2, 64), hit = table_make(k, 3, 64);
    table_set(k, &gen, 0, pipe, 0, NULL, 0);
    for (uint32_t i = 0; i < 3; i++) {
        table_set(k, &hit, i, pipe, i ? 4 : 3, colors[i], sizeof(colors[i]));
        if (i < 2) {
            table_set(k, &miss, i, pipe, 1 + i, NULL, 0);
        }
    }
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_RAY_TRACING_KHR, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_RAY_TRACING_KHR, layout, 0, 1, &set, 0, NULL);
    k->vk.CmdTraceRaysKHR(cmd, &gen.region, &miss.region, &hit.region, &no_table, PICTURE_W, PICTURE_H, 1);
    kit_submit(k, cmd);
    const uint8_t *bytes = out.data;
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (uint32_t i = 0; i < PICTURE_W * PICTURE_H * 4; i++) {
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    }
    write_picture(out.data);
    CHECK(k, !kit_ours(k) || hash == PICTURE_HASH, "another picture: 0x%016llx", (unsigned long long)hash);
}

static const struct kit_case cases[] = {
    {"scene", case_scene},
    {"pipeline_flags", case_pipeline_flags},
    {"first_hit", case_first_hit},
    {"recursion", case_recursion},
    {"picture", case_picture},
};
KIT_MAIN(cases)
