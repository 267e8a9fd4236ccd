/* VkRenderPass and VkFramebuffer, reduced to what recording needs. SPEC: renderpass. */
#ifndef PUM_COMMAND_RENDER_PASS_H
#define PUM_COMMAND_RENDER_PASS_H

#include "abi/shader_abi.h"
#include "command/stages.h"
#include "object/object.h"

struct pum_pass_attachment {
    VkFormat format;
    VkAttachmentLoadOp load, stencil_load;
    bool store, stencil_store;
    bool resolve_nonlinear; /* what is resolved to it */
};

struct pum_subpass {
    uint32_t n_color;
    uint32_t color[PUM_MAX_RENDER_TARGETS]; /* attachment or VK_ATTACHMENT_UNUSED */
    uint32_t depth_stencil;
    uint32_t resolve[PUM_MAX_RENDER_TARGETS]; /* attachment that colour i is resolved to at the end, or VK_ATTACHMENT_UNUSED */
    uint32_t depth_stencil_resolve;
    VkResolveModeFlagBits depth_resolve_mode, stencil_resolve_mode;
    uint32_t view_mask;
    uint32_t samples;      /* of attachments with one sample, too; 0: as many as they have (VK_EXT_multisampled_render_to_single_sampled) */
    bool feedback;         /* shaders may read what is drawn to (VK_EXT_attachment_feedback_loop_layout) */
    uint32_t n_input;
    const uint32_t *input; /* attachments that shaders read; descriptors lead there, only load operations need to know */
};

struct pum_render_pass {
    struct pum_object base;
    uint32_t n_attachments, n_subpasses;
    struct pum_order before, after; /* dependencies on what is outside; inside, subpasses run in order */
    struct pum_pass_attachment *attachments;
    struct pum_subpass subpasses[];
};
PUM_DEFINE_HANDLE_CASTS(pum_render_pass, VkRenderPass)

struct pum_framebuffer {
    struct pum_object base;
    uint32_t width, height, layers;
    uint32_t n_views;
    struct pum_image_view *views[];
};
PUM_DEFINE_HANDLE_CASTS(pum_framebuffer, VkFramebuffer)
/* Samples that attachments with one sample are drawn to with; 0: with one. */
uint32_t pum_single_samples(const void *chain);
/* enum pum_resolve_mode; NONE for what is none. */
uint8_t pum_resolve_mode_from_vk(VkResolveModeFlagBits mode);

#endif
