#version 450
/* Corners of a rectangle as two triangles. */
layout(location = 0, xfb_buffer = 0, xfb_stride = 16, xfb_offset = 0) out vec4 position;
void main()
{
    vec2 p[6] = vec2[6](vec2(-1), vec2(0, -1), vec2(-1, 0), vec2(-1, 0), vec2(0, -1), vec2(0));
    position = vec4(p[gl_VertexIndex % 6] + vec2(gl_VertexIndex / 6, 0), 0.5, 1);
    gl_Position = vec4(0);
}
