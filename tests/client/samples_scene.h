/* Scenes of random triangles with several samples per pixel, what they look like, and their samples read back. */
#ifndef SAMPLES_SCENE_H
#define SAMPLES_SCENE_H

#include "kit.h"

#define W 32
#define H 32
#define TRIANGLES 24

struct triangle {
    int x[3], y[3]; /* 1/256 pixel */
    float z[3], w[3];
    float color[4];
};
struct push { /* of samples.vert and its fragment shaders */
    float pos[3][4], color[4];
};
struct scene {
    struct kit_target t;
    VkPipelineLayout layout;
    struct kit_graphics *g;
    uint32_t samples;
};

/* ---- what is right ---- */

extern const struct triangle everything; /* covers all */
extern const int (*own_places)[2];       /* instead of the standard sample locations, in 1/16; NULL: those */

double place(uint32_t samples, uint32_t s, int axis); /* of sample s in its pixel */
/* Weights of the second and third corner at a place in pixels; true if inside. Corners are odd, so that no sample lies on an edge. */
bool weigh(const struct triangle *t, double px, double py, double l[2]);
bool covers(const struct triangle *t, uint32_t samples, uint32_t x, uint32_t y, uint32_t s);
void random_triangle(struct triangle *t, uint32_t *seed, uint32_t i);
/* Only 1 and 4 are there everywhere, and only if the device says so are samples where the reference has them. */
bool counted(const struct kit *k, uint32_t samples);
/* How many of n samples on edges another driver may see otherwise: triangles that reach outside may be cut, with new corners. */
uint32_t slack(const struct kit *k, uint32_t n);
bool close4(const float *a, float r, float g, float b, float alpha, float tolerance);

/* ---- set-up ---- */

struct kit_image image_of(struct kit *k, VkFormat format, uint32_t samples, const void *next);
/* n colour targets of one format, perhaps depth; resolve: each colour has a target with one sample, made here. */
void scene_init(struct kit *k, struct scene *s, uint32_t samples, uint32_t n, VkFormat format, VkFormat depth, struct kit_image *resolve,
                const void *next);
void draw(const struct scene *s, VkCommandBuffer cmd, const struct triangle *t);
VkCommandBuffer pass_begin(struct kit *k, struct scene *s); /* one pass with one pipeline, s->g */
void pass_end(struct kit *k, VkCommandBuffer cmd);
/* All samples of an image: vec4 (or uvec4) per sample, samples of a pixel side by side. */
void *read_samples(struct kit *k, const struct kit_image *img, VkImageAspectFlags aspect);

#define EACH_SAMPLE(samples)                                                                                                                \
    for (uint32_t y = 0; y < H; y++)                                                                                                       \
        for (uint32_t x = 0; x < W; x++)                                                                                                   \
            for (uint32_t i = 0, at = (y * W + x) * (samples); i < (samples); i++, at++)

#endif
