#version 450
layout(location = 0) out vec4 color;
void main()
{
    vec2 p = vec2(gl_VertexIndex % 3 == 1 ? 3.0 : -1.0, gl_VertexIndex % 3 == 2 ? 3.0 : -1.0); /* all of the viewport */
    gl_Position = vec4(p, 0.5, 1.0);
    color = vec4(gl_VertexIndex / 3, 0.0, 0.0, 255.0) / 255.0;
}
