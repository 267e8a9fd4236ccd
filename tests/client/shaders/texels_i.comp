#version 450
#extension GL_EXT_shader_image_load_formatted : require
#extension GL_GOOGLE_include_directive : require
#define SAMPLER isampler2D
#define IMAGE iimage2D
#define SAMPLER_BUFFER isamplerBuffer
#define IMAGE_BUFFER iimageBuffer
#define VEC ivec4
#include "texels.glsl"
