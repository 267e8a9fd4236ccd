#version 450
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#extension GL_EXT_shader_image_int64 : require
/* 256 invocations: eight operations on 16 texels each, whose order does not matter, then those that do on a texel for each invocation. */
layout(local_size_x = 64) in;
layout(set = 0, binding = 0, r64ui) uniform u64image2D u;      /* 16 x 6 */
layout(set = 0, binding = 1, r64i) uniform i64image2DArray s;  /* 16 x 1 x 2 */
layout(set = 0, binding = 2, r64ui) uniform u64imageBuffer own; /* 256 and 256 more */
layout(set = 0, binding = 3) readonly buffer In { uint64_t value[]; };
layout(set = 0, binding = 4) writeonly buffer Out { uint64_t seen[]; };
void main()
{
    const int i = int(gl_GlobalInvocationID.x), x = i % 16;
    const uint64_t v = value[i];
    imageAtomicAdd(u, ivec2(x, 0), v);
    imageAtomicMin(u, ivec2(x, 1), v);
    imageAtomicMax(u, ivec2(x, 2), v);
    imageAtomicAnd(u, ivec2(x, 3), v | 0x0f0f000000000f0ful);
    imageAtomicOr(u, ivec2(x, 4), v & 0x0101010101010101ul);
    imageAtomicXor(u, ivec2(x, 5), v);
    imageAtomicMin(s, ivec3(x, 0, 0), int64_t(v));
    imageAtomicMax(s, ivec3(x, 0, 1), int64_t(v));
    imageAtomicAdd(u, ivec2(x, 6), v); /* outside */
    seen[2 * i] = imageAtomicExchange(own, i, v);
    seen[2 * i + 1] = imageAtomicCompSwap(own, i, (i & 1) != 0 ? v : v + 0x100000000ul, ~v); /* odd ones are equal */
    imageStore(own, 256 + i, u64vec4(imageLoad(own, i).x + 1ul, 7, 7, 7));
    if (imageLoad(own, i).yzw != u64vec3(0, 0, 1) || imageLoad(own, 512 + i).x != 0ul) {
        imageStore(own, 256 + i, u64vec4(0));
    }
}
