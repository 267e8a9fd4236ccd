#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_NV_compute_shader_derivatives : require
layout(local_size_x = 8, local_size_y = 8) in;
layout(derivative_group_quadsNV) in;
#include "filter_quads.glsl"
void main()
{
    look(gl_GlobalInvocationID.xy);
}
