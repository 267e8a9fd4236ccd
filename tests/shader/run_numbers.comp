#version 460
// Known answers: conversions at the edges, functions of doubles and halves.
#extension GL_EXT_shader_explicit_arithmetic_types : require
layout(local_size_x = 16) in;
layout(set = 0, binding = 0, std430) buffer In { uint x[4096]; } d;
layout(set = 0, binding = 15, std430) buffer Check { uint bad[]; } c;
layout(constant_id = 7) const uint64_t k64 = 0xfedcba9876543210ul;
layout(constant_id = 8) const uint8_t k8 = uint8_t(200);
layout(constant_id = 9) const float16_t k16 = 1.5hf;
layout(constant_id = 10) const double kd = 0.1lf;
const uint64_t k64b = (k64 >> 4) * 3ul - uint64_t(k8);
uint at = 0u, zero; // zero is 0 but nobody can know

void want(bool ok)
{
    at++;
    if (!ok) {
        c.bad[at & 1023u] = at;
    }
}
void bits(double v, uint hi, uint lo) { want(unpackDouble2x32(v) == uvec2(lo, hi)); }
void half_bits(float16_t v, uint b) { want(uint(float16BitsToUint16(v)) == b); }

void main()
{
    zero = d.x[0] & 0u;
    const double z = double(zero);
    const float fz = float(zero);
    const float16_t hz = float16_t(fz);
    const int64_t iz = int64_t(zero);
    // saturation and rounding of conversions
    want(int(3e9lf + z) == 0x7fffffff && int(-3e9lf + z) == int(0x80000000u) && uint(-1.0lf + z) == 0u && uint(5e9lf + z) == 0xffffffffu);
    want(int64_t(1e19 + fz) == 0x7fffffffffffffffl && uint64_t(-1e19 + fz) == 0ul && uint64_t(1.8e19lf + z) == 18000000000000000000ul);
    want(int64_t(-9223372036854775808.0lf + z) == (-9223372036854775807l - 1l) && int8_t(300.0 + fz) == 127s && uint8_t(-5.0 + fz) == 0us);
    want(int16_t(-40000.0lf + z) == -32768s && uint16_t(float16_t(65504.0) + hz) == 65504us && int8_t(float16_t(-300.0) + hz) == -128s);
    want(int(-1.9lf + z) == -1 && int64_t(2.9 + fz) == 2l);
    want(float(16777217l + iz) == 16777216.0 && float(uint64_t(0xffffff7ffffffffful) + uint64_t(zero)) == 18446742974197923840.0);
    bits(double(9007199254740993l + iz), 0x43400000u, 0u);
    bits(double(0xfffffffffffffffful + uint64_t(zero)), 0x43f00000u, 0u);
    half_bits(float16_t(65519.0 + fz), 0x7bffu);
    half_bits(float16_t(65520.0 + fz), 0x7c00u);
    half_bits(float16_t(5.9604644775390625e-8lf + z), 1u);
    half_bits(float16_t(1.0lf + 0.00048828125lf + 1e-12lf + z), 0x3c01u); // twice rounded it would be 0x3c00
    half_bits(float16_t(2049 + int(zero)), 0x6800u);
    want(float(1.0lf / 3.0lf + z) == 0.3333333432674408);
    want(double(float16_t(0.0999755859375) + hz) == 0.0999755859375lf);
    // doubles
    bits(sqrt(2.0lf + z), 0x3ff6a09eu, 0x667f3bcdu);
    want(abs(inversesqrt(2.0lf + z) - 0.70710678118654752lf) < 3e-16lf);
    bits(fma(1.000000000931322574615478515625lf, 1.000000000931322574615478515625lf + z, -1.0lf), 0x3e200000u, 0x00200000u);
    bits(floor(-0.5lf + z), 0xbff00000u, 0u);
    want(fract(-0.25lf + z) == 0.75lf && trunc(-2.5lf + z) == -2.0lf && roundEven(2.5lf + z) == 2.0lf && roundEven(-3.5lf + z) == -4.0lf);
    int e;
    double whole;
    want(frexp(12.0lf + z, e) == 0.75lf && e == 4);
    want(frexp(4.9406564584124654e-324lf + z, e) == 0.5lf && e == -1073);
    want(ldexp(0.75lf + z, 4) == 12.0lf && ldexp(1.0lf + z, -1074) == 4.9406564584124654e-324lf && isinf(ldexp(1.0lf + z, 1024)));
    want(modf(-3.25lf + z, whole) == -0.25lf && whole == -3.0lf);
    want(packDouble2x32(uvec2(zero, 0x40080000u)) == 3.0lf);
    want(min(2.0lf + z, 3.0lf) == 2.0lf && clamp(5.0lf + z, 0.0lf, 1.0lf) == 1.0lf && mix(1.0lf, 3.0lf + z, 0.5lf) == 2.0lf && step(1.0lf, 0.5lf + z) == 0.0lf);
    want(sign(-4.0lf + z) == -1.0lf && sign(z) == 0.0lf && mod(-1.0lf + z, 3.0lf) == 2.0lf);
    const dmat3 m = dmat3(2.0lf + z, 0, 0, 0, 4.0lf, 1.0lf, 0, 0, 1.0lf);
    want(determinant(m) == 8.0lf && inverse(m)[1] == dvec3(0.0lf, 0.25lf, -0.25lf) && (m * dvec3(1, 1, 1)) == dvec3(2, 4, 2));
    want(transpose(m)[2].y == 1.0lf && cross(dvec3(1, 0, 0) + z, dvec3(0, 1, 0)) == dvec3(0, 0, 1) && length(dvec2(3, 4) + z) == 5.0lf);
    want(isnan(z / z) && isinf(1.0lf / z) && !isnan(1.0lf + z) && !(z / z == z / z) && z / z != z / z);
    // halves
    half_bits(hz + 1.5hf * k16, 0x4080u);
    half_bits(sqrt(hz + 2.0hf), 0x3da8u);
    half_bits(exp2(hz + 3.0hf), 0x4800u);
    half_bits(fract(hz - 0.00001hf), 0x3bffu);
    half_bits(fma(hz + 255.875hf, 255.875hf, -65472.0hf), 0x2400u);
    want(frexp(hz + 12.0hf, e) == 0.75hf && e == 4 && frexp(hz + 5.9604644775390625e-8hf, e) == 0.5hf && e == -23);
    want(abs(sin(hz + 1.0hf) - 0.84147hf) < 0.001hf && pow(hz + 2.0hf, 5.0hf) == 32.0hf && atan(hz + 1.0hf, 1.0hf) > 0.78hf);
    want(length(f16vec2(300.0hf, 400.0hf) + hz) == 500.0hf && normalize(f16vec2(0.0hf, 300.0hf) + hz).y == 1.0hf);
    want(packFloat2x16(f16vec2(hz + 1.0hf, 2.0hf)) == 0x40003c00u && unpackFloat2x16(0x40003c00u + zero).y == 2.0hf);
    want(float(hz + 6.0e-8hf) > 0.0 && (hz + 60000.0hf) * 2.0hf > 65504.0hf);
    // integers
    want(k64b == 0x0fedcba987654321ul * 3ul - 200ul && k64b == (k64 / 16ul) * 3ul - 200ul);
    want((iz - 7l) / 2l == -3l && (iz - 7l) % 2l == 1l && (uint64_t(zero) - 1ul) / 10ul == 1844674407370955161ul);
    want((iz - 1l) >> 40 == -1l && (uint64_t(zero) - 1ul) >> 40 == 0xfffffful && (1ul + uint64_t(zero)) << 63 == 0x8000000000000000ul);
    want(int8_t(zero + 200u) == -56s && int(int8_t(zero + 200u)) == -56 && uint(uint8_t(int8_t(zero) - 1s)) == 255u && int16_t(zero + 40000u) == -25536s);
    want((int8_t(zero) + 100s) * 3s == 300s && int8_t((int8_t(zero) + int8_t(100s)) * int8_t(3s)) == int8_t(44s));
    want(uint16_t(zero + 50000u) / 7us == 7142us && int16_t(int(zero) - 30000) / 7s == -4285s && int16_t(int(zero) - 30000) % 7s == 2s);
    want(abs(iz - 5l) == 5l && sign(iz - 5l) == -1l && min(iz - 1l, 3l) == -1l && max(uint64_t(zero) - 1ul, 3ul) == 0xfffffffffffffffful);
    want(clamp(int16_t(zero) + 500s, 0s, 100s) == 100s && bitCount(zero + 0xf0f0u) == 8);
    want(unpack32(0x123456789abcdef0ul + uint64_t(zero)) == u32vec2(0x9abcdef0u, 0x12345678u) && pack64(u16vec4(1us, 2us, 3us, zero + 4u)) == 0x0004000300020001ul);
    want(unpack8(0x12345678u + zero).z == uint8_t(0x34us) && uint(pack16(u8vec2(1us, 2us + zero))) == 0x201u);
    want(double(kd) * 10.0lf + z == 1.0lf && doubleBitsToInt64(z - 2.0lf) == (-4611686018427387904l) && int64BitsToDouble(4607182418800017408l + iz) == 1.0lf);
}
