/* What a shader is made of, as bytes: SPIR-V, entry point, constants. Fits every machine and build. Little endian, no padding between the parts:
 *   0   head
 *   64  words, entry point with its zero, map entries (three u32 each: id, offset, size), constants
 * Used by binaries of shader objects, and of pipelines where shaders are interpreted. */
#ifndef PUM_PIPELINE_SHADER_SOURCE_H
#define PUM_PIPELINE_SHADER_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vulkan/vulkan_core.h>

#include "util/compiler.h"

#define PUM_SHADER_SOURCE_VERSION 1u

struct pum_shader_source { /* wherever it came from */
    VkShaderStageFlagBits stage;
    const uint32_t *words;
    size_t n_words;
    const char *name;
    VkSpecializationMapEntry *entries; /* of read: malloc'd */
    uint32_t n_entries;
    const void *constants;
    size_t constants_B;
};

/* *data is malloc'd. False: out of memory. */
bool pum_shader_source_write(const struct pum_shader_source *s, uint8_t **data, size_t *size_B) PUM_MUST_CHECK;
/* Nothing about the bytes is trusted: sizes must add up, a hash must agree, constants must lie inside. out points into them. False: damaged, of
 * another version, or out of memory. */
bool pum_shader_source_read(const uint8_t *data, size_t size_B, struct pum_shader_source *out) PUM_MUST_CHECK;

#endif
