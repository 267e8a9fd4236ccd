#version 450
#extension GL_GOOGLE_include_directive : require
#define VEC ivec4
#include "texel_vertex.glsl"
