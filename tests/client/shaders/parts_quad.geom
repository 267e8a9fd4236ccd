#version 450
/* Without tessellation: the four corners are a line with adjacency. */
layout(lines_adjacency) in;
layout(triangle_strip, max_vertices = 4) out;
layout(location = 0) in vec4 d[];
layout(location = 0) out vec4 o;
layout(location = 1) flat out float id;
void main()
{
    for (int i = 0; i < 4; i++) {
        o = d[i] + vec4(0.0, 0.0, 8.0, 0.0);
        id = float(gl_PrimitiveIDIn);
        gl_Position = gl_in[i].gl_Position;
        EmitVertex();
    }
}
