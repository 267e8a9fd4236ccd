// target: vulkan1.1
#version 460
#extension GL_EXT_shader_explicit_arithmetic_types : require
#extension GL_EXT_shader_16bit_storage : require
layout(location = 0) flat in f16vec2 h;
layout(location = 1) flat in dvec3 d;
layout(location = 3) flat in i16vec2 s;
layout(location = 4) flat in u64vec2 u;
layout(location = 5) in f16vec2 smooth_h;
layout(location = 0) out uvec4 ok;
layout(location = 1) out i16vec4 narrow;
layout(location = 2) out f16vec4 halves;

void main()
{
    ok.x = uint(d == dvec3(0.1lf, -2.5lf, 1e300lf));
    ok.y = uint(h == f16vec2(1.5hf, -0.25hf));
    ok.z = uint(s == i16vec2(-300s, 20000s));
    ok.w = uint(u == u64vec2(0x123456789abcdef0ul, 0xfffffffffffffffful));
    narrow = i16vec4(s, -1s, 7s);
    halves = f16vec4(smooth_h, h);
}
