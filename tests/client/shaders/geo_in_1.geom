#version 450
#extension GL_GOOGLE_include_directive : require
#define N 1
layout(points) in;
#include "geo_in.glsl"
