/* Command pools and buffers: recording. SPEC: commandbuffers.
 *
 * Recording resolves everything: a draw packet points to an immutable copy of the state it needs, made only when something changed since
 * the last draw. The first error sticks and vkEndCommandBuffer reports it.
 */
#ifndef PUM_COMMAND_CMD_BUFFER_H
#define PUM_COMMAND_CMD_BUFFER_H

#include "command/packets.h"
#include "command/render_pass.h"
#include "descriptor/descriptor_set.h"
#include "pipeline/pipeline.h"
#include "util/arena.h"
#include "util/names.h"

struct pum_cmd_pool {
    struct pum_object base;
    struct pum_cmd_buffer *buffers; /* list */
};
PUM_DEFINE_HANDLE_CASTS(pum_cmd_pool, VkCommandPool)

enum pum_cmd_dirty {
    PUM_DIRTY_STATE_BIT = 1u << 0,     /* struct pum_draw_state */
    PUM_DIRTY_SETS_BIT = 1u << 1,      /* shader context */
    PUM_DIRTY_PUSH_BIT = 1u << 2,
};

struct pum_bind_point {
    const struct pum_pipeline *pipeline;
    const uint8_t *sets[PUM_MAX_SETS];
    struct pum_desc_buffer dynamic[PUM_DYNAMIC_SLOTS];
    uint32_t dynamic_end; /* slots in use */
    const uint8_t *push_data; /* the set that push descriptors made last, and its layout */
    const struct pum_set_layout *push_layout;
    uint32_t dirty;
    const struct pum_shader_ctx *ctx; /* the last one made */
    const struct pum_desc_buffer *dynamic_copy;
};

#define PUM_MAX_DESCRIPTOR_BUFFERS 32u
#define PUM_DESCRIPTOR_BUFFER_ALIGN_B 64u
struct pum_bound_descriptors { /* a descriptor buffer; no room: the address was none of the device's */
    const uint8_t *base;
    uint64_t room_B;
};

/* Added to the cost of what may wait for the host: it never runs inside vkQueueSubmit, whose caller may be the one to set the event. */
#define PUM_COST_MAY_BLOCK ((uint64_t)1 << 40)

#define PUM_COST_PACKET 200u /* of any packet */

struct pum_cmd_buffer { /* Thread-safety: externally synchronised */
    struct pum_object base;
    struct pum_cmd_pool *pool;
    struct pum_cmd_buffer *next; /* in the pool */
    VkCommandBufferLevel level;
    struct pum_arena arena;
    struct pum_packet *first, **tail, *last;
    VkResult result;
    struct pum_labels labels;
    uint64_t cost; /* rough work, to decide where to run */
    bool has_loops; /* some shader has: the work is watched */
    /* what can overlap (cmd_sync.h) */
    uint8_t open[PUM_SCOPE_COUNT]; /* classes of what stands so far that later packets of this class need not wait for */
    uint32_t n_nodes;              /* at most so many nodes of the graph */
    bool overlaps, overlaps_earlier; /* something here with something else here, or with what is submitted before */
    bool waits_inside;             /* a secondary in a pass waits for events */
    const uint8_t *query_lo, *query_hi; /* of a secondary in a pass: as in struct pum_packet_instance */
    bool stamps;                   /* the same */
    /* state while recording */
    struct pum_bind_point bind[2]; /* graphics, compute */
    struct pum_bound_descriptors *descriptor_buffers; /* [PUM_MAX_DESCRIPTOR_BUFFERS]; NULL: none */
    struct pum_bind_point *rays;   /* ray tracing; in the arena, NULL until it is used */
    const struct pum_shader *compute; /* of a pipeline or an object */
    struct pum_draw_state state;
    const struct pum_draw_state *state_copy;
    uint32_t strides_B[PUM_MAX_VERTEX_BINDINGS];
    struct pum_vertex_buffer vertex_buffers[PUM_MAX_VERTEX_BINDINGS]; /* strides are filled in when copied */
    const struct pum_vertex_buffer *vertex_copy;
    const uint8_t *index_data;
    uint64_t index_range_B;
    uint8_t index_B;
    bool own_restart; /* restart_index is set */
    uint32_t restart_index;
    struct pum_xfb xfb; /* buffers that are bound */
    uint8_t push[PUM_MAX_PUSH_B];
    const uint8_t *push_copy;
    /* render pass */
    const struct pum_render_pass *pass;
    uint32_t subpass;
    struct pum_image_view **views; /* [attachments] */
    const VkClearValue *clears;    /* copied */
    uint32_t n_clears;
    uint32_t *begun; /* [attachments]: bit per view whose load operation is done; without multiview bit 0 */
    VkRect2D area;
    uint32_t fb_width, fb_height, fb_layers;
    struct pum_raster_targets cur;      /* of the current subpass */
    uint8_t slot[PUM_MAX_RENDER_TARGETS]; /* the rasterizer's target of each attachment: a permutation */
    uint8_t unwritten; /* bit per target that no location of the shader leads to */
    bool in_pass; /* inside a render pass, or made to run in one */
    struct pum_packet_instance *instance; /* that has begun here */
    struct pum_packet_begin **begins;     /* end of its list */
    uint32_t instance_views;              /* mask of the last of them; 0 = no multiview */
};
PUM_DEFINE_HANDLE_CASTS(pum_cmd_buffer, VkCommandBuffer)

/* Defines vkCmdSet<Name>, whose argument x becomes one field of the state. */
#define PUM_CMD_SET(Name, arg_type, field, value)                                                                       \
    VKAPI_ATTR void VKAPI_CALL pum_CmdSet##Name(VkCommandBuffer _cmd, arg_type x)                                       \
    {                                                                                                                  \
        struct pum_cmd_buffer *cmd = pum_cmd_buffer_from_handle(_cmd);                                                 \
        cmd->state.field = value;                                                                                      \
        cmd->state_copy = NULL;                                                                                        \
    }

/* A zeroed packet at the end; NULL after an error. */
void *pum_cmd_packet(struct pum_cmd_buffer *cmd, enum pum_packet_type type, size_t size_B);
void *pum_cmd_alloc(struct pum_cmd_buffer *cmd, size_t size_B);
/* Where attachments stand from now on (NULL: each at its index), and the packet that says so. */
void pum_cmd_locations(struct pum_cmd_buffer *cmd, const VkRenderingAttachmentLocationInfo *info);
void pum_cmd_emit_locations(struct pum_cmd_buffer *cmd);
/* The state as the rasterizer is to see it. */
void pum_cmd_effective_state(const struct pum_cmd_buffer *cmd, struct pum_draw_state *out);
enum pum_draw_kind { PUM_DRAW_PLAIN, PUM_DRAW_INDEXED, PUM_DRAW_MESH };
/* Draws whose arguments, and with a buffer of counts whose number, stand in memory. */
void pum_cmd_draw_indirect(VkCommandBuffer cmd, VkBuffer buf, VkDeviceSize offset_B, uint32_t count, uint32_t stride_B, enum pum_draw_kind kind);
void pum_cmd_draw_indirect_count(VkCommandBuffer cmd, VkBuffer buf, VkDeviceSize offset_B, VkBuffer counts, VkDeviceSize count_offset_B,
                                 uint32_t max_count, uint32_t stride_B, enum pum_draw_kind kind);
/* Fills a draw packet's state and call, but for its counts. False: out of memory. */
bool pum_cmd_fill_draw(struct pum_cmd_buffer *cmd, const struct pum_draw_state **state, struct pum_draw_call *d, bool indexed);
/* Never NULL. */
struct pum_bind_point *pum_cmd_bind_point(struct pum_cmd_buffer *cmd, VkPipelineBindPoint point);
/* Graphics, compute, ray tracing; the bind points that stages belong to: bit per one of them. */
#define PUM_BIND_POINTS 3
extern const VkPipelineBindPoint pum_bind_points[PUM_BIND_POINTS];
uint32_t pum_cmd_points_of(VkShaderStageFlags stages);
static inline VkShaderStageFlags
pum_cmd_stages_of(VkPipelineBindPoint point)
{
    return point == VK_PIPELINE_BIND_POINT_COMPUTE             ? VK_SHADER_STAGE_COMPUTE_BIT
           : point == VK_PIPELINE_BIND_POINT_RAY_TRACING_KHR ? VK_SHADER_STAGE_RAYGEN_BIT_KHR
                                                               : VK_SHADER_STAGE_ALL_GRAPHICS;
}
/* The layout of a set in a pipeline layout, which may be described in the chain instead. NULL: there is none. */
const struct pum_set_layout *pum_cmd_layout_of_set(VkPipelineLayout layout, const void *chain, uint32_t set);
/* The packet works with a pipeline (or NULL): its name comes after those of the labels. */
static inline void
pum_cmd_name(const struct pum_cmd_buffer *cmd, struct pum_packet *packet, const struct pum_pipeline *pipeline)
{
    if (PUM_UNLIKELY(pum_names_wanted) && pipeline) {
        packet->name = pum_name_inside(cmd->labels.name, pipeline->base.name);
    }
}
/* Shader context of a bind point with everything bound now. */
const struct pum_shader_ctx *pum_cmd_ctx(struct pum_cmd_buffer *cmd, struct pum_bind_point *bind);

#endif
