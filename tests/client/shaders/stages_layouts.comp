// target: vulkan1.3
#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_EXT_shader_16bit_storage : require
#extension GL_EXT_shader_8bit_storage : require
layout(local_size_x = 1) in;
layout(scalar, binding = 0) uniform Scalar { float a; vec3 b; vec2 c[3]; mat3x2 m; uint16_t h[3]; uint8_t q[5]; } u;
layout(std430, binding = 1) uniform Standard { float a[5]; vec3 b; float c; } s;
layout(scalar, binding = 2) buffer Tight { uint8_t first; vec3 v[2]; uint16_t last; } t;
layout(std430, binding = 3) writeonly buffer Out { float o[]; };
layout(push_constant, scalar) uniform Push { uint8_t b[3]; uint16_t h; vec3 v; } p;
void main()
{
    o[0] = u.a;
    o[1] = u.b.z;
    o[2] = u.c[2].y;
    o[3] = u.m[2][1];
    o[4] = float(uint(u.h[2]));
    o[5] = float(uint(u.q[4]));
    o[6] = s.a[4];
    o[7] = s.b.y;
    o[8] = s.c;
    o[9] = float(uint(p.b[2]));
    o[10] = float(uint(p.h));
    o[11] = p.v.z;
    t.first = uint8_t(uint(t.first) + 1u);
    t.v[1] = t.v[0] * 2.0;
    t.last = uint16_t(uint(t.last) + 0x1234u);
}
