#include "samples_scene.h"

#include "samples_read_comp.h"
#include "samples_read_one_comp.h"
#include "samples_read_one_uint_comp.h"
#include "samples_read_uint_comp.h"

/* SPEC: primsrast-multisampling, standard sample locations, in 1/16 */
static const int places[4][8][2] = {
    {{8, 8}},
    {{12, 12}, {4, 4}},
    {{6, 2}, {14, 6}, {2, 10}, {10, 14}},
    {{9, 5}, {7, 11}, {13, 9}, {5, 3}, {3, 13}, {1, 7}, {11, 15}, {15, 1}},
};

static int
log2_of(uint32_t samples)
{
    return samples == 1 ? 0 : samples == 2 ? 1 : samples == 4 ? 2 : 3;
}

const int (*own_places)[2];

double
place(uint32_t samples, uint32_t s, int axis)
{
    return (own_places ? own_places : places[log2_of(samples)])[s][axis] / 16.0;
}

bool
weigh(const struct triangle *t, double px, double py, double l[2])
{
    const double x = px * 256.0, y = py * 256.0;
    const double ax = t->x[1] - t->x[0], ay = t->y[1] - t->y[0], bx = t->x[2] - t->x[0], by = t->y[2] - t->y[0];
    const double area = ax * by - bx * ay;
    l[0] = ((x - t->x[0]) * by - bx * (y - t->y[0])) / area;
    l[1] = (ax * (y - t->y[0]) - (x - t->x[0]) * ay) / area;
    return area != 0.0 && l[0] > 0 && l[1] > 0 && l[0] + l[1] < 1;
}

bool
covers(const struct triangle *t, uint32_t samples, uint32_t x, uint32_t y, uint32_t s)
{
    double l[2];
    return weigh(t, x + place(samples, s, 0), y + place(samples, s, 1), l);
}

void
random_triangle(struct triangle *t, uint32_t *seed, uint32_t i)
{
    for (int k = 0; k < 3; k++) {
        t->x[k] = (int)(kit_random(seed) % (W * 256 + 4096)) - 2048;
        t->y[k] = (int)(kit_random(seed) % (H * 256 + 4096)) - 2048;
        t->x[k] |= 1;
        t->y[k] |= 1;
        t->z[k] = (float)(kit_random(seed) % 1024) / 1024.0f;
        t->w[k] = 1.0f;
    }
    t->color[0] = (float)(i + 1) / 255.0f;
    t->color[1] = (float)(kit_random(seed) % 256) / 255.0f;
    t->color[2] = 0.0f;
    t->color[3] = 1.0f;
}

bool
counted(const struct kit *k, uint32_t samples)
{
    const VkPhysicalDeviceLimits *l = &k->properties.limits;
    return l->standardSampleLocations && l->framebufferColorSampleCounts & l->framebufferDepthSampleCounts & l->framebufferStencilSampleCounts &
                                             l->sampledImageColorSampleCounts & l->sampledImageDepthSampleCounts & samples;
}

uint32_t
slack(const struct kit *k, uint32_t n)
{
    return kit_ours(k) ? 0 : 1 + n / 500;
}

const struct triangle everything = {{-8193, 24577, -8193}, {-8193, -8193, 24577}, {0.5f, 0.5f, 0.5f}, {1, 1, 1}, {1, 1, 1, 1}};

/* ---- set-up ---- */

static VkImageUsageFlags
usage_of(VkFormat format)
{
    const bool color = kit_aspects(format) & VK_IMAGE_ASPECT_COLOR_BIT;
    return VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT | VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_INPUT_ATTACHMENT_BIT |
           (color ? VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT : VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT);
}

struct kit_image
image_of(struct kit *k, VkFormat format, uint32_t samples, const void *next)
{
    const bool movable = kit_aspects(format) & VK_IMAGE_ASPECT_DEPTH_BIT && samples > 1 && kit_has(k, VK_EXT_SAMPLE_LOCATIONS_EXTENSION_NAME);
    return kit_image(k, (VkImageCreateInfo){.pNext = next, .flags = movable ? VK_IMAGE_CREATE_SAMPLE_LOCATIONS_COMPATIBLE_DEPTH_BIT_EXT : 0,
                                            .imageType = VK_IMAGE_TYPE_2D, .format = format, .extent = {W, H, 1},
                                            .samples = (VkSampleCountFlagBits)samples, .usage = usage_of(format)});
}

void
scene_init(struct kit *k, struct scene *s, uint32_t samples, uint32_t n, VkFormat format, VkFormat depth, struct kit_image *resolve,
           const void *next)
{
    memset(s, 0, sizeof(*s));
    s->samples = samples;
    s->t = (struct kit_target){.width = W, .height = H, .layers = 1, .n = n, .depth_format = depth, .samples = (VkSampleCountFlagBits)samples};
    VkAttachmentDescription a[2 * KIT_MAX_TARGETS + 1];
    VkAttachmentReference refs[2 * KIT_MAX_TARGETS + 1];
    VkImageView views[2 * KIT_MAX_TARGETS + 1];
    const uint32_t total = n * (resolve ? 2 : 1) + (depth ? 1 : 0), at_depth = n;
    for (uint32_t i = 0; i < total; i++) {
        const bool to = i > at_depth || (i == at_depth && !depth);
        const VkFormat f = i == at_depth && depth ? depth : format;
        a[i] = (VkAttachmentDescription){.format = f, .samples = to ? VK_SAMPLE_COUNT_1_BIT : (VkSampleCountFlagBits)samples,
                                         .loadOp = to ? VK_ATTACHMENT_LOAD_OP_DONT_CARE : VK_ATTACHMENT_LOAD_OP_CLEAR,
                                         .storeOp = VK_ATTACHMENT_STORE_OP_STORE, .stencilLoadOp = VK_ATTACHMENT_LOAD_OP_CLEAR,
                                         .stencilStoreOp = VK_ATTACHMENT_STORE_OP_STORE, .initialLayout = VK_IMAGE_LAYOUT_GENERAL,
                                         .finalLayout = VK_IMAGE_LAYOUT_GENERAL};
        refs[i] = (VkAttachmentReference){i, VK_IMAGE_LAYOUT_GENERAL};
        const struct kit_image img = image_of(k, f, to ? 1 : samples, to ? NULL : next);
        if (to) {
            resolve[i - n - (depth ? 1 : 0)] = img;
        } else if (i == at_depth && depth) {
            s->t.depth = img;
        } else {
            s->t.color[i] = img;
        }
        views[i] = img.view;
    }
    s->t.clears[n].depthStencil = (VkClearDepthStencilValue){1.0f, 0};
    const VkSubpassDescription sub = {.colorAttachmentCount = n, .pColorAttachments = refs, .pDepthStencilAttachment = depth ? &refs[n] : NULL,
                                      .pResolveAttachments = resolve ? &refs[n + (depth ? 1 : 0)] : NULL};
    const VkRenderPassCreateInfo info = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO, .attachmentCount = total, .pAttachments = a,
                                         .subpassCount = 1, .pSubpasses = &sub};
    MUST(vkCreateRenderPass(k->device, &info, NULL, &s->t.pass));
    KIT_OWN(k, VK_OBJECT_TYPE_RENDER_PASS, s->t.pass);
    const VkFramebufferCreateInfo fb = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO, .renderPass = s->t.pass, .attachmentCount = total,
                                        .pAttachments = views, .width = W, .height = H, .layers = 1};
    MUST(vkCreateFramebuffer(k->device, &fb, NULL, &s->t.framebuffer));
    KIT_OWN(k, VK_OBJECT_TYPE_FRAMEBUFFER, s->t.framebuffer);
    s->layout = kit_layout(k, 0, NULL, sizeof(struct push));
    s->g = kit_alloc(k, sizeof(*s->g));
}

void
draw(const struct scene *s, VkCommandBuffer cmd, const struct triangle *t)
{
    struct push p;
    for (int i = 0; i < 3; i++) {
        p.pos[i][0] = (float)t->x[i] / (W * 128.0f) - 1.0f;
        p.pos[i][1] = (float)t->y[i] / (H * 128.0f) - 1.0f;
        p.pos[i][2] = t->z[i];
        p.pos[i][3] = t->w[i];
    }
    memcpy(p.color, t->color, sizeof(p.color));
    vkCmdPushConstants(cmd, s->layout, VK_SHADER_STAGE_ALL, 0, sizeof(p), &p);
    vkCmdDraw(cmd, 3, 1, 0, 0);
}

VkCommandBuffer
pass_begin(struct kit *k, struct scene *s)
{
    const VkPipeline pipe = kit_graphics_create(k, s->g);
    const VkCommandBuffer cmd = kit_begin(k);
    kit_target_begin(cmd, &s->t);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    return cmd;
}

void
pass_end(struct kit *k, VkCommandBuffer cmd)
{
    vkCmdEndRenderPass(cmd);
    kit_barrier(cmd);
    kit_submit(k, cmd);
}

void *
read_samples(struct kit *k, const struct kit_image *img, VkImageAspectFlags aspect)
{
    const bool is_int = kit_format_is_int(img->info.format) || aspect == VK_IMAGE_ASPECT_STENCIL_BIT;
    const uint32_t w = img->info.extent.width, h = img->info.extent.height;
    const VkDescriptorType types[2] = {VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};
    const VkDescriptorSetLayout sl = kit_set_layout_of(k, 2, types);
    const VkPipelineLayout layout = kit_layout(k, 1, &sl, 4);
    const VkDescriptorSet set = kit_set(k, sl);
    const struct kit_buffer out = kit_buffer(k, (VkDeviceSize)w * h * img->info.samples * 16, NULL);
    const VkImageView view = kit_view(k, img, VK_IMAGE_VIEW_TYPE_2D_ARRAY, VK_FORMAT_UNDEFINED, aspect, 0, 1, 0, 1);
    kit_write_image(k, set, 0, 0, types[0], view, kit_sampler(k, VK_FILTER_NEAREST, VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE));
    kit_write_buffer(k, set, 1, 0, types[1], out.buffer, 0, VK_WHOLE_SIZE);
    const bool one = img->info.samples == VK_SAMPLE_COUNT_1_BIT;
    const VkPipeline pipe = is_int ? one ? kit_compute(k, layout, KIT_CODE(samples_read_one_uint_comp), NULL)
                                         : kit_compute(k, layout, KIT_CODE(samples_read_uint_comp), NULL)
                            : one  ? kit_compute(k, layout, KIT_CODE(samples_read_one_comp), NULL)
                                   : kit_compute(k, layout, KIT_CODE(samples_read_comp), NULL);
    const VkCommandBuffer cmd = kit_begin(k);
    const int layer = 0;
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_ALL, 0, 4, &layer);
    vkCmdDispatch(cmd, (w + 7) / 8, (h + 7) / 8, 1);
    kit_barrier(cmd);
    kit_submit(k, cmd);
    return out.data;
}

bool
close4(const float *a, float r, float g, float b, float alpha, float tolerance)
{
    return fabsf(a[0] - r) <= tolerance && fabsf(a[1] - g) <= tolerance && fabsf(a[2] - b) <= tolerance && fabsf(a[3] - alpha) <= tolerance;
}
