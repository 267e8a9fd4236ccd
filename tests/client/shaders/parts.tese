#version 450
layout(quads, equal_spacing, ccw) in;
layout(location = 0) in vec4 e[];
layout(location = 1) patch in float number;
layout(location = 0) out vec4 d;
layout(location = 1) flat out float id;
void main()
{
    vec2 t = gl_TessCoord.xy;
    d = mix(mix(e[0], e[1], t.x), mix(e[2], e[3], t.x), t.y) + vec4(0.0, 0.0, 4.0, 0.0);
    id = number;
    gl_Position = vec4(d.xy, 0.5, 1.0);
}
