#version 460
#extension GL_EXT_shader_explicit_arithmetic_types : require
#extension GL_EXT_shader_16bit_storage : require
layout(location = 0) in dvec3 a;
layout(location = 2) in f16vec2 b;
layout(location = 3) in i16vec2 c;
layout(location = 4) in uint64_t e[2];
layout(location = 0) out f16vec3 h;
layout(location = 1) flat out dvec3 d;
layout(location = 3) flat out i16vec2 s;
out gl_PerVertex { vec4 gl_Position; };

void main()
{
    gl_Position = vec4(a, 1.0);
    h = f16vec3(b, float16_t(a.z));
    d = a * double(e[1]);
    s = c + i16vec2(int16_t(e[0]));
}
