// target: vulkan1.3
#version 450
layout(local_size_x_id = 0, local_size_y_id = 1) in;
layout(binding = 0) buffer Data { uint n; uvec3 size; };
void main()
{
    atomicAdd(n, 1u);
    size = gl_WorkGroupSize;
}
