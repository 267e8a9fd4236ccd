#version 450
layout(push_constant) uniform Push { vec4 color; };
layout(location = 0) out vec4 o;

vec3 warm(vec3 c)
{
    float grey = dot(c, vec3(0.299, 0.587, 0.114));
    return mix(vec3(grey), c, sqrt(color.a)) * vec3(1.1, 1.0, 0.9);
}

void main()
{
    vec3 c = color.rgb * fract(gl_FragCoord.x / 16.0);
    if (gl_FragCoord.y > 8.0) {
        c = warm(c);
    }
    o = vec4(c, 1.0);
}
