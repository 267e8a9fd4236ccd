#version 450
#extension GL_GOOGLE_include_directive : require
layout(points, max_vertices = 10) out;
#include "geo_out.glsl"
