/* Renders the project's own scenes headless into PNG files.
 *
 *   gallery [--out DIR] [--scene NAME] [--hash]
 *
 * --hash prints one line per scene: name and a 64-bit FNV-1a hash of its RGBA8 pixels. The hashes are the same on every machine.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/common.h"
#include "field_frag.h"
#include "field_vert.h"
#include "hills_frag.h"
#include "hills_geom.h"
#include "hills_tesc.h"
#include "hills_tese.h"
#include "hills_vert.h"
#include "julia_comp.h"
#include "layers_frag.h"
#include "layers_vert.h"
#include "mesh_frag.h"
#include "mesh_vert.h"

#define WIDTH 640u
#define HEIGHT 480u

struct target {
    struct ex_image color, depth;
    VkRenderPass pass;
    VkFramebuffer fb;
};

static struct target
target_create(const struct ex_gpu *gpu)
{
    struct target t;
    t.color = ex_image_create(gpu, WIDTH, HEIGHT, 1, VK_FORMAT_R8G8B8A8_UNORM, VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT,
                              VK_IMAGE_ASPECT_COLOR_BIT);
    t.depth = ex_image_create(gpu, WIDTH, HEIGHT, 1, VK_FORMAT_D32_SFLOAT, VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT, VK_IMAGE_ASPECT_DEPTH_BIT);
    t.pass = ex_render_pass(gpu, true);
    const VkImageView views[2] = {t.color.view, t.depth.view};
    const VkFramebufferCreateInfo ci = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO, .renderPass = t.pass, .attachmentCount = 2,
                                        .pAttachments = views, .width = WIDTH, .height = HEIGHT, .layers = 1};
    CHECK(vkCreateFramebuffer(gpu->device, &ci, NULL, &t.fb));
    return t;
}

static void
target_destroy(const struct ex_gpu *gpu, struct target *t)
{
    vkDestroyFramebuffer(gpu->device, t->fb, NULL);
    vkDestroyRenderPass(gpu->device, t->pass, NULL);
    ex_image_destroy(gpu, &t->color);
    ex_image_destroy(gpu, &t->depth);
}

static VkCommandBuffer
begin_pass(const struct ex_gpu *gpu, const struct target *t, float r, float g, float b)
{
    VkCommandBuffer cmd = ex_begin(gpu);
    const VkClearValue clears[2] = {{.color.float32 = {r, g, b, 1.0f}}, {.depthStencil = {1.0f, 0}}};
    const VkRenderPassBeginInfo bi = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO, .renderPass = t->pass, .framebuffer = t->fb,
                                      .renderArea = {{0, 0}, {WIDTH, HEIGHT}}, .clearValueCount = 2, .pClearValues = clears};
    vkCmdBeginRenderPass(cmd, &bi, VK_SUBPASS_CONTENTS_INLINE);
    return cmd;
}

static uint8_t *
end_pass(const struct ex_gpu *gpu, const struct target *t, VkCommandBuffer cmd)
{
    vkCmdEndRenderPass(cmd);
    ex_submit(gpu, cmd);
    return ex_read_rgba(gpu, &t->color);
}

static VkPipelineLayout
make_layout(const struct ex_gpu *gpu, VkDescriptorSetLayout set, uint32_t push_B, VkShaderStageFlags stages)
{
    const VkPushConstantRange range = {stages, 0, push_B};
    const VkPipelineLayoutCreateInfo ci = {.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO, .setLayoutCount = set ? 1 : 0,
                                           .pSetLayouts = &set, .pushConstantRangeCount = push_B ? 1 : 0, .pPushConstantRanges = &range};
    VkPipelineLayout layout;
    CHECK(vkCreatePipelineLayout(gpu->device, &ci, NULL, &layout));
    return layout;
}

static VkDescriptorSetLayout
make_set_layout(const struct ex_gpu *gpu, VkDescriptorType type, VkShaderStageFlags stages)
{
    const VkDescriptorSetLayoutBinding b = {0, type, 1, stages, NULL};
    const VkDescriptorSetLayoutCreateInfo ci = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO, .bindingCount = 1, .pBindings = &b};
    VkDescriptorSetLayout l;
    CHECK(vkCreateDescriptorSetLayout(gpu->device, &ci, NULL, &l));
    return l;
}

static VkDescriptorSet
make_set(const struct ex_gpu *gpu, VkDescriptorSetLayout layout, VkDescriptorType type, VkImageView view, VkImageLayout il, VkSampler sampler)
{
    const VkDescriptorSetAllocateInfo ai = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO, .descriptorPool = gpu->descriptors,
                                            .descriptorSetCount = 1, .pSetLayouts = &layout};
    VkDescriptorSet set;
    CHECK(vkAllocateDescriptorSets(gpu->device, &ai, &set));
    const VkDescriptorImageInfo ii = {sampler, view, il};
    const VkWriteDescriptorSet w = {.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET, .dstSet = set, .descriptorCount = 1, .descriptorType = type,
                                    .pImageInfo = &ii};
    vkUpdateDescriptorSets(gpu->device, 1, &w, 0, NULL);
    return set;
}

/* ---- a torus knot with a mipmapped texture and one light ---- */

struct vertex {
    float position[3], normal[3], uv[2];
};

static void
knot_point(float t, float out[3])
{
    const float r = 0.65f * (2.0f + cosf(3.0f * t)) * 0.5f;
    out[0] = r * cosf(2.0f * t) * 1.3f;
    out[1] = r * sinf(2.0f * t) * 1.3f;
    out[2] = 0.65f * sinf(3.0f * t);
}

static uint32_t
make_knot(struct vertex **vertices, uint32_t **indices)
{
    enum { RINGS = 240, SIDES = 24 };
    *vertices = malloc(sizeof(struct vertex) * (RINGS + 1) * (SIDES + 1));
    *indices = malloc(sizeof(uint32_t) * RINGS * SIDES * 6);
    if (!*vertices || !*indices) {
        ex_die("malloc", 0);
    }
    for (int i = 0; i <= RINGS; i++) {
        const float t = 6.2831853f * (float)i / RINGS;
        float p[3], q[3], d[3], u[3] = {0, 0, 1}, side[3], up[3];
        knot_point(t, p);
        knot_point(t + 0.01f, q);
        float len = 0;
        for (int k = 0; k < 3; k++) {
            d[k] = q[k] - p[k];
            len += d[k] * d[k];
        }
        for (int k = 0; k < 3; k++) {
            d[k] /= sqrtf(len);
        }
        for (int k = 0; k < 3; k++) {
            side[k] = d[(k + 1) % 3] * u[(k + 2) % 3] - d[(k + 2) % 3] * u[(k + 1) % 3];
        }
        len = sqrtf(side[0] * side[0] + side[1] * side[1] + side[2] * side[2]);
        for (int k = 0; k < 3; k++) {
            side[k] /= len;
        }
        for (int k = 0; k < 3; k++) {
            up[k] = side[(k + 1) % 3] * d[(k + 2) % 3] - side[(k + 2) % 3] * d[(k + 1) % 3];
        }
        for (int j = 0; j <= SIDES; j++) {
            const float a = 6.2831853f * (float)j / SIDES;
            struct vertex *v = &(*vertices)[i * (SIDES + 1) + j];
            for (int k = 0; k < 3; k++) {
                v->normal[k] = cosf(a) * side[k] + sinf(a) * up[k];
                v->position[k] = p[k] + 0.22f * v->normal[k];
            }
            v->uv[0] = (float)i / RINGS * 24.0f;
            v->uv[1] = (float)j / SIDES * 3.0f;
        }
    }
    uint32_t n = 0;
    for (uint32_t i = 0; i < RINGS; i++) {
        for (uint32_t j = 0; j < SIDES; j++) {
            const uint32_t a = i * (SIDES + 1) + j, b = a + SIDES + 1;
            const uint32_t quad[6] = {a, b, a + 1, a + 1, b, b + 1};
            memcpy(*indices + n, quad, sizeof(quad));
            n += 6;
        }
    }
    return n;
}

static struct ex_image
make_texture(const struct ex_gpu *gpu)
{
    enum { SIZE = 128, LEVELS = 8 };
    static uint8_t texels[SIZE * SIZE * 4];
    for (int y = 0; y < SIZE; y++) {
        for (int x = 0; x < SIZE; x++) {
            uint8_t *p = &texels[(y * SIZE + x) * 4];
            const bool brick = ((y / 32) & 1 ? (x + 32) % 64 : x % 64) > 3 && y % 32 > 3;
            const int noise = (x * 37 + y * 91 + (x * y) % 29) % 40;
            p[0] = (uint8_t)(brick ? 180 + noise : 90);
            p[1] = (uint8_t)(brick ? 90 + noise / 2 : 90);
            p[2] = (uint8_t)(brick ? 60 + noise / 3 : 95);
            p[3] = 255;
        }
    }
    struct ex_image img = ex_image_create(gpu, SIZE, SIZE, LEVELS, VK_FORMAT_R8G8B8A8_UNORM,
                                          VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT,
                                          VK_IMAGE_ASPECT_COLOR_BIT);
    struct ex_buffer staging = ex_buffer_create(gpu, sizeof(texels), texels);
    VkCommandBuffer cmd = ex_begin(gpu);
    ex_barrier(cmd, img.image, VK_IMAGE_ASPECT_COLOR_BIT, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_GENERAL);
    const VkBufferImageCopy copy = {.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1}, .imageExtent = {SIZE, SIZE, 1}};
    vkCmdCopyBufferToImage(cmd, staging.buffer, img.image, VK_IMAGE_LAYOUT_GENERAL, 1, &copy);
    for (uint32_t l = 1; l < LEVELS; l++) {
        ex_barrier(cmd, img.image, VK_IMAGE_ASPECT_COLOR_BIT, VK_IMAGE_LAYOUT_GENERAL, VK_IMAGE_LAYOUT_GENERAL);
        const VkImageBlit blit = {.srcSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, l - 1, 0, 1},
                                  .srcOffsets = {{0, 0, 0}, {SIZE >> (l - 1), SIZE >> (l - 1), 1}},
                                  .dstSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, l, 0, 1},
                                  .dstOffsets = {{0, 0, 0}, {SIZE >> l, SIZE >> l, 1}}};
        vkCmdBlitImage(cmd, img.image, VK_IMAGE_LAYOUT_GENERAL, img.image, VK_IMAGE_LAYOUT_GENERAL, 1, &blit, VK_FILTER_LINEAR);
    }
    ex_barrier(cmd, img.image, VK_IMAGE_ASPECT_COLOR_BIT, VK_IMAGE_LAYOUT_GENERAL, VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL);
    ex_submit(gpu, cmd);
    ex_buffer_destroy(gpu, &staging);
    return img;
}

static uint8_t *
scene_mesh(const struct ex_gpu *gpu)
{
    struct target t = target_create(gpu);
    struct vertex *vertices;
    uint32_t *indices;
    const uint32_t n = make_knot(&vertices, &indices);
    struct ex_buffer vb = ex_buffer_create(gpu, sizeof(struct vertex) * 241 * 25, vertices), ib = ex_buffer_create(gpu, n * 4, indices);
    free(vertices);
    free(indices);
    struct ex_image tex = make_texture(gpu);
    const VkSamplerCreateInfo sci = {.sType = VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO, .magFilter = VK_FILTER_LINEAR, .minFilter = VK_FILTER_LINEAR,
                                     .mipmapMode = VK_SAMPLER_MIPMAP_MODE_LINEAR, .maxLod = 16.0f};
    VkSampler sampler;
    CHECK(vkCreateSampler(gpu->device, &sci, NULL, &sampler));
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER;
    VkDescriptorSetLayout sl = make_set_layout(gpu, type, VK_SHADER_STAGE_FRAGMENT_BIT);
    VkPipelineLayout layout = make_layout(gpu, sl, 128, VK_SHADER_STAGE_VERTEX_BIT);
    VkDescriptorSet set = make_set(gpu, sl, type, tex.view, VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL, sampler);
    const VkVertexInputBindingDescription vib = {0, sizeof(struct vertex), VK_VERTEX_INPUT_RATE_VERTEX};
    const VkVertexInputAttributeDescription via[3] = {
        {0, 0, VK_FORMAT_R32G32B32_SFLOAT, 0}, {1, 0, VK_FORMAT_R32G32B32_SFLOAT, 12}, {2, 0, VK_FORMAT_R32G32_SFLOAT, 24}};
    const VkPipelineVertexInputStateCreateInfo vi = {.sType = VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO,
                                                     .vertexBindingDescriptionCount = 1, .pVertexBindingDescriptions = &vib,
                                                     .vertexAttributeDescriptionCount = 3, .pVertexAttributeDescriptions = via};
    const struct ex_pipeline_info pi = {mesh_vert, mesh_frag, sizeof(mesh_vert), sizeof(mesh_frag), &vi, layout, t.pass, WIDTH, HEIGHT, true, false, NULL};
    VkPipeline pipe = ex_pipeline(gpu, &pi);
    float push[32], proj[16], view[16], rot[16], tilt[16];
    ex_mat_perspective(proj, 0.8f, (float)WIDTH / (float)HEIGHT, 0.5f, 20.0f);
    ex_mat_translate(view, 0, 0, -4.0f);
    ex_mat_rotate(rot, 0.6f, 0, 1, 0);
    ex_mat_rotate(tilt, -0.5f, 1, 0, 0);
    ex_mat_mul(push + 16, tilt, rot);
    ex_mat_mul(push, view, push + 16);
    ex_mat_mul(push, proj, push);
    VkCommandBuffer cmd = begin_pass(gpu, &t, 0.08f, 0.1f, 0.14f);
    const VkDeviceSize zero = 0;
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, layout, 0, 1, &set, 0, NULL);
    vkCmdBindVertexBuffers(cmd, 0, 1, &vb.buffer, &zero);
    vkCmdBindIndexBuffer(cmd, ib.buffer, 0, VK_INDEX_TYPE_UINT32);
    vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_VERTEX_BIT, 0, 128, push);
    vkCmdDrawIndexed(cmd, n, 1, 0, 0, 0);
    uint8_t *out = end_pass(gpu, &t, cmd);
    vkDestroyPipeline(gpu->device, pipe, NULL);
    vkDestroyPipelineLayout(gpu->device, layout, NULL);
    vkDestroyDescriptorSetLayout(gpu->device, sl, NULL);
    vkDestroySampler(gpu->device, sampler, NULL);
    ex_image_destroy(gpu, &tex);
    ex_buffer_destroy(gpu, &vb);
    ex_buffer_destroy(gpu, &ib);
    target_destroy(gpu, &t);
    return out;
}

/* ---- translucent discs with several blend equations ---- */

static uint8_t *
scene_layers(const struct ex_gpu *gpu)
{
    struct target t = target_create(gpu);
    VkPipelineLayout layout = make_layout(gpu, VK_NULL_HANDLE, 32, VK_SHADER_STAGE_VERTEX_BIT | VK_SHADER_STAGE_FRAGMENT_BIT);
    static const VkPipelineColorBlendAttachmentState blends[3] = {
        {VK_TRUE, VK_BLEND_FACTOR_SRC_ALPHA, VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA, VK_BLEND_OP_ADD, VK_BLEND_FACTOR_ONE,
         VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA, VK_BLEND_OP_ADD, 15},
        {VK_TRUE, VK_BLEND_FACTOR_SRC_ALPHA, VK_BLEND_FACTOR_ONE, VK_BLEND_OP_ADD, VK_BLEND_FACTOR_ZERO, VK_BLEND_FACTOR_ONE, VK_BLEND_OP_ADD, 15},
        {VK_TRUE, VK_BLEND_FACTOR_DST_COLOR, VK_BLEND_FACTOR_ZERO, VK_BLEND_OP_ADD, VK_BLEND_FACTOR_ZERO, VK_BLEND_FACTOR_ONE, VK_BLEND_OP_ADD, 7}};
    VkPipeline pipes[3];
    for (int i = 0; i < 3; i++) {
        const struct ex_pipeline_info pi = {layers_vert, layers_frag, sizeof(layers_vert), sizeof(layers_frag), NULL, layout, t.pass, WIDTH, HEIGHT,
                                            false, false, &blends[i]};
        pipes[i] = ex_pipeline(gpu, &pi);
    }
    VkCommandBuffer cmd = begin_pass(gpu, &t, 0.12f, 0.12f, 0.16f);
    for (int i = 0; i < 60; i++) {
        const float a = (float)i * 2.399963f, r = 0.09f * sqrtf((float)i);
        const float push[8] = {r * cosf(a), r * sinf(a), 0.26f * 0.75f, 0.26f, 0.5f + 0.5f * cosf(a), 0.5f + 0.5f * cosf(a + 2.1f),
                               0.5f + 0.5f * cosf(a + 4.2f), 0.6f};
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipes[i % 7 == 6 ? 2 : i % 3 == 2]);
        vkCmdPushConstants(cmd, layout, VK_SHADER_STAGE_VERTEX_BIT | VK_SHADER_STAGE_FRAGMENT_BIT, 0, 32, push);
        vkCmdDraw(cmd, 6, 1, 0, 0);
    }
    uint8_t *out = end_pass(gpu, &t, cmd);
    for (int i = 0; i < 3; i++) {
        vkDestroyPipeline(gpu->device, pipes[i], NULL);
    }
    vkDestroyPipelineLayout(gpu->device, layout, NULL);
    target_destroy(gpu, &t);
    return out;
}

/* ---- a Julia set, computed into a storage image ---- */

static uint8_t *
scene_julia(const struct ex_gpu *gpu)
{
    struct ex_image img = ex_image_create(gpu, WIDTH, HEIGHT, 1, VK_FORMAT_R8G8B8A8_UNORM, VK_IMAGE_USAGE_STORAGE_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT,
                                          VK_IMAGE_ASPECT_COLOR_BIT);
    const VkDescriptorType type = VK_DESCRIPTOR_TYPE_STORAGE_IMAGE;
    VkDescriptorSetLayout sl = make_set_layout(gpu, type, VK_SHADER_STAGE_COMPUTE_BIT);
    VkPipelineLayout layout = make_layout(gpu, sl, 0, 0);
    VkDescriptorSet set = make_set(gpu, sl, type, img.view, VK_IMAGE_LAYOUT_GENERAL, VK_NULL_HANDLE);
    VkShaderModule m = ex_module(gpu, julia_comp, sizeof(julia_comp));
    const VkComputePipelineCreateInfo ci = {.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
                                            .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                                                      .stage = VK_SHADER_STAGE_COMPUTE_BIT, .module = m, .pName = "main"},
                                            .layout = layout};
    VkPipeline pipe;
    CHECK(vkCreateComputePipelines(gpu->device, VK_NULL_HANDLE, 1, &ci, NULL, &pipe));
    VkCommandBuffer cmd = ex_begin(gpu);
    ex_barrier(cmd, img.image, VK_IMAGE_ASPECT_COLOR_BIT, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_GENERAL);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, pipe);
    vkCmdBindDescriptorSets(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    vkCmdDispatch(cmd, (WIDTH + 15) / 16, (HEIGHT + 15) / 16, 1);
    ex_barrier(cmd, img.image, VK_IMAGE_ASPECT_COLOR_BIT, VK_IMAGE_LAYOUT_GENERAL, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL);
    ex_submit(gpu, cmd);
    uint8_t *out = ex_read_rgba(gpu, &img);
    vkDestroyPipeline(gpu->device, pipe, NULL);
    vkDestroyShaderModule(gpu->device, m, NULL);
    vkDestroyPipelineLayout(gpu->device, layout, NULL);
    vkDestroyDescriptorSetLayout(gpu->device, sl, NULL);
    ex_image_destroy(gpu, &img);
    return out;
}

/* ---- instanced triangles, drawn from an indirect buffer, sorted by the depth test ---- */

static uint8_t *
scene_field(const struct ex_gpu *gpu)
{
    enum { INSTANCES = 1200 };
    struct target t = target_create(gpu);
    VkPipelineLayout layout = make_layout(gpu, VK_NULL_HANDLE, 0, 0);
    static float instances[INSTANCES][4];
    uint32_t seed = 1;
    for (int i = 0; i < INSTANCES; i++) {
        for (int k = 0; k < 4; k++) {
            seed = seed * 1664525u + 1013904223u;
            instances[i][k] = (float)(seed >> 8) / 16777216.0f;
        }
        instances[i][0] = instances[i][0] * 2.2f - 1.1f;
        instances[i][1] = instances[i][1] * 2.2f - 1.1f;
        instances[i][2] = 0.03f + 0.09f * instances[i][2] * instances[i][2];
    }
    static const float corners[3][2] = {{0.0f, -1.0f}, {0.87f, 0.5f}, {-0.87f, 0.5f}};
    const VkDrawIndirectCommand args = {3, INSTANCES, 0, 0};
    struct ex_buffer vb = ex_buffer_create(gpu, sizeof(corners), corners), ib = ex_buffer_create(gpu, sizeof(instances), instances);
    struct ex_buffer ab = ex_buffer_create(gpu, sizeof(args), &args);
    const VkVertexInputBindingDescription vib[2] = {{0, 8, VK_VERTEX_INPUT_RATE_VERTEX}, {1, 16, VK_VERTEX_INPUT_RATE_INSTANCE}};
    const VkVertexInputAttributeDescription via[2] = {{0, 0, VK_FORMAT_R32G32_SFLOAT, 0}, {1, 1, VK_FORMAT_R32G32B32A32_SFLOAT, 0}};
    const VkPipelineVertexInputStateCreateInfo vi = {.sType = VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO,
                                                     .vertexBindingDescriptionCount = 2, .pVertexBindingDescriptions = vib,
                                                     .vertexAttributeDescriptionCount = 2, .pVertexAttributeDescriptions = via};
    const struct ex_pipeline_info pi = {field_vert, field_frag, sizeof(field_vert), sizeof(field_frag), &vi, layout, t.pass, WIDTH, HEIGHT, true, false, NULL};
    VkPipeline pipe = ex_pipeline(gpu, &pi);
    VkCommandBuffer cmd = begin_pass(gpu, &t, 0.95f, 0.94f, 0.9f);
    const VkBuffer buffers[2] = {vb.buffer, ib.buffer};
    const VkDeviceSize offsets[2] = {0, 0};
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdBindVertexBuffers(cmd, 0, 2, buffers, offsets);
    vkCmdDrawIndirect(cmd, ab.buffer, 0, 1, 16);
    uint8_t *out = end_pass(gpu, &t, cmd);
    vkDestroyPipeline(gpu->device, pipe, NULL);
    vkDestroyPipelineLayout(gpu->device, layout, NULL);
    ex_buffer_destroy(gpu, &vb);
    ex_buffer_destroy(gpu, &ib);
    ex_buffer_destroy(gpu, &ab);
    target_destroy(gpu, &t);
    return out;
}

/* ---- a landscape of patches, finer where it is near, each triangle drawn with its edges ---- */

static uint8_t *
scene_hills(const struct ex_gpu *gpu)
{
    if (!gpu->features.tessellationShader || !gpu->features.geometryShader) {
        return NULL;
    }
    struct target t = target_create(gpu);
    VkPipelineLayout layout = make_layout(gpu, VK_NULL_HANDLE, 0, 0);
    const VkShaderModule modules[3] = {ex_module(gpu, hills_tesc, sizeof(hills_tesc)), ex_module(gpu, hills_tese, sizeof(hills_tese)),
                                       ex_module(gpu, hills_geom, sizeof(hills_geom))};
    static const VkShaderStageFlagBits bits[3] = {VK_SHADER_STAGE_TESSELLATION_CONTROL_BIT, VK_SHADER_STAGE_TESSELLATION_EVALUATION_BIT,
                                                  VK_SHADER_STAGE_GEOMETRY_BIT};
    VkPipelineShaderStageCreateInfo more[3];
    for (int i = 0; i < 3; i++) {
        more[i] = (VkPipelineShaderStageCreateInfo){.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, .stage = bits[i],
                                                    .module = modules[i], .pName = "main"};
    }
    const struct ex_pipeline_info pi = {hills_vert, hills_frag, sizeof(hills_vert), sizeof(hills_frag), NULL, layout, t.pass, WIDTH, HEIGHT, true, false, NULL};
    VkPipeline pipe = ex_pipeline_stages(gpu, &pi, VK_SAMPLE_COUNT_1_BIT, more, 3, 4);
    VkCommandBuffer cmd = begin_pass(gpu, &t, 0.62f, 0.76f, 0.9f);
    vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
    vkCmdDraw(cmd, 12 * 12 * 4, 1, 0, 0);
    uint8_t *out = end_pass(gpu, &t, cmd);
    vkDestroyPipeline(gpu->device, pipe, NULL);
    for (int i = 0; i < 3; i++) {
        vkDestroyShaderModule(gpu->device, modules[i], NULL);
    }
    vkDestroyPipelineLayout(gpu->device, layout, NULL);
    target_destroy(gpu, &t);
    return out;
}

static const struct {
    const char *name;
    uint8_t *(*render)(const struct ex_gpu *gpu);
} scenes[] = {{"mesh", scene_mesh}, {"layers", scene_layers}, {"julia", scene_julia}, {"field", scene_field}, {"hills", scene_hills}};

int
main(int argc, char **argv)
{
    const char *dir = NULL, *only = NULL;
    bool hash = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--out") == 0 && i + 1 < argc) {
            dir = argv[++i];
        } else if (strcmp(argv[i], "--scene") == 0 && i + 1 < argc) {
            only = argv[++i];
        } else if (strcmp(argv[i], "--hash") == 0) {
            hash = true;
        } else {
            fprintf(stderr, "usage: gallery [--out DIR] [--scene NAME] [--hash]\n");
            return 2;
        }
    }
    struct ex_gpu gpu;
    ex_gpu_init(&gpu, NULL, 0, NULL, 0);
    for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
        if (only && strcmp(only, scenes[i].name) != 0) {
            continue;
        }
        uint8_t *rgba = scenes[i].render(&gpu);
        if (!rgba) {
            fprintf(stderr, "gallery: %s needs what this device does not have\n", scenes[i].name);
            continue;
        }
        if (hash) {
            printf("%s %016llx\n", scenes[i].name, (unsigned long long)ex_hash(rgba, WIDTH * HEIGHT * 4));
        }
        if (dir) {
            char path[1024];
            snprintf(path, sizeof(path), "%s/%s.png", dir, scenes[i].name);
            ex_write_png(path, rgba, WIDTH, HEIGHT, WIDTH * 4);
        }
        free(rgba);
    }
    ex_gpu_finish(&gpu);
    return 0;
}
