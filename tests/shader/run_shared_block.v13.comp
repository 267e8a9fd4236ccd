#version 460
// Workgroup memory laid out by decorations: blocks lie over each other.
#extension GL_EXT_shared_memory_block : require
#extension GL_EXT_scalar_block_layout : require
#extension GL_EXT_shader_explicit_arithmetic_types : require
layout(local_size_x = 32) in;
layout(set = 0, binding = 0, std430) buffer Out { uint u[256]; } o;
layout(set = 0, binding = 15, std430) buffer Check { uint bad[]; } c;
shared A { uint w[64]; layout(row_major) mat2 m[4]; } a;
shared B { uint8_t b[256]; } b;
layout(scalar) shared C { uvec3 v[16]; uint16_t h[32]; } s;

void main()
{
    const uint i = gl_LocalInvocationIndex;
    a.w[i] = i * 0x01010101u;
    a.w[i + 32u] = 0u;
    barrier();
    c.bad[i] |= uint(b.b[i * 4u + 2u] != uint8_t(i));
    c.bad[32u + i] |= uint(s.v[i % 10u].y != ((i % 10u) * 3u + 1u) * 0x01010101u);
    barrier();
    s.h[i] = uint16_t(i | 0x100u);
    barrier();
    c.bad[64u + i] |= uint(a.w[48u + i / 2u] != ((i & ~1u) | 0x100u | (i | 1u | 0x100u) << 16)) * uint(i < 32u);
    barrier();
    if (i < 4u) {
        a.m[i] = mat2(i, 1, 2, 3);
    }
    barrier();
    o.u[i] = uint(b.b[256u - 1u - i]) + uint(a.m[i & 3u][1][0]);
}
