/* filter_implicit.frag for compute shaders: `place` is where the invocation's pixel would be. */
layout(push_constant) uniform Push { vec2 scale; float bias; };
layout(binding = 0) uniform sampler2D tex;
layout(binding = 1, std430) buffer Out { vec4 o[]; };
void look(uvec2 place)
{
    const vec2 p = (vec2(place) + 0.5) * scale;
    o[place.y * 32u + place.x] = vec4(texture(tex, p).x, texture(tex, p, bias).x, textureQueryLod(tex, p));
}
