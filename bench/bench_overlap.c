/* Work without barriers between its parts: passes of one tile and dispatches of one workgroup, of which none can use a second core by itself. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "tile_frag.h"
#include "tile_vert.h"

#define PASSES 16
#define DISPATCHES 8
#define SIZE 64u
#define LAYERS 40 /* draws of a pass, each over all of it */
#define BODIES 4096

struct parts {
    struct ex_image image[PASSES];
    VkFramebuffer fb[PASSES];
    VkRenderPass pass;
    VkPipelineLayout layout;
    VkPipeline pipeline;
    struct bench_compute compute[DISPATCHES];
};

static void
record_parts(VkCommandBuffer cmd, void *arg)
{
    const struct parts *p = arg;
    const VkClearValue clear = {.color.float32 = {0, 0, 0, 1}};
    for (uint32_t i = 0; i < PASSES; i++) {
        const VkRenderPassBeginInfo bi = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO, .renderPass = p->pass, .framebuffer = p->fb[i],
                                          .renderArea = {{0, 0}, {SIZE, SIZE}}, .clearValueCount = 1, .pClearValues = &clear};
        vkCmdBeginRenderPass(cmd, &bi, VK_SUBPASS_CONTENTS_INLINE);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, p->pipeline);
        for (int k = 0; k < LAYERS; k++) {
            vkCmdDraw(cmd, 3, 1, 0, 0);
        }
        vkCmdEndRenderPass(cmd);
        if (i % 2 == 0) {
            struct bench_compute c = p->compute[i / 2];
            bench_compute_record(cmd, &c);
        }
    }
}

/* The gradient, and the force on the first body. */
static void
check_parts(struct bench *b, const struct parts *p)
{
    for (uint32_t i = 0; i < PASSES; i++) {
        uint8_t *rgba = ex_read_rgba(&b->gpu, &p->image[i]);
        const uint8_t *c = rgba + (40 * SIZE + 20) * 4;
        b->wrong = b->wrong || abs(c[0] - 82) > 1 || abs(c[1] - 161) > 1; /* 255 * 20.5 / 64, 255 * 40.5 / 64 */
        free(rgba);
    }
    for (uint32_t i = 0; i < DISPATCHES; i++) {
        const float *x = p->compute[i].b.data;
        double f = 0;
        for (int k = 0; k < BODIES; k++) {
            const double d[3] = {(double)x[k * 4] - (double)x[0], (double)x[k * 4 + 1] - (double)x[1], (double)x[k * 4 + 2] - (double)x[2]};
            const double r2 = 0.01 + d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
            f += d[0] / (r2 * sqrt(r2));
        }
        b->wrong = b->wrong || fabs(f - (double)((float *)p->compute[i].a.data)[0]) > 1e-3 * fabs(f) + 1e-1;
    }
}

static double
row_passes_independent(struct bench *b)
{
    const struct ex_gpu *g = &b->gpu;
    struct parts p;
    memset(&p, 0, sizeof(p));
    p.pass = ex_render_pass(g, false);
    const VkPipelineLayoutCreateInfo lci = {.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO};
    CHECK(vkCreatePipelineLayout(g->device, &lci, NULL, &p.layout));
    const struct ex_pipeline_info pi = {tile_vert, tile_frag, sizeof(tile_vert), sizeof(tile_frag), NULL, p.layout, p.pass, SIZE, SIZE,
                                        false, false, NULL};
    p.pipeline = ex_pipeline(g, &pi);
    for (uint32_t i = 0; i < PASSES; i++) {
        p.image[i] = ex_image_create(g, SIZE, SIZE, 1, VK_FORMAT_R8G8B8A8_UNORM,
                                     VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT, VK_IMAGE_ASPECT_COLOR_BIT);
        const VkFramebufferCreateInfo fci = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO, .renderPass = p.pass, .attachmentCount = 1,
                                             .pAttachments = &p.image[i].view, .width = SIZE, .height = SIZE, .layers = 1};
        CHECK(vkCreateFramebuffer(g->device, &fci, NULL, &p.fb[i]));
    }
    for (uint32_t i = 0; i < DISPATCHES; i++) {
        bench_nbody_init(b, &p.compute[i], 64 * 16, BODIES * 16);
        float *x = p.compute[i].b.data;
        for (uint32_t k = 0; k < BODIES * 4; k++) {
            x[k] = (float)(((k + i) * 7919) % 1000) * 0.001f;
        }
    }
    const double s = bench_repeat(b, record_parts, &p);
    check_parts(b, &p);
    for (uint32_t i = 0; i < DISPATCHES; i++) {
        bench_compute_finish(b, &p.compute[i]);
    }
    for (uint32_t i = 0; i < PASSES; i++) {
        vkDestroyFramebuffer(g->device, p.fb[i], NULL);
        ex_image_destroy(g, &p.image[i]);
    }
    vkDestroyPipeline(g->device, p.pipeline, NULL);
    vkDestroyPipelineLayout(g->device, p.layout, NULL);
    vkDestroyRenderPass(g->device, p.pass, NULL);
    return s * 1e3;
}

const struct bench_row bench_overlap_rows[] = {
    {"passes_independent", "ms", false, row_passes_independent, false},
    {0},
};
