#version 450
layout(push_constant) uniform Push { vec4 pos[3]; vec4 color; } p;
layout(location = 0) flat out vec4 color;
layout(location = 1) out vec2 place;
layout(location = 2) noperspective centroid out vec2 place_centroid;
layout(location = 3) noperspective out vec2 place_screen;
void main()
{
    const vec4 v = p.pos[gl_VertexIndex % 3];
    gl_Position = vec4(v.xy * v.w, v.z * v.w, v.w);
    color = p.color;
    place = place_centroid = place_screen = (v.xy * 0.5 + 0.5) * 32.0;
}
