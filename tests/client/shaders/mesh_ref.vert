#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_ARB_shader_viewport_layer_array : require
#include "mesh_scene.glsl"
layout(constant_id = 0) const uint N = 3u;
layout(constant_id = 1) const bool ALL = false; /* layers, viewports, distances */
layout(location = 0) out vec4 v_color;
layout(location = 1) flat out vec4 p_own;
layout(location = 2) flat out uint p_id;
out gl_PerVertex { vec4 gl_Position; float gl_PointSize; float gl_ClipDistance[1]; };
void main()
{
    const uint prim = first + uint(gl_VertexIndex) / N, v = uint(gl_VertexIndex) % N;
    gl_Position = culled(prim) || prim >= prims ? vec4(2, 2, 2, 1) : place(prim, v);
    gl_PointSize = 5.0;
    gl_ClipDistance[0] = (flags & CLIP) != 0u ? gl_Position.x + 0.3 * gl_Position.w : 1.0;
    gl_Layer = ALL ? int(prim % layers) : 0;
    gl_ViewportIndex = ALL ? int(prim / 2u % 2u) : 0;
    v_color = color(prim, v);
    p_own = own(prim);
    p_id = prim;
}
