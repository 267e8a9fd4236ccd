#version 450
#extension GL_EXT_shader_atomic_float : require
#extension GL_EXT_shader_atomic_float2 : require
#extension GL_KHR_memory_scope_semantics : require
/* 256 invocations on 16 texels: sums of integers, which no order changes, and least and greatest values. */
layout(local_size_x = 64) in;
layout(set = 0, binding = 0, r32f) uniform image2D sums;      /* 16 x 1 */
layout(set = 0, binding = 1, r32f) uniform image2DArray ends; /* 16 x 1: the least, the greatest */
layout(set = 0, binding = 2, r32f) uniform imageBuffer also;  /* sums, then what was exchanged */
layout(set = 0, binding = 3) writeonly buffer Out { float seen[]; };
void main()
{
    const int i = int(gl_GlobalInvocationID.x), x = i % 16;
    const float v = float(i * 37 % 256) - 100.0;
    imageAtomicAdd(sums, ivec2(x, 0), v);
    imageAtomicAdd(also, x, v * 0.5);
    imageAtomicMin(ends, ivec3(x, 0, 0), v);
    imageAtomicMax(ends, ivec3(x, 0, 1), v);
    seen[i] = imageAtomicExchange(also, 16 + i, v);
    imageAtomicAdd(sums, ivec2(x + 16, 0), v); /* outside */
    imageAtomicStore(also, 272 + i, imageAtomicLoad(also, 16 + i, gl_ScopeDevice, gl_StorageSemanticsImage, gl_SemanticsRelaxed) + 1.0, gl_ScopeDevice,
                     gl_StorageSemanticsImage, gl_SemanticsRelaxed);
}
