#version 450
#extension GL_GOOGLE_include_directive : require
#define N 2
layout(lines) in;
#include "geo_in.glsl"
