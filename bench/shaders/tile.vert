#version 450
layout(location=0) out vec2 uv;
void main()
{
    vec2 c = vec2(gl_VertexIndex == 1 ? 3.0 : -1.0, gl_VertexIndex == 2 ? 3.0 : -1.0);
    uv = c * 0.5 + 0.5;
    gl_Position = vec4(c, 0.5, 1.0);
}
