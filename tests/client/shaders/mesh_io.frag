// target: vulkan1.3
#version 460
#extension GL_EXT_mesh_shader : require
#extension GL_EXT_shader_16bit_storage : require
#extension GL_EXT_shader_explicit_arithmetic_types : require
layout(location = 0) in V { flat vec2 a[3]; flat mat2x3 m; flat dvec2 d; } v;
layout(location = 6) flat in i16vec2 s;
layout(location = 7) flat in f16vec3 h;
layout(location = 8) perprimitiveEXT in P { uvec3 x; float y[2]; double z; } p;
layout(location = 0) out vec4 o_color;
layout(location = 1) out vec4 o_own;
void main()
{
    const uint i = p.x.x;
    const float f = float(i);
    uint wrong = 0u;
    for (uint k = 0u; k < 3u; k++) {
        wrong |= v.a[k] == vec2(f, float(k)) ? 0u : 1u;
    }
    wrong |= v.m == mat2x3(f, f + 1.0, f + 2.0, f + 3.0, f + 4.0, f + float(i % 3u)) ? 0u : 2u;
    wrong |= v.d == dvec2(double(i) / 3.0lf, -1.0lf / double(i + 1u)) ? 0u : 4u;
    wrong |= s == i16vec2(int(i) - 2, -30000) ? 0u : 8u;
    wrong |= h == f16vec3(f, 0.333, 2048.0) ? 0u : 16u;
    wrong |= p.x == uvec3(i, 0x80000000u, ~i) ? 0u : 32u;
    wrong |= p.y[i & 1u] == f && p.y[1u - (i & 1u)] == -f ? 0u : 64u;
    wrong |= p.z == double(i) * 1.0e-100lf ? 0u : 128u;
    o_color = vec4(f, float(wrong), 0.0, 1.0);
    o_own = vec4(0.0);
}
