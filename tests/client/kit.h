/* A small kit for tests that are Vulkan clients: one headless device with everything the driver offers enabled, helpers that make objects
 * and destroy them when the case ends, shaders, read-back, comparison.
 *
 * A program is a table of named cases and KIT_MAIN. Options: names of cases to run (prefixes), --list. Exit codes: 0 passed, 1 failed,
 * 77 everything skipped. A case fails through CHECK (goes on) or REQUIRE (returns); helpers end the program when the driver refuses what
 * it must not. Messages with VUIDs (the validation layer) fail a case, too.
 *
 * Images that the kit makes are in VK_IMAGE_LAYOUT_GENERAL and stay there.
 * Thread-safety: the helpers that make objects belong to one thread; kit_begin to kit_submit as well. Messages may come from any. */
#ifndef CLIENT_KIT_H
#define CLIENT_KIT_H

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define KIT_CODE(name) name, sizeof(name)
#define KIT_MAX_TARGETS 8
#define KIT_MAX_QUEUES 8
#define KIT_TIMEOUT_NS UINT64_C(60000000000)

struct kit {
    VkInstance instance;
    VkPhysicalDevice physical;
    VkDevice device;
    VkQueue queue, queues[KIT_MAX_QUEUES]; /* the first, all of the family */
    uint32_t n_queues;
    uint32_t family;
    VkCommandPool pool;
    VkPipelineCache cache; /* of all pipelines that the kit makes */
    struct kit_commands vk; /* beyond 1.0; NULL where absent */
    uint32_t version;       /* of the device, at most 1.4, which is what the tests ask for */
    VkPhysicalDeviceProperties properties;
    VkPhysicalDeviceFeatures features; /* enabled: all that are offered */
    VkPhysicalDeviceMemoryProperties memory;
    VkQueueFamilyProperties family_properties;
    VkExtensionProperties *extensions; /* of the device, all enabled */
    uint32_t n_extensions;
    VkExtensionProperties *instance_extensions;
    uint32_t n_instance_extensions;
    VkBaseOutStructure *feature_chain; /* enabled */
    struct kit_state *state;           /* private */
};

struct kit_case {
    const char *name;
    void (*run)(struct kit *k);
};

int kit_main(int argc, char **argv, const struct kit_case *cases, size_t n);
#define KIT_MAIN(cases)                                                                                                \
    int main(int argc, char **argv)                                                                                    \
    {                                                                                                                  \
        return kit_main(argc, argv, cases, ARRAY_LEN(cases));                                                          \
    }

/* ---- verdicts ---- */

void kit_fail(struct kit *k, const char *file, int line, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void kit_skip(struct kit *k, const char *why);
_Noreturn void kit_die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
const char *kit_result_name(VkResult r);

#define CHECK(k, cond, ...)                                                                                            \
    do {                                                                                                               \
        if (!(cond)) {                                                                                                 \
            kit_fail((k), __FILE__, __LINE__, __VA_ARGS__);                                                            \
        }                                                                                                              \
    } while (0)
#define REQUIRE(k, cond, ...)                                                                                          \
    do {                                                                                                               \
        if (!(cond)) {                                                                                                 \
            kit_fail((k), __FILE__, __LINE__, __VA_ARGS__);                                                            \
            return;                                                                                                    \
        }                                                                                                              \
    } while (0)
#define CHECK_RESULT(k, call, expected)                                                                                \
    do {                                                                                                               \
        const VkResult check_got = (call);                                                                             \
        if (check_got != (expected)) {                                                                                 \
            kit_fail((k), __FILE__, __LINE__, "%s: %s, not %s", #call, kit_result_name(check_got), kit_result_name(expected)); \
        }                                                                                                              \
    } while (0)
#define CHECK_VK(k, call) CHECK_RESULT(k, call, VK_SUCCESS)
/* Helpers and set-up: a failure ends the program. */
#define MUST(call)                                                                                                     \
    do {                                                                                                               \
        const VkResult must_got = (call);                                                                              \
        if (must_got != VK_SUCCESS) {                                                                                  \
            kit_die("%s:%d: %s: %s", __FILE__, __LINE__, #call, kit_result_name(must_got));                            \
        }                                                                                                              \
    } while (0)
#define SKIP_UNLESS(k, cond, why)                                                                                      \
    do {                                                                                                               \
        if (!(cond)) {                                                                                                 \
            kit_skip((k), (why));                                                                                      \
            return;                                                                                                    \
        }                                                                                                              \
    } while (0)

bool kit_has(const struct kit *k, const char *extension);
bool kit_has_instance(const struct kit *k, const char *extension);
/* A struct of the enabled features, zeros if the device has none such (then *what is the type's zeroed stand-in: test a member). */
const void *kit_feature(const struct kit *k, VkStructureType type);

/* got and want: n elements of el_B bytes, row_el to a row (0 = one row). Prints the first difference; true if equal. */
bool kit_same(struct kit *k, const char *what, const void *got, const void *want, size_t n, size_t el_B, size_t row_el);
/* Floats: |got - want| <= tolerance * max(1, |want|); NaN equals NaN. */
bool kit_close(struct kit *k, const char *what, const float *got, const float *want, size_t n, float tolerance);

/* ---- messages of VK_EXT_debug_utils ---- */

void kit_messages_clear(struct kit *k);
uint32_t kit_messages(struct kit *k);                       /* since the case began or the last clear */
bool kit_message_has(struct kit *k, const char *text);      /* some message contains text */
void kit_messages_expected(struct kit *k);                  /* this case misuses the API: VUIDs don't fail it */
/* The device is this driver: it is held to more than the specification asks of any (exact values, refusals, one choice of several). */
bool kit_ours(const struct kit *k);
bool kit_under_validation(const struct kit *k);             /* a layer watches: leave misuse out */

/* ---- objects; destroyed when the case ends, last first ---- */

void kit_own(struct kit *k, VkObjectType type, uint64_t handle);
#define KIT_OWN(k, type, handle) kit_own((k), (type), (uint64_t)(handle))
void *kit_alloc(struct kit *k, size_t size_B); /* zeroed, freed when the case ends */

uint32_t kit_memory_type(const struct kit *k, uint32_t bits, VkMemoryPropertyFlags flags); /* UINT32_MAX: none */
VkDeviceMemory kit_memory(struct kit *k, VkDeviceSize size_B, uint32_t type_bits, VkMemoryPropertyFlags flags, const void *next);

struct kit_buffer {
    VkBuffer buffer;
    VkDeviceMemory memory;
    VkDeviceSize size_B;
    void *data; /* mapped, coherent */
};
#define KIT_BUFFER_ANY                                                                                                 \
    (VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT | VK_BUFFER_USAGE_UNIFORM_BUFFER_BIT |        \
     VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT |                                   \
     VK_BUFFER_USAGE_STORAGE_TEXEL_BUFFER_BIT | VK_BUFFER_USAGE_INDEX_BUFFER_BIT | VK_BUFFER_USAGE_VERTEX_BUFFER_BIT | \
     VK_BUFFER_USAGE_INDIRECT_BUFFER_BIT)
/* Host visible; data (size_B bytes) or zeros. */
struct kit_buffer kit_buffer(struct kit *k, VkDeviceSize size_B, const void *data);
struct kit_buffer kit_buffer_for(struct kit *k, VkBufferUsageFlags usage, VkDeviceSize size_B, const void *data);
VkDeviceAddress kit_address(struct kit *k, VkBuffer buffer); /* of one with VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT */

struct kit_image {
    VkImage image;
    VkDeviceMemory memory;
    VkImageView view; /* of everything, of the natural type, all aspects; NULL if the usage allows no view */
    VkImageCreateInfo info;
    VkImageAspectFlags aspects;
};
/* Members left 0 mean: 2D, extent 1, 1 level, 1 layer, 1 sample. The image ends in GENERAL. */
struct kit_image kit_image(struct kit *k, VkImageCreateInfo info);
/* 2D colour or depth image with the usages its format allows of: transfer, sampled, attachment, storage. */
struct kit_image kit_image_2d(struct kit *k, VkFormat format, uint32_t width, uint32_t height);
VkImageAspectFlags kit_aspects(VkFormat format);
VkFormatFeatureFlags kit_format_features(const struct kit *k, VkFormat format, VkImageTiling tiling);
/* format UNDEFINED = the image's, aspect 0 = all of the format's */
VkImageView kit_view(struct kit *k, const struct kit_image *img, VkImageViewType type, VkFormat format, VkImageAspectFlags aspect,
                     uint32_t level, uint32_t n_levels, uint32_t layer, uint32_t n_layers);
VkSampler kit_sampler(struct kit *k, VkFilter filter, VkSamplerAddressMode mode);
VkExtent3D kit_level_extent(const struct kit_image *img, uint32_t level);
/* Tight rows of texels (blocks) of one aspect, level and layer (all slices of a 3D image). */
size_t kit_level_B(const struct kit_image *img, VkImageAspectFlagBits aspect, uint32_t level);
void kit_upload(struct kit *k, const struct kit_image *img, VkImageAspectFlagBits aspect, uint32_t level, uint32_t layer, const void *data);
void *kit_read(struct kit *k, const struct kit_image *img, VkImageAspectFlagBits aspect, uint32_t level, uint32_t layer);

VkShaderModule kit_module(struct kit *k, const uint32_t *code, size_t size_B);
VkDescriptorSetLayout kit_set_layout(struct kit *k, uint32_t n, const VkDescriptorSetLayoutBinding *bindings, VkDescriptorSetLayoutCreateFlags flags);
/* One binding of each given type, binding numbers 0, 1, ..., all stages that may have it. */
VkDescriptorSetLayout kit_set_layout_of(struct kit *k, uint32_t n, const VkDescriptorType *types);
/* push_B of push constants for all stages, from 0. */
VkPipelineLayout kit_layout(struct kit *k, uint32_t n, const VkDescriptorSetLayout *sets, uint32_t push_B);
VkDescriptorSet kit_set(struct kit *k, VkDescriptorSetLayout layout); /* of a pool of its own with plenty of everything */
void kit_write_buffer(struct kit *k, VkDescriptorSet set, uint32_t binding, uint32_t element, VkDescriptorType type, VkBuffer buffer,
                      VkDeviceSize offset_B, VkDeviceSize range_B);
void kit_write_image(struct kit *k, VkDescriptorSet set, uint32_t binding, uint32_t element, VkDescriptorType type, VkImageView view,
                     VkSampler sampler); /* layout GENERAL */
void kit_write_texels(struct kit *k, VkDescriptorSet set, uint32_t binding, uint32_t element, VkDescriptorType type, VkBufferView view);
VkBufferView kit_buffer_view(struct kit *k, VkBuffer buffer, VkFormat format, VkDeviceSize offset_B, VkDeviceSize range_B);
VkPipeline kit_compute(struct kit *k, VkPipelineLayout layout, const uint32_t *code, size_t size_B, const VkSpecializationInfo *spec);
VkFence kit_fence(struct kit *k, bool signaled);
VkSemaphore kit_semaphore(struct kit *k);
VkSemaphore kit_timeline(struct kit *k, uint64_t value);
VkQueryPool kit_queries(struct kit *k, VkQueryType type, uint32_t n, VkQueryPipelineStatisticFlags statistics);

/* ---- commands ---- */

VkCommandBuffer kit_begin(struct kit *k); /* one-shot, freed when the case ends */
VkCommandBuffer kit_secondary(struct kit *k);
void kit_submit(struct kit *k, VkCommandBuffer cmd);    /* ends, submits, waits */
void kit_barrier(VkCommandBuffer cmd);                  /* everything before happens before everything after */
void kit_image_barrier(VkCommandBuffer cmd, const struct kit_image *img, VkImageLayout from, VkImageLayout to);

/* ---- drawing ---- */

/* Colour images, perhaps depth, a render pass that clears them (clears) and one that keeps them, a framebuffer. */
struct kit_target {
    uint32_t width, height, layers, n;
    struct kit_image color[KIT_MAX_TARGETS], depth;
    VkFormat formats[KIT_MAX_TARGETS], depth_format; /* UNDEFINED: no depth */
    VkSampleCountFlagBits samples;
    VkRenderPass pass, keep;
    VkFramebuffer framebuffer;
    VkClearValue clears[KIT_MAX_TARGETS + 1];
};
void kit_target_init(struct kit *k, struct kit_target *t, uint32_t width, uint32_t height, uint32_t layers, uint32_t n, const VkFormat *formats,
                     VkFormat depth);
/* One RGBA8 image. */
void kit_target_rgba(struct kit *k, struct kit_target *t, uint32_t width, uint32_t height);
void kit_target_begin(VkCommandBuffer cmd, const struct kit_target *t);
void kit_target_resume(VkCommandBuffer cmd, const struct kit_target *t);

/* All of a graphics pipeline's state, in one piece that points into itself: don't copy it. Change members between init and create. */
struct kit_graphics {
    VkGraphicsPipelineCreateInfo info;
    VkPipelineShaderStageCreateInfo stages[5];
    VkPipelineVertexInputStateCreateInfo input;
    VkVertexInputBindingDescription bindings[16];
    VkVertexInputAttributeDescription attributes[16];
    VkPipelineInputAssemblyStateCreateInfo assembly;
    VkPipelineTessellationStateCreateInfo tessellation;
    VkPipelineViewportStateCreateInfo viewport;
    VkViewport viewports[16];
    VkRect2D scissors[16];
    VkPipelineRasterizationStateCreateInfo raster;
    VkPipelineMultisampleStateCreateInfo samples;
    VkPipelineDepthStencilStateCreateInfo depth;
    VkPipelineColorBlendStateCreateInfo blend;
    VkPipelineColorBlendAttachmentState targets[KIT_MAX_TARGETS];
    VkPipelineDynamicStateCreateInfo dynamic;
    VkDynamicState dynamics[64];
};
/* Vertex and fragment shader (frag may be NULL), triangle list, no vertex input, no culling, viewport and scissor of the whole target, no
 * depth test, no blending. */
void kit_graphics_init(struct kit *k, struct kit_graphics *g, const struct kit_target *t, VkPipelineLayout layout, const uint32_t *vert,
                       size_t vert_B, const uint32_t *frag, size_t frag_B);
void kit_graphics_stage(struct kit *k, struct kit_graphics *g, VkShaderStageFlagBits stage, const uint32_t *code, size_t size_B);
/* Binding 0 with one attribute at location 0, tight. More: write the arrays. */
void kit_graphics_vertices(struct kit_graphics *g, VkFormat format, uint32_t stride_B);
void kit_graphics_dynamic(struct kit_graphics *g, VkDynamicState state);
VkPipeline kit_graphics_create(struct kit *k, struct kit_graphics *g);
/* These parts of it as a library, with its flags and chain; layout: of the parts that have shaders. */
VkPipeline kit_graphics_library(struct kit *k, const struct kit_graphics *g, VkPipelineLayout layout, VkGraphicsPipelineLibraryFlagsEXT parts);
/* The state that kit_graphics_init describes, by commands: all that draws with shader objects want. */
void kit_dynamic_all(const struct kit *k, VkCommandBuffer cmd, const struct kit_target *t);

/* ---- texels, in plain scalar code ---- */

const struct kit_format_info *kit_format(VkFormat format); /* NULL: unknown */
/* The device's version or extensions define the format: it may be asked for. */
bool kit_format_defined(const struct kit *k, const struct kit_format_info *f);
uint32_t kit_texel_B(VkFormat format, VkImageAspectFlagBits aspect); /* of a texel or block in a buffer */
bool kit_format_is_int(VkFormat format);
bool kit_format_is_srgb(VkFormat format);
union kit_texel { /* R G B A; depth in f[0], stencil in u[0] */
    double f[4];
    int64_t i[4];
};
/* Colour formats of whole texels: floats for all but integer formats; absent components are 0, absent alpha 1. */
union kit_texel kit_unpack(VkFormat format, const void *texel);
/* Rounds to nearest even, clamps. */
void kit_pack(VkFormat format, union kit_texel v, void *texel);
double kit_srgb_to_linear(double v);
double kit_linear_to_srgb(double v);

/* Deterministic noise. */
uint32_t kit_random(uint32_t *seed);
void kit_noise(void *data, size_t size_B, uint32_t seed);
/* Random bytes that are finite numbers in format (no NaN, no infinity). */
void kit_noise_texels(VkFormat format, void *data, size_t n, uint32_t seed);

#endif
