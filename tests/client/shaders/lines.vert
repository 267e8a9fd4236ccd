#version 450
layout(push_constant) uniform Push { vec4 color; float size; } p;
layout(location = 0) in vec4 pos;
layout(location = 0) flat out vec4 color;
void main()
{
    gl_Position = pos;
    gl_PointSize = p.size;
    color = p.color.w < 0.0 ? vec4(float(gl_VertexIndex + 1) / 255.0, 0.0, 0.0, 1.0) : p.color;
}
