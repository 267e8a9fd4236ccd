#version 450
#extension GL_EXT_shader_image_load_formatted : require
#extension GL_GOOGLE_include_directive : require
#define SAMPLER usampler2D
#define IMAGE uimage2D
#define SAMPLER_BUFFER usamplerBuffer
#define IMAGE_BUFFER uimageBuffer
#define VEC uvec4
#include "texels.glsl"
