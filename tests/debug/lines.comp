#version 450
layout(local_size_x = 64) in;
layout(binding = 0) buffer Data { uint data[]; };
shared uint sums[64];

void main()
{
    uint i = gl_LocalInvocationIndex;
    sums[i] = data[gl_GlobalInvocationID.x];
    barrier();
    uint other = sums[63 - i];
    for (uint k = 0; k < other % 7; k++) {
        other = other * 3 + k;
    }
    data[gl_GlobalInvocationID.x] = other;
}
