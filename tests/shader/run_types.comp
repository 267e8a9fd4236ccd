#version 460
// 64-bit and narrow arithmetic, conversions, memory of all kinds.
#extension GL_EXT_shader_explicit_arithmetic_types : require
#extension GL_EXT_shader_16bit_storage : require
#extension GL_EXT_shader_8bit_storage : require
layout(local_size_x = 32) in;
struct mixed {
    int8_t a;
    double b;
    f16vec3 c;
    uint64_t d;
    dmat3x2 m;
};
layout(set = 0, binding = 0, std430) buffer Out { double d[64]; u64vec2 u[64]; mixed s[64]; } o;
layout(set = 0, binding = 1, std430) buffer Narrow { int8_t b[64]; uint16_t h[64]; float16_t f[64]; f16vec4 v[16]; } n;
layout(set = 0, binding = 2, std140, row_major) uniform In { dmat4 m; dmat2x3 k; dvec3 v; int64_t i; } u;
layout(push_constant) uniform Push { layout(offset = 8) uint8_t p8; uint16_t p16; uint64_t p64; float16_t pf; double pd; } p;
layout(constant_id = 0) const int64_t big = 0x123456789abcdefl;
layout(constant_id = 1) const double pi = 3.14159265358979323846lf;
layout(constant_id = 2) const int16_t small = -5s;
const int64_t twice = big * 2l - int64_t(small);
shared double w[32];
shared int8_t bytes[32];
shared mixed ms[2];
double priv[8];

void main()
{
    uint i = gl_LocalInvocationIndex;
    priv[i & 7u] = double(i) * pi;
    priv[(i + 1u) & 7u] += u.v.y;
    w[i] = priv[(i * 3u) & 7u] + p.pd;
    bytes[i] = int8_t(i) - int8_t(p.p8);
    barrier();
    mixed x;
    x.a = bytes[31u - i];
    x.b = w[31u - i] / (1.0lf + double(i));
    x.c = f16vec3(float16_t(x.b), float16_t(i), p.pf);
    x.d = uint64_t(twice) + p.p64 * uint64_t(i);
    x.m = dmat3x2(u.k[0].xy, u.k[1].yz, u.v.xy);
    if (i < 2u) {
        ms[i] = x;
    }
    barrier();
    o.s[i] = x;
    o.s[i + 32u] = ms[i & 1u];
    dvec4 t = u.m * dvec4(u.v, 1.0lf);
    dmat4 inv = inverse(u.m);
    o.d[i] = fma(t.x, t.y, inv[i & 3u].z) + sqrt(abs(x.b)) + inversesqrt(1.0lf + t.w * t.w) + determinant(dmat2(u.m));
    dvec3 c = cross(u.v, t.xyz) + mix(u.v, t.yzw, lessThan(u.v, t.xyz)) + reflect(t.xyz, normalize(u.v)) + step(u.v, t.xyz);
    int e;
    double whole, part = modf(c.x, whole), mant = frexp(c.y, e);
    o.d[i + 32u] = dot(c, c) + length(c) + clamp(part, -0.5lf, 0.5lf) + ldexp(mant, e + 3) + smoothstep(0.0lf, 2.0lf, whole) + floor(c.z) + fract(c.z)
        + sign(c.x) + roundEven(c.y) + min(c.x, c.y) + max(c.y, c.z);
    int64_t s = u.i * int64_t(x.a) - int64_t(i);
    uint64_t q = x.d ^ (uint64_t(s) << (i & 63u));
    o.u[i] = u64vec2(uint64_t(s / int64_t(i + 3u)), q % uint64_t(i + 7u)) + u64vec2(uint64_t(s >> 3), packUint2x32(unpackUint2x32(q).yx));
    o.u[i + 32u] = u64vec2(uint64_t(x.b), uint64_t(int64_t(float16_t(i)))) + u64vec2(doubleBitsToUint64(double(s)), uint64_t(min(s, 5l)));
    float16_t f = n.f[i] * n.f[i + 32u] + p.pf;
    f16vec4 v = n.v[i & 15u];
    n.f[i] = f;
    n.v[i & 15u] = mix(v, f16vec4(f), float16_t(0.25)) + sin(v) + pow(abs(v), f16vec4(2.0)) + fract(v) + f16vec4(length(v), dot(v, v), atan(v.x, v.y), exp2(v.z));
    n.h[i] = uint16_t(n.h[i + 32u] / (p.p16 | 1us)) * uint16_t(f) + (isnan(f) ? 0us : uint16_t(float16BitsToUint16(f))) + uint16_t(small << 2);
    n.b[i] = int8_t(n.b[i + 32u] >> 2) + int8_t(clamp(int(f), -100, 100)) - int8_t(int16_t(n.h[i]) % 7s);
    u8vec4 pk = unpack8(i * 77u);
    n.b[i + 32u] = int8_t(pk.x) + int8_t(pack16(u8vec2(pk.yz)) >> 3us);
}
