#include "exec/graph.h"

#include <string.h>

#define WORDS (PUM_GRAPH_NODES / 64)

void
pum_node_set_join(struct pum_node_set *s, const struct pum_node_set *other)
{
    for (uint32_t i = 0; i < WORDS; i++) {
        s->word[i] |= other->word[i];
    }
}

bool
pum_node_set_is_subset(const struct pum_node_set *s, const struct pum_node_set *of)
{
    uint64_t more = 0;
    for (uint32_t i = 0; i < WORDS; i++) {
        more |= s->word[i] & ~of->word[i];
    }
    return !more;
}

uint32_t
pum_node_set_next(const struct pum_node_set *s, uint32_t from)
{
    for (uint32_t i = from / 64; i < WORDS; i++) {
        const uint64_t left = i == from / 64 ? s->word[i] & (~UINT64_C(0) << (from % 64)) : s->word[i];
        if (left) {
            return i * 64 + (uint32_t)__builtin_ctzll(left);
        }
    }
    return PUM_GRAPH_NODES;
}

void
pum_graph_reset(struct pum_graph *g)
{
    g->n_nodes = g->n_uses = 0;
    memset(g->of, 0, sizeof(g->of));
    memset(g->wait, 0, sizeof(g->wait));
}

uint32_t
pum_graph_add(struct pum_graph *g, uint8_t stages)
{
    const uint32_t node = g->n_nodes++;
    struct pum_node_set *before = &g->before[node];
    memset(before, 0, sizeof(*before));
    memset(&g->early[node], 0, sizeof(g->early[node]));
    for (uint32_t s = 0; s < PUM_SCOPE_COUNT; s++) {
        if (stages >> s & 1) {
            pum_node_set_join(before, &g->wait[s]);
            pum_node_set_put(&g->of[s], node);
            if (s != PUM_SCOPE_FRAGMENT) {
                pum_node_set_join(&g->early[node], &g->wait[s]);
            }
        }
    }
    return node;
}

/* The nodes of a first scope, and those that a chain of barriers puts before it. */
static struct pum_node_set
scope(const struct pum_graph *g, uint8_t stages)
{
    struct pum_node_set all = {0};
    for (uint32_t s = 0; s < PUM_SCOPE_COUNT; s++) {
        if (stages >> s & 1) {
            pum_node_set_join(&all, &g->of[s]);
            pum_node_set_join(&all, &g->wait[s]);
        }
    }
    return all;
}

void
pum_graph_barrier(struct pum_graph *g, const struct pum_order *o)
{
    struct pum_node_set more[PUM_SCOPE_COUNT]; /* all first, then added: the parts of a barrier make no chain */
    for (uint32_t s = 0; s < PUM_SCOPE_COUNT; s++) {
        more[s] = scope(g, o->after[s]);
    }
    for (uint32_t s = 0; s < PUM_SCOPE_COUNT; s++) {
        pum_node_set_join(&g->wait[s], &more[s]);
    }
}

void
pum_graph_after(struct pum_graph *g, uint32_t node)
{
    pum_node_set_put(&g->before[g->n_nodes - 1], node);
    pum_node_set_put(&g->early[g->n_nodes - 1], node);
}

void
pum_graph_after_all(struct pum_graph *g)
{
    for (uint32_t i = 0; i + 1 < g->n_nodes; i++) {
        pum_graph_after(g, i);
    }
}

void
pum_graph_after_stages(struct pum_graph *g, uint8_t stages)
{
    struct pum_node_set all = scope(g, stages);
    pum_node_set_take(&all, g->n_nodes - 1);
    pum_node_set_join(&g->before[g->n_nodes - 1], &all);
    pum_node_set_join(&g->early[g->n_nodes - 1], &all);
}

void
pum_graph_before_stages(struct pum_graph *g, uint32_t node, uint8_t stages)
{
    for (uint32_t s = 0; s < PUM_SCOPE_COUNT; s++) {
        if (stages >> s & 1) {
            pum_node_set_put(&g->wait[s], node);
        }
    }
}

void
pum_graph_use(struct pum_graph *g, const void *lo, const void *hi, enum pum_use_kind kind, bool late)
{
    const uint32_t node = g->n_nodes - 1;
    if (g->n_uses == PUM_GRAPH_USES) {
        pum_graph_after_all(g);
        pum_graph_before_stages(g, node, PUM_SCOPE_ALL_BITS);
        return;
    }
    for (uint32_t i = 0; i < g->n_uses; i++) {
        const struct pum_use *u = &g->use[i];
        const bool together = u->kind == kind && kind != PUM_USE_WRITE;
        if (u->lo < (const uint8_t *)hi && (const uint8_t *)lo < u->hi && !together && u->node != node) {
            pum_node_set_put(&g->before[node], u->node);
            if (!late) {
                pum_node_set_put(&g->early[node], u->node);
            }
        }
    }
    g->use[g->n_uses++] = (struct pum_use){lo, hi, (uint16_t)node, (uint8_t)kind};
}

uint32_t
pum_graph_writer(const struct pum_graph *g, const void *lo)
{
    for (uint32_t i = g->n_uses; i-- > 0;) {
        if (g->use[i].lo == (const uint8_t *)lo && g->use[i].kind == PUM_USE_WRITE) {
            return g->use[i].node;
        }
    }
    return PUM_GRAPH_NODES;
}
