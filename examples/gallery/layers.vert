#version 450
layout(push_constant) uniform Push { vec4 place; vec4 color; } push;
layout(location = 0) out vec2 local;
void main()
{
    vec2 corner = vec2(gl_VertexIndex & 1, gl_VertexIndex >> 1 & 1) * 2.0 - 1.0;
    if (gl_VertexIndex >= 3) {
        corner = vec2(gl_VertexIndex == 4 ? -1.0 : 1.0, gl_VertexIndex == 3 ? -1.0 : 1.0);
    }
    local = corner;
    gl_Position = vec4(push.place.xy + corner * push.place.zw, 0.5, 1.0);
}
