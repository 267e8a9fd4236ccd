// target: vulkan1.1
#version 450
#extension GL_EXT_multiview : require
layout(triangles) in;
layout(triangle_strip, max_vertices = 3) out;
layout(location = 0) in int seen[];
layout(location = 0) flat out int digits;
void main()
{
    for (int i = 0; i < 3; i++) {
        gl_Position = gl_in[i].gl_Position;
        digits = seen[i] * 4 + gl_ViewIndex;
        EmitVertex();
    }
}
