#version 450
layout(location = 0) in vec3 normal;
layout(location = 1) in vec2 uv;
layout(location = 2) in vec3 world;
layout(set = 0, binding = 0) uniform sampler2D pattern;
layout(location = 0) out vec4 color;
void main()
{
    vec3 n = normalize(normal);
    vec3 light = normalize(vec3(0.5, 0.8, 0.6));
    vec3 view = normalize(vec3(0.0, 0.0, 4.0) - world);
    float diffuse = max(dot(n, light), 0.0);
    float shine = pow(max(dot(reflect(-light, n), view), 0.0), 32.0);
    vec3 base = texture(pattern, uv).rgb;
    color = vec4(base * (0.15 + 0.85 * diffuse) + vec3(0.6 * shine), 1.0);
}
