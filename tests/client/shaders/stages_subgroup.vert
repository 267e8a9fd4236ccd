// target: vulkan1.1
#version 460
#extension GL_GOOGLE_include_directive : require
#include "stages_subgroup.glsl"
/* A pixel for each vertex, in rows of 16. */
layout(location = 0) flat out uint o_bad;
void main()
{
    gl_Position = vec4((vec2(gl_VertexIndex & 15, gl_VertexIndex >> 4) + 0.5) / 8.0 - 1.0, 0.5, 1.0);
    gl_PointSize = 1.0;
    o_bad = subgroup_check(uint(gl_VertexIndex));
}
