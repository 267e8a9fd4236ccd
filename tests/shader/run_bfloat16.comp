#version 460
// bfloat16: conversions from and to all widths against integer arithmetic, dot products, values in variables, selections, composites.
#extension GL_EXT_spirv_intrinsics : require
#extension GL_EXT_shader_explicit_arithmetic_types : require
layout(local_size_x = 32) in;
layout(set = 0, binding = 0, std430) buffer In { uvec2 x[2048]; } d;
layout(set = 0, binding = 1, std430) buffer Out { uint v[4096]; } o;
layout(set = 0, binding = 15, std430) buffer Check { uint bad[]; } c;

#define BF16 spirv_type(extensions = ["SPV_KHR_bfloat16"], capabilities = [5116, 5117], id = 22, 16, 0)
spirv_instruction(id = 115) BF16 narrow(float x);
spirv_instruction(id = 115) BF16 narrow(double x);
spirv_instruction(id = 115) float wide(BF16 x);
spirv_instruction(id = 115) double double_(BF16 x);
spirv_instruction(id = 110) int to_int(BF16 x);
spirv_instruction(id = 111) BF16 from_int(int x);
spirv_instruction(id = 124) uint16_t bits(BF16 x);
spirv_instruction(id = 124) BF16 of_bits(uint16_t x);

uint want_f32(uint b)
{
    const uint mag = b & 0x7fffffffu;
    return mag > 0x7f800000u ? 0x7fc0u | b >> 16 & 0x8000u : (b + 0x7fffu + (b >> 16 & 1u)) >> 16;
}

void want(bool ok, uint what)
{
    if (!ok) {
        c.bad[what] = gl_GlobalInvocationID.x + 1u;
    }
}

void main()
{
    const uint id = gl_GlobalInvocationID.x;
    uint sum = 0u;
    for (uint i = id; i < 1024u; i += 64u) {
        const uvec2 x = d.x[i];
        const uint n = uint(bits(narrow(uintBitsToFloat(x.x))));
        want(n == want_f32(x.x), 0u);
        const BF16 v = of_bits(uint16_t(x.y)); // any pattern
        const uint w = floatBitsToUint(wide(v));
        want(w == x.y << 16, 1u);
        want(uint(bits(narrow(wide(v)))) == (x.y & 0xffffu) || isnan(wide(v)), 2u);
        want(double_(v) == double(wide(v)) || isnan(wide(v)), 3u);
        const uint tie = (x.x & 0x3fff0000u) + 0x20008000u; // in the middle of two; what is far behind decides
        const double middle = double(uintBitsToFloat(tie)), more = middle * (1.0LF + 1e-12LF), less = middle * (1.0LF - 1e-12LF);
        want(uint(bits(narrow(middle))) == want_f32(tie), 6u);
        want(uint(bits(narrow(more))) == (tie >> 16) + 1u && uint(bits(narrow(less))) == tie >> 16, 7u);
        want(to_int(narrow(float(int(x.x) >> 20))) == int(wide(narrow(float(int(x.x) >> 20)))), 8u);
        want(wide(from_int(int(x.x))) == uintBitsToFloat(want_f32(floatBitsToUint(float(int(x.x)))) << 16) || (x.x & 0xffu) != 0u, 9u);
        BF16 kept = v;
        if ((x.x & 1u) != 0u) {
            kept = narrow(1.5);
        }
        want(uint(bits(kept)) == ((x.x & 1u) != 0u ? 0x3fc0u : x.y & 0xffffu), 10u);
        sum = sum * 31u + n + uint(bits(narrow(uintBitsToFloat(x.y)))) + floatBitsToUint(wide(kept));
    }
    want(uint(bits(narrow(3.4e38))) == 0x7f80u && uint(bits(narrow(1e39LF))) == 0x7f80u && uint(bits(narrow(1e-45))) == 0u, 11u);
    o.v[id] = sum;
}
