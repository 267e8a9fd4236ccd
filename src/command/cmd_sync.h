/* How the packets of a command buffer depend on each other, noted while they are recorded. Most command buffers are chains in which nothing can
 * overlap: they run without a graph. */
#ifndef PUM_COMMAND_CMD_SYNC_H
#define PUM_COMMAND_CMD_SYNC_H

#include "command/cmd_buffer.h"

/* When a buffer is begun. */
void pum_cmd_order_init(struct pum_cmd_buffer *cmd);
/* A packet that works, outside of passes or the head of one, is about to be recorded. stages: enum pum_scope_bit. */
void pum_cmd_order(struct pum_cmd_buffer *cmd, enum pum_packet_type type, uint8_t stages);
void pum_cmd_order_secondary(struct pum_cmd_buffer *cmd, const struct pum_cmd_buffer *secondary);
/* A barrier outside of passes; inside it does nothing. */
void pum_cmd_barrier(struct pum_cmd_buffer *cmd, const struct pum_order *o);

#endif
