#version 450
// Every function of GLSL.std.450 on 32-bit types, and the arithmetic around them.
layout(local_size_x = 16) in;
layout(constant_id = 3) const int turns = 3;
layout(constant_id = 4) const float bias = 0.5;
layout(std430, set = 0, binding = 0) buffer B { vec4 v[]; } b;
layout(std430, set = 0, binding = 1) buffer I { ivec4 v[]; } ib;
layout(std140, set = 1, binding = 0) uniform U { mat4 m; mat3x2 n; vec3 scale[4]; } u;
float all1(float x, float y, float z)
{
    float s = round(x) + roundEven(x) + trunc(x) + abs(x) + sign(x) + floor(x) + ceil(x) + fract(x) + radians(x) + degrees(x);
    s += sin(x) + cos(x) + tan(x) + asin(x * 0.1) + acos(x * 0.1) + atan(x) + sinh(x) + cosh(x) + tanh(x) + asinh(x) + acosh(x + 2.0) + atanh(x * 0.1);
    s += atan(y, x) + pow(abs(x), y) + exp(x) + log(abs(y)) + exp2(x) + log2(abs(y)) + sqrt(abs(x)) + inversesqrt(abs(y) + 0.1);
    s += min(x, y) + max(y, z) + clamp(x, 0.0, 1.0) + mix(x, y, z) + step(x, y) + smoothstep(x, y, z) + fma(x, y, z) + mod(x, y);
    int e;
    float f = frexp(x, e), whole, part = modf(y, whole);
    return s + f + float(e) + whole + part + ldexp(z, e);
}
void main()
{
    uint i = gl_GlobalInvocationID.x;
    vec4 a = b.v[i], c = b.v[i + 1];
    mat3 m3 = mat3(u.m);
    float d = determinant(u.m) + determinant(m3) + determinant(mat2(u.m));
    vec3 p = cross(a.xyz, c.xyz) + normalize(a.xyz) * length(c) + faceforward(a.xyz, c.xyz, a.zyx) + reflect(a.xyz, c.xyz) + refract(a.xyz, c.xyz, bias);
    p += inverse(m3) * p + transpose(m3) * p + (p * m3) + outerProduct(p, a.xyz) * p + vec3(u.n * a.xyz, distance(a, c)) * u.scale[i & 3];
    uint k = packSnorm4x8(a) ^ packUnorm4x8(c) ^ packHalf2x16(a.xy) ^ packSnorm2x16(a.zw) ^ packUnorm2x16(c.xy);
    a += unpackSnorm4x8(k) + unpackUnorm4x8(k) + vec4(unpackHalf2x16(k), unpackSnorm2x16(k)) + unpackUnorm2x16(k).xyxy;
    ivec4 q = ib.v[i];
    q = abs(q) + sign(q) + min(q, q.wzyx) + max(q, ivec4(3)) + clamp(q, ivec4(0), ivec4(9)) + (q << 2) + (q >> 1) + (q & 7) + (q | 8) + (q ^ 5) + ~q;
    q += findLSB(q) + findMSB(q) + bitCount(q) + bitfieldReverse(q) + bitfieldExtract(q, 3, 5) + bitfieldInsert(q, q.yxwz, 2, 4) + q / 3 + q % 7;
    uvec4 r = uvec4(q), lo, hi;
    umulExtended(r, r.yzwx, hi, lo);
    r = uaddCarry(r, hi, lo) + usubBorrow(r, lo, hi) + r / 5u + r % 11u + floatBitsToUint(a) + uvec4(findMSB(r));
    for (int t = 0; t < turns; t++) {
        a.x += all1(a.x, a.y, c.z) + d;
    }
    b.v[i] = a + vec4(p, isnan(a.x) || isinf(c.y) ? 1.0 : 0.0) + vec4(lessThan(a, c)) + vec4(r);
    ib.v[i] = q + ivec4(a) + floatBitsToInt(c) + ivec4(any(equal(q, q.yxzw)), all(not(greaterThan(q, q.zwxy))), 0, 0);
}
