/* What a command buffer holds: packets in order, already resolved to memory and code. Pointers stay valid as long as the application keeps
 * the objects alive, which the API demands until execution is over. */
#ifndef PUM_COMMAND_PACKETS_H
#define PUM_COMMAND_PACKETS_H

#include "command/accel_op.h"
#include "command/stages.h"
#include "query/query_pool.h"
#include "geom/geom.h"
#include "resource/image.h"
#include "sync/sync.h"

enum pum_packet_type {
    PUM_PACKET_BEGIN_PASS, PUM_PACKET_END_PASS, PUM_PACKET_FLUSH_PASS, PUM_PACKET_DRAW, PUM_PACKET_DRAW_INDIRECT, PUM_PACKET_CLEAR_RECT,
    PUM_PACKET_DISPATCH, PUM_PACKET_COPY_BUFFER, PUM_PACKET_FILL, PUM_PACKET_COPY_IMAGE, PUM_PACKET_COPY_BUFFER_IMAGE, PUM_PACKET_BLIT, PUM_PACKET_CLEAR_IMAGE,
    PUM_PACKET_RESOLVE,
    PUM_PACKET_EVENT, PUM_PACKET_WAIT_EVENT, PUM_PACKET_QUERY, PUM_PACKET_COPY_QUERIES, PUM_PACKET_EXECUTE, PUM_PACKET_BARRIER,
    PUM_PACKET_CONDITION, PUM_PACKET_LOCATIONS, PUM_PACKET_INSTANCE, PUM_PACKET_XFB, PUM_PACKET_DRAW_BYTES, PUM_PACKET_MARKER, PUM_PACKET_COPY_INDIRECT,
    PUM_PACKET_ACCEL, PUM_PACKET_TRACE_RAYS, PUM_PACKET_GENERATED,
};

struct pum_packet {
    struct pum_packet *next;
    uint32_t type; /* enum pum_packet_type */
    uint32_t name; /* of util/names.h: what the application calls it, 0 while nobody shows names */
};

/* Before the first BEGIN_PASS of a render pass instance: what the graph needs to know of it. */
struct pum_packet_begin;
struct pum_packet_instance {
    struct pum_packet head;
    const struct pum_packet *last;    /* its last END_PASS */
    struct pum_packet_begin *begins;  /* list of all its BEGIN_PASS */
    const uint8_t *query_lo, *query_hi; /* memory of the queries that begin or end in it; NULL: none */
    bool stamps;                      /* there are timestamps among them */
    bool waits;                       /* for events */
    bool resumes;                     /* the one before */
};

struct pum_packet_begin {
    struct pum_packet head;
    struct pum_packet_begin *next_begin; /* of the instance */
    uint32_t view_mask; /* 0 = no multiview; the packets up to END_PASS run once per view */
    uint32_t loaded[PUM_MAX_RENDER_TARGETS + 1]; /* multiview: views of colour attachments, of depth and stencil, whose load is done */
    struct pum_raster_targets targets;
};

struct pum_packet_draw {
    struct pum_packet head;
    const struct pum_draw_state *state;
    struct pum_draw_call call;
};

struct pum_packet_draw_indirect {
    struct pum_packet head;
    const struct pum_draw_state *state;
    struct pum_draw_call call;    /* all but counts */
    const uint8_t *args;          /* VkDrawIndirectCommand, VkDrawIndexedIndirectCommand or VkDrawMeshTasksIndirectCommandEXT */
    uint64_t args_range_B;
    uint32_t count, stride_B;
    const uint8_t *count_data;    /* u32 or NULL */
    bool indexed, mesh;
};

/* As many vertices as transform feedback has written bytes for. */
struct pum_packet_draw_bytes {
    struct pum_packet head;
    const struct pum_draw_state *state;
    struct pum_draw_call call; /* all but the count */
    const uint8_t *counter;    /* u32 */
    uint32_t offset_B, stride_B;
};

/* Begin and end of transform feedback. */
struct pum_packet_xfb {
    struct pum_packet head;
    bool begin;
    struct pum_xfb xfb;                     /* begin: buffers, all at their starts */
    uint8_t *counter[PUM_MAX_XFB_BUFFERS];  /* u32; NULL: none */
};

struct pum_packet_clear_rect {
    struct pum_packet head;
    struct pum_pass_clear clear;
};

struct pum_packet_dispatch {
    struct pum_packet head;
    const struct pum_shader_code *code;
    const struct pum_shader_info *info;
    const struct pum_shader_ctx *ctx;
    uint32_t base[3], groups[3];
    const uint8_t *indirect; /* three u32, or NULL */
};

struct pum_ray_pipeline;
struct pum_shader_table { /* a region of shader binding tables: device address, and what may be read there */
    uint64_t address, stride_B, size_B;
};
enum pum_shader_table_kind { PUM_TABLE_RAYGEN, PUM_TABLE_MISS, PUM_TABLE_HIT, PUM_TABLE_CALLABLE, PUM_TABLE_COUNT };

struct pum_packet_trace_rays {
    struct pum_packet head;
    const struct pum_ray_pipeline *pipeline;
    const struct pum_shader_ctx *ctx;
    struct pum_shader_table table[PUM_TABLE_COUNT];
    uint32_t size[3];
    uint64_t indirect;    /* address of a VkTraceRaysIndirectCommandKHR, or 0 */
    bool indirect_tables; /* of a VkTraceRaysIndirectCommand2KHR */
};

struct pum_packet_copy_buffer {
    struct pum_packet head;
    const uint8_t *src; /* NULL src of an update: data follows the packet */
    uint8_t *dst;
    uint64_t size_B;
};

struct pum_packet_fill {
    struct pum_packet head;
    uint8_t *dst;
    uint64_t size_B;
    uint32_t value;
};

struct pum_packet_copy_indirect {
    struct pum_packet head;
    const uint8_t *args; /* VkCopyMemoryIndirectCommandKHR or VkCopyMemoryToImageIndirectCommandKHR */
    uint64_t args_range_B, stride_B;
    uint32_t count;
    const struct pum_image *image; /* NULL: from memory to memory */
};

struct pum_packet_copy_image {
    struct pum_packet head;
    const struct pum_image *src, *dst;
    VkImageCopy2 region;
};

struct pum_packet_copy_buffer_image {
    struct pum_packet head;
    uint8_t *buffer; /* at bufferOffset */
    const struct pum_image *image;
    VkBufferImageCopy2 region;
    bool to_image;
};

struct pum_packet_blit {
    struct pum_packet head;
    const struct pum_image *src, *dst;
    VkImageBlit2 region;
    bool linear;
};

struct pum_packet_resolve {
    struct pum_packet head;
    const struct pum_image *src, *dst;
    VkImageResolve2 region; /* one aspect */
    uint8_t mode;           /* enum pum_resolve_mode */
    bool nonlinear;         /* as in struct pum_raster_attachment */
};

struct pum_packet_clear_image {
    struct pum_packet head;
    const struct pum_image *image;
    VkImageSubresourceRange range; /* counts resolved, one aspect */
    uint32_t value[4];
};

struct pum_packet_event {
    struct pum_packet head;
    struct pum_event *event;
    bool set;
    uint8_t stages; /* enum pum_scope_bit: first scope of a set or reset, second of a wait */
};

struct pum_packet_barrier { /* outside of passes */
    struct pum_packet head;
    struct pum_order order;
};

enum pum_query_action { PUM_QUERY_BEGIN, PUM_QUERY_END, PUM_QUERY_RESET, PUM_QUERY_TIMESTAMP };
struct pum_packet_query {
    struct pum_packet head;
    struct pum_query_pool *pool;
    uint32_t first, count;
    uint8_t action; /* enum pum_query_action */
    uint8_t stream; /* of the types that have one for each */
};

/* When all that stands before is complete (top: has begun), a word in memory or a checkpoint of the queue. */
struct pum_packet_marker {
    struct pum_packet head;
    bool top;
    uint8_t *dst; /* NULL: a checkpoint */
    uint32_t value;
    const void *checkpoint;
};

struct pum_packet_copy_queries {
    struct pum_packet head;
    struct pum_query_pool *pool;
    uint32_t first, count;
    uint8_t *dst;
    uint64_t stride_B;
    VkQueryResultFlags flags;
};

struct pum_packet_accel { /* builds, copies and properties of acceleration structures */
    struct pum_packet head;
    struct pum_accel_op op;
};

struct pum_packet_condition {
    struct pum_packet head;
    const uint8_t *predicate; /* u32; NULL: nothing is skipped from here on */
    bool inverted;
};

/* Inside a dynamic pass: the attachment with index i becomes the rasterizer's target slot[i]. */
struct pum_packet_locations {
    struct pum_packet head;
    uint8_t slot[PUM_MAX_RENDER_TARGETS];
};

struct pum_cmd_buffer;
struct pum_packet_execute {
    struct pum_packet head;
    struct pum_cmd_buffer *secondary;
};

#endif
