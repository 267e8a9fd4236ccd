#include "exec/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "object/device_base.h"
#include "util/env.h"
#include "util/trace.h"

static bool run_ready(void *arg);

struct pum_schedule *
pum_schedule_create(struct pum_queue *q)
{
    struct pum_schedule *s = calloc(1, sizeof(*s));
    if (s) {
        s->q = q;
        s->pass[0] = q->pass;
        s->shuffle = pum_env_get()->debug & PUM_DEBUG_SHUFFLE_BIT;
        s->noise = 1;
        pum_graph_reset(&s->graph);
        pthread_mutex_init(&s->lock, NULL);
    }
    return s;
}

void
pum_schedule_destroy(struct pum_schedule *s)
{
    if (!s) {
        return;
    }
    for (uint32_t i = 1; i < PUM_NODES_AT_ONCE; i++) {
        pum_pass_destroy(s->pass[i]);
    }
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* ---- under the lock ---- */

/* Which of the ready nodes is next: the first, or any. */
static uint32_t
choose(struct pum_schedule *s)
{
    uint32_t node = pum_node_set_next(&s->ready, 0);
    if (s->shuffle) {
        s->noise = s->noise * 1664525u + 1013904223u;
        for (uint32_t skip = (s->noise >> 8) % s->n_ready; skip; skip--) {
            node = pum_node_set_next(&s->ready, node + 1);
        }
    }
    return node;
}

#define LOOK_AHEAD 8 /* waiting nodes */

/* After a change: what can be taken now. A pass whose vertices need not wait never waits for what has not been started, so that somebody always
 * goes on. */
static void
publish(struct pum_schedule *s)
{
    s->next_early = PUM_GRAPH_NODES;
    uint32_t i = s->early < PUM_GRAPH_NODES ? PUM_GRAPH_NODES : pum_node_set_next(&s->waiting, 0);
    for (uint32_t n = 0; n < LOOK_AHEAD && i < PUM_GRAPH_NODES; n++, i = pum_node_set_next(&s->waiting, i + 1)) {
        if (s->node[i].first->type == PUM_PACKET_INSTANCE && pum_node_set_is_subset(&s->graph.early[i], &s->done) &&
            pum_node_set_is_subset(&s->graph.before[i], &s->started)) {
            s->next_early = i;
            break;
        }
    }
    __atomic_store_n(&s->any, s->n_ready || s->next_early < PUM_GRAPH_NODES, __ATOMIC_RELAXED);
}

/* A node to run and the number of a pass object for it; PUM_GRAPH_NODES: none. */
static uint32_t
take(struct pum_schedule *s, uint32_t *place)
{
    const uint32_t limit = PUM_MIN(PUM_NODES_AT_ONCE, pum_pool_width(s->q->dev->pool));
    const uint32_t unused = ~s->busy & ((1u << limit) - 1);
    uint32_t node = PUM_GRAPH_NODES;
    if (unused && s->n_ready) {
        node = choose(s);
        pum_node_set_take(&s->ready, node);
        s->n_ready--;
    } else if (unused && s->next_early < PUM_GRAPH_NODES) {
        node = s->early = s->next_early;
        pum_node_set_take(&s->waiting, node);
    }
    if (node < PUM_GRAPH_NODES) {
        pum_node_set_put(&s->started, node);
        *place = (uint32_t)__builtin_ctz(unused);
        s->busy |= 1u << *place;
        publish(s);
    }
    return node;
}

static void
find_ready(struct pum_schedule *s, uint32_t from)
{
    for (uint32_t i = pum_node_set_next(&s->waiting, from); i < PUM_GRAPH_NODES; i = pum_node_set_next(&s->waiting, i + 1)) {
        if (pum_node_set_is_subset(&s->graph.before[i], &s->done)) {
            pum_node_set_take(&s->waiting, i);
            pum_node_set_put(&s->ready, i);
            s->n_ready++;
        }
    }
    publish(s);
}

static void
reach_marks(struct pum_schedule *s)
{
    while (s->next_mark < s->n_marks) {
        const struct pum_mark *m = &s->mark[s->next_mark];
        for (uint32_t i = s->next_mark ? s->mark[s->next_mark - 1].node : 0; i < m->node; i++) {
            if (!pum_node_set_has(&s->done, i)) {
                return;
            }
        }
        s->next_mark++;
        m->reached(m->arg, !s->failed);
    }
}

static void
one_less(struct pum_schedule *s)
{
    reach_marks(s);
    if (--s->n_left == 0) {
        pum_pool_serve_no_more(s->q->dev->pool, &s->source);
    }
}

static void
publish_nodes(struct pum_schedule *s, uint32_t from)
{
    for (uint32_t i = from; i < s->graph.n_nodes; i++) {
        pum_node_set_put(&s->waiting, i);
        s->node[i].schedule = s;
        s->n_left++;
    }
    find_ready(s, from);
}

/* ---- outside ---- */

static bool
gate_is_open(void *arg)
{
    struct pum_node *n = arg;
    struct pum_schedule *s = n->schedule;
    pthread_mutex_lock(&s->lock);
    const bool open = pum_node_set_is_subset(&s->graph.before[n - s->node], &s->done);
    if (open && s->early == (uint32_t)(n - s->node)) {
        s->early = PUM_GRAPH_NODES;
        publish(s);
    }
    pthread_mutex_unlock(&s->lock);
    return open;
}

static void
gate(void *arg)
{
    pum_pool_wait(((struct pum_node *)arg)->schedule->q->dev->pool, gate_is_open, arg);
}

static bool
run_node(struct pum_schedule *s, struct pum_node *n, uint32_t place)
{
    if (n->first->type == PUM_PACKET_CONDITION) {
        n->skip = pum_replay_condition((const void *)n->first);
        return true;
    }
    if (!s->pass[place] && !(s->pass[place] = pum_pass_create_beside(s->q->pass))) {
        return false;
    }
    if (n->condition < PUM_GRAPH_NODES) {
        n->ctx.skip = s->node[n->condition].skip;
    }
    n->ctx.gate = gate;
    n->ctx.gate_arg = n;
    const uint64_t t0 = pum_trace_begin();
    const bool ok = pum_replay(s->q, s->pass[place], &n->ctx, n->first, n->last->next);
    pum_trace_end(t0, &(struct pum_trace_event){.kind = "node", .name = n->first->name, .args = "number,place", .value = {(uint64_t)(n - s->node), place}});
    return ok;
}

/* What has arrived meanwhile joins, if nobody else is about to see to that. */
static bool
join_more(struct pum_schedule *s)
{
    pthread_mutex_lock(&s->lock);
    const bool mine = !s->building && s->n_left;
    s->building = s->building || mine;
    s->n_left += mine; /* keeps the end away */
    pthread_mutex_unlock(&s->lock);
    if (!mine) {
        return false;
    }
    const uint32_t from = s->graph.n_nodes; /* only who builds touches what is not published */
    const bool joined = s->more(s);
    pthread_mutex_lock(&s->lock);
    s->building = false;
    publish_nodes(s, from);
    one_less(s);
    pthread_mutex_unlock(&s->lock);
    return joined;
}

/* Takes nodes until none is ready. Whoever leaves others behind wakes one more thread. */
static bool
run_ready(void *arg)
{
    struct pum_schedule *s = arg;
    bool any = __atomic_load_n(&s->q->arrived, __ATOMIC_ACQUIRE) && join_more(s);
    if (!__atomic_load_n(&s->any, __ATOMIC_RELAXED)) {
        return any;
    }
    uint32_t place;
    pthread_mutex_lock(&s->lock);
    for (uint32_t node; (node = take(s, &place)) < PUM_GRAPH_NODES;) {
        const bool more = s->n_ready, failed = s->failed, early = s->early == node;
        pthread_mutex_unlock(&s->lock);
        if (more) {
            pum_pool_poke(s->q->dev->pool, 1);
        }
        const bool ok = failed || run_node(s, &s->node[node], place);
        if (early) { /* nothing may have been drawn, and done means that what is before it is done, too */
            gate(&s->node[node]);
        }
        any = true;
        pthread_mutex_lock(&s->lock);
        s->failed = s->failed || !ok;
        s->busy &= ~(1u << place);
        pum_node_set_put(&s->done, node);
        find_ready(s, node + 1);
        if (s->early < PUM_GRAPH_NODES) {
            pum_pool_wake_waiting(s->q->dev->pool);
        }
        one_less(s);
    }
    pthread_mutex_unlock(&s->lock);
    return any;
}

bool
pum_schedule_has_room(const struct pum_schedule *s, uint32_t n)
{
    return s->n_marks < PUM_MARKS && n <= PUM_GRAPH_NODES - s->graph.n_nodes;
}

void
pum_schedule_set_mark(struct pum_schedule *s, void (*reached)(void *arg, bool ok), void *arg)
{
    pthread_mutex_lock(&s->lock);
    s->mark[s->n_marks++] = (struct pum_mark){s->graph.n_nodes, reached, arg};
    pthread_mutex_unlock(&s->lock);
}

bool
pum_schedule_run(struct pum_schedule *s)
{
    s->failed = false;
    s->n_left = s->n_ready = s->busy = 0;
    s->early = PUM_GRAPH_NODES;
    memset(&s->started, 0, sizeof(s->started));
    memset(&s->done, 0, sizeof(s->done));
    memset(&s->ready, 0, sizeof(s->ready));
    memset(&s->waiting, 0, sizeof(s->waiting));
    publish_nodes(s, 0);
    s->source = (struct pum_source){.run = run_ready, .arg = s};
    if (s->n_left) {
        pum_pool_serve(s->q->dev->pool, &s->source);
    } else {
        reach_marks(s);
    }
    s->n_marks = s->next_mark = 0;
    pum_graph_reset(&s->graph);
    return !s->failed;
}
