// target: vulkan1.3
#version 460
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_arithmetic : require
layout(local_size_x_id = 0) in;
layout(binding = 0) buffer Out { uint size, groups, full, elected; };
void main()
{
    if (gl_LocalInvocationIndex == 0u) {
        size = gl_SubgroupSize;
        groups = gl_NumSubgroups;
    }
    atomicAdd(full, uint(subgroupAdd(1u) == gl_SubgroupSize));
    atomicAdd(elected, uint(subgroupElect()));
}
