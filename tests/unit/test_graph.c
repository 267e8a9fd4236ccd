/* Edges of the graph: barriers against a slow search by the words of the specification, then what events, queries and memory add.
 * SPEC: synchronization-dependencies-chains. */
#include <stdio.h>
#include <string.h>

#include "command/stages.h"
#include "exec/graph.h"
#include "util/compiler.h"

static int failures;

#define CHECK(cond)                                                                                                    \
    do {                                                                                                               \
        if (!(cond)) {                                                                                                 \
            printf("%s:%d: %s\n", __FILE__, __LINE__, #cond);                                                          \
            failures++;                                                                                                \
        }                                                                                                              \
    } while (0)

static uint32_t seed = 1;
static uint32_t
below(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

/* ---- barriers, by search ---- */

#define ITEMS 40
struct item { /* in submission order: a node or a barrier */
    bool is_node;
    uint8_t stages;
    struct pum_order order;
    uint32_t node;
};

/* Nodes before item `at` that are in the first scope of a chain of barriers of which the last one is at `at` and orders stage d. */
static struct pum_node_set
reached(const struct item *items, uint32_t at, uint32_t d)
{
    struct pum_node_set r = {0};
    for (uint32_t i = 0; i < at; i++) {
        for (uint32_t s = 0; s < PUM_SCOPE_COUNT; s++) {
            if (!(items[at].order.after[d] >> s & 1)) {
                continue;
            }
            if (items[i].is_node && items[i].stages >> s & 1) {
                pum_node_set_put(&r, items[i].node);
            }
            if (!items[i].is_node) { /* orders something before stage s, which is in the first scope */
                const struct pum_node_set more = reached(items, i, s);
                pum_node_set_join(&r, &more);
            }
        }
    }
    return r;
}

static void
random_barriers(struct pum_graph *g)
{
    struct item items[ITEMS];
    uint32_t n_barriers = 0;
    pum_graph_reset(g);
    for (uint32_t i = 0; i < ITEMS; i++) {
        struct item *it = &items[i];
        memset(it, 0, sizeof(*it));
        it->is_node = n_barriers > 7 || below(3) > 0; /* the search is slow */
        if (it->is_node) {
            it->stages = (uint8_t)(1u << below(PUM_SCOPE_COUNT) | 1u << below(PUM_SCOPE_COUNT));
            it->node = pum_graph_add(g, it->stages);
            struct pum_node_set want = {0};
            for (uint32_t b = 0; b < i; b++) {
                for (uint32_t d = 0; d < PUM_SCOPE_COUNT && !items[b].is_node; d++) {
                    if (it->stages >> d & 1) {
                        const struct pum_node_set more = reached(items, b, d);
                        pum_node_set_join(&want, &more);
                    }
                }
            }
            CHECK(memcmp(&want, &g->before[it->node], sizeof(want)) == 0);
        } else {
            for (uint32_t d = 0; d < PUM_SCOPE_COUNT; d++) {
                it->order.after[d] = (uint8_t)(below(2) * below(PUM_SCOPE_ALL_BITS + 1u));
            }
            pum_graph_barrier(g, &it->order);
            n_barriers++;
        }
    }
}

/* ---- the rest ---- */

static uint32_t
size(const struct pum_node_set *s)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < PUM_GRAPH_NODES; i++) {
        n += pum_node_set_has(s, i);
    }
    return n;
}

static bool
waits(const struct pum_graph *g, uint32_t node, uint32_t on)
{
    return pum_node_set_has(&g->before[node], on);
}

static void
barrier(struct pum_graph *g, VkPipelineStageFlags2 src, VkPipelineStageFlags2 dst)
{
    struct pum_order o = {{0}};
    pum_order_add(&o, src, dst);
    pum_graph_barrier(g, &o);
}

static void
scopes(void)
{
    const uint8_t draw = PUM_SCOPE_FRONT_BIT | PUM_SCOPE_FRAGMENT_BIT;
    CHECK(pum_scope_first(VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT) == PUM_SCOPE_ALL_BITS);
    CHECK(pum_scope_first(VK_PIPELINE_STAGE_2_TOP_OF_PIPE_BIT) == 0);
    CHECK(pum_scope_first(VK_PIPELINE_STAGE_2_BOTTOM_OF_PIPE_BIT) == PUM_SCOPE_ALL_BITS);
    CHECK(pum_scope_second(VK_PIPELINE_STAGE_2_TOP_OF_PIPE_BIT) == PUM_SCOPE_ALL_BITS);
    CHECK(pum_scope_second(VK_PIPELINE_STAGE_2_BOTTOM_OF_PIPE_BIT) == 0);
    CHECK(pum_scope_first(VK_PIPELINE_STAGE_2_VERTEX_SHADER_BIT) == PUM_SCOPE_FRONT_BIT);
    CHECK(pum_scope_second(VK_PIPELINE_STAGE_2_VERTEX_SHADER_BIT) == draw); /* and what comes after it in the pipeline */
    CHECK(pum_scope_second(VK_PIPELINE_STAGE_2_COLOR_ATTACHMENT_OUTPUT_BIT) == PUM_SCOPE_FRAGMENT_BIT);
    CHECK(pum_scope_second(VK_PIPELINE_STAGE_2_DRAW_INDIRECT_BIT) == (draw | PUM_SCOPE_COMPUTE_BIT));
    CHECK(pum_scope_first(VK_PIPELINE_STAGE_2_COPY_BIT) == PUM_SCOPE_TRANSFER_BIT);
    CHECK(pum_scope_first(VK_PIPELINE_STAGE_2_NONE) == 0 && pum_scope_second(VK_PIPELINE_STAGE_2_NONE) == 0);
    CHECK(pum_scope_first((VkPipelineStageFlags2)1 << 62) == PUM_SCOPE_ALL_BITS); /* unknown */
}

static void
queries_and_events(struct pum_graph *g)
{
    static uint8_t memory[64];
    const uint8_t draw = PUM_SCOPE_FRONT_BIT | PUM_SCOPE_FRAGMENT_BIT;
    pum_graph_reset(g);
    const uint32_t reset = pum_graph_add(g, 0);
    pum_graph_use(g, memory, memory + 8, PUM_USE_WRITE, false);
    const uint32_t a = pum_graph_add(g, draw);
    pum_graph_use(g, memory, memory + 8, PUM_USE_ADD, false);
    const uint32_t b = pum_graph_add(g, draw);
    pum_graph_use(g, memory, memory + 8, PUM_USE_ADD, false);
    const uint32_t other = pum_graph_add(g, draw);
    pum_graph_use(g, memory + 8, memory + 16, PUM_USE_ADD, false);
    const uint32_t end = pum_graph_add(g, 0);
    pum_graph_use(g, memory, memory + 8, PUM_USE_WRITE, false);
    CHECK(waits(g, a, reset) && waits(g, b, reset) && !waits(g, b, a) && !waits(g, other, reset));
    CHECK(waits(g, end, a) && waits(g, end, b) && !waits(g, end, other));
    const uint32_t r1 = pum_graph_add(g, PUM_SCOPE_TRANSFER_BIT);
    pum_graph_use(g, memory + 20, memory + 30, PUM_USE_READ, false);
    const uint32_t r2 = pum_graph_add(g, PUM_SCOPE_TRANSFER_BIT);
    pum_graph_use(g, memory + 25, memory + 28, PUM_USE_READ, false);
    CHECK(!waits(g, r2, r1));

    pum_graph_reset(g); /* an event: set after compute, waited for by fragments */
    const uint32_t c = pum_graph_add(g, PUM_SCOPE_COMPUTE_BIT), t = pum_graph_add(g, PUM_SCOPE_TRANSFER_BIT);
    const uint32_t set = pum_graph_add(g, 0);
    pum_graph_after_stages(g, PUM_SCOPE_COMPUTE_BIT);
    pum_graph_use(g, memory, memory + 4, PUM_USE_WRITE, false);
    const uint32_t between = pum_graph_add(g, draw);
    CHECK(pum_graph_writer(g, memory) == set && pum_graph_writer(g, memory + 4) == PUM_GRAPH_NODES);
    pum_graph_before_stages(g, set, PUM_SCOPE_FRAGMENT_BIT);
    const uint32_t d = pum_graph_add(g, draw), c2 = pum_graph_add(g, PUM_SCOPE_COMPUTE_BIT);
    CHECK(waits(g, set, c) && !waits(g, set, t) && !waits(g, between, set) && waits(g, d, set) && !waits(g, c2, set));
    barrier(g, VK_PIPELINE_STAGE_2_FRAGMENT_SHADER_BIT, VK_PIPELINE_STAGE_2_COMPUTE_SHADER_BIT); /* a chain through the event */
    const uint32_t last = pum_graph_add(g, PUM_SCOPE_COMPUTE_BIT);
    CHECK(waits(g, last, set) && waits(g, last, d) && waits(g, last, between) && !waits(g, last, c2));
    const uint32_t stamp = pum_graph_add(g, 0);
    pum_graph_after_all(g);
    CHECK(size(&g->before[stamp]) == stamp);
}

/* Vertices wait for less than the rest of a pass. */
static void
early(struct pum_graph *g)
{
    static uint8_t memory[64];
    const uint8_t draw = PUM_SCOPE_FRONT_BIT | PUM_SCOPE_FRAGMENT_BIT;
    pum_graph_reset(g);
    const uint32_t compute = pum_graph_add(g, PUM_SCOPE_COMPUTE_BIT), first = pum_graph_add(g, draw);
    pum_graph_use(g, memory, memory + 8, PUM_USE_WRITE, true);
    barrier(g, VK_PIPELINE_STAGE_2_COLOR_ATTACHMENT_OUTPUT_BIT, VK_PIPELINE_STAGE_2_FRAGMENT_SHADER_BIT);
    const uint32_t second = pum_graph_add(g, draw);
    CHECK(waits(g, second, first) && !waits(g, second, compute) && !pum_node_set_has(&g->early[second], first));
    barrier(g, VK_PIPELINE_STAGE_2_COMPUTE_SHADER_BIT, VK_PIPELINE_STAGE_2_VERTEX_INPUT_BIT);
    const uint32_t third = pum_graph_add(g, draw);
    pum_graph_use(g, memory, memory + 8, PUM_USE_WRITE, true);
    CHECK(waits(g, third, first) && waits(g, third, compute) && pum_node_set_has(&g->early[third], compute));
    CHECK(!pum_node_set_has(&g->early[third], first) && !pum_node_set_has(&g->early[third], second));
    barrier(g, VK_PIPELINE_STAGE_2_ALL_GRAPHICS_BIT, VK_PIPELINE_STAGE_2_COMPUTE_SHADER_BIT);
    const uint32_t fourth = pum_graph_add(g, PUM_SCOPE_COMPUTE_BIT);
    pum_graph_after(g, compute);
    CHECK(memcmp(&g->early[fourth], &g->before[fourth], sizeof(g->early[0])) == 0);
}

static void
without_room(struct pum_graph *g)
{
    static uint8_t memory[2 * PUM_GRAPH_USES];
    pum_graph_reset(g);
    const uint32_t first = pum_graph_add(g, PUM_SCOPE_TRANSFER_BIT);
    for (uint32_t i = 0; i < PUM_GRAPH_USES; i++) {
        pum_graph_use(g, memory + i, memory + i + 1, PUM_USE_WRITE, false);
    }
    const uint32_t second = pum_graph_add(g, PUM_SCOPE_COMPUTE_BIT);
    pum_graph_use(g, memory + PUM_GRAPH_USES, memory + PUM_GRAPH_USES + 1, PUM_USE_WRITE, false);
    const uint32_t third = pum_graph_add(g, PUM_SCOPE_TRANSFER_BIT);
    CHECK(waits(g, second, first) && waits(g, third, second));
    pum_graph_reset(g);
    while (g->n_nodes < PUM_GRAPH_NODES) {
        pum_graph_add(g, PUM_SCOPE_COMPUTE_BIT);
    }
    CHECK(size(&g->of[PUM_SCOPE_COMPUTE]) == PUM_GRAPH_NODES);
    CHECK(pum_node_set_next(&g->of[PUM_SCOPE_COMPUTE], PUM_GRAPH_NODES - 1) == PUM_GRAPH_NODES - 1);
    CHECK(pum_node_set_next(&g->of[PUM_SCOPE_TRANSFER], 0) == PUM_GRAPH_NODES);
}

int
main(void)
{
    static struct pum_graph g;
    for (uint32_t i = 0; i < 300; i++) {
        random_barriers(&g);
    }
    scopes();
    queries_and_events(&g);
    early(&g);
    without_room(&g);
    return failures != 0;
}
