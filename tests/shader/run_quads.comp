#version 460
// Derivative groups that are squares of local ids: the ids, derivatives, quad operations and votes of every invocation, known answers at binding 15.
#extension GL_NV_compute_shader_derivatives : require
#extension GL_KHR_shader_subgroup_quad : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#extension GL_EXT_spirv_intrinsics : require
layout(local_size_x = 6, local_size_y = 10, local_size_z = 3) in;
layout(derivative_group_quadsNV) in;
layout(set = 0, binding = 0, std430) buffer In { float x[4096]; } d;
layout(set = 0, binding = 1, std430) buffer Out { vec4 v[512]; } o;
layout(set = 0, binding = 15, std430) buffer Check { uint bad[]; } c;
shared uint seen[180];

spirv_instruction(extensions = ["SPV_KHR_quad_control"], capabilities = [5087], id = 5110) bool quadAll(bool p);
spirv_instruction(extensions = ["SPV_KHR_quad_control"], capabilities = [5087], id = 5111) bool quadAny(bool p);

void want(bool ok, uint what)
{
    if (!ok) {
        c.bad[what] = gl_LocalInvocationIndex + 1u;
    }
}

float at(uvec3 p)
{
    return d.x[(p.x + p.y * 6u + p.z * 60u) * 4u];
}

void main()
{
    const uvec3 id = gl_LocalInvocationID, size = gl_WorkGroupSize;
    const uint index = id.x + size.x * (id.y + size.y * id.z);
    if (index < 180u) {
        seen[index] = 0u;
    }
    barrier();
    atomicAdd(seen[index], 1u);
    barrier();
    want(seen[index] == 1u && id.x < size.x && id.y < size.y && id.z < size.z, 0u);
    want(gl_LocalInvocationIndex == index, 1u);
    want(gl_GlobalInvocationID == gl_WorkGroupID * size + id, 2u);
    want(gl_NumSubgroups == 12u && gl_SubgroupID < 12u, 3u);
    const vec3 p = vec3(id);
    want(dFdx(p.x) == 1.0 && dFdy(p.x) == 0.0 && dFdx(p.y) == 0.0 && dFdy(p.y) == 1.0 && fwidth(p.z) == 0.0, 4u);
    const float square = p.x * p.x + 3.0 * p.y * p.y + p.x * p.y;
    const vec2 q = vec2(id.xy & ~1u); // the quad's first
    want(dFdxFine(square) == 2.0 * q.x + 1.0 + p.y && dFdyFine(square) == 3.0 * (2.0 * q.y + 1.0) + p.x, 5u);
    want(dFdxCoarse(square) == 2.0 * q.x + 1.0 + q.y && dFdyCoarse(square) == 3.0 * (2.0 * q.y + 1.0) + q.x, 6u);
    want(subgroupQuadSwapHorizontal(index) == (index ^ 1u) + 0u, 7u);
    const uvec3 below = uvec3(id.x, id.y ^ 1u, id.z);
    want(subgroupQuadSwapVertical(index) == below.x + size.x * (below.y + size.y * below.z), 8u);
    const float x = at(id), here = isnan(x) || isinf(x) ? 1.0 : x;
    const uvec3 a = uvec3(id.xy & ~1u, id.z), b = a + uvec3(1, 0, 0), e = a + uvec3(0, 1, 0), f = a + uvec3(1, 1, 0);
    const bool odd = (index * 2654435761u >> 7 & 3u) != 0u;
    uint all = 0u, any = 0u;
    const uvec3 corner[4] = uvec3[](a, b, e, f);
    for (uint i = 0u; i < 4u; i++) {
        const uint other = corner[i].x + size.x * (corner[i].y + size.y * corner[i].z);
        const uint bit = (other * 2654435761u >> 7 & 3u) != 0u ? 1u : 0u;
        all += bit;
        any |= bit;
    }
    want(quadAll(odd) == (all == 4u) && quadAny(odd) == (any == 1u), 9u);
    if ((id.z & 1u) == 0u && (gl_WorkGroupID.x & 1u) == 0u) { // quads are not torn
        want(quadAny(id.x == q.x && id.y == q.y) && !quadAll(id.x == q.x) && dFdx(p.x) == 1.0, 10u);
    }
    o.v[(index + gl_WorkGroupID.x * 180u) & 511u] = vec4(dFdx(here), dFdy(here), dFdxCoarse(here), dFdyCoarse(here));
}
