#version 460
// Derivative groups of four invocations in a row: nothing moves; odd sizes.
#extension GL_NV_compute_shader_derivatives : require
#extension GL_KHR_shader_subgroup_quad : require
layout(local_size_x = 3, local_size_y = 5, local_size_z = 4) in;
layout(derivative_group_linearNV) in;
layout(set = 0, binding = 0, std430) buffer In { float x[4096]; } d;
layout(set = 0, binding = 1, std430) buffer Out { vec4 v[256]; } o;
layout(set = 0, binding = 15, std430) buffer Check { uint bad[]; } c;

void want(bool ok, uint what)
{
    if (!ok) {
        c.bad[what] = gl_LocalInvocationIndex + 1u;
    }
}

void main()
{
    const uint i = gl_LocalInvocationIndex, first = i & ~3u;
    const uvec3 id = gl_LocalInvocationID, size = gl_WorkGroupSize;
    want(i == id.x + size.x * (id.y + size.y * id.z) && gl_GlobalInvocationID == gl_WorkGroupID * size + id, 0u);
    want(gl_SubgroupInvocationID == (i & 15u), 1u);
    const float f = float(i * i);
    const uint row = i & ~1u, column = i & ~2u;
    want(dFdxFine(f) == float((row + 1u) * (row + 1u)) - float(row * row), 2u);
    want(dFdyFine(f) == float((column + 2u) * (column + 2u)) - float(column * column), 3u);
    want(dFdxCoarse(f) == float((first + 1u) * (first + 1u)) - float(first * first), 4u);
    want(dFdyCoarse(f) == float((first + 2u) * (first + 2u)) - float(first * first), 5u);
    want(fwidthCoarse(f) == dFdxCoarse(f) + dFdyCoarse(f) && fwidthFine(f) == dFdxFine(f) + dFdyFine(f), 6u);
    want(subgroupQuadBroadcast(i, 3u) == first + 3u, 7u);
    vec4 v = vec4(d.x[i], d.x[i + 64u], d.x[i + 128u], d.x[i + 192u]);
    v = mix(v, vec4(1.0), greaterThan(abs(v), vec4(1e30)));
    v = mix(v, vec4(2.0), isnan(v));
    o.v[(i + gl_WorkGroupID.x * 60u) & 255u] = dFdx(v) + dFdy(v.wzyx) * 2.0;
}
