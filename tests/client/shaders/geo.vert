#version 450
layout(location = 0) out int id;
void main()
{
    id = gl_VertexIndex;
    gl_Position = vec4(0.0, 0.0, 0.0, 1.0);
}
