#version 460
// The fused operation of all widths is the one of the extended instruction set.
#extension GL_EXT_spirv_intrinsics : require
#extension GL_EXT_shader_explicit_arithmetic_types : require
layout(local_size_x = 32) in;
layout(set = 0, binding = 0, std430) buffer In { uvec2 x[2048]; } d;
layout(set = 0, binding = 1, std430) buffer Out { uvec4 v[1024]; } o;
layout(set = 0, binding = 15, std430) buffer Check { uint bad[]; } c;

#define FUSED spirv_instruction(extensions = ["SPV_KHR_fma"], capabilities = [6030], id = 4427)
FUSED vec3 fused(vec3 a, vec3 b, vec3 c);
FUSED f16vec2 fused(f16vec2 a, f16vec2 b, f16vec2 c);
FUSED double fused(double a, double b, double c);

void main()
{
    const uint i = gl_GlobalInvocationID.x * 3u;
    const vec3 a = uintBitsToFloat(uvec3(d.x[i].x, d.x[i + 1u].x, d.x[i + 2u].x)), b = uintBitsToFloat(uvec3(d.x[i].y, d.x[i + 1u].y, d.x[i + 2u].y));
    const vec3 f = fused(a, b, b.zxy), g = fma(a, b, b.zxy);
    const f16vec2 ha = unpackFloat2x16(d.x[i].x), hb = unpackFloat2x16(d.x[i].y), hc = unpackFloat2x16(d.x[i + 1u].x);
    const f16vec2 h = fused(ha, hb, hc), k = fma(ha, hb, hc);
    const double x = packDouble2x32(d.x[i]), y = packDouble2x32(d.x[i + 1u]), z = packDouble2x32(d.x[i + 2u]);
    const double w = fused(x, y, z), v = fma(x, y, z);
    for (uint n = 0u; n < 3u; n++) {
        if (floatBitsToUint(f[n]) != floatBitsToUint(g[n]) && !isnan(f[n])) {
            c.bad[n] = i + 1u;
        }
    }
    if (any(notEqual(h, k)) && !any(isnan(h)) || w != v && !isnan(w)) {
        c.bad[3] = i + 1u;
    }
    // 1 + 2^-12 squared, less what is left without the last bit
    const float e = 1.0 + 1.0 / 4096.0 + (d.x[0].x == d.x[0].y ? 1.0 : 0.0);
    o.v[gl_GlobalInvocationID.x] = uvec4(floatBitsToUint(f), packFloat2x16(h));
    o.v[64u + gl_GlobalInvocationID.x] = uvec4(unpackDouble2x32(w), floatBitsToUint(fused(vec3(e), vec3(e), vec3(-1.0 - 1.0 / 2048.0)).xy));
    if (fused(vec3(e), vec3(e), vec3(-1.0 - 1.0 / 2048.0)).x != 1.0 / 16777216.0) {
        c.bad[4] = i + 1u;
    }
}
