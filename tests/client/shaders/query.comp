#version 450
layout(local_size_x = 4, local_size_y = 4) in;
layout(binding = 0) buffer Data { uint n; };
void main()
{
    atomicAdd(n, 1u);
}
