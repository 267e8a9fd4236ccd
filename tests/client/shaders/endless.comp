#version 450
/* Loops that nothing ends but the driver: all lanes, one lane, with a barrier in it, two in one another. `go` stays 1. */
layout(local_size_x = 64) in;
layout(push_constant) uniform Push { uint mode; };
layout(binding = 0) buffer Data { uint rounds, go, after; };
shared uint word;
void main()
{
    const uint i = gl_LocalInvocationIndex;
    if (mode == 0u || (mode == 1u && i == 37u)) {
        while (go == 1u) {
            atomicAdd(rounds, 1u);
        }
    } else if (mode == 2u) {
        for (uint n = 0u; go == 1u; n++) {
            word = n;
            barrier();
            atomicAdd(rounds, word & 1u);
            barrier();
        }
    } else if (mode == 3u) {
        for (uint n = 0u; go == 1u; n++) {
            for (uint m = 0u; m < 1000u; m++) {
                atomicAdd(rounds, m & 1u);
            }
        }
    }
    after = 1u;
}
