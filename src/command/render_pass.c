#include "command/render_pass.h"

#include <stdlib.h>
#include <string.h>

#include "object/device_base.h"
#include "object/limits.h"
#include "object/pnext.h"
#include "raster/raster.h"
#include "registry/vk_entrypoints.h"
#include "resource/image_view.h"

/* SPEC: VkSubpassDependency. The first scope of a dependency on what comes before is all that came before, so several may be joined; the same
 * for what comes after. A pass that says nothing of what comes after and leaves an image in another layout than it used is in order by
 * accident on other devices: there, everything waits. */
static void
external_order(struct pum_render_pass *pass, const VkRenderPassCreateInfo2 *info)
{
    bool said = false;
    for (uint32_t i = 0; i < info->dependencyCount; i++) {
        const VkSubpassDependency2 *d = &info->pDependencies[i];
        const VkMemoryBarrier2 *b = pum_pnext_find(d->pNext, VK_STRUCTURE_TYPE_MEMORY_BARRIER_2); /* takes the place of the masks */
        const VkPipelineStageFlags2 src = b ? b->srcStageMask : d->srcStageMask, dst = b ? b->dstStageMask : d->dstStageMask;
        if (d->srcSubpass == VK_SUBPASS_EXTERNAL) {
            pum_order_add(&pass->before, src, dst);
        }
        if (d->dstSubpass == VK_SUBPASS_EXTERNAL) {
            pum_order_add(&pass->after, src, dst);
            said = true;
        }
    }
    for (uint32_t i = 0; i < info->attachmentCount && !said; i++) {
        const VkImageLayout to = info->pAttachments[i].finalLayout;
        if (to != VK_IMAGE_LAYOUT_GENERAL && to != VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL && to != VK_IMAGE_LAYOUT_DEPTH_STENCIL_ATTACHMENT_OPTIMAL &&
            to != VK_IMAGE_LAYOUT_ATTACHMENT_OPTIMAL && to != VK_IMAGE_LAYOUT_PRESENT_SRC_KHR) {
            pum_order_add(&pass->after, VK_PIPELINE_STAGE_2_ALL_GRAPHICS_BIT, VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT);
            said = true;
        }
    }
}

uint32_t
pum_single_samples(const void *chain)
{
    const VkMultisampledRenderToSingleSampledInfoEXT *info = pum_pnext_find(chain, VK_STRUCTURE_TYPE_MULTISAMPLED_RENDER_TO_SINGLE_SAMPLED_INFO_EXT);
    const uint32_t n = info && info->multisampledRenderToSingleSampledEnable ? (uint32_t)info->rasterizationSamples : 0;
    return n > 1 && n & PUM_SAMPLE_COUNTS && (n & (n - 1)) == 0 ? n : 0;
}

uint8_t
pum_resolve_mode_from_vk(VkResolveModeFlagBits mode)
{
    return mode == VK_RESOLVE_MODE_SAMPLE_ZERO_BIT ? PUM_RESOLVE_ZERO
           : mode == VK_RESOLVE_MODE_AVERAGE_BIT   ? PUM_RESOLVE_AVERAGE
           : mode == VK_RESOLVE_MODE_MIN_BIT       ? PUM_RESOLVE_MIN
           : mode == VK_RESOLVE_MODE_MAX_BIT       ? PUM_RESOLVE_MAX
                                                   : PUM_RESOLVE_NONE;
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateRenderPass2(VkDevice _dev, const VkRenderPassCreateInfo2 *pInfo, const VkAllocationCallbacks *pAllocator, VkRenderPass *pPass)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    const size_t head_B = PUM_ALIGN_UP(sizeof(struct pum_render_pass) + pInfo->subpassCount * sizeof(struct pum_subpass), (size_t)16);
    const size_t attachments_B = pInfo->attachmentCount * sizeof(struct pum_pass_attachment);
    size_t n_inputs = 0;
    for (uint32_t i = 0; i < pInfo->subpassCount; i++) {
        n_inputs += pInfo->pSubpasses[i].inputAttachmentCount;
    }
    struct pum_render_pass *pass =
        pum_object_zalloc(dev, pAllocator, head_B + attachments_B + n_inputs * sizeof(uint32_t), VK_OBJECT_TYPE_RENDER_PASS);
    if (!pass) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateRenderPass2");
    }
    pass->n_attachments = pInfo->attachmentCount;
    pass->n_subpasses = pInfo->subpassCount;
    pass->attachments = (struct pum_pass_attachment *)(void *)((uint8_t *)pass + head_B);
    uint32_t *inputs = (uint32_t *)(void *)((uint8_t *)pass + head_B + attachments_B);
    external_order(pass, pInfo);
    for (uint32_t i = 0; i < pInfo->attachmentCount; i++) {
        const VkAttachmentDescription2 *a = &pInfo->pAttachments[i];
        const bool alias = a->flags & VK_ATTACHMENT_DESCRIPTION_MAY_ALIAS_BIT; /* another attachment may be the same memory */
        pass->attachments[i] = (struct pum_pass_attachment){a->format, a->loadOp, a->stencilLoadOp, alias || a->storeOp == VK_ATTACHMENT_STORE_OP_STORE,
                                                            alias || a->stencilStoreOp == VK_ATTACHMENT_STORE_OP_STORE,
                                                            a->flags & VK_ATTACHMENT_DESCRIPTION_RESOLVE_SKIP_TRANSFER_FUNCTION_BIT_KHR};
    }
    for (uint32_t i = 0; i < pInfo->subpassCount; i++) {
        const VkSubpassDescription2 *s = &pInfo->pSubpasses[i];
        struct pum_subpass *out = &pass->subpasses[i];
        out->n_color = PUM_MIN(s->colorAttachmentCount, (uint32_t)PUM_MAX_RENDER_TARGETS);
        for (uint32_t c = 0; c < out->n_color; c++) {
            out->color[c] = s->pColorAttachments[c].attachment;
            out->resolve[c] = s->pResolveAttachments ? s->pResolveAttachments[c].attachment : VK_ATTACHMENT_UNUSED;
            out->feedback = out->feedback || s->pColorAttachments[c].layout == VK_IMAGE_LAYOUT_ATTACHMENT_FEEDBACK_LOOP_OPTIMAL_EXT;
        }
        out->feedback = out->feedback || (s->pDepthStencilAttachment &&
                                          s->pDepthStencilAttachment->layout == VK_IMAGE_LAYOUT_ATTACHMENT_FEEDBACK_LOOP_OPTIMAL_EXT);
        out->depth_stencil = s->pDepthStencilAttachment ? s->pDepthStencilAttachment->attachment : VK_ATTACHMENT_UNUSED;
        const VkSubpassDescriptionDepthStencilResolve *ds = pum_pnext_find(s->pNext, VK_STRUCTURE_TYPE_SUBPASS_DESCRIPTION_DEPTH_STENCIL_RESOLVE);
        out->depth_stencil_resolve = ds && ds->pDepthStencilResolveAttachment ? ds->pDepthStencilResolveAttachment->attachment : VK_ATTACHMENT_UNUSED;
        out->depth_resolve_mode = ds ? ds->depthResolveMode : VK_RESOLVE_MODE_NONE;
        out->stencil_resolve_mode = ds ? ds->stencilResolveMode : VK_RESOLVE_MODE_NONE;
        out->samples = pum_single_samples(s->pNext);
        out->view_mask = s->viewMask;
        out->n_input = s->inputAttachmentCount;
        out->input = inputs;
        for (uint32_t k = 0; k < s->inputAttachmentCount; k++) {
            *inputs++ = s->pInputAttachments[k].attachment;
        }
    }
    *pPass = pum_render_pass_to_handle(pass);
    return VK_SUCCESS;
}

/* The older structs, widened. */
VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateRenderPass(VkDevice _dev, const VkRenderPassCreateInfo *pInfo, const VkAllocationCallbacks *pAllocator, VkRenderPass *pPass)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    const VkRenderPassMultiviewCreateInfo *mv = pum_pnext_find(pInfo->pNext, VK_STRUCTURE_TYPE_RENDER_PASS_MULTIVIEW_CREATE_INFO);
    size_t n_refs = 0;
    for (uint32_t i = 0; i < pInfo->subpassCount; i++) {
        n_refs += 2 * PUM_MAX_RENDER_TARGETS + 1 + (size_t)pInfo->pSubpasses[i].inputAttachmentCount;
    }
    VkAttachmentDescription2 *att = calloc(pInfo->attachmentCount + 1, sizeof(*att));
    VkSubpassDescription2 *sub = calloc(pInfo->subpassCount + 1, sizeof(*sub));
    VkAttachmentReference2 *refs = calloc(n_refs + 1, sizeof(*refs));
    VkSubpassDependency2 *deps = calloc(pInfo->dependencyCount + 1, sizeof(*deps));
    VkResult result = VK_ERROR_OUT_OF_HOST_MEMORY;
    if (att && sub && refs && deps) {
        for (uint32_t i = 0; i < pInfo->attachmentCount; i++) {
            att[i].flags = pInfo->pAttachments[i].flags;
            att[i].format = pInfo->pAttachments[i].format;
            att[i].loadOp = pInfo->pAttachments[i].loadOp;
            att[i].storeOp = pInfo->pAttachments[i].storeOp;
            att[i].stencilLoadOp = pInfo->pAttachments[i].stencilLoadOp;
            att[i].stencilStoreOp = pInfo->pAttachments[i].stencilStoreOp;
            att[i].finalLayout = pInfo->pAttachments[i].finalLayout;
        }
        VkAttachmentReference2 *r = refs;
        for (uint32_t i = 0; i < pInfo->subpassCount; i++) {
            const VkSubpassDescription *s = &pInfo->pSubpasses[i];
            sub[i].colorAttachmentCount = PUM_MIN(s->colorAttachmentCount, (uint32_t)PUM_MAX_RENDER_TARGETS);
            sub[i].pColorAttachments = r;
            for (uint32_t c = 0; c < sub[i].colorAttachmentCount; c++) {
                r[c].attachment = s->pColorAttachments[c].attachment;
                r[c].layout = s->pColorAttachments[c].layout;
                r[PUM_MAX_RENDER_TARGETS + c].attachment = s->pResolveAttachments ? s->pResolveAttachments[c].attachment : VK_ATTACHMENT_UNUSED;
            }
            sub[i].pResolveAttachments = r + PUM_MAX_RENDER_TARGETS;
            if (s->pDepthStencilAttachment) {
                r[2 * PUM_MAX_RENDER_TARGETS].attachment = s->pDepthStencilAttachment->attachment;
                r[2 * PUM_MAX_RENDER_TARGETS].layout = s->pDepthStencilAttachment->layout;
                sub[i].pDepthStencilAttachment = &r[2 * PUM_MAX_RENDER_TARGETS];
            }
            r += 2 * PUM_MAX_RENDER_TARGETS + 1;
            sub[i].inputAttachmentCount = s->inputAttachmentCount;
            sub[i].pInputAttachments = r;
            for (uint32_t k = 0; k < s->inputAttachmentCount; k++) {
                (r++)->attachment = s->pInputAttachments[k].attachment;
            }
            sub[i].viewMask = mv && i < mv->subpassCount ? mv->pViewMasks[i] : 0;
        }
        for (uint32_t i = 0; i < pInfo->dependencyCount; i++) {
            const VkSubpassDependency *d = &pInfo->pDependencies[i];
            deps[i] = (VkSubpassDependency2){.srcSubpass = d->srcSubpass, .dstSubpass = d->dstSubpass, .srcStageMask = d->srcStageMask,
                                             .dstStageMask = d->dstStageMask};
        }
        const VkRenderPassCreateInfo2 info = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO_2,
                                              .attachmentCount = pInfo->attachmentCount,
                                              .pAttachments = att,
                                              .subpassCount = pInfo->subpassCount,
                                              .pSubpasses = sub,
                                              .dependencyCount = pInfo->dependencyCount,
                                              .pDependencies = deps};
        result = pum_CreateRenderPass2(_dev, &info, pAllocator, pPass);
    } else {
        pum_error(dev, NULL, result, "vkCreateRenderPass");
    }
    free(att);
    free(sub);
    free(refs);
    free(deps);
    return result;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyRenderPass(VkDevice _dev, VkRenderPass _pass, const VkAllocationCallbacks *pAllocator)
{
    pum_object_free(pum_device_base_from_handle(_dev), pAllocator, pum_render_pass_from_handle(_pass));
}

VKAPI_ATTR void VKAPI_CALL
pum_GetRenderAreaGranularity(VkDevice _dev, VkRenderPass _pass, VkExtent2D *pGranularity)
{
    (void)_dev;
    (void)_pass;
    *pGranularity = (VkExtent2D){1, 1};
}

VKAPI_ATTR void VKAPI_CALL
pum_GetRenderingAreaGranularity(VkDevice _dev, const VkRenderingAreaInfo *pInfo, VkExtent2D *pGranularity)
{
    (void)_dev;
    (void)pInfo;
    *pGranularity = (VkExtent2D){1, 1};
}

VKAPI_ATTR VkResult VKAPI_CALL
pum_CreateFramebuffer(VkDevice _dev, const VkFramebufferCreateInfo *pInfo, const VkAllocationCallbacks *pAllocator, VkFramebuffer *pFb)
{
    struct pum_device_base *dev = pum_device_base_from_handle(_dev);
    const bool imageless = pInfo->flags & VK_FRAMEBUFFER_CREATE_IMAGELESS_BIT;
    const uint32_t n = imageless ? 0 : pInfo->attachmentCount;
    struct pum_framebuffer *fb = pum_object_zalloc(dev, pAllocator, sizeof(*fb) + n * sizeof(fb->views[0]), VK_OBJECT_TYPE_FRAMEBUFFER);
    if (!fb) {
        return pum_error(dev, NULL, VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateFramebuffer");
    }
    fb->width = pInfo->width;
    fb->height = pInfo->height;
    fb->layers = pInfo->layers;
    fb->n_views = n;
    for (uint32_t i = 0; i < n; i++) {
        fb->views[i] = pum_image_view_from_handle(pInfo->pAttachments[i]);
    }
    *pFb = pum_framebuffer_to_handle(fb);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL
pum_DestroyFramebuffer(VkDevice _dev, VkFramebuffer _fb, const VkAllocationCallbacks *pAllocator)
{
    pum_object_free(pum_device_base_from_handle(_dev), pAllocator, pum_framebuffer_from_handle(_fb));
}
