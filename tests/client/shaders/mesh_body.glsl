/* Workgroups of 24 primitives each, by more invocations than fit in a subgroup, fewer than there are primitives. */
#include "mesh_scene.glsl"
layout(local_size_x = 20) in;
layout(max_vertices = 24 * N, max_primitives = 24) out;
layout(location = 0) out vec4 v_color[];
layout(location = 1) perprimitiveEXT out vec4 p_own[];
perprimitiveEXT out gl_MeshPerPrimitiveEXT { int gl_PrimitiveID; } gl_MeshPrimitivesEXT[];
shared uint count;
void main()
{
    const uint base = first + gl_WorkGroupID.x * 24u;
    if (gl_LocalInvocationIndex == 17u) {
        count = min(24u, prims - min(prims, base));
    }
    barrier();
    SetMeshOutputsEXT(gl_LocalInvocationIndex == 0u ? count * N : 1u, gl_LocalInvocationIndex == 0u ? count : 0u); /* the first invocation's count */
    for (uint p = gl_LocalInvocationIndex; p < count; p += 20u) {
        for (uint v = 0u; v < N; v++) {
            gl_MeshVerticesEXT[p * N + v].gl_Position = place(base + p, v);
#if N == 1
            gl_MeshVerticesEXT[p].gl_PointSize = 5.0;
#endif
            v_color[p * N + v] = color(base + p, v);
        }
        p_own[p] = own(base + p);
        gl_MeshPrimitivesEXT[p].gl_PrimitiveID = int(base + p);
#if N == 1
        gl_PrimitivePointIndicesEXT[p] = p;
#elif N == 2
        gl_PrimitiveLineIndicesEXT[p] = uvec2(p * 2u, p * 2u + 1u);
#else
        gl_PrimitiveTriangleIndicesEXT[p] = uvec3(p * 3u, p * 3u + 1u, p * 3u + 2u);
#endif
    }
}
