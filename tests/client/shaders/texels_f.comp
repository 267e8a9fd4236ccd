#version 450
#extension GL_EXT_shader_image_load_formatted : require
#extension GL_GOOGLE_include_directive : require
#define SAMPLER sampler2D
#define IMAGE image2D
#define SAMPLER_BUFFER samplerBuffer
#define IMAGE_BUFFER imageBuffer
#define VEC vec4
#include "texels.glsl"
