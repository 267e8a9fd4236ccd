/* Walks the packets of a command buffer. */
#ifndef PUM_EXEC_REPLAY_H
#define PUM_EXEC_REPLAY_H

#include "command/packets.h"
#include "exec/queue.h"

struct pum_pool;

/* Queries that run; NULL: none. */
struct pum_running {
    struct pum_query *occlusion, *statistics, *mesh_primitives;
    struct pum_query *captured[PUM_MAX_STREAMS], *generated[PUM_MAX_STREAMS]; /* transform feedback, primitives generated, by stream */
    VkQueryPipelineStatisticFlags statistics_wanted;
};
/* A query that began (q) or ended (NULL), as the packet says. */
void pum_running_set(struct pum_running *r, const struct pum_packet_query *p, struct pum_query *q);

/* What goes on when a part of a command buffer begins. */
struct pum_replay_context {
    struct pum_running running;
    bool skip; /* the condition is not met */
    void (*gate)(void *arg); /* of passes (pum_pass_set_gate), or NULL */
    void *gate_arg;
};
/* Runs the packets from first to end (not included, NULL = all) in order; NULL ctx: nothing goes on. False: out of memory; the device is lost. */
bool pum_replay(struct pum_queue *queue, struct pum_pass *pass, const struct pum_replay_context *ctx, const struct pum_packet *first,
                const struct pum_packet *end) PUM_MUST_CHECK;
/* True: what follows is skipped. */
bool pum_replay_condition(const struct pum_packet_condition *p);

#define PUM_DISPATCH_BATCH 64u /* dispatches in one job */
/* dispatch.c: runs the dispatch `first` and those that follow it directly, up to `end` (not included). Returns the last packet that was run, NULL
 * when memory is lacking. *invocations += shader invocations, if not NULL. */
const struct pum_packet *pum_exec_dispatches(struct pum_queue *queue, const struct pum_packet *first, const struct pum_packet *end,
                                             uint64_t *invocations);

/* accel.c. False: out of memory. *result: VK_SUCCESS, or what a call of the host reports. */
bool pum_exec_accel(struct pum_device_base *dev, const struct pum_accel_op *op, VkResult *result);

/* trace_rays.c. False: a stack has overflown, or memory is lacking. */
bool pum_exec_trace_rays(struct pum_queue *queue, const struct pum_packet_trace_rays *p) PUM_MUST_CHECK;

/* transfer.c */
void pum_exec_copy_buffer(struct pum_pool *pool, uint8_t *dst, const uint8_t *src, uint64_t size_B);
void pum_exec_fill(struct pum_pool *pool, uint8_t *dst, uint64_t size_B, uint32_t value);
void pum_exec_copy_image(struct pum_pool *pool, const struct pum_packet_copy_image *p);
void pum_exec_copy_buffer_image(struct pum_pool *pool, const struct pum_packet_copy_buffer_image *p);
void pum_exec_blit(struct pum_pool *pool, const struct pum_packet_blit *p);
void pum_exec_resolve(struct pum_pool *pool, const struct pum_packet_resolve *p);
/* copy_indirect.c */
void pum_exec_copy_indirect(struct pum_device_base *dev, const struct pum_packet_copy_indirect *p);
void pum_exec_clear_image(struct pum_pool *pool, const struct pum_packet_clear_image *p);

#endif
