#version 450
layout(local_size_x = 8, local_size_y = 2) in;
layout(set = 0, binding = 0) buffer Data { uint data[]; };
layout(push_constant) uniform Push { uint first; uint value; };
/* Not commutative: the order of steps on the same words shows. */
void main()
{
    const uvec3 size = gl_NumWorkGroups * gl_WorkGroupSize;
    const uint i = first + (gl_GlobalInvocationID.z * size.y + gl_GlobalInvocationID.y) * size.x + gl_GlobalInvocationID.x;
    data[i] = data[i] * 3u + value;
}
