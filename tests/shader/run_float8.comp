#version 460
// Floats of 8 bits: every pattern widened, numbers narrowed to the nearest (ties to even), what is too large.
#extension GL_EXT_spirv_intrinsics : require
#extension GL_EXT_shader_explicit_arithmetic_types : require
layout(local_size_x = 32) in;
layout(set = 0, binding = 0, std430) buffer In { uvec2 x[2048]; } d;
layout(set = 0, binding = 1, std430) buffer Out { uint v[4096]; } o;
layout(set = 0, binding = 15, std430) buffer Check { uint bad[]; } c;

#define E4M3 spirv_type(extensions = ["SPV_EXT_float8"], capabilities = [4212], id = 22, 8, 4214)
#define E5M2 spirv_type(extensions = ["SPV_EXT_float8"], capabilities = [4212], id = 22, 8, 4215)
#define FUNCTIONS(F)                                                                                                                       \
    spirv_instruction(id = 115) float wide(F x);                                                                                           \
    spirv_instruction(id = 115) double double_(F x);                                                                                       \
    spirv_instruction(id = 124) uint8_t bits(F x);
FUNCTIONS(E4M3)
FUNCTIONS(E5M2)
spirv_instruction(id = 115) E4M3 e4m3(float x);
spirv_instruction(id = 115) E4M3 e4m3(double x);
spirv_instruction(id = 115) E4M3 e4m3(E5M2 x);
spirv_instruction(id = 115) E5M2 e5m2(float x);
spirv_instruction(id = 115) E5M2 e5m2(float16_t x);
spirv_instruction(id = 115) E5M2 e5m2(E4M3 x);
spirv_instruction(id = 124) E4M3 e4m3_of(uint8_t x);
spirv_instruction(id = 124) E5M2 e5m2_of(uint8_t x);

void want(bool ok, uint what)
{
    if (!ok) {
        c.bad[what] = gl_GlobalInvocationID.x + 1u;
    }
}

// Magnitude of a pattern, as mantissa bits and bias say.
float magnitude(uint code, uint mantissa, int bias)
{
    const int e = int(code >> mantissa);
    const uint m = code & (1u << mantissa) - 1u;
    return e == 0 ? ldexp(float(m), 1 - bias - int(mantissa)) : ldexp(float(m + (1u << mantissa)), e - bias - int(mantissa));
}

// The nearest pattern up to `max`, by looking at all of them; beyond: what is too large becomes.
uint nearest(float x, uint mantissa, int bias, uint max, uint beyond)
{
    const double mag = double(abs(x)), end = double(magnitude(max, mantissa, bias)), step = end - double(magnitude(max - 1u, mantissa, bias));
    uint best = 0u;
    double least = 1e300LF;
    for (uint code = 0u; code <= max; code++) {
        const double far = abs(mag - double(magnitude(code, mantissa, bias)));
        if (far < least || (far == least && (code & 1u) == 0u)) {
            best = code;
            least = far;
        }
    }
    best = mag > end + step * 0.5LF || (mag == end + step * 0.5LF && (max & 1u) == 1u) ? beyond : best;
    return best | (floatBitsToUint(x) >> 31) << 7;
}

void main()
{
    const uint id = gl_GlobalInvocationID.x;
    uint sum = 0u;
    for (uint i = id * 4u; i < id * 4u + 4u; i++) {
        const uint p = i & 255u, mag = p & 127u;
        const E4M3 a = e4m3_of(uint8_t(p));
        const E5M2 b = e5m2_of(uint8_t(p));
        const float sign = p > 127u ? -1.0 : 1.0;
        want(mag == 127u ? isnan(wide(a)) : wide(a) == sign * magnitude(mag, 3u, 7), 0u);
        want(mag > 124u ? isnan(wide(b)) : mag == 124u ? isinf(wide(b)) : wide(b) == sign * magnitude(mag, 2u, 15), 1u);
        want(floatBitsToUint(wide(a)) >> 31 == p >> 7 && floatBitsToUint(wide(b)) >> 31 == p >> 7, 2u);
        want(uint(bits(e4m3(wide(a)))) == p && uint(bits(e4m3(double_(a)))) == p, 3u);
        want(mag > 124u || (uint(bits(e5m2(wide(b)))) == p && uint(bits(e5m2(float16_t(wide(b))))) == p), 4u);
        want(mag >= 124u || uint(bits(e4m3(b))) == nearest(wide(b), 3u, 7, 0x7eu, 0x7fu), 5u);
        want(mag == 127u || uint(bits(e5m2(a))) == nearest(wide(a), 2u, 15, 0x7bu, 0x7cu), 6u);
        sum = sum * 31u + uint(bits(e5m2(a))) + uint(bits(e4m3(b))) * 256u;
    }
    for (uint i = id; i < 512u; i += 64u) {
        const uvec2 x = d.x[i];
        // exponents near those that count, all mantissas, some in the middle of two
        const uint keep = (x.y & 1u) != 0u ? 0x007fffffu : 0x00780000u >> (x.y >> 1 & 1u);
        const float f = uintBitsToFloat((x.x & 0x80000000u) | (x.x & keep) | (100u + (x.y >> 8) % 46u) << 23);
        want(uint(bits(e4m3(f))) == nearest(f, 3u, 7, 0x7eu, 0x7fu), 7u);
        want(uint(bits(e5m2(f))) == nearest(f, 2u, 15, 0x7bu, 0x7cu), 8u);
        const double more = double(f) * (1.0LF + 1e-10LF);
        want(uint(bits(e4m3(more))) == uint(bits(e4m3(uintBitsToFloat(floatBitsToUint(f) + 1u)))), 9u);
        sum = sum * 31u + uint(bits(e4m3(uintBitsToFloat(x.x)))) + uint(bits(e5m2(uintBitsToFloat(x.y)))) * 256u;
    }
    const float nan = uintBitsToFloat(0x7fc00001u), inf = uintBitsToFloat(0x7f800000u);
    want(uint(bits(e4m3(inf))) == 0x7fu && uint(bits(e4m3(-nan))) % 128u == 0x7fu && uint(bits(e5m2(-inf))) == 0xfcu && uint(bits(e5m2(nan))) % 128u > 0x7cu, 10u);
    o.v[id] = sum;
}
