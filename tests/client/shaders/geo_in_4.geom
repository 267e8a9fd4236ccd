#version 450
#extension GL_GOOGLE_include_directive : require
#define N 4
layout(lines_adjacency) in;
#include "geo_in.glsl"
