/* Small helpers of the examples and client tests: a headless Vulkan device, buffers, images, one-shot commands, PNG files.
 * Every function ends the program with a message when something fails: examples have nothing better to do. */
#ifndef EXAMPLE_COMMON_H
#define EXAMPLE_COMMON_H

#include <stdbool.h>
#include <stdint.h>
#include <vulkan/vulkan.h>

#define CHECK(call)                                                                                                    \
    do {                                                                                                               \
        const VkResult check_result = (call);                                                                         \
        if (check_result != VK_SUCCESS) {                                                                              \
            ex_die(#call, (int)check_result);                                                                          \
        }                                                                                                              \
    } while (0)

void ex_die(const char *what, int code) __attribute__((noreturn));

struct ex_gpu {
    VkInstance instance;
    VkPhysicalDevice physical;
    VkDevice device;
    VkQueue queue;
    VkCommandPool pool;
    VkDescriptorPool descriptors;
    VkPhysicalDeviceFeatures features; /* enabled: geometry and tessellation shaders where offered */
};

struct ex_buffer {
    VkBuffer buffer;
    VkDeviceMemory memory;
    void *data; /* mapped */
    VkDeviceSize size;
};

struct ex_image {
    VkImage image;
    VkDeviceMemory memory;
    VkImageView view;
    VkFormat format;
    uint32_t width, height, levels;
};

/* The first device of the first driver; extensions are device extensions. */
void ex_gpu_init(struct ex_gpu *gpu, const char *const *instance_ext, uint32_t n_instance_ext, const char *const *device_ext,
                 uint32_t n_device_ext);
void ex_gpu_finish(struct ex_gpu *gpu);
struct ex_buffer ex_buffer_create(const struct ex_gpu *gpu, VkDeviceSize size, const void *data);
void ex_buffer_destroy(const struct ex_gpu *gpu, struct ex_buffer *b);
struct ex_image ex_image_create(const struct ex_gpu *gpu, uint32_t width, uint32_t height, uint32_t levels, VkFormat format,
                                VkImageUsageFlags usage, VkImageAspectFlags aspect);
struct ex_image ex_image_create_samples(const struct ex_gpu *gpu, uint32_t width, uint32_t height, VkSampleCountFlagBits samples, VkFormat format,
                                        VkImageUsageFlags usage, VkImageAspectFlags aspect);
void ex_image_destroy(const struct ex_gpu *gpu, struct ex_image *i);
VkCommandBuffer ex_begin(const struct ex_gpu *gpu);
void ex_submit(const struct ex_gpu *gpu, VkCommandBuffer cmd); /* waits */
void ex_barrier(VkCommandBuffer cmd, VkImage image, VkImageAspectFlags aspect, VkImageLayout from, VkImageLayout to);
/* RGBA8 pixels of an image in TRANSFER_SRC layout, malloc'd. */
uint8_t *ex_read_rgba(const struct ex_gpu *gpu, const struct ex_image *img);
void ex_write_png(const char *path, const uint8_t *rgba, uint32_t width, uint32_t height, uint32_t pitch_B);
uint64_t ex_hash(const void *data, uint64_t size); /* FNV-1a */
VkShaderModule ex_module(const struct ex_gpu *gpu, const uint32_t *words, size_t size);
/* One colour (RGBA8) and optionally one D32 attachment, cleared; the colour ends as TRANSFER_SRC. */
VkRenderPass ex_render_pass(const struct ex_gpu *gpu, bool depth);

struct ex_pipeline_info {
    const uint32_t *vert, *frag;
    size_t vert_B, frag_B;
    const VkPipelineVertexInputStateCreateInfo *input; /* NULL = none */
    VkPipelineLayout layout;
    VkRenderPass pass;
    uint32_t width, height;
    bool depth, cull;
    const VkPipelineColorBlendAttachmentState *blend; /* NULL = write */
};
VkPipeline ex_pipeline(const struct ex_gpu *gpu, const struct ex_pipeline_info *info);
VkPipeline ex_pipeline_samples(const struct ex_gpu *gpu, const struct ex_pipeline_info *info, VkSampleCountFlagBits samples);
/* At most three further stages; patch_vertices: of a patch list, 0 = triangles. */
VkPipeline ex_pipeline_stages(const struct ex_gpu *gpu, const struct ex_pipeline_info *info, VkSampleCountFlagBits samples,
                              const VkPipelineShaderStageCreateInfo *more, uint32_t n_more, uint32_t patch_vertices);

/* Column-major 4x4 matrices. */
void ex_mat_mul(float out[16], const float a[16], const float b[16]);
void ex_mat_perspective(float out[16], float fov, float aspect, float near, float far); /* y down, depth 0 to 1 */
void ex_mat_rotate(float out[16], float angle, float x, float y, float z);
void ex_mat_translate(float out[16], float x, float y, float z);

#endif
