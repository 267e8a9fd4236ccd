#version 450
layout(set = 0, binding = 0) uniform A { vec4 a; };
void main()
{
    gl_Position = vec4(gl_VertexIndex == 1 ? 3 : -1, gl_VertexIndex == 2 ? 3 : -1, 0.5, 1) * a.w;
}
