#version 450
layout(triangles) in;
layout(triangle_strip, max_vertices = 3) out;
layout(location = 0) in vec4 d[];
layout(location = 1) in float number[];
layout(location = 0) out vec4 o;
layout(location = 1) flat out float id;
void main()
{
    for (int i = 0; i < 3; i++) {
        o = d[i] + vec4(0.0, 0.0, 8.0, 0.0);
        id = number[i];
        gl_Position = gl_in[i].gl_Position;
        EmitVertex();
    }
}
