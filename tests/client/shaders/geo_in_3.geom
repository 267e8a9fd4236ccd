#version 450
#extension GL_GOOGLE_include_directive : require
#define N 3
layout(triangles) in;
#include "geo_in.glsl"
