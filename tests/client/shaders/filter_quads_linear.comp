#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_NV_compute_shader_derivatives : require
layout(local_size_x = 64) in;
layout(derivative_group_linearNV) in;
#include "filter_quads.glsl"
void main()
{
    const uint i = gl_LocalInvocationIndex; /* two rows of sixteen quads */
    look(uvec2(i / 4u % 16u * 2u + (i & 1u), (gl_WorkGroupID.y * 4u + gl_WorkGroupID.x) * 2u + (i >> 1 & 1u)));
}
