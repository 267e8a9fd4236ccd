#version 450
layout(location = 0) in vec3 edges;
layout(location = 1) in float height;
layout(location = 2) flat in float light;
layout(location = 0) out vec4 color;
void main()
{
    vec3 ground = mix(vec3(0.16, 0.42, 0.24), vec3(0.86, 0.78, 0.6), clamp(height * 5.0 + 0.5, 0.0, 1.0));
    vec3 near = edges / max(fwidth(edges), vec3(1e-6));
    float line = clamp(min(near.x, min(near.y, near.z)), 0.0, 1.0);
    color = vec4(ground * light * mix(0.6, 1.0, line), 1.0);
}
