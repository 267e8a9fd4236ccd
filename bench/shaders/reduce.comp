#version 450
layout(local_size_x=256) in;
layout(set=0,binding=0) buffer A { uint a[]; };
layout(set=0,binding=1) readonly buffer B { uint b[]; };
shared uint s[256];
void main()
{
    uint l = gl_LocalInvocationIndex, base = gl_WorkGroupID.x * 4096u;
    uint sum = 0u;
    for (uint i = 0u; i < 16u; i++) {
        sum += b[base + i * 256u + l];
    }
    s[l] = sum;
    barrier();
    for (uint n = 128u; n > 0u; n >>= 1) {
        if (l < n) {
            s[l] += s[l + n];
        }
        barrier();
    }
    if (l == 0u) {
        a[gl_WorkGroupID.x] = s[0];
    }
}
