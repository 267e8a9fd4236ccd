#version 450
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) buffer Data { uint data[]; };
layout(push_constant) uniform Push { uint dst, src, value, times, width; };
/* Not commutative: the order of steps on the same words shows. */
void main()
{
    const uint i = gl_GlobalInvocationID.x;
    uint x = data[dst + i];
    for (uint t = 0; t < times; t++) {
        x = x * 3u + data[src + i] + value;
    }
    data[dst + i] = x;
}
