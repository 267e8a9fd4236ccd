#version 450
layout(push_constant) uniform Push { vec4 place; vec4 color; } push;
layout(location = 0) in vec2 local;
layout(location = 0) out vec4 color;
void main()
{
    float d = length(local);
    if (d > 1.0) {
        discard;
    }
    float rim = smoothstep(0.6, 1.0, d);
    color = vec4(push.color.rgb * (1.0 - 0.5 * rim), push.color.a * (0.4 + 0.6 * rim));
}
