/* Occlusion, pipeline statistics and timestamps; all ways to read results. SPEC: queries. */
#include "kit.h"

#include "draw_frag.h"
#include "draw_vert.h"
#include "query_comp.h"

#define PX 32

struct setup {
    struct kit_target t;
    VkPipelineLayout layout;
    VkPipeline pipe;
    struct kit_buffer vertices;
};

/* Triangles as vertices {x, y, id} in pixels: a covers half of an 8 x 8 square, b is outside, c and d cover 16 x 16. */
static const struct {
    float x, y;
    uint32_t id;
} vertices[] = {
    {0, 0, 1},     {8, 0, 1},     {0, 8, 1},                                          /* a */
    {100, 100, 2}, {120, 100, 2}, {100, 120, 2},                                      /* b */
    {8, 8, 3},     {24, 8, 3},    {8, 24, 3},    {8, 24, 4}, {24, 8, 4}, {24, 24, 4}, /* c, d: 256 */
};

static void
setup_init(struct kit *k, struct setup *s)
{
    const VkFormat format = VK_FORMAT_R32_UINT;
    struct kit_graphics g;
    kit_target_init(k, &s->t, PX, PX, 1, 1, &format, VK_FORMAT_UNDEFINED);
    s->layout = kit_layout(k, 0, NULL, 32);
    s->vertices = kit_buffer(k, sizeof(vertices), vertices);
    kit_graphics_init(k, &g, &s->t, s->layout, KIT_CODE(draw_vert), KIT_CODE(draw_frag));
    g.bindings[0] = (VkVertexInputBindingDescription){0, 12, VK_VERTEX_INPUT_RATE_VERTEX};
    g.attributes[0] = (VkVertexInputAttributeDescription){0, 0, VK_FORMAT_R32G32_SFLOAT, 0};
    g.attributes[1] = (VkVertexInputAttributeDescription){1, 0, VK_FORMAT_R32_UINT, 8};
    g.input.vertexBindingDescriptionCount = 1;
    g.input.vertexAttributeDescriptionCount = 2;
    s->pipe = kit_graphics_create(k, &g);
}

static void
bind(const struct setup *s, VkCommandBuffer cmd)
{
    const float push[4] = {2.0f / PX, 2.0f / PX, 0, 1};
    const VkDeviceSize zero = 0;
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, s->pipe);
    vkCmdPushConstants(cmd, s->layout, VK_SHADER_STAGE_ALL, 0, sizeof(push), push);
    vkCmdBindVertexBuffers(cmd, 0, 1, &s->vertices.buffer, &zero);
}

/* ---- occlusion ---- */

static void
case_occlusion(struct kit *k)
{
    struct setup s;
    setup_init(k, &s);
    const VkQueryPool pool = kit_queries(k, VK_QUERY_TYPE_OCCLUSION, 8, 0);
    const VkQueryControlFlags precise = k->features.occlusionQueryPrecise ? VK_QUERY_CONTROL_PRECISE_BIT : 0;
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdResetQueryPool(cmd, pool, 0, 8);
    kit_target_begin(cmd, &s.t);
    bind(&s, cmd);
    vkCmdBeginQuery(cmd, pool, 0, precise); /* nothing */
    vkCmdEndQuery(cmd, pool, 0);
    vkCmdBeginQuery(cmd, pool, 1, precise); /* outside */
    vkCmdDraw(cmd, 3, 1, 3, 0);
    vkCmdEndQuery(cmd, pool, 1);
    vkCmdBeginQuery(cmd, pool, 2, precise); /* a square */
    vkCmdDraw(cmd, 6, 1, 6, 0);
    vkCmdEndQuery(cmd, pool, 2);
    vkCmdDraw(cmd, 6, 1, 6, 0);             /* by nobody counted */
    vkCmdBeginQuery(cmd, pool, 3, precise); /* several draws and instances */
    vkCmdDraw(cmd, 6, 3, 6, 0);
    vkCmdDraw(cmd, 6, 1, 6, 0);
    vkCmdEndQuery(cmd, pool, 3);
    vkCmdEndRenderPass(cmd);
    vkCmdBeginQuery(cmd, pool, 4, precise); /* around two render passes */
    kit_target_resume(cmd, &s.t);
    vkCmdDraw(cmd, 6, 1, 6, 0);
    vkCmdEndRenderPass(cmd);
    kit_target_resume(cmd, &s.t);
    vkCmdDraw(cmd, 6, 1, 6, 0);
    vkCmdEndRenderPass(cmd);
    vkCmdEndQuery(cmd, pool, 4);
    kit_submit(k, cmd);
    static const uint64_t want[5] = {0, 0, 256, 1024, 512};
    uint64_t got[5];
    CHECK_VK(k, vkGetQueryPoolResults(k->device, pool, 0, 5, sizeof(got), got, 8, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT));
    for (int i = 0; i < 5; i++) {
        CHECK(k, precise ? got[i] == want[i] : (got[i] != 0) == (want[i] != 0), "query %d: %llu, not %llu", i, (unsigned long long)got[i],
              (unsigned long long)want[i]);
    }
}

/* A query of the primary counts what a secondary draws. */
static void
case_inherited(struct kit *k)
{
    SKIP_UNLESS(k, k->features.inheritedQueries && k->features.occlusionQueryPrecise, "no inheritedQueries");
    struct setup s;
    setup_init(k, &s);
    const VkQueryPool pool = kit_queries(k, VK_QUERY_TYPE_OCCLUSION, 1, 0);
    const VkCommandBuffer second = kit_secondary(k), cmd = kit_begin(k);
    const VkCommandBufferInheritanceInfo inherit = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_INHERITANCE_INFO,
                                                    .renderPass = s.t.pass,
                                                    .framebuffer = s.t.framebuffer,
                                                    .occlusionQueryEnable = VK_TRUE,
                                                    .queryFlags = VK_QUERY_CONTROL_PRECISE_BIT};
    const VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
                                            .flags = VK_COMMAND_BUFFER_USAGE_RENDER_PASS_CONTINUE_BIT,
                                            .pInheritanceInfo = &inherit};
    MUST(vkBeginCommandBuffer(second, &begin));
    bind(&s, second);
    vkCmdDraw(second, 6, 1, 6, 0);
    MUST(vkEndCommandBuffer(second));
    const VkRenderPassBeginInfo pass = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO,
                                        .renderPass = s.t.pass,
                                        .framebuffer = s.t.framebuffer,
                                        .renderArea = {{0, 0}, {PX, PX}},
                                        .clearValueCount = 1,
                                        .pClearValues = s.t.clears};
    vkCmdResetQueryPool(cmd, pool, 0, 1);
    vkCmdBeginQuery(cmd, pool, 0, VK_QUERY_CONTROL_PRECISE_BIT);
    vkCmdBeginRenderPass(cmd, &pass, VK_SUBPASS_CONTENTS_SECONDARY_COMMAND_BUFFERS);
    vkCmdExecuteCommands(cmd, 1, &second);
    vkCmdEndRenderPass(cmd);
    vkCmdEndQuery(cmd, pool, 0);
    kit_submit(k, cmd);
    uint64_t got = 0;
    CHECK_VK(k, vkGetQueryPoolResults(k->device, pool, 0, 1, 8, &got, 8, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT));
    CHECK(k, got == 256, "%llu samples", (unsigned long long)got);
}

/* ---- ways to read ---- */

static void
case_results(struct kit *k)
{
    struct setup s;
    setup_init(k, &s);
    const VkQueryPool pool = kit_queries(k, VK_QUERY_TYPE_OCCLUSION, 4, 0);
    VkCommandBuffer cmd = kit_begin(k);
    vkCmdResetQueryPool(cmd, pool, 0, 4);
    kit_submit(k, cmd);
    uint32_t r32[8];
    uint64_t r64[8];
    memset(r32, 0xee, sizeof(r32));
    CHECK_RESULT(k, vkGetQueryPoolResults(k->device, pool, 0, 4, 16, r32, 4, 0), VK_NOT_READY);
    CHECK(k, r32[0] == 0xeeeeeeeeu || !kit_ours(k), "an unavailable result was written");
    CHECK_RESULT(k, vkGetQueryPoolResults(k->device, pool, 0, 4, 32, r32, 8, VK_QUERY_RESULT_WITH_AVAILABILITY_BIT), VK_NOT_READY);
    CHECK(k, r32[1] == 0 && r32[3] == 0, "availability %u %u", r32[1], r32[3]);
    cmd = kit_begin(k);
    kit_target_begin(cmd, &s.t);
    bind(&s, cmd);
    for (uint32_t i = 1; i < 3; i++) {
        vkCmdBeginQuery(cmd, pool, i, k->features.occlusionQueryPrecise ? VK_QUERY_CONTROL_PRECISE_BIT : 0);
        vkCmdDraw(cmd, 6, i, 6, 0);
        vkCmdEndQuery(cmd, pool, i);
    }
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    const uint32_t one = k->features.occlusionQueryPrecise ? 256 : 1;
    CHECK_VK(k,
             vkGetQueryPoolResults(k->device, pool, 1, 2, 24, r32, 12, VK_QUERY_RESULT_WAIT_BIT | VK_QUERY_RESULT_WITH_AVAILABILITY_BIT));
    CHECK(k, r32[0] >= one && r32[1] != 0 && r32[3] >= one && r32[4] != 0, "%u %u, %u %u", r32[0], r32[1], r32[3], r32[4]);
    memset(r64, 0xee, sizeof(r64));
    const VkResult partial = vkGetQueryPoolResults(
        k->device, pool, 0, 4, 64, r64, 16, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WITH_AVAILABILITY_BIT | VK_QUERY_RESULT_PARTIAL_BIT);
    CHECK(k, partial == VK_NOT_READY || partial == VK_SUCCESS, "partial results: %s", kit_result_name(partial));
    CHECK(k, r64[0] == 0 && r64[1] == 0 && r64[2] >= one && r64[3] != 0 && r64[4] >= one && r64[5] != 0 && r64[7] == 0, "partial results");
    /* The same by commands into a buffer. */
    const struct kit_buffer b = kit_buffer(k, 256, NULL);
    memset(b.data, 0xee, 256);
    cmd = kit_begin(k);
    vkCmdCopyQueryPoolResults(cmd, pool, 1, 2, b.buffer, 8, 12, VK_QUERY_RESULT_WAIT_BIT | VK_QUERY_RESULT_WITH_AVAILABILITY_BIT);
    vkCmdCopyQueryPoolResults(cmd, pool, 0, 4, b.buffer, 64, 16, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WITH_AVAILABILITY_BIT);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    const uint32_t *w = b.data;
    const uint64_t *d = b.data;
    CHECK(k, w[0] == 0xeeeeeeeeu && w[2] >= one && w[3] != 0 && w[4] == 0xeeeeeeeeu && w[5] >= one && w[6] != 0, "copied words");
    CHECK(k, d[9] == 0 && d[10] >= one && d[11] != 0 && d[12] >= one && d[13] != 0 && d[15] == 0, "copied pairs");
    /* Reset, by command and by the host. */
    cmd = kit_begin(k);
    vkCmdResetQueryPool(cmd, pool, 1, 1);
    kit_submit(k, cmd);
    CHECK_RESULT(k, vkGetQueryPoolResults(k->device, pool, 1, 1, 4, r32, 4, 0), VK_NOT_READY);
    CHECK_RESULT(k, vkGetQueryPoolResults(k->device, pool, 2, 1, 4, r32, 4, 0), VK_SUCCESS);
    if (k->vk.ResetQueryPool) {
        k->vk.ResetQueryPool(k->device, pool, 0, 4);
        CHECK_RESULT(k, vkGetQueryPoolResults(k->device, pool, 2, 1, 4, r32, 4, 0), VK_NOT_READY);
    }
}

/* ---- statistics ---- */

static void
case_statistics(struct kit *k)
{
    SKIP_UNLESS(k, k->features.pipelineStatisticsQuery, "no pipelineStatisticsQuery");
    struct setup s;
    setup_init(k, &s);
    const VkQueryPipelineStatisticFlags graphics =
        VK_QUERY_PIPELINE_STATISTIC_INPUT_ASSEMBLY_VERTICES_BIT | VK_QUERY_PIPELINE_STATISTIC_INPUT_ASSEMBLY_PRIMITIVES_BIT |
        VK_QUERY_PIPELINE_STATISTIC_VERTEX_SHADER_INVOCATIONS_BIT | VK_QUERY_PIPELINE_STATISTIC_CLIPPING_INVOCATIONS_BIT |
        VK_QUERY_PIPELINE_STATISTIC_CLIPPING_PRIMITIVES_BIT | VK_QUERY_PIPELINE_STATISTIC_FRAGMENT_SHADER_INVOCATIONS_BIT;
    const VkQueryPool pool = kit_queries(k, VK_QUERY_TYPE_PIPELINE_STATISTICS, 2, graphics);
    const VkQueryPool compute_pool =
        kit_queries(k, VK_QUERY_TYPE_PIPELINE_STATISTICS, 1, VK_QUERY_PIPELINE_STATISTIC_COMPUTE_SHADER_INVOCATIONS_BIT);
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 0);
    const VkDescriptorSet set = kit_set(k, sl);
    const struct kit_buffer count = kit_buffer(k, 4, NULL);
    kit_write_buffer(k, set, 0, 0, type, count.buffer, 0, 4);
    const VkPipeline compute = kit_compute(k, layout, KIT_CODE(query_comp), NULL);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdResetQueryPool(cmd, pool, 0, 2);
    vkCmdResetQueryPool(cmd, compute_pool, 0, 1);
    vkCmdBeginQuery(cmd, compute_pool, 0, 0);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, compute);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    vkCmdDispatch(cmd, 3, 5, 7);
    vkCmdDispatch(cmd, 1, 0, 1);
    vkCmdDispatch(cmd, 2, 1, 1);
    vkCmdEndQuery(cmd, compute_pool, 0);
    kit_target_begin(cmd, &s.t);
    bind(&s, cmd);
    vkCmdBeginQuery(cmd, pool, 0, 0);
    vkCmdDraw(cmd, 12, 2, 0, 0); /* a, b, c, d, two times */
    vkCmdEndQuery(cmd, pool, 0);
    vkCmdBeginQuery(cmd, pool, 1, 0);
    vkCmdEndQuery(cmd, pool, 1);
    vkCmdEndRenderPass(cmd);
    kit_submit(k, cmd);
    uint64_t g[2][7], c = 0;
    CHECK_VK(k, vkGetQueryPoolResults(k->device, compute_pool, 0, 1, 8, &c, 8, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT));
    CHECK(k, c == (105 + 2) * 16 && *(uint32_t *)count.data == c, "%llu compute invocations, the shader counted %u", (unsigned long long)c,
          *(uint32_t *)count.data);
    CHECK_VK(k, vkGetQueryPoolResults(k->device, pool, 0, 2, sizeof(g), g, sizeof(g[0]),
                                      VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT | VK_QUERY_RESULT_WITH_AVAILABILITY_BIT));
    CHECK(k, g[0][0] == 24 && g[0][1] == 8, "%llu vertices, %llu primitives", (unsigned long long)g[0][0], (unsigned long long)g[0][1]);
    CHECK(k, g[0][2] >= 12 && g[0][2] <= 24, "%llu vertex shader invocations", (unsigned long long)g[0][2]);
    CHECK(k, g[0][3] == 8 && g[0][4] >= 6, "clipping: %llu in, %llu out", (unsigned long long)g[0][3], (unsigned long long)g[0][4]);
    CHECK(k, g[0][5] >= 2 * (256 + 28), "%llu fragment shader invocations", (unsigned long long)g[0][5]);
    for (int i = 0; i < 6; i++) {
        CHECK(k, g[1][i] == 0, "empty query, value %d: %llu", i, (unsigned long long)g[1][i]);
    }
    CHECK(k, g[0][6] && g[1][6], "availability");
}

/* ---- time ---- */

static void
case_timestamps(struct kit *k)
{
    SKIP_UNLESS(k, k->family_properties.timestampValidBits && k->properties.limits.timestampComputeAndGraphics, "no timestamps");
    const VkQueryPool pool = kit_queries(k, VK_QUERY_TYPE_TIMESTAMP, 4, 0);
    const struct kit_buffer b = kit_buffer(k, 1 << 20, NULL);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdResetQueryPool(cmd, pool, 0, 4);
    vkCmdWriteTimestamp(cmd, VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT, pool, 0);
    vkCmdFillBuffer(cmd, b.buffer, 0, VK_WHOLE_SIZE, 1);
    vkCmdWriteTimestamp(cmd, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, pool, 1);
    kit_barrier(cmd);
    vkCmdFillBuffer(cmd, b.buffer, 0, VK_WHOLE_SIZE, 2);
    if (k->vk.CmdWriteTimestamp2) {
        k->vk.CmdWriteTimestamp2(cmd, VK_PIPELINE_STAGE_2_CLEAR_BIT, pool, 2);
    } else {
        vkCmdWriteTimestamp(cmd, VK_PIPELINE_STAGE_TRANSFER_BIT, pool, 2);
    }
    kit_submit(k, cmd);
    uint64_t t[6];
    CHECK_VK(k, vkGetQueryPoolResults(k->device, pool, 0, 3, 24, t, 8, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT));
    CHECK(k, t[0] && t[0] <= t[1] && t[1] <= t[2], "%llu, %llu, %llu", (unsigned long long)t[0], (unsigned long long)t[1],
          (unsigned long long)t[2]);
    CHECK(k, (double)(t[2] - t[0]) * (double)k->properties.limits.timestampPeriod < 5e9, "took %llu ticks",
          (unsigned long long)(t[2] - t[0]));
}

/* Every flag and width of results, from the host and by command; one of three queries is never written. */
static void
case_timestamp_results(struct kit *k)
{
    SKIP_UNLESS(k, k->family_properties.timestampValidBits && k->properties.limits.timestampComputeAndGraphics, "no timestamps");
    const VkQueryPool pool = kit_queries(k, VK_QUERY_TYPE_TIMESTAMP, 3, 0);
    const struct kit_buffer b = kit_buffer(k, 1024, NULL);
    memset(b.data, 0xee, 1024);
    VkCommandBuffer cmd = kit_begin(k);
    vkCmdResetQueryPool(cmd, pool, 0, 3);
    vkCmdWriteTimestamp(cmd, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, pool, 0);
    vkCmdWriteTimestamp(cmd, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, pool, 2);
    kit_submit(k, cmd);
    uint64_t t[2] = {0, 0};
    CHECK_VK(k, vkGetQueryPoolResults(k->device, pool, 0, 1, 8, &t[0], 8, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT));
    CHECK_VK(k, vkGetQueryPoolResults(k->device, pool, 2, 1, 8, &t[1], 8, VK_QUERY_RESULT_64_BIT));
    CHECK(k, t[0] && t[0] <= t[1], "%llu, %llu", (unsigned long long)t[0], (unsigned long long)t[1]);
    for (uint32_t flags = 0; flags < 4; flags++) { /* of 64 bits, with availability */
        const bool wide = flags & 1, with = flags & 2;
        const uint32_t el_B = wide ? 8 : 4, stride_B = el_B * (with ? 2 : 1) + el_B; /* a gap after each */
        const VkQueryResultFlags f = (wide ? VK_QUERY_RESULT_64_BIT : 0) | (with ? VK_QUERY_RESULT_WITH_AVAILABILITY_BIT : 0);
        uint8_t host[128];
        memset(host, 0xee, sizeof(host));
        CHECK_RESULT(k, vkGetQueryPoolResults(k->device, pool, 0, 3, stride_B * 3, host, stride_B, f), VK_NOT_READY);
        cmd = kit_begin(k);
        vkCmdCopyQueryPoolResults(cmd, pool, 0, 3, b.buffer, 128 * flags, stride_B, f);
        kit_barrier(cmd);
        kit_submit(k, cmd);
        for (int where = 0; where < 2; where++) {
            const uint8_t *base = where ? (const uint8_t *)b.data + 128 * flags : host;
            for (uint32_t i = 0; i < 3; i++) {
                uint64_t v = 0, available = 0, gap = 0;
                memcpy(&v, base + i * stride_B, el_B);
                memcpy(&available, base + i * stride_B + el_B, with ? el_B : 0);
                memcpy(&gap, base + i * stride_B + stride_B - el_B, el_B);
                const uint64_t want = i == 1 ? (wide ? UINT64_C(0xeeeeeeeeeeeeeeee) : 0xeeeeeeeeu) : t[i / 2] & (wide ? UINT64_MAX : UINT32_MAX);
                const bool saturated = !wide && i != 1 && v == UINT32_MAX && !kit_ours(k); /* may be */
                const bool undefined = i == 1 && !kit_ours(k); /* what is written of an unavailable query */
                CHECK(k, (v == want || saturated || undefined) && (!with || available == (i != 1)) && gap == (wide ? UINT64_C(0xeeeeeeeeeeeeeeee) : 0xeeeeeeeeu),
                      "flags %#x, %s, query %u: %llx, available %llu", f, where ? "copied" : "read", i, (unsigned long long)v, (unsigned long long)available);
            }
        }
    }
}

static void
case_calibrated(struct kit *k)
{
    SKIP_UNLESS(k, k->vk.GetCalibratedTimestampsKHR && k->vk.GetPhysicalDeviceCalibrateableTimeDomainsKHR,
                "no VK_KHR_calibrated_timestamps");
    VkTimeDomainKHR domains[8];
    uint32_t n = 0;
    CHECK_VK(k, k->vk.GetPhysicalDeviceCalibrateableTimeDomainsKHR(k->physical, &n, NULL));
    REQUIRE(k, n >= 2 && n <= 8, "%u domains", n);
    uint32_t one = 1;
    CHECK_RESULT(k, k->vk.GetPhysicalDeviceCalibrateableTimeDomainsKHR(k->physical, &one, domains), VK_INCOMPLETE);
    CHECK_VK(k, k->vk.GetPhysicalDeviceCalibrateableTimeDomainsKHR(k->physical, &n, domains));
    VkCalibratedTimestampInfoKHR infos[8];
    uint64_t a[8], b[8], deviation;
    uint32_t device = n;
    for (uint32_t i = 0; i < n; i++) {
        infos[i] = (VkCalibratedTimestampInfoKHR){VK_STRUCTURE_TYPE_CALIBRATED_TIMESTAMP_INFO_KHR, NULL, domains[i]};
        device = domains[i] == VK_TIME_DOMAIN_DEVICE_KHR ? i : device;
    }
    REQUIRE(k, device < n, "the device's own domain is missing");
    CHECK_VK(k, k->vk.GetCalibratedTimestampsKHR(k->device, n, infos, a, &deviation));
    const VkQueryPool pool = kit_queries(k, VK_QUERY_TYPE_TIMESTAMP, 1, 0);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdResetQueryPool(cmd, pool, 0, 1);
    vkCmdWriteTimestamp(cmd, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, pool, 0);
    kit_submit(k, cmd);
    CHECK_VK(k, k->vk.GetCalibratedTimestampsKHR(k->device, n, infos, b, &deviation));
    for (uint32_t i = 0; i < n; i++) {
        CHECK(k, a[i] <= b[i], "domain %d runs backwards", domains[i]);
    }
    uint64_t t = 0;
    CHECK_VK(k, vkGetQueryPoolResults(k->device, pool, 0, 1, 8, &t, 8, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT));
    CHECK(k, a[device] <= t && t <= b[device], "a query's time %llu is not between %llu and %llu", (unsigned long long)t,
          (unsigned long long)a[device], (unsigned long long)b[device]);
}

static const struct kit_case cases[] = {
    {"occlusion", case_occlusion},   {"inherited", case_inherited},   {"results", case_results},
    {"statistics", case_statistics}, {"timestamps", case_timestamps}, {"timestamp_results", case_timestamp_results}, {"calibrated", case_calibrated},
};
KIT_MAIN(cases)
