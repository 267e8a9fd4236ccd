/* VkShaderEXT: one compiled stage by itself. SPEC: shaders-objects. */
#ifndef PUM_PIPELINE_SHADER_OBJECT_H
#define PUM_PIPELINE_SHADER_OBJECT_H

#include "pipeline/shader.h"
#include "pipeline/shader_source.h"

#define PUM_SHADER_BINARY_VERSION PUM_SHADER_SOURCE_VERSION

struct pum_shader_object { /* Thread-safety: constant */
    struct pum_object base;
    enum pum_stage stage;
    struct pum_shader *shader;
    uint8_t *binary; /* what vkGetShaderBinaryDataEXT returns */
    size_t binary_B;
};
PUM_DEFINE_HANDLE_CASTS(pum_shader_object, VkShaderEXT)

#endif
