#version 460
// One constituent for all of a composite: vectors, matrices, arrays, arrays of arrays.
#extension GL_EXT_spirv_intrinsics : require
layout(local_size_x = 16) in;
layout(set = 0, binding = 0, std430) buffer In { float x[64]; } d;
layout(set = 0, binding = 1, std430) buffer Out { vec4 v[256]; } o;
layout(set = 0, binding = 15, std430) buffer Check { uint bad[]; } c;

#define REPLICATE spirv_instruction(extensions = ["SPV_EXT_replicated_composites"], capabilities = [6024], id = 4463)
REPLICATE vec4 vector_of(float x);
REPLICATE bvec3 bools_of(bool x);
REPLICATE mat3x2 matrix_of(vec2 column);

void main()
{
    const float x = d.x[gl_LocalInvocationIndex];
    const vec4 v = vector_of(x);
    const mat3x2 m = matrix_of(v.xy + vec2(0.0, 1.0));
    const bvec3 b = bools_of(x > 0.0);
    const bool ok = floatBitsToUint(v) == uvec4(floatBitsToUint(x)) && floatBitsToUint(m[0]) == floatBitsToUint(m[2]) &&
                    floatBitsToUint(m[1].x) == floatBitsToUint(x) && b == bvec3(x > 0.0);
    if (!ok) {
        c.bad[0] = gl_LocalInvocationIndex + 1u;
    }
    o.v[gl_LocalInvocationIndex] = v;
    o.v[16u + gl_LocalInvocationIndex] = vec4(m[0].x, m[2].y, b.x ? 1.0 : 0.0, 0.0);
}
