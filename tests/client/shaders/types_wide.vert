// target: vulkan1.1
#version 460
#extension GL_EXT_shader_explicit_arithmetic_types : require
#extension GL_EXT_shader_16bit_storage : require
layout(location = 0) in dvec3 a;
layout(location = 2) in f16vec2 b;
layout(location = 3) in i16vec2 c;
layout(location = 4) in u64vec2 e;
layout(location = 0) flat out f16vec2 h;
layout(location = 1) flat out dvec3 d;
layout(location = 3) flat out i16vec2 s;
layout(location = 4) flat out u64vec2 u;
layout(location = 5) out f16vec2 smooth_h;

void main()
{
    const vec2 p = vec2(gl_VertexIndex & 1, gl_VertexIndex >> 1 & 1) * 4.0 - 1.0;
    gl_Position = vec4(p, 0.0, 1.0);
    h = b;
    d = a;
    s = c;
    u = e;
    smooth_h = f16vec2((p + 1.0) * 0.5);
}
