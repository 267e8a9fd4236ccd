/* Work that may overlap: long random lists of passes, dispatches and copies with no more barriers than they need, against the same computed in
 * order. What is not ordered by a barrier has nothing in common. SPEC: synchronization-dependencies, synchronization-submission-order. */
#include "kit.h"

#include "kit_tri_vert.h"
#include "overlap_comp.h"
#include "overlap_frag.h"
#include "overlap_vert.h"

#define W 80u /* more than a tile */
#define H 48u
#define N (W * H)
#define BUFFERS 10u
#define IMAGES 4u
#define ARGS 3u /* of indirect dispatches; the first word is a condition, too */
#define RESOURCES (BUFFERS + IMAGES + ARGS)
#define OPS 250u
#define NO UINT32_MAX

struct push {
    uint32_t dst, src, value, times, width;
};

enum op {
    OP_DISPATCH, OP_INDIRECT, OP_CONDITIONAL, OP_VERTEX, OP_PASS, OP_PASS_COUNTED, OP_COPY, OP_FILL, OP_FROM_IMAGE, OP_TO_IMAGE, OP_CLEAR, OP_ARGS,
    OP_COUNT
};

struct access {
    uint32_t resource;
    VkPipelineStageFlags stage;
    bool write;
};

/* What was done to a resource since it was written last. */
struct past {
    int writer; /* operation, -1: none */
    VkPipelineStageFlags write_stage;
    struct {
        int op;
        VkPipelineStageFlags stage;
    } reader[8];
    uint32_t n_readers;
};

struct barrier {
    int at; /* after so many operations */
    VkPipelineStageFlags src, dst;
};

struct world {
    struct kit *k;
    uint32_t seed;
    VkPipelineLayout layout;
    VkDescriptorSet set;
    VkPipeline compute, vertex, fragment;
    struct kit_buffer data, args, zero;
    struct kit_image image[IMAGES];
    VkQueryPool queries;
    uint32_t n_queries;
    bool conditions, halves; /* halves: an event's two sides say different things */
    /* reference */
    uint32_t *want[RESOURCES];
    /* the order so far */
    int n_ops;
    struct past past[RESOURCES];
    struct barrier barriers[64];
    uint32_t n_barriers;
    VkEvent event; /* set after event_at operations, for everything */
    int event_at;
    bool event_2; /* by vkCmdSetEvent2: so it is waited for */
    VkDependencyFlags event_flags;
    VkCommandBuffer cmd;
};

static uint32_t
below(struct world *w, uint32_t n)
{
    return kit_random(&w->seed) % n;
}

static void
world_init(struct world *w, struct kit *k, uint32_t seed)
{
    *w = (struct world){.k = k, .seed = seed};
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    w->layout = kit_layout(k, 1, &sl, sizeof(struct push));
    w->set = kit_set(k, sl);
    const VkPhysicalDeviceMaintenance9FeaturesKHR *m9 = kit_feature(k, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_9_FEATURES_KHR);
    w->halves = m9->maintenance9;
    w->conditions = kit_has(k, "VK_EXT_conditional_rendering") && k->vk.CmdBeginConditionalRenderingEXT;
    w->data = kit_buffer(k, (VkDeviceSize)BUFFERS * N * 4, NULL);
    w->args = kit_buffer_for(k, KIT_BUFFER_ANY | (w->conditions ? VK_BUFFER_USAGE_CONDITIONAL_RENDERING_BIT_EXT : 0), ARGS * 16, NULL);
    kit_write_buffer(k, w->set, 0, 0, type, w->data.buffer, 0, VK_WHOLE_SIZE);
    w->compute = kit_compute(k, w->layout, KIT_CODE(overlap_comp), NULL);
    const VkFormat format = VK_FORMAT_R32_UINT;
    const VkPipelineRenderingCreateInfo formats = {.sType = VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO, .colorAttachmentCount = 1,
                                                   .pColorAttachmentFormats = &format};
    const VkPipelineRenderingCreateInfo nothing = {.sType = VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO};
    const struct kit_target t = {.width = W, .height = H, .layers = 1, .n = 1, .samples = VK_SAMPLE_COUNT_1_BIT};
    const struct kit_target bare = {.width = W, .height = H, .layers = 1, .n = 0, .samples = VK_SAMPLE_COUNT_1_BIT};
    struct kit_graphics g;
    kit_graphics_init(k, &g, &t, w->layout, KIT_CODE(kit_tri_vert), KIT_CODE(overlap_frag));
    g.info.pNext = &formats;
    g.info.renderPass = VK_NULL_HANDLE;
    w->fragment = kit_graphics_create(k, &g);
    kit_graphics_init(k, &g, &bare, w->layout, KIT_CODE(overlap_vert), NULL, 0);
    g.info.pNext = &nothing;
    g.info.renderPass = VK_NULL_HANDLE;
    g.assembly.topology = VK_PRIMITIVE_TOPOLOGY_POINT_LIST;
    w->vertex = kit_graphics_create(k, &g);
    for (uint32_t i = 0; i < RESOURCES; i++) {
        w->want[i] = kit_alloc(k, N * 4);
    }
    for (uint32_t i = 0; i < BUFFERS; i++) {
        uint32_t *words = (uint32_t *)w->data.data + (size_t)i * N;
        kit_noise(words, N * 4, seed + i);
        memcpy(w->want[i], words, N * 4);
    }
    for (uint32_t i = 0; i < IMAGES; i++) {
        w->image[i] = kit_image_2d(k, format, W, H);
        kit_noise(w->want[BUFFERS + i], N * 4, seed + BUFFERS + i);
        kit_upload(k, &w->image[i], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, w->want[BUFFERS + i]);
    }
    for (uint32_t i = 0; i < ARGS; i++) {
        const uint32_t a[4] = {i * 20, 1, 1, 0}; /* one is a condition that is not met */
        memcpy((uint8_t *)w->args.data + i * 16, a, 16);
        memcpy(w->want[BUFFERS + IMAGES + i], a, 16);
    }
    w->n_queries = OPS;
    w->queries = kit_queries(k, VK_QUERY_TYPE_OCCLUSION, w->n_queries, 0);
    for (uint32_t i = 0; i < RESOURCES; i++) {
        w->past[i].writer = -1;
    }
    w->event_at = -1;
}

/* ---- order ---- */

static void
pipeline_barrier(struct world *w, VkPipelineStageFlags src, VkPipelineStageFlags dst)
{
    const VkAccessFlags any = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT;
    const VkMemoryBarrier m = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER, .srcAccessMask = any, .dstAccessMask = any};
    static const VkPipelineStageFlags all[4] = {VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, VK_PIPELINE_STAGE_TRANSFER_BIT,
                                                VK_PIPELINE_STAGE_FRAGMENT_SHADER_BIT, VK_PIPELINE_STAGE_VERTEX_SHADER_BIT};
    if (below(w, 8) == 0) { /* as a chain */
        const VkPipelineStageFlags middle = all[below(w, 4)];
        vkCmdPipelineBarrier(w->cmd, src, middle, 0, 1, &m, 0, NULL, 0, NULL);
        vkCmdPipelineBarrier(w->cmd, middle, dst, 0, 1, &m, 0, NULL, 0, NULL);
    } else {
        vkCmdPipelineBarrier(w->cmd, src, dst, 0, 1, &m, 0, NULL, 0, NULL);
    }
}

static void
note_barrier(struct world *w, VkPipelineStageFlags src, VkPipelineStageFlags dst)
{
    w->barriers[w->n_barriers++ % ARRAY_LEN(w->barriers)] = (struct barrier){w->n_ops, src, dst};
}

/* From everything to dst (0: nothing). */
static VkMemoryBarrier2
event_barrier(VkPipelineStageFlags2 dst)
{
    const VkAccessFlags2 any = VK_ACCESS_2_MEMORY_READ_BIT | VK_ACCESS_2_MEMORY_WRITE_BIT;
    return (VkMemoryBarrier2){.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER_2, .srcStageMask = VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT, .srcAccessMask = dst ? any : 0,
                              .dstStageMask = dst, .dstAccessMask = dst ? any : 0};
}

/* Operation `op` at `stage` must be over before `dst` of the next one. */
static void
after(struct world *w, int op, VkPipelineStageFlags stage, VkPipelineStageFlags dst)
{
    for (uint32_t i = 0; i < ARRAY_LEN(w->barriers) && i < w->n_barriers; i++) {
        const struct barrier *b = &w->barriers[i];
        if (b->at > op && (b->src & stage) == stage && (b->dst & dst) == dst) {
            return;
        }
    }
    const VkPipelineStageFlags all = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
    if (w->event_at > op) {
        const VkAccessFlags any = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT;
        const VkMemoryBarrier m = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER, .srcAccessMask = any, .dstAccessMask = any};
        if (w->event_2) {
            const VkMemoryBarrier2 m2 = event_barrier(w->event_flags ? dst : VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT);
            const VkDependencyInfo info = {.sType = VK_STRUCTURE_TYPE_DEPENDENCY_INFO, .dependencyFlags = w->event_flags, .memoryBarrierCount = 1,
                                           .pMemoryBarriers = &m2};
            w->k->vk.CmdWaitEvents2(w->cmd, 1, &w->event, &info);
        } else {
            vkCmdWaitEvents(w->cmd, 1, &w->event, all, dst, 1, &m, 0, NULL, 0, NULL);
        }
        return;
    }
    if (below(w, 16) == 0) {
        pipeline_barrier(w, all, all);
        note_barrier(w, ~0u, ~0u);
        return;
    }
    pipeline_barrier(w, stage, dst);
    note_barrier(w, stage, dst);
}

static void
order(struct world *w, uint32_t n, const struct access *a)
{
    for (uint32_t i = 0; i < n; i++) {
        struct past *p = &w->past[a[i].resource];
        if (p->writer >= 0) {
            after(w, p->writer, p->write_stage, a[i].stage);
        }
        for (uint32_t r = 0; r < p->n_readers && a[i].write; r++) {
            after(w, p->reader[r].op, p->reader[r].stage, a[i].stage);
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        struct past *p = &w->past[a[i].resource];
        if (a[i].write) {
            p->writer = w->n_ops;
            p->write_stage = a[i].stage;
            p->n_readers = 0;
        } else if (p->n_readers == ARRAY_LEN(p->reader)) { /* all that follows waits for these, and so for what they have read */
            for (uint32_t r = 0; r < p->n_readers; r++) {
                after(w, p->reader[r].op, p->reader[r].stage, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT);
            }
            p->n_readers = 0;
        }
        if (!a[i].write) {
            p->reader[p->n_readers].op = w->n_ops;
            p->reader[p->n_readers++].stage = a[i].stage;
        }
    }
}

/* ---- operations, twice: recorded and computed ---- */

static void
step(uint32_t *dst, const uint32_t *src, uint32_t first, uint32_t n, uint32_t factor, uint32_t value, uint32_t times)
{
    for (uint32_t i = first; i < first + n; i++) {
        for (uint32_t t = 0; t < times; t++) {
            dst[i] = dst[i] * factor + src[i] + value;
        }
    }
}

static void
dispatch(struct world *w, enum op op, const struct push *p, uint32_t d, uint32_t s, uint32_t arg)
{
    const uint32_t a = BUFFERS + IMAGES + arg;
    const VkPipelineStageFlags compute = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT;
    const struct access use[3] = {{d, compute, true}, {s, compute, false},
                                  {a, op == OP_INDIRECT ? VK_PIPELINE_STAGE_DRAW_INDIRECT_BIT : VK_PIPELINE_STAGE_CONDITIONAL_RENDERING_BIT_EXT, false}};
    order(w, op == OP_DISPATCH ? 2 : 3, use);
    vkCmdBindPipeline(w->cmd, VK_PIPELINE_BIND_POINT_COMPUTE, w->compute);
    vkCmdBindDescriptorSets(w->cmd, VK_PIPELINE_BIND_POINT_COMPUTE, w->layout, 0, 1, &w->set, 0, NULL);
    vkCmdPushConstants(w->cmd, w->layout, VK_SHADER_STAGE_ALL, 0, sizeof(*p), p);
    uint32_t groups = N / 64;
    if (op == OP_INDIRECT) {
        vkCmdDispatchIndirect(w->cmd, w->args.buffer, arg * 16);
        groups = w->want[a][0];
    } else if (op == OP_CONDITIONAL) {
        const VkConditionalRenderingBeginInfoEXT info = {.sType = VK_STRUCTURE_TYPE_CONDITIONAL_RENDERING_BEGIN_INFO_EXT, .buffer = w->args.buffer,
                                                         .offset = arg * 16};
        w->k->vk.CmdBeginConditionalRenderingEXT(w->cmd, &info);
        vkCmdDispatch(w->cmd, groups, 1, 1);
        w->k->vk.CmdEndConditionalRenderingEXT(w->cmd);
        groups = w->want[a][0] ? groups : 0;
    } else {
        vkCmdDispatch(w->cmd, groups, 1, 1);
    }
    step(w->want[d], w->want[s], 0, groups * 64, 3, p->value, p->times);
}

static void
rendering(struct world *w, const struct push *p, VkPipeline pipe, const struct kit_image *img, uint32_t vertices)
{
    const VkRenderingAttachmentInfo att = {.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO, .imageView = img ? img->view : VK_NULL_HANDLE,
                                           .imageLayout = VK_IMAGE_LAYOUT_GENERAL, .loadOp = VK_ATTACHMENT_LOAD_OP_LOAD,
                                           .storeOp = VK_ATTACHMENT_STORE_OP_STORE};
    const VkRenderingInfo info = {.sType = VK_STRUCTURE_TYPE_RENDERING_INFO, .renderArea = {{0, 0}, {W, H}}, .layerCount = 1,
                                  .colorAttachmentCount = img != NULL, .pColorAttachments = &att};
    w->k->vk.CmdBeginRendering(w->cmd, &info);
    vkCmdBindPipeline(w->cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdBindDescriptorSets(w->cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, w->layout, 0, 1, &w->set, 0, NULL);
    vkCmdPushConstants(w->cmd, w->layout, VK_SHADER_STAGE_ALL, 0, sizeof(*p), p);
    vkCmdDraw(w->cmd, vertices, 1, 0, 0);
    w->k->vk.CmdEndRendering(w->cmd);
}

static void
vertices(struct world *w, const struct push *p, uint32_t d, uint32_t s)
{
    const VkPipelineStageFlags vertex = VK_PIPELINE_STAGE_VERTEX_SHADER_BIT;
    order(w, 2, (const struct access[]){{d, vertex, true}, {s, vertex, false}});
    rendering(w, p, w->vertex, NULL, N);
    step(w->want[d], w->want[s], 0, N, 5, p->value, 1);
}

/* counted: the number of pixels goes to the first two words of buffer c. */
static void
pass(struct world *w, const struct push *p, uint32_t d, uint32_t s, uint32_t image, uint32_t counted)
{
    const VkPipelineStageFlags frag = VK_PIPELINE_STAGE_FRAGMENT_SHADER_BIT;
    const uint32_t m = BUFFERS + image, q = (uint32_t)w->n_ops % w->n_queries;
    order(w, 3, (const struct access[]){{d, frag, true}, {s, frag, false}, {m, VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT, true}});
    if (counted != NO) {
        vkCmdResetQueryPool(w->cmd, w->queries, q, 1);
        vkCmdBeginQuery(w->cmd, w->queries, q, w->k->features.occlusionQueryPrecise ? VK_QUERY_CONTROL_PRECISE_BIT : 0);
    }
    rendering(w, p, w->fragment, &w->image[image], 3);
    if (counted != NO) {
        vkCmdEndQuery(w->cmd, w->queries, q);
    }
    uint64_t pixels = 0;
    for (uint32_t i = 0; i < N; i++) {
        if ((i + p->value) % 3) {
            step(w->want[d], w->want[s], i, 1, 7, p->value, p->times);
            w->want[m][i] = w->want[d][i];
            pixels++;
        }
    }
    if (counted != NO) {
        w->n_ops++;
        order(w, 1, (const struct access[]){{counted, VK_PIPELINE_STAGE_TRANSFER_BIT, true}});
        vkCmdCopyQueryPoolResults(w->cmd, w->queries, q, 1, w->data.buffer, (VkDeviceSize)counted * N * 4, 8,
                                  VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT);
        memcpy(w->want[counted], &pixels, 8);
    }
}

static void
transfer(struct world *w, enum op op, uint32_t d, uint32_t s, uint32_t image, uint32_t arg, uint32_t value)
{
    const VkPipelineStageFlags t = VK_PIPELINE_STAGE_TRANSFER_BIT;
    const uint32_t m = BUFFERS + image, a = BUFFERS + IMAGES + arg;
    const VkImage img = w->image[image].image;
    const VkImageLayout layout = VK_IMAGE_LAYOUT_GENERAL;
    VkBufferImageCopy bic = {.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1}, .imageExtent = {W, H, 1}};
    if (op == OP_COPY) {
        order(w, 2, (const struct access[]){{d, t, true}, {s, t, false}});
        const VkBufferCopy c = {(VkDeviceSize)s * N * 4, (VkDeviceSize)d * N * 4, N * 4};
        vkCmdCopyBuffer(w->cmd, w->data.buffer, w->data.buffer, 1, &c);
        memcpy(w->want[d], w->want[s], N * 4);
    } else if (op == OP_FILL) { /* half of it */
        order(w, 1, (const struct access[]){{d, t, true}});
        vkCmdFillBuffer(w->cmd, w->data.buffer, (VkDeviceSize)d * N * 4, N * 2, value);
        for (uint32_t i = 0; i < N / 2; i++) {
            w->want[d][i] = value;
        }
    } else if (op == OP_FROM_IMAGE) {
        order(w, 2, (const struct access[]){{d, t, true}, {m, t, false}});
        bic.bufferOffset = (VkDeviceSize)d * N * 4;
        vkCmdCopyImageToBuffer(w->cmd, img, layout, w->data.buffer, 1, &bic);
        memcpy(w->want[d], w->want[m], N * 4);
    } else if (op == OP_TO_IMAGE) {
        order(w, 2, (const struct access[]){{m, t, true}, {s, t, false}});
        bic.bufferOffset = (VkDeviceSize)s * N * 4;
        vkCmdCopyBufferToImage(w->cmd, w->data.buffer, img, layout, 1, &bic);
        memcpy(w->want[m], w->want[s], N * 4);
    } else if (op == OP_CLEAR) {
        order(w, 1, (const struct access[]){{m, t, true}});
        const VkClearColorValue color = {.uint32 = {value}};
        const VkImageSubresourceRange range = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
        vkCmdClearColorImage(w->cmd, img, layout, &color, 1, &range);
        for (uint32_t i = 0; i < N; i++) {
            w->want[m][i] = value;
        }
    } else { /* indirect arguments */
        order(w, 1, (const struct access[]){{a, t, true}});
        const uint32_t words[4] = {value % 3 ? value % (N / 64) : 0, 1, 1, 0};
        vkCmdUpdateBuffer(w->cmd, w->args.buffer, arg * 16, 16, words);
        memcpy(w->want[a], words, 16);
    }
}

static void
operation(struct world *w)
{
    const enum op op = (enum op)below(w, OP_COUNT);
    const uint32_t d = below(w, BUFFERS), s = (d + 1 + below(w, BUFFERS - 2)) % BUFFERS, image = below(w, IMAGES), arg = below(w, ARGS);
    uint32_t other = below(w, BUFFERS);
    while (other == d || other == s) {
        other = (other + 1) % BUFFERS;
    }
    const struct push p = {d * N, s * N, below(w, 1000), 1 + (below(w, 4) == 0) * below(w, 40), W};
    switch (op) {
    case OP_CONDITIONAL:
        if (!w->conditions) {
            break;
        } /* fall through */
    case OP_DISPATCH:
    case OP_INDIRECT: dispatch(w, op, &p, d, s, arg); break;
    case OP_VERTEX:
        if (w->k->features.vertexPipelineStoresAndAtomics) {
            vertices(w, &p, d, s);
        }
        break;
    case OP_PASS: pass(w, &p, d, s, image, NO); break;
    case OP_PASS_COUNTED: pass(w, &p, d, s, image, w->k->features.occlusionQueryPrecise ? other : NO); break;
    case OP_COPY:
    case OP_FILL:
    case OP_FROM_IMAGE:
    case OP_TO_IMAGE:
    case OP_CLEAR:
    case OP_ARGS:
    case OP_COUNT: transfer(w, op, d, s, image, arg, p.value); break;
    }
    w->n_ops++;
    if (below(w, 12) == 0) { /* one half of a barrier; who waits comes later */
        const VkEventCreateInfo info = {.sType = VK_STRUCTURE_TYPE_EVENT_CREATE_INFO};
        MUST(vkCreateEvent(w->k->device, &info, NULL, &w->event));
        KIT_OWN(w->k, VK_OBJECT_TYPE_EVENT, w->event);
        w->event_2 = w->k->vk.CmdSetEvent2 && below(w, 2);
        w->event_flags = w->halves && below(w, 2) ? VK_DEPENDENCY_ASYMMETRIC_EVENT_BIT_KHR : 0;
        if (w->event_2) {
            const VkMemoryBarrier2 m = event_barrier(w->event_flags ? 0 : VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT);
            const VkDependencyInfo half = {.sType = VK_STRUCTURE_TYPE_DEPENDENCY_INFO, .dependencyFlags = w->event_flags, .memoryBarrierCount = 1,
                                           .pMemoryBarriers = &m};
            w->k->vk.CmdSetEvent2(w->cmd, w->event, &half);
        } else {
            vkCmdSetEvent(w->cmd, w->event, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT);
        }
        w->event_at = w->n_ops;
    }
}

/* ---- cases ---- */

static void
compare(struct world *w)
{
    char what[32];
    for (uint32_t i = 0; i < BUFFERS; i++) {
        snprintf(what, sizeof(what), "seed %u, buffer %u", w->seed, i);
        kit_same(w->k, what, (uint32_t *)w->data.data + (size_t)i * N, w->want[i], N, 4, W);
    }
    for (uint32_t i = 0; i < IMAGES; i++) {
        snprintf(what, sizeof(what), "image %u", i);
        kit_same(w->k, what, kit_read(w->k, &w->image[i], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0), w->want[BUFFERS + i], N, 4, W);
    }
}

/* Command buffers of random length, submitted one by one or together: scopes of barriers reach across. */
static void
run(struct kit *k, uint32_t seed, bool secondaries)
{
    struct world w;
    world_init(&w, k, seed);
    while ((uint32_t)w.n_ops < OPS) {
        VkCommandBuffer cmds[4];
        uint32_t n = 0;
        while (n < 1 + below(&w, 4) && n < 4) {
            cmds[n] = kit_begin(k);
            const VkCommandBuffer second = secondaries ? kit_secondary(k) : VK_NULL_HANDLE;
            w.cmd = cmds[n];
            for (uint32_t left = below(&w, 60); left; left--) {
                if (secondaries && left == 20) { /* the next operations are executed from another buffer */
                    const VkCommandBufferInheritanceInfo inheritance = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_INHERITANCE_INFO};
                    const VkCommandBufferBeginInfo info = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO, .pInheritanceInfo = &inheritance};
                    MUST(vkBeginCommandBuffer(second, &info));
                    w.cmd = second;
                }
                operation(&w);
                if (secondaries && left == 10 && w.cmd == second) {
                    MUST(vkEndCommandBuffer(second));
                    w.cmd = cmds[n];
                    vkCmdExecuteCommands(w.cmd, 1, &second);
                }
            }
            MUST(vkEndCommandBuffer(cmds[n]));
            n++;
        }
        const VkSubmitInfo info = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = n, .pCommandBuffers = cmds};
        MUST(vkQueueSubmit(k->queue, 1, &info, VK_NULL_HANDLE));
    }
    MUST(vkDeviceWaitIdle(k->device));
    compare(&w);
}

static void
case_random(struct kit *k)
{
    SKIP_UNLESS(k, k->vk.CmdBeginRendering && k->features.fragmentStoresAndAtomics, "no dynamic rendering or no stores");
    const char *other = getenv("OVERLAP_SEED"); /* other lists than always */
    const uint32_t first = other ? (uint32_t)strtoul(other, NULL, 10) : 1;
    for (uint32_t i = 0; i < 10; i++) {
        run(k, (first + i) * 1000, false);
    }
}

static void
case_secondaries(struct kit *k)
{
    SKIP_UNLESS(k, k->vk.CmdBeginRendering && k->features.fragmentStoresAndAtomics, "no dynamic rendering or no stores");
    run(k, 77, true);
    run(k, 78, true);
}

/* Submissions that have nothing in common, large and small in turn: each signal means that everything up to it is complete. */
static void
case_signals(struct kit *k)
{
    SKIP_UNLESS(k, k->vk.WaitSemaphores, "no timeline semaphores");
    enum { COUNT = 40, WORDS = 64 * 400 };
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 1, &type);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, sizeof(struct push));
    const VkPipeline pipe = kit_compute(k, layout, KIT_CODE(overlap_comp), NULL);
    const VkDescriptorSet set = kit_set(k, sl);
    const struct kit_buffer data = kit_buffer(k, (COUNT + 1) * WORDS * 4, NULL);
    kit_write_buffer(k, set, 0, 0, type, data.buffer, 0, VK_WHOLE_SIZE);
    const VkSemaphore timeline = kit_timeline(k, 0);
    VkCommandBuffer cmds[COUNT];
    for (uint32_t i = 0; i < COUNT; i++) {
        const struct push p = {i * WORDS, COUNT * WORDS, i + 1, i % 3 ? 1 : 300, 0};
        cmds[i] = kit_begin(k);
        vkCmdBindPipeline(cmds[i], VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
        vkCmdBindDescriptorSets(cmds[i], VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
        vkCmdPushConstants(cmds[i], layout, VK_SHADER_STAGE_ALL, 0, sizeof(p), &p);
        vkCmdDispatch(cmds[i], WORDS / 64, 1, 1);
        MUST(vkEndCommandBuffer(cmds[i]));
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        const uint64_t value = i + 1;
        const VkTimelineSemaphoreSubmitInfo values = {.sType = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO, .signalSemaphoreValueCount = 1,
                                                      .pSignalSemaphoreValues = &value};
        const VkSubmitInfo info = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .pNext = &values, .commandBufferCount = 1, .pCommandBuffers = &cmds[i],
                                   .signalSemaphoreCount = 1, .pSignalSemaphores = &timeline};
        MUST(vkQueueSubmit(k->queue, 1, &info, VK_NULL_HANDLE));
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        const uint64_t value = i + 1;
        const VkSemaphoreWaitInfo wait = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO, .semaphoreCount = 1, .pSemaphores = &timeline,
                                          .pValues = &value};
        CHECK_VK(k, k->vk.WaitSemaphores(k->device, &wait, KIT_TIMEOUT_NS));
        uint32_t want = 0;
        for (uint32_t t = 0; t < (i % 3 ? 1u : 300u); t++) {
            want = want * 3 + i + 1;
        }
        for (uint32_t w = 0; w < WORDS; w++) {
            const uint32_t got = ((const uint32_t *)data.data)[i * WORDS + w];
            REQUIRE(k, got == want, "submission %u, word %u: %u, not %u", i, w, got, want);
        }
    }
    MUST(vkDeviceWaitIdle(k->device));
}

/* ---- other ways to say what waits for what ---- */

#define CHAINS 3u

/* A pass whose only order with what is outside are its dependencies; in one of two ways of saying so. */
static VkRenderPass
pass_with_dependencies(struct kit *k, bool newer)
{
    const VkPipelineStageFlags inside = VK_PIPELINE_STAGE_FRAGMENT_SHADER_BIT | VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT;
    const VkPipelineStageFlags outside = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT;
    const VkAccessFlags shader = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT;
    const VkAccessFlags all = shader | VK_ACCESS_COLOR_ATTACHMENT_READ_BIT | VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT;
    VkRenderPass pass;
    if (newer) {
        const VkMemoryBarrier2 b[2] = {{VK_STRUCTURE_TYPE_MEMORY_BARRIER_2, NULL, outside, shader, inside, all},
                                       {VK_STRUCTURE_TYPE_MEMORY_BARRIER_2, NULL, inside, all, outside, shader}};
        const VkSubpassDependency2 deps[2] = {
            {.sType = VK_STRUCTURE_TYPE_SUBPASS_DEPENDENCY_2, .pNext = &b[0], .srcSubpass = VK_SUBPASS_EXTERNAL, .dstSubpass = 0},
            {.sType = VK_STRUCTURE_TYPE_SUBPASS_DEPENDENCY_2, .pNext = &b[1], .srcSubpass = 0, .dstSubpass = VK_SUBPASS_EXTERNAL}};
        const VkAttachmentDescription2 att = {.sType = VK_STRUCTURE_TYPE_ATTACHMENT_DESCRIPTION_2, .format = VK_FORMAT_R32_UINT,
                                              .samples = VK_SAMPLE_COUNT_1_BIT, .loadOp = VK_ATTACHMENT_LOAD_OP_LOAD,
                                              .storeOp = VK_ATTACHMENT_STORE_OP_STORE, .initialLayout = VK_IMAGE_LAYOUT_GENERAL,
                                              .finalLayout = VK_IMAGE_LAYOUT_GENERAL};
        const VkAttachmentReference2 ref = {.sType = VK_STRUCTURE_TYPE_ATTACHMENT_REFERENCE_2, .layout = VK_IMAGE_LAYOUT_GENERAL,
                                            .aspectMask = VK_IMAGE_ASPECT_COLOR_BIT};
        const VkSubpassDescription2 sub = {.sType = VK_STRUCTURE_TYPE_SUBPASS_DESCRIPTION_2, .colorAttachmentCount = 1, .pColorAttachments = &ref};
        const VkRenderPassCreateInfo2 info = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO_2, .attachmentCount = 1, .pAttachments = &att,
                                              .subpassCount = 1, .pSubpasses = &sub, .dependencyCount = 2, .pDependencies = deps};
        MUST(k->vk.CreateRenderPass2(k->device, &info, NULL, &pass));
    } else {
        const VkSubpassDependency deps[2] = {{VK_SUBPASS_EXTERNAL, 0, outside, inside, shader, all, 0},
                                             {0, VK_SUBPASS_EXTERNAL, inside, outside, all, shader, 0}};
        const VkAttachmentDescription att = {.format = VK_FORMAT_R32_UINT, .samples = VK_SAMPLE_COUNT_1_BIT, .loadOp = VK_ATTACHMENT_LOAD_OP_LOAD,
                                             .storeOp = VK_ATTACHMENT_STORE_OP_STORE, .initialLayout = VK_IMAGE_LAYOUT_GENERAL,
                                             .finalLayout = VK_IMAGE_LAYOUT_GENERAL};
        const VkAttachmentReference ref = {0, VK_IMAGE_LAYOUT_GENERAL};
        const VkSubpassDescription sub = {.colorAttachmentCount = 1, .pColorAttachments = &ref};
        const VkRenderPassCreateInfo info = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO, .attachmentCount = 1, .pAttachments = &att,
                                             .subpassCount = 1, .pSubpasses = &sub, .dependencyCount = 2, .pDependencies = deps};
        MUST(vkCreateRenderPass(k->device, &info, NULL, &pass));
    }
    KIT_OWN(k, VK_OBJECT_TYPE_RENDER_PASS, pass);
    return pass;
}

/* Chains of dispatch, pass, dispatch, ... on buffers of their own. */
static void
case_dependencies(struct kit *k)
{
    SKIP_UNLESS(k, k->vk.CmdBeginRendering && k->vk.CreateRenderPass2 && k->features.fragmentStoresAndAtomics, "too old");
    struct world w;
    world_init(&w, k, 5);
    VkRenderPass passes[CHAINS];
    VkFramebuffer fbs[CHAINS];
    VkPipeline pipes[CHAINS];
    for (uint32_t c = 0; c < CHAINS; c++) {
        passes[c] = pass_with_dependencies(k, c % 2);
        const VkFramebufferCreateInfo info = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO, .renderPass = passes[c], .attachmentCount = 1,
                                              .pAttachments = &w.image[c].view, .width = W, .height = H, .layers = 1};
        MUST(vkCreateFramebuffer(k->device, &info, NULL, &fbs[c]));
        KIT_OWN(k, VK_OBJECT_TYPE_FRAMEBUFFER, fbs[c]);
        const struct kit_target t = {.width = W, .height = H, .layers = 1, .n = 1, .samples = VK_SAMPLE_COUNT_1_BIT, .pass = passes[c]};
        struct kit_graphics g;
        kit_graphics_init(k, &g, &t, w.layout, KIT_CODE(kit_tri_vert), KIT_CODE(overlap_frag));
        pipes[c] = kit_graphics_create(k, &g);
    }
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, w.layout, 0, 1, &w.set, 0, NULL);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, w.layout, 0, 1, &w.set, 0, NULL);
    for (uint32_t i = 0; i < 20 * CHAINS; i++) {
        const uint32_t c = i % CHAINS, d = 2 * c, s = 2 * c + 1;
        const struct push p = {d * N, s * N, i, 1 + c * 5, W};
        vkCmdPushConstants(cmd, w.layout, VK_SHADER_STAGE_ALL, 0, sizeof(p), &p);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, w.compute);
        vkCmdDispatch(cmd, N / 64, 1, 1);
        step(w.want[d], w.want[s], 0, N, 3, p.value, p.times);
        const VkRenderPassBeginInfo bi = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO, .renderPass = passes[c], .framebuffer = fbs[c],
                                          .renderArea = {{0, 0}, {W, H}}};
        vkCmdBeginRenderPass(cmd, &bi, VK_SUBPASS_CONTENTS_INLINE);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipes[c]);
        vkCmdDraw(cmd, 3, 1, 0, 0);
        vkCmdEndRenderPass(cmd);
        for (uint32_t x = 0; x < N; x++) {
            if ((x + p.value) % 3) {
                step(w.want[d], w.want[s], x, 1, 7, p.value, p.times);
                w.want[BUFFERS + c][x] = w.want[d][x];
            }
        }
    }
    kit_barrier(cmd);
    kit_submit(k, cmd);
    compare(&w);
}

/* The host sets an event long after everything was submitted: what comes before it has been done, what comes after it sees what the host wrote. */
static void
case_host_event(struct kit *k)
{
    SKIP_UNLESS(k, k->vk.CmdBeginRendering, "too old");
    struct world w;
    world_init(&w, k, 6);
    const VkEventCreateInfo info = {.sType = VK_STRUCTURE_TYPE_EVENT_CREATE_INFO};
    VkEvent go, done;
    MUST(vkCreateEvent(k->device, &info, NULL, &go));
    KIT_OWN(k, VK_OBJECT_TYPE_EVENT, go);
    MUST(vkCreateEvent(k->device, &info, NULL, &done));
    KIT_OWN(k, VK_OBJECT_TYPE_EVENT, done);
    const VkAccessFlags any = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT;
    const VkMemoryBarrier m = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER, .srcAccessMask = VK_ACCESS_HOST_WRITE_BIT, .dstAccessMask = any};
    const VkCommandBuffer cmd = kit_begin(k);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, w.compute);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, w.layout, 0, 1, &w.set, 0, NULL);
    for (uint32_t i = 0; i < 8; i++) { /* first half: buffers 0 to 3, second: 4 to 7 */
        const struct push p = {i * N, 9 * N, i, 3, W};
        if (i == 4) {
            const VkMemoryBarrier out = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER, .srcAccessMask = any, .dstAccessMask = VK_ACCESS_HOST_READ_BIT};
            vkCmdPipelineBarrier(cmd, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &out, 0, NULL, 0, NULL);
            vkCmdSetEvent(cmd, done, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT);
            vkCmdWaitEvents(cmd, 1, &go, VK_PIPELINE_STAGE_HOST_BIT, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, 1, &m, 0, NULL, 0, NULL);
        }
        vkCmdPushConstants(cmd, w.layout, VK_SHADER_STAGE_ALL, 0, sizeof(p), &p);
        vkCmdDispatch(cmd, N / 64, 1, 1);
        vkCmdFillBuffer(cmd, w.args.buffer, i * 4, 4, i); /* nothing to do with it */
    }
    MUST(vkEndCommandBuffer(cmd));
    const VkSubmitInfo si = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 1, .pCommandBuffers = &cmd};
    MUST(vkQueueSubmit(k->queue, 1, &si, VK_NULL_HANDLE));
    while (vkGetEventStatus(k->device, done) == VK_EVENT_RESET) {
    }
    for (uint32_t i = 0; i < 8; i++) {
        uint32_t *host = (uint32_t *)w.data.data + i * N;
        for (uint32_t x = 0; x < N && i >= 4; x++) {
            host[x] = w.want[i][x] = x * i;
        }
        step(w.want[i], w.want[9], 0, N, 3, i, 3);
        if (i < 4) {
            kit_same(k, "before the event", host, w.want[i], N, 4, W);
        }
    }
    MUST(vkSetEvent(k->device, go));
    MUST(vkDeviceWaitIdle(k->device));
    compare(&w);
}

static const struct kit_case cases[] = {
    {"random", case_random},
    {"secondaries", case_secondaries},
    {"signals", case_signals},
    {"dependencies", case_dependencies},
    {"host_event", case_host_event},
};
KIT_MAIN(cases)
