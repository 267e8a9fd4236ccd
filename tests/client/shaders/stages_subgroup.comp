// target: vulkan1.1
#version 460
#extension GL_GOOGLE_include_directive : require
#include "stages_subgroup.glsl"
layout(local_size_x = 24, local_size_y = 3) in;
layout(binding = 0) buffer Out { uint n, bad[]; };
void main()
{
    bad[atomicAdd(n, 1u)] = subgroup_check(gl_LocalInvocationIndex);
}
