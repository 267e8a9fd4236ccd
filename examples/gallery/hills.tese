#version 450
layout(quads, fractional_odd_spacing, ccw) in;
layout(location = 0) in vec2 corner[];
layout(location = 0) out vec3 position;
void main()
{
    vec2 p = mix(mix(corner[0], corner[1], gl_TessCoord.x), mix(corner[2], corner[3], gl_TessCoord.x), gl_TessCoord.y);
    float h = 0.09 * sin(p.x * 9.0 + 1.0) * cos(p.y * 7.0) + 0.05 * sin(p.x * 23.0 + p.y * 17.0) + 0.02 * sin(p.y * 61.0 - p.x * 20.0);
    position = vec3(p.x * 3.2 - 1.6, h * (0.4 + p.y), p.y * 2.6);
    vec3 v = position - vec3(0.0, 0.75, -0.75);
    float z = dot(v, vec3(0.0, -0.42, 0.907)), y = dot(v, vec3(0.0, 0.907, 0.42));
    gl_Position = vec4(v.x * 1.2, -y * 1.6, (z - 0.1) * 1.02, z);
}
