#version 450
/* Four corners of a quarter of the target for each four vertices. d: corner, a bit for each stage, place across the quarter. */
layout(location = 0) out vec4 d;
void main()
{
    vec2 c = vec2(gl_VertexIndex & 1, gl_VertexIndex >> 1 & 1), q = vec2(gl_VertexIndex >> 2 & 1, gl_VertexIndex >> 3 & 1);
    d = vec4(q - 1.0 + c, 1.0, c.x);
    gl_Position = vec4(d.xy, 0.5, 1.0);
}
