/* A pass with colour and depth into which rows of the benchmark draw, 1920x1080, RGBA8. */
#ifndef BENCH_SCENE_H
#define BENCH_SCENE_H

#include "bench.h"

#define W 1920u
#define H 1080u
#define CODE(name) ((struct bench_code){name, sizeof(name)})

struct scene {
    struct ex_image color, samples, depth, texture; /* samples: resolved to colour, if there are several; texture: the row's own */
    VkRenderPass pass;
    VkFramebuffer fb;
    VkDescriptorSetLayout set_layout; /* one texture of the fragment shader */
    VkPipelineLayout layout;          /* pushes: depth and scale of coordinates for vertices, two unused; colour */
    VkDescriptorSet set;
    VkSampler sampler;
    VkPipeline pipeline, other; /* other: of every second draw, if there is one */
    struct ex_buffer vertices;
    VkSampleCountFlagBits n;
    uint32_t draws, count;
    float first_depth, step_depth, uv_scale, color_value[4];
};

/* keep: depth and samples are stored, too. */
void scene_init(struct bench *b, struct scene *s, VkSampleCountFlagBits samples, bool keep);
void scene_finish(struct bench *b, struct scene *s);
void scene_record(VkCommandBuffer cmd, void *scene); /* one frame; for bench_repeat */
VkPipeline scene_pipeline(struct bench *b, const struct scene *s, struct bench_code vs, struct bench_code fs, bool depth, bool blend,
                          const VkPipelineVertexInputStateCreateInfo *vi); /* with the scene's samples */
/* 480 x 270 triangles of about 8 pixels each, with a pipeline for them. */
void scene_small_triangles(struct bench *b, struct scene *s, bool depth);
#define SMALL_TRIANGLES (480u * 270u)
/* The pixel in the middle is within `tolerance` of r g b, or the row is wrong. */
void scene_expect(struct bench *b, const struct scene *s, int r, int g, int bl, int tolerance);

#endif
