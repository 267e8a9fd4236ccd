#version 450
layout(local_size_x=16, local_size_y=16) in;
layout(set=0,binding=0) buffer A { float c[]; };
layout(set=0,binding=1) readonly buffer B { float ab[]; };
shared float sa[16][16];
shared float sb[16][16];
const uint N = 1024u;
void main()
{
    uint x = gl_LocalInvocationID.x, y = gl_LocalInvocationID.y;
    uint row = gl_WorkGroupID.y * 16u + y, col = gl_WorkGroupID.x * 16u + x;
    float sum = 0.0;
    for (uint k = 0u; k < N; k += 16u) {
        sa[y][x] = ab[row * N + k + x];
        sb[y][x] = ab[N * N + (k + y) * N + col];
        barrier();
        for (uint i = 0u; i < 16u; i++) {
            sum += sa[y][i] * sb[i][x];
        }
        barrier();
    }
    c[row * N + col] = sum;
}
