#version 450
#extension GL_EXT_debug_printf : require
layout(local_size_x = 64) in;
layout(push_constant) uniform Push { uint rounds; };
shared uint sum;
void main()
{
    if (gl_LocalInvocationIndex == 0) {
        sum = 0;
    }
    barrier();
    for (uint i = 0; i < rounds + gl_GlobalInvocationID.x % 3; i++) {
        debugPrintfEXT("%u %u", gl_GlobalInvocationID.x, i);
    }
    atomicAdd(sum, 1);
    barrier();
    if (gl_LocalInvocationIndex == 63) {
        debugPrintfEXT("sum %u", sum);
    }
}
