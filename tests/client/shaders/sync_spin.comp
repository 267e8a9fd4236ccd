#version 450
layout(local_size_x = 64) in;
layout(binding = 0) buffer Data { uint data[]; };
layout(push_constant) uniform Push { uint rounds; uint add; };
/* Some work, so that a submission takes a while. */
void main()
{
    uint v = data[gl_GlobalInvocationID.x];
    for (uint i = 0; i < rounds; i++) {
        v = v * 1664525u + 1013904223u;
    }
    data[gl_GlobalInvocationID.x] = v + add;
}
