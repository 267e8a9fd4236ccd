#version 450
/* Levels by the derivatives of a quad: plain, with a bias, and what is said about them. */
layout(push_constant) uniform Push { vec2 scale; float bias; };
layout(binding = 0) uniform sampler2D tex;
layout(location = 0) out vec4 o;
void main()
{
    const vec2 p = gl_FragCoord.xy * scale;
    o = vec4(texture(tex, p).x, texture(tex, p, bias).x, textureQueryLod(tex, p));
}
