#version 450
layout(push_constant) uniform P { vec4 a; vec4 b; } p; /* a.x: depth, a.y: scale of uv */
layout(location=0) out vec2 uv;
void main()
{
    vec2 c = vec2(gl_VertexIndex == 1 ? 3.0 : -1.0, gl_VertexIndex == 2 ? 3.0 : -1.0);
    uv = (c * 0.5 + 0.5) * p.a.y;
    gl_Position = vec4(c, p.a.x, 1.0);
}
