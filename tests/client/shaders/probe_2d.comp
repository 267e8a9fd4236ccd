#version 450
#extension GL_GOOGLE_include_directive : require
#define SAMPLER sampler2D
#define COORD xy
#include "probe.glsl"
