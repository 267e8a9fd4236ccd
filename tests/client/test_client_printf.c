/* What shaders print (NonSemantic.DebugPrintf): formats, every stage, how many lines and in what order, lines that are too many.
 * SPEC: debugging; VK_KHR_shader_non_semantic_info. Other drivers need the validation layer for it. */
#include "kit.h"

#include <pthread.h>

#include "print_formats_comp.h"
#include "print_frag.h"
#include "print_geom.h"
#include "print_many_comp.h"
#include "print_odd_comp_spvasm.h"
#include "print_tesc.h"
#include "print_tese.h"
#include "print_vert.h"

#define COMPUTE VK_PIPELINE_BIND_POINT_COMPUTE

struct lines {
    VkDebugUtilsMessengerEXT messenger;
    pthread_mutex_t lock;
    char **line;
    uint32_t n, room;
};

static VKAPI_ATTR VkBool32 VKAPI_CALL
on_line(VkDebugUtilsMessageSeverityFlagBitsEXT severity, VkDebugUtilsMessageTypeFlagsEXT message_types, const VkDebugUtilsMessengerCallbackDataEXT *data,
        void *user)
{
    struct lines *l = user;
    (void)message_types;
    if (severity != VK_DEBUG_UTILS_MESSAGE_SEVERITY_INFO_BIT_EXT || !data->pMessageIdName || strcmp(data->pMessageIdName, "WARNING-DEBUG-PRINTF") != 0) {
        return VK_FALSE;
    }
    pthread_mutex_lock(&l->lock);
    if (l->n == l->room) {
        l->room = l->room ? l->room * 2 : 256;
        l->line = realloc(l->line, l->room * sizeof(l->line[0]));
    }
    l->line[l->n++] = strdup(data->pMessage);
    pthread_mutex_unlock(&l->lock);
    return VK_FALSE;
}

static void
listen(struct kit *k, struct lines *l)
{
    *l = (struct lines){.lock = PTHREAD_MUTEX_INITIALIZER};
    const VkDebugUtilsMessengerCreateInfoEXT info = {.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT,
                                                     .messageSeverity = VK_DEBUG_UTILS_MESSAGE_SEVERITY_INFO_BIT_EXT,
                                                     .messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_GENERAL_BIT_EXT,
                                                     .pfnUserCallback = on_line,
                                                     .pUserData = l};
    MUST(k->vk.CreateDebugUtilsMessengerEXT(k->instance, &info, NULL, &l->messenger));
}

static void
stop(struct kit *k, struct lines *l)
{
    k->vk.DestroyDebugUtilsMessengerEXT(k->instance, l->messenger, NULL);
    for (uint32_t i = 0; i < l->n; i++) {
        free(l->line[i]);
    }
    free(l->line);
}
#define SKIP_UNLESS_OFFERED(k)                                                                                         \
    SKIP_UNLESS(k, kit_ours(k) && !kit_under_validation(k) && k->vk.CreateDebugUtilsMessengerEXT, "a layer prints, if any")

static uint32_t
count(const struct lines *l, const char *text)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->n; i++) {
        n += strcmp(l->line[i], text) == 0;
    }
    return n;
}

static void
run(struct kit *k, const uint32_t *code, size_t size_B, const void *push, uint32_t push_B, uint32_t groups)
{
    const VkPipelineLayout layout = kit_layout(k, 0, NULL, push_B);
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, COMPUTE, kit_compute(k, layout, code, size_B, NULL));
    if (push_B) {
        vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, push_B, push);
    }
    vkCmdDispatch(cmd, groups, 1, 1);
    kit_submit(k, cmd);
}

static void
case_formats(struct kit *k)
{
    SKIP_UNLESS_OFFERED(k);
    const struct {
        int32_t i;
        uint32_t u;
        float f;
        uint32_t pad;
        float v[4];
        int32_t w[3];
    } push = {-42, 3000000000u, 1.0f / 3, 0, {1, 2.5f, -3, 4}, {-1, 16, 255}};
    char want[20][320];
    uint32_t n = 0;
#define LINE(...) snprintf(want[n++], sizeof(want[0]), __VA_ARGS__)
    LINE("plain text, 100%%");
    LINE("-42 -42 3000000000 b2d05e00 B2D05E00 26264057000");
    LINE("[   -42] [-42   ] [-00042] [-42] [0xb2d05e00]");
    LINE("0.333333 0.33    0.333 3.333333e-01 0.333333");
    LINE("1.000000, 2.500000, -3.000000, 4.000000|1.00, 2.50, -3.00, 4.00|1.000000, 2.500000");
    LINE("-1, 16, 255|4294967295, 16, 255|10, ff");
    LINE("12884901888000000005 3000000000 fedcba9876543210 -360777252864");
    LINE("0.333333 0.1111111144");
    LINE("-42 24064 -42 0.333252");
    LINE("0 1");
    LINE("0.333333 -42 %%s %%q %%");
    LINE("-42 ?");
    LINE("-42");
    LINE("-1, 16, 255");
    LINE("%200d|%.60f", -42, (double)(1.0f / 3));
    LINE("%s", "");
    LINE("two\nlines");
    struct lines l;
    listen(k, &l);
    run(k, KIT_CODE(print_formats_comp), &push, 60, 1);
    CHECK(k, l.n == n, "%u lines, not %u", l.n, n);
    for (uint32_t i = 0; i < n && i < l.n; i++) {
        CHECK(k, strcmp(l.line[i], want[i]) == 0, "line %u: \"%s\", not \"%s\"", i, l.line[i], want[i]);
    }
    stop(k, &l);
}

/* Every invocation says what it should, its lines in order; before the fence is signalled. */
static void
case_order(struct kit *k)
{
    SKIP_UNLESS_OFFERED(k);
    enum { GROUPS = 20, ROUNDS = 5 };
    struct lines l;
    listen(k, &l);
    const uint32_t rounds = ROUNDS;
    run(k, KIT_CODE(print_many_comp), &rounds, 4, GROUPS);
    uint32_t next[GROUPS * 64] = {0}, sums = 0, wrong = 0;
    for (uint32_t i = 0; i < l.n; i++) {
        uint32_t id, round;
        sums += strcmp(l.line[i], "sum 64") == 0;
        if (sscanf(l.line[i], "%u %u", &id, &round) == 2 && id < GROUPS * 64) {
            wrong += round != next[id]++;
        }
    }
    CHECK(k, sums == GROUPS && wrong == 0, "%u sums, %u lines out of order", sums, wrong);
    for (uint32_t i = 0; i < GROUPS * 64; i++) {
        CHECK(k, next[i] == ROUNDS + i % 3, "invocation %u: %u lines", i, next[i]);
    }
    stop(k, &l);
}

/* More than is kept: the rest is counted. The next submission prints again. */
static void
case_dropped(struct kit *k)
{
    SKIP_UNLESS_OFFERED(k);
    struct lines l;
    listen(k, &l);
    const uint32_t rounds = 4000, all = 64 * 4000 + 63 + 1; /* 21 + 2 * 21 more rounds, the sum */
    run(k, KIT_CODE(print_many_comp), &rounds, 4, 1);
    unsigned long long dropped = 0;
    REQUIRE(k, l.n > 1000 && sscanf(l.line[l.n - 1], "%llu lines were dropped", &dropped) == 1, "%u lines, the last: %s", l.n, l.n ? l.line[l.n - 1] : "none");
    CHECK(k, l.n - 1 + dropped == all, "%u lines and %llu dropped are not %u", l.n - 1, dropped, all);
    const uint32_t before = l.n, one = 1;
    run(k, KIT_CODE(print_many_comp), &one, 4, 1);
    CHECK(k, l.n - before == 64 + 63 + 1, "%u lines afterwards", l.n - before);
    stop(k, &l);
}

static void
case_stages(struct kit *k)
{
    SKIP_UNLESS_OFFERED(k);
    enum { W = 21 };
    struct kit_target t;
    struct kit_graphics g;
    kit_target_rgba(k, &t, W, W);
    kit_graphics_init(k, &g, &t, kit_layout(k, 0, NULL, 16), KIT_CODE(print_vert), KIT_CODE(print_frag));
    kit_graphics_stage(k, &g, VK_SHADER_STAGE_TESSELLATION_CONTROL_BIT, KIT_CODE(print_tesc));
    kit_graphics_stage(k, &g, VK_SHADER_STAGE_TESSELLATION_EVALUATION_BIT, KIT_CODE(print_tese));
    kit_graphics_stage(k, &g, VK_SHADER_STAGE_GEOMETRY_BIT, KIT_CODE(print_geom));
    g.assembly.topology = VK_PRIMITIVE_TOPOLOGY_PATCH_LIST;
    g.tessellation.patchControlPoints = 3;
    const VkPipeline pipe = kit_graphics_create(k, &g);
    struct lines l;
    listen(k, &l);
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdDraw(cmd, 3, 1, 0, 0);
    vkCmdEndRenderPass(cmd);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    static const char *const once[] = {"vertex 0: -1.000000, -1.000000", "vertex 1: 1.000000, -1.000000", "vertex 2: -1.000000, 1.000000", "control 0: -1",
                                       "control 1: 1", "control 2: -1", "evaluation 1.000000, 0.000000, 0.000000", "evaluation 0.000000, 1.000000, 0.000000",
                                       "evaluation 0.000000, 0.000000, 1.000000", "geometry 0 of 0", "geometry 1 of 0"};
    for (size_t i = 0; i < ARRAY_LEN(once); i++) {
        CHECK(k, count(&l, once[i]) == 1, "\"%s\": %u times", once[i], count(&l, once[i]));
    }
    const uint8_t *got = kit_read(k, &t.color[0], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0);
    uint32_t pixels = 0;
    for (uint32_t y = 0; y < W; y++) {
        for (uint32_t x = 0; x < W; x++) {
            char text[64];
            snprintf(text, sizeof(text), "pixel %u, %u", x, y);
            const uint32_t drawn = got[(y * W + x) * 4] == 255;
            pixels += drawn;
            CHECK(k, count(&l, text) == drawn && (!drawn || x % 2 == 0), "%s: %u times, drawn %u", text, count(&l, text), drawn);
        }
    }
    CHECK(k, pixels > W * W / 8 && l.n == ARRAY_LEN(once) + pixels, "%u pixels, %u lines", pixels, l.n);
    stop(k, &l);
}

static void
case_odd(struct kit *k)
{
    SKIP_UNLESS_OFFERED(k);
    struct lines l;
    listen(k, &l);
    run(k, KIT_CODE(print_odd_comp_spvasm), NULL, 0, 1);
    REQUIRE(k, l.n == 3, "%u lines", l.n);
    CHECK(k, strcmp(l.line[0], "? and 3") == 0 && strcmp(l.line[1], "? and ?") == 0 && strcmp(l.line[2], "good 3") == 0, "%s; %s; %s", l.line[0], l.line[1],
          l.line[2]);
    stop(k, &l);
}

static const struct kit_case cases[] = {
    {"formats", case_formats}, {"order", case_order}, {"dropped", case_dropped}, {"stages", case_stages}, {"odd", case_odd},
};
KIT_MAIN(cases)
