/* Commands that the device generates: what a layout and an execution set say, and the packet. A sequence of the stream becomes packets when it runs,
 * recorded into a copy of the command buffer as it stood. SPEC: device-generated-commands. */
#ifndef PUM_COMMAND_GENERATED_H
#define PUM_COMMAND_GENERATED_H

#include "command/cmd_buffer.h"

#define PUM_MAX_TOKENS 16u
#define PUM_MAX_STREAM_STRIDE_B 2048u

struct pum_token {
    VkIndirectCommandsTokenTypeEXT type;
    uint32_t offset_B;
    VkPushConstantRange range;  /* push constants, sequence index */
    uint32_t binding;           /* vertex buffer */
    bool dxgi;                  /* index buffer */
    VkShaderStageFlags stages;  /* execution set: of shader objects; 0: pipelines */
};

struct pum_token_layout { /* Thread-safety: constant */
    struct pum_object base;
    uint32_t stride_B, n_tokens;
    struct pum_token token[PUM_MAX_TOKENS];
};
PUM_DEFINE_HANDLE_CASTS(pum_token_layout, VkIndirectCommandsLayoutEXT)

struct pum_execution_set { /* Thread-safety: externally synchronised */
    struct pum_object base;
    bool objects;       /* else pipelines */
    uint32_t n_entries;
    const void *entry[]; /* struct pum_pipeline or pum_shader_object; NULL: none yet */
};
PUM_DEFINE_HANDLE_CASTS(pum_execution_set, VkIndirectExecutionSetEXT)

struct pum_packet_generated {
    struct pum_packet head;
    const struct pum_token_layout *layout;
    const struct pum_execution_set *set; /* or NULL */
    const struct pum_cmd_buffer *state;  /* a copy */
    VkDeviceAddress stream, count;       /* count: of a u32, or 0 */
    uint64_t stream_B;
    uint32_t max_sequences, max_draws;
};

#endif
