/* Pipeline stages as far as the order of execution needs them told apart: a few classes. SPEC: synchronization-pipeline-stages. */
#ifndef PUM_COMMAND_STAGES_H
#define PUM_COMMAND_STAGES_H

#include <stdbool.h>
#include <stdint.h>

#include <vulkan/vulkan_core.h>

enum pum_scope { /* FRONT: all of a draw up to primitives; FRAGMENT: the rest of it */
    PUM_SCOPE_FRONT, PUM_SCOPE_FRAGMENT, PUM_SCOPE_COMPUTE, PUM_SCOPE_TRANSFER, PUM_SCOPE_HOST, PUM_SCOPE_COUNT
};
enum pum_scope_bit {
    PUM_SCOPE_FRONT_BIT = 1u << PUM_SCOPE_FRONT,
    PUM_SCOPE_FRAGMENT_BIT = 1u << PUM_SCOPE_FRAGMENT,
    PUM_SCOPE_COMPUTE_BIT = 1u << PUM_SCOPE_COMPUTE,
    PUM_SCOPE_TRANSFER_BIT = 1u << PUM_SCOPE_TRANSFER,
    PUM_SCOPE_ALL_BITS = (1u << PUM_SCOPE_COUNT) - 1,
};

/* The classes that a mask means as first or second synchronization scope; logically later stages are part of the second. */
uint8_t pum_scope_first(VkPipelineStageFlags2 stages);
uint8_t pum_scope_second(VkPipelineStageFlags2 stages);

/* A barrier: what comes later with stage d waits for what came earlier with a stage of after[d]. */
struct pum_order {
    uint8_t after[PUM_SCOPE_COUNT];
};
void pum_order_add(struct pum_order *o, VkPipelineStageFlags2 src, VkPipelineStageFlags2 dst);
bool pum_order_is_empty(const struct pum_order *o);

#endif
