#version 450
#extension GL_GOOGLE_include_directive : require
#define SAMPLER samplerCube
#define COORD xyz
#include "probe.glsl"
