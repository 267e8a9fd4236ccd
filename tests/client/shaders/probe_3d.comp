#version 450
#extension GL_GOOGLE_include_directive : require
#define SAMPLER sampler3D
#define COORD xyz
#include "probe.glsl"
