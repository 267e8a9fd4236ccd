#version 460
// Barriers in two parts: what is stored before the first is seen behind the second, work goes on in between, often.
#extension GL_EXT_spirv_intrinsics : require
layout(local_size_x = 64) in;
layout(set = 0, binding = 0, std430) buffer In { uint x[256]; } d;
layout(set = 0, binding = 1, std430) buffer Out { uint u[256]; } o;
layout(set = 0, binding = 15, std430) buffer Check { uint bad[]; } c;
shared uint s[2][64];

#define SPLIT(op) spirv_instruction(extensions = ["SPV_INTEL_split_barrier"], capabilities = [6141], id = op)
SPLIT(6142) void arrive(int execution, int memory, int semantics);
SPLIT(6143) void wait(int execution, int memory, int semantics);

void main()
{
    const uint i = gl_LocalInvocationIndex;
    uint v = d.x[i], sum = v;
    for (uint round = 0u; round < 5u; round++) {
        s[round & 1u][i] = v + round;
        arrive(2, 2, 0x108);
        for (uint n = 0u; n < (i & 7u); n++) { // some have more to do
            sum = sum * 5u + n;
        }
        wait(2, 2, 0x108);
        const uint j = (i * 17u + round * 5u) & 63u;
        if (s[round & 1u][j] != d.x[j] + round) {
            c.bad[round] = i + 1u;
        }
        sum += s[round & 1u][j];
    }
    o.u[i + gl_WorkGroupID.x * 64u] = sum;
}
