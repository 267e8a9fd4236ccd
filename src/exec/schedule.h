/* Runs a graph: threads of the pool take nodes that are ready, each node uses the pool for what is inside it.
 *
 * Workers that are free help with what has been started and begin another node only when there is nothing of that: passes that fill all cores run
 * one after the other, small ones and the ends of large ones overlap. If nothing else is ready, one pass may begin with its vertices, as soon as
 * these may and all that the rest waits for has been started. Results do not depend on any of this.
 * Thread-safety: belongs to whoever is busy with the queue; the threads that it calls in share what the lock guards.
 */
#ifndef PUM_EXEC_SCHEDULE_H
#define PUM_EXEC_SCHEDULE_H

#include <pthread.h>

#include "exec/graph.h"
#include "exec/replay.h"
#include "util/worker_pool.h"

#define PUM_NODES_AT_ONCE 16u /* each may need a pass object */
#define PUM_MARKS 64u

struct pum_node {
    const struct pum_packet *first, *last;
    struct pum_replay_context ctx;
    uint32_t condition; /* node that finds out if ctx.skip is set; PUM_GRAPH_NODES: it is known */
    bool skip;          /* what it found */
    struct pum_schedule *schedule;
};

/* A place between nodes: reached(arg, ok) is called when all before it is done, in the order of marks, on any thread and under the lock. */
struct pum_mark {
    uint32_t node;
    void (*reached)(void *arg, bool ok);
    void *arg;
};

struct pum_schedule {
    /* constant while nodes run */
    struct pum_queue *q;
    struct pum_graph graph;
    uint8_t clock[1]; /* what nodes that tell the time use, to the graph */
    bool (*more)(struct pum_schedule *s); /* adds submissions that have arrived; true: it has. One thread at a time */
    bool shuffle; /* PUMICE_DEBUG=shuffle: ready nodes are taken in any order, and what only guards against forgotten barriers is left out */
    /* of the thread that runs a node */
    struct pum_node node[PUM_GRAPH_NODES];
    struct pum_pass *pass[PUM_NODES_AT_ONCE]; /* the first is the queue's */
    /* guarded by lock */
    pthread_mutex_t lock;
    struct pum_node_set done, waiting, ready;
    struct pum_node_set started; /* running ones and those done */
    uint32_t early; /* the node that has begun with its vertices alone, PUM_GRAPH_NODES: none */
    uint32_t n_left;
    uint32_t busy; /* bit per pass in use */
    uint32_t noise;
    bool failed;
    bool building; /* a thread adds nodes */
    uint32_t n_marks, next_mark;
    struct pum_mark mark[PUM_MARKS];
    uint32_t n_ready;
    uint32_t next_early; /* the node that may begin with its vertices next; PUM_GRAPH_NODES: none */
    uint32_t any;        /* something can be taken; read without the lock, too */
    struct pum_source source;
};

/* NULL: out of memory. */
struct pum_schedule *pum_schedule_create(struct pum_queue *q);
void pum_schedule_destroy(struct pum_schedule *s);
/* Runs all nodes; afterwards there are none, and no marks. False: out of memory; the device is lost. */
bool pum_schedule_run(struct pum_schedule *s) PUM_MUST_CHECK;

/* There is a place for n nodes and a mark. The mark is set when the nodes that precede it have been added. */
bool pum_schedule_has_room(const struct pum_schedule *s, uint32_t n);
void pum_schedule_set_mark(struct pum_schedule *s, void (*reached)(void *arg, bool ok), void *arg);

/* graph_build.c: adds command buffers to the graph; if it is full, or they wait for the host, it is run up to there. False: as above. While the
 * graph runs only `more` may call it, for what there is room for and what does not wait for the host. */
bool pum_schedule_add(struct pum_schedule *s, struct pum_cmd_buffer *const *cmds, uint32_t n) PUM_MUST_CHECK;

#endif
