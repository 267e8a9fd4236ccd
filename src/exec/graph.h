/* The graph of what a queue has to do: nodes in submission order, and for each the earlier ones that must be complete before it begins.
 * SPEC: synchronization-dependencies, synchronization-submission-order.
 *
 * A barrier makes no node: for every stage class the graph keeps the nodes that have the stage (`of`) and those that later nodes with the stage
 * wait for (`wait`). A barrier adds to the second what it finds in both of its first scope, so that chains of barriers need no search.
 * Ranges of memory order what barriers don't have to (queries, events) and what applications forget (attachments, copies).
 *
 * Owns no memory besides itself, knows nothing of packets. Thread-safety: none.
 */
#ifndef PUM_EXEC_GRAPH_H
#define PUM_EXEC_GRAPH_H

#include <stdbool.h>
#include <stdint.h>

#include "command/stages.h"

#define PUM_GRAPH_NODES 256u
#define PUM_GRAPH_USES 1024u

struct pum_node_set { /* bit per node */
    uint64_t word[PUM_GRAPH_NODES / 64];
};

enum pum_use_kind {
    PUM_USE_READ,
    PUM_USE_WRITE,
    PUM_USE_ADD, /* sums: in any order among themselves */
};

struct pum_graph {
    uint32_t n_nodes, n_uses;
    struct pum_node_set before[PUM_GRAPH_NODES];
    struct pum_node_set early[PUM_GRAPH_NODES]; /* part of it: what must be complete before the vertices of a pass; other nodes: all */
    struct pum_node_set of[PUM_SCOPE_COUNT], wait[PUM_SCOPE_COUNT];
    struct pum_use {
        const uint8_t *lo, *hi;
        uint16_t node;
        uint8_t kind;
    } use[PUM_GRAPH_USES];
};

static inline bool
pum_node_set_has(const struct pum_node_set *s, uint32_t node)
{
    return s->word[node / 64] >> (node % 64) & 1;
}
static inline void
pum_node_set_put(struct pum_node_set *s, uint32_t node)
{
    s->word[node / 64] |= UINT64_C(1) << (node % 64);
}
static inline void
pum_node_set_take(struct pum_node_set *s, uint32_t node)
{
    s->word[node / 64] &= ~(UINT64_C(1) << (node % 64));
}
void pum_node_set_join(struct pum_node_set *s, const struct pum_node_set *other);
bool pum_node_set_is_subset(const struct pum_node_set *s, const struct pum_node_set *of);
/* The first node from `from` on, PUM_GRAPH_NODES if there is none. */
uint32_t pum_node_set_next(const struct pum_node_set *s, uint32_t from);

void pum_graph_reset(struct pum_graph *g);
/* A node with stages of these classes (enum pum_scope_bit; none: ordered by what follows alone). There is room: n_nodes < PUM_GRAPH_NODES. */
uint32_t pum_graph_add(struct pum_graph *g, uint8_t stages);
void pum_graph_barrier(struct pum_graph *g, const struct pum_order *o);
/* The last node waits for one other, for all, for the first scope `stages`, with all its stages. */
void pum_graph_after(struct pum_graph *g, uint32_t node);
void pum_graph_after_all(struct pum_graph *g);
void pum_graph_after_stages(struct pum_graph *g, uint8_t stages);
/* Later nodes with one of the stages wait for `node`. */
void pum_graph_before_stages(struct pum_graph *g, uint32_t node, uint8_t stages);
/* The last node uses memory; it waits for earlier nodes with which it must not overlap. Without room for more it waits for all, and all that
 * follow wait for it. late: a pass, but not its vertices. */
void pum_graph_use(struct pum_graph *g, const void *lo, const void *hi, enum pum_use_kind kind, bool late);
/* The node that has last written memory that begins at lo; PUM_GRAPH_NODES: none. */
uint32_t pum_graph_writer(const struct pum_graph *g, const void *lo);

#endif
