#version 450
layout(local_size_x_id = 0, local_size_y_id = 1, local_size_z_id = 2) in;
layout(constant_id = 3) const uint mark = 1;
layout(constant_id = 4) const bool flag = false;
layout(constant_id = 5) const float scale = 0.5;
layout(binding = 0) buffer Out { uvec4 data[]; };
layout(push_constant) uniform Push { uvec3 first; uint pad; uvec3 groups; };
void main()
{
    /* A place of its own for each invocation, from the group and the local number. */
    const uvec3 size = gl_WorkGroupSize, group = gl_WorkGroupID - first;
    const uint linear_group = (group.z * groups.y + group.y) * groups.x + group.x;
    const uint at = linear_group * size.x * size.y * size.z + gl_LocalInvocationIndex;
    data[at * 3u] = uvec4(gl_WorkGroupID, mark);
    data[at * 3u + 1u] = uvec4(gl_LocalInvocationID, flag ? 77u : 33u);
    data[at * 3u + 2u] = uvec4(gl_GlobalInvocationID, uint(scale * 1024.0) + gl_NumWorkGroups.x * 65536u);
}
