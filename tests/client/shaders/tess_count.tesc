#version 450
#extension GL_GOOGLE_include_directive : require
#define COUNT
layout(set = 0, binding = 0) buffer B { uint invocations; };
#include "tess_pack.glsl"
