#version 450
#extension GL_GOOGLE_include_directive : require
#define N 6
layout(triangles_adjacency) in;
#include "geo_in.glsl"
