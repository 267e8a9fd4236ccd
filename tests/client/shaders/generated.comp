#version 450
layout(local_size_x = 1) in;
layout(constant_id = 0) const uint FACTOR = 1;
layout(push_constant) uniform Push { uint value, number; };
layout(binding = 0) buffer Data { uint data[]; };
void main()
{
    atomicAdd(data[number * 2 + gl_WorkGroupID.x], value * FACTOR + 1);
}
